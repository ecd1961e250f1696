//! Written types and names to interned types and definitions.
//!
//! Takes syntax and what is in scope; gives types, with every mistake reported and `Types::ERROR`
//! in its place. Bounds of type arguments are proved at once for `check`, later for declarations
//! (whose bounds are not all known while they are being read).

use super::load::dotted;
use super::{errors, traits};
use crate::ast::{self, Name, Text, TyKind};
use crate::defs::{AliasId, Collection, Def, Defs, Generics, Member, ModuleId, TraitRef};
use crate::problem::Problems;
use crate::source::Span;
use crate::types::{Ty, TyData, Types};
use rustc_hash::FxHashMap;

/// What a type may name where it is written.
#[derive(Clone, Copy)]
pub struct TyScope<'a> {
    pub module: ModuleId,
    pub generics: &'a Generics,
    pub self_ty: Option<Ty>,
    /// Names that the blocks around declare (nested functions and `use`), the innermost last.
    pub items: &'a [&'a FxHashMap<Text, Def>],
}

/// Types nest at most this deep, and have at most so many parts when written out.
pub const MAX_TYPE_DEPTH: u32 = 200;
pub const MAX_TYPE_SIZE: u32 = 100_000;

/// The type that is written, with the bounds of its arguments checked.
pub fn lower_ty(
    defs: &Defs,
    types: &mut Types,
    problems: &mut Problems,
    scope: &TyScope,
    ty: &ast::Ty,
) -> Ty {
    let mut lower = Lower::new(defs, types, problems, *scope);
    let result = lower.ty(ty);
    let applied = lower.applied;
    check_applied(defs, types, problems, scope.generics, &applied);
    result
}

/// What a path of names leads to: `Point`, `shapes.Point`. Reports what does not exist or is not
/// shown.
pub fn lookup_path(
    defs: &Defs,
    problems: &mut Problems,
    scope: &TyScope,
    path: &[Name],
) -> Option<Def> {
    let (first, rest) = path.split_first()?;
    let Some(mut def) = lookup_name(defs, scope, &first.text) else {
        unknown(defs, problems, scope, path);
        return None;
    };
    for name in rest {
        let Def::Module(module) = def else {
            problems.push(errors::not_a_module(defs, name, def));
            return None;
        };
        match defs.member(module, &name.text, scope.module) {
            Member::Def(d) => def = d,
            Member::Private(binding) => {
                problems.push(errors::private(defs, name, module, &binding));
                return None;
            }
            Member::Missing => {
                let p = errors::not_in_module(defs, problems, name, module, scope.module);
                problems.push(p);
                return None;
            }
        }
    }
    Some(def)
}

/// A bare name, blocks' own names first. Type parameters and `Self` are not among them.
pub fn lookup_name(defs: &Defs, scope: &TyScope, name: &str) -> Option<Def> {
    let in_blocks = scope.items.iter().rev().find_map(|m| m.get(name).copied());
    in_blocks.or_else(|| defs.lookup(scope.module, name))
}

fn unknown(defs: &Defs, problems: &mut Problems, scope: &TyScope, path: &[Name]) {
    let Some((name, rest)) = path.split_first() else {
        return;
    };
    if defs.module(scope.module).lost.contains(&name.text) {
        return;
    }
    let module = rest.split_last().map(|_| dotted(&path[..path.len() - 1]));
    if let Some(module) = module.filter(|m| is_module(defs, m)) {
        problems.push(errors::module_not_imported(name, &module));
        return;
    }
    let params = scope.generics.params.iter().map(|p| &*p.name);
    let own = defs.module(scope.module).scope.keys().map(|k| &**k);
    let prelude = defs.prelude.keys().map(|k| &**k);
    let nearest = crate::suggest::closest(problems, &name.text, params.chain(own).chain(prelude));
    let problem = errors::unknown_type(name, nearest);
    problems.push(problem);
}

fn is_module(defs: &Defs, path: &str) -> bool {
    defs.module_ids.contains_key(path) || crate::loader::STD.iter().any(|f| f.path == path)
}

/// A use of something generic whose bounds are still to be proved.
pub(super) struct Applied {
    pub span: Span,
    pub what: AppliedTo,
}

pub(super) enum AppliedTo {
    /// A struct, enum, Map or Set with its arguments.
    Type(Ty),
    Alias(AliasId, Vec<Ty>),
    /// A bound or an implemented trait.
    Trait(TraitRef),
}

/// Reads types in one scope.
pub(super) struct Lower<'a> {
    pub defs: &'a Defs,
    pub types: &'a mut Types,
    pub problems: &'a mut Problems,
    pub scope: TyScope<'a>,
    /// The type parameters of the function around, and its name: not seen in here.
    pub outer: Option<(&'a Generics, &'a str)>,
    pub applied: Vec<Applied>,
}

impl<'a> Lower<'a> {
    pub fn new(
        defs: &'a Defs,
        types: &'a mut Types,
        problems: &'a mut Problems,
        scope: TyScope<'a>,
    ) -> Lower<'a> {
        Lower {
            defs,
            types,
            problems,
            scope,
            outer: None,
            applied: Vec::new(),
        }
    }

    /// Recursion is as deep as the type is written, which the parser limits.
    pub fn ty(&mut self, ty: &ast::Ty) -> Ty {
        let result = match &ty.kind {
            TyKind::Name { path, args } => self.named(ty.span, path, args),
            TyKind::Optional(t) => {
                let t = self.ty(t);
                self.lang_adt(self.defs.lang.option, &[t])
            }
            TyKind::Result(t, e) => {
                let parts = [self.ty(t), self.ty(e)];
                self.lang_adt(self.defs.lang.result, &parts)
            }
            TyKind::Ptr(t) => {
                let t = self.ty(t);
                self.types.intern(TyData::Ptr(t))
            }
            TyKind::Weak(t) => {
                let t = self.ty(t);
                self.types.intern(TyData::Weak(t))
            }
            TyKind::Any(t) => match self.trait_ref(t) {
                Some(r) => self.types.intern(TyData::Any(r.trait_, r.args.into())),
                None => Types::ERROR,
            },
            TyKind::Fn { params, ret } => {
                let params: Box<[Ty]> = params.iter().map(|p| self.ty(p)).collect();
                let ret = ret.as_ref().map_or(Types::UNIT, |r| self.ty(r));
                self.types.intern(TyData::Fn(params, ret))
            }
            TyKind::Tuple(parts) => {
                let parts: Box<[Ty]> = parts.iter().map(|p| self.ty(p)).collect();
                self.types.intern(TyData::Tuple(parts))
            }
            TyKind::Error => Types::ERROR,
        };
        self.limited(result, ty.span)
    }

    fn limited(&mut self, ty: Ty, span: Span) -> Ty {
        if self.types.depth(ty) > MAX_TYPE_DEPTH {
            self.problems.push(errors::type_too_deep(span));
            return Types::ERROR;
        }
        if self.types.size(ty) > MAX_TYPE_SIZE {
            self.problems.push(errors::type_too_large(span));
            return Types::ERROR;
        }
        ty
    }

    fn lang_adt(&mut self, id: Option<crate::types::AdtId>, args: &[Ty]) -> Ty {
        // Only a broken library lacks them, which `resolve` says.
        match id {
            Some(id) => self.types.intern(TyData::Adt(id, args.into())),
            None => Types::ERROR,
        }
    }

    fn named(&mut self, span: Span, path: &[Name], args: &[ast::Ty]) -> Ty {
        let Some(last) = path.last() else {
            return Types::ERROR;
        };
        if path.len() == 1 {
            if let Some(ty) = self.parameter(last) {
                if !args.is_empty() {
                    let problem = errors::arity(span, &last.text, 0, args.len());
                    self.problems.push(problem);
                    return Types::ERROR;
                }
                return ty;
            }
            if &*last.text == "Self" {
                self.problems.push(errors::self_outside(span));
                return Types::ERROR;
            }
            if let Some((outer, function)) = self.outer
                && outer.params.iter().any(|p| p.name == last.text)
                && lookup_name(self.defs, &self.scope, &last.text).is_none()
            {
                let problem = errors::outer_type_param(last, function);
                self.problems.push(problem);
                return Types::ERROR;
            }
        }
        let Some(def) = lookup_path(self.defs, self.problems, &self.scope, path) else {
            return Types::ERROR;
        };
        let args: Vec<Ty> = args.iter().map(|a| self.ty(a)).collect();
        self.apply(span, &last.text, def, args)
    }

    /// A type parameter in scope, or `Self`.
    fn parameter(&mut self, name: &Name) -> Option<Ty> {
        if &*name.text == "Self" {
            return self.scope.self_ty;
        }
        let params = &self.scope.generics.params;
        let i = params.iter().rposition(|p| p.name == name.text)?;
        Some(self.types.intern(TyData::Param(i as u32)))
    }

    /// A definition with its arguments, as a type.
    fn apply(&mut self, span: Span, name: &str, def: Def, args: Vec<Ty>) -> Ty {
        let wanted = match def {
            Def::Scalar(_) => 0,
            Def::Collection(Collection::Map) => 2,
            Def::Collection(_) => 1,
            Def::Adt(id) => self.defs.adt(id).generics.params.len(),
            Def::Alias(id) => self.defs.alias(id).generics.params.len(),
            Def::Trait(_) => {
                self.problems.push(errors::trait_as_type(span, name));
                return Types::ERROR;
            }
            Def::Module(_) | Def::Fn(_) | Def::Const(_) | Def::Variant(..) => {
                self.problems
                    .push(errors::not_a_type(self.defs, span, name, def));
                return Types::ERROR;
            }
        };
        if wanted != args.len() {
            self.problems
                .push(errors::arity(span, name, wanted, args.len()));
            return Types::ERROR;
        }
        match def {
            Def::Scalar(ty) => ty,
            Def::Collection(Collection::List) => self.types.intern(TyData::List(args[0])),
            Def::Collection(Collection::Array) => self.types.intern(TyData::Array(args[0])),
            Def::Collection(Collection::Set) => {
                let ty = self.types.intern(TyData::Set(args[0]));
                self.prove(span, AppliedTo::Type(ty))
            }
            Def::Collection(Collection::Map) => {
                let ty = self.types.intern(TyData::Map(args[0], args[1]));
                self.prove(span, AppliedTo::Type(ty))
            }
            Def::Adt(id) => {
                let ty = self.types.intern(TyData::Adt(id, args.into()));
                if wanted > 0 {
                    self.prove(span, AppliedTo::Type(ty));
                }
                ty
            }
            Def::Alias(id) => {
                // Checked before the substitution, so that what is substituted stays small.
                let body = self.defs.alias(id).ty;
                let most = args.iter().map(|&a| self.types.size(a)).max().unwrap_or(1);
                if self.types.size(body).saturating_mul(most) > MAX_TYPE_SIZE {
                    self.problems.push(errors::type_too_large(span));
                    return Types::ERROR;
                }
                let ty = self.types.subst(body, &args);
                if wanted > 0 {
                    self.prove(span, AppliedTo::Alias(id, args));
                }
                ty
            }
            Def::Trait(_) | Def::Module(_) | Def::Fn(_) | Def::Const(_) | Def::Variant(..) => {
                Types::ERROR
            }
        }
    }

    fn prove(&mut self, span: Span, what: AppliedTo) -> Ty {
        let ty = match what {
            AppliedTo::Type(ty) => ty,
            AppliedTo::Alias(..) | AppliedTo::Trait(_) => Types::ERROR,
        };
        self.applied.push(Applied { span, what });
        ty
    }

    /// A trait with its arguments: a bound, a supertrait, what `impl` and `any` name.
    pub fn trait_ref(&mut self, ty: &ast::Ty) -> Option<TraitRef> {
        let TyKind::Name { path, args } = &ty.kind else {
            self.problems.push(errors::trait_wanted(ty.span));
            return None;
        };
        let last = path.last()?;
        let is_param = path.len() == 1 && self.parameter(last).is_some();
        if is_param {
            self.problems.push(errors::trait_wanted(ty.span));
            return None;
        }
        let def = lookup_path(self.defs, self.problems, &self.scope, path)?;
        let Def::Trait(trait_) = def else {
            let problem = errors::not_a_trait(self.defs, ty.span, &last.text, def);
            self.problems.push(problem);
            return None;
        };
        let args: Vec<Ty> = args.iter().map(|a| self.ty(a)).collect();
        let wanted = self.defs.trait_(trait_).generics.params.len() - 1;
        if args.len() != wanted {
            let problem = errors::arity(ty.span, &last.text, wanted, args.len());
            self.problems.push(problem);
            return None;
        }
        let result = TraitRef { trait_, args };
        if wanted > 0 {
            self.prove(ty.span, AppliedTo::Trait(result.clone()));
        }
        Some(result)
    }
}

/// Proves the bounds of generic things that were given arguments.
pub(super) fn check_applied(
    defs: &Defs,
    types: &mut Types,
    problems: &mut Problems,
    env: &Generics,
    applied: &[Applied],
) {
    for Applied { span, what } in applied {
        let (generics, args, skip) = match what {
            AppliedTo::Alias(id, args) => (&defs.alias(*id).generics, args.clone(), 0),
            AppliedTo::Trait(r) => {
                // `Self` of the trait is whatever the bound stands on; its own bound is the trait.
                let mut args = vec![Types::ERROR];
                args.extend(&r.args);
                (&defs.trait_(r.trait_).generics, args, 1)
            }
            AppliedTo::Type(ty) => match types.data(*ty).clone() {
                TyData::Adt(id, args) => (&defs.adt(id).generics, args.to_vec(), 0),
                TyData::Map(key, _) | TyData::Set(key) => {
                    if let Some(trait_) = defs.lang.hash {
                        let bound = TraitRef {
                            trait_,
                            args: Vec::new(),
                        };
                        if let Err(unmet) = traits::prove(defs, types, env, key, &bound) {
                            let p = errors::not_a_key(defs, types, env, *span, key, &unmet);
                            problems.push(p);
                        }
                    }
                    continue;
                }
                _ => continue,
            },
        };
        for (i, param) in generics.params.iter().enumerate().skip(skip) {
            for bound in &param.bounds {
                let bound = traits::subst_ref(types, bound, &args);
                if let Err(unmet) = traits::prove(defs, types, env, args[i], &bound) {
                    let p = errors::unmet(defs, types, env, *span, args[i], &bound, &unmet);
                    problems.push(p);
                }
            }
        }
    }
}
