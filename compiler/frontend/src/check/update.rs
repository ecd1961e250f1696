//! Changes of places: assignment, `op=`, `place.m!(args)`, and updaters used as pure methods.

use super::call::Sig;
use super::method::Found;
use super::*;
use ast::AssignOp;
use cowl_contract::builtins::Class;

impl Cx<'_, '_> {
    /// The place behind an expression, ready to be changed; reports why it cannot be.
    fn place_to_change(&mut self, target: Expr, span: Span, assign: bool) -> Option<Place> {
        if target.ty == Types::ERROR {
            return None;
        }
        let ExprKind::Read(mut place, Mode::Undecided) = target.kind else {
            let help = match &target.kind {
                ExprKind::Builtin {
                    op: Builtin::CharAt,
                    ..
                } => {
                    "the characters of a string cannot be assigned: make a new string of its parts"
                }
                ExprKind::Builtin {
                    op: Builtin::Slice | Builtin::SliceFrom,
                    ..
                } => {
                    "a slice is a value of its own: change the whole with `splice!`, or element by element"
                }
                _ => "bind it to a `var` first",
            };
            self.report(errors::not_a_place(span).help(help));
            return None;
        };
        let through_pointer = place
            .projs
            .iter()
            .any(|p| matches!(p.kind, ProjKind::Deref));
        match &place.root {
            Root::Temp(_) if !through_pointer => {
                self.report(errors::not_a_place(span));
                return None;
            }
            Root::Temp(_) => {}
            Root::Local(local) if !through_pointer => {
                let local = *local;
                let frame = self.frame();
                let mutable = frame.mutable.contains(&local);
                let info = frame.locals[local.index()].clone();
                let whole = place.projs.is_empty();
                // `let x: T` may be given its value later.
                let first = assign && whole && info.once;
                if !(mutable || first) {
                    let name = info.name.clone().unwrap_or_default();
                    let declared = self.ck.sites.span(info.site);
                    let is_self = &*name == "self";
                    let param = self.frames.len() == 1
                        && self
                            .ck
                            .defs
                            .func(self.def)
                            .params
                            .iter()
                            .any(|p| p.name == name);
                    self.report(errors::immutable(span, &name, declared, is_self, param));
                    // Once is enough.
                    self.frame().mutable.insert(local);
                    if is_self {
                        let def = self.def;
                        self.ck.want_var_self.insert(def);
                    }
                    return None;
                }
            }
            Root::Capture(_) if !through_pointer => {
                self.report(errors::captured(span));
                return None;
            }
            Root::Global(_) if !through_pointer => {
                self.report(errors::constant(span));
                return None;
            }
            _ => {}
        }
        // The key of a Map is kept where the update inserts it.
        let mut container = place.root_ty;
        for i in 0..place.projs.len() {
            let is_map = matches!(self.data(container), TyData::Map(..));
            let proj = &mut place.projs[i];
            if let ProjKind::Index { index, .. } = &mut proj.kind
                && is_map
                && let ExprKind::Read(_, mode @ Mode::Look) = &mut index.kind
            {
                *mode = Mode::Undecided;
            }
            container = proj.ty;
        }
        // A pointer that is no variable is held until the change is done.
        if let Root::Temp(value) = place.root {
            let span = self.ck.sites.span(value.site);
            let ty = value.ty;
            let local = self.temp(ty, span);
            self.pending_temps.push(Stmt::Let {
                local,
                value: *value,
            });
            place.root = Root::Local(local);
        }
        Some(place)
    }

    fn event(&mut self, span: Span) -> Option<SiteId> {
        if self.is_std {
            None
        } else {
            Some(self.site(span))
        }
    }

    /// An update as an expression, after the statements that its place needed.
    fn finish_update(
        &mut self,
        place: Place,
        change: Change,
        ty: Ty,
        event_span: Span,
        temps: Vec<Stmt>,
    ) -> Expr {
        let event = self.event(event_span);
        let update = Update {
            place,
            change,
            event,
        };
        let e = self.mk(ExprKind::Update(Box::new(update)), ty, event_span);
        self.block_of(temps, e)
    }

    pub(super) fn assign(
        &mut self,
        target: &ast::Expr,
        op: AssignOp,
        op_span: Span,
        value: &ast::Expr,
        span: Span,
    ) -> Vec<Stmt> {
        if let ast::ExprKind::Tuple(targets) = &target.kind {
            return self.assign_tuple(targets, op, op_span, value, span);
        }
        if let ast::ExprKind::Name { name, .. } = &target.kind
            && self.is_unknown(name)
        {
            self.unknown(name, true);
            self.operand_of_error(value);
            // Later uses of it are no other mistake.
            self.declare(&name.text, Types::ERROR, true, name.span);
            return Vec::new();
        }
        let place_expr = self.expr(target, None);
        let ty = place_expr.ty;
        let place = self.place_to_change(place_expr, target.span, true);
        let temps = std::mem::take(&mut self.pending_temps);
        let Some(place) = place else {
            let wish = if self.has_error(ty) { None } else { Some(ty) };
            self.expr(value, wish);
            return Vec::new();
        };
        match op {
            AssignOp::Set | AssignOp::SetSole => {
                self.lint_element(target, value, ty);
                let mut value = self.expr_to(value, ty);
                if op == AssignOp::SetSole {
                    value = self.sole(value, op_span);
                }
                let change = Change::Set {
                    value,
                    displaced: true,
                };
                vec![Stmt::Expr(self.finish_update(
                    place,
                    change,
                    Types::UNIT,
                    op_span,
                    temps,
                ))]
            }
            AssignOp::Op(op) => self.assign_op(place, ty, op, op_span, value, temps),
        }
    }

    fn assign_op(
        &mut self,
        place: Place,
        ty: Ty,
        op: ast::BinOp,
        op_span: Span,
        value: &ast::Expr,
        temps: Vec<Stmt>,
    ) -> Vec<Stmt> {
        let Some(bin) = super::binary::arithmetic(op) else {
            return Vec::new();
        };
        let shift = matches!(bin, BinOp::Shl | BinOp::Shr);
        if self.is_number(ty) {
            let right = self.expr(value, if shift { None } else { Some(ty) });
            let spans = (op_span, value.span);
            if shift && !self.is_integer(right.ty) && !self.has_error(right.ty) {
                let shown = self.show(right.ty);
                self.report(errors::shift_count(value.span, &shown));
                return Vec::new();
            }
            if !self.arithmetic_fits(bin, ty, right.ty, op_span, spans) {
                return Vec::new();
            }
            let change = Change::Arith {
                op: bin,
                value: right,
            };
            return vec![Stmt::Expr(self.finish_update(
                place,
                change,
                Types::UNIT,
                op_span,
                temps,
            ))];
        }
        let targs = match self.data(ty) {
            TyData::List(t) | TyData::Array(t) => Some(vec![t]),
            TyData::Str => Some(Vec::new()),
            _ => None,
        };
        let right = self.expr(value, Some(ty));
        let (Some(targs), BinOp::Add) = (targs, bin) else {
            if !self.has_error(ty) && !self.has_error(right.ty) {
                let shown = self.show(ty);
                let text = bin.symbol();
                self.report(errors::no_operator(
                    op_span,
                    &format!("{text}="),
                    &shown,
                    None,
                ));
            }
            return Vec::new();
        };
        let right = self.concat_operand(right, ty, value.span);
        let right = self.look(right);
        let change = Change::Builtin {
            op: Builtin::Concat,
            targs,
            args: vec![right],
        };
        vec![Stmt::Expr(self.finish_update(
            place,
            change,
            Types::UNIT,
            op_span,
            temps,
        ))]
    }

    /// `(a, b) = (b, a)`: every part of the right side first, then the stores left to right.
    fn assign_tuple(
        &mut self,
        targets: &[ast::Expr],
        op: AssignOp,
        op_span: Span,
        value: &ast::Expr,
        span: Span,
    ) -> Vec<Stmt> {
        if op != AssignOp::Set {
            self.report(errors::tuple_assignment(op_span));
            return Vec::new();
        }
        let mut stmts = Vec::new();
        let mut places = Vec::new();
        let mut tys = Vec::new();
        for target in targets {
            if matches!(&target.kind, ast::ExprKind::Name { name, .. } if &*name.text == "_") {
                places.push(None);
                tys.push(self.fresh());
                continue;
            }
            let e = self.expr(target, None);
            tys.push(e.ty);
            let mut place = self.place_to_change(e, target.span, true);
            stmts.append(&mut self.pending_temps);
            // Indices are fixed before the right side runs.
            if let Some(place) = &mut place {
                self.fix_indices(place, &mut stmts);
            }
            places.push(place);
        }
        let ty = self.ck.types.tuple(&tys);
        let value = self.expr_to(value, ty);
        if self.has_error(value.ty) {
            return stmts;
        }
        let parts: Vec<LocalId> = match value.kind {
            ExprKind::Tuple(parts) if parts.len() == targets.len() => parts
                .into_iter()
                .map(|p| self.spill(p, &mut stmts))
                .collect(),
            _ => {
                let scrutinee = self.scrutinee(value, &mut stmts);
                let locals: Vec<LocalId> = tys.iter().map(|&t| self.temp(t, op_span)).collect();
                let pat = Pat::Fields(locals.iter().map(|&l| control::bind(l)).collect());
                let site = self.site(op_span);
                let mode = MatchMode::Undecided;
                stmts.push(Stmt::Destructure {
                    scrutinee,
                    mode,
                    pat,
                    else_: None,
                    site,
                });
                locals
            }
        };
        for (place, part) in places.into_iter().zip(parts) {
            let Some(place) = place else { continue };
            let value = self.read_local(part, span);
            let change = Change::Set {
                value,
                displaced: true,
            };
            let e = self.finish_update(place, change, Types::UNIT, op_span, Vec::new());
            stmts.push(Stmt::Expr(e));
        }
        stmts
    }

    /// Evaluates a place's indices into temporaries.
    fn fix_indices(&mut self, place: &mut Place, stmts: &mut Vec<Stmt>) {
        for proj in &mut place.projs {
            let ProjKind::Index { index, .. } = &mut proj.kind else {
                continue;
            };
            if matches!(index.kind, ExprKind::Int(_) | ExprKind::Str(_)) {
                continue;
            }
            let span = self.ck.sites.span(index.site);
            let looked = matches!(index.kind, ExprKind::Read(_, Mode::Look));
            let mut value = std::mem::replace(
                &mut **index,
                Expr {
                    kind: ExprKind::Unreachable,
                    ty: Types::ERROR,
                    site: SiteId(0),
                },
            );
            if let ExprKind::Read(_, mode @ Mode::Look) = &mut value.kind {
                *mode = Mode::Undecided;
            }
            let local = self.spill(value, stmts);
            let read = self.read_local(local, span);
            **index = if looked { self.look(read) } else { read };
        }
    }

    // ---- m!

    /// `place.m!(args)`
    pub(super) fn bang_call(
        &mut self,
        recv: Expr,
        recv_span: Span,
        name: &ast::Name,
        written: &[ast::Ty],
        args: &[ast::Arg],
    ) -> Expr {
        if self.has_open_head(recv.ty, name.span) {
            for arg in args {
                self.operand_of_error(&arg.value);
            }
            return self.error(name.span);
        }
        let (recv, found) = match self.find_through(recv, name) {
            Ok(found) => found,
            Err(recv) => {
                for arg in args {
                    self.operand_of_error(&arg.value);
                }
                self.no_method(recv.ty, name, true);
                return self.error(name.span);
            }
        };
        let ty = recv.ty;
        let (def, targs) = Self::found_def(&found);
        let targs = targs.to_vec();
        self.check_visible(def, name);
        let generics = self.ck.defs.func(def).generics.clone();
        self.write_targs(&generics, &targs, written, name.span);
        let sig = self.found_sig(&found);
        if sig.self_kind == Some(SelfKind::Ptr) {
            self.report(errors::bang_on_pointer_method(name.span, &name.text));
            return self.error(name.span);
        }
        let place = self.place_to_change(recv, recv_span, false);
        let temps = std::mem::take(&mut self.pending_temps);
        let apply = self.is_std_apply(def);
        let gives = self.gives(&sig, ty);
        let what = format!("`{}`", sig.name);
        let (stmts, mut args) = match sig.self_kind {
            Some(_) => self.args(&sig.params[1..], args, &what, name.span, &targs),
            None => {
                let shown = self.show(ty);
                self.report(errors::function_of_type(name.span, &name.text, &shown));
                return self.error(name.span);
            }
        };
        let Some((gives, result)) = gives else {
            let shown = self.show(sig.ret);
            let result = self
                .as_result(sig.ret)
                .is_some_and(|(t, _)| self.shallow(t) == self.shallow(ty));
            self.ck.bangs.push((def, name.span));
            self.report(errors::bang_gives_nothing(
                name.span, &name.text, &shown, result,
            ));
            return self.error(name.span);
        };
        let Some(place) = place else {
            return self.error(name.span);
        };
        let mut before = temps;
        before.extend(stmts);
        let change = match found {
            Found::Fn { targs, .. } if sig.intrinsic.is_some() => {
                let op = sig.intrinsic.expect("checked by the guard");
                Change::Builtin { op, targs, args }
            }
            // Every type's own `apply`: the function value itself is the callee.
            Found::Fn { .. } if apply && args.len() == 1 => {
                let callee = args.remove(0);
                let callee = self.look(callee);
                Change::Call {
                    callee: Callee::Value(Box::new(callee)),
                    args: Vec::new(),
                    gives,
                    sole_first: false,
                }
            }
            found => {
                let sole_first = sig.class == Some(Class::Updater);
                Change::Call {
                    callee: Self::found_callee(found),
                    args,
                    gives,
                    sole_first,
                }
            }
        };
        self.finish_update(place, change, result, name.span, before)
    }

    fn is_std_apply(&self, def: FnDefId) -> bool {
        let f = self.ck.defs.func(def);
        &*f.name == "apply" && self.ck.defs.module(f.module).is_std
    }

    /// What an `m!` stores and gives: `Self`, or `(Self, R)`.
    fn gives(&mut self, sig: &Sig, ty: Ty) -> Option<(Gives, Ty)> {
        if sig.self_kind == Some(SelfKind::Var) {
            return Some(match sig.result {
                None => (Gives::Place, Types::UNIT),
                Some(r) => (Gives::PlaceAndResult, r),
            });
        }
        if self.unify(sig.ret, ty) {
            return Some((Gives::Place, Types::UNIT));
        }
        if let TyData::Tuple(parts) = self.data(sig.ret)
            && let [first, result] = *parts
            && self.unify(first, ty)
        {
            return Some((Gives::PlaceAndResult, result));
        }
        None
    }

    /// An updater as a pure method: a temporary takes the receiver, is updated, and moves on.
    pub(super) fn pure_update(
        &mut self,
        def: FnDefId,
        targs: Vec<Ty>,
        sig: &Sig,
        recv: Expr,
        args: Vec<Expr>,
        span: Span,
    ) -> Expr {
        let segment = self.ck.sites.span(recv.site);
        let mut stmts = Vec::new();
        let local = self.spill(recv, &mut stmts);
        let root_ty = self.local_ty(local);
        let site = self.site(segment);
        let place = Place {
            root: Root::Local(local),
            root_ty,
            site,
            projs: Vec::new(),
        };
        let (gives, result) = match sig.result {
            None => (Gives::Place, Types::UNIT),
            Some(r) => (Gives::PlaceAndResult, r),
        };
        let change = match sig.intrinsic {
            Some(op) => Change::Builtin { op, targs, args },
            None => {
                let callee = Callee::Generic { def, targs };
                Change::Call {
                    callee,
                    args,
                    gives,
                    sole_first: true,
                }
            }
        };
        let update = self.finish_update(place, change, result, span, Vec::new());
        let value = match gives {
            Gives::Place => {
                stmts.push(Stmt::Expr(update));
                self.read_local(local, segment)
            }
            Gives::PlaceAndResult => {
                let r = self.spill(update, &mut stmts);
                let parts = vec![self.read_local(local, segment), self.read_local(r, span)];
                self.mk(ExprKind::Tuple(parts), sig.ret, span)
            }
        };
        let mut e = self.block_of(stmts, value);
        e.site = self.site(span);
        e
    }

    // ---- var self

    /// The end of a `var self` method's body: `self`, or `(self, value)`.
    pub(super) fn give_self_back(
        &mut self,
        body: Expr,
        this: LocalId,
        result: Option<Ty>,
        ret: Ty,
    ) -> Expr {
        if self.shallow(body.ty) == Types::NEVER {
            return body;
        }
        let span = self.ck.sites.span(body.site);
        let mut stmts = Vec::new();
        let value = match result {
            None => {
                stmts.push(Stmt::Expr(body));
                self.read_local(this, span)
            }
            Some(_) => {
                let r = self.spill(body, &mut stmts);
                let parts = vec![self.read_local(this, span), self.read_local(r, span)];
                self.mk(ExprKind::Tuple(parts), ret, span)
            }
        };
        self.block_of(stmts, value)
    }

    /// What `return value` gives back in a `var self` method.
    pub(super) fn give_back_on_return(
        &mut self,
        value: Expr,
        span: Span,
        stmts: &mut Vec<Stmt>,
    ) -> Expr {
        let f = self.ck.defs.func(self.def);
        if self.frames.len() != 1 || f.self_kind != Some(SelfKind::Var) {
            return value;
        }
        let (result, ret) = (f.result, f.ret);
        let this = LocalId(0);
        match result {
            None => {
                stmts.push(Stmt::Expr(value));
                self.read_local(this, span)
            }
            Some(_) => {
                let r = self.spill(value, stmts);
                let parts = vec![self.read_local(this, span), self.read_local(r, span)];
                self.mk(ExprKind::Tuple(parts), ret, span)
            }
        }
    }
}
