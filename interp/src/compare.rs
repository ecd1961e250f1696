//! Equality, order and hashing of values, at any depth and without recursion over it.
//!
//! Two equalities: IEEE, where nan equals nothing and -0.0 equals 0.0, for `==` and `<`; and the
//! total one of keys and sorting, where nan equals nan and comes last. The static types of both
//! sides are equal, so values tell all that is needed. Pointers are identity.

use crate::list::List;
use crate::value::{DESC, HEAP, V};
use std::cmp::Ordering;
use std::hash::{BuildHasher, Hash, Hasher};
use std::rc::Rc;

pub fn equal(a: &V, b: &V, total: bool) -> bool {
    let mut work: Vec<(&V, &V)> = Vec::new();
    let mut next = Some((a, b));
    while let Some((a, b)) = next {
        if !equal_shallow(a, b, total, &mut work) {
            return false;
        }
        next = work.pop();
    }
    true
}

/// Compares all but the parts that hold others, which go to the work-list.
fn equal_shallow<'a>(a: &'a V, b: &'a V, total: bool, work: &mut Vec<(&'a V, &'a V)>) -> bool {
    match (a, b) {
        (V::Unit, V::Unit) | (V::Empty, V::Empty) => true,
        (V::Bool(a), V::Bool(b)) => a == b,
        (V::Int(a), V::Int(b)) => a == b,
        (V::U64(a), V::U64(b)) => a == b,
        (V::Char(a), V::Char(b)) => a == b,
        (V::Float(a), V::Float(b)) => equal_floats(*a, *b, total),
        (V::Str(a), V::Str(b)) => a.as_str() == b.as_str(),
        (V::Tag(a), V::Tag(b)) => a == b,
        (V::Variant(HEAP, a), V::Variant(HEAP, b)) => equal_heaps(&a[0], &b[0], total),
        (V::Variant(s, a), V::Variant(t, b)) => {
            s == t && equal_parts(a.iter().zip(b.iter()), total, work)
        }
        (V::Rec(a), V::Rec(b)) => equal_parts(a.iter().zip(b.iter()), total, work),
        (V::List(a), V::List(b)) => {
            a.len() == b.len() && equal_parts(a.iter().zip(b.iter()), total, work)
        }
        (V::Map(a), V::Map(b)) => {
            let (a_len, b_len) = (
                a.as_ref().map_or(0, |m| m.len()),
                b.as_ref().map_or(0, |m| m.len()),
            );
            let (Some(a), Some(b)) = (a, b) else {
                return a_len == b_len;
            };
            a_len == b_len
                && a.hashed().all(|(hash, key, value)| match b.get(hash, key) {
                    Some(other) => equal_parts([(value, other)].into_iter(), total, work),
                    None => false,
                })
        }
        (V::Ptr(a), V::Ptr(b)) => Rc::ptr_eq(a, b),
        _ => false,
    }
}

fn equal_parts<'a>(
    pairs: impl Iterator<Item = (&'a V, &'a V)>,
    total: bool,
    work: &mut Vec<(&'a V, &'a V)>,
) -> bool {
    for (a, b) in pairs {
        if a.has_children() {
            work.push((a, b));
        } else if !equal_shallow(a, b, total, work) {
            return false;
        }
    }
    true
}

/// Heaps are equal if their elements are, in the order of sorting. Types nest them, not data.
fn equal_heaps(a: &V, b: &V, total: bool) -> bool {
    let (V::List(a), V::List(b)) = (a, b) else {
        crate::machine::ice!("a heap of {a:?}")
    };
    let sorted = |list: &'_ List| -> Vec<V> {
        let mut items: Vec<V> = list.iter().cloned().collect();
        items.sort_by(|x, y| compare(x, y, true).unwrap_or(Ordering::Equal));
        items
    };
    a.len() == b.len()
        && sorted(a)
            .iter()
            .zip(&sorted(b))
            .all(|(x, y)| equal(x, y, total))
}

fn equal_floats(a: f64, b: f64, total: bool) -> bool {
    a == b || (total && a.is_nan() && b.is_nan())
}

/// `None` where the values are unordered, which only the IEEE order knows.
pub fn compare(a: &V, b: &V, total: bool) -> Option<Ordering> {
    let mut work = vec![Task::One(a, b)];
    while let Some(task) = work.pop() {
        let order = match task {
            Task::One(a, b) => compare_shallow(a, b, total, &mut work)?,
            // Recursive; but types nest them, not data.
            Task::Desc(a, b) => compare(a, b, total)?.reverse(),
            Task::Parts(a, b, at) => match (a.get(at), b.get(at)) {
                (Some(x), Some(y)) => {
                    work.push(Task::Parts(a, b, at + 1));
                    compare_shallow(x, y, total, &mut work)?
                }
                _ => a.len().cmp(&b.len()),
            },
            Task::Lists(a, b, at) => match (a.get(at), b.get(at)) {
                (Some(x), Some(y)) => {
                    work.push(Task::Lists(a, b, at + 1));
                    compare_shallow(x, y, total, &mut work)?
                }
                _ => a.len().cmp(&b.len()),
            },
        };
        if order != Ordering::Equal {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

/// What is still to be compared, in lexicographic order from the end of the work-list.
enum Task<'a> {
    One(&'a V, &'a V),
    /// The keys of two `Desc`: the greater one comes first.
    Desc(&'a V, &'a V),
    Parts(&'a [V], &'a [V], usize),
    Lists(&'a List, &'a List, usize),
}

fn compare_shallow<'a>(
    a: &'a V,
    b: &'a V,
    total: bool,
    work: &mut Vec<Task<'a>>,
) -> Option<Ordering> {
    Some(match (a, b) {
        (V::Bool(a), V::Bool(b)) => a.cmp(b),
        (V::Int(a), V::Int(b)) => a.cmp(b),
        (V::U64(a), V::U64(b)) => a.cmp(b),
        (V::Char(a), V::Char(b)) => a.cmp(b),
        (V::Float(a), V::Float(b)) => return compare_floats(*a, *b, total),
        (V::Str(a), V::Str(b)) => a.as_str().cmp(b.as_str()),
        (V::Rec(a), V::Rec(b)) => {
            work.push(Task::Parts(a, b, 0));
            Ordering::Equal
        }
        (V::List(a), V::List(b)) => {
            work.push(Task::Lists(a, b, 0));
            Ordering::Equal
        }
        (V::Variant(DESC, a), V::Variant(DESC, b)) => {
            work.push(Task::Desc(&a[0], &b[0]));
            Ordering::Equal
        }
        (V::Tag(_) | V::Variant(..), V::Tag(_) | V::Variant(..)) => {
            if let (V::Variant(s, a), V::Variant(t, b)) = (a, b)
                && s == t
            {
                work.push(Task::Parts(a, b, 0));
            }
            variant_of(a).cmp(&variant_of(b))
        }
        // Unit; nothing else has an order.
        _ => Ordering::Equal,
    })
}

pub fn variant_of(v: &V) -> Option<u32> {
    match v {
        V::Tag(variant) | V::Variant(variant, _) => Some(*variant),
        _ => None,
    }
}

fn compare_floats(a: f64, b: f64, total: bool) -> Option<Ordering> {
    match a.partial_cmp(&b) {
        None if total => Some(a.is_nan().cmp(&b.is_nan())),
        order => order,
    }
}

/// Of the total equality: equal keys have equal hashes.
pub fn hash(key: &V, state: &impl BuildHasher) -> u64 {
    let mut hasher = state.build_hasher();
    let mut work = vec![key];
    while let Some(v) = work.pop() {
        match v {
            V::Bool(x) => x.hash(&mut hasher),
            V::Int(x) => x.hash(&mut hasher),
            V::U64(x) => x.hash(&mut hasher),
            V::Char(x) => x.hash(&mut hasher),
            V::Float(x) => canonical_bits(*x).hash(&mut hasher),
            V::Str(x) => x.as_str().hash(&mut hasher),
            V::Tag(variant) => variant.hash(&mut hasher),
            V::Variant(variant, parts) => {
                variant.hash(&mut hasher);
                work.extend(parts.iter().rev());
            }
            V::Rec(parts) => work.extend(parts.iter().rev()),
            V::List(list) => {
                list.len().hash(&mut hasher);
                work.extend(list.iter().rev());
            }
            // The order of entries does not matter, so their hashes are summed.
            V::Map(map) => {
                let entries = map.iter().flat_map(|m| m.hashed());
                let sum = entries.fold(0u64, |sum, (hash, _, value)| {
                    let both = (hash, self::hash(value, state));
                    sum.wrapping_add(state.hash_one(both))
                });
                sum.hash(&mut hasher);
            }
            V::Ptr(object) => Rc::as_ptr(object).addr().hash(&mut hasher),
            V::Unit | V::Empty | V::Any(_) | V::Fn(_) | V::Weak(_) => {}
        }
    }
    hasher.finish()
}

/// One pattern for all nans and one for both zeros.
fn canonical_bits(x: f64) -> u64 {
    if x.is_nan() {
        f64::NAN.to_bits()
    } else if x == 0.0 {
        0
    } else {
        x.to_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::RandomState;

    fn floats(xs: &[f64]) -> V {
        V::list(xs.iter().map(|&x| V::Float(x)).collect())
    }

    #[test]
    fn two_equalities() {
        let nan = floats(&[1.0, f64::NAN]);
        assert!(!equal(&nan, &nan, false));
        assert!(equal(&nan, &nan, true));
        let (plus, minus) = (floats(&[0.0]), floats(&[-0.0]));
        assert!(equal(&plus, &minus, false) && equal(&plus, &minus, true));
        let state = RandomState::new();
        assert_eq!(hash(&plus, &state), hash(&minus, &state));
        assert_eq!(hash(&nan, &state), hash(&floats(&[1.0, -f64::NAN]), &state));
    }

    #[test]
    fn order_is_lexicographic() {
        let less = Some(Ordering::Less);
        assert_eq!(compare(&floats(&[1.0]), &floats(&[1.0, 0.0]), false), less);
        assert_eq!(compare(&floats(&[1.0, 9.0]), &floats(&[2.0]), false), less);
        assert_eq!(compare(&floats(&[f64::NAN]), &floats(&[2.0]), false), None);
        assert_eq!(
            compare(&floats(&[f64::NAN]), &floats(&[2.0]), true),
            Some(Ordering::Greater)
        );
        assert_eq!(compare(&V::NONE, &V::some(V::Int(0)), false), less);
        let pair = |a, b| V::pair(V::Int(a), V::Int(b));
        assert_eq!(compare(&pair(1, 2), &pair(1, 3), false), less);
    }

    #[test]
    fn deep_values_do_not_recurse() {
        let deep = || (0..200_000).fold(V::Int(1), |v, _| V::some(v));
        let (a, b) = (deep(), deep());
        assert!(equal(&a, &b, false));
        assert_eq!(compare(&a, &b, true), Some(Ordering::Equal));
        assert!(hash(&a, &RandomState::new()).leading_zeros() <= 64);
        // Leaving scope would recurse; a machine releases by work-list.
        std::mem::forget((a, b));
    }
}
