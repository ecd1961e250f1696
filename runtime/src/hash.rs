//! The hash of keys: seeded per process, equal for values that the total equality calls equal.
//! No program sees a hash, and no order depends on one.
//!
//! Integers and strings have short ways; other types go by their descs, with a work-list.

use crate::block::*;
use crate::ctx::{Ctx, Cx, desc};
use crate::elem::{Elem, is_live};
use crate::map::{self, MapBlock};
use crate::statics::Get;
use crate::{string, vector};
use cowl_contract::desc::{BITWISE, Field, Kind, TypeDesc};
use std::hash::{BuildHasher, RandomState};

const K: u64 = 0x9e37_79b9_7f4a_7c15;

/// Fresh entropy from where the standard library takes its own.
pub fn random_seed() -> u64 {
    RandomState::new().hash_one(0u8)
}

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let r = u128::from(a) * u128::from(b);
    r as u64 ^ (r >> 64) as u64
}

#[inline(always)]
fn mix(h: u64, x: u64) -> u64 {
    fold(h ^ x, K ^ h.rotate_left(32))
}

/// What is kept of a hash.
#[inline(always)]
fn short(h: u64) -> u32 {
    (h ^ (h >> 32)) as u32
}

/// The hash of a key.
#[inline]
pub unsafe fn key(cx: Cx, value: *const u8, ty: *const TypeDesc) -> u32 {
    let seed = (*cx).seed;
    let d = desc(ty);
    let h = match d.kind {
        Kind::I64 | Kind::U64 | Kind::Ptr => mix(seed, *value.cast::<u64>()),
        Kind::I32 | Kind::U32 | Kind::Char => mix(seed, u64::from(*value.cast::<u32>())),
        Kind::Str => text(seed, string::bytes(value)),
        _ => general(cx, seed, value, ty),
    };
    short(h)
}

/// Any bytes.
pub fn text(seed: u64, bytes: &[u8]) -> u64 {
    let mut h = seed ^ (bytes.len() as u64).wrapping_mul(K);
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk::<16>() {
        let (a, b) = chunk.split_at(8);
        h = fold(word_of(a) ^ h, word_of(b) ^ K.rotate_left(17) ^ seed);
        rest = after;
    }
    if rest.len() >= 8 {
        let (a, b) = rest.split_at(8);
        h = mix(h, word_of(a));
        rest = b;
    }
    if !rest.is_empty() {
        h = mix(h, word_of(rest));
    }
    fold(h, seed | 1)
}

/// Up to 8 bytes.
#[inline(always)]
fn word_of(bytes: &[u8]) -> u64 {
    let mut raw = [0; 8];
    raw[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(raw)
}

enum Task {
    Value(*const u8, *const TypeDesc),
    List(*const ListBlock, usize, *const TypeDesc),
    Array(ArrayValue, usize, *const TypeDesc),
}

unsafe fn general(cx: Cx, seed: u64, value: *const u8, ty: *const TypeDesc) -> u64 {
    let mut work = vec![Task::Value(value, ty)];
    let mut h = seed;
    while let Some(task) = work.pop() {
        match task {
            Task::Value(value, ty) => h = step(cx, h, value, ty, &mut work),
            Task::List(list, at, ty) => {
                if at < vector::len(list) {
                    work.push(Task::List(list, at + 1, ty));
                    work.push(Task::Value(vector::at(list, at, Elem::value(ty)), ty));
                }
            }
            Task::Array(array, at, ty) => {
                if at < array.len as usize {
                    work.push(Task::Array(array, at + 1, ty));
                    let stride = Elem::value(ty).stride;
                    work.push(Task::Value(array.data.add(at * stride), ty));
                }
            }
        }
    }
    h
}

fn float(x: f64) -> u64 {
    if x.is_nan() {
        K
    } else if x == 0.0 {
        0
    } else {
        x.to_bits()
    }
}

unsafe fn step(cx: Cx, h: u64, value: *const u8, ty: *const TypeDesc, work: &mut Vec<Task>) -> u64 {
    let d = desc(ty);
    match d.kind {
        Kind::Bool | Kind::I8 | Kind::U8 => mix(h, u64::from(*value)),
        Kind::I16 | Kind::U16 => mix(h, u64::from(*value.cast::<u16>())),
        Kind::I32 | Kind::U32 | Kind::Char => mix(h, u64::from(*value.cast::<u32>())),
        Kind::I64 | Kind::U64 | Kind::Ptr | Kind::PtrOption | Kind::Weak | Kind::Fn | Kind::Any => {
            mix(h, *value.cast::<u64>())
        }
        Kind::F32 => mix(h, float(f64::from(*value.cast::<f32>()))),
        Kind::F64 => mix(h, float(*value.cast::<f64>())),
        Kind::Str => text(h, string::bytes(value)),
        Kind::Tuple | Kind::Struct => {
            if d.has(BITWISE) {
                let raw = std::slice::from_raw_parts(value, d.size as usize);
                return text(h, raw);
            }
            push_fields(value, d.fields.get(), work);
            h
        }
        Kind::Enum => {
            let variant = enum_variant(value, d);
            push_fields(value, d.variants.get()[variant].fields.get(), work);
            mix(h, variant as u64)
        }
        Kind::Boxed => {
            let w = word(value);
            let variant = boxed_variant(w);
            if !is_bare(w) {
                push_fields(w, d.variants.get()[variant].fields.get(), work);
            }
            mix(h, variant as u64)
        }
        Kind::List => {
            let list = word(value).cast();
            work.push(Task::List(list, 0, d.elem));
            mix(h, vector::len(list) as u64)
        }
        Kind::Array => {
            let array = *value.cast::<ArrayValue>();
            work.push(Task::Array(array, 0, d.elem));
            mix(h, array.len as u64)
        }
        Kind::Map | Kind::Set => mix(h, unordered(cx, word(value).cast(), ty)),
    }
}

unsafe fn push_fields(base: *const u8, fields: &[Field], work: &mut Vec<Task>) {
    for field in fields.iter().rev() {
        work.push(Task::Value(base.add(field.offset as usize), field.desc));
    }
}

/// A sum over the entries, so that their order does not matter.
unsafe fn unordered(cx: Cx, map: *const MapBlock, ty: *const TypeDesc) -> u64 {
    let d = desc(ty);
    let mut sum = map::len(map) as u64;
    for pos in 0..map::end(map) {
        let entry = map::entry_at(map, pos, ty);
        if is_live(entry) {
            let mut h = mix((*cx).seed, u64::from(map::hash_of(entry)));
            if d.kind == Kind::Map {
                h = general(cx, h, entry.add(d.value_offset as usize), d.elem);
            }
            sum = sum.wrapping_add(h);
        }
    }
    sum
}

impl Ctx {
    /// Fixes the seed, so that a test can be run again.
    pub fn set_seed(&mut self, seed: u64) {
        self.seed = seed;
    }
}
