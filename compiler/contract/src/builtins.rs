//! The builtin operations: one list of names that the frontend, both engines and the reference use.
//!
//! Signatures, classes (`@reader`, `@updater`, `@maker`) and which arguments are looked at
//! (`@look(x)`) stand where the operation is declared, in `compiler/std`: an engine learns them
//! from HIR. One operation may serve several receivers (`Len`: List, Array, Map, Set, string);
//! the receiver's type tells them apart. Everything else in std is Cowl.
//!
//! Conventions: class R (reader): all arguments are looks. U (updater): the first operand is the
//! place that changes, reached only through HIR's `Update`. M (maker): gives a fresh value.

macro_rules! builtins {
    ($($(#[$doc:meta])* $variant:ident $name:literal $class:ident;)*) => {
        /// A builtin operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Builtin {
            $($(#[$doc])* $variant,)*
        }

        impl Builtin {
            pub const ALL: &'static [Builtin] = &[$(Builtin::$variant,)*];

            /// The name in `@intrinsic("…")` and in dumps.
            pub fn name(self) -> &'static str {
                match self { $(Builtin::$variant => $name,)* }
            }

            pub fn class(self) -> Class {
                match self { $(Builtin::$variant => Class::$class,)* }
            }

            pub fn from_name(name: &str) -> Option<Builtin> {
                Builtin::ALL.iter().copied().find(|b| b.name() == name)
            }
        }
    };
}

/// What an operation does with its first operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Looks at it.
    Reader,
    /// Changes it in its place: one ledger event.
    Updater,
    /// Owns its operands (but for `@look` ones) and gives a fresh value or a slice; counts nothing.
    Maker,
}

builtins! {
    // ---- any type
    /// `==` at any depth, IEEE on floats.
    Eq "eq" Reader;
    /// `<` `<=` `>` `>=` at any depth, lexicographic, IEEE on floats.
    Lt "lt" Reader;
    Le "le" Reader;
    Gt "gt" Reader;
    Ge "ge" Reader;
    /// The total equality of keys: nan equals nan, -0.0 equals 0.0.
    EqTotal "eq_total" Reader;
    /// The total order of sorting, as -1, 0 or 1: nan last.
    CmpTotal "cmp_total" Reader;
    /// `x.show()`: what `print` prints, as a string.
    Show "show" Reader;
    /// As `{x:?}`: strings and chars quoted at the top too.
    ShowQuoted "show_quoted" Reader;
    /// `===` of two pointers.
    Same "same" Reader;

    // ---- List, Array, Map, Set, string
    Len "len" Reader;
    /// List, Array: `push(x)`; string: `push(c: char)`.
    Push "push" Updater;
    PushFirst "push_first" Updater;
    /// `(Self, T?)`; string: `(Self, char?)`.
    Pop "pop" Updater;
    PopFirst "pop_first" Updater;
    /// List, Array: `insert(i, x)`, i may be the length. Map: `insert(k, v)`. Set: `insert(x)`.
    Insert "insert" Updater;
    /// List, Array: `remove(i)`. Map, Set: `remove(look k)`, absent is no change.
    Remove "remove" Updater;
    /// List, Array: `(Self, T)` of `extract(i)`. Map: `(Self, V?)` of `extract(look k)`.
    Extract "extract" Updater;
    /// List, Array: `set(i, x)`.
    Set "set" Updater;
    /// List, Array: `(Self, T)` of `replace_at(i, x)`.
    ReplaceAt "replace_at" Updater;
    /// Map: `(Self, V?)` of `replace(k, v)`.
    Replace "replace" Updater;
    /// Set: `(Self, bool)` of `add(x)`: true if it was new.
    Add "add" Updater;
    Swap "swap" Updater;
    /// List, Array, string.
    Reverse "reverse" Updater;
    Truncate "truncate" Updater;
    /// `append(other)` of the same type, owned: List, Array, string.
    Append "append" Updater;
    /// The `+` of List, Array, string: as `Append` with a looked-at right operand.
    Concat "concat" Updater;
    /// `resize(n, x)`: List, Array.
    Resize "resize" Updater;
    /// A wish for room: Array, string; on the others nothing but the event.
    Reserve "reserve" Updater;
    /// Stable, by the total order: List, Array.
    Sort "sort" Updater;
    /// Joins equal neighbours (total equality): List, Array.
    Dedup "dedup" Updater;
    /// `slice(a, b)`: List, Array, string; panics outside (`range a..b out of range for length n`).
    Slice "slice" Maker;
    /// `xs[a..]`: `slice_from(a)`, as `Slice` to the end.
    SliceFrom "slice_from" Maker;
    ToList "to_list" Maker;
    ToArray "to_array" Maker;
    ToSet "to_set" Maker;
    /// Map: the keys, the values, the pairs as a List in order.
    Keys "keys" Maker;
    Values "values" Maker;
    Pairs "pairs" Maker;
    /// Map: `get(look k) -> V?`
    Get "get" Reader;
    /// Map (key), Set (element), string (part): `contains(look x)`.
    Contains "contains" Reader;

    // ---- string and char
    /// Bytes.
    Size "size" Reader;
    /// `s[i]`: a char; `index i out of range for length n`.
    CharAt "char_at" Reader;
    StartsWith "starts_with" Reader;
    EndsWith "ends_with" Reader;
    /// `find(part) -> int?`, in code points; the empty part is at 0.
    Find "find" Reader;
    FindLast "find_last" Reader;
    /// `split(sep)`: pieces between; an empty separator panics (`empty separator`).
    Split "split" Maker;
    /// Pieces between white space, none empty.
    SplitWhitespace "split_whitespace" Maker;
    /// Lines without `\n` or `\r\n`; a last newline begins no line.
    Lines "lines" Maker;
    Chars "chars" Maker;
    /// As `List<u8>`.
    Bytes "bytes" Maker;
    /// `string.from_bytes(look List<u8>) -> string?`: `none` where they are not UTF-8.
    FromBytes "from_bytes" Maker;
    /// `string.from_chars(look List<char>)`
    FromChars "from_chars" Maker;
    Trim "trim" Maker;
    TrimStart "trim_start" Maker;
    TrimEnd "trim_end" Maker;
    ToUpper "to_upper" Updater;
    ToLower "to_lower" Updater;
    /// `replace(look from, look to)`: every occurrence; an empty `from` panics (`empty pattern`).
    ReplaceAll "replace_all" Updater;
    /// `insert_at(i, look part)`
    InsertAt "insert_at" Updater;
    /// `pad_left(width, c)`, `pad_right(width, c)`: to a width in code points.
    PadLeft "pad_left" Updater;
    PadRight "pad_right" Updater;
    /// string, `repeat(n)`; negative n panics (`negative count -1`).
    Repeat "repeat" Maker;
    /// List<string>: `join(look sep)`.
    Join "join" Reader;
    /// Optional sign, digits, nothing else; `none` where it does not fit.
    ParseInt "parse_int" Reader;
    ParseFloat "parse_float" Reader;
    CharIsAlphabetic "char_is_alphabetic" Reader;
    CharIsNumeric "char_is_numeric" Reader;
    CharIsWhitespace "char_is_whitespace" Reader;
    CharIsUpper "char_is_upper" Reader;
    CharIsLower "char_is_lower" Reader;
    /// A string: one char can become several.
    CharToUpper "char_to_upper" Reader;
    CharToLower "char_to_lower" Reader;

    // ---- numbers
    CountOnes "count_ones" Reader;
    LeadingZeros "leading_zeros" Reader;
    TrailingZeros "trailing_zeros" Reader;
    Sqrt "sqrt" Reader;
    Floor "floor" Reader;
    Ceil "ceil" Reader;
    /// Half away from zero.
    Round "round" Reader;
    Trunc "trunc" Reader;
    Sin "sin" Reader;
    Cos "cos" Reader;
    Tan "tan" Reader;
    Asin "asin" Reader;
    Acos "acos" Reader;
    Atan "atan" Reader;
    Atan2 "atan2" Reader;
    Exp "exp" Reader;
    Ln "ln" Reader;
    Log2 "log2" Reader;
    Log10 "log10" Reader;
    PowFloat "pow_float" Reader;
    /// Bits of a float (f64: u64, f32: u32), nan as one canonical pattern; and back.
    ToBits "to_bits" Reader;
    FromBits "from_bits" Reader;

    // ---- objects
    /// `weak(p)`
    WeakNew "weak_new" Reader;
    /// `weak()`: reads none.
    WeakEmpty "weak_empty" Maker;
    /// `w.get() -> (*T)?`
    WeakGet "weak_get" Reader;
    /// Collects cycles; how many objects were freed.
    Gc "gc" Maker;
    /// `gc_count(which)`: objects so far: 0 live, 1 allocated, 2 freed, 3 collected.
    GcCount "gc_count" Reader;

    // ---- input, output, the end
    /// With a newline; `Write` without. Anything with `Show`.
    Print "print" Reader;
    Write "write" Reader;
    Eprint "eprint" Reader;
    Ewrite "ewrite" Reader;
    /// To stdout: all pending output now.
    Flush "flush" Maker;
    /// `string ! string`-like results carry the system's sentence as the error: the `Display` of
    /// `std::io::Error` (std cuts ` (os error N)` off and adds the path); text that is not UTF-8
    /// gives `not UTF-8 text`.
    /// A line of stdin without its end, `none` at the end of input: `string? ! string`.
    ReadLine "read_line" Maker;
    /// The rest of stdin: `string ! string`.
    ReadAll "read_all" Maker;
    /// `fs_read(path) -> string ! string`
    FsRead "fs_read" Reader;
    /// `fs_write(path, text) -> () ! string`
    FsWrite "fs_write" Reader;
    FsAppend "fs_append" Reader;
    FsExists "fs_exists" Reader;
    FsIsDir "fs_is_dir" Reader;
    /// The names in a folder, sorted: `List<string> ! string`.
    FsList "fs_list" Reader;
    FsRemove "fs_remove" Reader;
    FsMakeDir "fs_make_dir" Reader;
    /// Writes bytes (List<u8>): `fs_write_bytes(path, bytes) -> () ! string`.
    FsWriteBytes "fs_write_bytes" Reader;
    FsReadBytes "fs_read_bytes" Reader;
    /// `panic(message)`
    Panic "panic" Reader;
    /// `assert(condition)`: `assertion failed`.
    Assert "assert" Reader;
    /// `assert(condition, message)`: `assertion failed: message`.
    AssertMessage "assert_message" Reader;
    /// `assert_eq(left, right)`: `assertion failed` with `left:` and `right:` lines.
    AssertEq "assert_eq" Reader;
    AssertNe "assert_ne" Reader;
    /// `dbg(x)`: to stderr, after pending output, `FILE:LINE:COL: VALUE` (quoted as `{x:?}`), the
    /// place of the call's name; gives `()`.
    Dbg "dbg" Reader;
    /// `exit(status)`: ends the program at once, output flushed, nothing released.
    Exit "exit" Maker;
    /// `unwrap` of none: `value is none`.
    PanicNone "panic_none" Maker;
    /// `unwrap` of err(e): `value is err: E`.
    PanicErr "panic_err" Reader;
    /// `integer overflow in A op B` raised by std: `overflow(left, op, right)`.
    PanicOverflow "panic_overflow" Reader;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for &b in Builtin::ALL {
            assert_eq!(Builtin::from_name(b.name()), Some(b));
        }
    }
}
