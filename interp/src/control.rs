//! Loops and labelled blocks.
//!
//! Whoever catches a `Break` or `Continue` releases the operands that were pending inside, from
//! the top of the stack down to its own mark. A `for` keeps its sequence on the stack: that is its
//! hidden holder.

use crate::machine::{Machine, Res, Stop, ice};
use crate::ops::{int_of, int_value};
use crate::value::V;
use cowl_contract::panic::Panic;
use cowl_contract::planted::{Fault as Planted, planted};
use cowl_frontend::hir::{Block, Expr, ForRange, LocalId, LoopId, Path, SiteId, int_ty};
use cowl_frontend::types::TyData;
use std::rc::Rc;

/// How a turn of a loop ended.
enum Turn {
    Next,
    Left(V),
}

impl<'p> Machine<'p> {
    pub fn loop_(&mut self, label: LoopId, body: &'p Block) -> Res {
        let mark = self.slots.len();
        loop {
            if let Turn::Left(v) = self.run_turn(label, body, mark)? {
                return Ok(v);
            }
        }
    }

    pub fn labeled(&mut self, label: LoopId, body: &'p Block) -> Res {
        let mark = self.slots.len();
        match self.block(body) {
            Err(Stop::Break(l)) if l == label => {
                let v = self.carried.take();
                self.release_to(mark)?;
                Ok(v)
            }
            result => result,
        }
    }

    fn run_turn(&mut self, label: LoopId, body: &'p Block, mark: usize) -> Result<Turn, Stop> {
        self.turn()?;
        match self.block(body) {
            Ok(v) => {
                self.release(v)?;
                if self.slots.len() > mark {
                    self.release_to(mark)?;
                }
                Ok(Turn::Next)
            }
            Err(Stop::Break(l)) if l == label => {
                let v = self.carried.take();
                self.release_to(mark)?;
                Ok(Turn::Left(v))
            }
            Err(Stop::Continue(l)) if l == label => {
                self.release_to(mark)?;
                Ok(Turn::Next)
            }
            Err(stop) => Err(stop),
        }
    }

    pub fn for_range(&mut self, f: &'p ForRange, site: SiteId) -> Res {
        let start = self.eval_now(&f.start)?;
        let end = match &f.end {
            Some(end) => Some(self.eval_now(end)?),
            None => None,
        };
        let step = match &f.step {
            Some(step) => match self.eval_int(step)? {
                n if n > 0 => i128::from(n),
                _ => return Err(self.panic(Panic::StepNotPositive, site)),
            },
            None => 1,
        };
        if let (V::Int(first), Some(V::Int(end)), false) = (&start, &end, f.reverse) {
            return self.for_ints(f, *first, *end, step as i64);
        }
        let chars = matches!(start, V::Char(_));
        let int = int_ty(self.env.types, f.start.ty);
        let first = ordinal(&start);
        // The last value, inclusive.
        let last = match (&end, int) {
            (Some(end), _) => ordinal(end) - i128::from(!f.inclusive),
            (None, Some(int)) => int.max(),
            (None, None) => i128::from(u32::from(char::MAX)),
        };
        let mark = self.slots.len();
        let (mut at, step) = if f.reverse {
            (last, -step)
        } else {
            (first, step)
        };
        while at >= first && at <= last {
            let item = if chars {
                match u32::try_from(at).ok().and_then(char::from_u32) {
                    Some(c) => V::Char(c),
                    None => {
                        // The gap of the surrogates holds no characters.
                        at += step.signum();
                        continue;
                    }
                }
            } else {
                match int {
                    Some(int) => int_value(at, int),
                    None => ice!("a range of neither integers nor characters"),
                }
            };
            self.set_local(f.item, item)?;
            if let Turn::Left(v) = self.run_turn(f.label, &f.body, mark)? {
                return Ok(v);
            }
            at += step;
        }
        self.release_paths(&f.release)?;
        Ok(V::Unit)
    }

    /// The common case: up, within 64 bits.
    fn for_ints(&mut self, f: &'p ForRange, first: i64, end: i64, step: i64) -> Res {
        let mark = self.slots.len();
        let mut at = first;
        while at < end || (f.inclusive && at == end) {
            self.set_local(f.item, V::Int(at))?;
            if let Turn::Left(v) = self.run_turn(f.label, &f.body, mark)? {
                return Ok(v);
            }
            match at.checked_add(step) {
                Some(next) => at = next,
                None => break,
            }
        }
        self.release_paths(&f.release)?;
        Ok(V::Unit)
    }

    pub fn for_each(
        &mut self,
        label: LoopId,
        seq: &'p Expr,
        item: LocalId,
        body: &'p Block,
        release: &'p [Path],
        site: SiteId,
    ) -> Res {
        let held = self.slots.len();
        self.push_operand(seq, held)?;
        self.loops.push((held, site));
        let left = self.turns(label, seq, item, body, held);
        self.loops.pop();
        if let Some(v) = left? {
            return Ok(v);
        }
        self.release_paths(release)?;
        Ok(V::Unit)
    }

    /// Gives the value of a `Break`, if one ends the loop.
    fn turns(
        &mut self,
        label: LoopId,
        seq: &'p Expr,
        item: LocalId,
        body: &'p Block,
        held: usize,
    ) -> Result<Option<V>, Stop> {
        let mark = self.slots.len();
        let set = matches!(self.env.types.data(seq.ty), TyData::Set(_));
        let mut cursor = Cursor::new(&self.slots[held], set);
        if let (V::List(list), true) = (&mut self.slots[held], cursor.sole) {
            let mut trimmed = Vec::new();
            list.own(&mut trimmed);
            self.release_each(trimmed)?;
        }
        while let Some(v) = self.next_item(held, &mut cursor) {
            self.set_local(item, v)?;
            if let Turn::Left(v) = self.run_turn(label, body, mark)? {
                self.release_to(held)?;
                return Ok(Some(v));
            }
        }
        self.release_to(held)?;
        Ok(None)
    }

    fn next_item(&mut self, held: usize, cursor: &mut Cursor) -> Option<V> {
        let share = |v: &V| self.env.share(v);
        match (&mut self.slots[held], cursor.sole) {
            (V::List(list), true) => list.take_first(),
            (V::List(list), false) => {
                cursor.at += 1;
                list.get(cursor.at - 1).map(share)
            }
            (V::Map(Some(map)), sole) => {
                if planted(Planted::InterpLoopTakes) && Rc::strong_count(map) > 1 {
                    return None;
                }
                let (key, value) = match Rc::get_mut(map) {
                    Some(map) if sole => map.take_from(&mut cursor.at)?,
                    _ => {
                        let (key, value) = map.next_from(&mut cursor.at)?;
                        (share(key), share(value))
                    }
                };
                Some(if cursor.set { key } else { V::pair(key, value) })
            }
            (V::Str(text), _) => {
                let c = text.as_str()[cursor.at..].chars().next()?;
                cursor.at += c.len_utf8();
                Some(V::Char(c))
            }
            (V::Map(None), _) => None,
            (v, _) => ice!("a loop over {v:?}"),
        }
    }
}

/// Where a `for` is in its sequence.
struct Cursor {
    at: usize,
    /// The loop is the sequence's only holder: elements move out.
    sole: bool,
    set: bool,
}

impl Cursor {
    fn new(seq: &V, set: bool) -> Cursor {
        let sole = match seq {
            V::List(list) => list.is_sole(),
            V::Map(Some(map)) => Rc::strong_count(map) == 1,
            _ => false,
        };
        Cursor { at: 0, sole, set }
    }
}

fn ordinal(v: &V) -> i128 {
    match v {
        V::Char(c) => i128::from(u32::from(*c)),
        _ => int_of(v),
    }
}
