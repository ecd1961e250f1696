//! Literals of collections, interpolated strings, and slices.

use super::*;
use cowl_contract::layout::{leaf_bits, stride};
use cowl_frontend::ast::Align;
use cowl_frontend::hir::{BinOp, Count, Expr, InterpPart, Spec};

/// Longer literals are built element by element, not from a row of temporaries.
const MAX_AT_ONCE: usize = 32;

impl Fx<'_> {
    pub(super) fn sequence(&mut self, e: &Expr, elems: &[Expr], dst: Option<Place>) {
        let Some(dst) = dst else {
            crate::ice!("a literal without a place")
        };
        let mark = self.mark();
        self.at(e.site);
        let (elem, is_set) = match self.data(e.ty) {
            TyData::List(t) | TyData::Array(t) => (*t, false),
            TyData::Set(t) => (*t, true),
            other => crate::ice!("a list literal of {other:?}"),
        };
        let all = self.all_first(e.ty, elems.iter());
        let room = 1usize << leaf_bits(stride(self.cx.layouts.get(elem).size));
        let first = if is_set || elems.is_empty() {
            self.b
                .assign(dst.clone(), Rvalue::Use(Operand::Const(Const::Zero(e.ty))));
            0
        } else {
            let n = elems.len().min(MAX_AT_ONCE).min(room);
            let held = match &all {
                Some(all) => all[..n].to_vec(),
                None => self.operands(&elems[..n]),
            };
            let parts = held.iter().map(|h| self.take(h)).collect();
            self.at(e.site);
            self.b.push(StmtKind::MakeSeq {
                dst: dst.clone(),
                elems: parts,
            });
            if all.is_none() {
                self.end_op(mark);
            }
            n
        };
        let entry = match self.data(e.ty) {
            TyData::List(_) => Entry::cowl_list_push,
            TyData::Array(_) => Entry::cowl_array_push,
            _ => Entry::cowl_set_insert,
        };
        self.hold(dst.clone());
        for (i, x) in elems.iter().enumerate().skip(first) {
            let inner = self.mark();
            let held = match &all {
                Some(all) => all[i].clone(),
                None => self.operand(x, true),
            };
            let value = self.take(&held);
            self.at(e.site);
            let result = is_set.then(|| self.temp(Types::BOOL).into());
            self.runtime(
                result,
                entry,
                vec![Arg::InOut(dst.clone()), Arg::Take(value), Arg::Desc(e.ty)],
            );
            if all.is_none() {
                self.end_op(inner);
            }
        }
        self.end_literal(mark, all.is_some());
    }

    /// The operands of a literal whose parts show when they are released: these wait until all are
    /// evaluated. Others may be built in one by one.
    fn all_first<'e>(
        &mut self,
        ty: Ty,
        parts: impl Iterator<Item = &'e Expr>,
    ) -> Option<Vec<Held>> {
        self.cx
            .layouts
            .holds_objects(ty)
            .then(|| self.operands(parts))
    }

    /// A literal is built: all above `mark` but itself, which stands there too, ends.
    fn end_literal(&mut self, mark: usize, waited: bool) {
        if waited {
            self.pending.pop();
            self.end_op(mark);
        }
        self.pending.truncate(mark);
    }

    pub(super) fn map_literal(&mut self, e: &Expr, pairs: &[(Expr, Expr)], dst: Option<Place>) {
        let Some(dst) = dst else {
            crate::ice!("a literal without a place")
        };
        let mark = self.mark();
        let all = self.all_first(e.ty, pairs.iter().flat_map(|(k, v)| [k, v]));
        self.b
            .assign(dst.clone(), Rvalue::Use(Operand::Const(Const::Zero(e.ty))));
        self.hold(dst.clone());
        for (i, (k, v)) in pairs.iter().enumerate() {
            let inner = self.mark();
            let held = match &all {
                Some(all) => all[2 * i..2 * i + 2].to_vec(),
                None => self.operands([k, v]),
            };
            let (k, v) = (self.take(&held[0]), self.take(&held[1]));
            self.at(e.site);
            self.runtime(
                None,
                Entry::cowl_map_insert,
                vec![
                    Arg::InOut(dst.clone()),
                    Arg::Take(k),
                    Arg::Take(v),
                    Arg::Desc(e.ty),
                ],
            );
            if all.is_none() {
                self.end_op(inner);
            }
        }
        self.end_literal(mark, all.is_some());
    }

    // ---- interpolation

    pub(super) fn interp(&mut self, e: &Expr, parts: &[InterpPart], dst: Option<Place>) {
        let Some(dst) = dst else {
            crate::ice!("a literal without a place")
        };
        let mark = self.mark();
        // All values first, in order, then the text: a `show` runs when all of them are known.
        let mut values = Vec::new();
        for p in parts {
            if let InterpPart::Value { value, spec } = p {
                let held = self.operand(value, false);
                let mut counts = [None, None];
                if let Some(spec) = spec {
                    for (slot, count) in counts.iter_mut().zip([&spec.width, &spec.precision]) {
                        if let Some(Count::Value(n)) = count {
                            *slot = Some(self.operand(n, false));
                        }
                    }
                }
                values.push((held, counts));
            }
        }
        self.at(e.site);
        self.b
            .assign(dst.clone(), Rvalue::Use(Operand::Const(Const::Zero(e.ty))));
        let mut values = values.into_iter();
        for p in parts {
            match p {
                InterpPart::Lit(text) => self.runtime(
                    None,
                    Entry::cowl_interp_text,
                    vec![Arg::InOut(dst.clone()), Arg::Text(text.clone())],
                ),
                InterpPart::Value { value, spec } => {
                    let Some((held, counts)) = values.next() else {
                        crate::ice!("a part without its value")
                    };
                    let place = self.seen_place(&held);
                    self.at(value.site);
                    let mut args = vec![
                        Arg::InOut(dst.clone()),
                        Arg::Ref(place),
                        Arg::Desc(value.ty),
                    ];
                    let entry = match spec {
                        None => Entry::cowl_interp_value,
                        Some(spec) => {
                            args.push(Arg::Spec(Box::new(format_spec(spec))));
                            for c in counts {
                                args.push(match c {
                                    Some(held) => Arg::Val(self.seen(&held)),
                                    None => Arg::Int(0),
                                });
                            }
                            Entry::cowl_interp_spec
                        }
                    };
                    self.runtime(None, entry, args);
                }
            }
        }
        self.end_op(mark);
    }

    // ---- slices

    /// `whole[start..end]` of an owned List, Array or string, the bounds already checked.
    pub(super) fn slice(&mut self, whole: Place, ty: Ty, start: Operand, end: Operand, dst: Place) {
        let value = Operand::Move(whole);
        let (a, b) = (Arg::Val(start), Arg::Val(end));
        match self.data(ty) {
            TyData::List(_) => self.runtime(
                Some(dst),
                Entry::cowl_list_slice,
                vec![Arg::Val(value), a, b, Arg::Desc(ty)],
            ),
            TyData::Array(_) => self.runtime(
                None,
                Entry::cowl_array_slice,
                vec![Arg::Take(value), a, b, Arg::Desc(ty), Arg::Out(dst)],
            ),
            TyData::Str => self.runtime(
                None,
                Entry::cowl_string_slice,
                vec![Arg::Take(value), a, b, Arg::Out(dst)],
            ),
            other => crate::ice!("a slice of {other:?}"),
        }
    }

    /// Panics unless `0 <= start <= end <= len`.
    pub(super) fn check_range(&mut self, start: &Operand, end: &Operand, len: &Operand) {
        let (ok1, ok2, ok3, bad) = (
            self.b.block(),
            self.b.block(),
            self.b.block(),
            self.b.cold_block(),
        );
        let zero = self.int(0);
        let le = |fx: &mut Self, a: &Operand, b: &Operand| {
            fx.scalar(Types::BOOL, Rvalue::Binary(BinOp::Le, a.clone(), b.clone()))
        };
        let c = le(self, &zero, start);
        self.b.branch(c, ok1, bad, ok1);
        let c = le(self, start, end);
        self.b.branch(c, ok2, bad, ok2);
        let c = le(self, end, len);
        self.b.branch(c, ok3, bad, bad);
        self.fail(
            Entry::cowl_panic_range,
            vec![
                Arg::Val(start.clone()),
                Arg::Val(end.clone()),
                Arg::Val(len.clone()),
            ],
        );
        self.b.cur = ok3;
    }
}

fn format_spec(spec: &Spec) -> FormatSpec {
    let count = |c: &Option<Count>| match c {
        None => -1,
        Some(Count::Number(n)) => i32::try_from(*n).unwrap_or(i32::MAX),
        Some(Count::Value(_)) => -2,
    };
    FormatSpec {
        fill: spec.fill,
        align: match spec.align {
            None => 0,
            Some(Align::Left) => b'<',
            Some(Align::Center) => b'^',
            Some(Align::Right) => b'>',
        },
        plus: spec.plus,
        alternate: spec.alternate,
        zero: spec.zero,
        kind: spec.kind.map_or(0, |c| c as u8),
        width: count(&spec.width),
        precision: count(&spec.precision),
    }
}
