//! When structs and enums have `Eq`, `Ord`, `Hash` and `Show`: a table computed once, by going round
//! until nothing changes, one circle of types after the other.

use super::graph::{self, Edges};
use super::traits::{Unmet, derive_of, derived_parts};
use crate::defs::*;
use crate::hir::Lang;
use crate::source::Span;
use crate::types::{AdtId, Ty, TyData, Types, for_each_part};
use rustc_hash::FxHashSet;

const DERIVED: [BuiltinTrait; 4] = [
    BuiltinTrait::Eq,
    BuiltinTrait::Ord,
    BuiltinTrait::Hash,
    BuiltinTrait::Show,
];

/// The types of all fields and parts of a struct or enum.
pub(super) fn parts(adt: &Adt) -> Vec<(Ty, Span)> {
    match &adt.kind {
        AdtKind::Struct(fields) => fields.iter().map(|f| (f.ty, f.span)).collect(),
        AdtKind::Enum(variants) => {
            let fields = variants.iter().flat_map(|v| &v.fields);
            fields.map(|f| (f.ty, f.span)).collect()
        }
    }
}

pub(super) fn table(defs: &mut Defs, types: &Types) {
    defs.derives = vec![Derives::default(); defs.adts.len()];
    let parts: Vec<Vec<(Ty, Span)>> = defs.adts.iter().map(parts).collect();
    let mut edges: Edges = Vec::new();
    for parts in &parts {
        let mut to = Vec::new();
        let mut stack: Vec<Ty> = parts.iter().map(|(t, _)| *t).collect();
        while let Some(ty) = stack.pop() {
            if let TyData::Adt(id, _) = types.data(ty) {
                to.push(id.0);
            }
            for_each_part(types.data(ty), |t| stack.push(t));
        }
        to.sort_unstable();
        to.dedup();
        edges.push(to);
    }
    for component in graph::components(&edges) {
        for builtin in DERIVED {
            loop {
                let mut changed = false;
                for &index in &component {
                    let now = match (defs.adts[index as usize].lang, builtin) {
                        // What order its elements lie in is not to be seen.
                        (Some(Lang::Heap), BuiltinTrait::Ord | BuiltinTrait::Hash) => Derive::Never,
                        _ => derive(defs, types, &parts[index as usize], builtin),
                    };
                    let slot = slot(&mut defs.derives[index as usize], builtin);
                    if *slot != now {
                        *slot = now;
                        changed = true;
                    }
                }
                if !changed || !graph::is_circle(&edges, &component) {
                    break;
                }
            }
        }
    }
}

fn slot(derives: &mut Derives, builtin: BuiltinTrait) -> &mut Derive {
    match builtin {
        BuiltinTrait::Eq => &mut derives.eq,
        BuiltinTrait::Ord => &mut derives.ord,
        BuiltinTrait::Hash => &mut derives.hash,
        _ => &mut derives.show,
    }
}

/// What a struct or enum needs, as far as the table knows its parts by now.
fn derive(defs: &Defs, types: &Types, parts: &[(Ty, Span)], builtin: BuiltinTrait) -> Derive {
    let mut params: Vec<u32> = Vec::new();
    let mut seen: FxHashSet<Ty> = FxHashSet::default();
    let mut stack: Vec<Ty> = parts.iter().map(|(t, _)| *t).collect();
    while let Some(ty) = stack.pop() {
        if !seen.insert(ty) {
            continue;
        }
        if let TyData::Param(i) = types.data(ty) {
            params.push(*i);
            continue;
        }
        let of_adt = |id: AdtId| derive_of(defs, id, builtin).clone();
        match derived_parts(types, ty, builtin, of_adt) {
            Some(parts) => stack.extend(parts),
            None => return Derive::Never,
        }
    }
    params.sort_unstable();
    Derive::If(params)
}

/// The field at which it fails that a struct or enum has a derived trait, with a sentence.
pub(super) fn reason(defs: &Defs, types: &Types, unmet: &Unmet) -> Option<(Span, String)> {
    let trait_ = defs.trait_(unmet.trait_.trait_);
    let builtin = trait_.builtin.filter(|b| DERIVED.contains(b))?;
    let TyData::Adt(mut id, _) = *types.data(unmet.ty) else {
        return None;
    };
    let mut seen: FxHashSet<AdtId> = FxHashSet::default();
    while seen.insert(id) {
        let adt = defs.adt(id);
        let mut next = None;
        for (ty, span) in parts(adt) {
            let mut stack = vec![ty];
            while let Some(part) = stack.pop() {
                if matches!(types.data(part), TyData::Param(_)) {
                    continue;
                }
                let of_adt = |id: AdtId| derive_of(defs, id, builtin).clone();
                match (
                    types.data(part),
                    derived_parts(types, part, builtin, of_adt),
                ) {
                    (_, Some(parts)) => stack.extend(parts),
                    (TyData::Adt(inner, _), None) => next = next.or(Some(*inner)),
                    (_, None) => {
                        let shown = crate::display::display(defs, types, &adt.generics, part);
                        let text = format!("`{shown}` has no `{}`", trait_.name);
                        return Some((span, text));
                    }
                }
            }
        }
        id = next?;
    }
    None
}
