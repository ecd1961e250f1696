//! Declarations that stand by themselves: errors with conversions, traits that pointers have too,
//! classes with a type parameter, pure and nested functions, tests, loops that only steps end.

use super::Gen;
use super::items::Receiver;
use super::print::as_last;
use super::swarm::Feature;
use super::types::{Adt, Can, INT, Kind, Ty};

impl Gen<'_, '_> {
    /// An error of the program's own, which two others become at `?`.
    pub(super) fn error_types(&mut self) {
        let text = vec![("why".to_string(), Ty::Str, None)];
        self.write_struct("W0", "", &text);
        let inner = self.decls.adts.len();
        self.decls.adts.push(Adt {
            name: "W0".to_string(),
            params: 0,
            kind: Kind::Struct(text),
            is_class: false,
        });
        self.out.line("pub enum W1 { odd, text(string), of(W0) }");
        self.out.line("");
        self.out.line(
            "impl From<string> for W1 { fn from(e: string) -> W1 { print(\"~from\"); W1.text(e) } }",
        );
        self.out
            .line("impl From<W0> for W1 { fn from(e: W0) -> W1 { print(\"~from\"); W1.of(e) } }");
        self.out.line("");
        self.own_error = Some(self.decls.adts.len());
        self.decls.adts.push(Adt {
            name: "W1".to_string(),
            params: 0,
            kind: Kind::Enum(vec![
                ("odd".to_string(), Vec::new()),
                ("text".to_string(), vec![(None, Ty::Str)]),
                ("of".to_string(), vec![(None, Ty::Adt(inner, Vec::new()))]),
            ]),
            is_class: false,
        });
        self.out.line(
            "pub fn w0(n: int, s: string) -> string ! W0 { if n % 2 == 0 { raise W0{ why: s } }; s }",
        );
        self.out.line(
            "pub fn w1(n: int, s: string) -> string ! W1 { onfail print(\"~fail\"); let t = w0(n, s)?; w2(n + 1, t)? + s }",
        );
        self.out.line(
            "pub fn w2(n: int, s: string) -> string ! string { if n % 3 == 0 { raise s + \"!\" }; s }",
        );
        self.out.line(
            "pub fn w3(n: int, s: string) -> string ! Error { let t = w1(n, s)?; t + (w0(n, t)?) }",
        );
        self.out.line("");
        let here = self.here;
        self.here = self.types_module();
        let own = Ty::Adt(inner + 1, Vec::new());
        let errors = [Ty::Adt(inner, Vec::new()), own, Ty::Str, Ty::Error];
        for (i, e) in errors.into_iter().enumerate() {
            let params = vec![self.plain_param("n", INT), self.plain_param("s", Ty::Str)];
            let ret = Ty::Res(Box::new(Ty::Str), Box::new(e));
            let sig = self.sig(format!("w{i}"), params, ret, Receiver::None, 20);
            self.fns.push(sig);
        }
        self.here = here;
    }

    /// What a result's error is.
    pub(super) fn error_type(&mut self) -> Ty {
        if !self.on(Feature::ErrorTypes) || self.in_types || self.pure {
            return Ty::Str;
        }
        match (self.u.below(3), self.own_error) {
            (0, _) => Ty::Error,
            (1, Some(i)) => Ty::Adt(i, Vec::new()),
            _ => Ty::Str,
        }
    }

    /// What a type that has a trait is used as: a class through its pointer.
    pub(super) fn value_of(&self, adt: usize) -> Ty {
        match self.decls.adts[adt].is_class {
            true => Ty::Ptr(adt),
            false => Ty::Adt(adt, Vec::new()),
        }
    }

    /// A trait that `*C` has because `C` has it, and a struct beside it.
    pub(super) fn pointer_trait(&mut self) {
        if !self.on(Feature::PtrTraits) || self.classes.is_empty() {
            return;
        }
        let t = self.decls.traits.len();
        let name = format!("T{t}");
        self.decls.traits.push(name.clone());
        self.ptr_trait = Some(t);
        self.out.open(format!("pub trait {name} {{"));
        self.out.line(format!("fn q{t}a(self) -> int"));
        self.out.line(format!("fn q{t}c(var self, n: int)"));
        self.out.close("}");
        self.out.line("");
        let mut who = vec![self.classes[0]];
        let value = (0..self.decls.adts.len()).find(|&i| {
            let adt = &self.decls.adts[i];
            adt.params == 0 && !adt.is_class && !adt.fields().is_empty()
        });
        who.extend(value);
        for &adt in &who {
            let me = Ty::Adt(adt, Vec::new());
            let shown = self.show(&me);
            self.out.open(format!("impl {name} for {shown} {{"));
            self.out.open(format!("pub fn q{t}a(self) -> int {{"));
            self.small_body(&me, false, &INT);
            self.out.close("}");
            self.out.open(format!("pub fn q{t}c(var self, n: int) {{"));
            self.small_body(&me, true, &Ty::Unit);
            self.out.close("}");
            self.out.close("}");
            self.out.line("");
        }
        self.implementors.push(who.clone());
        let mut receivers = vec![Ty::Any(t)];
        receivers.extend(who.iter().map(|&adt| self.value_of(adt)));
        for of in receivers {
            let n = self.plain_param("n", INT);
            let a = self.sig(
                format!("q{t}a"),
                vec![],
                INT,
                Receiver::Value(of.clone()),
                60,
            );
            let c = self.sig(
                format!("q{t}c"),
                vec![n],
                Ty::Unit,
                Receiver::Changing(of),
                60,
            );
            self.fns.extend([a, c]);
        }
    }

    /// An object of a class with a type parameter: made, changed, tied to itself, looked at.
    pub(super) fn generic_object(&mut self) {
        if self.turns > 20 || self.no_reach || self.pure || self.type_params > 0 {
            return self.update_some();
        }
        let elem = self.some_type(1);
        if self.decls.can(&elem, Can::Reach) {
            return self.let_statement();
        }
        self.cost += 60 * self.turns;
        let of = self.show(&elem);
        let (a, b, c) = (
            self.expr(&elem, 1),
            self.expr(&elem, 0),
            self.leaf(&elem, true),
        );
        self.out.open("{");
        self.out.line(format!(
            "let q: *B0<{of}> = new B0<{of}>{{ fa: {a}, fb: [{b}] }}"
        ));
        let lines = [
            "q.fb.push!(q.fa)".to_string(),
            format!("q.put!({c})"),
            "let r = q.fb; q.fb.push!(q.fa); print(r.len())".to_string(),
            "q.next = q; print(q.next.is_some())".to_string(),
            format!(
                "let r: *B0<{of}> = new B0<{of}>{{ fa: q.fa, fb: q.fb, next: q }}; r.put!(r.fa)"
            ),
            "print(q.most())".to_string(),
            "q.next = none".to_string(),
        ];
        let n = 2 + self.u.below(4);
        for _ in 0..n {
            let line = &lines[self.u.below(lines.len())];
            self.out.line(format!("{{ {line} }}"));
        }
        self.out.line("print(\"{q.fa} {q.fb}\")");
        self.out.close("}");
    }

    pub(super) fn generic_class(&mut self) {
        if !self.on(Feature::GenericClasses) {
            return;
        }
        self.out
            .line("pub struct B0<T> { pub fa: T, pub fb: List<T>, pub next: (*B0<T>)? = none }");
        self.out.open("impl<T> B0<T> {");
        self.out
            .line("pub fn put(var self, t0: T) { self.fb.push!(self.fa); self.fa = t0 }");
        self.out
            .line("pub fn most(self: *Self) -> int { var a = self.fb; a.push!(self.fa); a.len() + self.fb.len() }");
        self.out.close("}");
        self.out.line("");
    }

    /// Functions without effects, of types without objects.
    pub(super) fn pure_functions(&mut self) {
        if !self.on(Feature::PureFns) {
            return;
        }
        self.pure = true;
        let n = 1 + self.u.below(2);
        for i in 0..n {
            let mut params = self.params(2);
            for param in &mut params {
                param.default = None;
            }
            let ret = match self.some_type(2) {
                Ty::Unit => INT,
                ty => ty,
            };
            self.begin(&ret, 16);
            let list = self.declare_params(&params);
            let name = format!("u{i}");
            let shown = self.show(&ret);
            self.out
                .open(format!("pub pure fn {name}({list}) -> {shown} {{"));
            let changes = self.u.below(3);
            for _ in 0..changes {
                if let Some(place) = self.some_place() {
                    self.update_statement(place);
                }
            }
            let value = self.expr(&ret, 2);
            self.out.line(as_last(value));
            self.out.close("}");
            self.out.line("");
            self.scope.leave(0);
            let mut sig = self.sig(name, params, ret, Receiver::None, self.cost);
            sig.is_pure = true;
            self.fns.push(sig);
        }
        self.pure = false;
    }

    /// A function in the body of the one at hand; whether one was written.
    pub(super) fn nested_function(&mut self) -> bool {
        if !self.on(Feature::NestedFns) || !self.u.chance(40) {
            return false;
        }
        let scope = std::mem::take(&mut self.scope);
        let ret = self.ret.clone();
        let (cost, budget) = (self.cost, self.budget);
        let prints = self.prints_all;
        let recursion = self.recursion.take();
        let type_params = std::mem::take(&mut self.type_params);
        let mut params = self.params(2);
        for param in &mut params {
            param.default = None;
        }
        let own = self.some_type(2);
        self.begin(&own, 14);
        self.labels += 1;
        let name = format!("h{}", self.labels);
        let list = self.declare_params(&params);
        let shown = self.ret_text(&own);
        self.out.open(format!("fn {name}({list}){shown} {{"));
        let n = 1 + self.u.below(2);
        self.statements(n);
        self.tail(&own);
        self.out.close("}");
        let mut sig = self.sig(name, params, own, Receiver::None, self.cost);
        // It is seen from its own block, whichever module that is in.
        sig.is_local = true;
        self.fns.push(sig);
        self.scope = scope;
        self.ret = ret;
        (self.cost, self.budget) = (cost, budget);
        self.prints_all = prints;
        self.recursion = recursion;
        self.type_params = type_params;
        true
    }

    /// A loop that only `--max-steps` ends.
    pub(super) fn wild_loop(&mut self) {
        let place = match self.some_place() {
            Some(place) if !place.through => place,
            _ => return,
        };
        self.labels += 1;
        let n = format!("n{}", self.labels);
        self.out.line(format!("var {n} = 0"));
        self.out.open(format!("while {n} >= 0 {{"));
        self.out.line(format!("{n} = ({n} + 1) % 1000"));
        self.scope.loops += 1;
        self.turns *= 100;
        self.update_statement(place);
        self.turns /= 100;
        self.scope.loops -= 1;
        self.out.close("}");
    }

    /// Tests of the root module, with what they may copy.
    pub(super) fn test_blocks(&mut self) {
        if !self.on(Feature::TestBlocks) {
            return;
        }
        let n = 1 + self.u.below(2);
        for i in 0..n {
            self.begin(&Ty::Unit, 20);
            let most = match self.u.chance(30) {
                true => format!(" copies <= {}", 50 * self.u.below(3)),
                false => String::new(),
            };
            self.out.line("");
            self.out.open(format!("test \"t{i}\"{most} {{"));
            let n = 1 + self.u.below(4);
            self.statements(n);
            let ty = self.comparable(Can::Eq);
            let value = self.typed(&ty, 1);
            // A variable moves once.
            let twice = !value.contains("(move ");
            match self.u.below(3) {
                0 if twice => self.out.line(format!("assert_eq({value}, {value})")),
                1 if twice => self.out.line(format!("assert({value} == {value})")),
                _ => {
                    let other = self.typed(&ty, 1);
                    self.out.line(format!("assert_eq({value}, {other})"));
                }
            }
            self.digest(0);
            self.out.close("}");
            self.scope.leave(0);
        }
        self.tests = n;
    }
}
