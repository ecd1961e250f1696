//! A kind of element whose end is seen: pointers to objects whose `deinit` notes it. So a test can
//! say after every step which elements there must still be, and that each ended once.

use super::types::{self, Desc, Sample, Tracked};
use crate::block::{set_word, word};
use crate::objects::cowl_object_new;
use cowl_contract::desc::TypeDesc;
use cowl_contract::layout::{CtxHead, OBJECT_VALUE};
use std::cell::RefCell;
use std::collections::BTreeSet;

thread_local! {
    static LIVE: RefCell<BTreeSet<u32>> = const { RefCell::new(BTreeSet::new()) };
    static TARGET: Desc = super::types::kept(TypeDesc {
        deinit: Some(deinit),
        ..types::plain(cowl_contract::desc::Kind::I64, 8, 0)
    });
}

unsafe extern "C" fn deinit(_cx: *mut CtxHead, value: *const u8) {
    let id = *value.cast::<i64>() as u32;
    let was_live = LIVE.with_borrow_mut(|live| live.remove(&id));
    // A test's panic cannot leave this function, so the process ends here.
    assert!(was_live, "element {id} ended twice");
}

/// Numbers must not be used twice.
pub fn sample() -> Sample {
    LIVE.with_borrow_mut(BTreeSet::clear);
    Sample {
        desc: types::pointer(TARGET.with(|t| *t)),
        tracked: Tracked::Yes,
        // SAFETY: the places hold pointers to such objects.
        write: |cx, n, to| unsafe {
            assert!(LIVE.with_borrow_mut(|live| live.insert(n)), "{n} is there");
            let object = cowl_object_new(cx, TARGET.with(|t| *t), 0);
            *object.add(OBJECT_VALUE as usize).cast::<i64>() = n.into();
            set_word(to, object);
        },
        // SAFETY: as above.
        read: |from| unsafe { *word(from).add(OBJECT_VALUE as usize).cast::<i64>() as u32 },
    }
}

/// Exactly those that the models hold are left.
pub fn check(sample: Sample, held: impl Iterator<Item = u32>) {
    if sample.tracked == Tracked::Yes {
        let held: BTreeSet<u32> = held.collect();
        LIVE.with_borrow(|live| assert_eq!(*live, held, "elements that are left"));
    }
}
