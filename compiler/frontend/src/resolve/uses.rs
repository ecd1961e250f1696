//! Finds the `use` declarations inside bodies, so that their modules are loaded with the file.
//!
//! Walks every statement and expression once; recursion is as deep as the source nests.

use crate::ast::*;

/// Calls `f` for each `use` in a file, inside bodies too, in order.
pub fn for_each_use(file: &File, f: &mut dyn FnMut(&Use)) {
    let mut walk = Walk { f };
    file.items.iter().for_each(|i| walk.item(i));
}

struct Walk<'a> {
    f: &'a mut dyn FnMut(&Use),
}

impl Walk<'_> {
    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Use(u) => (self.f)(u),
            ItemKind::Fn(decl) => {
                decl.body.iter().for_each(|b| self.block(b));
                let defaults = decl.params.iter().filter_map(|p| p.default.as_ref());
                defaults.for_each(|e| self.expr(e));
            }
            ItemKind::Struct(decl) => {
                let defaults = decl.fields.iter().filter_map(|f| f.default.as_ref());
                defaults.for_each(|e| self.expr(e));
            }
            ItemKind::Trait(decl) => decl.items.iter().for_each(|i| self.item(i)),
            ItemKind::Impl(decl) => decl.items.iter().for_each(|i| self.item(i)),
            ItemKind::Const(decl) => self.expr(&decl.value),
            ItemKind::Test(decl) => self.block(&decl.body),
            ItemKind::Enum(_) | ItemKind::Alias(_) => {}
        }
    }

    fn block(&mut self, block: &Block) {
        block.stmts.iter().for_each(|s| self.stmt(s));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let { init, else_, .. } => {
                init.iter().for_each(|(_, _, e)| self.expr(e));
                else_.iter().for_each(|b| self.block(b));
            }
            StmtKind::Expr(e) => self.expr(e),
            StmtKind::Assign { place, value, .. } => {
                if let AssignTarget::Expr(e) = place {
                    self.expr(e);
                }
                self.expr(value);
            }
            StmtKind::For { seq, body, .. } => {
                self.expr(seq);
                self.block(body);
            }
            StmtKind::While { cond, body, .. } => {
                self.clauses(cond);
                self.block(body);
            }
            StmtKind::Defer(b) | StmtKind::OnFail(b) => self.block(b),
            StmtKind::Item(item) => self.item(item),
        }
    }

    fn clauses(&mut self, clauses: &[Clause]) {
        for clause in clauses {
            match clause {
                Clause::Let { value, .. } => self.expr(value),
                Clause::Expr(e) => self.expr(e),
            }
        }
    }

    fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        exprs.into_iter().for_each(|e| self.expr(e));
    }

    fn args(&mut self, args: &[Arg]) {
        self.exprs(args.iter().map(|a| &a.value));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Char(_)
            | ExprKind::Byte(_)
            | ExprKind::Name { .. }
            | ExprKind::Continue { .. }
            | ExprKind::Error => {}
            ExprKind::Str(parts) => {
                for part in parts {
                    if let StrPart::Expr { value, .. } = part {
                        self.expr(value);
                    }
                }
            }
            ExprKind::DotVariant { args, .. } => args.iter().for_each(|a| self.args(a)),
            ExprKind::Paren(e) | ExprKind::RangeFrom(e) | ExprKind::Raise(e) => self.expr(e),
            ExprKind::Prefix(_, e) | ExprKind::Is(e, _) => self.expr(e),
            ExprKind::Tuple(es) => self.exprs(es),
            ExprKind::List(elems) => {
                for elem in elems {
                    match elem {
                        Elem::Expr(e) | Elem::Spread(e) => self.expr(e),
                    }
                }
            }
            ExprKind::Map(pairs) => {
                for (k, v) in pairs {
                    self.exprs([k, v]);
                }
            }
            ExprKind::Comp {
                key,
                value,
                clauses,
            } => {
                self.exprs(key.as_deref());
                self.expr(value);
                for clause in clauses {
                    match clause {
                        CompClause::For { seq, .. } => self.expr(seq),
                        CompClause::If(e) => self.expr(e),
                    }
                }
            }
            ExprKind::Struct { inits, .. } => {
                for init in inits {
                    match init {
                        Init::Field { value, .. } => self.exprs(value),
                        Init::Base(e, _) => self.expr(e),
                    }
                }
            }
            ExprKind::Chain(first, rest) => {
                self.expr(first);
                self.exprs(rest.iter().map(|(_, _, e)| e));
            }
            ExprKind::RangeTo { end, .. } => self.exprs(end.as_deref()),
            ExprKind::Catch { value, default, .. } => self.exprs([&**value, &**default]),
            ExprKind::Postfix(base, ops) => {
                self.expr(base);
                for op in ops {
                    match &op.kind {
                        PostfixKind::Method { args, .. }
                        | PostfixKind::Call(args)
                        | PostfixKind::Index(args) => self.args(args),
                        PostfixKind::Field(_)
                        | PostfixKind::Position(_)
                        | PostfixKind::Deref
                        | PostfixKind::Try => {}
                    }
                }
            }
            ExprKind::Closure(closure) => self.expr(&closure.body),
            ExprKind::Block(b) => self.block(b),
            ExprKind::If { arms, else_ } => {
                for (cond, body) in arms {
                    self.clauses(cond);
                    self.block(body);
                }
                else_.iter().for_each(|b| self.block(b));
            }
            ExprKind::Match { value, arms } => {
                self.expr(value);
                for arm in arms {
                    self.exprs(&arm.guard);
                    self.expr(&arm.body);
                }
            }
            ExprKind::Loop { body, .. } => self.block(body),
            ExprKind::Return(e) => self.exprs(e.as_deref()),
            ExprKind::Break { value, .. } => self.exprs(value.as_deref()),
            ExprKind::New(new) => match &**new {
                New::Literal(e) => self.expr(e),
                New::Typed { literal, .. } => self.exprs(literal),
                New::Convert { args, .. } => self.args(args),
                New::Array { len, .. } => self.expr(len),
            },
            ExprKind::Weak(args) => self.args(args),
            ExprKind::Stmt(s) => self.stmt(s),
        }
    }
}
