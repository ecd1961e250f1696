//! Places: their indices, reading them, taking paths out of them.
//!
//! A place's root (if it is a temporary), indices and defaults run first, left to right; then one
//! walk goes from the root to the value. So a failing index is reported only after all of them ran.

use crate::fault::Fault;
use crate::machine::{Machine, Res, Stop, ice};
use crate::share::Sole;
use crate::value::{V, own_parts};
use cowl_frontend::hir::{LocalId, Mode, Place, Proj, ProjKind, Root, SiteId};
use cowl_frontend::types::Ty;

/// How many operands a place has on the stack: indices and defaults, without a temporary root.
pub fn key_count(projs: &[Proj]) -> usize {
    projs
        .iter()
        .map(|p| match &p.kind {
            ProjKind::Index { default, .. } => 1 + usize::from(default.is_some()),
            ProjKind::Field(_) | ProjKind::Deref => 0,
        })
        .sum()
}

impl<'p> Machine<'p> {
    #[inline]
    pub fn read(&mut self, place: &'p Place, mode: Mode) -> Res {
        if place.projs.is_empty()
            && let Root::Local(local) = place.root
        {
            let slot = &mut self.slots[self.base + local.index()];
            let v = match mode {
                Mode::Move => slot.take(),
                Mode::Look => slot.clone(),
                _ => self.env.share(slot),
            };
            if mode == Mode::Look && self.looks.is_some() {
                self.note_look(place.site, &v);
            }
            return Ok(v);
        }
        self.read_place(place, mode)
    }

    fn read_place(&mut self, place: &'p Place, mode: Mode) -> Res {
        if mode == Mode::Move {
            let Some(path) = place.as_path() else {
                ice!("a move out of what is no path")
            };
            return Ok(self.take_path(path.local, path.fields.into_iter()));
        }
        let mark = self.slots.len();
        let keys_at = self.push_place(place, mark)?;
        let found = self.find(place, mark, keys_at, |m, v| match mode {
            Mode::Look => v.clone(),
            _ => m.env.share(v),
        });
        let v = found.map_err(|f| self.fault(f))?;
        if mode == Mode::Look {
            self.note_look(place.site, &v);
        }
        // A looked-at temporary is held until the operation that looks ends.
        let keep = matches!(place.root, Root::Temp(_)) && mode == Mode::Look;
        self.release_to(if keep { keys_at } else { mark })?;
        Ok(v)
    }

    /// Runs what a place needs and leaves it on the stack from `at` on: a temporary root, then
    /// indices and defaults. Gives where the latter begin.
    pub fn push_place(&mut self, place: &'p Place, at: usize) -> Result<usize, Stop> {
        let keys_at = match &place.root {
            Root::Temp(e) => {
                self.push_operand(e, at)?;
                at + 1
            }
            Root::Local(_) | Root::Capture(_) | Root::Global(_) => at,
        };
        let mut next = keys_at;
        for proj in &place.projs {
            if let ProjKind::Index { index, default } = &proj.kind {
                self.push_operand(index, next)?;
                next += 1;
                if let Some(default) = default {
                    self.push_operand(default, next)?;
                    next += 1;
                }
            }
        }
        Ok(keys_at)
    }

    /// Walks to a place's value without changing anything and hands it to `found`.
    pub fn find<R>(
        &self,
        place: &'p Place,
        temp_at: usize,
        keys_at: usize,
        found: impl FnOnce(&Self, &V) -> R,
    ) -> Result<R, Fault> {
        let keys = &self.slots[keys_at..];
        let root = self.root(place, temp_at);
        self.find_from(root, &place.projs, keys, &mut None, found)
    }

    pub fn root(&self, place: &'p Place, temp_at: usize) -> &V {
        match place.root {
            Root::Local(local) => &self.slots[self.base + local.index()],
            Root::Capture(i) => match &self.closure {
                Some(closure) => &closure.captures[i as usize],
                None => ice!("a capture outside a closure"),
            },
            Root::Global(g) => &self.globals[g.index()],
            Root::Temp(_) => &self.slots[temp_at],
        }
    }

    pub fn find_from<R>(
        &self,
        root: &V,
        projs: &'p [Proj],
        keys: &[V],
        sole: &mut Option<Sole>,
        found: impl FnOnce(&Self, &V) -> R,
    ) -> Result<R, Fault> {
        let (mut v, mut keys) = (root, keys);
        for (at, proj) in projs.iter().enumerate() {
            if let Some(sole) = sole {
                sole.visit(v);
            }
            v = match &proj.kind {
                ProjKind::Field(i) => match v {
                    V::Rec(parts) | V::Variant(_, parts) => &parts[*i as usize],
                    _ => ice!("a field of {v:?}"),
                },
                ProjKind::Index { index, default } => {
                    let (key, rest) = keys.split_at(1);
                    let default = default.as_ref().map(|_| &rest[0]);
                    keys = &rest[usize::from(default.is_some())..];
                    self.element(v, &key[0], index.ty, default, proj.site)?
                }
                ProjKind::Deref => {
                    let V::Ptr(object) = v else {
                        ice!("a pointer was expected, not {v:?}")
                    };
                    if let Some(sole) = sole {
                        sole.enter_object();
                    }
                    let value = object.value.borrow();
                    let rest = &projs[at + 1..];
                    check_change(&value, object.ty, rest.first(), proj.site)?;
                    return self.find_from(&value, rest, keys, sole, found);
                }
            };
        }
        if let Some(sole) = sole {
            sole.visit(v);
        }
        Ok(found(self, v))
    }

    fn element<'v>(
        &self,
        v: &'v V,
        key: &V,
        key_ty: Ty,
        default: Option<&'v V>,
        site: SiteId,
    ) -> Result<&'v V, Fault> {
        match v {
            V::List(list) => {
                let V::Int(index) = *key else {
                    ice!("an index is no int")
                };
                usize::try_from(index)
                    .ok()
                    .and_then(|i| list.get(i))
                    .ok_or_else(|| Fault::index(index, list.len(), site))
            }
            V::Map(map) => map
                .as_ref()
                .and_then(|m| m.get(self.env.hasher.hash(key), key))
                .or(default)
                .ok_or_else(|| Fault::no_key(key, key_ty, site)),
            _ => ice!("an element of {v:?}"),
        }
    }

    /// Moves a path's value out; the path stops holding.
    pub fn take_path(&mut self, local: LocalId, fields: impl Iterator<Item = u32>) -> V {
        let mut v = &mut self.slots[self.base + local.index()];
        for field in fields {
            v = match v {
                V::Rec(parts) | V::Variant(_, parts) => &mut own_parts(parts)[field as usize],
                V::Empty => return V::Empty,
                _ => ice!("a field of {v:?}"),
            };
        }
        v.take()
    }

    /// `is_unique(place)`: has every storage on the path one holder?
    pub fn is_unique(&mut self, place: &'p Place, site: SiteId) -> Result<bool, Stop> {
        let mark = self.slots.len();
        let keys_at = self.push_place(place, mark)?;
        let mut sole = Some(Sole::new(self.looked_at(site)));
        let keys = &self.slots[keys_at..];
        let root = self.root(place, mark);
        let walk = self.find_from(root, &place.projs, keys, &mut sole, |_, _| ());
        walk.map_err(|f| self.fault(f))?;
        self.release_to(mark)?;
        Ok(!sole.is_some_and(|s| s.shared))
    }
}

/// While `m!` has an object's value or one of its fields, that leaves a hole in the object; nobody
/// may read or write what is there. `next` is how the place goes on from the object.
pub fn check_change(v: &V, ty: Ty, next: Option<&Proj>, site: SiteId) -> Result<(), Fault> {
    match v {
        V::Empty => Err(Fault::object_in_change(ty, site)),
        V::Rec(parts) => {
            let hole = match next.map(|p| &p.kind) {
                Some(ProjKind::Field(i)) => parts[*i as usize].is_empty_slot().then_some(*i),
                _ => parts.iter().position(V::is_empty_slot).map(|i| i as u32),
            };
            match hole {
                Some(field) => Err(Fault::field_in_change(ty, field, site)),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}
