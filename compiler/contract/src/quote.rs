//! Strings and chars as literals: what printing puts inside quotes.
//!
//! Escaped are the backslash, the quote that surrounds, and control characters, as in source;
//! braces are not doubled.

use std::fmt::Write;

/// `"…"`
pub fn push_str(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c| needs_escape(c, '"')) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        if let Some(c) = chars.next() {
            push_escaped(out, c);
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// `'c'`
pub fn push_char(out: &mut String, c: char) {
    out.push('\'');
    if needs_escape(c, '\'') {
        push_escaped(out, c);
    } else {
        out.push(c);
    }
    out.push('\'');
}

fn needs_escape(c: char, quote: char) -> bool {
    c == '\\' || c == quote || c.is_control()
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        '\0' => out.push_str("\\0"),
        '\\' | '"' | '\'' => {
            out.push('\\');
            out.push(c);
        }
        _ => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting() {
        let mut out = String::new();
        push_str(&mut out, "a\"b\\c\n{é}'\u{1b}\0");
        push_char(&mut out, '\'');
        push_char(&mut out, '"');
        push_char(&mut out, 'é');
        assert_eq!(out, r#""a\"b\\c\n{é}'\u{1b}\0"'\'''"''é'"#);
    }
}
