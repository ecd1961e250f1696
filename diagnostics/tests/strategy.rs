//! Generated programs behind a proptest strategy, whose values shrink as programs do: a step is the
//! next reduction that the compiler's checker accepts, never another tape.

use dualexec::generate::from_seed;
use dualexec::reduce::{Files, Steps, checks};
use proptest::prelude::any;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

#[derive(Debug)]
struct Programs;

impl Strategy for Programs {
    type Tree = Shrinking;
    type Value = Files;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = any::<u64>().new_tree(runner)?.current();
        Ok(Shrinking::new(from_seed(seed, "main").files))
    }
}

/// A program on its way to a small one.
struct Shrinking {
    /// What is known to fail, once something was tried.
    kept: Files,
    tried: Option<Files>,
    /// The reductions of `kept` that are left; made when the first is asked for.
    steps: Option<Steps>,
}

impl Shrinking {
    fn new(files: Files) -> Shrinking {
        Shrinking {
            kept: files,
            tried: None,
            steps: None,
        }
    }

    fn advance(&mut self) -> bool {
        let steps = self.steps.get_or_insert_with(|| Steps::new(&self.kept));
        self.tried = steps.next();
        self.tried.is_some()
    }
}

impl ValueTree for Shrinking {
    type Value = Files;

    fn current(&self) -> Files {
        self.tried.as_ref().unwrap_or(&self.kept).clone()
    }

    /// What was tried fails still: it is kept, and reduced further.
    fn simplify(&mut self) -> bool {
        if let Some(tried) = self.tried.take() {
            self.kept = tried;
            self.steps = None;
        }
        self.advance()
    }

    /// What was tried fails no more: the next one, from what does.
    fn complicate(&mut self) -> bool {
        let had = self.tried.take().is_some();
        // Where nothing is left to try, what is known to fail is the result.
        self.advance() || had
    }
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(7),
        max_shrink_iters: 100_000,
        max_shrink_time: 60_000,
        ..Config::default()
    })
}

#[test]
fn every_program_is_accepted() {
    let outcome = runner(40).run(&Programs, |files| match checks(&files) {
        true => Ok(()),
        false => Err(TestCaseError::fail("the checker refuses it")),
    });
    if let Err(TestError::Fail(why, files)) = outcome {
        panic!("{why}\n{}", files[0].1);
    }
}

/// A fault that is planted in the text: whatever changes a list in a loop fails.
#[test]
fn what_fails_becomes_small() {
    let fails = |files: &Files| {
        files.iter().any(|(_, text)| {
            let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
            let looping = lines.iter().position(|l| l.starts_with("for "));
            looping.is_some_and(|at| lines[at..].iter().any(|l| l.contains(".push!(")))
        })
    };
    let outcome = runner(200).run(&Programs, |files| match fails(&files) {
        true => Err(TestCaseError::fail("a push behind a loop")),
        false => Ok(()),
    });
    let Err(TestError::Fail(_, files)) = outcome else {
        panic!("none of the programs has what is looked for");
    };
    assert!(fails(&files) && checks(&files));
    let lines: usize = files.iter().map(|(_, text)| count(text)).sum();
    let texts: Vec<&str> = files.iter().map(|(_, text)| &**text).collect();
    assert!(lines <= 15, "{lines} lines\n{}", texts.join("\n----\n"));
}

fn count(text: &str) -> usize {
    text.lines().filter(|l| !l.trim().is_empty()).count()
}
