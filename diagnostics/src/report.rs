//! What a verification says: a paragraph per fault, counts per engine, one verdict line; or the
//! same as JSON records.
//!
//! Takes reports one by one; gives text and the verdict.

use crate::engine::{Engine, Observation};
use crate::judge::object_counts;
use crate::spec::Kind;
use crate::verify::{Format, Report, Verdict};
use cowl_contract::outcome::Ended;
use serde_json::{Value, json};
use std::io::{Result, Write};
use std::time::Duration;

/// Counts over all programs.
pub struct Summary {
    engines: Vec<Tally>,
    programs: usize,
    rejects: usize,
    differences: usize,
    ledgers: usize,
    /// In all ledgers together.
    events: u64,
    cannot_run: usize,
    /// Files that blessing changed, if it was asked for.
    pub blessed: Option<usize>,
}

struct Tally {
    engine: Engine,
    programs: usize,
    differ: usize,
    millis: u64,
}

impl Summary {
    pub fn new(engines: &[Engine]) -> Summary {
        let tally = |&engine: &Engine| Tally {
            engine,
            programs: 0,
            differ: 0,
            millis: 0,
        };
        Summary {
            engines: engines.iter().map(tally).collect(),
            programs: 0,
            rejects: 0,
            differences: 0,
            ledgers: 0,
            events: 0,
            cannot_run: 0,
            blessed: None,
        }
    }

    pub fn malformed(
        &mut self,
        format: Format,
        name: &str,
        why: &str,
        out: &mut dyn Write,
    ) -> Result<()> {
        self.cannot_run += 1;
        match format {
            Format::Text => writeln!(out, "CANNOT RUN {name}\n  {why}"),
            Format::Json => writeln!(out, "{}", json!({ "program": name, "error": why })),
        }
    }

    pub fn program(&mut self, format: Format, report: &Report, out: &mut dyn Write) -> Result<()> {
        self.count(report);
        if let Some(why) = &report.error {
            return self.malformed(format, &report.program.name, why, out);
        }
        match format {
            Format::Text => text(report, out),
            Format::Json => records(report, out),
        }
    }

    fn count(&mut self, report: &Report) {
        self.programs += 1;
        self.rejects += usize::from(report.program.kind == Kind::Reject);
        self.differences += usize::from(!report.faults.is_empty());
        let counting = |r: &&Observation| r.outcome.ledger.is_some();
        self.ledgers += report.seen.iter().filter(counting).count();
        for ledger in report.seen.iter().filter_map(|r| r.outcome.ledger.as_ref()) {
            let totals = ledger.totals();
            self.events += totals.in_place + totals.copied + totals.moved;
        }
        for tally in &mut self.engines {
            let runs = || report.seen.iter().filter(|r| r.engine == tally.engine);
            tally.programs += usize::from(runs().count() > 0);
            tally.millis += runs().map(|r| r.millis).sum::<u64>();
            let at_fault = |f: &crate::Fault| f.engines.contains(&tally.engine);
            tally.differ += usize::from(report.faults.iter().any(at_fault));
        }
    }

    pub fn finish(self, format: Format, elapsed: Duration, out: &mut dyn Write) -> Result<Verdict> {
        let verdict = match (self.programs, self.cannot_run, self.differences) {
            (0, ..) => Verdict::CannotRun,
            (_, 1.., _) => Verdict::CannotRun,
            (_, 0, 0) => Verdict::Agree,
            (_, 0, _) => Verdict::Differ,
        };
        match format {
            Format::Text => self.finish_text(elapsed, out)?,
            Format::Json => self.finish_json(verdict, elapsed, out)?,
        }
        Ok(verdict)
    }

    /// Those that ran a program: some modes are for programs with `new`, some for a few of all.
    fn engines_used(&self) -> impl Iterator<Item = &Tally> {
        self.engines.iter().filter(|t| t.programs > 0)
    }

    fn finish_text(&self, elapsed: Duration, out: &mut dyn Write) -> Result<()> {
        for tally in self.engines_used() {
            writeln!(
                out,
                "{:<16} {:>5} programs, {:>5} agree, {:>3} differ, {:>7.1} s",
                tally.engine.name(),
                tally.programs,
                tally.programs - tally.differ,
                tally.differ,
                tally.millis as f64 / 1000.0
            )?;
        }
        if let Some(files) = self.blessed {
            writeln!(out, "blessed: {} changed", plural(files, "file"))?;
        }
        if self.programs == 0 {
            return writeln!(out, "verify: no programs: nothing was verified");
        }
        write!(
            out,
            "verify: {}, {}, {}, {} rejects, {} ledgers of {} events compared",
            plural(self.programs, "program"),
            plural(self.engines_used().count(), "engine"),
            plural(self.differences, "difference"),
            self.rejects,
            self.ledgers,
            self.events,
        )?;
        if self.cannot_run > 0 {
            write!(out, ", {} cannot run", self.cannot_run)?;
        }
        writeln!(out, ", {:.1} s", elapsed.as_secs_f64())
    }

    fn finish_json(&self, verdict: Verdict, elapsed: Duration, out: &mut dyn Write) -> Result<()> {
        let engine = |t: &Tally| {
            json!({
                "engine": t.engine.name(),
                "programs": t.programs,
                "agree": t.programs - t.differ,
                "differ": t.differ,
                "millis": t.millis,
            })
        };
        let engines: Vec<Value> = self.engines.iter().map(engine).collect();
        let summary = json!({
            "summary": {
                "programs": self.programs,
                "rejects": self.rejects,
                "differences": self.differences,
                "cannot_run": self.cannot_run,
                "ledgers": self.ledgers,
                "events": self.events,
                "engines": engines,
                "exit": verdict.status(),
                "seconds": elapsed.as_secs_f64(),
            }
        });
        writeln!(out, "{summary}")
    }
}

fn plural(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        _ => format!("{n} {noun}s"),
    }
}

fn text(report: &Report, out: &mut dyn Write) -> Result<()> {
    if report.agrees() {
        return Ok(());
    }
    let name = &report.program.name;
    writeln!(out, "DIFFERS {name}")?;
    for line in report.explain().lines() {
        writeln!(out, "  {line}")?;
    }
    if let Some(why) = &report.unblessed {
        writeln!(out, "  {why}")?;
    }
    let file = name
        .split_once(".md:")
        .map_or(name.clone(), |(f, _)| format!("{f}.md"));
    writeln!(out, "  again: cowl verify {file}")
}

impl Report {
    /// Every fault: which runs, what, and the diff.
    pub fn explain(&self) -> String {
        let mut text = String::new();
        if let Some(why) = &self.error {
            text += &format!("cannot run: {why}\n");
        }
        for fault in &self.faults {
            let mut lines = fault.detail.lines();
            let first = lines.next().unwrap_or_default();
            let who = fault.who.join(", ");
            text += &format!("{who}: {}: {first}\n", fault.aspect);
            for line in lines {
                text += &format!("  {line}\n");
            }
        }
        text
    }
}

fn records(report: &Report, out: &mut dyn Write) -> Result<()> {
    let program = &report.program;
    let fault =
        |f: &&crate::Fault| json!({ "runs": f.who, "aspect": f.aspect, "detail": f.detail });
    let checked: Vec<Value> = report
        .faults
        .iter()
        .filter(|f| f.engines.is_empty())
        .map(|f| fault(&f))
        .collect();
    let record = json!({
        "program": program.name,
        "kind": program.kind.name(),
        "engine": "check",
        "agrees": checked.is_empty(),
        "faults": checked,
    });
    writeln!(out, "{record}")?;
    let mut engines: Vec<Engine> = report.seen.iter().map(|r| r.engine).collect();
    engines.dedup();
    for engine in engines {
        let faults = || report.faults.iter().filter(|f| f.engines.contains(&engine));
        let runs: Vec<Value> = report
            .seen
            .iter()
            .filter(|r| r.engine == engine)
            .map(run_record)
            .collect();
        let record = json!({
            "program": program.name,
            "kind": program.kind.name(),
            "engine": engine.name(),
            "agrees": faults().count() == 0,
            "runs": runs,
            "faults": faults().map(|f| fault(&f)).collect::<Vec<Value>>(),
        });
        writeln!(out, "{record}")?;
    }
    Ok(())
}

fn run_record(run: &Observation) -> Value {
    let ended = match run.outcome.ended {
        Ended::Status(n) => json!(n),
        other @ (Ended::Signal(_) | Ended::TimedOut) => json!(other.to_string()),
    };
    let ledger = run.outcome.ledger.as_ref().map(|ledger| {
        let totals = ledger.totals();
        let objects: serde_json::Map<String, Value> = object_counts(&ledger.objects)
            .into_iter()
            .map(|(name, n)| (name.to_string(), json!(n)))
            .collect();
        json!({
            "in_place": totals.in_place,
            "copied": totals.copied,
            "moved": totals.moved,
            "objects": objects,
        })
    });
    json!({
        "run": run.label(),
        "exit": ended,
        "stdout_bytes": run.outcome.stdout.len(),
        "stderr_bytes": run.outcome.stderr.len(),
        "millis": run.millis,
        "ledger": ledger,
    })
}
