//! What the tests of the parser share.

#![allow(dead_code)]

use cowl_syntax::ast::File;
use cowl_syntax::parse::parse;
use cowl_syntax::problem::{Problem, Problems};
use cowl_syntax::source::FileId;

pub const SAMPLES: &[(&str, &str)] = &[
    ("a_design", include_str!("../samples/a_design.cowl")),
    ("b_inplace", include_str!("../samples/b_inplace.cowl")),
    ("c_mix", include_str!("../samples/c_mix.cowl")),
];

pub fn parse_with(text: &str) -> (File, Vec<Problem>) {
    let mut problems = Problems::default();
    let file = parse(FileId(0), text, &mut problems);
    (file, problems.finish())
}

pub fn parse_ok(text: &str) -> File {
    let (file, problems) = parse_with(text);
    assert!(problems.is_empty(), "{text}: {problems:?}");
    file
}

pub fn codes(text: &str) -> Vec<&'static str> {
    parse_with(text).1.iter().map(|p| p.code).collect()
}

/// As the driver runs the compiler: the stack bears the nesting that is allowed.
pub fn on_big_stack<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(256 << 20);
        let thread = builder.spawn_scoped(scope, f).expect("a thread");
        match thread.join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}
