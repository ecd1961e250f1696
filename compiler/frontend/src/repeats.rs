//! One mistake is one problem: what says the same of several places becomes the first of them, with
//! the others as notes.
//!
//! Takes problems sorted by place; gives fewer. Only what names a thing that is not there, since
//! then the sentence says what the mistake is; the same words about values may be many mistakes.

use crate::problem::{Problem, Severity};
use crate::source::{FileId, SourceMap};
use rustc_hash::{FxHashMap, FxHashSet};

/// A type that is not known.
const OPEN_TYPE: &str = "E0202";

/// Places that are shown besides the first.
const SHOWN: usize = 3;

pub(crate) fn joined(problems: Vec<Problem>, sources: &SourceMap) -> Vec<Problem> {
    let problems = without_open_types(problems, sources);
    let mut first: FxHashMap<(FileId, &'static str, String), usize> = FxHashMap::default();
    let mut more: FxHashMap<usize, usize> = FxHashMap::default();
    let mut out: Vec<Problem> = Vec::with_capacity(problems.len());
    for problem in problems {
        if !names_what_is_missing(problem.code) {
            out.push(problem);
            continue;
        }
        let key = (problem.span.file, problem.code, problem.message.clone());
        match first.get(&key) {
            None => {
                first.insert(key, out.len());
                out.push(problem);
            }
            Some(&i) => {
                let count = more.entry(i).or_default();
                *count += 1;
                if *count <= SHOWN {
                    out[i].notes.push((problem.span, "and here".to_string()));
                }
            }
        }
    }
    for (i, count) in more {
        if count > SHOWN {
            let rest = count - SHOWN;
            let places = if rest == 1 { "place" } else { "places" };
            let label = &mut out[i].label;
            let join = if label.is_empty() { "" } else { "; " };
            label.push_str(&format!("{join}and in {rest} more {places}"));
        }
    }
    out
}

/// What is wrong on a line may be why a type on it is not known.
fn without_open_types(problems: Vec<Problem>, sources: &SourceMap) -> Vec<Problem> {
    if problems.iter().all(|p| p.code != OPEN_TYPE) {
        return problems;
    }
    let line = |p: &Problem| (p.span.file, sources.line_col(p.span).line);
    let others = problems
        .iter()
        .filter(|p| p.code != OPEN_TYPE && p.severity == Severity::Error);
    let lines: FxHashSet<_> = others.map(line).collect();
    let known = |p: &Problem| p.code != OPEN_TYPE || !lines.contains(&line(p));
    problems.into_iter().filter(known).collect()
}

/// A name, a type, a field, a method, a variant.
fn names_what_is_missing(code: &str) -> bool {
    matches!(code, "E0101" | "E0203" | "E0204" | "E0216" | "E0230")
}
