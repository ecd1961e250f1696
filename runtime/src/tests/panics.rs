//! Call stacks by hand-made frames.

use super::types::leak;
use crate::ctx::{Ctx, Cx};
use crate::panic::{call_back, stack_text};
use cowl_contract::desc::Str;
use cowl_contract::layout::*;
use cowl_contract::panic::Panic;

unsafe extern "C" fn no_main(_ctx: *mut CtxHead, _args: *mut u8) -> i64 {
    0
}

/// A program with two functions of 100 bytes; `leaf` in std.
fn program(base: &'static [u8; 300]) -> &'static Program {
    let site = |line, text| Site {
        file: Str::new("main.cowl"),
        line,
        col: 5,
        text: Str::new(text),
    };
    let func = |name, is_std| FuncName {
        name: Str::new(name),
        is_std,
    };
    let frame = |site, func, parent| Frame { site, func, parent };
    let call = |offset, frame| CallSite { offset, frame };
    let code = |at: usize, calls| FuncCode {
        start: base[at..].as_ptr(),
        size: 100,
        calls: leak(calls),
    };
    super::types::kept(Program {
        main: no_main,
        sites: leak(vec![site(1, "  one"), site(2, "two  "), site(3, "three")]),
        funcs: leak(vec![
            func("main", 0),
            func("helper", 0),
            func("List.map", 1),
        ]),
        frames: leak(vec![
            frame(0, 0, NO_FRAME),
            // Inlined into main at its second line.
            frame(2, 1, 2),
            frame(1, 0, NO_FRAME),
            frame(2, 2, NO_FRAME),
        ]),
        code: leak(vec![
            code(200, vec![call(100, 3)]),
            code(0, vec![call(10, 0), call(20, 1)]),
        ]),
        events: Slice::EMPTY,
        constants: Slice::EMPTY,
        options: ProgramOptions::default(),
    })
}

#[test]
fn stacks_leave_out_std_and_runtime_frames() {
    static BASE: [u8; 300] = [0; 300];
    let mut ctx = Ctx::new();
    ctx.program = program(&BASE);
    let at = |offset: usize| BASE[offset..].as_ptr() as usize;
    // Outermost: main, called from nowhere known; it called something with an inlined helper.
    let main = [0usize, 0xdead];
    let std = [main.as_ptr() as usize, at(20)];
    let cx: Cx = &raw mut *ctx;
    // SAFETY: the frames are as compiled code makes them.
    unsafe {
        // std's function called the runtime, which called back a function that has panicked.
        (*cx).head.exit_fp = std.as_ptr() as usize;
        (*cx).head.exit_frame = 3;
        let inner = [0usize, 0xbeef];
        call_back(cx, || {
            (*cx).head.exit_fp = inner.as_ptr() as usize;
            (*cx).head.exit_frame = 0;
            let text = stack_text(cx, &Panic::Index { index: 3, len: 3 });
            assert_eq!(
                text,
                "panic: index 3 out of range for length 3\n\
                 \x20 at main.cowl:1:5 in main\n     |   one\n\
                 \x20 at main.cowl:3:5 in helper\n     | three\n\
                 \x20 at main.cowl:2:5 in main\n     | two\n"
            );
        });
        assert_eq!((*cx).head.exit_frame, 3);
        assert_eq!((*cx).head.exit_fp, std.as_ptr() as usize);
    }
}
