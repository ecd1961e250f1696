//! Places that are read: first all indices, left to right, then the way from the root, so that no
//! user code runs while an address into a value is in hand.

use super::*;
use cowl_frontend::hir::{ProjKind, Root};

/// An index of a place, evaluated.
pub(super) struct Index {
    pub index: Held,
    pub default: Option<Held>,
}

impl Fx<'_> {
    /// Where a place lies, to look at. What it holds on the way waits in `pending`.
    pub(super) fn place(&mut self, p: &hir::Place) -> Place {
        if let (Root::Local(local), true) = (
            &p.root,
            p.projs.iter().all(|p| matches!(p.kind, ProjKind::Field(_))),
        ) {
            let mut place = self.place_of(*local);
            for proj in &p.projs {
                if let ProjKind::Field(i) = proj.kind {
                    place.projs.push(Proj::Field(i));
                }
            }
            return place;
        }
        let root = self.root(p);
        let indices = self.indices(&p.projs);
        self.walk(root, &p.projs, &indices, None)
    }

    pub(super) fn root(&mut self, p: &hir::Place) -> Place {
        match &p.root {
            Root::Local(local) => self.place_of(*local),
            Root::Capture(i) => {
                let addr = self.addr(p.root_ty);
                self.b.assign(addr, Rvalue::Capture(*i));
                addr.into()
            }
            Root::Global(id) => {
                let addr = self.addr(p.root_ty);
                self.b.assign(addr, Rvalue::Global(*id));
                addr.into()
            }
            Root::Temp(e) => {
                let held = self.operand(e, false);
                self.seen_place(&held)
            }
        }
    }

    /// The indices of a place, left to right; `None` for other projections.
    pub(super) fn indices(&mut self, projs: &[hir::Proj]) -> Vec<Option<Index>> {
        projs
            .iter()
            .map(|p| match &p.kind {
                ProjKind::Index { index, default } => Some(Index {
                    index: self.operand(index, false),
                    default: default.as_ref().map(|d| self.operand(d, false)),
                }),
                ProjKind::Field(_) | ProjKind::Deref => None,
            })
            .collect()
    }

    /// Goes from a place along projections that are only looked at. `next` is the one after them:
    /// behind a pointer it decides what must not be in change.
    pub(super) fn walk(
        &mut self,
        root: Place,
        projs: &[hir::Proj],
        indices: &[Option<Index>],
        next: Option<&hir::Proj>,
    ) -> Place {
        let mut place = root;
        for (i, proj) in projs.iter().enumerate() {
            self.at(proj.site);
            match &proj.kind {
                ProjKind::Field(f) => place.projs.push(Proj::Field(*f)),
                ProjKind::Deref => {
                    self.check_change(&place, proj.ty, projs.get(i + 1).or(next));
                    place.projs.push(Proj::Deref);
                }
                ProjKind::Index { .. } => {
                    let Some(index) = &indices[i] else {
                        crate::ice!("an index that was not evaluated")
                    };
                    place = self.index(&place, index, proj.ty);
                }
            }
        }
        place
    }

    /// Panics if what is reached through the pointer is being changed.
    pub(super) fn check_change(&mut self, pointer: &Place, object: Ty, next: Option<&hir::Proj>) {
        if !self.cx.in_change.contains(&object) {
            return;
        }
        let field = match next.map(|p| &p.kind) {
            Some(ProjKind::Field(f)) => Some(*f),
            _ => None,
        };
        self.b.push(StmtKind::CheckChange {
            object: pointer.clone(),
            field,
        });
    }

    /// The element, or the value of a key, to look at.
    fn index(&mut self, seq: &Place, index: &Index, elem: Ty) -> Place {
        let seq_ty = self.place_ty(seq);
        if !matches!(self.data(seq_ty), TyData::Map(..)) {
            let at = self.checked_index(seq, &index.index);
            let addr = self.addr(elem);
            self.b.assign(
                addr,
                Rvalue::Element {
                    seq: seq.clone(),
                    index: at,
                    mutable: false,
                },
            );
            return addr.into();
        }
        let key = self.seen_place(&index.index);
        let addr = self.addr(elem);
        self.runtime(
            Some(addr.into()),
            Entry::cowl_map_find,
            vec![
                Arg::Val(Operand::Copy(seq.clone())),
                Arg::Ref(key.clone()),
                Arg::Desc(seq_ty),
            ],
        );
        let missing = self.scalar(Types::BOOL, Rvalue::IsNull(addr));
        let (no, found) = (self.b.cold_block(), self.b.block());
        self.b.branch(missing, no, found, no);
        match &index.default {
            None => {
                let key_ty = self.place_ty(&key);
                self.fail(
                    Entry::cowl_panic_key,
                    vec![Arg::Ref(key), Arg::Desc(key_ty)],
                );
                self.b.cur = found;
            }
            Some(default) => {
                let default = self.seen(default);
                let place = self.borrowed(elem);
                self.b.body.locals[place.index()].addressed = true;
                self.b.assign(place, Rvalue::Use(default));
                self.b.assign(addr, Rvalue::AddrOf(place.into()));
                self.b.goto(found, found);
            }
        }
        addr.into()
    }

    /// The index after its check against the length of a List or Array.
    pub(super) fn checked_index(&mut self, seq: &Place, index: &Held) -> Operand {
        let index = self.seen(index);
        let len = self.scalar(Types::INT, Rvalue::Len(seq.clone()));
        self.b.push(StmtKind::CheckIndex {
            index: index.clone(),
            len,
            end_too: false,
        });
        index
    }
}
