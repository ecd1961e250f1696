//! Compiled engines: HIR -> MIR (explicit counts) -> passes -> CLIF -> JIT memory, or -> object ->
//! `cc` -> executable. Owns every decision about machine code; decides nothing about who holds what.

mod clif;
mod data;
pub mod layout;
mod lower;
pub mod mir;
pub mod sites;

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
