//! Functions that nobody wrote: methods behind `any` and behind `*T`, derived defaults, results that
//! become `any`, the call of `main`. None of them shows in a call stack.

use super::build::{Builder, whole};
use super::methods::Target;
use super::{Cx, Key, errors};
use crate::defs::{AdtKind, SelfKind, TraitRef};
use crate::display::display;
use crate::hir::*;
use crate::resolve::traits;
use crate::source::Span;
use crate::types::{TraitId, Ty, TyData, Types};

impl Cx<'_> {
    fn builder(&mut self, span: Span) -> Builder {
        Builder::new(self.parts().sites.add(span))
    }

    fn target(&mut self, found: Option<Target>, def: FnDefId) -> Option<Target> {
        if found.is_none() {
            self.failed = true;
            let parts = self.parts();
            if !parts.problems.has_errors() {
                errors::no_body(parts.defs, def);
            }
        }
        found
    }

    /// `fn(self: any Trait, …)`: takes the value out, calls its method, boxes `Self` in the result.
    pub(super) fn boxed(&mut self, ty: Ty, any: Ty, method: u32) -> Option<Func> {
        let parts = self.parts();
        let TyData::Any(trait_, args) = parts.types.data(any).clone() else {
            return None;
        };
        let own = TraitRef {
            trait_,
            args: args.to_vec(),
        };
        let method = method as usize;
        let inside = traits::all_methods(parts.defs, parts.types, &own, ty);
        let outside = traits::all_methods(parts.defs, parts.types, &own, any);
        let (bound, index, def) = inside.get(method)?.clone();
        let with_self = |self_ty: Ty, r: &TraitRef| -> Vec<Ty> {
            [self_ty]
                .into_iter()
                .chain(r.args.iter().copied())
                .collect()
        };
        let from = with_self(ty, &bound);
        let to = with_self(any, &outside.get(method)?.0);
        let f = parts.defs.func(def);
        let (name, span, ret) = (f.path.clone(), f.span, f.ret);
        let rest: Vec<Ty> = f.params.iter().skip(1).map(|p| p.ty).collect();

        let mut b = self.builder(span);
        let this = b.param(any);
        let unboxed = b.expr(ExprKind::Unbox(Box::new(b.read(this, Mode::Move))), ty);
        let mut args = vec![unboxed];
        for generic in rest {
            let param = b.param(self.subst(generic, &to));
            args.push(b.read(param, Mode::Move));
        }
        let found = self.method(bound.trait_, index, &from, span);
        let target = self.target(found, def)?;
        let result = self.subst(ret, &from);
        let call = b.expr(target.call(args), result);
        let body = self.convert(&b, call, ret, &from, &to);
        let ret = self.subst(ret, &to);
        Some(b.finish(name, ret, body))
    }

    /// A value whose generic type has `Self` inside, for another `Self`.
    fn convert(&mut self, b: &Builder, value: Expr, generic: Ty, from: &[Ty], to: &[Ty]) -> Expr {
        let ty = self.subst(generic, to);
        if value.ty == ty {
            return value;
        }
        if let TyData::Param(0) = self.parts().types.data(generic) {
            let kind = ExprKind::MakeAny {
                value: Box::new(value),
                vtable: VtableRef::Generic,
            };
            return b.expr(kind, ty);
        }
        let func = self.instance(Key::Boxing {
            ty: generic,
            from: from.into(),
            to: to.into(),
        });
        b.call(Callee::Func(func), vec![value], ty)
    }

    pub(super) fn boxing(&mut self, generic: Ty, from: &[Ty], to: &[Ty]) -> Option<Func> {
        let mut b = self.builder(Span::default());
        let param = b.param(self.subst(generic, from));
        let ret = self.subst(generic, to);
        let body = match self.parts().types.data(generic).clone() {
            TyData::Tuple(parts) => {
                let parts = self.convert_parts(&b, param, &parts, from, to);
                b.expr(ExprKind::Tuple(parts), ret)
            }
            TyData::Adt(id, args) => {
                let parts = self.bodies.parts();
                let mut types_of = |fields: &[crate::defs::Field]| -> Vec<Ty> {
                    let subst = |f: &crate::defs::Field| parts.types.subst(f.ty, &args);
                    fields.iter().map(subst).collect()
                };
                match &parts.defs.adt(id).kind {
                    AdtKind::Struct(fields) => {
                        let tys = types_of(fields);
                        let parts = self.convert_parts(&b, param, &tys, from, to);
                        b.expr(ExprKind::Struct(parts), ret)
                    }
                    AdtKind::Enum(variants) => {
                        let variants: Vec<Vec<Ty>> =
                            variants.iter().map(|v| types_of(&v.fields)).collect();
                        self.convert_enum(&mut b, param, &variants, ret, from, to)
                    }
                }
            }
            TyData::List(part) | TyData::Array(part) | TyData::Set(part) => {
                let item = b.local(self.subst(part, from));
                let read = b.read(item, Mode::Move);
                let push = self.convert(&b, read, part, from, to);
                let op = match self.parts().types.data(generic) {
                    TyData::Set(_) => Builtin::Insert,
                    _ => Builtin::Push,
                };
                let empty = ExprKind::List(Vec::new());
                collect(&mut b, param, item, empty, op, vec![push], ret)
            }
            TyData::Map(key, value) => {
                let (k, v) = (self.subst(key, from), self.subst(value, from));
                let pair = self.parts().types.tuple(&[k, v]);
                let item = b.local(pair);
                let k = self.convert(&b, b.part(item, 0, k), key, from, to);
                let v = self.convert(&b, b.part(item, 1, v), value, from, to);
                let empty = ExprKind::Map(Vec::new());
                collect(&mut b, param, item, empty, Builtin::Insert, vec![k, v], ret)
            }
            _ => {
                self.failed = true;
                let parts = self.parts();
                let env = crate::defs::Generics::default();
                let shown = display(parts.defs, parts.types, &env, ret);
                let span = match parts.types.data(from[0]) {
                    TyData::Adt(id, _) => parts.defs.adt(*id).span,
                    _ => Span::default(),
                };
                parts.problems.push(errors::not_boxed(span, &shown));
                return None;
            }
        };
        Some(b.finish("any".into(), ret, body))
    }

    fn convert_parts(
        &mut self,
        b: &Builder,
        whole: LocalId,
        generic: &[Ty],
        from: &[Ty],
        to: &[Ty],
    ) -> Vec<Expr> {
        let mut out = Vec::new();
        for (i, &part) in generic.iter().enumerate() {
            let ty = self.subst(part, from);
            let value = b.part(whole, i as u32, ty);
            out.push(self.convert(b, value, part, from, to));
        }
        out
    }

    fn convert_enum(
        &mut self,
        b: &mut Builder,
        param: LocalId,
        variants: &[Vec<Ty>],
        ret: Ty,
        from: &[Ty],
        to: &[Ty],
    ) -> Expr {
        let mut arms = Vec::new();
        for (i, generic) in variants.iter().enumerate() {
            let variant = i as u32;
            let mut pats = Vec::new();
            let mut fields = Vec::new();
            for &part in generic {
                let local = b.local(self.subst(part, from));
                pats.push(Pat::Bind { local, sub: None });
                let read = b.read(local, Mode::Move);
                fields.push(self.convert(b, read, part, from, to));
            }
            arms.push(Arm {
                pat: Pat::Variant {
                    variant,
                    fields: pats,
                },
                guard: None,
                release: Vec::new(),
                body: b.expr(ExprKind::Variant { variant, fields }, ret),
            });
        }
        let ExprKind::Read(scrutinee, _) = b.read(param, Mode::Move).kind else {
            return b.unit();
        };
        let mode = MatchMode::Move;
        let kind = ExprKind::Match(Box::new(Match {
            scrutinee,
            mode,
            arms,
        }));
        b.expr(kind, ret)
    }

    /// A method of `T` for `*T`: a `self` method reads the object, a `var self` method changes it
    /// and gives the pointer back.
    pub(super) fn through(&mut self, trait_: TraitId, method: u32, targs: &[Ty]) -> Option<Func> {
        let parts = self.parts();
        let def = parts.defs.trait_(trait_).methods[method as usize];
        let f = parts.defs.func(def);
        let (name, span, generic_ret) = (f.path.clone(), f.span, f.ret);
        let (kind, result) = (f.self_kind, f.result);
        let rest: Vec<Ty> = f.params.iter().skip(1).map(|p| p.ty).collect();
        let TyData::Ptr(object) = *parts.types.data(targs[0]) else {
            return None;
        };
        let ret = self.subst(generic_ret, targs);

        let mut b = self.builder(span);
        let this = b.param(targs[0]);
        let mut args = Vec::new();
        for generic in rest {
            let param = b.param(self.subst(generic, targs));
            args.push(b.read(param, Mode::Move));
        }
        let found = self.method_behind(trait_, method, targs, span);
        let target = self.target(found, def)?;
        let place = b.place(Root::Local(this), targs[0], &[(ProjKind::Deref, object)]);
        if kind != Some(SelfKind::Var) {
            args.insert(0, b.expr(ExprKind::Read(place, Mode::Share), object));
            let call = b.expr(target.call(args), ret);
            let body = b.after(call, vec![this]);
            return Some(b.finish(name, ret, body));
        }
        let (gives, value) = match result {
            None => (Gives::Place, Types::UNIT),
            Some(r) => (Gives::PlaceAndResult, self.subst(r, targs)),
        };
        let update = ExprKind::Update(Box::new(Update {
            place,
            change: target.change(args, gives, false),
            event: None,
        }));
        let update = b.expr(update, value);
        let pointer = b.read(this, Mode::Move);
        let body = match gives {
            Gives::Place => b.block(vec![Stmt::Expr(update)], pointer, Vec::new()),
            Gives::PlaceAndResult => {
                let local = b.local(value);
                let pair = vec![pointer, b.read(local, Mode::Move)];
                let pair = b.expr(ExprKind::Tuple(pair), ret);
                let bind = Stmt::Let {
                    local,
                    value: update,
                };
                b.block(vec![bind], pair, vec![local])
            }
        };
        Some(b.finish(name, ret, body))
    }

    /// `T.default()` of a type that no impl gives one.
    pub(super) fn default(&mut self, ty: Ty) -> Option<Func> {
        let parts = self.bodies.parts();
        let default = parts.defs.lang.default?;
        let def = parts.defs.trait_(default).methods.first().copied()?;
        let span = parts.defs.func(def).span;
        let b = self.builder(span);
        let parts = self.bodies.parts();
        let data = parts.types.data(ty).clone();
        let kind = match &data {
            TyData::Bool => ExprKind::Bool(false),
            TyData::Int(_) => ExprKind::Int(0),
            TyData::Float(_) => ExprKind::Float(0.0),
            TyData::Char => ExprKind::Char('\0'),
            TyData::Str => ExprKind::Str("".into()),
            TyData::List(_) | TyData::Array(_) | TyData::Set(_) => ExprKind::List(Vec::new()),
            TyData::Map(..) => ExprKind::Map(Vec::new()),
            TyData::Weak(t) => ExprKind::Builtin {
                op: Builtin::WeakEmpty,
                targs: vec![*t],
                args: Vec::new(),
            },
            TyData::Tuple(tys) => {
                let values = tys.iter().map(|&t| default_of(&b, default, t));
                ExprKind::Tuple(values.collect())
            }
            TyData::Adt(id, _) if Some(*id) == parts.defs.lang.option => ExprKind::Variant {
                variant: 0,
                fields: Vec::new(),
            },
            TyData::Adt(id, args) => {
                let mut values = Vec::new();
                for field in parts.defs.adt(*id).fields()? {
                    let ty = parts.types.subst(field.ty, args);
                    values.push(match field.default {
                        Some(def) => {
                            let targs = args.to_vec();
                            b.call(Callee::Generic { def, targs }, Vec::new(), ty)
                        }
                        None => default_of(&b, default, ty),
                    });
                }
                ExprKind::Struct(values)
            }
            _ => {
                self.target(None, def);
                return None;
            }
        };
        let body = b.expr(kind, ty);
        Some(b.finish("default".into(), ty, body))
    }

    /// `fn(args: List<string>) -> int`: calls `main`; what it gives becomes the exit status.
    pub(super) fn entry(&mut self, main: FnDefId) -> Option<Func> {
        let parts = self.parts();
        let f = parts.defs.func(main);
        let (span, ret, takes_args) = (f.span, f.ret, !f.params.is_empty());
        let result = match parts.types.data(ret) {
            TyData::Adt(id, args) if Some(*id) == parts.defs.lang.result => {
                Some((args[0], args[1]))
            }
            _ => None,
        };
        let args_ty = parts.types.intern(TyData::List(Types::STR));
        let callee = Callee::Func(self.def(main, &[], span));
        let mut b = self.builder(span);
        let param = b.param(args_ty);
        let mut stmts = Vec::new();
        let mut args = Vec::new();
        if takes_args {
            args.push(b.read(param, Mode::Move));
        } else {
            stmts.push(Stmt::Release(vec![whole(param)]));
        }
        let call = b.call(callee, args, ret);
        let zero = b.expr(ExprKind::Int(0), Types::INT);
        let Some((ok, err)) = result else {
            let body = if ret == Types::INT {
                b.block(stmts, call, Vec::new())
            } else {
                stmts.push(Stmt::Expr(call));
                b.block(stmts, zero, Vec::new())
            };
            return Some(b.finish("main".into(), Types::INT, body));
        };
        let outcome = b.local(ret);
        stmts.push(Stmt::Let {
            local: outcome,
            value: call,
        });
        let (status, error) = (b.local(ok), b.local(err));
        let ok_body = match ok {
            Types::INT => b.read(status, Mode::Share),
            _ => zero,
        };
        let arm = |variant, local, release, body| Arm {
            pat: Pat::Variant {
                variant,
                fields: vec![Pat::Bind { local, sub: None }],
            },
            guard: None,
            release,
            body,
        };
        // Whatever a main that gives no status gives is released at once.
        let unused = if ok == Types::INT {
            Vec::new()
        } else {
            vec![whole(status)]
        };
        let text = b.expr(
            ExprKind::Interp(vec![
                InterpPart::Lit("error: ".into()),
                InterpPart::Value {
                    value: b.read(error, Mode::Look),
                    spec: None,
                },
            ]),
            Types::STR,
        );
        let report = ExprKind::Builtin {
            op: Builtin::Eprint,
            targs: vec![Types::STR],
            args: vec![b.after(text, vec![error])],
        };
        let report = Stmt::Expr(b.expr(report, Types::UNIT));
        let one = b.expr(ExprKind::Int(1), Types::INT);
        let arms = vec![
            arm(0, status, unused, ok_body),
            arm(1, error, Vec::new(), b.block(vec![report], one, Vec::new())),
        ];
        let ExprKind::Read(scrutinee, _) = b.read(outcome, Mode::Move).kind else {
            return None;
        };
        let mode = MatchMode::Move;
        let kind = ExprKind::Match(Box::new(Match {
            scrutinee,
            mode,
            arms,
        }));
        let body = b.expr(kind, Types::INT);
        let body = b.block(stmts, body, vec![outcome]);
        Some(b.finish("main".into(), Types::INT, body))
    }
}

fn default_of(b: &Builder, trait_: TraitId, ty: Ty) -> Expr {
    let callee = Callee::TraitMethod {
        trait_,
        method: 0,
        targs: vec![ty],
    };
    b.call(callee, Vec::new(), ty)
}

/// A new collection of what is made of each element of `param`.
fn collect(
    b: &mut Builder,
    param: LocalId,
    item: LocalId,
    empty: ExprKind,
    op: Builtin,
    args: Vec<Expr>,
    ty: Ty,
) -> Expr {
    let out = b.local(ty);
    let label = b.label();
    let add = ExprKind::Update(Box::new(Update {
        place: b.place(Root::Local(out), ty, &[]),
        change: Change::Builtin {
            op,
            targs: Vec::new(),
            args,
        },
        event: None,
    }));
    let body = Block {
        stmts: vec![Stmt::Expr(b.expr(add, Types::UNIT))],
        value: None,
        declares: vec![item],
    };
    let each = ExprKind::ForEach {
        label,
        seq: Box::new(b.read(param, Mode::Move)),
        item,
        body,
        release: Vec::new(),
    };
    let stmts = vec![
        Stmt::Let {
            local: out,
            value: b.expr(empty, ty),
        },
        Stmt::Expr(b.expr(each, Types::UNIT)),
    ];
    let value = b.read(out, Mode::Move);
    b.block(stmts, value, vec![out])
}
