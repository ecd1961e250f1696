//! Random functions: whatever `own` accepts must satisfy `verify`, and must not share where it
//! could have moved.

use super::owned;
use std::fmt::Write;

/// A small generator of numbers; the same ones on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Types of variables; those of tuples have parts.
const TYPES: [&str; 7] = [
    "[int]",
    "int",
    "([int], [int])",
    "([int], (string, int, [int]))",
    "*int",
    "[int]?",
    "*int?",
];

/// Paths into a variable of each type, with the type at their ends.
const PATHS: [&[(&str, usize)]; 7] = [
    &[("", 0)],
    &[("", 1)],
    &[("", 2), (".0", 0), (".1", 0)],
    &[("", 3), (".0", 0), (".1.1", 1), (".1.2", 0)],
    &[("", 4)],
    &[("", 5)],
    &[("", 6)],
];

struct Writer {
    random: Random,
    out: String,
    vars: Vec<(String, usize)>,
    next: usize,
    loops: usize,
    /// Labels around: number, can be continued.
    around: Vec<(usize, bool)>,
    budget: usize,
    moves: bool,
    in_guard: bool,
    borrowed: Vec<String>,
}

impl Writer {
    fn fresh(&mut self, ty: usize) -> String {
        self.next += 1;
        let name = format!("v{}", self.next);
        self.vars.push((name.clone(), ty));
        name
    }

    /// A path of a variable in scope, of a wanted type if there is one.
    fn path(&mut self, want: Option<usize>) -> Option<(String, usize)> {
        for _ in 0..8 {
            if self.vars.is_empty() {
                return None;
            }
            let at = self.random.below(self.vars.len());
            let (name, ty) = self.vars[at].clone();
            let (path, end) = PATHS[ty][self.random.below(PATHS[ty].len())];
            if want.is_none_or(|w| w == end) {
                return Some((format!("{name}{path}"), end));
            }
        }
        None
    }

    /// A path of what is not borrowed.
    fn changeable(&mut self, want: Option<usize>) -> Option<(String, usize)> {
        let path = self.path(want)?;
        let root = path.0.split('.').next().unwrap_or_default();
        (!self.borrowed.iter().any(|b| b == root)).then_some(path)
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// An owning operand, of a wanted type.
    fn value(&mut self, ty: usize, depth: usize) {
        if self.random.chance(60)
            && let Some((path, _)) = self.path(Some(ty))
        {
            let mode = if self.moves && self.random.chance(4) {
                "end"
            } else {
                "own"
            };
            let _ = write!(self.out, "{mode} {path}");
            return;
        }
        if depth < 3 && self.random.chance(25) {
            self.put("if ");
            self.condition(depth + 1);
            self.put(" { ");
            self.value(ty, depth + 1);
            self.put(" } else { ");
            if self.random.chance(20) {
                self.leave(depth + 1);
            } else {
                self.value(ty, depth + 1);
            }
            self.put(" }");
            return;
        }
        self.call(depth);
    }

    fn call(&mut self, depth: usize) {
        let name = ["f", "g", "h"][self.random.below(3)];
        let _ = write!(self.out, "{name}(");
        for i in 0..self.random.below(3) {
            if i > 0 {
                self.put(", ");
            }
            self.operand(depth);
        }
        self.put(")");
    }

    fn operand(&mut self, depth: usize) {
        match self.random.below(8) {
            0 => self.put("1"),
            1 if depth < 3 => self.call(depth + 1),
            2 => match self.path(Some(0)) {
                Some((path, _)) => {
                    let _ = write!(self.out, "@len(look {path})");
                }
                None => self.put("2"),
            },
            3 if depth < 3 => self.looks(depth + 1),
            _ => match self.path(None) {
                Some((path, _)) => {
                    let _ = write!(self.out, "own {path}");
                }
                None => self.put("3"),
            },
        }
    }

    /// An operation that looks at two things.
    fn looks(&mut self, depth: usize) {
        let Some((path, _)) = self.path(None) else {
            return self.put("4");
        };
        let _ = write!(self.out, "@eq(look {path}, ");
        match self.random.below(4) {
            0 => {
                self.put("{ ");
                let mark = self.vars.len();
                self.statement(depth + 1);
                self.vars.truncate(mark);
                self.put("; 5 }");
            }
            1 => self.operand(depth),
            _ => match self.path(None) {
                Some((path, _)) => {
                    let _ = write!(self.out, "look {path}");
                }
                None => self.put("6"),
            },
        }
        self.put(")");
    }

    fn condition(&mut self, depth: usize) {
        if depth < 3 && self.random.chance(30) {
            self.looks(depth + 1);
        } else {
            self.put("cond()");
        }
    }

    fn leave(&mut self, depth: usize) {
        if self.around.is_empty() || self.random.chance(40) || self.in_guard {
            if self.random.chance(20) {
                return self.put("panic()");
            }
            self.put("return ");
            return self.call(depth + 1);
        }
        let (label, turns) = self.around[self.random.below(self.around.len())];
        let word = if turns && self.random.chance(40) {
            "continue"
        } else {
            "break"
        };
        let _ = write!(self.out, "{word} loop{label}");
    }

    fn block(&mut self, depth: usize) {
        let mark = self.vars.len();
        self.put("{ ");
        for _ in 0..1 + self.random.below(3) {
            self.statement(depth + 1);
            self.put("; ");
        }
        if self.random.chance(15) {
            self.leave(depth + 1);
            self.put("; ");
        }
        self.put("}");
        self.vars.truncate(mark);
    }

    fn labelled(&mut self, turns: bool, head: &str, depth: usize) {
        self.loops += 1;
        let label = self.loops - 1;
        let _ = write!(self.out, "loop{label}: {head}");
        self.around.push((label, turns));
        self.block(depth);
        self.around.pop();
    }

    fn statement(&mut self, depth: usize) {
        self.budget = self.budget.saturating_sub(1);
        let deep = depth > 5 || self.budget == 0;
        match self.random.below(if deep { 6 } else { 13 }) {
            0 | 1 => {
                let ty = self.random.below(TYPES.len());
                self.next += 1;
                let name = format!("v{}", self.next);
                let _ = write!(self.out, "let {name}: {} = ", TYPES[ty]);
                self.value(ty, depth);
                self.vars.push((name, ty));
            }
            2 => self.call(depth),
            3 => match self.changeable(None) {
                Some((path, ty)) => {
                    let _ = write!(self.out, "set {path} = ");
                    self.value(ty, depth);
                }
                None => self.put("1"),
            },
            4 => match self.changeable(Some(0)) {
                Some((path, _)) => {
                    let _ = write!(self.out, "upd {path} @push(");
                    self.operand(depth);
                    self.put(")");
                }
                None => self.put("1"),
            },
            5 => self.looks(depth),
            6 | 7 => {
                self.put("if ");
                self.condition(depth);
                self.put(" ");
                self.block(depth);
                if self.random.chance(50) {
                    self.put(" else ");
                    self.block(depth);
                }
            }
            8 => self.labelled(true, "loop ", depth),
            9 => {
                let mark = self.vars.len();
                if self.random.chance(50) {
                    let head = format!("for v{}: int in 0..3 ", self.next + 1);
                    self.fresh(1);
                    self.labelled(true, &head, depth);
                } else if let Some((path, _)) = self.path(Some(0)) {
                    let head = format!("for v{}: int in own {path} ", self.next + 1);
                    self.fresh(1);
                    self.labelled(true, &head, depth);
                } else {
                    self.put("1");
                }
                self.vars.truncate(mark);
            }
            10 => self.labelled(false, "", depth),
            11 => self.match_(depth),
            _ => match self.path(Some(2)) {
                Some((path, _)) => {
                    let (a, b) = (self.next + 1, self.next + 2);
                    let _ = write!(self.out, "let (v{a}: [int], v{b}: [int]) = own {path}");
                    self.fresh(0);
                    self.fresh(0);
                }
                None => self.call(depth),
            },
        }
    }

    fn match_(&mut self, depth: usize) {
        let ty = if self.random.chance(50) { 5 } else { 6 };
        let Some((path, _)) = self.path(Some(ty)) else {
            return self.call(depth);
        };
        let inner = if ty == 5 { 0 } else { 4 };
        let _ = write!(self.out, "match own {path} {{ ");
        for guarded in [true, false] {
            let mark = self.vars.len();
            let name = self.fresh(inner);
            let _ = write!(self.out, ".1({name}: {})", TYPES[inner]);
            if guarded {
                self.put(" if ");
                let was = std::mem::replace(&mut self.in_guard, true);
                if self.random.chance(30) {
                    self.block(depth + 2);
                } else {
                    self.call(depth + 1);
                }
                self.in_guard = was;
            }
            self.put(" => ");
            self.block(depth);
            self.put(", ");
            self.vars.truncate(mark);
        }
        self.put(".0 => ");
        self.block(depth);
        self.put(" }");
    }
}

fn function(seed: u64, moves: bool) -> String {
    let mut w = Writer {
        random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
        out: String::from("fn t("),
        vars: Vec::new(),
        next: 0,
        loops: 0,
        around: Vec::new(),
        budget: 2 + seed as usize % 40,
        moves,
        in_guard: false,
        borrowed: Vec::new(),
    };
    for (i, ty) in TYPES.iter().enumerate() {
        let name = w.fresh(i);
        let mut borrowed = "";
        if w.random.chance(15) {
            borrowed = "borrowed ";
            w.borrowed.push(name.clone());
        }
        let _ = write!(w.out, "{borrowed}{name}: {ty}, ");
    }
    w.out.push_str(") ");
    w.block(0);
    w.out
}

/// How many functions: `COWL_SEEDS=100000` for a long search.
fn seeds() -> u64 {
    let given = std::env::var("COWL_SEEDS").ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(4000)
}

#[test]
fn every_use_is_of_what_is_held_and_everything_ends_once() {
    for seed in 1..seeds() {
        let text = function(seed, false);
        let (out, problems) = owned(&text);
        assert_eq!(problems, Vec::<String>::new(), "seed {seed}: {text}");
        // A share whose holder ends at once should have been a move, except in guards.
        if out.contains(") if ") {
            continue;
        }
        for (at, _) in out.match_indices("(share ") {
            let rest = &out[at + 7..];
            let Some((path, after)) = rest.split_once(" then release ") else {
                continue;
            };
            let named = path.chars().all(|c| c.is_alphanumeric() || c == '.');
            let ended = after.split([',', ')']).map(str::trim).next();
            assert!(!named || ended != Some(path), "seed {seed}: {out}");
        }
    }
}

#[test]
fn what_is_accepted_with_moves_is_sound() {
    let mut accepted = 0;
    for seed in 1..seeds() {
        let (_, problems) = owned(&function(seed, true));
        accepted += u64::from(problems.is_empty());
    }
    assert!(
        accepted > seeds() / 4,
        "only {accepted} functions were accepted"
    );
}
