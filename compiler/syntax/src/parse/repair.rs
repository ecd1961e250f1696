//! Puts back an opening brace that was forgotten at the end of a line, where a closing one that
//! closes nothing says that one is missing. So the block's statements stay where they belong, and
//! one mistake is one problem.
//!
//! Where a line has a `}` too many that has closed a block begun before it, the `}` is taken away:
//! its `{` is missing on the same line.
//!
//! Takes a scanned text; gives the same text with one byte changed, and the problem. Places stay
//! what they are.

use super::lex::{Kind, Lexer, Token, is_keyword};
use super::scan::Scanned;
use super::{errors, line_of};
use crate::problem::Problem;
use crate::source::{FileId, Span};

/// Braces that are put back in one text.
pub(super) const MAX_REPAIRS: usize = 8;

/// A text with one brace more or less.
pub(super) struct Repair {
    pub text: String,
    pub problem: Problem,
    /// Where a `}` was taken away.
    pub removed: Option<usize>,
}

/// The last line in front of the first stray `}` that begins a block but has no `{`; else the last
/// `}` before it that stands behind something on its line and closes what a line before has opened.
pub(super) fn braces(file: FileId, text: &str, scanned: &Scanned) -> Option<Repair> {
    let strays = scanned
        .pieces
        .iter()
        .flat_map(|p| p.strays.iter().map(|&at| p.lo + at));
    let stray = strays
        .filter(|&at| text.as_bytes().get(at) == Some(&b'}'))
        .min()?;
    let mut lexer = Lexer::new(file, text, 0);
    let mut line = Line::default();
    let mut waiting: Option<Head> = None;
    let mut found = None;
    let mut surplus = None;
    let mut open = Vec::new();
    let mut lines = 0usize;
    while let Some(token) = lexer.next() {
        if token.lo >= stray {
            break;
        }
        match token.kind {
            Kind::Newline => lines += 1,
            Kind::Open(b'{') => open.push(lines),
            Kind::Close(b'}') => {
                let earlier = open.pop().is_some_and(|line| line != lines);
                if earlier && !line.first && token.hi > token.lo {
                    surplus = Some(token.lo);
                }
            }
            _ => {}
        }
        if token.kind == Kind::Newline {
            // Inside round and square brackets a line's end ends nothing.
            if lexer.open.last().is_none_or(|o| o.kind == b'{') {
                waiting = std::mem::take(&mut line).head.or(waiting);
            }
            continue;
        }
        if line.first {
            line.first = false;
            line.indent = token.lo - line_of(text, token.lo);
            // Its lines stand further in, or it was no head of a block.
            if let Some(head) = waiting.take()
                && head.indent < line.indent
                && lexer.slice(&token) != "."
            {
                found = Some(head);
            }
        }
        line.token(&lexer, &token);
    }
    let mut fixed = text.to_string();
    if let Some(head) = found.filter(|head| surplus.is_none_or(|at| at < head.end)) {
        let gap = text.as_bytes().get(head.end)?;
        if !matches!(gap, b' ' | b'\t' | b'\r' | b'\n') {
            return None;
        }
        fixed.replace_range(head.end..=head.end, "{");
        let at = Span::new(file, head.end, head.end);
        return Some(Repair {
            text: fixed,
            problem: errors::brace_missing(at, head.word),
            removed: None,
        });
    }
    let at = surplus?;
    fixed.replace_range(at..=at, " ");
    Some(Repair {
        text: fixed,
        problem: errors::stray_closer(Span::new(file, at, at + 1), b'}'),
        removed: Some(at),
    })
}

/// The beginning of a block whose line has no `{`.
struct Head {
    word: &'static str,
    indent: usize,
    /// Behind its last token.
    end: usize,
}

struct Line {
    first: bool,
    indent: usize,
    head: Option<Head>,
}

impl Default for Line {
    fn default() -> Line {
        Line {
            first: true,
            indent: 0,
            head: None,
        }
    }
}

impl Line {
    fn token(&mut self, lexer: &Lexer, token: &Token) {
        let begins = match token.kind {
            Kind::Word => head_word(lexer.slice(token)),
            _ => None,
        };
        match (&mut self.head, begins) {
            // `impl Trait for Type`, `else if`: the first is the head.
            (None, Some(word)) => {
                self.head = Some(Head {
                    word,
                    indent: self.indent,
                    end: token.hi,
                });
            }
            // The block, or what else stands in braces: not a head that lacks them.
            (Some(_), _) if matches!(token.kind, Kind::Open(b'{') | Kind::Close(b'}')) => {
                self.head = None;
            }
            // An arm's body.
            (Some(_), _) if lexer.slice(token) == "=>" => self.head = None,
            (Some(head), _) => head.end = token.hi,
            (None, None) => {}
        }
    }
}

fn head_word(word: &str) -> Option<&'static str> {
    const HEADS: [&str; 12] = [
        "fn", "impl", "trait", "struct", "enum", "test", "if", "else", "while", "for", "loop",
        "match",
    ];
    debug_assert!(HEADS.iter().all(|head| is_keyword(head)));
    HEADS.iter().find(|&&head| head == word).copied()
}
