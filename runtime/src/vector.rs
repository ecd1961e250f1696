//! The structure of Lists, and of the entries of Maps and Sets: a persistent vector, a trie of
//! leaves with a tail.
//!
//! Takes whole, sole lists (as `make_unique` leaves them) where it changes something. Positions
//! count from the trie's left edge: element `i` of the trie is at `start + i`, and the trie ends
//! at the end of a leaf. All holders of a node agree on which of its elements are there, so that
//! taking elements away at the front or back first makes the nodes at that edge sole.
//!
//! What the operations of the language mean is in `list.rs`; here nothing is checked.

use crate::alloc::{alloc, free, realloc};
use crate::block::*;
use crate::count::{release_elems, release_node, retain_elems};
use crate::ctx::Cx;
use crate::elem::Elem;
use crate::panic;
use cowl_contract::layout::*;
use cowl_contract::planted::{Fault, planted};
use std::ptr;

/// Children of an inner node.
pub const WIDTH: usize = 1 << NODE_BITS;
pub const NODE_SIZE: usize = NODE_ELEMS as usize + WIDTH * 8;
const HEAD: usize = LIST_ELEMS as usize;
/// More levels than positions of 64 bits can need.
const MAX_LEVELS: usize = 14;

// ---- looking

#[inline(always)]
pub unsafe fn is_slice(list: *const ListBlock) -> bool {
    (*list).flags & LIST_SLICE != 0
}

#[inline(always)]
pub unsafe fn height(list: *const ListBlock) -> u32 {
    ((*list).flags >> LIST_HEIGHT_SHIFT) & 0xff
}

#[inline(always)]
pub unsafe fn len(list: *const ListBlock) -> usize {
    if list.is_null() {
        0
    } else {
        (*list).len as usize
    }
}

#[inline(always)]
unsafe fn tail_cap(list: *const ListBlock) -> usize {
    ((*list).flags >> LIST_TAIL_CAP_SHIFT) as usize
}

#[inline(always)]
unsafe fn tail_len(list: *const ListBlock) -> usize {
    ((*list).len - (*list).trie_len) as usize
}

/// The position at which the trie ends.
#[inline(always)]
unsafe fn trie_end(list: *const ListBlock) -> u64 {
    (*list).start + u64::from((*list).trie_len)
}

#[inline(always)]
pub unsafe fn children(node: *mut u8) -> *mut *mut u8 {
    node.add(NODE_ELEMS as usize).cast()
}

/// Which bits of a position choose a child of a node on this level (2 and up).
#[inline(always)]
fn shift(level: u32, elem: Elem) -> u32 {
    elem.bits + NODE_BITS * (level - 2)
}

#[inline(always)]
pub fn child_index(pos: u64, level: u32, elem: Elem) -> usize {
    (pos >> shift(level, elem)) as usize & (WIDTH - 1)
}

#[inline(always)]
fn in_leaf(pos: u64, elem: Elem) -> usize {
    pos as usize & (elem.leaf_len() - 1)
}

#[inline(always)]
unsafe fn elem_at(leaf: *mut u8, index: usize, elem: Elem) -> *mut u8 {
    leaf.add(NODE_ELEMS as usize + index * elem.stride)
}

unsafe fn set_flags(list: *mut ListBlock, height: u32, cap: usize) {
    (*list).flags = height << LIST_HEIGHT_SHIFT | (cap as u32) << LIST_TAIL_CAP_SHIFT;
}

unsafe fn set_height(list: *mut ListBlock, height: u32) {
    set_flags(list, height, tail_cap(list));
}

/// The leaf with this position.
#[inline]
unsafe fn leaf_at(list: *const ListBlock, pos: u64, elem: Elem) -> *mut u8 {
    let mut node = (*list).root;
    let mut level = height(list);
    while level > 1 {
        node = *children(node).add(child_index(pos, level, elem));
        level -= 1;
    }
    node
}

/// The element at an index in range.
#[inline]
pub unsafe fn at(list: *const ListBlock, index: usize, elem: Elem) -> *mut u8 {
    let trie = (*list).trie_len as usize;
    if index >= trie && !(planted(Fault::ListTailBorder) && index == trie && trie > 0) {
        return (*list).tail.add((index - trie) * elem.stride);
    }
    let pos = (*list).start + index as u64;
    elem_at(leaf_at(list, pos, elem), in_leaf(pos, elem), elem)
}

/// The element at an index in range, and how many lie in one piece from it on.
#[inline]
pub unsafe fn piece(list: *const ListBlock, index: usize, elem: Elem) -> (*mut u8, usize) {
    let trie = (*list).trie_len as usize;
    let ptr = at(list, index, elem);
    if index >= trie {
        return (ptr, (*list).len as usize - index);
    }
    let pos = (*list).start + index as u64;
    (
        ptr,
        (elem.leaf_len() - in_leaf(pos, elem)).min(trie - index),
    )
}

/// Calls `f(pointer, count)` for the elements from `from` to `to`, piece by piece.
pub unsafe fn for_pieces(
    list: *const ListBlock,
    from: usize,
    to: usize,
    elem: Elem,
    mut f: impl FnMut(*mut u8, usize),
) {
    let mut i = from;
    while i < to {
        let (ptr, n) = piece(list, i, elem);
        let n = n.min(to - i);
        f(ptr, n);
        i += n;
    }
}

// ---- making and freeing blocks

/// An empty whole list with room in its tail.
pub unsafe fn new_list(cx: Cx, cap: usize, elem: Elem) -> *mut ListBlock {
    let list = alloc(cx, HEAD + cap * elem.stride).cast::<ListBlock>();
    (*list).count = 1;
    (*list).len = 0;
    (*list).trie_len = 0;
    (*list).tail = list.cast::<u8>().add(HEAD);
    (*list).root = ptr::null_mut();
    (*list).start = 0;
    set_flags(list, 0, cap);
    list
}

/// The room that a tail of at least `n` elements gets.
fn room_for(n: usize, elem: Elem) -> usize {
    // Rounded up to the allocator's step, so that nothing of a block is lost.
    let bytes = (HEAD + n.max(2) * elem.stride).next_multiple_of(8);
    ((bytes - HEAD) / elem.stride).min(elem.leaf_len())
}

/// Frees a whole list's or slice's block, nothing else.
pub unsafe fn free_block(cx: Cx, list: *mut ListBlock, elem: Elem) {
    let size = if is_slice(list) {
        SLICE_BLOCK
    } else {
        HEAD + tail_cap(list) * elem.stride
    };
    free(cx, list.cast(), size);
}

/// Frees a whole list whose elements hold nothing (or have been moved out).
pub unsafe fn free_list_plain(cx: Cx, list: *mut ListBlock, elem: Elem) {
    if !(*list).root.is_null() {
        free_plain(cx, (*list).root, height(list), elem);
    }
    free_block(cx, list, elem);
}

/// Ends a holder of a node whose elements hold nothing. Recursion is as deep as the trie is high.
pub unsafe fn free_plain(cx: Cx, node: *mut u8, level: u32, elem: Elem) {
    if node.is_null() || unhold(node) {
        return;
    }
    if level == 1 {
        free(cx, node, elem.leaf_size());
        return;
    }
    for i in 0..WIDTH {
        free_plain(cx, *children(node).add(i), level - 1, elem);
    }
    free(cx, node, NODE_SIZE);
}

unsafe fn new_inner(cx: Cx) -> *mut u8 {
    let node = alloc(cx, NODE_SIZE);
    ptr::write_bytes(node, 0, NODE_SIZE);
    (*node.cast::<Block>()).count = 1;
    node
}

unsafe fn new_leaf(cx: Cx, elem: Elem) -> *mut u8 {
    let leaf = alloc(cx, elem.leaf_size());
    (*leaf.cast::<Block>()).count = 1;
    (*leaf.cast::<Block>()).flags = 0;
    leaf
}

/// Makes the inner node in a slot sole, or makes one there.
unsafe fn own_inner(cx: Cx, slot: *mut *mut u8) -> *mut u8 {
    let old = *slot;
    if old.is_null() {
        *slot = new_inner(cx);
    } else if !is_sole(old) {
        let node = alloc(cx, NODE_SIZE);
        ptr::copy_nonoverlapping(old, node, NODE_SIZE);
        (*node.cast::<Block>()).count = 1;
        for i in 0..WIDTH {
            let child = *children(node).add(i);
            if !child.is_null() && !planted(Fault::ListInnerUncounted) {
                retain(child);
            }
        }
        unhold(old);
        *slot = node;
    }
    *slot
}

/// Makes the leaf in a slot sole; its elements before `first` are not there.
unsafe fn own_leaf(cx: Cx, slot: *mut *mut u8, first: usize, elem: Elem) -> *mut u8 {
    let old = *slot;
    if !is_sole(old) && !planted(Fault::ListLeafShared) {
        let leaf = new_leaf(cx, elem);
        let n = elem.leaf_len() - first;
        let to = elem_at(leaf, first, elem);
        ptr::copy_nonoverlapping(elem_at(old, first, elem), to, n * elem.stride);
        if !planted(Fault::ListLeafUncounted) {
            retain_elems(to, n, elem);
        }
        unhold(old);
        *slot = leaf;
    }
    *slot
}

/// The slot of the leaf with this position, all inner nodes above it sole (made where there is none).
unsafe fn own_path(cx: Cx, list: *mut ListBlock, pos: u64, elem: Elem) -> *mut *mut u8 {
    let mut slot: *mut *mut u8 = &raw mut (*list).root;
    let mut level = height(list);
    while level > 1 {
        let node = own_inner(cx, slot);
        slot = children(node).add(child_index(pos, level, elem));
        level -= 1;
    }
    slot
}

/// The element at an index, its leaf made sole.
pub unsafe fn at_mut(cx: Cx, list: *mut ListBlock, index: usize, elem: Elem) -> *mut u8 {
    let trie = (*list).trie_len as usize;
    if index >= trie {
        return (*list).tail.add((index - trie) * elem.stride);
    }
    let pos = (*list).start + index as u64;
    let slot = own_path(cx, list, pos, elem);
    let leaf = own_leaf(cx, slot, first_in_leaf(list, pos, elem), elem);
    elem_at(leaf, in_leaf(pos, elem), elem)
}

/// The first element that is there in the leaf with this position.
unsafe fn first_in_leaf(list: *const ListBlock, pos: u64, elem: Elem) -> usize {
    let leaf = pos & !(elem.leaf_len() as u64 - 1);
    (*list).start.saturating_sub(leaf) as usize
}

pub unsafe fn piece_mut(
    cx: Cx,
    list: *mut ListBlock,
    index: usize,
    elem: Elem,
) -> (*mut u8, usize) {
    at_mut(cx, list, index, elem);
    piece(list, index, elem)
}

/// A new whole list with the same elements as a whole one.
pub unsafe fn duplicate(cx: Cx, list: *const ListBlock, elem: Elem) -> *mut ListBlock {
    let n = tail_len(list);
    let cap = if (*list).root.is_null() {
        room_for(n + 1, elem)
    } else {
        elem.leaf_len()
    };
    let new = new_list(cx, cap, elem);
    (*new).len = (*list).len;
    (*new).trie_len = (*list).trie_len;
    (*new).root = (*list).root;
    (*new).start = (*list).start;
    set_flags(new, height(list), cap);
    if !(*new).root.is_null() {
        retain((*new).root);
    }
    ptr::copy_nonoverlapping((*list).tail, (*new).tail, n * elem.stride);
    retain_elems((*new).tail, n, elem);
    new
}

// ---- growing

/// Room for one more element in the tail; the tail is not a whole leaf.
unsafe fn grow_tail(cx: Cx, list: *mut ListBlock, least: usize, elem: Elem) -> *mut ListBlock {
    let cap = tail_cap(list);
    let new_cap = if (*list).root.is_null() {
        room_for(least.max(cap * 2), elem)
    } else {
        elem.leaf_len()
    };
    let old_size = HEAD + cap * elem.stride;
    let new = realloc(cx, list.cast(), old_size, HEAD + new_cap * elem.stride).cast::<ListBlock>();
    (*new).tail = new.cast::<u8>().add(HEAD);
    set_flags(new, height(new), new_cap);
    new
}

/// Makes the full tail a leaf of the trie.
unsafe fn push_tail(cx: Cx, list: *mut ListBlock, elem: Elem) {
    let leaf = new_leaf(cx, elem);
    let size = elem.stride << elem.bits;
    ptr::copy_nonoverlapping((*list).tail, elem_at(leaf, 0, elem), size);
    place_leaf(cx, list, leaf, elem);
}

/// Appends a full leaf to the trie; the tail's elements are not touched.
unsafe fn place_leaf(cx: Cx, list: *mut ListBlock, leaf: *mut u8, elem: Elem) {
    let pos = trie_end(list);
    (*list).trie_len += elem.leaf_len() as u32;
    if (*list).root.is_null() {
        (*list).root = leaf;
        set_height(list, 1);
        return;
    }
    let mut level = height(list);
    while pos >> shift(level + 1, elem) != 0 {
        let root = new_inner(cx);
        *children(root) = (*list).root;
        (*list).root = root;
        level += 1;
    }
    set_height(list, level);
    *own_path(cx, list, pos, elem) = leaf;
}

pub unsafe fn check_len(cx: Cx, len: u64) {
    if len > LIST_MAX {
        panic::out_of_memory(cx);
    }
}

/// Appends one element, moved in.
pub unsafe fn push(cx: Cx, place: *mut u8, value: *const u8, elem: Elem) {
    let mut list = word(place).cast::<ListBlock>();
    if list.is_null() {
        list = new_list(cx, room_for(4, elem), elem);
        set_word(place, list.cast());
    }
    check_len(cx, u64::from((*list).len) + 1);
    if tail_len(list) == tail_cap(list) {
        if tail_cap(list) < elem.leaf_len() {
            list = grow_tail(cx, list, tail_len(list) + 1, elem);
            set_word(place, list.cast());
        } else {
            push_tail(cx, list, elem);
        }
    }
    let to = (*list).tail.add(tail_len(list) * elem.stride);
    ptr::copy_nonoverlapping(value, to, elem.stride);
    (*list).len += 1;
}

/// Appends `n` elements that lie outside of the list, moved in.
pub unsafe fn extend(cx: Cx, place: *mut u8, mut from: *const u8, mut n: usize, elem: Elem) {
    if n == 0 {
        return;
    }
    let mut list = word(place).cast::<ListBlock>();
    check_len(cx, len(list) as u64 + n as u64);
    if list.is_null() {
        list = new_list(cx, room_for(n, elem), elem);
        set_word(place, list.cast());
    }
    loop {
        if tail_len(list) == elem.leaf_len() {
            push_tail(cx, list, elem);
        }
        let used = tail_len(list);
        // Whole leaves go past an empty tail.
        while used == 0 && n > elem.leaf_len() {
            let leaf = new_leaf(cx, elem);
            let size = elem.stride << elem.bits;
            ptr::copy_nonoverlapping(from, elem_at(leaf, 0, elem), size);
            place_leaf(cx, list, leaf, elem);
            (*list).len += elem.leaf_len() as u32;
            from = from.add(size);
            n -= elem.leaf_len();
        }
        let want = (used + n).min(elem.leaf_len());
        if tail_cap(list) < want {
            list = grow_tail(cx, list, want, elem);
            set_word(place, list.cast());
        }
        let fits = want - used;
        let to = (*list).tail.add(used * elem.stride);
        ptr::copy_nonoverlapping(from, to, fits * elem.stride);
        (*list).len += fits as u32;
        from = from.add(fits * elem.stride);
        n -= fits;
        if n == 0 {
            return;
        }
    }
}

/// Puts one element before the first, moved in.
pub unsafe fn push_first(cx: Cx, place: *mut u8, value: *const u8, elem: Elem) {
    let mut list = word(place).cast::<ListBlock>();
    if list.is_null() {
        return push(cx, place, value, elem);
    }
    check_len(cx, u64::from((*list).len) + 1);
    if (*list).trie_len == 0 {
        let n = tail_len(list);
        if n < elem.leaf_len() {
            if n == tail_cap(list) {
                list = grow_tail(cx, list, n + 1, elem);
                set_word(place, list.cast());
            }
            let tail = (*list).tail;
            ptr::copy(tail, tail.add(elem.stride), n * elem.stride);
            ptr::copy_nonoverlapping(value, tail, elem.stride);
            (*list).len += 1;
            return;
        }
        push_tail(cx, list, elem);
    }
    if (*list).start == 0 {
        // A new root with the old one in its middle: as much room at the left as at the right.
        let level = height(list) + 1;
        let root = new_inner(cx);
        *children(root).add(WIDTH / 2) = (*list).root;
        (*list).root = root;
        (*list).start = (WIDTH as u64 / 2) << shift(level, elem);
        set_height(list, level);
    }
    let pos = (*list).start - 1;
    let slot = own_path(cx, list, pos, elem);
    if (*slot).is_null() {
        *slot = new_leaf(cx, elem);
    } else {
        own_leaf(cx, slot, in_leaf(pos + 1, elem), elem);
    }
    let to = elem_at(*slot, in_leaf(pos, elem), elem);
    ptr::copy_nonoverlapping(value, to, elem.stride);
    (*list).start = pos;
    (*list).trie_len += 1;
    (*list).len += 1;
}

// ---- shrinking

/// Drops levels of which only one child is used, and the trie if nothing is left in it.
unsafe fn collapse(cx: Cx, list: *mut ListBlock, elem: Elem) {
    if (*list).trie_len == 0 {
        free_plain(cx, (*list).root, height(list), elem);
        (*list).root = ptr::null_mut();
        (*list).start = 0;
        set_height(list, 0);
        return;
    }
    let mut level = height(list);
    while level > 1 {
        let by = shift(level, elem);
        let first = (*list).start >> by;
        if first != (trie_end(list) - 1) >> by {
            break;
        }
        let root = (*list).root;
        let child = *children(root).add(first as usize);
        if is_sole(root) {
            // Nothing but empty nodes can be left beside it.
            for i in 0..WIDTH {
                if i != first as usize {
                    free_plain(cx, *children(root).add(i), level - 1, elem);
                }
            }
            free(cx, root, NODE_SIZE);
        } else {
            retain(child);
            unhold(root);
        }
        (*list).root = child;
        (*list).start -= first << by;
        level -= 1;
    }
    set_height(list, level);
}

/// Takes the trie's last leaf into the tail, which is empty.
unsafe fn pull_leaf(cx: Cx, mut list: *mut ListBlock, elem: Elem) -> *mut ListBlock {
    if tail_cap(list) < elem.leaf_len() {
        list = grow_tail(cx, list, elem.leaf_len(), elem);
    }
    let pos = trie_end(list) - elem.leaf_len() as u64;
    let first = first_in_leaf(list, pos, elem);
    let n = elem.leaf_len() - first;
    let slot = own_path(cx, list, pos, elem);
    let leaf = *slot;
    let from = elem_at(leaf, first, elem);
    ptr::copy_nonoverlapping(from, (*list).tail, n * elem.stride);
    if unhold(leaf) {
        if !planted(Fault::ListPullUncounted) {
            retain_elems((*list).tail, n, elem);
        }
    } else {
        free(cx, leaf, elem.leaf_size());
    }
    *slot = ptr::null_mut();
    (*list).trie_len -= n as u32;
    collapse(cx, list, elem);
    list
}

/// Takes the last element out. The list has more than that one.
pub unsafe fn pop(cx: Cx, place: *mut u8, out: *mut u8, elem: Elem) {
    let mut list = word(place).cast::<ListBlock>();
    if tail_len(list) == 0 {
        list = pull_leaf(cx, list, elem);
        set_word(place, list.cast());
    }
    (*list).len -= 1;
    let from = (*list).tail.add(tail_len(list) * elem.stride);
    ptr::copy_nonoverlapping(from, out, elem.stride);
}

/// Takes the first element out. The list has more than that one.
pub unsafe fn pop_first(cx: Cx, place: *mut u8, out: *mut u8, elem: Elem) {
    let list = word(place).cast::<ListBlock>();
    (*list).len -= 1;
    if (*list).trie_len == 0 {
        let tail = (*list).tail;
        ptr::copy_nonoverlapping(tail, out, elem.stride);
        ptr::copy(tail.add(elem.stride), tail, tail_len(list) * elem.stride);
        return;
    }
    let pos = (*list).start;
    let slot = own_path(cx, list, pos, elem);
    let leaf = own_leaf(cx, slot, in_leaf(pos, elem), elem);
    let from = elem_at(leaf, in_leaf(pos, elem), elem);
    ptr::copy_nonoverlapping(from, out, elem.stride);
    (*list).start += 1;
    (*list).trie_len -= 1;
    if in_leaf(pos + 1, elem) == 0 {
        free_left_edge(cx, list, pos, elem);
        collapse(cx, list, elem);
    }
}

/// Frees the leaf with this position, whose elements are gone, and the nodes above it of which it
/// is the last child. All of them are sole.
unsafe fn free_left_edge(cx: Cx, list: *mut ListBlock, pos: u64, elem: Elem) {
    let top = height(list);
    let mut slots = [ptr::null_mut::<*mut u8>(); MAX_LEVELS];
    let mut slot: *mut *mut u8 = &raw mut (*list).root;
    for level in (1..=top).rev() {
        slots[level as usize] = slot;
        if level > 1 {
            slot = children(*slot).add(child_index(pos, level, elem));
        }
    }
    for level in 1..=top {
        let slot = slots[level as usize];
        if level == 1 {
            free(cx, *slot, elem.leaf_size());
        } else if child_index(pos, level, elem) == WIDTH - 1 {
            free(cx, *slot, NODE_SIZE);
        } else {
            break;
        }
        *slot = ptr::null_mut();
    }
}

/// Releases the first `k` elements, fewer than all.
pub unsafe fn drop_front(cx: Cx, place: *mut u8, k: usize, elem: Elem) {
    let list = word(place).cast::<ListBlock>();
    let trie = (*list).trie_len as usize;
    if k == 0 {
        return;
    }
    if k >= trie {
        if !(*list).root.is_null() {
            let (root, start) = ((*list).root, (*list).start);
            let level = height(list);
            (*list).root = ptr::null_mut();
            (*list).start = 0;
            (*list).trie_len = 0;
            (*list).len -= trie as u32;
            set_height(list, 0);
            release_node(cx, root, level, start, elem);
        }
        let k = k - trie;
        let rest = tail_len(list) - k;
        let tail = (*list).tail;
        release_elems(cx, tail, k, elem);
        ptr::copy(tail.add(k * elem.stride), tail, rest * elem.stride);
        (*list).len = rest as u32;
        return;
    }
    let old = (*list).start;
    let new = old + k as u64;
    // As long as both edges go through the same node, what lies left of the old one is not there.
    let mut same = true;
    let mut slot: *mut *mut u8 = &raw mut (*list).root;
    let mut level = height(list);
    while level > 1 {
        let node = own_inner(cx, slot);
        let from = if same {
            child_index(old, level, elem)
        } else {
            0
        };
        let to = child_index(new, level, elem);
        for i in from..to {
            let child = children(node).add(i);
            let first = if same && i == from { old } else { 0 };
            release_node(cx, *child, level - 1, first, elem);
            *child = ptr::null_mut();
        }
        same = same && from == to;
        slot = children(node).add(to);
        level -= 1;
    }
    let from = if same { in_leaf(old, elem) } else { 0 };
    let to = in_leaf(new, elem);
    if from < to {
        let leaf = own_leaf(cx, slot, from, elem);
        release_elems(cx, elem_at(leaf, from, elem), to - from, elem);
    }
    (*list).start = new;
    (*list).trie_len -= k as u32;
    (*list).len -= k as u32;
    collapse(cx, list, elem);
}

/// Releases all elements from `n` on; n is not 0.
pub unsafe fn truncate(cx: Cx, place: *mut u8, n: usize, elem: Elem) {
    let mut list = word(place).cast::<ListBlock>();
    if n >= (*list).len as usize {
        return;
    }
    let trie = (*list).trie_len as usize;
    let in_tail = n.saturating_sub(trie);
    if n < trie {
        let leaf_len = elem.leaf_len() as u64;
        let end = (*list).start + n as u64;
        cut(cx, list, end.next_multiple_of(leaf_len), elem);
    }
    let gone = tail_len(list) - in_tail;
    (*list).len -= gone as u32;
    release_elems(cx, (*list).tail.add(in_tail * elem.stride), gone, elem);
    if (*list).len as usize > n {
        list = pull_leaf(cx, list, elem);
        set_word(place, list.cast());
        let gone = (*list).len as usize - n;
        (*list).len -= gone as u32;
        release_elems(
            cx,
            (*list).tail.add(tail_len(list) * elem.stride),
            gone,
            elem,
        );
    }
}

/// Ends the trie at a leaf's end before its own.
unsafe fn cut(cx: Cx, list: *mut ListBlock, end: u64, elem: Elem) {
    let gone = trie_end(list) - end;
    if gone == 0 {
        return;
    }
    let last = end - 1;
    let top = height(list);
    let mut nodes = [ptr::null_mut::<u8>(); MAX_LEVELS];
    let mut slot: *mut *mut u8 = &raw mut (*list).root;
    for level in (2..=top).rev() {
        nodes[level as usize] = own_inner(cx, slot);
        slot = children(*slot).add(child_index(last, level, elem));
    }
    // The lowest level first: these elements come before those of the levels above.
    for level in 2..=top {
        let node = nodes[level as usize];
        for i in child_index(last, level, elem) + 1..WIDTH {
            let child = children(node).add(i);
            if !(*child).is_null() {
                release_node(cx, *child, level - 1, 0, elem);
                *child = ptr::null_mut();
            }
        }
    }
    (*list).trie_len -= gone as u32;
    (*list).len -= gone as u32;
    collapse(cx, list, elem);
}

// ---- shifting

/// Writes `carry` at `from` and moves the elements of `from..to` up by one; the last of them is
/// then in `carry`.
pub unsafe fn rotate_up(
    cx: Cx,
    list: *mut ListBlock,
    from: usize,
    to: usize,
    carry: *mut u8,
    spare: *mut u8,
    elem: Elem,
) {
    let mut i = from;
    while i < to {
        let (ptr, n) = piece_mut(cx, list, i, elem);
        let n = n.min(to - i);
        ptr::copy_nonoverlapping(ptr.add((n - 1) * elem.stride), spare, elem.stride);
        ptr::copy(ptr, ptr.add(elem.stride), (n - 1) * elem.stride);
        ptr::copy_nonoverlapping(carry, ptr, elem.stride);
        if !planted(Fault::ListRotateLost) {
            ptr::copy_nonoverlapping(spare, carry, elem.stride);
        }
        i += n;
    }
}

/// Writes `carry` at `to - 1` and moves the elements of `from..to` down by one; the first of them
/// is then in `carry`.
pub unsafe fn rotate_down(
    cx: Cx,
    list: *mut ListBlock,
    from: usize,
    to: usize,
    carry: *mut u8,
    spare: *mut u8,
    elem: Elem,
) {
    let mut end = to;
    while end > from {
        let begin = piece_begin(list, end - 1, elem).max(from);
        let (ptr, _) = piece_mut(cx, list, begin, elem);
        let n = end - begin;
        ptr::copy_nonoverlapping(ptr, spare, elem.stride);
        ptr::copy(ptr.add(elem.stride), ptr, (n - 1) * elem.stride);
        ptr::copy_nonoverlapping(carry, ptr.add((n - 1) * elem.stride), elem.stride);
        ptr::copy_nonoverlapping(spare, carry, elem.stride);
        end = begin;
    }
}

/// The index of the first element in one piece with this one.
unsafe fn piece_begin(list: *const ListBlock, index: usize, elem: Elem) -> usize {
    let trie = (*list).trie_len as usize;
    if index >= trie {
        return trie;
    }
    let pos = (*list).start + index as u64;
    index - in_leaf(pos, elem).min(index)
}

// ---- all elements

/// Ends a whole, sole list whose elements below `from` have been moved out.
pub unsafe fn free_from(cx: Cx, place: *mut u8, from: usize, elem: Elem) {
    let list = word(place).cast::<ListBlock>();
    debug_assert!(
        !is_slice(list),
        "a slice is trimmed before its elements move"
    );
    if from >= (*list).len as usize {
        free_list_plain(cx, list, elem);
    } else {
        drop_front(cx, place, from, elem.moved());
        crate::count::release_list(cx, word(place).cast(), elem);
    }
}

/// Copies all elements' bytes to memory for them, every leaf made sole: they may be written back
/// (in any order) by `scatter`, or moved out.
pub unsafe fn gather(cx: Cx, list: *mut ListBlock, to: *mut u8, elem: Elem) {
    let mut i = 0;
    while i < (*list).len as usize {
        let (ptr, n) = piece_mut(cx, list, i, elem);
        ptr::copy_nonoverlapping(ptr, to.add(i * elem.stride), n * elem.stride);
        i += n;
    }
}

pub unsafe fn scatter(list: *mut ListBlock, from: *const u8, elem: Elem) {
    for_pieces(list, 0, len(list), elem, {
        let mut from = from;
        move |ptr, n| {
            ptr::copy_nonoverlapping(from, ptr, n * elem.stride);
            from = from.add(n * elem.stride);
        }
    });
}
