//! Pairs of types to `ast::Ty`.

use super::cx::{Cx, P};
use super::{Rule, errors};
use crate::ast::{GenericParam, Name, Ty, TyKind};
use crate::source::Span;

impl Cx<'_> {
    /// `ty`, `ty_err`, `ty_elem`: prefixes from the outside in, a base, `?`s, perhaps `! E`.
    pub(super) fn ty(&mut self, pair: P) -> Ty {
        let whole = self.span(&pair);
        self.nested(whole, |cx| cx.ty_flat(pair, whole))
            .unwrap_or(Ty {
                kind: TyKind::Error,
                span: whole,
            })
    }

    fn ty_flat(&mut self, pair: P, whole: Span) -> Ty {
        let mut leads = Vec::new();
        let mut built: Option<Ty> = None;
        // The last `fn(…)` without `->`: nothing but `! E` may follow it.
        let mut open_fn = None;
        // Each prefix, `?` and `fn(…) ->` is a level of the tree.
        let mut levels = 0;
        for part in pair.into_inner() {
            let span = self.span(&part);
            levels += 1;
            if levels > super::cx::MAX_DEPTH {
                self.report(errors::too_deep(span));
                return error_ty(whole);
            }
            match part.as_rule() {
                Rule::ty_pre => {
                    self.no_result_before(&mut open_fn, span);
                    leads.push(Lead::Pre(part.as_str().as_bytes()[0], span));
                }
                Rule::ty_fn => {
                    self.no_result_before(&mut open_fn, span);
                    let mut inner = part.into_inner().skip(1);
                    let params = match inner.next() {
                        Some(list) => list.into_inner().map(|p| self.ty(p)).collect(),
                        None => Vec::new(),
                    };
                    if inner.next().is_none() {
                        open_fn = Some(span);
                    }
                    leads.push(Lead::Fn(params, span));
                }
                Rule::opt => match built.take() {
                    Some(inner) => {
                        let inner = apply_prefixes(&mut leads, inner);
                        built = Some(Ty {
                            span: inner.span.to(span),
                            kind: TyKind::Optional(Box::new(inner)),
                        });
                    }
                    None => self.report(errors::fn_type_optional(span)),
                },
                Rule::ty_err => {
                    let error = self.ty(part);
                    let ok = match built.take() {
                        Some(inner) => apply_prefixes(&mut leads, inner),
                        None => Ty {
                            kind: TyKind::Tuple(Vec::new()),
                            span: error.span.start(),
                        },
                    };
                    built = Some(Ty {
                        span: ok.span.to(error.span),
                        kind: TyKind::Result(Box::new(ok), Box::new(error)),
                    });
                }
                _ => {
                    self.no_result_before(&mut open_fn, span);
                    built = Some(self.ty_base(part));
                }
            }
        }
        while let Some(lead) = leads.pop() {
            built = Some(match lead {
                Lead::Pre(c, span) => match built {
                    Some(inner) => prefixed(c, span, inner),
                    None => {
                        self.report(errors::type_missing(span));
                        error_ty(span)
                    }
                },
                Lead::Fn(params, span) => Ty {
                    span: built.as_ref().map_or(span, |r| span.to(r.span)),
                    kind: TyKind::Fn {
                        params,
                        ret: built.map(Box::new),
                    },
                },
            });
        }
        built.unwrap_or_else(|| {
            self.report(errors::type_missing(whole));
            error_ty(whole)
        })
    }

    fn no_result_before(&mut self, open_fn: &mut Option<Span>, span: Span) {
        if let Some(fn_span) = open_fn.take() {
            self.report(errors::fn_type_arrow(fn_span, span));
        }
    }

    pub(super) fn ty_base(&mut self, pair: P) -> Ty {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::ty_plain => TyKind::Name {
                path: self.path(&pair),
                args: Vec::new(),
            },
            Rule::ty_gen => {
                let mut inner = pair.into_inner();
                let path = inner.next().map(|p| self.path(&p)).unwrap_or_default();
                let args = match inner.next() {
                    Some(list) => list.into_inner().map(|p| self.ty(p)).collect(),
                    None => Vec::new(),
                };
                TyKind::Name { path, args }
            }
            Rule::ty_tuple => {
                let mut parts = Vec::new();
                let mut comma = false;
                for part in pair.into_inner() {
                    if part.as_rule() == Rule::comma {
                        comma = true;
                    } else {
                        parts.push(self.ty(part));
                    }
                }
                if parts.len() == 1 {
                    if comma {
                        self.report(errors::one_tuple(span, "type"));
                    }
                    // `(T)` only groups: `(*T)?`, `(fn() -> int)?`.
                    return parts.remove(0);
                }
                TyKind::Tuple(parts)
            }
            _ => TyKind::Error,
        };
        Ty { kind, span }
    }

    /// `ret_ty`, `ret_err`.
    pub(super) fn ret(&mut self, pair: P) -> Option<Ty> {
        let rule = pair.as_rule();
        let start = self.span(&pair).start();
        let ty = pair.into_inner().next().map(|p| self.ty(p))?;
        if rule == Rule::ret_ty {
            return Some(ty);
        }
        let unit = Ty {
            kind: TyKind::Tuple(Vec::new()),
            span: start,
        };
        Some(Ty {
            span: start.to(ty.span),
            kind: TyKind::Result(Box::new(unit), Box::new(ty)),
        })
    }

    /// `generics` and `where_`.
    pub(super) fn generics(&mut self, pair: P) -> Vec<GenericParam> {
        let params = pair.into_inner().filter(|p| p.as_rule() == Rule::gparam);
        params
            .map(|param| {
                let mut name: Option<Name> = None;
                let mut bounds = Vec::new();
                for part in param.into_inner() {
                    if part.as_rule() == Rule::ident {
                        name = Some(self.name(&part));
                    } else {
                        bounds.push(self.ty(part));
                    }
                }
                (name, bounds)
            })
            .filter_map(|(name, bounds)| name.map(|name| GenericParam { name, bounds }))
            .collect()
    }
}

/// What may stand before the base of a type.
enum Lead {
    /// `*`, `weak` or `any`, by its first byte.
    Pre(u8, Span),
    Fn(Vec<Ty>, Span),
}

/// Prefixes bind tighter than `?` and `!`, up to the nearest `fn(…) ->`.
fn apply_prefixes(leads: &mut Vec<Lead>, mut inner: Ty) -> Ty {
    while let Some(&Lead::Pre(c, span)) = leads.last() {
        leads.pop();
        inner = prefixed(c, span, inner);
    }
    inner
}

fn error_ty(span: Span) -> Ty {
    Ty {
        kind: TyKind::Error,
        span,
    }
}

fn prefixed(first: u8, span: Span, inner: Ty) -> Ty {
    let span = span.to(inner.span);
    let inner = Box::new(inner);
    let kind = match first {
        b'*' => TyKind::Ptr(inner),
        b'w' => TyKind::Weak(inner),
        _ => TyKind::Any(inner),
    };
    Ty { kind, span }
}
