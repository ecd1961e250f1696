//! Closures, and the functions that are given one.

use super::Gen;
use super::print::as_last;
use super::swarm::Feature;
use super::types::{Can, INT, Ty};

/// A list is hardly longer, so a closure that goes over one runs about so often.
const CALLED: u64 = 12;

impl Gen<'_, '_> {
    /// The smallest closure.
    pub(super) fn leaf_closure(&mut self, params: &[Ty], ret: &Ty) -> String {
        let names: Vec<String> = (0..params.len()).map(|i| format!("_p{i}")).collect();
        let shown: Vec<String> = names
            .iter()
            .zip(params)
            .map(|(name, ty)| format!("{name}: {}", self.show(ty)))
            .collect();
        let body = self.inside_closure(ret, 1, |g| {
            let mark = g.scope.vars.len();
            for (name, ty) in names.iter().zip(params) {
                g.scope.declare(name, ty.clone(), false);
            }
            let body = g.leaf(ret, true);
            g.scope.leave(mark);
            body
        });
        let ret = self.show(ret);
        format!("(|{}| -> {ret} {{ {} }})", shown.join(", "), as_last(body))
    }

    /// A closure; with its types written out, or bare where the place says them.
    pub(super) fn closure(&mut self, params: &[Ty], ret: &Ty, depth: usize, full: bool) -> String {
        self.closure_with(params, ret, depth, full, |g| g.expr(ret, depth))
    }

    /// As `closure`, with a body of one's own.
    pub(super) fn closure_with(
        &mut self,
        params: &[Ty],
        ret: &Ty,
        depth: usize,
        full: bool,
        body: impl FnOnce(&mut Self) -> String,
    ) -> String {
        let mut names: Vec<String> = Vec::new();
        for _ in params {
            let mut name = self.name();
            while names.contains(&name) {
                name.push('1');
            }
            names.push(name);
        }
        let text = self.inside_closure(ret, CALLED, |g| {
            let mark = g.scope.vars.len();
            for (name, ty) in names.iter().zip(params) {
                g.scope.declare(name, ty.clone(), false);
            }
            let before = match depth > 0 && g.u.chance(12) {
                true => g.closure_statement(),
                false => String::new(),
            };
            let body = body(g);
            g.scope.leave(mark);
            format!("{before}{}", as_last(body))
        });
        let list: Vec<String> = match full {
            false => names,
            true => names
                .iter()
                .zip(params)
                .map(|(name, ty)| format!("{name}: {}", self.show(ty)))
                .collect(),
        };
        match full {
            true => format!("(|{}| -> {} {{ {text} }})", list.join(", "), self.show(ret)),
            false => format!("(|{}| {{ {text} }})", list.join(", ")),
        }
    }

    /// A statement before a closure's value: an effect on an object, or a local of its own.
    fn closure_statement(&mut self) -> String {
        if !self.no_reach
            && self.u.chance(50)
            && let Some(text) = self.object_effect()
        {
            return format!("{text}; ");
        }
        let ty = self.some_type(1);
        let value = self.typed(&ty, 1);
        let name = self.name();
        self.scope.declare(&name, ty, false);
        format!("let {name} = {value}; ")
    }

    /// What is written inside sees all variables as captures, and leaves by the closure's `return`.
    fn inside_closure<T>(&mut self, ret: &Ty, turns: u64, write: impl FnOnce(&mut Self) -> T) -> T {
        let floor = std::mem::replace(&mut self.scope.floor, self.scope.vars.len());
        let ret = std::mem::replace(&mut self.ret, ret.clone());
        let loops = std::mem::take(&mut self.loops);
        let deferred = std::mem::replace(&mut self.deferred, false);
        self.turns *= turns;
        self.closures += 1;
        self.scope.loops += 1;
        let written = write(self);
        self.scope.loops -= 1;
        self.closures -= 1;
        self.turns /= turns;
        self.deferred = deferred;
        self.loops = loops;
        self.ret = ret;
        self.scope.floor = floor;
        written
    }

    /// A function value for a parameter of a library function: a closure, or a variable that is
    /// one, or a function's name.
    pub(super) fn callback(&mut self, params: &[Ty], ret: &Ty, depth: usize, open: bool) -> String {
        let ty = Ty::Fn(params.to_vec(), Box::new(ret.clone()));
        let paths = self.paths(&ty);
        if !paths.is_empty() && self.u.chance(25) {
            return self.u.pick(&paths).cloned().unwrap_or_default();
        }
        // What the result's type is must be written where it decides the call's.
        let full = open || self.u.chance(30);
        self.closure(params, ret, depth.min(2), full)
    }

    /// `|a, b| a < b`, mostly a sensible order.
    pub(super) fn ordering(&mut self, ty: &Ty) -> String {
        match self.decls.can(ty, Can::Ord) && self.u.chance(80) {
            true => "|l, r| l < r".to_string(),
            false => self.callback(&[ty.clone(), ty.clone()], &Ty::Bool, 1, false),
        }
    }

    /// A call of a closure that is at hand.
    pub(super) fn closure_call(&mut self, ret: &Ty, depth: usize) -> Option<String> {
        if !self.on(Feature::Closures) || self.turns > 30 {
            return None;
        }
        let mut found: Vec<(String, Vec<Ty>)> = Vec::new();
        for i in self.scope.visible() {
            let var = &self.scope.vars[i];
            if let Ty::Fn(params, gives) = &var.ty
                && **gives == *ret
                && !self.no_reach
            {
                found.push((var.name.clone(), params.clone()));
            }
        }
        let (name, params) = self.u.pick(&found).cloned()?;
        self.cost += 20 * self.turns;
        let args: Vec<String> = params.iter().map(|t| self.expr(t, depth)).collect();
        Some(format!("{name}({})", args.join(", ")))
    }

    /// A function type to be a variable's or a field's.
    pub(super) fn some_fn_type(&mut self) -> Ty {
        let ret = self.some_type(1);
        let params = match self.u.below(3) {
            0 => vec![],
            1 => vec![INT],
            _ => vec![self.some_type(1)],
        };
        Ty::Fn(params, Box::new(ret))
    }
}
