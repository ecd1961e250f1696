//! MIR: functions as control-flow graphs with explicit counts. `lower` builds it from HIR, `passes`
//! rewrite it, `clif` turns it into machine code. Nothing below this level decides who holds what.
//!
//! # Values and holders
//! A local is *owned* (the function holds its value and must hand it on or release it exactly
//! once), *borrowed* (a copy of a value that someone else holds for long enough) or an *address*
//! of memory that holds a value of the local's type. Only owned locals are counted, and only in
//! their *units*: the smallest parts of a struct or tuple that hold references (an enum, `any` or
//! string is one unit). A value without references has no units; for it `Move` and `Copy` are the same.
//!
//! # Invariants
//! `verify` checks exactly these, after lowering and after each pass in debug builds, and says which
//! is broken by its number.
//! 1. Every local, block, field and variant index exists; every block ends in one terminator.
//! 2. A place's projections fit its type; `Payload` is followed only below an enum.
//! 3. `Move` and `Release` name an owned local's place, or memory behind an address; `MakeUnique` and
//!    `InOut`, which take a value and give it back, do too. What is kept is owned: no `Copy` of a
//!    value with units goes into another.
//! 4. On every path: each unit of an owned local is given a value before it is moved, released or
//!    looked at; it is moved or released exactly once before it is given another value and before
//!    the function ends; at a join all ways agree. A *clearing* local (`LocalDecl::clears`) is
//!    exempt: it is nothing (zero) at entry and after each move or release, and releasing nothing
//!    does nothing.
//! 5. A statement that consumes names each consumed unit once.
//! 6. A root (`LocalDecl::root`) is owned, clears and is addressed.
//! 7. What `MakeUnique` is told of its container (`ready`) has been asked of that container on every
//!    way to it, and nothing since has given the container away or one more holder.
//!
//! Panics end the process, so no edge leads out of a statement; sites say where a panic or a call
//! stands (`sites`).

pub mod build;
pub mod display;
pub mod loops;
pub mod names;
mod ready;
pub mod signs;
pub mod tracked;
pub mod verify;

#[cfg(test)]
mod tests;

use crate::sites::Site;
use cowl_contract::entries::Entry;
use cowl_frontend::ast::Text;
use cowl_frontend::hir::{BinOp, Convert, FuncId, GlobalId, Inline, UnOp, VtableId};
use cowl_frontend::types::Ty;
use std::fmt;

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}

index! {
    /// A variable of one function.
    Local "_";
    /// A basic block.
    BlockId "bb";
}

#[derive(Debug, Clone)]
pub struct Body {
    pub func: FuncId,
    /// As in a call stack.
    pub name: Text,
    pub params: Vec<Local>,
    /// Takes an environment, as everything that a closure value can point to.
    pub has_env: bool,
    pub captures: Vec<Ty>,
    pub ret: Ty,
    pub locals: Vec<LocalDecl>,
    pub blocks: Vec<Block>,
    pub is_std: bool,
    pub inline: Inline,
    /// The function's own position, for `stack overflow`.
    pub site: Site,
}

#[derive(Debug, Clone)]
pub struct LocalDecl {
    pub ty: Ty,
    pub kind: LocalKind,
    /// Zero at entry and after each move or release.
    pub clears: bool,
    /// Its address is taken: it lives in memory.
    pub addressed: bool,
    /// It stands in the function's shadow frame; then it clears and is addressed, too.
    pub root: bool,
    /// What `AddWrap` adds to it never wraps: a loop counts with it.
    pub counts: bool,
    pub name: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalKind {
    Owned,
    Borrowed,
    /// The address of a value of the local's type.
    Addr,
}

#[derive(Debug, Clone)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    pub term: Term,
    /// Never on the fast path.
    pub cold: bool,
}

/// A local, or the memory whose address it is, then parts of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    pub local: Local,
    pub projs: Vec<Proj>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proj {
    /// Of a struct or tuple.
    Field(u32),
    /// Of an enum that is known to be this variant; goes through the box of a boxed one.
    Payload { variant: u32, field: u32 },
    /// The object behind a `*T`.
    Deref,
}

impl From<Local> for Place {
    fn from(local: Local) -> Place {
        Place {
            local,
            projs: Vec::new(),
        }
    }
}

impl Place {
    pub fn with(&self, proj: Proj) -> Place {
        let mut place = self.clone();
        place.projs.push(proj);
        place
    }

    pub fn field(&self, field: usize) -> Place {
        self.with(Proj::Field(field as u32))
    }

    pub fn payload(&self, variant: u32, field: usize) -> Place {
        self.with(Proj::Payload {
            variant,
            field: field as u32,
        })
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Without counts: a look, or a value that has none.
    Copy(Place),
    /// The place stops holding.
    Move(Place),
    Const(Const),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Const {
    /// Any scalar but floats, by its bits.
    Int(Ty, i128),
    Float(Ty, f64),
    /// A string literal; the program holds it.
    Str(Text),
    /// All zero: the empty collection, nothing.
    Zero(Ty),
}

#[derive(Debug, Clone)]
pub enum Rvalue {
    Use(Operand),
    /// One more holder of what the place holds.
    Share(Place),
    /// Panics on overflow, division by zero and wide shifts.
    Binary(BinOp, Operand, Operand),
    Unary(UnOp, Operand),
    /// Would this sum or product of two `int` not overflow? A bool.
    Exact(BinOp, Operand, Operand),
    /// Exact and wrapping ones: the target is the destination's type, the operand's type is given.
    Convert(Convert, Operand, Ty),
    Math(MathOp, Operand),
    /// A `weak` of what a `*T` points to.
    WeakOf(Place),
    /// Does `Convert::Exact` fit? A bool.
    Fits(Operand, Ty, Ty),
    /// A struct or tuple of the destination's type.
    Aggregate(Vec<Operand>),
    /// A value of the destination's enum type; boxes if the type is boxed.
    Variant(u32, Vec<Operand>),
    /// Which variant an enum is, as an int.
    Tag(Place),
    /// The address of a place in memory.
    AddrOf(Place),
    /// The address of a capture or a module constant.
    Capture(u32),
    Global(GlobalId),
    /// The address of an element of a List or Array; the index is in range.
    Element {
        seq: Place,
        index: Operand,
        /// The sequence is sole: shared inner nodes are duplicated on the way.
        mutable: bool,
    },
    /// The n-th value after the one at this address, as they lie in a sequence.
    Step(Local, Operand),
    /// The n-th entry of a Map or Set after the one at this address (the map's type); its key and
    /// value; is it there?
    EntryAt(Local, Ty, Operand),
    EntryKey(Local, Ty),
    EntryValue(Local, Ty),
    EntryLive(Local),
    /// An address from a runtime entry: is it null?
    IsNull(Local),
    /// Length of a List, Array, Map, Set; code points of a string.
    Len(Place),
    /// Bytes of a string.
    Size(Place),
    /// Is the container held once (and whole)? An empty one is not. A bool.
    IsSole(Place),
    /// Would `MakeUnique` of the List or Array have nothing to do? A bool.
    IsReady(Place),
    Closure(FuncId, Vec<Operand>),
    MakeAny(VtableId, Operand),
    /// Is the `any` of a type's table (any table of that type)?
    AnyIs(Place, Ty),
    /// The address of the value inside an `any`'s box.
    AnyAddr(Place),
}

/// Operations on one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MathOp {
    CountOnes,
    LeadingZeros,
    TrailingZeros,
    Sqrt,
    Floor,
    Ceil,
    Trunc,
    /// Of a float, nan as one pattern; and back.
    ToBits,
    FromBits,
}

#[derive(Debug, Clone)]
pub enum Callee {
    Func(FuncId),
    /// A closure value, looked at.
    Value(Place),
    /// The method of the `any` that is the first argument.
    Any {
        method: u32,
    },
}

/// An argument of a runtime entry.
#[derive(Debug, Clone)]
pub enum Arg {
    /// Its leaves, each as one parameter.
    Val(Operand),
    /// A pointer to the value, looked at.
    Ref(Place),
    /// A pointer to the value, which the entry takes over.
    Take(Operand),
    /// A pointer to room for a result; the place has no value before.
    Out(Place),
    /// A pointer to the value, which the entry changes.
    InOut(Place),
    /// An address local's value.
    Addr(Local),
    /// The type's descriptor.
    Desc(Ty),
    Int(i64),
    /// The text's pointer and size.
    Text(Text),
    /// A format specification, as static data.
    Spec(Box<FormatSpec>),
    /// The name of an integer type, NUL-terminated.
    TypeName(Ty),
    /// The position in the source of the statement.
    SourceSite,
}

/// What of a format is known at compile time; -1 none, -2 given as an argument.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FormatSpec {
    pub fill: char,
    pub align: u8,
    pub plus: bool,
    pub alternate: bool,
    pub zero: bool,
    pub kind: u8,
    pub width: i32,
    pub precision: i32,
}

#[derive(Debug, Clone)]
pub struct Stmt {
    pub kind: StmtKind,
    pub site: Site,
}

#[derive(Debug, Clone)]
pub enum StmtKind {
    /// The destination's units hold nothing before.
    Assign(Place, Rvalue),
    Release(Place),
    /// Fills memory or a local with zero, whatever it held: it was moved out.
    Clear(Place),
    /// The container in the place becomes sole: duplicated if it was not. `status`: which it was
    /// (an i32: `NO_STORAGE`, `SOLE`, `SHARED`). `ready`: a bool that says, if it is true, that
    /// there is nothing to do, and is true afterwards.
    MakeUnique {
        place: Place,
        status: Option<Local>,
        ready: Option<Local>,
    },
    /// Panics unless `0 <= index < len` (`<=` if `end_too`).
    CheckIndex {
        index: Operand,
        len: Operand,
        end_too: bool,
    },
    /// A List (at most a leaf's room) or Array of these elements.
    MakeSeq {
        dst: Place,
        elems: Vec<Operand>,
    },
    Call {
        dst: Option<Place>,
        callee: Callee,
        args: Vec<Operand>,
    },
    Runtime {
        dst: Option<Place>,
        entry: Entry,
        args: Vec<Arg>,
    },
    /// Takes an enum of a known variant apart: its payload goes to these places, all of it.
    Unwrap {
        src: Place,
        variant: u32,
        dsts: Vec<Place>,
    },
    /// Takes the value of the destination's type out of an `any`.
    Unbox {
        dst: Place,
        src: Place,
    },
    /// Panics if the object (or the field) is being changed.
    CheckChange {
        object: Place,
        field: Option<u32>,
    },
    /// Adds one to a counter of the ledger.
    Count(u32),
    /// Adds a number to a counter that stands beside the ledger.
    CountBy(u32, Operand),
    /// A call or a turn of a loop, where `--max-steps` counts them.
    Step,
}

#[derive(Debug, Clone)]
pub enum Term {
    Goto(BlockId),
    Branch {
        cond: Operand,
        yes: BlockId,
        no: BlockId,
    },
    /// On an integer.
    Switch {
        on: Operand,
        cases: Vec<(u64, BlockId)>,
        default: BlockId,
    },
    Return(Operand),
    Unreachable,
}

impl Term {
    pub fn successors(&self) -> Vec<BlockId> {
        match self {
            Term::Goto(b) => vec![*b],
            Term::Branch { yes, no, .. } => vec![*yes, *no],
            Term::Switch { cases, default, .. } => cases
                .iter()
                .map(|c| c.1)
                .chain(std::iter::once(*default))
                .collect(),
            Term::Return(_) | Term::Unreachable => Vec::new(),
        }
    }

    pub fn successors_mut(&mut self) -> Vec<&mut BlockId> {
        match self {
            Term::Goto(b) => vec![b],
            Term::Branch { yes, no, .. } => vec![yes, no],
            Term::Switch { cases, default, .. } => cases
                .iter_mut()
                .map(|c| &mut c.1)
                .chain(std::iter::once(default))
                .collect(),
            Term::Return(_) | Term::Unreachable => Vec::new(),
        }
    }
}

impl Body {
    pub fn decl(&self, local: Local) -> &LocalDecl {
        &self.locals[local.index()]
    }

    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.index()]
    }

    /// One local more, of which nothing is said yet.
    pub fn new_local(&mut self, ty: Ty, kind: LocalKind) -> Local {
        self.locals.push(LocalDecl {
            ty,
            kind,
            clears: false,
            addressed: false,
            root: false,
            counts: false,
            name: None,
        });
        Local(self.locals.len() as u32 - 1)
    }
}

impl Const {
    pub fn ty(&self) -> Ty {
        match self {
            Const::Int(ty, _) | Const::Float(ty, _) | Const::Zero(ty) => *ty,
            Const::Str(_) => cowl_frontend::types::Types::STR,
        }
    }
}
