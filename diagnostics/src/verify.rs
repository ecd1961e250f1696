//! The whole of a verification: collects, runs in parallel, judges, reports.
//!
//! Takes paths and options; writes the report and gives a verdict, whose exit status is the
//! command's.

use crate::bless;
use crate::check;
use crate::engine::{Engine, Observation, Runner};
use crate::find::collect;
use crate::judge::{self, Fault};
use crate::mir;
use crate::report;
use crate::spec::{Kind, Program};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    /// One record per program and engine, then a summary.
    Json,
}

#[derive(Clone, Debug)]
pub struct Options {
    /// The executable that is verified.
    pub cowl: PathBuf,
    pub engines: Vec<Engine>,
    /// Each program also as an executable in one memory mode, `Engine::aot_mode_of`.
    pub aot_modes: bool,
    /// For each run.
    pub timeout: Duration,
    /// Programs at a time.
    pub jobs: usize,
    pub format: Format,
    pub bless: bool,
    /// Show progress on stderr, which is a terminal.
    pub progress: bool,
}

impl Options {
    pub fn new(cowl: PathBuf) -> Options {
        Options {
            cowl,
            engines: Engine::USUAL.to_vec(),
            aot_modes: true,
            timeout: Duration::from_secs(60),
            jobs: std::thread::available_parallelism().map_or(1, |n| n.get()),
            format: Format::Text,
            bless: false,
            progress: false,
        }
    }
}

/// What became of one program.
#[derive(Debug)]
pub struct Report {
    pub program: Program,
    pub faults: Vec<Fault>,
    pub seen: Vec<Observation>,
    /// What `cowl check` said of it.
    pub said: Vec<u8>,
    /// What the program's pinned functions are dumped as.
    pub dumps: Vec<Vec<u8>>,
    /// It could not be run at all, by no fault of an engine.
    pub error: Option<String>,
    /// `BLESS=1` was asked for and refused, or could not be done.
    pub unblessed: Option<String>,
    pub edits: Vec<bless::Edit>,
}

impl Report {
    pub fn agrees(&self) -> bool {
        self.faults.is_empty() && self.error.is_none()
    }
}

/// The result of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Agree,
    Differ,
    CannotRun,
}

impl Verdict {
    pub fn status(self) -> i32 {
        match self {
            Verdict::Agree => 0,
            Verdict::Differ => 1,
            Verdict::CannotRun => 2,
        }
    }
}

/// Verifies every program below the paths.
pub fn verify(
    paths: &[PathBuf],
    options: &Options,
    out: &mut dyn Write,
) -> std::io::Result<Verdict> {
    let found = collect(paths);
    verify_collected(&found.programs, &found.malformed, options, out)
}

/// Verifies programs that are not found in files.
pub(crate) fn verify_programs(
    programs: &[Program],
    options: &Options,
    out: &mut dyn Write,
) -> std::io::Result<Verdict> {
    verify_collected(programs, &[], options, out)
}

fn verify_collected(
    programs: &[Program],
    malformed: &[(String, String)],
    options: &Options,
    out: &mut dyn Write,
) -> std::io::Result<Verdict> {
    let start = Instant::now();
    let reports = run_all(programs, options);
    let more: &[Engine] = match options.aot_modes {
        true => &Engine::AOT_MODES,
        false => &[],
    };
    let mut summary = report::Summary::new(&[&options.engines[..], more].concat());
    for (name, why) in malformed {
        summary.malformed(options.format, name, why, out)?;
    }
    for report in &reports {
        summary.program(options.format, report, out)?;
    }
    if options.bless {
        let mut edits: BTreeMap<PathBuf, Vec<bless::Edit>> = BTreeMap::new();
        for report in reports {
            let file = edits.entry(report.program.origin).or_default();
            file.extend(report.edits);
        }
        summary.blessed = Some(bless::apply(edits)?);
    }
    summary.finish(options.format, start.elapsed(), out)
}

/// Each program on a worker; the reports in the programs' order.
fn run_all(programs: &[Program], options: &Options) -> Vec<Report> {
    let bar = match options.progress {
        true => indicatif::ProgressBar::new(programs.len() as u64),
        false => indicatif::ProgressBar::hidden(),
    };
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.clamp(1, programs.len().max(1)) {
            scope.spawn(|| {
                while let Some((i, program)) = take(programs, &next) {
                    let report = verify_program(program, options);
                    bar.inc(1);
                    let mut done = done.lock().unwrap_or_else(|e| e.into_inner());
                    done.push((i, report));
                }
            });
        }
    });
    bar.finish_and_clear();
    let mut done = done.into_inner().unwrap_or_else(|e| e.into_inner());
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, report)| report).collect()
}

fn take<'a>(programs: &'a [Program], next: &AtomicUsize) -> Option<(usize, &'a Program)> {
    let i = next.fetch_add(1, Ordering::Relaxed);
    Some((i, programs.get(i)?))
}

/// Runs one program everywhere.
pub fn verify_program(program: &Program, options: &Options) -> Report {
    let mut report = Report {
        program: program.clone(),
        faults: Vec::new(),
        seen: Vec::new(),
        said: Vec::new(),
        dumps: Vec::new(),
        error: None,
        unblessed: None,
        edits: Vec::new(),
    };
    if let Err(e) = observe(&mut report, options) {
        report.error = Some(e.to_string());
    }
    if options.bless && report.error.is_none() {
        propose_edits(&mut report);
    }
    report
}

fn observe(report: &mut Report, options: &Options) -> std::io::Result<()> {
    let scratch = tempfile::tempdir()?;
    let cowl = std::path::absolute(&options.cowl)?;
    let path = lay_out(&report.program, scratch.path())?;
    let runner = Runner {
        cowl: &cowl,
        timeout: options.timeout,
        program: &report.program,
        path: &path,
        scratch: scratch.path(),
    };
    let (data, text) = (runner.check("json")?, runner.check("text")?);
    report.faults = check::judge(&report.program, &path, &data, &text);
    report.said = text.stderr;
    if report.program.kind == Kind::Reject {
        return Ok(());
    }
    for (function, wanted) in &report.program.mirs {
        let dump = runner.mir(function)?;
        report.faults.extend(mir::judge(function, wanted, &dump));
        report.dumps.push(dump.stdout);
    }
    let more = options
        .aot_modes
        .then(|| Engine::aot_mode_of(&report.program));
    for engine in options.engines.iter().copied().chain(more) {
        report.seen.extend(runner.observe(engine)?);
    }
    let faults = judge::judge(&report.program, &report.seen);
    report.faults.extend(faults);
    Ok(())
}

/// The file to run; a chapter's block is written to a folder of its own.
fn lay_out(program: &Program, scratch: &Path) -> std::io::Result<PathBuf> {
    if program.sources.is_empty() {
        return std::path::absolute(&program.path);
    }
    let dir = scratch.join("source");
    for (name, text) in &program.sources {
        let to = dir.join(name);
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(to, text)?;
    }
    Ok(dir.join(&program.path))
}

/// Blessing changes texts and numbers only; any other fault stands in its way.
fn propose_edits(report: &mut Report) {
    let blessable = ["stdout", "stderr", "said", "ledger", "objects", "mir"];
    if report.faults.is_empty() {
        return;
    }
    let other = report
        .faults
        .iter()
        .find(|f| !blessable.contains(&f.aspect));
    if let Some(fault) = other {
        report.unblessed = Some(format!("not blessed: {} is at fault", fault.aspect));
    } else if !judge::agree(&report.program, &report.seen) {
        report.unblessed = Some("not blessed: the engines differ".to_string());
    } else {
        match bless::edits(&report.program, &report.said, &report.seen, &report.dumps) {
            Ok(edits) => report.edits = edits,
            Err(e) => report.unblessed = Some(format!("not blessed: {e}")),
        }
    }
}
