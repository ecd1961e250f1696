//! Holding and releasing values by their descs.
//!
//! A released block that was the last holder of others releases them, in the order of SEMANTICS
//! 9, by a work-list in the context: never by recursion over data. Native recursion here follows
//! only types by value, whose depth the program's text bounds.
//!
//! The order can be seen only through objects (`deinit`, `weak`), so values that can hold none
//! are released as soon as they are met.

use crate::alloc::free;
use crate::array::storage_size;
use crate::block::*;
use crate::ctx::{Cx, desc};
use crate::elem::{Elem, Refs, is_live};
use crate::map::{self, MapBlock};
use crate::statics::Get;
use crate::{objects, string, vector};
use cowl_contract::desc::{HAS_OBJECTS, HAS_REFS, Kind, Ref, TypeDesc};
use cowl_contract::layout::*;

/// Something to be released, or the rest of a sequence that is being released.
#[derive(Clone, Copy)]
pub struct Task {
    ptr: *mut u8,
    /// Of the word's value; of a sequence's elements.
    desc: *const TypeDesc,
    at: u32,
    what: What,
    level: u8,
    entries: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// One holder of a block: a one-word value, an Array's storage, the box of an `any`.
    Word,
    /// A whole list that keeps a Map's entries; `desc` is the Map's.
    Entries,
    /// A list's own elements, from `at`; then its block is freed.
    Tail,
    /// A trie node that nobody holds, from `at`.
    Node,
    /// An Array's storage, from `at`.
    Storage,
}

impl Task {
    fn word(ptr: *mut u8, desc: *const TypeDesc) -> Task {
        Task {
            ptr,
            desc,
            at: 0,
            what: What::Word,
            level: 0,
            entries: false,
        }
    }

    fn sequence(what: What, ptr: *mut u8, at: usize, level: u32, elem: Elem) -> Task {
        let (desc, entries) = match elem.refs {
            Refs::None => (std::ptr::null(), false),
            Refs::Value(desc) => (desc, false),
            Refs::Entry(desc) => (desc, true),
        };
        Task {
            ptr,
            desc,
            at: at as u32,
            what,
            level: level as u8,
            entries,
        }
    }

    unsafe fn elem(&self) -> Elem {
        if self.entries {
            Elem::entry(self.desc)
        } else {
            Elem::value(self.desc)
        }
    }
}

// ---- holding

/// One holder more for every reference in the value.
pub unsafe fn retain_value(value: *const u8, ty: *const TypeDesc) {
    let d = desc(ty);
    match d.kind {
        Kind::Str => string::retain(value),
        Kind::List
        | Kind::Map
        | Kind::Set
        | Kind::Ptr
        | Kind::PtrOption
        | Kind::Fn
        | Kind::Array
        | Kind::Any => {
            let w = word(value);
            if !w.is_null() {
                retain(w);
            }
        }
        Kind::Boxed => {
            let w = word(value);
            if !w.is_null() && !is_bare(w) {
                retain(w);
            }
        }
        Kind::Weak => objects::retain_weak(word(value)),
        Kind::Tuple | Kind::Struct => retain_refs(value, d.refs.get()),
        Kind::Enum => retain_refs(value, d.variants.get()[enum_variant(value, d)].refs.get()),
        Kind::Bool
        | Kind::Char
        | Kind::I8
        | Kind::I16
        | Kind::I32
        | Kind::I64
        | Kind::U8
        | Kind::U16
        | Kind::U32
        | Kind::U64
        | Kind::F32
        | Kind::F64 => {}
    }
}

unsafe fn retain_refs(base: *const u8, refs: &[Ref]) {
    for r in refs {
        retain_value(base.add(r.offset as usize), r.desc);
    }
}

/// One holder more for everything that a boxed enum's block holds (a copy of it is made).
pub unsafe fn retain_boxed_payload(block: *const u8, d: &TypeDesc) {
    retain_refs(block, d.variants.get()[boxed_variant(block)].refs.get());
}

/// The same for `n` elements that lie one after the other.
pub unsafe fn retain_elems(ptr: *const u8, n: usize, elem: Elem) {
    match elem.refs {
        Refs::None => {}
        Refs::Value(ty) if desc(ty).kind == Kind::Str => {
            for i in 0..n {
                string::retain(ptr.add(i * elem.stride));
            }
        }
        Refs::Value(ty) => {
            for i in 0..n {
                retain_value(ptr.add(i * elem.stride), ty);
            }
        }
        Refs::Entry(ty) => {
            let d = desc(ty);
            for i in 0..n {
                let entry = ptr.add(i * elem.stride);
                if is_live(entry) {
                    retain_value(entry.add(ENTRY_KEY as usize), d.key);
                    if d.kind == Kind::Map {
                        retain_value(entry.add(d.value_offset as usize), d.elem);
                    }
                }
            }
        }
    }
}

// ---- releasing

/// What a visit of a value's references found.
struct Visit {
    /// The first block whose last holder the value is.
    first: Option<Task>,
    /// Where the words that come after it begin on the work-list.
    mark: usize,
}

impl Visit {
    unsafe fn new(cx: Cx) -> Visit {
        Visit {
            first: None,
            mark: (*cx).work.len(),
        }
    }

    /// Puts the rest of the value, and below it `below`, on the work-list; gives what comes first.
    unsafe fn end(self, cx: Cx, below: Option<Task>) -> Option<Task> {
        let work = &mut (*cx).work;
        if let Some(task) = below {
            work.push(task);
            // What was found stands above it, the first one last.
        }
        work[self.mark..].reverse();
        self.first
    }
}

/// Ends a holder of the value.
pub unsafe fn release_value(cx: Cx, value: *const u8, ty: *const TypeDesc) {
    if !desc(ty).has(HAS_REFS) {
        return;
    }
    let base = (*cx).work.len();
    let mut visit = Visit::new(cx);
    look_at(cx, value, ty, &mut visit);
    let first = visit.end(cx, None);
    run(cx, base, first);
}

/// Ends a holder of a one-word value that is not null and no `weak`.
pub unsafe fn release_word(cx: Cx, w: *mut u8, ty: *const TypeDesc) {
    let base = (*cx).work.len();
    run(cx, base, Some(Task::word(w, ty)));
}

/// Releases `n` elements that lie one after the other.
pub unsafe fn release_elems(cx: Cx, ptr: *const u8, n: usize, elem: Elem) {
    if elem.is_plain() {
        return;
    }
    for i in 0..n {
        let base = (*cx).work.len();
        let mut visit = Visit::new(cx);
        look_at_elem(cx, ptr.add(i * elem.stride), elem, &mut visit);
        let first = visit.end(cx, None);
        run(cx, base, first);
    }
}

/// Ends a holder of a trie node whose elements before position `first` are not there.
pub unsafe fn release_node(cx: Cx, node: *mut u8, level: u32, first: u64, elem: Elem) {
    if elem.is_plain() {
        vector::free_plain(cx, node, level, elem);
        return;
    }
    let base = (*cx).work.len();
    push_node(cx, node, level, first, elem);
    run(cx, base, None);
}

/// Ends a holder of a list of entries or values that is whole.
pub unsafe fn release_list(cx: Cx, list: *mut ListBlock, elem: Elem) {
    if unhold(list.cast()) {
        return;
    }
    if elem.is_plain() {
        vector::free_list_plain(cx, list, elem);
        return;
    }
    let base = (*cx).work.len();
    push_list(cx, list, elem);
    run(cx, base, None);
}

/// Ends a holder of an Array's storage.
pub unsafe fn release_storage(cx: Cx, storage: *mut StorageBlock, elem: Elem) {
    if unhold(storage.cast()) {
        return;
    }
    if elem.is_plain() {
        free(cx, storage.cast(), storage_size(storage));
        return;
    }
    let task = Task::sequence(What::Storage, storage.cast(), 0, 0, elem);
    let base = (*cx).work.len();
    run(cx, base, Some(task));
}

unsafe fn run(cx: Cx, base: usize, first: Option<Task>) {
    let mut next = first;
    loop {
        let task = match next {
            Some(task) => task,
            None if (*cx).work.len() > base => match (*cx).work.pop() {
                Some(task) => task,
                None => return,
            },
            None => return,
        };
        next = step(cx, task);
    }
}

unsafe fn step(cx: Cx, task: Task) -> Option<Task> {
    match task.what {
        What::Word => {
            if unhold(task.ptr) {
                return None;
            }
            free_block(cx, task.ptr, task.desc)
        }
        What::Entries => {
            if !unhold(task.ptr) {
                push_list(cx, task.ptr.cast(), Elem::entry(task.desc));
            }
            None
        }
        What::Tail => {
            let elem = task.elem();
            let list = task.ptr.cast::<ListBlock>();
            let n = ((*list).len - (*list).trie_len) as usize;
            let elems = task.ptr.add(LIST_ELEMS as usize);
            step_elems(cx, task, elems, n, |cx| {
                vector::free_block(cx, list, elem);
            })
        }
        What::Node if task.level == 1 => {
            let elem = task.elem();
            let elems = task.ptr.add(NODE_ELEMS as usize);
            step_elems(cx, task, elems, elem.leaf_len(), |cx| {
                free(cx, task.ptr, elem.leaf_size());
            })
        }
        What::Node => {
            let children = vector::children(task.ptr);
            for at in task.at as usize..vector::WIDTH {
                let child = *children.add(at);
                if child.is_null() || unhold(child) {
                    continue;
                }
                (*cx).work.push(Task {
                    at: at as u32 + 1,
                    ..task
                });
                return Some(Task {
                    ptr: child,
                    at: 0,
                    level: task.level - 1,
                    ..task
                });
            }
            free(cx, task.ptr, vector::NODE_SIZE);
            None
        }
        What::Storage => {
            let storage = task.ptr.cast::<StorageBlock>();
            let n = (*storage).len as usize;
            step_elems(cx, task, (*storage).data, n, |cx| {
                free(cx, task.ptr, storage_size(storage));
            })
        }
    }
}

/// Releases elements from `task.at` on until one of them was the last holder of a block, or all
/// are released: then `done` frees their memory.
unsafe fn step_elems(
    cx: Cx,
    task: Task,
    elems: *const u8,
    n: usize,
    done: impl FnOnce(Cx),
) -> Option<Task> {
    let elem = task.elem();
    if let Refs::Value(ty) = elem.refs
        && is_word(desc(ty).kind)
    {
        return step_words(cx, task, elems.cast(), n, done);
    }
    for i in task.at as usize..n {
        let mut visit = Visit::new(cx);
        look_at_elem(cx, elems.add(i * elem.stride), elem, &mut visit);
        if visit.first.is_some() {
            if i + 1 == n {
                done(cx);
                return visit.end(cx, None);
            }
            let rest = Task {
                at: i as u32 + 1,
                ..task
            };
            return visit.end(cx, Some(rest));
        }
    }
    done(cx);
    None
}

/// Are values of the kind null or a pointer to a counted block?
fn is_word(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::List | Kind::Map | Kind::Set | Kind::Ptr | Kind::PtrOption | Kind::Fn
    )
}

/// The same for elements that are one word each.
unsafe fn step_words(
    cx: Cx,
    task: Task,
    elems: *const *mut u8,
    n: usize,
    done: impl FnOnce(Cx),
) -> Option<Task> {
    for i in task.at as usize..n {
        let w = *elems.add(i);
        if w.is_null() || unhold(w) {
            continue;
        }
        if i + 1 == n {
            done(cx);
        } else {
            (*cx).work.push(Task {
                at: i as u32 + 1,
                ..task
            });
        }
        return Some(Task::word(w, task.desc));
    }
    done(cx);
    None
}

unsafe fn push_list(cx: Cx, list: *mut ListBlock, elem: Elem) {
    (*cx)
        .work
        .push(Task::sequence(What::Tail, list.cast(), 0, 0, elem));
    if !(*list).root.is_null() {
        push_node(cx, (*list).root, vector::height(list), (*list).start, elem);
    }
}

/// Puts a node on the work-list, the part at its left edge (from `first` on) uppermost.
unsafe fn push_node(cx: Cx, mut node: *mut u8, mut level: u32, first: u64, elem: Elem) {
    loop {
        if node.is_null() || unhold(node) {
            return;
        }
        if level == 1 {
            let at = first as usize & (elem.leaf_len() - 1);
            (*cx)
                .work
                .push(Task::sequence(What::Node, node, at, 1, elem));
            return;
        }
        let at = vector::child_index(first, level, elem);
        (*cx)
            .work
            .push(Task::sequence(What::Node, node, at + 1, level, elem));
        node = *vector::children(node).add(at);
        level -= 1;
    }
}

/// Frees the block of a word whose last holder is gone; what it held comes next.
unsafe fn free_block(cx: Cx, ptr: *mut u8, ty: *const TypeDesc) -> Option<Task> {
    let d = desc(ty);
    match d.kind {
        Kind::List => {
            let list = ptr.cast::<ListBlock>();
            if vector::is_slice(list) {
                let base = (*list).base;
                free(cx, ptr, SLICE_BLOCK);
                return Some(Task::word(base.cast(), ty));
            }
            let elem = Elem::of(ty);
            if elem.is_plain() {
                vector::free_list_plain(cx, list, elem);
            } else {
                push_list(cx, list, elem);
            }
            None
        }
        Kind::Map | Kind::Set => {
            let block = ptr.cast::<MapBlock>();
            let entries = (*block).entries;
            map::free_shell(cx, block);
            let elem = Elem::entry(ty);
            if elem.is_plain() {
                if !unhold(entries.cast()) {
                    vector::free_list_plain(cx, entries, elem);
                }
                return None;
            }
            Some(Task {
                what: What::Entries,
                ..Task::word(entries.cast(), ty)
            })
        }
        Kind::Array => {
            let elem = Elem::of(ty);
            if elem.is_plain() {
                free(cx, ptr, storage_size(ptr.cast()));
                return None;
            }
            Some(Task::sequence(What::Storage, ptr, 0, 0, elem))
        }
        Kind::Ptr | Kind::PtrOption => {
            let object = ptr.cast::<Object>();
            let value = ptr.add(OBJECT_VALUE as usize);
            let value_desc = (*object).desc;
            objects::begin_free(cx, object);
            let mut visit = Visit::new(cx);
            look_at(cx, value, value_desc, &mut visit);
            objects::end_free(cx, object);
            visit.end(cx, None)
        }
        Kind::Fn => {
            let captures = (*ptr.cast::<FnBlock>()).desc;
            let mut visit = Visit::new(cx);
            look_at(cx, ptr.add(FN_CAPTURES as usize), captures, &mut visit);
            free(cx, ptr, FN_CAPTURES as usize + desc(captures).size as usize);
            visit.end(cx, None)
        }
        Kind::Any => {
            let value_desc = (*ptr.cast::<AnyBox>()).desc;
            let mut visit = Visit::new(cx);
            look_at(cx, ptr.add(BOX_VALUE as usize), value_desc, &mut visit);
            free(cx, ptr, any_size(value_desc));
            visit.end(cx, None)
        }
        Kind::Boxed => {
            let variant = &d.variants.get()[boxed_variant(ptr)];
            let mut visit = Visit::new(cx);
            look_at_refs(cx, ptr, variant.refs.get(), &mut visit);
            free(cx, ptr, variant.block_size as usize);
            visit.end(cx, None)
        }
        Kind::Bool
        | Kind::Char
        | Kind::I8
        | Kind::I16
        | Kind::I32
        | Kind::I64
        | Kind::U8
        | Kind::U16
        | Kind::U32
        | Kind::U64
        | Kind::F32
        | Kind::F64
        | Kind::Str
        | Kind::Weak
        | Kind::Tuple
        | Kind::Struct
        | Kind::Enum => unreachable!("no block of its own"),
    }
}

pub unsafe fn any_size(value_desc: *const TypeDesc) -> usize {
    BOX_VALUE as usize + desc(value_desc).size as usize
}

/// Ends the value's holders up to the first block that has no other; notes that one and what
/// comes after it.
unsafe fn look_at(cx: Cx, value: *const u8, ty: *const TypeDesc, visit: &mut Visit) {
    let d = desc(ty);
    match d.kind {
        Kind::Str => string::release(cx, value),
        Kind::Weak => objects::release_weak(cx, word(value)),
        Kind::List
        | Kind::Map
        | Kind::Set
        | Kind::Ptr
        | Kind::PtrOption
        | Kind::Fn
        | Kind::Array
        | Kind::Any => {
            let w = word(value);
            if !w.is_null() {
                look_at_word(cx, w, ty, visit);
            }
        }
        Kind::Boxed => {
            let w = word(value);
            if !w.is_null() && !is_bare(w) {
                look_at_word(cx, w, ty, visit);
            }
        }
        Kind::Tuple | Kind::Struct => look_at_refs(cx, value, d.refs.get(), visit),
        Kind::Enum => {
            let variant = &d.variants.get()[enum_variant(value, d)];
            look_at_refs(cx, value, variant.refs.get(), visit);
        }
        Kind::Bool
        | Kind::Char
        | Kind::I8
        | Kind::I16
        | Kind::I32
        | Kind::I64
        | Kind::U8
        | Kind::U16
        | Kind::U32
        | Kind::U64
        | Kind::F32
        | Kind::F64 => {}
    }
}

unsafe fn look_at_refs(cx: Cx, base: *const u8, refs: &[Ref], visit: &mut Visit) {
    for r in refs {
        look_at(cx, base.add(r.offset as usize), r.desc, visit);
    }
}

unsafe fn look_at_elem(cx: Cx, ptr: *const u8, elem: Elem, visit: &mut Visit) {
    match elem.refs {
        Refs::None => {}
        Refs::Value(ty) => look_at(cx, ptr, ty, visit),
        Refs::Entry(ty) => {
            if is_live(ptr) {
                let d = desc(ty);
                look_at(cx, ptr.add(ENTRY_KEY as usize), d.key, visit);
                if d.kind == Kind::Map {
                    look_at(cx, ptr.add(d.value_offset as usize), d.elem, visit);
                }
            }
        }
    }
}

unsafe fn look_at_word(cx: Cx, w: *mut u8, ty: *const TypeDesc, visit: &mut Visit) {
    let late = visit.first.is_some();
    if late && desc(ty).has(HAS_OBJECTS) {
        (*cx).work.push(Task::word(w, ty));
        return;
    }
    if unhold(w) {
        return;
    }
    if late {
        (*cx).work.push(Task::word(w, ty));
    } else {
        visit.first = Some(Task::word(w, ty));
    }
}

// ---- entries

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_retain(_cx: Cx, value: *const u8, ty: *const TypeDesc) {
    retain_value(value, ty);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_release(cx: Cx, value: *mut u8, ty: *const TypeDesc) {
    release_value(cx, value, ty);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_free_word(cx: Cx, w: *mut u8, ty: *const TypeDesc) {
    release_word(cx, w, ty);
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_free_storage(cx: Cx, storage: *mut u8, ty: *const TypeDesc) {
    if desc(ty).kind == Kind::Str {
        string::free_storage(cx, storage.cast());
    } else {
        release_word(cx, storage, ty);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_free_any(cx: Cx, block: *mut u8) {
    let base = (*cx).work.len();
    let value_desc = (*block.cast::<AnyBox>()).desc;
    let mut visit = Visit::new(cx);
    look_at(cx, block.add(BOX_VALUE as usize), value_desc, &mut visit);
    free(cx, block, any_size(value_desc));
    let first = visit.end(cx, None);
    run(cx, base, first);
}
