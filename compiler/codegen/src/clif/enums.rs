//! Structs, tuples, enums, objects of `any`, closures: making them, taking them apart.

use super::func::{Fx, flags};
use super::values::{Loc, Val};
use crate::layout::{EnumRepr, Fields, Leaf, Repr};
use crate::mir::*;
use cowl_contract::entries::Entry;
use cowl_contract::layout as abi;
use cowl_frontend::hir::{FuncId as HirFunc, VtableId};
use cowl_frontend::types::Ty;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

impl Fx<'_, '_, '_> {
    pub fn assign(&mut self, dst: &Place, r: &Rvalue) {
        // A look at a value without leaves is its address.
        if let Slot::Pointer(var) = self.slots[dst.local.index()].clone()
            && dst.projs.is_empty()
            && self.body.decl(dst.local).kind == LocalKind::Borrowed
            && let Rvalue::Use(o) = r
        {
            let ty = self.operand_ty(o);
            let value = self.operand(o, ty);
            let addr = self.spill(value, ty);
            self.b.def_var(var, addr);
            return;
        }
        if let Slot::Addr(var) = self.slots[dst.local.index()].clone()
            && dst.projs.is_empty()
            && let Some(addr) = self.address_of(r)
        {
            self.b.def_var(var, addr);
            return;
        }
        let (loc, ty) = self.place(dst);
        match r {
            Rvalue::Use(o) => {
                let value = self.operand(o, ty);
                self.write(&loc, ty, value);
            }
            Rvalue::Share(p) => {
                let (from, _) = self.place(p);
                let value = self.read(&from, ty);
                self.retain(&from, ty);
                self.write(&loc, ty, value);
            }
            Rvalue::Aggregate(parts) => self.aggregate(&loc, ty, parts),
            Rvalue::Variant(v, parts) => self.variant(&loc, ty, *v, parts),
            Rvalue::Closure(func, captures) => {
                let block = self.closure(*func, captures);
                self.write(&loc, ty, Val::Leaves(vec![block]));
            }
            Rvalue::MakeAny(table, o) => {
                let words = self.make_any(*table, o);
                self.write(&loc, ty, Val::Leaves(words));
            }
            Rvalue::WeakOf(p) => {
                let (from, _) = self.place(p);
                let word = self.word(&from);
                self.call_entry(Entry::cowl_weak_retain, &[word]);
                self.write(&loc, ty, Val::Leaves(vec![word]));
            }
            _ => {
                let value = self.scalar_rvalue(r, ty);
                self.write(&loc, ty, Val::Leaves(vec![value]));
            }
        }
    }

    // ---- structs and tuples

    fn aggregate(&mut self, loc: &Loc, ty: Ty, parts: &[Operand]) {
        let layout = self.layouts().get(ty);
        let Repr::Fields(fields) = &layout.repr else {
            crate::ice!("an aggregate of an enum")
        };
        if layout.leaves.is_some() {
            let mut values = Vec::new();
            for (o, &t) in parts.iter().zip(&fields.types) {
                match self.operand(o, t) {
                    Val::Leaves(v) => values.extend(v),
                    Val::Mem(_) => crate::ice!("a large part of a small value"),
                }
            }
            self.write(loc, ty, Val::Leaves(values));
            return;
        }
        for (i, o) in parts.iter().enumerate() {
            let t = fields.types[i];
            let value = self.operand(o, t);
            let part = self.project(loc.clone(), ty, Proj::Field(i as u32));
            self.write(&part, t, value);
        }
    }

    // ---- enums

    /// Which variant, as an i64.
    pub fn tag(&mut self, loc: &Loc, ty: Ty) -> Value {
        let layout = self.layouts().get(ty);
        let Repr::Enum(repr) = &layout.repr else {
            crate::ice!("the tag of a struct")
        };
        match repr {
            EnumRepr::Nullable { .. } => {
                let word = self.word(loc);
                let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, word, 0);
                self.b.ins().uextend(types::I64, some)
            }
            EnumRepr::Tagged { tag, .. } => {
                let value = match loc {
                    Loc::Mem(addr, at) => self.b.ins().load(*tag, flags(), *addr, *at),
                    loc => self.word(loc),
                };
                self.b.ins().uextend(types::I64, value)
            }
            EnumRepr::Boxed { variants, .. } => {
                let word = self.word(loc);
                let plain = variants.iter().any(|f| f.types.is_empty());
                let heap = variants.iter().any(|f| !f.types.is_empty());
                let immediate = |fx: &mut Self| fx.b.ins().ushr_imm_s(word, 1);
                let stored = |fx: &mut Self| {
                    let f = fx.b.ins().load(types::I32, flags(), word, abi::FLAGS);
                    let v = fx.b.ins().ushr_imm_s(f, i64::from(abi::BOXED_TAG_SHIFT));
                    fx.b.ins().uextend(types::I64, v)
                };
                match (plain, heap) {
                    (true, false) => immediate(self),
                    (false, true) => stored(self),
                    _ => {
                        let low = self.b.ins().band_imm_s(word, 1);
                        self.choose(
                            low,
                            &[types::I64],
                            |fx| vec![immediate(fx)],
                            |fx| vec![stored(fx)],
                        )[0]
                    }
                }
            }
        }
    }

    fn variant(&mut self, loc: &Loc, ty: Ty, variant: u32, parts: &[Operand]) {
        let layout = self.layouts().get(ty);
        let Repr::Enum(repr) = &layout.repr else {
            crate::ice!("a variant of a struct")
        };
        match repr {
            EnumRepr::Nullable { .. } => {
                let word = match parts {
                    [o] => self.scalar(o),
                    _ => self.iconst(0),
                };
                self.write(loc, ty, Val::Leaves(vec![word]));
            }
            EnumRepr::Boxed { variants, sizes } => {
                let fields = &variants[variant as usize];
                let word = if fields.types.is_empty() {
                    self.iconst((i64::from(variant) << 1) | 1)
                } else {
                    let values: Vec<Val> = parts
                        .iter()
                        .zip(&fields.types)
                        .map(|(o, &t)| self.operand(o, t))
                        .collect();
                    let block =
                        self.alloc(sizes[variant as usize], variant << abi::BOXED_TAG_SHIFT);
                    self.store_fields(block, 0, fields, values);
                    block
                };
                self.write(loc, ty, Val::Leaves(vec![word]));
            }
            EnumRepr::Tagged { tag, variants } => {
                let fields = &variants[variant as usize];
                let values: Vec<Val> = parts
                    .iter()
                    .zip(&fields.types)
                    .map(|(o, &t)| self.operand(o, t))
                    .collect();
                let Some(leaves) = &layout.leaves else {
                    let Loc::Mem(addr, at) = *loc else {
                        crate::ice!("a large enum in variables")
                    };
                    let n = self.b.ins().iconst(*tag, i64::from(variant));
                    self.b.ins().store(flags(), n, addr, at);
                    return self.store_fields(addr, at, fields, values);
                };
                let mut payload: Vec<(Leaf, Value)> = Vec::new();
                for ((value, &t), &offset) in values.iter().zip(&fields.types).zip(&fields.offsets)
                {
                    let part = self.layouts().get(t);
                    let (Val::Leaves(values), Some(part)) = (value, &part.leaves) else {
                        crate::ice!("a large payload of a small enum")
                    };
                    for (l, &v) in part.iter().zip(values) {
                        let leaf = Leaf {
                            offset: l.offset + offset,
                            ty: l.ty,
                        };
                        payload.push((leaf, v));
                    }
                }
                let all = self.merge(leaves, variant.into(), &payload);
                self.write(loc, ty, Val::Leaves(all));
            }
        }
    }

    fn store_fields(&mut self, addr: Value, at: i32, fields: &Fields, values: Vec<Val>) {
        for (i, value) in values.into_iter().enumerate() {
            let to = Loc::Mem(addr, at + fields.offsets[i] as i32);
            self.write(&to, fields.types[i], value);
        }
    }

    /// Takes an enum of a known variant apart.
    pub fn unwrap(&mut self, src: &Place, variant: u32, dsts: &[Place]) {
        let (loc, ty) = self.place(src);
        let layout = self.layouts().get(ty);
        let Repr::Enum(repr) = &layout.repr else {
            crate::ice!("a struct is unwrapped")
        };
        let EnumRepr::Boxed { variants, sizes } = repr else {
            for (i, dst) in dsts.iter().enumerate() {
                let part = self.payload(&loc, ty, variant, i as u32);
                let (to, t) = self.place(dst);
                let value = self.read(&part, t);
                self.write(&to, t, value);
            }
            self.after_move(src);
            return;
        };
        let fields = &variants[variant as usize];
        if fields.types.is_empty() {
            return self.after_move(src);
        }
        let size = sizes[variant as usize];
        let block = self.word(&loc);
        let take = |fx: &mut Self| {
            for (i, dst) in dsts.iter().enumerate() {
                let part = Loc::Mem(block, fields.offsets[i] as i32);
                let (to, t) = fx.place(dst);
                let value = fx.read(&part, t);
                fx.write(&to, t, value);
            }
        };
        self.open_box(
            block,
            |fx| {
                take(fx);
                fx.free(block, size);
            },
            |fx| {
                take(fx);
                for (i, &t) in fields.types.iter().enumerate() {
                    let part = Loc::Mem(block, fields.offsets[i] as i32);
                    fx.retain(&part, t);
                }
            },
        );
        self.after_move(src);
    }

    // ---- any

    fn make_any(&mut self, table: VtableId, o: &Operand) -> Vec<Value> {
        let ty = self.operand_ty(o);
        let value = self.operand(o, ty);
        let size = self.layouts().get(ty).size;
        let block = self.alloc(abi::BOX_VALUE as u32 + size, 0);
        let desc = self.desc(ty);
        self.b.ins().store(flags(), desc, block, abi::BOX_DESC);
        self.write(&Loc::Mem(block, abi::BOX_VALUE), ty, value);
        let table = self.e.vtable(table);
        vec![block, self.data_addr(table)]
    }

    pub fn unbox(&mut self, dst: &Place, src: &Place) {
        let (loc, _) = self.place(src);
        let (to, ty) = self.place(dst);
        let block = self.word(&loc);
        let part = Loc::Mem(block, abi::BOX_VALUE);
        let size = abi::BOX_VALUE as u32 + self.layouts().get(ty).size;
        self.open_box(
            block,
            |fx| {
                let value = fx.read(&part, ty);
                fx.write(&to, ty, value);
                fx.free(block, size);
            },
            |fx| {
                let value = fx.read(&part, ty);
                fx.write(&to, ty, value);
                fx.retain(&part, ty);
            },
        );
        self.after_move(src);
    }

    // ---- closures

    fn closure(&mut self, func: HirFunc, captures: &[Operand]) -> Value {
        if captures.is_empty() {
            let id = self.e.static_closure(func);
            return self.data_addr(id);
        }
        let (offsets, size, desc) = self.e.captures(func);
        let tys = self.e.cx.program.func(func).captures.clone();
        let values: Vec<Val> = captures
            .iter()
            .zip(&tys)
            .map(|(o, &t)| self.operand(o, t))
            .collect();
        let block = self.alloc(size, 0);
        let id = self.e.func(func);
        let func = self.func_ref(id);
        let code = self.b.ins().func_addr(types::I64, func);
        self.b.ins().store(flags(), code, block, abi::FN_CODE);
        let desc = self.data_addr(desc);
        self.b.ins().store(flags(), desc, block, abi::FN_DESC);
        for ((value, &t), offset) in values.into_iter().zip(&tys).zip(offsets) {
            self.write(&Loc::Mem(block, offset as i32), t, value);
        }
        block
    }

    // ---- addresses

    /// Right sides whose value is an address.
    fn address_of(&mut self, r: &Rvalue) -> Option<Value> {
        Some(match r {
            Rvalue::AddrOf(p) => match self.place(p) {
                (Loc::Mem(addr, at), _) => self.offset(addr, at),
                _ => crate::ice!("the address of {p}, which has none"),
            },
            Rvalue::Capture(i) => {
                let Some(env) = self.env else {
                    crate::ice!("a capture without an environment")
                };
                let (offsets, ..) = self.e.captures(self.body.func);
                self.offset(env, offsets[*i as usize] as i32)
            }
            Rvalue::Global(id) => {
                let (data, offset) = self.e.global(*id);
                let base = self.data_addr(data);
                self.offset(base, offset as i32)
            }
            Rvalue::AnyAddr(p) => {
                let (loc, _) = self.place(p);
                let block = self.word(&loc);
                self.offset(block, abi::BOX_VALUE)
            }
            Rvalue::Element {
                seq,
                index,
                mutable,
            } => self.element(seq, index, *mutable),
            Rvalue::Step(addr, n) => {
                let stride = self.layouts().get(self.body.decl(*addr).ty).stride();
                let (addr, n) = (self.addr_local(*addr), self.scalar(n));
                self.step(addr, n, stride)
            }
            Rvalue::EntryAt(addr, map, n) => {
                let (size, _) = self.e.entry_layout(*map);
                let (addr, n) = (self.addr_local(*addr), self.scalar(n));
                self.step(addr, n, size)
            }
            Rvalue::EntryKey(addr, _) => {
                let addr = self.addr_local(*addr);
                self.offset(addr, abi::ENTRY_KEY)
            }
            Rvalue::EntryValue(addr, map) => {
                let (_, value) = self.e.entry_layout(*map);
                let addr = self.addr_local(*addr);
                self.offset(addr, value as i32)
            }
            _ => return None,
        })
    }

    pub fn addr_local(&mut self, local: Local) -> Value {
        match self.slots[local.index()] {
            Slot::Addr(var) => self.b.use_var(var),
            _ => crate::ice!("{local} is no address"),
        }
    }

    pub fn step(&mut self, addr: Value, n: Value, stride: u32) -> Value {
        let bytes = match stride {
            1 => n,
            s if s.is_power_of_two() => self.b.ins().ishl_imm_s(n, i64::from(s.trailing_zeros())),
            s => self.b.ins().imul_imm_s(n, i64::from(s)),
        };
        self.b.ins().iadd(addr, bytes)
    }

    pub fn check_change(&mut self, object: &Place, field: Option<u32>) {
        let (loc, _) = self.place(object);
        let word = self.word(&loc);
        let f = self.b.ins().load(types::I32, flags(), word, abi::FLAGS);
        let set = self.b.ins().band_imm_s(f, i64::from(abi::OBJECT_IN_CHANGE));
        self.cold_if(set, |fx| {
            let field = fx.b.ins().iconst(types::I32, field.map_or(-1, i64::from));
            fx.call_entry(Entry::cowl_change_check, &[word, field]);
        });
    }
}

use super::func::Slot;
