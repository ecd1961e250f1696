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
mod repair;
mod scan;
mod types;

use crate::ast::{self, Item, ItemKind};
use crate::problem::{Problem, Problems};
use crate::source::{FileId, Span};
use cx::{Cx, Names};
use pest::Parser;
use pest::iterators::Pairs;
use recover::Budget;
use scan::Piece;

// The generated rules: their names are the grammar's.
#[derive(pest_derive::Parser)]
#[grammar = "../../../spec/grammar.pest"]
struct Grammar;

/// The syntax tree of a file. Nesting of up to `MAX_DEPTH` levels recurses, some kilobytes of stack
/// a level: the caller has a thread of at least 16 MiB.
pub fn parse(file: FileId, text: &str, problems: &mut Problems) -> ast::File {
    if u32::try_from(text.len()).is_err() {
        problems.push(errors::file_too_large(Span::new(file, 0, 0)));
        return ast::File {
            items: Vec::new(),
            span: Span::new(file, 0, 0),
        };
    }
    let mut scanned = scan::scan(file, text);
    let mut mended: Option<String> = None;
    let mut removed = Vec::new();
    for _ in 0..repair::MAX_REPAIRS {
        let now = mended.as_deref().unwrap_or(text);
        let Some(repair) = repair::braces(file, now, &scanned) else {
            break;
        };
        let again = scan::scan(file, &repair.text);
        if again.problems.len() >= scanned.problems.len() {
            break;
        }
        problems.push(repair.problem);
        removed.extend(repair.removed);
        scanned = again;
        mended = Some(repair.text);
    }
    for at in removed {
        let piece = scanned.pieces.partition_point(|piece| piece.lo <= at);
        if let Some(piece) = piece.checked_sub(1).and_then(|i| scanned.pieces.get_mut(i)) {
            piece.strays.push(at - piece.lo);
        }
    }
    let text = mended.as_deref().unwrap_or(text);
    report(scanned.problems, text, problems);
    let mut out = Out {
        file,
        text,
        items: Vec::new(),
        names: Names::default(),
        problems,
        budget: Budget::new(text.len()),
        strays: Vec::new(),
        outside: false,
    };
    // Small items go to pest together: each run of it costs some microseconds.
    let mut batch: &[Piece] = &[];
    let pieces = scanned.pieces.as_slice();
    for (i, piece) in pieces.iter().enumerate() {
        let start = i - batch.len();
        if piece.is_clean() {
            batch = &pieces[start..=i];
            if piece.hi - batch[0].lo < BATCH {
                continue;
            }
            out.clean(batch);
        } else {
            out.clean(batch);
            out.faulty(piece);
        }
        batch = &[];
    }
    out.clean(batch);
    ast::File {
        items: out.items,
        span: Span::new(file, 0, text.len()),
    }
}

/// Reports what the scanner has found. What it finds open on a line behind something else mostly
/// comes of that; a character that may not stand there is always worth a report.
fn report(mut found: Vec<Problem>, text: &str, problems: &mut Problems) {
    found.sort_by_key(|problem| problem.span.lo);
    let mut line_end = 0;
    for problem in found {
        let at = problem.span.lo as usize;
        if at < line_end && problem.code != errors::FORBIDDEN {
            continue;
        }
        if at >= line_end {
            let rest = text.get(at..).unwrap_or_default();
            line_end = at + rest.find('\n').map_or(rest.len(), |n| n + 1);
        }
        problems.push(problem);
    }
}

/// Bytes that are given to pest at once, if items are smaller.
const BATCH: usize = 8192;

/// A file on its way into a tree.
struct Out<'p, 't> {
    file: FileId,
    text: &'t str,
    items: Vec<Item>,
    names: Names,
    problems: &'p mut Problems,
    budget: Budget,
    /// Brackets of this piece that close nothing: what else is wrong in their statements comes of
    /// the bracket that is missing in front of them.
    strays: Vec<usize>,
    /// Something stood outside of all items, and no item has followed: what stands here belonged
    /// to a function that was closed too early, and has been reported with it.
    outside: bool,
}

impl Out<'_, '_> {
    /// Pieces in which the scanner found nothing wrong.
    fn clean(&mut self, pieces: &[Piece]) {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
            return;
        };
        let source = &self.text[first.lo..last.hi];
        match Grammar::parse(Rule::file, source) {
            Ok(pairs) => self.build(first.lo, pairs),
            Err(_) if pieces.len() > 1 => {
                for i in 0..pieces.len() {
                    self.clean(&pieces[i..=i]);
                }
            }
            Err(error) => self.recover(source.to_string(), first.lo, error),
        }
    }

    /// The items of a text that pest has accepted.
    fn build(&mut self, base: usize, pairs: Pairs<Rule>) {
        let mut cx = Cx::new(self.file, base, self.problems, &mut self.names);
        for pair in pairs.flat_map(|file| file.into_inner()) {
            if pair.as_rule() != Rule::item {
                continue;
            }
            let at = base + pair.as_span().start();
            let Some(item) = cx.item(pair) else { continue };
            if matches!(item.kind, ItemKind::Const(_)) && self.outside && is_indented(self.text, at)
            {
                continue;
            }
            self.outside = false;
            self.items.push(item);
        }
    }
}

fn is_indented(text: &str, at: usize) -> bool {
    let line = text.get(..at).unwrap_or("");
    line.ends_with([' ', '\t'])
}

/// Where the line of a place begins.
fn line_of(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|t| t.rfind('\n'))
        .map_or(0, |n| n + 1)
}
