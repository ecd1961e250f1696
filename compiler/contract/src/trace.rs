//! How a panic is told: its message, then the Cowl call stack with source lines. Also the other
//! notes that carry a position (`dbg_if_shared`).
//!
//! Each engine gathers its own frames (those of std functions left out); this file lays them out.

use std::fmt::Write;

/// One call that was under way, innermost first.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// `main`, `Stack.push`, `closure in main`.
    pub function: &'a str,
    pub file: &'a str,
    pub line: u32,
    pub col: u32,
    /// The whole line of the source.
    pub source: &'a str,
}

/// With more frames than twice this, only the first and last are shown.
const EDGE: usize = 20;

/// The text for stderr. `frame(i)` gives the i-th of `count` frames, 0 the innermost; it is asked
/// only for those that are shown.
pub fn render<'a>(
    message: &str,
    count: usize,
    mut frame: impl FnMut(usize) -> Frame<'a>,
) -> String {
    let mut out = format!("panic: {message}\n");
    let (first, last) = if count > 2 * EDGE {
        (EDGE, count - EDGE)
    } else {
        (count, count)
    };
    for i in 0..first {
        push_frame(&mut out, &frame(i));
    }
    if first < last {
        out.push_str("  ...\n");
    }
    for i in last..count {
        push_frame(&mut out, &frame(i));
    }
    out
}

/// What `dbg_if_shared` says of a shared place.
pub fn shared_note(file: &str, line: u32, col: u32, source: &str) -> String {
    let mut out = format!("shared: {file}:{line}:{col}\n");
    push_source(&mut out, source);
    out
}

fn push_frame(out: &mut String, frame: &Frame) {
    let Frame {
        function,
        file,
        line,
        col,
        source,
    } = frame;
    // Writing to a string cannot fail.
    let _ = writeln!(out, "  at {file}:{line}:{col} in {function}");
    push_source(out, source);
}

fn push_source(out: &mut String, source: &str) {
    let _ = writeln!(out, "     | {}", source.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(line: u32) -> Frame<'static> {
        Frame {
            function: "main",
            file: "main.cowl",
            line,
            col: 5,
            source: "    f(x)  ",
        }
    }

    #[test]
    fn frames_with_their_lines() {
        let text = render("index 3 out of range for length 3", 2, |i| {
            frame(12 + i as u32)
        });
        assert_eq!(
            text,
            "panic: index 3 out of range for length 3\n\
             \x20 at main.cowl:12:5 in main\n     |     f(x)\n\
             \x20 at main.cowl:13:5 in main\n     |     f(x)\n"
        );
    }

    #[test]
    fn long_stacks_are_cut_in_the_middle() {
        let lines = |count| render("stack overflow", count, |i| frame(i as u32));
        assert_eq!(lines(40).lines().count(), 1 + 40 * 2);
        let cut = lines(1000);
        assert_eq!(cut.lines().count(), 1 + 40 * 2 + 1);
        assert!(
            cut.contains("main.cowl:19:5 in main\n     |     f(x)\n  ...\n  at main.cowl:980:5")
        );
    }
}
