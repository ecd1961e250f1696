//! The whole frontend: a root file in, a `Program` or all problems out.
//!
//! Runs resolve, check, own and instantiate, with `verify` after each in debug builds. Bodies are
//! checked on demand when a program is made, and all of them for `Goal::Check`.

use crate::defs::Defs;
use crate::hir::{FnDefId, Func, Program, Sites};
use crate::instantiate::{Bodies, Parts, Roots, instantiate};
use crate::loader::{LoadedFile, Loader};
use crate::problem::{Problem, Problems, Severity};
use crate::resolve::resolve;
use crate::source::SourceMap;
use crate::types::Types;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the program is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Every problem of the program's own modules, warnings too; then as `Tests`.
    Check,
    /// `main` and what it needs.
    Run,
    /// The root module's tests and what they need.
    Tests,
}

pub struct Compiled {
    /// There is one if no problem is an error.
    pub program: Option<Program>,
    /// For names in dumps.
    pub defs: Defs,
    /// Sorted by place; warnings only for `Goal::Check`.
    pub problems: Vec<Problem>,
    pub times: Vec<(&'static str, Duration)>,
}

/// Compiles the program of a root file. Its files are added to `sources`.
pub fn compile(
    sources: &mut SourceMap,
    loader: &mut dyn Loader,
    root: LoadedFile,
    goal: Goal,
) -> Compiled {
    let mut times = Vec::new();
    let mut problems = Problems::default();
    let mut types = Types::default();
    let mut sites = Sites::default();

    let start = Instant::now();
    let root = sources.add(root.name, root.text, false);
    let defs = resolve(sources, &mut types, loader, root, &mut problems);
    times.push(("parse and resolve", start.elapsed()));

    let roots = roots(&defs, goal);
    let mut bodies = Unchecked {
        defs: &defs,
        types: &mut types,
        sites: &mut sites,
        problems: &mut problems,
    };
    let program = instantiate(&mut bodies, &roots);
    let mut problems = problems.finish();
    if goal != Goal::Check {
        problems.retain(|p| p.severity == Severity::Error);
    }
    let failed = problems.iter().any(|p| p.severity == Severity::Error);
    Compiled {
        program: program.filter(|_| !failed),
        defs,
        problems,
        times,
    }
}

fn roots(defs: &Defs, goal: Goal) -> Roots {
    let own_tests = defs.tests.iter().enumerate();
    let own_tests = own_tests.filter(|(_, t)| t.module == defs.root);
    let tests = own_tests.map(|(i, _)| i).collect();
    match goal {
        Goal::Run => Roots {
            main: defs.main,
            tests: Vec::new(),
        },
        Goal::Tests => Roots { main: None, tests },
        Goal::Check => Roots {
            main: defs.main,
            tests,
        },
    }
}

/// Stands here until bodies are checked.
struct Unchecked<'a> {
    defs: &'a Defs,
    types: &'a mut Types,
    sites: &'a mut Sites,
    problems: &'a mut Problems,
}

impl Bodies for Unchecked<'_> {
    fn body(&mut self, _: FnDefId) -> Option<Arc<Func>> {
        None
    }

    fn parts(&mut self) -> Parts<'_> {
        Parts {
            defs: self.defs,
            types: self.types,
            sites: self.sites,
            problems: self.problems,
        }
    }
}
