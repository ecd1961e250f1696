//! Memory for heap blocks: free lists by size up to `SMALL_MAX`, the system's allocator above.
//!
//! The free lists stand in the context's head, where compiled code pops and pushes them itself;
//! this file fills them from big chunks, which stay until the context ends. Whoever frees a block
//! knows its size. Failure is the panic `out of memory`, never null.
//!
//! With the feature `system-alloc` every block is one allocation of the system, so that
//! AddressSanitizer and valgrind see uses after release.

use crate::ctx::Cx;
use crate::guard::Guard;
use crate::{audit, panic};
use cowl_contract::layout::SMALL_MAX;
use cowl_contract::planted::allocation_fails;
use std::alloc::Layout;
use std::ptr;

/// Blocks up to this size come from the free lists.
const SMALL: usize = SMALL_MAX as usize;

const FIRST_CHUNK: usize = 64 << 10;
const LAST_CHUNK: usize = 1 << 20;
/// How much of a chunk one size gets at a time.
const SPAN: usize = 4096;

pub struct Arena {
    chunks: Vec<(*mut u8, usize)>,
    next: *mut u8,
    end: *mut u8,
    /// Small blocks cut so far, in use or free.
    cut: usize,
    /// Large blocks in use.
    large: usize,
    /// Bytes taken from the system.
    pub bytes: u64,
    /// 0: no limit.
    pub max_bytes: u64,
    /// `--mm=audit`: it gives and takes every block, and the free lists stay empty.
    pub guard: Option<Box<Guard>>,
    /// How many allocations still succeed.
    #[cfg(test)]
    pub allowed: u64,
}

impl Arena {
    pub fn new() -> Arena {
        Arena {
            chunks: Vec::new(),
            next: ptr::null_mut(),
            end: ptr::null_mut(),
            cut: 0,
            large: 0,
            bytes: 0,
            max_bytes: 0,
            guard: None,
            #[cfg(test)]
            allowed: u64::MAX,
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for &(chunk, size) in &self.chunks {
            // SAFETY: allocated with this layout in `refill`; a context ends after its program.
            unsafe { std::alloc::dealloc(chunk, layout(size)) }
        }
    }
}

fn layout(size: usize) -> Layout {
    // SAFETY: 8 is a power of two; sizes that would overflow are refused in `from_system`.
    unsafe { Layout::from_size_align_unchecked(size, 8) }
}

/// A block of `size` bytes, at least 1, aligned to 8, not initialised.
#[inline]
pub unsafe fn alloc(cx: Cx, size: usize) -> *mut u8 {
    debug_assert!(size > 0);
    #[cfg(test)]
    may_fail(cx);
    if allocation_fails() {
        panic::out_of_memory(cx);
    }
    if size <= SMALL {
        let class = size.div_ceil(8);
        let block = (&(*cx).head.free)[class];
        if !block.is_null() {
            (&mut (*cx).head.free)[class] = *block.cast::<*mut u8>();
            return block;
        }
        return refill(cx, class);
    }
    alloc_large(cx, size)
}

/// Gives back a block of that size.
#[inline]
pub unsafe fn free(cx: Cx, block: *mut u8, size: usize) {
    if (*cx).arena.guard.is_some() {
        return guarded_free(cx, block, size);
    }
    if size <= SMALL {
        let class = size.div_ceil(8);
        *block.cast::<*mut u8>() = (&(*cx).head.free)[class];
        (&mut (*cx).head.free)[class] = block;
    } else {
        (*cx).arena.large -= 1;
        (*cx).arena.bytes -= size as u64;
        std::alloc::dealloc(block, layout(system_size(size)));
    }
}

/// The block grown (or shrunk) to `new` bytes, what fits of its content kept.
pub unsafe fn realloc(cx: Cx, block: *mut u8, old: usize, new: usize) -> *mut u8 {
    if old <= SMALL || new <= SMALL || (*cx).arena.guard.is_some() {
        let to = alloc(cx, new);
        ptr::copy_nonoverlapping(block, to, old.min(new));
        free(cx, block, old);
        return to;
    }
    #[cfg(test)]
    may_fail(cx);
    if allocation_fails() {
        panic::out_of_memory(cx);
    }
    check_limit(cx, new.saturating_sub(old));
    if new > isize::MAX as usize - 8 {
        panic::out_of_memory(cx);
    }
    let to = std::alloc::realloc(block, layout(system_size(old)), system_size(new));
    if to.is_null() {
        panic::out_of_memory(cx);
    }
    (*cx).arena.bytes += new as u64;
    (*cx).arena.bytes -= old as u64;
    to
}

/// The failure that a test has asked for.
#[cfg(test)]
unsafe fn may_fail(cx: Cx) {
    match (*cx).arena.allowed.checked_sub(1) {
        Some(left) => (*cx).arena.allowed = left,
        None => panic::out_of_memory(cx),
    }
}

/// How many blocks are in use.
pub unsafe fn live_blocks(cx: Cx) -> usize {
    let mut free = 0;
    for &list in &(*cx).head.free {
        let mut block = list;
        while !block.is_null() {
            free += 1;
            block = *block.cast::<*mut u8>();
        }
    }
    let guarded = (*cx).arena.guard.as_ref().map_or(0, |g| g.live.len());
    (*cx).arena.cut - free + (*cx).arena.large + guarded
}

/// Compiled code takes blocks by classes of 8 bytes, so give what it may use.
fn system_size(size: usize) -> usize {
    size.next_multiple_of(8)
}

#[cold]
unsafe fn guarded_alloc(cx: Cx, size: usize) -> *mut u8 {
    check_limit(cx, size);
    let size = system_size(size);
    let block = match (*cx).arena.guard.as_mut() {
        Some(guard) if size <= isize::MAX as usize - 8 => guard.alloc(size),
        _ => ptr::null_mut(),
    };
    if block.is_null() {
        panic::out_of_memory(cx);
    }
    (*cx).arena.bytes += size as u64;
    block
}

#[cold]
unsafe fn guarded_free(cx: Cx, block: *mut u8, size: usize) {
    let size = system_size(size);
    (*cx).arena.bytes = (*cx).arena.bytes.saturating_sub(size as u64);
    let done = match (*cx).arena.guard.as_mut() {
        Some(guard) => guard.free(block, size),
        None => Ok(()),
    };
    if let Err(fault) = done {
        audit::stop(cx, &[fault]);
    }
}

#[cold]
unsafe fn alloc_large(cx: Cx, size: usize) -> *mut u8 {
    if (*cx).arena.guard.is_some() {
        return guarded_alloc(cx, size);
    }
    let block = from_system(cx, size);
    (*cx).arena.large += 1;
    block
}

unsafe fn from_system(cx: Cx, size: usize) -> *mut u8 {
    if size > isize::MAX as usize - 8 {
        panic::out_of_memory(cx);
    }
    check_limit(cx, size);
    let block = std::alloc::alloc(layout(system_size(size)));
    if block.is_null() {
        panic::out_of_memory(cx);
    }
    (*cx).arena.bytes += size as u64;
    block
}

unsafe fn check_limit(cx: Cx, more: usize) {
    let arena = &(*cx).arena;
    if arena.max_bytes != 0 && arena.bytes + more as u64 > arena.max_bytes {
        panic::limit(cx, "max-memory", arena.max_bytes);
    }
}

#[cold]
unsafe fn refill(cx: Cx, class: usize) -> *mut u8 {
    let size = class * 8;
    if (*cx).arena.guard.is_some() {
        return guarded_alloc(cx, size);
    }
    let arena = &mut (*cx).arena;
    let mut room = arena.end as usize - arena.next as usize;
    if room < size {
        let chunk_size = (FIRST_CHUNK << arena.chunks.len().min(4)).min(LAST_CHUNK);
        let chunk = from_system(cx, chunk_size);
        let arena = &mut (*cx).arena;
        arena.chunks.push((chunk, chunk_size));
        arena.next = chunk;
        arena.end = chunk.add(chunk_size);
        room = chunk_size;
    }
    let arena = &mut (*cx).arena;
    let n = (SPAN / size).clamp(4, 64).min(room / size);
    let first = arena.next;
    arena.next = first.add(n * size);
    arena.cut += n;
    // The first is given away, the others form the list, in the order of their addresses.
    let mut list: *mut u8 = ptr::null_mut();
    for i in (1..n).rev() {
        let block = first.add(i * size);
        *block.cast::<*mut u8>() = list;
        list = block;
    }
    (&mut (*cx).head.free)[class] = list;
    first
}

/// Entry.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_alloc(cx: Cx, size: i64) -> *mut u8 {
    alloc(cx, size as usize)
}

/// Entry.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_free(cx: Cx, block: *mut u8, size: i64) {
    free(cx, block, size as usize);
}
