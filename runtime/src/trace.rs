//! `--mm=trace`: which objects are dead, found without looking at a count. Marks from the shadow
//! frames and the module constants, with an explicit stack; what is not marked is swept.
//!
//! Only where compiled code waits for nothing but Cowl functions: while the runtime itself is in
//! the middle of something and has called back, what it holds stands in no frame.

use crate::block::Object;
use crate::ctx::Cx;
use crate::edges::{self, Held, Look};
use crate::objects;
use cowl_contract::desc::TypeDesc;

/// In every block's flags: it has been met.
const MARK: u32 = 1 << 4;

struct Marker {
    work: Vec<Held>,
    /// The same, of objects.
    objects: Vec<*mut Object>,
    /// What has been marked and is no listed object, to be unmarked.
    marked: Vec<Held>,
}

impl Look for Marker {
    const ALL: bool = false;

    unsafe fn held(&mut self, to: Held) {
        if *to.flags() & MARK == 0 {
            *to.flags() |= MARK;
            self.marked.push(to);
            self.work.push(to);
        }
    }

    #[inline(always)]
    unsafe fn object(&mut self, object: *mut Object, _: *const TypeDesc) {
        if (*object).flags & MARK == 0 {
            (*object).flags |= MARK;
            // In this mode all are listed that have not begun to end.
            self.objects.push(object);
        }
    }
}

/// Can the roots be known here?
pub unsafe fn is_possible(cx: Cx) -> bool {
    (*cx).activation.is_null()
}

/// The objects that no root leads to, in order of allocation.
pub unsafe fn dead_objects(cx: Cx) -> Vec<*mut Object> {
    let mut marker = Marker {
        work: Vec::new(),
        objects: Vec::new(),
        marked: Vec::new(),
    };
    edges::in_roots(cx, &mut marker);
    loop {
        while let Some(object) = marker.objects.pop() {
            edges::in_value(objects::value(object), (*object).desc, &mut marker);
        }
        match marker.work.pop() {
            Some(held) => edges::in_block(held, &mut marker),
            None => break,
        }
    }
    let mut dead = Vec::new();
    for &object in &(*cx).objects.all {
        if object.is_null() {
            continue;
        }
        if (*object).flags & MARK == 0 {
            dead.push(object);
        }
        (*object).flags &= !MARK;
    }
    for held in marker.marked {
        *held.flags() &= !MARK;
    }
    dead
}
