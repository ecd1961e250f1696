//! The verifier: runs programs on every engine, each run in its own process, and compares
//! outcomes with one another and with what the programs' files say.
//!
//! Takes paths of `.cowl` and `.md` files or folders and the `cowl` executable to run; gives a
//! report, one verdict and an exit status. Knows no engine from inside: only processes and the
//! types of `cowl_contract`. The file format is in this crate's README.

#![forbid(unsafe_code)]

pub mod batch;
mod bless;
pub mod boundary;
mod check;
mod engine;
mod find;
pub mod fuzz;
pub mod generate;
mod judge;
mod markdown;
mod matrix;
mod mir;
#[cfg(feature = "planted-faults")]
pub mod planted;
mod process;
pub mod reduce;
pub mod relations;
mod report;
mod spec;
mod verify;

pub use engine::{Engine, Mode};
pub use find::{Collected, collect};
pub use judge::Fault;
pub use matrix::{Part, verify_matrix};
pub use spec::{Kind, Program};
pub use verify::{Format, Options, Report, Verdict, verify, verify_program};
