//! One instance of a written function: its types substituted, its callees resolved, releases of
//! what holds nothing dropped.

use super::Cx;
use super::methods::Target;
use crate::hir::*;
use crate::own::holds::fields;
use crate::types::{Ty, TyData};
use crate::walk::{self, VisitMut};

impl Cx<'_> {
    fn is_float(&mut self, ty: Ty) -> bool {
        matches!(self.parts().types.data(ty), TyData::Float(_))
    }

    fn is_scalar(&mut self, ty: Ty) -> bool {
        let data = self.parts().types.data(ty).clone();
        matches!(
            data,
            TyData::Bool | TyData::Char | TyData::Int(_) | TyData::Float(_)
        )
    }

    pub(super) fn rewrite(&mut self, mut func: Func, targs: &[Ty], id: FuncId) -> Func {
        // `walk_func` visits the locals' types before the body, which needs them.
        for local in &mut func.locals {
            local.ty = self.subst(local.ty, targs);
        }
        let locals = func.locals.iter().map(|l| l.ty).collect();
        let mut rewrite = Rewrite {
            cx: self,
            targs,
            id,
            locals,
        };
        walk::walk_func(&mut rewrite, &mut func);
        func
    }
}

/// Comparisons that are one machine operation on scalars.
fn scalar_comparison(op: Builtin) -> Option<BinOp> {
    Some(match op {
        Builtin::Eq => BinOp::Eq,
        Builtin::Lt => BinOp::Lt,
        Builtin::Le => BinOp::Le,
        Builtin::Gt => BinOp::Gt,
        Builtin::Ge => BinOp::Ge,
        _ => return None,
    })
}

struct Rewrite<'a, 'b> {
    cx: &'a mut Cx<'b>,
    targs: &'a [Ty],
    id: FuncId,
    locals: Vec<Ty>,
}

impl VisitMut for Rewrite<'_, '_> {
    fn ty(&mut self, ty: &mut Ty) {
        *ty = self.cx.subst(*ty, self.targs);
        self.cx.note(*ty);
    }

    fn expr(&mut self, e: &mut Expr) {
        walk::walk_expr(self, e);
        let site = e.site;
        match &mut e.kind {
            ExprKind::Call { callee, args } => {
                if let Some(target) = self.callee_of(callee, site) {
                    let args = std::mem::take(args);
                    e.kind = target.call(args);
                }
                if let ExprKind::Builtin { op, args, .. } = &e.kind {
                    self.shown_by(*op, args);
                }
            }
            ExprKind::Builtin { op, args, .. } => {
                let op = *op;
                self.shown_by(op, args);
                if let Some(binary) = scalar_comparison(op)
                    && args.len() == 2
                    && self.cx.is_scalar(args[0].ty)
                {
                    let right = Box::new(args.remove(1));
                    let left = Box::new(args.remove(0));
                    e.kind = ExprKind::Binary(binary, left, right);
                }
            }
            // A literal of a type parameter that is a float here.
            ExprKind::Int(value) if self.cx.is_float(e.ty) => {
                e.kind = ExprKind::Float(*value as f64);
            }
            ExprKind::Interp(parts) => {
                for part in parts {
                    if let InterpPart::Value { value, .. } = part {
                        self.shows(value.ty);
                    }
                }
            }
            ExprKind::Update(update) => self.update(update, site),
            ExprKind::IsUnique(_) | ExprKind::DbgIfShared(_) => self.cx.asks_unique = true,
            ExprKind::Read(place, mode) if *mode == Mode::Move && !self.cx.holds(place.ty()) => {
                *mode = Mode::Share;
            }
            ExprKind::Closure { func, .. } => {
                if let ClosureRef::Generic(def) = *func {
                    let span = self.cx.parts().sites.span(site);
                    let id = self.cx.def(def, self.targs, span);
                    self.uses(id);
                    *func = ClosureRef::Func(id);
                }
            }
            ExprKind::MakeAny { value, vtable } => {
                if let VtableRef::Generic = vtable {
                    let id = self.cx.vtable(value.ty, e.ty);
                    self.cx.uses[self.id.index()].vtables.push(id);
                    *vtable = VtableRef::Table(id);
                }
            }
            ExprKind::New(value) => self.cx.object(value.ty),
            ExprKind::Match(m) => {
                if m.mode == MatchMode::Move && !self.cx.holds(m.scrutinee.ty()) {
                    m.mode = MatchMode::Share;
                }
                for arm in &mut m.arms {
                    self.release(&mut arm.release);
                }
            }
            ExprKind::ForRange(f) => self.release(&mut f.release),
            ExprKind::ForEach { release, .. }
            | ExprKind::Break { release, .. }
            | ExprKind::Continue { release, .. }
            | ExprKind::Return { release, .. } => self.release(release),
            ExprKind::After { value, release } => {
                self.release(release);
                if release.is_empty() {
                    let kind = std::mem::replace(&mut value.kind, ExprKind::Unreachable);
                    *e = Expr {
                        kind,
                        ty: value.ty,
                        site: value.site,
                    };
                }
            }
            _ => {}
        }
    }

    fn block(&mut self, block: &mut Block) {
        walk::walk_block(self, block);
        for stmt in &mut block.stmts {
            match stmt {
                Stmt::Release(paths) => self.release(paths),
                Stmt::Destructure {
                    scrutinee, mode, ..
                } => {
                    if *mode == MatchMode::Move && !self.cx.holds(scrutinee.ty()) {
                        *mode = MatchMode::Share;
                    }
                }
                Stmt::Expr(_) | Stmt::Let { .. } => {}
            }
        }
        block
            .stmts
            .retain(|s| !matches!(s, Stmt::Release(paths) if paths.is_empty()));
    }

    fn place(&mut self, place: &mut Place) {
        walk::walk_place(self, place);
        if let Root::Global(id) = &mut place.root {
            *id = self.global(*id);
        }
    }

    fn pat(&mut self, pat: &mut Pat) {
        walk::walk_pat(self, pat);
        if let Pat::Const(id) = pat {
            *id = self.global(*id);
        }
    }
}

impl Rewrite<'_, '_> {
    fn uses(&mut self, func: FuncId) {
        self.cx.uses[self.id.index()].funcs.push(func);
    }

    fn shows(&mut self, ty: Ty) {
        self.cx.uses[self.id.index()].shown.push(ty);
    }

    fn shown_by(&mut self, op: Builtin, args: &[Expr]) {
        if op == Builtin::Show || op == Builtin::ShowQuoted {
            args.iter().for_each(|a| self.shows(a.ty));
        }
    }

    fn global(&mut self, id: GlobalId) -> GlobalId {
        let new = self.cx.global(id.0);
        self.cx.uses[self.id.index()].globals.push(new);
        new
    }

    /// What a callee is, if it is not one already that an engine knows.
    fn callee_of(&mut self, callee: &Callee, site: SiteId) -> Option<Target> {
        let span = self.cx.parts().sites.span(site);
        let target = match callee {
            Callee::Func(f) => {
                self.uses(*f);
                return None;
            }
            Callee::Value(_) | Callee::Any { .. } => return None,
            Callee::Generic { def, targs } => Target::Func(self.cx.def(*def, targs, span)),
            Callee::TraitMethod {
                trait_,
                method,
                targs,
            } => match self.cx.method(*trait_, *method, targs, span) {
                Some(target) => target,
                None => {
                    self.cx.failed = true;
                    let parts = self.cx.parts();
                    let declared = parts.defs.trait_(*trait_).methods[*method as usize];
                    if !parts.problems.has_errors() {
                        super::errors::no_body(parts.defs, declared);
                    }
                    return None;
                }
            },
        };
        if let Target::Func(f) = target {
            self.uses(f);
        }
        Some(target)
    }

    fn update(&mut self, update: &mut Update, site: SiteId) {
        match &mut update.change {
            Change::Set { displaced, .. } => {
                *displaced &= self.cx.holds(update.place.ty());
            }
            Change::Call {
                callee,
                args,
                gives,
                sole_first,
            } => {
                if let Some(target) = self.callee_of(callee, site) {
                    let args = std::mem::take(args);
                    update.change = target.change(args, *gives, *sole_first);
                }
            }
            Change::Arith { .. } | Change::Builtin { .. } => {}
        }
    }

    /// Drops releases of what holds nothing.
    fn release(&mut self, paths: &mut Vec<Path>) {
        paths.retain(|path| {
            let mut ty = self.locals[path.local.index()];
            for &field in &path.fields {
                let parts = self.cx.bodies.parts();
                match fields(parts.defs, parts.types, ty).get(field as usize) {
                    Some(&t) => ty = t,
                    None => return true,
                }
            }
            self.cx.holds(ty)
        });
    }
}
