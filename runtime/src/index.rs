//! From hashes to the numbers of a Map's entries.
//!
//! Two forms. *Flat*: open addressing with linear probing, 8 bytes a slot, at most three quarters
//! full; removing shifts back, so there are no tombstones. *Trie*: a hash trie with 32-way
//! bitmaps, persistent. A flat index that is shared becomes a trie, for all who share it at once,
//! when one of them changes its keys (tables of a few hundred slots are copied instead); a sole
//! trie becomes flat again after as many changes as it has entries. So each conversion is paid
//! for, and a change to a shared index costs O(log n).
//!
//! Hashes of equal value are told apart by the caller, who knows the keys.

use crate::alloc::{alloc, free};
use crate::block::{Block, is_sole, retain, unhold};
use crate::ctx::Cx;
use std::ptr;

#[repr(C)]
pub struct Index {
    pub count: u32,
    flags: u32,
    /// Flat: used slots. Trie: changes since it was shared.
    used: u32,
    /// Flat: slots - 1.
    mask: u32,
    /// Flat: the slots. Trie: the root.
    ptr: *mut u8,
}

const TRIE: u32 = 1;
/// A shared flat index with at most so many slots is copied.
const COPY_SLOTS: usize = 256;

const BITS: u32 = 5;

/// `{count, flags, data_map, node_map, slots…, nodes…}`; with `COLLISION` in its flags
/// `data_map` is the number of slots, all of one hash.
#[repr(C)]
struct Node {
    count: u32,
    flags: u32,
    data_map: u32,
    node_map: u32,
}

const COLLISION: u32 = 1;
const NODE_HEAD: usize = size_of::<Node>();

/// A slot: the hash in the upper half, the number + 1 in the lower; 0 is empty.
#[inline(always)]
fn slot(hash: u32, number: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(number + 1)
}

#[inline(always)]
fn slot_hash(slot: u64) -> u32 {
    (slot >> 32) as u32
}

#[inline(always)]
fn slot_number(slot: u64) -> u32 {
    slot as u32 - 1
}

/// An empty flat index for so many entries.
pub unsafe fn new(cx: Cx, entries: usize) -> *mut Index {
    let slots = (entries * 4 / 3 + 1).next_power_of_two().max(16);
    let index = alloc(cx, size_of::<Index>()).cast::<Index>();
    index.write(Index {
        count: 1,
        flags: 0,
        used: 0,
        mask: slots as u32 - 1,
        ptr: new_slots(cx, slots),
    });
    index
}

unsafe fn new_slots(cx: Cx, slots: usize) -> *mut u8 {
    let ptr = alloc(cx, slots * 8);
    ptr::write_bytes(ptr, 0, slots * 8);
    ptr
}

unsafe fn slots_of(index: *const Index) -> usize {
    (*index).mask as usize + 1
}

unsafe fn table(index: *const Index) -> *mut u64 {
    (*index).ptr.cast()
}

pub unsafe fn release(cx: Cx, index: *mut Index) {
    if unhold(index.cast()) {
        return;
    }
    if (*index).flags & TRIE != 0 {
        release_node(cx, (*index).ptr.cast());
    } else {
        free(cx, (*index).ptr, slots_of(index) * 8);
    }
    free(cx, index.cast(), size_of::<Index>());
}

/// The number of an entry with this hash that `is` accepts.
#[inline]
pub unsafe fn find(index: *const Index, hash: u32, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
    if (*index).flags & TRIE == 0 {
        let (table, mask) = (table(index), (*index).mask);
        let mut at = hash & mask;
        loop {
            let slot = *table.add(at as usize);
            if slot == 0 {
                return None;
            }
            if slot_hash(slot) == hash && is(slot_number(slot)) {
                return Some(slot_number(slot));
            }
            at = (at + 1) & mask;
        }
    }
    let mut node = (*index).ptr.cast::<Node>();
    let mut shift = 0;
    loop {
        if (*node).flags & COLLISION != 0 {
            for i in 0..(*node).data_map as usize {
                let slot = *slots(node).add(i);
                if slot_hash(slot) == hash && is(slot_number(slot)) {
                    return Some(slot_number(slot));
                }
            }
            return None;
        }
        let bit = bit(hash, shift);
        if (*node).data_map & bit != 0 {
            let slot = *slots(node).add(rank((*node).data_map, bit));
            let found = slot_hash(slot) == hash && is(slot_number(slot));
            return found.then(|| slot_number(slot));
        }
        if (*node).node_map & bit == 0 {
            return None;
        }
        node = *nodes(node).add(rank((*node).node_map, bit));
        shift += BITS;
    }
}

/// Adds an entry to a flat index that is sole and has room.
#[inline]
pub unsafe fn add(index: *mut Index, hash: u32, number: u32) {
    let (table, mask) = (table(index), (*index).mask);
    let mut at = hash & mask;
    while *table.add(at as usize) != 0 {
        at = (at + 1) & mask;
    }
    *table.add(at as usize) = slot(hash, number);
    (*index).used += 1;
}

/// Adds an entry. `len`: how many there are then.
pub unsafe fn insert(cx: Cx, place: *mut *mut Index, hash: u32, number: u32, len: u32) {
    let index = own(cx, place, len);
    if (*index).flags & TRIE != 0 {
        (*index).used = (*index).used.saturating_add(1);
        let root = (&raw mut (*index).ptr).cast::<*mut Node>();
        insert_slot(cx, root, 0, slot(hash, number));
        return;
    }
    let slots = slots_of(index);
    if ((*index).used as usize + 1) * 4 > slots * 3 {
        let old = table(index);
        (*index).ptr = new_slots(cx, slots * 2);
        (*index).mask = (slots * 2 - 1) as u32;
        (*index).used = 0;
        for i in 0..slots {
            let slot = *old.add(i);
            if slot != 0 {
                add(index, slot_hash(slot), slot_number(slot));
            }
        }
        free(cx, old.cast(), slots * 8);
    }
    add(index, hash, number);
}

/// Removes an entry, which is there. `len`: how many there are then.
pub unsafe fn remove(cx: Cx, place: *mut *mut Index, hash: u32, number: u32, len: u32) {
    let index = own(cx, place, len);
    let gone = slot(hash, number);
    if (*index).flags & TRIE != 0 {
        (*index).used = (*index).used.saturating_add(1);
        let root = (&raw mut (*index).ptr).cast::<*mut Node>();
        remove_slot(cx, root, 0, gone);
        return;
    }
    let (table, mask) = (table(index), (*index).mask);
    let mut hole = hash & mask;
    while *table.add(hole as usize) != gone {
        hole = (hole + 1) & mask;
    }
    // Later slots of the same run move into the hole if it lies between their home and them.
    let mut at = hole;
    loop {
        at = (at + 1) & mask;
        let slot = *table.add(at as usize);
        if slot == 0 {
            break;
        }
        let home = slot_hash(slot) & mask;
        if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
            *table.add(hole as usize) = slot;
            hole = at;
        }
    }
    *table.add(hole as usize) = 0;
    (*index).used -= 1;
}

/// Makes the index in a place sole, in the form that suits it.
unsafe fn own(cx: Cx, place: *mut *mut Index, len: u32) -> *mut Index {
    let index = *place;
    if is_sole(index.cast()) {
        if (*index).flags & TRIE != 0 && (*index).used > len.max(64) {
            flatten(cx, index, len);
        }
        return index;
    }
    let new = alloc(cx, size_of::<Index>()).cast::<Index>();
    ptr::copy_nonoverlapping(index, new, 1);
    (*new).count = 1;
    if (*index).flags & TRIE == 0 {
        let slots = slots_of(index);
        if slots <= COPY_SLOTS {
            (*new).ptr = alloc(cx, slots * 8);
            ptr::copy_nonoverlapping((*index).ptr, (*new).ptr, slots * 8);
            unhold(index.cast());
            *place = new;
            return new;
        }
        grow_trie(cx, index);
    }
    (*new).flags = TRIE;
    (*new).used = 0;
    (*new).ptr = (*index).ptr;
    retain((*new).ptr);
    unhold(index.cast());
    *place = new;
    new
}

/// Turns a flat index into a trie, for all its holders.
unsafe fn grow_trie(cx: Cx, index: *mut Index) {
    let (old, slots) = (table(index), slots_of(index));
    let mut root = new_node(cx, 0, 0, 0);
    for i in 0..slots {
        let slot = *old.add(i);
        if slot != 0 {
            insert_slot(cx, &raw mut root, 0, slot);
        }
    }
    free(cx, old.cast(), slots * 8);
    (*index).flags = TRIE;
    (*index).used = 0;
    (*index).ptr = root.cast();
}

/// Turns a sole trie into a flat index.
unsafe fn flatten(cx: Cx, index: *mut Index, len: u32) {
    let root = (*index).ptr.cast::<Node>();
    let flat = new(cx, len as usize + 1);
    add_all(flat, root);
    release_node(cx, root);
    (*index).flags = 0;
    (*index).used = (*flat).used;
    (*index).mask = (*flat).mask;
    (*index).ptr = (*flat).ptr;
    free(cx, flat.cast(), size_of::<Index>());
}

/// Recursion is as deep as a hash has groups of bits; so everywhere below.
unsafe fn add_all(flat: *mut Index, node: *mut Node) {
    for i in 0..slot_count(node) {
        let slot = *slots(node).add(i);
        add(flat, slot_hash(slot), slot_number(slot));
    }
    for i in 0..node_count(node) {
        add_all(flat, *nodes(node).add(i));
    }
}

// ---- nodes of the trie

#[inline(always)]
fn bit(hash: u32, shift: u32) -> u32 {
    1 << ((hash >> shift) & 31)
}

#[inline(always)]
fn rank(map: u32, bit: u32) -> usize {
    (map & (bit - 1)).count_ones() as usize
}

#[inline(always)]
unsafe fn slots(node: *mut Node) -> *mut u64 {
    node.cast::<u8>().add(NODE_HEAD).cast()
}

#[inline(always)]
unsafe fn nodes(node: *mut Node) -> *mut *mut Node {
    slots(node).add(slot_count(node)).cast()
}

#[inline(always)]
unsafe fn slot_count(node: *const Node) -> usize {
    if (*node).flags & COLLISION != 0 {
        (*node).data_map as usize
    } else {
        (*node).data_map.count_ones() as usize
    }
}

#[inline(always)]
unsafe fn node_count(node: *const Node) -> usize {
    (*node).node_map.count_ones() as usize
}

unsafe fn node_size(node: *const Node) -> usize {
    NODE_HEAD + (slot_count(node) + node_count(node)) * 8
}

/// A node with these maps; its slots and nodes are for the caller to write.
unsafe fn new_node(cx: Cx, flags: u32, data_map: u32, node_map: u32) -> *mut Node {
    let head = Node {
        count: 1,
        flags,
        data_map,
        node_map,
    };
    let node = alloc(cx, node_size(&head)).cast::<Node>();
    node.write(head);
    node
}

unsafe fn release_node(cx: Cx, node: *mut Node) {
    if unhold(node.cast()) {
        return;
    }
    for i in 0..node_count(node) {
        release_node(cx, *nodes(node).add(i));
    }
    free(cx, node.cast(), node_size(node));
}

/// Ends the old node whose slots and nodes have been copied to another.
unsafe fn copied(cx: Cx, old: *mut Node) {
    if unhold(old.cast()) {
        for i in 0..node_count(old) {
            retain((*nodes(old).add(i)).cast());
        }
    } else {
        free(cx, old.cast(), node_size(old));
    }
}

/// Makes the node in a place sole.
unsafe fn own_node(cx: Cx, place: *mut *mut Node) -> *mut Node {
    let old = *place;
    if !is_sole(old.cast()) {
        let size = node_size(old);
        let new = alloc(cx, size).cast::<Node>();
        ptr::copy_nonoverlapping(old.cast::<u8>(), new.cast::<u8>(), size);
        (*new.cast::<Block>()).count = 1;
        copied(cx, old);
        *place = new;
    }
    *place
}

/// Copies `n` words but for the one at `without`.
unsafe fn copy_without(from: *const u64, to: *mut u64, n: usize, without: usize) {
    ptr::copy_nonoverlapping(from, to, without);
    ptr::copy_nonoverlapping(from.add(without + 1), to.add(without), n - without - 1);
}

/// Copies `n` words and puts one more in at `at`.
unsafe fn copy_with(from: *const u64, to: *mut u64, n: usize, at: usize, word: u64) {
    ptr::copy_nonoverlapping(from, to, at);
    *to.add(at) = word;
    ptr::copy_nonoverlapping(from.add(at), to.add(at + 1), n - at);
}

unsafe fn insert_slot(cx: Cx, place: *mut *mut Node, shift: u32, new: u64) {
    let old = *place;
    let hash = slot_hash(new);
    if (*old).flags & COLLISION != 0 {
        let n = slot_count(old);
        let node = new_node(cx, COLLISION, n as u32 + 1, 0);
        copy_with(slots(old), slots(node), n, n, new);
        copied(cx, old);
        *place = node;
        return;
    }
    let bit = bit(hash, shift);
    let (data_map, node_map) = ((*old).data_map, (*old).node_map);
    let (data_n, node_n) = (slot_count(old), node_count(old));
    if node_map & bit != 0 {
        let node = own_node(cx, place);
        let child = nodes(node).add(rank(node_map, bit));
        insert_slot(cx, child, shift + BITS, new);
        return;
    }
    if data_map & bit == 0 {
        let node = new_node(cx, 0, data_map | bit, node_map);
        let at = rank(data_map, bit);
        copy_with(slots(old), slots(node), data_n, at, new);
        ptr::copy_nonoverlapping(nodes(old), nodes(node), node_n);
        copied(cx, old);
        *place = node;
        return;
    }
    // The slot that is there goes down with the new one.
    let at = rank(data_map, bit);
    let there = *slots(old).add(at);
    let child = pair(cx, shift + BITS, there, new);
    let node = new_node(cx, 0, data_map & !bit, node_map | bit);
    copy_without(slots(old), slots(node), data_n, at);
    let to = nodes(node).cast::<u64>();
    let at = rank(node_map, bit);
    copy_with(nodes(old).cast(), to, node_n, at, child as u64);
    copied(cx, old);
    *place = node;
}

/// A node with two slots.
unsafe fn pair(cx: Cx, shift: u32, a: u64, b: u64) -> *mut Node {
    if shift >= 32 {
        let node = new_node(cx, COLLISION, 2, 0);
        *slots(node) = a;
        *slots(node).add(1) = b;
        return node;
    }
    let (bit_a, bit_b) = (bit(slot_hash(a), shift), bit(slot_hash(b), shift));
    if bit_a == bit_b {
        let child = pair(cx, shift + BITS, a, b);
        let node = new_node(cx, 0, 0, bit_a);
        *nodes(node) = child;
        return node;
    }
    let node = new_node(cx, 0, bit_a | bit_b, 0);
    let (first, second) = if bit_a < bit_b { (a, b) } else { (b, a) };
    *slots(node) = first;
    *slots(node).add(1) = second;
    node
}

/// Removes a slot, which is there; an empty node stays only at the root.
unsafe fn remove_slot(cx: Cx, place: *mut *mut Node, shift: u32, gone: u64) {
    let old = *place;
    if (*old).flags & COLLISION != 0 {
        let n = slot_count(old);
        let at = (0..n).find(|&i| *slots(old).add(i) == gone);
        let node = new_node(cx, COLLISION, n as u32 - 1, 0);
        copy_without(slots(old), slots(node), n, at.unwrap_or(0));
        copied(cx, old);
        *place = node;
        return;
    }
    let bit = bit(slot_hash(gone), shift);
    let (data_map, node_map) = ((*old).data_map, (*old).node_map);
    let (data_n, node_n) = (slot_count(old), node_count(old));
    if data_map & bit != 0 {
        let node = new_node(cx, 0, data_map & !bit, node_map);
        copy_without(slots(old), slots(node), data_n, rank(data_map, bit));
        ptr::copy_nonoverlapping(nodes(old), nodes(node), node_n);
        copied(cx, old);
        *place = node;
        return;
    }
    let node = own_node(cx, place);
    let at = rank(node_map, bit);
    let child = nodes(node).add(at);
    remove_slot(cx, child, shift + BITS, gone);
    // A child with one slot left gives it to its parent.
    let child = *child;
    if slot_count(child) == 1 && node_count(child) == 0 {
        let left = *slots(child);
        release_node(cx, child);
        let up = new_node(cx, 0, data_map | bit, node_map & !bit);
        copy_with(slots(node), slots(up), data_n, rank(data_map, bit), left);
        copy_without(nodes(node).cast(), nodes(up).cast(), node_n, at);
        free(cx, node.cast(), node_size(node));
        *place = up;
    }
}
