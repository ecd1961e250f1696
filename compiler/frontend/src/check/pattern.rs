//! Patterns: names to bindings, constants or variants; shapes to HIR patterns.

use super::*;
use ast::{PatLit, PatternArg, PatternItem, PatternKind};

/// The names that one whole pattern binds.
pub(super) struct Binder {
    mutable: bool,
    names: Vec<Bound>,
    /// In an alternative of an or-pattern but the first: the names that the first bound.
    first: Option<Vec<Bound>>,
}

#[derive(Clone)]
struct Bound {
    name: Text,
    local: LocalId,
    ty: Ty,
    span: Span,
}

impl Binder {
    pub(super) fn new(mutable: bool) -> Binder {
        Binder {
            mutable,
            names: Vec::new(),
            first: None,
        }
    }

    pub(super) fn first_name(&self) -> Option<Text> {
        self.names.first().map(|b| b.name.clone())
    }
}

impl Cx<'_, '_> {
    /// Makes a pattern's names visible in the current scope.
    pub(super) fn declare_bindings(&mut self, binder: &Binder) {
        for b in &binder.names {
            if binder.mutable {
                self.frame().mutable.insert(b.local);
            }
            let scope = self.frame().scopes.last_mut().expect("inside a scope");
            scope.vars.insert(b.name.clone(), Var { local: b.local });
        }
    }

    fn bind_name(&mut self, name: &ast::Name, ty: Ty, binder: &mut Binder) -> LocalId {
        if let Some(old) = binder.names.iter().find(|b| b.name == name.text) {
            let first = old.span;
            let local = old.local;
            self.report(errors::bound_twice(name.span, &name.text, first));
            return local;
        }
        if let Some(first) = &binder.first {
            if let Some(b) = first.iter().find(|b| b.name == name.text).cloned() {
                if !self.unify(b.ty, ty) {
                    let (want, have) = (self.show(b.ty), self.show(ty));
                    self.report(errors::or_type(name.span, &name.text, &want, &have, b.span));
                }
                let local = b.local;
                binder.names.push(Bound {
                    span: name.span,
                    ..b
                });
                return local;
            }
            self.report(errors::or_names(name.span, &name.text));
        }
        let local = self.new_local(Some(name.text.clone()), ty, name.span);
        self.open.push((ty, name.span, format!("`{}`", name.text)));
        binder.names.push(Bound {
            name: name.text.clone(),
            local,
            ty,
            span: name.span,
        });
        local
    }

    /// Does a bare name in a pattern mean a constant or a variant rather than a new variable?
    pub(super) fn names_constant_or_variant(&mut self, name: &ast::Name, ty: Option<Ty>) -> bool {
        if name.text.starts_with(char::is_uppercase) {
            return true;
        }
        if let Some(Def::Variant(adt, _)) = self.ck.defs.prelude.get(&name.text).copied() {
            let fits = match ty.map(|t| self.data(t)) {
                Some(TyData::Adt(id, _)) => id == adt,
                Some(TyData::Infer(_)) | None => true,
                _ => false,
            };
            return fits || matches!(&*name.text, "some" | "none" | "ok" | "err");
        }
        match ty.map(|t| self.data(t)) {
            Some(TyData::Adt(id, _)) => self.variant_index(id, &name.text).is_some(),
            _ => false,
        }
    }

    /// Checks a pattern against the type of what it is matched with.
    pub(super) fn pattern(&mut self, p: &ast::Pattern, ty: Ty, binder: &mut Binder) -> Pat {
        let ty = self.shallow(ty);
        match &p.kind {
            PatternKind::Wild => Pat::Wild,
            PatternKind::Error => Pat::Wild,
            PatternKind::Name(name) => self.name_pattern(name, ty, binder),
            PatternKind::At(name, sub) => {
                let local = self.bind_name(name, ty, binder);
                let sub = self.pattern(sub, ty, binder);
                Pat::Bind {
                    local,
                    sub: Some(Box::new(sub)),
                }
            }
            PatternKind::Lit(lit) => self.lit_pattern(lit, ty, p.span),
            PatternKind::Range { lo, hi, inclusive } => {
                self.range_pattern(lo.as_deref(), hi.as_deref(), *inclusive, ty, p.span)
            }
            PatternKind::Tuple(items) => self.tuple_pattern(items, ty, p.span, binder),
            PatternKind::List(items) => self.list_pattern(items, ty, p.span, binder),
            PatternKind::Variant { dot, path, args } => {
                self.variant_pattern(*dot, path, args.as_deref(), ty, p.span, binder)
            }
            PatternKind::Struct { path, fields } => {
                self.struct_pattern(path, fields, ty, p.span, binder)
            }
            PatternKind::Or(alternatives) => self.or_pattern(alternatives, ty, binder),
        }
    }

    /// A pattern after `is`, where a bare type name tests what an `any` holds.
    pub(super) fn is_pattern(&mut self, p: &ast::Pattern, ty: Ty, binder: &mut Binder) -> Pat {
        if let TyData::Any(..) = self.data(ty) {
            let path: Option<&[ast::Name]> = match &p.kind {
                PatternKind::Name(name) => Some(std::slice::from_ref(name)),
                PatternKind::Variant {
                    dot: false,
                    path,
                    args: None,
                } => Some(path),
                _ => None,
            };
            if let Some(path) = path {
                let kind = ast::TyKind::Name {
                    path: path.to_vec(),
                    args: Vec::new(),
                };
                let inner = self.lower_ty(&ast::Ty { kind, span: p.span });
                return Pat::Type {
                    ty: inner,
                    local: None,
                };
            }
        }
        self.pattern(p, ty, binder)
    }

    /// `c: Circle` on an `any`.
    pub(super) fn typed_pattern(
        &mut self,
        name: &ast::Name,
        ty: &ast::Ty,
        matched: Ty,
        binder: &mut Binder,
    ) -> Pat {
        let span = ty.span;
        let inner = self.lower_ty(ty);
        let TyData::Any(trait_, args) = self.data(matched) else {
            if !self.has_error(matched) {
                let shown = self.show(matched);
                self.report(errors::typed_arm(name.span.to(span), &shown));
            }
            self.bind_name(name, inner, binder);
            return Pat::Wild;
        };
        let bound = TraitRef {
            trait_,
            args: args.to_vec(),
        };
        let why = "standing in this `any`".to_string();
        self.obligations.push(Obligation {
            ty: inner,
            bound,
            span,
            why,
        });
        let local = if &*name.text == "_" {
            None
        } else {
            Some(self.bind_name(name, inner, binder))
        };
        Pat::Type { ty: inner, local }
    }

    fn name_pattern(&mut self, name: &ast::Name, ty: Ty, binder: &mut Binder) -> Pat {
        if let TyData::Adt(id, _) = self.data(ty)
            && let Some(v) = self.variant_index(id, &name.text)
        {
            let is_prelude =
                Some(id) == self.ck.defs.lang.option || Some(id) == self.ck.defs.lang.result;
            if !is_prelude {
                let shown = self.show(ty);
                self.report(errors::binds_variant(name.span, &name.text, &shown));
                return Pat::Wild;
            }
            return self.bare_variant(id, v, name, ty);
        }
        if let Some(Def::Variant(adt, v)) = self.ck.defs.prelude.get(&name.text).copied()
            && self.names_constant_or_variant(name, Some(ty))
        {
            let expected = self.variant_ty(adt);
            if !self.unify(expected, ty) {
                if !self.has_error(ty) {
                    let shown = self.show(ty);
                    self.report(errors::prelude_variant(name.span, &name.text, &shown));
                }
                // Where a new name was meant, its uses are no further mistakes.
                self.bind_name(name, Types::ERROR, binder);
                return Pat::Wild;
            }
            return self.bare_variant(adt, v, name, ty);
        }
        if name.text.starts_with(char::is_uppercase) {
            return self.const_pattern(std::slice::from_ref(name), ty, name.span);
        }
        let local = self.bind_name(name, ty, binder);
        Pat::Bind { local, sub: None }
    }

    fn bare_variant(&mut self, adt: AdtId, v: u32, name: &ast::Name, _ty: Ty) -> Pat {
        let n = self.payload_count(adt, v);
        if n > 0 {
            self.report(errors::pattern_wants_payload(name.span, &name.text, n));
        }
        Pat::Variant {
            variant: v,
            fields: vec![Pat::Wild; n],
        }
    }

    fn payload_count(&self, adt: AdtId, v: u32) -> usize {
        match &self.ck.defs.adt(adt).kind {
            AdtKind::Enum(variants) => variants[v as usize].fields.len(),
            AdtKind::Struct(_) => 0,
        }
    }

    fn variant_ty(&mut self, adt: AdtId) -> Ty {
        let n = self.ck.defs.adt(adt).generics.params.len();
        let args: Vec<Ty> = (0..n).map(|_| self.fresh()).collect();
        self.ck.types.intern(TyData::Adt(adt, args.into()))
    }

    fn const_pattern(&mut self, path: &[ast::Name], ty: Ty, span: Span) -> Pat {
        match self.lookup_path(path) {
            Some(Def::Const(id)) => {
                let const_ty = self.ck.const_ty(id);
                if !self.unify(const_ty, ty) {
                    let (want, have) = (self.show(ty), self.show(const_ty));
                    self.report(errors::mismatch(span, &want, &have, None));
                }
                let eq = self.ck.defs.lang.eq;
                self.require(const_ty, eq, span, "a constant in a pattern");
                Pat::Const(GlobalId(id.0))
            }
            Some(_) => {
                self.report(errors::not_a_constant(span, &path[path.len() - 1].text));
                Pat::Wild
            }
            None if path.len() > 1 => {
                // Reports what the module does not have or does not show.
                let items = block_items(&self.around, &self.frames);
                let scope = crate::resolve::TyScope {
                    module: self.module,
                    generics: &self.env,
                    self_ty: self.self_ty,
                    items: &items,
                };
                crate::resolve::lookup_path(self.ck.defs, self.ck.problems, &scope, path);
                Pat::Wild
            }
            None => {
                let name = &path[path.len() - 1];
                self.report(errors::unknown_constant(name.span, &name.text));
                Pat::Wild
            }
        }
    }

    fn lit_pattern(&mut self, lit: &PatLit, ty: Ty, span: Span) -> Pat {
        let fits = |cx: &mut Self, lit_ty: Ty| {
            if !cx.unify(lit_ty, ty) && !cx.has_error(ty) {
                let (want, have) = (cx.show(ty), cx.show(lit_ty));
                let help = cx
                    .as_option(ty)
                    .is_some_and(|t| cx.shallow(t) == lit_ty)
                    .then(|| "match the value inside: `some(…)`".to_string());
                cx.report(errors::mismatch(span, &want, &have, help));
            }
        };
        match lit {
            PatLit::Bool(b) => {
                fits(self, Types::BOOL);
                Pat::Bool(*b)
            }
            PatLit::Char(c) => {
                fits(self, Types::CHAR);
                Pat::Char(*c)
            }
            PatLit::Byte(b) => {
                fits(self, Types::U8);
                Pat::Int(*b as i128)
            }
            PatLit::Str(s) => {
                fits(self, Types::STR);
                Pat::Str(s.clone())
            }
            PatLit::Float(f) => {
                if !self.is_float(ty) {
                    fits(self, Types::FLOAT);
                }
                let f = if self.shallow(ty) == Types::F32 {
                    *f as f32 as f64
                } else {
                    *f
                };
                Pat::Float(f)
            }
            PatLit::Int { negative, value } => {
                let v = i128::try_from(*value).unwrap_or(i128::MAX);
                let v = if *negative { -v } else { v };
                if self.is_float(ty) {
                    return Pat::Float(v as f64);
                }
                match self.data(ty) {
                    TyData::Int(int) => {
                        if v < int.min() || v > int.max() {
                            self.report(errors::literal_range(span, &v.to_string(), int));
                        }
                    }
                    TyData::Param(_) if self.is_integer(ty) => {}
                    _ => fits(self, Types::INT),
                }
                Pat::Int(v)
            }
            PatLit::Const(path) => self.const_pattern(path, ty, span),
        }
    }

    fn range_pattern(
        &mut self,
        lo: Option<&PatLit>,
        hi: Option<&PatLit>,
        inclusive: bool,
        ty: Ty,
        span: Span,
    ) -> Pat {
        let ordered = self.is_number(ty)
            || matches!(
                self.data(ty),
                TyData::Char | TyData::Error | TyData::Infer(_)
            );
        if !ordered {
            let shown = self.show(ty);
            self.report(errors::pattern_type(span, "a range", &shown));
            return Pat::Wild;
        }
        let lo = lo.map(|l| Box::new(self.lit_pattern(l, ty, span)));
        let hi = hi.map(|h| Box::new(self.lit_pattern(h, ty, span)));
        let value = |p: &Option<Box<Pat>>| match p.as_deref() {
            Some(Pat::Int(v)) => Some(*v),
            Some(Pat::Char(c)) => Some(*c as i128),
            _ => None,
        };
        if let (Some(a), Some(b)) = (value(&lo), value(&hi))
            && (a > b || (a == b && !inclusive))
        {
            self.report(errors::empty_range(span));
        }
        Pat::Range { lo, hi, inclusive }
    }

    fn tuple_pattern(
        &mut self,
        items: &[PatternItem],
        ty: Ty,
        span: Span,
        binder: &mut Binder,
    ) -> Pat {
        let rest_at = items
            .iter()
            .position(|i| matches!(i, PatternItem::Rest { .. }));
        let parts = match self.data(ty) {
            TyData::Tuple(ts) => ts.to_vec(),
            TyData::Infer(_) if rest_at.is_none() => {
                let ts: Vec<Ty> = items.iter().map(|_| self.fresh()).collect();
                let tuple = self.ck.types.tuple(&ts);
                self.unify(ty, tuple);
                ts
            }
            _ => {
                if !self.has_error(ty) {
                    let shown = self.show(ty);
                    self.report(errors::pattern_type(span, "a tuple", &shown));
                }
                vec![Types::ERROR; items.len()]
            }
        };
        let given = items.len() - usize::from(rest_at.is_some());
        if given > parts.len() || (rest_at.is_none() && given != parts.len()) {
            let shown = self.show(ty);
            self.report(errors::tuple_parts(span, &shown, parts.len(), given));
            for item in items {
                if let PatternItem::Pattern(p) = item {
                    self.pattern(p, Types::ERROR, binder);
                }
            }
            return Pat::Wild;
        }
        let mut out = vec![Pat::Wild; parts.len()];
        let skip = parts.len() - given;
        for (i, item) in items.iter().enumerate() {
            match item {
                PatternItem::Pattern(p) => {
                    let after = rest_at.is_some_and(|r| i > r);
                    let at = if after { i - 1 + skip } else { i };
                    out[at] = self.pattern(p, parts[at], binder);
                }
                PatternItem::Rest {
                    name: Some(name), ..
                } => {
                    self.report(errors::tuple_rest(name.span));
                }
                PatternItem::Rest { name: None, .. } => {}
            }
        }
        Pat::Fields(out)
    }

    fn list_pattern(
        &mut self,
        items: &[PatternItem],
        ty: Ty,
        span: Span,
        binder: &mut Binder,
    ) -> Pat {
        let elem = match self.data(ty) {
            TyData::List(t) | TyData::Array(t) => t,
            TyData::Infer(_) => {
                let t = self.fresh();
                let list = self.ck.types.intern(TyData::List(t));
                self.unify(ty, list);
                t
            }
            _ => {
                if !self.has_error(ty) {
                    let shown = self.show(ty);
                    self.report(errors::pattern_type(span, "a list", &shown));
                }
                Types::ERROR
            }
        };
        let (mut front, mut back, mut rest) = (Vec::new(), Vec::new(), None);
        for item in items {
            match item {
                PatternItem::Pattern(p) => {
                    let p = self.pattern(p, elem, binder);
                    if rest.is_some() {
                        back.push(p)
                    } else {
                        front.push(p)
                    }
                }
                PatternItem::Rest { name, span } => {
                    if rest.is_some() {
                        self.report(errors::two_rests(*span));
                        continue;
                    }
                    rest = Some(name.as_ref().map(|n| self.bind_name(n, ty, binder)));
                }
            }
        }
        Pat::List { front, rest, back }
    }

    fn variant_pattern(
        &mut self,
        dot: bool,
        path: &[ast::Name],
        args: Option<&[PatternArg]>,
        ty: Ty,
        span: Span,
        binder: &mut Binder,
    ) -> Pat {
        let name = &path[path.len() - 1];
        let Some((adt, targs, v)) = self.pattern_variant(dot, path, args.is_some(), ty, span)
        else {
            // A path without arguments may be a constant.
            let in_module = path.len() > 1
                && matches!(
                    self.lookup_path(&path[..path.len() - 1]),
                    Some(Def::Module(_))
                );
            let constant = in_module || matches!(self.lookup_path(path), Some(Def::Const(_)));
            if !dot && args.is_none() && constant {
                return self.const_pattern(path, ty, span);
            }
            for arg in args.unwrap_or_default() {
                if let PatternArg::Pattern { pattern, .. } = arg {
                    self.pattern(pattern, Types::ERROR, binder);
                }
            }
            return Pat::Wild;
        };
        let AdtKind::Enum(variants) = &self.ck.defs.adt(adt).kind else {
            return Pat::Wild;
        };
        let fields: Vec<(Option<Text>, Ty)> = variants[v as usize]
            .fields
            .iter()
            .map(|f| (f.name.clone(), f.ty))
            .collect();
        let fields: Vec<(Option<Text>, Ty)> = fields
            .into_iter()
            .map(|(n, t)| (n, self.ck.types.subst(t, &targs)))
            .collect();
        let Some(args) = args else {
            if !fields.is_empty() {
                self.report(errors::pattern_wants_payload(
                    name.span,
                    &name.text,
                    fields.len(),
                ));
            }
            return Pat::Variant {
                variant: v,
                fields: vec![Pat::Wild; fields.len()],
            };
        };
        let what = format!("`{}`", name.text);
        let fields = self.payload_patterns(&what, name.span, &fields, args, false, binder);
        Pat::Variant { variant: v, fields }
    }

    /// The enum and variant that a pattern's path means.
    fn pattern_variant(
        &mut self,
        dot: bool,
        path: &[ast::Name],
        has_args: bool,
        ty: Ty,
        span: Span,
    ) -> Option<(AdtId, Vec<Ty>, u32)> {
        let name = &path[path.len() - 1];
        if dot {
            return match self.data(ty) {
                TyData::Adt(adt, targs) => match self.variant_index(adt, &name.text) {
                    Some(v) => Some((adt, targs.to_vec(), v)),
                    None => {
                        let shown = self.show(ty);
                        let best = self.closest_variant(adt, &name.text);
                        self.report(errors::no_variant(name.span, &name.text, &shown, best));
                        None
                    }
                },
                TyData::Error => None,
                TyData::Infer(_) => {
                    self.unknown_here(span);
                    None
                }
                _ => {
                    let shown = self.show(ty);
                    self.report(errors::pattern_type(span, "a variant", &shown));
                    None
                }
            };
        }
        let (adt, v) = if path.len() == 1 {
            match self.lookup_def(&name.text) {
                Some(Def::Variant(adt, v)) => (adt, v),
                Some(Def::Adt(adt)) if matches!(self.ck.defs.adt(adt).kind, AdtKind::Struct(_)) => {
                    self.report(errors::struct_pattern_parens(span, &name.text));
                    return None;
                }
                Some(Def::Const(_)) if !has_args => return None,
                _ => {
                    let of_matched = match self.data(ty) {
                        TyData::Adt(adt, _) => self.variant_index(adt, &name.text).is_some(),
                        _ => false,
                    };
                    self.report(errors::unknown_variant(name.span, &name.text, of_matched));
                    return None;
                }
            }
        } else {
            match self.lookup_path(&path[..path.len() - 1]) {
                Some(Def::Adt(adt)) => match self.variant_index(adt, &name.text) {
                    Some(v) => (adt, v),
                    None => {
                        let shown = self.ck.defs.adt(adt).name.clone();
                        let best = self.closest_variant(adt, &name.text);
                        self.report(errors::no_variant(name.span, &name.text, &shown, best));
                        return None;
                    }
                },
                Some(Def::Module(_)) if !has_args => return None,
                _ => {
                    let first = &path[0];
                    self.report(errors::unknown_variant(first.span, &first.text, false));
                    return None;
                }
            }
        };
        let variant_ty = self.variant_ty(adt);
        if !self.unify(variant_ty, ty) {
            if !self.has_error(ty) {
                let shown = self.show(ty);
                self.report(errors::pattern_type(
                    span,
                    &format!("`{}`", name.text),
                    &shown,
                ));
            }
            return None;
        }
        match self.data(variant_ty) {
            TyData::Adt(_, targs) => Some((adt, targs.to_vec(), v)),
            _ => None,
        }
    }

    /// Payload or field patterns in order of declaration.
    fn payload_patterns(
        &mut self,
        what: &str,
        span: Span,
        fields: &[(Option<Text>, Ty)],
        args: &[PatternArg],
        named_only: bool,
        binder: &mut Binder,
    ) -> Vec<Pat> {
        let mut out: Vec<Option<Pat>> = vec![None; fields.len()];
        let mut rest = false;
        let mut next = 0;
        let mut given = 0;
        for arg in args {
            match arg {
                PatternArg::Rest(_) => rest = true,
                PatternArg::Pattern { name, pattern } => {
                    given += 1;
                    let at = match name {
                        Some(name) => {
                            let at = fields.iter().position(|f| f.0.as_ref() == Some(&name.text));
                            if at.is_none() {
                                let names = fields.iter().filter_map(|f| f.0.as_deref());
                                let best = self.closest(&name.text, names);
                                self.report(errors::no_field(name.span, &name.text, what, best));
                            }
                            at
                        }
                        None if named_only => None,
                        None => {
                            next += 1;
                            Some(next - 1).filter(|&i| i < fields.len())
                        }
                    };
                    let ty = at.map_or(Types::ERROR, |i| fields[i].1);
                    let pat = self.pattern(pattern, ty, binder);
                    if let Some(i) = at {
                        if out[i].is_some() {
                            let name = fields[i].0.clone().unwrap_or_default();
                            self.report(errors::twice(pattern.span, "part", &name));
                        }
                        out[i] = Some(pat);
                    }
                }
            }
        }
        let missing = out.iter().filter(|p| p.is_none()).count();
        if given > fields.len() || (missing > 0 && !rest) {
            let names: Vec<Text> = fields
                .iter()
                .zip(&out)
                .filter(|(_, p)| p.is_none())
                .filter_map(|(f, _)| f.0.clone())
                .collect();
            self.report(errors::payload_parts(
                span,
                what,
                fields.len(),
                given,
                &names,
            ));
        }
        out.into_iter().map(|p| p.unwrap_or(Pat::Wild)).collect()
    }

    fn struct_pattern(
        &mut self,
        path: &[ast::Name],
        args: &[PatternArg],
        ty: Ty,
        span: Span,
        binder: &mut Binder,
    ) -> Pat {
        let Some((adt, targs)) = self.struct_path(path, &[], span) else {
            for arg in args {
                if let PatternArg::Pattern { pattern, .. } = arg {
                    self.pattern(pattern, Types::ERROR, binder);
                }
            }
            return Pat::Wild;
        };
        let struct_ty = if targs.is_empty() {
            self.variant_ty(adt)
        } else {
            self.ck.types.intern(TyData::Adt(adt, targs.into()))
        };
        if !self.unify(struct_ty, ty) && !self.has_error(ty) {
            let (want, have) = (self.show(ty), self.show(struct_ty));
            self.report(errors::mismatch(span, &want, &have, None));
        }
        let TyData::Adt(_, targs) = self.data(struct_ty) else {
            return Pat::Wild;
        };
        let def = self.ck.defs.adt(adt);
        let (name, module) = (def.name.clone(), def.module);
        let AdtKind::Struct(fields) = &def.kind else {
            self.report(errors::not_a_struct(span, &name));
            return Pat::Wild;
        };
        let fields: Vec<(Option<Text>, Ty, bool)> = fields
            .iter()
            .map(|f| (f.name.clone(), f.ty, f.is_pub))
            .collect();
        if !self.sees_private(module) {
            for arg in args {
                if let PatternArg::Pattern { name: Some(n), .. } = arg
                    && fields.iter().any(|f| f.0.as_ref() == Some(&n.text) && !f.2)
                {
                    self.report(errors::private(n.span, "field", &n.text));
                }
            }
        }
        let fields: Vec<(Option<Text>, Ty)> = fields
            .into_iter()
            .map(|(n, t, _)| (n, self.ck.types.subst(t, &targs)))
            .collect();
        let what = format!("`{name}`");
        Pat::Fields(self.payload_patterns(&what, span, &fields, args, true, binder))
    }

    fn or_pattern(&mut self, alternatives: &[ast::Pattern], ty: Ty, binder: &mut Binder) -> Pat {
        let start = binder.names.len();
        let outer_first = binder.first.take();
        binder.first = outer_first.clone();
        let mut pats = vec![self.pattern(&alternatives[0], ty, binder)];
        let bound: Vec<Bound> = binder.names[start..].to_vec();
        for p in &alternatives[1..] {
            let before = binder.names.split_off(start);
            let mut allowed = bound.clone();
            allowed.extend(outer_first.iter().flatten().cloned());
            binder.first = Some(allowed);
            pats.push(self.pattern(p, ty, binder));
            for b in &bound {
                if !binder.names[start..].iter().any(|n| n.name == b.name) {
                    self.report(errors::or_lacks(p.span, &b.name, b.span));
                }
            }
            binder.names.truncate(start);
            binder.names.extend(before);
        }
        binder.first = outer_first;
        Pat::Or(pats)
    }
}
