//! Rewritings of a program as a whole.

use super::{Counts, Rewrite, slice};
use crate::reduce::collect::{Collected, Form, bytes};
use crate::reduce::edit::Edit;
use cowl_frontend::ast::{FieldDecl, Item, ItemKind};
use cowl_frontend::parse::parse;
use cowl_frontend::problem::Problems;
use cowl_frontend::source::FileId;

/// What divides the files of a rewritten program.
const MARK: &str = "\n//==== others.cowl\n";

/// The files of a program with a new text for one of them, which may stand for two.
pub fn files(old: &[(String, String)], file: usize, text: &str) -> Vec<(String, String)> {
    let mut files = old.to_vec();
    match text.split_once(MARK) {
        Some((main, others)) => {
            files[file].1 = main.to_string();
            files.push(("others.cowl".to_string(), others.to_string()));
        }
        None => files[file].1 = text.to_string(),
    }
    files
}

/// M14: `gc()` behind a statement.
pub fn collect_between(found: &Collected) -> Vec<Rewrite> {
    let stmts = found
        .stmts
        .iter()
        .filter(|s| !s.is_last && !matches!(s.form, Form::Other));
    stmts
        .map(|s| Rewrite::insert(s.at.1, "; _ = gc()".to_string(), Counts::Same))
        .collect()
}

/// M15: `main` twice. What a constant's value counts, it counts once.
pub fn twice(text: &str) -> Vec<Rewrite> {
    let mut problems = Problems::default();
    let file = parse(FileId(0), text, &mut problems);
    let constant = |item: &Item| matches!(item.kind, ItemKind::Const(_));
    if file.items.iter().any(constant) {
        return Vec::new();
    }
    for item in &file.items {
        if let ItemKind::Fn(decl) = &item.kind
            && &*decl.name.text == "main"
            && decl.params.is_empty()
            && decl.ret.is_none()
        {
            let name = decl.name.span;
            let edits = vec![
                Edit {
                    at: (name.lo as usize, name.hi as usize),
                    with: "main_once_".to_string(),
                },
                Edit {
                    at: (text.len(), text.len()),
                    with: "\nfn main() { main_once_(); main_once_() }\n".to_string(),
                },
            ];
            return vec![Rewrite::new(edits, Counts::Double)];
        }
    }
    Vec::new()
}

/// M11: all but `main` in a module, all of it public.
pub fn split(text: &str) -> Vec<Rewrite> {
    let mut problems = Problems::default();
    let file = parse(FileId(0), text, &mut problems);
    let is_main = |item: &&Item| matches!(&item.kind, ItemKind::Fn(d) if &*d.name.text == "main");
    let Some(main) = file.items.iter().find(is_main) else {
        return Vec::new();
    };
    let (mut uses, mut others, mut names) = (String::new(), String::new(), Vec::new());
    for item in &file.items {
        let whole = slice(text, bytes(item.span));
        match &item.kind {
            ItemKind::Use(_) => uses += &format!("{whole}\n"),
            // Tests do not run here.
            ItemKind::Test(_) => {}
            _ if is_main(&item) => {}
            _ => {
                names.extend(name(item));
                others += &public(text, item);
                others.push('\n');
            }
        }
    }
    if names.is_empty() {
        return Vec::new();
    }
    let from = format!("use others {{ {} }}\n", names.join(", "));
    let main = slice(text, bytes(main.span));
    let with = format!("{uses}{from}{main}\n{MARK}{uses}{others}");
    let at = (0, text.len());
    vec![Rewrite::new(vec![Edit { at, with }], Counts::Same)]
}

fn name(item: &Item) -> Option<String> {
    let name = match &item.kind {
        ItemKind::Fn(d) => &d.name,
        ItemKind::Struct(d) => &d.name,
        ItemKind::Enum(d) => &d.name,
        ItemKind::Trait(d) => &d.name,
        ItemKind::Alias(d) => &d.name,
        ItemKind::Const(d) => &d.name,
        ItemKind::Use(_) | ItemKind::Impl(_) | ItemKind::Test(_) => return None,
    };
    Some(name.text.to_string())
}

/// An item with `pub` before it and before its fields and methods.
fn public(text: &str, item: &Item) -> String {
    let mut at: Vec<u32> = Vec::new();
    let mut add = |item: &Item| {
        let attrs = item.attrs.iter().map(|a| a.span.hi).max();
        let from = attrs.unwrap_or(item.span.lo);
        let rest = text.get(from as usize..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start().len();
        if !item.is_pub {
            at.push(from + blank as u32);
        }
    };
    match &item.kind {
        ItemKind::Impl(decl) => {
            if decl.trait_.is_none() {
                decl.items.iter().for_each(&mut add);
            }
        }
        _ => add(item),
    }
    if let ItemKind::Struct(decl) = &item.kind {
        let hidden = |f: &&FieldDecl| !f.is_pub;
        at.extend(decl.fields.iter().filter(hidden).map(|f| f.span.lo));
    }
    let edits: Vec<Edit> = at
        .iter()
        .filter_map(|a| a.checked_sub(item.span.lo))
        .map(|a| Edit {
            at: (a as usize, a as usize),
            with: "pub ".to_string(),
        })
        .collect();
    let whole = slice(text, bytes(item.span));
    crate::reduce::edit::apply(whole, &edits).unwrap_or_else(|| whole.to_string())
}
