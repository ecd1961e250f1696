//! Syntax trees as bytes: what the frontend holds of the standard library.
//!
//! Takes a tree, gives bytes (postcard's format), and the other way. The bytes do not say which
//! file they are of: the reader's caller does, since the number of a file among the sources differs
//! from program to program. Must not be fed bytes of another build: nothing in them says of which.

use crate::ast;
use crate::source::{FileId, Span};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::Cell;

/// What does not fit the format, in the words of the library that reads and writes it.
pub type Error = postcard::Error;

thread_local! {
    /// The file that is being read.
    static FILE: Cell<FileId> = const { Cell::new(FileId(0)) };
}

pub fn bytes(file: &ast::File) -> Result<Vec<u8>, Error> {
    postcard::to_allocvec(file)
}

/// The tree in the bytes, with every place in `file`.
pub fn file(file: FileId, bytes: &[u8]) -> Result<ast::File, Error> {
    FILE.set(file);
    postcard::from_bytes(bytes)
}

/// Its beginning and its length: the file is the reader's.
impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.lo, self.hi.wrapping_sub(self.lo)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        let (lo, length) = <(u32, u32)>::deserialize(deserializer)?;
        Ok(Span {
            file: FILE.get(),
            lo,
            hi: lo.wrapping_add(length),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problems;

    #[test]
    fn what_is_read_is_what_was_written() {
        let text = include_str!("../tests/samples/c_mix.cowl");
        let mut problems = Problems::default();
        let parsed = crate::parse::parse(FileId(7), text, &mut problems);
        let stored = bytes(&parsed).expect("a tree can be written");
        let read = file(FileId(7), &stored).expect("what was written can be read");
        assert!(format!("{parsed:?}").len() > 10_000);
        assert_eq!(format!("{parsed:?}"), format!("{read:?}"));
        let elsewhere = file(FileId(3), &stored).expect("what was written can be read");
        assert_eq!(elsewhere.span.file, FileId(3));
        assert!(file(FileId(0), &stored[..stored.len() / 2]).is_err());
    }
}
