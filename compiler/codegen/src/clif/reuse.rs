//! Which locals can be the same Cranelift variable. Takes a body, gives a number for each local;
//! locals with one number are never needed at the same time, and live within one block each.
//!
//! The SSA builder keeps a table over all blocks for each variable, so a function of n statements,
//! each with a temporary of its own and a block for its panic, would cost n² memory. Temporaries
//! that end before others begin share a variable instead, and n statements need a few.

use crate::mir::*;
use rustc_hash::FxHashMap;

/// Where a local is named.
#[derive(Clone, Copy)]
enum Span {
    Nowhere,
    /// From the first to the last statement of a block that names it.
    Within {
        block: u32,
        last: u32,
    },
    Everywhere,
}

/// For each local the local whose variables it uses; itself, if it has its own. `alike` tells which
/// locals may share: those of one number, and none without.
pub(super) fn share(body: &Body, alike: impl Fn(Local) -> Option<u32>) -> Vec<Local> {
    let spans = spans(body);
    let mut owner: Vec<Local> = (0..body.locals.len() as u32).map(Local).collect();
    // Free variables by kind, as their owners; and what becomes free behind which statement.
    let mut free: Vec<Vec<Local>> = Vec::new();
    let mut met = vec![false; body.locals.len()];
    for (b, block) in body.blocks.iter().enumerate() {
        let mut ends: FxHashMap<u32, Vec<(u32, Local)>> = FxHashMap::default();
        let mut begin = |local: Local, ends: &mut FxHashMap<_, Vec<_>>, free: &mut Vec<Vec<_>>| {
            let Span::Within { block, last } = spans[local.index()] else {
                return;
            };
            if block as usize != b || std::mem::replace(&mut met[local.index()], true) {
                return;
            }
            let Some(kind) = alike(local) else { return };
            if free.len() <= kind as usize {
                free.resize(kind as usize + 1, Vec::new());
            }
            if let Some(other) = free[kind as usize].pop() {
                owner[local.index()] = other;
            }
            ends.entry(last)
                .or_default()
                .push((kind, owner[local.index()]));
        };
        for (i, stmt) in block.stmts.iter().enumerate() {
            names::stmt(&stmt.kind, &mut |p| begin(p.local, &mut ends, &mut free));
            // Only behind the statement: it may read one local after it has written another.
            for (kind, local) in ends.remove(&(i as u32)).unwrap_or_default() {
                free[kind as usize].push(local);
            }
        }
        names::term(&block.term, &mut |p| begin(p.local, &mut ends, &mut free));
        for (kind, local) in ends.into_values().flatten() {
            free[kind as usize].push(local);
        }
    }
    owner
}

fn spans(body: &Body) -> Vec<Span> {
    let mut spans = vec![Span::Nowhere; body.locals.len()];
    for (i, decl) in body.locals.iter().enumerate() {
        if decl.clears || decl.addressed || decl.root {
            spans[i] = Span::Everywhere;
        }
    }
    for &p in &body.params {
        spans[p.index()] = Span::Everywhere;
    }
    for (b, block) in body.blocks.iter().enumerate() {
        let mut name = |local: Local, at: u32| {
            let span = &mut spans[local.index()];
            *span = match *span {
                Span::Nowhere => Span::Within {
                    block: b as u32,
                    last: at,
                },
                Span::Within { block, .. } if block as usize == b => {
                    Span::Within { block, last: at }
                }
                Span::Within { .. } | Span::Everywhere => Span::Everywhere,
            };
        };
        for (i, stmt) in block.stmts.iter().enumerate() {
            names::stmt(&stmt.kind, &mut |p| name(p.local, i as u32));
        }
        let end = block.stmts.len() as u32;
        names::term(&block.term, &mut |p| name(p.local, end));
    }
    spans
}
