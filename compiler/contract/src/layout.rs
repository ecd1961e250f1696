//! Where things lie in memory: heap blocks, the context, the tables that a program passes at its
//! start. Codegen emits loads and stores by these offsets, the runtime has structs that are
//! tested against them; neither may assume more than what stands here.
//!
//! Every heap block begins with `{count: u32, flags: u32}`. Alignment of values is at most 8.

use crate::desc::{Str, TypeDesc};

// ---- every block

pub const COUNT: i32 = 0;
/// Bits 4 to 7 are the cycle collector's in every block.
pub const FLAGS: i32 = 4;
/// Top bit of a count: never changed, never freed. A count that grows into it stays.
pub const IMMORTAL: u32 = 0x8000_0000;

/// What `make_unique` and `status` entries answer.
pub const NO_STORAGE: i32 = 0;
pub const SOLE: i32 = 1;
/// `make_unique`: it was duplicated. `status`: it has more than one holder.
pub const SHARED: i32 = 2;

// ---- List: one word, null when empty (and only then)
//
// Element i of n lies in the tail if `i >= trie_len`, at `tail + (i - trie_len) * stride`; else in
// the trie, at position `start + i`: the leaf is found with `leaf_bits(stride)` low bits, then
// 5 bits a level. The tail of a whole list lies in its block, at `LIST_ELEMS`; that of a slice
// points into its base. A sole list's tail is sole; trie nodes may be shared all the same.

pub const LIST_LEN: i32 = 8; // u32
pub const LIST_TRIE_LEN: i32 = 12; // u32
pub const LIST_TAIL: i32 = 16; // *elem
pub const LIST_ROOT: i32 = 24; // *node, null without a trie
pub const LIST_START: i32 = 32; // u64
pub const LIST_ELEMS: i32 = 40;
/// A slice's: the list whose nodes it looks into; one more holder of it.
pub const LIST_BASE: i32 = 40;
/// In `flags`: a slice. Sole is `count == 1` and no slice, in one load:
/// `(u64 at COUNT) & LIST_SOLE_MASK == 1`; anything else asks `cowl_list_make_unique`.
pub const LIST_SLICE: u32 = 1;
pub const LIST_SOLE_MASK: u64 = 0x1_ffff_ffff;
/// In `flags`: how many elements the tail has room for. With a sole list,
/// `len - trie_len < flags >> 16` means: store at `LIST_ELEMS + (len - trie_len) * stride`, then
/// `len += 1`.
pub const LIST_TAIL_CAP_SHIFT: u32 = 16;
/// In `flags`: levels of the trie, 0 for none, 1 when `root` is a leaf.
pub const LIST_HEIGHT_SHIFT: u32 = 8;
/// Longest List: one more element is the panic `out of memory`.
pub const LIST_MAX: u64 = u32::MAX as u64;
/// Elements of a trie leaf begin here; children of an inner node too (32 words).
pub const NODE_ELEMS: i32 = 8;
pub const NODE_BITS: u32 = 5;

/// The step from one element to the next; elements of size 0 take one byte.
pub const fn stride(size: u32) -> u32 {
    if size == 0 { 1 } else { size }
}

/// log2 of the elements in a leaf: about 256 bytes for small elements, 32 of 8 to 32 bytes, fewer
/// of larger ones.
pub const fn leaf_bits(stride: u32) -> u32 {
    match stride {
        0..=1 => 8,
        2 => 7,
        3..=4 => 6,
        5..=32 => 5,
        33..=64 => 4,
        65..=128 => 3,
        _ => 2,
    }
}

// ---- Array: 24 bytes; storage null means empty, an empty one may have storage

pub const ARRAY_SIZE: u32 = 24;
pub const ARRAY_STORAGE: i32 = 0;
pub const ARRAY_DATA: i32 = 8;
pub const ARRAY_LEN: i32 = 16; // i64
// The storage block. `data` and `len` are the elements that it holds; a value that covers fewer
// is a slice. `end` is where its memory ends. With `count == 1` and value and storage of the same
// `data` and `len`, and `data + len * stride != end`: store there, then raise `len` in both.
pub const STORAGE_DATA: i32 = 8;
pub const STORAGE_LEN: i32 = 16;
pub const STORAGE_END: i32 = 24;
pub const STORAGE_ELEMS: i32 = 32;

// ---- string: 24 bytes
//
// Byte 23 is the size (0..=23) of an inline string of ASCII, `64 + size` of one that is not all
// ASCII, or 0xff: then there is a storage and more than 23 bytes. Unused inline bytes are 0, so
// two inline strings are equal when their 24 bytes are.

pub const STRING_SIZE: u32 = 24;
pub const STRING_TAG: i32 = 23;
pub const STRING_INLINE_MAX: u32 = 23;
pub const STRING_NOT_ASCII: u8 = 64;
pub const STRING_HEAP: u8 = 0xff;
pub const STRING_STORAGE: i32 = 0;
pub const STRING_OFFSET: i32 = 8; // u32, from STRING_BYTES
pub const STRING_BYTE_LEN: i32 = 12; // u32
pub const STRING_CHARS: i32 = 16; // u32, code points; equal to the bytes when all are ASCII
// The storage block: `{count, flags, size: u32, cap: u32, bytes…}`. A literal's is static, with
// `count = IMMORTAL` and `cap = size`. `size` is that of the whole value that it was made for.
pub const STRING_STORAGE_SIZE: i32 = 8;
pub const STRING_STORAGE_CAP: i32 = 12;
pub const STRING_BYTES: i32 = 16;

// ---- Map, Set: one word, null when empty (and only then)

pub const MAP_LEN: i32 = 8; // u32
// What leaf-wise iteration meets: entries of `TypeDesc::entry_size`, in order of insertion.
/// u32: 0 for a hole, which is skipped.
pub const ENTRY_LIVE: i32 = 4;
pub const ENTRY_KEY: i32 = 8;

// ---- boxed enums, objects, any, closures

/// A boxed enum's variant with payload: the index stands in the upper half of `flags`.
pub const BOXED_TAG_SHIFT: u32 = 16;
pub const BOXED_PAYLOAD: u32 = 8;

pub const OBJECT_DESC: i32 = 8; // the value's desc
pub const OBJECT_WEAK: i32 = 16; // u32
pub const OBJECT_INDEX: i32 = 20; // u32, the runtime's
pub const OBJECT_VALUE: i32 = 24;
/// In an object's `flags`: the object or one of its fields is in change; any access calls
/// `cowl_change_check` first.
pub const OBJECT_IN_CHANGE: u32 = 1;

pub const ANY_SIZE: u32 = 16;
pub const ANY_BOX: i32 = 0;
pub const ANY_VTABLE: i32 = 8;
pub const BOX_DESC: i32 = 8;
pub const BOX_VALUE: i32 = 16;

pub const FN_CODE: i32 = 8;
/// Desc of the captures as a tuple at offset `FN_CAPTURES` of the block, null without captures.
pub const FN_DESC: i32 = 16;
pub const FN_CAPTURES: u32 = 24;

// ---- the context

/// Blocks of up to this size come from per-size free lists; with the feature `system-alloc` none do,
/// so that AddressSanitizer and valgrind see every block.
pub const SMALL_MAX: u32 = if cfg!(feature = "system-alloc") {
    0
} else {
    512
};
pub const SMALL_CLASSES: usize = SMALL_MAX as usize / 8 + 1;

/// The part of the context that compiled code reads and writes; the runtime's own part follows.
#[repr(C)]
pub struct CtxHead {
    /// A function whose stack pointer is below it calls `cowl_panic_stack`.
    pub stack_limit: usize,
    /// Stored before each call of an entry that `exits()`: the caller's frame pointer …
    pub exit_fp: usize,
    /// … and the index in `Program::frames` of the place that calls.
    pub exit_frame: u32,
    /// Calls left until `--max-depth` (compiled in only when asked for): lowered at entry, raised
    /// at return; below 0 calls `cowl_panic_stack`.
    pub depth_left: i32,
    /// Steps left until `--max-steps` (compiled in only when asked for): below 0 calls
    /// `cowl_limit_steps`.
    pub steps_left: i64,
    /// One counter for each entry of `Program::events`.
    pub counters: *mut u64,
    /// `--mm=trace`, `--mm=audit`: the innermost shadow frame.
    pub shadow: *mut ShadowFrame,
    /// By size in words: blocks that can be taken. A block's first word is the next one; an empty
    /// list asks `cowl_alloc`. Freeing pushes onto the same list.
    pub free: [*mut u8; SMALL_CLASSES],
}

/// What a function that holds references puts on the stack, its roots' values behind it. In the
/// modes that trace, these values lie nowhere else: zero at entry, and again after each move.
#[repr(C)]
pub struct ShadowFrame {
    pub parent: *mut ShadowFrame,
    pub num_roots: u64,
    pub roots: *const Root,
}

/// Where a value lies that holds references, or nothing (zero).
#[repr(C)]
pub struct Root {
    /// From the shadow frame's start; of a module constant, its address.
    pub at: usize,
    pub desc: *const TypeDesc,
}

// ---- the program's tables (static data of an executable, or memory of the JIT)

/// `(pointer, length)`.
#[repr(C)]
pub struct Slice<T> {
    pub ptr: *const T,
    pub len: usize,
}

impl<T> Clone for Slice<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Slice<T> {}

impl<T> Slice<T> {
    pub const EMPTY: Slice<T> = Slice {
        ptr: std::ptr::null(),
        len: 0,
    };

    pub const fn new(items: &'static [T]) -> Slice<T> {
        Slice {
            ptr: items.as_ptr(),
            len: items.len(),
        }
    }
}

#[repr(C)]
pub struct Program {
    /// Runs the constants' initialisers, then `main` with the arguments (a `List<string>`, owned);
    /// gives the exit status. SystemV.
    pub main: unsafe extern "C" fn(ctx: *mut CtxHead, args: *mut u8) -> i64,
    pub sites: Slice<Site>,
    pub funcs: Slice<FuncName>,
    pub frames: Slice<Frame>,
    /// In any order; `calls` of one function are sorted by offset.
    pub code: Slice<FuncCode>,
    pub events: Slice<Event>,
    /// The module constants that hold references; only in the modes that trace, and with a ledger.
    pub constants: Slice<Root>,
    pub options: ProgramOptions,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct ProgramOptions {
    /// `Mm` as a number.
    pub mm: u8,
    /// Counting is compiled in: 1 the ledger's, `COPIES_TOO` that of the report of copies as well.
    pub ledger: u8,
    /// `Leaks` as a number.
    pub leaks: u8,
    pub pad: u8,
    /// 0: collect as usual; n + 1: collect (and audit) at a `new` when n objects have been made since
    /// the last collection, so 1 is at every `new`.
    pub stress: u32,
    /// 0: no limit.
    pub max_depth: u64,
    pub max_steps: u64,
    /// In bytes.
    pub max_memory: u64,
    /// In milliseconds; steps are compiled in if there is one.
    pub timeout: u64,
}

pub const COPIES_TOO: u8 = 2;

#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mm {
    Rc = 0,
    Trace = 1,
    Audit = 2,
}

/// A position in the source; `text` is its line.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Site {
    pub file: Str,
    pub line: u32,
    pub col: u32,
    pub text: Str,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct FuncName {
    /// As in a call stack.
    pub name: Str,
    /// 1: left out of call stacks.
    pub is_std: u64,
}

pub const NO_FRAME: u32 = u32::MAX;

/// A place where a function can be while a call stack is printed. Code that was inlined has the
/// frame of the place that it was inlined into as its parent.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub site: u32,
    pub func: u32,
    /// `NO_FRAME`, or index into `frames`.
    pub parent: u32,
}

/// The calls in one compiled function.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct FuncCode {
    pub start: *const u8,
    pub size: u64,
    pub calls: Slice<CallSite>,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CallSite {
    /// Of the return address, from the function's start.
    pub offset: u32,
    pub frame: u32,
}

/// What one counter of the ledger counts. Several may count the same: the file adds them up.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub kind: EventKind,
    pub site: u32,
    /// Of `Copied` and `Bytes`.
    pub segment: u32,
}

#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    InPlace = 0,
    Copied = 1,
    Moved = 2,
    /// Beside the ledger: an update that met only empty or inline values.
    Nothing = 3,
    /// Beside the ledger: what the copies weigh.
    Bytes = 4,
}
