//! Compares observations of one program with its file and with one another.
//!
//! Takes what the runs did; gives faults, each with the engines that it concerns and a diff.
//! The interpreter is the reference where the file says nothing.

use crate::engine::{Base, Engine, Mode, Observation};
use crate::spec::{Claim, Kind, Pins, Program, Undecided};
use cowl_contract::ledger::{Ledger, Objects};
use cowl_contract::outcome::{Aspect, Ended, status};
use similar::TextDiff;

/// Longer diffs are cut in the report.
const MAX_DIFF_LINES: usize = 60;

/// One thing that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The runs that it concerns: `jit`, `jit counting`, `check` …
    pub who: Vec<String>,
    pub engines: Vec<Engine>,
    pub aspect: &'static str,
    /// A sentence, and a diff where there is one.
    pub detail: String,
}

/// All faults of a program's runs.
pub fn judge(program: &Program, seen: &[Observation]) -> Vec<Fault> {
    let mut cx = Cx { faults: Vec::new() };
    for run in seen {
        if let Some(why) = &run.broken {
            let stderr = String::from_utf8_lossy(&run.outcome.stderr);
            cx.add(run, "run", format!("{why}\n{stderr}"));
        }
    }
    let mut whole: Vec<&Observation> = seen.iter().filter(|r| r.broken.is_none()).collect();
    let incomparable = |run: &&&Observation| run.engine.base == Base::Eager && program.asks_sharing;
    for run in whole.iter().filter(incomparable) {
        cx.ends_by_itself(run);
    }
    whole.retain(|run| !incomparable(&run));
    let (stress, whole): (Vec<&Observation>, _) = whole.into_iter().partition(|r| r.engine.stress);
    for run in &whole {
        match run.mode {
            Mode::Tests => cx.tests(run),
            Mode::Plain | Mode::Counting => cx.against_file(program, run),
        }
    }
    for run in &whole {
        let reference = whole
            .iter()
            .find(|r| (r.mode == Mode::Tests) == (run.mode == Mode::Tests));
        if let Some(reference) = reference.filter(|r| !std::ptr::eq(**r, *run)) {
            cx.against_reference(ends_by_machine(program), reference, run);
        }
    }
    cx.stress(program, whole.first().copied(), &stress);
    cx.faults
}

/// Whether engines agree with one another, whatever the file says of their texts and numbers.
pub fn agree(program: &Program, seen: &[Observation]) -> bool {
    let mut cx = Cx { faults: Vec::new() };
    if let Some((first, rest)) = seen.split_first() {
        let eager_asks = |r: &&Observation| program.asks_sharing && r.engine.base == Base::Eager;
        let comparable =
            |r: &&Observation| r.mode != Mode::Tests && !eager_asks(r) && !r.engine.stress;
        for run in rest.iter().filter(comparable) {
            cx.against_reference(ends_by_machine(program), first, run);
        }
    }
    cx.faults.is_empty() && seen.iter().all(|r| r.broken.is_none())
}

/// All faults of a program of which no file says anything: against the first run, and against what
/// holds of every program (it ends by itself, nothing stays behind). `sees_deaths`: the program sees
/// when objects die, which the eager interpreter, where nothing is shared, decides in its own way.
pub fn compare(seen: &[Observation], sees_deaths: bool) -> Vec<Fault> {
    let mut cx = Cx { faults: Vec::new() };
    for run in seen {
        if let Some(why) = &run.broken {
            cx.add(run, "run", why.clone());
        }
        cx.ends_by_itself(run);
        let ledger = run.outcome.ledger.as_ref();
        let live = ledger.map_or(0, |l| l.objects.live);
        let normal = run.outcome.ended == Ended::Status(status::OK);
        if live != 0 && normal {
            cx.add(run, "leak", format!("{live} objects still live at the end"));
        }
    }
    for run in seen {
        // When cycles are collected shows through `weak`: runs that do so at every `new` are compared
        // with one another.
        let first = seen.iter().find(|r| r.engine.stress == run.engine.stress);
        let Some(first) = first.filter(|first| !std::ptr::eq(*first, run)) else {
            continue;
        };
        if sees_deaths && run.engine.base == Base::Eager {
            continue;
        }
        // That it did not end by itself has been said.
        if run.broken.is_none() && !cx.has(run, "crash") {
            cx.against_reference(false, first, run);
        }
    }
    cx.faults
}

/// How far a program comes before its machine ends it may differ (README, "Legal differences").
fn ends_by_machine(program: &Program) -> bool {
    matches!(&program.kind, Kind::Panic(text) if text == "stack overflow" || text == "out of memory")
}

struct Cx {
    faults: Vec<Fault>,
}

impl Cx {
    /// The same finding about several runs becomes one fault.
    fn add(&mut self, run: &Observation, aspect: &'static str, detail: String) {
        let same = |f: &&mut Fault| f.aspect == aspect && f.detail == detail;
        match self.faults.iter_mut().find(same) {
            Some(fault) => {
                fault.who.push(run.label());
                fault.engines.push(run.engine);
            }
            None => self.faults.push(Fault {
                who: vec![run.label()],
                engines: vec![run.engine],
                aspect,
                detail,
            }),
        }
    }

    fn has(&self, run: &Observation, aspect: &'static str) -> bool {
        let label = run.label();
        self.faults
            .iter()
            .any(|f| f.aspect == aspect && f.who.contains(&label))
    }

    /// All that can be asked of a run whose output may differ.
    fn ends_by_itself(&mut self, run: &Observation) {
        let ended = run.outcome.ended;
        let by_itself = matches!(ended, Ended::Status(n) if n != status::INTERNAL);
        if !by_itself {
            let stderr = String::from_utf8_lossy(&run.outcome.stderr);
            self.add(run, "crash", format!("{ended}\n{stderr}"));
        }
    }

    /// Runs that collect at every `new`, against one another; against the file and the `usual` runs
    /// only where the program cannot see when it collects.
    fn stress(&mut self, program: &Program, usual: Option<&Observation>, runs: &[&Observation]) {
        for run in runs {
            if program.asks_collection {
                self.ends_by_itself(run);
            } else {
                self.against_file(program, run);
                if let Some(usual) = usual {
                    self.against_reference(ends_by_machine(program), usual, run);
                }
            }
            if !std::ptr::eq(runs[0], *run) {
                self.against_reference(ends_by_machine(program), runs[0], run);
            }
        }
    }

    fn tests(&mut self, run: &Observation) {
        if run.outcome.ended != Ended::Status(status::OK) {
            let said = [&run.outcome.stdout[..], &run.outcome.stderr].concat();
            let said = String::from_utf8_lossy(&said).into_owned();
            let ended = run.outcome.ended;
            self.add(
                run,
                "exit",
                format!("`cowl test`: {ended}, not exit 0\n{said}"),
            );
        }
    }

    fn against_file(&mut self, program: &Program, run: &Observation) {
        let outcome = &run.outcome;
        let wanted = program.expected_exit();
        let by_itself = matches!(outcome.ended, Ended::Status(n) if n != status::INTERNAL);
        if outcome.ended != Ended::Status(wanted)
            && !(program.undecided == Undecided::Ending && by_itself)
        {
            let ended = outcome.ended;
            let stderr = String::from_utf8_lossy(&outcome.stderr);
            self.add(run, "exit", format!("{ended}, not exit {wanted}\n{stderr}"));
        }
        let stdout = program.expected_stdout();
        let by_agreement = ends_by_machine(program) || program.undecided != Undecided::Nothing;
        let stdout_is_open = by_agreement && program.stdout.is_none();
        if outcome.stdout != stdout && !stdout_is_open {
            let text = diff("expected", stdout, "actual", &outcome.stdout);
            self.add(run, "stdout", format!("not what the file says\n{text}"));
        }
        match program.expected_stderr() {
            Some(stderr) if outcome.stderr != stderr && program.undecided != Undecided::Ending => {
                let text = diff("expected", stderr, "actual", &outcome.stderr);
                self.add(run, "stderr", format!("not what the file says\n{text}"));
            }
            _ => {}
        }
        if let Kind::Panic(text) = &program.kind {
            let line = format!("panic: {text}");
            let stderr = String::from_utf8_lossy(&outcome.stderr);
            if !stderr.lines().any(|l| l == line) {
                self.add(run, "stderr", format!("no line `{line}`\n{stderr}"));
            }
        }
        if let Some(ledger) = &outcome.ledger {
            self.ledger_pins(program, run, ledger);
        }
    }

    fn ledger_pins(&mut self, program: &Program, run: &Observation, ledger: &Ledger) {
        let totals = ledger.totals();
        let sums = [
            ("in_place", totals.in_place),
            ("copied", totals.copied),
            ("moved", totals.moved),
        ];
        if let Some(differs) = program.ledger.as_ref().and_then(|p| differing(p, &sums)) {
            let text = ledger.events_text();
            self.add(run, "ledger", format!("{differs}\n{text}"));
        }
        let objects = object_counts(&ledger.objects);
        let leaks = ledger.objects.live != 0 && !run.outcome.panicked();
        let pins_live = |p: &Pins| p.parts.iter().any(|(name, _)| name == "live");
        if let Some(differs) = program
            .objects
            .as_ref()
            .and_then(|p| differing(p, &objects))
        {
            self.add(run, "objects", format!("{differs}\n{}", ledger.objects));
        } else if leaks && !program.objects.as_ref().is_some_and(pins_live) {
            let live = ledger.objects.live;
            self.add(run, "objects", format!("{live} still live at the end"));
        }
        for mark in &program.marks {
            if let Claim::Events(parts) = &mark.claim {
                let sums = line_sums(ledger, &file_name(program), mark.line);
                let pins = Pins {
                    parts: parts.clone(),
                    line: 0,
                };
                if let Some(differs) = differing(&pins, &sums) {
                    let line = mark.line;
                    let text = ledger.events_text();
                    self.add(run, "ledger", format!("line {line}: {differs}\n{text}"));
                }
            }
        }
    }

    fn against_reference(&mut self, by_machine: bool, base: &Observation, run: &Observation) {
        for aspect in base.outcome.differences(&run.outcome) {
            let name = aspect.name();
            // How many have been collected when a program ends in the middle.
            let unfinished = base.engine.stress != run.engine.stress && run.outcome.panicked();
            if aspect == Aspect::Objects && unfinished {
                continue;
            }
            // Where the file decides, this was reported already.
            if (by_machine && aspect != Aspect::Exit) || self.has(run, name) {
                continue;
            }
            let text = aspect_diff(aspect, base, run);
            let who = base.label();
            self.add(run, name, format!("differs from {who}\n{text}"));
        }
        if base.files != run.files && !by_machine {
            let list = |o: &Observation| -> String {
                let files = o.files.iter();
                files
                    .map(|(name, bytes)| format!("== {name}\n{}\n", String::from_utf8_lossy(bytes)))
                    .collect()
            };
            let (a, b) = (base.label(), run.label());
            let text = diff(&a, list(base).as_bytes(), &b, list(run).as_bytes());
            self.add(run, "files", format!("differ from {a}\n{text}"));
        }
    }
}

fn file_name(program: &Program) -> String {
    let name = program.path.file_name();
    name.map_or(String::new(), |n| n.to_string_lossy().into_owned())
}

fn aspect_diff(aspect: Aspect, base: &Observation, run: &Observation) -> String {
    let (a, b) = (&base.outcome, &run.outcome);
    let (from, to) = (base.label(), run.label());
    match aspect {
        Aspect::Stdout => diff(&from, &a.stdout, &to, &b.stdout),
        Aspect::Stderr => diff(&from, &a.stderr, &to, &b.stderr),
        Aspect::Exit => format!("{from}: {}, {to}: {}", a.ended, b.ended),
        Aspect::Ledger | Aspect::Objects => {
            let text = |l: &Option<Ledger>| l.as_ref().map_or(String::new(), Ledger::to_string);
            let (a, b) = (text(&a.ledger), text(&b.ledger));
            diff(&from, a.as_bytes(), &to, b.as_bytes())
        }
    }
}

/// A sentence if a pinned number is another one.
fn differing(pins: &Pins, actual: &[(&str, u64)]) -> Option<String> {
    let wrong: Vec<String> = pins
        .parts
        .iter()
        .filter_map(|(name, wanted)| {
            let (_, n) = actual.iter().find(|(known, _)| known == name)?;
            (n != wanted).then(|| format!("{name}={n}, not {wanted}"))
        })
        .collect();
    (!wrong.is_empty()).then(|| wrong.join("; "))
}

pub fn object_counts(objects: &Objects) -> [(&'static str, u64); 4] {
    [
        ("allocated", objects.allocated),
        ("freed", objects.freed),
        ("collected", objects.collected),
        ("live", objects.live),
    ]
}

fn line_sums(ledger: &Ledger, file: &str, line: u32) -> [(&'static str, u64); 3] {
    let mut sums = [("in_place", 0), ("copied", 0), ("moved", 0)];
    for (place, counts) in &ledger.places {
        if place.line == line && place.file == file {
            sums[0].1 += counts.in_place;
            sums[1].1 += counts.copied_total();
            sums[2].1 += counts.moved;
        }
    }
    sums
}

/// A unified diff, cut where it is long.
pub fn diff(from: &str, a: &[u8], to: &str, b: &[u8]) -> String {
    let (a, b) = (String::from_utf8_lossy(a), String::from_utf8_lossy(b));
    let diff = TextDiff::from_lines(&*a, &*b);
    let text = diff.unified_diff().header(from, to).to_string();
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.len() > MAX_DIFF_LINES {
        lines.truncate(MAX_DIFF_LINES);
        lines.push("…");
    }
    lines.join("\n")
}
