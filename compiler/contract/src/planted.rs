//! Faults that a test build can have on demand, to show that the tests notice (`diagnostics`'
//! README, planted faults).
//!
//! Only with the feature `planted-faults`, which nothing but that test enables, does `planted` look
//! at the environment; in every other build it is the constant `false` and no fault has a name.

/// Names the fault that a process has.
#[cfg(feature = "planted-faults")]
pub const VARIABLE: &str = "COWL_PLANTED";

/// Says after how many allocations of the runtime all others fail.
#[cfg(feature = "planted-faults")]
pub const ALLOCATIONS: &str = "COWL_ALLOCATIONS";

/// Has counts jump to their limit.
#[cfg(feature = "planted-faults")]
pub const FULL_COUNTS: &str = "COWL_FULL_COUNTS";

/// Where a fault lies.
#[cfg(feature = "planted-faults")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub fault: Fault,
    pub name: &'static str,
    /// What is wrong then.
    pub what: &'static str,
    /// The part of the compiler or runtime.
    pub part: &'static str,
    /// The programs of `spec` that come first when it is looked for, by folders.
    pub programs: &'static [&'static str],
    /// One of the few that every change is tested with.
    pub canary: bool,
}

macro_rules! faults {
    ($( $part:literal $programs:tt {
        $( $fault:ident $name:literal $what:literal $($canary:ident)?; )*
    } )*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            $($( #[doc = $what] $fault, )*)*
        }

        /// All of them, in the order of the pipeline.
        #[cfg(feature = "planted-faults")]
        pub const ALL: &[Entry] = &[
            $($( Entry {
                fault: Fault::$fault,
                name: $name,
                what: $what,
                part: $part,
                programs: &$programs,
                canary: !stringify!($($canary)?).is_empty(),
            }, )*)*
        ];
    };
}

faults! {
    "ownership" ["run/ownership", "mir", "reject/ownership", "run/objects", "run/match", "regress"] {
        OwnMoveEarly "own-move-early" "a use that is not the last one moves" canary;
        OwnMoveLate "own-move-late" "the last use shares, and the holder ends after it";
        OwnReleaseDropped "own-release-dropped" "what ends at a point is not released" canary;
        OwnReleaseDoubled "own-release-doubled" "what ends at a point is released twice";
        OwnBackEdge "own-back-edge" "the way from a loop's end to its head is not seen";
        OwnBranchEdge "own-branch-edge" "what ends on one way out of a branch is not released there";
        OwnLookKept "own-look-kept" "a look stays one although a later operand changes its place";
        OwnDisplacedKept "own-displaced-kept" "an assignment does not release what it displaces";
        OwnGuardNames "own-guard-names" "what a guard names may end before an arm is chosen";
        OwnScopeKept "own-scope-kept" "`return` and `break` release no locals that live to the end of their block";
    }
    "ownership" ["reject/ownership", "reject"] {
        OwnBindUnchecked "own-bind-unchecked" "a use after `:=` or `move` is no mistake" canary;
        OwnTwiceUnchecked "own-twice-unchecked" "a second assignment is no mistake";
        OwnUnassignedUnchecked "own-unassigned-unchecked" "a use before the assignment is no mistake";
        OwnAskUnchecked "own-ask-unchecked" "`is_unique` after the last use is no mistake";
    }
    "lowering" ["run/ownership", "run/collections", "run/objects", "mir", "run/in_place", "regress"] {
        LowerTempKept "lower-temp-kept" "operands are not released after their operation" canary;
        LowerShareUncounted "lower-share-uncounted" "a shared read adds no holder";
        LowerUniqueSkipped "lower-unique-skipped" "the first container on a path is changed without being made sole" canary;
        LowerUniqueHoisted "lower-unique-hoisted" "a container is made sole before the operands of its change";
        LowerReturnKept "lower-return-kept" "`return` does not release the operands that wait";
        LowerBreakKept "lower-break-kept" "`break` and `continue` do not release the operands that wait";
        LowerDisplacedKept "lower-displaced-kept" "an assignment drops what it displaces without a release";
        LowerDisplacedEarly "lower-displaced-early" "an assignment releases what it displaces before the new value is in place";
        LowerLoopTakes "lower-loop-takes" "`for` moves the elements out of a list that others hold";
        LowerArmMoves "lower-arm-moves" "an arm moves out of a scrutinee that lives on";
        LowerArgsReversed "lower-args-reversed" "operands are evaluated from right to left" canary;
    }
    "roots" ["run/objects", "run/memory"] {
        RootMissing "root-missing" "lists are no roots of a shadow frame";
        RootKeepsMoved "root-keeps-moved" "a root is not cleared when its value moves";
    }
    "codegen" ["run/numbers", "panic/numbers", "run/collections", "run/strings", "panic/collections", "run/ownership"] {
        ClifAddUnchecked "clif-add-unchecked" "overflow of `+` on i32 is not noticed" canary;
        ClifMulUnchecked "clif-mul-unchecked" "overflow of `*` on u8 is not noticed";
        ClifSubConst "clif-sub-const" "overflow of `-` with a constant is looked for on the wrong side";
        ClifShiftBound "clif-shift-bound" "a shift by the width is allowed";
        ClifDivMin "clif-div-min" "the least i16 divided by -1 is not noticed";
        ClifSignExtend "clif-sign-extend" "i8 is widened without its sign";
        ClifFitsBound "clif-fits-bound" "the greatest value of a narrow type does not fit it";
        ClifUnsignedCompare "clif-unsigned-compare" "u64 is compared with sign";
        ClifFloatFits "clif-float-fits" "a float just above the range fits";
        ClifIndexBound "clif-index-bound" "the index behind the last one is in range";
        ClifStringUncounted "clif-string-uncounted" "a string gets no holder more";
        ClifFreeEarly "clif-free-early" "the last but one holder frees an Array's or string's storage";
        ClifCountTwice "clif-count-twice" "every event of the ledger counts twice";
    }
    "runtime" ["run/collections", "run/ownership", "run/strings", "run/programs", "run/memory", "regress"] {
        ListSoleAssumed "list-sole-assumed" "a List is changed although another holds it" canary;
        ListInnerUncounted "list-inner-uncounted" "a copied inner node does not hold its children";
        ListLeafUncounted "list-leaf-uncounted" "a copied leaf does not hold its elements";
        ListLeafShared "list-leaf-shared" "a shared leaf is changed in place";
        ListPullUncounted "list-pull-uncounted" "a shared leaf becomes the tail without holding its elements";
        ListTailBorder "list-tail-border" "the first element of the tail is looked for in the trie";
        ListSliceUnheld "list-slice-unheld" "a slice does not hold its base";
        ListSliceSole "list-slice-sole" "a slice whose base others hold counts as sole";
        ListTrimKept "list-trim-kept" "what a sole slice does not cover is not released";
        ListRotateLost "list-rotate-lost" "an insertion loses the element at a leaf's end";
        ArrayGrow "array-grow" "room before the first element of an Array counts as room after the last";
        ArrayTrimTwice "array-trim-twice" "what a sole slice of an Array does not cover is released twice";
        MapEntriesShared "map-entries-shared" "shared entries of a Map are changed in place";
        MapIndexShared "map-index-shared" "the shared index of a Map is changed in place";
        MapNodeUncounted "map-node-uncounted" "a copied node of a hash trie does not hold its children";
        MapCollision "map-collision" "of the keys with one hash only the first is found";
        MapHoleFound "map-hole-found" "a removed entry of a small Map is still found";
        MapDisplacedKept "map-displaced-kept" "an insertion does not release the value it displaces";
        StringBorder "string-border" "a string of 23 bytes has a storage";
        StringShared "string-shared" "a string's storage grows in place although another holds it";
        StringSelf "string-self" "a string is appended to itself from the storage that it has left";
        StringAscii "string-ascii" "an inline string that has grown counts as ASCII";
        UnshareInner "unshare-inner" "`:=` and `copy` leave inner containers shared";
    }
    "collector" ["run/objects", "run/memory", "panic/objects", "regress"] {
        CycleHeldMissed "cycle-held-missed" "an object that only a container outside holds counts as dead";
        CycleBlackSkipped "cycle-black-skipped" "what a held object leads to does not get its references back";
        CycleCandidateLost "cycle-candidate-lost" "new objects are not listed" canary;
        WeakNotCleared "weak-not-cleared" "a `weak` reference gives its object after the end";
        WeakFreesEarly "weak-frees-early" "the last `weak` reference frees an object that is held";
        TraceConstants "trace-constants" "constants are no roots";
    }
    "interpreter" ["run/control", "run/numbers", "panic/numbers", "run/collections", "run/objects", "run/ownership"] {
        InterpLoopTakes "interp-loop-takes" "`for` takes a shared Map for its own";
        InterpArgsReversed "interp-args-reversed" "the right operand is evaluated first";
        InterpKeyLast "interp-key-last" "a Map's literal gives the first value to the second key";
        InterpNarrowUnchecked "interp-narrow-unchecked" "overflow on narrow integers wraps" canary;
        InterpShiftBound "interp-shift-bound" "a shift by the width is allowed";
        InterpDroppedKept "interp-dropped-kept" "what leaves a storage in an update is not released";
        InterpEventLost "interp-event-lost" "a copy of a Map is no event";
        InterpWeakAlive "interp-weak-alive" "a `weak` reference gives an object that has ended";
    }
}

/// Does this process have the fault?
#[cfg(not(feature = "planted-faults"))]
#[inline(always)]
pub const fn planted(_: Fault) -> bool {
    false
}

/// Does this process have the fault? The environment is read once.
#[cfg(feature = "planted-faults")]
pub fn planted(fault: Fault) -> bool {
    static PLANTED: std::sync::OnceLock<Option<Fault>> = std::sync::OnceLock::new();
    let planted = PLANTED.get_or_init(|| {
        let name = std::env::var(VARIABLE).ok()?;
        Some(ALL.iter().find(|entry| entry.name == name)?.fault)
    });
    *planted == Some(fault)
}

/// Does this allocation fail, because so many have been made?
#[cfg(not(feature = "planted-faults"))]
#[inline(always)]
pub const fn allocation_fails() -> bool {
    false
}

/// Does this allocation fail, because so many have been made?
#[cfg(feature = "planted-faults")]
pub fn allocation_fails() -> bool {
    use std::sync::atomic::{AtomicU64, Ordering};
    static LEFT: std::sync::OnceLock<Option<AtomicU64>> = std::sync::OnceLock::new();
    let left = LEFT.get_or_init(|| {
        Some(AtomicU64::new(
            std::env::var(ALLOCATIONS).ok()?.parse().ok()?,
        ))
    });
    let one_less = |n: u64| n.checked_sub(1);
    left.as_ref().is_some_and(|left| {
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
            .is_err()
    })
}

/// Holders from which a count jumps to one below its limit, so that what is shared twice is full as
/// if it had more holders than can be counted; `None` in every build but the test's.
#[cfg(not(feature = "planted-faults"))]
#[inline(always)]
pub const fn jumps_to_full() -> Option<u32> {
    None
}

/// Holders from which a count jumps to one below its limit, so that what is shared twice is full as
/// if it had more holders than can be counted. The environment is read once.
#[cfg(feature = "planted-faults")]
pub fn jumps_to_full() -> Option<u32> {
    static FROM: std::sync::OnceLock<Option<u32>> = std::sync::OnceLock::new();
    *FROM.get_or_init(|| std::env::var(FULL_COUNTS).ok()?.parse().ok())
}
