//! Every program of `spec/` and `examples/` is a test: run on all engines, compared with its file.
//!
//! `cargo test -p cowl --test spec -- lists` runs those whose path contains `lists`.

use dualexec::{Options, Program, collect, verify_program};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::{Path, PathBuf};

fn main() {
    let args = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().unwrap_or(root);
    let found = collect(&[root.join("spec"), root.join("examples")]);
    let name = |path: &str| match Path::new(path).strip_prefix(&root) {
        Ok(inside) => inside.display().to_string(),
        Err(_) => path.to_string(),
    };
    let mut trials: Vec<Trial> = Vec::new();
    for (path, why) in &found.malformed {
        let why = why.clone();
        trials.push(Trial::test(name(path), move || Err(Failed::from(why))));
    }
    if found.programs.is_empty() {
        let empty = || Err(Failed::from("there are no programs"));
        trials.push(Trial::test("spec", empty));
    }
    for program in found.programs {
        trials.push(Trial::test(name(&program.name), move || run(&program)));
    }
    libtest_mimic::run(&args, trials).exit();
}

fn run(program: &Program) -> Result<(), Failed> {
    let options = Options::new(PathBuf::from(env!("CARGO_BIN_EXE_cowl")));
    let report = verify_program(program, &options);
    match report.agrees() {
        true => Ok(()),
        false => Err(Failed::from(report.explain())),
    }
}
