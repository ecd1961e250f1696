//! Tests of the collections against plain models, with descs made here. Every test ends with no
//! block left.

mod arrays;
mod audit;
mod entries;
mod failures;
mod lists;
mod maps;
mod objects;
mod panics;
mod strings;
mod tracked;
mod types;
mod values;

use crate::alloc::live_blocks;
use crate::ctx::{Ctx, Cx};

/// How many cases a property gets; `RUNTIME_CASES` multiplies (or, as `1/N`, divides) them.
fn cases(usual: u32) -> u32 {
    match std::env::var("RUNTIME_CASES") {
        Ok(text) => match text.split_once('/') {
            Some((_, n)) => (usual / n.parse::<u32>().unwrap_or(1)).max(1),
            None => usual * text.parse::<u32>().unwrap_or(1),
        },
        Err(_) => usual,
    }
}

/// How many allocations a context allows (`tests::failures` sets it for its processes).
const ALLOWED: &str = "RUNTIME_ALLOWED";

/// Runs with a context of its own; nothing may be left in it.
fn with_cx(test: impl FnOnce(Cx)) {
    let mut ctx = Ctx::new();
    if let Ok(allowed) = std::env::var(ALLOWED) {
        ctx.arena.allowed = allowed.parse().expect("a number");
    }
    let cx: Cx = &raw mut *ctx;
    test(cx);
    // SAFETY: the context is alive.
    let left = unsafe { live_blocks(cx) };
    assert_eq!(left, 0, "blocks left");
}
