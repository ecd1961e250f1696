//! `Array<T>`: contiguous elements in a storage that grows at its end and has an offset at its
//! front; slices are values that cover a part of a storage.
//!
//! Updating entries take a place whose storage is sole and whole (as `make_unique` leaves it), or
//! that has none. Released elements that can run a `deinit` go when the array is whole again.

use crate::alloc::{alloc, free, realloc};
use crate::block::*;
use crate::buffer::Buffer;
use crate::count::{
    release_elems, release_storage, release_value, release_word, retain_elems, retain_value,
};
use crate::ctx::{Cx, desc};
use crate::elem::Elem;
use crate::list::{FRESH_LEN, FRESH_PART, from_elems};
use crate::{map, panic, sort};
use cowl_contract::desc::{HAS_REFS, TypeDesc};
use cowl_contract::layout::*;
use cowl_contract::planted::{Fault, planted};
use std::ptr;

const HEAD: usize = STORAGE_ELEMS as usize;
const EMPTY: ArrayValue = ArrayValue {
    storage: ptr::null_mut(),
    data: ptr::null_mut(),
    len: 0,
};

unsafe fn get(place: *const u8) -> ArrayValue {
    *place.cast::<ArrayValue>()
}

unsafe fn put(place: *mut u8, array: ArrayValue) {
    *place.cast::<ArrayValue>() = array;
}

unsafe fn elems(storage: *mut StorageBlock) -> *mut u8 {
    storage.cast::<u8>().add(HEAD)
}

pub unsafe fn storage_size(storage: *const StorageBlock) -> usize {
    (*storage).end as usize - storage as usize
}

/// An empty array with room for `cap` elements.
pub unsafe fn new(cx: Cx, cap: usize, elem: Elem) -> ArrayValue {
    if cap == 0 {
        return EMPTY;
    }
    let size = bytes(cx, cap, elem);
    let storage = alloc(cx, size).cast::<StorageBlock>();
    (*storage).count = 1;
    (*storage).flags = 0;
    (*storage).data = elems(storage);
    (*storage).len = 0;
    (*storage).end = storage.cast::<u8>().add(size);
    ArrayValue {
        storage,
        data: (*storage).data,
        len: 0,
    }
}

/// Size of a storage's block for so many elements.
unsafe fn bytes(cx: Cx, cap: usize, elem: Elem) -> usize {
    match cap
        .checked_mul(elem.stride)
        .and_then(|n| n.checked_add(HEAD))
    {
        Some(size) if size <= isize::MAX as usize => size,
        _ => panic::out_of_memory(cx),
    }
}

/// Says how many elements a sole, whole array has.
pub unsafe fn set_len(place: *mut u8, n: usize) {
    let array = place.cast::<ArrayValue>();
    (*array).len = n as i64;
    let storage = (*array).storage;
    if !storage.is_null() {
        (*storage).len = n as i64;
        (*storage).data = (*array).data;
    }
}

unsafe fn set_data(place: *mut u8, data: *mut u8, n: usize) {
    (*place.cast::<ArrayValue>()).data = data;
    set_len(place, n);
}

unsafe fn is_whole(array: ArrayValue) -> bool {
    (*array.storage).data == array.data && (*array.storage).len == array.len
}

pub unsafe fn status(place: *const u8) -> i32 {
    let array = get(place);
    if array.len == 0 {
        NO_STORAGE
    } else if is_sole(array.storage.cast()) {
        SOLE
    } else {
        SHARED
    }
}

/// Makes the array in a place whole, with one holder and room for `extra` elements more.
pub unsafe fn make_unique(cx: Cx, place: *mut u8, extra: usize, ty: *const TypeDesc) -> i32 {
    let array = get(place);
    let elem = Elem::of(ty);
    let n = array.len as usize;
    if array.storage.is_null() {
        return NO_STORAGE;
    }
    if is_sole(array.storage.cast()) {
        if !is_whole(array) {
            trim(cx, place, elem);
        }
        if extra > 0 {
            reserve(cx, place, extra, elem);
        }
        return if n == 0 { NO_STORAGE } else { SOLE };
    }
    let Some(cap) = n.checked_add(extra) else {
        panic::out_of_memory(cx)
    };
    let copy = new(cx, cap, elem);
    if n > 0 {
        ptr::copy_nonoverlapping(array.data, copy.data, n * elem.stride);
        retain_elems(copy.data, n, elem);
    }
    put(place, copy);
    set_len(place, n);
    unhold(array.storage.cast());
    if n == 0 { NO_STORAGE } else { SHARED }
}

/// Releases what a sole storage holds outside of the value's range.
unsafe fn trim(cx: Cx, place: *mut u8, elem: Elem) {
    let array = get(place);
    let storage = array.storage;
    let front = (array.data as usize - (*storage).data as usize) / elem.stride;
    let back = (*storage).len as usize - front - array.len as usize;
    let first = (*storage).data;
    let after = array.data.add(array.len as usize * elem.stride);
    if elem.is_plain() {
        set_len(place, array.len as usize);
        return;
    }
    let gone = Buffer::new(cx, front + back, elem.stride);
    ptr::copy_nonoverlapping(first, gone.ptr, front * elem.stride);
    ptr::copy_nonoverlapping(after, gone.at(front), back * elem.stride);
    set_len(place, array.len as usize);
    if planted(Fault::ArrayTrimTwice) {
        release_elems(cx, gone.ptr, gone.len, elem);
    }
    release_elems(cx, gone.ptr, gone.len, elem);
    gone.free(cx);
}

/// Room for `extra` elements after the last one of a sole, whole array.
unsafe fn reserve(cx: Cx, place: *mut u8, extra: usize, elem: Elem) {
    let array = get(place);
    let n = array.len as usize;
    if array.storage.is_null() {
        put(place, new(cx, extra.max(4), elem));
        return;
    }
    let storage = array.storage;
    let Some(need) = n.checked_add(extra) else {
        panic::out_of_memory(cx)
    };
    let end = (*storage).end as usize;
    let from = match planted(Fault::ArrayGrow) {
        true => elems(storage),
        false => array.data,
    };
    if need.saturating_mul(elem.stride) <= end - from as usize {
        return;
    }
    let total = (end - elems(storage) as usize) / elem.stride;
    let offset = (array.data as usize - elems(storage) as usize) / elem.stride;
    // An offset of half the storage is worth moving back to: that pays for itself.
    if offset >= total / 2 && need <= total {
        ptr::copy(array.data, elems(storage), n * elem.stride);
        set_data(place, elems(storage), n);
        return;
    }
    let cap = need.max(n.saturating_mul(2)).max(4);
    if offset == 0 {
        let size = bytes(cx, cap, elem);
        let moved = realloc(cx, storage.cast(), storage_size(storage), size).cast::<StorageBlock>();
        (*moved).end = moved.cast::<u8>().add(size);
        (*place.cast::<ArrayValue>()).storage = moved;
        set_data(place, elems(moved), n);
    } else {
        let bigger = new(cx, cap, elem);
        ptr::copy_nonoverlapping(array.data, bigger.data, n * elem.stride);
        put(place, bigger);
        set_len(place, n);
        free(cx, storage.cast(), storage_size(storage));
    }
}

/// Appends `n` elements that lie outside of the array, moved in.
unsafe fn extend(cx: Cx, place: *mut u8, from: *const u8, n: usize, elem: Elem) {
    if n == 0 {
        return;
    }
    reserve(cx, place, n, elem);
    let array = get(place);
    let have = array.len as usize;
    ptr::copy_nonoverlapping(from, array.data.add(have * elem.stride), n * elem.stride);
    set_len(place, have + n);
}

/// Room for one element before the first: the place for it.
unsafe fn grow_front(cx: Cx, place: *mut u8, elem: Elem) -> *mut u8 {
    let array = get(place);
    let n = array.len as usize;
    if n == 0 {
        reserve(cx, place, 1, elem);
        set_len(place, 1);
        return get(place).data;
    }
    let first = elems(array.storage);
    if array.data == first {
        // As much room before the elements as there are of them.
        let Some(cap) = n.checked_mul(2).and_then(|c| c.checked_add(4)) else {
            panic::out_of_memory(cx)
        };
        let bigger = new(cx, cap, elem);
        let data = bigger.data.add((cap - n) * elem.stride);
        ptr::copy_nonoverlapping(array.data, data, n * elem.stride);
        put(place, bigger);
        set_data(place, data, n);
        free(cx, array.storage.cast(), storage_size(array.storage));
    }
    let data = get(place).data.sub(elem.stride);
    set_data(place, data, n + 1);
    data
}

pub unsafe fn reverse_elems(ptr: *mut u8, n: usize, elem: Elem) {
    for i in 0..n / 2 {
        let (a, b) = (i * elem.stride, (n - 1 - i) * elem.stride);
        ptr::swap_nonoverlapping(ptr.add(a), ptr.add(b), elem.stride);
    }
}

/// `n` copies of a value's bytes.
pub unsafe fn fill(ptr: *mut u8, n: usize, value: *const u8, elem: Elem) {
    for i in 0..n {
        ptr::copy_nonoverlapping(value, ptr.add(i * elem.stride), elem.stride);
    }
}

pub unsafe fn retain_times(value: *const u8, n: usize, ty: *const TypeDesc) {
    if desc(ty).has(HAS_REFS) {
        for _ in 0..n {
            retain_value(value, ty);
        }
    }
}

/// Takes all elements out, to memory for them, and ends the array's holder.
unsafe fn take_all(cx: Cx, array: ArrayValue, out: *mut u8, elem: Elem) {
    if array.storage.is_null() {
        return;
    }
    let n = array.len as usize;
    ptr::copy_nonoverlapping(array.data, out, n * elem.stride);
    if is_sole(array.storage.cast()) && is_whole(array) {
        free(cx, array.storage.cast(), storage_size(array.storage));
    } else {
        retain_elems(out, n, elem);
        release_storage(cx, array.storage, elem);
    }
}

// ---- entries

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_from(
    cx: Cx,
    elems: *mut u8,
    n: i64,
    ty: *const TypeDesc,
    out: *mut u8,
) {
    let elem = Elem::of(ty);
    put(out, new(cx, n as usize, elem));
    if !elems.is_null() {
        extend(cx, out, elems, n as usize, elem);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_make_unique(
    cx: Cx,
    place: *mut u8,
    extra: i64,
    ty: *const TypeDesc,
) -> i32 {
    make_unique(cx, place, extra.max(0) as usize, ty)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_push(
    cx: Cx,
    place: *mut u8,
    value: *mut u8,
    ty: *const TypeDesc,
) {
    extend(cx, place, value, 1, Elem::of(ty));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_push_first(
    cx: Cx,
    place: *mut u8,
    value: *mut u8,
    ty: *const TypeDesc,
) {
    let elem = Elem::of(ty);
    let to = grow_front(cx, place, elem);
    ptr::copy_nonoverlapping(value, to, elem.stride);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_pop(
    _cx: Cx,
    place: *mut u8,
    ty: *const TypeDesc,
    out: *mut u8,
) {
    let elem = Elem::of(ty);
    let array = get(place);
    let n = array.len as usize - 1;
    ptr::copy_nonoverlapping(array.data.add(n * elem.stride), out, elem.stride);
    set_len(place, n);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_pop_first(
    _cx: Cx,
    place: *mut u8,
    ty: *const TypeDesc,
    out: *mut u8,
) {
    let elem = Elem::of(ty);
    let array = get(place);
    ptr::copy_nonoverlapping(array.data, out, elem.stride);
    set_data(place, array.data.add(elem.stride), array.len as usize - 1);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_insert(
    cx: Cx,
    place: *mut u8,
    index: i64,
    value: *mut u8,
    ty: *const TypeDesc,
) {
    let elem = Elem::of(ty);
    let (index, n) = (index as usize, get(place).len as usize);
    if index < n / 2 && get(place).data != elems(get(place).storage) {
        let data = grow_front(cx, place, elem);
        ptr::copy(data.add(elem.stride), data, index * elem.stride);
        ptr::copy_nonoverlapping(value, data.add(index * elem.stride), elem.stride);
        return;
    }
    reserve(cx, place, 1, elem);
    let at = get(place).data.add(index * elem.stride);
    ptr::copy(at, at.add(elem.stride), (n - index) * elem.stride);
    ptr::copy_nonoverlapping(value, at, elem.stride);
    set_len(place, n + 1);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_extract(
    _cx: Cx,
    place: *mut u8,
    index: i64,
    ty: *const TypeDesc,
    out: *mut u8,
) {
    let elem = Elem::of(ty);
    let array = get(place);
    let (index, n) = (index as usize, array.len as usize);
    let at = array.data.add(index * elem.stride);
    ptr::copy_nonoverlapping(at, out, elem.stride);
    if index < n / 2 {
        let data = array.data.add(elem.stride);
        ptr::copy(array.data, data, index * elem.stride);
        set_data(place, data, n - 1);
    } else {
        ptr::copy(at.add(elem.stride), at, (n - 1 - index) * elem.stride);
        set_len(place, n - 1);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_swap(
    _cx: Cx,
    place: *mut u8,
    i: i64,
    j: i64,
    ty: *const TypeDesc,
) {
    if i != j {
        let elem = Elem::of(ty);
        let data = get(place).data;
        let (a, b) = (i as usize * elem.stride, j as usize * elem.stride);
        ptr::swap_nonoverlapping(data.add(a), data.add(b), elem.stride);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_reverse(_cx: Cx, place: *mut u8, ty: *const TypeDesc) {
    let array = get(place);
    reverse_elems(array.data, array.len as usize, Elem::of(ty));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_truncate(cx: Cx, place: *mut u8, n: i64, ty: *const TypeDesc) {
    let array = place.cast::<ArrayValue>();
    if n.max(0) < (*array).len {
        (*array).len = n.max(0);
        trim(cx, place, Elem::of(ty));
    }
}

/// Appends copies of a value's elements.
unsafe fn extend_with(cx: Cx, place: *mut u8, other: ArrayValue, elem: Elem) {
    let n = other.len as usize;
    if n == 0 {
        return;
    }
    let have = get(place).len as usize;
    // The other may be this very array, whose elements move when it grows.
    let same = other.storage == get(place).storage;
    let offset = other.data as usize - get(place).data as usize * usize::from(same);
    reserve(cx, place, n, elem);
    let array = get(place);
    let from = if same {
        array.data.add(offset)
    } else {
        other.data
    };
    let to = array.data.add(have * elem.stride);
    ptr::copy_nonoverlapping(from, to, n * elem.stride);
    retain_elems(to, n, elem);
    set_len(place, have + n);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_append(
    cx: Cx,
    place: *mut u8,
    other: *mut u8,
    ty: *const TypeDesc,
) {
    let other = get(other);
    extend_with(cx, place, other, Elem::of(ty));
    if !other.storage.is_null() {
        release_word(cx, other.storage.cast(), ty);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_concat(
    cx: Cx,
    place: *mut u8,
    other: *mut u8,
    ty: *const TypeDesc,
) {
    extend_with(cx, place, get(other), Elem::of(ty));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_resize(
    cx: Cx,
    place: *mut u8,
    n: i64,
    value: *mut u8,
    ty: *const TypeDesc,
) {
    let elem = Elem::of(ty);
    let (have, n) = (get(place).len as usize, n.max(0) as usize);
    if n <= have {
        cowl_array_truncate(cx, place, n as i64, ty);
    } else {
        reserve(cx, place, n - have, elem);
        let to = get(place).data.add(have * elem.stride);
        fill(to, n - have, value, elem);
        set_len(place, n);
        retain_times(value, n - have, desc(ty).elem);
    }
    release_value(cx, value, desc(ty).elem);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_reserve(
    cx: Cx,
    place: *mut u8,
    extra: i64,
    ty: *const TypeDesc,
) {
    if extra > 0 {
        reserve(cx, place, extra as usize, Elem::of(ty));
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_sort(cx: Cx, place: *mut u8, ty: *const TypeDesc) {
    let array = get(place);
    sort::sort(cx, array.data, array.len as usize, desc(ty).elem);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_dedup(cx: Cx, place: *mut u8, ty: *const TypeDesc) {
    let elem = Elem::of(ty);
    let array = get(place);
    let n = array.len as usize;
    let gone = Buffer::new(cx, n, elem.stride);
    let left = sort::dedup(array.data, n, desc(ty).elem, gone.ptr, cx);
    set_len(place, left);
    release_elems(cx, gone.ptr, n - left, elem);
    gone.free(cx);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_slice(
    cx: Cx,
    array: *mut u8,
    a: i64,
    b: i64,
    ty: *const TypeDesc,
    out: *mut u8,
) {
    let elem = Elem::of(ty);
    let value = get(array);
    let n = (b - a) as usize;
    if n == 0 {
        if !value.storage.is_null() {
            release_word(cx, value.storage.cast(), ty);
        }
        put(out, EMPTY);
        return;
    }
    let part = ArrayValue {
        storage: value.storage,
        data: value.data.add(a as usize * elem.stride),
        len: b - a,
    };
    if is_sole(value.storage.cast()) {
        put(out, part);
        if !is_whole(part) {
            trim(cx, out, elem);
        }
        return;
    }
    let storage_len = (*value.storage).len as usize;
    if n <= FRESH_LEN || n.saturating_mul(FRESH_PART) < storage_len {
        put(out, new(cx, n, elem));
        extend(cx, out, part.data, n, elem);
        retain_elems(part.data, n, elem);
        release_word(cx, value.storage.cast(), ty);
    } else {
        put(out, part);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_free_from(
    cx: Cx,
    array: *mut u8,
    from: i64,
    ty: *const TypeDesc,
) {
    let value = get(array);
    if value.storage.is_null() {
        return;
    }
    let elem = Elem::of(ty);
    let storage = value.storage;
    (*storage).data = value.data.add(from as usize * elem.stride);
    (*storage).len = value.len - from;
    release_word(cx, storage.cast(), ty);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_to_list(
    cx: Cx,
    array: *mut u8,
    list: *const TypeDesc,
) -> *mut u8 {
    let elem = Elem::of(list);
    let value = get(array);
    let n = value.len as usize;
    let all = Buffer::new(cx, n, elem.stride);
    take_all(cx, value, all.ptr, elem);
    let made = from_elems(cx, all.ptr, n, elem);
    all.free(cx);
    made
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_array_to_set(
    cx: Cx,
    array: *mut u8,
    set: *const TypeDesc,
) -> *mut u8 {
    let elem = Elem::value(desc(set).key);
    let value = get(array);
    let mut place = ptr::null_mut::<u8>();
    for i in 0..value.len as usize {
        let key = value.data.add(i * elem.stride);
        retain_value(key, desc(set).key);
        map::insert_key(cx, (&raw mut place).cast(), key, set);
    }
    if !value.storage.is_null() {
        release_storage(cx, value.storage, elem);
    }
    place
}
