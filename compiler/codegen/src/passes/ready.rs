//! Loops that change a List or Array ask once whether it is sole. Where no statement of a loop gives
//! the container away or shares it, a bool says whether `MakeUnique` would have something to do: it
//! is computed before the loop, and true after the first change. Nothing is copied that would not
//! have been copied: an unchanged container stays shared.

use crate::layout::Layouts;
use crate::mir::loops::{around, loops, ways};
use crate::mir::tracked::Tracked;
use crate::mir::*;
use cowl_frontend::types::Types;
use rustc_hash::{FxHashMap, FxHashSet};

/// Each loop around a statement is looked at once more.
const MOST_LOOPS: usize = 16;

pub fn run(body: &mut Body, layouts: &Layouts) {
    let loops = loops(body);
    if loops.is_empty() || around(body, &loops).iter().any(|&(n, _)| n > MOST_LOOPS) {
        return;
    }
    let tracked = Tracked::new(body, layouts);
    let from = ways(body);
    let mut done: FxHashSet<(usize, usize)> = FxHashSet::default();
    for l in loops {
        let Some(before) = l.entries(body, &from) else {
            continue;
        };
        let mut disturbed: FxHashSet<Local> = FxHashSet::default();
        for block in &body.blocks[l.blocks()] {
            for stmt in &block.stmts {
                tracked.disturbed(&stmt.kind, &mut |local| {
                    disturbed.insert(local);
                });
            }
        }
        let mut ready: FxHashMap<Place, Local> = FxHashMap::default();
        for b in l.blocks() {
            for s in 0..body.blocks[b].stmts.len() {
                let StmtKind::MakeUnique {
                    place,
                    status: None,
                    ready: None,
                } = &body.blocks[b].stmts[s].kind
                else {
                    continue;
                };
                if !tracked.is_sequence(place)
                    || disturbed.contains(&place.local)
                    || !done.insert((b, s))
                {
                    continue;
                }
                let place = place.clone();
                let known = *ready
                    .entry(place.clone())
                    .or_insert_with(|| ask(body, &before, place));
                if let StmtKind::MakeUnique { ready, .. } = &mut body.blocks[b].stmts[s].kind {
                    *ready = Some(known);
                }
            }
        }
    }
}

/// Asks at the end of these blocks whether the container is ready; gives the answer's local.
fn ask(body: &mut Body, before: &[BlockId], place: Place) -> Local {
    let ready = body.new_local(Types::BOOL, LocalKind::Owned);
    for b in before {
        let block = &mut body.blocks[b.index()];
        let site = block.stmts.last().map_or(body.site, |s| s.site);
        block.stmts.push(Stmt {
            kind: StmtKind::Assign(ready.into(), Rvalue::IsReady(place.clone())),
            site,
        });
    }
    ready
}
