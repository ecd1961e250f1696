//! Values and where they lie: leaves in variables, memory at an address, constants; parts of
//! both; copying.

use super::func::{Fx, Slot, flags};
use crate::layout::{EnumRepr, Fields, Leaf, Repr};
use crate::mir::*;
use cowl_contract::layout as abi;
use cowl_frontend::types::{Ty, TyData, Types};
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};
use cranelift_frontend::Variable;

/// A value in hand.
#[derive(Clone, Debug)]
pub(super) enum Val {
    Leaves(Vec<Value>),
    /// Its address.
    Mem(Value),
}

/// Where a value lies.
#[derive(Clone, Debug)]
pub(super) enum Loc {
    Vars(Vec<Variable>),
    /// Only for looking at: computed from other leaves.
    Vals(Vec<Value>),
    Mem(Value, i32),
}

impl Loc {
    pub fn local(fx: &mut Fx, local: Local) -> Loc {
        match fx.slots[local.index()].clone() {
            Slot::Leaves(vars) => Loc::Vars(vars),
            Slot::Stack(slot) => Loc::Mem(fx.b.ins().stack_addr(types::I64, slot, 0), 0),
            Slot::Root(at) => {
                let Some(slot) = fx.shadow else {
                    crate::ice!("a root without a frame")
                };
                Loc::Mem(fx.b.ins().stack_addr(types::I64, slot, at), 0)
            }
            Slot::Pointer(var) | Slot::Addr(var) => Loc::Mem(fx.b.use_var(var), 0),
        }
    }
}

impl Fx<'_, '_, '_> {
    pub fn place_ty(&self, place: &Place) -> Ty {
        verify::place_ty(self.body, self.layouts(), place).unwrap_or_else(|e| crate::ice!("{e}"))
    }

    pub fn data(&self, ty: Ty) -> &TyData {
        self.layouts().data(ty)
    }

    /// Where a place lies, and its type.
    pub fn place(&mut self, place: &Place) -> (Loc, Ty) {
        let mut loc = Loc::local(self, place.local);
        let mut ty = self.body.decl(place.local).ty;
        for &p in &place.projs {
            let Some(next) = verify::proj_ty(self.layouts(), ty, p) else {
                crate::ice!("{place} does not fit")
            };
            loc = self.project(loc, ty, p);
            ty = next;
        }
        (loc, ty)
    }

    pub fn project(&mut self, loc: Loc, ty: Ty, proj: Proj) -> Loc {
        let layout = self.layouts().get(ty);
        match (proj, &layout.repr) {
            (Proj::Field(i), Repr::Fields(fields)) => self.field(loc, fields, i as usize),
            (Proj::Deref, _) => {
                let object = self.word(&loc);
                Loc::Mem(object, abi::OBJECT_VALUE)
            }
            (Proj::Payload { variant, field }, Repr::Enum(repr)) => match repr {
                EnumRepr::Nullable { .. } => loc,
                EnumRepr::Boxed { variants, .. } => {
                    let block = self.word(&loc);
                    let offset = variants[variant as usize].offsets[field as usize];
                    Loc::Mem(block, offset as i32)
                }
                EnumRepr::Tagged { variants, .. } => {
                    let fields = &variants[variant as usize];
                    let offset = fields.offsets[field as usize];
                    match loc {
                        Loc::Mem(addr, at) => Loc::Mem(addr, at + offset as i32),
                        loc => {
                            let Val::Leaves(all) = self.read(&loc, ty) else {
                                crate::ice!("a small enum without leaves")
                            };
                            let part = self.layouts().get(fields.types[field as usize]);
                            let leaves = layout.leaves.as_deref().unwrap_or_default();
                            let wanted = part.leaves.clone().unwrap_or_default();
                            Loc::Vals(
                                wanted
                                    .iter()
                                    .map(|w| {
                                        let w = Leaf {
                                            offset: w.offset + offset,
                                            ty: w.ty,
                                        };
                                        self.extract(leaves, &all, w)
                                    })
                                    .collect(),
                            )
                        }
                    }
                }
            },
            (p, r) => crate::ice!("{p:?} of {r:?}"),
        }
    }

    fn field(&mut self, loc: Loc, fields: &Fields, i: usize) -> Loc {
        let part = self.layouts().get(fields.types[i]);
        let first = fields.first_leaf[i] as usize;
        let n = part.leaves.as_ref().map_or(0, |l| l.len());
        match loc {
            Loc::Mem(addr, at) => Loc::Mem(addr, at + fields.offsets[i] as i32),
            Loc::Vars(vars) => Loc::Vars(vars[first..first + n].to_vec()),
            Loc::Vals(vals) => Loc::Vals(vals[first..first + n].to_vec()),
        }
    }

    /// One leaf of a payload out of an enum's leaves.
    fn extract(&mut self, leaves: &[Leaf], all: &[Value], wanted: Leaf) -> Value {
        let end = wanted.offset + wanted.ty.bytes();
        // The tag's own leaf comes first and never holds payload.
        let Some(i) = (1..leaves.len()).find(|&i| {
            leaves[i].offset <= wanted.offset && end <= leaves[i].offset + leaves[i].ty.bytes()
        }) else {
            crate::ice!("a payload without its leaf")
        };
        let shift = (wanted.offset - leaves[i].offset) * 8;
        self.narrow(all[i], shift, wanted.ty)
    }

    /// The bits of a value from `shift` on, as another type.
    fn narrow(&mut self, value: Value, shift: u32, to: Type) -> Value {
        let from = self.b.func.dfg.value_type(value);
        if from == to {
            return value;
        }
        let mut bits = if from.is_float() {
            self.b.ins().bitcast(
                from.as_int(),
                cranelift_codegen::ir::MemFlagsData::new(),
                value,
            )
        } else {
            value
        };
        if shift > 0 {
            bits = self.b.ins().ushr_imm_s(bits, i64::from(shift));
        }
        let int = to.as_int();
        if int.bytes() < self.b.func.dfg.value_type(bits).bytes() {
            bits = self.b.ins().ireduce(int, bits);
        }
        if to.is_float() {
            bits = self
                .b
                .ins()
                .bitcast(to, cranelift_codegen::ir::MemFlagsData::new(), bits);
        }
        bits
    }

    /// The leaves of an enum with this tag and payload.
    pub fn merge(&mut self, leaves: &[Leaf], tag: i64, payload: &[(Leaf, Value)]) -> Vec<Value> {
        let mut out = vec![self.b.ins().iconst(leaves[0].ty, tag)];
        for leaf in &leaves[1..] {
            let end = leaf.offset + leaf.ty.bytes();
            let mut merged: Option<Value> = None;
            for &(p, value) in payload {
                if p.offset < leaf.offset || p.offset >= end {
                    continue;
                }
                if p == *leaf {
                    merged = Some(value);
                    break;
                }
                let mut bits = value;
                if p.ty.is_float() {
                    bits = self.b.ins().bitcast(
                        p.ty.as_int(),
                        cranelift_codegen::ir::MemFlagsData::new(),
                        bits,
                    );
                }
                if p.ty.bytes() < leaf.ty.bytes() {
                    bits = self.b.ins().uextend(leaf.ty, bits);
                }
                let shift = i64::from((p.offset - leaf.offset) * 8);
                if shift > 0 {
                    bits = self.b.ins().ishl_imm_s(bits, shift);
                }
                merged = Some(match merged {
                    Some(before) => self.b.ins().bor(before, bits),
                    None => bits,
                });
            }
            out.push(match merged {
                Some(v) => v,
                None => self.zero(leaf.ty),
            });
        }
        out
    }

    pub fn zero(&mut self, ty: Type) -> Value {
        match ty {
            types::F32 => self.b.ins().f32const(0.0),
            types::F64 => self.b.ins().f64const(0.0),
            int => self.b.ins().iconst(int, 0),
        }
    }

    // ---- reading and writing

    pub fn read(&mut self, loc: &Loc, ty: Ty) -> Val {
        match loc {
            Loc::Vars(vars) => Val::Leaves(vars.iter().map(|&v| self.b.use_var(v)).collect()),
            Loc::Vals(vals) => Val::Leaves(vals.clone()),
            Loc::Mem(addr, at) => {
                let layout = self.layouts().get(ty);
                match &layout.leaves {
                    Some(leaves) => Val::Leaves(
                        leaves
                            .iter()
                            .map(|l| {
                                let at = at + l.offset as i32;
                                self.b.ins().load(l.ty, flags(), *addr, at)
                            })
                            .collect(),
                    ),
                    None => Val::Mem(self.offset(*addr, *at)),
                }
            }
        }
    }

    pub fn write(&mut self, loc: &Loc, ty: Ty, value: Val) {
        match (loc, value) {
            (Loc::Vars(vars), Val::Leaves(values)) => {
                debug_assert_eq!(vars.len(), values.len());
                for (&var, value) in vars.iter().zip(values) {
                    self.b.def_var(var, value);
                }
            }
            (Loc::Mem(addr, at), Val::Leaves(values)) => {
                let layout = self.layouts().get(ty);
                let leaves = layout.leaves.as_deref().unwrap_or_default();
                debug_assert_eq!(leaves.len(), values.len());
                for (l, value) in leaves.iter().zip(values) {
                    let at = at + l.offset as i32;
                    self.b.ins().store(flags(), value, *addr, at);
                }
            }
            (Loc::Mem(addr, at), Val::Mem(from)) => {
                let to = self.offset(*addr, *at);
                let size = self.layouts().get(ty).size;
                self.copy(to, from, size);
            }
            (to, value) => crate::ice!("cannot store {value:?} in {to:?}"),
        }
    }

    pub fn offset(&mut self, addr: Value, at: i32) -> Value {
        if at == 0 {
            addr
        } else {
            self.b.ins().iadd_imm_s(addr, i64::from(at))
        }
    }

    /// Copies bytes between places that do not overlap.
    pub fn copy(&mut self, to: Value, from: Value, size: u32) {
        if size > 256 {
            let config = self.e.module.target_config();
            let n = self.iconst(size.into());
            self.b.call_memcpy(config, to, from, n);
            return;
        }
        let mut at = 0;
        while at < size {
            let ty = match size - at {
                8.. => types::I64,
                4.. => types::I32,
                2.. => types::I16,
                _ => types::I8,
            };
            let v = self.b.ins().load(ty, flags(), from, at as i32);
            self.b.ins().store(flags(), v, to, at as i32);
            at += ty.bytes();
        }
    }

    /// Fills with zero.
    pub fn clear(&mut self, loc: &Loc, ty: Ty) {
        let layout = self.layouts().get(ty);
        match loc {
            Loc::Vars(vars) => {
                for &var in vars {
                    let ty = self.var_type(var, &layout.leaves, vars);
                    let zero = self.zero(ty);
                    self.b.def_var(var, zero);
                }
            }
            Loc::Mem(addr, at) => {
                if let Some(leaves) = &layout.leaves {
                    for l in leaves {
                        let zero = self.zero(l.ty);
                        let at = at + l.offset as i32;
                        self.b.ins().store(flags(), zero, *addr, at);
                    }
                    return;
                }
                let zero = self.iconst(0);
                if layout.size <= 256 && layout.size.is_multiple_of(8) {
                    for i in 0..layout.size / 8 {
                        self.b.ins().store(flags(), zero, *addr, at + i as i32 * 8);
                    }
                    return;
                }
                let to = self.offset(*addr, *at);
                let byte = self.b.ins().iconst(types::I8, 0);
                let n = self.iconst(layout.size.into());
                let config = self.e.module.target_config();
                self.b.call_memset(config, to, byte, n);
            }
            Loc::Vals(_) => crate::ice!("computed leaves cannot be cleared"),
        }
    }

    fn var_type(&self, var: Variable, leaves: &Option<Vec<Leaf>>, vars: &[Variable]) -> Type {
        let i = vars.iter().position(|&v| v == var);
        match (i, leaves) {
            (Some(i), Some(leaves)) => leaves[i].ty,
            _ => crate::ice!("a variable without its leaf"),
        }
    }

    /// The one word of a pointer-like value.
    pub fn word(&mut self, loc: &Loc) -> Value {
        match loc {
            Loc::Vars(vars) => self.b.use_var(vars[0]),
            Loc::Vals(vals) => vals[0],
            Loc::Mem(addr, at) => self.b.ins().load(types::I64, flags(), *addr, *at),
        }
    }

    /// The address of a value: its own place in memory, or a copy on the stack.
    pub fn address(&mut self, loc: &Loc, ty: Ty) -> Value {
        match loc {
            Loc::Mem(addr, at) => self.offset(*addr, *at),
            loc => {
                let value = self.read(loc, ty);
                self.spill(value, ty)
            }
        }
    }

    pub fn spill(&mut self, value: Val, ty: Ty) -> Value {
        match value {
            Val::Mem(addr) => addr,
            leaves => {
                let size = self.layouts().get(ty).size;
                let addr = self.scratch(size);
                self.write(&Loc::Mem(addr, 0), ty, leaves);
                addr
            }
        }
    }

    // ---- operands

    pub fn operand(&mut self, o: &Operand, ty: Ty) -> Val {
        match o {
            Operand::Copy(p) => {
                let (loc, ty) = self.place(p);
                self.read(&loc, ty)
            }
            Operand::Move(p) => {
                let (loc, ty) = self.place(p);
                let mut value = self.read(&loc, ty);
                if self.leaves_zero(p) {
                    if let Val::Mem(addr) = value {
                        let size = self.layouts().get(ty).size;
                        let copy = self.scratch(size);
                        self.copy(copy, addr, size);
                        value = Val::Mem(copy);
                    }
                    self.after_move(p);
                }
                value
            }
            Operand::Const(c) => self.constant(c, ty),
        }
    }

    /// The one leaf of a scalar or one-word operand.
    pub fn scalar(&mut self, o: &Operand) -> Value {
        let ty = self.operand_ty(o);
        match self.operand(o, ty) {
            Val::Leaves(values) if values.len() == 1 => values[0],
            other => crate::ice!("{other:?} is no scalar"),
        }
    }

    /// A clearing local holds nothing after it was moved.
    pub fn after_move(&mut self, place: &Place) {
        if self.leaves_zero(place) {
            let (loc, ty) = self.place(place);
            self.clear_refs(&loc, ty);
        }
    }

    /// What is moved out of a place must not be met there again: by its own release, or, in the
    /// modes that trace, by whoever looks through memory.
    fn leaves_zero(&self, place: &Place) -> bool {
        let decl = self.body.decl(place.local);
        let in_memory = decl.kind == LocalKind::Addr
            || place.projs.iter().any(|p| !matches!(p, Proj::Field(_)));
        decl.clears || (self.e.cx.traced && in_memory)
    }

    /// Fills what can hold references with zero.
    fn clear_refs(&mut self, loc: &Loc, ty: Ty) {
        if !self.layouts().refs(ty) {
            return;
        }
        let Repr::Fields(fields) = &self.layouts().get(ty).repr else {
            return self.clear(loc, ty);
        };
        for (i, &t) in fields.types.iter().enumerate() {
            if self.layouts().refs(t) {
                let part = self.field(loc.clone(), fields, i);
                self.clear_refs(&part, t);
            }
        }
    }

    pub fn may_be_zero(&self, place: &Place) -> bool {
        self.body.decl(place.local).clears
    }

    pub fn constant(&mut self, c: &Const, ty: Ty) -> Val {
        match c {
            Const::Int(t, n) => {
                let leaf = self.leaf_type(*t);
                Val::Leaves(vec![self.int_const(leaf, *n)])
            }
            Const::Float(t, x) => Val::Leaves(vec![if *t == Types::F32 {
                self.b.ins().f32const(*x as f32)
            } else {
                self.b.ins().f64const(*x)
            }]),
            Const::Str(text) => Val::Leaves(self.string_const(text)),
            Const::Zero(t) => {
                let ty = if *t == Types::NEVER { ty } else { *t };
                let layout = self.layouts().get(ty);
                match &layout.leaves {
                    Some(leaves) => Val::Leaves(leaves.iter().map(|l| self.zero(l.ty)).collect()),
                    None => {
                        let addr = self.scratch(layout.size);
                        self.clear(&Loc::Mem(addr, 0), ty);
                        Val::Mem(addr)
                    }
                }
            }
        }
    }

    /// A constant of an integer type; only the type's bits count.
    pub fn int_const(&mut self, ty: Type, n: i128) -> Value {
        let bits = ty.bits();
        let n = if bits == 64 {
            n as i64
        } else {
            (n as i64) & ((1i64 << bits) - 1)
        };
        self.b.ins().iconst(ty, n)
    }

    pub fn leaf_type(&self, ty: Ty) -> Type {
        match self.layouts().get(ty).leaves.as_deref() {
            Some([leaf]) => leaf.ty,
            other => crate::ice!("{other:?} is no scalar"),
        }
    }

    /// A literal: inline up to 23 bytes, else a static storage that is never freed.
    fn string_const(&mut self, text: &str) -> Vec<Value> {
        let n = text.len();
        if n <= abi::STRING_INLINE_MAX as usize {
            let mut bytes = [0u8; 24];
            bytes[..n].copy_from_slice(text.as_bytes());
            bytes[23] = n as u8;
            if !text.is_ascii() {
                bytes[23] += abi::STRING_NOT_ASCII;
            }
            return bytes
                .chunks_exact(8)
                .map(|c| {
                    let word = i64::from_le_bytes(c.try_into().unwrap_or_default());
                    self.iconst(word)
                })
                .collect();
        }
        let data = self.e.literal(text);
        let storage = self.data_addr(data);
        // `{storage, offset: 0, bytes: n, chars, …, 0xff}`
        let chars = text.chars().count() as u64;
        let sizes = self.iconst(((n as u64) << 32) as i64);
        let last = self.iconst((chars | (0xffu64 << 56)) as i64);
        vec![storage, sizes, last]
    }

    pub fn data_addr(&mut self, id: cranelift_module::DataId) -> Value {
        let gv = self.e.module.declare_data_in_func(id, self.b.func);
        self.b.ins().symbol_value(types::I64, gv)
    }

    pub fn desc(&mut self, ty: Ty) -> Value {
        let id = self.e.desc(ty);
        self.data_addr(id)
    }

    /// The address of a text in static memory.
    pub fn text(&mut self, text: &str) -> Value {
        let id = self.e.text(text);
        self.data_addr(id)
    }
}
