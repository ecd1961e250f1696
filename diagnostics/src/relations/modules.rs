//! The files of a program of the specification, as one process takes them from memory.
//!
//! Takes a program; gives names and texts, the root first, then every module below the root's folder
//! that a `use` may mean. Whether all are there is the checker's word.

use crate::spec::Program;
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
        let wanted: Vec<String> = uses(text)
            .filter(|name| seen.insert(name.clone()))
            .collect();
        for name in wanted {
            if let Ok(text) = std::fs::read_to_string(folder.join(&name)) {
                files.push((name, text));
            }
        }
        next += 1;
    }
    Ok(files)
}

/// The files that the words behind `use` may name.
fn uses(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| c.is_whitespace() || c == ';' || c == '{')
        .zip(
            text.split(|c: char| c.is_whitespace() || c == ';' || c == '{')
                .skip(1),
        )
        .filter(|(word, path)| *word == "use" && !path.starts_with("std."))
        .map(|(_, path)| format!("{}.cowl", path.replace('.', "/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_seen_wherever_they_stand() {
        let text = "use a.b { x, y }\nuse std.fs\nfn f() { use c as d; d.g() }\n";
        let names: Vec<String> = uses(text).collect();
        assert_eq!(names, ["a/b.cowl", "c.cowl"]);
    }
}
