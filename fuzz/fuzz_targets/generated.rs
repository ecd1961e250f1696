//! The bytes are the generator's tape of choices: a program that `check` must accept, that must
//! pass the checkers of both forms, and that must do the same on both interpreters. Coverage so
//! leads the generator. Compiled code is not run: `cowl fuzz` does that.
#![no_main]

use cowl_codegen::{Dump, What};
use cowl_frontend::compile::Goal;
use cowl_frontend::hir::{FuncId, Program};
use cowl_frontend::source::SourceMap;
use cowl_interp::{Io, Options};
use dualexec::batch::MAX_COPIED;
use dualexec::fuzz::{eager_gave_up, sees_deaths};
use dualexec::generate::{Choices, Swarm, generate};
use libfuzzer_sys::fuzz_target;
use std::io::Write;
use std::sync::{Arc, Mutex};

const MAX_STEPS: u64 = 50_000;

fuzz_target!(|data: &[u8]| {
    let mut tape = Choices::from_bytes(data);
    let swarm = Swarm::draw(&mut tape);
    let files = generate(&mut tape, &swarm, "p").files;
    cowl_fuzz::on_big_stack(|| {
        let (compiled, sources) = cowl_fuzz::compiled_files(&files, Goal::Run);
        let problems = &compiled.problems;
        let Some(program) = compiled.program else {
            panic!("refused: {problems:#?}\n{}", shown(&files));
        };
        let start = program.entry.expect("it has a main");
        let what = Dump {
            what: What::Clif,
            func: None,
        };
        drop(cowl_codegen::dump(&program, start, &Default::default(), &what));
        let plain = run(&program, &sources, start, false);
        if !sees_deaths(&files) {
            let eager = run(&program, &sources, start, true);
            if !eager_gave_up(eager.2.as_bytes()) {
                assert_eq!(plain, eager, "{}", shown(&files));
            }
        }
    });
});

fn shown(files: &[(String, String)]) -> String {
    let file = |(name, text): &(String, String)| format!("---- {name}\n{text}\n");
    files.iter().map(file).collect()
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut all = self.0.lock().expect("one thread at a time");
        all.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        let all = self.0.lock().expect("one thread at a time");
        String::from_utf8_lossy(&all).into_owned()
    }
}

fn run(
    program: &Program,
    sources: &SourceMap,
    start: FuncId,
    eager: bool,
) -> (i32, String, String) {
    let options = Options {
        eager,
        max_steps: Some(MAX_STEPS),
        max_copied: eager.then_some(MAX_COPIED),
        tidy: true,
        ..Options::default()
    };
    let (out, err) = (Written::default(), Written::default());
    let io = Io::new(
        Box::new(std::io::empty()),
        Box::new(out.clone()),
        Box::new(err.clone()),
    );
    let outcome = cowl_interp::run(program, sources, start, Vec::new(), &options, io);
    (outcome.status(), out.text(), err.text())
}
