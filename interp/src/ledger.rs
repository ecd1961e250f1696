//! Counting what changes do to storages, by site; turned into the contract's ledger at the end.

use crate::machine::{Machine, Stop};
use crate::report::unshare_site;
use crate::value::V;
use cowl_contract::ledger::{Event, Ledger, Objects, Place};
use cowl_contract::panic::Panic;
use cowl_frontend::hir::{SiteId, UnshareEvent};
use rustc_hash::FxHashMap;

pub struct Counter {
    in_place: Vec<u64>,
    moved: FxHashMap<SiteId, u64>,
    /// By the event's site and the segment's.
    copied: FxHashMap<(SiteId, SiteId), u64>,
}

/// What one walk met.
#[derive(Clone, Copy, Debug, Default)]
pub struct Met {
    pub storage: bool,
    /// It met an empty or inline one.
    pub empty: bool,
    /// The segment of the outermost container that was duplicated.
    pub copied: Option<SiteId>,
    /// The storage of that container, before.
    pub address: usize,
    /// What is copied weighs so much in compiled programs; only where it is asked for.
    pub bytes: u64,
}

impl Met {
    /// A container is shared; the first one counts.
    pub fn copies(&mut self, segment: SiteId, address: usize) {
        if self.copied.is_none() {
            self.copied = Some(segment);
            self.address = address;
        }
    }
}

impl Counter {
    pub fn new(sites: usize) -> Counter {
        Counter {
            in_place: vec![0; sites],
            moved: FxHashMap::default(),
            copied: FxHashMap::default(),
        }
    }
}

impl Machine<'_> {
    /// In an `@in_place` function a copy is a panic, before it counts.
    pub fn keep_promise(&mut self, event: Option<SiteId>, met: Met) -> Result<(), Stop> {
        let (Some(site), Some(_)) = (event, met.copied) else {
            return Ok(());
        };
        let func = self.func.filter(|_| !self.env.eager);
        match func.and_then(|f| f.in_place.as_deref()) {
            Some(function) => {
                self.report_broken(site, met, function);
                Err(self.panic(Panic::Copies { function }, site))
            }
            None => Ok(()),
        }
    }

    /// One update: at most one event.
    pub fn count_update(&mut self, event: Option<SiteId>, met: Met) {
        let (Some(site), false) = (event, self.in_std()) else {
            return;
        };
        let Some(counter) = &mut self.counter else {
            return;
        };
        match met.copied {
            Some(segment) => *counter.copied.entry((site, segment)).or_default() += 1,
            None if met.storage => counter.in_place[site.index()] += 1,
            None => {}
        }
        self.report_event(site, met, None);
    }

    /// A `:=` or `copy`. It has no path, so its segment is its own position.
    pub fn count_unshare(&mut self, event: UnshareEvent, met: Met, value: &V) {
        let (Some(site), false) = (unshare_site(event), self.in_std()) else {
            return;
        };
        let Some(counter) = &mut self.counter else {
            return;
        };
        let both = matches!(event, UnshareEvent::Both(_));
        if met.copied.is_some() {
            *counter.copied.entry((site, site)).or_default() += 1;
            let met = Met {
                copied: Some(site),
                ..met
            };
            self.report_event(site, met, Some(value));
        } else if met.storage && both {
            *counter.moved.entry(site).or_default() += 1;
        }
    }

    /// The counts so far, by places of the source.
    pub fn ledger(&self) -> Option<Ledger> {
        let counter = self.counter.as_ref()?;
        let mut ledger = Ledger {
            objects: Objects {
                allocated: self.heap.allocated,
                freed: self.heap.freed,
                collected: self.heap.collected,
                live: self.heap.live(),
            },
            ..Ledger::default()
        };
        for (site, &n) in counter.in_place.iter().enumerate().filter(|&(_, &n)| n > 0) {
            ledger.count(self.place_of(SiteId(site as u32)), Event::InPlace, n);
        }
        for (&site, &n) in &counter.moved {
            ledger.count(self.place_of(site), Event::Moved, n);
        }
        for (&(site, segment), &n) in &counter.copied {
            let segment = self.place_of(segment);
            let event = Event::Copied {
                line: segment.line,
                col: segment.col,
            };
            ledger.count(self.place_of(site), event, n);
        }
        Some(ledger)
    }

    pub(crate) fn place_of(&self, site: SiteId) -> Place {
        let span = self.program.sites.span(site);
        let at = self.sources.line_col(span);
        Place {
            file: self.sources.file(span.file).name.clone(),
            line: at.line,
            col: at.col,
        }
    }
}
