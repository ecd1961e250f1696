//! Limits end a program at the same place on every engine.

use std::fmt::Display;
use std::path::Path;
use std::process::{Command, Output, Stdio};

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
    command.args(args).arg(path).stdin(Stdio::piped());
    // Its input stays open and empty until it has ended.
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cowl runs");
    let stdin = child.stdin.take();
    let output = child.wait_with_output().expect("cowl ends");
    drop(stdin);
    output
}

/// Runs with `--OPTION=N` on all engines, which must do the same; gives the status and both streams.
fn everywhere(option: &str, n: impl Display, path: &Path) -> (Option<i32>, String, String) {
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

const FOREVER: [(&str, &str, &str, &str); 5] = [
    ("timeout", "0.3", "0.3", "var n = 0\nloop { n = n +% 1 }"),
    ("timeout", "0.3", "0.3", "print(io.read_line())"),
    (
        "max-memory",
        "32M",
        "33554432",
        "var xs: List<List<int>> = []\nloop { xs.push!([1, 2, 3]) }",
    ),
    (
        "max-memory",
        "32M",
        "33554432",
        "var s = \"0123456789\"\nloop { s += s }",
    ),
    (
        "max-memory",
        "33000K",
        "33792000",
        "print(Array.filled(1_000_000_000, 7).len())",
    ),
];

#[test]
fn time_and_memory_end_on_every_engine() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("p.cowl");
    for (option, asked, shown, body) in FOREVER {
        let text = format!("use std.io\n\nfn main() {{\nio.write(\"begin\")\n{body}\n}}\n");
        std::fs::write(&path, text).expect("it is ours");
        let (status, out, err) = everywhere(option, asked, &path);
        let line = format!("limit: {option} {shown} reached\n");
        assert_eq!((status, &*out, err), (Some(102), "begin", line), "{body}");
    }
    std::fs::write(&path, PROGRAM).expect("it is ours");
    for (option, enough) in [("timeout", "1e3"), ("max-memory", "1G")] {
        let (status, out, err) = everywhere(option, enough, &path);
        assert_eq!((status, &*err), (Some(0), ""));
        assert!(out.ends_with("end\n"), "{out}");
    }
    for wrong in [
        "--timeout=0",
        "--timeout=-1",
        "--timeout=soon",
        "--max-memory=3T",
        "--max-memory=",
    ] {
        assert_eq!(run("jit", wrong, &path).status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn tests_and_executables_have_limits() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("p.cowl");
    let text = "fn main() { loop {} }\n\ntest \"t\" { loop {} }\n";
    std::fs::write(&path, text).expect("it is ours");
    let exe = dir.path().join("p");
    let cowl = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cowl"));
        command.args(args).arg(&path).output().expect("cowl runs")
    };
    let tested = cowl(&["test", "--max-steps=1000"]);
    let said = String::from_utf8_lossy(&tested.stdout);
    assert_eq!(tested.status.code(), Some(1), "{said}");
    assert!(said.contains("limit: max-steps 1000 reached"), "{said}");
    let to = exe.to_str().expect("a plain name");
    let built = cowl(&["build", "--timeout=0.2", "--max-memory=1G", "-o", to]);
    assert!(built.status.success(), "{built:?}");
    let ran = Command::new(&exe).output().expect("it runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(
        (ran.status.code(), &*said),
        (Some(102), "limit: timeout 0.2 reached\n")
    );
}
