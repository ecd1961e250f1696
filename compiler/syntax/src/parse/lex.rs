//! A light scanner: words, strings, comments, brackets, without grammar. It says where strings and
//! brackets are left open, refuses nesting that pest could not bear, and gives the tokens by which
//! items are found and errors are explained. Linear, and without recursion.
//!
//! Must agree with `spec/grammar.pest` about where strings, interpolations and comments end.

use super::cx::MAX_DEPTH;
use super::errors;
use crate::problem::Problem;
use crate::source::{FileId, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    /// A string, or a part of it between interpolations.
    Str,
    /// A char or byte literal.
    Char,
    /// `'a`
    Label,
    /// A `///` line.
    Doc,
    Newline,
    /// `(`, `[`, `{`, or `"` for the `{` of an interpolation.
    Open(u8),
    /// `)`, `]`, `}`, or `"` for the `}` of an interpolation.
    Close(u8),
    /// An operator or other sign, as long as it can be.
    Punct,
    /// A character that has no meaning in the language.
    Other,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub lo: usize,
    pub hi: usize,
}

/// An open bracket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// `(`, `[`, `{`; `"` for an interpolation; `<` for what may be type arguments.
    pub kind: u8,
    pub at: usize,
    /// The white space at the beginning of its line.
    indent: usize,
    /// Where the first token of its line is.
    line: usize,
    /// For an interpolation: its string.
    string: Quoted,
}

/// A string that is being read.
#[derive(Clone, Copy, Debug, Default)]
struct Quoted {
    /// It has three quotes.
    block: bool,
    at: usize,
    /// How many faults and marks there were in front of it.
    faults: usize,
    marks: usize,
}

/// Nobody reads more faults of one file.
const MAX_FAULTS: usize = 200;
/// A text with more faults is not read on: it is no program.
const HOPELESS: usize = 10_000;
const MAX_REWINDS: usize = 100;
/// More unclosed `<` in a row are not type arguments that anybody wrote.
const MAX_ANGLES: usize = 100;

pub(super) struct Lexer<'t> {
    pub text: &'t str,
    bytes: &'t [u8],
    file: FileId,
    pos: usize,
    /// The string whose text goes on here, behind an interpolation.
    string: Option<Quoted>,
    /// Brackets that come next: the `{` of an interpolation behind the text in front of it, and
    /// closers that a fault stands for. The last comes first.
    pending: Vec<Token>,
    pub open: Vec<Open>,
    angles: usize,
    /// How far the current line is indented.
    indent: usize,
    line_begins: bool,
    /// Where the first token of the current line is.
    line: usize,
    /// What is wrong, with its place; no more than `MAX_FAULTS`.
    pub faults: Vec<Problem>,
    /// The places of all faults that make a statement unreadable.
    pub marks: Vec<usize>,
    /// The places of all faults that make an item unreadable: its brackets cannot be trusted.
    pub wrecks: Vec<usize>,
    /// Closing brackets that close nothing: read as white space.
    pub strays: Vec<usize>,
    /// The first `{` that was closed by a `}` of a line that is indented less.
    pub suspect: Option<Open>,
    too_deep: bool,
    /// A string or comment goes to the end: what is left open is its fault.
    pub swallowed: bool,
    rewinds: usize,
    /// The last token was a comma or an opening bracket.
    after_comma: bool,
}

impl<'t> Lexer<'t> {
    pub fn new(file: FileId, text: &'t str, from: usize) -> Lexer<'t> {
        Lexer {
            text,
            bytes: text.as_bytes(),
            file,
            pos: from,
            string: None,
            pending: Vec::new(),
            open: Vec::new(),
            angles: 0,
            indent: 0,
            line_begins: true,
            line: from,
            faults: Vec::new(),
            marks: Vec::new(),
            wrecks: Vec::new(),
            strays: Vec::new(),
            suspect: None,
            too_deep: false,
            swallowed: false,
            rewinds: 0,
            after_comma: false,
        }
    }

    pub fn at(&self, lo: usize, hi: usize) -> Span {
        Span::new(self.file, lo, hi)
    }

    fn fault(&mut self, at: usize, problem: impl FnOnce() -> Problem) {
        self.marks.push(at);
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(problem());
        }
    }

    fn wreck(&mut self, at: usize, problem: impl FnOnce() -> Problem) {
        self.wrecks.push(at);
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(problem());
        }
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    pub fn slice(&self, token: &Token) -> &'t str {
        &self.text[token.lo..token.hi]
    }

    pub fn next(&mut self) -> Option<Token> {
        if let Some(token) = self.pending.pop() {
            return Some(token);
        }
        if let Some(quoted) = self.string.take() {
            return Some(self.string_text(quoted, self.pos, self.pos));
        }
        self.skip_blank();
        let hopeless = self.marks.len() + self.wrecks.len() + self.strays.len() > HOPELESS;
        if self.pos >= self.bytes.len() || self.too_deep || hopeless {
            return None;
        }
        let lo = self.pos;
        let c = self.bytes[lo];
        let leads = self.line_begins && c != b'\n';
        if leads {
            if self.statement_begins(lo) {
                return self.cut_brackets(lo);
            }
            self.line_begins = false;
            let line = self.text[..lo].rfind('\n').map_or(0, |n| n + 1);
            self.indent = lo - line;
            self.line = lo;
        }
        let kind = match c {
            b'\n' => {
                self.newline();
                self.pos += 1;
                self.line_begins = true;
                Kind::Newline
            }
            b'(' | b'[' | b'{' => {
                self.pos += 1;
                self.opened(c, lo, Quoted::default());
                Kind::Open(c)
            }
            b')' | b']' | b'}' => return Some(self.close(c, lo, leads)),
            b'"' => return Some(self.string_start(lo)),
            b'\'' => self.quote(lo),
            b'/' => {
                // Comments are gone: `///` is a doc comment, `/` an operator.
                if self.bytes[lo..].starts_with(b"///") {
                    self.pos = self.line_end(lo);
                    Kind::Doc
                } else {
                    self.punct(lo)
                }
            }
            b':' if self.open.last().is_some_and(|o| o.kind == b'"') => self.format(lo),
            b'0'..=b'9' => self.number(lo),
            b'r' if self.raw_string(lo) => Kind::Str,
            b'b' if self.byte(lo + 1) == b'\'' => {
                self.pos = lo + 1;
                self.quote(lo)
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(lo),
            0x80.. => self.other(lo),
            _ => self.punct(lo),
        };
        if kind != Kind::Newline {
            self.after_comma = matches!(c, b',' | b'(' | b'[');
        }
        Some(Token {
            kind,
            lo,
            hi: self.pos,
        })
    }

    /// Whether the text was read to its end.
    pub fn at_end(&self) -> bool {
        self.pos >= self.bytes.len()
    }

    /// Whether a statement or an item begins here, at the beginning of a line inside round or
    /// square brackets, where none can be.
    fn statement_begins(&self, lo: usize) -> bool {
        let outer = self.open.iter().rev().find(|o| o.kind != b'<');
        if outer.is_none_or(|o| o.kind == b'{') {
            return false;
        }
        let rest = &self.text[lo..];
        let len = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (word, rest) = rest.split_at(len);
        let name_follows = rest
            .trim_start()
            .starts_with(|c: char| c == '_' || c.is_alphabetic());
        let begins = match word {
            "let" | "while" | "struct" | "enum" | "trait" | "impl" | "use" | "pub" | "test"
            | "defer" | "onfail" => true,
            // `fn(int) -> int` is a type, `var x: T` a parameter.
            "fn" | "pure" => true,
            "var" => !self.after_comma,
            _ => false,
        };
        begins && (name_follows || word == "test") && rest.starts_with(' ')
    }

    /// Closes the brackets that a statement has left open, and reports the innermost.
    fn cut_brackets(&mut self, lo: usize) -> Option<Token> {
        let mut reported = false;
        while let Some(o) = self.open.last().copied()
            && o.kind != b'{'
        {
            self.open.pop();
            if o.kind == b'<' {
                self.angles -= 1;
                continue;
            }
            if !reported {
                reported = true;
                let (span, here) = (self.at(o.at, o.at + 1), self.at(lo, lo + 1));
                self.fault(o.at, || errors::unclosed_line(span, o.kind, here));
            }
            self.pending.insert(0, self.nothing(Kind::Close(o.kind)));
        }
        self.pos = lo;
        // The line begins anew, outside of them.
        self.pending.insert(0, self.nothing(Kind::Newline));
        self.next()
    }

    fn line_end(&self, from: usize) -> usize {
        self.bytes[from..]
            .iter()
            .position(|&b| b == b'\n')
            .map_or(self.bytes.len(), |n| from + n)
    }

    /// White space and comments, not newlines.
    fn skip_blank(&mut self) {
        loop {
            match self.byte(self.pos) {
                b' ' | b'\t' | b'\r' => self.pos += 1,
                b'/' if self.byte(self.pos + 1) == b'/' => {
                    let doc = self.byte(self.pos + 2) == b'/' && self.byte(self.pos + 3) != b'/';
                    if doc {
                        return;
                    }
                    self.pos = self.line_end(self.pos);
                }
                b'/' if self.byte(self.pos + 1) == b'*' => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let start = self.pos;
        let mut depth = 1;
        let mut deepest = 1;
        self.pos += 2;
        while depth > 0 {
            let rest = &self.bytes[self.pos..];
            let Some(n) = rest.iter().position(|&b| b == b'*' || b == b'/') else {
                self.pos = self.bytes.len();
                self.swallowed = true;
                let span = self.at(start, start + 2);
                self.wreck(start, || errors::comment_open(span));
                return;
            };
            self.pos += n;
            match (self.byte(self.pos), self.byte(self.pos + 1)) {
                (b'*', b'/') => {
                    depth -= 1;
                    self.pos += 2;
                }
                (b'/', b'*') => {
                    depth += 1;
                    deepest = deepest.max(depth);
                    self.pos += 2;
                }
                _ => self.pos += 1,
            }
        }
        if deepest + self.open.len() > MAX_DEPTH as usize {
            self.deep(start);
        }
    }

    fn deep(&mut self, at: usize) {
        self.wrecks.push(at);
        if !self.too_deep {
            self.too_deep = true;
            let span = self.at(at, at + 1);
            self.faults.push(errors::too_deep(span));
        }
    }

    // ---- brackets

    fn opened(&mut self, kind: u8, at: usize, string: Quoted) {
        if kind == b'{' {
            // No type contains a block.
            self.end_angles();
        }
        self.open.push(Open {
            kind,
            at,
            indent: self.indent,
            line: self.line,
            string,
        });
        if self.open.len() > MAX_DEPTH as usize {
            self.deep(at);
        }
    }

    /// What looked like type arguments is none.
    fn end_angles(&mut self) {
        while self.open.last().is_some_and(|o| o.kind == b'<') {
            self.open.pop();
            self.angles -= 1;
        }
    }

    fn angle(&mut self, at: usize) {
        self.angles += 1;
        self.opened(b'<', at, Quoted::default());
        if self.angles > MAX_ANGLES {
            self.too_deep = true;
            let span = self.at(at, at + 1);
            self.wreck(at, || errors::types_too_deep(span));
        }
    }

    fn close(&mut self, c: u8, lo: usize, leads: bool) -> Token {
        self.pos = lo + 1;
        let token = Token {
            kind: Kind::Close(c),
            lo,
            hi: lo + 1,
        };
        let wanted = match c {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        let fits = |o: &Open| o.kind == wanted || (c == b'}' && o.kind == b'"');
        self.end_angles();
        // Not beyond an interpolation: its string ends it.
        let found = self.open.iter().rposition(|o| fits(o) || o.kind == b'"');
        let Some(found) = found.filter(|&i| self.open.get(i).is_some_and(fits)) else {
            let kind = self.stray(c, lo);
            return Token { kind, ..token };
        };
        let opener = self.open[found];
        if self.is_wrong(c, lo, leads, found) {
            let kind = self.stray(c, lo);
            return Token { kind, ..token };
        }
        if let Some(inner) = self.open.get(found + 1..).and_then(|o| o.last()).copied() {
            let span = self.at(inner.at, inner.at + 1);
            let here = self.at(lo, lo + 1);
            self.fault(inner.at, || errors::unclosed(span, inner.kind, Some(here)));
        }
        self.pos = lo;
        while self.open.len() > found + 1 {
            match self.open.pop() {
                Some(o) if o.kind != b'<' => {
                    self.pending.insert(0, self.nothing(Kind::Close(o.kind)));
                }
                _ => self.angles -= 1,
            }
        }
        self.pos = lo + 1;
        self.open.pop();
        if c == b'}' && leads && self.indent < opener.indent && self.suspect.is_none() {
            self.suspect = Some(opener);
        }
        let mut token = token;
        if opener.kind == b'"' {
            self.string = Some(opener.string);
            token.kind = Kind::Close(b'"');
        }
        match self.pending.pop() {
            Some(first) => {
                self.pending.insert(0, token);
                first
            }
            None => token,
        }
    }

    /// Whether a bracket that would leave inner ones open is rather wrong itself.
    fn is_wrong(&self, c: u8, lo: usize, leads: bool, found: usize) -> bool {
        let Some(inner) = self.open.get(found + 1..).and_then(|o| o.last()) else {
            return false;
        };
        if c == b'}' {
            // `f(if x {} else y })`: not one of a block that began on a line before.
            let closes = matches!(inner.kind, b'(' | b'[');
            let earlier = self.open.get(found).is_some_and(|o| o.line != self.line);
            return closes && !leads && earlier && matches!(self.byte(lo + 1), b')' | b']');
        }
        // `f(|x| {` on a line before: its block is not over within a line.
        if inner.kind == b'{' {
            return !leads
                && self
                    .text
                    .get(inner.at..lo)
                    .is_some_and(|t| t.contains('\n'));
        }
        // `f([1, 2))`: one closer more than it can close.
        let same = self.open.iter().rev().take_while(|o| o.kind != b'{');
        let opener = self.open[found].kind;
        self.run_of(c, lo) > same.filter(|o| o.kind == opener).count()
    }

    /// How many of this bracket stand here in a row.
    fn run_of(&self, c: u8, lo: usize) -> usize {
        let rest = self.bytes.get(lo..).unwrap_or(&[]);
        // More are not told apart from many.
        let blank = |b: &&u8| !matches!(b, b' ' | b'\t');
        rest.iter()
            .filter(blank)
            .take(100)
            .take_while(|&&b| b == c)
            .count()
    }

    /// A bracket that closes nothing: of the wrong kind, or one too many.
    fn stray(&mut self, c: u8, lo: usize) -> Kind {
        let span = self.at(lo, lo + 1);
        let inner = self.open.last().copied();
        // `f(x])`: what it stands in is closed behind it.
        let needed = self
            .open
            .iter()
            .rev()
            .take_while(|o| matches!(o.kind, b'(' | b'['));
        let closes_behind = |o: &Open| {
            let closer = if o.kind == b'(' { b')' } else { b']' };
            let same = needed.clone().take_while(|n| n.kind == o.kind).count();
            closer != c && self.run_of(closer, lo + 1) >= same
        };
        if let Some(inner) =
            inner.filter(|o| c != b'}' && matches!(o.kind, b'(' | b'[') && !closes_behind(o))
        {
            let opener = self.at(inner.at, inner.at + 1);
            self.fault(lo, || errors::wrong_closer(span, c, opener, inner.kind));
            self.open.pop();
            return Kind::Close(c);
        }
        self.strays.push(lo);
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(errors::stray_closer(span, c));
        }
        Kind::Other
    }

    /// A token of no text.
    fn nothing(&self, kind: Kind) -> Token {
        Token {
            kind,
            lo: self.pos,
            hi: self.pos,
        }
    }

    /// A newline ends what cannot go over a line's end.
    fn newline(&mut self) {
        let outer = self.open.iter().rev().find(|o| o.kind != b'<').copied();
        match outer {
            None => self.end_angles(),
            Some(o) if o.kind == b'{' => self.end_angles(),
            Some(o) if o.kind == b'"' && !o.string.block => {
                self.end_angles();
                self.open.pop();
                self.pending.insert(0, self.nothing(Kind::Close(b'"')));
                let span = self.at(o.at, o.at + 1);
                self.fault(o.at, || errors::interpolation_open(span));
            }
            // White space.
            Some(_) => {}
        }
    }

    // ---- strings

    fn string_start(&mut self, lo: usize) -> Token {
        self.end_angles();
        let block = self.bytes[lo..].starts_with(b"\"\"\"");
        let from = lo + if block { 3 } else { 1 };
        let quoted = Quoted {
            block,
            at: lo,
            faults: self.faults.len(),
            marks: self.marks.len(),
        };
        self.string_text(quoted, lo, from)
    }

    /// The text of a string up to its end or its next interpolation.
    fn string_text(&mut self, quoted: Quoted, lo: usize, from: usize) -> Token {
        let block = quoted.block;
        self.pos = from;
        loop {
            let rest = self.bytes.get(self.pos..).unwrap_or_default();
            let stop = rest
                .iter()
                .position(|b| matches!(b, b'"' | b'\\' | b'{' | b'}' | b'\n'));
            let Some(n) = stop else {
                self.pos = self.bytes.len();
                self.string_unclosed(quoted, from);
                break;
            };
            self.pos += n;
            match self.byte(self.pos) {
                b'"' if !block => {
                    self.pos += 1;
                    break;
                }
                b'"' if self.bytes[self.pos..].starts_with(b"\"\"\"") => {
                    self.pos += 3;
                    break;
                }
                b'"' => self.pos += 1,
                b'\\' => self.escape(block),
                b'\n' if !block => {
                    self.string_unclosed(quoted, from);
                    break;
                }
                b'\n' => self.pos += 1,
                c if self.byte(self.pos + 1) == c => self.pos += 2,
                b'{' => {
                    let at = self.pos;
                    self.opened(b'"', at, quoted);
                    self.pos += 1;
                    self.pending.push(Token {
                        kind: Kind::Open(b'"'),
                        lo: at,
                        hi: at + 1,
                    });
                    return Token {
                        kind: Kind::Str,
                        lo,
                        hi: at,
                    };
                }
                _ => {
                    let at = self.pos;
                    let span = self.at(at, at + 1);
                    self.fault(at, || errors::lone_brace(span));
                    self.pos += 1;
                }
            }
        }
        Token {
            kind: Kind::Str,
            lo: lo.min(self.pos),
            hi: self.pos,
        }
    }

    /// The format behind an interpolation's value: `{name}` is part of it, its end is not.
    fn format(&mut self, lo: usize) -> Kind {
        self.pos = lo + 1;
        loop {
            match self.byte(self.pos) {
                b'{' => {
                    let rest = &self.bytes[self.pos..];
                    match rest.iter().position(|b| matches!(b, b'}' | b'"' | b'\n')) {
                        Some(n) if rest[n] == b'}' => self.pos += n + 1,
                        _ => break,
                    }
                }
                b'}' | b'"' | b'\n' => break,
                _ if self.pos >= self.bytes.len() => break,
                _ => self.pos += 1,
            }
        }
        Kind::Punct
    }

    /// Skips an escape; `\u{…}` has braces that are no interpolation.
    fn escape(&mut self, block: bool) {
        let rest = &self.bytes[self.pos..];
        if rest.starts_with(b"\\u{") {
            let digits = rest[3..]
                .iter()
                .take_while(|b| b.is_ascii_hexdigit())
                .count();
            if rest.get(3 + digits) == Some(&b'}') {
                self.pos += 4 + digits;
                return;
            }
        }
        match self.text[self.pos + 1..].chars().next() {
            // Not over a line's end: the string is not closed.
            Some('\n') if !block => self.pos += 1,
            Some(c) => self.pos += 1 + c.len_utf8(),
            None => self.pos += 1,
        }
    }

    fn string_unclosed(&mut self, quoted: Quoted, from: usize) {
        let inside = self.open.last().copied();
        if let Some(outer) = inside.filter(|o| o.kind == b'"' && !o.string.block)
            && !quoted.block
        {
            // `"a { b"`: the quote that was to end the string began another one. Go back to it, but
            // not often: each time the rest of the line is read again.
            self.open.pop();
            if self.rewinds < MAX_REWINDS {
                self.rewinds += 1;
                self.pos = quoted.at + 1;
                self.faults.truncate(quoted.faults);
                self.marks.truncate(quoted.marks);
            }
            self.pending.insert(0, self.nothing(Kind::Close(b'"')));
            let span = self.at(outer.at, outer.at + 1);
            self.fault(outer.at, || errors::interpolation_open(span));
            return;
        }
        if quoted.block {
            self.swallowed = true;
            self.faults.truncate(quoted.faults);
            let span = self.at(quoted.at, quoted.at + 3);
            self.wreck(quoted.at, || errors::string_open(span, true));
            return;
        }
        let span = self.at(quoted.at, quoted.at + 1);
        self.faults.truncate(quoted.faults);
        self.marks.truncate(quoted.marks);
        self.fault(quoted.at, || errors::string_open(span, false));
        // The closers at the line's end were not meant as text, and what the line has opened beyond
        // them was to be closed behind the string.
        let line = self.text.get(from..self.pos).unwrap_or_default();
        let text = line.trim_end_matches([' ', '\t', '\r', ')', ']', '}']);
        let closers = line[text.len()..].bytes().filter(|b| b")]".contains(b));
        let mut kept = closers.count();
        self.pos = from + text.len();
        let own = self
            .open
            .iter()
            .rposition(|o| o.at < self.line || b"{\"".contains(&o.kind));
        let mut i = own.map_or(0, |i| i + 1);
        while i < self.open.len() {
            let o = self.open[i];
            if o.kind != b'<' && kept > 0 {
                kept -= 1;
                i += 1;
                continue;
            }
            self.open.remove(i);
            if o.kind == b'<' {
                self.angles -= 1;
            } else {
                self.pending.insert(0, self.nothing(Kind::Close(o.kind)));
            }
        }
    }

    /// Whether a raw string begins here; if so, goes behind it.
    fn raw_string(&mut self, lo: usize) -> bool {
        let hashes = self.bytes[lo + 1..]
            .iter()
            .take_while(|&&b| b == b'#')
            .count();
        if self.byte(lo + 1 + hashes) != b'"' {
            return false;
        }
        self.end_angles();
        let from = lo + hashes + 2;
        let end = format!("\"{}", "#".repeat(hashes));
        match self.text[from..].find(&end) {
            Some(n) => self.pos = from + n + end.len(),
            None => {
                self.pos = self.bytes.len();
                self.swallowed = true;
                let span = self.at(lo, from);
                self.wreck(lo, || errors::raw_string_open(span, hashes));
            }
        }
        true
    }

    // ---- quotes, words, numbers, signs

    /// `'x'`, `'\n'`, `'a` at `self.pos` or, for a byte literal, one behind `lo`.
    fn quote(&mut self, lo: usize) -> Kind {
        let is_byte = self.byte(lo) == b'b';
        let quote = if is_byte { lo + 1 } else { lo };
        let rest = &self.text[quote + 1..];
        let mut chars = rest.chars();
        let len = match chars.next() {
            Some('\\') => {
                self.pos = quote + 1;
                self.escape(false);
                self.pos - quote - 1
            }
            Some('\'') if !rest[1..].starts_with('\'') => {
                self.pos = quote + 2;
                let span = self.at(lo, quote + 2);
                self.fault(lo, || errors::char_empty(span));
                return Kind::Char;
            }
            Some('\n') | None => 0,
            Some(c) => c.len_utf8(),
        };
        if len > 0 && rest[len..].starts_with('\'') {
            self.pos = quote + 2 + len;
            return Kind::Char;
        }
        let word = rest.find(|c: char| !is_word_char(c)).unwrap_or(rest.len());
        self.pos = quote + 1 + word;
        if word > 0 && !rest[word..].starts_with('\'') && !is_byte {
            return Kind::Label;
        }
        // `'many words'` on one line is a string of another language.
        let line = rest.find('\n').unwrap_or(rest.len());
        if let Some(end) = rest[..line].find('\'') {
            self.pos = quote + end + 2;
            let span = self.at(lo, self.pos);
            self.fault(lo, || errors::char_long(span));
            return Kind::Char;
        }
        let span = self.at(lo, quote + 1);
        self.fault(lo, || errors::char_open(span));
        Kind::Char
    }

    fn word(&mut self, lo: usize) -> Kind {
        let mut end = lo;
        loop {
            match self.byte(end) {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => end += 1,
                0x80.. => match self.text[end..].chars().next().filter(|&c| is_word_char(c)) {
                    Some(c) => end += c.len_utf8(),
                    None => break,
                },
                _ => break,
            }
        }
        self.pos = end;
        // `name<` without white space may begin type arguments.
        if self.byte(end) == b'<' && !matches!(self.byte(end + 1), b' ' | b'<' | b'=' | b'\n' | 0) {
            self.angle(end);
            // The sign itself comes next, as an operator.
        } else if self.angles > 0 && self.ends_type(&self.text[lo..end]) {
            self.end_angles();
        }
        Kind::Word
    }

    /// Keywords that no type contains.
    fn ends_type(&self, word: &str) -> bool {
        is_keyword(word) && !matches!(word, "fn" | "weak")
    }

    fn number(&mut self, lo: usize) -> Kind {
        self.end_angles();
        let radix = self.byte(lo) == b'0' && matches!(self.byte(lo + 1), b'x' | b'b' | b'o');
        let mut end = lo + 1;
        loop {
            match self.byte(end) {
                b'+' | b'-' if !radix && matches!(self.byte(end - 1), b'e' | b'E') => end += 1,
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => end += 1,
                b'.' if self.byte(end + 1).is_ascii_digit() => end += 1,
                _ => break,
            }
        }
        self.pos = end;
        Kind::Number
    }

    fn punct(&mut self, lo: usize) -> Kind {
        const LONG: [&str; 30] = [
            "..=", "===", "!==", "<<=", ">>=", "+%=", "-%=", "*%=", "..", "==", "!=", "<=", ">=",
            "&&", "||", "??", "->", "=>", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
            "+%", "-%", "*%",
        ];
        let rest = &self.bytes[lo..];
        let angle_ends = self.open.last().is_some_and(|o| o.kind == b'<');
        let len = match rest[0] {
            b'<' | b'>' if angle_ends => 1,
            _ => LONG
                .iter()
                .find(|sign| rest.starts_with(sign.as_bytes()))
                .map_or(1, |sign| sign.len()),
        };
        self.pos = lo + len;
        match &rest[..len] {
            b">" if angle_ends => {
                self.open.pop();
                self.angles -= 1;
            }
            // The `<` that `word` has seen.
            b"<" if angle_ends && self.open.last().is_some_and(|o| o.at == lo) => {}
            b"." | b"," | b"?" | b"*" | b"!" | b"->" | b":" | b"+" | b"??" => {}
            _ => self.end_angles(),
        }
        match rest[0] {
            b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'<' | b'>' | b'=' | b'!'
            | b'?' | b'.' | b',' | b':' | b';' | b'@' | b'~' | 1 => Kind::Punct,
            _ => Kind::Other,
        }
    }

    /// Outside ASCII: a word, or a character that has no meaning.
    fn other(&mut self, lo: usize) -> Kind {
        let Some(c) = self.text[lo..].chars().next() else {
            return Kind::Other;
        };
        if is_word_char(c) {
            return self.word(lo);
        }
        self.pos = lo + c.len_utf8();
        Kind::Other
    }
}

fn is_word_char(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_continue(c)
}

pub(super) fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "as" | "break"
            | "catch"
            | "continue"
            | "copy"
            | "defer"
            | "else"
            | "enum"
            | "false"
            | "fn"
            | "for"
            | "if"
            | "impl"
            | "in"
            | "is"
            | "let"
            | "loop"
            | "match"
            | "move"
            | "new"
            | "onfail"
            | "pub"
            | "pure"
            | "raise"
            | "return"
            | "struct"
            | "test"
            | "trait"
            | "true"
            | "type"
            | "use"
            | "var"
            | "weak"
            | "where"
            | "while"
    )
}
