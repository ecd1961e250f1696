//! Do patterns cover every value, and does each cover one that those before it do not?
//!
//! After L. Maranget, "Warnings for pattern matching" (2007): a matrix of rows is specialised by
//! the constructors of its first column. Integers and chars are split into intervals, lists by
//! length. Work is bounded; a match beyond the bound is refused rather than trusted.

use super::*;
use crate::hir;

/// A match whose types were not all known when it was checked.
pub(super) struct Pending {
    pub ty: Ty,
    pub arms: Vec<PendingArm>,
    pub span: Span,
    pub purpose: Purpose,
}

pub(super) struct PendingArm {
    pub pat: hir::Pat,
    pub span: Span,
    pub guarded: bool,
}

impl Pending {
    /// A single pattern that is matched on its own.
    pub fn single(ty: Ty, pat: &hir::Pat, span: Span, purpose: Purpose) -> Pending {
        let arm = PendingArm {
            pat: pat.clone(),
            span,
            guarded: false,
        };
        Pending {
            ty,
            arms: vec![arm],
            span,
            purpose,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Match,
    /// Must always fit.
    Let,
    /// `let … else`: may fail; always fitting is fine too.
    LetElse,
    IfLet,
}

/// A pattern with its binding names gone.
#[derive(Clone, Debug)]
enum P {
    Wild,
    Ctor(C, Vec<P>),
    /// A list of exactly or at least this many elements.
    List {
        front: Vec<P>,
        back: Vec<P>,
        open: bool,
    },
    Or(Vec<P>),
}

#[derive(Clone, Debug, PartialEq)]
enum C {
    Single,
    Bool(bool),
    Variant(u32),
    Range(i128, i128),
    Str(Text),
    /// Bits of a float, with -0.0 as 0.0.
    Float(u64),
    /// Covers nothing that can be counted on: a constant, a type test, a range of floats or one
    /// with a constant. Two are equal only if they are sure to match the same values.
    Opaque(u64),
}

/// `C::Opaque` by what it stands for.
const TYPE_TESTS: u64 = 1 << 32;
const RANGES: u64 = 1 << 33;

/// Steps before a match is called too complex.
const BUDGET: u64 = 2_000_000;

struct Coverage<'a> {
    types: &'a mut Types,
    defs: &'a Defs,
    steps: u64,
    /// How many ranges were met whose values cannot be counted: no two are taken to be equal.
    ranges: u64,
}

struct TooComplex;

impl Cx<'_, '_> {
    pub(super) fn check_matches(&mut self) {
        for m in std::mem::take(&mut self.matches) {
            let ty = self.infer.deep(self.ck.types, m.ty);
            if self.has_error(ty) || self.ck.types.has_infer(ty) {
                continue;
            }
            let mut cov = Coverage {
                types: self.ck.types,
                defs: self.ck.defs,
                steps: 0,
                ranges: 0,
            };
            let pats: Vec<P> = m.arms.iter().map(|a| cov.simplify(&a.pat, ty)).collect();
            let verdict = cov.judge(&m, &pats, ty);
            let Ok((missing, useless)) = verdict else {
                self.report(errors::match_too_complex(m.span));
                continue;
            };
            for i in useless {
                self.report(errors::unreachable_arm(m.arms[i].span));
            }
            if let Some(witness) = missing {
                match m.purpose {
                    Purpose::Match => self.report(errors::not_exhaustive(m.span, &witness)),
                    Purpose::Let => self.report(errors::refutable(m.span, &witness)),
                    Purpose::LetElse | Purpose::IfLet => {}
                }
            }
        }
    }
}

type Verdict = Result<(Option<String>, Vec<usize>), TooComplex>;

impl Coverage<'_> {
    fn judge(&mut self, m: &Pending, pats: &[P], ty: Ty) -> Verdict {
        if pats.len() > 128
            && let Some(verdict) = self.judge_flat(m, pats, ty)
        {
            return Ok(verdict);
        }
        let mut rows: Vec<Vec<P>> = Vec::new();
        let mut useless = Vec::new();
        for (i, p) in pats.iter().enumerate() {
            if m.purpose == Purpose::Match && !self.useful(&rows, std::slice::from_ref(p), &[ty])? {
                useless.push(i);
            }
            if !m.arms[i].guarded {
                rows.push(vec![p.clone()]);
            }
        }
        let missing = self.missing(&rows, &[ty])?.map(|w| self.show(&w[0], ty));
        Ok((missing, useless))
    }

    /// Long matches of literals or plain variants: one pass with a set.
    fn judge_flat(
        &mut self,
        m: &Pending,
        pats: &[P],
        ty: Ty,
    ) -> Option<(Option<String>, Vec<usize>)> {
        let mut seen: rustc_hash::FxHashSet<Vec<u8>> = Default::default();
        let mut wild = false;
        let mut useless = Vec::new();
        for (i, p) in pats.iter().enumerate() {
            let key = match p {
                P::Wild => {
                    if wild {
                        useless.push(i);
                    }
                    wild |= !m.arms[i].guarded;
                    continue;
                }
                P::Ctor(C::Range(a, b), _) if a == b => a.to_le_bytes().to_vec(),
                P::Ctor(C::Str(s), _) => s.as_bytes().to_vec(),
                P::Ctor(C::Variant(v), fields) if fields.iter().all(|f| matches!(f, P::Wild)) => {
                    v.to_le_bytes().to_vec()
                }
                _ => return None,
            };
            let is_new = if m.arms[i].guarded {
                !seen.contains(&key)
            } else {
                seen.insert(key)
            };
            if wild || !is_new {
                useless.push(i);
            }
        }
        let complete = wild
            || match self.types.data(ty) {
                TyData::Adt(id, _) => match &self.defs.adt(*id).kind {
                    AdtKind::Enum(vs) => vs.len() == seen.len(),
                    AdtKind::Struct(_) => false,
                },
                TyData::Int(int) => IntTy::max(*int) - IntTy::min(*int) + 1 == seen.len() as i128,
                _ => false,
            };
        let missing = if complete {
            None
        } else {
            let first = match self.types.data(ty).clone() {
                TyData::Adt(id, _) => match &self.defs.adt(id).kind {
                    AdtKind::Enum(vs) => (0..vs.len() as u32)
                        .find(|v| !seen.contains(v.to_le_bytes().as_slice()))
                        .map(|v| self.open_ctor(&C::Variant(v), ty)),
                    AdtKind::Struct(_) => None,
                },
                _ => None,
            };
            Some(self.show(&first.unwrap_or(P::Wild), ty))
        };
        Some((missing, useless))
    }

    fn simplify(&mut self, pat: &hir::Pat, ty: Ty) -> P {
        use hir::Pat as H;
        match pat {
            H::Wild | H::Bind { sub: None, .. } => P::Wild,
            H::Bind { sub: Some(sub), .. } => self.simplify(sub, ty),
            H::Bool(b) => P::Ctor(C::Bool(*b), Vec::new()),
            H::Int(v) => P::Ctor(C::Range(*v, *v), Vec::new()),
            H::Char(c) => P::Ctor(C::Range(*c as i128, *c as i128), Vec::new()),
            H::Float(f) => P::Ctor(
                C::Float(if *f == 0.0 { 0 } else { f.to_bits() }),
                Vec::new(),
            ),
            H::Str(s) => P::Ctor(C::Str(s.clone()), Vec::new()),
            H::Const(id) => P::Ctor(C::Opaque(id.0 as u64), Vec::new()),
            H::Type { ty, .. } => P::Ctor(C::Opaque(TYPE_TESTS | ty.0 as u64), Vec::new()),
            H::Range { lo, hi, inclusive } => self.simplify_range(lo, hi, *inclusive, ty),
            H::Fields(ps) => {
                let tys = self.fields(&C::Single, ty);
                P::Ctor(C::Single, self.simplify_all(ps, &tys))
            }
            H::Variant { variant, fields } => {
                let c = C::Variant(*variant);
                let tys = self.fields(&c, ty);
                P::Ctor(c, self.simplify_all(fields, &tys))
            }
            H::List { front, rest, back } => {
                let elem = self.elem(ty);
                let front = front.iter().map(|p| self.simplify(p, elem)).collect();
                let back = back.iter().map(|p| self.simplify(p, elem)).collect();
                P::List {
                    front,
                    back,
                    open: rest.is_some(),
                }
            }
            H::Or(ps) => P::Or(ps.iter().map(|p| self.simplify(p, ty)).collect()),
        }
    }

    fn simplify_all(&mut self, ps: &[hir::Pat], tys: &[Ty]) -> Vec<P> {
        ps.iter()
            .zip(tys)
            .map(|(p, &t)| self.simplify(p, t))
            .collect()
    }

    fn simplify_range(
        &mut self,
        lo: &Option<Box<hir::Pat>>,
        hi: &Option<Box<hir::Pat>>,
        inclusive: bool,
        ty: Ty,
    ) -> P {
        let bound = |p: &hir::Pat| match p {
            hir::Pat::Int(v) => Some(*v),
            hir::Pat::Char(c) => Some(*c as i128),
            _ => None,
        };
        self.ranges += 1;
        let opaque = P::Ctor(C::Opaque(RANGES | self.ranges), Vec::new());
        let Some((least, most)) = self.limits(ty) else {
            return opaque;
        };
        let a = match lo {
            None => least,
            Some(p) => match bound(p) {
                Some(v) => v,
                None => return opaque,
            },
        };
        let b = match hi {
            None => most,
            Some(p) => match bound(p) {
                Some(v) if inclusive => v,
                Some(v) => v - 1,
                None => return opaque,
            },
        };
        P::Ctor(C::Range(a, b), Vec::new())
    }

    fn limits(&self, ty: Ty) -> Option<(i128, i128)> {
        match self.types.data(ty) {
            TyData::Int(int) => Some((IntTy::min(*int), IntTy::max(*int))),
            TyData::Char => Some((0, 0x10ffff)),
            _ => None,
        }
    }

    fn elem(&self, ty: Ty) -> Ty {
        match self.types.data(ty) {
            TyData::List(t) | TyData::Array(t) => *t,
            _ => Types::ERROR,
        }
    }

    /// The types of a constructor's parts.
    fn fields(&mut self, c: &C, ty: Ty) -> Vec<Ty> {
        let (raw, args) = match (self.types.data(ty).clone(), c) {
            (TyData::Tuple(ts), _) => return ts.to_vec(),
            (TyData::Adt(id, args), c) => {
                let fields = match (&self.defs.adt(id).kind, c) {
                    (AdtKind::Struct(fields), _) => fields,
                    (AdtKind::Enum(vs), C::Variant(v)) => &vs[*v as usize].fields,
                    (AdtKind::Enum(_), _) => return Vec::new(),
                };
                (fields.iter().map(|f| f.ty).collect::<Vec<Ty>>(), args)
            }
            _ => return Vec::new(),
        };
        raw.into_iter()
            .map(|t| self.types.subst(t, &args))
            .collect()
    }

    fn step(&mut self, rows: usize) -> Result<(), TooComplex> {
        self.steps += 1 + rows as u64 / 8;
        if self.steps > BUDGET {
            Err(TooComplex)
        } else {
            Ok(())
        }
    }

    /// Or-patterns in the first column become rows of their own.
    fn expand(rows: &[Vec<P>]) -> Vec<Vec<P>> {
        let mut out = Vec::with_capacity(rows.len());
        fn push(row: &[P], out: &mut Vec<Vec<P>>) {
            if let P::Or(ps) = &row[0] {
                for p in ps {
                    let mut new = vec![p.clone()];
                    new.extend_from_slice(&row[1..]);
                    push(&new, out);
                }
            } else {
                out.push(row.to_vec());
            }
        }
        rows.iter().for_each(|r| push(r, &mut out));
        out
    }

    /// The constructors to look at for the first column, and whether they are all there are.
    /// List lengths come as `Range(k, k)`, the last standing for all longer ones.
    fn split(&mut self, rows: &[Vec<P>], q: Option<&P>, ty: Ty) -> (Vec<C>, bool) {
        let heads = || rows.iter().map(|r| &r[0]).chain(q);
        match self.types.data(ty).clone() {
            TyData::Bool => (vec![C::Bool(true), C::Bool(false)], true),
            TyData::Tuple(_) => (vec![C::Single], true),
            TyData::Adt(id, _) => match &self.defs.adt(id).kind {
                AdtKind::Struct(_) => (vec![C::Single], true),
                AdtKind::Enum(vs) => ((0..vs.len() as u32).map(C::Variant).collect(), true),
            },
            TyData::Int(_) | TyData::Char => {
                let (least, most) = self.limits(ty).expect("integers and chars have limits");
                let mut cuts = vec![least, most + 1];
                for p in heads() {
                    if let P::Ctor(C::Range(a, b), _) = p {
                        cuts.push((*a).clamp(least, most + 1));
                        cuts.push((*b + 1).clamp(least, most + 1));
                    }
                }
                cuts.sort_unstable();
                cuts.dedup();
                (
                    cuts.windows(2).map(|w| C::Range(w[0], w[1] - 1)).collect(),
                    true,
                )
            }
            TyData::List(_) | TyData::Array(_) => {
                let longest = heads()
                    .filter_map(|p| match p {
                        P::List { front, back, .. } => Some(front.len() + back.len()),
                        _ => None,
                    })
                    .max()
                    .unwrap_or(0) as i128;
                ((0..=longest + 1).map(|k| C::Range(k, k)).collect(), true)
            }
            _ => {
                let mut out: Vec<C> = Vec::new();
                for p in heads() {
                    if let P::Ctor(c, _) = p
                        && !out.contains(c)
                    {
                        out.push(c.clone());
                    }
                }
                (out, false)
            }
        }
    }

    /// A row as seen by values built with `c`; `None` where it matches none of them.
    fn specialise(&self, row: &[P], c: &C, parts: usize) -> Option<Vec<P>> {
        let mut out = match (&row[0], c) {
            (P::Wild, _) => vec![P::Wild; parts],
            (P::Ctor(C::Range(a, b), _), C::Range(x, y)) if a <= x && y <= b => Vec::new(),
            (P::Ctor(d, fields), c) if d == c => fields.clone(),
            (P::List { front, back, open }, C::Range(k, _)) => {
                let (n, k) = (front.len() + back.len(), *k as usize);
                if n != k && !(*open && n < k) {
                    return None;
                }
                let mut all = front.clone();
                all.extend(std::iter::repeat_n(P::Wild, k - n));
                all.extend(back.iter().cloned());
                all
            }
            _ => return None,
        };
        out.extend_from_slice(&row[1..]);
        Some(out)
    }

    fn part_tys(&mut self, c: &C, ty: Ty) -> Vec<Ty> {
        match (self.types.data(ty), c) {
            (TyData::List(t) | TyData::Array(t), C::Range(k, _)) => vec![*t; *k as usize],
            _ => self.fields(c, ty),
        }
    }

    /// A value that no row matches.
    fn missing(&mut self, rows: &[Vec<P>], tys: &[Ty]) -> Result<Option<Vec<P>>, TooComplex> {
        self.step(rows.len())?;
        let Some((&ty, rest)) = tys.split_first() else {
            return Ok(if rows.is_empty() {
                Some(Vec::new())
            } else {
                None
            });
        };
        let rows = Self::expand(rows);
        let default: Vec<Vec<P>> = rows
            .iter()
            .filter(|r| matches!(r[0], P::Wild))
            .map(|r| r[1..].to_vec())
            .collect();
        let any_ctor = rows.iter().any(|r| !matches!(r[0], P::Wild));
        if !any_ctor {
            let empty = self.is_empty_enum(ty);
            if empty {
                return Ok(None);
            }
            return Ok(self.missing(&default, rest)?.map(|mut w| {
                w.insert(0, P::Wild);
                w
            }));
        }
        let (ctors, complete) = self.split(&rows, None, ty);
        if !complete {
            return Ok(self.missing(&default, rest)?.map(|mut w| {
                w.insert(0, P::Wild);
                w
            }));
        }
        // A constructor that no row names is covered by the wild rows alone: one of them stands
        // for all.
        let mut tried_default = false;
        for c in &ctors {
            let parts = self.part_tys(c, ty);
            let inner: Vec<Vec<P>> = rows
                .iter()
                .filter_map(|r| self.specialise(r, c, parts.len()))
                .collect();
            if inner.len() == default.len() {
                if tried_default {
                    continue;
                }
                tried_default = true;
                if let Some(mut w) = self.missing(&default, rest)? {
                    w.insert(0, self.open_ctor(c, ty));
                    return Ok(Some(w));
                }
                continue;
            }
            let mut inner_tys = parts.clone();
            inner_tys.extend_from_slice(rest);
            if let Some(w) = self.missing(&inner, &inner_tys)? {
                let (fields, tail) = w.split_at(parts.len());
                let mut out = vec![self.build(c, ty, fields.to_vec())];
                out.extend_from_slice(tail);
                return Ok(Some(out));
            }
        }
        Ok(None)
    }

    fn is_empty_enum(&self, ty: Ty) -> bool {
        match self.types.data(ty) {
            TyData::Never => true,
            TyData::Adt(id, _) => {
                matches!(&self.defs.adt(*id).kind, AdtKind::Enum(vs) if vs.is_empty())
            }
            _ => false,
        }
    }

    fn open_ctor(&mut self, c: &C, ty: Ty) -> P {
        let n = self.part_tys(c, ty).len();
        self.build(c, ty, vec![P::Wild; n])
    }

    fn build(&self, c: &C, ty: Ty, fields: Vec<P>) -> P {
        match (self.types.data(ty), c) {
            (TyData::List(_) | TyData::Array(_), _) => P::List {
                front: fields,
                back: Vec::new(),
                open: false,
            },
            _ => P::Ctor(c.clone(), fields),
        }
    }

    /// Does `q` match a value that no row matches?
    fn useful(&mut self, rows: &[Vec<P>], q: &[P], tys: &[Ty]) -> Result<bool, TooComplex> {
        self.step(rows.len())?;
        let Some((&ty, rest)) = tys.split_first() else {
            return Ok(rows.is_empty());
        };
        if rows.is_empty() {
            return Ok(true);
        }
        if let P::Or(ps) = &q[0] {
            for p in ps {
                let mut row = vec![p.clone()];
                row.extend_from_slice(&q[1..]);
                if self.useful(rows, &row, tys)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let rows = Self::expand(rows);
        if let P::Ctor(c @ C::Opaque(_), _) = &q[0] {
            // It matches some values of its type, which ones is not known: there must be any left,
            // and rows that match the same as it does must leave something of the other columns.
            let mut wild = q.to_vec();
            wild[0] = P::Wild;
            let same = rows.iter().filter_map(|r| self.specialise(r, c, 0));
            let same: Vec<Vec<P>> = same.collect();
            return Ok(self.useful(&same, &q[1..], rest)? && self.useful(&rows, &wild, tys)?);
        }
        let any_ctor = rows.iter().any(|r| !matches!(r[0], P::Wild)) || !matches!(q[0], P::Wild);
        let default = |rows: &[Vec<P>]| -> Vec<Vec<P>> {
            rows.iter()
                .filter(|r| matches!(r[0], P::Wild))
                .map(|r| r[1..].to_vec())
                .collect()
        };
        if !any_ctor {
            return self.useful(&default(&rows), &q[1..], rest);
        }
        let (ctors, complete) = self.split(&rows, Some(&q[0]), ty);
        for c in &ctors {
            let parts = self.part_tys(c, ty);
            let Some(inner_q) = self.specialise(q, c, parts.len()) else {
                continue;
            };
            let inner: Vec<Vec<P>> = rows
                .iter()
                .filter_map(|r| self.specialise(r, c, parts.len()))
                .collect();
            let mut inner_tys = parts;
            inner_tys.extend_from_slice(rest);
            if self.useful(&inner, &inner_q, &inner_tys)? {
                return Ok(true);
            }
        }
        if !complete && matches!(q[0], P::Wild) {
            return self.useful(&default(&rows), &q[1..], rest);
        }
        Ok(false)
    }

    /// Integers as a pattern: open where the type ends.
    fn show_range(&self, a: i128, b: i128, ty: Ty) -> String {
        let (least, most) = self.limits(ty).unwrap_or((a, b));
        match (a == least, b == most) {
            _ if a == b => a.to_string(),
            (true, true) => "_".to_string(),
            (true, false) => format!("..={b}"),
            (false, true) => format!("{a}.."),
            (false, false) => format!("{a}..={b}"),
        }
    }

    /// A missing value as a pattern that a person would write.
    fn show(&mut self, p: &P, ty: Ty) -> String {
        match p {
            P::Wild | P::Or(_) => "_".to_string(),
            P::List { front, .. } => {
                let elem = self.elem(ty);
                let parts: Vec<String> = front.iter().map(|p| self.show(p, elem)).collect();
                format!("[{}]", parts.join(", "))
            }
            P::Ctor(c, fields) => {
                let tys = self.fields(c, ty);
                let parts: Vec<String> = fields
                    .iter()
                    .zip(&tys)
                    .map(|(p, &t)| self.show(p, t))
                    .collect();
                match c {
                    C::Bool(b) => b.to_string(),
                    C::Range(a, b) => match self.types.data(ty) {
                        TyData::Char => char::from_u32(*a as u32)
                            .map_or_else(|| "_".into(), |c| format!("{c:?}")),
                        _ => self.show_range(*a, *b, ty),
                    },
                    C::Str(_) | C::Float(_) | C::Opaque(_) => "_".to_string(),
                    C::Single => match self.types.data(ty) {
                        TyData::Adt(id, _) => {
                            let name = self.defs.adt(*id).name.clone();
                            if parts.iter().all(|p| p == "_") {
                                format!("{name}{{ .. }}")
                            } else {
                                let AdtKind::Struct(fs) = &self.defs.adt(*id).kind else {
                                    return "_".into();
                                };
                                let named: Vec<String> = fs
                                    .iter()
                                    .zip(&parts)
                                    .filter(|(_, p)| *p != "_")
                                    .map(|(f, p)| {
                                        format!("{}: {p}", f.name.as_deref().unwrap_or(""))
                                    })
                                    .collect();
                                format!("{name}{{ {}, .. }}", named.join(", "))
                            }
                        }
                        _ => format!("({})", parts.join(", ")),
                    },
                    C::Variant(v) => {
                        let TyData::Adt(id, _) = self.types.data(ty) else {
                            return "_".into();
                        };
                        let AdtKind::Enum(vs) = &self.defs.adt(*id).kind else {
                            return "_".into();
                        };
                        let lang = Some(*id) == self.defs.lang.option
                            || Some(*id) == self.defs.lang.result;
                        let dot = if lang { "" } else { "." };
                        let name = &vs[*v as usize].name;
                        if parts.is_empty() {
                            format!("{dot}{name}")
                        } else {
                            format!("{dot}{name}({})", parts.join(", "))
                        }
                    }
                }
            }
        }
    }
}
