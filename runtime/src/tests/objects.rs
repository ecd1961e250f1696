//! Objects: the order of their end, `weak`, dead cycles.

use super::types::{self, Node};
use super::with_cx;
use crate::block::{Object, retain, set_word, word};
use crate::count::release_value;
use crate::ctx::Cx;
use crate::cycles::collect;
use crate::list::cowl_list_push;
use crate::objects::*;
use crate::show::shown;
use cowl_contract::layout::{CtxHead, OBJECT_VALUE};
use std::cell::RefCell;
use std::ptr;

thread_local! {
    /// Which objects' `deinit` ran.
    static ENDED: RefCell<Vec<i64>> = const { RefCell::new(Vec::new()) };
}

/// `fn deinit(self)`: notes the id and ends the share that it got.
unsafe extern "C" fn deinit(cx: *mut CtxHead, value: *const u8) {
    let cx: Cx = cx.cast();
    ENDED.with_borrow_mut(|ended| ended.push(*value.cast::<i64>()));
    let node = types::node(None);
    release_value(cx, value, node.value);
}

struct Graph {
    cx: Cx,
    node: Node,
}

impl Graph {
    unsafe fn make(&self, id: i64) -> *mut u8 {
        let object = cowl_object_new(self.cx, self.node.value, 0);
        let value = object.add(OBJECT_VALUE as usize);
        *value.cast::<i64>() = id;
        set_word(value.add(8), ptr::null_mut());
        set_word(value.add(16), ptr::null_mut());
        object
    }

    unsafe fn next(&self, object: *mut u8) -> *mut u8 {
        object.add(OBJECT_VALUE as usize + 8)
    }

    unsafe fn set_next(&self, from: *mut u8, to: *mut u8) {
        retain(to);
        set_word(self.next(from), to);
    }

    unsafe fn add_other(&self, from: *mut u8, to: *mut u8) {
        retain(to);
        let mut value = to;
        let place = from.add(OBJECT_VALUE as usize + 16);
        cowl_list_push(self.cx, place, (&raw mut value).cast(), self.node.list);
    }

    unsafe fn release(&self, object: *mut u8) {
        release_value(self.cx, (&raw const object).cast(), self.node.pointer);
    }

    fn ended(&self) -> Vec<i64> {
        ENDED.with_borrow_mut(std::mem::take)
    }
}

fn with_graph(test: impl FnOnce(&Graph)) {
    with_cx(|cx| {
        let graph = Graph {
            cx,
            node: types::node(Some(deinit)),
        };
        test(&graph);
        graph.ended();
        // SAFETY: the context is alive.
        unsafe {
            collect(cx);
            assert_eq!((*cx).objects.live(), 0);
        }
    });
}

#[test]
fn an_object_ends_before_its_fields_each_with_all_it_alone_holds() {
    with_graph(|g| {
        // SAFETY: values made here, used as their descs say.
        unsafe {
            // 1 -> 2 -> 3, and 1's list holds 4 (-> 5), 2 again and 6.
            let o: Vec<*mut u8> = (1..=6).map(|i| g.make(i)).collect();
            g.set_next(o[0], o[1]);
            g.set_next(o[1], o[2]);
            g.set_next(o[3], o[4]);
            for i in [3, 1, 5] {
                g.add_other(o[0], o[i]);
            }
            for &object in &o[1..] {
                g.release(object);
            }
            assert_eq!(g.ended(), []);
            g.release(o[0]);
            // 2 is held by the list, too, so it ends at its slot there.
            assert_eq!(g.ended(), [1, 4, 5, 2, 3, 6]);
        }
    });
}

#[test]
fn long_chains_end_without_a_stack() {
    with_graph(|g| {
        // SAFETY: as above.
        unsafe {
            let mut first = g.make(0);
            for i in 1..100_000 {
                let object = g.make(i);
                set_word(g.next(object), first);
                first = object;
            }
            g.release(first);
            assert_eq!(g.ended().len(), 100_000);
        }
    });
}

#[test]
fn weak_reads_none_when_the_last_holder_is_gone() {
    with_graph(|g| {
        // SAFETY: as above.
        unsafe {
            let object = g.make(1);
            cowl_weak_retain(g.cx, object);
            let got = cowl_weak_get(g.cx, object);
            assert_eq!(got, object);
            g.release(got);
            g.release(object);
            assert!(cowl_weak_get(g.cx, object).is_null());
            // The block's address is not used again while the weak is there.
            let others: Vec<*mut u8> = (0..100).map(|i| g.make(i)).collect();
            assert!(!others.contains(&object));
            cowl_weak_release(g.cx, object);
            for other in others {
                g.release(other);
            }
            assert!(cowl_weak_get(g.cx, ptr::null_mut()).is_null());
        }
    });
}

#[test]
fn cycles_end_in_order_of_allocation() {
    with_graph(|g| {
        // SAFETY: as above.
        unsafe {
            // A ring of three, one to itself, and a live one that the ring points to.
            let o: Vec<*mut u8> = (1..=5).map(|i| g.make(i)).collect();
            g.set_next(o[0], o[2]);
            g.set_next(o[2], o[1]);
            g.set_next(o[1], o[0]);
            g.add_other(o[1], o[4]);
            g.set_next(o[3], o[3]);
            let weak = o[2];
            cowl_weak_retain(g.cx, weak);
            for &object in &o[..4] {
                g.release(object);
            }
            assert_eq!(g.ended(), []);
            g.release(cowl_weak_get(g.cx, weak));
            assert_eq!(collect(g.cx), 4);
            assert_eq!(g.ended(), [1, 2, 3, 4]);
            assert!(cowl_weak_get(g.cx, weak).is_null());
            cowl_weak_release(g.cx, weak);
            assert_eq!((*o[4].cast::<Object>()).count, 1);
            g.release(o[4]);
            assert_eq!(g.ended(), [5]);
            assert_eq!((*g.cx).objects.collected, 4);
            assert_eq!((*g.cx).objects.freed, 1);
        }
    });
}

#[test]
fn a_cycle_held_from_outside_stays_as_it_was() {
    with_graph(|g| {
        // SAFETY: as above.
        unsafe {
            let (a, b) = (g.make(1), g.make(2));
            g.set_next(a, b);
            g.add_other(b, a);
            g.add_other(b, b);
            g.release(a);
            let counts = |o: *mut u8| (*o.cast::<Object>()).count;
            let before = (counts(a), counts(b));
            assert_eq!(collect(g.cx), 0);
            assert_eq!((counts(a), counts(b)), before);
            // Held by a list that objects share with a variable.
            let mut list = word(b.add(OBJECT_VALUE as usize + 16));
            retain(list);
            g.release(b);
            assert_eq!(collect(g.cx), 0);
            release_value(g.cx, (&raw mut list).cast(), g.node.list);
            assert_eq!(collect(g.cx), 2);
            assert_eq!(g.ended(), [1, 2]);
        }
    });
}

#[test]
fn big_graphs_are_collected() {
    with_graph(|g| {
        // SAFETY: as above.
        unsafe {
            let o: Vec<*mut u8> = (0..300).map(|i| g.make(i)).collect();
            for &a in &o {
                for &b in &o {
                    g.add_other(a, b);
                }
            }
            for &a in &o {
                g.release(a);
            }
            assert_eq!(collect(g.cx), 300);
            // A ring of many, found at `new` once there are enough.
            let first = g.make(0);
            let mut last = first;
            for i in 1..10_000 {
                let object = g.make(i);
                g.set_next(last, object);
                if i > 1 {
                    g.release(last);
                }
                last = object;
            }
            g.set_next(last, first);
            g.release(last);
            g.release(first);
            let before = (*g.cx).objects.collected;
            let one = g.make(1);
            assert_eq!((*g.cx).objects.collected - before, 10_000);
            g.release(one);
        }
    });
}

#[test]
fn printing_cuts_cycles() {
    with_graph(|g| {
        // SAFETY: as above.
        unsafe {
            let (a, b) = (g.make(1), g.make(2));
            g.set_next(a, b);
            g.add_other(b, a);
            g.add_other(b, a);
            let text = shown(g.cx, (&raw const a).cast(), g.node.pointer, false);
            assert_eq!(
                text,
                "*Node{ id: 1, next: some(*Node{ id: 2, next: none, others: […, …] }), others: [] }"
            );
            g.release(a);
            g.release(b);
        }
    });
}
