//! Types without end: structs that contain themselves by value, and types whose arguments grow
//! each time they contain themselves.

use super::derive::parts;
use super::graph::{self, Edges};
use super::{Cx, errors};
use crate::defs::*;
use crate::source::Span;
use crate::types::{AdtId, Ty, TyData, Types, for_each_part};
use crate::words;
use rustc_hash::FxHashSet;

pub(super) fn check(cx: &mut Cx) {
    infinite_structs(cx);
    growing_types(cx);
}

/// A struct holds its fields in itself; enums that contain themselves are boxed, collections and
/// pointers hold their parts elsewhere. So only chains of structs and tuples can go on for ever.
fn infinite_structs(cx: &mut Cx) {
    let by_value = by_value_params(cx.defs, cx.types);
    let mut edges: Edges = Vec::new();
    let mut spans: Vec<Vec<(u32, Span)>> = Vec::new();
    for adt in &cx.defs.adts {
        let mut to = Vec::new();
        if adt.fields().is_some() {
            for (ty, span) in parts(adt) {
                held(cx.types, cx.defs, &by_value, ty, |t| {
                    if let TyData::Adt(id, _) = cx.types.data(t) {
                        to.push((id.0, span));
                    }
                });
            }
        }
        edges.push(to.iter().map(|(id, _)| *id).collect());
        spans.push(to);
    }
    for component in graph::components(&edges) {
        if !graph::is_circle(&edges, &component) {
            continue;
        }
        let circle = graph::circle(&edges, &component);
        let mut steps = Vec::new();
        for (i, &index) in circle.iter().enumerate() {
            let to = circle[(i + 1) % circle.len()];
            let name = |i: u32| &cx.defs.adt(AdtId(i)).name;
            let field = spans[index as usize].iter().find(|(t, _)| *t == to);
            if let Some((_, span)) = field {
                let text = format!("`{}` holds {} here", name(index), words::a(name(to)));
                steps.push((*span, text));
            }
        }
        if let Some(&first) = circle.first() {
            let adt = cx.defs.adt(AdtId(first));
            let problem = errors::infinite_struct(adt.span, &adt.name, &steps);
            cx.problems.push(problem);
        }
    }
}

/// The parts that a type holds in itself, through tuples and structs' by-value parameters.
fn held(types: &Types, defs: &Defs, by_value: &[Vec<bool>], ty: Ty, mut f: impl FnMut(Ty)) {
    let mut stack = vec![ty];
    while let Some(ty) = stack.pop() {
        f(ty);
        match types.data(ty) {
            TyData::Tuple(parts) => stack.extend(parts.iter()),
            TyData::Adt(id, args) if defs.adt(*id).fields().is_some() => {
                let held = by_value.get(id.index()).into_iter().flatten();
                let held = args.iter().zip(held).filter(|(_, h)| **h);
                stack.extend(held.map(|(t, _)| *t));
            }
            _ => {}
        }
    }
}

/// By struct and type parameter: is a value of the parameter's type held in the struct itself?
fn by_value_params(defs: &Defs, types: &Types) -> Vec<Vec<bool>> {
    let mut table: Vec<Vec<bool>> = defs
        .adts
        .iter()
        .map(|a| vec![false; a.generics.params.len()])
        .collect();
    let mut edges: Edges = Vec::new();
    for adt in &defs.adts {
        let mut to = Vec::new();
        if adt.fields().is_some() && !adt.generics.params.is_empty() {
            let mut stack: Vec<Ty> = parts(adt).iter().map(|(t, _)| *t).collect();
            while let Some(ty) = stack.pop() {
                if let TyData::Adt(id, _) = types.data(ty) {
                    to.push(id.0);
                }
                for_each_part(types.data(ty), |t| stack.push(t));
            }
        }
        edges.push(to);
    }
    for component in graph::components(&edges) {
        loop {
            let mut changed = false;
            for &index in &component {
                let adt = &defs.adts[index as usize];
                if adt.fields().is_none() {
                    continue;
                }
                for (ty, _) in parts(adt) {
                    if !types.has_param(ty) {
                        continue;
                    }
                    let mut found = Vec::new();
                    held(types, defs, &table, ty, |t| {
                        if let TyData::Param(i) = types.data(t) {
                            found.push(*i as usize);
                        }
                    });
                    for i in found {
                        changed |= !std::mem::replace(&mut table[index as usize][i], true);
                    }
                }
            }
            if !changed || !graph::is_circle(&edges, &component) {
                break;
            }
        }
    }
    table
}

/// `struct N<T> { next: List<N<List<T>>> }` needs a new type for each step. Each parameter is a node;
/// an edge leads to the parameter that it is an argument of, and grows if it is only a part of the
/// argument. A circle with a growing edge never ends.
fn growing_types(cx: &mut Cx) {
    let (defs, types) = (&*cx.defs, &*cx.types);
    let mut first: Vec<u32> = Vec::new();
    let mut owners: Vec<AdtId> = Vec::new();
    for (i, adt) in defs.adts.iter().enumerate() {
        first.push(owners.len() as u32);
        owners.extend(adt.generics.params.iter().map(|_| AdtId(i as u32)));
    }
    if owners.is_empty() {
        return;
    }
    let mut edges: Edges = vec![Vec::new(); owners.len()];
    let mut growing: Vec<(u32, u32, Span)> = Vec::new();
    for (i, adt) in defs.adts.iter().enumerate() {
        if adt.generics.params.is_empty() {
            continue;
        }
        let mut seen: FxHashSet<Ty> = FxHashSet::default();
        for (ty, span) in parts(adt) {
            let mut stack = vec![ty];
            while let Some(ty) = stack.pop() {
                if !types.has_param(ty) || !seen.insert(ty) {
                    continue;
                }
                if let TyData::Adt(to, args) = types.data(ty) {
                    for (j, &arg) in args.iter().enumerate() {
                        let node = first[to.index()] + j as u32;
                        for (param, grows) in params_in(types, arg) {
                            let from = first[i] + param;
                            edges[from as usize].push(node);
                            if grows {
                                growing.push((from, node, span));
                            }
                        }
                    }
                }
                for_each_part(types.data(ty), |t| stack.push(t));
            }
        }
    }
    let mut component_of = vec![0u32; owners.len()];
    for (c, component) in graph::components(&edges).iter().enumerate() {
        for &node in component {
            component_of[node as usize] = c as u32;
        }
    }
    let mut reported: FxHashSet<AdtId> = FxHashSet::default();
    for (from, to, span) in growing {
        let owner = owners[from as usize];
        if component_of[from as usize] == component_of[to as usize] && reported.insert(owner) {
            let adt = cx.defs.adt(owner);
            let problem = errors::growing_type(adt.span, &adt.name, span);
            cx.problems.push(problem);
        }
    }
}

/// The parameters in a type argument, and whether each is only a part of it.
fn params_in(types: &Types, arg: Ty) -> Vec<(u32, bool)> {
    if let TyData::Param(i) = types.data(arg) {
        return vec![(*i, false)];
    }
    let mut found = Vec::new();
    let mut stack = vec![arg];
    while let Some(ty) = stack.pop() {
        if !types.has_param(ty) {
            continue;
        }
        match types.data(ty) {
            TyData::Param(i) => found.push((*i, true)),
            data => for_each_part(data, |t| stack.push(t)),
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
