//! A plain build has nothing of the planted faults: no names, no command, no eye for the environment.

use std::process::Command;

const COWL: &str = env!("CARGO_BIN_EXE_cowl");

#[test]
fn no_fault_is_in_the_executable() {
    let bytes = std::fs::read(COWL).expect("it is there");
    for word in [
        "COWL_PLANTED",
        "COWL_ALLOCATIONS",
        "own-move-early",
        "list-sole-assumed",
    ] {
        let found = bytes.windows(word.len()).any(|w| w == word.as_bytes());
        assert!(!found, "{word}");
    }
}

#[test]
fn the_environment_plants_nothing() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("p.cowl");
    let text =
        "fn main() {\n    let a = [1]\n    var b = a\n    b.push!(2)\n    print(\"{a} {b}\")\n}\n";
    std::fs::write(&path, text).expect("it is ours");
    for engine in ["interp", "jit"] {
        let output = Command::new(COWL)
            .args(["run", "--engine", engine])
            .arg(&path)
            .env("COWL_PLANTED", "list-sole-assumed")
            .env("COWL_ALLOCATIONS", "0")
            .output()
            .expect("cowl runs");
        assert_eq!(output.stdout, b"[1] [1, 2]\n", "{engine}");
    }
    let output = Command::new(COWL)
        .arg("planted")
        .output()
        .expect("cowl runs");
    assert_eq!(output.status.code(), Some(2));
}
