//! The storage of strings: a text, and the range of bytes of it that a value covers.
//!
//! A string of at most `INLINE` bytes has no storage in the ledger's sense, however it is held
//! here. Positions in programs are code points; here they are bytes, except where said.

use std::cell::Cell;
use std::rc::Rc;

#[derive(Clone, Debug, Default)]
pub struct Str {
    /// `None`: empty.
    store: Option<Rc<Store>>,
    start: u32,
    size: u32,
}

#[derive(Debug)]
struct Store {
    text: String,
    /// Code points in `text`; `UNKNOWN` until asked for.
    chars: Cell<usize>,
}

const UNKNOWN: usize = usize::MAX;

/// A string of more bytes has a storage.
pub const INLINE: usize = 23;
/// A slice of less than this part of its storage is fresh.
const SMALL_PART: usize = 64;
/// A string's greatest size; more is out of memory.
pub const MAX_SIZE: usize = u32::MAX as usize;

impl Str {
    pub fn new(text: String) -> Str {
        let size = text.len() as u32;
        Str {
            store: (size > 0).then(|| {
                Rc::new(Store {
                    text,
                    chars: Cell::new(UNKNOWN),
                })
            }),
            start: 0,
            size,
        }
    }

    pub fn as_str(&self) -> &str {
        match &self.store {
            Some(store) => &store.text[self.start as usize..(self.start + self.size) as usize],
            None => "",
        }
    }

    /// Bytes.
    pub fn size(&self) -> usize {
        self.size as usize
    }

    /// Code points.
    pub fn len(&self) -> usize {
        match &self.store {
            None => 0,
            Some(store) if store.is_ascii() => self.size(),
            Some(store) if self.size() == store.text.len() => store.chars(),
            Some(_) => self.as_str().chars().count(),
        }
    }

    pub fn is_ascii(&self) -> bool {
        self.store.as_ref().is_none_or(|s| s.is_ascii())
    }

    /// The byte at which a code point begins; the length's is the size.
    pub fn byte_of(&self, index: usize) -> Option<usize> {
        if self.is_ascii() {
            return (index <= self.size()).then_some(index);
        }
        let text = self.as_str();
        let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        starts.nth(index)
    }

    pub fn char_at(&self, index: usize) -> Option<char> {
        let at = self.byte_of(index)?;
        self.as_str()[at..].chars().next()
    }

    /// Tells storages apart.
    pub fn address(&self) -> usize {
        self.store.as_ref().map_or(0, |s| Rc::as_ptr(s).addr())
    }

    /// Covers less than its storage.
    pub fn is_part(&self) -> bool {
        self.store
            .as_ref()
            .is_some_and(|s| s.text.len() > self.size())
    }

    pub fn has_storage(&self) -> bool {
        self.size() > INLINE
    }

    pub fn references(&self) -> usize {
        self.store.as_ref().map_or(0, Rc::strong_count)
    }

    pub fn is_sole(&self) -> bool {
        self.store.as_ref().is_none_or(|s| Rc::strong_count(s) == 1)
    }

    /// Makes the value the only holder of a text that it covers whole.
    pub fn own(&mut self) {
        let (start, size) = (self.start as usize, self.size as usize);
        let Some(rc) = &mut self.store else {
            return;
        };
        match Rc::get_mut(rc) {
            Some(store) if start == 0 && size == store.text.len() => {}
            Some(store) => {
                store.text.truncate(start + size);
                store.text.drain(..start);
                store.chars.set(UNKNOWN);
            }
            None => *self = Str::new(self.as_str().to_string()),
        }
        self.start = 0;
    }

    /// Changes the text; makes it this value's own first.
    pub fn edit<R>(&mut self, change: impl FnOnce(&mut String) -> R) -> R {
        self.edit_counted(|text, _| (change(text), UNKNOWN))
    }

    /// Adds at the end; the number of code points stays known, so that building is linear.
    pub fn append(&mut self, more: &str) {
        self.edit_counted(|text, chars| {
            text.push_str(more);
            let known = chars.checked_add(more.chars().count());
            ((), known.unwrap_or(UNKNOWN))
        });
    }

    /// Takes the last code point off.
    pub fn pop(&mut self) -> Option<char> {
        self.edit_counted(|text, chars| match text.pop() {
            Some(c) if chars != UNKNOWN => (Some(c), chars - 1),
            last => (last, UNKNOWN),
        })
    }

    /// `change` gets the number of code points, if known, and gives the new one.
    fn edit_counted<R>(&mut self, change: impl FnOnce(&mut String, usize) -> (R, usize)) -> R {
        self.own();
        let rc = self.store.get_or_insert_with(|| {
            Rc::new(Store {
                text: String::new(),
                chars: Cell::new(0),
            })
        });
        let store = Rc::get_mut(rc).expect("a text is changed only after it was made sole");
        let (result, chars) = change(&mut store.text, store.chars.get());
        store.chars.set(chars);
        self.size = store.text.len() as u32;
        if self.size == 0 {
            self.store = None;
        }
        result
    }

    /// A slicing operation on an owned value; bytes at character boundaries.
    pub fn slice(mut self, start: usize, end: usize) -> Str {
        let size = end - start;
        let whole = self.store.as_ref().map_or(0, |s| s.text.len());
        if !self.is_sole() && (size <= INLINE || size * SMALL_PART < whole) || size == 0 {
            return Str::new(self.as_str()[start..end].to_string());
        }
        self.start += start as u32;
        self.size = size as u32;
        if self.is_sole() {
            self.own();
        }
        self
    }
}

impl Store {
    fn chars(&self) -> usize {
        if self.chars.get() == UNKNOWN {
            self.chars.set(self.text.chars().count());
        }
        self.chars.get()
    }

    fn is_ascii(&self) -> bool {
        self.chars() == self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_and_bytes() {
        let s = Str::new("héllo".to_string());
        assert_eq!((s.len(), s.size()), (5, 6));
        assert_eq!(s.char_at(1), Some('é'));
        assert_eq!(s.char_at(4), Some('o'));
        assert_eq!(s.char_at(5), None);
        assert_eq!(s.byte_of(5), Some(6));
        assert_eq!(s.byte_of(6), None);
    }

    #[test]
    fn editing_keeps_other_holders() {
        let mut a = Str::new("abc".to_string());
        assert_eq!(a.len(), 3);
        let b = a.clone();
        a.edit(|t| t.push('é'));
        assert_eq!((a.as_str(), a.len()), ("abcé", 4));
        assert_eq!((b.as_str(), b.len()), ("abc", 3));
        a.edit(String::clear);
        assert_eq!((a.as_str(), a.len(), a.size()), ("", 0, 0));
    }

    #[test]
    fn a_long_slice_shares_and_a_short_one_does_not() {
        let long = Str::new("x".repeat(100));
        let slice = long.clone().slice(10, 60);
        assert!(!long.is_sole());
        assert_eq!(slice.len(), 50);
        drop(slice);
        let short = long.clone().slice(10, 33);
        assert!(long.is_sole());
        assert_eq!(short.size(), 23);
    }

    #[test]
    fn a_sole_slice_is_trimmed() {
        let slice = Str::new("aé".repeat(40)).slice(3, 33);
        assert_eq!((slice.size(), slice.len()), (30, 20));
        assert_eq!(slice.store.map(|s| s.text.len()), Some(30));
    }
}
