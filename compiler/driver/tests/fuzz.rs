//! `cowl fuzz` itself: programs of two thousand seeds agree on every engine and exercise what they
//! are made for; a difference is found and reduced; wrong command lines are refused.

use serde_json::Value;
use std::process::{Command, Output};

const COWL: &str = env!("CARGO_BIN_EXE_cowl");

fn fuzz(args: &[&str]) -> Output {
    let mut command = Command::new(COWL);
    command.arg("fuzz").args(args);
    command.output().expect("cowl runs")
}

/// The records that were written, the last of which is the summary.
fn records(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}")))
        .collect()
}

#[test]
fn programs_agree_and_share() {
    let output = fuzz(&["--seeds", "0..2000", "--format", "json", "--aot-every", "40"]);
    let records = records(&output);
    let (summary, findings) = records.split_last().expect("a summary");
    let shown: Vec<String> = findings
        .iter()
        .map(|f| format!("{}\n{}", f["detail"], f["program"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(output.status.code(), Some(0), "{}\n{summary}", shown.join("\n"));
    assert_eq!(summary["programs"], 2000);
    assert_eq!(summary["rejected"], 0);
    let percent = |name: &str| summary[name].as_f64().expect(name) / 20.0;
    // What the programs are biased to (per cent of programs).
    for (name, least) in [
        ("in_place", 40.0),
        ("copied", 25.0),
        ("both", 50.0),
        ("alone_again", 15.0),
        ("collected_cycles", 10.0),
        ("weak_some", 5.0),
        ("weak_none", 5.0),
        ("early_exits", 15.0),
        ("changing_callbacks", 3.0),
        ("grew_in_place", 10.0),
    ] {
        assert!(percent(name) >= least, "{name}: {} %, not {least}", percent(name));
    }
    assert!(percent("out_of_steps") < 0.5, "{summary}");
    assert!((1.0..12.0).contains(&percent("panicked")), "{summary}");
}

#[test]
fn wrong_ranges_are_refused() {
    for args in [
        ["--seeds", "5..5"],
        ["--seeds", "7..5"],
        ["--seeds", "all"],
        ["--shard", "4/4"],
        ["--batch", "0"],
    ] {
        assert_eq!(fuzz(&args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_seed_can_be_printed() {
    let output = fuzz(&["--print", "7"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).contains("pub fn main()"));
}
