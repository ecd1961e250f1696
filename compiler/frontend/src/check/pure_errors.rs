//! The sentences about constants and purity. Codes E06xx; the checker's others are in `errors`.

use crate::defs::Const;
use crate::problem::Problem;
use crate::source::Span;

/// Each needs the next one, and the last one the first; at least one.
pub fn const_cycle(circle: &[&Const]) -> Problem {
    let (first, rest) = (circle[0], &circle[1..]);
    let message = format!("the constant `{}` needs itself", first.name);
    let problem = Problem::error("E0601", first.span, message)
        .label("its value is needed to compute it, through what it names and calls")
        .help("let one on the way have a value of its own, or be a function");
    let mut before = first;
    rest.iter().take(MOST_OF_A_CIRCLE).fold(problem, |p, c| {
        let note = format!("`{}` needs `{}`", before.name, c.name);
        before = c;
        p.note(c.span, note)
    })
}

/// Constants of a circle that are shown.
const MOST_OF_A_CIRCLE: usize = 5;

pub fn constant_not_pure(span: Span, what: &str) -> Problem {
    Problem::error(
        "E0603",
        span,
        format!("a module constant is a pure expression, and this is {what}"),
    )
    .help("compute it in `main` and hand it on")
}

pub fn not_pure(span: Span, what: &str) -> Problem {
    Problem::error("E0602", span, format!("{what} in a `pure fn`"))
        .help("do it outside, or drop `pure`")
}

pub fn calls_impure(
    span: Span,
    name: &str,
    what: &str,
    place: Option<Span>,
    is_const: bool,
) -> Problem {
    let p = if is_const {
        Problem::error(
            "E0603",
            span,
            format!("a module constant is a pure expression, but `{name}` does {what}"),
        )
        .help("compute it in `main` and hand it on")
    } else {
        Problem::error(
            "E0602",
            span,
            format!("`{name}` is not pure: it does {what}"),
        )
        .help("do it outside, or drop `pure`")
    };
    match place {
        Some(place) => p.note(place, "here"),
        None => p,
    }
}
