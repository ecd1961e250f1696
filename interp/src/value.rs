//! Values of running programs.
//!
//! One 24-byte enum. What the ledger calls a storage (List, Map, Set, Array, string) is an `Rc` of
//! its own, and the count of that `Rc` is the number of its holders once every cell above it is
//! sole. Structs, tuples, enum payloads and `any` boxes are cells: shared by `Rc` only to make
//! assignment cheap, they have no storage in the language's sense. So whoever changes something
//! behind a shared cell first makes the cell its own (`own_parts`), which gives the containers in
//! it the counts that the language says they have.
//!
//! Values are released by `Machine::release`, never by leaving scope, where they can hold others.

use crate::list::List;
use crate::map::MapStore;
use crate::text::Str;
use cowl_frontend::hir::{FuncId, SiteId, VtableId};
use cowl_frontend::types::Ty;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

#[derive(Clone, Debug, Default)]
pub enum V {
    /// No value: a local before its first assignment or after its move, a part that was moved out,
    /// and what `m!` has taken out of an object meanwhile.
    #[default]
    Empty,
    Unit,
    Bool(bool),
    /// Every integer type but `u64`.
    Int(i64),
    U64(u64),
    /// `float`; also `f32`, whose values are always exact in it.
    Float(f64),
    Char(char),
    Str(Str),
    /// List and Array.
    List(List),
    /// Map, and Set with unit values; `None` is empty.
    Map(Option<Rc<MapStore>>),
    /// A struct or tuple that has parts.
    Rec(Rc<[V]>),
    /// A variant without payload.
    Tag(u32),
    /// A variant with its payload.
    Variant(u32, Rc<[V]>),
    Any(Rc<AnyBox>),
    Fn(Rc<Closure>),
    Ptr(Rc<Object>),
    Weak(Option<Weak<Object>>),
}

#[derive(Clone, Debug)]
pub struct AnyBox {
    pub vtable: VtableId,
    /// The type of the value in it.
    pub ty: Ty,
    pub value: V,
}

#[derive(Debug)]
pub struct Closure {
    pub func: FuncId,
    pub captures: Vec<V>,
}

/// What `new` makes.
#[derive(Debug)]
pub struct Object {
    /// `Empty`, or with an `Empty` field, while `m!` has the value, and after the object's end.
    pub value: RefCell<V>,
    /// The type of the value.
    pub ty: Ty,
    pub state: Cell<ObjectState>,
    /// `deinit` runs once.
    pub deinit_done: Cell<bool>,
    pub site: SiteId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectState {
    Live,
    /// Its last strong reference is gone, or it is being collected: `weak` reads none.
    Dead,
}

/// The variant as which a `Desc` stands, so that values tell their order by themselves.
pub const DESC: u32 = u32::MAX;
/// The one as which a Heap stands: its equality looks at its elements in order.
pub const HEAP: u32 = u32::MAX - 1;

impl V {
    pub fn some(value: V) -> V {
        V::Variant(1, Rc::new([value]))
    }

    pub const NONE: V = V::Tag(0);

    pub fn option(value: Option<V>) -> V {
        value.map_or(V::NONE, V::some)
    }

    pub fn ok(value: V) -> V {
        V::Variant(0, Rc::new([value]))
    }

    pub fn err(value: V) -> V {
        V::Variant(1, Rc::new([value]))
    }

    pub fn pair(a: V, b: V) -> V {
        V::Rec(Rc::new([a, b]))
    }

    pub fn str(text: impl Into<String>) -> V {
        V::Str(Str::new(text.into()))
    }

    pub fn list(items: Vec<V>) -> V {
        V::List(List::new(items.into()))
    }

    /// Holds neither storage nor cell: dropping it does nothing.
    pub fn is_plain(&self) -> bool {
        match self {
            V::Empty
            | V::Unit
            | V::Bool(_)
            | V::Int(_)
            | V::U64(_)
            | V::Float(_)
            | V::Char(_)
            | V::Tag(_) => true,
            V::Str(_)
            | V::List(_)
            | V::Map(_)
            | V::Rec(_)
            | V::Variant(..)
            | V::Any(_)
            | V::Fn(_)
            | V::Ptr(_)
            | V::Weak(_) => false,
        }
    }

    /// Can hold other values, so that its end may be the end of more.
    pub fn has_children(&self) -> bool {
        match self {
            V::List(_)
            | V::Map(_)
            | V::Rec(_)
            | V::Variant(..)
            | V::Any(_)
            | V::Fn(_)
            | V::Ptr(_) => true,
            V::Empty
            | V::Unit
            | V::Bool(_)
            | V::Int(_)
            | V::U64(_)
            | V::Float(_)
            | V::Char(_)
            | V::Tag(_)
            | V::Str(_)
            | V::Weak(_) => false,
        }
    }

    /// Holds a storage, an object or a closure, now.
    pub fn holds(&self) -> bool {
        match self {
            V::Str(text) => text.size() > 0,
            V::List(list) => !list.is_empty(),
            V::Map(map) => map.is_some(),
            V::Rec(parts) | V::Variant(_, parts) => parts.iter().any(V::holds),
            V::Any(_) | V::Fn(_) | V::Ptr(_) => true,
            _ => false,
        }
    }

    pub fn is_empty_slot(&self) -> bool {
        matches!(self, V::Empty)
    }

    pub fn take(&mut self) -> V {
        std::mem::take(self)
    }
}

/// The parts of a cell that is this holder's own from now on.
pub fn own_parts(cell: &mut Rc<[V]>) -> &mut [V] {
    Rc::make_mut(cell)
}

/// The parts of a cell, moved out where this was its only holder, otherwise one share of each.
pub fn into_parts(mut cell: Rc<[V]>) -> Parts {
    match Rc::get_mut(&mut cell) {
        Some(parts) => Parts::Owned(parts.iter_mut().map(V::take).collect()),
        None => Parts::Shared(cell),
    }
}

pub enum Parts {
    Owned(Vec<V>),
    /// Still holds the cell: to be released after its parts were cloned.
    Shared(Rc<[V]>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_small() {
        assert_eq!(size_of::<V>(), 24);
        assert_eq!(size_of::<Result<V, crate::machine::Stop>>(), 24);
    }
}
