//! The insides of declarations: aliases, bounds, fields, variants, trait methods, constants, tests.
//!
//! Runs after every name is known. Impls are read in `impls`.

use super::declare::{Work, own_type};
use super::graph::{self, Edges};
use super::lower::{TyScope, lookup_name};
use super::signature::{self, Place, add_bounds, bounds, push_default};
use super::{Cx, Env, errors};
use crate::ast::{self, GenericParam, ItemKind, Name, Text, TyKind};
use crate::defs::*;
use crate::hir::FnDefId;
use crate::source::Span;
use crate::types::{AdtId, TraitId, TyData, Types};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Aliases, those first that others are made of.
pub(super) fn aliases(cx: &mut Cx, decls: &[(AliasId, ast::AliasDecl)]) {
    let mut edges: Edges = vec![Vec::new(); decls.len()];
    for (id, decl) in decls {
        let alias = cx.defs.alias(*id);
        let scope = TyScope {
            module: alias.module,
            generics: &alias.generics,
            self_ty: None,
            items: &[],
        };
        let mut stack = vec![&decl.ty];
        while let Some(ty) = stack.pop() {
            if let TyKind::Name { path, .. } = &ty.kind
                && let Some(to) = alias_of(cx.defs, &scope, path)
            {
                edges[id.index()].push(to.0);
            }
            parts_of(ty, &mut stack);
        }
    }
    for component in graph::components(&edges) {
        if graph::is_circle(&edges, &component) {
            // They stay `Error`: nothing else is said about them.
            let circle = graph::circle(&edges, &component);
            alias_circle(cx, &circle);
            continue;
        }
        for index in component {
            let Some((id, decl)) = decls.get(index as usize) else {
                continue;
            };
            let generics = cx.defs.alias(*id).generics.clone();
            let scope = TyScope {
                module: cx.defs.alias(*id).module,
                generics: &generics,
                self_ty: None,
                items: &[],
            };
            let mut lower = cx.lower(&scope);
            let ty = lower.ty(&decl.ty);
            let applied = lower.applied;
            cx.want(Env::Alias(*id), applied);
            cx.defs.aliases[id.index()].ty = ty;
        }
    }
}

fn alias_of(defs: &Defs, scope: &TyScope, path: &[Name]) -> Option<AliasId> {
    let (first, rest) = path.split_first()?;
    let is_param = scope.generics.params.iter().any(|p| p.name == first.text);
    if rest.is_empty() && is_param {
        return None;
    }
    let mut def = lookup_name(defs, scope, &first.text)?;
    for name in rest {
        let Def::Module(module) = def else {
            return None;
        };
        def = defs.module(module).scope.get(&name.text)?.def;
    }
    match def {
        Def::Alias(id) => Some(id),
        _ => None,
    }
}

fn parts_of<'t>(ty: &'t ast::Ty, out: &mut Vec<&'t ast::Ty>) {
    match &ty.kind {
        TyKind::Name { args, .. } => out.extend(args),
        TyKind::Optional(t) | TyKind::Ptr(t) | TyKind::Weak(t) | TyKind::Any(t) => out.push(t),
        TyKind::Result(a, b) => out.extend([&**a, &**b]),
        TyKind::Fn { params, ret } => {
            out.extend(params);
            out.extend(ret.as_deref());
        }
        TyKind::Tuple(parts) => out.extend(parts),
        TyKind::Error => {}
    }
}

fn alias_circle(cx: &mut Cx, circle: &[u32]) {
    let at = |i: u32| cx.defs.alias(AliasId(i));
    let Some((&first, rest)) = circle.split_first() else {
        return;
    };
    let steps: Vec<(Span, String)> = rest
        .iter()
        .map(|&i| (at(i).span, at(i).name.to_string()))
        .collect();
    let first = at(first);
    let problem = errors::alias_cycle(first.span, &first.name, &steps);
    cx.problems.push(problem);
}

/// The bounds of type parameters and the supertraits, of every type and trait.
pub(super) fn all_bounds(cx: &mut Cx, work: &Work) {
    for (id, decl) in &work.structs {
        adt_bounds(cx, *id, &decl.generics);
    }
    for (id, decl) in &work.enums {
        adt_bounds(cx, *id, &decl.generics);
    }
    for (id, decl) in &work.aliases {
        let alias = cx.defs.alias(*id);
        let (module, generics) = (alias.module, alias.generics.clone());
        let found = bounds_in(cx, module, &generics, &decl.generics, Env::Alias(*id));
        add_bounds(&mut cx.defs.aliases[id.index()].generics, found);
    }
    for (id, decl) in &work.traits {
        trait_bounds(cx, *id, decl);
    }
    super_circles(cx);
}

fn adt_bounds(cx: &mut Cx, id: AdtId, own: &[GenericParam]) {
    let adt = cx.defs.adt(id);
    let (module, generics) = (adt.module, adt.generics.clone());
    let found = bounds_in(cx, module, &generics, own, Env::Adt(id));
    add_bounds(&mut cx.defs.adts[id.index()].generics, found);
}

fn bounds_in(
    cx: &mut Cx,
    module: ModuleId,
    generics: &Generics,
    own: &[GenericParam],
    env: Env,
) -> Vec<(usize, TraitRef)> {
    if own.iter().all(|p| p.bounds.is_empty()) {
        return Vec::new();
    }
    let scope = TyScope {
        module,
        generics,
        self_ty: None,
        items: &[],
    };
    bounds(cx, &scope, own, &[], env)
}

fn trait_bounds(cx: &mut Cx, id: TraitId, decl: &ast::TraitDecl) {
    let (module, generics) = {
        let t = cx.defs.trait_(id);
        (t.module, t.generics.clone())
    };
    let mut found = bounds_in(cx, module, &generics, &decl.generics, Env::Trait(id));
    let self_ty = cx.types.intern(TyData::Param(0));
    let params = (1..generics.params.len()).map(|i| TyData::Param(i as u32));
    let args = params.map(|p| cx.types.intern(p)).collect();
    found.push((0, TraitRef { trait_: id, args }));
    let scope = TyScope {
        module,
        generics: &generics,
        self_ty: Some(self_ty),
        items: &[],
    };
    let mut lower = cx.lower(&scope);
    let supers: Vec<TraitRef> = decl
        .supers
        .iter()
        .filter_map(|s| lower.trait_ref(s))
        .collect();
    let applied = lower.applied;
    cx.want(Env::Trait(id), applied);
    let t = &mut cx.defs.traits[id.index()];
    t.supers = supers;
    add_bounds(&mut t.generics, found);
}

/// Reports traits that need themselves, and cuts the circles.
fn super_circles(cx: &mut Cx) {
    let edges: Edges = cx
        .defs
        .traits
        .iter()
        .map(|t| t.supers.iter().map(|s| s.trait_.0).collect())
        .collect();
    for component in graph::components(&edges) {
        if !graph::is_circle(&edges, &component) {
            continue;
        }
        let circle = graph::circle(&edges, &component);
        let at = |i: u32| cx.defs.trait_(TraitId(i));
        let steps = circle.iter().skip(1);
        let steps: Vec<(Span, String)> = steps
            .map(|&i| (at(i).span, at(i).name.to_string()))
            .collect();
        if let Some(&first) = circle.first() {
            let p = errors::super_cycle(at(first).span, &at(first).name, &steps);
            cx.problems.push(p);
        }
        for index in component {
            cx.defs.traits[index as usize].supers.clear();
        }
    }
}

pub(super) fn structs(cx: &mut Cx, decls: Vec<(AdtId, ast::StructDecl)>) {
    for (id, decl) in decls {
        let adt = cx.defs.adt(id);
        let (module, generics, path) = (adt.module, adt.generics.clone(), adt.name.clone());
        let self_ty = own_type(cx.types, id, &generics);
        let scope = TyScope {
            module,
            generics: &generics,
            self_ty: Some(self_ty),
            items: &[],
        };
        let mut lower = cx.lower(&scope);
        let tys: Vec<_> = decl.fields.iter().map(|f| lower.ty(&f.ty)).collect();
        let applied = lower.applied;
        cx.want(Env::Adt(id), applied);
        let place = Place {
            module,
            owner: Owner::Default,
            parent: None,
            self_ty: Some(self_ty),
            path: "",
            items: &[],
            outer: None,
        };
        let mut seen: FxHashMap<Text, Span> = FxHashMap::default();
        let mut fields = Vec::new();
        for (field, ty) in decl.fields.into_iter().zip(tys) {
            let name = field.name;
            if let Some(&first) = seen.get(&name.text) {
                let p = errors::twice("the field", &name.text, name.span, first);
                cx.problems.push(p);
                continue;
            }
            seen.insert(name.text.clone(), name.span);
            let default = field.default.map(|value| {
                let path = format!("default of {path}.{}", name.text);
                push_default(cx, &name, &path, &place, &generics, ty, value)
            });
            fields.push(Field {
                name: Some(name.text),
                ty,
                is_pub: field.is_pub,
                default,
                span: name.span,
            });
        }
        cx.defs.adts[id.index()].kind = AdtKind::Struct(fields);
    }
}

pub(super) fn enums(cx: &mut Cx, decls: Vec<(AdtId, ast::EnumDecl)>) {
    for (id, decl) in decls {
        let adt = cx.defs.adt(id);
        let (module, generics) = (adt.module, adt.generics.clone());
        let self_ty = own_type(cx.types, id, &generics);
        let scope = TyScope {
            module,
            generics: &generics,
            self_ty: Some(self_ty),
            items: &[],
        };
        let mut lower = cx.lower(&scope);
        let mut seen: FxHashMap<Text, Span> = FxHashMap::default();
        let mut variants = Vec::new();
        for variant in decl.variants {
            let name = variant.name;
            if let Some(&first) = seen.get(&name.text) {
                let p = errors::twice("the variant", &name.text, name.span, first);
                lower.problems.push(p);
                continue;
            }
            seen.insert(name.text.clone(), name.span);
            let named = variant.fields.iter().filter(|(n, _)| n.is_some()).count();
            if named != 0 && named != variant.fields.len() {
                let p = errors::mixed_payload(variant.span, &name.text);
                lower.problems.push(p);
            }
            let mut fields: Vec<Field> = Vec::new();
            let mut own: FxHashMap<Text, Span> = FxHashMap::default();
            for (part, ty) in variant.fields {
                let ty_span = ty.span;
                let ty = lower.ty(&ty);
                if let Some(part) = &part
                    && let Some(first) = own.insert(part.text.clone(), part.span)
                {
                    let p = errors::twice("the part", &part.text, part.span, first);
                    lower.problems.push(p);
                    continue;
                }
                fields.push(Field {
                    span: part.as_ref().map_or(ty_span, |p| p.span),
                    name: part.map(|p| p.text),
                    ty,
                    is_pub: true,
                    default: None,
                });
            }
            variants.push(Variant {
                name: name.text,
                fields,
                span: name.span,
            });
        }
        let applied = lower.applied;
        cx.want(Env::Adt(id), applied);
        cx.defs.adts[id.index()].kind = AdtKind::Enum(variants);
    }
}

pub(super) fn traits(cx: &mut Cx, decls: Vec<(TraitId, ast::TraitDecl)>) {
    for (id, decl) in decls {
        let t = cx.defs.trait_(id);
        let (module, generics) = (t.module, t.generics.clone());
        let path = format!("{}.", t.name);
        let self_ty = cx.types.intern(TyData::Param(0));
        let place = Place {
            module,
            owner: Owner::Trait(id),
            parent: Some(&generics),
            self_ty: Some(self_ty),
            path: &path,
            items: &[],
            outer: None,
        };
        let mut seen: FxHashMap<Text, Span> = FxHashMap::default();
        let mut methods = Vec::new();
        for mut item in decl.items {
            // The parser reported anything else.
            let ItemKind::Fn(f) = &item.kind else {
                continue;
            };
            let name = f.name.clone();
            if let Some(&first) = seen.get(&name.text) {
                let p = errors::function_twice("the method", &name.text, name.span, first);
                cx.problems.push(p);
                continue;
            }
            seen.insert(name.text.clone(), name.span);
            // A trait's methods are as visible as the trait.
            item.is_pub = true;
            let method = FnDefId(cx.defs.fns.len() as u32);
            cx.defs.fns.push(signature::unread(&name, module));
            signature::read(cx, method, item, &place);
            methods.push(method);
            let with = cx.defs.traits_with.entry(name.text).or_default();
            with.push(id);
        }
        cx.defs.traits[id.index()].methods = methods;
    }
}

pub(super) fn functions(cx: &mut Cx, fns: Vec<(FnDefId, ast::Item)>) {
    for (id, item) in fns {
        let place = Place {
            module: cx.defs.func(id).module,
            owner: Owner::Module,
            parent: None,
            self_ty: None,
            path: "",
            items: &[],
            outer: None,
        };
        signature::read(cx, id, item, &place);
    }
}

pub(super) fn consts(cx: &mut Cx, decls: Vec<(ConstId, ast::ConstDecl)>) {
    let generics = Generics::default();
    for (id, decl) in decls {
        let module = cx.defs.const_(id).module;
        let scope = TyScope {
            module,
            generics: &generics,
            self_ty: None,
            items: &[],
        };
        let mut lower = cx.lower(&scope);
        let ty = decl.ty.as_ref().map(|t| lower.ty(t));
        let applied = lower.applied;
        cx.want(Env::None, applied);
        let init = cx.defs.const_(id).init;
        cx.defs.consts[id.index()].ty = ty;
        cx.defs.fns[init.index()] = FnDef {
            path: Text::from(format!("const {}", decl.name.text)),
            owner: Owner::Const(id),
            ret: ty.unwrap_or(Types::ERROR),
            body: Body::Expr(Arc::new(decl.value)),
            ..signature::unread(&decl.name, module)
        };
    }
}

pub(super) fn tests(cx: &mut Cx, items: Vec<(ModuleId, ast::Item)>) {
    let mut seen: FxHashMap<(ModuleId, Text), Span> = FxHashMap::default();
    for (module, item) in items {
        let ItemKind::Test(decl) = &item.kind else {
            continue;
        };
        let (text, span) = (decl.name.clone(), decl.name_span);
        if let Some(first) = seen.insert((module, text.clone()), span) {
            cx.problems
                .push(errors::twice("the test", &text, span, first));
        }
        let mut copies = None;
        for budget in &decl.budgets {
            if &*budget.what.text != "copies" {
                cx.problems.push(errors::unknown_budget(&budget.what));
            } else if copies.replace((budget.at_most, budget.count)).is_some() {
                cx.problems.push(errors::second_budget(budget.what.span));
            }
        }
        let name = Name {
            text: text.clone(),
            span,
        };
        let body = FnDefId(cx.defs.fns.len() as u32);
        cx.defs.fns.push(FnDef {
            path: Text::from(format!("test {text:?}")),
            ret: Types::UNIT,
            body: Body::Test(Arc::new(item)),
            ..signature::unread(&name, module)
        });
        cx.defs.tests.push(TestDef {
            name: text,
            span,
            module,
            body,
            copies,
        });
    }
}
