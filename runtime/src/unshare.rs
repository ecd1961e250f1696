//! `:=` and `copy`: duplicates every container in a value that has more than one holder, at any
//! depth, not through `*T`, `weak` and closures. Also `is_unique`.
//!
//! By work-list. Boxed values and `any` have no storage of their own: where they are shared they
//! are copied so that what is below them can be made sole, but that alone is no event.

use crate::alloc::alloc;
use crate::block::*;
use crate::count::{any_size, release_word, retain_boxed_payload, retain_value};
use crate::ctx::{Cx, desc};
use crate::elem::{Elem, is_live};
use crate::map::MapBlock;
use crate::statics::Get;
use crate::{array, list, map, string, vector};
use cowl_contract::copies::Stored;
use cowl_contract::desc::{HAS_STORAGE, Kind, Ref, TypeDesc};
use cowl_contract::layout::*;
use cowl_contract::planted::{Fault, planted};
use std::ptr;

/// `WEIGH`: sums up what is copied.
struct Walk<const WEIGH: bool> {
    /// Places whose values are still to be looked at.
    work: Vec<(*mut u8, *const TypeDesc)>,
    /// The greatest answer so far: they are ordered.
    met: i32,
    weight: u64,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_unshare(cx: Cx, place: *mut u8, ty: *const TypeDesc) -> i32 {
    unshare::<false>(cx, place, ty).0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_unshare_weighed(cx: Cx, place: *mut u8, ty: *const TypeDesc) -> i32 {
    let (met, weight) = unshare::<true>(cx, place, ty);
    (*cx).unshared = weight;
    met
}

/// What the last `cowl_unshare_weighed` has copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_unshared(cx: Cx) -> i64 {
    (*cx).unshared as i64
}

unsafe fn unshare<const WEIGH: bool>(cx: Cx, place: *mut u8, ty: *const TypeDesc) -> (i32, u64) {
    let mut walk = Walk::<WEIGH> {
        work: vec![(place, ty)],
        met: NO_STORAGE,
        weight: 0,
    };
    while let Some((place, ty)) = walk.work.pop() {
        if desc(ty).has(HAS_STORAGE) {
            walk.step(cx, place, ty);
        }
    }
    (walk.met, walk.weight)
}

impl<const WEIGH: bool> Walk<WEIGH> {
    unsafe fn refs(&mut self, base: *mut u8, refs: &[Ref]) {
        for r in refs {
            self.work.push((base.add(r.offset as usize), r.desc));
        }
    }

    unsafe fn step(&mut self, cx: Cx, place: *mut u8, ty: *const TypeDesc) {
        let d = desc(ty);
        if WEIGH {
            self.weight += weight(place, ty);
        }
        match d.kind {
            Kind::Str => {
                let met = string::status(place);
                self.met = self.met.max(met);
                if met != NO_STORAGE {
                    string::make_sole(cx, place);
                }
            }
            Kind::Tuple | Kind::Struct => self.refs(place, d.refs.get()),
            Kind::Enum => self.refs(place, d.variants.get()[enum_variant(place, d)].refs.get()),
            Kind::List => {
                let elem = Elem::of(ty);
                self.met = self.met.max(list::make_unique(cx, place, ty, elem));
                self.list(cx, word(place).cast(), desc(d.elem), elem, |walk, ptr| {
                    walk.work.push((ptr, d.elem));
                });
            }
            Kind::Array => {
                self.met = self.met.max(array::make_unique(cx, place, 0, ty));
                let elem = Elem::of(ty);
                let value = *place.cast::<ArrayValue>();
                if desc(d.elem).has(HAS_STORAGE) {
                    for i in 0..value.len as usize {
                        self.work.push((value.data.add(i * elem.stride), d.elem));
                    }
                }
            }
            Kind::Map | Kind::Set => {
                self.met = self.met.max(map::make_unique(cx, place));
                let block = word(place).cast::<MapBlock>();
                let holds = desc(d.key).has(HAS_STORAGE) || desc(d.elem).has(HAS_STORAGE);
                if block.is_null() || !holds {
                    return;
                }
                let elem = Elem::entry(ty);
                map::own_entries(cx, block, elem);
                self.list(cx, (*block).entries, d, elem, |walk, ptr| {
                    if is_live(ptr) {
                        walk.work.push((ptr.add(ENTRY_KEY as usize), d.key));
                        if d.kind == Kind::Map {
                            let value = ptr.add(d.value_offset as usize);
                            walk.work.push((value, d.elem));
                        }
                    }
                });
            }
            Kind::Any => {
                let old = word(place);
                let held = (*old.cast::<AnyBox>()).desc;
                if !is_sole(old) {
                    let size = any_size(held);
                    let new = copy_block(cx, old, size);
                    retain_value(new.add(BOX_VALUE as usize), held);
                    release_word(cx, old, ty);
                    set_word(place, new);
                }
                self.work.push((word(place).add(BOX_VALUE as usize), held));
            }
            Kind::Boxed => {
                let old = word(place);
                if is_bare(old) {
                    return;
                }
                let variant = &d.variants.get()[boxed_variant(old)];
                if !is_sole(old) {
                    let new = copy_block(cx, old, variant.block_size as usize);
                    retain_boxed_payload(new, d);
                    release_word(cx, old, ty);
                    set_word(place, new);
                }
                self.refs(word(place), variant.refs.get());
            }
            _ => {}
        }
    }

    /// Visits the elements of a sole list, whose nodes it makes sole.
    unsafe fn list(
        &mut self,
        cx: Cx,
        list: *mut ListBlock,
        holder: &TypeDesc,
        elem: Elem,
        visit: impl Fn(&mut Self, *mut u8),
    ) {
        if list.is_null() || !holder.has(HAS_STORAGE) || planted(Fault::UnshareInner) {
            return;
        }
        let mut i = 0;
        while i < vector::len(list) {
            let (ptr, n) = vector::piece_mut(cx, list, i, elem);
            for k in 0..n {
                visit(self, ptr.add(k * elem.stride));
            }
            i += n;
        }
    }
}

unsafe fn copy_block(cx: Cx, old: *const u8, size: usize) -> *mut u8 {
    let new = alloc(cx, size);
    ptr::copy_nonoverlapping(old, new, size);
    (*new.cast::<Block>()).count = 1;
    new
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_status(_cx: Cx, value: *const u8, ty: *const TypeDesc) -> i32 {
    status(value, ty)
}

unsafe fn status(value: *const u8, ty: *const TypeDesc) -> i32 {
    match desc(ty).kind {
        Kind::Str => string::status(value),
        Kind::List => list::status(word(value).cast()),
        Kind::Array => array::status(value),
        Kind::Map | Kind::Set => map::status(word(value).cast()),
        _ => NO_STORAGE,
    }
}

/// What a change of a value copies, as `copies::Stored` says; 0 if it is not shared.
unsafe fn weight(value: *const u8, ty: *const TypeDesc) -> u64 {
    let d = desc(ty);
    if status(value, ty) != SHARED {
        return 0;
    }
    let (stored, len) = match d.kind {
        Kind::Str => (Stored::Text, string::size(value)),
        Kind::Array => {
            let stride = Elem::of(ty).stride as u32;
            let len = (*value.cast::<ArrayValue>()).len as usize;
            (Stored::Array { stride }, len)
        }
        Kind::List => {
            let stride = Elem::of(ty).stride as u32;
            (Stored::List { stride }, vector::len(word(value).cast()))
        }
        _ => {
            let stride = Elem::entry(ty).stride as u32;
            let len = (*word(value).cast::<MapBlock>()).len as usize;
            (Stored::Entries { stride }, len)
        }
    };
    stored.bytes(len as u64)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_weight(_cx: Cx, value: *const u8, ty: *const TypeDesc) -> i64 {
    weight(value, ty) as i64
}
