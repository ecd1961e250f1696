//! Every operation of numbers at the boundaries of its type, against a model, on every engine.
//!
//! `BOUNDARIES=all cargo test -p cowl --test boundary` runs every pair that panics, and executables;
//! without it, one pair of 40 and each reason once, no executables and no operations of two literals.

use dualexec::boundary::{Options, run};

#[test]
fn every_engine_does_what_the_model_says() {
    let all = std::env::var("BOUNDARIES").is_ok_and(|v| v == "all");
    let outcome = run(&Options {
        cowl: env!("CARGO_BIN_EXE_cowl").into(),
        every: if all { 1 } else { 40 },
        whole: all,
        only: None,
    })
    .expect("cowl runs");
    assert!(
        outcome.findings.is_empty(),
        "{}",
        outcome.findings.join("\n")
    );
    println!("{} values, {} panics", outcome.values, outcome.panics);
    assert!(outcome.values > 100_000, "{}", outcome.values);
    assert!(outcome.panics > 1000, "{}", outcome.panics);
}
