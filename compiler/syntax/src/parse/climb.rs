//! The shape of an expression: a flat list of prefixes, operands and operators becomes a tree, by
//! precedence. Operators of one level stay a flat chain.
//!
//! Precedence, tightest first (LANGUAGE: postfix and tight prefixes are applied before this):
//! `* / %`; `+ -`; `<< >>`; `&`; `^`; `|`; `..` `..=`; `??`; comparisons, `in`, `is`; `&&`; `||`;
//! `catch`; and, where a statement may stand, assignment.

use super::cx::{Cx, error_expr};
use super::errors;
use crate::ast::*;
use crate::source::Span;
use std::iter::Peekable;

/// One piece of the flat list.
pub(super) enum Tok {
    /// `-`, `!`, `~`, `move`, `copy`
    Tight(PrefixOp, Span),
    /// A prefix that takes everything to its right.
    Low(Low, Span),
    Operand(Expr),
    Infix(Infix, Span),
}

pub(super) enum Low {
    Closure(Vec<(Pattern, Option<Ty>)>, Option<Ty>),
    Return,
    Raise,
    Break(Option<Name>),
    /// `..b`, `..=b`; only this one ends at looser operators than `..`.
    RangeTo {
        inclusive: bool,
    },
}

pub(super) enum Infix {
    Bin(BinOp),
    Is(Pattern),
    Catch(Option<Pattern>),
    Assign(AssignOp),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Assign,
    Catch,
    Or,
    And,
    Compare,
    Coalesce,
    Range,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Add,
    Mul,
    Operand,
}

impl Level {
    fn of(op: BinOp) -> Level {
        match op {
            BinOp::Mul | BinOp::Div | BinOp::Rem | BinOp::MulWrap => Level::Mul,
            BinOp::Add | BinOp::Sub | BinOp::AddWrap | BinOp::SubWrap => Level::Add,
            BinOp::Shl | BinOp::Shr => Level::Shift,
            BinOp::BitAnd => Level::BitAnd,
            BinOp::BitXor => Level::BitXor,
            BinOp::BitOr => Level::BitOr,
            BinOp::Range | BinOp::RangeIncl => Level::Range,
            BinOp::Coalesce => Level::Coalesce,
            BinOp::Eq
            | BinOp::Ne
            | BinOp::Lt
            | BinOp::Le
            | BinOp::Gt
            | BinOp::Ge
            | BinOp::Same
            | BinOp::NotSame
            | BinOp::In => Level::Compare,
            BinOp::And => Level::And,
            BinOp::Or => Level::Or,
        }
    }

    fn tighter(self) -> Level {
        match self {
            Level::Assign => Level::Catch,
            Level::Catch => Level::Or,
            Level::Or => Level::And,
            Level::And => Level::Compare,
            Level::Compare => Level::Coalesce,
            Level::Coalesce => Level::Range,
            Level::Range => Level::BitOr,
            Level::BitOr => Level::BitXor,
            Level::BitXor => Level::BitAnd,
            Level::BitAnd => Level::Shift,
            Level::Shift => Level::Add,
            Level::Add => Level::Mul,
            Level::Mul | Level::Operand => Level::Operand,
        }
    }
}

impl Infix {
    fn level(&self) -> Level {
        match self {
            Infix::Bin(op) => Level::of(*op),
            Infix::Is(_) => Level::Compare,
            Infix::Catch(_) => Level::Catch,
            Infix::Assign(_) => Level::Assign,
        }
    }
}

/// A value: an assignment in it is reported.
pub(super) fn value(cx: &mut Cx, toks: Vec<Tok>, whole: Span) -> Expr {
    let mut climb = Climb::new(cx, toks, whole);
    let expr = climb.level(Level::Catch);
    match climb.next_op(Level::Assign) {
        Some((_, span)) => {
            climb.cx.report(errors::assignment_as_value(span));
            error_expr(whole)
        }
        None => expr,
    }
}

/// What stands as a statement, as the body of an arm or of a closure: a value or an assignment.
pub(super) fn statement(cx: &mut Cx, toks: Vec<Tok>, whole: Span) -> StmtKind {
    Climb::new(cx, toks, whole).statement()
}

/// A statement in the place of an expression.
pub(super) fn stmt_as_expr(kind: StmtKind, span: Span) -> Expr {
    match kind {
        StmtKind::Expr(expr) => expr,
        kind => Expr {
            kind: ExprKind::Stmt(Box::new(Stmt { kind, span })),
            span,
        },
    }
}

struct Climb<'c, 'p> {
    cx: &'c mut Cx<'p>,
    toks: Peekable<std::vec::IntoIter<Tok>>,
    /// For reports where nothing is left to point at.
    whole: Span,
}

impl<'c, 'p> Climb<'c, 'p> {
    fn new(cx: &'c mut Cx<'p>, toks: Vec<Tok>, whole: Span) -> Self {
        Climb {
            cx,
            toks: toks.into_iter().peekable(),
            whole,
        }
    }

    fn peek_level(&mut self) -> Option<Level> {
        match self.toks.peek() {
            Some(Tok::Infix(op, _)) => Some(op.level()),
            _ => None,
        }
    }

    /// The next operator, if it is of exactly this level.
    fn next_op(&mut self, level: Level) -> Option<(Infix, Span)> {
        if self.peek_level() != Some(level) {
            return None;
        }
        match self.toks.next() {
            Some(Tok::Infix(op, span)) => Some((op, span)),
            _ => None,
        }
    }

    /// Whether an operand comes next.
    fn at_operand(&mut self) -> bool {
        matches!(
            self.toks.peek(),
            Some(Tok::Operand(_) | Tok::Tight(..) | Tok::Low(..))
        )
    }

    fn statement(&mut self) -> StmtKind {
        let target = self.level(Level::Catch);
        let Some((Infix::Assign(op), op_span)) = self.next_op(Level::Assign) else {
            return StmtKind::Expr(target);
        };
        let value = self.level(Level::Catch);
        if let Some((_, span)) = self.next_op(Level::Assign) {
            self.cx.report(errors::assignment_chain(span));
            self.toks.by_ref().for_each(drop);
        }
        let thrown = target.span;
        self.cx
            .wilds
            .retain(|w| !(thrown.lo <= w.lo && w.hi <= thrown.hi));
        let place = match &target.kind {
            ExprKind::Name { name, .. } if &*name.text == "_" => {
                if op != AssignOp::Set {
                    self.cx.report(errors::wild_assign_op(op_span));
                }
                AssignTarget::Wild(target.span)
            }
            _ => AssignTarget::Expr(target),
        };
        StmtKind::Assign {
            place,
            op,
            op_span,
            value,
        }
    }

    /// Everything that binds at least as tightly as `min`.
    fn level(&mut self, min: Level) -> Expr {
        let mut left = self.prefixed();
        while let Some(level) = self.peek_level().filter(|&l| l >= min && l > Level::Assign) {
            left = match level {
                Level::Catch => self.catch(left),
                Level::Compare | Level::Range => self.single(left, level),
                _ => self.chain(left, level),
            };
        }
        left
    }

    /// `a + b - c`, flat.
    fn chain(&mut self, first: Expr, level: Level) -> Expr {
        let mut links = Vec::new();
        let mut span = first.span;
        while let Some((Infix::Bin(op), op_span)) = self.next_op(level) {
            let right = self.level(level.tighter());
            span = span.to(right.span);
            links.push((op, op_span, right));
        }
        Expr {
            kind: ExprKind::Chain(Box::new(first), links),
            span,
        }
    }

    /// A comparison or a range: one operator, and no second one of that level.
    fn single(&mut self, left: Expr, level: Level) -> Expr {
        let Some((op, op_span)) = self.next_op(level) else {
            return left;
        };
        let expr = self.single_with(left, op, op_span, level);
        let mut again = None;
        while let Some((op, span)) = self.next_op(level) {
            again.get_or_insert(span);
            if matches!(op, Infix::Bin(_)) && self.at_operand() {
                self.level(level.tighter());
            }
        }
        let Some(second) = again else { return expr };
        self.cx.report(if level == Level::Compare {
            errors::comparison_chain(op_span, second)
        } else {
            errors::range_chain(op_span, second)
        });
        error_expr(expr.span)
    }

    fn single_with(&mut self, left: Expr, op: Infix, op_span: Span, level: Level) -> Expr {
        let op = match op {
            Infix::Bin(op) => op,
            Infix::Is(pattern) => {
                return Expr {
                    span: left.span.to(pattern.span),
                    kind: ExprKind::Is(Box::new(left), Box::new(pattern)),
                };
            }
            Infix::Catch(_) | Infix::Assign(_) => return left,
        };
        if level == Level::Range && !self.at_operand() {
            let span = left.span.to(op_span);
            if op == BinOp::RangeIncl {
                self.cx.report(errors::inclusive_without_end(op_span));
                return error_expr(span);
            }
            return Expr {
                kind: ExprKind::RangeFrom(Box::new(left)),
                span,
            };
        }
        let right = self.level(level.tighter());
        Expr {
            span: left.span.to(right.span),
            kind: ExprKind::Chain(Box::new(left), vec![(op, op_span, right)]),
        }
    }

    /// `value catch |p| default`; what follows a `catch` belongs to its default.
    fn catch(&mut self, value: Expr) -> Expr {
        let Some((Infix::Catch(pattern), span)) = self.next_op(Level::Catch) else {
            return value;
        };
        let default = self.deeper(span, |climb| climb.level(Level::Catch));
        if matches!(default.kind, ExprKind::Closure(_)) {
            self.cx.report(errors::catch_closure(default.span));
        }
        Expr {
            span: value.span.to(default.span),
            kind: ExprKind::Catch {
                value: Box::new(value),
                pattern: pattern.map(Box::new),
                default: Box::new(default),
            },
        }
    }

    /// Tight prefixes and what they stand before, or a prefix that takes all to its right.
    fn prefixed(&mut self) -> Expr {
        let mut tight = Vec::new();
        loop {
            match self.toks.peek() {
                Some(Tok::Tight(..)) => {
                    if let Some(Tok::Tight(op, span)) = self.toks.next() {
                        tight.push((op, span));
                    }
                }
                Some(Tok::Low(..) | Tok::Operand(_)) => break,
                Some(Tok::Infix(_, span)) => {
                    let span = *span;
                    return self.missing(tight, span);
                }
                None => {
                    let span = tight.last().map_or(self.whole, |(_, s)| *s);
                    return self.missing(tight, span);
                }
            }
        }
        let operand = match self.toks.next() {
            Some(Tok::Operand(expr)) => expr,
            Some(Tok::Low(low, span)) => self.low(low, span),
            _ => error_expr(self.whole),
        };
        match tight.first() {
            Some(&(_, first)) => Expr {
                span: first.to(operand.span),
                kind: ExprKind::Prefix(tight, Box::new(operand)),
            },
            None => operand,
        }
    }

    fn missing(&mut self, tight: Vec<(PrefixOp, Span)>, at: Span) -> Expr {
        let after = tight.last().map(|(_, s)| *s);
        self.cx.report(errors::operand_missing(after.unwrap_or(at)));
        error_expr(at)
    }

    fn low(&mut self, low: Low, span: Span) -> Expr {
        match low {
            Low::Closure(params, ret) => {
                let body = self.deeper(span, |climb| {
                    let whole = climb.whole;
                    let start = climb.start();
                    let kind = climb.statement();
                    stmt_as_expr_spanned(kind, start.unwrap_or(whole))
                });
                if ret.is_some() && !matches!(body.kind, ExprKind::Block(_) | ExprKind::Error) {
                    self.cx.report(errors::closure_block_wanted(body.span));
                }
                Expr {
                    span: span.to(body.span),
                    kind: ExprKind::Closure(Box::new(Closure { params, ret, body })),
                }
            }
            Low::Return => {
                let value = self.optional(span, Level::Catch);
                Expr {
                    span: value.as_ref().map_or(span, |v| span.to(v.span)),
                    kind: ExprKind::Return(value),
                }
            }
            Low::Break(label) => {
                let span = label.as_ref().map_or(span, |l| span.to(l.span));
                let value = self.optional(span, Level::Catch);
                Expr {
                    span: value.as_ref().map_or(span, |v| span.to(v.span)),
                    kind: ExprKind::Break { label, value },
                }
            }
            Low::Raise => match self.optional(span, Level::Catch) {
                Some(value) => Expr {
                    span: span.to(value.span),
                    kind: ExprKind::Raise(value),
                },
                None => {
                    self.cx.report(errors::raise_without_value(span));
                    error_expr(span)
                }
            },
            Low::RangeTo { inclusive } => {
                let end = self.optional(span, Level::BitOr);
                if inclusive && end.is_none() {
                    self.cx.report(errors::inclusive_without_end(span));
                }
                Expr {
                    span: end.as_ref().map_or(span, |e| span.to(e.span)),
                    kind: ExprKind::RangeTo { end, inclusive },
                }
            }
        }
    }

    fn optional(&mut self, span: Span, min: Level) -> Option<Box<Expr>> {
        if !self.at_operand() {
            return None;
        }
        Some(Box::new(self.deeper(span, |climb| climb.level(min))))
    }

    /// The place of the next piece.
    fn start(&mut self) -> Option<Span> {
        self.toks.peek().map(|tok| match tok {
            Tok::Tight(_, span) | Tok::Low(_, span) | Tok::Infix(_, span) => *span,
            Tok::Operand(expr) => expr.span,
        })
    }

    /// One level of nesting without brackets.
    fn deeper(&mut self, at: Span, f: impl FnOnce(&mut Climb<'_, 'p>) -> Expr) -> Expr {
        let whole = self.whole;
        let toks = &mut self.toks;
        let result = self.cx.nested(at, |cx| {
            let mut inner = Climb {
                cx,
                toks: std::mem::replace(toks, Vec::new().into_iter().peekable()),
                whole,
            };
            let expr = f(&mut inner);
            *toks = inner.toks;
            expr
        });
        result.unwrap_or_else(|| {
            self.toks.by_ref().for_each(drop);
            error_expr(at)
        })
    }
}

fn stmt_as_expr_spanned(kind: StmtKind, start: Span) -> Expr {
    let span = match &kind {
        StmtKind::Assign { value, .. } => start.to(value.span),
        _ => start,
    };
    stmt_as_expr(kind, span)
}
