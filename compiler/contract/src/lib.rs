//! What every part of Cowl agrees on, and nothing else: builtin operations, panic kinds and texts,
//! how numbers print, the ledger and outcome types, site tables, the table of runtime entries.
//!
//! No dependency but the table of character widths; no knowledge of the frontend or of an engine.

#![forbid(unsafe_code)]

pub mod builtins;
pub mod collect;
pub mod copies;
pub mod desc;
pub mod entries;
pub mod format;
pub mod layout;
pub mod leaks;
pub mod ledger;
pub mod number;
pub mod outcome;
pub mod panic;
pub mod planted;
pub mod quote;
pub mod system;
pub mod trace;
pub mod watch;
