//! Which types have which traits: by an `impl`, by a bound, derived from parts, through a pointer,
//! or as `any Trait`.
//!
//! Works on generic types (`env` says what is known of the parameters), on types with inference
//! variables (the answer can then be "not yet"), and on monomorphic ones (with an empty `env`).
//! Must not report problems: callers know where and why they ask.

use super::fit::{Fit, fit};
use crate::defs::{BuiltinTrait, Defs, Derive, Generics, Head, ImplId, TraitRef};
use crate::hir::FnDefId;
use crate::types::{AdtId, TraitId, Ty, TyData, Types};
use rustc_hash::{FxHashMap, FxHashSet};

/// Why a type has a trait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// An impl, with the arguments for its parameters.
    Impl(ImplId, Vec<Ty>),
    /// The type parameter of `env` has it as a bound (or a supertrait of one).
    Param(u32),
    /// The compiler gives it: `Eq`, `Ord`, `Hash`, `Show`, `Default` from the parts, and the closed
    /// number traits.
    Builtin,
    /// The type is `any Trait` (or an `any` of a trait with this supertrait).
    Any,
    /// The type is `*T`, and `T` has it.
    Through(Box<Selection>),
}

/// What failed, innermost: this type lacks this trait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    pub ty: Ty,
    pub trait_: TraitRef,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Yes(Selection),
    /// Depends on an inference variable.
    Maybe,
    No(Unmet),
}

/// How a type has a trait, if it has it for sure.
pub fn select(
    defs: &Defs,
    types: &mut Types,
    env: &Generics,
    self_ty: Ty,
    trait_: &TraitRef,
) -> Option<Selection> {
    match solve(defs, types, env, self_ty, trait_) {
        Answer::Yes(selection) => Some(selection),
        Answer::Maybe | Answer::No(_) => None,
    }
}

/// As `select`, for types without inference variables: says what is missing.
pub fn prove(
    defs: &Defs,
    types: &mut Types,
    env: &Generics,
    self_ty: Ty,
    trait_: &TraitRef,
) -> Result<Selection, Unmet> {
    match solve(defs, types, env, self_ty, trait_) {
        Answer::Yes(selection) => Ok(selection),
        Answer::No(unmet) => Err(unmet),
        Answer::Maybe => Err(Unmet {
            ty: self_ty,
            trait_: trait_.clone(),
        }),
    }
}

pub fn solve(
    defs: &Defs,
    types: &mut Types,
    env: &Generics,
    self_ty: Ty,
    trait_: &TraitRef,
) -> Answer {
    let mut solver = Solver {
        defs,
        types,
        env,
        known: FxHashMap::default(),
        depth: 0,
    };
    solver.goal(self_ty, trait_)
}

/// Every form in which a type has a trait, as far as impls and bounds say: `From<A>`, `From<B>` …
/// Where there is exactly one, its arguments fix inference variables. The impls' own bounds are
/// not proved here.
pub fn refs_of(
    defs: &Defs,
    types: &mut Types,
    env: &Generics,
    self_ty: Ty,
    trait_: TraitId,
) -> Vec<TraitRef> {
    let mut found = Vec::new();
    match types.data(self_ty).clone() {
        TyData::Param(i) => {
            let Some(param) = env.params.get(i as usize) else {
                return found;
            };
            for bound in &param.bounds {
                let all = with_supers(defs, types, bound, self_ty);
                found.extend(all.into_iter().filter(|r| r.trait_ == trait_));
            }
        }
        TyData::Any(id, args) => {
            let own = TraitRef {
                trait_: id,
                args: args.to_vec(),
            };
            let all = with_supers(defs, types, &own, self_ty);
            found.extend(all.into_iter().filter(|r| r.trait_ == trait_));
        }
        TyData::Ptr(inner) if defs.trait_(trait_).through_ptr => {
            found.extend(refs_of(defs, types, env, inner, trait_));
        }
        _ => {}
    }
    for id in candidates(defs, types, self_ty, trait_) {
        let block = defs.impl_(id);
        let mut args = vec![None; block.generics.params.len()];
        if fit(types, &[(block.self_ty, self_ty)], &mut args) != Fit::Yes {
            continue;
        }
        let (Some(args), Some(r)) = (args.into_iter().collect::<Option<Vec<Ty>>>(), &block.trait_)
        else {
            continue;
        };
        found.push(subst_ref(types, r, &args));
    }
    found.sort_by(|a, b| (a.trait_, &a.args).cmp(&(b.trait_, &b.args)));
    found.dedup();
    found
}

/// The arguments with which an impl's self type becomes `ty`.
pub fn match_impl(defs: &Defs, types: &Types, id: ImplId, ty: Ty) -> Option<Vec<Ty>> {
    let block = defs.impl_(id);
    let mut args = vec![None; block.generics.params.len()];
    match fit(types, &[(block.self_ty, ty)], &mut args) {
        Fit::Yes => args.into_iter().collect(),
        Fit::Maybe | Fit::No => None,
    }
}

/// A trait and its supertraits, all of them, each once; the trait itself first, then breadth first.
pub fn with_supers(
    defs: &Defs,
    types: &mut Types,
    trait_: &TraitRef,
    self_ty: Ty,
) -> Vec<TraitRef> {
    let mut all = vec![trait_.clone()];
    let mut seen: FxHashSet<TraitRef> = FxHashSet::default();
    seen.insert(trait_.clone());
    let mut next = 0;
    while let Some(current) = all.get(next).cloned() {
        next += 1;
        let mut args = vec![self_ty];
        args.extend(&current.args);
        for super_ in &defs.trait_(current.trait_).supers {
            let super_ = subst_ref(types, super_, &args);
            if seen.insert(super_.clone()) {
                all.push(super_);
            }
        }
    }
    all
}

/// The methods that `any Trait` and bounds bring, in the order of a `hir::Vtable`: the trait's own,
/// then its supertraits'. Each with the trait it stands in and its index there.
pub fn all_methods(
    defs: &Defs,
    types: &mut Types,
    trait_: &TraitRef,
    self_ty: Ty,
) -> Vec<(TraitRef, u32, FnDefId)> {
    let mut out = Vec::new();
    for r in with_supers(defs, types, trait_, self_ty) {
        for (i, &method) in defs.trait_(r.trait_).methods.iter().enumerate() {
            out.push((r.clone(), i as u32, method));
        }
    }
    out
}

pub fn subst_ref(types: &mut Types, r: &TraitRef, args: &[Ty]) -> TraitRef {
    TraitRef {
        trait_: r.trait_,
        args: r.args.iter().map(|&a| types.subst(a, args)).collect(),
    }
}

/// The outermost constructor, where a type has one.
pub fn head_of(types: &Types, ty: Ty) -> Option<Head> {
    Some(match types.data(ty) {
        TyData::Bool => Head::Bool,
        TyData::Char => Head::Char,
        TyData::Int(i) => Head::Int(*i),
        TyData::Float(f) => Head::Float(*f),
        TyData::Str => Head::Str,
        TyData::Tuple(parts) => Head::Tuple(parts.len()),
        TyData::List(_) => Head::List,
        TyData::Array(_) => Head::Array,
        TyData::Map(..) => Head::Map,
        TyData::Set(_) => Head::Set,
        TyData::Adt(id, _) => Head::Adt(*id),
        TyData::Ptr(_) => Head::Ptr,
        TyData::Weak(_) => Head::Weak,
        TyData::Any(id, _) => Head::Any(*id),
        TyData::Fn(..) => Head::Fn,
        TyData::Error | TyData::Never | TyData::Param(_) | TyData::Infer(_) => return None,
    })
}

/// The impls of a trait that may fit a type, by its head.
fn candidates(defs: &Defs, types: &Types, ty: Ty, trait_: TraitId) -> Vec<ImplId> {
    let by = |head: Head| {
        defs.impls_by_head
            .get(&(trait_, head))
            .into_iter()
            .flatten()
    };
    let own = head_of(types, ty).into_iter().flat_map(by);
    own.chain(by(Head::Blanket)).copied().collect()
}

/// Goals nest as deep as types do, and one step more for each `impl<T: A> B for T`.
const MAX_DEPTH: u32 = 300;

struct Solver<'a> {
    defs: &'a Defs,
    types: &'a mut Types,
    env: &'a Generics,
    /// Goals that are answered, and those being worked on (`None`).
    known: FxHashMap<(Ty, TraitRef), Option<Answer>>,
    depth: u32,
}

impl Solver<'_> {
    fn goal(&mut self, ty: Ty, trait_: &TraitRef) -> Answer {
        if let Some(answer) = self.at_once(ty, trait_) {
            return answer;
        }
        let key = (ty, trait_.clone());
        let derivable = self.defs.trait_(trait_.trait_).builtin.is_some();
        match self.known.get(&key) {
            Some(Some(answer)) => return answer.clone(),
            // A type that contains itself has a derived trait if its other parts do. An impl that
            // needs itself does not exist.
            Some(None) if derivable => return Answer::Yes(Selection::Builtin),
            Some(None) => return no(ty, trait_),
            None => {}
        }
        if self.depth > MAX_DEPTH {
            return no(ty, trait_);
        }
        self.known.insert(key.clone(), None);
        self.depth += 1;
        let answer = self.decide(ty, trait_);
        self.depth -= 1;
        self.known.insert(key, Some(answer.clone()));
        answer
    }

    /// Answers that need nothing else: most questions.
    fn at_once(&self, ty: Ty, trait_: &TraitRef) -> Option<Answer> {
        let builtin = self.defs.trait_(trait_.trait_).builtin;
        let yes = Some(Answer::Yes(Selection::Builtin));
        match self.types.data(ty) {
            TyData::Error => yes,
            TyData::Infer(_) => Some(Answer::Maybe),
            TyData::Never => match builtin {
                Some(BuiltinTrait::Default) | None => Some(no(ty, trait_)),
                Some(_) => yes,
            },
            TyData::Int(_) => match builtin? {
                BuiltinTrait::Float => Some(no(ty, trait_)),
                _ => yes,
            },
            TyData::Float(_) => match builtin? {
                BuiltinTrait::Int => Some(no(ty, trait_)),
                _ => yes,
            },
            TyData::Bool | TyData::Char | TyData::Str => match builtin? {
                BuiltinTrait::Num | BuiltinTrait::Int | BuiltinTrait::Float => Some(no(ty, trait_)),
                _ => yes,
            },
            _ => None,
        }
    }

    fn decide(&mut self, ty: Ty, trait_: &TraitRef) -> Answer {
        let declared = self.defs.trait_(trait_.trait_);
        let mut maybe = false;
        match self.types.data(ty).clone() {
            TyData::Param(i) => match self.by_bound(i, ty, trait_) {
                Answer::No(_) => {}
                answer => return answer,
            },
            TyData::Any(id, args) if declared.any_satisfies => {
                let own = TraitRef {
                    trait_: id,
                    args: args.to_vec(),
                };
                for r in with_supers(self.defs, self.types, &own, ty) {
                    match self.same_ref(&r, trait_) {
                        Fit::Yes => return Answer::Yes(Selection::Any),
                        Fit::Maybe => maybe = true,
                        Fit::No => {}
                    }
                }
            }
            TyData::Ptr(inner) if declared.through_ptr => {
                return match self.through(inner, trait_) {
                    Answer::Yes(s) => Answer::Yes(Selection::Through(Box::new(s))),
                    Answer::Maybe => Answer::Maybe,
                    Answer::No(_) => no(ty, trait_),
                };
            }
            _ => {}
        }
        if declared.ptr_only {
            return if maybe { Answer::Maybe } else { no(ty, trait_) };
        }
        match self.by_impl(ty, trait_) {
            Some(answer) => answer,
            None if maybe => Answer::Maybe,
            None => match declared.builtin {
                Some(builtin) => self.derived(ty, trait_, builtin),
                None => no(ty, trait_),
            },
        }
    }

    /// What the object behind a pointer has: `ptr_only` traits are its impls too.
    fn through(&mut self, inner: Ty, trait_: &TraitRef) -> Answer {
        match self.types.data(inner) {
            TyData::Param(_) | TyData::Any(..) | TyData::Ptr(_) => self.goal(inner, trait_),
            _ => self
                .by_impl(inner, trait_)
                .unwrap_or_else(|| no(inner, trait_)),
        }
    }

    fn by_bound(&mut self, param: u32, ty: Ty, trait_: &TraitRef) -> Answer {
        let Some(def) = self.env.params.get(param as usize) else {
            return no(ty, trait_);
        };
        let asked = self.defs.trait_(trait_.trait_).builtin;
        let mut maybe = false;
        for bound in &def.bounds {
            for r in with_supers(self.defs, self.types, bound, ty) {
                let has = self.defs.trait_(r.trait_).builtin;
                if asked.zip(has).is_some_and(|(a, h)| implies(h, a)) {
                    return Answer::Yes(Selection::Param(param));
                }
                match self.same_ref(&r, trait_) {
                    Fit::Yes => return Answer::Yes(Selection::Param(param)),
                    Fit::Maybe => maybe = true,
                    Fit::No => {}
                }
            }
        }
        if maybe { Answer::Maybe } else { no(ty, trait_) }
    }

    fn same_ref(&self, a: &TraitRef, b: &TraitRef) -> Fit {
        if a.trait_ != b.trait_ {
            return Fit::No;
        }
        if a.args == b.args {
            return Fit::Yes;
        }
        let infer = |r: &TraitRef| r.args.iter().any(|&t| self.types.has_infer(t));
        if infer(a) || infer(b) {
            Fit::Maybe
        } else {
            Fit::No
        }
    }

    /// `None`: no impl fits the type.
    fn by_impl(&mut self, ty: Ty, trait_: &TraitRef) -> Option<Answer> {
        let mut maybe = false;
        let mut failed = None;
        for id in candidates(self.defs, self.types, ty, trait_.trait_) {
            let block = self.defs.impl_(id);
            let Some(own) = &block.trait_ else { continue };
            let mut pairs = vec![(block.self_ty, ty)];
            pairs.extend(own.args.iter().copied().zip(trait_.args.iter().copied()));
            let mut args = vec![None; block.generics.params.len()];
            match fit(self.types, &pairs, &mut args) {
                Fit::No => continue,
                Fit::Maybe => {
                    maybe = true;
                    continue;
                }
                Fit::Yes => {}
            }
            // A parameter that nothing fixes was reported where the impl is declared.
            let args: Vec<Ty> = args.iter().map(|a| a.unwrap_or(Types::ERROR)).collect();
            match self.bounds(&block.generics, &args) {
                Answer::Yes(_) => return Some(Answer::Yes(Selection::Impl(id, args))),
                Answer::Maybe => maybe = true,
                Answer::No(unmet) => failed = failed.or(Some(unmet)),
            }
        }
        if maybe {
            return Some(Answer::Maybe);
        }
        failed.map(Answer::No)
    }

    /// Do the arguments meet the bounds of the parameters?
    fn bounds(&mut self, generics: &Generics, args: &[Ty]) -> Answer {
        let mut maybe = false;
        for (param, &arg) in generics.params.iter().zip(args) {
            for bound in &param.bounds {
                let bound = subst_ref(self.types, bound, args);
                match self.goal(arg, &bound) {
                    Answer::Yes(_) => {}
                    Answer::Maybe => maybe = true,
                    Answer::No(unmet) => return Answer::No(unmet),
                }
            }
        }
        if maybe {
            Answer::Maybe
        } else {
            Answer::Yes(Selection::Builtin)
        }
    }

    fn derived(&mut self, ty: Ty, trait_: &TraitRef, builtin: BuiltinTrait) -> Answer {
        let parts = match builtin {
            BuiltinTrait::Num | BuiltinTrait::Int | BuiltinTrait::Float => None,
            BuiltinTrait::Default => self.parts_of_default(ty),
            BuiltinTrait::Eq | BuiltinTrait::Ord | BuiltinTrait::Hash | BuiltinTrait::Show => {
                derived_parts(self.types, ty, builtin, |adt| {
                    derive_of(self.defs, adt, builtin).clone()
                })
            }
        };
        let Some(parts) = parts else {
            return no(ty, trait_);
        };
        let mut maybe = false;
        for part in parts {
            match self.goal(part, trait_) {
                Answer::Yes(_) => {}
                Answer::Maybe => maybe = true,
                Answer::No(unmet) => return Answer::No(unmet),
            }
        }
        if maybe {
            Answer::Maybe
        } else {
            Answer::Yes(Selection::Builtin)
        }
    }

    /// The parts that need a default for the whole to have one.
    fn parts_of_default(&mut self, ty: Ty) -> Option<Vec<Ty>> {
        Some(match self.types.data(ty).clone() {
            TyData::List(_)
            | TyData::Array(_)
            | TyData::Map(..)
            | TyData::Set(_)
            | TyData::Weak(_) => Vec::new(),
            TyData::Tuple(parts) => parts.to_vec(),
            TyData::Adt(id, _) if Some(id) == self.defs.lang.option => Vec::new(),
            TyData::Adt(id, args) => {
                let fields = self.defs.adt(id).fields()?;
                let open = fields.iter().filter(|f| f.default.is_none());
                let open: Vec<Ty> = open.map(|f| f.ty).collect();
                open.into_iter()
                    .map(|t| self.types.subst(t, &args))
                    .collect()
            }
            _ => return None,
        })
    }
}

fn no(ty: Ty, trait_: &TraitRef) -> Answer {
    Answer::No(Unmet {
        ty,
        trait_: trait_.clone(),
    })
}

/// A bound on a closed number trait brings all that numbers have; `Ord` and `Hash` bring `Eq`.
fn implies(has: BuiltinTrait, asked: BuiltinTrait) -> bool {
    use BuiltinTrait::{Default, Eq, Float, Hash, Int, Num, Ord, Show};
    match has {
        Num => matches!(asked, Num | Eq | Ord | Hash | Show | Default),
        Int => matches!(asked, Int | Num | Eq | Ord | Hash | Show | Default),
        Float => matches!(asked, Float | Num | Eq | Ord | Hash | Show | Default),
        Ord | Hash => asked == has || asked == Eq,
        Eq | Show | Default => asked == has,
    }
}

pub(super) fn derive_of(defs: &Defs, adt: AdtId, builtin: BuiltinTrait) -> &Derive {
    static NEVER: Derive = Derive::Never;
    let Some(d) = defs.derives.get(adt.index()) else {
        return &NEVER;
    };
    match builtin {
        BuiltinTrait::Eq => &d.eq,
        BuiltinTrait::Ord => &d.ord,
        BuiltinTrait::Hash => &d.hash,
        BuiltinTrait::Show => &d.show,
        BuiltinTrait::Default | BuiltinTrait::Num | BuiltinTrait::Int | BuiltinTrait::Float => {
            &NEVER
        }
    }
}

/// The parts that must have `Eq`, `Ord`, `Hash` or `Show` for the whole to have it; `None` where
/// it never has. A struct or enum answers through `of_adt`.
pub(super) fn derived_parts(
    types: &Types,
    ty: Ty,
    builtin: BuiltinTrait,
    mut of_adt: impl FnMut(AdtId) -> Derive,
) -> Option<Vec<Ty>> {
    let show = builtin == BuiltinTrait::Show;
    let ord = builtin == BuiltinTrait::Ord;
    Some(match types.data(ty) {
        TyData::Error
        | TyData::Never
        | TyData::Bool
        | TyData::Char
        | TyData::Int(_)
        | TyData::Float(_)
        | TyData::Str => Vec::new(),
        TyData::Tuple(parts) => parts.to_vec(),
        TyData::List(t) | TyData::Array(t) => vec![*t],
        // Equal whatever the order of insertion, so without a `<`.
        TyData::Map(..) | TyData::Set(_) if ord => return None,
        TyData::Map(k, v) => vec![*k, *v],
        TyData::Set(t) => vec![*t],
        // Identity, which needs nothing of the object and has no order.
        TyData::Ptr(_) if ord => return None,
        TyData::Ptr(t) if show => vec![*t],
        TyData::Ptr(_) => Vec::new(),
        TyData::Weak(_) | TyData::Any(..) | TyData::Fn(..) if show => Vec::new(),
        TyData::Weak(_) | TyData::Any(..) | TyData::Fn(..) => return None,
        TyData::Adt(id, args) => match of_adt(*id) {
            Derive::Never => return None,
            Derive::If(params) => params.iter().map(|&p| args[p as usize]).collect(),
        },
        TyData::Param(_) | TyData::Infer(_) => return None,
    })
}
