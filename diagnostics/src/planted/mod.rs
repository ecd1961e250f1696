//! `cowl planted`: shows that the tests notice faults. A build with the feature `planted-faults` can
//! have each of `contract::planted::ALL` on demand; the programs of `spec` and generated ones are
//! run with each, until one of them differs from what it must do.
//!
//! Takes the `cowl` that has the faults and the folder of programs; gives a table of who noticed
//! what, how, and after how long. A fault that nobody notices is a missing test. Each fault is
//! hunted by a process of its own, which has it from its environment, as all that it starts has.

pub mod allocations;
pub mod full;

use crate::boundary;
use crate::engine::{Base, Engine};
use crate::find::collect;
use crate::fuzz;
use crate::judge::Fault;
use crate::process::{self, Finished};
use crate::spec::{Kind, Program};
use crate::verify::{self, Format, Verdict, verify_program};
use cowl_contract::outcome::Ended;
use cowl_contract::planted::{ALL, Entry, VARIABLE};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
pub struct Options {
    /// The executable that has the faults: this one.
    pub cowl: PathBuf,
    /// The folder `spec`.
    pub spec: PathBuf,
    /// Only these faults, by name; else all.
    pub only: Vec<String>,
    /// Only the few that every change is tested with, each until somebody notices.
    pub canaries: bool,
    /// Faults that are hunted at a time.
    pub jobs: usize,
    /// Generated programs for each fault.
    pub generated: u64,
    /// Executables of crates' own tests, built with the faults, which are asked too.
    pub tests: Vec<PathBuf>,
}

/// A fault was noticed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Caught {
    /// Which oracle spoke.
    pub oracle: String,
    /// The program that made it speak.
    pub program: String,
    /// How many programs were run until then.
    pub programs: u64,
    pub millis: u64,
}

/// What a hunt found: by the programs of `spec`, by generated ones, and by crates' own tests.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    pub spec: Option<Caught>,
    pub generated: Option<Caught>,
    pub tests: Option<Caught>,
}

impl Found {
    fn somebody(&self) -> bool {
        self.spec.is_some() || self.generated.is_some() || self.tests.is_some()
    }
}

/// Whether a run ended and printed as its program's file says.
fn is_as_written(program: &Program, done: &Finished) -> bool {
    done.ended == Ended::Status(program.expected_exit()) && done.stdout == program.expected_stdout()
}

/// A program of one file that reads no others.
fn is_alone(program: &Program) -> bool {
    program.sources.is_empty() && program.files.is_none()
}

/// How long one run may take: a fault may make it endless.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a crate's own tests may take.
const TESTS_PATIENCE: Duration = Duration::from_secs(300);
/// How long one hunt may take.
const MOST: Duration = Duration::from_secs(1800);
/// Programs of a batch of generated ones.
const BATCH: u64 = 16;

/// Hunts every fault, each in a process; writes the table.
pub fn hunt_all(options: &Options, out: &mut (dyn Write + Send)) -> std::io::Result<Verdict> {
    let wanted = |entry: &&Entry| match options.only.is_empty() {
        true => !options.canaries || entry.canary,
        false => options.only.iter().any(|name| name == entry.name),
    };
    let entries: Vec<&Entry> = ALL.iter().filter(wanted).collect();
    let unknown = options
        .only
        .iter()
        .find(|name| ALL.iter().all(|entry| entry.name != **name));
    if let Some(name) = unknown {
        writeln!(out, "planted: there is no fault `{name}`")?;
        return Ok(Verdict::CannotRun);
    }
    let start = Instant::now();
    // Without a fault nobody may say that there is one.
    let control = hunt_in_child(None, options)?;
    if control.somebody() {
        writeln!(out, "planted: without a fault one was found: {control:?}")?;
        return Ok(Verdict::CannotRun);
    }
    writeln!(
        out,
        "{:<26} {:<12} {:<44} {:<44} own tests",
        "fault", "part", "programs of spec", "generated programs"
    )?;
    let next = AtomicUsize::new(0);
    let survivors = Mutex::new(Vec::new());
    let failed = Mutex::new(None);
    let writer = Mutex::new(&mut *out);
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                while let Some(entry) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = hunt_in_child(Some(entry), options).and_then(|found| {
                        if !found.somebody() {
                            survivors
                                .lock()
                                .unwrap_or_else(|e| e.into_inner())
                                .push(entry);
                        }
                        let mut out = writer.lock().unwrap_or_else(|e| e.into_inner());
                        row(entry, &found, options, &mut **out)
                    });
                    if let Err(e) = result {
                        *failed.lock().unwrap_or_else(|e| e.into_inner()) = Some(e);
                    }
                }
            });
        }
    });
    if let Some(e) = failed.into_inner().unwrap_or_else(|e| e.into_inner()) {
        return Err(e);
    }
    let survivors = survivors.into_inner().unwrap_or_else(|e| e.into_inner());
    for entry in &survivors {
        writeln!(out, "SURVIVES {}: {}", entry.name, entry.what)?;
    }
    writeln!(
        out,
        "planted: {} faults, {} noticed, {} survive, {:.1} s",
        entries.len(),
        entries.len() - survivors.len(),
        survivors.len(),
        start.elapsed().as_secs_f64()
    )?;
    Ok(match survivors.is_empty() {
        true if entries.is_empty() => Verdict::CannotRun,
        true => Verdict::Agree,
        false => Verdict::Differ,
    })
}

fn row(
    entry: &Entry,
    found: &Found,
    options: &Options,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let told = |caught: &Option<Caught>, asked: bool| match caught {
        Some(c) => {
            let seconds = c.millis as f64 / 1000.0;
            format!(
                "{} by {}, no. {}, {seconds:.1} s",
                c.oracle, c.program, c.programs
            )
        }
        None if asked => "nobody".to_string(),
        None => "not asked".to_string(),
    };
    let generated = !options.canaries || found.spec.is_none();
    writeln!(
        out,
        "{:<26} {:<12} {:<44} {:<44} {}",
        entry.name,
        entry.part,
        told(&found.spec, true),
        told(&found.generated, generated),
        told(&found.tests, !options.tests.is_empty())
    )?;
    out.flush()
}

fn hunt_in_child(entry: Option<&Entry>, options: &Options) -> std::io::Result<Found> {
    let mut command = Command::new(&options.cowl);
    command.arg("planted").arg("--hunt");
    command.arg(format!("--generated={}", options.generated));
    command.arg("--spec").arg(&options.spec);
    if options.canaries {
        command.arg("--canaries");
    }
    for tests in &options.tests {
        command.arg("--tests").arg(tests);
    }
    match entry {
        Some(entry) => command.arg(entry.name).env(VARIABLE, entry.name),
        None => command.env_remove(VARIABLE),
    };
    let done = process::run(&mut command, b"", MOST)?;
    let text = String::from_utf8_lossy(&done.stdout);
    if done.ended == Ended::Status(0)
        && let Ok(found) = serde_json::from_str(text.trim())
    {
        return Ok(found);
    }
    let name = entry.map_or("without a fault", |entry| entry.name);
    let stderr = String::from_utf8_lossy(&done.stderr);
    let why = format!(
        "the hunt {name} ended with {}\n{text}\n{stderr}",
        done.ended
    );
    Err(std::io::Error::other(why))
}

/// What the process does that has the fault.
pub fn hunt(options: &Options) -> std::io::Result<Found> {
    let entry = ALL
        .iter()
        .find(|entry| options.only.contains(&entry.name.to_string()));
    let mut found = Found {
        spec: in_spec(entry, options),
        ..Found::default()
    };
    if !options.canaries || found.spec.is_none() {
        found.generated = in_generated(entry, options)?;
    }
    found.tests = in_tests(options)?;
    Ok(found)
}

/// The first of the executables whose tests fail, and one that does.
fn in_tests(options: &Options) -> std::io::Result<Option<Caught>> {
    let start = Instant::now();
    for (programs, tests) in (1..).zip(&options.tests) {
        // Away from their sources: a history that a fault on purpose has broken is none to keep.
        let mut command = Command::new(std::fs::canonicalize(tests)?);
        command.current_dir(std::env::temp_dir());
        let done = process::run(&mut command, b"", TESTS_PATIENCE)?;
        if done.ended == Ended::Status(0) {
            continue;
        }
        let text = String::from_utf8_lossy(&done.stdout);
        let failed = text.lines().find_map(|l| l.strip_suffix(" ... FAILED"));
        return Ok(Some(Caught {
            oracle: if failed.is_some() { "test" } else { "crash" }.to_string(),
            program: failed.unwrap_or("tests").replace("test ", ""),
            programs,
            millis: start.elapsed().as_millis() as u64,
        }));
    }
    Ok(None)
}

/// The programs of the fault's folders, then all others; without a fault, a few.
fn in_spec(entry: Option<&Entry>, options: &Options) -> Option<Caught> {
    let start = Instant::now();
    let mut folders: Vec<PathBuf> = match entry {
        Some(entry) => entry
            .programs
            .iter()
            .map(|p| options.spec.join(p))
            .collect(),
        None => vec![options.spec.join("mir")],
    };
    if entry.is_some() {
        let rest = ["run", "panic", "regress", "reject"];
        folders.extend(rest.iter().map(|p| options.spec.join(p)));
    }
    if entry.is_some_and(|entry| ["codegen", "interpreter"].contains(&entry.part)) {
        // Cheaper than any program, and the most likely to notice.
        if let Some(caught) = at_boundaries(options, start) {
            return Some(caught);
        }
    }
    let usual = verify::Options::new(options.cowl.clone());
    let verify = verify::Options {
        timeout: PATIENCE,
        // Executables are the same code as the JIT's, at the price of a link each.
        engines: Engine::USUAL
            .into_iter()
            .filter(|e| e.base != Base::Aot)
            .collect(),
        ..usual
    };
    let mut seen = std::collections::BTreeSet::new();
    for folder in folders {
        for program in collect(&[folder]).programs {
            if program.kind == Kind::Module || !seen.insert(program.name.clone()) {
                continue;
            }
            let report = verify_program(&program, &verify);
            if let Some(fault) = report.faults.first() {
                return Some(Caught {
                    oracle: oracle(fault).to_string(),
                    program: short(&program.name, &options.spec),
                    programs: seen.len() as u64,
                    millis: start.elapsed().as_millis() as u64,
                });
            }
        }
    }
    None
}

/// Operations of numbers at their boundaries.
fn at_boundaries(options: &Options, start: Instant) -> Option<Caught> {
    let found = boundary::run(&boundary::Options {
        cowl: options.cowl.clone(),
        every: 40,
        whole: false,
        only: None,
    });
    let (oracle, program) = match found {
        Ok(outcome) if outcome.findings.is_empty() => return None,
        Ok(outcome) => {
            let first = outcome.findings[0].lines().next().unwrap_or_default();
            ("model", format!("boundaries of {first}"))
        }
        Err(e) => ("crash", e.to_string()),
    };
    Some(Caught {
        oracle: oracle.to_string(),
        program,
        programs: 0,
        millis: start.elapsed().as_millis() as u64,
    })
}

fn short(name: &str, spec: &Path) -> String {
    let path = Path::new(name);
    path.strip_prefix(spec)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn in_generated(entry: Option<&Entry>, options: &Options) -> std::io::Result<Option<Caught>> {
    let start = Instant::now();
    let seeds = match entry {
        Some(_) => options.generated,
        None => options.generated.min(2 * BATCH),
    };
    let fuzz = fuzz::Options {
        seeds: 0..seeds,
        jobs: 1,
        memory_every: 2,
        batch: BATCH as usize,
        patience: PATIENCE,
        most: 1,
        reduce: Duration::ZERO,
        format: Format::Json,
        ..fuzz::Options::new(options.cowl.clone())
    };
    let mut out: Vec<u8> = Vec::new();
    if fuzz::fuzz(&fuzz, &mut out)? != Verdict::Differ {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&out);
    let records: Vec<serde_json::Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let Some(first) = records.iter().find(|r| r["seed"].is_u64()) else {
        return Err(std::io::Error::other(format!("no finding: {text}")));
    };
    let word = |name: &str| first[name].as_str().unwrap_or_default().to_string();
    let detail = format!("{} {}", word("what"), word("detail"));
    let seed = first["seed"].as_u64().unwrap_or_default();
    Ok(Some(Caught {
        oracle: oracle_of(&[word("who")], &word("kind"), &detail).to_string(),
        program: format!("seed {seed}"),
        programs: seed + 1,
        millis: start.elapsed().as_millis() as u64,
    }))
}

fn oracle(fault: &Fault) -> &'static str {
    oracle_of(&fault.who, fault.aspect, &fault.detail)
}

/// Who spoke, from what was said.
fn oracle_of(who: &[String], aspect: &str, detail: &str) -> &'static str {
    let says = |words: &str| detail.contains(words);
    if says("after lowering") || says("after passes") {
        "MIR checker"
    } else if says("broken invariants") {
        "HIR checker"
    } else if says("audit of memory") {
        "audit"
    } else if says("killed by signal") || says("signal:") {
        "crash"
    } else if says("internal error") {
        "internal check"
    } else if who.iter().all(|w| w.starts_with("eager")) {
        "eager"
    } else {
        match aspect {
            "diagnostics" | "rejected" => "diagnostics",
            "mir" => "pinned MIR",
            "ledger" => "ledger",
            "objects" | "leak" => "leaks",
            _ if says("timed out") => "time",
            _ => "difference",
        }
    }
}
