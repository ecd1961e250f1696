//! `string`: 24-byte values, inline up to 23 bytes, else a part of a storage of UTF-8.
//!
//! What a string is and how it grows, shrinks and is shared; the operations of the language that
//! look into text are in `text.rs`. Every function keeps the form canonical: at most 23 bytes are
//! always inline, unused inline bytes are 0.

use crate::alloc::{alloc, free, realloc};
use crate::block::{StringStorage, StringValue, is_sole, retain as retain_block, unhold};
use crate::ctx::Cx;
use crate::list::FRESH_PART;
use crate::panic;
use cowl_contract::layout::*;
use cowl_contract::planted::{Fault, planted};
use std::ptr;

const INLINE: usize = STRING_INLINE_MAX as usize;
const HEAD: usize = STRING_BYTES as usize;
const NOT_ASCII: usize = STRING_NOT_ASCII as usize;

pub const EMPTY: StringValue = StringValue { words: [0; 3] };

#[inline(always)]
unsafe fn tag(s: *const u8) -> u8 {
    *s.add(STRING_TAG as usize)
}

#[inline(always)]
pub unsafe fn is_heap(s: *const u8) -> bool {
    tag(s) == STRING_HEAP
}

#[inline(always)]
pub unsafe fn storage(s: *const u8) -> *mut StringStorage {
    *s.cast::<*mut StringStorage>()
}

#[inline(always)]
unsafe fn offset(s: *const u8) -> usize {
    *s.add(STRING_OFFSET as usize).cast::<u32>() as usize
}

/// In bytes.
#[inline(always)]
pub unsafe fn size(s: *const u8) -> usize {
    if is_heap(s) {
        *s.add(STRING_BYTE_LEN as usize).cast::<u32>() as usize
    } else {
        tag(s) as usize & (NOT_ASCII - 1)
    }
}

#[inline(always)]
unsafe fn storage_bytes(storage: *mut StringStorage) -> *mut u8 {
    storage.cast::<u8>().add(HEAD)
}

#[inline(always)]
pub unsafe fn bytes<'a>(s: *const u8) -> &'a [u8] {
    let ptr = if is_heap(s) {
        storage_bytes(storage(s)).add(offset(s)).cast_const()
    } else {
        s
    };
    std::slice::from_raw_parts(ptr, size(s))
}

/// The text. It lies in the value itself or in its storage: good as long as neither changes.
#[inline(always)]
pub unsafe fn text<'a>(s: *const u8) -> &'a str {
    std::str::from_utf8_unchecked(bytes(s))
}

/// In code points.
pub unsafe fn len(s: *const u8) -> usize {
    if is_heap(s) {
        *s.add(STRING_CHARS as usize).cast::<u32>() as usize
    } else if (tag(s) as usize) < NOT_ASCII {
        tag(s) as usize
    } else {
        text(s).chars().count()
    }
}

/// Is every byte a char?
pub unsafe fn is_ascii(s: *const u8) -> bool {
    if is_heap(s) {
        len(s) == size(s)
    } else {
        (tag(s) as usize) < NOT_ASCII
    }
}

pub unsafe fn retain(s: *const u8) {
    if is_heap(s) {
        retain_block(storage(s).cast());
    }
}

pub unsafe fn release(cx: Cx, s: *const u8) {
    if is_heap(s) && !unhold(storage(s).cast()) {
        free_storage(cx, storage(s));
    }
}

pub unsafe fn free_storage(cx: Cx, storage: *mut StringStorage) {
    free(cx, storage.cast(), HEAD + (*storage).cap as usize);
}

pub unsafe fn status(s: *const u8) -> i32 {
    if !is_heap(s) {
        NO_STORAGE
    } else if is_sole(storage(s).cast()) {
        SOLE
    } else {
        SHARED
    }
}

unsafe fn heap_value(
    storage: *mut StringStorage,
    offset: usize,
    size: usize,
    chars: usize,
) -> StringValue {
    StringValue {
        words: [
            storage as u64,
            offset as u64 | (size as u64) << 32,
            chars as u64 | u64::from(STRING_HEAP) << 56,
        ],
    }
}

fn inline_value(bytes: &[u8], ascii: bool) -> StringValue {
    let mut raw = [0u8; STRING_SIZE as usize];
    raw[..bytes.len()].copy_from_slice(bytes);
    let mark = if ascii { 0 } else { NOT_ASCII };
    raw[STRING_TAG as usize] = (bytes.len() | mark) as u8;
    let mut words = [0u64; 3];
    for (word, bytes) in words.iter_mut().zip(raw.chunks_exact(8)) {
        *word = u64::from_ne_bytes(bytes.try_into().expect("eight bytes"));
    }
    StringValue { words }
}

/// A new storage with room for `cap` bytes.
unsafe fn new_storage(cx: Cx, cap: usize) -> *mut StringStorage {
    // What the allocator gives anyway.
    let block = (HEAD + cap).next_multiple_of(8);
    if block - HEAD > u32::MAX as usize {
        panic::out_of_memory(cx);
    }
    let storage = alloc(cx, block).cast::<StringStorage>();
    (*storage).count = 1;
    (*storage).flags = 0;
    (*storage).size = 0;
    (*storage).cap = (block - HEAD) as u32;
    storage
}

/// A fresh string with this text.
pub unsafe fn make(cx: Cx, text: &str) -> StringValue {
    let n = text.len();
    if n <= INLINE - usize::from(planted(Fault::StringBorder)) {
        return inline_value(text.as_bytes(), text.is_ascii());
    }
    let storage = new_storage(cx, n);
    ptr::copy_nonoverlapping(text.as_ptr(), storage_bytes(storage), n);
    (*storage).size = n as u32;
    heap_value(storage, 0, n, text.chars().count())
}

pub unsafe fn put(out: *mut u8, value: StringValue) {
    out.cast::<StringValue>().write(value);
}

pub unsafe fn get(s: *const u8) -> StringValue {
    *s.cast::<StringValue>()
}

/// Replaces the string in a place.
pub unsafe fn replace(cx: Cx, place: *mut u8, value: StringValue) {
    let old = get(place);
    put(place, value);
    release(cx, (&raw const old).cast());
}

/// Appends text, in place where the string is sole. The text may lie in the string itself.
pub unsafe fn append(cx: Cx, place: *mut u8, more: &str) {
    append_counted(cx, place, more.as_bytes(), more.chars().count());
}

/// The same where the code points have been counted.
pub unsafe fn append_counted(cx: Cx, place: *mut u8, more: &[u8], more_chars: usize) {
    let n = more.len();
    if n == 0 {
        return;
    }
    let old = size(place);
    let new = old + n;
    let chars = len(place) + more_chars;
    if new <= INLINE {
        let mut raw = [0u8; INLINE];
        raw[..old].copy_from_slice(bytes(place));
        raw[old..new].copy_from_slice(more);
        let ascii = chars == new || planted(Fault::StringAscii);
        put(place, inline_value(&raw[..new], ascii));
        return;
    }
    let grows = is_heap(place) && (is_sole(storage(place).cast()) || planted(Fault::StringShared));
    if !grows {
        let to = new_storage(cx, if is_heap(place) { new } else { new * 2 });
        let at = storage_bytes(to);
        ptr::copy_nonoverlapping(bytes(place).as_ptr(), at, old);
        ptr::copy_nonoverlapping(more.as_ptr(), at.add(old), n);
        (*to).size = new as u32;
        replace(cx, place, heap_value(to, 0, new, chars));
        return;
    }
    let mut from = more.as_ptr();
    let home = storage(place);
    let mut begin = offset(place);
    if begin + new > (*home).cap as usize {
        // Text of this very storage moves with it.
        let inside = (from as usize).wrapping_sub(storage_bytes(home) as usize);
        let inside = (inside < (*home).cap as usize).then_some(inside - begin.min(inside));
        let to = grow(cx, place, new);
        begin = 0;
        if let Some(at) = inside
            && !planted(Fault::StringSelf)
        {
            from = storage_bytes(to).add(at);
        }
    }
    let home = storage(place);
    let end = storage_bytes(home).add(begin + old);
    ptr::copy_nonoverlapping(from, end, n);
    (*home).size = new as u32;
    put(place, heap_value(home, begin, new, chars));
}

/// Moves a sole storage's text to its begin, with room for at least `need` bytes.
unsafe fn grow(cx: Cx, place: *mut u8, need: usize) -> *mut StringStorage {
    let home = storage(place);
    let (begin, n) = (offset(place), size(place));
    let cap = (*home).cap as usize;
    let want = need.max(cap * 2).min(u32::MAX as usize - HEAD).max(need);
    let to = if begin == 0 {
        let block = (HEAD + want).next_multiple_of(8);
        if block - HEAD > u32::MAX as usize {
            panic::out_of_memory(cx);
        }
        let to = realloc(cx, home.cast(), HEAD + cap, block).cast::<StringStorage>();
        (*to).cap = (block - HEAD) as u32;
        to
    } else {
        let to = new_storage(cx, want);
        ptr::copy_nonoverlapping(storage_bytes(home).add(begin), storage_bytes(to), n);
        free_storage(cx, home);
        to
    };
    let chars = len(place);
    (*to).size = n as u32;
    put(place, heap_value(to, 0, n, chars));
    to
}

/// Room for more bytes, if there is a storage and it is sole.
pub unsafe fn reserve(cx: Cx, place: *mut u8, extra: usize) {
    if is_heap(place) && is_sole(storage(place).cast()) {
        let Some(need) = size(place).checked_add(extra) else {
            panic::out_of_memory(cx)
        };
        if offset(place) + need > (*storage(place)).cap as usize {
            grow(cx, place, need);
        }
    }
}

/// Keeps the bytes `a..b` of the string in a place, `chars` code points: in place where it is
/// sole, else in a storage of its own.
pub unsafe fn keep(cx: Cx, place: *mut u8, a: usize, b: usize, chars: usize) {
    let n = b - a;
    if n <= INLINE || !is_sole(storage(place).cast()) {
        let part = make(cx, part(place, a, b));
        replace(cx, place, part);
        return;
    }
    let home = storage(place);
    (*home).size = n as u32;
    let begin = offset(place) + a;
    put(place, heap_value(home, begin, n, chars));
}

/// Gives a string with a storage one that it alone holds; so does a change that changes nothing.
pub unsafe fn make_sole(cx: Cx, place: *mut u8) {
    if !is_heap(place) {
        return;
    }
    if is_sole(storage(place).cast()) {
        (*storage(place)).size = size(place) as u32;
    } else {
        let copy = make(cx, text(place));
        replace(cx, place, copy);
    }
}

/// The text between two bytes.
pub unsafe fn part<'a>(s: *const u8, a: usize, b: usize) -> &'a str {
    std::str::from_utf8_unchecked(&bytes(s)[a..b])
}

/// The slice of an owned string: fresh if short or small beside its storage, trimmed if sole, else
/// one more holder.
pub unsafe fn slice(cx: Cx, s: *mut u8, a: usize, b: usize, chars: usize) -> StringValue {
    let n = b - a;
    if n <= INLINE {
        let value = make(cx, part(s, a, b));
        release(cx, s);
        return value;
    }
    let home = storage(s);
    if n.saturating_mul(FRESH_PART) < (*home).size as usize {
        let value = make(cx, part(s, a, b));
        release(cx, s);
        return value;
    }
    if is_sole(home.cast()) {
        (*home).size = n as u32;
    }
    heap_value(home, offset(s) + a, n, chars)
}

/// The byte at which the n-th code point begins (or the end).
pub unsafe fn byte_at(s: *const u8, n: usize) -> usize {
    if is_ascii(s) {
        return n;
    }
    byte_of(bytes(s), n)
}

/// The same in any UTF-8.
pub fn byte_of(bytes: &[u8], mut n: usize) -> usize {
    let mut at = 0;
    // Eight bytes at a time, which begin no more than eight characters: continuation bytes are
    // 10xxxxxx.
    while n >= 8 && at + 8 <= bytes.len() {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[at..at + 8]);
        let word = u64::from_le_bytes(word);
        let ones = 0x0101_0101_0101_0101u64;
        let continuing = (word >> 7) & !(word >> 6) & ones;
        let begins = 8 - continuing.count_ones() as usize;
        n -= begins;
        at += 8;
    }
    while at < bytes.len() {
        if bytes[at] & 0xc0 != 0x80 {
            if n == 0 {
                return at;
            }
            n -= 1;
        }
        at += 1;
    }
    at
}

/// The char that begins at a byte, and the byte after it.
pub unsafe fn char_from(bytes: &[u8], at: usize) -> (char, usize) {
    let first = bytes[at];
    if first < 0x80 {
        return (first as char, at + 1);
    }
    let rest = std::str::from_utf8_unchecked(&bytes[at..]);
    let c = rest.chars().next().unwrap_unchecked();
    (c, at + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_bytes_of_chars() {
        let text = "aé漢🦉bcdefghijé漢🦉klmnopqrstuvwxyzé";
        for (i, (at, _)) in text.char_indices().enumerate() {
            assert_eq!(byte_of(text.as_bytes(), i), at);
        }
        assert_eq!(byte_of(text.as_bytes(), text.chars().count()), text.len());
    }
}
