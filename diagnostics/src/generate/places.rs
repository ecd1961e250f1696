//! Places and what changes them: paths through fields, elements and objects, and every updater.

use super::Gen;
use super::items::Receiver;
use super::swarm::Feature;
use super::types::{Can, INT, Ty};

/// Something that can be assigned.
pub(super) struct Place {
    pub text: String,
    pub ty: Ty,
    pub root: usize,
    /// What must hold for the path to exist.
    pub guards: Vec<String>,
    /// The path leads through an object.
    pub through: bool,
}

impl Gen<'_, '_> {
    /// A place below some variable that can be changed; variables that share are preferred.
    pub(super) fn some_place(&mut self) -> Option<Place> {
        let mut roots = Vec::new();
        let mut weights = Vec::new();
        for i in self.scope.visible() {
            let var = &self.scope.vars[i];
            let is_object = matches!(var.ty, Ty::Ptr(_));
            if !(self.scope.can_change(i) || is_object) || var.ty == Ty::Unit {
                continue;
            }
            if self.no_reach && self.decls.can(&var.ty, Can::Reach) {
                continue;
            }
            let heap = if self.decls.can(&var.ty, Can::Share) {
                4
            } else {
                1
            };
            roots.push(i);
            weights.push(heap * self.scope.group_size(var.group));
        }
        if roots.is_empty() {
            return None;
        }
        let root = roots[self.u.weighted(&weights)];
        Some(self.place_at(root))
    }

    /// A place below this variable.
    pub(super) fn place_at(&mut self, root: usize) -> Place {
        let var = &self.scope.vars[root];
        let mut place = Place {
            text: var.name.clone(),
            ty: var.ty.clone(),
            root,
            guards: Vec::new(),
            through: false,
        };
        let deepest = match self.on(Feature::NestedPaths) {
            true => 4,
            false => 1,
        };
        for _ in 0..deepest {
            let must = matches!(place.ty, Ty::Ptr(_)) && !self.scope.can_change(root);
            let go = self.u.chance(60);
            if !(must || go) || !self.step(&mut place) {
                break;
            }
        }
        place
    }

    /// One segment further; false where the type has none.
    fn step(&mut self, place: &mut Place) -> bool {
        match place.ty.clone() {
            Ty::Tuple(parts) if !parts.is_empty() => {
                let i = self.u.below(parts.len());
                place.text += &format!(".{i}");
                place.ty = parts[i].clone();
            }
            Ty::Adt(adt, args) => {
                let fields = self.decls.adts[adt].fields();
                let i = self.u.below(fields.len());
                let Some((name, ty, _)) = fields.get(i) else {
                    return false;
                };
                place.text += &format!(".{name}");
                place.ty = ty.with(&args);
            }
            Ty::Ptr(class) => {
                let fields = self.decls.adts[class].fields();
                let i = self.u.below(fields.len());
                let Some((name, ty, _)) = fields.get(i) else {
                    return false;
                };
                place.text += &format!(".{name}");
                place.ty = ty.clone();
                place.through = true;
            }
            Ty::List(elem) | Ty::Array(elem) => {
                let (index, guard) = self.index_of(&place.text.clone());
                if !self.is_raw() {
                    place.guards.extend(guard);
                }
                place.text += &format!("[{index}]");
                place.ty = *elem;
            }
            Ty::Map(key, value) => {
                let key_text = self.leaf(&key, true);
                if self.u.chance(50) {
                    let other = self.expr(&value, 0);
                    place.text += &format!("[{key_text}, default: {other}]");
                } else {
                    if !self.is_raw() {
                        place
                            .guards
                            .push(format!("{}.contains({key_text})", place.text));
                    }
                    place.text += &format!("[{key_text}]");
                }
                place.ty = *value;
            }
            _ => return false,
        }
        true
    }

    /// An index and what must hold for it; now and then it reads what it indexes.
    fn index_of(&mut self, of: &str) -> (String, Option<String>) {
        match self.u.below(10) {
            0 => (format!("{of}.len() - 1"), Some(format!("{of}.len() > 0"))),
            1 => {
                let ints = self.paths(&INT);
                match self.u.pick(&ints) {
                    Some(i) => (i.clone(), Some(format!("{i} >= 0 && {i} < {of}.len()"))),
                    None => ("0".to_string(), Some(format!("{of}.len() > 0"))),
                }
            }
            2 => (format!("{of}.len() / 2"), Some(format!("{of}.len() > 0"))),
            _ => {
                let n = self.u.below(3);
                (n.to_string(), Some(format!("{of}.len() > {n}")))
            }
        }
    }

    /// A statement that changes some place, guarded.
    pub(super) fn update_statement(&mut self, place: Place) {
        self.scope.vars[place.root].pins += 1;
        let mut guards = place.guards.clone();
        let lines = self.update(&place, &mut guards);
        self.scope.vars[place.root].pins -= 1;
        if guards.is_empty() {
            self.out.line(lines);
        } else {
            self.out.open(format!("if {} {{", guards.join(" && ")));
            self.out.line(lines);
            self.out.close("}");
        }
    }

    /// The change itself; what it needs goes to `guards`.
    fn update(&mut self, place: &Place, guards: &mut Vec<String>) -> String {
        self.cost += self.turns;
        let p = &place.text;
        let ty = place.ty.clone();
        // A place with a default is no place to be replaced as a whole.
        let has_default = p.contains("default:");
        if !has_default
            && self.u.chance(12)
            && let Some(text) = self.user_update(p, &ty)
        {
            return text;
        }
        if !has_default && self.u.chance(8) {
            let op = match self.on(Feature::SoleMoves) && self.u.chance(30) && !place.through {
                true => ":=",
                false => "=",
            };
            let value = self.expr(&ty, 2);
            let value = match op {
                ":=" => self.not_moved(value),
                _ => value,
            };
            return format!("{p} {op} {value}");
        }
        // On a pointer it would reach through.
        let is_pointer = matches!(ty, Ty::Ptr(_));
        if !has_default && !is_pointer && self.u.chance(5) && self.on(Feature::HigherOrder) {
            let f = self.quiet_callback(place, std::slice::from_ref(&ty), &ty);
            return format!("{p}.apply!({f})");
        }
        match &ty {
            Ty::List(elem) | Ty::Array(elem) => self.sequence_update(place, &ty, elem, guards),
            Ty::Str => self.string_update(p, guards),
            Ty::Map(k, v) => self.map_update(place, k, v, guards),
            Ty::Set(elem) => self.set_update(p, elem),
            Ty::Deque(elem) | Ty::Heap(elem) => self.queue_update(place, elem, guards),
            Ty::Int(name) => {
                let name = *name;
                let op = match self.is_raw() {
                    true => ["+=", "-=", "*="][self.u.below(3)],
                    false => ["+%=", "-%=", "*%=", "^=", "|="][self.u.below(5)],
                };
                format!("{p} {op} {}", self.expr(&Ty::Int(name), 1))
            }
            Ty::Float(name) => {
                let name = *name;
                let op = ["+=", "-=", "*="][self.u.below(3)];
                format!("{p} {op} {}", self.expr(&Ty::Float(name), 1))
            }
            Ty::Opt(inner) if !has_default && self.u.chance(40) => {
                let f = self.quiet_callback(place, std::slice::from_ref(inner), inner);
                format!("{p} = {p}.map({f})")
            }
            _ => format!("{p} = {}", self.expr(&ty, 2)),
        }
    }

    /// A callback that runs while `place` is taken: where that is in an object, the callback must
    /// not meet it (in most cases: meeting it is a panic).
    fn quiet_callback(&mut self, place: &Place, params: &[Ty], ret: &Ty) -> String {
        let quiet = place.through && !self.is_raw();
        let before = self.no_reach;
        self.no_reach |= quiet;
        let f = self.callback(params, ret, 2, true);
        self.no_reach = before;
        f
    }

    /// A method of the program with `!`.
    fn user_update(&mut self, p: &str, ty: &Ty) -> Option<String> {
        let args = match ty {
            Ty::Adt(_, args) => args.clone(),
            Ty::Any(_) => Vec::new(),
            _ => return None,
        };
        let fits: Vec<usize> = (0..self.fns.len())
            .filter(|&i| {
                matches!(&self.fns[i].receiver, Receiver::Changing(of) if of.with(&args) == *ty)
            })
            .filter(|&i| self.affordable(i))
            .collect();
        let i = self.u.pick(&fits).copied()?;
        let list = self.arguments(i, &args, 2);
        let call = format!("{p}.{}!({list})", self.fns[i].name);
        Some(match matches!(self.fns[i].ret, Ty::Res(..)) {
            true => format!("_ = {call}"),
            false => call,
        })
    }

    fn sequence_update(
        &mut self,
        place: &Place,
        ty: &Ty,
        elem: &Ty,
        guards: &mut Vec<String>,
    ) -> String {
        let p = &place.text;
        let is_list = matches!(ty, Ty::List(_));
        let long = format!("{p}.len() < {}", self.most());
        let some = format!("{p}.len() > 0");
        let grows = self.decls.can_grow(elem);
        match self.u.below(26) {
            0..=5 => {
                if grows {
                    guards.push(long);
                }
                format!("{p}.push!({})", self.element_value(elem))
            }
            6 => format!("{p}.pop!()"),
            7 => format!("{p}.push_first!({})", self.element_value(elem)),
            8 => format!("{p}.pop_first!()"),
            9 => {
                let at = match self.u.below(2) {
                    0 => "0".to_string(),
                    _ => format!("{p}.len()"),
                };
                format!("{p}.insert!({at}, {})", self.element_value(elem))
            }
            10 => {
                guards.push(some);
                let name = ["remove", "extract"][self.u.below(2)];
                let thrown = thrown_away(elem, name);
                format!("{thrown}{p}.{name}!({p}.len() / 2)")
            }
            11 => {
                guards.push(some);
                let name = ["set", "replace_at"][self.u.below(2)];
                let thrown = thrown_away(elem, name);
                format!("{thrown}{p}.{name}!(0, {})", self.element_value(elem))
            }
            12 => {
                guards.push(some);
                format!("{p}.swap!(0, {p}.len() - 1)")
            }
            13 => format!("{p}.reverse!()"),
            14 => format!("{p}.truncate!({})", self.u.below(4)),
            15 => {
                guards.push(long);
                let other = self.expr(ty, 2);
                match self.u.below(3) {
                    0 => format!("{p} += {other}"),
                    1 => format!("{p}.append!({other})"),
                    _ => format!("{p} = {p} + {}", self.typed(ty, 2)),
                }
            }
            16 if self.on(Feature::SelfOps) => {
                guards.push(long);
                match self.u.below(3) {
                    0 => format!("{p}.append!({p})"),
                    1 => format!("{p} += {p}"),
                    _ => format!("{p} = {p}"),
                }
            }
            17 => format!(
                "{p}.resize!({}, {})",
                self.u.below(6),
                self.element_value(elem)
            ),
            18 if self.decls.can(elem, Can::Ord) => {
                let name = ["sort", "dedup"][self.u.below(2)];
                format!("{p}.{name}!()")
            }
            19 => {
                let quiet = place.through && !self.is_raw();
                let before = self.no_reach;
                self.no_reach |= quiet;
                let f = self.ordering(elem);
                self.no_reach = before;
                format!("{p}.sort_by!({f})")
            }
            20 => {
                let f = self.quiet_callback(place, std::slice::from_ref(elem), elem);
                format!("{p}.update_all!({f})")
            }
            21 => {
                let f = self.quiet_callback(place, std::slice::from_ref(elem), &Ty::Bool);
                format!("{p}.filter!({f})")
            }
            22 => {
                let name = ["take", "drop"][self.u.below(2)];
                format!("{p}.{name}!({})", self.u.below(4))
            }
            23 => {
                guards.push(long);
                let other = self.expr(ty, 1);
                format!("{p}.splice!(0, {p}.len() / 2, {other})")
            }
            24 if is_list || self.u.chance(50) => format!("{p}.reserve!({})", self.u.below(60)),
            _ => {
                guards.push(format!("{p}.len() < 100"));
                format!("{p} = {p}.push({})", self.element_value(elem))
            }
        }
    }

    /// A value for a slot. Where it can hold values of its own kind it stays small.
    fn element_value(&mut self, elem: &Ty) -> String {
        match self.decls.can_grow(elem) {
            false => self.expr(elem, 2),
            true => self.leaf(elem, true),
        }
    }

    fn string_update(&mut self, p: &str, guards: &mut Vec<String>) -> String {
        match self.u.below(9) {
            0 | 1 => format!("{p}.push!({})", self.expr(&Ty::Char, 1)),
            2 | 3 => {
                guards.push(format!("{p}.size() < 200"));
                let other = self.expr(&Ty::Str, 2);
                match self.u.below(3) {
                    0 => format!("{p} += {other}"),
                    1 => format!("{p}.append!({other})"),
                    _ => format!("{p}.insert_at!(0, {other})"),
                }
            }
            4 => format!("{p}.pop!()"),
            5 => format!("{p}.truncate!({})", self.u.below(30)),
            6 => {
                let name = ["reverse", "to_upper", "to_lower", "trim"][self.u.below(4)];
                format!("{p}.{name}!()")
            }
            7 if self.on(Feature::SelfOps) => {
                guards.push(format!("{p}.size() < 100"));
                format!("{p} += {p}")
            }
            _ => format!(
                "{p}.pad_right!({}, {})",
                self.u.below(30),
                self.leaf(&Ty::Char, true)
            ),
        }
    }

    fn map_update(&mut self, place: &Place, k: &Ty, v: &Ty, guards: &mut Vec<String>) -> String {
        let p = &place.text;
        match self.u.below(11) {
            0..=2 => format!("{p}[{}] = {}", self.expr(k, 1), self.element_value(v)),
            3 => format!(
                "{p}.insert!({}, {})",
                self.expr(k, 1),
                self.element_value(v)
            ),
            4 => {
                let name = ["remove", "extract"][self.u.below(2)];
                format!("{p}.{name}!({})", self.expr(k, 1))
            }
            5 => format!(
                "{p}.replace!({}, {})",
                self.expr(k, 1),
                self.element_value(v)
            ),
            6 => {
                guards.push(format!("{p}.len() < {}", self.most()));
                format!(
                    "{p}.merge!({})",
                    self.expr(&Ty::map(k.clone(), v.clone()), 2)
                )
            }
            7 => format!("{p}.pop_first!()"),
            8 => {
                let pair = Ty::Tuple(vec![k.clone(), v.clone()]);
                let f = self.quiet_callback(place, &[pair], &Ty::Bool);
                format!("{p}.filter!({f})")
            }
            9 if *v == INT => {
                let key = self.expr(k, 1);
                format!("{p}[{key}, default: 0] +%= {}", self.expr(&INT, 1))
            }
            _ => match v {
                Ty::List(elem) => {
                    let key = self.expr(k, 1);
                    let value = self.element_value(elem);
                    format!("{p}[{key}, default: []].push!({value})")
                }
                _ => format!("{p}[{}] = {}", self.expr(k, 1), self.element_value(v)),
            },
        }
    }

    fn set_update(&mut self, p: &str, elem: &Ty) -> String {
        let set = Ty::Set(Box::new(elem.clone()));
        match self.u.below(6) {
            0 | 1 => format!("{p}.insert!({})", self.expr(elem, 1)),
            2 => format!("{p}.add!({})", self.expr(elem, 1)),
            3 => format!("{p}.remove!({})", self.expr(elem, 1)),
            4 => format!("{p}.pop_first!()"),
            _ => {
                let name = [
                    "union",
                    "intersection",
                    "difference",
                    "symmetric_difference",
                ][self.u.below(4)];
                format!("{p}.{name}!({})", self.expr(&set, 2))
            }
        }
    }
}

/// A result must be thrown away in words.
fn thrown_away(elem: &Ty, method: &str) -> &'static str {
    match matches!(elem, Ty::Res(..)) && matches!(method, "extract" | "replace_at") {
        true => "_ = ",
        false => "",
    }
}
