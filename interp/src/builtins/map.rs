//! Readers and makers on Map and Set.

use crate::machine::{Machine, Res, ice};
use crate::value::V;
use cowl_contract::builtins::Builtin;
use std::rc::Rc;

impl Machine<'_> {
    pub(super) fn map_get(&mut self, at: usize) -> Res {
        let key = self.arg(at + 1);
        let found = match self.arg(at) {
            V::Map(map) => map
                .as_ref()
                .and_then(|m| m.get(self.env.hasher.hash(key), key)),
            v => ice!("get of {v:?}"),
        };
        Ok(V::option(found.map(|v| self.env.share(v))))
    }

    pub(super) fn contains(&mut self, at: usize) -> Res {
        let key = self.arg(at + 1);
        Ok(V::Bool(match self.arg(at) {
            V::Map(map) => map
                .as_ref()
                .is_some_and(|m| m.get(self.env.hasher.hash(key), key).is_some()),
            V::Str(text) => text.as_str().contains(self.text_arg(at + 1).as_str()),
            V::List(list) => list.iter().any(|v| crate::compare::equal(v, key, false)),
            v => ice!("contains of {v:?}"),
        }))
    }

    /// `keys`, `values`, `pairs` of an owned Map: moved where it is sole, else shared.
    pub(super) fn entries(&mut self, op: Builtin, at: usize) -> Res {
        let V::Map(Some(map)) = self.slots[at].take() else {
            return Ok(V::list(Vec::new()));
        };
        let mut unused = Vec::new();
        let items = match Rc::try_unwrap(map) {
            Ok(map) => {
                let entry = |(key, value)| match op {
                    Builtin::Keys => {
                        unused.push(value);
                        key
                    }
                    Builtin::Values => {
                        unused.push(key);
                        value
                    }
                    _ => V::pair(key, value),
                };
                map.into_pairs().map(entry).collect()
            }
            Err(map) => {
                let share = |v| self.env.share(v);
                let entry = |(key, value)| match op {
                    Builtin::Keys => share(key),
                    Builtin::Values => share(value),
                    _ => V::pair(share(key), share(value)),
                };
                let items = map.iter().map(entry).collect();
                self.release(V::Map(Some(map)))?;
                items
            }
        };
        self.release_each(unused)?;
        Ok(V::list(items))
    }
}
