//! Walks HIR: one place that knows every child of every node, for visitors that read (`Visit`) and
//! for those that change what they visit (`VisitMut`).
//!
//! A visitor overrides what it cares for and calls `walk_…` to go on: `read::walk_…` to read.

use crate::hir::*;
use crate::types::Ty;

macro_rules! visitor {
    ($Visit:ident, $iter:ident $(, $mut:ident)?) => {
        pub trait $Visit {
            fn ty(&mut self, _ty: & $($mut)? Ty) {}

            fn expr(&mut self, expr: & $($mut)? Expr) {
                walk_expr(self, expr);
            }

            fn place(&mut self, place: & $($mut)? Place) {
                walk_place(self, place);
            }

            fn block(&mut self, block: & $($mut)? Block) {
                walk_block(self, block);
            }

            fn stmt(&mut self, stmt: & $($mut)? Stmt) {
                walk_stmt(self, stmt);
            }

            fn pat(&mut self, pat: & $($mut)? Pat) {
                walk_pat(self, pat);
            }

            fn callee(&mut self, callee: & $($mut)? Callee) {
                walk_callee(self, callee);
            }
        }

        pub fn walk_func<V: $Visit + ?Sized>(v: &mut V, func: & $($mut)? Func) {
            func.captures.$iter().for_each(|t| v.ty(t));
            func.locals.$iter().for_each(|l| v.ty(& $($mut)? l.ty));
            v.ty(& $($mut)? func.ret);
            v.expr(& $($mut)? func.body);
        }

        pub fn walk_exprs<V: $Visit + ?Sized>(v: &mut V, exprs: & $($mut)? [Expr]) {
            exprs.$iter().for_each(|e| v.expr(e));
        }

        pub fn walk_expr<V: $Visit + ?Sized>(v: &mut V, expr: & $($mut)? Expr) {
            v.ty(& $($mut)? expr.ty);
            match & $($mut)? expr.kind {
                ExprKind::Bool(_)
                | ExprKind::Int(_)
                | ExprKind::Float(_)
                | ExprKind::Char(_)
                | ExprKind::Str(_)
                | ExprKind::Unreachable
                | ExprKind::Continue { .. } => {}
                ExprKind::Read(place, _) => v.place(place),
                ExprKind::IsUnique(place) | ExprKind::DbgIfShared(place) => v.place(place),
                ExprKind::Tuple(es)
                | ExprKind::Struct(es)
                | ExprKind::List(es)
                | ExprKind::Variant { fields: es, .. } => walk_exprs(v, es),
                ExprKind::Map(pairs) => {
                    for (k, x) in pairs {
                        v.expr(k);
                        v.expr(x);
                    }
                }
                ExprKind::Interp(parts) => {
                    for part in parts {
                        if let InterpPart::Value { value, spec } = part {
                            v.expr(value);
                            if let Some(spec) = spec {
                                for count in [& $($mut)? spec.width, & $($mut)? spec.precision] {
                                    if let Some(Count::Value(e)) = count {
                                        v.expr(e);
                                    }
                                }
                            }
                        }
                    }
                }
                ExprKind::Binary(_, a, b) => {
                    v.expr(a);
                    v.expr(b);
                }
                ExprKind::Unary(_, a)
                | ExprKind::Convert(_, a)
                | ExprKind::Unshare { value: a, .. }
                | ExprKind::MakeAny { value: a, .. }
                | ExprKind::Unbox(a)
                | ExprKind::New(a)
                | ExprKind::Return { value: a, .. }
                | ExprKind::After { value: a, .. } => v.expr(a),
                ExprKind::Call { callee, args } => {
                    v.callee(callee);
                    walk_exprs(v, args);
                }
                ExprKind::Builtin { targs, args, .. } => {
                    targs.$iter().for_each(|t| v.ty(t));
                    walk_exprs(v, args);
                }
                ExprKind::Update(update) => {
                    v.place(& $($mut)? update.place);
                    match & $($mut)? update.change {
                        Change::Set { value, .. } | Change::Arith { value, .. } => v.expr(value),
                        Change::Builtin { targs, args, .. } => {
                            targs.$iter().for_each(|t| v.ty(t));
                            walk_exprs(v, args);
                        }
                        Change::Call { callee, args, .. } => {
                            v.callee(callee);
                            walk_exprs(v, args);
                        }
                    }
                }
                ExprKind::Closure { captures, .. } => walk_exprs(v, captures),
                ExprKind::Block(block) => v.block(block),
                ExprKind::If { arms, else_ } => {
                    for (cond, block) in arms {
                        v.expr(cond);
                        v.block(block);
                    }
                    if let Some(block) = else_ {
                        v.block(block);
                    }
                }
                ExprKind::Match(m) => {
                    v.place(& $($mut)? m.scrutinee);
                    for arm in & $($mut)? m.arms {
                        v.pat(& $($mut)? arm.pat);
                        if let Some(guard) = & $($mut)? arm.guard {
                            v.expr(guard);
                        }
                        v.expr(& $($mut)? arm.body);
                    }
                }
                ExprKind::Loop { body, .. } | ExprKind::Labeled { body, .. } => v.block(body),
                ExprKind::ForRange(f) => {
                    v.expr(& $($mut)? f.start);
                    if let Some(end) = & $($mut)? f.end {
                        v.expr(end);
                    }
                    if let Some(step) = & $($mut)? f.step {
                        v.expr(step);
                    }
                    v.block(& $($mut)? f.body);
                }
                ExprKind::ForEach { seq, body, .. } => {
                    v.expr(seq);
                    v.block(body);
                }
                ExprKind::Break { value, .. } => {
                    if let Some(value) = value {
                        v.expr(value);
                    }
                }
            }
        }

        pub fn walk_callee<V: $Visit + ?Sized>(v: &mut V, callee: & $($mut)? Callee) {
            match callee {
                Callee::Func(_) | Callee::Any { .. } => {}
                Callee::Generic { targs, .. } | Callee::TraitMethod { targs, .. } => {
                    targs.$iter().for_each(|t| v.ty(t))
                }
                Callee::Value(e) => v.expr(e),
            }
        }

        pub fn walk_place<V: $Visit + ?Sized>(v: &mut V, place: & $($mut)? Place) {
            v.ty(& $($mut)? place.root_ty);
            if let Root::Temp(e) = & $($mut)? place.root {
                v.expr(e);
            }
            for proj in & $($mut)? place.projs {
                v.ty(& $($mut)? proj.ty);
                if let ProjKind::Index { index, default } = & $($mut)? proj.kind {
                    v.expr(index);
                    if let Some(default) = default {
                        v.expr(default);
                    }
                }
            }
        }

        pub fn walk_block<V: $Visit + ?Sized>(v: &mut V, block: & $($mut)? Block) {
            block.stmts.$iter().for_each(|s| v.stmt(s));
            if let Some(value) = & $($mut)? block.value {
                v.expr(value);
            }
        }

        pub fn walk_stmt<V: $Visit + ?Sized>(v: &mut V, stmt: & $($mut)? Stmt) {
            match stmt {
                Stmt::Expr(e) | Stmt::Let { value: e, .. } => v.expr(e),
                Stmt::Destructure {
                    scrutinee,
                    pat,
                    else_,
                    ..
                } => {
                    v.place(scrutinee);
                    v.pat(pat);
                    if let Some(block) = else_ {
                        v.block(block);
                    }
                }
                Stmt::Release(_) => {}
            }
        }

        pub fn walk_pat<V: $Visit + ?Sized>(v: &mut V, pat: & $($mut)? Pat) {
            match pat {
                Pat::Wild
                | Pat::Bool(_)
                | Pat::Int(_)
                | Pat::Float(_)
                | Pat::Char(_)
                | Pat::Str(_)
                | Pat::Const(_) => {}
                Pat::Bind { sub, .. } => {
                    if let Some(sub) = sub {
                        v.pat(sub);
                    }
                }
                Pat::Range { lo, hi, .. } => {
                    for bound in [lo, hi].into_iter().flatten() {
                        v.pat(bound);
                    }
                }
                Pat::Fields(ps) | Pat::Variant { fields: ps, .. } | Pat::Or(ps) => {
                    ps.$iter().for_each(|p| v.pat(p))
                }
                Pat::List { front, back, .. } => front.$iter().chain(back).for_each(|p| v.pat(p)),
                Pat::Type { ty, .. } => v.ty(ty),
            }
        }
    };
}

visitor!(VisitMut, iter_mut, mut);

pub use read::Visit;

/// The same without changes.
pub mod read {
    use super::*;

    visitor!(Visit, iter);
}
