//! What the tree builders share: the place of the piece of text that pest has parsed, the
//! problems, the depth, and small helpers that turn pairs into names and spans.

use super::{Rule, errors};
use crate::ast::{Expr, ExprKind, Name, Text};
use crate::problem::{Problem, Problems};
use crate::source::{FileId, Span};
use pest::iterators::Pair;
use rustc_hash::FxHashSet;
use unicode_normalization::UnicodeNormalization;

pub(super) type P<'i> = Pair<'i, Rule>;

/// Levels of nesting that a program may have: brackets, interpolations, comments, and whatever
/// nests without them (`|a| |b| …`). Every later phase may recurse this deep.
pub(super) const MAX_DEPTH: u32 = 1000;

pub(super) struct Cx<'p> {
    pub file: FileId,
    /// Where the text that pest saw begins in the file.
    pub base: usize,
    pub problems: &'p mut Problems,
    names: &'p mut Names,
    depth: u32,
    /// `_` in the place of a value: right only where an assignment throws its value away.
    pub wilds: Vec<Span>,
}

impl<'p> Cx<'p> {
    pub fn new(
        file: FileId,
        base: usize,
        problems: &'p mut Problems,
        names: &'p mut Names,
    ) -> Cx<'p> {
        Cx {
            file,
            base,
            problems,
            names,
            depth: 0,
            wilds: Vec::new(),
        }
    }

    pub fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub fn at(&self, lo: usize, hi: usize) -> Span {
        Span::new(self.file, self.base + lo, self.base + hi)
    }

    /// The place of a pair, without the white space that pest counts to a rule with an optional end.
    pub fn span(&self, pair: &P) -> Span {
        self.at(pair.as_span().start(), end_of(pair))
    }

    /// The name that an atomic rule's text is.
    pub fn name(&mut self, pair: &P) -> Name {
        self.name_at(pair.as_str(), pair.as_span().start())
    }

    pub fn name_at(&mut self, text: &str, lo: usize) -> Name {
        Name {
            text: self.names.get(text),
            span: self.at(lo, lo + text.len()),
        }
    }

    /// The names of a dotted path.
    pub fn path(&mut self, pair: &P) -> Vec<Name> {
        let mut lo = pair.as_span().start();
        let mut names = Vec::new();
        for part in pair.as_str().split('.') {
            names.push(self.name_at(part, lo));
            lo += part.len() + 1;
        }
        names
    }

    /// Runs `f` one level deeper, or reports that the program is nested too deeply.
    pub fn nested<T>(&mut self, at: Span, f: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.report(errors::too_deep(at));
            return None;
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        Some(result)
    }
}

pub(super) fn error_expr(span: Span) -> Expr {
    Expr {
        kind: ExprKind::Error,
        span,
    }
}

/// The spellings of a file, each once.
#[derive(Default)]
pub(super) struct Names(FxHashSet<Text>);

impl Names {
    /// Identifiers are compared in Unicode's normal form C.
    fn get(&mut self, text: &str) -> Text {
        if !text.is_ascii() {
            return Text::from(text.nfc().collect::<String>());
        }
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new = Text::from(text);
        self.0.insert(new.clone());
        new
    }
}

/// Rules that end in something optional include the white space in front of it.
fn end_of(pair: &P) -> usize {
    let mut pair = pair.clone();
    loop {
        let end = pair.as_span().end();
        match pair.as_rule() {
            Rule::item
            | Rule::attr
            | Rule::use_decl
            | Rule::fn_decl
            | Rule::fn_head
            | Rule::gparam
            | Rule::field
            | Rule::variant
            | Rule::const_decl
            | Rule::type_decl
            | Rule::ret_ty
            | Rule::ret_err
            | Rule::where_
            | Rule::param
            | Rule::vfield
            | Rule::ty
            | Rule::ty_err
            | Rule::ty_elem
            | Rule::ty_fn
            | Rule::let_s
            | Rule::defer_s
            | Rule::onfail_s
            | Rule::local
            | Rule::expr
            | Rule::head
            | Rule::lhead
            | Rule::cparam
            | Rule::pattern
            | Rule::pattern1
            | Rule::pattern_is
            | Rule::init
            | Rule::init_base
            | Rule::spread
            | Rule::comp_for
            | Rule::comp_if
            | Rule::clause_let
            | Rule::arm
            | Rule::arm_typed
            | Rule::is_
            | Rule::new_e
            | Rule::rest
            | Rule::if_e
            | Rule::continue_
            | Rule::budget => match pair.clone().into_inner().next_back() {
                Some(last) => pair = last,
                // Only `rest` (`..` alone) has no parts.
                None => return pair.as_span().start() + pair.as_str().trim_end().len().min(2),
            },
            _ => return end,
        }
    }
}
