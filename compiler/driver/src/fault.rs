//! Our own faults: what is said when the compiler panics, and how a run of `cowl` ends.
//!
//! A panic of the compiler is never the user's fault: it says so, says what to send, and ends
//! with status 70. Must be installed before anything else runs.

use cowl_contract::outcome::status;
use cowl_contract::system::CLOSED_PIPE;
use std::io::Write;

/// Ends the process with status 70 at any panic of ours, on whichever thread.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        let message = info
            .payload()
            .downcast_ref::<&str>()
            .map(|s| s.to_string())
            .or_else(|| info.payload().downcast_ref::<String>().cloned())
            .unwrap_or_default();
        let place = info
            .location()
            .map_or(String::new(), |l| format!("{}:{}", l.file(), l.line()));
        report(&message, &place);
        std::process::exit(status::INTERNAL);
    }));
}

/// A panic of ours on demand, for the test that sees how one ends; nobody sets this by accident.
pub fn planted() {
    let wanted = std::env::var_os("COWL_OWN_FAULT");
    if wanted.is_some_and(|v| v == "panic in cowl itself, for its own test") {
        panic!("planted by a test");
    }
}

fn report(message: &str, place: &str) {
    // What the crates' own macros put before it.
    let message = message.strip_prefix("internal error").unwrap_or(message);
    let message = message.trim_start_matches([':', ' ']);
    let args: Vec<String> = std::env::args().collect();
    let text = format!(
        "internal error: {message}
  This is a fault of cowl, not of your program.
  Please report it with the program (and what it imports) and these lines:
    cowl {} ({} {})
    {place}
    {}
",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH,
        std::env::consts::OS,
        args.join(" "),
    );
    // If stderr is closed there is nobody to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// An error of the surroundings (a file, the linker …): `error: …`, status 1.
pub fn error(message: impl std::fmt::Display) -> i32 {
    let _ = writeln!(std::io::stderr(), "error: {message}");
    status::FAILED
}

/// Writes to stdout. A reader that went away ends the process quietly, as it ends a program; a full
/// disk is an error.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(e) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        if e.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(CLOSED_PIPE);
        }
        std::process::exit(error(format!("cannot write to stdout: {e}")));
    }
}
