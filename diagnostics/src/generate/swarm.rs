//! Which features a program has: each is on in half of the programs, with a weight of its own,
//! so that every pair meets and no feature drowns the others.

use super::choices::Choices;

macro_rules! features {
    ($($name:ident),* $(,)?) => {
        /// A part of the language that programs have or lack as a whole.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Feature { $($name),* }

        impl Feature {
            pub const ALL: &'static [Feature] = &[$(Feature::$name),*];

            pub fn name(self) -> &'static str {
                match self { $(Feature::$name => stringify!($name)),* }
            }
        }
    };
}

features! {
    Arrays, Maps, Sets, Strings, Floats, NarrowInts, Tuples, Optionals, Results, Structs, Enums,
    RecursiveTypes, Classes, Weak, Cycles, Generics, GenericFns, Traits, Any, Methods, Closures,
    HigherOrder, Comprehensions, Slices, NestedPaths, Aliases, DroppedAliases, SelfOps, SoleMoves,
    EarlyExits, Labels, Defer, Recursion, Modules, Constants, Matches, LetElse, CallbackChanges,
    DefaultArgs, Deinit, Destructuring, WhileLoops, Deques, StdModules, Input, TestBlocks, PureFns,
    NestedFns, ErrorTypes, PtrTraits, GenericClasses, Unique, WildLoops,
    Large,
}

impl Feature {
    /// How many programs have it. Those that see when objects die cannot be compared with the eager
    /// interpreter, so there are fewer of them.
    fn percent(self) -> u32 {
        match self {
            Feature::Weak | Feature::Deinit => 25,
            Feature::Unique => 15,
            // These bring much text along.
            Feature::ErrorTypes | Feature::Traits | Feature::Any => 35,
            _ => 50,
        }
    }
}

/// Fewer features than this make no program worth running.
const FLOOR: usize = 3;

/// The features of one program and their weights.
#[derive(Clone, Debug)]
pub struct Swarm {
    weights: Vec<u32>,
}

impl Swarm {
    pub fn draw(u: &mut Choices) -> Swarm {
        // Log-uniform from 1 to 64.
        let mut weights: Vec<u32> = Feature::ALL
            .iter()
            .map(|feature| match u.chance(feature.percent()) {
                true => 1 << u.below(7),
                false => 0,
            })
            .collect();
        while weights.iter().filter(|w| **w > 0).count() < FLOOR {
            let i = u.below(weights.len());
            match weights.iter().skip(i).position(|w| *w == 0) {
                Some(at) => weights[i + at] = 8,
                None => weights[0] = 8,
            }
            if weights[0] > 0 && i == 0 {
                // A tape of zeros would choose the first for ever.
                for weight in weights.iter_mut().take(FLOOR) {
                    *weight = (*weight).max(8);
                }
            }
        }
        // What lives in objects is nothing without them.
        let objects = [
            Feature::Weak,
            Feature::Cycles,
            Feature::Deinit,
            Feature::PtrTraits,
        ];
        if objects.iter().any(|f| weights[*f as usize] > 0) {
            let classes = &mut weights[Feature::Classes as usize];
            *classes = (*classes).max(8);
        }
        Swarm { weights }
    }

    /// Everything at once, evenly.
    pub fn all() -> Swarm {
        Swarm {
            weights: vec![8; Feature::ALL.len()],
        }
    }

    pub fn on(&self, feature: Feature) -> bool {
        self.weight(feature) > 0
    }

    pub fn weight(&self, feature: Feature) -> u32 {
        self.weights.get(feature as usize).copied().unwrap_or(0)
    }

    /// The weight, brought near to `base`: what a choice among many is drawn by.
    pub fn scaled(&self, feature: Feature, base: u32) -> u32 {
        match self.weight(feature) {
            0 => 0,
            w => (base * (4 + w.ilog2() * 2) / 8).max(1),
        }
    }

    pub fn features(&self) -> impl Iterator<Item = Feature> + '_ {
        Feature::ALL.iter().copied().filter(|f| self.on(*f))
    }
}
