//! Readers and makers on strings and chars. Positions are code points.

use crate::fault::Fault;
use crate::machine::{Machine, Res, ice};
use crate::text::MAX_SIZE;
use crate::value::V;
use cowl_contract::builtins::Builtin;
use cowl_contract::number;
use cowl_contract::panic::Panic;
use cowl_frontend::hir::SiteId;

impl Machine<'_> {
    pub(super) fn string_builtin(&mut self, op: Builtin, at: usize, site: SiteId) -> Res {
        Ok(match op {
            Builtin::Size => V::Int(self.text_arg(at).size() as i64),
            Builtin::CharAt => {
                let (text, index) = (self.text_arg(at), self.int_arg(at + 1));
                let found = usize::try_from(index).ok().and_then(|i| text.char_at(i));
                match found {
                    Some(c) => V::Char(c),
                    None => {
                        let len = text.len();
                        return Err(self.fault(Fault::index(index, len, site)));
                    }
                }
            }
            Builtin::StartsWith => V::Bool(self.str(at).starts_with(self.str(at + 1))),
            Builtin::EndsWith => V::Bool(self.str(at).ends_with(self.str(at + 1))),
            Builtin::Find => self.position(at, self.str(at).find(self.str(at + 1))),
            Builtin::FindLast => self.position(at, self.str(at).rfind(self.str(at + 1))),
            Builtin::Split => {
                if self.str(at + 1).is_empty() {
                    return Err(self.panic(Panic::EmptySeparator, site));
                }
                pieces(self.str(at).split(self.str(at + 1)))
            }
            Builtin::SplitWhitespace => pieces(self.str(at).split_whitespace()),
            Builtin::Lines => pieces(self.str(at).lines()),
            Builtin::Chars => V::list(self.str(at).chars().map(V::Char).collect()),
            Builtin::Bytes => {
                let bytes = self.str(at).bytes().map(|b| V::Int(i64::from(b)));
                V::list(bytes.collect())
            }
            Builtin::FromBytes => V::option(String::from_utf8(self.bytes_arg(at)).ok().map(V::str)),
            Builtin::FromChars => {
                let chars = self.list_arg(at).iter().map(|v| match v {
                    V::Char(c) => *c,
                    v => ice!("a char was expected, not {v:?}"),
                });
                V::str(chars.collect::<String>())
            }
            Builtin::Trim | Builtin::TrimStart | Builtin::TrimEnd => {
                let V::Str(text) = self.slots[at].take() else {
                    ice!("a string was expected")
                };
                let s = text.as_str();
                let start = match op {
                    Builtin::TrimEnd => 0,
                    _ => s.len() - s.trim_start().len(),
                };
                let end = match op {
                    Builtin::TrimStart => s.len(),
                    _ => s.trim_end().len().max(start),
                };
                V::Str(text.slice(start, end))
            }
            Builtin::Repeat => return self.repeat(at, site),
            Builtin::Join => {
                let separator = self.str(at + 1);
                let mut out = String::new();
                for (i, piece) in self.list_arg(at).iter().enumerate() {
                    if i > 0 {
                        out.push_str(separator);
                    }
                    match piece {
                        V::Str(piece) => out.push_str(piece.as_str()),
                        v => ice!("a string was expected, not {v:?}"),
                    }
                }
                if out.len() > MAX_SIZE {
                    return Err(self.panic(Panic::OutOfMemory, site));
                }
                V::str(out)
            }
            Builtin::ParseInt => V::option(number::parse_int(self.str(at)).map(V::Int)),
            Builtin::ParseFloat => V::option(number::parse_float(self.str(at)).map(V::Float)),
            Builtin::CharIsAlphabetic => V::Bool(self.char_arg(at).is_alphabetic()),
            Builtin::CharIsNumeric => V::Bool(self.char_arg(at).is_numeric()),
            Builtin::CharIsWhitespace => V::Bool(self.char_arg(at).is_whitespace()),
            Builtin::CharIsUpper => V::Bool(self.char_arg(at).is_uppercase()),
            Builtin::CharIsLower => V::Bool(self.char_arg(at).is_lowercase()),
            Builtin::CharToUpper => V::str(self.char_arg(at).to_uppercase().collect::<String>()),
            Builtin::CharToLower => V::str(self.char_arg(at).to_lowercase().collect::<String>()),
            _ => ice!("{} is no operation on strings", op.name()),
        })
    }

    pub(super) fn str(&self, at: usize) -> &str {
        self.text_arg(at).as_str()
    }

    fn char_arg(&self, at: usize) -> char {
        match self.arg(at) {
            V::Char(c) => *c,
            v => ice!("a char was expected, not {v:?}"),
        }
    }

    pub(super) fn bytes_arg(&self, at: usize) -> Vec<u8> {
        let bytes = self.list_arg(at).iter().map(|v| match v {
            V::Int(b) => *b as u8,
            v => ice!("a byte was expected, not {v:?}"),
        });
        bytes.collect()
    }

    /// A byte position as an optional one in code points.
    fn position(&self, at: usize, byte: Option<usize>) -> V {
        let text = self.text_arg(at);
        V::option(byte.map(|byte| {
            let before = if text.is_ascii() {
                byte
            } else {
                text.as_str()[..byte].chars().count()
            };
            V::Int(before as i64)
        }))
    }

    fn repeat(&mut self, at: usize, site: SiteId) -> Res {
        let count = self.int_arg(at + 1);
        let Ok(n) = usize::try_from(count) else {
            return Err(self.panic(Panic::NegativeCount { count }, site));
        };
        let size = self.str(at).len().checked_mul(n);
        if size.is_none_or(|size| size > MAX_SIZE) {
            return Err(self.panic(Panic::OutOfMemory, site));
        }
        Ok(V::str(self.str(at).repeat(n)))
    }
}

/// Fresh strings that hold nothing of the receiver.
fn pieces<'a>(pieces: impl Iterator<Item = &'a str>) -> V {
    V::list(pieces.map(V::str).collect())
}
