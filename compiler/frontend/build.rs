//! Makes the table of the standard library's files from `compiler/std`, so that a new file there
//! needs no entry anywhere. Parses each, so that no start of the compiler does. Gives
//! `$OUT_DIR/std_files.rs` and one file of stored syntax for each of the library's.

use cowl_syntax::problem::Problems;
use cowl_syntax::source::FileId;
use cowl_syntax::{parse, stored};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../std");
    println!("cargo:rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                println!("cargo:rerun-if-changed={}", path.display());
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "cowl") {
                println!("cargo:rerun-if-changed={}", path.display());
                files.push(path.canonicalize()?);
            }
        }
    }
    files.sort();
    let root = root.canonicalize().unwrap_or(root);
    let out_dir = PathBuf::from(env::var("OUT_DIR").unwrap_or_default());
    let mut out = String::from("&[\n");
    for (i, file) in files.iter().enumerate() {
        let relative = file.strip_prefix(&root).unwrap_or(file);
        let syntax = out_dir.join(format!("std_{i}.syntax"));
        fs::write(&syntax, syntax_of(file)?)?;
        let _ = writeln!(
            out,
            "    StdFile {{ path: {:?}, text: include_str!({:?}), syntax: Some(include_bytes!({:?})) }},",
            module_path(relative),
            file.display().to_string(),
            syntax.display().to_string(),
        );
    }
    out.push_str("]\n");
    fs::write(out_dir.join("std_files.rs"), out)
}

/// The stored syntax of one file, which must have no faults.
fn syntax_of(file: &Path) -> io::Result<Vec<u8>> {
    let text = fs::read_to_string(file)?;
    let mut problems = Problems::default();
    let parsed = parse::parse(FileId(0), &text, &mut problems);
    if let Some(problem) = problems.iter().next() {
        let line = text[..problem.span.lo as usize].lines().count();
        let at = format!("{}:{line}: {}", file.display(), problem.message);
        return Err(io::Error::other(at));
    }
    stored::bytes(&parsed).map_err(io::Error::other)
}

/// `core/list.cowl` is `std.core.list`.
fn module_path(relative: &Path) -> String {
    let mut path = String::from("std");
    for part in relative.with_extension("").iter() {
        let _ = write!(path, ".{}", part.to_string_lossy());
    }
    path
}
