//! Small functions of the library marked `@inline`, lowered where they are called.
//!
//! Takes a call's evaluated operands; the callee's locals become locals of the caller. Its places
//! have the call as their parent, so that a panic's call stack is that of a call. Steps and depth do
//! not count what the library does, so nothing is lost by not calling.

use super::*;
use cowl_frontend::hir::{Expr, ExprKind};

/// How deep a function may be nested to be small.
const DEPTH: u32 = 5;

/// What of `Fx` belongs to the function around.
struct Outer<'a> {
    func: &'a hir::Func,
    frame: (FuncId, Option<Site>),
    bound: Vec<Place>,
    loops: Vec<Option<LoopInfo>>,
}

impl<'a> Fx<'a> {
    pub(super) fn is_inlined(&self, id: FuncId) -> bool {
        let func = self.cx.program.func(id);
        func.is_std
            && matches!(func.inline, hir::Inline::Always)
            && func.captures.is_empty()
            && func.loops == 0
            && self.frame.1.is_none()
            && is_small(&func.body, DEPTH)
    }

    /// The call of such a function, at the site that has been set.
    pub(super) fn inline(&mut self, id: FuncId, held: &[Held], dst: Option<Place>) {
        let func = self.cx.program.func(id);
        let call = self.b.site;
        let mut bound: Vec<Option<Place>> = vec![None; func.locals.len()];
        for (param, held) in func.params.iter().zip(held) {
            bound[param.local.index()] = Some(match param.borrowed {
                true => self.seen_place(held),
                false => {
                    let value = self.take(held);
                    let local = self.local_of(func, param.local);
                    self.b.assign(local, Rvalue::Use(value));
                    local.into()
                }
            });
        }
        let bound = bound.into_iter().enumerate().map(|(i, place)| match place {
            Some(place) => place,
            None => self.local_of(func, LocalId(i as u32)).into(),
        });
        let bound = bound.collect();
        let outer = Outer {
            func: std::mem::replace(&mut self.func, func),
            frame: std::mem::replace(&mut self.frame, (id, Some(call))),
            bound: std::mem::replace(&mut self.bound, bound),
            loops: std::mem::take(&mut self.loops),
        };
        self.run(&func.body, dst);
        self.func = outer.func;
        self.frame = outer.frame;
        self.bound = outer.bound;
        self.loops = outer.loops;
        self.b.site = call;
    }

    fn local_of(&mut self, func: &hir::Func, local: LocalId) -> Local {
        let l = &func.locals[local.index()];
        self.declare_local(l, LocalKind::Owned)
    }
}

/// A local as it is.
fn is_path(place: &hir::Place) -> bool {
    matches!(place.root, hir::Root::Local(_)) && place.projs.is_empty()
}

/// Nothing but choices, reads and calls?
fn is_small(e: &Expr, depth: u32) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return false;
    };
    let all = |exprs: &[Expr]| exprs.iter().all(|e| is_small(e, depth));
    match &e.kind {
        _ if e.is_literal() => true,
        ExprKind::Read(place, _) => is_path(place),
        ExprKind::Tuple(parts) | ExprKind::Struct(parts) => all(parts),
        ExprKind::Variant { fields, .. } => all(fields),
        ExprKind::Call { args, .. } | ExprKind::Builtin { args, .. } => all(args),
        ExprKind::Block(block) => match (&block.stmts[..], &block.value) {
            ([] | [hir::Stmt::Release(_)], Some(value)) => is_small(value, depth),
            _ => false,
        },
        ExprKind::Match(m) => {
            let small = |arm: &hir::Arm| arm.guard.is_none() && is_small(&arm.body, depth);
            is_path(&m.scrutinee) && m.arms.len() <= 2 && m.arms.iter().all(small)
        }
        _ => false,
    }
}
