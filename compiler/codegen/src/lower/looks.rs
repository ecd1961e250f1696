//! Looks through all of a program for what every function must know: which functions closure
//! values point to, and through which object types a value can be taken while user code runs.

use cowl_frontend::hir::*;
use cowl_frontend::types::{Ty, TyData};
use rustc_hash::FxHashSet;

pub fn scan(program: &Program) -> (FxHashSet<FuncId>, FxHashSet<Ty>) {
    let mut s = Scan {
        program,
        closures: FxHashSet::default(),
        in_change: FxHashSet::default(),
    };
    for f in &program.funcs {
        s.expr(&f.body);
    }
    (s.closures, s.in_change)
}

struct Scan<'a> {
    program: &'a Program,
    closures: FxHashSet<FuncId>,
    in_change: FxHashSet<Ty>,
}

impl Scan<'_> {
    fn exprs(&mut self, es: &[Expr]) {
        es.iter().for_each(|e| self.expr(e));
    }

    fn callee(&mut self, callee: &Callee) {
        match callee {
            Callee::Value(e) => self.expr(e),
            Callee::Func(_)
            | Callee::Generic { .. }
            | Callee::TraitMethod { .. }
            | Callee::Any { .. } => {}
        }
    }

    fn place(&mut self, place: &Place) {
        if let Root::Temp(e) = &place.root {
            self.expr(e);
        }
        for p in &place.projs {
            if let ProjKind::Index { index, default } = &p.kind {
                self.expr(index);
                if let Some(d) = default {
                    self.expr(d);
                }
            }
        }
    }

    fn block(&mut self, block: &Block) {
        for s in &block.stmts {
            match s {
                Stmt::Expr(e) | Stmt::Let { value: e, .. } => self.expr(e),
                Stmt::Destructure {
                    scrutinee, else_, ..
                } => {
                    self.place(scrutinee);
                    if let Some(b) = else_ {
                        self.block(b);
                    }
                }
                Stmt::Release(_) => {}
            }
        }
        if let Some(e) = &block.value {
            self.expr(e);
        }
    }

    fn update(&mut self, u: &Update) {
        self.place(&u.place);
        match &u.change {
            Change::Set { value, .. } | Change::Arith { value, .. } => self.expr(value),
            Change::Builtin { args, .. } => self.exprs(args),
            Change::Call { callee, args, .. } => {
                self.callee(callee);
                self.exprs(args);
                let last = u
                    .place
                    .projs
                    .iter()
                    .rposition(|p| matches!(p.kind, ProjKind::Deref));
                if let Some(i) = last {
                    let ty = u.place.projs[i].ty;
                    self.in_change.insert(ty);
                    debug_assert!(!matches!(self.program.types.data(ty), TyData::Param(_)));
                }
            }
        }
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Char(_)
            | ExprKind::Str(_)
            | ExprKind::Unreachable
            | ExprKind::Continue { .. } => {}
            ExprKind::Read(p, _) => self.place(p),
            ExprKind::IsUnique(p) | ExprKind::DbgIfShared(p) => self.place(p),
            ExprKind::Tuple(es)
            | ExprKind::Struct(es)
            | ExprKind::Variant { fields: es, .. }
            | ExprKind::List(es)
            | ExprKind::Builtin { args: es, .. } => self.exprs(es),
            ExprKind::Map(pairs) => pairs.iter().for_each(|(k, v)| {
                self.expr(k);
                self.expr(v);
            }),
            ExprKind::Interp(parts) => {
                for p in parts {
                    if let InterpPart::Value { value, spec } = p {
                        self.expr(value);
                        for c in spec.iter().flat_map(|s| [&s.width, &s.precision]) {
                            if let Some(Count::Value(e)) = c {
                                self.expr(e);
                            }
                        }
                    }
                }
            }
            ExprKind::Binary(_, a, b) => {
                self.expr(a);
                self.expr(b);
            }
            ExprKind::Unary(_, a)
            | ExprKind::Convert(_, a)
            | ExprKind::Unshare { value: a, .. }
            | ExprKind::MakeAny { value: a, .. }
            | ExprKind::Unbox(a)
            | ExprKind::New(a)
            | ExprKind::Return { value: a, .. }
            | ExprKind::After { value: a, .. } => self.expr(a),
            ExprKind::Call { callee, args } => {
                self.callee(callee);
                self.exprs(args);
            }
            ExprKind::Update(u) => self.update(u),
            ExprKind::Closure { func, captures } => {
                if let ClosureRef::Func(id) = func {
                    self.closures.insert(*id);
                }
                self.exprs(captures);
            }
            ExprKind::Block(b)
            | ExprKind::Loop { body: b, .. }
            | ExprKind::Labeled { body: b, .. } => self.block(b),
            ExprKind::If { arms, else_ } => {
                for (c, b) in arms {
                    self.expr(c);
                    self.block(b);
                }
                if let Some(b) = else_ {
                    self.block(b);
                }
            }
            ExprKind::Match(m) => {
                self.place(&m.scrutinee);
                for arm in &m.arms {
                    if let Some(g) = &arm.guard {
                        self.expr(g);
                    }
                    self.expr(&arm.body);
                }
            }
            ExprKind::ForRange(f) => {
                self.expr(&f.start);
                for e in [&f.end, &f.step].into_iter().flatten() {
                    self.expr(e);
                }
                self.block(&f.body);
            }
            ExprKind::ForEach { seq, body, .. } => {
                self.expr(seq);
                self.block(body);
            }
            ExprKind::Break { value, .. } => {
                if let Some(v) = value {
                    self.expr(v);
                }
            }
        }
    }
}
