//! Roots for the modes that trace: every owned local that holds references while a collection can
//! happen moves into the shadow frame, parameters and temporaries too.
//!
//! A root is zero while it holds nothing, so it clears (`LocalDecl::clears`) whatever it did
//! before, and it lives in memory. What is looked at or lies behind an address has its holder
//! elsewhere; what a statement takes over is its callee's.

use crate::lower::Cx;
use crate::mir::verify::held_across;
use crate::mir::{Body, LocalKind, StmtKind};
use cowl_contract::entries::{COLLECTS, RELEASES, SHOWS};
use cowl_contract::planted::{Fault, planted};
use cowl_frontend::types::TyData;

pub fn run(cx: &Cx, body: &mut Body) {
    let held = held_across(body, cx.layouts, &|stmt| can_collect(cx, stmt))
        .unwrap_or_else(|e| crate::ice!("{e}"));
    for (local, held) in body.locals.iter_mut().zip(held) {
        let counted = local.kind == LocalKind::Owned && cx.layouts.refs(local.ty);
        // What clears is not followed by `held_across`.
        let missed =
            planted(Fault::RootMissing) && matches!(cx.layouts.data(local.ty), TyData::List(_));
        if counted && (held || local.clears) && !missed {
            local.root = true;
            local.clears |= !planted(Fault::RootKeepsMoved);
            local.addressed = true;
        }
    }
}

/// Can it run code of the program, or collect?
fn can_collect(cx: &Cx, stmt: &StmtKind) -> bool {
    let deinits = !cx.program.deinits.is_empty();
    let shows = !cx.program.shows.is_empty();
    match stmt {
        StmtKind::Call { .. } => true,
        StmtKind::Runtime { entry, .. } => {
            let effects = entry.info().effects;
            effects & COLLECTS != 0
                || (effects & RELEASES != 0 && deinits)
                || (effects & SHOWS != 0 && shows)
        }
        StmtKind::Release(_) | StmtKind::MakeUnique { .. } => deinits,
        StmtKind::Assign(..)
        | StmtKind::Clear(_)
        | StmtKind::CheckIndex { .. }
        | StmtKind::MakeSeq { .. }
        | StmtKind::Unwrap { .. }
        | StmtKind::Unbox { .. }
        | StmtKind::CheckChange { .. }
        | StmtKind::Count(_)
        | StmtKind::CountBy(..)
        | StmtKind::Step => false,
    }
}
