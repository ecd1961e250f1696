//! What compiles is lowered to Cranelift's form by the one engine. It is not run: a program may
//! do anything to the files of the one who fuzzes.
#![no_main]

use cowl_codegen::{Dump, Options, What};
use cowl_frontend::compile::Goal;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(text) = cowl_fuzz::text(data) else {
        return;
    };
    cowl_fuzz::on_big_stack(|| {
        let (compiled, _) = cowl_fuzz::compiled(text, Goal::Run);
        let Some(program) = compiled.program else {
            return;
        };
        let Some(start) = program.entry else {
            return;
        };
        let what = Dump {
            what: What::Clif,
            func: None,
        };
        drop(cowl_codegen::dump(&program, start, &Options::default(), &what));
    });
});
