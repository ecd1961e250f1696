//! Pairs of expressions and statements to `ast::Expr` and `ast::Stmt`: operands with what follows
//! them, and everything with a keyword. The shape between operands is `climb`'s.

use super::climb::{self, Infix, Low, Tok};
use super::cx::{Cx, P, error_expr};
use super::{Rule, errors};
use crate::ast::*;
use crate::source::Span;
use pest::iterators::Pairs;

impl Cx<'_> {
    /// `expr`, `head`, `lhead` where a value is wanted.
    pub(super) fn value(&mut self, pair: P) -> Expr {
        let span = self.span(&pair);
        self.nested(span, |cx| {
            let mut toks = cx.flat(pair);
            if let [Tok::Operand(_)] = toks.as_slice()
                && let Some(Tok::Operand(expr)) = toks.pop()
            {
                return expr;
            }
            climb::value(cx, toks, span)
        })
        .unwrap_or_else(|| error_expr(span))
    }

    /// `expr` where a statement may stand.
    fn statement_expr(&mut self, pair: P) -> (StmtKind, Span) {
        let span = self.span(&pair);
        let kind = self
            .nested(span, |cx| {
                let toks = cx.flat(pair);
                climb::statement(cx, toks, span)
            })
            .unwrap_or_else(|| StmtKind::Expr(error_expr(span)));
        (kind, span)
    }

    // ---- statements

    pub(super) fn block(&mut self, pair: P) -> Block {
        let span = self.span(&pair);
        let mut stmts = Vec::new();
        // Those of the statement around the block are still to be decided.
        let around = std::mem::take(&mut self.wilds);
        for part in pair.into_inner() {
            stmts.extend(self.stmt(part));
            self.stray_wilds();
        }
        self.wilds = around;
        Block { stmts, span }
    }

    /// What is left of the `_`s after a statement stood for a value.
    pub(super) fn stray_wilds(&mut self) {
        for span in std::mem::take(&mut self.wilds) {
            self.report(errors::wild_as_value(span));
        }
    }

    fn stmt(&mut self, pair: P) -> Option<Stmt> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::expr => self.statement_expr(pair).0,
            Rule::let_s => self.let_stmt(pair)?,
            Rule::for_s => {
                let mut label = None;
                let mut pattern = None;
                let mut seq = None;
                let mut body = None;
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::label => label = Some(self.label(&part)),
                        Rule::pattern => pattern = Some(self.pattern(part)),
                        Rule::head => seq = Some(self.value(part)),
                        Rule::block => body = Some(self.block(part)),
                        _ => {}
                    }
                }
                StmtKind::For {
                    label,
                    pattern: pattern?,
                    seq: seq?,
                    body: body?,
                }
            }
            Rule::while_s => {
                let mut label = None;
                let mut cond = Vec::new();
                let mut body = None;
                for part in pair.into_inner() {
                    match part.as_rule() {
                        Rule::label => label = Some(self.label(&part)),
                        Rule::cond => cond = self.cond(part),
                        Rule::block => body = Some(self.block(part)),
                        _ => {}
                    }
                }
                StmtKind::While {
                    label,
                    cond,
                    body: body?,
                }
            }
            Rule::defer_s => StmtKind::Defer(Box::new(self.deferred(pair)?)),
            Rule::onfail_s => StmtKind::OnFail(Box::new(self.deferred(pair)?)),
            Rule::local => {
                let item = self.item(pair)?;
                if item.is_pub {
                    self.report(errors::local_pub(item.span));
                }
                StmtKind::Item(Box::new(item))
            }
            _ => return None,
        };
        Some(Stmt { kind, span })
    }

    fn let_stmt(&mut self, pair: P) -> Option<StmtKind> {
        let mut is_var = false;
        let mut pattern = None;
        let mut ty = None;
        let mut op = None;
        let mut init = None;
        let mut else_ = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_var => is_var = true,
                Rule::pattern => pattern = Some(self.pattern(part)),
                Rule::ty => ty = Some(self.ty(part)),
                Rule::bind_op => {
                    let sole = part.as_str() == ":=";
                    let lo = part.as_span().start();
                    let span = self.at(lo, lo + if sole { 2 } else { 1 });
                    op = Some((if sole { BindOp::Sole } else { BindOp::Share }, span));
                }
                Rule::expr => init = Some(self.binding_value(part)),
                Rule::block => else_ = Some(self.block(part)),
                _ => {}
            }
        }
        let pattern = pattern?;
        if init.is_none() && ty.is_none() {
            self.report(errors::binding_of_nothing(pattern.span));
        }
        Some(StmtKind::Let {
            is_var,
            pattern,
            ty,
            init: op.and_then(|(op, span)| init.map(|e| (op, span, e))),
            else_,
        })
    }

    /// The right side of a binding; `let x = y = 3` has its own text.
    fn binding_value(&mut self, pair: P) -> Expr {
        match self.statement_expr(pair) {
            (StmtKind::Expr(expr), _) => expr,
            (StmtKind::Assign { op_span, .. }, span) => {
                self.report(errors::assignment_chain(op_span));
                error_expr(span)
            }
            (_, span) => error_expr(span),
        }
    }

    /// `defer e` is `defer { e }`.
    fn deferred(&mut self, pair: P) -> Option<Block> {
        let expr = pair.into_inner().find(|p| p.as_rule() == Rule::expr)?;
        let (kind, span) = self.statement_expr(expr);
        Some(match kind {
            StmtKind::Expr(Expr {
                kind: ExprKind::Block(block),
                ..
            }) => *block,
            kind => Block {
                stmts: vec![Stmt { kind, span }],
                span,
            },
        })
    }

    /// The name of a label, without its quote.
    fn label(&mut self, pair: &P) -> Name {
        self.name_at(&pair.as_str()[1..], pair.as_span().start() + 1)
    }

    fn cond(&mut self, pair: P) -> Vec<Clause> {
        let mut clauses = Vec::new();
        for part in pair.into_inner() {
            if part.as_rule() != Rule::clause_let {
                clauses.push(Clause::Expr(self.value(part)));
                continue;
            }
            let mut pattern = None;
            let mut value = None;
            for part in part.into_inner() {
                match part.as_rule() {
                    Rule::pattern => pattern = Some(self.pattern(part)),
                    Rule::lhead => value = Some(self.value(part)),
                    _ => {}
                }
            }
            if let (Some(pattern), Some(value)) = (pattern, value) {
                clauses.push(Clause::Let { pattern, value });
            }
        }
        // Beside a `let` an `||` would bind tighter than the `&&` around it.
        let has_let = clauses.iter().any(|c| matches!(c, Clause::Let { .. }));
        for clause in clauses.iter().filter(|_| has_let) {
            if let Clause::Expr(e) = clause
                && let ExprKind::Chain(_, links) = &e.kind
                && let Some((_, at, _)) = links.iter().find(|(op, ..)| *op == BinOp::Or)
            {
                self.report(errors::or_beside_let(*at));
            }
        }
        clauses
    }

    // ---- the flat list

    fn flat(&mut self, pair: P) -> Vec<Tok> {
        let mut list = Flat::default();
        let parts = pair.into_inner();
        for part in parts {
            let span = self.span(&part);
            match part.as_rule() {
                Rule::dot_name | Rule::dot_lt | Rule::dot_gen => {
                    list.end_dot(self);
                    list.dot = Some(self.dot(part, span));
                }
                Rule::args => {
                    let args = self.args(part);
                    list.call(self, args, span);
                }
                Rule::dot_no => {
                    let position = part.as_str()[1..].parse::<u32>();
                    match position {
                        Ok(n) => list.postfix(self, PostfixKind::Position(n), span),
                        Err(_) => self.report(errors::int_too_large(span)),
                    }
                }
                Rule::dot_star => list.postfix(self, PostfixKind::Deref, span),
                Rule::index => {
                    let args = self.args(part);
                    list.postfix(self, PostfixKind::Index(args), span);
                }
                Rule::try_ => list.postfix(self, PostfixKind::Try, span),
                Rule::struct_body => {
                    let inits = self.inits(part);
                    list.literal(self, inits, span);
                }
                Rule::op | Rule::range_op => {
                    let op = match part.as_str() {
                        "=" => Infix::Assign(AssignOp::Set),
                        ":=" => Infix::Assign(AssignOp::SetSole),
                        text => match infix(text) {
                            Some(op) => op,
                            None => continue,
                        },
                    };
                    list.push(self, Tok::Infix(op, span));
                }
                Rule::is_ => {
                    let pattern = part.into_inner().last().map(|p| self.pattern(p));
                    if let Some(pattern) = pattern {
                        list.push(self, Tok::Infix(Infix::Is(pattern), span));
                    }
                }
                Rule::catch_ => {
                    let kw = Span {
                        hi: span.lo + "catch".len() as u32,
                        ..span
                    };
                    let pattern = part.into_inner().nth(1).map(|p| self.pattern(p));
                    list.push(self, Tok::Infix(Infix::Catch(pattern), kw));
                }
                Rule::pre_op => {
                    // `x--` at a line's end: the operand would stand on the next line.
                    if part.as_str() == "-"
                        && let Some(Tok::Infix(Infix::Bin(BinOp::Sub), minus)) = list.toks.last()
                        && minus.hi == span.lo
                        && ends_line(&part)
                    {
                        let both = minus.to(span);
                        self.report(errors::increment(both, "-"));
                        list.toks.pop();
                        continue;
                    }
                    let tok = match part.as_str() {
                        "-" => Tok::Tight(PrefixOp::Neg, span),
                        "!" => Tok::Tight(PrefixOp::Not, span),
                        "~" => Tok::Tight(PrefixOp::BitNot, span),
                        "move" => Tok::Tight(PrefixOp::Move, span),
                        "copy" => Tok::Tight(PrefixOp::Copy, span),
                        "return" => Tok::Low(Low::Return, span),
                        "raise" => Tok::Low(Low::Raise, span),
                        text => Tok::Low(
                            Low::RangeTo {
                                inclusive: text == "..=",
                            },
                            span,
                        ),
                    };
                    list.push(self, tok);
                }
                Rule::kw_break => list.push(self, Tok::Low(Low::Break(None), span)),
                Rule::label => {
                    let label = self.label(&part);
                    if let Some(Tok::Low(Low::Break(slot), _)) = list.toks.last_mut() {
                        *slot = Some(label);
                    }
                }
                Rule::closure_head => {
                    let (params, ret) = self.closure_head(part);
                    let end = span.lo + 1;
                    list.push(
                        self,
                        Tok::Low(Low::Closure(params, ret), Span { hi: end, ..span }),
                    );
                }
                _ => {
                    list.flush(self);
                    list.operand = Some((self.atom(part), Vec::new()));
                }
            }
        }
        list.flush(self);
        list.toks
    }

    fn dot(&mut self, pair: P, span: Span) -> Dot {
        let lo = pair.as_span().start();
        if pair.as_rule() != Rule::dot_gen {
            let text = &pair.as_str()[1..];
            let bang = text.ends_with('!');
            let name = self.name_at(text.trim_end_matches('!'), lo + 1);
            return Dot {
                name,
                bang,
                targs: None,
                span,
            };
        }
        let mut name = None;
        let mut bang = false;
        let mut targs = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::word => name = Some(self.name(&part)),
                Rule::bang => bang = true,
                _ => targs = part.into_inner().map(|p| self.ty(p)).collect(),
            }
        }
        Dot {
            name: name.unwrap_or_else(|| self.name_at("_", lo)),
            bang,
            targs: Some(targs),
            span,
        }
    }

    /// `args` and `index`.
    pub(super) fn args(&mut self, pair: P) -> Vec<Arg> {
        let mut args = Vec::new();
        let indexes = pair.as_rule() == Rule::index;
        let mut parts = pair.into_inner().peekable();
        while let Some(part) = parts.next() {
            let value = self.value(part);
            if parts.next_if(|p| p.as_rule() == Rule::colon).is_none() {
                args.push(Arg { name: None, value });
                continue;
            }
            let Some(second) = parts.next() else { continue };
            let named = self.value(second);
            match value.kind {
                ExprKind::Name { name, targs } if targs.is_empty() => args.push(Arg {
                    name: Some(name),
                    value: named,
                }),
                _ if indexes => self.report(errors::slice_colon(value.span)),
                _ => self.report(errors::arg_name_wanted(value.span)),
            }
        }
        args
    }

    fn inits(&mut self, pair: P) -> Vec<Init> {
        let mut inits = Vec::new();
        for init in pair.into_inner() {
            let span = self.span(&init);
            let mut parts = init.into_inner();
            let Some(first) = parts.next() else { continue };
            match first.as_rule() {
                Rule::init_base => {
                    let base = first.into_inner().next().map(|p| self.value(p));
                    inits.extend(base.map(|e| Init::Base(e, span)));
                }
                Rule::ident => {
                    let name = self.name(&first);
                    let value = parts.next().map(|p| self.value(p));
                    inits.push(Init::Field { name, value });
                }
                // What recovery left: the literal is as good as any value.
                _ => inits.push(Init::Base(error_expr(span), span)),
            }
        }
        inits
    }

    fn closure_head(&mut self, pair: P) -> (Vec<(Pattern, Option<Ty>)>, Option<Ty>) {
        let mut params = Vec::new();
        let mut ret = None;
        for part in pair.into_inner() {
            if part.as_rule() == Rule::ty {
                ret = Some(self.ty(part));
                continue;
            }
            let mut inner = part.into_inner();
            if let Some(pattern) = inner.next().map(|p| self.pattern(p)) {
                params.push((pattern, inner.next().map(|p| self.ty(p))));
            }
        }
        (params, ret)
    }

    // ---- operands

    fn atom(&mut self, pair: P) -> Expr {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::ident_e | Rule::ident if pair.as_str() == "null" => {
                self.report(errors::null(span));
                ExprKind::Error
            }
            Rule::ident_e | Rule::ident => ExprKind::Name {
                name: self.name(&pair),
                targs: Vec::new(),
            },
            Rule::ident_gen => self.generic_name(pair),
            Rule::int => self.int(&pair).map_or(ExprKind::Error, ExprKind::Int),
            Rule::float => self.float(&pair).map_or(ExprKind::Error, ExprKind::Float),
            Rule::char => self.char(&pair).map_or(ExprKind::Error, ExprKind::Char),
            Rule::byte => self.byte(&pair).map_or(ExprKind::Error, ExprKind::Byte),
            Rule::bool_l => ExprKind::Bool(pair.as_str() == "true"),
            Rule::string => ExprKind::Str(self.string(pair)),
            Rule::wild => {
                self.wilds.push(span);
                ExprKind::Name {
                    name: self.name(&pair),
                    targs: Vec::new(),
                }
            }
            Rule::dot_v => ExprKind::DotVariant {
                name: self.name_at(&pair.as_str()[1..], pair.as_span().start() + 1),
                args: None,
            },
            Rule::paren => self.paren(pair, span),
            Rule::list => self.list(pair, span),
            Rule::block => ExprKind::Block(Box::new(self.block(pair))),
            Rule::if_e => self.if_expr(pair),
            Rule::match_e => self.match_expr(pair),
            Rule::loop_s => self.loop_expr(pair),
            Rule::continue_ => ExprKind::Continue {
                label: pair.into_inner().nth(1).map(|p| self.label(&p)),
            },
            Rule::weak_e => {
                let args = pair.into_inner().nth(1).map(|p| self.args(p));
                ExprKind::Weak(args.unwrap_or_default())
            }
            Rule::new_e => self.new_expr(pair, span),
            _ => ExprKind::Error,
        };
        Expr { kind, span }
    }

    fn generic_name(&mut self, pair: P) -> ExprKind {
        let mut parts = pair.into_inner();
        let Some(first) = parts.next() else {
            return ExprKind::Error;
        };
        let name = self.name(&first);
        let targs = match parts.next() {
            Some(list) => list.into_inner().map(|p| self.ty(p)).collect(),
            None => Vec::new(),
        };
        ExprKind::Name { name, targs }
    }

    fn paren(&mut self, pair: P, span: Span) -> ExprKind {
        let mut exprs = Vec::new();
        let mut comma = false;
        for part in pair.into_inner() {
            if part.as_rule() == Rule::comma {
                comma = true;
            } else {
                exprs.push(self.value(part));
            }
        }
        if exprs.len() == 1 {
            if comma {
                self.report(errors::one_tuple(span, "value"));
            }
            return ExprKind::Paren(Box::new(exprs.remove(0)));
        }
        ExprKind::Tuple(exprs)
    }

    fn list(&mut self, pair: P, span: Span) -> ExprKind {
        let mut elems = Vec::new();
        let mut pairs = Vec::new();
        let mut clauses = Vec::new();
        let mut parts = pair.into_inner().peekable();
        while let Some(part) = parts.next() {
            match part.as_rule() {
                // `[:]`
                Rule::colon => return ExprKind::Map(Vec::new()),
                Rule::spread => {
                    let inner = part.into_inner().next().map(|p| self.value(p));
                    elems.extend(inner.map(Elem::Spread));
                }
                Rule::comp_for => {
                    let mut pattern = None;
                    let mut seq = None;
                    for part in part.into_inner() {
                        match part.as_rule() {
                            Rule::pattern => pattern = Some(self.pattern(part)),
                            Rule::expr => seq = Some(self.value(part)),
                            _ => {}
                        }
                    }
                    if let (Some(pattern), Some(seq)) = (pattern, seq) {
                        clauses.push(CompClause::For { pattern, seq });
                    }
                }
                Rule::comp_if => {
                    let cond = part.into_inner().nth(1).map(|p| self.value(p));
                    clauses.extend(cond.map(CompClause::If));
                }
                _ => {
                    let first = self.value(part);
                    if parts.next_if(|p| p.as_rule() == Rule::colon).is_none() {
                        elems.push(Elem::Expr(first));
                    } else if let Some(second) = parts.next() {
                        pairs.push((first, self.value(second)));
                    }
                }
            }
        }
        if !elems.is_empty() && !pairs.is_empty() {
            self.report(errors::list_or_map(span));
            return ExprKind::Error;
        }
        if clauses.is_empty() {
            return if pairs.is_empty() {
                ExprKind::List(elems)
            } else {
                ExprKind::Map(pairs)
            };
        }
        let (key, value) = match (elems.pop(), pairs.pop()) {
            (Some(Elem::Expr(value)), _) => (None, value),
            (_, Some((key, value))) => (Some(Box::new(key)), value),
            _ => {
                self.report(errors::comp_spread(span));
                return ExprKind::Error;
            }
        };
        ExprKind::Comp {
            key,
            value: Box::new(value),
            clauses,
        }
    }

    fn if_expr(&mut self, pair: P) -> ExprKind {
        let mut arms = Vec::new();
        let mut else_ = None;
        let mut cond: Option<Vec<Clause>> = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::cond => cond = Some(self.cond(part)),
                Rule::block => {
                    let block = self.block(part);
                    match cond.take() {
                        Some(cond) => arms.push((cond, block)),
                        None => else_ = Some(Box::new(block)),
                    }
                }
                _ => {}
            }
        }
        ExprKind::If { arms, else_ }
    }

    fn match_expr(&mut self, pair: P) -> ExprKind {
        let mut value = None;
        let mut arms = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::head => value = Some(self.value(part)),
                Rule::arm => {
                    let span = self.span(&part);
                    arms.push(self.arm(part.into_inner(), span));
                }
                _ => {}
            }
        }
        match value {
            Some(value) => ExprKind::Match {
                value: Box::new(value),
                arms,
            },
            None => ExprKind::Error,
        }
    }

    fn arm(&mut self, parts: Pairs<Rule>, span: Span) -> Arm {
        let mut pattern = None;
        let mut guard = None;
        let mut body = None;
        let mut guarded = false;
        for part in parts {
            match part.as_rule() {
                Rule::pattern => pattern = Some(ArmPattern::Pattern(self.pattern(part))),
                Rule::arm_typed => {
                    let mut inner = part.into_inner();
                    let name = inner.next().map(|p| self.name(&p));
                    let ty = inner.next().map(|p| self.ty(p));
                    pattern = name
                        .zip(ty)
                        .map(|(name, ty)| ArmPattern::Typed { name, ty });
                }
                Rule::kw_if => guarded = true,
                Rule::expr if guarded => {
                    guarded = false;
                    guard = Some(self.value(part));
                }
                Rule::expr => {
                    let (kind, span) = self.statement_expr(part);
                    body = Some(climb::stmt_as_expr(kind, span));
                }
                _ => {}
            }
        }
        Arm {
            pattern: pattern.unwrap_or(ArmPattern::Pattern(Pattern {
                kind: PatternKind::Error,
                span,
            })),
            guard,
            body: body.unwrap_or_else(|| error_expr(span)),
            span,
        }
    }

    fn loop_expr(&mut self, pair: P) -> ExprKind {
        let mut label = None;
        let mut body = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::label => label = Some(self.label(&part)),
                Rule::block => body = Some(Box::new(self.block(part))),
                _ => {}
            }
        }
        body.map_or(ExprKind::Error, |body| ExprKind::Loop { label, body })
    }

    fn new_expr(&mut self, pair: P, span: Span) -> ExprKind {
        let mut parts = pair.into_inner().skip(1);
        let Some(first) = parts.next() else {
            return ExprKind::Error;
        };
        let start = self.span(&first);
        let second = parts.next();
        let new = match first.as_rule() {
            Rule::ty_plain | Rule::ty_gen => self.new_of_type(first, second, parts.next()),
            Rule::list => match second {
                Some(elem) => {
                    let kind = self.list(first, start);
                    let elem = self.ty(elem);
                    match kind {
                        ExprKind::List(mut elems) if elems.len() == 1 => match elems.pop() {
                            Some(Elem::Expr(len)) => New::Array { len, elem },
                            _ => return self.wrong_new_array(start),
                        },
                        ExprKind::Error => return ExprKind::Error,
                        _ => return self.wrong_new_array(start),
                    }
                }
                None => New::Literal(self.atom(first)),
            },
            Rule::minus => {
                let Some(number) = second else {
                    return ExprKind::Error;
                };
                let number = self.atom(number);
                New::Literal(Expr {
                    span: start.to(number.span),
                    kind: ExprKind::Prefix(vec![(PrefixOp::Neg, start)], Box::new(number)),
                })
            }
            Rule::dot_v => {
                let mut variant = self.atom(first);
                if let Some(list) = second {
                    variant.span = variant.span.to(self.span(&list));
                    let payload = self.args(list);
                    if let ExprKind::DotVariant { args, .. } = &mut variant.kind {
                        *args = Some(payload);
                    }
                }
                New::Literal(variant)
            }
            _ => {
                let literal = self.atom(first);
                if matches!(literal.kind, ExprKind::Paren(_)) {
                    self.report(errors::new_wants_literal(span));
                    return ExprKind::Error;
                }
                New::Literal(literal)
            }
        };
        ExprKind::New(Box::new(new))
    }

    fn wrong_new_array(&mut self, span: Span) -> ExprKind {
        self.report(errors::new_array_length(span));
        ExprKind::Error
    }

    /// `new Point{…}`, `new List<int>[…]`, `new int(…)`, `new List<int>`, `new Shape.circle(…)`,
    /// `new Opt<int>.some(…)`. `payload` stands behind a variant of a generic type.
    fn new_of_type(&mut self, pair: P, rest: Option<P>, payload: Option<P>) -> New {
        let start = self.span(&pair);
        let mut ty = self.ty_base(pair);
        let Some(rest) = rest else {
            return New::Typed { ty, literal: None };
        };
        let span = self.span(&rest);
        match rest.as_rule() {
            Rule::args => New::Convert {
                ty,
                args: self.args(rest),
            },
            Rule::list => New::Typed {
                ty,
                literal: Some(self.atom(rest)),
            },
            Rule::dot_v => {
                if let (TyKind::Name { path, .. }, ExprKind::DotVariant { name, .. }) =
                    (&mut ty.kind, self.atom(rest).kind)
                {
                    path.push(name);
                }
                ty.span = start.to(span);
                match payload {
                    Some(args) => New::Convert {
                        ty,
                        args: self.args(args),
                    },
                    None => New::Typed { ty, literal: None },
                }
            }
            _ => {
                let inits = self.inits(rest);
                let kind = match ty.kind {
                    TyKind::Name { path, args } => ExprKind::Struct {
                        path,
                        targs: args,
                        inits,
                    },
                    _ => ExprKind::Error,
                };
                New::Literal(Expr {
                    kind,
                    span: start.to(span),
                })
            }
        }
    }
}

/// `.name`, until it is known whether it is a field or a method.
struct Dot {
    name: Name,
    bang: bool,
    targs: Option<Vec<Ty>>,
    span: Span,
}

/// The list under construction: the operand that postfix operations still join.
#[derive(Default)]
struct Flat {
    toks: Vec<Tok>,
    operand: Option<(Expr, Vec<Postfix>)>,
    dot: Option<Dot>,
}

impl Flat {
    fn push(&mut self, cx: &mut Cx, tok: Tok) {
        self.flush(cx);
        self.toks.push(tok);
    }

    fn flush(&mut self, cx: &mut Cx) {
        self.end_dot(cx);
        if let Some((expr, postfixes)) = self.operand.take() {
            self.toks.push(Tok::Operand(join(expr, postfixes)));
        }
    }

    /// A `.name` that no arguments followed is a field.
    fn end_dot(&mut self, cx: &mut Cx) {
        if let Some(dot) = self.dot.take() {
            if dot.targs.is_some() {
                cx.report(errors::targs_without_call(dot.span));
            }
            self.postfix(cx, PostfixKind::Field(dot.name), dot.span);
        }
    }

    fn postfix(&mut self, cx: &mut Cx, kind: PostfixKind, span: Span) {
        self.end_dot(cx);
        match &mut self.operand {
            Some((_, postfixes)) => postfixes.push(Postfix { kind, span }),
            // `return?`, `0.. .len()`
            None => {
                cx.report(errors::postfix_of_nothing(span));
                self.operand = Some((error_expr(span), Vec::new()));
            }
        }
    }

    fn call(&mut self, cx: &mut Cx, args: Vec<Arg>, span: Span) {
        if let Some(dot) = self.dot.take() {
            let kind = PostfixKind::Method {
                name: dot.name,
                bang: dot.bang,
                targs: dot.targs.unwrap_or_default(),
                args,
            };
            return self.postfix(cx, kind, dot.span.to(span));
        }
        if let Some((base, postfixes)) = &mut self.operand
            && postfixes.is_empty()
            && let ExprKind::DotVariant {
                args: slot @ None, ..
            } = &mut base.kind
        {
            *slot = Some(args);
            base.span = base.span.to(span);
            return;
        }
        self.postfix(cx, PostfixKind::Call(args), span);
    }

    /// `{…}` behind an operand: a struct literal, if the operand is a path.
    fn literal(&mut self, cx: &mut Cx, inits: Vec<Init>, span: Span) {
        let dot = self.dot.take();
        let Some((base, postfixes)) = self.operand.take() else {
            cx.report(errors::literal_of_nothing(span));
            return;
        };
        let whole = base.span.to(span);
        let mut path = Vec::new();
        let mut all_targs = Vec::new();
        let mut is_path = true;
        match base.kind {
            ExprKind::Name { name, targs } => {
                is_path &= &*name.text != "_";
                path.push(name);
                all_targs = targs;
            }
            _ => is_path = false,
        }
        for postfix in postfixes {
            match postfix.kind {
                PostfixKind::Field(name) => path.push(name),
                _ => is_path = false,
            }
        }
        if let Some(dot) = dot {
            is_path &= all_targs.is_empty();
            path.push(dot.name);
            all_targs = dot.targs.unwrap_or_default();
        }
        if !is_path {
            cx.report(errors::literal_of_nothing(span.start()));
        }
        let kind = if is_path {
            ExprKind::Struct {
                path,
                targs: all_targs,
                inits,
            }
        } else {
            ExprKind::Error
        };
        self.operand = Some((Expr { kind, span: whole }, Vec::new()));
    }
}

fn join(expr: Expr, postfixes: Vec<Postfix>) -> Expr {
    match postfixes.last() {
        Some(last) => Expr {
            span: expr.span.to(last.span),
            kind: ExprKind::Postfix(Box::new(expr), postfixes),
        },
        None => expr,
    }
}

fn infix(text: &str) -> Option<Infix> {
    if let Some(op) = binary(text) {
        return Some(Infix::Bin(op));
    }
    let op = binary(text.strip_suffix('=')?)?;
    Some(Infix::Assign(AssignOp::Op(op)))
}

fn binary(text: &str) -> Option<BinOp> {
    Some(match text {
        "*" => BinOp::Mul,
        "/" => BinOp::Div,
        "%" => BinOp::Rem,
        "*%" => BinOp::MulWrap,
        "+" => BinOp::Add,
        "-" => BinOp::Sub,
        "+%" => BinOp::AddWrap,
        "-%" => BinOp::SubWrap,
        "<<" => BinOp::Shl,
        ">>" => BinOp::Shr,
        "&" => BinOp::BitAnd,
        "^" => BinOp::BitXor,
        "|" => BinOp::BitOr,
        ".." => BinOp::Range,
        "..=" => BinOp::RangeIncl,
        "??" => BinOp::Coalesce,
        "==" => BinOp::Eq,
        "!=" => BinOp::Ne,
        "<" => BinOp::Lt,
        "<=" => BinOp::Le,
        ">" => BinOp::Gt,
        ">=" => BinOp::Ge,
        "===" => BinOp::Same,
        "!==" => BinOp::NotSame,
        "in" => BinOp::In,
        "&&" => BinOp::And,
        "||" => BinOp::Or,
        _ => return None,
    })
}

/// Whether nothing stands behind it on its line.
fn ends_line(pair: &P) -> bool {
    let whole = pair.as_span();
    let rest = whole.get_input().get(whole.end()..).unwrap_or_default();
    let rest = rest.trim_start_matches([' ', '\t', '\r']);
    rest.starts_with('\n') || rest.starts_with("//")
}
