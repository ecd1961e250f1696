//! The frontend: text in, a checked, owned, monomorphic HIR program out. Pure: files are read
//! through the `Loader` that the caller gives; no Cranelift, no engine.

#![forbid(unsafe_code)]

pub mod check;
pub mod codes;
pub mod compile;
pub mod copies;
pub mod defs;
pub mod display;
pub mod doc_tests;
pub mod dump;
pub mod entry;
pub mod hir;
pub mod instantiate;
pub mod loader;
pub mod own;
pub mod render;
mod repeats;
pub mod resolve;
pub mod table;
pub mod types;
pub mod unused;
pub mod verify;
pub mod walk;
pub mod words;

pub use cowl_syntax::{ast, ast_dump, parse, problem, source, suggest};
