//! Arithmetic on scalars: checked, wrapping, comparisons, conversions. Pure functions of values
//! and their type; what can go wrong comes back as a fault.

use crate::compare;
use crate::fault::Fault;
use crate::machine::ice;
use crate::value::V;
use cowl_contract::panic::{Panic, float_text};
use cowl_contract::planted::{Fault as Planted, planted};
use cowl_frontend::hir::{BinOp, Convert, SiteId, UnOp};
use cowl_frontend::types::{FloatTy, IntTy, Ty, TyData, Types};
use std::cmp::Ordering;

/// An integer of a type as a value; it fits.
pub fn int_value(n: i128, ty: IntTy) -> V {
    match ty {
        IntTy::U64 => V::U64(n as u64),
        _ => V::Int(n as i64),
    }
}

pub fn int_of(v: &V) -> i128 {
    match v {
        V::Int(n) => i128::from(*n),
        V::U64(n) => i128::from(*n),
        _ => ice!("an integer was expected, not {v:?}"),
    }
}

/// `a op b`, where `ty` is the type of `a`.
pub fn binary(types: &Types, op: BinOp, a: &V, b: &V, ty: Ty, site: SiteId) -> Result<V, Fault> {
    match (a, b) {
        (V::Int(x), V::Int(y)) if ty == Types::INT => int64(op, *x, *y, site),
        (V::Int(_) | V::U64(_), V::Int(_) | V::U64(_)) => {
            let TyData::Int(int) = types.data(ty) else {
                ice!("integers of type {ty}")
            };
            integer(op, int_of(a), int_of(b), *int, site)
        }
        (V::Float(x), V::Float(y)) => Ok(match types.data(ty) {
            TyData::Float(FloatTy::F32) => float32(op, *x as f32, *y as f32),
            _ => float(op, *x, *y),
        }),
        (V::Bool(x), V::Bool(y)) => Ok(V::Bool(match op {
            BinOp::BitAnd => x & y,
            BinOp::BitOr => x | y,
            BinOp::BitXor => x ^ y,
            _ => holds(op, Some(x.cmp(y))),
        })),
        _ => Ok(V::Bool(holds(op, compare::compare(a, b, false)))),
    }
}

/// The common case: `int`.
#[inline]
pub fn int64(op: BinOp, x: i64, y: i64, site: SiteId) -> Result<V, Fault> {
    let checked = match op {
        BinOp::Add => x.checked_add(y),
        BinOp::Sub => x.checked_sub(y),
        BinOp::Mul => x.checked_mul(y),
        BinOp::Eq => return Ok(V::Bool(x == y)),
        BinOp::Ne => return Ok(V::Bool(x != y)),
        BinOp::Lt => return Ok(V::Bool(x < y)),
        BinOp::Le => return Ok(V::Bool(x <= y)),
        BinOp::Gt => return Ok(V::Bool(x > y)),
        BinOp::Ge => return Ok(V::Bool(x >= y)),
        BinOp::Div => x.checked_div(y),
        BinOp::Rem => x.checked_rem(y),
        BinOp::AddWrap => Some(x.wrapping_add(y)),
        BinOp::SubWrap => Some(x.wrapping_sub(y)),
        BinOp::MulWrap => Some(x.wrapping_mul(y)),
        BinOp::BitAnd => Some(x & y),
        BinOp::BitOr => Some(x | y),
        BinOp::BitXor => Some(x ^ y),
        BinOp::Shl | BinOp::Shr => None,
    };
    match checked {
        Some(n) => Ok(V::Int(n)),
        None => integer(op, i128::from(x), i128::from(y), IntTy::I64, site),
    }
}

fn integer(op: BinOp, x: i128, y: i128, ty: IntTy, site: SiteId) -> Result<V, Fault> {
    let overflow = || {
        let op = op.symbol();
        Fault::plain(
            Panic::Overflow {
                left: x,
                op,
                right: y,
            },
            site,
        )
    };
    let checked = |n: i128| {
        if n >= ty.min() && n <= ty.max() {
            Ok(int_value(n, ty))
        } else if planted(Planted::InterpNarrowUnchecked) && ty.bits() < 64 {
            Ok(wrap(n, ty))
        } else {
            Err(overflow())
        }
    };
    match op {
        BinOp::Add => checked(x + y),
        BinOp::Sub => checked(x - y),
        BinOp::Mul => x.checked_mul(y).map_or_else(|| Err(overflow()), checked),
        BinOp::Div | BinOp::Rem if y == 0 => Err(Fault::plain(Panic::DivisionByZero, site)),
        BinOp::Div => checked(x / y),
        // The least value % -1 overflows as its division does.
        BinOp::Rem if y == -1 && x == ty.min() => Err(overflow()),
        BinOp::Rem => Ok(int_value(x % y, ty)),
        BinOp::AddWrap => Ok(wrap(x + y, ty)),
        BinOp::SubWrap => Ok(wrap(x - y, ty)),
        BinOp::MulWrap => Ok(wrap(x.wrapping_mul(y), ty)),
        BinOp::Shl | BinOp::Shr => {
            let bits = ty.bits() + u32::from(planted(Planted::InterpShiftBound));
            if y < 0 || y >= i128::from(bits) {
                let ty = ty.name();
                return Err(Fault::plain(Panic::Shift { by: y, ty }, site));
            }
            Ok(match op {
                BinOp::Shl => wrap(x << y, ty),
                _ => int_value(x >> y, ty),
            })
        }
        BinOp::BitAnd => Ok(int_value(x & y, ty)),
        BinOp::BitOr => Ok(int_value(x | y, ty)),
        BinOp::BitXor => Ok(int_value(x ^ y, ty)),
        BinOp::Eq | BinOp::Ne | BinOp::Lt | BinOp::Le | BinOp::Gt | BinOp::Ge => {
            Ok(V::Bool(holds(op, Some(x.cmp(&y)))))
        }
    }
}

/// Keeps the low bits.
fn wrap(n: i128, ty: IntTy) -> V {
    match ty {
        IntTy::I8 => V::Int(i64::from(n as i8)),
        IntTy::I16 => V::Int(i64::from(n as i16)),
        IntTy::I32 => V::Int(i64::from(n as i32)),
        IntTy::I64 => V::Int(n as i64),
        IntTy::U8 => V::Int(i64::from(n as u8)),
        IntTy::U16 => V::Int(i64::from(n as u16)),
        IntTy::U32 => V::Int(i64::from(n as u32)),
        IntTy::U64 => V::U64(n as u64),
    }
}

fn float(op: BinOp, x: f64, y: f64) -> V {
    V::Float(match op {
        BinOp::Add | BinOp::AddWrap => x + y,
        BinOp::Sub | BinOp::SubWrap => x - y,
        BinOp::Mul | BinOp::MulWrap => x * y,
        BinOp::Div => x / y,
        BinOp::Rem => x % y,
        _ => return V::Bool(holds(op, x.partial_cmp(&y))),
    })
}

fn float32(op: BinOp, x: f32, y: f32) -> V {
    V::Float(f64::from(match op {
        BinOp::Add | BinOp::AddWrap => x + y,
        BinOp::Sub | BinOp::SubWrap => x - y,
        BinOp::Mul | BinOp::MulWrap => x * y,
        BinOp::Div => x / y,
        BinOp::Rem => x % y,
        _ => return V::Bool(holds(op, x.partial_cmp(&y))),
    }))
}

/// A comparison's answer; unordered values are only unequal.
fn holds(op: BinOp, order: Option<Ordering>) -> bool {
    match op {
        BinOp::Eq => order == Some(Ordering::Equal),
        BinOp::Ne => order != Some(Ordering::Equal),
        BinOp::Lt => order == Some(Ordering::Less),
        BinOp::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        BinOp::Gt => order == Some(Ordering::Greater),
        BinOp::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        _ => ice!("{op:?} on what has no arithmetic"),
    }
}

pub fn unary(types: &Types, op: UnOp, v: &V, ty: Ty, site: SiteId) -> Result<V, Fault> {
    Ok(match (op, v) {
        (UnOp::Not, V::Bool(b)) => V::Bool(!b),
        (UnOp::Neg, V::Float(x)) => V::Float(-x),
        (_, V::Int(_) | V::U64(_)) => {
            let &TyData::Int(int) = types.data(ty) else {
                ice!("an integer of type {ty}")
            };
            let n = int_of(v);
            match op {
                UnOp::Neg if -n < int.min() || -n > int.max() => {
                    return Err(Fault::plain(Panic::NegOverflow { operand: n }, site));
                }
                UnOp::Neg => int_value(-n, int),
                _ => wrap(!n, int),
            }
        }
        _ => ice!("{op:?} of {v:?}"),
    })
}

/// Between number types, `bool` and `char`. Floats go towards zero and panic where they do not fit;
/// a float takes any number, rounded.
pub fn convert(
    types: &Types,
    how: Convert,
    v: &V,
    from: Ty,
    to: Ty,
    site: SiteId,
) -> Result<V, Fault> {
    match (converted(types, how, v, to), how) {
        (Some(v), Convert::Checked) => Ok(V::some(v)),
        (None, Convert::Checked) => Ok(V::NONE),
        (Some(v), _) => Ok(v),
        (None, _) => {
            let value = match v {
                V::Float(x) => match types.data(from) {
                    TyData::Float(FloatTy::F32) => {
                        let mut text = String::new();
                        cowl_contract::number::push_f32(&mut text, *x as f32);
                        text
                    }
                    _ => float_text(*x),
                },
                V::Char(c) => {
                    let mut text = String::new();
                    cowl_contract::quote::push_char(&mut text, *c);
                    text
                }
                _ => int_of(v).to_string(),
            };
            let ty = match types.data(to) {
                TyData::Int(int) => int.name(),
                TyData::Char => "char",
                _ => ice!("a conversion to {to} cannot fail"),
            };
            Err(Fault::text(Panic::DoesNotFit { value: &value, ty }, site))
        }
    }
}

fn converted(types: &Types, how: Convert, v: &V, to: Ty) -> Option<V> {
    match types.data(to) {
        &TyData::Int(int) => {
            let n = match v {
                V::Float(x) => {
                    let x = x.trunc();
                    // Beyond i128 nothing fits; within, the cast is exact.
                    if x.is_nan() || x.abs() > 1e30 {
                        return None;
                    }
                    x as i128
                }
                V::Bool(b) => i128::from(*b),
                V::Char(c) => i128::from(u32::from(*c)),
                _ => int_of(v),
            };
            if how == Convert::Wrapping {
                return Some(wrap(n, int));
            }
            (n >= int.min() && n <= int.max()).then(|| int_value(n, int))
        }
        TyData::Float(float) => {
            let x = match v {
                V::Float(x) => *x,
                // Rounded once, from the integer to the float's own width.
                _ if *float == FloatTy::F32 => f64::from(int_of(v) as f32),
                _ => int_of(v) as f64,
            };
            Some(V::Float(match float {
                FloatTy::F32 => f64::from(x as f32),
                FloatTy::F64 => x,
            }))
        }
        TyData::Char => match v {
            V::Char(_) => Some(v.clone()),
            _ => u32::try_from(int_of(v))
                .ok()
                .and_then(char::from_u32)
                .map(V::Char),
        },
        TyData::Bool => Some(v.clone()),
        _ => ice!("a conversion to {to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(op: BinOp, x: i128, y: i128, ty: IntTy) -> Option<i128> {
        let (a, b) = (int_value(x, ty), int_value(y, ty));
        let types = Types::default();
        let id = types.int(ty);
        binary(&types, op, &a, &b, id, SiteId(0))
            .ok()
            .map(|v| int_of(&v))
    }

    #[test]
    fn overflow_at_every_width() {
        for ty in IntTy::ALL {
            assert_eq!(run(BinOp::Add, ty.max(), 1, ty), None, "{ty:?}");
            assert_eq!(run(BinOp::Sub, ty.min(), 1, ty), None, "{ty:?}");
            assert_eq!(run(BinOp::AddWrap, ty.max(), 1, ty), Some(ty.min()));
            assert_eq!(run(BinOp::Mul, ty.max(), 2, ty), None);
            assert_eq!(run(BinOp::Div, 7, 0, ty), None);
            if ty.signed() {
                assert_eq!(run(BinOp::Div, ty.min(), -1, ty), None);
                assert_eq!(run(BinOp::Rem, ty.min(), -1, ty), None);
                assert_eq!(run(BinOp::Rem, -7, 2, ty), Some(-1));
                assert_eq!(run(BinOp::Div, -7, 2, ty), Some(-3));
            }
        }
        assert_eq!(
            run(BinOp::MulWrap, IntTy::U64.max(), 3, IntTy::U64),
            Some(IntTy::U64.max() - 2)
        );
    }

    #[test]
    fn shifts() {
        assert_eq!(run(BinOp::Shl, 1, 63, IntTy::I64), Some(IntTy::I64.min()));
        assert_eq!(run(BinOp::Shl, 0xff, 4, IntTy::U8), Some(0xf0));
        assert_eq!(run(BinOp::Shr, -8, 1, IntTy::I8), Some(-4));
        assert_eq!(run(BinOp::Shl, 1, 64, IntTy::I64), None);
        assert_eq!(run(BinOp::Shr, 1, 8, IntTy::U8), None);
    }

    #[test]
    fn floats_convert_towards_zero() {
        let types = Types::default();
        let to =
            |x: f64, ty| converted(&types, Convert::Exact, &V::Float(x), ty).map(|v| int_of(&v));
        assert_eq!(to(-0.5, Types::INT), Some(0));
        assert_eq!(to(2.9, Types::U8), Some(2));
        assert_eq!(to(-0.9, Types::U8), Some(0));
        assert_eq!(to(-1.0, Types::U8), None);
        assert_eq!(to(9223372036854775808.0, Types::INT), None);
        assert_eq!(
            to(-9223372036854775808.0, Types::INT),
            Some(i64::MIN.into())
        );
        assert_eq!(to(f64::NAN, Types::INT), None);
        assert_eq!(to(f64::INFINITY, Types::U64), None);
    }
}
