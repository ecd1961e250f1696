//! Each command does what the help says: statuses, arguments, streams, dumps, tests, colours.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const ENGINES: [&str; 4] = ["interp", "eager", "jit", "aot"];

/// A folder with the program `p.cowl`.
struct Program {
    dir: TempDir,
}

impl Program {
    fn new(text: &str) -> Program {
        let dir = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(dir.path().join("p.cowl"), text).expect("it is ours");
        Program { dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("p.cowl")
    }

    /// `cowl WORDS… p.cowl REST…`
    fn cowl(&self, words: &[&str], rest: &[&str]) -> Done {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cowl"));
        command.args(words).arg(self.path()).args(rest);
        done(command.current_dir(self.dir.path()).env_remove("NO_COLOR"))
    }
}

struct Done {
    status: i32,
    stdout: String,
    stderr: String,
}

fn done(command: &mut Command) -> Done {
    finished(command.output().expect("cowl runs"))
}

fn finished(output: Output) -> Done {
    Done {
        status: output.status.code().expect("it ends by itself"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn every_engine_passes_arguments_and_the_status_on() {
    let program = Program::new(
        "fn main(args: List<string>) -> int {\n    print(args)\n    args.len() + 256\n}\n",
    );
    for engine in ENGINES {
        let engine = format!("--engine={engine}");
        let run = program.cowl(&["run", &engine], &["a", "--engine", "-x", ""]);
        assert_eq!(
            run.stdout, "[\"a\", \"--engine\", \"-x\", \"\"]\n",
            "{engine}"
        );
        assert_eq!(run.status, 4, "{engine}: {}", run.stderr);
    }
    assert_eq!(program.cowl(&["run"], &["b"]).status, 1);
}

#[test]
fn statuses_of_what_goes_wrong() {
    let cases = [
        (
            "fn main() { print([1][1]) }\n",
            101,
            "panic: index 1 out of range",
        ),
        ("fn main() ! Error { raise \"no\" }\n", 1, "error: no"),
        (
            "fn main() { loop {} }\n",
            102,
            "limit: max-steps 1000 reached",
        ),
        ("fn main() { print(x) }\n", 1, "E0230"),
        ("fn main() { exit(7) }\n", 7, ""),
    ];
    for (text, status, words) in cases {
        let program = Program::new(text);
        for engine in ["interp", "jit"] {
            let engine = format!("--engine={engine}");
            let run = program.cowl(&["run", &engine, "--max-steps=1000"], &[]);
            assert_eq!(run.status, status, "{text} {engine}: {}", run.stderr);
            assert!(
                run.stderr.contains(words),
                "{text} {engine}: {}",
                run.stderr
            );
        }
    }
}

#[test]
fn a_program_comes_from_standard_input() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cowl"))
        .args(["run", "-", "word"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cowl runs");
    let mut stdin = child.stdin.take().expect("piped");
    stdin
        .write_all(b"fn main(args: List<string>) { print(args) }\n")
        .expect("it reads");
    drop(stdin);
    let run = finished(child.wait_with_output().expect("it ends"));
    assert_eq!(
        (run.status, &*run.stdout),
        (0, "[\"word\"]\n"),
        "{}",
        run.stderr
    );
}

#[test]
fn an_executable_stands_alone() {
    let program = Program::new("fn main() -> int { print(\"hi\")\n 5 }\n");
    let built = program.cowl(&["build", "-o", "made"], &[]);
    assert_eq!(built.status, 0, "{}", built.stderr);
    let run = done(&mut Command::new(program.dir.path().join("made")));
    assert_eq!((run.status, &*run.stdout), (5, "hi\n"));
    let plain = program.cowl(&["build"], &[]);
    assert_eq!(plain.status, 0, "{}", plain.stderr);
    assert!(program.dir.path().join("p").is_file());
}

#[test]
fn check_says_everything_and_warns() {
    let program = Program::new(
        "fn f() { print(a)\n print(b) }\nfn main() {\n    let unused = 1\n    f()\n}\n",
    );
    let check = program.cowl(&["check", "--color=never"], &[]);
    assert_eq!(check.status, 1);
    for words in [
        "called `a`",
        "called `b`",
        "`unused` is never used",
        "2 errors, 1 warning",
    ] {
        assert!(check.stderr.contains(words), "{words}: {}", check.stderr);
    }
    let json = program.cowl(&["check", "--format=json"], &[]);
    assert_eq!(json.status, 1);
    let lines: Vec<serde_json::Value> = json
        .stdout
        .lines()
        .map(|l| serde_json::from_str(l).expect("one JSON object a line"))
        .collect();
    let codes: Vec<&str> = lines.iter().filter_map(|l| l["code"].as_str()).collect();
    assert_eq!(codes, ["E0230", "E0230", "W0001"]);
    assert_eq!(
        (&lines[0]["line"], &lines[0]["col"]),
        (&1.into(), &16.into())
    );
}

#[test]
fn colours_come_only_when_asked_for() {
    let program = Program::new("fn main() { print(x) }\n");
    let with = |when: &str| program.cowl(&["check", when], &[]).stderr.contains('\x1b');
    assert!(with("--color=always"));
    assert!(!with("--color=never"));
    assert!(!with("--color=auto"));
}

#[test]
fn dumps_of_every_stage_and_of_one_function() {
    let program =
        Program::new("fn twice(n: int) -> int { n * 2 }\nfn main() { print(twice(4)) }\n");
    for (stage, words) in [
        ("ast", "twice"),
        ("hir", "twice"),
        ("mir", "twice"),
        ("clif", "function"),
        ("asm", "ret"),
    ] {
        let emit = format!("--emit={stage}");
        let all = program.cowl(&["dump", &emit], &[]);
        assert_eq!(all.status, 0, "{stage}: {}", all.stderr);
        assert!(all.stdout.contains(words), "{stage}: {}", all.stdout);
        let one = program.cowl(&["dump", &emit, "--fn", "twice"], &[]);
        assert_eq!(one.status, 0, "{stage}: {}", one.stderr);
        assert!(
            !one.stdout.is_empty() && one.stdout.len() < all.stdout.len(),
            "{stage}"
        );
        assert_eq!(
            all.stdout,
            program.cowl(&["dump", &emit], &[]).stdout,
            "{stage}"
        );
    }
    let several = program.cowl(&["dump", "--emit=hir,ast", "--fn", "main"], &[]);
    assert_eq!(several.status, 0);
    let none = program.cowl(&["dump", "--emit=hir", "--fn", "nobody"], &[]);
    assert_eq!(none.status, 2, "{}", none.stdout);
    assert!(none.stderr.contains("nobody"), "{}", none.stderr);
}

#[test]
fn the_time_of_passes_goes_to_stderr() {
    let program = Program::new("fn main() { print(1) }\n");
    let run = program.cowl(&["run", "--time-passes"], &[]);
    assert_eq!(run.stdout, "1\n");
    assert!(
        run.stderr.contains("parse") && run.stderr.contains("total"),
        "{}",
        run.stderr
    );
}

#[test]
fn tests_run_with_their_budgets_and_code_of_doc_comments() {
    let text = "/// ```\n/// assert_eq(one(), 1)\n/// ```\nfn one() -> int { 1 }\n\
        test \"good\" { assert_eq(one(), 1) }\n\
        test \"bad\" { assert_eq(one(), 2) }\n\
        test \"copies\" copies 0 {\n    let a = [1]\n    var b = a\n    b.push!(2)\n    print(a)\n}\n";
    let program = Program::new(text);
    for engine in ["interp", "jit"] {
        let engine = format!("--engine={engine}");
        let tested = program.cowl(&["test", &engine], &[]);
        assert_eq!(tested.status, 1, "{}", tested.stderr);
        for words in [
            "ok      good",
            "ok      doc of one",
            "FAILED  bad",
            "FAILED  copies",
            "2 passed, 2 failed",
        ] {
            assert!(tested.stdout.contains(words), "{words}: {}", tested.stdout);
        }
        let some = program.cowl(&["test", &engine, "--filter=doc"], &[]);
        assert_eq!(some.status, 0, "{}", some.stdout);
        assert!(
            some.stdout.contains("1 passed, 0 failed"),
            "{}",
            some.stdout
        );
    }
}

#[test]
fn a_panic_in_a_doc_comment_stands_at_its_line() {
    let text = "/// Adds.\n///\n/// ```\n/// assert_eq(add(1, 2), 4)\n/// ```\n\
        fn add(a: int, b: int) -> int { a + b }\n";
    let tested = Program::new(text).cowl(&["test"], &[]);
    assert_eq!(tested.status, 1, "{}", tested.stdout);
    assert!(tested.stdout.contains("p.cowl:4:5"), "{}", tested.stdout);
}

#[test]
fn explain_has_a_page_for_a_code_and_a_list_of_all() {
    let cowl = |args: &[&str]| done(Command::new(env!("CARGO_BIN_EXE_cowl")).args(args));
    let page = cowl(&["explain", "E0301"]);
    assert_eq!(page.status, 0);
    assert!(
        page.stdout.contains("use of what was moved"),
        "{}",
        page.stdout
    );
    let list = cowl(&["explain"]);
    assert_eq!(list.status, 0);
    for code in ["E0001", "E0230", "W0006"] {
        assert!(list.stdout.contains(code), "{code}");
    }
}
