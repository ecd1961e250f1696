//! Hand-made functions and what must become of them, by the rules of SEMANTICS.

mod parse;

use super::own;
use crate::dump::{self, Names};
use crate::problem::Problems;
use parse::{parse, world};

fn owned(text: &str) -> (String, Vec<String>) {
    let mut w = world();
    let mut func = parse(&mut w, text);
    let mut problems = Problems::default();
    own(&mut func, &w.defs, &mut w.types, &w.sites, &mut problems);
    let names = Names {
        types: &w.types,
        defs: Some(&w.defs),
        program: None,
    };
    let found = problems.finish();
    let found = found.iter().map(|p| {
        let line = |s: crate::source::Span| text[..s.lo as usize].matches('\n').count() + 1;
        let word = |s: crate::source::Span| &text[s.lo as usize..s.hi as usize];
        let notes: Vec<_> = p.notes.iter().map(|n| line(n.0).to_string()).collect();
        format!(
            "{} {}:{} [{}]",
            p.code,
            line(p.span),
            word(p.span),
            notes.join(" ")
        )
    });
    let mut out = dump::func(&func, names);
    for (i, name) in parse::FUNCS.iter().enumerate() {
        out = out.replace(&format!("def{i}("), &format!("{name}("));
    }
    (out, found.collect())
}

fn check(text: &str, expected: &str) {
    let (out, problems) = owned(text);
    assert_eq!(problems, Vec::<String>::new(), "in {text}");
    let strip = |s: &str| {
        s.lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(
        strip(&out) == strip(expected),
        "got\n{out}\nexpected\n{expected}"
    );
}

#[test]
fn try_() {
    for t in TRY {
        let (o, p) = owned(t);
        println!("{o}{p:?}\n");
    }
}
const TRY: &[&str] = &[
    "fn t(x: [int], y: [int]) { f(own x, own x); }",
    "fn t(x: [int], y: [int]) { if cond() { f(own x) } else { f(own y) } }",
    "fn t(x: ([int], [int], [int])) { f(own x.0); @print(look x.1); }",
    "fn t(x: [int]) { loop0: loop { if cond() { f(own x); break loop0 }; @print(look x); } }",
    "fn t(n: int) { let x: [int] = []; loop0: for i: int in 0..own n { upd x @push(own i); }; own x }",
    "fn t(a: [int], b: [int]) { let t: ([int], [int]) = (own b, own a); set a = own t.0; set b = own t.1; f(own a, own b) }",
    "fn t(p: *int, q: *int) { f(own p); let r: *int = unshare(end q); if cond() { return 1 }; f(own r) }",
    "fn t(o: [int]?, z: [int]) { match own o { .1(x: [int]) if @len(look x) => f(own x), .0 => f(own z), .1(w: [int]) => f(own w, own w) } }",
];
