//! `List` against `Vec`, with several versions that share.

use super::types::{self, Sample, Tracked, samples};
use super::{tracked, with_cx};
use crate::block::{ListBlock, retain, set_word, word};
use crate::count::release_value;
use crate::ctx::Cx;
use crate::list::*;
use crate::vector;
use cowl_contract::layout::{NO_STORAGE, SHARED, SOLE};
use proptest::prelude::*;

/// One variable that holds a list, and what is in it.
struct Version {
    place: *mut u8,
    model: Vec<u32>,
    /// Of a slice that is one holder more: all that its storage holds.
    storage: Option<Vec<u32>>,
}

struct World {
    cx: Cx,
    sample: Sample,
    desc: types::Desc,
    versions: Vec<Version>,
    next: u32,
}

impl Version {
    fn contents(&self) -> (Vec<u32>, Option<Vec<u32>>) {
        (self.model.clone(), self.storage.clone())
    }

    fn place(&mut self) -> *mut u8 {
        (&raw mut self.place).cast()
    }
}

impl World {
    fn new(cx: Cx, sample: Sample) -> World {
        World {
            cx,
            sample,
            desc: types::list(sample.desc),
            versions: vec![Version {
                place: std::ptr::null_mut(),
                model: Vec::new(),
                storage: None,
            }],
            next: 0,
        }
    }

    fn fresh(&mut self) -> (u32, Vec<u64>) {
        self.next += 1;
        let n = if self.sample.desc.size == 1 {
            self.next % 256
        } else {
            self.next
        };
        (n, self.sample.make(self.cx, n))
    }

    unsafe fn read(&self, list: *const u8) -> Vec<u32> {
        let list = list.cast::<ListBlock>();
        let mut all = Vec::new();
        let elem = crate::elem::Elem::of(self.desc);
        vector::for_pieces(list, 0, vector::len(list), elem, |ptr, n| {
            for i in 0..n {
                all.push(self.sample.read(ptr.add(i * elem.stride)));
            }
        });
        for i in [0, all.len() / 3, all.len().saturating_sub(1)] {
            if i < all.len() {
                assert_eq!(self.sample.read(vector::at(list, i, elem)), all[i]);
            }
        }
        all
    }

    unsafe fn check(&self) {
        for version in &self.versions {
            assert_eq!(self.read(version.place), version.model);
            assert_eq!(version.place.is_null(), version.model.is_empty());
        }
        let held = |v: &Version| v.storage.clone().unwrap_or_else(|| v.model.clone());
        tracked::check(self.sample, self.versions.iter().flat_map(held));
    }

    /// Makes a version sole and gives its place; says whether that was as it must be.
    unsafe fn own(&mut self, v: usize) -> *mut u8 {
        self.versions[v].storage = None;
        let place = self.versions[v].place();
        let before = status(word(place).cast());
        let answer = cowl_list_make_unique(self.cx, place, self.desc);
        assert_eq!(answer, before);
        let after = status(word(place).cast());
        assert_eq!(
            after,
            if before == NO_STORAGE {
                NO_STORAGE
            } else {
                SOLE
            }
        );
        place
    }

    /// What a slice of n elements will hold besides its own, by the rule of slices.
    unsafe fn storage_of_slice(&self, v: usize, n: usize, moved: bool) -> Option<Vec<u32>> {
        let version = &self.versions[v];
        let storage = version.storage.as_ref().unwrap_or(&version.model);
        let trimmed = moved && status(version.place.cast()) == SOLE;
        let fresh = n <= 32 || n * 64 < storage.len();
        (!trimmed && !fresh).then(|| storage.clone())
    }

    unsafe fn share(&self, v: usize) -> *mut u8 {
        let list = self.versions[v].place;
        if !list.is_null() {
            retain(list);
        }
        list
    }

    unsafe fn release(&self, list: *mut u8) {
        release_value(self.cx, (&raw const list).cast(), self.desc);
    }

    unsafe fn step(&mut self, kind: u8, v: u8, a: u16, b: u16) {
        let (cx, desc) = (self.cx, self.desc);
        let v = v as usize % self.versions.len();
        let len = self.versions[v].model.len();
        let index = |n: usize| if n == 0 { 0 } else { a as usize % n };
        match kind {
            0 => {
                for _ in 0..a % 90 {
                    let place = self.own(v);
                    let (n, mut value) = self.fresh();
                    cowl_list_push(cx, place, value.as_mut_ptr().cast(), desc);
                    self.versions[v].model.push(n);
                }
            }
            1 => {
                for _ in 0..a % 90 {
                    let place = self.own(v);
                    let (n, mut value) = self.fresh();
                    cowl_list_push_first(cx, place, value.as_mut_ptr().cast(), desc);
                    self.versions[v].model.insert(0, n);
                }
            }
            2 | 3 => {
                for _ in 0..(a as usize % 90).min(len) {
                    let place = self.own(v);
                    let mut out = vec![0u64; 16];
                    let model = &mut self.versions[v].model;
                    let want = if kind == 2 {
                        cowl_list_pop(cx, place, desc, out.as_mut_ptr().cast());
                        model.pop().unwrap()
                    } else {
                        cowl_list_pop_first(cx, place, desc, out.as_mut_ptr().cast());
                        model.remove(0)
                    };
                    assert_eq!(self.sample.read(out.as_ptr().cast()), want);
                    self.sample.drop(cx, &out);
                }
            }
            4 => {
                let place = self.own(v);
                let (n, mut value) = self.fresh();
                let at = index(len + 1);
                cowl_list_insert(cx, place, at as i64, value.as_mut_ptr().cast(), desc);
                self.versions[v].model.insert(at, n);
            }
            5 if len > 0 => {
                let place = self.own(v);
                let at = index(len);
                let mut out = vec![0u64; 16];
                cowl_list_extract(cx, place, at as i64, desc, out.as_mut_ptr().cast());
                let want = self.versions[v].model.remove(at);
                assert_eq!(self.sample.read(out.as_ptr().cast()), want);
                self.sample.drop(cx, &out);
            }
            6 if len > 0 => {
                let place = self.own(v);
                let at = index(len);
                let (n, value) = self.fresh();
                let to = cowl_list_at_mut(cx, place, at as i64, desc);
                release_value(cx, to, self.sample.desc);
                let size = self.sample.desc.size as usize;
                std::ptr::copy_nonoverlapping(value.as_ptr().cast(), to, size);
                self.versions[v].model[at] = n;
            }
            7 => {
                let place = self.own(v);
                let n = b as usize % (len + 2);
                cowl_list_truncate(cx, place, n as i64, desc);
                self.versions[v].model.truncate(n);
            }
            8 => {
                let o = b as usize % self.versions.len();
                let other = self.share(o);
                let more = self.versions[o].model.clone();
                if len + more.len() > 6000 {
                    return self.release(other);
                }
                let place = self.own(v);
                cowl_list_append(cx, place, other, desc);
                self.versions[v].model.extend(more);
            }
            9 => {
                // The other may be this very list.
                let o = b as usize % self.versions.len();
                let more = self.versions[o].model.clone();
                if len + more.len() > 6000 {
                    return;
                }
                let place = self.own(v);
                let other = self.versions[o].place;
                cowl_list_concat(cx, place, other, desc);
                self.versions[v].model.extend(more);
            }
            10 | 11 => {
                // Of this version itself, or of one holder more.
                let (mut x, mut y) = (index(len + 1), b as usize % (len + 1));
                if x > y {
                    (x, y) = (y, x);
                }
                let model = self.versions[v].model[x..y].to_vec();
                let storage = self.storage_of_slice(v, y - x, kind == 10);
                let list = if kind == 10 {
                    std::mem::replace(&mut self.versions[v].place, std::ptr::null_mut())
                } else {
                    self.share(v)
                };
                let slice = cowl_list_slice(cx, list, x as i64, y as i64, desc);
                if kind == 10 {
                    let place = slice;
                    self.versions[v] = Version {
                        place,
                        model,
                        storage,
                    };
                } else if self.versions.len() < 6 {
                    self.versions.push(Version {
                        place: slice,
                        model,
                        storage,
                    });
                } else {
                    self.release(slice);
                }
            }
            12 => {
                let place = self.own(v);
                cowl_list_reverse(cx, place, desc);
                self.versions[v].model.reverse();
            }
            13 => {
                let place = self.own(v);
                cowl_list_resize_to(self, place, (a as usize * 7) % 3000, v);
            }
            14 if self.versions.len() < 6 => {
                let place = self.share(v);
                let (model, storage) = self.versions[v].contents();
                self.versions.push(Version {
                    place,
                    model,
                    storage,
                });
            }
            15 if self.versions.len() > 1 => {
                let gone = self.versions.swap_remove(v);
                self.release(gone.place);
            }
            16 if len > 0 => {
                let place = self.own(v);
                let (i, j) = (index(len), b as usize % len);
                cowl_list_swap(cx, place, i as i64, j as i64, desc);
                self.versions[v].model.swap(i, j);
            }
            17 => {
                // Through an Array and back.
                let array_desc = types::array(self.sample.desc);
                let _ = array_desc;
                let list = self.share(v);
                let mut array = [0u64; 3];
                let out = array.as_mut_ptr().cast();
                cowl_list_to_array(cx, list, desc, out);
                let again = crate::array::cowl_array_to_list(cx, out, desc);
                assert_eq!(self.read(again), self.versions[v].model);
                self.release(again);
            }
            18 if len > 0 => {
                // Moves the first elements out, as a loop does that is left early.
                let stop = index(len + 1);
                let place = self.own(v);
                let size = vector_stride(self.sample);
                let mut at = 0;
                while at < stop {
                    let mut n = 0;
                    let mut ptr = cowl_list_leaf_mut(cx, place, at as i64, desc, &mut n);
                    for _ in 0..(n as usize).min(stop - at) {
                        assert_eq!(self.sample.read(ptr), self.versions[v].model[at]);
                        release_value(cx, ptr, self.sample.desc);
                        ptr = ptr.add(size);
                        at += 1;
                    }
                }
                cowl_list_free_from(cx, word(place), stop as i64, desc);
                set_word(place, std::ptr::null_mut());
                self.versions[v].model.clear();
            }
            19 => {
                let place = self.own(v);
                cowl_list_dedup(cx, place, desc);
                self.versions[v].model.dedup();
            }
            20 if self.sample.desc.size <= 8 && self.sample.tracked == Tracked::No => {
                let place = self.own(v);
                cowl_list_sort(cx, place, desc);
                self.versions[v].model.sort_unstable();
            }
            _ => {}
        }
    }
}

fn vector_stride(sample: Sample) -> usize {
    cowl_contract::layout::stride(sample.desc.size) as usize
}

unsafe fn cowl_list_resize_to(world: &mut World, place: *mut u8, n: usize, v: usize) {
    let (id, mut value) = world.fresh();
    cowl_list_resize(
        world.cx,
        place,
        n as i64,
        value.as_mut_ptr().cast(),
        world.desc,
    );
    world.versions[v].model.resize(n, id);
}

fn run(sample: Sample, ops: &[(u8, u8, u16, u16)]) {
    with_cx(|cx| {
        let mut world = World::new(cx, sample);
        // SAFETY: the entries are used as compiled code uses them.
        unsafe {
            for &(kind, v, a, b) in ops {
                world.step(kind, v, a, b);
                world.check();
            }
            for version in std::mem::take(&mut world.versions) {
                world.release(version.place);
            }
            world.check();
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::cases(120)))]

    #[test]
    fn lists_are_as_the_model(
        kind in 0usize..5,
        ops in prop::collection::vec((0u8..21, any::<u8>(), any::<u16>(), any::<u16>()), 1..60),
    ) {
        run(samples()[kind], &ops);
    }
}

/// One step of each sort, with few elements; over 32 at the start.
#[test]
fn a_history() {
    for kind in [2, 4] {
        let mut ops: Vec<(u8, u8, u16, u16)> = vec![(0, 0, 35, 0), (14, 0, 0, 0), (1, 0, 3, 0)];
        ops.extend((0..21u16).map(|k| (k as u8, k as u8, k * 5 % 9, k * 7 % 40)));
        // Not to thousands of elements.
        ops.retain(|op| op.0 != 13);
        run(samples()[kind], &ops);
    }
}

/// A list of n ints.
unsafe fn ints(cx: Cx, n: i64, desc: types::Desc) -> *mut u8 {
    let mut elems: Vec<i64> = (0..n).collect();
    cowl_list_from(cx, elems.as_mut_ptr().cast(), n, desc)
}

#[test]
fn a_slice_holds_its_storage_or_is_fresh() {
    with_cx(|cx| {
        let desc = types::list(types::int());
        // SAFETY: as above.
        unsafe {
            let mut list = ints(cx, 5000, desc);
            let place = (&raw mut list).cast::<u8>();
            retain(list);
            let mut slice = cowl_list_slice(cx, list, 100, 4000, desc);
            let part = (&raw mut slice).cast::<u8>();
            assert_eq!(status(list.cast()), SHARED);
            assert_eq!(status(slice.cast()), SHARED);
            // Without the list the slice is sole, and updating it trims it in place.
            release_value(cx, place, desc);
            assert_eq!(status(slice.cast()), SOLE);
            assert_eq!(cowl_list_make_unique(cx, part, desc), SOLE);
            assert_eq!(vector::len(word(part).cast()), 3900);
            release_value(cx, part, desc);

            // Short ones, and small parts of long lists, hold nothing.
            let list = ints(cx, 64 * 100, desc);
            for (a, b, fresh) in [(0, 32, true), (0, 99, true), (0, 100, false), (5, 38, true)] {
                retain(list);
                let slice = cowl_list_slice(cx, list, a, b, desc);
                assert_eq!(status(slice.cast()) == SOLE, fresh, "{a}..{b}");
                release_value(cx, (&raw const slice).cast(), desc);
            }
            release_value(cx, (&raw const list).cast(), desc);
        }
    });
}

#[test]
fn a_queue_stays_small() {
    with_cx(|cx| {
        let desc = types::list(types::int());
        // SAFETY: as above.
        unsafe {
            let mut list = ints(cx, 100, desc);
            let place = (&raw mut list).cast::<u8>();
            let mut out = 0i64;
            for i in 0..200_000i64 {
                let mut next = i + 100;
                cowl_list_push(cx, place, (&raw mut next).cast(), desc);
                cowl_list_pop_first(cx, place, desc, (&raw mut out).cast());
                assert_eq!(out, i);
            }
            assert!(crate::alloc::live_blocks(cx) < 20);
            assert!(vector::height(word(place).cast()) <= 3);
            release_value(cx, place, desc);
        }
    });
}

#[test]
fn two_versions_of_three_levels() {
    with_cx(|cx| {
        let desc = types::list(types::int());
        // SAFETY: as above.
        unsafe {
            let n = 40_000i64;
            let mut old: *mut u8 = std::ptr::null_mut();
            let place = (&raw mut old).cast::<u8>();
            for i in 0..n {
                let mut next = i;
                cowl_list_push(cx, place, (&raw mut next).cast(), desc);
            }
            let mut new = old;
            retain(new);
            let changed = (&raw mut new).cast::<u8>();
            for i in (0..n).step_by(7) {
                cowl_list_make_unique(cx, changed, desc);
                *cowl_list_at_mut(cx, changed, i, desc).cast::<i64>() = -i;
            }
            for i in 0..n {
                let now = if i % 7 == 0 { -i } else { i };
                assert_eq!(*cowl_list_at(cx, old, i, desc).cast::<i64>(), i);
                assert_eq!(*cowl_list_at(cx, new, i, desc).cast::<i64>(), now);
            }
            release_value(cx, changed, desc);
            release_value(cx, place, desc);
        }
    });
}

#[test]
fn elements_without_size() {
    with_cx(|cx| {
        let desc = types::list(types::unit());
        // SAFETY: as above.
        unsafe {
            let mut list: *mut u8 = std::ptr::null_mut();
            let place = (&raw mut list).cast::<u8>();
            let mut unit = 0u64;
            for _ in 0..1000 {
                cowl_list_push(cx, place, (&raw mut unit).cast(), desc);
            }
            assert_eq!(vector::len(word(place).cast()), 1000);
            release_value(cx, place, desc);
        }
    });
}
