//! `string` against `String`, with several versions that share.

use super::with_cx;
use crate::block::{ListBlock, StringValue};
use crate::ctx::Cx;
use crate::string::{self, EMPTY, text};
use crate::text::*;
use proptest::prelude::*;

struct Version {
    value: StringValue,
    model: String,
}

struct World {
    cx: Cx,
    versions: Vec<Version>,
}

const PIECES: [&str; 8] = [
    "",
    "a",
    "é",
    "🦉",
    "hello, ",
    " \n",
    "a longer text that needs a storage",
    "schön, ein längerer Text mit Umlauten",
];

impl World {
    fn place(&mut self, v: usize) -> *mut u8 {
        (&raw mut self.versions[v].value).cast()
    }

    unsafe fn check(&self) {
        for version in &self.versions {
            let s = (&raw const version.value).cast::<u8>();
            assert_eq!(text(s), version.model);
            assert_eq!(string::len(s), version.model.chars().count());
            assert_eq!(string::is_heap(s), version.model.len() > 23);
            assert_eq!(string::is_ascii(s), version.model.is_ascii());
        }
    }

    unsafe fn other(&self, b: u16) -> (StringValue, String, bool) {
        let b = b as usize;
        if b.is_multiple_of(3) {
            let o = b % self.versions.len();
            let version = &self.versions[o];
            return (version.value, version.model.clone(), false);
        }
        let piece = PIECES[b % PIECES.len()];
        (string::make(self.cx, piece), piece.to_string(), true)
    }

    unsafe fn step(&mut self, kind: u8, v: u8, a: u16, b: u16) {
        let cx = self.cx;
        let v = v as usize % self.versions.len();
        let chars = self.versions[v].model.chars().count();
        let at = a as usize % (chars + 1);
        let byte = |model: &str, n: usize| {
            model
                .char_indices()
                .nth(n)
                .map_or(model.len(), |(at, _)| at)
        };
        let place = self.place(v);
        match kind {
            0 => {
                let c = ['x', 'é', '漢', '🦉'][a as usize % 4];
                for _ in 0..b % 30 {
                    cowl_string_push(cx, place, c.into());
                    self.versions[v].model.push(c);
                }
            }
            1..=3 => {
                let (other, model, owned) = self.other(b);
                if self.versions[v].model.len() + model.len() > 20_000 {
                    return if owned {
                        string::release(cx, (&raw const other).cast());
                    };
                }
                // What is the string itself is passed as the place, not as a copy of its bytes.
                let same = !owned && other.words == self.versions[v].value.words;
                let part = if same {
                    place.cast_const()
                } else {
                    (&raw const other).cast()
                };
                match kind {
                    1 => {
                        cowl_string_append(cx, place, part);
                        self.versions[v].model.push_str(&model);
                    }
                    2 => {
                        cowl_string_insert(cx, place, at as i64, part);
                        let whole = &mut self.versions[v].model;
                        let byte = byte(whole, at);
                        whole.insert_str(byte, &model);
                    }
                    _ if !model.is_empty() => {
                        let to = string::make(cx, "é->");
                        cowl_string_replace(cx, place, part, (&raw const to).cast());
                        let whole = &mut self.versions[v].model;
                        *whole = whole.replace(&model, "é->");
                    }
                    _ => {}
                }
                if owned {
                    string::release(cx, (&raw const other).cast());
                }
            }
            4 if chars > 0 => {
                let c = cowl_string_pop(cx, place);
                assert_eq!(self.versions[v].model.pop().map(u32::from), Some(c));
            }
            5 if chars > 0 => {
                let c = cowl_string_pop_first(cx, place);
                assert_eq!(u32::from(self.versions[v].model.remove(0)), c);
            }
            6 if chars > 0 => {
                let at = at % chars;
                let c = cowl_string_extract(cx, place, at as i64);
                let whole = &mut self.versions[v].model;
                let byte = byte(whole, at);
                assert_eq!(u32::from(whole.remove(byte)), c);
            }
            7 => {
                cowl_string_truncate(cx, place, at as i64);
                let whole = &mut self.versions[v].model;
                let byte = byte(whole, at);
                whole.truncate(byte);
            }
            8 => {
                cowl_string_reverse(cx, place);
                let whole = &mut self.versions[v].model;
                *whole = whole.chars().rev().collect();
            }
            9 => {
                cowl_string_to_upper(cx, place);
                let whole = &mut self.versions[v].model;
                *whole = whole.to_uppercase();
            }
            10 => {
                let left = u8::from(b.is_multiple_of(2));
                let width = chars + a as usize % 40;
                cowl_string_pad(cx, place, width as i64, 'é'.into(), left);
                let fill = "é".repeat(width - chars);
                let whole = &mut self.versions[v].model;
                whole.insert_str(if left == 1 { 0 } else { whole.len() }, &fill);
            }
            11 | 12 => {
                let (mut x, mut y) = (at, b as usize % (chars + 1));
                if x > y {
                    (x, y) = (y, x);
                }
                let whole = &self.versions[v].model;
                let model = whole[byte(whole, x)..byte(whole, y)].to_string();
                let mut value = self.versions[v].value;
                if kind == 12 {
                    string::retain(place);
                }
                let mut out = EMPTY;
                let to = (&raw mut out).cast::<u8>();
                cowl_string_slice(cx, (&raw mut value).cast(), x as i64, y as i64, to);
                if kind == 11 {
                    self.versions[v] = Version { value: out, model };
                } else if self.versions.len() < 5 {
                    self.versions.push(Version { value: out, model });
                } else {
                    string::release(cx, to);
                }
            }
            13 => {
                let mut value = self.versions[v].value;
                let mut out = EMPTY;
                let sides = i32::from(a % 4);
                let to = (&raw mut out).cast::<u8>();
                cowl_string_trim(cx, (&raw mut value).cast(), sides, to);
                let mut model = self.versions[v].model.as_str();
                if sides & 1 != 0 {
                    model = model.trim_start();
                }
                if sides & 2 != 0 {
                    model = model.trim_end();
                }
                let model = model.to_string();
                self.versions[v] = Version { value: out, model };
            }
            14 if self.versions.len() < 5 => {
                string::retain(place);
                let version = Version {
                    value: self.versions[v].value,
                    model: self.versions[v].model.clone(),
                };
                self.versions.push(version);
            }
            15 if self.versions.len() > 1 => {
                let gone = self.versions.swap_remove(v);
                string::release(cx, (&raw const gone.value).cast());
            }
            16 => self.look(v, b),
            17 => cowl_string_reserve(cx, place, i64::from(a)),
            _ => {}
        }
    }

    unsafe fn look(&mut self, v: usize, b: u16) {
        let cx = self.cx;
        let (other, part, owned) = self.other(b);
        let s = self.place(v).cast_const();
        let o = (&raw const other).cast::<u8>();
        let model = &self.versions[v].model;
        let at = |byte: Option<usize>| byte.map_or(-1, |b| model[..b].chars().count() as i64);
        assert_eq!(cowl_string_find(cx, s, o), at(model.find(&part)));
        assert_eq!(cowl_string_find_last(cx, s, o), at(model.rfind(&part)));
        assert_eq!(cowl_string_eq(cx, s, o) == 1, *model == part);
        assert_eq!(cowl_string_cmp(cx, s, o), model.cmp(&part) as i32);
        assert_eq!(
            cowl_string_starts_with(cx, s, o) == 1,
            model.starts_with(&part)
        );
        for (i, c) in model.chars().enumerate().take(40) {
            assert_eq!(cowl_string_char_at(cx, s, i as i64), u32::from(c));
        }
        if !part.is_empty() {
            let list = cowl_string_split(cx, s, o);
            let n = crate::vector::len(list.cast::<ListBlock>());
            assert_eq!(n, model.split(&part).count());
            let mut again = EMPTY;
            let to = (&raw mut again).cast::<u8>();
            cowl_string_join(cx, list, o, to);
            assert_eq!(text(to), model);
            string::release(cx, to);
            let desc = super::types::list(super::types::text());
            crate::count::release_value(cx, (&raw const list).cast(), desc);
        }
        if owned {
            string::release(cx, o);
        }
    }
}

/// One step of each sort.
#[test]
fn a_history() {
    let mut ops: Vec<(u8, u8, u16, u16)> = vec![(0, 0, 1, 29), (13, 0, 0, 0)];
    ops.extend((0..18u16).map(|k| (k as u8, k as u8, k * 5 % 9, k * 7 % 12)));
    run(&ops);
}

fn run(ops: &[(u8, u8, u16, u16)]) {
    with_cx(|cx| {
        let start = Version {
            value: EMPTY,
            model: String::new(),
        };
        let mut world = World {
            cx,
            versions: vec![start],
        };
        // SAFETY: the entries are used as compiled code uses them.
        unsafe {
            for &(kind, v, a, b) in ops {
                world.step(kind, v, a, b);
                world.check();
            }
            for version in std::mem::take(&mut world.versions) {
                string::release(cx, (&raw const version.value).cast());
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::cases(200)))]

    #[test]
    fn strings_are_as_the_model(
        ops in prop::collection::vec((0u8..18, any::<u8>(), any::<u16>(), any::<u16>()), 1..60),
    ) {
        run(&ops);
    }
}

#[test]
fn a_literal_is_never_changed() {
    with_cx(|cx| {
        #[repr(C)]
        struct Literal(u32, u32, u32, u32, [u8; 40]);
        let text = *b"forty bytes of text in static memory, ok";
        let literal = super::types::kept(Literal(0x8000_0000, 0, 40, 40, text));
        let mut value = StringValue {
            words: [&raw const *literal as u64, 40 << 32, 40 | 0xff << 56],
        };
        let place = (&raw mut value).cast::<u8>();
        // SAFETY: as above.
        unsafe {
            assert_eq!(string::status(place), cowl_contract::layout::SHARED);
            string::retain(place);
            string::release(cx, place);
            cowl_string_push(cx, place, '!'.into());
            assert_eq!(string::size(place), 41);
            assert_eq!(string::status(place), cowl_contract::layout::SOLE);
            assert_eq!(literal.4, text);
            string::release(cx, place);
        }
    });
}
