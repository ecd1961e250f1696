//! One compilation: every function that the start leads to, through MIR and its passes to machine
//! code, then descs and tables. The module (JIT memory or an object) is the caller's.

use crate::clif::{Emit, Texts};
use crate::layout::Layouts;
use crate::lower::{self, Cx};
use crate::mir::{Body, display, verify};
use crate::passes;
use crate::sites::Sites;
use crate::{Dump, Options, What};
use cowl_contract::layout::{COPIES_TOO, Mm, ProgramOptions};
use cowl_frontend::hir::{FuncId as HirFunc, Program};
use cowl_frontend::source::SourceMap;
use cowl_frontend::types::{Ty, TyData};
use cranelift_codegen::ir::{InstBuilder, types};
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_module::{DataId, FuncId, Linkage, Module};

/// How much time a function's code is worth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    Optimised,
    /// Without the optimiser.
    Quick,
    /// Without it, and with registers given out in one pass.
    Quickest,
}

/// The machine that this process runs on.
pub fn isa(pic: bool, effort: Effort) -> OwnedTargetIsa {
    let mut flags = settings::builder();
    let mut set = |name: &str, value: &str| {
        if let Err(e) = flags.set(name, value) {
            crate::ice!("{name}: {e}");
        }
    };
    let (optimiser, registers) = match effort {
        Effort::Optimised => ("speed", "backtracking"),
        Effort::Quick => ("none", "backtracking"),
        Effort::Quickest => ("none", "single_pass"),
    };
    set("opt_level", optimiser);
    set("regalloc_algorithm", registers);
    set("is_pic", if pic { "true" } else { "false" });
    set("use_colocated_libcalls", "false");
    set("preserve_frame_pointers", "true");
    // What goes in is verified where it is compiled; Cranelift would verify its own passes as well,
    // a sixth of the time of a generated program.
    set("enable_verifier", "false");
    let builder = cranelift_native::builder().unwrap_or_else(|e| crate::ice!("{e}"));
    builder
        .finish(settings::Flags::new(flags))
        .unwrap_or_else(|e| crate::ice!("{e}"))
}

/// Compiles into `module`; gives the data object that holds the program's `contract` tables.
pub fn compile(
    program: &Program,
    sources: &SourceMap,
    start: HirFunc,
    options: &Options,
    module: &mut dyn Module,
) -> DataId {
    let compilation = Compilation::new(program, options);
    compilation.run(|cx| {
        let mut emit = Emit::new(cx, module, options);
        let main = emit_all(&mut emit, start, |_, _, _| {});
        let tables = emit.declare_named("cowl_program");
        let program_options = ProgramOptions {
            mm: options.mm as u8,
            stress: options.stress.map_or(0, |n| n.saturating_add(1)),
            ledger: match (options.ledger, options.copies) {
                (false, _) => 0,
                (true, false) => 1,
                (true, true) => COPIES_TOO,
            },
            leaks: options.leaks as u8,
            max_depth: options.max_depth,
            max_steps: options.max_steps,
            max_memory: options.max_memory,
            timeout: options.timeout,
            ..ProgramOptions::default()
        };
        emit.finish_tables(tables, main, sources, &program_options);
        tables
    })
}

/// The text of every function that `dump` asks for.
pub fn dump(
    program: &Program,
    start: HirFunc,
    options: &Options,
    dump: &Dump,
    module: &mut dyn Module,
) -> String {
    let compilation = Compilation::new(program, options);
    compilation.run(|cx| {
        let mut emit = Emit::new(cx, module, options);
        emit.keep_text = true;
        // A small function may stand nowhere but in its callers; here it is shown all the same.
        for (i, f) in program.funcs.iter().enumerate() {
            let asked = dump.func.as_ref().map_or(!f.is_std, |n| **n == *f.name);
            if asked {
                emit.func(HirFunc(i as u32));
            }
        }
        let mut out = String::new();
        emit_all(&mut emit, start, |emit, body, texts| {
            if dump.func.as_ref().is_some_and(|f| **f != *body.name) {
                return;
            }
            match dump.what {
                What::Mir => out.push_str(&display::body(body, emit.layouts())),
                What::Clif => {
                    out.push_str(&format!("; {}\n{}", body.name, texts.clif));
                }
                What::Asm => {
                    let asm = texts.asm.as_deref().unwrap_or_default();
                    out.push_str(&format!("; {}\n{asm}", body.name));
                }
            }
            out.push('\n');
        });
        out
    })
}

/// What lives as long as one compilation.
struct Compilation<'a> {
    program: &'a Program,
    layouts: Layouts<'a>,
    sites: Sites,
    ledger: bool,
    steps: bool,
    depth: bool,
    traced: bool,
    copies: bool,
}

impl<'a> Compilation<'a> {
    fn new(program: &'a Program, options: &Options) -> Compilation<'a> {
        Compilation {
            program,
            layouts: Layouts::new(program),
            sites: Sites::default(),
            ledger: options.ledger,
            steps: options.max_steps > 0 || options.timeout > 0,
            depth: options.max_depth > 0,
            traced: options.mm != Mm::Rc,
            copies: options.copies,
        }
    }

    fn run<R>(&self, f: impl FnOnce(&Cx) -> R) -> R {
        let (closures, in_change) = lower::prepare(self.program);
        let cx = Cx {
            program: self.program,
            layouts: &self.layouts,
            sites: &self.sites,
            ledger: self.ledger,
            steps: self.steps,
            depth: self.depth,
            traced: self.traced,
            copies: self.copies,
            events: Default::default(),
            closures,
            in_change,
        };
        f(&cx)
    }
}

fn check(body: &Body, layouts: &Layouts, after: &str) {
    if cfg!(debug_assertions)
        && let Err(e) = verify::verify(body, layouts)
    {
        crate::ice!("after {after}: {e}");
    }
}

/// Compiles the start and everything that it leads to; gives the C function that runs it.
fn emit_all(emit: &mut Emit, start: HirFunc, mut seen: impl FnMut(&Emit, &Body, &Texts)) -> FuncId {
    let layouts = emit.layouts();
    // Their descs are made with the others.
    emit.constants();
    let mut define = |emit: &mut Emit, id: FuncId, mut body: Body| {
        check(&body, layouts, "lowering");
        passes::run(emit.cx, &mut body);
        check(&body, layouts, "passes");
        if let Some(texts) = emit.define(id, &body) {
            seen(emit, &body, &texts);
        }
    };
    let body = lower::lower_start(emit.cx, start, list_of_strings(emit.cx.program, start));
    let inner = emit.declare_start(&body);
    define(emit, inner, body);
    loop {
        while let Some((id, func)) = emit.next_func() {
            let body = lower::lower(emit.cx, func);
            define(emit, id, body);
        }
        // Descs have thunks, which call functions.
        if !emit.finish_descs() {
            break;
        }
    }
    let params = [types::I64; 2];
    let returns = [types::I64];
    emit.thunk(
        "cowl.main",
        Linkage::Local,
        &params,
        &returns,
        |e, b, params| {
            let callee = e.module.declare_func_in_func(inner, b.func);
            let call = b.ins().call(callee, params);
            let status = b.inst_results(call)[0];
            b.ins().return_(&[status]);
        },
    )
}

/// `List<string>`: the type of what every program is started with.
fn list_of_strings(program: &Program, start: HirFunc) -> Ty {
    let func = program.func(start);
    if let Some(p) = func.params.first() {
        return func.locals[p.local.index()].ty;
    }
    // A test takes nothing; any list of strings that the program knows will do, and without one
    // the word is released as what it is, a list that the runtime made.
    (0..program.types.len() as u32)
        .map(Ty)
        .find(|&t| {
            matches!(program.types.data(t), TyData::List(e) if *e == cowl_frontend::types::Types::STR)
        })
        .unwrap_or_else(|| crate::ice!("no type for the arguments"))
}
