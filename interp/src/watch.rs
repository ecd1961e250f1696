//! `--timeout` and `--max-memory` of an interpreted program. Values of the interpreter are Rust's, so
//! its memory is that of the process, less what the process had when the program began.

use crate::Options;
use cowl_contract::watch::{self, Flag, Limits};
use std::sync::Arc;

/// Steps between looks at the flag.
pub const STEPS: u64 = 256;

pub struct Watch {
    flag: Arc<Flag>,
    limits: Limits,
}

fn memory() -> u64 {
    memory_stats::memory_stats().map_or(0, |m| m.physical_mem as u64)
}

impl Watch {
    /// `None` where nothing is to be watched.
    pub fn start(options: &Options) -> Option<Watch> {
        let limits = Limits {
            timeout: options.timeout,
            memory: options.max_memory,
        };
        if options.timeout.is_none() && options.max_memory.is_none() {
            return None;
        }
        let before = memory();
        let grown = move || memory().saturating_sub(before);
        match watch::start(limits, grown, || {}) {
            Ok(flag) => Some(Watch { flag, limits }),
            Err(error) => crate::machine::ice!("no thread could be made to watch: {error}"),
        }
    }

    /// The line of the limit that was reached.
    pub fn reached(&self) -> Option<String> {
        self.flag.get().map(|reached| self.limits.line(reached))
    }
}
