//! `int` and `bool` expressions without values in between: the same evaluation as `eval`, in
//! registers. What is not simple goes through `eval`.

use crate::machine::{Machine, Stop, ice};
use crate::ops;
use crate::value::V;
use cowl_frontend::hir::{BinOp, Block, Expr, ExprKind, Mode, Place, ProjKind, Root, UnOp};
use cowl_frontend::types::Types;

impl<'p> Machine<'p> {
    /// The value of an expression of type `int`; `None`: stopped, see `stopped`.
    pub fn int(&mut self, e: &'p Expr) -> Option<i64> {
        match &e.kind {
            ExprKind::Int(n) => Some(*n as i64),
            ExprKind::Read(place, Mode::Look | Mode::Share) => match self.int_in_place(place)? {
                Some(n) => Some(n),
                None => self.int_of_value(e),
            },
            ExprKind::Binary(op, a, b) if a.ty == Types::INT && b.ty == Types::INT => {
                let x = self.int(a)?;
                let y = self.int(b)?;
                let n = match op {
                    BinOp::Add => x.checked_add(y),
                    BinOp::Sub => x.checked_sub(y),
                    BinOp::Mul => x.checked_mul(y),
                    BinOp::Div => x.checked_div(y),
                    BinOp::Rem => x.checked_rem(y),
                    _ => None,
                };
                if n.is_some() {
                    return n;
                }
                match ops::int64(*op, x, y, e.site) {
                    Ok(V::Int(n)) => Some(n),
                    Ok(v) => ice!("an int was expected, not {v:?}"),
                    Err(fault) => {
                        self.stopped = self.fault(fault);
                        None
                    }
                }
            }
            _ => self.int_of_value(e),
        }
    }

    #[inline(never)]
    fn int_of_value(&mut self, e: &'p Expr) -> Option<i64> {
        match self.eval_now(e) {
            Ok(V::Int(n)) => Some(n),
            Ok(v) => ice!("an int was expected, not {v:?}"),
            Err(stop) => {
                self.stopped = stop;
                None
            }
        }
    }

    /// The int in a local, or in a list in a local. `Some(None)`: not so simple a place.
    #[inline]
    fn int_in_place(&mut self, place: &'p Place) -> Option<Option<i64>> {
        let Root::Local(local) = place.root else {
            return Some(None);
        };
        let at = self.base + local.index();
        match &*place.projs {
            [] => Some(match self.slots[at] {
                V::Int(n) => Some(n),
                _ => None,
            }),
            [proj] => {
                let ProjKind::Index {
                    index,
                    default: None,
                } = &proj.kind
                else {
                    return Some(None);
                };
                if !matches!(self.slots[at], V::List(_)) {
                    return Some(None);
                }
                let i = self.int(index)?;
                let V::List(list) = &self.slots[at] else {
                    return Some(None);
                };
                match usize::try_from(i).ok().and_then(|i| list.get(i)) {
                    Some(V::Int(n)) => Some(Some(*n)),
                    Some(v) => ice!("an int was expected, not {v:?}"),
                    None => {
                        let fault = crate::fault::Fault::index(i, list.len(), proj.site);
                        self.stopped = self.fault(fault);
                        None
                    }
                }
            }
            _ => Some(None),
        }
    }

    /// The value of an expression of type `bool`.
    pub fn eval_bool(&mut self, e: &'p Expr) -> Result<bool, Stop> {
        match &e.kind {
            ExprKind::Bool(b) => Ok(*b),
            ExprKind::Binary(op, a, b) if a.ty == Types::INT && b.ty == Types::INT => {
                let x = self.int(a).ok_or(self.stopped)?;
                let y = self.int(b).ok_or(self.stopped)?;
                Ok(match op {
                    BinOp::Eq => x == y,
                    BinOp::Ne => x != y,
                    BinOp::Lt => x < y,
                    BinOp::Le => x <= y,
                    BinOp::Gt => x > y,
                    BinOp::Ge => x >= y,
                    _ => ice!("{op:?} gives no bool"),
                })
            }
            ExprKind::Unary(UnOp::Not, a) => Ok(!self.eval_bool(a)?),
            ExprKind::If {
                arms,
                else_: Some(else_),
            } => {
                for (cond, block) in arms {
                    if self.eval_bool(cond)? {
                        return self.bool_of_block(block);
                    }
                }
                self.bool_of_block(else_)
            }
            _ => self.bool_of_value(e),
        }
    }

    fn bool_of_block(&mut self, block: &'p Block) -> Result<bool, Stop> {
        match &block.value {
            Some(value) if block.stmts.is_empty() => self.eval_bool(value),
            _ => {
                let mark = self.slots.len();
                let v = self.block(block)?;
                self.release_to(mark)?;
                as_bool(v)
            }
        }
    }

    #[inline(never)]
    fn bool_of_value(&mut self, e: &'p Expr) -> Result<bool, Stop> {
        as_bool(self.eval_now(e)?)
    }
}

fn as_bool(v: V) -> Result<bool, Stop> {
    match v {
        V::Bool(b) => Ok(b),
        v => ice!("a bool was expected, not {v:?}"),
    }
}
