//! The parser from outside: samples, hostile texts, recovery.

use cowl_frontend::parse::parse;
use cowl_frontend::problem::Problems;
use cowl_frontend::source::FileId;

const SAMPLES: &[(&str, &str)] = &[
    ("a_design", include_str!("samples/a_design.cowl")),
    ("b_inplace", include_str!("samples/b_inplace.cowl")),
    ("c_mix", include_str!("samples/c_mix.cowl")),
];

#[test]
fn samples_parse() {
    for (name, text) in SAMPLES {
        let mut problems = Problems::default();
        let file = parse(FileId(0), text, &mut problems);
        let problems = problems.finish();
        assert!(
            problems.is_empty(),
            "{name}: {problems:?} at {:?}",
            problems.first().map(|p| &text[p.span.lo as usize..])
        );
        assert!(!file.items.is_empty(), "{name}");
    }
}
