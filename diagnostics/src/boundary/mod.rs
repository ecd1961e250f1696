//! All operations of numbers at the boundaries of every width, on every engine.
//!
//! Takes a `cowl`; gives findings. For each type one program has every operation in several forms
//! (both operands known only at run time, the right one or the left one a literal, both literals),
//! and what it prints is compared with a model of its own (`model`): a third reading of the rules.
//! What does not panic runs in one go; each pair that does runs by itself, chosen by the program's
//! arguments. `text` writes the programs.

mod model;
mod text;

use crate::batch::{Job, Mode, Ran, Run, Worker};
use crate::process;
use cowl_contract::outcome::{Ended, status};
use model::{Number, Op};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How an operation's operands are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Both come from a list.
    Values,
    LiteralRight,
    LiteralLeft,
    Literals,
}

const FORMS: [Form; 4] = [
    Form::Values,
    Form::LiteralRight,
    Form::LiteralLeft,
    Form::Literals,
];

#[derive(Clone, Debug)]
pub struct Options {
    pub cowl: PathBuf,
    /// Of the pairs that panic, one of so many runs; 1: all.
    pub every: usize,
    /// Executables as well, and operations of two literals.
    pub whole: bool,
    /// Only this type, by its name.
    pub only: Option<String>,
}

/// What was run, and what was wrong.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Operations with their operands, in each form.
    pub values: u64,
    /// Of those that panic, how many were run, on all engines together.
    pub panics: u64,
    pub findings: Vec<String>,
}

/// One operation of one pair, in one form.
#[derive(Clone, Copy)]
struct Case {
    op: usize,
    form: Form,
    left: usize,
    right: usize,
}

const PATIENCE: Duration = Duration::from_secs(120);
const MODES: [Mode; 3] = [Mode::Interp, Mode::Jit, Mode::JitAudit];
/// More than any of these programs takes.
const STEPS: u64 = 100_000_000;
/// A type with more findings has one cause.
const MOST_FINDINGS: usize = 10;

/// Runs every type.
pub fn run(options: &Options) -> std::io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let scratch = tempfile::tempdir()?;
    for mut number in model::numbers() {
        number.pairs = options.whole;
        if options
            .only
            .as_ref()
            .is_none_or(|name| *name == number.name)
        {
            of_type(&number, options, scratch.path(), &mut outcome)?;
        }
    }
    Ok(outcome)
}

fn of_type(
    number: &Number,
    options: &Options,
    scratch: &Path,
    outcome: &mut Outcome,
) -> std::io::Result<()> {
    let files = vec![("boundary.cowl".to_string(), text::program(number))];
    let exe = scratch.join(number.name);
    let mut runs: Vec<Run> = MODES
        .map(|mode| Run {
            mode,
            args: Vec::new(),
        })
        .into();
    let panics = panicking(number);
    let chosen = chosen(number, &panics, options.every);
    for case in &chosen {
        let modes = [Mode::Interp, Mode::Jit];
        runs.extend(modes.map(|mode| Run {
            mode,
            args: text::arguments(case),
        }));
    }
    if options.whole {
        runs.push(Run {
            mode: Mode::Build,
            args: vec![exe.display().to_string()],
        });
    }
    let job = Job {
        files,
        runs,
        max_steps: STEPS,
        test: None,
        input: String::new(),
    };
    let mut worker = Worker::new(&options.cowl, PATIENCE);
    let done = worker.work(&job)?;
    let mut found = Findings {
        number,
        texts: Vec::new(),
    };
    if let Some(why) = done.rejected.as_ref().or(done.crashed.as_ref()) {
        outcome.findings.push(format!("{}: {why}", number.name));
        return Ok(());
    }
    let expected = text::expected(number);
    outcome.values += expected
        .lines()
        .map(|l| l.split(' ').count() as u64 - 1)
        .sum::<u64>();
    for (run, ran) in job.runs.iter().zip(&done.runs).take(MODES.len()) {
        found.whole(&format!("{:?}", run.mode), &expected, ran);
    }
    for (i, case) in chosen.iter().enumerate() {
        for k in 0..2 {
            let at = MODES.len() + 2 * i + k;
            outcome.panics += 1;
            found.panic(&format!("{:?}", job.runs[at].mode), case, &done.runs[at]);
        }
    }
    if options.whole {
        found.whole("Aot", &expected, &execute(&exe, &[])?);
        for case in chosen.iter().step_by(4) {
            outcome.panics += 1;
            found.panic("Aot", case, &execute(&exe, &text::arguments(case))?);
        }
    }
    found.texts.truncate(MOST_FINDINGS);
    outcome.findings.extend(found.texts);
    Ok(())
}

fn execute(exe: &Path, args: &[String]) -> std::io::Result<Result<Ran, String>> {
    if !exe.is_file() {
        return Ok(Err("it was not built".to_string()));
    }
    let done = process::run(Command::new(exe).args(args), b"", PATIENCE)?;
    Ok(match done.ended {
        Ended::Status(n) => Ok(Ran {
            stdout: String::from_utf8_lossy(&done.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
            status: Some(n),
            signal: None,
            ledger: None,
        }),
        other => Err(other.to_string()),
    })
}

/// Every case whose model panics.
fn panicking(number: &Number) -> Vec<Case> {
    let mut all = Vec::new();
    for (op, o) in number.ops.iter().enumerate() {
        for form in forms(o, number) {
            for left in 0..number.literals.len() {
                for right in 0..o.rights(number).len() {
                    if o.result(number, left, right).is_err() {
                        all.push(Case {
                            op,
                            form,
                            left,
                            right,
                        });
                    }
                }
            }
        }
    }
    all
}

/// One of so many, and of each operation in each form every reason once.
fn chosen<'a>(number: &Number, panics: &'a [Case], every: usize) -> Vec<&'a Case> {
    let mut seen = BTreeSet::new();
    let mut is_new = |case: &Case| {
        let why = number.ops[case.op].result(number, case.left, case.right);
        let why = why.err().unwrap_or_default();
        // Without the operands.
        let reason = why.split(" in ").next().unwrap_or_default();
        let reason = reason.replace(|c: char| !c.is_alphabetic() && c != ' ', "");
        seen.insert((case.op, case.form as u8, reason))
    };
    (0..)
        .zip(panics)
        .filter(|(i, case)| is_new(case) || i % every.max(1) == 0)
        .map(|(_, case)| case)
        .collect()
}

/// An operation of one operand has no right one to be a literal. A shift's count is an `int` where
/// it is a literal, whatever the left operand is.
fn forms(op: &Op, number: &Number) -> impl Iterator<Item = Form> {
    let right = op.rights(number).len() > 1 && !op.shifts_by_own_type();
    let pairs = number.pairs;
    FORMS.into_iter().filter(move |form| match form {
        Form::Values | Form::LiteralLeft => true,
        Form::LiteralRight => right,
        Form::Literals => right && pairs,
    })
}

struct Findings<'a> {
    number: &'a Number,
    texts: Vec<String>,
}

impl Findings<'_> {
    fn add(&mut self, engine: &str, what: &str, why: &str) {
        let name = self.number.name;
        self.texts
            .push(format!("{name} on {engine}: {what}: {why}"));
    }

    fn whole(&mut self, engine: &str, expected: &str, ran: &Result<Ran, String>) {
        let ran = match ran {
            Ok(ran) => ran,
            Err(why) => return self.add(engine, "all that does not panic", why),
        };
        if ran.status != Some(status::OK) || !ran.stderr.is_empty() {
            let why = format!("status {:?}, {}", ran.status, ran.stderr);
            self.add(engine, "all that does not panic", &why);
        }
        let mut lines = ran.stdout.lines();
        for want in expected.lines() {
            let line = lines.next().unwrap_or_default();
            if line != want {
                let what = self.described(want);
                self.add(engine, &what, &format!("\n  {line}\nnot\n  {want}"));
            }
        }
        if let Some(more) = lines.next() {
            self.add(engine, "more", more);
        }
    }

    /// A line begins with the operation's number and the left operand's.
    fn described(&self, line: &str) -> String {
        let mut numbers = line.split([' ', ':']).map(str::parse::<usize>);
        match (numbers.next(), numbers.next()) {
            (Some(Ok(op)), Some(Ok(left))) => {
                let left = &self.number.literals[left];
                self.number.ops[op].written(left, "…")
            }
            _ => line.to_string(),
        }
    }

    fn panic(&mut self, engine: &str, case: &Case, ran: &Result<Ran, String>) {
        let op = &self.number.ops[case.op];
        let Err(want) = op.result(self.number, case.left, case.right) else {
            return;
        };
        let left = &self.number.literals[case.left];
        let right = &op.rights(self.number)[case.right];
        let what = format!("{} ({:?})", op.written(left, right), case.form);
        let want = format!("panic: {want}");
        match ran {
            Err(why) => self.add(engine, &what, why),
            Ok(ran) => {
                let said = ran.stderr.lines().next().unwrap_or_default();
                if ran.status != Some(status::PANIC) || said != want {
                    let why = format!("`{said}` with status {:?}, not `{want}`", ran.status);
                    self.add(engine, &what, &why);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_widths_and_most_operations_are_there() {
        let numbers = model::numbers();
        let names: Vec<&str> = numbers.iter().map(|n| n.name).collect();
        assert_eq!(
            names,
            [
                "i8", "i16", "i32", "int", "u8", "u16", "u32", "u64", "float", "f32"
            ]
        );
        for number in &numbers {
            assert!(number.literals.len() >= 16, "{}", number.name);
            assert!(number.ops.len() >= 20, "{}", number.name);
        }
        // Every panic of arithmetic and of conversions is reached.
        let panics = |number: &Number| panicking(number).len();
        assert!(numbers[..8].iter().all(|n| panics(n) > 1000));
    }

    #[test]
    fn the_model_knows_the_edges() {
        let numbers = model::numbers();
        let i8 = &numbers[0];
        let find = |written: &str| i8.ops.iter().find(|o| o.written("a", "b") == written);
        let at = |literal: &str| {
            i8.literals
                .iter()
                .position(|l| l == literal)
                .expect(literal)
        };
        let result = |op: &str, a: &str, b: &str| {
            let op = find(op).unwrap_or_else(|| panic!("{op}"));
            op.result(i8, at(a), at(b))
        };
        assert_eq!(result("a + b", "127", "-1"), Ok("126".to_string()));
        assert!(result("a + b", "127", "1").is_err());
        assert!(result("a % b", "-128", "-1").is_err());
        assert_eq!(result("a +% b", "127", "1"), Ok("-128".to_string()));
        assert_eq!(result("a << b", "1", "7"), Ok("-128".to_string()));
        assert!(result("a << b", "1", "8").is_err());
        assert_eq!(
            result("a.checked_mul(b)", "-128", "-1"),
            Ok("none".to_string())
        );
    }
}
