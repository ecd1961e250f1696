//! `Map<K, V>` and `Set<T>`: entries in order of insertion in a List's structure, and an index
//! from hashes to them (`index.rs`).
//!
//! An entry keeps its number (`first` + its position) until it is removed; a removed one leaves a
//! hole. Holes at the front go at once; the others when they outnumber the entries. Up to
//! `SMALL` positions there is no index: entries are looked through.
//!
//! Updating entries take a place whose map is sole or empty. Its entries and index may be shared
//! with other versions all the same: they are made sole where they change.

use crate::alloc::{alloc, free};
use crate::block::*;
use crate::buffer::Buffer;
use crate::compare::eq_total;
use crate::count::{release_list, release_value, release_word, retain_value};
use crate::ctx::{Cx, desc};
use crate::elem::{Elem, is_live};
use crate::index::{self, Index};
use crate::list::from_elems;
use crate::statics::Get;
use crate::{array, hash, panic, text, vector};
use cowl_contract::desc::{Kind, TypeDesc};
use cowl_contract::layout::*;
use cowl_contract::planted::{Fault, planted};
use std::ptr;

#[repr(C)]
pub struct MapBlock {
    pub count: u32,
    pub flags: u32,
    pub len: u32,
    /// The number of the entry at position 0.
    pub first: u32,
    pub entries: *mut ListBlock,
    /// Null while there are few entries.
    pub index: *mut Index,
}

/// So many positions need no index.
const SMALL: usize = 8;
/// More positions than any memory is worth; a slot of the index holds one bit less.
const MOST_POSITIONS: usize = 1 << 30;
/// Numbers are given out anew before they reach this.
const LAST_NUMBER: u32 = u32::MAX - 8;

pub unsafe fn len(map: *const MapBlock) -> usize {
    if map.is_null() {
        0
    } else {
        (*map).len as usize
    }
}

/// Positions, holes counted.
pub unsafe fn end(map: *const MapBlock) -> usize {
    if map.is_null() {
        0
    } else {
        vector::len((*map).entries)
    }
}

pub unsafe fn status(map: *const MapBlock) -> i32 {
    if map.is_null() {
        NO_STORAGE
    } else if is_sole(map.cast()) {
        SOLE
    } else {
        SHARED
    }
}

#[inline(always)]
pub unsafe fn entry_at(map: *const MapBlock, pos: usize, ty: *const TypeDesc) -> *mut u8 {
    vector::at((*map).entries, pos, Elem::entry(ty))
}

#[inline(always)]
pub unsafe fn key(entry: *mut u8) -> *mut u8 {
    entry.add(ENTRY_KEY as usize)
}

#[inline(always)]
pub unsafe fn hash_of(entry: *const u8) -> u32 {
    *entry.cast::<u32>()
}

/// Ends the holders that a map's block has, but for its entries, and frees it.
pub unsafe fn free_shell(cx: Cx, map: *mut MapBlock) {
    if !(*map).index.is_null() {
        index::release(cx, (*map).index);
    }
    free(cx, map.cast(), size_of::<MapBlock>());
}

// ---- finding

#[inline(always)]
unsafe fn same_key(cx: Cx, a: *const u8, b: *const u8, ty: *const TypeDesc) -> bool {
    match desc(ty).kind {
        Kind::I64 | Kind::U64 | Kind::Ptr => *a.cast::<u64>() == *b.cast::<u64>(),
        Kind::I32 | Kind::U32 | Kind::Char => *a.cast::<u32>() == *b.cast::<u32>(),
        Kind::Str => text::eq(a, b),
        _ => eq_total(cx, a, b, ty),
    }
}

/// The position of a key.
unsafe fn position(
    cx: Cx,
    map: *const MapBlock,
    wanted: *const u8,
    hash: u32,
    ty: *const TypeDesc,
) -> Option<usize> {
    let elem = Elem::entry(ty);
    let key_desc = desc(ty).key;
    let entries = (*map).entries;
    if (*map).index.is_null() {
        let n = vector::len(entries);
        let mut pos = 0;
        while pos < n {
            let (ptr, k) = vector::piece(entries, pos, elem);
            for i in 0..k {
                let entry = ptr.add(i * elem.stride);
                if hash_of(entry) == hash
                    && (is_live(entry) || planted(Fault::MapHoleFound))
                    && same_key(cx, key(entry), wanted, key_desc)
                {
                    return Some(pos + i);
                }
            }
            pos += k;
        }
        return None;
    }
    index::find((*map).index, hash, (*map).first, |pos| {
        let entry = vector::at(entries, pos, elem);
        same_key(cx, key(entry), wanted, key_desc)
    })
}

/// The entry of a key whose hash is known.
pub unsafe fn find_hashed(
    cx: Cx,
    map: *const MapBlock,
    wanted: *const u8,
    hash: u32,
    ty: *const TypeDesc,
) -> Option<*mut u8> {
    if map.is_null() {
        return None;
    }
    position(cx, map, wanted, hash, ty).map(|pos| entry_at(map, pos, ty))
}

// ---- changing

pub unsafe fn make_unique(cx: Cx, place: *mut u8) -> i32 {
    let map = word(place).cast::<MapBlock>();
    if map.is_null() {
        return NO_STORAGE;
    }
    if is_sole(map.cast()) {
        return SOLE;
    }
    let new = alloc(cx, size_of::<MapBlock>()).cast::<MapBlock>();
    ptr::copy_nonoverlapping(map, new, 1);
    (*new).count = 1;
    retain((*new).entries.cast());
    if !(*new).index.is_null() {
        retain((*new).index.cast());
    }
    unhold(map.cast());
    set_word(place, new.cast());
    SHARED
}

unsafe fn entries_place(map: *mut MapBlock) -> *mut u8 {
    (&raw mut (*map).entries).cast()
}

/// Makes the entries sole: true if they were not.
pub unsafe fn own_entries(cx: Cx, map: *mut MapBlock, elem: Elem) -> bool {
    let entries = (*map).entries;
    if is_sole(entries.cast()) || planted(Fault::MapEntriesShared) {
        return false;
    }
    (*map).entries = vector::duplicate(cx, entries, elem);
    unhold(entries.cast());
    true
}

/// The entry at a position, to be changed.
unsafe fn entry_mut(cx: Cx, map: *mut MapBlock, pos: usize, elem: Elem) -> *mut u8 {
    own_entries(cx, map, elem);
    vector::at_mut(cx, (*map).entries, pos, elem)
}

/// Appends an entry for a key that is not there; gives it.
unsafe fn append(
    cx: Cx,
    place: *mut u8,
    key_value: *const u8,
    hash: u32,
    value: *const u8,
    ty: *const TypeDesc,
) -> *mut u8 {
    let elem = Elem::entry(ty);
    let d = desc(ty);
    let mut map = word(place).cast::<MapBlock>();
    if map.is_null() {
        map = alloc(cx, size_of::<MapBlock>()).cast::<MapBlock>();
        map.write(MapBlock {
            count: 1,
            flags: 0,
            len: 0,
            first: 0,
            entries: ptr::null_mut(),
            index: ptr::null_mut(),
        });
        set_word(place, map.cast());
    } else {
        own_entries(cx, map, elem);
        own_index(cx, map, ty);
    }
    if u64::from((*map).first) + end(map) as u64 >= u64::from(LAST_NUMBER) {
        compact(cx, map, ty);
    }
    if end(map) >= MOST_POSITIONS {
        panic::out_of_memory(cx);
    }
    // The bytes lie in scratch memory only until the vector has them.
    let mut small = [0u64; 16];
    let scratch = if elem.stride <= size_of_val(&small) {
        None
    } else {
        Some(Buffer::new(cx, 1, elem.stride))
    };
    let entry = match &scratch {
        Some(buffer) => buffer.ptr,
        None => small.as_mut_ptr().cast(),
    };
    *entry.cast::<u32>() = hash;
    *entry.add(ENTRY_LIVE as usize).cast::<u32>() = 1;
    ptr::copy_nonoverlapping(key_value, key(entry), desc(d.key).size as usize);
    if d.kind == Kind::Map {
        let to = entry.add(d.value_offset as usize);
        ptr::copy_nonoverlapping(value, to, desc(d.elem).size as usize);
    }
    vector::push(cx, entries_place(map), entry, elem);
    if let Some(buffer) = scratch {
        buffer.free(cx);
    }
    (*map).len += 1;
    let pos = end(map) - 1;
    if (*map).index.is_null() {
        if pos >= SMALL {
            build_index(cx, map, ty);
        }
    } else {
        let number = (*map).first + pos as u32;
        if !index::insert(cx, (*map).index, hash, number, pos + 1) {
            index::release(cx, (*map).index);
            build_index(cx, map, ty);
        }
    }
    // What has just been pushed is in the tail.
    vector::at((*map).entries, pos, elem)
}

/// Calls `f` with the hash and number of every entry.
unsafe fn for_numbers(map: *const MapBlock, ty: *const TypeDesc, f: &mut dyn FnMut(u32, u32)) {
    let elem = Elem::entry(ty);
    let mut number = (*map).first;
    vector::for_pieces((*map).entries, 0, end(map), elem, |ptr, n| {
        for i in 0..n {
            let entry = ptr.add(i * elem.stride);
            if is_live(entry) {
                f(hash_of(entry), number);
            }
            number += 1;
        }
    });
}

unsafe fn build_index(cx: Cx, map: *mut MapBlock, ty: *const TypeDesc) {
    // Twice as many as there are, so that building it is paid for.
    let index = index::new(cx, len(map) * 2, end(map));
    for_numbers(map, ty, &mut |hash, number| index::add(index, hash, number));
    (*map).index = index;
}

/// Makes the index sole, before the entries change.
unsafe fn own_index(cx: Cx, map: *mut MapBlock, ty: *const TypeDesc) {
    if !(*map).index.is_null() && !planted(Fault::MapIndexShared) {
        let place = &raw mut (*map).index;
        index::own(cx, place, len(map), end(map), |f| for_numbers(map, ty, f));
    }
}

/// Takes the holes out; numbers begin at 0 again.
unsafe fn compact(cx: Cx, map: *mut MapBlock, ty: *const TypeDesc) {
    let elem = Elem::entry(ty);
    own_entries(cx, map, elem);
    let n = end(map);
    if n == 0 {
        return;
    }
    let all = Buffer::new(cx, n, elem.stride);
    vector::gather(cx, (*map).entries, all.ptr, elem);
    let mut left = 0;
    for i in 0..n {
        if is_live(all.at(i)) {
            ptr::copy(all.at(i), all.at(left), elem.stride);
            left += 1;
        }
    }
    vector::free_list_plain(cx, (*map).entries, elem);
    (*map).entries = from_elems(cx, all.ptr, left, elem).cast();
    all.free(cx);
    (*map).first = 0;
    if !(*map).index.is_null() {
        index::release(cx, (*map).index);
        (*map).index = ptr::null_mut();
        if left > SMALL {
            build_index(cx, map, ty);
        }
    }
}

/// Takes the entry at a position out: its key and value go to the caller, who finds them at what
/// `taken` is called with.
unsafe fn take(
    cx: Cx,
    place: *mut u8,
    pos: usize,
    ty: *const TypeDesc,
    taken: impl FnOnce(*mut u8),
) {
    let elem = Elem::entry(ty);
    let map = word(place).cast::<MapBlock>();
    let shared = own_entries(cx, map, elem);
    if (*map).len > 1 {
        own_index(cx, map, ty);
    }
    let entry = vector::at_mut(cx, (*map).entries, pos, elem);
    let hash = hash_of(entry);
    taken(entry);
    (*map).len -= 1;
    if (*map).len == 0 {
        // The hole keeps its bytes; nothing else is left to be released.
        vector::free_list_plain(cx, (*map).entries, elem);
        free_shell(cx, map);
        set_word(place, ptr::null_mut());
        return;
    }
    *entry.add(ENTRY_LIVE as usize).cast::<u32>() = 0;
    if !(*map).index.is_null() {
        let number = (*map).first + pos as u32;
        index::remove(cx, (*map).index, hash, number);
    }
    if pos == 0 {
        let mut holes = 1;
        while !is_live(vector::at((*map).entries, holes, elem)) {
            holes += 1;
        }
        vector::drop_front(cx, entries_place(map), holes, elem);
        (*map).first += holes as u32;
    }
    // Versions that each remove a little must not compact each time.
    let holes = end(map) - len(map);
    let bound = if shared { 4 * len(map) } else { len(map) };
    if holes > bound.max(SMALL) {
        compact(cx, map, ty);
    }
}

/// Puts a key, owned, into a set: true if it was new.
pub unsafe fn insert_key(
    cx: Cx,
    place: *mut u8,
    key_value: *const u8,
    ty: *const TypeDesc,
) -> bool {
    let hash = hash::key(cx, key_value, desc(ty).key);
    if find_hashed(cx, word(place).cast(), key_value, hash, ty).is_some() {
        release_value(cx, key_value, desc(ty).key);
        return false;
    }
    append(cx, place, key_value, hash, ptr::null(), ty);
    true
}

// ---- entries

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_make_unique(cx: Cx, place: *mut u8, _ty: *const TypeDesc) -> i32 {
    make_unique(cx, place)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_find(
    cx: Cx,
    map: *mut u8,
    wanted: *const u8,
    ty: *const TypeDesc,
) -> *mut u8 {
    if map.is_null() {
        return ptr::null_mut();
    }
    let d = desc(ty);
    let hash = hash::key(cx, wanted, d.key);
    match find_hashed(cx, map.cast(), wanted, hash, ty) {
        Some(entry) if d.kind == Kind::Map => entry.add(d.value_offset as usize),
        Some(entry) => key(entry),
        None => ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_find_mut(
    cx: Cx,
    place: *mut u8,
    wanted: *const u8,
    ty: *const TypeDesc,
) -> *mut u8 {
    let map = word(place).cast::<MapBlock>();
    if map.is_null() {
        return ptr::null_mut();
    }
    let d = desc(ty);
    let hash = hash::key(cx, wanted, d.key);
    match position(cx, map, wanted, hash, ty) {
        Some(pos) => entry_mut(cx, map, pos, Elem::entry(ty)).add(d.value_offset as usize),
        None => ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_place(
    cx: Cx,
    place: *mut u8,
    key_value: *mut u8,
    default: *mut u8,
    ty: *const TypeDesc,
) -> *mut u8 {
    let d = desc(ty);
    let hash = hash::key(cx, key_value, d.key);
    let map = word(place).cast::<MapBlock>();
    let found = if map.is_null() {
        None
    } else {
        position(cx, map, key_value, hash, ty)
    };
    match found {
        Some(pos) => {
            release_value(cx, key_value, d.key);
            let map = word(place).cast::<MapBlock>();
            entry_mut(cx, map, pos, Elem::entry(ty)).add(d.value_offset as usize)
        }
        None => {
            let entry = append(cx, place, key_value, hash, default, ty);
            ptr::write_bytes(default, 0, desc(d.elem).size as usize);
            entry.add(d.value_offset as usize)
        }
    }
}

/// 1 and the old value where there was one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_replace(
    cx: Cx,
    place: *mut u8,
    key_value: *mut u8,
    value: *mut u8,
    ty: *const TypeDesc,
    out: *mut u8,
) -> u8 {
    let d = desc(ty);
    let hash = hash::key(cx, key_value, d.key);
    let map = word(place).cast::<MapBlock>();
    let found = if map.is_null() {
        None
    } else {
        position(cx, map, key_value, hash, ty)
    };
    let Some(pos) = found else {
        append(cx, place, key_value, hash, value, ty);
        return 0;
    };
    let size = desc(d.elem).size as usize;
    let at = entry_mut(cx, map, pos, Elem::entry(ty)).add(d.value_offset as usize);
    ptr::copy_nonoverlapping(at, out, size);
    ptr::copy_nonoverlapping(value, at, size);
    release_value(cx, key_value, d.key);
    1
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_insert(
    cx: Cx,
    place: *mut u8,
    key_value: *mut u8,
    value: *mut u8,
    ty: *const TypeDesc,
) {
    let d = desc(ty);
    let old = Buffer::new(cx, 1, stride(desc(d.elem).size) as usize);
    if cowl_map_replace(cx, place, key_value, value, ty, old.ptr) == 1
        && !planted(Fault::MapDisplacedKept)
    {
        release_value(cx, old.ptr, d.elem);
    }
    old.free(cx);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_remove(
    cx: Cx,
    place: *mut u8,
    wanted: *const u8,
    ty: *const TypeDesc,
) -> u8 {
    let d = desc(ty);
    let old = Buffer::new(cx, 1, stride(desc(d.elem).size) as usize);
    let had = cowl_map_extract(cx, place, wanted, ty, old.ptr);
    if had == 1 && d.kind == Kind::Map {
        release_value(cx, old.ptr, d.elem);
    }
    old.free(cx);
    had
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_extract(
    cx: Cx,
    place: *mut u8,
    wanted: *const u8,
    ty: *const TypeDesc,
    out: *mut u8,
) -> u8 {
    let map = word(place).cast::<MapBlock>();
    if map.is_null() {
        return 0;
    }
    let d = desc(ty);
    let hash = hash::key(cx, wanted, d.key);
    let Some(pos) = position(cx, map, wanted, hash, ty) else {
        return 0;
    };
    let key_size = desc(d.key).size as usize;
    let old_key = Buffer::new(cx, 1, stride(desc(d.key).size) as usize);
    take(cx, place, pos, ty, |entry| {
        ptr::copy_nonoverlapping(key(entry), old_key.ptr, key_size);
        if d.kind == Kind::Map {
            let value = entry.add(d.value_offset as usize);
            ptr::copy_nonoverlapping(value, out, desc(d.elem).size as usize);
        }
    });
    release_value(cx, old_key.ptr, d.key);
    old_key.free(cx);
    1
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_set_insert(
    cx: Cx,
    place: *mut u8,
    key_value: *mut u8,
    ty: *const TypeDesc,
) -> u8 {
    insert_key(cx, place, key_value, ty).into()
}

/// A list with what `write` makes of each entry; then ends the map's holder.
unsafe fn collect(
    cx: Cx,
    map: *mut u8,
    ty: *const TypeDesc,
    list_desc: *const TypeDesc,
    write: impl Fn(*mut u8, *mut u8),
) -> *mut u8 {
    if map.is_null() {
        return map;
    }
    let block = map.cast::<MapBlock>();
    let elem = Elem::of(list_desc);
    let all = Buffer::new(cx, len(block), elem.stride);
    let mut n = 0;
    for pos in 0..end(block) {
        let entry = entry_at(block, pos, ty);
        if is_live(entry) {
            write(entry, all.at(n));
            n += 1;
        }
    }
    let list = from_elems(cx, all.ptr, n, elem);
    all.free(cx);
    release_word(cx, map, ty);
    list
}

/// Copies a value to `to`, one holder more.
unsafe fn share(value: *const u8, to: *mut u8, ty: *const TypeDesc) {
    ptr::copy_nonoverlapping(value, to, desc(ty).size as usize);
    retain_value(to, ty);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_keys(
    cx: Cx,
    map: *mut u8,
    ty: *const TypeDesc,
    list_desc: *const TypeDesc,
) -> *mut u8 {
    let d = desc(ty);
    collect(cx, map, ty, list_desc, |entry, to| {
        share(key(entry), to, d.key);
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_values(
    cx: Cx,
    map: *mut u8,
    ty: *const TypeDesc,
    list_desc: *const TypeDesc,
) -> *mut u8 {
    let d = desc(ty);
    collect(cx, map, ty, list_desc, |entry, to| {
        share(entry.add(d.value_offset as usize), to, d.elem);
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_pairs(
    cx: Cx,
    map: *mut u8,
    ty: *const TypeDesc,
    list_desc: *const TypeDesc,
) -> *mut u8 {
    let d = desc(ty);
    let pair = desc(desc(list_desc).elem).fields.get();
    collect(cx, map, ty, list_desc, |entry, to| {
        share(key(entry), to.add(pair[0].offset as usize), d.key);
        let value = entry.add(d.value_offset as usize);
        share(value, to.add(pair[1].offset as usize), d.elem);
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_end(_cx: Cx, map: *mut u8) -> i64 {
    end(map.cast()) as i64
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_leaf(
    _cx: Cx,
    map: *mut u8,
    pos: i64,
    ty: *const TypeDesc,
    out_len: *mut i64,
) -> *mut u8 {
    let entries = (*map.cast::<MapBlock>()).entries;
    let (ptr, n) = vector::piece(entries, pos as usize, Elem::entry(ty));
    *out_len = n as i64;
    ptr
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_leaf_mut(
    cx: Cx,
    place: *mut u8,
    pos: i64,
    ty: *const TypeDesc,
    out_len: *mut i64,
) -> *mut u8 {
    let map = word(place).cast::<MapBlock>();
    let elem = Elem::entry(ty);
    own_entries(cx, map, elem);
    let (ptr, n) = vector::piece_mut(cx, (*map).entries, pos as usize, elem);
    *out_len = n as i64;
    ptr
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_map_free_from(cx: Cx, map: *mut u8, from: i64, ty: *const TypeDesc) {
    if map.is_null() {
        return;
    }
    if from == 0 {
        release_word(cx, map, ty);
        return;
    }
    let elem = Elem::entry(ty);
    let block = map.cast::<MapBlock>();
    let mut entries = (*block).entries;
    free_shell(cx, block);
    if is_sole(entries.cast()) {
        vector::free_from(cx, (&raw mut entries).cast(), from as usize, elem);
    } else {
        release_list(cx, entries, elem);
    }
}

/// `desc` is the Set's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_set_to_array(
    cx: Cx,
    set: *mut u8,
    ty: *const TypeDesc,
    _array_desc: *const TypeDesc,
    out: *mut u8,
) {
    let d = desc(ty);
    let elem = Elem::value(d.key);
    let block = set.cast::<MapBlock>();
    let n = len(block);
    let made = array::new(cx, n, elem);
    out.cast::<ArrayValue>().write(made);
    let mut to = made.data;
    for pos in 0..end(block) {
        let entry = entry_at(block, pos, ty);
        if is_live(entry) {
            share(key(entry), to, d.key);
            to = to.add(elem.stride);
        }
    }
    array::set_len(out, n);
    if !set.is_null() {
        release_word(cx, set, ty);
    }
}
