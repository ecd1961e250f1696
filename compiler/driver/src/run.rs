//! `cowl run` and `cowl build`.
//!
//! Takes the arguments; gives the status to exit with. Never leaves a half-written executable.

use crate::cli::{BuildArgs, Engine, RunArgs};
use crate::diagnostics::DataTo;
use crate::engines::{self, Job};
use crate::fault;
use crate::files;
use crate::program::{Compiled, load};
use cowl_contract::outcome::status;
use cowl_frontend::compile::Goal;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub fn run(args: RunArgs) -> i32 {
    let (file, rest) = match args.split() {
        Ok(split) => split,
        Err(e) => e.exit(),
    };
    let program_args = match utf8(rest) {
        Ok(program_args) => program_args,
        Err(n) => {
            fault::error(format!("argument {n} of the program is not UTF-8"));
            return status::USAGE;
        }
    };
    let compiled = match load(&file, Goal::Run, args.output, DataTo::Stderr) {
        Ok(compiled) => compiled,
        Err(status) => return status,
    };
    if let Some(status) = without_main(&compiled, &file) {
        return status;
    }
    compiled.times.report(args.output);
    let job = Job {
        program: &compiled.program,
        sources: &compiled.sources,
        args: &program_args,
        ledger: args.ledger.as_deref(),
        memory: args.memory,
        copies: args.copies.to.as_deref(),
        output: args.output,
        limits: args.limits,
    };
    engines::run(
        Engine::or_default(args.engine, args.copies.to.is_some()),
        job,
    )
}

/// The arguments as text, or the number of one that is none.
fn utf8(args: &[OsString]) -> Result<Vec<String>, usize> {
    args.iter()
        .enumerate()
        .map(|(i, arg)| arg.to_str().map(str::to_string).ok_or(i + 1))
        .collect()
}

fn without_main(compiled: &Compiled, file: &Path) -> Option<i32> {
    if compiled.program.entry.is_some() {
        return None;
    }
    let file = file.display();
    Some(fault::error(format!(
        "`{file}` has no `fn main()`, so there is nothing to run\nhelp: `cowl test {file}` runs its tests"
    )))
}

pub fn build(args: BuildArgs) -> i32 {
    let output = match output_path(&args) {
        Ok(output) => output,
        Err(status) => return status,
    };
    let mut compiled = match load(&args.file, Goal::Run, args.shown, DataTo::Stdout) {
        Ok(compiled) => compiled,
        Err(status) => return status,
    };
    if let Some(status) = without_main(&compiled, &args.file) {
        return status;
    }
    let Compiled {
        program,
        sources,
        times,
        ..
    } = &mut compiled;
    let built = times.measure("compile and link", || {
        // In the same folder, so that it is put in place whole.
        let temporary = tempfile::Builder::new()
            .prefix(".cowl-build-")
            .tempdir_in(parent(&output))
            .map_err(|e| cannot_write(&output, &e))?;
        let exe = temporary.path().join("program");
        let built_in = engines::BuiltIn {
            counting: args.ledger,
            memory: args.memory,
            leaks: args.memory.leaks(args.shown),
            limits: args.limits,
        };
        engines::build(program, sources, &built_in, &exe)?;
        std::fs::rename(&exe, &output).map_err(|e| cannot_write(&output, &e))
    });
    times.report(args.shown);
    match built {
        Ok(()) => status::OK,
        Err(e) => fault::error(e),
    }
}

fn cannot_write(output: &Path, e: &std::io::Error) -> String {
    format!("cannot write `{}`: {}", output.display(), files::reason(e))
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// Where the executable goes; never over a source file or into a folder's place.
fn output_path(args: &BuildArgs) -> Result<PathBuf, i32> {
    let usage = |text: String| {
        fault::error(text);
        status::USAGE
    };
    let output = match &args.output {
        Some(output) => output.clone(),
        None => default_output(&args.file)
            .ok_or_else(|| usage("say where the executable goes: `-o PATH`".to_string()))?,
    };
    if output.is_dir() {
        let shown = output.display();
        return Err(usage(format!(
            "`{shown}` is a folder: say which file with `-o`"
        )));
    }
    let is_source = output.extension().is_some_and(|e| e == "cowl");
    if is_source || same_file(&output, &args.file) {
        let shown = output.display();
        return Err(usage(format!(
            "the executable would overwrite the source `{shown}`"
        )));
    }
    Ok(output)
}

/// The program's name in the working folder: a package's folder's, or the file's without `.cowl`.
fn default_output(file: &Path) -> Option<PathBuf> {
    let is_source = file.extension().is_some_and(|e| e == "cowl");
    if is_source {
        return file.file_stem().map(PathBuf::from);
    }
    let folder = file.is_dir().then(|| file.canonicalize().ok()).flatten()?;
    folder.file_name().map(PathBuf::from)
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_named_after_their_source() {
        assert_eq!(
            default_output(Path::new("a/b.cowl")),
            Some(PathBuf::from("b"))
        );
        assert_eq!(default_output(Path::new("-")), None);
        assert_eq!(default_output(Path::new("script")), None);
    }
}
