//! Types as people write them: `List<int>`, `(*Node)?`, `int ! Error`.

use crate::defs::{Defs, Generics};
use crate::types::{FloatTy, Ty, TyData, Types};
use std::fmt::Write;

/// How a type is written; `env` names its parameters.
pub fn display(defs: &Defs, types: &Types, env: &Generics, ty: Ty) -> String {
    let mut out = String::new();
    write_ty(&mut out, defs, types, env, ty, 0);
    out
}

/// Beyond this, parts are written as `…`: types can be larger than any message.
const MAX_DEPTH: u32 = 12;

fn write_ty(out: &mut String, defs: &Defs, types: &Types, env: &Generics, ty: Ty, depth: u32) {
    if depth > MAX_DEPTH {
        out.push('…');
        return;
    }
    let go = |out: &mut String, t: Ty| write_ty(out, defs, types, env, t, depth + 1);
    let list = |out: &mut String, ts: &[Ty]| {
        for (i, &t) in ts.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            go(out, t);
        }
    };
    let named = |out: &mut String, name: &str, ts: &[Ty]| {
        out.push_str(name);
        if !ts.is_empty() {
            out.push('<');
            list(out, ts);
            out.push('>');
        }
    };
    match types.data(ty) {
        TyData::Error => out.push('?'),
        TyData::Never => out.push_str("never"),
        TyData::Bool => out.push_str("bool"),
        TyData::Char => out.push_str("char"),
        TyData::Int(i) => out.push_str(i.name()),
        TyData::Float(FloatTy::F32) => out.push_str("f32"),
        TyData::Float(FloatTy::F64) => out.push_str("float"),
        TyData::Str => out.push_str("string"),
        TyData::Tuple(ts) => {
            out.push('(');
            list(out, ts);
            out.push(')');
        }
        TyData::List(t) => named(out, "List", &[*t]),
        TyData::Array(t) => named(out, "Array", &[*t]),
        TyData::Map(k, v) => named(out, "Map", &[*k, *v]),
        TyData::Set(t) => named(out, "Set", &[*t]),
        TyData::Adt(id, ts) if Some(*id) == defs.lang.option => {
            let inner = types.data(ts[0]);
            let is_result = matches!(inner, TyData::Adt(i, _) if Some(*i) == defs.lang.result);
            let parens = is_result
                || matches!(
                    inner,
                    TyData::Ptr(_) | TyData::Weak(_) | TyData::Any(..) | TyData::Fn(..)
                );
            if parens {
                out.push('(');
            }
            go(out, ts[0]);
            out.push_str(if parens { ")?" } else { "?" });
        }
        TyData::Adt(id, ts) if Some(*id) == defs.lang.result => {
            go(out, ts[0]);
            out.push_str(" ! ");
            go(out, ts[1]);
        }
        TyData::Adt(id, ts) => named(out, &defs.adt(*id).name, ts),
        TyData::Ptr(t) => {
            out.push('*');
            go(out, *t);
        }
        TyData::Weak(t) => {
            out.push_str("weak ");
            go(out, *t);
        }
        TyData::Any(id, ts) => {
            out.push_str("any ");
            named(out, &defs.trait_(*id).name, ts);
        }
        TyData::Fn(ts, ret) => {
            out.push_str("fn(");
            list(out, ts);
            out.push(')');
            if *ret != Types::UNIT {
                out.push_str(" -> ");
                go(out, *ret);
            }
        }
        TyData::Param(i) => match env.params.get(*i as usize) {
            Some(p) => out.push_str(&p.name),
            None => {
                let _ = write!(out, "T{i}");
            }
        },
        TyData::Infer(_) => out.push('_'),
    }
}
