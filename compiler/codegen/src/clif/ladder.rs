//! Joins of many edges become ladders. Takes a finished function in Cranelift IR and changes the
//! targets of its branches; what it computes stays the same.
//!
//! The end of an `else if` chain, the false side of a long `&&`, the exit of a function of many `?`
//! are blocks with an edge from every depth of the dominator tree. The register allocator finds
//! dominators by walking up from each edge (Cooper, Harvey, Kennedy, "A simple, fast dominance
//! algorithm"), which for such a block costs the square of the number of edges. With a rung for
//! every few edges, each rung jumping to the next, every walk is short. Rungs are empty blocks, so
//! the machine code has no jump more: the assembler's buffer joins them with their targets.

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::dominator_tree::DominatorTree;
use cranelift_codegen::entity::SecondaryMap;
use cranelift_codegen::flowgraph::ControlFlowGraph;
use cranelift_codegen::ir::{
    Block, BlockArg, Function, Inst, InstBuilder, StackSlot, StackSlotData, StackSlotKind, Type,
    Value, types,
};
use rustc_hash::FxHashMap;

/// Edges that meet in one block.
const EDGES: usize = 32;

/// Gives every block of `func` with more edges than that a ladder.
pub(super) fn build(func: &mut Function) {
    let cfg = ControlFlowGraph::with_function(func);
    let tree = DominatorTree::with_function(func, &cfg);
    let mut depths: SecondaryMap<Block, u32> = SecondaryMap::new();
    let mut edges: FxHashMap<Block, Vec<(Inst, usize)>> = FxHashMap::default();
    // In reverse postorder each block comes behind its dominator.
    for &block in tree.cfg_postorder().iter().rev() {
        depths[block] = tree.idom(block).map_or(0, |above| depths[above] + 1);
        let Some(inst) = func.layout.last_inst(block) else {
            continue;
        };
        let dfg = &func.dfg;
        let targets = dfg.insts[inst].branch_destination(&dfg.jump_tables, &dfg.exception_tables);
        for (i, target) in targets.iter().enumerate() {
            edges
                .entry(target.block(&dfg.value_lists))
                .or_default()
                .push((inst, i));
        }
    }
    // In the order of the blocks, so that the code does not depend on a hash.
    let mut wide: Vec<(Block, Vec<(Inst, usize)>)> =
        edges.into_iter().filter(|(_, e)| e.len() > EDGES).collect();
    wide.sort_by_key(|(block, _)| *block);
    for (block, mut edges) in wide {
        edges.sort_by_key(|&(inst, _)| func.layout.inst_block(inst).map(|b| depths[b]));
        // Each rung takes deeper edges than the one before and leads to it, so that no edge meets
        // one that is much less deep.
        let slots = slots(func, block);
        let mut next = match slots.is_empty() {
            true => block,
            false => foot(func, block, &slots),
        };
        for edges in edges.chunks(EDGES) {
            next = rung(func, block, next, &slots, edges);
        }
    }
}

/// What the rungs keep the values of `block`'s parameters in. As parameters of each rung they would
/// be one live range of all edges for the register allocator, which again costs a square.
fn slots(func: &mut Function, block: Block) -> Vec<(Type, StackSlot)> {
    let params = func.dfg.block_params(block).to_vec();
    let slot = |p: Value| {
        let ty = func.dfg.value_type(p);
        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, ty.bytes(), 3);
        (ty, func.create_sized_stack_slot(data))
    };
    params.into_iter().map(slot).collect()
}

/// A block before `block` that hands it the values of the slots.
fn foot(func: &mut Function, block: Block, slots: &[(Type, StackSlot)]) -> Block {
    let foot = func.dfg.make_block();
    func.layout.insert_block(foot, block);
    let mut at = FuncCursor::new(func).at_bottom(foot);
    let load =
        |&(ty, slot): &(Type, StackSlot)| at.ins().stack_load(types::I64, ty, slot, 0).into();
    let args: Vec<BlockArg> = slots.iter().map(load).collect();
    at.ins().jump(block, &args);
    foot
}

/// A rung that leads to `next`, with `edges`, which led to `block` with values for the slots.
fn rung(
    func: &mut Function,
    block: Block,
    next: Block,
    slots: &[(Type, StackSlot)],
    edges: &[(Inst, usize)],
) -> Block {
    let rung = func.dfg.make_block();
    func.layout.insert_block(rung, next);
    FuncCursor::new(func).at_bottom(rung).ins().jump(next, &[]);
    let mut take = rung;
    if !slots.is_empty() {
        take = func.dfg.make_block();
        func.layout.insert_block(take, rung);
        for &(ty, slot) in slots {
            let param = func.dfg.append_block_param(take, ty);
            FuncCursor::new(func)
                .at_bottom(take)
                .ins()
                .stack_store(types::I64, param, slot, 0);
        }
        FuncCursor::new(func).at_bottom(take).ins().jump(rung, &[]);
    }
    for &(inst, i) in edges {
        let dfg = &mut func.dfg;
        let targets =
            dfg.insts[inst].branch_destination_mut(&mut dfg.jump_tables, &mut dfg.exception_tables);
        debug_assert_eq!(targets[i].block(&dfg.value_lists), block);
        targets[i].set_block(take, &mut dfg.value_lists);
    }
    rung
}
