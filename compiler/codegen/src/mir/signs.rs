//! Which locals are integers that are never negative, whatever way a function takes. Found from all
//! that is assigned to a local: a local is out as soon as one thing is that could be less than zero.

use super::*;
use crate::layout::Layouts;
use cowl_frontend::types::TyData;

/// For each local: is it a signed integer that is never negative while it has a value?
pub fn never_negative(body: &Body, layouts: &Layouts) -> Vec<bool> {
    let signed = |ty: Ty| matches!(layouts.data(ty), TyData::Int(int) if int.signed());
    let mut signs = Signs {
        body,
        layouts,
        known: body
            .locals
            .iter()
            .map(|l| l.kind == LocalKind::Owned && !l.addressed && !l.clears && signed(l.ty))
            .collect(),
    };
    for p in &body.params {
        signs.known[p.index()] = false;
    }
    // What each local's assignments read, the other way round.
    let mut readers: Vec<Vec<Local>> = vec![Vec::new(); body.locals.len()];
    let mut assigned: Vec<Vec<&Rvalue>> = vec![Vec::new(); body.locals.len()];
    for stmt in body.blocks.iter().flat_map(|b| &b.stmts) {
        match &stmt.kind {
            StmtKind::Assign(dst, r) if dst.projs.is_empty() && signs.known[dst.local.index()] => {
                assigned[dst.local.index()].push(r);
                names::stmt(&stmt.kind, &mut |p| {
                    if p.local != dst.local {
                        readers[p.local.index()].push(dst.local);
                    }
                });
            }
            StmtKind::Assign(dst, _) => signs.known[dst.local.index()] = false,
            StmtKind::CheckIndex { .. } | StmtKind::CountBy(..) => {}
            // Calls give results of any sign; what else names a number is rare.
            call @ (StmtKind::Call { .. } | StmtKind::Runtime { .. }) => {
                names::written(call, &mut |p| signs.known[p.local.index()] = false);
            }
            other => names::stmt(other, &mut |p| signs.known[p.local.index()] = false),
        }
    }
    let mut work: Vec<Local> = (0..body.locals.len() as u32).map(Local).collect();
    let mut out = vec![false; body.locals.len()];
    while let Some(local) = work.pop() {
        let i = local.index();
        if out[i] {
            continue;
        }
        if signs.known[i] && assigned[i].iter().all(|r| signs.of(local, r)) {
            continue;
        }
        signs.known[i] = false;
        out[i] = true;
        work.append(&mut readers[i]);
    }
    signs.known
}

struct Signs<'a> {
    body: &'a Body,
    layouts: &'a Layouts<'a>,
    known: Vec<bool>,
}

impl Signs<'_> {
    fn operand(&self, o: &Operand) -> bool {
        operand(o, &self.known)
    }

    /// Is what is assigned to this local not negative?
    fn of(&self, to: Local, r: &Rvalue) -> bool {
        match r {
            Rvalue::Use(o) => self.operand(o),
            Rvalue::Len(_) | Rvalue::Size(_) => true,
            Rvalue::Binary(BinOp::AddWrap, Operand::Copy(p), by) => {
                self.body.decl(to).counts && *p == Place::from(to) && self.operand(by)
            }
            // Where these would be too large they panic.
            Rvalue::Binary(
                BinOp::Add | BinOp::Mul | BinOp::Div | BinOp::BitOr | BinOp::BitXor,
                a,
                b,
            ) => self.operand(a) && self.operand(b),
            Rvalue::Binary(BinOp::Rem | BinOp::Shr, a, _) => self.operand(a),
            Rvalue::Binary(BinOp::BitAnd, a, b) => self.operand(a) || self.operand(b),
            Rvalue::Convert(Convert::Exact, o, from) => match self.layouts.data(*from) {
                TyData::Int(int) => !int.signed() || self.operand(o),
                _ => false,
            },
            _ => false,
        }
    }
}

/// Is this operand a signed integer that is not negative, if these locals are?
pub fn operand(o: &Operand, known: &[bool]) -> bool {
    match o {
        Operand::Copy(p) | Operand::Move(p) => p.projs.is_empty() && known[p.local.index()],
        Operand::Const(Const::Int(_, n)) => *n >= 0,
        Operand::Const(_) => false,
    }
}
