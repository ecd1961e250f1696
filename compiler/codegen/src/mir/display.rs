//! MIR as text, for `--emit=mir` and for messages of the verifier. Stable: ids are spelled as they
//! are, nothing depends on addresses or hash order.

use super::*;
use crate::layout::Layouts;
use cowl_frontend::hir::GlobalId;

/// A body as text; types are shown by id, with the parts that a reader needs.
pub fn body(body: &Body, _layouts: &Layouts) -> String {
    let mut out = String::new();
    let params: Vec<String> = body
        .params
        .iter()
        .map(|p| format!("{p}: {}", kind(body.decl(*p).kind)))
        .collect();
    out.push_str(&format!("fn {} ({})", body.name, params.join(", ")));
    if body.has_env {
        out.push_str(" env");
    }
    out.push_str(" {\n");
    for (i, l) in body.locals.iter().enumerate() {
        let name = l.name.as_deref().unwrap_or("");
        let clears = if l.clears { " clears" } else { "" };
        out.push_str(&format!(
            "  let {}: {} {}{clears} {name}\n",
            Local(i as u32),
            kind(l.kind),
            l.ty
        ));
    }
    for (i, b) in body.blocks.iter().enumerate() {
        let cold = if b.cold { " cold" } else { "" };
        out.push_str(&format!("{}:{cold}\n", BlockId(i as u32)));
        for s in &b.stmts {
            out.push_str(&format!("  {}\n", stmt(&s.kind)));
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

fn global(id: GlobalId) -> String {
    id.to_string()
}

fn rvalue(r: &Rvalue) -> String {
    match r {
        Rvalue::Use(o) => o.to_string(),
        Rvalue::Share(p) => format!("share {p}"),
        Rvalue::Binary(op, a, b) => format!("{op:?} {a}, {b}"),
        Rvalue::Unary(op, a) => format!("{op:?} {a}"),
        Rvalue::Convert(c, a, _) => format!("convert {c:?} {a}"),
        Rvalue::Math(op, a) => format!("{op:?} {a}"),
        Rvalue::WeakOf(p) => format!("weak {p}"),
        Rvalue::Fits(a, _, to) => format!("fits {a} in {to}"),
        Rvalue::Aggregate(parts) => format!("({})", list(parts)),
        Rvalue::Variant(v, parts) => format!("variant {v} ({})", list(parts)),
        Rvalue::Tag(p) => format!("tag {p}"),
        Rvalue::AddrOf(p) => format!("&{p}"),
        Rvalue::Capture(i) => format!("&capture {i}"),
        Rvalue::Global(g) => format!("&{}", global(*g)),
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
        Rvalue::Closure(func, parts) => format!("closure {func} ({})", list(parts)),
        Rvalue::MakeAny(v, o) => format!("any {v} {o}"),
        Rvalue::AnyIs(p, ty) => format!("{p} is {ty}"),
        Rvalue::AnyAddr(p) => format!("&any {p}"),
    }
}

impl fmt::Display for Arg {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Arg::Val(o) => write!(f, "{o}"),
            Arg::Ref(p) => write!(f, "&{p}"),
            Arg::Take(o) => write!(f, "&{o}"),
            Arg::Out(p) => write!(f, "out {p}"),
            Arg::InOut(p) => write!(f, "inout {p}"),
            Arg::Addr(l) => write!(f, "{l}"),
            Arg::Desc(t) => write!(f, "desc {t}"),
            Arg::Int(n) => write!(f, "{n}"),
            Arg::Text(s) => write!(f, "{s:?}"),
            Arg::Spec(_) => write!(f, "spec"),
            Arg::TypeName(t) => write!(f, "name {t}"),
            Arg::SourceSite => write!(f, "site"),
        }
    }
}

fn dst(d: &Option<Place>) -> String {
    d.as_ref().map_or(String::new(), |p| format!("{p} = "))
}

fn stmt(s: &StmtKind) -> String {
    match s {
        StmtKind::Assign(p, r) => format!("{p} = {}", rvalue(r)),
        StmtKind::Release(p) => format!("release {p}"),
        StmtKind::Clear(p) => format!("clear {p}"),
        StmtKind::MakeUnique { place, status } => match status {
            Some(l) => format!("{l} = make_unique {place}"),
            None => format!("make_unique {place}"),
        },
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
                Callee::Func(id) => id.to_string(),
                Callee::Value(p) => p.to_string(),
                Callee::Any { method } => format!("method {method}"),
            };
            format!("{}call {callee}({})", dst(d), list(args))
        }
        StmtKind::Runtime {
            dst: d,
            entry,
            args,
        } => format!("{}{}({})", dst(d), entry.name(), list(args)),
        StmtKind::Unwrap { src, variant, dsts } => {
            format!("({}) = unwrap {variant} {src}", list(dsts))
        }
        StmtKind::Unbox { dst, src } => format!("{dst} = unbox {src}"),
        StmtKind::CheckChange { object, field } => match field {
            Some(i) => format!("check_change {object}.{i}"),
            None => format!("check_change {object}"),
        },
        StmtKind::Count(n) => format!("count {n}"),
    }
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
