//! Does an `impl Trait for T` keep what the trait declares?
//!
//! Fills the impl's table of methods; reports what is missing, foreign or different. Supertraits
//! are checked once every impl is known.

use super::traits::{prove, select, subst_ref};
use super::{Cx, errors};
use crate::ast::Text;
use crate::defs::*;
use crate::display::display;
use crate::hir::FnDefId;
use crate::source::Span;
use crate::suggest;
use crate::types::{Ty, TyData};
use rustc_hash::FxHashMap;

/// The compiler's own: what to do instead.
fn closed(builtin: Option<BuiltinTrait>) -> Option<&'static str> {
    match builtin? {
        BuiltinTrait::Eq => {
            Some("every type made of types with `==` has it; compare by a function")
        }
        BuiltinTrait::Ord => {
            Some("every type made of ordered types has it; sort with `sort_by_key`")
        }
        BuiltinTrait::Hash => Some("every type made of types with a hash has it"),
        BuiltinTrait::Num | BuiltinTrait::Int | BuiltinTrait::Float => {
            Some("only the language's numbers have it")
        }
        BuiltinTrait::Show | BuiltinTrait::Default => None,
    }
}

pub(super) fn methods(
    cx: &mut Cx,
    id: ImplId,
    trait_: &TraitRef,
    fns: &[FnDefId],
    trait_span: Span,
) {
    let declared = cx.defs.trait_(trait_.trait_);
    let trait_name = declared.name.clone();
    if let Some(help) = closed(declared.builtin) {
        cx.problems
            .push(errors::closed_trait(trait_span, &trait_name, help));
        return;
    }
    let wanted = declared.methods.clone();
    let by_name: FxHashMap<Text, usize> = wanted
        .iter()
        .enumerate()
        .map(|(i, &m)| (cx.defs.func(m).name.clone(), i))
        .collect();
    let mut found = vec![None; wanted.len()];
    let mut misspelt = 0usize;
    for &f in fns {
        let def = cx.defs.func(f);
        match by_name.get(&def.name) {
            Some(&i) => {
                found[i] = Some(f);
                compare(cx, id, trait_, wanted[i], f);
            }
            None => {
                let names = by_name.keys().map(|n| &**n);
                let nearest = suggest::did_you_mean(cx.problems, &def.name, names);
                misspelt += usize::from(nearest.is_some());
                let p = errors::not_in_trait(def.span, &trait_name, &def.name, nearest);
                cx.problems.push(p);
            }
        }
    }
    let mut missing = Vec::new();
    for (found, &m) in found.iter().zip(&wanted) {
        let def = cx.defs.func(m);
        let required = matches!(def.body, Body::None) && def.intrinsic.is_none();
        if found.is_none() && required {
            missing.push((def.name.to_string(), def.span));
        }
    }
    // What is missing is then what was meant.
    if missing.len() > misspelt {
        cx.problems
            .push(errors::missing_methods(trait_span, &trait_name, &missing));
    }
    cx.defs.impls[id.index()].methods = found;
}

/// Reports the first difference between a method and its declaration.
fn compare(cx: &mut Cx, id: ImplId, trait_: &TraitRef, declared: FnDefId, written: FnDefId) {
    let Some(label) = difference(cx, id, trait_, declared, written) else {
        return;
    };
    let name = &cx.defs.trait_(trait_.trait_).name;
    let (d, w) = (cx.defs.func(declared), cx.defs.func(written));
    let problem = errors::signature_differs(w.span, d.span, &w.name, name, label);
    cx.problems.push(problem);
}

fn difference(
    cx: &mut Cx,
    id: ImplId,
    trait_: &TraitRef,
    declared: FnDefId,
    written: FnDefId,
) -> Option<String> {
    let block = cx.defs.impl_(id);
    let (d, w) = (cx.defs.func(declared), cx.defs.func(written));
    let own = w.generics.params.len() - w.generics.parent;
    let wanted = d.generics.params.len() - d.generics.parent;
    if own != wanted {
        return Some(format!(
            "has {own} type parameters of its own, declared with {wanted}"
        ));
    }
    if let Some(text) = receiver_difference(d.self_kind, w.self_kind) {
        return Some(text);
    }
    if d.params.len() != w.params.len() {
        let receiver = usize::from(d.self_kind.is_some());
        let (n, m) = (w.params.len() - receiver, d.params.len() - receiver);
        return Some(format!("takes {n} parameters, declared with {m}"));
    }
    if d.is_pure && !w.is_pure {
        return Some("is not `pure`, but declared so".to_string());
    }
    // The trait's `Self`, its arguments, then the method's own parameters, as the impl sees them.
    let mut args = vec![block.self_ty];
    args.extend(&trait_.args);
    let parent = w.generics.parent;
    args.extend((0..own).map(|i| cx.types.intern(TyData::Param((parent + i) as u32))));
    let show = |cx: &Cx, ty: Ty| display(cx.defs, cx.types, &cx.defs.func(written).generics, ty);
    for (p, q) in d.params.iter().zip(&w.params) {
        let wanted = cx.types.subst(p.ty, &args);
        if wanted != q.ty {
            let (found, wanted) = (show(cx, q.ty), show(cx, wanted));
            return Some(format!("`{}` is `{found}`, declared as `{wanted}`", q.name));
        }
    }
    let wanted = cx.types.subst(d.ret, &args);
    if wanted != w.ret {
        let (found, wanted) = (show(cx, w.ret), show(cx, wanted));
        return Some(format!("returns `{found}`, declared to return `{wanted}`"));
    }
    stricter(cx, id, declared, written, &args)
}

/// `self` and `var self` have the same type, `(Self, …) -> …`; an identity is something else.
fn receiver_difference(declared: Option<SelfKind>, written: Option<SelfKind>) -> Option<String> {
    let text = match (declared, written) {
        (None, None)
        | (Some(SelfKind::Ptr), Some(SelfKind::Ptr))
        | (Some(SelfKind::Value | SelfKind::Var), Some(SelfKind::Value | SelfKind::Var)) => {
            return None;
        }
        (None, Some(_)) => "takes `self`, declared without",
        (Some(_), None) => "takes no `self`, declared with one",
        (Some(SelfKind::Ptr), Some(_)) => "takes `self`, declared with `self: *Self`",
        (Some(_), Some(SelfKind::Ptr)) => "takes `self: *Self`, declared with `self`",
    };
    Some(text.to_string())
}

/// May not ask for more than the declaration and the impl promise.
fn stricter(
    cx: &mut Cx,
    id: ImplId,
    declared: FnDefId,
    written: FnDefId,
    args: &[Ty],
) -> Option<String> {
    let d = cx.defs.func(declared);
    let mut env = cx.defs.impl_(id).generics.clone();
    for param in d.generics.params.iter().skip(d.generics.parent) {
        let mut param = param.clone();
        param.bounds = param
            .bounds
            .iter()
            .map(|b| subst_ref(cx.types, b, args))
            .collect();
        env.params.push(param);
    }
    let asked = &cx.defs.func(written).generics;
    for (i, param) in asked.params.iter().enumerate() {
        let ty = cx.types.intern(TyData::Param(i as u32));
        for bound in &param.bounds {
            if select(cx.defs, cx.types, &env, ty, bound).is_none() {
                let name = errors::trait_name(cx.defs, cx.types, asked, bound);
                return Some(format!(
                    "asks for `{}: {name}`, declared without",
                    param.name
                ));
            }
        }
    }
    None
}

/// Every impl of a trait needs impls of its supertraits.
pub(super) fn supertraits(cx: &mut Cx) {
    for index in 0..cx.defs.impls.len() {
        let block = &cx.defs.impls[index];
        let Some(trait_) = block.trait_.clone() else {
            continue;
        };
        let (self_ty, span) = (block.self_ty, block.span);
        let declared = cx.defs.trait_(trait_.trait_);
        if declared.supers.is_empty() || closed(declared.builtin).is_some() {
            continue;
        }
        let mut args = vec![self_ty];
        args.extend(&trait_.args);
        // Where only `*T` has the trait, only `*T` must have its supertraits.
        let subject = match declared.ptr_only {
            true => cx.types.intern(TyData::Ptr(self_ty)),
            false => self_ty,
        };
        for super_ in &declared.supers {
            let super_ = subst_ref(cx.types, super_, &args);
            let env = &cx.defs.impls[index].generics;
            let Err(unmet) = prove(cx.defs, cx.types, env, subject, &super_) else {
                continue;
            };
            if subject != self_ty && prove(cx.defs, cx.types, env, self_ty, &super_).is_ok() {
                continue;
            }
            let trait_name = errors::trait_name(cx.defs, cx.types, env, &trait_);
            let ty = display(cx.defs, cx.types, env, self_ty);
            let name = errors::trait_name(cx.defs, cx.types, env, &super_);
            let p = errors::super_missing(span, &trait_name, &ty, &name, declared.span);
            let p = match closed(cx.defs.trait_(super_.trait_).builtin) {
                Some(_) => errors::with_reason(cx.defs, cx.types, p, &unmet),
                None => p.help(format!("add `impl {name} for {ty}`")),
            };
            cx.problems.push(p);
        }
    }
}
