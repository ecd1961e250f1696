//! `--leaks`: what the last collection is about to end, told before it does.
//!
//! Gives the contract's report: the objects that are dead at a program's normal end, where each was
//! made, and what it holds by field. Changes nothing.

use crate::machine::Machine;
use crate::objects::{identity, push_parts};
use crate::value::{Object, V};
use cowl_contract::leaks;
use cowl_frontend::hir::ShapeKind;
use cowl_frontend::types::TyData;
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

impl Machine<'_> {
    /// To be called where the program has ended and the last collection has not begun.
    pub fn leaked(&self) -> Vec<leaks::Object> {
        let dead = self.dead_objects();
        let numbers: FxHashMap<usize, usize> = dead
            .iter()
            .enumerate()
            .map(|(i, o)| (Rc::as_ptr(o).addr(), i))
            .collect();
        dead.iter()
            .map(|o| leaks::Object {
                ty: self.type_name(o.ty),
                place: self.place_of(o.site),
                holds: self.holds(o, &numbers),
            })
            .collect()
    }

    fn holds(&self, object: &Object, numbers: &FxHashMap<usize, usize>) -> Vec<(String, usize)> {
        let value = object.value.borrow();
        let has_fields = match self.env.types.data(object.ty) {
            TyData::Tuple(_) => true,
            TyData::Adt(..) => matches!(self.env.shape(object.ty).kind, ShapeKind::Struct(_)),
            _ => false,
        };
        let mut out = Vec::new();
        match &*value {
            V::Rec(parts) if has_fields => {
                for (i, part) in parts.iter().enumerate() {
                    let name = self.field_name(object.ty, i as u32);
                    let found = behind(part, numbers);
                    out.extend(found.into_iter().map(|to| (name.clone(), to)));
                }
            }
            value => {
                let found = behind(value, numbers);
                out.extend(found.into_iter().map(|to| (String::new(), to)));
            }
        }
        out
    }
}

/// The objects that a value leads to through no other object, in order.
fn behind(value: &V, numbers: &FxHashMap<usize, usize>) -> Vec<usize> {
    let mut met: FxHashSet<usize> = FxHashSet::default();
    let mut found = Vec::new();
    let mut work = vec![value];
    while let Some(v) = work.pop() {
        if let Some((address, _)) = identity(v)
            && !met.insert(address)
        {
            continue;
        }
        match v {
            V::Ptr(object) => found.extend(numbers.get(&Rc::as_ptr(object).addr())),
            v => push_parts(v, &mut work),
        }
    }
    found.sort_unstable();
    found
}
