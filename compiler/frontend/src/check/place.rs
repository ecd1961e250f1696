//! Postfix operations: what a leading name means (variable, module, type, function), fields,
//! positions, indices, pointers, calls, `?`; objects (`new`, `weak`).

use super::*;
use ast::{ExprKind as A, Postfix, PostfixKind};

/// Longer chains of operations are cut into temporaries, so that nothing recurses that deep.
const FLAT_POSTFIX: usize = 64;

impl Cx<'_, '_> {
    pub(super) fn postfix(
        &mut self,
        base: &ast::Expr,
        ops: &[Postfix],
        expected: Option<Ty>,
    ) -> Expr {
        let (mut cur, mut i) = self.postfix_base(base, ops, expected);
        let mut span = base.span;
        for op in &ops[..i] {
            span = span.to(op.span);
        }
        let mut stmts = Vec::new();
        let mut since = 0;
        while i < ops.len() {
            let op = &ops[i];
            let wish = if i + 1 == ops.len() { expected } else { None };
            since += 1;
            if since > FLAT_POSTFIX && !matches!(cur.kind, ExprKind::Read(..)) {
                let local = self.spill(cur, &mut stmts);
                cur = self.read_local(local, span);
                since = 0;
            }
            cur = self.postfix_op(cur, op, span, wish);
            span = span.to(op.span);
            i += 1;
        }
        self.block_of(stmts, cur)
    }

    pub(super) fn postfix_op(
        &mut self,
        cur: Expr,
        op: &Postfix,
        span: Span,
        expected: Option<Ty>,
    ) -> Expr {
        match &op.kind {
            PostfixKind::Field(name) => self.field(cur, name),
            PostfixKind::Position(n) => self.position(cur, *n, op.span),
            PostfixKind::Method {
                name,
                bang: false,
                targs,
                args,
            } => self.method_call(cur, name, targs, args, expected),
            PostfixKind::Method {
                name,
                bang: true,
                targs,
                args,
            } => self.bang_call(cur, span, name, targs, args),
            PostfixKind::Deref => match self.data(cur.ty) {
                TyData::Ptr(t) => self.project(cur, ProjKind::Deref, t, op.span),
                TyData::Error => cur,
                _ => {
                    let shown = self.show(cur.ty);
                    self.report(errors::no_deref(op.span, &shown));
                    self.error(op.span)
                }
            },
            PostfixKind::Call(args) => self.call_value(cur, args, span, op.span),
            PostfixKind::Index(args) => self.index(cur, args, op.span, expected),
            PostfixKind::Try => self.try_op(cur, op.span),
        }
    }

    /// The value that a chain begins with, and how many operations that took.
    fn postfix_base(
        &mut self,
        base: &ast::Expr,
        ops: &[Postfix],
        expected: Option<Ty>,
    ) -> (Expr, usize) {
        let A::Name { name, targs } = &base.kind else {
            return (self.expr(base, None), 0);
        };
        if let Some(var) = self.lookup_var(&name.text, name.span) {
            return (self.read_var(var, name.span), 0);
        }
        // A type parameter or `Self` before `.`: a function of that type.
        let is_param = self.env.params.iter().any(|p| p.name == name.text);
        if is_param || &*name.text == "Self" {
            let ty = self.lower_ty(&name_ty(name, targs));
            return self.type_member(ty, ops, 0, name, expected);
        }
        let Some(def) = self.lookup_def(&name.text) else {
            if let Some(done) = self.asks_about_sharing(name, ops) {
                return (done, 1);
            }
            self.unknown(name, false);
            for op in ops {
                self.check_operands(op);
            }
            return (self.error(name.span), ops.len());
        };
        self.def_base(def, name, targs, ops, 0, expected)
    }

    /// Checks what stands inside an operation on something that is wrong already.
    fn check_operands(&mut self, op: &Postfix) {
        if let PostfixKind::Method { args, .. }
        | PostfixKind::Call(args)
        | PostfixKind::Index(args) = &op.kind
        {
            for arg in args {
                self.operand_of_error(&arg.value);
            }
        }
    }

    /// A definition followed by operations from `i` on.
    fn def_base(
        &mut self,
        def: Def,
        name: &ast::Name,
        targs: &[ast::Ty],
        ops: &[Postfix],
        i: usize,
        expected: Option<Ty>,
    ) -> (Expr, usize) {
        let wish = if i + 1 >= ops.len() { expected } else { None };
        let op = ops.get(i).map(|op| &op.kind);
        match (def, op) {
            (Def::Module(m), Some(PostfixKind::Field(member))) => match self.member(m, member) {
                Some(def) => self.def_base(def, member, &[], ops, i + 1, expected),
                None => (self.error(member.span), ops.len()),
            },
            (
                Def::Module(m),
                Some(PostfixKind::Method {
                    name: member,
                    bang,
                    targs,
                    args,
                }),
            ) => {
                let Some(def) = self.member(m, member) else {
                    ops[i..].iter().for_each(|op| self.check_operands(op));
                    return (self.error(member.span), ops.len());
                };
                let wish = if i + 1 == ops.len() { expected } else { None };
                if *bang {
                    let value = self.def_base(def, member, targs, ops, ops.len(), None).0;
                    let _ = args;
                    return (value, i + 1);
                }
                (
                    self.call_def(def, member, targs, args, ops[i].span, wish),
                    i + 1,
                )
            }
            (
                Def::Fn(_) | Def::Variant(..) | Def::Scalar(_) | Def::Adt(_),
                Some(PostfixKind::Call(args)),
            ) => {
                let wish = if i + 1 == ops.len() { expected } else { None };
                (
                    self.call_def(def, name, targs, args, ops[i].span, wish),
                    i + 1,
                )
            }
            (Def::Adt(_) | Def::Alias(_) | Def::Collection(_) | Def::Scalar(_), Some(_)) => {
                let ty = self.type_of_def(def, name, targs);
                self.type_member(ty, ops, i, name, expected)
            }
            (
                Def::Trait(t),
                Some(PostfixKind::Method {
                    name: m,
                    bang: false,
                    targs,
                    args,
                }),
            ) => {
                let wish = if i + 1 == ops.len() { expected } else { None };
                (
                    self.trait_static(t, m, targs, args, wish, ops[i].span),
                    i + 1,
                )
            }
            _ => {
                let e = self.def_as_value(def, name, targs, wish);
                (e, i)
            }
        }
    }

    fn def_as_value(
        &mut self,
        def: Def,
        name: &ast::Name,
        targs: &[ast::Ty],
        expected: Option<Ty>,
    ) -> Expr {
        match def {
            Def::Fn(id) => self.fn_value(id, targs, expected, name.span),
            Def::Const(id) => {
                let ty = self.ck.const_ty(id);
                let site = self.site(name.span);
                let root = Root::Global(GlobalId(id.0));
                let place = Place {
                    root,
                    root_ty: ty,
                    site,
                    projs: Vec::new(),
                };
                Expr {
                    kind: ExprKind::Read(place, Mode::Undecided),
                    ty,
                    site,
                }
            }
            Def::Variant(adt, v) => {
                self.variant(adt, Vec::new(), v, None, expected, name.span, name.span)
            }
            _ => {
                self.report(errors::not_a_value(name.span, &name.text));
                self.error(name.span)
            }
        }
    }

    fn member(&mut self, module: ModuleId, name: &ast::Name) -> Option<Def> {
        match self.ck.defs.member(module, &name.text, self.module) {
            Member::Def(def) => Some(def),
            Member::Private(_) => {
                self.report(errors::private(name.span, "name", &name.text));
                None
            }
            Member::Missing => {
                let names = self.ck.defs.module(module).scope.keys().map(|n| &**n);
                let best = self.closest(&name.text, names);
                let shown = self.ck.defs.module(module).name.clone();
                self.report(errors::not_in_module(name.span, &name.text, &shown, best));
                None
            }
        }
    }

    /// `name(args)` where the name is a definition.
    fn call_def(
        &mut self,
        def: Def,
        name: &ast::Name,
        targs: &[ast::Ty],
        args: &[ast::Arg],
        span: Span,
        expected: Option<Ty>,
    ) -> Expr {
        match def {
            Def::Fn(id) => self.call_fn(id, targs, args, expected, name.span),
            Def::Variant(adt, v) => self.variant(
                adt,
                Vec::new(),
                v,
                Some(args),
                expected,
                name.span,
                name.span.to(span),
            ),
            Def::Scalar(ty) => self.convert(ty, args, &name.text, name.span),
            Def::Adt(id) if Some(id) == self.ck.defs.lang.error => {
                let [arg] = args else {
                    self.report(errors::argument_count(name.span, "`Error`", 1, args.len()));
                    return self.error(span);
                };
                let value = self.expr(&arg.value, None);
                self.error_of(value, name.span)
            }
            Def::Const(_) => {
                let callee = self.def_as_value(def, name, targs, None);
                self.call_value(callee, args, name.span, span)
            }
            Def::Adt(_) | Def::Alias(_) | Def::Collection(_) => {
                for arg in args {
                    self.expr(&arg.value, None);
                }
                self.report(errors::type_called(name.span, &name.text));
                self.error(span)
            }
            Def::Module(_) | Def::Trait(_) => {
                self.report(errors::not_a_value(name.span, &name.text));
                self.error(span)
            }
        }
    }

    /// A type named in an expression, with fresh variables for arguments that are left out.
    pub(super) fn type_of_def(&mut self, def: Def, name: &ast::Name, targs: &[ast::Ty]) -> Ty {
        if !targs.is_empty() {
            return self.lower_ty(&name_ty(name, targs));
        }
        match def {
            Def::Scalar(ty) => ty,
            Def::Adt(id) => {
                let generics = self.ck.defs.adt(id).generics.clone();
                let args = self.fresh_args(&generics, name.span);
                self.ck.types.intern(TyData::Adt(id, args.into()))
            }
            Def::Alias(id) => {
                let alias = &self.ck.defs.aliases[id.index()];
                let (generics, ty) = (alias.generics.clone(), alias.ty);
                let args = self.fresh_args(&generics, name.span);
                self.ck.types.subst(ty, &args)
            }
            Def::Collection(c) => {
                let a = self.fresh();
                match c {
                    Collection::List => self.ck.types.intern(TyData::List(a)),
                    Collection::Array => self.ck.types.intern(TyData::Array(a)),
                    Collection::Set => self.ck.types.intern(TyData::Set(a)),
                    Collection::Map => {
                        let b = self.fresh();
                        self.ck.types.intern(TyData::Map(a, b))
                    }
                }
            }
            _ => Types::ERROR,
        }
    }

    /// `Type.member…`
    fn type_member(
        &mut self,
        ty: Ty,
        ops: &[Postfix],
        i: usize,
        type_name: &ast::Name,
        expected: Option<Ty>,
    ) -> (Expr, usize) {
        let wish = if i + 1 >= ops.len() { expected } else { None };
        match ops.get(i).map(|op| (&op.kind, op.span)) {
            Some((
                PostfixKind::Method {
                    name,
                    bang: false,
                    targs,
                    args,
                },
                span,
            )) => (self.static_call(ty, name, targs, args, wish, span), i + 1),
            Some((PostfixKind::Field(name), span)) => {
                if let TyData::Adt(adt, targs) = self.data(ty)
                    && let Some(v) = self.variant_index(adt, &name.text)
                {
                    let e = self.variant(adt, targs.to_vec(), v, None, wish, name.span, span);
                    return (e, i + 1);
                }
                // A function of the type as a value.
                if let Some(method::Found::Fn { def, targs }) =
                    self.find_method(ty, &name.text, name.span)
                {
                    let e = self.fn_value(def, &[], wish, name.span);
                    let _ = targs;
                    return (e, i + 1);
                }
                if !self.has_error(ty) {
                    let shown = self.show(ty);
                    let best = match self.data(ty) {
                        TyData::Adt(adt, _) => self.closest_variant(adt, &name.text),
                        _ => None,
                    };
                    self.report(errors::no_function(name.span, &name.text, &shown, best));
                }
                (self.error(name.span), ops.len())
            }
            _ => {
                if !self.has_error(ty) {
                    self.report(errors::not_a_value(type_name.span, &type_name.text));
                }
                (self.error(type_name.span), ops.len())
            }
        }
    }

    // ---- fields, positions

    /// Goes on from a place, or from a value held for the operation.
    pub(super) fn project(&mut self, base: Expr, kind: ProjKind, ty: Ty, span: Span) -> Expr {
        let site = self.site(span);
        let proj = Proj { kind, ty, site };
        let place = match base.kind {
            ExprKind::Read(mut place, Mode::Undecided) => {
                place.projs.push(proj);
                place
            }
            kind => {
                let (root_ty, root_site) = (base.ty, base.site);
                let root = Root::Temp(Box::new(Expr {
                    kind,
                    ty: root_ty,
                    site: root_site,
                }));
                Place {
                    root,
                    root_ty,
                    site: root_site,
                    projs: vec![proj],
                }
            }
        };
        Expr {
            kind: ExprKind::Read(place, Mode::Undecided),
            ty,
            site,
        }
    }

    /// A struct's field by name, with its type here.
    pub(super) fn field_of(&mut self, ty: Ty, name: &str) -> Option<(u32, Ty)> {
        let TyData::Adt(id, args) = self.data(ty) else {
            return None;
        };
        let AdtKind::Struct(fields) = &self.ck.defs.adt(id).kind else {
            return None;
        };
        let i = fields
            .iter()
            .position(|f| f.name.as_deref() == Some(name))?;
        let field_ty = fields[i].ty;
        Some((i as u32, self.ck.types.subst(field_ty, &args)))
    }

    fn field(&mut self, mut base: Expr, name: &ast::Name) -> Expr {
        if self.has_open_head(base.ty, name.span) {
            return self.error(name.span);
        }
        loop {
            if let Some((i, ty)) = self.field_of(base.ty, &name.text) {
                if let TyData::Adt(id, _) = self.data(base.ty) {
                    let adt = self.ck.defs.adt(id);
                    let module = adt.module;
                    if let AdtKind::Struct(fields) = &adt.kind
                        && !fields[i as usize].is_pub
                        && !self.sees_private(module)
                    {
                        self.report(errors::private(name.span, "field", &name.text));
                    }
                }
                return self.project(base, ProjKind::Field(i), ty, name.span);
            }
            let TyData::Ptr(t) = self.data(base.ty) else {
                break;
            };
            base = self.project(base, ProjKind::Deref, t, name.span);
        }
        let shown = self.show(base.ty);
        let names: Vec<Text> = match self.data(base.ty) {
            TyData::Adt(id, _) => match &self.ck.defs.adt(id).kind {
                AdtKind::Struct(fields) => fields.iter().filter_map(|f| f.name.clone()).collect(),
                AdtKind::Enum(_) => Vec::new(),
            },
            _ => Vec::new(),
        };
        let best = self.closest(&name.text, names.iter().map(|n| &**n));
        let habit = habits::member(&name.text, false).filter(|_| best.is_none());
        let method = self.find_method(base.ty, &name.text, name.span).is_some();
        let option = self.as_option(base.ty).is_some();
        let variant = self.as_tail_variant_name(&name.text);
        self.report(errors::no_such_field(
            name.span,
            &name.text,
            &shown,
            best.map(|b| format!("did you mean `{b}`?")).or(habit),
            method,
            option,
            variant,
        ));
        self.error(name.span)
    }

    fn as_tail_variant_name(&mut self, name: &str) -> bool {
        let ret = self.frame().ret;
        [Some(ret), self.inner_expectation(Some(ret))].into_iter().flatten().any(|ty| {
            matches!(self.data(ty), TyData::Adt(id, _) if self.variant_index(id, name).is_some())
        })
    }

    fn position(&mut self, mut base: Expr, n: u32, span: Span) -> Expr {
        if self.has_open_head(base.ty, span) {
            return self.error(span);
        }
        loop {
            match self.data(base.ty) {
                TyData::Tuple(ts) if (n as usize) < ts.len() => {
                    return self.project(base, ProjKind::Field(n), ts[n as usize], span);
                }
                TyData::Ptr(t) => base = self.project(base, ProjKind::Deref, t, span),
                data => {
                    let shown = self.show(base.ty);
                    let parts = match data {
                        TyData::Tuple(ts) => Some(ts.len()),
                        _ => None,
                    };
                    self.report(errors::no_position(span, n, &shown, parts));
                    return self.error(span);
                }
            }
        }
    }

    // ---- indices

    fn index(
        &mut self,
        mut base: Expr,
        args: &[ast::Arg],
        span: Span,
        _expected: Option<Ty>,
    ) -> Expr {
        while let TyData::Ptr(t) = self.data(base.ty) {
            base = self.project(base, ProjKind::Deref, t, span);
        }
        if self.has_open_head(base.ty, span) {
            args.iter().for_each(|a| {
                self.expr(&a.value, None);
            });
            return self.error(span);
        }
        let bracket = Span {
            hi: span.lo + 1,
            ..span
        };
        let (default, rest): (Vec<&ast::Arg>, Vec<&ast::Arg>) = args
            .iter()
            .partition(|a| a.name.as_ref().is_some_and(|n| &*n.text == "default"));
        let [index] = rest.as_slice() else {
            args.iter().for_each(|a| {
                self.expr(&a.value, None);
            });
            self.report(errors::index_count(span, rest.len()));
            return self.error(span);
        };
        if let Some(name) = &index.name {
            self.report(errors::unknown_argument(
                name.span, &name.text, "an index", None,
            ));
        }
        // A Deque's elements are those of the List in it.
        if let Some((Lang::Deque, elem)) = self.queue(base.ty) {
            let list = self.ck.types.intern(TyData::List(elem));
            base = self.project(base, ProjKind::Field(0), list, bracket);
        }
        match self.data(base.ty) {
            TyData::Map(k, v) => {
                let key = self.expr_to(&index.value, k);
                let key = self.look(key);
                let default = default.first().map(|d| Box::new(self.expr_to(&d.value, v)));
                self.project(
                    base,
                    ProjKind::Index {
                        index: Box::new(key),
                        default,
                    },
                    v,
                    bracket,
                )
            }
            data @ (TyData::List(_) | TyData::Array(_) | TyData::Str) => {
                if let Some(d) = default.first() {
                    self.report(errors::default_needs_map(d.value.span));
                    self.expr(&d.value, None);
                }
                if let Some(slice) = self.range_index(&mut base, &index.value, bracket) {
                    return slice;
                }
                let i = self.expr(&index.value, Some(Types::INT));
                if let TyData::Adt(id, _) = self.data(i.ty)
                    && Some(id) == self.ck.defs.lang.range
                {
                    return self.call_method_with(base, "slice_range", vec![i], bracket);
                }
                let i = self.index_value(i, index.value.span);
                let i = self.look(i);
                match data {
                    TyData::List(t) | TyData::Array(t) => {
                        let kind = ProjKind::Index {
                            index: Box::new(i),
                            default: None,
                        };
                        self.project(base, kind, t, bracket)
                    }
                    _ => {
                        self.lint_char_index(&index.value, bracket);
                        let base = self.look(base);
                        let kind = ExprKind::Builtin {
                            op: Builtin::CharAt,
                            targs: Vec::new(),
                            args: vec![base, i],
                        };
                        self.mk(kind, Types::CHAR, bracket)
                    }
                }
            }
            _ => {
                args.iter().for_each(|a| {
                    self.expr(&a.value, None);
                });
                let shown = self.show(base.ty);
                let option = self.as_option(base.ty).is_some();
                let tuple = matches!(self.data(base.ty), TyData::Tuple(_));
                self.report(errors::no_index(bracket, &shown, option, tuple));
                self.error(span)
            }
        }
    }

    fn index_value(&mut self, i: Expr, span: Span) -> Expr {
        if self.shallow(i.ty) != Types::INT && self.is_integer(i.ty) {
            let shown = self.show(i.ty);
            self.report(errors::index_type(span, &shown));
            return self.error(span);
        }
        self.coerce(i, Types::INT, span)
    }

    /// `xs[a..b]` and its kin as slices.
    fn range_index(&mut self, base: &mut Expr, index: &ast::Expr, bracket: Span) -> Option<Expr> {
        use ast::BinOp as Op;
        let (start, end, inclusive) = match &index.kind {
            A::Paren(e) => return self.range_index(base, e, bracket),
            A::Chain(a, rest) => match rest.as_slice() {
                [(op @ (Op::Range | Op::RangeIncl), _, b)] => {
                    (Some(&**a), Some(b), *op == Op::RangeIncl)
                }
                _ => return None,
            },
            A::RangeFrom(a) => (Some(&**a), None, false),
            A::RangeTo { end, inclusive } => (None, end.as_deref(), *inclusive),
            _ => return None,
        };
        let taken = std::mem::replace(
            base,
            Expr {
                kind: ExprKind::Unreachable,
                ty: Types::ERROR,
                site: base.site,
            },
        );
        let start = match start {
            Some(e) => self.expr_to(e, Types::INT),
            None => self.mk(ExprKind::Int(0), Types::INT, bracket),
        };
        let targs = match self.data(taken.ty) {
            TyData::List(t) | TyData::Array(t) => vec![t],
            _ => Vec::new(),
        };
        let ty = taken.ty;
        let (op, args) = match end {
            Some(e) => {
                let mut end = self.expr_to(e, Types::INT);
                if inclusive {
                    let one = self.mk(ExprKind::Int(1), Types::INT, e.span);
                    let kind = ExprKind::Binary(BinOp::Add, Box::new(end), Box::new(one));
                    end = self.mk(kind, Types::INT, e.span);
                }
                (Builtin::Slice, vec![taken, start, end])
            }
            None => (Builtin::SliceFrom, vec![taken, start]),
        };
        Some(self.mk(ExprKind::Builtin { op, targs, args }, ty, bracket))
    }

    // ---- is_unique

    /// `is_unique(place)`, `dbg_if_shared(place)`: ask, without being a use.
    fn asks_about_sharing(&mut self, name: &ast::Name, ops: &[Postfix]) -> Option<Expr> {
        let is_unique = &*name.text == "is_unique";
        if !is_unique && &*name.text != "dbg_if_shared" {
            return None;
        }
        let PostfixKind::Call(args) = &ops.first()?.kind else {
            return None;
        };
        let [arg] = args.as_slice() else {
            let what = format!("`{}`", name.text);
            self.report(errors::argument_count(name.span, &what, 1, args.len()));
            return Some(self.error(name.span));
        };
        let value = self.expr(&arg.value, None);
        match value.kind {
            ExprKind::Read(mut place, _) if !matches!(place.root, Root::Temp(_)) => {
                // The storage of a Heap or Deque is the one in it.
                if let Some((lang, elem)) = self.queue(value.ty) {
                    let ty = self.ck.types.intern(match lang {
                        Lang::Heap => TyData::Array(elem),
                        _ => TyData::List(elem),
                    });
                    place.projs.push(Proj {
                        kind: ProjKind::Field(0),
                        ty,
                        site: value.site,
                    });
                }
                let kind = if is_unique {
                    ExprKind::IsUnique(Box::new(place))
                } else {
                    ExprKind::DbgIfShared(Box::new(place))
                };
                let ty = if is_unique { Types::BOOL } else { Types::UNIT };
                Some(self.mk(kind, ty, name.span))
            }
            _ => {
                if value.ty != Types::ERROR {
                    self.report(errors::wants_place(arg.value.span, &name.text));
                }
                Some(self.error(name.span))
            }
        }
    }

    // ---- objects

    pub(super) fn new_expr(&mut self, new: &ast::New, expected: Option<Ty>, span: Span) -> Expr {
        let target = match self.inner_expectation(expected).map(|t| self.data(t)) {
            Some(TyData::Ptr(t)) => Some(t),
            _ => None,
        };
        let value = match new {
            ast::New::Literal(e) => self.expr(e, target),
            ast::New::Typed { ty, literal: None } if names_a_variant(ty) => {
                self.new_variant(ty, None, target)
            }
            ast::New::Convert { ty, args } if names_a_variant(ty) => {
                self.new_variant(ty, Some(args), target)
            }
            ast::New::Typed { ty, literal } => {
                let ty_span = ty.span;
                let ty = self.lower_ty(ty);
                match literal {
                    Some(e) => self.expr_to(e, ty),
                    None => match self.data(ty) {
                        TyData::List(_) | TyData::Array(_) | TyData::Set(_) => {
                            self.mk(ExprKind::List(Vec::new()), ty, span)
                        }
                        TyData::Map(..) => self.mk(ExprKind::Map(Vec::new()), ty, span),
                        TyData::Error => self.error(span),
                        _ => {
                            let shown = self.show(ty);
                            self.report(errors::new_needs_literal(ty_span, &shown));
                            self.error(span)
                        }
                    },
                }
            }
            ast::New::Convert { ty, args } => {
                let ty_span = ty.span;
                let ty = self.lower_ty(ty);
                if self.is_scalar(ty) || ty == Types::STR {
                    let shown = self.show(ty);
                    self.new_convert(ty, args, &shown, ty_span)
                } else {
                    if !self.has_error(ty) {
                        self.report(errors::new_call(ty_span));
                    }
                    self.error(span)
                }
            }
            ast::New::Array { len, elem } => {
                let elem_span = elem.span;
                let elem = self.lower_ty(elem);
                let len = self.expr_to(len, Types::INT);
                let default = self.ck.defs.lang.default;
                self.require(elem, default, elem_span, "`new [n]T`");
                let array = self.ck.types.intern(TyData::Array(elem));
                let zero = self.default_of(elem, elem_span);
                let name = ast::Name {
                    text: Text::from("filled"),
                    span,
                };
                let found = self.find_method(array, "filled", span);
                match found {
                    Some(method::Found::Fn { def, targs }) => {
                        let sig = self.sig(def, &targs);
                        self.emit_call(def, targs, &sig, vec![len, zero], span)
                    }
                    _ => {
                        self.no_method(array, &name, false);
                        self.error(span)
                    }
                }
            }
        };
        if self.has_error(value.ty) {
            return self.error(span);
        }
        let ty = self.ck.types.intern(TyData::Ptr(value.ty));
        self.mk(ExprKind::New(Box::new(value)), ty, span)
    }

    /// `new Shape.circle(3.0)`, `new Shape.point`: the variant as an expression.
    fn new_variant(
        &mut self,
        ty: &ast::Ty,
        args: Option<&Vec<ast::Arg>>,
        target: Option<Ty>,
    ) -> Expr {
        let span = ty.span;
        let ast::TyKind::Name { path, args: targs } = &ty.kind else {
            return self.error(span);
        };
        let mut names = path.iter().cloned();
        let (Some(first), Some(last)) = (names.next(), names.next_back()) else {
            return self.error(span);
        };
        let base = ast::Expr {
            span: first.span,
            kind: ast::ExprKind::Name {
                name: first,
                targs: targs.clone(),
            },
        };
        let mut steps: Vec<ast::Postfix> = names
            .map(|name| ast::Postfix {
                span: name.span,
                kind: ast::PostfixKind::Field(name),
            })
            .collect();
        steps.push(ast::Postfix {
            span: last.span,
            kind: match args {
                None => ast::PostfixKind::Field(last),
                Some(args) => ast::PostfixKind::Method {
                    name: last,
                    bang: false,
                    targs: Vec::new(),
                    args: args.clone(),
                },
            },
        });
        let e = ast::Expr {
            span,
            kind: ast::ExprKind::Postfix(Box::new(base), steps),
        };
        let errors = self.ck.problems.errors();
        let value = self.expr(&e, target);
        let reported = self.ck.problems.errors() > errors;
        if matches!(value.kind, ExprKind::Variant { .. }) || self.has_error(value.ty) {
            return value;
        }
        if reported {
            return self.error(span);
        }
        self.report(errors::new_call(span));
        self.error(span)
    }

    /// `new int(42)`: the literal takes the type named.
    fn new_convert(&mut self, ty: Ty, args: &[ast::Arg], name: &str, span: Span) -> Expr {
        if let [arg] = args
            && super::literal::is_number_literal(&arg.value)
        {
            return self.expr_to(&arg.value, ty);
        }
        self.convert(ty, args, name, span)
    }

    /// `T.default()`
    fn default_of(&mut self, ty: Ty, span: Span) -> Expr {
        let Some(trait_) = self.ck.defs.lang.default else {
            return self.error(span);
        };
        let callee = Callee::TraitMethod {
            trait_,
            method: 0,
            targs: vec![ty],
        };
        self.mk(
            ExprKind::Call {
                callee,
                args: Vec::new(),
            },
            ty,
            span,
        )
    }

    /// `weak(p)`, `weak()`
    pub(super) fn weak(&mut self, args: &[ast::Arg], expected: Option<Ty>, span: Span) -> Expr {
        match args {
            [] => {
                let target = match self.inner_expectation(expected).map(|t| self.data(t)) {
                    Some(TyData::Weak(t)) => t,
                    _ => self.fresh(),
                };
                let ty = self.ck.types.intern(TyData::Weak(target));
                self.open.push((ty, span, "`weak()`".into()));
                let kind = ExprKind::Builtin {
                    op: Builtin::WeakEmpty,
                    targs: vec![target],
                    args: Vec::new(),
                };
                self.mk(kind, ty, span)
            }
            [arg] => {
                let value = self.look_expr(&arg.value, None);
                let TyData::Ptr(target) = self.data(value.ty) else {
                    if !self.has_error(value.ty) {
                        let shown = self.show(value.ty);
                        self.report(errors::weak_of(arg.value.span, &shown));
                    }
                    return self.error(span);
                };
                self.note_weak_of(&value);
                let ty = self.ck.types.intern(TyData::Weak(target));
                let kind = ExprKind::Builtin {
                    op: Builtin::WeakNew,
                    targs: vec![target],
                    args: vec![value],
                };
                self.mk(kind, ty, span)
            }
            _ => {
                self.report(errors::argument_count(span, "`weak`", 1, args.len()));
                self.error(span)
            }
        }
    }
}

/// A name with arguments as a written type.
fn name_ty(name: &ast::Name, targs: &[ast::Ty]) -> ast::Ty {
    let kind = ast::TyKind::Name {
        path: vec![name.clone()],
        args: targs.to_vec(),
    };
    ast::Ty {
        kind,
        span: name.span,
    }
}

/// `Shape.circle`: a type's name, then another; modules have lower-case names.
fn names_a_variant(ty: &ast::Ty) -> bool {
    match &ty.kind {
        ast::TyKind::Name { path, .. } => match &path[..] {
            [.., of, _] => of.text.starts_with(char::is_uppercase),
            _ => false,
        },
        _ => false,
    }
}
