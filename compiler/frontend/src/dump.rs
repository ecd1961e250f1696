//! HIR as text, for `cowl dump --emit=hir`, tests and debugging: stable, with every mode and every
//! release spelled out.
//!
//! `move x`, `share x`, `look x` are decided uses, `own x` and `end x` what `own` has not seen yet
//! (`Undecided`, `MustMove`); `(e then release x)` is `After`; `@len(…)` is a builtin. A local is
//! written by its name alone where that is unique in its function, else with its number.

use crate::defs::{Defs, Generics};
use crate::display::display;
use crate::hir::*;
use crate::types::{Ty, Types};
use rustc_hash::FxHashMap;
use std::fmt::Write;

/// Where names come from; what is missing is written as a number.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    pub types: &'a Types,
    pub defs: Option<&'a Defs>,
    pub program: Option<&'a Program>,
}

/// All functions of a program, each after its `FuncId`.
pub fn program(program: &Program, defs: Option<&Defs>) -> String {
    let names = Names {
        types: &program.types,
        defs,
        program: Some(program),
    };
    let mut out = String::new();
    for global in &program.globals {
        let ty = show_ty(names, &Generics::default(), global.ty);
        let _ = writeln!(out, "const {}: {ty} = {}()", global.name, global.init);
    }
    for (i, f) in program.funcs.iter().enumerate() {
        let _ = write!(out, "{}: ", FuncId(i as u32));
        out.push_str(&func(f, names));
    }
    out
}

/// One function, generic or not.
pub fn func(func: &Func, names: Names) -> String {
    let mut uses: FxHashMap<&str, u32> = FxHashMap::default();
    for local in &func.locals {
        if let Some(name) = &local.name {
            *uses.entry(name).or_default() += 1;
        }
    }
    let locals = func
        .locals
        .iter()
        .enumerate()
        .map(|(i, local)| match &local.name {
            Some(name) if uses[&**name] == 1 => name.to_string(),
            Some(name) => format!("{name}_{i}"),
            None => format!("_{i}"),
        })
        .collect();
    let mut cx = Cx {
        func,
        names,
        locals,
        out: String::new(),
        indent: 0,
    };
    cx.func();
    cx.out
}

fn show_ty(names: Names, env: &Generics, ty: Ty) -> String {
    match names.defs {
        Some(defs) => display(defs, names.types, env, ty),
        None => ty.to_string(),
    }
}

struct Cx<'a> {
    func: &'a Func,
    names: Names<'a>,
    locals: Vec<String>,
    out: String,
    indent: usize,
}

impl Cx<'_> {
    fn func(&mut self) {
        let func = self.func;
        let _ = write!(self.out, "fn {}(", func.name);
        for (i, param) in func.params.iter().enumerate() {
            self.comma(i);
            if param.borrowed {
                self.put("borrowed ");
            }
            self.local_with_ty(param.local);
        }
        self.put(")");
        for (i, &ty) in func.captures.iter().enumerate() {
            self.put(if i == 0 { " captures " } else { ", " });
            self.put_ty(ty);
        }
        if func.ret != Types::UNIT {
            self.put(" -> ");
            self.put_ty(func.ret);
        }
        self.put(" ");
        match &func.body.kind {
            ExprKind::Block(block) => self.block(block),
            _ => {
                self.open();
                self.line();
                self.expr(&func.body);
                self.close();
            }
        }
        self.put("\n");
    }

    // ---- text

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn comma(&mut self, i: usize) {
        if i > 0 {
            self.put(", ");
        }
    }

    fn line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.indent {
            self.out.push_str("    ");
        }
    }

    fn open(&mut self) {
        self.out.push('{');
        self.indent += 1;
    }

    fn close(&mut self) {
        self.indent -= 1;
        self.line();
        self.out.push('}');
    }

    fn put_ty(&mut self, ty: Ty) {
        let text = show_ty(self.names, &Generics::default(), ty);
        self.put(&text);
    }

    fn local(&mut self, local: LocalId) {
        let text = match self.locals.get(local.index()) {
            Some(name) => name.clone(),
            None => format!("{local}?"),
        };
        self.put(&text);
    }

    fn local_with_ty(&mut self, local: LocalId) {
        self.local(local);
        if let Some(l) = self.func.locals.get(local.index()) {
            self.put(": ");
            self.put_ty(l.ty);
        }
    }

    fn paths(&mut self, paths: &[Path]) {
        for (i, path) in paths.iter().enumerate() {
            self.comma(i);
            self.local(path.local);
            for field in &path.fields {
                let _ = write!(self.out, ".{field}");
            }
        }
    }

    /// ` release a, b`, if there are any.
    fn releases(&mut self, paths: &[Path]) {
        if !paths.is_empty() {
            self.put(" release ");
            self.paths(paths);
        }
    }

    // ---- expressions

    fn exprs(&mut self, exprs: &[Expr]) {
        for (i, e) in exprs.iter().enumerate() {
            self.comma(i);
            self.expr(e);
        }
    }

    fn args(&mut self, exprs: &[Expr]) {
        self.put("(");
        self.exprs(exprs);
        self.put(")");
    }

    fn wrapped(&mut self, name: &str, value: &Expr) {
        self.put(name);
        self.put("(");
        self.expr(value);
        self.put(")");
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Bool(b) => {
                let _ = write!(self.out, "{b}");
            }
            ExprKind::Int(i) => {
                let _ = write!(self.out, "{i}");
            }
            ExprKind::Float(f) => {
                let _ = write!(self.out, "{f:?}");
            }
            ExprKind::Char(c) => {
                let _ = write!(self.out, "{c:?}");
            }
            ExprKind::Str(s) => {
                let _ = write!(self.out, "{s:?}");
            }
            ExprKind::Read(place, mode) => {
                self.put(match mode {
                    Mode::Undecided => "own ",
                    Mode::MustMove => "end ",
                    Mode::Move => "move ",
                    Mode::Share => "share ",
                    Mode::Look => "look ",
                });
                self.place(place);
            }
            ExprKind::Tuple(es) => self.args(es),
            ExprKind::Struct(es) => {
                self.put_ty(e.ty);
                self.put("{");
                self.exprs(es);
                self.put("}");
            }
            ExprKind::Variant { variant, fields } => {
                let name = self.variant_name(e.ty, *variant);
                self.put(&name);
                if !fields.is_empty() {
                    self.args(fields);
                }
            }
            ExprKind::List(es) => {
                self.put("[");
                self.exprs(es);
                self.put("]");
            }
            ExprKind::Map(pairs) => {
                self.put("[");
                for (i, (k, v)) in pairs.iter().enumerate() {
                    self.comma(i);
                    self.expr(k);
                    self.put(": ");
                    self.expr(v);
                }
                self.put(if pairs.is_empty() { ":]" } else { "]" });
            }
            ExprKind::Interp(parts) => self.interp(parts),
            ExprKind::Binary(op, a, b) => {
                self.put("(");
                self.expr(a);
                self.put(" ");
                self.put(op.symbol());
                self.put(" ");
                self.expr(b);
                self.put(")");
            }
            ExprKind::Unary(op, a) => self.wrapped(
                match op {
                    UnOp::Neg => "-",
                    UnOp::Not => "!",
                    UnOp::BitNot => "~",
                },
                a,
            ),
            ExprKind::Convert(how, a) => {
                self.put_ty(e.ty);
                self.wrapped(
                    match how {
                        Convert::Exact => "",
                        Convert::Checked => ".checked",
                        Convert::Wrapping => ".wrapping",
                    },
                    a,
                );
            }
            ExprKind::Call { callee, args } => {
                self.callee(callee);
                self.args(args);
            }
            ExprKind::Builtin { op, targs, args } => {
                self.builtin(*op, targs);
                self.args(args);
            }
            ExprKind::Update(update) => self.update(update),
            ExprKind::Unshare { value, event } => self.wrapped(
                match event {
                    UnshareEvent::Both(_) => "unshare",
                    UnshareEvent::CopiedOnly(_) => "unshare_copied",
                    UnshareEvent::None => "unshare_uncounted",
                },
                value,
            ),
            ExprKind::IsUnique(place) | ExprKind::DbgIfShared(place) => {
                self.put(match e.kind {
                    ExprKind::IsUnique(_) => "is_unique(",
                    _ => "dbg_if_shared(",
                });
                self.place(place);
                self.put(")");
            }
            ExprKind::Closure { func, captures } => {
                let _ = match func {
                    ClosureRef::Func(f) => write!(self.out, "closure {f}"),
                    ClosureRef::Generic(f) => write!(self.out, "closure {f}"),
                };
                self.args(captures);
            }
            ExprKind::MakeAny { value, vtable } => {
                let name = match vtable {
                    VtableRef::Table(t) => format!("any {t} "),
                    VtableRef::Generic => "any ".to_string(),
                };
                self.wrapped(&name, value);
            }
            ExprKind::Unbox(value) => self.wrapped("unbox", value),
            ExprKind::New(value) => self.wrapped("new ", value),
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { arms, else_ } => {
                for (i, (cond, block)) in arms.iter().enumerate() {
                    self.put(if i == 0 { "if " } else { " else if " });
                    self.expr(cond);
                    self.put(" ");
                    self.block(block);
                }
                if let Some(block) = else_ {
                    self.put(" else ");
                    self.block(block);
                }
            }
            ExprKind::Match(m) => self.match_(m),
            ExprKind::Loop { label, body } => {
                let _ = write!(self.out, "{label}: loop ");
                self.block(body);
            }
            ExprKind::Labeled { label, body } => {
                let _ = write!(self.out, "{label}: ");
                self.block(body);
            }
            ExprKind::ForRange(f) => self.for_range(f),
            ExprKind::ForEach {
                label,
                seq,
                item,
                body,
                release,
            } => {
                let _ = write!(self.out, "{label}: for ");
                self.local(*item);
                self.put(" in ");
                self.expr(seq);
                self.put(" ");
                self.block(body);
                self.at_end(release);
            }
            ExprKind::Break {
                label,
                value,
                release,
            } => {
                let _ = write!(self.out, "break {label}");
                if let Some(value) = value {
                    self.put(" ");
                    self.expr(value);
                }
                self.releases(release);
            }
            ExprKind::Continue { label, release } => {
                let _ = write!(self.out, "continue {label}");
                self.releases(release);
            }
            ExprKind::Return { value, release } => {
                self.put("return ");
                self.expr(value);
                self.releases(release);
            }
            ExprKind::After { value, release } => {
                self.put("(");
                self.expr(value);
                self.put(" then");
                self.releases(release);
                self.put(")");
            }
            ExprKind::Unreachable => self.put("unreachable"),
        }
    }

    fn at_end(&mut self, release: &[Path]) {
        if !release.is_empty() {
            self.put(" at the end");
            self.releases(release);
        }
    }

    fn for_range(&mut self, f: &ForRange) {
        let _ = write!(self.out, "{}: for ", f.label);
        self.local(f.item);
        self.put(" in ");
        self.expr(&f.start);
        self.put(if f.inclusive { "..=" } else { ".." });
        if let Some(end) = &f.end {
            self.expr(end);
        }
        if let Some(step) = &f.step {
            self.put(" step ");
            self.expr(step);
        }
        if f.reverse {
            self.put(" reversed");
        }
        self.put(" ");
        self.block(&f.body);
        self.at_end(&f.release);
    }

    fn interp(&mut self, parts: &[InterpPart]) {
        self.put("interp(");
        for (i, part) in parts.iter().enumerate() {
            self.comma(i);
            match part {
                InterpPart::Lit(text) => {
                    let _ = write!(self.out, "{text:?}");
                }
                InterpPart::Value { value, spec } => {
                    self.expr(value);
                    if let Some(spec) = spec {
                        self.spec(spec);
                    }
                }
            }
        }
        self.put(")");
    }

    fn spec(&mut self, spec: &Spec) {
        self.put(":");
        if let Some(align) = spec.align {
            let _ = write!(self.out, "{:?}{align:?}", spec.fill);
        }
        for (set, c) in [(spec.plus, '+'), (spec.alternate, '#'), (spec.zero, '0')] {
            if set {
                self.out.push(c);
            }
        }
        self.count(&spec.width);
        if spec.precision.is_some() {
            self.put(".");
            self.count(&spec.precision);
        }
        if let Some(kind) = spec.kind {
            self.out.push(kind);
        }
    }

    fn count(&mut self, count: &Option<Count>) {
        match count {
            None => {}
            Some(Count::Number(n)) => {
                let _ = write!(self.out, "{n}");
            }
            Some(Count::Value(e)) => {
                self.put("{");
                self.expr(e);
                self.put("}");
            }
        }
    }

    fn variant_name(&self, ty: Ty, variant: u32) -> String {
        use crate::defs::AdtKind;
        use crate::types::TyData;
        let in_program = self.names.program.and_then(|p| p.shapes.get(&ty));
        let name = match (in_program.map(|s| &s.kind), self.names.types.data(ty)) {
            (Some(ShapeKind::Enum(vs)), _) => vs.get(variant as usize).map(|v| v.name.clone()),
            (_, TyData::Adt(id, _)) => self.names.defs.and_then(|d| match &d.adt(*id).kind {
                AdtKind::Enum(vs) => vs.get(variant as usize).map(|v| v.name.clone()),
                AdtKind::Struct(_) => None,
            }),
            _ => None,
        };
        match name {
            Some(name) => format!(".{name}"),
            None => format!(".{variant}"),
        }
    }

    fn targs(&mut self, targs: &[Ty]) {
        if !targs.is_empty() {
            self.put("<");
            for (i, &t) in targs.iter().enumerate() {
                self.comma(i);
                self.put_ty(t);
            }
            self.put(">");
        }
    }

    fn builtin(&mut self, op: Builtin, targs: &[Ty]) {
        self.put("@");
        self.put(op.name());
        self.targs(targs);
    }

    fn callee(&mut self, callee: &Callee) {
        match callee {
            Callee::Func(f) => {
                let name = self.names.program.and_then(|p| p.funcs.get(f.index()));
                let text = match name {
                    Some(func) => format!("{f} {}", func.name),
                    None => f.to_string(),
                };
                self.put(&text);
            }
            Callee::Generic { def, targs } => {
                let name = self.names.defs.and_then(|d| d.fns.get(def.index()));
                let text = name.map_or_else(|| def.to_string(), |f| f.path.to_string());
                self.put(&text);
                self.targs(targs);
            }
            Callee::TraitMethod {
                trait_,
                method,
                targs,
            } => {
                let name = self.names.defs.and_then(|d| {
                    let t = d.traits.get(trait_.index())?;
                    let m = t.methods.get(*method as usize)?;
                    Some(format!("{}.{}", t.name, d.func(*m).name))
                });
                let text = name.unwrap_or_else(|| format!("{trait_}.{method}"));
                self.put(&text);
                self.targs(targs);
            }
            Callee::Value(e) => self.wrapped("", e),
            Callee::Any { method } => {
                let _ = write!(self.out, "any.{method}");
            }
        }
    }

    fn place(&mut self, place: &Place) {
        match &place.root {
            Root::Local(local) => self.local(*local),
            Root::Capture(i) => {
                let _ = write!(self.out, "capture{i}");
            }
            Root::Global(id) => {
                let name = self.names.program.and_then(|p| p.globals.get(id.index()));
                let text = name.map_or_else(|| id.to_string(), |g| g.name.to_string());
                self.put(&text);
            }
            Root::Temp(e) => self.wrapped("", e),
        }
        for proj in &place.projs {
            match &proj.kind {
                ProjKind::Field(i) => {
                    let _ = write!(self.out, ".{i}");
                }
                ProjKind::Index { index, default } => {
                    self.put("[");
                    self.expr(index);
                    if let Some(default) = default {
                        self.put(", default: ");
                        self.expr(default);
                    }
                    self.put("]");
                }
                ProjKind::Deref => self.put(".*"),
            }
        }
    }

    fn update(&mut self, update: &Update) {
        self.put(if update.event.is_some() {
            "update "
        } else {
            "quietly "
        });
        self.place(&update.place);
        match &update.change {
            Change::Set { value, displaced } => {
                self.put(if *displaced { " displacing = " } else { " = " });
                self.expr(value);
            }
            Change::Arith { op, value } => {
                let _ = write!(self.out, " {}= ", op.symbol());
                self.expr(value);
            }
            Change::Builtin { op, targs, args } => {
                self.put(" ");
                self.builtin(*op, targs);
                self.args(args);
            }
            Change::Call {
                callee,
                args,
                gives,
                sole_first,
            } => {
                self.put(if *sole_first { " sole " } else { " " });
                self.callee(callee);
                self.put(match gives {
                    Gives::Place => "!",
                    Gives::PlaceAndResult => "!+",
                });
                self.args(args);
            }
        }
    }

    // ---- control

    fn block(&mut self, block: &Block) {
        if block.stmts.is_empty() && block.value.is_none() {
            self.put("{}");
            return;
        }
        self.open();
        for stmt in &block.stmts {
            self.line();
            self.stmt(stmt);
        }
        if let Some(value) = &block.value {
            self.line();
            self.expr(value);
        }
        self.close();
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Expr(e) => {
                self.expr(e);
                self.put(";");
            }
            Stmt::Let { local, value } => {
                self.put("let ");
                self.local_with_ty(*local);
                self.put(" = ");
                self.expr(value);
            }
            Stmt::Destructure {
                scrutinee,
                mode,
                pat,
                else_,
                ..
            } => {
                self.put("let ");
                self.pat(pat);
                self.put(" = ");
                self.put(match_mode(*mode));
                self.place(scrutinee);
                if let Some(block) = else_ {
                    self.put(" else ");
                    self.block(block);
                }
            }
            Stmt::Release(paths) => {
                self.put("release ");
                self.paths(paths);
            }
        }
    }

    fn match_(&mut self, m: &Match) {
        self.put("match ");
        self.put(match_mode(m.mode));
        self.place(&m.scrutinee);
        self.put(" ");
        self.open();
        for arm in &m.arms {
            self.line();
            self.pat(&arm.pat);
            if let Some(guard) = &arm.guard {
                self.put(" if ");
                self.expr(guard);
            }
            self.releases(&arm.release);
            self.put(" => ");
            self.expr(&arm.body);
        }
        self.close();
    }

    fn pats(&mut self, pats: &[Pat], between: &str) {
        for (i, p) in pats.iter().enumerate() {
            if i > 0 {
                self.put(between);
            }
            self.pat(p);
        }
    }

    fn pat(&mut self, pat: &Pat) {
        match pat {
            Pat::Wild => self.put("_"),
            Pat::Bind { local, sub } => {
                self.local(*local);
                if let Some(sub) = sub {
                    self.put(" @ ");
                    self.pat(sub);
                }
            }
            Pat::Bool(b) => {
                let _ = write!(self.out, "{b}");
            }
            Pat::Int(i) => {
                let _ = write!(self.out, "{i}");
            }
            Pat::Float(f) => {
                let _ = write!(self.out, "{f:?}");
            }
            Pat::Char(c) => {
                let _ = write!(self.out, "{c:?}");
            }
            Pat::Str(s) => {
                let _ = write!(self.out, "{s:?}");
            }
            Pat::Const(id) => {
                let _ = write!(self.out, "{id}");
            }
            Pat::Range { lo, hi, inclusive } => {
                if let Some(lo) = lo {
                    self.pat(lo);
                }
                self.put(if *inclusive { "..=" } else { ".." });
                if let Some(hi) = hi {
                    self.pat(hi);
                }
            }
            Pat::Fields(ps) => {
                self.put("(");
                self.pats(ps, ", ");
                self.put(")");
            }
            Pat::Variant { variant, fields } => {
                let _ = write!(self.out, ".{variant}");
                if !fields.is_empty() {
                    self.put("(");
                    self.pats(fields, ", ");
                    self.put(")");
                }
            }
            Pat::List { front, rest, back } => {
                self.put("[");
                self.pats(front, ", ");
                if let Some(rest) = rest {
                    if !front.is_empty() {
                        self.put(", ");
                    }
                    self.put("..");
                    if let Some(rest) = rest {
                        self.local(*rest);
                    }
                    if !back.is_empty() {
                        self.put(", ");
                    }
                }
                self.pats(back, ", ");
                self.put("]");
            }
            Pat::Or(ps) => self.pats(ps, " | "),
            Pat::Type { ty, local } => {
                if let Some(local) = local {
                    self.local(*local);
                    self.put(": ");
                }
                self.put_ty(*ty);
            }
        }
    }
}

fn match_mode(mode: MatchMode) -> &'static str {
    match mode {
        MatchMode::Undecided => "own ",
        MatchMode::Move => "move ",
        MatchMode::Share => "share ",
    }
}
