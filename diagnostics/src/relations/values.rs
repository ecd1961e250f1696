//! Rewritings of values and who holds them.

use super::{Counts, Rewrite};
use crate::reduce::collect::{Bytes, Collected, Form, Value};
use crate::reduce::edit::Edit;

/// Behind each `let` of a plain name: what may stand there for it.
fn behind_lets(found: &Collected, line: impl Fn(&str, bool, usize) -> String) -> Vec<Rewrite> {
    let lets = found.stmts.iter().filter_map(|s| match &s.form {
        Form::Let { name, is_var, .. } if !s.is_last => Some((name, *is_var, s.at.1)),
        _ => None,
    });
    lets.enumerate()
        .map(|(i, (name, is_var, at))| {
            Rewrite::insert(at, format!("; {}", line(name, is_var, i)), Counts::Same)
        })
        .collect()
}

/// M1: `let t = x`. It is released where it is bound, so nothing else changes.
pub fn alias(found: &Collected) -> Vec<Rewrite> {
    behind_lets(found, |x, _, i| format!("let t_{i} = {x}"))
}

/// M2: a holder that is overwritten.
pub fn dropped_alias(found: &Collected) -> Vec<Rewrite> {
    behind_lets(found, |x, _, i| {
        format!("var t_{i} = some({x}); t_{i} = none; _ = t_{i}")
    })
}

/// M12: `let x = x`.
pub fn shadowed(found: &Collected) -> Vec<Rewrite> {
    behind_lets(found, |x, is_var, _| match is_var {
        true => format!("var {x} = {x}"),
        false => format!("let {x} = {x}"),
    })
}

fn in_place_of(at: Bytes, text: &str, with: impl Fn(&str) -> String) -> Option<Edit> {
    let own = text.get(at.0..at.1)?;
    Some(Edit {
        at,
        with: with(own),
    })
}

/// Arguments that are plain variables.
fn given<'a>(found: &'a Collected) -> impl Iterator<Item = Bytes> + 'a {
    let given = found.given.iter().filter(|(_, name)| name.is_some());
    given.map(|(at, _)| *at)
}

/// M3: `f(copy x)`.
pub fn deep_copy(text: &str, found: &Collected) -> Vec<Rewrite> {
    given(found)
        .filter_map(|at| in_place_of(at, text, |x| format!("(copy {x})")))
        .map(|edit| Rewrite::new(vec![edit], Counts::Open))
        .collect()
}

/// M9: `(x, 0).0`, `some(x).unwrap()`.
pub fn wrapped(text: &str, found: &Collected) -> Vec<Rewrite> {
    let mut all = Vec::new();
    for stmt in &found.stmts {
        if let Form::Let {
            value: Value::Name(at),
            ..
        } = &stmt.form
        {
            let edit = in_place_of(*at, text, |x| format!("({x}, 0).0"));
            all.extend(edit.map(|edit| Rewrite::new(vec![edit], Counts::Same)));
        }
    }
    for (i, at) in given(found).enumerate() {
        let edit = in_place_of(at, text, |x| match i % 2 {
            0 => format!("(({x}, 0).0)"),
            _ => format!("some({x}).unwrap()"),
        });
        all.extend(edit.map(|edit| Rewrite::new(vec![edit], Counts::Open)));
    }
    all
}
