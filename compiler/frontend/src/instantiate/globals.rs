//! The order in which constants are evaluated: each after those that its value needs, through any
//! chain of calls.

use super::{Cx, errors};
use crate::hir::*;
use crate::types::{Ty, TyData, Types, for_each_part};
use crate::walk::{self, VisitMut};
use rustc_hash::FxHashSet;

/// What running a function may need.
#[derive(Debug, Default, Clone)]
pub struct Uses {
    pub funcs: Vec<FuncId>,
    pub globals: Vec<GlobalId>,
    pub vtables: Vec<VtableId>,
    /// Types of values that it prints: their users' `show` may run.
    pub shown: Vec<Ty>,
}

/// A strongly connected component is complete when its first node is left (Tarjan).
struct Search {
    /// Per node, from 1: when it was first met. Functions first, then constants.
    met: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<usize>,
    time: u32,
    order: Vec<GlobalId>,
    cycles: Vec<Vec<usize>>,
}

impl Cx<'_> {
    /// Constants in the order of their evaluation; cycles are reported.
    pub(super) fn order_globals(&mut self) -> Vec<GlobalId> {
        for i in 0..self.globals.len() {
            let init = self.globals[i].init;
            if let Some(func) = &self.funcs[init.index()] {
                self.globals[i].ty = func.ret;
            }
        }
        let funcs = self.funcs.len();
        let nodes = funcs + self.globals.len();
        let mut search = Search {
            met: vec![0; nodes],
            low: vec![0; nodes],
            on_stack: vec![false; nodes],
            stack: Vec::new(),
            time: 0,
            order: Vec::new(),
            cycles: Vec::new(),
        };
        for g in 0..self.globals.len() {
            if search.met[funcs + g] == 0 {
                self.search(&mut search, funcs + g);
            }
        }
        for mut cycle in search.cycles {
            cycle.sort_unstable();
            self.failed = true;
            let defs = self.bodies.parts().defs;
            let const_of = |node: usize| {
                let init = self.globals[node - funcs].init;
                defs.consts
                    .iter()
                    .find(|c| self.keys.get(&super::Key::Def(c.init, Box::new([]))) == Some(&init))
            };
            let consts: Vec<_> = cycle.iter().filter_map(|&n| const_of(n)).collect();
            if let Some((first, rest)) = consts.split_first() {
                let problem = errors::constant_cycle(first, rest);
                self.bodies.parts().problems.push(problem);
            }
        }
        search.order
    }

    fn edges(&mut self, node: usize) -> Vec<usize> {
        let funcs = self.funcs.len();
        if node >= funcs {
            return vec![self.globals[node - funcs].init.index()];
        }
        let uses = self.uses[node].clone();
        let mut out: Vec<usize> = uses.funcs.iter().map(|f| f.index()).collect();
        out.extend(uses.globals.iter().map(|g| funcs + g.index()));
        for v in &uses.vtables {
            let methods = self.vtables.get(v.index()).map_or(&[][..], |t| &t.methods);
            out.extend(methods.iter().flatten().map(|f| f.index()));
        }
        let mut seen = FxHashSet::default();
        let mut work = uses.shown;
        while let Some(ty) = work.pop() {
            if !seen.insert(ty) {
                continue;
            }
            match self.shows.get(&ty) {
                Some(f) => out.push(f.index()),
                None => parts_of(self.bodies.parts().types, &self.shapes, ty, &mut work),
            }
        }
        out
    }

    fn search(&mut self, s: &mut Search, start: usize) {
        let funcs = self.funcs.len();
        let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut enter = Some(start);
        loop {
            if let Some(node) = enter.take() {
                s.time += 1;
                s.met[node] = s.time;
                s.low[node] = s.time;
                s.on_stack[node] = true;
                s.stack.push(node);
                let edges = self.edges(node);
                path.push((node, edges));
            }
            let Some((node, edges)) = path.last_mut() else {
                return;
            };
            let node = *node;
            match edges.pop() {
                Some(next) if s.met[next] == 0 => enter = Some(next),
                Some(next) => {
                    if s.on_stack[next] {
                        s.low[node] = s.low[node].min(s.met[next]);
                    }
                }
                None => {
                    path.pop();
                    if let Some((parent, _)) = path.last() {
                        s.low[*parent] = s.low[*parent].min(s.low[node]);
                    }
                    if s.low[node] != s.met[node] {
                        continue;
                    }
                    let mut group = Vec::new();
                    while let Some(member) = s.stack.pop() {
                        s.on_stack[member] = false;
                        group.push(member);
                        if member == node {
                            break;
                        }
                    }
                    let consts: Vec<usize> =
                        group.iter().copied().filter(|&n| n >= funcs).collect();
                    s.order
                        .extend(consts.iter().map(|&n| GlobalId((n - funcs) as u32)));
                    // A constant alone is its own component unless it is needed by its value.
                    if group.len() > 1 && !consts.is_empty() {
                        s.cycles.push(consts);
                    }
                }
            }
        }
    }
}

/// The types inside a type.
fn parts_of(types: &Types, shapes: &rustc_hash::FxHashMap<Ty, Shape>, ty: Ty, out: &mut Vec<Ty>) {
    if let TyData::Adt(..) = types.data(ty) {
        match shapes.get(&ty).map(|s| &s.kind) {
            Some(ShapeKind::Struct(fields)) => out.extend(fields.iter().map(|f| f.ty)),
            Some(ShapeKind::Enum(variants)) => {
                out.extend(variants.iter().flat_map(|v| v.fields.iter().map(|f| f.ty)));
            }
            None => {}
        }
        return;
    }
    for_each_part(types.data(ty), |t| out.push(t));
}

/// Puts the constants into the order of their evaluation.
pub fn renumber(order: &[GlobalId], globals: &mut Vec<Global>, funcs: &mut [Func]) {
    let mut new = vec![GlobalId(0); globals.len()];
    for (i, old) in order.iter().enumerate() {
        new[old.index()] = GlobalId(i as u32);
    }
    if order.iter().enumerate().all(|(i, g)| g.index() == i) {
        return;
    }
    let mut sorted: Vec<(GlobalId, Global)> = new.iter().copied().zip(globals.drain(..)).collect();
    sorted.sort_by_key(|(id, _)| *id);
    globals.extend(sorted.into_iter().map(|(_, g)| g));
    let mut visit = Renumber { new: &new };
    for func in funcs {
        visit.expr(&mut func.body);
    }
}

struct Renumber<'a> {
    new: &'a [GlobalId],
}

impl VisitMut for Renumber<'_> {
    fn place(&mut self, place: &mut Place) {
        if let Root::Global(id) = &mut place.root {
            *id = self.new[id.index()];
        }
        walk::walk_place(self, place);
    }

    fn pat(&mut self, pat: &mut Pat) {
        if let Pat::Const(id) = pat {
            *id = self.new[id.index()];
        }
        walk::walk_pat(self, pat);
    }
}
