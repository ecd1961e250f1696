//! How a run ended and what it left behind: the one type in which engines are compared.
//!
//! An engine gives its own end as `End`; the verifier sees processes and collects an `Outcome`
//! of each. The exit statuses of every Cowl command stand here.

use crate::ledger::Ledger;

/// Exit statuses of `cowl` and of Cowl programs.
pub mod status {
    pub const OK: i32 = 0;
    /// Diagnostics, failed tests, differences, a `main` that failed.
    pub const FAILED: i32 = 1;
    /// The command line is wrong.
    pub const USAGE: i32 = 2;
    /// Our own fault.
    pub const INTERNAL: i32 = 70;
    /// The program panicked.
    pub const PANIC: i32 = 101;
    /// A limit such as `--max-steps` was reached.
    pub const LIMIT: i32 = 102;
}

/// How a program ended, as its engine saw it. What it had to say (a panic's text and frames, a
/// limit's line) has been written to stderr by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `main` returned this status, or `exit` was called with it.
    Exit(i64),
    Panic,
    Limit,
}

impl End {
    /// What the process exits with: of a status its low 8 bits, as the system keeps them.
    pub fn status(self) -> i32 {
        match self {
            End::Exit(n) => (n & 0xff) as i32,
            End::Panic => status::PANIC,
            End::Limit => status::LIMIT,
        }
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Status(i32),
    /// Killed by a signal: always a fault of the engine.
    Signal(i32),
    TimedOut,
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ended::Status(n) => write!(f, "exit {n}"),
            Ended::Signal(n) => write!(f, "killed by signal {n}"),
            Ended::TimedOut => write!(f, "timed out"),
        }
    }
}

/// What one run of one program on one engine left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub ended: Ended,
    /// Only of counting runs.
    pub ledger: Option<Ledger>,
}

/// What two outcomes may differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    Stdout,
    Stderr,
    Exit,
    Ledger,
    Objects,
}

impl Aspect {
    pub fn name(self) -> &'static str {
        match self {
            Aspect::Stdout => "stdout",
            Aspect::Stderr => "stderr",
            Aspect::Exit => "exit",
            Aspect::Ledger => "ledger",
            Aspect::Objects => "objects",
        }
    }
}

impl Outcome {
    /// In what two outcomes differ. Ledgers are compared where both runs counted; `live` is left
    /// out after a panic, which releases nothing.
    pub fn differences(&self, other: &Outcome) -> Vec<Aspect> {
        let mut found = Vec::new();
        if self.stdout != other.stdout {
            found.push(Aspect::Stdout);
        }
        if self.stderr != other.stderr {
            found.push(Aspect::Stderr);
        }
        if self.ended != other.ended {
            found.push(Aspect::Exit);
        }
        if let (Some(a), Some(b)) = (&self.ledger, &other.ledger) {
            if a.events_text() != b.events_text() {
                found.push(Aspect::Ledger);
            }
            let (mut x, mut y) = (a.objects, b.objects);
            if self.panicked() && other.panicked() {
                (x.live, y.live) = (0, 0);
            }
            if x != y {
                found.push(Aspect::Objects);
            }
        }
        found
    }

    pub fn panicked(&self) -> bool {
        self.ended == Ended::Status(status::PANIC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(ended: Ended) -> Outcome {
        Outcome {
            stdout: b"1\n".to_vec(),
            stderr: Vec::new(),
            ended,
            ledger: Some(Ledger::default()),
        }
    }

    #[test]
    fn statuses_keep_their_low_bits() {
        assert_eq!(End::Exit(256).status(), 0);
        assert_eq!(End::Exit(-1).status(), 255);
        assert_eq!(End::Panic.status(), 101);
        assert_eq!(End::Limit.status(), 102);
    }

    #[test]
    fn every_aspect_is_seen() {
        let base = outcome(Ended::Status(0));
        assert_eq!(base.differences(&base), []);
        let mut other = base.clone();
        other.stdout.push(b'2');
        other.stderr.push(b'x');
        other.ended = Ended::Signal(11);
        if let Some(ledger) = &mut other.ledger {
            ledger.objects.live = 1;
            let place = crate::ledger::Place {
                file: "main.cowl".to_string(),
                line: 1,
                col: 1,
            };
            ledger.count(place, crate::ledger::Event::Moved, 1);
        }
        assert_eq!(
            base.differences(&other),
            [
                Aspect::Stdout,
                Aspect::Stderr,
                Aspect::Exit,
                Aspect::Ledger,
                Aspect::Objects
            ]
        );
    }

    #[test]
    fn live_counts_only_after_a_normal_end() {
        for (ended, expected) in [
            (Ended::Status(status::PANIC), vec![]),
            (Ended::Status(0), vec![Aspect::Objects]),
        ] {
            let base = outcome(ended);
            let mut leaky = base.clone();
            if let Some(ledger) = &mut leaky.ledger {
                ledger.objects.live = 1;
            }
            assert_eq!(base.differences(&leaky), expected);
        }
    }
}
