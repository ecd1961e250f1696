//! Updates: indices, then operands, then one walk that makes every container on the way sole,
//! outside in, then the event, then the change (S11 to S13).

use super::*;
use crate::lower::place::Index;
use cowl_contract::layout as abi;
use cowl_contract::panic::Panic;
use cowl_frontend::hir::{BinOp, Change, Expr, Gives, ProjKind, Update};

/// What the walk saw: 0 no storage, 1 only sole ones, `k + 2`: the k-th container was the first
/// that had to be duplicated. Only where the ledger counts.
struct Tally {
    state: Local,
    event: SiteId,
    segments: Vec<SiteId>,
    /// What the walk copies, where the report of copies is asked for.
    weight: Option<Local>,
}

/// A walk's state, the counter of its event, and that of a copy's bytes with where they are.
type Counting = (u64, u32, Option<(u32, Local)>);

impl Fx<'_> {
    pub(super) fn update(&mut self, e: &Expr, u: &Update, dst: Option<Place>) {
        let mark = self.mark();
        let root = self.root(&u.place);
        if planted(Fault::LowerUniqueHoisted) {
            let ty = self.place_ty(&root);
            if let TyData::List(_) | TyData::Array(_) | TyData::Map(..) = self.data(ty) {
                self.b.push(StmtKind::MakeUnique {
                    place: root.clone(),
                    status: None,
                    ready: None,
                });
            }
        }
        let mut walk = Walk {
            u,
            indices: self.indices(&u.place.projs),
            start: u
                .place
                .projs
                .iter()
                .rposition(|p| matches!(p.kind, ProjKind::Deref))
                .map_or(0, |i| i + 1),
            root,
            tally: None,
        };
        if let (true, Some(event)) = (self.cx.ledger, u.event) {
            let state = self.temp(Types::INT);
            walk.tally = Some(Tally {
                state,
                event,
                segments: Vec::new(),
                weight: self.cx.copies.then(|| self.temp(Types::INT)),
            });
        }
        match &u.change {
            Change::Set { value, displaced } => self.update_set(e, walk, value, *displaced),
            Change::Arith { op, value } => {
                let held = self.operand(value, true);
                let place = self.walk_to(&mut walk, u.place.projs.len());
                self.finish_tally(&walk);
                self.at(e.site);
                let value = self.seen(&held);
                let old = Operand::Copy(place.clone());
                let new = self.scalar(u.place.ty(), Rvalue::Binary(*op, old, value));
                self.b.assign(place, Rvalue::Use(new));
            }
            Change::Builtin { op, args, .. } => {
                self.update_builtin(e, walk, *op, args, dst);
            }
            Change::Call {
                callee,
                args,
                gives,
                sole_first,
            } => {
                let target = self.target(callee);
                let held = self.operands(args);
                let place = self.walk_to(&mut walk, u.place.projs.len());
                if *sole_first {
                    let own = self.own_container(&place);
                    self.sole(&mut walk, &own, u.place.projs.len());
                }
                self.finish_tally(&walk);
                self.at(e.site);
                self.update_call(&walk, place, target, &held, *gives, dst);
            }
        }
        self.end_op(mark);
    }

    /// The container that a builtin which calls back changes: the value, or what a Heap or Deque
    /// holds.
    fn own_container(&self, place: &Place) -> Place {
        let ty = self.place_ty(place);
        let lang = match self.data(ty) {
            TyData::Adt(..) => self.cx.program.shapes.get(&ty).and_then(|s| s.lang),
            _ => None,
        };
        match lang {
            Some(lang) if lang.is_queue() => place.clone().field(0),
            _ => place.clone(),
        }
    }

    /// Walks along the first `upto` projections; containers behind the last `Deref` become sole.
    pub(super) fn walk_to(&mut self, walk: &mut Walk, upto: usize) -> Place {
        if let Some(tally) = &walk.tally {
            let zero = self.int(0);
            self.b.assign(tally.state, Rvalue::Use(zero.clone()));
            if let Some(weight) = tally.weight {
                self.b.assign(weight, Rvalue::Use(zero));
            }
        }
        let projs = &walk.u.place.projs;
        let mut place = self.walk(
            walk.root.clone(),
            &projs[..walk.start],
            &walk.indices[..walk.start],
            projs.get(walk.start),
        );
        for (i, proj) in projs.iter().enumerate().take(upto).skip(walk.start) {
            match &proj.kind {
                ProjKind::Field(f) => place.projs.push(Proj::Field(*f)),
                ProjKind::Deref => crate::ice!("a pointer behind the last one"),
                ProjKind::Index { .. } => {
                    self.at(proj.site);
                    place = self.index_mut(walk, place, i);
                }
            }
        }
        place
    }

    /// The element at projection `i` of a container that becomes sole, or the value of its key.
    fn index_mut(&mut self, walk: &mut Walk, seq: Place, i: usize) -> Place {
        let proj = &walk.u.place.projs[i];
        let seq_ty = self.place_ty(&seq);
        let addr = self.addr(proj.ty);
        let Some(Index { index, default }) = walk.indices[i].take() else {
            crate::ice!("an index that was not evaluated")
        };
        if !matches!(self.data(seq_ty), TyData::Map(..)) {
            let at = self.checked_index(&seq, &index);
            self.sole(walk, &seq, i);
            self.at(proj.site);
            self.b.assign(
                addr,
                Rvalue::Element {
                    seq,
                    index: at,
                    mutable: true,
                },
            );
            return addr.into();
        }
        if let Some(default) = default {
            self.sole(walk, &seq, i);
            self.at(proj.site);
            let default = self.may_be_taken(&default);
            let key = self.take(&index);
            self.runtime(
                Some(addr.into()),
                Entry::cowl_map_place,
                vec![
                    Arg::InOut(seq),
                    Arg::Take(key),
                    Arg::InOut(default.into()),
                    Arg::Desc(seq_ty),
                ],
            );
            return addr.into();
        }
        let key = self.seen_place(&index);
        self.runtime(
            Some(addr.into()),
            Entry::cowl_map_find,
            vec![
                Arg::Val(Operand::Copy(seq.clone())),
                Arg::Ref(key.clone()),
                Arg::Desc(seq_ty),
            ],
        );
        let missing = self.scalar(Types::BOOL, Rvalue::IsNull(addr));
        let (no, found) = (self.b.cold_block(), self.b.block());
        self.b.branch(missing, no, found, no);
        let key_ty = self.place_ty(&key);
        self.fail(
            Entry::cowl_panic_key,
            vec![Arg::Ref(key.clone()), Arg::Desc(key_ty)],
        );
        self.b.cur = found;
        self.sole(walk, &seq, i);
        self.at(proj.site);
        self.runtime(
            Some(addr.into()),
            Entry::cowl_map_find_mut,
            vec![Arg::InOut(seq), Arg::Ref(key), Arg::Desc(seq_ty)],
        );
        addr.into()
    }

    /// Makes the container that stands before projection `i` sole, and notes what it was.
    pub(super) fn sole(&mut self, walk: &mut Walk, place: &Place, i: usize) {
        let ty = self.place_ty(place);
        let segment = match i.checked_sub(1) {
            Some(before) => walk.u.place.projs[before].site,
            None => walk.u.place.site,
        };
        let promise = walk.u.event.filter(|_| self.func.in_place.is_some());
        let asked = walk.tally.is_some() || promise.is_some();
        let status = asked.then(|| self.temp(Types::I32));
        if let Some(weight) = walk.tally.as_ref().and_then(|t| t.weight) {
            self.weigh(weight, place, ty);
        }
        match self.data(ty) {
            TyData::List(_) if i == 0 && status.is_none() && skips_unique() => {}
            TyData::List(_) | TyData::Array(_) | TyData::Map(..) | TyData::Set(_) => {
                self.b.push(StmtKind::MakeUnique {
                    place: place.clone(),
                    status,
                    ready: None,
                });
            }
            // The string's own operations copy; the ledger wants to know.
            TyData::Str => {
                if let Some(status) = status {
                    self.runtime(
                        Some(status.into()),
                        Entry::cowl_status,
                        vec![Arg::Ref(place.clone()), Arg::Desc(ty)],
                    );
                }
            }
            _ => return,
        }
        if let (Some(event), Some(status)) = (promise, status) {
            self.keep_promise(status, event);
        }
        if let (Some(tally), Some(status)) = (&mut walk.tally, status) {
            let copied = tally.segments.len() as i64 + 2;
            tally.segments.push(segment);
            let state = tally.state;
            self.note_status(state, status, copied);
        }
    }

    /// Adds what making this container sole copies.
    fn weigh(&mut self, weight: Local, place: &Place, ty: Ty) {
        if !matches!(
            self.data(ty),
            TyData::List(_) | TyData::Array(_) | TyData::Map(..) | TyData::Set(_) | TyData::Str
        ) {
            return;
        }
        let more = self.temp(Types::INT);
        self.runtime(
            Some(more.into()),
            Entry::cowl_weight,
            vec![Arg::Ref(place.clone()), Arg::Desc(ty)],
        );
        let (all, more) = (Operand::Copy(weight.into()), Operand::Copy(more.into()));
        self.b
            .assign(weight, Rvalue::Binary(BinOp::AddWrap, all, more));
    }

    /// In an `@in_place` function a copy is a panic, at the event's place.
    pub(super) fn keep_promise(&mut self, status: Local, event: SiteId) {
        let Some(function) = &self.func.in_place else {
            return;
        };
        let text = Panic::Copies { function }.to_string();
        let shared = Operand::Const(Const::Int(Types::I32, abi::SHARED.into()));
        let copies = self.scalar(
            Types::BOOL,
            Rvalue::Binary(BinOp::Eq, Operand::Copy(status.into()), shared),
        );
        let (broken, kept) = (self.b.cold_block(), self.b.block());
        self.b.branch(copies, broken, kept, broken);
        self.at(event);
        self.fail_text(&text);
        self.b.cur = kept;
    }

    /// `state = status of the walk so far and of one more container`.
    fn note_status(&mut self, state: Local, status: Local, copied: i64) {
        let (sole, shared, done) = (self.b.block(), self.b.block(), self.b.block());
        let dead = self.b.block();
        self.b.end(
            Term::Switch {
                on: Operand::Copy(status.into()),
                cases: vec![(abi::SOLE as u64, sole), (abi::SHARED as u64, shared)],
                default: done,
            },
            dead,
        );
        for (block, value, only_below) in [(sole, 1, 1), (shared, copied, 2)] {
            self.b.end(Term::Unreachable, block);
            let limit = self.int(only_below);
            let first = self.scalar(
                Types::BOOL,
                Rvalue::Binary(BinOp::Lt, Operand::Copy(state.into()), limit),
            );
            let set = self.b.block();
            self.b.branch(first, set, done, set);
            let value = self.int(value);
            self.b.assign(state, Rvalue::Use(value));
            let next = self.b.block();
            self.b.goto(done, next);
        }
        self.b.end(Term::Unreachable, done);
    }

    /// Counts the update's one event.
    pub(super) fn finish_tally(&mut self, walk: &Walk) {
        let Some(tally) = &walk.tally else { return };
        if tally.segments.is_empty() {
            return;
        }
        let in_place = self.cx.event(EventKind::InPlace, tally.event, tally.event);
        let mut counts = vec![(1, in_place, None)];
        if tally.weight.is_some() {
            let nothing = self.cx.event(EventKind::Nothing, tally.event, tally.event);
            counts.push((0, nothing, None));
        }
        for (k, &segment) in tally.segments.iter().enumerate() {
            let id = self.cx.event(EventKind::Copied, tally.event, segment);
            let bytes = tally.weight.map(|weight| {
                let id = self.cx.event(EventKind::Bytes, tally.event, segment);
                (id, weight)
            });
            counts.push((k as u64 + 2, id, bytes));
        }
        self.count_by(tally.state, &counts);
    }

    /// Counts the event that belongs to the state's value, and the bytes of a copy; others count
    /// nothing.
    fn count_by(&mut self, state: Local, counts: &[Counting]) {
        let done = self.b.block();
        let blocks: Vec<BlockId> = counts.iter().map(|_| self.b.block()).collect();
        let cases = counts.iter().zip(&blocks).map(|(c, &b)| (c.0, b)).collect();
        let dead = self.b.block();
        self.b.end(
            Term::Switch {
                on: Operand::Copy(state.into()),
                cases,
                default: done,
            },
            dead,
        );
        for ((_, event, bytes), block) in counts.iter().zip(blocks) {
            self.b.end(Term::Unreachable, block);
            self.b.push(StmtKind::Count(*event));
            if let Some((event, weight)) = bytes {
                let weight = Operand::Copy((*weight).into());
                self.b.push(StmtKind::CountBy(*event, weight));
            }
            let next = self.b.block();
            self.b.goto(done, next);
        }
        self.b.end(Term::Unreachable, done);
    }

    /// The event of a `:=` or `copy`.
    pub(super) fn count_unshare(&mut self, status: Local, site: SiteId, both: bool) {
        if !self.cx.ledger || self.func.is_std {
            return;
        }
        let bytes = self.cx.copies.then(|| {
            let weight = self.temp(Types::INT);
            self.runtime(Some(weight.into()), Entry::cowl_unshared, Vec::new());
            (self.cx.event(EventKind::Bytes, site, site), weight)
        });
        let copied = self.cx.event(EventKind::Copied, site, site);
        let mut counts = vec![(abi::SHARED as u64, copied, bytes)];
        if both {
            let moved = self.cx.event(EventKind::Moved, site, site);
            counts.push((abi::SOLE as u64, moved, None));
        }
        self.count_by(status, &counts);
    }

    // ---- the changes

    fn update_set(&mut self, e: &Expr, mut walk: Walk, value: &Expr, displaced: bool) {
        let held = self.operand(value, true);
        let projs = &walk.u.place.projs;
        let last = projs.len().wrapping_sub(1);
        let into_map = projs.last().is_some_and(|p| {
            matches!(p.kind, ProjKind::Index { .. })
                && matches!(self.data(walk.container_ty(last)), TyData::Map(..))
        });
        if into_map {
            let map = self.walk_to(&mut walk, last);
            let ty = self.place_ty(&map);
            self.sole(&mut walk, &map, last);
            self.finish_tally(&walk);
            self.at(e.site);
            let Some(Index { index, .. }) = walk.indices[last].take() else {
                crate::ice!("an index that was not evaluated")
            };
            let (key, value) = (self.take(&index), self.take(&held));
            self.runtime(
                None,
                Entry::cowl_map_insert,
                vec![
                    Arg::InOut(map),
                    Arg::Take(key),
                    Arg::Take(value),
                    Arg::Desc(ty),
                ],
            );
            return;
        }
        let place = self.walk_to(&mut walk, projs.len());
        self.finish_tally(&walk);
        self.at(e.site);
        let ty = walk.u.place.ty();
        let old = (displaced && self.refs(ty) && !planted(Fault::LowerDisplacedKept)).then(|| {
            let old = self.temp(ty);
            self.b
                .assign(old, Rvalue::Use(Operand::Move(place.clone())));
            old
        });
        let value = self.take(&held);
        if let Some(old) = old
            && planted(Fault::LowerDisplacedEarly)
        {
            self.release(old.into());
        }
        if ty != Types::UNIT {
            self.b.assign(place, Rvalue::Use(value));
        }
        if let Some(old) = old
            && !planted(Fault::LowerDisplacedEarly)
        {
            self.release(old.into());
        }
    }

    fn update_call(
        &mut self,
        walk: &Walk,
        place: Place,
        target: call::Target,
        held: &[Held],
        gives: Gives,
        dst: Option<Place>,
    ) {
        let object = self.begin_change(walk);
        let ty = walk.u.place.ty();
        let value = self.temp(ty);
        self.b
            .assign(value, Rvalue::Use(Operand::Move(place.clone())));
        if self.refs(ty) && self.is_memory(&place) {
            self.b.push(StmtKind::Clear(place.clone()));
        }
        let mut args = vec![if self.refs(ty) {
            Operand::Move(value.into())
        } else {
            Operand::Copy(value.into())
        }];
        args.extend(self.arguments(&target, 1, held));
        match gives {
            Gives::Place => {
                let new = self.temp(ty);
                self.emit_call(Some(new.into()), target, args);
                self.end_change(&object);
                self.b.assign(place, Rvalue::Use(Operand::Move(new.into())));
            }
            Gives::PlaceAndResult => {
                let pair_ty = self.pair_ty(&target, ty);
                let pair = Place::from(self.temp(pair_ty));
                self.emit_call(Some(pair.clone()), target, args);
                self.end_change(&object);
                self.b
                    .assign(place, Rvalue::Use(Operand::Move(pair.field(0))));
                match dst {
                    Some(dst) => {
                        let result = Rvalue::Use(Operand::Move(pair.field(1)));
                        self.b.assign(dst, result);
                    }
                    None => self.release(pair.field(1)),
                }
            }
        }
        if let Some(object) = object {
            self.release(object.pointer.into());
        }
    }

    /// The `(Self, R)` that a callee gives back.
    fn pair_ty(&self, target: &call::Target, self_ty: Ty) -> Ty {
        match target {
            call::Target::Func(id) => self.cx.program.func(*id).ret,
            call::Target::Value(place) => match self.data(self.place_ty(place)) {
                TyData::Fn(_, ret) => *ret,
                other => crate::ice!("a call of {other:?}"),
            },
            call::Target::Any { method } => {
                let table = self.cx.program.vtables.iter().find(|t| {
                    matches!(self.data(self_ty), TyData::Any(id, _) if *id == t.trait_)
                        && t.methods[*method as usize].is_some()
                });
                match table.and_then(|t| t.methods[*method as usize]) {
                    Some(id) => self.cx.program.func(id).ret,
                    None => crate::ice!("a method without an implementation"),
                }
            }
        }
    }

    /// Memory other than the function's own locals.
    fn is_memory(&self, place: &Place) -> bool {
        self.b.body.decl(place.local).kind == LocalKind::Addr || place.projs.contains(&Proj::Deref)
    }

    /// While user code changes a value that lies in an object, the object's field is in change
    /// (S13); the object is held meanwhile.
    fn begin_change(&mut self, walk: &Walk) -> Option<InChange> {
        let deref = walk.start.checked_sub(1)?;
        let projs = &walk.u.place.projs;
        let pointer_ty = match deref.checked_sub(1) {
            Some(before) => projs[before].ty,
            None => walk.u.place.root_ty,
        };
        let field = match projs.get(walk.start).map(|p| &p.kind) {
            Some(ProjKind::Field(f)) => i64::from(*f),
            _ => -1,
        };
        // The same pointer as the walk went through: reading it again has no effects.
        let (before, indices) = (&projs[..deref], &walk.indices[..deref]);
        let update = self.b.site;
        let from = self.walk(walk.root.clone(), before, indices, projs.get(deref));
        self.b.site = update;
        let pointer = self.temp(pointer_ty);
        self.b.assign(pointer, Rvalue::Share(from));
        self.runtime(
            None,
            Entry::cowl_change_begin,
            vec![Arg::Val(Operand::Copy(pointer.into())), Arg::Int(field)],
        );
        Some(InChange { pointer, field })
    }

    fn end_change(&mut self, object: &Option<InChange>) {
        if let Some(InChange { pointer, field }) = object {
            self.runtime(
                None,
                Entry::cowl_change_end,
                vec![Arg::Val(Operand::Copy((*pointer).into())), Arg::Int(*field)],
            );
        }
    }

    // ---- is_unique

    /// Are all storages on the path held once? A bool.
    pub(super) fn is_unique(&mut self, p: &hir::Place) -> Operand {
        let mark = self.mark();
        let mut place = self.root(p);
        let indices = self.indices(&p.projs);
        let answer = self.temp(Types::BOOL);
        let (shared, done) = (self.b.block(), self.b.block());
        for (i, proj) in p.projs.iter().enumerate() {
            if matches!(proj.kind, ProjKind::Index { .. }) {
                self.require_unshared(&place, shared);
            }
            let one = std::slice::from_ref(proj);
            place = self.walk(place, one, &indices[i..=i], p.projs.get(i + 1));
        }
        self.require_unshared(&place, shared);
        let yes = self.bool(true);
        self.b.assign(answer, Rvalue::Use(yes));
        self.b.goto(done, shared);
        let no = self.bool(false);
        self.b.assign(answer, Rvalue::Use(no));
        self.b.goto(done, done);
        self.end_op(mark);
        Operand::Copy(answer.into())
    }

    fn require_unshared(&mut self, place: &Place, shared: BlockId) {
        let ty = self.place_ty(place);
        if !matches!(
            self.data(ty),
            TyData::List(_) | TyData::Array(_) | TyData::Map(..) | TyData::Set(_) | TyData::Str
        ) {
            return;
        }
        let status = self.temp(Types::I32);
        self.runtime(
            Some(status.into()),
            Entry::cowl_status,
            vec![Arg::Ref(place.clone()), Arg::Desc(ty)],
        );
        let limit = Operand::Const(Const::Int(Types::I32, abi::SHARED.into()));
        let is = self.scalar(
            Types::BOOL,
            Rvalue::Binary(BinOp::Eq, Operand::Copy(status.into()), limit),
        );
        let next = self.b.block();
        self.b.branch(is, shared, next, next);
    }
}

fn skips_unique() -> bool {
    planted(Fault::LowerUniqueSkipped) || planted(Fault::LowerUniqueHoisted)
}

/// An update on its way.
pub(super) struct Walk<'u> {
    pub u: &'u Update,
    pub indices: Vec<Option<Index>>,
    /// The projection behind the last `Deref`.
    pub start: usize,
    pub root: Place,
    tally: Option<Tally>,
}

impl Walk<'_> {
    /// The type of what projection `i` stands on.
    fn container_ty(&self, i: usize) -> Ty {
        match i.checked_sub(1) {
            Some(before) => self.u.place.projs[before].ty,
            None => self.u.place.root_ty,
        }
    }
}

struct InChange {
    pointer: Local,
    field: i64,
}
