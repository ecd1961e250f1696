//! Checks the bools that `MakeUnique` relies on: on every way to it such a bool has been asked of the
//! same container, and no statement since has given the container away or one more holder.

use super::tracked::Tracked;
use super::*;
use crate::layout::Layouts;
use cowl_frontend::types::Types;
use rustc_hash::{FxHashMap, FxHashSet};

/// The first violation, with the invariant's number.
pub fn check(body: &Body, layouts: &Layouts) -> Result<(), String> {
    let mut places: FxHashMap<Local, &Place> = FxHashMap::default();
    for stmt in body.blocks.iter().flat_map(|b| &b.stmts) {
        if let StmtKind::MakeUnique {
            place,
            ready: Some(ready),
            ..
        } = &stmt.kind
            && places.insert(*ready, place).is_some_and(|p| p != place)
        {
            return Err(format!("7: {ready} is asked of two containers"));
        }
    }
    if places.is_empty() {
        return Ok(());
    }
    let tracked = Tracked::new(body, layouts);
    if let Some((local, _)) = places
        .iter()
        .find(|(l, p)| body.decl(**l).ty != Types::BOOL || !tracked.is_sequence(p))
    {
        return Err(format!("7: {local} says nothing of a container"));
    }
    // The locals that are right at each block's begin; fewer with each way that leads there.
    let mut right: Vec<Option<FxHashSet<Local>>> = vec![None; body.blocks.len()];
    right[0] = Some(FxHashSet::default());
    let mut work = vec![BlockId(0)];
    while let Some(id) = work.pop() {
        let mut now = right[id.index()].clone().unwrap_or_default();
        for stmt in &body.block(id).stmts {
            pass(&stmt.kind, &places, &tracked, &mut now);
        }
        for to in body.block(id).term.successors() {
            let slot = &mut right[to.index()];
            let fewer = match slot {
                None => now.clone(),
                Some(old) => &*old & &now,
            };
            if slot.as_ref() != Some(&fewer) {
                *slot = Some(fewer);
                work.push(to);
            }
        }
    }
    for (i, block) in body.blocks.iter().enumerate() {
        let mut now = right[i].clone().unwrap_or_default();
        for (s, stmt) in block.stmts.iter().enumerate() {
            if let StmtKind::MakeUnique {
                ready: Some(ready), ..
            } = &stmt.kind
                && !now.contains(ready)
            {
                return Err(format!("7: {ready} is not known (in bb{i}[{s}])"));
            }
            pass(&stmt.kind, &places, &tracked, &mut now);
        }
    }
    Ok(())
}

fn pass(
    stmt: &StmtKind,
    places: &FxHashMap<Local, &Place>,
    tracked: &Tracked,
    now: &mut FxHashSet<Local>,
) {
    tracked.disturbed(stmt, &mut |local| {
        now.retain(|r| places[r].local != local);
    });
    match stmt {
        StmtKind::Assign(dst, Rvalue::IsReady(p)) if places.get(&dst.local) == Some(&p) => {
            now.insert(dst.local);
        }
        StmtKind::MakeUnique { ready: Some(_), .. } => {}
        _ => names::written(stmt, &mut |p| {
            now.remove(&p.local);
        }),
    }
}
