//! Texts that break parsers: nesting, length, rubbish, files that end anywhere. Each must give a
//! tree and, where it is wrong, a report; none may crash, hang or grow without bound.

mod syntax;

use std::time::{Duration, Instant};
use syntax::{SAMPLES, on_big_stack, parse_with};

const DEEP: usize = 100_000;

fn body(text: &str) -> String {
    format!("fn main() {{\n let x = {text}\n}}\n")
}

fn nested(open: &str, inner: &str, close: &str) -> String {
    [&open.repeat(DEEP), inner, &close.repeat(DEEP)].concat()
}

/// Parses, and drops the tree, within a time that only a quadratic parser would need.
fn first_code(text: &str) -> Option<&'static str> {
    on_big_stack(|| {
        let start = Instant::now();
        let (file, problems) = parse_with(text);
        drop(file);
        let shown = text.chars().take(60).collect::<String>();
        assert!(start.elapsed() < Duration::from_secs(20), "slow: {shown}");
        problems.first().map(|p| p.code)
    })
}

#[test]
fn deep_nesting_is_refused() {
    let cases = [
        body(&nested("(", "1", ")")),
        body(&nested("[", "1", "]")),
        body(&nested("{", "1", "}")),
        body(&nested("f(", "1", ")")),
        body(&nested("a[", "1", "]")),
        body(&nested("P{ x: ", "1", "}")),
        body(&nested(".a(", "1", ")")),
        body(&nested("if x {", "", "}")),
        body(&nested("match x { a => ", "1", "}")),
        body(&nested("loop {", "", "}")),
        body(&nested("|x| (", "1", ")")),
        body(&nested("\"{", "1", "}\"")),
        body(&nested("\"\"\"{", "1", "}\"\"\"")),
        body(&"(".repeat(DEEP)),
        body(&"\"{".repeat(DEEP)),
        // Without brackets.
        body(&nested("|a| ", "1", "")),
        body(&nested("return ", "1", "")),
        body(&nested("a catch ", "b", "")),
        body(&nested("..", "1", "")),
        // Types.
        format!("fn f(x: {}) {{ }}\n", nested("List<", "int", ">")),
        format!("fn f(x: {}) {{ }}\n", nested("(", "int", ")")),
        format!("fn f(x: {}) {{ }}\n", nested("*", "int", "")),
        format!("fn f(x: {}) {{ }}\n", nested("", "int", "?")),
        format!("fn f(x: {}) {{ }}\n", nested("fn(", "int", ")")),
        format!("fn f(x: {}) {{ }}\n", nested("fn() -> ", "int", "")),
        body(&"f<List<".repeat(DEEP)),
        // Patterns.
        body(&format!("{{ let {} = 1 }}", nested("(", "a", ")"))),
        body(&format!("{{ let {} = 1 }}", nested("[", "a", "]"))),
        body(&format!("{{ let {} = 1 }}", nested(".a(", "a", ")"))),
        body(&format!("{{ let {} = 1 }}", nested("P{ a: ", "a", "}"))),
        // Items and comments.
        nested("fn f() {\n", "", "}\n"),
        nested("impl P {\n", "", "}\n"),
        format!("{}\nfn main() {{ }}\n", nested("/*", "", "*/")),
    ];
    for text in &cases {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(first_code(text), Some("E0012"), "{shown}");
    }
}

#[test]
fn a_thousand_levels_are_allowed() {
    let text = body(&["(".repeat(900).as_str(), "1", &")".repeat(900)].concat());
    assert_eq!(first_code(&text), None);
    let text = body(&["f(|x| [".repeat(300).as_str(), "1", &"])".repeat(300)].concat());
    assert_eq!(first_code(&text), None);
    let text = format!("fn f() {{{}{}}}\n", "if x {".repeat(900), "}".repeat(900));
    assert_eq!(first_code(&text), None);
}

#[test]
fn chains_have_no_limit() {
    for text in [
        body(&format!("1{}", " + 1".repeat(400_000))),
        body(&format!("a{}", " && b || c".repeat(100_000))),
        body(&format!("{}x", "-".repeat(400_000))),
        body(&format!("a{}", ".b(1)".repeat(100_000))),
        body(&format!("a{}", "\n .b".repeat(100_000))),
        body(&format!("if a {{ }}{}", " else if b { }".repeat(100_000))),
        body(&format!("[1{}]", ", 1".repeat(200_000))),
        format!(
            "fn main() {{\n match x {{ {}a => 1 }}\n}}\n",
            "b | ".repeat(100_000)
        ),
        format!("fn main() {{\n{}}}\n", "x = 1\n".repeat(200_000)),
        "fn f() { }\n".repeat(100_000),
        format!("let s = \"{}\"\n", "hello {x} ".repeat(50_000)),
    ] {
        assert_eq!(first_code(&text), None);
    }
}

#[test]
fn endless_errors_end() {
    for (text, code) in [
        (body(&"a < ".repeat(DEEP)), "E0016"),
        (body(&format!("a{}", " < b".repeat(DEEP))), "E0017"),
        (body(&format!("a{}", "..b".repeat(DEEP))), "E0017"),
        (body(&format!("a{}", " = b".repeat(DEEP))), "E0018"),
        (body(&"a<b, ".repeat(DEEP)), "E0012"),
        ("fn f() { a b }\n".repeat(DEEP / 4), "E0001"),
        (format!("fn f() {{\n{}}}\n", "a b\n".repeat(DEEP)), "E0001"),
        (")".repeat(DEEP), "E0003"),
        ("}\n".repeat(DEEP), "E0003"),
        (
            format!("fn f() {{ {}{}", "(".repeat(900), "}".repeat(DEEP)),
            "E0002",
        ),
        ("\"".repeat(DEEP + 1), "E0004"),
        ("\"\n".repeat(DEEP), "E0004"),
        (body(&"\"{\" ".repeat(DEEP)), "E0012"),
        ("'".repeat(DEEP), "E0006"),
        ("#\n".repeat(DEEP), "E0014"),
        ("@a ".repeat(DEEP), "E0026"),
        ("/// a\n".repeat(DEEP), "E0025"),
        ("\0".repeat(DEEP), "E0014"),
        ("/*".repeat(DEEP), "E0005"),
        ("struct S { a: int = ".repeat(DEEP), "E0012"),
    ] {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(first_code(&text), Some(code), "{shown}");
    }
}

#[test]
fn a_file_that_ends_anywhere_is_reported() {
    on_big_stack(|| {
        for (name, text) in SAMPLES {
            let start = Instant::now();
            for (end, _) in text.char_indices() {
                parse_with(&text[..end]);
            }
            assert!(start.elapsed() < Duration::from_secs(240), "slow: {name}");
        }
    });
}

#[test]
fn a_missing_or_doubled_token_is_no_crash() {
    on_big_stack(|| {
        for (_, text) in SAMPLES {
            let mut starts: Vec<usize> = Vec::new();
            let mut last = ' ';
            for (at, c) in text.char_indices() {
                if !(c.is_alphanumeric() && last.is_alphanumeric()) {
                    starts.push(at);
                }
                last = c;
            }
            starts.push(text.len());
            for pair in starts.windows(2) {
                let (lo, hi) = (pair[0], pair[1]);
                parse_with(&[&text[..lo], &text[hi..]].concat());
                parse_with(&[&text[..hi], &text[lo..]].concat());
            }
        }
    });
}
