//! Files and folders that are not what a compiler hopes for: each gets a clear message and status 1,
//! in bounded time and memory. All are made here.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const HELLO: &str = "fn main() { print(1) }\n";

fn cowl(args: &[&str], path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowl"));
    command.args(args).arg(path).output().expect("cowl runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(dir: &TempDir, name: &str, text: impl AsRef<[u8]>) {
    std::fs::write(dir.path().join(name), text).expect("it is ours");
}

/// What `cowl check` says of a program whose main file has this text.
fn checked(text: impl AsRef<[u8]>) -> (Option<i32>, String) {
    let dir = folder();
    write(&dir, "main.cowl", text);
    let done = cowl(&["check"], &dir.path().join("main.cowl"));
    (done.status.code(), said(&done))
}

#[test]
fn what_text_may_be() {
    // Line ends of two characters, a mark of byte order, an empty file.
    for text in [
        "",
        "\u{feff}fn main() {\r\n    print(1)\r\n}\r\n",
        "\n\n",
        "// only\n",
    ] {
        assert_eq!(checked(text), (Some(0), String::new()), "{text:?}");
    }
    for (text, words) in [
        (&b"fn main() { print(\"\xff\") }\n"[..], "error[E0013]"),
        (b"\xff\xfef\0n\0", "error[E0013]"),
        (b"fn main() { \0 }\n", "error[E0014]: the character U+0000"),
        (
            b"fn main() {\r print(1) }\x1b[31m",
            "error[E0014]: the character U+001B",
        ),
    ] {
        let (status, shown) = checked(text);
        assert_eq!(status, Some(1), "{shown}");
        assert!(shown.contains(words), "{shown}");
        assert!(!shown.contains(['\0', '\u{1b}']), "{shown}");
    }
}

#[test]
fn names_are_compared_in_normal_form() {
    let text = "fn main() {\n    let caf\u{e9} = 1\n    print(cafe\u{301})\n}\n";
    assert_eq!(checked(text), (Some(0), String::new()));
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let dir = folder();
    let path = dir.path().join("main.cowl");
    let file = std::fs::File::create(&path).expect("it is ours");
    file.set_len(1 << 40).expect("a file with a hole");
    let done = cowl(&["check"], &path);
    assert_eq!(done.status.code(), Some(1));
    assert!(said(&done).contains("error[E0034]"), "{}", said(&done));
}

#[test]
fn imports_stay_inside_the_folder() {
    let dir = folder();
    let outside = folder();
    write(&outside, "secret.cowl", "pub let KEY = 1\n");
    write(&dir, "Upper.cowl", "pub let KEY = 1\n");
    write(&dir, "latin.cowl", b"// caf\xe9\n");
    write(&dir, "hidden.cowl", "pub let KEY = 1\n");
    write(&dir, "ring.cowl", "use ring2\npub let KEY = ring2.KEY\n");
    write(&dir, "ring2.cowl", "use ring\npub let KEY = ring.KEY\n");
    std::fs::create_dir(dir.path().join("folder.cowl")).expect("it is ours");
    let at = |name: &str| dir.path().join(name);
    symlink(outside.path(), at("away")).expect("it is ours");
    symlink("/dev/zero", at("zero.cowl")).expect("it is ours");
    symlink("again.cowl", at("again.cowl")).expect("it is ours");
    let made = Command::new("mkfifo").arg(at("pipe.cowl")).status();
    assert!(made.expect("mkfifo runs").success());
    for (import, code) in [
        ("absent", "E0103"),
        ("away.secret { KEY }", "E0104"),
        ("upper", "E0104"),
        ("folder", "E0104"),
        ("pipe", "E0104"),
        ("zero", "E0104"),
        ("again", "E0104"),
        ("latin", "E0104"),
        ("ring", "E0601"),
        ("..secret", "E0001"),
        ("/etc/passwd", "E0001"),
        ("\"secret\"", "E0001"),
    ] {
        write(&dir, "main.cowl", format!("use {import}\nfn main() {{}}\n"));
        let done = cowl(&["check"], &at("main.cowl"));
        assert_eq!(done.status.code(), Some(1), "{import}: {}", said(&done));
        let wanted = format!("error[{code}]");
        assert!(said(&done).contains(&wanted), "{import}: {}", said(&done));
    }
}

#[test]
fn what_may_not_be_read_is_said() {
    let dir = folder();
    write(&dir, "main.cowl", HELLO);
    let path = dir.path().join("main.cowl");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).expect("it is ours");
    // The superuser may read everything.
    if std::fs::read(&path).is_ok() {
        return;
    }
    let done = cowl(&["check"], &path);
    assert_eq!(done.status.code(), Some(1));
    assert!(said(&done).contains("error[E0104]"), "{}", said(&done));
}

/// `cowl build` in surroundings that do not let it; nothing may be left behind.
fn build_fails(set: impl FnOnce(&mut Command), out: &Path) -> String {
    let dir = folder();
    write(&dir, "main.cowl", HELLO);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowl"));
    command.arg("build").arg(dir.path().join("main.cowl"));
    command.arg("-o").arg(out);
    set(&mut command);
    let done = command.output().expect("cowl runs");
    assert_eq!(done.status.code(), Some(1), "{}", said(&done));
    said(&done)
}

#[test]
fn a_build_that_cannot_be_says_why() {
    let dir = folder();
    let out = dir.path().join("program");
    let bin = folder();
    write(&bin, "cc", "#!/bin/sh\necho no room for it >&2\nexit 1\n");
    let cc = bin.path().join("cc");
    std::fs::set_permissions(&cc, PermissionsExt::from_mode(0o755)).expect("it is ours");
    let set = |c: &mut Command| {
        c.env("PATH", bin.path());
    };
    let shown = build_fails(set, &out);
    assert!(shown.contains("could not link the program"), "{shown}");
    assert!(shown.contains("no room for it"), "{shown}");
    let shown = build_fails(|_| (), Path::new("/proc/program"));
    assert!(shown.contains("cannot write `/proc/program`"), "{shown}");
    let shown = build_fails(|_| (), &dir.path().join("absent/program"));
    assert!(shown.contains("cannot write"), "{shown}");
    let left = std::fs::read_dir(dir.path()).expect("it is there").count();
    assert_eq!(left, 0);
}

#[test]
fn a_program_that_cannot_print_says_why() {
    let dir = folder();
    write(&dir, "main.cowl", HELLO);
    for engine in ["interp", "eager", "jit", "aot"] {
        let full = std::fs::File::create("/dev/full").expect("Linux has one");
        let mut command = Command::new(env!("CARGO_BIN_EXE_cowl"));
        command.args(["run", "--engine", engine]);
        command.arg(dir.path().join("main.cowl")).stdout(full);
        let done = command.output().expect("cowl runs");
        assert_eq!(done.status.code(), Some(1), "{engine}: {}", said(&done));
        assert!(
            said(&done).contains("No space left"),
            "{engine}: {}",
            said(&done)
        );
    }
}
