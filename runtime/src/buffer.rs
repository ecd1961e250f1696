//! Scratch memory for some elements in one piece.

use crate::alloc::{alloc, free};
use crate::ctx::Cx;
use crate::panic;

/// Must be freed by hand: it does not know its context.
pub struct Buffer {
    pub ptr: *mut u8,
    /// In elements.
    pub len: usize,
    stride: usize,
}

impl Buffer {
    pub unsafe fn new(cx: Cx, len: usize, stride: usize) -> Buffer {
        let Some(size) = len.checked_mul(stride) else {
            panic::out_of_memory(cx)
        };
        Buffer {
            ptr: alloc(cx, size.max(1)),
            len,
            stride,
        }
    }

    /// Where the element at an index is (or the end).
    pub unsafe fn at(&self, index: usize) -> *mut u8 {
        self.ptr.add(index * self.stride)
    }

    pub unsafe fn free(self, cx: Cx) {
        free(cx, self.ptr, (self.len * self.stride).max(1));
    }
}
