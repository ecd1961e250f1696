//! Which programs stand below the given paths.
//!
//! Takes files and folders; gives their programs in the order of their paths, and the files that
//! are malformed. Every `.cowl` and `.md` file counts; there is no way to leave one out.

use crate::markdown;
use crate::spec::{self, Origin, Program};
use std::path::{Path, PathBuf};

#[derive(Debug, Default)]
pub struct Collected {
    /// Without modules, which run as parts of other programs.
    pub programs: Vec<Program>,
    /// Files (or paths) that cannot be read as programs, and why.
    pub malformed: Vec<(String, String)>,
}

pub fn collect(paths: &[PathBuf]) -> Collected {
    let mut found = Collected::default();
    let mut files = Vec::new();
    for path in paths {
        if let Err(e) = walk(path, &mut files) {
            found.malformed.push((shown(path), e.to_string()));
        }
    }
    files.sort();
    files.dedup();
    for file in &files {
        read(file, &mut found);
    }
    leave_out_data(&mut found);
    found.programs.retain(|p| p.kind != spec::Kind::Module);
    found
}

/// Files below a path; symbolic links to folders are not followed.
fn walk(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut pending = vec![path.to_path_buf()];
    let mut first = true;
    while let Some(path) = pending.pop() {
        let meta = match first {
            true => std::fs::metadata(&path)?,
            false => std::fs::symlink_metadata(&path)?,
        };
        if meta.is_dir() {
            for entry in std::fs::read_dir(&path)? {
                let entry = entry?;
                let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
                if !hidden {
                    pending.push(entry.path());
                }
            }
        } else if first || meta.is_file() && is_program(&path) {
            files.push(path);
        }
        first = false;
    }
    Ok(())
}

fn is_program(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "cowl" || e == "md")
}

pub fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    text.strip_prefix("./").unwrap_or(&text).to_string()
}

fn read(file: &Path, found: &mut Collected) {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(e) => return found.malformed.push((shown(file), e.to_string())),
    };
    // A reject program may hold invalid UTF-8; its directives are read all the same.
    let text = String::from_utf8_lossy(&bytes);
    if file.extension().is_some_and(|e| e == "md") {
        markdown::programs(&text, file, found);
        return;
    }
    if !spec::names_its_kind(&text) {
        let why = "the first line says what the program does: `//! run`, `//! panic TEXT`, `//! reject`, `//! check` or `//! module`";
        return found.malformed.push((shown(file), why.to_string()));
    }
    let origin = Origin {
        name: shown(file),
        file,
        kind: None,
        first_line: 0,
    };
    match spec::parse(&text, origin) {
        Ok(program) => found.programs.push(program),
        Err(e) => found.malformed.push((shown(file), e)),
    }
}

/// What stands in a folder that a program names as its `files:` is data.
fn leave_out_data(found: &mut Collected) {
    let data: Vec<PathBuf> = found
        .programs
        .iter()
        .filter_map(|p| p.files.clone())
        .collect();
    let is_data = |path: &Path| data.iter().any(|d| path.starts_with(d));
    found.programs.retain(|p| !is_data(&p.origin));
    found.malformed.retain(|(p, _)| !is_data(Path::new(p)));
}
