//! The report of copies: what the ledger counts, and beside it what had nothing to copy, how much
//! the copies weigh in the compiled layout, and who else held the value.

use crate::ledger::Met;
use crate::machine::{Env, Machine};
use crate::value::V;
use cowl_contract::copies::{Copied, Copies, Holder, Stored};
use cowl_contract::ledger::Place;
use cowl_frontend::hir::{ShapeKind, SiteId, UnshareEvent};
use cowl_frontend::types::{Ty, TyData, Types};
use rustc_hash::FxHashMap;
use std::rc::Rc;

#[derive(Default)]
pub struct Report {
    nothing: FxHashMap<SiteId, u64>,
    /// By the event's site and the segment's.
    copied: FxHashMap<(SiteId, SiteId), Copied>,
    /// The promise that ended the program, and where.
    broken: Option<(SiteId, String)>,
}

/// Looking for holders goes through all that the program holds: it is done for the first copies at
/// a place, then for ever fewer.
const ALWAYS: u64 = 8;

fn examines(n: u64) -> bool {
    n <= ALWAYS || n.is_power_of_two()
}

/// How types lie in compiled programs, by type; empty where nobody asks.
pub type Storages = Vec<Option<Stored>>;

impl Machine<'_> {
    pub fn reports(&self) -> bool {
        self.report.is_some()
    }

    /// After the ledger has counted.
    pub(crate) fn report_event(&mut self, site: SiteId, met: Met, value: Option<&V>) {
        if !self.reports() {
            return;
        }
        match met.copied {
            Some(segment) => self.report_copy(site, segment, met, value, 1),
            None if met.empty && !met.storage => {
                if let Some(report) = &mut self.report {
                    *report.nothing.entry(site).or_default() += 1;
                }
            }
            None => {}
        }
    }

    /// A copy that broke a promise counts nothing, but its reason is told.
    pub(crate) fn report_broken(&mut self, site: SiteId, met: Met, function: &str) {
        if let (true, Some(segment)) = (self.reports(), met.copied) {
            self.report_copy(site, segment, met, None, 0);
            if let Some(report) = &mut self.report {
                report.broken = Some((site, function.to_string()));
            }
        }
    }

    fn report_copy(
        &mut self,
        site: SiteId,
        segment: SiteId,
        met: Met,
        value: Option<&V>,
        times: u64,
    ) {
        let Some(report) = &mut self.report else {
            return;
        };
        let copied = report.copied.entry((site, segment)).or_default();
        copied.times += times;
        copied.bytes += met.bytes * times;
        if !examines(copied.times) {
            return;
        }
        copied.examined += 1;
        let found = self.holders(met.address, site, value);
        let holders: Vec<Holder> = found
            .into_iter()
            .map(|f| Holder {
                kind: f.kind,
                name: f.name,
                function: f.function,
                at: f.at.map(|site| self.place_of(site)),
                again: f.again.map(|site| self.place_of(site)),
                times: 1,
            })
            .collect();
        if let Some(copied) = self
            .report
            .as_mut()
            .and_then(|r| r.copied.get_mut(&(site, segment)))
        {
            holders.into_iter().for_each(|h| copied.add(h));
        }
    }

    pub fn copies(&self) -> Option<Copies> {
        let report = self.report.as_ref()?;
        let mut copies = Copies {
            explained: true,
            ..Copies::default()
        };
        copies.add_ledger(&self.ledger()?);
        for (&site, &n) in &report.nothing {
            copies.at(self.place_of(site)).nothing += n;
        }
        for (&(site, segment), copied) in &report.copied {
            let Place { line, col, .. } = self.place_of(segment);
            let updates = copies.at(self.place_of(site));
            // The ledger has counted; several sites never share a place.
            let entry = updates.copied.entry((line, col)).or_default();
            entry.bytes += copied.bytes;
            entry.examined += copied.examined;
            copied.holders.iter().for_each(|h| entry.add(h.clone()));
        }
        if let Some((site, function)) = &report.broken {
            copies.at(self.place_of(*site)).promise = Some(function.clone());
        }
        Some(copies)
    }
}

/// The place at which a `:=` or `copy` counts.
pub fn unshare_site(event: UnshareEvent) -> Option<SiteId> {
    match event {
        UnshareEvent::Both(site) | UnshareEvent::CopiedOnly(site) => Some(site),
        UnshareEvent::None => None,
    }
}

impl Env<'_> {
    /// What unsharing a value copies, in compiled programs.
    pub fn weight(&self, v: &V, ty: Ty) -> u64 {
        let mut weight = 0;
        // How many holders storages have left, once others in this value have their own.
        let mut left: FxHashMap<usize, usize> = FxHashMap::default();
        let mut work = vec![(v, ty, false)];
        while let Some((v, ty, below)) = work.pop() {
            let mut weigh = |address: usize, count: usize, len: usize| {
                let holders = left.entry(address).or_insert(count);
                let copied = below || *holders > 1;
                if copied && !below {
                    *holders -= 1;
                }
                weight += if copied { self.bytes(ty, len) } else { 0 };
                copied
            };
            match v {
                V::Str(text) if text.has_storage() => {
                    let count = if text.is_sole() { 1 } else { 2 };
                    weigh(text.address(), count, text.size());
                }
                V::List(list) => {
                    let Some(store) = list.store().filter(|_| !list.is_empty()) else {
                        continue;
                    };
                    let count = Rc::strong_count(store);
                    let copied = weigh(Rc::as_ptr(store).addr(), count, list.len());
                    let elem = match self.types.data(ty) {
                        TyData::List(t) | TyData::Array(t) => *t,
                        _ => Types::ERROR,
                    };
                    let parts = list.iter().filter(|v| !v.is_plain());
                    work.extend(parts.map(|v| (v, elem, copied)));
                }
                V::Map(Some(map)) if !map.is_empty() => {
                    let copied = weigh(Rc::as_ptr(map).addr(), Rc::strong_count(map), map.len());
                    let (key, value) = match self.types.data(ty) {
                        TyData::Map(k, v) => (*k, *v),
                        TyData::Set(k) => (*k, Types::UNIT),
                        _ => (Types::ERROR, Types::ERROR),
                    };
                    for (k, x) in map.iter() {
                        work.extend([(k, key, copied), (x, value, copied)]);
                    }
                }
                V::Rec(parts) => {
                    let below = below || Rc::strong_count(parts) > 1;
                    for (i, part) in parts.iter().enumerate() {
                        work.push((part, self.part_ty(ty, None, i), below));
                    }
                }
                V::Variant(variant, parts) => {
                    let below = below || Rc::strong_count(parts) > 1;
                    for (i, part) in parts.iter().enumerate() {
                        work.push((part, self.part_ty(ty, Some(*variant), i), below));
                    }
                }
                V::Any(cell) => {
                    let below = below || Rc::strong_count(cell) > 1;
                    work.push((&cell.value, cell.ty, below));
                }
                _ => {}
            }
        }
        weight
    }

    /// The type of a part of a struct, tuple or variant, where the whole's is known.
    pub fn part_ty(&self, ty: Ty, variant: Option<u32>, i: usize) -> Ty {
        let part = match (self.types.data(ty), variant) {
            (TyData::Tuple(parts), _) => parts.get(i).copied(),
            (TyData::Adt(..), variant) => match (&self.shape(ty).kind, variant) {
                (ShapeKind::Struct(fields), None) => fields.get(i).map(|f| f.ty),
                (ShapeKind::Enum(variants), Some(v)) => variants
                    .get(v as usize)
                    .and_then(|v| v.fields.get(i))
                    .map(|f| f.ty),
                _ => None,
            },
            _ => None,
        };
        part.unwrap_or(Types::ERROR)
    }
}
