//! What is wrong with a program, as data: code, places, sentences, help. Rendering is elsewhere.
//!
//! Every phase reports into one `Problems`; nothing stops at the first.
//! Codes: E00xx syntax, E01xx names, modules and imports, E02xx types, E03xx ownership,
//! E04xx patterns and control flow, E05xx traits and generics, E06xx constants, purity and tests;
//! W0xxx lints. The sentences of an area stand in one file of that area (`parse/errors.rs`,
//! `check/errors.rs`, …), as functions that build the `Problem`.

use crate::source::{FileId, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// One report.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// `E0203`: stable, has a page for `cowl explain` and a reject program.
    pub code: &'static str,
    pub severity: Severity,
    /// One sentence without a full stop, lower case at the beginning.
    pub message: String,
    pub span: Span,
    /// Written under the primary span.
    pub label: String,
    /// Other places that explain it.
    pub notes: Vec<(Span, String)>,
    /// The way out, as an order: "write `=` to share".
    pub help: Option<String>,
}

impl Problem {
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Problem {
        Problem {
            code,
            severity: Severity::Error,
            message: message.into(),
            span,
            label: String::new(),
            notes: Vec::new(),
            help: None,
        }
    }

    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Problem {
        Problem {
            severity: Severity::Warning,
            ..Problem::error(code, span, message)
        }
    }

    pub fn label(mut self, text: impl Into<String>) -> Problem {
        self.label = text.into();
        self
    }

    pub fn note(mut self, span: Span, text: impl Into<String>) -> Problem {
        self.notes.push((span, text.into()));
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Problem {
        self.help = Some(text.into());
        self
    }
}

/// The problems of one run, in the order of their discovery.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
    errors: usize,
}

impl Problems {
    pub fn push(&mut self, problem: Problem) {
        self.errors += usize::from(problem.severity == Severity::Error);
        self.list.push(problem);
    }

    /// Takes back an error that turned out to come of another one.
    pub fn forget(&mut self, file: FileId, at: usize, code: &str) {
        let is_it = |p: &Problem| p.code == code && p.span.file == file && p.span.lo as usize == at;
        if let Some(i) = self.list.iter().position(is_it) {
            self.list.remove(i);
            self.errors -= 1;
        }
    }

    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// How many errors (not warnings) there are so far.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Sorted by place, without repetitions.
    pub fn finish(mut self) -> Vec<Problem> {
        self.list
            .sort_by(|a, b| (a.span, a.code).cmp(&(b.span, b.code)));
        self.list.dedup();
        self.list
    }

    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }
}
