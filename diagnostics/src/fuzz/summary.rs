//! What a run of the fuzzer saw in all: how many programs, how they ended, what they exercised.

use super::programs::{Batch, Outcomes};
use crate::engine::Observation;
use crate::generate::Feature;
use crate::verify::Format;
use cowl_contract::outcome::{Ended, status};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

#[derive(Clone, Debug, Default)]
pub struct Summary {
    pub programs: u64,
    pub aot: u64,
    /// Programs that also ran in all memory modes.
    pub modes: u64,
    /// Tests of programs that ran by themselves.
    pub tests: u64,
    pub rejected: u64,
    pub findings: u64,
    pub panicked: u64,
    pub out_of_steps: u64,
    /// Programs of which eager mode had nothing to say, as it copied too much.
    pub gave_up: u64,
    /// Programs in which something was copied, changed in place, both.
    pub copying: u64,
    pub in_place: u64,
    pub both: u64,
    /// Programs with garbage in cycles.
    pub collected: u64,
    pub weak_some: u64,
    pub weak_none: u64,
    /// Programs that left a loop or function in the middle of something.
    pub exits: u64,
    /// Programs whose callback changed what it was called from.
    pub callbacks: u64,
    /// Programs with a place that changed in place ten times and more.
    pub growing: u64,
    /// Programs that changed something in place after its alias had gone.
    pub alone_again: u64,
    /// Programs in which `?` made another error of one.
    pub conversions: u64,
    /// Programs that asked whether something is held once.
    pub asked: u64,
    pub events_in_place: u64,
    pub events_copied: u64,
    /// By pair of features: programs that have both.
    pairs: BTreeMap<(Feature, Feature), u64>,
}

impl Summary {
    pub fn add(&mut self, batch: &Batch, outcomes: &Outcomes) {
        self.programs += batch.programs.len() as u64;
        self.aot += outcomes.aot as u64;
        self.modes += outcomes.modes as u64;
        self.tests += outcomes.tests as u64;
        self.gave_up += outcomes.gave_up as u64;
        for program in &batch.programs {
            for (i, a) in program.features.iter().enumerate() {
                for b in &program.features[i + 1..] {
                    *self.pairs.entry((*a, *b)).or_default() += 1;
                }
            }
        }
        self.rejected += outcomes.rejected as u64;
        self.findings += outcomes.findings.len() as u64;
        for (program, seen) in batch.programs.iter().zip(&outcomes.seen) {
            self.program(&program.files, seen);
        }
    }

    fn program(&mut self, files: &[(String, String)], seen: &Observation) {
        let outcome = &seen.outcome;
        self.panicked += u64::from(outcome.panicked());
        self.out_of_steps += u64::from(outcome.ended == Ended::Status(status::LIMIT));
        let text = String::from_utf8_lossy(&outcome.stdout);
        let says = |mark: &str| u64::from(text.lines().any(|l| l == mark));
        self.weak_some += says("~w some");
        self.weak_none += says("~w none");
        self.exits += says("~exit");
        self.callbacks += says("~cb");
        self.conversions += says("~from");
        self.asked += u64::from(text.lines().any(|l| l.starts_with("~u ")));
        let Some(ledger) = &outcome.ledger else {
            return;
        };
        let totals = ledger.totals();
        self.events_in_place += totals.in_place;
        self.events_copied += totals.copied;
        let (copies, changes) = (totals.copied > 0, totals.in_place > 0);
        self.copying += u64::from(copies);
        self.in_place += u64::from(changes);
        self.both += u64::from(copies && changes);
        self.collected += u64::from(ledger.objects.collected > 0);
        self.growing += u64::from(ledger.places.values().any(|c| c.in_place >= 10));
        let alone = ledger.places.iter().any(|(place, counts)| {
            let file = files.iter().find(|(name, _)| *name == place.file);
            let line = file.and_then(|(_, t)| t.lines().nth(place.line as usize - 1));
            counts.in_place > 0 && line.is_some_and(|l| l.ends_with("// alone again"))
        });
        self.alone_again += u64::from(alone);
    }

    /// The pair of features that fewest programs have, and how many.
    fn rarest(&self) -> Option<((Feature, Feature), u64)> {
        let all = Feature::ALL.iter().enumerate();
        let pairs = all.flat_map(|(i, a)| Feature::ALL[i + 1..].iter().map(move |b| (*a, *b)));
        let counted = pairs.map(|pair| (pair, self.pairs.get(&pair).copied().unwrap_or(0)));
        counted.min_by_key(|(_, n)| *n)
    }

    fn parts(&self) -> [(&'static str, u64); 15] {
        [
            ("panicked", self.panicked),
            ("out of steps", self.out_of_steps),
            ("without eager", self.gave_up),
            ("copied", self.copying),
            ("in place", self.in_place),
            ("both", self.both),
            ("collected cycles", self.collected),
            ("weak some", self.weak_some),
            ("weak none", self.weak_none),
            ("early exits", self.exits),
            ("changing callbacks", self.callbacks),
            ("grew in place", self.growing),
            ("alone again", self.alone_again),
            ("converted errors", self.conversions),
            ("asked for holders", self.asked),
        ]
    }

    pub fn write(
        &self,
        format: Format,
        elapsed: Duration,
        out: &mut dyn Write,
    ) -> std::io::Result<()> {
        let seconds = elapsed.as_secs_f64();
        let rate = self.programs as f64 / seconds.max(0.001);
        if format == Format::Json {
            let mut record = json!({
                "programs": self.programs,
                "aot": self.aot,
                "memory_modes": self.modes,
                "tests": self.tests,
                "rejected": self.rejected,
                "differences": self.findings,
                "seconds": seconds,
                "per_second": rate,
                "events_in_place": self.events_in_place,
                "events_copied": self.events_copied,
            });
            if let Some(((a, b), n)) = self.rarest() {
                record["rarest_pair"] = json!([a.name(), b.name(), n]);
            }
            for (name, n) in self.parts() {
                record[name.replace(' ', "_")] = json!(n);
            }
            return writeln!(out, "{record}");
        }
        let share = |n: u64| 100.0 * n as f64 / self.programs.max(1) as f64;
        let parts: Vec<String> = self
            .parts()
            .iter()
            .map(|(name, n)| format!("{:.1} % {name}", share(*n)))
            .collect();
        writeln!(out, "{}", parts.join(", "))?;
        if let Some(((a, b), n)) = self.rarest() {
            let pairs = Feature::ALL.len() * (Feature::ALL.len() - 1) / 2;
            writeln!(
                out,
                "{pairs} pairs of features; the rarest, {} with {}, in {n} programs",
                a.name(),
                b.name()
            )?;
        }
        let verdict = match self.findings + self.rejected {
            0 => "all engines agree".to_string(),
            _ => format!("{} differences, {} rejected", self.findings, self.rejected),
        };
        writeln!(
            out,
            "{} programs ({} as executables, {} in all memory modes; {} tests) in {seconds:.1} s, \
             {rate:.0} a second: {verdict}",
            self.programs, self.aot, self.modes, self.tests
        )
    }
}
