//! All of std checks, and is owned, although programs look only at what they use.

use super::*;
use crate::loader::InMemory;
use crate::source::SourceMap;

#[test]
fn all_of_std_checks() {
    let mut sources = SourceMap::default();
    let mut types = Types::default();
    let mut sites = Sites::default();
    let mut problems = Problems::default();
    let uses: String = ["fs", "io", "math", "random"]
        .iter()
        .map(|m| format!("use std.{m}\n"))
        .collect();
    let root = sources.add("main.cowl".into(), uses.into(), false);
    let mut defs = crate::resolve::resolve(
        &mut sources,
        &mut types,
        &mut InMemory::default(),
        root,
        &mut problems,
    );
    let mut ck = Checker::new(&mut defs, &mut types, &mut sites, &mut problems);
    let mut i = 0;
    while i < ck.defs.fns.len() {
        let id = FnDefId(i as u32);
        if let Some(func) = ck.body(id).cloned() {
            let mut func = func;
            crate::own::own(&mut func, ck.defs, ck.types, ck.sites, ck.problems);
        }
        i += 1;
    }
    let problems = problems.finish();
    for p in &problems {
        let at = sources.line_col(p.span);
        let file = &sources.file(p.span.file).name;
        eprintln!(
            "{file}:{}:{}: {} {} {:?}",
            at.line, at.col, p.code, p.message, p.help
        );
    }
    assert!(problems.is_empty(), "std has problems");
}
