//! Writes what engines did into the texts that a program's file already asks for.
//!
//! Takes a program and observations on which all engines agree; gives the edited lines of the
//! file. Never touches the kind, the exit status, a panic's text or a mark.

use crate::engine::{Mode, Observation};
use crate::judge::object_counts;
use crate::mir;
use crate::spec::{Block, Pins, Program, encode};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

/// New lines for a range of old ones.
#[derive(Debug)]
pub struct Edit {
    pub lines: Range<usize>,
    pub new: Vec<String>,
}

/// What blessing would change for one program.
pub fn edits(
    program: &Program,
    said: &[u8],
    seen: &[Observation],
    dumps: &[Vec<u8>],
) -> Result<Vec<Edit>, String> {
    let mut edits = Vec::new();
    block(program.said.as_ref(), said, "what check says", &mut edits)?;
    let Some(run) = seen.iter().find(|r| r.mode != Mode::Tests) else {
        return Ok(edits);
    };
    let (stdout, stderr) = (program.stdout.as_ref(), program.stderr.as_ref());
    block(stdout, &run.outcome.stdout, "stdout", &mut edits)?;
    block(stderr, &run.outcome.stderr, "stderr", &mut edits)?;
    for ((function, wanted), dump) in program.mirs.iter().zip(dumps) {
        block(
            Some(wanted),
            mir::trimmed(dump),
            &format!("mir {function}"),
            &mut edits,
        )?;
    }
    if let Some(ledger) = seen.iter().find_map(|r| r.outcome.ledger.as_ref()) {
        let totals = ledger.totals();
        let sums = [
            ("in_place", totals.in_place),
            ("copied", totals.copied),
            ("moved", totals.moved),
        ];
        edits.extend(pins(&program.ledger, "ledger", &sums));
        edits.extend(pins(
            &program.objects,
            "objects",
            &object_counts(&ledger.objects),
        ));
    }
    Ok(edits)
}

/// New lines for one block of text.
fn block(
    block: Option<&Block>,
    actual: &[u8],
    name: &str,
    edits: &mut Vec<Edit>,
) -> Result<(), String> {
    let Some(block) = block.filter(|b| b.bytes != actual) else {
        return Ok(());
    };
    let lines = block.lines.clone().ok_or(format!(
        "{name} stands in a file of its own or in an indented block: write it there by hand"
    ))?;
    let text = std::str::from_utf8(actual).map_err(|_| format!("{name} is not UTF-8"))?;
    let new = match block.bare {
        true if !text.is_empty() && !text.ends_with('\n') => {
            return Err(format!(
                "{name} does not end with a newline: use `//! {name}:`"
            ));
        }
        true => text.lines().map(str::to_string).collect(),
        // Blanks at the end of a line are part of the text; an empty line has none.
        false => encode(text)
            .iter()
            .map(|l| match l.is_empty() {
                true => "//!".to_string(),
                false => format!("//! {l}"),
            })
            .collect(),
    };
    edits.push(Edit { lines, new });
    Ok(())
}

/// The directive with the same parts and the actual numbers.
fn pins(pins: &Option<Pins>, name: &str, actual: &[(&str, u64)]) -> Option<Edit> {
    let pins = pins.as_ref()?;
    let parts: Vec<String> = pins
        .parts
        .iter()
        .map(|(part, old)| {
            let now = actual.iter().find(|(known, _)| known == part);
            format!("{part}={}", now.map_or(*old, |(_, n)| *n))
        })
        .collect();
    Some(Edit {
        lines: pins.line..pins.line + 1,
        new: vec![format!("//! {name}: {}", parts.join(" "))],
    })
}

/// Applies edits to their files, from the end, so that the lines of earlier ones stay right.
pub fn apply(edits: BTreeMap<PathBuf, Vec<Edit>>) -> std::io::Result<usize> {
    let mut changed = 0;
    for (path, mut edits) in edits {
        let old = std::fs::read_to_string(&path)?;
        let mut lines: Vec<String> = old.split('\n').map(str::to_string).collect();
        edits.sort_by_key(|e| std::cmp::Reverse(e.lines.start));
        for edit in edits {
            lines.splice(edit.lines, edit.new);
        }
        let new = lines.join("\n");
        if new != old {
            std::fs::write(&path, new)?;
            changed += 1;
        }
    }
    Ok(changed)
}
