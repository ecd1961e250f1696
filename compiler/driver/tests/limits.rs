//! Limits end a program at the same place on every engine.

use std::path::Path;
use std::process::{Command, Output};

const PROGRAM: &str = "\
fn down(n: int) -> int {
    if n == 0 { return 0 }
    down(n - 1) + 1
}

fn main() {
    print(\"begin\")
    print(down(9))
    for i in 0..5 { print([i].map(|x| x + 1)) }
    var n = 3
    while n > 0 { n -= 1 }
    for x in [1, 2] { print(x) }
    print(\"end\")
}
";

const ENGINES: [&str; 4] = ["interp", "eager", "jit", "aot"];

fn run(engine: &str, limit: &str, path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowl"));
    let args = ["run", "--engine", engine, limit];
    command.args(args).arg(path).output().expect("cowl runs")
}

/// Runs with `--OPTION=N` on all engines, which must do the same; gives the status and both streams.
fn everywhere(option: &str, n: u64, path: &Path) -> (Option<i32>, String, String) {
    let limit = format!("--{option}={n}");
    let all = ENGINES.map(|engine| {
        let done = run(engine, &limit, path);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (done.status.code(), text(&done.stdout), text(&done.stderr))
    });
    for (engine, other) in ENGINES.iter().zip(&all) {
        assert_eq!(other, &all[0], "{limit}: {engine} and {}", ENGINES[0]);
    }
    let [first, ..] = all;
    first
}

#[test]
fn every_engine_counts_the_same() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("p.cowl");
    std::fs::write(&path, PROGRAM).expect("it is ours");
    // `main`, ten calls of `down`, five turns with a call of the closure each, four turns of
    // `while` (the last finds the end), two of the last loop.
    for n in [1, 10, 11, 12, 16, 21, 22, 25, 26] {
        let (status, _, err) = everywhere("max-steps", n, &path);
        assert_eq!(
            (status, err),
            (Some(102), format!("limit: max-steps {n} reached\n"))
        );
    }
    let (status, out, err) = everywhere("max-steps", 27, &path);
    assert_eq!((status, &*err), (Some(0), ""));
    assert!(out.ends_with("end\n"), "{out}");
    for n in [1, 10] {
        let (status, out, err) = everywhere("max-depth", n, &path);
        assert_eq!((status, &*out), (Some(101), "begin\n"));
        assert!(
            err.starts_with("panic: stack overflow\n  at p.cowl:"),
            "{err}"
        );
    }
    assert_eq!(everywhere("max-depth", 11, &path).0, Some(0));
}
