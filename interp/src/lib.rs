//! The interpreter: the executable definition of the language.
//!
//! Takes a monomorphic HIR `Program` with its `SourceMap`; runs it by walking the tree; gives its
//! output, how it ended, and its ledger. Knows nothing of the other engine or the runtime, does not
//! optimise, and reads no file but those that the program asks for.
//!
//! Decisions that other engines must make too:
//! - A place's root, indices and defaults run first, left to right, then one walk goes to the value.
//! - `--max-depth` counts calls of functions outside std (`main` is the first); `--max-steps` counts
//!   these calls and the turns of loops in such functions. The call that would exceed the depth
//!   panics where it stands in its caller.
//! - The frame below a `deinit` stands at the name of the function that released the object, or at
//!   the `new` or `gc` that collected it; below one of the program's last collection stands none.
//! - The segment of a `:=` or `copy` that copied is its own position.

#![forbid(unsafe_code)]

mod builtins;
mod compare;
mod control;
mod expr;
mod fault;
mod holders;
mod io;
mod leaks;
mod ledger;
mod left;
mod list;
mod looks;
mod machine;
mod map;
mod mention;
mod objects;
mod ops;
mod pattern;
mod place;
mod report;
mod scalar;
mod share;
mod show;
mod text;
mod trace;
mod update;
mod value;
mod watch;

use cowl_contract::copies::{Copies, Stored};
use cowl_contract::leaks::{Leaks, report};
use cowl_contract::ledger::Ledger;
use cowl_contract::outcome::End;
use cowl_frontend::hir::{FuncId, Program, SiteId};
use cowl_frontend::source::SourceMap;
use machine::{Machine, Res, Stop};
use std::time::Duration;
use value::V;

pub use io::Io;

#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Copies whole values at every share and never changes shared storage: the value law itself.
    /// The ledger means nothing then.
    pub eager: bool,
    /// Counts what changes do to storages.
    pub ledger: bool,
    /// Collects dead cycles at a `new` when so many objects have been made since the last collection.
    pub stress: Option<u32>,
    /// Reports copies with their reasons; by type, how its storages lie in compiled programs.
    pub copies: Option<Vec<Option<Stored>>>,
    /// Says at the end what only dead cycles held.
    pub leaks: Leaks,
    pub max_depth: Option<u64>,
    pub max_steps: Option<u64>,
    /// Of the run, without what came before it.
    pub timeout: Option<Duration>,
    /// Bytes by which the process may grow.
    pub max_memory: Option<u64>,
    /// Values that eager mode may copy: it can take the square of a program's time.
    pub max_copied: Option<u64>,
    /// The process goes on afterwards: what the run leaves behind is freed. Else it ends with the
    /// process, which costs nothing.
    pub tidy: bool,
}

#[derive(Debug)]
pub struct Outcome {
    /// What it had to say of its end is on stderr already.
    pub end: End,
    pub ledger: Option<Ledger>,
    pub copies: Option<Copies>,
}

impl Outcome {
    pub fn status(&self) -> i32 {
        self.end.status()
    }
}

/// Stacks to try, from the largest: deep recursion needs one, and the address space is free.
const STACK_SIZES: [usize; 3] = [1 << 30, 1 << 28, 1 << 26];
/// What the machine itself needs below a Cowl call: expressions nest inside a function, too.
const STACK_MARGIN: usize = 1 << 23;

/// Runs the constants' initialisers, then `entry` (`Program::entry` with the arguments, or a test's
/// function, which takes none), on a thread with a stack of its own.
pub fn run(
    program: &Program,
    sources: &SourceMap,
    entry: FuncId,
    args: Vec<String>,
    options: &Options,
    io: Io,
) -> Outcome {
    let mut job = Some((args, io));
    for size in STACK_SIZES {
        let (send, receive) = std::sync::mpsc::channel::<(Vec<String>, Io)>();
        let ended = std::thread::scope(|scope| {
            let builder = std::thread::Builder::new().stack_size(size);
            let run = move || {
                // The sender goes only where the thread could not be made.
                let (args, io) = receive.recv().ok()?;
                Some(run_here(program, sources, entry, args, options, io, size))
            };
            let thread = builder.spawn_scoped(scope, run).ok()?;
            if let Some(job) = job.take() {
                let _ = send.send(job);
            }
            Some(thread.join())
        });
        match ended {
            Some(Ok(Some(outcome))) => return outcome,
            Some(Err(bug)) => std::panic::resume_unwind(bug),
            Some(Ok(None)) | None => {}
        }
    }
    machine::ice!("no thread could be made to run the program")
}

fn run_here(
    program: &Program,
    sources: &SourceMap,
    entry: FuncId,
    args: Vec<String>,
    options: &Options,
    io: Io,
    stack: usize,
) -> Outcome {
    let here = 0u8;
    let margin = STACK_MARGIN.min(stack / 2);
    let limit = std::ptr::from_ref(&here).addr() - (stack - margin);
    let mut machine = Machine::new(program, sources, options, io, limit);
    machine.start_watch(options);
    let result = run_program(&mut machine, entry, args, options.leaks);
    let _ = machine.flush();
    let end = match (machine.end, result) {
        (Some(end), _) => end,
        (None, Ok(V::Int(status))) => End::Exit(status),
        (None, _) => End::Exit(0),
    };
    let (ledger, copies) = (machine.ledger(), machine.copies());
    match options.tidy {
        true => machine.free_what_is_left(),
        false => std::mem::forget(machine),
    }
    Outcome {
        end,
        ledger,
        copies,
    }
}

fn run_program(m: &mut Machine, entry: FuncId, args: Vec<String>, leaks: Leaks) -> Res {
    let site = SiteId(0);
    for global in &m.program.globals {
        let v = m.call_values(global.init, [], site)?;
        m.globals.push(v);
    }
    let at = m.slots.len();
    let params = m.program.func(entry).params.len();
    if params == 1 {
        m.slots
            .push(V::list(args.into_iter().map(V::str).collect()));
    }
    let result = m.call_at(entry, at, params, None, site)?;
    let leaked = match leaks {
        Leaks::Off => Vec::new(),
        _ => m.leaked(),
    };
    m.collect(None)?;
    if leaks != Leaks::Off {
        let text = report(leaks, &leaked, m.heap.live());
        m.say(&text);
    }
    match m.flush() {
        Ok(()) => Ok(result),
        Err(Stop::End) => Ok(V::Unit),
        Err(stop) => Err(stop),
    }
}
