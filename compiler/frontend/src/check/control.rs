//! Control flow: `match`, loops, leaving (`return`, `raise`, `break`, `continue`), `?`, `??`,
//! `catch`.

use super::block::{Failure, Want};
use super::cond::{stmt_block, value_block};
use super::*;
use ast::{ArmPattern, BinOp as Op};

impl Cx<'_, '_> {
    // ---- match

    /// The place that a match looks at: a path or readable place as it is, else a temporary.
    pub(super) fn scrutinee(&mut self, value: Expr, stmts: &mut Vec<Stmt>) -> Place {
        let span = self.ck.sites.span(value.site);
        match value.kind {
            ExprKind::Read(place, Mode::Undecided) if !matches!(place.root, Root::Temp(_)) => place,
            kind => {
                let (ty, site) = (value.ty, value.site);
                let local = self.temp(ty, span);
                stmts.push(Stmt::Let {
                    local,
                    value: Expr { kind, ty, site },
                });
                Place {
                    root: Root::Local(local),
                    root_ty: ty,
                    site,
                    projs: Vec::new(),
                }
            }
        }
    }

    pub(super) fn match_expr(
        &mut self,
        value: &ast::Expr,
        arms: &[ast::Arm],
        want: Want,
        span: Span,
    ) -> Expr {
        let value_span = value.span;
        let value = self.expr(value, None);
        let value_ty = value.ty;
        if let TyData::Ptr(_) = self.data(value_ty)
            && arms
                .iter()
                .any(|a| matches!(&a.pattern, ArmPattern::Pattern(p) if destructures(p)))
        {
            let shown = self.show(value_ty);
            self.report(errors::match_on_pointer(value_span, &shown));
            return self.error(span);
        }
        let mut stmts = Vec::new();
        let scrutinee = self.scrutinee(value, &mut stmts);
        let mut out = Vec::with_capacity(arms.len());
        let mut pending = Vec::with_capacity(arms.len());
        let mut join: Option<Ty> = None;
        let mut all_diverge = true;
        let mut broken = false;
        for arm in arms {
            let scope_depth = self.frame().scopes.len();
            self.frame().scopes.push(Scope::default());
            let mut binder = pattern::Binder::new(false);
            let errors = self.ck.problems.errors();
            let (pat, pat_span) = match &arm.pattern {
                ArmPattern::Pattern(p) => (self.pattern(p, value_ty, &mut binder), p.span),
                ArmPattern::Typed { name, ty } => {
                    let pat = self.typed_pattern(name, ty, value_ty, &mut binder);
                    (pat, name.span.to(ty.span))
                }
            };
            broken |= self.ck.problems.errors() > errors;
            self.declare_bindings(&binder);
            let guard = arm.guard.as_ref().map(|g| self.condition(g));
            pending.push(exhaust::PendingArm {
                pat: pat.clone(),
                span: pat_span,
                guarded: guard.is_some(),
            });
            let body = self.arm_body(&arm.body, want, &mut join);
            all_diverge &= self.shallow(body.ty) == Types::NEVER;
            let scope = self.frame().scopes.pop().expect("the arm's scope");
            debug_assert_eq!(self.frame().scopes.len(), scope_depth);
            let body = self.wrap_declares(body, scope.declares);
            out.push(Arm {
                pat,
                guard,
                release: Vec::new(),
                body,
            });
        }
        // What a wrong pattern would cover is not known.
        if !broken {
            self.matches.push(exhaust::Pending {
                ty: value_ty,
                arms: pending,
                span: value_span,
                purpose: exhaust::Purpose::Match,
            });
        }
        let ty = match want {
            Want::Nothing if all_diverge && !arms.is_empty() => Types::NEVER,
            Want::Nothing => Types::UNIT,
            // A match on a type without values.
            Want::Value(_) => join.unwrap_or(Types::NEVER),
        };
        let m = Match {
            scrutinee,
            mode: MatchMode::Undecided,
            arms: out,
        };
        let e = self.mk(ExprKind::Match(Box::new(m)), ty, span);
        self.block_of(stmts, e)
    }

    fn arm_body(&mut self, body: &ast::Expr, want: Want, join: &mut Option<Ty>) -> Expr {
        match want {
            Want::Nothing => {
                let e = self.discard(body);
                *join = Some(Types::UNIT);
                e
            }
            Want::Value(expected) => {
                let hint = expected.or(join.filter(|&t| self.shallow(t) != Types::NEVER));
                let e = match hint {
                    Some(ty) => self.expr_to(body, ty),
                    None => self.expr(body, None),
                };
                *join = Some(match hint {
                    Some(ty) if self.shallow(e.ty) != Types::NEVER => ty,
                    _ => self.join(*join, e.ty),
                });
                e
            }
        }
    }

    // ---- loops

    pub(super) fn enter_loop(&mut self, name: Option<&ast::Name>, value: Option<Ty>) -> LoopId {
        let label = self.new_loop();
        let frame = self.frame();
        let scope_depth = frame.scopes.len();
        let in_defer = frame.in_defer;
        frame.loops.push(LoopFrame {
            name: name.map(|n| n.text.clone()),
            label,
            value,
            broken: false,
            scope_depth,
            in_defer,
        });
        label
    }

    pub(super) fn leave_loop(&mut self) -> LoopFrame {
        self.frame().loops.pop().expect("the loop entered before")
    }

    pub(super) fn loop_expr(
        &mut self,
        name: Option<&ast::Name>,
        body: &ast::Block,
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        let ty = expected.unwrap_or_else(|| self.fresh());
        let label = self.enter_loop(name, Some(ty));
        let (body, _) = self.block(body, Want::Nothing);
        let frame = self.leave_loop();
        let ty = if frame.broken { ty } else { Types::NEVER };
        self.mk(ExprKind::Loop { label, body }, ty, span)
    }

    pub(super) fn while_loop(
        &mut self,
        name: Option<&ast::Name>,
        cond: &[ast::Clause],
        body: &ast::Block,
        span: Span,
    ) -> Expr {
        let label = self.enter_loop(name, None);
        let plain = cond.iter().all(|c| matches!(c, ast::Clause::Expr(_)));
        let stop = |cx: &mut Self| {
            cx.mk(
                ExprKind::Break {
                    label,
                    value: None,
                    release: Vec::new(),
                },
                Types::NEVER,
                span,
            )
        };
        let body = if plain {
            let conds: Vec<&ast::Expr> = cond
                .iter()
                .filter_map(|c| match c {
                    ast::Clause::Expr(e) => Some(e),
                    ast::Clause::Let { .. } => None,
                })
                .collect();
            let mut checked = self.condition(conds[0]);
            for e in &conds[1..] {
                let next = self.condition(e);
                let not_site = checked.site;
                let not = Expr {
                    kind: ExprKind::Unary(UnOp::Not, Box::new(checked)),
                    ty: Types::BOOL,
                    site: not_site,
                };
                let no = self.mk(ExprKind::Bool(false), Types::BOOL, span);
                let kind = ExprKind::If {
                    arms: vec![(not, value_block(no))],
                    else_: Some(value_block(next)),
                };
                checked = self.mk(kind, Types::BOOL, span);
            }
            let (block, _) = self.block(body, Want::Nothing);
            let stop = stop(self);
            let kind = ExprKind::If {
                arms: vec![(checked, block)],
                else_: Some(stmt_block(stop)),
            };
            let e = self.mk(kind, Types::UNIT, span);
            stmt_block(e)
        } else {
            let guarded = self.guarded(cond, span, |cx| {
                let (block, ty) = cx.block(body, Want::Nothing);
                let run = cx.mk(ExprKind::Block(block), ty, span);
                let next = cx.mk(
                    ExprKind::Continue {
                        label,
                        release: Vec::new(),
                    },
                    Types::NEVER,
                    span,
                );
                cx.block_of(vec![Stmt::Expr(run)], next)
            });
            let stop = stop(self);
            Block {
                stmts: vec![guarded, Stmt::Expr(stop)],
                value: None,
                declares: Vec::new(),
            }
        };
        self.leave_loop();
        self.mk(ExprKind::Loop { label, body }, Types::UNIT, span)
    }

    /// `for pattern in seq { body }`; ranges count without building anything.
    pub(super) fn for_loop(
        &mut self,
        name: Option<&ast::Name>,
        pattern: &ast::Pattern,
        seq: &ast::Expr,
        span: Span,
        body: &mut dyn FnMut(&mut Self) -> Block,
    ) -> Expr {
        if let Some(range) = RangeHead::of(seq) {
            return self.for_range(name, pattern, range, span, body);
        }
        // A range that is a value: its numbers, also by steps or backwards.
        let mut seq_expr = match self.turned(seq) {
            Some((base, before, last)) => {
                let receiver = self.postfix(base, before, None);
                if self.leads_to_range(receiver.ty) {
                    let range = self.without_pointers(receiver, seq.span);
                    let order = Order::of(last);
                    return self.for_range_value(name, pattern, range, order, seq.span, span, body);
                }
                let so_far = before.iter().fold(base.span, |s, op| s.to(op.span));
                // A method of objects wants the pointer.
                self.postfix_op(receiver, last, so_far, None)
            }
            None => self.expr(seq, None),
        };
        seq_expr = self.without_pointers(seq_expr, seq.span);
        if self.leads_to_range(seq_expr.ty) {
            let order = Order::default();
            return self.for_range_value(name, pattern, seq_expr, order, seq.span, span, body);
        }
        seq_expr = self.queue_as_list(seq_expr, seq.span);
        let Some(item_ty) = self.element_of(seq_expr.ty, seq.span) else {
            // The body is checked all the same, with a variable of unknown type.
            self.enter_loop(name, None);
            self.scoped(|cx| {
                let mut binder = pattern::Binder::new(false);
                cx.pattern(pattern, Types::ERROR, &mut binder);
                cx.declare_bindings(&binder);
                (body(cx), Types::UNIT)
            });
            self.leave_loop();
            return Expr {
                ty: Types::UNIT,
                ..self.error(span)
            };
        };
        let (label, item, body) = self.loop_body(name, pattern, item_ty, body);
        let kind = ExprKind::ForEach {
            label,
            seq: Box::new(seq_expr),
            item,
            body,
            release: Vec::new(),
        };
        self.mk(kind, Types::UNIT, span)
    }

    /// What a loop over items of a type does each turn, with its label and its variable.
    fn loop_body(
        &mut self,
        name: Option<&ast::Name>,
        pattern: &ast::Pattern,
        ty: Ty,
        body: &mut dyn FnMut(&mut Self) -> Block,
    ) -> (LoopId, LocalId, Block) {
        let label = self.enter_loop(name, None);
        let mut item = LocalId(0);
        let (block, _) = self.scoped(|cx| {
            let (local, first) = cx.loop_item(pattern, ty);
            item = local;
            let mut block = body(cx);
            block.stmts.splice(0..0, first);
            (block, Types::UNIT)
        });
        self.leave_loop();
        (label, item, block)
    }

    /// The loop's variable and, for a pattern, the statement that takes it apart.
    fn loop_item(&mut self, pattern: &ast::Pattern, ty: Ty) -> (LocalId, Option<Stmt>) {
        match &pattern.kind {
            ast::PatternKind::Name(name) if !self.names_constant_or_variant(name, Some(ty)) => {
                (self.declare(&name.text, ty, false, name.span), None)
            }
            ast::PatternKind::Wild => (self.temp(ty, pattern.span), None),
            _ => {
                let local = self.temp(ty, pattern.span);
                let site = self.site(pattern.span);
                let root_ty = ty;
                let scrutinee = Place {
                    root: Root::Local(local),
                    root_ty,
                    site,
                    projs: Vec::new(),
                };
                let mut binder = pattern::Binder::new(false);
                let pat = self.pattern(pattern, ty, &mut binder);
                self.declare_bindings(&binder);
                self.matches.push(exhaust::Pending::single(
                    ty,
                    &pat,
                    pattern.span,
                    exhaust::Purpose::Let,
                ));
                let mode = MatchMode::Undecided;
                (
                    local,
                    Some(Stmt::Destructure {
                        scrutinee,
                        mode,
                        pat,
                        else_: None,
                        site,
                    }),
                )
            }
        }
    }

    fn for_range(
        &mut self,
        name: Option<&ast::Name>,
        pattern: &ast::Pattern,
        range: RangeHead,
        span: Span,
        body: &mut dyn FnMut(&mut Self) -> Block,
    ) -> Expr {
        let (start, end) = match range.end {
            Some(end) => {
                let (start, end) = self.range_bounds(range.start, end, None, range.span);
                (start, Some(end))
            }
            None => (self.expr(range.start, None), None),
        };
        let step = range.order.step.map(|e| self.expr_to(e, Types::INT));
        let ty = self.shallow(start.ty);
        if !self.is_integer(ty) && ty != Types::CHAR && !self.has_error(ty) {
            let shown = self.show(ty);
            self.report(errors::range_items(range.span, &shown));
        }
        let counted = Counted {
            start,
            end,
            inclusive: range.inclusive,
            reverse: range.order.reverse,
            step,
        };
        self.counting_loop(name, pattern, counted, span, body)
    }

    fn counting_loop(
        &mut self,
        name: Option<&ast::Name>,
        pattern: &ast::Pattern,
        counted: Counted,
        span: Span,
        body: &mut dyn FnMut(&mut Self) -> Block,
    ) -> Expr {
        let ty = self.shallow(counted.start.ty);
        let (label, item, body) = self.loop_body(name, pattern, ty, body);
        let f = ForRange {
            label,
            item,
            start: counted.start,
            end: counted.end,
            inclusive: counted.inclusive,
            reverse: counted.reverse,
            step: counted.step,
            body,
            release: Vec::new(),
        };
        self.mk(ExprKind::ForRange(Box::new(f)), Types::UNIT, span)
    }

    /// `for i in r`, `r.reverse()` or `r.step(k)` with a range in a variable, whose kind is known only
    /// when it runs: a loop from the first to the last of `r.bounds()`.
    #[allow(clippy::too_many_arguments)] // As the loop is written.
    fn for_range_value(
        &mut self,
        name: Option<&ast::Name>,
        pattern: &ast::Pattern,
        range: Expr,
        order: Order,
        at: Span,
        span: Span,
        body: &mut dyn FnMut(&mut Self) -> Block,
    ) -> Expr {
        let TyData::Adt(_, args) = self.data(range.ty) else {
            return self.error(span);
        };
        let ty = self.shallow(args[0]);
        if !self.is_integer(ty) {
            if !self.has_error(ty) {
                let shown = self.show(ty);
                self.report(errors::range_items(at, &shown));
            }
            return self.error(span);
        }
        let mut stmts = Vec::new();
        let bounds = self.call_method_with(range, "bounds", Vec::new(), at);
        let bounds = self.spill(bounds, &mut stmts);
        let step = order.step.map(|e| self.expr_to(e, Types::INT));
        let part = |cx: &mut Self, i: u32| {
            let base = cx.read_local(bounds, at);
            cx.project(base, ProjKind::Field(i), ty, at)
        };
        let (first, last) = (part(self, 0), part(self, 1));
        let counted = Counted {
            start: first,
            end: Some(last),
            inclusive: true,
            reverse: order.reverse,
            step,
        };
        let counted = self.counting_loop(name, pattern, counted, span, body);
        stmts.push(Stmt::Expr(counted));
        let unit = self.unit(span);
        self.block_of(stmts, unit)
    }

    /// A chain that ends in `.reverse()` or `.step(k)` on something that is a value for sure: its
    /// base, the operations before and this last one.
    fn turned<'e>(
        &mut self,
        seq: &'e ast::Expr,
    ) -> Option<(&'e ast::Expr, &'e [ast::Postfix], &'e ast::Postfix)> {
        let ast::ExprKind::Postfix(base, ops) = &seq.kind else {
            return None;
        };
        let (last, before) = ops.split_last()?;
        let order = Order::of(last);
        if order.is_plain() {
            return None;
        }
        if let ast::ExprKind::Name { name, .. } = &base.kind {
            self.lookup_var(&name.text, name.span)?;
        }
        Some((base, before, last))
    }

    fn without_pointers(&mut self, mut e: Expr, span: Span) -> Expr {
        while let TyData::Ptr(t) = self.data(e.ty) {
            e = self.project(e, ProjKind::Deref, t, span);
        }
        e
    }

    /// A range, or a pointer to one.
    fn leads_to_range(&mut self, mut ty: Ty) -> bool {
        while let TyData::Ptr(t) = self.data(ty) {
            ty = t;
        }
        matches!(self.data(ty), TyData::Adt(id, _) if Some(id) == self.ck.defs.lang.range)
    }

    /// A Heap's or Deque's elements in their order; anything else as it is.
    pub(super) fn queue_as_list(&mut self, seq: Expr, span: Span) -> Expr {
        match self.queue(seq.ty) {
            Some(_) => self.call_method_with(seq, "to_list", Vec::new(), span),
            None => seq,
        }
    }

    /// For a Heap or Deque: which of them, and its element.
    pub(super) fn queue(&mut self, ty: Ty) -> Option<(Lang, Ty)> {
        let TyData::Adt(id, args) = self.data(ty) else {
            return None;
        };
        let lang = self.ck.defs.adt(id).lang.filter(|l| l.is_queue())?;
        Some((lang, *args.first()?))
    }

    /// What a `for` over this type gives each turn.
    pub(super) fn element_of(&mut self, ty: Ty, span: Span) -> Option<Ty> {
        match self.data(ty) {
            TyData::List(t) | TyData::Array(t) | TyData::Set(t) => Some(t),
            TyData::Map(k, v) => Some(self.ck.types.tuple(&[k, v])),
            TyData::Str => Some(Types::CHAR),
            TyData::Error => None,
            TyData::Infer(_) => {
                self.unknown_here(span);
                None
            }
            _ => {
                let help = if self.as_option(ty).is_some() {
                    Some("it may be none: `if let some(x) = …`".to_string())
                } else if self.is_integer(ty) {
                    Some("count with a range: `0..n`".to_string())
                } else {
                    None
                };
                let shown = self.show(ty);
                self.report(errors::not_iterable(span, &shown, help));
                None
            }
        }
    }

    fn find_loop(&mut self, label: Option<&ast::Name>, word: &str, span: Span) -> Option<usize> {
        let in_defer = self.frame().in_defer;
        let frame = self.frame();
        let found = match label {
            None => frame.loops.len().checked_sub(1),
            Some(name) => frame
                .loops
                .iter()
                .rposition(|l| l.name.as_ref() == Some(&name.text)),
        };
        let Some(i) = found else {
            self.report(match label {
                None => errors::outside_loop(span, word),
                Some(name) => errors::unknown_label(name.span, &name.text),
            });
            return None;
        };
        if in_defer && !self.frame().loops[i].in_defer {
            self.report(errors::leaves_defer(span, word));
            return None;
        }
        Some(i)
    }

    pub(super) fn break_expr(
        &mut self,
        label: Option<&ast::Name>,
        value: Option<&ast::Expr>,
        span: Span,
    ) -> Expr {
        let Some(i) = self.find_loop(label, "break", span) else {
            if let Some(value) = value {
                self.expr(value, None);
            }
            return Expr {
                ty: Types::NEVER,
                ..self.error(span)
            };
        };
        let (loop_id, gives, depth) = {
            let l = &mut self.frame().loops[i];
            l.broken = true;
            (l.label, l.value, l.scope_depth)
        };
        let value = match (value, gives) {
            (Some(e), Some(ty)) => Some(self.expr_to(e, ty)),
            (None, Some(ty)) => {
                let unit = self.unit(span);
                Some(self.coerce(unit, ty, span))
            }
            (Some(e), None) => {
                self.expr(e, None);
                self.report(errors::break_value(e.span));
                None
            }
            (None, None) => None,
        };
        let mut stmts = Vec::new();
        let value = self.with_deferred(value, depth, Failure::No, &mut stmts, span);
        let kind = ExprKind::Break {
            label: loop_id,
            value: value.map(Box::new),
            release: Vec::new(),
        };
        let e = self.mk(kind, Types::NEVER, span);
        self.block_of(stmts, e)
    }

    pub(super) fn continue_expr(&mut self, label: Option<&ast::Name>, span: Span) -> Expr {
        let Some(i) = self.find_loop(label, "continue", span) else {
            return Expr {
                ty: Types::NEVER,
                ..self.error(span)
            };
        };
        let (label, depth) = {
            let l = &self.frame().loops[i];
            (l.label, l.scope_depth)
        };
        let deferred = self.deferred_from(depth);
        let stmts = self.deferred_stmts(deferred, Failure::No, None, span);
        let e = self.mk(
            ExprKind::Continue {
                label,
                release: Vec::new(),
            },
            Types::NEVER,
            span,
        );
        self.block_of(stmts, e)
    }

    /// Puts what is deferred from `depth` inwards between a leaving value and the leaving.
    fn with_deferred(
        &mut self,
        value: Option<Expr>,
        depth: usize,
        failure: Failure,
        stmts: &mut Vec<Stmt>,
        span: Span,
    ) -> Option<Expr> {
        let deferred = self.deferred_from(depth);
        if deferred.is_empty() {
            return value;
        }
        match value {
            Some(value) if self.shallow(value.ty) != Types::NEVER => {
                let local = self.spill(value, stmts);
                stmts.extend(self.deferred_stmts(deferred, failure, Some(local), span));
                Some(self.read_local(local, span))
            }
            value => {
                stmts.extend(self.deferred_stmts(deferred, Failure::No, None, span));
                value
            }
        }
    }

    // ---- leaving the function

    pub(super) fn return_expr(&mut self, value: Option<&ast::Expr>, span: Span) -> Expr {
        let ret = self.frame().ret;
        let value = match value {
            Some(e) => self.expr_to(e, ret),
            None => {
                let unit = self.unit(span);
                let fits = self.shallow(ret) == Types::UNIT
                    || matches!(self.data(ret), TyData::Infer(_))
                    || self
                        .as_result(ret)
                        .is_some_and(|r| self.shallow(r.0) == Types::UNIT);
                if fits {
                    self.coerce(unit, ret, span)
                } else {
                    let shown = self.show(ret);
                    self.report(errors::return_without_value(span, &shown));
                    Expr { ty: ret, ..unit }
                }
            }
        };
        self.leave_with(value, Failure::IfValue, span)
    }

    /// Returns a value after running everything deferred.
    pub(super) fn leave_with(&mut self, value: Expr, failure: Failure, span: Span) -> Expr {
        if self.frame().in_defer {
            self.report(errors::leaves_defer(span, "return"));
            return Expr {
                ty: Types::NEVER,
                ..self.error(span)
            };
        }
        let mut stmts = Vec::new();
        let value = self.with_deferred(Some(value), 0, failure, &mut stmts, span);
        let value = value.expect("a value went in");
        let value = self.give_back_on_return(value, span, &mut stmts);
        let kind = ExprKind::Return {
            value: Box::new(value),
            release: Vec::new(),
        };
        let e = self.mk(kind, Types::NEVER, span);
        self.block_of(stmts, e)
    }

    pub(super) fn raise(&mut self, e: &ast::Expr, span: Span) -> Expr {
        let ret = self.frame().ret;
        let Some((_, want)) = self.as_result(ret) else {
            self.expr(e, None);
            let shown = self.show(ret);
            self.report(errors::raise_without_result(span, &shown));
            return Expr {
                ty: Types::NEVER,
                ..self.error(span)
            };
        };
        let expected = match self.data(want) {
            TyData::Adt(id, _) if Some(id) == self.ck.defs.lang.error => None,
            _ => Some(want),
        };
        let value = self.expr(e, expected);
        let value = self.convert_error(value, want, e.span);
        let value = self.result_variant(ret, 1, value);
        self.leave_with(value, Failure::Yes, span)
    }

    /// An error as the function's own error type: equal, `Error` over anything that prints, `From`.
    pub(super) fn convert_error(&mut self, value: Expr, want: Ty, span: Span) -> Expr {
        if self.has_error(value.ty) || self.unify(value.ty, want) {
            return value;
        }
        match self.data(want) {
            TyData::Adt(id, _) if Some(id) == self.ck.defs.lang.error => self.error_of(value, span),
            _ => self.by_from(value, want, span),
        }
    }

    /// `Error(value)`: boxes anything with `Show`.
    pub(super) fn error_of(&mut self, value: Expr, span: Span) -> Expr {
        let lang = self.ck.defs.lang;
        let (Some(error), Some(show)) = (lang.error, lang.show) else {
            return self.error(span);
        };
        let any = self.ck.types.intern(TyData::Any(show, Box::new([])));
        let ty = self.ck.types.intern(TyData::Adt(error, Box::new([])));
        let what = self.make_any(value, any, show, &[], span);
        self.mk(ExprKind::Struct(vec![what]), ty, span)
    }

    // ---- ? ?? catch

    /// `e?`
    pub(super) fn try_op(&mut self, value: Expr, span: Span) -> Expr {
        if self.has_error(value.ty) {
            return self.error(span);
        }
        let ret = self.frame().ret;
        if self.frame().in_defer {
            self.report(errors::leaves_defer(span, "?"));
            return self.error(span);
        }
        let mut stmts = Vec::new();
        if let Some(inner) = self.as_option(value.ty) {
            let returned = match self.as_option(ret) {
                Some(t) => t,
                None if matches!(self.data(ret), TyData::Infer(_)) => {
                    let t = self.fresh();
                    let option = self.option_of(t);
                    self.unify(ret, option);
                    t
                }
                None => {
                    let shown = self.show(ret);
                    let result = self.as_result(ret).is_some();
                    self.report(errors::try_needs(span, "none", &shown, result));
                    return self.error(span);
                }
            };
            let scrutinee = self.scrutinee(value, &mut stmts);
            let x = self.temp(inner, span);
            let good = self.read_local(x, span);
            let none = self.none(returned, span);
            let leave = self.leave_with(none, Failure::Yes, span);
            let arms = vec![
                plain_arm(
                    Pat::Variant {
                        variant: 1,
                        fields: vec![bind(x)],
                    },
                    good,
                ),
                plain_arm(
                    Pat::Variant {
                        variant: 0,
                        fields: Vec::new(),
                    },
                    leave,
                ),
            ];
            return self.two_way(scrutinee, arms, inner, stmts, span);
        }
        if let Some((ok, err)) = self.as_result(value.ty) {
            let want = match self.as_result(ret) {
                Some((_, e)) => e,
                None if matches!(self.data(ret), TyData::Infer(_)) => {
                    let t = self.fresh();
                    let result = self.result_of(t, err);
                    self.unify(ret, result);
                    err
                }
                None => {
                    let shown = self.show(ret);
                    self.report(errors::try_needs(span, "an error", &shown, false));
                    return self.error(span);
                }
            };
            let scrutinee = self.scrutinee(value, &mut stmts);
            let (x, e) = (self.temp(ok, span), self.temp(err, span));
            let good = self.read_local(x, span);
            let failed = self.read_local(e, span);
            let failed = self.convert_error(failed, want, span);
            let failed = self.result_variant(ret, 1, failed);
            let leave = self.leave_with(failed, Failure::Yes, span);
            let arms = vec![
                plain_arm(
                    Pat::Variant {
                        variant: 0,
                        fields: vec![bind(x)],
                    },
                    good,
                ),
                plain_arm(
                    Pat::Variant {
                        variant: 1,
                        fields: vec![bind(e)],
                    },
                    leave,
                ),
            ];
            return self.two_way(scrutinee, arms, ok, stmts, span);
        }
        let shown = self.show(value.ty);
        self.report(errors::try_on(span, &shown));
        self.error(span)
    }

    fn two_way(
        &mut self,
        scrutinee: Place,
        arms: Vec<Arm>,
        ty: Ty,
        stmts: Vec<Stmt>,
        span: Span,
    ) -> Expr {
        let m = Match {
            scrutinee,
            mode: MatchMode::Undecided,
            arms,
        };
        let e = self.mk(ExprKind::Match(Box::new(m)), ty, span);
        self.block_of(stmts, e)
    }

    /// `a ?? b ?? c`: each but the last is tried in turn.
    pub(super) fn coalesce(
        &mut self,
        first: &ast::Expr,
        rest: &[(Op, Span, ast::Expr)],
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        let done = self.new_loop();
        let mut stmts = Vec::new();
        let mut inner: Option<Ty> = None;
        let (last, tried) = rest.split_last().expect("a chain has operators");
        let values = std::iter::once(first).chain(tried.iter().map(|r| &r.2));
        let hint = expected.and_then(|t| self.inner_expectation(Some(t)));
        // The breaks' values are fitted once the whole's type is known.
        let mut pending = Vec::new();
        for e in values {
            let wish = inner.or(hint).map(|t| self.option_of(t));
            let is_variant = matches!(e.kind, ast::ExprKind::DotVariant { .. });
            let value = self.expr(e, if is_variant { wish } else { None });
            let (variant, part, fails) = if let Some(t) = self.as_option(value.ty) {
                (
                    1,
                    t,
                    Pat::Variant {
                        variant: 0,
                        fields: Vec::new(),
                    },
                )
            } else if let Some((t, _)) = self.as_result(value.ty) {
                (
                    0,
                    t,
                    Pat::Variant {
                        variant: 1,
                        fields: vec![Pat::Wild],
                    },
                )
            } else {
                if !self.has_error(value.ty) {
                    let shown = self.show(value.ty);
                    self.report(errors::coalesce_on(e.span, &shown));
                }
                return self.error(span);
            };
            match inner {
                None => inner = Some(part),
                Some(t) if !self.unify(t, part) => {
                    let (want, have) = (self.show(t), self.show(part));
                    self.report(errors::mismatch(e.span, &want, &have, None));
                    return self.error(span);
                }
                Some(_) => {}
            }
            pending.push((value, variant, part, fails, e.span));
        }
        let inner = inner.expect("at least one value");
        // The last may itself be optional; then so is the whole.
        let default = self.expr(&last.2, Some(inner));
        let lifted = (self.as_option(default.ty).is_some() && self.as_option(inner).is_none())
            || (self.as_result(default.ty).is_some() && self.as_result(inner).is_none());
        let ty = if lifted { default.ty } else { inner };
        let default = self.coerce(default, ty, last.2.span);
        for (value, variant, part, fails, e_span) in pending {
            let scrutinee = self.scrutinee(value, &mut stmts);
            let x = self.temp(part, e_span);
            let got = self.read_local(x, e_span);
            let got = self.coerce(got, ty, e_span);
            let kind = ExprKind::Break {
                label: done,
                value: Some(Box::new(got)),
                release: Vec::new(),
            };
            let leave = self.mk(kind, Types::NEVER, e_span);
            let unit = self.unit(e_span);
            let arms = vec![
                plain_arm(
                    Pat::Variant {
                        variant,
                        fields: vec![bind(x)],
                    },
                    leave,
                ),
                plain_arm(fails, unit),
            ];
            let m = Match {
                scrutinee,
                mode: MatchMode::Undecided,
                arms,
            };
            stmts.push(Stmt::Expr(self.mk(
                ExprKind::Match(Box::new(m)),
                Types::UNIT,
                e_span,
            )));
        }
        let body = Block {
            stmts,
            value: Some(Box::new(default)),
            declares: Vec::new(),
        };
        self.mk(ExprKind::Labeled { label: done, body }, ty, span)
    }

    /// `e catch |p| default`
    pub(super) fn catch(
        &mut self,
        value: &ast::Expr,
        pattern: Option<&ast::Pattern>,
        default: &ast::Expr,
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        if matches!(default.kind, ast::ExprKind::Closure(_)) {
            self.report(errors::catch_closure(default.span));
            return self.error(span);
        }
        let value_span = value.span;
        let value = self.expr(value, None);
        let Some((ok, err)) = self.as_result(value.ty) else {
            if !self.has_error(value.ty) {
                let shown = self.show(value.ty);
                let option = self.as_option(value.ty).is_some();
                self.report(errors::catch_on(value_span, &shown, option));
            }
            return self.error(span);
        };
        let mut stmts = Vec::new();
        let scrutinee = self.scrutinee(value, &mut stmts);
        let x = self.temp(ok, value_span);
        let good = self.read_local(x, value_span);
        self.frame().scopes.push(Scope::default());
        let mut binder = pattern::Binder::new(false);
        let pat = match pattern {
            Some(p) => {
                let pat = self.pattern(p, err, &mut binder);
                self.matches.push(exhaust::Pending::single(
                    err,
                    &pat,
                    p.span,
                    exhaust::Purpose::Let,
                ));
                pat
            }
            None => Pat::Wild,
        };
        self.declare_bindings(&binder);
        // Where nothing takes the value, the default may be a statement.
        let unit_ok = self.shallow(ok) == Types::UNIT;
        let body = if unit_ok {
            self.discard(default)
        } else {
            let _ = expected;
            self.expr_to(default, ok)
        };
        let scope = self.frame().scopes.pop().expect("the default's scope");
        let body = self.wrap_declares(body, scope.declares);
        let arms = vec![
            plain_arm(
                Pat::Variant {
                    variant: 0,
                    fields: vec![bind(x)],
                },
                good,
            ),
            plain_arm(
                Pat::Variant {
                    variant: 1,
                    fields: vec![pat],
                },
                body,
            ),
        ];
        self.two_way(scrutinee, arms, ok, stmts, span)
    }
}

pub(super) fn bind(local: LocalId) -> Pat {
    Pat::Bind { local, sub: None }
}

pub(super) fn plain_arm(pat: Pat, body: Expr) -> Arm {
    Arm {
        pat,
        guard: None,
        release: Vec::new(),
        body,
    }
}

/// Does a pattern look inside a value (rather than bind or skip it)?
fn destructures(p: &ast::Pattern) -> bool {
    !matches!(p.kind, ast::PatternKind::Wild | ast::PatternKind::Name(_))
}

/// `a..b`, `a..=b`, `a..` with `.reverse()` and `.step(k)` behind: the head of a counting loop.
struct RangeHead<'e> {
    start: &'e ast::Expr,
    end: Option<&'e ast::Expr>,
    inclusive: bool,
    order: Order<'e>,
    span: Span,
}

/// In which order a loop takes a range's numbers, and which of them.
#[derive(Clone, Copy, Default)]
struct Order<'e> {
    reverse: bool,
    step: Option<&'e ast::Expr>,
}

impl<'e> Order<'e> {
    /// That of one call; the plain order for what is no such call.
    fn of(op: &'e ast::Postfix) -> Order<'e> {
        let mut order = Order::default();
        if let ast::PostfixKind::Method {
            name,
            bang: false,
            args,
            ..
        } = &op.kind
        {
            match (&*name.text, args.as_slice()) {
                ("step", [arg]) => order.step = Some(&arg.value),
                ("reverse", []) => order.reverse = true,
                _ => {}
            }
        }
        order
    }

    fn is_plain(self) -> bool {
        !self.reverse && self.step.is_none()
    }
}

/// What a counting loop counts.
struct Counted {
    start: Expr,
    end: Option<Expr>,
    inclusive: bool,
    reverse: bool,
    step: Option<Expr>,
}

impl<'e> RangeHead<'e> {
    fn of(e: &'e ast::Expr) -> Option<RangeHead<'e>> {
        use ast::ExprKind as A;
        match &e.kind {
            A::Paren(e) => RangeHead::of(e),
            A::Chain(start, rest) => match rest.as_slice() {
                [(op @ (Op::Range | Op::RangeIncl), span, end)] => Some(RangeHead {
                    start,
                    end: Some(end),
                    inclusive: *op == Op::RangeIncl,
                    order: Order::default(),
                    span: *span,
                }),
                _ => None,
            },
            A::RangeFrom(start) => Some(RangeHead {
                start,
                end: None,
                inclusive: true,
                order: Order::default(),
                span: e.span,
            }),
            A::Postfix(base, ops) => {
                let A::Paren(_) = &base.kind else { return None };
                let mut head = RangeHead::of(base)?;
                for op in ops {
                    let order = Order::of(op);
                    // Stepping after turning round would begin at the other end.
                    if order.is_plain() || !head.order.is_plain() {
                        return None;
                    }
                    head.order = order;
                }
                Some(head)
            }
            _ => None,
        }
    }
}
