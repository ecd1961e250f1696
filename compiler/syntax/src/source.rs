//! Source files and places in them.
//!
//! A `SourceMap` owns the texts that the driver read; a `Span` names a range of bytes in one of
//! them. Pure: no file system here.

use std::sync::Arc;

/// A file of the program: an index into the `SourceMap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileId(pub u32);

/// A half-open range of bytes of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct Span {
    pub file: FileId,
    pub lo: u32,
    pub hi: u32,
}

impl Span {
    pub fn new(file: FileId, lo: usize, hi: usize) -> Span {
        Span {
            file,
            lo: lo as u32,
            hi: hi as u32,
        }
    }

    /// The smallest span that covers both; both lie in one file.
    pub fn to(self, other: Span) -> Span {
        Span {
            file: self.file,
            lo: self.lo.min(other.lo),
            hi: self.hi.max(other.hi),
        }
    }

    /// The empty span at this one's beginning.
    pub fn start(self) -> Span {
        Span {
            hi: self.lo,
            ..self
        }
    }
}

/// One text with the starts of its lines.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path as it is shown to people: relative to the root, with `/`; std files are `std/x.cowl`.
    pub name: String,
    pub text: Arc<str>,
    /// Part of the standard library: positions in it add nothing to the ledger.
    pub is_std: bool,
    line_starts: Vec<u32>,
    /// Code points before each block of `BLOCK` bytes, so that a column in a line of megabytes is
    /// found without counting it all; empty for ASCII, where a byte is a column.
    chars_before: Vec<u32>,
}

const BLOCK: usize = 256;

fn is_char_start(byte: &u8) -> bool {
    byte & 0xc0 != 0x80
}

impl SourceFile {
    /// Code points before a byte.
    fn chars(&self, at: usize) -> usize {
        match self.chars_before.get(at / BLOCK) {
            None => at,
            Some(&before) => {
                let block = &self.text.as_bytes()[at / BLOCK * BLOCK..at];
                before as usize + block.iter().filter(|b| is_char_start(b)).count()
            }
        }
    }
}

/// All files of one program.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

/// A place for people: both counted from 1, the column in code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineCol {
    pub line: u32,
    pub col: u32,
}

impl SourceMap {
    pub fn add(&mut self, name: String, text: Arc<str>, is_std: bool) -> FileId {
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(i, _)| i as u32 + 1))
            .collect();
        let mut chars_before = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for block in text.as_bytes().chunks(BLOCK) {
                chars_before.push(before);
                before += block.iter().filter(|b| is_char_start(b)).count() as u32;
            }
            chars_before.push(before);
        }
        self.files.push(SourceFile {
            name,
            text,
            is_std,
            line_starts,
            chars_before,
        });
        FileId(self.files.len() as u32 - 1)
    }

    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(i, f)| (FileId(i as u32), f))
    }

    /// Is there nothing between the two but a dot or a blank, or are they one?
    pub fn directly_before(&self, first: Span, second: Span) -> bool {
        first == second
            || first.file == second.file
                && first.hi <= second.lo
                && matches!(
                    self.file(first.file)
                        .text
                        .get(first.hi as usize..second.lo as usize),
                    Some("" | "." | " ")
                )
    }

    pub fn text(&self, span: Span) -> &str {
        &self.file(span.file).text[span.lo as usize..span.hi as usize]
    }

    /// Line and column of a span's beginning.
    pub fn line_col(&self, span: Span) -> LineCol {
        let file = self.file(span.file);
        let line = file.line_starts.partition_point(|&s| s <= span.lo) - 1;
        let start = file.line_starts[line] as usize;
        let col = file.chars(span.lo as usize) - file.chars(start);
        LineCol {
            line: line as u32 + 1,
            col: col as u32 + 1,
        }
    }

    /// The text of a line (from 1), without its newline.
    pub fn line_text(&self, file: FileId, line: u32) -> &str {
        let f = self.file(file);
        let start = f.line_starts[line as usize - 1] as usize;
        let end = f
            .line_starts
            .get(line as usize)
            .map_or(f.text.len(), |&e| e as usize - 1);
        f.text[start..end.max(start)].trim_end_matches('\r')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_code_points_at_any_distance() {
        let line = "aé漢😀".repeat(200);
        for text in [
            format!("x\n{line}\ny"),
            format!("x\n{}\ny", "ab".repeat(1000)),
        ] {
            let mut map = SourceMap::default();
            let file = map.add("t".into(), text.as_str().into(), false);
            for (at, _) in text.char_indices().skip(2) {
                let place = map.line_col(Span::new(file, at, at));
                let start = text[..at].rfind('\n').map_or(0, |i| i + 1);
                assert_eq!(place.col as usize, text[start..at].chars().count() + 1);
            }
        }
    }
}
