//! A program's begin and end: its context, its stack, its arguments, its status.
//!
//! `run` is for programs in this process (the JIT), `cowl_main` for executables. Both run the
//! program on a thread of its own, whose stack is big and known, and come back only if the program
//! ends normally; `end` ends the process from anywhere.

use crate::alloc::live_blocks;
use crate::ctx::{Ctx, Cx};
use crate::{audit, cycles, io, leaks, ledger, panic, system};
use cowl_contract::copies::Copies;
use cowl_contract::layout::{COPIES_TOO, Mm, NO_FRAME, Program};
use cowl_contract::outcome::status;
use cowl_contract::planted::jumps_to_full;
use std::ffi::{CStr, c_char};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicPtr, Ordering};
use std::sync::{Arc, Mutex};

/// Reserved, not used: pages become real when they are touched.
const STACK: usize = 1 << 30;
/// What stays free below the limit: runtime code, and the printing of a stack overflow.
const MARGIN: usize = 256 << 10;

/// What a run adds to a program.
#[derive(Default)]
pub struct RunOptions {
    /// The arguments after the program's name.
    pub args: Vec<String>,
    /// Where to write the ledger of a counting build.
    pub ledger: Option<PathBuf>,
    /// Gets the report of copies of a build that counts for it, at the end.
    pub report: Option<Report>,
    /// Collect when so many objects have been made, whatever the program was compiled with.
    pub stress: Option<u32>,
}

/// What takes the report of copies.
pub type Report = Box<dyn FnOnce(Copies) + Send>;

/// A program's pointer, handed to the thread that runs it.
struct Shared(*const Program);

// SAFETY: the program is static data; the thread that hands it over only waits.
unsafe impl Send for Shared {}

/// Runs a program to its normal end: its status. A panic, `exit` and limits end the process.
///
/// # Safety
/// `program` and all that it points to is as `contract::layout` says, and lives as long as the
/// process.
pub unsafe fn run(program: *const Program, options: RunOptions) -> i32 {
    // A closed pipe is told by the write that fails.
    libc::signal(libc::SIGPIPE, libc::SIG_IGN);
    std::panic::set_hook(Box::new(internal_error));
    let shared = Shared(program);
    let main = move || {
        let Shared(program) = { shared };
        // SAFETY: the caller's promise.
        unsafe { run_here(program, options) }
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(main);
    match thread {
        Ok(thread) => thread.join().unwrap_or(status::INTERNAL),
        Err(error) => {
            eprintln!("error: cannot reserve a stack: {error}");
            status::FAILED
        }
    }
}

unsafe fn run_here(program: *const Program, options: RunOptions) -> i32 {
    let marker = 0u8;
    let here = &raw const marker as usize;
    let mut ctx = Ctx::new();
    ctx.head.stack_limit = here - STACK + MARGIN;
    ctx.program = program;
    ctx.options = (*program).options;
    ctx.arena.max_bytes = ctx.options.max_memory;
    let stress = ctx.options.stress.checked_sub(1);
    ctx.objects.set_stress(options.stress.or(stress));
    if ctx.options.mm == Mm::Audit as u8 {
        ctx.arena.guard = Some(Box::default());
    }
    if ctx.options.max_depth > 0 {
        ctx.head.depth_left = ctx.options.max_depth.min(i32::MAX as u64) as i32;
    }
    if ctx.options.max_steps > 0 {
        ctx.head.steps_left = ctx.options.max_steps.min(i64::MAX as u64) as i64;
    }
    let watched = watch(&mut ctx);
    ctx.counters = vec![0; (*program).events.len];
    ctx.head.counters = ctx.counters.as_mut_ptr();
    if ctx.options.ledger != 0 {
        ctx.ledger_path = options.ledger;
    }
    if ctx.options.ledger == COPIES_TOO {
        ctx.report = options.report;
    }
    let cx: Cx = &raw mut *ctx;
    let args = system::string_list(cx, &options.args);
    let result = ((*program).main)(cx.cast(), args);
    // What ends from here on ends below no call.
    ctx.head.exit_fp = 0;
    ctx.head.exit_frame = NO_FRAME;
    let leaks = ctx.options.leaks != 0;
    let dead = if leaks { leaks::dead(cx) } else { Vec::new() };
    cycles::collect(cx);
    audit::audit_freed(cx);
    io::flush(cx);
    if leaks {
        leaks::tell(cx, &dead);
    }
    ledger::write(cx);
    // Constants live on, and full counts never end.
    if ctx.options.ledger != 0 && (*program).constants.len == 0 && jumps_to_full().is_none() {
        require_freed(live_blocks(cx));
    }
    if let Some(watched) = watched {
        // The context goes now.
        *watched.lock().unwrap_or_else(|e| e.into_inner()) = AtomicPtr::default();
    }
    result as i32
}

/// Ends the process if a program has left blocks of memory behind: what lives in no object is counted
/// nowhere else.
fn require_freed(left: usize) {
    if left > 0 {
        eprintln!("internal error: the program has left {left} blocks of memory behind");
        std::process::exit(status::INTERNAL);
    }
}

/// Starts the watch of `--timeout`: it lets the program's steps run out. Gives where the steps are
/// counted, which the watch may change while it has the lock; null once the program has ended.
fn watch(ctx: &mut Ctx) -> Option<Arc<Mutex<AtomicPtr<i64>>>> {
    let limits = panic::watch_limits(&ctx.options);
    limits.timeout?;
    let steps = Arc::new(Mutex::new(AtomicPtr::new(&raw mut ctx.head.steps_left)));
    let theirs = steps.clone();
    let poke = move || {
        let lock = theirs.lock().unwrap_or_else(|e| e.into_inner());
        let steps = lock.load(Ordering::Relaxed);
        if !steps.is_null() {
            // SAFETY: the context lives while the pointer is not null. Compiled code reads, lowers
            // and stores the number, so that this store may be lost; the next one is not.
            unsafe { AtomicI64::from_ptr(steps).store(0, Ordering::Relaxed) }
        }
    };
    match cowl_contract::watch::start(limits, || 0, poke) {
        Ok(flag) => ctx.watch = Some(flag),
        Err(error) => {
            eprintln!("error: cannot watch the time: {error}");
            std::process::exit(status::FAILED)
        }
    }
    Some(steps)
}

/// Ends the process: pending output and the ledger are written, nothing is released.
pub unsafe fn end(cx: Cx, status: i32) -> ! {
    io::flush(cx);
    ledger::write(cx);
    std::process::exit(status)
}

/// A panic of the runtime's own code is never the program's.
fn internal_error(info: &std::panic::PanicHookInfo) {
    eprintln!("internal error: the runtime failed: {info}");
    std::process::exit(status::INTERNAL);
}

/// What an executable's `main` calls.
///
/// # Safety
/// As for `run`; `argc` and `argv` are those of the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_main(
    program: *const Program,
    argc: i32,
    argv: *const *const c_char,
) -> i32 {
    let args = (1..argc.max(1) as usize)
        .map(|i| CStr::from_ptr(*argv.add(i)).to_string_lossy().into_owned())
        .collect();
    let ledger = std::env::var_os("COWL_LEDGER").map(PathBuf::from);
    let options = RunOptions {
        args,
        ledger,
        ..RunOptions::default()
    };
    run(program, options)
}
