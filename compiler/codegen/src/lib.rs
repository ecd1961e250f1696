//! Compiled engines: HIR -> MIR (explicit counts) -> passes -> CLIF -> JIT memory, or -> object ->
//! `cc` -> executable. Owns every decision about machine code; decides nothing about who holds what.

#![deny(unsafe_code)]

mod clif;
mod compile;
mod data;
mod jit;
pub mod layout;
mod link;
mod lower;
pub mod mir;
mod object;
mod passes;
pub mod sites;
mod stored;

use cowl_contract::layout::Mm;
use cowl_contract::leaks::Leaks;
use cowl_frontend::hir::{FuncId, Program};

pub use jit::{Ends, Jitted, jit_compile, jit_run};
pub use link::{BuildError, build};
pub use stored::storages;

/// How a program is compiled.
#[derive(Debug, Clone)]
pub struct Options {
    /// Count the ledger.
    pub ledger: bool,
    /// With it, what had nothing to copy and what copies weigh.
    pub copies: bool,
    pub mm: Mm,
    /// Collect (and audit) at a `new` when so many objects have been made since the last collection.
    pub stress: Option<u32>,
    /// Say at the end what only dead cycles held.
    pub leaks: Leaks,
    /// In calls; 0: no limit.
    pub max_depth: u64,
    /// 0: no limit.
    pub max_steps: u64,
    /// In bytes; 0: no limit.
    pub max_memory: u64,
    /// In milliseconds; 0: no limit.
    pub timeout: u64,
    /// Machine code that is soon made, not soon run: no optimisation, registers in one pass.
    pub quick: bool,
}

impl Options {
    /// What a function's code is worth that is not too large for it.
    pub(crate) fn effort(&self) -> compile::Effort {
        match self.quick {
            true => compile::Effort::Quickest,
            false => compile::Effort::Optimised,
        }
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            ledger: false,
            copies: false,
            mm: Mm::Rc,
            stress: None,
            leaks: Leaks::Off,
            max_depth: 0,
            max_steps: 0,
            max_memory: 0,
            timeout: 0,
            quick: false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Mir,
    Clif,
    Asm,
}

/// What `dump` shows.
#[derive(Debug, Clone)]
pub struct Dump {
    pub what: What,
    /// Only functions of this name.
    pub func: Option<String>,
}

/// The program between lowering and machine code, as text.
pub fn dump(program: &Program, start: FuncId, options: &Options, what: &Dump) -> String {
    let mut module = jit::module(options);
    compile::dump(program, start, options, what, &mut module)
}

/// An error of ours, never of the user: says so and ends with status 70.
#[macro_export]
macro_rules! ice {
    ($($arg:tt)*) => {
        $crate::internal_error(format_args!($($arg)*))
    };
}

#[doc(hidden)]
#[track_caller]
pub fn internal_error(what: std::fmt::Arguments) -> ! {
    panic!(
        "internal error in cowl {}: {what}",
        env!("CARGO_PKG_VERSION")
    )
}
