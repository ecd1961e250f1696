//! Calls: arguments to parameters (names, defaults, order), functions, function values, conversions.

use super::*;
use cowl_contract::builtins::Class;

/// A parameter as a call sees it, types substituted.
pub(super) struct ParamSpec {
    pub name: Text,
    pub ty: Ty,
    /// Gives the default; takes the callee's type arguments.
    pub default: Option<FnDefId>,
    pub look: bool,
}

/// What a call needs to know of a function, with its type arguments put in.
pub(super) struct Sig {
    pub name: Text,
    pub params: Vec<ParamSpec>,
    pub ret: Ty,
    pub result: Option<Ty>,
    pub self_kind: Option<SelfKind>,
    pub class: Option<Class>,
    pub intrinsic: Option<Builtin>,
}

impl Cx<'_, '_> {
    pub(super) fn sig(&mut self, def: FnDefId, targs: &[Ty]) -> Sig {
        let f = self.ck.defs.func(def);
        let reader = f.class == Some(Class::Reader);
        let raw: Vec<(Text, Ty, Option<FnDefId>, bool)> = f
            .params
            .iter()
            .map(|p| (p.name.clone(), p.ty, p.default, p.look || reader))
            .collect();
        let (name, ret, result) = (f.name.clone(), f.ret, f.result);
        let (self_kind, class, intrinsic) = (f.self_kind, f.class, f.intrinsic);
        let types = &mut *self.ck.types;
        let params = raw
            .into_iter()
            .map(|(name, ty, default, look)| ParamSpec {
                name,
                ty: types.subst(ty, targs),
                default,
                look,
            })
            .collect();
        Sig {
            name,
            params,
            ret: types.subst(ret, targs),
            result: result.map(|t| types.subst(t, targs)),
            self_kind,
            class,
            intrinsic,
        }
    }

    /// Type arguments for a call: fresh ones, the function's own as written.
    pub(super) fn call_args(&mut self, def: FnDefId, written: &[ast::Ty], span: Span) -> Vec<Ty> {
        let generics = self.ck.defs.func(def).generics.clone();
        let args: Vec<Ty> = generics.params.iter().map(|_| self.fresh()).collect();
        self.write_targs(&generics, &args, written, span);
        self.oblige(&generics, &args, span);
        args
    }

    pub(super) fn write_targs(
        &mut self,
        generics: &Generics,
        args: &[Ty],
        written: &[ast::Ty],
        span: Span,
    ) {
        if written.is_empty() {
            return;
        }
        let own = &args[generics.parent.min(args.len())..];
        if own.len() != written.len() {
            self.report(errors::type_argument_count(span, own.len(), written.len()));
            return;
        }
        for (&var, ty) in own.iter().zip(written) {
            let ty = self.lower_ty(ty);
            self.unify(var, ty);
        }
    }

    /// Lets the wish for a call's result choose type arguments, where it can.
    pub(super) fn expect_result(&mut self, ret: Ty, expected: Option<Ty>) {
        let Some(want) = expected else { return };
        let ret = self.shallow(ret);
        if !self.ck.types.has_infer(ret) {
            return;
        }
        if let TyData::Infer(_) = self.data(ret) {
            // A bare parameter: an optional may be meant by lifting, so nothing is chosen.
            let want = self.shallow(want);
            let lifting = self.as_option(want).is_some() || self.as_result(want).is_some();
            let open = matches!(self.data(want), TyData::Infer(_) | TyData::Any(..));
            if !lifting && !open {
                self.unify(ret, want);
            }
            return;
        }
        if !self.unify(ret, want)
            && let Some(inner) = self.inner_expectation(expected)
        {
            self.unify(ret, inner);
        }
    }

    /// Arguments in the order of the parameters. Statements come back where the written order is
    /// another one.
    pub(super) fn args(
        &mut self,
        params: &[ParamSpec],
        args: &[ast::Arg],
        what: &str,
        span: Span,
        targs: &[Ty],
    ) -> (Vec<Stmt>, Vec<Expr>) {
        let mut slots: Vec<Option<Expr>> = params.iter().map(|_| None).collect();
        let mut targets: Vec<Option<usize>> = Vec::with_capacity(args.len());
        let mut next = 0;
        let mut taken = vec![false; params.len()];
        let mut named_seen = false;
        let mut extra = None;
        // An argument that has no place was reported: then none is called missing.
        let mut broken = false;
        for arg in args {
            let target = match &arg.name {
                Some(name) => {
                    named_seen = true;
                    let found = params.iter().position(|p| p.name == name.text);
                    if found.is_none() {
                        let names = params.iter().map(|p| &*p.name);
                        let best = self.closest(&name.text, names);
                        self.report(errors::unknown_argument(name.span, &name.text, what, best));
                        broken = true;
                    }
                    found
                }
                None if named_seen => {
                    self.report(errors::positional_after_named(arg.value.span));
                    broken = true;
                    None
                }
                None => {
                    let i = next;
                    next += 1;
                    if i >= params.len() {
                        extra.get_or_insert(arg.value.span);
                        None
                    } else {
                        Some(i)
                    }
                }
            };
            let target = match target {
                Some(i) if taken[i] => {
                    self.report(errors::twice(arg.value.span, "argument", &params[i].name));
                    None
                }
                Some(i) => {
                    taken[i] = true;
                    Some(i)
                }
                None => None,
            };
            targets.push(target);
        }
        if extra.is_some() {
            self.report(errors::argument_count(span, what, params.len(), args.len()));
        }
        // Closures last: by then the other arguments have fixed the types of their parameters.
        let is_closure = |a: &ast::Arg| matches!(a.value.kind, ast::ExprKind::Closure(_));
        for closures in [false, true] {
            for (arg, &target) in args.iter().zip(&targets) {
                if is_closure(arg) != closures {
                    continue;
                }
                match target {
                    Some(i) => {
                        let value = self.expr_to(&arg.value, params[i].ty);
                        let value = if params[i].look {
                            self.look(value)
                        } else {
                            value
                        };
                        slots[i] = Some(value);
                    }
                    None => {
                        self.expr(&arg.value, None);
                    }
                }
            }
        }
        let mut stmts = Vec::new();
        let order: Vec<usize> = targets.iter().flatten().copied().collect();
        if order.windows(2).any(|w| w[0] > w[1]) {
            for &i in &order {
                if let Some(mut value) = slots[i].take() {
                    if let ExprKind::Read(_, mode @ Mode::Look) = &mut value.kind {
                        *mode = Mode::Undecided;
                    }
                    let span = self.ck.sites.span(value.site);
                    let local = self.spill(value, &mut stmts);
                    let read = self.read_local(local, span);
                    slots[i] = Some(if params[i].look {
                        self.look(read)
                    } else {
                        read
                    });
                }
            }
        }
        let mut missing = Vec::new();
        let mut out = Vec::with_capacity(params.len());
        for (slot, param) in slots.into_iter().zip(params) {
            out.push(match (slot, param.default) {
                (Some(value), _) => value,
                (None, Some(def)) => {
                    let callee = Callee::Generic {
                        def,
                        targs: targs.to_vec(),
                    };
                    self.mk(
                        ExprKind::Call {
                            callee,
                            args: Vec::new(),
                        },
                        param.ty,
                        span,
                    )
                }
                (None, None) => {
                    missing.push(param.name.clone());
                    self.error(span)
                }
            });
        }
        if !missing.is_empty() && extra.is_none() && !broken {
            let named = params.iter().all(|p| !p.name.is_empty());
            if named {
                self.report(errors::missing_arguments(
                    span,
                    what,
                    &missing,
                    params.len(),
                    args.len(),
                ));
            } else {
                self.report(errors::argument_count(span, what, params.len(), args.len()));
            }
        }
        (stmts, out)
    }

    /// `f(args)` with a known function.
    pub(super) fn call_fn(
        &mut self,
        def: FnDefId,
        written: &[ast::Ty],
        args: &[ast::Arg],
        expected: Option<Ty>,
        name_span: Span,
    ) -> Expr {
        let targs = self.call_args(def, written, name_span);
        let sig = self.sig(def, &targs);
        self.expect_result(sig.ret, expected);
        let what = format!("`{}`", sig.name);
        let (stmts, args) = self.args(&sig.params, args, &what, name_span, &targs);
        let call = self.emit_call(def, targs, &sig, args, name_span);
        self.block_of(stmts, call)
    }

    /// A call of a function whose first argument is not changed in place.
    pub(super) fn emit_call(
        &mut self,
        def: FnDefId,
        targs: Vec<Ty>,
        sig: &Sig,
        args: Vec<Expr>,
        span: Span,
    ) -> Expr {
        if let Some(op) = sig.intrinsic {
            return self.mk(ExprKind::Builtin { op, targs, args }, sig.ret, span);
        }
        let callee = Callee::Generic { def, targs };
        self.mk(ExprKind::Call { callee, args }, sig.ret, span)
    }

    /// `f(args)` with a function value.
    pub(super) fn call_value(
        &mut self,
        callee: Expr,
        args: &[ast::Arg],
        callee_span: Span,
        span: Span,
    ) -> Expr {
        let (params, ret) = match self.data(callee.ty) {
            TyData::Fn(params, ret) => (params, ret),
            TyData::Error => {
                for arg in args {
                    self.expr(&arg.value, None);
                }
                return self.error(span);
            }
            TyData::Infer(_) => {
                // A closure's own parameter, called before anything says its type.
                let mut parts = Vec::new();
                for arg in args {
                    parts.push(self.fresh());
                    let _ = arg;
                }
                let ret = self.fresh();
                let ty = self.ck.types.intern(TyData::Fn(parts.clone().into(), ret));
                self.unify(callee.ty, ty);
                (parts.into(), ret)
            }
            _ => {
                let shown = self.show(callee.ty);
                self.report(errors::not_callable(callee_span, &shown));
                for arg in args {
                    self.expr(&arg.value, None);
                }
                return self.error(span);
            }
        };
        let specs: Vec<ParamSpec> = params
            .iter()
            .map(|&ty| ParamSpec {
                name: Text::from(""),
                ty,
                default: None,
                look: false,
            })
            .collect();
        if let Some(name) = args.iter().find_map(|a| a.name.as_ref()) {
            self.report(errors::named_for_value(name.span));
            for arg in args {
                self.expr(&arg.value, None);
            }
            return Expr {
                ty: ret,
                ..self.error(span)
            };
        }
        let (stmts, args) = self.args(&specs, args, "this function", callee_span, &[]);
        // Through `*T` the object could give the function up while it runs: then it is shared.
        let through = matches!(&callee.kind, ExprKind::Read(p, _)
            if p.projs.iter().any(|p| matches!(p.kind, ProjKind::Deref)));
        let callee = if through { callee } else { self.look(callee) };
        let kind = ExprKind::Call {
            callee: Callee::Value(Box::new(callee)),
            args,
        };
        let call = self.mk(kind, ret, callee_span);
        self.block_of(stmts, call)
    }

    /// A named function as a value: a closure that captures nothing and calls it.
    pub(super) fn fn_value(
        &mut self,
        def: FnDefId,
        written: &[ast::Ty],
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        let targs = self.call_args(def, written, span);
        let sig = self.sig(def, &targs);
        let params: Vec<Ty> = sig.params.iter().map(|p| p.ty).collect();
        let ty = self
            .ck
            .types
            .intern(TyData::Fn(params.clone().into(), sig.ret));
        if let Some(want) = self.inner_expectation(expected) {
            self.unify(ty, want);
        }
        let id = self.new_closure_def(span);
        let mut frame = Frame::new(sig.ret, self.ck.defs.func(def).path.clone());
        frame.scopes.push(Scope::default());
        self.frames.push(frame);
        let mut hir_params = Vec::new();
        let mut args = Vec::new();
        for (p, &ty) in sig.params.iter().zip(&params) {
            let local = self.temp(ty, span);
            hir_params.push(Param {
                local,
                borrowed: false,
            });
            let read = self.read_local(local, span);
            args.push(if p.look { self.look(read) } else { read });
        }
        let updates = sig.intrinsic.is_some() && sig.class == Some(Class::Updater);
        let body = if updates || (sig.class == Some(Class::Updater)) {
            let recv = args.remove(0);
            self.pure_update(def, targs, &sig, recv, args, span)
        } else {
            self.emit_call(def, targs, &sig, args, span)
        };
        let mut frame = self.frames.pop().expect("the frame pushed above");
        let scope = frame.scopes.pop().expect("its scope");
        let body = self.wrap_declares(body, scope.declares);
        let site = self.site(span);
        let func = Func {
            name: self.ck.defs.func(def).path.clone(),
            site,
            params: hir_params,
            captures: Vec::new(),
            locals: frame.locals,
            ret: sig.ret,
            body,
            loops: frame.loop_count,
            // Its own frame is not the user's: traces leave it out.
            is_std: true,
            inline: Inline::Always,
            in_place: None,
        };
        self.closures.push((id, func));
        let kind = ExprKind::Closure {
            func: ClosureRef::Generic(id),
            captures: Vec::new(),
        };
        self.mk(kind, ty, span)
    }

    /// `int(x)`, `u8(n)`, `char(n)`: conversions that panic where the value does not fit.
    pub(super) fn convert(&mut self, ty: Ty, args: &[ast::Arg], name: &str, span: Span) -> Expr {
        self.conversion(ty, Convert::Exact, args, name, span)
    }

    pub(super) fn conversion(
        &mut self,
        ty: Ty,
        how: Convert,
        args: &[ast::Arg],
        name: &str,
        span: Span,
    ) -> Expr {
        let [arg] = args else {
            self.report(errors::argument_count(
                span,
                &format!("`{name}`"),
                1,
                args.len(),
            ));
            for arg in args {
                self.expr(&arg.value, None);
            }
            return self.error(span);
        };
        if ty == Types::STR {
            let value = self.look_expr(&arg.value, None);
            let show = self.ck.defs.lang.show;
            self.require(value.ty, show, arg.value.span, "`string(…)`");
            let targs = vec![value.ty];
            let kind = ExprKind::Builtin {
                op: Builtin::Show,
                targs,
                args: vec![value],
            };
            return self.mk(kind, Types::STR, span);
        }
        // A literal keeps its own type here: `u8(300)` is about the number 300.
        let value = self.expr(&arg.value, None);
        if self.has_error(value.ty) {
            return self.error(span);
        }
        if ty == Types::BOOL && how == Convert::Exact && self.shallow(value.ty) == ty {
            return value;
        }
        let from = self.data(value.ty);
        let from_number = self.is_number(value.ty);
        let to = self.data(ty);
        let ok = match (&to, how) {
            (TyData::Int(_), Convert::Wrapping) => self.is_integer(value.ty),
            (TyData::Int(_), _) => from_number || matches!(from, TyData::Char | TyData::Bool),
            (TyData::Float(_), Convert::Exact) => from_number,
            (TyData::Char, Convert::Wrapping) => false,
            (TyData::Char, _) => self.is_integer(value.ty) || matches!(from, TyData::Char),
            (TyData::Param(_), _) => self.is_number(ty) && from_number,
            _ => false,
        };
        if !ok {
            let (have, want) = (self.show(value.ty), self.show(ty));
            let help = match (&from, &to) {
                (TyData::Str, TyData::Int(_)) => {
                    Some("read a number out of text with `.parse_int()`")
                }
                (TyData::Str, TyData::Float(_)) => {
                    Some("read a number out of text with `.parse_float()`")
                }
                (_, TyData::Bool) => Some("compare it: `x != 0`"),
                _ => None,
            };
            self.report(errors::no_conversion(span, &have, &want, help));
            return self.error(span);
        }
        let ty = if how == Convert::Checked {
            self.option_of(ty)
        } else {
            ty
        };
        self.mk(ExprKind::Convert(how, Box::new(value)), ty, span)
    }
}
