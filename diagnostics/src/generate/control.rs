//! Control flow: branches, loops of every kind, matches, early exits, deferred blocks.

use super::Gen;
use super::swarm::Feature;
use super::types::{Can, INT, Kind, Ty};

/// A place in loops that is reached more often than this has no loops of its own.
const MANY: u64 = 100;

impl Gen<'_, '_> {
    /// Statements in a scope of their own.
    pub(super) fn block(&mut self, statements: usize) {
        let mark = self.scope.vars.len();
        self.statements(statements);
        self.digest(mark);
        self.scope.leave(mark);
    }

    pub(super) fn if_statement(&mut self) {
        let cond = self.cond(2);
        self.out.open(format!("if {cond} {{"));
        let n = 1 + self.u.below(3);
        self.block(n);
        if self.u.chance(40) {
            self.out.turn("} else {");
            let n = 1 + self.u.below(2);
            self.block(n);
        }
        self.out.close("}");
    }

    pub(super) fn if_let_statement(&mut self) {
        let ty = self.some_type(1);
        let value = self.typed(&Ty::opt(ty.clone()), 2);
        let name = self.name();
        let mark = self.scope.vars.len();
        let i = self.scope.declare(&name, ty, false);
        let more = match self.u.chance(25) {
            true => format!(" && {}", self.cond(1)),
            false => String::new(),
        };
        self.out
            .open(format!("if let some({name}) = ({value}){more} {{"));
        self.maybe_alias(i);
        let n = 1 + self.u.below(3);
        self.block(n);
        self.scope.leave(mark);
        if self.u.chance(30) {
            self.out.turn("} else {");
            self.block(1);
        }
        self.out.close("}");
    }

    /// A name for the loop, and what stands before it.
    fn label(&mut self) -> (Option<String>, String) {
        match self.on(Feature::Labels) && self.u.chance(30) {
            true => {
                self.labels += 1;
                let label = format!("'l{}", self.labels);
                let before = format!("{label}: ");
                (Some(label), before)
            }
            false => (None, String::new()),
        }
    }

    /// A loop's body: `open` has been written, `mark` is from before its variables.
    fn body(&mut self, label: Option<String>, turns: u64, mark: usize, first: Option<String>) {
        self.loops.push(label);
        self.turns *= turns;
        if let Some(first) = first {
            self.out.line(first);
        }
        let n = 1 + self.u.below(4);
        self.block(n);
        self.turns /= turns;
        self.loops.pop();
        self.scope.loops -= 1;
        self.scope.leave(mark);
        self.out.close("}");
    }

    pub(super) fn loop_statement(&mut self) {
        if self.turns > MANY {
            return self.update_some();
        }
        match self.u.below(10) {
            0 | 1 => self.range_loop(),
            2..=5 => self.for_loop(),
            6 if self.on(Feature::WhileLoops) => self.while_loop(),
            7 if self.on(Feature::WhileLoops) => self.drain_loop(),
            8 if self.on(Feature::WhileLoops) => self.endless_loop(),
            _ => self.for_loop(),
        }
    }

    fn range_loop(&mut self) {
        let (label, before) = self.label();
        let n = 1 + self.u.below(6);
        let name = self.name();
        let range = match self.u.below(4) {
            0 => format!("(0..{n}).reverse()"),
            1 => format!("0..={n}"),
            _ => format!("0..{n}"),
        };
        self.out.open(format!("{before}for {name} in {range} {{"));
        let mark = self.scope.vars.len();
        self.scope.loops += 1;
        self.scope.declare(&name, INT, false);
        self.body(label, n as u64 + 1, mark, None);
    }

    fn for_loop(&mut self) {
        let (label, before) = self.label();
        let mark = self.scope.vars.len();
        let elem = self.element_type();
        let (source, pattern, vars) = match self.u.below(7) {
            0 if self.on(Feature::Maps) => {
                let (k, v) = (self.name(), self.other_name());
                let map = self.typed(&Ty::map(Ty::Str, elem.clone()), 2);
                (map, format!("({k}, {v})"), vec![(k, Ty::Str), (v, elem)])
            }
            1 if self.on(Feature::Strings) => {
                let c = self.name();
                (self.typed(&Ty::Str, 1), c.clone(), vec![(c, Ty::Char)])
            }
            2 if self.on(Feature::Arrays) => {
                let x = self.name();
                let source = self.typed(&Ty::Array(Box::new(elem.clone())), 2);
                (source, x.clone(), vec![(x, elem)])
            }
            3 => {
                let (i, x) = (self.name(), self.other_name());
                let list = self.typed(&Ty::list(elem.clone()), 2);
                let source = format!("{list}.enumerate()");
                (source, format!("({i}, {x})"), vec![(i, INT), (x, elem)])
            }
            4 if self.on(Feature::Sets) && self.decls.can(&elem, Can::Hash) => {
                let x = self.name();
                let source = self.typed(&Ty::Set(Box::new(elem.clone())), 2);
                (source, x.clone(), vec![(x, elem)])
            }
            _ => {
                let x = self.name();
                (
                    self.typed(&Ty::list(elem.clone()), 2),
                    x.clone(),
                    vec![(x, elem)],
                )
            }
        };
        self.out
            .open(format!("{before}for {pattern} in ({source}) {{"));
        self.scope.loops += 1;
        for (name, ty) in vars {
            self.scope.declare(&name, ty, false);
        }
        self.body(label, 10, mark, None);
    }

    /// A name that is not the one drawn last.
    pub(super) fn other_name(&mut self) -> String {
        format!("{}2", self.name())
    }

    fn counter(&mut self) -> String {
        self.labels += 1;
        let name = format!("n{}", self.labels);
        self.out.line(format!("var {name} = 0"));
        name
    }

    fn while_loop(&mut self) {
        let (label, before) = self.label();
        let n = 1 + self.u.below(6);
        let counter = self.counter();
        let mark = self.scope.vars.len();
        self.scope.loops += 1;
        let cond = self.without_loops(|g| g.cond(1));
        self.out
            .open(format!("{before}while {counter} < {n} && {cond} {{"));
        self.body(label, n as u64, mark, Some(format!("{counter} += 1")));
    }

    /// What a loop's own head says cannot leave a loop.
    pub(super) fn without_loops<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let loops = std::mem::take(&mut self.loops);
        let written = write(self);
        self.loops = loops;
        written
    }

    /// `while let some(x) = xs.pop!()`
    fn drain_loop(&mut self) {
        let mut found = Vec::new();
        for i in self.scope.visible() {
            if let Ty::List(elem) = &self.scope.vars[i].ty
                && self.scope.can_change(i)
            {
                found.push((i, (**elem).clone()));
            }
        }
        let Some((i, elem)) = self.u.pick(&found).cloned() else {
            return self.for_loop();
        };
        let list = self.scope.vars[i].name.clone();
        let (label, before) = self.label();
        let counter = self.counter();
        let name = self.name();
        let method = ["pop", "pop_first"][self.u.below(2)];
        let head =
            format!("{before}while let some({name}) = {list}.{method}!() && {counter} < 8 {{");
        self.out.open(head);
        let mark = self.scope.vars.len();
        self.scope.loops += 1;
        self.scope.declare(&name, elem, false);
        self.body(label, 8, mark, Some(format!("{counter} += 1")));
    }

    fn endless_loop(&mut self) {
        let (label, before) = self.label();
        let n = 1 + self.u.below(5);
        let counter = self.counter();
        self.out.open(format!("{before}loop {{"));
        let mark = self.scope.vars.len();
        self.scope.loops += 1;
        let first = format!("{counter} += 1; if {counter} > {n} {{ break }}");
        self.body(label, n as u64, mark, Some(first));
    }

    pub(super) fn match_statement(&mut self) {
        let mut found = Vec::new();
        for i in self.scope.visible() {
            let var = &self.scope.vars[i];
            let matched = matches!(
                var.ty,
                Ty::Opt(_) | Ty::Res(..) | Ty::List(_) | Ty::Adt(..) | Ty::Any(_) | Ty::Tuple(_)
            );
            if matched && !(self.no_reach && self.decls.can(&var.ty, Can::Reach)) {
                found.push(i);
            }
        }
        let (text, ty) = match self.u.pick(&found).copied() {
            Some(i) if self.u.chance(70) => {
                let var = &self.scope.vars[i];
                (var.name.clone(), var.ty.clone())
            }
            _ => {
                let ty = match self.u.below(3) {
                    0 => INT,
                    1 => Ty::Str,
                    _ => self.some_type(2),
                };
                if matches!(ty, Ty::Ptr(_)) {
                    return self.if_let_statement();
                }
                (self.typed(&ty, 2), ty)
            }
        };
        self.match_on(&text, &ty);
    }

    fn match_on(&mut self, text: &str, ty: &Ty) {
        self.out.open(format!("match ({text}) {{"));
        match ty {
            Ty::Opt(t) => {
                let x = self.name();
                if self.u.chance(30) {
                    self.arm_if(&format!("some({x})"), &[(x.clone(), (**t).clone())]);
                }
                self.arm(&format!("some({x})"), &[(x.clone(), (**t).clone())]);
                self.arm("none", &[]);
            }
            Ty::Res(t, e) => {
                let x = self.name();
                self.arm(&format!("ok({x})"), &[(x.clone(), (**t).clone())]);
                let x = self.name();
                self.arm(&format!("err({x})"), &[(x.clone(), (**e).clone())]);
            }
            Ty::List(t) => self.list_arms(ty, t),
            Ty::Bool => {
                self.arm("true", &[]);
                self.arm("false", &[]);
            }
            Ty::Int("int") => {
                self.arm("0", &[]);
                self.arm("1..=3 | 7", &[]);
                let x = self.name();
                self.arm(&x.clone(), &[(x, INT)]);
            }
            Ty::Str => {
                self.arm("\"a\" | \"ab,c\"", &[]);
                let x = self.name();
                self.arm(&x.clone(), &[(x, Ty::Str)]);
            }
            Ty::Tuple(parts) => {
                let names: Vec<String> = (0..parts.len()).map(|i| format!("t_{i}")).collect();
                let vars: Vec<(String, Ty)> =
                    names.iter().cloned().zip(parts.iter().cloned()).collect();
                self.arm(&format!("({})", names.join(", ")), &vars);
            }
            Ty::Adt(i, args) => self.adt_arms(*i, args),
            Ty::Any(i) => {
                let who = self.implementors[*i].clone();
                if let Some(&adt) = self.u.pick(&who) {
                    let x = self.name();
                    let shown = self.decls.adts[adt].name.clone();
                    self.arm(
                        &format!("{x}: {shown}"),
                        &[(x.clone(), Ty::Adt(adt, vec![]))],
                    );
                }
                self.arm("_", &[]);
            }
            _ => {
                let x = self.name();
                self.arm(&x.clone(), &[(x, ty.clone())]);
            }
        }
        self.out.close("}");
    }

    fn list_arms(&mut self, ty: &Ty, elem: &Ty) {
        self.arm("[]", &[]);
        let (x, r) = (self.name(), self.other_name());
        match self.u.below(3) {
            0 => {
                self.arm(&format!("[{x}]"), &[(x.clone(), elem.clone())]);
                let vars = [(x.clone(), elem.clone()), (r.clone(), ty.clone())];
                self.arm(&format!("[{x}, ..{r}]"), &vars);
            }
            1 => {
                self.arm(&format!("[{x}]"), &[(x.clone(), elem.clone())]);
                let vars = [(x.clone(), elem.clone()), (r.clone(), elem.clone())];
                self.arm(&format!("[{x}, .., {r}]"), &vars);
            }
            _ => {
                let vars = [(r.clone(), ty.clone()), (x.clone(), elem.clone())];
                self.arm(&format!("[..{r}, {x}]"), &vars);
            }
        }
    }

    fn adt_arms(&mut self, adt: usize, args: &[Ty]) {
        match &self.decls.adts[adt].kind {
            Kind::Struct(fields) => {
                let fields = fields.clone();
                let at = self.u.below(fields.len());
                let shown = self.decls.adts[adt].name.clone();
                let x = self.name();
                match fields.get(at) {
                    Some((name, ty, _)) => {
                        let pattern = match fields.len() {
                            1 => format!("{shown}{{ {name}: {x} }}"),
                            _ => format!("{shown}{{ {name}: {x}, .. }}"),
                        };
                        self.arm(&pattern, &[(x.clone(), ty.with(args))]);
                    }
                    None => self.arm("_", &[]),
                }
            }
            Kind::Enum(variants) => {
                let variants = variants.clone();
                // All of them, or some and the rest.
                let shown = match self.u.chance(60) {
                    true => variants.len(),
                    false => 1 + self.u.below(variants.len() - 1),
                };
                for (name, payload) in variants.iter().take(shown) {
                    let vars: Vec<(String, Ty)> = payload
                        .iter()
                        .enumerate()
                        .map(|(i, (_, ty))| (format!("v_{i}"), ty.with(args)))
                        .collect();
                    let names: Vec<&str> = vars.iter().map(|(n, _)| &**n).collect();
                    let pattern = match vars.is_empty() {
                        true => format!(".{name}"),
                        false => format!(".{name}({})", names.join(", ")),
                    };
                    self.arm(&pattern, &vars);
                }
                if shown < variants.len() {
                    self.arm("_", &[]);
                }
            }
        }
    }

    fn arm(&mut self, pattern: &str, vars: &[(String, Ty)]) {
        self.out.open(format!("{pattern} => {{"));
        let mark = self.scope.vars.len();
        for (name, ty) in vars {
            self.scope.declare(name, ty.clone(), false);
        }
        let n = self.u.below(3);
        self.statements(n);
        self.digest(mark);
        self.scope.leave(mark);
        self.out.close("}");
    }

    /// An arm with a guard, which says nothing of what it leaves out.
    fn arm_if(&mut self, pattern: &str, vars: &[(String, Ty)]) {
        let mark = self.scope.vars.len();
        for (name, ty) in vars {
            self.scope.declare(name, ty.clone(), false);
        }
        // A guard moves nothing.
        self.scope.loops += 1;
        let cond = self.without_loops(|g| g.cond(1));
        let cond = match self.u.chance(15).then(|| self.exit_expr()).flatten() {
            // It leaves at times, or always: what its pattern's names lie in ends there.
            Some(exit) if self.u.chance(60) => {
                let test = self.without_loops(|g| g.cond(1));
                format!("({{ if {cond} {{ {exit} }}; {test} }})")
            }
            Some(exit) => format!("({{ print({cond}); {exit} }})"),
            None => cond,
        };
        self.scope.loops -= 1;
        self.out.open(format!("{pattern} if {cond} => {{"));
        self.statements(1);
        self.digest(mark);
        self.scope.leave(mark);
        self.out.close("}");
    }

    /// An expression that leaves the loop or the function.
    pub(super) fn exit_expr(&mut self) -> Option<String> {
        if self.deferred || self.pure {
            return None;
        }
        let text = match self.loops.is_empty() || self.u.chance(40) {
            true => match self.ret.clone() {
                Ty::Unit => "return".to_string(),
                ret => format!("return {}", self.leaf(&ret, true)),
            },
            false => {
                let word = ["break", "continue"][self.u.below(2)];
                let at = self.u.below(self.loops.len());
                match &self.loops[at] {
                    Some(label) => format!("{word} {label}"),
                    None => word.to_string(),
                }
            }
        };
        Some(format!("print(\"~exit\"); {text}"))
    }

    pub(super) fn exit_statement(&mut self) {
        if let Some(exit) = self.exit_expr() {
            let cond = self.cond(1);
            self.out.line(format!("if {cond} {{ {exit} }}"));
        }
    }

    /// `defer` of a change and of a look: what it names cannot be moved any more.
    pub(super) fn defer_statement(&mut self) {
        let visible: Vec<usize> = self
            .scope
            .visible()
            .into_iter()
            .filter(|&i| !matches!(self.scope.vars[i].ty, Ty::Fn(..)))
            .filter(|&i| !(self.no_reach && self.decls.can(&self.scope.vars[i].ty, Can::Reach)))
            .collect();
        let Some(i) = self.u.pick(&visible).copied() else {
            return;
        };
        self.scope.vars[i].pins += 1;
        let var = self.scope.vars[i].clone();
        let word = match matches!(self.ret, Ty::Res(..)) && self.u.chance(50) {
            true => "onfail",
            false => "defer",
        };
        let name = &var.name;
        let line = match &var.ty {
            Ty::List(elem) if self.scope.can_change(i) && self.u.chance(60) => {
                let value = self.leaf(elem, true);
                format!("{word} {{ {name}.push!({value}); print({name}.len()) }}")
            }
            _ => format!("{word} print(\"later {{{name}}}\")"),
        };
        self.out.line(line);
    }
}
