//! Bits and elementary functions of numbers; an `f32` is computed as such.

use crate::machine::{Machine, ice};
use crate::ops::int_of;
use crate::value::V;
use cowl_contract::builtins::Builtin;
use cowl_frontend::hir::int_ty;
use cowl_frontend::types::{FloatTy, Ty, TyData, Types};

impl Machine<'_> {
    /// `operand` and `ty` are the types of the first operand and of the result.
    pub(super) fn number_builtin(&self, op: Builtin, at: usize, operand: Ty, ty: Ty) -> V {
        let f32s = matches!(self.env.types.data(operand), TyData::Float(FloatTy::F32));
        match op {
            Builtin::CountOnes | Builtin::LeadingZeros | Builtin::TrailingZeros => {
                let Some(int) = int_ty(self.env.types, operand) else {
                    ice!("bits of a {operand}")
                };
                let unused = 64 - int.bits();
                let bits = (int_of(self.arg(at)) as u64) << unused >> unused;
                V::Int(i64::from(match op {
                    Builtin::CountOnes => bits.count_ones(),
                    Builtin::LeadingZeros => bits.leading_zeros() - unused,
                    _ => bits.trailing_zeros().min(int.bits()),
                }))
            }
            Builtin::ToBits => {
                let x = self.float_arg(at);
                match (f32s, x.is_nan()) {
                    (true, true) => V::Int(i64::from(f32::NAN.to_bits())),
                    (true, false) => V::Int(i64::from((x as f32).to_bits())),
                    (false, true) => V::U64(f64::NAN.to_bits()),
                    (false, false) => V::U64(x.to_bits()),
                }
            }
            Builtin::FromBits => {
                let bits = int_of(self.arg(at)) as u64;
                V::Float(match ty {
                    Types::F32 => f64::from(f32::from_bits(bits as u32)),
                    _ => f64::from_bits(bits),
                })
            }
            Builtin::Atan2 | Builtin::PowFloat => {
                let (x, y) = (self.float_arg(at), self.float_arg(at + 1));
                V::Float(match (op, f32s) {
                    (Builtin::Atan2, true) => f64::from((x as f32).atan2(y as f32)),
                    (Builtin::Atan2, false) => x.atan2(y),
                    (_, true) => f64::from((x as f32).powf(y as f32)),
                    (_, false) => x.powf(y),
                })
            }
            _ => {
                let x = self.float_arg(at);
                V::Float(if f32s {
                    f64::from(float32(op, x as f32))
                } else {
                    float(op, x)
                })
            }
        }
    }
}

macro_rules! elementary {
    ($name:ident, $float:ty) => {
        fn $name(op: Builtin, x: $float) -> $float {
            match op {
                Builtin::Sqrt => x.sqrt(),
                Builtin::Floor => x.floor(),
                Builtin::Ceil => x.ceil(),
                Builtin::Round => x.round(),
                Builtin::Trunc => x.trunc(),
                Builtin::Sin => x.sin(),
                Builtin::Cos => x.cos(),
                Builtin::Tan => x.tan(),
                Builtin::Asin => x.asin(),
                Builtin::Acos => x.acos(),
                Builtin::Atan => x.atan(),
                Builtin::Exp => x.exp(),
                Builtin::Ln => x.ln(),
                Builtin::Log2 => x.log2(),
                Builtin::Log10 => x.log10(),
                _ => ice!("{} is no function of one float", op.name()),
            }
        }
    };
}

elementary!(float, f64);
elementary!(float32, f32);
