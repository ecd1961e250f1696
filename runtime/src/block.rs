//! The blocks and values of `contract::layout` as structs, and the operations on counts.

use cowl_contract::desc::TypeDesc;
use cowl_contract::layout::*;
use cowl_contract::planted::jumps_to_full;

#[repr(C)]
pub struct Block {
    pub count: u32,
    pub flags: u32,
}

#[repr(C)]
pub struct ListBlock {
    pub count: u32,
    pub flags: u32,
    pub len: u32,
    pub trie_len: u32,
    pub tail: *mut u8,
    pub root: *mut u8,
    pub start: u64,
    /// Of a slice; a whole list has its tail's elements here.
    pub base: *mut ListBlock,
}

/// Size of a slice's block.
pub const SLICE_BLOCK: usize = size_of::<ListBlock>();

#[repr(C)]
#[derive(Clone, Copy)]
pub struct ArrayValue {
    pub storage: *mut StorageBlock,
    pub data: *mut u8,
    pub len: i64,
}

#[repr(C)]
pub struct StorageBlock {
    pub count: u32,
    pub flags: u32,
    pub data: *mut u8,
    pub len: i64,
    pub end: *mut u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct StringValue {
    pub words: [u64; 3],
}

#[repr(C)]
pub struct StringStorage {
    pub count: u32,
    pub flags: u32,
    pub size: u32,
    pub cap: u32,
}

#[repr(C)]
pub struct Object {
    pub count: u32,
    pub flags: u32,
    pub desc: *const TypeDesc,
    pub weak: u32,
    pub index: u32,
}

#[repr(C)]
pub struct AnyBox {
    pub count: u32,
    pub flags: u32,
    pub desc: *const TypeDesc,
}

#[repr(C)]
pub struct FnBlock {
    pub count: u32,
    pub flags: u32,
    pub code: *const u8,
    pub desc: *const TypeDesc,
}

/// One holder more.
#[inline(always)]
pub unsafe fn retain(block: *mut u8) {
    let block = block.cast::<Block>();
    let count = (*block).count;
    if count < IMMORTAL {
        (*block).count = match jumps_to_full() {
            Some(from) if count + 1 == from => IMMORTAL - 1,
            _ => count + 1,
        };
    }
}

#[inline(always)]
pub unsafe fn count(block: *const u8) -> u32 {
    (*block.cast::<Block>()).count
}

#[inline(always)]
pub unsafe fn is_sole(block: *const u8) -> bool {
    count(block) == 1
}

/// Takes one holder away where there are more: true. False where this is the last, which stays.
#[inline(always)]
pub unsafe fn unhold(block: *mut u8) -> bool {
    let block = block.cast::<Block>();
    let count = (*block).count;
    if count == 1 {
        return false;
    }
    if count < IMMORTAL {
        (*block).count = count - 1;
    }
    true
}

/// The word in a place.
#[inline(always)]
pub unsafe fn word(place: *const u8) -> *mut u8 {
    *place.cast::<*mut u8>()
}

#[inline(always)]
pub unsafe fn set_word(place: *mut u8, word: *mut u8) {
    *place.cast::<*mut u8>() = word;
}

/// A boxed enum's word that is a variant without payload.
#[inline(always)]
pub fn is_bare(word: *const u8) -> bool {
    word as usize & 1 == 1
}

/// The variant that a boxed enum's word is.
#[inline(always)]
pub unsafe fn boxed_variant(word: *const u8) -> usize {
    if is_bare(word) {
        word as usize >> 1
    } else {
        ((*word.cast::<Block>()).flags >> BOXED_TAG_SHIFT) as usize
    }
}

/// The variant that an enum's value is.
#[inline(always)]
pub unsafe fn enum_variant(value: *const u8, desc: &TypeDesc) -> usize {
    match desc.tag_size {
        1 => *value as usize,
        2 => *value.cast::<u16>() as usize,
        _ => *value.cast::<u32>() as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    #[test]
    fn structs_are_as_the_contract_says() {
        for (have, want) in [
            (offset_of!(ListBlock, len), LIST_LEN),
            (offset_of!(ListBlock, trie_len), LIST_TRIE_LEN),
            (offset_of!(ListBlock, tail), LIST_TAIL),
            (offset_of!(ListBlock, root), LIST_ROOT),
            (offset_of!(ListBlock, start), LIST_START),
            (offset_of!(ListBlock, base), LIST_BASE),
            (offset_of!(ListBlock, base), LIST_ELEMS),
            (offset_of!(ArrayValue, storage), ARRAY_STORAGE),
            (offset_of!(ArrayValue, data), ARRAY_DATA),
            (offset_of!(ArrayValue, len), ARRAY_LEN),
            (offset_of!(StorageBlock, data), STORAGE_DATA),
            (offset_of!(StorageBlock, len), STORAGE_LEN),
            (offset_of!(StorageBlock, end), STORAGE_END),
            (size_of::<StorageBlock>(), STORAGE_ELEMS),
            (offset_of!(StringStorage, size), STRING_STORAGE_SIZE),
            (offset_of!(StringStorage, cap), STRING_STORAGE_CAP),
            (size_of::<StringStorage>(), STRING_BYTES),
            (offset_of!(Object, desc), OBJECT_DESC),
            (offset_of!(Object, weak), OBJECT_WEAK),
            (offset_of!(Object, index), OBJECT_INDEX),
            (size_of::<Object>(), OBJECT_VALUE),
            (offset_of!(AnyBox, desc), BOX_DESC),
            (size_of::<AnyBox>(), BOX_VALUE),
            (offset_of!(FnBlock, code), FN_CODE),
            (offset_of!(FnBlock, desc), FN_DESC),
            (size_of::<FnBlock>(), FN_CAPTURES as i32),
        ] {
            assert_eq!(have as i32, want);
        }
    }
}
