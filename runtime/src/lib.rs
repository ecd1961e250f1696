//! What compiled programs call: counts, collections, strings, printing, objects, panics, input and
//! output. `contract::entries` lists the entries, `contract::layout` says where things lie.
//!
//! Takes pointers from compiled code and trusts them; gives values in the layouts of the contract.
//! Knows nothing of the frontend or of codegen, and keeps no state outside of the context that
//! every entry gets first.
//!
//! # Safety
//! Nearly every function here is unsafe for one and the same reason, stated here once instead of
//! at each: **its pointers come from compiled code or from another function here, and are what
//! their types and `contract::entries` say** — descs are static and true, words are null or live
//! blocks of their kind, `own` values have a holder to give away, `sole` places hold what
//! `make_unique` leaves, indices are in range, and the context is the one context of this program,
//! whose fields are only borrowed between calls that could call back. So the bodies of unsafe
//! functions are not marked again; unsafe blocks in safe functions say why they are sound.
#![allow(unsafe_op_in_unsafe_fn, clippy::missing_safety_doc)]
#![allow(clippy::new_without_default)]

pub mod alloc;
pub mod array;
pub mod audit;
pub mod block;
mod buffer;
pub mod compare;
pub mod count;
pub mod ctx;
pub mod cycles;
mod edges;
pub mod elem;
pub mod float;
mod guard;
pub mod hash;
mod index;
pub mod io;
pub mod known;
pub mod leaks;
mod ledger;
pub mod list;
pub mod map;
pub mod objects;
pub mod panic;
pub mod show;
mod sort;
pub mod start;
pub mod statics;
pub mod string;
mod symbols;
pub mod system;
pub mod text;
mod trace;
pub mod unshare;
mod vector;

#[cfg(test)]
mod tests;

pub use symbols::symbol;
