//! The engines behind one face: run this program's entry, build it, dump it.
//!
//! The only file that knows the crates of the engines.

use crate::cli::{Engine, Limits, Stage};
use crate::fault;
use crate::files;
use cowl_contract::outcome::status;
use cowl_frontend::hir::Program;
use cowl_frontend::source::SourceMap;
use std::path::Path;
use std::process::Command;

/// One run of a program.
pub struct Job<'a> {
    pub program: &'a Program,
    pub sources: &'a SourceMap,
    pub args: &'a [String],
    /// Count, and write the counts there.
    pub ledger: Option<&'a Path>,
    pub limits: Limits,
}

/// Runs a program to its end in this process (`aot`: in a child); gives its status.
pub fn run(engine: Engine, job: Job<'_>) -> i32 {
    match engine {
        Engine::Interp | Engine::Eager => interpret(engine == Engine::Eager, job),
        Engine::Jit => {
            fault::error("the engine `jit` is not there yet");
            status::INTERNAL
        }
        Engine::Aot => run_executable(job),
    }
}

fn interpret(eager: bool, job: Job<'_>) -> i32 {
    let Some(entry) = job.program.entry else {
        panic!("a program without an entry was to be run");
    };
    let options = cowl_interp::Options {
        eager,
        ledger: job.ledger.is_some(),
        max_depth: job.limits.max_depth,
        max_steps: job.limits.max_steps,
    };
    let args = job.args.to_vec();
    let io = cowl_interp::Io::standard();
    let outcome = cowl_interp::run(job.program, job.sources, entry, args, &options, io);
    let status = outcome.status();
    match (outcome.ledger, job.ledger) {
        (Some(ledger), Some(path)) => match ledger.save(path) {
            Ok(()) => status,
            Err(e) => {
                let path = path.display();
                fault::error(format!("cannot write `{path}`: {}", files::reason(&e)))
            }
        },
        _ => status,
    }
}

/// Links an executable at `path`, which must not exist yet.
pub fn build(
    _program: &Program,
    _sources: &SourceMap,
    _counting: bool,
    _path: &Path,
) -> Result<(), String> {
    Err("executables cannot be built yet".to_string())
}

pub fn dump(_: &Program, _: &SourceMap, stage: Stage, _function: Option<&str>) -> String {
    format!("{stage:?} cannot be shown yet\n")
}

/// Builds to a temporary folder and runs from there.
fn run_executable(job: Job<'_>) -> i32 {
    let dir = match tempfile::tempdir() {
        Ok(dir) => dir,
        Err(e) => return fault::error(format!("cannot make a temporary folder: {e}")),
    };
    let exe = dir.path().join("program");
    if let Err(e) = build(job.program, job.sources, job.ledger.is_some(), &exe) {
        return fault::error(e);
    }
    let mut command = Command::new(&exe);
    command.args(job.args);
    if let Some(ledger) = job.ledger {
        command.env("COWL_LEDGER", ledger);
    }
    match command.status() {
        Ok(status) => status.code().unwrap_or_else(|| {
            fault::error(format!("the program did not end by itself: {status}"));
            status::INTERNAL
        }),
        Err(e) => fault::error(format!("cannot run the executable: {e}")),
    }
}
