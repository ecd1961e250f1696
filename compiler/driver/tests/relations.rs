//! Relations hold for a part of the specification and for generated programs, and one that does not
//! hold is seen.

use std::process::{Command, Output};

const COWL: &str = env!("CARGO_BIN_EXE_cowl");
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn cowl(args: &[&str]) -> Output {
    let mut command = Command::new(COWL);
    command.current_dir(ROOT).args(args);
    command.output().expect("cowl runs")
}

fn holds(args: &[&str]) {
    let output = cowl(args);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{args:?}\n{text}");
    assert!(text.contains("0 do not hold"), "{text}");
}

#[test]
fn they_hold_for_the_specification() {
    holds(&[
        "verify",
        "--relations=all",
        "spec/run/closures",
        "spec/run/in_place",
    ]);
}

#[test]
fn they_hold_for_generated_programs() {
    holds(&["fuzz", "--relations=all", "--seeds", "0..60"]);
}

#[test]
fn unknown_ones_are_refused() {
    let output = cowl(&["fuzz", "--relations=M1,M99"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no such relation"));
}
