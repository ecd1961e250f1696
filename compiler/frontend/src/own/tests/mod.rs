//! Hand-made functions and what must become of them, by the rules of SEMANTICS.

mod branches;
mod loops;
mod matches;
mod mistakes;
pub(crate) mod parse;
mod random;
mod straight;

use super::own;
use crate::dump::{self, Names};
use crate::problem::Problems;
use crate::source::Span;
use crate::verify::{Stage, verify};
use parse::{parse, world};

/// What becomes of a function, and the errors: code, line and word of the place, lines of notes.
fn owned(text: &str) -> (String, Vec<String>) {
    let mut w = world();
    let mut func = parse(&mut w, text);
    let mut problems = Problems::default();
    let sound = verify(&func, Stage::Check, &w.defs, &mut w.types);
    assert_eq!(sound, Ok(()), "before: {text}");
    own(&mut func, &w.defs, &mut w.types, &w.sites, &mut problems);
    let names = Names {
        types: &w.types,
        defs: Some(&w.defs),
        program: None,
    };
    let mut out = dump::func(&func, names);
    for (i, name) in parse::FUNCS.iter().enumerate() {
        out = out.replace(&format!("def{i}("), &format!("{name}("));
    }
    out = out.replace(" -> ?", "");
    let found = problems.finish();
    if found.is_empty() {
        let sound = verify(&func, Stage::Own, &w.defs, &mut w.types);
        assert_eq!(sound, Ok(()), "after: {out}");
    }
    let line = |s: Span| text[..s.lo as usize].matches('\n').count() + 1;
    let shown = found.iter().map(|p| {
        let word = &text[p.span.lo as usize..p.span.hi as usize];
        let notes = p.notes.iter().map(|n| format!(" {}", line(n.0)));
        let notes: String = notes.collect();
        format!("{} {}:{word}{notes}", p.code, line(p.span))
    });
    (out, shown.collect())
}

/// Compares bodies line by line, without indentation and the outermost braces.
fn check(text: &str, expected: &str) {
    let (out, problems) = owned(text);
    assert_eq!(problems, Vec::<String>::new(), "in {text}");
    let lines = |s: &str| -> Vec<String> {
        let lines = s.lines().map(str::trim).filter(|l| !l.is_empty());
        lines.map(str::to_string).collect()
    };
    let got = lines(&out);
    let body = &got[1..got.len() - 1];
    assert!(
        body == lines(expected),
        "got\n{out}\nexpected\n{expected}\nfor\n{text}"
    );
}

/// The function is wrong in exactly these ways.
fn wrong(text: &str, expected: &[&str]) {
    let (_, problems) = owned(text);
    assert_eq!(problems, expected, "in {text}");
}
