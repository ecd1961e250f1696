//! Lowers HIR to MIR: expressions to statements on locals, modes to explicit counts, patterns to
//! tests and moves, updates to one walk along their place.
//!
//! What HIR says about holders is taken as it is; nothing is decided here. Operands that wait for
//! their operation stand in `Fx::pending`, so that a `return` or `break` in the middle of a list
//! can release them.

mod builtin;
mod call;
mod change;
mod cond;
mod expr;
mod fused;
mod inline;
mod looks;
mod loops;
mod operands;
mod pattern;
mod place;
mod quiet;
mod strings;
mod update;

use crate::layout::Layouts;
use crate::mir::build::Builder;
use crate::mir::*;
use crate::sites::{Row, Site, Sites};
use cowl_contract::entries::Entry;
use cowl_contract::layout::EventKind;
use cowl_contract::planted::{Fault, planted};
use cowl_frontend::hir::{self, FuncId, LocalId, LoopId, Path, Program, SiteId};
use cowl_frontend::types::{Ty, TyData, Types};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;

/// What lowering reads and collects for the whole program.
pub struct Cx<'a> {
    pub program: &'a Program,
    pub layouts: &'a Layouts<'a>,
    pub sites: &'a Sites,
    /// Count the ledger.
    pub ledger: bool,
    /// Count steps, for `--max-steps`.
    pub steps: bool,
    /// Count calls inside one another, for `--max-depth`.
    pub depth: bool,
    /// Holders stand in shadow frames, and what is moved out of memory leaves zero.
    pub traced: bool,
    /// With it, what had nothing to copy and what copies weigh.
    pub copies: bool,
    /// The ledger's counters, by number.
    pub events: RefCell<Events>,
    /// Functions that a closure value can point to: they take an environment.
    pub closures: FxHashSet<FuncId>,
    /// Types of objects that can be in change: only through their pointers is it checked.
    pub in_change: FxHashSet<Ty>,
}

/// What one counter counts: `(kind, position, segment)`.
pub type EventKey = (u32, SiteId, SiteId);

#[derive(Debug, Default)]
pub struct Events {
    pub rows: Vec<EventKey>,
    ids: FxHashMap<EventKey, u32>,
}

impl Cx<'_> {
    pub fn event(&self, kind: EventKind, site: SiteId, segment: SiteId) -> u32 {
        let mut events = self.events.borrow_mut();
        let key = (kind as u32, site, segment);
        let next = events.rows.len() as u32;
        let id = *events.ids.entry(key).or_insert(next);
        if id == next {
            events.rows.push(key);
        }
        id
    }
}

/// One function.
pub fn lower(cx: &Cx, id: FuncId) -> Body {
    let func = cx.program.func(id);
    let body = Body {
        func: id,
        name: func.name.clone(),
        params: Vec::new(),
        has_env: cx.closures.contains(&id),
        captures: func.captures.clone(),
        ret: func.ret,
        locals: Vec::new(),
        blocks: Vec::new(),
        is_std: func.is_std,
        inline: func.inline,
        site: cx.sites.add(Row {
            site: func.site,
            func: id,
            parent: None,
        }),
    };
    let mut fx = Fx {
        cx,
        func,
        frame: (id, None),
        b: Builder::new(body),
        bound: Vec::new(),
        pending: Vec::new(),
        loops: vec![None; func.loops as usize],
        choices: FxHashMap::default(),
    };
    fx.declare();
    fx.count_step();
    let value = fx.own(&func.body);
    fx.b.stop(Term::Return(value));
    fx.b.finish()
}

/// Runs the constants' initialisers, then `callee`, whose result is the status: `fn(args) -> int`.
/// A callee without parameters (a test) gets none, and 0 is the status.
pub fn lower_start(cx: &Cx, callee: FuncId, list_of_strings: Ty) -> Body {
    let func = cx.program.func(callee);
    let site = cx.sites.add(Row {
        site: func.site,
        func: callee,
        parent: None,
    });
    let mut b = Builder::new(Body {
        func: callee,
        name: "start".into(),
        params: Vec::new(),
        has_env: false,
        captures: Vec::new(),
        ret: Types::INT,
        locals: Vec::new(),
        blocks: Vec::new(),
        is_std: true,
        inline: hir::Inline::Never,
        site,
    });
    let args = b.temp(list_of_strings);
    b.body.params.push(args);
    for (i, g) in cx.program.globals.iter().enumerate() {
        let addr = b.local(g.ty, LocalKind::Addr);
        b.assign(addr, Rvalue::Global(hir::GlobalId(i as u32)));
        b.push(StmtKind::Call {
            dst: Some(addr.into()),
            callee: Callee::Func(g.init),
            args: Vec::new(),
        });
    }
    let env = |args: Vec<Operand>| args;
    let status = if func.params.is_empty() {
        b.push(StmtKind::Release(args.into()));
        let result = b.temp(func.ret);
        b.push(StmtKind::Call {
            dst: Some(result.into()),
            callee: Callee::Func(callee),
            args: env(Vec::new()),
        });
        b.push(StmtKind::Release(result.into()));
        Operand::Const(Const::Int(Types::INT, 0))
    } else {
        let result = b.temp(Types::INT);
        b.push(StmtKind::Call {
            dst: Some(result.into()),
            callee: Callee::Func(callee),
            args: env(vec![Operand::Move(args.into())]),
        });
        Operand::Move(result.into())
    };
    b.stop(Term::Return(status));
    b.finish()
}

/// An operand or holder that waits for its operation.
#[derive(Clone, Debug)]
enum Pending {
    /// Held in this place (a temporary, or a path that ends with the operation).
    Value(Place),
    /// A loop's sequence: its first elements have been moved out.
    Iter(Iter),
}

/// The hidden holder of a `for`.
#[derive(Clone, Debug)]
struct Iter {
    seq: Local,
    /// Its elements are moved out one by one (a bool); `None`: they hold nothing.
    own: Option<Local>,
    /// How many elements (positions of a Map) have been taken.
    taken: Local,
}

#[derive(Clone, Debug)]
struct LoopInfo {
    exit: BlockId,
    /// `None` for a labelled block.
    next: Option<BlockId>,
    result: Option<Place>,
    /// How many operands were pending outside the loop.
    pending: usize,
}

/// An operand that is evaluated, and whether the operation must take it over or release it.
#[derive(Clone, Debug)]
struct Held {
    operand: Operand,
    owned: bool,
}

struct Fx<'a> {
    cx: &'a Cx<'a>,
    func: &'a hir::Func,
    /// The function that a place in the code belongs to, and the call that it was inlined into.
    frame: (FuncId, Option<Site>),
    b: Builder,
    /// Where each local of HIR lies; while a guard runs, a binding is a look.
    bound: Vec<Place>,
    pending: Vec<Pending>,
    loops: Vec<Option<LoopInfo>>,
    /// Which alternative of an or-pattern fitted, by the pattern's address.
    choices: FxHashMap<*const hir::Pat, Local>,
}

impl<'a> Fx<'a> {
    fn declare(&mut self) {
        let mut kinds = vec![LocalKind::Owned; self.func.locals.len()];
        for p in &self.func.params {
            if p.borrowed {
                kinds[p.local.index()] = LocalKind::Borrowed;
            }
        }
        for (l, kind) in self.func.locals.iter().zip(kinds) {
            let local = self.declare_local(l, kind);
            self.bound.push(local.into());
        }
        self.b.body.params = self.func.params.iter().map(|p| Local(p.local.0)).collect();
    }

    fn declare_local(&mut self, l: &hir::Local, kind: LocalKind) -> Local {
        let local = self.b.local(l.ty, kind);
        let decl = &mut self.b.body.locals[local.index()];
        decl.name = l.name.clone();
        decl.clears = l.scoped && kind == LocalKind::Owned && self.cx.layouts.refs(l.ty);
        local
    }

    // ---- small helpers

    fn at(&mut self, site: SiteId) {
        self.b.site = self.site(site);
    }

    fn site(&self, site: SiteId) -> Site {
        self.cx.sites.add(Row {
            site,
            func: self.frame.0,
            parent: self.frame.1,
        })
    }

    fn data(&self, ty: Ty) -> &'a TyData {
        self.cx.layouts.data(ty)
    }

    fn refs(&self, ty: Ty) -> bool {
        self.cx.layouts.refs(ty)
    }

    fn temp(&mut self, ty: Ty) -> Local {
        self.b.temp(ty)
    }

    /// A temporary that an entry may leave empty.
    fn maybe_temp(&mut self, ty: Ty) -> Local {
        let local = self.b.temp(ty);
        self.b.body.locals[local.index()].clears = true;
        local
    }

    fn borrowed(&mut self, ty: Ty) -> Local {
        self.b.local(ty, LocalKind::Borrowed)
    }

    fn addr(&mut self, ty: Ty) -> Local {
        self.b.local(ty, LocalKind::Addr)
    }

    fn int(&self, n: i64) -> Operand {
        Operand::Const(Const::Int(Types::INT, n.into()))
    }

    fn bool(&self, value: bool) -> Operand {
        Operand::Const(Const::Int(Types::BOOL, value.into()))
    }

    fn place_of(&self, local: LocalId) -> Place {
        self.bound[local.index()].clone()
    }

    fn path(&self, path: &Path) -> Place {
        let mut place = self.place_of(path.local);
        place
            .projs
            .extend(path.fields.iter().map(|&f| Proj::Field(f)));
        place
    }

    fn place_ty(&self, place: &Place) -> Ty {
        verify::place_ty(&self.b.body, self.cx.layouts, place)
            .unwrap_or_else(|e| crate::ice!("{e}"))
    }

    fn operand_ty(&self, operand: &Operand) -> Ty {
        match operand {
            Operand::Copy(p) | Operand::Move(p) => self.place_ty(p),
            Operand::Const(c) => c.ty(),
        }
    }

    /// Computes into a fresh temporary of a type without references.
    fn scalar(&mut self, ty: Ty, value: Rvalue) -> Operand {
        let t = self.temp(ty);
        self.b.assign(t, value);
        Operand::Copy(t.into())
    }

    fn runtime(&mut self, dst: Option<Place>, entry: Entry, args: Vec<Arg>) {
        self.b.push(StmtKind::Runtime { dst, entry, args });
    }

    /// Calls an entry that never returns.
    fn fail(&mut self, entry: Entry, args: Vec<Arg>) {
        self.runtime(None, entry, args);
        self.b.stop(Term::Unreachable);
    }

    fn fail_text(&mut self, text: &str) {
        self.fail(Entry::cowl_panic_text, vec![Arg::Text(text.into())]);
    }

    fn release(&mut self, place: Place) {
        let ty = self.place_ty(&place);
        if self.refs(ty) {
            self.b.push(StmtKind::Release(place));
        }
    }

    fn release_paths(&mut self, paths: &[Path]) {
        for p in paths {
            let place = self.path(p);
            self.release(place);
        }
    }

    // ---- pending operands

    fn mark(&self) -> usize {
        self.pending.len()
    }

    fn hold(&mut self, place: Place) {
        self.pending.push(Pending::Value(place));
    }

    /// The operation has happened: what waited for it and was not taken over ends, the last first.
    fn end_op(&mut self, mark: usize) {
        if !planted(Fault::LowerTempKept) {
            self.leave(mark);
        }
        self.pending.truncate(mark);
    }

    /// Control leaves: emits the end of everything pending above `mark`, which stays pending for
    /// the code that follows.
    fn leave(&mut self, mark: usize) {
        for i in (mark..self.pending.len()).rev() {
            match self.pending[i].clone() {
                Pending::Value(place) => self.release(place),
                Pending::Iter(iter) => self.end_iter(&iter),
            }
        }
    }

    /// A waiting operand is taken over by its operation.
    fn take(&mut self, held: &Held) -> Operand {
        match &held.operand {
            Operand::Move(place) | Operand::Copy(place) if held.owned => {
                self.pending
                    .retain(|p| !matches!(p, Pending::Value(q) if q == place));
                Operand::Move(place.clone())
            }
            // Looked at, but the operation keeps it: one more holder.
            Operand::Copy(place) => {
                let ty = self.place_ty(place);
                if !self.refs(ty) {
                    return held.operand.clone();
                }
                let t = self.temp(ty);
                self.b.assign(t, Rvalue::Share(place.clone()));
                Operand::Move(t.into())
            }
            other => other.clone(),
        }
    }

    /// A waiting operand that an entry takes over or leaves; what it leaves ends with the operation,
    /// in the operand's turn.
    fn may_be_taken(&mut self, held: &Held) -> Local {
        let waits = |p: &Pending| match (p, &held.operand) {
            (Pending::Value(q), Operand::Move(place) | Operand::Copy(place)) => q == place,
            _ => false,
        };
        let turn = self.pending.iter().position(waits);
        let ty = self.operand_ty(&held.operand);
        let counted = self.refs(ty);
        let slot = if counted {
            self.maybe_temp(ty)
        } else {
            self.temp(ty)
        };
        let value = self.take(held);
        self.b.assign(slot, Rvalue::Use(value));
        if counted {
            let turn = turn.unwrap_or(self.pending.len());
            self.pending.insert(turn, Pending::Value(slot.into()));
        }
        slot
    }

    /// The operand as something to look at.
    fn seen(&self, held: &Held) -> Operand {
        match &held.operand {
            Operand::Move(place) => Operand::Copy(place.clone()),
            other => other.clone(),
        }
    }

    /// The operand as a place to look at; a constant gets one.
    fn seen_place(&mut self, held: &Held) -> Place {
        let seen = self.seen(held);
        self.operand_place(seen)
    }

    fn operand_place(&mut self, operand: Operand) -> Place {
        match operand {
            Operand::Copy(place) | Operand::Move(place) => place,
            Operand::Const(_) => {
                let ty = self.operand_ty(&operand);
                let t = self.borrowed(ty);
                self.b.assign(t, Rvalue::Use(operand));
                t.into()
            }
        }
    }

    fn loop_info(&self, label: LoopId) -> LoopInfo {
        match &self.loops[label.index()] {
            Some(info) => info.clone(),
            None => crate::ice!("{label} is left from outside"),
        }
    }
}

/// Types that a set of functions can put *in change*, and functions that closures point to; both
/// are properties of the whole program.
pub fn prepare(program: &Program) -> (FxHashSet<FuncId>, FxHashSet<Ty>) {
    looks::scan(program)
}
