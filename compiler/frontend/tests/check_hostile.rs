//! Texts that break compilers behind the parser: spec programs with a token too few, too many or
//! in the wrong place, programs that end anywhere, and long programs. Each must be checked to the
//! end: no crash, no broken invariant, in bounded time.
//!
//! A seeded sample; `COWL_HOSTILE=N` tries N times as many.

#[path = "../../syntax/tests/syntax/mod.rs"]
mod syntax;

use cowl_frontend::compile::{Compiled, Goal, compile};
use cowl_frontend::loader::{InMemory, LoadedFile};
use cowl_frontend::problem::Severity;
use cowl_frontend::source::SourceMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use syntax::on_big_stack;

/// Checks a text; there is a program exactly if there is no error.
fn check(text: &str) -> Compiled {
    let root = LoadedFile {
        name: "main.cowl".to_string(),
        text: text.into(),
    };
    let start = Instant::now();
    let compiled = compile(
        &mut SourceMap::default(),
        &mut InMemory::default(),
        root,
        Goal::Check,
    );
    let shown: String = text.chars().take(60).collect();
    assert!(start.elapsed() < Duration::from_secs(60), "slow: {shown}");
    let failed = compiled
        .problems
        .iter()
        .any(|p| p.severity == Severity::Error);
    assert_eq!(compiled.program.is_none(), failed, "{shown}");
    compiled
}

fn must_pass(text: &str) {
    let compiled = check(text);
    let shown: String = text.chars().take(60).collect();
    let error = compiled
        .problems
        .iter()
        .find(|p| p.severity == Severity::Error);
    assert!(error.is_none(), "{shown}: {error:?}");
}

fn times() -> usize {
    let asked = std::env::var("COWL_HOSTILE").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// Numbers that look random, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// The texts of the programs in a folder of `spec`, in the order of their names.
fn programs(dir: &Path, into: &mut Vec<(PathBuf, String)>) {
    let entries = std::fs::read_dir(dir).expect("it is there");
    let mut paths: Vec<PathBuf> = entries.map(|e| e.expect("it is there").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            programs(&path, into);
        } else if path.extension().is_some_and(|e| e == "cowl")
            && let Ok(text) = std::fs::read_to_string(&path)
            && text.len() < 6000
        {
            into.push((path, text));
        }
    }
}

fn spec() -> Vec<(PathBuf, String)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec");
    let mut found = Vec::new();
    programs(&dir, &mut found);
    assert!(found.len() > 300);
    found
}

/// Words, white space, and each other character.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut from = 0;
    let kind = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 1,
        c if c.is_whitespace() => 2,
        _ => 0,
    };
    let mut last = 0;
    for (at, c) in text.char_indices() {
        if at > from && (kind(c) != last || kind(c) == 0) {
            tokens.push(&text[from..at]);
            from = at;
        }
        last = kind(c);
    }
    tokens.push(&text[from..]);
    tokens
}

#[test]
fn one_token_wrong() {
    on_big_stack(|| {
        let spec = spec();
        let mut dice = Dice(11);
        for _ in 0..250 * times() {
            let (_, text) = &spec[dice.below(spec.len())];
            let mut tokens = tokens(text);
            let at = dice.below(tokens.len());
            match dice.below(3) {
                0 => drop(tokens.remove(at)),
                1 => tokens.insert(at, tokens[at]),
                _ => {
                    let other = (at + 1 + dice.below(3)).min(tokens.len() - 1);
                    tokens.swap(at, other);
                }
            }
            check(&tokens.concat());
        }
    });
}

#[test]
fn programs_that_end_anywhere() {
    on_big_stack(|| {
        let spec = spec();
        let mut dice = Dice(12);
        for _ in 0..150 * times() {
            let (_, text) = &spec[dice.below(spec.len())];
            let end = dice.below(text.len());
            let end = (0..=end).rev().find(|&i| text.is_char_boundary(i));
            check(&text[..end.unwrap_or(0)]);
        }
    });
}

#[test]
fn long_programs() {
    const N: usize = 5000;
    let main = |body: String| format!("fn main() {{\n{body}\n}}\n");
    let numbered = |f: &dyn Fn(usize) -> String| (0..N).map(f).collect::<String>();
    let texts = [
        main(format!("let a = 1\nprint(a{})", " + a".repeat(N))),
        main(format!("let a = true\nprint(a{})", " && a || a".repeat(N))),
        main(format!("let a = \"q\"\nprint(a{})", " + a".repeat(N))),
        main(format!("print([1]{})", ".push(2)".repeat(N))),
        main(format!("let a = 1\nprint({}a)", "- ".repeat(N))),
        main(format!("let a = true\nprint({}a)", "!".repeat(N))),
        main(format!(
            "let a = 1\nif a == 1 {{ }}{}",
            " else if a == 2 { }".repeat(N)
        )),
        main(format!("let a = 1\nprint(\"{}\")", "{a}".repeat(N))),
        main(format!("let s = \"{}\"\nprint(s)", "a".repeat(1_000_000))),
        main(format!("var x = 0\n{}print(x)", "x += 1\n".repeat(N))),
        main(numbered(&|i| format!("let v{i} = {i}\nprint(v{i})\n"))),
        main(String::new()) + &numbered(&|i| format!("fn g{i}() -> int {{ {i} }}\n")),
        main(String::new()) + &numbered(&|i| format!("struct S{i} {{ a: int }}\n")),
        format!(
            "struct S {{\n{}}}\nfn main() {{ print(S{{}}.f9) }}\n",
            numbered(&|i| format!("f{i}: int = {i}\n"))
        ),
        format!(
            "fn f(n: int) -> int {{\nmatch n {{\n{}_ => 0\n}}\n}}\nfn main() {{ print(f(1)) }}\n",
            numbered(&|i| format!("{i} => {i}\n"))
        ),
        main(format!("print(1)\n{}", "\n".repeat(1_000_000))),
        main(format!("print({}1)", " ".repeat(10_000_000))),
        String::new(),
    ];
    on_big_stack(|| texts.iter().for_each(|text| must_pass(text)));
}

#[test]
fn nesting_that_is_allowed_is_checked() {
    const N: usize = 900;
    let nested = |open: &str, inner: &str, close: &str| {
        let text = [&open.repeat(N), inner, &close.repeat(N)].concat();
        must_pass(&format!(
            "fn f(x: int) -> int {{ x }}\nfn main() {{\nlet a = true\n{text}\n}}\n"
        ));
    };
    on_big_stack(|| {
        nested("if a { ", "print(1)", " }");
        nested("match 1 { 1 => ", "print(1)", ", _ => print(2) }");
        nested("for _ in 0..1 { ", "print(1)", " }");
        nested("while a { ", "print(1)", " }");
        nested("{ ", "print(1)", " }");
        must_pass(&format!(
            "fn f(x: int) -> int {{ x }}\nfn main() {{ print({}1{}) }}\n",
            "f(".repeat(N),
            ")".repeat(N)
        ));
    });
}
