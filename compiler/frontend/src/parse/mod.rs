//! Text in, `ast::File` out. Always gives a file; what is wrong is reported, and what could not be
//! understood is left out or stands as an `Error` in the tree.
//!
//! `scan` cuts the text into items and reports open strings and brackets; `spec/grammar.pest` says
//! what is a program, and pest turns each item into pairs; `items`, `types`, `patterns`, `exprs`,
//! `literals` and `format` turn pairs into the tree, `climb` gives flat lists of operators their
//! shape. Where pest fails, `explain` finds the words and `recover` goes on behind the place.
//! `errors` has the sentences.

mod climb;
mod cx;
mod errors;
mod explain;
mod exprs;
mod format;
mod habits;
mod items;
mod lex;
mod literals;
mod patterns;
mod recover;
mod scan;
mod types;

use crate::ast::{self, Item};
use crate::problem::Problems;
use crate::source::{FileId, Span};
use cx::Cx;
use pest::Parser;
use pest::iterators::Pairs;
use recover::Budget;

// The generated rules: their names are the grammar's.
#[derive(pest_derive::Parser)]
#[grammar = "../../../spec/grammar.pest"]
struct Grammar;

/// The syntax tree of a file.
pub fn parse(file: FileId, text: &str, problems: &mut Problems) -> ast::File {
    if u32::try_from(text.len()).is_err() {
        problems.push(errors::file_too_large(Span::new(file, 0, 0)));
        return ast::File {
            items: Vec::new(),
            span: Span::new(file, 0, 0),
        };
    }
    let scanned = scan::scan(file, text);
    for problem in scanned.problems {
        problems.push(problem);
    }
    let mut budget = Budget::new(text.len());
    let mut items = Vec::new();
    for piece in &scanned.pieces {
        if piece.wrecked || !piece.marks.is_empty() || !piece.strays.is_empty() {
            items.extend(recover::faulty_piece(
                file,
                text,
                piece,
                problems,
                &mut budget,
            ));
            continue;
        }
        let source = &text[piece.lo..piece.hi];
        match Grammar::parse(Rule::file, source) {
            Ok(pairs) => items.extend(build(file, piece.lo, pairs, problems)),
            Err(error) => items.extend(recover::again(
                file,
                source.to_string(),
                piece.lo,
                error,
                problems,
                &mut budget,
            )),
        }
    }
    ast::File {
        items,
        span: Span::new(file, 0, text.len()),
    }
}

/// The items of a piece that pest has accepted.
fn build(file: FileId, base: usize, pairs: Pairs<Rule>, problems: &mut Problems) -> Vec<Item> {
    let mut cx = Cx::new(file, base, problems);
    let mut items = Vec::new();
    for pair in pairs.flat_map(|file| file.into_inner()) {
        if pair.as_rule() == Rule::item {
            items.extend(cx.item(pair));
        }
    }
    items
}
