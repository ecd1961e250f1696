//! Printing values: structural by type, the user's `show` at any depth, interpolation with formats.
//!
//! By work-list: a value may be nested deeper than any stack. The list holds references of its own
//! to what is still to be shown, because a user's `show` may change objects meanwhile.

use crate::fault::Fault;
use crate::machine::{Machine, Res, Stop, ice};
use crate::ops::int_of;
use crate::place::check_change;
use crate::value::V;
use cowl_contract::format::{self, Align, Spec};
use cowl_contract::{number, quote};
use cowl_frontend::ast;
use cowl_frontend::hir::{self, Count, InterpPart, Lang, ShapeField, ShapeKind, SiteId};
use cowl_frontend::types::{FloatTy, Ty, TyData};
use std::rc::Rc;

/// What is still to be shown; the last one comes first.
enum Task<'p> {
    Text(&'static str),
    /// `bool`: strings and chars as literals.
    Value(V, Ty, bool),
    /// The elements of a List, Array or Set from a position on.
    Items(V, usize, Ty),
    /// The pairs of a Map.
    Pairs(V, usize, Ty, Ty),
    Fields(V, usize, &'p [ShapeField]),
    Tuple(V, usize, &'p [Ty]),
    /// The innermost open pointer, this one, is done.
    Close(V),
}

impl<'p> Machine<'p> {
    /// What `print` prints; `quoted`: strings and chars as literals at the top, too. Takes a look
    /// at the value and ends it.
    pub fn show_text(&mut self, v: V, ty: Ty, quoted: bool, site: SiteId) -> Result<String, Stop> {
        let mut out = String::new();
        self.show(&mut out, v, ty, quoted, site)?;
        Ok(out)
    }

    pub fn show(
        &mut self,
        out: &mut String,
        v: V,
        ty: Ty,
        quoted: bool,
        site: SiteId,
    ) -> Result<(), Stop> {
        let mut work = Vec::new();
        // Objects whose values are being shown around the current one.
        let mut open: Vec<usize> = Vec::new();
        self.show_one(out, v, ty, quoted, site, &mut work, &mut open)?;
        while let Some(task) = work.pop() {
            match task {
                Task::Text(text) => out.push_str(text),
                Task::Close(pointer) => {
                    open.pop();
                    self.release(pointer)?;
                }
                Task::Value(v, ty, quoted) => {
                    self.show_one(out, v, ty, quoted, site, &mut work, &mut open)?;
                }
                Task::Items(v, at, ty) => {
                    let (item, next) = match &v {
                        V::List(list) => (list.get(at).cloned(), at + 1),
                        V::Map(Some(map)) => {
                            let mut next = at;
                            let item = map.next_from(&mut next).map(|(key, _)| key.clone());
                            (item, next)
                        }
                        _ => (None, at),
                    };
                    let Some(item) = item else {
                        self.release(v)?;
                        continue;
                    };
                    if at > 0 {
                        out.push_str(", ");
                    }
                    work.push(Task::Items(v, next, ty));
                    work.push(Task::Value(item, ty, true));
                }
                Task::Pairs(v, at, key_ty, value_ty) => {
                    let mut next = at;
                    let pair = match &v {
                        V::Map(Some(map)) => map
                            .next_from(&mut next)
                            .map(|(key, value)| (key.clone(), value.clone())),
                        _ => None,
                    };
                    let Some((key, value)) = pair else {
                        self.release(v)?;
                        continue;
                    };
                    if at > 0 {
                        out.push_str(", ");
                    }
                    work.push(Task::Pairs(v, next, key_ty, value_ty));
                    work.push(Task::Value(value, value_ty, true));
                    work.push(Task::Text(": "));
                    work.push(Task::Value(key, key_ty, true));
                }
                Task::Fields(v, at, fields) => {
                    let Some(field) = fields.get(at) else {
                        self.release(v)?;
                        continue;
                    };
                    if at > 0 {
                        out.push_str(", ");
                    }
                    if let Some(name) = &field.name {
                        out.push_str(name);
                        out.push_str(": ");
                    }
                    let part = part(&v, at);
                    work.push(Task::Fields(v, at + 1, fields));
                    work.push(Task::Value(part, field.ty, true));
                }
                Task::Tuple(v, at, tys) => {
                    let Some(&ty) = tys.get(at) else {
                        self.release(v)?;
                        continue;
                    };
                    if at > 0 {
                        out.push_str(", ");
                    }
                    let part = part(&v, at);
                    work.push(Task::Tuple(v, at + 1, tys));
                    work.push(Task::Value(part, ty, true));
                }
            }
        }
        Ok(())
    }

    /// Shows a leaf; of anything else its beginning, the rest as tasks.
    #[allow(clippy::too_many_arguments)]
    fn show_one(
        &mut self,
        out: &mut String,
        v: V,
        ty: Ty,
        quoted: bool,
        site: SiteId,
        work: &mut Vec<Task<'p>>,
        open: &mut Vec<usize>,
    ) -> Result<(), Stop> {
        if let Some(&show) = self.program.shows.get(&ty) {
            return self.show_by_user(out, show, v, site);
        }
        match (self.env.types.data(ty), &v) {
            (_, V::Unit) if !matches!(self.env.types.data(ty), TyData::Adt(..)) => {
                out.push_str("()");
            }
            (_, V::Bool(b)) => out.push_str(if *b { "true" } else { "false" }),
            (_, V::Int(n)) => number::push_i64(out, *n),
            (_, V::U64(n)) => number::push_u64(out, *n),
            (TyData::Float(FloatTy::F32), V::Float(x)) => number::push_f32(out, *x as f32),
            (_, V::Float(x)) => number::push_f64(out, *x),
            (_, V::Char(c)) if quoted => quote::push_char(out, *c),
            (_, V::Char(c)) => out.push(*c),
            (_, V::Str(text)) if quoted => quote::push_str(out, text.as_str()),
            (_, V::Str(text)) => out.push_str(text.as_str()),
            (_, V::Fn(_)) => {
                out.push_str("fn");
                self.release(v)?;
            }
            (_, V::Weak(_)) => out.push_str("weak"),
            (TyData::Tuple(tys), V::Rec(_)) => {
                out.push('(');
                work.push(Task::Text(")"));
                work.push(Task::Tuple(v, 0, tys));
            }
            (TyData::List(item) | TyData::Array(item) | TyData::Set(item), _) => {
                out.push('[');
                work.push(Task::Text("]"));
                work.push(Task::Items(v, 0, *item));
            }
            (TyData::Map(key, value), V::Map(map)) => {
                if map.as_ref().is_none_or(|m| m.is_empty()) {
                    out.push_str("[:]");
                } else {
                    out.push('[');
                    work.push(Task::Text("]"));
                    work.push(Task::Pairs(v, 0, *key, *value));
                }
            }
            (TyData::Ptr(target), V::Ptr(object)) => {
                let address = Rc::as_ptr(object).addr();
                if open.contains(&address) {
                    out.push('…');
                    return self.release(v);
                }
                let value = {
                    let value = object.value.borrow();
                    check_change(&value, *target, None, site).map(|()| value.clone())
                };
                let value = value.map_err(|fault: Fault| self.fault(fault))?;
                out.push('*');
                open.push(address);
                work.push(Task::Close(v));
                work.push(Task::Value(value, *target, true));
            }
            (TyData::Any(..), V::Any(cell)) => {
                let (value, ty) = (cell.value.clone(), cell.ty);
                work.push(Task::Value(value, ty, quoted));
                self.release(v)?;
            }
            (TyData::Adt(..), _) => self.show_adt(out, v, ty, quoted, work)?,
            (data, v) => ice!("printing {v:?} as {data:?}"),
        }
        Ok(())
    }

    fn show_adt(
        &mut self,
        out: &mut String,
        v: V,
        ty: Ty,
        quoted: bool,
        work: &mut Vec<Task<'p>>,
    ) -> Result<(), Stop> {
        let shape = self.env.shape(ty);
        match (&shape.kind, shape.lang) {
            (ShapeKind::Struct(fields), Some(Lang::Error)) => {
                let what = part(&v, 0);
                work.push(Task::Value(what, fields[0].ty, quoted));
                self.release(v)
            }
            (ShapeKind::Struct(fields), Some(Lang::Range)) => {
                let inclusive = matches!(part(&v, 2), V::Bool(true));
                work.push(Task::Value(part(&v, 1), fields[1].ty, true));
                work.push(Task::Text(if inclusive { "..=" } else { ".." }));
                work.push(Task::Value(part(&v, 0), fields[0].ty, true));
                Ok(())
            }
            (ShapeKind::Struct(fields), _) => {
                out.push_str(&shape.name);
                if fields.is_empty() {
                    out.push_str("{}");
                    return Ok(());
                }
                out.push_str("{ ");
                work.push(Task::Text(" }"));
                work.push(Task::Fields(v, 0, fields));
                Ok(())
            }
            (ShapeKind::Enum(variants), lang) => {
                let Some(at) = crate::compare::variant_of(&v) else {
                    ice!("an enum without a variant: {v:?}")
                };
                let variant = &variants[at as usize];
                if !matches!(lang, Some(Lang::Option | Lang::Result)) {
                    out.push('.');
                }
                out.push_str(&variant.name);
                if !variant.fields.is_empty() {
                    out.push('(');
                    work.push(Task::Text(")"));
                    work.push(Task::Fields(v, 0, &variant.fields));
                }
                Ok(())
            }
        }
    }

    fn show_by_user(
        &mut self,
        out: &mut String,
        show: hir::FuncId,
        v: V,
        site: SiteId,
    ) -> Result<(), Stop> {
        let share = self.env.share(&v);
        let text = self.call_values(show, [share], site)?;
        self.release(v)?;
        match text {
            V::Str(text) => out.push_str(text.as_str()),
            v => ice!("`show` gave {v:?}"),
        }
        Ok(())
    }

    // ---- interpolation

    pub fn interpolate(&mut self, parts: &'p [InterpPart]) -> Res {
        // All values first, with their computed widths, then the text.
        let mark = self.slots.len();
        let mut next = mark;
        for part in parts {
            if let InterpPart::Value { value, spec } = part {
                self.push_operand(value, next)?;
                next += 1;
                if let Some(spec) = spec {
                    for count in [&spec.width, &spec.precision] {
                        if let Some(Count::Value(e)) = count {
                            self.push_operand(e, next)?;
                            next += 1;
                        }
                    }
                }
            }
        }
        let mut out = String::new();
        let mut at = mark;
        for part in parts {
            match part {
                InterpPart::Lit(text) => out.push_str(text),
                InterpPart::Value { value, spec } => {
                    // The operand itself ends with the whole interpolation.
                    let v = self.env.share(&self.slots[at]);
                    at += 1;
                    match spec {
                        None => self.show(&mut out, v, value.ty, false, value.site)?,
                        Some(spec) => {
                            let spec = self.spec(spec, &mut at, value.site)?;
                            self.show_formatted(&mut out, v, value.ty, &spec, value.site)?;
                        }
                    }
                }
            }
        }
        self.release_to(mark)?;
        Ok(V::str(out))
    }

    /// Fills in the widths that stand on the stack from `at` on.
    fn spec(&mut self, spec: &hir::Spec, at: &mut usize, site: SiteId) -> Result<Spec, Stop> {
        let mut count = |count: &Option<Count>| match count {
            None => Ok(None),
            Some(Count::Number(n)) => Ok(Some(*n as usize)),
            Some(Count::Value(_)) => {
                let V::Int(n) = self.slots[*at] else {
                    ice!("a width is no int")
                };
                *at += 1;
                match format::count(n) {
                    Ok(n) => Ok(Some(n)),
                    Err(panic) => Err(self.panic(panic, site)),
                }
            }
        };
        let width = count(&spec.width)?.unwrap_or(0);
        let precision = count(&spec.precision)?;
        Ok(Spec {
            fill: spec.fill,
            align: spec.align.map(|align| match align {
                ast::Align::Left => Align::Left,
                ast::Align::Center => Align::Center,
                ast::Align::Right => Align::Right,
            }),
            plus: spec.plus,
            alternate: spec.alternate,
            zero: spec.zero,
            width,
            precision,
            kind: spec.kind,
        })
    }

    fn show_formatted(
        &mut self,
        out: &mut String,
        v: V,
        ty: Ty,
        spec: &Spec,
        site: SiteId,
    ) -> Result<(), Stop> {
        match (self.env.types.data(ty), &v) {
            (TyData::Int(_), _) => format::int(out, int_of(&v), spec),
            (TyData::Float(FloatTy::F32), V::Float(x)) => format::f32(out, *x as f32, spec),
            (TyData::Float(FloatTy::F64), V::Float(x)) => format::f64(out, *x, spec),
            _ => {
                let text = self.show_text(v, ty, spec.kind == Some('?'), site)?;
                format::text(out, &text, spec);
            }
        }
        Ok(())
    }
}

/// The n-th part of a cell.
fn part(v: &V, n: usize) -> V {
    match v {
        V::Rec(parts) | V::Variant(_, parts) => parts[n].clone(),
        _ => ice!("a part of {v:?}"),
    }
}
