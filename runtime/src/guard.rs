//! Memory in `--mm=audit`: every block in use is known with its size, and what is freed is
//! poisoned and kept back for a while, in which nobody may write to it.

use rustc_hash::{FxHashMap, FxHashSet};
use std::alloc::Layout;
use std::collections::VecDeque;
use std::ptr;

/// What freed memory is filled with: as a count immortal, as a pointer one to nowhere.
const POISON: u8 = 0xdb;
/// Bytes of freed blocks that are kept back.
const KEPT: usize = 16 << 20;

#[derive(Default)]
pub struct Guard {
    /// Addresses and sizes.
    pub live: FxHashMap<usize, usize>,
    /// Freed, the oldest first.
    freed: VecDeque<(usize, usize)>,
    is_freed: FxHashSet<usize>,
    kept: usize,
}

fn layout(size: usize) -> Layout {
    // SAFETY: 8 is a power of two; `alloc` refuses sizes that would overflow.
    unsafe { Layout::from_size_align_unchecked(size, 8) }
}

impl Guard {
    /// Null if there is no memory. `size` is a multiple of 8, not 0 and at most `isize::MAX - 8`.
    pub fn alloc(&mut self, size: usize) -> *mut u8 {
        // SAFETY: the layout's size is not 0.
        let block = unsafe { std::alloc::alloc(layout(size)) };
        if !block.is_null() {
            self.live.insert(block as usize, size);
        }
        block
    }

    /// Takes a block back; an error says what is wrong with it.
    pub fn free(&mut self, block: *mut u8, size: usize) -> Result<(), String> {
        match self.live.remove(&(block as usize)) {
            None => return Err("a block is freed that is not in use".to_string()),
            Some(real) if real != size => {
                return Err(format!("a block of {real} bytes is freed as one of {size}"));
            }
            Some(_) => {}
        }
        // SAFETY: the block is of this size, and nobody else's since it is not live any more.
        unsafe { ptr::write_bytes(block, POISON, size) };
        self.freed.push_back((block as usize, size));
        self.is_freed.insert(block as usize);
        self.kept += size;
        while self.kept > KEPT {
            let Some((oldest, size)) = self.freed.pop_front() else {
                break;
            };
            self.give_up(oldest, size)?;
        }
        Ok(())
    }

    /// Was a block here, kept back since?
    pub fn was_freed(&self, block: *const u8) -> bool {
        self.is_freed.contains(&(block as usize))
    }

    /// Has anyone written to freed memory?
    pub fn check_freed(&self) -> Result<(), String> {
        let changed = self.freed.iter().find(|&&(b, size)| !is_poison(b, size));
        changed.map_or(Ok(()), |&(_, size)| Err(written(size)))
    }

    fn give_up(&mut self, block: usize, size: usize) -> Result<(), String> {
        let intact = is_poison(block, size);
        self.is_freed.remove(&block);
        self.kept -= size;
        // SAFETY: allocated with this layout in `alloc`, and given up once.
        unsafe { std::alloc::dealloc(block as *mut u8, layout(size)) };
        intact.then_some(()).ok_or_else(|| written(size))
    }
}

fn written(size: usize) -> String {
    format!("a block of {size} bytes was written to after it was freed")
}

fn is_poison(block: usize, size: usize) -> bool {
    // SAFETY: a freed block that is kept back has this size, and only this guard has it.
    let bytes = unsafe { std::slice::from_raw_parts(block as *const u8, size) };
    bytes.iter().all(|&b| b == POISON)
}

impl Drop for Guard {
    fn drop(&mut self) {
        for (block, size) in self.freed.drain(..) {
            // SAFETY: allocated with this layout in `alloc`, and not given up.
            unsafe { std::alloc::dealloc(block as *mut u8, layout(size)) };
        }
    }
}
