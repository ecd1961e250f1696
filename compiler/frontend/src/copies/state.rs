//! Who holds what at one point of a function: variables in classes, whose members certainly hold
//! the same storages.

use super::facts::{Facts, Outside};
use super::{Why, WhyKind};
use crate::hir::SiteId;
use rustc_hash::FxHashMap;

pub type ClassId = usize;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct State {
    /// By local; `None`: it holds no storage.
    locals: Vec<Option<ClassId>>,
    classes: Vec<Facts>,
}

impl State {
    pub fn new(locals: usize) -> State {
        State {
            locals: vec![None; locals],
            classes: Vec::new(),
        }
    }

    pub fn class(&self, local: usize) -> Option<ClassId> {
        self.locals[local]
    }

    pub fn other_member(&self, class: ClassId, but: usize) -> Option<usize> {
        let mut locals = self.locals.iter().enumerate();
        locals
            .find(|&(i, l)| i != but && *l == Some(class))
            .map(|(i, _)| i)
    }

    /// What is known of a class, whoever of the function's variables are in it.
    pub fn facts(&self, class: ClassId) -> Facts {
        self.classes[class]
    }

    /// What a variable's value is to others: its other members hold it too.
    pub fn value(&self, local: usize, site: SiteId) -> Option<Facts> {
        let class = self.locals[local]?;
        let facts = self.classes[class];
        Some(match self.other_member(class, local) {
            Some(_) => facts.shared(WhyKind::Shared, site),
            None => facts,
        })
    }

    pub fn set(&mut self, local: usize, facts: Facts) {
        self.locals[local] = Some(self.classes.len());
        self.classes.push(facts);
    }

    /// `local` holds what the class holds.
    pub fn join_class(&mut self, local: usize, class: ClassId) {
        self.locals[local] = Some(class);
    }

    pub fn clear(&mut self, local: usize) {
        self.locals[local] = None;
    }

    /// Somebody unknown holds it, too.
    pub fn escape(&mut self, class: ClassId, kind: WhyKind, site: SiteId) {
        self.classes[class] = self.classes[class].shared(kind, site);
    }

    pub fn not_deep(&mut self, class: ClassId, why: Why) {
        let facts = &mut self.classes[class];
        facts.deep = false;
        facts.why = facts.why.or(Some(why));
    }

    /// Undoes that plain reads let values escape; nothing else has happened since.
    pub fn restore(&mut self, before: &State) {
        for (local, class) in before.locals.iter().enumerate() {
            if let (Some(class), true) = (*class, self.locals[local] == *class) {
                self.classes[class] = before.classes[class];
            }
        }
    }

    /// Nothing is known any more.
    pub fn forget(&mut self) {
        for local in 0..self.locals.len() {
            if let Some(class) = self.locals[local] {
                let facts = self.classes[class];
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
        let mut joined = State::new(self.locals.len());
        let mut ids: FxHashMap<(Option<ClassId>, Option<ClassId>), ClassId> = FxHashMap::default();
        for local in 0..self.locals.len() {
            let key = (self.locals[local], other.locals[local]);
            if key == (None, None) {
                continue;
            }
            let id = *ids.entry(key).or_insert_with(|| {
                let left = key.0.map(|c| self.split(c, local, other));
                let right = key.1.map(|c| other.split(c, local, self));
                let facts = match (left, right) {
                    (Some(a), Some(b)) => a.join(&b),
                    // On one way it holds nothing.
                    (Some(a), None) | (None, Some(a)) => Facts { some: false, ..a },
                    (None, None) => Facts::FRESH,
                };
                joined.classes.push(facts);
                joined.classes.len() - 1
            });
            joined.locals[local] = Some(id);
        }
        joined
    }

    /// What is known of a class where it keeps only those members that are with `local` in the other
    /// state, too.
    fn split(&self, class: ClassId, local: usize, other: &State) -> Facts {
        let facts = self.classes[class];
        let with = other.locals[local];
        let lost = (0..self.locals.len())
            .find(|&l| self.locals[l] == Some(class) && other.locals[l] != with);
        match lost {
            Some(_) if facts.outside == Outside::None => Facts {
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
        self.locals
            .iter()
            .zip(&other.locals)
            .all(|pair| match pair {
                (None, None) => true,
                (Some(a), Some(b)) => {
                    *there.entry(*a).or_insert(*b) == *b
                        && *back.entry(*b).or_insert(*a) == *a
                        && self.classes[*a].same(&other.classes[*b])
                }
                _ => false,
            })
    }
}
