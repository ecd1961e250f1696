//! `Array` against `Vec`, with several versions that share.

use super::types::{self, Sample, Tracked, samples};
use super::{tracked, with_cx};
use crate::array::*;
use crate::block::{ArrayValue, retain};
use crate::count::release_value;
use crate::ctx::Cx;
use cowl_contract::layout::{NO_STORAGE, SOLE};
use proptest::prelude::*;
use std::ptr;

const EMPTY: ArrayValue = ArrayValue {
    storage: ptr::null_mut(),
    data: ptr::null_mut(),
    len: 0,
};

struct Version {
    value: ArrayValue,
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

impl World {
    fn fresh(&mut self) -> (u32, Vec<u64>) {
        self.next += 1;
        let n = if self.sample.desc.size == 1 {
            self.next % 256
        } else {
            self.next
        };
        (n, self.sample.make(self.cx, n))
    }

    unsafe fn check(&self) {
        let stride = cowl_contract::layout::stride(self.sample.desc.size) as usize;
        for version in &self.versions {
            let value = version.value;
            let all: Vec<u32> = (0..value.len as usize)
                .map(|i| self.sample.read(value.data.add(i * stride)))
                .collect();
            assert_eq!(all, version.model);
        }
        let held = |v: &Version| v.storage.clone().unwrap_or_else(|| v.model.clone());
        tracked::check(self.sample, self.versions.iter().flat_map(held));
    }

    fn place(&mut self, v: usize) -> *mut u8 {
        (&raw mut self.versions[v].value).cast()
    }

    unsafe fn own(&mut self, v: usize) -> *mut u8 {
        self.versions[v].storage = None;
        let place = self.place(v);
        let before = status(place);
        assert_eq!(cowl_array_make_unique(self.cx, place, 1, self.desc), before);
        assert!(matches!(status(place), NO_STORAGE | SOLE));
        place
    }

    /// What a slice of n elements will hold besides its own, by the rule of slices.
    unsafe fn storage_of_slice(&self, v: usize, n: usize, moved: bool) -> Option<Vec<u32>> {
        let version = &self.versions[v];
        let storage = version.storage.as_ref().unwrap_or(&version.model);
        let trimmed = moved && status((&raw const version.value).cast()) == SOLE;
        let fresh = n <= 32 || n * 64 < storage.len();
        (!trimmed && !fresh).then(|| storage.clone())
    }

    unsafe fn share(&self, v: usize) -> ArrayValue {
        let value = self.versions[v].value;
        if !value.storage.is_null() {
            retain(value.storage.cast());
        }
        value
    }

    unsafe fn release(&self, value: ArrayValue) {
        release_value(self.cx, (&raw const value).cast(), self.desc);
    }

    unsafe fn take(&mut self, v: usize, at: usize, out: &[u64]) {
        let want = self.versions[v].model.remove(at);
        assert_eq!(self.sample.read(out.as_ptr().cast()), want);
        self.sample.drop(self.cx, out);
    }

    unsafe fn step(&mut self, kind: u8, v: u8, a: u16, b: u16) {
        let (cx, desc) = (self.cx, self.desc);
        let v = v as usize % self.versions.len();
        let len = self.versions[v].model.len();
        let at = a as usize % (len + usize::from(kind == 4)).max(1);
        let mut out = vec![0u64; 16];
        let to = out.as_mut_ptr().cast();
        match kind {
            0 => {
                for _ in 0..a % 40 {
                    let place = self.own(v);
                    let (n, mut value) = self.fresh();
                    cowl_array_push(cx, place, value.as_mut_ptr().cast(), desc);
                    self.versions[v].model.push(n);
                }
            }
            1 => {
                for _ in 0..a % 40 {
                    let place = self.own(v);
                    let (n, mut value) = self.fresh();
                    cowl_array_push_first(cx, place, value.as_mut_ptr().cast(), desc);
                    self.versions[v].model.insert(0, n);
                }
            }
            2 if len > 0 => {
                let place = self.own(v);
                cowl_array_pop(cx, place, desc, to);
                self.take(v, len - 1, &out);
            }
            3 if len > 0 => {
                let place = self.own(v);
                cowl_array_pop_first(cx, place, desc, to);
                self.take(v, 0, &out);
            }
            4 => {
                let place = self.own(v);
                let (n, mut value) = self.fresh();
                cowl_array_insert(cx, place, at as i64, value.as_mut_ptr().cast(), desc);
                self.versions[v].model.insert(at, n);
            }
            5 if len > 0 => {
                let place = self.own(v);
                cowl_array_extract(cx, place, at as i64, desc, to);
                self.take(v, at, &out);
            }
            6 => {
                let place = self.own(v);
                let n = b as usize % (len + 2);
                cowl_array_truncate(cx, place, n as i64, desc);
                self.versions[v].model.truncate(n);
            }
            7 | 8 => {
                let o = b as usize % self.versions.len();
                let more = self.versions[o].model.clone();
                if len + more.len() > 3000 {
                    return;
                }
                if kind == 7 {
                    let mut other = self.share(o);
                    let place = self.own(v);
                    cowl_array_append(cx, place, (&raw mut other).cast(), desc);
                } else {
                    let place = self.own(v);
                    let mut other = self.versions[o].value;
                    cowl_array_concat(cx, place, (&raw mut other).cast(), desc);
                }
                self.versions[v].model.extend(more);
            }
            9 | 10 => {
                let (mut x, mut y) = (a as usize % (len + 1), b as usize % (len + 1));
                if x > y {
                    (x, y) = (y, x);
                }
                let model = self.versions[v].model[x..y].to_vec();
                let storage = self.storage_of_slice(v, y - x, kind == 9);
                let mut whole = if kind == 9 {
                    std::mem::replace(&mut self.versions[v].value, EMPTY)
                } else {
                    self.share(v)
                };
                let mut slice = EMPTY;
                cowl_array_slice(
                    cx,
                    (&raw mut whole).cast(),
                    x as i64,
                    y as i64,
                    desc,
                    (&raw mut slice).cast(),
                );
                if kind == 9 {
                    let value = slice;
                    self.versions[v] = Version {
                        value,
                        model,
                        storage,
                    };
                } else if self.versions.len() < 5 {
                    self.versions.push(Version {
                        value: slice,
                        model,
                        storage,
                    });
                } else {
                    self.release(slice);
                }
            }
            11 => {
                let place = self.own(v);
                cowl_array_reverse(cx, place, desc);
                self.versions[v].model.reverse();
            }
            12 => {
                let place = self.own(v);
                let (n, mut value) = self.fresh();
                let to = b as usize % 700;
                cowl_array_resize(cx, place, to as i64, value.as_mut_ptr().cast(), desc);
                self.versions[v].model.resize(to, n);
            }
            13 if self.versions.len() < 5 => {
                let value = self.share(v);
                let Version { model, storage, .. } = &self.versions[v];
                let (model, storage) = (model.clone(), storage.clone());
                self.versions.push(Version {
                    value,
                    model,
                    storage,
                });
            }
            14 if self.versions.len() > 1 => {
                let gone = self.versions.swap_remove(v);
                self.release(gone.value);
            }
            15 => {
                let place = self.own(v);
                cowl_array_dedup(cx, place, desc);
                self.versions[v].model.dedup();
            }
            16 if self.sample.desc.size <= 8 && self.sample.tracked == Tracked::No => {
                let place = self.own(v);
                cowl_array_sort(cx, place, desc);
                self.versions[v].model.sort_unstable();
            }
            17 => {
                let stop = a as usize % (len + 1);
                let place = self.own(v);
                let value = *place.cast::<ArrayValue>();
                let stride = cowl_contract::layout::stride(self.sample.desc.size) as usize;
                for i in 0..stop {
                    release_value(cx, value.data.add(i * stride), self.sample.desc);
                }
                cowl_array_free_from(cx, place, stop as i64, desc);
                self.versions[v].value = EMPTY;
                self.versions[v].model.clear();
            }
            _ => {}
        }
    }
}

fn run(sample: Sample, ops: &[(u8, u8, u16, u16)]) {
    with_cx(|cx| {
        let mut world = World {
            cx,
            sample,
            desc: types::array(sample.desc),
            versions: vec![Version {
                value: EMPTY,
                model: Vec::new(),
                storage: None,
            }],
            next: 0,
        };
        // SAFETY: the entries are used as compiled code uses them.
        unsafe {
            for &(kind, v, a, b) in ops {
                world.step(kind, v, a, b);
                world.check();
            }
            for version in std::mem::take(&mut world.versions) {
                world.release(version.value);
            }
            world.check();
        }
    });
}

/// One step of each sort, with few elements.
#[test]
fn a_history() {
    for kind in [2, 4] {
        let mut ops: Vec<(u8, u8, u16, u16)> = vec![(0, 0, 10, 0), (13, 0, 0, 0)];
        ops.extend((0..18u16).map(|k| (k as u8, k as u8, k * 5 % 9, k * 7 % 12)));
        run(samples()[kind], &ops);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::cases(120)))]

    #[test]
    fn arrays_are_as_the_model(
        kind in 0usize..5,
        ops in prop::collection::vec((0u8..18, any::<u8>(), any::<u16>(), any::<u16>()), 1..60),
    ) {
        run(samples()[kind], &ops);
    }
}
