//! `--mm=trace`: which objects are dead, found without looking at a count. Marks from the shadow
//! frames and the module constants, with an explicit stack; what is not marked is swept.
//!
//! Only where compiled code waits for nothing but Cowl functions: while the runtime itself is in
//! the middle of something and has called back, what it holds stands in no frame.

use crate::block::Object;
use crate::ctx::Cx;
use crate::edges::{self, Held, Look};

/// In every block's flags: it has been met.
const MARK: u32 = 1 << 4;

struct Marker {
    work: Vec<Held>,
    /// What has been marked, to be unmarked.
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
}

/// Can the roots be known here?
pub unsafe fn is_possible(cx: Cx) -> bool {
    (*cx).activation.is_null()
}

/// The objects that no root leads to, in order of allocation.
pub unsafe fn dead_objects(cx: Cx) -> Vec<*mut Object> {
    let mut marker = Marker {
        work: Vec::new(),
        marked: Vec::new(),
    };
    edges::in_roots(cx, &mut marker);
    while let Some(held) = marker.work.pop() {
        edges::in_block(held, &mut marker);
    }
    let all = (*cx).objects.all.iter().copied();
    let dead = all
        .filter(|&o| !o.is_null() && (*o).flags & MARK == 0)
        .collect();
    for held in marker.marked {
        *held.flags() &= !MARK;
    }
    dead
}
