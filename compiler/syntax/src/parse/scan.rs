//! Cuts a text into pieces of about one item each, so that pest's memory is bounded by the longest
//! item and a broken item does not hurt its neighbours; and reports what the light scanner sees:
//! open strings, comments and brackets, nesting that is too deep, characters that may not be.

use super::errors;
use super::lex::{Kind, Lexer, Open, Token, is_keyword};
use crate::problem::Problem;
use crate::source::{FileId, Span};

/// A part of the text that begins where an item begins.
#[derive(Debug)]
pub(super) struct Piece {
    pub lo: usize,
    pub hi: usize,
    /// The scanner has reported something about its brackets: nothing in it can be trusted.
    pub wrecked: bool,
    /// Places of other faults that the scanner has reported.
    pub marks: Vec<usize>,
    /// Closing brackets in it that are to be read as white space.
    pub strays: Vec<usize>,
}

impl Piece {
    /// Nothing wrong was seen in it.
    pub fn is_clean(&self) -> bool {
        !self.wrecked && self.marks.is_empty() && self.strays.is_empty()
    }
}

pub(super) struct Scanned {
    pub pieces: Vec<Piece>,
    pub problems: Vec<Problem>,
}

pub(super) fn scan(file: FileId, text: &str) -> Scanned {
    // A byte order mark in front of everything says nothing.
    let from = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut cut = Cut::new(file, text, from);
    cut.run(false);
    let mut starts = cut.starts;
    let mut lexer = cut.lexer;
    if let Some(outer) = lexer.open.first().copied()
        && lexer.at_end()
    {
        // Something is left open: from its item on, indentation tells where items begin.
        starts.retain(|&s| s <= outer.at);
        let from = starts.pop().unwrap_or(from);
        let faults = std::mem::take(&mut lexer.faults);
        let before = faults.into_iter().filter(|p| (p.span.lo as usize) < from);
        let mut again = Cut::new(file, text, from);
        again.lexer.faults = before.collect();
        again.lexer.marks = kept(&lexer.marks, from);
        again.lexer.wrecks = kept(&lexer.wrecks, from);
        again.lexer.strays = kept(&lexer.strays, from);
        again.run(true);
        starts.append(&mut again.starts);
        lexer = again.lexer;
    }
    let mut problems = std::mem::take(&mut lexer.faults);
    forbidden(file, text, &mut lexer, &mut problems);
    if !lexer.at_end() {
        lexer.wrecks.push(text.len());
    }
    Scanned {
        pieces: pieces(text, &starts, &mut lexer),
        problems,
    }
}

fn kept(places: &[usize], from: usize) -> Vec<usize> {
    places.iter().copied().filter(|&p| p < from).collect()
}

fn pieces(text: &str, starts: &[usize], lexer: &mut Lexer) -> Vec<Piece> {
    lexer.marks.sort_unstable();
    lexer.strays.sort_unstable();
    lexer.wrecks.sort_unstable();
    let mut wrecks = lexer.wrecks.iter().copied().peekable();
    let mut marks = lexer.marks.iter().copied().peekable();
    let mut strays = lexer.strays.iter().copied().peekable();
    let mut pieces = Vec::with_capacity(starts.len());
    for (i, &lo) in starts.iter().enumerate() {
        let last = i + 1 == starts.len();
        let hi = starts.get(i + 1).copied().unwrap_or(text.len());
        let mut piece = Piece {
            lo,
            hi,
            wrecked: false,
            marks: Vec::new(),
            strays: Vec::new(),
        };
        while wrecks.next_if(|&w| w < hi || last).is_some() {
            piece.wrecked = true;
        }
        while let Some(at) = marks.next_if(|&m| m < hi || last) {
            piece.marks.push(at - lo);
        }
        while let Some(at) = strays.next_if(|&s| s < hi || last) {
            piece.strays.push(at - lo);
        }
        pieces.push(piece);
    }
    pieces
}

struct Cut<'t> {
    lexer: Lexer<'t>,
    starts: Vec<usize>,
    /// The current piece has more than doc comments and attributes.
    core: bool,
    /// The token before wants something behind it, so no item begins.
    wanting: bool,
    /// The token before ends something, so that a word on the next line begins what is no item.
    ended: bool,
}

impl<'t> Cut<'t> {
    fn new(file: FileId, text: &'t str, from: usize) -> Cut<'t> {
        Cut {
            lexer: Lexer::new(file, text, from),
            starts: vec![from],
            core: false,
            wanting: false,
            ended: false,
        }
    }

    /// Reads to the end. With `by_indent`, a keyword of items at the very left begins an item even
    /// inside open brackets, which are then reported.
    fn run(&mut self, by_indent: bool) {
        let mut line_begins = true;
        while let Some(token) = self.lexer.next() {
            if token.kind == Kind::Newline {
                line_begins = true;
                continue;
            }
            let leads = std::mem::replace(&mut line_begins, false);
            if by_indent && leads && !self.lexer.open.is_empty() && self.far_left(&token) {
                self.report_open();
                self.lexer.open.clear();
                self.core = true;
            }
            // A name at the beginning of an angle is outside of it.
            let outside = match token.kind {
                Kind::Open(_) => self.lexer.open.len() == 1,
                Kind::Word => self.lexer.open.len() <= 1 && self.only_angles(),
                _ => self.lexer.open.is_empty(),
            };
            if outside {
                self.outside(&token, leads && !self.wanting);
            }
            let text = self.lexer.slice(&token);
            self.wanting =
                token.kind == Kind::Punct && matches!(text, "=" | "->" | "," | ":" | "+" | "|");
            self.ended = match token.kind {
                Kind::Punct => matches!(text, "?" | ";"),
                Kind::Word => !is_keyword(text) || matches!(text, "true" | "false"),
                Kind::Open(_) | Kind::Doc => false,
                _ => true,
            };
        }
        if by_indent && !self.lexer.open.is_empty() {
            self.report_open();
        }
    }

    fn only_angles(&self) -> bool {
        self.lexer.open.iter().all(|o| o.kind == b'<')
    }

    fn outside(&mut self, token: &Token, leads: bool) {
        let item = match token.kind {
            Kind::Doc => true,
            // A line of its own that is no item either is reported apart from its neighbours.
            Kind::Word => {
                let word = self.lexer.slice(token);
                let goes_on = matches!(word, "where" | "else" | "as" | "in" | "is" | "catch");
                begins_item(word) || (leads && self.ended && !goes_on)
            }
            Kind::Punct => self.lexer.slice(token) == "@",
            _ => false,
        };
        if leads && item && self.core {
            self.starts.push(token.lo);
            self.lexer.suspect = None;
            self.core = false;
        }
        let decoration = token.kind == Kind::Doc || (leads && token.kind == Kind::Punct && item);
        if !decoration && (leads || (item && token.kind == Kind::Word)) {
            self.core = true;
        }
    }

    fn far_left(&self, token: &Token) -> bool {
        let text = self.lexer.text;
        let alone = token.lo == 0 || text.as_bytes().get(token.lo - 1) == Some(&b'\n');
        if !alone {
            return false;
        }
        match token.kind {
            Kind::Doc => true,
            // Not `let`: blocks that are not indented have it too.
            Kind::Word => {
                let word = self.lexer.slice(token);
                begins_item(word) && word != "let"
            }
            _ => false,
        }
    }

    /// Reports the bracket that most likely lacks its closer, of those that are open.
    fn report_open(&mut self) {
        if self.lexer.swallowed {
            return;
        }
        let innermost = self
            .lexer
            .open
            .iter()
            .rev()
            .find(|o| o.kind != b'<')
            .copied();
        let Some(innermost) = innermost else { return };
        let span = |open: Open| self.lexer.at(open.at, open.at + 1);
        let problem = match self.lexer.suspect {
            Some(suspect) if innermost.kind == b'{' => errors::unclosed_block(span(suspect)),
            _ if innermost.kind == b'"' => errors::interpolation_open(span(innermost)),
            _ => errors::unclosed(span(innermost), innermost.kind, None),
        };
        self.lexer.faults.push(problem);
        let outer = self.lexer.open.first().map_or(innermost.at, |o| o.at);
        self.lexer.wrecks.push(outer);
        self.lexer.suspect = None;
    }
}

fn begins_item(word: &str) -> bool {
    matches!(
        word,
        "fn" | "pure"
            | "pub"
            | "struct"
            | "enum"
            | "trait"
            | "impl"
            | "type"
            | "let"
            | "test"
            | "use"
    )
}

/// Characters that no text may have: controls, and those that turn the direction of writing so
/// that a text looks like another one.
fn forbidden(file: FileId, text: &str, lexer: &mut Lexer, problems: &mut Vec<Problem>) {
    let bytes = text.as_bytes();
    for (at, &b) in bytes.iter().enumerate() {
        // The leading bytes of what is looked for; all else passes quickly.
        let suspicious = matches!(b, 0..=8 | 11 | 12 | 14..=31 | 127 | 0xc2 | 0xd8 | 0xe2 | 0xef);
        if !suspicious {
            continue;
        }
        let Some(c) = text.get(at..).and_then(|t| t.chars().next()) else {
            continue;
        };
        let is_bad = match c {
            '\u{feff}' => at > 0,
            '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
            c => c.is_control(),
        };
        if !is_bad {
            continue;
        }
        lexer.marks.push(at);
        let span = Span::new(file, at, at + c.len_utf8());
        problems.push(errors::forbidden_char(span, c));
        if problems.len() > 300 {
            return;
        }
    }
}
