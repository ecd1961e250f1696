//! Compares a function's MIR with the dump that a program's file pins: who holds what, and where
//! each holder ends.
//!
//! Takes the text of the file and what `cowl dump --emit=mir --fn NAME` printed; gives a fault with
//! a diff. Every engine but the interpreter runs from MIR, so the fault concerns the compiler.

use crate::judge::{Fault, diff};
use crate::process::Finished;
use crate::spec::Block;
use cowl_contract::outcome::{Ended, status};

pub fn judge(function: &str, wanted: &Block, dump: &Finished) -> Option<Fault> {
    let actual = trimmed(&dump.stdout);
    let detail = if dump.ended != Ended::Status(status::OK) {
        let stderr = String::from_utf8_lossy(&dump.stderr);
        format!("`cowl dump` ended with {}\n{stderr}", dump.ended)
    } else if actual.is_empty() {
        format!("there is no function `{function}`")
    } else if actual != wanted.bytes {
        let text = diff("expected", &wanted.bytes, "actual", actual);
        format!("of `{function}`: not what the file says\n{text}")
    } else {
        return None;
    };
    Some(Fault {
        who: vec!["dump".to_string()],
        engines: Vec::new(),
        aspect: "mir",
        detail,
    })
}

/// A dump without the empty line that ends each function.
pub fn trimmed(dump: &[u8]) -> &[u8] {
    match dump.strip_suffix(b"}\n\n") {
        Some(body) => &dump[..body.len() + 2],
        None => dump,
    }
}
