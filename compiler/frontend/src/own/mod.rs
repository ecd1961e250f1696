//! Ownership: decides for every use whether it moves or shares, where every holder ends, and
//! reports uses of what has been moved or was never assigned (SEMANTICS 5–10).
//!
//! Takes generic HIR as `check` leaves it and rewrites it in place: no mode is `Undecided`
//! afterwards, every release is written. Must not look at where a function is called from, nor at
//! what its type parameters will be.
//!
//! 1. `operands`: looks that a later operand could change become owning uses; paths are collected.
//! 2. `parts`: the parts of locals that are told apart.
//! 3. `traverse`: the function as blocks of events (`flow`).
//! 4. `solve`: liveness; what moves, what ends where; the mistakes.
//! 5. `traverse` again: modes and releases are written into the tree.

mod errors;
mod flow;
pub mod holds;
mod operands;
mod parts;
mod solve;
#[cfg(test)]
pub(crate) mod tests;
mod traverse;

use crate::defs::Defs;
use crate::hir::{Expr, ExprKind, Func, Sites};
use crate::problem::Problems;
use crate::types::Types;
use errors::Names;
use flow::Flow;
use holds::Holds;
use operands::Operands;
use parts::Parts;
use traverse::Traversal;

/// Decides everything about holding in one function.
pub fn own(
    func: &mut Func,
    defs: &Defs,
    types: &mut Types,
    sites: &Sites,
    problems: &mut Problems,
) {
    let placeholder = Expr {
        kind: ExprKind::Unreachable,
        ty: func.body.ty,
        site: func.body.site,
    };
    let mut body = std::mem::replace(&mut func.body, placeholder);
    let locals = &func.locals;

    let mut holds = Holds::default();
    let mut parts = Parts::new(locals);
    Operands::new(defs, types, &mut holds, &mut parts, locals.len()).run(&mut body);
    parts.finish(locals.len(), defs, types, &mut holds);

    let mut keeps = vec![false; locals.len()];
    for param in func.params.iter().filter(|p| p.borrowed) {
        keeps[param.local.index()] = true;
    }
    let mut flow = Flow::default();
    let mut build = Traversal::new(locals, &keeps, &parts, &mut flow, false);
    build.run(&func.params, &mut body);
    let refused = build.refused;
    let mistakes = flow.solve(&parts, locals, &keeps);
    Traversal::new(locals, &keeps, &parts, &mut flow, true).run(&func.params, &mut body);

    for (site, why) in refused {
        problems.push(errors::refused(sites.span(site), why));
    }
    let names = Names {
        defs,
        types,
        sites,
        locals,
        parts: &parts,
    };
    for mistake in mistakes {
        problems.push(errors::mistake(&names, mistake));
    }
    func.body = body;
}
