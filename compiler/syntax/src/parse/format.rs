//! The format of an interpolation: `{x:spec}`, with
//! spec = `[[fill]<^>][+][#][0][width][.prec][xXobe?]`, width and precision a number or `{name}`.

use super::cx::Cx;
use super::errors;
use crate::ast::{Align, FormatCount, FormatSpec};

impl Cx<'_> {
    /// `text` begins with the colon at `lo`. `None` where it was wrong and reported.
    pub(super) fn format_spec(&mut self, text: &str, lo: usize) -> Option<FormatSpec> {
        let span = self.at(lo, lo + text.len());
        let mut spec = FormatSpec {
            span,
            ..FormatSpec::default()
        };
        let mut rest = &text[1..];
        let mut chars = rest.chars();
        let (first, second) = (chars.next(), chars.next());
        if let (Some(fill), Some(sign)) = (first, second.and_then(align)) {
            spec.fill = Some(fill);
            spec.align = Some(sign);
            rest = &rest[fill.len_utf8() + 1..];
        } else if let Some(sign) = first.and_then(align) {
            spec.align = Some(sign);
            rest = &rest[1..];
        }
        spec.plus = flag(&mut rest, '+');
        spec.alternate = flag(&mut rest, '#');
        spec.zero = flag(&mut rest, '0');
        spec.width = self.count(&mut rest, lo + text.len())?;
        if flag(&mut rest, '.') {
            spec.precision = self.count(&mut rest, lo + text.len())?;
            if spec.precision.is_none() {
                let at = lo + text.len() - rest.len();
                let span = self.at(at - 1, at);
                self.report(errors::format_precision(span));
                return None;
            }
        }
        if let Some(kind) = rest.chars().next().filter(|c| "xXobe?".contains(*c)) {
            spec.kind = Some(kind);
            rest = &rest[1..];
        }
        if rest.is_empty() && text.len() > 1 {
            return Some(spec);
        }
        let at = lo + text.len() - rest.len();
        let span = self.at(at, lo + text.len());
        self.report(if text.len() == 1 {
            errors::format_empty(self.at(lo, lo + 1))
        } else {
            errors::format_rest(span, rest)
        });
        None
    }

    /// A number or `{name}`; `Some(None)` if neither stands there, `None` if it is wrong.
    fn count(&mut self, rest: &mut &str, end: usize) -> Option<Option<FormatCount>> {
        let at = end - rest.len();
        if let Some(inner) = rest.strip_prefix('{') {
            let close = inner.find('}')?;
            let name = self.name_at(&inner[..close], at + 1);
            *rest = &inner[close + 1..];
            return Some(Some(FormatCount::Name(name)));
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            return Some(None);
        }
        let number = rest[..digits].parse::<u32>().ok().filter(|&n| n <= 10_000);
        *rest = &rest[digits..];
        if number.is_none() {
            let span = self.at(at, at + digits);
            self.report(errors::format_count_large(span));
        }
        number.map(|n| Some(FormatCount::Number(n)))
    }
}

fn align(c: char) -> Option<Align> {
    match c {
        '<' => Some(Align::Left),
        '^' => Some(Align::Center),
        '>' => Some(Align::Right),
        _ => None,
    }
}

fn flag(rest: &mut &str, c: char) -> bool {
    match rest.strip_prefix(c) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}
