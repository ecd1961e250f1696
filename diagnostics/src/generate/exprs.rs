//! Expressions of a wanted type.
//!
//! `expr` may rely on the place where the text will stand asking for the type; `typed` may not
//! (receivers, operands, parts of strings): what it gives has its type by itself.

use super::print::as_last;
use super::swarm::Feature;
use super::types::{Can, INT, Kind, Ty};
use super::{Gen, items::Receiver};

const STRINGS: [&str; 8] = [
    "\"\"",
    "\"a\"",
    "\"ab,c\"",
    "\"é😀\"",
    "\"a long text with more than 23 bytes\"",
    "\"12\"",
    "\"x y\\n\"",
    "\"the quick brown fox jumps over the lazy dog\"",
];
/// A literal of more parts than this has only empty ones from there on.
const LEAF: u32 = 5;
const CHARS: [&str; 5] = ["'a'", "'Z'", "'0'", "'é'", "' '"];
const FLOATS: [&str; 8] = ["0.0", "1.5", "-2.25", "100.0", "0.1", "1e10", "nan", "inf"];

impl Gen<'_, '_> {
    /// An expression where its type is expected.
    pub(super) fn expr(&mut self, ty: &Ty, depth: usize) -> String {
        self.make(ty, depth, true)
    }

    /// An expression whose type is known from itself.
    pub(super) fn typed(&mut self, ty: &Ty, depth: usize) -> String {
        self.make(ty, depth, false)
    }

    fn make(&mut self, ty: &Ty, depth: usize, expected: bool) -> String {
        self.budget -= 1;
        self.cost += self.turns;
        let paths = self.paths(ty);
        if depth == 0 || self.budget <= 0 {
            return match paths.is_empty() || self.u.chance(30) {
                false => self.pick_path(&paths),
                true => self.leaf(ty, expected),
            };
        }
        let near = depth - 1;
        let weights = [
            if paths.is_empty() { 0 } else { 40 },
            14,
            if matches!(ty, Ty::Param(_)) { 0 } else { 14 },
            14,
            24,
            6,
            6,
            4,
            5,
        ];
        let made = match self.u.weighted(&weights) {
            0 => Some(self.pick_path(&paths)),
            1 => Some(self.leaf(ty, expected)),
            2 => self.constructor(ty, near, expected),
            3 => self.call_giving(ty, near),
            4 => self.lib_call(ty, near),
            5 => Some(self.choice(ty, near, expected)),
            6 => self.element(ty, near),
            7 => self.constant(ty),
            _ => self.unwrapped(ty, near),
        };
        match made {
            Some(text) => text,
            // What was thought of meanwhile may have moved some of them.
            None => match self.paths(ty) {
                paths if paths.is_empty() => self.leaf(ty, expected),
                paths => self.pick_path(&paths),
            },
        }
    }

    fn pick_path(&mut self, paths: &[String]) -> String {
        self.u.pick(paths).cloned().unwrap_or_default()
    }

    /// What is reached from the visible variables by fields alone and has the type.
    pub(super) fn paths(&self, ty: &Ty) -> Vec<String> {
        let mut found = Vec::new();
        for i in self.scope.visible() {
            let var = &self.scope.vars[i];
            if self.no_reach && self.decls.can(&var.ty, Can::Reach) {
                continue;
            }
            self.paths_below(&var.name, &var.ty, ty, 2, &mut found);
        }
        found
    }

    fn paths_below(&self, text: &str, ty: &Ty, want: &Ty, depth: usize, found: &mut Vec<String>) {
        if ty == want {
            found.push(text.to_string());
        }
        if depth == 0 {
            return;
        }
        match ty {
            Ty::Tuple(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    self.paths_below(&format!("{text}.{i}"), part, want, depth - 1, found);
                }
            }
            Ty::Adt(i, args) => {
                for (name, field, _) in self.decls.adts[*i].fields() {
                    let field = field.with(args);
                    self.paths_below(&format!("{text}.{name}"), &field, want, depth - 1, found);
                }
            }
            Ty::Ptr(i) => {
                for (name, field, _) in self.decls.adts[*i].fields() {
                    self.paths_below(&format!("{text}.{name}"), field, want, depth - 1, found);
                }
            }
            _ => {}
        }
    }

    /// `{ let q: T = e; q }`: gives a text the type that it would need from its place.
    fn ascribe(&mut self, ty: &Ty, text: String) -> String {
        let shown = self.show(ty);
        format!("{{ let q: {shown} = {text}; q }}")
    }

    /// The smallest expression of a type.
    pub(super) fn leaf(&mut self, ty: &Ty, expected: bool) -> String {
        // What is inside what is inside stays small.
        let outermost = self.leaf_size == 0;
        self.leaf_size += 1;
        let (text, by_itself) = self.leaf_text(ty);
        if outermost {
            self.leaf_size = 0;
        }
        match expected || by_itself {
            true => text,
            false => self.ascribe(ty, text),
        }
    }

    /// With whether its type is known from itself.
    fn leaf_text(&mut self, ty: &Ty) -> (String, bool) {
        let text = match ty {
            Ty::Unit => "()".to_string(),
            Ty::Bool => ["true", "false"][self.u.below(2)].to_string(),
            Ty::Int("int") => match self.u.below(8) {
                0 => "0".to_string(),
                1 => "1".to_string(),
                2 => "(-1)".to_string(),
                3 => format!("{}", self.u.below(1000)),
                _ => format!("{}", self.u.below(9)),
            },
            Ty::Int(name) => {
                let value = self.u.below(5);
                match self.u.below(12) {
                    0 if *name == "i8" => "i8(127)".to_string(),
                    1 if *name == "u8" => "u8(255)".to_string(),
                    _ => format!("{name}({value})"),
                }
            }
            Ty::Float("float") => {
                let text = FLOATS[self.u.below(FLOATS.len())];
                if text.starts_with('-') {
                    format!("({text})")
                } else {
                    text.to_string()
                }
            }
            Ty::Float(name) => format!("{name}({}.5)", self.u.below(9)),
            Ty::Char => CHARS[self.u.below(CHARS.len())].to_string(),
            Ty::Str => STRINGS[self.u.below(STRINGS.len())].to_string(),
            Ty::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|t| self.leaf(t, false)).collect();
                format!("({})", parts.join(", "))
            }
            Ty::Opt(_) => return ("none".to_string(), false),
            Ty::Res(t, _) => return (format!("ok({})", self.leaf(t, true)), false),
            Ty::List(t) | Ty::Array(t) | Ty::Set(t) => {
                if self.leaf_size < LEAF && self.u.chance(70) && !self.is_recursive(t) {
                    let n = 1 + self.u.below(3);
                    let parts: Vec<String> = (0..n).map(|_| self.leaf(t, true)).collect();
                    return (format!("[{}]", parts.join(", ")), false);
                }
                return ("[]".to_string(), false);
            }
            Ty::Deque(t) | Ty::Heap(t) => {
                let way = if matches!(ty, Ty::Heap(_)) {
                    "to_heap"
                } else {
                    "to_deque"
                };
                let (n, of) = (self.u.below(4), self.show(t));
                format!("List<{of}>.filled({n}, {}).{way}()", self.leaf(t, true))
            }
            Ty::Error => "Error(\"odd\")".to_string(),
            Ty::Map(k, v) => {
                if self.leaf_size < LEAF && self.u.chance(60) && !self.is_recursive(v) {
                    let (k, v) = (self.leaf(k, true), self.leaf(v, true));
                    return (format!("[{k}: {v}]"), false);
                }
                return ("[:]".to_string(), false);
            }
            Ty::Adt(i, args) => return self.leaf_adt(*i, args),
            Ty::Ptr(i) => {
                let (text, _) = self.leaf_adt(*i, &[]);
                format!("new {text}")
            }
            Ty::Weak(_) => return ("weak()".to_string(), false),
            Ty::Fn(params, ret) => return (self.leaf_closure(params, ret), true),
            Ty::Any(i) => {
                let who = self.implementors[*i].clone();
                let adt = self.u.pick(&who).copied().unwrap_or(0);
                return (self.leaf(&self.value_of(adt), false), false);
            }
            // Every function with a type parameter has a parameter of that type.
            Ty::Param(i) => format!("t{i}"),
        };
        (text, true)
    }

    fn is_recursive(&self, ty: &Ty) -> bool {
        matches!(ty, Ty::Adt(..) | Ty::Ptr(_) | Ty::Any(_)) && self.budget <= 0
    }

    fn leaf_adt(&mut self, i: usize, args: &[Ty]) -> (String, bool) {
        self.budget -= 1;
        match &self.decls.adts[i].kind {
            Kind::Struct(fields) => {
                let fields = fields.clone();
                let inits: Vec<String> = fields
                    .iter()
                    .filter(|(_, _, default)| default.is_none() || self.budget > 0)
                    .map(|(name, ty, _)| (name.clone(), ty.with(args)))
                    .collect::<Vec<_>>()
                    .into_iter()
                    .map(|(name, ty)| {
                        let value = match &ty {
                            Ty::List(_) | Ty::Array(_) | Ty::Set(_) if self.budget <= 0 => {
                                "[]".to_string()
                            }
                            Ty::Map(..) if self.budget <= 0 => "[:]".to_string(),
                            _ => self.leaf(&ty, true),
                        };
                        format!("{name}: {value}")
                    })
                    .collect();
                let name = self.show(&Ty::Adt(i, args.to_vec()));
                (format!("{name}{{ {} }}", inits.join(", ")), true)
            }
            // The first variant holds nothing.
            Kind::Enum(variants) => {
                let variant = variants[0].0.clone();
                match args.is_empty() {
                    true => (format!("{}.{variant}", self.decls.adts[i].name), true),
                    false => (format!(".{variant}"), false),
                }
            }
        }
    }

    /// A literal whose parts are expressions.
    pub(super) fn constructor(&mut self, ty: &Ty, depth: usize, expected: bool) -> Option<String> {
        let (text, by_itself) = match ty {
            Ty::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|t| self.typed(t, depth)).collect();
                (format!("({})", parts.join(", ")), true)
            }
            Ty::Opt(t) => {
                // Lifting: what stands there is wrapped by itself.
                if expected && !matches!(**t, Ty::Opt(_) | Ty::Res(..)) && self.u.chance(30) {
                    return Some(self.typed(t, depth));
                }
                (format!("some({})", self.expr(t, depth)), false)
            }
            Ty::Res(t, e) => match self.u.chance(70) {
                true => (format!("ok({})", self.expr(t, depth)), false),
                false => (format!("err({})", self.expr(e, depth)), false),
            },
            Ty::List(t) | Ty::Array(t) | Ty::Set(t) => (self.list_literal(ty, t, depth), false),
            Ty::Map(k, v) if let Some(text) = self.large_map(k, v) => (text, false),
            Ty::Map(k, v) => {
                let n = 1 + self.u.below(3);
                let pairs: Vec<String> = (0..n)
                    .map(|_| {
                        let key = self.expr(k, 0);
                        format!("{key}: {}", self.expr(v, depth))
                    })
                    .collect();
                (format!("[{}]", pairs.join(", ")), false)
            }
            Ty::Adt(i, args) => self.adt_literal(*i, args, depth),
            Ty::Ptr(i) => {
                let (text, _) = self.adt_literal(*i, &[], depth);
                (format!("new {text}"), true)
            }
            Ty::Weak(i) => {
                let paths = self.paths(&Ty::Ptr(*i));
                let path = self.u.pick(&paths)?;
                (format!("weak({path})"), true)
            }
            Ty::Fn(params, ret) => (self.closure(params, ret, depth, true), true),
            Ty::Any(i) => {
                let who = self.implementors[*i].clone();
                let adt = self.u.pick(&who).copied()?;
                (self.typed(&self.value_of(adt), depth), false)
            }
            _ => return None,
        };
        Some(match expected || by_itself {
            true => text,
            false => self.ascribe(ty, text),
        })
    }

    fn list_literal(&mut self, ty: &Ty, elem: &Ty, depth: usize) -> String {
        let n = match self.large() {
            Some(n) => n,
            None => 1 + self.u.below(4),
        };
        if n > 4 {
            // Long enough for a storage that cannot be one leaf; small to read.
            let mut value = self.comprehension_value(elem);
            if matches!(ty, Ty::Set(_)) {
                value = self.leaf(elem, true);
            }
            return format!("[{value} for _ in 0..{n}]");
        }
        let parts: Vec<String> = (0..n)
            .map(|_| {
                if self.u.chance(12) {
                    let spread = self.paths(ty);
                    if let Some(path) = self.u.pick(&spread) {
                        return format!("..{path}");
                    }
                }
                self.expr(elem, depth)
            })
            .collect();
        format!("[{}]", parts.join(", "))
    }

    /// Now and then a number of elements that fills leaves, or nearly.
    pub(super) fn large(&mut self) -> Option<usize> {
        let often = if self.on(Feature::Large) { 25 } else { 4 };
        if !self.u.chance(often) {
            return None;
        }
        if self.turns > 8 {
            return Some(30 + self.u.below(10));
        }
        const SIZES: [usize; 8] = [31, 32, 33, 34, 63, 65, 97, 1057];
        // The last one, a third level, is long to print.
        let n = SIZES.len() - usize::from(!self.u.chance(10));
        Some(SIZES[self.u.below(n)])
    }

    /// How long a container may become by what is added to it.
    pub(super) fn most(&self) -> usize {
        if self.on(Feature::Large) { 140 } else { 40 }
    }

    /// A map of many keys.
    fn large_map(&mut self, k: &Ty, v: &Ty) -> Option<String> {
        let i = self.name();
        let key = match k {
            Ty::Int("int") => i.clone(),
            Ty::Str => format!("\"k{{{i}}}\""),
            _ => return None,
        };
        let n = self.large()?;
        let value = self.comprehension_value(v);
        // Written where the name is not yet in scope, so the value never reads it.
        Some(format!("[{key}: {value} for {i} in 0..{n}]"))
    }

    fn comprehension_value(&mut self, elem: &Ty) -> String {
        self.turns *= 40;
        let value = self.leaf(elem, true);
        self.turns /= 40;
        value
    }

    /// With whether its type is known from itself.
    fn adt_literal(&mut self, i: usize, args: &[Ty], depth: usize) -> (String, bool) {
        let shown = self.show(&Ty::Adt(i, args.to_vec()));
        match &self.decls.adts[i].kind {
            Kind::Struct(fields) => {
                let fields = fields.clone();
                let base = self.paths(&Ty::Adt(i, args.to_vec()));
                let base = match self.u.chance(25) {
                    true => self.u.pick(&base).cloned(),
                    false => None,
                };
                // The other fields' values must not move what it names.
                let pinned = base.as_ref().and_then(|base| self.root_of(base));
                if let Some(root) = pinned {
                    self.scope.vars[root].pins += 1;
                }
                let mut inits = Vec::new();
                for (name, ty, default) in &fields {
                    let left_out = (default.is_some() && self.u.chance(40))
                        || (base.is_some() && self.u.chance(60));
                    if !left_out {
                        let value = self.part(i, &ty.with(args), depth);
                        inits.push(format!("{name}: {value}"));
                    }
                }
                if let Some(root) = pinned {
                    self.scope.vars[root].pins -= 1;
                }
                if let Some(base) = base {
                    // Where nothing is left for the base to give, it is an error.
                    if inits.len() == fields.len() {
                        inits.pop();
                    }
                    let at = self.u.below(inits.len() + 1);
                    inits.insert(at, format!("..{base}"));
                }
                (format!("{shown}{{ {} }}", inits.join(", ")), true)
            }
            Kind::Enum(variants) => {
                let at = self.u.below(variants.len());
                let (name, payload) = variants[at].clone();
                let values: Vec<String> = payload
                    .iter()
                    .map(|(field, ty)| {
                        let value = self.part(i, &ty.with(args), depth);
                        match field {
                            Some(field) => format!("{field}: {value}"),
                            None => value,
                        }
                    })
                    .collect();
                let values = match values.is_empty() {
                    true => String::new(),
                    false => format!("({})", values.join(", ")),
                };
                match args.is_empty() {
                    true => (format!("{}.{name}{values}", self.decls.adts[i].name), true),
                    false => (format!(".{name}{values}"), false),
                }
            }
        }
    }

    /// A part of a new value of a struct or enum. What can hold such values itself is a small one
    /// that is at hand, or nearly nothing: else values would double with each turn of a loop.
    fn part(&mut self, adt: usize, ty: &Ty, depth: usize) -> String {
        if !self.decls.is_recursive(adt) || !self.decls.can_grow(ty) {
            return self.expr(ty, depth);
        }
        let paths = self.paths(ty);
        match self.u.pick(&paths).cloned() {
            Some(path) => {
                let leaf = self.leaf(ty, true);
                format!("(if \"{{{path}}}\".size() < 200 {{ {path} }} else {{ {leaf} }})")
            }
            None => self.leaf(ty, true),
        }
    }

    /// `if`, `match` or a block as an expression.
    fn choice(&mut self, ty: &Ty, depth: usize, expected: bool) -> String {
        match self.u.below(4) {
            0 | 1 => {
                let cond = self.cond(depth);
                let (a, b) = (
                    self.make(ty, depth, expected),
                    self.make(ty, depth, expected),
                );
                format!("(if {cond} {{ {a} }} else {{ {b} }})")
            }
            2 => {
                let mark = self.scope.vars.len();
                let (name, of) = (self.name(), self.some_type(1));
                let value = self.typed(&of, depth);
                self.scope.declare(&name, of, false);
                let result = self.make(ty, depth, expected);
                self.scope.leave(mark);
                format!("{{ let {name} = {value}; {} }}", as_last(result))
            }
            _ => {
                let n = self.typed(&INT, depth);
                let (a, b) = (
                    self.make(ty, depth, expected),
                    self.make(ty, depth, expected),
                );
                let at = self.u.below(4);
                format!("(match ({n}) {{ {at} => {a}, _ => {b} }})")
            }
        }
    }

    /// A condition as it stands in front of a block.
    pub(super) fn cond(&mut self, depth: usize) -> String {
        format!("({})", self.typed(&Ty::Bool, depth))
    }

    /// An element of a container at hand, guarded.
    fn element(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let list = Ty::list(ty.clone());
        let array = Ty::Array(Box::new(ty.clone()));
        let mut paths = self.paths(&list);
        paths.extend(self.paths(&array));
        if let Some(path) = self.u.pick(&paths).cloned() {
            if self.is_raw() {
                return Some(format!("{path}[{}]", self.u.below(3)));
            }
            let other = self.expr(ty, 0);
            return Some(match self.u.below(3) {
                0 => format!("(if {path}.len() > 0 {{ {path}[0] }} else {{ {other} }})"),
                1 => format!(
                    "(if {path}.len() > 1 {{ {path}[{path}.len() - 1] }} else {{ {other} }})"
                ),
                _ => format!("({path}.get({}) ?? {other})", self.u.below(3)),
            });
        }
        let map = self.map_with_value(ty)?;
        let key = self.expr(&map.1, 0);
        let other = self.expr(ty, depth.min(1));
        Some(match self.u.below(3) {
            0 => format!("({}.get({key}) ?? {other})", map.0),
            1 if self.is_raw() => format!("{}[{key}]", map.0),
            _ => format!("{}[{key}, default: {other}]", map.0),
        })
    }

    /// A map at hand that holds the type, and the type of its keys.
    fn map_with_value(&mut self, ty: &Ty) -> Option<(String, Ty)> {
        let keys = [Ty::Str, INT];
        for key in keys {
            let paths = self.paths(&Ty::map(key.clone(), ty.clone()));
            if let Some(path) = self.u.pick(&paths) {
                return Some((path.clone(), key));
            }
        }
        None
    }

    pub(super) fn constant(&mut self, ty: &Ty) -> Option<String> {
        let of: Vec<String> = self
            .consts
            .iter()
            .filter(|(_, t)| t == ty)
            .map(|(name, _)| name.clone())
            .collect();
        self.u.pick(&of).cloned()
    }

    /// What an optional or result holds, or else; a `?` where the function can leave by it.
    fn unwrapped(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        if matches!(ty, Ty::Opt(_) | Ty::Res(..) | Ty::Unit) {
            return None;
        }
        let leaves = !self.deferred && self.on(Feature::EarlyExits);
        let takes_text = |e: &Ty| match e {
            Ty::Str | Ty::Error => true,
            Ty::Adt(i, _) => self.own_error == Some(*i),
            _ => false,
        };
        let result = Ty::Res(Box::new(ty.clone()), Box::new(Ty::Str));
        // A literal `none` that is asked for what it holds says little.
        let at_hand =
            |g: &Self| !g.paths(&Ty::opt(ty.clone())).is_empty() || !g.paths(&result).is_empty();
        if depth == 0 && !at_hand(self) && self.u.chance(70) {
            return None;
        }
        match self.ret.clone() {
            Ty::Opt(_) if leaves && self.u.chance(60) => {
                Some(format!("{}?", self.typed(&Ty::opt(ty.clone()), depth)))
            }
            Ty::Res(_, e) if leaves && takes_text(&e) && self.u.chance(60) => {
                match self.u.chance(50) {
                    true => Some(format!("{}?", self.typed(&result, depth))),
                    false => {
                        let opt = self.typed(&Ty::opt(ty.clone()), depth);
                        let e = self.typed(&Ty::Str, 0);
                        Some(format!("{opt}.or_err({e})?"))
                    }
                }
            }
            _ => {
                // In the order in which they stand: the first may move what the second would name.
                Some(match self.u.chance(60) || !self.on(Feature::Results) {
                    true => {
                        let value = self.typed(&Ty::opt(ty.clone()), depth);
                        format!("({value} ?? {})", self.expr(ty, depth.min(1)))
                    }
                    false => {
                        let value = self.typed(&result, depth);
                        format!("({value} catch |_| {})", self.expr(ty, depth.min(1)))
                    }
                })
            }
        }
    }

    /// A call of a function or method of the program.
    pub(super) fn call_giving(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let mut fits: Vec<(usize, Vec<Ty>)> = Vec::new();
        for i in 0..self.fns.len() {
            if self.affordable(i)
                && let Some(args) = self.instance_for(i, ty)
            {
                fits.push((i, args));
            }
        }
        let (i, args) = self.u.pick(&fits).cloned()?;
        let receiver = self.fns[i].receiver.clone();
        match receiver {
            Receiver::None => Some(self.call(i, &args, depth)),
            Receiver::Value(of) => {
                let of = of.with(&args);
                let value = self.typed(&of, depth.min(1));
                Some(self.method_call(&value, i, &args, depth))
            }
            Receiver::Pointer(class) => {
                let paths = self.paths(&Ty::Ptr(class));
                let path = self.u.pick(&paths).cloned()?;
                Some(self.method_call(&path, i, &args, depth))
            }
            // Their result is a tuple with the receiver; they serve `!`.
            Receiver::Changing(_) => None,
        }
    }

    pub(super) fn affordable(&self, i: usize) -> bool {
        if self.pure && !self.fns[i].is_pure {
            return false;
        }
        if let Some((at, left)) = self.recursion
            && at == i
        {
            return left > 0 && self.turns == 1 && self.closures == 0;
        }
        let cost = self.fns[i].cost.max(1).saturating_mul(self.turns);
        self.cost.saturating_add(cost) < 6000
    }

    /// `f(args)`
    pub(super) fn call(&mut self, i: usize, args: &[Ty], depth: usize) -> String {
        let list = self.arguments(i, args, depth);
        let name = self.fns[i].path_from(self.here);
        match args.is_empty() {
            true => format!("{name}({list})"),
            false => {
                let args: Vec<String> = args.iter().map(|t| self.show(t)).collect();
                format!("{name}<{}>({list})", args.join(", "))
            }
        }
    }

    pub(super) fn method_call(&mut self, on: &str, i: usize, args: &[Ty], depth: usize) -> String {
        let list = self.arguments(i, args, depth);
        format!("{on}.{}({list})", self.fns[i].name)
    }

    pub(super) fn arguments(&mut self, i: usize, args: &[Ty], depth: usize) -> String {
        self.cost += self.fns[i].cost.max(1).saturating_mul(self.turns);
        self.fns[i].called = true;
        let mut again = false;
        if let Some((at, left)) = &mut self.recursion
            && *at == i
        {
            *left = left.saturating_sub(1);
            again = true;
        }
        let params = self.fns[i].params.clone();
        let mut texts: Vec<String> = Vec::new();
        let mut named = false;
        let mut first: Option<(Ty, String)> = None;
        for param in &params {
            let ty = param.ty.with(args);
            if param.is_fuel {
                texts.push(match again {
                    true => "fuel - 1".to_string(),
                    false => self.u.below(4).to_string(),
                });
                continue;
            }
            if param.default.is_some() && self.u.chance(50) {
                named = true;
                continue;
            }
            // The same variable twice: two holders that a callee may tell apart.
            let repeated = match &first {
                Some((t, text)) if *t == ty && self.u.chance(20) => Some(text.clone()),
                _ => None,
            };
            let value = match repeated.filter(|text| self.is_plain_name(text)) {
                Some(text) => text,
                None => self.argument(&ty, depth),
            };
            if first.is_none() && self.is_plain_name(&value) {
                first = Some((ty.clone(), value.clone()));
            }
            named = named || (self.on(Feature::DefaultArgs) && self.u.chance(15));
            texts.push(match named {
                true => format!("{}: {value}", param.name),
                false => value,
            });
        }
        texts.join(", ")
    }

    pub(super) fn is_plain_name(&self, text: &str) -> bool {
        let var = self.scope.vars.iter().rev().find(|v| v.name == text);
        var.is_some_and(|v| !v.dead)
    }

    /// An argument: now and then with an early exit in its middle, or a `move`.
    fn argument(&mut self, ty: &Ty, depth: usize) -> String {
        if self.on(Feature::EarlyExits)
            && self.u.chance(6)
            && let Some(exit) = self.exit_expr()
        {
            let cond = self.cond(1);
            let value = self.expr(ty, depth);
            return format!("(if {cond} {{ {exit} }} else {{ {value} }})");
        }
        if self.on(Feature::SoleMoves)
            && self.u.chance(10)
            && let Some(text) = self.moved_variable(ty)
        {
            return text;
        }
        self.expr(ty, depth)
    }

    /// The variable that a path begins with.
    fn root_of(&self, path: &str) -> Option<usize> {
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let mut visible = self.scope.visible().into_iter();
        visible.find(|&i| self.scope.vars[i].name == path[..end])
    }

    /// `move x`, after which the name is gone.
    pub(super) fn moved_variable(&mut self, ty: &Ty) -> Option<String> {
        let fit: Vec<usize> = self
            .scope
            .visible()
            .into_iter()
            .filter(|&i| self.scope.vars[i].ty == *ty && self.scope.can_move(i))
            .collect();
        let i = self.u.pick(&fit).copied()?;
        if self.no_reach && self.decls.can(ty, Can::Reach) {
            return None;
        }
        self.scope.vars[i].dead = true;
        Some(format!("(move {})", self.scope.vars[i].name))
    }
}
