//! The definitions of a program: modules, types, traits, functions, constants, impls, and how
//! names lead to them. Filled by `resolve`, read by `check`, `own` and `instantiate`.
//!
//! Everything here is generic: types hold `Param(i)`, an index into the definition's `Generics`
//! (an impl's or trait's parameters first, then the function's own; in a trait, 0 is `Self`).
//! Bodies stay syntax (`Body`) until `check` reads them, so that only what is needed is checked
//! when a program runs (`cowl check` reads all).

use crate::ast::{self, Text};
use crate::hir::{FnDefId, Lang};
use crate::source::{FileId, Span};
use crate::types::{AdtId, TraitId, Ty, id};
use cowl_contract::builtins::{Builtin, Class};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::Cell;
use std::sync::Arc;

id!(/** A module: one file. */ ModuleId, "mod");
// Not derived with all ids: no other has an obvious first one.
#[allow(clippy::derivable_impls)]
impl Default for ModuleId {
    fn default() -> ModuleId {
        ModuleId(0)
    }
}
id!(/** A module constant's definition. */ ConstId, "const");
id!(/** A `type` alias. */ AliasId, "alias");
id!(/** An `impl` block. */ ImplId, "impl");

#[derive(Debug, Default)]
pub struct Defs {
    pub modules: Vec<Module>,
    /// By the whole path: `geometry.shapes`, `std.fs`.
    pub module_ids: FxHashMap<Text, ModuleId>,
    /// The module that the program was started with.
    pub root: ModuleId,
    /// The root's `main`, if its signature is one that can be run.
    pub main: Option<FnDefId>,
    pub adts: Vec<Adt>,
    pub traits: Vec<Trait>,
    pub aliases: Vec<Alias>,
    pub fns: Vec<FnDef>,
    pub consts: Vec<Const>,
    pub impls: Vec<Impl>,
    pub tests: Vec<TestDef>,
    pub lang: LangItems,
    /// Methods and functions of types, by the type's head and the name. Several only where impls
    /// on different arguments of one head (`impl List<int>`, `impl<T> List<T>`) declare the name.
    pub inherent: FxHashMap<Head, FxHashMap<Text, Vec<FnDefId>>>,
    /// The impls of a trait.
    pub impls_of: FxHashMap<TraitId, Vec<ImplId>>,
    /// The same by the head of the implementing type (`Blanket` for `impl<T> Trait for T`).
    pub impls_by_head: FxHashMap<(TraitId, Head), Vec<ImplId>>,
    /// When a struct or enum has the derived traits; by `AdtId`.
    pub derives: Vec<Derives>,
    /// Traits that declare a method of this name.
    pub traits_with: FxHashMap<Text, Vec<TraitId>>,
    /// Names that every module sees (the prelude's).
    pub prelude: FxHashMap<Text, Def>,
}

/// The outermost constructor of a type, for finding impls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Head {
    Bool,
    Char,
    Int(crate::types::IntTy),
    Float(crate::types::FloatTy),
    Str,
    Tuple(usize),
    List,
    Array,
    Map,
    Set,
    Adt(AdtId),
    Ptr,
    Weak,
    Any(TraitId),
    Fn,
    /// `impl<T: Bound> T` (std only): tried after the type's own.
    Blanket,
}

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Def {
    Module(ModuleId),
    Adt(AdtId),
    Trait(TraitId),
    Alias(AliasId),
    Fn(FnDefId),
    Const(ConstId),
    /// `some`, `none`, `ok`, `err`: variants that the prelude brings into scope.
    Variant(AdtId, u32),
    /// A type without parameters that the language knows: `int`, `string`, `bool` …
    Scalar(Ty),
    /// `List`, `Array`, `Map`, `Set`.
    Collection(Collection),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Collection {
    List,
    Array,
    Map,
    Set,
}

#[derive(Debug)]
pub struct Module {
    /// `geometry.shapes`; the root's own is `main`.
    pub name: Text,
    pub file: FileId,
    pub is_std: bool,
    /// What the module declares and imports.
    pub scope: FxHashMap<Text, Binding>,
    /// Names that a failed `use` would have brought, inside bodies too: it is reported, so that
    /// nothing is said where they are used.
    pub lost: FxHashSet<Text>,
}

#[derive(Debug, Clone)]
pub struct Binding {
    pub def: Def,
    pub is_pub: bool,
    pub imported: bool,
    pub span: Span,
    /// Something named it: what nothing names is unused.
    pub said: Cell<bool>,
}

/// When a struct or enum has the traits that are derived from its parts. (`Default` needs no table:
/// it follows parts by value only, which is finite.)
#[derive(Debug, Clone, Default)]
pub struct Derives {
    pub eq: Derive,
    pub ord: Derive,
    pub hash: Derive,
    pub show: Derive,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Derive {
    /// A part can never have it.
    Never,
    /// It has it when these of its type arguments have it.
    If(Vec<u32>),
}

impl Default for Derive {
    fn default() -> Derive {
        Derive::If(Vec::new())
    }
}

/// Type parameters in scope of a definition.
#[derive(Debug, Clone, Default)]
pub struct Generics {
    pub params: Vec<GenericDef>,
    /// How many of them belong to the surrounding impl or trait (with `Self`).
    pub parent: usize,
}

#[derive(Debug, Clone)]
pub struct GenericDef {
    pub name: Text,
    pub bounds: Vec<TraitRef>,
    pub span: Span,
}

/// A trait with its arguments (without `Self`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TraitRef {
    pub trait_: TraitId,
    pub args: Vec<Ty>,
}

#[derive(Debug)]
pub struct Adt {
    pub name: Text,
    pub module: ModuleId,
    pub is_pub: bool,
    pub span: Span,
    pub doc: Option<(Text, Span)>,
    pub generics: Generics,
    pub kind: AdtKind,
    pub lang: Option<Lang>,
}

impl Adt {
    /// The fields of a struct.
    pub fn fields(&self) -> Option<&[Field]> {
        match &self.kind {
            AdtKind::Struct(fields) => Some(fields),
            AdtKind::Enum(_) => None,
        }
    }

    /// The variants of an enum.
    pub fn variants(&self) -> Option<&[Variant]> {
        match &self.kind {
            AdtKind::Struct(_) => None,
            AdtKind::Enum(variants) => Some(variants),
        }
    }
}

#[derive(Debug)]
pub enum AdtKind {
    Struct(Vec<Field>),
    Enum(Vec<Variant>),
}

#[derive(Debug)]
pub struct Field {
    /// `None` in variants with unnamed payloads.
    pub name: Option<Text>,
    pub ty: Ty,
    pub is_pub: bool,
    /// A function without parameters that gives the default; has the type's generics.
    pub default: Option<FnDefId>,
    pub span: Span,
}

#[derive(Debug)]
pub struct Variant {
    pub name: Text,
    pub fields: Vec<Field>,
    pub span: Span,
}

#[derive(Debug)]
pub struct Trait {
    pub name: Text,
    pub module: ModuleId,
    pub is_pub: bool,
    pub span: Span,
    pub doc: Option<(Text, Span)>,
    /// `Self` first.
    pub generics: Generics,
    pub supers: Vec<TraitRef>,
    /// In order of declaration; a method with a default has a body.
    pub methods: Vec<FnDefId>,
    /// By method: it can be called through `any` (it has a receiver, no type parameters of its own,
    /// and `Self` in no other parameter).
    pub any_callable: Vec<bool>,
    /// `any Trait` satisfies the trait: every method, the supertraits' too, can be called so.
    pub any_satisfies: bool,
    /// `*T` has the trait where `T` has it: `Self` stands only as receiver and in what a `var self`
    /// method gives back, in the supertraits too. False for the builtin ones.
    pub through_ptr: bool,
    /// A method has `self: *Self`: then `*T` alone satisfies the trait, not `T`.
    pub ptr_only: bool,
    pub builtin: Option<BuiltinTrait>,
}

/// Traits that the compiler derives or knows; declared in the prelude.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BuiltinTrait {
    Eq,
    Ord,
    Hash,
    Show,
    Default,
    /// Closed: all number types; all integer types; both float types.
    Num,
    Int,
    Float,
}

#[derive(Debug)]
pub struct Alias {
    pub name: Text,
    pub module: ModuleId,
    pub is_pub: bool,
    pub span: Span,
    pub generics: Generics,
    pub ty: Ty,
}

#[derive(Debug)]
pub struct Const {
    pub name: Text,
    pub module: ModuleId,
    pub is_pub: bool,
    pub span: Span,
    /// The written type; `None`: inferred from the value by `check`, which then sets it here and as
    /// the initialiser's `ret` (`Types::ERROR` until then).
    pub ty: Option<Ty>,
    /// The initialiser: a function without parameters.
    pub init: FnDefId,
}

#[derive(Debug)]
pub struct Impl {
    pub module: ModuleId,
    pub span: Span,
    pub generics: Generics,
    pub trait_: Option<TraitRef>,
    pub self_ty: Ty,
    /// For a trait impl: by index of the trait's methods; `None` uses the trait's default.
    pub methods: Vec<Option<FnDefId>>,
}

#[derive(Debug)]
pub struct TestDef {
    pub name: Text,
    pub span: Span,
    pub module: ModuleId,
    pub body: FnDefId,
    /// `(at_most, count)` of `copies N`.
    pub copies: Option<(bool, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfKind {
    /// `self`
    Value,
    /// `var self`: `ret` is `Self` or `(Self, R)`.
    Var,
    /// `self: *Self`
    Ptr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Module,
    Impl(ImplId),
    Trait(TraitId),
    /// Declared in a function's body.
    Body(FnDefId),
    /// A module constant's initialiser.
    Const(ConstId),
    /// A field's or parameter's default: reads nothing but constants and functions.
    Default,
}

#[derive(Debug)]
pub struct FnDef {
    pub name: Text,
    /// As in a call stack: `Stack.push`.
    pub path: Text,
    pub module: ModuleId,
    pub owner: Owner,
    pub is_pub: bool,
    pub is_pure: bool,
    /// The name's span.
    pub span: Span,
    pub doc: Option<(Text, Span)>,
    /// All parameters in scope, the impl's or trait's first.
    pub generics: Generics,
    /// What `Self` is inside.
    pub self_ty: Option<Ty>,
    pub self_kind: Option<SelfKind>,
    /// `self` is the first one.
    pub params: Vec<ParamDef>,
    /// The full result type: for `var self`, `Self` or `(Self, R)`.
    pub ret: Ty,
    /// For `var self`: the declared R.
    pub result: Option<Ty>,
    pub class: Option<Class>,
    pub intrinsic: Option<Builtin>,
    /// `@discardable`
    pub discardable: bool,
    /// `@inline`
    pub inline: bool,
    /// `@in_place`: no update in it may copy.
    pub in_place: bool,
    pub body: Body,
}

#[derive(Debug)]
pub struct ParamDef {
    pub name: Text,
    pub ty: Ty,
    pub is_var: bool,
    /// A function without parameters that gives the default.
    pub default: Option<FnDefId>,
    /// Looked at by an intrinsic (`@look(name)`, or any parameter of a reader).
    pub look: bool,
    /// A callback that is given shares of elements, which the method keeps (`@share(name)`).
    pub shares: bool,
    pub span: Span,
}

/// What a function's body is written as.
#[derive(Debug, Clone)]
pub enum Body {
    Fn(Arc<ast::Item>),
    /// A default, a constant's value.
    Expr(Arc<ast::Expr>),
    Test(Arc<ast::Item>),
    /// A closure: `check` fills its HIR when it checks the function around it.
    Closure,
    /// Required methods and intrinsics.
    None,
}

/// What `module.name` leads to.
#[derive(Debug, Clone)]
pub enum Member {
    Def(Def),
    /// There, but without `pub` (or imported without `pub`).
    Private(Binding),
    Missing,
}

/// Definitions of the prelude that the compiler itself uses.
#[derive(Debug, Default, Clone, Copy)]
pub struct LangItems {
    pub option: Option<AdtId>,
    pub result: Option<AdtId>,
    pub range: Option<AdtId>,
    pub error: Option<AdtId>,
    pub desc: Option<AdtId>,
    pub heap: Option<AdtId>,
    pub deque: Option<AdtId>,
    pub eq: Option<TraitId>,
    pub ord: Option<TraitId>,
    pub hash: Option<TraitId>,
    pub show: Option<TraitId>,
    pub default: Option<TraitId>,
    pub num: Option<TraitId>,
    pub int: Option<TraitId>,
    pub float: Option<TraitId>,
    /// `trait From<T> { fn from(x: T) -> Self }`
    pub from: Option<TraitId>,
}

impl Defs {
    pub fn adt(&self, id: AdtId) -> &Adt {
        &self.adts[id.index()]
    }

    pub fn trait_(&self, id: TraitId) -> &Trait {
        &self.traits[id.index()]
    }

    pub fn func(&self, id: FnDefId) -> &FnDef {
        &self.fns[id.index()]
    }

    pub fn module(&self, id: ModuleId) -> &Module {
        &self.modules[id.index()]
    }

    pub fn impl_(&self, id: ImplId) -> &Impl {
        &self.impls[id.index()]
    }

    pub fn const_(&self, id: ConstId) -> &Const {
        &self.consts[id.index()]
    }

    pub fn alias(&self, id: AliasId) -> &Alias {
        &self.aliases[id.index()]
    }

    /// The methods and functions of a type by its head: its own, in order of declaration. Those of
    /// `Head::Blanket` are not among them.
    pub fn methods(&self, head: Head, name: &str) -> &[FnDefId] {
        let of_head = self.inherent.get(&head);
        of_head.and_then(|m| m.get(name)).map_or(&[], Vec::as_slice)
    }

    /// Something that a module shows to another one.
    pub fn member(&self, module: ModuleId, name: &str, from: ModuleId) -> Member {
        match self.module(module).scope.get(name) {
            Some(b) if b.is_pub || module == from => {
                b.said.set(true);
                Member::Def(b.def)
            }
            Some(b) => Member::Private(b.clone()),
            None => Member::Missing,
        }
    }

    /// What a bare name means in a module: its own and imported names, then the prelude's.
    pub fn lookup(&self, module: ModuleId, name: &str) -> Option<Def> {
        let own = self.module(module).scope.get(name).map(|b| {
            b.said.set(true);
            b.def
        });
        own.or_else(|| self.prelude.get(name).copied())
    }
}
