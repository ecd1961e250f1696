//! Rewritings of functions: a body that another function has, a call that is what it calls.

use super::shapes::leaves;
use super::{Counts, Rewrite, slice};
use crate::reduce::collect::{Collected, bytes};
use crate::reduce::edit::Edit;
use cowl_frontend::ast::{Block, FnDecl, Item, ItemKind, StmtKind};
use cowl_frontend::parse::parse;
use cowl_frontend::problem::Problems;
use cowl_frontend::source::FileId;

/// A function that stands in a file by itself, takes its parameters by value, and has a body.
struct Plain<'a> {
    decl: &'a FnDecl,
    body: &'a Block,
    /// Names and types.
    params: Vec<(String, String)>,
    end: usize,
}

fn plain<'a>(text: &str, item: &'a Item) -> Option<Plain<'a>> {
    let ItemKind::Fn(decl) = &item.kind else {
        return None;
    };
    let given = |p: &cowl_frontend::ast::Param| {
        let ty = p.ty.as_ref().filter(|_| !p.is_var && p.default.is_none())?;
        Some((
            p.name.text.to_string(),
            slice(text, bytes(ty.span)).to_string(),
        ))
    };
    let params: Option<Vec<_>> = decl.params.iter().map(given).collect();
    let fits = item.attrs.is_empty() && &*decl.name.text != "main";
    Some(Plain {
        decl,
        body: decl.body.as_ref().filter(|_| fits)?,
        params: params?,
        end: bytes(item.span).1,
    })
}

/// M4: `fn f(x: T) -> U { f_out_(x) }`, and what f did is done by `f_out_`.
pub fn outlined(text: &str) -> Vec<Rewrite> {
    let mut problems = Problems::default();
    let file = parse(FileId(0), text, &mut problems);
    let plains = file.items.iter().filter_map(|item| plain(text, item));
    plains
        .map(|f| {
            let (head, name) = (bytes(f.decl.head_span), bytes(f.decl.name.span));
            let word = if f.decl.is_pure { "pure fn" } else { "fn" };
            let rest = slice(text, (name.1, head.1));
            let own = slice(text, bytes(f.body.span));
            let inner = format!("{}_out_", f.decl.name.text);
            let args: Vec<&str> = f.params.iter().map(|(name, _)| &**name).collect();
            let edits = vec![
                Edit {
                    at: bytes(f.body.span),
                    with: format!("{{ {inner}({}) }}", args.join(", ")),
                },
                Edit {
                    at: (f.end, f.end),
                    with: format!("\n{word} {inner}{rest} {own}"),
                },
            ];
            Rewrite::new(edits, Counts::Same)
        })
        .collect()
}

/// M4: `({ let x_in_: T = e; let x = x_in_; body })` for `f(e)`.
pub fn inlined(text: &str, found: &Collected) -> Vec<Rewrite> {
    let mut problems = Problems::default();
    let file = parse(FileId(0), text, &mut problems);
    let mut all = Vec::new();
    for f in file.items.iter().filter_map(|item| plain(text, item)) {
        let [only] = f.body.stmts.as_slice() else {
            continue;
        };
        let (own, name) = (slice(text, bytes(only.span)), &*f.decl.name.text);
        let is_value = matches!(only.kind, StmtKind::Expr(_)) && f.decl.ret.is_some();
        if !is_value || !f.decl.generics.is_empty() || leaves(own) {
            continue;
        }
        // What it names must be the same thing where it is called.
        let (lo, hi) = bytes(only.span);
        let free = found
            .names
            .iter()
            .filter(|(_, at)| at.0 >= lo && at.1 <= hi);
        let mut free = free.filter(|(n, _)| f.params.iter().all(|(p, _)| p != n));
        if free.any(|(n, _)| n == name || is_bound(text, n)) {
            continue;
        }
        let ty = f
            .decl
            .ret
            .as_ref()
            .map_or("()", |ty| slice(text, bytes(ty.span)));
        for part in &found.exprs {
            let args = found.calls.iter().filter(|(callee, _)| callee == name);
            let call = args.map(|(_, args)| args).find(|args| {
                let from = part.at.0 + name.len();
                let is_call = slice(text, part.at).starts_with(&format!("{name}("));
                let (first, last) = (args.first(), args.last());
                let begins = first.is_some_and(|(_, at)| slice(text, (from, at.0)).trim() == "(");
                let ends = last.is_some_and(|(_, at)| slice(text, (at.1, part.at.1)).trim() == ")");
                is_call && begins && ends && args.len() == f.params.len()
            });
            let Some(args) = call.filter(|args| args.iter().all(|(n, _)| n.is_none())) else {
                continue;
            };
            // In brackets: a text has the place of an expression, where two braces are one.
            let mut with = "({ ".to_string();
            for ((p, ty), (_, at)) in f.params.iter().zip(args) {
                with += &format!("let {p}_in_: {ty} = {}; ", slice(text, *at));
            }
            for (p, _) in &f.params {
                with += &format!("let {p} = {p}_in_; ");
            }
            with += &format!("let out_: {ty} = {own}; out_ }})");
            all.push(Rewrite::new(vec![Edit { at: part.at, with }], Counts::Same));
        }
    }
    all
}

/// Whether some scope of the file may have a variable of this name.
fn is_bound(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        if before.ends_with(word) || after.starts_with(word) {
            return false;
        }
        let before = before.trim_end();
        let declared = ["let", "var", "for", "|"]
            .iter()
            .any(|w| before.ends_with(w));
        let after = after.trim_start();
        declared || after.starts_with(':') || after.starts_with('|')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::collect::collect;
    use crate::reduce::edit::apply;

    const SAMPLE: &str =
        "fn add(x: int, y: int) -> int { x + y }\nfn main() { print(add(1, 2)) }\n";

    #[test]
    fn a_body_moves_to_a_function_of_its_own() {
        let all = outlined(SAMPLE);
        assert_eq!(all.len(), 1);
        let text = apply(SAMPLE, &all[0].edits).expect("the edits fit");
        assert!(
            text.contains("fn add(x: int, y: int) -> int { add_out_(x, y) }"),
            "{text}"
        );
        assert!(
            text.contains("fn add_out_(x: int, y: int) -> int { x + y }"),
            "{text}"
        );
    }

    #[test]
    fn a_call_becomes_what_it_calls() {
        let all = inlined(SAMPLE, &collect(SAMPLE));
        assert_eq!(all.len(), 1);
        let text = apply(SAMPLE, &all[0].edits).expect("the edits fit");
        assert!(
            text.contains("let x_in_: int = 1; let y_in_: int = 2;"),
            "{text}"
        );
        assert!(text.contains("let out_: int = x + y; out_ }"), "{text}");
    }

    #[test]
    fn what_another_scope_may_shadow_stays() {
        assert!(is_bound("let k = 1", "k") && is_bound("|k| k", "k") && is_bound("f(k: int)", "k"));
        assert!(!is_bound("k + kk", "k"));
    }
}
