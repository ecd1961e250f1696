//! Whether the body of a fused `for` could tell that the loop still holds what it runs over.
//!
//! `xs.enumerate()` holds only the elements, a loop that does without it also holds `xs`. Takes the
//! expression that gives `xs` and the loop's body; says whether the two cannot be told apart. What is
//! not surely quiet is loud.
//!
//! - A place of a variable that the body neither changes, nor moves, nor ends, nor asks about stays
//!   as it is (*anchored*): whoever else holds the same storage, or one of its elements', is not its
//!   only holder either way. So are captures and module constants.
//! - Any other shared value has holders that are not known (*loose*): there the body must not change,
//!   end or hand on anything from which a storage of the same type could be reached.

use super::Cx;
use cowl_contract::builtins::Builtin;
use cowl_frontend::hir::*;
use cowl_frontend::types::{Ty, TyData};
use cowl_frontend::walk::read::{Visit, walk_expr, walk_stmt};
use rustc_hash::{FxHashMap, FxHashSet};

/// Can a loop over `seq` hold it unnoticed? `ended` are the holders that end before the loop begins;
/// `beside` is what it also goes over.
pub fn is_quiet(
    cx: &Cx,
    func: &Func,
    seq: &Expr,
    beside: Option<&Expr>,
    ended: &[Path],
    body: &Block,
) -> bool {
    let mut quiet = Quiet {
        cx,
        func,
        held: match held(seq) {
            Held::Anchored(anchor) if ended.iter().any(|p| overlap(&anchor, p)) => Held::Loose,
            held => held,
        },
        inner: FxHashSet::default(),
        reach: Reach::of(seq.ty),
        loud: false,
    };
    match quiet.held {
        Held::Constant => return true,
        Held::Anchored(_) => {}
        // A `deinit` may do anything.
        Held::Loose if !cx.program.deinits.is_empty() => return false,
        // The only other holder may be the loop itself.
        Held::Loose if beside.is_some() => return false,
        Held::Loose => {}
    }
    if let Some(beside) = beside {
        quiet.expr(beside);
    }
    quiet.block(body);
    !quiet.loud
}

enum Held {
    /// By a closure or the program.
    Constant,
    /// By this path.
    Anchored(Path),
    Loose,
}

fn held(seq: &Expr) -> Held {
    let ExprKind::Read(place, Mode::Share) = &seq.kind else {
        return Held::Loose;
    };
    if through_pointer(place) {
        return Held::Loose;
    }
    match place.root {
        Root::Local(local) => Held::Anchored(Path {
            local,
            fields: fields(place),
        }),
        Root::Capture(_) | Root::Global(_) => Held::Constant,
        Root::Temp(_) => Held::Loose,
    }
}

fn through_pointer(place: &Place) -> bool {
    let mut projs = place.projs.iter();
    projs.any(|p| matches!(p.kind, ProjKind::Deref))
}

/// The fields with which a place begins.
fn fields(place: &Place) -> Vec<u32> {
    let fields = place.projs.iter().map_while(|p| match p.kind {
        ProjKind::Field(f) => Some(f),
        ProjKind::Index { .. } | ProjKind::Deref => None,
    });
    fields.collect()
}

/// From which types a storage of one type can be reached.
struct Reach {
    target: Ty,
    known: FxHashMap<Ty, bool>,
}

impl Reach {
    fn of(target: Ty) -> Reach {
        Reach {
            target,
            known: FxHashMap::default(),
        }
    }

    /// Through pointers and closures everything can be reached.
    fn from(&mut self, cx: &Cx, ty: Ty) -> bool {
        let target = cx.layouts.data(self.target);
        *self.known.entry(ty).or_insert_with(|| {
            cx.layouts.holds(ty, |d| match d {
                TyData::Ptr(_) | TyData::Weak(_) | TyData::Any(..) | TyData::Fn(..) => Some(true),
                d => (d == target).then_some(true),
            })
        })
    }
}

struct Quiet<'a> {
    cx: &'a Cx<'a>,
    func: &'a Func,
    held: Held,
    /// Loops and labelled blocks in its body.
    inner: FxHashSet<LoopId>,
    reach: Reach,
    loud: bool,
}

impl Quiet<'_> {
    fn reaches(&mut self, ty: Ty) -> bool {
        self.reach.from(self.cx, ty)
    }

    fn any_reaches(&mut self, es: &[Expr]) -> bool {
        es.iter().any(|e| self.reaches(e.ty))
    }

    fn path_ty(&self, path: &Path) -> Option<Ty> {
        let mut ty = self.func.locals[path.local.index()].ty;
        for &f in &path.fields {
            ty = match self.cx.program.types.data(ty) {
                TyData::Tuple(parts) => *parts.get(f as usize)?,
                _ => match &self.cx.program.shapes.get(&ty)?.kind {
                    ShapeKind::Struct(fields) => fields.get(f as usize)?.ty,
                    ShapeKind::Enum(_) => return None,
                },
            };
        }
        Some(ty)
    }

    /// A path ends here.
    fn ends(&mut self, path: &Path) -> bool {
        match &self.held {
            Held::Constant => false,
            Held::Anchored(anchor) => overlap(anchor, path),
            Held::Loose => match self.path_ty(path) {
                Some(ty) => self.reaches(ty),
                None => true,
            },
        }
    }

    fn release(&mut self, paths: &[Path]) {
        self.loud |= paths.iter().any(|p| self.ends(p));
    }

    /// On the way out of the loop: its own holder ends next, so that only a `deinit` could tell.
    fn leave(&mut self, paths: &[Path]) {
        if !self.cx.program.deinits.is_empty() {
            self.release(paths);
        }
    }

    /// The holders on a place's walk change, or are asked about.
    fn changes(&mut self, place: &Place) -> bool {
        match &self.held {
            Held::Constant => false,
            Held::Anchored(anchor) => match place.root {
                Root::Local(local) if !through_pointer(place) => {
                    let path = Path {
                        local,
                        fields: fields(place),
                    };
                    overlap(anchor, &path)
                }
                _ => false,
            },
            Held::Loose => through_pointer(place) || self.reaches(place.root_ty),
        }
    }

    fn moves(&mut self, place: &Place) -> bool {
        place.as_path().is_some_and(|path| self.ends(&path))
    }

    /// Code that is not seen here, with these arguments.
    fn calls(&mut self, callee: &Callee, args: &[Expr]) {
        self.loud |= match (&self.held, callee) {
            (Held::Constant | Held::Anchored(_), _) => false,
            (Held::Loose, Callee::Func(_)) => self.any_reaches(args),
            (Held::Loose, _) => true,
        };
    }

    /// An operation of the engine; `show` methods see what is printed.
    fn builtin(&mut self, op: Builtin, args: &[Expr]) {
        if !matches!(self.held, Held::Loose) {
            return;
        }
        let calls_back = |e: &Expr| matches!(self.cx.program.types.data(e.ty), TyData::Fn(..));
        let calls_back = args.iter().any(calls_back);
        let shows = !self.cx.program.shows.is_empty();
        self.loud |= op == Builtin::Gc || calls_back || shows && self.any_reaches(args);
    }
}

fn overlap(a: &Path, b: &Path) -> bool {
    a.local == b.local && a.fields.iter().zip(&b.fields).all(|(x, y)| x == y)
}

impl Visit for Quiet<'_> {
    fn expr(&mut self, e: &Expr) {
        if self.loud {
            return;
        }
        let loose = matches!(self.held, Held::Loose);
        match &e.kind {
            ExprKind::Read(place, Mode::Move | Mode::MustMove) => self.loud |= self.moves(place),
            ExprKind::IsUnique(place) | ExprKind::DbgIfShared(place) => {
                self.loud |= self.changes(place);
            }
            ExprKind::Update(update) => {
                self.loud |= self.changes(&update.place);
                match &update.change {
                    Change::Set { .. } | Change::Arith { .. } => {}
                    Change::Builtin { op, args, .. } => self.builtin(*op, args),
                    Change::Call { callee, args, .. } => self.calls(callee, args),
                }
            }
            ExprKind::Unshare { value, .. } => self.loud |= loose && self.reaches(value.ty),
            ExprKind::New(_) | ExprKind::Unbox(_) => self.loud |= loose,
            ExprKind::Call { callee, args } => self.calls(callee, args),
            ExprKind::Builtin { op, args, .. } => self.builtin(*op, args),
            ExprKind::Interp(parts) if loose && !self.cx.program.shows.is_empty() => {
                for part in parts {
                    if let InterpPart::Value { value, .. } = part {
                        self.loud |= self.reaches(value.ty);
                    }
                }
            }
            ExprKind::Match(m) => {
                self.loud |= m.mode == MatchMode::Move && self.moves(&m.scrutinee);
                for arm in &m.arms {
                    self.release(&arm.release);
                }
            }
            ExprKind::After { release, .. } | ExprKind::Continue { release, .. } => {
                self.release(release);
            }
            ExprKind::Loop { label, .. } | ExprKind::Labeled { label, .. } => {
                self.inner.insert(*label);
            }
            ExprKind::ForRange(f) => {
                self.inner.insert(f.label);
                self.release(&f.release);
            }
            ExprKind::ForEach { label, release, .. } => {
                self.inner.insert(*label);
                self.release(release);
            }
            ExprKind::Break { label, release, .. } => match self.inner.contains(label) {
                true => self.release(release),
                false => self.leave(release),
            },
            ExprKind::Return { release, .. } => self.leave(release),
            _ => {}
        }
        walk_expr(self, e);
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Release(paths) => self.release(paths),
            Stmt::Destructure {
                scrutinee,
                mode: MatchMode::Move,
                ..
            } => self.loud |= self.moves(scrutinee),
            _ => {}
        }
        walk_stmt(self, stmt);
    }
}
