//! Bodies: syntax to generic HIR. Types every expression, resolves every name, takes all sugar away.
//!
//! Takes `Defs` (from `resolve`), gives one `hir::Func` per definition on demand, with modes still
//! `Undecided` and no releases: who holds what is `own`'s affair. One `Cx` checks one definition
//! with the closures inside it; type variables live no longer than that.

mod binary;
mod block;
mod call;
mod closure;
mod coerce;
mod cond;
mod control;
pub mod errors;
mod exhaust;
mod expr;
mod habits;
mod infer;
mod lint;
mod literal;
mod method;
mod pattern;
mod place;
mod pure;
mod pure_errors;
#[cfg(test)]
mod tests;
mod trait_call;
mod update;

use crate::ast::{self, Text};
use crate::defs::*;
use crate::display::display;
use crate::hir::*;
use crate::instantiate::MAX_DEPTH;
use crate::problem::{Problem, Problems};
use crate::resolve::{TyScope, lower_ty, traits};
use crate::source::Span;
use crate::types::*;
use crate::walk::{self, VisitMut};
use infer::Infer;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// Checks definitions as they are asked for and keeps what it has built.
pub struct Checker<'a> {
    pub defs: &'a mut Defs,
    pub types: &'a mut Types,
    pub sites: &'a mut Sites,
    pub problems: &'a mut Problems,
    /// `None`: has no body (intrinsics, required methods).
    bodies: FxHashMap<FnDefId, Option<Func>>,
    consts: FxHashMap<ConstId, ConstState>,
    /// Those that are `Busy`: each needs the next one.
    busy: Vec<ConstId>,
    /// Definitions in which an error was found: their HIR is not to be looked at further.
    failed: FxHashSet<FnDefId>,
    /// What the blocks around a nested function declare.
    around: FxHashMap<FnDefId, Vec<Items>>,
    /// The names of variables around a nested function, which it cannot see.
    outside: FxHashMap<FnDefId, Arc<FxHashSet<Text>>>,
    /// Methods that change `self` without being declared so, which has been reported.
    want_var_self: FxHashSet<FnDefId>,
    /// Reported calls with `!` of methods that give nothing back.
    bangs: Vec<(FnDefId, Span)>,
}

/// The functions and imports that a block declares.
type Items = Arc<FxHashMap<Text, Def>>;

#[derive(Clone, Copy)]
enum ConstState {
    Busy,
    Known(Ty),
}

impl<'a> Checker<'a> {
    /// Takes back what follows from a method that lacks its `var self`.
    pub fn forget_consequences(&mut self) {
        for (def, span) in std::mem::take(&mut self.bangs) {
            if self.want_var_self.contains(&def) {
                self.problems.forget(span.file, span.lo as usize, "E0214");
            }
        }
    }

    pub fn new(
        defs: &'a mut Defs,
        types: &'a mut Types,
        sites: &'a mut Sites,
        problems: &'a mut Problems,
    ) -> Checker<'a> {
        Checker {
            defs,
            types,
            sites,
            problems,
            bodies: FxHashMap::default(),
            consts: FxHashMap::default(),
            busy: Vec::new(),
            failed: FxHashSet::default(),
            around: FxHashMap::default(),
            outside: FxHashMap::default(),
            want_var_self: FxHashSet::default(),
            bangs: Vec::new(),
        }
    }

    /// Checks every definition of the program's own modules.
    pub fn check_all(&mut self) {
        for i in 0..self.defs.consts.len() {
            self.const_ty(ConstId(i as u32));
        }
        let mut i = 0;
        // Nested functions and closures are added while the loop runs.
        while i < self.defs.fns.len() {
            let id = FnDefId(i as u32);
            let def = self.defs.func(id);
            if !self.defs.module(def.module).is_std {
                self.check(id);
            }
            i += 1;
        }
    }

    /// The HIR of a definition, checked on first demand. `None`: it has no body, or errors that are
    /// reported.
    pub fn body(&mut self, id: FnDefId) -> Option<&Func> {
        self.check(id);
        if self.failed.contains(&id) {
            return None;
        }
        self.bodies.get(&id)?.as_ref()
    }

    pub fn check(&mut self, id: FnDefId) {
        if self.bodies.contains_key(&id) {
            return;
        }
        self.bodies.insert(id, None);
        let errors = self.problems.errors();
        self.check_body(id);
        if self.problems.errors() > errors {
            self.failed.insert(id);
        }
    }

    fn check_body(&mut self, id: FnDefId) {
        let body = self.defs.func(id).body.clone();
        match body {
            Body::None | Body::Closure => {}
            Body::Fn(item) => {
                let ast::ItemKind::Fn(decl) = &item.kind else {
                    return;
                };
                if let Some(block) = &decl.body {
                    Cx::new(self, id).run(BodySyntax::Block(block));
                }
            }
            Body::Test(item) => {
                if let ast::ItemKind::Test(test) = &item.kind {
                    Cx::new(self, id).run(BodySyntax::Block(&test.body));
                }
            }
            Body::Expr(expr) => {
                Cx::new(self, id).run(BodySyntax::Expr(&expr));
            }
        }
    }

    /// The type of a module constant, inferred from its value where it is not written.
    pub fn const_ty(&mut self, id: ConstId) -> Ty {
        match self.consts.get(&id) {
            Some(ConstState::Known(ty)) => return *ty,
            Some(ConstState::Busy) => {
                let from = self.busy.iter().position(|&c| c == id).unwrap_or(0);
                let circle: Vec<_> = self.busy[from..]
                    .iter()
                    .map(|&c| self.defs.const_(c))
                    .collect();
                self.problems.push(pure_errors::const_cycle(&circle));
                return Types::ERROR;
            }
            None => {}
        }
        let c = self.defs.const_(id);
        let init = c.init;
        if let Some(ty) = c.ty {
            self.consts.insert(id, ConstState::Known(ty));
            self.check(init);
            return ty;
        }
        self.consts.insert(id, ConstState::Busy);
        self.busy.push(id);
        self.check(init);
        self.busy.pop();
        let ty = match self.bodies.get(&init) {
            Some(Some(func)) => func.ret,
            _ => Types::ERROR,
        };
        self.defs.consts[id.index()].ty = Some(ty);
        self.defs.fns[init.index()].ret = ty;
        self.consts.insert(id, ConstState::Known(ty));
        ty
    }
}

/// What a definition's body is written as.
enum BodySyntax<'s> {
    Block(&'s ast::Block),
    Expr(&'s ast::Expr),
}

/// One definition being checked.
struct Cx<'c, 'a> {
    ck: &'c mut Checker<'a>,
    def: FnDefId,
    module: ModuleId,
    env: Arc<Generics>,
    self_ty: Option<Ty>,
    is_std: bool,
    infer: Infer,
    /// The function and the closures around the current place, outermost first.
    frames: Vec<Frame>,
    /// Declared by the blocks around a nested function.
    around: Vec<Items>,
    /// Bounds to prove once all types are known.
    obligations: Vec<Obligation>,
    /// Finished closures.
    closures: Vec<(FnDefId, Func)>,
    /// Matches to check for exhaustiveness once all types are known.
    matches: Vec<exhaust::Pending>,
    /// Bindings whose types must be known in the end, with what to call them.
    open: Vec<(Ty, Span, String)>,
    /// Values that a place being changed is reached through, held in temporaries: statements that
    /// belong before the update.
    pending_temps: Vec<Stmt>,
    /// Names of bindings whose closures are being checked.
    naming: Vec<Text>,
    /// The last expression of a body whose function gives nothing.
    last: Option<Span>,
    /// Inside an `if` that was refused as a value: what its branches give is no further mistake.
    value_missing: bool,
    /// Where the branches of each `if` end that has no `else` and stands for a value; its head.
    ends_of_ifs: FxHashMap<Span, Span>,
    /// A type that was needed on the way was not known: bindings left open follow from that.
    unknown_said: bool,
    /// Warnings of this definition, said if it has no error.
    lints: lint::Lints,
}

struct Obligation {
    ty: Ty,
    bound: TraitRef,
    span: Span,
    /// What asks for it: "`==`", "`print`", "`max`".
    why: String,
}

/// A function or closure whose body is being checked.
struct Frame {
    locals: Vec<Local>,
    /// Locals that some expression names, and where the last one stands.
    used: FxHashMap<LocalId, lint::Use>,
    /// Locals declared with `var`.
    mutable: FxHashSet<LocalId>,
    loop_count: u32,
    scopes: Vec<Scope>,
    loops: Vec<LoopFrame>,
    ret: Ty,
    captures: Vec<Capture>,
    /// The closure's own definition, for its name.
    name: Text,
    /// Inside `defer` or `onfail`: what may not be left.
    in_defer: bool,
}

#[derive(Default)]
struct Scope {
    vars: FxHashMap<Text, Var>,
    items: Items,
    declares: Vec<LocalId>,
    deferred: Vec<Deferred>,
}

#[derive(Clone)]
struct Var {
    local: LocalId,
}

/// A variable as seen from the current frame.
struct VarRef {
    root: Root,
    ty: Ty,
}

struct Capture {
    name: Text,
    ty: Ty,
    /// Where it comes from, in the frame outside.
    from: Root,
    span: Span,
}

#[derive(Clone)]
struct Deferred {
    only_on_failure: bool,
    block: Block,
}

struct LoopFrame {
    name: Option<Text>,
    label: LoopId,
    /// The type that `break` gives; `None` where it gives nothing.
    value: Option<Ty>,
    broken: bool,
    /// Scopes outside this many are not left by `break`.
    scope_depth: usize,
    in_defer: bool,
}

impl<'c, 'a> Cx<'c, 'a> {
    fn new(ck: &'c mut Checker<'a>, id: FnDefId) -> Cx<'c, 'a> {
        let def = ck.defs.func(id);
        let frame = Frame::new(def.ret, def.path.clone());
        Cx {
            def: id,
            module: def.module,
            env: Arc::new(def.generics.clone()),
            self_ty: def.self_ty,
            is_std: ck.defs.module(def.module).is_std,
            infer: Infer::default(),
            frames: vec![frame],
            around: ck.around.get(&id).cloned().unwrap_or_default(),
            obligations: Vec::new(),
            closures: Vec::new(),
            matches: Vec::new(),
            open: Vec::new(),
            pending_temps: Vec::new(),
            naming: Vec::new(),
            last: None,
            value_missing: false,
            ends_of_ifs: FxHashMap::default(),
            unknown_said: false,
            lints: lint::Lints::default(),
            ck,
        }
    }

    fn run(mut self, syntax: BodySyntax) {
        let errors = self.ck.problems.errors();
        let def = self.ck.defs.func(self.def);
        let site_span = def.span;
        let (self_kind, result, class) = (def.self_kind, def.result, def.class);
        let declared = def.ret;
        let pure = def.is_pure;
        let inline = if def.inline {
            Inline::Always
        } else {
            Inline::Auto
        };
        let path = def.path.clone();
        let in_place = def.in_place.then(|| path.clone());
        let borrowed = class == Some(cowl_contract::builtins::Class::Reader);
        let params: Vec<(Text, Ty, bool, Span)> = def
            .params
            .iter()
            .enumerate()
            .map(|(i, p)| {
                let var = p.is_var || (i == 0 && self_kind == Some(SelfKind::Var));
                (p.name.clone(), p.ty, var, p.span)
            })
            .collect();
        let is_const = matches!(self.ck.defs.func(self.def).owner, Owner::Const(_));
        self.frames[0].scopes.push(Scope::default());
        let mut hir_params = Vec::new();
        for (name, ty, mutable, span) in params {
            let local = self.declare(&name, ty, mutable, span);
            hir_params.push(Param { local, borrowed });
        }
        // A `var self` method gives itself back: its body's own result is R.
        if self_kind == Some(SelfKind::Var) {
            self.frames[0].ret = result.unwrap_or(Types::UNIT);
        }
        let body_ret = self.frames[0].ret;
        if let BodySyntax::Block(block) = syntax
            && body_ret == Types::UNIT
            && let Some(ast::StmtKind::Expr(last)) = block.stmts.last().map(|s| &s.kind)
        {
            self.last = Some(last.span);
        }
        let mut body = match syntax {
            BodySyntax::Block(block) => self.fn_body(block, body_ret),
            BodySyntax::Expr(expr) if self.infers_const() => self.expr(expr, None),
            BodySyntax::Expr(expr) => self.expr_to(expr, body_ret),
        };
        if self_kind == Some(SelfKind::Var) {
            body = self.give_self_back(body, hir_params[0].local, result, declared);
        }
        let ret = if self.infers_const() {
            body.ty
        } else {
            declared
        };
        let scope = self.frames[0].scopes.pop().expect("the function's scope");
        let body = self.wrap_declares(body, scope.declares);
        let site = self.site(site_span);
        let frame = self.frames.pop().expect("the function's frame");
        self.lint_frame(&frame);
        let mut func = Func {
            name: path,
            site,
            params: hir_params,
            captures: Vec::new(),
            locals: frame.locals,
            ret,
            body,
            loops: frame.loop_count,
            is_std: self.is_std,
            inline,
            in_place,
        };
        self.finish_types(&mut func);
        self.check_obligations();
        self.check_matches();
        if pure || is_const {
            pure::check(&mut self, &func, is_const);
        }
        self.say_lints(errors);
        let id = self.def;
        for (closure, func) in std::mem::take(&mut self.closures) {
            self.ck.bodies.insert(closure, Some(func));
        }
        self.ck.bodies.insert(id, Some(func));
    }

    /// Is this a constant whose type is not written?
    fn infers_const(&self) -> bool {
        match self.ck.defs.func(self.def).owner {
            Owner::Const(id) => self.ck.defs.const_(id).ty.is_none(),
            _ => false,
        }
    }

    /// Puts declarations of parameters and top-level temporaries into the body's block.
    fn wrap_declares(&mut self, body: Expr, mut declares: Vec<LocalId>) -> Expr {
        if declares.is_empty() {
            return body;
        }
        let (ty, site) = (body.ty, body.site);
        if let ExprKind::Block(mut block) = body.kind {
            declares.append(&mut block.declares);
            block.declares = declares;
            return Expr {
                kind: ExprKind::Block(block),
                ty,
                site,
            };
        }
        let block = Block {
            stmts: Vec::new(),
            value: Some(Box::new(body)),
            declares,
        };
        Expr {
            kind: ExprKind::Block(block),
            ty,
            site,
        }
    }

    /// Replaces every variable by what it stands for; what is still open is an error.
    fn finish_types(&mut self, func: &mut Func) {
        for (ty, span, what) in std::mem::take(&mut self.open) {
            let full = self.infer.deep(self.ck.types, ty);
            if self.ck.types.has_infer(full) {
                // What is wrong in it has been reported.
                if !self.unknown_said && !self.holds_error(full) {
                    let shown = self.show(full);
                    self.report(errors::open_type(span, &what, &shown));
                }
                self.close(full);
            }
        }
        let closures = std::mem::take(&mut self.closures);
        let mut finish = Finish {
            infer: &self.infer,
            types: self.ck.types,
            open: None,
            too_deep: None,
        };
        walk::walk_func(&mut finish, func);
        let mut done = Vec::new();
        for (id, mut closure) in closures {
            walk::walk_func(&mut finish, &mut closure);
            done.push((id, closure));
        }
        let (open, too_deep) = (finish.open, finish.too_deep);
        self.closures = done;
        if let Some(site) = too_deep {
            let span = self.ck.sites.span(site);
            self.report(errors::type_too_deep(span, MAX_DEPTH));
        }
        if let Some(site) = open {
            let span = self.ck.sites.span(site);
            if !self.ck.problems.has_errors() {
                self.report(errors::open_type(span, "this expression", "_"));
            }
        }
        let option = self.ck.defs.lang.option;
        let types = &*self.ck.types;
        let all = std::iter::once(func).chain(self.closures.iter_mut().map(|c| &mut c.1));
        for local in all.flat_map(|f| f.locals.iter_mut()) {
            let is_ptr = |t: Ty| matches!(types.data(t), TyData::Ptr(_));
            local.scoped = local.name.is_some()
                && (is_ptr(local.ty)
                    || matches!(types.data(local.ty), TyData::Adt(id, ts)
                        if Some(*id) == option && is_ptr(ts[0])));
        }
    }

    /// Binds what is still open in a type to `Error`, so that it is reported once.
    fn close(&mut self, ty: Ty) {
        let ty = self.infer.shallow(self.ck.types, ty);
        if let TyData::Infer(_) = self.ck.types.data(ty) {
            self.infer.unify(self.ck.types, ty, Types::ERROR);
            return;
        }
        let mut parts = Vec::new();
        for_each_part(self.ck.types.data(ty), |t| parts.push(t));
        for part in parts {
            self.close(part);
        }
    }

    fn holds_error(&self, ty: Ty) -> bool {
        let mut work = vec![ty];
        while let Some(ty) = work.pop() {
            if ty == Types::ERROR {
                return true;
            }
            for_each_part(self.ck.types.data(ty), |t| work.push(t));
        }
        false
    }

    fn check_obligations(&mut self) {
        for o in std::mem::take(&mut self.obligations) {
            let ty = self.infer.deep(self.ck.types, o.ty);
            let args: Vec<Ty> = o
                .bound
                .args
                .iter()
                .map(|&t| self.infer.deep(self.ck.types, t))
                .collect();
            // What is too deep was reported where it stands.
            let too_deep = self.ck.types.depth(ty) > MAX_DEPTH;
            if too_deep || self.ck.types.has_infer(ty) || self.has_error(ty) {
                continue;
            }
            let bound = TraitRef {
                trait_: o.bound.trait_,
                args,
            };
            if !self.implements(ty, &bound) {
                let shown = self.show(ty);
                let name = self.ck.defs.trait_(bound.trait_).name.clone();
                let is_param = matches!(self.data(ty), TyData::Param(_));
                self.report(errors::unsatisfied(o.span, &shown, &name, &o.why, is_param));
            }
        }
    }

    // ---- small services

    fn report(&mut self, problem: Problem) {
        self.ck.problems.push(problem);
    }

    /// A type that should have been known by now. What it would have decided is not asked for too.
    fn unknown_here(&mut self, span: Span) {
        self.unknown_said = true;
        self.report(errors::unknown_here(span));
    }

    fn site(&mut self, span: Span) -> SiteId {
        self.ck.sites.add(span)
    }

    fn show(&mut self, ty: Ty) -> String {
        let ty = self.infer.deep(self.ck.types, ty);
        display(self.ck.defs, self.ck.types, &self.env, ty)
    }

    fn shallow(&self, ty: Ty) -> Ty {
        self.infer.shallow(self.ck.types, ty)
    }

    /// What a type is made of, variables followed.
    fn data(&self, ty: Ty) -> TyData {
        self.ck.types.data(self.shallow(ty)).clone()
    }

    fn fresh(&mut self) -> Ty {
        self.infer.fresh(self.ck.types)
    }

    fn unify(&mut self, a: Ty, b: Ty) -> bool {
        self.infer.try_unify(self.ck.types, a, b)
    }

    fn has_error(&self, ty: Ty) -> bool {
        let ty = self.shallow(ty);
        if ty == Types::ERROR {
            return true;
        }
        let mut found = false;
        for_each_part(self.ck.types.data(ty), |t| found |= self.has_error(t));
        found
    }

    fn implements(&mut self, ty: Ty, bound: &TraitRef) -> bool {
        traits::select(self.ck.defs, self.ck.types, &self.env, ty, bound).is_some()
    }

    fn require(&mut self, ty: Ty, trait_: Option<TraitId>, span: Span, why: &str) {
        if let Some(trait_) = trait_ {
            let bound = TraitRef {
                trait_,
                args: Vec::new(),
            };
            self.obligations.push(Obligation {
                ty,
                bound,
                span,
                why: why.to_string(),
            });
        }
    }

    fn option_of(&mut self, ty: Ty) -> Ty {
        match self.ck.defs.lang.option {
            Some(id) => self.ck.types.intern(TyData::Adt(id, Box::new([ty]))),
            None => Types::ERROR,
        }
    }

    fn result_of(&mut self, ok: Ty, err: Ty) -> Ty {
        match self.ck.defs.lang.result {
            Some(id) => self.ck.types.intern(TyData::Adt(id, Box::new([ok, err]))),
            None => Types::ERROR,
        }
    }

    /// The T of a `T?`.
    fn as_option(&self, ty: Ty) -> Option<Ty> {
        match self.ck.types.data(self.shallow(ty)) {
            TyData::Adt(id, ts) if Some(*id) == self.ck.defs.lang.option => Some(ts[0]),
            _ => None,
        }
    }

    /// The T and E of a `T ! E`.
    fn as_result(&self, ty: Ty) -> Option<(Ty, Ty)> {
        match self.ck.types.data(self.shallow(ty)) {
            TyData::Adt(id, ts) if Some(*id) == self.ck.defs.lang.result => Some((ts[0], ts[1])),
            _ => None,
        }
    }

    fn is_scalar(&self, ty: Ty) -> bool {
        matches!(
            self.data(ty),
            TyData::Bool | TyData::Char | TyData::Int(_) | TyData::Float(_)
        )
    }

    /// Numbers, and type parameters that are bounded to be.
    fn is_number(&self, ty: Ty) -> bool {
        match self.data(ty) {
            TyData::Int(_) | TyData::Float(_) => true,
            TyData::Param(i) => self.param_is(i, |b| {
                matches!(
                    b,
                    BuiltinTrait::Num | BuiltinTrait::Int | BuiltinTrait::Float
                )
            }),
            _ => false,
        }
    }

    fn is_integer(&self, ty: Ty) -> bool {
        match self.data(ty) {
            TyData::Int(_) => true,
            TyData::Param(i) => self.param_is(i, |b| b == BuiltinTrait::Int),
            _ => false,
        }
    }

    fn is_float(&self, ty: Ty) -> bool {
        match self.data(ty) {
            TyData::Float(_) => true,
            TyData::Param(i) => self.param_is(i, |b| b == BuiltinTrait::Float),
            _ => false,
        }
    }

    fn param_is(&self, param: u32, f: impl Fn(BuiltinTrait) -> bool) -> bool {
        self.env.params.get(param as usize).is_some_and(|p| {
            p.bounds
                .iter()
                .any(|b| self.ck.defs.trait_(b.trait_).builtin.is_some_and(&f))
        })
    }

    // ---- frames, scopes, locals

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("inside a frame")
    }

    fn new_local(&mut self, name: Option<Text>, ty: Ty, span: Span) -> LocalId {
        let site = self.site(span);
        let frame = self.frame();
        frame.locals.push(Local {
            name,
            ty,
            site,
            scoped: false,
            once: false,
        });
        let id = LocalId(frame.locals.len() as u32 - 1);
        if let Some(scope) = frame.scopes.last_mut() {
            scope.declares.push(id);
        }
        id
    }

    fn temp(&mut self, ty: Ty, span: Span) -> LocalId {
        self.new_local(None, ty, span)
    }

    /// A named variable of the current scope.
    fn declare(&mut self, name: &Text, ty: Ty, mutable: bool, span: Span) -> LocalId {
        let local = self.new_local(Some(name.clone()), ty, span);
        if mutable {
            self.frame().mutable.insert(local);
        }
        let scope = self.frame().scopes.last_mut().expect("inside a scope");
        scope.vars.insert(name.clone(), Var { local });
        local
    }

    fn local_ty(&mut self, local: LocalId) -> Ty {
        self.frame().locals[local.index()].ty
    }

    fn new_loop(&mut self) -> LoopId {
        let frame = self.frame();
        frame.loop_count += 1;
        LoopId(frame.loop_count - 1)
    }

    /// Finds a variable in this function or, for closures, in those around it, noting the capture.
    fn lookup_var(&mut self, name: &str, span: Span) -> Option<VarRef> {
        let (depth, var) = self
            .frames
            .iter()
            .enumerate()
            .rev()
            .find_map(|(depth, frame)| {
                let var = frame.scopes.iter().rev().find_map(|s| s.vars.get(name))?;
                Some((depth, var.clone()))
            })?;
        let use_ = self.frames[depth].use_at(span);
        self.frames[depth].used.insert(var.local, use_);
        let ty = self.frames[depth].locals[var.local.index()].ty;
        let mut root = Root::Local(var.local);
        let last = self.frames.len() - 1;
        for frame in &mut self.frames[depth + 1..=last] {
            let same = |c: &Capture| match (&c.from, &root) {
                (Root::Local(a), Root::Local(b)) => a == b,
                (Root::Capture(a), Root::Capture(b)) => a == b,
                _ => false,
            };
            let index = match frame.captures.iter().position(same) {
                Some(i) => i,
                None => {
                    let name = Text::from(name);
                    frame.captures.push(Capture {
                        name,
                        ty,
                        from: root.clone(),
                        span,
                    });
                    frame.captures.len() - 1
                }
            };
            root = Root::Capture(index as u32);
        }
        Some(VarRef { root, ty })
    }

    /// What a name means that is no variable: nested functions, the module's names, the prelude's.
    fn lookup_def(&mut self, name: &str) -> Option<Def> {
        for frame in self.frames.iter().rev() {
            for scope in frame.scopes.iter().rev() {
                if let Some(def) = scope.items.get(name) {
                    return Some(*def);
                }
            }
        }
        let around = self
            .around
            .iter()
            .rev()
            .find_map(|items| items.get(name).copied());
        around.or_else(|| self.ck.defs.lookup(self.module, name))
    }

    // ---- building HIR

    fn mk(&mut self, kind: ExprKind, ty: Ty, span: Span) -> Expr {
        let site = self.site(span);
        Expr { kind, ty, site }
    }

    fn unit(&mut self, span: Span) -> Expr {
        self.mk(ExprKind::Tuple(Vec::new()), Types::UNIT, span)
    }

    fn error(&mut self, span: Span) -> Expr {
        self.mk(ExprKind::Unreachable, Types::ERROR, span)
    }

    fn read_local(&mut self, local: LocalId, span: Span) -> Expr {
        let ty = self.local_ty(local);
        let site = self.site(span);
        let place = Place {
            root: Root::Local(local),
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

    /// A fresh temporary holding `value`, as a statement and the read of it.
    fn spill(&mut self, value: Expr, stmts: &mut Vec<Stmt>) -> LocalId {
        let span = self.ck.sites.span(value.site);
        let local = self.temp(value.ty, span);
        stmts.push(Stmt::Let { local, value });
        local
    }

    fn block_of(&mut self, stmts: Vec<Stmt>, value: Expr) -> Expr {
        if stmts.is_empty() {
            return value;
        }
        let (ty, site) = (value.ty, value.site);
        let block = Block {
            stmts,
            value: Some(Box::new(value)),
            declares: Vec::new(),
        };
        Expr {
            kind: ExprKind::Block(block),
            ty,
            site,
        }
    }

    /// Turns an owning use into a look, where the expression is a place.
    fn look(&mut self, mut expr: Expr) -> Expr {
        if let ExprKind::Read(_, mode @ Mode::Undecided) = &mut expr.kind {
            *mode = Mode::Look;
        }
        expr
    }

    fn look_expr(&mut self, e: &ast::Expr, expected: Option<Ty>) -> Expr {
        let e = self.expr(e, expected);
        self.look(e)
    }

    fn lower_ty(&mut self, ty: &ast::Ty) -> Ty {
        let items = block_items(&self.around, &self.frames);
        let scope = TyScope {
            module: self.module,
            generics: &self.env,
            self_ty: self.self_ty,
            items: &items,
        };
        let errors = self.ck.problems.errors();
        let ty = lower_ty(self.ck.defs, self.ck.types, self.ck.problems, &scope, ty);
        // What is wrong with it has been said.
        if self.ck.problems.errors() > errors {
            Types::ERROR
        } else {
            ty
        }
    }

    /// The known name nearest to an unknown one.
    fn closest<'n>(&self, name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
        crate::suggest::closest(self.ck.problems, name, names).map(str::to_string)
    }
}

/// The names that the blocks around declare, innermost last.
fn block_items<'i>(around: &'i [Items], frames: &'i [Frame]) -> Vec<&'i FxHashMap<Text, Def>> {
    let scopes = frames.iter().flat_map(|f| f.scopes.iter());
    let all = around.iter().chain(scopes.map(|s| &s.items));
    all.map(|items| &**items)
        .filter(|m| !m.is_empty())
        .collect()
}

impl Frame {
    fn new(ret: Ty, name: Text) -> Frame {
        Frame {
            locals: Vec::new(),
            used: FxHashMap::default(),
            mutable: FxHashSet::default(),
            loop_count: 0,
            scopes: Vec::new(),
            loops: Vec::new(),
            ret,
            captures: Vec::new(),
            name,
            in_defer: false,
        }
    }
}

/// Writes the final types into a function.
struct Finish<'a> {
    infer: &'a Infer,
    types: &'a mut Types,
    /// The first expression whose type stayed open.
    open: Option<SiteId>,
    /// The first expression whose type nests deeper than any instance may.
    too_deep: Option<SiteId>,
}

impl VisitMut for Finish<'_> {
    fn ty(&mut self, ty: &mut Ty) {
        *ty = self.infer.deep(self.types, *ty);
    }

    fn expr(&mut self, expr: &mut Expr) {
        walk::walk_expr(self, expr);
        if self.types.has_infer(expr.ty) && self.open.is_none() {
            self.open = Some(expr.site);
        }
        if self.types.depth(expr.ty) > MAX_DEPTH && self.too_deep.is_none() {
            self.too_deep = Some(expr.site);
        }
    }
}
