//! Conditions: a truth value that is only asked becomes jumps. `a && b` and `a || b` are `if`s in
//! HIR; each way through them leads straight to where the answer leads, so that a chain of a
//! hundred `&&` has one false side, and no truth value is made to be asked again.

use super::*;
use cowl_frontend::hir::{Block as HirBlock, Expr, ExprKind, UnOp};

impl Fx<'_> {
    /// Evaluates `e` and goes to `yes` or `no`; goes on building in `next`.
    pub(super) fn branch_on(&mut self, e: &Expr, yes: BlockId, no: BlockId, next: BlockId) {
        match &e.kind {
            ExprKind::Bool(b) => self.b.goto(if *b { yes } else { no }, next),
            ExprKind::Unary(UnOp::Not, a) => self.branch_on(a, no, yes, next),
            ExprKind::If {
                arms,
                else_: Some(else_),
            } if e.ty == Types::BOOL => {
                for (cond, body) in arms {
                    let (then, other) = (self.b.block(), self.b.block());
                    self.branch_on(cond, then, other, then);
                    self.branch_block(body, yes, no, other);
                }
                self.branch_block(else_, yes, no, next);
            }
            _ if e.ty == Types::NEVER => {
                self.run(e, None);
                self.b.end(Term::Unreachable, next);
            }
            _ => {
                let cond = self.own_now(e);
                self.at(e.site);
                self.b.branch(cond, yes, no, next);
            }
        }
    }

    fn branch_block(&mut self, b: &HirBlock, yes: BlockId, no: BlockId, next: BlockId) {
        self.stmts(b);
        match &b.value {
            Some(value) => self.branch_on(value, yes, no, next),
            // Every way through the statements leaves.
            None => self.b.end(Term::Unreachable, next),
        }
    }

    /// An `if` of which two sides or more are `true` or `false` themselves, as chains of `&&` and
    /// `||` are. `false` for everything else.
    pub(super) fn logic(&mut self, e: &Expr, dst: &Place) -> bool {
        let ExprKind::If { arms, else_ } = &e.kind else {
            return false;
        };
        let answers = |b: &&HirBlock| {
            let value = b.value.as_ref().map(|v| &v.kind);
            b.stmts.is_empty() && matches!(value, Some(ExprKind::Bool(_)))
        };
        let sides = arms.iter().map(|(_, b)| b).chain(else_);
        if e.ty != Types::BOOL || sides.filter(answers).take(2).count() < 2 {
            return false;
        }
        let (yes, no, done) = (self.b.block(), self.b.block(), self.b.block());
        self.branch_on(e, yes, no, yes);
        for (answer, next) in [(true, no), (false, done)] {
            let answer = self.bool(answer);
            self.set(Some(dst.clone()), Rvalue::Use(answer));
            self.b.goto(done, next);
        }
        true
    }
}
