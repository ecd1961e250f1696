//! Calls of Cowl functions, closure values and methods through `any`.

use super::*;
use cowl_frontend::hir::{Callee as HirCallee, Expr};

/// What is called, evaluated.
pub(super) enum Target {
    Func(FuncId),
    Value(Place),
    Any { method: u32 },
}

impl Fx<'_> {
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

    pub(super) fn emit_call(&mut self, dst: Option<Place>, target: Target, args: Vec<Operand>) {
        let callee = match target {
            Target::Func(id) => Callee::Func(id),
            Target::Value(place) => Callee::Value(place),
            Target::Any { method } => Callee::Any { method },
        };
        self.b.push(StmtKind::Call { dst, callee, args });
    }
}
