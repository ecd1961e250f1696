//! `cowl fuzz`: generated programs on every engine, many to a process; what differs is reduced.
//!
//! Takes a range of seeds; gives findings, each with a program as small as it could be made, and a
//! summary. The programs of a batch are modules of one program, so that the frontend, the library
//! and machine code are made once for all of them; each runs by itself.

pub mod finding;
mod programs;
mod summary;

pub use finding::{Finding, Signature};
pub use programs::{
    Batch, Case, Extra, Outcomes, eager_gave_up, run_alone, run_single, sees_deaths,
};
pub use summary::Summary;

use crate::batch::{Mode, Worker};
use crate::reduce;
use crate::verify::{Format, Verdict};
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Of the batches that run in the memory modes, one of so many runs its programs' tests too: each of
/// them is a compilation.
const TESTS_EVERY: u64 = 4;

/// What is run, how, and by how many.
#[derive(Clone, Debug)]
pub struct Options {
    pub cowl: PathBuf,
    pub seeds: Range<u64>,
    pub jobs: usize,
    /// Stop when it is up.
    pub time: Option<Duration>,
    /// Every n-th batch, this one.
    pub shard: (u64, u64),
    /// Every n-th batch as an executable too; 0: none.
    pub aot_every: u64,
    /// Every n-th batch in the memory modes too; 0: none.
    pub memory_every: u64,
    pub batch: usize,
    /// How long an engine may be silent.
    pub patience: Duration,
    /// Give differences up after so many.
    pub most: usize,
    /// Seconds that one reduction may take; 0: none is done.
    pub reduce: Duration,
    pub format: Format,
    pub progress: bool,
}

impl Options {
    pub fn new(cowl: PathBuf) -> Options {
        Options {
            cowl,
            seeds: 0..1000,
            jobs: std::thread::available_parallelism().map_or(1, |n| n.get()),
            time: None,
            shard: (0, 1),
            aot_every: 0,
            memory_every: 8,
            batch: 64,
            patience: Duration::from_secs(60),
            most: 20,
            reduce: Duration::from_secs(60),
            format: Format::Text,
            progress: false,
        }
    }
}

/// Runs the programs of all seeds; writes findings as they come, then the summary.
pub fn fuzz(options: &Options, out: &mut (dyn Write + Send)) -> std::io::Result<Verdict> {
    let seeds = options.seeds.end.saturating_sub(options.seeds.start);
    let (shard, of) = options.shard;
    if seeds == 0 || of == 0 || shard >= of || options.batch == 0 {
        let why = "no seeds: the range is empty, or the shard is not one of them";
        writeln!(out, "error: {why}")?;
        return Ok(Verdict::CannotRun);
    }
    let start = Instant::now();
    let bar = match options.progress {
        true => indicatif::ProgressBar::new(seeds / of),
        false => indicatif::ProgressBar::hidden(),
    };
    let shared = Shared {
        options,
        start,
        next: AtomicU64::new(shard),
        stop: AtomicBool::new(false),
        summary: Mutex::new(Summary::default()),
        known: Mutex::new(Vec::new()),
        out: Mutex::new(out),
        bar,
    };
    let failed = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.jobs.max(1))
            .map(|_| scope.spawn(|| shared.worker()))
            .collect();
        let results = workers.into_iter().map(|w| w.join());
        let failed = results.filter_map(|r| match r {
            Ok(result) => result.err(),
            Err(_) => Some(std::io::Error::other("a worker of the fuzzer panicked")),
        });
        failed.collect::<Vec<_>>()
    });
    shared.bar.finish_and_clear();
    if let Some(e) = failed.into_iter().next() {
        return Err(e);
    }
    let summary = shared
        .summary
        .into_inner()
        .unwrap_or_else(|e| e.into_inner());
    let out = shared.out.into_inner().unwrap_or_else(|e| e.into_inner());
    summary.write(options.format, start.elapsed(), out)?;
    Ok(match summary.findings == 0 && summary.rejected == 0 {
        true if summary.programs == 0 => Verdict::CannotRun,
        true => Verdict::Agree,
        false => Verdict::Differ,
    })
}

struct Shared<'a, 'o> {
    options: &'a Options,
    start: Instant,
    /// The next batch's number.
    next: AtomicU64,
    stop: AtomicBool,
    summary: Mutex<Summary>,
    known: Mutex<Vec<Signature>>,
    out: Mutex<&'o mut (dyn Write + Send)>,
    bar: indicatif::ProgressBar,
}

impl Shared<'_, '_> {
    fn time_is_up(&self) -> bool {
        let up = self.options.time.is_some_and(|t| self.start.elapsed() >= t);
        up || self.stop.load(Ordering::Relaxed)
    }

    fn worker(&self) -> std::io::Result<()> {
        let options = self.options;
        let mut worker = Worker::new(&options.cowl, options.patience);
        while !self.time_is_up() {
            let k = self.next.fetch_add(options.shard.1, Ordering::Relaxed);
            let from = options.seeds.start.saturating_add(k * options.batch as u64);
            if from >= options.seeds.end {
                return Ok(());
            }
            let to = from
                .saturating_add(options.batch as u64)
                .min(options.seeds.end);
            let nth = k / options.shard.1;
            let every = |n: u64| n > 0 && nth.is_multiple_of(n);
            let memory = every(options.memory_every);
            let extra = Extra {
                aot: every(options.aot_every),
                memory,
                optimised: memory.then(|| match every(2 * options.memory_every) {
                    true => Mode::JitCounting,
                    false => Mode::Jit,
                }),
                tests: every(TESTS_EVERY * options.memory_every),
            };
            let batch = Batch::generate(from..to);
            let outcomes = batch.run(&mut worker, extra, options.patience)?;
            self.bar.inc(to - from);
            {
                let mut summary = self.summary.lock().unwrap_or_else(|e| e.into_inner());
                summary.add(&batch, &outcomes);
            }
            for finding in outcomes.findings {
                self.report(finding, &mut worker)?;
            }
        }
        Ok(())
    }

    /// Reduces and writes a finding, unless one of its kind was written before.
    fn report(&self, finding: Finding, worker: &mut Worker) -> std::io::Result<()> {
        let options = self.options;
        {
            let mut known = self.known.lock().unwrap_or_else(|e| e.into_inner());
            if known.contains(&finding.signature) {
                return Ok(());
            }
            known.push(finding.signature.clone());
            if known.len() >= options.most {
                self.stop.store(true, Ordering::Relaxed);
            }
        }
        let finding = match options.reduce.is_zero() {
            true => finding,
            false => reduce::reduce(finding, worker, options.reduce)?,
        };
        let text = match options.format {
            Format::Text => finding.to_text(),
            Format::Json => finding.to_json(),
        };
        let mut out = self.out.lock().unwrap_or_else(|e| e.into_inner());
        self.bar
            .suspend(|| writeln!(out, "{text}").and_then(|()| out.flush()))
    }
}
