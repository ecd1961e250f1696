//! Files and folders, and the end of the program on its own wish.
//!
//! Entries that can fail give 1 and write `out`, or 0 and write the system's sentence to `err`.

use crate::block::StringValue;
use crate::ctx::Cx;
use crate::elem::Elem;
use crate::list::from_elems;
use crate::{known, string, text};
use cowl_contract::system::{NOT_UTF8, sentence};
use std::fs;
use std::io::{Error, ErrorKind, Result, Write};

pub unsafe fn fail(cx: Cx, error: &Error, err: *mut u8) -> i32 {
    string::put(err, string::make(cx, &sentence(error)));
    0
}

/// Bytes as a string, if they are UTF-8.
pub unsafe fn give_text(cx: Cx, bytes: Vec<u8>, out: *mut u8, err: *mut u8) -> i32 {
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.len() <= u32::MAX as usize => {
            string::put(out, string::make(cx, text));
            1
        }
        Ok(_) => crate::panic::out_of_memory(cx),
        Err(_) => fail(cx, &Error::new(ErrorKind::InvalidData, NOT_UTF8), err),
    }
}

unsafe fn done(cx: Cx, result: Result<()>, err: *mut u8) -> i32 {
    match result {
        Ok(()) => 1,
        Err(error) => fail(cx, &error, err),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_fs_read(cx: Cx, path: *const u8, out: *mut u8, err: *mut u8) -> i32 {
    match fs::read(string::text(path)) {
        Ok(bytes) => give_text(cx, bytes, out, err),
        Err(error) => fail(cx, &error, err),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_fs_read_bytes(
    cx: Cx,
    path: *const u8,
    out: *mut u8,
    err: *mut u8,
) -> i32 {
    match fs::read(string::text(path)) {
        Ok(bytes) => {
            let elem = Elem::value(known::U8);
            *out.cast::<*mut u8>() = from_elems(cx, bytes.as_ptr(), bytes.len(), elem);
            1
        }
        Err(error) => fail(cx, &error, err),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_fs_write(
    cx: Cx,
    path: *const u8,
    text: *const u8,
    err: *mut u8,
) -> i32 {
    let result = fs::write(string::text(path), string::bytes(text));
    done(cx, result, err)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_fs_append(
    cx: Cx,
    path: *const u8,
    text: *const u8,
    err: *mut u8,
) -> i32 {
    let file = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(string::text(path));
    let result = file.and_then(|mut file| file.write_all(string::bytes(text)));
    done(cx, result, err)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_fs_write_bytes(
    cx: Cx,
    path: *const u8,
    bytes: *mut u8,
    err: *mut u8,
) -> i32 {
    let result = fs::write(string::text(path), text::list_bytes(bytes));
    done(cx, result, err)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_fs_exists(_cx: Cx, path: *const u8) -> u8 {
    fs::exists(string::text(path)).unwrap_or(false).into()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_fs_is_dir(_cx: Cx, path: *const u8) -> u8 {
    fs::metadata(string::text(path))
        .is_ok_and(|m| m.is_dir())
        .into()
}

fn names(path: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// A fresh `List<string>`.
pub unsafe fn string_list(cx: Cx, texts: &[String]) -> *mut u8 {
    let values: Vec<StringValue> = texts.iter().map(|t| string::make(cx, t)).collect();
    let elem = Elem::value(known::STRING);
    from_elems(cx, values.as_ptr().cast(), values.len(), elem)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_fs_list(cx: Cx, path: *const u8, out: *mut u8, err: *mut u8) -> i32 {
    match names(string::text(path)) {
        Ok(names) => {
            *out.cast::<*mut u8>() = string_list(cx, &names);
            1
        }
        Err(error) => fail(cx, &error, err),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_fs_remove(cx: Cx, path: *const u8, err: *mut u8) -> i32 {
    let path = string::text(path);
    let is_dir = fs::symlink_metadata(path).is_ok_and(|m| m.is_dir());
    let result = if is_dir {
        fs::remove_dir(path)
    } else {
        fs::remove_file(path)
    };
    done(cx, result, err)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_fs_make_dir(cx: Cx, path: *const u8, err: *mut u8) -> i32 {
    let result = fs::create_dir_all(string::text(path));
    done(cx, result, err)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cowl_exit(cx: Cx, status: i64) {
    crate::start::end(cx, status as i32)
}
