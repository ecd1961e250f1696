//! The address of an element: of an Array by its number, of a List in its tail or down the trie.
//!
//! Takes an index in range. A walk for a change stays in compiled code while each node on the way
//! has one holder, and leaves to the runtime what is shared. Must not change a length.

use super::func::{Fx, flags};
use super::values::{Loc, Val};
use crate::mir::*;
use cowl_contract::entries::Entry;
use cowl_contract::layout as abi;
use cowl_frontend::types::{Ty, TyData};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

/// Bits of a position that choose a child of an inner node.
const CHILD: i64 = (1 << abi::NODE_BITS) - 1;

impl Fx<'_, '_, '_> {
    pub fn element(&mut self, seq: &Place, index: &Operand, mutable: bool) -> Value {
        let (loc, ty) = self.place(seq);
        let elem = match self.data(ty) {
            TyData::List(t) | TyData::Array(t) => *t,
            other => crate::ice!("elements of {other:?}"),
        };
        let stride = self.layouts().get(elem).stride();
        let index = self.scalar(index);
        if let TyData::Array(_) = self.data(ty) {
            let Val::Leaves(leaves) = self.read(&loc, ty) else {
                crate::ice!("an array without leaves")
            };
            return self.step(leaves[1], index, stride);
        }
        let list = self.word(&loc);
        let trie = self.b.ins().uload32(flags(), list, abi::LIST_TRIE_LEN);
        let in_tail = self
            .b
            .ins()
            .icmp(IntCC::UnsignedGreaterThanOrEqual, index, trie);
        self.choose(
            in_tail,
            &[types::I64],
            |fx| {
                let tail = fx.b.ins().load(types::I64, flags(), list, abi::LIST_TAIL);
                let at = fx.b.ins().isub(index, trie);
                vec![fx.step(tail, at, stride)]
            },
            |fx| {
                vec![match fx.vast {
                    true => fx.element_call(&loc, ty, list, index, mutable),
                    false => fx.element_of_trie(&loc, ty, list, index, mutable, stride),
                }]
            },
        )[0]
    }

    /// Down from the root, as `vector::at` and `at_mut` go. `shift` is that of the node's level: on
    /// that of a leaf it is less than the bits of a position in a leaf.
    fn element_of_trie(
        &mut self,
        loc: &Loc,
        ty: Ty,
        list: Value,
        index: Value,
        mutable: bool,
        stride: u32,
    ) -> Value {
        let bits = i64::from(abi::leaf_bits(stride));
        let per_level = i64::from(abi::NODE_BITS);
        let (head, choice, down, leaf, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        let node = self.b.append_block_param(head, types::I64);
        let shift = self.b.append_block_param(head, types::I64);
        let addr = self.b.append_block_param(done, types::I64);

        let start = self
            .b
            .ins()
            .load(types::I64, flags(), list, abi::LIST_START);
        let pos = self.b.ins().iadd(start, index);
        let root = self.b.ins().load(types::I64, flags(), list, abi::LIST_ROOT);
        let f = self.b.ins().uload32(flags(), list, abi::FLAGS);
        let height = self
            .b
            .ins()
            .ushr_imm_s(f, i64::from(abi::LIST_HEIGHT_SHIFT));
        let height = self.b.ins().band_imm_s(height, 0xff);
        let first = self.b.ins().imul_imm_s(height, per_level);
        let first = self.b.ins().iadd_imm_s(first, bits - 2 * per_level);
        let args = [BlockArg::from(root), BlockArg::from(first)];
        self.b.ins().jump(head, &args);

        self.b.switch_to_block(head);
        if mutable {
            let shared = self.b.create_block();
            self.b.set_cold_block(shared);
            let count = self.b.ins().load(types::I32, flags(), node, abi::COUNT);
            let sole = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
            self.b.ins().brif(sole, choice, [], shared, []);
            self.b.seal_block(shared);
            self.b.switch_to_block(shared);
            let made = self.element_call(loc, ty, list, index, true);
            self.b.ins().jump(done, &[BlockArg::from(made)]);
        } else {
            self.b.ins().jump(choice, []);
        }
        self.b.seal_block(choice);
        self.b.switch_to_block(choice);
        let inner = self
            .b
            .ins()
            .icmp_imm_s(IntCC::SignedGreaterThanOrEqual, shift, bits);
        self.b.ins().brif(inner, down, [], leaf, []);
        self.b.seal_block(down);
        self.b.seal_block(leaf);

        self.b.switch_to_block(down);
        let child = self.b.ins().ushr(pos, shift);
        let child = self.b.ins().band_imm_s(child, CHILD);
        let slot = self.step(node, child, 8);
        let next = self
            .b
            .ins()
            .load(types::I64, flags(), slot, abi::NODE_ELEMS);
        let below = self.b.ins().iadd_imm_s(shift, -per_level);
        let args = [BlockArg::from(next), BlockArg::from(below)];
        self.b.ins().jump(head, &args);
        self.b.seal_block(head);

        self.b.switch_to_block(leaf);
        let at = self.b.ins().band_imm_s(pos, (1 << bits) - 1);
        let found = self.step(node, at, stride);
        let found = self.offset(found, abi::NODE_ELEMS);
        self.b.ins().jump(done, &[BlockArg::from(found)]);
        self.b.seal_block(done);
        self.b.switch_to_block(done);
        addr
    }

    fn element_call(
        &mut self,
        loc: &Loc,
        ty: Ty,
        list: Value,
        index: Value,
        mutable: bool,
    ) -> Value {
        let desc = self.desc(ty);
        let addr = if mutable {
            let slot = self.address(loc, ty);
            let addr = self.call_entry_cold(Entry::cowl_list_at_mut, &[slot, index, desc]);
            self.reload(loc, ty, slot);
            addr
        } else {
            self.call_entry(Entry::cowl_list_at, &[list, index, desc])
        };
        addr.unwrap_or_else(|| crate::ice!("an element without address"))
    }
}
