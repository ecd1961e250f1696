//! Loops: `loop`, labelled blocks, ranges, and `for` over a sequence, which it owns through a
//! hidden holder and walks leaf by leaf.

use super::fused::Source;
use super::*;
use cowl_frontend::hir::{BinOp, Block as HirBlock, Expr, ForRange};
use cowl_frontend::types::IntTy;

impl Fx<'_> {
    pub(super) fn loop_(&mut self, label: LoopId, body: &HirBlock, dst: Option<Place>) {
        let (head, exit) = (self.b.block(), self.b.block());
        self.b.goto(head, head);
        self.enter(label, exit, Some(head), dst);
        self.turn(body);
        self.b.goto(head, exit);
        self.loops[label.index()] = None;
    }

    /// The body of a loop over a sequence, once, whose turns are counted if they have numbers.
    pub(super) fn turn_of(&mut self, turn: &Turn, body: &HirBlock) {
        if let Some((place, counter)) = &turn.number {
            let i = Operand::Copy((*counter).into());
            self.b.assign(place.clone(), Rvalue::Use(i));
            self.bump(*counter);
        }
        self.turn(body);
    }

    /// The body of a loop, once.
    fn turn(&mut self, body: &HirBlock) {
        self.count_step();
        self.block(body, None);
    }

    /// A call of a function outside std, or a turn of a loop in one.
    pub(super) fn count_step(&mut self) {
        if self.cx.steps && !self.func.is_std {
            self.b.push(StmtKind::Step);
        }
    }

    pub(super) fn labeled(&mut self, label: LoopId, body: &HirBlock, dst: Option<Place>) {
        let exit = self.b.block();
        self.enter(label, exit, None, dst.clone());
        self.block(body, dst);
        self.b.goto(exit, exit);
        self.loops[label.index()] = None;
    }

    fn enter(
        &mut self,
        label: LoopId,
        exit: BlockId,
        next: Option<BlockId>,
        result: Option<Place>,
    ) {
        self.loops[label.index()] = Some(LoopInfo {
            exit,
            next,
            result,
            pending: self.pending.len(),
        });
    }

    // ---- ranges

    pub(super) fn for_range(&mut self, e: &Expr, f: &ForRange) {
        let ty = f.start.ty;
        let start = self.own(&f.start);
        let end = f.end.as_ref().map(|end| self.own(end));
        let step = f.step.as_ref().map(|step| self.own(step));
        self.at(e.site);
        let (end, inclusive) = match end {
            Some(end) => (end, f.inclusive),
            None => (Operand::Const(Const::Int(ty, self.greatest(ty))), true),
        };
        if let Some(step) = &step {
            let (bad, good) = (self.b.cold_block(), self.b.block());
            let zero = Operand::Const(Const::Int(self.operand_ty(step), 0));
            let ok = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Gt, step.clone(), zero));
            self.b.branch(ok, good, bad, bad);
            self.fail_text("step must be positive");
            self.b.cur = good;
        }
        let (head, next, done, exit) = (
            self.b.block(),
            self.b.block(),
            self.b.block(),
            self.b.block(),
        );
        // The first item, and the last bound that may still be reached.
        let op = if inclusive { BinOp::Le } else { BinOp::Lt };
        let any = self.scalar(Types::BOOL, Rvalue::Binary(op, start.clone(), end.clone()));
        let first = self.b.block();
        self.b.branch(any, first, done, first);
        let one = Operand::Const(Const::Int(ty, 1));
        let counter = self.temp(ty);
        self.b.body.locals[counter.index()].counts = !f.reverse;
        let i = Operand::Copy(counter.into());
        let last = if f.reverse {
            let top = if inclusive {
                end
            } else {
                self.back_one(ty, end, &one)
            };
            self.b.assign(counter, Rvalue::Use(top));
            start
        } else {
            self.b.assign(counter, Rvalue::Use(start));
            end
        };
        self.b.goto(head, head);
        self.enter(f.label, exit, Some(next), None);
        let item = self.place_of(f.item);
        self.b.assign(item, Rvalue::Use(i.clone()));
        self.turn(&f.body);
        self.b.goto(next, next);
        self.at(e.site);
        let more = self.b.block();
        let closed = inclusive || f.reverse;
        match step {
            None if closed => {
                let end = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Eq, i.clone(), last));
                self.b.branch(end, done, more, more);
                self.step(ty, counter, one, f.reverse);
                self.b.goto(head, done);
            }
            None => {
                self.step(ty, counter, one, false);
                let go_on = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Lt, i, last));
                self.b.branch(go_on, head, done, done);
            }
            Some(step) => {
                // What is left, as an unsigned number of any width: it cannot overflow.
                let (hi, lo) = if f.reverse { (i, last) } else { (last, i) };
                let left = self.scalar(ty, Rvalue::Binary(BinOp::SubWrap, hi, lo));
                let left = self.unsigned(ty, left);
                let step_ty = self.operand_ty(&step);
                let wide = self.scalar(
                    Types::U64,
                    Rvalue::Convert(hir::Convert::Wrapping, step.clone(), step_ty),
                );
                let op = if closed { BinOp::Ge } else { BinOp::Gt };
                let go_on = self.scalar(Types::BOOL, Rvalue::Binary(op, left, wide));
                self.b.branch(go_on, more, done, more);
                let narrow = if ty == Types::CHAR { Types::U32 } else { ty };
                let by = self.scalar(
                    narrow,
                    Rvalue::Convert(hir::Convert::Wrapping, step, step_ty),
                );
                self.step(ty, counter, by, f.reverse);
                self.b.goto(head, done);
            }
        }
        self.b.cur = done;
        self.release_paths(&f.release);
        self.b.goto(exit, exit);
        self.loops[f.label.index()] = None;
    }

    fn greatest(&self, ty: Ty) -> i128 {
        match self.data(ty) {
            TyData::Int(i) => IntTy::max(*i),
            _ => u32::from(char::MAX).into(),
        }
    }

    /// A difference of the type's width, as a u64.
    fn unsigned(&mut self, ty: Ty, value: Operand) -> Operand {
        let as_unsigned = match self.cx.layouts.get(ty).size {
            1 => Types::U8,
            2 => Types::U16,
            4 => Types::U32,
            _ => Types::U64,
        };
        let narrow = self.scalar(
            as_unsigned,
            Rvalue::Convert(hir::Convert::Wrapping, value, ty),
        );
        self.scalar(
            Types::U64,
            Rvalue::Convert(hir::Convert::Wrapping, narrow, as_unsigned),
        )
    }

    /// The value before the exclusive end.
    fn back_one(&mut self, ty: Ty, end: Operand, one: &Operand) -> Operand {
        let t = self.temp(ty);
        self.b
            .assign(t, Rvalue::Binary(BinOp::SubWrap, end, one.clone()));
        self.skip_surrogates(ty, t, true);
        Operand::Copy(t.into())
    }

    fn step(&mut self, ty: Ty, counter: Local, by: Operand, down: bool) {
        let op = if down { BinOp::SubWrap } else { BinOp::AddWrap };
        let i = Operand::Copy(counter.into());
        self.b.assign(counter, Rvalue::Binary(op, i, by));
        self.skip_surrogates(ty, counter, down);
    }

    /// The chars have a hole, which a counter that comes into it leaves at the other side.
    fn skip_surrogates(&mut self, ty: Ty, counter: Local, down: bool) {
        if ty != Types::CHAR {
            return;
        }
        let i = Operand::Copy(counter.into());
        let char = |n: u32| Operand::Const(Const::Int(Types::CHAR, n.into()));
        let (low, inside, after) = (self.b.block(), self.b.block(), self.b.block());
        let over = self.scalar(
            Types::BOOL,
            Rvalue::Binary(BinOp::Ge, i.clone(), char(0xd800)),
        );
        self.b.branch(over, low, after, low);
        let under = self.scalar(
            Types::BOOL,
            Rvalue::Binary(BinOp::Le, i.clone(), char(0xdfff)),
        );
        self.b.branch(under, inside, after, inside);
        let op = if down { BinOp::SubWrap } else { BinOp::AddWrap };
        self.b.assign(counter, Rvalue::Binary(op, i, char(0x800)));
        self.b.goto(after, after);
    }

    // ---- sequences

    pub(super) fn for_each(
        &mut self,
        e: &Expr,
        label: LoopId,
        seq: &Expr,
        item: LocalId,
        body: &HirBlock,
        release: &[Path],
    ) {
        let fused = self.fused(seq);
        let outer = self.mark();
        let iters = match &fused {
            Some(fused) => self.hold_fused(e, fused, body),
            None => vec![self.hold_sequence(e, seq)],
        };
        let (next, done, exit) = (self.b.block(), self.b.block(), self.b.block());
        self.enter(label, exit, Some(next), None);
        let mut turn = Turn {
            e,
            seq: iters[0].seq,
            own: iters[0].own,
            taken: iters[0].taken,
            next,
            done,
            item: self.place_of(item),
            number: None,
        };
        if fused.as_ref().is_some_and(|f| f.numbered) {
            let counter = self.temp(Types::INT);
            self.b.body.locals[counter.index()].counts = true;
            let zero = self.int(0);
            self.b.assign(counter, Rvalue::Use(zero));
            turn.number = Some((turn.item.field(0), counter));
            turn.item = turn.item.field(1);
        }
        let ty = self.b.body.decl(turn.seq).ty;
        match (fused.map(|f| f.source), self.data(ty)) {
            (Some(Source::Zip(..)), _) => self.each_pair(&turn, &iters, body),
            (Some(Source::Lines(_)), _) => self.each_line(&turn, body),
            (_, TyData::List(elem)) => self.each_of_leaves(&turn, ty, *elem, body),
            (_, TyData::Array(elem)) => self.each_of_array(&turn, *elem, body),
            (_, TyData::Map(..) | TyData::Set(_)) => self.each_entry(&turn, ty, body),
            (_, TyData::Str) => self.each_char(&turn, body),
            (_, other) => crate::ice!("for over {other:?}"),
        }
        // Here the sequence has run out: the hidden holder ends first, then the others. A `break`
        // ends only the hidden one.
        self.b.cur = done;
        self.at(e.site);
        self.leave(outer);
        self.release_paths(release);
        let after = self.b.block();
        self.b.goto(after, exit);
        self.leave(outer);
        self.pending.truncate(outer);
        self.b.goto(after, after);
        self.loops[label.index()] = None;
    }

    fn hold_sequence(&mut self, e: &Expr, seq: &Expr) -> Iter {
        let holder = self.temp(seq.ty);
        self.into(seq, holder.into());
        self.at(e.site);
        self.iterate(holder)
    }

    /// Makes a holder the hidden one of a loop.
    pub(super) fn iterate(&mut self, holder: Local) -> Iter {
        let ty = self.b.body.decl(holder).ty;
        let taken = self.temp(Types::INT);
        let zero = self.int(0);
        self.b.assign(taken, Rvalue::Use(zero));
        let own = self.owns_elements(ty, holder);
        let iter = Iter {
            seq: holder,
            own,
            taken,
        };
        self.pending.push(Pending::Iter(iter.clone()));
        iter
    }

    /// Whether the elements are moved out, decided once; `None` if they hold nothing to move.
    fn owns_elements(&mut self, ty: Ty, holder: Local) -> Option<Local> {
        let refs = match self.data(ty) {
            TyData::List(t) | TyData::Array(t) | TyData::Set(t) => self.refs(*t),
            TyData::Map(k, v) => self.refs(*k) || self.refs(*v),
            _ => false,
        };
        if !refs {
            return None;
        }
        let own = self.temp(Types::BOOL);
        self.b.assign(own, Rvalue::IsSole(holder.into()));
        if planted(Fault::LowerLoopTakes) {
            let yes = self.bool(true);
            self.b.assign(own, Rvalue::Use(yes));
        }
        // A sole slice is trimmed, so that no element lies outside.
        let (holder, desc) = (Arg::InOut(holder.into()), Arg::Desc(ty));
        let (entry, args) = match self.data(ty) {
            TyData::List(_) => (Entry::cowl_list_make_unique, vec![holder, desc]),
            TyData::Array(_) => {
                let args = vec![holder, Arg::Int(0), desc];
                (Entry::cowl_array_make_unique, args)
            }
            _ => return Some(own),
        };
        let (trim, go) = (self.b.block(), self.b.block());
        self.b.branch(Operand::Copy(own.into()), trim, go, trim);
        self.runtime(None, entry, args);
        self.b.goto(go, go);
        Some(own)
    }

    /// The end of a loop's holder.
    pub(super) fn end_iter(&mut self, iter: &Iter) {
        let place = Place::from(iter.seq);
        let Some(own) = iter.own else {
            return self.release(place);
        };
        let ty = self.place_ty(&place);
        let (rest, whole, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(Operand::Copy(own.into()), rest, whole, rest);
        let value = Operand::Move(place.clone());
        let (entry, value) = match self.data(ty) {
            TyData::List(_) => (Entry::cowl_list_free_from, Arg::Val(value)),
            TyData::Array(_) => (Entry::cowl_array_free_from, Arg::Take(value)),
            _ => (Entry::cowl_map_free_from, Arg::Val(value)),
        };
        self.runtime(
            None,
            entry,
            vec![
                value,
                Arg::Val(Operand::Copy(iter.taken.into())),
                Arg::Desc(ty),
            ],
        );
        self.b.goto(done, whole);
        self.release(place);
        self.b.goto(done, done);
    }

    /// The element at an address becomes the item: moved out or shared.
    pub(super) fn take_item(&mut self, own: Option<Local>, from: Place, item: Place) {
        let value = Rvalue::Use(Operand::Move(from.clone()));
        if !self.refs(self.place_ty(&from)) {
            return self.b.assign(item, value);
        }
        let Some(own) = own else {
            crate::ice!("elements that hold something are owned or shared")
        };
        let (moved, shared, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b
            .branch(Operand::Copy(own.into()), moved, shared, moved);
        self.b.assign(item.clone(), value);
        self.b.goto(done, shared);
        self.b.assign(item, Rvalue::Share(from));
        self.b.goto(done, done);
    }

    pub(super) fn bump(&mut self, counter: Local) {
        let one = self.int(1);
        let i = Operand::Copy(counter.into());
        self.b
            .assign(counter, Rvalue::Binary(BinOp::AddWrap, i, one));
    }

    /// Calls a leaf entry: the address of what lies at position `taken`, and how many follow.
    fn leaf(
        &mut self,
        turn: &Turn,
        ty: Ty,
        look: Entry,
        change: Entry,
        elem: Ty,
    ) -> (Local, Local) {
        let addr = self.addr(elem);
        let count = self.temp(Types::INT);
        let at = Arg::Val(Operand::Copy(turn.taken.into()));
        let args = |seq: Arg| vec![seq, at.clone(), Arg::Desc(ty), Arg::Out(count.into())];
        let look_arg = Arg::Val(Operand::Copy(turn.seq.into()));
        let Some(own) = turn.own else {
            self.runtime(Some(addr.into()), look, args(look_arg));
            return (addr, count);
        };
        let (mine, shared, go) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(Operand::Copy(own.into()), mine, shared, mine);
        let change_args = args(Arg::InOut(turn.seq.into()));
        self.runtime(Some(addr.into()), change, change_args);
        self.b.goto(go, shared);
        self.runtime(Some(addr.into()), look, args(look_arg));
        self.b.goto(go, go);
        (addr, count)
    }

    fn each_of_leaves(&mut self, turn: &Turn, ty: Ty, elem: Ty, body: &HirBlock) {
        let len = self.scalar(Types::INT, Rvalue::Len(turn.seq.into()));
        let (leaf, head, turn_body) = (self.b.block(), self.b.block(), self.b.block());
        self.b.goto(leaf, leaf);
        let taken = Operand::Copy(turn.taken.into());
        let more = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Lt, taken.clone(), len));
        let fetch = self.b.block();
        self.b.branch(more, fetch, turn.done, fetch);
        let (addr, count) = self.leaf(
            turn,
            ty,
            Entry::cowl_list_leaf,
            Entry::cowl_list_leaf_mut,
            elem,
        );
        let in_leaf = self.temp(Types::INT);
        let zero = self.int(0);
        self.b.assign(in_leaf, Rvalue::Use(zero));
        self.b.goto(head, head);
        let here = Operand::Copy(in_leaf.into());
        let more = self.scalar(
            Types::BOOL,
            Rvalue::Binary(BinOp::Lt, here.clone(), Operand::Copy(count.into())),
        );
        self.b.branch(more, turn_body, leaf, turn_body);
        let at = self.addr(elem);
        self.b.assign(at, Rvalue::Step(addr, here));
        self.bump(turn.taken);
        self.take_item(turn.own, at.into(), turn.item.clone());
        self.turn_of(turn, body);
        self.b.goto(turn.next, turn.next);
        self.at(turn.e.site);
        self.bump(in_leaf);
        self.b.goto(head, head);
    }

    fn each_of_array(&mut self, turn: &Turn, elem: Ty, body: &HirBlock) {
        let len = self.scalar(Types::INT, Rvalue::Len(turn.seq.into()));
        let (head, turn_body) = (self.b.block(), self.b.block());
        self.b.goto(head, head);
        let taken = Operand::Copy(turn.taken.into());
        let more = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Lt, taken.clone(), len));
        self.b.branch(more, turn_body, turn.done, turn_body);
        let at = self.addr(elem);
        self.b.assign(
            at,
            Rvalue::Element {
                seq: turn.seq.into(),
                index: taken,
                mutable: false,
            },
        );
        self.bump(turn.taken);
        self.take_item(turn.own, at.into(), turn.item.clone());
        self.turn_of(turn, body);
        self.b.goto(turn.next, turn.next);
        self.b.goto(head, head);
    }

    fn each_entry(&mut self, turn: &Turn, ty: Ty, body: &HirBlock) {
        let (key, value) = match self.data(ty) {
            TyData::Map(k, v) => (*k, Some(*v)),
            TyData::Set(t) => (*t, None),
            other => crate::ice!("entries of {other:?}"),
        };
        let end = self.temp(Types::INT);
        self.runtime(
            Some(end.into()),
            Entry::cowl_map_end,
            vec![Arg::Val(Operand::Copy(turn.seq.into()))],
        );
        let (leaf, head, look, turn_body) = (
            self.b.block(),
            self.b.block(),
            self.b.block(),
            self.b.block(),
        );
        self.b.goto(leaf, leaf);
        let taken = Operand::Copy(turn.taken.into());
        let more = self.scalar(
            Types::BOOL,
            Rvalue::Binary(BinOp::Lt, taken, Operand::Copy(end.into())),
        );
        let fetch = self.b.block();
        self.b.branch(more, fetch, turn.done, fetch);
        let (addr, count) = self.leaf(
            turn,
            ty,
            Entry::cowl_map_leaf,
            Entry::cowl_map_leaf_mut,
            key,
        );
        let in_leaf = self.temp(Types::INT);
        let zero = self.int(0);
        self.b.assign(in_leaf, Rvalue::Use(zero));
        self.b.goto(head, head);
        let here = Operand::Copy(in_leaf.into());
        let more = self.scalar(
            Types::BOOL,
            Rvalue::Binary(BinOp::Lt, here.clone(), Operand::Copy(count.into())),
        );
        self.b.branch(more, look, leaf, look);
        let entry = self.addr(key);
        self.b.assign(entry, Rvalue::EntryAt(addr, ty, here));
        self.bump(turn.taken);
        let live = self.scalar(Types::BOOL, Rvalue::EntryLive(entry));
        self.b.branch(live, turn_body, turn.next, turn_body);
        let key_at = self.addr(key);
        self.b.assign(key_at, Rvalue::EntryKey(entry, ty));
        match value {
            None => self.take_item(turn.own, key_at.into(), turn.item.clone()),
            Some(value) => {
                let value_at = self.addr(value);
                self.b.assign(value_at, Rvalue::EntryValue(entry, ty));
                self.take_item(turn.own, key_at.into(), turn.item.field(0));
                self.take_item(turn.own, value_at.into(), turn.item.field(1));
            }
        }
        self.turn_of(turn, body);
        self.b.goto(turn.next, turn.next);
        self.at(turn.e.site);
        self.bump(in_leaf);
        self.b.goto(head, head);
    }

    fn each_char(&mut self, turn: &Turn, body: &HirBlock) {
        self.each_of_text(turn, body, |fx, args| {
            fx.runtime(Some(turn.item.clone()), Entry::cowl_string_char, args);
        });
    }

    /// Walks a string by bytes; `fetch` gives the item, with the string, where it begins, and room
    /// for where the next one does.
    pub(super) fn each_of_text(
        &mut self,
        turn: &Turn,
        body: &HirBlock,
        fetch: impl FnOnce(&mut Self, Vec<Arg>),
    ) {
        let size = self.scalar(Types::INT, Rvalue::Size(turn.seq.into()));
        let (head, turn_body) = (self.b.block(), self.b.block());
        self.b.goto(head, head);
        let at = Operand::Copy(turn.taken.into());
        let more = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Lt, at.clone(), size));
        self.b.branch(more, turn_body, turn.done, turn_body);
        let next = self.temp(Types::INT);
        let args = vec![
            Arg::Ref(turn.seq.into()),
            Arg::Val(at),
            Arg::Out(next.into()),
        ];
        fetch(self, args);
        self.b
            .assign(turn.taken, Rvalue::Use(Operand::Copy(next.into())));
        self.turn_of(turn, body);
        self.b.goto(turn.next, turn.next);
        self.b.goto(head, head);
    }
}

/// What one turn of a `for` needs.
pub(super) struct Turn<'e> {
    pub e: &'e Expr,
    pub seq: Local,
    pub own: Option<Local>,
    pub taken: Local,
    /// Where `continue` goes.
    pub next: BlockId,
    /// Where the loop goes when nothing is left.
    pub done: BlockId,
    pub item: Place,
    /// Where each turn's number goes, and the next one.
    pub number: Option<(Place, Local)>,
}
