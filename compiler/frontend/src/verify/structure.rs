//! Invariants 1 to 5 and 8: what exists, what types fit, where modes may stand.

use super::{Source, Stage, World};
use crate::hir::*;
use crate::types::{Ty, TyData, Types};
use rustc_hash::FxHashMap;

pub fn check(func: &Func, stage: Stage, world: &mut World) -> Vec<String> {
    let mut cx = Cx {
        func,
        stage,
        world,
        out: Vec::new(),
        loops: FxHashMap::default(),
    };
    for param in &func.params {
        cx.local(param.local);
    }
    for &ty in func.captures.iter().chain([&func.ret]) {
        cx.ty(ty);
    }
    for local in &func.locals {
        cx.ty(local.ty);
    }
    cx.expr(&func.body, Pos::Own);
    cx.fits(func.body.ty, func.ret, "the body");
    cx.out
}

/// What holds of a program beyond its functions.
pub fn program(program: &Program) -> Vec<String> {
    let mut out = Vec::new();
    let funcs = program.funcs.len();
    let mut func = |id: FuncId, what: &str| {
        if id.index() >= funcs {
            out.push(format!("invariant 1: {what}: {id} does not exist"));
        }
    };
    program.shows.values().for_each(|&f| func(f, "show"));
    program.deinits.values().for_each(|&f| func(f, "deinit"));
    program
        .globals
        .iter()
        .for_each(|g| func(g.init, "constant"));
    program.tests.iter().for_each(|t| func(t.func, "test"));
    program.entry.iter().for_each(|&f| func(f, "entry"));
    for table in &program.vtables {
        table
            .methods
            .iter()
            .flatten()
            .for_each(|&f| func(f, "vtable"));
    }
    out
}

/// What an expression's position does with its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pos {
    Own,
    /// May be a look.
    Look,
}

struct Cx<'a, 'w> {
    func: &'a Func,
    stage: Stage,
    world: &'a mut World<'w>,
    out: Vec<String>,
    /// Enclosing loops and labelled blocks: the type of what `Break` gives; can be continued.
    loops: FxHashMap<LoopId, (Ty, bool)>,
}

impl Cx<'_, '_> {
    /// The invariant, by its number in `hir`'s header, and what breaks it.
    fn say(&mut self, invariant: u8, message: String) {
        if self.out.len() < 20 {
            self.out.push(format!("invariant {invariant}: {message}"));
        }
    }

    fn ty(&mut self, ty: Ty) {
        if self.stage < Stage::Instantiate {
            return;
        }
        let types = self.world.types();
        if types.has_param(ty) || types.has_infer(ty) || ty == Types::ERROR {
            self.say(
                8,
                format!("type {ty} ({:?}) is not ground", self.world.data(ty)),
            );
            return;
        }
        if let (TyData::Adt(..), Source::Program(p)) = (self.world.data(ty), &self.world.source)
            && !p.shapes.contains_key(&ty)
        {
            self.say(8, format!("type {ty} has no shape"));
        }
    }

    fn fits(&mut self, have: Ty, want: Ty, what: &str) {
        let any = [Types::ERROR, Types::NEVER];
        if have == want || any.contains(&have) || want == Types::ERROR {
            return;
        }
        let (h, w) = (self.world.data(have).clone(), self.world.data(want).clone());
        self.say(2, format!("{what}: {h:?} where {w:?} is wanted"));
    }

    fn local(&mut self, local: LocalId) -> Ty {
        match self.func.locals.get(local.index()) {
            Some(l) => l.ty,
            None => {
                self.say(1, format!("local {local} does not exist"));
                Types::ERROR
            }
        }
    }

    fn paths(&mut self, paths: &[Path]) {
        if self.stage == Stage::Check && !paths.is_empty() {
            self.say(5, "a release before `own`".to_string());
        }
        for path in paths {
            let mut ty = self.local(path.local);
            for &field in &path.fields {
                match self
                    .world
                    .fields(ty)
                    .and_then(|f| f.get(field as usize).copied())
                {
                    Some(t) => ty = t,
                    None => {
                        self.say(1, format!("released path {path:?} does not exist"));
                        break;
                    }
                }
            }
        }
    }

    // ---- expressions

    fn exprs(&mut self, exprs: &[Expr], pos: Pos) {
        exprs.iter().for_each(|e| self.expr(e, pos));
    }

    fn each_fits(&mut self, exprs: &[Expr], ty: Ty, wanted: Option<Vec<Ty>>, what: &str) {
        self.exprs(exprs, Pos::Own);
        if ty == Types::ERROR {
            return;
        }
        let Some(wanted) = wanted else {
            if !exprs.is_empty() {
                self.say(1, format!("{what}: no such parts"));
            }
            return;
        };
        if wanted.len() != exprs.len() {
            self.say(
                2,
                format!("{what}: {} parts for {}", exprs.len(), wanted.len()),
            );
        }
        for (e, want) in exprs.iter().zip(wanted) {
            self.fits(e.ty, want, what);
        }
    }

    fn expr(&mut self, e: &Expr, pos: Pos) {
        self.ty(e.ty);
        match &e.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Char(_)
            | ExprKind::Str(_)
            | ExprKind::Unreachable => {}
            ExprKind::Read(place, mode) => {
                self.place(place, false);
                self.fits(place.ty(), e.ty, "a read");
                self.mode(place, *mode, pos);
            }
            ExprKind::Tuple(es) => {
                let wanted = self.world.fields(e.ty);
                self.each_fits(es, e.ty, wanted, "a tuple");
            }
            ExprKind::Struct(es) => {
                let wanted = self.world.variant(e.ty, None);
                self.each_fits(es, e.ty, wanted, "a struct");
            }
            ExprKind::Variant { variant, fields } => {
                let wanted = self.world.variant(e.ty, Some(*variant));
                if wanted.is_none() && e.ty != Types::ERROR {
                    self.say(1, format!("variant {variant} does not exist"));
                }
                self.each_fits(fields, e.ty, wanted, "a variant");
            }
            ExprKind::List(es) => {
                self.exprs(es, Pos::Own);
                let part = match self.world.data(e.ty) {
                    TyData::List(t) | TyData::Array(t) | TyData::Set(t) => Some(*t),
                    TyData::Error => None,
                    _ => {
                        self.say(2, "a list literal of another type".to_string());
                        None
                    }
                };
                for (e, part) in es.iter().zip(part.into_iter().cycle()) {
                    self.fits(e.ty, part, "an element");
                }
            }
            ExprKind::Map(pairs) => {
                let parts = match self.world.data(e.ty) {
                    TyData::Map(k, v) => Some((*k, *v)),
                    _ => None,
                };
                for (k, v) in pairs {
                    self.expr(k, Pos::Own);
                    self.expr(v, Pos::Own);
                    if let Some((key, value)) = parts {
                        self.fits(k.ty, key, "a key");
                        self.fits(v.ty, value, "a value");
                    }
                }
            }
            ExprKind::Interp(parts) => self.interp(parts),
            ExprKind::Binary(op, a, b) => {
                self.expr(a, Pos::Look);
                self.expr(b, Pos::Look);
                if !matches!(op, BinOp::Shl | BinOp::Shr) {
                    self.fits(b.ty, a.ty, "a right operand");
                }
                self.scalar(a.ty);
                self.scalar(b.ty);
            }
            ExprKind::Unary(_, a) | ExprKind::Convert(_, a) => {
                self.expr(a, Pos::Look);
                self.scalar(a.ty);
            }
            ExprKind::Call { callee, args } => {
                let params = self.callee(callee, e.ty);
                self.args(args, params);
            }
            ExprKind::Builtin { targs, args, .. } => {
                targs.iter().for_each(|&t| self.ty(t));
                self.exprs(args, Pos::Look);
            }
            ExprKind::Update(update) => self.update(update, e.ty),
            ExprKind::IsUnique(place) | ExprKind::DbgIfShared(place) => self.place(place, false),
            ExprKind::Closure { func, captures } => {
                self.exprs(captures, Pos::Own);
                match (func, &self.world.source) {
                    (ClosureRef::Func(f), Source::Program(p)) => match p.funcs.get(f.index()) {
                        Some(f) => {
                            let wanted = f.captures.clone();
                            self.each_fits(captures, e.ty, Some(wanted), "a capture");
                        }
                        None => self.say(1, format!("{f} does not exist")),
                    },
                    (ClosureRef::Generic(_), Source::Program(_)) => {
                        self.say(8, "a generic closure".to_string());
                    }
                    _ => {}
                }
            }
            ExprKind::MakeAny { value, vtable } => {
                self.expr(value, Pos::Own);
                if let Source::Program(p) = &self.world.source {
                    let known = match vtable {
                        VtableRef::Table(t) => p.vtables.get(t.index()).map(|t| t.ty),
                        VtableRef::Generic => None,
                    };
                    if known != Some(value.ty) {
                        self.say(2, "a vtable of another type".to_string());
                    }
                }
            }
            ExprKind::New(a) => {
                self.expr(a, Pos::Own);
                if let TyData::Ptr(t) = self.world.data(e.ty) {
                    let t = *t;
                    self.fits(a.ty, t, "an object");
                }
            }
            ExprKind::Unbox(a) => self.expr(a, Pos::Own),
            ExprKind::Unshare { value: a, .. } => {
                self.expr(a, Pos::Own);
                self.fits(a.ty, e.ty, "an unshared value");
            }
            ExprKind::Block(block) => self.block(block, e.ty),
            ExprKind::If { arms, else_ } => {
                for (cond, block) in arms {
                    self.expr(cond, Pos::Look);
                    self.fits(cond.ty, Types::BOOL, "a condition");
                    self.block(block, e.ty);
                }
                match else_ {
                    Some(block) => self.block(block, e.ty),
                    None => self.fits(Types::UNIT, e.ty, "an `if` without `else`"),
                }
            }
            ExprKind::Match(m) => self.match_(m, e.ty),
            ExprKind::Loop { label, body } => {
                self.in_loop(*label, e.ty, true, |cx| cx.block(body, Types::UNIT));
            }
            ExprKind::Labeled { label, body } => {
                self.in_loop(*label, e.ty, false, |cx| cx.block(body, e.ty));
            }
            ExprKind::ForRange(f) => {
                for bound in [Some(&f.start), f.end.as_ref()].into_iter().flatten() {
                    self.expr(bound, Pos::Own);
                    let item = self.local(f.item);
                    self.fits(bound.ty, item, "a bound");
                }
                if let Some(step) = &f.step {
                    self.expr(step, Pos::Own);
                }
                self.in_loop(f.label, Types::UNIT, true, |cx| {
                    cx.block(&f.body, Types::UNIT);
                });
                self.paths(&f.release);
            }
            ExprKind::ForEach {
                label,
                seq,
                item,
                body,
                release,
            } => {
                self.expr(seq, Pos::Own);
                self.item(seq.ty, *item);
                self.in_loop(*label, Types::UNIT, true, |cx| cx.block(body, Types::UNIT));
                self.paths(release);
            }
            ExprKind::Break {
                label,
                value,
                release,
            } => {
                if let Some(value) = value {
                    self.expr(value, Pos::Own);
                }
                match self.loops.get(label) {
                    Some(&(ty, _)) => {
                        let have = value.as_ref().map_or(Types::UNIT, |v| v.ty);
                        self.fits(have, ty, "a break's value");
                    }
                    None => self.say(3, format!("break of {label}, which is not around")),
                }
                self.paths(release);
            }
            ExprKind::Continue { label, release } => {
                if !matches!(self.loops.get(label), Some((_, true))) {
                    self.say(3, format!("continue of {label}, which is no loop around"));
                }
                self.paths(release);
            }
            ExprKind::Return { value, release } => {
                self.expr(value, Pos::Own);
                let ret = self.func.ret;
                self.fits(value.ty, ret, "a return");
                self.paths(release);
            }
            ExprKind::After { value, release } => {
                if self.stage == Stage::Check {
                    self.say(5, "`After` before `own`".to_string());
                }
                self.expr(value, Pos::Own);
                self.fits(value.ty, e.ty, "a value with releases after it");
                self.paths(release);
            }
        }
    }

    fn scalar(&mut self, ty: Ty) {
        match self.world.data(ty) {
            TyData::Error
            | TyData::Never
            | TyData::Bool
            | TyData::Char
            | TyData::Int(_)
            | TyData::Float(_)
            | TyData::Param(_) => {}
            other => {
                let message = format!("{other:?} as a scalar operand");
                self.say(2, message);
            }
        }
    }

    fn mode(&mut self, place: &Place, mode: Mode, pos: Pos) {
        if mode == Mode::Look && pos == Pos::Own && self.world.holds(place.ty()) {
            self.say(5, "a look where the value is owned".to_string());
        }
        match mode {
            Mode::Undecided | Mode::MustMove if self.stage > Stage::Check => {
                self.say(5, "an undecided use".to_string());
            }
            Mode::Move | Mode::Share if self.stage == Stage::Check => {
                self.say(5, "a decided use before `own`".to_string());
            }
            Mode::Move if place.as_path().is_none() => {
                self.say(5, "a move of what is no path".to_string());
            }
            _ => {}
        }
    }

    fn interp(&mut self, parts: &[InterpPart]) {
        for part in parts {
            let InterpPart::Value { value, spec } = part else {
                continue;
            };
            self.expr(value, Pos::Look);
            let counts = spec.iter().flat_map(|s| [&s.width, &s.precision]);
            for count in counts.flatten() {
                if let Count::Value(e) = count {
                    self.expr(e, Pos::Look);
                    self.fits(e.ty, Types::INT, "a width or precision");
                }
            }
        }
    }

    /// The parameters' types with whether they are borrowed, as far as they are known.
    fn callee(&mut self, callee: &Callee, ret: Ty) -> Option<Vec<(Ty, bool)>> {
        match callee {
            Callee::Func(f) => {
                let Source::Program(p) = &self.world.source else {
                    self.say(8, format!("{f} before `instantiate`"));
                    return None;
                };
                let Some(f) = p.funcs.get(f.index()) else {
                    self.say(1, format!("{f} does not exist"));
                    return None;
                };
                let ty = |p: &Param| (f.locals[p.local.index()].ty, p.borrowed);
                let params = f.params.iter().map(ty).collect();
                let result = f.ret;
                self.fits(result, ret, "a call's result");
                Some(params)
            }
            Callee::Generic { def, targs } => {
                let Source::Generic { defs, types } = &mut self.world.source else {
                    self.say(8, format!("{def} after `instantiate`"));
                    return None;
                };
                let f = defs.fns.get(def.index())?;
                // What is borrowed is known when its body is.
                let params = f.params.iter().map(|p| (types.subst(p.ty, targs), true));
                let params = params.collect();
                let result = types.subst(f.ret, targs);
                self.fits(result, ret, "a call's result");
                Some(params)
            }
            Callee::TraitMethod { .. } => {
                if self.stage == Stage::Instantiate {
                    self.say(8, "a trait's method after `instantiate`".to_string());
                }
                None
            }
            Callee::Value(f) => {
                self.expr(f, Pos::Look);
                match self.world.data(f.ty).clone() {
                    TyData::Fn(params, result) => {
                        self.fits(result, ret, "a call's result");
                        Some(params.iter().map(|&t| (t, false)).collect())
                    }
                    _ => None,
                }
            }
            Callee::Any { .. } => None,
        }
    }

    fn args(&mut self, args: &[Expr], params: Option<Vec<(Ty, bool)>>) {
        let Some(params) = params else {
            return self.exprs(args, Pos::Look);
        };
        if params.len() != args.len() {
            self.say(2, format!("{} arguments for {}", args.len(), params.len()));
        }
        for (arg, (ty, borrowed)) in args.iter().zip(params) {
            self.expr(arg, if borrowed { Pos::Look } else { Pos::Own });
            self.fits(arg.ty, ty, "an argument");
        }
    }

    // ---- places

    fn place(&mut self, place: &Place, updated: bool) {
        self.ty(place.root_ty);
        let mut ty = place.root_ty;
        match &place.root {
            Root::Local(local) => {
                let have = self.local(*local);
                self.fits(have, ty, "a place's root");
            }
            Root::Capture(i) => match self.func.captures.get(*i as usize) {
                Some(&have) => self.fits(have, ty, "a capture"),
                None => self.say(1, format!("capture {i} does not exist")),
            },
            Root::Global(id) => {
                if let Source::Program(p) = &self.world.source {
                    match p.globals.get(id.index()).map(|g| g.ty) {
                        Some(have) => self.fits(have, ty, "a constant"),
                        None => self.say(1, format!("{id} does not exist")),
                    }
                }
            }
            Root::Temp(e) => {
                if updated {
                    self.say(4, "an update of a temporary".to_string());
                }
                self.expr(e, Pos::Own);
                self.fits(e.ty, ty, "a temporary");
            }
        }
        let last_deref = place
            .projs
            .iter()
            .rposition(|p| matches!(p.kind, ProjKind::Deref));
        let reads_only = |i: usize| !updated || last_deref.is_some_and(|d| i < d);
        for (i, proj) in place.projs.iter().enumerate() {
            self.ty(proj.ty);
            let data = self.world.data(ty).clone();
            match (&proj.kind, data) {
                (_, TyData::Error) => {}
                (ProjKind::Field(field), _) => {
                    match self
                        .world
                        .fields(ty)
                        .and_then(|f| f.get(*field as usize).copied())
                    {
                        Some(t) => self.fits(t, proj.ty, "a field"),
                        None => self.say(1, format!("field {field} does not exist")),
                    }
                }
                (ProjKind::Deref, TyData::Ptr(t)) => self.fits(t, proj.ty, "an object"),
                (ProjKind::Index { index, default }, TyData::List(t) | TyData::Array(t)) => {
                    self.expr(index, Pos::Look);
                    self.fits(index.ty, Types::INT, "an index");
                    self.fits(t, proj.ty, "an element");
                    if default.is_some() {
                        self.say(4, "a default for an element".to_string());
                    }
                }
                (ProjKind::Index { index, default }, TyData::Map(k, v)) => {
                    let pos = if reads_only(i) { Pos::Look } else { Pos::Own };
                    self.expr(index, pos);
                    self.fits(index.ty, k, "a key");
                    self.fits(v, proj.ty, "a value");
                    if let Some(default) = default {
                        self.expr(default, Pos::Own);
                        self.fits(default.ty, v, "a default");
                    }
                }
                (kind, data) => {
                    let message = format!("{kind:?} on {data:?}");
                    self.say(4, message.chars().take(200).collect());
                }
            }
            ty = proj.ty;
        }
    }

    fn update(&mut self, update: &Update, result: Ty) {
        self.place(&update.place, true);
        let place = update.place.ty();
        match &update.change {
            Change::Set { value, .. } => {
                self.expr(value, Pos::Own);
                self.fits(value.ty, place, "an assigned value");
                self.fits(Types::UNIT, result, "an assignment");
            }
            Change::Arith { op, value } => {
                self.expr(value, Pos::Look);
                self.scalar(place);
                if !matches!(op, BinOp::Shl | BinOp::Shr) {
                    self.fits(value.ty, place, "a right operand");
                }
            }
            Change::Builtin { targs, args, .. } => {
                targs.iter().for_each(|&t| self.ty(t));
                self.exprs(args, Pos::Look);
            }
            Change::Call {
                callee,
                args,
                gives,
                ..
            } => {
                let whole = match gives {
                    Gives::Place => Some(place),
                    Gives::PlaceAndResult => None,
                };
                let ret = whole.unwrap_or(Types::ERROR);
                let params = self.callee(callee, ret);
                let params = params.map(|p| p.into_iter().skip(1).collect());
                self.args(args, params);
            }
        }
    }

    // ---- control

    fn in_loop(&mut self, label: LoopId, ty: Ty, turns: bool, f: impl FnOnce(&mut Self)) {
        if label.0 >= self.func.loops {
            self.say(1, format!("{label} does not exist"));
        }
        let outer = self.loops.insert(label, (ty, turns));
        if outer.is_some() {
            self.say(3, format!("{label} inside itself"));
        }
        f(self);
        self.loops.remove(&label);
    }

    fn block(&mut self, block: &Block, ty: Ty) {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Expr(e) => self.expr(e, Pos::Own),
                Stmt::Let { local, value } => {
                    self.expr(value, Pos::Own);
                    let want = self.local(*local);
                    self.fits(value.ty, want, "a bound value");
                }
                Stmt::Destructure {
                    scrutinee,
                    mode,
                    pat,
                    else_,
                    ..
                } => {
                    self.place(scrutinee, false);
                    self.match_mode(*mode, scrutinee);
                    self.pat(pat, scrutinee.ty());
                    if let Some(block) = else_ {
                        self.block(block, Types::ERROR);
                    }
                }
                Stmt::Release(paths) => self.paths(paths),
            }
        }
        for &local in &block.declares {
            self.local(local);
        }
        if let Some(value) = &block.value {
            self.expr(value, Pos::Own);
            self.fits(value.ty, ty, "a block's value");
        }
    }

    fn match_mode(&mut self, mode: MatchMode, scrutinee: &Place) {
        let decided = mode != MatchMode::Undecided;
        if decided != (self.stage > Stage::Check) {
            self.say(5, format!("match mode {mode:?}"));
        }
        if mode == MatchMode::Move && scrutinee.as_path().is_none() {
            self.say(5, "a match that moves what is no path".to_string());
        }
    }

    fn match_(&mut self, m: &Match, ty: Ty) {
        self.place(&m.scrutinee, false);
        self.match_mode(m.mode, &m.scrutinee);
        for arm in &m.arms {
            self.pat(&arm.pat, m.scrutinee.ty());
            if let Some(guard) = &arm.guard {
                self.expr(guard, Pos::Look);
                self.fits(guard.ty, Types::BOOL, "a guard");
            }
            self.paths(&arm.release);
            self.expr(&arm.body, Pos::Own);
            self.fits(arm.body.ty, ty, "an arm");
        }
    }

    fn item(&mut self, seq: Ty, item: LocalId) {
        let have = self.local(item);
        let want = match self.world.data(seq) {
            TyData::List(t) | TyData::Array(t) | TyData::Set(t) => *t,
            TyData::Str => Types::CHAR,
            TyData::Error => return,
            TyData::Map(k, v) => {
                let (k, v) = (*k, *v);
                let fits = match self.world.data(have) {
                    TyData::Tuple(parts) => **parts == [k, v],
                    _ => false,
                };
                if !fits {
                    self.say(2, "a map's item".to_string());
                }
                return;
            }
            other => {
                let message = format!("a loop over {other:?}");
                self.say(2, message);
                return;
            }
        };
        self.fits(want, have, "an item");
    }

    fn bind(&mut self, local: LocalId, ty: Ty) {
        let have = self.local(local);
        self.fits(ty, have, "a binding");
    }

    fn pats(&mut self, pats: &[Pat], tys: Option<Vec<Ty>>) {
        let tys = tys.unwrap_or_default();
        if pats.len() != tys.len() {
            self.say(
                2,
                format!("{} patterns for {} parts", pats.len(), tys.len()),
            );
        }
        for (pat, ty) in pats.iter().zip(tys) {
            self.pat(pat, ty);
        }
    }

    fn pat(&mut self, pat: &Pat, ty: Ty) {
        if ty == Types::ERROR {
            return;
        }
        match pat {
            Pat::Wild
            | Pat::Bool(_)
            | Pat::Int(_)
            | Pat::Float(_)
            | Pat::Char(_)
            | Pat::Str(_)
            | Pat::Const(_)
            | Pat::Range { .. } => {}
            Pat::Bind { local, sub } => {
                self.bind(*local, ty);
                if let Some(sub) = sub {
                    self.pat(sub, ty);
                }
            }
            Pat::Fields(ps) => {
                let tys = self.world.fields(ty);
                self.pats(ps, tys);
            }
            Pat::Variant { variant, fields } => {
                let tys = self.world.variant(ty, Some(*variant));
                if tys.is_none() {
                    self.say(1, format!("variant {variant} does not exist"));
                }
                self.pats(fields, tys);
            }
            Pat::List { front, rest, back } => {
                let part = match self.world.data(ty) {
                    TyData::List(t) | TyData::Array(t) => *t,
                    other => {
                        let message = format!("a list pattern on {other:?}");
                        return self.say(2, message);
                    }
                };
                front.iter().chain(back).for_each(|p| self.pat(p, part));
                if let Some(Some(rest)) = rest {
                    self.bind(*rest, ty);
                }
            }
            Pat::Or(ps) => ps.iter().for_each(|p| self.pat(p, ty)),
            Pat::Type { ty, local } => {
                self.ty(*ty);
                if let Some(local) = local {
                    self.bind(*local, *ty);
                }
            }
        }
    }
}
