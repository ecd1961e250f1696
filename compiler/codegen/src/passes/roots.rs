//! Roots for the modes that trace: every owned local that holds references moves into the shadow
//! frame, parameters and temporaries too.
//!
//! A root is zero while it holds nothing, so it clears (`LocalDecl::clears`) whatever it did
//! before, and it lives in memory. What is looked at or lies behind an address has its holder
//! elsewhere.

use crate::lower::Cx;
use crate::mir::{Body, LocalKind};

pub fn run(cx: &Cx, body: &mut Body) {
    for local in &mut body.locals {
        if local.kind == LocalKind::Owned && cx.layouts.refs(local.ty) {
            local.root = true;
            local.clears = true;
            local.addressed = true;
        }
    }
}
