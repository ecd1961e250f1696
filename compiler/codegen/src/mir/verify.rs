//! Checks a body against the invariants of `mir` and nothing else. First what exists and fits, in every
//! block; then the count checker follows every path with one bit for each unit of each owned local:
//! does it hold a value here?

use super::{names, *};
use crate::layout::Layouts;
use cowl_frontend::types::TyData;
use rustc_hash::FxHashMap;

/// The first violation, as a text for the developer.
pub fn verify(body: &Body, layouts: &Layouts) -> Result<(), String> {
    let mut v = Verifier::new(body, layouts);
    let counts = v.structure().and_then(|()| v.run());
    let all = counts.and_then(|()| super::ready::check(body, layouts));
    all.map_err(|e| {
        format!(
            "MIR of `{}`: invariant {e}\n{}",
            body.name,
            super::display::body(body, layouts)
        )
    })
}

/// Which owned locals hold something before and after a statement that `is_point` names. Of locals
/// that clear nothing is known.
pub fn held_across(
    body: &Body,
    layouts: &Layouts,
    is_point: &dyn Fn(&StmtKind) -> bool,
) -> Result<Vec<bool>, String> {
    let mut v = Verifier::new(body, layouts);
    v.is_point = Some(is_point);
    v.run()?;
    let across = std::mem::take(&mut v.across);
    v.first_unit.push(v.units);
    let units = |i: usize| v.first_unit[i] as usize..v.first_unit[i + 1] as usize;
    Ok((0..body.locals.len())
        .map(|i| across[units(i)].contains(&true))
        .collect())
}

/// The type of a place.
pub fn place_ty(body: &Body, layouts: &Layouts, place: &Place) -> Result<Ty, String> {
    let decl = body
        .locals
        .get(place.local.index())
        .ok_or_else(|| format!("1: no local {}", place.local))?;
    let mut ty = decl.ty;
    for p in &place.projs {
        ty = proj_ty(layouts, ty, *p).ok_or_else(|| {
            let n = if fits_but_for_its_index(layouts, ty, *p) {
                1
            } else {
                2
            };
            format!("{n}: {place}: {p:?} does not fit")
        })?;
    }
    Ok(ty)
}

/// A step of the right kind to a part that does not exist.
fn fits_but_for_its_index(layouts: &Layouts, ty: Ty, proj: Proj) -> bool {
    match proj {
        Proj::Field(_) => {
            matches!(layouts.data(ty), TyData::Tuple(_) | TyData::Adt(..)) && !layouts.is_enum(ty)
        }
        Proj::Payload { .. } => layouts.is_enum(ty),
        Proj::Deref => false,
    }
}

pub fn proj_ty(layouts: &Layouts, ty: Ty, proj: Proj) -> Option<Ty> {
    match proj {
        Proj::Field(i) => match layouts.data(ty) {
            TyData::Tuple(_) | TyData::Adt(..) if !layouts.is_enum(ty) => {
                layouts.fields(ty).get(i as usize).copied()
            }
            _ => None,
        },
        Proj::Payload { variant, field } => {
            if !layouts.is_enum(ty) || variant >= layouts.variant_count(ty) {
                return None;
            }
            layouts.payload(ty, variant).get(field as usize).copied()
        }
        Proj::Deref => match layouts.data(ty) {
            TyData::Ptr(t) => Some(*t),
            _ => None,
        },
    }
}

struct Verifier<'a> {
    body: &'a Body,
    layouts: &'a Layouts<'a>,
    unit_counts: FxHashMap<Ty, u32>,
    first_unit: Vec<u32>,
    units: u32,
    state: Vec<bool>,
    /// The units that this statement has consumed.
    taken: Vec<usize>,
    is_point: Option<&'a dyn Fn(&StmtKind) -> bool>,
    /// The units that were held across such a statement.
    across: Vec<bool>,
}

impl<'a> Verifier<'a> {
    fn new(body: &'a Body, layouts: &'a Layouts<'a>) -> Verifier<'a> {
        Verifier {
            body,
            layouts,
            unit_counts: FxHashMap::default(),
            first_unit: Vec::new(),
            units: 0,
            state: Vec::new(),
            taken: Vec::new(),
            is_point: None,
            across: Vec::new(),
        }
    }

    fn unit_count(&mut self, ty: Ty) -> u32 {
        if let Some(&n) = self.unit_counts.get(&ty) {
            return n;
        }
        let n = match self.layouts.data(ty) {
            TyData::Tuple(_) | TyData::Adt(..) if !self.layouts.is_enum(ty) => {
                let fields = self.layouts.fields(ty);
                fields.iter().map(|&t| self.unit_count(t)).sum()
            }
            _ => u32::from(self.layouts.refs(ty)),
        };
        self.unit_counts.insert(ty, n);
        n
    }

    fn run(&mut self) -> Result<(), String> {
        let body = self.body;
        for l in &body.locals {
            self.first_unit.push(self.units);
            if l.kind == LocalKind::Owned && !l.clears {
                self.units += self.unit_count(l.ty);
            }
        }
        let mut start = vec![false; self.units as usize];
        self.across = start.clone();
        for &p in &body.params {
            if body.decl(p).kind == LocalKind::Owned && !body.decl(p).clears {
                let n = self.unit_count(body.decl(p).ty);
                let first = self.first_unit[p.index()];
                start[first as usize..(first + n) as usize].fill(true);
            }
        }
        let mut entry: Vec<Option<Vec<bool>>> = vec![None; body.blocks.len()];
        entry[0] = Some(start);
        let mut work = vec![BlockId(0)];
        while let Some(id) = work.pop() {
            let Some(state) = entry[id.index()].clone() else {
                return Err(format!("4: {id} was not reached"));
            };
            self.state = state;
            for (i, s) in body.block(id).stmts.iter().enumerate() {
                let point = self.is_point.is_some_and(|is| is(&s.kind));
                let before = point.then(|| self.state.clone());
                self.taken.clear();
                self.stmt(&s.kind)
                    .map_err(|e| format!("{e} (in {id}[{i}])"))?;
                for (unit, held) in before.into_iter().flatten().enumerate() {
                    self.across[unit] |= held && self.state[unit];
                }
            }
            self.taken.clear();
            self.term(&body.block(id).term)
                .map_err(|e| format!("{e} (at the end of {id})"))?;
            for s in body.block(id).term.successors() {
                let slot = entry
                    .get_mut(s.index())
                    .ok_or_else(|| format!("1: no block {s} (in {id})"))?;
                match slot {
                    None => {
                        *slot = Some(self.state.clone());
                        work.push(s);
                    }
                    Some(old) if *old != self.state => {
                        let unit = (0..old.len()).find(|&u| old[u] != self.state[u]);
                        let unit = unit.unwrap_or_default() as u32;
                        let local = self.first_unit.partition_point(|&f| f <= unit) - 1;
                        return Err(format!("4: ways disagree on _{local} ({id} -> {s})"));
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Whatever a body names exists and fits, in blocks that no path reaches too.
    fn structure(&self) -> Result<(), String> {
        let body = self.body;
        let local = |l: Local| match body.locals.get(l.index()) {
            Some(_) => Ok(()),
            None => Err(format!("1: no local {l}")),
        };
        body.params.iter().try_for_each(|&p| local(p))?;
        for (i, l) in body.locals.iter().enumerate() {
            if l.root && !(l.kind == LocalKind::Owned && l.clears && l.addressed) {
                return Err(format!("6: _{i} is a root that cannot be one"));
            }
        }
        if body.blocks.is_empty() {
            return Err("1: no block to begin with".to_string());
        }
        for (i, block) in body.blocks.iter().enumerate() {
            let mut result = Ok(());
            let mut place = |p: &Place| {
                if result.is_ok() {
                    result = place_ty(body, self.layouts, p).map(|_| ());
                }
            };
            for s in &block.stmts {
                names::stmt(&s.kind, &mut place);
            }
            names::term(&block.term, &mut place);
            result.map_err(|e| format!("{e} (in bb{i})"))?;
            for s in block.term.successors() {
                if s.index() >= body.blocks.len() {
                    return Err(format!("1: no block {s} (in bb{i})"));
                }
            }
        }
        Ok(())
    }

    /// The units of a place that lies in an owned local, and whether the place is only inside a unit.
    fn range(&mut self, place: &Place) -> Result<Option<(usize, usize, bool)>, String> {
        place_ty(self.body, self.layouts, place)?;
        let decl = self.body.decl(place.local);
        if decl.kind != LocalKind::Owned || decl.clears {
            return Ok(None);
        }
        if let Some(deref) = place.projs.iter().position(|p| *p == Proj::Deref) {
            // An object's memory, which lives while its pointer is held.
            let pointer = Place {
                local: place.local,
                projs: place.projs[..deref].to_vec(),
            };
            self.look(&pointer)?;
            return Ok(None);
        }
        let mut ty = decl.ty;
        let mut at = self.first_unit[place.local.index()];
        for p in &place.projs {
            let Proj::Field(i) = p else {
                let n = self.unit_count(ty);
                return Ok(Some((at as usize, (at + n) as usize, true)));
            };
            let fields = self.layouts.fields(ty);
            for &t in &fields[..*i as usize] {
                at += self.unit_count(t);
            }
            ty = fields[*i as usize];
        }
        let n = self.unit_count(ty);
        Ok(Some((at as usize, (at + n) as usize, false)))
    }

    fn look(&mut self, place: &Place) -> Result<(), String> {
        if let Some((from, to, _)) = self.range(place)?
            && self.state[from..to].contains(&false)
        {
            return Err(format!("4: {place} is looked at but holds nothing"));
        }
        Ok(())
    }

    fn take(&mut self, place: &Place) -> Result<(), String> {
        let ty = place_ty(self.body, self.layouts, place)?;
        if self.unit_count(ty) == 0 {
            return Ok(());
        }
        let kind = self.body.decl(place.local).kind;
        if place.projs.contains(&Proj::Deref) {
            return self.look(place);
        }
        let inside = place.projs.iter().any(|p| !matches!(p, Proj::Field(_)));
        if kind == LocalKind::Borrowed || (kind == LocalKind::Owned && inside) {
            return Err(format!("3: {place} cannot be taken: it is held elsewhere"));
        }
        if let Some((from, to, _)) = self.range(place)? {
            if self.state[from..to].contains(&false) {
                let twice = (from..to).any(|unit| self.taken.contains(&unit));
                return Err(match twice {
                    true => format!("5: {place} is taken twice"),
                    false => format!("4: {place} is taken but holds nothing"),
                });
            }
            self.state[from..to].fill(false);
            self.taken.extend(from..to);
        }
        Ok(())
    }

    /// Takes the value and gives it back.
    fn change(&mut self, place: &Place) -> Result<(), String> {
        let kind = self.body.decl(place.local).kind;
        if kind == LocalKind::Borrowed && !place.projs.contains(&Proj::Deref) {
            return Err(format!(
                "3: {place} cannot be changed: it is held elsewhere"
            ));
        }
        self.look(place)
    }

    fn give(&mut self, place: &Place) -> Result<(), String> {
        if let Some((from, to, inside)) = self.range(place)? {
            if inside {
                return Err(format!("3: {place} is no place to store to"));
            }
            if self.state[from..to].contains(&true) {
                return Err(format!("4: {place} is overwritten"));
            }
            self.state[from..to].fill(true);
        }
        Ok(())
    }

    fn operand(&mut self, o: &Operand) -> Result<(), String> {
        match o {
            Operand::Copy(p) => self.look(p),
            Operand::Move(p) => self.take(p),
            Operand::Const(_) => Ok(()),
        }
    }

    fn operands(&mut self, os: &[Operand]) -> Result<(), String> {
        os.iter().try_for_each(|o| self.operand(o))
    }

    /// An operand whose value is kept must be owned by the statement.
    fn owned(&mut self, o: &Operand) -> Result<(), String> {
        if let Operand::Copy(p) = o {
            let ty = place_ty(self.body, self.layouts, p)?;
            if self.unit_count(ty) > 0 {
                return Err(format!("3: {p} is kept without a count"));
            }
        }
        self.operand(o)
    }

    fn all_owned(&mut self, os: &[Operand]) -> Result<(), String> {
        os.iter().try_for_each(|o| self.owned(o))
    }

    fn assign(&mut self, dst: &Place, r: &Rvalue) -> Result<(), String> {
        match r {
            Rvalue::Use(o) => {
                if self.body.decl(dst.local).kind == LocalKind::Borrowed {
                    self.operand(o)?;
                } else {
                    self.owned(o)?;
                }
            }
            Rvalue::Share(p)
            | Rvalue::Tag(p)
            | Rvalue::AddrOf(p)
            | Rvalue::Len(p)
            | Rvalue::Size(p)
            | Rvalue::IsSole(p)
            | Rvalue::IsReady(p)
            | Rvalue::WeakOf(p)
            | Rvalue::AnyIs(p, _)
            | Rvalue::AnyAddr(p) => self.look(p)?,
            Rvalue::Binary(_, a, b) | Rvalue::Exact(_, a, b) => {
                self.operand(a)?;
                self.operand(b)?;
            }
            Rvalue::Unary(_, a)
            | Rvalue::Math(_, a)
            | Rvalue::Convert(_, a, _)
            | Rvalue::Fits(a, ..) => self.operand(a)?,
            Rvalue::Aggregate(os) | Rvalue::Variant(_, os) | Rvalue::Closure(_, os) => {
                self.all_owned(os)?
            }
            Rvalue::Capture(_)
            | Rvalue::Global(_)
            | Rvalue::EntryKey(..)
            | Rvalue::EntryValue(..)
            | Rvalue::EntryLive(_)
            | Rvalue::IsNull(_) => {}
            Rvalue::Step(_, n) | Rvalue::EntryAt(_, _, n) => self.operand(n)?,
            Rvalue::Element { seq, index, .. } => {
                self.look(seq)?;
                self.operand(index)?;
            }
            Rvalue::MakeAny(_, o) => self.owned(o)?,
        }
        self.give(dst)
    }

    fn stmt(&mut self, s: &StmtKind) -> Result<(), String> {
        match s {
            StmtKind::Assign(dst, r) => self.assign(dst, r),
            StmtKind::Release(p) => self.take(p),
            StmtKind::Clear(p) => {
                if let Some((from, to, _)) = self.range(p)?
                    && self.state[from..to].contains(&true)
                {
                    return Err(format!("4: {p} is cleared but holds a value"));
                }
                Ok(())
            }
            StmtKind::MakeUnique { place, .. } => self.change(place),
            StmtKind::CheckIndex { index, len, .. } => {
                self.operand(index)?;
                self.operand(len)
            }
            StmtKind::MakeSeq { dst, elems } => {
                self.all_owned(elems)?;
                self.give(dst)
            }
            StmtKind::Call { dst, callee, args } => {
                if let Callee::Value(p) = callee {
                    self.look(p)?;
                }
                self.operands(args)?;
                dst.as_ref().map_or(Ok(()), |d| self.give(d))
            }
            StmtKind::Runtime { dst, args, .. } => {
                for a in args {
                    match a {
                        Arg::Val(o) | Arg::Take(o) => self.operand(o)?,
                        Arg::Ref(p) => self.look(p)?,
                        Arg::InOut(p) => self.change(p)?,
                        Arg::Out(_)
                        | Arg::Addr(_)
                        | Arg::Desc(_)
                        | Arg::Int(_)
                        | Arg::Text(_)
                        | Arg::Spec(_)
                        | Arg::TypeName(_)
                        | Arg::SourceSite => {}
                    }
                }
                for a in args {
                    if let Arg::Out(p) = a {
                        self.give(p)?;
                    }
                }
                dst.as_ref().map_or(Ok(()), |d| self.give(d))
            }
            StmtKind::Unwrap { src, dsts, .. } => {
                self.take(src)?;
                dsts.iter().try_for_each(|d| self.give(d))
            }
            StmtKind::Unbox { dst, src } => {
                self.take(src)?;
                self.give(dst)
            }
            StmtKind::CheckChange { object, .. } => self.look(object),
            StmtKind::Count(_) | StmtKind::Step => Ok(()),
            StmtKind::CountBy(_, by) => self.operand(by).map(|_| ()),
        }
    }

    fn term(&mut self, t: &Term) -> Result<(), String> {
        match t {
            Term::Goto(_) | Term::Unreachable => Ok(()),
            Term::Branch { cond, .. } => self.operand(cond),
            Term::Switch { on, .. } => self.operand(on),
            Term::Return(o) => {
                self.owned(o)?;
                match self.state.iter().position(|&held| held) {
                    None => Ok(()),
                    Some(unit) => {
                        let local = self.first_unit.partition_point(|&f| f <= unit as u32) - 1;
                        Err(format!("4: _{local} is still held at the end"))
                    }
                }
            }
        }
    }
}
