//! The generator's own promises that need no engine: every pair of features meets, and the tape
//! decides everything.

use dualexec::generate::{Choices, Feature, Swarm, from_seed, generate};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn every_pair_of_features_meets() {
    let mut met: BTreeMap<(Feature, Feature), u32> = BTreeMap::new();
    for seed in 0..1000 {
        let features = Swarm::draw(&mut Choices::from_seed(seed));
        let features: Vec<Feature> = features.features().collect();
        for (i, a) in features.iter().enumerate() {
            for b in &features[i + 1..] {
                *met.entry((*a, *b)).or_default() += 1;
            }
        }
    }
    let all = Feature::ALL;
    assert!(all.len() >= 40, "{} features", all.len());
    for (i, a) in all.iter().enumerate() {
        for b in &all[i + 1..] {
            let n = met.get(&(*a, *b)).copied().unwrap_or(0);
            assert!(n >= 20, "{} with {}: {n} of 1000", a.name(), b.name());
        }
    }
}

#[test]
fn programs_are_neither_empty_nor_endless() {
    let sizes: Vec<usize> = (0..300)
        .map(|seed| {
            from_seed(seed, "p")
                .files
                .iter()
                .map(|(_, t)| t.len())
                .sum()
        })
        .collect();
    let mean = sizes.iter().sum::<usize>() / sizes.len();
    assert!((2_000..10_000).contains(&mean), "{mean} bytes on average");
    assert!(
        sizes.iter().all(|s| *s < 300_000),
        "{:?}",
        sizes.iter().max()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is on the tape, there is a program, and the same again.
    #[test]
    fn any_tape_is_a_program(tape in prop::collection::vec(any::<u32>(), 0..2048)) {
        let make = || {
            let mut u = Choices::from_tape(&tape);
            let swarm = Swarm::draw(&mut u);
            generate(&mut u, &swarm, "p")
        };
        let program = make();
        prop_assert!(program.files[0].1.contains("fn main()"));
        prop_assert_eq!(program, make());
    }

    #[test]
    fn any_bytes_are_a_program(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        let mut u = Choices::from_bytes(&bytes);
        let swarm = Swarm::draw(&mut u);
        prop_assert!(!generate(&mut u, &swarm, "p").files.is_empty());
    }
}
