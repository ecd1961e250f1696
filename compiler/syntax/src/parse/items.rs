//! Pairs of items to `ast::Item`.

use super::cx::{Cx, P};
use super::{Rule, errors};
use crate::ast::*;
use crate::source::Span;
use std::sync::Arc;

impl Cx<'_> {
    /// `item` and `local`; `None` for what recovery left there.
    pub(super) fn item(&mut self, pair: P) -> Option<Item> {
        let mut attrs = Vec::new();
        let mut doc = Doc::default();
        let mut is_pub = false;
        let mut start: Option<Span> = None;
        for part in pair.into_inner() {
            let span = self.span(&part);
            let start = *start.get_or_insert(span);
            match part.as_rule() {
                Rule::doc => {
                    doc.line(part.as_str(), span);
                    continue;
                }
                Rule::attr => {
                    attrs.extend(self.attr(part));
                    continue;
                }
                Rule::kw_pub => {
                    is_pub = true;
                    continue;
                }
                _ => {}
            }
            let kind = match part.as_rule() {
                Rule::use_decl => ItemKind::Use(self.use_decl(part)?),
                Rule::fn_decl => ItemKind::Fn(self.fn_decl(part)?),
                Rule::struct_decl => ItemKind::Struct(self.struct_decl(part)?),
                Rule::enum_decl => ItemKind::Enum(self.enum_decl(part)?),
                Rule::trait_decl => ItemKind::Trait(self.trait_decl(part)?),
                Rule::impl_decl => ItemKind::Impl(self.impl_decl(part)?),
                Rule::type_decl => ItemKind::Alias(self.alias_decl(part)?),
                Rule::const_decl => ItemKind::Const(self.const_decl(part)?),
                Rule::test_decl => ItemKind::Test(self.test_decl(part)?),
                _ => return None,
            };
            self.stray_wilds();
            return Some(Item {
                attrs,
                doc: doc.finish(),
                is_pub,
                kind,
                span: start.to(span),
            });
        }
        None
    }

    fn attr(&mut self, pair: P) -> Option<Attr> {
        let span = self.span(&pair);
        let mut inner = pair.into_inner();
        let name = self.name(&inner.next()?);
        let mut args = Vec::new();
        if let Some(list) = inner.next() {
            for arg in self.args(list) {
                if let Some(name) = &arg.name {
                    self.report(errors::attr_named(name.span));
                }
                args.push(arg.value);
            }
        }
        Some(Attr { name, args, span })
    }

    fn use_decl(&mut self, pair: P) -> Option<Use> {
        let span = self.span(&pair);
        let mut decl = Use {
            path: Vec::new(),
            names: None,
            alias: None,
            span,
        };
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::path => decl.path = self.path(&part),
                Rule::use_names => {
                    decl.names = Some(part.into_inner().filter_map(|p| self.use_name(p)).collect());
                }
                Rule::ident => decl.alias = Some(self.name(&part)),
                _ => {}
            }
        }
        if let (Some(_), Some(alias)) = (&decl.names, &decl.alias) {
            self.report(errors::use_both(alias.span));
        }
        Some(decl)
    }

    fn use_name(&mut self, pair: P) -> Option<UseName> {
        let mut idents = pair.into_inner().filter(|p| p.as_rule() == Rule::ident);
        let name = self.name(&idents.next()?);
        let alias = idents.next().map(|p| self.name(&p));
        Some(UseName { name, alias })
    }

    fn fn_decl(&mut self, pair: P) -> Option<FnDecl> {
        let mut parts = pair.into_inner();
        let head = parts.next()?;
        let mut is_pure = false;
        let mut name = None;
        let mut decl_generics = Vec::new();
        let mut params = Vec::new();
        let mut ret = None;
        let mut where_ = Vec::new();
        let head_span = self.span(&head);
        for part in head.into_inner() {
            match part.as_rule() {
                Rule::kw_pure => is_pure = true,
                Rule::word => name = Some(self.name(&part)),
                Rule::generics => decl_generics = self.generics(part),
                Rule::params => {
                    for param in part.into_inner() {
                        params.extend(self.param(param));
                    }
                }
                Rule::ret_ty | Rule::ret_err => ret = self.ret(part),
                Rule::where_ => where_ = self.generics(part),
                _ => {}
            }
        }
        let body = parts.next().map(|p| self.block(p));
        Some(FnDecl {
            is_pure,
            name: name?,
            generics: decl_generics,
            params,
            ret,
            where_,
            body,
            head_span,
        })
    }

    fn param(&mut self, pair: P) -> Option<Param> {
        let span = self.span(&pair);
        let mut is_var = false;
        let mut name = None;
        let mut ty = None;
        let mut default = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_var => is_var = true,
                Rule::kw_self | Rule::ident => name = Some(self.name(&part)),
                Rule::ty => ty = Some(self.ty(part)),
                Rule::expr => default = Some(self.value(part)),
                _ => {}
            }
        }
        Some(Param {
            is_var,
            name: name?,
            ty,
            default,
            span,
        })
    }

    fn struct_decl(&mut self, pair: P) -> Option<StructDecl> {
        let mut name = None;
        let mut generics = Vec::new();
        let mut fields = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.name(&part)),
                Rule::generics => generics = self.generics(part),
                Rule::field => fields.extend(self.field(part)),
                _ => {}
            }
        }
        Some(StructDecl {
            name: name?,
            generics,
            fields,
        })
    }

    fn field(&mut self, pair: P) -> Option<FieldDecl> {
        let end = self.span(&pair);
        let mut doc = Doc::default();
        let mut start = None;
        let mut is_pub = false;
        let mut name = None;
        let mut ty = None;
        let mut default = None;
        for part in pair.into_inner() {
            let span = self.span(&part);
            if part.as_rule() == Rule::doc {
                doc.line(part.as_str(), span);
                continue;
            }
            start.get_or_insert(span);
            match part.as_rule() {
                Rule::kw_pub => is_pub = true,
                Rule::ident => name = Some(self.name(&part)),
                Rule::ty => ty = Some(self.ty(part)),
                Rule::expr => default = Some(self.value(part)),
                _ => {}
            }
        }
        Some(FieldDecl {
            doc: doc.finish(),
            is_pub,
            name: name?,
            ty: ty?,
            default,
            span: Span {
                hi: end.hi,
                ..start?
            },
        })
    }

    fn enum_decl(&mut self, pair: P) -> Option<EnumDecl> {
        let mut name = None;
        let mut generics = Vec::new();
        let mut variants = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.name(&part)),
                Rule::generics => generics = self.generics(part),
                Rule::variant => variants.extend(self.variant(part)),
                _ => {}
            }
        }
        Some(EnumDecl {
            name: name?,
            generics,
            variants,
        })
    }

    fn variant(&mut self, pair: P) -> Option<VariantDecl> {
        let end = self.span(&pair);
        let mut doc = Doc::default();
        let mut name: Option<Name> = None;
        let mut fields = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::doc => {
                    let span = self.span(&part);
                    doc.line(part.as_str(), span);
                }
                Rule::ident => name = Some(self.name(&part)),
                Rule::vfields => {
                    for field in part.into_inner() {
                        let mut inner = field.into_inner();
                        let Some(first) = inner.next() else { continue };
                        match inner.next() {
                            Some(ty) => {
                                let name = self.name(&first);
                                fields.push((Some(name), self.ty(ty)));
                            }
                            None => fields.push((None, self.ty(first))),
                        }
                    }
                }
                _ => {}
            }
        }
        let name = name?;
        let span = Span {
            hi: end.hi,
            ..name.span
        };
        Some(VariantDecl {
            doc: doc.finish(),
            name,
            fields,
            span,
        })
    }

    fn trait_decl(&mut self, pair: P) -> Option<TraitDecl> {
        let mut name = None;
        let mut generics = Vec::new();
        let mut supers = Vec::new();
        let mut items = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.name(&part)),
                Rule::generics => generics = self.generics(part),
                Rule::ty_err => supers.push(self.ty(part)),
                Rule::body => items = self.members(part, "a trait"),
                _ => {}
            }
        }
        Some(TraitDecl {
            name: name?,
            generics,
            supers,
            items,
        })
    }

    fn impl_decl(&mut self, pair: P) -> Option<ImplDecl> {
        let mut generics = Vec::new();
        let mut types = Vec::new();
        let mut where_ = Vec::new();
        let mut items = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::generics => generics = self.generics(part),
                Rule::ty => types.push(self.ty(part)),
                Rule::where_ => where_ = self.generics(part),
                Rule::body => items = self.members(part, "an impl"),
                _ => {}
            }
        }
        let self_ty = types.pop()?;
        Some(ImplDecl {
            generics,
            trait_: types.pop(),
            self_ty,
            where_,
            items,
        })
    }

    /// The items of a trait or an impl: functions only.
    fn members(&mut self, pair: P, of: &str) -> Vec<Item> {
        let mut items = Vec::new();
        for part in pair.into_inner() {
            let Some(item) = self.item(part) else {
                continue;
            };
            if matches!(item.kind, ItemKind::Fn(_)) {
                items.push(item);
            } else {
                self.report(errors::member_kind(item.span, of));
            }
        }
        items
    }

    fn alias_decl(&mut self, pair: P) -> Option<AliasDecl> {
        let mut name = None;
        let mut generics = Vec::new();
        let mut ty = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.name(&part)),
                Rule::generics => generics = self.generics(part),
                Rule::ty => ty = Some(self.ty(part)),
                _ => {}
            }
        }
        Some(AliasDecl {
            name: name?,
            generics,
            ty: ty?,
        })
    }

    fn const_decl(&mut self, pair: P) -> Option<ConstDecl> {
        let mut name = None;
        let mut ty = None;
        let mut value = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => name = Some(self.name(&part)),
                Rule::ty => ty = Some(self.ty(part)),
                Rule::expr => value = Some(self.value(part)),
                _ => {}
            }
        }
        Some(ConstDecl {
            name: name?,
            ty,
            value: value?,
        })
    }

    fn test_decl(&mut self, pair: P) -> Option<TestDecl> {
        let mut name = None;
        let mut name_span = Span::default();
        let mut budgets = Vec::new();
        let mut body = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::string => {
                    name_span = self.span(&part);
                    name = self.plain_string(part, "the name of a test");
                }
                Rule::budget => budgets.extend(self.budget(part)),
                Rule::block => body = Some(self.block(part)),
                _ => {}
            }
        }
        Some(TestDecl {
            name: name.unwrap_or_else(|| Arc::from("")),
            name_span,
            budgets,
            body: body?,
        })
    }

    fn budget(&mut self, pair: P) -> Option<Budget> {
        let mut what = None;
        let mut at_most = false;
        let mut count = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::ident => what = Some(self.name(&part)),
                Rule::budget_op => at_most = part.as_str() == "<=",
                _ => {
                    let span = self.span(&part);
                    let value = self.int(&part)?;
                    match u64::try_from(value) {
                        Ok(n) => count = Some(n),
                        Err(_) => self.report(errors::int_too_large(span)),
                    }
                }
            }
        }
        Some(Budget {
            what: what?,
            at_most,
            count: count?,
        })
    }
}

/// The `///` lines above something.
#[derive(Default)]
pub(super) struct Doc {
    text: String,
    span: Option<Span>,
}

impl Doc {
    fn line(&mut self, text: &str, span: Span) {
        if self.span.is_some() {
            self.text.push('\n');
        }
        let text = text.trim_start_matches("///").trim_end();
        self.text.push_str(text.strip_prefix(' ').unwrap_or(text));
        self.span.get_or_insert(span);
    }

    fn finish(self) -> Option<(Text, Span)> {
        self.span.map(|span| (Text::from(self.text), span))
    }
}
