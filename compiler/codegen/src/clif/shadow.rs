//! Shadow frames, in the modes that trace: pushed at a function's entry, popped at its one kind of
//! exit, the return. A panic ends the process, so it pops nothing.
//!
//! A frame is one stack slot: `contract::layout::ShadowFrame`, then the values of the roots. Which
//! they are is a static table, with offsets from the frame's start.

use super::func::{Fx, flags};
use crate::data::{Blob, Target};
use cowl_contract::layout::{self as abi, Root, ShadowFrame};
use cranelift_codegen::ir::{InstBuilder, StackSlotData, StackSlotKind, types};
use std::mem::offset_of;

impl Fx<'_, '_, '_> {
    /// Makes the frame's room and pushes it; the offsets of the roots, in the order of the locals.
    /// Parameters are written and the others cleared before anything can collect.
    pub fn shadow_frame(&mut self) -> std::vec::IntoIter<i32> {
        let roots: Vec<_> = self.body.locals.iter().filter(|l| l.root).collect();
        let mut offsets = Vec::with_capacity(roots.len());
        if roots.is_empty() {
            return offsets.into_iter();
        }
        let mut end = size_of::<ShadowFrame>() as u32;
        let mut table = Blob::default();
        for root in &roots {
            let desc = self.e.desc(root.ty);
            let at = table.grow(size_of::<Root>());
            table.u64(at + offset_of!(Root, at), end.into());
            table.pointer(at + offset_of!(Root, desc), Target::Data(desc, 0));
            offsets.push(end as i32);
            let size = self.layouts().get(root.ty).size;
            end += size.max(8).next_multiple_of(8);
        }
        let table = self.e.blob(table);
        let slot =
            self.b
                .create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, end, 3));
        self.shadow = Some(slot);
        let frame = self.b.ins().stack_addr(types::I64, slot, 0);
        let parent = self.load_ctx(types::I64, offset_of!(abi::CtxHead, shadow));
        let n = self.iconst(roots.len() as i64);
        let table = self.data_addr(table);
        for (value, at) in [
            (parent, offset_of!(ShadowFrame, parent)),
            (n, offset_of!(ShadowFrame, num_roots)),
            (table, offset_of!(ShadowFrame, roots)),
        ] {
            self.b.ins().store(flags(), value, frame, at as i32);
        }
        let head = offset_of!(abi::CtxHead, shadow) as i32;
        self.b.ins().store(flags(), frame, self.ctx, head);
        offsets.into_iter()
    }

    pub fn pop_shadow_frame(&mut self) {
        let Some(slot) = self.shadow else { return };
        let at = offset_of!(ShadowFrame, parent) as i32;
        let frame = self.b.ins().stack_addr(types::I64, slot, 0);
        let parent = self.b.ins().load(types::I64, flags(), frame, at);
        let head = offset_of!(abi::CtxHead, shadow) as i32;
        self.b.ins().store(flags(), parent, self.ctx, head);
    }
}
