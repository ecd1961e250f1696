//! Batches: programs of consecutive seeds made into one, run on the engines, and judged.

use super::finding::{Finding, Signature};
use crate::batch::{Done, INPUT, Job, MAX_COPIED, Mode, Ran, Run, Worker};
use crate::engine::{Engine, Mode as RunMode, Observation};
use crate::generate::{self, Generated};
use crate::{judge, process};
use cowl_contract::layout::Mm;
use cowl_contract::ledger::Ledger;
use cowl_contract::outcome::{Ended, Outcome, status};
use cowl_contract::panic::{EAGER_COPIES, limit_reached};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Calls and turns of loops that a program may take.
pub const MAX_STEPS: u64 = 100_000;

/// The runs of each program. The first one is the reference.
pub const MODES: [Mode; 3] = [Mode::Interp, Mode::Eager, Mode::JitQuick];

/// The memory modes, for some of the programs.
const MEMORY_MODES: [Mode; 4] = [
    Mode::JitTrace,
    Mode::JitAudit,
    Mode::InterpStress,
    Mode::JitAuditStress,
];

/// What is done with a batch beyond the usual.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extra {
    /// Executables.
    pub aot: bool,
    /// The memory modes.
    pub memory: bool,
    /// Optimised code: without counting, which is what people run, or with.
    pub optimised: Option<Mode>,
    /// The programs' own tests, each by itself.
    pub tests: bool,
}

/// Generated programs that are run together.
pub struct Batch {
    pub seeds: Range<u64>,
    pub programs: Vec<Generated>,
}

/// What became of them.
#[derive(Default)]
pub struct Outcomes {
    pub findings: Vec<Finding>,
    /// Of each program that ran, what the interpreter saw.
    pub seen: Vec<Observation>,
    pub rejected: usize,
    pub aot: usize,
    /// Those that ran in all memory modes.
    pub modes: usize,
    /// Those of which eager mode has nothing to say, as it copied too much.
    pub gave_up: usize,
    pub tests: usize,
}

/// The root file of a batch.
const ROOT: &str = "batch.cowl";

impl Batch {
    pub fn generate(seeds: Range<u64>) -> Batch {
        let programs = seeds
            .clone()
            .map(|seed| generate::from_seed(seed, &format!("p{seed}")))
            .collect();
        Batch { seeds, programs }
    }

    /// The programs as modules of one: which of them runs is its argument.
    fn files(&self) -> Vec<(String, String)> {
        let mut root = String::new();
        for seed in self.seeds.clone() {
            root += &format!("use p{seed}\n");
        }
        root += "\nfn main(args: List<string>) {\n    match args[0] {\n";
        for (i, seed) in self.seeds.clone().enumerate() {
            root += &format!("        \"{i}\" => p{seed}.main()\n");
        }
        root += "        _ => {}\n    }\n}\n";
        let mut files = vec![(ROOT.to_string(), root)];
        for program in &self.programs {
            files.extend(program.files.iter().cloned());
        }
        files
    }

    /// Runs them all. Where the batch as a whole cannot be compiled, one after the other.
    pub fn run(
        &self,
        worker: &mut Worker,
        extra: Extra,
        patience: Duration,
    ) -> std::io::Result<Outcomes> {
        let aot = extra.aot;
        let mut modes = MODES.to_vec();
        if extra.memory {
            modes.extend(MEMORY_MODES);
        }
        modes.extend(extra.optimised);
        // By modes: one fork serves many runs of the same code.
        let n = self.programs.len();
        let mut runs = Vec::new();
        for &mode in &modes {
            runs.extend((0..n).map(|i| Run {
                mode,
                args: vec![i.to_string()],
            }));
        }
        let scratch = tempfile::tempdir()?;
        let exe = scratch.path().join("batch");
        if aot {
            runs.push(Run {
                mode: Mode::Build,
                args: vec![exe.display().to_string()],
            });
        }
        let files = self.files();
        let job = Job {
            files: files.clone(),
            runs,
            max_steps: MAX_STEPS,
            test: None,
            input: INPUT.to_string(),
        };
        let done = worker.work(&job)?;
        if done.rejected.is_some() || done.crashed.is_some() {
            return self.one_by_one(worker);
        }
        let mut outcomes = Outcomes {
            modes: if extra.memory { n } else { 0 },
            ..Outcomes::default()
        };
        for i in 0..n {
            let mut seen: Vec<Observation> = modes
                .iter()
                .zip(done.runs.iter().skip(i).step_by(n))
                .map(|(&mode, ran)| observation(mode, ran))
                .collect();
            if aot && exe.is_file() && seen[0].outcome.ended != Ended::Status(status::LIMIT) {
                seen.push(execute(&exe, &[i.to_string()], INPUT.as_bytes(), patience)?);
                outcomes.aot += 1;
            }
            let program = &self.programs[i];
            outcomes.gave_up += usize::from(without_eager_that_gave_up(&mut seen));
            for signature in signatures(&seen, sees_deaths(&program.files)) {
                outcomes.findings.push(Finding::new(
                    self.seeds.start + i as u64,
                    program.files.clone(),
                    signature,
                    (files.clone(), vec![i.to_string()]),
                ));
            }
            outcomes.seen.push(seen.swap_remove(0));
            for test in 0..if extra.tests { program.tests } else { 0 } {
                let (_, found) = self.test(worker, program, test)?;
                outcomes.tests += 1;
                for signature in found {
                    outcomes.rejected += usize::from(signature.is_rejection());
                    let seed = self.seeds.start + i as u64;
                    let alone = (program.files.clone(), Vec::new());
                    let mut finding = Finding::new(seed, program.files.clone(), signature, alone);
                    finding.test = Some(test);
                    outcomes.findings.push(finding);
                }
            }
        }
        if let (true, Some(Err(why))) = (aot, done.runs.last()) {
            let signature = Signature::of_build(why);
            let whole = (files.clone(), Vec::new());
            let finding = Finding::new(self.seeds.start, files, signature, whole);
            outcomes.findings.push(finding);
        }
        Ok(outcomes)
    }

    /// A program's own test.
    fn test(
        &self,
        worker: &mut Worker,
        program: &Generated,
        test: usize,
    ) -> std::io::Result<(Option<Observation>, Vec<Signature>)> {
        let case = Case {
            test: Some(test),
            ..Case::new(&program.files, &[])
        };
        run_alone(worker, &case, &MODES)
    }

    /// For batches that cannot be compiled: each program by itself.
    fn one_by_one(&self, worker: &mut Worker) -> std::io::Result<Outcomes> {
        let mut outcomes = Outcomes::default();
        for (i, program) in self.programs.iter().enumerate() {
            let (seen, signatures) = run_single(worker, &program.files, &[], &MODES)?;
            outcomes.seen.extend(seen);
            for signature in signatures {
                outcomes.rejected += usize::from(signature.is_rejection());
                let alone = (program.files.clone(), Vec::new());
                let seed = self.seeds.start + i as u64;
                let finding = Finding::new(seed, program.files.clone(), signature, alone);
                outcomes.findings.push(finding);
            }
        }
        Ok(outcomes)
    }
}

/// Runs one program; what the interpreter saw, and every way in which it went wrong.
pub fn run_single(
    worker: &mut Worker,
    files: &[(String, String)],
    args: &[String],
    modes: &[Mode],
) -> std::io::Result<(Option<Observation>, Vec<Signature>)> {
    run_alone(worker, &Case::new(files, args), modes)
}

/// A program that is run by itself.
pub struct Case<'a> {
    pub files: &'a [(String, String)],
    pub args: &'a [String],
    /// This test of the root, not `main`.
    pub test: Option<usize>,
    pub input: &'a str,
    pub max_steps: u64,
}

impl<'a> Case<'a> {
    /// As generated programs are run.
    pub fn new(files: &'a [(String, String)], args: &'a [String]) -> Case<'a> {
        Case {
            files,
            args,
            test: None,
            input: INPUT,
            max_steps: MAX_STEPS,
        }
    }
}

/// As `run_single`.
pub fn run_alone(
    worker: &mut Worker,
    case: &Case,
    modes: &[Mode],
) -> std::io::Result<(Option<Observation>, Vec<Signature>)> {
    let scratch = tempfile::tempdir()?;
    let exe = scratch.path().join("program");
    let job = Job {
        files: case.files.to_vec(),
        runs: modes
            .iter()
            .map(|&mode| Run {
                mode,
                args: match mode {
                    Mode::Build => vec![exe.display().to_string()],
                    _ => case.args.to_vec(),
                },
            })
            .collect(),
        max_steps: case.max_steps,
        test: case.test,
        input: case.input.to_string(),
    };
    let Done {
        rejected,
        crashed,
        runs,
        ..
    } = worker.work(&job)?;
    if let Some(text) = rejected {
        return Ok((None, vec![Signature::of_rejection(&text)]));
    }
    if let Some(text) = crashed {
        return Ok((None, vec![Signature::of_compiler(&text)]));
    }
    let mut seen: Vec<Observation> = Vec::new();
    for (&mode, ran) in modes.iter().zip(&runs) {
        seen.push(match (mode, ran) {
            (Mode::Build, Err(why)) => return Ok((None, vec![Signature::of_build(why)])),
            (Mode::Build, Ok(_)) => execute(&exe, case.args, case.input.as_bytes(), EXECUTION)?,
            _ => observation(mode, ran),
        });
    }
    without_eager_that_gave_up(&mut seen);
    let found = signatures(&seen, sees_deaths(case.files));
    Ok(((!seen.is_empty()).then(|| seen.swap_remove(0)), found))
}

/// How long an executable may take that is run by itself.
const EXECUTION: Duration = Duration::from_secs(20);

/// Runs an executable that counts.
fn execute(
    exe: &Path,
    args: &[String],
    input: &[u8],
    patience: Duration,
) -> std::io::Result<Observation> {
    let ledger = exe.with_extension("ledger");
    let _ = std::fs::remove_file(&ledger);
    let mut command = Command::new(exe);
    command.args(args).env("COWL_LEDGER", &ledger);
    command.current_dir(exe.parent().unwrap_or(Path::new("/")));
    let ran = process::run(&mut command, input, patience)?;
    Ok(executed(ran, std::fs::read_to_string(&ledger).ok()))
}

/// Whether a program can tell when an object dies or what is shared, which eager mode, where nothing
/// is, decides in its own way.
pub fn sees_deaths(files: &[(String, String)]) -> bool {
    let signs = ["fn deinit", "weak", "gc()", "is_unique("];
    files
        .iter()
        .any(|(_, text)| signs.iter().any(|s| text.contains(s)))
}

/// Whether eager mode was ended because it copied too much (`MAX_COPIED`), by what it wrote to stderr:
/// it has nothing to say then.
pub fn eager_gave_up(stderr: &[u8]) -> bool {
    stderr.ends_with(limit_reached(EAGER_COPIES, MAX_COPIED).as_bytes())
}

/// Takes out what eager mode saw if it gave up.
fn without_eager_that_gave_up(seen: &mut Vec<Observation>) -> bool {
    let before = seen.len();
    seen.retain(|o| o.engine != Engine::EAGER || !eager_gave_up(&o.outcome.stderr));
    seen.len() < before
}

fn signatures(seen: &[Observation], sees_deaths: bool) -> Vec<Signature> {
    let faults = judge::compare(seen, sees_deaths);
    let mut found: Vec<Signature> = Vec::new();
    for fault in &faults {
        let signature = Signature::of_fault(fault);
        if !found.contains(&signature) {
            found.push(signature);
        }
    }
    // The first ones cause the others: another output has another ledger.
    found.truncate(1);
    found
}

fn engine(mode: Mode) -> (Engine, RunMode) {
    match mode {
        Mode::Interp => (Engine::INTERP, RunMode::Counting),
        Mode::Eager => (Engine::EAGER, RunMode::Plain),
        Mode::Jit => (Engine::JIT, RunMode::Plain),
        Mode::JitCounting | Mode::JitQuick => (Engine::JIT, RunMode::Counting),
        Mode::JitTrace => (Engine::JIT.with(Mm::Trace, false), RunMode::Counting),
        Mode::JitAudit => (Engine::JIT.with(Mm::Audit, false), RunMode::Counting),
        Mode::InterpStress => (Engine::INTERP.with(Mm::Rc, true), RunMode::Counting),
        Mode::JitAuditStress => (Engine::JIT.with(Mm::Audit, true), RunMode::Counting),
        Mode::Build => (Engine::AOT, RunMode::Counting),
    }
}

fn observation(mode: Mode, ran: &Result<Ran, String>) -> Observation {
    let (engine, run_mode) = engine(mode);
    let counts = run_mode == RunMode::Counting;
    let (outcome, broken) = match ran {
        Err(why) => {
            let ended = match why.contains("timed out") {
                true => Ended::TimedOut,
                false => Ended::Status(status::INTERNAL),
            };
            let outcome = Outcome {
                stdout: Vec::new(),
                stderr: why.clone().into_bytes(),
                ended,
                ledger: None,
            };
            (outcome, None)
        }
        Ok(ran) => {
            let ended = match (ran.status, ran.signal) {
                (Some(status), _) => Ended::Status(status),
                (None, signal) => Ended::Signal(signal.unwrap_or(0)),
            };
            let by_itself = matches!(ended, Ended::Status(n) if n != status::INTERNAL);
            let (ledger, broken) = match (&ran.ledger, counts && by_itself) {
                (_, false) => (None, None),
                (None, true) => (None, Some("no ledger was written".to_string())),
                (Some(text), true) => match Ledger::parse(text) {
                    Ok(ledger) => (Some(ledger), None),
                    Err(e) => (None, Some(e)),
                },
            };
            let outcome = Outcome {
                stdout: ran.stdout.clone().into_bytes(),
                stderr: ran.stderr.clone().into_bytes(),
                ended,
                ledger,
            };
            (outcome, broken)
        }
    };
    Observation {
        engine,
        mode: run_mode,
        outcome,
        files: BTreeMap::new(),
        broken,
        millis: 0,
    }
}

fn executed(ran: process::Finished, ledger: Option<String>) -> Observation {
    let ran = Ran {
        stdout: String::from_utf8_lossy(&ran.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&ran.stderr).into_owned(),
        status: match ran.ended {
            Ended::Status(n) => Some(n),
            Ended::Signal(_) | Ended::TimedOut => None,
        },
        signal: match ran.ended {
            Ended::Signal(n) => Some(n),
            Ended::Status(_) | Ended::TimedOut => None,
        },
        ledger,
    };
    let mut seen = observation(Mode::JitCounting, &Ok(ran));
    seen.engine = Engine::AOT;
    seen
}
