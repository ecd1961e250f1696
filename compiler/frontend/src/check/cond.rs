//! Conditions: `&&` and `||`, `if` with its clauses, `is`.

use super::block::Want;
use super::*;
use ast::{BinOp as Op, Clause};

impl Cx<'_, '_> {
    /// `a && b && c`, `a || b`: an `if` with one arm for each operand but the last.
    pub(super) fn logic(
        &mut self,
        first: &ast::Expr,
        rest: &[(Op, Span, ast::Expr)],
        and: bool,
        span: Span,
    ) -> Expr {
        let mut conds = vec![self.condition(first)];
        for (_, _, e) in rest {
            conds.push(self.condition(e));
        }
        self.logic_of(conds, and, span)
    }

    pub(super) fn logic_of(&mut self, mut conds: Vec<Expr>, and: bool, span: Span) -> Expr {
        let Some(last) = conds.pop() else {
            return self.error(span);
        };
        if conds.is_empty() {
            return last;
        }
        let mut arms = Vec::with_capacity(conds.len());
        for cond in conds {
            let cond = if and {
                let site = cond.site;
                Expr {
                    kind: ExprKind::Unary(UnOp::Not, Box::new(cond)),
                    ty: Types::BOOL,
                    site,
                }
            } else {
                cond
            };
            let value = self.mk(ExprKind::Bool(!and), Types::BOOL, span);
            arms.push((cond, value_block(value)));
        }
        let kind = ExprKind::If {
            arms,
            else_: Some(value_block(last)),
        };
        self.mk(kind, Types::BOOL, span)
    }

    pub(super) fn condition(&mut self, e: &ast::Expr) -> Expr {
        self.expr_to(e, Types::BOOL)
    }

    pub(super) fn if_expr(
        &mut self,
        arms: &[(Vec<Clause>, ast::Block)],
        else_: Option<&ast::Block>,
        want: Want,
        span: Span,
    ) -> Expr {
        let head = Span {
            hi: span.lo + 2,
            ..span
        };
        if let (Want::Value(_), None) = (&want, else_) {
            let ends = arms
                .iter()
                .filter_map(|(_, body)| match &body.stmts.last()?.kind {
                    ast::StmtKind::Expr(e) => Some((e.span, head)),
                    _ => None,
                });
            self.ends_of_ifs.extend(ends);
        }
        let want = match (want, else_) {
            (Want::Value(Some(ty)), None) if self.must_be_given(ty) => {
                let shown = self.show(ty);
                self.report(errors::if_without_else(head, &shown));
                let before = std::mem::replace(&mut self.value_missing, true);
                self.if_expr(arms, None, Want::Nothing, span);
                self.value_missing = before;
                return self.error(span);
            }
            (_, None) => Want::Nothing,
            _ => want,
        };
        let plain = |clauses: &Vec<Clause>| clauses.iter().all(|c| matches!(c, Clause::Expr(_)));
        if arms.iter().all(|(c, _)| plain(c)) {
            return self.plain_if(arms, else_, want, span);
        }
        self.if_with_patterns(arms, else_, want, span)
    }

    /// Is this a type that an `if` without `else` does not give?
    fn must_be_given(&mut self, ty: Ty) -> bool {
        let ty = self.shallow(ty);
        let inner = self.inner_expectation(Some(ty)).unwrap_or(ty);
        ty != Types::UNIT
            && inner != Types::UNIT
            && ty != Types::NEVER
            && !matches!(self.data(ty), TyData::Infer(_) | TyData::Error)
    }

    /// Remembers the type of the branches as they are checked.
    fn branch(&mut self, b: &ast::Block, want: Want, join: &mut Option<Ty>) -> Block {
        let want = match (want, *join) {
            // Without a wish from outside, the first branch's type is what the others are fitted to.
            (Want::Value(None), Some(ty)) if self.shallow(ty) != Types::NEVER => {
                Want::Value(Some(ty))
            }
            _ => want,
        };
        let (block, ty) = self.block(b, want);
        self.branch_ty(ty, want, join, b.span);
        block
    }

    pub(super) fn branch_ty(&mut self, ty: Ty, want: Want, join: &mut Option<Ty>, span: Span) {
        match want {
            Want::Nothing => *join = Some(Types::UNIT),
            Want::Value(expected) => {
                let have = self.shallow(ty);
                if have == Types::NEVER {
                    *join = Some(self.join(*join, have));
                    return;
                }
                if let Some(want) = expected
                    && !self.unify(have, want)
                    && !self.has_error(have)
                {
                    let end = Span {
                        lo: span.hi.saturating_sub(1),
                        ..span
                    };
                    let shown = self.show(want);
                    self.report(errors::missing_value(end, &shown));
                    *join = Some(want);
                    return;
                }
                *join = Some(self.join(*join, expected.unwrap_or(ty)));
            }
        }
    }

    fn plain_if(
        &mut self,
        arms: &[(Vec<Clause>, ast::Block)],
        else_: Option<&ast::Block>,
        want: Want,
        span: Span,
    ) -> Expr {
        let mut ty = None;
        let mut out = Vec::with_capacity(arms.len());
        for (clauses, block) in arms {
            let mut conds = Vec::new();
            for clause in clauses {
                if let Clause::Expr(e) = clause {
                    conds.push(self.condition(e));
                }
            }
            let cond = self.logic_of(conds, true, span);
            out.push((cond, self.branch(block, want, &mut ty)));
        }
        let else_ = else_.map(|b| self.branch(b, want, &mut ty));
        let ty = self.if_ty(&out, else_.as_ref(), ty, want);
        self.mk(ExprKind::If { arms: out, else_ }, ty, span)
    }

    /// A statement `if` all of whose branches leave never ends either.
    fn if_ty(
        &mut self,
        arms: &[(Expr, Block)],
        else_: Option<&Block>,
        joined: Option<Ty>,
        want: Want,
    ) -> Ty {
        if let Want::Nothing = want
            && let Some(else_) = else_
            && arms
                .iter()
                .map(|a| &a.1)
                .chain([else_])
                .all(|b| self.block_diverges(b))
        {
            return Types::NEVER;
        }
        joined.unwrap_or(Types::UNIT)
    }

    pub(super) fn block_diverges(&self, b: &Block) -> bool {
        let never = |e: &Expr| self.shallow(e.ty) == Types::NEVER;
        b.value.as_ref().is_some_and(|v| never(v))
            || b.stmts.iter().any(|s| match s {
                Stmt::Expr(e) | Stmt::Let { value: e, .. } => never(e),
                Stmt::Destructure { .. } | Stmt::Release(_) => false,
            })
    }

    /// Clauses with `let`: a labelled block that each arm leaves with its value; a clause that
    /// fails leaves the arm.
    fn if_with_patterns(
        &mut self,
        arms: &[(Vec<Clause>, ast::Block)],
        else_: Option<&ast::Block>,
        want: Want,
        span: Span,
    ) -> Expr {
        let done = self.new_loop();
        let mut ty = None;
        let mut stmts = Vec::new();
        for (clauses, block) in arms {
            let stmt = self.guarded(clauses, block.span, |cx| {
                let value = cx.branch(block, want, &mut ty);
                cx.leave(done, value, span)
            });
            stmts.push(stmt);
        }
        let value = else_.map(|b| self.branch(b, want, &mut ty));
        let all_leave = ty.is_some_and(|t| self.shallow(t) == Types::NEVER);
        let ty = ty.unwrap_or(Types::UNIT);
        let value = value.map(|block| {
            let ty = if self.block_diverges(&block) {
                Types::NEVER
            } else {
                ty
            };
            let e = self.mk(ExprKind::Block(block), ty, span);
            Box::new(e)
        });
        let _ = all_leave;
        let body = Block {
            stmts,
            value,
            declares: Vec::new(),
        };
        self.mk(ExprKind::Labeled { label: done, body }, ty, span)
    }

    /// `break done value` with a block's value.
    fn leave(&mut self, done: LoopId, block: Block, span: Span) -> Expr {
        let diverges = self.block_diverges(&block);
        let ty = block.value.as_ref().map_or(Types::UNIT, |v| v.ty);
        let ty = if diverges { Types::NEVER } else { ty };
        let value = self.mk(ExprKind::Block(block), ty, span);
        if diverges {
            return value;
        }
        let kind = ExprKind::Break {
            label: done,
            value: Some(Box::new(value)),
            release: Vec::new(),
        };
        self.mk(kind, Types::NEVER, span)
    }

    /// A statement that runs `then` if all clauses hold: bindings are seen by later clauses and by
    /// `then`, which must leave.
    pub(super) fn guarded(
        &mut self,
        clauses: &[Clause],
        span: Span,
        then: impl FnOnce(&mut Self) -> Expr,
    ) -> Stmt {
        let fail = self.new_loop();
        let (block, _) = self.scoped(|cx| {
            let mut stmts = Vec::new();
            for clause in clauses {
                let give_up = cx.mk(
                    ExprKind::Break {
                        label: fail,
                        value: None,
                        release: Vec::new(),
                    },
                    Types::NEVER,
                    span,
                );
                match clause {
                    Clause::Expr(e) => {
                        let cond = cx.condition(e);
                        let not = cx.mk(
                            ExprKind::Unary(UnOp::Not, Box::new(cond)),
                            Types::BOOL,
                            e.span,
                        );
                        let arms = vec![(not, stmt_block(give_up))];
                        let e = cx.mk(ExprKind::If { arms, else_: None }, Types::UNIT, e.span);
                        stmts.push(Stmt::Expr(e));
                    }
                    Clause::Let { pattern, value } => {
                        let value = cx.expr(value, None);
                        let value_ty = value.ty;
                        let scrutinee = cx.scrutinee(value, &mut stmts);
                        let mut binder = pattern::Binder::new(false);
                        let pat = cx.pattern(pattern, value_ty, &mut binder);
                        cx.declare_bindings(&binder);
                        cx.matches.push(exhaust::Pending::single(
                            value_ty,
                            &pat,
                            pattern.span,
                            exhaust::Purpose::IfLet,
                        ));
                        let site = cx.site(pattern.span);
                        stmts.push(Stmt::Destructure {
                            scrutinee,
                            mode: MatchMode::Undecided,
                            pat,
                            else_: Some(stmt_block(give_up)),
                            site,
                        });
                    }
                }
            }
            let then = then(cx);
            stmts.push(Stmt::Expr(then));
            (
                Block {
                    stmts,
                    value: None,
                    declares: Vec::new(),
                },
                Types::UNIT,
            )
        });
        Stmt::Expr(self.mk(
            ExprKind::Labeled {
                label: fail,
                body: block,
            },
            Types::UNIT,
            span,
        ))
    }

    /// `e is pattern`
    pub(super) fn is(&mut self, value: &ast::Expr, pattern: &ast::Pattern, span: Span) -> Expr {
        let value = self.expr(value, None);
        let ty = value.ty;
        let mut stmts = Vec::new();
        let scrutinee = self.scrutinee(value, &mut stmts);
        let mut binder = pattern::Binder::new(false);
        let pat = self.is_pattern(pattern, ty, &mut binder);
        if let Some(name) = binder.first_name() {
            self.report(errors::is_binds(pattern.span, &name));
        }
        let yes = self.mk(ExprKind::Bool(true), Types::BOOL, span);
        let no = self.mk(ExprKind::Bool(false), Types::BOOL, span);
        let arms = vec![
            Arm {
                pat,
                guard: None,
                release: Vec::new(),
                body: yes,
            },
            Arm {
                pat: Pat::Wild,
                guard: None,
                release: Vec::new(),
                body: no,
            },
        ];
        let m = Match {
            scrutinee,
            mode: MatchMode::Undecided,
            arms,
        };
        let e = self.mk(ExprKind::Match(Box::new(m)), Types::BOOL, span);
        self.block_of(stmts, e)
    }
}

pub(super) fn value_block(value: Expr) -> Block {
    Block {
        stmts: Vec::new(),
        value: Some(Box::new(value)),
        declares: Vec::new(),
    }
}

pub(super) fn stmt_block(e: Expr) -> Block {
    Block {
        stmts: vec![Stmt::Expr(e)],
        value: None,
        declares: Vec::new(),
    }
}
