//! The program generator: from a tape of choices to a well-typed, terminating program.
//!
//! Takes `Choices` and a `Swarm`; gives the files of a program that `check` accepts, by
//! construction: a goal type is chosen first, then something that makes it. Nothing is generated
//! and thrown away. One file per subject: `types` and `scope` are what is known, `items` makes the
//! declarations and `units` those that stand by themselves, `stmts`, `control`, `places` and
//! `objects` the statements, `exprs`, `lib_calls` and `closures` the expressions, `library` what is
//! of the library's modules, `digest` what is printed. Knows no engine.

mod choices;
mod closures;
mod control;
mod digest;
mod exprs;
mod idioms;
mod items;
mod lib_calls;
mod library;
mod objects;
mod places;
mod print;
mod scope;
mod stmts;
mod swarm;
mod types;
mod units;

pub use choices::Choices;
pub use swarm::{Feature, Swarm};

use items::FnSig;
use print::Writer;
use scope::Scope;
use types::{Decls, Ty};

/// A generated program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Names and texts; the first one is the root, which has `main`.
    pub files: Vec<(String, String)>,
    /// How many `test` blocks the root has.
    pub tests: usize,
    pub features: Vec<Feature>,
}

/// A program named `name`: its root file is `name.cowl`, its modules `name_….cowl`.
pub fn generate(u: &mut Choices, swarm: &Swarm, name: &str) -> Generated {
    let mut g = Gen {
        u,
        swarm,
        decls: Decls::default(),
        classes: Vec::new(),
        implementors: Vec::new(),
        fns: Vec::new(),
        consts: Vec::new(),
        scope: Scope::default(),
        ret: Ty::Unit,
        loops: Vec::new(),
        closures: 0,
        deferred: false,
        turns: 1,
        cost: 0,
        budget: 0,
        no_reach: false,
        raw: 0,
        here: 0,
        type_params: 0,
        in_types: false,
        recursion: None,
        pure: false,
        ptr_trait: None,
        own_error: None,
        leaf_size: 0,
        tests: 0,
        labels: 0,
        prints_all: false,
        out: Writer::default(),
    };
    // In many programs nothing panics on purpose; in others, one operation in eight may.
    g.raw = if g.u.chance(60) { 12 } else { 0 };
    let files = g.program(name);
    Generated {
        files,
        tests: g.tests,
        features: swarm.features().collect(),
    }
}

/// The program of a seed.
pub fn from_seed(seed: u64, name: &str) -> Generated {
    let mut u = Choices::from_seed(seed);
    let swarm = Swarm::draw(&mut u);
    generate(&mut u, &swarm, name)
}

/// What the generator knows while it writes.
struct Gen<'a, 'u> {
    u: &'a mut Choices<'u>,
    swarm: &'a Swarm,
    decls: Decls,
    /// Indices of `decls.adts`.
    classes: Vec<usize>,
    /// By trait: the types that have it.
    implementors: Vec<Vec<usize>>,
    /// Functions that may be called, those declared before.
    fns: Vec<FnSig>,
    consts: Vec<(String, Ty)>,
    scope: Scope,
    /// What the function or closure at hand gives.
    ret: Ty,
    /// Loops that `break` and `continue` may name here, the innermost last; their labels.
    loops: Vec<Option<String>>,
    /// The depth in closures.
    closures: usize,
    /// In a deferred block, which nothing may leave.
    deferred: bool,
    /// How often the code at hand runs in one call of its function, at most.
    turns: u64,
    /// Operations of one call of the function at hand, roughly.
    cost: u64,
    /// Nodes that may still be written in this function.
    budget: i32,
    /// Nothing that leads to an object may be used (a callback while an object is in change).
    no_reach: bool,
    /// Per cent of operations that may panic and are not guarded.
    raw: u32,
    /// The module that is being written.
    here: usize,
    labels: usize,
    /// Type parameters of the function or type at hand.
    type_params: usize,
    /// Types are being declared: functions and `any` are not there yet.
    in_types: bool,
    /// The function at hand, which may call itself, and how many calls are left.
    recursion: Option<(usize, usize)>,
    /// The function at hand is pure: it neither prints nor reaches objects.
    pure: bool,
    /// The trait that pointers have too.
    ptr_trait: Option<usize>,
    /// The program's own error, which strings become at `?`.
    own_error: Option<usize>,
    /// Parts of the literal at hand.
    leaf_size: u32,
    /// `test` blocks that were written.
    tests: usize,
    /// Whether scopes print all they have, which keeps everything alive, or only some.
    prints_all: bool,
    out: Writer,
}

impl Gen<'_, '_> {
    fn on(&self, feature: Feature) -> bool {
        self.swarm.on(feature)
    }

    /// Whether an operation that may panic goes unguarded.
    fn is_raw(&mut self) -> bool {
        self.raw > 0 && self.u.chance(self.raw)
    }

    fn show(&self, ty: &Ty) -> String {
        self.decls.show(ty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_program() {
        assert_eq!(from_seed(5, "a"), from_seed(5, "a"));
        assert_ne!(from_seed(5, "a").files, from_seed(6, "a").files);
    }

    #[test]
    fn any_tape_gives_a_program() {
        let tapes: [&[u32]; 4] = [&[], &[1], &[u32::MAX; 50], &[99, 7, 3, 1000, 12345, 8]];
        for tape in tapes {
            let mut u = Choices::from_tape(tape);
            let swarm = Swarm::draw(&mut u);
            let program = generate(&mut u, &swarm, "t");
            assert!(program.files[0].1.contains("fn main("));
        }
        let mut u = Choices::from_bytes(&[0xff; 300]);
        assert!(!generate(&mut u, &Swarm::all(), "t").files.is_empty());
    }
}
