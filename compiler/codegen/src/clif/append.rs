//! Appending to a string, for short text: into the room of a sole storage, without a call.
//!
//! Takes what `cowl_string_append` takes and leaves all else to it: a target that is inline, shared or
//! full, text that lies in a storage or is not all ASCII.

use super::func::{Fx, flags};
use super::values::{Loc, Val};
use crate::mir::*;
use cowl_contract::entries::Entry;
use cowl_contract::layout as abi;
use cowl_frontend::types::Types;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

impl Fx<'_, '_, '_> {
    pub fn string_append(&mut self, string: &Place, more: &Place) {
        let (loc, _) = self.place(string);
        let (from, _) = self.place(more);
        let (whole, home) = (self.words(&loc), self.words(&from));
        let (heap, sole, fast, slow, done) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        // The text is inline and ASCII if its last byte is its size.
        let n = self.b.ins().ushr_imm_s(home[2], 56);
        let max = i64::from(abi::STRING_INLINE_MAX);
        let short = self
            .b
            .ins()
            .icmp_imm_s(IntCC::UnsignedLessThanOrEqual, n, max);
        self.b.ins().brif(short, heap, [], slow, []);
        self.b.seal_block(heap);

        self.b.switch_to_block(heap);
        let tag = self.b.ins().ushr_imm_s(whole[2], 56);
        let is_heap = self
            .b
            .ins()
            .icmp_imm_s(IntCC::Equal, tag, i64::from(abi::STRING_HEAP));
        self.b.ins().brif(is_heap, sole, [], slow, []);
        self.b.seal_block(sole);

        // All of its 24 bytes are stored at the end: what lies behind the text in a sole storage is
        // nobody's.
        self.b.switch_to_block(sole);
        let storage = whole[0];
        let count = self.b.ins().load(types::I32, flags(), storage, abi::COUNT);
        let shared = self.b.ins().icmp_imm_s(IntCC::NotEqual, count, 1);
        let begin = self.b.ins().band_imm_s(whole[1], 0xffff_ffff);
        let size = self.b.ins().ushr_imm_s(whole[1], 32);
        let end = self.b.ins().iadd(begin, size);
        let need = self.b.ins().iadd_imm_s(end, i64::from(abi::STRING_SIZE));
        let cap = self
            .b
            .ins()
            .uload32(flags(), storage, abi::STRING_STORAGE_CAP);
        let full = self.b.ins().icmp(IntCC::UnsignedGreaterThan, need, cap);
        let not = self.b.ins().bor(shared, full);
        self.b.ins().brif(not, slow, [], fast, []);
        self.b.seal_block(fast);
        self.b.seal_block(slow);

        self.b.switch_to_block(fast);
        let to = self.b.ins().iadd(storage, end);
        for (i, &word) in home.iter().enumerate() {
            let at = abi::STRING_BYTES + 8 * i as i32;
            self.b.ins().store(flags(), word, to, at);
        }
        let size = self.b.ins().iadd(size, n);
        self.b
            .ins()
            .istore32(flags(), size, storage, abi::STRING_STORAGE_SIZE);
        let more_size = self.b.ins().ishl_imm_s(n, 32);
        let sizes = self.b.ins().iadd(whole[1], more_size);
        let chars = self.b.ins().iadd(whole[2], n);
        self.write(&loc, Types::STR, Val::Leaves(vec![storage, sizes, chars]));
        self.b.ins().jump(done, []);

        self.b.set_cold_block(slow);
        self.b.switch_to_block(slow);
        let text = self.address(&from, Types::STR);
        let slot = self.address(&loc, Types::STR);
        self.call_entry(Entry::cowl_string_append, &[slot, text]);
        self.reload(&loc, Types::STR, slot);
        self.b.ins().jump(done, []);
        self.b.seal_block(done);
        self.b.switch_to_block(done);
    }

    fn words(&mut self, loc: &Loc) -> Vec<Value> {
        match self.read(loc, Types::STR) {
            Val::Leaves(words) => words,
            Val::Mem(_) => crate::ice!("a string without leaves"),
        }
    }
}
