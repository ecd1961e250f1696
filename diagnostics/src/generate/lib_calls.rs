//! Calls of the library that give a wanted type: the operators, and what collections, strings and
//! optionals offer.

use super::Gen;
use super::print::in_braces;
use super::swarm::Feature;
use super::types::{Can, INT, NARROW, Ty};

impl Gen<'_, '_> {
    pub(super) fn lib_call(&mut self, ty: &Ty, d: usize) -> Option<String> {
        if self.u.chance(15)
            && let Some(text) = self.closure_call(ty, d)
        {
            return Some(text);
        }
        if self.u.chance(8) {
            return self.general_call(ty, d);
        }
        let number = matches!(ty, Ty::Int("int") | Ty::Float("float"));
        if number && self.on(Feature::StdModules) && self.u.chance(6) {
            return Some(self.math_call(ty, d));
        }
        match ty {
            Ty::Bool => self.bool_call(d),
            Ty::Int("int") => self.int_call(d),
            Ty::Int(name) => self.narrow_call(name, d),
            Ty::Float(_) => Some(self.float_call(ty, d)),
            Ty::Char => self.char_call(d),
            Ty::Str => self.string_call(d),
            Ty::Opt(t) => self.optional_call(t, d),
            Ty::Res(t, e) => self.result_call(t, e, d),
            Ty::List(t) | Ty::Array(t) => self.sequence_call(ty, t, d),
            Ty::Map(k, v) => self.map_call(k, v, d),
            Ty::Set(t) => self.set_call(t, d),
            Ty::Tuple(parts) => self.tuple_call(parts, d),
            Ty::Deque(t) | Ty::Heap(t) => self.queue_call(ty, t, d),
            _ => None,
        }
    }

    /// What any type can come from: a fold, `apply`, an `any` element of a chain.
    fn general_call(&mut self, ty: &Ty, d: usize) -> Option<String> {
        if !self.on(Feature::HigherOrder) {
            return None;
        }
        match self.u.below(3) {
            0 => {
                let elem = self.element_type();
                let list = self.typed(&Ty::list(elem.clone()), d);
                let start = self.typed(ty, d.min(1));
                let f = self.callback(&[ty.clone(), elem], ty, d, true);
                Some(format!("{list}.fold({start}, {f})"))
            }
            1 if !matches!(ty, Ty::Ptr(_)) => {
                let start = self.typed(ty, d);
                let f = self.callback(std::slice::from_ref(ty), ty, d, true);
                Some(format!("{start}.apply({f})"))
            }
            _ => {
                let value = self.typed(ty, d);
                Some(format!("copy {value}")).map(|c| format!("({c})"))
            }
        }
    }

    /// The type of elements of something at hand, or any.
    pub(super) fn element_type(&mut self) -> Ty {
        let mut found = Vec::new();
        for i in self.scope.visible() {
            if let Ty::List(t) = &self.scope.vars[i].ty {
                found.push((**t).clone());
            }
        }
        match self.u.pick(&found) {
            Some(ty) if self.u.chance(70) => ty.clone(),
            _ => self.some_type(1),
        }
    }

    fn some_sequence(&mut self, d: usize) -> (String, Ty) {
        let elem = self.element_type();
        let ty = match self.on(Feature::Arrays) && self.u.chance(30) {
            true => Ty::Array(Box::new(elem.clone())),
            false => Ty::list(elem.clone()),
        };
        (self.typed(&ty, d), elem)
    }

    fn bool_call(&mut self, d: usize) -> Option<String> {
        Some(match self.u.below(12) {
            0 | 1 => {
                let ty = self.comparable(Can::Ord);
                let op = ["<", "<=", ">", ">="][self.u.below(4)];
                format!("({} {op} {})", self.typed(&ty, d), self.typed(&ty, d))
            }
            2 | 3 => {
                let ty = self.comparable(Can::Eq);
                let op = ["==", "!="][self.u.below(2)];
                format!("({} {op} {})", self.typed(&ty, d), self.typed(&ty, d))
            }
            4 => format!("(!{})", self.typed(&Ty::Bool, d)),
            5 => format!(
                "({} && {})",
                self.typed(&Ty::Bool, d),
                self.typed(&Ty::Bool, d)
            ),
            6 => format!(
                "({} || {})",
                self.typed(&Ty::Bool, d),
                self.typed(&Ty::Bool, d)
            ),
            7 => {
                let (xs, _) = self.some_sequence(d);
                format!("{xs}.is_empty()")
            }
            8 if self.on(Feature::HigherOrder) => {
                let (xs, elem) = self.some_sequence(d);
                let f = self.callback(&[elem], &Ty::Bool, d, false);
                let name = ["any", "all"][self.u.below(2)];
                format!("{xs}.{name}({f})")
            }
            9 => {
                let elem = self.comparable(Can::Eq);
                let list = Ty::list(elem.clone());
                // In the order in which they stand, as everywhere: the first may move a variable.
                match self.u.below(2) {
                    0 => format!(
                        "{}.contains({})",
                        self.typed(&list, d),
                        self.typed(&elem, d)
                    ),
                    _ => format!("({} in {})", self.typed(&elem, d), self.typed(&list, d)),
                }
            }
            10 => {
                let of = self.some_type(1);
                let o = self.typed(&Ty::opt(of), d);
                match self.u.below(3) {
                    0 => format!("({o} is some(_))"),
                    1 => format!("{o}.is_none()"),
                    _ => format!("{o}.is_some()"),
                }
            }
            _ => {
                let (a, b) = (self.typed(&Ty::Str, d), self.typed(&Ty::Str, d));
                let name = ["contains", "starts_with", "ends_with"][self.u.below(3)];
                format!("{a}.{name}({b})")
            }
        })
    }

    /// A type of something at hand that can be compared so.
    pub(super) fn comparable(&mut self, how: Can) -> Ty {
        let mut found = vec![INT, Ty::Str];
        for i in self.scope.visible() {
            let ty = &self.scope.vars[i].ty;
            if self.decls.can(ty, how) && *ty != Ty::Unit {
                found.push(ty.clone());
            }
        }
        let i = self.u.below(found.len());
        found.swap_remove(i)
    }

    fn int_call(&mut self, d: usize) -> Option<String> {
        Some(match self.u.below(14) {
            0..=2 => {
                let op = match self.is_raw() {
                    true => ["+", "-", "*"][self.u.below(3)],
                    false => ["+%", "-%", "*%"][self.u.below(3)],
                };
                format!("({} {op} {})", self.typed(&INT, d), self.typed(&INT, d))
            }
            3 => {
                let op = ["/", "%", "&", "|", "^", ">>"][self.u.below(6)];
                format!("({} {op} {})", self.typed(&INT, d), 1 + self.u.below(7))
            }
            4 => {
                let (a, b) = (self.typed(&INT, d), self.typed(&INT, 0));
                match self.is_raw() {
                    true => format!("({a} % {b})"),
                    false => format!("({a} & {b})"),
                }
            }
            5 | 6 => {
                let (xs, _) = self.some_sequence(d);
                format!("{xs}.len()")
            }
            7 => {
                let name = ["len", "size"][self.u.below(2)];
                format!("{}.{name}()", self.typed(&Ty::Str, d))
            }
            8 if self.on(Feature::Maps) => {
                let v = self.some_type(1);
                format!("{}.len()", self.typed(&Ty::map(Ty::Str, v), d))
            }
            9 if self.on(Feature::HigherOrder) => {
                let (xs, elem) = self.some_sequence(d);
                let f = self.callback(&[elem], &Ty::Bool, d, false);
                format!("{xs}.count({f})")
            }
            10 => {
                let xs = self.typed(&Ty::list(INT), d);
                format!("{xs}.fold(0, |l, r| l +% r)")
            }
            11 => {
                let elem = self.comparable(Can::Eq);
                let xs = self.typed(&Ty::list(elem.clone()), d);
                format!("({xs}.index_of({}) ?? -1)", self.typed(&elem, d))
            }
            12 => match self.u.below(3) {
                0 => format!("int({})", self.typed(&Ty::Char, d)),
                1 => format!("int({})", self.typed(&Ty::Bool, d)),
                _ => format!("min({}, {})", self.typed(&INT, d), self.typed(&INT, d)),
            },
            _ => {
                let (a, b) = (self.typed(&INT, d), self.typed(&INT, 0));
                match self.u.below(3) {
                    0 => format!("{a}.max({b})"),
                    1 => format!("({a}.checked_add({b}) ?? 0)"),
                    _ => format!("({a}.checked_mul({b}) ?? 1)"),
                }
            }
        })
    }

    fn narrow_call(&mut self, name: &str, d: usize) -> Option<String> {
        let ty = Ty::Int(NARROW.iter().copied().find(|n| *n == name)?);
        Some(match self.u.below(5) {
            0 | 1 => {
                let op = match self.is_raw() {
                    true => ["+", "-", "*"][self.u.below(3)],
                    false => ["+%", "-%", "*%", "&", "|", "^"][self.u.below(6)],
                };
                format!("({} {op} {})", self.typed(&ty, d), self.typed(&ty, d))
            }
            2 => format!("{name}.wrapping({})", self.typed(&INT, d)),
            3 => match self.is_raw() {
                true => format!("{name}({})", self.typed(&INT, d)),
                false => format!("({name}.checked({}) ?? {name}(7))", self.typed(&INT, d)),
            },
            _ => format!("({} >> {})", self.typed(&ty, d), self.u.below(7)),
        })
    }

    fn float_call(&mut self, ty: &Ty, d: usize) -> String {
        match self.u.below(5) {
            0..=2 => {
                let op = ["+", "-", "*", "/"][self.u.below(4)];
                format!("({} {op} {})", self.typed(ty, d), self.typed(ty, d))
            }
            3 => {
                let name = ["abs", "floor", "sqrt", "round"][self.u.below(4)];
                format!("{}.{name}()", self.typed(ty, d))
            }
            _ => format!("{}({})", self.show(ty), self.typed(&INT, d)),
        }
    }

    fn char_call(&mut self, d: usize) -> Option<String> {
        let s = self.typed(&Ty::Str, d);
        Some(match self.u.below(2) {
            0 => format!("({s}.get({}) ?? '?')", self.u.below(4)),
            _ => format!("({s}.last() ?? '!')"),
        })
    }

    fn string_call(&mut self, d: usize) -> Option<String> {
        let s = |g: &mut Self| g.typed(&Ty::Str, d);
        Some(match self.u.below(13) {
            0..=2 => {
                let (a, b) = (self.some_type(1), self.some_type(1));
                if self.no_reach {
                    return Some("\"quiet\"".to_string());
                }
                let (a, b) = (in_braces(&self.typed(&a, d)), in_braces(&self.typed(&b, d)));
                let text = match self.u.below(3) {
                    0 => format!("\"{a}\""),
                    1 => format!("\"<{a} {b}>\""),
                    _ => format!("\"a text that is made: {a}, {b}\""),
                };
                // What is made again and again of itself must not grow without end.
                match self.turns > 1 {
                    true => format!("{text}.take(80)"),
                    false => text,
                }
            }
            3 | 4 => {
                let (a, b) = (s(self), s(self));
                format!("({a} + {b}).take(60)")
            }
            5 => {
                let name =
                    ["to_upper", "to_lower", "trim", "reverse", "trim_start"][self.u.below(5)];
                format!("{}.{name}()", s(self))
            }
            6 => format!("{}.repeat({}).take(50)", s(self), self.u.below(4)),
            7 => {
                let name = ["take", "drop"][self.u.below(2)];
                format!("{}.{name}({})", s(self), self.u.below(30))
            }
            8 => {
                let xs = self.typed(&Ty::list(Ty::Str), d);
                format!("{xs}.join(\", \").take(80)")
            }
            9 => format!(
                "{}.replace(\"a\", {}).take(80)",
                s(self),
                self.typed(&Ty::Str, 0)
            ),
            10 => match self.u.below(3) {
                // The receiver first: it may move what the char would name.
                form @ (0 | 1) => {
                    let text = s(self);
                    let c = self.typed(&Ty::Char, d);
                    match form {
                        0 => format!("{text}.push({c})"),
                        _ => format!("{text}.pad_left({}, {c})", self.u.below(30)),
                    }
                }
                _ => format!("{}.to_upper()", self.typed(&Ty::Char, d)),
            },
            11 => {
                let spec = ["03", ">6", "+", "#x", "b", "<4"][self.u.below(6)];
                format!("\"{{({}):{spec}}}\"", self.typed(&INT, d))
            }
            _ => format!("{}.append({}).take(80)", s(self), s(self)),
        })
    }

    fn optional_call(&mut self, of: &Ty, d: usize) -> Option<String> {
        let list = Ty::list(of.clone());
        Some(match self.u.below(9) {
            0 | 1 => {
                let xs = self.typed(&list, d);
                match self.u.below(3) {
                    0 => format!("{xs}.first()"),
                    1 => format!("{xs}.last()"),
                    _ => format!("{xs}.get({})", self.typed(&INT, d)),
                }
            }
            2 if self.on(Feature::Maps) => {
                let m = self.typed(&Ty::map(Ty::Str, of.clone()), d);
                format!("{m}.get({})", self.typed(&Ty::Str, d))
            }
            3 if self.on(Feature::HigherOrder) => {
                let xs = self.typed(&list, d);
                let f = self.callback(std::slice::from_ref(of), &Ty::Bool, d, false);
                format!("{xs}.find({f})")
            }
            4 if self.on(Feature::HigherOrder) => {
                let from = self.some_type(1);
                let o = self.typed(&Ty::opt(from.clone()), d);
                let f = self.callback(&[from], of, d, true);
                format!("{o}.map({f})")
            }
            5 if *of == INT => format!("{}.parse_int()", self.typed(&Ty::Str, d)),
            6 if self.decls.can(of, Can::Ord) => {
                let name = ["min", "max"][self.u.below(2)];
                format!("{}.{name}()", self.typed(&list, d))
            }
            7 => {
                let o = self.typed(&Ty::opt(of.clone()), d);
                format!("{o}.or({})", self.expr(&Ty::opt(of.clone()), d))
            }
            _ => {
                let result = Ty::Res(Box::new(of.clone()), Box::new(Ty::Str));
                format!("{}.to_option()", self.typed(&result, d))
            }
        })
    }

    fn result_call(&mut self, of: &Ty, e: &Ty, d: usize) -> Option<String> {
        Some(match self.u.below(3) {
            0 | 1 => {
                let o = self.typed(&Ty::opt(of.clone()), d);
                format!("{o}.or_err({})", self.typed(e, d))
            }
            _ => {
                let r = self.typed(&Ty::Res(Box::new(of.clone()), Box::new(e.clone())), d);
                match self.u.below(2) {
                    0 if self.on(Feature::HigherOrder) => {
                        let f = self.callback(std::slice::from_ref(e), e, d, true);
                        format!("{r}.map_err({f})")
                    }
                    _ => {
                        let other =
                            self.expr(&Ty::Res(Box::new(of.clone()), Box::new(e.clone())), d);
                        format!("{r}.or({other})")
                    }
                }
            }
        })
    }

    /// Lists and arrays, which have the same names.
    fn sequence_call(&mut self, ty: &Ty, elem: &Ty, d: usize) -> Option<String> {
        let is_list = matches!(ty, Ty::List(_));
        let xs = |g: &mut Self| g.typed(ty, d);
        Some(match self.u.below(20) {
            0 | 1 => format!("{}.push({})", xs(self), self.expr(elem, d)),
            2 => format!("{}.push_first({})", xs(self), self.expr(elem, d)),
            3 => format!("{}.reverse()", xs(self)),
            4 | 5 => {
                let name = ["take", "drop"][self.u.below(2)];
                let most = if self.on(Feature::Large) { 40 } else { 4 };
                format!("{}.{name}({})", xs(self), self.u.below(most))
            }
            6 if self.on(Feature::Slices) => {
                let paths = self.paths(ty);
                let path = self.u.pick(&paths).cloned()?;
                match self.u.below(3) {
                    0 => format!("{path}[{path}.len() / 2..]"),
                    1 => format!("{path}[..{path}.len() / 2]"),
                    _ if self.is_raw() => {
                        format!("{path}[{}..{}]", self.u.below(2), self.u.below(4))
                    }
                    _ => format!("{path}.slice({path}.len() / 3, {path}.len())"),
                }
            }
            7 if self.on(Feature::HigherOrder) => {
                let list = xs(self);
                let f = self.callback(std::slice::from_ref(elem), &Ty::Bool, d, false);
                let name = ["filter", "take_while", "drop_while"][self.u.below(3)];
                format!("{list}.{name}({f})")
            }
            8 | 9 if self.on(Feature::HigherOrder) => {
                let from = self.element_type();
                let source = match is_list {
                    true => self.typed(&Ty::list(from.clone()), d),
                    false => self.typed(&Ty::Array(Box::new(from.clone())), d),
                };
                let f = self.callback(&[from], elem, d, true);
                format!("{source}.map({f})")
            }
            10 | 11 if self.on(Feature::Comprehensions) => {
                let text = self.comprehension(elem, d);
                match is_list {
                    true => text,
                    false => format!("{text}.to_array()"),
                }
            }
            12 if self.decls.can(elem, Can::Ord) => {
                let name = ["sort", "dedup"][self.u.below(2)];
                format!("{}.{name}()", xs(self))
            }
            13 => {
                let (a, b) = (xs(self), xs(self));
                match self.u.below(2) {
                    0 => format!("({a} + {b}).take({})", self.most()),
                    _ => format!("{a}.append({b}).take({})", self.most()),
                }
            }
            14 => {
                let f = self.ordering(elem);
                format!("{}.sort_by({f})", xs(self))
            }
            15 if is_list && self.on(Feature::Arrays) => {
                format!(
                    "{}.to_list()",
                    self.typed(&Ty::Array(Box::new(elem.clone())), d)
                )
            }
            15 | 16 if !is_list => {
                format!("{}.to_array()", self.typed(&Ty::list(elem.clone()), d))
            }
            16 if is_list && self.on(Feature::Maps) => {
                let m = self.typed(&Ty::map(Ty::Str, elem.clone()), d);
                format!("{m}.values()")
            }
            17 if is_list => self.list_from_others(elem, d)?,
            18 => format!(
                "{}.repeat({}).take({})",
                xs(self),
                self.u.below(3),
                self.most()
            ),
            _ => {
                let filled = match is_list {
                    true => "List",
                    false => "Array",
                };
                let shown = self.show(elem);
                let n = match self.u.chance(20) {
                    true => 33 + self.u.below(40),
                    false => self.u.below(5),
                };
                format!("{filled}<{shown}>.filled({n}, {})", self.expr(elem, d))
            }
        })
    }

    fn list_from_others(&mut self, elem: &Ty, d: usize) -> Option<String> {
        Some(match elem {
            Ty::Int("int") => match self.u.below(3) {
                0 => format!("(0..{}).to_list()", self.u.below(70)),
                1 => format!("(0..{}).step({})", self.u.below(9), 1 + self.u.below(3)),
                _ => {
                    let (xs, from) = self.some_sequence(d);
                    let f = self.callback(&[from], &INT, d, true);
                    // An Array's map gives an Array.
                    format!("{xs}.to_list().map({f})")
                }
            },
            Ty::Str => match self.u.below(3) {
                0 => format!("{}.split(\",\")", self.typed(&Ty::Str, d)),
                1 => format!("{}.lines()", self.typed(&Ty::Str, d)),
                _ => {
                    let v = self.some_type(1);
                    format!("{}.keys()", self.typed(&Ty::map(Ty::Str, v), d))
                }
            },
            Ty::Char => format!("{}.chars()", self.typed(&Ty::Str, d)),
            Ty::List(inner) => {
                let name = ["chunks", "windows"][self.u.below(2)];
                let xs = self.typed(&Ty::list((**inner).clone()), d);
                format!("{xs}.{name}({})", 1 + self.u.below(3))
            }
            Ty::Tuple(parts) if parts.len() == 2 => {
                let (a, b) = (parts[0].clone(), parts[1].clone());
                match a == INT && self.u.chance(50) {
                    true => format!("{}.enumerate()", self.typed(&Ty::list(b), d)),
                    false => {
                        let xs = self.typed(&Ty::list(a), d);
                        format!("{xs}.zip({})", self.typed(&Ty::list(b), d))
                    }
                }
            }
            _ if self.on(Feature::Deques) && self.u.chance(40) => {
                format!(
                    "{}.to_list()",
                    self.typed(&Ty::Deque(Box::new(elem.clone())), d)
                )
            }
            _ if self.decls.can(elem, Can::Hash) && self.on(Feature::Sets) => {
                format!(
                    "{}.to_list()",
                    self.typed(&Ty::Set(Box::new(elem.clone())), d)
                )
            }
            _ => return None,
        })
    }

    /// `[e for x in xs if c]`
    pub(super) fn comprehension(&mut self, elem: &Ty, d: usize) -> String {
        let mark = self.scope.vars.len();
        let (source, name) = match self.u.below(3) {
            0 => (format!("0..{}", self.u.below(6)), None),
            _ => {
                let from = self.element_type();
                let list = self.typed(&Ty::list(from.clone()), d);
                (list, Some(from))
            }
        };
        self.scope.loops += 1;
        self.turns *= 8;
        let var = self.name();
        self.scope.declare(&var, name.unwrap_or(INT), false);
        let filter = match self.u.chance(35) {
            true => format!(" if {}", self.typed(&Ty::Bool, d.min(1))),
            false => String::new(),
        };
        let value = self.typed(elem, d);
        self.turns /= 8;
        self.scope.loops -= 1;
        self.scope.leave(mark);
        format!("[{value} for {var} in {source}{filter}]")
    }

    fn map_call(&mut self, k: &Ty, v: &Ty, d: usize) -> Option<String> {
        let ty = Ty::map(k.clone(), v.clone());
        let m = |g: &mut Self| g.typed(&ty, d);
        Some(match self.u.below(7) {
            0 | 1 => format!(
                "{}.insert({}, {})",
                m(self),
                self.expr(k, d),
                self.expr(v, d)
            ),
            2 => format!("{}.remove({})", m(self), self.expr(k, d)),
            3 => format!("{}.merge({})", m(self), m(self)),
            4 if self.on(Feature::HigherOrder) => {
                let pair = Ty::Tuple(vec![k.clone(), v.clone()]);
                let map = m(self);
                let f = self.callback(&[pair], &Ty::Bool, d, false);
                format!("{map}.filter({f})")
            }
            5 => {
                let pairs = Ty::list(Ty::Tuple(vec![k.clone(), v.clone()]));
                format!("{}.to_map()", self.typed(&pairs, d))
            }
            _ => {
                let Ty::List(elem) = v else {
                    return self.constructor(&ty, d, false);
                };
                let xs = self.typed(v, d);
                let f = self.callback(std::slice::from_ref(elem), k, d, true);
                format!("{xs}.group_by({f})")
            }
        })
    }

    fn set_call(&mut self, of: &Ty, d: usize) -> Option<String> {
        let ty = Ty::Set(Box::new(of.clone()));
        let s = |g: &mut Self| g.typed(&ty, d);
        Some(match self.u.below(5) {
            0 => format!("{}.insert({})", s(self), self.expr(of, d)),
            1 => format!("{}.remove({})", s(self), self.expr(of, d)),
            2 => {
                let name = [
                    "union",
                    "intersection",
                    "difference",
                    "symmetric_difference",
                ][self.u.below(4)];
                format!("{}.{name}({})", s(self), s(self))
            }
            3 => format!("{}.to_set()", self.typed(&Ty::list(of.clone()), d)),
            _ => {
                let set = s(self);
                let f = self.callback(std::slice::from_ref(of), &Ty::Bool, d, false);
                format!("{set}.filter({f})")
            }
        })
    }

    /// Displacing methods in their pure form give the rest and what was taken out.
    fn tuple_call(&mut self, parts: &[Ty], d: usize) -> Option<String> {
        let [Ty::List(elem), Ty::Opt(of)] = parts else {
            return None;
        };
        if elem != of {
            return None;
        }
        let name = ["pop", "pop_first"][self.u.below(2)];
        Some(format!("{}.{name}()", self.typed(&parts[0], d)))
    }
}
