//! Containers of which a body says everything: a List or Array in a local whose address nobody has.
//! No other code can change it or add a holder, so that reading the statements is enough.

use super::*;
use crate::layout::Layouts;
use cowl_contract::entries::Entry;
use cowl_frontend::types::{Ty, TyData};

pub struct Tracked<'a> {
    layouts: &'a Layouts<'a>,
    decls: Vec<(Ty, bool)>,
}

impl<'a> Tracked<'a> {
    pub fn new(body: &Body, layouts: &'a Layouts<'a>) -> Tracked<'a> {
        let mut locals: Vec<(Ty, bool)> = body
            .locals
            .iter()
            .map(|l| {
                let own = l.kind == LocalKind::Owned && !l.addressed && !l.root;
                (l.ty, own && layouts.get(l.ty).leaves.is_some())
            })
            .collect();
        for &p in &body.params {
            let l = body.decl(p);
            locals[p.index()].1 |=
                l.kind == LocalKind::Borrowed && !l.addressed && layouts.get(l.ty).leaves.is_some();
        }
        let mut tracked = Tracked {
            layouts,
            decls: locals,
        };
        // A look that outlives its statement might be shared later.
        for stmt in body.blocks.iter().flat_map(|b| &b.stmts) {
            if let StmtKind::Assign(_, Rvalue::Use(Operand::Copy(p)) | Rvalue::AddrOf(p)) =
                &stmt.kind
                && tracked.holds(p)
            {
                tracked.decls[p.local.index()].1 = false;
            }
        }
        tracked
    }

    fn ty(&self, place: &Place) -> Option<Ty> {
        let mut ty = self.decls[place.local.index()].0;
        for &p in &place.projs {
            ty = verify::proj_ty(self.layouts, ty, p)?;
        }
        Some(ty)
    }

    /// Can what lies there hold references?
    pub fn holds(&self, place: &Place) -> bool {
        self.ty(place).is_none_or(|ty| self.layouts.refs(ty))
    }

    /// A number or the like in a local that only statements change.
    pub fn is_number(&self, operand: &Operand) -> bool {
        match operand {
            Operand::Copy(p) => p.projs.is_empty() && self.decls[p.local.index()].1,
            Operand::Const(_) => true,
            Operand::Move(_) => false,
        }
    }

    pub fn is_sequence(&self, place: &Place) -> bool {
        let fields = place.projs.iter().all(|p| matches!(p, Proj::Field(_)));
        let sequence = |ty| matches!(self.layouts.data(ty), TyData::List(_) | TyData::Array(_));
        self.decls[place.local.index()].1 && fields && self.ty(place).is_some_and(sequence)
    }

    /// Calls `f` with the locals whose containers a statement may give away, end, replace or give one
    /// more holder.
    pub fn disturbed(&self, stmt: &StmtKind, f: &mut dyn FnMut(Local)) {
        let mut if_holds = |p: &Place| {
            if self.holds(p) {
                f(p.local);
            }
        };
        match stmt {
            StmtKind::Assign(dst, r) => {
                if_holds(dst);
                match r {
                    Rvalue::Binary(..)
                    | Rvalue::Exact(..)
                    | Rvalue::Unary(..)
                    | Rvalue::Convert(..)
                    | Rvalue::Math(..)
                    | Rvalue::Fits(..)
                    | Rvalue::Tag(_)
                    | Rvalue::Element { .. }
                    | Rvalue::Step(..)
                    | Rvalue::IsNull(_)
                    | Rvalue::Len(_)
                    | Rvalue::Size(_)
                    | Rvalue::IsSole(_)
                    | Rvalue::IsReady(_)
                    | Rvalue::AnyIs(..) => {}
                    _ => names::stmt(stmt, &mut if_holds),
                }
            }
            StmtKind::MakeUnique { .. }
            | StmtKind::CheckIndex { .. }
            | StmtKind::CheckChange { .. }
            | StmtKind::Count(_)
            | StmtKind::CountBy(..)
            | StmtKind::Step => {}
            StmtKind::Runtime {
                dst,
                entry:
                    Entry::cowl_list_push
                    | Entry::cowl_array_push
                    | Entry::cowl_list_swap
                    | Entry::cowl_array_swap,
                args,
            } => {
                dst.iter().for_each(&mut if_holds);
                for arg in args {
                    match arg {
                        Arg::Val(Operand::Copy(p) | Operand::Move(p))
                        | Arg::Take(Operand::Copy(p) | Operand::Move(p))
                        | Arg::Ref(p)
                        | Arg::Out(p) => if_holds(p),
                        // Sole before, sole after.
                        _ => {}
                    }
                }
            }
            _ => names::stmt(stmt, &mut if_holds),
        }
    }
}
