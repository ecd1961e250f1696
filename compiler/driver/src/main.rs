//! The `cowl` command: arguments, files, exit statuses; nothing else.
//!
//! Everything runs on one thread with a large stack, so that deep programs end with an error of
//! the phase that limits depth, never with a crash.

#![forbid(unsafe_code)]

mod batch;
mod check;
mod cli;
mod copies;
mod diagnostics;
mod engines;
mod explain;
mod fault;
mod files;
mod fuzz;
#[cfg(feature = "planted-faults")]
mod planted;
mod program;
mod run;
mod test;
mod verify;

use clap::Parser;
use cli::{Cli, Command};

/// The frontend and Cranelift live on small short-lived blocks: a sixth of a compilation is the
/// system's allocator where that is glibc's.
#[cfg(not(feature = "system-alloc"))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Reserved, not used: pages are touched as they are needed. Smaller where the machine refuses.
const STACKS: [usize; 3] = [1 << 30, 256 << 20, 64 << 20];

fn main() {
    fault::install();
    let cli = Cli::parse();
    let status = match cli.command {
        // It compiles nothing itself, and its workers have stacks of their own.
        Command::Verify(args) => verify::verify(args),
        Command::Fuzz(args) => fuzz::fuzz(args),
        #[cfg(feature = "planted-faults")]
        Command::Planted(args) => planted::planted(args),
        other => on_big_stack(other),
    };
    std::process::exit(status);
}

fn on_big_stack(command: Command) -> i32 {
    let command = std::sync::Mutex::new(Some(command));
    for size in STACKS {
        let work = || {
            let taken = command.lock().unwrap_or_else(|e| e.into_inner()).take();
            taken.map(run)
        };
        let status = std::thread::scope(|scope| {
            let builder = std::thread::Builder::new().stack_size(size);
            Some(builder.spawn_scoped(scope, work).ok()?.join())
        });
        // A panic on the thread has ended the process already (`fault`).
        if let Some(Ok(Some(status))) = status {
            return status;
        }
    }
    fault::error("cannot start a thread: the machine is out of memory")
}

fn run(command: Command) -> i32 {
    fault::planted();
    match command {
        Command::Run(args) => run::run(args),
        Command::Build(args) => run::build(args),
        Command::Check(args) => check::check(args),
        Command::Test(args) => test::test(args),
        Command::Verify(args) => verify::verify(args),
        Command::Fuzz(args) => fuzz::fuzz(args),
        #[cfg(feature = "planted-faults")]
        Command::Planted(args) => planted::planted(args),
        Command::Batch => batch::batch(),
        Command::Dump(args) => check::dump(args),
        Command::Explain { code } => explain::explain(code.as_deref()),
    }
}
