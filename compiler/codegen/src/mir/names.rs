//! Every place that a statement or terminator names, in the order in which it names them; a local
//! that stands by itself counts as a place without projections.

use super::*;

type See<'a> = &'a mut dyn FnMut(&Place);

fn local(l: Local, see: See) {
    see(&Place::from(l));
}

fn operand(o: &Operand, see: See) {
    match o {
        Operand::Copy(p) | Operand::Move(p) => see(p),
        Operand::Const(_) => {}
    }
}

fn operands(os: &[Operand], see: See) {
    os.iter().for_each(|o| operand(o, see));
}

fn rvalue(r: &Rvalue, see: See) {
    match r {
        Rvalue::Use(o)
        | Rvalue::Unary(_, o)
        | Rvalue::Convert(_, o, _)
        | Rvalue::Math(_, o)
        | Rvalue::Fits(o, ..)
        | Rvalue::MakeAny(_, o) => operand(o, see),
        Rvalue::Share(p)
        | Rvalue::WeakOf(p)
        | Rvalue::Tag(p)
        | Rvalue::AddrOf(p)
        | Rvalue::Len(p)
        | Rvalue::Size(p)
        | Rvalue::IsSole(p)
        | Rvalue::IsReady(p)
        | Rvalue::AnyIs(p, _)
        | Rvalue::AnyAddr(p) => see(p),
        Rvalue::Binary(_, a, b) | Rvalue::Exact(_, a, b) => {
            operand(a, see);
            operand(b, see);
        }
        Rvalue::Aggregate(os) | Rvalue::Variant(_, os) | Rvalue::Closure(_, os) => {
            operands(os, see);
        }
        Rvalue::Capture(_) | Rvalue::Global(_) => {}
        Rvalue::Element { seq, index, .. } => {
            see(seq);
            operand(index, see);
        }
        Rvalue::Step(l, n) | Rvalue::EntryAt(l, _, n) => {
            local(*l, see);
            operand(n, see);
        }
        Rvalue::EntryKey(l, _)
        | Rvalue::EntryValue(l, _)
        | Rvalue::EntryLive(l)
        | Rvalue::IsNull(l) => local(*l, see),
    }
}

fn arg(a: &Arg, see: See) {
    match a {
        Arg::Val(o) | Arg::Take(o) => operand(o, see),
        Arg::Ref(p) | Arg::Out(p) | Arg::InOut(p) => see(p),
        Arg::Addr(l) => local(*l, see),
        Arg::Desc(_)
        | Arg::Int(_)
        | Arg::Text(_)
        | Arg::Spec(_)
        | Arg::TypeName(_)
        | Arg::SourceSite => {}
    }
}

pub fn stmt(s: &StmtKind, see: See) {
    match s {
        StmtKind::Assign(p, r) => {
            rvalue(r, see);
            see(p);
        }
        StmtKind::Release(p) | StmtKind::Clear(p) => see(p),
        StmtKind::MakeUnique {
            place,
            status,
            ready,
        } => {
            see(place);
            status.iter().chain(ready).for_each(|&l| local(l, see));
        }
        StmtKind::CheckIndex { index, len, .. } => {
            operand(index, see);
            operand(len, see);
        }
        StmtKind::MakeSeq { dst, elems } => {
            operands(elems, see);
            see(dst);
        }
        StmtKind::Call { dst, callee, args } => {
            if let Callee::Value(p) = callee {
                see(p);
            }
            operands(args, see);
            dst.iter().for_each(see);
        }
        StmtKind::Runtime { dst, args, .. } => {
            args.iter().for_each(|a| arg(a, see));
            dst.iter().for_each(see);
        }
        StmtKind::Unwrap { src, dsts, .. } => {
            see(src);
            dsts.iter().for_each(see);
        }
        StmtKind::Unbox { dst, src } => {
            see(src);
            see(dst);
        }
        StmtKind::CheckChange { object, .. } => see(object),
        StmtKind::Count(_) | StmtKind::Step => {}
        StmtKind::CountBy(_, by) => operand(by, see),
    }
}

/// Every place that a statement gives a value or changes.
pub fn written(stmt: &StmtKind, see: See) {
    match stmt {
        StmtKind::Assign(p, _)
        | StmtKind::Clear(p)
        | StmtKind::MakeSeq { dst: p, .. }
        | StmtKind::Unbox { dst: p, .. } => see(p),
        StmtKind::MakeUnique {
            place,
            status,
            ready,
        } => {
            see(place);
            status.iter().chain(ready).for_each(|&l| see(&l.into()));
        }
        StmtKind::Call { dst, .. } => dst.iter().for_each(see),
        StmtKind::Runtime { dst, args, .. } => {
            for arg in args {
                if let Arg::Out(p) | Arg::InOut(p) = arg {
                    see(p);
                }
            }
            dst.iter().for_each(see);
        }
        StmtKind::Unwrap { dsts, .. } => dsts.iter().for_each(see),
        StmtKind::Release(_)
        | StmtKind::CheckIndex { .. }
        | StmtKind::CheckChange { .. }
        | StmtKind::Count(_)
        | StmtKind::CountBy(..)
        | StmtKind::Step => {}
    }
}

pub fn term(t: &Term, see: See) {
    match t {
        Term::Branch { cond: o, .. } | Term::Switch { on: o, .. } | Term::Return(o) => {
            operand(o, see);
        }
        Term::Goto(_) | Term::Unreachable => {}
    }
}
