//! Panics of compiled programs: the message, the Cowl call stack, the end.
//!
//! The stack is walked by frame pointers from where compiled code last left for the runtime
//! (`exit_fp`, `exit_frame`), each return address looked up in the program's tables. Where the
//! runtime had called back into compiled code, the walk meets an address that is in no table and
//! goes on from where the call before that left, which the chain of activations remembers.

use crate::ctx::Cx;
use crate::statics::Get;
use crate::{io, show, start, string};
use cowl_contract::desc::TypeDesc;
use cowl_contract::layout::{Frame, FuncCode, NO_FRAME, Program, ProgramOptions};
use cowl_contract::outcome::status;
use cowl_contract::panic::{Panic, limit_reached};
use cowl_contract::{trace, watch};
use std::ffi::{CStr, c_char};
use std::time::Duration;

/// Where compiled code had left for the runtime when the runtime called back.
pub struct Activation {
    before: *const Activation,
    fp: usize,
    frame: u32,
}

/// Calls compiled code.
pub unsafe fn call_back(cx: Cx, call: impl FnOnce()) {
    let here = Activation {
        before: (*cx).activation,
        fp: (*cx).head.exit_fp,
        frame: (*cx).head.exit_frame,
    };
    (*cx).activation = &here;
    call();
    (*cx).activation = here.before;
    (*cx).head.exit_fp = here.fp;
    (*cx).head.exit_frame = here.frame;
}

/// The tables of a program, sorted to be looked up.
struct Tables<'a> {
    program: &'a Program,
    code: Vec<&'a FuncCode>,
}

impl<'a> Tables<'a> {
    unsafe fn new(program: *const Program) -> Option<Tables<'a>> {
        let program = program.as_ref()?;
        let mut code: Vec<&FuncCode> = program.code.get().iter().collect();
        code.sort_unstable_by_key(|f| f.start as usize);
        Some(Tables { program, code })
    }

    unsafe fn frame_of(&self, address: usize) -> Option<u32> {
        let after = self.code.partition_point(|f| f.start as usize <= address);
        let func = self.code.get(after.checked_sub(1)?)?;
        let offset = address - func.start as usize;
        // A call that never returns can be the last instruction.
        if offset > func.size as usize {
            return None;
        }
        let calls = func.calls.get();
        let at = calls
            .binary_search_by_key(&offset, |c| c.offset as usize)
            .ok()?;
        Some(calls[at].frame)
    }

    /// Adds a place, and those that its code was inlined into, without those in std.
    unsafe fn push(&self, frames: &mut Vec<Frame>, mut frame: u32) {
        while frame != NO_FRAME {
            let Some(&this) = self.program.frames.get().get(frame as usize) else {
                return;
            };
            if self.program.funcs.get()[this.func as usize].is_std == 0 {
                frames.push(this);
            }
            frame = this.parent;
        }
    }

    unsafe fn describe(&self, frame: Frame) -> trace::Frame<'a> {
        let site = &self.program.sites.get()[frame.site as usize];
        trace::Frame {
            function: self.program.funcs.get()[frame.func as usize].name.get(),
            file: site.file.get(),
            line: site.line,
            col: site.col,
            source: site.text.get(),
        }
    }
}

/// The Cowl calls under way, innermost first.
unsafe fn walk(cx: Cx, tables: &Tables) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut fp = (*cx).head.exit_fp;
    tables.push(&mut frames, (*cx).head.exit_frame);
    let mut activation = (*cx).activation;
    loop {
        let known = if fp == 0 {
            None
        } else {
            let ret = *(fp as *const usize).add(1);
            fp = *(fp as *const usize);
            tables.frame_of(ret)
        };
        match known {
            Some(frame) => tables.push(&mut frames, frame),
            None => {
                let Some(before) = activation.as_ref() else {
                    return frames;
                };
                fp = before.fp;
                tables.push(&mut frames, before.frame);
                activation = before.before;
            }
        }
    }
}

/// Ends the program with a panic at the place that compiled code has stored.
#[cold]
pub unsafe fn panic(cx: Cx, panic: Panic) -> ! {
    let text = stack_text(cx, &panic);
    io::say(cx, &text);
    start::end(cx, status::PANIC)
}

/// What stderr gets.
pub unsafe fn stack_text(cx: Cx, panic: &Panic) -> String {
    let message = panic.to_string();
    match Tables::new((*cx).program) {
        Some(tables) => {
            let frames = walk(cx, &tables);
            trace::render(&message, frames.len(), |i| tables.describe(frames[i]))
        }
        None => trace::render(&message, 0, |_| unreachable!("no frames")),
    }
}

/// Any entry may end this way, so there is no place to name.
#[cold]
pub unsafe fn out_of_memory(cx: Cx) -> ! {
    let message = Panic::OutOfMemory.to_string();
    io::say(
        cx,
        &trace::render(&message, 0, |_| unreachable!("no frames")),
    );
    start::end(cx, status::PANIC)
}

#[cold]
pub unsafe fn limit(cx: Cx, name: &str, value: u64) -> ! {
    io::say(cx, &limit_reached(name, value));
    start::end(cx, status::LIMIT)
}

/// What the watch looks for; memory is counted where it is allocated.
pub fn watch_limits(options: &ProgramOptions) -> watch::Limits {
    watch::Limits {
        timeout: (options.timeout > 0).then(|| Duration::from_millis(options.timeout)),
        memory: None,
    }
}

/// The innermost place outside of std that compiled code has stored, as `FILE:LINE:COL`.
pub unsafe fn place(cx: Cx) -> String {
    match innermost(cx) {
        Some(frame) => format!("{}:{}:{}", frame.file, frame.line, frame.col),
        None => String::new(),
    }
}

unsafe fn innermost<'a>(cx: Cx) -> Option<trace::Frame<'a>> {
    let tables = Tables::new((*cx).program)?;
    let mut frames = Vec::new();
    tables.push(&mut frames, (*cx).head.exit_frame);
    frames.first().map(|&frame| tables.describe(frame))
}

/// An operand of 64 bits.
fn wide(n: i64, signed: u8) -> i128 {
    if signed != 0 {
        i128::from(n)
    } else {
        i128::from(n as u64)
    }
}

unsafe fn c_text<'a>(text: *const u8) -> &'a str {
    CStr::from_ptr(text.cast::<c_char>())
        .to_str()
        .unwrap_or("?")
}

// ---- entries

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic(cx: Cx, message: *const u8) {
    let message = string::text(message);
    panic(cx, Panic::User { message })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_text(cx: Cx, bytes: *const u8, size: i64) {
    let raw = std::slice::from_raw_parts(bytes, size as usize);
    let message = std::str::from_utf8_unchecked(raw);
    panic(cx, Panic::User { message })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_index(cx: Cx, index: i64, len: i64) {
    let len = len as u64;
    panic(cx, Panic::Index { index, len })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_range(cx: Cx, a: i64, b: i64, len: i64) {
    let panic_of = Panic::Range {
        start: a,
        end: b,
        len: len as u64,
    };
    panic(cx, panic_of)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_key(cx: Cx, key: *const u8, ty: *const TypeDesc) {
    let key = show::shown(cx, key, ty, true);
    panic(cx, Panic::NoKey { key: &key })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_overflow(cx: Cx, op: *const u8, a: i64, b: i64, signed: u8) {
    let panic_of = Panic::Overflow {
        left: wide(a, signed),
        op: c_text(op),
        right: wide(b, signed),
    };
    panic(cx, panic_of)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_overflow_shown(
    cx: Cx,
    left: *const u8,
    left_desc: *const TypeDesc,
    op: *const u8,
    right: *const u8,
    right_desc: *const TypeDesc,
) {
    let left = show::shown(cx, left, left_desc, false);
    let right = show::shown(cx, right, right_desc, false);
    let op = string::text(op);
    let message = format!("integer overflow in {left} {op} {right}");
    panic(cx, Panic::User { message: &message })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_neg(cx: Cx, a: i64, signed: u8) {
    let operand = wide(a, signed);
    panic(cx, Panic::NegOverflow { operand })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_shift(cx: Cx, count: i64, signed: u8, ty: *const u8) {
    let panic_of = Panic::Shift {
        by: wide(count, signed),
        ty: c_text(ty),
    };
    panic(cx, panic_of)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_convert(
    cx: Cx,
    value: *const u8,
    ty: *const TypeDesc,
    target: *const u8,
) {
    // A character stands in its quotes: `'€' does not fit u8`.
    let value = show::shown(cx, value, ty, true);
    let panic_of = Panic::DoesNotFit {
        value: &value,
        ty: c_text(target),
    };
    panic(cx, panic_of)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_err(cx: Cx, value: *const u8, ty: *const TypeDesc) {
    let error = show::shown(cx, value, ty, false);
    panic(cx, Panic::ValueIsErr { error: &error })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_assert(cx: Cx, message: *const u8) {
    let message = string::text(message);
    panic(cx, Panic::AssertMessage { message })
}

unsafe fn compare_failed(cx: Cx, left: *const u8, right: *const u8, ty: *const TypeDesc) -> ! {
    let left = show::shown(cx, left, ty, true);
    let right = show::shown(cx, right, ty, true);
    let panic_of = Panic::AssertCompare {
        left: &left,
        right: &right,
    };
    panic(cx, panic_of)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_assert_eq(
    cx: Cx,
    left: *const u8,
    right: *const u8,
    ty: *const TypeDesc,
) {
    compare_failed(cx, left, right, ty)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_assert_ne(
    cx: Cx,
    left: *const u8,
    right: *const u8,
    ty: *const TypeDesc,
) {
    compare_failed(cx, left, right, ty)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_count(cx: Cx, count: i64) {
    panic(cx, Panic::NegativeCount { count })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_panic_stack(cx: Cx) {
    panic(cx, Panic::StackOverflow)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_limit_steps(cx: Cx) {
    let options = &(*cx).options;
    match (*cx).watch.as_ref().and_then(|flag| flag.get()) {
        Some(reached) => {
            io::say(cx, &watch_limits(options).line(reached));
            start::end(cx, status::LIMIT)
        }
        None => limit(cx, "max-steps", options.max_steps),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_dbg_shared(cx: Cx) {
    if let Some(frame) = innermost(cx) {
        let note = trace::shared_note(frame.file, frame.line, frame.col, frame.source);
        io::say(cx, &note);
    }
}
