//! `Map` and `Set` against a model that keeps insertion order, with several versions that share.

use super::types::{self, Sample, Tracked, samples};
use super::{tracked, with_cx};
use crate::block::{retain, word};
use crate::count::release_value;
use crate::ctx::Cx;
use crate::elem::is_live;
use crate::index::{self, Part};
use crate::map::*;
use cowl_contract::layout::{ENTRY_KEY, NO_STORAGE, SOLE};
use proptest::prelude::*;
use std::ptr;

struct Version {
    place: *mut u8,
    /// Keys and values, in order.
    model: Vec<(u32, u32)>,
}

struct World {
    cx: Cx,
    key: Sample,
    value: Sample,
    desc: types::Desc,
    versions: Vec<Version>,
    next: u32,
}

impl World {
    fn new(cx: Cx, key: Sample, value: Sample) -> World {
        World {
            cx,
            key,
            value,
            desc: types::map(key.desc, value.desc),
            versions: vec![Version {
                place: ptr::null_mut(),
                model: Vec::new(),
            }],
            next: 0,
        }
    }

    unsafe fn check(&self) {
        for version in &self.versions {
            let map = version.place;
            let (mut all, mut pos) = (Vec::new(), 0);
            while pos < cowl_map_end(self.cx, map) {
                let mut n = 0;
                let ptr = cowl_map_leaf(self.cx, map, pos, self.desc, &mut n);
                for i in 0..n as usize {
                    let entry = ptr.add(i * self.desc.entry_size as usize);
                    if is_live(entry) {
                        let value = entry.add(self.desc.value_offset as usize);
                        let key = self.key.read(entry.add(ENTRY_KEY as usize));
                        all.push((key, self.value.read(value)));
                    }
                }
                pos += n;
            }
            assert_eq!(all, version.model);
            assert_eq!(len(map.cast()), version.model.len());
            assert_eq!(map.is_null(), version.model.is_empty());
        }
        let held = self.versions.iter().flat_map(|v| v.model.iter());
        tracked::check(self.value, held.map(|pair| pair.1));
    }

    /// Looks up every key of a version, and some that are not there.
    unsafe fn look_up(&self, v: usize) {
        let version = &self.versions[v];
        for n in 0..40 {
            let key = self.key.make(self.cx, n);
            let found = cowl_map_find(self.cx, version.place, key.as_ptr().cast(), self.desc);
            let want = version.model.iter().find(|p| p.0 == n).map(|p| p.1);
            let have = (!found.is_null()).then(|| self.value.read(found));
            assert_eq!(have, want);
            self.key.drop(self.cx, &key);
        }
    }

    unsafe fn own(&mut self, v: usize) -> *mut u8 {
        let place = (&raw mut self.versions[v].place).cast::<u8>();
        let before = status(word(place).cast());
        assert_eq!(cowl_map_make_unique(self.cx, place, self.desc), before);
        assert!(matches!(status(word(place).cast()), NO_STORAGE | SOLE));
        place
    }

    unsafe fn release(&self, map: *mut u8) {
        release_value(self.cx, (&raw const map).cast(), self.desc);
    }

    fn fresh(&mut self) -> (u32, Vec<u64>) {
        self.next += 1;
        if self.value.tracked == Tracked::No {
            self.next %= 250;
        }
        (self.next, self.value.make(self.cx, self.next))
    }

    unsafe fn insert(&mut self, v: usize, n: u32) {
        let place = self.own(v);
        let mut key = self.key.make(self.cx, n);
        let (id, mut value) = self.fresh();
        let (key, value) = (key.as_mut_ptr().cast(), value.as_mut_ptr().cast());
        cowl_map_insert(self.cx, place, key, value, self.desc);
        let model = &mut self.versions[v].model;
        match model.iter_mut().find(|p| p.0 == n) {
            Some(pair) => pair.1 = id,
            None => model.push((n, id)),
        }
    }

    unsafe fn remove(&mut self, v: usize, n: u32) {
        let place = self.own(v);
        let key = self.key.make(self.cx, n);
        let mut out = vec![0u64; 16];
        let wanted = key.as_ptr().cast();
        let had = cowl_map_extract(self.cx, place, wanted, self.desc, out.as_mut_ptr().cast());
        self.key.drop(self.cx, &key);
        let model = &mut self.versions[v].model;
        match model.iter().position(|p| p.0 == n) {
            Some(at) => {
                assert_eq!(had, 1);
                assert_eq!(self.value.read(out.as_ptr().cast()), model.remove(at).1);
                self.value.drop(self.cx, &out);
            }
            None => assert_eq!(had, 0),
        }
    }

    unsafe fn step(&mut self, kind: u8, v: u8, a: u16, b: u16) {
        let (cx, desc) = (self.cx, self.desc);
        let v = v as usize % self.versions.len();
        // Bytes as keys have few values; so small that keys meet often.
        let n = u32::from(a % 250);
        match kind {
            0 => self.insert(v, n),
            1 => {
                for i in 0..u32::from(b % 120) {
                    self.insert(v, (n + i * 7) % 250);
                }
            }
            2 => self.remove(v, n),
            3 => {
                for i in 0..u32::from(b % 120) {
                    self.remove(v, (n + i * 3) % 250);
                }
            }
            4 => {
                // From the front, as a queue does.
                for _ in 0..(b as usize % 60).min(self.versions[v].model.len()) {
                    let first = self.versions[v].model[0].0;
                    self.remove(v, first);
                }
            }
            5 => {
                let place = self.own(v);
                let key = self.key.make(cx, n);
                let found = cowl_map_find_mut(cx, place, key.as_ptr().cast(), desc);
                self.key.drop(cx, &key);
                let at = self.versions[v].model.iter().position(|p| p.0 == n);
                assert_eq!(found.is_null(), at.is_none());
                if let Some(at) = at {
                    let (id, value) = self.fresh();
                    release_value(cx, found, self.value.desc);
                    let size = self.value.desc.size as usize;
                    ptr::copy_nonoverlapping(value.as_ptr().cast(), found, size);
                    self.versions[v].model[at].1 = id;
                }
            }
            6 => {
                let place = self.own(v);
                let mut key = self.key.make(cx, n);
                let (id, mut default) = self.fresh();
                let key = key.as_mut_ptr().cast();
                let found = cowl_map_place(cx, place, key, default.as_mut_ptr().cast(), desc);
                // Not needed, or zero: nothing is left to release.
                release_value(cx, default.as_ptr().cast(), self.value.desc);
                let model = &mut self.versions[v].model;
                let want = match model.iter().find(|p| p.0 == n) {
                    Some(pair) => pair.1,
                    None => {
                        model.push((n, id));
                        id
                    }
                };
                assert_eq!(self.value.read(found), want);
            }
            7 if self.versions.len() < 5 => {
                let version = &self.versions[v];
                let (place, model) = (version.place, version.model.clone());
                if !place.is_null() {
                    retain(place);
                }
                self.versions.push(Version { place, model });
            }
            8 if self.versions.len() > 1 => {
                let gone = self.versions.swap_remove(v);
                self.release(gone.place);
            }
            9 => {
                let list = types::list(self.key.desc);
                if !self.versions[v].place.is_null() {
                    retain(self.versions[v].place);
                }
                let mut keys = cowl_map_keys(cx, self.versions[v].place, desc, list);
                let n = crate::vector::len(keys.cast());
                assert_eq!(n, self.versions[v].model.len());
                release_value(cx, (&raw mut keys).cast(), list);
            }
            10 => self.move_out(v, b as usize),
            _ => self.look_up(v),
        }
    }

    /// Moves the first entries out, as a loop does that is left early.
    unsafe fn move_out(&mut self, v: usize, b: usize) {
        let (cx, desc) = (self.cx, self.desc);
        let place = self.own(v);
        let end = cowl_map_end(cx, word(place)) as usize;
        let stop = b % (end + 1);
        let mut pos = 0;
        while pos < stop {
            let mut n = 0;
            let ptr = cowl_map_leaf_mut(cx, place, pos as i64, desc, &mut n);
            let n = (n as usize).min(stop - pos);
            for i in 0..n {
                let entry = ptr.add(i * desc.entry_size as usize);
                if is_live(entry) {
                    release_value(cx, entry.add(ENTRY_KEY as usize), self.key.desc);
                    let value = entry.add(desc.value_offset as usize);
                    release_value(cx, value, self.value.desc);
                }
            }
            pos += n;
        }
        cowl_map_free_from(cx, word(place), stop as i64, desc);
        self.versions[v].place = ptr::null_mut();
        self.versions[v].model.clear();
    }
}

fn run(key: usize, value: usize, ops: &[(u8, u8, u16, u16)]) {
    let samples = samples();
    with_cx(|cx| {
        let mut world = World::new(cx, samples[key], samples[value]);
        // SAFETY: the entries are used as compiled code uses them.
        unsafe {
            for &(kind, v, a, b) in ops {
                world.step(kind, v, a, b);
                world.check();
            }
            world.look_up(0);
            for version in std::mem::take(&mut world.versions) {
                world.release(version.place);
            }
            world.check();
        }
    });
}

/// One step of each sort, with few entries: without an index, with a flat one, with a trie.
#[test]
fn a_history() {
    for value in [2, 4] {
        let mut ops: Vec<(u8, u8, u16, u16)> = vec![(1, 0, 3, 12), (7, 0, 0, 0), (2, 0, 3, 0)];
        ops.extend((0..11u16).map(|k| (k as u8, k as u8, k * 5 % 9, k * 7 % 12)));
        run(2, value, &ops);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::cases(150)))]

    #[test]
    fn maps_are_as_the_model(
        key in 0usize..4,
        value in 0usize..5,
        ops in prop::collection::vec((0u8..12, any::<u8>(), any::<u16>(), any::<u16>()), 1..80),
    ) {
        run(key, value, &ops);
    }
}

/// Big enough for a trie of several levels, changed while shared and while not.
#[test]
fn big_versions() {
    with_cx(|cx| {
        let samples = samples();
        let desc = types::map(samples[1].desc, samples[1].desc);
        // SAFETY: as above.
        unsafe {
            let mut base = ptr::null_mut::<u8>();
            let place = (&raw mut base).cast::<u8>();
            for i in 0..20_000i64 {
                let (mut k, mut v) = (i, i * 2);
                cowl_map_insert(cx, place, (&raw mut k).cast(), (&raw mut v).cast(), desc);
            }
            let mut versions = Vec::new();
            for round in 0..200i64 {
                retain(base);
                let mut version = base;
                let place = (&raw mut version).cast::<u8>();
                cowl_map_make_unique(cx, place, desc);
                for i in 0..50 {
                    let mut k = (round * 97 + i * 31) % 20_000;
                    let gone = cowl_map_remove(cx, place, (&raw const k).cast(), desc);
                    assert_eq!(gone, 1);
                    let mut v = -k;
                    cowl_map_insert(cx, place, (&raw mut k).cast(), (&raw mut v).cast(), desc);
                    let new = 30_000 + i;
                    let (mut k, mut v) = (new, new);
                    cowl_map_insert(cx, place, (&raw mut k).cast(), (&raw mut v).cast(), desc);
                }
                assert_eq!(len(version.cast()), 20_050);
                // The keys are spread, whatever the process's seed is.
                let mut nodes = Vec::new();
                if let Part::Node(root) = index::part((*version.cast::<MapBlock>()).index) {
                    nodes.push(root);
                }
                let mut seen = 0;
                while let Some(node) = nodes.pop() {
                    seen += 1;
                    nodes.extend(index::node_parts(node));
                }
                assert!(seen > 1000, "{seen} nodes");
                versions.push(version);
            }
            for i in 0..20_000i64 {
                let found = cowl_map_find(cx, base, (&raw const i).cast(), desc);
                assert_eq!(*found.cast::<i64>(), i * 2);
            }
            for version in versions {
                release_value(cx, (&raw const version).cast(), desc);
            }
            // Alone again: after many changes the index is flat.
            for i in 0..60_000i64 {
                let mut k = i % 25_000;
                cowl_map_remove(cx, place, (&raw const k).cast(), desc);
                let mut v = i;
                cowl_map_insert(cx, place, (&raw mut k).cast(), (&raw mut v).cast(), desc);
            }
            assert_eq!(len(word(place).cast()), 25_000);
            for i in 35_000..60_000i64 {
                let k = i % 25_000;
                let found = cowl_map_find(cx, word(place), (&raw const k).cast(), desc);
                assert_eq!(*found.cast::<i64>(), i);
            }
            release_value(cx, place, desc);
        }
    });
}

#[test]
fn keys_of_one_hash() {
    with_cx(|cx| {
        // SAFETY: as above; a seed whose mix sends many keys to few hashes is simulated by entries
        // with equal hashes in the index.
        unsafe {
            let all = |f: &mut dyn FnMut(u32, u32)| (0..600).for_each(|n| f(7 << (n % 3), n));
            let mut index = crate::index::new(cx, 600, 600);
            for n in 0..600u32 {
                assert!(crate::index::insert(
                    cx,
                    index,
                    7 << (n % 3),
                    n,
                    n as usize + 1
                ));
            }
            retain(index.cast());
            let mut shared = index;
            crate::index::own(cx, &raw mut shared, 600, 600, all);
            for n in 0..300u32 {
                crate::index::remove(cx, shared, 7 << (n % 3), n);
            }
            for n in 0..600usize {
                let find = |i| crate::index::find(i, 7 << (n % 3), 0, |m| m == n);
                assert_eq!(find(index), Some(n));
                assert_eq!(find(shared), (n >= 300).then_some(n));
            }
            crate::index::own(cx, &raw mut index, 600, 600, all);
            for n in 0..600u32 {
                crate::index::remove(cx, index, 7 << (n % 3), n);
                let find = |m| crate::index::find(index, 7 << (n % 3), 0, |p| p == m);
                assert_eq!(find(n as usize), None);
            }
            crate::index::release(cx, shared);
            crate::index::release(cx, index);
        }
    });
}
