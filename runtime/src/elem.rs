//! What a List's structure has to know of its elements: their step, the size of a leaf, and how
//! to hold and release them. Lists hold values of a type; Maps and Sets keep their entries in the
//! same structure, with holes.

use crate::ctx::desc;
use cowl_contract::desc::{HAS_REFS, TypeDesc};
use cowl_contract::layout::{ENTRY_LIVE, NODE_ELEMS, leaf_bits, stride};

#[derive(Clone, Copy)]
pub struct Elem {
    pub stride: usize,
    /// log2 of the elements in a leaf.
    pub bits: u32,
    pub refs: Refs,
}

/// The counted references in an element.
#[derive(Clone, Copy)]
pub enum Refs {
    None,
    Value(*const TypeDesc),
    /// The desc is the Map's or Set's.
    Entry(*const TypeDesc),
}

impl Elem {
    /// Elements of this type.
    #[inline]
    pub unsafe fn value(elem: *const TypeDesc) -> Elem {
        let stride = stride(desc(elem).size);
        Elem {
            stride: stride as usize,
            bits: leaf_bits(stride),
            refs: if desc(elem).has(HAS_REFS) {
                Refs::Value(elem)
            } else {
                Refs::None
            },
        }
    }

    /// Elements of a List or Array.
    #[inline]
    pub unsafe fn of(container: *const TypeDesc) -> Elem {
        Elem::value(desc(container).elem)
    }

    /// Entries of a Map or Set.
    #[inline]
    pub unsafe fn entry(map: *const TypeDesc) -> Elem {
        let d = desc(map);
        let refs = desc(d.key).has(HAS_REFS) || desc(d.elem).has(HAS_REFS);
        Elem {
            stride: d.entry_size as usize,
            bits: leaf_bits(d.entry_size),
            refs: if refs { Refs::Entry(map) } else { Refs::None },
        }
    }

    /// The same, of elements that have been moved out.
    pub fn moved(self) -> Elem {
        Elem {
            refs: Refs::None,
            ..self
        }
    }

    pub fn is_plain(self) -> bool {
        matches!(self.refs, Refs::None)
    }

    /// Elements in a leaf.
    #[inline(always)]
    pub fn leaf_len(self) -> usize {
        1 << self.bits
    }

    pub fn leaf_size(self) -> usize {
        NODE_ELEMS as usize + (self.stride << self.bits)
    }
}

/// Is there an entry here, or a hole?
#[inline(always)]
pub unsafe fn is_live(entry: *const u8) -> bool {
    *entry.add(ENTRY_LIVE as usize).cast::<u32>() != 0
}
