//! Objects for executables: the same code and data as the JIT's, position-independent, with the
//! symbol `main` that hands the program to the runtime.

use crate::{Options, clif, compile};
use cowl_frontend::hir::{FuncId, Program};
use cowl_frontend::source::SourceMap;
use cranelift_codegen::ir::{AbiParam, InstBuilder, UserFuncName, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_module::{DataId, Linkage, Module, default_libcall_names};
use cranelift_object::{ObjectBuilder, ObjectModule};

/// The bytes of an object file.
pub fn object(
    program: &Program,
    sources: &SourceMap,
    start: FuncId,
    options: &Options,
) -> Result<Vec<u8>, String> {
    let builder = ObjectBuilder::new(
        compile::isa(true, options.effort()),
        "cowl",
        default_libcall_names(),
    )
    .unwrap_or_else(|e| crate::ice!("{e:?}"));
    let mut module = ObjectModule::new(builder);
    let tables = compile::compile(program, sources, start, options, &mut module);
    emit_main(&mut module, tables);
    module.finish().emit().map_err(|e| e.to_string())
}

/// `int main(int argc, char **argv) { return cowl_main(&cowl_program, argc, argv); }`
fn emit_main(module: &mut ObjectModule, tables: DataId) {
    let ok =
        |r: Result<_, cranelift_module::ModuleError>| r.unwrap_or_else(|e| crate::ice!("{e:?}"));
    let mut sig = module.make_signature();
    sig.params.push(AbiParam::new(types::I32));
    sig.params.push(AbiParam::new(types::I64));
    sig.returns.push(AbiParam::new(types::I32));
    let main = ok(module.declare_function("main", Linkage::Export, &sig));
    let mut inner = module.make_signature();
    inner.params.push(AbiParam::new(types::I64));
    inner.params.extend(sig.params.clone());
    inner.returns.extend(sig.returns.clone());
    let inner = ok(module.declare_function("cowl_main", Linkage::Import, &inner));

    let mut ctx = module.make_context();
    let mut builder_ctx = FunctionBuilderContext::new();
    ctx.func.signature = sig;
    ctx.func.name = UserFuncName::user(0, main.as_u32());
    let mut b = FunctionBuilder::new(&mut ctx.func, &mut builder_ctx);
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    b.seal_block(block);
    let params = b.block_params(block).to_vec();
    let gv = module.declare_data_in_func(tables, b.func);
    let tables = b.ins().symbol_value(types::I64, gv);
    let callee = module.declare_func_in_func(inner, b.func);
    let call = b.ins().call(callee, &[tables, params[0], params[1]]);
    let status = b.inst_results(call)[0];
    b.ins().return_(&[status]);
    b.finalize(module.target_config());
    clif::check(&ctx.func, module.isa());
    if let Err(e) = module.define_function(main, &mut ctx) {
        crate::ice!("{e:?}");
    }
}
