//! The syntax of Cowl: text in, a syntax tree and what is wrong with the text out.
//!
//! A crate of its own because the frontend's build needs it: it parses the standard library, whose
//! trees the frontend then holds ready. Must not know what a name means.

#![forbid(unsafe_code)]

pub mod ast;
pub mod ast_dump;
pub mod parse;
pub mod problem;
pub mod source;
pub mod stored;
pub mod suggest;
