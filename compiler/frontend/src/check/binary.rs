//! Operators: chains of one level, prefixes, ranges.
//!
//! Numbers never convert by themselves; a literal takes the type of the operand beside it.

use super::literal::{has_float, is_number_literal};
use super::*;
use ast::BinOp as Op;

/// Longer chains are built statement by statement, so that no later phase recurses as deep as
/// the source is long.
const FLAT_CHAIN: usize = 64;

pub(super) fn is_arithmetic(op: Op) -> bool {
    arithmetic(op).is_some()
}

pub(super) fn arithmetic(op: Op) -> Option<BinOp> {
    Some(match op {
        Op::Mul => BinOp::Mul,
        Op::Div => BinOp::Div,
        Op::Rem => BinOp::Rem,
        Op::MulWrap => BinOp::MulWrap,
        Op::Add => BinOp::Add,
        Op::Sub => BinOp::Sub,
        Op::AddWrap => BinOp::AddWrap,
        Op::SubWrap => BinOp::SubWrap,
        Op::Shl => BinOp::Shl,
        Op::Shr => BinOp::Shr,
        Op::BitAnd => BinOp::BitAnd,
        Op::BitXor => BinOp::BitXor,
        Op::BitOr => BinOp::BitOr,
        _ => return None,
    })
}

/// The operator as it is written.
pub(super) fn spelling(op: Op) -> &'static str {
    match op {
        Op::Mul => "*",
        Op::Div => "/",
        Op::Rem => "%",
        Op::MulWrap => "*%",
        Op::Add => "+",
        Op::Sub => "-",
        Op::AddWrap => "+%",
        Op::SubWrap => "-%",
        Op::Shl => "<<",
        Op::Shr => ">>",
        Op::BitAnd => "&",
        Op::BitXor => "^",
        Op::BitOr => "|",
        Op::Range => "..",
        Op::RangeIncl => "..=",
        Op::Coalesce => "??",
        Op::Eq => "==",
        Op::Ne => "!=",
        Op::Lt => "<",
        Op::Le => "<=",
        Op::Gt => ">",
        Op::Ge => ">=",
        Op::Same => "===",
        Op::NotSame => "!==",
        Op::In => "in",
        Op::And => "&&",
        Op::Or => "||",
    }
}

impl Cx<'_, '_> {
    pub(super) fn chain(
        &mut self,
        first: &ast::Expr,
        rest: &[(Op, Span, ast::Expr)],
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        let (op, op_span, second) = &rest[0];
        match op {
            Op::And | Op::Or => self.logic(first, rest, *op == Op::And, span),
            Op::Coalesce => self.coalesce(first, rest, expected, span),
            Op::Range | Op::RangeIncl => {
                self.range(first, second, *op == Op::RangeIncl, expected, *op_span)
            }
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => {
                self.comparison(first, *op, *op_span, second)
            }
            Op::Same | Op::NotSame => self.identity(first, *op, *op_span, second),
            Op::In => self.membership(first, *op_span, second),
            _ => self.arithmetic_chain(first, rest, expected, span),
        }
    }

    // ---- arithmetic

    fn arithmetic_chain(
        &mut self,
        first: &ast::Expr,
        rest: &[(Op, Span, ast::Expr)],
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        let shift = matches!(rest[0].0, Op::Shl | Op::Shr);
        let hint = self.inner_expectation(expected).filter(|&t| {
            self.is_number(t)
                || matches!(
                    self.data(t),
                    TyData::List(_) | TyData::Array(_) | TyData::Str
                )
        });
        // The first operand that is no literal says what is calculated with; among literals that
        // nothing is asked of, the first float.
        let operands = || std::iter::once(first).chain(rest.iter().map(|r| &r.2));
        let leader = if shift {
            if is_number_literal(first) {
                None
            } else {
                Some(0)
            }
        } else {
            let float = || operands().position(has_float).filter(|_| hint.is_none());
            operands()
                .position(|e| !is_number_literal(e))
                .or_else(float)
        };
        let mut checked: Option<(usize, Expr)> = None;
        let mut ty = hint;
        if let Some(i) = leader {
            let e = operands().nth(i).expect("its position");
            let e = self.expr(e, hint);
            ty = Some(e.ty);
            checked = Some((i, e));
        }
        let mut take = |cx: &mut Self, i: usize, e: &ast::Expr| match checked.take() {
            Some((j, e)) if i == j => e,
            other => {
                checked = other;
                cx.expr(e, ty)
            }
        };
        let mut acc = take(self, 0, first);
        // Beside a closure's parameter that nothing has typed yet, a literal says what it is.
        if matches!(self.data(acc.ty), TyData::Infer(_))
            && let Some(literal) = operands().find(|e| is_number_literal(e))
        {
            let literal = self.expr(literal, None);
            self.unify(acc.ty, literal.ty);
        }
        if !self.is_number(acc.ty) && !matches!(self.data(acc.ty), TyData::Error) {
            let rest: Vec<(Op, Span, &ast::Expr)> =
                rest.iter().map(|(op, s, e)| (*op, *s, e)).collect();
            return self.concat_chain(acc, first.span, &rest, span);
        }
        let flat = rest.len() > FLAT_CHAIN;
        let mut stmts = Vec::new();
        let mut total = None;
        if flat {
            let local = self.spill(acc, &mut stmts);
            acc = self.read_local(local, first.span);
            total = Some(local);
        }
        for (i, (op, op_span, e)) in rest.iter().enumerate() {
            let right = if shift {
                let right = self.expr(e, None);
                if !self.is_integer(right.ty) && right.ty != Types::ERROR {
                    let shown = self.show(right.ty);
                    self.report(errors::shift_count(e.span, &shown));
                }
                right
            } else {
                take(self, i + 1, e)
            };
            let op = arithmetic(*op).expect("an arithmetic level");
            if !self.arithmetic_fits(op, acc.ty, right.ty, *op_span, (first.span, e.span)) {
                return self.error(span);
            }
            if let Some(total) = total {
                let site = self.site(*op_span);
                let root_ty = acc.ty;
                let place = Place {
                    root: Root::Local(total),
                    root_ty,
                    site,
                    projs: Vec::new(),
                };
                let change = Change::Arith { op, value: right };
                let update = Update {
                    place,
                    change,
                    event: None,
                };
                let e = self.mk(ExprKind::Update(Box::new(update)), Types::UNIT, *op_span);
                stmts.push(Stmt::Expr(e));
            } else {
                let ty = acc.ty;
                acc = self.mk(
                    ExprKind::Binary(op, Box::new(acc), Box::new(right)),
                    ty,
                    *op_span,
                );
            }
        }
        self.block_of(stmts, acc)
    }

    /// Reports where an operator has no meaning for these types.
    pub(super) fn arithmetic_fits(
        &mut self,
        op: BinOp,
        a: Ty,
        b: Ty,
        span: Span,
        operands: (Span, Span),
    ) -> bool {
        if self.has_error(a) || self.has_error(b) {
            return false;
        }
        let shift = matches!(op, BinOp::Shl | BinOp::Shr);
        if !shift && !self.unify(a, b) {
            let (shown_a, shown_b) = (self.show(a), self.show(b));
            let both_numbers = self.is_number(a) && self.is_number(b);
            self.report(errors::operands(
                span,
                op.symbol(),
                &shown_a,
                &shown_b,
                both_numbers,
                operands,
            ));
            return false;
        }
        let ok = match op {
            BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div | BinOp::Rem => self.is_number(a),
            _ => self.is_integer(a),
        };
        if !ok {
            let shown = self.show(a);
            self.report(errors::no_operator(span, op.symbol(), &shown, None));
        }
        ok
    }

    /// `a + b + c` on lists, arrays and strings: the left operand is updated, the right looked at.
    fn concat_chain(
        &mut self,
        first: Expr,
        first_span: Span,
        rest: &[(Op, Span, &ast::Expr)],
        span: Span,
    ) -> Expr {
        let ty = self.shallow(first.ty);
        let elem = match self.data(ty) {
            TyData::List(t) | TyData::Array(t) => Some(vec![t]),
            TyData::Str => Some(Vec::new()),
            _ => None,
        };
        let plus_only = rest.iter().all(|r| r.0 == Op::Add);
        let Some(targs) = elem.filter(|_| plus_only) else {
            let (op, op_span, e) = rest.iter().find(|r| r.0 != Op::Add).unwrap_or(&rest[0]);
            let right = self.expr(e, None);
            if !self.has_error(first.ty) && !self.has_error(right.ty) {
                if matches!(self.data(ty), TyData::Infer(_)) {
                    self.unknown_here(first_span);
                } else {
                    let shown = self.show(ty);
                    let help = self.operator_help(ty, right.ty);
                    self.report(errors::no_operator(*op_span, spelling(*op), &shown, help));
                }
            }
            return self.error(span);
        };
        let mut stmts = Vec::new();
        let acc = self.temp(ty, first_span);
        stmts.push(Stmt::Let {
            local: acc,
            value: first,
        });
        for (_, op_span, e) in rest {
            let right = self.expr(e, Some(ty));
            let right = self.concat_operand(right, ty, e.span);
            let right = self.look(right);
            stmts.push(self.concat_step(acc, ty, targs.clone(), right, *op_span, first_span));
        }
        let value = self.read_local(acc, first_span);
        let mut value = self.block_of(stmts, value);
        value.site = self.site(rest[rest.len() - 1].1);
        value
    }

    /// The right operand of `+`: of the same type; a char beside a string has a help of its own.
    pub(super) fn concat_operand(&mut self, right: Expr, ty: Ty, span: Span) -> Expr {
        if !self.unify(right.ty, ty) && !self.has_error(right.ty) {
            let (want, have) = (self.show(ty), self.show(right.ty));
            let help = match (self.data(ty), self.data(right.ty)) {
                (TyData::Str, TyData::Char) => Some("use `push`, or write `\"{…}\"`".to_string()),
                (TyData::Str, _) => Some("write it as text: `\"{…}\"`".to_string()),
                (TyData::List(t) | TyData::Array(t), _)
                    if self.shallow(t) == self.shallow(right.ty) =>
                {
                    Some("add one element with `push`, or write `[…]` around it".to_string())
                }
                _ => None,
            };
            self.report(errors::mismatch(span, &want, &have, help));
            return self.error(span);
        }
        right
    }

    fn concat_step(
        &mut self,
        acc: LocalId,
        ty: Ty,
        targs: Vec<Ty>,
        right: Expr,
        op_span: Span,
        segment: Span,
    ) -> Stmt {
        let site = self.site(segment);
        let event = Some(self.site(op_span));
        let place = Place {
            root: Root::Local(acc),
            root_ty: ty,
            site,
            projs: Vec::new(),
        };
        let change = Change::Builtin {
            op: Builtin::Concat,
            targs,
            args: vec![right],
        };
        let update = Update {
            place,
            change,
            event,
        };
        Stmt::Expr(self.mk(ExprKind::Update(Box::new(update)), Types::UNIT, op_span))
    }

    fn operator_help(&mut self, a: Ty, _b: Ty) -> Option<String> {
        if self.as_option(a).is_some() {
            return Some("it may be none: take the value out with `?`, `??` or `match`".into());
        }
        if self.as_result(a).is_some() {
            return Some(
                "it may be an error: take the value out with `?`, `catch` or `match`".into(),
            );
        }
        match self.data(a) {
            TyData::Ptr(_) => Some("take the value behind the pointer: `.*`".into()),
            TyData::Set(_) => Some("sets have `union`, `intersection`, `difference`".into()),
            TyData::Map(..) => Some("maps have `merge`".into()),
            TyData::Char => Some("take its number with `int(…)`".into()),
            _ => None,
        }
    }

    pub(super) fn prefix(
        &mut self,
        ops: &[(ast::PrefixOp, Span)],
        operand: &ast::Expr,
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        use ast::PrefixOp as P;
        let mut ops = ops;
        let mut value = match (ops.last(), &operand.kind) {
            // The sign belongs to the literal: `-128` is an i8.
            (Some((P::Neg, s)), ast::ExprKind::Int(v)) => {
                ops = &ops[..ops.len() - 1];
                self.int_literal(*v, true, expected, s.to(operand.span))
            }
            (Some((P::Neg, s)), ast::ExprKind::Float(v)) => {
                ops = &ops[..ops.len() - 1];
                self.float_literal(-*v, expected, s.to(operand.span))
            }
            (Some((P::Move, s)), _) => {
                ops = &ops[..ops.len() - 1];
                self.move_expr(operand, expected, *s)
            }
            (Some((P::Copy, s)), _) => {
                ops = &ops[..ops.len() - 1];
                let value = self.expr(operand, expected);
                self.unshare(value, *s)
            }
            (Some((P::Not, _)), _) => self.expr(operand, Some(Types::BOOL)),
            _ => self.expr(operand, expected),
        };
        for (op, op_span) in ops.iter().rev() {
            if self.has_error(value.ty) {
                return self.error(span);
            }
            let (un, ok) = match op {
                P::Neg => (UnOp::Neg, self.is_number(value.ty)),
                P::Not => (UnOp::Not, self.shallow(value.ty) == Types::BOOL),
                P::BitNot => (UnOp::BitNot, self.is_integer(value.ty)),
                P::Move | P::Copy => {
                    self.report(errors::prefix_order(*op_span));
                    continue;
                }
            };
            if !ok && matches!(un, UnOp::Not) && self.unify(value.ty, Types::BOOL) {
                // An open type that becomes bool.
            } else if !ok {
                let shown = self.show(value.ty);
                let text = match un {
                    UnOp::Neg => "-",
                    UnOp::Not => "!",
                    UnOp::BitNot => "~",
                };
                let help = (un == UnOp::Not && self.is_integer(value.ty))
                    .then(|| "`~` turns the bits of an integer round".to_string());
                self.report(errors::no_operator(*op_span, text, &shown, help));
                return self.error(span);
            }
            let ty = value.ty;
            value = self.mk(ExprKind::Unary(un, Box::new(value)), ty, *op_span);
        }
        value
    }

    fn move_expr(&mut self, operand: &ast::Expr, expected: Option<Ty>, span: Span) -> Expr {
        let mut value = self.expr(operand, expected);
        let site = self.site(span);
        match &mut value.kind {
            ExprKind::Read(place, mode)
                if matches!(place.root, Root::Local(_)) && place.projs.is_empty() =>
            {
                *mode = Mode::MustMove;
                place.site = site;
            }
            _ if value.ty == Types::ERROR => {}
            _ => self.report(errors::move_of_no_variable(operand.span)),
        }
        value
    }

    /// `copy e`, and the value of `:=` where no name ends.
    pub(super) fn unshare(&mut self, value: Expr, span: Span) -> Expr {
        let site = self.site(span);
        let is_place = match &value.kind {
            ExprKind::Read(place, _) => !matches!(place.root, Root::Temp(_)),
            _ => false,
        };
        let event = match (self.is_std, is_place) {
            (true, _) => UnshareEvent::None,
            (false, true) => UnshareEvent::Both(site),
            (false, false) => UnshareEvent::CopiedOnly(site),
        };
        let ty = value.ty;
        Expr {
            kind: ExprKind::Unshare {
                value: Box::new(value),
                event,
            },
            ty,
            site,
        }
    }

    // ---- comparison

    /// Both sides of a comparison, with a literal taking the other's type; both are looks.
    fn operands(&mut self, a: &ast::Expr, b: &ast::Expr) -> (Expr, Expr) {
        let right_leads = || !is_number_literal(b) || has_float(b) && !has_float(a);
        if is_number_literal(a) && right_leads() {
            let right = self.look_expr(b, None);
            let left = self.look_expr(a, Some(right.ty));
            (left, right)
        } else {
            let left = self.look_expr(a, None);
            let right = self.look_expr(b, Some(left.ty));
            (left, right)
        }
    }

    fn comparison(&mut self, a: &ast::Expr, op: Op, span: Span, b: &ast::Expr) -> Expr {
        let (left, right) = self.operands(a, b);
        self.compare(left, op, span, right, (a.span, b.span))
    }

    pub(super) fn compare(
        &mut self,
        left: Expr,
        op: Op,
        span: Span,
        right: Expr,
        spans: (Span, Span),
    ) -> Expr {
        if self.has_error(left.ty) || self.has_error(right.ty) {
            return Expr {
                ty: Types::BOOL,
                ..self.error(span)
            };
        }
        if !self.unify(left.ty, right.ty) {
            let (x, y) = (self.show(left.ty), self.show(right.ty));
            let lifted = |cx: &Self, a: Ty, b: Ty| {
                cx.as_option(a)
                    .is_some_and(|t| cx.shallow(t) == cx.shallow(b))
            };
            let help = if lifted(self, left.ty, right.ty) || lifted(self, right.ty, left.ty) {
                Some("compare with `some(…)`".to_string())
            } else {
                None
            };
            let numbers = self.is_number(left.ty) && self.is_number(right.ty);
            self.report(errors::compared(
                span,
                spelling(op),
                &x,
                &y,
                numbers,
                help,
                spans,
            ));
            return Expr {
                ty: Types::BOOL,
                ..self.error(span)
            };
        }
        let binary = match op {
            Op::Eq => BinOp::Eq,
            Op::Ne => BinOp::Ne,
            Op::Lt => BinOp::Lt,
            Op::Le => BinOp::Le,
            Op::Gt => BinOp::Gt,
            _ => BinOp::Ge,
        };
        let ty = self.shallow(left.ty);
        self.lint_identity(op, ty, span);
        if self.is_scalar(ty) || self.is_number(ty) {
            if ty == Types::BOOL && !matches!(op, Op::Eq | Op::Ne) {
                let ord = self.ck.defs.lang.ord;
                self.require(ty, ord, span, spelling(op));
            }
            let kind = ExprKind::Binary(binary, Box::new(left), Box::new(right));
            return self.mk(kind, Types::BOOL, span);
        }
        let (builtin, trait_) = match op {
            Op::Eq | Op::Ne => (Builtin::Eq, self.ck.defs.lang.eq),
            Op::Lt => (Builtin::Lt, self.ck.defs.lang.ord),
            Op::Le => (Builtin::Le, self.ck.defs.lang.ord),
            Op::Gt => (Builtin::Gt, self.ck.defs.lang.ord),
            _ => (Builtin::Ge, self.ck.defs.lang.ord),
        };
        self.require(ty, trait_, span, &format!("`{}`", spelling(op)));
        let kind = ExprKind::Builtin {
            op: builtin,
            targs: vec![ty],
            args: vec![left, right],
        };
        let e = self.mk(kind, Types::BOOL, span);
        if op == Op::Ne {
            return self.mk(ExprKind::Unary(UnOp::Not, Box::new(e)), Types::BOOL, span);
        }
        e
    }

    fn identity(&mut self, a: &ast::Expr, op: Op, span: Span, b: &ast::Expr) -> Expr {
        let left = self.look_expr(a, None);
        let right = self.look_expr(b, Some(left.ty));
        if self.has_error(left.ty) || self.has_error(right.ty) {
            return Expr {
                ty: Types::BOOL,
                ..self.error(span)
            };
        }
        let pointer = |cx: &Self, t: Ty| match cx.data(t) {
            TyData::Ptr(t) => Some(t),
            _ => None,
        };
        let (Some(target), true) = (pointer(self, left.ty), self.unify(left.ty, right.ty)) else {
            let (x, y) = (self.show(left.ty), self.show(right.ty));
            self.report(errors::identity(span, &x, &y));
            return Expr {
                ty: Types::BOOL,
                ..self.error(span)
            };
        };
        let kind = ExprKind::Builtin {
            op: Builtin::Same,
            targs: vec![target],
            args: vec![left, right],
        };
        let e = self.mk(kind, Types::BOOL, span);
        if op == Op::NotSame {
            return self.mk(ExprKind::Unary(UnOp::Not, Box::new(e)), Types::BOOL, span);
        }
        e
    }

    /// `x in xs` is `xs.contains(x)`, with x evaluated first.
    fn membership(&mut self, a: &ast::Expr, span: Span, b: &ast::Expr) -> Expr {
        let mut stmts = Vec::new();
        let (elem, seq) = if is_number_literal(a) {
            let seq = self.expr(b, None);
            let elem = match self.data(seq.ty) {
                TyData::List(t) | TyData::Array(t) | TyData::Set(t) | TyData::Map(t, _) => Some(t),
                TyData::Adt(id, ts) if Some(id) == self.ck.defs.lang.range => Some(ts[0]),
                _ => self.queue(seq.ty).map(|(_, elem)| elem),
            };
            (self.expr(a, elem), seq)
        } else {
            let elem = self.expr(a, None);
            (elem, self.expr(b, None))
        };
        if self.has_error(seq.ty) || self.has_error(elem.ty) {
            return Expr {
                ty: Types::BOOL,
                ..self.error(span)
            };
        }
        let simple = matches!(&elem.kind, ExprKind::Read(p, _) if p.as_path().is_some())
            || is_number_literal(a);
        let elem = if simple {
            elem
        } else {
            let t = self.spill(elem, &mut stmts);
            self.read_local(t, a.span)
        };
        let call = self.call_method_with(seq, "contains", vec![elem], span);
        self.block_of(stmts, call)
    }

    fn range(
        &mut self,
        a: &ast::Expr,
        b: &ast::Expr,
        inclusive: bool,
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        let hint = match self.inner_expectation(expected).map(|t| self.data(t)) {
            Some(TyData::Adt(id, ts)) if Some(id) == self.ck.defs.lang.range => Some(ts[0]),
            _ => None,
        };
        let (start, end) = self.range_bounds(a, b, hint, span);
        let Some(range) = self.ck.defs.lang.range else {
            return self.error(span);
        };
        let ty = self
            .ck
            .types
            .intern(TyData::Adt(range, Box::new([start.ty])));
        let inclusive = self.mk(ExprKind::Bool(inclusive), Types::BOOL, span);
        self.mk(ExprKind::Struct(vec![start, end, inclusive]), ty, span)
    }

    /// Both bounds, of one ordered type.
    pub(super) fn range_bounds(
        &mut self,
        a: &ast::Expr,
        b: &ast::Expr,
        hint: Option<Ty>,
        span: Span,
    ) -> (Expr, Expr) {
        let (start, end) = if is_number_literal(a) && !is_number_literal(b) {
            let end = self.expr(b, hint);
            (self.expr(a, Some(end.ty)), end)
        } else {
            let start = self.expr(a, hint);
            let end = self.expr(b, Some(start.ty));
            (start, end)
        };
        if !self.unify(start.ty, end.ty) {
            let (x, y) = (self.show(start.ty), self.show(end.ty));
            self.report(errors::range_bounds(span, &x, &y));
        }
        (start, end)
    }
}
