//! One function: its locals as variables or stack slots, its blocks and terminators.

use super::facts::Facts;
use super::values::{Loc, Val};
use super::{Emit, Results, machine, results, reuse};
use crate::layout::Layouts;
use crate::mir::*;
use crate::sites::Site;
use cowl_contract::entries::Entry;
use cowl_contract::layout as abi;
use cowl_contract::planted::{Fault, planted};
use cowl_frontend::types::Ty;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    self, BlockArg, InstBuilder, MemFlagsData, SourceLoc, StackSlot, StackSlotData, StackSlotKind,
    TrapCode, Type, Value, types,
};
use cranelift_frontend::{FunctionBuilder, Switch, Variable};
use cranelift_module::FuncId;
use rustc_hash::FxHashMap;

/// Where a local lives.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Leaves(Vec<Variable>),
    Stack(StackSlot),
    /// In the shadow frame, at this offset.
    Root(i32),
    /// Somebody's memory: an argument without leaves, or a look at such a value.
    Pointer(Variable),
    /// An address local.
    Addr(Variable),
}

pub(super) struct Fx<'e, 'a, 'b> {
    pub e: &'e mut Emit<'a>,
    pub b: FunctionBuilder<'b>,
    pub body: &'e Body,
    pub slots: Vec<Slot>,
    pub ctx: Value,
    pub env: Option<Value>,
    result: Option<Value>,
    pub site: Site,
    funcs: FxHashMap<FuncId, ir::FuncRef>,
    /// Stack room for spilled operands, by size, used again by the next statement.
    scratch: Vec<(u32, StackSlot)>,
    scratch_used: usize,
    /// The shadow frame, if the function has roots.
    pub shadow: Option<StackSlot>,
    /// Calls the runtime for what is otherwise written out.
    pub vast: bool,
    pub facts: Facts,
    /// The block of MIR that is being written.
    pub block: BlockId,
}

/// Functions of more statements have their fast paths in the runtime: a push written out is thirty
/// instructions, and of 100,000 of them nothing is fast.
const VAST: usize = 20_000;

pub(super) fn flags() -> MemFlagsData {
    MemFlagsData::trusted()
}

pub(super) fn translate<'b>(e: &mut Emit, b: FunctionBuilder<'b>, body: &Body) {
    let facts = Facts::new(body, e.layouts());
    let fx = Fx {
        e,
        b,
        body,
        slots: Vec::new(),
        ctx: Value::from_u32(0),
        env: None,
        result: None,
        site: body.site,
        funcs: FxHashMap::default(),
        scratch: Vec::new(),
        scratch_used: 0,
        shadow: None,
        vast: body.blocks.iter().map(|b| b.stmts.len()).sum::<usize>() > VAST,
        facts,
        block: BlockId(0),
    };
    fx.run();
}

impl<'e, 'a, 'b> Fx<'e, 'a, 'b> {
    pub fn layouts(&self) -> &'a Layouts<'a> {
        self.e.layouts()
    }

    fn run(mut self) {
        let blocks: Vec<ir::Block> = self
            .body
            .blocks
            .iter()
            .map(|_| self.b.create_block())
            .collect();
        let entry = self.b.create_block();
        self.b.append_block_params_for_function_params(entry);
        self.b.switch_to_block(entry);
        self.b.seal_block(entry);
        self.set_site(self.body.site);
        self.prologue(entry);
        self.b.ins().jump(blocks[0], []);

        let mut missing = vec![0u32; blocks.len()];
        missing[0] = 1;
        for b in &self.body.blocks {
            for s in b.term.successors() {
                missing[s.index()] += 1;
            }
        }
        missing[0] -= 1;
        if missing[0] == 0 {
            self.b.seal_block(blocks[0]);
        }
        let body = self.body;
        for (i, block) in body.blocks.iter().enumerate() {
            self.b.switch_to_block(blocks[i]);
            self.block = BlockId(i as u32);
            if block.cold {
                self.b.set_cold_block(blocks[i]);
            }
            for stmt in &block.stmts {
                self.set_site(stmt.site);
                self.scratch_used = 0;
                self.stmt(&stmt.kind);
            }
            self.scratch_used = 0;
            self.term(&block.term, &blocks);
            for s in block.term.successors() {
                missing[s.index()] -= 1;
                if missing[s.index()] == 0 {
                    self.b.seal_block(blocks[s.index()]);
                }
            }
        }
        self.b.seal_all_blocks();
        let config = self.e.module.target_config();
        self.b.finalize(config);
    }

    pub fn set_site(&mut self, site: Site) {
        self.site = site;
        self.b.set_srcloc(SourceLoc::new(site.0));
    }

    fn prologue(&mut self, entry: ir::Block) {
        let params = self.b.block_params(entry).to_vec();
        let mut params = params.into_iter();
        let mut next = || {
            params
                .next()
                .unwrap_or_else(|| crate::ice!("too few parameters"))
        };
        self.ctx = next();
        if let Results::Memory = results(self.layouts(), self.body.ret) {
            self.result = Some(next());
        }
        if self.body.has_env {
            self.env = Some(next());
        }
        let mut is_param = vec![false; self.body.locals.len()];
        let mut given: FxHashMap<Local, Vec<Value>> = FxHashMap::default();
        for &p in &self.body.params {
            is_param[p.index()] = true;
            let n = match &self.layouts().get(self.body.decl(p).ty).leaves {
                Some(leaves) => leaves.len(),
                None => 1,
            };
            given.insert(p, (0..n).map(|_| next()).collect());
        }
        let mut roots = self.shadow_frame();
        let owners = self.owners();
        for (i, decl) in self.body.locals.iter().enumerate() {
            let local = Local(i as u32);
            let layout = self.layouts().get(decl.ty);
            let slot = match (&layout.leaves, decl.kind) {
                // Its owner's, below.
                _ if owners[i] != local => Slot::Leaves(Vec::new()),
                (_, LocalKind::Addr) => Slot::Addr(self.b.declare_var(types::I64)),
                _ if decl.root => match roots.next() {
                    Some(at) => Slot::Root(at),
                    None => crate::ice!("a root without room"),
                },
                (Some(leaves), _) if !decl.addressed => {
                    Slot::Leaves(leaves.iter().map(|l| self.b.declare_var(l.ty)).collect())
                }
                (None, LocalKind::Borrowed) => Slot::Pointer(self.b.declare_var(types::I64)),
                (None, _) if is_param[i] => Slot::Pointer(self.b.declare_var(types::I64)),
                _ => Slot::Stack(self.stack_slot(layout.size)),
            };
            self.slots.push(slot.clone());
            if let Some(values) = given.remove(&local) {
                if let Slot::Pointer(var) = slot {
                    self.b.def_var(var, values[0]);
                } else if layout.leaves.is_none() {
                    let loc = Loc::local(self, local);
                    self.write(&loc, decl.ty, Val::Mem(values[0]));
                } else {
                    let loc = Loc::local(self, local);
                    self.write(&loc, decl.ty, Val::Leaves(values));
                }
            } else if decl.clears {
                let loc = Loc::local(self, local);
                self.clear(&loc, decl.ty);
            }
        }
        for (i, owner) in owners.iter().enumerate() {
            if owner.index() != i {
                self.slots[i] = self.slots[owner.index()].clone();
            }
        }
        self.check_stack();
    }

    /// Locals that share variables: those with the same leaves, and addresses.
    fn owners(&self) -> Vec<Local> {
        let mut kinds: FxHashMap<Vec<Type>, u32> = FxHashMap::default();
        let kinds: Vec<Option<u32>> = self
            .body
            .locals
            .iter()
            .map(|decl| {
                let types = match (&self.layouts().get(decl.ty).leaves, decl.kind) {
                    (_, LocalKind::Addr) => vec![types::I64, types::INVALID],
                    (Some(leaves), _) if !leaves.is_empty() => {
                        leaves.iter().map(|l| l.ty).collect()
                    }
                    _ => return None,
                };
                let next = kinds.len() as u32;
                Some(*kinds.entry(types).or_insert(next))
            })
            .collect();
        reuse::share(self.body, |local| kinds[local.index()])
    }

    pub fn stack_slot(&mut self, size: u32) -> StackSlot {
        self.b.create_sized_stack_slot(StackSlotData::new(
            StackSlotKind::ExplicitSlot,
            size.max(8),
            3,
        ))
    }

    /// Room on the stack until the end of the statement.
    pub fn scratch(&mut self, size: u32) -> Value {
        let size = size.max(8).next_multiple_of(8);
        let found = (self.scratch_used..self.scratch.len()).find(|&i| self.scratch[i].0 == size);
        let i = match found {
            Some(i) => i,
            None => {
                let slot = self.stack_slot(size);
                self.scratch.push((size, slot));
                self.scratch.len() - 1
            }
        };
        self.scratch.swap(i, self.scratch_used);
        let slot = self.scratch[self.scratch_used].1;
        self.scratch_used += 1;
        self.b.ins().stack_addr(types::I64, slot, 0)
    }

    /// A function whose frame would lie below the limit is a stack overflow.
    fn check_stack(&mut self) {
        let limit = self.load_ctx(types::I64, std::mem::offset_of!(abi::CtxHead, stack_limit));
        let sp = self.b.ins().get_stack_pointer(types::I64);
        let over = self.b.ins().icmp(IntCC::UnsignedLessThan, sp, limit);
        self.cold_if(over, |fx| fx.fail(Entry::cowl_panic_stack, &[]));
        if self.e.count_depth && !self.body.is_std {
            let at = std::mem::offset_of!(abi::CtxHead, depth_left);
            let left = self.load_ctx(types::I32, at);
            let left = self.b.ins().iadd_imm_s(left, -1);
            self.b.ins().store(flags(), left, self.ctx, at as i32);
            let over = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, left, 0);
            self.cold_if(over, |fx| fx.fail(Entry::cowl_panic_stack, &[]));
        }
    }

    pub fn load_ctx(&mut self, ty: Type, offset: usize) -> Value {
        self.b.ins().load(ty, flags(), self.ctx, offset as i32)
    }

    // ---- small helpers for blocks inside of a statement

    /// Runs `then` in a cold block if `cond` holds. What it builds must not end the block with a
    /// terminator unless it never returns (`fail`).
    pub fn cold_if(&mut self, cond: Value, then: impl FnOnce(&mut Self)) {
        let (cold, next) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(cold);
        self.b.ins().brif(cond, cold, [], next, []);
        self.b.seal_block(cold);
        self.b.switch_to_block(cold);
        then(self);
        if !self.b.is_unreachable() && !self.ended() {
            self.b.ins().jump(next, []);
        }
        self.b.seal_block(next);
        self.b.switch_to_block(next);
    }

    pub fn if_(&mut self, cond: Value, then: impl FnOnce(&mut Self)) {
        let (yes, next) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(cond, yes, [], next, []);
        self.b.seal_block(yes);
        self.b.switch_to_block(yes);
        then(self);
        self.b.ins().jump(next, []);
        self.b.seal_block(next);
        self.b.switch_to_block(next);
    }

    /// Two ways that each give values of the same types.
    pub fn choose(
        &mut self,
        cond: Value,
        tys: &[Type],
        yes: impl FnOnce(&mut Self) -> Vec<Value>,
        no: impl FnOnce(&mut Self) -> Vec<Value>,
    ) -> Vec<Value> {
        let (yes_block, no_block, next) = (
            self.b.create_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        let out: Vec<Value> = tys
            .iter()
            .map(|&t| self.b.append_block_param(next, t))
            .collect();
        self.b.ins().brif(cond, yes_block, [], no_block, []);
        self.b.seal_block(yes_block);
        self.b.seal_block(no_block);
        self.b.switch_to_block(yes_block);
        let values: Vec<BlockArg> = yes(self).into_iter().map(BlockArg::from).collect();
        self.b.ins().jump(next, &values);
        self.b.switch_to_block(no_block);
        let values: Vec<BlockArg> = no(self).into_iter().map(BlockArg::from).collect();
        self.b.ins().jump(next, &values);
        self.b.seal_block(next);
        self.b.switch_to_block(next);
        out
    }

    fn ended(&self) -> bool {
        let Some(block) = self.b.current_block() else {
            return true;
        };
        self.b
            .func
            .layout
            .last_inst(block)
            .is_some_and(|i| self.b.func.dfg.insts[i].opcode().is_terminator())
    }

    pub fn iconst(&mut self, n: i64) -> Value {
        self.b.ins().iconst(types::I64, n)
    }

    pub fn func_ref(&mut self, id: FuncId) -> ir::FuncRef {
        if let Some(&r) = self.funcs.get(&id) {
            return r;
        }
        let r = self.e.module.declare_func_in_func(id, self.b.func);
        self.funcs.insert(id, r);
        r
    }

    /// Says where an entry is called, if it can ask.
    fn note_exit(&mut self, entry: Entry) {
        if self.e.exits(entry) {
            let fp = self.b.ins().get_frame_pointer(types::I64);
            let at = std::mem::offset_of!(abi::CtxHead, exit_fp);
            self.b.ins().store(flags(), fp, self.ctx, at as i32);
            // A stack overflow stands at the call that led here: the walk begins behind it.
            let frame = match entry {
                Entry::cowl_panic_stack => abi::NO_FRAME,
                _ => self.site.0,
            };
            let frame = self.b.ins().iconst(types::I32, i64::from(frame));
            let at = std::mem::offset_of!(abi::CtxHead, exit_frame);
            self.b.ins().store(flags(), frame, self.ctx, at as i32);
        }
    }

    /// Calls a runtime entry from a cold block in a way that keeps all registers; the context is
    /// added.
    pub fn call_entry_cold(&mut self, entry: Entry, args: &[Value]) -> Option<Value> {
        self.note_exit(entry);
        let id = self.e.sparing(entry);
        let func = self.func_ref(id);
        let mut all = vec![self.ctx];
        all.extend_from_slice(args);
        let Some(ty) = machine(entry.info().ret) else {
            self.b.ins().call(func, &all);
            return None;
        };
        let result = self.scratch(8);
        all.push(result);
        self.b.ins().call(func, &all);
        Some(self.b.ins().load(ty, flags(), result, 0))
    }

    /// Calls a runtime entry; the context is added.
    pub fn call_entry(&mut self, entry: Entry, args: &[Value]) -> Option<Value> {
        self.note_exit(entry);
        let id = self.e.entry(entry);
        let func = self.func_ref(id);
        let mut all = vec![self.ctx];
        all.extend_from_slice(args);
        let call = self.b.ins().call(func, &all);
        self.b.inst_results(call).first().copied()
    }

    /// Calls an entry that never returns.
    pub fn fail(&mut self, entry: Entry, args: &[Value]) {
        self.call_entry(entry, args);
        self.b.ins().trap(TrapCode::unwrap_user(1));
    }

    // ---- statements and terminators

    fn stmt(&mut self, s: &StmtKind) {
        match s {
            StmtKind::Assign(dst, r) => self.assign(dst, r),
            StmtKind::Release(place) => {
                let (mut loc, ty) = self.place(place);
                let may_be_zero = self.may_be_zero(place);
                if self.e.cx.traced && !self.e.cx.program.deinits.is_empty() {
                    // A `deinit` can collect, and must not meet here what is ending.
                    let size = self.layouts().get(ty).size;
                    let copy = self.scratch(size);
                    let value = self.read(&loc, ty);
                    loc = Loc::Mem(copy, 0);
                    self.write(&loc, ty, value);
                    self.after_move(place);
                    return self.release(&loc, ty, may_be_zero);
                }
                self.release(&loc, ty, may_be_zero);
                self.after_move(place);
            }
            StmtKind::Clear(place) => {
                let (loc, ty) = self.place(place);
                self.clear(&loc, ty);
            }
            StmtKind::MakeUnique {
                place,
                status,
                ready,
            } => self.make_unique(place, *status, *ready),
            StmtKind::CheckIndex {
                index,
                len,
                end_too,
            } => self.check_index(index, len, *end_too),
            StmtKind::MakeSeq { dst, elems } => self.make_seq(dst, elems),
            StmtKind::Call { dst, callee, args } => self.call(dst.as_ref(), callee, args),
            StmtKind::Runtime { dst, entry, args } => self.runtime(dst.as_ref(), *entry, args),
            StmtKind::Unwrap { src, variant, dsts } => self.unwrap(src, *variant, dsts),
            StmtKind::Unbox { dst, src } => self.unbox(dst, src),
            StmtKind::CheckChange { object, field } => self.check_change(object, *field),
            StmtKind::Step => {
                let at = std::mem::offset_of!(abi::CtxHead, steps_left);
                let left = self.load_ctx(types::I64, at);
                let left = self.b.ins().iadd_imm_s(left, -1);
                self.b.ins().store(flags(), left, self.ctx, at as i32);
                let over = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, left, 0);
                self.cold_if(over, |fx| fx.fail(Entry::cowl_limit_steps, &[]));
            }
            StmtKind::Count(event) => {
                let one = self.iconst(1 + i64::from(planted(Fault::ClifCountTwice)));
                self.count(*event, one);
            }
            StmtKind::CountBy(event, by) => {
                let by = self.scalar(by);
                self.count(*event, by);
            }
        }
    }

    fn count(&mut self, event: u32, by: ir::Value) {
        let at = std::mem::offset_of!(abi::CtxHead, counters);
        let counters = self.load_ctx(types::I64, at);
        let offset = (event as i32) * 8;
        let n = self.b.ins().load(types::I64, flags(), counters, offset);
        let n = self.b.ins().iadd(n, by);
        self.b.ins().store(flags(), n, counters, offset);
    }

    fn term(&mut self, t: &Term, blocks: &[ir::Block]) {
        match t {
            Term::Goto(b) => {
                self.b.ins().jump(blocks[b.index()], []);
            }
            Term::Branch { cond, yes, no } => {
                let cond = self.scalar(cond);
                let (yes, no) = (blocks[yes.index()], blocks[no.index()]);
                self.b.ins().brif(cond, yes, [], no, []);
            }
            Term::Switch { on, cases, default } => {
                let on = self.scalar(on);
                let mut switch = Switch::new();
                for &(n, b) in cases {
                    switch.set_entry(n.into(), blocks[b.index()]);
                }
                switch.emit(&mut self.b, on, blocks[default.index()]);
            }
            Term::Return(value) => {
                let ty = self.body.ret;
                let value = self.operand(value, ty);
                self.pop_shadow_frame();
                if self.e.count_depth && !self.body.is_std {
                    let at = std::mem::offset_of!(abi::CtxHead, depth_left);
                    let left = self.load_ctx(types::I32, at);
                    let left = self.b.ins().iadd_imm_s(left, 1);
                    self.b.ins().store(flags(), left, self.ctx, at as i32);
                }
                match (self.result, value) {
                    (Some(to), value) => {
                        self.write(&Loc::Mem(to, 0), ty, value);
                        self.b.ins().return_(&[]);
                    }
                    (None, Val::Leaves(values)) => {
                        self.b.ins().return_(&values);
                    }
                    (None, Val::Mem(_)) => crate::ice!("a large result without room"),
                }
            }
            Term::Unreachable => {
                if !self.ended() {
                    self.b.ins().trap(TrapCode::unwrap_user(1));
                }
            }
        }
    }

    /// The type of an operand.
    pub fn operand_ty(&self, o: &Operand) -> Ty {
        match o {
            Operand::Copy(p) | Operand::Move(p) => self.place_ty(p),
            Operand::Const(c) => c.ty(),
        }
    }
}
