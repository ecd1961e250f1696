//! Looks that are pending where `is_unique` is asked.
//!
//! A look adds no holder (S7), but the value that it puts on the stack is one more reference. Takes
//! the functions that ask, each at its first question; gives for each question the looks before it
//! whose operation is still under way, and remembers what each of them saw, so that a question can
//! leave these references out. Programs that never ask pay nothing.

use crate::machine::Machine;
use crate::value::V;
use cowl_frontend::hir::{Expr, ExprKind, Func, Match, Mode, Pat, Place, Program, SiteId};
use cowl_frontend::walk::read::{Visit, walk_expr, walk_place};
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

#[derive(Default)]
pub struct Looks {
    /// Functions whose questions are known, by their addresses.
    searched: FxHashSet<usize>,
    /// By a question's place: the places of the looks that are pending there.
    pending: FxHashMap<SiteId, Vec<SiteId>>,
    /// By how many calls are under way and the look's place: the address of what it last saw.
    seen: FxHashMap<(usize, SiteId), usize>,
}

impl Looks {
    pub fn of(program: &Program) -> Option<Looks> {
        program.asks_unique.then(Looks::default)
    }

    /// Finds the questions of a function, once.
    fn search(&mut self, func: &Func) {
        if self.searched.insert(std::ptr::from_ref(func).addr()) {
            let mut search = Search {
                func,
                pending: Vec::new(),
                found: &mut self.pending,
            };
            search.expr(&func.body);
        }
    }
}

impl Machine<'_> {
    /// A look has put a second reference to a value on the stack.
    pub fn note_look(&mut self, site: SiteId, v: &V) {
        let depth = self.callers.len();
        if let Some(looks) = &mut self.looks {
            looks.seen.insert((depth, site), address(v).unwrap_or(0));
        }
    }

    /// What a guard sees of its arm's bindings.
    pub fn note_bindings(&mut self, pat: &Pat) {
        let Some(func) = self.func else { return };
        let mut bound = Vec::new();
        pat.bindings(&mut bound);
        for local in bound {
            let v = self.slots[self.base + local.index()].clone();
            self.note_look(func.locals[local.index()].site, &v);
        }
    }

    /// The addresses that pending looks refer to where a question stands.
    pub fn looked_at(&mut self, question: SiteId) -> Vec<usize> {
        let (Some(looks), Some(func)) = (&mut self.looks, self.func) else {
            return Vec::new();
        };
        looks.search(func);
        let depth = self.callers.len();
        let sites = looks.pending.get(&question).into_iter().flatten();
        let seen = sites.filter_map(|&site| looks.seen.get(&(depth, site)).copied());
        seen.collect()
    }
}

/// What tells apart the things that values refer to.
pub fn address(v: &V) -> Option<usize> {
    match v {
        V::Str(text) => Some(text.address()),
        V::List(list) => list.store().map(|s| Rc::as_ptr(s).addr()),
        V::Map(Some(map)) => Some(Rc::as_ptr(map).addr()),
        V::Rec(parts) | V::Variant(_, parts) => Some(Rc::as_ptr(parts).addr()),
        V::Any(cell) => Some(Rc::as_ptr(cell).addr()),
        _ => None,
    }
}

struct Search<'a> {
    func: &'a Func,
    pending: Vec<SiteId>,
    found: &'a mut FxHashMap<SiteId, Vec<SiteId>>,
}

impl Search<'_> {
    /// A guard sees the scrutinee and its arm's bindings, which hold nothing yet.
    fn guarded(&mut self, m: &Match) {
        walk_place(self, &m.scrutinee);
        for arm in &m.arms {
            if let Some(guard) = &arm.guard {
                let mark = self.pending.len();
                self.pending.push(m.scrutinee.site);
                let mut bound = Vec::new();
                arm.pat.bindings(&mut bound);
                let sites = bound.iter().map(|l| self.func.locals[l.index()].site);
                self.pending.extend(sites);
                self.expr(guard);
                self.pending.truncate(mark);
            }
            self.expr(&arm.body);
        }
    }
}

impl Visit for Search<'_> {
    fn expr(&mut self, e: &Expr) {
        let mark = self.pending.len();
        match &e.kind {
            ExprKind::IsUnique(_) | ExprKind::DbgIfShared(_) => {
                self.found.insert(e.site, self.pending.clone());
                walk_expr(self, e);
            }
            ExprKind::Match(m) => self.guarded(m),
            _ => walk_expr(self, e),
        }
        self.pending.truncate(mark);
        let mut value = e;
        while let ExprKind::After { value: inner, .. } = &value.kind {
            value = inner;
        }
        if let ExprKind::Read(Place { site, .. }, Mode::Look) = &value.kind {
            self.pending.push(*site);
        }
    }
}
