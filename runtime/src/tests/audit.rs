//! The audit and the tracer on hand-made shadow frames: right counts pass, each planted fault is
//! found, and nothing that a root leads to is taken for dead.

use super::types::{self, Node};
use crate::alloc::{alloc, free};
use crate::audit::findings;
use crate::block::{Block, Object, retain, set_word};
use crate::count::{release_value, retain_value};
use crate::ctx::{Ctx, Cx};
use crate::cycles::collect;
use crate::list::cowl_list_push;
use crate::objects::*;
use cowl_contract::layout::*;
use std::ptr;

/// A shadow frame with one root, as compiled code lays it out.
#[repr(C)]
struct Frame {
    head: ShadowFrame,
    value: *mut u8,
}

struct World {
    cx: Cx,
    node: Node,
    frame: Box<Frame>,
    _root: Box<Root>,
    _ctx: Box<Ctx>,
}

impl World {
    fn new(mm: Mm) -> World {
        let mut ctx = Ctx::new();
        let cx: Cx = &raw mut *ctx;
        ctx.options.mm = mm as u8;
        ctx.arena.guard = Some(Box::default());
        let node = types::node(None);
        let root = Box::new(Root {
            at: size_of::<ShadowFrame>(),
            desc: node.pointer,
        });
        let mut frame = Box::new(Frame {
            head: ShadowFrame {
                parent: ptr::null_mut(),
                num_roots: 1,
                roots: &raw const *root,
            },
            value: ptr::null_mut(),
        });
        ctx.head.shadow = (&raw mut *frame).cast();
        World {
            cx,
            node,
            frame,
            _root: root,
            _ctx: ctx,
        }
    }

    unsafe fn node(&self) -> *mut u8 {
        let object = cowl_object_new(self.cx, self.node.value, 0);
        let value = object.add(OBJECT_VALUE as usize);
        *value.cast::<i64>() = 7;
        set_word(value.add(8), ptr::null_mut());
        set_word(value.add(16), ptr::null_mut());
        object
    }

    /// `from.next = to`, `to` moved in.
    unsafe fn link(&self, from: *mut u8, to: *mut u8) {
        set_word(from.add(OBJECT_VALUE as usize + 8), to);
    }

    unsafe fn push(&self, from: *mut u8, to: *mut u8) {
        let mut value = to;
        let place = from.add(OBJECT_VALUE as usize + 16);
        cowl_list_push(self.cx, place, (&raw mut value).cast(), self.node.list);
    }

    /// A root that holds a -> b, with a list of 40 more in a, and b in it again.
    unsafe fn graph(&mut self) -> (*mut u8, *mut u8) {
        let (a, b) = (self.node(), self.node());
        self.frame.value = a;
        self.link(a, b);
        for _ in 0..40 {
            let other = self.node();
            self.push(a, other);
        }
        retain(b);
        self.push(a, b);
        (a, b)
    }

    unsafe fn found(&self) -> Vec<String> {
        findings(self.cx, true)
    }

    unsafe fn end(&mut self) {
        let root = std::mem::replace(&mut self.frame.value, ptr::null_mut());
        release_value(self.cx, (&raw const root).cast(), self.node.pointer);
        assert_eq!(self.found(), Vec::<String>::new());
        assert_eq!((*self.cx).objects.live(), 0);
    }
}

fn with_world(mm: Mm, test: impl FnOnce(&mut World)) {
    let mut world = World::new(mm);
    test(&mut world);
    // SAFETY: as in the tests.
    unsafe { world.end() }
}

unsafe fn block<'a>(ptr: *mut u8) -> &'a mut Block {
    &mut *ptr.cast::<Block>()
}

#[test]
fn a_planted_wrong_count_is_found() {
    with_world(Mm::Audit, |w| {
        // SAFETY: values made here, used as their descs say; planted counts are put right again.
        unsafe {
            let (a, b) = w.graph();
            assert_eq!(w.found(), Vec::<String>::new());
            block(b).count += 1;
            assert_eq!(w.found(), ["*Node: its count is 3, 2 references found"]);
            block(b).count -= 2;
            assert_eq!(w.found(), ["*Node: its count is 1, 2 references found"]);
            block(b).count += 1;
            let list = *a.add(OBJECT_VALUE as usize + 16).cast::<*mut u8>();
            block(list).count = 5;
            assert_eq!(
                w.found(),
                ["List<*Node>: its count is 5, 1 reference found"]
            );
            block(list).count = 1;
            let leaf = *list.add(LIST_ROOT as usize).cast::<*mut u8>();
            block(leaf).count = 2;
            assert_eq!(
                w.found(),
                ["a node of List<*Node>: its count is 2, 1 reference found"]
            );
            block(leaf).count = 1;
            (*b.cast::<Object>()).weak = 1;
            assert_eq!(w.found(), ["*Node: its weak count is 1, 0 `weak` found"]);
            (*b.cast::<Object>()).weak = 0;
        }
    });
}

#[test]
fn what_nothing_leads_to_is_found() {
    with_world(Mm::Audit, |w| {
        // SAFETY: as above.
        unsafe {
            w.graph();
            let lost = w.node();
            assert_eq!(w.found(), ["*Node: unreachable, its count is 1"]);
            release_value(w.cx, (&raw const lost).cast(), w.node.pointer);
            let lost = alloc(w.cx, 40);
            block(lost).count = 3;
            assert_eq!(
                w.found(),
                ["a block of 40 bytes: unreachable, its first word is 3"]
            );
            free(w.cx, lost, 40);
        }
    });
}

#[test]
fn a_reference_to_freed_memory_is_found_without_following_it() {
    with_world(Mm::Audit, |w| {
        // SAFETY: the dangling pointer is taken away again before anything follows it.
        unsafe {
            let (_, b) = w.graph();
            let gone = w.node();
            release_value(w.cx, (&raw const gone).cast(), w.node.pointer);
            w.link(b, gone);
            let found = w.found();
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].ends_with("a reference to one that has been freed"));
            w.link(b, ptr::null_mut());
        }
    });
}

#[test]
fn freed_memory_is_poisoned_and_watched() {
    with_world(Mm::Audit, |w| {
        // SAFETY: the guard keeps the block back, so writing to it harms nobody.
        unsafe {
            let gone = alloc(w.cx, 24);
            free(w.cx, gone, 24);
            assert_eq!(*gone, 0xdb);
            let guard = (*w.cx).arena.guard.as_mut().expect("set above");
            assert_eq!(guard.check_freed(), Ok(()));
            *gone.add(9) = 1;
            assert!(guard.check_freed().is_err());
            *gone.add(9) = 0xdb;
            assert!(guard.free(gone, 24).is_err());
            let block = guard.alloc(24);
            assert!(guard.free(block, 32).is_err());
            // A program ends there; this one goes on, and the guard has let go of the block.
            let layout = std::alloc::Layout::from_size_align(24, 8).expect("8 is a power of two");
            std::alloc::dealloc(block, layout);
        }
    });
}

#[test]
fn the_tracer_and_trial_deletion_find_the_same() {
    for mm in [Mm::Rc, Mm::Trace, Mm::Audit] {
        with_world(mm, |w| {
            // SAFETY: as above.
            unsafe {
                let (a, b) = w.graph();
                // Two dead cycles: one that points into the live graph and holds a list, and a
                // self-cycle; and one that is alive through b.
                let (c, d) = (w.node(), w.node());
                w.link(c, d);
                w.link(d, c);
                retain_value((&raw const a).cast(), w.node.pointer);
                w.push(d, a);
                let own = w.node();
                w.link(own, own);
                let (e, f) = (w.node(), w.node());
                w.link(e, f);
                retain(e);
                w.link(f, e);
                w.link(b, e);
                assert_eq!(collect(w.cx), 3, "{mm:?}");
                assert_eq!(collect(w.cx), 0);
                assert_eq!(w.found(), Vec::<String>::new());
                // Now the last one dies.
                w.link(b, ptr::null_mut());
                block(e).count -= 1;
                assert_eq!(collect(w.cx), 2, "{mm:?}");
                assert_eq!(w.found(), Vec::<String>::new());
            }
        });
    }
}
