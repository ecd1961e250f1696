//! The sentences of promises that are seen to be broken.

use super::{Verdict, View, Why, WhyKind};
use crate::hir::Program;
use crate::problem::Problem;

/// An error for each place in an `@in_place` function that must copy.
pub fn broken_promises(program: &Program, view: &View) -> Vec<Problem> {
    let must = view.iter().filter(|(_, p)| p.verdict == Verdict::Must);
    must.filter_map(|(&site, place)| {
        let function = place.promise.as_ref()?;
        let span = program.sites.span(site);
        let message = format!("this copies, but `{function}` is @in_place");
        let mut problem = Problem::error("E0307", span, message)
            .label("another holder is certain here")
            .help(help(place.why));
        if let Some(why) = place.why {
            problem = problem.note(program.sites.span(why.site), reason(why.kind));
        }
        Some(problem)
    })
    .collect()
}

/// What stands at the place of a reason.
pub fn reason(kind: WhyKind) -> &'static str {
    match kind {
        WhyKind::Shared => "this holds it too",
        WhyKind::Param => "callers may still hold what they pass",
        WhyKind::Literal => "the program holds the literal",
        WhyKind::Constant => "the program holds the constant",
        WhyKind::Capture => "a captured value is never dead",
        WhyKind::Element => "a container holds it too, or holds what is shared",
        WhyKind::Object => "what lies in an object can be held by others",
        WhyKind::Call => "this call can have kept it, or gives what others hold",
        WhyKind::Loop => "a running loop holds it",
    }
}

fn help(why: Option<Why>) -> &'static str {
    match why.map(|w| w.kind) {
        Some(WhyKind::Literal) => {
            "begin with an empty string and add to it, or interpolate, which is fresh"
        }
        Some(WhyKind::Constant) => "let a function make the value anew",
        Some(WhyKind::Loop) => "change it after the loop, or run over indices",
        _ => "let the change be the last use of the value, or leave `@in_place` out",
    }
}
