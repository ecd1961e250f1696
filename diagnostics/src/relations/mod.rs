//! Metamorphic relations: a program and a rewriting of it must do the same.
//!
//! Takes programs of the specification or generated ones; rewrites each in ways that keep its
//! meaning, lets the compiler's checker say which of them are still programs, runs both and compares
//! what they print, how they end and, where the relation says so, what they copy. One engine is
//! enough to find a fault, so that this sees what all engines share. `values`, `shapes`, `functions`
//! and `whole` have the rewritings, `modules` finds the files of a program.

mod functions;
mod modules;
mod shapes;
mod values;
mod whole;

use crate::batch::{INPUT, Mode, Worker};
use crate::engine::Observation;
use crate::find::collect as collect_programs;
use crate::fuzz::{Case, Signature, run_alone};
use crate::generate::{self, Choices};
use crate::reduce::collect::{Bytes, Collected, collect};
use crate::reduce::edit::{Edit, apply};
use crate::reduce::shrink;
use crate::spec::Kind;
use crate::verify::Verdict;
use cowl_contract::outcome::{Ended, Outcome, status};
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

macro_rules! relations {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Relation { $($(#[doc = $doc])* $name),* }

        impl Relation {
            pub const ALL: &'static [Relation] = &[$(Relation::$name),*];

            pub fn name(self) -> &'static str {
                match self { $(Relation::$name => stringify!($name)),* }
            }
        }
    };
}

relations! {
    /// One more holder, never used.
    M1,
    /// One more holder, which is gone before anything changes.
    M2,
    /// An argument is a deep copy.
    M3,
    /// An argument is computed by a closure of its own, a function's body by another function; what
    /// a function does stands where it was called.
    M4,
    /// A function that is an argument is wrapped in a closure.
    M5,
    /// A statement stands in an `if` or `loop` that runs it once.
    M6,
    /// Code that never runs uses a value.
    M7,
    /// Bindings of literals change places.
    M8,
    /// A value goes into a tuple or an optional and comes out again.
    M9,
    /// `push` is `+`; `for` goes by index, or is a `fold`.
    M10,
    /// All but `main` stands in another module.
    M11,
    /// A binding is shadowed by itself.
    M12,
    /// Cycles are collected in the middle.
    M14,
    /// The program runs twice.
    M15,
}

impl std::str::FromStr for Relation {
    type Err = String;

    fn from_str(name: &str) -> Result<Relation, String> {
        let mut all = Relation::ALL.iter();
        let found = all.find(|r| r.name().eq_ignore_ascii_case(name));
        found.copied().ok_or_else(|| {
            let names: Vec<&str> = Relation::ALL.iter().map(|r| r.name()).collect();
            format!("no such relation; there are {} and `all`", names.join(", "))
        })
    }
}

/// `M1,M4`, `all`
#[derive(Clone, Debug)]
pub struct Relations(pub Vec<Relation>);

impl std::str::FromStr for Relations {
    type Err = String;

    fn from_str(list: &str) -> Result<Relations, String> {
        if list == "all" {
            return Ok(Relations(Relation::ALL.to_vec()));
        }
        let each = list.split(',').map(str::parse::<Relation>);
        each.collect::<Result<_, _>>().map(Relations)
    }
}

/// What a rewriting says of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Counts {
    Same,
    Double,
    /// They may differ.
    Open,
}

/// A change of a program that keeps its meaning.
struct Rewrite {
    edits: Vec<Edit>,
    counts: Counts,
}

impl Rewrite {
    fn new(edits: Vec<Edit>, counts: Counts) -> Rewrite {
        Rewrite { edits, counts }
    }

    fn insert(at: usize, with: String, counts: Counts) -> Rewrite {
        Rewrite::new(vec![Edit { at: (at, at), with }], counts)
    }
}

fn slice(text: &str, (lo, hi): Bytes) -> &str {
    text.get(lo..hi).unwrap_or_default()
}

fn rewrites(relation: Relation, text: &str, found: &Collected) -> Vec<Rewrite> {
    match relation {
        Relation::M1 => values::alias(found),
        Relation::M2 => values::dropped_alias(found),
        Relation::M3 => values::deep_copy(text, found),
        Relation::M9 => values::wrapped(text, found),
        Relation::M12 => values::shadowed(found),
        Relation::M4 => {
            let mut all = shapes::outlined(text, found);
            all.extend(functions::outlined(text));
            all.extend(functions::inlined(text, found));
            all
        }
        Relation::M5 => shapes::eta(found),
        Relation::M6 => shapes::run_once(text, found),
        Relation::M7 => shapes::never_run(found),
        Relation::M8 => shapes::swapped(text, found),
        Relation::M10 => shapes::other_loops(text, found),
        Relation::M11 => whole::split(text),
        Relation::M14 => whole::collect_between(found),
        Relation::M15 => whole::twice(text),
    }
}

/// A program that is to be rewritten.
pub struct Subject {
    pub name: String,
    /// Names and texts; the first one is the root.
    pub files: Vec<(String, String)>,
    pub args: Vec<String>,
    pub input: String,
}

/// A relation that does not hold.
#[derive(Clone)]
pub struct Broken {
    pub relation: Relation,
    pub name: String,
    pub why: String,
    pub original: Vec<(String, String)>,
    pub rewritten: Vec<(String, String)>,
}

/// What became of the relations of some programs.
#[derive(Default)]
pub struct Tally {
    /// By relation: rewritten programs that were run.
    pub held: BTreeMap<Relation, u64>,
    pub programs: u64,
    /// Those that cannot be run here: rejected ones, long ones, those with data in files.
    pub passed_over: u64,
}

/// Longer programs are passed over; rewritten ones may take some times as many steps.
const MAX_STEPS: u64 = 200_000;
const MAX_STEPS_REWRITTEN: u64 = 2_000_000;

/// How long an engine may be silent.
const PATIENCE: Duration = Duration::from_secs(20);

/// So many places of a program are rewritten at once.
const PLACES: usize = 6;

/// Holds the relations against one program.
pub fn hold(
    worker: &mut Worker,
    subject: &Subject,
    relations: &[Relation],
    tally: &mut Tally,
) -> std::io::Result<Vec<Broken>> {
    let mut broken = Vec::new();
    let (Some(base), _) = run(worker, subject, &subject.files, &[Mode::Interp])? else {
        tally.passed_over += 1;
        return Ok(broken);
    };
    if !matches!(base.outcome.ended, Ended::Status(n) if n != status::LIMIT) {
        tally.passed_over += 1;
        return Ok(broken);
    }
    tally.programs += 1;
    let seed = subject.name.bytes().fold(7, |h: u64, b| {
        h.wrapping_mul(0x100_0000_01b3) ^ u64::from(b)
    });
    let found: Vec<Collected> = subject.files.iter().map(|(_, t)| collect(t)).collect();
    let each = relations
        .iter()
        .flat_map(|&r| (0..found.len()).map(move |k| (r, k)));
    for (relation, k) in each {
        if !applies(relation, &subject.files, k, &base) {
            continue;
        }
        let mut u = Choices::from_seed(seed ^ relation as u64 ^ (k as u64) << 32);
        let before = &subject.files[k].1;
        let mut all = rewrites(relation, before, &found[k]);
        let mut chosen = Vec::new();
        while !all.is_empty() && chosen.len() < PLACES {
            chosen.push(all.swap_remove(u.below(all.len())));
        }
        let mut tries: Vec<Vec<Rewrite>> = vec![chosen];
        // Where all of them together are no program any more, halves are tried.
        while let Some(mut some) = tries.pop() {
            let edits: Vec<Edit> = some.iter().flat_map(|r| r.edits.clone()).collect();
            let counts = some.iter().map(|r| r.counts).max().unwrap_or(Counts::Open);
            let modes = [Mode::Interp, Mode::JitQuick];
            let seen = match apply(before, &edits).filter(|_| !some.is_empty()) {
                Some(text) => {
                    let files = whole::files(&subject.files, k, &text);
                    Some((run(worker, subject, &files, &modes)?, files))
                }
                None => None,
            };
            match seen {
                // A collection in each turn of a loop may take for ever.
                Some(((_, signatures), _))
                    if relation == Relation::M14
                        && signatures.iter().any(|s| s.whole().contains("timed out")) => {}
                Some(((_, signatures), files)) if signatures.iter().any(|s| !s.is_rejection()) => {
                    broken.push(Broken {
                        relation,
                        name: subject.name.clone(),
                        why: signatures.iter().map(Signature::whole).collect(),
                        original: subject.files.clone(),
                        rewritten: files,
                    });
                }
                Some(((Some(seen), _), files)) => {
                    *tally.held.entry(relation).or_default() += 1;
                    if let Some(why) = differs(counts, &base.outcome, &seen.outcome) {
                        broken.push(Broken {
                            relation,
                            name: subject.name.clone(),
                            why,
                            original: subject.files.clone(),
                            rewritten: files,
                        });
                    }
                }
                _ if some.len() > 1 => {
                    let half = some.split_off(some.len() / 2);
                    tries.extend([some, half]);
                }
                _ => {}
            }
        }
    }
    Ok(broken)
}

/// What a relation asks of a program, one file of which is rewritten.
fn applies(
    relation: Relation,
    files: &[(String, String)],
    file: usize,
    base: &Observation,
) -> bool {
    let says = |words: &[&str]| {
        let mut texts = files.iter().map(|(_, text)| text);
        texts.any(|text| words.iter().any(|w| text.contains(w)))
    };
    let sees_deaths = says(&["weak", "fn deinit", "gc()", "gc_stats", "collected"]);
    let asks = says(&["is_unique(", "dbg_if_shared(", "@in_place"]);
    match relation {
        Relation::M15 => {
            file == 0
                && base.outcome.ended == Ended::Status(status::OK)
                && !sees_deaths
                && !says(&["io.", "fs.", "exit("])
                // What a constant's value counts, it counts once.
                && files.iter().skip(1).all(|(_, text)| !text.contains("const "))
        }
        Relation::M14 => !sees_deaths,
        // A pointer lives to the end of its block: one more of them would keep an object.
        Relation::M1 | Relation::M2 | Relation::M7 | Relation::M12 => !sees_deaths,
        Relation::M3 | Relation::M4 | Relation::M5 | Relation::M9 | Relation::M10 => {
            !sees_deaths && !asks
        }
        Relation::M6 | Relation::M8 => true,
        Relation::M11 => files.len() == 1,
    }
}

fn run(
    worker: &mut Worker,
    subject: &Subject,
    files: &[(String, String)],
    modes: &[Mode],
) -> std::io::Result<(Option<Observation>, Vec<Signature>)> {
    let case = Case {
        input: &subject.input,
        max_steps: match modes.len() {
            1 => MAX_STEPS,
            _ => MAX_STEPS_REWRITTEN,
        },
        ..Case::new(files, &subject.args)
    };
    run_alone(worker, &case, modes)
}

/// How what a rewritten program does differs from what it should.
fn differs(counts: Counts, a: &Outcome, b: &Outcome) -> Option<String> {
    if a.ended != b.ended {
        return Some(format!("it ended by {:?}, not {:?}", b.ended, a.ended));
    }
    let times = if counts == Counts::Double { 2 } else { 1 };
    if a.stdout.repeat(times) != b.stdout {
        let (a, b) = (a.stdout.repeat(times), b.stdout.clone());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        return Some(format!("it printed\n{}\nnot\n{}", text(&b), text(&a)));
    }
    let first = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.lines().next().unwrap_or_default().to_string()
    };
    if a.panicked() && first(&a.stderr) != first(&b.stderr) {
        let (a, b) = (first(&a.stderr), first(&b.stderr));
        return Some(format!("it said `{b}`, not `{a}`"));
    }
    let (Some(a), Some(b)) = (&a.ledger, &b.ledger) else {
        return None;
    };
    let (a, b) = (a.totals(), b.totals());
    let want = [a.in_place, a.copied, a.moved].map(|n| n * times as u64);
    let got = [b.in_place, b.copied, b.moved];
    (counts != Counts::Open && want != got)
        .then(|| format!("in place, copied, moved: {got:?}, not {want:?}"))
}

/// Programs against which relations are held one after the other.
struct Holding<'a> {
    worker: Worker,
    relations: &'a [Relation],
    out: &'a mut dyn Write,
    tally: Tally,
    broken: usize,
}

impl<'a> Holding<'a> {
    fn new(cowl: &Path, relations: &'a [Relation], out: &'a mut dyn Write) -> Holding<'a> {
        Holding {
            worker: Worker::new(cowl, PATIENCE),
            relations,
            out,
            tally: Tally::default(),
            broken: 0,
        }
    }

    fn hold(&mut self, subject: &Subject) -> std::io::Result<()> {
        let all = hold(&mut self.worker, subject, self.relations, &mut self.tally)?;
        self.broken += all.len();
        for broken in all {
            write(&broken, &mut self.worker, self.out)?;
        }
        Ok(())
    }

    fn end(self) -> std::io::Result<Verdict> {
        summary(&self.tally, self.broken, self.out)?;
        Ok(match self.broken {
            0 if self.tally.programs == 0 => Verdict::CannotRun,
            0 => Verdict::Agree,
            _ => Verdict::Differ,
        })
    }
}

/// Holds relations against every program below the paths that runs and has no data in files.
pub fn verify(
    cowl: &Path,
    paths: &[PathBuf],
    relations: &[Relation],
    out: &mut dyn Write,
) -> std::io::Result<Verdict> {
    let mut holding = Holding::new(cowl, relations, out);
    for program in collect_programs(paths).programs {
        if program.kind == Kind::Reject || program.files.is_some() {
            holding.tally.passed_over += 1;
            continue;
        }
        holding.hold(&Subject {
            name: program.name.clone(),
            files: modules::files(&program)?,
            args: program.args.clone(),
            input: String::from_utf8_lossy(&program.stdin).into_owned(),
        })?;
    }
    holding.end()
}

/// Holds relations against the programs of seeds.
pub fn fuzz(
    cowl: &Path,
    seeds: Range<u64>,
    time: Option<Duration>,
    relations: &[Relation],
    out: &mut dyn Write,
) -> std::io::Result<Verdict> {
    let mut holding = Holding::new(cowl, relations, out);
    let start = Instant::now();
    for seed in seeds {
        if time.is_some_and(|t| start.elapsed() >= t) {
            break;
        }
        holding.hold(&Subject {
            name: format!("seed {seed}"),
            files: generate::from_seed(seed, "main").files,
            args: Vec::new(),
            input: INPUT.to_string(),
        })?;
    }
    holding.end()
}

pub fn summary(tally: &Tally, broken: usize, out: &mut dyn Write) -> std::io::Result<()> {
    let held: Vec<String> = tally
        .held
        .iter()
        .map(|(relation, n)| format!("{} {n}", relation.name()))
        .collect();
    writeln!(
        out,
        "{} programs rewritten ({} passed over): {}; {broken} do not hold",
        tally.programs,
        tally.passed_over,
        held.join(", ")
    )
}

/// Writes what does not hold, as small as a minute makes it.
pub fn write(broken: &Broken, worker: &mut Worker, out: &mut dyn Write) -> std::io::Result<()> {
    let mut last = broken.clone();
    let kind = |why: &str| why.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let wanted = kind(&broken.why);
    let files = broken.original.clone();
    shrink(files, Duration::from_secs(30), &mut |files| {
        let subject = Subject {
            name: broken.name.clone(),
            files: files.clone(),
            args: Vec::new(),
            input: INPUT.to_string(),
        };
        let found = hold(worker, &subject, &[broken.relation], &mut Tally::default())?;
        let same = found.into_iter().find(|b| kind(&b.why) == wanted);
        Ok(same.map(|b| last = b).is_some())
    })?;
    let texts = |files: &[(String, String)]| {
        let each = files
            .iter()
            .map(|(name, text)| format!("// {name}\n{}", text.trim_end()));
        each.collect::<Vec<_>>().join("\n")
    };
    writeln!(
        out,
        "==== {} of {}: {}\n---- it was\n{}\n---- it became\n{}",
        last.relation.name(),
        last.name,
        last.why.trim_end(),
        texts(&last.original),
        texts(&last.rewritten)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::checks;

    const SAMPLE: &str = "\
fn double(x: int) -> int { x * 2 }
fn total(xs: List<int>) -> int { xs.len() }
fn main() {
    let a = [1, 2]
    let n = 3
    let m = 4
    var b = a
    b.push!(n + m)
    for x in b { print(x) }
    print(total(b))
    print(a.map(double))
    print(b)
}
";

    /// Each relation has something to say of an ordinary program, and says it in programs.
    #[test]
    fn rewritings_are_programs() {
        let found = collect(SAMPLE);
        for &relation in Relation::ALL {
            let all = rewrites(relation, SAMPLE, &found);
            let texts = all.iter().filter_map(|r| apply(SAMPLE, &r.edits));
            let old = [("main.cowl".to_string(), SAMPLE.to_string())];
            let accepted = texts.filter(|text| checks(&whole::files(&old, 0, text)));
            let accepted = accepted.count();
            // Which of them mean anything is the checker's word.
            assert!(accepted > 0, "{relation:?}: none of {}", all.len());
        }
    }

    #[test]
    fn what_differs_is_said() {
        let outcome = |stdout: &str, ledger: &str| Outcome {
            stdout: stdout.as_bytes().to_vec(),
            stderr: Vec::new(),
            ended: Ended::Status(0),
            ledger: cowl_contract::ledger::Ledger::parse(ledger).ok(),
        };
        let none = "objects allocated 0 freed 0 collected 0 live 0\n";
        let one = format!("main.cowl:1:1 in_place 1\n{none}");
        let two = format!("main.cowl:1:1 in_place 2\n{none}");
        let a = outcome("x\n", &one);
        assert_eq!(differs(Counts::Same, &a, &a), None);
        assert!(differs(Counts::Same, &a, &outcome("y\n", &one)).is_some());
        assert!(differs(Counts::Same, &a, &outcome("x\n", &two)).is_some());
        assert_eq!(differs(Counts::Open, &a, &outcome("x\n", &two)), None);
        assert_eq!(differs(Counts::Double, &a, &outcome("x\nx\n", &two)), None);
        assert!(differs(Counts::Double, &a, &a).is_some());
    }

    #[test]
    fn lists_of_relations_are_read() {
        let Relations(some) = "M1,m15".parse().expect("two relations");
        assert_eq!(some, [Relation::M1, Relation::M15]);
        let Relations(all) = "all".parse().expect("all of them");
        assert_eq!(all.len(), 14);
        assert!("M13".parse::<Relations>().is_err());
    }
}
