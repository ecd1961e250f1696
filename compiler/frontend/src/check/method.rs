//! Methods: finding what `x.m` names, calling it, functions of types (`Board.empty(8)`).

use super::call::Sig;
use super::*;
use cowl_contract::builtins::Class;

/// What a method's name leads to.
pub(super) enum Found {
    /// A function with all its type arguments (`Self`'s known).
    Fn { def: FnDefId, targs: Vec<Ty> },
    /// A trait's method on a type that has it; `targs` as in `Callee::TraitMethod`.
    Trait {
        trait_: TraitId,
        method: u32,
        def: FnDefId,
        targs: Vec<Ty>,
    },
    /// Through `any`: index among the trait's own and inherited methods.
    Any {
        method: u32,
        def: FnDefId,
        targs: Vec<Ty>,
    },
}

impl Cx<'_, '_> {
    pub(super) fn head(&self, ty: Ty) -> Option<Head> {
        Some(match self.data(ty) {
            TyData::Bool => Head::Bool,
            TyData::Char => Head::Char,
            TyData::Int(i) => Head::Int(i),
            TyData::Float(f) => Head::Float(f),
            TyData::Str => Head::Str,
            TyData::Tuple(ts) => Head::Tuple(ts.len()),
            TyData::List(_) => Head::List,
            TyData::Array(_) => Head::Array,
            TyData::Map(..) => Head::Map,
            TyData::Set(_) => Head::Set,
            TyData::Adt(id, _) => Head::Adt(id),
            TyData::Ptr(_) => Head::Ptr,
            TyData::Weak(_) => Head::Weak,
            TyData::Any(id, _) => Head::Any(id),
            TyData::Fn(..) => Head::Fn,
            TyData::Error | TyData::Never | TyData::Param(_) | TyData::Infer(_) => return None,
        })
    }

    /// The method or function `name` of a type; reports only ambiguity.
    pub(super) fn find_method(&mut self, ty: Ty, name: &str, span: Span) -> Option<Found> {
        let ty = self.shallow(ty);
        if let Some(head) = self.head(ty)
            && let Some(found) = self.inherent(head, ty, name, span)
        {
            return Some(found);
        }
        if let TyData::Any(trait_, args) = self.data(ty) {
            let mut targs = vec![ty];
            targs.extend(args.iter());
            if let Some(found) = self.object_method(trait_, &targs, name, span) {
                return Some(found);
            }
        }
        if let TyData::Param(i) = self.data(ty) {
            let bounds = self.bounds_of(i);
            for bound in bounds {
                if let Some(found) = self.bound_method(&bound, ty, name, span, 0) {
                    return Some(found);
                }
            }
        }
        if let Some(found) = self.inherent(Head::Blanket, ty, name, span) {
            return Some(found);
        }
        self.trait_method(ty, name, span)
    }

    /// The bounds of a type parameter; in a trait, `Self` has the trait itself.
    fn bounds_of(&self, param: u32) -> Vec<TraitRef> {
        let mut bounds = self
            .env
            .params
            .get(param as usize)
            .map(|p| p.bounds.clone())
            .unwrap_or_default();
        let owner = self.ck.defs.func(self.def).owner;
        if let (0, Owner::Trait(trait_)) = (param, owner)
            && !bounds.iter().any(|b| b.trait_ == trait_)
        {
            let n = self.ck.defs.trait_(trait_).generics.params.len();
            let args = (1..n).map(|i| self.param_ty(i as u32)).collect();
            bounds.push(TraitRef { trait_, args });
        }
        bounds
    }

    /// `Param(i)` is interned already wherever a definition has it.
    fn param_ty(&self, i: u32) -> Ty {
        self.ck
            .types
            .find(&TyData::Param(i))
            .unwrap_or(Types::ERROR)
    }

    fn inherent(&mut self, head: Head, ty: Ty, name: &str, span: Span) -> Option<Found> {
        let candidates = self.ck.defs.methods(head, name).to_vec();
        for &def in &candidates {
            let f = self.ck.defs.func(def);
            let Some(self_ty) = f.self_ty else { continue };
            let generics = f.generics.clone();
            let snapshot = self.infer.snapshot();
            let targs: Vec<Ty> = generics.params.iter().map(|_| self.fresh()).collect();
            let pattern = self.ck.types.subst(self_ty, &targs);
            if !self.unify(pattern, ty) {
                self.infer.rollback(snapshot);
                continue;
            }
            // A blanket impl is chosen by its bounds, as there may be another; of any other impl
            // the bounds must hold.
            if head == Head::Blanket && !self.bounds_hold(&generics, &targs) {
                self.infer.rollback(snapshot);
                continue;
            }
            self.oblige(&generics, &targs, span);
            return Some(Found::Fn { def, targs });
        }
        None
    }

    fn bounds_hold(&mut self, generics: &Generics, targs: &[Ty]) -> bool {
        generics
            .params
            .iter()
            .take(generics.parent)
            .zip(targs)
            .all(|(p, &ty)| {
                let ty = self.infer.deep(self.ck.types, ty);
                p.bounds.iter().all(|b| self.implements(ty, b))
            })
    }

    /// A method of a bound or of the traits that it stands on.
    fn bound_method(
        &mut self,
        bound: &TraitRef,
        self_ty: Ty,
        name: &str,
        span: Span,
        depth: u32,
    ) -> Option<Found> {
        let mut targs = vec![self_ty];
        targs.extend(&bound.args);
        let methods = self.ck.defs.trait_(bound.trait_).methods.clone();
        for (i, def) in methods.iter().enumerate() {
            if &*self.ck.defs.func(*def).name == name {
                return Some(self.found_in_trait(bound.trait_, i as u32, *def, targs, span));
            }
        }
        if depth > 32 {
            return None;
        }
        for sup in self.ck.defs.trait_(bound.trait_).supers.clone() {
            let args = sup
                .args
                .iter()
                .map(|&t| self.ck.types.subst(t, &targs))
                .collect();
            let sup = TraitRef {
                trait_: sup.trait_,
                args,
            };
            if let Some(found) = self.bound_method(&sup, self_ty, name, span, depth + 1) {
                return Some(found);
            }
        }
        None
    }

    /// Completes a trait method's type arguments with fresh ones for its own parameters.
    fn found_in_trait(
        &mut self,
        trait_: TraitId,
        method: u32,
        def: FnDefId,
        mut targs: Vec<Ty>,
        span: Span,
    ) -> Found {
        let generics = self.ck.defs.func(def).generics.clone();
        while targs.len() < generics.params.len() {
            targs.push(self.fresh());
        }
        let own = generics.parent.min(targs.len());
        for (param, i) in generics.params[own..].iter().zip(own..) {
            for bound in &param.bounds {
                let args = bound
                    .args
                    .iter()
                    .map(|&t| self.ck.types.subst(t, &targs))
                    .collect();
                let bound = TraitRef {
                    trait_: bound.trait_,
                    args,
                };
                let why = format!("the type parameter `{}`", param.name);
                self.obligations.push(Obligation {
                    ty: targs[i],
                    bound,
                    span,
                    why,
                });
            }
        }
        Found::Trait {
            trait_,
            method,
            def,
            targs,
        }
    }

    /// A method that some trait gives to this type.
    fn trait_method(&mut self, ty: Ty, name: &str, span: Span) -> Option<Found> {
        if matches!(
            self.data(ty),
            TyData::Infer(_) | TyData::Error | TyData::Never
        ) {
            return None;
        }
        let traits = self.ck.defs.traits_with.get(name)?.clone();
        let mut found: Option<(TraitId, u32, FnDefId, Vec<Ty>)> = None;
        for trait_ in traits {
            let def = self.ck.defs.trait_(trait_);
            let Some(i) = def
                .methods
                .iter()
                .position(|&m| &*self.ck.defs.func(m).name == name)
            else {
                continue;
            };
            let method = def.methods[i];
            let extra = def.generics.params.len().saturating_sub(1);
            let deep = self.infer.deep(self.ck.types, ty);
            let args: Vec<Ty> = if extra == 0 {
                Vec::new()
            } else {
                match self.only_impl_args(trait_, deep) {
                    Some(args) => args,
                    None => continue,
                }
            };
            let bound = TraitRef {
                trait_,
                args: args.clone(),
            };
            if !self.implements(deep, &bound) {
                continue;
            }
            if let Some((other, ..)) = found {
                let (a, b) = (self.trait_name(other), self.trait_name(trait_));
                self.report(errors::ambiguous_method(span, name, &a, &b));
                break;
            }
            let mut targs = vec![ty];
            targs.extend(args);
            found = Some((trait_, i as u32, method, targs));
        }
        let (trait_, i, method, targs) = found?;
        Some(self.found_in_trait(trait_, i, method, targs, span))
    }

    /// The trait's arguments where a type has just one impl of it.
    fn only_impl_args(&mut self, trait_: TraitId, ty: Ty) -> Option<Vec<Ty>> {
        let impls = self.ck.defs.impls_of.get(&trait_)?.clone();
        let mut found = None;
        for id in impls {
            let imp = self.ck.defs.impl_(id);
            let (self_ty, generics) = (imp.self_ty, imp.generics.clone());
            let args = imp
                .trait_
                .as_ref()
                .map(|t| t.args.clone())
                .unwrap_or_default();
            let snapshot = self.infer.snapshot();
            let targs: Vec<Ty> = generics.params.iter().map(|_| self.fresh()).collect();
            let pattern = self.ck.types.subst(self_ty, &targs);
            if self.unify(pattern, ty) {
                let args: Vec<Ty> = args
                    .iter()
                    .map(|&t| {
                        let t = self.ck.types.subst(t, &targs);
                        self.infer.deep(self.ck.types, t)
                    })
                    .collect();
                if found.is_some() {
                    return None;
                }
                found = Some(args);
            }
            self.infer.rollback(snapshot);
        }
        found
    }

    fn trait_name(&self, id: TraitId) -> Text {
        self.ck.defs.trait_(id).name.clone()
    }

    /// A method called through `any Trait`; `targs[0]` is the `any` type itself.
    fn object_method(
        &mut self,
        trait_: TraitId,
        targs: &[Ty],
        name: &str,
        span: Span,
    ) -> Option<Found> {
        let object = TraitRef {
            trait_,
            args: targs[1..].to_vec(),
        };
        let all = traits::all_methods(self.ck.defs, self.ck.types, &object, targs[0]);
        let (i, (r, index, def)) = all
            .into_iter()
            .enumerate()
            .find(|(_, (_, _, def))| &*self.ck.defs.func(*def).name == name)?;
        if !self.ck.defs.trait_(r.trait_).any_callable[index as usize] {
            let shown = self.show(targs[0]);
            self.report(errors::not_through_any(span, name, &shown));
        }
        let mut targs = vec![targs[0]];
        targs.extend(r.args);
        let want = self.ck.defs.func(def).generics.params.len();
        while targs.len() < want {
            targs.push(self.fresh());
        }
        Some(Found::Any {
            method: i as u32,
            def,
            targs,
        })
    }

    // ---- calling

    pub(super) fn found_sig(&mut self, found: &Found) -> Sig {
        match found {
            Found::Fn { def, targs }
            | Found::Trait { def, targs, .. }
            | Found::Any { def, targs, .. } => self.sig(*def, targs),
        }
    }

    pub(super) fn found_def(found: &Found) -> (FnDefId, &[Ty]) {
        match found {
            Found::Fn { def, targs }
            | Found::Trait { def, targs, .. }
            | Found::Any { def, targs, .. } => (*def, targs),
        }
    }

    /// The callee of a found method; intrinsics are no callees.
    pub(super) fn found_callee(found: Found) -> Callee {
        match found {
            Found::Fn { def, targs } => Callee::Generic { def, targs },
            Found::Trait {
                trait_,
                method,
                targs,
                ..
            } => Callee::TraitMethod {
                trait_,
                method,
                targs,
            },
            Found::Any { method, .. } => Callee::Any { method },
        }
    }

    /// Follows pointers until a type has the method: `p.m()` is `p.*.m()`.
    pub(super) fn find_through(
        &mut self,
        mut recv: Expr,
        name: &ast::Name,
    ) -> Result<(Expr, Found), Expr> {
        loop {
            let ty = self.shallow(recv.ty);
            if let TyData::Ptr(target) = self.data(ty) {
                let found = self.find_method(target, &name.text, name.span);
                if let Some(found) = found.or_else(|| self.pointer_method(ty, target, name)) {
                    let (def, _) = Self::found_def(&found);
                    if self.ck.defs.func(def).self_kind == Some(SelfKind::Ptr) {
                        return Ok((recv, found));
                    }
                    let recv = self.project(recv, ProjKind::Deref, target, name.span);
                    return Ok((recv, found));
                }
                recv = self.project(recv, ProjKind::Deref, target, name.span);
                continue;
            }
            return match self.find_method(ty, &name.text, name.span) {
                Some(found) => Ok((recv, found)),
                None => Err(recv),
            };
        }
    }

    /// A method of a trait that only pointers satisfy; `Self` is the object all the same.
    fn pointer_method(&mut self, ptr: Ty, object: Ty, name: &ast::Name) -> Option<Found> {
        let mut found = self.trait_method(ptr, &name.text, name.span)?;
        let Found::Trait { trait_, targs, .. } = &mut found else {
            return None;
        };
        targs[0] = object;
        self.ck.defs.trait_(*trait_).ptr_only.then_some(found)
    }

    pub(super) fn method_call(
        &mut self,
        recv: Expr,
        name: &ast::Name,
        written: &[ast::Ty],
        args: &[ast::Arg],
        expected: Option<Ty>,
    ) -> Expr {
        let recv_ty = recv.ty;
        if self.has_open_head(recv_ty, name.span) {
            for arg in args {
                self.operand_of_error(&arg.value);
            }
            return self.error(name.span);
        }
        self.note_weak_get(recv_ty, name);
        match self.find_through(recv, name) {
            Ok((recv, found)) => self.call_found(recv, found, name, written, args, expected),
            Err(recv) => {
                // What a closure does with what it would be given is not known.
                let known = |arg: &&ast::Arg| !matches!(arg.value.kind, ast::ExprKind::Closure(_));
                for arg in args.iter().filter(known) {
                    self.operand_of_error(&arg.value);
                }
                self.no_method(recv.ty, name, false);
                self.error(name.span)
            }
        }
    }

    /// Reports a receiver whose type is not known yet; silent where an error was reported.
    pub(super) fn has_open_head(&mut self, ty: Ty, span: Span) -> bool {
        match self.data(ty) {
            TyData::Error => true,
            TyData::Infer(_) => {
                self.unknown_here(span);
                true
            }
            TyData::Never => true,
            _ => false,
        }
    }

    fn call_found(
        &mut self,
        recv: Expr,
        found: Found,
        name: &ast::Name,
        written: &[ast::Ty],
        args: &[ast::Arg],
        expected: Option<Ty>,
    ) -> Expr {
        if let Some(ranged) = self.get_with_range(&found, &recv, name, args) {
            return self.method_call(recv, &ranged, written, args, expected);
        }
        let (def, targs) = Self::found_def(&found);
        let targs = targs.to_vec();
        self.check_visible(def, name);
        let generics = self.ck.defs.func(def).generics.clone();
        self.write_targs(&generics, &targs, written, name.span);
        let mut sig = self.found_sig(&found);
        let Some(kind) = sig.self_kind else {
            if matches!(found, Found::Any { .. }) {
                return self.error(name.span); // Finding it said so.
            }
            let shown = self.show(recv.ty);
            self.report(errors::function_of_type(name.span, &name.text, &shown));
            return self.error(name.span);
        };
        if kind == SelfKind::Ptr && !self.is_pointer_or_stands_for_one(&found, recv.ty) {
            let shown = self.show(recv.ty);
            self.report(errors::wants_pointer(name.span, &name.text, &shown));
            return self.error(name.span);
        }
        self.expect_result(sig.ret, expected);
        let params: Vec<call::ParamSpec> = sig.params.drain(1..).collect();
        let look_self = sig.params[0].look;
        let what = format!("`{}`", sig.name);
        let (mut stmts, args) = self.args(&params, args, &what, name.span, &targs);
        // Reordered arguments ran first: then the receiver must have run before them.
        let recv = if stmts.is_empty() {
            recv
        } else {
            let span = self.ck.sites.span(recv.site);
            let mut first = Vec::new();
            let local = self.spill(recv, &mut first);
            first.append(&mut stmts);
            stmts = first;
            self.read_local(local, span)
        };
        // `show` of a type without its own is the engines'.
        if let Found::Trait { trait_, .. } = &found
            && Some(*trait_) == self.ck.defs.lang.show
            && sig.intrinsic == Some(Builtin::Show)
            && !self.has_user_show(recv.ty)
        {
            let recv = self.look(recv);
            let kind = ExprKind::Builtin {
                op: Builtin::Show,
                targs: vec![recv.ty],
                args: vec![recv],
            };
            let call = self.mk(kind, Types::STR, name.span);
            return self.block_of(stmts, call);
        }
        let call = match found {
            Found::Fn { def, targs } => {
                if sig.class == Some(Class::Updater) {
                    self.pure_update(def, targs, &sig, recv, args, name.span)
                } else {
                    let recv = if look_self { self.look(recv) } else { recv };
                    let mut all = vec![recv];
                    all.extend(args);
                    self.emit_call(def, targs, &sig, all, name.span)
                }
            }
            found => {
                let mut all = vec![recv];
                all.extend(args);
                let callee = Self::found_callee(found);
                self.mk(ExprKind::Call { callee, args: all }, sig.ret, name.span)
            }
        };
        self.block_of(stmts, call)
    }

    /// A trait with a `self: *Self` method is satisfied by pointers alone: what has it by a bound or
    /// as `any` is one. In the trait itself `Self` is the object.
    fn is_pointer_or_stands_for_one(&self, found: &Found, ty: Ty) -> bool {
        match (self.data(ty), found) {
            (TyData::Ptr(_), _) | (TyData::Any(..), Found::Any { .. }) => true,
            (TyData::Param(i), Found::Trait { .. }) => {
                let owner = self.ck.defs.func(self.def).owner;
                i > 0 || !matches!(owner, Owner::Trait(_))
            }
            _ => false,
        }
    }

    /// `xs.get(a..b)` is std's `get_range`: one name for an element and for several.
    fn get_with_range(
        &self,
        found: &Found,
        recv: &Expr,
        name: &ast::Name,
        args: &[ast::Arg],
    ) -> Option<ast::Name> {
        let [arg] = args else { return None };
        let sequence = matches!(
            self.data(recv.ty),
            TyData::List(_) | TyData::Array(_) | TyData::Str
        );
        let of_std = matches!(found, Found::Fn { def, .. }
            if self.ck.defs.module(self.ck.defs.func(*def).module).is_std);
        let is_range = match &arg.value.kind {
            ast::ExprKind::Chain(_, rest) => {
                matches!(rest[0].0, ast::BinOp::Range | ast::BinOp::RangeIncl)
            }
            _ => false,
        };
        (&*name.text == "get" && sequence && of_std && is_range).then(|| ast::Name {
            text: Text::from("get_range"),
            span: name.span,
        })
    }

    /// Whether a type prints in a way of its own, or may (a type parameter, an `any`).
    fn has_user_show(&mut self, ty: Ty) -> bool {
        let ty = self.infer.deep(self.ck.types, ty);
        match self.data(ty) {
            TyData::Param(_) => true,
            TyData::Adt(..) => {
                let Some(show) = self.ck.defs.lang.show else {
                    return false;
                };
                let bound = TraitRef {
                    trait_: show,
                    args: Vec::new(),
                };
                matches!(
                    traits::select(self.ck.defs, self.ck.types, &self.env, ty, &bound),
                    Some(traits::Selection::Impl(..))
                )
            }
            _ => false,
        }
    }

    /// A method call on an expression, with arguments that are HIR already. For operators.
    pub(super) fn call_method_with(
        &mut self,
        recv: Expr,
        method: &str,
        args: Vec<Expr>,
        span: Span,
    ) -> Expr {
        let name = ast::Name {
            text: Text::from(method),
            span,
        };
        if self.has_open_head(recv.ty, span) {
            return self.error(span);
        }
        match self.find_through(recv, &name) {
            Ok((recv, found)) => {
                let sig = self.found_sig(&found);
                let mut all = Vec::new();
                if args.len() + 1 != sig.params.len() {
                    self.report(errors::argument_count(
                        span,
                        method,
                        sig.params.len() - 1,
                        args.len(),
                    ));
                    return self.error(span);
                }
                for (arg, param) in std::iter::once(recv).chain(args).zip(&sig.params) {
                    let arg = self.coerce(arg, param.ty, span);
                    all.push(if param.look { self.look(arg) } else { arg });
                }
                match found {
                    Found::Fn { def, targs } => self.emit_call(def, targs, &sig, all, span),
                    found => {
                        let callee = Self::found_callee(found);
                        self.mk(ExprKind::Call { callee, args: all }, sig.ret, span)
                    }
                }
            }
            Err(recv) => {
                self.no_method(recv.ty, &name, false);
                self.error(span)
            }
        }
    }

    pub(super) fn check_visible(&mut self, def: FnDefId, name: &ast::Name) {
        let f = self.ck.defs.func(def);
        let inherent = matches!(f.owner, Owner::Impl(i) if self.ck.defs.impl_(i).trait_.is_none());
        if inherent && !f.is_pub && !self.sees_private(f.module) {
            self.report(errors::private(name.span, "method", &name.text));
        }
    }

    /// Says that a type has no such method, and what it has.
    pub(super) fn no_method(&mut self, ty: Ty, name: &ast::Name, bang: bool) {
        let shown = self.show(ty);
        // A function in a field is called in another way.
        if let Some((_, field_ty)) = self.field_of(ty, &name.text) {
            let callable = matches!(self.data(field_ty), TyData::Fn(..));
            self.report(errors::field_not_method(
                name.span, &name.text, &shown, callable,
            ));
            return;
        }
        // A line that begins with `.name` continued the one before.
        let names: Vec<Text> = match self.head(ty) {
            Some(head) => {
                let of_head = |h: Head| {
                    self.ck
                        .defs
                        .inherent
                        .get(&h)
                        .into_iter()
                        .flat_map(|m| m.keys())
                };
                of_head(head)
                    .chain(of_head(Head::Blanket))
                    .cloned()
                    .collect()
            }
            None => Vec::new(),
        };
        let best = self.closest(&name.text, names.iter().map(|n| &**n));
        let variant_of = self.as_tail_variant(&name.text);
        let help = if self.as_option(ty).is_some() && best.is_none() {
            Some("it may be none: take the value out with `?`, `??` or `match`".to_string())
        } else if self.as_result(ty).is_some() && best.is_none() {
            Some("it may be an error: take the value out with `?`, `catch` or `match`".to_string())
        } else if best.is_none() {
            habits::member(&name.text, true)
        } else {
            None
        };
        let _ = bang;
        self.report(errors::no_method(
            name.span, &name.text, &shown, best, variant_of, help,
        ));
    }

    /// Is `.name` a variant of what this function returns? Then `return .name` was meant.
    fn as_tail_variant(&mut self, name: &str) -> bool {
        let ret = self.frame().ret;
        let candidates = [Some(ret), self.inner_expectation(Some(ret))];
        candidates
            .into_iter()
            .flatten()
            .any(|ty| match self.data(ty) {
                TyData::Adt(id, _) => self.variant_index(id, name).is_some(),
                _ => false,
            })
    }

    // ---- functions of types

    /// `Type.name(args)`: a variant, a function without `self`, a trait's one, a conversion.
    pub(super) fn static_call(
        &mut self,
        ty: Ty,
        name: &ast::Name,
        written: &[ast::Ty],
        args: &[ast::Arg],
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        if let TyData::Adt(adt, targs) = self.data(ty)
            && let Some(v) = self.variant_index(adt, &name.text)
        {
            return self.variant(
                adt,
                targs.to_vec(),
                v,
                Some(args),
                expected,
                name.span,
                span,
            );
        }
        let how = match &*name.text {
            "checked" => Some(Convert::Checked),
            "wrapping" => Some(Convert::Wrapping),
            _ => None,
        };
        if let Some(how) = how
            && (self.is_scalar(ty))
        {
            let shown = self.show(ty);
            let what = format!("{shown}.{}", name.text);
            return self.conversion(ty, how, args, &what, name.span);
        }
        let Some(found) = self.find_method(ty, &name.text, name.span) else {
            for arg in args {
                self.operand_of_error(&arg.value);
            }
            if !self.has_error(ty) {
                let shown = self.show(ty);
                let best = match self.data(ty) {
                    TyData::Adt(adt, _) => self.closest_variant(adt, &name.text),
                    _ => None,
                };
                self.report(errors::no_function(name.span, &name.text, &shown, best));
            }
            return self.error(span);
        };
        self.call_static_found(found, name, written, args, expected)
    }

    /// A found function called with all its arguments written, `self` included.
    pub(super) fn call_static_found(
        &mut self,
        found: Found,
        name: &ast::Name,
        written: &[ast::Ty],
        args: &[ast::Arg],
        expected: Option<Ty>,
    ) -> Expr {
        let (def, targs) = Self::found_def(&found);
        let targs = targs.to_vec();
        self.check_visible(def, name);
        let generics = self.ck.defs.func(def).generics.clone();
        self.write_targs(&generics, &targs, written, name.span);
        let sig = self.found_sig(&found);
        self.expect_result(sig.ret, expected);
        let what = format!("`{}`", sig.name);
        let (stmts, mut args) = self.args(&sig.params, args, &what, name.span, &targs);
        let call = match found {
            Found::Fn { def, targs } if sig.class == Some(Class::Updater) && !args.is_empty() => {
                let recv = args.remove(0);
                self.pure_update(def, targs, &sig, recv, args, name.span)
            }
            Found::Fn { def, targs } => self.emit_call(def, targs, &sig, args, name.span),
            found => {
                let callee = Self::found_callee(found);
                self.mk(ExprKind::Call { callee, args }, sig.ret, name.span)
            }
        };
        self.block_of(stmts, call)
    }
}
