//! Counts: sharing, releasing, making sole, blocks of memory. The common cases stand in the code,
//! the others in runtime entries.

use super::func::{Fx, flags};
use super::values::{Loc, Val};
use crate::layout::{EnumRepr, Repr};
use crate::mir::{Local, Operand, Place};
use cowl_contract::entries::Entry;
use cowl_contract::layout as abi;
use cowl_contract::planted::{Fault, jumps_to_full, planted};
use cowl_frontend::types::{Ty, TyData, Types};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

/// A counted reference in a value.
enum Counted {
    /// A pointer to a block.
    Block {
        may_be_null: bool,
    },
    Str,
    Array,
    Any,
    Weak,
    /// A word that is a pointer if it is even and not 0.
    Boxed,
}

impl Fx<'_, '_, '_> {
    fn counted(&self, ty: Ty, may_be_zero: bool) -> Option<Counted> {
        Some(match self.data(ty) {
            TyData::Str => Counted::Str,
            TyData::Array(_) => Counted::Array,
            TyData::List(_) | TyData::Map(..) | TyData::Set(_) => {
                Counted::Block { may_be_null: true }
            }
            TyData::Ptr(_) | TyData::Fn(..) => Counted::Block {
                may_be_null: may_be_zero,
            },
            TyData::Weak(_) => Counted::Weak,
            TyData::Any(..) => Counted::Any,
            _ => match &self.layouts().get(ty).repr {
                Repr::Enum(EnumRepr::Boxed { .. }) => Counted::Boxed,
                Repr::Enum(EnumRepr::Nullable { .. }) => Counted::Block { may_be_null: true },
                _ => return None,
            },
        })
    }

    /// The count that changes: adds 1 or takes 1 away, unless the block is immortal.
    fn add_one(&mut self, block: Value) {
        let count = self.b.ins().load(types::I32, flags(), block, abi::COUNT);
        let immortal = self.b.ins().sshr_imm_s(count, 31);
        let one = self.b.ins().iadd_imm_s(immortal, 1);
        let mut more = self.b.ins().iadd(count, one);
        if let Some(from) = jumps_to_full() {
            let full = self
                .b
                .ins()
                .iconst(types::I32, i64::from(abi::IMMORTAL - 1));
            let here = self.b.ins().icmp_imm_s(IntCC::Equal, more, i64::from(from));
            more = self.b.ins().select(here, full, more);
        }
        self.b.ins().store(flags(), more, block, abi::COUNT);
    }

    /// Takes one away; `free` runs instead where it was the last.
    fn take_one(&mut self, block: Value, free: impl FnOnce(&mut Self)) {
        let count = self.b.ins().load(types::I32, flags(), block, abi::COUNT);
        let last = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        let (free_block, keep, next) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.ins().brif(last, free_block, [], keep, []);
        self.b.seal_block(free_block);
        self.b.seal_block(keep);
        self.b.switch_to_block(free_block);
        free(self);
        self.b.ins().jump(next, []);
        self.b.switch_to_block(keep);
        let immortal = self.b.ins().sshr_imm_s(count, 31);
        let one = self.b.ins().iadd_imm_s(immortal, 1);
        let less = self.b.ins().isub(count, one);
        self.b.ins().store(flags(), less, block, abi::COUNT);
        self.b.ins().jump(next, []);
        self.b.seal_block(next);
        self.b.switch_to_block(next);
    }

    fn is_boxed_pointer(&mut self, word: Value) -> Value {
        // Even and not 0: `word - 1` with its low bit set is neither.
        let low = self.b.ins().band_imm_s(word, 1);
        let even = self.b.ins().icmp_imm_s(IntCC::Equal, low, 0);
        let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, word, 0);
        self.b.ins().band(even, some)
    }

    fn is_heap_string(&mut self, last_word: Value) -> Value {
        // Byte 23 is 0xff, or at most 64 + 23.
        self.b.ins().icmp_imm_s(IntCC::SignedLessThan, last_word, 0)
    }

    fn leaves(&self, value: &Val) -> Vec<Value> {
        match value {
            Val::Leaves(v) => v.clone(),
            Val::Mem(_) => crate::ice!("a counted reference without leaves"),
        }
    }

    // ---- one more holder

    pub fn retain(&mut self, loc: &Loc, ty: Ty) {
        let layout = self.layouts().get(ty);
        if !layout.refs {
            return;
        }
        if let Some(counted) = self.counted(ty, false) {
            let value = self.read(loc, ty);
            let leaves = self.leaves(&value);
            return self.retain_one(counted, &leaves);
        }
        match &layout.repr {
            Repr::Fields(fields) if layout.leaves.is_some() => {
                for (i, &t) in fields.types.iter().enumerate() {
                    if self.layouts().refs(t) {
                        let part = self.part(loc, ty, i);
                        self.retain(&part, t);
                    }
                }
            }
            Repr::Enum(EnumRepr::Tagged { .. }) => {
                if let Some((variant, parts)) = self.only_counted_variant(ty) {
                    let is = self.has_tag(loc, ty, variant);
                    let loc = loc.clone();
                    self.if_(is, |fx| {
                        for (field, t) in parts {
                            let part = fx.payload(&loc, ty, variant, field);
                            fx.retain(&part, t);
                        }
                    });
                } else {
                    self.retain_by_desc(loc, ty);
                }
            }
            _ => self.retain_by_desc(loc, ty),
        }
    }

    fn retain_by_desc(&mut self, loc: &Loc, ty: Ty) {
        let (addr, desc) = (self.address(loc, ty), self.desc(ty));
        self.call_entry(Entry::cowl_retain, &[addr, desc]);
    }

    fn retain_one(&mut self, counted: Counted, leaves: &[Value]) {
        let first = leaves[0];
        match counted {
            Counted::Block { may_be_null: false } => self.add_one(first),
            Counted::Block { may_be_null: true } | Counted::Array | Counted::Any => {
                let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, first, 0);
                self.if_(some, |fx| fx.add_one(first));
            }
            Counted::Str if planted(Fault::ClifStringUncounted) => {}
            Counted::Str => {
                let heap = self.is_heap_string(leaves[2]);
                self.if_(heap, |fx| fx.add_one(first));
            }
            Counted::Boxed => {
                let heap = self.is_boxed_pointer(first);
                self.if_(heap, |fx| fx.add_one(first));
            }
            Counted::Weak => {
                self.call_entry(Entry::cowl_weak_retain, &[first]);
            }
        }
    }

    // ---- one holder fewer

    pub fn release(&mut self, loc: &Loc, ty: Ty, may_be_zero: bool) {
        let layout = self.layouts().get(ty);
        if !layout.refs {
            return;
        }
        if let Some(counted) = self.counted(ty, may_be_zero) {
            let value = self.read(loc, ty);
            let leaves = self.leaves(&value);
            return self.release_one(counted, &leaves, ty);
        }
        match &layout.repr {
            Repr::Fields(fields) if layout.leaves.is_some() => {
                for (i, &t) in fields.types.iter().enumerate() {
                    if self.layouts().refs(t) {
                        let part = self.part(loc, ty, i);
                        self.release(&part, t, may_be_zero);
                    }
                }
            }
            Repr::Enum(EnumRepr::Tagged { .. }) => {
                if let Some((variant, parts)) = self.only_counted_variant(ty) {
                    let is = self.has_tag(loc, ty, variant);
                    let loc = loc.clone();
                    self.if_(is, |fx| {
                        for (field, t) in parts {
                            let part = fx.payload(&loc, ty, variant, field);
                            fx.release(&part, t, may_be_zero);
                        }
                    });
                } else {
                    self.release_by_desc(loc, ty);
                }
            }
            _ => self.release_by_desc(loc, ty),
        }
    }

    fn release_by_desc(&mut self, loc: &Loc, ty: Ty) {
        let (addr, desc) = (self.address(loc, ty), self.desc(ty));
        self.call_entry(Entry::cowl_release, &[addr, desc]);
    }

    fn release_one(&mut self, counted: Counted, leaves: &[Value], ty: Ty) {
        let first = leaves[0];
        match counted {
            Counted::Block { may_be_null: false } => self.release_block(first, ty),
            Counted::Block { may_be_null: true } => {
                let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, first, 0);
                self.if_(some, |fx| fx.release_block(first, ty));
            }
            Counted::Boxed => {
                let heap = self.is_boxed_pointer(first);
                self.if_(heap, |fx| fx.release_block(first, ty));
            }
            Counted::Array | Counted::Str => {
                let some = match counted {
                    Counted::Str => self.is_heap_string(leaves[2]),
                    _ => self.b.ins().icmp_imm_s(IntCC::NotEqual, first, 0),
                };
                self.if_(some, |fx| {
                    if planted(Fault::ClifFreeEarly) {
                        fx.take_one(first, |_| {});
                    }
                    fx.take_one(first, |fx| {
                        let desc = fx.desc(ty);
                        fx.call_entry(Entry::cowl_free_storage, &[first, desc]);
                    });
                });
            }
            Counted::Any => {
                let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, first, 0);
                self.if_(some, |fx| {
                    fx.take_one(first, |fx| {
                        fx.call_entry(Entry::cowl_free_any, &[first]);
                    });
                });
            }
            Counted::Weak => {
                self.call_entry(Entry::cowl_weak_release, &[first]);
            }
        }
    }

    fn release_block(&mut self, block: Value, ty: Ty) {
        self.take_one(block, |fx| {
            let desc = fx.desc(ty);
            fx.call_entry(Entry::cowl_free_word, &[block, desc]);
        });
    }

    // ---- parts

    fn part(&mut self, loc: &Loc, ty: Ty, field: usize) -> Loc {
        self.project(loc.clone(), ty, crate::mir::Proj::Field(field as u32))
    }

    pub fn payload(&mut self, loc: &Loc, ty: Ty, variant: u32, field: u32) -> Loc {
        self.project(
            loc.clone(),
            ty,
            crate::mir::Proj::Payload { variant, field },
        )
    }

    /// If exactly one variant of an unboxed enum holds references, and only few: which, and which
    /// of its fields.
    fn only_counted_variant(&self, ty: Ty) -> Option<(u32, Vec<(u32, Ty)>)> {
        let layout = self.layouts().get(ty);
        let Repr::Enum(EnumRepr::Tagged { variants, .. }) = &layout.repr else {
            return None;
        };
        layout.leaves.as_ref()?;
        let mut found = None;
        for (v, fields) in variants.iter().enumerate() {
            let parts: Vec<(u32, Ty)> = fields
                .types
                .iter()
                .enumerate()
                .filter(|(_, t)| self.layouts().refs(**t))
                .map(|(i, &t)| (i as u32, t))
                .collect();
            if parts.is_empty() {
                continue;
            }
            if found.is_some() || parts.len() > 3 {
                return None;
            }
            found = Some((v as u32, parts));
        }
        found
    }

    fn has_tag(&mut self, loc: &Loc, ty: Ty, variant: u32) -> Value {
        let tag = self.tag(loc, ty);
        self.b
            .ins()
            .icmp_imm_s(IntCC::Equal, tag, i64::from(variant))
    }

    // ---- becoming sole

    pub fn make_unique(&mut self, place: &Place, status: Option<Local>, ready: Option<Local>) {
        let (loc, ty) = self.place(place);
        if let Some(ready) = ready {
            let known = self.scalar(&Operand::Copy(ready.into()));
            let unknown = self.b.ins().icmp_imm_s(IntCC::Equal, known, 0);
            self.cold_if(unknown, |fx| {
                fx.make_unique_call(&loc, ty);
                let ready = Loc::local(fx, ready);
                let yes = fx.b.ins().iconst(types::I8, 1);
                fx.write(&ready, Types::BOOL, Val::Leaves(vec![yes]));
            });
            return;
        }
        if let Some(status) = status {
            let result = self.make_unique_call(&loc, ty);
            let status_loc = Loc::local(self, status);
            let status_ty = self.body.decl(status).ty;
            self.write(&status_loc, status_ty, Val::Leaves(vec![result]));
            return;
        }
        if self.vast {
            self.make_unique_call(&loc, ty);
            return;
        }
        let value = self.read(&loc, ty);
        let leaves = self.leaves(&value);
        let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, leaves[0], 0);
        self.if_(some, |fx| {
            let shared = fx.is_not_ready(ty, &leaves);
            fx.cold_if(shared, |fx| {
                fx.make_unique_call(&loc, ty);
            });
        });
    }

    /// Has `make_unique` something to do for a container that has storage?
    fn is_not_ready(&mut self, ty: Ty, leaves: &[Value]) -> Value {
        let first = leaves[0];
        if let TyData::List(_) = self.data(ty) {
            let head = self.b.ins().load(types::I64, flags(), first, abi::COUNT);
            let mask = self.iconst(abi::LIST_SOLE_MASK as i64);
            let head = self.b.ins().band(head, mask);
            return self.b.ins().icmp_imm_s(IntCC::NotEqual, head, 1);
        }
        let count = self.b.ins().load(types::I32, flags(), first, abi::COUNT);
        let shared = self.b.ins().icmp_imm_s(IntCC::NotEqual, count, 1);
        let TyData::Array(_) = self.data(ty) else {
            return shared;
        };
        let data = self
            .b
            .ins()
            .load(types::I64, flags(), first, abi::STORAGE_DATA);
        let len = self
            .b
            .ins()
            .load(types::I64, flags(), first, abi::STORAGE_LEN);
        let other = self.b.ins().icmp(IntCC::NotEqual, data, leaves[1]);
        let short = self.b.ins().icmp(IntCC::NotEqual, len, leaves[2]);
        let part = self.b.ins().bor(other, short);
        self.b.ins().bor(shared, part)
    }

    /// Would `make_unique` have nothing to do?
    pub fn is_ready(&mut self, loc: &Loc, ty: Ty) -> Value {
        let value = self.read(loc, ty);
        let leaves = self.leaves(&value);
        let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, leaves[0], 0);
        self.choose(
            some,
            &[types::I8],
            |fx| {
                let not = fx.is_not_ready(ty, &leaves);
                vec![fx.b.ins().bxor_imm_s(not, 1)]
            },
            |fx| vec![fx.b.ins().iconst(types::I8, 1)],
        )[0]
    }

    fn make_unique_call(&mut self, loc: &Loc, ty: Ty) -> Value {
        let addr = self.address(loc, ty);
        let desc = self.desc(ty);
        let result = match self.data(ty) {
            TyData::List(_) => self.call_entry_cold(Entry::cowl_list_make_unique, &[addr, desc]),
            TyData::Array(_) => {
                let extra = self.iconst(0);
                self.call_entry_cold(Entry::cowl_array_make_unique, &[addr, extra, desc])
            }
            _ => self.call_entry_cold(Entry::cowl_map_make_unique, &[addr, desc]),
        };
        self.reload(loc, ty, addr);
        result.unwrap_or_else(|| crate::ice!("make_unique answers nothing"))
    }

    /// After an entry has changed a value at `addr`: back into its variables.
    pub fn reload(&mut self, loc: &Loc, ty: Ty, addr: Value) {
        if let Loc::Vars(_) = loc {
            let value = self.read(&Loc::Mem(addr, 0), ty);
            self.write(loc, ty, value);
        }
    }

    // ---- blocks

    /// A new block with count 1 and these flags.
    pub fn alloc(&mut self, size: u32, block_flags: u32) -> Value {
        let size = size.next_multiple_of(8);
        let block = if size <= abi::SMALL_MAX {
            let at = std::mem::offset_of!(abi::CtxHead, free) as i32 + size as i32;
            let head = self.b.ins().load(types::I64, flags(), self.ctx, at);
            let there = self.b.ins().icmp_imm_s(IntCC::NotEqual, head, 0);
            self.choose(
                there,
                &[types::I64],
                |fx| {
                    let next = fx.b.ins().load(types::I64, flags(), head, 0);
                    fx.b.ins().store(flags(), next, fx.ctx, at);
                    vec![head]
                },
                |fx| vec![fx.alloc_call(size)],
            )[0]
        } else {
            self.alloc_call(size)
        };
        let header = self.iconst(1 | (i64::from(block_flags) << 32));
        self.b.ins().store(flags(), header, block, abi::COUNT);
        block
    }

    fn alloc_call(&mut self, size: u32) -> Value {
        let size = self.iconst(size.into());
        match self.call_entry(Entry::cowl_alloc, &[size]) {
            Some(block) => block,
            None => crate::ice!("alloc answers nothing"),
        }
    }

    /// Gives a block's memory back.
    pub fn free(&mut self, block: Value, size: u32) {
        let size = size.next_multiple_of(8);
        if size <= abi::SMALL_MAX && !self.e.audited {
            let at = std::mem::offset_of!(abi::CtxHead, free) as i32 + size as i32;
            let head = self.b.ins().load(types::I64, flags(), self.ctx, at);
            self.b.ins().store(flags(), head, block, 0);
            self.b.ins().store(flags(), block, self.ctx, at);
        } else {
            let size = self.iconst(size.into());
            self.call_entry(Entry::cowl_free, &[block, size]);
        }
    }

    /// For taking a box apart: if this was its only holder, `last` runs (and frees the block), else
    /// `shared` (which shares what it takes), and the count goes down.
    pub fn open_box(
        &mut self,
        block: Value,
        last: impl FnOnce(&mut Self),
        shared: impl FnOnce(&mut Self),
    ) {
        let count = self.b.ins().load(types::I32, flags(), block, abi::COUNT);
        let sole = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        let (mine, others, next) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.ins().brif(sole, mine, [], others, []);
        self.b.seal_block(mine);
        self.b.seal_block(others);
        self.b.switch_to_block(mine);
        last(self);
        self.b.ins().jump(next, []);
        self.b.switch_to_block(others);
        shared(self);
        let immortal = self.b.ins().sshr_imm_s(count, 31);
        let one = self.b.ins().iadd_imm_s(immortal, 1);
        let less = self.b.ins().isub(count, one);
        self.b.ins().store(flags(), less, block, abi::COUNT);
        self.b.ins().jump(next, []);
        self.b.seal_block(next);
        self.b.switch_to_block(next);
    }
}
