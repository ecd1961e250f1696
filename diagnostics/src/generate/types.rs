//! Types of generated programs: what there is, how it is written, what it can do.

use std::fmt;

/// A type; `Adt` is an index into `Decls::adts` with arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Ty {
    Unit,
    Bool,
    Int(&'static str),
    Float(&'static str),
    Char,
    Str,
    Tuple(Vec<Ty>),
    Opt(Box<Ty>),
    Res(Box<Ty>, Box<Ty>),
    List(Box<Ty>),
    Array(Box<Ty>),
    Map(Box<Ty>, Box<Ty>),
    Set(Box<Ty>),
    Deque(Box<Ty>),
    /// Of something with an order.
    Heap(Box<Ty>),
    /// The library's error, which everything that prints becomes.
    Error,
    Adt(usize, Vec<Ty>),
    /// Of a class.
    Ptr(usize),
    Weak(usize),
    Fn(Vec<Ty>, Box<Ty>),
    /// Of a trait.
    Any(usize),
    /// A type parameter of the function or type around.
    Param(usize),
}

pub const INT: Ty = Ty::Int("int");
pub const NARROW: [&str; 7] = ["u8", "i8", "i16", "u16", "i32", "u32", "u64"];
/// The names of type parameters.
pub const PARAMS: [&str; 2] = ["T", "U"];

impl Ty {
    pub fn list(of: Ty) -> Ty {
        Ty::List(Box::new(of))
    }
    pub fn opt(of: Ty) -> Ty {
        Ty::Opt(Box::new(of))
    }
    pub fn map(k: Ty, v: Ty) -> Ty {
        Ty::Map(Box::new(k), Box::new(v))
    }

    /// With type arguments in the place of parameters.
    pub fn with(&self, args: &[Ty]) -> Ty {
        let all = |tys: &[Ty]| tys.iter().map(|t| t.with(args)).collect::<Vec<_>>();
        let one = |t: &Ty| Box::new(t.with(args));
        match self {
            Ty::Param(i) => args.get(*i).cloned().unwrap_or_else(|| self.clone()),
            Ty::Tuple(parts) => Ty::Tuple(all(parts)),
            Ty::Opt(t) => Ty::Opt(one(t)),
            Ty::Res(t, e) => Ty::Res(one(t), one(e)),
            Ty::List(t) => Ty::List(one(t)),
            Ty::Array(t) => Ty::Array(one(t)),
            Ty::Map(k, v) => Ty::Map(one(k), one(v)),
            Ty::Set(t) => Ty::Set(one(t)),
            Ty::Deque(t) => Ty::Deque(one(t)),
            Ty::Heap(t) => Ty::Heap(one(t)),
            Ty::Adt(i, own) => Ty::Adt(*i, all(own)),
            Ty::Fn(params, ret) => Ty::Fn(all(params), one(ret)),
            Ty::Unit
            | Ty::Bool
            | Ty::Int(_)
            | Ty::Float(_)
            | Ty::Char
            | Ty::Str
            | Ty::Error
            | Ty::Ptr(_)
            | Ty::Weak(_)
            | Ty::Any(_) => self.clone(),
        }
    }

    pub fn is_sequence(&self) -> bool {
        matches!(self, Ty::List(_) | Ty::Array(_))
    }
}

/// What a struct, an enum or a class is.
pub struct Adt {
    pub name: String,
    pub params: usize,
    pub kind: Kind,
    /// Used through `new` only.
    pub is_class: bool,
}

/// A name and a payload; its parts' names, if they have any.
pub type Variant = (String, Vec<(Option<String>, Ty)>);

pub enum Kind {
    /// Fields, and the texts of their defaults.
    Struct(Vec<(String, Ty, Option<String>)>),
    /// Variants; payloads all named or all unnamed.
    Enum(Vec<Variant>),
}

impl Adt {
    pub fn fields(&self) -> &[(String, Ty, Option<String>)] {
        match &self.kind {
            Kind::Struct(fields) => fields,
            Kind::Enum(_) => &[],
        }
    }

    pub fn variants(&self) -> &[Variant] {
        match &self.kind {
            Kind::Enum(variants) => variants,
            Kind::Struct(_) => &[],
        }
    }
}

/// A property that a type may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Can {
    Eq,
    Ord,
    Hash,
    /// Holds storage, so that sharing it means something.
    Share,
    /// Leads to an object.
    Reach,
}

/// Every type of a program.
#[derive(Default)]
pub struct Decls {
    pub adts: Vec<Adt>,
    /// Names of traits.
    pub traits: Vec<String>,
    /// Whether the type parameters of the function at hand have an order and a hash.
    pub params_ordered: bool,
}

impl Decls {
    /// The type as it is written.
    pub fn show(&self, ty: &Ty) -> String {
        Shown(self, ty).to_string()
    }

    pub fn can(&self, ty: &Ty, what: Can) -> bool {
        self.can_within(ty, what, &mut Vec::new())
    }

    /// Whether a value of the type can hold, by value, one of this struct or enum.
    pub fn holds(&self, ty: &Ty, adt: usize) -> bool {
        self.holds_within(ty, adt, &mut Vec::new())
    }

    fn holds_within(&self, ty: &Ty, adt: usize, open: &mut Vec<usize>) -> bool {
        let mut any = |tys: &[&Ty]| tys.iter().any(|t| self.holds_within(t, adt, open));
        match ty {
            Ty::Adt(i, _) if *i == adt => true,
            Ty::Adt(i, args) => {
                let args: Vec<&Ty> = args.iter().collect();
                if any(&args) {
                    return true;
                }
                if open.contains(i) {
                    return false;
                }
                open.push(*i);
                self.parts(*i)
                    .iter()
                    .any(|t| self.holds_within(t, adt, open))
            }
            Ty::Tuple(parts) => any(&parts.iter().collect::<Vec<_>>()),
            Ty::Opt(t) | Ty::List(t) | Ty::Array(t) | Ty::Set(t) | Ty::Deque(t) | Ty::Heap(t) => {
                any(&[t])
            }
            Ty::Res(a, b) | Ty::Map(a, b) => any(&[a, b]),
            _ => false,
        }
    }

    /// The types of its fields or payloads.
    fn parts(&self, adt: usize) -> Vec<Ty> {
        match &self.adts[adt].kind {
            Kind::Struct(fields) => fields.iter().map(|(_, t, _)| t.clone()).collect(),
            Kind::Enum(variants) => {
                let payloads = variants.iter().flat_map(|(_, payload)| payload);
                payloads.map(|(_, t)| t.clone()).collect()
            }
        }
    }

    /// Whether values of it can hold others of it.
    pub fn is_recursive(&self, adt: usize) -> bool {
        self.parts(adt).iter().any(|t| self.holds(t, adt))
    }

    /// Whether the type can hold, by value, something that can hold itself: such values could
    /// double with each turn of a loop.
    pub fn can_grow(&self, ty: &Ty) -> bool {
        (0..self.adts.len()).any(|i| self.is_recursive(i) && self.holds(ty, i))
            || matches!(ty, Ty::Any(_) | Ty::Param(_))
    }

    /// `open`: the types that the question is asked of already; what holds of all else holds of
    /// them.
    fn can_within(&self, ty: &Ty, what: Can, open: &mut Vec<usize>) -> bool {
        let any = matches!(what, Can::Share | Can::Reach);
        let mut all = |tys: &[&Ty]| match any {
            true => tys.iter().any(|t| self.can_within(t, what, open)),
            false => tys.iter().all(|t| self.can_within(t, what, open)),
        };
        match ty {
            Ty::Unit | Ty::Bool | Ty::Int(_) | Ty::Float(_) | Ty::Char => !any,
            Ty::Str => what != Can::Reach,
            Ty::Error => what == Can::Share,
            Ty::Deque(t) | Ty::Heap(t) => what == Can::Share || (any && all(&[t])),
            Ty::Tuple(parts) => all(&parts.iter().collect::<Vec<_>>()),
            Ty::Opt(t) => all(&[t]),
            Ty::Res(t, e) => all(&[t, e]),
            Ty::List(t) | Ty::Array(t) => what == Can::Share || all(&[t]),
            Ty::Map(k, v) => what == Can::Share || (what != Can::Ord && all(&[k, v])),
            Ty::Set(t) => what == Can::Share || (what != Can::Ord && all(&[t])),
            Ty::Adt(i, args) => {
                if open.contains(i) {
                    return !any;
                }
                open.push(*i);
                let parts = self.parts(*i);
                let parts: Vec<Ty> = parts.iter().map(|t| t.with(args)).collect();
                let can = match any {
                    true => parts.iter().any(|t| self.can_within(t, what, open)),
                    false => parts.iter().all(|t| self.can_within(t, what, open)),
                };
                open.pop();
                can
            }
            Ty::Ptr(_) => matches!(what, Can::Eq | Can::Hash | Can::Reach),
            Ty::Weak(_) => what == Can::Reach,
            Ty::Fn(..) | Ty::Any(_) => what == Can::Reach,
            Ty::Param(_) => match what {
                Can::Eq | Can::Ord | Can::Hash => self.params_ordered,
                Can::Share | Can::Reach => true,
            },
        }
    }
}

struct Shown<'a>(&'a Decls, &'a Ty);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown(decls, ty) = *self;
        let sub = |t| Shown(decls, t);
        let list = |tys: &[Ty]| {
            let shown: Vec<String> = tys.iter().map(|t| decls.show(t)).collect();
            shown.join(", ")
        };
        match ty {
            Ty::Unit => f.write_str("()"),
            Ty::Bool => f.write_str("bool"),
            Ty::Int(name) | Ty::Float(name) => f.write_str(name),
            Ty::Char => f.write_str("char"),
            Ty::Str => f.write_str("string"),
            Ty::Tuple(parts) => write!(f, "({})", list(parts)),
            Ty::Opt(t) => match **t {
                Ty::Fn(..) | Ty::Any(_) | Ty::Ptr(_) | Ty::Weak(_) | Ty::Res(..) => {
                    write!(f, "({})?", sub(t))
                }
                _ => write!(f, "{}?", sub(t)),
            },
            Ty::Res(t, e) => match **t {
                Ty::Fn(..) | Ty::Res(..) => write!(f, "({}) ! {}", sub(t), sub(e)),
                _ => write!(f, "{} ! {}", sub(t), sub(e)),
            },
            Ty::List(t) => write!(f, "List<{}>", sub(t)),
            Ty::Array(t) => write!(f, "Array<{}>", sub(t)),
            Ty::Map(k, v) => write!(f, "Map<{}, {}>", sub(k), sub(v)),
            Ty::Set(t) => write!(f, "Set<{}>", sub(t)),
            Ty::Deque(t) => write!(f, "Deque<{}>", sub(t)),
            Ty::Heap(t) => write!(f, "Heap<{}>", sub(t)),
            Ty::Error => f.write_str("Error"),
            Ty::Adt(i, args) if args.is_empty() => f.write_str(&decls.adts[*i].name),
            Ty::Adt(i, args) => write!(f, "{}<{}>", decls.adts[*i].name, list(args)),
            Ty::Ptr(i) => write!(f, "*{}", decls.adts[*i].name),
            Ty::Weak(i) => write!(f, "weak {}", decls.adts[*i].name),
            Ty::Fn(params, ret) => write!(f, "fn({}) -> {}", list(params), sub(ret)),
            Ty::Any(i) => write!(f, "any {}", decls.traits[*i]),
            Ty::Param(i) => f.write_str(PARAMS[*i]),
        }
    }
}
