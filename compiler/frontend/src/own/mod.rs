//! Ownership: decides for every use whether it moves or shares, where every holder ends, and
//! reports uses of what has been moved or was never assigned (SEMANTICS 5–10).
//!
//! Takes generic HIR as `check` leaves it and rewrites it in place: no mode is `Undecided`
//! afterwards, every release is written. Must not look at where a function is called from, nor at
//! what its type parameters will be.

use crate::defs::Defs;
use crate::hir::{Func, Sites};
use crate::problem::Problems;
use crate::types::Types;

/// Decides everything about holding in one function.
pub fn own(
    func: &mut Func,
    defs: &Defs,
    types: &mut Types,
    sites: &Sites,
    problems: &mut Problems,
) {
    let _ = (func, defs, types, sites, problems);
}
