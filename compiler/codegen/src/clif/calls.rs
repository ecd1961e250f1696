//! Calls: of Cowl functions, closures and methods through tables, and of runtime entries.

use super::func::{Fx, Slot, flags};
use super::values::{Loc, Val};
use super::{Results, results, signature};
use crate::mir::*;
use cowl_contract::entries::{Entry, Machine};
use cowl_contract::layout as abi;
use cowl_frontend::hir::{FuncId as HirFunc, Program};
use cowl_frontend::types::{Ty, TyData, Types};
use cranelift_codegen::ir::{InstBuilder, Signature, Value, types};

impl Fx<'_, '_, '_> {
    pub fn call(&mut self, dst: Option<&Place>, callee: &Callee, args: &[Operand]) {
        let (params, ret) = self.shape(callee, args, dst);
        let borrowed = |program: &Program, i: usize| match callee {
            Callee::Func(id) => program.func(*id).params[i].borrowed,
            _ => false,
        };
        let mut values = vec![self.ctx];
        let room = match results(self.layouts(), ret) {
            Results::Leaves(_) => None,
            Results::Memory => {
                let size = self.layouts().get(ret).size;
                let room = self.scratch(size);
                values.push(room);
                Some(room)
            }
        };
        let program = self.e.cx.program;
        let target = match callee {
            Callee::Func(id) => {
                if self.e.cx.closures.contains(id) {
                    values.push(self.iconst(0));
                }
                Target::Direct(*id)
            }
            Callee::Value(place) => {
                let (loc, _) = self.place(place);
                let block = self.word(&loc);
                values.push(block);
                let code = self.b.ins().load(types::I64, flags(), block, abi::FN_CODE);
                Target::Indirect(code, signature(self.layouts(), &params, ret, true))
            }
            Callee::Any { method } => {
                let (Operand::Copy(p) | Operand::Move(p)) = &args[0] else {
                    crate::ice!("a method of a constant")
                };
                let (loc, ty) = self.place(p);
                let Val::Leaves(any) = self.read(&loc, ty) else {
                    crate::ice!("an any without leaves")
                };
                let at = *method as i32 * 8;
                let code = self.b.ins().load(types::I64, flags(), any[1], at);
                Target::Indirect(code, signature(self.layouts(), &params, ret, false))
            }
        };
        for (i, (o, &ty)) in args.iter().zip(&params).enumerate() {
            match self.operand(o, ty) {
                Val::Leaves(v) => values.extend(v),
                // The callee may change what it owns, so it gets a copy of what the caller keeps.
                Val::Mem(addr) => {
                    let keeps = matches!(o, Operand::Copy(_)) && !borrowed(program, i);
                    values.push(if keeps {
                        let size = self.layouts().get(ty).size;
                        let copy = self.scratch(size);
                        self.copy(copy, addr, size);
                        copy
                    } else {
                        addr
                    });
                }
            }
        }
        let call = match target {
            Target::Direct(id) => {
                let id = self.e.func(id);
                let func = self.func_ref(id);
                self.b.ins().call(func, &values)
            }
            Target::Indirect(code, sig) => {
                let sig = self.b.import_signature(sig);
                self.b.ins().call_indirect(sig, code, &values)
            }
        };
        let leaves = self.b.inst_results(call).to_vec();
        let Some(dst) = dst else { return };
        let value = match room {
            Some(room) => Val::Mem(room),
            None => Val::Leaves(leaves),
        };
        let value = match (value, &self.layouts().get(ret).leaves) {
            // A result that is too wide for registers but small enough for variables.
            (Val::Mem(room), Some(_)) => self.read(&Loc::Mem(room, 0), ret),
            (value, _) => value,
        };
        let (to, ty) = self.place(dst);
        if ty != Types::NEVER && ret != Types::NEVER {
            self.write(&to, ty, value);
        }
    }

    /// The types of a callee's parameters and result.
    fn shape(&self, callee: &Callee, args: &[Operand], dst: Option<&Place>) -> (Vec<Ty>, Ty) {
        let program = self.e.cx.program;
        let of_func = |id: HirFunc| {
            let f = program.func(id);
            let params = f
                .params
                .iter()
                .map(|p| f.locals[p.local.index()].ty)
                .collect();
            (params, f.ret)
        };
        match callee {
            Callee::Func(id) => of_func(*id),
            Callee::Value(place) => match self.data(self.place_ty(place)) {
                TyData::Fn(params, ret) => (params.to_vec(), *ret),
                other => crate::ice!("a call of {other:?}"),
            },
            Callee::Any { method } => {
                let self_ty = self.operand_ty(&args[0]);
                let TyData::Any(trait_, _) = self.data(self_ty) else {
                    crate::ice!("a method of no any")
                };
                // All shims of a method for one `any` type have one signature.
                let shim = program.vtables.iter().find_map(|t| {
                    let id = t.methods.get(*method as usize).copied().flatten()?;
                    let f = program.func(id);
                    let first = f.locals[f.params[0].local.index()].ty;
                    (t.trait_ == *trait_ && first == self_ty).then_some(id)
                });
                match shim {
                    Some(id) => of_func(id),
                    // No value of this type is ever made, so the call is never reached; what waits
                    // for its result is compiled all the same.
                    None => (
                        args.iter().map(|a| self.operand_ty(a)).collect(),
                        dst.map_or(Types::UNIT, |dst| self.place_ty(dst)),
                    ),
                }
            }
        }
    }

    // ---- runtime entries

    pub fn runtime(&mut self, dst: Option<&Place>, entry: Entry, args: &[Arg]) {
        match (entry, args) {
            _ if self.vast => {}
            (Entry::cowl_list_push, [Arg::InOut(list), Arg::Take(elem), _]) => {
                return self.list_push(list, elem);
            }
            (Entry::cowl_array_push, [Arg::InOut(array), Arg::Take(elem), _]) => {
                return self.array_push(array, elem);
            }
            (Entry::cowl_string_append, [Arg::InOut(string), Arg::Ref(more)]) => {
                return self.string_append(string, more);
            }
            _ => {}
        }
        let info = entry.info();
        let mut values = Vec::new();
        // What is to be loaded back after the call.
        let mut back: Vec<(Loc, Ty, Value)> = Vec::new();
        for arg in args {
            let machine = info.params.get(values.len()).map(|p| p.machine);
            match arg {
                Arg::Val(o) => {
                    let ty = self.operand_ty(o);
                    match self.operand(o, ty) {
                        Val::Leaves(v) => values.extend(v),
                        Val::Mem(_) => crate::ice!("`{}`: a large value", info.name),
                    }
                }
                Arg::Ref(place) => {
                    let (loc, ty) = self.place(place);
                    values.push(self.address(&loc, ty));
                }
                Arg::Take(o) => {
                    let ty = self.operand_ty(o);
                    let value = self.operand(o, ty);
                    values.push(self.spill(value, ty));
                }
                Arg::Out(place) => {
                    let (loc, ty) = self.place(place);
                    let clears = self.may_be_zero(place);
                    let addr = match &loc {
                        Loc::Mem(addr, at) => self.offset(*addr, *at),
                        _ => {
                            let size = self.layouts().get(ty).size;
                            let addr = self.scratch(size);
                            if clears {
                                self.clear(&Loc::Mem(addr, 0), ty);
                            }
                            back.push((loc, ty, addr));
                            addr
                        }
                    };
                    values.push(addr);
                }
                Arg::InOut(place) => {
                    let (loc, ty) = self.place(place);
                    let addr = self.address(&loc, ty);
                    if let Loc::Vars(_) = loc {
                        back.push((loc, ty, addr));
                    }
                    values.push(addr);
                }
                Arg::Addr(local) => values.push(self.addr_local(*local)),
                Arg::Desc(ty) => values.push(self.desc(*ty)),
                Arg::Int(n) => {
                    let ty = match machine {
                        Some(Machine::I8) => types::I8,
                        Some(Machine::I32) => types::I32,
                        _ => types::I64,
                    };
                    values.push(self.b.ins().iconst(ty, *n));
                }
                Arg::Text(text) => {
                    values.push(self.text(text));
                    values.push(self.iconst(text.len() as i64));
                }
                Arg::Spec(spec) => {
                    let id = self.e.spec(spec);
                    values.push(self.data_addr(id));
                }
                Arg::TypeName(ty) => {
                    let name = format!("{}\0", self.type_name(*ty));
                    values.push(self.text(&name));
                }
                Arg::SourceSite => {
                    let site = self.e.cx.sites.row(self.site).site;
                    let index = self.e.site_index(site);
                    values.push(self.b.ins().iconst(types::I32, i64::from(index)));
                }
            }
        }
        let result = self.call_entry(entry, &values);
        for (loc, ty, addr) in back {
            self.reload(&loc, ty, addr);
        }
        let (Some(dst), Some(result)) = (dst, result) else {
            return;
        };
        if let Slot::Addr(var) = self.slots[dst.local.index()].clone()
            && dst.projs.is_empty()
        {
            self.b.def_var(var, result);
            return;
        }
        let (loc, ty) = self.place(dst);
        self.write(&loc, ty, Val::Leaves(vec![result]));
    }
}

enum Target {
    Direct(HirFunc),
    Indirect(Value, Signature),
}
