//! Equality, order, hash, printing, unsharing and deep release, by hand-written expectations.

use super::types::{self, Desc};
use super::with_cx;
use crate::alloc::alloc;
use crate::block::{Block, StringValue, retain, word};
use crate::compare::{Relation, UNORDERED, compare};
use crate::count::{release_value, retain_value};
use crate::ctx::Cx;
use crate::list::{cowl_list_from, cowl_list_push};
use crate::map::{cowl_map_insert, cowl_set_insert};
use crate::show::shown;
use crate::unshare::cowl_unshare;
use crate::{hash, list, string};
use cowl_contract::desc::{HAS_STORAGE, Kind, Lang};
use cowl_contract::layout::*;
use std::ptr;

unsafe fn str(cx: Cx, text: &str) -> StringValue {
    string::make(cx, text)
}

fn at<T>(value: &T) -> *const u8 {
    (&raw const *value).cast()
}

fn at_mut<T>(value: &mut T) -> *mut u8 {
    (&raw mut *value).cast()
}

unsafe fn floats(cx: Cx, items: &[f64], desc: Desc) -> *mut u8 {
    let mut items = items.to_vec();
    cowl_list_from(cx, items.as_mut_ptr().cast(), items.len() as i64, desc)
}

#[test]
fn floats_have_two_equalities_and_orders() {
    with_cx(|cx| {
        let desc = types::list(types::float());
        // SAFETY: values made here, used as their descs say.
        unsafe {
            let a = floats(cx, &[1.0, f64::NAN, 2.0], desc);
            let b = floats(cx, &[1.0, f64::NAN, 2.0], desc);
            let c = floats(cx, &[1.0, f64::NAN], desc);
            let zero = floats(cx, &[0.0], desc);
            let minus = floats(cx, &[-0.0], desc);
            let ask = |x: &*mut u8, y: &*mut u8, how| compare(cx, at(x), at(y), desc, how);
            assert_ne!(ask(&a, &b, Relation::Eq), 0);
            assert_ne!(ask(&a, &a, Relation::Eq), 0);
            assert_eq!(ask(&a, &b, Relation::EqTotal), 0);
            assert_eq!(ask(&a, &b, Relation::Cmp), UNORDERED);
            assert_eq!(ask(&a, &b, Relation::CmpTotal), 0);
            assert_eq!(ask(&a, &c, Relation::CmpTotal), 1);
            assert_eq!(ask(&zero, &minus, Relation::Eq), 0);
            assert_eq!(ask(&zero, &minus, Relation::EqTotal), 0);
            assert_eq!(ask(&zero, &a, Relation::Cmp), -1);
            assert_eq!(hash::key(cx, at(&a), desc), hash::key(cx, at(&b), desc));
            assert_eq!(
                hash::key(cx, at(&zero), desc),
                hash::key(cx, at(&minus), desc)
            );
            for list in [a, b, c, zero, minus] {
                release_value(cx, at(&list), desc);
            }
        }
    });
}

#[test]
fn order_is_lexicographic_through_nested_lists() {
    with_cx(|cx| {
        let inner = types::list(types::int());
        let desc = types::list(inner);
        // SAFETY: as above.
        unsafe {
            let make = |rows: &[&[i64]]| {
                let mut outer = ptr::null_mut::<u8>();
                for row in rows {
                    let mut row = row.to_vec();
                    let n = row.len() as i64;
                    let mut list = cowl_list_from(cx, row.as_mut_ptr().cast(), n, inner);
                    cowl_list_push(cx, at_mut(&mut outer), at_mut(&mut list), desc);
                }
                outer
            };
            let rows: [&[&[i64]]; 7] = [
                &[],
                &[&[]],
                &[&[], &[1]],
                &[&[1]],
                &[&[1], &[]],
                &[&[1, 0]],
                &[&[2]],
            ];
            let lists = rows.map(make);
            for (i, a) in lists.iter().enumerate() {
                for (j, b) in lists.iter().enumerate() {
                    let got = compare(cx, at(a), at(b), desc, Relation::Cmp);
                    assert_eq!(got, i.cmp(&j) as i32, "{i} {j}");
                    let eq = compare(cx, at(a), at(b), desc, Relation::Eq) == 0;
                    assert_eq!(eq, i == j);
                }
            }
            for list in lists {
                release_value(cx, at(&list), desc);
            }
        }
    });
}

#[test]
fn desc_turns_the_order_round() {
    with_cx(|cx| {
        let mut d = types::plain(Kind::Struct, 8, 0);
        d.lang = Lang::Desc;
        d.fields = types::structure("Desc", &["key"], &[types::int()], Kind::Struct).fields;
        // SAFETY: as above.
        unsafe {
            let (a, b) = (1i64, 2i64);
            assert_eq!(compare(cx, at(&a), at(&b), &d, Relation::CmpTotal), 1);
            assert_eq!(compare(cx, at(&b), at(&a), &d, Relation::Cmp), -1);
        }
    });
}

#[test]
fn maps_and_sets_compare_and_hash_without_order() {
    with_cx(|cx| {
        let desc = types::map(types::text(), types::int());
        let keys = types::set(types::int());
        // SAFETY: as above.
        unsafe {
            let make = |from: i64, step: i64| {
                let mut map = ptr::null_mut::<u8>();
                for i in 0..100 {
                    let n = (from + i * step).rem_euclid(100);
                    let mut key = str(cx, &format!("key number {n} in some map"));
                    let mut value = n;
                    cowl_map_insert(
                        cx,
                        at_mut(&mut map),
                        at_mut(&mut key),
                        at_mut(&mut value),
                        desc,
                    );
                }
                map
            };
            let (a, b) = (make(0, 1), make(50, -3));
            assert_eq!(compare(cx, at(&a), at(&b), desc, Relation::Eq), 0);
            assert_eq!(hash::key(cx, at(&a), desc), hash::key(cx, at(&b), desc));
            let (mut s, mut t) = (ptr::null_mut::<u8>(), ptr::null_mut::<u8>());
            for i in 0..20i64 {
                let (mut x, mut y) = (i, 19 - i);
                cowl_set_insert(cx, at_mut(&mut s), at_mut(&mut x), keys);
                cowl_set_insert(cx, at_mut(&mut t), at_mut(&mut y), keys);
            }
            assert_eq!(compare(cx, at(&s), at(&t), keys, Relation::Eq), 0);
            let mut more = 77i64;
            cowl_set_insert(cx, at_mut(&mut t), at_mut(&mut more), keys);
            assert_ne!(compare(cx, at(&s), at(&t), keys, Relation::Eq), 0);
            for map in [a, b] {
                release_value(cx, at(&map), desc);
            }
            for set in [s, t] {
                release_value(cx, at(&set), keys);
            }
        }
    });
}

#[test]
fn printing() {
    with_cx(|cx| {
        // SAFETY: as above.
        unsafe {
            let int = types::int();
            let text = types::text();
            let show = |value: *const u8, desc: Desc, quoted| shown(cx, value, desc, quoted);
            let pair = types::tuple(&[int, text]);
            #[repr(C)]
            struct Pair(i64, StringValue);
            let value = Pair(-1, str(cx, "a\"b"));
            assert_eq!(show(at(&value), pair, false), r#"(-1, "a\"b")"#);
            let named = types::structure("Point", &["x", "name"], &[int, text], Kind::Struct);
            assert_eq!(
                show(at(&value), named, false),
                r#"Point{ x: -1, name: "a\"b" }"#
            );
            assert_eq!(show(at(&value.1), text, false), "a\"b");
            assert_eq!(show(at(&value.1), text, true), r#""a\"b""#);
            let empty = types::structure("Nothing", &[], &[], Kind::Struct);
            assert_eq!(show(at(&value), empty, false), "Nothing{}");
            assert_eq!(show(at(&value), types::unit(), false), "()");
            let option = types::enumeration(Lang::Option, &[("none", &[]), ("some", &[int])]);
            assert_eq!(show(at(&[1u64, 5]), option, false), "some(5)");
            assert_eq!(show(at(&[0u64, 5]), option, false), "none");
            let shape = types::enumeration(Lang::None, &[("circle", &[types::float()])]);
            assert_eq!(
                show(at(&[0u64, 3f64.to_bits()]), shape, false),
                ".circle(3.0)"
            );
            let map = types::map(text, types::list(int));
            let mut value = ptr::null_mut::<u8>();
            assert_eq!(show(at(&value), map, false), "[:]");
            let mut key = str(cx, "k");
            let mut one = [1i64, 2];
            let mut list = cowl_list_from(cx, one.as_mut_ptr().cast(), 2, types::list(int));
            cowl_map_insert(
                cx,
                at_mut(&mut value),
                at_mut(&mut key),
                at_mut(&mut list),
                map,
            );
            assert_eq!(show(at(&value), map, false), r#"["k": [1, 2]]"#);
            release_value(cx, at(&value), map);
            let mut range = types::plain(Kind::Struct, 24, 0);
            range.lang = Lang::Range;
            let mut flag = types::plain(Kind::Bool, 1, 0);
            flag.align = 1;
            let flag = super::types::kept(flag);
            range.fields = types::structure("", &[], &[int, int, flag], Kind::Struct).fields;
            assert_eq!(shown(cx, at(&[1i64, 4, 0]), &range, false), "1..4");
            assert_eq!(shown(cx, at(&[1i64, 4, 1]), &range, false), "1..=4");
        }
    });
}

/// `enum Tree { leaf, node(Tree, int, Tree) }` as codegen lays it out.
fn tree() -> Desc {
    types::boxed(0, |own| {
        vec![("leaf", vec![]), ("node", vec![own, types::int(), own])]
    })
}

const LEAF: u64 = 1;

unsafe fn node(cx: Cx, left: u64, value: i64, right: u64) -> u64 {
    let block = alloc(cx, 8 + 24);
    block.cast::<Block>().write(Block {
        count: 1,
        flags: 1 << BOXED_TAG_SHIFT,
    });
    let payload = block.add(8).cast::<u64>();
    *payload = left;
    *payload.add(1) = value as u64;
    *payload.add(2) = right;
    block as u64
}

#[test]
fn deep_values_need_no_stack() {
    let run = || {
        with_cx(|cx| {
            let desc = tree();
            // SAFETY: as above.
            unsafe {
                let chain = |bend: bool| {
                    let mut t = LEAF;
                    for i in 0..1_000_000i64 {
                        t = if bend && i % 2 == 0 {
                            node(cx, LEAF, i, t)
                        } else {
                            node(cx, t, i, LEAF)
                        };
                    }
                    t
                };
                let (a, b) = (chain(false), chain(false));
                assert_eq!(compare(cx, at(&a), at(&b), desc, Relation::Cmp), 0);
                assert_eq!(hash::key(cx, at(&a), desc), hash::key(cx, at(&b), desc));
                assert!(shown(cx, at(&a), desc, false).starts_with(".node(.node("));
                let c = chain(true);
                assert_ne!(compare(cx, at(&a), at(&c), desc, Relation::EqTotal), 0);
                for t in [a, b, c] {
                    release_value(cx, at(&t), desc);
                }
            }
        });
    };
    // A stack that a million frames would not fit.
    std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn a_shared_part_outlives_its_tree() {
    with_cx(|cx| {
        let desc = tree();
        // SAFETY: as above.
        unsafe {
            let small = node(cx, LEAF, 1, LEAF);
            retain_value(at(&small), desc);
            let big = node(cx, small, 2, LEAF);
            release_value(cx, at(&big), desc);
            assert_eq!(shown(cx, at(&small), desc, false), ".node(.leaf, 1, .leaf)");
            release_value(cx, at(&small), desc);
        }
    });
}

#[test]
fn unsharing_duplicates_what_has_other_holders() {
    with_cx(|cx| {
        let inner = types::list(types::int());
        let desc = types::list(inner);
        // SAFETY: as above.
        unsafe {
            let mut outer = ptr::null_mut::<u8>();
            let mut items = [1i64, 2, 3];
            let shared = cowl_list_from(cx, items.as_mut_ptr().cast(), 3, inner);
            for _ in 0..3 {
                retain(shared);
                let mut one = shared;
                cowl_list_push(cx, at_mut(&mut outer), at_mut(&mut one), desc);
            }
            release_value(cx, at(&shared), inner);
            // Three slots hold one list: all but one get their own.
            assert_eq!(cowl_unshare(cx, at_mut(&mut outer), desc), SHARED);
            assert_eq!(cowl_unshare(cx, at_mut(&mut outer), desc), SOLE);
            for i in 0..3 {
                let part = list::cowl_list_at(cx, outer, i, desc);
                assert_eq!(list::status(word(part).cast()), SOLE);
            }
            assert_eq!(
                shown(cx, at(&outer), desc, false),
                "[[1, 2, 3], [1, 2, 3], [1, 2, 3]]"
            );
            release_value(cx, at(&outer), desc);
            let mut none = ptr::null_mut::<u8>();
            assert_eq!(cowl_unshare(cx, at_mut(&mut none), desc), NO_STORAGE);
        }
    });
}

#[test]
fn unsharing_goes_through_shared_boxes() {
    with_cx(|cx| {
        let desc = types::boxed(HAS_STORAGE, |_| {
            vec![("none", vec![]), ("text", vec![types::text()])]
        });
        // SAFETY: as above.
        unsafe {
            let block = alloc(cx, 32);
            block.cast::<Block>().write(Block {
                count: 2,
                flags: 1 << BOXED_TAG_SHIFT,
            });
            string::put(block.add(8), str(cx, "long enough for a storage"));
            let (mut a, b) = (block, block);
            assert_eq!(cowl_unshare(cx, at_mut(&mut a), desc), SHARED);
            assert_ne!(a, b);
            assert_eq!(string::status(a.add(8)), SOLE);
            assert_eq!(string::status(b.add(8)), SOLE);
            release_value(cx, at(&a), desc);
            release_value(cx, at(&b), desc);
        }
    });
}

#[test]
fn counts_that_are_full_stay() {
    with_cx(|cx| {
        let desc = types::list(types::int());
        // SAFETY: as above.
        unsafe {
            let mut items = [1i64];
            let list = cowl_list_from(cx, items.as_mut_ptr().cast(), 1, desc);
            (*list.cast::<Block>()).count = IMMORTAL - 1;
            retain(list);
            assert_eq!((*list.cast::<Block>()).count, IMMORTAL);
            retain(list);
            release_value(cx, at(&list), desc);
            release_value(cx, at(&list), desc);
            assert_eq!((*list.cast::<Block>()).count, IMMORTAL);
            (*list.cast::<Block>()).count = 1;
            release_value(cx, at(&list), desc);
        }
    });
}
