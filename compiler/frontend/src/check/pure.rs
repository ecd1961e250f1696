//! `pure fn` and module constants: no input or output, no change through `*T`, nothing that
//! depends on the time or the machine. Judged on HIR, through everything that is called.

use super::*;
use crate::walk::read::{Visit, walk_expr, walk_func};

/// Reports what in `func` is not pure.
pub(super) fn check(cx: &mut Cx, func: &Func, is_const: bool) {
    let mut finder = Finder {
        found: Vec::new(),
        calls: Vec::new(),
        is_const,
    };
    walk_func(&mut finder, func);
    for (_, closure) in &cx.closures {
        walk_func(&mut finder, closure);
    }
    for (site, what) in finder.found {
        let span = cx.ck.sites.span(site);
        cx.report(if is_const {
            pure_errors::constant_not_pure(span, what)
        } else {
            pure_errors::not_pure(span, what)
        });
    }
    let me = cx.def;
    for (def, site) in finder.calls {
        let mut seen = FxHashSet::default();
        seen.insert(me);
        if let Some((what, place)) = impure(cx.ck, def, &mut seen, is_const) {
            let span = cx.ck.sites.span(site);
            let name = cx.ck.defs.func(def).path.clone();
            cx.report(pure_errors::calls_impure(
                span, &name, what, place, is_const,
            ));
        }
    }
}

/// What makes a function impure, looked for through its calls, and where that stands if it is the
/// program's own text.
fn impure(
    ck: &mut Checker,
    def: FnDefId,
    seen: &mut FxHashSet<FnDefId>,
    is_const: bool,
) -> Option<(&'static str, Option<Span>)> {
    let mut work = vec![def];
    while let Some(def) = work.pop() {
        if !seen.insert(def) {
            continue;
        }
        ck.check(def);
        let Some(Some(func)) = ck.bodies.get(&def) else {
            continue;
        };
        let mut finder = Finder {
            found: Vec::new(),
            calls: Vec::new(),
            is_const,
        };
        walk_func(&mut finder, func);
        if let Some(&(site, what)) = finder.found.first() {
            let is_std = ck.defs.module(ck.defs.func(def).module).is_std;
            let place = (!is_std).then(|| ck.sites.span(site));
            return Some((what, place));
        }
        work.extend(finder.calls.iter().map(|c| c.0));
    }
    None
}

struct Finder {
    found: Vec<(SiteId, &'static str)>,
    calls: Vec<(FnDefId, SiteId)>,
    is_const: bool,
}

impl Visit for Finder {
    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Builtin { op, .. } => {
                if let Some(what) = effect(*op) {
                    self.found.push((e.site, what));
                }
            }
            ExprKind::DbgIfShared(_) => self.found.push((e.site, "output")),
            ExprKind::New(_) if self.is_const => self.found.push((e.site, "a `new` object")),
            ExprKind::Update(update) => {
                if update
                    .place
                    .projs
                    .iter()
                    .any(|p| matches!(p.kind, ProjKind::Deref))
                {
                    self.found.push((e.site, "a change through a pointer"));
                }
                if let Change::Call {
                    callee: Callee::Generic { def, .. },
                    ..
                } = &update.change
                {
                    self.calls.push((*def, e.site));
                }
            }
            ExprKind::Call {
                callee: Callee::Generic { def, .. },
                ..
            } => {
                self.calls.push((*def, e.site));
            }
            ExprKind::Closure {
                func: ClosureRef::Generic(def),
                ..
            } => {
                self.calls.push((*def, e.site));
            }
            _ => {}
        }
        walk_expr(self, e);
    }
}

/// What an operation does beyond its result.
fn effect(op: Builtin) -> Option<&'static str> {
    match op {
        Builtin::Print | Builtin::Write | Builtin::Eprint | Builtin::Ewrite | Builtin::Flush => {
            Some("output")
        }
        Builtin::Dbg => Some("output"),
        Builtin::ReadLine | Builtin::ReadAll => Some("input"),
        Builtin::FsRead
        | Builtin::FsWrite
        | Builtin::FsAppend
        | Builtin::FsExists
        | Builtin::FsIsDir
        | Builtin::FsList
        | Builtin::FsRemove
        | Builtin::FsMakeDir
        | Builtin::FsWriteBytes
        | Builtin::FsReadBytes => Some("files"),
        Builtin::Exit => Some("the end of the program"),
        Builtin::Gc => Some("a collection"),
        Builtin::GcCount => Some("the counts of objects"),
        Builtin::WeakGet => Some("a weak reference"),
        _ => None,
    }
}
