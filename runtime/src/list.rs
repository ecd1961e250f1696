//! The operations of `List<T>`: slices, and the entries for compiled code.
//!
//! Updating entries take a place whose list is sole or empty; `cowl_list_make_unique` makes it so.
//! Values that are thrown away and can run a `deinit` are released only when the list is whole
//! again, since the `deinit` may look at it.

use crate::alloc::{alloc, free};
use crate::array;
use crate::block::*;
use crate::buffer::Buffer;
use crate::count::{release_elems, release_value, release_word, retain_elems, retain_value};
use crate::ctx::{Cx, desc};
use crate::elem::{Elem, Refs};
use crate::vector::{self, at, for_pieces, is_slice, len};
use crate::{map, sort};
use cowl_contract::desc::{HAS_OBJECTS, TypeDesc};
use cowl_contract::layout::*;
use cowl_contract::planted::{Fault, planted};
use std::ptr;

/// A slice of at most this many elements is fresh; so is one below `1 / FRESH_PART` of its storage.
pub const FRESH_LEN: usize = 32;
pub const FRESH_PART: usize = 64;
/// Appending goes from the front where the list is below this part of what is appended.
const PREPEND_PART: usize = 8;

/// Can releasing such elements run code that sees the container?
pub unsafe fn calls_back(elem: Elem) -> bool {
    match elem.refs {
        Refs::None => false,
        Refs::Value(ty) => desc(ty).has(HAS_OBJECTS),
        Refs::Entry(ty) => desc(ty).has(HAS_OBJECTS),
    }
}

unsafe fn is_sole_list(list: *const ListBlock) -> bool {
    if planted(Fault::ListSoleAssumed) && !is_slice(list) {
        return true;
    }
    if planted(Fault::ListSliceSole) && is_slice(list) {
        return (*list).count == 1;
    }
    (*list).count == 1 && (!is_slice(list) || (*(*list).base).count == 1)
}

pub unsafe fn status(list: *const ListBlock) -> i32 {
    if list.is_null() {
        NO_STORAGE
    } else if is_sole_list(list) {
        SOLE
    } else {
        SHARED
    }
}

/// Where a slice begins in its base.
unsafe fn slice_offset(slice: *const ListBlock, elem: Elem) -> usize {
    let base = (*slice).base;
    if (*slice).trie_len > 0 {
        ((*slice).start - (*base).start) as usize
    } else {
        let bytes = (*slice).tail as usize - (*base).tail as usize;
        (*base).trie_len as usize + bytes / elem.stride
    }
}

/// Makes the list in a place whole, with one holder.
pub unsafe fn make_unique(cx: Cx, place: *mut u8, ty: *const TypeDesc, elem: Elem) -> i32 {
    let list = word(place).cast::<ListBlock>();
    if list.is_null() {
        return NO_STORAGE;
    }
    let sole = is_sole_list(list);
    if !is_slice(list) {
        if sole {
            return SOLE;
        }
        let new = vector::duplicate(cx, list, elem);
        set_word(place, new.cast());
        unhold(list.cast());
        return SHARED;
    }
    let offset = slice_offset(list, elem);
    let (base, n) = ((*list).base, (*list).len as usize);
    if sole {
        free(cx, list.cast(), SLICE_BLOCK);
        set_word(place, base.cast());
        trim(cx, place, offset, offset + n, elem);
        return SOLE;
    }
    set_word(place, vector::duplicate(cx, base, elem).cast());
    // Whatever goes has another holder: the base.
    vector::truncate(cx, place, offset + n, elem);
    vector::drop_front(cx, place, offset, elem);
    release_word(cx, list.cast(), ty);
    SHARED
}

/// Keeps the elements `a..b`, which are some, of a sole, whole list.
unsafe fn trim(cx: Cx, place: *mut u8, a: usize, b: usize, elem: Elem) {
    let n = len(word(place).cast());
    if !calls_back(elem) {
        vector::truncate(cx, place, b, elem);
        vector::drop_front(cx, place, a, elem);
        return;
    }
    let gone = Buffer::new(cx, a + n - b, elem.stride);
    take_out(cx, place, 0, a, gone.ptr, elem);
    take_out(cx, place, b, n, gone.at(a), elem);
    vector::truncate(cx, place, b, elem.moved());
    vector::drop_front(cx, place, a, elem.moved());
    if !planted(Fault::ListTrimKept) {
        release_elems(cx, gone.ptr, gone.len, elem);
    }
    gone.free(cx);
}

/// Moves elements out; what is left in the list is their bytes.
unsafe fn take_out(cx: Cx, place: *mut u8, from: usize, to: usize, out: *mut u8, elem: Elem) {
    let list = word(place).cast::<ListBlock>();
    let mut i = from;
    while i < to {
        let (ptr, n) = vector::piece_mut(cx, list, i, elem);
        let n = n.min(to - i);
        ptr::copy_nonoverlapping(ptr, out.add((i - from) * elem.stride), n * elem.stride);
        i += n;
    }
}

/// Takes all elements out, to memory for them, and ends the list's holder.
pub unsafe fn take_all(
    cx: Cx,
    list: *mut ListBlock,
    ty: *const TypeDesc,
    out: *mut u8,
    elem: Elem,
) {
    if list.is_null() {
        return;
    }
    if is_sole_list(list) && !is_slice(list) {
        vector::gather(cx, list, out, elem);
        vector::free_list_plain(cx, list, elem);
        return;
    }
    let mut to = out;
    for_pieces(list, 0, len(list), elem, |ptr, n| {
        ptr::copy_nonoverlapping(ptr, to, n * elem.stride);
        retain_elems(to, n, elem);
        to = to.add(n * elem.stride);
    });
    release_word(cx, list.cast(), ty);
}

/// A new list of elements that are moved in; null for none.
pub unsafe fn from_elems(cx: Cx, elems: *const u8, n: usize, elem: Elem) -> *mut u8 {
    let mut list = ptr::null_mut::<u8>();
    vector::extend(cx, (&raw mut list).cast(), elems, n, elem);
    list
}

/// Appends copies of another list's elements.
unsafe fn extend_with(cx: Cx, place: *mut u8, other: *const ListBlock, elem: Elem) {
    let n = len(other);
    if n == 0 {
        return;
    }
    if word(place) == other as *mut u8 {
        let copy = Buffer::new(cx, n, elem.stride);
        let mut to = copy.ptr;
        for_pieces(other, 0, n, elem, |ptr, n| {
            ptr::copy_nonoverlapping(ptr, to, n * elem.stride);
            to = to.add(n * elem.stride);
        });
        retain_elems(copy.ptr, n, elem);
        vector::extend(cx, place, copy.ptr, n, elem);
        copy.free(cx);
        return;
    }
    for_pieces(other, 0, n, elem, |ptr, n| {
        retain_elems(ptr, n, elem);
        vector::extend(cx, place, ptr, n, elem);
    });
}

/// Is a list so much shorter than what is appended to it that its elements had better go before those?
unsafe fn goes_before(list: *const ListBlock, other: *const ListBlock) -> bool {
    len(list) * PREPEND_PART < len(other) && !is_slice(other)
}

/// Puts a sole list's elements before those of another sole one, whose nodes may be shared.
unsafe fn prepend(cx: Cx, place: *mut u8, other: *mut ListBlock, ty: *const TypeDesc) {
    let elem = Elem::of(ty);
    let short = word(place).cast::<ListBlock>();
    set_word(place, other.cast());
    for i in (0..len(short)).rev() {
        let value = at(short, i, elem);
        retain_elems(value, 1, elem);
        vector::push_first(cx, place, value, elem);
    }
    if !short.is_null() {
        release_word(cx, short.cast(), ty);
    }
}

/// Replaces all elements of a sole list by what `f` makes of them in one piece of memory: it gives
/// how many are left, and has taken care of the others.
unsafe fn rewrite(cx: Cx, place: *mut u8, elem: Elem, f: impl FnOnce(*mut u8, usize) -> usize) {
    let list = word(place).cast::<ListBlock>();
    let n = len(list);
    if n == 0 {
        return;
    }
    let all = Buffer::new(cx, n, elem.stride);
    vector::gather(cx, list, all.ptr, elem);
    let left = f(all.ptr, n);
    if left == n {
        vector::scatter(list, all.ptr, elem);
    } else {
        vector::free_list_plain(cx, list, elem);
        set_word(place, from_elems(cx, all.ptr, left, elem));
    }
    all.free(cx);
}

// ---- entries

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_new(cx: Cx, n: i64, ty: *const TypeDesc) -> *mut u8 {
    let list = vector::new_list(cx, n as usize, Elem::of(ty));
    (*list).len = n as u32;
    list.cast()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_from(
    cx: Cx,
    elems: *mut u8,
    n: i64,
    ty: *const TypeDesc,
) -> *mut u8 {
    from_elems(cx, elems, n as usize, Elem::of(ty))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_make_unique(cx: Cx, place: *mut u8, ty: *const TypeDesc) -> i32 {
    make_unique(cx, place, ty, Elem::of(ty))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_at(
    _cx: Cx,
    list: *mut u8,
    index: i64,
    ty: *const TypeDesc,
) -> *mut u8 {
    at(list.cast(), index as usize, Elem::of(ty))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_at_mut(
    cx: Cx,
    place: *mut u8,
    index: i64,
    ty: *const TypeDesc,
) -> *mut u8 {
    vector::at_mut(cx, word(place).cast(), index as usize, Elem::of(ty))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_leaf(
    _cx: Cx,
    list: *mut u8,
    index: i64,
    ty: *const TypeDesc,
    out_len: *mut i64,
) -> *mut u8 {
    let (ptr, n) = vector::piece(list.cast(), index as usize, Elem::of(ty));
    *out_len = n as i64;
    ptr
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_leaf_mut(
    cx: Cx,
    place: *mut u8,
    index: i64,
    ty: *const TypeDesc,
    out_len: *mut i64,
) -> *mut u8 {
    let list = word(place).cast();
    let (ptr, n) = vector::piece_mut(cx, list, index as usize, Elem::of(ty));
    *out_len = n as i64;
    ptr
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_free_from(
    cx: Cx,
    list: *mut u8,
    from: i64,
    ty: *const TypeDesc,
) {
    if !list.is_null() {
        let mut list = list;
        vector::free_from(cx, (&raw mut list).cast(), from as usize, Elem::of(ty));
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_push(
    cx: Cx,
    place: *mut u8,
    value: *mut u8,
    ty: *const TypeDesc,
) {
    vector::push(cx, place, value, Elem::of(ty));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_push_first(
    cx: Cx,
    place: *mut u8,
    value: *mut u8,
    ty: *const TypeDesc,
) {
    vector::push_first(cx, place, value, Elem::of(ty));
}

/// Takes the only element of a list out.
unsafe fn take_only(cx: Cx, place: *mut u8, out: *mut u8, elem: Elem) {
    let list = word(place).cast::<ListBlock>();
    let (ptr, _) = vector::piece_mut(cx, list, 0, elem);
    ptr::copy_nonoverlapping(ptr, out, elem.stride);
    vector::free_list_plain(cx, list, elem);
    set_word(place, ptr::null_mut());
}

unsafe fn pop(cx: Cx, place: *mut u8, out: *mut u8, elem: Elem) {
    if len(word(place).cast()) == 1 {
        take_only(cx, place, out, elem);
    } else {
        vector::pop(cx, place, out, elem);
    }
}

unsafe fn pop_first(cx: Cx, place: *mut u8, out: *mut u8, elem: Elem) {
    if len(word(place).cast()) == 1 {
        take_only(cx, place, out, elem);
    } else {
        vector::pop_first(cx, place, out, elem);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_pop(cx: Cx, place: *mut u8, ty: *const TypeDesc, out: *mut u8) {
    pop(cx, place, out, Elem::of(ty));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_pop_first(
    cx: Cx,
    place: *mut u8,
    ty: *const TypeDesc,
    out: *mut u8,
) {
    pop_first(cx, place, out, Elem::of(ty));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_insert(
    cx: Cx,
    place: *mut u8,
    index: i64,
    value: *mut u8,
    ty: *const TypeDesc,
) {
    let elem = Elem::of(ty);
    let index = index as usize;
    let n = len(word(place).cast());
    let hand = Buffer::new(cx, 2, elem.stride);
    ptr::copy_nonoverlapping(value, hand.ptr, elem.stride);
    let list = word(place).cast();
    if index >= n / 2 {
        vector::rotate_up(cx, list, index, n, hand.ptr, hand.at(1), elem);
        vector::push(cx, place, hand.ptr, elem);
    } else {
        vector::rotate_down(cx, list, 0, index, hand.ptr, hand.at(1), elem);
        vector::push_first(cx, place, hand.ptr, elem);
    }
    hand.free(cx);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_extract(
    cx: Cx,
    place: *mut u8,
    index: i64,
    ty: *const TypeDesc,
    out: *mut u8,
) {
    let elem = Elem::of(ty);
    let index = index as usize;
    let n = len(word(place).cast());
    let spare = alloc(cx, elem.stride);
    if index >= n / 2 {
        pop(cx, place, out, elem);
        let list = word(place).cast();
        vector::rotate_down(cx, list, index, n - 1, out, spare, elem);
    } else {
        pop_first(cx, place, out, elem);
        let list = word(place).cast();
        vector::rotate_up(cx, list, 0, index, out, spare, elem);
    }
    free(cx, spare, elem.stride);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_swap(
    cx: Cx,
    place: *mut u8,
    i: i64,
    j: i64,
    ty: *const TypeDesc,
) {
    if i == j {
        return;
    }
    let elem = Elem::of(ty);
    let list = word(place).cast();
    vector::at_mut(cx, list, i as usize, elem);
    let b = vector::at_mut(cx, list, j as usize, elem);
    let a = at(list, i as usize, elem);
    ptr::swap_nonoverlapping(a, b, elem.stride);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_reverse(cx: Cx, place: *mut u8, ty: *const TypeDesc) {
    let elem = Elem::of(ty);
    rewrite(cx, place, elem, |ptr, n| {
        array::reverse_elems(ptr, n, elem);
        n
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_truncate(cx: Cx, place: *mut u8, n: i64, ty: *const TypeDesc) {
    let list = word(place);
    let n = n.max(0) as usize;
    if n >= len(list.cast()) {
        return;
    }
    if n == 0 {
        set_word(place, ptr::null_mut());
        release_word(cx, list, ty);
        return;
    }
    trim(cx, place, 0, n, Elem::of(ty));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_append(
    cx: Cx,
    place: *mut u8,
    other: *mut u8,
    ty: *const TypeDesc,
) {
    if word(place).is_null() {
        // The receiver's storage is new: what other holders see of `other` is not its own.
        set_word(place, other);
        make_unique(cx, place, ty, Elem::of(ty));
        return;
    }
    if other.is_null() {
        return;
    }
    let elem = Elem::of(ty);
    if !goes_before(word(place).cast(), other.cast()) {
        extend_with(cx, place, other.cast(), elem);
        release_word(cx, other, ty);
        return;
    }
    if is_sole_list(other.cast()) {
        prepend(cx, place, other.cast(), ty);
    } else {
        let all = vector::duplicate(cx, other.cast(), elem);
        prepend(cx, place, all, ty);
        release_word(cx, other, ty);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_concat(
    cx: Cx,
    place: *mut u8,
    other: *mut u8,
    ty: *const TypeDesc,
) {
    let elem = Elem::of(ty);
    if goes_before(word(place).cast(), other.cast()) {
        let all = vector::duplicate(cx, other.cast(), elem);
        prepend(cx, place, all, ty);
    } else {
        extend_with(cx, place, other.cast(), elem);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_resize(
    cx: Cx,
    place: *mut u8,
    n: i64,
    value: *mut u8,
    ty: *const TypeDesc,
) {
    let elem = Elem::of(ty);
    let have = len(word(place).cast());
    let n = n.max(0) as usize;
    if n <= have {
        cowl_list_truncate(cx, place, n as i64, ty);
        release_value(cx, value, desc(ty).elem);
        return;
    }
    vector::check_len(cx, n as u64);
    let missing = n - have;
    let some = Buffer::new(cx, missing.min(4 * elem.leaf_len()), elem.stride);
    array::fill(some.ptr, some.len, value, elem);
    let mut left = missing;
    while left > 0 {
        let n = left.min(some.len);
        vector::extend(cx, place, some.ptr, n, elem);
        left -= n;
    }
    some.free(cx);
    array::retain_times(value, missing, desc(ty).elem);
    release_value(cx, value, desc(ty).elem);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_sort(cx: Cx, place: *mut u8, ty: *const TypeDesc) {
    rewrite(cx, place, Elem::of(ty), |ptr, n| {
        sort::sort(cx, ptr, n, desc(ty).elem);
        n
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_dedup(cx: Cx, place: *mut u8, ty: *const TypeDesc) {
    let elem = Elem::of(ty);
    let n = len(word(place).cast());
    let gone = Buffer::new(cx, n, elem.stride);
    let mut gone_len = 0;
    rewrite(cx, place, elem, |ptr, n| {
        let left = sort::dedup(ptr, n, desc(ty).elem, gone.ptr, cx);
        gone_len = n - left;
        left
    });
    release_elems(cx, gone.ptr, gone_len, elem);
    gone.free(cx);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_slice(
    cx: Cx,
    list: *mut u8,
    a: i64,
    b: i64,
    ty: *const TypeDesc,
) -> *mut u8 {
    let elem = Elem::of(ty);
    let (a, b) = (a as usize, b as usize);
    let block = list.cast::<ListBlock>();
    if a == b {
        if !list.is_null() {
            release_word(cx, list, ty);
        }
        return ptr::null_mut();
    }
    let mut place = list;
    let n = b - a;
    if is_sole_list(block) {
        let place = (&raw mut place).cast::<u8>();
        make_unique(cx, place, ty, elem);
        trim(cx, place, a, b, elem);
        return word(place);
    }
    let storage_len = if is_slice(block) {
        len((*block).base)
    } else {
        len(block)
    };
    if n <= FRESH_LEN || n.saturating_mul(FRESH_PART) < storage_len {
        let mut new = ptr::null_mut::<u8>();
        let place = (&raw mut new).cast::<u8>();
        for_pieces(block, a, b, elem, |ptr, n| {
            retain_elems(ptr, n, elem);
            vector::extend(cx, place, ptr, n, elem);
        });
        release_word(cx, list, ty);
        return new;
    }
    if n == len(block) {
        return list;
    }
    let slice = alloc(cx, SLICE_BLOCK).cast::<ListBlock>();
    let trie = (*block).trie_len as usize;
    (*slice).count = 1;
    (*slice).flags = LIST_SLICE | ((*block).flags & (0xff << LIST_HEIGHT_SHIFT));
    (*slice).len = n as u32;
    (*slice).trie_len = (trie.min(b) - trie.min(a)) as u32;
    (*slice).tail = (*block).tail.add(a.saturating_sub(trie) * elem.stride);
    (*slice).root = (*block).root;
    (*slice).start = (*block).start + a as u64;
    if is_slice(block) {
        (*slice).base = (*block).base;
        retain((*slice).base.cast());
        release_word(cx, list, ty);
    } else {
        (*slice).base = block;
        if planted(Fault::ListSliceUnheld) {
            unhold(list);
        }
    }
    slice.cast()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_to_array(
    cx: Cx,
    list: *mut u8,
    ty: *const TypeDesc,
    out: *mut u8,
) {
    let elem = Elem::of(ty);
    let n = len(list.cast());
    let array = array::new(cx, n, elem);
    out.cast::<ArrayValue>().write(array);
    if n > 0 {
        take_all(cx, list.cast(), ty, array.data, elem);
        array::set_len(out.cast(), n);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_list_to_set(cx: Cx, list: *mut u8, set: *const TypeDesc) -> *mut u8 {
    if list.is_null() {
        return list;
    }
    let elem = Elem::value(desc(set).key);
    let mut place = ptr::null_mut::<u8>();
    for_pieces(list.cast(), 0, len(list.cast()), elem, |ptr, n| {
        for i in 0..n {
            let value = ptr.add(i * elem.stride);
            retain_value(value, desc(set).key);
            map::insert_key(cx, (&raw mut place).cast(), value, set);
        }
    });
    release_list_word(cx, list, elem);
    place
}

/// Ends a holder of a list whose own desc is not at hand.
pub unsafe fn release_list_word(cx: Cx, list: *mut u8, elem: Elem) {
    let block = list.cast::<ListBlock>();
    if !is_slice(block) {
        crate::count::release_list(cx, block, elem);
    } else if !unhold(list) {
        let base = (*block).base;
        free(cx, list, SLICE_BLOCK);
        crate::count::release_list(cx, base, elem);
    }
}
