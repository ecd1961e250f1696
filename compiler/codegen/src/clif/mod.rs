//! MIR -> Cranelift IR -> machine code in a `Module` (JIT memory or an object). Every function of
//! the program is declared once; static data is made on demand by `data`.
//!
//! Cowl functions use `CallConv::Tail`: the context first, then room for a large result, then the
//! environment of closures, then the parameters' leaves (a pointer for values without leaves).
//! Must not decide about counts: each `Share` and `Release` of MIR becomes code, nothing else does.

mod append;
mod arith;
mod calls;
mod convert;
mod counts;
mod element;
mod enums;
mod facts;
mod func;
mod ladder;
mod reuse;
mod sequences;
mod shadow;
mod values;

use crate::Options;
use crate::compile::{Effort, isa};
use crate::data::Data;
use crate::layout::Layouts;
use crate::lower::Cx;
use crate::mir::{Body, LocalKind};
use crate::sites::Site;
use cowl_contract::entries::{Entry, Machine};
use cowl_contract::layout::Mm;
use cowl_frontend::hir::FuncId as HirFunc;
use cowl_frontend::types::Ty;
use cranelift_codegen::Context;
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{
    AbiParam, Function, InstBuilder, Signature, Type, UserFuncName, types,
};
use cranelift_codegen::isa::{CallConv, TargetIsa};
use cranelift_codegen::verify_function;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::{FuncId, Linkage, Module, ModuleReloc, ModuleResult};
use rustc_hash::FxHashMap;

/// Results of at most so many leaves come back in registers.
const MAX_RESULTS: usize = 8;

/// Functions of more blocks are compiled without Cranelift's optimiser: the time of its egraph pass
/// grows with the square of the depth of the dominator tree, so that a chain of 100,000 `&&` would
/// take most of a minute. Such functions are made by programs, not by people.
const MAX_OPTIMISED_BLOCKS: usize = 8_192;
/// Functions with more loops in each other get their registers in one pass: the other allocator
/// splits what is live around each loop at each loop inside.
const MAX_OPTIMISED_LOOPS: usize = 64;

/// What the translation of all functions shares.
pub struct Emit<'a> {
    pub cx: &'a Cx<'a>,
    pub module: &'a mut dyn Module,
    funcs: Vec<Option<FuncId>>,
    /// Declared, not yet compiled.
    queue: Vec<(FuncId, HirFunc)>,
    entries: FxHashMap<Entry, FuncId>,
    sparing: FxHashMap<Entry, FuncId>,
    pub data: Data,
    pub code: Vec<Code>,
    /// `(calls, frames)` limit of `--max-depth` is compiled in.
    pub count_depth: bool,
    /// Freed blocks go to the runtime, which poisons them.
    pub audited: bool,
    ctx: Context,
    builder_ctx: FunctionBuilderContext,
    /// Keep what `dump` shows.
    pub keep_text: bool,
}

/// The calls of one compiled function.
pub struct Code {
    pub func: FuncId,
    pub size: u32,
    /// Offset of the return address, and where the call stands.
    pub calls: Vec<(u32, Site)>,
}

/// How a function gives its result.
pub(crate) enum Results {
    Leaves(Vec<Type>),
    /// Through a pointer parameter.
    Memory,
}

pub(crate) fn results(layouts: &Layouts, ty: Ty) -> Results {
    match &layouts.get(ty).leaves {
        Some(leaves) if leaves.len() <= MAX_RESULTS => {
            Results::Leaves(leaves.iter().map(|l| l.ty).collect())
        }
        _ => Results::Memory,
    }
}

/// The signature of a Cowl function with these parameter types.
pub(crate) fn signature(layouts: &Layouts, params: &[Ty], ret: Ty, has_env: bool) -> Signature {
    let mut sig = Signature::new(CallConv::Tail);
    sig.params.push(AbiParam::new(types::I64));
    match results(layouts, ret) {
        Results::Leaves(leaves) => sig.returns.extend(leaves.into_iter().map(AbiParam::new)),
        Results::Memory => sig.params.push(AbiParam::new(types::I64)),
    }
    if has_env {
        sig.params.push(AbiParam::new(types::I64));
    }
    for &p in params {
        match &layouts.get(p).leaves {
            Some(leaves) => sig
                .params
                .extend(leaves.iter().map(|l| AbiParam::new(l.ty))),
            None => sig.params.push(AbiParam::new(types::I64)),
        }
    }
    sig
}

fn machine(m: Machine) -> Option<Type> {
    match m {
        Machine::Unit => None,
        Machine::I8 => Some(types::I8),
        Machine::I32 => Some(types::I32),
        Machine::I64 | Machine::Ptr => Some(types::I64),
        Machine::F64 => Some(types::F64),
    }
}

/// The text of one function, for dumps.
pub struct Texts {
    pub clif: String,
    pub asm: Option<String>,
}

/// In debug builds, Cranelift's own verifier on what it is given.
pub fn check(func: &Function, isa: &dyn TargetIsa) {
    if cfg!(debug_assertions)
        && let Err(e) = verify_function(func, isa)
    {
        crate::ice!("{e}\n{}", func.display());
    }
}

impl<'a> Emit<'a> {
    pub fn new(cx: &'a Cx<'a>, module: &'a mut dyn Module, options: &Options) -> Emit<'a> {
        let ctx = module.make_context();
        Emit {
            cx,
            module,
            funcs: vec![None; cx.program.funcs.len()],
            queue: Vec::new(),
            entries: FxHashMap::default(),
            sparing: FxHashMap::default(),
            data: Data::default(),
            code: Vec::new(),
            count_depth: options.max_depth > 0,
            audited: options.mm == Mm::Audit,
            ctx,
            builder_ctx: FunctionBuilderContext::new(),
            keep_text: false,
        }
    }

    pub fn layouts(&self) -> &'a Layouts<'a> {
        self.cx.layouts
    }

    fn ok<T>(&self, result: Result<T, cranelift_module::ModuleError>) -> T {
        result.unwrap_or_else(|e| crate::ice!("{e:?}"))
    }

    /// The machine function of a Cowl function.
    pub fn func(&mut self, id: HirFunc) -> FuncId {
        if let Some(f) = self.funcs[id.index()] {
            return f;
        }
        let func = self.cx.program.func(id);
        let params: Vec<Ty> = func
            .params
            .iter()
            .map(|p| func.locals[p.local.index()].ty)
            .collect();
        let sig = signature(
            self.layouts(),
            &params,
            func.ret,
            self.cx.closures.contains(&id),
        );
        let f = self
            .module
            .declare_function(&format!("cowl.f{}", id.0), Linkage::Local, &sig);
        let f = self.ok(f);
        self.funcs[id.index()] = Some(f);
        self.queue.push((f, id));
        f
    }

    /// A function that has been asked for and is not compiled yet.
    pub fn next_func(&mut self) -> Option<(FuncId, HirFunc)> {
        self.queue.pop()
    }

    /// The machine function of a body that is no function of the program.
    pub fn declare_start(&mut self, body: &Body) -> FuncId {
        let params: Vec<Ty> = body.params.iter().map(|&p| body.decl(p).ty).collect();
        let sig = signature(self.layouts(), &params, body.ret, false);
        let f = self
            .module
            .declare_function("cowl.start", Linkage::Local, &sig);
        self.ok(f)
    }

    /// A runtime entry as an import.
    pub fn entry(&mut self, entry: Entry) -> FuncId {
        if let Some(&f) = self.entries.get(&entry) {
            return f;
        }
        let info = entry.info();
        let mut sig = self.module.make_signature();
        sig.params.push(AbiParam::new(types::I64));
        for p in info.params {
            let Some(t) = machine(p.machine) else {
                crate::ice!("`{}` takes nothing", info.name)
            };
            sig.params.push(AbiParam::new(t));
        }
        sig.returns.extend(machine(info.ret).map(AbiParam::new));
        let f = self
            .module
            .declare_function(info.name, Linkage::Import, &sig);
        let f = self.ok(f);
        self.entries.insert(entry, f);
        f
    }

    /// The same entry for code off the fast path: it changes no register, so that what is live around
    /// the call stays in registers where it is not made. A result goes to the address that comes last.
    pub fn sparing(&mut self, entry: Entry) -> FuncId {
        if let Some(&f) = self.sparing.get(&entry) {
            return f;
        }
        let callee = self.entry(entry);
        let info = entry.info();
        let given = std::iter::once(Machine::Ptr).chain(info.params.iter().map(|p| p.machine));
        let mut params: Vec<Type> = given.filter_map(machine).collect();
        params.extend(machine(info.ret).map(|_| types::I64));
        let f = self.thunk_as(
            &format!("{}.sparing", info.name),
            Linkage::Local,
            CallConv::PreserveAll,
            &params,
            &[],
            |e, b, params| {
                let callee = e.module.declare_func_in_func(callee, b.func);
                let n = info.params.len() + 1;
                let call = b.ins().call(callee, &params[..n]);
                if let Some(&result) = b.inst_results(call).first() {
                    b.ins().store(func::flags(), result, params[n], 0);
                }
                b.ins().return_(&[]);
            },
        );
        self.sparing.insert(entry, f);
        f
    }

    /// Does a call of this entry ever look at the call stack?
    pub fn exits(&self, entry: Entry) -> bool {
        use cowl_contract::entries::{COLLECTS, PANICS, RELEASES, SHOWS};
        let effects = entry.info().effects;
        effects & (PANICS | COLLECTS) != 0
            || (effects & RELEASES != 0 && !self.cx.program.deinits.is_empty())
            || (effects & SHOWS != 0 && !self.cx.program.shows.is_empty())
    }

    /// Compiles one body as the machine function `id`.
    pub fn define(&mut self, id: FuncId, body: &Body) -> Option<Texts> {
        let params: Vec<Ty> = body.params.iter().map(|&p| body.decl(p).ty).collect();
        debug_assert!(
            body.params
                .iter()
                .all(|&p| body.decl(p).kind != LocalKind::Addr)
        );
        let mut ctx = std::mem::replace(&mut self.ctx, Context::new());
        let mut builder_ctx = std::mem::take(&mut self.builder_ctx);
        ctx.func.signature = signature(self.layouts(), &params, body.ret, body.has_env);
        ctx.func.name = UserFuncName::user(0, id.as_u32());
        {
            let builder = FunctionBuilder::new(&mut ctx.func, &mut builder_ctx);
            func::translate(self, builder, body);
        }
        let texts = self.finish(id, &mut ctx, Some(body));
        self.ctx = ctx;
        self.builder_ctx = builder_ctx;
        texts
    }

    /// Compiles what stands in `ctx`; if it comes from a body, its calls are found by stack walks.
    fn finish(&mut self, id: FuncId, ctx: &mut Context, body: Option<&Body>) -> Option<Texts> {
        ctx.want_disasm = self.keep_text;
        let clif = self.keep_text.then(|| ctx.func.display().to_string());
        // A loop has a block.
        let deep = |body: &&Body| {
            body.blocks.len() > MAX_OPTIMISED_LOOPS && reuse::loop_depth(body) > MAX_OPTIMISED_LOOPS
        };
        let effort = match ctx.func.dfg.num_blocks() {
            _ if body.as_ref().is_some_and(deep) => Effort::Quickest,
            n if n > MAX_OPTIMISED_BLOCKS => Effort::Quick,
            _ => Effort::Optimised,
        };
        self.compile(id, ctx, effort);
        let Some(compiled) = ctx.compiled_code() else {
            crate::ice!("no code")
        };
        if body.is_some() {
            let mut calls = Vec::new();
            let locs = compiled.buffer.get_srclocs_sorted();
            for call in compiled.buffer.call_sites() {
                // The location of the call instruction: the last range that begins before its end.
                let at = locs.partition_point(|l| l.start < call.ret_addr);
                if let Some(loc) = at.checked_sub(1).map(|i| &locs[i])
                    && !loc.loc.is_default()
                {
                    calls.push((call.ret_addr, Site(loc.loc.bits())));
                }
            }
            self.code.push(Code {
                func: id,
                size: compiled.buffer.total_size(),
                calls,
            });
        }
        let texts = clif.map(|clif| Texts {
            clif,
            asm: compiled.vcode.clone(),
        });
        self.module.clear_context(ctx);
        texts
    }

    /// Machine code of what stands in `ctx`, defined as `id`.
    fn compile(&mut self, id: FuncId, ctx: &mut Context, effort: Effort) {
        if effort != Effort::Optimised {
            ladder::build(&mut ctx.func);
        }
        check(&ctx.func, self.module.isa());
        let result = match effort {
            Effort::Optimised => self.module.define_function(id, ctx),
            _ => self.compile_fast(id, ctx, effort),
        };
        if let Err(e) = result {
            crate::ice!("{e:?}\n{}", ctx.func.display());
        }
    }

    #[allow(clippy::result_large_err)] // The error is Cranelift's.
    fn compile_fast(&mut self, id: FuncId, ctx: &mut Context, effort: Effort) -> ModuleResult<()> {
        let isa = isa(self.module.isa().flags().is_pic(), effort);
        ctx.compile(&*isa, &mut ControlPlane::default())?;
        let Some(compiled) = ctx.compiled_code() else {
            crate::ice!("no code")
        };
        let buffer = &compiled.buffer;
        let align = u64::from(buffer.alignment).max(isa.function_alignment().minimum.into());
        let relocs: Vec<ModuleReloc> = buffer
            .relocs()
            .iter()
            .map(|r| ModuleReloc::from_mach_reloc(r, &ctx.func, id))
            .collect();
        self.module
            .define_function_bytes(id, align, buffer.data(), &relocs)
    }

    /// Compiles a thunk with the platform's convention; `build` writes its body.
    pub fn thunk(
        &mut self,
        name: &str,
        linkage: Linkage,
        params: &[Type],
        returns: &[Type],
        build: impl FnOnce(&mut Emit, &mut FunctionBuilder, &[cranelift_codegen::ir::Value]),
    ) -> FuncId {
        let platform = self.module.make_signature().call_conv;
        self.thunk_as(name, linkage, platform, params, returns, build)
    }

    fn thunk_as(
        &mut self,
        name: &str,
        linkage: Linkage,
        convention: CallConv,
        params: &[Type],
        returns: &[Type],
        build: impl FnOnce(&mut Emit, &mut FunctionBuilder, &[cranelift_codegen::ir::Value]),
    ) -> FuncId {
        let mut sig = Signature::new(convention);
        sig.params.extend(params.iter().map(|&t| AbiParam::new(t)));
        sig.returns
            .extend(returns.iter().map(|&t| AbiParam::new(t)));
        let id = self.module.declare_function(name, linkage, &sig);
        let id = self.ok(id);
        // Thunks are made while a function is being translated: they have a context of their own.
        let mut ctx = self.module.make_context();
        let mut builder_ctx = FunctionBuilderContext::new();
        ctx.func.signature = sig;
        ctx.func.name = UserFuncName::user(0, id.as_u32());
        let config = self.module.target_config();
        {
            let mut b = FunctionBuilder::new(&mut ctx.func, &mut builder_ctx);
            let entry = b.create_block();
            b.append_block_params_for_function_params(entry);
            b.switch_to_block(entry);
            let params = b.block_params(entry).to_vec();
            build(self, &mut b, &params);
            b.seal_all_blocks();
            b.finalize(config);
        }
        self.finish(id, &mut ctx, None);
        id
    }
}
