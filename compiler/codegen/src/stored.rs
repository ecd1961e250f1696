//! How the storages of a program's types lie in memory, for the report of copies.

use crate::layout::Layouts;
use cowl_contract::copies::Stored;
use cowl_contract::desc::entry_layout;
use cowl_frontend::hir::Program;
use cowl_frontend::types::{Ty, TyData};

/// By type; `None` for what has no storage or does not occur in the program that runs.
pub fn storages(program: &Program) -> Vec<Option<Stored>> {
    let layouts = Layouts::new(program);
    let types = (0..program.types.len() as u32).map(Ty);
    types.map(|ty| stored(program, &layouts, ty)).collect()
}

fn stored(program: &Program, layouts: &Layouts, ty: Ty) -> Option<Stored> {
    let size = |t: Ty| occurs(program, t).then(|| layouts.get(t));
    Some(match program.types.data(ty) {
        TyData::Str => Stored::Text,
        TyData::Array(t) => Stored::array(size(*t)?.size),
        TyData::List(t) => Stored::list(size(*t)?.size),
        TyData::Set(t) => {
            let key = size(*t)?;
            let (stride, _) = entry_layout(key.size, key.align, 0, 1);
            Stored::Entries { stride }
        }
        TyData::Map(k, v) => {
            let (key, value) = (size(*k)?, size(*v)?);
            let (stride, _) = entry_layout(key.size, key.align, value.size, value.align);
            Stored::Entries { stride }
        }
        _ => return None,
    })
}

/// Only what runs has shapes; the interner knows more.
fn occurs(program: &Program, ty: Ty) -> bool {
    match program.types.data(ty) {
        TyData::Error | TyData::Param(_) | TyData::Infer(_) => false,
        TyData::Tuple(parts) => parts.iter().all(|&t| occurs(program, t)),
        TyData::Adt(..) => program.shapes.contains_key(&ty),
        _ => true,
    }
}
