//! Fitting a checked expression to the type that its place wants: equality, lifting into `T?` and
//! `T ! E` (one level), boxing as `any Trait`.

use super::*;
use crate::words;

impl Cx<'_, '_> {
    /// Checks an expression where a type is wanted.
    pub(super) fn expr_to(&mut self, e: &ast::Expr, want: Ty) -> Expr {
        if self.shallow(want) == Types::ERROR {
            return self.operand_of_error(e);
        }
        let expr = self.expr(e, Some(want));
        self.coerce(expr, want, e.span)
    }

    /// Checks what stands where something is wrong already: nothing says what its type should be,
    /// and nobody is to be told so.
    pub(super) fn operand_of_error(&mut self, e: &ast::Expr) -> Expr {
        let (open, obligations) = (self.open.len(), self.obligations.len());
        let expr = self.expr(e, None);
        self.close(expr.ty);
        self.open.truncate(open);
        self.obligations.truncate(obligations);
        expr
    }

    /// Fits `expr` to `want` or reports.
    pub(super) fn coerce(&mut self, expr: Expr, want: Ty, span: Span) -> Expr {
        match self.try_coerce(expr, want, true) {
            Ok(expr) => expr,
            Err(expr) => {
                let (want, have) = (self.shallow(want), self.shallow(expr.ty));
                let (shown_want, shown_have) = (self.show(want), self.show(have));
                let help = self.conversion_help(have, want);
                self.report(errors::mismatch(span, &shown_want, &shown_have, help));
                // What only this would have decided is not reported again.
                self.close(have);
                self.error(span)
            }
        }
    }

    fn try_coerce(&mut self, expr: Expr, want: Ty, may_lift: bool) -> Result<Expr, Expr> {
        let (want, have) = (self.shallow(want), self.shallow(expr.ty));
        if have == want || have == Types::NEVER || have == Types::ERROR || want == Types::ERROR {
            return Ok(expr);
        }
        let have_is_open = matches!(self.data(have), TyData::Infer(_));
        if have_is_open || matches!(self.data(want), TyData::Infer(_)) {
            return if self.unify(have, want) {
                Ok(expr)
            } else {
                Err(expr)
            };
        }
        if may_lift
            && let Some(inner) = self.as_option(want)
            && !(self.as_option(have).is_some() && self.unify(have, want))
        {
            if matches!(self.data(inner), TyData::Infer(_)) {
                // Nothing is lifted to find a type parameter.
                return Err(expr);
            }
            let expr = self.try_coerce(expr, inner, false)?;
            return Ok(self.variant_of(want, 1, vec![expr]));
        }
        if may_lift
            && let Some((ok, _)) = self.as_result(want)
            && !(self.as_result(have).is_some() && self.unify(have, want))
        {
            if matches!(self.data(ok), TyData::Infer(_)) {
                return Err(expr);
            }
            let expr = self.try_coerce(expr, ok, false)?;
            return Ok(self.variant_of(want, 0, vec![expr]));
        }
        if let TyData::Any(trait_, args) = self.data(want)
            && !matches!(self.data(have), TyData::Any(..))
        {
            let span = self.ck.sites.span(expr.site);
            return Ok(self.make_any(expr, want, trait_, &args, span));
        }
        if self.unify(have, want) {
            Ok(expr)
        } else {
            Err(expr)
        }
    }

    fn variant_of(&mut self, ty: Ty, variant: u32, fields: Vec<Expr>) -> Expr {
        let site = fields[0].site;
        Expr {
            kind: ExprKind::Variant { variant, fields },
            ty,
            site,
        }
    }

    pub(super) fn none(&mut self, inner: Ty, span: Span) -> Expr {
        let ty = self.option_of(inner);
        self.mk(
            ExprKind::Variant {
                variant: 0,
                fields: Vec::new(),
            },
            ty,
            span,
        )
    }

    pub(super) fn result_variant(&mut self, ty: Ty, variant: u32, value: Expr) -> Expr {
        self.variant_of(ty, variant, vec![value])
    }

    /// Boxes a value as `any Trait`; the bound is proved at the end.
    pub(super) fn make_any(
        &mut self,
        expr: Expr,
        want: Ty,
        trait_: TraitId,
        args: &[Ty],
        span: Span,
    ) -> Expr {
        let bound = TraitRef {
            trait_,
            args: args.to_vec(),
        };
        let shown = self.show(want);
        let why = format!("making `{shown}` of it");
        self.obligations.push(Obligation {
            ty: expr.ty,
            bound,
            span,
            why,
        });
        let site = expr.site;
        let kind = ExprKind::MakeAny {
            value: Box::new(expr),
            vtable: VtableRef::Generic,
        };
        Expr {
            kind,
            ty: want,
            site,
        }
    }

    /// What would help where one type is wanted and another is there.
    fn conversion_help(&mut self, have: Ty, want: Ty) -> Option<String> {
        let shown = self.show(want);
        if self
            .as_option(want)
            .is_some_and(|t| matches!(self.data(t), TyData::Infer(_)))
        {
            return Some("write `some(…)`: nothing else says what the optional holds".into());
        }
        if self.as_option(have) == Some(want) {
            return Some("this may be none: use `?`, `??`, `match` or `.unwrap()`".into());
        }
        // `int??` from `int`: a value is wrapped one level.
        if let Some(inner) = self.as_option(want)
            && let Some(innermost) = self.as_option(inner)
            && self.shallow(innermost) == have
        {
            return Some("only one level is wrapped: write `some(…)`".into());
        }
        if let (TyData::List(w), TyData::List(h)) | (TyData::Array(w), TyData::Array(h)) =
            (self.data(want), self.data(have))
            && matches!(self.data(w), TyData::Any(..))
            && !matches!(self.data(h), TyData::Any(..) | TyData::Infer(_))
        {
            return Some("an `any` is made of each element: `[x for x in xs]`".into());
        }
        if self.as_result(have).is_some_and(|(ok, _)| ok == want) {
            return Some("this may fail: use `?`, `catch`, `match` or `.unwrap()`".into());
        }
        if want == Types::BOOL && self.as_option(have).is_some() {
            return Some("ask `.is_some()`, or take the value out: `if let some(x) = …`".into());
        }
        if self
            .as_option(have)
            .is_some_and(|t| matches!(self.data(t), TyData::Infer(_)))
        {
            return Some(format!(
                "{} is always there: the type that allows none is `{shown}?`",
                words::a(&shown)
            ));
        }
        match (self.data(have), self.data(want)) {
            (_, TyData::List(t) | TyData::Array(t) | TyData::Set(t)) if self.shallow(t) == have => {
                Some("a list of one is written `[x]`; `push` adds one element".into())
            }
            (TyData::Str, TyData::Char) => {
                Some("a character stands in single quotes: `'c'`".into())
            }
            (TyData::Str, TyData::Int(_)) => {
                Some("read it: `.parse_int()`, which gives none where it is no number".into())
            }
            (TyData::Str, TyData::Float(_)) => {
                Some("read it: `.parse_float()`, which gives none where it is no number".into())
            }
            (TyData::Int(_) | TyData::Float(_), TyData::Bool) => {
                Some("compare it: `x != 0`".into())
            }
            (
                TyData::Str | TyData::List(_) | TyData::Map(..) | TyData::Set(_) | TyData::Array(_),
                TyData::Bool,
            ) => Some("ask `!x.is_empty()`".into()),
            (
                TyData::Int(_) | TyData::Float(_) | TyData::Char,
                TyData::Int(_) | TyData::Float(_),
            ) => Some(format!("convert it: `{shown}(…)`")),
            (TyData::List(_) | TyData::Set(_), TyData::Array(_)) => {
                Some("convert it: `.to_array()`".into())
            }
            (TyData::Array(_) | TyData::Set(_), TyData::List(_)) => {
                Some("convert it: `.to_list()`".into())
            }
            (TyData::List(_) | TyData::Array(_), TyData::Set(_)) => {
                Some("convert it: `.to_set()`".into())
            }
            (_, TyData::Str) => Some("write it as text: `\"{…}\"`".into()),
            (TyData::Ptr(t), _) if self.shallow(t) == want => {
                Some("take the value behind the pointer: `.*`".into())
            }
            (_, TyData::Ptr(t)) if self.shallow(t) == have => {
                Some("make an object of it: `new …`".into())
            }
            _ => None,
        }
    }

    /// The expectation for a form that is never itself an optional or result: what lifting wants.
    pub(super) fn inner_expectation(&self, expected: Option<Ty>) -> Option<Ty> {
        let ty = self.shallow(expected?);
        let inner = self
            .as_option(ty)
            .or_else(|| self.as_result(ty).map(|r| r.0))
            .unwrap_or(ty);
        let inner = self.shallow(inner);
        match self.data(inner) {
            TyData::Infer(_) | TyData::Error => None,
            _ => Some(inner),
        }
    }

    /// The type of two branches: the first's unless it never ends.
    pub(super) fn join(&mut self, a: Option<Ty>, b: Ty) -> Ty {
        match a {
            None => b,
            Some(a) if self.shallow(a) == Types::NEVER => b,
            Some(a) => a,
        }
    }
}
