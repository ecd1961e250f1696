//! The storage of Map and Set: entries in order of insertion, and an index from hashes to entries.
//!
//! Keys are told apart by the total equality (`compare.rs`); hashes are keyed per process and never
//! show. A Set is a Map with unit values.

use crate::compare;
use crate::value::V;
use std::hash::{BuildHasher, RandomState};

#[derive(Debug, Clone, Default)]
pub struct MapStore {
    /// With holes (`key` is `Empty`) where entries were removed.
    entries: Vec<Entry>,
    live: usize,
    /// Open addressing: positions in `entries`, or `FREE`, or `REMOVED`. Its length is a power of two.
    index: Vec<u32>,
    /// Used slots of `index`, removed ones too.
    used: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    hash: u64,
    key: V,
    value: V,
}

const FREE: u32 = u32::MAX;
const REMOVED: u32 = u32::MAX - 1;

/// What an insertion did; the parts that did not stay are the caller's to release.
pub enum Inserted {
    New,
    /// The value that was displaced and the key that was not needed.
    Displaced {
        key: V,
        value: V,
    },
}

impl MapStore {
    pub fn len(&self) -> usize {
        self.live
    }

    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&V, &V)> {
        self.entries
            .iter()
            .filter(|e| !e.key.is_empty_slot())
            .map(|e| (&e.key, &e.value))
    }

    /// For changing what keys and values hold without changing which keys there are.
    pub fn parts_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.entries
            .iter_mut()
            .flat_map(|e| [&mut e.key, &mut e.value])
    }

    /// Entries with their hashes, for comparing whole maps.
    pub fn hashed(&self) -> impl Iterator<Item = (u64, &V, &V)> {
        self.entries
            .iter()
            .filter(|e| !e.key.is_empty_slot())
            .map(|e| (e.hash, &e.key, &e.value))
    }

    /// Takes the next entry at or after a position out; for loops over a sole map.
    pub fn take_from(&mut self, position: &mut usize) -> Option<(V, V)> {
        while let Some(entry) = self.entries.get_mut(*position) {
            *position += 1;
            if !entry.key.is_empty_slot() {
                self.live -= 1;
                return Some((entry.key.take(), entry.value.take()));
            }
        }
        None
    }

    /// The next entry at or after a position.
    pub fn next_from(&self, position: &mut usize) -> Option<(&V, &V)> {
        while let Some(entry) = self.entries.get(*position) {
            *position += 1;
            if !entry.key.is_empty_slot() {
                return Some((&entry.key, &entry.value));
            }
        }
        None
    }

    pub fn into_pairs(self) -> impl DoubleEndedIterator<Item = (V, V)> {
        self.entries
            .into_iter()
            .filter(|e| !e.key.is_empty_slot())
            .map(|e| (e.key, e.value))
    }

    pub fn get(&self, hash: u64, key: &V) -> Option<&V> {
        let at = self.find(hash, key)?;
        Some(&self.entries[at].value)
    }

    pub fn get_mut(&mut self, hash: u64, key: &V) -> Option<&mut V> {
        let at = self.find(hash, key)?;
        Some(&mut self.entries[at].value)
    }

    /// A present key stays where and as it is, its value is replaced; a new one goes to the end.
    pub fn insert(&mut self, hash: u64, key: V, value: V) -> Inserted {
        if let Some(at) = self.find(hash, &key) {
            let value = std::mem::replace(&mut self.entries[at].value, value);
            return Inserted::Displaced { key, value };
        }
        if (self.used + 1) * 4 > self.index.len() * 3 {
            self.rebuild();
        }
        let mask = self.index.len() - 1;
        let mut slot = hash as usize & mask;
        while self.index[slot] != FREE {
            slot = (slot + 1) & mask;
        }
        self.index[slot] = self.entries.len() as u32;
        self.used += 1;
        self.live += 1;
        self.entries.push(Entry { hash, key, value });
        Inserted::New
    }

    pub fn remove(&mut self, hash: u64, key: &V) -> Option<(V, V)> {
        let slot = self.find_slot(hash, key)?;
        let entry = &mut self.entries[self.index[slot] as usize];
        let pair = (entry.key.take(), entry.value.take());
        self.index[slot] = REMOVED;
        self.live -= 1;
        if self.entries.len() > 2 * self.live + 16 {
            self.rebuild();
        }
        Some(pair)
    }

    fn find(&self, hash: u64, key: &V) -> Option<usize> {
        self.find_slot(hash, key).map(|s| self.index[s] as usize)
    }

    fn find_slot(&self, hash: u64, key: &V) -> Option<usize> {
        if self.index.is_empty() {
            return None;
        }
        let mask = self.index.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.index[slot] {
                FREE => return None,
                REMOVED => {}
                at => {
                    let entry = &self.entries[at as usize];
                    if entry.hash == hash && compare::equal(&entry.key, key, true) {
                        return Some(slot);
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Closes holes and makes room for as much again.
    fn rebuild(&mut self) {
        self.entries.retain(|e| !e.key.is_empty_slot());
        let size = ((self.live + 1) * 2).next_power_of_two().max(8);
        self.index.clear();
        self.index.resize(size, FREE);
        self.used = self.live;
        for (at, entry) in self.entries.iter().enumerate() {
            let mut slot = entry.hash as usize & (size - 1);
            while self.index[slot] != FREE {
                slot = (slot + 1) & (size - 1);
            }
            self.index[slot] = at as u32;
        }
    }
}

/// Hashes keys; one per process.
#[derive(Debug, Default)]
pub struct KeyHasher(RandomState);

impl KeyHasher {
    pub fn hash(&self, key: &V) -> u64 {
        match key {
            V::Int(n) => self.0.hash_one(*n),
            _ => compare::hash(key, &self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(map: &MapStore) -> Vec<i64> {
        let int = |v: &V| match v {
            V::Int(n) => *n,
            _ => panic!("only ints here"),
        };
        map.iter().map(|(k, _)| int(k)).collect()
    }

    #[test]
    fn order_is_that_of_insertion() {
        let hasher = KeyHasher::default();
        let mut map = MapStore::default();
        for n in (0..1000).rev() {
            map.insert(hasher.hash(&V::Int(n)), V::Int(n), V::Unit);
        }
        for n in 0..1000 {
            if n % 7 != 0 {
                assert!(map.remove(hasher.hash(&V::Int(n)), &V::Int(n)).is_some());
            }
        }
        map.insert(hasher.hash(&V::Int(3)), V::Int(3), V::Unit);
        map.insert(hasher.hash(&V::Int(7)), V::Int(7), V::Unit);
        let mut expected: Vec<i64> = (0..1000).rev().filter(|n| n % 7 == 0).collect();
        expected.push(3);
        assert_eq!(keys(&map), expected);
        assert_eq!(map.len(), expected.len());
        assert!(map.get(hasher.hash(&V::Int(8)), &V::Int(8)).is_none());
    }
}
