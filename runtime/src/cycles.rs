//! The collection of dead cycles, in all memory modes: finding the dead, their `deinit`s, their end.
//!
//! Without a tracer (`trace.rs`) they are found by trial deletion on the counts themselves. Every
//! listed object, and every container, boxed value, closure, `any` and unlisted object that these
//! lead to, first loses the references that come from them; what has references left is held from
//! outside, and so is all that it leads to, which gets its references back. The rest is dead.
//!
//! Where the dead are nothing but objects without a `deinit`, they end at once, their references to
//! one another gone already. Else they get their references back, so that `deinit`s see whole
//! values; then these run in order of allocation, and the fields end in the same order.
//!
//! The marks stand in bits 4 and 5 of every block's flags and are gone afterwards. No recursion;
//! the time is linear in the objects and in what they hold.

use crate::block::*;
use crate::count::release_value;
use crate::ctx::{Cx, desc};
use crate::edges::{self, Alike, Held, Look, What};
use crate::objects::{self, DEAD};
use crate::statics::Get;
use crate::{audit, panic, trace};
use cowl_contract::desc::{HAS_OBJECTS, HAS_REFS, Kind, TypeDesc};
use cowl_contract::layout::*;
use cowl_contract::panic::Panic;
use cowl_contract::planted::{Fault, planted};

/// Its references to others have been taken away.
const GRAY: u32 = 1 << 4;
/// It is held from outside; its references have been given back.
const BLACK: u32 = 1 << 5;

/// Takes the references away that come from listed objects and what they lead to.
struct Subtract {
    work: Vec<Held>,
    /// All blocks that are no listed objects and have been met.
    others: Vec<Held>,
}

impl Look for Subtract {
    const ALL: bool = false;

    #[inline(always)]
    unsafe fn held(&mut self, to: Held) {
        let count = to.count();
        if *count < IMMORTAL {
            *count -= 1;
        }
        if to.object().is_some_and(|o| objects::is_listed(o)) {
            return;
        }
        if *to.flags() & GRAY == 0 {
            *to.flags() |= GRAY;
            self.others.push(to);
            self.work.push(to);
        }
    }

    #[inline(always)]
    unsafe fn object(&mut self, object: *mut Object, desc: *const TypeDesc) {
        let listed = objects::is_listed(object) && (*object).count < IMMORTAL;
        if listed {
            (*object).count -= 1;
        } else {
            self.held(Held {
                ptr: object.cast(),
                desc,
                what: What::Value,
            });
        }
    }
}

/// Gives references back, to all that is behind what is given back.
struct GiveBack {
    objects: Vec<*mut Object>,
    work: Vec<Held>,
}

impl Look for GiveBack {
    const ALL: bool = false;

    #[inline(always)]
    unsafe fn held(&mut self, to: Held) {
        let count = to.count();
        if *count < IMMORTAL {
            *count += 1;
        }
        if *to.flags() & BLACK == 0 {
            *to.flags() |= BLACK;
            self.work.push(to);
        }
    }

    #[inline(always)]
    unsafe fn object(&mut self, object: *mut Object, _: *const TypeDesc) {
        if (*object).count < IMMORTAL {
            (*object).count += 1;
        }
        if (*object).flags & BLACK == 0 {
            (*object).flags |= BLACK;
            self.objects.push(object);
        }
    }
}

impl GiveBack {
    /// For all that is behind what has been pushed.
    unsafe fn run(&mut self, alike: &mut Alike) {
        loop {
            while let Some(object) = self.objects.pop() {
                alike.in_object(object, self);
            }
            match self.work.pop() {
                Some(held) => edges::in_block(held, self),
                None => return,
            }
        }
    }
}

/// What trial deletion finds.
struct Dead {
    /// The listed objects that nothing outside of them holds, in order of allocation; unmarked, and
    /// their references to others still taken away.
    objects: Vec<*mut Object>,
    /// What else only they hold.
    others: Vec<Held>,
    /// There are only objects, and no `deinit` to be run; they are listed no more.
    plain: bool,
}

/// Closes the gaps of the objects' list; takes what is dead away from it if that is plain and
/// `may_unlist`.
unsafe fn trial_deletion(cx: Cx, may_unlist: bool) -> Dead {
    objects::drop_ended(cx);
    let all = std::mem::take(&mut (*cx).objects.all);
    let mut subtract = Subtract {
        work: Vec::new(),
        others: Vec::new(),
    };
    let mut alike = Alike::new();
    for &object in &all {
        alike.in_object(object, &mut subtract);
        while let Some(held) = subtract.work.pop() {
            edges::in_block(held, &mut subtract);
        }
    }
    let Subtract { work, mut others } = subtract;
    let mut give_back = GiveBack {
        objects: Vec::new(),
        work,
    };
    for &object in &all {
        if (*object).count != 0 && (*object).flags & BLACK == 0 {
            (*object).flags |= BLACK;
            if planted(Fault::CycleBlackSkipped) {
                continue;
            }
            give_back.objects.push(object);
            give_back.run(&mut alike);
        }
    }
    for &held in &others {
        if planted(Fault::CycleHeldMissed) {
            break;
        }
        if *held.count() != 0 && *held.flags() & BLACK == 0 {
            *held.flags() |= BLACK;
            give_back.work.push(held);
            give_back.run(&mut alike);
        }
    }
    let plain = may_unlist
        && others
            .iter()
            .all(|&held| *held.flags() & BLACK != 0 || held.object().is_some())
        && (!(*cx).objects.deinits
            || all
                .iter()
                .all(|&o| (*o).flags & BLACK != 0 || desc((*o).desc).deinit.is_none()));
    let mut dead = Vec::new();
    let mut kept = 0;
    let mut list = all;
    for i in 0..list.len() {
        let object = list[i];
        if (*object).flags & BLACK == 0 {
            dead.push(object);
            if plain {
                // A weak reference among the dead that ends first must not free it.
                (*object).count = 1;
                continue;
            }
        }
        (*object).flags &= !BLACK;
        (*object).index = kept as u32;
        list[kept] = object;
        kept += 1;
    }
    list.truncate(kept);
    (*cx).objects.all = list;
    others.retain(|held| {
        let is_dead = *held.flags() & BLACK == 0;
        *held.flags() &= !(GRAY | BLACK);
        is_dead
    });
    Dead {
        objects: dead,
        others,
        plain,
    }
}

/// Gives the dead their references to others back.
unsafe fn restore(dead: &Dead) {
    struct Again;
    impl Look for Again {
        const ALL: bool = false;

        unsafe fn held(&mut self, to: Held) {
            let count = to.count();
            if *count < IMMORTAL {
                *count += 1;
            }
        }
    }
    for &object in &dead.objects {
        edges::in_value(objects::value(object), (*object).desc, &mut Again);
    }
    for &held in &dead.others {
        edges::in_block(held, &mut Again);
    }
}

/// The listed objects that a collection would end now, in order of allocation.
pub unsafe fn dead_objects(cx: Cx) -> Vec<*mut Object> {
    let dead = trial_deletion(cx, false);
    restore(&dead);
    dead.objects
}

/// Collects now; how many objects that ended.
pub unsafe fn collect(cx: Cx) -> u64 {
    if (*cx).objects.collecting {
        return 0;
    }
    (*cx).objects.collecting = true;
    let before = (*cx).objects.collected;
    let mut ran = false;
    if (*cx).options.mm == Mm::Trace as u8 && trace::is_possible(cx) {
        let dead = trace::dead_objects(cx);
        ran = end_dead(cx, dead, &[]);
    } else {
        let dead = trial_deletion(cx, !objects::keeps_all(cx));
        if dead.plain {
            end_plain(cx, &dead);
        } else {
            restore(&dead);
            let leaves: Vec<*mut Object> = dead.others.iter().filter_map(|h| h.object()).collect();
            ran = end_dead(cx, dead.objects, &leaves);
        }
    }
    (*cx).objects.reset_threshold();
    (*cx).objects.collecting = false;
    let collected = (*cx).objects.collected - before;
    if (*cx).options.mm == Mm::Audit as u8 {
        // What a `deinit` left dead waits for the next collection.
        audit::audit(cx, !ran);
    }
    collected
}

/// Ends dead objects, unlisted and without the references to one another.
unsafe fn end_plain(cx: Cx, dead: &Dead) {
    let leaves = dead.others.iter().filter_map(|held| held.object());
    for leaf in leaves.clone() {
        (*leaf).count = 1;
    }
    // Many of one type come together.
    let mut last: *const TypeDesc = std::ptr::null();
    let (mut only_pointers, mut size) = (false, 0);
    let mut ended = 0;
    for object in dead.objects.iter().copied().chain(leaves) {
        let ty = (*object).desc;
        if ty != last {
            last = ty;
            only_pointers = edges::only_pointers(ty).is_some();
            size = objects::size(object);
        }
        if !only_pointers {
            release_plain(cx, objects::value(object), ty);
        }
        objects::end_plain(cx, object, size);
        ended += 1;
    }
    (*cx).objects.collected += ended;
}

/// Releases what can lead to no objects.
unsafe fn release_plain(cx: Cx, value: *const u8, ty: *const TypeDesc) {
    let d = desc(ty);
    if !d.has(HAS_OBJECTS) {
        if d.has(HAS_REFS) {
            release_value(cx, value, ty);
        }
        return;
    }
    let refs = match d.kind {
        Kind::Tuple | Kind::Struct => d.refs,
        Kind::Enum => d.variants.get()[enum_variant(value, d)].refs,
        _ => return,
    };
    for r in refs.get() {
        release_plain(cx, value.add(r.offset as usize), r.desc);
    }
}

/// Ends dead listed objects whose counts are whole. `leaves`: unlisted objects that only they hold.
/// Did a `deinit` run?
unsafe fn end_dead(cx: Cx, dead: Vec<*mut Object>, leaves: &[*mut Object]) -> bool {
    if dead.is_empty() {
        return false;
    }
    for &object in &dead {
        (*object).flags |= DEAD;
        retain(object.cast());
    }
    let mut ran = false;
    if dead.iter().any(|&o| desc((*o).desc).deinit.is_some()) {
        for &object in leaves {
            (*object).flags |= DEAD;
            retain(object.cast());
        }
        for &object in &dead {
            ran |= objects::deinit(cx, object);
        }
        if ran {
            nothing_is_saved(cx, dead.iter().chain(leaves).copied());
        }
        (*cx).objects.sweeping = true;
        for &object in leaves {
            (*object).flags &= !DEAD;
            release_value(cx, (&raw const object).cast(), crate::known::POINTER);
        }
        (*cx).objects.sweeping = false;
    }
    (*cx).objects.sweeping = true;
    for &object in &dead {
        release_value(cx, objects::value(object), (*object).desc);
    }
    (*cx).objects.sweeping = false;
    for &object in &dead {
        objects::end_collected(cx, object);
    }
    ran
}

/// Panics if a `deinit` has put one of the dead where it would live on: anywhere outside of them.
/// Of several, the type whose name comes first is named. Our own reference to each is not counted.
unsafe fn nothing_is_saved(cx: Cx, dead: impl Iterator<Item = *mut Object>) {
    let objects: Vec<*mut Object> = dead.collect();
    let mut subtract = Subtract {
        work: Vec::new(),
        others: Vec::new(),
    };
    for &object in &objects {
        (*object).count -= 1;
        edges::in_value(objects::value(object), (*object).desc, &mut subtract);
        while let Some(held) = subtract.work.pop() {
            edges::in_block(held, &mut subtract);
        }
    }
    let mut saved = Saved {
        containers: Vec::new(),
        name: None,
    };
    for &object in &objects {
        if (*object).count != 0 {
            saved.object(object);
        }
    }
    for &held in &subtract.others {
        if *held.count() != 0 {
            saved.held(held);
        }
    }
    while let Some(held) = saved.containers.pop() {
        edges::in_block(held, &mut saved);
    }
    if let Some(ty) = saved.name {
        panic::panic(cx, Panic::BeingFreed { ty });
    }
    for &held in &subtract.others {
        *held.flags() &= !(GRAY | BLACK);
    }
    let dead = Dead {
        objects,
        others: subtract.others,
        plain: false,
    };
    restore(&dead);
    for &object in &dead.objects {
        (*object).count += 1;
    }
}

/// Looks for dead objects behind what is held from outside; through no object.
struct Saved {
    containers: Vec<Held>,
    name: Option<&'static str>,
}

impl Saved {
    unsafe fn object(&mut self, object: *mut Object) {
        let name = objects::type_name(desc((*object).desc));
        if (*object).flags & DEAD != 0 && self.name.is_none_or(|n| name < n) {
            self.name = Some(name);
        }
    }
}

impl Look for Saved {
    const ALL: bool = false;

    unsafe fn held(&mut self, to: Held) {
        if let Some(object) = to.object() {
            self.object(object);
        } else if *to.flags() & BLACK == 0 {
            *to.flags() |= BLACK;
            self.containers.push(to);
        }
    }
}
