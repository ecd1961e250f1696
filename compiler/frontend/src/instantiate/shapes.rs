//! The types of a program: what structs and enums are made of, which have a `show` or a `deinit` of
//! their own.

use super::{Cx, MAX_DEPTH, MAX_SIZE, errors};
use crate::defs::{AdtKind, Field, Generics, Owner, TraitRef};
use crate::hir::*;
use crate::resolve::traits::{self, Selection};
use crate::types::{AdtId, Ty, TyData, for_each_part};

impl Cx<'_> {
    /// Notes that a type occurs in the program.
    pub(super) fn note(&mut self, ty: Ty) {
        if self.noted.len() <= ty.index() {
            self.noted.resize(ty.index() + 1, false);
        }
        if !std::mem::replace(&mut self.noted[ty.index()], true) {
            self.new_types.push_back(ty);
        }
    }

    /// What a type brings into the program.
    pub(super) fn type_parts(&mut self, ty: Ty) {
        let types = &*self.parts().types;
        let mut parts = Vec::new();
        for_each_part(types.data(ty), |t| parts.push(t));
        let adt = match types.data(ty) {
            TyData::Adt(id, args) => Some((*id, args.clone())),
            _ => None,
        };
        let endless = types.depth(ty) > MAX_DEPTH || types.size(ty) > MAX_SIZE;
        for part in parts {
            self.note(part);
        }
        if let Some((id, args)) = adt {
            if endless {
                if !std::mem::replace(&mut self.failed, true) {
                    let parts = self.parts();
                    // A declaration that grows without end was reported where it stands.
                    if !parts.problems.has_errors() {
                        let problem = errors::endless_type(parts.defs.adt(id));
                        parts.problems.push(problem);
                    }
                }
                return;
            }
            self.shape(ty, id, &args);
        }
        self.show(ty);
    }

    fn shape(&mut self, ty: Ty, id: AdtId, args: &[Ty]) {
        let parts = self.bodies.parts();
        let adt = parts.defs.adt(id);
        let mut met = Vec::new();
        let mut fields = |fields: &[Field]| -> Vec<ShapeField> {
            let shape = |f: &Field| {
                let ty = parts.types.subst(f.ty, args);
                met.push(ty);
                let name = f.name.clone();
                ShapeField { name, ty }
            };
            fields.iter().map(shape).collect()
        };
        let kind = match &adt.kind {
            AdtKind::Struct(all) => ShapeKind::Struct(fields(all)),
            AdtKind::Enum(variants) => {
                let shape = |v: &crate::defs::Variant| ShapeVariant {
                    name: v.name.clone(),
                    fields: fields(&v.fields),
                };
                ShapeKind::Enum(variants.iter().map(shape).collect())
            }
        };
        let (name, lang) = (adt.name.clone(), adt.lang);
        self.shapes.insert(ty, Shape { name, kind, lang });
        for ty in met {
            self.note(ty);
        }
    }

    /// A `show` that a user wrote.
    fn show(&mut self, ty: Ty) {
        let parts = self.bodies.parts();
        let Some(trait_) = parts.defs.lang.show else {
            return;
        };
        let bound = TraitRef {
            trait_,
            args: Vec::new(),
        };
        let found = traits::select(parts.defs, parts.types, &Generics::default(), ty, &bound);
        let Some(Selection::Impl(id, args)) = found else {
            return;
        };
        let block = parts.defs.impl_(id);
        let span = block.span;
        if let Some(def) = block.methods.first().copied().flatten() {
            let func = self.def(def, &args, span);
            self.shows.insert(ty, func);
        }
    }

    /// What `new` makes: an object of this type may have a `deinit`.
    pub(super) fn object(&mut self, ty: Ty) {
        if self.deinits.contains_key(&ty) {
            return;
        }
        let parts = self.bodies.parts();
        let Some(head) = traits::head_of(parts.types, ty) else {
            return;
        };
        let methods = parts.defs.methods(head, "deinit").to_vec();
        for def in methods {
            let parts = self.bodies.parts();
            let f = parts.defs.func(def);
            let (owner, span) = (f.owner, f.span);
            let Owner::Impl(id) = owner else { continue };
            if parts.defs.impl_(id).trait_.is_some() {
                continue;
            }
            if let Some(args) = traits::match_impl(parts.defs, parts.types, id, ty) {
                let func = self.def(def, &args, span);
                self.deinits.insert(ty, func);
                return;
            }
        }
    }
}
