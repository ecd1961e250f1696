//! Objects: making, freeing, `weak`, and the collection of dead cycles.
//!
//! An object's `Rc` count is its reference count. Collection looks at every object and every shared
//! cell, container and closure that objects lead to, and counts the references among them: what
//! has more references than these is held from outside (locals, operands, constants), and so is
//! all that it leads to. The rest is dead. `new` collects when the objects made since the last
//! collection have reached max(10,000, those live after it), before it makes its own.

use crate::machine::{Machine, Res, Stop};
use crate::value::{Object, ObjectState, V};
use cowl_contract::collect::objects_until_collection;
use cowl_contract::panic::Panic;
use cowl_contract::planted::{Fault as Planted, planted};
use cowl_frontend::hir::{Expr, SiteId};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{Cell, Ref, RefCell};
use std::rc::{Rc, Weak};

pub struct Heap {
    /// In order of allocation; the dead ones go at the next collection.
    objects: Vec<Weak<Object>>,
    pub allocated: u64,
    pub freed: u64,
    pub collected: u64,
    made: u64,
    threshold: u64,
    /// So many new objects are a reason instead, whatever lives; 0: each `new` collects at first.
    stress: Option<u32>,
    collecting: bool,
}

impl Heap {
    pub fn new(stress: Option<u32>) -> Heap {
        let mut heap = Heap {
            objects: Vec::new(),
            allocated: 0,
            freed: 0,
            collected: 0,
            made: 0,
            threshold: 0,
            stress,
            collecting: false,
        };
        heap.reset_threshold();
        heap
    }

    /// After a collection.
    fn reset_threshold(&mut self) {
        self.made = 0;
        self.threshold = objects_until_collection(self.stress, self.live(), self.allocated);
    }

    /// All that still stand, which are listed no more.
    pub fn take_objects(&mut self) -> impl Iterator<Item = Rc<Object>> {
        self.objects.drain(..).filter_map(|o| o.upgrade())
    }

    pub fn live(&self) -> u64 {
        self.allocated - self.freed - self.collected
    }

    /// `gc_count(which)`
    pub fn count(&self, which: i64) -> u64 {
        match which {
            0 => self.live(),
            1 => self.allocated,
            2 => self.freed,
            _ => self.collected,
        }
    }
}

impl<'p> Machine<'p> {
    pub fn new_object(&mut self, value: &'p Expr, site: SiteId) -> Res {
        let ty = value.ty;
        let value = self.eval_now(value)?;
        if self.heap.made >= self.heap.threshold {
            self.collect(Some(site))?;
        }
        let object = Rc::new(Object {
            value: RefCell::new(value),
            ty,
            state: Cell::new(ObjectState::Live),
            deinit_done: Cell::new(false),
            site,
        });
        self.heap.objects.push(Rc::downgrade(&object));
        self.heap.allocated += 1;
        self.heap.made += 1;
        Ok(V::Ptr(object))
    }

    /// `weak(p)`
    pub fn weak_of(p: &Rc<Object>) -> V {
        V::Weak(Some(Rc::downgrade(p)))
    }

    /// `w.get()`
    pub fn weak_get(weak: &Option<Weak<Object>>) -> V {
        let object = weak.as_ref().and_then(Weak::upgrade);
        V::option(
            object
                .filter(|o| o.state.get() == ObjectState::Live || planted(Planted::InterpWeakAlive))
                .map(V::Ptr),
        )
    }

    /// The last reference to an object is going: `deinit`, then what it holds.
    pub fn free_object(&mut self, object: Rc<Object>) -> Result<(), Stop> {
        if object.state.replace(ObjectState::Dead) == ObjectState::Dead {
            return Ok(());
        }
        self.heap.freed += 1;
        // A release has no position of its own: it stands at its function's name.
        let site = self.func.map_or(object.site, |f| f.site);
        self.deinit(&object, site)?;
        let value = object.value.take();
        if value.has_children() {
            self.releasing.push(value);
        }
        Ok(())
    }

    /// Runs the user's `deinit` with a share of the value. `site`: where the frame below it stands.
    fn deinit(&mut self, object: &Rc<Object>, site: SiteId) -> Result<bool, Stop> {
        let Some(&deinit) = self.program.deinits.get(&object.ty) else {
            return Ok(false);
        };
        let done = object.deinit_done.replace(true);
        debug_assert!(!done, "a second `deinit`");
        let value = self.env.share(&object.value.borrow());
        let v = self.call_values(deinit, [value], site)?;
        self.release(v)?;
        Ok(true)
    }

    /// Collects dead cycles; how many objects that freed. `site`: of the `new` or `gc()` that does
    /// it; none at the program's end.
    pub fn collect(&mut self, site: Option<SiteId>) -> Result<u64, Stop> {
        if self.heap.collecting {
            return Ok(0);
        }
        self.heap.collecting = true;
        self.heap.objects.retain(|o| o.strong_count() > 0);
        let dead = self.dead_objects();
        for object in &dead {
            object.state.set(ObjectState::Dead);
        }
        let mut ran = false;
        for object in &dead {
            ran |= self.deinit(object, site.unwrap_or(object.site))?;
        }
        if ran {
            self.nothing_is_saved(&dead, site)?;
        }
        let count = dead.len() as u64;
        self.heap.collected += count;
        for object in &dead {
            let value = object.value.take();
            self.release(value)?;
        }
        drop(dead);
        self.heap.objects.retain(|o| o.strong_count() > 0);
        self.heap.reset_threshold();
        self.heap.collecting = false;
        Ok(count)
    }

    /// Panics if a `deinit` has put one of the dead where it would live on. Of several, the type
    /// whose name comes first is named.
    fn nothing_is_saved(&mut self, dead: &[Rc<Object>], site: Option<SiteId>) -> Result<(), Stop> {
        let held = reachable(dead, false);
        let saved = dead.iter().filter(|o| held.contains(&Rc::as_ptr(o).addr()));
        match saved.map(|o| self.type_name(o.ty)).min() {
            None => Ok(()),
            Some(ty) => {
                let site = site.unwrap_or(dead[0].site);
                Err(self.panic(Panic::BeingFreed { ty: &ty }, site))
            }
        }
    }

    /// The objects that a collection would end now, in order of allocation.
    pub fn dead_objects(&self) -> Vec<Rc<Object>> {
        let mut dead = self.strong_objects();
        let reached = reachable(&dead, true);
        dead.retain(|o| !reached.contains(&Rc::as_ptr(o).addr()));
        dead
    }

    fn strong_objects(&self) -> Vec<Rc<Object>> {
        self.heap.objects.iter().filter_map(Weak::upgrade).collect()
    }
}

/// Something that can have several references.
struct Node<'a> {
    /// All of its references but those of this analysis.
    references: usize,
    /// References from other nodes.
    explained: usize,
    holds: Holds<'a>,
}

#[derive(Clone, Copy)]
enum Holds<'a> {
    /// An object: this value.
    Value(&'a V),
    /// A cell, container or closure: the parts of this value.
    PartsOf(&'a V),
}

/// The addresses of what something outside of these objects holds, and with `through` of all that
/// this leads to; without, only of the objects and other cells that are held from there directly,
/// or through no object.
fn reachable(objects: &[Rc<Object>], through: bool) -> FxHashSet<usize> {
    let values: Vec<Ref<V>> = objects.iter().map(|o| o.value.borrow()).collect();
    let mut nodes: FxHashMap<usize, Node> = FxHashMap::default();
    for (object, value) in objects.iter().zip(&values) {
        let address = Rc::as_ptr(object).addr();
        let node = Node {
            // One is that of the caller's list.
            references: Rc::strong_count(object) - 1,
            explained: 0,
            holds: Holds::Value(value),
        };
        nodes.insert(address, node);
    }
    let mut work: Vec<&V> = values.iter().map(|v| &**v).collect();
    while let Some(v) = work.pop() {
        if let Some((address, references)) = identity(v) {
            if let Some(node) = nodes.get_mut(&address) {
                node.explained += 1;
                continue;
            }
            if matches!(v, V::Ptr(_)) {
                // An object on its way out.
                continue;
            }
            let node = Node {
                references,
                explained: 1,
                holds: Holds::PartsOf(v),
            };
            nodes.insert(address, node);
        }
        push_parts(v, &mut work);
    }
    let mut reached: FxHashSet<usize> = FxHashSet::default();
    for (&address, node) in &nodes {
        if node.references > node.explained {
            reached.insert(address);
            push_held(node.holds, through, &mut work);
        }
    }
    while let Some(v) = work.pop() {
        match identity(v) {
            None => push_parts(v, &mut work),
            Some((address, _)) => {
                if reached.insert(address)
                    && let Some(node) = nodes.get(&address)
                {
                    push_held(node.holds, through, &mut work);
                }
            }
        }
    }
    reached
}

fn push_held<'a>(holds: Holds<'a>, through: bool, work: &mut Vec<&'a V>) {
    match holds {
        Holds::Value(v) if through => work.push(v),
        Holds::Value(_) => {}
        Holds::PartsOf(v) => push_parts(v, work),
    }
}

/// Where a value that can have several references lives, and how many it has. `None` where it has
/// one or can have none.
pub fn identity(v: &V) -> Option<(usize, usize)> {
    let (address, count) = match v {
        V::Ptr(object) => return Some((Rc::as_ptr(object).addr(), Rc::strong_count(object))),
        V::Rec(parts) | V::Variant(_, parts) => (Rc::as_ptr(parts).addr(), Rc::strong_count(parts)),
        V::List(list) => {
            let store = list.store()?;
            (Rc::as_ptr(store).addr(), Rc::strong_count(store))
        }
        V::Map(Some(map)) => (Rc::as_ptr(map).addr(), Rc::strong_count(map)),
        V::Any(cell) => (Rc::as_ptr(cell).addr(), Rc::strong_count(cell)),
        V::Fn(closure) => (Rc::as_ptr(closure).addr(), Rc::strong_count(closure)),
        _ => return None,
    };
    (count > 1).then_some((address, count))
}

pub fn push_parts<'a>(v: &'a V, work: &mut Vec<&'a V>) {
    let mut keep = |part: &'a V| {
        if part.has_children() {
            work.push(part);
        }
    };
    match v {
        V::Rec(parts) | V::Variant(_, parts) => parts.iter().for_each(keep),
        V::List(list) => {
            if let Some(store) = list.store() {
                store.iter().for_each(keep);
            }
        }
        V::Map(Some(map)) => map.iter().for_each(|(key, value)| {
            keep(key);
            keep(value);
        }),
        V::Any(cell) => keep(&cell.value),
        V::Fn(closure) => closure.captures.iter().for_each(keep),
        _ => {}
    }
}
