//! What is of the library's modules: input, files that are not there, random numbers, deques and
//! heaps; and questions that only an engine with counts can answer.

use super::Gen;
use super::places::Place;
use super::swarm::Feature;
use super::types::{Can, INT, Ty};

impl Gen<'_, '_> {
    /// The `use` lines that every module of the program begins with.
    pub(super) fn library_uses(&self) -> String {
        let mut text = String::new();
        if self.on(Feature::StdModules) {
            text += "use std.fs\nuse std.math\nuse std.random { Rng }\n";
        }
        if self.on(Feature::StdModules) || self.on(Feature::Input) {
            text += "use std.io\n";
        }
        text
    }

    /// Something with an effect: a generator of numbers, whose state is a value; output without a
    /// newline; a file that is not there.
    pub(super) fn library_statement(&mut self) {
        if self.turns > 40 || self.no_reach || self.pure {
            return self.update_some();
        }
        self.cost += 40 * self.turns;
        match self.u.below(5) {
            0 => {
                let n = self.typed(&INT, 1);
                self.out.line(format!(
                    "{{ var r = Rng.new({n}); print(r.below!(9)); print(r.bool!()); print(r.float!() < 1.0) }}"
                ));
            }
            1 | 2 => {
                let mut found = Vec::new();
                for i in self.scope.visible() {
                    let var = &self.scope.vars[i];
                    if matches!(var.ty, Ty::List(_)) && self.scope.can_change(i) {
                        found.push(var.name.clone());
                    }
                }
                let Some(xs) = self.u.pick(&found).cloned() else {
                    return self.let_statement();
                };
                let seed = self.u.below(100);
                let line = match self.u.below(3) {
                    0 => {
                        format!("{{ var r = Rng.new({seed}); {xs} = r.shuffle!({xs}); print(r) }}")
                    }
                    1 => format!("{{ var r = Rng.new({seed}); print(r.choose!({xs}).is_some()) }}"),
                    _ => format!(
                        "{{ var r = Rng.new({seed}); let s = r; print(r.next!()); print(r.shuffle!({xs}).len()); print(s) }}"
                    ),
                };
                self.out.line(line);
            }
            3 => {
                let value = self.typed(&Ty::Str, 1);
                self.out
                    .line(format!("io.write({value}); io.flush(); io.write('\\n')"));
            }
            _ => {
                let line = match self.u.below(3) {
                    0 => "print(fs.exists(\"no such file\"))",
                    1 => "print(fs.read_to_string(\"no such file\"))",
                    _ => "print(fs.list(\"no/such folder\") catch |e| [\"{e}\"])",
                };
                self.out.line(line);
            }
        }
    }

    /// What a number can come from in `std.math`.
    pub(super) fn math_call(&mut self, ty: &Ty, depth: usize) -> String {
        match ty {
            Ty::Float(_) => match self.u.below(3) {
                0 => "math.PI".to_string(),
                _ => format!("math.hypot({}, {})", self.expr(ty, depth), self.expr(ty, 0)),
            },
            _ => {
                let (a, b) = (self.expr(&INT, depth), self.u.below(40));
                format!("math.gcd(({a} & 255), {b})")
            }
        }
    }

    /// Lines of the input: all programs are given the same one.
    pub(super) fn input_statement(&mut self) {
        if self.turns > 40 || self.no_reach || self.pure {
            return self.update_some();
        }
        let name = self.name();
        match self.u.below(4) {
            0 => {
                self.out
                    .line(format!("var {name} = io.lines() catch |_| []"));
                self.scope.declare(&name, Ty::list(Ty::Str), true);
            }
            1 => {
                self.out
                    .line(format!("var {name} = io.read_all() catch |_| \"\""));
                self.scope.declare(&name, Ty::Str, true);
            }
            _ => {
                self.out
                    .line(format!("var {name} = io.read_line() catch |_| none"));
                self.scope.declare(&name, Ty::opt(Ty::Str), true);
            }
        }
    }

    /// Whether something is held once. Asking keeps nothing alive, so a use follows.
    pub(super) fn ask_unique(&mut self) {
        let mut found = Vec::new();
        for i in self.scope.visible() {
            let var = &self.scope.vars[i];
            let storage = matches!(
                var.ty,
                Ty::List(_) | Ty::Array(_) | Ty::Map(..) | Ty::Set(_)
            );
            if storage && !self.scope.is_capture(i) && !self.no_reach && !self.pure {
                found.push(var.name.clone());
            }
        }
        match self.u.pick(&found).cloned() {
            Some(x) => self.out.line(format!(
                "print(\"~u {{is_unique({x})}}\"); print({x}.len())"
            )),
            None => self.let_statement(),
        }
    }

    /// What gives a deque or a heap.
    pub(super) fn queue_call(&mut self, ty: &Ty, elem: &Ty, d: usize) -> Option<String> {
        let is_heap = matches!(ty, Ty::Heap(_));
        Some(match self.u.below(6) {
            0 | 1 => {
                let way = if is_heap { "to_heap" } else { "to_deque" };
                format!("{}.{way}()", self.typed(&Ty::list(elem.clone()), d))
            }
            2 => format!("{}.push({})", self.typed(ty, d), self.expr(elem, d)),
            3 => {
                let f = self.callback(std::slice::from_ref(elem), &Ty::Bool, 1, false);
                format!("{}.filter({f})", self.typed(ty, d))
            }
            4 if !is_heap => {
                let name = ["take", "drop"][self.u.below(2)];
                format!("{}.{name}({})", self.typed(ty, d), self.u.below(4))
            }
            4 => format!("{}.to_list().take(20).to_heap()", self.typed(ty, d)),
            _ if is_heap => format!("{}.clear()", self.typed(ty, d)),
            _ => format!("{}.push_first({})", self.typed(ty, d), self.expr(elem, d)),
        })
    }

    pub(super) fn queue_update(
        &mut self,
        place: &Place,
        elem: &Ty,
        guards: &mut Vec<String>,
    ) -> String {
        let p = &place.text;
        let value = match self.decls.can_grow(elem) {
            false => self.expr(elem, 1),
            true => self.leaf(elem, true),
        };
        if matches!(place.ty, Ty::Heap(_)) {
            guards.push(format!("{p}.len() < {}", self.most()));
            return match self.u.below(5) {
                0..=2 => format!("{p}.push!({value})"),
                3 => format!("{p}.pop!()"),
                _ => format!("{p}.append!({p})"),
            };
        }
        match self.u.below(10) {
            0..=2 => {
                guards.push(format!("{p}.len() < {}", self.most()));
                format!("{p}.push!({value})")
            }
            3 => format!("{p}.push_first!({value})"),
            4 => format!("{p}.pop!()"),
            5 => format!("{p}.pop_first!()"),
            6 => format!("{p}.rotate!({})", self.u.below(4)),
            7 => format!("{p}.reverse!()"),
            8 => {
                guards.push(format!("{p}.len() > 1"));
                match self.u.below(3) {
                    0 => format!("{p}.swap!(0, 1)"),
                    1 => format!("{p}.set!(1, {value})"),
                    _ => format!("{p}.remove!(0)"),
                }
            }
            _ => {
                guards.push(format!("{p}.len() < {}", self.most()));
                format!("{p}.append!({p})")
            }
        }
    }

    /// What a `deinit` does beyond saying so: it looks at what it has, changes a copy of it.
    pub(super) fn last_deeds(&mut self, fields: &[(String, Ty, Option<String>)]) -> String {
        let mut deeds = String::new();
        for (name, ty, _) in fields {
            let Ty::List(elem) = ty else {
                continue;
            };
            if !self.decls.can(elem, Can::Reach) && self.u.chance(40) {
                let value = self.leaf(elem, true);
                deeds += &format!("; var q = self.{name}; q.push!({value}); print(q.len())");
                break;
            }
        }
        deeds
    }
}
