//! Long chains and deep loops are programs like others, on every engine: 100,000 operators, `else if`s,
//! methods, arms and statements in one function each, 900 loops in each other.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const N: usize = 100_000;

fn chain(term: &str, operator: &str) -> String {
    let mut out = String::from(term);
    for _ in 1..N {
        out += operator;
        out += term;
    }
    out
}

/// The program, and what it prints.
fn program() -> (String, String) {
    let mut text = String::new();
    let mut expected = String::new();
    let mut function = |name: &str, body: &str, prints: &str| {
        _ = writeln!(text, "fn {name}() {{\n{body}\n}}\n");
        _ = writeln!(expected, "{prints}");
    };
    let sum = chain("x", " + ");
    let sum = format!("let x = 1\nprint({sum})");
    function("operators", &sum, "100000");
    let all = chain("x", " && ");
    let any = chain("!x", " || ");
    let truth = format!("let x = true\nif {all} {{\nprint({any})\n}}");
    function("truth", &truth, "false");
    let texts = format!("let x = \"a\"\nprint(({}).len())", chain("x", " + "));
    function("texts", &texts, "100000");
    let first = format!("let x: int? = none\nprint({} ?? 3)", chain("x", " ?? "));
    function("defaults", &first, "3");
    let pushes = format!("let x = 1\nprint([x]{}.len())", ".push(x)".repeat(N));
    function("methods", &pushes, "100001");
    let mut ifs = String::from("let x = 0\nif x == 1 { print(1) }");
    let mut arms = String::from("match 99_999 {\n");
    let mut statements = String::from("var x = 0\n");
    for i in 0..N {
        _ = write!(ifs, " else if x == {} {{ print({i}) }}", i + 2);
        _ = writeln!(arms, "{i} => print({i})");
        statements += "x = x + 1\n";
    }
    ifs += " else { print(\"end\") }";
    arms += "_ => print(\"none\")\n}";
    statements += "print(x)";
    function("ifs", &ifs, "end");
    function("arms", &arms, "99999");
    function("statements", &statements, "100000");
    let mut loops = String::from("var n = 0\n");
    for i in 0..900 {
        _ = write!(loops, "for i{i} in 0..1 {{ ");
    }
    _ = write!(loops, "n += 1 {}\nprint(n)", "}".repeat(900));
    function("loops", &loops, "1");
    text += "fn main() {\n    operators()\n    truth()\n    texts()\n    defaults()\n    methods()\n    ifs()\n    arms()\n    statements()\n    loops()\n}\n";
    (text, expected)
}

fn run(engine: &str, path: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowl"));
    let done = command.args(["run", "--engine", engine]).arg(path).output();
    let done = done.expect("cowl runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&done.stdout), text(&done.stderr));
    assert!(done.status.success(), "{engine}: {} {err}", done.status);
    out
}

#[test]
fn chains_of_a_hundred_thousand_run_on_every_engine() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("chains.cowl");
    let (text, expected) = program();
    std::fs::write(&path, text).expect("it is ours");
    for engine in ["interp", "eager", "jit", "aot"] {
        assert_eq!(run(engine, &path), expected, "{engine}");
    }
}
