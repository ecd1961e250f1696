//! Objects made by `new`: making, ending, `weak`, and being in change.
//!
//! Objects that can hold others, and those with a `deinit`, are listed in the order of their
//! allocation for the cycle collector (`cycles.rs`); in the modes that check or trace, all are.

use crate::alloc::{alloc, free};
use crate::block::*;
use crate::count::retain_value;
use crate::ctx::{Cx, desc};
use crate::statics::Get;
use crate::{cycles, panic};
use cowl_contract::collect::objects_until_collection;
use cowl_contract::desc::{HAS_OBJECTS, Kind, TypeDesc};
use cowl_contract::layout::*;
use cowl_contract::panic::Panic;
use cowl_contract::planted::{Fault, planted};
use std::ptr;

/// In `flags`: is being collected; `weak` reads none.
pub const DEAD: u32 = 1 << 6;
/// In `flags`: its `deinit` has run.
const DEINIT_DONE: u32 = 1 << 7;
/// The index of an object that is not listed.
const UNLISTED: u32 = u32::MAX;

pub struct Objects {
    /// In order of allocation; null where one has ended.
    pub all: Vec<*mut Object>,
    /// Where they were made, by the same index; kept only in the modes that report it.
    pub sites: Vec<u32>,
    ended: usize,
    /// One with a `deinit` has been listed.
    pub deinits: bool,
    pub allocated: u64,
    pub freed: u64,
    pub collected: u64,
    /// Since the last collection.
    pub made: u64,
    pub threshold: u64,
    /// So many new objects are a reason instead, whatever lives; 0: each `new` collects.
    stress: Option<u32>,
    pub collecting: bool,
    /// What ends now was found dead by the collector.
    pub sweeping: bool,
}

impl Objects {
    pub fn new() -> Objects {
        Objects {
            all: Vec::new(),
            sites: Vec::new(),
            ended: 0,
            deinits: false,
            allocated: 0,
            freed: 0,
            collected: 0,
            made: 0,
            threshold: objects_until_collection(None, 0, 0),
            stress: None,
            collecting: false,
            sweeping: false,
        }
    }

    pub fn live(&self) -> u64 {
        self.allocated - self.freed - self.collected
    }

    pub fn set_stress(&mut self, stress: Option<u32>) {
        self.stress = stress;
        self.reset_threshold();
    }

    /// After a collection.
    pub fn reset_threshold(&mut self) {
        self.made = 0;
        self.threshold = objects_until_collection(self.stress, self.live(), self.allocated);
    }
}

unsafe fn list(cx: Cx, object: *mut Object) {
    let objects = &mut (*cx).objects;
    if objects.ended > 64 && objects.ended * 2 > objects.all.len() {
        drop_ended(cx);
    }
    let objects = &mut (*cx).objects;
    (*object).index = objects.all.len() as u32;
    objects.all.push(object);
}

/// Are all objects listed, and where each was made?
pub unsafe fn keeps_all(cx: Cx) -> bool {
    (*cx).options.mm != Mm::Rc as u8 || (*cx).options.leaks != 0
}

/// Where a listed object was made, in the modes that keep it.
pub unsafe fn site(cx: Cx, object: *mut Object) -> Option<Site> {
    if !is_listed(object) {
        return None;
    }
    let program = (*cx).program.as_ref()?;
    let sites = &(*cx).objects.sites;
    let site = *sites.get((*object).index as usize)?;
    program.sites.get().get(site as usize).copied()
}

/// A type's name without arguments, as messages say it.
pub unsafe fn type_name(d: &TypeDesc) -> &'static str {
    match d.kind {
        Kind::Bool => "bool",
        Kind::Char => "char",
        Kind::I8 => "i8",
        Kind::I16 => "i16",
        Kind::I32 => "i32",
        Kind::I64 => "int",
        Kind::U8 => "u8",
        Kind::U16 => "u16",
        Kind::U32 => "u32",
        Kind::U64 => "u64",
        Kind::F32 => "f32",
        Kind::F64 => "float",
        Kind::Str => "string",
        Kind::Tuple => "tuple",
        Kind::List => "List",
        Kind::Array => "Array",
        Kind::Map => "Map",
        Kind::Set => "Set",
        Kind::Struct | Kind::Enum | Kind::Boxed => d.name.get(),
        Kind::PtrOption => "Option",
        Kind::Ptr | Kind::Weak | Kind::Fn | Kind::Any => "value",
    }
}

/// Closes the gaps of the list.
pub unsafe fn drop_ended(cx: Cx) {
    let objects = &mut (*cx).objects;
    if objects.ended == 0 {
        return;
    }
    let mut left = 0;
    for i in 0..objects.all.len() {
        let object = objects.all[i];
        if !object.is_null() {
            (*object).index = left as u32;
            objects.all[left] = object;
            if !objects.sites.is_empty() {
                objects.sites[left] = objects.sites[i];
            }
            left += 1;
        }
    }
    objects.all.truncate(left);
    objects.sites.truncate(left);
    objects.ended = 0;
}

/// Is it looked into by the cycle collector for its own sake?
#[inline(always)]
pub unsafe fn is_listed(object: *mut Object) -> bool {
    (*object).index != UNLISTED
}

unsafe fn unlist(cx: Cx, object: *mut Object) {
    if (*object).index != UNLISTED {
        (&mut (*cx).objects.all)[(*object).index as usize] = ptr::null_mut();
        (*object).index = UNLISTED;
        (*cx).objects.ended += 1;
    }
}

pub unsafe fn size(object: *const Object) -> usize {
    OBJECT_VALUE as usize + desc((*object).desc).size as usize
}

pub unsafe fn value(object: *mut Object) -> *mut u8 {
    object.cast::<u8>().add(OBJECT_VALUE as usize)
}

/// Runs the user's `deinit`, if there is one, with a share of the value. An object dies once: by its
/// count, or in a collection, which holds the dead meanwhile.
pub unsafe fn deinit(cx: Cx, object: *mut Object) -> bool {
    let Some(deinit) = desc((*object).desc).deinit else {
        return false;
    };
    debug_assert!((*object).flags & DEINIT_DONE == 0, "a second `deinit`");
    (*object).flags |= DEINIT_DONE;
    let value = value(object);
    retain_value(value, (*object).desc);
    panic::call_back(cx, || deinit(cx.cast(), value));
    true
}

/// The last holder of an object is gone: what comes before its fields end.
pub unsafe fn begin_free(cx: Cx, object: *mut Object) {
    (*object).count = 0;
    // Its memory stays at least until `end_free`.
    retain_weak(object.cast());
    unlist(cx, object);
    if (*cx).objects.sweeping {
        (*cx).objects.collected += 1;
    } else {
        (*cx).objects.freed += 1;
    }
    deinit(cx, object);
}

/// The fields have ended.
pub unsafe fn end_free(cx: Cx, object: *mut Object) {
    release_weak(cx, object.cast());
}

/// Ends an object that the collector found dead and whose fields have ended.
pub unsafe fn end_collected(cx: Cx, object: *mut Object) {
    unlist(cx, object);
    (*cx).objects.collected += 1;
    end_plain(cx, object, size(object));
}

/// The same for an object that stands in no list any more, uncounted.
#[inline(always)]
pub unsafe fn end_plain(cx: Cx, object: *mut Object, size: usize) {
    if (*object).weak == 0 {
        return free(cx, object.cast(), size);
    }
    (*object).index = UNLISTED;
    (*object).count = 0;
}

pub unsafe fn retain_weak(weak: *mut u8) {
    if !weak.is_null() {
        let object = weak.cast::<Object>();
        // Like other counts, one that is full stays.
        (*object).weak = (*object).weak.saturating_add(1);
    }
}

pub unsafe fn release_weak(cx: Cx, weak: *mut u8) {
    if weak.is_null() {
        return;
    }
    let object = weak.cast::<Object>();
    if (*object).weak != u32::MAX {
        (*object).weak -= 1;
    }
    let ended = (*object).count == 0 || planted(Fault::WeakFreesEarly);
    if (*object).weak == 0 && ended {
        free(cx, weak, size(object));
    }
}

// ---- entries

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_object_new(cx: Cx, ty: *const TypeDesc, site: u32) -> *mut u8 {
    if (*cx).objects.made >= (*cx).objects.threshold {
        cycles::collect(cx);
    }
    let d = desc(ty);
    let object = alloc(cx, OBJECT_VALUE as usize + d.size as usize).cast::<Object>();
    object.write(Object {
        count: 1,
        flags: 0,
        desc: ty,
        weak: 0,
        index: UNLISTED,
    });
    let may_be_dead = d.has(HAS_OBJECTS) && !planted(Fault::CycleCandidateLost);
    if keeps_all(cx) {
        list(cx, object);
        (*cx).objects.sites.push(site);
    } else if may_be_dead || d.deinit.is_some() {
        list(cx, object);
    }
    let objects = &mut (*cx).objects;
    objects.deinits |= d.deinit.is_some();
    objects.allocated += 1;
    objects.made += 1;
    object.cast()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_weak_retain(_cx: Cx, weak: *mut u8) {
    retain_weak(weak);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_weak_release(cx: Cx, weak: *mut u8) {
    release_weak(cx, weak);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_weak_get(_cx: Cx, weak: *mut u8) -> *mut u8 {
    if weak.is_null() {
        return weak;
    }
    let object = weak.cast::<Object>();
    let ended = (*object).count == 0 || (*object).flags & DEAD != 0;
    if ended && !planted(Fault::WeakNotCleared) {
        return ptr::null_mut();
    }
    retain(weak);
    weak
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_gc(cx: Cx) -> i64 {
    cycles::collect(cx) as i64
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_gc_count(cx: Cx, which: i64) -> i64 {
    let objects = &(*cx).objects;
    let n = match which {
        0 => objects.live(),
        1 => objects.allocated,
        2 => objects.freed,
        _ => objects.collected,
    };
    n as i64
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_change_begin(cx: Cx, object: *mut u8, field: i32) {
    cowl_change_check(cx, object, field);
    (*cx).in_change.push((object, field));
    (*object.cast::<Object>()).flags |= OBJECT_IN_CHANGE;
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_change_end(cx: Cx, object: *mut u8, field: i32) {
    let list = &mut (*cx).in_change;
    if let Some(at) = list.iter().rposition(|&c| c == (object, field)) {
        list.remove(at);
    }
    if !list.iter().any(|&(o, _)| o == object) {
        (*object.cast::<Object>()).flags &= !OBJECT_IN_CHANGE;
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_change_check(cx: Cx, object: *mut u8, field: i32) {
    if (*object.cast::<Object>()).flags & OBJECT_IN_CHANGE == 0 {
        return;
    }
    // The whole object first, then the first of its fields.
    let of_object = || (*cx).in_change.iter().filter(|&&(o, _)| o == object);
    let d = desc((*object.cast::<Object>()).desc);
    if of_object().any(|&(_, f)| f == -1) {
        let ty = type_name(d);
        panic::panic(cx, Panic::ObjectInChange { ty });
    }
    let hit = of_object()
        .map(|&(_, f)| f)
        .filter(|&f| field == -1 || f == field)
        .min();
    if let Some(at) = hit {
        let field = d.fields.get().get(at as usize).map_or("", |f| f.name.get());
        panic::panic(cx, Panic::FieldInChange { field });
    }
}
