//! The JIT: compiles into this process's memory and runs there. The only place of this crate that
//! calls into machine code.

#![allow(unsafe_code)]

use crate::{Options, compile};
use cowl_contract::copies::Copies;
use cowl_contract::entries::Entry;
use cowl_contract::layout::Program as Tables;
use cowl_frontend::hir::{FuncId, Program};
use cowl_frontend::source::SourceMap;
use cowl_runtime::start::{RunOptions, run};
use cranelift_jit::{ArenaMemoryProvider, JITBuilder, JITModule};
use cranelift_module::DataId;
use std::path::PathBuf;

/// Reserved at once, so that code and data lie close together; pages become real when used.
const ARENA: usize = 1 << 30;

/// A program in this process's memory, ready to run.
pub struct Jitted {
    /// Holds the code and the tables; never freed, as threads of the program may outlive its end.
    module: std::mem::ManuallyDrop<JITModule>,
    tables: DataId,
}

/// Compiles a program that begins at `start` (its entry, or a test).
pub fn jit_compile(
    program: &Program,
    sources: &SourceMap,
    start: FuncId,
    options: &Options,
) -> Jitted {
    let mut module = module(options);
    let tables = compile::compile(program, sources, start, options, &mut module);
    if let Err(e) = module.finalize_definitions() {
        crate::ice!("{e:?}");
    }
    Jitted {
        module: std::mem::ManuallyDrop::new(module),
        tables,
    }
}

impl Jitted {
    /// Runs it to its end; gives its status. A panic ends the process. Runs of one process follow
    /// each other; a forked process has its own.
    pub fn run(&self, args: Vec<String>, ends: Ends) -> i32 {
        let options = RunOptions {
            args,
            ledger: ends.ledger,
            report: ends.report,
            stress: ends.stress,
        };
        let (tables, _) = self.module.get_finalized_data(self.tables);
        // SAFETY: `tables` was laid out by `data::tables` as `contract::layout::Program`; what it
        // points to lies in the module's memory, which is not freed before the process ends.
        unsafe { run(tables.cast::<Tables>(), options) }
    }
}

/// Where the counts of a run go when it ends, and what else is its own.
#[derive(Default)]
pub struct Ends {
    pub ledger: Option<PathBuf>,
    /// Gets the report of copies, where `Options::copies` counts for it.
    pub report: Option<Box<dyn FnOnce(Copies) + Send>>,
    /// Collect when so many objects have been made, whatever the program was compiled with.
    pub stress: Option<u32>,
}

/// Compiles and runs a program from `start` to its end; gives its status. A panic ends the process.
pub fn jit_run(
    program: &Program,
    sources: &SourceMap,
    start: FuncId,
    args: Vec<String>,
    ends: Ends,
    options: &Options,
) -> i32 {
    jit_compile(program, sources, start, options).run(args, ends)
}

/// An empty module whose imports are the runtime's entries and nothing else.
pub(crate) fn module(options: &Options) -> JITModule {
    let mut builder = JITBuilder::with_isa(compile::isa(false, options.effort()), libcall_names());
    for &entry in Entry::ALL {
        builder.symbol(entry.name(), cowl_runtime::symbol(entry));
    }
    builder.symbol("memcpy", memcpy as *const u8);
    builder.symbol("memset", memset as *const u8);
    match ArenaMemoryProvider::new_with_size(ARENA) {
        Ok(memory) => {
            builder.memory_provider(Box::new(memory));
        }
        Err(e) => crate::ice!("no memory for code: {e}"),
    }
    JITModule::new(builder)
}

fn libcall_names() -> Box<dyn Fn(cranelift_codegen::ir::LibCall) -> String + Send + Sync> {
    cranelift_module::default_libcall_names()
}

unsafe extern "C" {
    fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8;
    fn memset(to: *mut u8, byte: i32, n: usize) -> *mut u8;
}
