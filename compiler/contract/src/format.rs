//! Applying a format: `[[fill]<^>][+][#][0][width][.prec][xXobe?]`.
//!
//! Takes a scalar, or a text that an engine has rendered, and appends it as the format says.
//! Which kinds fit which types is the frontend's matter. Widths are counted in columns: wide
//! characters take two, combining ones none.
//!
//! - Numbers stand at the right by default, everything else at the left; in the middle, an odd
//!   column goes to the right.
//! - `+` writes the sign of a number that is not negative; `#` the base (`0x`, `0o`, `0b`).
//! - `0` fills between the sign (and base) and the digits, and is ignored beside an alignment and
//!   for `inf` and `nan`.
//! - `x X o b` of a negative integer is its sign and the digits of its magnitude: `-ff`.
//! - `.prec` is the number of digits after the point of a float, or cuts a text to that many
//!   columns; integers ignore it.
//! - `e` is the exponent form: `1.5e3`.

use crate::number;
use crate::panic::Panic;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Left,
    Center,
    Right,
}

/// A format with its run-time widths filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    pub fill: char,
    pub align: Option<Align>,
    pub plus: bool,
    pub alternate: bool,
    pub zero: bool,
    /// 0: none.
    pub width: usize,
    pub precision: Option<usize>,
    /// One of `x X o b e ?`.
    pub kind: Option<char>,
}

impl Default for Spec {
    fn default() -> Spec {
        Spec {
            fill: ' ',
            align: None,
            plus: false,
            alternate: false,
            zero: false,
            width: 0,
            precision: None,
            kind: None,
        }
    }
}

/// More columns than any memory is worth; a wider format is out of memory on every engine.
const MAX_COUNT: i64 = 1 << 30;

/// A width or precision that a program computed.
pub fn count(n: i64) -> Result<usize, Panic<'static>> {
    match n {
        ..0 => Err(Panic::NegativeCount { count: n }),
        0..=MAX_COUNT => Ok(n as usize),
        _ => Err(Panic::OutOfMemory),
    }
}

/// Anything that is no number, already rendered (quoted for `?`).
pub fn text(out: &mut String, text: &str, spec: &Spec) {
    let cut = match spec.precision {
        Some(columns) => cut(text, columns),
        None => text,
    };
    pad(out, cut, spec, Align::Left);
}

pub fn int(out: &mut String, value: i128, spec: &Spec) {
    let magnitude = value.unsigned_abs();
    let (base, digits) = match spec.kind {
        Some('x') => ("0x", format!("{magnitude:x}")),
        Some('X') => ("0x", format!("{magnitude:X}")),
        Some('o') => ("0o", format!("{magnitude:o}")),
        Some('b') => ("0b", format!("{magnitude:b}")),
        Some('e') => ("", format!("{magnitude:e}")),
        _ => ("", magnitude.to_string()),
    };
    let mut prefix = sign(value < 0, spec).to_string();
    if spec.alternate {
        prefix.push_str(base);
    }
    number(out, &prefix, &digits, spec.zero, spec);
}

pub fn f64(out: &mut String, value: f64, spec: &Spec) {
    float(out, value, spec, number::push_f64);
}

pub fn f32(out: &mut String, value: f32, spec: &Spec) {
    // Digits after the point are exact in either width; only the shortest form differs.
    let exponent = |out: &mut String, x: f64| {
        let _ = write!(out, "{:e}", x as f32);
    };
    match (spec.kind, spec.precision) {
        (Some('e'), None) => float(
            out,
            f64::from(value),
            &Spec {
                kind: None,
                ..*spec
            },
            exponent,
        ),
        _ => float(out, f64::from(value), spec, |out, x| {
            number::push_f32(out, x as f32);
        }),
    }
}

fn float(out: &mut String, value: f64, spec: &Spec, shortest: impl Fn(&mut String, f64)) {
    if let Some(special) = number::special(value) {
        let prefix = if value.is_nan() {
            ""
        } else {
            sign(value < 0.0, spec)
        };
        let word = special.trim_start_matches('-');
        number(out, prefix, word, false, spec);
        return;
    }
    let magnitude = value.abs();
    let mut digits = String::new();
    // Writing to a string cannot fail.
    let _ = match (spec.kind, spec.precision) {
        (Some('e'), Some(p)) => write!(digits, "{magnitude:.p$e}"),
        (Some('e'), None) => write!(digits, "{magnitude:e}"),
        (_, Some(p)) => write!(digits, "{magnitude:.p$}"),
        (_, None) => {
            shortest(&mut digits, magnitude);
            Ok(())
        }
    };
    number(
        out,
        sign(value.is_sign_negative(), spec),
        &digits,
        spec.zero,
        spec,
    );
}

fn sign(negative: bool, spec: &Spec) -> &'static str {
    match (negative, spec.plus) {
        (true, _) => "-",
        (false, true) => "+",
        (false, false) => "",
    }
}

fn number(out: &mut String, prefix: &str, digits: &str, zero: bool, spec: &Spec) {
    if zero && spec.align.is_none() {
        out.push_str(prefix);
        for _ in prefix.len() + digits.len()..spec.width {
            out.push('0');
        }
        out.push_str(digits);
    } else {
        pad(out, &format!("{prefix}{digits}"), spec, Align::Right);
    }
}

fn pad(out: &mut String, text: &str, spec: &Spec, default: Align) {
    if spec.width == 0 {
        out.push_str(text);
        return;
    }
    let missing = spec.width.saturating_sub(columns(text));
    let left = match spec.align.unwrap_or(default) {
        Align::Left => 0,
        Align::Center => missing / 2,
        Align::Right => missing,
    };
    out.extend(std::iter::repeat_n(spec.fill, left));
    out.push_str(text);
    out.extend(std::iter::repeat_n(spec.fill, missing - left));
}

/// How many columns of a terminal a text takes.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.width()
    }
}

/// The longest beginning of at most that many columns.
fn cut(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> Spec {
        Spec::default()
    }

    fn int_text(value: i128, spec: Spec) -> String {
        let mut out = String::new();
        int(&mut out, value, &spec);
        out
    }

    fn f64_text(value: f64, spec: Spec) -> String {
        let mut out = String::new();
        f64(&mut out, value, &spec);
        out
    }

    fn str_text(value: &str, spec: Spec) -> String {
        let mut out = String::new();
        text(&mut out, value, &spec);
        out
    }

    #[test]
    fn numbers_stand_right_and_texts_left() {
        let wide = Spec { width: 5, ..spec() };
        assert_eq!(int_text(42, wide), "   42");
        assert_eq!(f64_text(1.5, wide), "  1.5");
        assert_eq!(str_text("ab", wide), "ab   ");
    }

    #[test]
    fn fill_and_alignment() {
        let s = |align| Spec {
            fill: '*',
            align: Some(align),
            width: 5,
            ..spec()
        };
        assert_eq!(str_text("ab", s(Align::Right)), "***ab");
        assert_eq!(str_text("ab", s(Align::Center)), "*ab**");
        assert_eq!(int_text(-7, s(Align::Left)), "-7***");
    }

    #[test]
    fn signs_zeros_and_bases() {
        assert_eq!(
            int_text(
                5,
                Spec {
                    plus: true,
                    ..spec()
                }
            ),
            "+5"
        );
        assert_eq!(
            int_text(
                -5,
                Spec {
                    zero: true,
                    width: 4,
                    ..spec()
                }
            ),
            "-005"
        );
        let hex = Spec {
            kind: Some('x'),
            alternate: true,
            ..spec()
        };
        assert_eq!(int_text(255, hex), "0xff");
        assert_eq!(int_text(-255, hex), "-0xff");
        assert_eq!(
            int_text(
                255,
                Spec {
                    zero: true,
                    width: 8,
                    ..hex
                }
            ),
            "0x0000ff"
        );
        assert_eq!(
            int_text(
                10,
                Spec {
                    kind: Some('b'),
                    ..spec()
                }
            ),
            "1010"
        );
        assert_eq!(
            int_text(
                i64::MIN.into(),
                Spec {
                    kind: Some('X'),
                    ..spec()
                }
            ),
            "-8000000000000000"
        );
    }

    #[test]
    fn precision() {
        let two = Spec {
            precision: Some(2),
            ..spec()
        };
        assert_eq!(f64_text(1.0, two), "1.00");
        assert_eq!(f64_text(-0.004, two), "-0.00");
        assert_eq!(
            f64_text(
                1234.5,
                Spec {
                    kind: Some('e'),
                    ..two
                }
            ),
            "1.23e3"
        );
        assert_eq!(str_text("héllo", two), "hé");
        assert_eq!(
            str_text(
                "日本語",
                Spec {
                    precision: Some(5),
                    ..spec()
                }
            ),
            "日本"
        );
    }

    #[test]
    fn wide_and_combining_characters() {
        let wide = Spec { width: 6, ..spec() };
        assert_eq!(str_text("日本", wide), "日本  ");
        assert_eq!(str_text("e\u{301}", wide), "e\u{301}     ");
    }

    #[test]
    fn what_is_not_finite_is_not_filled_with_zeros() {
        let zero = Spec {
            zero: true,
            width: 6,
            ..spec()
        };
        assert_eq!(f64_text(f64::NAN, zero), "   nan");
        assert_eq!(f64_text(f64::NEG_INFINITY, zero), "  -inf");
        assert_eq!(f64_text(-1.5, zero), "-001.5");
    }

    #[test]
    fn f32_keeps_its_own_shortest_form() {
        let mut out = String::new();
        f32(&mut out, 0.1, &spec());
        f32(
            &mut out,
            0.1,
            &Spec {
                kind: Some('e'),
                width: 6,
                ..spec()
            },
        );
        assert_eq!(out, "0.1  1e-1");
    }

    #[test]
    fn computed_counts() {
        assert_eq!(count(7), Ok(7));
        assert_eq!(count(-1), Err(Panic::NegativeCount { count: -1 }));
        assert_eq!(count(i64::MAX), Err(Panic::OutOfMemory));
    }
}
