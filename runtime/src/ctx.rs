//! The context: everything that a running program's runtime keeps. Entries get it first; nothing
//! else in this crate has state.

use crate::alloc::Arena;
use crate::count::Task;
use crate::io::Output;
use crate::objects::Objects;
use crate::panic::Activation;
use crate::start::Report;
use cowl_contract::desc::TypeDesc;
use cowl_contract::layout::{CtxHead, Program, ProgramOptions, SMALL_CLASSES};
use cowl_contract::watch::Flag;
use std::path::PathBuf;
use std::ptr;
use std::sync::Arc;

/// How every function here gets the context. A plain pointer, because a call back into compiled
/// code uses the same context while Rust frames below still hold it.
pub type Cx = *mut Ctx;

#[repr(C)]
pub struct Ctx {
    /// What compiled code knows of; must be first.
    pub head: CtxHead,
    pub arena: Arena,
    /// Keys the hash of Maps and Sets.
    pub seed: u64,
    /// Blocks that are about to be released, the next one last.
    pub work: Vec<Task>,
    pub objects: Objects,
    pub out: Output,
    pub stdin: Vec<u8>,
    pub stdin_at: usize,
    pub program: *const Program,
    pub options: ProgramOptions,
    /// Calls from the runtime back into compiled code that are under way, the innermost first.
    pub activation: *const Activation,
    /// Objects in change, and which field (-1: the whole).
    pub in_change: Vec<(*mut u8, i32)>,
    /// Objects being shown, where printing cuts cycles.
    pub showing: Vec<*const u8>,
    /// The counters that `head.counters` points to.
    pub counters: Vec<u64>,
    pub ledger_path: Option<PathBuf>,
    /// Gets the report of copies at the end.
    pub report: Option<Report>,
    /// Raised when the time of `--timeout` is up.
    pub watch: Option<Arc<Flag>>,
    /// What the last weighed unsharing has copied.
    pub unshared: u64,
}

impl Ctx {
    /// A context without a program; `start` fills in what a program brings.
    pub fn new() -> Box<Ctx> {
        Box::new(Ctx {
            head: CtxHead {
                stack_limit: 0,
                exit_fp: 0,
                exit_frame: cowl_contract::layout::NO_FRAME,
                depth_left: i32::MAX,
                steps_left: i64::MAX,
                counters: ptr::null_mut(),
                shadow: ptr::null_mut(),
                free: [ptr::null_mut(); SMALL_CLASSES],
            },
            arena: Arena::new(),
            seed: crate::hash::random_seed(),
            work: Vec::new(),
            objects: Objects::new(),
            out: Output::new(),
            stdin: Vec::new(),
            stdin_at: 0,
            program: ptr::null(),
            options: ProgramOptions::default(),
            activation: ptr::null(),
            in_change: Vec::new(),
            showing: Vec::new(),
            counters: Vec::new(),
            ledger_path: None,
            report: None,
            watch: None,
            unshared: 0,
        })
    }
}

/// A desc's reference; descs are static.
///
/// # Safety
/// `desc` points to a descriptor that lives as long as the program.
#[inline(always)]
pub unsafe fn desc<'a>(desc: *const TypeDesc) -> &'a TypeDesc {
    &*desc
}
