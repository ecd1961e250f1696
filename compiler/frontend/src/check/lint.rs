//! Lints: what is allowed but is seldom meant. Warnings of `cowl check`, never printed by `run`.
//!
//! Takes what the checker meets on its way (uses of names, places, comparisons); gives warnings,
//! said at the end of a definition if nothing in it is an error. Decides nothing about a program.

use super::*;
use ast::{ExprKind as A, PostfixKind};

/// Warnings found so far, and what the lint about `weak` has to remember.
#[derive(Default)]
pub(super) struct Lints {
    found: Vec<Problem>,
    /// Locals that a `weak(…)` was made of a part of.
    weak_of: Vec<LocalId>,
    /// Where weak references are read.
    weak_gets: Vec<(Span, Option<LoopId>)>,
}

/// Where a local is named, and the outermost loop around that.
#[derive(Clone, Copy)]
pub(super) struct Use {
    span: Span,
    around: Option<LoopId>,
}

impl Frame {
    pub(super) fn use_at(&self, span: Span) -> Use {
        let around = self.loops.first().map(|l| l.label);
        Use { span, around }
    }
}

impl Cx<'_, '_> {
    fn lint(&mut self, problem: Problem) {
        if !self.is_std {
            self.lints.found.push(problem);
        }
    }

    /// Says what was found, unless the definition has an error.
    pub(super) fn say_lints(&mut self, errors_before: usize) {
        let found = std::mem::take(&mut self.lints.found);
        if self.ck.problems.errors() == errors_before {
            found.into_iter().for_each(|p| self.ck.problems.push(p));
        }
    }

    /// What can be said of a function or closure once its body is known.
    pub(super) fn lint_frame(&mut self, frame: &Frame) {
        self.unused_locals(frame);
        self.weak_after_the_end(frame);
    }

    /// Names that nothing reads; a leading `_` says that this is meant.
    fn unused_locals(&mut self, frame: &Frame) {
        let f = self.ck.defs.func(self.def);
        // What a trait's methods take is not theirs to choose.
        let fixed = self.frames.is_empty()
            && match f.owner {
                Owner::Trait(_) => true,
                Owner::Impl(id) => self.ck.defs.impl_(id).trait_.is_some(),
                _ => false,
            };
        let params = if fixed { f.params.len() } else { 0 };
        for (i, local) in frame.locals.iter().enumerate().skip(params) {
            let Some(name) = &local.name else { continue };
            let skip = name.starts_with('_') || &**name == "self";
            if !skip && !frame.used.contains_key(&LocalId(i as u32)) {
                let span = self.ck.sites.span(local.site);
                self.lint(errors::unused(span, name));
            }
        }
    }

    // ---- a change that copies each turn

    /// The local of the same name that is declared outside of the loop around, where a value made
    /// of it by methods is bound to its name again.
    pub(super) fn outside_this_loop(
        &mut self,
        name: &ast::Name,
        init: &ast::Expr,
    ) -> Option<LocalId> {
        let A::Postfix(base, ops) = &init.kind else {
            return None;
        };
        let of_itself = matches!(&base.kind, A::Name { name: n, .. } if n.text == name.text);
        let methods =
            |op: &ast::Postfix| matches!(op.kind, PostfixKind::Method { bang: false, .. });
        if !of_itself || !ops.iter().all(methods) {
            return None;
        }
        let frame = self.frames.last()?;
        let inside = frame.loops.last()?.scope_depth;
        let scopes = frame.scopes.iter().enumerate().rev();
        let (depth, var) = scopes
            .filter_map(|(i, s)| Some((i, s.vars.get(&name.text)?)))
            .next()?;
        (depth < inside).then_some(var.local)
    }

    /// `let acc = acc.push(i)` in a loop: `acc` outside stays, so each turn copies it.
    pub(super) fn lint_copied_each_turn(&mut self, name: &ast::Name, outer: LocalId, value: &Expr) {
        let changes =
            |s: &Stmt| matches!(s, Stmt::Expr(e) if matches!(e.kind, ExprKind::Update(_)));
        let ExprKind::Block(block) = &value.kind else {
            return;
        };
        let info = &self.frames[self.frames.len() - 1].locals[outer.index()];
        let (ty, declared) = (info.ty, self.ck.sites.span(info.site));
        if block.stmts.iter().any(changes) && self.shallow(value.ty) == self.shallow(ty) {
            self.lint(errors::copied_each_turn(name.span, &name.text, declared));
        }
    }

    /// `a[i] = f(a[i])`: the element is shared by the list while `f` changes it.
    pub(super) fn lint_element(&mut self, target: &ast::Expr, value: &ast::Expr, ty: Ty) {
        let (A::Postfix(base, ops), A::Postfix(from, calls)) = (&target.kind, &value.kind) else {
            return;
        };
        let is_element = matches!(ops.last().map(|o| &o.kind), Some(PostfixKind::Index(_)));
        let ty = self.shallow(ty);
        if !is_element || !self.has_storage(ty) {
            return;
        }
        let takes_it = |args: &[ast::Arg]| args.iter().any(|a| same(&a.value, target));
        let instead = match calls.as_slice() {
            [
                ast::Postfix {
                    kind: PostfixKind::Call(args),
                    ..
                },
            ] if takes_it(args) => "apply!(…)".to_string(),
            _ => {
                let more = calls.len() == ops.len() + 1
                    && same(from, base)
                    && ops.iter().zip(calls).all(|(a, b)| same_op(a, b));
                match calls.last().map(|o| &o.kind) {
                    Some(PostfixKind::Method {
                        name, bang: false, ..
                    }) if more => {
                        format!("{}!(…)", name.text)
                    }
                    _ => return,
                }
            }
        };
        self.lint(errors::element_is_shared(value.span, target.span, &instead));
    }

    fn has_storage(&self, ty: Ty) -> bool {
        match self.data(ty) {
            TyData::Str | TyData::List(_) | TyData::Array(_) | TyData::Map(..) | TyData::Set(_) => {
                true
            }
            TyData::Tuple(parts) => parts.iter().any(|&t| self.has_storage(self.shallow(t))),
            TyData::Adt(id, _) => match &self.ck.defs.adt(id).kind {
                AdtKind::Struct(fields) => fields.iter().any(|f| {
                    matches!(
                        self.data(f.ty),
                        TyData::Str
                            | TyData::List(_)
                            | TyData::Array(_)
                            | TyData::Map(..)
                            | TyData::Set(_)
                    )
                }),
                AdtKind::Enum(_) => false,
            },
            _ => false,
        }
    }

    // ---- identity, characters

    /// `p == q` of pointers compares which objects they are.
    pub(super) fn lint_identity(&mut self, op: ast::BinOp, ty: Ty, span: Span) {
        let (is, instead) = match op {
            ast::BinOp::Eq => ("==", "==="),
            ast::BinOp::Ne => ("!=", "!=="),
            _ => return,
        };
        if matches!(self.data(ty), TyData::Ptr(_)) {
            self.lint(errors::compares_identity(span, is, instead));
        }
    }

    /// `s[i]` in a loop goes through the text each time, unless it is ASCII.
    pub(super) fn lint_char_index(&mut self, index: &ast::Expr, bracket: Span) {
        let fixed = matches!(index.kind, A::Int(_));
        if !fixed && !self.frame().loops.is_empty() {
            self.lint(errors::char_index_in_a_loop(bracket));
        }
    }

    // ---- weak references

    /// `weak(list[0])`: the object lives as long as `list` does.
    pub(super) fn note_weak_of(&mut self, target: &Expr) {
        if let ExprKind::Read(place, _) = &target.kind
            && let Root::Local(local) = place.root
            && !place.projs.is_empty()
            && !place
                .projs
                .iter()
                .any(|p| matches!(p.kind, ProjKind::Deref))
            && self.frames.len() == 1
        {
            self.lints.weak_of.push(local);
        }
    }

    pub(super) fn note_weak_get(&mut self, ty: Ty, name: &ast::Name) {
        if &*name.text == "get"
            && matches!(self.data(ty), TyData::Weak(_))
            && self.frames.len() == 1
        {
            let around = self.frame().loops.first().map(|l| l.label);
            self.lints.weak_gets.push((name.span, around));
        }
    }

    /// A list, struct or tuple that holds a pointer ends at its last use, and the object with it.
    fn weak_after_the_end(&mut self, frame: &Frame) {
        if !self.frames.is_empty() {
            return;
        }
        let gets = std::mem::take(&mut self.lints.weak_gets);
        for local in std::mem::take(&mut self.lints.weak_of) {
            let info = &frame.locals[local.index()];
            let (Some(name), Some(&last)) = (info.name.clone(), frame.used.get(&local)) else {
                continue;
            };
            let after = gets.iter().find(|(span, around)| {
                span.lo > last.span.lo && (around.is_none() || *around != last.around)
            });
            if let Some(&(span, _)) = after {
                self.lint(errors::weak_after_the_end(span, &name, last.span));
            }
        }
    }
}

/// Are these the same place, as far as it can be read off the text?
fn same(a: &ast::Expr, b: &ast::Expr) -> bool {
    match (&a.kind, &b.kind) {
        (A::Name { name: x, .. }, A::Name { name: y, .. }) => x.text == y.text,
        (A::Int(x), A::Int(y)) => x == y,
        (A::Paren(x), _) => same(x, b),
        (_, A::Paren(y)) => same(a, y),
        (A::Chain(x, xs), A::Chain(y, ys)) => {
            same(x, y)
                && xs.len() == ys.len()
                && xs
                    .iter()
                    .zip(ys)
                    .all(|((o, _, e), (p, _, f))| o == p && same(e, f))
        }
        (A::Postfix(x, xs), A::Postfix(y, ys)) => {
            same(x, y) && xs.len() == ys.len() && xs.iter().zip(ys).all(|(p, q)| same_op(p, q))
        }
        _ => false,
    }
}

fn same_op(a: &ast::Postfix, b: &ast::Postfix) -> bool {
    match (&a.kind, &b.kind) {
        (PostfixKind::Field(x), PostfixKind::Field(y)) => x.text == y.text,
        (PostfixKind::Position(x), PostfixKind::Position(y)) => x == y,
        (PostfixKind::Deref, PostfixKind::Deref) => true,
        (PostfixKind::Index(x), PostfixKind::Index(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(p, q)| same(&p.value, &q.value))
        }
        _ => false,
    }
}
