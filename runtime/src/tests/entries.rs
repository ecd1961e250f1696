//! The entries have the signatures of the table.

use crate::ctx::Cx;
use cowl_contract::entries::{Entry, Machine};
use cowl_contract::for_each_entry;

/// The machine type of a Rust type.
trait AsMachine {
    const MACHINE: Machine;
}

macro_rules! machines {
    ($($ty:ty => $machine:ident;)*) => {
        $(impl AsMachine for $ty {
            const MACHINE: Machine = Machine::$machine;
        })*
    };
}

machines! {
    () => Unit;
    u8 => I8;
    i32 => I32;
    u32 => I32;
    i64 => I64;
    f64 => F64;
}

impl<T> AsMachine for *mut T {
    const MACHINE: Machine = Machine::Ptr;
}

impl<T> AsMachine for *const T {
    const MACHINE: Machine = Machine::Ptr;
}

trait Signature {
    fn machines(&self) -> (Vec<Machine>, Machine);
}

macro_rules! signatures {
    ($(($($p:ident)*))*) => {
        $(impl<R: AsMachine, $($p: AsMachine),*> Signature
            for unsafe extern "C" fn(Cx, $($p),*) -> R
        {
            fn machines(&self) -> (Vec<Machine>, Machine) {
                (vec![$($p::MACHINE),*], R::MACHINE)
            }
        })*
    };
}

signatures! {
    ()
    (A)
    (A B)
    (A B C)
    (A B C D)
    (A B C D E)
    (A B C D E F)
}

macro_rules! check {
    ($($(#[$doc:meta])* $name:ident($($p:ident: $mode:ident $machine:ident),*) -> $ret:ident [$($effect:ident)*];)*) => {
        fn all() -> Vec<(Entry, (Vec<Machine>, Machine))> {
            use crate::{alloc::*, array::*, compare::*, count::*, float::*, io::*, list::*, map::*};
            use crate::{objects::*, panic::*, show::*, system::*, text::*, unshare::*};
            vec![$((
                Entry::$name,
                // The number of parameters is in the cast, their types are inferred.
                ($name as unsafe extern "C" fn(Cx $(, check!(@any $p))*) -> _).machines(),
            ),)*]
        }
    };
    (@any $p:ident) => { _ };
}

for_each_entry!(check);

#[test]
fn signatures_are_those_of_the_table() {
    for (entry, (params, ret)) in all() {
        let info = entry.info();
        let want: Vec<Machine> = info.params.iter().map(|p| p.machine).collect();
        assert_eq!((params, ret), (want, info.ret), "{}", info.name);
        assert!(!crate::symbol(entry).is_null());
    }
}
