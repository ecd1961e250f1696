//! Descs of the types that entries make themselves.

use cowl_contract::desc::{BITWISE, HAS_OBJECTS, HAS_REFS, HAS_STORAGE, Kind, Lang, Str, TypeDesc};
use cowl_contract::layout::{STRING_SIZE, Slice};
use std::ptr;

const fn scalar(kind: Kind, size: u32, align: u32, flags: u16) -> TypeDesc {
    TypeDesc {
        kind,
        lang: Lang::None,
        flags,
        size,
        align,
        tag_size: 0,
        name: Str::new(""),
        fields: Slice::EMPTY,
        variants: Slice::EMPTY,
        refs: Slice::EMPTY,
        key: ptr::null(),
        elem: ptr::null(),
        entry_size: 0,
        value_offset: 0,
        show: None,
        deinit: None,
    }
}

pub const STRING: &TypeDesc = &scalar(Kind::Str, STRING_SIZE, 8, HAS_REFS | HAS_STORAGE);
pub const CHAR: &TypeDesc = &scalar(Kind::Char, 4, 4, BITWISE);
pub const U8: &TypeDesc = &scalar(Kind::U8, 1, 1, BITWISE);
/// A pointer to an object of no particular type.
pub const POINTER: &TypeDesc = &scalar(Kind::Ptr, 8, 8, HAS_REFS | HAS_OBJECTS);
