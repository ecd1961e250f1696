//! The entries by name: addresses for the JIT. Executables link to the same symbols.

use crate::alloc::*;
use crate::array::*;
use crate::compare::*;
use crate::count::*;
use crate::float::*;
use crate::io::*;
use crate::list::*;
use crate::map::*;
use crate::objects::*;
use crate::panic::*;
use crate::show::*;
use crate::system::*;
use crate::text::*;
use crate::unshare::*;
use cowl_contract::entries::Entry;
use cowl_contract::for_each_entry;

macro_rules! addresses {
    ($($(#[$doc:meta])* $name:ident($($p:ident: $mode:ident $machine:ident),*) -> $ret:ident [$($effect:ident)*];)*) => {
        /// The address of an entry.
        pub fn symbol(entry: Entry) -> *const u8 {
            match entry {
                $(Entry::$name => $name as *const u8,)*
            }
        }
    };
}

for_each_entry!(addresses);
