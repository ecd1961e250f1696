//! Whole values at any depth: unsharing them (`:=`, `copy`), copying them (eager mode), asking
//! whether they are shared. By work-list; not through pointers, `weak` and closures.

use crate::ledger::Met;
use crate::looks::address;
use crate::value::{AnyBox, V, own_parts};
use cowl_frontend::hir::SiteId;
use std::rc::Rc;

/// Duplicates every container in the value that has another holder. `site` is what `copied` names.
pub fn unshare(v: &mut V, site: SiteId, trimmed: &mut Vec<V>) -> Met {
    let mut met = Met::default();
    let mut work = vec![v];
    while let Some(v) = work.pop() {
        match v {
            V::Str(text) => {
                if text.has_storage() {
                    met.storage = true;
                    if !text.is_sole() {
                        met.copies(site, text.address());
                    }
                }
                text.own();
            }
            V::List(list) => {
                if list.is_empty() {
                    continue;
                }
                met.storage = true;
                if let Some(store) = list.store().filter(|_| !list.is_sole()) {
                    met.copies(site, Rc::as_ptr(store).addr());
                }
                list.own(trimmed);
                // All elements have one type: after a scalar only scalars come.
                if let Some(items) = list.own_items()
                    && !matches!(items.front(), Some(first) if is_scalar(first))
                {
                    work.extend(items.iter_mut().rev());
                }
            }
            V::Map(Some(map)) if !map.is_empty() => {
                met.storage = true;
                if Rc::strong_count(map) > 1 {
                    met.copies(site, Rc::as_ptr(map).addr());
                }
                work.extend(Rc::make_mut(map).parts_mut().filter(|v| !v.is_plain()));
            }
            V::Rec(parts) | V::Variant(_, parts) => work.extend(own_parts(parts).iter_mut()),
            V::Any(cell) => work.push(&mut Rc::make_mut(cell).value),
            _ => {}
        }
    }
    met
}

fn is_scalar(v: &V) -> bool {
    matches!(
        v,
        V::Bool(_) | V::Int(_) | V::U64(_) | V::Float(_) | V::Char(_) | V::Unit
    )
}

/// A value that shares no storage and no cell with any other, and how many values that has copied.
pub fn deep_copy(v: &V) -> (V, u64) {
    let mut copy = v.clone();
    let mut trimmed = Vec::new();
    let mut values = 0;
    // A clone is shared at its top, so this duplicates it level by level.
    let mut work = vec![&mut copy];
    while let Some(v) = work.pop() {
        values += 1;
        match v {
            V::Str(text) => text.own(),
            V::List(list) => {
                list.own(&mut trimmed);
                if let Some(items) = list.own_items() {
                    values += items.len() as u64;
                    work.extend(items.iter_mut().filter(|v| !v.is_plain()));
                }
            }
            V::Map(Some(map)) => {
                values += map.len() as u64;
                work.extend(Rc::make_mut(map).parts_mut().filter(|v| !v.is_plain()));
            }
            V::Rec(parts) | V::Variant(_, parts) => {
                work.extend(own_parts(parts).iter_mut().filter(|v| !v.is_plain()));
            }
            V::Any(cell) => {
                let AnyBox { vtable, ty, value } = &**cell;
                *cell = Rc::new(AnyBox {
                    vtable: *vtable,
                    ty: *ty,
                    value: value.clone(),
                });
                if let Some(cell) = Rc::get_mut(cell) {
                    work.push(&mut cell.value);
                }
            }
            _ => {}
        }
    }
    (copy, values)
}

/// Whether a walk along a place has met a storage with another holder.
pub struct Sole {
    /// Addresses of what looks refer to that are still pending: these references are no holders.
    looked_at: Vec<usize>,
    /// A cell on the way has another holder, and so has each container below it.
    cell_shared: bool,
    pub shared: bool,
}

impl Sole {
    pub fn new(looked_at: Vec<usize>) -> Sole {
        Sole {
            looked_at,
            cell_shared: false,
            shared: false,
        }
    }

    pub fn visit(&mut self, v: &V) {
        let references = match v {
            V::Str(text) => text.references(),
            V::List(list) => list.store().map_or(0, Rc::strong_count),
            V::Map(map) => map.as_ref().map_or(0, Rc::strong_count),
            V::Rec(parts) | V::Variant(_, parts) => Rc::strong_count(parts),
            V::Any(cell) => Rc::strong_count(cell),
            _ => 0,
        };
        let pending = match references {
            0 | 1 => 0,
            _ => {
                let this = address(v);
                let same = |&&seen: &&usize| Some(seen) == this;
                self.looked_at.iter().filter(same).count()
            }
        };
        let shared = references > 1 + pending;
        let has_storage = match v {
            V::Str(text) => text.has_storage(),
            V::List(list) => !list.is_empty(),
            V::Map(Some(map)) => !map.is_empty(),
            V::Rec(_) | V::Variant(..) | V::Any(_) => {
                self.cell_shared |= shared;
                false
            }
            _ => false,
        };
        if has_storage {
            self.shared |= shared || self.cell_shared;
        }
    }

    /// An object has one holder of its value: itself.
    pub fn enter_object(&mut self) {
        self.cell_shared = false;
    }
}
