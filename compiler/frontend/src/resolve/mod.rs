//! Names: from parsed files to a filled `Defs`.
mod derive;
pub mod errors;
pub mod fit;
mod lower;
pub mod traits;

pub use lower::{MAX_TYPE_DEPTH, MAX_TYPE_SIZE, TyScope, lookup_name, lookup_path, lower_ty};

use crate::ast;
use crate::defs::{Def, Defs, ModuleId};
use crate::hir::FnDefId;
use crate::loader::Loader;
use crate::problem::Problems;
use crate::source::{FileId, SourceMap};
use crate::types::Types;

/// Loads, parses and declares a whole program, from its root file (already in `sources`, where its
/// name gives the module's: `main.cowl`).
pub fn resolve(
    _sources: &mut SourceMap,
    _types: &mut Types,
    _loader: &mut dyn Loader,
    _root: FileId,
    _problems: &mut Problems,
) -> Defs {
    Defs::default()
}

/// Declares a function that stands in the body of another one. `scope` is that of the block that it
/// stands in.
pub fn declare_nested(
    _defs: &mut Defs,
    _types: &mut Types,
    _problems: &mut Problems,
    _scope: &TyScope,
    _parent: FnDefId,
    _item: &ast::Item,
) -> Option<FnDefId> {
    None
}

/// The names that a `use` inside a body brings into its block. Its modules were loaded with the file.
pub fn nested_use(
    _defs: &Defs,
    _problems: &mut Problems,
    _module: ModuleId,
    _use: &ast::Use,
) -> Vec<(ast::Name, Def)> {
    Vec::new()
}
