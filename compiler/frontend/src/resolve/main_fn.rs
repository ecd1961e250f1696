//! `main`: is there one in the root, and is it one that can be run?

use super::{Cx, errors};
use crate::defs::{Def, FnDef};
use crate::types::{Ty, TyData, Types};

pub(super) fn find(cx: &mut Cx) {
    let root = cx.defs.module(cx.defs.root);
    let Some(binding) = root.scope.get("main").filter(|b| !b.imported) else {
        return;
    };
    let Def::Fn(id) = binding.def else { return };
    match wrong(cx, cx.defs.func(id)) {
        None => cx.defs.main = Some(id),
        Some(why) => {
            let problem = errors::main_signature(cx.defs.func(id).span, why);
            cx.problems.push(problem);
        }
    }
}

fn wrong(cx: &Cx, def: &FnDef) -> Option<&'static str> {
    if !def.generics.params.is_empty() {
        return Some("nobody chooses its type parameters");
    }
    let params: Vec<Ty> = def.params.iter().map(|p| p.ty).collect();
    match params.as_slice() {
        [] => {}
        [Types::ERROR] => {}
        [one] => match cx.types.data(*one) {
            TyData::List(Types::STR | Types::ERROR) => {}
            _ => return Some("its arguments are a `List<string>`"),
        },
        _ => return Some("it takes nothing or `args: List<string>`"),
    }
    let status = match cx.types.data(def.ret) {
        TyData::Adt(id, args) if Some(*id) == cx.defs.lang.result => args[0],
        _ => def.ret,
    };
    match status {
        Types::UNIT | Types::INT | Types::NEVER | Types::ERROR => None,
        _ => Some("it gives an exit status (`int`) or nothing"),
    }
}
