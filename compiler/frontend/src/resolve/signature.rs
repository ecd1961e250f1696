//! Functions' signatures: type parameters, receiver, parameters, result, attributes, defaults.
//!
//! Serves functions of modules, methods of impls and traits, and functions inside bodies. Bodies
//! are kept as syntax.

use super::attrs::{self, FnAttrs};
use super::declare::type_params;
use super::lower::{Lower, TyScope};
use super::{Cx, Env, errors};
use crate::ast::{self, GenericParam, Name, Text, TyKind};
use crate::defs::*;
use crate::hir::FnDefId;
use crate::source::Span;
use crate::types::{Ty, TyData, Types};
use cowl_contract::builtins::Class;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Where a function stands.
pub(super) struct Place<'a> {
    pub module: ModuleId,
    pub owner: Owner,
    pub parent: Option<&'a Generics>,
    pub self_ty: Option<Ty>,
    /// What its name in a call stack begins with: `Stack.`
    pub path: &'a str,
    /// What the blocks around declare, for a function in a body.
    pub items: &'a [&'a FxHashMap<Text, Def>],
    /// Type parameters of the function around, which must not be used.
    pub outer: Option<(&'a Generics, &'a str)>,
}

/// A function that has a name and no more yet.
pub(super) fn unread(name: &Name, module: ModuleId) -> FnDef {
    FnDef {
        name: name.text.clone(),
        path: name.text.clone(),
        module,
        owner: Owner::Module,
        is_pub: false,
        is_pure: false,
        span: name.span,
        doc: None,
        generics: Generics::default(),
        self_ty: None,
        self_kind: None,
        params: Vec::new(),
        ret: Types::ERROR,
        result: None,
        class: None,
        intrinsic: None,
        discardable: false,
        inline: false,
        in_place: false,
        body: Body::None,
    }
}

/// Reads the bounds of a declaration's own type parameters and of its `where` clause.
pub(super) fn bounds(
    cx: &mut Cx,
    scope: &TyScope,
    own: &[GenericParam],
    where_: &[GenericParam],
    env: Env,
) -> Vec<(usize, TraitRef)> {
    let mut lower = cx.lower(scope);
    let mut found = Vec::new();
    let first = scope.generics.params.len() - own.len();
    for (i, param) in own.iter().enumerate() {
        for bound in &param.bounds {
            found.extend(lower.trait_ref(bound).map(|r| (first + i, r)));
        }
    }
    for clause in where_ {
        let params = &scope.generics.params;
        let Some(i) = params.iter().rposition(|p| p.name == clause.name.text) else {
            lower
                .problems
                .push(errors::unknown_param_in_where(&clause.name));
            continue;
        };
        for bound in &clause.bounds {
            found.extend(lower.trait_ref(bound).map(|r| (i, r)));
        }
    }
    let applied = lower.applied;
    cx.want(env, applied);
    found
}

pub(super) fn add_bounds(generics: &mut Generics, bounds: Vec<(usize, TraitRef)>) {
    for (i, bound) in bounds {
        let list = &mut generics.params[i].bounds;
        if !list.contains(&bound) {
            list.push(bound);
        }
    }
}

/// Reads a function and puts it in `id`'s place.
pub(super) fn read(cx: &mut Cx, id: FnDefId, mut item: ast::Item, place: &Place) {
    let ast::ItemKind::Fn(decl) = &mut item.kind else {
        return;
    };
    let is_std = cx.defs.module(place.module).is_std;
    let attrs = attrs::of_function(cx.problems, &item.attrs, is_std);
    let mut generics = type_params(cx.problems, cx.defs, place.parent, &decl.generics);
    let found = {
        let generics = &generics;
        let scope = scope_of(place, generics);
        bounds(cx, &scope, &decl.generics, &decl.where_, Env::Fn(id))
    };
    add_bounds(&mut generics, found);

    let scope = scope_of(place, &generics);
    let mut lower = cx.lower(&scope);
    lower.outer = place.outer;
    let self_kind = receiver(&mut lower, decl, place);
    let mut params = Vec::new();
    for (i, param) in decl.params.iter().enumerate() {
        let is_self = &*param.name.text == "self";
        let ty = match (&param.ty, place.self_ty) {
            (Some(ty), _) => lower.ty(ty),
            (None, Some(self_ty)) if is_self && i == 0 => self_ty,
            (None, _) => Types::ERROR,
        };
        params.push((param.name.clone(), ty, param.is_var, param.name.span));
    }
    let written = decl.ret.as_ref().map(|r| (lower.ty(r), r.span));
    let applied = lower.applied;
    cx.want(Env::Fn(id), applied);
    let (ret, result) = result_type(cx, self_kind, place, written);
    duplicate_params(cx, &params);

    let path = Text::from(format!("{}{}", place.path, decl.name.text));
    let look_all = attrs.class == Some(Class::Reader);
    check_operands(cx, &attrs, &params, &item.attrs);
    let mut param_defs = Vec::new();
    for (i, (name, ty, is_var, span)) in params.into_iter().enumerate() {
        let default = decl.params[i].default.take();
        if &*name.text == "self" && default.is_some() {
            cx.problems.push(errors::self_default(span));
        }
        let default = default.map(|value| {
            let path = format!("default of {path}.{}", name.text);
            push_default(cx, &name, &path, place, &generics, ty, value)
        });
        param_defs.push(ParamDef {
            look: look_all || attrs.look.contains(&name.text),
            shares: attrs.share.contains(&name.text),
            name: name.text,
            ty,
            is_var,
            default,
            span,
        });
    }

    let required = matches!(place.owner, Owner::Trait(_));
    if decl.body.is_none() && attrs.intrinsic.is_none() && !required {
        cx.problems
            .push(errors::no_body(decl.head_span, &decl.name.text));
    }
    let has_body = decl.body.is_some() && attrs.intrinsic.is_none();
    let is_pure = decl.is_pure;
    let span = decl.name.span;
    let name = decl.name.text.clone();
    cx.defs.fns[id.index()] = FnDef {
        name,
        path,
        module: place.module,
        owner: place.owner,
        is_pub: item.is_pub,
        is_pure,
        span,
        doc: item.doc.clone(),
        generics,
        self_ty: place.self_ty,
        self_kind,
        params: param_defs,
        ret,
        result,
        class: attrs.class,
        intrinsic: attrs.intrinsic,
        discardable: attrs.discardable,
        inline: attrs.inline,
        in_place: attrs.in_place,
        body: if has_body {
            Body::Fn(Arc::new(item))
        } else {
            Body::None
        },
    };
}

fn scope_of<'a>(place: &Place<'a>, generics: &'a Generics) -> TyScope<'a> {
    TyScope {
        module: place.module,
        generics,
        self_ty: place.self_ty,
        items: place.items,
    }
}

/// The kind of `self`, and every mistake in its form.
fn receiver(lower: &mut Lower, decl: &ast::FnDecl, place: &Place) -> Option<SelfKind> {
    let is_self = |p: &ast::Param| &*p.name.text == "self";
    for param in decl.params.iter().skip(1).filter(|p| is_self(p)) {
        let problem = if place.self_ty.is_some() {
            errors::self_not_first(param.span)
        } else {
            errors::self_not_in_impl(param.span)
        };
        lower.problems.push(problem);
    }
    let param = decl.params.first().filter(|p| is_self(p))?;
    if place.self_ty.is_none() {
        lower.problems.push(errors::self_not_in_impl(param.span));
        return None;
    }
    match &param.ty {
        None if param.is_var => Some(SelfKind::Var),
        None => Some(SelfKind::Value),
        Some(ty) if is_ptr_to_self(ty) && !param.is_var => Some(SelfKind::Ptr),
        Some(ty) => {
            lower.problems.push(errors::self_type(ty.span));
            None
        }
    }
}

fn is_ptr_to_self(ty: &ast::Ty) -> bool {
    let TyKind::Ptr(inner) = &ty.kind else {
        return false;
    };
    matches!(&inner.kind, TyKind::Name { path, args }
        if args.is_empty() && path.len() == 1 && &*path[0].text == "Self")
}

/// The full result type, and the declared one of a `var self` method.
fn result_type(
    cx: &mut Cx,
    self_kind: Option<SelfKind>,
    place: &Place,
    written: Option<(Ty, Span)>,
) -> (Ty, Option<Ty>) {
    let (Some(SelfKind::Var), Some(self_ty)) = (self_kind, place.self_ty) else {
        return (written.map_or(Types::UNIT, |(t, _)| t), None);
    };
    match written {
        None => (self_ty, None),
        Some((Types::UNIT, _)) => (self_ty, None),
        Some((ty, span)) if ty == self_ty && ty != Types::ERROR => {
            cx.problems.push(errors::var_self_returns_self(span));
            // So that what the body gives is not blamed too.
            let ret = cx.types.tuple(&[self_ty, Types::ERROR]);
            (ret, Some(Types::ERROR))
        }
        Some((ty, _)) => (cx.types.tuple(&[self_ty, ty]), Some(ty)),
    }
}

fn duplicate_params(cx: &mut Cx, params: &[(Name, Ty, bool, Span)]) {
    let mut seen: FxHashMap<&Text, Span> = FxHashMap::default();
    for (name, ..) in params {
        if &*name.text == "_" {
            continue;
        }
        if let Some(first) = seen.insert(&name.text, name.span) {
            let p = errors::twice("the parameter", &name.text, name.span, first);
            cx.problems.push(p);
        }
    }
}

fn check_operands(
    cx: &mut Cx,
    attrs: &FnAttrs,
    params: &[(Name, Ty, bool, Span)],
    written: &[ast::Attr],
) {
    for (attr, names) in [("look", &attrs.look), ("share", &attrs.share)] {
        for name in names {
            if !params.iter().any(|(p, ..)| p.text == *name) {
                let at = written.iter().find(|a| &*a.name.text == attr);
                let span = at.map_or(Span::default(), |a| a.span);
                let why = format!("names `{name}`, which is no parameter");
                cx.problems
                    .push(errors::attribute_arguments(span, attr, &why));
            }
        }
    }
    if let (Some(builtin), class) = (attrs.intrinsic, attrs.class)
        && class.is_some_and(|c| c != builtin.class())
    {
        let at = written.iter().find(|a| &*a.name.text == "intrinsic");
        let span = at.map_or(Span::default(), |a| a.span);
        let why = "has another class in the table of builtins";
        cx.problems
            .push(errors::attribute_arguments(span, "intrinsic", why));
    }
}

/// A function without parameters for a default value.
pub(super) fn push_default(
    cx: &mut Cx,
    name: &Name,
    path: &str,
    place: &Place,
    generics: &Generics,
    ty: Ty,
    value: ast::Expr,
) -> FnDefId {
    let id = FnDefId(cx.defs.fns.len() as u32);
    cx.defs.fns.push(FnDef {
        path: Text::from(path),
        owner: Owner::Default,
        generics: generics.clone(),
        self_ty: place.self_ty,
        ret: ty,
        body: Body::Expr(Arc::new(value)),
        ..unread(name, place.module)
    });
    id
}

/// `()`, `*T` … as a word for a path: the type's own name where it has one.
pub(super) fn type_word(defs: &Defs, types: &Types, env: &Generics, ty: Ty) -> String {
    match types.data(ty) {
        TyData::Adt(id, _) => defs.adt(*id).name.to_string(),
        TyData::List(_) => "List".to_string(),
        TyData::Array(_) => "Array".to_string(),
        TyData::Map(..) => "Map".to_string(),
        TyData::Set(_) => "Set".to_string(),
        _ => crate::display::display(defs, types, env, ty),
    }
}
