//! `for` over what `enumerate`, `zip`, `chars` and `lines` give, without building it: the loop goes
//! over the receiver itself.
//!
//! Such a loop holds its receiver, where the built list would hold only the elements. A sole receiver
//! gives its elements away, and nobody else can see it. A shared one is kept as it is if the body is
//! `quiet`; else the loop goes over a duplicate, whose elements are held once more, as the list's
//! would be.

use super::loops::Turn;
use super::quiet::is_quiet;
use super::*;
use cowl_contract::builtins::Builtin;
use cowl_frontend::hir::{BinOp, Block as HirBlock, Callee as HirCallee, Expr, ExprKind};

/// What a fused loop goes over.
pub(super) struct Fused<'e> {
    /// The item is `(number, item of the source)`.
    pub numbered: bool,
    pub source: Source<'e>,
    /// Holders that end when the receivers have been taken.
    ended: Vec<&'e [Path]>,
}

#[derive(Clone, Copy)]
pub(super) enum Source<'e> {
    /// The elements of a List or Array, the chars of a string.
    Items(&'e Expr),
    Lines(&'e Expr),
    Zip(&'e Expr, &'e Expr),
}

impl Fx<'_> {
    /// The method of the library that an expression calls.
    fn library_call<'e>(&self, e: &'e Expr) -> Option<(&str, &'e [Expr])> {
        let ExprKind::Call {
            callee: HirCallee::Func(id),
            args,
        } = &e.kind
        else {
            return None;
        };
        let func = self.cx.program.func(*id);
        func.is_std.then_some((&*func.name, args.as_slice()))
    }

    pub(super) fn fused<'e>(&self, seq: &'e Expr) -> Option<Fused<'e>> {
        let mut ended = Vec::new();
        let seq = peel(seq, &mut ended);
        let (numbered, source) = match self.library_call(seq) {
            Some(("List.enumerate" | "Array.enumerate", [receiver])) => {
                let mut inner_ended = Vec::new();
                let inner = peel(receiver, &mut inner_ended);
                match self.source(inner) {
                    Some(source) => {
                        ended.extend(inner_ended);
                        (true, source)
                    }
                    None => (true, Source::Items(receiver)),
                }
            }
            Some(("string.enumerate", [receiver])) => (true, Source::Items(receiver)),
            _ => (false, self.source(seq)?),
        };
        Some(Fused {
            numbered,
            source,
            ended,
        })
    }

    fn source<'e>(&self, e: &'e Expr) -> Option<Source<'e>> {
        if let ExprKind::Builtin { op, args, .. } = &e.kind {
            return match (op, args.as_slice()) {
                (Builtin::Chars, [s]) => Some(Source::Items(s)),
                (Builtin::Lines, [s]) => Some(Source::Lines(s)),
                _ => None,
            };
        }
        let Some(("List.zip" | "Array.zip", [a, b])) = self.library_call(e) else {
            return None;
        };
        // What the longer one has more ends before the loop; in which order, a `deinit` could tell.
        let tells = !self.cx.program.deinits.is_empty();
        let told = |e: &Expr| tells && self.cx.layouts.holds_objects(e.ty);
        (!told(a) && !told(b)).then_some(Source::Zip(a, b))
    }

    /// Takes the receivers; gives the loop's hidden holders.
    pub(super) fn hold_fused(&mut self, e: &Expr, fused: &Fused, body: &HirBlock) -> Vec<Iter> {
        let receivers = match fused.source {
            Source::Items(a) | Source::Lines(a) => vec![a],
            Source::Zip(a, b) => vec![a, b],
        };
        let mark = self.mark();
        let mut holders = Vec::new();
        for receiver in &receivers {
            let holder = self.temp(receiver.ty);
            self.into(receiver, holder.into());
            self.hold(holder.into());
            holders.push(holder);
        }
        self.pending.truncate(mark);
        self.at(e.site);
        let ended: Vec<Path> = fused.ended.iter().copied().flatten().cloned().collect();
        self.release_paths(&ended);
        let mut iters = Vec::new();
        for (i, (receiver, holder)) in receivers.iter().zip(holders).enumerate() {
            let beside = receivers.iter().copied().nth(1 - i.min(1));
            let beside = beside.filter(|_| receivers.len() == 2);
            if !is_quiet(self.cx, self.func, receiver, beside, &ended, body) {
                self.detach(holder);
            }
            iters.push(self.iterate(holder));
        }
        iters
    }

    /// Makes a holder the only one of its storage; its elements are shared.
    fn detach(&mut self, holder: Local) {
        let ty = self.b.body.decl(holder).ty;
        if ty == Types::STR {
            let status = self.temp(Types::I32);
            let args = vec![Arg::InOut(holder.into()), Arg::Desc(ty)];
            return self.runtime(Some(status.into()), Entry::cowl_unshare, args);
        }
        self.b.push(StmtKind::MakeUnique {
            place: holder.into(),
            status: None,
            ready: None,
        });
    }

    pub(super) fn each_line(&mut self, turn: &Turn, body: &HirBlock) {
        self.each_of_text(turn, body, |fx, args| {
            let line = fx.temp(Types::STR);
            fx.into_out(Entry::cowl_string_line, args, Some(line.into()));
            let line = Rvalue::Use(Operand::Move(line.into()));
            fx.b.assign(turn.item.clone(), line);
        });
    }

    /// Elements at equal positions of two sequences. Both count what they have given.
    pub(super) fn each_pair(&mut self, turn: &Turn, iters: &[Iter], body: &HirBlock) {
        let n = self.temp(Types::INT);
        let len = |fx: &mut Self, i: usize| {
            let len = fx.scalar(Types::INT, Rvalue::Len(iters[i].seq.into()));
            fx.operand_place(len)
        };
        let (a, b) = (len(self, 0), len(self, 1));
        let (a, b) = (Operand::Copy(a), Operand::Copy(b));
        let less = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Lt, a.clone(), b.clone()));
        let (first, second, go) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(less, first, second, first);
        self.b.assign(n, Rvalue::Use(a));
        self.b.goto(go, second);
        self.b.assign(n, Rvalue::Use(b));
        self.b.goto(go, go);
        let n = Operand::Copy(n.into());
        for iter in iters {
            self.cut(iter, &n);
        }
        let (head, turn_body) = (self.b.block(), self.b.block());
        self.b.goto(head, head);
        let i = Operand::Copy(iters[0].taken.into());
        let more = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Lt, i, n));
        self.b.branch(more, turn_body, turn.done, turn_body);
        for (k, iter) in iters.iter().enumerate() {
            self.element_of(iter, turn.item.field(k));
        }
        self.turn_of(turn, body);
        self.b.goto(turn.next, turn.next);
        self.b.goto(head, head);
    }

    /// What a sequence that gives its elements away has more than n ends now.
    fn cut(&mut self, iter: &Iter, n: &Operand) {
        let Some(own) = iter.own else { return };
        let ty = self.b.body.decl(iter.seq).ty;
        let entry = match self.data(ty) {
            TyData::List(_) => Entry::cowl_list_truncate,
            _ => Entry::cowl_array_truncate,
        };
        let (mine, go) = (self.b.block(), self.b.block());
        self.b.branch(Operand::Copy(own.into()), mine, go, mine);
        let args = vec![
            Arg::InOut(iter.seq.into()),
            Arg::Val(n.clone()),
            Arg::Desc(ty),
        ];
        self.runtime(None, entry, args);
        self.b.goto(go, go);
    }

    /// The next element becomes a part of the item: moved out or shared.
    fn element_of(&mut self, iter: &Iter, item: Place) {
        let ty = self.b.body.decl(iter.seq).ty;
        let (TyData::List(elem) | TyData::Array(elem)) = *self.data(ty) else {
            crate::ice!("pairs of {ty}")
        };
        let addr = self.addr(elem);
        let at = |mutable| Rvalue::Element {
            seq: iter.seq.into(),
            index: Operand::Copy(iter.taken.into()),
            mutable,
        };
        match iter.own {
            None => self.b.assign(addr, at(false)),
            Some(own) => {
                let (mine, shared, go) = (self.b.block(), self.b.block(), self.b.block());
                self.b.branch(Operand::Copy(own.into()), mine, shared, mine);
                self.b.assign(addr, at(true));
                self.b.goto(go, shared);
                self.b.assign(addr, at(false));
                self.b.goto(go, go);
            }
        }
        self.bump(iter.taken);
        self.take_item(iter.own, addr.into(), item);
    }
}

/// What a value is taken from, without the holders that end with it.
fn peel<'e>(mut e: &'e Expr, ended: &mut Vec<&'e [Path]>) -> &'e Expr {
    while let ExprKind::After { value, release } = &e.kind {
        ended.push(release);
        e = value;
    }
    e
}
