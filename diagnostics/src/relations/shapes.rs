//! Rewritings of statements and of how values are computed.

use super::{Counts, Rewrite};
use crate::reduce::collect::{Bytes, Collected, Form, Statement, Value};
use crate::reduce::edit::Edit;

/// Words that mean something else inside a closure or loop.
pub(super) fn leaves(text: &str) -> bool {
    ["?", "return", "break", "continue", "raise"]
        .iter()
        .any(|w| text.contains(w))
}

/// M4: `f((|| e)())`.
pub fn outlined(text: &str, found: &Collected) -> Vec<Rewrite> {
    let mut all = Vec::new();
    for (at, name) in &found.given {
        let Some(e) = text.get(at.0..at.1) else {
            continue;
        };
        if name.is_none() && !leaves(e) && !e.contains('!') && !e.contains("move ") {
            let with = format!("(|| {{ ({e}) }})()");
            all.push(Rewrite::new(vec![Edit { at: *at, with }], Counts::Open));
        }
    }
    all
}

/// M5: `xs.map(f)` is `xs.map(|e| f(e))`.
pub fn eta(found: &Collected) -> Vec<Rewrite> {
    let mut all = Vec::new();
    for (at, name) in &found.given {
        let Some(f) = name else {
            continue;
        };
        for params in ["e_", "e_, f_"] {
            let with = format!("|{params}| {f}({params})");
            all.push(Rewrite::new(vec![Edit { at: *at, with }], Counts::Open));
        }
    }
    all
}

/// M6: `if true { s }`, `loop { s; break }`.
pub fn run_once(text: &str, found: &Collected) -> Vec<Rewrite> {
    let mut all = Vec::new();
    for (i, stmt) in found.stmts.iter().enumerate() {
        let Some(s) = text.get(stmt.at.0..stmt.at.1) else {
            continue;
        };
        if stmt.is_last || !matches!(stmt.form, Form::Effect | Form::Push { .. }) {
            continue;
        }
        let (before, after) = match i % 2 == 0 && !leaves(s) {
            true => ("loop { ", "; break }"),
            false => ("if true { ", " }"),
        };
        let edit = |at, with: &str| Edit {
            at: (at, at),
            with: with.to_string(),
        };
        let edits = vec![edit(stmt.at.0, before), edit(stmt.at.1, after)];
        all.push(Rewrite::new(edits, Counts::Same));
    }
    all
}

/// M7: a use that is never reached.
pub fn never_run(found: &Collected) -> Vec<Rewrite> {
    let mut all = Vec::new();
    for stmt in &found.stmts {
        if let Form::Let { name, is_var, .. } = &stmt.form
            && !stmt.is_last
        {
            let code = match is_var {
                true => format!("let t_ = [{name}, {name}]; {name} = t_[0]"),
                false => format!("_ = [{name}, {name}]"),
            };
            let line = format!("; if \"\".len() > 0 {{ {code} }}");
            all.push(Rewrite::insert(stmt.at.1, line, Counts::Same));
        }
    }
    all
}

/// M8: neighbours that have nothing to do with each other.
pub fn swapped(text: &str, found: &Collected) -> Vec<Rewrite> {
    let literal = |form: &Form| match form {
        Form::Let {
            name,
            value: Value::Literal,
            ..
        } => Some(name.clone()),
        _ => None,
    };
    let mut all = Vec::new();
    for pair in found.stmts.windows(2) {
        let [a, b] = pair else {
            continue;
        };
        let (Some(x), Some(y)) = (literal(&a.form), literal(&b.form)) else {
            continue;
        };
        let between = text.get(a.at.1..b.at.0).unwrap_or("}");
        let (Some(s), Some(t)) = (text.get(a.at.0..a.at.1), text.get(b.at.0..b.at.1)) else {
            continue;
        };
        // Neighbours in one block, with nothing but white space between them.
        if x == y || !between.trim_matches([' ', '\n', ';']).is_empty() || b.is_last {
            continue;
        }
        let to = |at: Bytes, with: &str| Edit {
            at,
            with: with.to_string(),
        };
        all.push(Rewrite::new(vec![to(a.at, t), to(b.at, s)], Counts::Same));
    }
    all
}

/// What a statement changes, by the name that it begins with.
fn changed(s: &str) -> Option<&str> {
    let end = s.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    let (name, rest) = s.split_at(end);
    let words = ["let", "var", "if", "for", "while", "match", "loop", "defer"];
    let changes = rest.contains('=') || rest.contains("!(");
    (!name.is_empty() && changes && !words.contains(&name)).then_some(name)
}

/// A loop that changes one variable: its last value is a fold.
fn folds(text: &str, found: &Collected, loop_: (Bytes, &str, Bytes, Bytes)) -> Vec<Rewrite> {
    let (at, name, seq, inside) = loop_;
    let part = |at: Bytes| text.get(at.0..at.1).unwrap_or_default();
    if leaves(part(inside)) {
        return Vec::new();
    }
    let within = |s: &&Statement| s.at.0 >= inside.0 && s.at.1 <= inside.1;
    let changes = found.stmts.iter().filter(within);
    let mut names: Vec<&str> = changes.filter_map(|s| changed(part(s.at))).collect();
    names.sort_unstable();
    names.dedup();
    // Whether it is the only one is the checker's word: a closure changes nothing outside.
    let fold = |acc: &&str| {
        let (seq, body) = (part(seq), part(inside));
        let with = format!(
            "{acc} = ({seq}).fold({acc}, |{acc}_in, {name}| {{ var {acc} = {acc}_in; {body}\n{acc} }})"
        );
        Rewrite::new(vec![Edit { at, with }], Counts::Open)
    };
    names.iter().map(fold).collect()
}

/// M10: `x = x + [v]`; a loop over indices, or as a fold.
pub fn other_loops(text: &str, found: &Collected) -> Vec<Rewrite> {
    let mut all = Vec::new();
    for (i, stmt) in found.stmts.iter().enumerate() {
        let part = |at: Bytes| text.get(at.0..at.1).unwrap_or_default();
        match &stmt.form {
            Form::Push { name, value } => {
                let v = part(*value);
                // A list that reads itself is held while it does.
                let counts = match v.contains(&**name) {
                    true => Counts::Open,
                    false => Counts::Same,
                };
                let with = format!("{name} = {name} + [{v}]");
                all.push(Rewrite::new(vec![Edit { at: stmt.at, with }], counts));
            }
            Form::For { name, seq, inside } if !stmt.is_last => {
                all.extend(folds(text, found, (stmt.at, name, *seq, *inside)));
                let with = format!(
                    "{{ let s_{i} = {}; for i_{i} in 0..s_{i}.len() {{ let {name} = s_{i}[i_{i}];",
                    part(*seq)
                );
                let edits = vec![
                    Edit {
                        at: (stmt.at.0, inside.0),
                        with: format!("if true {with}"),
                    },
                    Edit {
                        at: (inside.1, inside.1),
                        with: " }".to_string(),
                    },
                ];
                all.push(Rewrite::new(edits, Counts::Open));
            }
            _ => {}
        }
    }
    all
}
