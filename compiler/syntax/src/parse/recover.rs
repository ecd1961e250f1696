//! Going on behind an error: the statement (field, arm, member …) that contains it is replaced by
//! a mark that the grammar accepts, the item is parsed again, and so on. So each broken statement
//! is reported, and all else of the item gets into the tree.

use super::explain;
use super::lex::{Kind, Lexer, Token, is_keyword};
use super::scan::Piece;
use super::{Grammar, Out, Rule, errors};
use crate::source::FileId;
use pest::Parser;
use pest::error::{Error, InputLocation};
use std::ops::Range;

/// Stands for what was reported; `broken` in the grammar.
const MARK: u8 = 1;
/// Times that one item is parsed again.
const MAX_TRIES: usize = 24;
/// Errors of one file that are reported.
const MAX_REPORTS: usize = 100;

/// What is left to spend on one file: its size bounds the time for all its errors.
pub(super) struct Budget {
    bytes: usize,
    reports: usize,
}

impl Budget {
    pub fn new(size: usize) -> Budget {
        Budget {
            bytes: 1_000_000 + 10 * size,
            reports: MAX_REPORTS,
        }
    }
}

impl Out<'_, '_> {
    /// A piece in which the scanner has found something, and reported it.
    pub(super) fn faulty(&mut self, piece: &Piece) {
        let text = &self.text[piece.lo..piece.hi];
        self.strays = piece.strays.iter().map(|&at| piece.lo + at).collect();
        if self.outside {
            for &at in &self.strays {
                self.problems.forget(self.file, at, errors::STRAY);
            }
        }
        self.read_faulty(piece, text);
        self.strays.clear();
    }

    fn read_faulty(&mut self, piece: &Piece, text: &str) {
        if piece.wrecked {
            return self.head_only(text, piece.lo);
        }
        let mut source = text.as_bytes().to_vec();
        for &at in &piece.strays {
            if let Some(byte) = source.get_mut(at) {
                *byte = b' ';
            }
        }
        if !piece.marks.is_empty() {
            let tokens = Tokens::new(text);
            // What stands in a comment hurts no statement.
            let marks = piece.marks.iter().filter(|&&at| tokens.holds(at));
            for &at in marks {
                match tokens.segment(at, 0) {
                    Some(segment) => tokens.blank(&mut source, segment),
                    None => return self.head_only(text, piece.lo),
                }
            }
        }
        let Ok(source) = String::from_utf8(source) else {
            return;
        };
        match Grammar::parse(Rule::file, &source) {
            Ok(pairs) => self.build(piece.lo, pairs),
            Err(error) => self.recover(source, piece.lo, error),
        }
    }

    /// Parses a piece again and again, with less and less of what pest refused.
    pub(super) fn recover(&mut self, source: String, base: usize, mut error: Error<Rule>) {
        let mut source = source.into_bytes();
        // Where the last mark was put, and how far out from the error.
        let mut last: Option<(Range<usize>, usize)> = None;
        for _ in 0..MAX_TRIES {
            let Ok(text) = std::str::from_utf8(&source) else {
                return;
            };
            let at = position(&error);
            let tokens = Tokens::new(text);
            let level = match &last {
                // The mark itself did not fit, or what it cut off: take more.
                Some((range, level)) if (range.start..=range.end + 1).contains(&at) => level + 1,
                _ => match self.report(base, &tokens, at, &error) {
                    Some(level) => level,
                    None => break,
                },
            };
            if self.budget.bytes < source.len() {
                break;
            }
            self.budget.bytes -= source.len();
            let Some(segment) = tokens.segment(at, level) else {
                break;
            };
            let range = tokens.bytes_of(&segment);
            let mut cut = source.clone();
            tokens.blank(&mut cut, segment);
            last = Some((range, level));
            source = cut;
            let Ok(text) = std::str::from_utf8(&source) else {
                return;
            };
            match Grammar::parse(Rule::file, text) {
                Ok(pairs) => return self.build(base, pairs),
                Err(e) => error = e,
            }
        }
        if let Ok(text) = std::str::from_utf8(&source) {
            self.head_only(text, base);
        }
    }

    /// Reports what pest says; gives how far out from it the text is to be cut, or `None` if
    /// parsing again makes no sense.
    fn report(
        &mut self,
        base: usize,
        tokens: &Tokens,
        at: usize,
        error: &Error<Rule>,
    ) -> Option<usize> {
        if self.budget.reports == 0 {
            return None;
        }
        let problem = explain::explain(self.file, base, tokens, at, error);
        let outside = problem.code == errors::OUTSIDE
            || (problem.code == errors::UNEXPECTED && wants_item(error));
        let first = problem.span.lo as usize;
        if outside
            && std::mem::replace(&mut self.outside, true)
            && super::is_indented(self.text, first)
        {
            return None;
        }
        if let Some(stray) = self.stray_beside(base, tokens, at) {
            // A block's `{` is missing on this line: that says more than the `}` that is left.
            if problem.code != errors::NO_BLOCK || !self.was_brace(stray) {
                return Some(0);
            }
            self.problems.forget(self.file, stray, errors::STRAY);
        }
        self.budget.reports -= 1;
        // A literal in front of a block: its braces were taken for the block's. What is wrong
        // stands outside of them.
        let begins = (problem.span.lo as usize).saturating_sub(base);
        let holds = |level: &usize| {
            let segment = tokens.segment(at, *level).map(|s| tokens.bytes_of(&s));
            segment.is_none_or(|s| s.start <= begins)
        };
        let outer = matches!(problem.code, errors::IN_HEAD | errors::HABIT);
        let level = (0..3).find(|level| !outer || holds(level)).unwrap_or(0);
        self.problems.push(problem);
        Some(level)
    }

    /// A bracket that closes nothing, in the statement around a place or on its line.
    fn stray_beside(&self, base: usize, tokens: &Tokens, at: usize) -> Option<usize> {
        if self.strays.is_empty() {
            return None;
        }
        let segment = tokens.segment(at, 0).map(|s| tokens.bytes_of(&s));
        let (lo, hi) = segment.map_or((at, at), |s| (s.start, s.end));
        let last = base + hi.max(at);
        let behind = self.text.get(last..).and_then(|t| t.find('\n'));
        let range =
            super::line_of(self.text, base + lo)..behind.map_or(self.text.len(), |n| last + n);
        self.strays
            .iter()
            .copied()
            .find(|stray| range.contains(stray))
    }

    /// Whether a stray bracket is a brace; one that was taken away has left a space.
    fn was_brace(&self, stray: usize) -> bool {
        matches!(self.text.as_bytes().get(stray), Some(b'}' | b' '))
    }

    /// A function whose body cannot be read still has its head, so that its callers are not wrong.
    fn head_only(&mut self, text: &str, base: usize) {
        let mut lexer = Lexer::new(self.file, text, 0);
        let mut is_fn = false;
        let mut body = None;
        while let Some(token) = lexer.next() {
            match token.kind {
                Kind::Word if lexer.slice(&token) == "fn" => is_fn = true,
                Kind::Word
                    if !is_fn
                        && is_keyword(lexer.slice(&token))
                        && !matches!(lexer.slice(&token), "pub" | "pure") =>
                {
                    break;
                }
                Kind::Open(b'{') if is_fn => {
                    body = Some(token.lo);
                    break;
                }
                Kind::Newline if is_fn && lexer.open.is_empty() => break,
                _ => {}
            }
        }
        let Some(body) = body.filter(|_| lexer.open.len() == 1) else {
            return;
        };
        let head = format!("{}{{{}}}", &text[..body], char::from(MARK));
        if let Ok(pairs) = Grammar::parse(Rule::file, &head) {
            self.build(base, pairs);
        }
    }
}

/// Only an item could stand there.
fn wants_item(error: &Error<Rule>) -> bool {
    let expected = explain::expected(error);
    let items = [Rule::kw_struct, Rule::file, Rule::item];
    items.iter().any(|rule| expected.contains(rule))
}

fn position(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) => at,
        InputLocation::Span((lo, _)) => lo,
    }
}

/// The tokens of one piece.
pub(super) struct Tokens<'t> {
    pub text: &'t str,
    pub list: Vec<Token>,
}

impl<'t> Tokens<'t> {
    pub fn new(text: &'t str) -> Tokens<'t> {
        let mut lexer = Lexer::new(FileId::default(), text, 0);
        let mut list = Vec::new();
        while let Some(token) = lexer.next() {
            list.push(token);
        }
        Tokens { text, list }
    }

    pub fn slice(&self, index: usize) -> &'t str {
        self.list
            .get(index)
            .map_or("", |token| &self.text[token.lo..token.hi])
    }

    pub fn kind(&self, index: usize) -> Option<Kind> {
        self.list.get(index).map(|token| token.kind)
    }

    /// The first token that does not end before `at`.
    pub fn index_at(&self, at: usize) -> usize {
        self.list.partition_point(|token| token.hi <= at)
    }

    /// Whether a place is part of a token.
    fn holds(&self, at: usize) -> bool {
        let token = self.list.get(self.index_at(at));
        token.is_some_and(|token| token.lo <= at)
    }

    /// The brackets around a token, innermost first.
    pub fn around(&self, index: usize) -> Vec<usize> {
        let mut depth = 0usize;
        let mut found = Vec::new();
        for i in (0..index.min(self.list.len())).rev() {
            match self.list[i].kind {
                Kind::Close(_) => depth += 1,
                Kind::Open(_) if depth > 0 => depth -= 1,
                Kind::Open(_) => found.push(i),
                _ => {}
            }
        }
        found
    }

    /// The statement (field, arm …) around a place: in the innermost braces, or `level` further out.
    pub fn segment(&self, at: usize, level: usize) -> Option<Range<usize>> {
        let index = self.index_at(at);
        let braces = self.around(index);
        let mut braces = braces
            .iter()
            .filter(|&&i| self.kind(i) == Some(Kind::Open(b'{')));
        let open = *braces.nth(level)?;
        self.segments(open)
            .into_iter()
            .find(|s| s.start <= index && index <= s.end)
    }

    /// The members of the braces that open at a token, as ranges of tokens; their separators stand
    /// between them.
    fn segments(&self, open: usize) -> Vec<Range<usize>> {
        let commas = self.is_list(open);
        let mut segments: Vec<Range<usize>> = Vec::new();
        let mut start = open + 1;
        let mut depth = 0usize;
        let mut i = open + 1;
        loop {
            let kind = self.kind(i);
            let ends = match kind {
                None => true,
                Some(Kind::Open(_)) => {
                    depth += 1;
                    false
                }
                Some(Kind::Close(_)) if depth == 0 => true,
                Some(Kind::Close(_)) => {
                    depth -= 1;
                    false
                }
                Some(Kind::Newline) => depth == 0 && !self.goes_on(i),
                Some(Kind::Punct) => {
                    let sign = self.slice(i);
                    // `for i = 0; i < n; i++ {` is one statement, wrong as it is.
                    let semicolon = sign == ";" && self.slice(start) != "for";
                    depth == 0 && (semicolon || (commas && sign == ","))
                }
                _ => false,
            };
            if ends {
                if start < i {
                    segments.push(start..i);
                }
                start = i + 1;
            }
            if kind.is_none() || (ends && matches!(kind, Some(Kind::Close(_)))) {
                return segments;
            }
            i += 1;
        }
    }

    /// Whether the statement goes on behind this newline.
    fn goes_on(&self, newline: usize) -> bool {
        let mut next = newline + 1;
        while self.kind(next) == Some(Kind::Newline) {
            next += 1;
        }
        let before = newline.checked_sub(1).map_or("", |i| self.slice(i));
        // `x++` of another language ends its line.
        if before == "+" && newline >= 2 && self.slice(newline - 2) == "+" {
            return false;
        }
        matches!(self.slice(next), "." | "else" | "|")
            || matches!(
                before,
                "=" | ":=" | "=>" | "&&" | "||" | "+" | "*" | "/" | "??"
            )
    }

    /// Whether commas separate what these braces contain.
    fn is_list(&self, open: usize) -> bool {
        let mut depth = 0usize;
        for i in (0..open).rev() {
            match self.list[i].kind {
                Kind::Close(_) => depth += 1,
                Kind::Open(_) if depth == 0 => break,
                Kind::Open(_) => depth -= 1,
                Kind::Newline if depth == 0 => break,
                Kind::Word if depth == 0 => match self.slice(i) {
                    "struct" | "enum" | "match" | "use" => return true,
                    "fn" | "if" | "else" | "while" | "for" | "loop" | "impl" | "trait" | "test"
                    | "defer" | "onfail" => return false,
                    _ => {}
                },
                _ => {}
            }
        }
        let before = open.checked_sub(1).map(|i| (self.kind(i), self.slice(i)));
        matches!(before, Some((Some(Kind::Word), word)) if !is_keyword(word))
    }

    pub fn bytes_of(&self, segment: &Range<usize>) -> Range<usize> {
        let lo = self.list.get(segment.start).map_or(0, |t| t.lo);
        let hi = self.list.get(segment.end - 1).map_or(lo, |t| t.hi);
        lo..hi
    }

    /// Writes the mark over a segment. A `let` keeps its name, so that its uses are not wrong.
    pub fn blank(&self, source: &mut [u8], segment: Range<usize>) {
        let mut bytes = self.bytes_of(&segment);
        let first = segment.start;
        let binds = matches!(self.slice(first), "let" | "var")
            && self.kind(first + 1) == Some(Kind::Word)
            && !is_keyword(self.slice(first + 1));
        let name = self.list.get(first + 1).map(|t| t.hi).filter(|_| binds);
        let keep = name.filter(|&hi| hi + 2 <= bytes.end);
        if let Some(hi) = keep {
            bytes.start = hi + 1;
            source[hi] = b'=';
        }
        for (i, byte) in source[bytes].iter_mut().enumerate() {
            *byte = match *byte {
                _ if i == 0 => MARK,
                // What follows stays on its line.
                b'\n' => b'\n',
                _ => b' ',
            };
        }
    }
}
