//! Functions of the generated programs that make, digest and show values of a type.
//!
//! Takes types; gives names of functions, and their texts by name. `makeN(i)` is the i-th value,
//! `fillN(n)` a collection of n elements, `hashN(x)` a number that every part of x has a share in,
//! `showN(x)` a short text: the whole of a small value, of a large one its length, its hash and
//! its ends.

use super::table::Table;
use cowl_frontend::defs::AdtKind;
use cowl_frontend::types::{Ty, TyData, Types};
use std::collections::BTreeMap;

/// What helpers need in any case.
const COMMON: [(&str, &str); 3] = [
    (
        "nat",
        "fn nat(h: int) -> int { (h % 1000 + 1000) % 1000 }\n",
    ),
    (
        "fill_ascii",
        "fn fill_ascii(n: int) -> string { string.from_chars([char(97 + i % 26) for i in 0..n]) }\n",
    ),
    (
        "fill_mixed",
        "fn fill_mixed(n: int) -> string { string.from_chars([if i == 0 { 'é' } else { char(97 + i % 26) } for i in 0..n]) }\n",
    ),
];

pub struct Values<'a> {
    pub table: &'a mut Table,
    pub texts: BTreeMap<String, String>,
}

type Made = Result<String, String>;

impl Values<'_> {
    pub fn new(table: &mut Table) -> Values<'_> {
        let common = COMMON.map(|(name, text)| (name.to_string(), text.to_string()));
        Values {
            table,
            texts: BTreeMap::from(common),
        }
    }

    fn add(&mut self, verb: &str, ty: Ty, text: impl FnOnce(&mut Self, &str) -> Made) -> Made {
        let name = format!("{verb}{}", ty.0);
        if !self.texts.contains_key(&name) {
            // The name is taken first: types may contain themselves.
            self.texts.insert(name.clone(), String::new());
            let text = text(self, &name)?;
            self.texts.insert(name.clone(), text);
        }
        Ok(name)
    }

    fn data(&self, ty: Ty) -> TyData {
        self.table.types.data(ty).clone()
    }

    /// Of a collection written in Cowl: how a List becomes it, and the List's type.
    fn wrapped(&mut self, ty: Ty) -> Option<(&'static str, Ty)> {
        let (make, element) = self.table.wrapped(ty)?;
        Some((make, self.table.types.intern(TyData::List(element))))
    }

    pub fn make(&mut self, ty: Ty) -> Made {
        self.add("make", ty, |cx, name| {
            let shown = cx.table.show(ty);
            let body = cx.made(ty)?;
            Ok(format!("fn {name}(i: int) -> {shown} {{ {body} }}\n"))
        })
    }

    /// The i-th value of a type.
    fn made(&mut self, ty: Ty) -> Made {
        if let Some((make, list)) = self.wrapped(ty) {
            return Ok(format!("{}(i).{make}()", self.make(list)?));
        }
        Ok(match self.data(ty) {
            TyData::Bool => "i % 2 == 0".to_string(),
            TyData::Char => "if i % 5 == 0 { 'é' } else { char(97 + i % 26) }".to_string(),
            TyData::Int(_) if ty == Types::INT => "i * 7919 % 100003".to_string(),
            TyData::Int(_) => format!("{}(i * 7 % 127)", self.table.show(ty)),
            TyData::Float(_) if ty == Types::FLOAT => {
                "if i % 11 == 7 { nan } else { float(i * 7919 % 100003) * 0.5 }".to_string()
            }
            // Inline or with a storage, in turn.
            TyData::Str => {
                "if i % 2 == 0 { \"s{i}\" } else { \"a longer text with number {i}\" }".to_string()
            }
            TyData::Tuple(parts) if parts.len() != 1 => {
                let parts: Result<Vec<String>, String> = (0..)
                    .zip(parts)
                    .map(|(k, t)| Ok(format!("{}(i + {k})", self.make(t)?)))
                    .collect();
                format!("({})", parts?.join(", "))
            }
            TyData::List(t) | TyData::Array(t) | TyData::Set(t) => {
                let m = self.make(t)?;
                format!("[{m}(i), {m}(i + 1)]")
            }
            TyData::Map(k, v) => {
                let (k, v) = (self.make(k)?, self.make(v)?);
                format!("[{k}(i): {v}(i), {k}(i + 1): {v}(i)]")
            }
            TyData::Adt(id, args) => {
                let lang = &self.table.defs.lang;
                if Some(id) == lang.option {
                    let m = self.make(args[0])?;
                    format!("if i % 5 == 4 {{ none }} else {{ some({m}(i)) }}")
                } else if Some(id) == lang.result {
                    let (a, b) = (self.make(args[0])?, self.make(args[1])?);
                    format!("if i % 97 == 96 {{ err({b}(i)) }} else {{ ok({a}(i)) }}")
                } else if Some(id) == lang.range {
                    "i % 3..i % 3 + 4".to_string()
                } else {
                    self.made_adt(ty)?
                }
            }
            _ => {
                return Err(format!(
                    "no way to make a `{}`; say one in matrix/values.rs",
                    self.table.show(ty)
                ));
            }
        })
    }

    /// Structs and enums of the matrix's own, which have no parameters.
    fn made_adt(&mut self, ty: Ty) -> Made {
        let arms = self.parts_of(ty)?;
        let mut out = String::new();
        for (k, (variant, fields)) in arms.iter().enumerate() {
            let mut parts = Vec::new();
            for (name, t) in fields {
                let m = self.make(*t)?;
                parts.push(match name {
                    Some(name) => format!("{name}: {m}(i)"),
                    None => format!("{m}(i)"),
                });
            }
            let value = match variant {
                None => return Ok(format!("{}{{ {} }}", self.table.show(ty), parts.join(", "))),
                Some(v) if parts.is_empty() => format!(".{v}"),
                Some(v) => format!(".{v}({})", parts.join(", ")),
            };
            out += &match k + 1 == arms.len() {
                true => format!("{{ {value} }}"),
                false => format!("if i % {} == {k} {{ {value} }} else ", arms.len()),
            };
        }
        Ok(out)
    }

    /// A struct's fields, or an enum's by variant.
    #[allow(clippy::type_complexity)]
    fn parts_of(&self, ty: Ty) -> Result<Vec<(Option<String>, Vec<(Option<String>, Ty)>)>, String> {
        let TyData::Adt(id, args) = self.data(ty) else {
            return Err(format!("`{}` has no parts", self.table.show(ty)));
        };
        let adt = self.table.defs.adt(id);
        if !args.is_empty() || adt.module != self.table.defs.root {
            return Err(format!(
                "no way to make a `{}`; say one in matrix/values.rs",
                self.table.show(ty)
            ));
        }
        let fields = |fields: &[cowl_frontend::defs::Field]| {
            let name = |f: &cowl_frontend::defs::Field| f.name.as_ref().map(|n| n.to_string());
            fields.iter().map(|f| (name(f), f.ty)).collect()
        };
        Ok(match &adt.kind {
            AdtKind::Struct(all) => vec![(None, fields(all))],
            AdtKind::Enum(variants) => variants
                .iter()
                .map(|v| (Some(v.name.to_string()), fields(&v.fields)))
                .collect(),
        })
    }

    /// A collection of n elements, neighbours equal here and there. `kind` says of which kind a
    /// text is.
    pub fn fill(&mut self, ty: Ty, kind: usize) -> Made {
        if ty == Types::STR {
            return Ok(["fill_ascii", "fill_mixed"][kind.min(1)].to_string());
        }
        self.add("fill", ty, |cx, name| {
            let shown = cx.table.show(ty);
            if let Some((make, list)) = cx.wrapped(ty) {
                let fill = cx.fill(list, kind)?;
                return Ok(format!(
                    "fn {name}(n: int) -> {shown} {{ {fill}(n).{make}() }}\n"
                ));
            }
            let of = match cx.data(ty) {
                // Bytes that are UTF-8, chars as in texts.
                TyData::List(t) | TyData::Array(t) => {
                    format!("[{}(i - i % 3 % 2) for i in 0..n]", cx.make(t)?)
                }
                TyData::Set(t) => format!("[{}(i) for i in 0..n]", cx.make(t)?),
                TyData::Map(k, v) => {
                    format!("[{}(i): {}(i) for i in 0..n]", cx.make(k)?, cx.make(v)?)
                }
                _ => return Err(format!("`{shown}` is not filled")),
            };
            Ok(format!("fn {name}(n: int) -> {shown} {{ {of} }}\n"))
        })
    }

    pub fn hash(&mut self, ty: Ty) -> Made {
        self.add("hash", ty, |cx, name| {
            let shown = cx.table.show(ty);
            let body = cx.hashed(ty)?;
            Ok(format!("fn {name}(x: {shown}) -> int {{ {body} }}\n"))
        })
    }

    fn hashed(&mut self, ty: Ty) -> Made {
        if let Some((_, list)) = self.wrapped(ty) {
            return Ok(format!("{}(x.to_list())", self.hash(list)?));
        }
        Ok(match self.data(ty) {
            TyData::Bool => "if x { 3 } else { 5 }".to_string(),
            TyData::Char | TyData::Int(_) => "int(x)".to_string(),
            TyData::Float(_) => {
                "if x.is_nan() { 7 } else if x.is_finite() { int(x * 2.0) } else { 9 }".to_string()
            }
            TyData::Str => "var h = x.size(); for c in x { h = h *% 31 +% int(c) }; h".to_string(),
            TyData::Tuple(parts) => {
                let mut sum = "11".to_string();
                for (k, t) in parts.iter().enumerate() {
                    sum += &format!(" *% 37 +% {}(x.{k})", self.hash(*t)?);
                }
                sum
            }
            TyData::List(t) | TyData::Array(t) | TyData::Set(t) => {
                let h = self.hash(t)?;
                format!("var h = x.len(); for e in x {{ h = h *% 31 +% {h}(e) }}; h")
            }
            TyData::Map(k, v) => {
                let (k, v) = (self.hash(k)?, self.hash(v)?);
                format!(
                    "var h = x.len(); for (k, v) in x {{ h = h *% 31 +% {k}(k) *% 7 +% {v}(v) }}; h"
                )
            }
            TyData::Adt(id, args) if Some(id) == self.table.defs.lang.option => {
                let h = self.hash(args[0])?;
                format!("match x {{ some(v) => {h}(v) +% 1, none => 17 }}")
            }
            TyData::Adt(id, args) if Some(id) == self.table.defs.lang.result => {
                let (a, b) = (self.hash(args[0])?, self.hash(args[1])?);
                format!("match x {{ ok(v) => {a}(v), err(e) => {b}(e) +% 19 }}")
            }
            TyData::Adt(..) => self.hashed_adt(ty)?,
            _ => return Err(format!("no hash of a `{}`", self.table.show(ty))),
        })
    }

    fn hashed_adt(&mut self, ty: Ty) -> Made {
        let mut arms = Vec::new();
        for (k, (variant, fields)) in self.parts_of(ty)?.into_iter().enumerate() {
            let mut sum = format!("{}", k + 23);
            let mut names = Vec::new();
            for (i, (name, t)) in fields.into_iter().enumerate() {
                let h = self.hash(t)?;
                match (&variant, name) {
                    (None, Some(name)) => sum += &format!(" *% 37 +% {h}(x.{name})"),
                    _ => sum += &format!(" *% 37 +% {h}(p{i})"),
                }
                names.push(format!("p{i}"));
            }
            match variant {
                None => return Ok(sum),
                Some(v) if names.is_empty() => arms.push(format!(".{v} => {sum}")),
                Some(v) => arms.push(format!(".{v}({}) => {sum}", names.join(", "))),
            }
        }
        Ok(format!("match x {{ {} }}", arms.join(", ")))
    }

    pub fn show(&mut self, ty: Ty) -> Made {
        self.add("show", ty, |cx, name| {
            let shown = cx.table.show(ty);
            let body = cx.shown(ty)?;
            Ok(format!("fn {name}(x: {shown}) -> string {{ {body} }}\n"))
        })
    }

    fn shown(&mut self, ty: Ty) -> Made {
        if let Some((_, list)) = self.wrapped(ty) {
            return Ok(format!("{}(x.to_list())", self.show(list)?));
        }
        let ends = "{x[0]:?}..{x[x.len() - 1]:?}";
        Ok(match self.data(ty) {
            TyData::Str => format!(
                "if x.size() <= 40 {{ \"{{x:?}}\" }} else {{ \"len={{x.len()}} size={{x.size()}} hash={{{}(x)}} {ends}\" }}",
                self.hash(ty)?
            ),
            TyData::List(_) | TyData::Array(_) => format!(
                "if x.len() <= 3 {{ \"{{x}}\" }} else {{ \"len={{x.len()}} hash={{{}(x)}}\" }}",
                self.hash(ty)?
            ),
            TyData::Set(_) | TyData::Map(..) => format!(
                "if x.len() <= 2 {{ \"{{x}}\" }} else {{ \"len={{x.len()}} hash={{{}(x)}} {{x.first():?}}\" }}",
                self.hash(ty)?
            ),
            TyData::Tuple(parts) => {
                let mut all = Vec::new();
                for (k, t) in parts.iter().enumerate() {
                    all.push(format!("{{{}(x.{k})}}", self.show(*t)?));
                }
                format!("\"({})\"", all.join(", "))
            }
            TyData::Adt(id, args) if Some(id) == self.table.defs.lang.option => {
                let s = self.show(args[0])?;
                format!("match x {{ some(v) => \"some({{{s}(v)}})\", none => \"none\" }}")
            }
            TyData::Adt(id, args) if Some(id) == self.table.defs.lang.result => {
                let (a, b) = (self.show(args[0])?, self.show(args[1])?);
                format!("match x {{ ok(v) => \"ok({{{a}(v)}})\", err(e) => \"err({{{b}(e)}})\" }}")
            }
            _ => "\"{x:?}\"".to_string(),
        })
    }
}
