//! Expressions: one arm per form, each calling the file that knows it; names.

use super::block::Want;
use super::*;
use ast::ExprKind as A;

impl Cx<'_, '_> {
    /// Checks an expression. `expected` is a wish that flows in; the result may have another type.
    pub(super) fn expr(&mut self, e: &ast::Expr, expected: Option<Ty>) -> Expr {
        let span = e.span;
        match &e.kind {
            A::Bool(b) => self.mk(ExprKind::Bool(*b), Types::BOOL, span),
            A::Int(v) => self.int_literal(*v, false, expected, span),
            A::Float(v) => self.float_literal(*v, expected, span),
            A::Char(c) => self.mk(ExprKind::Char(*c), Types::CHAR, span),
            A::Byte(b) => self.mk(ExprKind::Int(*b as i128), Types::U8, span),
            A::Str(parts) => self.string(parts, span),
            A::Name { name, targs } => self.name(name, targs, expected),
            A::DotVariant { name, args } => self.dot_variant(name, args.as_deref(), expected, span),
            A::Paren(e) => self.expr(e, expected),
            A::Tuple(es) => self.tuple(es, expected, span),
            A::List(elems) => self.list(elems, expected, span),
            A::Map(pairs) => self.map(pairs, expected, span),
            A::Comp {
                key,
                value,
                clauses,
            } => self.comprehension(key.as_deref(), value, clauses, expected, span),
            A::Struct { path, targs, inits } => {
                self.struct_literal(path, targs, inits, expected, span)
            }
            A::Prefix(ops, e) => self.prefix(ops, e, expected, span),
            A::Chain(first, rest) => self.chain(first, rest, expected, span),
            A::RangeFrom(_) | A::RangeTo { .. } => {
                self.report(errors::open_range(span));
                self.error(span)
            }
            A::Is(value, pattern) => self.is(value, pattern, span),
            A::Catch {
                value,
                pattern,
                default,
            } => self.catch(value, pattern.as_deref(), default, expected, span),
            A::Postfix(base, ops) => self.postfix(base, ops, expected),
            A::Closure(c) => self.closure(c, expected, span),
            A::Block(b) => {
                let block = self.block(b, Want::Value(expected));
                self.block_expr(block, span)
            }
            A::If { arms, else_ } => {
                self.if_expr(arms, else_.as_deref(), Want::Value(expected), span)
            }
            A::Match { value, arms } => self.match_expr(value, arms, Want::Value(expected), span),
            A::Loop { label, body } => self.loop_expr(label.as_ref(), body, expected, span),
            A::Return(value) => self.return_expr(value.as_deref(), span),
            A::Raise(value) => self.raise(value, span),
            A::Break { label, value } => self.break_expr(label.as_ref(), value.as_deref(), span),
            A::Continue { label } => self.continue_expr(label.as_ref(), span),
            A::New(new) => self.new_expr(new, expected, span),
            A::Weak(args) => self.weak(args, expected, span),
            A::Stmt(stmt) => {
                let stmts = self.stmt(stmt);
                let value = self.unit(span);
                self.block_of(stmts, value)
            }
            A::Error => self.error(span),
        }
    }

    /// A block as an expression.
    pub(super) fn block_expr(&mut self, (block, ty): (Block, Ty), span: Span) -> Expr {
        self.mk(ExprKind::Block(block), ty, span)
    }

    /// A bare name as a value.
    pub(super) fn name(
        &mut self,
        name: &ast::Name,
        targs: &[ast::Ty],
        expected: Option<Ty>,
    ) -> Expr {
        if let Some(var) = self.lookup_var(&name.text, name.span) {
            return self.read_var(var, name.span);
        }
        match self.lookup_def(&name.text) {
            Some(def) => self.def_value(def, name, targs, expected),
            None => {
                self.unknown(name, false);
                self.error(name.span)
            }
        }
    }

    pub(super) fn read_var(&mut self, var: VarRef, span: Span) -> Expr {
        let site = self.site(span);
        let place = Place {
            root: var.root,
            root_ty: var.ty,
            site,
            projs: Vec::new(),
        };
        Expr {
            kind: ExprKind::Read(place, Mode::Undecided),
            ty: var.ty,
            site,
        }
    }

    pub(super) fn unknown(&mut self, name: &ast::Name, assigned: bool) {
        if self.ck.defs.module(self.module).lost.contains(&name.text) {
            return;
        }
        let mut names: Vec<Text> = Vec::new();
        for frame in &self.frames {
            for scope in &frame.scopes {
                names.extend(scope.vars.keys().cloned());
                names.extend(scope.items.keys().cloned());
            }
        }
        let module = self.ck.defs.module(self.module);
        names.extend(module.scope.keys().cloned());
        names.extend(self.ck.defs.prelude.keys().cloned());
        let best = self.closest(&name.text, names.iter().map(|n| &**n));
        let why = match habits::function(&name.text) {
            Some(help) => errors::Unknown::Habit(help),
            None if self.naming.contains(&name.text) => errors::Unknown::OwnClosure,
            None if self.is_outside(&name.text) => errors::Unknown::Outside,
            None if assigned => errors::Unknown::Assigned,
            None => errors::Unknown::Nothing,
        };
        self.report(errors::unknown_name(name.span, &name.text, best, why));
    }

    pub(super) fn is_unknown(&mut self, name: &ast::Name) -> bool {
        &*name.text != "_"
            && self.lookup_var(&name.text, name.span).is_none()
            && self.lookup_def(&name.text).is_none()
    }

    /// Whether the function around this nested one has a variable of that name.
    fn is_outside(&self, name: &str) -> bool {
        let names = self.ck.outside.get(&self.def);
        names.is_some_and(|names| names.contains(name))
    }

    fn def_value(
        &mut self,
        def: Def,
        name: &ast::Name,
        targs: &[ast::Ty],
        expected: Option<Ty>,
    ) -> Expr {
        let span = name.span;
        match def {
            Def::Const(id) => {
                let ty = self.ck.const_ty(id);
                let site = self.site(span);
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
            Def::Fn(id) => self.fn_value(id, targs, expected, span),
            Def::Variant(adt, variant) => {
                self.variant(adt, Vec::new(), variant, None, expected, span, span)
            }
            Def::Module(_)
            | Def::Adt(_)
            | Def::Trait(_)
            | Def::Alias(_)
            | Def::Scalar(_)
            | Def::Collection(_) => {
                self.report(errors::not_a_value(span, &name.text));
                self.error(span)
            }
        }
    }

    /// `.circle(3.0)`: the type comes from what is expected.
    fn dot_variant(
        &mut self,
        name: &ast::Name,
        args: Option<&[ast::Arg]>,
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        // `.some(x)` means the optional itself; any other name the type that lifting wants.
        let candidates = [
            expected.map(|t| self.shallow(t)),
            self.inner_expectation(expected),
        ];
        for ty in candidates.into_iter().flatten() {
            let TyData::Adt(adt, targs) = self.data(ty) else {
                continue;
            };
            if let Some(v) = self.variant_index(adt, &name.text) {
                return self.variant(adt, targs.to_vec(), v, args, Some(ty), name.span, span);
            }
        }
        for arg in args.unwrap_or_default() {
            self.expr(&arg.value, None);
        }
        match candidates[1].or(candidates[0]) {
            Some(ty) if !self.has_error(ty) => {
                let shown = self.show(ty);
                let best = match self.data(ty) {
                    TyData::Adt(adt, _) => self.closest_variant(adt, &name.text),
                    _ => None,
                };
                self.report(errors::no_variant(name.span, &name.text, &shown, best));
            }
            Some(_) => {}
            None => self.report(errors::variant_without_type(name.span, &name.text)),
        }
        self.error(span)
    }

    pub(super) fn variant_index(&self, adt: AdtId, name: &str) -> Option<u32> {
        match &self.ck.defs.adt(adt).kind {
            AdtKind::Enum(variants) => variants
                .iter()
                .position(|v| &*v.name == name)
                .map(|i| i as u32),
            AdtKind::Struct(_) => None,
        }
    }

    pub(super) fn closest_variant(&self, adt: AdtId, name: &str) -> Option<String> {
        match &self.ck.defs.adt(adt).kind {
            AdtKind::Enum(vs) => self.closest(name, vs.iter().map(|v| &*v.name)),
            AdtKind::Struct(_) => None,
        }
    }

    /// Builds a variant; `targs` are the enum's arguments where they are known already.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn variant(
        &mut self,
        adt: AdtId,
        targs: Vec<Ty>,
        variant: u32,
        args: Option<&[ast::Arg]>,
        expected: Option<Ty>,
        name_span: Span,
        span: Span,
    ) -> Expr {
        let def = self.ck.defs.adt(adt);
        let AdtKind::Enum(variants) = &def.kind else {
            return self.error(span);
        };
        let v = &variants[variant as usize];
        let name = v.name.clone();
        let fields: Vec<(Option<Text>, Ty)> =
            v.fields.iter().map(|f| (f.name.clone(), f.ty)).collect();
        let generics = def.generics.clone();
        let targs = if targs.is_empty() {
            self.fresh_args(&generics, span)
        } else {
            targs
        };
        let ty = self.ck.types.intern(TyData::Adt(adt, targs.clone().into()));
        // Expectations flow in: from the type itself, or from what it will be lifted into.
        if let Some(want) = expected {
            let lang = &self.ck.defs.lang;
            let is_lifting = Some(adt) == lang.option || Some(adt) == lang.result;
            let want = if is_lifting {
                Some(want)
            } else {
                self.inner_expectation(expected)
            };
            if let Some(want) = want
                && !self.unify(ty, want)
                && is_lifting
                && let Some(inner) = self.inner_expectation(expected)
            {
                self.unify(ty, inner);
            }
        }
        if args.is_none() && !fields.is_empty() {
            let shown = self.show(ty);
            self.report(errors::variant_wants_payload(
                name_span,
                &name,
                &shown,
                fields.len(),
            ));
            return Expr {
                ty,
                ..self.error(span)
            };
        }
        if args.is_some() && fields.is_empty() {
            self.report(errors::variant_without_payload(name_span, &name));
            for arg in args.unwrap_or_default() {
                self.expr(&arg.value, None);
            }
            return Expr {
                ty,
                ..self.error(span)
            };
        }
        if fields.is_empty() && self.ck.types.has_infer(ty) {
            match expected {
                Some(want) if self.has_error(want) => self.close(ty),
                _ => self.open.push((ty, span, format!("`{name}`"))),
            }
        }
        let params: Vec<call::ParamSpec> = fields
            .iter()
            .map(|(n, t)| call::ParamSpec {
                name: n.clone().unwrap_or_default(),
                ty: self.ck.types.subst(*t, &targs),
                default: None,
                look: false,
            })
            .collect();
        let what = format!("`{name}`");
        let (stmts, values) =
            self.args(&params, args.unwrap_or_default(), &what, name_span, &targs);
        let value = self.mk(
            ExprKind::Variant {
                variant,
                fields: values,
            },
            ty,
            name_span,
        );
        self.block_of(stmts, value)
    }

    /// Fresh variables for a definition's parameters, with their bounds as obligations.
    pub(super) fn fresh_args(&mut self, generics: &Generics, span: Span) -> Vec<Ty> {
        let args: Vec<Ty> = generics.params.iter().map(|_| self.fresh()).collect();
        self.oblige(generics, &args, span);
        args
    }

    /// The bounds of a definition's parameters, to be proved for these arguments.
    pub(super) fn oblige(&mut self, generics: &Generics, args: &[Ty], span: Span) {
        for (param, &ty) in generics.params.iter().zip(args) {
            for bound in &param.bounds {
                let bound_args = bound
                    .args
                    .iter()
                    .map(|&t| self.ck.types.subst(t, args))
                    .collect();
                let bound = TraitRef {
                    trait_: bound.trait_,
                    args: bound_args,
                };
                let why = format!("the type parameter `{}`", param.name);
                self.obligations.push(Obligation {
                    ty,
                    bound,
                    span,
                    why,
                });
            }
        }
    }
}
