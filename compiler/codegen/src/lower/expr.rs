//! Expressions and blocks. `run` is the one dispatch over HIR's nodes.

use super::*;
use cowl_frontend::hir::{
    Block as HirBlock, ClosureRef, Convert, Expr, ExprKind, Mode, Stmt as HirStmt, UnshareEvent,
    VtableRef,
};

impl Fx<'_> {
    /// Evaluates into `dst`, which holds nothing; `None` exactly where the type is `()` or `never`.
    pub(super) fn run(&mut self, e: &Expr, dst: Option<Place>) {
        match &e.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Char(_)
            | ExprKind::Str(_) => {
                let value = self.own(e);
                self.set(dst, Rvalue::Use(value));
            }
            ExprKind::Read(place, mode) => self.read(e, place, *mode, dst),
            ExprKind::Tuple(parts) | ExprKind::Struct(parts) => self.aggregate(e, parts, dst),
            ExprKind::Variant { variant, fields } => {
                let mark = self.mark();
                let held = self.operands(fields);
                let parts = held.iter().map(|h| self.take(h)).collect();
                self.at(e.site);
                self.set(dst, Rvalue::Variant(*variant, parts));
                self.end_op(mark);
            }
            ExprKind::List(elems) => self.sequence(e, elems, dst),
            ExprKind::Map(pairs) => self.map_literal(e, pairs, dst),
            ExprKind::Interp(parts) => self.interp(e, parts, dst),
            ExprKind::Binary(op, a, b) => {
                let mark = self.mark();
                let held = self.operands([&**a, &**b]);
                let (a, b) = (self.seen(&held[0]), self.seen(&held[1]));
                self.at(e.site);
                self.set(dst, Rvalue::Binary(*op, a, b));
                self.end_op(mark);
            }
            ExprKind::Unary(op, a) => {
                let a = self.own_now(a);
                self.at(e.site);
                self.set(dst, Rvalue::Unary(*op, a));
            }
            ExprKind::Convert(how, a) => self.convert(e, *how, a, dst),
            ExprKind::Call { callee, args } => match self.constant(callee) {
                Some(value) => self.run(value, dst),
                None => self.call(e, callee, args, dst),
            },
            ExprKind::Builtin { op, args, .. } => self.builtin(e, *op, args, dst),
            ExprKind::Update(u) => self.update(e, u, dst),
            ExprKind::Unshare { value, event } => self.unshare(e, value, *event, dst),
            ExprKind::IsUnique(place) => {
                let unique = self.is_unique(place);
                self.set(dst, Rvalue::Use(unique));
            }
            ExprKind::DbgIfShared(place) => {
                let unique = self.is_unique(place);
                self.at(e.site);
                let (say, done) = (self.b.cold_block(), self.b.block());
                self.b.branch(unique.clone(), done, say, say);
                self.runtime(None, Entry::cowl_dbg_shared, Vec::new());
                self.b.goto(done, done);
                if e.ty != Types::UNIT {
                    self.set(dst, Rvalue::Use(unique));
                }
            }
            ExprKind::Closure { func, captures } => {
                let ClosureRef::Func(id) = func else {
                    crate::ice!("generic closure")
                };
                let mark = self.mark();
                let held = self.operands(captures);
                let parts = held.iter().map(|h| self.take(h)).collect();
                self.at(e.site);
                self.set(dst, Rvalue::Closure(*id, parts));
                self.end_op(mark);
            }
            ExprKind::MakeAny { value, vtable } => {
                let VtableRef::Table(id) = vtable else {
                    crate::ice!("generic table")
                };
                let value = self.own_now(value);
                self.at(e.site);
                self.set(dst, Rvalue::MakeAny(*id, value));
            }
            ExprKind::Unbox(value) => {
                let value = self.own_now(value);
                let src = self.owned_place(value);
                self.at(e.site);
                self.unbox(dst, e.ty, src);
            }
            ExprKind::New(value) => self.new_object(e, value, dst),
            ExprKind::Block(b) => self.block(b, dst),
            ExprKind::If { arms, else_ } => {
                if !dst.as_ref().is_some_and(|dst| self.logic(e, dst)) {
                    self.if_(arms, else_.as_ref(), dst);
                }
            }
            ExprKind::Match(m) => self.match_(e, m, dst),
            ExprKind::Loop { label, body } => self.loop_(*label, body, dst),
            ExprKind::ForRange(f) => self.for_range(e, f),
            ExprKind::ForEach {
                label,
                seq,
                item,
                body,
                release,
            } => self.for_each(e, *label, seq, *item, body, release),
            ExprKind::Labeled { label, body } => self.labeled(*label, body, dst),
            ExprKind::Break {
                label,
                value,
                release,
            } => {
                let info = self.loop_info(*label);
                if let Some(v) = value {
                    match info.result {
                        Some(place) => self.into(v, place),
                        None => self.effect(v),
                    }
                }
                self.at(e.site);
                self.release_paths(release);
                if !planted(Fault::LowerBreakKept) {
                    self.leave(info.pending);
                }
                self.b.stop(Term::Goto(info.exit));
            }
            ExprKind::Continue { label, release } => {
                let info = self.loop_info(*label);
                self.at(e.site);
                self.release_paths(release);
                if !planted(Fault::LowerBreakKept) {
                    self.leave(info.pending);
                }
                let Some(next) = info.next else {
                    crate::ice!("continue of a labelled block")
                };
                self.b.stop(Term::Goto(next));
            }
            ExprKind::Return { value, release } => {
                let value = self.own(value);
                self.at(e.site);
                self.release_paths(release);
                if !planted(Fault::LowerReturnKept) {
                    self.leave(0);
                }
                self.b.stop(Term::Return(value));
            }
            ExprKind::After { value, release } => {
                self.run(value, dst);
                self.at(value.site);
                self.release_paths(release);
            }
            ExprKind::Unreachable => self.b.stop(Term::Unreachable),
        }
    }

    /// Stores into `dst`, or drops a value of type `()`.
    pub(super) fn set(&mut self, dst: Option<Place>, value: Rvalue) {
        if let Some(dst) = dst {
            self.b.assign(dst, value);
        }
    }

    /// An owned operand as a place.
    pub(super) fn owned_place(&mut self, value: Operand) -> Place {
        match value {
            Operand::Move(p) | Operand::Copy(p) => p,
            Operand::Const(_) => {
                let ty = self.operand_ty(&value);
                let t = self.temp(ty);
                self.b.assign(t, Rvalue::Use(value));
                t.into()
            }
        }
    }

    pub(super) fn unbox(&mut self, dst: Option<Place>, ty: Ty, src: Place) {
        let dst = match dst {
            Some(dst) => dst,
            None => self.temp(ty).into(),
        };
        self.b.push(StmtKind::Unbox { dst, src });
    }

    fn read(&mut self, e: &Expr, place: &hir::Place, mode: Mode, dst: Option<Place>) {
        let mark = self.mark();
        let from = self.place(place);
        self.at(e.site);
        let value = match mode {
            _ if !self.refs(e.ty) => Rvalue::Use(Operand::Copy(from)),
            Mode::Move => Rvalue::Use(Operand::Move(from)),
            Mode::Share if planted(Fault::LowerShareUncounted) => Rvalue::Use(Operand::Copy(from)),
            Mode::Share | Mode::Look => Rvalue::Share(from),
            Mode::Undecided | Mode::MustMove => crate::ice!("a mode that was not decided"),
        };
        self.set(dst, value);
        self.end_op(mark);
    }

    fn aggregate(&mut self, e: &Expr, parts: &[Expr], dst: Option<Place>) {
        let mark = self.mark();
        match dst {
            // In memory, each part goes where it belongs at once.
            Some(dst) if self.cx.layouts.get(e.ty).leaves.is_none() => {
                for (i, part) in parts.iter().enumerate() {
                    let field = dst.field(i);
                    self.into(part, field.clone());
                    if self.refs(part.ty) {
                        self.hold(field);
                    }
                }
                self.pending.truncate(mark);
            }
            dst => {
                let held = self.operands(parts);
                let parts = held.iter().map(|h| self.take(h)).collect();
                self.at(e.site);
                self.set(dst, Rvalue::Aggregate(parts));
                self.end_op(mark);
            }
        }
    }

    fn convert(&mut self, e: &Expr, how: Convert, a: &Expr, dst: Option<Place>) {
        let from = a.ty;
        let value = self.own_now(a);
        self.at(e.site);
        if how != Convert::Checked {
            self.set(dst, Rvalue::Convert(how, value, from));
            return;
        }
        let to = self.cx.layouts.payload(e.ty, 1)[0];
        let value = Operand::Copy(self.operand_place(value));
        let fits = self.scalar(Types::BOOL, Rvalue::Fits(value.clone(), from, to));
        let (yes, no, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(fits, yes, no, yes);
        // What fits keeps its value under any conversion; from a float the exact one truncates.
        let how = if matches!(self.data(from), TyData::Float(_)) {
            Convert::Exact
        } else {
            Convert::Wrapping
        };
        let converted = self.scalar(to, Rvalue::Convert(how, value, from));
        self.set(dst.clone(), Rvalue::Variant(1, vec![converted]));
        self.b.goto(done, no);
        self.set(dst, Rvalue::Variant(0, Vec::new()));
        self.b.goto(done, done);
    }

    fn unshare(&mut self, e: &Expr, value: &Expr, event: UnshareEvent, dst: Option<Place>) {
        let Some(dst) = dst else {
            self.run(value, None);
            return;
        };
        self.into(value, dst.clone());
        if !self.refs(e.ty) {
            return;
        }
        self.at(e.site);
        let status = self.temp(Types::I32);
        self.runtime(
            Some(status.into()),
            match self.cx.copies {
                true => Entry::cowl_unshare_weighed,
                false => Entry::cowl_unshare,
            },
            vec![Arg::InOut(dst), Arg::Desc(e.ty)],
        );
        let (site, both) = match event {
            UnshareEvent::Both(site) => (site, true),
            UnshareEvent::CopiedOnly(site) => (site, false),
            UnshareEvent::None => return,
        };
        self.keep_promise(status, site);
        self.count_unshare(status, site, both);
    }

    fn new_object(&mut self, e: &Expr, value: &Expr, dst: Option<Place>) {
        let mark = self.mark();
        let held = self.operand(value, true);
        let value_ty = value.ty;
        let dst = match dst {
            Some(dst) => dst,
            None => crate::ice!("new without a place"),
        };
        self.at(e.site);
        self.runtime(
            Some(dst.clone()),
            Entry::cowl_object_new,
            vec![Arg::Desc(value_ty), Arg::SourceSite],
        );
        let addr = self.addr(value_ty);
        self.b.assign(addr, Rvalue::AddrOf(dst.with(Proj::Deref)));
        let value = self.take(&held);
        self.b.assign(addr, Rvalue::Use(value));
        self.end_op(mark);
    }

    fn if_(&mut self, arms: &[(Expr, HirBlock)], else_: Option<&HirBlock>, dst: Option<Place>) {
        let done = self.b.block();
        for (cond, body) in arms {
            let (yes, no) = (self.b.block(), self.b.block());
            self.branch_on(cond, yes, no, yes);
            self.block(body, dst.clone());
            self.b.goto(done, no);
        }
        if let Some(body) = else_ {
            self.block(body, dst);
        }
        self.b.goto(done, done);
    }

    pub(super) fn stmts(&mut self, b: &HirBlock) {
        for s in &b.stmts {
            self.stmt(s);
        }
    }

    pub(super) fn block(&mut self, b: &HirBlock, dst: Option<Place>) {
        self.stmts(b);
        if let Some(value) = &b.value {
            match dst {
                Some(dst) => self.into(value, dst),
                None => self.effect(value),
            }
        }
    }

    fn stmt(&mut self, s: &HirStmt) {
        match s {
            HirStmt::Expr(e) => self.effect(e),
            HirStmt::Let { local, value } => {
                let place = self.place_of(*local);
                self.into(value, place);
            }
            HirStmt::Destructure {
                scrutinee,
                mode,
                pat,
                else_,
                site,
            } => self.destructure(scrutinee, *mode, pat, else_.as_ref(), *site),
            HirStmt::Release(paths) => self.release_paths(paths),
        }
    }
}
