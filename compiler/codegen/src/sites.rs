//! Positions in compiled code: a `Site` says where in the source an operation stands, in which
//! function, and into which other site that code was inlined. It is what `SourceLoc` carries
//! through Cranelift, and the row number of the program's frame table.

use cowl_contract::layout::NO_FRAME;
use cowl_frontend::hir::{FuncId, SiteId};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::fmt;

/// Index of a `Row`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Site(pub u32);

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Row {
    pub site: SiteId,
    pub func: FuncId,
    /// `None` where the code stands in its own function.
    pub parent: Option<Site>,
}

impl Row {
    pub fn parent_index(&self) -> u32 {
        self.parent.map_or(NO_FRAME, |p| p.0)
    }
}

/// All rows of one compilation.
#[derive(Debug, Default)]
pub struct Sites {
    inner: RefCell<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    rows: Vec<Row>,
    ids: FxHashMap<Row, Site>,
}

impl Sites {
    pub fn add(&self, row: Row) -> Site {
        let mut inner = self.inner.borrow_mut();
        let next = Site(inner.rows.len() as u32);
        let id = *inner.ids.entry(row).or_insert(next);
        if id == next {
            inner.rows.push(row);
        }
        id
    }

    pub fn row(&self, site: Site) -> Row {
        self.inner.borrow().rows[site.0 as usize]
    }

    pub fn rows(&self) -> Vec<Row> {
        self.inner.borrow().rows.clone()
    }
}
