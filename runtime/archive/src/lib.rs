//! The runtime as a static library, inside of `cowl`: executables are linked from it on machines
//! that have neither the sources nor Rust.
//!
//! Gives the bytes, and a file with them in a cache folder. Knows nothing of linking.
#![forbid(unsafe_code)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// `libcowl_runtime.a`, for the machine that `cowl` was built for.
pub static ARCHIVE: &[u8] = include_bytes!(env!("COWL_RUNTIME_ARCHIVE"));

/// The folder for `extract`, if nobody names another: the user's cache, else a temporary one.
pub fn cache_dir() -> PathBuf {
    let home = || {
        std::env::var_os("HOME")
            .filter(|h| !h.is_empty())
            .map(|h| PathBuf::from(h).join(".cache"))
    };
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute())
        .or_else(home)
        .unwrap_or_else(std::env::temp_dir)
        .join("cowl")
}

/// A file with the archive in `cache`, named by its content; written once, in one step.
pub fn extract(cache: &Path) -> io::Result<PathBuf> {
    let file = cache.join(format!("libcowl_runtime-{:016x}.a", hash(ARCHIVE)));
    if fs::metadata(&file).is_ok_and(|m| m.len() == ARCHIVE.len() as u64) {
        return Ok(file);
    }
    fs::create_dir_all(cache)?;
    let part = cache.join(format!("libcowl_runtime-{}.part", std::process::id()));
    fs::write(&part, ARCHIVE)?;
    match fs::rename(&part, &file) {
        Ok(()) => Ok(file),
        Err(error) => {
            let _ = fs::remove_file(&part);
            Err(error)
        }
    }
}

/// Told apart are versions of the archive, not enemies: any good hash does, but a file with a
/// stable name needs one that no version of Rust changes.
fn hash(bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(bytes.len() as u64, |h, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let r = u128::from(h ^ u64::from_le_bytes(word)) * 0x9e37_79b9_7f4a_7c15;
        (r >> 64) as u64 ^ r as u64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extracts_once() {
        let cache = std::env::temp_dir().join(format!("cowl-archive-{}", std::process::id()));
        let file = extract(&cache).unwrap();
        let made = fs::metadata(&file).unwrap().modified().unwrap();
        assert_eq!(fs::read(&file).unwrap(), ARCHIVE);
        assert_eq!(extract(&cache).unwrap(), file);
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), made);
        fs::remove_dir_all(&cache).unwrap();
    }
}
