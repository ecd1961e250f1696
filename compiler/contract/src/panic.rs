//! Every panic with its exact text. An engine says what happened, this file says it in words.
//!
//! Takes values already rendered as text (values of the program as `{x:?}` shows them); gives the
//! message that stands after `panic: `. Positions and frames are `trace.rs`'s.

use crate::number;
use std::fmt::{self, Display};

/// What a program can panic of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panic<'a> {
    /// Of a List, an Array, a string's characters.
    Index {
        index: i64,
        len: u64,
    },
    Range {
        start: i64,
        end: i64,
        len: u64,
    },
    /// A Map without the key; as `{key:?}` shows it.
    NoKey {
        key: &'a str,
    },
    Overflow {
        left: i128,
        /// As written: `+`, or a method's name.
        op: &'a str,
        right: i128,
    },
    /// The least value of its type has no negative.
    NegOverflow {
        operand: i128,
    },
    DivisionByZero,
    Shift {
        by: i128,
        /// The type's name in programs.
        ty: &'a str,
    },
    /// A conversion: the value as printed, the target's name.
    DoesNotFit {
        value: &'a str,
        ty: &'a str,
    },
    /// `unwrap` of none.
    ValueIsNone,
    /// `unwrap` of an error, as `print` shows it.
    ValueIsErr {
        error: &'a str,
    },
    Assert,
    AssertMessage {
        message: &'a str,
    },
    /// `assert_eq` and `assert_ne`.
    AssertCompare {
        left: &'a str,
        right: &'a str,
    },
    /// A field of an object while `m!` has its value.
    FieldInChange {
        field: &'a str,
    },
    /// A whole object; its type's name without arguments.
    ObjectInChange {
        ty: &'a str,
    },
    /// An update that would copy, in a function that promises that none does.
    Copies {
        function: &'a str,
    },
    /// A member of a dying cycle that a `deinit` has put where it would live on.
    BeingFreed {
        ty: &'a str,
    },
    /// `split` by nothing.
    EmptySeparator,
    /// `replace` of nothing.
    EmptyPattern,
    /// A length, count, width or precision below zero.
    NegativeCount {
        count: i64,
    },
    /// `.step(k)` of a range.
    StepNotPositive,
    /// `Map.from_zip`
    UnequalLengths {
        left: u64,
        right: u64,
    },
    StackOverflow,
    OutOfMemory,
    /// `panic(message)`, `expect(message)`.
    User {
        message: &'a str,
    },
}

impl Display for Panic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Panic::Index { index, len } => {
                write!(f, "index {index} out of range for length {len}")
            }
            Panic::Range { start, end, len } => {
                write!(f, "range {start}..{end} out of range for length {len}")
            }
            Panic::NoKey { key } => write!(
                f,
                "no key {key}\n  help: give a value for missing keys: `m[key, default: value]`"
            ),
            Panic::Overflow { left, op, right } => {
                write!(f, "integer overflow in {left} {op} {right}")
            }
            Panic::NegOverflow { operand } => write!(f, "integer overflow in -({operand})"),
            Panic::DivisionByZero => f.write_str("division by zero"),
            Panic::Shift { by, ty } => write!(f, "shift by {by} out of range for {ty}"),
            Panic::DoesNotFit { value, ty } => write!(f, "{value} does not fit {ty}"),
            Panic::ValueIsNone => f.write_str("value is none"),
            Panic::ValueIsErr { error } => write!(f, "value is err: {error}"),
            Panic::Assert => f.write_str("assertion failed"),
            Panic::AssertMessage { message } => write!(f, "assertion failed: {message}"),
            Panic::AssertCompare { left, right } => {
                write!(f, "assertion failed\n  left:  {left}\n  right: {right}")
            }
            Panic::FieldInChange { field } => write!(f, "'{field}' is being changed"),
            Panic::ObjectInChange { ty } => write!(f, "this {ty} is being changed"),
            Panic::Copies { function } => {
                write!(f, "this copies, but '{function}' is @in_place")
            }
            Panic::BeingFreed { ty } => write!(f, "this {ty} is being freed"),
            Panic::EmptySeparator => f.write_str("empty separator"),
            Panic::EmptyPattern => f.write_str("empty pattern"),
            Panic::NegativeCount { count } => write!(f, "negative count {count}"),
            Panic::StepNotPositive => f.write_str("step must be positive"),
            Panic::UnequalLengths { left, right } => {
                write!(f, "unequal lengths {left} and {right}")
            }
            Panic::StackOverflow => f.write_str("stack overflow"),
            Panic::OutOfMemory => f.write_str("out of memory"),
            Panic::User { message } => f.write_str(message),
        }
    }
}

/// A float in `DoesNotFit`.
pub fn float_text(x: f64) -> String {
    let mut out = String::new();
    number::push_f64(&mut out, x);
    out
}

/// The limit of what eager mode copies, which only the fuzzer sets: it has nothing to say then.
pub const EAGER_COPIES: &str = "eager-copies";

/// The line of a limit that ended a program (`--max-steps`, `--max-memory`, `--timeout`).
pub fn limit_reached(name: &str, value: impl Display) -> String {
    format!("limit: {name} {value} reached\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (panic, text) in [
            (
                Panic::Index { index: 3, len: 3 },
                "index 3 out of range for length 3",
            ),
            (
                Panic::Range {
                    start: 1,
                    end: 4,
                    len: 3,
                },
                "range 1..4 out of range for length 3",
            ),
            (
                Panic::Overflow {
                    left: i64::MAX.into(),
                    op: "+",
                    right: 1,
                },
                "integer overflow in 9223372036854775807 + 1",
            ),
            (
                Panic::Shift { by: 64, ty: "int" },
                "shift by 64 out of range for int",
            ),
            (
                Panic::DoesNotFit {
                    value: "300",
                    ty: "u8",
                },
                "300 does not fit u8",
            ),
            (
                Panic::FieldInChange { field: "items" },
                "'items' is being changed",
            ),
            (
                Panic::ObjectInChange { ty: "Counter" },
                "this Counter is being changed",
            ),
            (
                Panic::Copies {
                    function: "Stack.push",
                },
                "this copies, but 'Stack.push' is @in_place",
            ),
        ] {
            assert_eq!(panic.to_string(), text);
        }
        assert_eq!(
            limit_reached("max-steps", 1000),
            "limit: max-steps 1000 reached\n"
        );
    }
}
