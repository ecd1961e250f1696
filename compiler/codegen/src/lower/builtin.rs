//! Builtin readers and makers. Every operation ends as a few MIR statements or one runtime entry.

use super::*;
use cowl_contract::builtins::{Builtin, Class};
use cowl_frontend::hir::{BinOp, Expr};

impl Fx<'_> {
    pub(super) fn builtin(&mut self, e: &Expr, op: Builtin, args: &[Expr], dst: Option<Place>) {
        if op.class() == Class::Updater {
            crate::ice!("the updater `{}` outside an update", op.name());
        }
        let mark = self.mark();
        let held = self.operands(args);
        self.at(e.site);
        self.operation(e.ty, op, &held, dst);
        if e.ty == Types::NEVER {
            self.pending.truncate(mark);
        } else {
            self.end_op(mark);
        }
    }

    /// A reader or maker on operands that wait.
    pub(super) fn operation(&mut self, ty: Ty, op: Builtin, held: &[Held], dst: Option<Place>) {
        match op {
            Builtin::Eq => {
                let (a, b) = (self.seen_place(&held[0]), self.seen_place(&held[1]));
                let same = self.equal(a, b);
                self.set(dst, Rvalue::Use(same));
            }
            Builtin::EqTotal => self.equal_total(held, dst),
            Builtin::Lt => self.compare(BinOp::Lt, held, dst),
            Builtin::Le => self.compare(BinOp::Le, held, dst),
            Builtin::Gt => self.compare(BinOp::Gt, held, dst),
            Builtin::Ge => self.compare(BinOp::Ge, held, dst),
            Builtin::CmpTotal => self.compare_total(held, dst),
            Builtin::Show => self.show(held, 0, dst),
            Builtin::ShowQuoted => self.show(held, 1, dst),
            Builtin::Same => {
                let (a, b) = (self.seen(&held[0]), self.seen(&held[1]));
                self.set(dst, Rvalue::Binary(BinOp::Eq, a, b));
            }
            Builtin::Len => {
                let s = self.seen_place(&held[0]);
                self.set(dst, Rvalue::Len(s));
            }
            Builtin::Size => {
                let s = self.seen_place(&held[0]);
                self.set(dst, Rvalue::Size(s));
            }
            Builtin::CharAt => {
                let s = self.seen_place(&held[0]);
                let index = self.checked_index(&s, &held[1]);
                let args = vec![Arg::Ref(s), Arg::Val(index)];
                self.runtime(dst, Entry::cowl_string_char_at, args);
            }
            Builtin::Slice | Builtin::SliceFrom => self.slice_op(op, held, dst),
            Builtin::ToList
            | Builtin::ToArray
            | Builtin::ToSet
            | Builtin::Keys
            | Builtin::Values
            | Builtin::Pairs => self.convert_sequence(op, ty, held, dst),
            Builtin::Get => self.map_get(ty, held, dst),
            Builtin::Contains => self.contains(held, dst),
            Builtin::StartsWith => self.on_strings(Entry::cowl_string_starts_with, held, dst),
            Builtin::EndsWith => self.on_strings(Entry::cowl_string_ends_with, held, dst),
            Builtin::Find => self.find(Entry::cowl_string_find, held, dst),
            Builtin::FindLast => self.find(Entry::cowl_string_find_last, held, dst),
            Builtin::Split => {
                let sep = self.seen_place(&held[1]);
                self.require_text(&sep, "empty separator");
                self.on_strings(Entry::cowl_string_split, held, dst);
            }
            Builtin::SplitWhitespace => {
                self.on_strings(Entry::cowl_string_split_whitespace, held, dst)
            }
            Builtin::Lines => self.on_strings(Entry::cowl_string_lines, held, dst),
            Builtin::Chars => self.on_strings(Entry::cowl_string_chars, held, dst),
            Builtin::Bytes => self.on_strings(Entry::cowl_string_bytes, held, dst),
            Builtin::FromBytes => {
                let bytes = Arg::Val(self.seen(&held[0]));
                self.optional(Entry::cowl_string_from_bytes, vec![bytes], Types::STR, dst);
            }
            Builtin::FromChars => {
                let chars = Arg::Val(self.seen(&held[0]));
                self.into_out(Entry::cowl_string_from_chars, vec![chars], dst);
            }
            Builtin::Trim => self.trim(3, held, dst),
            Builtin::TrimStart => self.trim(1, held, dst),
            Builtin::TrimEnd => self.trim(2, held, dst),
            Builtin::Repeat => {
                let s = self.seen_place(&held[0]);
                let n = self.seen(&held[1]);
                self.require_count(&n);
                let args = vec![Arg::Ref(s), Arg::Val(n)];
                self.into_out(Entry::cowl_string_repeat, args, dst);
            }
            Builtin::Join => {
                let strings = Arg::Val(self.seen(&held[0]));
                let sep = Arg::Ref(self.seen_place(&held[1]));
                self.into_out(Entry::cowl_string_join, vec![strings, sep], dst);
            }
            Builtin::ParseInt => {
                let s = Arg::Ref(self.seen_place(&held[0]));
                self.optional(Entry::cowl_string_parse_int, vec![s], Types::INT, dst);
            }
            Builtin::ParseFloat => {
                let s = Arg::Ref(self.seen_place(&held[0]));
                self.optional(Entry::cowl_string_parse_float, vec![s], Types::FLOAT, dst);
            }
            Builtin::CharIsAlphabetic => self.char_is(0, held, dst),
            Builtin::CharIsNumeric => self.char_is(1, held, dst),
            Builtin::CharIsWhitespace => self.char_is(2, held, dst),
            Builtin::CharIsUpper => self.char_is(3, held, dst),
            Builtin::CharIsLower => self.char_is(4, held, dst),
            Builtin::CharToUpper => {
                let c = Arg::Val(self.seen(&held[0]));
                self.into_out(Entry::cowl_char_to_upper, vec![c], dst);
            }
            Builtin::CharToLower => {
                let c = Arg::Val(self.seen(&held[0]));
                self.into_out(Entry::cowl_char_to_lower, vec![c], dst);
            }
            Builtin::CountOnes => self.math(MathOp::CountOnes, held, dst),
            Builtin::LeadingZeros => self.math(MathOp::LeadingZeros, held, dst),
            Builtin::TrailingZeros => self.math(MathOp::TrailingZeros, held, dst),
            Builtin::Sqrt => self.math(MathOp::Sqrt, held, dst),
            Builtin::Floor => self.math(MathOp::Floor, held, dst),
            Builtin::Ceil => self.math(MathOp::Ceil, held, dst),
            Builtin::Trunc => self.math(MathOp::Trunc, held, dst),
            Builtin::ToBits => self.math(MathOp::ToBits, held, dst),
            Builtin::FromBits => self.math(MathOp::FromBits, held, dst),
            Builtin::Round => self.float_entry(Entry::cowl_float_round, held, dst),
            Builtin::Sin => self.float_entry(Entry::cowl_float_sin, held, dst),
            Builtin::Cos => self.float_entry(Entry::cowl_float_cos, held, dst),
            Builtin::Tan => self.float_entry(Entry::cowl_float_tan, held, dst),
            Builtin::Asin => self.float_entry(Entry::cowl_float_asin, held, dst),
            Builtin::Acos => self.float_entry(Entry::cowl_float_acos, held, dst),
            Builtin::Atan => self.float_entry(Entry::cowl_float_atan, held, dst),
            Builtin::Atan2 => self.float_entry(Entry::cowl_float_atan2, held, dst),
            Builtin::Exp => self.float_entry(Entry::cowl_float_exp, held, dst),
            Builtin::Ln => self.float_entry(Entry::cowl_float_ln, held, dst),
            Builtin::Log2 => self.float_entry(Entry::cowl_float_log2, held, dst),
            Builtin::Log10 => self.float_entry(Entry::cowl_float_log10, held, dst),
            Builtin::PowFloat => self.float_entry(Entry::cowl_float_pow, held, dst),
            Builtin::WeakNew => {
                let p = self.seen_place(&held[0]);
                self.set(dst, Rvalue::WeakOf(p));
            }
            Builtin::WeakEmpty => self.set(dst, Rvalue::Use(Operand::Const(Const::Zero(ty)))),
            Builtin::WeakGet => {
                // `(*T)?` is the pointer or null, as the entry gives it.
                let w = Arg::Val(self.seen(&held[0]));
                self.runtime(dst, Entry::cowl_weak_get, vec![w]);
            }
            Builtin::Gc => {
                let dst = dst.unwrap_or_else(|| self.temp(Types::INT).into());
                self.runtime(Some(dst), Entry::cowl_gc, Vec::new());
            }
            Builtin::GcCount => {
                let which = Arg::Val(self.seen(&held[0]));
                let dst = dst.unwrap_or_else(|| self.temp(Types::INT).into());
                self.runtime(Some(dst), Entry::cowl_gc_count, vec![which]);
            }
            Builtin::Print => self.print(2, held),
            Builtin::Write => self.print(0, held),
            Builtin::Eprint => self.print(3, held),
            Builtin::Ewrite => self.print(1, held),
            Builtin::Dbg => {
                let x = self.seen_place(&held[0]);
                let desc = Arg::Desc(self.place_ty(&x));
                self.runtime(None, Entry::cowl_dbg, vec![Arg::Ref(x), desc]);
            }
            Builtin::Flush
            | Builtin::ReadLine
            | Builtin::ReadAll
            | Builtin::FsRead
            | Builtin::FsWrite
            | Builtin::FsAppend
            | Builtin::FsExists
            | Builtin::FsIsDir
            | Builtin::FsList
            | Builtin::FsRemove
            | Builtin::FsMakeDir
            | Builtin::FsWriteBytes
            | Builtin::FsReadBytes => self.system(op, ty, held, dst),
            Builtin::Panic => {
                let text = self.seen_place(&held[0]);
                self.fail(Entry::cowl_panic, vec![Arg::Ref(text)]);
            }
            Builtin::Assert | Builtin::AssertMessage | Builtin::AssertEq | Builtin::AssertNe => {
                self.assertion(op, held)
            }
            Builtin::Exit => {
                let status = Arg::Val(self.seen(&held[0]));
                self.fail(Entry::cowl_exit, vec![status]);
            }
            Builtin::PanicNone => self.fail_text("value is none"),
            Builtin::PanicErr => {
                let x = self.seen_place(&held[0]);
                let desc = Arg::Desc(self.place_ty(&x));
                self.fail(Entry::cowl_panic_err, vec![Arg::Ref(x), desc]);
            }
            Builtin::PanicOverflow => {
                let places: Vec<Place> = held.iter().map(|h| self.seen_place(h)).collect();
                let (l, r) = (self.place_ty(&places[0]), self.place_ty(&places[2]));
                let [a, op, b] = [0, 1, 2].map(|i| Arg::Ref(places[i].clone()));
                self.fail(
                    Entry::cowl_panic_overflow_shown,
                    vec![a, Arg::Desc(l), op, b, Arg::Desc(r)],
                );
            }
            Builtin::Push
            | Builtin::PushFirst
            | Builtin::Pop
            | Builtin::PopFirst
            | Builtin::Insert
            | Builtin::Remove
            | Builtin::Extract
            | Builtin::Set
            | Builtin::ReplaceAt
            | Builtin::Replace
            | Builtin::Add
            | Builtin::Swap
            | Builtin::Reverse
            | Builtin::Truncate
            | Builtin::Append
            | Builtin::Concat
            | Builtin::Resize
            | Builtin::Reserve
            | Builtin::Sort
            | Builtin::Dedup
            | Builtin::ToUpper
            | Builtin::ToLower
            | Builtin::ReplaceAll
            | Builtin::InsertAt
            | Builtin::PadLeft
            | Builtin::PadRight => crate::ice!("`{}` is an updater", op.name()),
        }
    }

    // ---- comparing

    fn is_scalar(&self, ty: Ty) -> bool {
        matches!(
            self.data(ty),
            TyData::Bool | TyData::Char | TyData::Int(_) | TyData::Float(_)
        )
    }

    /// `==`, as a bool.
    pub(super) fn equal(&mut self, a: Place, b: Place) -> Operand {
        let ty = self.place_ty(&a);
        if self.is_scalar(ty) || matches!(self.data(ty), TyData::Ptr(_)) {
            let (a, b) = (Operand::Copy(a), Operand::Copy(b));
            return self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Eq, a, b));
        }
        let t = Place::from(self.temp(Types::BOOL));
        let mut args = vec![Arg::Ref(a), Arg::Ref(b)];
        let entry = if ty == Types::STR {
            Entry::cowl_string_eq
        } else {
            args.push(Arg::Desc(ty));
            Entry::cowl_eq
        };
        self.runtime(Some(t.clone()), entry, args);
        Operand::Copy(t)
    }

    fn equal_total(&mut self, held: &[Held], dst: Option<Place>) {
        let (a, b) = (self.seen_place(&held[0]), self.seen_place(&held[1]));
        let ty = self.place_ty(&a);
        if self.is_scalar(ty) && !matches!(self.data(ty), TyData::Float(_)) {
            let (a, b) = (Operand::Copy(a), Operand::Copy(b));
            return self.set(dst, Rvalue::Binary(BinOp::Eq, a, b));
        }
        let args = vec![Arg::Ref(a), Arg::Ref(b), Arg::Desc(ty)];
        self.runtime(dst, Entry::cowl_eq_total, args);
    }

    fn compare(&mut self, op: BinOp, held: &[Held], dst: Option<Place>) {
        let (a, b) = (self.seen_place(&held[0]), self.seen_place(&held[1]));
        let ty = self.place_ty(&a);
        if self.is_scalar(ty) {
            let (a, b) = (Operand::Copy(a), Operand::Copy(b));
            return self.set(dst, Rvalue::Binary(op, a, b));
        }
        let order = Place::from(self.temp(Types::I32));
        let mut args = vec![Arg::Ref(a), Arg::Ref(b)];
        let entry = if ty == Types::STR {
            Entry::cowl_string_cmp
        } else {
            args.push(Arg::Desc(ty));
            Entry::cowl_cmp
        };
        self.runtime(Some(order.clone()), entry, args);
        // -1, 0, 1, and 2 for unordered, which no comparison holds for.
        let const_i32 = |n: i128| Operand::Const(Const::Int(Types::I32, n));
        let order = Operand::Copy(order);
        let value = match op {
            BinOp::Lt => Rvalue::Binary(BinOp::Lt, order, const_i32(0)),
            BinOp::Le => Rvalue::Binary(BinOp::Le, order, const_i32(0)),
            BinOp::Gt => Rvalue::Binary(BinOp::Eq, order, const_i32(1)),
            _ => {
                let narrow = Rvalue::Convert(hir::Convert::Wrapping, order, Types::I32);
                let unsigned = self.scalar(Types::U32, narrow);
                let one = Operand::Const(Const::Int(Types::U32, 1));
                Rvalue::Binary(BinOp::Le, unsigned, one)
            }
        };
        self.set(dst, value);
    }

    fn compare_total(&mut self, held: &[Held], dst: Option<Place>) {
        let (a, b) = (self.seen_place(&held[0]), self.seen_place(&held[1]));
        let ty = self.place_ty(&a);
        if self.is_scalar(ty) && !matches!(self.data(ty), TyData::Float(_)) {
            let (a, b) = (Operand::Copy(a), Operand::Copy(b));
            let mut as_int = |op: BinOp| {
                let c = self.scalar(Types::BOOL, Rvalue::Binary(op, a.clone(), b.clone()));
                let wide = Rvalue::Convert(hir::Convert::Wrapping, c, Types::BOOL);
                self.scalar(Types::INT, wide)
            };
            let (gt, lt) = (as_int(BinOp::Gt), as_int(BinOp::Lt));
            return self.set(dst, Rvalue::Binary(BinOp::SubWrap, gt, lt));
        }
        let order = Place::from(self.temp(Types::I32));
        let mut args = vec![Arg::Ref(a), Arg::Ref(b)];
        let entry = if ty == Types::STR {
            Entry::cowl_string_cmp
        } else {
            args.push(Arg::Desc(ty));
            Entry::cowl_cmp_total
        };
        self.runtime(Some(order.clone()), entry, args);
        let wide = Rvalue::Convert(hir::Convert::Wrapping, Operand::Copy(order), Types::I32);
        self.set(dst, wide);
    }

    // ---- results in memory

    /// Calls an entry whose last parameter is the result.
    pub(super) fn into_out(&mut self, entry: Entry, mut args: Vec<Arg>, dst: Option<Place>) {
        let Some(dst) = dst else {
            crate::ice!("`{}` without a place for its result", entry.name())
        };
        args.push(Arg::Out(dst));
        self.runtime(None, entry, args);
    }

    /// Calls an entry that answers 1 and writes a value, or 0: an `Option`.
    pub(super) fn optional(
        &mut self,
        entry: Entry,
        mut args: Vec<Arg>,
        value_ty: Ty,
        dst: Option<Place>,
    ) {
        let value = self.maybe_temp(value_ty);
        args.push(Arg::Out(value.into()));
        let there = Place::from(self.temp(Types::BOOL));
        self.runtime(Some(there.clone()), entry, args);
        self.some_if(Operand::Copy(there), value, dst);
    }

    /// `some(value)` if the condition holds, else `none`.
    pub(super) fn some_if(&mut self, there: Operand, value: Local, dst: Option<Place>) {
        let Some(dst) = dst else {
            return self.release(value.into());
        };
        let (yes, no, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(there, yes, no, yes);
        let value = Operand::Move(value.into());
        self.b.assign(dst.clone(), Rvalue::Variant(1, vec![value]));
        self.b.goto(done, no);
        self.b.assign(dst, Rvalue::Variant(0, Vec::new()));
        self.b.goto(done, done);
    }

    fn show(&mut self, held: &[Held], quoted: i64, dst: Option<Place>) {
        let x = self.seen_place(&held[0]);
        let desc = Arg::Desc(self.place_ty(&x));
        let args = vec![Arg::Ref(x), desc, Arg::Int(quoted)];
        self.into_out(Entry::cowl_show, args, dst);
    }

    fn print(&mut self, to: i64, held: &[Held]) {
        if let Operand::Const(Const::Str(text)) = &held[0].operand {
            let args = vec![Arg::Text(text.clone()), Arg::Int(to)];
            return self.runtime(None, Entry::cowl_print_text, args);
        }
        let x = self.seen_place(&held[0]);
        let desc = Arg::Desc(self.place_ty(&x));
        self.runtime(
            None,
            Entry::cowl_print,
            vec![Arg::Ref(x), desc, Arg::Int(to)],
        );
    }

    // ---- sequences and maps

    fn slice_op(&mut self, op: Builtin, held: &[Held], dst: Option<Place>) {
        let Some(dst) = dst else {
            crate::ice!("a slice without a place")
        };
        let seen = self.seen_place(&held[0]);
        let ty = self.place_ty(&seen);
        let len = self.scalar(Types::INT, Rvalue::Len(seen));
        let start = self.seen(&held[1]);
        let end = match op {
            Builtin::Slice => self.seen(&held[2]),
            _ => len.clone(),
        };
        self.check_range(&start, &end, &len);
        let whole = self.take(&held[0]);
        let whole = self.owned_place(whole);
        self.slice(whole, ty, start, end, dst);
    }

    fn convert_sequence(&mut self, op: Builtin, ty: Ty, held: &[Held], dst: Option<Place>) {
        let whole = self.take(&held[0]);
        let whole = self.owned_place(whole);
        let from = self.place_ty(&whole);
        let value = Operand::Move(whole);
        if from == ty {
            // A maker's storage is its own, also where nothing is to be converted.
            let made = self.temp(ty);
            self.b.assign(made, Rvalue::Use(value));
            self.b.push(StmtKind::MakeUnique {
                place: made.into(),
                status: None,
                ready: None,
            });
            return self.set(dst, Rvalue::Use(Operand::Move(made.into())));
        }
        match (op, self.data(from)) {
            (Builtin::ToList, TyData::Array(_)) => self.runtime(
                dst,
                Entry::cowl_array_to_list,
                vec![Arg::Take(value), Arg::Desc(ty)],
            ),
            (Builtin::ToArray, TyData::List(_)) => self.into_out(
                Entry::cowl_list_to_array,
                vec![Arg::Val(value), Arg::Desc(from)],
                dst,
            ),
            (Builtin::ToArray, TyData::Set(_)) => self.into_out(
                Entry::cowl_set_to_array,
                vec![Arg::Val(value), Arg::Desc(from), Arg::Desc(ty)],
                dst,
            ),
            (Builtin::ToSet, TyData::List(_)) => self.runtime(
                dst,
                Entry::cowl_list_to_set,
                vec![Arg::Val(value), Arg::Desc(ty)],
            ),
            (Builtin::ToSet, TyData::Array(_)) => self.runtime(
                dst,
                Entry::cowl_array_to_set,
                vec![Arg::Take(value), Arg::Desc(ty)],
            ),
            (_, TyData::Map(..) | TyData::Set(_)) => {
                let entry = match op {
                    Builtin::Values => Entry::cowl_map_values,
                    Builtin::Pairs => Entry::cowl_map_pairs,
                    _ => Entry::cowl_map_keys,
                };
                let args = vec![Arg::Val(value), Arg::Desc(from), Arg::Desc(ty)];
                self.runtime(dst, entry, args);
            }
            (_, other) => crate::ice!("`{}` of {other:?}", op.name()),
        }
    }

    fn find_key(&mut self, held: &[Held], value: Ty) -> (Local, Operand) {
        let map = self.seen(&held[0]);
        let ty = self.operand_ty(&map);
        let key = self.seen_place(&held[1]);
        let addr = self.addr(value);
        self.runtime(
            Some(addr.into()),
            Entry::cowl_map_find,
            vec![Arg::Val(map), Arg::Ref(key), Arg::Desc(ty)],
        );
        let missing = self.scalar(Types::BOOL, Rvalue::IsNull(addr));
        (addr, missing)
    }

    fn map_get(&mut self, ty: Ty, held: &[Held], dst: Option<Place>) {
        let Some(dst) = dst else {
            crate::ice!("a lookup without a place")
        };
        let value = self.cx.layouts.payload(ty, 1)[0];
        let (addr, missing) = self.find_key(held, value);
        let (yes, no, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(missing, no, yes, yes);
        let part = if self.refs(value) {
            let t = self.temp(value);
            self.b.assign(t, Rvalue::Share(addr.into()));
            Operand::Move(t.into())
        } else {
            Operand::Copy(addr.into())
        };
        self.b.assign(dst.clone(), Rvalue::Variant(1, vec![part]));
        self.b.goto(done, no);
        self.b.assign(dst, Rvalue::Variant(0, Vec::new()));
        self.b.goto(done, done);
    }

    fn contains(&mut self, held: &[Held], dst: Option<Place>) {
        let receiver = self.seen_place(&held[0]);
        let value = match self.data(self.place_ty(&receiver)) {
            TyData::Map(_, v) => *v,
            TyData::Set(t) => *t,
            _ => return self.on_strings(Entry::cowl_string_contains, held, dst),
        };
        let (_, missing) = self.find_key(held, value);
        self.set(dst, Rvalue::Unary(hir::UnOp::Not, missing));
    }

    // ---- strings and chars

    /// An entry that looks at one or two strings.
    fn on_strings(&mut self, entry: Entry, held: &[Held], dst: Option<Place>) {
        let args = held.iter().map(|h| Arg::Ref(self.seen_place(h))).collect();
        self.runtime(dst, entry, args);
    }

    fn find(&mut self, entry: Entry, held: &[Held], dst: Option<Place>) {
        let at = self.temp(Types::INT);
        self.on_strings(entry, held, Some(at.into()));
        let zero = self.int(0);
        let found = Rvalue::Binary(BinOp::Ge, Operand::Copy(at.into()), zero);
        let found = self.scalar(Types::BOOL, found);
        self.some_if(found, at, dst);
    }

    fn trim(&mut self, sides: i64, held: &[Held], dst: Option<Place>) {
        let s = self.take(&held[0]);
        let args = vec![Arg::Take(s), Arg::Int(sides)];
        self.into_out(Entry::cowl_string_trim, args, dst);
    }

    fn char_is(&mut self, what: i64, held: &[Held], dst: Option<Place>) {
        let args = vec![Arg::Val(self.seen(&held[0])), Arg::Int(what)];
        self.runtime(dst, Entry::cowl_char_is, args);
    }

    /// Panics if a string is empty.
    pub(super) fn require_text(&mut self, s: &Place, otherwise: &str) {
        let size = self.scalar(Types::INT, Rvalue::Size(s.clone()));
        let zero = self.int(0);
        let ok = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Ne, size, zero));
        let (good, bad) = (self.b.block(), self.b.cold_block());
        self.b.branch(ok, good, bad, bad);
        self.fail_text(otherwise);
        self.b.cur = good;
    }

    /// Panics if a count is negative.
    pub(super) fn require_count(&mut self, n: &Operand) {
        let zero = self.int(0);
        let ok = self.scalar(Types::BOOL, Rvalue::Binary(BinOp::Ge, n.clone(), zero));
        let (good, bad) = (self.b.block(), self.b.cold_block());
        self.b.branch(ok, good, bad, bad);
        self.fail(Entry::cowl_panic_count, vec![Arg::Val(n.clone())]);
        self.b.cur = good;
    }

    // ---- numbers

    fn math(&mut self, op: MathOp, held: &[Held], dst: Option<Place>) {
        let x = self.seen(&held[0]);
        self.set(dst, Rvalue::Math(op, x));
    }

    /// Functions of 64-bit floats; narrower ones go through them.
    fn float_entry(&mut self, entry: Entry, held: &[Held], dst: Option<Place>) {
        let seen: Vec<Operand> = held.iter().map(|h| self.seen(h)).collect();
        let ty = self.operand_ty(&seen[0]);
        if ty == Types::FLOAT {
            let args = seen.into_iter().map(Arg::Val).collect();
            return self.runtime(dst, entry, args);
        }
        let args = seen
            .into_iter()
            .map(|x| {
                let wide = Rvalue::Convert(hir::Convert::Wrapping, x, ty);
                Arg::Val(self.scalar(Types::FLOAT, wide))
            })
            .collect();
        let result = Place::from(self.temp(Types::FLOAT));
        self.runtime(Some(result.clone()), entry, args);
        let narrow = Rvalue::Convert(hir::Convert::Wrapping, Operand::Copy(result), Types::FLOAT);
        self.set(dst, narrow);
    }

    // ---- input, output, assertions

    fn system(&mut self, op: Builtin, ty: Ty, held: &[Held], dst: Option<Place>) {
        let path = |fx: &mut Self| Arg::Ref(fx.seen_place(&held[0]));
        match op {
            Builtin::Flush => self.runtime(None, Entry::cowl_flush, Vec::new()),
            Builtin::ReadLine => self.read_line(ty, dst),
            Builtin::ReadAll => self.fallible(Entry::cowl_read_all, Vec::new(), ty, dst),
            Builtin::FsRead => {
                let args = vec![path(self)];
                self.fallible(Entry::cowl_fs_read, args, ty, dst);
            }
            Builtin::FsReadBytes => {
                let args = vec![path(self)];
                self.fallible(Entry::cowl_fs_read_bytes, args, ty, dst);
            }
            Builtin::FsList => {
                let args = vec![path(self)];
                self.fallible(Entry::cowl_fs_list, args, ty, dst);
            }
            Builtin::FsWrite | Builtin::FsAppend => {
                let args = vec![path(self), Arg::Ref(self.seen_place(&held[1]))];
                let entry = if op == Builtin::FsWrite {
                    Entry::cowl_fs_write
                } else {
                    Entry::cowl_fs_append
                };
                self.fallible(entry, args, ty, dst);
            }
            Builtin::FsWriteBytes => {
                let args = vec![path(self), Arg::Val(self.seen(&held[1]))];
                self.fallible(Entry::cowl_fs_write_bytes, args, ty, dst);
            }
            Builtin::FsRemove => {
                let args = vec![path(self)];
                self.fallible(Entry::cowl_fs_remove, args, ty, dst);
            }
            Builtin::FsMakeDir => {
                let args = vec![path(self)];
                self.fallible(Entry::cowl_fs_make_dir, args, ty, dst);
            }
            Builtin::FsExists => {
                let args = vec![path(self)];
                self.runtime(dst, Entry::cowl_fs_exists, args);
            }
            _ => {
                let args = vec![path(self)];
                self.runtime(dst, Entry::cowl_fs_is_dir, args);
            }
        }
    }

    /// An entry that answers 1 with a value (if its type is not `()`), or 0 with an error's text.
    fn fallible(&mut self, entry: Entry, mut args: Vec<Arg>, ty: Ty, dst: Option<Place>) {
        let Some(dst) = dst else {
            crate::ice!("a result without a place")
        };
        let value_ty = self.cx.layouts.payload(ty, 0)[0];
        let value = (value_ty != Types::UNIT).then(|| self.maybe_temp(value_ty));
        let error = self.maybe_temp(Types::STR);
        args.extend(value.map(|v| Arg::Out(v.into())));
        args.push(Arg::Out(error.into()));
        let status = Place::from(self.temp(Types::I32));
        self.runtime(Some(status.clone()), entry, args);
        let (yes, no, done) = (self.b.block(), self.b.block(), self.b.block());
        let dead = self.b.block();
        self.b.end(
            Term::Switch {
                on: Operand::Copy(status),
                cases: vec![(1, yes)],
                default: no,
            },
            dead,
        );
        self.b.end(Term::Unreachable, yes);
        let value = match value {
            Some(v) => Operand::Move(v.into()),
            None => Operand::Const(Const::Zero(Types::UNIT)),
        };
        self.b.assign(dst.clone(), Rvalue::Variant(0, vec![value]));
        self.b.goto(done, no);
        let error = Operand::Move(error.into());
        self.b.assign(dst, Rvalue::Variant(1, vec![error]));
        self.b.goto(done, done);
    }

    /// `string? ! string`
    fn read_line(&mut self, ty: Ty, dst: Option<Place>) {
        let Some(dst) = dst else {
            crate::ice!("a result without a place")
        };
        let option = self.cx.layouts.payload(ty, 0)[0];
        let (line, error) = (self.maybe_temp(Types::STR), self.maybe_temp(Types::STR));
        let status = Place::from(self.temp(Types::I32));
        self.runtime(
            Some(status.clone()),
            Entry::cowl_read_line,
            vec![Arg::Out(line.into()), Arg::Out(error.into())],
        );
        let (some, none, failed, done) = (
            self.b.block(),
            self.b.block(),
            self.b.block(),
            self.b.block(),
        );
        let dead = self.b.block();
        self.b.end(
            Term::Switch {
                on: Operand::Copy(status),
                cases: vec![(1, some), (2, none)],
                default: failed,
            },
            dead,
        );
        for (block, variant, parts) in [
            (some, 1, vec![Operand::Move(line.into())]),
            (none, 0, Vec::new()),
        ] {
            self.b.end(Term::Unreachable, block);
            let inner = self.temp(option);
            self.b.assign(inner, Rvalue::Variant(variant, parts));
            let inner = Operand::Move(inner.into());
            self.b.assign(dst.clone(), Rvalue::Variant(0, vec![inner]));
            let next = self.b.block();
            self.b.goto(done, next);
        }
        self.b.end(Term::Unreachable, failed);
        let error = Operand::Move(error.into());
        self.b.assign(dst, Rvalue::Variant(1, vec![error]));
        self.b.goto(done, done);
    }

    fn assertion(&mut self, op: Builtin, held: &[Held]) {
        let (good, bad) = (self.b.block(), self.b.cold_block());
        match op {
            Builtin::Assert | Builtin::AssertMessage => {
                let ok = self.seen(&held[0]);
                self.b.branch(ok, good, bad, bad);
                if op == Builtin::Assert {
                    self.fail_text("assertion failed");
                } else {
                    let text = self.seen_place(&held[1]);
                    self.fail(Entry::cowl_panic_assert, vec![Arg::Ref(text)]);
                }
            }
            _ => {
                let (a, b) = (self.seen_place(&held[0]), self.seen_place(&held[1]));
                let ty = self.place_ty(&a);
                let same = self.equal(a.clone(), b.clone());
                let entry = if op == Builtin::AssertEq {
                    self.b.branch(same, good, bad, bad);
                    Entry::cowl_panic_assert_eq
                } else {
                    self.b.branch(same, bad, good, bad);
                    Entry::cowl_panic_assert_ne
                };
                self.fail(entry, vec![Arg::Ref(a), Arg::Ref(b), Arg::Desc(ty)]);
            }
        }
        self.b.cur = good;
    }
}
