//! The files of a program of the specification, as one process takes them from memory.
//!
//! Takes a program; gives names and texts, the root first, then every module below the root's folder
//! that a `use` may mean. Whether all are there is the checker's word.

use crate::spec::Program;
use cowl_frontend::parse::parse;
use cowl_frontend::problem::Problems;
use cowl_frontend::resolve::uses::for_each_use;
use cowl_frontend::source::FileId;
use std::collections::BTreeSet;
use std::path::Path;

pub fn files(program: &Program) -> std::io::Result<Vec<(String, String)>> {
    let named = |path: &Path| path.display().to_string();
    if !program.sources.is_empty() {
        let sources = program.sources.iter();
        return Ok(sources.map(|(p, t)| (named(p), t.clone())).collect());
    }
    let folder = program.path.parent().unwrap_or(Path::new("."));
    let text = std::fs::read_to_string(&program.path)?;
    let mut files = vec![("main.cowl".to_string(), text)];
    let mut seen = BTreeSet::new();
    let mut next = 0;
    while let Some((_, text)) = files.get(next) {
        for name in uses(text) {
            if seen.insert(name.clone())
                && let Ok(text) = std::fs::read_to_string(folder.join(&name))
            {
                files.push((name, text));
            }
        }
        next += 1;
    }
    Ok(files)
}

/// The files that the imports of a text may mean.
fn uses(text: &str) -> Vec<String> {
    let file = parse(FileId(0), text, &mut Problems::default());
    let mut names = Vec::new();
    for_each_use(&file, &mut |u| {
        let path: Vec<&str> = u.path.iter().map(|name| &*name.text).collect();
        if path.first() != Some(&"std") {
            names.push(format!("{}.cowl", path.join("/")));
        }
    });
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_seen_wherever_they_stand() {
        let text = "use a.b { x, y }\nuse std.fs\nfn f() { use c as d; d.g() }\n";
        assert_eq!(uses(text), ["a/b.cowl", "c.cowl"]);
    }
}
