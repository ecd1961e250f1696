//! Which function a trait's method is, on a type that is known.

use super::{Cx, Key};
use crate::defs::{Generics, SelfKind, TraitRef};
use crate::hir::*;
use crate::resolve::traits::{self, Selection};
use crate::source::Span;
use crate::types::{TraitId, Ty, TyData};

/// What a call of a trait's method calls.
pub enum Target {
    Func(FuncId),
    /// An intrinsic method (`show`).
    Builtin(Builtin, Vec<Ty>),
    /// Through `any`.
    Any(u32),
}

impl Cx<'_> {
    /// `targs`: `Self`, the trait's arguments, the method's own. `None`: reported, or ours.
    pub(super) fn method(
        &mut self,
        trait_: TraitId,
        method: u32,
        targs: &[Ty],
        span: Span,
    ) -> Option<Target> {
        let (bound, own) = self.bound(trait_, targs);
        let parts = self.parts();
        let env = Generics::default();
        if let Some(found) = traits::select(parts.defs, parts.types, &env, targs[0], &bound) {
            return self.selected(found, &bound, method, targs, &own, span);
        }
        // Of a trait that only pointers satisfy, `Self` is the object behind one.
        let ptr = parts.types.intern(TyData::Ptr(targs[0]));
        let found = traits::select(parts.defs, parts.types, &env, ptr, &bound)?;
        let Selection::Through(inner) = found else {
            return None;
        };
        self.selected(*inner, &bound, method, targs, &own, span)
    }

    /// The trait with its arguments, and what remains for the method.
    fn bound(&mut self, trait_: TraitId, targs: &[Ty]) -> (TraitRef, Vec<Ty>) {
        let count = self.parts().defs.trait_(trait_).generics.params.len();
        let (of_trait, own) = targs.split_at(count.min(targs.len()));
        let args = of_trait[1..].to_vec();
        (TraitRef { trait_, args }, own.to_vec())
    }

    fn selected(
        &mut self,
        found: Selection,
        bound: &TraitRef,
        method: u32,
        targs: &[Ty],
        own: &[Ty],
        span: Span,
    ) -> Option<Target> {
        let declared = self.parts().defs.trait_(bound.trait_).methods[method as usize];
        match found {
            Selection::Impl(id, mut args) => {
                let block = self.parts().defs.impl_(id);
                let written = block.methods.get(method as usize).copied().flatten();
                Some(Target::Func(match written {
                    Some(def) => {
                        args.extend(own);
                        self.def(def, &args, span)
                    }
                    None => self.def(declared, targs, span),
                }))
            }
            Selection::Builtin => {
                if let Some(op) = self.parts().defs.func(declared).intrinsic {
                    return Some(Target::Builtin(op, targs.to_vec()));
                }
                if Some(bound.trait_) == self.parts().defs.lang.default {
                    return Some(Target::Func(self.instance(Key::Default(targs[0]))));
                }
                None
            }
            Selection::Any => {
                let parts = self.parts();
                let TyData::Any(id, args) = parts.types.data(targs[0]).clone() else {
                    return None;
                };
                let own_ref = TraitRef {
                    trait_: id,
                    args: args.to_vec(),
                };
                let all = traits::all_methods(parts.defs, parts.types, &own_ref, targs[0]);
                let index = all
                    .iter()
                    .position(|(r, i, _)| r == bound && *i == method)?;
                Some(Target::Any(index as u32))
            }
            Selection::Through(inner) => {
                let kind = self.parts().defs.func(declared).self_kind;
                let TyData::Ptr(object) = *self.parts().types.data(targs[0]) else {
                    return None;
                };
                if kind == Some(SelfKind::Ptr) {
                    // Its receiver is the pointer itself.
                    let mut targs = targs.to_vec();
                    targs[0] = object;
                    return self.selected(*inner, bound, method, &targs, own, span);
                }
                Some(Target::Func(self.instance(Key::Through {
                    trait_: bound.trait_,
                    method,
                    targs: targs.into(),
                })))
            }
            Selection::Param(_) => None,
        }
    }

    /// The method that a `*T` reaches in `T`: how `*T` came to have the trait says how T has it.
    pub(super) fn method_behind(
        &mut self,
        trait_: TraitId,
        method: u32,
        targs: &[Ty],
        span: Span,
    ) -> Option<Target> {
        let (bound, own) = self.bound(trait_, targs);
        let parts = self.parts();
        let env = Generics::default();
        let found = traits::select(parts.defs, parts.types, &env, targs[0], &bound)?;
        let Selection::Through(inner) = found else {
            return None;
        };
        let TyData::Ptr(object) = *self.parts().types.data(targs[0]) else {
            return None;
        };
        let mut targs = targs.to_vec();
        targs[0] = object;
        self.selected(*inner, &bound, method, &targs, &own, span)
    }

    /// The trait of an `any` type, and by index of its table whether a method can be called.
    pub(super) fn any_methods(&mut self, any: Ty) -> Option<(TraitId, Vec<bool>)> {
        let parts = self.parts();
        let TyData::Any(trait_, args) = parts.types.data(any).clone() else {
            return None;
        };
        let own = TraitRef {
            trait_,
            args: args.to_vec(),
        };
        let all = traits::all_methods(parts.defs, parts.types, &own, any);
        let callable = |(r, i, _): &(TraitRef, u32, FnDefId)| {
            let of_trait = &parts.defs.trait_(r.trait_).any_callable;
            of_trait.get(*i as usize).copied().unwrap_or(false)
        };
        Some((trait_, all.iter().map(callable).collect()))
    }
}

impl Target {
    /// A call of it.
    pub fn call(self, args: Vec<Expr>) -> ExprKind {
        match self {
            Target::Func(f) => ExprKind::Call {
                callee: Callee::Func(f),
                args,
            },
            Target::Builtin(op, targs) => ExprKind::Builtin { op, targs, args },
            Target::Any(method) => ExprKind::Call {
                callee: Callee::Any { method },
                args,
            },
        }
    }

    /// A change of a place by it.
    pub fn change(self, args: Vec<Expr>, gives: Gives, sole_first: bool) -> Change {
        let callee = match self {
            Target::Func(f) => Callee::Func(f),
            Target::Any(method) => Callee::Any { method },
            Target::Builtin(op, targs) => return Change::Builtin { op, targs, args },
        };
        Change::Call {
            callee,
            args,
            gives,
            sole_first,
        }
    }
}
