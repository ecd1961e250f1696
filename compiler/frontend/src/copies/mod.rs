//! Which places of a program copy, before it runs: `must` copies whenever it is reached, `never` in
//! no run, `may` depends on the run or is not known.
//!
//! Takes a whole `Program`; gives a verdict for each place that the ledger can count at. An abstract
//! run: it follows who holds what through each function (`flow`), with what is known of parameters
//! and results (`summary`) going round until nothing changes. It must err to `may` only: a test
//! compares it with the ledgers of all programs of the reference.

mod errors;
mod facts;
mod flow;
mod place;
mod state;

pub use errors::{broken_promises, reason};

use crate::hir::{ClosureRef, Expr, ExprKind, Func, FuncId, Program, SiteId};
use crate::walk::read::{Visit, walk_expr};
use facts::{Facts, Kinds};
use flow::Flow;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Never,
    May,
    Must,
}

/// Why a value can have another holder, and where that came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why {
    pub kind: WhyKind,
    pub site: SiteId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyKind {
    /// A variable shared it here.
    Shared,
    /// A parameter: callers may still hold what they pass.
    Param,
    /// A string literal.
    Literal,
    Constant,
    /// A capture of a closure.
    Capture,
    /// Read out of a container, or held by its elements.
    Element,
    /// Lies in an object.
    Object,
    /// A call gave it, or was given it and may keep it.
    Call,
    /// A `for` runs over it.
    Loop,
}

/// What is known of one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub verdict: Verdict,
    pub why: Option<Why>,
    /// Of the function whose text it is in, if that is `@in_place`.
    pub promise: Option<crate::ast::Text>,
}

/// The places of the program's own text where an update, `:=` or `copy` counts.
pub type View = BTreeMap<SiteId, Place>;

pub fn view(program: &Program) -> View {
    let mut all = Analysis::new(program);
    while let Some(func) = all.work.pop() {
        all.queued[func.index()] = false;
        all.run(func);
    }
    // All is known now; what was said before was said too early.
    all.view.clear();
    for i in 0..program.funcs.len() {
        if all.params[i].is_some() {
            all.run(FuncId(i as u32));
        }
    }
    all.view
}

/// What goes round between functions.
struct Analysis<'p> {
    program: &'p Program,
    kinds: Kinds<'p>,
    /// Per function, what its parameters are known to be; `None`: nobody calls it so far.
    params: Vec<Option<Vec<Facts>>>,
    results: Vec<Option<Facts>>,
    callers: Vec<BTreeSet<FuncId>>,
    work: Vec<FuncId>,
    queued: Vec<bool>,
    view: View,
    /// Somewhere an object is made.
    has_objects: bool,
}

impl<'p> Analysis<'p> {
    fn new(program: &'p Program) -> Analysis<'p> {
        let n = program.funcs.len();
        let mut all = Analysis {
            program,
            kinds: Kinds::new(program),
            params: vec![None; n],
            results: vec![None; n],
            callers: vec![BTreeSet::new(); n],
            work: Vec::new(),
            queued: vec![false; n],
            view: View::default(),
            has_objects: false,
        };
        // Whoever is called from where nobody sees: with any arguments.
        let mut unknown: Vec<FuncId> = Vec::new();
        unknown.extend(program.entry);
        unknown.extend(program.tests.iter().map(|t| t.func));
        unknown.extend(program.globals.iter().map(|g| g.init));
        unknown.extend(program.shows.values().chain(program.deinits.values()));
        let methods = program.vtables.iter().flat_map(|v| &v.methods);
        unknown.extend(methods.flatten());
        for func in &program.funcs {
            let mut made = Made::default();
            made.expr(&func.body);
            unknown.extend(made.closures);
            all.has_objects |= made.objects;
        }
        for id in unknown {
            let func = program.func(id);
            let params = func.params.iter();
            let params = params.map(|p| Facts::param(func.locals[p.local.index()].site));
            all.params[id.index()] = Some(params.collect());
            all.queue(id);
        }
        all
    }

    fn queue(&mut self, id: FuncId) {
        if !std::mem::replace(&mut self.queued[id.index()], true) {
            self.work.push(id);
        }
    }

    fn run(&mut self, id: FuncId) {
        let func = self.program.func(id);
        let result = Flow::new(self, func, id).run();
        let before = &self.results[id.index()];
        let joined = match before {
            Some(before) => before.join(&result),
            None => result,
        };
        if before.as_ref().is_none_or(|b| !b.same(&joined)) {
            self.results[id.index()] = Some(joined);
            for caller in self.callers[id.index()].clone() {
                self.queue(caller);
            }
        }
    }

    /// A call: what it passes goes into what the callee knows; what it gives, as far as is known.
    fn call(&mut self, caller: FuncId, callee: FuncId, args: &[Facts]) -> Option<Facts> {
        let func = self.program.func(callee);
        let passed = args.iter().zip(&func.params).map(|(arg, param)| {
            let site = func.locals[param.local.index()].site;
            arg.as_param(site, param.borrowed)
        });
        let passed: Vec<Facts> = passed.collect();
        let joined = match &self.params[callee.index()] {
            Some(before) => before.iter().zip(&passed).map(|(a, b)| a.join(b)).collect(),
            None => passed,
        };
        let known = self.params[callee.index()].as_ref();
        let same = known.is_some_and(|k| k.iter().zip(&joined).all(|(a, b)| a.same(b)));
        if !same {
            self.params[callee.index()] = Some(joined);
            self.queue(callee);
        }
        self.callers[callee.index()].insert(caller);
        self.results[callee.index()]
    }

    /// What a constant is; its holder is the program.
    fn global(&mut self, user: FuncId, init: FuncId, site: SiteId) -> Facts {
        self.callers[init.index()].insert(user);
        let some = self.results[init.index()].as_ref().is_some_and(|f| f.some);
        Facts::held(WhyKind::Constant, site, some)
    }

    fn note(&mut self, func: &Func, site: SiteId, verdict: Verdict, why: Option<Why>) {
        if func.is_std {
            return;
        }
        match self.view.get_mut(&site) {
            Some(place) => {
                if place.verdict != verdict {
                    place.verdict = Verdict::May;
                }
                place.why = place.why.or(why);
            }
            None => {
                let promise = func.in_place.clone();
                let place = Place {
                    verdict,
                    why,
                    promise,
                };
                self.view.insert(site, place);
            }
        }
    }
}

/// What a function makes.
#[derive(Default)]
struct Made {
    /// The functions of its closures.
    closures: Vec<FuncId>,
    objects: bool,
}

impl Visit for Made {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Closure {
                func: ClosureRef::Func(id),
                ..
            } => self.closures.push(*id),
            ExprKind::New(_) => self.objects = true,
            _ => {}
        }
        walk_expr(self, expr);
    }
}
