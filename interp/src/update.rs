//! Updates: one walk that makes every container on a path sole, then the change, at most one event
//! in the ledger.
//!
//! Indices run left to right, then the change's operands, then the walk, from the root or from the
//! last pointer on the path. The event counts when the walk has reached the place: a failing index
//! counts nothing, an overflow in `op=` counts. What the change displaces is released after it.

use crate::fault::Fault;
use crate::ledger::Met;
use crate::machine::{Env, Machine, Res, Stop, ice};
use crate::map::MapStore;
use crate::place::{check_change, key_count};
use crate::text::Str;
use crate::value::{HEAP, Object, Parts, V, into_parts, own_parts};
use cowl_contract::builtins::Class;
use cowl_contract::planted::{Fault as Planted, planted};
use cowl_frontend::hir::{
    Callee, Change, Expr, Gives, Place, Proj, ProjKind, Root, SiteId, Update,
};
use cowl_frontend::types::{Ty, Types};
use std::rc::Rc;

/// A walk under way.
pub struct Walk<'m, 'p> {
    pub env: &'m Env<'p>,
    /// Of the value that the walk has come to.
    ty: Ty,
    pub met: Met,
    /// The walk is done: the event counts.
    pub reached: bool,
    /// What left the storages on the way or was displaced: released when the update ends.
    pub dropped: Vec<V>,
}

impl<'m, 'p> Walk<'m, 'p> {
    pub fn new(env: &'m Env<'p>) -> Walk<'m, 'p> {
        Walk {
            env,
            ty: Types::ERROR,
            met: Met::default(),
            reached: false,
            dropped: Vec::new(),
        }
    }

    /// A container on the way; `address` is its storage's where it is shared.
    fn storage(&mut self, shared: Option<usize>, len: usize, segment: SiteId) {
        self.met.storage = true;
        if let Some(address) = shared {
            self.met.copies(segment, address);
            self.met.bytes += self.env.bytes(self.ty, len);
        }
    }

    pub fn own_list(&mut self, list: &mut crate::list::List, segment: SiteId) {
        if let Some(store) = list.store().filter(|_| !list.is_empty()) {
            let shared = (!list.is_sole()).then(|| Rc::as_ptr(store).addr());
            self.storage(shared, list.len(), segment);
        } else {
            self.met.empty = true;
        }
        list.own(&mut self.dropped);
    }

    pub fn own_map<'v>(
        &mut self,
        map: &'v mut Option<Rc<MapStore>>,
        segment: SiteId,
    ) -> &'v mut MapStore {
        let map = map.get_or_insert_default();
        if !map.is_empty() {
            let is_shared = Rc::strong_count(map) > 1 && !planted(Planted::InterpEventLost);
            let shared = is_shared.then(|| Rc::as_ptr(map).addr());
            self.storage(shared, map.len(), segment);
        } else {
            self.met.empty = true;
        }
        Rc::make_mut(map)
    }

    pub fn own_text(&mut self, text: &mut Str, segment: SiteId) {
        if text.has_storage() {
            let shared = (!text.is_sole()).then(|| text.address());
            self.storage(shared, text.size(), segment);
        } else {
            self.met.empty = true;
        }
        text.own();
    }

    /// Makes a value's own container sole, if it is one.
    pub fn own_value(&mut self, v: &mut V, segment: SiteId) {
        match v {
            V::List(list) => self.own_list(list, segment),
            V::Map(map) => {
                self.own_map(map, segment);
            }
            V::Str(text) => self.own_text(text, segment),
            _ => {}
        }
    }

    /// Goes down a path. `setting`: its last element need not be there yet.
    fn go<'v>(
        &mut self,
        mut v: &'v mut V,
        mut ty: Ty,
        mut segment: SiteId,
        projs: &[Proj],
        keys: &mut [V],
        setting: bool,
    ) -> Result<(&'v mut V, SiteId), Fault> {
        let mut next = 0;
        for (at, proj) in projs.iter().enumerate() {
            self.ty = ty;
            v = match &proj.kind {
                ProjKind::Field(i) => {
                    // A local that was moved out whole, given its parts back one by one.
                    if v.is_empty_slot() {
                        *v = V::Rec(std::iter::repeat_n(V::Empty, self.env.arity(ty)).collect());
                    }
                    match v {
                        V::Rec(parts) | V::Variant(_, parts) => &mut own_parts(parts)[*i as usize],
                        _ => ice!("a field of {v:?}"),
                    }
                }
                ProjKind::Index { index, default } => {
                    let (key, rest) = keys[next..].split_at_mut(1);
                    let default = default.as_ref().map(|_| &mut rest[0]);
                    next += 1 + usize::from(default.is_some());
                    let may_insert = setting && at + 1 == projs.len();
                    self.element(
                        v, &key[0], index.ty, default, may_insert, segment, proj.site,
                    )?
                }
                ProjKind::Deref => ice!("a walk begins after the last pointer"),
            };
            ty = proj.ty;
            segment = proj.site;
        }
        self.ty = ty;
        Ok((v, segment))
    }

    #[allow(clippy::too_many_arguments)]
    fn element<'v>(
        &mut self,
        v: &'v mut V,
        key: &V,
        key_ty: Ty,
        default: Option<&mut V>,
        may_insert: bool,
        segment: SiteId,
        site: SiteId,
    ) -> Result<&'v mut V, Fault> {
        match v {
            V::List(list) => {
                let V::Int(index) = *key else {
                    ice!("an index is no int")
                };
                let found = usize::try_from(index).ok().filter(|&i| i < list.len());
                let Some(at) = found else {
                    return Err(Fault::index(index, list.len(), site));
                };
                self.own_list(list, segment);
                Ok(list.own_item(at))
            }
            V::Map(map) => {
                let hash = self.env.hasher.hash(key);
                let present = map.as_ref().is_some_and(|m| m.get(hash, key).is_some());
                if !present && default.is_none() && !may_insert {
                    return Err(Fault::no_key(key, key_ty, site));
                }
                let map = self.own_map(map, segment);
                if !present {
                    // The default moves in; where the element is about to be set, it is not needed.
                    let value = default.filter(|_| !may_insert).map(V::take);
                    map.insert(hash, key.clone(), value.unwrap_or_default());
                }
                match map.get_mut(hash, key) {
                    Some(value) => Ok(value),
                    None => ice!("a key that was just there is gone"),
                }
            }
            _ => ice!("an element of {v:?}"),
        }
    }
}

/// The part of a place that an update walks: all of it, or what comes after its last pointer.
fn last_deref(place: &Place) -> Option<usize> {
    place
        .projs
        .iter()
        .rposition(|p| matches!(p.kind, ProjKind::Deref))
}

impl<'p> Machine<'p> {
    pub fn update(&mut self, u: &'p Update, site: SiteId) -> Res {
        if u.place.projs.is_empty()
            && let Root::Local(local) = u.place.root
            && let Change::Set { value, .. } = &u.change
        {
            let v = match value.ty {
                Types::INT => V::Int(self.eval_int(value)?),
                _ => self.eval_now(value)?,
            };
            let slot = &mut self.slots[self.base + local.index()];
            if slot.is_plain() {
                *slot = v;
            } else {
                let old = std::mem::replace(slot, v);
                self.release(old)?;
            }
            return Ok(V::Unit);
        }
        if let Change::Arith { op, value } = &u.change
            && let (Root::Local(local), []) = (&u.place.root, &*u.place.projs)
            && value.ty == Types::INT
            && u.place.root_ty == Types::INT
        {
            let right = self.eval_int(value)?;
            let at = self.base + local.index();
            let V::Int(left) = self.slots[at] else {
                ice!("an int was expected, not {:?}", self.slots[at])
            };
            self.slots[at] =
                crate::ops::int64(*op, left, right, site).map_err(|f| self.fault(f))?;
            return Ok(V::Unit);
        }
        let mark = self.slots.len();
        let keys_at = self.push_place(&u.place, mark)?;
        let args_at = keys_at + key_count(&u.place.projs);
        let result = match &u.change {
            Change::Set { value, .. } => {
                let v = self.eval(value)?;
                let old = self.change(u, keys_at, true, |walk, target, _| {
                    walk.reached = true;
                    Ok(std::mem::replace(target, v))
                })?;
                self.release(old)?;
                V::Unit
            }
            Change::Arith { op, value } => {
                let right = self.eval(value)?;
                let ty = u.place.ty();
                self.change(u, keys_at, false, |walk, target, _| {
                    walk.reached = true;
                    let left = target.clone();
                    *target = crate::ops::binary(walk.env.types, *op, &left, &right, ty, site)?;
                    Ok(())
                })?;
                V::Unit
            }
            Change::Builtin { op, args, .. } => {
                self.push_operands(args, args_at)?;
                if op.class() == Class::Updater {
                    let mut operands: [V; 2] = [V::Empty, V::Empty];
                    for (i, v) in operands.iter_mut().enumerate().take(args.len()) {
                        *v = self.slots[args_at + i].take();
                    }
                    let result = self.change(u, keys_at, false, |walk, target, segment| {
                        crate::builtins::update(*op, walk, target, &mut operands, segment, site)
                    })?;
                    for (i, v) in operands.into_iter().enumerate().take(args.len()) {
                        self.slots[args_at + i] = v;
                    }
                    result
                } else {
                    let change = |m: &mut Self, v: V| {
                        let at = m.slots.len();
                        m.slots.push(v);
                        for i in 0..args.len() {
                            let v = m.slots[args_at + i].take();
                            m.slots.push(v);
                        }
                        let made = m.builtin(*op, at, args, u.place.ty(), site)?;
                        m.release_to(at)?;
                        Ok((made, V::Unit))
                    };
                    self.exchange(u, keys_at, false, change)?
                }
            }
            Change::Call {
                callee,
                args,
                gives,
                sole_first,
            } => {
                let first = match callee {
                    Callee::Value(f) => {
                        self.push_operand(f, args_at)?;
                        args_at + 1
                    }
                    _ => args_at,
                };
                self.push_operands(args, first)?;
                let change = |m: &mut Self, v: V| {
                    let result = m.call_change(callee, v, args_at, first, args, site)?;
                    match gives {
                        Gives::Place => Ok((result, V::Unit)),
                        Gives::PlaceAndResult => m.split_pair(result),
                    }
                };
                self.exchange(u, keys_at, *sole_first, change)?
            }
        };
        self.release_to(mark)?;
        Ok(result)
    }

    fn call_change(
        &mut self,
        callee: &'p Callee,
        receiver: V,
        callee_at: usize,
        args_at: usize,
        args: &'p [Expr],
        site: SiteId,
    ) -> Res {
        let at = self.slots.len();
        let (id, closure) = match callee {
            Callee::Func(id) => (*id, None),
            Callee::Value(_) => match &self.slots[callee_at] {
                V::Fn(closure) => (closure.func, Some(closure.clone())),
                v => ice!("a call of {v:?}"),
            },
            Callee::Any { method } => (self.any_method(&receiver, *method), None),
            Callee::Generic { .. } | Callee::TraitMethod { .. } => ice!("a generic callee"),
        };
        self.slots.push(receiver);
        for i in 0..args.len() {
            let v = self.slots[args_at + i].take();
            self.slots.push(v);
        }
        let result = self.call_at(id, at, args.len() + 1, closure, site)?;
        self.release_to(at)?;
        Ok(result)
    }

    /// The parts of a `(Self, R)`.
    fn split_pair(&mut self, pair: V) -> Result<(V, V), Stop> {
        let V::Rec(cell) = pair else {
            ice!("a pair was expected, not {pair:?}")
        };
        let mut parts = match into_parts(cell) {
            Parts::Owned(parts) => parts,
            Parts::Shared(cell) => cell.iter().cloned().collect(),
        };
        match (parts.pop(), parts.pop()) {
            (Some(r), Some(value)) => Ok((value, r)),
            _ => ice!("a pair has two parts"),
        }
    }

    /// The walk, then `f` with the place's value and the last segment, then the event.
    fn change<T>(
        &mut self,
        u: &'p Update,
        keys_at: usize,
        setting: bool,
        f: impl FnOnce(&mut Walk<'_, 'p>, &mut V, SiteId) -> Result<T, Fault>,
    ) -> Result<T, Stop> {
        let place = &u.place;
        let (result, walk, object) = match last_deref(place) {
            None => {
                let mut walk = Walk::new(&self.env);
                let (low, keys) = self.slots.split_at_mut(keys_at);
                let Root::Local(local) = place.root else {
                    ice!("an update of what is no variable")
                };
                let root = &mut low[self.base + local.index()];
                let found = walk.go(root, place.root_ty, place.site, &place.projs, keys, setting);
                let result = found.and_then(|(v, segment)| f(&mut walk, v, segment));
                (result, walk, None)
            }
            Some(at) => {
                let object = self.pointer(place, at, keys_at)?;
                let deref = &place.projs[at];
                let rest = &place.projs[at + 1..];
                let keys = &mut self.slots[keys_at + key_count(&place.projs[..at])..];
                let mut walk = Walk::new(&self.env);
                let mut value = object.value.borrow_mut();
                let found =
                    check_change(&value, object.ty, rest.first(), deref.site).and_then(|()| {
                        let v = &mut *value;
                        let (v, segment) =
                            walk.go(v, object.ty, deref.site, rest, keys, setting)?;
                        f(&mut walk, v, segment)
                    });
                drop(value);
                (found, walk, Some(object))
            }
        };
        let Walk {
            met,
            reached,
            dropped,
            ..
        } = walk;
        self.keep_promise(u.event, met)?;
        if reached {
            self.count_update(u.event, met);
        }
        let result = result.map_err(|fault| self.fault(fault))?;
        if !planted(Planted::InterpDroppedKept) {
            self.release_each(dropped)?;
        }
        if let Some(object) = object {
            self.release(V::Ptr(object))?;
        }
        Ok(result)
    }

    /// The object behind the pointer before a place's `at`-th projection; held by the caller.
    fn pointer(&mut self, place: &'p Place, at: usize, keys_at: usize) -> Result<Rc<Object>, Stop> {
        let temp_at = keys_at.saturating_sub(1);
        let keys = &self.slots[keys_at..];
        let root = self.root(place, temp_at);
        let found = self.find_from(root, &place.projs[..at], keys, &mut None, |_, v| match v {
            V::Ptr(object) => object.clone(),
            _ => ice!("a pointer was expected, not {v:?}"),
        });
        found.map_err(|fault| self.fault(fault))
    }

    /// Takes the value out of its place, lets `change` make another of it, puts that back. What is
    /// taken out of an object leaves a hole there: its own field, or all of it, is in change.
    fn exchange(
        &mut self,
        u: &'p Update,
        keys_at: usize,
        sole_first: bool,
        change: impl FnOnce(&mut Self, V) -> Result<(V, V), Stop>,
    ) -> Res {
        let place = &u.place;
        let take = |walk: &mut Walk, v: &mut V, segment: SiteId| {
            if sole_first {
                walk.own_value(v, segment);
            }
            if sole_first && let V::Rec(parts) | V::Variant(HEAP, parts) = v {
                // Only a Heap or Deque has builtins that call back.
                walk.ty = walk.env.part_ty(walk.ty, None, 0);
                walk.own_value(&mut own_parts(parts)[0], segment);
            }
            walk.reached = true;
            Ok(v.take())
        };
        let Some(at) = last_deref(place) else {
            let taken = self.change(u, keys_at, false, take)?;
            let (value, result) = change(self, taken)?;
            self.put_back(u, keys_at, value)?;
            return Ok(result);
        };
        let object = self.pointer(place, at, keys_at)?;
        let deref = &place.projs[at];
        let mut rest = &place.projs[at + 1..];
        let field = match rest.first().map(|p| (&p.kind, p)) {
            Some((ProjKind::Field(i), proj)) => {
                rest = &rest[1..];
                Some((*i, proj))
            }
            _ => None,
        };
        let (ty, segment) = field.map_or((object.ty, deref.site), |(_, p)| (p.ty, p.site));
        // Out of the object with it.
        let hole = {
            let mut value = object.value.borrow_mut();
            let next = place.projs.get(at + 1);
            check_change(&value, object.ty, next, deref.site).map(|()| match (field, &mut *value) {
                (Some((i, _)), V::Rec(parts)) => own_parts(parts)[i as usize].take(),
                (Some(_), v) => ice!("a field of {v:?}"),
                (None, v) => v.take(),
            })
        };
        let mut held = hole.map_err(|fault| self.fault(fault))?;
        let put = |held: V| match (field, &mut *object.value.borrow_mut()) {
            (Some((i, _)), V::Rec(parts)) => own_parts(parts)[i as usize] = held,
            (Some(_), v) => ice!("a field of {v:?}"),
            (None, v) => *v = held,
        };
        let first_key = keys_at + key_count(&place.projs[..at]);
        let mut walk = Walk::new(&self.env);
        let keys = &mut self.slots[first_key..];
        let taken = walk
            .go(&mut held, ty, segment, rest, keys, false)
            .and_then(|(v, segment)| take(&mut walk, v, segment));
        let Walk { met, dropped, .. } = walk;
        self.keep_promise(u.event, met)?;
        let taken = match taken {
            Ok(taken) => taken,
            Err(fault) => {
                put(held);
                return Err(self.fault(fault));
            }
        };
        self.count_update(u.event, met);
        self.release_each(dropped)?;
        let (value, result) = change(self, taken)?;
        let mut walk = Walk::new(&self.env);
        let keys = &mut self.slots[first_key..];
        match walk.go(&mut held, ty, segment, rest, keys, true) {
            Ok((v, _)) => *v = value,
            Err(_) => ice!("the way back to a place is gone"),
        }
        put(held);
        self.release(V::Ptr(object))?;
        Ok(result)
    }

    fn put_back(&mut self, u: &'p Update, keys_at: usize, value: V) -> Result<(), Stop> {
        let place = &u.place;
        let mut walk = Walk::new(&self.env);
        let (low, keys) = self.slots.split_at_mut(keys_at);
        let Root::Local(local) = place.root else {
            ice!("an update of what is no variable")
        };
        let root = &mut low[self.base + local.index()];
        match walk.go(root, place.root_ty, place.site, &place.projs, keys, true) {
            Ok((v, _)) => *v = value,
            Err(_) => ice!("the way back to a place is gone"),
        }
        Ok(())
    }
}
