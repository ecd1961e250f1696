//! `match`, destructuring, and how patterns take their bindings.
//!
//! Testing looks. Bindings are taken when an arm is chosen: out of a path that ends here (`Move`),
//! moving the parts of sole cells and containers, otherwise as shares.

use crate::compare;
use crate::machine::{Asking, Machine, Res, Stop, ice};
use crate::ops::int_of;
use crate::value::{Parts, V, into_parts};
use cowl_frontend::hir::{Arm, Block, LocalId, Match, MatchMode, Mode, Pat, Place, Root};
use std::cmp::Ordering;

impl<'p> Machine<'p> {
    pub fn match_(&mut self, m: &'p Match) -> Res {
        let arm = if m.arms.iter().any(|arm| arm.guard.is_some()) {
            self.choose_guarded(m)?
        } else {
            self.choose(m)?
        };
        self.release_paths(&arm.release)?;
        self.eval(&arm.body)
    }

    /// Finds the arm that fits and takes its bindings.
    fn choose(&mut self, m: &'p Match) -> Result<&'p Arm, Stop> {
        let mark = self.slots.len();
        match m.mode {
            MatchMode::Move => {
                let v = self.read(&m.scrutinee, Mode::Move)?;
                for arm in &m.arms {
                    if self.fits(&v, &arm.pat) {
                        self.take_bindings(v, &arm.pat)?;
                        return Ok(arm);
                    }
                }
            }
            MatchMode::Share => {
                let v = self.read(&m.scrutinee, Mode::Look)?;
                for arm in &m.arms {
                    if self.fits(&v, &arm.pat) {
                        self.share_bindings(&v, &arm.pat)?;
                        self.release(v)?;
                        self.release_to(mark)?;
                        return Ok(arm);
                    }
                }
            }
            MatchMode::Undecided => ice!("a match whose mode is open"),
        }
        ice!("no arm fits")
    }

    /// As `choose`, with guards: they see the bindings of their arm before these are taken. The
    /// value stays in its place meanwhile, a second reference to it on the stack.
    fn choose_guarded(&mut self, m: &'p Match) -> Result<&'p Arm, Stop> {
        let mark = self.slots.len();
        let v = self.read(&m.scrutinee, Mode::Look)?;
        let at = self.slots.len();
        self.slots.push(v);
        for arm in &m.arms {
            let v = self.slots[at].clone();
            if !self.fits(&v, &arm.pat) {
                self.release(v)?;
                continue;
            }
            if let Some(guard) = &arm.guard {
                self.share_bindings(&v, &arm.pat)?;
                self.release(v)?;
                if self.looks.is_some() {
                    self.note_bindings(&arm.pat);
                }
                self.guards.push(Asking {
                    base: self.base,
                    local: match m.scrutinee.root {
                        Root::Local(local) => Some(local),
                        Root::Capture(_) | Root::Global(_) | Root::Temp(_) => None,
                    },
                    at,
                    pat: &arm.pat,
                });
                let answer = self.eval_bool(guard);
                self.guards.pop();
                if let Err(Stop::End) = answer {
                    return Err(Stop::End);
                }
                self.end_bindings(&arm.pat)?;
                let holds = match answer {
                    Ok(holds) => holds,
                    Err(left) => {
                        self.release_to(mark)?;
                        return Err(left);
                    }
                };
                if !holds {
                    continue;
                }
            } else {
                self.release(v)?;
            }
            match m.mode {
                MatchMode::Move => {
                    self.release_to(mark)?;
                    let v = self.read(&m.scrutinee, Mode::Move)?;
                    self.take_bindings(v, &arm.pat)?;
                }
                MatchMode::Share => {
                    let v = self.slots[at].clone();
                    self.share_bindings(&v, &arm.pat)?;
                    self.release(v)?;
                    self.release_to(mark)?;
                }
                MatchMode::Undecided => ice!("a match whose mode is open"),
            }
            return Ok(arm);
        }
        ice!("no arm fits")
    }

    pub fn destructure(
        &mut self,
        scrutinee: &'p Place,
        mode: MatchMode,
        pat: &'p Pat,
        else_: Option<&'p Block>,
    ) -> Result<(), Stop> {
        let mark = self.slots.len();
        if mode == MatchMode::Move && else_.is_none() {
            let v = self.read(scrutinee, Mode::Move)?;
            return self.take_bindings(v, pat);
        }
        let v = self.read(scrutinee, Mode::Look)?;
        if let Some(else_) = else_
            && !self.fits(&v, pat)
        {
            self.release(v)?;
            self.release_to(mark)?;
            self.block(else_)?;
            ice!("the `else` of a `let` went on");
        }
        match mode {
            MatchMode::Move => {
                self.release(v)?;
                self.release_to(mark)?;
                // A path: walking it again has no effects.
                let v = self.read(scrutinee, Mode::Move)?;
                self.take_bindings(v, pat)
            }
            MatchMode::Share => {
                self.share_bindings(&v, pat)?;
                self.release(v)?;
                self.release_to(mark)
            }
            MatchMode::Undecided => ice!("a match whose mode is open"),
        }
    }

    // ---- testing

    fn fits(&self, v: &V, pat: &Pat) -> bool {
        match (pat, v) {
            (Pat::Wild | Pat::Bind { sub: None, .. }, _) => true,
            (Pat::Bind { sub: Some(sub), .. }, _) => self.fits(v, sub),
            (Pat::Or(pats), _) => pats.iter().any(|p| self.fits(v, p)),
            (Pat::Range { lo, hi, inclusive }, _) => self.in_range(v, lo, hi, *inclusive),
            (Pat::Fields(pats), V::Unit) => pats.is_empty(),
            (Pat::Fields(pats), V::Rec(parts) | V::Variant(_, parts)) => {
                self.all_fit(parts.iter(), pats)
            }
            (Pat::Variant { variant, .. }, V::Tag(tag)) => variant == tag,
            (Pat::Variant { variant, fields }, V::Variant(tag, parts)) => {
                variant == tag && self.all_fit(parts.iter(), fields)
            }
            (Pat::List { front, rest, back }, V::List(list)) => {
                let fixed = front.len() + back.len();
                let fits = if rest.is_some() {
                    list.len() >= fixed
                } else {
                    list.len() == fixed
                };
                fits && self.all_fit(list.iter(), front)
                    && self.all_fit(list.iter().skip(list.len() - back.len()), back)
            }
            (Pat::Type { ty, .. }, V::Any(cell)) => cell.ty == *ty,
            (Pat::Const(global), _) => compare::equal(v, &self.globals[global.index()], false),
            (Pat::Bool(a), V::Bool(b)) => a == b,
            (Pat::Int(a), V::Int(_) | V::U64(_)) => *a == int_of(v),
            (Pat::Float(a), V::Float(b)) => a == b,
            (Pat::Int(a), V::Float(b)) => *a as f64 == *b,
            (Pat::Char(a), V::Char(b)) => a == b,
            (Pat::Str(a), V::Str(b)) => **a == *b.as_str(),
            _ => ice!("pattern {pat:?} on {v:?}"),
        }
    }

    fn all_fit<'v>(&self, parts: impl Iterator<Item = &'v V>, pats: &[Pat]) -> bool {
        parts.zip(pats).all(|(v, pat)| self.fits(v, pat))
    }

    fn in_range(
        &self,
        v: &V,
        lo: &Option<Box<Pat>>,
        hi: &Option<Box<Pat>>,
        inclusive: bool,
    ) -> bool {
        let from_lo = lo.as_ref().is_none_or(|lo| {
            matches!(self.order(v, lo), Some(Ordering::Greater | Ordering::Equal))
        });
        from_lo
            && hi.as_ref().is_none_or(|hi| match self.order(v, hi) {
                Some(Ordering::Less) => true,
                Some(Ordering::Equal) => inclusive,
                _ => false,
            })
    }

    fn order(&self, v: &V, bound: &Pat) -> Option<Ordering> {
        match (bound, v) {
            (Pat::Int(n), V::Int(_) | V::U64(_)) => Some(int_of(v).cmp(n)),
            (Pat::Float(x), V::Float(y)) => y.partial_cmp(x),
            (Pat::Int(n), V::Float(y)) => y.partial_cmp(&(*n as f64)),
            (Pat::Char(a), V::Char(b)) => Some(b.cmp(a)),
            (Pat::Const(global), _) => compare::compare(v, &self.globals[global.index()], false),
            _ => ice!("{bound:?} bounds {v:?}"),
        }
    }

    // ---- binding

    /// Bindings of a value that stays where it is: shares.
    fn share_bindings(&mut self, v: &V, pat: &'p Pat) -> Result<(), Stop> {
        match (pat, v) {
            (Pat::Bind { local, sub }, _) => {
                let share = self.env.share(v);
                self.set_local(*local, share)?;
                match sub {
                    Some(sub) => self.share_bindings(v, sub),
                    None => Ok(()),
                }
            }
            (Pat::Fields(pats), V::Rec(parts) | V::Variant(_, parts))
            | (Pat::Variant { fields: pats, .. }, V::Variant(_, parts)) => {
                for (v, pat) in parts.iter().zip(pats) {
                    self.share_bindings(v, pat)?;
                }
                Ok(())
            }
            (Pat::List { front, rest, back }, V::List(list)) => {
                for (v, pat) in list.iter().zip(front) {
                    self.share_bindings(v, pat)?;
                }
                let end = list.len() - back.len();
                if let Some(Some(rest)) = rest {
                    let mut trimmed = Vec::new();
                    let slice = list.clone().slice(front.len(), end, &mut trimmed);
                    let slice = V::List(slice);
                    let share = if self.env.eager {
                        self.env.share(&slice)
                    } else {
                        slice
                    };
                    self.set_local(*rest, share)?;
                }
                for (v, pat) in list.iter().skip(end).zip(back) {
                    self.share_bindings(v, pat)?;
                }
                Ok(())
            }
            (Pat::Or(pats), _) => match pats.iter().find(|p| self.fits(v, p)) {
                Some(pat) => self.share_bindings(v, pat),
                None => ice!("no alternative fits"),
            },
            (
                Pat::Type {
                    local: Some(local), ..
                },
                V::Any(cell),
            ) => {
                let share = self.env.share(&cell.value);
                self.set_local(*local, share)
            }
            _ => Ok(()),
        }
    }

    /// Bindings of an owned value: bound parts move, the others end.
    fn take_bindings(&mut self, v: V, pat: &'p Pat) -> Result<(), Stop> {
        let mut unbound = Vec::new();
        self.take_into(v, pat, &mut unbound)?;
        self.release_each(unbound)
    }

    fn take_into(&mut self, v: V, pat: &'p Pat, unbound: &mut Vec<V>) -> Result<(), Stop> {
        match (pat, v) {
            (Pat::Bind { local, sub }, v) => {
                if let Some(sub) = sub {
                    self.share_bindings(&v, sub)?;
                }
                self.set_local(*local, v)
            }
            (Pat::Fields(pats), V::Rec(cell) | V::Variant(_, cell))
            | (Pat::Variant { fields: pats, .. }, V::Variant(_, cell)) => match into_parts(cell) {
                Parts::Owned(parts) => {
                    for (v, pat) in parts.into_iter().zip(pats) {
                        self.take_into(v, pat, unbound)?;
                    }
                    Ok(())
                }
                Parts::Shared(cell) => {
                    for (v, pat) in cell.iter().zip(pats) {
                        self.share_bindings(v, pat)?;
                    }
                    unbound.push(V::Rec(cell));
                    Ok(())
                }
            },
            (Pat::List { front, rest, back }, V::List(list)) => {
                if !list.is_sole() {
                    let v = V::List(list);
                    self.share_bindings(&v, pat)?;
                    unbound.push(v);
                    return Ok(());
                }
                let mut items = list.into_items(unbound);
                let tail = items.split_off(items.len() - back.len());
                for pat in front {
                    if let Some(v) = items.pop_front() {
                        self.take_into(v, pat, unbound)?;
                    }
                }
                match rest {
                    Some(Some(rest)) => {
                        self.set_local(*rest, V::List(crate::list::List::new(items)))?;
                    }
                    _ => unbound.extend(items),
                }
                for (v, pat) in tail.into_iter().zip(back) {
                    self.take_into(v, pat, unbound)?;
                }
                Ok(())
            }
            (Pat::Or(pats), v) => match pats.iter().find(|p| self.fits(&v, p)) {
                Some(pat) => self.take_into(v, pat, unbound),
                None => ice!("no alternative fits"),
            },
            (
                Pat::Type {
                    local: Some(local), ..
                },
                V::Any(cell),
            ) => {
                let v = self.open_any(cell)?;
                self.set_local(*local, v)
            }
            (_, v) => {
                unbound.push(v);
                Ok(())
            }
        }
    }

    fn end_binding(&mut self, local: LocalId) -> Result<(), Stop> {
        let v = self.slots[self.base + local.index()].take();
        self.release(v)
    }

    /// The matched value is released in the middle of its guard, which is left there.
    pub fn leave_guards(&mut self, local: LocalId) -> Result<(), Stop> {
        for i in (0..self.guards.len()).rev() {
            let asking = &self.guards[i];
            if asking.base == self.base && asking.local == Some(local) {
                let (at, pat) = (asking.at, asking.pat);
                self.end_bindings(pat)?;
                let v = self.slots[at].take();
                self.release(v)?;
            }
        }
        Ok(())
    }

    /// A guard is done with the bindings it saw.
    fn end_bindings(&mut self, pat: &Pat) -> Result<(), Stop> {
        let mut work = vec![pat];
        while let Some(pat) = work.pop() {
            match pat {
                Pat::Bind { local, sub } => {
                    self.end_binding(*local)?;
                    work.extend(sub.as_deref());
                }
                Pat::Type {
                    local: Some(local), ..
                } => self.end_binding(*local)?,
                Pat::Fields(pats) | Pat::Variant { fields: pats, .. } => work.extend(pats),
                Pat::Or(pats) => work.extend(pats.first()),
                Pat::List { front, rest, back } => {
                    work.extend(front.iter().chain(back));
                    if let Some(Some(rest)) = rest {
                        self.end_binding(*rest)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
