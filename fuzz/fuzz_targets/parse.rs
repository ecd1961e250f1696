//! Any text gives a tree or problems, and dropping the tree is safe.
#![no_main]

use cowl_frontend::parse::parse;
use cowl_frontend::problem::Problems;
use cowl_frontend::source::FileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(text) = cowl_fuzz::text(data) else {
        return;
    };
    cowl_fuzz::on_big_stack(|| {
        let mut problems = Problems::default();
        drop(parse(FileId(0), text, &mut problems));
    });
});
