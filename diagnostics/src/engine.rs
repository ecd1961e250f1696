//! The engines, and how a program is run on each.
//!
//! Takes a program laid out on disk; gives one `Observation` per engine and mode. An engine is a
//! `cowl` command line: this crate links none.

use crate::process::{self, Finished};
use crate::spec::Program;
use cowl_contract::layout::Mm;
use cowl_contract::ledger::Ledger;
use cowl_contract::outcome::{Ended, Outcome};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    Interp,
    /// The interpreter that copies at every share.
    Eager,
    Jit,
    Aot,
}

/// What runs a program, and how its memory is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Engine {
    pub base: Base,
    /// Of compiled engines.
    pub mm: Mm,
    /// It collects, and audits if it does, at every `new`.
    pub stress: bool,
}

impl Engine {
    pub const INTERP: Engine = Engine::plain(Base::Interp);
    pub const EAGER: Engine = Engine::plain(Base::Eager);
    pub const JIT: Engine = Engine::plain(Base::Jit);
    pub const AOT: Engine = Engine::plain(Base::Aot);

    pub const PLAIN: [Engine; 4] = [Engine::INTERP, Engine::EAGER, Engine::JIT, Engine::AOT];

    /// What a verification runs unless told otherwise. The JIT carries the memory modes, which are
    /// the same code as in executables: a program costs a run there, not a link.
    pub const USUAL: [Engine; 8] = [
        Engine::INTERP,
        Engine::EAGER,
        Engine::JIT,
        Engine::AOT,
        Engine::JIT.with(Mm::Trace, false),
        Engine::JIT.with(Mm::Audit, false),
        Engine::INTERP.with(Mm::Rc, true),
        Engine::JIT.with(Mm::Audit, true),
    ];

    /// Executables with their memory watched.
    pub const AOT_MODES: [Engine; 5] = [
        Engine::AOT.with(Mm::Trace, false),
        Engine::AOT.with(Mm::Audit, false),
        Engine::AOT.with(Mm::Rc, true),
        Engine::AOT.with(Mm::Trace, true),
        Engine::AOT.with(Mm::Audit, true),
    ];

    /// One of them, by the program's name: always the same for one program, and each for a fifth of
    /// many. A link for each would cost more than all other runs.
    pub fn aot_mode_of(program: &Program) -> Engine {
        let name = program.name.rsplit('/').next().unwrap_or_default();
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        // Without a `new` there is nothing to collect at.
        let modes = match program.makes_objects {
            true => &Engine::AOT_MODES[..],
            false => &Engine::AOT_MODES[..2],
        };
        modes[(hash >> 32) as usize % modes.len()]
    }

    const fn plain(base: Base) -> Engine {
        Engine {
            base,
            mm: Mm::Rc,
            stress: false,
        }
    }

    pub const fn with(self, mm: Mm, stress: bool) -> Engine {
        Engine { mm, stress, ..self }
    }

    /// `jit`, `aot-trace`, `interp-stress`, `jit-audit-stress`
    pub fn name(self) -> String {
        let base = match self.base {
            Base::Interp => "interp",
            Base::Eager => "eager",
            Base::Jit => "jit",
            Base::Aot => "aot",
        };
        let mm = match self.mm {
            Mm::Rc => "",
            Mm::Trace => "-trace",
            Mm::Audit => "-audit",
        };
        let stress = if self.stress { "-stress" } else { "" };
        format!("{base}{mm}{stress}")
    }

    /// Every engine that there is.
    pub fn all() -> impl Iterator<Item = Engine> {
        let bases = [Base::Interp, Base::Eager, Base::Jit, Base::Aot];
        bases.into_iter().flat_map(|base| {
            let modes: &[Mm] = match base {
                Base::Interp | Base::Eager => &[Mm::Rc],
                Base::Jit | Base::Aot => &[Mm::Rc, Mm::Trace, Mm::Audit],
            };
            modes.iter().flat_map(move |&mm| {
                [false, true].map(|stress| Engine::plain(base).with(mm, stress))
            })
        })
    }

    pub fn parse(name: &str) -> Option<Engine> {
        Engine::all().find(|e| e.name() == name)
    }

    fn is_plain(self) -> bool {
        self == Engine::plain(self.base)
    }

    /// How a program is run: counting is part of the interpreter, and another build elsewhere.
    fn modes(self) -> &'static [Mode] {
        match self.base {
            Base::Eager => &[Mode::Plain],
            Base::Jit | Base::Aot if self.is_plain() => &[Mode::Plain, Mode::Counting],
            Base::Interp | Base::Jit | Base::Aot => &[Mode::Counting],
        }
    }

    /// What `cowl run` and `cowl build` are told.
    fn memory_args(self, program: &Program) -> Vec<String> {
        let mut args = Vec::new();
        match self.mm {
            Mm::Rc => {}
            Mm::Trace => args.push("--mm=trace".to_string()),
            Mm::Audit => args.push("--mm=audit".to_string()),
        }
        match (self.stress, program.stress) {
            (false, _) => {}
            (true, 0) => args.push("--gc-stress".to_string()),
            (true, n) => args.push(format!("--gc-stress={n}")),
        }
        args
    }

    fn base_arg(self) -> String {
        format!("--engine={}", Engine::plain(self.base).name())
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
        match self.mode {
            Mode::Counting if self.engine.modes().len() > 1 => format!("{engine} counting"),
            Mode::Plain | Mode::Counting => engine,
            Mode::Tests => format!("{engine} tests"),
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

    /// `cowl dump --emit=mir` of one function.
    pub fn mir(&self, function: &str) -> std::io::Result<Finished> {
        let mut command = self.cowl(&["dump", "--color=never", "--emit=mir", "--fn", function]);
        command.arg(self.path);
        let (dir, _) = self.working_folder("dump")?;
        self.run_in(command, &dir)
    }

    /// Every run of an engine.
    pub fn observe(&self, engine: Engine) -> std::io::Result<Vec<Observation>> {
        let mut all = Vec::new();
        if engine.stress && !self.program.makes_objects {
            // There is no `new` to collect at.
            return Ok(all);
        }
        if self.program.kind.runs() {
            for &mode in engine.modes() {
                all.push(self.observe_main(engine, mode)?);
            }
        }
        if self.program.has_tests && engine.is_plain() {
            let mut command = self.cowl(&["test", "--color=never"]);
            command.arg(engine.base_arg());
            command.arg(self.path);
            all.push(self.finish(engine, Mode::Tests, command, None)?);
        }
        Ok(all)
    }

    fn observe_main(&self, engine: Engine, mode: Mode) -> std::io::Result<Observation> {
        let name = format!("{}-{mode:?}", engine.name());
        let ledger = (mode == Mode::Counting).then(|| self.scratch.join(format!("{name}.ledger")));
        let mut command;
        if engine.base == Base::Aot {
            let exe = self.scratch.join(&name);
            if let Some(broken) = self.build(&exe, engine, mode)? {
                return Ok(broken);
            }
            command = Command::new(exe);
            if let Some(path) = &ledger {
                command.env("COWL_LEDGER", path);
            }
        } else {
            command = self.cowl(&["run", "--color=never"]);
            command.arg(engine.base_arg());
            command.args(engine.memory_args(self.program));
            if let Some(path) = &ledger {
                command.arg("--ledger").arg(path);
            }
            command.arg(self.path);
        }
        command.args(&self.program.args);
        self.finish(engine, mode, command, ledger)
    }

    /// Builds an executable; `Some` is an observation of its failure.
    fn build(
        &self,
        exe: &Path,
        engine: Engine,
        mode: Mode,
    ) -> std::io::Result<Option<Observation>> {
        let mut command = self.cowl(&["build", "--color=never"]);
        command.args(engine.memory_args(self.program));
        if mode == Mode::Counting {
            command.arg("--ledger");
        }
        command.arg("-o").arg(exe).arg(self.path);
        let done = process::run(command.current_dir(self.scratch), b"", self.timeout)?;
        if done.ended == Ended::Status(0) && exe.is_file() {
            return Ok(None);
        }
        let broken = format!("`cowl build` failed ({})", done.ended);
        Ok(Some(observation(engine, mode, done, None, Some(broken))))
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
