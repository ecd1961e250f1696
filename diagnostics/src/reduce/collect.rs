//! What can be taken out of a program's text: the spans of everything in its syntax tree that a
//! reduction may delete or replace.
//!
//! Takes a file's text; gives lists of spans. Decides nothing: whether what is left still means
//! something is the checker's word.

use cowl_frontend::ast::{
    self, AssignTarget, Block, Clause, CompClause, Elem, Expr, ExprKind, FnDecl, Init, Item,
    ItemKind, New, PatternKind, PostfixKind, Stmt, StmtKind, StrPart,
};
use cowl_frontend::parse::parse;
use cowl_frontend::problem::Problems;
use cowl_frontend::source::{FileId, Span};

/// From a byte up to another.
pub type Bytes = (usize, usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    Int,
    Str,
    List,
    Other,
}

/// An expression with those directly inside it.
pub struct Part {
    pub at: Bytes,
    pub inside: Vec<Bytes>,
    pub guess: Guess,
}

/// What a statement is, as far as a rewrite asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `let x = e`
    Let {
        name: String,
        is_var: bool,
        value: Value,
    },
    /// `x.push!(v)` of a bare variable.
    Push {
        name: String,
        value: Bytes,
    },
    /// Any other change, call or loop.
    Effect,
    /// `for x in e { … }`; the inside of the braces.
    For {
        name: String,
        seq: Bytes,
        inside: Bytes,
    },
    Other,
}

/// What a variable is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Literal,
    /// Another variable, there.
    Name(Bytes),
    Other,
}

pub struct Statement {
    pub at: Bytes,
    pub form: Form,
    /// The last of its block, so perhaps its value.
    pub is_last: bool,
}

/// With its name, if it is named.
pub type Argument = (Option<String>, Bytes);

#[derive(Default)]
pub struct Collected {
    /// Lists of things that stand one after the other, each on its own: items, statements, arms.
    pub lists: Vec<Vec<Bytes>>,
    /// The same, separated by commas.
    pub comma_lists: Vec<Vec<Bytes>>,
    pub exprs: Vec<Part>,
    /// Statements that hold a body, and the inside of the body's braces.
    pub bodies: Vec<(Bytes, Bytes)>,
    /// By function name: its parameters' spans, without `self`.
    pub params: Vec<(String, Vec<(String, Bytes)>)>,
    /// By function name: the arguments of a call.
    pub calls: Vec<(String, Vec<Argument>)>,
    /// Fields of declarations, and what literals give them.
    pub fields: Vec<(String, Bytes)>,
    pub inits: Vec<(String, Bytes)>,
    /// `let x = e`: the name, the statement, e, and where the block ends.
    pub lets: Vec<(String, Bytes, Bytes, usize)>,
    pub stmts: Vec<Statement>,
    /// Values given to parameters, and the name where one is nothing else.
    pub given: Vec<(Bytes, Option<String>)>,
    /// Plain names.
    pub names: Vec<(String, Bytes)>,
    /// Result types and types of bindings, with what stands before them.
    pub annotations: Vec<Bytes>,
}

pub fn bytes(span: Span) -> Bytes {
    (span.lo as usize, span.hi as usize)
}

/// Everything in a file.
pub fn collect(text: &str) -> Collected {
    let mut problems = Problems::default();
    let file = parse(FileId(0), text, &mut problems);
    let mut found = Collected::default();
    found
        .lists
        .push(file.items.iter().map(|i| bytes(i.span)).collect());
    for item in &file.items {
        found.item(item);
    }
    found
}

impl Collected {
    fn item(&mut self, item: &Item) {
        match &item.kind {
            ItemKind::Fn(decl) => self.function(decl),
            ItemKind::Struct(decl) => {
                let fields: Vec<Bytes> = decl.fields.iter().map(|f| bytes(f.span)).collect();
                for field in &decl.fields {
                    let name = field.name.text.to_string();
                    self.fields.push((name, bytes(field.span)));
                    if let Some(default) = &field.default {
                        self.expr(default);
                    }
                }
                self.lists.push(fields);
            }
            ItemKind::Enum(decl) => {
                self.lists
                    .push(decl.variants.iter().map(|v| bytes(v.span)).collect());
            }
            ItemKind::Trait(decl) => self.members(&decl.items),
            ItemKind::Impl(decl) => self.members(&decl.items),
            ItemKind::Const(decl) => self.expr(&decl.value),
            ItemKind::Test(decl) => self.block(&decl.body),
            ItemKind::Use(decl) => {
                if let Some(names) = &decl.names {
                    self.comma_lists
                        .push(names.iter().map(|n| bytes(n.name.span)).collect());
                }
            }
            ItemKind::Alias(_) => {}
        }
    }

    fn members(&mut self, items: &[Item]) {
        self.lists
            .push(items.iter().map(|i| bytes(i.span)).collect());
        for item in items {
            self.item(item);
        }
    }

    fn function(&mut self, decl: &FnDecl) {
        let params = decl.params.iter().filter(|p| p.ty.is_some());
        let params = params.map(|p| (p.name.text.to_string(), bytes(p.span)));
        self.params
            .push((decl.name.text.to_string(), params.collect()));
        if let Some(body) = &decl.body {
            self.block(body);
        }
    }

    fn block(&mut self, block: &Block) {
        self.lists
            .push(block.stmts.iter().map(|s| bytes(s.span)).collect());
        let last = block.stmts.len().saturating_sub(1);
        for (i, stmt) in block.stmts.iter().enumerate() {
            self.stmts.push(Statement {
                at: bytes(stmt.span),
                form: form(stmt),
                is_last: i == last,
            });
            self.stmt(stmt, bytes(block.span).1);
        }
    }

    fn body_of(&mut self, whole: Bytes, block: &Block) {
        let (lo, hi) = bytes(block.span);
        self.bodies.push((whole, (lo + 1, hi.saturating_sub(1))));
        self.block(block);
    }

    fn stmt(&mut self, stmt: &Stmt, block_end: usize) {
        let at = bytes(stmt.span);
        match &stmt.kind {
            StmtKind::Let {
                pattern,
                init,
                else_,
                ty,
                ..
            } => {
                if let (PatternKind::Name(name), Some((_, _, value)), None) =
                    (&pattern.kind, init, else_)
                {
                    let name = name.text.to_string();
                    self.lets.push((name, at, bytes(value.span), block_end));
                }
                if let Some(ty) = ty {
                    self.annotations
                        .push((bytes(pattern.span).1, bytes(ty.span).1));
                }
                if let Some((_, _, value)) = init {
                    self.expr(value);
                }
                if let Some(block) = else_ {
                    self.block(block);
                }
            }
            StmtKind::Expr(e) => {
                self.nested_bodies(at, e);
                self.expr(e);
            }
            StmtKind::Assign { place, value, .. } => {
                if let AssignTarget::Expr(place) = place {
                    self.expr(place);
                }
                self.expr(value);
            }
            StmtKind::For { seq, body, .. } => {
                self.expr(seq);
                self.body_of(at, body);
            }
            StmtKind::While { cond, body, .. } => {
                self.clauses(cond);
                self.body_of(at, body);
            }
            StmtKind::Defer(body) | StmtKind::OnFail(body) => self.body_of(at, body),
            StmtKind::Item(item) => self.item(item),
        }
    }

    /// What an `if`, `match` or `loop` that stands as a statement could be replaced by.
    fn nested_bodies(&mut self, at: Bytes, e: &Expr) {
        let mut bodies = Vec::new();
        let mut inner = |block: &Block| {
            let (lo, hi) = bytes(block.span);
            bodies.push((at, (lo + 1, hi.saturating_sub(1))));
        };
        match &e.kind {
            ExprKind::If { arms, else_ } => {
                for (_, block) in arms {
                    inner(block);
                }
                if let Some(block) = else_ {
                    inner(block);
                }
            }
            ExprKind::Loop { body, .. } => inner(body),
            ExprKind::Block(body) => inner(body),
            ExprKind::Match { arms, .. } => {
                for arm in arms {
                    if let ExprKind::Block(block) = &arm.body.kind {
                        inner(block);
                    }
                }
            }
            _ => {}
        }
        self.bodies.extend(bodies);
    }

    fn clauses(&mut self, clauses: &[Clause]) {
        for clause in clauses {
            match clause {
                Clause::Let { value, .. } => self.expr(value),
                Clause::Expr(e) => self.expr(e),
            }
        }
    }

    fn args(&mut self, callee: Option<String>, args: &[ast::Arg]) {
        let spans = args.iter().map(|a| {
            let (lo, hi) = bytes(a.value.span);
            let from = a.name.as_ref().map_or(lo, |n| bytes(n.span).0);
            (a.name.as_ref().map(|n| n.text.to_string()), (from, hi))
        });
        let spans: Vec<Argument> = spans.collect();
        if let Some(callee) = callee {
            self.calls.push((callee, spans));
        }
        for arg in args {
            self.given.push((bytes(arg.value.span), plain(&arg.value)));
            self.expr(&arg.value);
        }
    }

    fn expr(&mut self, e: &Expr) {
        let from = self.exprs.len();
        let guess = match &e.kind {
            ExprKind::Int(_) => Guess::Int,
            ExprKind::Str(_) => Guess::Str,
            ExprKind::List(_) | ExprKind::Comp { .. } => Guess::List,
            _ => Guess::Other,
        };
        self.exprs.push(Part {
            at: bytes(e.span),
            inside: Vec::new(),
            guess,
        });
        self.inside(e);
        // Those directly inside, and the heads of chains, which have no node of their own.
        let mut inside: Vec<Bytes> = Vec::new();
        let mut reached = 0;
        for part in &self.exprs[from + 1..] {
            if part.at.0 >= reached {
                inside.push(part.at);
                reached = part.at.1;
            }
        }
        if let ExprKind::Postfix(base, posts) = &e.kind {
            let lo = bytes(base.span).0;
            let ends = posts.iter().map(|p| (lo, bytes(p.span).1));
            inside.extend(ends.take(posts.len().saturating_sub(1)));
        }
        if let Some(part) = self.exprs.get_mut(from) {
            part.inside = inside;
        }
    }

    fn inside(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Name { name, .. } => {
                self.names.push((name.text.to_string(), bytes(e.span)));
            }
            ExprKind::Str(parts) => {
                for part in parts {
                    if let StrPart::Expr { value, .. } = part {
                        self.expr(value);
                    }
                }
            }
            ExprKind::DotVariant { args, .. } => {
                if let Some(args) = args {
                    self.args(None, args);
                }
            }
            ExprKind::Paren(e) | ExprKind::RangeFrom(e) | ExprKind::Raise(e) => self.expr(e),
            ExprKind::Tuple(es) => es.iter().for_each(|e| self.expr(e)),
            ExprKind::List(elems) => {
                let mut spans = Vec::new();
                for elem in elems {
                    let (Elem::Expr(e) | Elem::Spread(e)) = elem;
                    let extra = if matches!(elem, Elem::Spread(_)) {
                        2
                    } else {
                        0
                    };
                    let (lo, hi) = bytes(e.span);
                    spans.push((lo - extra, hi));
                    self.expr(e);
                }
                self.comma_lists.push(spans);
            }
            ExprKind::Map(pairs) => {
                let spans = pairs
                    .iter()
                    .map(|(k, v)| (bytes(k.span).0, bytes(v.span).1));
                self.comma_lists.push(spans.collect());
                for (k, v) in pairs {
                    self.expr(k);
                    self.expr(v);
                }
            }
            ExprKind::Comp {
                key,
                value,
                clauses,
            } => {
                key.iter().for_each(|e| self.expr(e));
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
                        Init::Field { name, value } => {
                            let lo = bytes(name.span).0;
                            let hi = value
                                .as_ref()
                                .map_or(bytes(name.span).1, |v| bytes(v.span).1);
                            self.inits.push((name.text.to_string(), (lo, hi)));
                            value.iter().for_each(|e| self.expr(e));
                        }
                        Init::Base(e, _) => self.expr(e),
                    }
                }
            }
            ExprKind::Prefix(_, e) => self.expr(e),
            ExprKind::Chain(first, rest) => {
                self.expr(first);
                rest.iter().for_each(|(_, _, e)| self.expr(e));
            }
            ExprKind::RangeTo { end, .. } => end.iter().for_each(|e| self.expr(e)),
            ExprKind::Is(e, _) => self.expr(e),
            ExprKind::Catch { value, default, .. } => {
                self.expr(value);
                self.expr(default);
            }
            ExprKind::Postfix(base, posts) => self.postfix(base, posts),
            ExprKind::Closure(closure) => self.expr(&closure.body),
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { arms, else_ } => {
                for (clauses, block) in arms {
                    self.clauses(clauses);
                    self.block(block);
                }
                if let Some(block) = else_ {
                    self.block(block);
                }
            }
            ExprKind::Match { value, arms } => {
                self.expr(value);
                self.lists
                    .push(arms.iter().map(|a| bytes(a.span)).collect());
                for arm in arms {
                    arm.guard.iter().for_each(|e| self.expr(e));
                    self.expr(&arm.body);
                }
            }
            ExprKind::Loop { body, .. } => self.block(body),
            ExprKind::Return(e) => e.iter().for_each(|e| self.expr(e)),
            ExprKind::Break { value, .. } => value.iter().for_each(|e| self.expr(e)),
            ExprKind::New(new) => match &**new {
                New::Literal(e) => self.expr(e),
                New::Typed { literal, .. } => literal.iter().for_each(|e| self.expr(e)),
                New::Convert { args, .. } => self.args(None, args),
                New::Array { len, .. } => self.expr(len),
            },
            ExprKind::Weak(args) => self.args(None, args),
            ExprKind::Stmt(stmt) => self.stmt(stmt, bytes(e.span).1),
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Char(_)
            | ExprKind::Byte(_)
            | ExprKind::Continue { .. }
            | ExprKind::Error => {}
        }
    }

    fn postfix(&mut self, base: &Expr, posts: &[ast::Postfix]) {
        self.expr(base);
        let mut callee = match &base.kind {
            ExprKind::Name { name, .. } => Some(name.text.to_string()),
            _ => None,
        };
        for post in posts {
            match &post.kind {
                PostfixKind::Call(args) => self.args(callee.take(), args),
                PostfixKind::Method { name, args, .. } => {
                    self.args(Some(name.text.to_string()), args);
                }
                PostfixKind::Index(args) => self.args(None, args),
                PostfixKind::Field(_)
                | PostfixKind::Position(_)
                | PostfixKind::Deref
                | PostfixKind::Try => callee = None,
            }
        }
    }
}

fn plain(e: &Expr) -> Option<String> {
    match &e.kind {
        ExprKind::Name { name, targs } if targs.is_empty() => Some(name.text.to_string()),
        _ => None,
    }
}

fn form(stmt: &Stmt) -> Form {
    match &stmt.kind {
        StmtKind::Let {
            is_var,
            pattern,
            init: Some((ast::BindOp::Share, _, value)),
            else_: None,
            ..
        } => match &pattern.kind {
            PatternKind::Name(name) => Form::Let {
                name: name.text.to_string(),
                is_var: *is_var,
                value: match plain(value) {
                    Some(_) => Value::Name(bytes(value.span)),
                    None if is_literal(value) => Value::Literal,
                    None => Value::Other,
                },
            },
            _ => Form::Other,
        },
        StmtKind::Expr(e) => push(e).unwrap_or(match &e.kind {
            ExprKind::Postfix(..) => Form::Effect,
            _ => Form::Other,
        }),
        StmtKind::Assign { .. } | StmtKind::While { .. } => Form::Effect,
        StmtKind::For {
            label: None,
            pattern,
            seq,
            body,
        } => {
            let (lo, hi) = bytes(body.span);
            match &pattern.kind {
                PatternKind::Name(name) => Form::For {
                    name: name.text.to_string(),
                    seq: bytes(seq.span),
                    inside: (lo + 1, hi.saturating_sub(1)),
                },
                _ => Form::Effect,
            }
        }
        _ => Form::Other,
    }
}

fn push(e: &Expr) -> Option<Form> {
    let ExprKind::Postfix(base, posts) = &e.kind else {
        return None;
    };
    let name = plain(base)?;
    match posts.as_slice() {
        [post] => match &post.kind {
            PostfixKind::Method {
                name: method,
                bang: true,
                args,
                ..
            } if &*method.text == "push" => match args.as_slice() {
                [arg] if arg.name.is_none() => Some(Form::Push {
                    name,
                    value: bytes(arg.value.span),
                }),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn is_literal(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Char(_) => true,
        ExprKind::Str(parts) => parts.iter().all(|p| matches!(p, StrPart::Lit(_))),
        ExprKind::List(elems) => elems
            .iter()
            .all(|e| matches!(e, Elem::Expr(e) if is_literal(e))),
        _ => false,
    }
}
