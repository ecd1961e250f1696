//! Closures: a frame of their own; what they name outside is captured by value when they are made.

use super::*;

impl Cx<'_, '_> {
    /// A definition for a closure, with the type parameters of what is around it.
    pub(super) fn new_closure_def(&mut self, span: Span) -> FnDefId {
        let outer = self
            .frames
            .last()
            .map(|f| f.name.clone())
            .unwrap_or_default();
        let path: Text = format!("closure in {outer}").into();
        self.ck.defs.fns.push(FnDef {
            name: Text::from("closure"),
            path,
            module: self.module,
            owner: Owner::Body(self.def),
            is_pub: false,
            is_pure: false,
            span,
            doc: None,
            generics: (*self.env).clone(),
            self_ty: self.self_ty,
            self_kind: None,
            params: Vec::new(),
            ret: Types::UNIT,
            result: None,
            class: None,
            intrinsic: None,
            discardable: false,
            inline: true,
            in_place: false,
            body: Body::Closure,
        });
        FnDefId(self.ck.defs.fns.len() as u32 - 1)
    }

    pub(super) fn closure(&mut self, c: &ast::Closure, expected: Option<Ty>, span: Span) -> Expr {
        let (want_params, want_ret) = match self.inner_expectation(expected).map(|t| self.data(t)) {
            Some(TyData::Fn(params, ret)) => (params.to_vec(), Some(ret)),
            _ => (Vec::new(), None),
        };
        let miscounted = want_ret.is_some() && want_params.len() != c.params.len();
        if miscounted {
            self.report(errors::closure_params(
                span,
                want_params.len(),
                c.params.len(),
            ));
        }
        let params: Vec<Ty> = c
            .params
            .iter()
            .enumerate()
            .map(|(i, (_, ty))| match ty {
                Some(ty) => {
                    let written = self.lower_ty(ty);
                    if let Some(&want) = want_params.get(i)
                        && !self.unify(written, want)
                    {
                        let (w, h) = (self.show(want), self.show(written));
                        self.report(errors::mismatch(ty.span, &w, &h, None));
                    }
                    written
                }
                None => match want_params.get(i) {
                    Some(&want) => want,
                    None if miscounted => Types::ERROR,
                    None => self.fresh(),
                },
            })
            .collect();
        let ret = match &c.ret {
            Some(ty) => self.lower_ty(ty),
            None => want_ret.unwrap_or_else(|| self.fresh()),
        };
        let id = self.new_closure_def(span);
        let name = self.ck.defs.func(id).path.clone();
        let mut frame = Frame::new(ret, name);
        frame.scopes.push(Scope::default());
        self.frames.push(frame);
        let mut hir_params = Vec::new();
        let mut stmts = Vec::new();
        for ((pattern, _), &ty) in c.params.iter().zip(&params) {
            let local = match &pattern.kind {
                ast::PatternKind::Name(n) if !self.names_constant_or_variant(n, Some(ty)) => {
                    self.declare(&n.text, ty, false, n.span)
                }
                _ => self.temp(ty, pattern.span),
            };
            hir_params.push(Param {
                local,
                borrowed: false,
            });
        }
        for (((pattern, _), &ty), param) in c.params.iter().zip(&params).zip(&hir_params) {
            if matches!(
                pattern.kind,
                ast::PatternKind::Name(_) | ast::PatternKind::Wild
            ) {
                continue;
            }
            let mut binder = pattern::Binder::new(false);
            let pat = self.pattern(pattern, ty, &mut binder);
            self.declare_bindings(&binder);
            self.matches.push(exhaust::Pending::single(
                ty,
                &pat,
                pattern.span,
                exhaust::Purpose::Let,
            ));
            let site = self.site(pattern.span);
            let root_ty = ty;
            let scrutinee = Place {
                root: Root::Local(param.local),
                root_ty,
                site,
                projs: Vec::new(),
            };
            let mode = MatchMode::Undecided;
            stmts.push(Stmt::Destructure {
                scrutinee,
                mode,
                pat,
                else_: None,
                site,
            });
        }
        let body = self.closure_body(&c.body, ret);
        let body = self.block_of(stmts, body);
        let mut frame = self.frames.pop().expect("the closure's frame");
        self.lint_frame(&frame);
        let scope = frame.scopes.pop().expect("its scope");
        let body = self.wrap_declares(body, scope.declares);
        let bar = Span {
            hi: span.lo + 1,
            ..span
        };
        let site = self.site(bar);
        let mut captures = Vec::new();
        let mut capture_tys = Vec::new();
        for capture in frame.captures {
            capture_tys.push(capture.ty);
            let site = self.site(capture.span);
            let _ = capture.name;
            let place = Place {
                root: capture.from,
                root_ty: capture.ty,
                site,
                projs: Vec::new(),
            };
            captures.push(Expr {
                kind: ExprKind::Read(place, Mode::Undecided),
                ty: capture.ty,
                site,
            });
        }
        let around = self.ck.defs.func(self.def);
        let func = Func {
            name: frame.name,
            site,
            params: hir_params,
            captures: capture_tys,
            locals: frame.locals,
            ret,
            body,
            loops: frame.loop_count,
            is_std: self.is_std,
            inline: Inline::Always,
            in_place: around.in_place.then(|| around.path.clone()),
        };
        self.closures.push((id, func));
        if miscounted {
            return self.error(span);
        }
        let ty = self.ck.types.intern(TyData::Fn(params.into(), ret));
        self.mk(
            ExprKind::Closure {
                func: ClosureRef::Generic(id),
                captures,
            },
            ty,
            span,
        )
    }

    fn closure_body(&mut self, body: &ast::Expr, ret: Ty) -> Expr {
        if let ast::ExprKind::Block(b) = &body.kind {
            let open = matches!(self.data(ret), TyData::Infer(_));
            if !open {
                return self.fn_body(b, ret);
            }
            let (block, ty) = self.block(b, super::block::Want::Value(None));
            let e = self.block_expr((block, ty), b.span);
            if self.shallow(ty) == Types::NEVER {
                self.unify(ret, Types::NEVER);
                return e;
            }
            return self.coerce(e, ret, body.span);
        }
        match self.data(ret) {
            TyData::Infer(_) => {
                let e = self.expr(body, None);
                if self.shallow(e.ty) == Types::NEVER {
                    // What `return` inside has said stands; otherwise it never gives anything.
                    self.unify(ret, Types::NEVER);
                    return e;
                }
                self.coerce(e, ret, body.span)
            }
            TyData::Tuple(ts) if ts.is_empty() => {
                let e = self.discard(body);
                self.coerce(e, ret, body.span)
            }
            _ => self.expr_to(body, ret),
        }
    }
}
