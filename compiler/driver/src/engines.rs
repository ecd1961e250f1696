//! The engines behind one face: run this program's entry, build it, dump it.
//!
//! The only file that knows the crates of the engines.

use crate::cli::{Engine, Stage};
use crate::fault;
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
}

/// Runs a program to its end in this process (`aot`: in a child); gives its status.
pub fn run(engine: Engine, job: Job<'_>) -> i32 {
    match engine {
        Engine::Interp | Engine::Eager => interpret(engine, job),
        Engine::Jit => {
            fault::error(format!("the engine `{}` is not there yet", engine.name()));
            status::INTERNAL
        }
        Engine::Aot => run_executable(job),
    }
}

fn interpret(engine: Engine, job: Job<'_>) -> i32 {
    let Some(entry) = job.program.entry else {
        fault::error("the program has no entry");
        return status::INTERNAL;
    };
    let options = cowl_interp::Options {
        eager: engine == Engine::Eager,
        ledger: job.ledger.is_some(),
        max_depth: None,
        max_steps: None,
    };
    let io = cowl_interp::Io::standard();
    let args = job.args.to_vec();
    let outcome = cowl_interp::run(job.program, job.sources, entry, args, &options, io);
    if let (Some(path), Some(ledger)) = (job.ledger, &outcome.ledger)
        && let Err(e) = ledger.save(path)
    {
        fault::error(format!("cannot write {}: {e}", path.display()));
        return status::INTERNAL;
    }
    outcome.status()
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
