//! The collection of dead cycles, by trial deletion on the counts themselves.
//!
//! Every listed object, and every container, boxed value, closure and `any` that objects lead to,
//! first loses the references that come from these; what has references left is held from
//! outside, and so is all that it leads to, which gets its references back. The rest is dead. It
//! gets its references back too, so that `deinit`s see whole values; then they run in order of
//! allocation, and the fields end in the same order.
//!
//! The marks stand in bits 4 and 5 of every block's flags and are gone afterwards. No recursion;
//! the time is linear in the objects and in what they hold.

use crate::block::*;
use crate::count::release_value;
use crate::ctx::{Cx, desc};
use crate::elem::{Elem, Refs, is_live};
use crate::map::MapBlock;
use crate::objects::{self, DEAD};
use crate::statics::Get;
use crate::vector;
use cowl_contract::desc::{HAS_OBJECTS, Kind, Ref, TypeDesc};
use cowl_contract::layout::*;

/// Its references to others have been taken away.
const GRAY: u32 = 1 << 4;
/// It is held from outside; its references have been given back.
const BLACK: u32 = 1 << 5;

/// A block, and how to look into it.
#[derive(Clone, Copy)]
struct Held {
    ptr: *mut u8,
    /// Of the word; of a node's elements; of the Map whose entries these are.
    desc: *const TypeDesc,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Word,
    /// A trie node; its elements before position `first` are not there.
    Node {
        level: u32,
        first: u64,
        entries: bool,
    },
    /// The list of a Map's entries.
    Entries,
}

impl Held {
    unsafe fn flags<'a>(self) -> &'a mut u32 {
        &mut (*self.ptr.cast::<Block>()).flags
    }

    unsafe fn count<'a>(self) -> &'a mut u32 {
        &mut (*self.ptr.cast::<Block>()).count
    }

    unsafe fn is_object(&self) -> bool {
        matches!(self.what, What::Word)
            && matches!(desc(self.desc).kind, Kind::Ptr | Kind::PtrOption)
    }
}

/// Calls `f` for every reference in a value that can lead to objects.
unsafe fn in_value(value: *const u8, ty: *const TypeDesc, f: &mut dyn FnMut(Held)) {
    let d = desc(ty);
    if !d.has(HAS_OBJECTS) {
        return;
    }
    match d.kind {
        Kind::Tuple | Kind::Struct => in_refs(value, d.refs.get(), f),
        Kind::Enum => in_refs(
            value,
            d.variants.get()[enum_variant(value, d)].refs.get(),
            f,
        ),
        Kind::Weak => {}
        _ => {
            let ptr = word(value);
            if !ptr.is_null() && !is_bare(ptr) {
                f(Held {
                    ptr,
                    desc: ty,
                    what: What::Word,
                });
            }
        }
    }
}

unsafe fn in_refs(base: *const u8, refs: &[Ref], f: &mut dyn FnMut(Held)) {
    for r in refs {
        in_value(base.add(r.offset as usize), r.desc, f);
    }
}

unsafe fn in_elem(ptr: *const u8, elem: Elem, f: &mut dyn FnMut(Held)) {
    match elem.refs {
        Refs::None => {}
        Refs::Value(ty) => in_value(ptr, ty, f),
        Refs::Entry(ty) => {
            if is_live(ptr) {
                let d = desc(ty);
                in_value(ptr.add(ENTRY_KEY as usize), d.key, f);
                if d.kind == Kind::Map {
                    in_value(ptr.add(d.value_offset as usize), d.elem, f);
                }
            }
        }
    }
}

/// Calls `f` for every reference that a block has.
unsafe fn in_block(held: Held, f: &mut dyn FnMut(Held)) {
    let Held {
        ptr,
        desc: ty,
        what,
    } = held;
    match what {
        What::Node {
            level,
            first,
            entries,
        } => in_node(ptr, ty, level, first, entries, f),
        What::Entries => in_list(ptr.cast(), ty, Elem::entry(ty), true, f),
        What::Word => match desc(ty).kind {
            Kind::List => {
                let list = ptr.cast::<ListBlock>();
                if vector::is_slice(list) {
                    f(Held {
                        ptr: (*list).base.cast(),
                        ..held
                    });
                } else {
                    in_list(list, desc(ty).elem, Elem::of(ty), false, f);
                }
            }
            Kind::Array => {
                let storage = ptr.cast::<StorageBlock>();
                let elem = Elem::of(ty);
                for i in 0..(*storage).len as usize {
                    in_elem((*storage).data.add(i * elem.stride), elem, f);
                }
            }
            Kind::Map | Kind::Set => f(Held {
                ptr: (*ptr.cast::<MapBlock>()).entries.cast(),
                desc: ty,
                what: What::Entries,
            }),
            Kind::Ptr | Kind::PtrOption => {
                let object = ptr.cast::<Object>();
                in_value(objects::value(object), (*object).desc, f);
            }
            Kind::Fn => {
                let captures = (*ptr.cast::<FnBlock>()).desc;
                if !captures.is_null() {
                    in_value(ptr.add(FN_CAPTURES as usize), captures, f);
                }
            }
            Kind::Any => {
                let held = (*ptr.cast::<AnyBox>()).desc;
                in_value(ptr.add(BOX_VALUE as usize), held, f);
            }
            Kind::Boxed => {
                let variant = &desc(ty).variants.get()[boxed_variant(ptr)];
                in_refs(ptr, variant.refs.get(), f);
            }
            _ => {}
        },
    }
}

unsafe fn in_list(
    list: *mut ListBlock,
    ty: *const TypeDesc,
    elem: Elem,
    entries: bool,
    f: &mut dyn FnMut(Held),
) {
    if !(*list).root.is_null() {
        f(Held {
            ptr: (*list).root,
            desc: ty,
            what: What::Node {
                level: vector::height(list),
                first: (*list).start,
                entries,
            },
        });
    }
    for i in 0..((*list).len - (*list).trie_len) as usize {
        in_elem((*list).tail.add(i * elem.stride), elem, f);
    }
}

unsafe fn in_node(
    node: *mut u8,
    ty: *const TypeDesc,
    level: u32,
    first: u64,
    entries: bool,
    f: &mut dyn FnMut(Held),
) {
    let elem = if entries {
        Elem::entry(ty)
    } else {
        Elem::value(ty)
    };
    if level == 1 {
        for i in first as usize & (elem.leaf_len() - 1)..elem.leaf_len() {
            in_elem(node.add(NODE_ELEMS as usize + i * elem.stride), elem, f);
        }
        return;
    }
    let from = vector::child_index(first, level, elem);
    for i in from..vector::WIDTH {
        let child = *vector::children(node).add(i);
        if !child.is_null() {
            f(Held {
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

/// How a listed object is looked into.
unsafe fn held_object(object: *mut Object, pointer: *const TypeDesc) -> Held {
    Held {
        ptr: object.cast(),
        desc: pointer,
        what: What::Word,
    }
}

/// Finds which of the listed objects nothing outside of them holds, in order of allocation. Leaves
/// every count as it was.
unsafe fn dead_objects(cx: Cx) -> Vec<*mut Object> {
    // Any desc of a pointer does for looking into an object, which knows its own.
    let pointer = crate::known::POINTER;
    let listed: Vec<*mut Object> = (*cx)
        .objects
        .all
        .iter()
        .copied()
        .filter(|o| !o.is_null())
        .collect();
    // All blocks between objects that have been met.
    let mut others: Vec<Held> = Vec::new();
    let mut work: Vec<Held> = Vec::new();
    for &object in &listed {
        (*object).flags |= GRAY;
        work.push(held_object(object, pointer));
        while let Some(held) = work.pop() {
            in_block(held, &mut |to: Held| {
                if *to.count() < IMMORTAL {
                    *to.count() -= 1;
                }
                if !to.is_object() && *to.flags() & GRAY == 0 {
                    *to.flags() |= GRAY;
                    others.push(to);
                    work.push(to);
                }
            });
        }
    }
    // What is still held gives back what it and all behind it hold.
    let roots = listed
        .iter()
        .map(|&o| held_object(o, pointer))
        .chain(others.iter().copied());
    for root in roots {
        if *root.count() == 0 || *root.flags() & BLACK != 0 {
            continue;
        }
        *root.flags() |= BLACK;
        work.push(root);
        give_back(&mut work);
    }
    let dead: Vec<*mut Object> = listed
        .iter()
        .copied()
        .filter(|&o| (*o).flags & BLACK == 0)
        .collect();
    for &object in &dead {
        if (*object).flags & BLACK == 0 {
            (*object).flags |= BLACK;
            work.push(held_object(object, pointer));
            give_back(&mut work);
        }
    }
    for &object in &listed {
        (*object).flags &= !(GRAY | BLACK);
    }
    for held in &others {
        *held.flags() &= !(GRAY | BLACK);
    }
    dead
}

unsafe fn give_back(work: &mut Vec<Held>) {
    while let Some(held) = work.pop() {
        in_block(held, &mut |to: Held| {
            if *to.count() < IMMORTAL {
                *to.count() += 1;
            }
            // An object that is not listed leads nowhere.
            if *to.flags() & (GRAY | BLACK) == GRAY {
                *to.flags() |= BLACK;
                work.push(to);
            }
        });
    }
}

/// Collects now; how many objects that ended.
pub unsafe fn collect(cx: Cx) -> u64 {
    if (*cx).objects.collecting {
        return 0;
    }
    (*cx).objects.collecting = true;
    let before = (*cx).objects.collected;
    let mut dead = dead_objects(cx);
    if !dead.is_empty() {
        for &object in &dead {
            (*object).flags |= DEAD;
            retain(object.cast());
        }
        let mut ran = false;
        for &object in &dead {
            ran |= objects::deinit(cx, object);
        }
        if ran {
            dead = still_dead(cx, dead);
        }
        (*cx).objects.sweeping = true;
        for &object in &dead {
            release_value(cx, objects::value(object), (*object).desc);
        }
        (*cx).objects.sweeping = false;
        for &object in &dead {
            objects::end_collected(cx, object);
        }
    }
    (*cx).objects.reset_threshold();
    (*cx).objects.collecting = false;
    (*cx).objects.collected - before
}

/// A `deinit` may have put something that its object held where it lives on: those that are held
/// again go back to life.
unsafe fn still_dead(cx: Cx, found: Vec<*mut Object>) -> Vec<*mut Object> {
    for &object in &found {
        // Not to 0 by a release: the object is ours to end.
        (*object).count -= 1;
    }
    let dead = dead_objects(cx);
    let mut left = Vec::new();
    let mut still = dead.into_iter().peekable();
    for object in found {
        // Both are in order of allocation; newer dead objects wait for the next collection.
        while let Some(&next) = still.peek() {
            if (*next).index < (*object).index {
                still.next();
            } else {
                break;
            }
        }
        if still.peek() == Some(&object) {
            retain_held(object);
            left.push(object);
        } else {
            (*object).flags &= !DEAD;
        }
    }
    left
}

unsafe fn retain_held(object: *mut Object) {
    (*object).count += 1;
}
