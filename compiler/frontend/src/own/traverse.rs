//! The traversal of a function in the order in which it runs: once to build its `Flow`, once more,
//! after `solve`, to write modes and releases into it.
//!
//! One code does both, so that the numbers of blocks and points agree. In the second run a node is
//! changed only after everything below it was visited.

use super::flow::{BlockId, Ending, Event, Flow, Kind, Outcome, PointId};
use super::operands::{each_bound, each_change, each_index, each_part};
use super::parts::{NodeId, Parts};
use crate::hir::*;
use crate::types::Types;
use cowl_contract::planted::{Fault, planted};
use rustc_hash::FxHashMap;

/// A move that is never possible, found by the first run.
#[derive(Debug, Clone, Copy)]
pub enum Refusal {
    /// In a match's guard.
    Guard,
    /// A parameter that the caller keeps holding.
    Borrowed,
    /// A capture, an element, an object's field.
    NoPath,
}

pub struct Traversal<'a> {
    locals: &'a [Local],
    keeps: &'a [bool],
    parts: &'a Parts,
    flow: &'a mut Flow,
    writing: bool,
    next_block: u32,
    next_point: u32,
    cur: BlockId,
    /// Looks of operations that are not finished.
    pending: Vec<Event>,
    /// Scoped locals of the blocks around, inner ones last.
    scopes: Vec<Vec<LocalId>>,
    loops: FxHashMap<LoopId, Target>,
    /// Per guard around: what it names of the outside.
    guards: Vec<Vec<(NodeId, SiteId)>>,
    /// Per local: in how many guards it was declared.
    depth: Vec<usize>,
    /// Of bindings that the guard around sees without holding: what they lie in, if a local holds it.
    seen_in: Vec<Option<Option<NodeId>>>,
    /// Given a value by a parameter, a loop or an arm: no declaration.
    bound: Vec<bool>,
    pub refused: Vec<(SiteId, Refusal)>,
}

#[derive(Clone, Copy)]
struct Target {
    /// After the loop or labelled block.
    exit: BlockId,
    /// The next turn.
    turn: Option<BlockId>,
    /// How many scopes there are outside.
    scopes: usize,
}

impl<'a> Traversal<'a> {
    pub fn new(
        locals: &'a [Local],
        keeps: &'a [bool],
        parts: &'a Parts,
        flow: &'a mut Flow,
        writing: bool,
    ) -> Traversal<'a> {
        let n = locals.len();
        Traversal {
            locals,
            keeps,
            parts,
            flow,
            writing,
            next_block: 0,
            next_point: 0,
            cur: BlockId(0),
            pending: Vec::new(),
            scopes: Vec::new(),
            loops: FxHashMap::default(),
            guards: Vec::new(),
            depth: vec![0; n],
            seen_in: vec![None; n],
            bound: vec![false; n],
            refused: Vec::new(),
        }
    }

    /// A whole function.
    pub fn run(&mut self, params: &[Param], body: &mut Expr) {
        self.cur = self.new_block();
        let mut scope = Vec::new();
        let mut events = Vec::new();
        for param in params {
            events.push(self.bind(param.local));
            if self.locals[param.local.index()].scoped {
                scope.push(param.local);
            }
        }
        let entry = self.point(&events, false).release;
        if let ExprKind::Block(block) = &mut body.kind {
            self.block(block, entry, scope);
            return;
        }
        self.scopes.push(scope);
        self.expr(body);
        self.leave_scope(body);
        at_entry(body, entry);
    }

    // ---- blocks and points

    fn new_block(&mut self) -> BlockId {
        self.next_block += 1;
        if self.writing {
            return BlockId(self.next_block - 1);
        }
        self.flow.new_block()
    }

    fn edge(&mut self, from: BlockId, to: BlockId) {
        if !self.writing {
            self.flow.edge(from, to);
        }
    }

    fn goto(&mut self, to: BlockId) {
        self.edge(self.cur, to);
    }

    /// Control does not come here.
    fn diverge(&mut self) {
        self.cur = self.new_block();
    }

    fn point(&mut self, events: &[Event], last: bool) -> Outcome {
        if events.is_empty() {
            return Outcome::default();
        }
        self.next_point += 1;
        if self.writing {
            return self.flow.outcome(PointId(self.next_point - 1));
        }
        self.flow.point(self.cur, events, last);
        Outcome::default()
    }

    /// Holders that end on the way from a branch to one of its blocks.
    fn edge_release(&mut self, from: BlockId, to: BlockId, taken: bool) -> Vec<Path> {
        if !self.writing {
            return Vec::new();
        }
        let ending = self.flow.ending_at(from, to, taken);
        if ending.is_empty() {
            return Vec::new();
        }
        let flow = &*self.flow;
        self.parts.cover(&ending, &|l| flow.is_live_at(to, l))
    }

    // ---- events

    /// What happens to the path of a place, if its root is a local that is held here.
    fn event(&mut self, place: &Place, kind: Kind) -> Option<Event> {
        if !matches!(place.root, Root::Local(_)) {
            return None;
        }
        let node = self.parts.find(place)?;
        self.event_at(node, kind, place.site)
    }

    fn event_at(&mut self, node: NodeId, mut kind: Kind, site: SiteId) -> Option<Event> {
        let local = self.parts.node(node).local.index();
        if let Some(whole) = self.seen_in[local] {
            if let Kind::End(_) = kind {
                self.refused.push((site, Refusal::Guard));
            }
            // It is there for as long as what it lies in, also where the guard leaves the function.
            return self.event_at(whole?, Kind::Use, site);
        }
        if self.depth[local] < self.guards.len() {
            if let Some(names) = self.guards.last_mut() {
                names.push((node, site));
            }
            kind = match kind {
                Kind::End(_) => {
                    self.refused.push((site, Refusal::Guard));
                    Kind::Use
                }
                Kind::Own => Kind::Use,
                // It may hold a value until an arm is chosen.
                Kind::Def => Kind::Update,
                other => other,
            };
        }
        if self.keeps[local] {
            kind = match kind {
                Kind::End(_) => {
                    self.refused.push((site, Refusal::Borrowed));
                    Kind::Use
                }
                Kind::Own => Kind::Use,
                other => other,
            };
        }
        Some(Event { kind, node, site })
    }

    /// A local that gets its value without a declaration in a block.
    fn bind(&mut self, local: LocalId) -> Event {
        self.bound[local.index()] = true;
        self.define(local)
    }

    fn define(&mut self, local: LocalId) -> Event {
        self.depth[local.index()] = self.guards.len();
        self.local_event(local, Kind::Def)
    }

    fn local_event(&self, local: LocalId, kind: Kind) -> Event {
        Event {
            kind,
            node: self.parts.root(local),
            site: self.locals[local.index()].site,
        }
    }

    // ---- scopes

    fn scope_events(&self, from: usize) -> Vec<Event> {
        let locals = self.scopes[from..].iter().flatten();
        locals.map(|&l| self.local_event(l, Kind::Scope)).collect()
    }

    /// Ends the innermost scope after a value.
    fn leave_scope(&mut self, value: &mut Expr) {
        let events = self.scope_events(self.scopes.len() - 1);
        let out = self.point(&events, false);
        after(value, out.release);
        self.scopes.pop();
    }

    /// Ends the scopes above `outer` on the way out of them.
    fn leave_scopes(&mut self, outer: usize) -> Vec<Path> {
        let events = self.scope_events(outer);
        let mut release = self.point(&events, false).release;
        if planted(Fault::OwnScopeKept) {
            release.clear();
        }
        release
    }

    // ---- expressions

    /// An operand: what it looks at is looked at until its operation ends.
    fn operand(&mut self, e: &mut Expr) {
        let ExprKind::Read(place, mode @ Mode::Look) = &mut e.kind else {
            return self.expr(e);
        };
        self.place(place);
        let Some(event) = self.event(place, Kind::Use) else {
            return;
        };
        self.pending.push(event);
        // Only where the operation is never reached does anything end here: then it is owned.
        let kind = match event.kind {
            Kind::Use if place.as_path().is_some() && !self.is_outer(event.node) => Kind::Own,
            kind => kind,
        };
        let out = self.point(&[Event { kind, ..event }], false);
        if out.moves {
            *mode = Mode::Move;
        } else if !out.release.is_empty() {
            *mode = Mode::Share;
            after(e, out.release);
        }
    }

    /// Declared outside of the guard that is being traversed.
    fn is_outer(&self, node: NodeId) -> bool {
        let local = self.parts.node(node).local.index();
        self.depth[local] < self.guards.len()
    }

    /// The operands in a place.
    fn place(&mut self, place: &mut Place) {
        if let Root::Temp(e) = &mut place.root {
            self.expr(e);
        }
        each_index(place, &mut |e| self.operand(e));
    }

    /// The end of an operation whose looks are pending from `mark` on.
    fn operation(&mut self, e: &mut Expr, mark: usize, event: Option<Event>) -> Outcome {
        let mut events = self.pending.split_off(mark);
        events.extend(event);
        let mut out = self.point(&events, false);
        after(e, std::mem::take(&mut out.release));
        out
    }

    fn expr(&mut self, e: &mut Expr) {
        let mark = self.pending.len();
        let mut event = None;
        match &mut e.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Char(_)
            | ExprKind::Str(_) => return,
            ExprKind::Unreachable => return self.diverge(),
            ExprKind::Read(..) => return self.read(e, None),
            ExprKind::Unshare { value, .. } if is_end(value) => {
                // The move of a bare `:=`.
                return self.read(value, Some(Ending::Bind));
            }
            ExprKind::Tuple(es)
            | ExprKind::Struct(es)
            | ExprKind::List(es)
            | ExprKind::Variant { fields: es, .. }
            | ExprKind::Closure { captures: es, .. }
            | ExprKind::Builtin { args: es, .. } => es.iter_mut().for_each(|e| self.operand(e)),
            ExprKind::Map(pairs) => {
                for (k, v) in pairs {
                    self.operand(k);
                    self.operand(v);
                }
            }
            ExprKind::Interp(parts) => each_part(parts, &mut |e| self.operand(e)),
            ExprKind::Binary(_, a, b) => {
                self.operand(a);
                self.operand(b);
            }
            ExprKind::Unary(_, a)
            | ExprKind::Convert(_, a)
            | ExprKind::Unshare { value: a, .. }
            | ExprKind::MakeAny { value: a, .. }
            | ExprKind::Unbox(a)
            | ExprKind::New(a) => self.operand(a),
            ExprKind::Call { callee, args } => {
                if let Callee::Value(f) = callee {
                    self.operand(f);
                }
                args.iter_mut().for_each(|e| self.operand(e));
            }
            ExprKind::Update(_) => return self.update(e),
            ExprKind::IsUnique(place) | ExprKind::DbgIfShared(place) => {
                self.place(place);
                event = self.event(place, Kind::Ask);
            }
            ExprKind::Block(block) => return self.block(block, Vec::new(), Vec::new()),
            ExprKind::If { arms, else_ } => return self.if_(arms, else_),
            ExprKind::Match(m) => return self.match_(m),
            ExprKind::Loop { label, body } => return self.loop_(*label, body),
            ExprKind::Labeled { label, body } => return self.labeled(*label, body),
            ExprKind::ForRange(f) => {
                each_bound(f, &mut |e| self.expr(e));
                let (label, item) = (f.label, f.item);
                f.release = self.for_(label, item, &mut f.body);
                return;
            }
            ExprKind::ForEach {
                label,
                seq,
                item,
                body,
                release,
            } => {
                self.expr(seq);
                *release = self.for_(*label, *item, body);
                return;
            }
            ExprKind::Break {
                label,
                value,
                release,
            } => {
                if let Some(value) = value {
                    self.expr(value);
                }
                if let Some(&target) = self.loops.get(label) {
                    *release = self.leave_scopes(target.scopes);
                    self.goto(target.exit);
                }
                return self.diverge();
            }
            ExprKind::Continue { label, release } => {
                if let Some(&target) = self.loops.get(label) {
                    *release = self.leave_scopes(target.scopes);
                    if let Some(turn) = target.turn {
                        self.goto(turn);
                    }
                }
                return self.diverge();
            }
            ExprKind::Return { value, release } => {
                self.expr(value);
                *release = self.leave_scopes(0);
                return self.diverge();
            }
            ExprKind::After { value, .. } => return self.expr(value),
        }
        let never = e.ty == Types::NEVER;
        self.operation(e, mark, event);
        if never {
            self.diverge();
        }
    }

    fn read(&mut self, e: &mut Expr, bind: Option<Ending>) {
        let mark = self.pending.len();
        let ExprKind::Read(place, mode) = &mut e.kind else {
            return;
        };
        self.place(place);
        let is_path = place.as_path().is_some();
        let kind = match mode {
            Mode::MustMove if is_path => Kind::End(bind.unwrap_or(Ending::Word)),
            Mode::Undecided | Mode::Move | Mode::Share if is_path => Kind::Own,
            Mode::MustMove => {
                self.refused.push((place.site, Refusal::NoPath));
                Kind::Use
            }
            Mode::Undecided | Mode::Move | Mode::Share | Mode::Look => Kind::Use,
        };
        let event = self.event(place, kind);
        let mut events = self.pending.split_off(mark);
        events.extend(event);
        let out = self.point(&events, false);
        if self.writing {
            *mode = if out.moves { Mode::Move } else { Mode::Share };
        }
        after(e, out.release);
    }

    fn update(&mut self, e: &mut Expr) {
        let mark = self.pending.len();
        let ExprKind::Update(update) = &mut e.kind else {
            return;
        };
        self.place(&mut update.place);
        each_change(&mut update.change, &mut |e| self.operand(e));
        let place = &update.place;
        let is_path = place.as_path().is_some();
        let kind = match &update.change {
            Change::Set { .. } if is_path => Kind::Def,
            Change::Set { .. }
            | Change::Arith { .. }
            | Change::Builtin { .. }
            | Change::Call { .. } => Kind::Update,
        };
        let event = self.event(place, kind);
        let mut events = self.pending.split_off(mark);
        events.extend(event);
        let out = self.point(&events, false);
        if self.writing
            && is_path
            && let Change::Set { displaced, .. } = &mut update.change
        {
            *displaced = out.displaces || event.is_some_and(|e| e.kind == Kind::Update);
            *displaced &= !planted(Fault::OwnDisplacedKept);
        }
        after(e, out.release);
    }

    // ---- control

    fn block(&mut self, block: &mut Block, entry: Vec<Path>, mut scope: Vec<LocalId>) {
        let mut fresh = Vec::new();
        for &local in &block.declares {
            if self.bound[local.index()] {
                continue;
            }
            self.depth[local.index()] = self.guards.len();
            fresh.push(self.local_event(local, Kind::Undef));
            if self.locals[local.index()].scoped {
                scope.push(local);
            }
        }
        self.point(&fresh, false);
        self.scopes.push(scope);
        let mut out = Vec::with_capacity(block.stmts.len());
        release_stmt(&mut out, entry);
        for stmt in std::mem::take(&mut block.stmts) {
            self.stmt(stmt, &mut out);
        }
        block.stmts = out;
        match &mut block.value {
            Some(value) => {
                self.expr(value);
                self.leave_scope(value);
            }
            None => {
                let release = self.leave_scopes(self.scopes.len() - 1);
                release_stmt(&mut block.stmts, release);
                self.scopes.pop();
            }
        }
    }

    fn stmt(&mut self, mut stmt: Stmt, out: &mut Vec<Stmt>) {
        let release = match &mut stmt {
            Stmt::Expr(e) => {
                self.expr(e);
                Vec::new()
            }
            Stmt::Let { local, value } => {
                self.expr(value);
                let event = self.define(*local);
                self.point(&[event], false).release
            }
            Stmt::Destructure {
                scrutinee,
                mode,
                pat,
                else_,
                ..
            } => self.destructure(scrutinee, mode, pat, else_),
            Stmt::Release(_) => Vec::new(),
        };
        out.push(stmt);
        release_stmt(out, release);
    }

    fn destructure(
        &mut self,
        scrutinee: &mut Place,
        mode: &mut MatchMode,
        pat: &Pat,
        else_: &mut Option<Block>,
    ) -> Vec<Path> {
        let mark = self.pending.len();
        self.place(scrutinee);
        let take = self.take(scrutinee);
        let mut events = self.pending.split_off(mark);
        events.extend(take);
        let mut bound = Vec::new();
        pat.bindings(&mut bound);
        let Some(block) = else_ else {
            events.extend(bound.into_iter().map(|l| self.define(l)));
            let out = self.point(&events, false);
            self.set_match_mode(mode, out.moves);
            return out.release;
        };
        let out = self.point(&events, true);
        self.set_match_mode(mode, out.moves);
        let from = self.cur;
        let (fits, fails) = (self.new_block(), self.new_block());
        self.edge(from, fits);
        self.edge(from, fails);
        self.cur = fails;
        let entry = self.edge_release(from, fails, false);
        self.block(block, entry, Vec::new());
        self.cur = fits;
        let events: Vec<Event> = bound.into_iter().map(|l| self.define(l)).collect();
        let release = self.point(&events, false).release;
        with_edge(release, self.edge_release(from, fits, true))
    }

    /// The use of a match's scrutinee when it is chosen what fits.
    fn take(&mut self, scrutinee: &Place) -> Option<Event> {
        let is_path = scrutinee.as_path().is_some();
        self.event(scrutinee, if is_path { Kind::Own } else { Kind::Use })
    }

    fn set_match_mode(&self, mode: &mut MatchMode, moves: bool) {
        if self.writing {
            *mode = if moves {
                MatchMode::Move
            } else {
                MatchMode::Share
            };
        }
    }

    fn if_(&mut self, arms: &mut [(Expr, Block)], else_: &mut Option<Block>) {
        let join = self.new_block();
        let mut entry = Vec::new();
        for (cond, block) in arms {
            self.expr(cond);
            at_entry(cond, std::mem::take(&mut entry));
            let from = self.cur;
            let (yes, no) = (self.new_block(), self.new_block());
            self.edge(from, yes);
            self.edge(from, no);
            self.cur = yes;
            let release = self.edge_release(from, yes, true);
            self.block(block, release, Vec::new());
            self.goto(join);
            self.cur = no;
            entry = self.edge_release(from, no, true);
        }
        match else_ {
            Some(block) => self.block(block, entry, Vec::new()),
            None if !entry.is_empty() => {
                *else_ = Some(Block {
                    stmts: vec![Stmt::Release(entry)],
                    value: None,
                    declares: Vec::new(),
                });
            }
            None => {}
        }
        self.goto(join);
        self.cur = join;
    }

    fn match_(&mut self, m: &mut Match) {
        let mark = self.pending.len();
        self.place(&mut m.scrutinee);
        let looks = self.pending.split_off(mark);
        let whole = self.parts.find(&m.scrutinee);
        let mut names: Vec<(NodeId, SiteId)> = Vec::new();
        for arm in &mut m.arms {
            let Some(guard) = &mut arm.guard else {
                continue;
            };
            let mut bound = Vec::new();
            arm.pat.bindings(&mut bound);
            self.see(&bound, Some(whole));
            self.guards.push(Vec::new());
            let from = self.cur;
            let (tested, next) = (self.new_block(), self.new_block());
            self.edge(from, tested);
            self.edge(from, next);
            self.cur = tested;
            let entry = self.edge_release(from, tested, true);
            self.expr(guard);
            at_entry(guard, entry);
            self.goto(next);
            self.cur = next;
            let named = self.guards.pop().unwrap_or_default();
            if !planted(Fault::OwnGuardNames) {
                names.extend(named);
            }
            self.see(&bound, None);
        }
        names.sort_unstable_by_key(|n| n.0);
        names.dedup_by_key(|n| n.0);
        let mut events = looks;
        for (node, site) in names {
            events.extend(self.event_at(node, Kind::Use, site));
        }
        events.extend(self.take(&m.scrutinee));
        let out = self.point(&events, true);
        self.set_match_mode(&mut m.mode, out.moves);
        let from = self.cur;
        let join = self.new_block();
        let entries: Vec<BlockId> = m.arms.iter().map(|_| self.new_block()).collect();
        for &entry in &entries {
            self.edge(from, entry);
        }
        for (arm, entry) in m.arms.iter_mut().zip(entries) {
            self.cur = entry;
            let mut bound = Vec::new();
            arm.pat.bindings(&mut bound);
            let scoped = |l: &LocalId| self.locals[l.index()].scoped;
            let scope = bound.iter().copied().filter(scoped).collect();
            let events: Vec<Event> = bound.into_iter().map(|l| self.bind(l)).collect();
            let release = self.point(&events, false).release;
            let release = with_edge(release, self.edge_release(from, entry, true));
            if self.writing {
                arm.release = release;
            }
            self.scopes.push(scope);
            self.expr(&mut arm.body);
            self.leave_scope(&mut arm.body);
            self.goto(join);
        }
        self.cur = join;
    }

    /// Makes an arm's bindings visible to its guard, as parts of a whole, and hides them again.
    fn see(&mut self, bound: &[LocalId], seen_in: Option<Option<NodeId>>) {
        for local in bound {
            self.seen_in[local.index()] = seen_in;
        }
    }

    fn enter_loop(&mut self, label: LoopId, turn: Option<BlockId>) -> BlockId {
        let exit = self.new_block();
        let scopes = self.scopes.len();
        self.loops.insert(label, Target { exit, turn, scopes });
        exit
    }

    fn loop_(&mut self, label: LoopId, body: &mut Block) {
        let head = self.new_block();
        self.goto(head);
        self.cur = head;
        let exit = self.enter_loop(label, Some(head));
        self.block(body, Vec::new(), Vec::new());
        if !planted(Fault::OwnBackEdge) {
            self.goto(head);
        }
        self.cur = exit;
    }

    fn labeled(&mut self, label: LoopId, body: &mut Block) {
        let exit = self.enter_loop(label, None);
        self.block(body, Vec::new(), Vec::new());
        self.goto(exit);
        self.cur = exit;
    }

    /// A `for`, its sequence evaluated. Gives what ends when that has run out.
    fn for_(&mut self, label: LoopId, item: LocalId, body: &mut Block) -> Vec<Path> {
        let head = self.new_block();
        self.goto(head);
        let exit = self.enter_loop(label, Some(head));
        let (turn, done) = (self.new_block(), self.new_block());
        self.edge(head, turn);
        self.edge(head, done);
        self.edge(done, exit);
        self.cur = turn;
        let event = self.bind(item);
        let entry = self.point(&[event], false).release;
        let entry = with_edge(entry, self.edge_release(head, turn, true));
        let scope = match self.locals[item.index()].scoped {
            true => vec![item],
            false => Vec::new(),
        };
        self.block(body, entry, scope);
        self.goto(head);
        self.cur = exit;
        self.edge_release(head, done, true)
    }
}

fn is_end(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Read(_, Mode::MustMove))
}

/// What ends where bindings get their values: those that are not used, which were declared last, then
/// what ends on the way there.
fn with_edge(mut release: Vec<Path>, edge: Vec<Path>) -> Vec<Path> {
    release.extend(edge);
    debug_assert!(release.is_sorted_by_key(|p| std::cmp::Reverse(p.local)));
    release
}

fn release_stmt(stmts: &mut Vec<Stmt>, release: Vec<Path>) {
    if !release.is_empty() {
        stmts.push(Stmt::Release(release));
    }
}

fn take_expr(e: &mut Expr) -> Box<Expr> {
    let (ty, site) = (e.ty, e.site);
    let kind = ExprKind::Unreachable;
    Box::new(std::mem::replace(e, Expr { kind, ty, site }))
}

/// Releases after the value.
fn after(e: &mut Expr, release: Vec<Path>) {
    if !release.is_empty() {
        e.kind = ExprKind::After {
            value: take_expr(e),
            release,
        };
    }
}

/// Releases before the value.
fn at_entry(e: &mut Expr, release: Vec<Path>) {
    if !release.is_empty() {
        e.kind = ExprKind::Block(Block {
            stmts: vec![Stmt::Release(release)],
            value: Some(take_expr(e)),
            declares: Vec::new(),
        });
    }
}
