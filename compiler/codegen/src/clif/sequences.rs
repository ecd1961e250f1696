//! Lists, Arrays and strings: lengths, elements, literals, and the short ways of pushing.

use super::func::{Fx, flags};
use super::values::{Loc, Val};
use crate::mir::*;
use cowl_contract::entries::Entry;
use cowl_contract::layout as abi;
use cowl_contract::planted::{Fault, planted};
use cowl_frontend::types::{Ty, TyData};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

impl Fx<'_, '_, '_> {
    fn elem(&self, ty: Ty) -> Ty {
        match self.data(ty) {
            TyData::List(t) | TyData::Array(t) => *t,
            other => crate::ice!("elements of {other:?}"),
        }
    }

    fn load_u32(&mut self, addr: Value, at: i32) -> Value {
        self.b.ins().uload32(flags(), addr, at)
    }

    fn all_leaves(&mut self, loc: &Loc, ty: Ty) -> Vec<Value> {
        match self.read(loc, ty) {
            Val::Leaves(v) => v,
            Val::Mem(_) => crate::ice!("a collection without leaves"),
        }
    }

    pub fn len(&mut self, loc: &Loc, ty: Ty) -> Value {
        match self.data(ty) {
            TyData::Array(_) => self.all_leaves(loc, ty)[2],
            TyData::Str => {
                let last = self.all_leaves(loc, ty)[2];
                let tag = self.b.ins().ushr_imm_s(last, 56);
                let plain = self.b.ins().icmp_imm_s(
                    IntCC::UnsignedLessThanOrEqual,
                    tag,
                    i64::from(abi::STRING_INLINE_MAX),
                );
                let loc = loc.clone();
                self.choose(
                    plain,
                    &[types::I64],
                    |_| vec![tag],
                    |fx| {
                        let addr = fx.address(&loc, ty);
                        vec![
                            fx.call_entry(Entry::cowl_string_len, &[addr])
                                .unwrap_or_else(|| crate::ice!("len answers nothing")),
                        ]
                    },
                )[0]
            }
            TyData::List(_) | TyData::Map(..) | TyData::Set(_) => {
                let at = match self.data(ty) {
                    TyData::List(_) => abi::LIST_LEN,
                    _ => abi::MAP_LEN,
                };
                let word = self.word(loc);
                let some = self.b.ins().icmp_imm_s(IntCC::NotEqual, word, 0);
                self.choose(
                    some,
                    &[types::I64],
                    |fx| vec![fx.load_u32(word, at)],
                    |fx| vec![fx.iconst(0)],
                )[0]
            }
            other => crate::ice!("the length of {other:?}"),
        }
    }

    /// Bytes of a string.
    pub fn string_size(&mut self, loc: &Loc, ty: Ty) -> Value {
        let leaves = self.all_leaves(loc, ty);
        let tag = self.b.ins().ushr_imm_s(leaves[2], 56);
        let inline = self.b.ins().band_imm_s(tag, 63);
        let heap = self.b.ins().ushr_imm_s(leaves[1], 32);
        let is_heap = self
            .b
            .ins()
            .icmp_imm_s(IntCC::Equal, tag, i64::from(abi::STRING_HEAP));
        self.b.ins().select(is_heap, heap, inline)
    }

    pub fn check_index(&mut self, index: &Operand, len: &Operand, end_too: bool) {
        let (index, len) = (self.scalar(index), self.scalar(len));
        let cc = if end_too || planted(Fault::ClifIndexBound) {
            IntCC::UnsignedGreaterThan
        } else {
            IntCC::UnsignedGreaterThanOrEqual
        };
        let bad = self.b.ins().icmp(cc, index, len);
        self.cold_if(bad, |fx| fx.fail(Entry::cowl_panic_index, &[index, len]));
    }

    pub fn make_seq(&mut self, dst: &Place, elems: &[Operand]) {
        let (loc, ty) = self.place(dst);
        let elem = self.elem(ty);
        let stride = self.layouts().get(elem).stride();
        let values: Vec<Val> = elems.iter().map(|o| self.operand(o, elem)).collect();
        let n = self.iconst(elems.len() as i64);
        let desc = self.desc(ty);
        if let TyData::List(_) = self.data(ty) {
            let Some(list) = self.call_entry(Entry::cowl_list_new, &[n, desc]) else {
                crate::ice!("a list without a block")
            };
            self.store_elems(list, abi::LIST_ELEMS, elem, stride, values);
            self.write(&loc, ty, Val::Leaves(vec![list]));
            return;
        }
        let out = self.scratch(abi::ARRAY_SIZE);
        let none = self.iconst(0);
        self.call_entry(Entry::cowl_array_from, &[none, n, desc, out]);
        let storage = self
            .b
            .ins()
            .load(types::I64, flags(), out, abi::ARRAY_STORAGE);
        let data = self.b.ins().load(types::I64, flags(), out, abi::ARRAY_DATA);
        self.store_elems(data, 0, elem, stride, values);
        self.b.ins().store(flags(), n, storage, abi::STORAGE_LEN);
        self.write(&loc, ty, Val::Leaves(vec![storage, data, n]));
    }

    fn store_elems(&mut self, addr: Value, at: i32, elem: Ty, stride: u32, values: Vec<Val>) {
        for (i, value) in values.into_iter().enumerate() {
            let to = Loc::Mem(addr, at + (i as u32 * stride) as i32);
            self.write(&to, elem, value);
        }
    }

    // ---- pushing

    /// Pushes to a sole or empty List: into the room of its tail, else through the runtime.
    pub fn list_push(&mut self, list: &Place, elem: &Operand) {
        let (loc, ty) = self.place(list);
        let elem_ty = self.elem(ty);
        let stride = self.layouts().get(elem_ty).stride();
        let value = self.operand(elem, elem_ty);
        let word = self.word(&loc);
        let (room, slow, fast, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.ins().brif(word, room, [], slow, []);
        self.b.seal_block(room);
        self.b.switch_to_block(room);
        let len = self.load_u32(word, abi::LIST_LEN);
        let trie = self.load_u32(word, abi::LIST_TRIE_LEN);
        let used = self.b.ins().isub(len, trie);
        let f = self.load_u32(word, abi::FLAGS);
        let cap = self
            .b
            .ins()
            .ushr_imm_s(f, i64::from(abi::LIST_TAIL_CAP_SHIFT));
        let fits = self.b.ins().icmp(IntCC::UnsignedLessThan, used, cap);
        self.b.ins().brif(fits, fast, [], slow, []);
        self.b.seal_block(fast);
        self.b.seal_block(slow);

        self.b.switch_to_block(fast);
        let at = self.step(word, used, stride);
        self.write(&Loc::Mem(at, abi::LIST_ELEMS), elem_ty, value.clone());
        let more = self.b.ins().iadd_imm_s(len, 1);
        self.b.ins().istore32(flags(), more, word, abi::LIST_LEN);
        self.b.ins().jump(done, []);

        self.b.switch_to_block(slow);
        let value = self.spill(value, elem_ty);
        self.push_call(Entry::cowl_list_push, &loc, ty, value);
        self.b.ins().jump(done, []);
        self.b.seal_block(done);
        self.b.switch_to_block(done);
    }

    /// Pushes to a sole, whole or empty Array.
    pub fn array_push(&mut self, array: &Place, elem: &Operand) {
        let (loc, ty) = self.place(array);
        let elem_ty = self.elem(ty);
        let stride = self.layouts().get(elem_ty).stride();
        let value = self.operand(elem, elem_ty);
        let leaves = self.all_leaves(&loc, ty);
        let (storage, data, len) = (leaves[0], leaves[1], leaves[2]);
        let (room, slow, fast, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        self.b.ins().brif(storage, room, [], slow, []);
        self.b.seal_block(room);
        self.b.switch_to_block(room);
        let at = self.step(data, len, stride);
        let end = self
            .b
            .ins()
            .load(types::I64, flags(), storage, abi::STORAGE_END);
        let full = self.b.ins().icmp(IntCC::Equal, at, end);
        self.b.ins().brif(full, slow, [], fast, []);
        self.b.seal_block(fast);
        self.b.seal_block(slow);

        self.b.switch_to_block(fast);
        self.write(&Loc::Mem(at, 0), elem_ty, value.clone());
        let more = self.b.ins().iadd_imm_s(len, 1);
        self.b.ins().store(flags(), more, storage, abi::STORAGE_LEN);
        match &loc {
            Loc::Vars(vars) => self.b.def_var(vars[2], more),
            Loc::Mem(addr, at) => {
                self.b
                    .ins()
                    .store(flags(), more, *addr, at + abi::ARRAY_LEN);
            }
            Loc::Vals(_) => crate::ice!("an array that cannot change"),
        }
        self.b.ins().jump(done, []);

        self.b.switch_to_block(slow);
        let value = self.spill(value, elem_ty);
        self.push_call(Entry::cowl_array_push, &loc, ty, value);
        self.b.ins().jump(done, []);
        self.b.seal_block(done);
        self.b.switch_to_block(done);
    }

    fn push_call(&mut self, entry: Entry, loc: &Loc, ty: Ty, elem: Value) {
        let slot = self.address(loc, ty);
        let desc = self.desc(ty);
        self.call_entry_cold(entry, &[slot, elem, desc]);
        self.reload(loc, ty, slot);
    }
}
