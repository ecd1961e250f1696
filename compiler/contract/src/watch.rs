//! Limits that a program's own counting cannot find: its time, and memory that only the system
//! knows. Takes the limits and a flag that the running program looks at where it counts steps; the
//! watch raises the flag. A program that does not come to such a place in time (it waits for input,
//! or one operation of the runtime takes long) is ended from here, with the same line and status; so
//! engines keep no output back while a watch is on.

use crate::outcome::status;
use crate::panic::limit_reached;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Reached {
    Timeout = 1,
    Memory = 2,
}

/// Raised by the watch, looked at by the program.
#[derive(Debug, Default)]
pub struct Flag(AtomicU8);

impl Flag {
    pub fn get(&self) -> Option<Reached> {
        match self.0.load(Ordering::Relaxed) {
            1 => Some(Reached::Timeout),
            2 => Some(Reached::Memory),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub timeout: Option<Duration>,
    /// In bytes.
    pub memory: Option<u64>,
}

impl Limits {
    fn reached(&self, time: Duration, memory: impl FnOnce() -> u64) -> Option<Reached> {
        if self.timeout.is_some_and(|most| time >= most) {
            Some(Reached::Timeout)
        } else if self.memory.is_some_and(|most| memory() > most) {
            Some(Reached::Memory)
        } else {
            None
        }
    }

    /// The line that tells of one.
    pub fn line(&self, reached: Reached) -> String {
        let seconds = self.timeout.unwrap_or_default().as_secs_f64();
        match reached {
            Reached::Timeout => limit_reached("timeout", seconds),
            Reached::Memory => limit_reached("max-memory", self.memory.unwrap_or(0)),
        }
    }
}

/// How often the watch looks, and how often it pokes a program that has reached a limit.
const TURN: Duration = Duration::from_millis(5);
const POKE: Duration = Duration::from_millis(1);

impl Reached {
    /// How long a program has to come to a place that looks at the flag: memory goes fast.
    fn grace(self) -> Duration {
        match self {
            Reached::Timeout => Duration::from_secs(1),
            Reached::Memory => Duration::from_millis(100),
        }
    }
}

/// Watches until the program's end of the flag is gone. `memory` tells how many bytes the program
/// has; `poke` is called again and again once the flag is up, for programs that look elsewhere.
pub fn start(
    limits: Limits,
    memory: impl Fn() -> u64 + Send + 'static,
    mut poke: impl FnMut() + Send + 'static,
) -> std::io::Result<Arc<Flag>> {
    let flag = Arc::new(Flag::default());
    let ours = flag.clone();
    let began = Instant::now();
    let watch = move || {
        let runs = || Arc::strong_count(&ours) > 1;
        let reached = loop {
            if !runs() {
                return;
            }
            if let Some(reached) = limits.reached(began.elapsed(), &memory) {
                break reached;
            }
            let left = limits
                .timeout
                .map(|most| most.saturating_sub(began.elapsed()));
            std::thread::sleep(left.unwrap_or(TURN).min(TURN));
        };
        ours.0.store(reached as u8, Ordering::Relaxed);
        let raised = Instant::now();
        while runs() {
            poke();
            if raised.elapsed() > reached.grace() {
                let _ = std::io::stderr().write_all(limits.line(reached).as_bytes());
                std::process::exit(status::LIMIT);
            }
            std::thread::sleep(POKE);
        }
    };
    std::thread::Builder::new().spawn(watch)?;
    Ok(flag)
}
