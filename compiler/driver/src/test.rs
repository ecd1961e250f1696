//! `cowl test`: runs `test` blocks, each in a process of its own, and checks their budgets.
//!
//! Takes files; prints a line per test, what failed tests wrote, and a summary. A budget is
//! checked against the ledger of the test's run: all `copied` events at places of the user.

use crate::cli::{Color, Engine, Format, TestArgs};
use crate::copies;
use crate::diagnostics::{self, DataTo};
use crate::engines::{self, Job};
use crate::fault;
use crate::program::load;
use cowl_contract::ledger::Ledger;
use cowl_contract::outcome::status;
use cowl_frontend::compile::Goal;
use cowl_frontend::entry::start_with_test;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A test of a file, and how its run ended.
struct Case {
    file: PathBuf,
    name: String,
    index: usize,
    /// `(at_most, count)`
    copies: Option<(bool, u64)>,
}

pub fn test(args: TestArgs) -> i32 {
    if let Err(e) = engines::has_mode(engine(&args), args.memory) {
        fault::error(e);
        return status::USAGE;
    }
    if let (Some(only), [file]) = (args.only, &args.files[..]) {
        return run_one(file, only, &args);
    }
    let mut cases = Vec::new();
    let mut broken = false;
    for file in &args.files {
        match cases_of(file, &args) {
            Ok(mut found) => cases.append(&mut found),
            Err(_) => broken = true,
        }
    }
    let failed = run_all(&cases, &args);
    match failed > 0 || broken {
        true => status::FAILED,
        false => status::OK,
    }
}

/// Compiles a file for the list of its tests; its problems are shown here, once.
fn cases_of(file: &Path, args: &TestArgs) -> Result<Vec<Case>, i32> {
    let compiled = load(file, Goal::Tests, args.output, DataTo::Stdout)?;
    compiled.times.report(args.output);
    let wanted = |name: &str| args.filter.as_deref().is_none_or(|f| name.contains(f));
    let tests = compiled.program.tests.iter().enumerate();
    Ok(tests
        .filter(|(_, t)| wanted(&t.name))
        .map(|(index, t)| Case {
            file: file.to_path_buf(),
            name: t.name.to_string(),
            index,
            copies: t.copies,
        })
        .collect())
}

fn engine(args: &TestArgs) -> Engine {
    Engine::or_default(args.engine, args.copies.to.is_some())
}

/// The child: one test becomes the program's entry.
fn run_one(file: &Path, only: usize, args: &TestArgs) -> i32 {
    let mut compiled = match load(file, Goal::Tests, args.output, DataTo::Stderr) {
        Ok(compiled) => compiled,
        Err(status) => return status,
    };
    if only >= compiled.program.tests.len() {
        fault::error(format!("there is no test {only}"));
        return status::USAGE;
    }
    start_with_test(&mut compiled.program, only);
    let job = Job {
        program: &compiled.program,
        sources: &compiled.sources,
        args: &[],
        ledger: args.ledger.as_deref(),
        memory: args.memory,
        copies: args.copies.to.as_deref(),
        output: args.output,
        limits: args.limits,
    };
    engines::run(engine(args), job)
}

/// Runs all tests, several at a time, prints them in order; gives how many failed.
fn run_all(cases: &[Case], args: &TestArgs) -> usize {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..workers.min(cases.len()) {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(i) else { break };
                    let result = run_case(case, args);
                    let mut results = results.lock().unwrap_or_else(|e| e.into_inner());
                    results.push((i, result));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(|e| e.into_inner());
    results.sort_by_key(|(i, _)| *i);
    let mut failed = 0;
    let (mut text, mut reports, mut leaks) = (String::new(), String::new(), String::new());
    for (i, ran) in &results {
        failed += usize::from(ran.result.is_err());
        text += &line(&cases[*i], &ran.result, args.output.format);
        reports += &titled(&cases[*i], &ran.copies, args.output.format);
        leaks += &titled(&cases[*i], &ran.leaks, args.output.format);
    }
    let passed = cases.len() - failed;
    text += &match args.output.format {
        Format::Text => format!("{passed} passed, {failed} failed\n"),
        Format::Json => format!("{}\n", json!({ "passed": passed, "failed": failed })),
    };
    fault::print(&text);
    if let Err(e) = copies::deliver(&leaks, Path::new(copies::TO_STDERR)) {
        fault::error(e);
    }
    if let Some(to) = &args.copies.to
        && let Err(e) = copies::deliver(&reports, to)
    {
        fault::error(e);
        return failed + 1;
    }
    failed
}

/// How a test ended.
struct Ran {
    result: Result<(), String>,
    /// The report of its copies, where one is asked for.
    copies: String,
    /// The report of its leaks, likewise.
    leaks: String,
}

/// A test's report under its name.
fn titled(case: &Case, report: &str, format: Format) -> String {
    match format {
        _ if report.is_empty() => String::new(),
        Format::Text => format!("test \"{}\": {report}\n", case.name),
        Format::Json => {
            let test = json!({ "test": case.name, "file": case.file.display().to_string() });
            format!("{test}\n{report}")
        }
    }
}

fn line(case: &Case, result: &Result<(), String>, format: Format) -> String {
    if format == Format::Json {
        let record = json!({
            "test": case.name,
            "file": case.file.display().to_string(),
            "passed": result.is_ok(),
            "why": result.as_ref().err(),
        });
        return format!("{record}\n");
    }
    match result {
        Ok(()) => format!("ok      {}\n", case.name),
        Err(why) => {
            let why: String = why.lines().map(|l| format!("    {l}\n")).collect();
            format!("FAILED  {}\n{why}", case.name)
        }
    }
}

fn run_case(case: &Case, args: &TestArgs) -> Ran {
    let (mut copies, mut leaks) = (String::new(), String::new());
    let result = run_in(case, args, &mut copies, &mut leaks);
    Ran {
        result,
        copies,
        leaks,
    }
}

fn run_in(
    case: &Case,
    args: &TestArgs,
    copies: &mut String,
    leaks: &mut String,
) -> Result<(), String> {
    let dir = tempfile::tempdir().map_err(|e| format!("cannot make a temporary folder: {e}"))?;
    // The eager interpreter copies by design: budgets are not for it.
    let budget = case.copies.filter(|_| engine(args) != Engine::Eager);
    let ledger = budget.map(|_| dir.path().join("ledger"));
    let report = args.copies.to.as_ref().map(|_| dir.path().join("copies"));
    let output = spawn(case, args, ledger.as_deref(), report.as_deref())
        .map_err(|e| format!("cannot start the test: {e}"))?;
    if let Some(report) = report {
        // A limit of the machine leaves none.
        *copies = std::fs::read_to_string(report).unwrap_or_default();
    }
    if !output.status.success() {
        return Err(said(&output));
    }
    if args.memory.leaks {
        *leaks = leaks_of(&output.stderr, args.output.format);
    }
    match (budget, ledger) {
        (Some((at_most, copies)), Some(path)) => {
            let text = std::fs::read_to_string(&path).map_err(|e| format!("no ledger: {e}"))?;
            keeps_budget(&Ledger::parse(&text)?, at_most, copies)
        }
        _ => Ok(()),
    }
}

fn spawn(
    case: &Case,
    args: &TestArgs,
    ledger: Option<&Path>,
    copies: Option<&Path>,
) -> std::io::Result<Output> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["test", "--only"])
        .arg(case.index.to_string())
        .arg(format!("--engine={}", engine(args).name()));
    if let Some(ledger) = ledger {
        command.arg("--ledger").arg(ledger);
    }
    command.args(args.memory.args());
    command.args(args.limits.args());
    if (args.memory.leaks || copies.is_some()) && args.output.format == Format::Json {
        command.arg("--format=json");
    }
    let mut color = "never";
    if let Some(copies) = copies {
        let mut arg = std::ffi::OsString::from("--copies=");
        arg.push(copies);
        command.arg(arg);
        let to_stderr = args.copies.to.as_deref() == Some(Path::new(copies::TO_STDERR));
        let auto = args.output.color == Color::Auto && !to_stderr;
        if !auto && diagnostics::colored(args.output.color) {
            color = "always";
        }
    }
    command.arg(format!("--color={color}"));
    command.arg("--").arg(&case.file);
    command.stdin(std::process::Stdio::null()).output()
}

/// The report of leaks, which is the last that a test writes.
fn leaks_of(stderr: &[u8], format: Format) -> String {
    let begin = match format {
        Format::Text => "leaks: ",
        Format::Json => "{\"kind\":\"leaks\"",
    };
    let text = String::from_utf8_lossy(stderr);
    let at = match text.rfind(&format!("\n{begin}")) {
        Some(newline) => newline + 1,
        None => 0,
    };
    text[at..].to_string()
}

/// What a failed test wrote, and how it ended where that says more than a panic does.
fn said(output: &Output) -> String {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let ended = match output.status.code() {
        Some(status::PANIC) => String::new(),
        _ => format!("ended with {}\n", output.status),
    };
    format!("{stdout}{stderr}{ended}")
}

fn keeps_budget(ledger: &Ledger, at_most: bool, copies: u64) -> Result<(), String> {
    let copied = ledger.totals().copied;
    let kept = match at_most {
        true => copied <= copies,
        false => copied == copies,
    };
    if kept {
        return Ok(());
    }
    let sign = if at_most { "<= " } else { "" };
    let mut why = format!("copied {copied} times, but the test says `copies {sign}{copies}`\n");
    for (place, counts) in &ledger.places {
        for ((line, col), n) in &counts.copied {
            why += &format!("at {place}: {n} times, from {line}:{col} on\n");
        }
    }
    Err(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets() {
        let text = "m.cowl:1:2 copied 1:1 2\nobjects allocated 0 freed 0 collected 0 live 0\n";
        let ledger = Ledger::parse(text).expect("well formed");
        for (at_most, copies, kept) in [
            (false, 2, true),
            (false, 1, false),
            (false, 3, false),
            (true, 3, true),
            (true, 2, true),
            (true, 1, false),
        ] {
            assert_eq!(
                keeps_budget(&ledger, at_most, copies).is_ok(),
                kept,
                "{at_most} {copies}"
            );
        }
        let why = keeps_budget(&ledger, true, 1).expect_err("over budget");
        assert!(why.contains("`copies <= 1`") && why.contains("m.cowl:1:2: 2 times, from 1:1"));
    }
}
