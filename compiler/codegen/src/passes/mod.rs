//! Rewrites of MIR that nobody can tell from the outside: never an event of the ledger, an order
//! of releases or a position.

mod known;
mod ranges;
mod ready;
mod roots;

use crate::lower::Cx;
use crate::mir::Body;

/// All passes, in order.
pub fn run(cx: &Cx, body: &mut Body) {
    if cx.traced {
        roots::run(cx, body);
    }
    known::run(body, cx.layouts);
    ready::run(body, cx.layouts);
    ranges::run(body, cx.layouts);
}
