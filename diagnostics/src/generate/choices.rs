//! The choice tape: every decision of the generator is one number drawn from here.
//!
//! A tape is a list of numbers, of bytes, or the endless stream of a seed, so that the same
//! generator serves property tests, `cargo fuzz` and a plain loop over seeds. A tape that has run
//! out gives zeros, and a zero always chooses the simplest thing.

/// Where decisions come from.
pub struct Choices<'a> {
    source: Source<'a>,
    drawn: usize,
}

enum Source<'a> {
    Tape(&'a [u32]),
    Bytes(&'a [u8]),
    Seed(u64),
}

impl<'a> Choices<'a> {
    pub fn from_tape(tape: &'a [u32]) -> Choices<'a> {
        Choices {
            source: Source::Tape(tape),
            drawn: 0,
        }
    }

    pub fn from_bytes(bytes: &'a [u8]) -> Choices<'a> {
        Choices {
            source: Source::Bytes(bytes),
            drawn: 0,
        }
    }

    /// An endless tape; the same for the same seed, on every machine.
    pub fn from_seed(seed: u64) -> Choices<'static> {
        Choices {
            source: Source::Seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d),
            drawn: 0,
        }
    }

    fn draw(&mut self) -> u32 {
        let at = self.drawn;
        self.drawn += 1;
        match &mut self.source {
            Source::Tape(tape) => tape.get(at).copied().unwrap_or(0),
            Source::Bytes(bytes) => {
                let two = |i: usize| bytes.get(2 * at + i).copied().unwrap_or(0);
                u32::from(u16::from_le_bytes([two(0), two(1)]))
            }
            // splitmix64
            Source::Seed(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                ((z ^ (z >> 31)) >> 32) as u32
            }
        }
    }

    /// A number from 0 up to `n` (0 of nothing).
    pub fn below(&mut self, n: usize) -> usize {
        match n {
            0 | 1 => 0,
            _ => self.draw() as usize % n,
        }
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: u32) -> bool {
        let drawn = self.draw() % 100;
        // A tape of zeros says no to everything that need not be.
        percent >= 100 || drawn + percent >= 100
    }

    pub fn pick<'t, T>(&mut self, items: &'t [T]) -> Option<&'t T> {
        let i = self.below(items.len());
        items.get(i)
    }

    /// An index, drawn by weights; index 0 where all of them are 0.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u32 = weights.iter().sum();
        if total == 0 {
            return 0;
        }
        let mut at = self.draw() % total;
        for (i, &weight) in weights.iter().enumerate() {
            if at < weight {
                return i;
            }
            at -= weight;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_that_has_run_out_gives_zeros() {
        let mut u = Choices::from_tape(&[7, 5]);
        assert_eq!((u.below(10), u.below(4), u.below(9)), (7, 1, 0));
        assert!(!u.chance(50));
        let mut u = Choices::from_bytes(&[3, 0, 1]);
        assert_eq!((u.below(10), u.below(10), u.below(10)), (3, 1, 0));
    }

    #[test]
    fn seeds_repeat_and_differ() {
        let draw = |seed| {
            let mut u = Choices::from_seed(seed);
            [(); 8].map(|()| u.below(1000))
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }
}
