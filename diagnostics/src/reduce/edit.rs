//! Changes of a text, and the candidates for them.

use super::collect::{Bytes, Collected, Guess};

/// What stands in the place of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub at: Bytes,
    pub with: String,
}

impl Edit {
    pub fn delete(at: Bytes) -> Edit {
        Edit {
            at,
            with: String::new(),
        }
    }
}

/// The text after all edits; `None` if two of them meet.
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|e| e.at);
    let mut out = String::new();
    let mut reached = 0;
    for edit in sorted {
        out += text.get(reached..edit.at.0)?;
        out += &edit.with;
        reached = edit.at.1;
    }
    out += text.get(reached..)?;
    Some(out)
}

/// An element of a list with its comma.
pub fn with_comma(text: &str, at: Bytes) -> Bytes {
    let (lo, hi) = at;
    let after = text.get(hi..).unwrap_or_default();
    let trimmed = after.trim_start();
    if trimmed.starts_with(',') {
        let skipped = after.len() - trimmed.len() + 1;
        let rest = &after[skipped..];
        return (lo, hi + skipped + (rest.len() - rest.trim_start().len()));
    }
    let before = text.get(..lo).unwrap_or_default().trim_end();
    match before.strip_suffix(',') {
        Some(before) => (before.len(), hi),
        None => at,
    }
}

/// Single changes in the order in which to try them: what takes most away first.
pub fn candidates(text: &str, found: &Collected) -> Vec<Vec<Edit>> {
    let mut all = Vec::new();
    for (whole, inside) in &found.bodies {
        if let Some(inner) = text.get(inside.0..inside.1) {
            all.push(vec![Edit {
                at: *whole,
                with: inner.trim().to_string(),
            }]);
        }
    }
    all.extend(without_params(text, found));
    for (name, at) in &found.fields {
        let mut edits = vec![Edit::delete(*at)];
        let inits = found.inits.iter().filter(|(n, _)| n == name);
        edits.extend(inits.map(|(_, at)| Edit::delete(with_comma(text, *at))));
        all.push(edits);
    }
    for at in found.inits.iter().map(|(_, at)| *at) {
        all.push(vec![Edit::delete(with_comma(text, at))]);
    }
    all.extend(inlined(text, found));
    all.extend(simpler(text, found));
    for at in &found.annotations {
        all.push(vec![Edit::delete(*at)]);
    }
    all
}

/// A parameter and its arguments at every call of that name.
fn without_params(text: &str, found: &Collected) -> Vec<Vec<Edit>> {
    let mut all = Vec::new();
    for (function, params) in &found.params {
        for (i, (param, at)) in params.iter().enumerate() {
            let mut edits = vec![Edit::delete(with_comma(text, *at))];
            for (_, args) in found.calls.iter().filter(|(callee, _)| callee == function) {
                let named = args.iter().find(|(name, _)| name.as_ref() == Some(param));
                let arg = named.or_else(|| args.get(i).filter(|(name, _)| name.is_none()));
                edits.extend(arg.map(|(_, at)| Edit::delete(with_comma(text, *at))));
            }
            all.push(edits);
        }
    }
    all
}

/// A `let` whose few uses become its value.
fn inlined(text: &str, found: &Collected) -> Vec<Vec<Edit>> {
    let mut all = Vec::new();
    for (name, stmt, value, end) in &found.lets {
        let uses = found.names.iter();
        let uses = uses.filter(|(n, at)| n == name && at.0 >= stmt.1 && at.1 <= *end);
        let uses: Vec<Bytes> = uses.map(|(_, at)| *at).collect();
        let Some(value) = text.get(value.0..value.1) else {
            continue;
        };
        if uses.len() > 2 {
            continue;
        }
        let mut edits = vec![Edit::delete(*stmt)];
        edits.extend(uses.into_iter().map(|at| Edit {
            at,
            with: value.to_string(),
        }));
        all.push(edits);
    }
    all
}

/// Expressions by something inside them, or by the smallest literal.
fn simpler(text: &str, found: &Collected) -> Vec<Vec<Edit>> {
    let mut parts: Vec<_> = found.exprs.iter().collect();
    parts.sort_by_key(|p| std::cmp::Reverse(p.at.1 - p.at.0));
    let mut all = Vec::new();
    for part in parts {
        let Some(own) = text.get(part.at.0..part.at.1) else {
            continue;
        };
        let literals: &[&str] = match part.guess {
            Guess::Int => &["0", "1"],
            Guess::Str => &["\"\""],
            Guess::List => &["[]"],
            Guess::Other => &["0", "true", "\"\"", "[]", "none", "[1]"],
        };
        let inside = part.inside.iter().filter_map(|at| text.get(at.0..at.1));
        let literals = literals.iter().copied();
        for with in inside.chain(literals) {
            // Nothing grows, and no literal takes the place of another for ever.
            if with.len() < own.len() || (with == "0" && own.len() == 1 && own > "1") {
                all.push(vec![Edit {
                    at: part.at,
                    with: with.to_string(),
                }]);
            }
        }
    }
    all
}
