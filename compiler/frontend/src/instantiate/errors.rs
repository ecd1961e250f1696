//! The sentences of errors that show only when a program is put together.

use crate::defs::{Adt, Const, Defs};
use crate::hir::FnDefId;
use crate::problem::Problem;
use crate::source::Span;

pub fn endless_function(defs: &Defs, def: FnDefId, span: Span) -> Problem {
    let f = defs.func(def);
    let message = format!("`{}` calls itself with ever larger types", f.path);
    Problem::error("E0590", span, message)
        .label("each call needs another instance of the function")
        .note(f.span, "declared here")
        .help("make the type arguments of the recursive call no larger than its own")
}

pub fn endless_type(adt: &Adt) -> Problem {
    let message = format!("`{}` contains itself in ever larger forms", adt.name);
    Problem::error("E0591", adt.span, message)
        .label("a value of this type needs endlessly many types")
        .help("use the type's own parameters where it contains itself")
}

pub fn not_boxed(span: Span, shown: &str) -> Problem {
    let message = format!("a method that gives `{shown}` cannot be called through `any`");
    Problem::error("E0592", span, message)
        .label("`Self` stands where it cannot become `any`")
        .help("return `Self` by value")
}

pub fn constant_cycle(first: &Const, rest: &[&Const]) -> Problem {
    let message = match rest {
        [] => format!("the value of `{}` needs itself", first.name),
        _ => format!("the values of `{}` and others need each other", first.name),
    };
    let problem = Problem::error("E0601", first.span, message)
        .label("its value is needed to compute it")
        .help("let one of them be a function");
    rest.iter().fold(problem, |p, c| {
        p.note(c.span, format!("`{}` is part of the cycle", c.name))
    })
}

/// Without an error that was reported before, this can only be a mistake of ours.
pub fn no_body(defs: &Defs, def: FnDefId) -> ! {
    panic!("`{}` has no body", defs.func(def).path)
}
