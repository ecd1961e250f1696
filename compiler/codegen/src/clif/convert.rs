//! Conversions between number types, `bool` and `char`, and whether a value fits.

use super::arith::Num;
use super::func::Fx;
use super::values::Val;
use crate::layout::int_type;
use cowl_contract::entries::Entry;
use cowl_contract::planted::{Fault, planted};
use cowl_frontend::hir::Convert;
use cowl_frontend::types::{IntTy, Ty, Types};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};

impl Fx<'_, '_, '_> {
    pub fn convert(&mut self, how: Convert, a: Value, from: Ty, to: Ty) -> Value {
        if how == Convert::Exact
            && let Some(fits) = self.fits(a, from, to)
        {
            let bad = self.b.ins().bxor_imm_s(fits, 1);
            let name = format!("{}\0", self.type_name(to));
            self.cold_if(bad, |fx| {
                let value = fx.spill(Val::Leaves(vec![a]), from);
                let (desc, name) = (fx.desc(from), fx.text(&name));
                fx.fail(Entry::cowl_panic_convert, &[value, desc, name]);
            });
        }
        self.cast(a, from, to)
    }

    /// The name in programs.
    pub fn type_name(&self, ty: Ty) -> &'static str {
        match self.num(ty) {
            Num::Int(i) => i.name(),
            Num::F32 => "f32",
            Num::F64 => "float",
            Num::Bits if ty == Types::BOOL => "bool",
            Num::Bits => "char",
        }
    }

    /// The integer type with the same bits.
    fn as_int(&self, ty: Ty) -> IntTy {
        match self.num(ty) {
            Num::Int(i) => i,
            _ if ty == Types::BOOL => IntTy::U8,
            _ => IntTy::U32,
        }
    }

    /// Keeps the low bits of integers, rounds to floats, truncates floats that are known to fit.
    fn cast(&mut self, a: Value, from: Ty, to: Ty) -> Value {
        match (self.num(from), self.num(to)) {
            (Num::F32, Num::F32) | (Num::F64, Num::F64) => a,
            (Num::F32, Num::F64) => self.b.ins().fpromote(types::F64, a),
            (Num::F64, Num::F32) => self.b.ins().fdemote(types::F32, a),
            (Num::F32 | Num::F64, _) => {
                let int = self.as_int(to);
                let wide = if int == IntTy::U64 {
                    self.b.ins().fcvt_to_uint_sat(types::I64, a)
                } else {
                    self.b.ins().fcvt_to_sint_sat(types::I64, a)
                };
                match int_type(int) {
                    types::I64 => wide,
                    narrow => self.b.ins().ireduce(narrow, wide),
                }
            }
            (_, float @ (Num::F32 | Num::F64)) => {
                let int = self.as_int(from);
                let float = match float {
                    Num::F32 => types::F32,
                    _ => types::F64,
                };
                let a = if int.bits() < 32 {
                    self.extend(a, int, types::I32)
                } else {
                    a
                };
                if int.signed() {
                    self.b.ins().fcvt_from_sint(float, a)
                } else {
                    self.b.ins().fcvt_from_uint(float, a)
                }
            }
            _ => {
                let (from, to) = (self.as_int(from), self.as_int(to));
                let (f, t) = (int_type(from), int_type(to));
                if t.bits() < f.bits() {
                    self.b.ins().ireduce(t, a)
                } else {
                    self.extend(a, from, t)
                }
            }
        }
    }

    fn extend(&mut self, a: Value, from: IntTy, to: types::Type) -> Value {
        if int_type(from) == to {
            a
        } else if from.signed() && !(planted(Fault::ClifSignExtend) && from == IntTy::I8) {
            self.b.ins().sextend(to, a)
        } else {
            self.b.ins().uextend(to, a)
        }
    }

    /// A bool, or `None` if every value fits.
    pub fn fits(&mut self, a: Value, from: Ty, to: Ty) -> Option<Value> {
        match (self.num(from), self.num(to)) {
            (_, Num::F32 | Num::F64) => None,
            (Num::F32 | Num::F64, _) => Some(self.float_fits(a, from, self.as_int(to))),
            _ if to == Types::CHAR => self.fits_char(a, from),
            _ => self.int_fits(a, self.as_int(from), self.as_int(to)),
        }
    }

    fn float_fits(&mut self, a: Value, from: Ty, to: IntTy) -> Value {
        let x = if from == Types::F32 {
            self.b.ins().fpromote(types::F64, a)
        } else {
            a
        };
        // What truncates into the range: above min - 1 and below max + 1. For 64 bits the first is
        // no float, but then neither is anything between it and min.
        let (low_cc, low) = if to.bits() == 64 && to.signed() {
            (FloatCC::GreaterThanOrEqual, to.min() as f64)
        } else {
            (FloatCC::GreaterThan, (to.min() - 1) as f64)
        };
        let low = self.b.ins().f64const(low);
        let high = self.b.ins().f64const((to.max() + 1) as f64);
        let above = self.b.ins().fcmp(low_cc, x, low);
        let below_cc = match planted(Fault::ClifFloatFits) {
            true => FloatCC::LessThanOrEqual,
            false => FloatCC::LessThan,
        };
        let below = self.b.ins().fcmp(below_cc, x, high);
        self.b.ins().band(above, below)
    }

    fn int_fits(&mut self, a: Value, from: IntTy, to: IntTy) -> Option<Value> {
        let ty = int_type(from);
        let (low_cc, high_cc) = if from.signed() {
            (
                IntCC::SignedGreaterThanOrEqual,
                IntCC::SignedLessThanOrEqual,
            )
        } else {
            (
                IntCC::UnsignedGreaterThanOrEqual,
                IntCC::UnsignedLessThanOrEqual,
            )
        };
        let mut fits = None;
        if to.min() > from.min() {
            let low = self.int_const(ty, to.min());
            fits = Some(self.b.ins().icmp(low_cc, a, low));
        }
        if IntTy::max(to) < IntTy::max(from) {
            let high = self.int_const(ty, IntTy::max(to));
            let below = match planted(Fault::ClifFitsBound) {
                true => self.b.ins().icmp(high_cc.without_equal(), a, high),
                false => self.b.ins().icmp(high_cc, a, high),
            };
            fits = Some(match fits {
                Some(above) => self.b.ins().band(above, below),
                None => below,
            });
        }
        fits
    }

    /// A Unicode scalar: up to 0x10ffff without the surrogates.
    fn fits_char(&mut self, a: Value, from: Ty) -> Option<Value> {
        let int = self.as_int(from);
        if from == Types::CHAR || from == Types::BOOL || int == IntTy::U8 {
            return None;
        }
        let n = self.extend(a, int, types::I64);
        let in_range = self
            .b
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThanOrEqual, n, 0x10_ffff);
        let high = self.b.ins().ushr_imm_s(n, 11);
        let no_surrogate = self.b.ins().icmp_imm_s(IntCC::NotEqual, high, 0xd800 >> 11);
        Some(self.b.ins().band(in_range, no_surrogate))
    }
}
