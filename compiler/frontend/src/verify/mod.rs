//! Checks the invariants of `hir`'s header, stage by stage, independently of the code that
//! establishes them: runs after each phase in debug builds and in all tests.
//!
//! `structure` has invariants 1 to 5 and 8, `holding` has 6, 7 and the last part of 3. Each complaint
//! names the invariant and the place in the function; none of them is ever a user's mistake.

mod holding;
mod structure;
#[cfg(test)]
mod tests;

use crate::defs::{AdtKind, Defs};
use crate::hir::{Func, Program, ShapeKind};
use crate::types::{Ty, TyData, Types};
use rustc_hash::FxHashMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Check,
    Own,
    Instantiate,
}

/// Checks one generic function as it is after `stage`.
pub fn verify(
    func: &Func,
    stage: Stage,
    defs: &Defs,
    types: &mut Types,
) -> Result<(), Vec<String>> {
    let mut world = World {
        source: Source::Generic { defs, types },
        holds: FxHashMap::default(),
    };
    finish(function(func, stage, &mut world))
}

/// Checks a whole program, all functions at stage `Instantiate`.
pub fn verify_program(program: &Program) -> Result<(), Vec<String>> {
    let mut world = World {
        source: Source::Program(program),
        holds: FxHashMap::default(),
    };
    let mut all = structure::program(program);
    for func in &program.funcs {
        all.extend(function(func, Stage::Instantiate, &mut world));
        if all.len() > 50 {
            break;
        }
    }
    finish(all)
}

fn function(func: &Func, stage: Stage, world: &mut World) -> Vec<String> {
    let mut out = structure::check(func, stage, world);
    // Without sound structure the second part would only stumble.
    if out.is_empty() && stage >= Stage::Own {
        out = holding::check(func, world);
    }
    out.iter_mut()
        .for_each(|m| *m = format!("{}: {m}", func.name));
    out
}

fn finish(all: Vec<String>) -> Result<(), Vec<String>> {
    if all.is_empty() { Ok(()) } else { Err(all) }
}

/// What types are made of.
struct World<'a> {
    source: Source<'a>,
    holds: FxHashMap<Ty, bool>,
}

enum Source<'a> {
    Generic {
        defs: &'a Defs,
        types: &'a mut Types,
    },
    Program(&'a Program),
}

impl World<'_> {
    fn types(&self) -> &Types {
        match &self.source {
            Source::Generic { types, .. } => types,
            Source::Program(p) => &p.types,
        }
    }

    fn data(&self, ty: Ty) -> &TyData {
        self.types().data(ty)
    }

    /// The fields of a struct or tuple.
    fn fields(&mut self, ty: Ty) -> Option<Vec<Ty>> {
        match self.data(ty).clone() {
            TyData::Tuple(parts) => Some(parts.to_vec()),
            TyData::Adt(..) => self.variant(ty, None),
            _ => None,
        }
    }

    /// The fields of a struct (`None`) or of an enum's variant.
    fn variant(&mut self, ty: Ty, variant: Option<u32>) -> Option<Vec<Ty>> {
        let TyData::Adt(id, args) = self.data(ty).clone() else {
            return None;
        };
        match &mut self.source {
            Source::Generic { defs, types } => {
                let fields = match (&defs.adts.get(id.index())?.kind, variant) {
                    (AdtKind::Struct(fields), None) => fields,
                    (AdtKind::Enum(variants), Some(v)) => &variants.get(v as usize)?.fields,
                    _ => return None,
                };
                let tys = fields.iter().map(|f| types.subst(f.ty, &args));
                Some(tys.collect())
            }
            Source::Program(p) => {
                let fields = match (&p.shapes.get(&ty)?.kind, variant) {
                    (ShapeKind::Struct(fields), None) => fields,
                    (ShapeKind::Enum(variants), Some(v)) => &variants.get(v as usize)?.fields,
                    _ => return None,
                };
                Some(fields.iter().map(|f| f.ty).collect())
            }
        }
    }

    fn variants(&self, ty: Ty) -> u32 {
        let TyData::Adt(id, _) = self.data(ty) else {
            return 0;
        };
        let count = match &self.source {
            Source::Generic { defs, .. } => match defs.adts.get(id.index()).map(|a| &a.kind) {
                Some(AdtKind::Enum(variants)) => variants.len(),
                _ => 0,
            },
            Source::Program(p) => match p.shapes.get(&ty).map(|s| &s.kind) {
                Some(ShapeKind::Enum(variants)) => variants.len(),
                _ => 0,
            },
        };
        count as u32
    }

    /// Whether a value may hold anything. What contains itself does.
    fn holds(&mut self, ty: Ty) -> bool {
        self.holds_at(ty, 0)
    }

    fn holds_at(&mut self, ty: Ty, depth: u32) -> bool {
        if let Some(&known) = self.holds.get(&ty) {
            return known;
        }
        let parts = match self.data(ty).clone() {
            TyData::Error
            | TyData::Never
            | TyData::Bool
            | TyData::Char
            | TyData::Int(_)
            | TyData::Float(_) => return false,
            TyData::Tuple(parts) => parts.to_vec(),
            TyData::Adt(..) if depth < 64 => {
                let structs = self.variant(ty, None).into_iter().flatten();
                let mut parts: Vec<Ty> = structs.collect();
                for v in 0..self.variants(ty) {
                    parts.extend(self.variant(ty, Some(v)).into_iter().flatten());
                }
                parts
            }
            _ => return true,
        };
        self.holds.insert(ty, true);
        let holds = parts.into_iter().any(|t| self.holds_at(t, depth + 1));
        self.holds.insert(ty, holds);
        holds
    }
}
