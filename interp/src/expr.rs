//! Evaluating expressions, statements and blocks: a plain walk over HIR.
//!
//! Every arm of `eval` that is more than a line is a function of its own, so that the frame of
//! `eval`, which recursion repeats, stays small.

use crate::machine::{Machine, Res, Stop, ice};
use crate::map::{Inserted, MapStore};
use crate::ops;
use crate::report::unshare_site;
use crate::share::unshare;
use crate::text::Str;
use crate::value::{AnyBox, Closure, DESC, HEAP, V};
use cowl_contract::builtins::Builtin;
use cowl_contract::planted::{Fault as Planted, planted};
use cowl_frontend::hir::{
    BinOp, Block, Callee, ClosureRef, Convert, Expr, ExprKind, FuncId, Lang, LoopId, Path, Place,
    ShapeKind, SiteId, Stmt, UnOp, UnshareEvent, VtableId, VtableRef,
};
use cowl_frontend::types::{Ty, TyData, Types};
use std::rc::Rc;
use std::sync::Arc;

impl<'p> Machine<'p> {
    pub fn eval(&mut self, e: &'p Expr) -> Res {
        match &e.kind {
            ExprKind::Read(place, mode) => self.read(place, *mode),
            ExprKind::Int(n) => Ok(int_literal(*n, e.ty)),
            ExprKind::Bool(b) => Ok(V::Bool(*b)),
            ExprKind::Float(x) => Ok(V::Float(*x)),
            ExprKind::Char(c) => Ok(V::Char(*c)),
            ExprKind::Str(text) => Ok(self.literal(text, e.site)),
            ExprKind::Binary(op, a, b) => self.binary(*op, a, b, e),
            ExprKind::Unary(op, a) => self.unary(*op, a, e.site),
            ExprKind::Convert(how, a) => self.convert(*how, a, e),
            ExprKind::Call { callee, args } => self.call(callee, args, e.site),
            ExprKind::Builtin { op, args, .. } => self.call_builtin(*op, args, e),
            ExprKind::Update(update) => self.update(update, e.site),
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { arms, else_ } => self.if_(arms, else_.as_ref()),
            ExprKind::Match(m) => self.match_(m),
            ExprKind::Tuple(parts) => self.record(parts),
            ExprKind::Struct(parts) => self.struct_(parts, e.ty),
            ExprKind::Variant { variant, fields } => self.variant(*variant, fields),
            ExprKind::List(items) => self.list_literal(items, e.ty),
            ExprKind::Map(pairs) => self.map_literal(pairs),
            ExprKind::Interp(parts) => self.interpolate(parts),
            ExprKind::Unshare { value, event } => self.unshare(value, *event),
            ExprKind::IsUnique(place) => Ok(V::Bool(self.is_unique(place, e.site)?)),
            ExprKind::DbgIfShared(place) => self.dbg_if_shared(place, e),
            ExprKind::Closure { func, captures } => self.make_closure(*func, captures),
            ExprKind::MakeAny { value, vtable } => self.make_any(value, vtable),
            ExprKind::Unbox(any) => self.unbox(any),
            ExprKind::New(value) => self.new_object(value, e.site),
            ExprKind::Loop { label, body } => self.loop_(*label, body),
            ExprKind::ForRange(f) => self.for_range(f, e.site),
            ExprKind::ForEach {
                label,
                seq,
                item,
                body,
                release,
            } => self.for_each(*label, seq, *item, body, release, e.site),
            ExprKind::Labeled { label, body } => self.labeled(*label, body),
            ExprKind::Break {
                label,
                value,
                release,
            } => self.break_(*label, value.as_deref(), release),
            ExprKind::Continue { label, release } => {
                self.release_paths(release)?;
                Err(Stop::Continue(*label))
            }
            ExprKind::Return { value, release } => self.return_(value, release),
            ExprKind::After { value, release } => self.after(value, release),
            ExprKind::Unreachable => ice!("what cannot be reached was reached"),
        }
    }

    pub fn block(&mut self, block: &'p Block) -> Res {
        for stmt in &block.stmts {
            self.stmt(stmt)?;
        }
        match &block.value {
            Some(value) => self.eval(value),
            None => Ok(V::Unit),
        }
    }

    #[inline(never)]
    fn stmt(&mut self, stmt: &'p Stmt) -> Result<(), Stop> {
        match stmt {
            Stmt::Expr(e) => {
                let v = self.eval_now(e)?;
                self.release(v)
            }
            Stmt::Let { local, value } => {
                let v = self.eval_now(value)?;
                self.set_local(*local, v)
            }
            Stmt::Destructure {
                scrutinee,
                mode,
                pat,
                else_,
                ..
            } => self.destructure(scrutinee, *mode, pat, else_.as_ref()),
            Stmt::Release(paths) => self.release_paths(paths),
        }
    }

    fn binary(&mut self, op: BinOp, a: &'p Expr, b: &'p Expr, e: &'p Expr) -> Res {
        if a.ty != Types::INT || b.ty != Types::INT {
            return self.binary_of_values(op, a, b, e.site);
        }
        if e.ty == Types::BOOL {
            return Ok(V::Bool(self.eval_bool(e)?));
        }
        Ok(V::Int(self.eval_int(e)?))
    }

    #[inline(never)]
    fn binary_of_values(&mut self, op: BinOp, a: &'p Expr, b: &'p Expr, site: SiteId) -> Res {
        let mark = self.slots.len();
        let (x, y) = if planted(Planted::InterpArgsReversed) {
            let y = self.eval(b)?;
            (self.eval(a)?, y)
        } else {
            let x = self.eval(a)?;
            (x, self.eval(b)?)
        };
        if self.slots.len() > mark {
            self.release_to(mark)?;
        }
        match ops::binary(self.env.types, op, &x, &y, a.ty, site) {
            Ok(v) => Ok(v),
            Err(fault) => Err(self.fault(fault)),
        }
    }

    #[inline(never)]
    fn unary(&mut self, op: UnOp, a: &'p Expr, site: SiteId) -> Res {
        let v = self.eval_now(a)?;
        ops::unary(self.env.types, op, &v, a.ty, site).map_err(|f| self.fault(f))
    }

    fn if_(&mut self, arms: &'p [(Expr, Block)], else_: Option<&'p Block>) -> Res {
        for (cond, block) in arms {
            if self.eval_bool(cond)? {
                return self.block(block);
            }
        }
        match else_ {
            Some(block) => self.block(block),
            None => Ok(V::Unit),
        }
    }

    #[inline(never)]
    fn call_builtin(&mut self, op: Builtin, args: &'p [Expr], e: &'p Expr) -> Res {
        let mark = self.slots.len();
        self.push_operands(args, mark)?;
        let v = self.builtin(op, mark, args, e.ty, e.site)?;
        if self.slots.len() > mark {
            self.release_to(mark)?;
        }
        Ok(v)
    }

    // ---- leaving

    #[inline(never)]
    fn break_(&mut self, label: LoopId, value: Option<&'p Expr>, release: &'p [Path]) -> Res {
        let v = match value {
            Some(value) => self.eval(value)?,
            None => V::Unit,
        };
        self.release_paths(release)?;
        self.carried = v;
        Err(Stop::Break(label))
    }

    #[inline(never)]
    fn return_(&mut self, value: &'p Expr, release: &'p [Path]) -> Res {
        let v = self.eval(value)?;
        self.release_paths(release)?;
        self.carried = v;
        Err(Stop::Return)
    }

    fn after(&mut self, value: &'p Expr, release: &'p [Path]) -> Res {
        let v = self.eval(value)?;
        self.release_paths(release)?;
        Ok(v)
    }

    #[inline(never)]
    fn convert(&mut self, how: Convert, a: &'p Expr, e: &'p Expr) -> Res {
        let v = self.eval_now(a)?;
        let to = match how {
            Convert::Checked => self.payload_ty(e.ty),
            Convert::Exact | Convert::Wrapping => e.ty,
        };
        ops::convert(self.env.types, how, &v, a.ty, to, e.site).map_err(|f| self.fault(f))
    }

    /// The `T` of a `T?`.
    pub fn payload_ty(&self, option: Ty) -> Ty {
        match &self.env.shape(option).kind {
            ShapeKind::Enum(variants) => variants[1].fields[0].ty,
            ShapeKind::Struct(_) => ice!("an optional is an enum"),
        }
    }

    /// A string literal is held by the program.
    #[inline(never)]
    fn literal(&mut self, text: &Arc<str>, site: SiteId) -> V {
        let address = text.as_ptr().addr();
        let (held, _) = self
            .literals
            .entry(address)
            .or_insert_with(|| (Str::new(text.to_string()), site));
        let v = V::Str(held.clone());
        if self.env.eager {
            self.env.share(&v)
        } else {
            v
        }
    }

    // ---- calls

    #[inline(never)]
    fn call(&mut self, callee: &'p Callee, args: &'p [Expr], site: SiteId) -> Res {
        let mark = self.slots.len();
        let v = match callee {
            Callee::Func(id) => {
                self.push_operands(args, mark)?;
                self.call_at(*id, mark, args.len(), None, site)?
            }
            Callee::Value(f) => {
                self.push_operand(f, mark)?;
                self.push_operands(args, mark + 1)?;
                let closure = match &self.slots[mark] {
                    V::Fn(closure) => closure.clone(),
                    v => ice!("a call of {v:?}"),
                };
                self.call_at(closure.func, mark + 1, args.len(), Some(closure), site)?
            }
            Callee::Any { method } => {
                self.push_operands(args, mark)?;
                let id = self.any_method(&self.slots[mark], *method);
                self.call_at(id, mark, args.len(), None, site)?
            }
            Callee::Generic { .. } | Callee::TraitMethod { .. } => ice!("a generic callee"),
        };
        if self.slots.len() > mark {
            self.release_to(mark)?;
        }
        Ok(v)
    }

    pub fn any_method(&self, any: &V, method: u32) -> FuncId {
        let V::Any(cell) = any else {
            ice!("a method of `any` on {any:?}")
        };
        let table = &self.program.vtables[cell.vtable.index()];
        match table.methods[method as usize] {
            Some(id) => id,
            None => ice!("a method that cannot be called through `any`"),
        }
    }

    #[inline(never)]
    fn make_closure(&mut self, func: ClosureRef, captures: &'p [Expr]) -> Res {
        let ClosureRef::Func(func) = func else {
            ice!("a generic closure")
        };
        let captures = self.owned(captures)?;
        Ok(V::Fn(Rc::new(Closure { func, captures })))
    }

    #[inline(never)]
    fn make_any(&mut self, value: &'p Expr, vtable: &'p VtableRef) -> Res {
        let VtableRef::Table(vtable) = vtable else {
            ice!("a generic table of methods")
        };
        let ty = value.ty;
        let value = self.eval_now(value)?;
        Ok(any_value(*vtable, ty, value))
    }

    #[inline(never)]
    fn unbox(&mut self, any: &'p Expr) -> Res {
        let V::Any(cell) = self.eval_now(any)? else {
            ice!("unboxing what is no `any`")
        };
        self.open_any(cell)
    }

    /// What an owned box holds: moved out if this was its only holder, else shared.
    pub fn open_any(&mut self, mut cell: Rc<AnyBox>) -> Res {
        if let Some(cell) = Rc::get_mut(&mut cell) {
            return Ok(cell.value.take());
        }
        let value = self.env.share(&cell.value);
        self.release(V::Any(cell))?;
        Ok(value)
    }

    // ---- fresh values

    /// Runs owned operands and takes them off the stack.
    fn owned(&mut self, es: &'p [Expr]) -> Result<Vec<V>, Stop> {
        let mark = self.slots.len();
        self.push_operands(es, mark)?;
        let values = self.slots.drain(mark..mark + es.len()).collect();
        self.release_to(mark)?;
        Ok(values)
    }

    fn collect_cell(&mut self, es: &'p [Expr]) -> Result<Rc<[V]>, Stop> {
        let mark = self.slots.len();
        self.push_operands(es, mark)?;
        if self.slots.len() == mark + es.len() {
            return Ok(self.slots.drain(mark..).collect());
        }
        let values = self.slots.drain(mark..mark + es.len()).collect();
        self.release_to(mark)?;
        Ok(values)
    }

    #[inline(never)]
    fn record(&mut self, parts: &'p [Expr]) -> Res {
        if parts.is_empty() {
            return Ok(V::Unit);
        }
        Ok(V::Rec(self.collect_cell(parts)?))
    }

    #[inline(never)]
    fn struct_(&mut self, parts: &'p [Expr], ty: Ty) -> Res {
        match self.env.shape(ty).lang {
            Some(Lang::Desc) => self.variant(DESC, parts),
            Some(Lang::Heap) => self.variant(HEAP, parts),
            _ => self.record(parts),
        }
    }

    #[inline(never)]
    fn variant(&mut self, variant: u32, fields: &'p [Expr]) -> Res {
        if fields.is_empty() {
            return Ok(V::Tag(variant));
        }
        Ok(V::Variant(variant, self.collect_cell(fields)?))
    }

    #[inline(never)]
    fn list_literal(&mut self, items: &'p [Expr], ty: Ty) -> Res {
        let values = self.owned(items)?;
        if !matches!(self.env.types.data(ty), TyData::Set(_)) {
            return Ok(V::list(values));
        }
        self.set_of(values)
    }

    /// A Set of owned elements; repeated ones are released.
    pub fn set_of(&mut self, values: impl IntoIterator<Item = V>) -> Res {
        let pairs = values.into_iter().map(|v| (v, V::Unit));
        self.map_of(pairs)
    }

    /// A Map of owned pairs: of a repeated key the first place and the last value.
    pub fn map_of(&mut self, pairs: impl IntoIterator<Item = (V, V)>) -> Res {
        let mut map = MapStore::default();
        let mut displaced = Vec::new();
        for (key, value) in pairs {
            let hash = self.env.hasher.hash(&key);
            if let Inserted::Displaced { key, value } = map.insert(hash, key, value) {
                displaced.extend([key, value]);
            }
        }
        self.release_each(displaced)?;
        Ok(V::Map((!map.is_empty()).then(|| Rc::new(map))))
    }

    #[inline(never)]
    fn map_literal(&mut self, pairs: &'p [(Expr, Expr)]) -> Res {
        let mark = self.slots.len();
        for (i, (key, value)) in pairs.iter().enumerate() {
            self.push_operand(key, mark + 2 * i)?;
            self.push_operand(value, mark + 2 * i + 1)?;
            if planted(Planted::InterpKeyLast) && i > 0 {
                self.slots.swap(mark + 2 * i + 1, mark + 2 * i - 1);
            }
        }
        let values: Vec<V> = self.slots.drain(mark..mark + 2 * pairs.len()).collect();
        self.release_to(mark)?;
        let mut values = values.into_iter();
        let pairs = std::iter::from_fn(|| Some((values.next()?, values.next()?)));
        self.map_of(pairs)
    }

    // ---- sharing

    #[inline(never)]
    fn unshare(&mut self, value: &'p Expr, event: UnshareEvent) -> Res {
        let mut v = self.eval_now(value)?;
        if v.is_plain() {
            return Ok(v);
        }
        let mut trimmed = Vec::new();
        let weight = match self.env.stored.is_empty() {
            true => 0,
            false => self.env.weight(&v, value.ty),
        };
        let mut met = unshare(&mut v, value.site, &mut trimmed);
        met.bytes = weight;
        self.keep_promise(unshare_site(event), met)?;
        self.count_unshare(event, met, &v);
        self.release_each(trimmed)?;
        Ok(v)
    }

    #[inline(never)]
    fn dbg_if_shared(&mut self, place: &'p Place, e: &'p Expr) -> Res {
        let unique = self.is_unique(place, e.site)?;
        if !unique {
            self.say_shared(e.site);
        }
        Ok(match e.ty {
            Types::BOOL => V::Bool(unique),
            _ => V::Unit,
        })
    }
}

pub fn any_value(vtable: VtableId, ty: Ty, value: V) -> V {
    V::Any(Rc::new(AnyBox { vtable, ty, value }))
}

#[inline]
fn int_literal(n: i128, ty: Ty) -> V {
    match ty {
        Types::U64 => V::U64(n as u64),
        // A literal of a type parameter that became a float.
        Types::FLOAT => V::Float(n as f64),
        Types::F32 => V::Float(f64::from(n as f32)),
        _ => V::Int(n as i64),
    }
}
