//! Pairs of numbers, characters and strings to their values.

use super::cx::{Cx, P};
use super::{Rule, errors};
use crate::ast::{StrPart, Text};
use std::sync::Arc;

impl Cx<'_> {
    pub(super) fn int(&mut self, pair: &P) -> Option<u128> {
        let span = self.span(pair);
        let digits: String = pair.as_str().chars().filter(|&c| c != '_').collect();
        let (digits, radix) = match digits.get(..2) {
            Some("0x") => (&digits[2..], 16),
            Some("0b") => (&digits[2..], 2),
            Some("0o") => (&digits[2..], 8),
            _ => (digits.as_str(), 10),
        };
        if digits.is_empty() {
            self.report(errors::no_digits(span, radix));
            return None;
        }
        match u128::from_str_radix(digits, radix) {
            Ok(value) => Some(value),
            Err(_) => {
                self.report(errors::int_too_large(span));
                None
            }
        }
    }

    pub(super) fn float(&mut self, pair: &P) -> Option<f64> {
        let span = self.span(pair);
        let digits: String = pair.as_str().chars().filter(|&c| c != '_').collect();
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() => Some(value),
            _ => {
                self.report(errors::float_too_large(span));
                None
            }
        }
    }

    pub(super) fn char(&mut self, pair: &P) -> Option<char> {
        let text = pair.as_str();
        self.char_body(&text[1..text.len() - 1], pair.as_span().start() + 1)
    }

    pub(super) fn byte(&mut self, pair: &P) -> Option<u8> {
        let span = self.span(pair);
        let text = pair.as_str();
        let c = self.char_body(&text[2..text.len() - 1], pair.as_span().start() + 2)?;
        if c.is_ascii() {
            return Some(c as u8);
        }
        self.report(errors::byte_not_ascii(span, c));
        None
    }

    fn char_body(&mut self, text: &str, lo: usize) -> Option<char> {
        let mut out = String::new();
        let errors_before = self.problems.iter().count();
        self.unescape(text, lo, false, &mut out);
        if self.problems.iter().count() > errors_before {
            return None;
        }
        out.chars().next()
    }

    /// Appends what `text` stands for; reports wrong escapes. Braces are doubled in strings only.
    fn unescape(&mut self, text: &str, lo: usize, braces: bool, out: &mut String) {
        let mut rest = text;
        while let Some(i) = rest.find(['\\', '{', '}']) {
            out.push_str(&rest[..i]);
            rest = &rest[i..];
            let at = lo + text.len() - rest.len();
            let used = if rest.starts_with('\\') {
                self.escape(rest, at, out)
            } else {
                out.push_str(&rest[..1]);
                if braces { 2 } else { 1 }
            };
            rest = &rest[used.min(rest.len())..];
        }
        out.push_str(rest);
    }

    /// One escape at the beginning of `text`; gives its length.
    fn escape(&mut self, text: &str, at: usize, out: &mut String) -> usize {
        let Some(c) = text[1..].chars().next() else {
            return 1;
        };
        let plain = match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '0' => '\0',
            '\\' | '"' | '\'' => c,
            'u' => return self.unicode_escape(text, at, out),
            _ => {
                let len = 1 + c.len_utf8();
                let span = self.at(at, at + len);
                self.report(errors::bad_escape(span, c));
                return len;
            }
        };
        out.push(plain);
        2
    }

    fn unicode_escape(&mut self, text: &str, at: usize, out: &mut String) -> usize {
        let end = match text.find('}') {
            Some(end) if text[2..].starts_with('{') => end,
            _ => {
                let span = self.at(at, at + 2);
                self.report(errors::unicode_escape_form(span));
                return 2;
            }
        };
        let digits = &text[3..end];
        let value = (digits.len() <= 6)
            .then(|| u32::from_str_radix(digits, 16).ok())
            .flatten()
            .and_then(char::from_u32);
        match value {
            Some(c) => out.push(c),
            None => {
                let span = self.at(at, at + end + 1);
                self.report(errors::not_a_scalar(span, digits));
            }
        }
        end + 1
    }

    pub(super) fn string(&mut self, pair: P) -> Vec<StrPart> {
        let block = pair.as_str().starts_with("\"\"\"");
        let mut parts = Vec::new();
        if block {
            return self.block_string(pair);
        }
        for part in pair.into_inner() {
            let lo = part.as_span().start();
            match part.as_rule() {
                Rule::raw => parts.push(StrPart::Lit(raw_text(part.as_str()))),
                Rule::interp => parts.extend(self.interpolation(part)),
                _ => {
                    let mut out = String::new();
                    self.unescape(part.as_str(), lo, true, &mut out);
                    parts.push(StrPart::Lit(Text::from(out)));
                }
            }
        }
        parts
    }

    fn interpolation(&mut self, pair: P) -> Option<StrPart> {
        let mut inner = pair.into_inner();
        let value = inner.next().map(|p| self.value(p))?;
        let spec = inner
            .next()
            .and_then(|fmt| self.format_spec(fmt.as_str(), fmt.as_span().start()));
        Some(StrPart::Expr { value, spec })
    }

    /// A block string: the newline after the opening quotes and the one before the closing quotes
    /// do not belong to it; the white space that all its lines begin with (that of the closing
    /// quotes counts, empty lines do not) is taken away.
    fn block_string(&mut self, pair: P) -> Vec<StrPart> {
        let pieces: Vec<P> = pair.into_inner().collect();
        let indent = common_indent(&pieces);
        let mut parts: Vec<StrPart> = Vec::new();
        let last = pieces.len().saturating_sub(1);
        for (i, piece) in pieces.into_iter().enumerate() {
            if piece.as_rule() == Rule::interp {
                parts.extend(self.interpolation(piece));
                continue;
            }
            let mut lo = piece.as_span().start();
            let mut text = piece.as_str();
            if i == 0 {
                let body = text.trim_start_matches([' ', '\t', '\r']);
                if let Some(rest) = body.strip_prefix('\n') {
                    lo += text.len() - rest.len();
                    text = rest;
                    lo += skip_indent(&mut text, indent);
                }
            }
            if i == last {
                let body = text.trim_end_matches([' ', '\t']);
                if let Some(rest) = body.strip_suffix('\n') {
                    text = rest.strip_suffix('\r').unwrap_or(rest);
                }
            }
            let mut out = String::new();
            loop {
                let line = text.find('\n').map_or(text, |n| &text[..=n]);
                match line.strip_suffix("\r\n") {
                    Some(line) => {
                        self.unescape(line, lo, true, &mut out);
                        out.push('\n');
                    }
                    None => self.unescape(line, lo, true, &mut out),
                }
                lo += line.len();
                text = &text[line.len()..];
                if text.is_empty() {
                    break;
                }
                lo += skip_indent(&mut text, indent);
            }
            if !out.is_empty() {
                parts.push(StrPart::Lit(Text::from(out)));
            }
        }
        parts
    }

    /// A string without interpolations: the name of a test, a pattern.
    pub(super) fn plain_string(&mut self, pair: P, what: &str) -> Option<Text> {
        let span = self.span(&pair);
        let mut text = String::new();
        for part in self.string(pair) {
            match part {
                StrPart::Lit(t) => text.push_str(&t),
                StrPart::Expr { .. } => {
                    self.report(errors::interpolation_unwanted(span, what));
                    return None;
                }
            }
        }
        Some(Arc::from(text))
    }
}

/// `r#"…"#` without its quotes.
fn raw_text(text: &str) -> Text {
    let hashes = text[1..].bytes().take_while(|&b| b == b'#').count();
    Text::from(&text[hashes + 2..text.len() - hashes - 1])
}

/// The longest white space that every line of a block string begins with. The text behind the
/// opening quotes is no line of its own.
fn common_indent<'i>(pieces: &[P<'i>]) -> &'i str {
    let mut common: Option<&str> = None;
    for piece in pieces {
        if piece.as_rule() == Rule::interp {
            continue;
        }
        let text = piece.as_str();
        for (start, _) in text.match_indices('\n') {
            let line = &text[start + 1..];
            let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
            let rest = line[indent.len()..].trim_start_matches('\r');
            // A line of nothing says nothing, but the closing quotes' line does.
            if rest.starts_with('\n') {
                continue;
            }
            common = Some(match common {
                None => indent,
                Some(seen) => {
                    let same = seen
                        .bytes()
                        .zip(indent.bytes())
                        .take_while(|(a, b)| a == b)
                        .count();
                    &seen[..same]
                }
            });
        }
    }
    common.unwrap_or("")
}

/// Drops the common white space (or what a blank line has of it); gives how much.
fn skip_indent(text: &mut &str, indent: &str) -> usize {
    let n = text
        .bytes()
        .zip(indent.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    *text = &text[n..];
    n
}
