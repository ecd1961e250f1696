//! Objects: making them, tying them into cycles, looking at them through weak references.

use super::Gen;
use super::swarm::Feature;
use super::types::{INT, Ty};

impl Gen<'_, '_> {
    pub(super) fn object_statement(&mut self) {
        let class = match self.u.pick(&self.classes.clone()) {
            Some(&class) => class,
            None => return self.update_some(),
        };
        let pointers = self.paths(&Ty::Ptr(class));
        match self.u.below(8) {
            0 | 1 => self.new_object(class),
            2 if !pointers.is_empty() && self.on(Feature::Cycles) => self.tie(class, &pointers),
            3 | 4 if self.on(Feature::Weak) => self.look_through_weak(class, &pointers),
            5 if self.on(Feature::Cycles) => {
                let sees_deaths = self.on(Feature::Weak) || self.on(Feature::Deinit);
                if self.turns <= 8 && sees_deaths {
                    self.out.line("print(\"gc {gc()}\")");
                }
            }
            6 => match self.object_effect() {
                Some(text) => self.out.line(text),
                None => self.new_object(class),
            },
            _ if !pointers.is_empty() => self.whole_object(class, &pointers),
            _ => self.new_object(class),
        }
    }

    fn new_object(&mut self, class: usize) {
        let ty = Ty::Ptr(class);
        let value = match self.constructor(&ty, 2, false) {
            Some(text) => text,
            None => self.leaf(&ty, false),
        };
        let mutable = self.u.chance(50);
        self.bind(&ty, value, mutable);
    }

    /// `p.next = q`: with p for q, or two that lead to each other, a cycle.
    fn tie(&mut self, class: usize, pointers: &[String]) {
        let fields = self.decls.adts[class].fields().to_vec();
        let (Some(p), Some(q)) = (
            self.u.pick(pointers).cloned(),
            self.u.pick(pointers).cloned(),
        ) else {
            return;
        };
        for (name, ty, _) in &fields {
            let line = match ty {
                Ty::Opt(to) if **to == Ty::Ptr(class) => format!("{p}.{name} = {q}"),
                Ty::List(to) if **to == Ty::Ptr(class) => {
                    format!("if {p}.{name}.len() < 4 {{ {p}.{name}.push!({q}) }}")
                }
                Ty::Weak(to) if *to == class => format!("{p}.{name} = weak({q})"),
                _ => continue,
            };
            self.out.line(line);
        }
    }

    /// Prints which way it went: weak references that are gone are as wanted as others.
    fn look_through_weak(&mut self, class: usize, pointers: &[String]) {
        let weaks = self.paths(&Ty::Weak(class));
        let Some(w) = self.u.pick(&weaks).cloned() else {
            return self.new_weak(class, pointers);
        };
        let name = self.name();
        self.out.open(format!("if let some({name}) = {w}.get() {{"));
        let mark = self.scope.vars.len();
        self.scope.declare(&name, Ty::Ptr(class), false);
        self.out.line("print(\"~w some\")");
        if let Some(text) = self.object_effect() {
            self.out.line(text);
        }
        self.scope.leave(mark);
        self.out.turn("} else {");
        self.out.line("print(\"~w none\")");
        self.out.close("}");
    }

    fn new_weak(&mut self, class: usize, pointers: &[String]) {
        let ty = Ty::Weak(class);
        let name = self.name();
        match self.u.pick(pointers).cloned() {
            // To an object that is gone as soon as the block is left.
            _ if self.u.chance(40) => {
                let shown = self.show(&ty);
                let object = self.leaf(&Ty::Ptr(class), false);
                self.out.line(format!("var {name}: {shown} = weak()"));
                self.scope.declare(&name, ty, true);
                self.out
                    .line(format!("{{ let q = {object}; {name} = weak(q) }}"));
            }
            Some(p) => {
                self.out.line(format!("var {name} = weak({p})"));
                self.scope.declare(&name, ty, true);
            }
            None => self.new_object(class),
        }
    }

    /// The value of an object as a whole.
    fn whole_object(&mut self, class: usize, pointers: &[String]) {
        let Some(p) = self.u.pick(pointers).cloned() else {
            return;
        };
        match self.u.below(3) {
            0 => {
                let name = self.name();
                self.out.line(format!("let {name} = {p}.*"));
                self.scope.declare(&name, Ty::Adt(class, vec![]), false);
            }
            1 => {
                let other = self.paths(&Ty::Ptr(class));
                let q = self.u.pick(&other).cloned().unwrap_or_else(|| p.clone());
                self.out.line(format!("print({p} === {q})"));
            }
            _ => {
                let ty = Ty::Ptr(class);
                let mutable = self.u.chance(40);
                self.bind(&ty, p, mutable);
            }
        }
    }

    /// A change of an object, in one line, allowed in closures too.
    pub(super) fn object_effect(&mut self) -> Option<String> {
        let mut found = Vec::new();
        for &class in &self.classes {
            for path in self.paths(&Ty::Ptr(class)) {
                found.push((path, class));
            }
        }
        let (path, class) = self.u.pick(&found).cloned()?;
        let fields = self.decls.adts[class].fields().to_vec();
        let (name, ty, _) = self.u.pick(&fields).cloned()?;
        let at = format!("{path}.{name}");
        Some(match &ty {
            Ty::Int("int") => format!("{at} = {at} +% {}", self.typed(&INT, 0)),
            Ty::List(elem) if !self.decls.can_grow(elem) => {
                let value = self.expr(elem, 0);
                format!("if {at}.len() < 20 {{ {at}.push!({value}) }}")
            }
            _ => {
                let value = self.leaf(&ty, true);
                format!("{at} = {value}")
            }
        })
    }
}
