//! The builtin updaters: checks that panic, then the walk with its event, then the change.

use super::update::Walk;
use super::*;
use cowl_contract::builtins::{Builtin, Class};
use cowl_frontend::hir::Expr;

impl Fx<'_> {
    pub(super) fn update_builtin(
        &mut self,
        e: &Expr,
        mut walk: Walk,
        op: Builtin,
        args: &[Expr],
        dst: Option<Place>,
    ) {
        let held = self.operands(args);
        let upto = walk.u.place.projs.len();
        let place = self.walk_to(&mut walk, upto);
        let ty = self.place_ty(&place);
        if op.class() != Class::Updater {
            // A maker: the value is taken out, the result is put back; only what lies above counts.
            self.finish_tally(&walk);
            self.at(e.site);
            let value = self.temp(ty);
            self.b
                .assign(value, Rvalue::Use(Operand::Move(place.clone())));
            self.hold(value.into());
            let mut all = vec![Held {
                operand: Operand::Move(value.into()),
                owned: true,
            }];
            all.extend(held);
            let result = self.temp(ty);
            self.operation(ty, op, &all, Some(result.into()));
            let result = Operand::Move(result.into());
            self.b.assign(place, Rvalue::Use(result));
            return;
        }
        self.at(e.site);
        self.check_update(op, &place, &held);
        self.sole(&mut walk, &place, upto);
        self.finish_tally(&walk);
        self.at(e.site);
        match self.data(ty) {
            TyData::List(elem) => self.change_list(op, place, ty, *elem, &held, dst),
            TyData::Array(elem) => self.change_array(op, place, ty, *elem, &held, dst),
            TyData::Map(_, value) => self.change_map(op, place, ty, *value, &held, dst),
            TyData::Set(_) => self.change_set(op, place, ty, &held, dst),
            TyData::Str => self.change_string(op, place, &held, dst),
            other => crate::ice!("`{}` of {other:?}", op.name()),
        }
    }

    /// What panics before anything changes.
    fn check_update(&mut self, op: Builtin, place: &Place, held: &[Held]) {
        let ty = self.place_ty(place);
        let indexed = matches!(
            self.data(ty),
            TyData::List(_) | TyData::Array(_) | TyData::Str
        );
        match op {
            Builtin::Insert | Builtin::InsertAt if indexed => {
                let index = self.seen(&held[0]);
                let len = self.scalar(Types::INT, Rvalue::Len(place.clone()));
                self.b.push(StmtKind::CheckIndex {
                    index,
                    len,
                    end_too: true,
                });
            }
            Builtin::Remove | Builtin::Extract | Builtin::Set | Builtin::ReplaceAt if indexed => {
                self.checked_index(place, &held[0]);
            }
            Builtin::Swap => {
                self.checked_index(place, &held[0]);
                self.checked_index(place, &held[1]);
            }
            Builtin::Truncate | Builtin::Resize | Builtin::PadLeft | Builtin::PadRight => {
                let n = self.seen(&held[0]);
                self.require_count(&n);
            }
            Builtin::ReplaceAll => {
                let from = self.seen_place(&held[0]);
                self.require_text(&from, "empty pattern");
            }
            _ => {}
        }
    }

    fn val(&self, held: &Held) -> Arg {
        Arg::Val(self.seen(held))
    }

    /// Pops or finds none, where the container is empty.
    fn pop(&mut self, entry: Entry, place: Place, ty: Ty, elem: Ty, dst: Option<Place>) {
        let len = self.scalar(Types::INT, Rvalue::Len(place.clone()));
        let (some, none, done) = (self.b.block(), self.b.block(), self.b.block());
        let dead = self.b.block();
        self.b.end(
            Term::Switch {
                on: len,
                cases: vec![(0, none)],
                default: some,
            },
            dead,
        );
        self.b.end(Term::Unreachable, some);
        let value = self.temp(elem);
        if ty == Types::STR {
            let args = vec![Arg::InOut(place)];
            self.runtime(Some(value.into()), entry, args);
        } else {
            let args = vec![Arg::InOut(place), Arg::Desc(ty), Arg::Out(value.into())];
            self.runtime(None, entry, args);
        }
        match dst.clone() {
            Some(dst) => {
                let value = Operand::Move(value.into());
                self.b.assign(dst, Rvalue::Variant(1, vec![value]));
            }
            None => self.release(value.into()),
        }
        self.b.goto(done, none);
        self.set(dst, Rvalue::Variant(0, Vec::new()));
        self.b.goto(done, done);
    }

    /// Takes an element out; `keep` false: it ends at once.
    fn extract(&mut self, entry: Entry, args: Vec<Arg>, elem: Ty, dst: Option<Place>) {
        match dst {
            Some(dst) if elem != Types::UNIT => self.into_out(entry, args, Some(dst)),
            _ => {
                let value = self.temp(elem);
                self.into_out(entry, args, Some(value.into()));
                self.release(value.into());
            }
        }
    }

    /// Replaces the element at an index; what was there is given or ends.
    fn set_elem(&mut self, place: Place, elem: Ty, held: &[Held], dst: Option<Place>) {
        let index = self.seen(&held[0]);
        let addr = self.addr(elem);
        self.b.assign(
            addr,
            Rvalue::Element {
                seq: place,
                index,
                mutable: true,
            },
        );
        let keeps = dst.is_some();
        let old = dst.unwrap_or_else(|| self.temp(elem).into());
        self.b
            .assign(old.clone(), Rvalue::Use(Operand::Move(addr.into())));
        let value = self.take(&held[1]);
        self.b.assign(addr, Rvalue::Use(value));
        if !keeps {
            self.release(old);
        }
    }

    fn change_list(
        &mut self,
        op: Builtin,
        place: Place,
        ty: Ty,
        elem: Ty,
        held: &[Held],
        dst: Option<Place>,
    ) {
        let list = Arg::InOut(place.clone());
        let desc = Arg::Desc(ty);
        let args = match op {
            Builtin::Push | Builtin::PushFirst => {
                let x = Arg::Take(self.take(&held[0]));
                vec![list, x, desc]
            }
            Builtin::Pop => return self.pop(Entry::cowl_list_pop, place, ty, elem, dst),
            Builtin::PopFirst => {
                return self.pop(Entry::cowl_list_pop_first, place, ty, elem, dst);
            }
            Builtin::Insert => {
                let x = Arg::Take(self.take(&held[1]));
                vec![list, self.val(&held[0]), x, desc]
            }
            Builtin::Remove | Builtin::Extract => {
                let args = vec![list, self.val(&held[0]), desc];
                return self.extract(Entry::cowl_list_extract, args, elem, dst);
            }
            Builtin::Set | Builtin::ReplaceAt => return self.set_elem(place, elem, held, dst),
            Builtin::Swap => vec![list, self.val(&held[0]), self.val(&held[1]), desc],
            Builtin::Reverse | Builtin::Sort | Builtin::Dedup => vec![list, desc],
            Builtin::Truncate => vec![list, self.val(&held[0]), desc],
            Builtin::Append => {
                let other = Arg::Val(self.take(&held[0]));
                vec![list, other, desc]
            }
            Builtin::Concat => vec![list, self.val(&held[0]), desc],
            Builtin::Resize => {
                let x = Arg::Take(self.take(&held[1]));
                vec![list, self.val(&held[0]), x, desc]
            }
            Builtin::Reserve => return,
            _ => crate::ice!("`{}` of a List", op.name()),
        };
        let entry = match op {
            Builtin::Push => Entry::cowl_list_push,
            Builtin::PushFirst => Entry::cowl_list_push_first,
            Builtin::Insert => Entry::cowl_list_insert,
            Builtin::Swap => Entry::cowl_list_swap,
            Builtin::Reverse => Entry::cowl_list_reverse,
            Builtin::Sort => Entry::cowl_list_sort,
            Builtin::Dedup => Entry::cowl_list_dedup,
            Builtin::Truncate => Entry::cowl_list_truncate,
            Builtin::Append => Entry::cowl_list_append,
            Builtin::Concat => Entry::cowl_list_concat,
            _ => Entry::cowl_list_resize,
        };
        self.runtime(None, entry, args);
    }

    fn change_array(
        &mut self,
        op: Builtin,
        place: Place,
        ty: Ty,
        elem: Ty,
        held: &[Held],
        dst: Option<Place>,
    ) {
        let array = Arg::InOut(place.clone());
        let desc = Arg::Desc(ty);
        let args = match op {
            Builtin::Push | Builtin::PushFirst => {
                let x = Arg::Take(self.take(&held[0]));
                vec![array, x, desc]
            }
            Builtin::Pop => return self.pop(Entry::cowl_array_pop, place, ty, elem, dst),
            Builtin::PopFirst => {
                return self.pop(Entry::cowl_array_pop_first, place, ty, elem, dst);
            }
            Builtin::Insert | Builtin::Resize => {
                let x = Arg::Take(self.take(&held[1]));
                vec![array, self.val(&held[0]), x, desc]
            }
            Builtin::Remove | Builtin::Extract => {
                let args = vec![array, self.val(&held[0]), desc];
                return self.extract(Entry::cowl_array_extract, args, elem, dst);
            }
            Builtin::Set | Builtin::ReplaceAt => return self.set_elem(place, elem, held, dst),
            Builtin::Swap => vec![array, self.val(&held[0]), self.val(&held[1]), desc],
            Builtin::Reverse | Builtin::Sort | Builtin::Dedup => vec![array, desc],
            Builtin::Truncate | Builtin::Reserve => vec![array, self.val(&held[0]), desc],
            Builtin::Append => {
                let other = Arg::Take(self.take(&held[0]));
                vec![array, other, desc]
            }
            Builtin::Concat => {
                let other = Arg::Ref(self.seen_place(&held[0]));
                vec![array, other, desc]
            }
            _ => crate::ice!("`{}` of an Array", op.name()),
        };
        let entry = match op {
            Builtin::Push => Entry::cowl_array_push,
            Builtin::PushFirst => Entry::cowl_array_push_first,
            Builtin::Insert => Entry::cowl_array_insert,
            Builtin::Swap => Entry::cowl_array_swap,
            Builtin::Reverse => Entry::cowl_array_reverse,
            Builtin::Sort => Entry::cowl_array_sort,
            Builtin::Dedup => Entry::cowl_array_dedup,
            Builtin::Truncate => Entry::cowl_array_truncate,
            Builtin::Reserve => Entry::cowl_array_reserve,
            Builtin::Append => Entry::cowl_array_append,
            Builtin::Concat => Entry::cowl_array_concat,
            _ => Entry::cowl_array_resize,
        };
        self.runtime(None, entry, args);
    }

    fn change_map(
        &mut self,
        op: Builtin,
        place: Place,
        ty: Ty,
        value: Ty,
        held: &[Held],
        dst: Option<Place>,
    ) {
        let map = Arg::InOut(place);
        let desc = Arg::Desc(ty);
        match op {
            Builtin::Insert | Builtin::Replace => {
                let (k, v) = (self.take(&held[0]), self.take(&held[1]));
                let args = vec![map, Arg::Take(k), Arg::Take(v), desc];
                if op == Builtin::Insert {
                    self.runtime(None, Entry::cowl_map_insert, args);
                } else {
                    self.optional(Entry::cowl_map_replace, args, value, dst);
                }
            }
            Builtin::Remove => self.remove_key(map, desc, held),
            Builtin::Extract => {
                let key = Arg::Ref(self.seen_place(&held[0]));
                self.optional(Entry::cowl_map_extract, vec![map, key, desc], value, dst);
            }
            Builtin::Reserve => {}
            _ => crate::ice!("`{}` of a Map", op.name()),
        }
    }

    fn remove_key(&mut self, map: Arg, desc: Arg, held: &[Held]) {
        let key = Arg::Ref(self.seen_place(&held[0]));
        let was = self.temp(Types::BOOL);
        self.runtime(
            Some(was.into()),
            Entry::cowl_map_remove,
            vec![map, key, desc],
        );
    }

    fn change_set(&mut self, op: Builtin, place: Place, ty: Ty, held: &[Held], dst: Option<Place>) {
        let set = Arg::InOut(place);
        let desc = Arg::Desc(ty);
        match op {
            Builtin::Insert | Builtin::Add => {
                let x = Arg::Take(self.take(&held[0]));
                let new = dst.unwrap_or_else(|| self.temp(Types::BOOL).into());
                self.runtime(Some(new), Entry::cowl_set_insert, vec![set, x, desc]);
            }
            Builtin::Remove => self.remove_key(set, desc, held),
            Builtin::Reserve => {}
            _ => crate::ice!("`{}` of a Set", op.name()),
        }
    }

    fn change_string(&mut self, op: Builtin, place: Place, held: &[Held], dst: Option<Place>) {
        let s = Arg::InOut(place.clone());
        let (entry, args) = match op {
            Builtin::Push => (Entry::cowl_string_push, vec![s, self.val(&held[0])]),
            Builtin::Pop => {
                let entry = Entry::cowl_string_pop;
                return self.pop(entry, place, Types::STR, Types::CHAR, dst);
            }
            Builtin::PopFirst => {
                let entry = Entry::cowl_string_pop_first;
                return self.pop(entry, place, Types::STR, Types::CHAR, dst);
            }
            Builtin::Remove | Builtin::Extract => {
                let args = vec![s, self.val(&held[0])];
                let dst = dst.unwrap_or_else(|| self.temp(Types::CHAR).into());
                return self.runtime(Some(dst), Entry::cowl_string_extract, args);
            }
            // The part is owned by `append`, looked at by `+`; either way it ends, if it must, after.
            Builtin::Append | Builtin::Concat => {
                let part = Arg::Ref(self.seen_place(&held[0]));
                (Entry::cowl_string_append, vec![s, part])
            }
            Builtin::InsertAt => {
                let part = Arg::Ref(self.seen_place(&held[1]));
                (Entry::cowl_string_insert, vec![s, self.val(&held[0]), part])
            }
            Builtin::Reverse => (Entry::cowl_string_reverse, vec![s]),
            Builtin::Truncate => (Entry::cowl_string_truncate, vec![s, self.val(&held[0])]),
            Builtin::Reserve => (Entry::cowl_string_reserve, vec![s, self.val(&held[0])]),
            Builtin::ToUpper => (Entry::cowl_string_to_upper, vec![s]),
            Builtin::ToLower => (Entry::cowl_string_to_lower, vec![s]),
            Builtin::ReplaceAll => {
                let from = Arg::Ref(self.seen_place(&held[0]));
                let to = Arg::Ref(self.seen_place(&held[1]));
                (Entry::cowl_string_replace, vec![s, from, to])
            }
            Builtin::PadLeft | Builtin::PadRight => {
                let left = Arg::Int((op == Builtin::PadLeft).into());
                let (width, fill) = (self.val(&held[0]), self.val(&held[1]));
                (Entry::cowl_string_pad, vec![s, width, fill, left])
            }
            _ => crate::ice!("`{}` of a string", op.name()),
        };
        self.runtime(None, entry, args);
    }
}
