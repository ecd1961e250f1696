//! The one table of runtime entries: what compiled code may call, with signature and effects.
//! Codegen declares its imports and checks its counts from it; the runtime has a test that every
//! entry exists with this signature.
//!
//! # Conventions
//! - Every entry gets the context first (not listed) and uses the platform's C convention.
//! - A value is passed by a pointer to it, a one-word value (List, Map, Set, `*T`, `weak`, boxed
//!   enum, `fn`) by itself where the parameter says `word`.
//! - `look`: the caller goes on holding. `own`: the entry takes it over. `out`: memory of the
//!   value's size, written without looking at what was in it. `sole`: the address of a place whose
//!   container has one holder or is empty (as `make_unique` leaves it); changed there. `slot`: the
//!   address of a place whose container may have more holders. `raw`: anything else.
//! - `desc` is the desc of the container or value that the entry is about, never of its element,
//!   unless it is called `elem_desc`.
//! - An `out` of an entry that answers 0 for "none" is written only when it answers 1.
//! - A pointer into a container is good until the next call of any entry that may change,
//!   release or convert it.
//! - An entry that `exits()` wants `exit_fp` and `exit_frame` of the context stored before.
//!   `RELEASES` alone calls back only where a type with a `deinit` can be released, `SHOWS` only
//!   where a type with its own `show` can be shown.
//! - Any entry may end the program with `out of memory`.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    Unit,
    I8,
    I32,
    I64,
    F64,
    Ptr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Raw,
    Look,
    LookWord,
    Own,
    OwnWord,
    Out,
    Sole,
    Slot,
}

#[derive(Clone, Copy, Debug)]
pub struct Param {
    pub name: &'static str,
    pub mode: Mode,
    pub machine: Machine,
}

#[derive(Clone, Copy, Debug)]
pub struct EntryInfo {
    pub name: &'static str,
    pub params: &'static [Param],
    pub ret: Machine,
    pub effects: u8,
}

/// The result is a fresh (or kept) holder that the caller owns.
pub const FRESH: u8 = 1;
/// Can be a panic.
pub const PANICS: u8 = 2;
/// Can release values, so run a `deinit`.
pub const RELEASES: u8 = 4;
/// Can run a user's `show`.
pub const SHOWS: u8 = 8;
/// Can collect cycles.
pub const COLLECTS: u8 = 16;
/// Never returns.
pub const ENDS: u8 = 32;

impl EntryInfo {
    /// Wants `exit_fp` and `exit_frame` stored before the call.
    pub fn exits(&self) -> bool {
        self.effects & (PANICS | RELEASES | SHOWS | COLLECTS) != 0
    }
}

/// Expands `$m! { … }` with the whole table.
#[macro_export]
macro_rules! for_each_entry {
    ($m:ident) => {
        $m! {
    // ---- memory
    /// A block of `size` bytes (not 0), not initialised. For sizes up to `SMALL_MAX` the free list comes first.
    cowl_alloc(size: raw I64) -> Ptr [];
    /// Gives a block of that size back; for small ones pushing onto the free list does the same.
    cowl_free(block: raw Ptr, size: raw I64) -> Unit [];

    // ---- any type
    /// One holder more for every reference in the value.
    cowl_retain(value: look Ptr, desc: raw Ptr) -> Unit [];
    /// Ends a holder. Leaves the memory as it is.
    cowl_release(value: own Ptr, desc: raw Ptr) -> Unit [RELEASES];
    /// Frees what the last holder held: a one-word value whose block's count is 1 (a caller that
    /// has seen that); not for `weak`.
    cowl_free_word(word: own_word Ptr, desc: raw Ptr) -> Unit [RELEASES];
    /// The same for the storage of an Array or string (its first word). `desc` is the Array's or string's.
    cowl_free_storage(storage: own_word Ptr, desc: raw Ptr) -> Unit [RELEASES];
    /// For the box of an `any` (its first word).
    cowl_free_any(block: own_word Ptr) -> Unit [RELEASES];
    /// `==`: IEEE floats.
    cowl_eq(a: look Ptr, b: look Ptr, desc: raw Ptr) -> I8 [];
    /// The equality of keys.
    cowl_eq_total(a: look Ptr, b: look Ptr, desc: raw Ptr) -> I8 [];
    /// `<` and its kin, lexicographic: -1, 0, 1, or 2 where floats are unordered.
    cowl_cmp(a: look Ptr, b: look Ptr, desc: raw Ptr) -> I32 [];
    /// The total order: -1, 0, 1.
    cowl_cmp_total(a: look Ptr, b: look Ptr, desc: raw Ptr) -> I32 [];
    /// `:=`: duplicates what has other holders. `NO_STORAGE` if none was met, `SOLE` if nothing was
    /// duplicated, `SHARED` if something was.
    cowl_unshare(value: slot Ptr, desc: raw Ptr) -> I32 [];
    /// Of a List, Array, Map, Set or string: `NO_STORAGE`, `SOLE` or `SHARED`.
    cowl_status(value: look Ptr, desc: raw Ptr) -> I32 [];

    /// What a change of such a value copies: bytes as `copies::Stored` says, 0 if it is not shared.
    cowl_weight(value: look Ptr, desc: raw Ptr) -> I64 [];
    /// As `cowl_unshare`; `cowl_unshared` then says what was copied.
    cowl_unshare_weighed(value: slot Ptr, desc: raw Ptr) -> I32 [];
    cowl_unshared() -> I64 [];

    // ---- showing
    /// `quoted`: 1 for `{x:?}`.
    cowl_show(value: look Ptr, desc: raw Ptr, quoted: raw I8, out: out Ptr) -> Unit [PANICS SHOWS RELEASES];
    /// `to`: 0 stdout, 1 stderr; `+ 2`: with a newline.
    cowl_print(value: look Ptr, desc: raw Ptr, to: raw I32) -> Unit [PANICS SHOWS RELEASES];
    /// Writes text as it is; `to` as in `cowl_print`.
    cowl_print_text(bytes: raw Ptr, size: raw I64, to: raw I32) -> Unit [];
    /// Appends to an interpolated string that began as empty (`to` is a string).
    cowl_interp_text(to: slot Ptr, bytes: raw Ptr, size: raw I64) -> Unit [];
    cowl_interp_value(to: slot Ptr, value: look Ptr, desc: raw Ptr) -> Unit [PANICS SHOWS RELEASES];
    /// `spec`: a static `Spec` of this module; `width` and `precision` count where it says so.
    cowl_interp_spec(to: slot Ptr, value: look Ptr, desc: raw Ptr, spec: raw Ptr, width: raw I64, precision: raw I64) -> Unit [PANICS SHOWS RELEASES];

    // ---- List
    /// A whole list of n elements (1 to the room of a leaf, `1 << leaf_bits`), all of them in the tail
    /// and for the caller to write.
    cowl_list_new(n: raw I64, desc: raw Ptr) -> Ptr [FRESH];
    /// From elements that lie one after the other and are taken over; null for none.
    cowl_list_from(elems: own Ptr, n: raw I64, desc: raw Ptr) -> Ptr [FRESH];
    cowl_list_make_unique(list: slot Ptr, desc: raw Ptr) -> I32 [RELEASES];
    /// The index is in range: so everywhere below.
    cowl_list_at(list: look_word Ptr, index: raw I64, desc: raw Ptr) -> Ptr [];
    cowl_list_at_mut(list: sole Ptr, index: raw I64, desc: raw Ptr) -> Ptr [];
    /// The element at `index` and how many follow it in the same leaf, itself counted (`out_len`: i64).
    cowl_list_leaf(list: look_word Ptr, index: raw I64, desc: raw Ptr, out_len: raw Ptr) -> Ptr [];
    /// The same in a leaf that is only this list's: its elements may be changed or moved out.
    cowl_list_leaf_mut(list: sole Ptr, index: raw I64, desc: raw Ptr, out_len: raw Ptr) -> Ptr [];
    /// Ends a sole list whose elements below `from` have been moved out by `cowl_list_leaf_mut`.
    cowl_list_free_from(list: own_word Ptr, from: raw I64, desc: raw Ptr) -> Unit [RELEASES];
    cowl_list_push(list: sole Ptr, elem: own Ptr, desc: raw Ptr) -> Unit [];
    cowl_list_push_first(list: sole Ptr, elem: own Ptr, desc: raw Ptr) -> Unit [];
    /// The list is not empty.
    cowl_list_pop(list: sole Ptr, desc: raw Ptr, out: out Ptr) -> Unit [];
    cowl_list_pop_first(list: sole Ptr, desc: raw Ptr, out: out Ptr) -> Unit [];
    cowl_list_insert(list: sole Ptr, index: raw I64, elem: own Ptr, desc: raw Ptr) -> Unit [];
    cowl_list_extract(list: sole Ptr, index: raw I64, desc: raw Ptr, out: out Ptr) -> Unit [];
    cowl_list_swap(list: sole Ptr, i: raw I64, j: raw I64, desc: raw Ptr) -> Unit [];
    cowl_list_reverse(list: sole Ptr, desc: raw Ptr) -> Unit [];
    /// To `n` elements, if it has more.
    cowl_list_truncate(list: sole Ptr, n: raw I64, desc: raw Ptr) -> Unit [RELEASES];
    cowl_list_append(list: sole Ptr, other: own_word Ptr, desc: raw Ptr) -> Unit [RELEASES];
    cowl_list_concat(list: sole Ptr, other: look_word Ptr, desc: raw Ptr) -> Unit [];
    cowl_list_resize(list: sole Ptr, n: raw I64, elem: own Ptr, desc: raw Ptr) -> Unit [RELEASES];
    cowl_list_sort(list: sole Ptr, desc: raw Ptr) -> Unit [];
    cowl_list_dedup(list: sole Ptr, desc: raw Ptr) -> Unit [RELEASES];
    /// `0 <= a <= b <= len`.
    cowl_list_slice(list: own_word Ptr, a: raw I64, b: raw I64, desc: raw Ptr) -> Ptr [FRESH RELEASES];
    cowl_list_to_array(list: own_word Ptr, desc: raw Ptr, out: out Ptr) -> Unit [RELEASES];
    /// `desc` is the Set's.
    cowl_list_to_set(list: own_word Ptr, desc: raw Ptr) -> Ptr [FRESH RELEASES];

    // ---- Array
    /// `elems` is null: room for n, none of them there.
    cowl_array_from(elems: own Ptr, n: raw I64, desc: raw Ptr, out: out Ptr) -> Unit [];
    /// Leaves it whole, with room for `extra` more elements.
    cowl_array_make_unique(array: slot Ptr, extra: raw I64, desc: raw Ptr) -> I32 [RELEASES];
    cowl_array_push(array: sole Ptr, elem: own Ptr, desc: raw Ptr) -> Unit [];
    cowl_array_push_first(array: sole Ptr, elem: own Ptr, desc: raw Ptr) -> Unit [];
    cowl_array_pop(array: sole Ptr, desc: raw Ptr, out: out Ptr) -> Unit [];
    cowl_array_pop_first(array: sole Ptr, desc: raw Ptr, out: out Ptr) -> Unit [];
    cowl_array_insert(array: sole Ptr, index: raw I64, elem: own Ptr, desc: raw Ptr) -> Unit [];
    cowl_array_extract(array: sole Ptr, index: raw I64, desc: raw Ptr, out: out Ptr) -> Unit [];
    cowl_array_swap(array: sole Ptr, i: raw I64, j: raw I64, desc: raw Ptr) -> Unit [];
    cowl_array_reverse(array: sole Ptr, desc: raw Ptr) -> Unit [];
    cowl_array_truncate(array: sole Ptr, n: raw I64, desc: raw Ptr) -> Unit [RELEASES];
    cowl_array_append(array: sole Ptr, other: own Ptr, desc: raw Ptr) -> Unit [RELEASES];
    cowl_array_concat(array: sole Ptr, other: look Ptr, desc: raw Ptr) -> Unit [];
    cowl_array_resize(array: sole Ptr, n: raw I64, elem: own Ptr, desc: raw Ptr) -> Unit [RELEASES];
    cowl_array_reserve(array: sole Ptr, extra: raw I64, desc: raw Ptr) -> Unit [];
    cowl_array_sort(array: sole Ptr, desc: raw Ptr) -> Unit [];
    cowl_array_dedup(array: sole Ptr, desc: raw Ptr) -> Unit [RELEASES];
    cowl_array_slice(array: own Ptr, a: raw I64, b: raw I64, desc: raw Ptr, out: out Ptr) -> Unit [RELEASES];
    /// Ends a sole array whose elements below `from` have been moved out.
    cowl_array_free_from(array: own Ptr, from: raw I64, desc: raw Ptr) -> Unit [RELEASES];
    /// `desc` is the List's.
    cowl_array_to_list(array: own Ptr, desc: raw Ptr) -> Ptr [FRESH RELEASES];
    /// `desc` is the Set's.
    cowl_array_to_set(array: own Ptr, desc: raw Ptr) -> Ptr [FRESH RELEASES];

    // ---- Map and Set
    cowl_map_make_unique(map: slot Ptr, desc: raw Ptr) -> I32 [];
    /// The value (a Set: the key), or null.
    cowl_map_find(map: look_word Ptr, key: look Ptr, desc: raw Ptr) -> Ptr [];
    /// The value to be changed, or null.
    cowl_map_find_mut(map: sole Ptr, key: look Ptr, desc: raw Ptr) -> Ptr [];
    /// The value to be changed. If the key is not there, `default` is moved there and is zero then.
    cowl_map_place(map: sole Ptr, key: own Ptr, default: slot Ptr, desc: raw Ptr) -> Ptr [RELEASES];
    cowl_map_insert(map: sole Ptr, key: own Ptr, value: own Ptr, desc: raw Ptr) -> Unit [RELEASES];
    /// 1 and the old value, if there was one.
    cowl_map_replace(map: sole Ptr, key: own Ptr, value: own Ptr, desc: raw Ptr, out: out Ptr) -> I8 [RELEASES];
    /// Map or Set: 1 if there was one.
    cowl_map_remove(map: sole Ptr, key: look Ptr, desc: raw Ptr) -> I8 [RELEASES];
    /// 1 and the value, if there was one.
    cowl_map_extract(map: sole Ptr, key: look Ptr, desc: raw Ptr, out: out Ptr) -> I8 [RELEASES];
    /// 1 if it was new.
    cowl_set_insert(set: sole Ptr, key: own Ptr, desc: raw Ptr) -> I8 [RELEASES];
    /// The map's own copies of keys, values; `list_desc` is that of the List that is made. A Set's
    /// keys are its elements.
    cowl_map_keys(map: own_word Ptr, desc: raw Ptr, list_desc: raw Ptr) -> Ptr [FRESH RELEASES];
    cowl_map_values(map: own_word Ptr, desc: raw Ptr, list_desc: raw Ptr) -> Ptr [FRESH RELEASES];
    /// `list_desc`: of a List of pairs.
    cowl_map_pairs(map: own_word Ptr, desc: raw Ptr, list_desc: raw Ptr) -> Ptr [FRESH RELEASES];
    cowl_set_to_array(set: own_word Ptr, desc: raw Ptr, array_desc: raw Ptr, out: out Ptr) -> Unit [RELEASES];
    /// Iteration. Positions begin at 0 and end at what `cowl_map_end` says; some are holes.
    cowl_map_end(map: look_word Ptr) -> I64 [];
    /// The entry at a position and how many positions follow it in the same leaf, itself counted
    /// (`out_len`: i64): each entry says by its `ENTRY_LIVE` whether it is there.
    cowl_map_leaf(map: look_word Ptr, pos: raw I64, desc: raw Ptr, out_len: raw Ptr) -> Ptr [];
    /// The same in a leaf that is only this map's: keys and values may be moved out.
    cowl_map_leaf_mut(map: sole Ptr, pos: raw I64, desc: raw Ptr, out_len: raw Ptr) -> Ptr [];
    /// Ends a sole map whose entries at positions below `from` have been moved out.
    cowl_map_free_from(map: own_word Ptr, from: raw I64, desc: raw Ptr) -> Unit [RELEASES];

    // ---- string: updaters change in place if `cowl_status` would say `SOLE`, else copy.
    // Positions count code points. `part`, `sep` … may be the string itself.
    cowl_string_from(bytes: raw Ptr, size: raw I64, out: out Ptr) -> Unit [];
    /// Code points.
    cowl_string_len(s: look Ptr) -> I64 [];
    cowl_string_eq(a: look Ptr, b: look Ptr) -> I8 [];
    /// -1, 0, 1.
    cowl_string_cmp(a: look Ptr, b: look Ptr) -> I32 [];
    cowl_string_char_at(s: look Ptr, index: raw I64) -> I32 [];
    /// Iteration: the char at byte `at`; `out_next` (i64): the byte after it.
    cowl_string_char(s: look Ptr, at: raw I64, out_next: raw Ptr) -> I32 [];
    cowl_string_push(s: slot Ptr, c: raw I32) -> Unit [];
    /// The first or last char is taken away; the string is not empty.
    cowl_string_pop(s: slot Ptr) -> I32 [];
    cowl_string_pop_first(s: slot Ptr) -> I32 [];
    cowl_string_append(s: slot Ptr, other: look Ptr) -> Unit [];
    cowl_string_insert(s: slot Ptr, index: raw I64, part: look Ptr) -> Unit [];
    /// Takes `index..index + 1` away and gives it.
    cowl_string_extract(s: slot Ptr, index: raw I64) -> I32 [];
    cowl_string_reverse(s: slot Ptr) -> Unit [];
    cowl_string_truncate(s: slot Ptr, n: raw I64) -> Unit [];
    cowl_string_reserve(s: slot Ptr, extra: raw I64) -> Unit [];
    cowl_string_to_upper(s: slot Ptr) -> Unit [];
    cowl_string_to_lower(s: slot Ptr) -> Unit [];
    /// `from` is not empty (the caller has panicked).
    cowl_string_replace(s: slot Ptr, from: look Ptr, to: look Ptr) -> Unit [];
    cowl_string_pad(s: slot Ptr, width: raw I64, fill: raw I32, left: raw I8) -> Unit [];
    /// `0 <= a <= b <= len`.
    cowl_string_slice(s: own Ptr, a: raw I64, b: raw I64, out: out Ptr) -> Unit [];
    /// `sides`: 1 the start, 2 the end, 3 both.
    cowl_string_trim(s: own Ptr, sides: raw I32, out: out Ptr) -> Unit [];
    cowl_string_repeat(s: look Ptr, n: raw I64, out: out Ptr) -> Unit [];
    cowl_string_contains(s: look Ptr, part: look Ptr) -> I8 [];
    cowl_string_starts_with(s: look Ptr, part: look Ptr) -> I8 [];
    cowl_string_ends_with(s: look Ptr, part: look Ptr) -> I8 [];
    /// A position, or -1.
    cowl_string_find(s: look Ptr, part: look Ptr) -> I64 [];
    cowl_string_find_last(s: look Ptr, part: look Ptr) -> I64 [];
    /// Lists of strings. `sep` is not empty.
    cowl_string_split(s: look Ptr, sep: look Ptr) -> Ptr [FRESH];
    cowl_string_split_whitespace(s: look Ptr) -> Ptr [FRESH];
    cowl_string_lines(s: look Ptr) -> Ptr [FRESH];
    /// Iteration: the line that begins at byte `at`, and (`out_next`: i64) where the next one does.
    cowl_string_line(s: look Ptr, at: raw I64, out_next: raw Ptr, out: out Ptr) -> Unit [];
    /// `List<char>`, `List<u8>`.
    cowl_string_chars(s: look Ptr) -> Ptr [FRESH];
    cowl_string_bytes(s: look Ptr) -> Ptr [FRESH];
    /// 1 if the `List<u8>` is UTF-8.
    cowl_string_from_bytes(bytes: look_word Ptr, out: out Ptr) -> I8 [];
    cowl_string_from_chars(chars: look_word Ptr, out: out Ptr) -> Unit [];
    cowl_string_from_char(c: raw I32, out: out Ptr) -> Unit [];
    cowl_string_join(strings: look_word Ptr, sep: look Ptr, out: out Ptr) -> Unit [];
    /// 1 and the number (i64, f64).
    cowl_string_parse_int(s: look Ptr, out: out Ptr) -> I8 [];
    cowl_string_parse_float(s: look Ptr, out: out Ptr) -> I8 [];
    /// `what`: 0 alphabetic, 1 numeric, 2 white space, 3 upper, 4 lower.
    cowl_char_is(c: raw I32, what: raw I32) -> I8 [];
    cowl_char_to_upper(c: raw I32, out: out Ptr) -> Unit [];
    cowl_char_to_lower(c: raw I32, out: out Ptr) -> Unit [];

    // ---- floats (what Cranelift has no instruction for)
    cowl_float_round(x: raw F64) -> F64 [];
    cowl_float_sin(x: raw F64) -> F64 [];
    cowl_float_cos(x: raw F64) -> F64 [];
    cowl_float_tan(x: raw F64) -> F64 [];
    cowl_float_asin(x: raw F64) -> F64 [];
    cowl_float_acos(x: raw F64) -> F64 [];
    cowl_float_atan(x: raw F64) -> F64 [];
    cowl_float_atan2(y: raw F64, x: raw F64) -> F64 [];
    cowl_float_exp(x: raw F64) -> F64 [];
    cowl_float_ln(x: raw F64) -> F64 [];
    cowl_float_log2(x: raw F64) -> F64 [];
    cowl_float_log10(x: raw F64) -> F64 [];
    cowl_float_pow(x: raw F64, y: raw F64) -> F64 [];
    /// The remainder of `%`, with the sign of x.
    cowl_float_rem(x: raw F64, y: raw F64) -> F64 [];

    // ---- objects
    /// Count 1, weak 0; the value is for the caller to write (before any call that exits). Counts
    /// `allocated`; collects first when it is time. `desc` is the value's.
    cowl_object_new(desc: raw Ptr, site: raw I32) -> Ptr [FRESH RELEASES COLLECTS];
    /// One weak holder more (null is fine); a `weak` made from a `*T` is the same word.
    cowl_weak_retain(weak: look_word Ptr) -> Unit [];
    cowl_weak_release(weak: own_word Ptr) -> Unit [];
    /// The object, one holder more; or null.
    cowl_weak_get(weak: look_word Ptr) -> Ptr [FRESH];
    cowl_gc() -> I64 [RELEASES COLLECTS];
    /// Objects so far: 0 live, 1 allocated, 2 freed, 3 collected.
    cowl_gc_count(which: raw I64) -> I64 [];
    /// The object's field (by index; -1: the whole object) is in change until `cowl_change_end`.
    cowl_change_begin(object: look_word Ptr, field: raw I32) -> Unit [PANICS];
    cowl_change_end(object: look_word Ptr, field: raw I32) -> Unit [];
    /// Panics if the field (-1: any) is in change; to be called where `OBJECT_IN_CHANGE` is set.
    cowl_change_check(object: look_word Ptr, field: raw I32) -> Unit [PANICS];

    // ---- input and output. Those that can fail: 1 and `out`, or 0 and the sentence in `err` (a string).
    cowl_flush() -> Unit [];
    /// 1: a line in `out`; 2: the end of input; 0: `err`.
    cowl_read_line(out: out Ptr, err: out Ptr) -> I32 [];
    cowl_read_all(out: out Ptr, err: out Ptr) -> I32 [];
    cowl_fs_read(path: look Ptr, out: out Ptr, err: out Ptr) -> I32 [];
    cowl_fs_read_bytes(path: look Ptr, out: out Ptr, err: out Ptr) -> I32 [];
    cowl_fs_write(path: look Ptr, text: look Ptr, err: out Ptr) -> I32 [];
    cowl_fs_append(path: look Ptr, text: look Ptr, err: out Ptr) -> I32 [];
    cowl_fs_write_bytes(path: look Ptr, bytes: look_word Ptr, err: out Ptr) -> I32 [];
    cowl_fs_exists(path: look Ptr) -> I8 [];
    cowl_fs_is_dir(path: look Ptr) -> I8 [];
    cowl_fs_list(path: look Ptr, out: out Ptr, err: out Ptr) -> I32 [];
    cowl_fs_remove(path: look Ptr, err: out Ptr) -> I32 [];
    cowl_fs_make_dir(path: look Ptr, err: out Ptr) -> I32 [];
    /// Ends the program: output flushed, ledger written, nothing released.
    cowl_exit(status: raw I64) -> Unit [ENDS];

    // ---- panics
    /// The user's own text (a string value).
    cowl_panic(message: look Ptr) -> Unit [PANICS ENDS];
    /// A static text: `division by zero`, `value is none`, `assertion failed`, `empty separator` …
    cowl_panic_text(bytes: raw Ptr, size: raw I64) -> Unit [PANICS ENDS];
    cowl_panic_index(index: raw I64, len: raw I64) -> Unit [PANICS ENDS];
    cowl_panic_range(a: raw I64, b: raw I64, len: raw I64) -> Unit [PANICS ENDS];
    cowl_panic_key(key: look Ptr, desc: raw Ptr) -> Unit [PANICS ENDS];
    /// `integer overflow in A op B`. `op`: a static NUL-terminated text; operands sign- or
    /// zero-extended to 64 bits, `signed` says which.
    cowl_panic_overflow(op: raw Ptr, a: raw I64, b: raw I64, signed: raw I8) -> Unit [PANICS ENDS];
    /// The same of values of any type, as std raises it; `op` is a string.
    cowl_panic_overflow_shown(left: look Ptr, left_desc: raw Ptr, op: look Ptr, right: look Ptr, right_desc: raw Ptr) -> Unit [PANICS ENDS SHOWS];
    /// `integer overflow in -A`
    cowl_panic_neg(a: raw I64, signed: raw I8) -> Unit [PANICS ENDS];
    /// `shift by COUNT out of range for TYPE` (the type's name, NUL-terminated).
    cowl_panic_shift(count: raw I64, signed: raw I8, ty: raw Ptr) -> Unit [PANICS ENDS];
    /// `VALUE does not fit TYPE`: the value by its desc.
    cowl_panic_convert(value: look Ptr, desc: raw Ptr, ty: raw Ptr) -> Unit [PANICS ENDS];
    /// `value is err: E`
    cowl_panic_err(value: look Ptr, desc: raw Ptr) -> Unit [PANICS ENDS SHOWS];
    /// `assertion failed: MESSAGE`
    cowl_panic_assert(message: look Ptr) -> Unit [PANICS ENDS];
    /// `assertion failed` with both values.
    cowl_panic_assert_eq(left: look Ptr, right: look Ptr, desc: raw Ptr) -> Unit [PANICS ENDS SHOWS];
    cowl_panic_assert_ne(left: look Ptr, right: look Ptr, desc: raw Ptr) -> Unit [PANICS ENDS SHOWS];
    /// `negative count N`
    cowl_panic_count(n: raw I64) -> Unit [PANICS ENDS];
    /// `stack overflow`: at a function's entry, with its caller's frame in `exit_fp`.
    cowl_panic_stack() -> Unit [PANICS ENDS];
    cowl_limit_steps() -> Unit [ENDS];
    /// `dbg_if_shared` that found it shared says so on stderr, with the position of `exit_frame`.
    cowl_dbg_shared() -> Unit [PANICS];
    /// `dbg(x)`: on stderr, with the position of `exit_frame`.
    cowl_dbg(value: look Ptr, desc: raw Ptr) -> Unit [PANICS SHOWS RELEASES];
        }
    };
}

macro_rules! table {
    (@mode raw) => { Mode::Raw };
    (@mode look) => { Mode::Look };
    (@mode look_word) => { Mode::LookWord };
    (@mode own) => { Mode::Own };
    (@mode own_word) => { Mode::OwnWord };
    (@mode out) => { Mode::Out };
    (@mode sole) => { Mode::Sole };
    (@mode slot) => { Mode::Slot };
    ($($(#[$doc:meta])* $name:ident($($p:ident: $mode:ident $machine:ident),*) -> $ret:ident [$($effect:ident)*];)*) => {
        /// A runtime entry.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Entry {
            $($(#[$doc])* $name,)*
        }

        impl Entry {
            pub const ALL: &'static [Entry] = &[$(Entry::$name,)*];

            pub fn info(self) -> &'static EntryInfo {
                &INFOS[self as usize]
            }

            /// The symbol.
            pub fn name(self) -> &'static str {
                self.info().name
            }
        }

        static INFOS: &[EntryInfo] = &[$(EntryInfo {
            name: stringify!($name),
            params: &[$(Param {
                name: stringify!($p),
                mode: table!(@mode $mode),
                machine: Machine::$machine,
            },)*],
            ret: Machine::$ret,
            effects: 0 $(| $effect)*,
        },)*];
    };
}

for_each_entry!(table);

/// A format, as static data. `width` and `precision` of -1: none; -2: the argument.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    pub fill: u32,
    /// 0 none, else one of `<` `^` `>`.
    pub align: u8,
    pub plus: u8,
    pub alternate: u8,
    pub zero: u8,
    /// 0 none, else one of `x X o b e ?`.
    pub kind: u8,
    pub pad: [u8; 3],
    pub width: i32,
    pub precision: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = Entry::ALL.iter().map(|e| e.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Entry::ALL.len());
    }
}
