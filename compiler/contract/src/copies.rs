//! The report of copies (`--copies`): what each place that changes values did in one run, what its
//! copies weigh in the compiled layout, and who else held the value. One type for every engine.
//!
//! Takes what an engine counts; the driver renders it. It says nothing that the ledger does not
//! say of `in_place`, `copied` and `moved`; the rest is beside the ledger and never compared.

use crate::layout::{
    LIST_ELEMS, NODE_BITS, NODE_ELEMS, STORAGE_ELEMS, STRING_BYTES, leaf_bits, stride,
};
use crate::ledger::{Ledger, Place, parse_place};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copies {
    pub places: BTreeMap<Place, Updates>,
    /// The engine looked for holders (the interpreter).
    pub explained: bool,
}

/// What the updates at one place did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Updates {
    pub in_place: u64,
    pub moved: u64,
    /// Empty or inline values: nothing was there to copy.
    pub nothing: u64,
    /// By the line and column of the segment at which copying began.
    pub copied: BTreeMap<(u32, u32), Copied>,
    /// A copy here broke the promise of this `@in_place` function and ended the program.
    pub promise: Option<String>,
}

impl Updates {
    pub fn copied_total(&self) -> u64 {
        self.copied.values().map(|c| c.times).sum()
    }

    pub fn bytes(&self) -> u64 {
        self.copied.values().map(|c| c.bytes).sum()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    pub times: u64,
    pub bytes: u64,
    /// How many of these copies were looked into: the first ones, then ever fewer.
    pub examined: u64,
    /// Those that were found in them, the most frequent first.
    pub holders: Vec<Holder>,
}

/// Who kept a value shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub kind: HolderKind,
    /// As a program would name it: `old`, `rows[0].tags`; for a literal its text.
    pub name: String,
    /// The function whose name it is.
    pub function: String,
    /// Where it was bound, written or made.
    pub at: Option<Place>,
    /// Where it is used again, which is why it still holds.
    pub again: Option<Place>,
    /// In how many of the copies that were looked into.
    pub times: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HolderKind {
    /// A variable of the function that changes the value, or a part of one.
    Local,
    /// A variable of a function that waits for it.
    Caller,
    /// A slot of a List, Array, Map or Set.
    Element,
    /// A field of an object.
    Object,
    Capture,
    Literal,
    Constant,
    /// A running `for`.
    Loop,
    /// A value that covers a part of the same storage.
    Slice,
    /// An operand of an operation under way.
    Pending,
    /// Another part of the value that changes.
    Itself,
}

impl HolderKind {
    /// As in the JSON report.
    pub fn name(self) -> &'static str {
        match self {
            HolderKind::Local => "local",
            HolderKind::Caller => "caller",
            HolderKind::Element => "element",
            HolderKind::Object => "object",
            HolderKind::Capture => "capture",
            HolderKind::Literal => "literal",
            HolderKind::Constant => "constant",
            HolderKind::Loop => "loop",
            HolderKind::Slice => "slice",
            HolderKind::Pending => "pending",
            HolderKind::Itself => "itself",
        }
    }
}

impl Copied {
    /// One more copy of which this holder was found.
    pub fn add(&mut self, holder: Holder) {
        let same = |h: &&mut Holder| {
            (h.kind, &h.name, &h.function, &h.at)
                == (holder.kind, &holder.name, &holder.function, &holder.at)
        };
        match self.holders.iter_mut().find(same) {
            Some(known) => known.times += holder.times,
            None => self.holders.push(holder),
        }
        self.holders.sort_by_key(|h| std::cmp::Reverse(h.times));
    }
}

impl Copies {
    pub fn at(&mut self, place: Place) -> &mut Updates {
        self.places.entry(place).or_default()
    }

    /// What compiled programs write beside their ledger:
    /// ```text
    /// FILE:LINE:COL nothing N
    /// FILE:LINE:COL bytes LINE:COL N
    /// ```
    pub fn beside_text(&self) -> String {
        let mut text = String::new();
        for (place, updates) in &self.places {
            if updates.nothing > 0 {
                text += &format!("{place} nothing {}\n", updates.nothing);
            }
            for ((line, col), copied) in updates.copied.iter().filter(|(_, c)| c.bytes > 0) {
                text += &format!("{place} bytes {line}:{col} {}\n", copied.bytes);
            }
        }
        text
    }

    /// Adds what such a text says; the error names a line that is not of it.
    pub fn add_beside(&mut self, text: &str) -> Result<(), String> {
        for line in text.lines() {
            self.add_line(line)
                .ok_or_else(|| format!("a malformed line beside the ledger: {line}"))?;
        }
        Ok(())
    }

    /// A file's name may hold blanks and colons, so a line is read from its end.
    fn add_line(&mut self, line: &str) -> Option<()> {
        let (rest, n) = line.rsplit_once(' ')?;
        let n: u64 = n.parse().ok()?;
        if let Some(place) = rest.strip_suffix(" nothing") {
            self.at(parse_place(place)?).nothing += n;
            return Some(());
        }
        let (rest, segment) = rest.rsplit_once(' ')?;
        let place = parse_place(rest.strip_suffix(" bytes")?)?;
        let (line, col) = segment.split_once(':')?;
        let segment = (line.parse().ok()?, col.parse().ok()?);
        self.at(place).copied.entry(segment).or_default().bytes += n;
        Some(())
    }

    /// Adds the counts that a ledger has.
    pub fn add_ledger(&mut self, ledger: &Ledger) {
        for (place, counts) in &ledger.places {
            let updates = self.at(place.clone());
            updates.in_place += counts.in_place;
            updates.moved += counts.moved;
            for (&segment, &n) in &counts.copied {
                updates.copied.entry(segment).or_default().times += n;
            }
        }
    }
}

/// The file beside a ledger's.
pub fn beside_path(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_os_string();
    name.push(".copies");
    PathBuf::from(name)
}

/// How a type's storages lie in compiled programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Its length is in bytes.
    Text,
    Array {
        stride: u32,
    },
    List {
        stride: u32,
    },
    /// A Map or Set; the stride of an entry.
    Entries {
        stride: u32,
    },
}

/// The block of a Map: count, flags, lengths, entries, index.
const MAP_BLOCK: u64 = 32;
const NODE: u64 = NODE_ELEMS as u64 + (1 << NODE_BITS) * 8;

impl Stored {
    pub fn array(elem_size: u32) -> Stored {
        let stride = stride(elem_size);
        Stored::Array { stride }
    }

    pub fn list(elem_size: u32) -> Stored {
        let stride = stride(elem_size);
        Stored::List { stride }
    }

    /// What a change must copy when a storage of this length is shared: all of a string or an Array;
    /// of a List its block with the tail and, where there is a tree, one way down it; of a Map the
    /// same of its entries, and one way down its index.
    pub fn bytes(self, len: u64) -> u64 {
        match self {
            Stored::Text => STRING_BYTES as u64 + len,
            Stored::Array { stride } => STORAGE_ELEMS as u64 + len * u64::from(stride),
            Stored::List { stride } => list_bytes(stride, len),
            Stored::Entries { stride } => {
                let index = if len > 8 { levels(len, 1) * NODE } else { 0 };
                MAP_BLOCK + list_bytes(stride, len) + index
            }
        }
    }
}

fn list_bytes(stride: u32, len: u64) -> u64 {
    let leaf = 1u64 << leaf_bits(stride);
    let stride = u64::from(stride);
    let block = LIST_ELEMS as u64;
    if len <= leaf {
        return block + len * stride;
    }
    let tail = (len - 1) % leaf + 1;
    let trie = len - tail;
    block + tail * stride + NODE_ELEMS as u64 + leaf * stride + levels(trie, leaf) * NODE
}

/// How many levels of inner nodes stand above leaves that hold so many.
fn levels(len: u64, leaf: u64) -> u64 {
    let mut levels = 0;
    let mut reach = leaf;
    while reach < len {
        reach <<= NODE_BITS;
        levels += 1;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copies_weigh() {
        assert_eq!(Stored::Text.bytes(30), 46);
        assert_eq!(Stored::array(8).bytes(100), 832);
        assert_eq!(Stored::list(8).bytes(4), 40 + 32);
        // 32 in the tail, 32 in a leaf that is the root of the tree.
        assert_eq!(Stored::list(8).bytes(64), 40 + 256 + 8 + 256);
        // One node above the leaves.
        assert_eq!(Stored::list(8).bytes(100), 40 + 32 + 264 + 264);
        assert_eq!(Stored::list(8).bytes(1 << 20), 40 + 256 + 264 + 3 * 264);
        let entry = Stored::Entries { stride: 24 };
        assert_eq!(entry.bytes(2), 32 + 40 + 48);
    }

    #[test]
    fn holders_add_up() {
        let holder = |name: &str| Holder {
            kind: HolderKind::Local,
            name: name.to_string(),
            function: "main".to_string(),
            at: None,
            again: None,
            times: 1,
        };
        let mut copied = Copied::default();
        for name in ["a", "b", "b"] {
            copied.add(holder(name));
        }
        let found: Vec<(&str, u64)> = copied.holders.iter().map(|h| (&*h.name, h.times)).collect();
        assert_eq!(found, [("b", 2), ("a", 1)]);
    }
}
