//! Counts at their limit: whole programs in which a count jumps to one below its greatest value as
//! soon as something has a second or third holder.
//!
//! Takes programs of `spec`; gives findings. A full count stays full: what has it is never changed
//! in place and never freed, and nothing else may differ. So a program prints what its file says and
//! ends as it says; only its ledger and what is live at its end are other ones. Programs that print
//! such figures themselves are passed over.

use super::{is_alone, is_as_written};
use crate::find::collect;
use crate::process;
use crate::spec::{Kind, Program};
use cowl_contract::planted::FULL_COUNTS;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Options {
    pub cowl: PathBuf,
    pub paths: Vec<PathBuf>,
    /// Of the programs, one of so many.
    pub every: usize,
}

#[derive(Debug, Default)]
pub struct Outcome {
    pub programs: usize,
    /// Programs that ask for counts, or for what follows from them.
    pub passed_over: usize,
    pub findings: Vec<String>,
}

const PATIENCE: Duration = Duration::from_secs(20);
/// The holder at which a count jumps. With the second, all that is ever shared is full by the third.
const JUMPS: [u32; 2] = [2, 3];
/// What makes counts visible to a program.
const ASKS: [&str; 8] = [
    "is_unique",
    "weak",
    "gc(",
    "gc_stats",
    "deinit",
    "@in_place",
    "copies",
    "memory",
];

pub fn run(options: &Options) -> std::io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let scratch = tempfile::tempdir()?;
    let all = collect(&options.paths).programs;
    let runs = |p: &&Program| matches!(p.kind, Kind::Run | Kind::Panic(_)) && is_alone(p);
    for program in all.iter().filter(runs).step_by(options.every.max(1)) {
        let path = std::path::absolute(&program.path)?;
        let text = std::fs::read_to_string(&path)?;
        if ASKS.iter().any(|word| text.contains(word)) {
            outcome.passed_over += 1;
            continue;
        }
        outcome.programs += 1;
        for from in JUMPS {
            let mut command = Command::new(&options.cowl);
            command.arg("run").arg(&path).args(&program.args);
            command.env(FULL_COUNTS, from.to_string());
            command.current_dir(scratch.path());
            let done = process::run(&mut command, &program.stdin, PATIENCE)?;
            if !is_as_written(program, &done) {
                let stderr = String::from_utf8_lossy(&done.stderr);
                let stdout = String::from_utf8_lossy(&done.stdout);
                outcome.findings.push(format!(
                    "{}, full from {from} holders: {}\n{stdout}{stderr}",
                    program.name, done.ended
                ));
                break;
            }
        }
    }
    Ok(outcome)
}
