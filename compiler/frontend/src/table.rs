//! The table of built-ins: what the prelude and the library declare, as data.
//!
//! Takes nothing but the embedded library; gives one `Entry` for each public function and method:
//! its signature, its class, and for the receiver, each argument and each callback's elements
//! whether they are looked at, shared or moved. It is read off the declarations in
//! `compiler/std`, which the frontend and so every engine works by: there is no second list.
//! The reference's chapter and the tests of the engines are made from it.

use crate::defs::{Defs, FnDef, GenericDef, Generics, Owner, SelfKind};
use crate::display::display;
use crate::loader::{InMemory, STD};
use crate::problem::Problems;
use crate::resolve::resolve;
use crate::source::SourceMap;
use crate::types::{Ty, TyData, Types};
pub use cowl_contract::builtins::{Builtin, Class};
use std::sync::Arc;

/// What an operation does with an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It looks: no holder is added, a dying local ends after the operation.
    Look,
    /// It owns: moved if it dies there, else shared.
    Own,
    /// It is the place that changes: one event at the caller.
    Change,
}

/// What a callback is given of the elements that the method goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// As `for` gives them: moved out of a receiver that dies there and is the sole holder, shared
    /// otherwise. Where the receiver changes in its place, moved out of it.
    Moved,
    /// A share: the method keeps the element.
    Shared,
}

#[derive(Debug, Clone)]
pub struct Param {
    pub name: String,
    /// As written, in the names of `type_params`.
    pub ty: String,
    pub mode: Use,
    /// For a function-typed parameter.
    pub callback: Option<Gives>,
    pub has_default: bool,
}

#[derive(Debug, Clone)]
pub struct TypeParam {
    pub name: String,
    pub bounds: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Entry {
    /// `std.core`, `std.fs`, …
    pub module: String,
    /// The type it belongs to, as written: `List<T>`, `Map<K, V>`, `string`. `None`: a function of
    /// the module.
    pub receiver: Option<String>,
    pub name: String,
    /// The impl's parameters first, then its own.
    pub type_params: Vec<TypeParam>,
    /// How many of `type_params` belong to the receiver.
    pub of_receiver: usize,
    /// What happens to `self`; `None` for a function without one.
    pub self_mode: Option<Use>,
    pub params: Vec<Param>,
    pub class: Class,
    /// What a call without `!` gives: `Self` or `(Self, R)` for an updater.
    pub ret: String,
    /// What `!` gives beside the change: an updater's R, if it has one.
    pub result: Option<String>,
    /// The engines' own operation; `None`: written in Cowl.
    pub intrinsic: Option<Builtin>,
    /// What it does, in one line; when it panics, in a sentence of its own (`panics`).
    pub doc: String,
    pub panics: Option<String>,
}

impl Entry {
    /// `fn replace_at(var self, i: int, x: T) -> T`, without bounds.
    pub fn signature(&self) -> String {
        let own = &self.type_params[self.of_receiver..];
        let own: Vec<String> = own.iter().map(TypeParam::text).collect();
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.self_mode.map(|m| match m {
            Use::Change => "var self".to_string(),
            Use::Look | Use::Own => "self".to_string(),
        }));
        parts.extend(self.params.iter().map(|p| {
            let default = if p.has_default { " = …" } else { "" };
            format!("{}: {}{default}", p.name, p.ty)
        }));
        let own = match own.is_empty() {
            true => String::new(),
            false => format!("<{}>", own.join(", ")),
        };
        let ret = match (&self.result, self.self_mode) {
            (Some(r), _) => format!(" -> {r}"),
            (None, Some(Use::Change)) => String::new(),
            (None, _) if self.ret == "()" => String::new(),
            (None, _) => format!(" -> {}", self.ret),
        };
        format!("{}{own}({}){ret}", self.name, parts.join(", "))
    }

    /// `List<T: Ord>`: the receiver with the bounds that the method asks for.
    pub fn bounded_receiver(&self) -> Option<String> {
        let receiver = self.receiver.as_ref()?;
        let bounds = self.type_params[..self.of_receiver].iter();
        let bounds: Vec<String> = bounds
            .filter(|p| !p.bounds.is_empty())
            .map(TypeParam::text)
            .collect();
        Some(match bounds.is_empty() {
            true => receiver.clone(),
            false => format!("{receiver} where {}", bounds.join(", ")),
        })
    }
}

impl TypeParam {
    fn text(&self) -> String {
        match self.bounds.is_empty() {
            true => self.name.clone(),
            false => format!("{}: {}", self.name, self.bounds.join(" + ")),
        }
    }
}

/// Every public function and method of the prelude and the library's modules, in their order.
pub fn builtin_table() -> Vec<Entry> {
    let mut sources = SourceMap::default();
    let mut types = Types::default();
    let mut problems = Problems::default();
    let imports = STD.iter().filter(|f| !f.is_prelude());
    let imports: String = imports.map(|f| format!("use {}\n", f.path)).collect();
    let root = sources.add("table.cowl".to_string(), Arc::from(imports), false);
    let defs = resolve(
        &mut sources,
        &mut types,
        &mut InMemory::default(),
        root,
        &mut problems,
    );
    let listed = defs.fns.iter().filter(|f| is_listed(&defs, f));
    listed.map(|f| entry(&defs, &types, f)).collect()
}

fn is_listed(defs: &Defs, f: &FnDef) -> bool {
    let shown = match f.owner {
        Owner::Module => f.is_pub,
        Owner::Impl(id) => f.is_pub && defs.impl_(id).trait_.is_none(),
        Owner::Trait(_) => true,
        Owner::Body(_) | Owner::Const(_) | Owner::Default => false,
    };
    shown && defs.module(f.module).is_std
}

fn entry(defs: &Defs, types: &Types, f: &FnDef) -> Entry {
    let show = |ty: Ty| display(defs, types, &f.generics, ty);
    let class = f.class.unwrap_or(Class::Maker);
    let self_mode = f.self_kind.map(|_| match class {
        Class::Reader => Use::Look,
        Class::Updater => Use::Change,
        Class::Maker if f.self_kind == Some(SelfKind::Var) => Use::Change,
        Class::Maker if f.params[0].look => Use::Look,
        Class::Maker => Use::Own,
    });
    let written = f.params.iter().skip(usize::from(self_mode.is_some()));
    let params = written.map(|p| Param {
        name: p.name.to_string(),
        ty: show(p.ty),
        mode: if p.look { Use::Look } else { Use::Own },
        callback: match types.data(p.ty) {
            TyData::Fn(..) if p.shares => Some(Gives::Shared),
            TyData::Fn(..) => Some(Gives::Moved),
            _ => None,
        },
        has_default: p.default.is_some(),
    });
    let (doc, panics) = split_doc(f.doc.as_ref().map_or("", |(text, _)| text));
    Entry {
        module: defs.module(f.module).name.to_string(),
        receiver: receiver(defs, types, f),
        name: f.name.to_string(),
        type_params: type_params(defs, types, &f.generics),
        of_receiver: f.generics.parent,
        self_mode,
        params: params.collect(),
        class,
        ret: show(f.ret),
        result: f.result.map(show),
        intrinsic: f.intrinsic,
        doc,
        panics,
    }
}

fn receiver(defs: &Defs, types: &Types, f: &FnDef) -> Option<String> {
    match f.owner {
        Owner::Trait(id) => Some(defs.trait_(id).name.to_string()),
        _ => f.self_ty.map(|ty| match types.data(ty) {
            // `Option<T>`, not `T?`: it is a heading.
            TyData::Adt(id, args) => {
                let args = args.iter().map(|&t| display(defs, types, &f.generics, t));
                let args: Vec<String> = args.collect();
                match args.is_empty() {
                    true => defs.adt(*id).name.to_string(),
                    false => format!("{}<{}>", defs.adt(*id).name, args.join(", ")),
                }
            }
            _ => display(defs, types, &f.generics, ty),
        }),
    }
}

fn type_params(defs: &Defs, types: &Types, generics: &Generics) -> Vec<TypeParam> {
    let param = |p: &GenericDef| TypeParam {
        name: p.name.to_string(),
        bounds: p
            .bounds
            .iter()
            .map(|b| {
                let args: Vec<String> = b
                    .args
                    .iter()
                    .map(|&t| display(defs, types, generics, t))
                    .collect();
                let name = &defs.trait_(b.trait_).name;
                match args.is_empty() {
                    true => name.to_string(),
                    false => format!("{name}<{}>", args.join(", ")),
                }
            })
            .collect(),
    };
    generics.params.iter().map(param).collect()
}

/// What it does, and the sentence that begins with `Panics`.
fn split_doc(doc: &str) -> (String, Option<String>) {
    let line = doc.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.find("Panics ") {
        Some(at) => {
            let panics = line[at + "Panics ".len()..].trim_end_matches('.');
            (line[..at].trim().to_string(), Some(panics.to_string()))
        }
        None => (line, None),
    }
}
