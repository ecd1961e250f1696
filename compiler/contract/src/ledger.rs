//! The ledger: how often each place of a program changed a value in place, copied it or moved
//! it, and what became of its objects. One type and one text form for every engine.
//!
//! Takes counts by source place; gives the text that `--ledger` writes, reads it back, merges and
//! compares. Knows nothing of how an engine counts. The text is
//! ```text
//! FILE:LINE:COL in_place N
//! FILE:LINE:COL copied LINE:COL N        (the segment at which copying began; same file)
//! FILE:LINE:COL moved N
//! objects allocated N freed N collected N live N
//! ```
//! sorted by file, line and column, zero counts left out except in the last line.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// A place of the source, counted from 1, the column in code points.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// As the source map names it: relative to the root, with `/`.
    pub file: String,
    pub line: u32,
    pub col: u32,
}

/// What one update, `:=` or `copy` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    InPlace,
    /// With the line and column of the segment at which copying began.
    Copied {
        line: u32,
        col: u32,
    },
    Moved,
}

/// The events of one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub in_place: u64,
    /// By the line and column of the segment.
    pub copied: BTreeMap<(u32, u32), u64>,
    pub moved: u64,
}

impl Counts {
    pub fn copied_total(&self) -> u64 {
        self.copied.values().sum()
    }

    fn is_empty(&self) -> bool {
        self.in_place == 0 && self.moved == 0 && self.copied.values().all(|&n| n == 0)
    }
}

/// What became of the objects that `new` made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    pub allocated: u64,
    pub freed: u64,
    /// Freed by cycle collection.
    pub collected: u64,
    /// Still there when the program ended.
    pub live: u64,
}

/// Sums over all places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub in_place: u64,
    pub copied: u64,
    pub moved: u64,
}

/// The counts of one run, or of several merged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    pub places: BTreeMap<Place, Counts>,
    pub objects: Objects,
}

impl Ledger {
    /// Adds `n` events at a place; adding none leaves no trace.
    pub fn count(&mut self, place: Place, event: Event, n: u64) {
        if n == 0 {
            return;
        }
        let counts = self.places.entry(place).or_default();
        match event {
            Event::InPlace => counts.in_place += n,
            Event::Copied { line, col } => *counts.copied.entry((line, col)).or_default() += n,
            Event::Moved => counts.moved += n,
        }
    }

    /// Adds another run's counts to this one's.
    pub fn merge(&mut self, other: &Ledger) {
        for (place, from) in &other.places {
            let counts = self.places.entry(place.clone()).or_default();
            counts.in_place += from.in_place;
            counts.moved += from.moved;
            for (&segment, n) in &from.copied {
                *counts.copied.entry(segment).or_default() += n;
            }
        }
        let (a, b) = (&mut self.objects, &other.objects);
        a.allocated += b.allocated;
        a.freed += b.freed;
        a.collected += b.collected;
        a.live += b.live;
    }

    pub fn totals(&self) -> Totals {
        let mut sum = Totals::default();
        for counts in self.places.values() {
            sum.in_place += counts.in_place;
            sum.copied += counts.copied_total();
            sum.moved += counts.moved;
        }
        sum
    }

    /// The text without the `objects` line: what is equal even where a panic left objects behind.
    pub fn events_text(&self) -> String {
        let mut text = String::new();
        for (place, counts) in &self.places {
            if !counts.is_empty() {
                write_counts(&mut text, place, counts);
            }
        }
        text
    }

    /// Writes the text to a file.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        std::fs::write(path, self.to_string())
    }

    /// Reads the text form; the error names the line that is not of it.
    pub fn parse(text: &str) -> Result<Ledger, String> {
        let mut ledger = Ledger::default();
        let mut ended = false;
        for (i, line) in text.lines().enumerate() {
            let bad = || format!("line {} of the ledger is malformed: {line}", i + 1);
            if ended {
                return Err(bad());
            }
            match parse_objects(line) {
                Some(objects) => {
                    ledger.objects = objects;
                    ended = true;
                }
                None => {
                    let (place, event, n) = parse_line(line).ok_or_else(bad)?;
                    ledger.count(place, event, n);
                }
            }
        }
        match ended {
            true => Ok(ledger),
            false => Err("the ledger ends before its objects line".to_string()),
        }
    }
}

fn write_counts(out: &mut String, place: &Place, counts: &Counts) {
    use fmt::Write;
    // Writing to a string cannot fail.
    if counts.in_place > 0 {
        let _ = writeln!(out, "{place} in_place {}", counts.in_place);
    }
    for (&(line, col), &n) in counts.copied.iter().filter(|&(_, &n)| n > 0) {
        let _ = writeln!(out, "{place} copied {line}:{col} {n}");
    }
    if counts.moved > 0 {
        let _ = writeln!(out, "{place} moved {}", counts.moved);
    }
}

/// A file's name may hold blanks and colons, so a line is read from its end.
fn parse_line(line: &str) -> Option<(Place, Event, u64)> {
    let (rest, n) = line.rsplit_once(' ')?;
    let n = n.parse().ok()?;
    let (rest, word) = rest.rsplit_once(' ')?;
    match word {
        "in_place" => Some((parse_place(rest)?, Event::InPlace, n)),
        "moved" => Some((parse_place(rest)?, Event::Moved, n)),
        _ => {
            let (line, col) = word.split_once(':')?;
            let (line, col) = (line.parse().ok()?, col.parse().ok()?);
            let place = parse_place(rest.strip_suffix(" copied")?)?;
            Some((place, Event::Copied { line, col }, n))
        }
    }
}

/// `FILE:LINE:COL`, as `Place` prints.
pub(crate) fn parse_place(text: &str) -> Option<Place> {
    let (rest, col) = text.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    Some(Place {
        file: file.to_string(),
        line: line.parse().ok()?,
        col: col.parse().ok()?,
    })
}

fn parse_objects(line: &str) -> Option<Objects> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        [
            "objects",
            "allocated",
            a,
            "freed",
            f,
            "collected",
            c,
            "live",
            l,
        ] => Some(Objects {
            allocated: a.parse().ok()?,
            freed: f.parse().ok()?,
            collected: c.parse().ok()?,
            live: l.parse().ok()?,
        }),
        _ => None,
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.col)
    }
}

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "objects allocated {} freed {} collected {} live {}",
            self.allocated, self.freed, self.collected, self.live
        )
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}{}", self.events_text(), self.objects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(file: &str, line: u32, col: u32) -> Place {
        Place {
            file: file.to_string(),
            line,
            col,
        }
    }

    fn sample() -> Ledger {
        let mut ledger = Ledger::default();
        ledger.count(at("main.cowl", 12, 3), Event::InPlace, 2);
        ledger.count(at("main.cowl", 2, 9), Event::Moved, 1);
        ledger.count(
            at("main.cowl", 12, 3),
            Event::Copied { line: 12, col: 1 },
            4,
        );
        ledger.count(at("a b:1.cowl", 1, 1), Event::InPlace, 7);
        ledger.count(at("main.cowl", 99, 1), Event::InPlace, 0);
        ledger.objects.allocated = 3;
        ledger.objects.freed = 3;
        ledger
    }

    const TEXT: &str = "\
a b:1.cowl:1:1 in_place 7
main.cowl:2:9 moved 1
main.cowl:12:3 in_place 2
main.cowl:12:3 copied 12:1 4
objects allocated 3 freed 3 collected 0 live 0
";

    #[test]
    fn writes_sorted_by_place_without_zeros() {
        assert_eq!(sample().to_string(), TEXT);
    }

    #[test]
    fn reads_what_it_writes() {
        assert_eq!(Ledger::parse(TEXT), Ok(sample()));
    }

    #[test]
    fn refuses_other_texts() {
        for bad in [
            "",
            "main.cowl:1:1 in_place 1\n",
            "main.cowl:1 in_place 1\nobjects allocated 0 freed 0 collected 0 live 0\n",
            "main.cowl:1:1 changed 1\nobjects allocated 0 freed 0 collected 0 live 0\n",
            "main.cowl:1:1 copied 1\nobjects allocated 0 freed 0 collected 0 live 0\n",
            "objects allocated 0 freed 0 collected 0 live 0\nmain.cowl:1:1 moved 1\n",
            "objects allocated 0 freed 0 collected 0\n",
        ] {
            assert!(Ledger::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn merging_adds() {
        let mut twice = sample();
        twice.merge(&sample());
        let totals = Totals {
            in_place: 18,
            copied: 8,
            moved: 2,
        };
        assert_eq!(twice.totals(), totals);
        assert_eq!(twice.objects.allocated, 6);
    }
}
