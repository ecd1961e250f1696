//! The verifier around the real engines: a `cowl` that is spoiled in one thing must be caught.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

const PROGRAM: &str = "\
//! run
//! ledger: in_place=0 copied=1 moved=0
//! stdout:
//! [1, 2]
//! [1, 2, 3]
fn main() {
    let a = [1, 2]
    var b = a
    b.push!(3)
    print(a)
    print(b)
}
";

/// Passes everything on to `cowl`, then spoils one thing.
fn spoiled(dir: &Path, engine: &str, spoil: &str) {
    let cowl = env!("CARGO_BIN_EXE_cowl");
    let script = format!(
        r#"#!/bin/sh
case "$*" in
    "run "*"--engine={engine}"*) ;;
    *) exec '{cowl}' "$@" ;;
esac
ledger=$(echo "$*" | sed -n 's/.*--ledger \([^ ]*\).*/\1/p')
'{cowl}' "$@" > "$0.out" 2> "$0.err"
status=$?
{spoil}
cat "$0.out"; cat "$0.err" >&2
exit $status
"#
    );
    let path = dir.join("cowl");
    std::fs::write(&path, script).expect("it is ours");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
}

fn verify(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cowl"))
        .args(["verify", "--jobs=1"])
        .args(arguments)
        .arg(dir.join("p.cowl"))
        .output()
        .expect("cowl runs")
}

#[test]
fn spoiled_engines_are_caught() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("p.cowl"), PROGRAM).expect("it is ours");
    let agrees = verify(dir.path(), &[]);
    let said = String::from_utf8_lossy(&agrees.stdout).into_owned();
    assert_eq!(agrees.status.code(), Some(0), "{said}");
    assert!(
        said.contains("verify: 1 program, 7 engines, 0 differences"),
        "{said}"
    );

    for (engine, spoil, words) in [
        ("jit", r#"sed -i 's/3/4/' "$0.out""#, "stdout"),
        ("eager", r#"echo lost >> "$0.out""#, "stdout"),
        ("interp", r#"echo note >> "$0.err""#, "stderr"),
        ("jit", "status=3", "exit"),
        ("jit", "kill -SEGV $$", "killed by signal"),
        (
            "jit",
            r#"[ -z "$ledger" ] || sed -i 's/copied/in_place/; s/ [0-9]*:[0-9]* / /' "$ledger""#,
            "ledger",
        ),
        (
            "interp",
            r#"sed -i 's/live 0/live 1/' "$ledger""#,
            "still live",
        ),
        ("jit", r#"[ -z "$ledger" ] || rm "$ledger""#, "no ledger"),
    ] {
        spoiled(dir.path(), engine, spoil);
        let cowl = format!("--cowl={}", dir.path().join("cowl").display());
        let differs = verify(dir.path(), &[&cowl]);
        let said = String::from_utf8_lossy(&differs.stdout).into_owned();
        assert_eq!(differs.status.code(), Some(1), "{engine}: {spoil}: {said}");
        assert!(said.contains(words), "{engine}: {spoil}: {said}");
        assert!(said.contains(engine), "{engine}: {spoil}: {said}");
    }
}

#[test]
fn the_matrix_agrees_and_catches_a_spoiled_ledger() {
    let matrix = |dir: Option<&Path>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cowl"));
        command.args(["verify", "--jobs=1", "--matrix=1/400"]);
        if let Some(dir) = dir {
            command.arg("--cowl").arg(dir.join("cowl"));
        }
        let output = command.output().expect("cowl runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said)
    };
    let (status, said) = matrix(None);
    assert_eq!(status, Some(0), "{said}");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let spoil = r#"[ -n "$ledger" ] && sed -i '1s/[0-9]*$/77/' "$ledger""#;
    spoiled(dir.path(), "jit", spoil);
    let (status, said) = matrix(Some(dir.path()));
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("jit counting: ledger"), "{said}");
}
