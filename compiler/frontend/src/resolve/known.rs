//! The library's syntax, kept for the next program that this process compiles.
//!
//! Takes a file of the library and its place among the sources, which its spans name; gives its
//! syntax. A process that compiles one program keeps nothing: only what is asked for a second time
//! is worth a copy. Must not keep what is not the same for every program.

use crate::ast;
use crate::loader::StdFile;
use crate::problem::Problems;
use crate::source::FileId;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};

/// A text of the library by its address, and where it stands among the sources.
type Key = (usize, FileId);

/// `None`: it was parsed once.
static KNOWN: Mutex<Option<FxHashMap<Key, Option<Arc<ast::File>>>>> = Mutex::new(None);

pub(super) fn parse(file: StdFile, source: FileId, problems: &mut Problems) -> ast::File {
    let key = (file.text.as_ptr() as usize, source);
    let known = || KNOWN.lock().unwrap_or_else(|e| e.into_inner());
    let seen = known().get_or_insert_default().get(&key).cloned();
    if let Some(Some(file)) = &seen {
        return ast::File::clone(file);
    }
    let before = problems.iter().count();
    let parsed = crate::parse::parse(source, file.text, problems);
    if problems.iter().count() == before {
        let kept = seen.map(|_| Arc::new(parsed.clone()));
        known().get_or_insert_default().insert(key, kept);
    }
    parsed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loader::STD;

    #[test]
    fn what_is_kept_is_what_was_parsed() {
        let mut problems = Problems::default();
        // A place among the sources that no other test has.
        let source = FileId(4711);
        let mut parsed = || format!("{:?}", parse(STD[0], source, &mut problems).items);
        let first = parsed();
        assert!(first.len() > 1000 && first.contains("4711"));
        for _ in 0..3 {
            assert!(parsed() == first);
        }
    }
}
