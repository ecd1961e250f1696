//! Makers on List and Array, and the ways between sequences.

use crate::fault::Fault;
use crate::list::List;
use crate::machine::{Machine, Res, Stop, ice};
use crate::value::V;
use cowl_contract::panic::Panic;
use cowl_frontend::hir::SiteId;
use std::rc::Rc;

impl Machine<'_> {
    /// `slice(a, b)` or `slice_from(a)` of a List, Array or string.
    pub(super) fn slice(&mut self, at: usize, to_end: bool, site: SiteId) -> Res {
        let start = self.int_arg(at + 1);
        let len = match self.arg(at) {
            V::List(list) => list.len(),
            V::Str(text) => text.len(),
            v => ice!("a slice of {v:?}"),
        };
        let end = if to_end {
            // Of a start beyond the end, the message names the range as it stands.
            (len as i64).max(start)
        } else {
            self.int_arg(at + 2)
        };
        let range = match (usize::try_from(start), usize::try_from(end)) {
            (Ok(a), Ok(b)) if a <= b && b <= len => Some((a, b)),
            _ => None,
        };
        let Some((a, b)) = range else {
            let len = len as u64;
            return Err(self.fault(Fault::plain(Panic::Range { start, end, len }, site)));
        };
        match self.slots[at].take() {
            V::List(list) => {
                let mut trimmed = Vec::new();
                let slice = list.slice(a, b, &mut trimmed);
                self.release_each(trimmed)?;
                Ok(V::List(slice))
            }
            V::Str(text) => {
                let from = text.byte_of(a).unwrap_or(text.size());
                let to = if text.is_ascii() {
                    b
                } else {
                    let rest = &text.as_str()[from..];
                    let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
                    from + ends.nth(b - a).unwrap_or(rest.len())
                };
                Ok(V::Str(text.slice(from, to)))
            }
            v => ice!("a slice of {v:?}"),
        }
    }

    /// A fresh storage of the same elements.
    pub(super) fn to_list(&mut self, at: usize) -> Res {
        let items = self.items_of(at)?;
        Ok(V::List(List::new(items.into())))
    }

    /// The elements of an owned sequence: moved where it is sole, else shared.
    pub(super) fn items_of(&mut self, at: usize) -> Result<Vec<V>, Stop> {
        match self.slots[at].take() {
            V::List(list) if list.is_sole() => {
                let mut trimmed = Vec::new();
                let items = list.into_items(&mut trimmed).into();
                self.release_each(trimmed)?;
                Ok(items)
            }
            V::List(list) => {
                let items = list.iter().map(|v| self.env.share(v)).collect();
                self.release(V::List(list))?;
                Ok(items)
            }
            V::Map(Some(map)) => match Rc::try_unwrap(map) {
                Ok(map) => Ok(map.into_pairs().map(|(key, _)| key).collect()),
                Err(map) => {
                    let items = map.iter().map(|(key, _)| self.env.share(key)).collect();
                    self.release(V::Map(Some(map)))?;
                    Ok(items)
                }
            },
            V::Map(None) => Ok(Vec::new()),
            V::Str(text) => Ok(text.as_str().chars().map(V::Char).collect()),
            v => ice!("the elements of {v:?}"),
        }
    }
}
