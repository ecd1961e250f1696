//! Output, input, files, the end. Failures of the system come back as results whose errors are the
//! system's sentences.

use crate::machine::{Machine, Res, Stop, ice};
use crate::value::V;
use cowl_contract::builtins::Builtin;
use cowl_contract::outcome::End;
use cowl_contract::system::{NOT_UTF8, sentence};
use cowl_frontend::hir::{Expr, SiteId};
use std::fs;
use std::io::{self, BufRead, Read, Write};

impl<'p> Machine<'p> {
    pub(super) fn system_builtin(
        &mut self,
        op: Builtin,
        at: usize,
        args: &'p [Expr],
        site: SiteId,
    ) -> Res {
        Ok(match op {
            Builtin::Print | Builtin::Write | Builtin::Eprint | Builtin::Ewrite => {
                let mut text = self.shown(at, args[0].ty, false, site)?;
                if matches!(op, Builtin::Print | Builtin::Eprint) {
                    text.push('\n');
                }
                if matches!(op, Builtin::Print | Builtin::Write) {
                    self.write_out(&text)?;
                } else {
                    self.say(&text);
                }
                V::Unit
            }
            Builtin::Flush => {
                self.flush()?;
                V::Unit
            }
            Builtin::ReadLine => return self.read_line(),
            Builtin::ReadAll => {
                self.flush()?;
                let mut bytes = Vec::new();
                let read = self.io.stdin.read_to_end(&mut bytes);
                result(read.and_then(|_| text_of(bytes)).map(V::str))
            }
            Builtin::FsRead => result(fs::read(self.str(at)).and_then(text_of).map(V::str)),
            Builtin::FsReadBytes => {
                let bytes = fs::read(self.str(at));
                let byte = |b| V::Int(i64::from(b));
                result(bytes.map(|bytes| V::list(bytes.into_iter().map(byte).collect())))
            }
            Builtin::FsWrite => done(fs::write(self.str(at), self.str(at + 1))),
            Builtin::FsWriteBytes => done(fs::write(self.str(at), self.bytes_arg(at + 1))),
            Builtin::FsAppend => {
                let file = fs::OpenOptions::new()
                    .append(true)
                    .create(true)
                    .open(self.str(at));
                done(file.and_then(|mut file| file.write_all(self.str(at + 1).as_bytes())))
            }
            Builtin::FsExists => V::Bool(fs::exists(self.str(at)).unwrap_or(false)),
            Builtin::FsIsDir => V::Bool(fs::metadata(self.str(at)).is_ok_and(|m| m.is_dir())),
            Builtin::FsList => result(names(self.str(at))),
            Builtin::FsRemove => {
                let path = self.str(at);
                let is_dir = fs::symlink_metadata(path).is_ok_and(|m| m.is_dir());
                done(if is_dir {
                    fs::remove_dir(path)
                } else {
                    fs::remove_file(path)
                })
            }
            Builtin::FsMakeDir => done(fs::create_dir_all(self.str(at))),
            Builtin::Exit => {
                self.end = Some(End::Exit(self.int_arg(at)));
                return Err(Stop::End);
            }
            _ => ice!("{} is no operation on the system", op.name()),
        })
    }

    fn read_line(&mut self) -> Res {
        self.flush()?;
        let mut bytes = Vec::new();
        Ok(match self.io.stdin.read_until(b'\n', &mut bytes) {
            Err(error) => V::err(V::str(sentence(&error))),
            Ok(0) => V::ok(V::NONE),
            Ok(_) => {
                if bytes.ends_with(b"\n") {
                    bytes.pop();
                    if bytes.ends_with(b"\r") {
                        bytes.pop();
                    }
                }
                result(text_of(bytes).map(|line| V::some(V::str(line))))
            }
        })
    }
}

fn text_of(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, NOT_UTF8))
}

fn names(path: &str) -> io::Result<V> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(V::list(names.into_iter().map(V::str).collect()))
}

fn result(result: io::Result<V>) -> V {
    match result {
        Ok(v) => V::ok(v),
        Err(error) => V::err(V::str(sentence(&error))),
    }
}

fn done(done: io::Result<()>) -> V {
    result(done.map(|()| V::Unit))
}
