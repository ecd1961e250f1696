//! The whole frontend: a root file in, a `Program` or all problems out.
//!
//! Runs resolve, check, own and instantiate, with `verify` after each in debug builds. Bodies are
//! checked on demand when a program is made, and all of them for `Goal::Check`.

use crate::check::Checker;
use crate::copies;
use crate::defs::{Body, Defs};
use crate::hir::{FnDefId, Func, Program, Sites};
use crate::instantiate::{Bodies, Parts, Roots, instantiate};
use crate::loader::{LoadedFile, Loader};
use crate::own::own;
use crate::problem::{Problem, Problems, Severity};
use crate::repeats;
use crate::resolve::resolve;
use crate::source::{SourceMap, Span};
use crate::types::Types;
use crate::unused::unused;
use crate::verify::{self, Stage};
use rustc_hash::FxHashMap;
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
    let mut defs = resolve(sources, &mut types, loader, root, &mut problems);
    times.push(("parse and resolve", start.elapsed()));

    // What follows from a mistake in the syntax would be reported as another one.
    if problems.iter().any(|p| p.code.starts_with("E00")) {
        let mut problems = problems.finish();
        problems.retain(|p| !may_be_unread(p.code));
        let problems = repeats::joined(problems, sources);
        return Compiled {
            program: None,
            defs,
            problems,
            times,
        };
    }
    let declared = Declared::new(&problems);
    let roots = roots(&defs, goal);
    let start = Instant::now();
    let checker = Checker::new(&mut defs, &mut types, &mut sites, &mut problems);
    let mut bodies = Checked {
        checker,
        owned: FxHashMap::default(),
    };
    if goal == Goal::Check {
        bodies.all();
    }
    let program = instantiate(&mut bodies, &roots);
    bodies.checker.forget_consequences();
    let owned = bodies.owned;
    if goal == Goal::Check && !problems.has_errors() {
        unused(&defs, owned.values().flatten().map(|f| &**f), &mut problems);
    }
    times.push(("check, own, instantiate", start.elapsed()));
    if let Some(program) = program.as_ref().filter(|_| cfg!(debug_assertions)) {
        report_broken(
            "instantiate",
            "the program",
            verify::verify_program(program),
        );
    }
    if let Some(program) = &program
        && program.funcs.iter().any(|f| f.in_place.is_some())
    {
        let view = copies::view(program);
        for problem in copies::broken_promises(program, &view) {
            problems.push(problem);
        }
    }
    let problems = declared.without_consequences(problems.finish(), &defs);
    let mut problems = repeats::joined(problems, sources);
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

/// Something is missing that the text which could not be read may hold: a type, a method, a body.
fn may_be_unread(code: &str) -> bool {
    matches!(code, "E0101" | "E0114" | "E0118" | "E0504" | "E0505")
}

/// The problems of declarations, found before any body is checked.
struct Declared {
    /// Sorted.
    found: Vec<(Span, &'static str)>,
}

impl Declared {
    fn new(problems: &Problems) -> Declared {
        let mut found: Vec<(Span, &str)> = problems.iter().map(|p| (p.span, p.code)).collect();
        found.sort_unstable();
        Declared { found }
    }

    /// Leaves out what was found in the bodies of functions whose declarations are wrong: it mostly
    /// follows from that.
    fn without_consequences(&self, mut problems: Vec<Problem>, defs: &Defs) -> Vec<Problem> {
        if self.found.is_empty() {
            return problems;
        }
        let items = defs.fns.iter().filter_map(|f| match &f.body {
            Body::Fn(item) | Body::Test(item) => Some(item.span),
            Body::Expr(_) | Body::Closure | Body::None => None,
        });
        let mut wrong: Vec<Span> = items.filter(|&item| self.has_one_in(item)).collect();
        // The outermost first, and none of those inside it.
        wrong.sort_unstable_by_key(|s| (s.file, s.lo, std::cmp::Reverse(s.hi)));
        wrong.dedup_by(|inner, outer| covers(*outer, *inner));
        problems.retain(|p| {
            let place = (p.span, p.code);
            let next = wrong.partition_point(|s| (s.file, s.lo) <= (p.span.file, p.span.lo));
            let inside = next > 0 && covers(wrong[next - 1], p.span);
            !inside || self.found.binary_search(&place).is_ok()
        });
        problems
    }

    fn has_one_in(&self, item: Span) -> bool {
        let first = self
            .found
            .partition_point(|(s, _)| (s.file, s.lo) < (item.file, item.lo));
        self.found.get(first).is_some_and(|(s, _)| covers(item, *s))
    }
}

fn covers(outer: Span, inner: Span) -> bool {
    outer.file == inner.file && outer.lo <= inner.lo && inner.hi <= outer.hi
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

/// Bodies as they are asked for: checked, then owned, once.
struct Checked<'a> {
    checker: Checker<'a>,
    owned: FxHashMap<FnDefId, Option<Arc<Func>>>,
}

impl Checked<'_> {
    /// Every body of the program's own modules.
    fn all(&mut self) {
        self.checker.check_all();
        // Closures and nested functions were added by checking.
        for i in 0..self.checker.defs.fns.len() {
            let id = FnDefId(i as u32);
            let module = self.checker.defs.func(id).module;
            if !self.checker.defs.module(module).is_std {
                self.body(id);
            }
        }
    }
}

impl Bodies for Checked<'_> {
    fn body(&mut self, id: FnDefId) -> Option<Arc<Func>> {
        if let Some(body) = self.owned.get(&id) {
            return body.clone();
        }
        let func = self.checker.body(id).cloned();
        let func = func.and_then(|mut func| {
            let ck = &mut self.checker;
            let errors = ck.problems.errors();
            must_hold(&func, Stage::Check, ck);
            own(&mut func, ck.defs, ck.types, ck.sites, ck.problems);
            if ck.problems.errors() > errors {
                return None;
            }
            must_hold(&func, Stage::Own, ck);
            Some(Arc::new(func))
        });
        self.owned.insert(id, func.clone());
        func
    }

    fn parts(&mut self) -> Parts<'_> {
        let ck = &mut self.checker;
        Parts {
            defs: ck.defs,
            types: ck.types,
            sites: ck.sites,
            problems: ck.problems,
        }
    }
}

/// In debug builds every phase's work is checked. A broken invariant is a fault of the phase, unless
/// errors were reported, which leave holes in the tree.
fn must_hold(func: &Func, stage: Stage, ck: &mut Checker<'_>) {
    if cfg!(debug_assertions) && ck.problems.errors() == 0 {
        let result = verify::verify(func, stage, ck.defs, ck.types);
        report_broken(&format!("{stage:?}"), &func.name, result);
    }
}

fn report_broken(phase: &str, name: &str, result: Result<(), Vec<String>>) {
    if let Err(broken) = result {
        panic!(
            "{phase} left {name} with broken invariants:\n{}",
            broken.join("\n")
        );
    }
}
