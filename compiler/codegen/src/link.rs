//! From an object to an executable: the embedded runtime archive, `cc`, and what can go wrong.
//!
//! All files are made in a private folder that is removed again; the executable is put in its
//! place by a rename, so that a failing build leaves nothing half-made.

use crate::{Options, object};
use cowl_frontend::hir::{FuncId, Program};
use cowl_frontend::source::SourceMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why there is no executable.
#[derive(Debug)]
pub enum BuildError {
    /// No C compiler to link with.
    NoCc,
    /// It ran and failed; what it said.
    CcFailed {
        cc: PathBuf,
        output: String,
    },
    CannotRunCc {
        cc: PathBuf,
        error: io::Error,
    },
    DiskFull {
        path: PathBuf,
    },
    CannotWrite {
        path: PathBuf,
        error: io::Error,
    },
    /// The object file cannot be written as the format wants it.
    Object(String),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::NoCc => f.write_str(
                "no `cc` found to link with: install a C compiler (gcc or clang), \
                 or run the program with `cowl run`",
            ),
            BuildError::CcFailed { cc, output } => {
                write!(f, "`{}` could not link the program", cc.display())?;
                let output = output.trim_end();
                if !output.is_empty() {
                    write!(f, ":\n{output}")?;
                }
                Ok(())
            }
            BuildError::CannotRunCc { cc, error } => {
                write!(f, "cannot run `{}`: {}", cc.display(), sentence(error))
            }
            BuildError::DiskFull { path } => {
                write!(f, "cannot write `{}`: the disk is full", path.display())
            }
            BuildError::CannotWrite { path, error } => {
                write!(f, "cannot write `{}`: {}", path.display(), sentence(error))
            }
            BuildError::Object(what) => write!(f, "the object file cannot be written: {what}"),
        }
    }
}

impl std::error::Error for BuildError {}

fn sentence(error: &io::Error) -> String {
    cowl_contract::system::sentence(error)
}

fn write_error(path: &Path, error: io::Error) -> BuildError {
    let path = path.to_path_buf();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BuildError::DiskFull { path },
        _ => BuildError::CannotWrite { path, error },
    }
}

/// Position independent; the tables of other libraries' functions filled in at the start and
/// read-only from then on; no code on the stack. Said, whatever the compiler's defaults are.
const HARDENED: [&str; 2] = ["-pie", "-Wl,-z,relro,-z,now,-z,noexecstack"];

/// Builds an executable at `out`.
pub fn build(
    program: &Program,
    sources: &SourceMap,
    start: FuncId,
    options: &Options,
    out: &Path,
) -> Result<(), BuildError> {
    // First, what needs no work to find out.
    let cc = find_cc().ok_or(BuildError::NoCc)?;
    let object = object::object(program, sources, start, options).map_err(BuildError::Object)?;

    let temp = tempfile::Builder::new().prefix("cowl-build-").tempdir();
    let dir = temp.map_err(|e| write_error(&std::env::temp_dir(), e))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        match std::fs::write(&path, bytes) {
            Ok(()) => Ok(path),
            Err(e) => Err(write_error(&path, e)),
        }
    };
    let object_path = write("program.o", &object)?;
    // Kept between builds; where there is no room for a cache, it is a file of this build.
    let runtime = match cowl_archive::extract(&cowl_archive::cache_dir()) {
        Ok(path) => path,
        Err(_) => write("libcowl_runtime.a", cowl_archive::ARCHIVE)?,
    };
    let linked = dir.path().join("program");
    let mut command = Command::new(&cc);
    command
        .arg(&object_path)
        .arg(&runtime)
        .args(["-Wl,--gc-sections", "-Wl,-s", "-lpthread", "-ldl", "-lm"])
        .args(HARDENED)
        .arg("-o")
        .arg(&linked)
        .stdin(Stdio::null());
    let output = command.output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BuildError::NoCc,
        _ => BuildError::CannotRunCc {
            cc: cc.clone(),
            error,
        },
    })?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        if text.contains("No space left on device") {
            return Err(BuildError::DiskFull { path: linked });
        }
        return Err(BuildError::CcFailed { cc, output: text });
    }
    place(&linked, out)
}

/// Moves the executable to where it was asked for; between file systems by a copy beside it.
fn place(linked: &Path, out: &Path) -> Result<(), BuildError> {
    if std::fs::rename(linked, out).is_ok() {
        return Ok(());
    }
    let folder = match out.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let beside = tempfile::Builder::new()
        .prefix(".cowl-build-")
        .tempfile_in(folder)
        .map_err(|e| write_error(out, e))?;
    std::fs::copy(linked, beside.path()).map_err(|e| write_error(out, e))?;
    match beside.persist(out) {
        Ok(_) => Ok(()),
        Err(e) => Err(write_error(out, e.error)),
    }
}

/// `cc` on the path, or where it usually is when there is no path.
fn find_cc() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .filter(|p| !p.as_os_str().is_empty())
        .chain(["/usr/bin".into(), "/usr/local/bin".into(), "/bin".into()])
        .map(|p: PathBuf| p.join("cc"))
        .find(|p| p.is_file())
}
