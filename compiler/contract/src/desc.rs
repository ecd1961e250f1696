//! Type descriptors: what codegen tells the runtime about a type's layout, as static `repr(C)`
//! data. The runtime's generic operations (retain, release, equality, order, hash, show, unshare,
//! trace) are driven by them and by nothing else.

use crate::layout::{CtxHead, Slice};

/// UTF-8 text in static memory.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub ptr: *const u8,
    pub len: usize,
}

impl Str {
    pub const fn new(text: &'static str) -> Str {
        Str {
            ptr: text.as_ptr(),
            len: text.len(),
        }
    }
}

#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Char,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
    Str,
    /// Unnamed `fields`; `()` has none.
    Tuple,
    /// Named `fields`.
    Struct,
    /// A tag of `tag_size` bytes at offset 0, then the variant's fields.
    Enum,
    /// An enum that contains itself: one word, `(index << 1) | 1` for a variant without payload,
    /// else a block.
    Boxed,
    /// `(*T)?`: null or the pointer. `elem` is the desc of `*T`; variant 0 is `none`.
    PtrOption,
    List,
    Array,
    Map,
    Set,
    Ptr,
    Weak,
    Fn,
    Any,
}

/// Types that the language knows by name, which print in their own way.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    None,
    /// Variant 0 is `none`, 1 is `some`.
    Option,
    /// Variant 0 is `ok`, 1 is `err`.
    Result,
    /// Fields `start`, `end`, `inclusive`.
    Range,
    /// One field, an `any`: prints as what it holds.
    Error,
    /// One field, whose order is turned round.
    Desc,
    /// One field, an Array: equal if its elements, sorted by the total order, are.
    Heap,
}

/// Values of the type hold counted references.
pub const HAS_REFS: u16 = 1;
/// A value can hold a List, Array, Map, Set or string that `:=` reaches: not through `*T`, `weak`
/// or closures. `any` counts as one that can.
pub const HAS_STORAGE: u16 = 2;
/// A value can hold a `*T`, a closure or an `any` through counted references, at any depth below it
/// and also through other objects: the cycle collector looks through such values only, and releases
/// of others cannot be seen.
pub const HAS_OBJECTS: u16 = 4;
/// Equal exactly when all `size` bytes are: no padding, floats, references; hashes by its bytes.
pub const BITWISE: u16 = 8;
/// Holds a float at any depth by value: `==` and the equality of keys differ.
pub const HAS_FLOAT: u16 = 16;

#[repr(C)]
pub struct TypeDesc {
    pub kind: Kind,
    pub lang: Lang,
    /// `HAS_REFS` …
    pub flags: u16,
    /// Of a value, in bytes; with padding at the end, so that it is the step in a sequence.
    pub size: u32,
    pub align: u32,
    /// `Enum`: 1, 2 or 4. `PtrOption`, `Boxed`: 0.
    pub tag_size: u32,
    /// As printed: `Point`. Empty for what has no name.
    pub name: Str,
    /// `Struct`, `Tuple`.
    pub fields: Slice<Field>,
    /// `Enum`, `Boxed`, `PtrOption` (`none`, `some`).
    pub variants: Slice<Variant>,
    /// `Struct`, `Tuple`: every counted reference in it, in order of declaration, looked for
    /// through nested structs and tuples; an `Enum` in it that `HAS_REFS` is one. Other kinds: empty.
    pub refs: Slice<Ref>,
    /// `Map`, `Set`.
    pub key: *const TypeDesc,
    /// `List`, `Array`, `Set` (as `key`): the element. `Map`: the value. `Ptr`, `Weak`: the object's
    /// value. `PtrOption`: the `Ptr`.
    pub elem: *const TypeDesc,
    /// `Map`, `Set`: of `{hash: u32, live: u32, key, value}`, laid out as C does.
    pub entry_size: u32,
    /// `Map`: of the value in an entry.
    pub value_offset: u32,
    /// The user's `show`: takes the value over from `value` (the runtime has shared it), writes a
    /// string to `out`. SystemV.
    pub show: Option<ShowFn>,
    /// The user's `deinit`: takes the value over from `value` (the runtime has shared it). SystemV.
    pub deinit: Option<DeinitFn>,
}

pub type ShowFn = unsafe extern "C" fn(ctx: *mut CtxHead, value: *const u8, out: *mut u8);
pub type DeinitFn = unsafe extern "C" fn(ctx: *mut CtxHead, value: *const u8);

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Field {
    /// Empty if it has none.
    pub name: Str,
    pub desc: *const TypeDesc,
    /// From the value's start; in a `Boxed` enum's variant from the block's start.
    pub offset: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Variant {
    pub name: Str,
    pub fields: Slice<Field>,
    /// As `TypeDesc::refs`, offsets as in `fields`.
    pub refs: Slice<Ref>,
    /// `Boxed`, with payload: the size of the block; 0 without payload.
    pub block_size: u64,
}

/// A counted reference (or an enum that can hold some) inside a value.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Ref {
    pub desc: *const TypeDesc,
    pub offset: u64,
}

impl TypeDesc {
    #[inline]
    pub fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

/// `(entry_size, value_offset)` of a Map's entry; a Set's with a value of size 0 and align 1.
pub const fn entry_layout(
    key_size: u32,
    key_align: u32,
    value_size: u32,
    value_align: u32,
) -> (u32, u32) {
    let _ = key_align; // At most 8, which is where the key begins.
    let value = (8 + key_size).next_multiple_of(value_align);
    // The step is a multiple of 8 because of nothing but the header's 4; keep it 8 for words.
    let size = (value + value_size).next_multiple_of(8);
    (size, value)
}
