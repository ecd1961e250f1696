//! From a path to a compiled program: reads, compiles, shows problems.
//!
//! Every command that needs a program comes through here, so that problems look the same.

use crate::cli::Output;
use crate::diagnostics::{self, DataTo};
use crate::files::{self, FileLoader};
use cowl_frontend::compile::{Goal, compile};
use cowl_frontend::defs::Defs;
use cowl_frontend::hir::Program;
use cowl_frontend::source::SourceMap;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long things took, for `--time-passes`.
#[derive(Debug, Default)]
pub struct Times {
    list: Vec<(&'static str, Duration)>,
}

impl Times {
    pub fn measure<T>(&mut self, name: &'static str, run: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let value = run();
        self.list.push((name, start.elapsed()));
        value
    }

    pub fn extend(&mut self, more: Vec<(&'static str, Duration)>) {
        self.list.extend(more);
    }

    /// Written before a program runs, since that need not return.
    pub fn report(&self, output: Output) {
        if !output.time_passes {
            return;
        }
        let mut text = String::new();
        for (name, time) in &self.list {
            text += &format!("{:>9.3} ms  {name}\n", time.as_secs_f64() * 1000.0);
        }
        let total: Duration = self.list.iter().map(|(_, t)| *t).sum();
        text += &format!("{:>9.3} ms  total\n", total.as_secs_f64() * 1000.0);
        // If stderr is closed there is nobody to tell.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// A program with what it was made of.
pub struct Compiled {
    pub program: Program,
    pub defs: Defs,
    pub sources: SourceMap,
    pub times: Times,
}

/// Compiles for running, building or testing. Problems have been shown when it gives a status.
pub fn load(path: &Path, goal: Goal, output: Output, data_to: DataTo) -> Result<Compiled, i32> {
    let mut times = Times::default();
    let root = times
        .measure("read", || files::open(path))
        .map_err(|why| diagnostics::show_unreadable(path, &why, output, data_to))?;
    let mut sources = SourceMap::default();
    let mut loader = FileLoader::new(root.dir);
    let compiled = compile(&mut sources, &mut loader, root.file, goal);
    times.extend(compiled.times);
    match compiled.program {
        Some(program) => Ok(Compiled {
            program,
            defs: compiled.defs,
            sources,
            times,
        }),
        None => {
            diagnostics::show(&sources, &compiled.problems, output, data_to);
            Err(cowl_contract::outcome::status::FAILED)
        }
    }
}
