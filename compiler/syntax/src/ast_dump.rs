//! The syntax tree as text: `cowl dump --emit=ast`, and what the parser's tests compare.
//!
//! Close to the source, with the shape made visible: parentheses stand around every chain of
//! operators, prefix and closure, and `paren(…)` where the source has them. One statement a line.

use crate::ast::*;
use std::fmt::Write as _;

pub fn file(file: &File) -> String {
    let mut out = Out::default();
    for item in &file.items {
        out.item(item);
        out.line();
    }
    out.text
}

pub fn expr(expr: &Expr) -> String {
    let mut out = Out::default();
    out.expr(expr);
    out.text
}

pub fn ty(ty: &Ty) -> String {
    let mut out = Out::default();
    out.ty(ty);
    out.text
}

pub fn pattern(pattern: &Pattern) -> String {
    let mut out = Out::default();
    out.pattern(pattern);
    out.text
}

#[derive(Default)]
struct Out {
    text: String,
    indent: usize,
}

impl Out {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn line(&mut self) {
        self.text.push('\n');
        for _ in 0..self.indent {
            self.text.push_str("  ");
        }
    }

    fn list<T>(&mut self, items: &[T], between: &str, mut each: impl FnMut(&mut Self, &T)) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.put(between);
            }
            each(self, item);
        }
    }

    fn path(&mut self, path: &[Name]) {
        self.list(path, ".", |out, name| out.put(&name.text));
    }

    /// Members of braces, one a line.
    fn members<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        if items.is_empty() {
            return self.put("{}");
        }
        self.put("{");
        self.indent += 1;
        for item in items {
            self.line();
            each(self, item);
        }
        self.indent -= 1;
        self.line();
        self.put("}");
    }

    // ---- items

    fn doc(&mut self, doc: &Option<(Text, crate::source::Span)>) {
        if let Some((text, _)) = doc {
            for line in text.split('\n') {
                self.put("/// ");
                self.put(line);
                self.line();
            }
        }
    }

    fn item(&mut self, item: &Item) {
        self.doc(&item.doc);
        for attr in &item.attrs {
            self.put("@");
            self.put(&attr.name.text);
            if !attr.args.is_empty() {
                self.put("(");
                self.list(&attr.args, ", ", Self::expr);
                self.put(")");
            }
            self.put(" ");
        }
        if item.is_pub {
            self.put("pub ");
        }
        match &item.kind {
            ItemKind::Use(decl) => self.use_decl(decl),
            ItemKind::Fn(decl) => self.fn_decl(decl),
            ItemKind::Struct(decl) => {
                self.head("struct", &decl.name, &decl.generics);
                self.put(" ");
                self.members(&decl.fields, Self::field);
            }
            ItemKind::Enum(decl) => {
                self.head("enum", &decl.name, &decl.generics);
                self.put(" ");
                self.members(&decl.variants, Self::variant);
            }
            ItemKind::Trait(decl) => {
                self.head("trait", &decl.name, &decl.generics);
                if !decl.supers.is_empty() {
                    self.put(": ");
                    self.list(&decl.supers, " + ", Self::ty);
                }
                self.put(" ");
                self.members(&decl.items, Self::item);
            }
            ItemKind::Impl(decl) => {
                self.put("impl");
                self.generics(&decl.generics);
                self.put(" ");
                if let Some(trait_) = &decl.trait_ {
                    self.ty(trait_);
                    self.put(" for ");
                }
                self.ty(&decl.self_ty);
                self.where_(&decl.where_);
                self.put(" ");
                self.members(&decl.items, Self::item);
            }
            ItemKind::Alias(decl) => {
                self.head("type", &decl.name, &decl.generics);
                self.put(" = ");
                self.ty(&decl.ty);
            }
            ItemKind::Const(decl) => {
                self.put("let ");
                self.put(&decl.name.text);
                self.typed(&decl.ty);
                self.put(" = ");
                self.expr(&decl.value);
            }
            ItemKind::Test(decl) => {
                let _ = write!(self.text, "test {:?} ", decl.name);
                for budget in &decl.budgets {
                    let op = if budget.at_most { "<= " } else { "" };
                    let _ = write!(self.text, "{} {op}{} ", budget.what.text, budget.count);
                }
                self.block(&decl.body);
            }
        }
    }

    fn head(&mut self, keyword: &str, name: &Name, generics: &[GenericParam]) {
        self.put(keyword);
        self.put(" ");
        self.put(&name.text);
        self.generics(generics);
    }

    fn use_decl(&mut self, decl: &Use) {
        self.put("use ");
        self.path(&decl.path);
        if let Some(names) = &decl.names {
            self.put(" { ");
            self.list(names, ", ", |out, n| {
                out.put(&n.name.text);
                if let Some(alias) = &n.alias {
                    out.put(" as ");
                    out.put(&alias.text);
                }
            });
            self.put(" }");
        }
        if let Some(alias) = &decl.alias {
            self.put(" as ");
            self.put(&alias.text);
        }
    }

    fn fn_decl(&mut self, decl: &FnDecl) {
        if decl.is_pure {
            self.put("pure ");
        }
        self.put("fn ");
        self.put(&decl.name.text);
        self.generics(&decl.generics);
        self.put("(");
        self.list(&decl.params, ", ", |out, param| {
            if param.is_var {
                out.put("var ");
            }
            out.put(&param.name.text);
            out.typed(&param.ty);
            if let Some(default) = &param.default {
                out.put(" = ");
                out.expr(default);
            }
        });
        self.put(")");
        if let Some(ret) = &decl.ret {
            self.put(" -> ");
            self.ty(ret);
        }
        self.where_(&decl.where_);
        if let Some(body) = &decl.body {
            self.put(" ");
            self.block(body);
        }
    }

    fn typed(&mut self, ty: &Option<Ty>) {
        if let Some(ty) = ty {
            self.put(": ");
            self.ty(ty);
        }
    }

    fn generics(&mut self, generics: &[GenericParam]) {
        if !generics.is_empty() {
            self.put("<");
            self.list(generics, ", ", Self::generic);
            self.put(">");
        }
    }

    fn where_(&mut self, generics: &[GenericParam]) {
        if !generics.is_empty() {
            self.put(" where ");
            self.list(generics, ", ", Self::generic);
        }
    }

    fn generic(&mut self, param: &GenericParam) {
        self.put(&param.name.text);
        if !param.bounds.is_empty() {
            self.put(": ");
            self.list(&param.bounds, " + ", Self::ty);
        }
    }

    fn field(&mut self, field: &FieldDecl) {
        self.doc(&field.doc);
        if field.is_pub {
            self.put("pub ");
        }
        self.put(&field.name.text);
        self.put(": ");
        self.ty(&field.ty);
        if let Some(default) = &field.default {
            self.put(" = ");
            self.expr(default);
        }
    }

    fn variant(&mut self, variant: &VariantDecl) {
        self.doc(&variant.doc);
        self.put(&variant.name.text);
        if !variant.fields.is_empty() {
            self.put("(");
            self.list(&variant.fields, ", ", |out, (name, ty)| {
                if let Some(name) = name {
                    out.put(&name.text);
                    out.put(": ");
                }
                out.ty(ty);
            });
            self.put(")");
        }
    }

    // ---- types

    fn ty(&mut self, ty: &Ty) {
        match &ty.kind {
            TyKind::Name { path, args } => {
                self.path(path);
                self.targs(args);
            }
            TyKind::Optional(inner) => {
                self.put("(");
                self.ty(inner);
                self.put(")?");
            }
            TyKind::Result(ok, error) => {
                self.put("(");
                self.ty(ok);
                self.put(" ! ");
                self.ty(error);
                self.put(")");
            }
            TyKind::Ptr(inner) => self.ty_prefix("*", inner),
            TyKind::Weak(inner) => self.ty_prefix("weak ", inner),
            TyKind::Any(inner) => self.ty_prefix("any ", inner),
            TyKind::Fn { params, ret } => {
                self.put("fn(");
                self.list(params, ", ", Self::ty);
                self.put(")");
                if let Some(ret) = ret {
                    self.put(" -> ");
                    self.ty(ret);
                }
            }
            TyKind::Tuple(parts) => {
                self.put("(");
                self.list(parts, ", ", Self::ty);
                self.put(")");
            }
            TyKind::Error => self.put("<error>"),
        }
    }

    fn ty_prefix(&mut self, prefix: &str, inner: &Ty) {
        self.put(prefix);
        self.ty(inner);
    }

    fn targs(&mut self, args: &[Ty]) {
        if !args.is_empty() {
            self.put("<");
            self.list(args, ", ", Self::ty);
            self.put(">");
        }
    }

    // ---- statements

    fn block(&mut self, block: &Block) {
        self.members(&block.stmts, Self::stmt);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let {
                is_var,
                pattern,
                ty,
                init,
                else_,
            } => {
                self.put(if *is_var { "var " } else { "let " });
                self.pattern(pattern);
                self.typed(ty);
                if let Some((op, _, value)) = init {
                    self.put(match op {
                        BindOp::Share => " = ",
                        BindOp::Sole => " := ",
                    });
                    self.expr(value);
                }
                if let Some(block) = else_ {
                    self.put(" else ");
                    self.block(block);
                }
            }
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Assign {
                place, op, value, ..
            } => {
                match place {
                    AssignTarget::Wild(_) => self.put("_"),
                    AssignTarget::Expr(expr) => self.expr(expr),
                }
                self.put(" ");
                match op {
                    AssignOp::Set => {}
                    AssignOp::SetSole => self.put(":"),
                    AssignOp::Op(op) => self.put(binary(*op)),
                }
                self.put("= ");
                self.expr(value);
            }
            StmtKind::For {
                label,
                pattern,
                seq,
                body,
            } => {
                self.label(label);
                self.put("for ");
                self.pattern(pattern);
                self.put(" in ");
                self.expr(seq);
                self.put(" ");
                self.block(body);
            }
            StmtKind::While { label, cond, body } => {
                self.label(label);
                self.put("while ");
                self.cond(cond);
                self.put(" ");
                self.block(body);
            }
            StmtKind::Defer(block) => {
                self.put("defer ");
                self.block(block);
            }
            StmtKind::OnFail(block) => {
                self.put("onfail ");
                self.block(block);
            }
            StmtKind::Item(item) => self.item(item),
        }
    }

    fn label(&mut self, label: &Option<Name>) {
        if let Some(label) = label {
            let _ = write!(self.text, "'{}: ", label.text);
        }
    }

    fn cond(&mut self, cond: &[Clause]) {
        self.list(cond, " && ", |out, clause| match clause {
            Clause::Let { pattern, value } => {
                out.put("let ");
                out.pattern(pattern);
                out.put(" = ");
                out.expr(value);
            }
            Clause::Expr(expr) => out.expr(expr),
        });
    }

    // ---- expressions

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Bool(value) => self.put(if *value { "true" } else { "false" }),
            ExprKind::Int(value) => drop(write!(self.text, "{value}")),
            ExprKind::Float(value) => drop(write!(self.text, "{value:?}")),
            ExprKind::Char(c) => drop(write!(self.text, "{c:?}")),
            ExprKind::Byte(b) => drop(write!(self.text, "b{:?}", char::from(*b))),
            ExprKind::Str(parts) => self.string(parts),
            ExprKind::Name { name, targs } => {
                self.put(&name.text);
                self.targs(targs);
            }
            ExprKind::DotVariant { name, args } => {
                self.put(".");
                self.put(&name.text);
                if let Some(args) = args {
                    self.args("(", args, ")");
                }
            }
            ExprKind::Paren(inner) => {
                self.put("paren(");
                self.expr(inner);
                self.put(")");
            }
            ExprKind::Tuple(parts) => {
                self.put("(");
                self.list(parts, ", ", Self::expr);
                self.put(")");
            }
            ExprKind::List(elems) => {
                self.put("[");
                self.list(elems, ", ", |out, elem| match elem {
                    Elem::Expr(expr) => out.expr(expr),
                    Elem::Spread(expr) => {
                        out.put("..");
                        out.expr(expr);
                    }
                });
                self.put("]");
            }
            ExprKind::Map(pairs) if pairs.is_empty() => self.put("[:]"),
            ExprKind::Map(pairs) => {
                self.put("[");
                self.list(pairs, ", ", |out, (key, value)| {
                    out.expr(key);
                    out.put(": ");
                    out.expr(value);
                });
                self.put("]");
            }
            ExprKind::Comp {
                key,
                value,
                clauses,
            } => self.comp(key.as_deref(), value, clauses),
            ExprKind::Struct { path, targs, inits } => {
                self.path(path);
                self.targs(targs);
                self.put("{ ");
                self.list(inits, ", ", Self::init);
                self.put(" }");
            }
            ExprKind::Prefix(ops, inner) => {
                self.put("(");
                for (op, _) in ops {
                    self.put(match op {
                        PrefixOp::Neg => "-",
                        PrefixOp::Not => "!",
                        PrefixOp::BitNot => "~",
                        PrefixOp::Move => "move ",
                        PrefixOp::Copy => "copy ",
                    });
                }
                self.expr(inner);
                self.put(")");
            }
            ExprKind::Chain(first, links) => {
                self.put("(");
                self.expr(first);
                for (op, _, right) in links {
                    let _ = write!(self.text, " {} ", binary(*op));
                    self.expr(right);
                }
                self.put(")");
            }
            ExprKind::RangeFrom(from) => {
                self.put("(");
                self.expr(from);
                self.put(" ..)");
            }
            ExprKind::RangeTo { end, inclusive } => {
                self.put(if *inclusive { "(..=" } else { "(.." });
                if let Some(end) = end {
                    self.put(" ");
                    self.expr(end);
                }
                self.put(")");
            }
            ExprKind::Is(value, pattern) => {
                self.put("(");
                self.expr(value);
                self.put(" is ");
                self.pattern(pattern);
                self.put(")");
            }
            ExprKind::Catch {
                value,
                pattern,
                default,
            } => {
                self.put("(");
                self.expr(value);
                self.put(" catch ");
                if let Some(pattern) = pattern {
                    self.put("|");
                    self.pattern(pattern);
                    self.put("| ");
                }
                self.expr(default);
                self.put(")");
            }
            ExprKind::Postfix(base, postfixes) => {
                self.expr(base);
                for postfix in postfixes {
                    self.postfix(&postfix.kind);
                }
            }
            ExprKind::Closure(closure) => {
                self.put("(|");
                self.list(&closure.params, ", ", |out, (pattern, ty)| {
                    out.pattern(pattern);
                    out.typed(ty);
                });
                self.put("| ");
                if let Some(ret) = &closure.ret {
                    self.put("-> ");
                    self.ty(ret);
                    self.put(" ");
                }
                self.expr(&closure.body);
                self.put(")");
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { arms, else_ } => {
                self.list(arms, " else ", |out, (cond, block)| {
                    out.put("if ");
                    out.cond(cond);
                    out.put(" ");
                    out.block(block);
                });
                if let Some(block) = else_ {
                    self.put(" else ");
                    self.block(block);
                }
            }
            ExprKind::Match { value, arms } => {
                self.put("match ");
                self.expr(value);
                self.put(" ");
                self.members(arms, Self::arm);
            }
            ExprKind::Loop { label, body } => {
                self.label(label);
                self.put("loop ");
                self.block(body);
            }
            ExprKind::Return(value) => self.jump("return", None, value.as_deref()),
            ExprKind::Raise(value) => self.jump("raise", None, Some(value)),
            ExprKind::Break { label, value } => {
                self.jump("break", label.as_ref(), value.as_deref());
            }
            ExprKind::Continue { label } => self.jump("continue", label.as_ref(), None),
            ExprKind::New(new) => self.new_expr(new),
            ExprKind::Weak(args) => self.args("weak(", args, ")"),
            ExprKind::Stmt(stmt) => {
                self.put("(");
                self.stmt(stmt);
                self.put(")");
            }
            ExprKind::Error => self.put("<error>"),
        }
    }

    fn string(&mut self, parts: &[StrPart]) {
        self.put("\"");
        for part in parts {
            match part {
                StrPart::Lit(text) => {
                    for c in text.chars() {
                        match c {
                            '{' => self.put("{{"),
                            '}' => self.put("}}"),
                            '\'' => self.put("'"),
                            c => self.text.extend(c.escape_debug()),
                        }
                    }
                }
                StrPart::Expr { value, spec } => {
                    self.put("{");
                    self.expr(value);
                    if let Some(spec) = spec {
                        self.spec(spec);
                    }
                    self.put("}");
                }
            }
        }
        self.put("\"");
    }

    fn spec(&mut self, spec: &FormatSpec) {
        self.put(":");
        self.text.extend(spec.fill);
        self.put(match spec.align {
            Some(Align::Left) => "<",
            Some(Align::Center) => "^",
            Some(Align::Right) => ">",
            None => "",
        });
        for (set, sign) in [(spec.plus, "+"), (spec.alternate, "#"), (spec.zero, "0")] {
            if set {
                self.put(sign);
            }
        }
        for (before, count) in [("", &spec.width), (".", &spec.precision)] {
            match count {
                Some(FormatCount::Number(n)) => drop(write!(self.text, "{before}{n}")),
                Some(FormatCount::Name(name)) => {
                    let _ = write!(self.text, "{before}{{{}}}", name.text);
                }
                None => {}
            }
        }
        self.text.extend(spec.kind);
    }

    fn comp(&mut self, key: Option<&Expr>, value: &Expr, clauses: &[CompClause]) {
        self.put("[");
        if let Some(key) = key {
            self.expr(key);
            self.put(": ");
        }
        self.expr(value);
        for clause in clauses {
            match clause {
                CompClause::For { pattern, seq } => {
                    self.put(" for ");
                    self.pattern(pattern);
                    self.put(" in ");
                    self.expr(seq);
                }
                CompClause::If(cond) => {
                    self.put(" if ");
                    self.expr(cond);
                }
            }
        }
        self.put("]");
    }

    fn init(&mut self, init: &Init) {
        match init {
            Init::Field { name, value } => {
                self.put(&name.text);
                if let Some(value) = value {
                    self.put(": ");
                    self.expr(value);
                }
            }
            Init::Base(base, _) => {
                self.put("..");
                self.expr(base);
            }
        }
    }

    fn args(&mut self, open: &str, args: &[Arg], close: &str) {
        self.put(open);
        self.list(args, ", ", |out, arg| {
            if let Some(name) = &arg.name {
                out.put(&name.text);
                out.put(": ");
            }
            out.expr(&arg.value);
        });
        self.put(close);
    }

    fn postfix(&mut self, kind: &PostfixKind) {
        match kind {
            PostfixKind::Field(name) => {
                self.put(".");
                self.put(&name.text);
            }
            PostfixKind::Position(n) => drop(write!(self.text, ".{n}")),
            PostfixKind::Method {
                name,
                bang,
                targs,
                args,
            } => {
                self.put(".");
                self.put(&name.text);
                if *bang {
                    self.put("!");
                }
                self.targs(targs);
                self.args("(", args, ")");
            }
            PostfixKind::Deref => self.put(".*"),
            PostfixKind::Call(args) => self.args("(", args, ")"),
            PostfixKind::Index(args) => self.args("[", args, "]"),
            PostfixKind::Try => self.put("?"),
        }
    }

    fn arm(&mut self, arm: &Arm) {
        match &arm.pattern {
            ArmPattern::Pattern(pattern) => self.pattern(pattern),
            ArmPattern::Typed { name, ty } => {
                self.put(&name.text);
                self.put(": ");
                self.ty(ty);
            }
        }
        if let Some(guard) = &arm.guard {
            self.put(" if ");
            self.expr(guard);
        }
        self.put(" => ");
        self.expr(&arm.body);
    }

    fn jump(&mut self, keyword: &str, label: Option<&Name>, value: Option<&Expr>) {
        self.put("(");
        self.put(keyword);
        if let Some(label) = label {
            let _ = write!(self.text, " '{}", label.text);
        }
        if let Some(value) = value {
            self.put(" ");
            self.expr(value);
        }
        self.put(")");
    }

    fn new_expr(&mut self, new: &New) {
        self.put("(new ");
        match new {
            New::Literal(expr) => self.expr(expr),
            New::Typed { ty, literal } => {
                self.ty(ty);
                if let Some(literal) = literal {
                    self.expr(literal);
                }
            }
            New::Convert { ty, args } => {
                self.ty(ty);
                self.args("(", args, ")");
            }
            New::Array { len, elem } => {
                self.put("[");
                self.expr(len);
                self.put("]");
                self.ty(elem);
            }
        }
        self.put(")");
    }

    // ---- patterns

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Wild => self.put("_"),
            PatternKind::Name(name) => self.put(&name.text),
            PatternKind::At(name, inner) => {
                self.put(&name.text);
                self.put(" @ ");
                self.pattern(inner);
            }
            PatternKind::Lit(lit) => self.lit(lit),
            PatternKind::Range { lo, hi, inclusive } => {
                if let Some(lo) = lo {
                    self.lit(lo);
                }
                self.put(if *inclusive { "..=" } else { ".." });
                if let Some(hi) = hi {
                    self.lit(hi);
                }
            }
            PatternKind::Tuple(items) => {
                self.put("(");
                self.list(items, ", ", Self::pattern_item);
                self.put(")");
            }
            PatternKind::List(items) => {
                self.put("[");
                self.list(items, ", ", Self::pattern_item);
                self.put("]");
            }
            PatternKind::Variant { dot, path, args } => {
                if *dot {
                    self.put(".");
                }
                self.path(path);
                if let Some(args) = args {
                    self.put("(");
                    self.list(args, ", ", Self::pattern_arg);
                    self.put(")");
                }
            }
            PatternKind::Struct { path, fields } => {
                self.path(path);
                self.put("{ ");
                self.list(fields, ", ", Self::pattern_arg);
                self.put(" }");
            }
            PatternKind::Or(all) => {
                self.put("(");
                self.list(all, " | ", Self::pattern);
                self.put(")");
            }
            PatternKind::Error => self.put("<error>"),
        }
    }

    fn lit(&mut self, lit: &PatLit) {
        match lit {
            PatLit::Bool(value) => self.put(if *value { "true" } else { "false" }),
            PatLit::Int { negative, value } => {
                let sign = if *negative { "-" } else { "" };
                let _ = write!(self.text, "{sign}{value}");
            }
            PatLit::Float(value) => drop(write!(self.text, "{value:?}")),
            PatLit::Char(c) => drop(write!(self.text, "{c:?}")),
            PatLit::Byte(b) => drop(write!(self.text, "b{:?}", char::from(*b))),
            PatLit::Str(text) => drop(write!(self.text, "{text:?}")),
            PatLit::Const(path) => self.path(path),
        }
    }

    fn pattern_item(&mut self, item: &PatternItem) {
        match item {
            PatternItem::Pattern(pattern) => self.pattern(pattern),
            PatternItem::Rest { name, .. } => {
                self.put("..");
                if let Some(name) = name {
                    self.put(&name.text);
                }
            }
        }
    }

    fn pattern_arg(&mut self, arg: &PatternArg) {
        match arg {
            PatternArg::Pattern { name, pattern } => {
                if let Some(name) = name {
                    self.put(&name.text);
                    self.put(": ");
                }
                self.pattern(pattern);
            }
            PatternArg::Rest(_) => self.put(".."),
        }
    }
}

/// The spelling of an operator.
pub fn binary(op: BinOp) -> &'static str {
    match op {
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::Rem => "%",
        BinOp::MulWrap => "*%",
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::AddWrap => "+%",
        BinOp::SubWrap => "-%",
        BinOp::Shl => "<<",
        BinOp::Shr => ">>",
        BinOp::BitAnd => "&",
        BinOp::BitXor => "^",
        BinOp::BitOr => "|",
        BinOp::Range => "..",
        BinOp::RangeIncl => "..=",
        BinOp::Coalesce => "??",
        BinOp::Eq => "==",
        BinOp::Ne => "!=",
        BinOp::Lt => "<",
        BinOp::Le => "<=",
        BinOp::Gt => ">",
        BinOp::Ge => ">=",
        BinOp::Same => "===",
        BinOp::NotSame => "!==",
        BinOp::In => "in",
        BinOp::And => "&&",
        BinOp::Or => "||",
    }
}
