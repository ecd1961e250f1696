//! Standard input and output of a running program.
//!
//! Stdout is buffered; it is flushed before anything goes to stderr, before stdin is read, and at
//! the end. A stdout that its reader closed ends the program quietly with the status that a shell
//! shows of SIGPIPE; any other failure to write is told on stderr and ends it with status 1.

use crate::ctx::Cx;
use crate::system::fail;
use cowl_contract::outcome::status;
use cowl_contract::system;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;

const BUFFER: usize = 1 << 16;

pub struct Output {
    pending: Vec<u8>,
}

impl Output {
    pub fn new() -> Output {
        Output {
            pending: Vec::new(),
        }
    }
}

/// A standard stream without any buffer, left open.
fn stream(fd: i32) -> ManuallyDrop<File> {
    // SAFETY: only read from or written to; never closed, since it is never dropped.
    ManuallyDrop::new(unsafe { File::from_raw_fd(fd) })
}

/// To stdout.
pub unsafe fn write(cx: Cx, bytes: &[u8]) {
    let pending = &mut (*cx).out.pending;
    pending.extend_from_slice(bytes);
    // A watch may end the process from outside: nothing waits then.
    if pending.len() >= BUFFER || (*cx).watch.is_some() {
        flush(cx);
    }
}

pub unsafe fn flush(cx: Cx) {
    if (*cx).out.pending.is_empty() {
        return;
    }
    let result = stream(1).write_all(&(*cx).out.pending);
    (*cx).out.pending.clear();
    if let Err(error) = result {
        let end = if error.kind() == ErrorKind::BrokenPipe {
            system::CLOSED_PIPE
        } else {
            let _ = stream(2).write_all(system::cannot_write(&error).as_bytes());
            status::FAILED
        };
        crate::start::end(cx, end);
    }
}

/// To stderr, after all pending output. Nobody is left to tell if that fails.
pub unsafe fn say(cx: Cx, text: &str) {
    flush(cx);
    let _ = stream(2).write_all(text.as_bytes());
}

/// Reads more of stdin behind what is there; false at its end.
unsafe fn read_more(cx: Cx) -> std::io::Result<bool> {
    let have = (*cx).stdin.len();
    let more = have.clamp(1 << 13, 1 << 20);
    (*cx).stdin.resize(have + more, 0);
    let got = loop {
        match stream(0).read(&mut (&mut (*cx).stdin)[have..]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => break result,
        }
    };
    (*cx).stdin.truncate(have + *got.as_ref().unwrap_or(&0));
    got.map(|n| n > 0)
}

/// Takes what has been read, up to `end`.
unsafe fn take(cx: Cx, end: usize) -> Vec<u8> {
    let bytes = (&(*cx).stdin)[(*cx).stdin_at..end].to_vec();
    (*cx).stdin_at = end;
    if end == (*cx).stdin.len() {
        (*cx).stdin.clear();
        (*cx).stdin_at = 0;
    }
    bytes
}

// ---- entries

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_flush(cx: Cx) {
    flush(cx);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_read_line(cx: Cx, out: *mut u8, err: *mut u8) -> i32 {
    flush(cx);
    let mut seen = (*cx).stdin_at;
    let end = loop {
        let stdin = &(*cx).stdin;
        if let Some(at) = stdin[seen..].iter().position(|&b| b == b'\n') {
            break seen + at + 1;
        }
        seen = stdin.len();
        match read_more(cx) {
            Ok(true) => {}
            Ok(false) if seen == (*cx).stdin_at => return 2,
            Ok(false) => break seen,
            Err(error) => return fail(cx, &error, err),
        }
    };
    let mut line = take(cx, end);
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    crate::system::give_text(cx, line, out, err)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_read_all(cx: Cx, out: *mut u8, err: *mut u8) -> i32 {
    flush(cx);
    loop {
        match read_more(cx) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return fail(cx, &error, err),
        }
    }
    let end = (*cx).stdin.len();
    let all = take(cx, end);
    crate::system::give_text(cx, all, out, err)
}

/// `dbg(x)`
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_dbg(
    cx: Cx,
    value: *const u8,
    ty: *const cowl_contract::desc::TypeDesc,
) {
    let place = crate::panic::place(cx);
    let text = crate::show::shown(cx, value, ty, true);
    say(cx, &format!("{place}: {text}\n"));
}
