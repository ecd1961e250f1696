//! Literals: numbers take the type asked of them, strings with their interpolations, collections,
//! comprehensions, tuples, struct literals.

use super::*;
use ast::{Elem, ExprKind as A, FormatCount, Init, StrPart};

/// A number literal, perhaps in parentheses or with a minus.
pub(super) fn is_number_literal(e: &ast::Expr) -> bool {
    match &e.kind {
        A::Int(_) | A::Float(_) => true,
        A::Paren(e) => is_number_literal(e),
        A::Prefix(ops, e) => {
            ops.iter().all(|(op, _)| *op == ast::PrefixOp::Neg) && is_number_literal(e)
        }
        A::Chain(first, rest) => {
            is_number_literal(first)
                && rest
                    .iter()
                    .all(|(op, _, e)| super::binary::is_arithmetic(*op) && is_number_literal(e))
        }
        _ => false,
    }
}

/// Of a number literal: is there a float in it, which the others beside it follow?
pub(super) fn has_float(literal: &ast::Expr) -> bool {
    match &literal.kind {
        A::Float(_) => true,
        A::Paren(e) | A::Prefix(_, e) => has_float(e),
        A::Chain(first, rest) => has_float(first) || rest.iter().any(|(_, _, e)| has_float(e)),
        _ => false,
    }
}

impl Cx<'_, '_> {
    pub(super) fn int_literal(
        &mut self,
        value: u128,
        negative: bool,
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        let expected = self
            .inner_expectation(expected)
            .filter(|&t| self.is_number(t));
        let ty = expected.unwrap_or(Types::INT);
        let signed = i128::try_from(value)
            .ok()
            .map(|v| if negative { -v } else { v });
        match self.data(ty) {
            TyData::Float(_) => {
                let v = value as f64;
                return self.float_of(if negative { -v } else { v }, ty, span);
            }
            TyData::Int(int) => {
                if !signed.is_some_and(|v| v >= int.min() && v <= int.max()) {
                    let text = format!("{}{value}", if negative { "-" } else { "" });
                    self.report(errors::literal_range(span, &text, int));
                    return self.error(span);
                }
            }
            // A type parameter: small enough for every number type.
            _ => {
                if !signed.is_some_and(|v| (0..=127).contains(&v)) {
                    let shown = self.show(ty);
                    self.report(errors::generic_literal(span, &shown));
                    return self.error(span);
                }
            }
        }
        self.mk(ExprKind::Int(signed.unwrap_or(0)), ty, span)
    }

    pub(super) fn float_literal(&mut self, value: f64, expected: Option<Ty>, span: Span) -> Expr {
        let expected = self
            .inner_expectation(expected)
            .filter(|&t| self.is_float(t));
        let ty = expected.unwrap_or(Types::FLOAT);
        self.float_of(value, ty, span)
    }

    fn float_of(&mut self, value: f64, ty: Ty, span: Span) -> Expr {
        let mut value = value;
        if ty == Types::F32 {
            let narrow = value as f32;
            if narrow.is_infinite() {
                self.report(errors::beyond_f32(span));
                return self.error(span);
            }
            value = f64::from(narrow);
        }
        self.mk(ExprKind::Float(value), ty, span)
    }

    pub(super) fn string(&mut self, parts: &[StrPart], span: Span) -> Expr {
        if parts.iter().all(|p| matches!(p, StrPart::Lit(_))) {
            let text: String = parts
                .iter()
                .map(|p| match p {
                    StrPart::Lit(t) => &**t,
                    StrPart::Expr { .. } => "",
                })
                .collect();
            return self.mk(ExprKind::Str(text.into()), Types::STR, span);
        }
        let mut out = Vec::with_capacity(parts.len());
        for part in parts {
            out.push(match part {
                StrPart::Lit(t) => InterpPart::Lit(t.clone()),
                StrPart::Expr { value, spec } => {
                    let e = self.look_expr(value, None);
                    let show = self.ck.defs.lang.show;
                    self.require(e.ty, show, value.span, "writing it into a string");
                    let spec = spec.as_ref().map(|s| self.spec(s, e.ty));
                    InterpPart::Value { value: e, spec }
                }
            });
        }
        self.mk(ExprKind::Interp(out), Types::STR, span)
    }

    fn spec(&mut self, spec: &ast::FormatSpec, ty: Ty) -> Spec {
        let number = self.is_number(ty);
        let float = self.is_float(ty);
        let open = matches!(self.data(ty), TyData::Infer(_) | TyData::Error);
        let bad = match spec.kind {
            Some('x' | 'X' | 'o' | 'b') if !self.is_integer(ty) => Some("an integer"),
            Some('e') if !float => Some("a float"),
            _ if spec.plus && !number => Some("a number"),
            _ if spec.precision.is_some() && !float && !matches!(self.data(ty), TyData::Str) => {
                Some("a float or a string")
            }
            _ => None,
        };
        if let Some(want) = bad
            && !open
        {
            let shown = self.show(ty);
            self.report(errors::format_spec(spec.span, want, &shown));
        }
        Spec {
            fill: spec.fill.unwrap_or(' '),
            align: spec.align,
            plus: spec.plus,
            alternate: spec.alternate,
            zero: spec.zero,
            width: spec.width.as_ref().map(|c| self.count(c)),
            precision: spec.precision.as_ref().map(|c| self.count(c)),
            kind: spec.kind,
        }
    }

    fn count(&mut self, count: &FormatCount) -> Count {
        match count {
            FormatCount::Number(n) => Count::Number(*n),
            FormatCount::Name(name) => {
                let e = self.name(name, &[], Some(Types::INT));
                let e = self.coerce(e, Types::INT, name.span);
                Count::Value(Box::new(self.look(e)))
            }
        }
    }

    pub(super) fn tuple(&mut self, es: &[ast::Expr], expected: Option<Ty>, span: Span) -> Expr {
        let wanted: Vec<Option<Ty>> = match self.inner_expectation(expected).map(|t| self.data(t)) {
            Some(TyData::Tuple(ts)) if ts.len() == es.len() => {
                ts.iter().map(|&t| Some(t)).collect()
            }
            _ => vec![None; es.len()],
        };
        let parts: Vec<Expr> = es
            .iter()
            .zip(wanted)
            .map(|(e, want)| match want {
                Some(want) => self.expr_to_open(e, want),
                None => self.expr(e, None),
            })
            .collect();
        let tys: Vec<Ty> = parts.iter().map(|p| p.ty).collect();
        let ty = self.ck.types.tuple(&tys);
        self.mk(ExprKind::Tuple(parts), ty, span)
    }

    /// As `expr_to`, but leaves a mismatch to be reported where the whole is used.
    fn expr_to_open(&mut self, e: &ast::Expr, want: Ty) -> Expr {
        if matches!(self.data(want), TyData::Infer(_)) {
            return self.expr(e, Some(want));
        }
        self.expr_to(e, want)
    }

    /// What `[…]` is to be: the collection's type with its element.
    fn sequence_ty(&mut self, expected: Option<Ty>) -> (Ty, Ty) {
        if let Some(ty) = self.inner_expectation(expected)
            && let TyData::List(t) | TyData::Array(t) | TyData::Set(t) = self.data(ty)
        {
            return (ty, t);
        }
        let elem = self.fresh();
        (self.ck.types.intern(TyData::List(elem)), elem)
    }

    /// Where a Heap or Deque is asked, `[…]` makes a List first: its type, and the method that goes on.
    fn queue_expected(&mut self, expected: Option<Ty>) -> Option<(Ty, &'static str)> {
        let ty = self.inner_expectation(expected)?;
        let (lang, elem) = self.queue(ty)?;
        let method = match lang {
            Lang::Heap => "to_heap",
            _ => "to_deque",
        };
        Some((self.ck.types.intern(TyData::List(elem)), method))
    }

    pub(super) fn list(&mut self, elems: &[Elem], expected: Option<Ty>, span: Span) -> Expr {
        if let Some((ty, method)) = self.queue_expected(expected) {
            let list = self.list(elems, Some(ty), span);
            return self.call_method_with(list, method, Vec::new(), span);
        }
        let (ty, elem) = self.sequence_ty(expected);
        if matches!(self.data(ty), TyData::Set(_)) {
            let hash = self.ck.defs.lang.hash;
            self.require(elem, hash, span, "an element of a Set");
        }
        let mut fixed = Vec::new();
        let mut rest = elems.iter();
        for e in rest.by_ref() {
            match e {
                Elem::Expr(e) => fixed.push(self.expr_to(e, elem)),
                Elem::Spread(e) => {
                    let first = (e, span);
                    return self.spread_list(fixed, first.0, rest.as_slice(), ty, elem, span);
                }
            }
        }
        if elems.is_empty() {
            self.open.push((ty, span, "this empty literal".into()));
        }
        self.mk(ExprKind::List(fixed), ty, span)
    }

    /// `[a, ..xs, b]`: a fresh list that grows, without events.
    fn spread_list(
        &mut self,
        fixed: Vec<Expr>,
        first: &ast::Expr,
        rest: &[Elem],
        ty: Ty,
        elem: Ty,
        span: Span,
    ) -> Expr {
        let start = self.mk(ExprKind::List(fixed), ty, span);
        let mut stmts = Vec::new();
        let acc = self.spill(start, &mut stmts);
        let first = Elem::Spread(first.clone());
        for e in std::iter::once(&first).chain(rest) {
            match e {
                Elem::Expr(e) => {
                    let value = self.expr_to(e, elem);
                    stmts.push(self.push_silently(acc, value, e.span));
                }
                Elem::Spread(e) => {
                    let seq = self.expr(e, Some(ty));
                    let seq = self.queue_as_list(seq, e.span);
                    let item = self.temp(elem, e.span);
                    let Some(item_ty) = self.element_of(seq.ty, e.span) else {
                        continue;
                    };
                    if !self.unify(item_ty, elem) {
                        let (want, have) = (self.show(elem), self.show(item_ty));
                        self.report(errors::mismatch(e.span, &want, &have, None));
                        continue;
                    }
                    let value = self.read_local(item, e.span);
                    let push = self.push_silently(acc, value, e.span);
                    let body = Block {
                        stmts: vec![push],
                        value: None,
                        declares: vec![item],
                    };
                    let label = self.new_loop();
                    let seq = Box::new(seq);
                    let kind = ExprKind::ForEach {
                        label,
                        seq,
                        item,
                        body,
                        release: Vec::new(),
                    };
                    stmts.push(Stmt::Expr(self.mk(kind, Types::UNIT, e.span)));
                }
            }
        }
        let value = self.read_local(acc, span);
        self.block_of(stmts, value)
    }

    /// `acc.push!(value)` (Set: `insert`) that no ledger sees.
    fn push_silently(&mut self, acc: LocalId, value: Expr, span: Span) -> Stmt {
        let ty = self.local_ty(acc);
        let (op, elem) = match self.data(ty) {
            TyData::Set(t) => (Builtin::Insert, t),
            TyData::List(t) | TyData::Array(t) => (Builtin::Push, t),
            _ => return Stmt::Expr(value),
        };
        self.silent_update(acc, op, vec![elem], vec![value], span)
    }

    fn silent_update(
        &mut self,
        local: LocalId,
        op: Builtin,
        targs: Vec<Ty>,
        args: Vec<Expr>,
        span: Span,
    ) -> Stmt {
        let root_ty = self.local_ty(local);
        let site = self.site(span);
        let place = Place {
            root: Root::Local(local),
            root_ty,
            site,
            projs: Vec::new(),
        };
        let change = Change::Builtin { op, targs, args };
        let update = Update {
            place,
            change,
            event: None,
        };
        Stmt::Expr(self.mk(ExprKind::Update(Box::new(update)), Types::UNIT, span))
    }

    pub(super) fn map(
        &mut self,
        pairs: &[(ast::Expr, ast::Expr)],
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        let (ty, k, v) = self.map_ty(expected);
        let hash = self.ck.defs.lang.hash;
        self.require(k, hash, span, "a key of a Map");
        let pairs: Vec<(Expr, Expr)> = pairs
            .iter()
            .map(|(a, b)| (self.expr_to(a, k), self.expr_to(b, v)))
            .collect();
        if pairs.is_empty() {
            self.open.push((ty, span, "this empty literal".into()));
        }
        self.mk(ExprKind::Map(pairs), ty, span)
    }

    fn map_ty(&mut self, expected: Option<Ty>) -> (Ty, Ty, Ty) {
        if let Some(ty) = self.inner_expectation(expected)
            && let TyData::Map(k, v) = self.data(ty)
        {
            return (ty, k, v);
        }
        let (k, v) = (self.fresh(), self.fresh());
        (self.ck.types.intern(TyData::Map(k, v)), k, v)
    }

    /// `[e for p in s if c]`: a fresh collection filled by loops.
    pub(super) fn comprehension(
        &mut self,
        key: Option<&ast::Expr>,
        value: &ast::Expr,
        clauses: &[ast::CompClause],
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        if key.is_none()
            && let Some((ty, method)) = self.queue_expected(expected)
        {
            let list = self.comprehension(key, value, clauses, Some(ty), span);
            return self.call_method_with(list, method, Vec::new(), span);
        }
        let hash = self.ck.defs.lang.hash;
        let (ty, k, elem, empty) = if key.is_some() {
            let (ty, k, v) = self.map_ty(expected);
            self.require(k, hash, span, "a key of a Map");
            (ty, Some(k), v, ExprKind::Map(Vec::new()))
        } else {
            let (ty, elem) = self.sequence_ty(expected);
            if matches!(self.data(ty), TyData::Set(_)) {
                self.require(elem, hash, span, "an element of a Set");
            }
            (ty, None, elem, ExprKind::List(Vec::new()))
        };
        let start = self.mk(empty, ty, span);
        let mut stmts = Vec::new();
        let acc = self.spill(start, &mut stmts);
        let loops = self.comp_clauses(clauses, span, &mut |cx: &mut Self| {
            let stmt = match (key, k) {
                (Some(key), Some(k)) => {
                    let key = cx.expr_to(key, k);
                    let value = cx.expr_to(value, elem);
                    cx.silent_update(acc, Builtin::Insert, vec![k, elem], vec![key, value], span)
                }
                _ => {
                    let value = cx.expr_to(value, elem);
                    cx.push_silently(acc, value, span)
                }
            };
            vec![stmt]
        });
        stmts.extend(loops);
        let value = self.read_local(acc, span);
        self.block_of(stmts, value)
    }

    fn comp_clauses(
        &mut self,
        clauses: &[ast::CompClause],
        span: Span,
        inner: &mut dyn FnMut(&mut Self) -> Vec<Stmt>,
    ) -> Vec<Stmt> {
        let Some((first, rest)) = clauses.split_first() else {
            return inner(self);
        };
        match first {
            ast::CompClause::If(cond) => {
                let cond = self.expr_to(cond, Types::BOOL);
                let stmts = self.comp_clauses(rest, span, inner);
                let block = Block {
                    stmts,
                    value: None,
                    declares: Vec::new(),
                };
                let kind = ExprKind::If {
                    arms: vec![(cond, block)],
                    else_: None,
                };
                vec![Stmt::Expr(self.mk(kind, Types::UNIT, span))]
            }
            ast::CompClause::For { pattern, seq } => {
                let e = self.for_loop(None, pattern, seq, span, &mut |cx| {
                    let stmts = cx.comp_clauses(rest, span, inner);
                    Block {
                        stmts,
                        value: None,
                        declares: Vec::new(),
                    }
                });
                vec![Stmt::Expr(e)]
            }
        }
    }

    /// `Point{ x: 1, ..base }`
    pub(super) fn struct_literal(
        &mut self,
        path: &[ast::Name],
        targs: &[ast::Ty],
        inits: &[Init],
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        let Some((adt, mut args)) = self.struct_path(path, targs, span) else {
            for init in inits {
                if let Init::Field { value: Some(e), .. } | Init::Base(e, _) = init {
                    self.expr(e, None);
                }
            }
            return self.error(span);
        };
        let AdtKind::Struct(fields) = &self.ck.defs.adt(adt).kind else {
            let name = self.ck.defs.adt(adt).name.clone();
            self.report(errors::not_a_struct(span, &name));
            return self.error(span);
        };
        let fields: Vec<(Text, Ty, bool, Option<FnDefId>)> = fields
            .iter()
            .map(|f| {
                (
                    f.name.clone().unwrap_or_default(),
                    f.ty,
                    f.is_pub,
                    f.default,
                )
            })
            .collect();
        if args.is_empty() {
            let generics = self.ck.defs.adt(adt).generics.clone();
            args = self.fresh_args(&generics, span);
        }
        let ty = self.ck.types.intern(TyData::Adt(adt, args.clone().into()));
        if let Some(want) = self.inner_expectation(expected) {
            self.unify(ty, want);
        }
        let visible = self.sees_private(self.ck.defs.adt(adt).module);
        let index: FxHashMap<Text, usize> = fields
            .iter()
            .enumerate()
            .map(|(i, f)| (f.0.clone(), i))
            .collect();
        let mut values: Vec<Option<Expr>> = fields.iter().map(|_| None).collect();
        let mut given: Vec<usize> = Vec::new();
        let mut base: Option<LocalOrPlace> = None;
        let mut stmts = Vec::new();
        // What it lacks is then most likely what was meant.
        let mut misspelt = false;
        // Written order is evaluation order: a base is fixed where it stands.
        for init in inits {
            match init {
                Init::Field { name, value } => {
                    let Some(&i) = index.get(&name.text) else {
                        let adt_name = self.ck.defs.adt(adt).name.clone();
                        let names: Vec<&str> = fields.iter().map(|f| &*f.0).collect();
                        let best = self.closest(&name.text, names.iter().copied());
                        let of = format!("`{adt_name}`");
                        self.report(errors::no_field(name.span, &name.text, &of, best));
                        misspelt = true;
                        if let Some(e) = value {
                            self.operand_of_error(e);
                        }
                        continue;
                    };
                    if !visible && !fields[i].2 {
                        self.report(errors::private(name.span, "field", &name.text));
                    }
                    if values[i].is_some() {
                        self.report(errors::twice(name.span, "field", &name.text));
                    }
                    let want = self.ck.types.subst(fields[i].1, &args);
                    let value = match value {
                        Some(e) => self.expr_to(e, want),
                        None => {
                            let e = self.name(name, &[], Some(want));
                            self.coerce(e, want, name.span)
                        }
                    };
                    values[i] = Some(value);
                    given.push(i);
                }
                Init::Base(e, base_span) => {
                    let expr = self.expr_to(e, ty);
                    if base.is_some() {
                        self.report(errors::twice(*base_span, "base", ".."));
                    }
                    base = Some(match expr.kind {
                        ExprKind::Read(place, Mode::Undecided) if place.as_path().is_some() => {
                            LocalOrPlace::Place(place)
                        }
                        _ => {
                            // Evaluated now; fields written before it keep their order.
                            for &i in &given {
                                if let Some(v) = values[i].take() {
                                    let t = self.spill(v, &mut stmts);
                                    values[i] = Some(self.read_local(t, *base_span));
                                }
                            }
                            LocalOrPlace::Local(self.spill(expr, &mut stmts))
                        }
                    });
                }
            }
        }
        let in_order = given.windows(2).all(|w| w[0] < w[1]) && base.is_none();
        if !in_order {
            for &i in &given {
                if let Some(v) = values[i].take() {
                    if is_simple(&v) {
                        values[i] = Some(v);
                        continue;
                    }
                    let span = self.ck.sites.span(v.site);
                    let t = self.spill(v, &mut stmts);
                    values[i] = Some(self.read_local(t, span));
                }
            }
        }
        let mut missing = Vec::new();
        let mut out = Vec::with_capacity(fields.len());
        for (i, (name, field_ty, _, default)) in fields.iter().enumerate() {
            let field_ty = self.ck.types.subst(*field_ty, &args);
            if let Some(v) = values[i].take() {
                out.push(v);
                continue;
            }
            if let Some(base) = &base {
                let root = match base {
                    LocalOrPlace::Local(l) => self.read_local(*l, span),
                    LocalOrPlace::Place(p) => {
                        let (ty, site) = (p.ty(), p.site);
                        Expr {
                            kind: ExprKind::Read(p.clone(), Mode::Undecided),
                            ty,
                            site,
                        }
                    }
                };
                out.push(self.project(root, ProjKind::Field(i as u32), field_ty, span));
            } else if let Some(default) = default {
                let callee = Callee::Generic {
                    def: *default,
                    targs: args.clone(),
                };
                let kind = ExprKind::Call {
                    callee,
                    args: Vec::new(),
                };
                out.push(self.mk(kind, field_ty, span));
            } else if matches!(self.data(field_ty), TyData::Weak(_)) {
                let TyData::Weak(t) = self.data(field_ty) else {
                    continue;
                };
                let kind = ExprKind::Builtin {
                    op: Builtin::WeakEmpty,
                    targs: vec![t],
                    args: Vec::new(),
                };
                out.push(self.mk(kind, field_ty, span));
            } else {
                missing.push(name.clone());
                out.push(self.error(span));
            }
            if !visible && !fields[i].2 && base.is_none() && missing.is_empty() {
                let adt_name = self.ck.defs.adt(adt).name.clone();
                self.report(errors::hidden_fields(span, &adt_name, name));
            }
        }
        if !missing.is_empty() && !misspelt {
            let adt_name = self.ck.defs.adt(adt).name.clone();
            self.report(errors::missing_fields(span, &adt_name, &missing));
        }
        let value = self.mk(ExprKind::Struct(out), ty, span);
        self.block_of(stmts, value)
    }

    /// The struct that a literal's path names, with written type arguments.
    pub(super) fn struct_path(
        &mut self,
        path: &[ast::Name],
        targs: &[ast::Ty],
        span: Span,
    ) -> Option<(AdtId, Vec<Ty>)> {
        if path.len() == 1 && &*path[0].text == "Self" {
            return match self.self_ty.map(|t| self.data(t)) {
                Some(TyData::Adt(id, args)) => Some((id, args.to_vec())),
                _ => {
                    self.report(errors::unknown_name(
                        path[0].span,
                        "Self",
                        None,
                        errors::Unknown::Nothing,
                    ));
                    None
                }
            };
        }
        let ast_ty = ast::Ty {
            kind: ast::TyKind::Name {
                path: path.to_vec(),
                args: targs.to_vec(),
            },
            span: path[0].span.to(path[path.len() - 1].span),
        };
        match self.lookup_path(path) {
            Some(Def::Adt(id)) if targs.is_empty() => Some((id, Vec::new())),
            Some(Def::Adt(id)) => {
                let ty = self.lower_ty(&ast_ty);
                match self.data(ty) {
                    TyData::Adt(_, args) => Some((id, args.to_vec())),
                    _ => None,
                }
            }
            Some(Def::Alias(id)) => {
                let alias = &self.ck.defs.aliases[id.index()];
                let generics = alias.generics.clone();
                let aliased = alias.ty;
                let args = if targs.is_empty() {
                    self.fresh_args(&generics, span)
                } else {
                    targs.iter().map(|t| self.lower_ty(t)).collect()
                };
                let ty = self.ck.types.subst(aliased, &args);
                match self.data(ty) {
                    TyData::Adt(id, args) => Some((id, args.to_vec())),
                    _ => {
                        let shown = self.show(ty);
                        self.report(errors::not_a_struct(span, &shown));
                        None
                    }
                }
            }
            Some(_) => {
                self.report(errors::not_a_struct(span, &path[path.len() - 1].text));
                None
            }
            None => {
                // Reports the unknown name with its suggestions.
                self.lower_ty(&ast_ty);
                None
            }
        }
    }

    /// A definition named through modules: `a.b.Name`.
    pub(super) fn lookup_path(&mut self, path: &[ast::Name]) -> Option<Def> {
        let (first, rest) = path.split_first()?;
        let mut def = self.lookup_def(&first.text)?;
        for name in rest {
            let Def::Module(m) = def else { return None };
            let Member::Def(member) = self.ck.defs.member(m, &name.text, self.module) else {
                return None;
            };
            def = member;
        }
        Some(def)
    }

    /// Whether this module may touch what another keeps to itself.
    pub(super) fn sees_private(&self, module: ModuleId) -> bool {
        self.module == module || self.is_std
    }
}

/// Where a struct literal's base is read from.
enum LocalOrPlace {
    Local(LocalId),
    Place(Place),
}

/// Evaluating it changes nothing and cannot be changed: may move past its neighbours.
fn is_simple(e: &Expr) -> bool {
    matches!(
        e.kind,
        ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Char(_)
            | ExprKind::Str(_)
    )
}
