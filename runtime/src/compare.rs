//! Equality and order of values by their descs: one walk for the four relations of the language.
//!
//! `==` and `<` follow IEEE 754 at any depth; keys and sorting use the total relations (nan equals
//! nan and sorts last). Iterative over data: boxed values and containers go by a work-list.

use crate::block::*;
use crate::ctx::{Cx, desc};
use crate::elem::Elem;
use crate::map::{self, MapBlock};
use crate::statics::Get;
use crate::{text, vector};
use cowl_contract::desc::{BITWISE, Field, HAS_FLOAT, Kind, Lang, TypeDesc};
use cowl_contract::layout::Slice;
use std::cmp::Ordering;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Eq,
    EqTotal,
    /// Gives `UNORDERED` where floats are.
    Cmp,
    CmpTotal,
}

pub const UNORDERED: i32 = 2;

impl Relation {
    fn is_total(self) -> bool {
        matches!(self, Relation::EqTotal | Relation::CmpTotal)
    }

    /// Only whether they are equal matters.
    fn only_eq(self) -> bool {
        matches!(self, Relation::Eq | Relation::EqTotal)
    }
}

enum Task {
    Values(*const u8, *const u8, *const TypeDesc),
    /// Elements from an index on, of lists that are equally long so far; then the lengths decide.
    Lists(*const ListBlock, *const ListBlock, usize, *const TypeDesc),
    Arrays(ArrayValue, ArrayValue, usize, *const TypeDesc),
    /// Elements of heaps that are equally long.
    Heaps(ArrayValue, ArrayValue, *const TypeDesc),
    Fields(*const u8, *const u8, Slice<Field>, usize),
    /// Entries of the first map from a position on.
    Maps(*const MapBlock, *const MapBlock, usize, *const TypeDesc),
}

/// 0 if equal; else -1 or 1 (of no meaning beyond "unequal" for the equalities) or `UNORDERED`.
pub unsafe fn compare(
    cx: Cx,
    a: *const u8,
    b: *const u8,
    ty: *const TypeDesc,
    how: Relation,
) -> i32 {
    // Most comparisons need no list.
    let mut work = Vec::new();
    let mut result = values(a, b, ty, how, &mut work);
    while result == 0 {
        let Some(task) = work.pop() else { return 0 };
        result = step(cx, task, how, &mut work);
    }
    result
}

pub unsafe fn eq_total(cx: Cx, a: *const u8, b: *const u8, ty: *const TypeDesc) -> bool {
    compare(cx, a, b, ty, Relation::EqTotal) == 0
}

unsafe fn scalar<T: Ord + Copy>(a: *const u8, b: *const u8) -> i32 {
    (*a.cast::<T>()).cmp(&*b.cast::<T>()) as i32
}

pub fn float(a: f64, b: f64, total: bool) -> i32 {
    match a.partial_cmp(&b) {
        Some(order) => order as i32,
        None if total => (a.is_nan() as i32) - (b.is_nan() as i32),
        None => UNORDERED,
    }
}

/// Compares what lies in the values themselves; pushes what lies behind them.
unsafe fn values(
    a: *const u8,
    b: *const u8,
    ty: *const TypeDesc,
    how: Relation,
    work: &mut Vec<Task>,
) -> i32 {
    let d = desc(ty);
    match d.kind {
        Kind::Bool | Kind::U8 => scalar::<u8>(a, b),
        Kind::Char | Kind::U32 => scalar::<u32>(a, b),
        Kind::I8 => scalar::<i8>(a, b),
        Kind::I16 => scalar::<i16>(a, b),
        Kind::I32 => scalar::<i32>(a, b),
        Kind::I64 => scalar::<i64>(a, b),
        Kind::U16 => scalar::<u16>(a, b),
        Kind::U64 => scalar::<u64>(a, b),
        Kind::F32 => float(
            f64::from(*a.cast::<f32>()),
            f64::from(*b.cast::<f32>()),
            how.is_total(),
        ),
        Kind::F64 => float(*a.cast::<f64>(), *b.cast::<f64>(), how.is_total()),
        Kind::Str if how.only_eq() => i32::from(!text::eq(a, b)),
        Kind::Str => crate::string::bytes(a).cmp(crate::string::bytes(b)) as i32,
        Kind::Tuple | Kind::Struct => {
            if how.only_eq() && d.has(BITWISE) {
                return i32::from(raw(a, d) != raw(b, d));
            }
            if d.lang == Lang::Heap {
                let (aa, ab) = (*a.cast::<ArrayValue>(), *b.cast::<ArrayValue>());
                if aa.len != ab.len {
                    return 1;
                }
                let items = desc(d.fields.get()[0].desc);
                work.push(Task::Heaps(aa, ab, items.elem));
                return 0;
            }
            if d.lang == Lang::Desc {
                return fields(b, a, d.fields, 0, how, work);
            }
            fields(a, b, d.fields, 0, how, work)
        }
        Kind::Enum => {
            let (va, vb) = (enum_variant(a, d), enum_variant(b, d));
            if va != vb {
                return va.cmp(&vb) as i32;
            }
            fields(a, b, d.variants.get()[va].fields, 0, how, work)
        }
        Kind::Boxed => {
            let (wa, wb) = (word(a), word(b));
            let (va, vb) = (boxed_variant(wa), boxed_variant(wb));
            if va != vb {
                return va.cmp(&vb) as i32;
            }
            let same = wa == wb && may_skip(d, how);
            if !(is_bare(wa) || same) {
                let parts = d.variants.get()[va].fields;
                work.push(Task::Fields(wa, wb, parts, 0));
            }
            0
        }
        // Identity; they have no order.
        Kind::Ptr | Kind::PtrOption | Kind::Weak | Kind::Fn | Kind::Any => {
            word(a).cmp(&word(b)) as i32
        }
        Kind::List => {
            let (la, lb) = (word(a).cast::<ListBlock>(), word(b).cast::<ListBlock>());
            if how.only_eq() && vector::len(la) != vector::len(lb) {
                return 1;
            }
            if !(la == lb && may_skip(d, how)) {
                work.push(Task::Lists(la, lb, 0, d.elem));
            }
            0
        }
        Kind::Array => {
            let (aa, ab) = (*a.cast::<ArrayValue>(), *b.cast::<ArrayValue>());
            if how.only_eq() && aa.len != ab.len {
                return 1;
            }
            work.push(Task::Arrays(aa, ab, 0, d.elem));
            0
        }
        Kind::Map | Kind::Set => {
            let (ma, mb) = (word(a).cast::<MapBlock>(), word(b).cast::<MapBlock>());
            if map::len(ma) != map::len(mb) {
                return 1;
            }
            let same = ma == mb && may_skip(d, how);
            if !(ma.is_null() || same) {
                work.push(Task::Maps(ma, mb, 0, ty));
            }
            0
        }
    }
}

/// The same storage is equal to itself, but for an IEEE nan in it.
fn may_skip(d: &TypeDesc, how: Relation) -> bool {
    how.is_total() || !d.has(HAS_FLOAT)
}

unsafe fn raw<'a>(value: *const u8, d: &TypeDesc) -> &'a [u8] {
    std::slice::from_raw_parts(value, d.size as usize)
}

/// Compares fields from an index on until one leaves work behind; the rest waits below that.
unsafe fn fields(
    a: *const u8,
    b: *const u8,
    all: Slice<Field>,
    from: usize,
    how: Relation,
    work: &mut Vec<Task>,
) -> i32 {
    let parts = all.get();
    for (i, field) in parts.iter().enumerate().skip(from) {
        let at = field.offset as usize;
        let mark = work.len();
        let result = values(a.add(at), b.add(at), field.desc, how, work);
        if result != 0 {
            return result;
        }
        if work.len() > mark {
            if i + 1 < parts.len() {
                work.insert(mark, Task::Fields(a, b, all, i + 1));
            }
            return 0;
        }
    }
    0
}

unsafe fn step(cx: Cx, task: Task, how: Relation, work: &mut Vec<Task>) -> i32 {
    match task {
        Task::Values(a, b, ty) => values(a, b, ty, how, work),
        Task::Fields(a, b, all, from) => fields(a, b, all, from, how, work),
        Task::Lists(a, b, from, ty) => {
            let elem = Elem::value(ty);
            let (na, nb) = (vector::len(a), vector::len(b));
            let n = na.min(nb);
            let mut i = from;
            while i < n {
                let (pa, ka) = vector::piece(a, i, elem);
                let (pb, kb) = vector::piece(b, i, elem);
                let k = ka.min(kb).min(n - i);
                let (result, done) = elems(pa, pb, k, ty, elem, how, work, |done| {
                    Task::Lists(a, b, i + done, ty)
                });
                if result != 0 || done < k {
                    return result;
                }
                i += k;
            }
            na.cmp(&nb) as i32
        }
        Task::Arrays(a, b, from, ty) => {
            let elem = Elem::value(ty);
            let (na, nb) = (a.len as usize, b.len as usize);
            let n = na.min(nb);
            if from < n {
                let at = from * elem.stride;
                let (pa, pb) = (a.data.add(at), b.data.add(at));
                let (result, done) = elems(pa, pb, n - from, ty, elem, how, work, |done| {
                    Task::Arrays(a, b, from + done, ty)
                });
                if result != 0 || done < n - from {
                    return result;
                }
            }
            na.cmp(&nb) as i32
        }
        Task::Heaps(a, b, ty) => {
            let stride = Elem::value(ty).stride;
            let sorted = |heap: ArrayValue| {
                let at = |i: usize| heap.data.add(i * stride).cast_const();
                let mut items: Vec<*const u8> = (0..heap.len as usize).map(at).collect();
                items.sort_by(|&x, &y| ordering(compare(cx, x, y, ty, Relation::CmpTotal)));
                items
            };
            let same = |(x, y): (*const u8, *const u8)| compare(cx, x, y, ty, how) == 0;
            let equal = sorted(a).into_iter().zip(sorted(b)).all(same);
            i32::from(!equal)
        }
        Task::Maps(a, b, from, ty) => {
            let d = desc(ty);
            let end = map::end(a);
            let mut pos = from;
            while pos < end {
                let entry = map::entry_at(a, pos, ty);
                pos += 1;
                if !crate::elem::is_live(entry) {
                    continue;
                }
                let key = map::key(entry);
                let Some(other) = map::find_hashed(cx, b, key, map::hash_of(entry), ty) else {
                    return 1;
                };
                if d.kind == Kind::Map {
                    let at = d.value_offset as usize;
                    work.push(Task::Maps(a, b, pos, ty));
                    work.push(Task::Values(entry.add(at), other.add(at), d.elem));
                    return 0;
                }
            }
            0
        }
    }
}

/// Compares elements until one leaves work behind, which then stands above what `rest` gives for
/// the number of elements done; that number is below `n` then.
#[allow(clippy::too_many_arguments)]
unsafe fn elems(
    a: *const u8,
    b: *const u8,
    n: usize,
    ty: *const TypeDesc,
    elem: Elem,
    how: Relation,
    work: &mut Vec<Task>,
    rest: impl Fn(usize) -> Task,
) -> (i32, usize) {
    if how.only_eq() && desc(ty).has(BITWISE) {
        let size = n * elem.stride;
        let (sa, sb) = (
            std::slice::from_raw_parts(a, size),
            std::slice::from_raw_parts(b, size),
        );
        // Elements of size 0 have no bytes of their own.
        let unequal = desc(ty).size > 0 && sa != sb;
        return (i32::from(unequal), n);
    }
    for i in 0..n {
        let mark = work.len();
        let at = i * elem.stride;
        let result = values(a.add(at), b.add(at), ty, how, work);
        if result != 0 {
            return (result, i);
        }
        if work.len() > mark {
            work.insert(mark, rest(i + 1));
            // Even if that was the last one: the rest is for the lengths then.
            return (0, i);
        }
    }
    (0, n)
}

pub fn ordering(result: i32) -> Ordering {
    result.cmp(&0)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_eq(cx: Cx, a: *const u8, b: *const u8, ty: *const TypeDesc) -> u8 {
    (compare(cx, a, b, ty, Relation::Eq) == 0).into()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_eq_total(
    cx: Cx,
    a: *const u8,
    b: *const u8,
    ty: *const TypeDesc,
) -> u8 {
    eq_total(cx, a, b, ty).into()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_cmp(cx: Cx, a: *const u8, b: *const u8, ty: *const TypeDesc) -> i32 {
    compare(cx, a, b, ty, Relation::Cmp)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_cmp_total(
    cx: Cx,
    a: *const u8,
    b: *const u8,
    ty: *const TypeDesc,
) -> i32 {
    compare(cx, a, b, ty, Relation::CmpTotal)
}
