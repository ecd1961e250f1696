//! Memory that runs out: whole programs in which the n-th allocation fails, for every n.
//!
//! Takes programs of `spec`; gives findings. Whatever n is, a program ends as its file says, or with
//! `panic: out of memory` after a part of its output: never with a signal, an internal error or
//! other output. In audit mode every allocation of a program is one that may fail; without it, those
//! that compiled code does not take from a free list.

use super::{is_alone, is_as_written};
use crate::engine::{Base, Engine};
use crate::find::collect;
use crate::process::{self, Finished};
use crate::spec::{Kind, Program};
use cowl_contract::layout::Mm;
use cowl_contract::outcome::{Ended, status};
use cowl_contract::planted::ALLOCATIONS;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Options {
    pub cowl: PathBuf,
    pub paths: Vec<PathBuf>,
    /// The greatest n, and of the JIT, whose runs compile, every how many.
    pub most: u64,
    pub jit_every: u64,
    /// Of the programs, one of so many.
    pub every: usize,
}

#[derive(Debug, Default)]
pub struct Outcome {
    pub programs: usize,
    pub runs: u64,
    /// Runs that ended with `out of memory`.
    pub failed: u64,
    pub findings: Vec<String>,
}

const PATIENCE: Duration = Duration::from_secs(20);
const OUT_OF_MEMORY: &str = "panic: out of memory";

pub fn run(options: &Options) -> std::io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let scratch = tempfile::tempdir()?;
    let all = collect(&options.paths).programs;
    // Its memory is the machine's where a program uses it up on purpose.
    let runs = |p: &&Program| match &p.kind {
        Kind::Run => true,
        Kind::Panic(text) => text != "out of memory" && text != "stack overflow",
        _ => false,
    };
    let chosen = all.iter().filter(runs).filter(|p| is_alone(p));
    for program in chosen.step_by(options.every.max(1)) {
        outcome.programs += 1;
        of_program(program, options, scratch.path(), &mut outcome)?;
    }
    Ok(outcome)
}

fn of_program(
    program: &Program,
    options: &Options,
    scratch: &Path,
    outcome: &mut Outcome,
) -> std::io::Result<()> {
    let path = std::path::absolute(&program.path)?;
    let exe = scratch.join("exe");
    let mut build = Command::new(&options.cowl);
    build.arg("build").arg("-o").arg(&exe).arg(&path);
    let built = process::run(&mut build, b"", PATIENCE)?;
    if built.ended != Ended::Status(0) {
        outcome
            .findings
            .push(format!("{}: not built", program.name));
        return Ok(());
    }
    let engines = [
        (Engine::AOT, 1),
        (Engine::JIT, options.jit_every),
        (Engine::JIT.with(Mm::Audit, false), options.jit_every),
    ];
    for (engine, every) in engines {
        let mut n = 0;
        while n < options.most {
            let mut command = match engine.base {
                Base::Aot => Command::new(&exe),
                _ => {
                    let mut command = Command::new(&options.cowl);
                    command.arg("run");
                    if engine.mm == Mm::Audit {
                        command.arg("--mm=audit");
                    }
                    command.arg(&path);
                    command
                }
            };
            command.args(&program.args).env(ALLOCATIONS, n.to_string());
            command.current_dir(scratch);
            let done = process::run(&mut command, &program.stdin, PATIENCE)?;
            outcome.runs += 1;
            match judge(program, &done) {
                Verdict::Whole => break,
                Verdict::OutOfMemory => outcome.failed += 1,
                Verdict::Wrong(why) => {
                    let engine = engine.name();
                    let name = &program.name;
                    let finding = format!("{name} on {engine}, allocation {n}: {why}");
                    outcome.findings.push(finding);
                    break;
                }
            }
            n += every.max(1);
        }
    }
    Ok(())
}

enum Verdict {
    /// It had as much memory as it wanted.
    Whole,
    OutOfMemory,
    Wrong(String),
}

fn judge(program: &Program, done: &Finished) -> Verdict {
    let expected = program.expected_stdout();
    let stderr = String::from_utf8_lossy(&done.stderr);
    let said = stderr.lines().next().unwrap_or_default();
    if said == OUT_OF_MEMORY && done.ended == Ended::Status(status::PANIC) {
        return match expected.starts_with(&done.stdout) {
            true => Verdict::OutOfMemory,
            false => Verdict::Wrong("its output is no part of what it prints".to_string()),
        };
    }
    if is_as_written(program, done) {
        return Verdict::Whole;
    }
    Verdict::Wrong(format!("{}\n{stderr}", done.ended))
}
