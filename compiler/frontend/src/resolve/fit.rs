//! Patterns of types: does an impl's type fit a type, and can two impls meet?
//!
//! No recursion: types are as deep as programs make them.

use crate::types::{Ty, TyData, Types, for_each_part};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    Yes,
    /// An inference variable stands where it matters.
    Maybe,
    No,
}

/// Matches patterns, whose `Param`s are variables, with types, whose `Param`s are constants.
/// `args` gets what each variable stands for.
pub fn fit(types: &Types, pairs: &[(Ty, Ty)], args: &mut [Option<Ty>]) -> Fit {
    let mut result = Fit::Yes;
    let mut stack: Vec<(Ty, Ty)> = pairs.iter().rev().copied().collect();
    while let Some((pattern, ty)) = stack.pop() {
        if pattern == ty && !types.has_param(pattern) && !types.has_infer(ty) {
            continue;
        }
        let (p, t) = (types.data(pattern), types.data(ty));
        if let TyData::Param(i) = p {
            match args.get_mut(*i as usize) {
                None => return Fit::No,
                Some(slot @ None) => *slot = Some(ty),
                Some(Some(bound)) if *bound == ty => {}
                Some(Some(bound)) => {
                    if !types.has_infer(*bound) && !types.has_infer(ty) {
                        return Fit::No;
                    }
                    result = Fit::Maybe;
                }
            }
            continue;
        }
        match (p, t) {
            (TyData::Error, _) | (_, TyData::Error) => {}
            (_, TyData::Infer(_)) => result = Fit::Maybe,
            _ if same_head(p, t) => push_parts(types, &mut stack, pattern, ty),
            _ => return Fit::No,
        }
    }
    result
}

/// The same constructor with the same number of parts.
fn same_head(a: &TyData, b: &TyData) -> bool {
    match (a, b) {
        (TyData::Tuple(x), TyData::Tuple(y)) => x.len() == y.len(),
        (TyData::Adt(i, x), TyData::Adt(j, y)) => i == j && x.len() == y.len(),
        (TyData::Any(i, x), TyData::Any(j, y)) => i == j && x.len() == y.len(),
        (TyData::Fn(x, _), TyData::Fn(y, _)) => x.len() == y.len(),
        (TyData::Int(x), TyData::Int(y)) => x == y,
        (TyData::Float(x), TyData::Float(y)) => x == y,
        (TyData::Param(x), TyData::Param(y)) | (TyData::Infer(x), TyData::Infer(y)) => x == y,
        _ => std::mem::discriminant(a) == std::mem::discriminant(b),
    }
}

fn push_parts(types: &Types, stack: &mut Vec<(Ty, Ty)>, a: Ty, b: Ty) {
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for_each_part(types.data(a), |t| xs.push(t));
    for_each_part(types.data(b), |t| ys.push(t));
    stack.extend(xs.into_iter().zip(ys).rev());
}

/// Variables of two patterns, made equal: what each stands for.
pub struct Unifier<'a> {
    types: &'a Types,
    vars: Vec<Option<Ty>>,
}

impl<'a> Unifier<'a> {
    /// `count` variables, `Param(0)` to `Param(count - 1)`.
    pub fn new(types: &'a Types, count: usize) -> Unifier<'a> {
        Unifier {
            types,
            vars: vec![None; count],
        }
    }

    /// Is there a type that both describe?
    pub fn unify(&mut self, a: Ty, b: Ty) -> bool {
        let mut stack = vec![(a, b)];
        while let Some((a, b)) = stack.pop() {
            let (a, b) = (self.resolve(a), self.resolve(b));
            if a == b {
                continue;
            }
            match (self.types.data(a), self.types.data(b)) {
                (TyData::Error, _) | (_, TyData::Error) => return false,
                (TyData::Param(i), _) => {
                    if self.occurs(*i, b) {
                        return false;
                    }
                    self.vars[*i as usize] = Some(b);
                }
                (_, TyData::Param(i)) => {
                    if self.occurs(*i, a) {
                        return false;
                    }
                    self.vars[*i as usize] = Some(a);
                }
                (x, y) if same_head(x, y) => push_parts(self.types, &mut stack, a, b),
                _ => return false,
            }
        }
        true
    }

    /// What a variable stands for; itself if it is free.
    pub fn resolve(&self, mut ty: Ty) -> Ty {
        while let TyData::Param(i) = self.types.data(ty) {
            match self.vars[*i as usize] {
                Some(next) => ty = next,
                None => break,
            }
        }
        ty
    }

    fn occurs(&self, var: u32, ty: Ty) -> bool {
        let mut stack = vec![ty];
        while let Some(ty) = stack.pop() {
            let ty = self.resolve(ty);
            if !self.types.has_param(ty) {
                continue;
            }
            match self.types.data(ty) {
                TyData::Param(i) if *i == var => return true,
                data => for_each_part(data, |t| stack.push(t)),
            }
        }
        false
    }
}
