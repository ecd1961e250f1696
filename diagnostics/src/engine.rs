//! The engines, and how a program is run on each.
//!
//! Takes a program laid out on disk; gives one `Observation` per engine and mode. An engine is a
//! `cowl` command line: this crate links none.

use crate::process::{self, Finished};
use crate::spec::Program;
use cowl_contract::ledger::Ledger;
use cowl_contract::outcome::{Ended, Outcome};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    Interp,
    /// The interpreter that copies at every share.
    Eager,
    Jit,
    Aot,
}

impl Engine {
    pub const ALL: [Engine; 4] = [Engine::Interp, Engine::Eager, Engine::Jit, Engine::Aot];

    pub fn name(self) -> &'static str {
        match self {
            Engine::Interp => "interp",
            Engine::Eager => "eager",
            Engine::Jit => "jit",
            Engine::Aot => "aot",
        }
    }

    pub fn parse(name: &str) -> Option<Engine> {
        Engine::ALL.into_iter().find(|e| e.name() == name)
    }

    /// How a program is run: counting is part of the interpreter, and another build elsewhere.
    fn modes(self) -> &'static [Mode] {
        match self {
            Engine::Interp => &[Mode::Counting],
            Engine::Eager => &[Mode::Plain],
            Engine::Jit | Engine::Aot => &[Mode::Plain, Mode::Counting],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    Plain,
    Counting,
    /// `cowl test`
    Tests,
}

/// What one run did.
#[derive(Debug)]
pub struct Observation {
    pub engine: Engine,
    pub mode: Mode,
    pub outcome: Outcome,
    /// The working folder afterwards.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The ledger's file is missing or malformed, an executable was not built …
    pub broken: Option<String>,
    pub millis: u64,
}

impl Observation {
    /// `jit`, `jit counting`, `jit tests`
    pub fn label(&self) -> String {
        let engine = self.engine.name();
        match (self.engine, self.mode) {
            (Engine::Interp | Engine::Eager, Mode::Plain | Mode::Counting) | (_, Mode::Plain) => {
                engine.to_string()
            }
            (_, Mode::Counting) => format!("{engine} counting"),
            (_, Mode::Tests) => format!("{engine} tests"),
        }
    }
}

/// Runs one program's commands, each in a fresh folder.
pub struct Runner<'a> {
    pub cowl: &'a Path,
    pub timeout: Duration,
    pub program: &'a Program,
    /// The file to run.
    pub path: &'a Path,
    /// For executables, ledgers and working folders.
    pub scratch: &'a Path,
}

impl Runner<'_> {
    pub fn cowl(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.cowl);
        command.args(args);
        command
    }

    /// `cowl check` with diagnostics as text or as data.
    pub fn check(&self, format: &str) -> std::io::Result<Finished> {
        let mut command = self.cowl(&["check", "--color=never", "--format", format]);
        command.arg(self.path);
        let (dir, _) = self.working_folder("check")?;
        self.run_in(command, &dir)
    }

    /// Every run of an engine.
    pub fn observe(&self, engine: Engine) -> std::io::Result<Vec<Observation>> {
        let mut all = Vec::new();
        if self.program.kind.runs() {
            for &mode in engine.modes() {
                all.push(self.observe_main(engine, mode)?);
            }
        }
        if self.program.has_tests {
            let mut command = self.cowl(&["test", "--color=never"]);
            command.arg(format!("--engine={}", engine.name()));
            command.arg(self.path);
            all.push(self.finish(engine, Mode::Tests, command, None)?);
        }
        Ok(all)
    }

    fn observe_main(&self, engine: Engine, mode: Mode) -> std::io::Result<Observation> {
        let name = format!("{}-{mode:?}", engine.name());
        let ledger = (mode == Mode::Counting).then(|| self.scratch.join(format!("{name}.ledger")));
        let mut command;
        if engine == Engine::Aot {
            let exe = self.scratch.join(&name);
            if let Some(broken) = self.build(&exe, mode)? {
                return Ok(broken);
            }
            command = Command::new(exe);
            if let Some(path) = &ledger {
                command.env("COWL_LEDGER", path);
            }
        } else {
            command = self.cowl(&["run", "--color=never"]);
            command.arg(format!("--engine={}", engine.name()));
            if let Some(path) = &ledger {
                command.arg("--ledger").arg(path);
            }
            command.arg(self.path);
        }
        command.args(&self.program.args);
        self.finish(engine, mode, command, ledger)
    }

    /// Builds an executable; `Some` is an observation of its failure.
    fn build(&self, exe: &Path, mode: Mode) -> std::io::Result<Option<Observation>> {
        let mut command = self.cowl(&["build", "--color=never"]);
        if mode == Mode::Counting {
            command.arg("--ledger");
        }
        command.arg("-o").arg(exe).arg(self.path);
        let done = process::run(command.current_dir(self.scratch), b"", self.timeout)?;
        if done.ended == Ended::Status(0) && exe.is_file() {
            return Ok(None);
        }
        let broken = format!("`cowl build` failed ({})", done.ended);
        Ok(Some(observation(
            Engine::Aot,
            mode,
            done,
            None,
            Some(broken),
        )))
    }

    fn finish(
        &self,
        engine: Engine,
        mode: Mode,
        command: Command,
        ledger: Option<PathBuf>,
    ) -> std::io::Result<Observation> {
        let (dir, before) = self.working_folder(&format!("{}-{mode:?}.dir", engine.name()))?;
        let done = self.run_in(command, &dir)?;
        let (ledger, broken) = match ledger.map(|path| read_ledger(&path)) {
            None => (None, None),
            Some(Ok(ledger)) => (Some(ledger), None),
            Some(Err(e)) => (None, Some(e)),
        };
        let mut seen = observation(engine, mode, done, ledger, broken);
        seen.files = snapshot(&dir)?;
        // What was there and is unchanged says nothing.
        seen.files
            .retain(|name, bytes| before.get(name) != Some(bytes));
        for name in before.into_keys() {
            if !dir.join(&name).exists() {
                seen.files.insert(format!("{name} (removed)"), Vec::new());
            }
        }
        Ok(seen)
    }

    fn run_in(&self, mut command: Command, dir: &Path) -> std::io::Result<Finished> {
        command
            .current_dir(dir)
            .env("LC_ALL", "C")
            .env_remove("COWL_LOG")
            .env_remove("BLESS");
        process::run(&mut command, &self.program.stdin, self.timeout)
    }

    /// A fresh folder with a copy of the program's files, and what they are.
    fn working_folder(&self, name: &str) -> std::io::Result<(PathBuf, BTreeMap<String, Vec<u8>>)> {
        let dir = self.scratch.join(name);
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        std::fs::create_dir(&dir)?;
        let Some(from) = &self.program.files else {
            return Ok((dir, BTreeMap::new()));
        };
        let files = snapshot(from)?;
        for (name, bytes) in &files {
            let to = dir.join(name);
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(to, bytes)?;
        }
        Ok((dir, files))
    }
}

fn observation(
    engine: Engine,
    mode: Mode,
    done: Finished,
    ledger: Option<Ledger>,
    broken: Option<String>,
) -> Observation {
    Observation {
        engine,
        mode,
        outcome: Outcome {
            stdout: done.stdout,
            stderr: done.stderr,
            ended: done.ended,
            ledger,
        },
        files: BTreeMap::new(),
        broken,
        millis: done.millis,
    }
}

fn read_ledger(path: &Path) -> Result<Ledger, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("no ledger was written: {e}"))?;
    Ledger::parse(&text)
}

/// The regular files below a folder, by their relative names.
fn snapshot(dir: &Path) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let mut pending = vec![dir.to_path_buf()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                pending.push(path);
            } else if kind.is_file() {
                let name = path.strip_prefix(dir).unwrap_or(&path);
                files.insert(name.display().to_string(), std::fs::read(&path)?);
            }
        }
    }
    Ok(files)
}
