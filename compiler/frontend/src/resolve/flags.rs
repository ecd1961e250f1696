//! What `any Trait` and `*T` can do with a trait: facts about its methods, computed once.

use super::Cx;
use super::graph::{self, Edges};
use crate::defs::*;
use crate::types::{Ty, TyData, Types, for_each_part};

pub(super) fn traits(cx: &mut Cx) {
    let edges: Edges = cx
        .defs
        .traits
        .iter()
        .map(|t| t.supers.iter().map(|s| s.trait_.0).collect())
        .collect();
    // Supertraits come first; circles were cut.
    for index in graph::components(&edges).into_iter().flatten() {
        let i = index as usize;
        let (defs, types) = (&*cx.defs, &*cx.types);
        let t = &defs.traits[i];
        let methods: Vec<&FnDef> = t.methods.iter().map(|&m| defs.func(m)).collect();
        let supers: Vec<&Trait> = t.supers.iter().map(|s| defs.trait_(s.trait_)).collect();
        let callable: Vec<bool> = methods.iter().map(|m| any_callable(types, m)).collect();
        let satisfies = has_any(t.builtin)
            && callable.iter().all(|&c| c)
            && supers.iter().all(|s| s.any_satisfies);
        let through = t.builtin.is_none()
            && methods.iter().all(|m| through_ptr(types, m))
            && supers
                .iter()
                .all(|s| s.through_ptr || pointers_have(s.builtin));
        let ptr_only = methods.iter().any(|m| m.self_kind == Some(SelfKind::Ptr))
            || supers.iter().any(|s| s.ptr_only);
        let t = &mut cx.defs.traits[i];
        t.any_callable = callable;
        t.any_satisfies = satisfies;
        t.through_ptr = through;
        t.ptr_only = ptr_only;
    }
}

/// An `any` has no equality, order, hash or default, and is no number.
fn has_any(builtin: Option<BuiltinTrait>) -> bool {
    matches!(builtin, None | Some(BuiltinTrait::Show))
}

/// Traits that every pointer has by itself, where its object has them.
fn pointers_have(builtin: Option<BuiltinTrait>) -> bool {
    matches!(
        builtin,
        Some(BuiltinTrait::Show | BuiltinTrait::Eq | BuiltinTrait::Hash)
    )
}

fn any_callable(types: &Types, m: &FnDef) -> bool {
    m.self_kind.is_some()
        && m.generics.params.len() == m.generics.parent
        && m.params.iter().skip(1).all(|p| !mentions_self(types, p.ty))
}

fn through_ptr(types: &Types, m: &FnDef) -> bool {
    let receiver = usize::from(m.self_kind.is_some());
    let mut params = m.params.iter().skip(receiver);
    let ret = match m.self_kind {
        // The pointer itself is given back.
        Some(SelfKind::Var) => m.result.unwrap_or(Types::UNIT),
        _ => m.ret,
    };
    params.all(|p| !mentions_self(types, p.ty)) && !mentions_self(types, ret)
}

/// Does `Self` (in a trait, parameter 0) occur in a type?
fn mentions_self(types: &Types, ty: Ty) -> bool {
    let mut stack = vec![ty];
    while let Some(ty) = stack.pop() {
        if !types.has_param(ty) {
            continue;
        }
        match types.data(ty) {
            TyData::Param(0) => return true,
            data => for_each_part(data, |t| stack.push(t)),
        }
    }
    false
}
