//! Arithmetic and comparison of scalars: overflow, division by zero and wide shifts branch to
//! cold blocks that panic.

use super::facts::Known;
use super::func::{Fx, flags};
use crate::mir::*;
use cowl_contract::entries::Entry;
use cowl_contract::layout as abi;
use cowl_contract::planted::{Fault, planted};
use cowl_frontend::hir::{BinOp, UnOp};
use cowl_frontend::types::{IntTy, Ty, TyData, Types};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};

/// How a scalar type computes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Num {
    Int(IntTy),
    F32,
    F64,
    /// `bool`, `char`, pointers: compared without sign.
    Bits,
}

impl Fx<'_, '_, '_> {
    pub fn num(&self, ty: Ty) -> Num {
        match self.data(ty) {
            TyData::Int(i) => Num::Int(*i),
            _ if ty == Types::FLOAT => Num::F64,
            _ if ty == Types::F32 => Num::F32,
            _ => Num::Bits,
        }
    }

    /// Right sides that give one leaf.
    pub fn scalar_rvalue(&mut self, r: &Rvalue, ty: Ty) -> Value {
        match r {
            Rvalue::Binary(op, a, b) => {
                let (at, bt) = (self.operand_ty(a), self.operand_ty(b));
                let known = self.facts.of(self.body, self.block, a, b);
                let (a, b) = (self.scalar(a), self.scalar(b));
                self.binary(*op, a, b, at, bt, known)
            }
            Rvalue::Exact(op, a, b) => {
                let (a, b) = (self.scalar(a), self.scalar(b));
                let over = match op {
                    BinOp::Mul => self.b.ins().smul_overflow(a, b).1,
                    _ => self.b.ins().sadd_overflow(a, b).1,
                };
                self.b.ins().bxor_imm_s(over, 1)
            }
            Rvalue::Unary(op, a) => {
                let t = self.operand_ty(a);
                let a = self.scalar(a);
                self.unary(*op, a, t)
            }
            Rvalue::Math(op, a) => {
                let t = self.operand_ty(a);
                let a = self.scalar(a);
                self.math(*op, a, t)
            }
            Rvalue::Convert(how, a, from) => {
                let a = self.scalar(a);
                self.convert(*how, a, *from, ty)
            }
            Rvalue::Fits(a, from, to) => {
                let a = self.scalar(a);
                match self.fits(a, *from, *to) {
                    Some(fits) => fits,
                    None => self.b.ins().iconst(types::I8, 1),
                }
            }
            Rvalue::Tag(p) => {
                let (loc, ty) = self.place(p);
                self.tag(&loc, ty)
            }
            Rvalue::Len(p) => {
                let (loc, ty) = self.place(p);
                self.len(&loc, ty)
            }
            Rvalue::Size(p) => {
                let (loc, ty) = self.place(p);
                self.string_size(&loc, ty)
            }
            Rvalue::IsSole(p) => {
                let (loc, ty) = self.place(p);
                let (addr, desc) = (self.address(&loc, ty), self.desc(ty));
                let Some(status) = self.call_entry(Entry::cowl_status, &[addr, desc]) else {
                    crate::ice!("status answers nothing")
                };
                self.b
                    .ins()
                    .icmp_imm_s(IntCC::Equal, status, i64::from(abi::SOLE))
            }
            Rvalue::IsReady(p) => {
                let (loc, ty) = self.place(p);
                self.is_ready(&loc, ty)
            }
            Rvalue::IsNull(addr) => {
                let addr = self.addr_local(*addr);
                self.b.ins().icmp_imm_s(IntCC::Equal, addr, 0)
            }
            Rvalue::EntryLive(addr) => {
                let addr = self.addr_local(*addr);
                let live = self
                    .b
                    .ins()
                    .load(types::I32, flags(), addr, abi::ENTRY_LIVE);
                self.b.ins().icmp_imm_s(IntCC::NotEqual, live, 0)
            }
            Rvalue::AnyIs(p, ty) => {
                let (loc, _) = self.place(p);
                let block = self.word(&loc);
                let is = self.b.ins().load(types::I64, flags(), block, abi::BOX_DESC);
                let want = self.desc(*ty);
                self.b.ins().icmp(IntCC::Equal, is, want)
            }
            Rvalue::Use(_)
            | Rvalue::Share(_)
            | Rvalue::Aggregate(_)
            | Rvalue::Variant(..)
            | Rvalue::AddrOf(_)
            | Rvalue::Capture(_)
            | Rvalue::Global(_)
            | Rvalue::Element { .. }
            | Rvalue::Step(..)
            | Rvalue::EntryAt(..)
            | Rvalue::EntryKey(..)
            | Rvalue::EntryValue(..)
            | Rvalue::Closure(..)
            | Rvalue::MakeAny(..)
            | Rvalue::AnyAddr(_)
            | Rvalue::WeakOf(_) => crate::ice!("{r:?} gives no scalar"),
        }
    }

    fn binary(&mut self, op: BinOp, a: Value, b: Value, ty: Ty, b_ty: Ty, known: Known) -> Value {
        match self.num(ty) {
            Num::F32 | Num::F64 => self.float_binary(op, a, b, ty),
            Num::Int(int) => self.int_binary(op, a, b, int, b_ty, known),
            Num::Bits => match op {
                BinOp::AddWrap => self.b.ins().iadd(a, b),
                BinOp::SubWrap => self.b.ins().isub(a, b),
                BinOp::BitAnd => self.b.ins().band(a, b),
                BinOp::BitOr => self.b.ins().bor(a, b),
                BinOp::BitXor => self.b.ins().bxor(a, b),
                op => self.b.ins().icmp(int_cc(op, false), a, b),
            },
        }
    }

    fn float_binary(&mut self, op: BinOp, a: Value, b: Value, ty: Ty) -> Value {
        let cc = match op {
            BinOp::Add | BinOp::AddWrap => return self.b.ins().fadd(a, b),
            BinOp::Sub | BinOp::SubWrap => return self.b.ins().fsub(a, b),
            BinOp::Mul | BinOp::MulWrap => return self.b.ins().fmul(a, b),
            BinOp::Div => return self.b.ins().fdiv(a, b),
            BinOp::Rem => {
                let wide = |fx: &mut Self, x| match ty {
                    Types::F32 => fx.b.ins().fpromote(types::F64, x),
                    _ => x,
                };
                let (a, b) = (wide(self, a), wide(self, b));
                let Some(r) = self.call_entry(Entry::cowl_float_rem, &[a, b]) else {
                    crate::ice!("rem answers nothing")
                };
                return match ty {
                    Types::F32 => self.b.ins().fdemote(types::F32, r),
                    _ => r,
                };
            }
            BinOp::Eq => FloatCC::Equal,
            BinOp::Ne => FloatCC::NotEqual,
            BinOp::Lt => FloatCC::LessThan,
            BinOp::Le => FloatCC::LessThanOrEqual,
            BinOp::Gt => FloatCC::GreaterThan,
            BinOp::Ge => FloatCC::GreaterThanOrEqual,
            op => crate::ice!("{op:?} of floats"),
        };
        self.b.ins().fcmp(cc, a, b)
    }

    /// An integer widened to 64 bits, for a message.
    fn widened(&mut self, x: Value, int: IntTy) -> Value {
        if int.bits() == 64 {
            x
        } else if int.signed() {
            self.b.ins().sextend(types::I64, x)
        } else {
            self.b.ins().uextend(types::I64, x)
        }
    }

    fn overflow(&mut self, cond: Value, op: &str, a: Value, b: Value, int: IntTy) {
        let op = format!("{op}\0");
        self.cold_if(cond, |fx| {
            let (a, b) = (fx.widened(a, int), fx.widened(b, int));
            let op = fx.text(&op);
            let signed = fx.b.ins().iconst(types::I8, i64::from(int.signed()));
            fx.fail(Entry::cowl_panic_overflow, &[op, a, b, signed]);
        });
    }

    fn const_of(&self, v: Value) -> Option<i64> {
        let inst = self.b.func.dfg.value_def(v).inst()?;
        match self.b.func.dfg.insts[inst] {
            cranelift_codegen::ir::InstructionData::UnaryImm { imm, .. } => Some(imm.bits()),
            _ => None,
        }
    }

    fn int_binary(
        &mut self,
        op: BinOp,
        a: Value,
        b: Value,
        int: IntTy,
        b_ty: Ty,
        known: Known,
    ) -> Value {
        let signed = int.signed();
        match op {
            BinOp::AddWrap => self.b.ins().iadd(a, b),
            BinOp::SubWrap => self.b.ins().isub(a, b),
            BinOp::MulWrap => self.b.ins().imul(a, b),
            BinOp::BitAnd => self.b.ins().band(a, b),
            BinOp::BitOr => self.b.ins().bor(a, b),
            BinOp::BitXor => self.b.ins().bxor(a, b),
            BinOp::Add => {
                let sum = self.b.ins().iadd(a, b);
                let over = match self.const_of(b) {
                    // One compare: the sum lies on the wrong side of the other operand.
                    Some(c) if signed && sign_extend(c, int) >= 0 => {
                        self.b.ins().icmp(IntCC::SignedLessThan, sum, a)
                    }
                    Some(_) if signed => self.b.ins().icmp(IntCC::SignedGreaterThan, sum, a),
                    _ if !signed => self.b.ins().icmp(IntCC::UnsignedLessThan, sum, a),
                    _ if known.b_not_negative => self.b.ins().icmp(IntCC::SignedLessThan, sum, a),
                    _ if known.a_not_negative => self.b.ins().icmp(IntCC::SignedLessThan, sum, b),
                    _ if known.fixed => {
                        // The sum's sign is that of neither operand.
                        let x = self.b.ins().bxor(sum, a);
                        let y = self.b.ins().bxor(sum, b);
                        let both = self.b.ins().band(x, y);
                        self.b.ins().icmp_imm_s(IntCC::SignedLessThan, both, 0)
                    }
                    _ => self.b.ins().sadd_overflow(a, b).1,
                };
                if !(planted(Fault::ClifAddUnchecked) && int == IntTy::I32) {
                    self.overflow(over, "+", a, b, int);
                }
                sum
            }
            BinOp::Sub => {
                let diff = self.b.ins().isub(a, b);
                if signed && known.a_not_negative && known.b_not_negative {
                    return diff;
                }
                let over = match self.const_of(b) {
                    Some(c) if signed && sign_extend(c, int) >= 0 => {
                        self.b.ins().icmp(IntCC::SignedGreaterThan, diff, a)
                    }
                    Some(_) if signed && planted(Fault::ClifSubConst) => {
                        self.b.ins().icmp(IntCC::SignedGreaterThan, diff, a)
                    }
                    Some(_) if signed => self.b.ins().icmp(IntCC::SignedLessThan, diff, a),
                    _ if !signed => self.b.ins().icmp(IntCC::UnsignedLessThan, a, b),
                    _ if known.b_not_negative => {
                        self.b.ins().icmp(IntCC::SignedGreaterThan, diff, a)
                    }
                    _ => self.b.ins().ssub_overflow(a, b).1,
                };
                self.overflow(over, "-", a, b, int);
                diff
            }
            BinOp::Mul => {
                let (product, over) = if signed && known.fixed && int.bits() == 64 {
                    // The upper half is not the sign of the lower one. Unlike the operation below
                    // these have one result, so that Cranelift moves them before the loop.
                    let product = self.b.ins().imul(a, b);
                    let upper = self.b.ins().smulhi(a, b);
                    let sign = self.b.ins().sshr_imm_s(product, 63);
                    (product, self.b.ins().bxor(upper, sign))
                } else if signed {
                    self.b.ins().smul_overflow(a, b)
                } else {
                    self.b.ins().umul_overflow(a, b)
                };
                if !(planted(Fault::ClifMulUnchecked) && int == IntTy::U8) {
                    self.overflow(over, "*", a, b, int);
                }
                product
            }
            BinOp::Div | BinOp::Rem => self.divide(op, a, b, int, known),
            BinOp::Shl | BinOp::Shr => {
                let count = self.shift_count(b, b_ty, int);
                match op {
                    BinOp::Shl => self.b.ins().ishl(a, count),
                    _ if signed => self.b.ins().sshr(a, count),
                    _ => self.b.ins().ushr(a, count),
                }
            }
            op => {
                let signed = signed || planted(Fault::ClifUnsignedCompare) && int == IntTy::U64;
                self.b.ins().icmp(int_cc(op, signed), a, b)
            }
        }
    }

    fn divide(&mut self, op: BinOp, a: Value, b: Value, int: IntTy, known: Known) -> Value {
        let by = self.const_of(b).map(|c| sign_extend(c, int));
        if by.is_none_or(|c| c == 0) {
            let zero = self.b.ins().icmp_imm_s(IntCC::Equal, b, 0);
            self.cold_if(zero, |fx| fx.fail_text("division by zero"));
        }
        let unchecked = planted(Fault::ClifDivMin) && int == IntTy::I16;
        let may_be_min = int.signed() && !known.a_not_negative;
        if may_be_min && by.is_none_or(|c| c == -1) && !unchecked {
            let min = self.int_const(super::super::layout::int_type(int), int.min());
            let lowest = self.b.ins().icmp(IntCC::Equal, a, min);
            let minus_one = self.b.ins().icmp_imm_s(IntCC::Equal, b, -1);
            let over = self.b.ins().band(lowest, minus_one);
            let name = if op == BinOp::Div { "/" } else { "%" };
            self.overflow(over, name, a, b, int);
        }
        let signed = int.signed() && !(known.a_not_negative && known.b_not_negative);
        match (op, signed) {
            (BinOp::Div, true) => self.b.ins().sdiv(a, b),
            (BinOp::Div, false) => self.b.ins().udiv(a, b),
            (_, true) => self.b.ins().srem(a, b),
            (_, false) => self.b.ins().urem(a, b),
        }
    }

    /// The count of a shift of a type, checked.
    fn shift_count(&mut self, count: Value, count_ty: Ty, int: IntTy) -> Value {
        let Num::Int(count_int) = self.num(count_ty) else {
            crate::ice!("a shift by no integer")
        };
        let wide = self.widened(count, count_int);
        let out_of_range = match planted(Fault::ClifShiftBound) {
            true => IntCC::UnsignedGreaterThan,
            false => IntCC::UnsignedGreaterThanOrEqual,
        };
        let bad = self
            .b
            .ins()
            .icmp_imm_s(out_of_range, wide, i64::from(int.bits()));
        let name = format!("{}\0", int.name());
        self.cold_if(bad, |fx| {
            let name = fx.text(&name);
            let signed = fx.b.ins().iconst(types::I8, i64::from(count_int.signed()));
            fx.fail(Entry::cowl_panic_shift, &[wide, signed, name]);
        });
        wide
    }

    pub fn fail_text(&mut self, text: &str) {
        let addr = self.text(text);
        let size = self.iconst(text.len() as i64);
        self.fail(Entry::cowl_panic_text, &[addr, size]);
    }

    fn unary(&mut self, op: UnOp, a: Value, ty: Ty) -> Value {
        match (op, self.num(ty)) {
            (UnOp::Not, _) => self.b.ins().bxor_imm_s(a, 1),
            (UnOp::BitNot, _) => self.b.ins().bnot(a),
            (UnOp::Neg, Num::F32 | Num::F64) => self.b.ins().fneg(a),
            (UnOp::Neg, Num::Int(int)) => {
                let over = if int.signed() {
                    let min = self.int_const(super::super::layout::int_type(int), int.min());
                    self.b.ins().icmp(IntCC::Equal, a, min)
                } else {
                    self.b.ins().icmp_imm_s(IntCC::NotEqual, a, 0)
                };
                self.cold_if(over, |fx| {
                    let wide = fx.widened(a, int);
                    let signed = fx.b.ins().iconst(types::I8, i64::from(int.signed()));
                    fx.fail(Entry::cowl_panic_neg, &[wide, signed]);
                });
                self.b.ins().ineg(a)
            }
            (UnOp::Neg, Num::Bits) => crate::ice!("the negative of no number"),
        }
    }

    fn math(&mut self, op: MathOp, a: Value, ty: Ty) -> Value {
        let bits = self.b.func.dfg.value_type(a);
        let counted = |fx: &mut Self, v: Value| match fx.b.func.dfg.value_type(v) {
            types::I64 => v,
            _ => fx.b.ins().uextend(types::I64, v),
        };
        match op {
            MathOp::CountOnes => {
                let n = self.b.ins().popcnt(a);
                counted(self, n)
            }
            MathOp::LeadingZeros => {
                let n = self.b.ins().clz(a);
                counted(self, n)
            }
            MathOp::TrailingZeros => {
                let n = self.b.ins().ctz(a);
                counted(self, n)
            }
            MathOp::Sqrt => self.b.ins().sqrt(a),
            MathOp::Floor => self.b.ins().floor(a),
            MathOp::Ceil => self.b.ins().ceil(a),
            MathOp::Trunc => self.b.ins().trunc(a),
            MathOp::ToBits => {
                let int = bits.as_int();
                let raw = self.b.ins().bitcast(int, MemFlagsData::new(), a);
                let nan = self.b.ins().fcmp(FloatCC::Unordered, a, a);
                let one = if ty == Types::F32 {
                    i64::from(f32::NAN.to_bits())
                } else {
                    f64::NAN.to_bits() as i64
                };
                let canonical = self.b.ins().iconst(int, one);
                self.b.ins().select(nan, canonical, raw)
            }
            MathOp::FromBits => {
                let float = if bits == types::I32 {
                    types::F32
                } else {
                    types::F64
                };
                self.b.ins().bitcast(float, MemFlagsData::new(), a)
            }
        }
    }
}

/// A constant of a narrow type as Cranelift keeps it (zero-extended), with its sign.
fn sign_extend(c: i64, int: IntTy) -> i64 {
    let shift = 64 - int.bits();
    if int.signed() {
        (c << shift) >> shift
    } else {
        c
    }
}

pub(super) fn int_cc(op: BinOp, signed: bool) -> IntCC {
    match (op, signed) {
        (BinOp::Eq, _) => IntCC::Equal,
        (BinOp::Ne, _) => IntCC::NotEqual,
        (BinOp::Lt, true) => IntCC::SignedLessThan,
        (BinOp::Le, true) => IntCC::SignedLessThanOrEqual,
        (BinOp::Gt, true) => IntCC::SignedGreaterThan,
        (BinOp::Ge, true) => IntCC::SignedGreaterThanOrEqual,
        (BinOp::Lt, false) => IntCC::UnsignedLessThan,
        (BinOp::Le, false) => IntCC::UnsignedLessThanOrEqual,
        (BinOp::Gt, false) => IntCC::UnsignedGreaterThan,
        (BinOp::Ge, false) => IntCC::UnsignedGreaterThanOrEqual,
        (op, _) => crate::ice!("{op:?} is no comparison"),
    }
}
