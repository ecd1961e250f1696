//! From hashes to the numbers of a Map's entries.
//!
//! Two forms. *Flat*: open addressing with linear probing, 4 bytes a slot, at most three quarters
//! used. *Trie*: a hash trie with 32-way bitmaps, persistent. A flat index that is shared becomes
//! a trie, for all who share it at once, when one of them changes its keys (small tables are copied
//! instead); a sole trie becomes flat again after as many changes as it has entries. So each
//! conversion is paid for, and a change to a shared index costs O(log n).
//!
//! A slot of a table with 2^k slots has the low k bits of an entry's number and the other bits of
//! its hash, the top one replaced by 1. That is enough, since the positions of entries are fewer
//! than the slots (`insert` wants a rebuild otherwise). Removed slots stay used until a rebuild.
//!
//! Hashes of equal value are told apart by the caller, who knows the keys.

use crate::alloc::{alloc, free};
use crate::block::{Block, is_sole, retain, unhold};
use crate::ctx::Cx;
use cowl_contract::planted::{Fault, planted};
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
const COPY_SLOTS: usize = 512;

/// Top bit of a slot that has an entry.
const TAKEN: u32 = 1 << 31;
/// A slot whose entry was removed.
const REMOVED: u32 = 1;

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

/// A slot of the trie: the hash in the upper half, the number in the lower.
#[inline(always)]
fn slot(hash: u32, number: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(number)
}

#[inline(always)]
fn slot_hash(slot: u64) -> u32 {
    (slot >> 32) as u32
}

#[inline(always)]
fn slot_number(slot: u64) -> u32 {
    slot as u32
}

#[inline(always)]
fn flat_slot(hash: u32, number: u32, mask: u32) -> u32 {
    hash & !mask | TAKEN | number & mask
}

/// An empty flat index for `entries` entries (and room for a few) at so many positions.
pub unsafe fn new(cx: Cx, entries: usize, positions: usize) -> *mut Index {
    let slots = (entries * 4 / 3 + 2).max(positions + 1).next_power_of_two();
    let index = alloc(cx, size_of::<Index>()).cast::<Index>();
    let slots = slots.max(16);
    let table = alloc(cx, slots * 4);
    ptr::write_bytes(table, 0, slots * 4);
    index.write(Index {
        count: 1,
        flags: 0,
        used: 0,
        mask: slots as u32 - 1,
        ptr: table,
    });
    index
}

unsafe fn slots_of(index: *const Index) -> usize {
    (*index).mask as usize + 1
}

unsafe fn table(index: *const Index) -> *mut u32 {
    (*index).ptr.cast()
}

pub unsafe fn release(cx: Cx, index: *mut Index) {
    if unhold(index.cast()) {
        return;
    }
    if (*index).flags & TRIE != 0 {
        release_node(cx, (*index).ptr.cast());
    } else {
        free(cx, (*index).ptr, slots_of(index) * 4);
    }
    free(cx, index.cast(), size_of::<Index>());
}

/// The position of an entry with this hash that `is` accepts; `first` is the number of the entry at
/// position 0.
#[inline]
pub unsafe fn find(
    index: *const Index,
    hash: u32,
    first: u32,
    mut is: impl FnMut(usize) -> bool,
) -> Option<usize> {
    if (*index).flags & TRIE == 0 {
        let (table, mask) = (table(index), (*index).mask);
        let wanted = hash & !mask | TAKEN;
        let mut at = hash & mask;
        loop {
            let slot = *table.add(at as usize);
            if slot & !mask == wanted {
                let pos = ((slot & mask).wrapping_sub(first) & mask) as usize;
                if is(pos) {
                    return Some(pos);
                }
            } else if slot == 0 {
                return None;
            }
            at = (at + 1) & mask;
        }
    }
    let mut is = |slot: u64| {
        let pos = slot_number(slot).wrapping_sub(first) as usize;
        (slot_hash(slot) == hash && is(pos)).then_some(pos)
    };
    let mut node = (*index).ptr.cast::<Node>();
    let mut shift = 0;
    loop {
        if (*node).flags & COLLISION != 0 {
            let n = match planted(Fault::MapCollision) {
                true => 1,
                false => (*node).data_map as usize,
            };
            return (0..n).find_map(|i| is(*slots(node).add(i)));
        }
        let bit = bit(hash, shift);
        if (*node).data_map & bit != 0 {
            return is(*slots(node).add(rank((*node).data_map, bit)));
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
    *table.add(at as usize) = flat_slot(hash, number, mask);
    (*index).used += 1;
}

/// Adds an entry to a sole index, which then has so many positions. False: it is full, and must be
/// built anew.
#[must_use]
pub unsafe fn insert(cx: Cx, index: *mut Index, hash: u32, number: u32, positions: usize) -> bool {
    if (*index).flags & TRIE != 0 {
        (*index).used = (*index).used.saturating_add(1);
        let root = (&raw mut (*index).ptr).cast::<*mut Node>();
        insert_slot(cx, root, 0, slot(hash, number));
        return true;
    }
    let slots = slots_of(index);
    if ((*index).used as usize + 1) * 4 > slots * 3 || positions >= slots {
        return false;
    }
    add(index, hash, number);
    true
}

/// Removes an entry, which is there, from a sole index.
pub unsafe fn remove(cx: Cx, index: *mut Index, hash: u32, number: u32) {
    if (*index).flags & TRIE != 0 {
        (*index).used = (*index).used.saturating_add(1);
        let root = (&raw mut (*index).ptr).cast::<*mut Node>();
        remove_slot(cx, root, 0, slot(hash, number));
        return;
    }
    let (table, mask) = (table(index), (*index).mask);
    let gone = flat_slot(hash, number, mask);
    let mut at = hash & mask;
    while *table.add(at as usize) != gone {
        at = (at + 1) & mask;
    }
    // The end of a run needs no mark.
    let next = *table.add(((at + 1) & mask) as usize);
    if next == 0 {
        *table.add(at as usize) = 0;
        (*index).used -= 1;
    } else {
        *table.add(at as usize) = REMOVED;
    }
}

/// Makes the index in a place sole, in the form that suits it. `entries` gives every hash and
/// number that is in it; there are `len`, at so many positions.
pub unsafe fn own(
    cx: Cx,
    place: *mut *mut Index,
    len: usize,
    positions: usize,
    entries: impl Fn(&mut dyn FnMut(u32, u32)),
) {
    let index = *place;
    if is_sole(index.cast()) {
        if (*index).flags & TRIE != 0 && (*index).used as usize > len.max(64) {
            let flat = new(cx, len + 1, positions + 1);
            entries(&mut |hash, number| add(flat, hash, number));
            release(cx, index);
            *place = flat;
        }
        return;
    }
    let new = alloc(cx, size_of::<Index>()).cast::<Index>();
    ptr::copy_nonoverlapping(index, new, 1);
    (*new).count = 1;
    *place = new;
    if (*index).flags & TRIE == 0 {
        let slots = slots_of(index);
        if slots <= COPY_SLOTS {
            (*new).ptr = alloc(cx, slots * 4);
            ptr::copy_nonoverlapping((*index).ptr, (*new).ptr, slots * 4);
            unhold(index.cast());
            return;
        }
        // All holders of it have the same entries with the same numbers.
        let mut root = new_node(cx, 0, 0, 0);
        entries(&mut |hash, number| insert_slot(cx, &raw mut root, 0, slot(hash, number)));
        free(cx, (*index).ptr, slots * 4);
        (*index).flags = TRIE;
        (*index).used = 0;
        (*index).ptr = root.cast();
    }
    (*new).flags = TRIE;
    (*new).used = 0;
    (*new).ptr = (*index).ptr;
    retain((*new).ptr);
    unhold(index.cast());
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

/// What an index's block holds.
pub enum Part {
    /// The table, which has no header.
    Table(*mut u8),
    /// The root of the trie.
    Node(*mut u8),
}

pub unsafe fn part(index: *const Index) -> Part {
    if (*index).flags & TRIE == 0 {
        Part::Table((*index).ptr)
    } else {
        Part::Node((*index).ptr)
    }
}

/// The nodes that a node of the trie holds.
pub unsafe fn node_parts<'a>(node: *mut u8) -> &'a [*mut u8] {
    let node = node.cast::<Node>();
    std::slice::from_raw_parts(nodes(node).cast(), node_count(node))
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
        if planted(Fault::MapNodeUncounted) {
            return;
        }
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
