//! Which references a value and a block hold: the one walk over the heap, for the cycle collector,
//! the tracer and the audit.
//!
//! Takes a value or a block with its desc; tells each reference in it to a `Look`, in order. Follows
//! nothing itself, changes nothing, and recurses over types by value only.

use crate::block::*;
use crate::ctx::desc;
use crate::elem::{Elem, Refs, is_live};
use crate::index::{self, Part};
use crate::map::MapBlock;
use crate::objects;
use crate::statics::Get;
use crate::vector;
use cowl_contract::desc::{HAS_OBJECTS, HAS_REFS, Kind, Ref, TypeDesc};
use cowl_contract::layout::*;
use cowl_contract::planted::{Fault, planted};

/// A block, and how to look into it.
#[derive(Clone, Copy)]
pub struct Held {
    pub ptr: *mut u8,
    /// Of the value whose block it is; of a node's elements; of the Map whose entries these are.
    pub desc: *const TypeDesc,
    pub what: What,
}

#[derive(Clone, Copy)]
pub enum What {
    /// What a value points to.
    Value,
    /// A trie node; its elements before position `first` are not there.
    Node {
        level: u32,
        first: u64,
        entries: bool,
    },
    /// The list of a Map's entries.
    Entries,
    Index,
    IndexNode,
    /// An index's table, which has no header.
    Table,
}

/// Who looks.
pub trait Look {
    /// All references; else only those that can lead to objects.
    const ALL: bool;
    /// One reference to this block.
    unsafe fn held(&mut self, to: Held);
    /// The same for the most common block.
    #[inline(always)]
    unsafe fn object(&mut self, object: *mut Object, desc: *const TypeDesc) {
        self.held(Held {
            ptr: object.cast(),
            desc,
            what: What::Value,
        });
    }
    /// One `weak` to this object; only if `ALL`.
    unsafe fn weak(&mut self, _object: *mut Object) {}
}

impl Held {
    pub unsafe fn flags<'a>(self) -> &'a mut u32 {
        &mut (*self.ptr.cast::<Block>()).flags
    }

    pub unsafe fn count<'a>(self) -> &'a mut u32 {
        &mut (*self.ptr.cast::<Block>()).count
    }

    pub unsafe fn object(self) -> Option<*mut Object> {
        let of_value = matches!(self.what, What::Value);
        let is = of_value && matches!(desc(self.desc).kind, Kind::Ptr | Kind::PtrOption);
        is.then_some(self.ptr.cast())
    }

    /// An object of the runtime's lists.
    pub fn listed(object: *mut Object) -> Held {
        Held {
            ptr: object.cast(),
            // Any desc of a pointer does: an object knows its own type.
            desc: crate::known::POINTER,
            what: What::Value,
        }
    }
}

/// The references in a value. Zero holds nothing, whatever the type.
#[inline]
pub unsafe fn in_value<L: Look>(value: *const u8, ty: *const TypeDesc, look: &mut L) {
    let d = desc(ty);
    if !d.has(if L::ALL { HAS_REFS } else { HAS_OBJECTS }) {
        return;
    }
    match d.kind {
        Kind::Tuple | Kind::Struct => in_refs(value, d.refs.get(), look),
        Kind::Enum => {
            let variant = &d.variants.get()[enum_variant(value, d)];
            in_refs(value, variant.refs.get(), look);
        }
        Kind::Weak => {
            let object = word(value).cast::<Object>();
            if L::ALL && !object.is_null() {
                look.weak(object);
            }
        }
        Kind::Ptr | Kind::PtrOption => {
            let object = word(value).cast::<Object>();
            if !object.is_null() {
                look.object(object, ty);
            }
        }
        kind => {
            let ptr = word(value);
            let none = match kind {
                Kind::Str => *value.add(STRING_TAG as usize) != STRING_HEAP,
                Kind::Boxed => is_bare(ptr),
                _ => false,
            };
            if !ptr.is_null() && !none {
                look.held(Held {
                    ptr,
                    desc: ty,
                    what: What::Value,
                });
            }
        }
    }
}

/// Looks into many objects one after the other, most of which have the type of the one before: what
/// the type says is read once.
pub struct Alike {
    desc: *const TypeDesc,
    /// Where the pointers lie, if the type holds nothing else.
    pointers: Option<&'static [Ref]>,
}

impl Alike {
    pub fn new() -> Alike {
        Alike {
            desc: std::ptr::null(),
            pointers: None,
        }
    }

    /// The same as `in_value` of the object's value.
    #[inline(always)]
    pub unsafe fn in_object<L: Look>(&mut self, object: *mut Object, look: &mut L) {
        let ty = (*object).desc;
        if ty != self.desc {
            *self = Alike {
                desc: ty,
                pointers: only_pointers(ty),
            };
        }
        let value = objects::value(object);
        let Some(pointers) = self.pointers else {
            return in_value(value, ty, look);
        };
        for r in pointers {
            let to = word(value.add(r.offset as usize)).cast::<Object>();
            if !to.is_null() {
                look.object(to, r.desc);
            }
        }
    }
}

/// The pointers to objects in values of the type, if these hold no other reference.
pub unsafe fn only_pointers(ty: *const TypeDesc) -> Option<&'static [Ref]> {
    let is_pointer = |r: &Ref| matches!(desc(r.desc).kind, Kind::Ptr | Kind::PtrOption);
    let d = desc(ty);
    let refs: &[Ref] = match d.kind {
        Kind::Tuple | Kind::Struct => d.refs.get(),
        _ if !d.has(HAS_REFS) => &[],
        _ => return None,
    };
    refs.iter().all(is_pointer).then_some(refs)
}

#[inline]
unsafe fn in_refs<L: Look>(base: *const u8, refs: &[Ref], look: &mut L) {
    for r in refs {
        let at = base.add(r.offset as usize);
        match desc(r.desc).kind {
            // Without a call, since this is what objects are made of.
            Kind::Ptr | Kind::PtrOption => {
                let object = word(at).cast::<Object>();
                if !object.is_null() {
                    look.object(object, r.desc);
                }
            }
            _ => in_value(at, r.desc, look),
        }
    }
}

unsafe fn in_elem<L: Look>(ptr: *const u8, elem: Elem, look: &mut L) {
    match elem.refs {
        Refs::None => {}
        Refs::Value(ty) => in_value(ptr, ty, look),
        Refs::Entry(ty) => {
            if is_live(ptr) {
                let d = desc(ty);
                in_value(ptr.add(ENTRY_KEY as usize), d.key, look);
                if d.kind == Kind::Map {
                    in_value(ptr.add(d.value_offset as usize), d.elem, look);
                }
            }
        }
    }
}

unsafe fn in_elems<L: Look>(ptr: *const u8, n: usize, elem: Elem, look: &mut L) {
    if !elem.is_plain() {
        for i in 0..n {
            in_elem(ptr.add(i * elem.stride), elem, look);
        }
    }
}

/// The references that a block holds.
pub unsafe fn in_block<L: Look>(held: Held, look: &mut L) {
    let Held {
        ptr,
        desc: ty,
        what,
    } = held;
    match what {
        What::Value => in_value_block(held, look),
        What::Node {
            level,
            first,
            entries,
        } => in_node(ptr, ty, level, first, entries, look),
        What::Entries => in_list(ptr.cast(), ty, Elem::entry(ty), true, look),
        What::Index => {
            let (ptr, what) = match index::part(ptr.cast()) {
                Part::Table(table) => (table, What::Table),
                Part::Node(node) => (node, What::IndexNode),
            };
            look.held(Held { ptr, what, ..held });
        }
        What::IndexNode => {
            for &ptr in index::node_parts(ptr) {
                look.held(Held { ptr, ..held });
            }
        }
        What::Table => {}
    }
}

#[inline]
unsafe fn in_value_block<L: Look>(held: Held, look: &mut L) {
    let Held { ptr, desc: ty, .. } = held;
    match desc(ty).kind {
        Kind::Ptr | Kind::PtrOption => {
            let object = ptr.cast::<Object>();
            in_value(objects::value(object), (*object).desc, look);
        }
        Kind::List => {
            let list = ptr.cast::<ListBlock>();
            if vector::is_slice(list) {
                look.held(Held {
                    ptr: (*list).base.cast(),
                    ..held
                });
            } else {
                in_list(list, desc(ty).elem, Elem::of(ty), false, look);
            }
        }
        Kind::Array => {
            let storage = ptr.cast::<StorageBlock>();
            let n = (*storage).len as usize;
            in_elems((*storage).data, n, Elem::of(ty), look);
        }
        Kind::Map | Kind::Set => {
            let map = ptr.cast::<MapBlock>();
            look.held(Held {
                ptr: (*map).entries.cast(),
                desc: ty,
                what: What::Entries,
            });
            if L::ALL && !(*map).index.is_null() {
                look.held(Held {
                    ptr: (*map).index.cast(),
                    desc: ty,
                    what: What::Index,
                });
            }
        }
        Kind::Fn => {
            let captures = (*ptr.cast::<FnBlock>()).desc;
            if !captures.is_null() {
                in_value(ptr.add(FN_CAPTURES as usize), captures, look);
            }
        }
        Kind::Any => {
            let held = (*ptr.cast::<AnyBox>()).desc;
            in_value(ptr.add(BOX_VALUE as usize), held, look);
        }
        Kind::Boxed => {
            let variant = &desc(ty).variants.get()[boxed_variant(ptr)];
            in_refs(ptr, variant.refs.get(), look);
        }
        // A string's storage holds nothing; no other kind has a block.
        _ => {}
    }
}

unsafe fn in_list<L: Look>(
    list: *mut ListBlock,
    ty: *const TypeDesc,
    elem: Elem,
    entries: bool,
    look: &mut L,
) {
    if !(*list).root.is_null() {
        look.held(Held {
            ptr: (*list).root,
            desc: ty,
            what: What::Node {
                level: vector::height(list),
                first: (*list).start,
                entries,
            },
        });
    }
    let n = ((*list).len - (*list).trie_len) as usize;
    in_elems((*list).tail, n, elem, look);
}

unsafe fn in_node<L: Look>(
    node: *mut u8,
    ty: *const TypeDesc,
    level: u32,
    first: u64,
    entries: bool,
    look: &mut L,
) {
    let elem = if entries {
        Elem::entry(ty)
    } else {
        Elem::value(ty)
    };
    if level == 1 {
        let from = first as usize & (elem.leaf_len() - 1);
        let elems = node.add(NODE_ELEMS as usize + from * elem.stride);
        return in_elems(elems, elem.leaf_len() - from, elem, look);
    }
    let from = vector::child_index(first, level, elem);
    for i in from..vector::WIDTH {
        let child = *vector::children(node).add(i);
        if !child.is_null() {
            look.held(Held {
                ptr: child,
                desc: ty,
                what: What::Node {
                    level: level - 1,
                    first: if i == from { first } else { 0 },
                    entries,
                },
            });
        }
    }
}

/// The references on the stack and in module constants; only in the modes that trace.
pub unsafe fn in_roots<L: Look>(cx: crate::ctx::Cx, look: &mut L) {
    let mut frame = (*cx).head.shadow;
    while !frame.is_null() {
        for i in 0..(*frame).num_roots as usize {
            let root = &*(*frame).roots.add(i);
            in_value(frame.cast::<u8>().add(root.at), root.desc, look);
        }
        frame = (*frame).parent;
    }
    if planted(Fault::TraceConstants) {
        return;
    }
    if let Some(program) = (*cx).program.as_ref() {
        for root in program.constants.get() {
            in_value(root.at as *const u8, root.desc, look);
        }
    }
}
