//! Fixes what operands mean where a later operand could change what is looked at (S10), and notes
//! every path that the function mentions.
//!
//! A look lasts until its operation ends; what holds nothing is copied at its mention instead. Where
//! a later operand or the operation itself (`xs += xs`) updates the looked-at place's root, or the
//! place is reached through `*T` and a later operand does more than read and compute, the look
//! becomes an owning use at its mention. Likewise what stands before an index that does such a
//! thing, and the scrutinee of a match whose guard does. An operation that itself runs a user's code
//! (a call, printing) never looks through `*T`. Runs before the flow of a function is built.
//!
//! "Later than" is asked of a clock that every change moves on, so one traversal is enough.

use super::holds::Holds;
use super::parts::Parts;
use crate::defs::Defs;
use crate::hir::*;
use crate::types::Types;
use cowl_contract::planted::{Fault, planted};

/// Calls a function for every operand of an operation.
type EachOperand<'f> = &'f mut dyn FnMut(&mut dyn FnMut(&mut Expr));

pub struct Operands<'a> {
    pub defs: &'a Defs,
    pub types: &'a mut Types,
    pub holds: &'a mut Holds,
    pub parts: &'a mut Parts,
    clock: u32,
    /// Per local: when it was last updated.
    updated: Vec<u32>,
    /// When something was last done that may run any code or change any object.
    acted: u32,
    /// The times at which the looks of unfinished operations were mentioned, in order.
    looks: Vec<u32>,
}

impl<'a> Operands<'a> {
    pub fn new(
        defs: &'a Defs,
        types: &'a mut Types,
        holds: &'a mut Holds,
        parts: &'a mut Parts,
        locals: usize,
    ) -> Operands<'a> {
        Operands {
            defs,
            types,
            holds,
            parts,
            clock: 0,
            updated: vec![0; locals],
            acted: 0,
            looks: Vec::new(),
        }
    }

    fn act(&mut self) {
        self.clock += 1;
        self.acted = self.clock;
    }

    // ---- what may have changed

    fn changed_since(&self, place: &Place, time: u32) -> bool {
        let through = place
            .projs
            .iter()
            .any(|p| matches!(p.kind, ProjKind::Deref));
        let updated = match place.root {
            Root::Local(local) => self.updated[local.index()] > time,
            Root::Capture(_) | Root::Global(_) | Root::Temp(_) => false,
        };
        updated || (through && self.acted > time)
    }

    fn place_holds(&mut self, place: &Place) -> bool {
        self.holds.holds(self.defs, self.types, place.ty())
    }

    /// Ends an operation: looks among its operands whose place has changed since become owning uses.
    fn settle(&mut self, mark: usize, operands: EachOperand) {
        let times = self.looks.split_off(mark);
        let mut next = times.into_iter();
        operands(&mut |e| self.settle_operand(e, &mut next));
    }

    fn settle_operand(&mut self, e: &mut Expr, times: &mut std::vec::IntoIter<u32>) {
        if let ExprKind::Read(place, mode @ Mode::Look) = &mut e.kind {
            each_index(place, &mut |index| self.settle_operand(index, times));
            let time = times.next().unwrap_or(u32::MAX);
            if self.changed_since(place, time) && !planted(Fault::OwnLookKept) {
                *mode = Mode::Undecided;
            }
        }
    }

    // ---- traversal

    fn operand(&mut self, e: &mut Expr) {
        self.copy_at_once(e);
        if let ExprKind::Read(place, Mode::Look) = &mut e.kind {
            self.read_place(place);
            self.looks.push(self.clock);
        } else {
            self.expr(e);
        }
    }

    /// What holds nothing is copied where it is mentioned.
    fn copy_at_once(&mut self, e: &mut Expr) {
        if let ExprKind::Read(place, mode @ Mode::Look) = &mut e.kind
            && !self.place_holds(place)
        {
            *mode = Mode::Undecided;
        }
    }

    /// A place that is read: indices, then what lies before one that changes it is fixed.
    fn read_place(&mut self, place: &mut Place) {
        self.parts.mention(place);
        if let Root::Temp(e) = &mut place.root {
            self.expr(e);
        }
        let mark = self.looks.len();
        let mut times = Vec::new();
        for proj in &mut place.projs {
            times.push(self.clock);
            self.index(proj);
        }
        let conflict = |cx: &Self, place: &Place, k: usize| {
            let before = Place {
                root: match &place.root {
                    Root::Local(l) => Root::Local(*l),
                    // Only whether it is a local matters here.
                    _ => Root::Capture(0),
                },
                root_ty: place.root_ty,
                site: place.site,
                projs: Vec::new(),
            };
            let through = place.projs[..k]
                .iter()
                .any(|p| matches!(p.kind, ProjKind::Deref));
            cx.changed_since(&before, times[k]) || (through && cx.acted > times[k])
        };
        let conflicts: Vec<usize> = (0..place.projs.len())
            .filter(|&k| matches!(place.projs[k].kind, ProjKind::Index { .. }))
            .filter(|&k| conflict(self, place, k))
            .collect();
        if conflicts.is_empty() {
            return;
        }
        // Their own looks are decided now, so that what is left needs no times.
        each_index(place, &mut own_looks);
        self.looks.truncate(mark);
        let mut done = 0;
        for k in conflicts {
            let tail = place.projs.split_off(k - done);
            fix(place);
            place.projs = tail;
            done = k;
        }
    }

    fn index(&mut self, proj: &mut Proj) {
        if let ProjKind::Index { index, default } = &mut proj.kind {
            self.operand(index);
            if let Some(default) = default {
                self.operand(default);
            }
        }
    }

    fn expr(&mut self, e: &mut Expr) {
        self.copy_at_once(e);
        let mark = self.looks.len();
        match &mut e.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Char(_)
            | ExprKind::Str(_)
            | ExprKind::Unreachable => return,
            ExprKind::Read(place, mode) => {
                self.read_place(place);
                if *mode != Mode::Look && place.as_path().is_none() {
                    // It may be the last use of what it takes from.
                    self.act();
                }
                if let (Mode::MustMove, Root::Local(local)) = (*mode, &place.root) {
                    // What was looked at before is fixed, as by any change.
                    self.clock += 1;
                    self.updated[local.index()] = self.clock;
                }
                self.settle(mark, &mut |f| each_index(place, f));
                return;
            }
            ExprKind::Binary(_, a, b) => {
                self.operand(a);
                self.operand(b);
                self.settle(mark, &mut |f| {
                    f(a);
                    f(b);
                });
                return;
            }
            ExprKind::Unary(_, a) | ExprKind::Convert(_, a) => {
                self.operand(a);
                self.settle(mark, &mut |f| f(a));
                return;
            }
            ExprKind::IsUnique(place) | ExprKind::DbgIfShared(place) => {
                self.read_place(place);
                self.settle(mark, &mut |f| each_index(place, f));
            }
            ExprKind::Tuple(es)
            | ExprKind::Struct(es)
            | ExprKind::List(es)
            | ExprKind::Variant { fields: es, .. }
            | ExprKind::Closure { captures: es, .. } => {
                es.iter_mut().for_each(|e| self.operand(e));
                self.settle(mark, &mut |f| es.iter_mut().for_each(f));
            }
            ExprKind::Map(pairs) => {
                for (k, v) in pairs.iter_mut() {
                    self.operand(k);
                    self.operand(v);
                }
                self.settle(mark, &mut |f| {
                    for (k, v) in pairs.iter_mut() {
                        f(k);
                        f(v);
                    }
                });
            }
            ExprKind::Interp(parts) => {
                each_part(parts, &mut |e| self.operand(e));
                // Printing may call a user's `show`.
                self.act();
                self.settle(mark, &mut |f| each_part(parts, f));
            }
            ExprKind::Call { callee, args } => {
                if let Callee::Value(f) = callee {
                    self.operand(f);
                }
                args.iter_mut().for_each(|e| self.operand(e));
                self.act();
                self.settle(mark, &mut |f| {
                    if let Callee::Value(e) = callee {
                        f(e);
                    }
                    args.iter_mut().for_each(f);
                });
            }
            ExprKind::Builtin { op, args, .. } => {
                args.iter_mut().for_each(|e| self.operand(e));
                if runs_user_code(*op) {
                    self.act();
                }
                self.settle(mark, &mut |f| args.iter_mut().for_each(f));
            }
            ExprKind::Update(update) => self.update(update, mark),
            ExprKind::Unshare { value: a, .. }
            | ExprKind::MakeAny { value: a, .. }
            | ExprKind::Unbox(a)
            | ExprKind::New(a) => {
                self.operand(a);
                self.settle(mark, &mut |f| f(a));
            }
            ExprKind::Return { value: a, .. } | ExprKind::After { value: a, .. } => self.expr(a),
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { arms, else_ } => {
                for (cond, block) in arms {
                    self.expr(cond);
                    self.block(block);
                }
                if let Some(block) = else_ {
                    self.block(block);
                }
            }
            ExprKind::Match(m) => self.match_(m, mark),
            ExprKind::Loop { body, .. } | ExprKind::Labeled { body, .. } => self.block(body),
            ExprKind::ForRange(f) => {
                // Numbers; where their type is a parameter, nothing may be left to release.
                each_bound(f, &mut |e| {
                    if let ExprKind::Read(_, mode @ Mode::Look) = &mut e.kind {
                        *mode = Mode::Undecided;
                    }
                    self.expr(e);
                });
                self.block(&mut f.body);
            }
            ExprKind::ForEach { seq, body, .. } => {
                self.expr(seq);
                self.block(body);
            }
            ExprKind::Break { value, .. } => {
                if let Some(value) = value {
                    self.expr(value);
                }
            }
            ExprKind::Continue { .. } => {}
        }
        // Anything else may end a holder, and what ends may run a `deinit`.
        self.act();
    }

    fn update(&mut self, update: &mut Update, mark: usize) {
        let place = &mut update.place;
        self.parts.mention(place);
        if let Root::Temp(e) = &mut place.root {
            self.expr(e);
        }
        place.projs.iter_mut().for_each(|p| self.index(p));
        let change = &mut update.change;
        each_change(change, &mut |e| self.operand(e));
        // The operation itself changes its root while its operands are held.
        let through = place
            .projs
            .iter()
            .any(|p| matches!(p.kind, ProjKind::Deref));
        if through || matches!(change, Change::Call { .. }) {
            self.act();
        }
        if let (Root::Local(local), false) = (&place.root, through) {
            self.clock += 1;
            self.updated[local.index()] = self.clock;
        }
        self.settle(mark, &mut |f| {
            each_index(place, f);
            each_change(change, f);
        });
        self.act();
    }

    fn match_(&mut self, m: &mut Match, mark: usize) {
        self.read_place(&mut m.scrutinee);
        let time = self.clock;
        for guard in m.arms.iter_mut().filter_map(|a| a.guard.as_mut()) {
            self.expr(guard);
        }
        self.settle(mark, &mut |f| each_index(&mut m.scrutinee, f));
        if self.changed_since(&m.scrutinee, time) && self.place_holds(&m.scrutinee) {
            fix(&mut m.scrutinee);
        }
        m.arms.iter_mut().for_each(|a| self.expr(&mut a.body));
    }

    fn block(&mut self, block: &mut Block) {
        for stmt in &mut block.stmts {
            match stmt {
                Stmt::Expr(e) | Stmt::Let { value: e, .. } => self.expr(e),
                Stmt::Destructure {
                    scrutinee, else_, ..
                } => {
                    let mark = self.looks.len();
                    self.read_place(scrutinee);
                    self.settle(mark, &mut |f| each_index(scrutinee, f));
                    if let Some(block) = else_ {
                        self.block(block);
                    }
                }
                Stmt::Release(_) => {}
            }
        }
        if let Some(value) = &mut block.value {
            self.expr(value);
        }
    }

    /// The function's body.
    pub fn run(&mut self, body: &mut Expr) {
        self.expr(body);
    }
}

/// Puts a place's value into a temporary root: it is owned from here on.
fn fix(place: &mut Place) {
    let ty = place.ty();
    let site = place.site;
    let inner = std::mem::replace(
        place,
        Place {
            root: Root::Capture(0),
            root_ty: ty,
            site,
            projs: Vec::new(),
        },
    );
    place.root = Root::Temp(Box::new(Expr {
        kind: ExprKind::Read(inner, Mode::Undecided),
        ty,
        site,
    }));
}

fn own_looks(e: &mut Expr) {
    if let ExprKind::Read(place, mode @ Mode::Look) = &mut e.kind {
        *mode = Mode::Undecided;
        each_index(place, &mut own_looks);
    }
}

/// The indices and defaults of a place, in order.
pub fn each_index(place: &mut Place, f: &mut dyn FnMut(&mut Expr)) {
    for proj in &mut place.projs {
        if let ProjKind::Index { index, default } = &mut proj.kind {
            f(index);
            if let Some(default) = default {
                f(default);
            }
        }
    }
}

/// The operands of a change, in order.
pub fn each_change(change: &mut Change, f: &mut dyn FnMut(&mut Expr)) {
    match change {
        Change::Set { value, .. } | Change::Arith { value, .. } => f(value),
        Change::Builtin { args, .. } => args.iter_mut().for_each(f),
        Change::Call { callee, args, .. } => {
            if let Callee::Value(e) = callee {
                f(e);
            }
            args.iter_mut().for_each(f);
        }
    }
}

/// The values of an interpolation with their widths and precisions, in order.
pub fn each_part(parts: &mut [InterpPart], f: &mut dyn FnMut(&mut Expr)) {
    for part in parts {
        let InterpPart::Value { value, spec } = part else {
            continue;
        };
        f(value);
        if let Some(spec) = spec {
            for count in [&mut spec.width, &mut spec.precision] {
                if let Some(Count::Value(e)) = count {
                    f(e);
                }
            }
        }
    }
}

/// The bounds and the step of a range loop, in order.
pub fn each_bound(range: &mut ForRange, f: &mut dyn FnMut(&mut Expr)) {
    f(&mut range.start);
    range.end.iter_mut().chain(&mut range.step).for_each(f);
}

/// Operations that may call a user's `show` or `deinit` while they look.
fn runs_user_code(op: Builtin) -> bool {
    matches!(
        op,
        Builtin::Show
            | Builtin::ShowQuoted
            | Builtin::Print
            | Builtin::Write
            | Builtin::Eprint
            | Builtin::Ewrite
            | Builtin::AssertEq
            | Builtin::AssertNe
            | Builtin::PanicErr
    )
}
