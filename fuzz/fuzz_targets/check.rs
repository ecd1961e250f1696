//! Any text is checked whole: names, types, ownership, instances; and there is a program exactly
//! when there is no error.
#![no_main]

use cowl_frontend::compile::Goal;
use cowl_frontend::problem::Severity;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(text) = cowl_fuzz::text(data) else {
        return;
    };
    cowl_fuzz::on_big_stack(|| {
        let (compiled, _) = cowl_fuzz::compiled(text, Goal::Check);
        let mut problems = compiled.problems.iter();
        let failed = problems.any(|p| p.severity == Severity::Error);
        assert_eq!(compiled.program.is_none(), failed);
    });
});
