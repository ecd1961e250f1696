//! A reader for a small notation of HIR, close to what `dump` writes, so that ownership can be
//! tested without the phases before it.
//!
//! `own x`, `end x`, `look x` are uses, `move x`, `share x` and the statement `release(x, y.0)` what
//! `own` makes of them; `let x: T = e;` declares and assigns, `let x: T;` declares,
//! `once x: T;` too but may be assigned once; `set x.0 = e`, `upd x[i] @push(e)` change; `f(…)` is a
//! call, `panic()` one of type `never`, `@len(…)` a builtin. Types: `int`, `string`, `[T]`, `(A, B)`,
//! `*T`, `T?`, `A` (a type parameter), `{A, B}` a closure.

use crate::defs::*;
use crate::hir::*;
use crate::source::{FileId, Span};
use crate::types::{AdtId, Ty, TyData, Types};
use cowl_contract::builtins::Builtin;
use rustc_hash::FxHashMap;

pub struct World {
    pub defs: Defs,
    pub types: Types,
    pub sites: Sites,
}

/// The functions that there are; `panic` never returns.
pub const FUNCS: [&str; 5] = ["f", "g", "h", "cond", "panic"];

pub fn world() -> World {
    let mut types = Types::default();
    let mut defs = Defs::default();
    let param = types.intern(TyData::Param(0));
    let field = |ty| Field {
        name: None,
        ty,
        is_pub: true,
        default: None,
        span: Span::default(),
    };
    let variant = |name: &str, fields| Variant {
        name: name.into(),
        fields,
        span: Span::default(),
    };
    defs.adts.push(Adt {
        name: "Option".into(),
        module: ModuleId(0),
        is_pub: true,
        span: Span::default(),
        doc: None,
        generics: Generics::default(),
        kind: AdtKind::Enum(vec![
            variant("none", Vec::new()),
            variant("some", vec![field(param)]),
        ]),
        lang: Some(Lang::Option),
    });
    defs.lang.option = Some(AdtId(0));
    World {
        defs,
        types,
        sites: Sites::default(),
    }
}

pub fn parse(world: &mut World, text: &str) -> Func {
    let mut p = Reader {
        world,
        text,
        at: 0,
        locals: Vec::new(),
        scopes: vec![FxHashMap::default()],
        declares: vec![Vec::new()],
        loops: 0,
    };
    p.func()
}

struct Reader<'a> {
    world: &'a mut World,
    text: &'a str,
    at: usize,
    locals: Vec<Local>,
    scopes: Vec<FxHashMap<String, LocalId>>,
    declares: Vec<Vec<LocalId>>,
    loops: u32,
}

impl Reader<'_> {
    fn rest(&mut self) -> &str {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        &self.text[self.at..]
    }

    fn peek(&mut self, token: &str) -> bool {
        let rest = self.rest();
        let word = token.chars().all(char::is_alphanumeric);
        let next = rest[token.len().min(rest.len())..].chars().next();
        rest.starts_with(token) && !(word && next.is_some_and(char::is_alphanumeric))
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.peek(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn want(&mut self, token: &str) {
        let found = self.eat(token);
        assert!(found, "expected {token} at: {}", self.rest());
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        let word = rest[..len.unwrap_or(rest.len())].to_string();
        assert!(!word.is_empty(), "expected a word at: {rest}");
        self.at += word.len();
        word
    }

    fn site(&mut self) -> SiteId {
        self.rest();
        let (lo, rest) = (self.at, &self.text[self.at..]);
        let len = rest
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(rest.len());
        let span = Span::new(FileId(0), lo, lo + len);
        self.world.sites.add(span)
    }

    fn list<T>(&mut self, end: &str, mut f: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut out = Vec::new();
        while !self.eat(end) {
            out.push(f(self));
            if !self.eat(",") {
                self.want(end);
                break;
            }
        }
        out
    }

    fn ty(&mut self) -> Ty {
        let mut ty = self.atom();
        while self.eat("?") {
            ty = self.world.types.intern(TyData::Adt(AdtId(0), [ty].into()));
        }
        ty
    }

    fn atom(&mut self) -> Ty {
        if self.eat("[") {
            let t = self.ty();
            self.want("]");
            self.world.types.intern(TyData::List(t))
        } else if self.eat("(") {
            let ts = self.list(")", Self::ty);
            self.world.types.tuple(&ts)
        } else if self.eat("*") {
            let t = self.atom();
            self.world.types.intern(TyData::Ptr(t))
        } else if self.eat("{") {
            let ts = self.list("}", Self::ty);
            self.world.types.intern(TyData::Fn(ts.into(), Types::UNIT))
        } else {
            match self.word().as_str() {
                "int" => Types::INT,
                "bool" => Types::BOOL,
                "string" => Types::STR,
                "A" => self.world.types.intern(TyData::Param(0)),
                other => panic!("type {other}"),
            }
        }
    }

    fn declare(&mut self, once: bool) -> LocalId {
        let site = self.site();
        let name = self.word();
        self.want(":");
        let ty = self.ty();
        let is_ptr = |t: Ty| matches!(self.world.types.data(t), TyData::Ptr(_));
        let scoped = is_ptr(ty)
            || matches!(self.world.types.data(ty), TyData::Adt(AdtId(0), ts) if is_ptr(ts[0]));
        let local = LocalId(self.locals.len() as u32);
        self.locals.push(Local {
            name: Some(name.as_str().into()),
            ty,
            site,
            scoped,
            once,
        });
        self.scopes.last_mut().unwrap().insert(name, local);
        self.declares.last_mut().unwrap().push(local);
        local
    }

    fn func(&mut self) -> Func {
        self.want("fn");
        let site = self.site();
        let name = self.word();
        self.want("(");
        let params = self.list(")", |p| {
            let borrowed = p.eat("borrowed");
            let local = p.declare(false);
            Param { local, borrowed }
        });
        let body = self.expr();
        assert_eq!(self.rest(), "");
        Func {
            name: name.as_str().into(),
            site,
            params,
            captures: Vec::new(),
            locals: std::mem::take(&mut self.locals),
            ret: Types::ERROR,
            body,
            loops: self.loops,
            is_std: false,
            inline: Inline::Auto,
            in_place: None,
        }
    }

    fn block(&mut self) -> Block {
        self.want("{");
        self.scopes.push(FxHashMap::default());
        self.declares.push(Vec::new());
        let mut stmts = Vec::new();
        let mut value = None;
        while !self.eat("}") {
            if self.eat("once") {
                self.declare(true);
            } else if self.eat("release") {
                stmts.push(Stmt::Release(self.args_of_release()));
            } else if self.eat("let") {
                if let Some(stmt) = self.let_() {
                    stmts.push(stmt);
                }
            } else {
                let e = self.expr();
                if self.peek("}") {
                    value = Some(Box::new(e));
                    continue;
                }
                stmts.push(Stmt::Expr(e));
            }
            self.want(";");
        }
        self.scopes.pop();
        let declares = self.declares.pop().unwrap();
        Block {
            stmts,
            value,
            declares,
        }
    }

    fn args_of_release(&mut self) -> Vec<Path> {
        self.want("(");
        self.list(")", |p| {
            p.place()
                .as_path()
                .unwrap_or_else(|| panic!("no path at: {}", p.rest()))
        })
    }

    fn let_(&mut self) -> Option<Stmt> {
        let site = self.site();
        if self.peek("(") || self.peek(".") {
            let pat = self.pat();
            self.want("=");
            self.want("own");
            let scrutinee = self.place();
            let else_ = self.eat("else").then(|| self.block());
            return Some(Stmt::Destructure {
                scrutinee,
                mode: MatchMode::Undecided,
                pat,
                else_,
                site,
            });
        }
        // The new name is not in scope in its own value.
        let start = self.at;
        self.word();
        self.want(":");
        self.ty();
        if !self.eat("=") {
            self.at = start;
            self.declare(false);
            return None;
        }
        let value = self.expr();
        let end = self.at;
        self.at = start;
        let local = self.declare(false);
        self.at = end;
        Some(Stmt::Let { local, value })
    }

    fn label(&mut self) -> LoopId {
        let name = self.word();
        let n: u32 = name.trim_start_matches("loop").parse().unwrap();
        self.loops = self.loops.max(n + 1);
        LoopId(n)
    }

    fn expr(&mut self) -> Expr {
        let site = self.site();
        let kind = self.kind();
        let ty = match &kind {
            ExprKind::Call {
                callee: Callee::Generic { def, .. },
                ..
            } if def.0 == 4 => Types::NEVER,
            ExprKind::Read(place, _) => place.ty(),
            ExprKind::Int(_) => Types::INT,
            // Fits everything.
            _ => Types::ERROR,
        };
        Expr { kind, ty, site }
    }

    fn boxed(&mut self) -> Box<Expr> {
        Box::new(self.expr())
    }

    fn args(&mut self) -> Vec<Expr> {
        self.want("(");
        self.list(")", Self::expr)
    }

    fn kind(&mut self) -> ExprKind {
        for (word, mode) in [
            ("own", Mode::Undecided),
            ("end", Mode::MustMove),
            ("look", Mode::Look),
            ("move", Mode::Move),
            ("share", Mode::Share),
        ] {
            if self.eat(word) {
                return ExprKind::Read(self.place(), mode);
            }
        }
        if self.eat("(") {
            return ExprKind::Tuple(self.list(")", Self::expr));
        }
        if self.eat("[") {
            return ExprKind::List(self.list("]", Self::expr));
        }
        if self.peek("{") {
            return ExprKind::Block(self.block());
        }
        if self.eat("@") {
            let name = self.word();
            return ExprKind::Builtin {
                op: Builtin::from_name(&name).unwrap(),
                targs: Vec::new(),
                args: self.args(),
            };
        }
        if self.rest().starts_with(|c: char| c.is_ascii_digit()) {
            return ExprKind::Int(self.word().parse().unwrap());
        }
        if self.peek("loop") || self.rest().starts_with("loop") {
            let label = self.label();
            self.want(":");
            return self.labelled(label);
        }
        let site = self.site();
        let word = self.word();
        match word.as_str() {
            "set" | "upd" => {
                let place = self.place();
                let change = if self.eat("=") {
                    Change::Set {
                        value: self.expr(),
                        displaced: true,
                    }
                } else {
                    self.want("@");
                    let name = self.word();
                    Change::Builtin {
                        op: Builtin::from_name(&name).unwrap(),
                        targs: Vec::new(),
                        args: self.args(),
                    }
                };
                ExprKind::Update(Box::new(Update {
                    place,
                    change,
                    event: Some(site),
                }))
            }
            "unshare" => {
                self.want("(");
                let value = self.boxed();
                self.want(")");
                ExprKind::Unshare {
                    value,
                    event: UnshareEvent::Both(site),
                }
            }
            "unique" => ExprKind::IsUnique(Box::new(self.place())),
            "closure" => ExprKind::Closure {
                func: ClosureRef::Generic(FnDefId(0)),
                captures: self.args(),
            },
            "call" => {
                let f = self.boxed();
                ExprKind::Call {
                    callee: Callee::Value(f),
                    args: self.args(),
                }
            }
            "eq" => {
                self.want("(");
                let a = self.boxed();
                self.want(",");
                let b = self.boxed();
                self.want(")");
                ExprKind::Binary(BinOp::Eq, a, b)
            }
            "if" => {
                let mut arms = Vec::new();
                let mut else_ = None;
                loop {
                    let cond = self.expr();
                    arms.push((cond, self.block()));
                    if !self.eat("else") {
                        break;
                    }
                    if !self.eat("if") {
                        else_ = Some(self.block());
                        break;
                    }
                }
                ExprKind::If { arms, else_ }
            }
            "match" => {
                self.want("own");
                let scrutinee = self.place();
                self.want("{");
                let arms = self.list("}", |p| {
                    p.scopes.push(FxHashMap::default());
                    let pat = p.pat();
                    let guard = p.eat("if").then(|| p.expr());
                    p.want("=>");
                    let body = p.expr();
                    p.scopes.pop();
                    Arm {
                        pat,
                        guard,
                        release: Vec::new(),
                        body,
                    }
                });
                ExprKind::Match(Box::new(Match {
                    scrutinee,
                    mode: MatchMode::Undecided,
                    arms,
                }))
            }
            "break" => {
                let label = self.label();
                let value = !(self.peek(";") || self.peek("}") || self.peek(","));
                ExprKind::Break {
                    label,
                    value: value.then(|| self.boxed()),
                    release: Vec::new(),
                }
            }
            "continue" => ExprKind::Continue {
                label: self.label(),
                release: Vec::new(),
            },
            "return" => ExprKind::Return {
                value: self.boxed(),
                release: Vec::new(),
            },
            name => {
                let def = FUNCS.iter().position(|f| *f == name);
                let def = def.unwrap_or_else(|| panic!("function {name}"));
                ExprKind::Call {
                    callee: Callee::Generic {
                        def: FnDefId(def as u32),
                        targs: Vec::new(),
                    },
                    args: self.args(),
                }
            }
        }
    }

    fn labelled(&mut self, label: LoopId) -> ExprKind {
        if self.eat("loop") {
            let body = self.block();
            return ExprKind::Loop { label, body };
        }
        if self.eat("for") {
            self.scopes.push(FxHashMap::default());
            let item = self.declare(false);
            self.want("in");
            let seq = self.boxed();
            let kind = if self.eat("..") {
                ExprKind::ForRange(Box::new(ForRange {
                    label,
                    item,
                    start: *seq,
                    end: Some(self.expr()),
                    inclusive: false,
                    reverse: false,
                    step: None,
                    body: self.block(),
                    release: Vec::new(),
                }))
            } else {
                ExprKind::ForEach {
                    label,
                    seq,
                    item,
                    body: self.block(),
                    release: Vec::new(),
                }
            };
            self.scopes.pop();
            return kind;
        }
        let body = self.block();
        ExprKind::Labeled { label, body }
    }

    fn pat(&mut self) -> Pat {
        if self.eat("_") {
            return Pat::Wild;
        }
        if self.eat("(") {
            return Pat::Fields(self.list(")", Self::pat));
        }
        if self.eat(".") {
            let variant = self.word().parse().unwrap();
            let fields = match self.eat("(") {
                true => self.list(")", Self::pat),
                false => Vec::new(),
            };
            return Pat::Variant { variant, fields };
        }
        if self.rest().starts_with(|c: char| c.is_ascii_digit()) {
            return Pat::Int(self.word().parse().unwrap());
        }
        let local = self.declare(false);
        let sub = self.eat("@").then(|| Box::new(self.pat()));
        Pat::Bind { local, sub }
    }

    fn place(&mut self) -> Place {
        let site = self.site();
        let (root, root_ty) = if self.eat("(") {
            let e = self.boxed();
            self.want(")");
            let ty = e.ty;
            (Root::Temp(e), ty)
        } else {
            let name = self.word();
            let local = self.scopes.iter().rev().find_map(|s| s.get(&name).copied());
            let local = local.unwrap_or_else(|| panic!("variable {name}"));
            (Root::Local(local), self.locals[local.index()].ty)
        };
        let mut projs = Vec::new();
        let mut ty = root_ty;
        loop {
            let site = self.site();
            let data = self.world.types.data(ty).clone();
            let kind = if self.eat("[") {
                let index = self.boxed();
                self.want("]");
                if let TyData::List(t) = data {
                    ty = t;
                }
                ProjKind::Index {
                    index,
                    default: None,
                }
            } else if self.eat(".*") {
                if let TyData::Ptr(t) = data {
                    ty = t;
                }
                ProjKind::Deref
            } else if self.peek(".") && !self.peek("..") {
                self.want(".");
                let i: u32 = self.word().parse().unwrap();
                if let TyData::Tuple(ts) = data {
                    ty = ts[i as usize];
                }
                ProjKind::Field(i)
            } else {
                break;
            };
            projs.push(Proj { kind, ty, site });
        }
        Place {
            root,
            root_ty,
            site,
            projs,
        }
    }
}
