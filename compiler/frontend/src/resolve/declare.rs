//! Names first: every module's declarations get ids, then every `use` gets its meaning.
//!
//! Takes the syntax of all modules; gives scopes, and the declarations sorted by kind for the
//! phases that read their insides. Type parameters are known by name afterwards, bounds are not.

use super::load::{Loaded, dotted};
use super::{Cx, errors};
use crate::ast::{self, GenericParam, ItemKind, Name, Text};
use crate::defs::*;
use crate::hir::FnDefId;
use crate::problem::Problems;
use crate::source::Span;
use crate::types::{AdtId, IntTy, TraitId, Ty, TyData, Types};
use rustc_hash::FxHashMap;
use std::cell::Cell;

/// Declarations whose insides are still syntax.
#[derive(Default)]
pub(super) struct Work {
    pub structs: Vec<(AdtId, ast::StructDecl)>,
    pub enums: Vec<(AdtId, ast::EnumDecl)>,
    pub traits: Vec<(TraitId, ast::TraitDecl)>,
    pub aliases: Vec<(AliasId, ast::AliasDecl)>,
    pub consts: Vec<(ConstId, ast::ConstDecl)>,
    pub fns: Vec<(FnDefId, ast::Item)>,
    pub impls: Vec<ImplWork>,
    pub tests: Vec<(ModuleId, ast::Item)>,
}

pub(super) struct ImplWork {
    pub module: ModuleId,
    pub decl: ast::ImplDecl,
    /// From `impl` to the type.
    pub span: Span,
}

/// Names of types that every program knows without a declaration.
pub(super) fn language_names(defs: &mut Defs) {
    let mut add = |name: &str, def: Def| defs.prelude.insert(Text::from(name), def);
    for int in IntTy::ALL {
        add(int.name(), Def::Scalar(int_ty(int)));
    }
    let scalars = [
        ("i64", Types::INT),
        ("byte", Types::U8),
        ("float", Types::FLOAT),
        ("f32", Types::F32),
        ("bool", Types::BOOL),
        ("char", Types::CHAR),
        ("string", Types::STR),
        ("never", Types::NEVER),
    ];
    for (name, ty) in scalars {
        add(name, Def::Scalar(ty));
    }
    for (name, collection) in [
        ("List", Collection::List),
        ("Array", Collection::Array),
        ("Map", Collection::Map),
        ("Set", Collection::Set),
    ] {
        add(name, Def::Collection(collection));
    }
}

fn int_ty(int: IntTy) -> Ty {
    match int {
        IntTy::I8 => Types::I8,
        IntTy::I16 => Types::I16,
        IntTy::I32 => Types::I32,
        IntTy::I64 => Types::INT,
        IntTy::U8 => Types::U8,
        IntTy::U16 => Types::U16,
        IntTy::U32 => Types::U32,
        IntTy::U64 => Types::U64,
    }
}

/// `int`, `List`, `Self`, `some` …: names that a program may not declare anew.
fn is_reserved(defs: &Defs, name: &str) -> bool {
    matches!(name, "Self" | "self" | "some" | "none" | "ok" | "err")
        || matches!(
            defs.prelude.get(name),
            Some(Def::Scalar(_) | Def::Collection(_))
        )
}

pub(super) fn declare(cx: &mut Cx, loaded: Loaded) -> Work {
    let mut work = Work::default();
    let mut uses: Vec<Vec<(bool, ast::Use)>> = Vec::new();
    for (i, file) in loaded.files.into_iter().enumerate() {
        let mut of_module = Vec::new();
        for item in file.items {
            declare_item(cx, &mut work, &mut of_module, ModuleId(i as u32), item);
        }
        uses.push(of_module);
    }
    for &module in &loaded.prelude {
        publish(cx, module);
    }
    for module in loaded.order {
        for (is_pub, use_) in std::mem::take(&mut uses[module.index()]) {
            let silent = |m: ModuleId| loaded.circular.contains(&m);
            let (found, lost) = names_of_use(cx.defs, cx.problems, module, &use_, silent);
            cx.defs.modules[module.index()].lost.extend(lost);
            for (name, def) in found {
                bind(cx, module, &name, def, is_pub, true);
            }
        }
    }
    work
}

/// A prelude module's public names are everybody's.
fn publish(cx: &mut Cx, module: ModuleId) {
    let own: Vec<(Text, Binding)> = cx.defs.module(module).scope.clone().into_iter().collect();
    let mut own: Vec<_> = own.into_iter().filter(|(_, b)| b.is_pub).collect();
    own.sort_by_key(|(_, b)| b.span);
    for (name, binding) in own {
        cx.defs.prelude.insert(name.clone(), binding.def);
        lang_item(cx.defs, &name, binding.def);
    }
}

/// Definitions of the prelude that the compiler knows by name.
fn lang_item(defs: &mut Defs, name: &str, def: Def) {
    use BuiltinTrait::{Default, Eq, Float, Hash, Int, Num, Ord, Show};
    let lang = &mut defs.lang;
    match def {
        Def::Adt(id) => {
            let (slot, kind) = match name {
                "Option" => (&mut lang.option, crate::hir::Lang::Option),
                "Result" => (&mut lang.result, crate::hir::Lang::Result),
                "Range" => (&mut lang.range, crate::hir::Lang::Range),
                "Error" => (&mut lang.error, crate::hir::Lang::Error),
                "Heap" => (&mut lang.heap, crate::hir::Lang::Heap),
                "Deque" => (&mut lang.deque, crate::hir::Lang::Deque),
                "Desc" => {
                    defs.adts[id.index()].lang = Some(crate::hir::Lang::Desc);
                    return;
                }
                _ => return,
            };
            *slot = Some(id);
            defs.adts[id.index()].lang = Some(kind);
        }
        Def::Trait(id) => {
            let (slot, kind) = match name {
                "Eq" => (&mut lang.eq, Some(Eq)),
                "Ord" => (&mut lang.ord, Some(Ord)),
                "Hash" => (&mut lang.hash, Some(Hash)),
                "Show" => (&mut lang.show, Some(Show)),
                "Default" => (&mut lang.default, Some(Default)),
                "Num" => (&mut lang.num, Some(Num)),
                "Int" => (&mut lang.int, Some(Int)),
                "Float" => (&mut lang.float, Some(Float)),
                "From" => (&mut lang.from, None),
                _ => return,
            };
            *slot = Some(id);
            defs.traits[id.index()].builtin = kind;
        }
        Def::Module(_)
        | Def::Alias(_)
        | Def::Fn(_)
        | Def::Const(_)
        | Def::Variant(..)
        | Def::Scalar(_)
        | Def::Collection(_) => {}
    }
}

/// `some`, `none`, `ok`, `err` name variants of the prelude's enums.
pub(super) fn publish_variants(defs: &mut Defs) {
    for id in [defs.lang.option, defs.lang.result].into_iter().flatten() {
        let variants = defs.adt(id).variants().into_iter().flatten();
        let names: Vec<Text> = variants.map(|v| v.name.clone()).collect();
        for (i, name) in names.into_iter().enumerate() {
            defs.prelude.insert(name, Def::Variant(id, i as u32));
        }
    }
}

fn bind(cx: &mut Cx, module: ModuleId, name: &Name, def: Def, is_pub: bool, imported: bool) {
    let is_std = cx.defs.module(module).is_std;
    if !is_std && is_reserved(cx.defs, &name.text) {
        cx.problems.push(errors::reserved(&name.text, name.span));
        return;
    }
    let binding = Binding {
        def,
        is_pub,
        imported,
        span: name.span,
        said: Cell::default(),
    };
    let scope = &mut cx.defs.modules[module.index()].scope;
    match scope.get(&name.text) {
        None => {
            scope.insert(name.text.clone(), binding);
        }
        Some(first) => {
            // Imports are read after declarations, but the later place is the one at fault.
            let (first, second) = match first.span < name.span {
                true => (first.span, name.span),
                false => (name.span, first.span),
            };
            let p = errors::twice("the name", &name.text, second, first);
            cx.problems.push(match (imported, def) {
                (true, Def::Module(_)) => p.help("give the module another name: `use … as name`"),
                _ => p,
            });
        }
    }
}

fn declare_item(
    cx: &mut Cx,
    work: &mut Work,
    uses: &mut Vec<(bool, ast::Use)>,
    module: ModuleId,
    item: ast::Item,
) {
    let is_pub = item.is_pub;
    if !matches!(item.kind, ItemKind::Fn(_)) {
        super::attrs::only_functions(cx.problems, &item.attrs);
    }
    let doc = item.doc.clone();
    match item.kind {
        ItemKind::Use(use_) => uses.push((is_pub, use_)),
        ItemKind::Fn(ref decl) => {
            let id = FnDefId(cx.defs.fns.len() as u32);
            let name = decl.name.clone();
            cx.defs.fns.push(super::signature::unread(&name, module));
            bind(cx, module, &name, Def::Fn(id), is_pub, false);
            work.fns.push((id, item));
        }
        ItemKind::Struct(decl) => {
            let kind = AdtKind::Struct(Vec::new());
            let head = (module, is_pub, doc);
            let id = declare_adt(cx, head, &decl.name, &decl.generics, kind);
            work.structs.push((id, decl));
        }
        ItemKind::Enum(decl) => {
            let kind = AdtKind::Enum(Vec::new());
            let head = (module, is_pub, doc);
            let id = declare_adt(cx, head, &decl.name, &decl.generics, kind);
            work.enums.push((id, decl));
        }
        ItemKind::Trait(decl) => {
            let id = TraitId(cx.defs.traits.len() as u32);
            let self_ = GenericDef {
                name: Text::from("Self"),
                bounds: Vec::new(),
                span: decl.name.span,
            };
            let mut generics = type_params(cx.problems, cx.defs, None, &decl.generics);
            generics.params.insert(0, self_);
            cx.defs.traits.push(Trait {
                name: decl.name.text.clone(),
                module,
                is_pub,
                span: decl.name.span,
                doc,
                generics,
                supers: Vec::new(),
                methods: Vec::new(),
                any_callable: Vec::new(),
                any_satisfies: false,
                through_ptr: false,
                ptr_only: false,
                builtin: None,
            });
            bind(cx, module, &decl.name, Def::Trait(id), is_pub, false);
            work.traits.push((id, decl));
        }
        ItemKind::Alias(decl) => {
            let id = AliasId(cx.defs.aliases.len() as u32);
            let generics = type_params(cx.problems, cx.defs, None, &decl.generics);
            cx.defs.aliases.push(Alias {
                name: decl.name.text.clone(),
                module,
                is_pub,
                span: decl.name.span,
                generics,
                ty: Types::ERROR,
            });
            bind(cx, module, &decl.name, Def::Alias(id), is_pub, false);
            work.aliases.push((id, decl));
        }
        ItemKind::Const(decl) => {
            let id = ConstId(cx.defs.consts.len() as u32);
            let init = FnDefId(cx.defs.fns.len() as u32);
            cx.defs
                .fns
                .push(super::signature::unread(&decl.name, module));
            cx.defs.consts.push(Const {
                name: decl.name.text.clone(),
                module,
                is_pub,
                span: decl.name.span,
                ty: None,
                init,
            });
            bind(cx, module, &decl.name, Def::Const(id), is_pub, false);
            work.consts.push((id, decl));
        }
        ItemKind::Impl(decl) => {
            let span = item.span.start().to(decl.self_ty.span);
            work.impls.push(ImplWork { module, decl, span });
        }
        ItemKind::Test(_) => work.tests.push((module, item)),
    }
}

fn declare_adt(
    cx: &mut Cx,
    (module, is_pub, doc): (ModuleId, bool, Option<(Text, Span)>),
    name: &Name,
    generics: &[GenericParam],
    kind: AdtKind,
) -> AdtId {
    let id = AdtId(cx.defs.adts.len() as u32);
    let generics = type_params(cx.problems, cx.defs, None, generics);
    cx.defs.adts.push(Adt {
        name: name.text.clone(),
        module,
        is_pub,
        span: name.span,
        doc,
        generics,
        kind,
        lang: None,
    });
    bind(cx, module, name, Def::Adt(id), is_pub, false);
    id
}

/// The type parameters by name, behind those of the block around; bounds come later.
pub(super) fn type_params(
    problems: &mut Problems,
    defs: &Defs,
    parent: Option<&Generics>,
    own: &[GenericParam],
) -> Generics {
    let mut generics = parent.cloned().unwrap_or_default();
    generics.parent = generics.params.len();
    let mut seen: FxHashMap<Text, (usize, Span)> = FxHashMap::default();
    for (i, p) in generics.params.iter().enumerate() {
        seen.insert(p.name.clone(), (i, p.span));
    }
    for param in own {
        let name = &param.name;
        if is_reserved(defs, &name.text) {
            problems.push(errors::reserved(&name.text, name.span));
        }
        match seen.get(&name.text) {
            Some(&(i, first)) if i < generics.parent => {
                problems.push(errors::shadows_type_param(name, first));
            }
            Some(&(_, first)) => {
                let p = errors::twice("the type parameter", &name.text, name.span, first);
                problems.push(p);
            }
            None => {}
        }
        seen.insert(name.text.clone(), (generics.params.len(), name.span));
        generics.params.push(GenericDef {
            name: name.text.clone(),
            bounds: Vec::new(),
            span: name.span,
        });
    }
    generics
}

/// What a `use` brings into scope, and the names that it fails to bring, which are reported. Its
/// module is loaded, or its absence is reported.
pub(super) fn names_of_use(
    defs: &Defs,
    problems: &mut Problems,
    from: ModuleId,
    use_: &ast::Use,
    silent: impl Fn(ModuleId) -> bool,
) -> (Vec<(Name, Def)>, Vec<Text>) {
    let (mut found, mut lost) = (Vec::new(), Vec::new());
    let Some(&module) = defs.module_ids.get(&dotted(&use_.path)) else {
        return (found, lost);
    };
    let Some(names) = &use_.names else {
        let name = use_.alias.as_ref().or(use_.path.last());
        found.extend(name.map(|n| (n.clone(), Def::Module(module))));
        return (found, lost);
    };
    for taken in names {
        let name = &taken.name;
        match defs.member(module, &name.text, from) {
            Member::Def(def) => {
                found.push((taken.brought().clone(), def));
                continue;
            }
            Member::Private(binding) => {
                problems.push(errors::private(defs, name, module, &binding));
            }
            Member::Missing if silent(module) => {}
            Member::Missing => {
                let p = errors::not_in_module(defs, problems, name, module, from);
                problems.push(p);
            }
        }
        lost.push(taken.brought().text.clone());
    }
    (found, lost)
}

/// The type that a struct or enum is inside its own declaration: with its parameters as arguments.
pub(super) fn own_type(types: &mut Types, id: AdtId, generics: &Generics) -> Ty {
    let params = (0..generics.params.len()).map(|i| types.intern(TyData::Param(i as u32)));
    let args: Box<[Ty]> = params.collect();
    types.intern(TyData::Adt(id, args))
}
