//! `match` and patterns: first tests that only look, then, in the chosen arm, the bindings.

use super::*;
use cowl_frontend::hir::{BinOp, Block as HirBlock, Expr, Match, MatchMode, Pat};

impl Fx<'_> {
    pub(super) fn match_(&mut self, e: &Expr, m: &Match, dst: Option<Place>) {
        let mark = self.mark();
        let place = self.place(&m.scrutinee);
        let done = self.b.block();
        let entries = self.switch(&m.arms, &place);
        for (i, arm) in m.arms.iter().enumerate() {
            self.at(e.site);
            let next = match &entries {
                Some(entries) if i + 1 < m.arms.len() => entries[i + 1].full,
                _ => self.b.block(),
            };
            if let Some(entries) = &entries {
                let entry = entries[i];
                self.b.cur = entry.full;
                self.test_tag(&arm.pat, &place, next);
                self.b.goto(entry.inner, entry.inner);
                self.test_inner(&arm.pat, &place, next);
            } else {
                self.test(&arm.pat, &place, next);
            }
            if let Some(guard) = &arm.guard {
                let before = self.alias(&arm.pat, &place);
                let chosen = self.b.block();
                self.branch_on(guard, chosen, next, chosen);
                for (local, old) in before.into_iter().rev() {
                    self.bound[local.index()] = old;
                }
            }
            self.at(e.site);
            self.bind_arm(&arm.pat, &place, m.mode);
            self.leave(mark);
            self.release_paths(&arm.release);
            let outer = self.pending.split_off(mark);
            match &dst {
                Some(dst) => self.into(&arm.body, dst.clone()),
                None => self.effect(&arm.body),
            }
            self.pending.extend(outer);
            self.b.goto(done, next);
        }
        self.b.stop(Term::Unreachable);
        self.b.cur = done;
        self.pending.truncate(mark);
    }

    /// Where several arms begin with a variant, one switch on the tag leads to the first arm that
    /// can fit.
    fn switch(&mut self, arms: &[hir::Arm], place: &Place) -> Option<Vec<ArmEntry>> {
        let ty = self.place_ty(place);
        if arms.len() < 3 || !self.cx.layouts.is_enum(ty) {
            return None;
        }
        let n = self.cx.layouts.variant_count(ty);
        let entries: Vec<ArmEntry> = arms
            .iter()
            .map(|_| ArmEntry {
                full: self.b.block(),
                inner: self.b.block(),
            })
            .collect();
        let first = |variant: u32| {
            arms.iter().position(|a| match outer(&a.pat) {
                Pat::Variant { variant: v, .. } => *v == variant,
                _ => true,
            })
        };
        let mut cases = Vec::new();
        for v in 0..n {
            if let Some(i) = first(v) {
                let inner = matches!(outer(&arms[i].pat), Pat::Variant { .. });
                let to = if inner {
                    entries[i].inner
                } else {
                    entries[i].full
                };
                cases.push((u64::from(v), to));
            }
        }
        let tag = self.scalar(Types::INT, Rvalue::Tag(place.clone()));
        let default = self.b.block();
        let start = self.b.block();
        self.b.end(
            Term::Switch {
                on: tag,
                cases,
                default,
            },
            default,
        );
        self.b.end(Term::Unreachable, start);
        Some(entries)
    }

    pub(super) fn destructure(
        &mut self,
        scrutinee: &hir::Place,
        mode: MatchMode,
        pat: &Pat,
        else_: Option<&HirBlock>,
        site: SiteId,
    ) {
        let mark = self.mark();
        let place = self.place(scrutinee);
        self.at(site);
        let fail = self.b.block();
        if else_.is_some() || has_choice(pat) {
            self.test(pat, &place, fail);
        }
        self.at(site);
        self.bind_arm(pat, &place, mode);
        self.leave(mark);
        let done = self.b.block();
        self.b.goto(done, fail);
        match else_ {
            Some(block) => {
                self.end_op(mark);
                self.block(block, None);
            }
            None => self.pending.truncate(mark),
        }
        self.b.stop(Term::Unreachable);
        self.b.cur = done;
    }

    // ---- tests

    fn test(&mut self, pat: &Pat, place: &Place, fail: BlockId) {
        self.test_tag(pat, place, fail);
        self.test_inner(pat, place, fail);
    }

    /// The tag of a pattern that begins with a variant.
    fn test_tag(&mut self, pat: &Pat, place: &Place, fail: BlockId) {
        if let Pat::Variant { variant, .. } = outer(pat) {
            let ty = self.place_ty(place);
            if self.cx.layouts.variant_count(ty) > 1 {
                let tag = self.scalar(Types::INT, Rvalue::Tag(place.clone()));
                let want = self.int((*variant).into());
                let same = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Eq, tag, want));
                self.require(same, fail);
            }
        }
    }

    fn require(&mut self, cond: Operand, fail: BlockId) {
        let next = self.b.block();
        self.b.branch(cond, next, fail, next);
    }

    /// Everything but the outermost tag.
    fn test_inner(&mut self, pat: &Pat, place: &Place, fail: BlockId) {
        match pat {
            Pat::Wild | Pat::Bind { sub: None, .. } => {}
            Pat::Bind { sub: Some(sub), .. } => self.test_inner(sub, place, fail),
            Pat::Bool(b) => {
                let want = self.bool(*b);
                self.test_eq(place, want, fail);
            }
            Pat::Int(n) => {
                let ty = self.place_ty(place);
                self.test_eq(place, Operand::Const(Const::Int(ty, *n)), fail);
            }
            Pat::Float(x) => {
                let ty = self.place_ty(place);
                self.test_eq(place, Operand::Const(Const::Float(ty, *x)), fail);
            }
            Pat::Char(c) => {
                let c = Operand::Const(Const::Int(Types::CHAR, u32::from(*c).into()));
                self.test_eq(place, c, fail);
            }
            Pat::Str(s) => {
                let text = self.operand_place(Operand::Const(Const::Str(s.clone())));
                let same = self.equal(place.clone(), text);
                self.require(same, fail);
            }
            Pat::Const(id) => {
                let other = self.global(*id);
                let same = self.equal(place.clone(), other);
                self.require(same, fail);
            }
            Pat::Range { lo, hi, inclusive } => {
                let value = Operand::Copy(place.clone());
                if let Some(lo) = lo {
                    let bound = self.bound_of(lo, place);
                    let ok = Rvalue::Binary(BinOp::Ge, value.clone(), bound);
                    let ok = self.scalar(Types::BOOL, ok);
                    self.require(ok, fail);
                }
                if let Some(hi) = hi {
                    let bound = self.bound_of(hi, place);
                    let op = if *inclusive { BinOp::Le } else { BinOp::Lt };
                    let ok = self.scalar(Types::BOOL, Rvalue::Binary(op, value, bound));
                    self.require(ok, fail);
                }
            }
            Pat::Fields(pats) => {
                for (i, p) in pats.iter().enumerate() {
                    self.test(p, &place.field(i), fail);
                }
            }
            Pat::Variant { variant, fields } => {
                for (i, p) in fields.iter().enumerate() {
                    self.test(p, &place.payload(*variant, i), fail);
                }
            }
            Pat::List { front, rest, back } => {
                let len = self.scalar(Types::INT, Rvalue::Len(place.clone()));
                let want = self.int((front.len() + back.len()) as i64);
                let op = if rest.is_some() { BinOp::Ge } else { BinOp::Eq };
                let ok = self.scalar(Types::BOOL, Rvalue::Binary(op, len.clone(), want));
                self.require(ok, fail);
                for (i, p) in front.iter().enumerate() {
                    if needs_test(p) {
                        let elem = self.list_elem(place, self.int(i as i64));
                        self.test(p, &elem, fail);
                    }
                }
                for (i, p) in back.iter().enumerate() {
                    if needs_test(p) {
                        let elem = self.list_elem_back(place, back.len() - i);
                        self.test(p, &elem, fail);
                    }
                }
            }
            Pat::Or(alternatives) => {
                let ok = self.b.block();
                let choice = self.temp(Types::INT);
                self.choices.insert(std::ptr::from_ref(pat), choice);
                for (i, p) in alternatives.iter().enumerate() {
                    let next = if i + 1 == alternatives.len() {
                        fail
                    } else {
                        self.b.block()
                    };
                    self.test(p, place, next);
                    let n = self.int(i as i64);
                    self.b.assign(choice, Rvalue::Use(n));
                    self.b.goto(ok, next);
                }
                self.b.cur = ok;
            }
            Pat::Type { ty, .. } => {
                let is = self.scalar(Types::BOOL, Rvalue::AnyIs(place.clone(), *ty));
                self.require(is, fail);
            }
        }
    }

    fn test_eq(&mut self, place: &Place, want: Operand, fail: BlockId) {
        let value = Operand::Copy(place.clone());
        let same = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Eq, value, want));
        self.require(same, fail);
    }

    pub(super) fn global(&mut self, id: hir::GlobalId) -> Place {
        let addr = self.addr(self.cx.program.globals[id.index()].ty);
        self.b.assign(addr, Rvalue::Global(id));
        addr.into()
    }

    /// The bound of a range pattern.
    fn bound_of(&mut self, pat: &Pat, place: &Place) -> Operand {
        let ty = self.place_ty(place);
        match pat {
            Pat::Int(n) => Operand::Const(Const::Int(ty, *n)),
            Pat::Float(x) => Operand::Const(Const::Float(ty, *x)),
            Pat::Char(c) => Operand::Const(Const::Int(ty, u32::from(*c).into())),
            Pat::Const(id) => Operand::Copy(self.global(*id)),
            _ => crate::ice!("a range between patterns"),
        }
    }

    fn list_elem(&mut self, seq: &Place, index: Operand) -> Place {
        let elem = match self.data(self.place_ty(seq)) {
            TyData::List(t) | TyData::Array(t) => *t,
            _ => crate::ice!("a list pattern on something else"),
        };
        let addr = self.addr(elem);
        self.b.assign(
            addr,
            Rvalue::Element {
                seq: seq.clone(),
                index,
                mutable: false,
            },
        );
        addr.into()
    }

    /// The n-th element from the end, from 1.
    fn list_elem_back(&mut self, seq: &Place, n: usize) -> Place {
        let len = self.scalar(Types::INT, Rvalue::Len(seq.clone()));
        let n = self.int(n as i64);
        let at = self.scalar(Types::INT, Rvalue::Binary(BinOp::SubWrap, len, n));
        self.list_elem(seq, at)
    }

    // ---- guards

    /// Lets the pattern's names mean looks at the scrutinee's parts; gives what they meant before.
    fn alias(&mut self, pat: &Pat, place: &Place) -> Vec<(LocalId, Place)> {
        let mut out = Vec::new();
        let mut names = Vec::new();
        bindings(pat, &mut names);
        let mut looks: FxHashMap<LocalId, Local> = FxHashMap::default();
        for local in names {
            looks.entry(local).or_insert_with(|| {
                let ty = self.func.locals[local.index()].ty;
                let look = self.borrowed(ty);
                out.push((
                    local,
                    std::mem::replace(&mut self.bound[local.index()], look.into()),
                ));
                look
            });
        }
        self.look_at(pat, place, &looks);
        out
    }

    fn look_at(&mut self, pat: &Pat, place: &Place, looks: &FxHashMap<LocalId, Local>) {
        let value = Rvalue::Use(Operand::Copy(place.clone()));
        match pat {
            Pat::Bind { local, sub } => {
                self.b.assign(looks[local], value);
                if let Some(sub) = sub {
                    self.look_at(sub, place, looks);
                }
            }
            Pat::Fields(pats) => {
                for (i, p) in pats.iter().enumerate() {
                    self.look_at(p, &place.field(i), looks);
                }
            }
            Pat::Variant { variant, fields } => {
                for (i, p) in fields.iter().enumerate() {
                    self.look_at(p, &place.payload(*variant, i), looks);
                }
            }
            Pat::List { front, rest, back } => {
                for (i, p) in front.iter().enumerate() {
                    if binds(p) {
                        let elem = self.list_elem(place, self.int(i as i64));
                        self.look_at(p, &elem, looks);
                    }
                }
                if let Some(Some(local)) = rest {
                    // A guard that looks at the rest sees a slice of its own, which must end again.
                    self.slice_rest(place, front.len(), back.len(), looks[local]);
                }
                for (i, p) in back.iter().enumerate() {
                    if binds(p) {
                        let elem = self.list_elem_back(place, back.len() - i);
                        self.look_at(p, &elem, looks);
                    }
                }
            }
            Pat::Or(alternatives) => {
                let place = place.clone();
                self.chosen(pat, alternatives, |fx, p| fx.look_at(p, &place, looks));
            }
            Pat::Type { ty, local } => {
                if let Some(local) = local {
                    let addr = self.addr(*ty);
                    self.b.assign(addr, Rvalue::AnyAddr(place.clone()));
                    let value = Rvalue::Use(Operand::Copy(addr.into()));
                    self.b.assign(looks[local], value);
                }
            }
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

    /// Runs `f` for the alternative that fitted.
    fn chosen(&mut self, pat: &Pat, alternatives: &[Pat], mut f: impl FnMut(&mut Self, &Pat)) {
        if !binds(pat) {
            // Which one fitted makes no difference, unless parts must be released.
            return f(self, &Pat::Wild);
        }
        let choice = match self.choices.get(&std::ptr::from_ref(pat)) {
            Some(&c) => c,
            None => crate::ice!("an or-pattern that was not tested"),
        };
        let done = self.b.block();
        let blocks: Vec<BlockId> = alternatives.iter().map(|_| self.b.block()).collect();
        let dead = self.b.block();
        self.b.end(
            Term::Switch {
                on: Operand::Copy(choice.into()),
                cases: blocks
                    .iter()
                    .enumerate()
                    .map(|(i, &b)| (i as u64, b))
                    .collect(),
                default: dead,
            },
            dead,
        );
        for (p, b) in alternatives.iter().zip(blocks) {
            self.b.end(Term::Unreachable, b);
            f(self, p);
            let next = self.b.block();
            self.b.goto(done, next);
        }
        self.b.end(Term::Unreachable, done);
    }

    // ---- bindings

    fn bind_arm(&mut self, pat: &Pat, place: &Place, mode: MatchMode) {
        match mode {
            MatchMode::Move => self.bind_move(pat, place.clone()),
            MatchMode::Share if planted(Fault::LowerArmMoves) => self.bind_move(pat, place.clone()),
            MatchMode::Share => self.bind_share(pat, place),
            MatchMode::Undecided => crate::ice!("a match mode that was not decided"),
        }
    }

    fn share_into(&mut self, local: LocalId, place: &Place) {
        let ty = self.place_ty(place);
        let dst = self.place_of(local);
        let value = if self.refs(ty) {
            Rvalue::Share(place.clone())
        } else {
            Rvalue::Use(Operand::Copy(place.clone()))
        };
        self.b.assign(dst, value);
    }

    fn bind_share(&mut self, pat: &Pat, place: &Place) {
        match pat {
            Pat::Bind { local, sub } => {
                self.share_into(*local, place);
                if let Some(sub) = sub {
                    self.bind_share(sub, place);
                }
            }
            Pat::Fields(pats) => {
                for (i, p) in pats.iter().enumerate() {
                    self.bind_share(p, &place.field(i));
                }
            }
            Pat::Variant { variant, fields } => {
                for (i, p) in fields.iter().enumerate() {
                    self.bind_share(p, &place.payload(*variant, i));
                }
            }
            Pat::List { front, rest, back } => {
                self.share_elems(front, back, place);
                if let Some(Some(local)) = rest {
                    let ty = self.place_ty(place);
                    let whole = self.temp(ty);
                    self.b.assign(whole, Rvalue::Share(place.clone()));
                    let dst = self.place_of(*local);
                    self.slice_into(whole.into(), front.len(), back.len(), dst);
                }
            }
            Pat::Or(alternatives) => {
                let place = place.clone();
                self.chosen(pat, alternatives, |fx, p| fx.bind_share(p, &place));
            }
            Pat::Type { ty, local } => {
                if let Some(local) = local {
                    let addr = self.addr(*ty);
                    self.b.assign(addr, Rvalue::AnyAddr(place.clone()));
                    self.share_into(*local, &addr.into());
                }
            }
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

    fn share_elems(&mut self, front: &[Pat], back: &[Pat], seq: &Place) {
        for (i, p) in front.iter().enumerate() {
            if binds(p) {
                let elem = self.list_elem(seq, self.int(i as i64));
                self.bind_share(p, &elem);
            }
        }
        for (i, p) in back.iter().enumerate() {
            if binds(p) {
                let elem = self.list_elem_back(seq, back.len() - i);
                self.bind_share(p, &elem);
            }
        }
    }

    /// Takes an owned place apart: bound parts move, the others are released.
    fn bind_move(&mut self, pat: &Pat, place: Place) {
        if !self.refs(self.place_ty(&place)) {
            return self.bind_share(pat, &place);
        }
        if !binds(pat) {
            return self.release(place);
        }
        match pat {
            Pat::Bind { local, sub } => {
                if let Some(sub) = sub {
                    self.bind_share(sub, &place);
                }
                let dst = self.place_of(*local);
                self.b.assign(dst, Rvalue::Use(Operand::Move(place)));
            }
            Pat::Fields(pats) => {
                for (i, p) in pats.iter().enumerate() {
                    self.bind_move(p, place.field(i));
                }
            }
            Pat::Variant { variant, fields } => {
                let ty = self.place_ty(&place);
                let payload = self.cx.layouts.payload(ty, *variant);
                let dsts: Vec<Place> = fields
                    .iter()
                    .zip(payload)
                    .map(|(p, t)| match p {
                        Pat::Bind { local, sub: None } => self.place_of(*local),
                        _ => self.temp(t).into(),
                    })
                    .collect();
                self.b.push(StmtKind::Unwrap {
                    src: place,
                    variant: *variant,
                    dsts: dsts.clone(),
                });
                for (p, dst) in fields.iter().zip(dsts) {
                    if !matches!(p, Pat::Bind { sub: None, .. }) {
                        self.bind_move(p, dst);
                    }
                }
            }
            Pat::List { front, rest, back } => {
                // Elements that the slice still covers stay; the others go with the storage.
                self.share_elems(front, back, &place);
                match rest {
                    Some(Some(local)) => {
                        let dst = self.place_of(*local);
                        self.slice_into(place, front.len(), back.len(), dst);
                    }
                    _ => self.release(place),
                }
            }
            Pat::Or(alternatives) => {
                self.chosen(pat, alternatives, |fx, p| fx.bind_move(p, place.clone()));
            }
            Pat::Type { ty, local } => {
                let dst = match local {
                    Some(local) => self.place_of(*local),
                    None => self.temp(*ty).into(),
                };
                self.b.push(StmtKind::Unbox { dst, src: place });
            }
            Pat::Wild
            | Pat::Bool(_)
            | Pat::Int(_)
            | Pat::Float(_)
            | Pat::Char(_)
            | Pat::Str(_)
            | Pat::Const(_)
            | Pat::Range { .. } => self.release(place),
        }
    }

    /// `whole[front .. len - back]` of an owned List or Array.
    fn slice_into(&mut self, whole: Place, front: usize, back: usize, dst: Place) {
        let ty = self.place_ty(&whole);
        let len = self.scalar(Types::INT, Rvalue::Len(whole.clone()));
        let back = self.int(back as i64);
        let end = self.scalar(Types::INT, Rvalue::Binary(BinOp::SubWrap, len, back));
        let front = self.int(front as i64);
        self.slice(whole, ty, front, end, dst);
    }

    /// In a guard: the rest as a look. The slice is held by a temporary that lives until the
    /// function's end, where `clears` lets it be released on every way.
    fn slice_rest(&mut self, place: &Place, front: usize, back: usize, look: Local) {
        let ty = self.place_ty(place);
        let holder = self.maybe_temp(ty);
        let whole = self.temp(ty);
        self.b.assign(whole, Rvalue::Share(place.clone()));
        self.slice_into(whole.into(), front, back, holder.into());
        self.b
            .assign(look, Rvalue::Use(Operand::Copy(holder.into())));
        self.hold(holder.into());
    }
}

/// Where the code of an arm begins: with the test of its tag, and behind it.
#[derive(Clone, Copy)]
struct ArmEntry {
    full: BlockId,
    inner: BlockId,
}

/// The pattern behind names.
fn outer(pat: &Pat) -> &Pat {
    match pat {
        Pat::Bind { sub: Some(sub), .. } => outer(sub),
        other => other,
    }
}

fn children(pat: &Pat) -> Vec<&Pat> {
    match pat {
        Pat::Bind { sub: Some(p), .. } => vec![p],
        Pat::Fields(ps) | Pat::Or(ps) | Pat::Variant { fields: ps, .. } => ps.iter().collect(),
        Pat::List { front, back, .. } => front.iter().chain(back).collect(),
        Pat::Wild
        | Pat::Bind { sub: None, .. }
        | Pat::Bool(_)
        | Pat::Int(_)
        | Pat::Float(_)
        | Pat::Char(_)
        | Pat::Str(_)
        | Pat::Const(_)
        | Pat::Range { .. }
        | Pat::Type { .. } => Vec::new(),
    }
}

fn own_binding(pat: &Pat) -> Option<LocalId> {
    match pat {
        Pat::Bind { local, .. }
        | Pat::Type {
            local: Some(local), ..
        }
        | Pat::List {
            rest: Some(Some(local)),
            ..
        } => Some(*local),
        _ => None,
    }
}

fn bindings(pat: &Pat, out: &mut Vec<LocalId>) {
    out.extend(own_binding(pat));
    for p in children(pat) {
        bindings(p, out);
    }
}

fn binds(pat: &Pat) -> bool {
    own_binding(pat).is_some() || children(pat).into_iter().any(binds)
}

/// An or-pattern whose choice decides what is bound.
fn has_choice(pat: &Pat) -> bool {
    matches!(pat, Pat::Or(_)) || children(pat).into_iter().any(has_choice)
}

fn needs_test(pat: &Pat) -> bool {
    match pat {
        Pat::Wild | Pat::Bind { sub: None, .. } => false,
        Pat::Bind { sub: Some(p), .. } => needs_test(p),
        Pat::Fields(ps) => ps.iter().any(needs_test),
        _ => true,
    }
}
