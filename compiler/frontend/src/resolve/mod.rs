//! Names: from parsed files to a filled `Defs`.
//!
//! Takes the root file and a `Loader`; gives every definition of the program with its types read,
//! impls in tables, and every mistake in declarations reported. Bodies stay syntax for `check`,
//! which asks here what types and names in them mean, and which types have which traits.
//!
//! The phases, each over all modules: `load` (files), `declare` (names and imports), `items` and
//! `impls` (insides), `flags` and `derive` (facts about traits and types), then the checks that need
//! all of it: `finite`, `impls::overlaps`, `conform`, and the bounds that were wanted on the way.
//! None recurses over definitions, none is more than linear in their number.

mod attrs;
mod conform;
mod declare;
mod derive;
pub mod errors;
mod finite;
pub mod fit;
mod flags;
mod graph;
mod impls;
mod items;
mod load;
mod lower;
mod main_fn;
mod signature;
#[cfg(test)]
mod tests;
pub mod traits;
pub mod uses;

pub use lower::{MAX_TYPE_DEPTH, MAX_TYPE_SIZE, TyScope, lookup_name, lookup_path, lower_ty};

use crate::ast;
use crate::defs::{AliasId, Def, Defs, Generics, ImplId, ModuleId, Owner};
use crate::hir::FnDefId;
use crate::loader::{Loader, STD, StdFile};
use crate::problem::Problems;
use crate::source::{FileId, SourceMap};
use crate::types::{AdtId, TraitId, Types};
use lower::{Applied, Lower, check_applied};
use signature::Place;

/// Loads, parses and declares a whole program, from its root file (already in `sources`, where its
/// name gives the module's: `main.cowl`).
pub fn resolve(
    sources: &mut SourceMap,
    types: &mut Types,
    loader: &mut dyn Loader,
    root: FileId,
    problems: &mut Problems,
) -> Defs {
    resolve_with(STD, sources, types, loader, root, problems)
}

fn resolve_with(
    std: &'static [StdFile],
    sources: &mut SourceMap,
    types: &mut Types,
    loader: &mut dyn Loader,
    root: FileId,
    problems: &mut Problems,
) -> Defs {
    let mut defs = Defs::default();
    let mut cx = Cx {
        defs: &mut defs,
        types,
        problems,
        wants: Vec::new(),
    };
    let cx = &mut cx;
    declare::language_names(cx.defs);
    let loaded = load::load(cx, sources, loader, std, root);
    let mut work = declare::declare(cx, loaded);
    std_is_whole(cx);

    items::aliases(cx, &work.aliases);
    items::all_bounds(cx, &work);
    items::structs(cx, std::mem::take(&mut work.structs));
    items::enums(cx, std::mem::take(&mut work.enums));
    declare::publish_variants(cx.defs);
    items::traits(cx, std::mem::take(&mut work.traits));
    items::functions(cx, std::mem::take(&mut work.fns));
    items::consts(cx, std::mem::take(&mut work.consts));
    items::tests(cx, std::mem::take(&mut work.tests));
    flags::traits(cx);
    derive::table(cx.defs, cx.types);
    impls::impls(cx, std::mem::take(&mut work.impls));

    finite::check(cx);
    impls::overlaps(cx);
    conform::supertraits(cx);
    main_fn::find(cx);
    cx.prove_wants();
    defs
}

/// Declares a function that stands in the body of another one. `scope` is that of the block that it
/// stands in, with the type parameters of the function around.
pub fn declare_nested(
    defs: &mut Defs,
    types: &mut Types,
    problems: &mut Problems,
    scope: &TyScope,
    parent: FnDefId,
    item: &ast::Item,
) -> Option<FnDefId> {
    let ast::ItemKind::Fn(decl) = &item.kind else {
        return None;
    };
    let id = FnDefId(defs.fns.len() as u32);
    let around = defs.func(parent).path.clone();
    defs.fns.push(signature::unread(&decl.name, scope.module));
    let mut cx = Cx {
        defs,
        types,
        problems,
        wants: Vec::new(),
    };
    let place = Place {
        module: scope.module,
        owner: Owner::Body(parent),
        parent: None,
        self_ty: None,
        path: &format!("{around}."),
        items: scope.items,
        outer: Some((scope.generics, &around)),
    };
    signature::read(&mut cx, id, item.clone(), &place);
    cx.prove_wants();
    Some(id)
}

/// The names that a `use` inside a body brings into its block. Its modules were loaded with the file.
pub fn nested_use(
    defs: &mut Defs,
    problems: &mut Problems,
    module: ModuleId,
    use_: &ast::Use,
) -> Vec<(ast::Name, Def)> {
    let (found, lost) = declare::names_of_use(defs, problems, module, use_, |_| false);
    defs.modules[module.index()].lost.extend(lost);
    found
}

/// What all phases work on.
struct Cx<'a> {
    defs: &'a mut Defs,
    types: &'a mut Types,
    problems: &'a mut Problems,
    /// Bounds to prove once everything is read, with whose type parameters they speak of.
    wants: Vec<(Env, Vec<Applied>)>,
}

/// Whose type parameters a type speaks of.
#[derive(Clone, Copy)]
enum Env {
    None,
    Adt(AdtId),
    Trait(TraitId),
    Alias(AliasId),
    Impl(ImplId),
    Fn(FnDefId),
}

impl Cx<'_> {
    fn lower<'s>(&'s mut self, scope: &TyScope<'s>) -> Lower<'s> {
        Lower::new(self.defs, self.types, self.problems, *scope)
    }

    fn want(&mut self, env: Env, applied: Vec<Applied>) {
        if !applied.is_empty() {
            self.wants.push((env, applied));
        }
    }

    fn prove_wants(&mut self) {
        let none = Generics::default();
        for (env, applied) in std::mem::take(&mut self.wants) {
            let env = match env {
                Env::None => &none,
                Env::Adt(id) => &self.defs.adt(id).generics,
                Env::Trait(id) => &self.defs.trait_(id).generics,
                Env::Alias(id) => &self.defs.alias(id).generics,
                Env::Impl(id) => &self.defs.impl_(id).generics,
                Env::Fn(id) => &self.defs.func(id).generics,
            };
            check_applied(self.defs, self.types, self.problems, env, &applied);
        }
    }
}

/// The compiler cannot go on without these. A mistake of syntax in the library is reported as one.
fn std_is_whole(cx: &Cx) {
    let lang = &cx.defs.lang;
    let missing = [
        ("Option", lang.option.is_none()),
        ("Result", lang.result.is_none()),
        ("Range", lang.range.is_none()),
        ("Error", lang.error.is_none()),
        ("Eq", lang.eq.is_none()),
        ("Ord", lang.ord.is_none()),
        ("Hash", lang.hash.is_none()),
        ("Show", lang.show.is_none()),
        ("Default", lang.default.is_none()),
        ("Num", lang.num.is_none()),
        ("Int", lang.int.is_none()),
        ("Float", lang.float.is_none()),
        ("From", lang.from.is_none()),
    ];
    for (name, missing) in missing {
        assert!(
            !missing || cx.problems.has_errors(),
            "the standard library does not declare `{name}`"
        );
    }
}
