//! Operands: evaluated left to right, fixed where they are mentioned, held until their operation.

use super::*;
use cowl_frontend::hir::{Expr, ExprKind, Mode, ProjKind, Root};

/// Reading it later gives the same as reading it now, as long as what is evaluated between the two
/// is simple too.
fn is_simple(e: &Expr) -> bool {
    match &e.kind {
        _ if e.is_literal() => true,
        ExprKind::Read(place, _) => {
            !matches!(place.root, Root::Temp(_))
                && place
                    .projs
                    .iter()
                    .all(|p| matches!(p.kind, ProjKind::Field(_)))
        }
        _ => false,
    }
}

impl Fx<'_> {
    /// The operands of one operation, in order; each waits in `pending` if it must be released or
    /// taken over.
    pub(super) fn operands<'e>(&mut self, es: impl IntoIterator<Item = &'e Expr>) -> Vec<Held> {
        let es: Vec<&Expr> = es.into_iter().collect();
        if planted(Fault::LowerArgsReversed) {
            let mut held: Vec<Held> = es.iter().rev().map(|e| self.operand(e, false)).collect();
            held.reverse();
            return held;
        }
        let simple_from = es.iter().rposition(|e| !is_simple(e)).unwrap_or(0);
        es.iter()
            .enumerate()
            .map(|(i, e)| self.operand(e, i >= simple_from))
            .collect()
    }

    /// One operand. `last`: nothing that could change it is evaluated before its operation.
    pub(super) fn operand(&mut self, e: &Expr, last: bool) -> Held {
        match &e.kind {
            ExprKind::Read(place, Mode::Look) if self.refs(e.ty) => Held {
                operand: Operand::Copy(self.place(place)),
                owned: false,
            },
            ExprKind::After { value, release }
                if self.refs(e.ty) && matches!(value.kind, ExprKind::Read(_, Mode::Look)) =>
            {
                let held = self.operand(value, last);
                for p in release {
                    let place = self.path(p);
                    self.hold(place);
                }
                held
            }
            _ => {
                let operand = if last && is_simple(e) {
                    self.own_now(e)
                } else {
                    self.own(e)
                };
                match &operand {
                    Operand::Move(place) if self.refs(e.ty) => {
                        self.hold(place.clone());
                        Held {
                            operand,
                            owned: true,
                        }
                    }
                    _ => Held {
                        operand,
                        owned: false,
                    },
                }
            }
        }
    }

    /// As `own`, for an operand that is used before anything else happens: a path is named as it is.
    pub(super) fn own_now(&mut self, e: &Expr) -> Operand {
        if let ExprKind::Read(place, mode) = &e.kind
            && is_simple(e)
            && (!self.refs(e.ty) || *mode == Mode::Move)
        {
            let place = self.place(place);
            return if self.refs(e.ty) {
                Operand::Move(place)
            } else {
                Operand::Copy(place)
            };
        }
        self.own(e)
    }

    /// Evaluates to a value that the caller owns.
    pub(super) fn own(&mut self, e: &Expr) -> Operand {
        match &e.kind {
            ExprKind::Bool(b) => self.bool(*b),
            ExprKind::Int(n) => Operand::Const(Const::Int(e.ty, *n)),
            ExprKind::Float(x) => Operand::Const(Const::Float(e.ty, *x)),
            ExprKind::Char(c) => Operand::Const(Const::Int(e.ty, u32::from(*c).into())),
            ExprKind::Str(s) => Operand::Const(Const::Str(s.clone())),
            _ if e.ty == Types::UNIT || e.ty == Types::NEVER => {
                self.run(e, None);
                Operand::Const(Const::Zero(e.ty))
            }
            _ => {
                let t = self.temp(e.ty);
                self.into(e, t.into());
                if self.refs(e.ty) {
                    Operand::Move(t.into())
                } else {
                    Operand::Copy(t.into())
                }
            }
        }
    }

    /// Evaluates into a place that holds nothing.
    pub(super) fn into(&mut self, e: &Expr, dst: Place) {
        if e.ty == Types::UNIT || e.ty == Types::NEVER {
            self.run(e, None);
        } else {
            self.run(e, Some(dst));
        }
    }

    /// Evaluates and throws the value away.
    pub(super) fn effect(&mut self, e: &Expr) {
        if e.ty == Types::UNIT || e.ty == Types::NEVER {
            self.run(e, None);
            return;
        }
        let t = self.temp(e.ty);
        self.into(e, t.into());
        self.at(e.site);
        self.release(t.into());
    }
}
