//! The builtin operations, by area. Readers and makers find their operands on the stack; updaters
//! get the place's value at the end of a walk.
//!
//! One match names every operation, so that a new one does not compile until it is here.

mod list;
mod map;
mod number;
mod string;
mod system;
mod update;

pub use update::update;

use crate::compare;
use crate::list::List;
use crate::machine::{Machine, Res, ice};
use crate::text::Str;
use crate::value::V;
use cowl_contract::builtins::Builtin;
use cowl_contract::panic::Panic;
use cowl_frontend::hir::{Expr, SiteId};
use cowl_frontend::types::Ty;
use std::cmp::Ordering;
use std::rc::Rc;

impl<'p> Machine<'p> {
    /// A reader or maker with its operands on the stack from `at` on; `ty` is the result's type.
    /// What the operation does not take stays there for the caller to release.
    pub fn builtin(
        &mut self,
        op: Builtin,
        at: usize,
        args: &'p [Expr],
        ty: Ty,
        site: SiteId,
    ) -> Res {
        match op {
            Builtin::Eq => Ok(V::Bool(self.equal_args(at, false))),
            Builtin::EqTotal => Ok(V::Bool(self.equal_args(at, true))),
            Builtin::Lt => Ok(V::Bool(self.order_args(at) == Some(Ordering::Less))),
            Builtin::Gt => Ok(V::Bool(self.order_args(at) == Some(Ordering::Greater))),
            Builtin::Le => Ok(V::Bool(matches!(
                self.order_args(at),
                Some(Ordering::Less | Ordering::Equal)
            ))),
            Builtin::Ge => Ok(V::Bool(matches!(
                self.order_args(at),
                Some(Ordering::Greater | Ordering::Equal)
            ))),
            Builtin::CmpTotal => {
                let order = compare::compare(self.arg(at), self.arg(at + 1), true);
                Ok(V::Int(order.map_or(0, |o| o as i64)))
            }
            Builtin::Show | Builtin::ShowQuoted => {
                let quoted = op == Builtin::ShowQuoted;
                let text = self.shown(at, args[0].ty, quoted, site)?;
                Ok(V::str(text))
            }
            Builtin::Same => match (self.arg(at), self.arg(at + 1)) {
                (V::Ptr(a), V::Ptr(b)) => Ok(V::Bool(Rc::ptr_eq(a, b))),
                (a, b) => ice!("`===` of {a:?} and {b:?}"),
            },

            Builtin::Len => Ok(V::Int(match self.arg(at) {
                V::List(list) => list.len() as i64,
                V::Str(text) => text.len() as i64,
                V::Map(map) => map.as_ref().map_or(0, |m| m.len()) as i64,
                v => ice!("the length of {v:?}"),
            })),
            Builtin::Slice | Builtin::SliceFrom => self.slice(at, op == Builtin::SliceFrom, site),
            Builtin::ToList | Builtin::ToArray => self.to_list(at),
            Builtin::ToSet => {
                let items = self.items_of(at)?;
                self.set_of(items)
            }
            Builtin::Keys | Builtin::Values | Builtin::Pairs => self.entries(op, at),
            Builtin::Get => self.map_get(at),
            Builtin::Contains => self.contains(at),

            Builtin::Size
            | Builtin::CharAt
            | Builtin::StartsWith
            | Builtin::EndsWith
            | Builtin::Find
            | Builtin::FindLast
            | Builtin::Split
            | Builtin::SplitWhitespace
            | Builtin::Lines
            | Builtin::Chars
            | Builtin::Bytes
            | Builtin::FromBytes
            | Builtin::FromChars
            | Builtin::Trim
            | Builtin::TrimStart
            | Builtin::TrimEnd
            | Builtin::Repeat
            | Builtin::Join
            | Builtin::ParseInt
            | Builtin::ParseFloat
            | Builtin::CharIsAlphabetic
            | Builtin::CharIsNumeric
            | Builtin::CharIsWhitespace
            | Builtin::CharIsUpper
            | Builtin::CharIsLower
            | Builtin::CharToUpper
            | Builtin::CharToLower => self.string_builtin(op, at, site),

            Builtin::CountOnes
            | Builtin::LeadingZeros
            | Builtin::TrailingZeros
            | Builtin::Sqrt
            | Builtin::Floor
            | Builtin::Ceil
            | Builtin::Round
            | Builtin::Trunc
            | Builtin::Sin
            | Builtin::Cos
            | Builtin::Tan
            | Builtin::Asin
            | Builtin::Acos
            | Builtin::Atan
            | Builtin::Atan2
            | Builtin::Exp
            | Builtin::Ln
            | Builtin::Log2
            | Builtin::Log10
            | Builtin::PowFloat
            | Builtin::ToBits
            | Builtin::FromBits => Ok(self.number_builtin(op, at, args[0].ty, ty)),

            Builtin::WeakNew => match self.arg(at) {
                V::Ptr(object) => Ok(Machine::weak_of(object)),
                v => ice!("weak of {v:?}"),
            },
            Builtin::WeakEmpty => Ok(V::Weak(None)),
            Builtin::WeakGet => match self.arg(at) {
                V::Weak(weak) => Ok(Machine::weak_get(weak)),
                v => ice!("get of {v:?}"),
            },
            Builtin::Gc => Ok(V::Int(self.collect(Some(site))? as i64)),
            Builtin::GcCount => match self.arg(at) {
                V::Int(which) => Ok(V::Int(self.heap.count(*which) as i64)),
                v => ice!("gc_count of {v:?}"),
            },

            Builtin::Print
            | Builtin::Write
            | Builtin::Eprint
            | Builtin::Ewrite
            | Builtin::Flush
            | Builtin::ReadLine
            | Builtin::ReadAll
            | Builtin::FsRead
            | Builtin::FsWrite
            | Builtin::FsAppend
            | Builtin::FsExists
            | Builtin::FsIsDir
            | Builtin::FsList
            | Builtin::FsRemove
            | Builtin::FsMakeDir
            | Builtin::FsWriteBytes
            | Builtin::FsReadBytes
            | Builtin::Exit => self.system_builtin(op, at, args, site),

            Builtin::Panic => {
                let message = self.text_arg(at).as_str().to_string();
                Err(self.panic(Panic::User { message: &message }, site))
            }
            Builtin::Assert => match self.arg(at) {
                V::Bool(true) => Ok(V::Unit),
                _ => Err(self.panic(Panic::Assert, site)),
            },
            Builtin::AssertMessage => match self.arg(at) {
                V::Bool(true) => Ok(V::Unit),
                _ => {
                    let message = self.text_arg(at + 1).as_str().to_string();
                    Err(self.panic(Panic::AssertMessage { message: &message }, site))
                }
            },
            Builtin::AssertEq | Builtin::AssertNe => {
                if self.equal_args(at, false) == (op == Builtin::AssertEq) {
                    return Ok(V::Unit);
                }
                let left = self.shown(at, args[0].ty, true, site)?;
                let right = self.shown(at + 1, args[1].ty, true, site)?;
                let (left, right) = (&*left, &*right);
                Err(self.panic(Panic::AssertCompare { left, right }, site))
            }
            Builtin::Dbg => {
                let value = self.shown(at, args[0].ty, true, site)?;
                self.say_value(&value, site);
                Ok(V::Unit)
            }
            Builtin::PanicNone => Err(self.panic(Panic::ValueIsNone, site)),
            Builtin::PanicErr => {
                let error = self.shown(at, args[0].ty, false, site)?;
                Err(self.panic(Panic::ValueIsErr { error: &error }, site))
            }
            Builtin::PanicOverflow => {
                let (left, right) = (
                    crate::ops::int_of(self.arg(at)),
                    crate::ops::int_of(self.arg(at + 2)),
                );
                let op = self.text_arg(at + 1).as_str().to_string();
                Err(self.panic(
                    Panic::Overflow {
                        left,
                        op: &op,
                        right,
                    },
                    site,
                ))
            }

            Builtin::Push
            | Builtin::PushFirst
            | Builtin::Pop
            | Builtin::PopFirst
            | Builtin::Insert
            | Builtin::Remove
            | Builtin::Extract
            | Builtin::Set
            | Builtin::ReplaceAt
            | Builtin::Replace
            | Builtin::Add
            | Builtin::Swap
            | Builtin::Reverse
            | Builtin::Truncate
            | Builtin::Append
            | Builtin::Concat
            | Builtin::Resize
            | Builtin::Reserve
            | Builtin::Sort
            | Builtin::Dedup
            | Builtin::ToUpper
            | Builtin::ToLower
            | Builtin::ReplaceAll
            | Builtin::InsertAt
            | Builtin::PadLeft
            | Builtin::PadRight => ice!("the updater {} outside an update", op.name()),
        }
    }

    #[inline]
    fn arg(&self, at: usize) -> &V {
        &self.slots[at]
    }

    fn text_arg(&self, at: usize) -> &Str {
        match self.arg(at) {
            V::Str(text) => text,
            v => ice!("a string was expected, not {v:?}"),
        }
    }

    fn int_arg(&self, at: usize) -> i64 {
        match self.arg(at) {
            V::Int(n) => *n,
            v => ice!("an int was expected, not {v:?}"),
        }
    }

    fn float_arg(&self, at: usize) -> f64 {
        match self.arg(at) {
            V::Float(x) => *x,
            v => ice!("a float was expected, not {v:?}"),
        }
    }

    fn list_arg(&self, at: usize) -> &List {
        match self.arg(at) {
            V::List(list) => list,
            v => ice!("a list was expected, not {v:?}"),
        }
    }

    fn equal_args(&self, at: usize, total: bool) -> bool {
        compare::equal(self.arg(at), self.arg(at + 1), total)
    }

    fn order_args(&self, at: usize) -> Option<Ordering> {
        compare::compare(self.arg(at), self.arg(at + 1), false)
    }

    /// An operand as printed; the operand stays.
    fn shown(
        &mut self,
        at: usize,
        ty: Ty,
        quoted: bool,
        site: SiteId,
    ) -> Result<String, crate::machine::Stop> {
        let v = self.arg(at).clone();
        self.show_text(v, ty, quoted, site)
    }
}
