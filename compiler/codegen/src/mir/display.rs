//! MIR as text, for `--emit=mir`, for the pinned dumps of `spec/mir` and for messages of the
//! verifier. Stable: types, functions and constants stand by their names, so that a text does not
//! change with what else is in the program; nothing depends on addresses or hash order.

use super::*;
use crate::layout::Layouts;
use cowl_frontend::hir::{Lang, Program};
use cowl_frontend::types::{FloatTy, TyData, Types};

/// A body as text.
pub fn body(body: &Body, layouts: &Layouts) -> String {
    let names = Names(layouts.program);
    let mut out = String::new();
    let params: Vec<String> = body
        .params
        .iter()
        .map(|p| {
            // A broken body is shown as well.
            let kind = body.locals.get(p.index()).map_or("?", |l| kind(l.kind));
            format!("{p}: {kind}")
        })
        .collect();
    out.push_str(&format!("fn {} ({})", body.name, params.join(", ")));
    if body.has_env {
        out.push_str(" env");
    }
    out.push_str(" {\n");
    for (i, l) in body.locals.iter().enumerate() {
        let name = l
            .name
            .as_ref()
            .map_or(String::new(), |n| format!("  // {n}"));
        let clears = if l.clears { " clears" } else { "" };
        out.push_str(&format!(
            "  let {}: {} {}{clears}{name}\n",
            Local(i as u32),
            kind(l.kind),
            names.ty(l.ty)
        ));
    }
    for (i, b) in body.blocks.iter().enumerate() {
        let cold = if b.cold { " cold" } else { "" };
        out.push_str(&format!("{}:{cold}\n", BlockId(i as u32)));
        for s in &b.stmts {
            out.push_str(&format!("  {}\n", names.stmt(&s.kind)));
        }
        out.push_str(&format!("  {}\n", term(&b.term)));
    }
    out.push_str("}\n");
    out
}

fn kind(k: LocalKind) -> &'static str {
    match k {
        LocalKind::Owned => "own",
        LocalKind::Borrowed => "look",
        LocalKind::Addr => "addr",
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.local)?;
        for p in &self.projs {
            match p {
                Proj::Field(i) => write!(f, ".{i}")?,
                Proj::Payload { variant, field } => write!(f, "@{variant}.{field}")?,
                Proj::Deref => write!(f, ".*")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Operand::Copy(p) => write!(f, "{p}"),
            Operand::Move(p) => write!(f, "move {p}"),
            Operand::Const(Const::Int(_, n)) => write!(f, "{n}"),
            Operand::Const(Const::Float(_, x)) => write!(f, "{x:?}"),
            Operand::Const(Const::Str(s)) => write!(f, "{s:?}"),
            Operand::Const(Const::Zero(_)) => write!(f, "zero"),
        }
    }
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    items
        .iter()
        .map(|i| i.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Where the names of types, functions and constants come from.
struct Names<'a>(&'a Program);

impl Names<'_> {
    fn func(&self, id: FuncId) -> String {
        match self.0.funcs.get(id.index()) {
            Some(f) => format!("`{}`", f.name),
            None => id.to_string(),
        }
    }

    /// A type as in the source; of an `any`, whose trait has no name here, only that it is one.
    fn ty(&self, ty: Ty) -> String {
        let list = |tys: &[Ty]| {
            let tys: Vec<String> = tys.iter().map(|&t| self.ty(t)).collect();
            tys.join(", ")
        };
        match self.0.types.data(ty) {
            TyData::Error | TyData::Infer(_) | TyData::Param(_) => ty.to_string(),
            TyData::Never => "never".into(),
            TyData::Bool => "bool".into(),
            TyData::Char => "char".into(),
            TyData::Int(i) => i.name().into(),
            TyData::Float(FloatTy::F32) => "f32".into(),
            TyData::Float(FloatTy::F64) => "float".into(),
            TyData::Str => "string".into(),
            TyData::Tuple(ts) => format!("({})", list(ts)),
            TyData::List(t) => format!("List<{}>", self.ty(*t)),
            TyData::Array(t) => format!("Array<{}>", self.ty(*t)),
            TyData::Map(k, v) => format!("Map<{}, {}>", self.ty(*k), self.ty(*v)),
            TyData::Set(t) => format!("Set<{}>", self.ty(*t)),
            TyData::Adt(_, args) => match self.0.shapes.get(&ty) {
                None => ty.to_string(),
                Some(s) if s.lang == Some(Lang::Option) => format!("({})?", self.ty(args[0])),
                Some(s) if args.is_empty() => s.name.to_string(),
                Some(s) => format!("{}<{}>", s.name, list(args)),
            },
            TyData::Ptr(t) => format!("*{}", self.ty(*t)),
            TyData::Weak(t) => format!("weak {}", self.ty(*t)),
            TyData::Any(..) => "any".into(),
            TyData::Fn(ts, ret) if *ret == Types::UNIT => format!("fn({})", list(ts)),
            TyData::Fn(ts, ret) => format!("fn({}) -> {}", list(ts), self.ty(*ret)),
        }
    }

    fn rvalue(&self, r: &Rvalue) -> String {
        match r {
            Rvalue::Use(o) => o.to_string(),
            Rvalue::Share(p) => format!("share {p}"),
            Rvalue::Binary(op, a, b) => format!("{op:?} {a}, {b}"),
            Rvalue::Exact(op, a, b) => format!("is_exact {op:?} {a}, {b}"),
            Rvalue::Unary(op, a) => format!("{op:?} {a}"),
            Rvalue::Convert(c, a, _) => format!("convert {c:?} {a}"),
            Rvalue::Math(op, a) => format!("{op:?} {a}"),
            Rvalue::WeakOf(p) => format!("weak {p}"),
            Rvalue::Fits(a, _, to) => format!("fits {a} in {}", self.ty(*to)),
            Rvalue::Aggregate(parts) => format!("({})", list(parts)),
            Rvalue::Variant(v, parts) => format!("variant {v} ({})", list(parts)),
            Rvalue::Tag(p) => format!("tag {p}"),
            Rvalue::AddrOf(p) => format!("&{p}"),
            Rvalue::Capture(i) => format!("&capture {i}"),
            Rvalue::Global(g) => match self.0.globals.get(g.index()) {
                Some(global) => format!("&const {}", global.name),
                None => format!("&{g}"),
            },
            Rvalue::Element {
                seq,
                index,
                mutable,
            } => format!("&{}{seq}[{index}]", if *mutable { "mut " } else { "" }),
            Rvalue::Step(l, n) => format!("&{l}[+{n}]"),
            Rvalue::EntryAt(l, _, n) => format!("&entry {l}[+{n}]"),
            Rvalue::EntryKey(l, _) => format!("&key {l}"),
            Rvalue::EntryValue(l, _) => format!("&value {l}"),
            Rvalue::EntryLive(l) => format!("live {l}"),
            Rvalue::IsNull(l) => format!("is_null {l}"),
            Rvalue::Len(p) => format!("len {p}"),
            Rvalue::Size(p) => format!("size {p}"),
            Rvalue::IsSole(p) => format!("is_sole {p}"),
            Rvalue::IsReady(p) => format!("is_ready {p}"),
            Rvalue::Closure(func, parts) => {
                format!("closure {} ({})", self.func(*func), list(parts))
            }
            Rvalue::MakeAny(v, o) => match self.0.vtables.get(v.index()) {
                Some(table) => format!("any of {} {o}", self.ty(table.ty)),
                None => format!("any {v} {o}"),
            },
            Rvalue::AnyIs(p, ty) => format!("{p} is {}", self.ty(*ty)),
            Rvalue::AnyAddr(p) => format!("&any {p}"),
        }
    }

    fn arg(&self, arg: &Arg) -> String {
        match arg {
            Arg::Val(o) => o.to_string(),
            Arg::Ref(p) => format!("&{p}"),
            Arg::Take(o) => format!("&{o}"),
            Arg::Out(p) => format!("out {p}"),
            Arg::InOut(p) => format!("inout {p}"),
            Arg::Addr(l) => l.to_string(),
            Arg::Desc(t) => format!("desc {}", self.ty(*t)),
            Arg::Int(n) => n.to_string(),
            Arg::Text(s) => format!("{s:?}"),
            Arg::Spec(_) => "spec".into(),
            Arg::TypeName(t) => format!("name {}", self.ty(*t)),
            Arg::SourceSite => "site".into(),
        }
    }

    fn stmt(&self, s: &StmtKind) -> String {
        match s {
            StmtKind::Assign(p, r) => format!("{p} = {}", self.rvalue(r)),
            StmtKind::Release(p) => format!("release {p}"),
            StmtKind::Clear(p) => format!("clear {p}"),
            StmtKind::MakeUnique {
                place,
                status,
                ready,
            } => {
                let status = status.map_or(String::new(), |l| format!("{l} = "));
                let ready = ready.map_or(String::new(), |l| format!(" unless {l}"));
                format!("{status}make_unique {place}{ready}")
            }
            StmtKind::CheckIndex {
                index,
                len,
                end_too,
            } => format!("check {index} {} {len}", if *end_too { "<=" } else { "<" }),
            StmtKind::MakeSeq { dst, elems } => format!("{dst} = [{}]", list(elems)),
            StmtKind::Call {
                dst: d,
                callee,
                args,
            } => {
                let callee = match callee {
                    Callee::Func(id) => self.func(*id),
                    Callee::Value(p) => p.to_string(),
                    Callee::Any { method } => format!("method {method}"),
                };
                format!("{}call {callee}({})", dst(d), list(args))
            }
            StmtKind::Runtime {
                dst: d,
                entry,
                args,
            } => {
                let args: Vec<String> = args.iter().map(|a| self.arg(a)).collect();
                format!("{}{}({})", dst(d), entry.name(), args.join(", "))
            }
            StmtKind::Unwrap { src, variant, dsts } => {
                format!("({}) = unwrap {variant} {src}", list(dsts))
            }
            StmtKind::Unbox { dst, src } => format!("{dst} = unbox {src}"),
            StmtKind::CheckChange { object, field } => match field {
                Some(i) => format!("check_change {object}.{i}"),
                None => format!("check_change {object}"),
            },
            StmtKind::Step => "step".to_string(),
            StmtKind::Count(n) => format!("count {n}"),
            StmtKind::CountBy(n, by) => format!("count {n} by {by}"),
        }
    }
}

fn dst(d: &Option<Place>) -> String {
    d.as_ref().map_or(String::new(), |p| format!("{p} = "))
}

fn term(t: &Term) -> String {
    match t {
        Term::Goto(b) => format!("goto {b}"),
        Term::Branch { cond, yes, no } => format!("if {cond} goto {yes} else {no}"),
        Term::Switch { on, cases, default } => {
            let cases: Vec<String> = cases.iter().map(|(n, b)| format!("{n} => {b}")).collect();
            format!("switch {on} [{}] else {default}", cases.join(", "))
        }
        Term::Return(o) => format!("return {o}"),
        Term::Unreachable => "unreachable".into(),
    }
}
