//! Where the texts of modules come from: the caller's `Loader` for the program's own files, a
//! table made at build time for the standard library.
//!
//! Must not touch the file system: the driver does that, and tests load from memory.

use cowl_syntax::ast;
use cowl_syntax::parse::parse;
use cowl_syntax::problem::Problems;
use cowl_syntax::source::FileId;
use cowl_syntax::stored;
use std::sync::Arc;

/// Gives the text of a module of the program by its path from the root: `use geometry.shapes` asks
/// for `["geometry", "shapes"]`, that is, the file `geometry/shapes.cowl`.
pub trait Loader {
    fn load(&mut self, path: &[&str]) -> Result<LoadedFile, LoadError>;
}

#[derive(Debug, Clone)]
pub struct LoadedFile {
    /// As shown to people: relative to the root, with `/`.
    pub name: String,
    pub text: Arc<str>,
}

/// A program in memory: its files by name, of which the first is the root. None at all serve a text
/// that imports nothing but the library.
#[derive(Debug, Clone, Copy, Default)]
pub struct InMemory<'a>(pub &'a [(String, String)]);

impl InMemory<'_> {
    pub fn root(&self) -> Option<LoadedFile> {
        self.0.first().map(loaded)
    }
}

impl Loader for InMemory<'_> {
    fn load(&mut self, path: &[&str]) -> Result<LoadedFile, LoadError> {
        let tried = format!("{}.cowl", path.join("/"));
        match self.0.iter().find(|(name, _)| *name == tried) {
            Some(file) => Ok(loaded(file)),
            None => Err(LoadError::Missing { tried }),
        }
    }
}

fn loaded((name, text): &(String, String)) -> LoadedFile {
    LoadedFile {
        name: name.clone(),
        text: Arc::from(&**text),
    }
}

/// Why a module could not be read. The sentences stand in `resolve/errors.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoadError {
    /// No such file; the name that was looked for.
    Missing { tried: String },
    /// A folder, a pipe, a device.
    NotAFile { tried: String },
    /// The file lies outside the root of the program: a link leads there.
    OutsideRoot { tried: String },
    /// The file system's name differs in upper and lower case, so that the import would work on
    /// some machines only.
    Case { tried: String, actual: String },
    /// The byte at which the text stops being UTF-8.
    InvalidUtf8 { tried: String, at: usize },
    /// Larger than a source file may be.
    TooLarge { tried: String, limit: u64 },
    /// Anything else, in the system's own words.
    Unreadable { tried: String, why: String },
}

/// A file of the standard library.
#[derive(Debug, Clone, Copy)]
pub struct StdFile {
    /// `std.fs`; the prelude is `std.core`.
    pub path: &'static str,
    pub text: &'static str,
    /// The text's syntax, parsed when the compiler was built; `None` for the libraries of tests.
    pub syntax: Option<&'static [u8]>,
}

impl StdFile {
    /// Its syntax, as the file that `source` names.
    pub fn parsed(&self, source: FileId, problems: &mut Problems) -> ast::File {
        let Some(syntax) = self.syntax else {
            return parse(source, self.text, problems);
        };
        match stored::file(source, syntax) {
            Ok(file) => file,
            Err(e) => panic!("the stored syntax of {} cannot be read: {e}", self.path),
        }
    }

    /// Its public names are seen in every module, and it is always loaded.
    pub fn is_prelude(&self) -> bool {
        let rest = self.path.strip_prefix("std.core");
        rest.is_some_and(|r| r.is_empty() || r.starts_with('.'))
    }

    /// The file's name as it is shown: `std/core.cowl`.
    pub fn file_name(&self) -> String {
        format!("{}.cowl", self.path.replace('.', "/"))
    }
}

/// The standard library as it stands in `compiler/std`.
pub static STD: &[StdFile] = include!(concat!(env!("OUT_DIR"), "/std_files.rs"));
