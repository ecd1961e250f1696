//! The operations of `string` and `char`: entries for compiled code. Positions are code points;
//! indices are in range.

use crate::block::ListBlock;
use crate::ctx::Cx;
use crate::elem::Elem;
use crate::known;
use crate::list::from_elems;
use crate::string::{
    EMPTY, append, append_counted, byte_at, bytes, char_from, get, is_ascii, is_heap, keep, len,
    make, make_sole, put, replace, size, slice, text,
};
use crate::{panic, string, vector};
use cowl_contract::number;
use std::ptr;

unsafe fn to_char(c: u32) -> char {
    char::from_u32_unchecked(c)
}

/// A list of strings, one for each piece.
unsafe fn strings<'a>(cx: Cx, pieces: impl Iterator<Item = &'a str>) -> *mut u8 {
    let mut list = ptr::null_mut::<u8>();
    let elem = Elem::value(known::STRING);
    for piece in pieces {
        let value = make(cx, piece);
        vector::push(cx, (&raw mut list).cast(), (&raw const value).cast(), elem);
    }
    list
}

// ---- looking

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_len(_cx: Cx, s: *const u8) -> i64 {
    len(s) as i64
}

pub unsafe fn eq(a: *const u8, b: *const u8) -> bool {
    if get(a).words == get(b).words {
        return true;
    }
    // Unequal inline strings are unequal, and so are an inline one and another.
    is_heap(a) && is_heap(b) && bytes(a) == bytes(b)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_eq(_cx: Cx, a: *const u8, b: *const u8) -> u8 {
    eq(a, b).into()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_cmp(_cx: Cx, a: *const u8, b: *const u8) -> i32 {
    bytes(a).cmp(bytes(b)) as i32
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_char_at(_cx: Cx, s: *const u8, index: i64) -> u32 {
    let at = byte_at(s, index as usize);
    u32::from(char_from(bytes(s), at).0)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_char(
    _cx: Cx,
    s: *const u8,
    at: i64,
    out_next: *mut i64,
) -> u32 {
    let (c, next) = char_from(bytes(s), at as usize);
    *out_next = next as i64;
    u32::from(c)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_contains(_cx: Cx, s: *const u8, part: *const u8) -> u8 {
    text(s).contains(text(part)).into()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_starts_with(_cx: Cx, s: *const u8, part: *const u8) -> u8 {
    bytes(s).starts_with(bytes(part)).into()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_ends_with(_cx: Cx, s: *const u8, part: *const u8) -> u8 {
    bytes(s).ends_with(bytes(part)).into()
}

unsafe fn position(s: *const u8, byte: Option<usize>) -> i64 {
    match byte {
        None => -1,
        Some(at) if is_ascii(s) => at as i64,
        Some(at) => text(s)[..at].chars().count() as i64,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_find(_cx: Cx, s: *const u8, part: *const u8) -> i64 {
    position(s, text(s).find(text(part)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_find_last(_cx: Cx, s: *const u8, part: *const u8) -> i64 {
    position(s, text(s).rfind(text(part)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_parse_int(_cx: Cx, s: *const u8, out: *mut u8) -> u8 {
    match number::parse_int(text(s)) {
        Some(n) => {
            *out.cast::<i64>() = n;
            1
        }
        None => 0,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_parse_float(_cx: Cx, s: *const u8, out: *mut u8) -> u8 {
    match number::parse_float(text(s)) {
        Some(x) => {
            *out.cast::<f64>() = x;
            1
        }
        None => 0,
    }
}

// ---- changing

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_from(cx: Cx, from: *const u8, size: i64, out: *mut u8) {
    let raw = std::slice::from_raw_parts(from, size as usize);
    put(out, make(cx, std::str::from_utf8_unchecked(raw)));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_push(cx: Cx, place: *mut u8, c: u32) {
    let mut raw = [0; 4];
    let part = to_char(c).encode_utf8(&mut raw);
    append_counted(cx, place, part.as_bytes(), 1);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_pop(cx: Cx, place: *mut u8) -> u32 {
    let n = size(place);
    let c = text(place).chars().next_back().unwrap_unchecked();
    let chars = len(place) - 1;
    keep(cx, place, 0, n - c.len_utf8(), chars);
    u32::from(c)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_pop_first(cx: Cx, place: *mut u8) -> u32 {
    let n = size(place);
    let (c, next) = char_from(bytes(place), 0);
    let chars = len(place) - 1;
    keep(cx, place, next, n, chars);
    u32::from(c)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_append(cx: Cx, place: *mut u8, other: *const u8) {
    if size(other) == 0 {
        return make_sole(cx, place);
    }
    append_counted(cx, place, bytes(other), len(other));
}

/// A string of pieces, in one piece of memory.
unsafe fn concat(cx: Cx, pieces: &[&str]) -> crate::block::StringValue {
    let mut value = EMPTY;
    let place = (&raw mut value).cast::<u8>();
    let total: usize = pieces.iter().map(|p| p.len()).sum();
    for piece in pieces {
        append(cx, place, piece);
        string::reserve(cx, place, total.saturating_sub(size(place)));
    }
    value
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_insert(cx: Cx, place: *mut u8, index: i64, other: *const u8) {
    let at = byte_at(place, index as usize);
    let whole = text(place);
    let value = concat(cx, &[&whole[..at], text(other), &whole[at..]]);
    replace(cx, place, value);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_extract(cx: Cx, place: *mut u8, index: i64) -> u32 {
    let at = byte_at(place, index as usize);
    let whole = text(place);
    let (c, next) = char_from(whole.as_bytes(), at);
    let value = concat(cx, &[&whole[..at], &whole[next..]]);
    replace(cx, place, value);
    u32::from(c)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_reverse(cx: Cx, place: *mut u8) {
    let mut value = EMPTY;
    let to = (&raw mut value).cast::<u8>();
    let mut raw = [0; 4];
    for c in text(place).chars().rev() {
        append_counted(cx, to, c.encode_utf8(&mut raw).as_bytes(), 1);
    }
    replace(cx, place, value);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_truncate(cx: Cx, place: *mut u8, n: i64) {
    let n = n.max(0) as usize;
    if n < len(place) {
        let end = byte_at(place, n);
        keep(cx, place, 0, end, n);
    } else {
        make_sole(cx, place);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_reserve(cx: Cx, place: *mut u8, extra: i64) {
    make_sole(cx, place);
    string::reserve(cx, place, extra.max(0) as usize);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_to_upper(cx: Cx, place: *mut u8) {
    let value = make(cx, &text(place).to_uppercase());
    replace(cx, place, value);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_to_lower(cx: Cx, place: *mut u8) {
    let value = make(cx, &text(place).to_lowercase());
    replace(cx, place, value);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_replace(
    cx: Cx,
    place: *mut u8,
    from: *const u8,
    to: *const u8,
) {
    let whole = text(place);
    let mut value = EMPTY;
    let out = (&raw mut value).cast::<u8>();
    let mut done = 0;
    for (at, found) in whole.match_indices(text(from)) {
        append(cx, out, &whole[done..at]);
        append_counted(cx, out, bytes(to), len(to));
        done = at + found.len();
    }
    append(cx, out, &whole[done..]);
    replace(cx, place, value);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_pad(cx: Cx, place: *mut u8, width: i64, fill: u32, left: u8) {
    let missing = (width.max(0) as usize).saturating_sub(len(place));
    if missing == 0 {
        return make_sole(cx, place);
    }
    let mut raw = [0; 4];
    let fill = to_char(fill).encode_utf8(&mut raw);
    if left == 0 {
        repeat_onto(cx, place, fill, missing);
        return;
    }
    let mut value = EMPTY;
    let out = (&raw mut value).cast::<u8>();
    repeat_onto(cx, out, fill, missing);
    append_counted(cx, out, bytes(place), len(place));
    replace(cx, place, value);
}

/// Appends a text n times; by doubling, so that long runs cost few calls.
unsafe fn repeat_onto(cx: Cx, place: *mut u8, piece: &str, n: usize) {
    match piece.len().checked_mul(n) {
        Some(total) if total <= u32::MAX as usize => {}
        _ => panic::out_of_memory(cx),
    }
    let some = piece.repeat(n.min(256 / piece.len().max(1) + 1));
    let in_some = some.len() / piece.len().max(1);
    let chars = piece.chars().count();
    let mut left = n;
    while left > 0 {
        let times = left.min(in_some);
        append_counted(
            cx,
            place,
            &some.as_bytes()[..times * piece.len()],
            times * chars,
        );
        left -= times;
    }
}

// ---- making

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_slice(cx: Cx, s: *mut u8, a: i64, b: i64, out: *mut u8) {
    let (from, to) = (byte_at(s, a as usize), byte_at(s, b as usize));
    put(out, slice(cx, s, from, to, (b - a) as usize));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_trim(cx: Cx, s: *mut u8, sides: i32, out: *mut u8) {
    let whole = text(s);
    let mut kept = whole;
    if sides & 1 != 0 {
        kept = kept.trim_start();
    }
    if sides & 2 != 0 {
        kept = kept.trim_end();
    }
    let a = kept.as_ptr() as usize - whole.as_ptr() as usize;
    let gone = kept.len() < whole.len();
    let chars = if gone { kept.chars().count() } else { len(s) };
    put(out, slice(cx, s, a, a + kept.len(), chars));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_repeat(cx: Cx, s: *const u8, n: i64, out: *mut u8) {
    let mut value = EMPTY;
    if size(s) > 0 {
        repeat_onto(cx, (&raw mut value).cast(), text(s), n.max(0) as usize);
    }
    put(out, value);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_split(cx: Cx, s: *const u8, sep: *const u8) -> *mut u8 {
    strings(cx, text(s).split(text(sep)))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_split_whitespace(cx: Cx, s: *const u8) -> *mut u8 {
    strings(cx, text(s).split_whitespace())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_lines(cx: Cx, s: *const u8) -> *mut u8 {
    strings(cx, text(s).lines())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_line(
    cx: Cx,
    s: *const u8,
    at: i64,
    out_next: *mut i64,
    out: *mut u8,
) {
    let rest = &text(s)[at as usize..];
    let end = rest.find('\n').map_or(rest.len(), |i| i + 1);
    *out_next = at + end as i64;
    put(out, make(cx, rest[..end].lines().next().unwrap_or("")));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_chars(cx: Cx, s: *const u8) -> *mut u8 {
    let mut list = ptr::null_mut::<u8>();
    let elem = Elem::value(known::CHAR);
    for c in text(s).chars() {
        let place = (&raw mut list).cast();
        vector::push(cx, place, (&raw const c).cast(), elem);
    }
    list
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_bytes(cx: Cx, s: *const u8) -> *mut u8 {
    let raw = bytes(s);
    from_elems(cx, raw.as_ptr(), raw.len(), Elem::value(known::U8))
}

/// The content of a `List<u8>`.
pub unsafe fn list_bytes(list: *const u8) -> Vec<u8> {
    let list = list.cast::<ListBlock>();
    let n = vector::len(list);
    let mut raw = Vec::with_capacity(n);
    vector::for_pieces(list, 0, n, Elem::value(known::U8), |ptr, n| {
        raw.extend_from_slice(std::slice::from_raw_parts(ptr, n));
    });
    raw
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_from_bytes(cx: Cx, list: *mut u8, out: *mut u8) -> u8 {
    match std::str::from_utf8(&list_bytes(list)) {
        Ok(text) => {
            put(out, make(cx, text));
            1
        }
        Err(_) => 0,
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_from_chars(cx: Cx, list: *mut u8, out: *mut u8) {
    put(out, EMPTY);
    let list = list.cast::<ListBlock>();
    let mut raw = [0; 4];
    let elem = Elem::value(known::CHAR);
    vector::for_pieces(list, 0, vector::len(list), elem, |ptr, n| {
        for i in 0..n {
            let c = *ptr.cast::<u32>().add(i);
            append_counted(cx, out, to_char(c).encode_utf8(&mut raw).as_bytes(), 1);
        }
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_from_char(cx: Cx, c: u32, out: *mut u8) {
    let mut raw = [0; 4];
    put(out, make(cx, to_char(c).encode_utf8(&mut raw)));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_string_join(cx: Cx, list: *mut u8, sep: *const u8, out: *mut u8) {
    put(out, EMPTY);
    let list = list.cast::<ListBlock>();
    let elem = Elem::value(known::STRING);
    let mut first = true;
    vector::for_pieces(list, 0, vector::len(list), elem, |ptr, n| {
        for i in 0..n {
            if !first {
                append_counted(cx, out, bytes(sep), len(sep));
            }
            first = false;
            let piece = ptr.add(i * elem.stride);
            append_counted(cx, out, bytes(piece), len(piece));
        }
    });
}

// ---- chars

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_char_is(_cx: Cx, c: u32, what: i32) -> u8 {
    let c = to_char(c);
    match what {
        0 => c.is_alphabetic(),
        1 => c.is_numeric(),
        2 => c.is_whitespace(),
        3 => c.is_uppercase(),
        _ => c.is_lowercase(),
    }
    .into()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_char_to_upper(cx: Cx, c: u32, out: *mut u8) {
    let upper: String = to_char(c).to_uppercase().collect();
    put(out, make(cx, &upper));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_char_to_lower(cx: Cx, c: u32, out: *mut u8) {
    let lower: String = to_char(c).to_lowercase().collect();
    put(out, make(cx, &lower));
}
