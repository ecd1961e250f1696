//! Text in, `ast::File` out. Always gives a file; what is wrong is reported, and what could not be
//! understood is left out or stands as an `Error` in the tree.
//!
//! `spec/grammar.pest` says what is a program; pest turns text into pairs; `items`, `types`,
//! `patterns`, `exprs`, `literals` and `format` turn pairs into the tree, `climb` gives flat lists of
//! operators their shape. `errors` has the sentences.

mod climb;
mod cx;
mod errors;
mod exprs;
mod format;
mod items;
mod literals;
mod patterns;
mod types;

use crate::ast;
use crate::problem::Problems;
use crate::source::{FileId, Span};
use cx::Cx;
use pest::Parser;
use pest::error::InputLocation;

#[derive(pest_derive::Parser)]
#[grammar = "../../../spec/grammar.pest"]
struct Grammar;

/// The syntax tree of a file.
pub fn parse(file: FileId, text: &str, problems: &mut Problems) -> ast::File {
    let span = Span::new(file, 0, text.len());
    let mut items = Vec::new();
    match Grammar::parse(Rule::file, text) {
        Ok(pairs) => {
            let mut cx = Cx::new(file, 0, problems);
            for pair in pairs.flat_map(|file| file.into_inner()) {
                if pair.as_rule() == Rule::item {
                    items.extend(cx.item(pair));
                }
            }
        }
        Err(error) => {
            let (lo, hi) = match error.location {
                InputLocation::Pos(at) => (at, at),
                InputLocation::Span((lo, hi)) => (lo, hi),
            };
            problems.push(errors::unexpected(Span::new(file, lo, hi), "this"));
        }
    }
    ast::File { items, span }
}
