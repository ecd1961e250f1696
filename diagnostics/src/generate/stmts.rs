//! Statements: which comes next, bindings, calls, assignments.

use super::Gen;
use super::swarm::Feature;
use super::types::{Can, INT, NARROW, Ty};

/// Few names, so that they hide one another.
const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "x", "y", "z"];

impl Gen<'_, '_> {
    pub(super) fn name(&mut self) -> String {
        NAMES[self.u.below(NAMES.len())].to_string()
    }

    pub(super) fn statements(&mut self, n: usize) {
        for _ in 0..n {
            if self.budget <= 0 {
                return;
            }
            self.statement();
        }
    }

    fn statement(&mut self) {
        self.budget -= 3;
        self.cost += self.turns;
        let f = |g: &Self, feature, base| g.swarm.scaled(feature, base);
        let weights = [
            16,
            22,
            8,
            f(self, Feature::DroppedAliases, 5),
            f(self, Feature::CallbackChanges, 4),
            5,
            5,
            8,
            f(self, Feature::Matches, 8),
            7,
            f(self, Feature::EarlyExits, 4),
            match self.classes.is_empty() {
                true => 0,
                false => f(self, Feature::Classes, 14),
            },
            match self.deferred {
                true => 0,
                false => f(self, Feature::Defer, 3),
            },
            f(self, Feature::SoleMoves, 6),
            f(self, Feature::Destructuring, 5),
            f(self, Feature::LetElse, 3),
            3,
            4,
            1,
            f(self, Feature::StdModules, 3),
            f(self, Feature::Input, 3),
            f(self, Feature::GenericClasses, 3),
            f(self, Feature::Unique, 4),
        ];
        match self.u.weighted(&weights) {
            0 => self.let_statement(),
            1 => self.update_some(),
            2 => self.print_some(),
            3 => self.dropped_alias(),
            4 => self.change_while_going_over(),
            5 => self.if_statement(),
            6 => self.if_let_statement(),
            7 => self.loop_statement(),
            8 => self.match_statement(),
            9 => self.call_statement(),
            10 => self.exit_statement(),
            11 => self.object_statement(),
            12 => self.defer_statement(),
            13 => self.sole_statement(),
            14 => self.destructure(),
            15 => self.let_else(),
            16 => self.swap_or_share(),
            17 => self.late_binding(),
            19 => self.library_statement(),
            20 => self.input_statement(),
            21 => self.generic_object(),
            22 => self.ask_unique(),
            _ => match self.turns {
                1 => self.growth(),
                _ => self.update_some(),
            },
        }
    }

    /// A type to make something of; small at depth 0.
    pub(super) fn some_type(&mut self, depth: usize) -> Ty {
        match self.any_type(depth) {
            ty if self.pure && self.decls.can(&ty, Can::Reach) => Ty::list(INT),
            ty => ty,
        }
    }

    fn any_type(&mut self, depth: usize) -> Ty {
        let f = |g: &Self, feature, base| match depth {
            0 => 0,
            _ => g.swarm.scaled(feature, base),
        };
        let weights = [
            10,
            3,
            8,
            f(self, Feature::Structs, 9),
            if depth > 0 { 16 } else { 0 },
            f(self, Feature::Arrays, 8),
            f(self, Feature::Maps, 7),
            f(self, Feature::Sets, 4),
            f(self, Feature::Tuples, 5),
            f(self, Feature::Optionals, 6),
            f(self, Feature::Enums, 8),
            f(self, Feature::Classes, 6),
            f(self, Feature::Closures, 4),
            f(self, Feature::Any, 6),
            f(self, Feature::Generics, 6),
            self.swarm.scaled(Feature::NarrowInts, 3),
            self.swarm.scaled(Feature::Floats, 3),
            2,
            f(self, Feature::Results, 3),
            if self.type_params > 0 { 25 } else { 0 },
            f(self, Feature::Weak, 2),
            f(self, Feature::Deques, 5),
        ];
        let near = depth.saturating_sub(1);
        match self.u.weighted(&weights) {
            0 => INT,
            1 => Ty::Bool,
            2 => Ty::Str,
            3 => self.some_adt(|adt| !adt.is_class && adt.params == 0 && adt.variants().is_empty()),
            4 => Ty::list(self.some_type(near)),
            5 => Ty::Array(Box::new(self.some_type(near))),
            6 => {
                let key = if self.u.chance(70) { Ty::Str } else { INT };
                Ty::map(key, self.some_type(near))
            }
            7 => Ty::Set(Box::new(self.some_key())),
            8 => Ty::Tuple(vec![self.some_type(near), self.some_type(near)]),
            9 => match self.some_type(near) {
                t @ (Ty::Opt(_) | Ty::Res(..)) => t,
                t => Ty::opt(t),
            },
            10 => self.some_adt(|adt| adt.params == 0 && !adt.variants().is_empty()),
            11 => match self.u.pick(&self.classes.clone()) {
                Some(&class) => Ty::Ptr(class),
                None => INT,
            },
            12 if !self.in_types => self.some_fn_type(),
            13 if !self.in_types => {
                let i = self.u.below(self.decls.traits.len());
                match self.implementors.get(i) {
                    Some(who) if !who.is_empty() => Ty::Any(i),
                    _ => INT,
                }
            }
            14 => match self.some_adt(|adt| adt.params == 1) {
                Ty::Adt(i, _) => {
                    let arg = self.some_type(0);
                    Ty::Adt(i, vec![arg])
                }
                other => other,
            },
            15 => Ty::Int(NARROW[self.u.below(NARROW.len())]),
            16 => Ty::Float(["float", "f32"][self.u.below(2)]),
            17 => Ty::Char,
            18 => match self.some_type(near) {
                t @ (Ty::Opt(_) | Ty::Res(..)) => t,
                t => {
                    let e = self.error_type();
                    Ty::Res(Box::new(t), Box::new(e))
                }
            },
            19 => Ty::Param(0),
            20 => match self.u.pick(&self.classes.clone()) {
                Some(&class) => Ty::Weak(class),
                None => INT,
            },
            21 => match self.u.chance(60) {
                true => Ty::Deque(Box::new(self.some_type(near))),
                false => Ty::Heap(Box::new(
                    [INT, Ty::Str, Ty::list(INT)][self.u.below(3)].clone(),
                )),
            },
            _ => INT,
        }
    }

    fn some_adt(&mut self, which: impl Fn(&super::types::Adt) -> bool) -> Ty {
        let fits: Vec<usize> = (0..self.decls.adts.len())
            .filter(|&i| which(&self.decls.adts[i]))
            .collect();
        match self.u.pick(&fits) {
            Some(&i) => Ty::Adt(i, Vec::new()),
            None => Ty::list(INT),
        }
    }

    /// A type that can be a key.
    pub(super) fn some_key(&mut self) -> Ty {
        match self.u.below(6) {
            0 | 1 => Ty::Str,
            2 => Ty::Char,
            3 => Ty::Tuple(vec![INT, Ty::Str]),
            4 => Ty::list(INT),
            _ => INT,
        }
    }

    /// `let name: T = value`; the variable.
    pub(super) fn bind(&mut self, ty: &Ty, value: String, mutable: bool) -> usize {
        let name = self.name();
        let keyword = if mutable { "var" } else { "let" };
        let shown = match self.u.chance(40) {
            true => format!(": {}", self.show(ty)),
            false => String::new(),
        };
        self.out.line(format!("{keyword} {name}{shown} = {value}"));
        self.scope.declare(&name, ty.clone(), mutable)
    }

    pub(super) fn let_statement(&mut self) {
        let ty = self.some_type(3);
        let mutable = self.u.chance(70);
        // A share of something at hand joins its group.
        let paths = self.shared_source(&ty);
        let i = match paths {
            Some((text, group)) if self.u.chance(30) => {
                let i = self.bind(&ty, text, mutable);
                self.scope.vars[i].group = group;
                i
            }
            _ => {
                let value = self.typed(&ty, 2);
                self.bind(&ty, value, mutable)
            }
        };
        self.maybe_alias(i);
    }

    fn shared_source(&mut self, ty: &Ty) -> Option<(String, u32)> {
        let mut found = Vec::new();
        for i in self.scope.visible() {
            let var = &self.scope.vars[i];
            if var.ty == *ty && !(self.no_reach && self.decls.can(ty, Can::Reach)) {
                found.push((var.name.clone(), var.group));
            }
        }
        self.u.pick(&found).cloned()
    }

    /// A change of some place, and often a look at another member of its group.
    pub(super) fn update_some(&mut self) {
        let Some(place) = self.some_place() else {
            return self.let_statement();
        };
        let (root, group) = (place.root, self.scope.vars[place.root].group);
        self.update_statement(place);
        if self.turns > 20 || !self.u.chance(50) {
            return;
        }
        let others: Vec<usize> = self
            .scope
            .visible()
            .into_iter()
            .filter(|&i| i != root && self.scope.vars[i].group == group)
            .collect();
        match self.u.pick(&others).copied() {
            Some(other) => self.print_closure_or_var(other),
            None => {
                if self.u.chance(20) && self.scope.visible().contains(&root) {
                    self.print_closure_or_var(root);
                }
            }
        }
    }

    pub(super) fn print_closure_or_var(&mut self, i: usize) {
        let var = &self.scope.vars[i];
        if self.no_reach {
            return;
        }
        match &var.ty {
            Ty::Fn(params, _) if params.is_empty() => {
                self.out.line(format!("print({}())", var.name));
            }
            Ty::Fn(..) => {}
            _ => self.print_var(i),
        }
    }

    fn print_some(&mut self) {
        if self.turns > 40 {
            return;
        }
        let visible = self.scope.visible();
        match self.u.pick(&visible).copied() {
            Some(i) if self.u.chance(70) => self.print_closure_or_var(i),
            _ => {
                let ty = self.some_type(2);
                let value = self.typed(&ty, 2);
                self.out.line(format!("print({value})"));
            }
        }
    }

    /// A call for what it does; what it gives is thrown away or bound.
    fn call_statement(&mut self) {
        let fits: Vec<usize> = (0..self.fns.len())
            .filter(|&i| self.affordable(i) && self.fns[i].is_plain())
            .collect();
        let Some(i) = self.u.pick(&fits).copied() else {
            return self.update_some();
        };
        let ret = self.fns[i].ret.clone();
        let call = self.call(i, &[], 2);
        if ret == Ty::Unit {
            return self.out.line(call);
        }
        match self.u.below(3) {
            0 => self.out.line(format!("_ = {call}")),
            1 if self.turns <= 40 => self.out.line(format!("print({call})")),
            _ => {
                let mutable = self.u.chance(60);
                let i = self.bind(&ret, call, mutable);
                self.maybe_alias(i);
            }
        }
    }

    /// `:=`, `move`, `copy`.
    fn sole_statement(&mut self) {
        let ty = self.some_type(2);
        let mut found = Vec::new();
        for i in self.scope.visible() {
            let var = &self.scope.vars[i];
            let heap = self.decls.can(&var.ty, Can::Share);
            if heap && !(self.no_reach && self.decls.can(&var.ty, Can::Reach)) {
                found.push(i);
            }
        }
        let Some(i) = self.u.pick(&found).copied() else {
            let value = self.typed(&ty, 2);
            let value = self.not_moved(value);
            let name = self.name();
            self.out.line(format!("var {name} := {value}"));
            self.scope.declare(&name, ty, true);
            return;
        };
        let var = self.scope.vars[i].clone();
        let name = self.name();
        match self.u.below(4) {
            // A bare local's name ends.
            0 | 1 if self.scope.can_move(i) && name != var.name => {
                self.scope.vars[i].dead = true;
                self.out.line(format!("var {name} := {}", var.name));
            }
            2 if self.scope.can_move(i) && name != var.name => {
                self.scope.vars[i].dead = true;
                self.out.line(format!("var {name} = move {}", var.name));
            }
            3 if self.scope.can_change(i) && self.scope.can_move(i) => {
                self.out.line(format!("{0} := {0}", var.name));
                return;
            }
            _ => self.out.line(format!("var {name} = copy {}", var.name)),
        }
        self.scope.declare(&name, var.ty, true);
    }

    /// A source of `:=` that is no bare variable, which would end there.
    pub(super) fn not_moved(&self, text: String) -> String {
        match self.is_plain_name(&text) {
            true => format!("copy {text}"),
            false => text,
        }
    }

    fn destructure(&mut self) {
        let (a, b) = (self.some_type(1), self.some_type(2));
        let ty = Ty::Tuple(vec![a.clone(), b.clone()]);
        let value = self.typed(&ty, 2);
        let (x, y) = (self.name(), self.name());
        if x == y {
            return self.out.line(format!("_ = {value}"));
        }
        let mutable = self.u.chance(60);
        let keyword = if mutable { "var" } else { "let" };
        self.out.line(format!("{keyword} ({x}, {y}) = {value}"));
        self.scope.declare(&x, a, mutable);
        self.scope.declare(&y, b, mutable);
    }

    fn let_else(&mut self) {
        let ty = self.some_type(2);
        let value = self.typed(&Ty::opt(ty.clone()), 2);
        let Some(exit) = self.exit_expr() else {
            return self.let_statement();
        };
        let name = self.name();
        self.out
            .line(format!("let some({name}) = {value} else {{ {exit} }}"));
        self.scope.declare(&name, ty, false);
    }

    /// `(a, b) = (b, a)`, `a = b`.
    fn swap_or_share(&mut self) {
        let visible = self.scope.visible();
        for &i in &visible {
            let var = &self.scope.vars[i];
            let same = |j: &&usize| **j != i && self.scope.vars[**j].ty == var.ty;
            if !self.scope.can_change(i) || (self.no_reach && self.decls.can(&var.ty, Can::Reach)) {
                continue;
            }
            let Some(&j) = visible.iter().find(same) else {
                continue;
            };
            let (x, y) = (var.name.clone(), self.scope.vars[j].name.clone());
            match self.scope.can_change(j) && self.u.chance(50) {
                true => self.out.line(format!("({x}, {y}) = ({y}, {x})")),
                false => {
                    self.out.line(format!("{x} = {y}"));
                    self.scope.vars[i].group = self.scope.vars[j].group;
                }
            }
            return;
        }
        self.let_statement();
    }

    /// `let x: T`, given its value by each branch.
    fn late_binding(&mut self) {
        let ty = self.some_type(2);
        let cond = self.cond(1);
        // Both are made before the name is known: it may hide one that they use.
        let (a, b) = (self.expr(&ty, 2), self.expr(&ty, 2));
        let (name, shown) = (self.name(), self.show(&ty));
        self.labels += 1;
        let late = format!("l{}", self.labels);
        self.out.line(format!("let {late}: {shown}"));
        self.out.line(format!(
            "if {cond} {{ {late} = {a} }} else {{ {late} = {b} }}"
        ));
        let mutable = self.u.chance(50);
        let keyword = if mutable { "var" } else { "let" };
        self.out.line(format!("{keyword} {name} = {late}"));
        self.scope.declare(&name, ty, mutable);
    }
}
