//! Patterns of sharing that chance alone would make too rarely: aliases of every kind, aliases that
//! go before a change, operations on oneself, callbacks that change what is gone over.

use super::Gen;
use super::swarm::Feature;
use super::types::{Can, INT, Ty};

impl Gen<'_, '_> {
    /// What chance must not leave out: in `main`, each in a good part of all programs.
    pub(super) fn sure_idioms(&mut self) {
        if self.u.chance(65) {
            self.share_and_change();
        }
        if self.u.chance(25) {
            self.dropped_alias();
        }
        if self.on(Feature::Cycles) && self.u.chance(50) {
            self.dead_cycle();
        }
        if self.on(Feature::Weak) && self.u.chance(60) {
            self.weak_both_ways();
        }
        if self.on(Feature::CallbackChanges) && self.u.chance(40) {
            self.change_while_going_over();
        }
    }

    /// Two holders, a change through each of them.
    fn share_and_change(&mut self) {
        let mut found = Vec::new();
        for i in self.scope.visible() {
            let var = &self.scope.vars[i];
            if self.scope.can_change(i) && self.decls.can(&var.ty, Can::Share) {
                found.push(i);
            }
        }
        let i = match self.u.pick(&found).copied() {
            Some(i) => i,
            None => {
                let elem = self.some_type(2);
                let ty = match self.u.below(3) {
                    0 => Ty::Array(Box::new(elem)),
                    _ => Ty::list(elem),
                };
                let value = match self.constructor(&ty, 2, false) {
                    Some(text) => text,
                    None => self.leaf(&ty, false),
                };
                self.bind(&ty, value, true)
            }
        };
        let var = self.scope.vars[i].clone();
        let name = self.other_name();
        self.out.line(format!("var {name} = {}", var.name));
        let alias = self.scope.declare(&name, var.ty.clone(), true);
        self.scope.vars[alias].group = var.group;
        for at in [i, alias, i] {
            if self.scope.visible().contains(&at) {
                let place = self.place_at(at);
                self.update_statement(place);
            }
        }
        // What it was given to may have moved it.
        if self.scope.visible().contains(&alias) {
            self.print_closure_or_var(alias);
        }
    }

    /// Objects that only each other lead to.
    fn dead_cycle(&mut self) {
        let Some(&class) = self.u.pick(&self.classes.clone()) else {
            return;
        };
        let object = self.leaf(&Ty::Ptr(class), false);
        let fields = self.decls.adts[class].fields();
        let tie = match fields.iter().any(|(name, _, _)| name == "next") {
            true => "q.next = q",
            false => "q.kids.push!(q)",
        };
        self.out.line(format!("{{ let q = {object}; {tie} }}"));
    }

    fn weak_both_ways(&mut self) {
        let Some(&class) = self.u.pick(&self.classes.clone()) else {
            return;
        };
        let (name, shown) = (self.name(), self.show(&Ty::Weak(class)));
        let object = self.leaf(&Ty::Ptr(class), false);
        self.out.line(format!("var {name}: {shown} = weak()"));
        self.out.open("{");
        self.out.line(format!("let q = {object}"));
        self.out.line(format!("{name} = weak(q)"));
        let look =
            format!("print(if {name}.get().is_some() {{ \"~w some\" }} else {{ \"~w none\" }})");
        self.out.line(&look);
        self.out.close("}");
        self.out.line(&look);
        self.scope.declare(&name, Ty::Weak(class), true);
    }

    /// After a binding of something with storage: often one more holder of it.
    pub(super) fn maybe_alias(&mut self, i: usize) {
        let var = &self.scope.vars[i];
        if !self.on(Feature::Aliases)
            || !self.decls.can(&var.ty, Can::Share)
            || var.dead
            || !self.u.chance(35)
        {
            return;
        }
        let (name, ty, group) = (var.name.clone(), var.ty.clone(), var.group);
        let new_name = self.name();
        if new_name == name {
            return;
        }
        let mutable = self.u.chance(50);
        let keyword = if mutable { "var" } else { "let" };
        let weights = [40, 20, 15, 15, 10];
        let (text, new_ty) = match self.u.weighted(&weights) {
            0 => (name, ty),
            1 => (format!("({name}, 1)"), Ty::Tuple(vec![ty, INT])),
            2 if self.on(Feature::Closures) => {
                let shown = self.show(&ty);
                let gives = Ty::Fn(vec![], Box::new(ty));
                (format!("|| -> {shown} {{ {name} }}"), gives)
            }
            3 => (format!("[{name}, {name}]"), Ty::list(ty)),
            _ => (format!("some({name})"), Ty::opt(ty)),
        };
        self.out.line(format!("{keyword} {new_name} = {text}"));
        let alias = self.scope.declare(&new_name, new_ty, mutable);
        self.scope.vars[alias].group = group;
    }

    /// A change of a variable whose alias has just gone: it must be in place again.
    pub(super) fn dropped_alias(&mut self) {
        let mut found = Vec::new();
        for i in self.scope.visible() {
            let var = &self.scope.vars[i];
            if self.scope.can_change(i) && var.ty.is_sequence() && var.loops == self.scope.loops {
                found.push(i);
            }
        }
        let Some(i) = self.u.pick(&found).copied() else {
            return self.update_some();
        };
        let var = self.scope.vars[i].clone();
        let (Ty::List(elem) | Ty::Array(elem)) = &var.ty else {
            return;
        };
        let name = &var.name;
        // Its own storage at the beginning, whoever shared it before.
        let value = self.leaf(elem, true);
        self.out.line(format!("{name} = [{value}]"));
        self.scope.vars[i].group = self.scope.new_group();
        match self.u.below(3) {
            0 => {
                self.out
                    .line(format!("{{ let q = {name}; print(q.len()) }}"));
            }
            1 => {
                let shown = self.show(&var.ty);
                self.out.open("{");
                self.out.line(format!("var q: {shown} = {name}"));
                self.out.line("q = []");
                let value = self.leaf(elem, true);
                self.out
                    .line(format!("{name}.push!({value}) // alone again"));
                self.out.line("print(q.len())");
                self.out.close("}");
                return;
            }
            _ => {
                self.out.line(format!("print([{name}].len())"));
            }
        }
        let value = self.leaf(elem, true);
        self.out
            .line(format!("{name}.push!({value}) // alone again"));
    }

    /// A loop or callback over something that is changed meanwhile.
    pub(super) fn change_while_going_over(&mut self) {
        let mut found = Vec::new();
        for i in self.scope.visible() {
            let var = &self.scope.vars[i];
            if let Ty::List(elem) = &var.ty
                && self.scope.can_change(i)
            {
                found.push((var.name.clone(), (**elem).clone()));
            }
        }
        // The same in an object, where a callback can do it.
        let mut in_objects = Vec::new();
        for &class in &self.classes {
            for p in self.paths(&Ty::Ptr(class)) {
                for (field, ty, _) in self.decls.adts[class].fields() {
                    if let Ty::List(elem) = ty {
                        in_objects.push((format!("{p}.{field}"), (**elem).clone()));
                    }
                }
            }
        }
        if self.turns > 64 {
            return self.update_some();
        }
        if self.u.chance(60)
            && let Some((at, elem)) = self.u.pick(&in_objects).cloned()
        {
            let value = self.leaf(&elem, true);
            let line = match self.u.below(4) {
                0 => format!(
                    "_ = {at}.map(|q| {{ if {at}.len() < 20 {{ {at}.push!(q) }}; print(\"~cb\"); 0 }})"
                ),
                1 => format!("_ = {at}.count(|_| {{ {at} = [{value}]; print(\"~cb\"); true }})"),
                2 => format!("for q in {at} {{ {at}.pop!(); print(\"~cb\"); _ = q }}"),
                _ => format!(
                    "_ = {at}.fold(0, |l, _| {{ if {at}.len() < 20 {{ {at}.push_first!({value}) }}; print(\"~cb\"); l +% 1 }})"
                ),
            };
            return self.out.line(line);
        }
        let Some((name, elem)) = self.u.pick(&found).cloned() else {
            return self.update_some();
        };
        let value = self.leaf(&elem, true);
        let line = match self.u.below(4) {
            0 => format!("for q in {name} {{ if {name}.len() < 20 {{ {name}.push!(q) }} }}"),
            1 => format!(
                "for (i, q) in {name}.enumerate() {{ if i < {name}.len() {{ {name}[i] = q }} }}"
            ),
            2 => format!("for q in {name} {{ {name}.pop!(); _ = q; {name}.push_first!({value}) }}"),
            _ => format!("for q in {name} {{ {name} = [q] }}"),
        };
        self.out.line(line);
    }

    /// A list that grows in a loop, alone: its storage must grow where it is.
    pub(super) fn growth(&mut self) {
        let elem = self.some_type(1);
        let ty = match self.on(Feature::Arrays) && self.u.chance(50) {
            true => Ty::Array(Box::new(elem.clone())),
            false => Ty::list(elem.clone()),
        };
        let (name, shown) = (self.name(), self.show(&ty));
        let value = self.leaf(&elem, true);
        self.out.line(format!("var {name}: {shown} = []"));
        let n = 10 + self.u.below(60);
        self.cost += self.turns * n as u64;
        let keep = match self.u.chance(30) {
            true => format!("; if i == {} {{ q = {name} }}", n / 2),
            false => String::new(),
        };
        if !keep.is_empty() {
            self.out.line(format!("var q: {shown} = []"));
        }
        self.out.line(format!(
            "for i in 0..{n} {{ {name}.push!({value}); _ = i{keep} }}"
        ));
        if !keep.is_empty() {
            self.out.line("print(q.len())");
        }
        self.scope.declare(&name, ty, true);
    }
}
