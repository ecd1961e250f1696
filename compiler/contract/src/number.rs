//! How numbers become text and text becomes numbers, the same on every engine.
//!
//! Takes scalars, appends to a `String`; reads `parse_int` and `parse_float` texts. Knows no
//! formats with widths (`format.rs`).
//!
//! Floats print as the shortest text that reads back to the same value of their own width (an
//! `f32` as the shortest for `f32`): plain from 1e-5 up to below 1e16, otherwise with an exponent
//! (`1e16`, `1.5e-7`); always with a point or an exponent; `inf`, `-inf`, and one `nan`.

use std::fmt::{Display, LowerExp, Write};

pub fn push_i64(out: &mut String, n: i64) {
    push(out, n);
}

pub fn push_u64(out: &mut String, n: u64) {
    push(out, n);
}

pub fn push_i128(out: &mut String, n: i128) {
    push(out, n);
}

pub fn push_f64(out: &mut String, x: f64) {
    match special(x) {
        Some(text) => out.push_str(text),
        None => push_finite(out, x, is_plain(x.abs(), 1e-5, 1e16)),
    }
}

pub fn push_f32(out: &mut String, x: f32) {
    match special(f64::from(x)) {
        Some(text) => out.push_str(text),
        None => push_finite(out, x, is_plain(x.abs(), 1e-5, 1e16)),
    }
}

/// The text of a float that is not finite.
pub fn special(x: f64) -> Option<&'static str> {
    if x.is_nan() {
        Some("nan")
    } else if x == f64::INFINITY {
        Some("inf")
    } else if x == f64::NEG_INFINITY {
        Some("-inf")
    } else {
        None
    }
}

/// `parse_int`: an optional sign and decimal digits, nothing else; `None` where it does not fit.
pub fn parse_int(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// `parse_float`: an optional sign, then decimal digits with an optional fraction and exponent, or
/// `inf` or `nan`.
pub fn parse_float(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let word = matches!(digits, "inf" | "nan");
    let number = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if word || number {
        text.parse().ok()
    } else {
        None
    }
}

fn is_plain<F: PartialOrd + Default>(magnitude: F, least: F, end: F) -> bool {
    magnitude == F::default() || (magnitude >= least && magnitude < end)
}

fn push_finite(out: &mut String, x: impl Display + LowerExp, plain: bool) {
    if !plain {
        // Writing to a string cannot fail, here and below.
        let _ = write!(out, "{x:e}");
        return;
    }
    let start = out.len();
    push(out, x);
    if !out[start..].contains('.') {
        out.push_str(".0");
    }
}

fn push(out: &mut String, x: impl Display) {
    let _ = write!(out, "{x}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f64_text(x: f64) -> String {
        let mut out = String::new();
        push_f64(&mut out, x);
        out
    }

    fn f32_text(x: f32) -> String {
        let mut out = String::new();
        push_f32(&mut out, x);
        out
    }

    #[test]
    fn floats_are_shortest_and_plain_in_the_middle() {
        for (x, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-5, "0.00001"),
            (9.99e-6, "9.99e-6"),
            (1.5e-7, "1.5e-7"),
            (1e15, "1000000000000000.0"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e16, "1e16"),
            (-1e16, "-1e16"),
            (1e21, "1e21"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e308"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (-f64::NAN, "nan"),
        ] {
            assert_eq!(f64_text(x), text);
        }
    }

    #[test]
    fn f32_is_shortest_for_itself() {
        for (x, text) in [
            (0.1f32, "0.1"),
            (16777216.0, "16777216.0"),
            (1e16, "1e16"),
            (1e-5, "0.00001"),
            (3.4028235e38, "3.4028235e38"),
        ] {
            assert_eq!(f32_text(x), text);
        }
    }

    #[test]
    fn reading_numbers() {
        assert_eq!(parse_int("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_int("+7"), Some(7));
        for bad in ["", "-", " 1", "1_000", "0x10", "9223372036854775808", "1.0"] {
            assert_eq!(parse_int(bad), None, "{bad:?}");
        }
        assert_eq!(parse_float("-1.5e3"), Some(-1500.0));
        assert_eq!(parse_float("-inf"), Some(f64::NEG_INFINITY));
        assert!(parse_float("nan").is_some_and(f64::is_nan));
        for bad in ["", "infinity", "NaN", "1 ", "1e", "0x1p3", "e5", "."] {
            assert_eq!(parse_float(bad), None, "{bad:?}");
        }
    }
}
