//! Helps to build the HIR of functions that nobody wrote. Modes and releases are written at once:
//! these functions do not go through `own`.

use crate::ast::Text;
use crate::hir::*;
use crate::types::{Ty, Types};

pub struct Builder {
    pub site: SiteId,
    locals: Vec<Local>,
    params: Vec<Param>,
    loops: u32,
}

impl Builder {
    pub fn new(site: SiteId) -> Builder {
        Builder {
            site,
            locals: Vec::new(),
            params: Vec::new(),
            loops: 0,
        }
    }

    pub fn local(&mut self, ty: Ty) -> LocalId {
        self.locals.push(Local {
            name: None,
            ty,
            site: self.site,
            scoped: false,
            once: false,
        });
        LocalId(self.locals.len() as u32 - 1)
    }

    pub fn param(&mut self, ty: Ty) -> LocalId {
        let local = self.local(ty);
        self.params.push(Param {
            local,
            borrowed: false,
        });
        local
    }

    pub fn label(&mut self) -> LoopId {
        self.loops += 1;
        LoopId(self.loops - 1)
    }

    pub fn expr(&self, kind: ExprKind, ty: Ty) -> Expr {
        Expr {
            kind,
            ty,
            site: self.site,
        }
    }

    pub fn place(&self, root: Root, root_ty: Ty, projs: &[(ProjKind, Ty)]) -> Place {
        let projs = projs.iter().map(|(kind, ty)| Proj {
            kind: match kind {
                ProjKind::Field(i) => ProjKind::Field(*i),
                ProjKind::Deref | ProjKind::Index { .. } => ProjKind::Deref,
            },
            ty: *ty,
            site: self.site,
        });
        Place {
            root,
            root_ty,
            site: self.site,
            projs: projs.collect(),
        }
    }

    pub fn read(&self, local: LocalId, mode: Mode) -> Expr {
        let ty = self.locals[local.index()].ty;
        let place = self.place(Root::Local(local), ty, &[]);
        self.expr(ExprKind::Read(place, mode), ty)
    }

    /// A part of a struct or tuple, moved out.
    pub fn part(&self, local: LocalId, field: u32, ty: Ty) -> Expr {
        let root_ty = self.locals[local.index()].ty;
        let projs = [(ProjKind::Field(field), ty)];
        let place = self.place(Root::Local(local), root_ty, &projs);
        self.expr(ExprKind::Read(place, Mode::Move), ty)
    }

    pub fn call(&self, callee: Callee, args: Vec<Expr>, ty: Ty) -> Expr {
        self.expr(ExprKind::Call { callee, args }, ty)
    }

    pub fn block(&self, stmts: Vec<Stmt>, value: Expr, declares: Vec<LocalId>) -> Expr {
        let ty = value.ty;
        let block = Block {
            stmts,
            value: Some(Box::new(value)),
            declares,
        };
        self.expr(ExprKind::Block(block), ty)
    }

    pub fn after(&self, value: Expr, release: Vec<LocalId>) -> Expr {
        let ty = value.ty;
        let release = release.into_iter().map(whole).collect();
        let value = Box::new(value);
        self.expr(ExprKind::After { value, release }, ty)
    }

    /// Its frames are left out of call stacks.
    pub fn finish(self, name: Text, ret: Ty, body: Expr) -> Func {
        Func {
            name,
            site: self.site,
            params: self.params,
            captures: Vec::new(),
            locals: self.locals,
            ret,
            body,
            loops: self.loops,
            is_std: true,
            inline: Inline::Always,
            in_place: None,
        }
    }

    pub fn unit(&self) -> Expr {
        self.expr(ExprKind::Tuple(Vec::new()), Types::UNIT)
    }
}

pub fn whole(local: LocalId) -> Path {
    Path {
        local,
        fields: Vec::new(),
    }
}
