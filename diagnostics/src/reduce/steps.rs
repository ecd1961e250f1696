//! The reductions of a program one by one, for a test that shrinks by itself.
//!
//! Takes files; gives changed files, what takes most away first. As for `shrink`, whether a change
//! leaves a program is the checker's word, and `checks` asks it.

use super::collect::collect;
use super::edit::{Edit, apply, candidates, with_comma};
use super::{Files, merged};
use cowl_frontend::compile::{Goal, compile};
use cowl_frontend::loader::InMemory;
use cowl_frontend::source::SourceMap;

/// A change of one file.
struct Step {
    file: usize,
    edits: Vec<Edit>,
}

/// The steps of a program, taken one after the other.
pub struct Steps {
    files: Files,
    steps: std::vec::IntoIter<Step>,
}

impl Steps {
    pub fn new(files: &Files) -> Steps {
        let mut steps = Vec::new();
        for (file, (_, text)) in files.iter().enumerate() {
            let found = collect(text);
            let commas = found.comma_lists.iter();
            let commas = commas.map(|l| l.iter().map(|&at| with_comma(text, at)).collect());
            let lists: Vec<Vec<_>> = found.lists.iter().cloned().chain(commas).collect();
            for list in lists {
                let mut chunk = list.len();
                while chunk > 0 {
                    for some in list.chunks(chunk) {
                        let edits = some.iter().map(|at| Edit::delete(*at)).collect();
                        steps.push(Step { file, edits });
                    }
                    chunk /= 2;
                }
            }
            let singles = candidates(text, &found).into_iter();
            steps.extend(singles.map(|edits| Step { file, edits }));
        }
        Steps {
            files: files.clone(),
            steps: steps.into_iter(),
        }
    }
}

impl Iterator for Steps {
    type Item = Files;

    /// The next change that leaves a program.
    fn next(&mut self) -> Option<Files> {
        loop {
            let step = self.steps.next()?;
            let text = &self.files[step.file].1;
            let text = apply(text, &step.edits).or_else(|| merged(text, step.edits.clone()));
            let mut files = self.files.clone();
            files[step.file].1 = text.unwrap_or_default();
            if files != self.files && checks(&files) {
                return Some(files);
            }
        }
    }
}

/// Whether files are a program, of which the first is the root.
pub fn checks(files: &Files) -> bool {
    let mut files = InMemory(files);
    let Some(root) = files.root() else {
        return false;
    };
    let compiled = compile(&mut SourceMap::default(), &mut files, root, Goal::Run);
    compiled.program.is_some_and(|p| p.entry.is_some())
}
