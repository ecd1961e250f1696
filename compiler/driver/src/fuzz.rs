//! `cowl fuzz`: hands seeds and options to the fuzzer.

use crate::cli::{Format, FuzzArgs};
use crate::fault;
use cowl_contract::outcome::status;
use dualexec::fuzz::Options;
use std::io::{IsTerminal, Write};
use std::time::Duration;

pub fn fuzz(args: FuzzArgs) -> i32 {
    if let Some(seed) = args.print {
        for (name, text) in dualexec::generate::from_seed(seed, &format!("p{seed}")).files {
            fault::print(&format!("// ---- {name}\n{text}"));
        }
        return status::OK;
    }
    let cowl = match args.cowl.map_or_else(std::env::current_exe, Ok) {
        Ok(cowl) => cowl,
        Err(e) => {
            fault::error(format!("cannot find this executable: {e}"));
            return status::USAGE;
        }
    };
    let defaults = Options::new(cowl);
    let options = Options {
        seeds: args.seeds,
        jobs: args.jobs.unwrap_or(defaults.jobs),
        time: args.time.map(Duration::from_secs),
        shard: args.shard,
        aot_every: args.aot_every,
        memory_every: args.memory_every,
        batch: args.batch,
        reduce: Duration::from_secs(args.reduce),
        format: match args.format {
            Format::Text => dualexec::Format::Text,
            Format::Json => dualexec::Format::Json,
        },
        progress: std::io::stderr().is_terminal(),
        ..defaults
    };
    let mut out = std::io::stdout();
    let verdict = match &args.relations {
        Some(asked) => {
            let (seeds, time) = (options.seeds.clone(), options.time);
            dualexec::relations::fuzz(&options.cowl, seeds, time, &asked.0, &mut out)
        }
        None => dualexec::fuzz::fuzz(&options, &mut out),
    };
    match verdict.and_then(|v| out.flush().map(|()| v)) {
        Ok(verdict) => verdict.status(),
        Err(e) => {
            fault::error(format!("cannot fuzz: {e}"));
            status::USAGE
        }
    }
}
