//! Calls of Cowl functions, closure values and methods through `any`.

use super::*;
use cowl_frontend::hir::{Callee as HirCallee, Expr, ExprKind};

/// What is called, evaluated.
pub(super) enum Target {
    Func(FuncId),
    Value(Place),
    Any { method: u32 },
}

impl<'a> Fx<'a> {
    pub(super) fn target(&mut self, callee: &HirCallee) -> Target {
        match callee {
            HirCallee::Func(id) => Target::Func(*id),
            HirCallee::Value(f) => {
                let held = self.operand(f, false);
                Target::Value(self.seen_place(&held))
            }
            HirCallee::Any { method } => Target::Any { method: *method },
            HirCallee::Generic { .. } | HirCallee::TraitMethod { .. } => {
                crate::ice!("a generic callee in {}", self.func.name)
            }
        }
    }

    /// The arguments as the callee takes them: looks for borrowed parameters.
    pub(super) fn arguments(
        &mut self,
        target: &Target,
        first: usize,
        held: &[Held],
    ) -> Vec<Operand> {
        held.iter()
            .enumerate()
            .map(|(i, h)| match target {
                Target::Func(id) if self.cx.program.func(*id).params[first + i].borrowed => {
                    self.seen(h)
                }
                _ => self.take(h),
            })
            .collect()
    }

    pub(super) fn call(&mut self, e: &Expr, callee: &HirCallee, args: &[Expr], dst: Option<Place>) {
        let mark = self.mark();
        let target = self.target(callee);
        let held = self.operands(args);
        if let Target::Func(id) = target
            && e.ty != Types::NEVER
            && self.is_inlined(id)
        {
            self.at(e.site);
            self.inline(id, &held, dst);
            return self.end_op(mark);
        }
        let args = self.arguments(&target, 0, &held);
        self.at(e.site);
        self.emit_call(dst, target, args);
        if e.ty == Types::NEVER {
            self.pending.truncate(mark);
            self.b.stop(Term::Unreachable);
            return;
        }
        self.end_op(mark);
    }

    /// What a function without parameters always is, as the default of a field often is: a literal,
    /// or a variant without payload. Where calls are counted it stays a call.
    pub(super) fn constant(&self, callee: &HirCallee) -> Option<&'a Expr> {
        let HirCallee::Func(id) = callee else {
            return None;
        };
        let func = self.cx.program.func(*id);
        if self.cx.steps || self.cx.depth || !func.params.is_empty() {
            return None;
        }
        let mut body = &func.body;
        while let ExprKind::Block(block) = &body.kind {
            body = match (&block.stmts[..], &block.value) {
                ([], Some(value)) => value,
                _ => return None,
            };
        }
        let is_constant = match &body.kind {
            ExprKind::Variant { fields, .. } => fields.is_empty(),
            _ => body.is_literal(),
        };
        is_constant.then_some(body)
    }

    pub(super) fn emit_call(&mut self, dst: Option<Place>, target: Target, args: Vec<Operand>) {
        let callee = match target {
            Target::Func(id) => Callee::Func(id),
            Target::Value(place) => Callee::Value(place),
            Target::Any { method } => Callee::Any { method },
        };
        self.b.push(StmtKind::Call { dst, callee, args });
    }
}
