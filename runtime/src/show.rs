//! Printing values by their descs, interpolation and formats.
//!
//! By work-list: a value may be nested deeper than any stack. While it runs, the caller holds the
//! value; a user's `show` gets a share of its own.

use crate::block::*;
use crate::count::retain_value;
use crate::ctx::{Cx, desc};
use crate::elem::{Elem, is_live};
use crate::map::{self, MapBlock};
use crate::objects::{self, cowl_change_check};
use crate::statics::Get;
use crate::{io, panic, string, vector};
use cowl_contract::desc::{Field, Kind, Lang, Str, TypeDesc};
use cowl_contract::entries;
use cowl_contract::format::{self, Align, Spec};
use cowl_contract::layout::{ENTRY_KEY, OBJECT_IN_CHANGE, Slice};
use cowl_contract::{number, quote};

/// What is still to be shown; the last one comes first.
enum Task {
    Text(&'static str),
    Value(*const u8, *const TypeDesc),
    /// Fields from an index on, of a value that begins here.
    Fields(*const u8, Slice<Field>, usize),
    List(*const ListBlock, *const TypeDesc, usize),
    Array(ArrayValue, *const TypeDesc, usize),
    /// Entries from a position on; whether one has been shown.
    Map(*const MapBlock, *const TypeDesc, usize, bool),
    /// The innermost open pointer is done.
    Close,
}

/// Appends what `print` prints; `quoted`: strings and chars as literals at the top, too.
pub unsafe fn show(cx: Cx, out: &mut String, value: *const u8, ty: *const TypeDesc, quoted: bool) {
    let mark = (*cx).showing.len();
    let mut work = Vec::new();
    show_one(cx, out, value, ty, quoted, &mut work);
    while let Some(task) = work.pop() {
        match task {
            Task::Text(text) => out.push_str(text),
            Task::Close => {
                (*cx).showing.pop();
            }
            Task::Value(value, ty) => show_one(cx, out, value, ty, true, &mut work),
            Task::Fields(base, all, at) => {
                if let Some(field) = all.get().get(at) {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    name(out, field.name);
                    work.push(Task::Fields(base, all, at + 1));
                    let value = base.add(field.offset as usize);
                    work.push(Task::Value(value, field.desc));
                }
            }
            Task::List(list, ty, at) => {
                if at < vector::len(list) {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    work.push(Task::List(list, ty, at + 1));
                    let value = vector::at(list, at, Elem::value(ty));
                    work.push(Task::Value(value, ty));
                }
            }
            Task::Array(array, ty, at) => {
                if at < array.len as usize {
                    if at > 0 {
                        out.push_str(", ");
                    }
                    work.push(Task::Array(array, ty, at + 1));
                    let value = array.data.add(at * Elem::value(ty).stride);
                    work.push(Task::Value(value, ty));
                }
            }
            Task::Map(block, ty, from, some) => {
                let live = |&pos: &usize| is_live(map::entry_at(block, pos, ty));
                let Some(pos) = (from..map::end(block)).find(live) else {
                    continue;
                };
                if some {
                    out.push_str(", ");
                }
                let entry = map::entry_at(block, pos, ty);
                let d = desc(ty);
                work.push(Task::Map(block, ty, pos + 1, true));
                if d.kind == Kind::Map {
                    let value = entry.add(d.value_offset as usize);
                    work.push(Task::Value(value, d.elem));
                    work.push(Task::Text(": "));
                }
                work.push(Task::Value(entry.add(ENTRY_KEY as usize), d.key));
            }
        }
    }
    (*cx).showing.truncate(mark);
}

unsafe fn name(out: &mut String, name: Str) {
    if name.len > 0 {
        out.push_str(name.get());
        out.push_str(": ");
    }
}

/// An integer's value.
unsafe fn int_of(value: *const u8, kind: Kind) -> Option<i128> {
    Some(match kind {
        Kind::I8 => i128::from(*value.cast::<i8>()),
        Kind::I16 => i128::from(*value.cast::<i16>()),
        Kind::I32 => i128::from(*value.cast::<i32>()),
        Kind::I64 => i128::from(*value.cast::<i64>()),
        Kind::U8 => i128::from(*value),
        Kind::U16 => i128::from(*value.cast::<u16>()),
        Kind::U32 => i128::from(*value.cast::<u32>()),
        Kind::U64 => i128::from(*value.cast::<u64>()),
        _ => return None,
    })
}

/// Shows a leaf; of anything else its beginning, the rest as tasks.
unsafe fn show_one(
    cx: Cx,
    out: &mut String,
    value: *const u8,
    ty: *const TypeDesc,
    quoted: bool,
    work: &mut Vec<Task>,
) {
    let d = desc(ty);
    if d.show.is_some() {
        return show_by_user(cx, out, value, ty);
    }
    match d.kind {
        Kind::Bool => out.push_str(if *value != 0 { "true" } else { "false" }),
        Kind::I64 => number::push_i64(out, *value.cast::<i64>()),
        Kind::U64 => number::push_u64(out, *value.cast::<u64>()),
        Kind::I8 | Kind::I16 | Kind::I32 | Kind::U8 | Kind::U16 | Kind::U32 => {
            number::push_i128(out, int_of(value, d.kind).unwrap_or(0));
        }
        Kind::F32 => number::push_f32(out, *value.cast::<f32>()),
        Kind::F64 => number::push_f64(out, *value.cast::<f64>()),
        Kind::Char => {
            let c = char::from_u32_unchecked(*value.cast::<u32>());
            if quoted {
                quote::push_char(out, c);
            } else {
                out.push(c);
            }
        }
        Kind::Str if quoted => quote::push_str(out, string::text(value)),
        Kind::Str => out.push_str(string::text(value)),
        Kind::Fn => out.push_str("fn"),
        Kind::Weak => out.push_str("weak"),
        Kind::Tuple => {
            out.push('(');
            work.push(Task::Text(")"));
            work.push(Task::Fields(value, d.fields, 0));
        }
        Kind::Struct => show_struct(cx, out, value, d, quoted, work),
        Kind::Enum => {
            let variant = enum_variant(value, d);
            show_variant(out, d, variant, value, work);
        }
        Kind::Boxed => {
            let w = word(value);
            show_variant(out, d, boxed_variant(w), w, work);
        }
        Kind::PtrOption => {
            if word(value).is_null() {
                out.push_str("none");
            } else {
                out.push_str("some(");
                work.push(Task::Text(")"));
                work.push(Task::Value(value, d.elem));
            }
        }
        Kind::List => {
            out.push('[');
            work.push(Task::Text("]"));
            work.push(Task::List(word(value).cast(), d.elem, 0));
        }
        Kind::Array => {
            out.push('[');
            work.push(Task::Text("]"));
            work.push(Task::Array(*value.cast::<ArrayValue>(), d.elem, 0));
        }
        Kind::Map if word(value).is_null() => out.push_str("[:]"),
        Kind::Map | Kind::Set => {
            out.push('[');
            work.push(Task::Text("]"));
            work.push(Task::Map(word(value).cast(), ty, 0, false));
        }
        Kind::Ptr => {
            let object = word(value);
            if (*cx).showing.contains(&object.cast_const()) {
                out.push('…');
                return;
            }
            if (*object.cast::<Object>()).flags & OBJECT_IN_CHANGE != 0 {
                cowl_change_check(cx, object, -1);
            }
            out.push('*');
            (*cx).showing.push(object);
            work.push(Task::Close);
            let held = (*object.cast::<Object>()).desc;
            work.push(Task::Value(objects::value(object.cast()), held));
        }
        Kind::Any => {
            let block = word(value).cast::<AnyBox>();
            let held = block.cast::<u8>().add(size_of::<AnyBox>());
            show_one(cx, out, held, (*block).desc, quoted, work);
        }
    }
}

unsafe fn show_struct(
    cx: Cx,
    out: &mut String,
    value: *const u8,
    d: &TypeDesc,
    quoted: bool,
    work: &mut Vec<Task>,
) {
    let fields = d.fields.get();
    let part = |i: usize| (value.add(fields[i].offset as usize), fields[i].desc);
    match d.lang {
        Lang::Error => {
            let (what, ty) = part(0);
            show_one(cx, out, what, ty, quoted, work);
        }
        Lang::Range => {
            let (inclusive, _) = part(2);
            let dots = if *inclusive != 0 { "..=" } else { ".." };
            let (end, ty) = part(1);
            work.push(Task::Value(end, ty));
            work.push(Task::Text(dots));
            let (start, ty) = part(0);
            work.push(Task::Value(start, ty));
        }
        Lang::None | Lang::Option | Lang::Result | Lang::Desc | Lang::Heap => {
            out.push_str(d.name.get());
            if fields.is_empty() {
                out.push_str("{}");
            } else {
                out.push_str("{ ");
                work.push(Task::Text(" }"));
                work.push(Task::Fields(value, d.fields, 0));
            }
        }
    }
}

unsafe fn show_variant(
    out: &mut String,
    d: &TypeDesc,
    variant: usize,
    base: *const u8,
    work: &mut Vec<Task>,
) {
    let variant = &d.variants.get()[variant];
    if !matches!(d.lang, Lang::Option | Lang::Result) {
        out.push('.');
    }
    out.push_str(variant.name.get());
    if variant.fields.len > 0 {
        out.push('(');
        work.push(Task::Text(")"));
        work.push(Task::Fields(base, variant.fields, 0));
    }
}

unsafe fn show_by_user(cx: Cx, out: &mut String, value: *const u8, ty: *const TypeDesc) {
    let Some(show) = desc(ty).show else { return };
    retain_value(value, ty);
    let mut text = string::EMPTY;
    panic::call_back(cx, || show(cx.cast(), value, (&raw mut text).cast()));
    out.push_str(string::text((&raw const text).cast()));
    string::release(cx, (&raw const text).cast());
}

/// A value as a text.
pub unsafe fn shown(cx: Cx, value: *const u8, ty: *const TypeDesc, quoted: bool) -> String {
    let mut out = String::new();
    show(cx, &mut out, value, ty, quoted);
    out
}

unsafe fn count(cx: Cx, fixed: i32, given: i64) -> Option<usize> {
    match fixed {
        -1 => None,
        -2 => match format::count(given) {
            Ok(n) => Some(n),
            Err(error) => panic::panic(cx, error),
        },
        n => Some(n as usize),
    }
}

unsafe fn format(
    cx: Cx,
    value: *const u8,
    ty: *const TypeDesc,
    spec: &entries::Spec,
    width: i64,
    precision: i64,
) -> String {
    let spec = Spec {
        fill: char::from_u32(spec.fill).unwrap_or(' '),
        align: match spec.align {
            b'<' => Some(Align::Left),
            b'^' => Some(Align::Center),
            b'>' => Some(Align::Right),
            _ => None,
        },
        plus: spec.plus != 0,
        alternate: spec.alternate != 0,
        zero: spec.zero != 0,
        width: count(cx, spec.width, width).unwrap_or(0),
        precision: count(cx, spec.precision, precision),
        kind: (spec.kind != 0).then_some(spec.kind as char),
    };
    let mut out = String::new();
    let d = desc(ty);
    match (d.kind, int_of(value, d.kind)) {
        (_, Some(n)) => format::int(&mut out, n, &spec),
        (Kind::F64, _) => format::f64(&mut out, *value.cast::<f64>(), &spec),
        (Kind::F32, _) => format::f32(&mut out, *value.cast::<f32>(), &spec),
        _ => {
            let text = shown(cx, value, ty, spec.kind == Some('?'));
            format::text(&mut out, &text, &spec);
        }
    }
    out
}

// ---- entries

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_show(
    cx: Cx,
    value: *const u8,
    ty: *const TypeDesc,
    quoted: u8,
    out: *mut u8,
) {
    let text = shown(cx, value, ty, quoted != 0);
    string::put(out, string::make(cx, &text));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_print(cx: Cx, value: *const u8, ty: *const TypeDesc, to: i32) {
    if desc(ty).kind == Kind::Str && desc(ty).show.is_none() && to & 1 == 0 {
        io::write(cx, string::bytes(value));
        if to & 2 != 0 {
            io::write(cx, b"\n");
        }
        return;
    }
    let mut text = shown(cx, value, ty, false);
    if to & 2 != 0 {
        text.push('\n');
    }
    if to & 1 == 0 {
        io::write(cx, text.as_bytes());
    } else {
        io::say(cx, &text);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_print_text(cx: Cx, bytes: *const u8, size: i64, to: i32) {
    let text = std::str::from_utf8_unchecked(std::slice::from_raw_parts(bytes, size as usize));
    let end = if to & 2 != 0 { "\n" } else { "" };
    if to & 1 == 0 {
        io::write(cx, text.as_bytes());
        io::write(cx, end.as_bytes());
    } else {
        io::say(cx, &format!("{text}{end}"));
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_interp_text(cx: Cx, to: *mut u8, bytes: *const u8, size: i64) {
    let raw = std::slice::from_raw_parts(bytes, size as usize);
    string::append(cx, to, std::str::from_utf8_unchecked(raw));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_interp_value(
    cx: Cx,
    to: *mut u8,
    value: *const u8,
    ty: *const TypeDesc,
) {
    match desc(ty).kind {
        Kind::Str if desc(ty).show.is_none() => {
            string::append_counted(cx, to, string::bytes(value), string::len(value));
        }
        _ => {
            let text = shown(cx, value, ty, false);
            string::append(cx, to, &text);
        }
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_interp_spec(
    cx: Cx,
    to: *mut u8,
    value: *const u8,
    ty: *const TypeDesc,
    spec: *const entries::Spec,
    width: i64,
    precision: i64,
) {
    let text = format(cx, value, ty, &*spec, width, precision);
    string::append(cx, to, &text);
}
