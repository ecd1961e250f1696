//! Makes the table of the pages of `cowl explain` from `spec/errors`, so that a new page needs no
//! entry anywhere. Gives `$OUT_DIR/pages.rs`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let pages = root.join("../../spec/errors");
    println!("cargo:rerun-if-changed={}", pages.display());
    let mut files = Vec::new();
    if let Ok(entries) = fs::read_dir(&pages) {
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "md") {
                files.push(path.canonicalize()?);
            }
        }
    }
    files.sort();
    let mut out = String::from("&[\n");
    for file in &files {
        let code = file.file_stem().unwrap_or_default().to_string_lossy();
        let path = file.display().to_string();
        let _ = writeln!(out, "    ({code:?}, include_str!({path:?})),");
    }
    out.push_str("]\n");
    let target = Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("pages.rs");
    fs::write(target, out)
}
