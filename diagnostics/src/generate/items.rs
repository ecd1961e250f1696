//! Declarations: types first, then traits, constants, methods and functions, then `main`; and in
//! which file each of them stands.

use super::Gen;
use super::print::as_last;
use super::swarm::Feature;
use super::types::{Adt, Can, INT, Kind, Ty};

/// Modules of a program: the root, its types, some of its functions.
const ROOT: usize = 0;
const TYPES: usize = 1;
const FNS: usize = 2;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Receiver {
    None,
    Value(Ty),
    /// `var self`
    Changing(Ty),
    /// `self: *Self` of a class.
    Pointer(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Param {
    pub name: String,
    pub ty: Ty,
    pub is_var: bool,
    pub default: Option<String>,
    /// What a recursion counts down.
    pub is_fuel: bool,
}

/// A function that can be called.
#[derive(Clone, Debug)]
pub(super) struct FnSig {
    pub name: String,
    pub module: usize,
    pub params: Vec<Param>,
    pub ret: Ty,
    pub receiver: Receiver,
    /// Its own type parameters: 0 or 1.
    pub generic: usize,
    /// The parameter has an order and a hash.
    pub ordered: bool,
    /// The parameter has this trait.
    pub bound: Option<usize>,
    /// Operations of a call, roughly.
    pub cost: u64,
    /// How the root names it.
    pub prefix: String,
    /// Something calls it.
    pub called: bool,
    pub is_pure: bool,
    /// It stands in the function at hand.
    pub is_local: bool,
}

impl FnSig {
    /// A function without type parameters.
    pub fn is_plain(&self) -> bool {
        self.receiver == Receiver::None && self.generic == 0
    }

    pub fn path_from(&self, module: usize) -> String {
        match module == self.module || self.is_local {
            true => self.name.clone(),
            false => format!("{}{}", self.prefix, self.name),
        }
    }
}

impl Gen<'_, '_> {
    /// All files of the program.
    pub(super) fn program(&mut self, name: &str) -> Vec<(String, String)> {
        let split = self.on(Feature::Modules);
        self.in_types = true;
        self.types();
        self.generic_class();
        self.in_types = false;
        let types = self.out.take();

        self.here = self.types_module();
        self.traits();
        self.pointer_trait();
        self.constants();
        self.pure_functions();
        self.methods();
        let methods = self.out.take();

        let n = 2 + self.u.below(4);
        let apart = if split { n / 2 } else { 0 };
        self.here = FNS;
        let qualified = self.u.chance(50);
        for i in 0..apart {
            self.function(i);
        }
        for sig in self.fns.iter_mut().filter(|f| f.module == FNS && qualified) {
            sig.prefix = "m.".to_string();
        }
        let functions = self.out.take();
        self.here = ROOT;
        for i in apart..n {
            self.function(i);
        }
        self.main();
        let main = self.out.take();

        let root = format!("{name}.cowl");
        let library = self.library_uses();
        if !split {
            return vec![(root, format!("{library}{types}{methods}{main}"))];
        }
        let mut names: Vec<&str> = self.decls.adts.iter().map(|a| &*a.name).collect();
        names.extend(self.on(Feature::GenericClasses).then_some("B0"));
        names.extend(self.decls.traits.iter().map(|t| &**t));
        names.extend(self.consts.iter().map(|(c, _)| &**c));
        let in_types = self
            .fns
            .iter()
            .filter(|f| f.module == TYPES && f.is_plain());
        names.extend(in_types.map(|f| &*f.name));
        let from_types = match names.is_empty() {
            true => format!("{library}use {name}_t as unused\n"),
            false => format!("{library}use {name}_t {{ {} }}\n", names.join(", ")),
        };
        let in_fns = self.fns.iter().filter(|f| f.module == FNS);
        let fn_names: Vec<&str> = in_fns.map(|f| &*f.name).collect();
        let from_fns = match (fn_names.is_empty(), qualified) {
            (true, _) => String::new(),
            (_, true) => format!("use {name}_f as m\n"),
            (_, false) => format!("use {name}_f {{ {} }}\n", fn_names.join(", ")),
        };
        vec![
            (root, format!("{from_types}{from_fns}\n{main}")),
            (
                format!("{name}_t.cowl"),
                format!("{library}{types}{methods}"),
            ),
            (
                format!("{name}_f.cowl"),
                format!("{from_types}\n{functions}"),
            ),
        ]
    }

    /// The module that types and what belongs to them stand in.
    pub(super) fn types_module(&self) -> usize {
        match self.on(Feature::Modules) {
            true => TYPES,
            false => ROOT,
        }
    }

    fn types(&mut self) {
        let n = 2 + self.u.below(3);
        for i in 0..n {
            if i == 1 && self.on(Feature::ErrorTypes) {
                self.error_types();
            }
            let weights = [
                self.swarm.scaled(Feature::Structs, 10),
                self.swarm.scaled(Feature::Enums, 10),
                self.swarm.scaled(Feature::Classes, 10),
                self.swarm.scaled(Feature::Generics, 6),
            ];
            if weights.iter().all(|w| *w == 0) {
                return;
            }
            let first = i == 0 && weights[2] > 0;
            match if first { 2 } else { self.u.weighted(&weights) } {
                0 => self.struct_type(i),
                1 => self.enum_type(i, 0),
                2 => self.class(i),
                _ => match self.u.chance(50) {
                    true => self.generic_struct(i),
                    false => self.enum_type(i, 1),
                },
            }
        }
    }

    fn field_name(i: usize) -> String {
        format!("f{}", ["a", "b", "c", "d", "e", "f"][i % 6])
    }

    fn struct_type(&mut self, i: usize) {
        let own = self.decls.adts.len();
        let name = format!("S{i}");
        let n = 1 + self.u.below(4);
        let mut fields: Vec<(String, Ty, Option<String>)> = Vec::new();
        for f in 0..n {
            let ty = self.some_type(2);
            let default = match self.u.chance(35) {
                true => Some(self.default_text(&ty)),
                false => None,
            };
            fields.push((Self::field_name(f), ty, default.flatten()));
        }
        if self.on(Feature::RecursiveTypes) && self.u.chance(35) {
            let me = Ty::Adt(own, vec![]);
            let ty = match self.u.below(2) {
                0 => Ty::list(me),
                _ => Ty::opt(me),
            };
            fields.push((Self::field_name(n), ty, None));
        }
        self.decls.adts.push(Adt {
            name: name.clone(),
            params: 0,
            kind: Kind::Struct(fields.clone()),
            is_class: false,
        });
        self.write_struct(&name, "", &fields);
    }

    /// A default that needs nothing but literals.
    fn default_text(&mut self, ty: &Ty) -> Option<String> {
        match self.decls.can(ty, Can::Reach) {
            true => None,
            false => Some(self.leaf(ty, true)),
        }
    }

    pub(super) fn write_struct(
        &mut self,
        name: &str,
        params: &str,
        fields: &[(String, Ty, Option<String>)],
    ) {
        self.out.open(format!("pub struct {name}{params} {{"));
        for (field, ty, default) in fields {
            let shown = self.show(ty);
            let default = match default {
                Some(text) => format!(" = {text}"),
                None => String::new(),
            };
            self.out.line(format!("pub {field}: {shown}{default}"));
        }
        self.out.close("}");
        self.out.line("");
    }

    fn generic_struct(&mut self, i: usize) {
        let name = format!("G{i}");
        let fields = vec![
            ("fa".to_string(), Ty::Param(0), None),
            ("fb".to_string(), Ty::list(Ty::Param(0)), None),
            ("fc".to_string(), INT, Some("0".to_string())),
        ];
        self.write_struct(&name, "<T>", &fields);
        self.decls.adts.push(Adt {
            name,
            params: 1,
            kind: Kind::Struct(fields),
            is_class: false,
        });
    }

    fn enum_type(&mut self, i: usize, params: usize) {
        let own = self.decls.adts.len();
        let name = format!("{}{i}", if params > 0 { "O" } else { "E" });
        let n = 2 + self.u.below(3);
        let mut variants = vec![("va".to_string(), Vec::new())];
        for v in 1..n {
            let variant = format!("v{}", ["a", "b", "c", "d"][v % 4]);
            let k = self.u.below(3);
            let named = self.u.chance(40);
            let mut payload = Vec::new();
            for p in 0..k {
                let ty = match params > 0 && self.u.chance(60) {
                    true => Ty::Param(0),
                    false => self.some_type(1),
                };
                payload.push((named.then(|| format!("p{p}")), ty));
            }
            if params == 0 && self.on(Feature::RecursiveTypes) && self.u.chance(35) {
                let me = Ty::Adt(own, vec![]);
                let ty = match self.u.below(2) {
                    0 => me,
                    _ => Ty::list(me),
                };
                payload.push((named.then(|| "pr".to_string()), ty));
            }
            variants.push((variant, payload));
        }
        // A parameter that nothing mentions would stay open at each use.
        if params > 0 {
            variants.push(("vz".to_string(), vec![(None, Ty::Param(0))]));
        }
        self.decls.adts.push(Adt {
            name: name.clone(),
            params,
            kind: Kind::Enum(variants.clone()),
            is_class: false,
        });
        let shown_params = if params > 0 { "<T>" } else { "" };
        self.out.open(format!("pub enum {name}{shown_params} {{"));
        for (variant, payload) in &variants {
            let parts: Vec<String> = payload
                .iter()
                .map(|(field, ty)| match field {
                    Some(field) => format!("{field}: {}", self.show(ty)),
                    None => self.show(ty),
                })
                .collect();
            match parts.is_empty() {
                true => self.out.line(variant),
                false => self.out.line(format!("{variant}({})", parts.join(", "))),
            }
        }
        self.out.close("}");
        self.out.line("");
    }

    fn class(&mut self, i: usize) {
        let own = self.decls.adts.len();
        let name = format!("C{i}");
        let mut fields = vec![("fid".to_string(), INT, Some("0".to_string()))];
        let n = 1 + self.u.below(3);
        for f in 0..n {
            let ty = match self.u.chance(40) {
                true => Ty::list(self.some_type(1)),
                false => self.some_type(2),
            };
            fields.push((Self::field_name(f), ty, None));
        }
        if self.on(Feature::Cycles) {
            let me = Ty::Ptr(own);
            match self.u.chance(60) {
                true => fields.push(("next".to_string(), Ty::opt(me), Some("none".to_string()))),
                false => fields.push(("kids".to_string(), Ty::list(me), Some("[]".to_string()))),
            }
        }
        if self.on(Feature::Weak) {
            fields.push(("up".to_string(), Ty::Weak(own), Some("weak()".to_string())));
        }
        self.decls.adts.push(Adt {
            name: name.clone(),
            params: 0,
            kind: Kind::Struct(fields.clone()),
            is_class: true,
        });
        self.write_struct(&name, "", &fields);
        self.classes.push(own);
        // Printing goes along every path through objects: where there are several, it stops here.
        let reaching = fields
            .iter()
            .filter(|(_, ty, _)| self.decls.can(ty, Can::Reach) && !matches!(ty, Ty::Weak(_)));
        let straight = reaching.clone().count() == 0
            || (reaching.clone().count() == 1
                && reaching.clone().all(|(_, ty, _)| matches!(ty, Ty::Opt(_))));
        if !straight || self.u.chance(20) {
            let scalar = |ty: &Ty| matches!(ty, Ty::Int(_) | Ty::Bool | Ty::Str);
            let shown = fields.iter().filter(|(_, ty, _)| scalar(ty));
            let parts: Vec<String> = shown.map(|(f, _, _)| format!("{{self.{f}}}")).collect();
            self.out.line(format!(
                "impl Show for {name} {{ fn show(self) -> string {{ \"{name}({})\" }} }}",
                parts.join(" ")
            ));
            self.out.line("");
        }
        if self.on(Feature::Deinit) && self.u.chance(60) {
            let deeds = self.last_deeds(&fields);
            self.out.line(format!(
                "impl {name} {{ fn deinit(self) {{ print(\"~bye {name} {{self.fid}}\"){deeds} }} }}"
            ));
            self.out.line("");
        }
    }

    /// Traits, each with what at least two types make of it.
    fn traits(&mut self) {
        if !self.on(Feature::Traits) && !self.on(Feature::Any) {
            return;
        }
        let able: Vec<usize> = (0..self.decls.adts.len())
            .filter(|&i| self.decls.adts[i].params == 0 && !self.decls.adts[i].is_class)
            .collect();
        if able.is_empty() {
            return;
        }
        let t = self.decls.traits.len();
        let name = format!("T{t}");
        self.decls.traits.push(name.clone());
        self.out.open(format!("pub trait {name} {{"));
        self.out.line(format!("fn q{t}a(self) -> int"));
        self.out.line(format!(
            "fn q{t}b(self, n: int) -> string {{ \"{name} {{self.q{t}a() +% n}}\" }}"
        ));
        self.out.line(format!("fn q{t}c(var self, n: int)"));
        self.out.line(format!("fn q{t}d(self) -> Self"));
        self.out.close("}");
        self.out.line("");
        let n = able.len().min(2);
        let chosen: Vec<usize> = able.into_iter().take(n).collect();
        for &adt in &chosen {
            self.trait_impl(t, &name, adt);
        }
        self.implementors.push(chosen.clone());
        let any = Ty::Any(t);
        let n = |name: &str| self.plain_param(name, INT);
        let sigs = [
            (format!("q{t}a"), vec![], INT, Receiver::Value(any.clone())),
            (
                format!("q{t}b"),
                vec![n("n")],
                Ty::Str,
                Receiver::Value(any.clone()),
            ),
            (
                format!("q{t}c"),
                vec![n("n")],
                Ty::Unit,
                Receiver::Changing(any.clone()),
            ),
            (format!("q{t}d"), vec![], any.clone(), Receiver::Value(any)),
        ];
        let mut added = Vec::new();
        for (name, params, ret, receiver) in sigs {
            let cost = 60;
            added.push(self.sig(name, params, ret, receiver, cost));
        }
        for &adt in &chosen {
            let me = Ty::Adt(adt, vec![]);
            let q = |s: &str| format!("q{t}{s}");
            added.push(self.sig(q("a"), vec![], INT, Receiver::Value(me.clone()), 60));
            added.push(self.sig(q("d"), vec![], me.clone(), Receiver::Value(me.clone()), 60));
            added.push(self.sig(q("c"), vec![n("n")], Ty::Unit, Receiver::Changing(me), 60));
        }
        self.fns.extend(added);
    }

    pub(super) fn plain_param(&self, name: &str, ty: Ty) -> Param {
        Param {
            name: name.to_string(),
            ty,
            is_var: false,
            default: None,
            is_fuel: false,
        }
    }

    pub(super) fn sig(
        &self,
        name: String,
        params: Vec<Param>,
        ret: Ty,
        receiver: Receiver,
        cost: u64,
    ) -> FnSig {
        FnSig {
            name,
            module: self.here,
            params,
            ret,
            receiver,
            generic: 0,
            ordered: false,
            bound: None,
            cost,
            prefix: String::new(),
            called: false,
            is_pure: false,
            is_local: false,
        }
    }

    fn trait_impl(&mut self, t: usize, name: &str, adt: usize) {
        let me = Ty::Adt(adt, vec![]);
        let shown = self.show(&me);
        self.out.open(format!("impl {name} for {shown} {{"));
        self.out.open(format!("pub fn q{t}a(self) -> int {{"));
        self.small_body(&me, false, &INT);
        self.out.close("}");
        if self.u.chance(40) {
            self.out
                .open(format!("pub fn q{t}b(self, n: int) -> string {{"));
            self.small_body(&me, false, &Ty::Str);
            self.out.close("}");
        }
        self.out.open(format!("pub fn q{t}c(var self, n: int) {{"));
        self.small_body(&me, true, &Ty::Unit);
        self.out.close("}");
        self.out.open(format!("pub fn q{t}d(self) -> {shown} {{"));
        self.small_body(&me, false, &me);
        self.out.close("}");
        self.out.close("}");
        self.out.line("");
    }

    /// A method's body of a line or two.
    pub(super) fn small_body(&mut self, me: &Ty, changing: bool, ret: &Ty) {
        self.begin(ret, 10);
        let i = self.scope.declare("self", me.clone(), changing);
        self.scope.vars[i].reserved = true;
        if changing {
            let place = self.place_at(i);
            if place.text != "self" {
                self.update_statement(place);
            }
        }
        if *ret != Ty::Unit {
            let value = self.expr(ret, 2);
            self.out.line(as_last(value));
        }
        self.scope.leave(0);
    }

    fn constants(&mut self) {
        if !self.on(Feature::Constants) {
            return;
        }
        let n = 1 + self.u.below(3);
        self.pure = true;
        for i in 0..n {
            let ty = self.some_type(2);
            self.begin(&Ty::Unit, 12);
            let value = match self.constructor(&ty, 1, true) {
                Some(text) => text,
                None => self.leaf(&ty, true),
            };
            let shown = self.show(&ty);
            self.out.line(format!("pub let K{i}: {shown} = {value}"));
            self.consts.push((format!("K{i}"), ty));
        }
        self.pure = false;
        self.out.line("");
    }

    fn methods(&mut self) {
        if !self.on(Feature::Methods) {
            return;
        }
        for adt in 0..self.decls.adts.len() {
            if !self.u.chance(45) {
                continue;
            }
            let params = self.decls.adts[adt].params;
            let args: Vec<Ty> = (0..params).map(Ty::Param).collect();
            let me = Ty::Adt(adt, args);
            let shown = self.show(&me);
            let is_class = self.decls.adts[adt].is_class;
            let generics = if params > 0 { "<T: Show>" } else { "" };
            self.out.open(format!("impl{generics} {shown} {{"));
            let n = 1 + self.u.below(2);
            for m in 0..n {
                self.method(adt, &me, m, is_class);
            }
            self.out.close("}");
            self.out.line("");
        }
    }

    fn method(&mut self, adt: usize, me: &Ty, m: usize, is_class: bool) {
        self.type_params = self.decls.adts[adt].params;
        let name = format!("m{adt}{}", ["a", "b", "c"][m % 3]);
        let (receiver, head) = match self.u.below(3) {
            _ if is_class => (Receiver::Pointer(adt), "self: *Self"),
            0 => (Receiver::Value(me.clone()), "self"),
            _ => (Receiver::Changing(me.clone()), "var self"),
        };
        let changing = matches!(receiver, Receiver::Changing(_));
        let ret = match changing && self.u.chance(50) {
            true => Ty::Unit,
            false => match self.some_type(1) {
                t if t == *me => INT,
                t if self.type_params > 0 && self.leaf_needs_value(&t) => INT,
                t => t,
            },
        };
        let mut params = self.params(1);
        for param in &mut params {
            param.default = None;
        }
        if self.type_params > 0 {
            params.insert(0, self.plain_param("t0", Ty::Param(0)));
        }
        let receiver_ty = match is_class {
            true => Ty::Ptr(adt),
            false => me.clone(),
        };
        self.begin(&ret, 14);
        let i = self.scope.declare("self", receiver_ty, changing);
        self.scope.vars[i].reserved = true;
        let list = self.declare_params(&params);
        let shown = self.ret_text(&ret);
        let list = match list.is_empty() {
            true => head.to_string(),
            false => format!("{head}, {list}"),
        };
        self.out.open(format!("pub fn {name}({list}){shown} {{"));
        let n = 1 + self.u.below(3);
        self.statements(n);
        if self.decls.adts[adt].fields().is_empty() || !changing {
        } else if self.u.chance(80) {
            let place = self.place_at(i);
            if place.text != "self" {
                self.update_statement(place);
            }
        }
        self.tail(&ret);
        self.out.close("}");
        self.scope.leave(0);
        let cost = self.cost;
        let mut sig = self.sig(name, params, ret, receiver, cost);
        sig.generic = 0;
        self.fns.push(sig);
        self.type_params = 0;
    }

    /// Whether a value of the type can only come from a parameter.
    fn leaf_needs_value(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Param(_) => true,
            Ty::Tuple(parts) => parts.iter().any(|t| self.leaf_needs_value(t)),
            Ty::Res(t, e) => self.leaf_needs_value(t) || self.leaf_needs_value(e),
            Ty::Adt(_, args) => args.iter().any(|t| self.leaf_needs_value(t)),
            Ty::Fn(..) => self.type_params > 0,
            _ => false,
        }
    }

    /// A new function's state.
    pub(super) fn begin(&mut self, ret: &Ty, budget: i32) {
        self.scope = super::scope::Scope::default();
        self.ret = ret.clone();
        self.loops.clear();
        self.turns = 1;
        self.cost = 1;
        self.budget = budget;
        self.prints_all = self.u.chance(40);
    }

    pub(super) fn params(&mut self, most: usize) -> Vec<Param> {
        let n = self.u.below(most + 1) + usize::from(most > 1);
        let mut params: Vec<Param> = Vec::new();
        for i in 0..n {
            let mut name = self.name();
            if params.iter().any(|p| p.name == name) {
                name = format!("{name}{i}");
            }
            let ty = self.some_type(2);
            let default =
                match self.on(Feature::DefaultArgs) && self.type_params == 0 && self.u.chance(30) {
                    true => {
                        self.budget = 6;
                        self.default_text(&ty)
                    }
                    false => None,
                };
            params.push(Param {
                name,
                ty,
                is_var: self.u.chance(40),
                default,
                is_fuel: false,
            });
        }
        // Those without a default first.
        params.sort_by_key(|p| p.default.is_some());
        params
    }

    /// Declares them and gives their text.
    pub(super) fn declare_params(&mut self, params: &[Param]) -> String {
        let mut texts = Vec::new();
        for param in params {
            let shown = self.show(&param.ty);
            let var = if param.is_var { "var " } else { "" };
            let default = match &param.default {
                Some(text) => format!(" = {text}"),
                None => String::new(),
            };
            texts.push(format!("{var}{}: {shown}{default}", param.name));
            let i = self
                .scope
                .declare(&param.name, param.ty.clone(), param.is_var);
            if param.is_fuel || matches!(param.ty, Ty::Param(_)) {
                self.scope.vars[i].reserved = true;
            }
        }
        texts.join(", ")
    }

    pub(super) fn ret_text(&self, ret: &Ty) -> String {
        match ret {
            Ty::Unit => String::new(),
            ty => format!(" -> {}", self.show(ty)),
        }
    }

    /// A function's last lines: what is left of its state, and its result.
    pub(super) fn tail(&mut self, ret: &Ty) {
        // The result comes first: what is printed would otherwise live on after it.
        match (ret, self.u.chance(50)) {
            (Ty::Unit, _) => self.digest(0),
            (_, true) => {
                self.digest(0);
                let value = self.expr(ret, 2);
                self.out.line(as_last(value));
            }
            (_, false) => {
                let value = self.expr(ret, 2);
                let shown = self.show(ret);
                self.out.line(format!("let result: {shown} = {value}"));
                self.digest(0);
                self.out.line("result");
            }
        }
    }

    fn function(&mut self, i: usize) {
        let name = format!("f{i}");
        let generic = self.on(Feature::GenericFns) && self.u.chance(30);
        let recursive = !generic && self.on(Feature::Recursion) && self.u.chance(40);
        self.type_params = usize::from(generic);
        let ordered = generic && self.u.chance(50);
        self.decls.params_ordered = ordered;
        let bound = match generic && !ordered && !self.implementors.is_empty() {
            true if self.ptr_trait != Some(0) && self.u.chance(50) => Some(0),
            _ => None,
        };
        let mut params = self.params(3);
        if generic {
            for param in &mut params {
                param.default = None;
            }
            params.insert(0, self.plain_param("t0", Ty::Param(0)));
            params.insert(1, self.plain_param("ts", Ty::list(Ty::Param(0))));
        }
        if recursive {
            params.insert(
                0,
                Param {
                    name: "fuel".to_string(),
                    ty: INT,
                    is_var: false,
                    default: None,
                    is_fuel: true,
                },
            );
        }
        let ret = match self.u.below(8) {
            0 => Ty::Unit,
            1 | 2 if self.on(Feature::Results) => {
                let e = self.error_type();
                Ty::Res(Box::new(self.some_value_type()), Box::new(e))
            }
            3 if self.on(Feature::Optionals) => Ty::opt(self.some_value_type()),
            _ => self.some_type(2),
        };
        self.begin(&ret, 26);
        let list = self.declare_params(&params);
        let shown = self.ret_text(&ret);
        let generics = match (generic, ordered, bound) {
            (false, _, _) => String::new(),
            (_, true, _) => "<T: Show + Ord + Hash>".to_string(),
            (_, _, Some(t)) => format!("<T: Show + {}>", self.decls.traits[t]),
            _ => "<T: Show>".to_string(),
        };
        self.out
            .open(format!("pub fn {name}{generics}({list}){shown} {{"));
        let mut sig = self.sig(name, params, ret.clone(), Receiver::None, 0);
        sig.generic = usize::from(generic);
        sig.ordered = ordered;
        sig.bound = bound;
        if let Some(t) = bound {
            self.out
                .line(format!("print(\"{{t0.q{t}a()}} {{ts.len()}}\")"));
        }
        if recursive {
            let base = match ret {
                Ty::Unit => String::new(),
                _ => format!(" {}", self.leaf(&ret, true)),
            };
            self.out.line(format!("if fuel <= 0 {{ return{base} }}"));
        }
        // A function within does not know the one around, or they would call each other without end.
        let nested = self.fns.len();
        let has_nested = self.nested_function();
        if recursive {
            self.recursion = Some((self.fns.len(), 2));
            self.fns.push(sig.clone());
        }
        let n = 2 + self.u.below(4);
        self.statements(n);
        self.tail(&ret);
        if has_nested {
            self.fns.remove(nested);
        }
        self.out.close("}");
        self.out.line("");
        self.scope.leave(0);
        // Two calls of itself at most, from at most 3 on.
        let cost = self.cost;
        match self.recursion.take() {
            Some((at, _)) => self.fns[at - usize::from(has_nested)].cost = cost.saturating_mul(15),
            None => {
                sig.cost = cost;
                self.fns.push(sig);
            }
        }
        self.type_params = 0;
        self.decls.params_ordered = false;
    }

    fn some_value_type(&mut self) -> Ty {
        match self.some_type(2) {
            Ty::Opt(t) => *t,
            Ty::Res(t, _) => *t,
            t => t,
        }
    }

    fn main(&mut self) {
        self.begin(&Ty::Unit, 46);
        self.out.open("pub fn main() {");
        let n = 3 + self.u.below(4);
        self.statements(n);
        self.sure_idioms();
        self.budget = self.budget.max(26);
        let n = 2 + self.u.below(4);
        self.statements(n);
        self.uncalled();
        if self.on(Feature::WildLoops) && self.u.chance(2) {
            self.wild_loop();
        }
        if self.u.chance(2) {
            let cond = self.cond(1);
            self.out
                .line(format!("if {cond} {{ exit({}) }}", 1 + self.u.below(9)));
        }
        self.digest(0);
        self.out.close("}");
        self.scope.leave(0);
        self.test_blocks();
    }

    /// Functions that nothing calls are text that nothing runs: most of them are called after all.
    fn uncalled(&mut self) {
        for i in 0..self.fns.len() {
            if self.fns[i].called || !self.affordable(i) || !self.u.chance(75) {
                continue;
            }
            self.budget = self.budget.max(8);
            let call = match self.fns[i].receiver.clone() {
                Receiver::None => {
                    let args = match self.fns[i].generic {
                        0 => Some(Vec::new()),
                        _ => self.some_instance(i),
                    };
                    args.map(|args| (self.call(i, &args, 2), self.fns[i].ret.with(&args)))
                }
                Receiver::Pointer(class) => {
                    let paths = self.paths(&Ty::Ptr(class));
                    let path = match self.u.pick(&paths).cloned() {
                        Some(path) => path,
                        None => {
                            let object = self.leaf(&Ty::Ptr(class), false);
                            format!("({object})")
                        }
                    };
                    let call = self.method_call(&path, i, &[], 2);
                    Some((call, self.fns[i].ret.clone()))
                }
                Receiver::Value(_) | Receiver::Changing(_) => None,
            };
            let Some((call, ret)) = call else {
                continue;
            };
            match ret {
                Ty::Unit => self.out.line(call),
                Ty::Fn(..) => self.out.line(format!("_ = {call}")),
                _ => self.out.line(format!("print({call})")),
            }
        }
    }

    /// The type arguments with which a function gives a type, if it can.
    pub(super) fn instance_for(&mut self, i: usize, want: &Ty) -> Option<Vec<Ty>> {
        let sig = &self.fns[i];
        let of = match &sig.receiver {
            Receiver::Value(Ty::Adt(adt, _)) => self.decls.adts[*adt].params,
            _ => 0,
        };
        let mut found = None;
        if !fit(&sig.ret, want, &mut found) {
            return None;
        }
        if sig.generic == 0 && of == 0 {
            return found.is_none().then(Vec::new);
        }
        let (ordered, bound) = (sig.ordered, sig.bound);
        let arg = match (found, bound) {
            (Some(ty), Some(t)) => {
                let fits = matches!(&ty, Ty::Adt(adt, _) if self.implementors[t].contains(adt));
                fits.then_some(ty)?
            }
            (Some(ty), None) => ty,
            (None, _) => return self.some_instance(i),
        };
        let can = self.decls.can(&arg, Can::Ord) && self.decls.can(&arg, Can::Hash);
        (!ordered || can).then(|| vec![arg])
    }
}

impl Gen<'_, '_> {
    /// Type arguments of a function whose result says nothing of them.
    fn some_instance(&mut self, i: usize) -> Option<Vec<Ty>> {
        let arg = match self.fns[i].bound {
            Some(t) => Ty::Adt(*self.implementors[t].first()?, vec![]),
            None => [INT, Ty::Str, Ty::list(INT)][self.u.below(3)].clone(),
        };
        Some(vec![arg])
    }
}

/// Whether a result type with a parameter in it can be the wanted type, and with what.
fn fit(pattern: &Ty, want: &Ty, found: &mut Option<Ty>) -> bool {
    let all = |a: &[Ty], b: &[Ty], found: &mut Option<Ty>| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| fit(a, b, found))
    };
    match (pattern, want) {
        (Ty::Param(_), _) => match found {
            Some(ty) => ty == want,
            None => {
                *found = Some(want.clone());
                true
            }
        },
        (Ty::List(a), Ty::List(b))
        | (Ty::Array(a), Ty::Array(b))
        | (Ty::Set(a), Ty::Set(b))
        | (Ty::Deque(a), Ty::Deque(b))
        | (Ty::Heap(a), Ty::Heap(b))
        | (Ty::Opt(a), Ty::Opt(b)) => fit(a, b, found),
        (Ty::Res(a, e), Ty::Res(b, f)) | (Ty::Map(a, e), Ty::Map(b, f)) => {
            fit(a, b, found) && fit(e, f, found)
        }
        (Ty::Tuple(a), Ty::Tuple(b)) => all(a, b, found),
        (Ty::Adt(i, a), Ty::Adt(j, b)) => i == j && all(a, b, found),
        (Ty::Fn(a, r), Ty::Fn(b, s)) => all(a, b, found) && fit(r, s, found),
        _ => pattern == want,
    }
}
