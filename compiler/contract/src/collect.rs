//! When cycles are looked for, by numbers of objects alone: every engine collects at the same `new`.

/// Fewer new objects than this are no reason to collect.
const LEAST: u64 = 10_000;

/// Objects in whose making stress collects each time. Later a part of all that were made, or that
/// live, must be new, so that a program of many takes a multiple of its time and not the square.
const STRESSED: u64 = 1000;
const STRESSED_LIVE_PART: u64 = 64;

/// How many objects are made until the next collection. `stress` is what `--gc-stress` says, 0 for
/// every `new`.
pub fn objects_until_collection(stress: Option<u32>, live: u64, allocated: u64) -> u64 {
    match stress {
        Some(0) if allocated < STRESSED => 0,
        Some(0) => (allocated / STRESSED).max(live / STRESSED_LIVE_PART),
        Some(n) => n.into(),
        None => live.max(LEAST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stress_collects_at_every_new_of_the_first_thousand() {
        assert_eq!(objects_until_collection(Some(0), 999, 999), 0);
        assert_eq!(objects_until_collection(Some(0), 3, 100_000), 100);
        assert_eq!(objects_until_collection(Some(0), 64_000, 100_000), 1000);
        assert_eq!(objects_until_collection(Some(7), 3, 100_000), 7);
        assert_eq!(objects_until_collection(None, 3, 100_000), 10_000);
        assert_eq!(objects_until_collection(None, 20_000, 100_000), 20_000);
    }
}
