//! Type variables of one body and their unification.
//!
//! Takes types with `Infer` variables, binds variables; knows nothing of expressions. A snapshot
//! can be rolled back, so that an attempt leaves nothing behind.

use crate::types::{Ty, TyData, Types};

/// The bindings of one body's variables.
#[derive(Default)]
pub struct Infer {
    bound: Vec<Option<Ty>>,
    log: Vec<u32>,
}

/// A state to return to.
#[derive(Clone, Copy)]
pub struct Snapshot(usize);

impl Infer {
    pub fn fresh(&mut self, types: &mut Types) -> Ty {
        self.bound.push(None);
        types.intern(TyData::Infer(self.bound.len() as u32 - 1))
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.log.len())
    }

    pub fn rollback(&mut self, snapshot: Snapshot) {
        for var in self.log.drain(snapshot.0..) {
            self.bound[var as usize] = None;
        }
    }

    /// Follows bindings at the outermost level only.
    pub fn shallow(&self, types: &Types, mut ty: Ty) -> Ty {
        while let TyData::Infer(v) = types.data(ty) {
            match self.bound[*v as usize] {
                Some(next) => ty = next,
                None => break,
            }
        }
        ty
    }

    /// Replaces every bound variable, at any depth.
    pub fn deep(&self, types: &mut Types, ty: Ty) -> Ty {
        if !types.has_infer(ty) {
            return ty;
        }
        let ty = self.shallow(types, ty);
        let data = types.data(ty).clone();
        if let TyData::Infer(_) = data {
            return ty;
        }
        let data = types.map_parts(data, |types, t| self.deep(types, t));
        types.intern(data)
    }

    /// Makes two types equal, or says that it cannot (then variables may be half bound: take a
    /// snapshot where that matters).
    pub fn unify(&mut self, types: &mut Types, a: Ty, b: Ty) -> bool {
        let (a, b) = (self.shallow(types, a), self.shallow(types, b));
        if a == b {
            return true;
        }
        let (da, db) = (types.data(a).clone(), types.data(b).clone());
        match (&da, &db) {
            (TyData::Infer(v), _) => self.bind(types, *v, b),
            (_, TyData::Infer(v)) => self.bind(types, *v, a),
            (TyData::Error, _) | (_, TyData::Error) => true,
            (TyData::Tuple(x), TyData::Tuple(y)) => self.unify_all(types, x, y),
            (TyData::List(x), TyData::List(y))
            | (TyData::Array(x), TyData::Array(y))
            | (TyData::Set(x), TyData::Set(y))
            | (TyData::Ptr(x), TyData::Ptr(y))
            | (TyData::Weak(x), TyData::Weak(y)) => self.unify(types, *x, *y),
            (TyData::Map(k, v), TyData::Map(l, w)) => {
                self.unify(types, *k, *l) && self.unify(types, *v, *w)
            }
            (TyData::Adt(i, x), TyData::Adt(j, y)) => i == j && self.unify_all(types, x, y),
            (TyData::Any(i, x), TyData::Any(j, y)) => i == j && self.unify_all(types, x, y),
            (TyData::Fn(x, r), TyData::Fn(y, s)) => {
                self.unify_all(types, x, y) && self.unify(types, *r, *s)
            }
            _ => false,
        }
    }

    fn unify_all(&mut self, types: &mut Types, a: &[Ty], b: &[Ty]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(&x, &y)| self.unify(types, x, y))
    }

    /// As `unify`, but undoes everything where it fails.
    pub fn try_unify(&mut self, types: &mut Types, a: Ty, b: Ty) -> bool {
        let snapshot = self.snapshot();
        let ok = self.unify(types, a, b);
        if !ok {
            self.rollback(snapshot);
        }
        ok
    }

    fn bind(&mut self, types: &mut Types, var: u32, ty: Ty) -> bool {
        let full = self.deep(types, ty);
        if occurs(types, var, full) {
            return false;
        }
        self.bound[var as usize] = Some(full);
        self.log.push(var);
        true
    }
}

fn occurs(types: &Types, var: u32, ty: Ty) -> bool {
    if !types.has_infer(ty) {
        return false;
    }
    let data = types.data(ty);
    if let TyData::Infer(v) = data {
        return *v == var;
    }
    let mut found = false;
    crate::types::for_each_part(data, |t| found |= occurs(types, var, t));
    found
}
