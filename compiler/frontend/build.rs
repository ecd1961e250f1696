//! Makes the table of the standard library's files from `compiler/std`, so that a new file there
//! needs no entry anywhere. Gives `$OUT_DIR/std_files.rs`.

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
    let mut out = String::from("&[\n");
    for file in &files {
        let relative = file.strip_prefix(&root).unwrap_or(file);
        let _ = writeln!(
            out,
            "    StdFile {{ path: {:?}, text: include_str!({:?}) }},",
            module_path(relative),
            file.display().to_string(),
        );
    }
    out.push_str("]\n");
    let target = Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("std_files.rs");
    fs::write(target, out)
}

/// `core/list.cowl` is `std.core.list`.
fn module_path(relative: &Path) -> String {
    let mut path = String::from("std");
    for part in relative.with_extension("").iter() {
        let _ = write!(path, ".{}", part.to_string_lossy());
    }
    path
}
