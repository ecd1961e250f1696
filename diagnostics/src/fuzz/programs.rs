//! Batches: programs of consecutive seeds made into one, run on the engines, and judged.

use super::finding::{Finding, Signature};
use crate::batch::{Done, Job, Mode, Ran, Run, Worker};
use crate::engine::{Engine, Mode as RunMode, Observation};
use crate::generate::{self, Generated};
use crate::{judge, process};
use cowl_contract::layout::Mm;
use cowl_contract::ledger::Ledger;
use cowl_contract::outcome::{Ended, Outcome, status};
use std::collections::BTreeMap;
use std::ops::Range;
use std::process::Command;
use std::time::Duration;

/// Calls and turns of loops that a program may take.
pub const MAX_STEPS: u64 = 200_000;

/// The runs of each program. The first one is the reference.
pub const MODES: [Mode; 3] = [Mode::Interp, Mode::Eager, Mode::JitCounting];

/// Code that does not count and the memory modes, for some of the programs.
const MORE_MODES: [Mode; 5] = [
    Mode::Jit,
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
    /// Code without counting, and the memory modes.
    pub memory: bool,
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
            modes.extend(MORE_MODES);
        }
        let mut runs = Vec::new();
        for i in 0..self.programs.len() {
            let args = vec![i.to_string()];
            runs.extend(modes.iter().map(|&mode| Run {
                mode,
                args: args.clone(),
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
        };
        let done = worker.work(&job)?;
        if done.rejected.is_some() || done.crashed.is_some() {
            return self.one_by_one(worker);
        }
        let mut outcomes = Outcomes::default();
        for i in 0..self.programs.len() {
            let mut seen: Vec<Observation> = modes
                .iter()
                .zip(done.runs.iter().skip(i * modes.len()))
                .map(|(&mode, ran)| observation(mode, ran))
                .collect();
            if aot && exe.is_file() && seen[0].outcome.ended != Ended::Status(status::LIMIT) {
                let mut command = Command::new(&exe);
                let ledger = scratch.path().join("ledger");
                let _ = std::fs::remove_file(&ledger);
                command.arg(i.to_string()).env("COWL_LEDGER", &ledger);
                command.current_dir(scratch.path());
                let ran = process::run(&mut command, b"", patience)?;
                let ledger = std::fs::read_to_string(&ledger).ok();
                seen.push(executed(ran, ledger));
                outcomes.aot += 1;
            }
            let program = &self.programs[i];
            for signature in signatures(&seen, sees_deaths(&program.files)) {
                outcomes.findings.push(Finding::new(
                    self.seeds.start + i as u64,
                    program.files.clone(),
                    signature,
                    (files.clone(), vec![i.to_string()]),
                ));
            }
            outcomes.seen.push(seen.swap_remove(0));
        }
        if let (true, Some(Err(why))) = (aot, done.runs.last()) {
            let signature = Signature::of_build(why);
            let whole = (files.clone(), Vec::new());
            let finding = Finding::new(self.seeds.start, files, signature, whole);
            outcomes.findings.push(finding);
        }
        Ok(outcomes)
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
    let job = Job {
        files: files.to_vec(),
        runs: modes
            .iter()
            .map(|&mode| Run {
                mode,
                args: args.to_vec(),
            })
            .collect(),
        max_steps: MAX_STEPS,
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
    let mut seen: Vec<Observation> = modes
        .iter()
        .zip(&runs)
        .map(|(&mode, ran)| observation(mode, ran))
        .collect();
    let found = signatures(&seen, sees_deaths(files));
    Ok(((!seen.is_empty()).then(|| seen.swap_remove(0)), found))
}

/// Whether a program can tell when an object dies.
fn sees_deaths(files: &[(String, String)]) -> bool {
    let signs = ["fn deinit", "weak", "gc()"];
    files
        .iter()
        .any(|(_, text)| signs.iter().any(|s| text.contains(s)))
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
        Mode::JitCounting => (Engine::JIT, RunMode::Counting),
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
