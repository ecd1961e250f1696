//! Loops over a range whose indices lie where they must from the first turn to the last. Such a loop
//! gets a second copy without those checks; which of the two runs is decided before it, by the sums
//! and products at both ends of the range. Where the answer is no, the loop is as it was written, and
//! panics at its turn.
//!
//! Takes innermost loops of `for i in a..b` as `lower` makes them. Must not move an effect: what is
//! asked before the loop neither panics nor changes anything.

use crate::layout::Layouts;
use crate::mir::loops::{Loop, around, loops, ways};
use crate::mir::tracked::Tracked;
use crate::mir::*;
use cowl_frontend::hir::BinOp;
use cowl_frontend::types::{Ty, Types};
use rustc_hash::{FxHashMap, FxHashSet};

/// Larger loops are not worth a second copy.
const MOST_STMTS: usize = 64;
const MOST_BLOCKS: usize = 24;

pub fn run(body: &mut Body, layouts: &Layouts) {
    let loops = loops(body);
    if loops.is_empty() {
        return;
    }
    let innermost: FxHashSet<usize> = {
        let around = around(body, &loops);
        let inside = |l: &Loop| around[l.blocks()].iter().map(|a| a.0).max();
        let own = |l: &Loop| Some(around[l.head.index()].0);
        (0..loops.len())
            .filter(|&i| inside(&loops[i]) == own(&loops[i]))
            .collect()
    };
    let tracked = Tracked::new(body, layouts);
    let from = ways(body);
    let mut changed = false;
    for (i, &l) in loops.iter().enumerate() {
        if innermost.contains(&i)
            && let Some(range) = Range::of(body, &from, &tracked, l)
            && let Some(proof) = range.prove(body, &tracked)
        {
            range.split(body, proof);
            changed = true;
        }
    }
    if changed {
        build::drop_unreachable(body);
    }
}

/// A loop that counts up to a bound.
struct Range {
    l: Loop,
    before: BlockId,
    counter: Local,
    /// What the body sees of the counter.
    item: Local,
    bound: Operand,
    ty: Ty,
    /// What the loop changes.
    written: FxHashSet<Local>,
    /// Whose containers it gives away, replaces or makes longer.
    disturbed: FxHashSet<Local>,
}

/// Statements that ask, and what can be left out if the answer is yes.
struct Proof {
    ask: Vec<StmtKind>,
    ok: Local,
    /// Additions and multiplications that do not overflow, by block and number.
    exact: FxHashSet<(usize, usize)>,
    needless: FxHashSet<(usize, usize)>,
}

impl Range {
    fn of(body: &Body, from: &[Vec<BlockId>], tracked: &Tracked, l: Loop) -> Option<Range> {
        let size: usize = body.blocks[l.blocks()].iter().map(|b| b.stmts.len()).sum();
        if l.blocks().count() > MOST_BLOCKS || size > MOST_STMTS {
            return None;
        }
        let [before] = l.entries(body, from)?[..] else {
            return None;
        };
        let mut back = from[l.head.index()].iter().filter(|&&b| l.contains(b));
        if back.any(|&b| b != l.last) {
            return None;
        }
        let [
            Stmt {
                kind: StmtKind::Assign(next, Rvalue::Binary(BinOp::AddWrap, Operand::Copy(old), by)),
                ..
            },
            Stmt {
                kind:
                    StmtKind::Assign(more, Rvalue::Binary(BinOp::Lt, Operand::Copy(reached), bound)),
                ..
            },
        ] = &body.block(l.last).stmts[..]
        else {
            return None;
        };
        let counter = next.local;
        let ty = body.decl(counter).ty;
        let one = Operand::Const(Const::Int(ty, 1));
        let counts =
            body.decl(counter).counts && [next, old, reached].iter().all(|p| **p == counter.into());
        match &body.block(l.last).term {
            Term::Branch {
                cond: Operand::Copy(cond),
                yes,
                ..
            } if counts && *by == one && ty == Types::INT && cond == more && *yes == l.head => {}
            _ => return None,
        }
        let Some(Stmt {
            kind: StmtKind::Assign(item, Rvalue::Use(Operand::Copy(of))),
            ..
        }) = body.block(l.head).stmts.first()
        else {
            return None;
        };
        if *of != counter.into() || !item.projs.is_empty() || body.decl(item.local).addressed {
            return None;
        }
        let (mut written, mut disturbed) = (FxHashSet::default(), FxHashSet::default());
        let mut twice = false;
        for b in l.blocks() {
            for (s, stmt) in body.blocks[b].stmts.iter().enumerate() {
                let makes_sole = matches!(stmt.kind, StmtKind::MakeUnique { .. });
                names::written(&stmt.kind, &mut |p| {
                    let first = (b, s) == (l.head.index(), 0);
                    twice |= p.local == item.local && !first;
                    twice |= p.local == counter && b != l.last.index();
                    written.insert(p.local);
                    if !makes_sole && tracked.holds(p) {
                        disturbed.insert(p.local);
                    }
                });
                tracked.disturbed(&stmt.kind, &mut |local| {
                    disturbed.insert(local);
                });
            }
        }
        let range = Range {
            l,
            before,
            counter,
            item: item.local,
            bound: bound.clone(),
            ty,
            written,
            disturbed,
        };
        (!twice && range.is_fixed(bound, tracked)).then_some(range)
    }

    /// A number that the loop does not change.
    fn is_fixed(&self, operand: &Operand, tracked: &Tracked) -> bool {
        tracked.is_number(operand)
            && match operand {
                Operand::Copy(p) => !self.written.contains(&p.local),
                _ => true,
            }
    }

    fn prove(&self, body: &mut Body, tracked: &Tracked) -> Option<Proof> {
        let mut asker = Asker {
            first: body.locals.len() as u32,
            ask: Vec::new(),
            new: Vec::new(),
            ends: FxHashMap::default(),
            lens: FxHashMap::default(),
            ok: None,
        };
        let one = Operand::Const(Const::Int(self.ty, 1));
        let low = Operand::Copy(self.counter.into());
        let high = asker.number(BinOp::SubWrap, self.bound.clone(), one);
        asker.ends.insert(self.item, (low, high));
        let (mut exact, mut needless) = (FxHashSet::default(), FxHashSet::default());
        // How often each local is given a value: what is known of one holds for one value only.
        let mut times: FxHashMap<Local, u32> = FxHashMap::default();
        for b in self.l.blocks() {
            for stmt in &body.blocks[b].stmts {
                names::written(&stmt.kind, &mut |p| *times.entry(p.local).or_default() += 1);
            }
        }
        // What every turn comes by: a way that is not taken must not decide.
        let mut at = self.l.head;
        loop {
            let b = at.index();
            for (s, stmt) in body.blocks[b].stmts.iter().enumerate() {
                match &stmt.kind {
                    StmtKind::Assign(dst, r) if dst.projs.is_empty() && times[&dst.local] == 1 => {
                        match r {
                            Rvalue::Binary(op @ (BinOp::Add | BinOp::Mul), x, y)
                                if body.decl(dst.local).ty == Types::INT =>
                            {
                                let (Some(x), Some(y)) =
                                    (self.ends(&asker, x, tracked), self.ends(&asker, y, tracked))
                                else {
                                    continue;
                                };
                                // Both ends of a product are those of one number only if nothing moves.
                                if *op == BinOp::Mul && (x.0 != x.1 || y.0 != y.1) {
                                    continue;
                                }
                                let low = asker.exact(*op, x.0.clone(), y.0.clone());
                                let high = match x.0 == x.1 && y.0 == y.1 {
                                    true => low.clone(),
                                    false => asker.exact(*op, x.1, y.1),
                                };
                                asker.ends.insert(dst.local, (low, high));
                                exact.insert((b, s));
                            }
                            Rvalue::Use(o) => {
                                if dst.local != self.item
                                    && let Some(ends) = self.ends(&asker, o, tracked)
                                {
                                    asker.ends.insert(dst.local, ends);
                                } else if let Operand::Copy(p) = o
                                    && p.projs.is_empty()
                                    && let Some(len) = asker.lens.get(&p.local).cloned()
                                {
                                    asker.lens.insert(dst.local, len);
                                }
                            }
                            Rvalue::Len(seq)
                                if tracked.is_sequence(seq)
                                    && !self.disturbed.contains(&seq.local) =>
                            {
                                asker.lens.insert(dst.local, seq.clone());
                            }
                            _ => {}
                        }
                    }
                    StmtKind::CheckIndex {
                        index,
                        len: Operand::Copy(len),
                        end_too: false,
                    } if len.projs.is_empty() => {
                        let Some(ends) = self.ends(&asker, index, tracked) else {
                            continue;
                        };
                        let len = match asker.lens.get(&len.local) {
                            Some(seq) => asker.value(Types::INT, Rvalue::Len(seq.clone())),
                            None if self.is_fixed(&Operand::Copy(len.clone()), tracked) => {
                                Operand::Copy(len.clone())
                            }
                            None => continue,
                        };
                        let zero = Operand::Const(Const::Int(Types::INT, 0));
                        asker.require(BinOp::Ge, ends.0, zero);
                        asker.require(BinOp::Lt, ends.1, len);
                        needless.insert((b, s));
                    }
                    StmtKind::MakeUnique {
                        ready: Some(ready), ..
                    } => {
                        let ready = Operand::Copy((*ready).into());
                        asker.all(ready);
                        needless.insert((b, s));
                    }
                    _ => {}
                }
            }
            match body.block(at).term {
                Term::Goto(to) if self.l.contains(to) && to > at => at = to,
                _ => break,
            }
        }
        let checks = |&(b, s): &(usize, usize)| {
            matches!(body.blocks[b].stmts[s].kind, StmtKind::CheckIndex { .. })
        };
        if !needless.iter().any(checks) {
            return None;
        }
        let ok = asker.ok?;
        for &ty in &asker.new {
            body.new_local(ty, LocalKind::Owned);
        }
        Some(Proof {
            ask: asker.ask,
            ok,
            exact,
            needless,
        })
    }

    /// The least and greatest value that a number has in the loop, as numbers known before it.
    fn ends(&self, asker: &Asker, o: &Operand, tracked: &Tracked) -> Option<(Operand, Operand)> {
        if let Operand::Copy(p) = o
            && p.projs.is_empty()
            && let Some(ends) = asker.ends.get(&p.local)
        {
            return Some(ends.clone());
        }
        let integer = match o {
            Operand::Const(Const::Int(ty, _)) => *ty == Types::INT,
            Operand::Const(_) => false,
            Operand::Copy(_) | Operand::Move(_) => true,
        };
        (integer && self.is_fixed(o, tracked)).then(|| (o.clone(), o.clone()))
    }

    /// Makes the copy, and the block that decides.
    fn split(&self, body: &mut Body, proof: Proof) {
        let first = body.blocks.len() as u32;
        let copy = |b: BlockId| match self.l.contains(b) {
            true => BlockId(first + b.0 - self.l.head.0),
            false => b,
        };
        for b in self.l.blocks() {
            let mut block = body.blocks[b].clone();
            let mut number = 0;
            block.stmts.retain_mut(|stmt| {
                let at = (b, number);
                number += 1;
                if proof.exact.contains(&at)
                    && let StmtKind::Assign(_, Rvalue::Binary(op, ..)) = &mut stmt.kind
                {
                    *op = match op {
                        BinOp::Mul => BinOp::MulWrap,
                        _ => BinOp::AddWrap,
                    };
                }
                !proof.needless.contains(&at)
            });
            for to in block.term.successors_mut() {
                *to = copy(*to);
            }
            body.blocks.push(block);
        }
        let before = &mut body.blocks[self.before.index()];
        let site = before.stmts.last().map_or(body.site, |s| s.site);
        before
            .stmts
            .extend(proof.ask.into_iter().map(|kind| Stmt { kind, site }));
        before.term = Term::Branch {
            cond: Operand::Copy(proof.ok.into()),
            yes: copy(self.l.head),
            no: self.l.head,
        };
    }
}

/// Collects what is asked before a loop.
struct Asker {
    first: u32,
    ask: Vec<StmtKind>,
    /// The types of the locals that it needs.
    new: Vec<Ty>,
    ends: FxHashMap<Local, (Operand, Operand)>,
    /// Locals that have the length of a sequence.
    lens: FxHashMap<Local, Place>,
    ok: Option<Local>,
}

impl Asker {
    fn value(&mut self, ty: Ty, r: Rvalue) -> Operand {
        let local = Local(self.first + self.new.len() as u32);
        self.new.push(ty);
        self.ask.push(StmtKind::Assign(local.into(), r));
        Operand::Copy(local.into())
    }

    fn number(&mut self, op: BinOp, a: Operand, b: Operand) -> Operand {
        self.value(Types::INT, Rvalue::Binary(op, a, b))
    }

    /// A sum or product, if it does not overflow.
    fn exact(&mut self, op: BinOp, a: Operand, b: Operand) -> Operand {
        let fits = Rvalue::Exact(op, a.clone(), b.clone());
        let fits = self.value(Types::BOOL, fits);
        self.all(fits);
        let op = match op {
            BinOp::Mul => BinOp::MulWrap,
            _ => BinOp::AddWrap,
        };
        self.number(op, a, b)
    }

    fn require(&mut self, op: BinOp, a: Operand, b: Operand) {
        let holds = self.value(Types::BOOL, Rvalue::Binary(op, a, b));
        self.all(holds);
    }

    fn all(&mut self, also: Operand) {
        let all = match self.ok {
            None => Rvalue::Use(also),
            Some(ok) => Rvalue::Binary(BinOp::BitAnd, Operand::Copy(ok.into()), also),
        };
        if let Operand::Copy(p) = self.value(Types::BOOL, all) {
            self.ok = Some(p.local);
        }
    }
}
