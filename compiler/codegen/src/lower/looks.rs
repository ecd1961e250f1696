//! Looks through all of a program for what every function must know: which functions closure
//! values point to, and through which object types a value can be taken while user code runs.

use cowl_frontend::hir::*;
use cowl_frontend::types::{Ty, TyData};
use cowl_frontend::walk::read::{Visit, walk_expr};
use rustc_hash::FxHashSet;

pub fn scan(program: &Program) -> (FxHashSet<FuncId>, FxHashSet<Ty>) {
    let mut s = Scan {
        program,
        closures: FxHashSet::default(),
        in_change: FxHashSet::default(),
    };
    for f in &program.funcs {
        s.expr(&f.body);
    }
    (s.closures, s.in_change)
}

struct Scan<'a> {
    program: &'a Program,
    closures: FxHashSet<FuncId>,
    in_change: FxHashSet<Ty>,
}

impl Visit for Scan<'_> {
    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Closure {
                func: ClosureRef::Func(id),
                ..
            } => {
                self.closures.insert(*id);
            }
            ExprKind::Update(u) if matches!(u.change, Change::Call { .. }) => {
                let mut through = u.place.projs.iter().rev();
                if let Some(last) = through.find(|p| matches!(p.kind, ProjKind::Deref)) {
                    let ty = last.ty;
                    self.in_change.insert(ty);
                    debug_assert!(!matches!(self.program.types.data(ty), TyData::Param(_)));
                }
            }
            _ => {}
        }
        walk_expr(self, e);
    }
}
