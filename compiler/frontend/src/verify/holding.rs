//! Invariants 6 and 7: on every way each part is held when it is used, and ends exactly once.
//!
//! Runs the function forwards over one state that says of each part whether it holds a value. A
//! branch is run from the same state for each way, by undoing what it changed; where ways meet they
//! must agree. A loop's body must leave what it found. Scoped locals may differ: they may be empty.

use super::World;
use crate::hir::{Change as Op, *};
use crate::types::{Ty, Types};
use rustc_hash::FxHashMap;

pub fn check(func: &Func, world: &mut World) -> Vec<String> {
    let count = func.locals.len();
    let mut cx = Cx {
        func,
        world,
        out: Vec::new(),
        state: vec![Tree::Leaf(Status::Empty); count],
        holding: vec![false; count],
        held: 0,
        journal: Vec::new(),
        reachable: true,
        pending: Vec::new(),
        exits: FxHashMap::default(),
        seen_in: vec![None; count],
        borrowed: vec![false; count],
    };
    for param in &func.params {
        cx.borrowed[param.local.index()] = param.borrowed;
        cx.define(&whole(param.local), false);
    }
    cx.expr(&func.body);
    cx.at_exit();
    cx.out
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Empty,
    Held,
    /// Of a scoped local: either.
    Maybe,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tree {
    Leaf(Status),
    Fields(Vec<Tree>),
}

/// A way that leaves a loop or labelled block: the locals that differ from its entry.
type Exit = FxHashMap<LocalId, Tree>;

struct Target {
    /// How long the journal was at the entry.
    mark: usize,
    exits: Vec<Exit>,
    turns: bool,
}

struct Cx<'a, 'w> {
    func: &'a Func,
    world: &'a mut World<'w>,
    out: Vec<String>,
    state: Vec<Tree>,
    /// Per local: holds anything, as counted in `held`.
    holding: Vec<bool>,
    held: usize,
    /// What was changed, to be undone.
    journal: Vec<Change>,
    reachable: bool,
    /// Looks of unfinished operations: what they look at, and whether it has changed since.
    pending: Vec<(Path, bool)>,
    exits: FxHashMap<LoopId, Target>,
    /// Of bindings that the guard around sees without holding: what they lie in, if a local holds it.
    seen_in: Vec<Option<Option<Path>>>,
    borrowed: Vec<bool>,
}

fn whole(local: LocalId) -> Path {
    Path {
        local,
        fields: Vec::new(),
    }
}

enum Change {
    /// What was there before.
    State(LocalId, Tree),
    /// A pending look's path, by its position.
    Looked(usize),
}

/// What to do with a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Use,
    /// Used up: by a move or a release.
    End,
    Define {
        displaced: bool,
    },
}

impl Cx<'_, '_> {
    /// The invariant, by its number in `hir`'s header, and what breaks it.
    fn say(&mut self, invariant: u8, message: String) {
        if self.out.len() < 20 {
            self.out.push(format!("invariant {invariant}: {message}"));
        }
    }

    fn name(&self, path: &Path) -> String {
        let local = &self.func.locals[path.local.index()];
        let mut out = match &local.name {
            Some(name) => format!("{name}({})", path.local),
            None => path.local.to_string(),
        };
        for field in &path.fields {
            out.push_str(&format!(".{field}"));
        }
        out
    }

    // ---- the state

    fn set(&mut self, local: LocalId, tree: Tree) {
        let i = local.index();
        let ty = self.func.locals[i].ty;
        let holding = !self.borrowed[i] && self.holds_any(&tree, ty);
        if holding != self.holding[i] {
            self.holding[i] = holding;
            if holding {
                self.held += 1;
            } else {
                self.held -= 1;
            }
        }
        let old = std::mem::replace(&mut self.state[i], tree);
        self.journal.push(Change::State(local, old));
    }

    fn undo(&mut self, mark: usize) {
        while self.journal.len() > mark {
            match self.journal.pop() {
                Some(Change::State(local, old)) => {
                    self.set(local, old);
                    self.journal.pop();
                }
                Some(Change::Looked(i)) => {
                    if let Some(look) = self.pending.get_mut(i) {
                        look.1 = false;
                    }
                }
                None => {}
            }
        }
    }

    /// The locals changed since `mark`, as they are now.
    fn changes(&self, mark: usize) -> Exit {
        let changed = self.journal[mark..].iter().filter_map(|c| match c {
            Change::State(local, _) => Some(*local),
            Change::Looked(_) => None,
        });
        changed
            .map(|l| (l, self.state[l.index()].clone()))
            .collect()
    }

    fn holds_any(&mut self, tree: &Tree, ty: Ty) -> bool {
        match tree {
            Tree::Leaf(Status::Held) => self.world.holds(ty),
            Tree::Leaf(_) => false,
            Tree::Fields(trees) => {
                let tys = self.world.fields(ty).unwrap_or_default();
                trees.iter().zip(tys).any(|(t, ty)| self.holds_any(t, ty))
            }
        }
    }

    /// Where ways meet: each is what it changed since the common state. None of them reachable:
    /// neither is what follows.
    fn join(&mut self, ways: Vec<Exit>) {
        self.reachable = !ways.is_empty();
        // Each local with the ways that changed it; on all others it is what it was. So the time is
        // that of the changes, and not ways times locals.
        let all = ways.len();
        let mut changed: Vec<(LocalId, Tree)> = ways.into_iter().flatten().collect();
        changed.sort_by_key(|(local, _)| *local);
        let mut changed = changed.into_iter().peekable();
        while let Some((local, mut merged)) = changed.next() {
            let mut count = 1;
            while let Some((_, tree)) = changed.next_if(|(other, _)| *other == local) {
                merged = self.meet(&merged, &tree, &whole(local));
                count += 1;
            }
            if count < all {
                let base = self.state[local.index()].clone();
                merged = self.meet(&merged, &base, &whole(local));
            }
            self.set(local, merged);
        }
    }

    fn meet(&mut self, a: &Tree, b: &Tree, path: &Path) -> Tree {
        if a == b {
            return a.clone();
        }
        let local = &self.func.locals[path.local.index()];
        let (scoped, root) = (local.scoped, local.ty);
        let ty = self.ty_of(root, &path.fields);
        if let (Tree::Leaf(x), Tree::Leaf(y)) = (a, b) {
            if scoped {
                return Tree::Leaf(Status::Maybe);
            }
            if self.world.holds(ty) && !self.borrowed[path.local.index()] {
                let name = self.name(path);
                self.say(
                    6,
                    format!("{name} is {x:?} on one way and {y:?} on another"),
                );
            }
            return Tree::Leaf(Status::Empty);
        }
        let (a, b) = (self.split(a, ty), self.split(b, ty));
        let mut out = Vec::new();
        for (i, (x, y)) in a.iter().zip(&b).enumerate() {
            let mut path = path.clone();
            path.fields.push(i as u32);
            out.push(self.meet(x, y, &path));
        }
        Tree::Fields(out)
    }

    fn ty_of(&mut self, mut ty: Ty, fields: &[u32]) -> Ty {
        for &f in fields {
            let fields = self.world.fields(ty).unwrap_or_default();
            ty = fields.get(f as usize).copied().unwrap_or(Types::ERROR);
        }
        ty
    }

    fn split(&mut self, tree: &Tree, ty: Ty) -> Vec<Tree> {
        match tree {
            Tree::Fields(trees) => trees.clone(),
            Tree::Leaf(s) => {
                let count = self.world.fields(ty).unwrap_or_default().len();
                vec![Tree::Leaf(*s); count]
            }
        }
    }

    // ---- acts

    fn act(&mut self, path: &Path, act: Act) {
        if !self.reachable {
            return;
        }
        if self.seen_in[path.local.index()].is_some() {
            if let Some(whole) = self.held_path(path.clone()) {
                self.act(&whole, Act::Use);
            }
            return;
        }
        let i = path.local.index();
        let mut tree = self.state[i].clone();
        let ty = self.func.locals[i].ty;
        let scoped = self.func.locals[i].scoped;
        let mut wrong = None;
        self.act_at(&mut tree, ty, &path.fields, act, scoped, &mut wrong);
        if let Some(status) = wrong {
            let name = self.name(path);
            let what = match act {
                Act::Use => "used",
                Act::End => "moved or released",
                Act::Define { .. } => "assigned",
            };
            self.say(6, format!("{name} is {what} while it is {status:?}"));
        }
        if act != Act::Use {
            if act == Act::End && self.borrowed[i] {
                let name = self.name(path);
                self.say(6, format!("the borrowed {name} ends"));
            }
            self.set(path.local, tree);
            self.changed(path);
        }
    }

    fn act_at(
        &mut self,
        tree: &mut Tree,
        ty: Ty,
        fields: &[u32],
        act: Act,
        scoped: bool,
        wrong: &mut Option<Status>,
    ) {
        if let Some((&first, rest)) = fields.split_first() {
            let mut trees = self.split(tree, ty);
            let tys = self.world.fields(ty).unwrap_or_default();
            if let (Some(part), Some(&ty)) =
                (trees.get_mut(first as usize), tys.get(first as usize))
            {
                self.act_at(part, ty, rest, act, scoped, wrong);
            }
            *tree = Tree::Fields(trees);
            return;
        }
        if let Tree::Fields(trees) = tree {
            let tys = self.world.fields(ty).unwrap_or_default();
            for (part, ty) in trees.iter_mut().zip(tys) {
                self.act_at(part, ty, &[], act, scoped, wrong);
            }
            if let Act::Define { .. } = act {
                *tree = Tree::Leaf(Status::Held);
            }
            return;
        }
        let Tree::Leaf(status) = tree else { return };
        let holds = self.world.holds(ty);
        let fine = match act {
            Act::Use => *status == Status::Held || scoped && *status == Status::Maybe,
            Act::End => *status == Status::Held || !holds || scoped,
            Act::Define { displaced } => {
                !holds || scoped && displaced || (*status == Status::Held) == displaced
            }
        };
        if !fine {
            *wrong = Some(*status);
        }
        *status = match act {
            Act::Use => *status,
            Act::End if holds => Status::Empty,
            Act::End => *status,
            Act::Define { .. } => Status::Held,
        };
    }

    fn define(&mut self, path: &Path, displaced: bool) {
        self.act(path, Act::Define { displaced });
    }

    fn release(&mut self, paths: &[Path]) {
        for path in paths {
            self.act(path, Act::End);
        }
    }

    /// The function ends here: nothing may be held any more.
    fn at_exit(&mut self) {
        if !self.reachable || self.held == 0 {
            return;
        }
        for i in 0..self.holding.len() {
            if self.holding[i] {
                let name = self.name(&whole(LocalId(i as u32)));
                self.say(7, format!("{name} is still held at the end"));
            }
        }
    }

    // ---- places and operations

    /// The local and fields before the first index or pointer.
    fn prefix(place: &Place) -> Option<Path> {
        let Root::Local(local) = place.root else {
            return None;
        };
        let fields = place.projs.iter().map_while(|p| match p.kind {
            ProjKind::Field(i) => Some(i),
            _ => None,
        });
        let fields = fields.collect();
        Some(Path { local, fields })
    }

    fn indices(&mut self, place: &Place) {
        if let Root::Temp(e) = &place.root {
            self.expr(e);
        }
        for proj in &place.projs {
            if let ProjKind::Index { index, default } = &proj.kind {
                self.operand(index);
                if let Some(default) = default {
                    self.operand(default);
                }
            }
        }
    }

    /// The path itself, or of a guard's binding what it lies in.
    fn held_path(&self, path: Path) -> Option<Path> {
        match &self.seen_in[path.local.index()] {
            Some(whole) => whole.clone(),
            None => Some(path),
        }
    }

    fn operand(&mut self, e: &Expr) {
        if let ExprKind::Read(place, Mode::Look) = &e.kind {
            self.indices(place);
            if let Some(path) = Self::prefix(place) {
                self.act(&path, Act::Use);
                let holds = self.world.holds(place.ty());
                let path = self.held_path(path);
                self.pending
                    .extend(path.filter(|_| holds).map(|path| (path, false)));
            }
        } else {
            self.expr(e);
        }
    }

    fn operands<'e>(&mut self, es: impl IntoIterator<Item = &'e Expr>) {
        es.into_iter().for_each(|e| self.operand(e));
    }

    /// An operation ends: what it looks at must still be there, and the same.
    fn settle(&mut self, mark: usize) {
        for (path, changed) in self.pending.split_off(mark) {
            self.act(&path, Act::Use);
            if self.reachable && changed {
                let name = self.name(&path);
                self.say(6, format!("{name} changes while it is looked at"));
            }
        }
    }

    fn changed(&mut self, path: &Path) {
        for (i, (looked, changed)) in self.pending.iter_mut().enumerate() {
            let shared = looked.fields.len().min(path.fields.len());
            let overlap = looked.fields[..shared] == path.fields[..shared];
            if looked.local == path.local && overlap && !*changed {
                *changed = true;
                self.journal.push(Change::Looked(i));
            }
        }
    }

    fn expr(&mut self, e: &Expr) {
        let mark = self.pending.len();
        match &e.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Char(_)
            | ExprKind::Str(_) => {}
            ExprKind::Unreachable => self.reachable = false,
            ExprKind::Read(place, mode) => {
                self.indices(place);
                self.settle(mark);
                if let Some(path) = Self::prefix(place) {
                    let end = *mode == Mode::Move;
                    self.act(&path, if end { Act::End } else { Act::Use });
                }
            }
            ExprKind::Tuple(es)
            | ExprKind::Struct(es)
            | ExprKind::List(es)
            | ExprKind::Variant { fields: es, .. }
            | ExprKind::Closure { captures: es, .. }
            | ExprKind::Builtin { args: es, .. } => self.operands(es),
            ExprKind::Map(pairs) => self.operands(pairs.iter().flat_map(|(k, v)| [k, v])),
            ExprKind::Interp(parts) => {
                for part in parts {
                    if let InterpPart::Value { value, spec } = part {
                        self.operand(value);
                        for count in spec.iter().flat_map(|s| [&s.width, &s.precision]).flatten() {
                            if let Count::Value(e) = count {
                                self.operand(e);
                            }
                        }
                    }
                }
            }
            ExprKind::Binary(_, a, b) => self.operands([&**a, &**b]),
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
                self.operands(args);
            }
            ExprKind::Update(update) => self.update(update),
            ExprKind::IsUnique(place) | ExprKind::DbgIfShared(place) => {
                self.indices(place);
                if let Some(path) = Self::prefix(place) {
                    self.act(&path, Act::Use);
                }
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { arms, else_ } => self.if_(arms, else_.as_ref()),
            ExprKind::Match(m) => self.match_(m),
            ExprKind::Loop { label, body } => {
                self.enter(*label, true);
                self.block(body);
                self.turn_end(*label);
                self.leave(*label);
            }
            ExprKind::Labeled { label, body } => {
                self.enter(*label, false);
                self.block(body);
                self.leave_by(*label);
                self.leave(*label);
            }
            ExprKind::ForRange(f) => {
                self.operands(
                    [Some(&f.start), f.end.as_ref(), f.step.as_ref()]
                        .into_iter()
                        .flatten(),
                );
                self.settle(mark);
                self.for_(f.label, f.item, &f.body, &f.release);
            }
            ExprKind::ForEach {
                label,
                seq,
                item,
                body,
                release,
            } => {
                self.expr(seq);
                self.for_(*label, *item, body, release);
            }
            ExprKind::Break {
                label,
                value,
                release,
            } => {
                if let Some(value) = value {
                    self.expr(value);
                }
                self.release(release);
                self.leave_by(*label);
                self.reachable = false;
            }
            ExprKind::Continue { label, release } => {
                self.release(release);
                self.turn_end(*label);
                self.reachable = false;
            }
            ExprKind::Return { value, release } => {
                self.expr(value);
                self.release(release);
                self.at_exit();
                self.reachable = false;
            }
            ExprKind::After { value, release } => {
                self.expr(value);
                self.release(release);
            }
        }
        self.settle(mark);
        if e.ty == Types::NEVER
            && matches!(e.kind, ExprKind::Call { .. } | ExprKind::Builtin { .. })
        {
            self.reachable = false;
        }
    }

    fn update(&mut self, update: &Update) {
        let mark = self.pending.len();
        let place = &update.place;
        self.indices(place);
        match &update.change {
            Op::Set { value, .. } | Op::Arith { value, .. } => self.operand(value),
            Op::Builtin { args, .. } => self.operands(args),
            Op::Call { callee, args, .. } => {
                if let Callee::Value(f) = callee {
                    self.operand(f);
                }
                self.operands(args);
            }
        }
        self.settle(mark);
        let Some(path) = Self::prefix(place) else {
            return;
        };
        let through = place
            .projs
            .iter()
            .any(|p| matches!(p.kind, ProjKind::Deref));
        match &update.change {
            Op::Set { displaced, .. } if place.as_path().is_some() => {
                self.define(&path, *displaced);
            }
            _ => {
                self.act(&path, Act::Use);
                if !through {
                    self.changed(&path);
                }
            }
        }
    }

    // ---- control

    fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Expr(e) => self.expr(e),
                Stmt::Let { local, value } => {
                    self.expr(value);
                    self.define(&whole(*local), false);
                }
                Stmt::Destructure {
                    scrutinee,
                    mode,
                    pat,
                    else_,
                    ..
                } => {
                    let mark = self.pending.len();
                    self.indices(scrutinee);
                    if let Some(block) = else_ {
                        let journal = self.journal.len();
                        self.block(block);
                        if self.reachable {
                            self.say(3, "an `else` goes on".to_string());
                        }
                        self.undo(journal);
                        self.reachable = true;
                    }
                    self.settle(mark);
                    self.take(scrutinee, *mode, pat);
                }
                Stmt::Release(paths) => self.release(paths),
            }
        }
        if let Some(value) = &block.value {
            self.expr(value);
        }
    }

    /// Takes what a pattern binds.
    fn take(&mut self, scrutinee: &Place, mode: MatchMode, pat: &Pat) {
        if let Some(path) = Self::prefix(scrutinee) {
            let end = mode == MatchMode::Move;
            self.act(&path, if end { Act::End } else { Act::Use });
        }
        let mut bound = Vec::new();
        pat_locals(pat, &mut bound);
        for local in bound {
            self.define(&whole(local), false);
        }
    }

    fn if_(&mut self, arms: &[(Expr, Block)], else_: Option<&Block>) {
        let was = self.reachable;
        let mark = self.journal.len();
        let mut ways = Vec::new();
        for (cond, block) in arms {
            self.expr(cond);
            let branch = self.journal.len();
            let reachable = self.reachable;
            self.block(block);
            if self.reachable {
                ways.push(self.changes(mark));
            }
            self.undo(branch);
            self.reachable = reachable;
        }
        if let Some(block) = else_ {
            self.block(block);
        }
        if self.reachable {
            ways.push(self.changes(mark));
        }
        self.undo(mark);
        self.join(ways);
        self.reachable &= was;
    }

    fn match_(&mut self, m: &Match) {
        let was = self.reachable;
        let pending = self.pending.len();
        self.indices(&m.scrutinee);
        let looks = self.pending.split_off(pending);
        let whole = Self::prefix(&m.scrutinee).and_then(|path| self.held_path(path));
        for arm in &m.arms {
            let Some(guard) = &arm.guard else { continue };
            let mut bound = Vec::new();
            pat_locals(&arm.pat, &mut bound);
            for local in &bound {
                self.seen_in[local.index()] = Some(whole.clone());
            }
            let mark = self.journal.len();
            self.expr(guard);
            let mut ways = vec![Exit::default()];
            if self.reachable {
                ways.push(self.changes(mark));
            }
            self.undo(mark);
            self.join(ways);
            self.reachable = was;
            bound.iter().for_each(|l| self.seen_in[l.index()] = None);
        }
        self.pending.extend(looks);
        self.settle(pending);
        let mark = self.journal.len();
        let mut ways = Vec::new();
        for arm in &m.arms {
            self.reachable = was;
            self.take(&m.scrutinee, m.mode, &arm.pat);
            self.release(&arm.release);
            self.expr(&arm.body);
            if self.reachable {
                ways.push(self.changes(mark));
            }
            self.undo(mark);
        }
        self.join(ways);
        self.reachable &= was;
    }

    fn enter(&mut self, label: LoopId, turns: bool) {
        let target = Target {
            mark: self.journal.len(),
            exits: Vec::new(),
            turns,
        };
        self.exits.insert(label, target);
    }

    /// A way out of a loop or labelled block.
    fn leave_by(&mut self, label: LoopId) {
        if !self.reachable {
            return;
        }
        let Some(mark) = self.exits.get(&label).map(|t| t.mark) else {
            return;
        };
        let exit = self.changes(mark);
        if let Some(target) = self.exits.get_mut(&label) {
            target.exits.push(exit);
        }
    }

    /// The end of a turn: the next one must find what this one found.
    fn turn_end(&mut self, label: LoopId) {
        if !self.reachable {
            return;
        }
        let Some(target) = self.exits.get(&label) else {
            return;
        };
        if !target.turns {
            return;
        }
        let mark = target.mark;
        let mut first: FxHashMap<LocalId, Tree> = FxHashMap::default();
        for change in &self.journal[mark..] {
            if let Change::State(local, old) = change {
                first.entry(*local).or_insert_with(|| old.clone());
            }
        }
        let mut locals: Vec<LocalId> = first.keys().copied().collect();
        locals.sort_unstable();
        for local in locals {
            let now = self.state[local.index()].clone();
            self.meet(&first[&local], &now, &whole(local));
        }
    }

    /// After a loop or labelled block: all its exits meet.
    fn leave(&mut self, label: LoopId) {
        if let Some(target) = self.exits.remove(&label) {
            self.undo(target.mark);
            self.join(target.exits);
        }
    }

    fn for_(&mut self, label: LoopId, item: LocalId, body: &Block, release: &[Path]) {
        let was = self.reachable;
        self.enter(label, true);
        let mark = self.journal.len();
        self.define(&whole(item), false);
        self.block(body);
        self.turn_end(label);
        self.undo(mark);
        self.reachable = was;
        self.release(release);
        self.leave_by(label);
        self.leave(label);
    }
}

fn pat_locals(pat: &Pat, out: &mut Vec<LocalId>) {
    match pat {
        Pat::Bind { local, sub } => {
            out.push(*local);
            if let Some(sub) = sub {
                pat_locals(sub, out);
            }
        }
        Pat::Fields(ps) | Pat::Variant { fields: ps, .. } => {
            ps.iter().for_each(|p| pat_locals(p, out));
        }
        Pat::List { front, rest, back } => {
            front.iter().chain(back).for_each(|p| pat_locals(p, out));
            out.extend(rest.iter().flatten());
        }
        Pat::Or(ps) => ps.iter().take(1).for_each(|p| pat_locals(p, out)),
        Pat::Type { local, .. } => out.extend(local),
        Pat::Wild
        | Pat::Bool(_)
        | Pat::Int(_)
        | Pat::Float(_)
        | Pat::Char(_)
        | Pat::Str(_)
        | Pat::Const(_)
        | Pat::Range { .. } => {}
    }
}
