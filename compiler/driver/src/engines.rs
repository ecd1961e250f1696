//! The engines behind one face: run this program's entry, build it, dump it.
//!
//! The only file that knows the crates of the engines.

use crate::cli::{Engine, Limits, Memory, Mm, Output, Stage};
use crate::copies::Report;
use crate::fault;
use crate::files;
use cowl_contract::copies::{Copies, beside_path};
use cowl_contract::leaks::Leaks;
use cowl_contract::ledger::Ledger;
use cowl_contract::outcome::status;
use cowl_frontend::hir::{FuncId, Program};
use cowl_frontend::source::SourceMap;
use dualexec::batch::{Mode, Ran};
use std::path::Path;
use std::process::Command;

/// One run of a program.
pub struct Job<'a> {
    pub program: &'a Program,
    pub sources: &'a SourceMap,
    pub args: &'a [String],
    /// Count, and write the counts there.
    pub ledger: Option<&'a Path>,
    pub memory: Memory,
    /// Report copies, and put the report there.
    pub copies: Option<&'a Path>,
    pub output: Output,
    pub limits: Limits,
}

/// Runs a program to its end in this process (`aot`: in a child); gives its status.
pub fn run(engine: Engine, job: Job<'_>) -> i32 {
    match engine {
        Engine::Interp | Engine::Eager => interpret(engine == Engine::Eager, job),
        Engine::Jit => compile_and_run(&job),
        Engine::Aot => run_executable(&job),
    }
}

/// Only compiled engines have memory modes.
pub fn has_mode(engine: Engine, memory: Memory) -> Result<(), &'static str> {
    match (engine, memory.mm) {
        (Engine::Interp | Engine::Eager, Mm::Trace | Mm::Audit) => Err(
            "the interpreter keeps no counts of its own to trace or audit\n\
             help: choose `--engine=jit` or `--engine=aot`",
        ),
        _ => Ok(()),
    }
}

fn entry(program: &Program) -> FuncId {
    match program.entry {
        Some(entry) => entry,
        None => panic!("a program without an entry was to be run"),
    }
}

/// What a job asks of compiled code.
fn compile_options(job: &Job<'_>) -> cowl_codegen::Options {
    let copies = job.copies.is_some();
    cowl_codegen::Options {
        copies,
        leaks: job.memory.leaks(job.output),
        ..base_options(job.ledger.is_some() || copies, job.memory, &job.limits)
    }
}

fn base_options(ledger: bool, memory: Memory, limits: &Limits) -> cowl_codegen::Options {
    cowl_codegen::Options {
        ledger,
        mm: match memory.mm {
            Mm::Rc => cowl_contract::layout::Mm::Rc,
            Mm::Trace => cowl_contract::layout::Mm::Trace,
            Mm::Audit => cowl_contract::layout::Mm::Audit,
        },
        stress: memory.gc_stress,
        max_depth: limits.max_depth.unwrap_or(0),
        max_steps: limits.max_steps.unwrap_or(0),
        max_memory: limits.max_memory.unwrap_or(0),
        timeout: limits.timeout.map_or(0, |t| t.as_millis() as u64),
        ..cowl_codegen::Options::default()
    }
}

fn compile_and_run(job: &Job<'_>) -> i32 {
    let options = compile_options(job);
    let mut ends = cowl_codegen::Ends {
        ledger: job.ledger.map(Path::to_path_buf),
        ..cowl_codegen::Ends::default()
    };
    if let Some(to) = job.copies {
        // A panic ends the process from within, so that the report is made there too.
        let report = Report::new(job.program, job.sources, job.output, to);
        ends.report = Some(Box::new(move |copies| {
            if let Err(e) = report.deliver(&copies) {
                fault::error(e);
            }
        }));
    }
    let (start, args) = (entry(job.program), job.args.to_vec());
    cowl_codegen::jit_run(job.program, job.sources, start, args, ends, &options)
}

fn interpret(eager: bool, job: Job<'_>) -> i32 {
    let engine = if eager { Engine::Eager } else { Engine::Interp };
    if let Err(e) = has_mode(engine, job.memory) {
        fault::error(e);
        return status::USAGE;
    }
    let entry = entry(job.program);
    let options = cowl_interp::Options {
        eager,
        ledger: job.ledger.is_some(),
        stress: job.memory.gc_stress,
        leaks: job.memory.leaks(job.output),
        copies: job.copies.map(|_| cowl_codegen::storages(job.program)),
        max_depth: job.limits.max_depth,
        max_steps: job.limits.max_steps,
        timeout: job.limits.timeout,
        max_memory: job.limits.max_memory,
        max_copied: None,
        tidy: false,
    };
    let args = job.args.to_vec();
    let io = cowl_interp::Io::standard();
    let outcome = cowl_interp::run(job.program, job.sources, entry, args, &options, io);
    let mut status = outcome.status();
    if let (Some(ledger), Some(path)) = (outcome.ledger, job.ledger)
        && let Err(e) = ledger.save(path)
    {
        let path = path.display();
        status = fault::error(format!("cannot write `{path}`: {}", files::reason(&e)));
    }
    if let (Some(copies), Some(to)) = (outcome.copies, job.copies) {
        let report = Report::new(job.program, job.sources, job.output, to);
        if let Err(e) = report.deliver(&copies) {
            status = fault::error(e);
        }
    }
    status
}

/// What an executable does beside its program's work.
#[derive(Default)]
pub struct BuiltIn {
    /// It counts for the ledger.
    pub counting: bool,
    pub memory: Memory,
    pub leaks: Leaks,
    pub limits: Limits,
}

/// Links an executable at `path`, which must not exist yet.
pub fn build(
    program: &Program,
    sources: &SourceMap,
    built_in: &BuiltIn,
    path: &Path,
) -> Result<(), String> {
    let options = cowl_codegen::Options {
        leaks: built_in.leaks,
        ..base_options(built_in.counting, built_in.memory, &built_in.limits)
    };
    link(program, sources, &options, path)
}

/// Links an executable at `path`, which must not exist yet.
fn link(
    program: &Program,
    sources: &SourceMap,
    options: &cowl_codegen::Options,
    path: &Path,
) -> Result<(), String> {
    cowl_codegen::build(program, sources, entry(program), options, path).map_err(|e| e.to_string())
}

/// The program's code at a stage behind the frontend.
pub fn dump(program: &Program, _: &SourceMap, stage: Stage, function: Option<&str>) -> String {
    let what = match stage {
        Stage::Mir => cowl_codegen::What::Mir,
        Stage::Clif => cowl_codegen::What::Clif,
        Stage::Asm => cowl_codegen::What::Asm,
        Stage::Ast | Stage::Hir => panic!("{stage:?} is the frontend's"),
    };
    let dump = cowl_codegen::Dump {
        what,
        func: function.map(str::to_string),
    };
    let options = cowl_codegen::Options::default();
    match program.entry {
        Some(start) => cowl_codegen::dump(program, start, &options, &dump),
        None => "nothing to show: there is no `fn main()`\n".to_string(),
    }
}

/// Builds to a temporary folder and runs from there.
fn run_executable(job: &Job<'_>) -> i32 {
    let dir = match tempfile::tempdir() {
        Ok(dir) => dir,
        Err(e) => return fault::error(format!("cannot make a temporary folder: {e}")),
    };
    let exe = dir.path().join("program");
    if let Err(e) = link(job.program, job.sources, &compile_options(job), &exe) {
        return fault::error(e);
    }
    let mut command = Command::new(&exe);
    command.args(job.args);
    let counted = dir.path().join("ledger");
    let ledger = match job.copies {
        Some(_) => Some(counted.as_path()),
        None => job.ledger,
    };
    if let Some(ledger) = ledger {
        command.env("COWL_LEDGER", ledger);
    }
    let status = match command.status() {
        Ok(status) => status.code().unwrap_or_else(|| {
            fault::error(format!("the program did not end by itself: {status}"));
            status::INTERNAL
        }),
        Err(e) => return fault::error(format!("cannot run the executable: {e}")),
    };
    match job.copies.map(|to| report_of(&counted, job, to)) {
        Some(Err(e)) => fault::error(e),
        Some(Ok(())) | None => status,
    }
}

/// Reports what an executable has counted, and leaves its ledger where it was asked for.
fn report_of(counted: &Path, job: &Job<'_>, to: &Path) -> Result<(), String> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|e| format!("the program left no counts: {e}"))
    };
    let ledger = Ledger::parse(&read(counted)?)?;
    let mut copies = Copies::default();
    copies.add_ledger(&ledger);
    copies.add_beside(&read(&beside_path(counted))?)?;
    if let Some(path) = job.ledger {
        let failed = |e| format!("cannot write `{}`: {}", path.display(), files::reason(&e));
        ledger.save(path).map_err(failed)?;
    }
    Report::new(job.program, job.sources, job.output, to).deliver(&copies)
}

/// A program that is run many times in this process and its forks (`cowl batch`).
pub struct Ready<'a> {
    program: &'a Program,
    sources: &'a SourceMap,
    max_steps: u64,
    input: &'a str,
    compiled: Vec<(Mode, cowl_codegen::Jitted)>,
}

impl Ready<'_> {
    pub fn new<'a>(
        program: &'a Program,
        sources: &'a SourceMap,
        job: &'a dualexec::batch::Job,
    ) -> Ready<'a> {
        Ready {
            program,
            sources,
            max_steps: job.max_steps,
            input: &job.input,
            compiled: Vec::new(),
        }
    }

    /// Runs in this process: a program's panic is no panic of the interpreter.
    pub fn interpret(&mut self, eager: bool, stress: bool, args: &[String]) -> Result<Ran, String> {
        let options = cowl_interp::Options {
            eager,
            ledger: !eager,
            stress: stress.then_some(0),
            leaks: Leaks::Off,
            copies: None,
            max_depth: None,
            max_steps: Some(self.max_steps),
            timeout: None,
            max_memory: None,
            max_copied: eager.then_some(dualexec::batch::MAX_COPIED),
            tidy: true,
        };
        let (stdout, stderr) = (Kept::default(), Kept::default());
        let io = cowl_interp::Io::new(
            Box::new(std::io::Cursor::new(self.input.as_bytes().to_vec())),
            Box::new(stdout.clone()),
            Box::new(stderr.clone()),
        );
        let start = entry(self.program);
        let args = args.to_vec();
        let outcome = cowl_interp::run(self.program, self.sources, start, args, &options, io);
        Ok(Ran {
            stdout: stdout.text(),
            stderr: stderr.text(),
            status: Some(outcome.status()),
            signal: None,
            ledger: outcome.ledger.map(|l| l.to_string()),
        })
    }

    /// Compiles for the JIT, once for all modes that run the same code.
    pub fn compile(&mut self, mode: Mode) {
        let mode = code_of(mode);
        if self.compiled.iter().any(|(m, _)| *m == mode) {
            return;
        }
        let limits = Limits {
            max_steps: Some(self.max_steps),
            ..Limits::default()
        };
        let memory = Memory {
            mm: match mode {
                Mode::JitTrace => Mm::Trace,
                Mode::JitAudit => Mm::Audit,
                _ => Mm::Rc,
            },
            gc_stress: None,
            leaks: false,
        };
        let options = cowl_codegen::Options {
            // The memory modes are about what the runtime does.
            quick: !matches!(mode, Mode::Jit | Mode::JitCounting),
            ..base_options(mode != Mode::Jit, memory, &limits)
        };
        let start = entry(self.program);
        let jitted = cowl_codegen::jit_compile(self.program, self.sources, start, &options);
        self.compiled.push((mode, jitted));
    }

    /// Runs what `compile` made; ends the process where the program panics.
    pub fn run_compiled(&self, mode: Mode, args: &[String], ledger: Option<&Path>) -> i32 {
        match self.compiled.iter().find(|(m, _)| *m == code_of(mode)) {
            Some((_, jitted)) => {
                let ends = cowl_codegen::Ends {
                    ledger: ledger.map(Path::to_path_buf),
                    stress: (mode == Mode::JitAuditStress).then_some(0),
                    ..cowl_codegen::Ends::default()
                };
                jitted.run(args.to_vec(), ends)
            }
            None => status::INTERNAL,
        }
    }

    /// An executable that counts.
    pub fn build(&self, path: &Path) -> Result<Ran, String> {
        let built_in = BuiltIn {
            counting: true,
            ..BuiltIn::default()
        };
        build(self.program, self.sources, &built_in, path)?;
        Ok(Ran::default())
    }
}

/// The mode whose machine code a mode runs: when the runtime collects is no matter of code.
fn code_of(mode: Mode) -> Mode {
    match mode {
        Mode::JitAuditStress => Mode::JitAudit,
        _ => mode,
    }
}

/// What a program writes, kept in memory.
#[derive(Clone, Default)]
struct Kept(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(|e| e.into_inner());
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(|e| e.into_inner());
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
