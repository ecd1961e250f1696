//! Which locals can be the same Cranelift variable. Takes a body, gives a number for each local;
//! locals with one number are never needed at the same time.
//!
//! The SSA builder keeps a table over all blocks for each variable, so a function of n statements,
//! each with a temporary of its own and a block for its panic, would cost n² memory. Temporaries
//! that end before others begin share a variable instead, and n statements need a few.
//!
//! The blocks stand in reverse postorder: only the way back of a loop leads to an earlier one. So a
//! local is needed only between the first and the last place that names it, unless one of the two
//! stands in a loop and the other in another block: then it may live from turn to turn.

use crate::mir::*;
use rustc_hash::FxHashMap;

/// Where a local is needed; places are the statements and ends of all blocks in their order.
#[derive(Clone, Copy)]
enum Span {
    Nowhere,
    From { first: u32, last: u32 },
    Everywhere,
}

/// For each local the local whose variables it uses; itself, if it has its own. `alike` tells which
/// locals may share: those of one number, and none without.
pub(super) fn share(body: &Body, alike: impl Fn(Local) -> Option<u32>) -> Vec<Local> {
    let spans = spans(body);
    let mut owner: Vec<Local> = (0..body.locals.len() as u32).map(Local).collect();
    // Free variables by kind, as their owners; and what becomes free behind which place.
    let mut free: Vec<Vec<Local>> = Vec::new();
    let mut ends: FxHashMap<u32, Vec<(u32, Local)>> = FxHashMap::default();
    each_place(body, |at, _, locals| {
        for &local in locals {
            let Span::From { first, last } = spans[local.index()] else {
                continue;
            };
            let Some(kind) = alike(local).filter(|_| first == at) else {
                continue;
            };
            if free.len() <= kind as usize {
                free.resize(kind as usize + 1, Vec::new());
            }
            if let Some(other) = free[kind as usize].pop() {
                owner[local.index()] = other;
            }
            ends.entry(last)
                .or_default()
                .push((kind, owner[local.index()]));
        }
        // Only behind the statement: it may read one local after it has written another.
        for (kind, local) in ends.remove(&at).unwrap_or_default() {
            free[kind as usize].push(local);
        }
    });
    owner
}

/// Calls `f` with each place, its block, and the locals that it names, each once.
fn each_place(body: &Body, mut f: impl FnMut(u32, usize, &[Local])) {
    let mut at = 0;
    let mut locals = Vec::new();
    for (b, block) in body.blocks.iter().enumerate() {
        let mut place = |locals: &mut Vec<Local>| {
            locals.sort_unstable();
            locals.dedup();
            f(at, b, locals);
            at += 1;
            locals.clear();
        };
        for stmt in &block.stmts {
            names::stmt(&stmt.kind, &mut |p| locals.push(p.local));
            place(&mut locals);
        }
        names::term(&block.term, &mut |p| locals.push(p.local));
        place(&mut locals);
    }
}

/// In how many loops each block stands: between the head of a loop and a way back to it.
fn loops(body: &Body) -> Vec<u32> {
    let mut steps = vec![0i32; body.blocks.len() + 1];
    for (b, block) in body.blocks.iter().enumerate() {
        for to in block.term.successors() {
            if to.index() <= b {
                steps[to.index()] += 1;
                steps[b + 1] -= 1;
            }
        }
    }
    let mut depth = 0u32;
    let below = |step| {
        depth = depth.saturating_add_signed(step);
        depth
    };
    steps.into_iter().map(below).collect()
}

/// How deep loops stand in loops.
pub(super) fn loop_depth(body: &Body) -> usize {
    loops(body).into_iter().max().unwrap_or(0) as usize
}

fn spans(body: &Body) -> Vec<Span> {
    let loops = loops(body);
    let mut spans = vec![Span::Nowhere; body.locals.len()];
    let mut begins = vec![0; body.locals.len()];
    for (i, decl) in body.locals.iter().enumerate() {
        if decl.clears || decl.addressed || decl.root {
            spans[i] = Span::Everywhere;
        }
    }
    for &p in &body.params {
        spans[p.index()] = Span::Everywhere;
    }
    each_place(body, |at, b, locals| {
        for &local in locals {
            let span = &mut spans[local.index()];
            let begin = &mut begins[local.index()];
            *span = match *span {
                Span::Nowhere => {
                    *begin = b;
                    Span::From {
                        first: at,
                        last: at,
                    }
                }
                Span::From { first, .. } if *begin == b || loops[*begin] + loops[b] == 0 => {
                    Span::From { first, last: at }
                }
                Span::From { .. } | Span::Everywhere => Span::Everywhere,
            };
        }
    });
    spans
}
