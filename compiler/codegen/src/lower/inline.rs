//! Small functions, lowered where they are called: those of the library that are marked `@inline`,
//! and those of a program that only compute numbers from numbers.
//!
//! Takes a call's evaluated operands; the callee's locals become locals of the caller. Its places
//! have the call as their parent, so that a panic's call stack is that of a call. Where steps or depth
//! are counted, a program's calls stay calls; of what the library does neither is counted.

use super::*;
use cowl_frontend::hir::{Expr, ExprKind};

/// How deep a function of the library may be nested to be small.
const DEPTH: u32 = 5;
/// The same of a program's, which may have so many parts.
const OWN_DEPTH: u32 = 12;
const OWN_PARTS: u32 = 40;

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
        let asked = func.is_std && matches!(func.inline, hir::Inline::Always);
        let (depth, mut parts) = match asked {
            true => (DEPTH, u32::MAX),
            false => (OWN_DEPTH, OWN_PARTS),
        };
        (asked || self.computes(func))
            && func.captures.is_empty()
            && func.loops == 0
            && self.frame.1.is_none()
            && is_small(&func.body, depth, &mut parts)
    }

    /// A function of the program from numbers to a number, where nobody counts calls.
    fn computes(&self, func: &hir::Func) -> bool {
        let number = |ty| {
            matches!(
                self.data(ty),
                TyData::Int(_) | TyData::Float(_) | TyData::Bool
            )
        };
        let stays = func.is_std || matches!(func.inline, hir::Inline::Never);
        let counted = self.cx.steps || self.cx.depth;
        !(stays || counted) && number(func.ret) && func.locals.iter().all(|l| number(l.ty))
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
fn is_small(e: &Expr, depth: u32, parts: &mut u32) -> bool {
    let (Some(depth), Some(left)) = (depth.checked_sub(1), parts.checked_sub(1)) else {
        return false;
    };
    *parts = left;
    let mut all = |exprs: &[Expr]| exprs.iter().all(|e| is_small(e, depth, parts));
    match &e.kind {
        _ if e.is_literal() => true,
        ExprKind::Read(place, _) => is_path(place),
        ExprKind::Tuple(parts) | ExprKind::Struct(parts) => all(parts),
        ExprKind::Variant { fields, .. } => all(fields),
        ExprKind::Call { args, .. } | ExprKind::Builtin { args, .. } => all(args),
        ExprKind::Binary(_, a, b) => is_small(a, depth, parts) && is_small(b, depth, parts),
        ExprKind::Unary(_, a) | ExprKind::Convert(_, a) => is_small(a, depth, parts),
        ExprKind::Block(block) => match (&block.stmts[..], &block.value) {
            ([] | [hir::Stmt::Release(_)], Some(value)) => is_small(value, depth, parts),
            _ => false,
        },
        ExprKind::Match(m) => {
            let mut small =
                |arm: &hir::Arm| arm.guard.is_none() && is_small(&arm.body, depth, parts);
            is_path(&m.scrutinee) && m.arms.len() <= 2 && m.arms.iter().all(&mut small)
        }
        _ => false,
    }
}
