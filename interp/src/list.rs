//! The storage of List and Array: a deque of elements, and the range of it that a value covers.
//!
//! A value that covers less than its storage is a slice: one more holder of the whole storage.
//! Elements that leave a storage go to the caller, who releases them.

use crate::value::V;
use std::collections::{VecDeque, vec_deque};
use std::rc::Rc;

#[derive(Clone, Debug, Default)]
pub struct List {
    /// `None`: empty.
    store: Option<Rc<VecDeque<V>>>,
    start: u32,
    len: u32,
}

/// A slice of at most so many elements is a fresh storage.
const SMALL: usize = 32;
/// So is one of less than this part of its storage.
const SMALL_PART: usize = 64;

impl List {
    pub fn new(items: VecDeque<V>) -> List {
        let len = items.len() as u32;
        List {
            store: (len > 0).then(|| Rc::new(items)),
            start: 0,
            len,
        }
    }

    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get(&self, index: usize) -> Option<&V> {
        if index >= self.len() {
            return None;
        }
        self.store.as_ref()?.get(self.start as usize + index)
    }

    pub fn iter(&self) -> vec_deque::Iter<'_, V> {
        let (start, end) = (self.start as usize, (self.start + self.len) as usize);
        match &self.store {
            Some(store) => store.range(start..end),
            None => Default::default(),
        }
    }

    /// Is this value the only holder of its storage?
    pub fn is_sole(&self) -> bool {
        self.store.as_ref().is_none_or(|s| Rc::strong_count(s) == 1)
    }

    pub fn store(&self) -> Option<&Rc<VecDeque<V>>> {
        self.store.as_ref()
    }

    pub fn into_store(self) -> Option<Rc<VecDeque<V>>> {
        self.store
    }

    /// Makes the value the only holder of a storage that it covers whole: duplicates a shared one,
    /// trims a sole slice; `trimmed` gets what it no longer covers.
    pub fn own(&mut self, trimmed: &mut Vec<V>) {
        let (start, len) = (self.start as usize, self.len as usize);
        let Some(rc) = &mut self.store else {
            return;
        };
        match Rc::get_mut(rc) {
            Some(items) => {
                if start > 0 {
                    trimmed.extend(items.drain(..start));
                }
                if len < items.len() {
                    trimmed.extend(items.drain(len..));
                }
            }
            None => {
                let copy: VecDeque<V> = rc.range(start..start + len).cloned().collect();
                *rc = Rc::new(copy);
            }
        }
        self.start = 0;
    }

    /// Changes the elements of a value that has been made sole (`own`).
    pub fn edit<R>(&mut self, change: impl FnOnce(&mut VecDeque<V>) -> R) -> R {
        let rc = self.store.get_or_insert_default();
        let items = Rc::get_mut(rc).expect("a list is changed only after it was made sole");
        let result = change(items);
        self.len = items.len() as u32;
        if self.len == 0 {
            self.store = None;
        }
        result
    }

    /// The elements of a value that has been made sole; `None` if it is empty.
    pub fn own_items(&mut self) -> Option<&mut VecDeque<V>> {
        self.store.as_mut().and_then(Rc::get_mut)
    }

    /// The element of a value that has been made sole.
    pub fn own_item(&mut self, index: usize) -> &mut V {
        let rc = self.store.as_mut().expect("an index was checked");
        let items = Rc::get_mut(rc).expect("a list is changed only after it was made sole");
        &mut items[index]
    }

    /// The elements: moved out of a sole storage (what a slice does not cover goes to `trimmed`),
    /// otherwise shared.
    pub fn into_items(mut self, trimmed: &mut Vec<V>) -> VecDeque<V> {
        if self.is_sole() {
            self.own(trimmed);
            self.store
                .and_then(|rc| Rc::try_unwrap(rc).ok())
                .unwrap_or_default()
        } else {
            self.iter().cloned().collect()
        }
    }

    /// Takes the first element out of a storage that is this value's alone.
    pub fn take_first(&mut self) -> Option<V> {
        let rc = self.store.as_mut()?;
        let items = Rc::get_mut(rc)?;
        if self.len == 0 {
            return None;
        }
        let item = items[self.start as usize].take();
        self.start += 1;
        self.len -= 1;
        Some(item)
    }

    /// A slicing operation on an owned value; the range has been checked.
    pub fn slice(mut self, start: usize, end: usize, trimmed: &mut Vec<V>) -> List {
        let len = end - start;
        let whole = self.store.as_ref().map_or(0, |s| s.len());
        let from = self.start as usize + start;
        if self.is_sole() {
            self.start = from as u32;
            self.len = len as u32;
            self.own(trimmed);
            if len == 0 {
                self.store = None;
            }
            return self;
        }
        if len <= SMALL || len * SMALL_PART < whole {
            let items = self.iter().skip(start).take(len).cloned().collect();
            return List::new(items);
        }
        self.start = from as u32;
        self.len = len as u32;
        self
    }
}
