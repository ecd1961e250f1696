//! What is known about the numbers of a body before its code is written: which are never negative,
//! and which stay as they are while the innermost loop around a statement runs.

use crate::layout::Layouts;
use crate::mir::loops::{Loop, around, loops};
use crate::mir::*;

pub(super) struct Facts {
    never_negative: Vec<bool>,
    loops: Vec<Loop>,
    /// For each block the innermost loop.
    innermost: Vec<Option<usize>>,
    /// For each local the blocks that change it, in their order.
    changed: Vec<Vec<BlockId>>,
}

/// What an operation can rely on.
#[derive(Clone, Copy, Default)]
pub(super) struct Known {
    /// The operands, as signed integers, are not negative.
    pub a_not_negative: bool,
    pub b_not_negative: bool,
    /// Neither changes in the loop: code without effects goes before it.
    pub fixed: bool,
}

impl Facts {
    pub fn new(body: &Body, layouts: &Layouts) -> Facts {
        let loops = loops(body);
        let innermost = around(body, &loops).into_iter().map(|(_, l)| l).collect();
        let mut changed: Vec<Vec<BlockId>> = vec![Vec::new(); body.locals.len()];
        for (i, block) in body.blocks.iter().enumerate() {
            let block_id = BlockId(i as u32);
            for stmt in &block.stmts {
                names::written(&stmt.kind, &mut |p| {
                    let blocks = &mut changed[p.local.index()];
                    if blocks.last() != Some(&block_id) {
                        blocks.push(block_id);
                    }
                });
            }
        }
        Facts {
            never_negative: signs::never_negative(body, layouts),
            loops,
            innermost,
            changed,
        }
    }

    pub fn of(&self, body: &Body, block: BlockId, a: &Operand, b: &Operand) -> Known {
        let fixed =
            |o: &Operand| self.innermost[block.index()].is_some() && self.is_fixed(body, block, o);
        Known {
            a_not_negative: signs::operand(a, &self.never_negative),
            b_not_negative: signs::operand(b, &self.never_negative),
            fixed: fixed(a) && fixed(b),
        }
    }

    fn is_fixed(&self, body: &Body, block: BlockId, o: &Operand) -> bool {
        let (Operand::Copy(p) | Operand::Move(p)) = o else {
            return true;
        };
        let decl = body.decl(p.local);
        let in_memory = decl.kind == LocalKind::Addr || decl.addressed;
        if in_memory || !p.projs.iter().all(|p| matches!(p, Proj::Field(_))) {
            return false;
        }
        let Some(l) = self.innermost[block.index()].map(|l| self.loops[l]) else {
            return true;
        };
        let changed = &self.changed[p.local.index()];
        let first = changed.partition_point(|&b| b < l.head);
        changed.get(first).is_none_or(|&b| !l.contains(b))
    }
}
