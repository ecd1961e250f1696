//! Impls: their types, traits and functions, and the tables by which they are found.
//!
//! Whether trait impls keep what their traits declare is checked in `conform`, once all is read.

use super::declare::{ImplWork, type_params};
use super::fit::Unifier;
use super::lower::{TyScope, lookup_name};
use super::signature::{self, Place, add_bounds, bounds, type_word};
use super::traits::{head_of, with_supers};
use super::{Cx, Env, errors};
use crate::ast::{self, ItemKind, Text};
use crate::defs::*;
use crate::display::display;
use crate::hir::FnDefId;
use crate::source::Span;
use crate::types::{FloatTy, IntTy, Ty, TyData, Types, for_each_part};
use rustc_hash::{FxHashMap, FxHashSet};

pub(super) fn impls(cx: &mut Cx, work: Vec<ImplWork>) {
    for one in work {
        read(cx, one);
    }
}

/// `impl Stack<T>` for `struct Stack<T>`: reported once, then read as it is meant.
fn undeclared_params(
    cx: &mut Cx,
    module: ModuleId,
    decl: &ast::ImplDecl,
) -> Vec<ast::GenericParam> {
    let scope = TyScope {
        module,
        generics: &Generics::default(),
        self_ty: None,
        items: &[],
    };
    let ast::TyKind::Name { path, args } = &decl.self_ty.kind else {
        return Vec::new();
    };
    let name = path
        .first()
        .filter(|_| path.len() == 1 && decl.generics.is_empty());
    let Some(Def::Adt(id)) = name.and_then(|n| lookup_name(cx.defs, &scope, &n.text)) else {
        return Vec::new();
    };
    let own = &cx.defs.adts[id.index()].generics.params;
    let forgotten = args.iter().filter_map(|arg| match &arg.kind {
        ast::TyKind::Name { path, args } if path.len() == 1 && args.is_empty() => {
            let name = &path[0];
            let meant = own.iter().any(|p| p.name == name.text);
            let known = lookup_name(cx.defs, &scope, &name.text).is_some();
            (meant && !known).then(|| ast::GenericParam {
                name: name.clone(),
                bounds: Vec::new(),
            })
        }
        _ => None,
    });
    let forgotten: Vec<ast::GenericParam> = forgotten.collect();
    if let (Some(first), Some(last)) = (forgotten.first(), forgotten.last()) {
        let names: Vec<Text> = forgotten.iter().map(|p| p.name.text.clone()).collect();
        let span = first.name.span.to(last.name.span);
        cx.problems.push(errors::undeclared_params(span, &names));
    }
    forgotten
}

fn read(cx: &mut Cx, work: ImplWork) {
    let ImplWork { module, decl, span } = work;
    let id = ImplId(cx.defs.impls.len() as u32);
    let forgotten = undeclared_params(cx, module, &decl);
    let declared = if forgotten.is_empty() {
        &decl.generics
    } else {
        &forgotten
    };
    let mut generics = type_params(cx.problems, cx.defs, None, declared);
    let found = {
        let scope = TyScope {
            module,
            generics: &generics,
            self_ty: None,
            items: &[],
        };
        bounds(cx, &scope, declared, &decl.where_, Env::Impl(id))
    };
    add_bounds(&mut generics, found);
    let scope = TyScope {
        module,
        generics: &generics,
        self_ty: None,
        items: &[],
    };
    let mut lower = cx.lower(&scope);
    let self_ty = lower.ty(&decl.self_ty);
    // The trait's arguments may say `Self`.
    lower.scope.self_ty = Some(self_ty);
    let trait_ = decl.trait_.as_ref().map(|t| (lower.trait_ref(t), t.span));
    let applied = lower.applied;
    cx.want(Env::Impl(id), applied);
    // An impl of a trait that is not known keeps its functions, but counts as no impl.
    let broken = matches!(trait_, Some((None, _)));
    let is_inherent = trait_.is_none();
    let trait_span = trait_.as_ref().map_or(decl.self_ty.span, |(_, s)| *s);
    let trait_ = trait_.and_then(|(r, _)| r);

    cx.defs.impls.push(Impl {
        module,
        span,
        generics: generics.clone(),
        trait_: trait_.clone(),
        self_ty,
        methods: Vec::new(),
    });
    let path = format!("{}.", type_word(cx.defs, cx.types, &generics, self_ty));
    let place = Place {
        module,
        owner: Owner::Impl(id),
        parent: Some(&generics),
        self_ty: Some(self_ty),
        path: &path,
        items: &[],
        outer: None,
    };
    let mut seen: FxHashMap<Text, Span> = FxHashMap::default();
    let mut fns = Vec::new();
    for mut item in decl.items {
        // The parser reported anything else.
        let ItemKind::Fn(f) = &item.kind else {
            continue;
        };
        let name = f.name.clone();
        if let Some(&first) = seen.get(&name.text) {
            let p = errors::function_twice("the function", &name.text, name.span, first);
            cx.problems.push(p);
            continue;
        }
        seen.insert(name.text.clone(), name.span);
        item.is_pub |= trait_.is_some();
        let f = FnDefId(cx.defs.fns.len() as u32);
        cx.defs.fns.push(signature::unread(&name, module));
        signature::read(cx, f, item, &place);
        fns.push(f);
    }
    if broken || self_ty == Types::ERROR {
        return;
    }
    let is_std = cx.defs.module(module).is_std;
    let ty_span = decl.self_ty.span;
    if !target(cx, &generics, self_ty, ty_span, is_inherent, is_std)
        || !trait_
            .as_ref()
            .is_none_or(|t| any_target(cx, &generics, self_ty, ty_span, t))
    {
        return;
    }
    unused_params(cx, &generics, self_ty, trait_.as_ref());
    match trait_ {
        Some(trait_) => {
            if !belongs(cx, module, &trait_, self_ty) && !is_std {
                let name = errors::trait_name(cx.defs, cx.types, &generics, &trait_);
                let ty = display(cx.defs, cx.types, &generics, self_ty);
                cx.problems.push(errors::orphan(trait_span, &name, &ty));
            }
            super::conform::methods(cx, id, &trait_, &fns, trait_span);
            let head = head_of(cx.types, self_ty).unwrap_or(Head::Blanket);
            let of_trait = cx.defs.impls_of.entry(trait_.trait_).or_default();
            of_trait.push(id);
            let by_head = cx.defs.impls_by_head.entry((trait_.trait_, head));
            by_head.or_default().push(id);
        }
        None => {
            if !is_std && home(cx.defs, cx.types, self_ty) != Some(module) {
                let ty = display(cx.defs, cx.types, &generics, self_ty);
                cx.problems.push(errors::foreign_inherent(ty_span, &ty));
            }
            cx.defs.impls[id.index()].methods = fns.iter().copied().map(Some).collect();
            inherent(cx, id, self_ty, fns);
        }
    }
}

/// Can there be an impl for this type at all?
fn target(
    cx: &mut Cx,
    generics: &Generics,
    ty: Ty,
    span: Span,
    is_inherent: bool,
    is_std: bool,
) -> bool {
    let why = match cx.types.data(ty) {
        TyData::Param(_) if is_inherent && !is_std => {
            "any type at all: implement a trait for it instead"
        }
        TyData::Never => "it has no values",
        TyData::Ptr(_) if !is_std => "a pointer has what its object's type has: name that type",
        _ => return true,
    };
    let shown = display(cx.defs, cx.types, generics, ty);
    cx.problems.push(errors::impl_target(span, &shown, why));
    false
}

/// An `any Shape` has `Shape` and its supertraits by what it holds.
fn any_target(cx: &mut Cx, generics: &Generics, ty: Ty, span: Span, trait_: &TraitRef) -> bool {
    let TyData::Any(id, args) = cx.types.data(ty).clone() else {
        return true;
    };
    let own = TraitRef {
        trait_: id,
        args: args.to_vec(),
    };
    let all = with_supers(cx.defs, cx.types, &own, ty);
    if all.iter().all(|r| r.trait_ != trait_.trait_) {
        return true;
    }
    let shown = display(cx.defs, cx.types, generics, ty);
    let why = "it has the trait by what it holds";
    cx.problems.push(errors::impl_target(span, &shown, why));
    false
}

/// The module in which a type is declared; none for the language's own.
fn home(defs: &Defs, types: &Types, ty: Ty) -> Option<ModuleId> {
    match types.data(ty) {
        TyData::Adt(id, _) => Some(defs.adt(*id).module),
        TyData::Any(id, _) => Some(defs.trait_(*id).module),
        _ => None,
    }
}

fn belongs(cx: &Cx, module: ModuleId, trait_: &TraitRef, self_ty: Ty) -> bool {
    cx.defs.trait_(trait_.trait_).module == module
        || home(cx.defs, cx.types, self_ty) == Some(module)
}

/// Every parameter of an impl must follow from its type or its trait's arguments.
fn unused_params(cx: &mut Cx, generics: &Generics, self_ty: Ty, trait_: Option<&TraitRef>) {
    let mut used = vec![false; generics.params.len()];
    let mut stack = vec![self_ty];
    stack.extend(trait_.iter().flat_map(|r| &r.args));
    while let Some(ty) = stack.pop() {
        match cx.types.data(ty) {
            TyData::Error => return,
            TyData::Param(i) => used[*i as usize] = true,
            data if cx.types.has_param(ty) => for_each_part(data, |t| stack.push(t)),
            _ => {}
        }
    }
    for (param, used) in generics.params.iter().zip(used) {
        if !used {
            let p = errors::unused_impl_param(param.span, &param.name);
            cx.problems.push(p);
        }
    }
}

/// Enters an impl's functions under their type and name.
fn inherent(cx: &mut Cx, id: ImplId, self_ty: Ty, fns: Vec<FnDefId>) {
    let head = head_of(cx.types, self_ty).unwrap_or(Head::Blanket);
    for f in fns {
        let def = cx.defs.func(f);
        let (name, span) = (def.name.clone(), def.span);
        let others: Vec<FnDefId> = cx.defs.methods(head, &name).to_vec();
        for other in others {
            let Owner::Impl(other_impl) = cx.defs.func(other).owner else {
                continue;
            };
            if meet(cx, id, other_impl) {
                let first = cx.defs.func(other).span;
                let env = &cx.defs.impl_(id).generics;
                let ty = display(cx.defs, cx.types, env, self_ty);
                cx.problems
                    .push(errors::twice_in_impls(&name, &ty, span, first));
                break;
            }
        }
        if let Head::Adt(adt) = head {
            variant_clash(cx, adt, f);
        }
        let of_head = cx.defs.inherent.entry(head).or_default();
        of_head.entry(name).or_default().push(f);
        if &*cx.defs.func(f).name == "deinit" {
            deinit(cx, id, f);
        }
    }
}

/// `Shape.circle(1)` must mean one thing.
fn variant_clash(cx: &mut Cx, adt: crate::types::AdtId, f: FnDefId) {
    let def = cx.defs.func(f);
    if def.self_kind.is_some() {
        return;
    }
    let variants = cx.defs.adt(adt).variants().unwrap_or(&[]);
    if let Some(v) = variants.iter().find(|v| v.name == def.name) {
        let p = errors::variant_and_function(&def.name, def.span, v.span);
        cx.problems.push(p);
    }
}

/// `fn deinit(self)` runs when an object ends, so nothing can be asked of it or for it.
fn deinit(cx: &mut Cx, id: ImplId, f: FnDefId) {
    let def = cx.defs.func(f);
    let block = cx.defs.impl_(id);
    let TyData::Adt(adt, args) = cx.types.data(block.self_ty) else {
        return;
    };
    let mut seen: FxHashSet<Ty> = FxHashSet::default();
    let declared = &cx.defs.adt(*adt).generics.params;
    let for_all = args.iter().zip(declared).all(|(&arg, declared)| {
        let TyData::Param(i) = cx.types.data(arg) else {
            return false;
        };
        let bounds = &block.generics.params[*i as usize].bounds;
        let own = |b: &TraitRef| declared.bounds.iter().any(|d| d.trait_ == b.trait_);
        seen.insert(arg) && bounds.iter().all(own)
    });
    let why = if def.self_kind != Some(SelfKind::Value) || def.params.len() != 1 {
        "takes `self` and nothing else"
    } else if def.ret != Types::UNIT {
        "returns nothing"
    } else if def.generics.params.len() != def.generics.parent {
        "has no type parameters of its own"
    } else if !for_all {
        "belongs to every value of its type, whatever the type arguments"
    } else {
        return;
    };
    cx.problems.push(errors::deinit_signature(def.span, why));
}

/// Is there a type (and trait arguments) that both impls are for?
pub(super) fn meet(cx: &mut Cx, a: ImplId, b: ImplId) -> bool {
    if a == b {
        return true;
    }
    let count = cx.defs.impl_(a).generics.params.len();
    let more = cx.defs.impl_(b).generics.params.len();
    let mut pairs = Vec::new();
    let first = cx.defs.impl_(a);
    let second = cx.defs.impl_(b);
    pairs.push((first.self_ty, second.self_ty));
    if let (Some(x), Some(y)) = (&first.trait_, &second.trait_) {
        pairs.extend(x.args.iter().copied().zip(y.args.iter().copied()));
    }
    let vars: Vec<Ty> = (0..count + more)
        .map(|i| cx.types.intern(TyData::Param(i as u32)))
        .collect();
    // The second one's parameters come behind the first one's.
    for (_, y) in &mut pairs {
        *y = cx.types.subst(*y, &vars[count..]);
    }
    let mut unifier = Unifier::new(cx.types, count + more);
    if !pairs.iter().all(|&(x, y)| unifier.unify(x, y)) {
        return false;
    }
    // Numbers are closed: `impl<I: Int> …` never meets `impl … for string` or `impl<F: Float> …`.
    let first = &cx.defs.impl_(a).generics.params;
    let second = &cx.defs.impl_(b).generics.params;
    let mut numbers: FxHashMap<Ty, Numbers> = FxHashMap::default();
    for (&var, param) in vars.iter().zip(first.iter().chain(second)) {
        let ty = unifier.resolve(var);
        let own = Numbers::of_bounds(cx.defs, &param.bounds);
        let known = numbers
            .entry(ty)
            .or_insert_with(|| Numbers::of_type(cx.types, ty));
        *known = known.and(own);
        if known.is_empty() {
            return false;
        }
    }
    true
}

/// Which types a variable can still stand for, as far as closed number traits tell.
#[derive(Clone, Copy)]
struct Numbers {
    ints: bool,
    floats: bool,
    others: bool,
}

impl Numbers {
    fn of_type(types: &Types, ty: Ty) -> Numbers {
        let (ints, floats, others) = match types.data(ty) {
            TyData::Param(_) | TyData::Error | TyData::Infer(_) => (true, true, true),
            TyData::Int(
                IntTy::I8
                | IntTy::I16
                | IntTy::I32
                | IntTy::I64
                | IntTy::U8
                | IntTy::U16
                | IntTy::U32
                | IntTy::U64,
            ) => (true, false, false),
            TyData::Float(FloatTy::F32 | FloatTy::F64) => (false, true, false),
            _ => (false, false, true),
        };
        Numbers {
            ints,
            floats,
            others,
        }
    }

    fn of_bounds(defs: &Defs, bounds: &[TraitRef]) -> Numbers {
        let mut result = Numbers {
            ints: true,
            floats: true,
            others: true,
        };
        for bound in bounds {
            match defs.trait_(bound.trait_).builtin {
                Some(BuiltinTrait::Num) => result.others = false,
                Some(BuiltinTrait::Int) => (result.floats, result.others) = (false, false),
                Some(BuiltinTrait::Float) => (result.ints, result.others) = (false, false),
                _ => {}
            }
        }
        result
    }

    fn and(self, other: Numbers) -> Numbers {
        Numbers {
            ints: self.ints && other.ints,
            floats: self.floats && other.floats,
            others: self.others && other.others,
        }
    }

    fn is_empty(self) -> bool {
        !(self.ints || self.floats || self.others)
    }
}

/// Reports impls of one trait that meet. Impls are compared within groups whose types begin alike,
/// so that a trait with thousands of impls costs no more than its groups.
pub(super) fn overlaps(cx: &mut Cx) {
    let mut traits: Vec<_> = cx.defs.impls_of.keys().copied().collect();
    traits.sort();
    for trait_ in traits {
        let all = cx.defs.impls_of.get(&trait_).cloned().unwrap_or_default();
        let mut groups: FxHashMap<(Head, Option<Head>), Vec<ImplId>> = FxHashMap::default();
        let mut open: Vec<ImplId> = Vec::new();
        for id in all {
            let block = cx.defs.impl_(id);
            let head = head_of(cx.types, block.self_ty);
            let arg = block.trait_.as_ref().and_then(|r| r.args.first());
            let arg_head = arg.map(|&a| head_of(cx.types, a));
            let group = match (head, arg_head) {
                (Some(h), None) => Some((h, None)),
                (Some(h), Some(Some(a))) => Some((h, Some(a))),
                _ => None,
            };
            let mut rivals = open.clone();
            match group {
                Some(group) => rivals.extend(groups.get(&group).into_iter().flatten()),
                None => rivals.extend(groups.values().flatten()),
            }
            rivals.sort();
            if let Some(&first) = rivals.iter().find(|&&r| meet(cx, r, id)) {
                report(cx, id, first);
            }
            match group {
                Some(group) => groups.entry(group).or_default().push(id),
                None => open.push(id),
            }
        }
    }
}

fn report(cx: &mut Cx, id: ImplId, first: ImplId) {
    let block = cx.defs.impl_(id);
    let Some(trait_) = &block.trait_ else { return };
    let name = errors::trait_name(cx.defs, cx.types, &block.generics, trait_);
    let ty = display(cx.defs, cx.types, &block.generics, block.self_ty);
    let other = cx.defs.impl_(first).span;
    let problem = errors::overlap(block.span, other, &name, &ty);
    cx.problems.push(problem);
}
