//! Pairs of patterns to `ast::Pattern`.

use super::cx::{Cx, P};
use super::{Rule, errors};
use crate::ast::{Name, PatLit, Pattern, PatternArg, PatternItem, PatternKind};
use crate::source::Span;
use std::iter::Peekable;

type Parts<'i> = Peekable<pest::iterators::Pairs<'i, Rule>>;

impl Cx<'_> {
    /// `pattern` (alternatives between bars), `pattern1`, `pattern_is`.
    pub(super) fn pattern(&mut self, pair: P) -> Pattern {
        let span = self.span(&pair);
        self.nested(span, |cx| {
            let mut parts = pair.into_inner().peekable();
            let first = cx.pattern_one(&mut parts, span);
            if parts.peek().is_none() {
                return first;
            }
            let mut all = vec![first];
            while parts.next_if(|p| p.as_rule() == Rule::bar).is_some() {
                all.push(cx.pattern_one(&mut parts, span));
            }
            Pattern {
                kind: PatternKind::Or(all),
                span,
            }
        })
        .unwrap_or(Pattern {
            kind: PatternKind::Error,
            span,
        })
    }

    /// One alternative of the flat list: `x @ y @ path (…)`.
    fn pattern_one(&mut self, parts: &mut Parts, whole: Span) -> Pattern {
        let mut ats: Vec<Name> = Vec::new();
        while let Some(at) = parts.next_if(|p| p.as_rule() == Rule::pat_at) {
            ats.extend(at.into_inner().next().map(|p| self.name(&p)));
        }
        let mut pattern = match parts.next() {
            Some(head) => self.pattern_base(head, parts),
            None => Pattern {
                kind: PatternKind::Error,
                span: whole,
            },
        };
        if ats.len() > 1 {
            self.report(errors::at_chain(ats[1].span));
            ats.truncate(1);
        }
        if let Some(name) = ats.pop() {
            let span = name.span.to(pattern.span);
            pattern = Pattern {
                kind: PatternKind::At(name, Box::new(pattern)),
                span,
            };
        }
        pattern
    }

    fn pattern_base(&mut self, head: P, parts: &mut Parts) -> Pattern {
        let mut span = self.span(&head);
        let kind = match head.as_rule() {
            Rule::path => match parts.peek().map(|p| p.as_rule()) {
                Some(Rule::pat_args) => {
                    let (args, end) = self.pattern_args(parts, false);
                    span = span.to(end);
                    PatternKind::Variant {
                        dot: false,
                        path: self.path(&head),
                        args: Some(args),
                    }
                }
                Some(Rule::pat_fields) => {
                    let (fields, end) = self.pattern_args(parts, true);
                    span = span.to(end);
                    PatternKind::Struct {
                        path: self.path(&head),
                        fields,
                    }
                }
                Some(Rule::range_op) => {
                    let lo = PatLit::Const(self.path(&head));
                    return self.range_pattern(Some(lo), span, parts);
                }
                _ => {
                    let mut path = self.path(&head);
                    if path.len() == 1 {
                        PatternKind::Name(path.remove(0))
                    } else {
                        PatternKind::Variant {
                            dot: false,
                            path,
                            args: None,
                        }
                    }
                }
            },
            Rule::pat_lit => {
                let lit = self.pattern_lit(head);
                if parts.peek().is_some_and(|p| p.as_rule() == Rule::range_op) {
                    return self.range_pattern(lit, span, parts);
                }
                match lit {
                    Some(lit) => PatternKind::Lit(Box::new(lit)),
                    None => PatternKind::Error,
                }
            }
            Rule::range_op => {
                let inclusive = head.as_str() == "..=";
                let hi = self.range_end(parts, &mut span);
                PatternKind::Range {
                    lo: None,
                    hi,
                    inclusive,
                }
            }
            Rule::dot_v => {
                let text = &head.as_str()[1..];
                let name = self.name_at(text, head.as_span().start() + 1);
                let args = if parts.peek().is_some_and(|p| p.as_rule() == Rule::pat_args) {
                    let (args, end) = self.pattern_args(parts, false);
                    span = span.to(end);
                    Some(args)
                } else {
                    None
                };
                PatternKind::Variant {
                    dot: true,
                    path: vec![name],
                    args,
                }
            }
            Rule::wild => PatternKind::Wild,
            Rule::pat_tuple => {
                let mut items = Vec::new();
                let mut comma = false;
                for part in head.into_inner() {
                    if part.as_rule() == Rule::comma {
                        comma = true;
                    } else {
                        items.push(self.pattern_item(part));
                    }
                }
                if let [PatternItem::Pattern(_)] = items.as_slice() {
                    if comma {
                        self.report(errors::one_tuple(span, "pattern"));
                    }
                    if let Some(PatternItem::Pattern(only)) = items.pop() {
                        return only;
                    }
                }
                PatternKind::Tuple(items)
            }
            Rule::pat_list => {
                PatternKind::List(head.into_inner().map(|p| self.pattern_item(p)).collect())
            }
            _ => PatternKind::Error,
        };
        Pattern { kind, span }
    }

    fn range_pattern(&mut self, lo: Option<PatLit>, mut span: Span, parts: &mut Parts) -> Pattern {
        let mut inclusive = false;
        if let Some(op) = parts.next() {
            inclusive = op.as_str() == "..=";
            span = span.to(self.span(&op));
        }
        let hi = self.range_end(parts, &mut span);
        if inclusive && hi.is_none() {
            self.report(errors::inclusive_without_end(span));
        }
        Pattern {
            kind: PatternKind::Range {
                lo: lo.map(Box::new),
                hi,
                inclusive,
            },
            span,
        }
    }

    fn range_end(&mut self, parts: &mut Parts, span: &mut Span) -> Option<Box<PatLit>> {
        let end = parts.next_if(|p| matches!(p.as_rule(), Rule::pat_lit | Rule::path))?;
        *span = span.to(self.span(&end));
        if end.as_rule() == Rule::path {
            return Some(Box::new(PatLit::Const(self.path(&end))));
        }
        self.pattern_lit(end).map(Box::new)
    }

    fn pattern_args(&mut self, parts: &mut Parts, of_struct: bool) -> (Vec<PatternArg>, Span) {
        let Some(list) = parts.next() else {
            return (Vec::new(), Span::default());
        };
        let end = self.span(&list);
        let mut args = Vec::new();
        let mut inner = list.into_inner().peekable();
        while let Some(part) = inner.next() {
            if part.as_rule() == Rule::rest {
                let span = self.span(&part);
                if let Some(name) = part.into_inner().next() {
                    let span = self.span(&name);
                    self.report(errors::named_rest(span));
                }
                args.push(PatternArg::Rest(span));
                continue;
            }
            let pattern = self.pattern(part);
            if inner.next_if(|p| p.as_rule() == Rule::colon).is_none() {
                let name = match &pattern.kind {
                    PatternKind::Name(name) if of_struct => Some(name.clone()),
                    _ => None,
                };
                if of_struct && name.is_none() {
                    self.report(errors::field_name_wanted(pattern.span));
                }
                args.push(PatternArg::Pattern { name, pattern });
                continue;
            }
            let value = match inner.next() {
                Some(value) => self.pattern(value),
                None => continue,
            };
            match pattern.kind {
                PatternKind::Name(name) => args.push(PatternArg::Pattern {
                    name: Some(name),
                    pattern: value,
                }),
                _ => self.report(errors::field_name_wanted(pattern.span)),
            }
        }
        (args, end)
    }

    fn pattern_item(&mut self, pair: P) -> PatternItem {
        if pair.as_rule() == Rule::rest {
            let span = self.span(&pair);
            let name = pair.into_inner().next().map(|p| self.name(&p));
            return PatternItem::Rest { name, span };
        }
        PatternItem::Pattern(self.pattern(pair))
    }

    /// `None` where the literal was wrong and reported.
    fn pattern_lit(&mut self, pair: P) -> Option<PatLit> {
        let mut negative = false;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::minus => negative = true,
                Rule::int => {
                    return self.int(&part).map(|value| PatLit::Int { negative, value });
                }
                Rule::float => {
                    return self
                        .float(&part)
                        .map(|v| PatLit::Float(if negative { -v } else { v }));
                }
                Rule::char => return self.char(&part).map(PatLit::Char),
                Rule::byte => return self.byte(&part).map(PatLit::Byte),
                Rule::bool_l => return Some(PatLit::Bool(part.as_str() == "true")),
                _ => return self.plain_string(part, "a pattern").map(PatLit::Str),
            }
        }
        None
    }
}
