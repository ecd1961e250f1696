//! Sorting by the total order, and joining equal neighbours, on elements in one piece of memory.

use crate::buffer::Buffer;
use crate::compare::{Relation, compare, eq_total, ordering};
use crate::ctx::{Cx, desc};
use crate::elem::Elem;
use crate::text;
use cowl_contract::desc::{Kind, TypeDesc};
use std::ptr;

unsafe fn slice<'a, T>(ptr: *mut u8, n: usize) -> &'a mut [T] {
    if n == 0 {
        return &mut [];
    }
    std::slice::from_raw_parts_mut(ptr.cast(), n)
}

/// Stable.
pub unsafe fn sort(cx: Cx, ptr: *mut u8, n: usize, ty: *const TypeDesc) {
    // Equal scalars cannot be told apart, but for the zeros of floats.
    match desc(ty).kind {
        Kind::I8 => slice::<i8>(ptr, n).sort_unstable(),
        Kind::I16 => slice::<i16>(ptr, n).sort_unstable(),
        Kind::I32 => slice::<i32>(ptr, n).sort_unstable(),
        Kind::I64 => slice::<i64>(ptr, n).sort_unstable(),
        Kind::U8 | Kind::Bool => slice::<u8>(ptr, n).sort_unstable(),
        Kind::U16 => slice::<u16>(ptr, n).sort_unstable(),
        Kind::U32 | Kind::Char => slice::<u32>(ptr, n).sort_unstable(),
        Kind::U64 => slice::<u64>(ptr, n).sort_unstable(),
        Kind::F64 => {
            slice::<f64>(ptr, n).sort_by(|a, b| ordering(crate::compare::float(*a, *b, true)))
        }
        _ => sort_any(cx, ptr, n, ty),
    }
}

unsafe fn sort_any(cx: Cx, ptr: *mut u8, n: usize, ty: *const TypeDesc) {
    if n < 2 {
        return;
    }
    let elem = Elem::value(ty);
    let places = Buffer::new(cx, n, size_of::<usize>());
    let order = slice::<usize>(places.ptr, n);
    for (i, place) in order.iter_mut().enumerate() {
        *place = i;
    }
    let at = |i: usize| ptr.add(i * elem.stride);
    // Indices break ties, which makes a sort without scratch memory of its own stable.
    order.sort_unstable_by(|&i, &j| {
        ordering(compare(cx, at(i), at(j), ty, Relation::CmpTotal)).then(i.cmp(&j))
    });
    let sorted = Buffer::new(cx, n, elem.stride);
    for (to, &from) in order.iter().enumerate() {
        ptr::copy_nonoverlapping(at(from), sorted.at(to), elem.stride);
    }
    ptr::copy_nonoverlapping(sorted.ptr, ptr, n * elem.stride);
    sorted.free(cx);
    places.free(cx);
}

/// Moves later ones of equal neighbours to `gone`; gives how many are left.
pub unsafe fn dedup(ptr: *mut u8, n: usize, ty: *const TypeDesc, gone: *mut u8, cx: Cx) -> usize {
    let elem = Elem::value(ty);
    let mut left = n.min(1);
    let mut thrown = 0;
    for i in 1..n {
        let value = ptr.add(i * elem.stride);
        let last = ptr.add((left - 1) * elem.stride);
        let same = if desc(ty).kind == Kind::Str {
            text::eq(last, value)
        } else {
            eq_total(cx, last, value, ty)
        };
        if same {
            ptr::copy_nonoverlapping(value, gone.add(thrown * elem.stride), elem.stride);
            thrown += 1;
        } else {
            ptr::copy(value, ptr.add(left * elem.stride), elem.stride);
            left += 1;
        }
    }
    left
}
