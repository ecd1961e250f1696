//! Descs for tests, made as codegen makes them, and kinds of elements that a model can name by a
//! number.

use crate::count::release_value;
use crate::ctx::Cx;
use crate::statics::Get;
use crate::string;
use cowl_contract::desc::*;
use cowl_contract::layout::*;
use std::ptr;
use std::sync::Mutex;

pub type Desc = &'static TypeDesc;

/// Addresses of what lives as long as the tests, so that LeakSanitizer sees it held.
static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());

fn keep(address: usize) {
    let mut kept = KEPT.lock().unwrap_or_else(|e| e.into_inner());
    kept.push(address);
}

/// A value that lives as long as the tests.
pub fn kept<T: 'static>(value: T) -> &'static mut T {
    let value = Box::leak(Box::new(value));
    keep(&raw const *value as usize);
    value
}

pub fn leak<T: 'static>(items: Vec<T>) -> Slice<T> {
    let items = Box::leak(items.into_boxed_slice());
    keep(items.as_ptr() as usize);
    Slice::new(items)
}

pub fn plain(kind: Kind, size: u32, flags: u16) -> TypeDesc {
    TypeDesc {
        kind,
        lang: Lang::None,
        flags,
        size,
        align: size.clamp(1, 8),
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

fn make(desc: TypeDesc) -> Desc {
    kept(desc)
}

pub fn int() -> Desc {
    make(plain(Kind::I64, 8, BITWISE))
}

pub fn u8() -> Desc {
    make(plain(Kind::U8, 1, BITWISE))
}

pub fn float() -> Desc {
    make(plain(Kind::F64, 8, HAS_FLOAT))
}

pub fn text() -> Desc {
    make(plain(Kind::Str, 24, HAS_REFS | HAS_STORAGE))
}

pub fn unit() -> Desc {
    let mut d = plain(Kind::Tuple, 0, BITWISE);
    d.align = 1;
    make(d)
}

const DEEP: u16 = HAS_STORAGE | HAS_OBJECTS | HAS_FLOAT;

fn container(kind: Kind, size: u32, elem: Desc) -> TypeDesc {
    let mut d = plain(kind, size, elem.flags & DEEP | HAS_REFS | HAS_STORAGE);
    d.elem = elem;
    d
}

pub fn list(elem: Desc) -> Desc {
    make(container(Kind::List, 8, elem))
}

pub fn array(elem: Desc) -> Desc {
    make(container(Kind::Array, 24, elem))
}

pub fn map(key: Desc, value: Desc) -> Desc {
    let mut d = container(Kind::Map, 8, value);
    d.flags |= key.flags & DEEP;
    d.key = key;
    (d.entry_size, d.value_offset) = entry_layout(key.size, key.align, value.size, value.align);
    make(d)
}

pub fn set(key: Desc) -> Desc {
    let mut d = container(Kind::Set, 8, key);
    d.key = key;
    (d.entry_size, d.value_offset) = entry_layout(key.size, key.align, 0, 1);
    make(d)
}

/// Fields one after the other, as C lays them out, from an offset on; the size at the end.
pub fn fields(names: &[&'static str], parts: &[Desc], from: u32) -> (Vec<Field>, Vec<Ref>, u32) {
    let (mut all, mut refs, mut at) = (Vec::new(), Vec::new(), from);
    for (i, part) in parts.iter().enumerate() {
        at = at.next_multiple_of(part.align);
        all.push(Field {
            name: Str::new(names.get(i).copied().unwrap_or("")),
            desc: *part,
            offset: u64::from(at),
        });
        match part.kind {
            Kind::Tuple | Kind::Struct => {
                // SAFETY: static.
                for r in unsafe { part.refs.get() } {
                    refs.push(Ref {
                        desc: r.desc,
                        offset: r.offset + u64::from(at),
                    });
                }
            }
            _ if part.flags & HAS_REFS != 0 => refs.push(Ref {
                desc: *part,
                offset: u64::from(at),
            }),
            _ => {}
        }
        at += part.size;
    }
    (all, refs, at)
}

fn flags_of(parts: &[Desc]) -> u16 {
    parts.iter().fold(0, |f, p| f | p.flags & (DEEP | HAS_REFS))
}

pub fn tuple(parts: &[Desc]) -> Desc {
    structure("", &[], parts, Kind::Tuple)
}

pub fn structure(name: &'static str, names: &[&'static str], parts: &[Desc], kind: Kind) -> Desc {
    let (all, refs, end) = fields(names, parts, 0);
    let align = parts.iter().map(|p| p.align).max().unwrap_or(1);
    let size = end.next_multiple_of(align);
    let sum: u32 = parts.iter().map(|p| p.size).sum();
    let bitwise = sum == size && parts.iter().all(|p| p.flags & BITWISE != 0);
    let mut d = plain(kind, size, flags_of(parts));
    if bitwise {
        d.flags |= BITWISE;
    }
    d.align = align;
    d.name = Str::new(name);
    d.fields = leak(all);
    d.refs = leak(refs);
    make(d)
}

/// Variants with unnamed payloads; the tag is a byte.
pub fn enumeration(lang: Lang, variants: &[(&'static str, &[Desc])]) -> Desc {
    let parts: Vec<Desc> = variants.iter().flat_map(|v| v.1.iter().copied()).collect();
    let (mut all, mut size) = (Vec::new(), 1);
    for (name, parts) in variants {
        let (fields, refs, end) = fields(&[], parts, 1);
        size = size.max(end);
        all.push(Variant {
            name: Str::new(name),
            fields: leak(fields),
            refs: leak(refs),
            block_size: 0,
        });
    }
    let align = parts.iter().map(|p| p.align).max().unwrap_or(1);
    let mut d = plain(Kind::Enum, size.next_multiple_of(align), flags_of(&parts));
    d.align = align;
    d.lang = lang;
    d.tag_size = 1;
    d.variants = leak(all);
    make(d)
}

/// A boxed enum; `parts` gets its own desc.
pub fn boxed(flags: u16, parts: impl Fn(Desc) -> Vec<(&'static str, Vec<Desc>)>) -> Desc {
    let d = kept(plain(Kind::Boxed, 8, flags | HAS_REFS));
    let this: *mut TypeDesc = d;
    // SAFETY: leaked; nobody reads it before it is finished.
    let own: Desc = unsafe { &*this };
    let mut all = Vec::new();
    for (name, parts) in parts(own) {
        let (fields, refs, end) = fields(&[], &parts, BOXED_PAYLOAD);
        all.push(Variant {
            name: Str::new(name),
            fields: leak(fields),
            refs: leak(refs),
            block_size: if parts.is_empty() { 0 } else { end.into() },
        });
    }
    // SAFETY: as above.
    unsafe { (*this).variants = leak(all) };
    own
}

pub fn pointer(target: Desc) -> Desc {
    let mut d = plain(Kind::Ptr, 8, HAS_REFS | HAS_OBJECTS);
    d.elem = target;
    make(d)
}

/// A struct that holds lists of pointers to its own kind, and one such pointer or none.
pub struct Node {
    pub value: Desc,
    pub pointer: Desc,
    pub list: Desc,
}

/// `struct Node { id: int, next: (*Node)?, others: List<*Node> }`
pub fn node(deinit: Option<DeinitFn>) -> Node {
    let value = kept(plain(Kind::Struct, 24, HAS_REFS | HAS_OBJECTS));
    let this: *mut TypeDesc = value;
    // SAFETY: leaked; nobody reads it before it is finished.
    let value: Desc = unsafe { &*this };
    let pointer = pointer(value);
    let mut option = plain(Kind::PtrOption, 8, HAS_REFS | HAS_OBJECTS);
    option.elem = pointer;
    option.lang = Lang::Option;
    let option = make(option);
    let list = list(pointer);
    let (fields, refs, _) = fields(&["id", "next", "others"], &[int(), option, list], 0);
    // SAFETY: as above.
    unsafe {
        (*this).name = Str::new("Node");
        (*this).fields = leak(fields);
        (*this).refs = leak(refs);
        (*this).deinit = deinit;
    }
    Node {
        value,
        pointer,
        list,
    }
}

/// A kind of element whose values are told apart by a number.
#[derive(Clone, Copy)]
pub struct Sample {
    pub desc: Desc,
    pub tracked: Tracked,
    pub write: unsafe fn(Cx, u32, *mut u8),
    pub read: unsafe fn(*const u8) -> u32,
}

/// Whether the end of an element is seen (`tests::tracked`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tracked {
    Yes,
    No,
}

impl Sample {
    /// A fresh value.
    pub fn make(self, cx: Cx, n: u32) -> Vec<u64> {
        let mut memory = vec![0u64; self.desc.size.div_ceil(8) as usize + 1];
        // SAFETY: there is room for a value.
        unsafe { (self.write)(cx, n, memory.as_mut_ptr().cast()) };
        memory
    }

    pub unsafe fn read(self, value: *const u8) -> u32 {
        (self.read)(value)
    }

    pub unsafe fn drop(self, cx: Cx, value: &[u64]) {
        release_value(cx, value.as_ptr().cast(), self.desc);
    }
}

unsafe fn write_text(cx: Cx, n: u32, to: *mut u8) {
    // Some inline, most not.
    let text = if n.is_multiple_of(5) {
        format!("n{n}")
    } else {
        format!("n{n} and enough to need a storage")
    };
    string::put(to, string::make(cx, &text));
}

unsafe fn read_text(from: *const u8) -> u32 {
    let text = string::text(from);
    let digits = text[1..].split(' ').next().unwrap();
    digits.parse().unwrap()
}

/// Bytes, ints, strings, a tuple wide enough for small leaves, and objects whose end is seen. The
/// last ones are no keys and have no order.
pub fn samples() -> [Sample; 5] {
    [
        Sample {
            desc: u8(),
            tracked: Tracked::No,
            // SAFETY: the places hold values of `desc`.
            write: |_, n, to| unsafe { *to = n as u8 },
            // SAFETY: the places hold values of `desc`.
            read: |from| unsafe { u32::from(*from) },
        },
        Sample {
            desc: int(),
            tracked: Tracked::No,
            // SAFETY: the places hold values of `desc`.
            write: |_, n, to| unsafe { *to.cast::<i64>() = i64::from(n) },
            // SAFETY: the places hold values of `desc`.
            read: |from| unsafe { *from.cast::<i64>() as u32 },
        },
        Sample {
            desc: text(),
            tracked: Tracked::No,
            // SAFETY: the places hold values of `desc`.
            write: |cx, n, to| unsafe { write_text(cx, n, to) },
            // SAFETY: the places hold values of `desc`.
            read: |from| unsafe { read_text(from) },
        },
        Sample {
            desc: tuple(&[int(), text(), text()]),
            tracked: Tracked::No,
            // SAFETY: the places hold values of `desc`.
            write: |cx, n, to| unsafe {
                *to.cast::<i64>() = i64::from(n);
                write_text(cx, n, to.add(8));
                write_text(cx, n, to.add(32));
            },
            // SAFETY: the places hold values of `desc`.
            read: |from| unsafe {
                let n = *from.cast::<i64>() as u32;
                assert_eq!(read_text(from.add(8)), n);
                assert_eq!(read_text(from.add(32)), n);
                n
            },
        },
        super::tracked::sample(),
    ]
}
