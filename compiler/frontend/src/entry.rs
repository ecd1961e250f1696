//! Makes a test the entry of its program, so that engines know one way to start only.
//!
//! Takes an instantiated program; adds one function of the entry's signature that calls the test.

use crate::hir::*;
use crate::types::{TyData, Types};

/// The program now starts with its test of this index. The added function is no frame in a call
/// stack, as std's are not.
pub fn start_with_test(program: &mut Program, test: usize) {
    let Test { func, site, .. } = program.tests[test];
    let args_ty = program.types.intern(TyData::List(Types::STR));
    let args = LocalId(0);
    let expr = |kind, ty| Expr { kind, ty, site };
    let call = ExprKind::Call {
        callee: Callee::Func(func),
        args: Vec::new(),
    };
    let unused = Path {
        local: args,
        fields: Vec::new(),
    };
    let body = Block {
        stmts: vec![
            Stmt::Release(vec![unused]),
            Stmt::Expr(expr(call, Types::UNIT)),
        ],
        value: Some(Box::new(expr(ExprKind::Int(0), Types::INT))),
        declares: Vec::new(),
    };
    program.funcs.push(Func {
        name: "main".into(),
        site,
        params: vec![Param {
            local: args,
            borrowed: false,
        }],
        captures: Vec::new(),
        locals: vec![Local {
            name: None,
            ty: args_ty,
            site,
            scoped: false,
            once: false,
        }],
        ret: Types::INT,
        body: expr(ExprKind::Block(body), Types::INT),
        loops: 0,
        is_std: true,
        inline: Inline::Never,
        in_place: None,
    });
    program.entry = Some(FuncId(program.funcs.len() as u32 - 1));
}
