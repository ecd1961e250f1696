//! What every part of Cowl agrees on, and nothing else: builtin operations, panic kinds and texts,
//! how numbers print, the ledger and outcome types, site tables, the table of runtime entries.
//!
//! No dependencies; no knowledge of the frontend or of an engine.

pub mod builtins;
pub mod ledger;
pub mod outcome;
