//! `cowl fuzz` itself: programs of two thousand seeds agree on every engine and exercise what they
//! are made for; a difference is found and reduced; wrong command lines are refused.

use dualexec::batch::{Mode, Worker};
use dualexec::fuzz::{Case, run_alone, run_single};
use dualexec::generate::from_seed;
use dualexec::reduce::shrink;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

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
    let output = fuzz(&[
        "--seeds",
        "0..2000",
        "--format",
        "json",
        "--aot-every",
        "40",
        "--memory-every",
        "16",
    ]);
    let records = records(&output);
    let (summary, findings) = records.split_last().expect("a summary");
    let shown: Vec<String> = findings
        .iter()
        .map(|f| format!("{}\n{}", f["detail"], f["program"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}\n{summary}",
        shown.join("\n")
    );
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
        ("converted_errors", 5.0),
        ("asked_for_holders", 1.0),
    ] {
        assert!(
            percent(name) >= least,
            "{name}: {} %, not {least}",
            percent(name)
        );
    }
    // Some have a loop without an end.
    assert!((0.2..3.0).contains(&percent("out_of_steps")), "{summary}");
    assert!(
        summary["tests"].as_u64().is_some_and(|n| n > 0),
        "{summary}"
    );
    let rarest = summary["rarest_pair"][2].as_u64();
    assert!(rarest.is_some_and(|n| n > 0), "{summary}");
    assert!((1.0..12.0).contains(&percent("panicked")), "{summary}");
}

/// Faults that an engine could have, planted by pretending: a program fails if the engine would have
/// gone wrong on it. What is left must show nothing else.
#[test]
fn planted_faults_are_reduced() {
    type Fault = (&'static str, fn(&str, &str, &str) -> bool);
    let faults: [Fault; 3] = [
        (
            "a push on a shared list counts nothing",
            |text, _, ledger| {
                ledger.lines().any(|l| {
                    let mut words = l.split_whitespace();
                    let place = words.next().unwrap_or_default();
                    let line = place
                        .split(':')
                        .nth(1)
                        .and_then(|n| n.parse::<usize>().ok());
                    let line = line
                        .and_then(|n| text.lines().nth(n - 1))
                        .unwrap_or_default();
                    words.next() == Some("copied") && line.contains(".push!(")
                })
            },
        ),
        ("dead cycles stay", |_, _, ledger| {
            ledger.contains("objects") && !ledger.contains("collected 0")
        }),
        ("a weak reference outlives its object", |_, stdout, _| {
            stdout.lines().any(|l| l == "~w none")
        }),
    ];
    let mut worker = Worker::new(Path::new(COWL), Duration::from_secs(60));
    for (name, fails) in faults {
        let mut oracle = |files: &Vec<(String, String)>| {
            let (seen, _) = run_single(&mut worker, files, &[], &[Mode::Interp])?;
            Ok(seen.is_some_and(|seen| {
                let stdout = String::from_utf8_lossy(&seen.outcome.stdout).into_owned();
                let ledger = seen.outcome.ledger.map(|l| l.to_string());
                files.len() == 1 && fails(&files[0].1, &stdout, &ledger.unwrap_or_default())
            }))
        };
        let program = (0..500)
            .map(|seed| from_seed(seed, "p").files)
            .find(|files| oracle(files).expect("the worker works"))
            .expect("some program shows it");
        let start = Instant::now();
        let small = shrink(program, Duration::from_secs(60), &mut oracle).expect("no io error");
        let text = &small[0].1;
        let lines = text.lines().filter(|l| !l.is_empty()).count();
        assert!(
            lines <= 15,
            "{name}: {lines} lines after {:?}\n{text}",
            start.elapsed()
        );
    }
}

/// A program of one file.
fn main_of(text: &str) -> Vec<(String, String)> {
    vec![("main.cowl".to_string(), text.to_string())]
}

#[test]
fn eager_mode_has_nothing_to_say_once_it_copies_the_square() {
    let files = main_of(
        r#"
fn main() {
    var xs = [""]
    var kept = xs
    for _ in 0..20_000 {
        kept = xs
        xs.push!("a text that is longer than 23 bytes")
    }
    print(kept.len() + xs.len())
}
"#,
    );
    let mut worker = Worker::new(Path::new(COWL), Duration::from_secs(60));
    let alone = run_single(&mut worker, &files, &[], &[Mode::Eager]).expect("the worker works");
    assert!(alone.0.is_none(), "eager mode ran to its end: {alone:?}");
    let modes = [Mode::Interp, Mode::Eager];
    let (seen, found) = run_single(&mut worker, &files, &[], &modes).expect("the worker works");
    let seen = seen.expect("the interpreter ran");
    assert_eq!(String::from_utf8_lossy(&seen.outcome.stdout), "40001\n");
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn what_a_run_leaves_behind_is_freed_however_deep_it_is() {
    let files = main_of(
        r#"
enum Chain { end, link(Chain, string) }
struct Node { next: (*Node)?, at: int }

fn main() {
    var c = Chain.end
    var o: (*Node)? = none
    for i in 0..1_000_000 {
        c = .link(c, "a text that is longer than 23 bytes")
        o = new Node{ next: o, at: i }
    }
    let xs: List<int> = []
    print(xs[0])
    print("{c == c} {o == o}")
}
"#,
    );
    let case = Case {
        max_steps: u64::MAX,
        ..Case::new(&files, &[])
    };
    let mut worker = Worker::new(Path::new(COWL), Duration::from_secs(60));
    let modes = [Mode::Interp, Mode::Interp, Mode::JitQuick];
    let (seen, found) = run_alone(&mut worker, &case, &modes).expect("the worker works");
    assert!(seen.expect("the interpreter ran").outcome.panicked());
    assert!(found.is_empty(), "{found:?}");
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
