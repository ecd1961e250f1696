//! Who holds what at one point of a function: variables in classes, whose members certainly hold
//! the same storages.

use super::facts::{Facts, Outside};
use super::{Why, WhyKind};
use crate::hir::SiteId;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

pub type ClassId = usize;

/// Only variables that hold a storage stand here: what a copy of the state costs depends on how many
/// these are, not on the length of the function.
#[derive(Debug, Default)]
pub struct State {
    locals: BTreeMap<usize, ClassId>,
    /// Those without members may be spoken of until the state is copied.
    classes: FxHashMap<ClassId, Class>,
    next: ClassId,
}

#[derive(Debug, Clone)]
struct Class {
    facts: Facts,
    members: BTreeSet<usize>,
}

/// What was known of some variables' classes, to go back to.
pub struct Seen(Vec<(usize, ClassId, Facts)>);

impl Clone for State {
    fn clone(&self) -> State {
        let classes = self.classes.iter();
        let alive = classes.filter(|(_, class)| !class.members.is_empty());
        State {
            locals: self.locals.clone(),
            classes: alive.map(|(&id, class)| (id, class.clone())).collect(),
            next: self.next,
        }
    }
}

impl State {
    pub fn class(&self, local: usize) -> Option<ClassId> {
        self.locals.get(&local).copied()
    }

    pub fn other_member(&self, class: ClassId, but: usize) -> Option<usize> {
        let members = &self.classes.get(&class)?.members;
        members.iter().copied().find(|&l| l != but)
    }

    /// What is known of a class, whoever of the function's variables are in it.
    pub fn facts(&self, class: ClassId) -> Facts {
        self.classes.get(&class).map_or(Facts::FRESH, |c| c.facts)
    }

    /// What a variable's value is to others: its other members hold it too.
    pub fn value(&self, local: usize, site: SiteId) -> Option<Facts> {
        let class = self.class(local)?;
        let facts = self.facts(class);
        Some(match self.other_member(class, local) {
            Some(_) => facts.shared(WhyKind::Shared, site),
            None => facts,
        })
    }

    pub fn set(&mut self, local: usize, facts: Facts) {
        let id = self.add(facts);
        self.join_class(local, id);
    }

    fn add(&mut self, facts: Facts) -> ClassId {
        let class = Class {
            facts,
            members: BTreeSet::new(),
        };
        self.classes.insert(self.next, class);
        self.next += 1;
        self.next - 1
    }

    /// `local` holds what the class holds.
    pub fn join_class(&mut self, local: usize, class: ClassId) {
        self.clear(local);
        self.locals.insert(local, class);
        if let Some(class) = self.classes.get_mut(&class) {
            class.members.insert(local);
        }
    }

    pub fn clear(&mut self, local: usize) {
        if let Some(class) = self.locals.remove(&local)
            && let Some(class) = self.classes.get_mut(&class)
        {
            class.members.remove(&local);
        }
    }

    /// Somebody unknown holds it, too.
    pub fn escape(&mut self, class: ClassId, kind: WhyKind, site: SiteId) {
        if let Some(class) = self.classes.get_mut(&class) {
            class.facts = class.facts.shared(kind, site);
        }
    }

    pub fn not_deep(&mut self, class: ClassId, why: Why) {
        if let Some(class) = self.classes.get_mut(&class) {
            class.facts.deep = false;
            class.facts.why = class.facts.why.or(Some(why));
        }
    }

    /// Remembers what is known of these variables.
    pub fn seen(&self, locals: impl Iterator<Item = usize>) -> Seen {
        let known = |local| Some((local, self.class(local)?, self.facts(self.class(local)?)));
        Seen(locals.filter_map(known).collect())
    }

    /// Undoes that plain reads let values escape; nothing else has happened since.
    pub fn restore(&mut self, seen: &Seen) {
        for &(local, id, facts) in &seen.0 {
            if self.class(local) == Some(id)
                && let Some(class) = self.classes.get_mut(&id)
            {
                class.facts = facts;
            }
        }
    }

    /// Nothing is known any more.
    pub fn forget(&mut self) {
        for local in self.locals.keys().copied().collect::<Vec<usize>>() {
            if let Some(class) = self.class(local) {
                let facts = self.facts(class);
                self.set(
                    local,
                    Facts {
                        outside: Outside::Maybe,
                        some: false,
                        deep: false,
                        ..facts
                    },
                );
            }
        }
    }

    /// What holds on both ways: variables stay together where they are on both.
    pub fn join(&self, other: &State) -> State {
        let mut joined = State::default();
        let mut ids: FxHashMap<(Option<ClassId>, Option<ClassId>), ClassId> = FxHashMap::default();
        let both: BTreeSet<usize> = self
            .locals
            .keys()
            .chain(other.locals.keys())
            .copied()
            .collect();
        for local in both {
            let key = (self.class(local), other.class(local));
            let id = *ids.entry(key).or_insert_with(|| {
                let left = key.0.map(|c| self.split(c, local, other));
                let right = key.1.map(|c| other.split(c, local, self));
                joined.add(match (left, right) {
                    (Some(a), Some(b)) => a.join(&b),
                    // On one way it holds nothing.
                    (Some(a), None) | (None, Some(a)) => Facts { some: false, ..a },
                    (None, None) => Facts::FRESH,
                })
            });
            joined.join_class(local, id);
        }
        joined
    }

    /// What is known of a class where it keeps only those members that are with `local` in the other
    /// state, too.
    fn split(&self, class: ClassId, local: usize, other: &State) -> Facts {
        let facts = self.facts(class);
        let with = other.class(local);
        let members = self.classes.get(&class).map(|c| &c.members);
        let mut members = members.into_iter().flatten();
        match members.any(|&l| other.class(l) != with) {
            true if facts.outside == Outside::None => Facts {
                outside: Outside::Maybe,
                ..facts
            },
            _ => facts,
        }
    }

    /// Equal but for the numbers of classes and the reasons.
    pub fn same(&self, other: &State) -> bool {
        let mut there: FxHashMap<ClassId, ClassId> = FxHashMap::default();
        let mut back: FxHashMap<ClassId, ClassId> = FxHashMap::default();
        self.locals.len() == other.locals.len()
            && self.locals.iter().all(|(&local, &a)| {
                other.class(local).is_some_and(|b| {
                    *there.entry(a).or_insert(b) == b
                        && *back.entry(b).or_insert(a) == a
                        && self.facts(a).same(&other.facts(b))
                })
            })
    }
}
