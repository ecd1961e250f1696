//! Which types hold anything that must be released, and what structs and tuples are made of.

use crate::defs::{AdtKind, Defs};
use crate::types::{Ty, TyData, Types};
use rustc_hash::FxHashMap;

/// Answers are remembered by type.
#[derive(Default)]
pub struct Holds {
    known: FxHashMap<Ty, bool>,
}

/// Types nest deeper than this only by polymorphic recursion, and such types hold memory.
const MAX_DEPTH: u32 = 64;

impl Holds {
    /// Whether a value of this type may hold something: a storage, an object, a closure, memory of
    /// its own. A type parameter may. A type that contains itself does: the recursion is boxed.
    pub fn holds(&mut self, defs: &Defs, types: &mut Types, ty: Ty) -> bool {
        self.holds_at(defs, types, ty, 0)
    }

    fn holds_at(&mut self, defs: &Defs, types: &mut Types, ty: Ty, depth: u32) -> bool {
        match types.data(ty) {
            TyData::Error
            | TyData::Never
            | TyData::Bool
            | TyData::Char
            | TyData::Int(_)
            | TyData::Float(_) => return false,
            TyData::Str
            | TyData::List(_)
            | TyData::Array(_)
            | TyData::Map(..)
            | TyData::Set(_)
            | TyData::Ptr(_)
            | TyData::Weak(_)
            | TyData::Any(..)
            | TyData::Fn(..)
            | TyData::Param(_)
            | TyData::Infer(_) => return true,
            TyData::Tuple(_) | TyData::Adt(..) => {}
        }
        if let Some(&known) = self.known.get(&ty) {
            return known;
        }
        if depth > MAX_DEPTH {
            return true;
        }
        // Met again below itself: boxed.
        self.known.insert(ty, true);
        let parts = fields(defs, types, ty);
        let holds = parts
            .into_iter()
            .any(|t| self.holds_at(defs, types, t, depth + 1));
        self.known.insert(ty, holds);
        holds
    }
}

/// The types of everything that a tuple, struct or enum contains directly. A path goes on to those of
/// structs and tuples only.
pub fn fields(defs: &Defs, types: &mut Types, ty: Ty) -> Vec<Ty> {
    match types.data(ty).clone() {
        TyData::Adt(id, args) => {
            let generic: Vec<Ty> = match &defs.adt(id).kind {
                AdtKind::Struct(fields) => fields.iter().map(|f| f.ty).collect(),
                AdtKind::Enum(variants) => variants
                    .iter()
                    .flat_map(|v| v.fields.iter().map(|f| f.ty))
                    .collect(),
            };
            generic.into_iter().map(|t| types.subst(t, &args)).collect()
        }
        TyData::Tuple(parts) => parts.to_vec(),
        _ => Vec::new(),
    }
}
