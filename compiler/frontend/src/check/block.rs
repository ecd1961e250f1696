//! Blocks and statements: what is a value and what is thrown away, bindings, `defer`.

use super::*;
use crate::resolve;
use ast::{AssignTarget, BindOp, StmtKind};

/// What the surroundings do with a block's last expression.
#[derive(Clone, Copy)]
pub(super) enum Want {
    /// It is the value; the type is a wish.
    Value(Option<Ty>),
    /// Nothing: the last expression is a statement.
    Nothing,
}

impl Cx<'_, '_> {
    /// A block in a scope of its own, with its type.
    pub(super) fn block(&mut self, b: &ast::Block, want: Want) -> (Block, Ty) {
        self.scoped(|cx| cx.block_body(b, want))
    }

    /// Runs `f` in a new scope and gives its declarations to the block.
    pub(super) fn scoped(&mut self, f: impl FnOnce(&mut Self) -> (Block, Ty)) -> (Block, Ty) {
        self.frame().scopes.push(Scope::default());
        let (mut block, ty) = f(self);
        let scope = self.frame().scopes.pop().expect("the scope pushed above");
        let inner = std::mem::replace(&mut block.declares, scope.declares);
        block.declares.extend(inner);
        (block, ty)
    }

    /// The statements of a block in the current scope; `defer`s run at its end.
    pub(super) fn block_body(&mut self, b: &ast::Block, want: Want) -> (Block, Ty) {
        self.declare_items(b);
        let mut stmts = Vec::with_capacity(b.stmts.len());
        let mut diverges = false;
        let mut value = None;
        for (i, stmt) in b.stmts.iter().enumerate() {
            let last = i + 1 == b.stmts.len();
            match (&stmt.kind, want) {
                (StmtKind::Expr(e), Want::Value(expected)) if last => {
                    let e = match expected {
                        Some(ty) => self.tail(e, ty),
                        None => self.expr(e, None),
                    };
                    value = Some(e);
                }
                _ => {
                    let new = self.stmt(stmt);
                    diverges |= new.iter().any(|s| self.stmt_diverges(s));
                    stmts.extend(new);
                }
            }
        }
        let ty = match &value {
            Some(v) if diverges && self.shallow(v.ty) == Types::UNIT => Types::NEVER,
            Some(v) => v.ty,
            None if diverges => Types::NEVER,
            None => Types::UNIT,
        };
        let value = self.run_deferred_at_end(&mut stmts, value, ty, b.span);
        (
            Block {
                stmts,
                value: value.map(Box::new),
                declares: Vec::new(),
            },
            ty,
        )
    }

    /// A block's last expression where a type is wanted: fitted to it here, so that a mismatch
    /// points at the expression and lifting happens inside the branch.
    fn tail(&mut self, e: &ast::Expr, ty: Ty) -> Expr {
        self.expr_to(e, ty)
    }

    fn stmt_diverges(&self, stmt: &Stmt) -> bool {
        let never = |e: &Expr| self.shallow(e.ty) == Types::NEVER;
        match stmt {
            Stmt::Expr(e) | Stmt::Let { value: e, .. } => never(e),
            Stmt::Destructure { .. } | Stmt::Release(_) => false,
        }
    }

    /// Functions declared in a block are known in all of it, and in each other.
    fn declare_items(&mut self, b: &ast::Block) {
        let written = b.stmts.iter().filter_map(|s| match &s.kind {
            StmtKind::Item(item) => Some(&**item),
            _ => None,
        });
        let mut items: FxHashMap<Text, Def> = FxHashMap::default();
        let mut places: FxHashMap<Text, Span> = FxHashMap::default();
        let mut nested = Vec::new();
        let mut twice = Vec::new();
        let mut once = |name: &ast::Name| {
            if let Some(first) = places.insert(name.text.clone(), name.span) {
                let problem = resolve::errors::twice("the name", &name.text, name.span, first);
                twice.push(problem);
            }
        };
        // Imports first: signatures of the block's functions may name what they bring.
        for item in written.clone() {
            if let ast::ItemKind::Use(use_) = &item.kind {
                let (defs, problems) = (&mut *self.ck.defs, &mut *self.ck.problems);
                for (name, def) in resolve::nested_use(defs, problems, self.module, use_) {
                    once(&name);
                    items.insert(name.text, def);
                }
            }
        }
        let imported = items.clone();
        for item in written {
            let ast::ItemKind::Fn(decl) = &item.kind else {
                continue;
            };
            once(&decl.name);
            let mut around = block_items(&self.around, &self.frames);
            around.push(&imported);
            let scope = TyScope {
                module: self.module,
                generics: &self.env,
                self_ty: self.self_ty,
                items: &around,
            };
            let Some(id) = resolve::declare_nested(
                self.ck.defs,
                self.ck.types,
                self.ck.problems,
                &scope,
                self.def,
                item,
            ) else {
                continue;
            };
            items.insert(decl.name.text.clone(), Def::Fn(id));
            nested.push(id);
        }
        for problem in twice {
            self.report(problem);
        }
        if items.is_empty() {
            return;
        }
        self.frame()
            .scopes
            .last_mut()
            .expect("the block's scope")
            .items = Arc::new(items);
        let scopes = self
            .frames
            .iter()
            .flat_map(|f| f.scopes.iter())
            .map(|s| s.items.clone());
        let around: Vec<Items> = self
            .around
            .iter()
            .cloned()
            .chain(scopes)
            .filter(|i| !i.is_empty())
            .collect();
        let vars = self.names_of_variables(b);
        for id in nested {
            self.ck.around.insert(id, around.clone());
            self.ck.outside.insert(id, vars.clone());
        }
    }

    /// The variables that a block can see, and those that it declares: for a message only, so not
    /// of a function with thousands.
    fn names_of_variables(&self, b: &ast::Block) -> Arc<FxHashSet<Text>> {
        let scopes = self.frames.iter().flat_map(|f| f.scopes.iter());
        let seen = scopes.flat_map(|s| s.vars.keys().cloned());
        let declared = b.stmts.iter().filter_map(|s| match &s.kind {
            StmtKind::Let { pattern, .. } => match &pattern.kind {
                ast::PatternKind::Name(name) => Some(name.text.clone()),
                _ => None,
            },
            _ => None,
        });
        Arc::new(declared.chain(seen).take(1_000).collect())
    }

    pub(super) fn stmt(&mut self, stmt: &ast::Stmt) -> Vec<Stmt> {
        match &stmt.kind {
            StmtKind::Let {
                is_var,
                pattern,
                ty,
                init,
                else_,
            } => self.let_stmt(
                *is_var,
                pattern,
                ty.as_ref(),
                init.as_ref(),
                else_.as_ref(),
                stmt.span,
            ),
            StmtKind::Expr(e) => vec![Stmt::Expr(self.discard(e))],
            StmtKind::Assign {
                place,
                op,
                op_span,
                value,
            } => match place {
                AssignTarget::Wild(span) => {
                    let e = self.expr(value, None);
                    let _ = span;
                    vec![Stmt::Expr(e)]
                }
                AssignTarget::Expr(target) => self.assign(target, *op, *op_span, value, stmt.span),
            },
            StmtKind::For {
                label,
                pattern,
                seq,
                body,
            } => {
                let e = self.for_loop(label.as_ref(), pattern, seq, stmt.span, &mut |cx| {
                    cx.block(body, Want::Nothing).0
                });
                vec![Stmt::Expr(e)]
            }
            StmtKind::While { label, cond, body } => {
                vec![Stmt::Expr(self.while_loop(
                    label.as_ref(),
                    cond,
                    body,
                    stmt.span,
                ))]
            }
            StmtKind::Defer(block) => {
                self.defer(block, false);
                Vec::new()
            }
            StmtKind::OnFail(block) => {
                self.defer(block, true);
                Vec::new()
            }
            StmtKind::Item(item) => {
                if let ast::ItemKind::Fn(decl) = &item.kind
                    && let Some(Def::Fn(id)) = self.lookup_def(&decl.name.text)
                {
                    self.ck.check(id);
                }
                Vec::new()
            }
        }
    }

    /// An expression whose value nobody takes: it must be `()`.
    pub(super) fn discard(&mut self, e: &ast::Expr) -> Expr {
        use ast::ExprKind as A;
        let span = e.span;
        match &e.kind {
            A::If { arms, else_ } => self.if_expr(arms, else_.as_deref(), Want::Nothing, span),
            A::Match { value, arms } => self.match_expr(value, arms, Want::Nothing, span),
            A::Block(b) => {
                let block = self.block(b, Want::Nothing);
                self.block_expr(block, span)
            }
            A::Paren(e) => self.discard(e),
            A::Loop { label, body } => {
                self.loop_expr(label.as_ref(), body, Some(Types::UNIT), span)
            }
            _ => {
                let errors = self.ck.problems.errors();
                let value = self.expr(e, None);
                // A mistake in it is reported; what becomes of its value is none of its own.
                if self.ck.problems.errors() == errors {
                    self.check_discarded(e, &value);
                }
                value
            }
        }
    }

    fn check_discarded(&mut self, e: &ast::Expr, value: &Expr) {
        let ty = self.shallow(value.ty);
        if matches!(self.data(ty), TyData::Infer(_)) {
            self.unify(ty, Types::UNIT);
            return;
        }
        if ty == Types::UNIT || ty == Types::NEVER || ty == Types::ERROR || self.value_missing {
            return;
        }
        if let Some(&head) = self.ends_of_ifs.get(&e.span) {
            let shown = self.show(ty);
            self.report(errors::if_gives_only_sometimes(head, e.span, &shown));
            return;
        }
        let mut suggestion = None;
        if let ast::ExprKind::Postfix(base, ops) = &e.kind
            && let Some(ast::Postfix {
                kind: ast::PostfixKind::Method { name, bang, .. },
                ..
            }) = ops.last()
            && !matches!(base.kind, ast::ExprKind::Error)
        {
            if *bang && self.as_result(ty).is_none() {
                return;
            }
            let gives_its_own_kind = match &value.kind {
                ExprKind::Block(_) | ExprKind::Call { .. } => true,
                ExprKind::Builtin { args, .. } => args.first().is_some_and(|a| a.ty == value.ty),
                _ => false,
            };
            if !*bang && gives_its_own_kind {
                suggestion = Some(name.text.clone());
            }
        }
        if self.is_discardable(value) {
            return;
        }
        let shown = self.show(ty);
        let per_element = match self.data(ty) {
            TyData::List(t) | TyData::Array(t) => self.shallow(t) == Types::UNIT,
            _ => false,
        };
        self.report(errors::thrown_away(
            e.span,
            &self.kind_word(ty),
            &shown,
            suggestion,
            per_element,
            self.last == Some(e.span),
        ));
    }

    fn is_discardable(&self, value: &Expr) -> bool {
        match &value.kind {
            ExprKind::Call {
                callee: Callee::Generic { def, .. },
                ..
            } => self.ck.defs.func(*def).discardable,
            ExprKind::Builtin { op, .. } => *op == Builtin::Gc,
            ExprKind::Block(b) => b.value.as_ref().is_some_and(|v| self.is_discardable(v)),
            _ => false,
        }
    }

    /// "list", "map", …: how a message calls a value of this type.
    fn kind_word(&self, ty: Ty) -> String {
        match self.data(ty) {
            TyData::List(_) => "list",
            TyData::Array(_) => "array",
            TyData::Map(..) => "map",
            TyData::Set(_) => "set",
            TyData::Str => "string",
            TyData::Adt(id, _) if Some(id) == self.ck.defs.lang.result => "result",
            _ => "value",
        }
        .to_string()
    }

    // ---- let

    fn let_stmt(
        &mut self,
        is_var: bool,
        pattern: &ast::Pattern,
        ty: Option<&ast::Ty>,
        init: Option<&(BindOp, Span, ast::Expr)>,
        else_: Option<&ast::Block>,
        span: Span,
    ) -> Vec<Stmt> {
        let errors = self.ck.problems.errors();
        let mut written = ty.map(|t| self.lower_ty(t));
        // What is wrong about the type is not wrong about the value too.
        if self.ck.problems.errors() > errors {
            written = Some(Types::ERROR);
        }
        let simple = match &pattern.kind {
            ast::PatternKind::Name(name) if !self.names_constant_or_variant(name, written) => {
                Some(name)
            }
            _ => None,
        };
        let Some((op, op_span, value)) = init else {
            let (Some(name), Some(ty)) = (simple, written) else {
                self.report(errors::let_without_value(span));
                // Its names exist, so that their uses are not wrong too.
                let mut binder = pattern::Binder::new(is_var);
                self.pattern(pattern, Types::ERROR, &mut binder);
                self.declare_bindings(&binder);
                return Vec::new();
            };
            let local = self.declare(&name.text, ty, is_var, name.span);
            self.frame().locals[local.index()].once = !is_var;
            return Vec::new();
        };
        let outer = simple.and_then(|name| self.outside_this_loop(name, value));
        let naming = self.naming.len();
        if let (Some(name), ast::ExprKind::Closure(_)) = (simple, &value.kind) {
            self.naming.push(name.text.clone());
        }
        let mut value = match written {
            Some(ty) => self.expr_to(value, ty),
            None => self.expr(value, None),
        };
        self.naming.truncate(naming);
        if let (Some(name), Some(outer)) = (simple, outer) {
            self.lint_copied_each_turn(name, outer, &value);
        }
        if *op == BindOp::Sole {
            value = self.sole(value, *op_span);
        }
        if let Some(name) = simple {
            if let Some(block) = else_ {
                self.report(errors::useless_else(block.span));
            }
            let ty = match written {
                Some(ty) => ty,
                None => value.ty,
            };
            if self.shallow(ty) == Types::NEVER {
                let local = self.declare(&name.text, Types::ERROR, is_var, name.span);
                let _ = local;
                return vec![Stmt::Expr(value)];
            }
            if written.is_none() {
                self.open.push((ty, name.span, format!("`{}`", name.text)));
            }
            let local = self.declare(&name.text, ty, is_var, name.span);
            return vec![Stmt::Let { local, value }];
        }
        if matches!(pattern.kind, ast::PatternKind::Wild) && else_.is_none() {
            return vec![Stmt::Expr(value)];
        }
        let mut stmts = Vec::new();
        let value_ty = value.ty;
        // The way out is checked before the names exist.
        let else_block = else_.map(|b| {
            let (block, ty) = self.block(b, Want::Nothing);
            if self.shallow(ty) != Types::NEVER && ty != Types::ERROR {
                self.report(errors::else_goes_on(b.span));
            }
            block
        });
        let scrutinee = self.scrutinee(value, &mut stmts);
        let mut binder = pattern::Binder::new(is_var);
        let pat = self.pattern(pattern, value_ty, &mut binder);
        self.declare_bindings(&binder);
        self.matches.push(exhaust::Pending::single(
            value_ty,
            &pat,
            pattern.span,
            if else_.is_some() {
                exhaust::Purpose::LetElse
            } else {
                exhaust::Purpose::Let
            },
        ));
        let site = self.site(pattern.span);
        let mode = MatchMode::Undecided;
        stmts.push(Stmt::Destructure {
            scrutinee,
            mode,
            pat,
            else_: else_block,
            site,
        });
        stmts
    }

    /// The value of `:=`: the name of a bare local ends, everything reachable becomes sole.
    pub(super) fn sole(&mut self, mut value: Expr, span: Span) -> Expr {
        if let ExprKind::Read(place, mode @ Mode::Undecided) = &mut value.kind
            && matches!(place.root, Root::Local(_))
            && place.projs.is_empty()
        {
            *mode = Mode::MustMove;
        }
        self.unshare(value, span)
    }

    // ---- defer

    fn defer(&mut self, block: &ast::Block, only_on_failure: bool) {
        if only_on_failure {
            let ret = self.frame().ret;
            if self.as_result(ret).is_none() && self.as_option(ret).is_none() {
                self.report(errors::onfail_without_result(block.span));
            }
        }
        let before = std::mem::replace(&mut self.frame().in_defer, true);
        let (block, _) = self.block(block, Want::Nothing);
        self.frame().in_defer = before;
        let scope = self.frame().scopes.last_mut().expect("inside a scope");
        scope.deferred.push(Deferred {
            only_on_failure,
            block,
        });
    }

    /// What the current scope has deferred, at its normal end: after its value is known.
    fn run_deferred_at_end(
        &mut self,
        stmts: &mut Vec<Stmt>,
        value: Option<Expr>,
        ty: Ty,
        span: Span,
    ) -> Option<Expr> {
        let frame = self.frame();
        let outermost = frame.scopes.len() == 2;
        let scope = frame.scopes.last().expect("the block's scope");
        let deferred = scope.deferred.clone();
        if deferred.is_empty() || self.shallow(ty) == Types::NEVER {
            return value;
        }
        // The function's own block returns its value: `onfail` may be due.
        let failure = if outermost {
            Failure::IfValue
        } else {
            Failure::No
        };
        let Some(value) = value else {
            let unit = self.unit(span);
            stmts.extend(self.deferred_stmts(deferred, Failure::No, None, span));
            return Some(unit);
        };
        let local = self.spill(value, stmts);
        stmts.extend(self.deferred_stmts(deferred, failure, Some(local), span));
        Some(self.read_local(local, span))
    }

    /// The deferred blocks of one or more scopes, last first.
    pub(super) fn deferred_stmts(
        &mut self,
        deferred: Vec<Deferred>,
        failure: Failure,
        value: Option<LocalId>,
        span: Span,
    ) -> Vec<Stmt> {
        let mut out = Vec::new();
        for d in deferred.into_iter().rev() {
            let site = self.site(span);
            let run = Expr {
                kind: ExprKind::Block(d.block.clone()),
                ty: Types::UNIT,
                site,
            };
            match (d.only_on_failure, failure) {
                (false, _) | (true, Failure::Yes) => out.push(Stmt::Expr(run)),
                (true, Failure::No) => {}
                (true, Failure::IfValue) => {
                    let Some(local) = value else { continue };
                    let failed = self.is_failure(local, span);
                    let Some(failed) = failed else { continue };
                    let arms = vec![(failed, d.block)];
                    let kind = ExprKind::If { arms, else_: None };
                    out.push(Stmt::Expr(Expr {
                        kind,
                        ty: Types::UNIT,
                        site,
                    }));
                }
            }
        }
        out
    }

    /// Whether a local holds `err(…)` or `none`.
    fn is_failure(&mut self, local: LocalId, span: Span) -> Option<Expr> {
        let ty = self.local_ty(local);
        let (variant, fields) = if self.as_result(ty).is_some() {
            (1, vec![Pat::Wild])
        } else if self.as_option(ty).is_some() {
            (0, Vec::new())
        } else {
            return None;
        };
        let site = self.site(span);
        let root_ty = ty;
        let scrutinee = Place {
            root: Root::Local(local),
            root_ty,
            site,
            projs: Vec::new(),
        };
        let bool = |b| Expr {
            kind: ExprKind::Bool(b),
            ty: Types::BOOL,
            site,
        };
        let arm = |pat, b| Arm {
            pat,
            guard: None,
            release: Vec::new(),
            body: bool(b),
        };
        let arms = vec![
            arm(Pat::Variant { variant, fields }, true),
            arm(Pat::Wild, false),
        ];
        let m = Match {
            scrutinee,
            mode: MatchMode::Undecided,
            arms,
        };
        Some(self.mk(ExprKind::Match(Box::new(m)), Types::BOOL, span))
    }

    /// Everything deferred in scopes from `depth` inwards, outermost first.
    pub(super) fn deferred_from(&mut self, depth: usize) -> Vec<Deferred> {
        self.frame().scopes[depth..]
            .iter()
            .flat_map(|s| s.deferred.iter().cloned())
            .collect()
    }

    // ---- function bodies

    /// A function's body: its block's value is returned.
    pub(super) fn fn_body(&mut self, b: &ast::Block, ret: Ty) -> Expr {
        let want = if self.shallow(ret) == Types::UNIT || self.falls_off(ret, b) {
            Want::Nothing
        } else {
            Want::Value(Some(ret))
        };
        let (block, ty) = self.block(b, want);
        let e = self.block_expr((block, ty), b.span);
        if self.shallow(ty) == Types::UNIT && self.shallow(ret) != Types::UNIT {
            if self
                .as_result(ret)
                .is_some_and(|(ok, _)| self.shallow(ok) == Types::UNIT)
            {
                return self.coerce(e, ret, b.span);
            }
            if !self.has_error(ret) && matches!(want, Want::Value(_)) {
                let shown = self.show(ret);
                let end = Span {
                    lo: b.span.hi.saturating_sub(1),
                    ..b.span
                };
                self.report(errors::missing_value(end, &shown));
                return Expr { ty: ret, ..e };
            }
        }
        self.coerce(e, ret, b.span)
    }

    /// `() ! E` may fall off its end: its last expression is a statement unless it is a result.
    fn falls_off(&self, ret: Ty, b: &ast::Block) -> bool {
        self.as_result(ret)
            .is_some_and(|(ok, _)| self.shallow(ok) == Types::UNIT)
            && !matches!(b.stmts.last().map(|s| &s.kind), Some(StmtKind::Expr(e)) if may_be_result(e))
    }
}

/// When `onfail` runs on a way out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    No,
    Yes,
    /// If the value that leaves is an error.
    IfValue,
}

/// Could this last expression be a result rather than a statement? Loops and assignments cannot.
fn may_be_result(e: &ast::Expr) -> bool {
    use ast::ExprKind as A;
    match &e.kind {
        A::If { else_: None, .. } | A::Stmt(_) => false,
        A::If {
            arms,
            else_: Some(b),
        } => {
            let block = |b: &ast::Block| match b.stmts.last().map(|s| &s.kind) {
                Some(StmtKind::Expr(e)) => may_be_result(e),
                _ => false,
            };
            block(b) || arms.iter().any(|(_, b)| block(b))
        }
        _ => true,
    }
}
