//! The command as people meet it: exit statuses, streams, what is said about wrong input.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn cowl(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowl"));
    command.args(args);
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("cowl runs")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("it ends by itself")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with one file.
fn file(text: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("p.cowl");
    std::fs::write(&path, text).expect("it is ours");
    (dir, path)
}

fn at(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_wrong_command_line_is_status_2() {
    for args in [
        &[][..],
        &["walk"],
        &["run"],
        &["run", "--engine=steam", "a.cowl"],
        &["run", "--no-such-option", "a.cowl"],
        &["check"],
        &["dump", "a.cowl"],
        &["verify"],
        &["build", "-"],
        &["build", "a.cowl", "-o", "a.cowl"],
        &["build", "a.cowl", "-o", "/"],
    ] {
        let done = output(&mut cowl(args));
        assert_eq!(status(&done), 2, "{args:?}: {}", stderr(&done));
        assert_eq!(stdout(&done), "", "{args:?}");
        assert!(!stderr(&done).is_empty(), "{args:?}");
    }
}

#[test]
fn help_is_no_error() {
    for args in [
        &["--help"][..],
        &["run", "--help"],
        &["test", "-h"],
        &["--version"],
    ] {
        let done = output(&mut cowl(args));
        assert_eq!(status(&done), 0, "{args:?}");
        assert!(stdout(&done).contains("cowl"), "{args:?}");
    }
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let (dir, latin) = file(b"// one\n// caf\xe9\n");
    let folder = dir.path().to_path_buf();
    let fifo = dir.path().join("fifo.cowl");
    let made = Command::new("mkfifo")
        .arg(&fifo)
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    let absent = dir.path().join("absent.cowl");
    for (path, words) in [
        (absent.as_path(), "there is no file"),
        (folder.as_path(), "is not a file"),
        (fifo.as_path(), "is not a file"),
        (Path::new("/dev/zero"), "is not a file"),
        (latin.as_path(), "is not UTF-8 text: see line 2, column 7"),
    ] {
        for command in [&["run"][..], &["check"], &["build", "-o", "out"], &["test"]] {
            let done = output(cowl(command).arg(path).current_dir(dir.path()));
            assert_eq!(status(&done), 1, "{command:?} {path:?}");
            assert!(
                stderr(&done).contains(words),
                "{command:?}: {}",
                stderr(&done)
            );
        }
    }
}

#[test]
fn unreadable_files_are_data_too() {
    let (_dir, latin) = file(b"// one\n// caf\xe9\n");
    let done = output(&mut cowl(&["check", "--format=json", at(&latin)]));
    let record: serde_json::Value = serde_json::from_str(&stdout(&done)).expect("one JSON line");
    assert_eq!(record["code"], "E0013");
    assert_eq!(record["file"], "p.cowl");
    assert_eq!((&record["line"], &record["col"]), (&2.into(), &7.into()));
}

#[test]
fn standard_input_is_a_program() {
    let mut child = cowl(&["check", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cowl runs");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(b"fn main() { (\n").expect("it reads");
    drop(stdin);
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(status(&done), 1);
    assert!(stderr(&done).contains("<stdin>:1:"), "{}", stderr(&done));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let (_dir, path) = file("fn main() { print(1) }\n");
    for args in [
        &["dump", "--emit=ast"][..],
        &["run", "--engine=interp"],
        &["run", "--engine=jit"],
        &["run", "--engine=aot"],
    ] {
        // The reader is gone before the writer begins.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let done = output(cowl(args).arg(&path).stdout(writer));
        assert_eq!(stderr(&done), "", "{args:?}");
        assert_eq!(status(&done), 141, "{args:?}");
    }
}

#[test]
fn a_full_disk_is_an_error() {
    let (_dir, path) = file("fn main() { print(1) }\n");
    let full = std::fs::File::create("/dev/full").expect("Linux has one");
    let done = output(cowl(&["dump", "--emit=ast", at(&path)]).stdout(full));
    assert_eq!(status(&done), 1);
    assert!(stderr(&done).contains("No space left"), "{}", stderr(&done));
}

#[test]
fn unknown_codes_are_said_to_be() {
    let done = output(&mut cowl(&["explain", "E9999"]));
    assert_eq!(status(&done), 1);
    assert!(stderr(&done).contains("E9999"));
}

#[test]
fn memory_modes_change_no_result() {
    let text = "struct N { next: *N? = none, n: int }\n\
        fn ring(n: int) { let a = new N{ n }\n a.next = new N{ next: a, n } }\n\
        fn main() { let kept = new N{ n: 7 }\n for i in 0..20 { ring(i) }\n print(kept.n) }\n";
    let (dir, path) = file(text);
    for flags in [
        &["--mm=rc"][..],
        &["--mm=trace"],
        &["--mm=audit"],
        &["--mm=audit", "--gc-stress"],
    ] {
        let exe = dir.path().join("p");
        let built = output(cowl(&["build", "-o", at(&exe)]).args(flags).arg(&path));
        assert_eq!(status(&built), 0, "{flags:?}: {}", stderr(&built));
        let jit = output(cowl(&["run"]).args(flags).arg(&path));
        for done in [output(&mut Command::new(&exe)), jit] {
            assert_eq!(status(&done), 0, "{flags:?}: {}", stderr(&done));
            assert_eq!(stdout(&done), "7\n", "{flags:?}");
        }
    }
    let interp = ["run", "--engine=interp"];
    let done = output(cowl(&interp).arg("--gc-stress").arg(&path));
    assert_eq!(stdout(&done), "7\n");
    let done = output(cowl(&interp).arg("--mm=trace").arg(&path));
    assert_eq!(status(&done), 2);
    assert!(stderr(&done).contains("--engine=jit"), "{}", stderr(&done));
}

#[test]
fn leaks_are_the_same_on_every_engine() {
    let (_dir, path) = file(
        "struct Node { next: *Node? = none }\n\
         fn ring() {\n    let a = new Node{}\n    a.next = new Node{ next: a }\n}\n\
         fn main() {\n    ring()\n    print(1)\n}\n",
    );
    let text = "leaks: 2 objects were held by dead cycles until the end\n  \
                1 Node made at p.cowl:3:13\n  1 Node made at p.cowl:4:14\n  a cycle:\n    \
                Node.next (p.cowl:3:13) ->\n    Node.next (p.cowl:4:14) ->\n    the first\n";
    let engines = [
        &["--engine=interp"][..],
        &["--engine=eager"],
        &["--engine=jit"],
        &["--engine=aot"],
        &["--mm=trace"],
        &["--mm=audit"],
    ];
    for engine in engines {
        let done = output(cowl(&["run", "--leaks"]).args(engine).arg(&path));
        assert_eq!(stderr(&done), text, "{engine:?}");
        assert_eq!(
            (status(&done), stdout(&done).as_str()),
            (0, "1\n"),
            "{engine:?}"
        );
        let json = ["run", "--leaks", "--format=json"];
        let done = output(cowl(&json).args(engine).arg(&path));
        let said = stderr(&done);
        assert!(
            said.starts_with("{\"kind\":\"leaks\",\"collected_at_end\":2,\"live\":0,"),
            "{engine:?}: {said}"
        );
    }
    let exe = path.with_extension("exe");
    let exe = exe.to_str().expect("UTF-8");
    for build in [&["--leaks"][..], &["--leaks", "--mm=audit", "--gc-stress"]] {
        let done = output(cowl(&["build", "-o", exe]).args(build).arg(&path));
        assert_eq!(status(&done), 0, "{}", stderr(&done));
        let done = output(&mut Command::new(exe));
        assert_eq!((stderr(&done), stdout(&done)), (text.into(), "1\n".into()));
    }
    let done = output(&mut cowl(&[
        "build",
        "--leaks",
        "--format=json",
        "-o",
        exe,
        at(&path),
    ]));
    assert_eq!(status(&done), 0, "{}", stderr(&done));
    let said = stderr(&output(&mut Command::new(exe)));
    assert!(said.starts_with("{\"kind\":\"leaks\","), "{said}");
    let (_dir, path) = file("fn main() { print(new 1) }\n");
    let done = output(&mut cowl(&["run", "--leaks", at(&path)]));
    assert_eq!(stderr(&done), "leaks: none\n");
}

#[test]
fn tests_tell_their_leaks_in_every_mode() {
    let (_dir, path) = file(
        "struct Node { next: *Node? = none }\n\
         test \"a ring\" {\n    eprint(\"leaks: mine\")\n    let a = new Node{}\n    a.next = a\n}\n\
         test \"a chain\" { _ = new Node{ next: new Node{} } }\n\
         test \"fails\" { panic(\"oh\") }\n",
    );
    let text = "test \"a ring\": leaks: 1 object was held by a dead cycle until the end\n  \
                1 Node made at p.cowl:4:13\n  a cycle:\n    Node.next (p.cowl:4:13) ->\n    \
                the first\n\ntest \"a chain\": leaks: none\n\n";
    for engine in [
        &["--engine=interp"][..],
        &["--engine=interp", "--gc-stress"],
        &["--engine=eager"],
        &["--engine=jit"],
        &["--engine=aot", "--mm=audit", "--gc-stress"],
        &["--mm=trace"],
        &["--mm=trace", "--gc-stress"],
        &["--mm=audit"],
    ] {
        let done = output(cowl(&["test", "--leaks"]).args(engine).arg(&path));
        assert_eq!(stderr(&done), text, "{engine:?}");
        assert!(
            stdout(&done).ends_with("2 passed, 1 failed\n"),
            "{engine:?}"
        );
        let done = output(
            cowl(&["test", "--leaks", "--format=json"])
                .args(engine)
                .arg(&path),
        );
        let said = stderr(&done);
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 4, "{engine:?}: {said}");
        assert!(lines[0].contains("a ring"), "{engine:?}: {said}");
        assert!(
            lines[1].contains("\"collected_at_end\":1"),
            "{engine:?}: {said}"
        );
        assert!(
            lines[3].contains("\"collected_at_end\":0"),
            "{engine:?}: {said}"
        );
    }
    let done = output(cowl(&["test", "--engine=interp", "--mm=trace"]).arg(&path));
    assert_eq!(status(&done), 2);
    assert!(stderr(&done).contains("--engine=jit"), "{}", stderr(&done));
}

/// A fault of ours says that it is one, asks for a report, and has a status of its own.
#[test]
fn our_own_faults_are_status_70() {
    let (_dir, path) = file("fn main() { print(1) }\n");
    for command in ["run", "check", "test", "build"] {
        let fault = |value: &str| {
            let mut asked = cowl(&[command, at(&path)]);
            output(asked.env("COWL_OWN_FAULT", value))
        };
        let done = fault("panic in cowl itself, for its own test");
        assert_eq!(status(&done), 70, "{command}");
        assert_eq!(stdout(&done), "", "{command}");
        let said = stderr(&done);
        for words in [
            "internal error: planted by a test",
            "not of your program",
            "Please report it",
            at(&path),
        ] {
            assert!(said.contains(words), "{command}: {said}");
        }
    }
    for value in ["", "1", "true", "panic"] {
        let mut asked = cowl(&["run", "--engine=interp", at(&path)]);
        let done = output(asked.env("COWL_OWN_FAULT", value));
        assert_eq!(
            (status(&done), stdout(&done)),
            (0, "1\n".into()),
            "{value:?}"
        );
    }
}
