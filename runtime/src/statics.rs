//! Reading the static data that the compiler makes: a `Str` and a `Slice` of `contract` as Rust's
//! own. The contract only says how they lie; that the pointers are good is a promise of whoever
//! made them, so the reading stands here, where `unsafe` may be.

use cowl_contract::desc::Str;
use cowl_contract::layout::Slice;

/// What static data reads as.
pub trait Get {
    type Items: ?Sized + 'static;

    /// The items, or the text.
    ///
    /// # Safety
    /// `ptr` is valid for `len` items (bytes of UTF-8 for a text) for as long as the result is used.
    unsafe fn get<'a>(self) -> &'a Self::Items;
}

impl Get for Str {
    type Items = str;

    unsafe fn get<'a>(self) -> &'a str {
        if self.len == 0 {
            return "";
        }
        // SAFETY: the caller's promise.
        unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(self.ptr, self.len)) }
    }
}

impl<T: 'static> Get for Slice<T> {
    type Items = [T];

    unsafe fn get<'a>(self) -> &'a [T] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts(self.ptr, self.len) }
    }
}
