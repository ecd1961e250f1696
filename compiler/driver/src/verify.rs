//! `cowl verify`: hands paths and options to the verifier.

use crate::cli::{Format, VerifyArgs};
use crate::fault;
use cowl_contract::outcome::status;
use dualexec::Options;
use std::io::{IsTerminal, Write};
use std::time::Duration;

pub fn verify(args: VerifyArgs) -> i32 {
    let cowl = match args.cowl.map_or_else(std::env::current_exe, Ok) {
        Ok(cowl) => cowl,
        Err(e) => {
            fault::error(format!("cannot find this executable: {e}"));
            return status::USAGE;
        }
    };
    let defaults = Options::new(cowl);
    let (engines, aot_modes) = match (args.engines.is_empty(), args.matrix) {
        (false, _) => (args.engines, false),
        // What the memory modes add is no matter of methods.
        (true, Some(_)) => (dualexec::Engine::PLAIN.to_vec(), false),
        (true, None) => (defaults.engines, defaults.aot_modes),
    };
    let options = Options {
        engines,
        aot_modes,
        timeout: Duration::from_secs(args.timeout),
        jobs: args.jobs.unwrap_or(defaults.jobs),
        format: match args.format {
            Format::Text => dualexec::Format::Text,
            Format::Json => dualexec::Format::Json,
        },
        bless: std::env::var_os("BLESS").is_some_and(|v| v == "1"),
        progress: std::io::stderr().is_terminal(),
        ..defaults
    };
    let mut out = std::io::stdout().lock();
    let verdict = match (args.matrix, &args.relations) {
        (_, Some(asked)) => {
            dualexec::relations::verify(&options.cowl, &args.paths, &asked.0, &mut out)
        }
        (Some(part), None) => {
            dualexec::verify_matrix(part, args.keep.as_deref(), &options, &mut out)
        }
        (None, None) => dualexec::verify(&args.paths, &options, &mut out),
    };
    match verdict.and_then(|v| out.flush().map(|()| v)) {
        Ok(verdict) => verdict.status(),
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => status::USAGE,
        Err(e) => {
            fault::error(format!("cannot verify: {e}"));
            status::USAGE
        }
    }
}
