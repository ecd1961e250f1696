//! What a body knows it does not ask again: the length of a List or Array that nothing has changed
//! since, whether an index lies in it, and that it is sole. Known along one way: from a block to
//! those that only it leads to.

use crate::layout::Layouts;
use crate::mir::tracked::Tracked;
use crate::mir::*;

/// So much is kept in mind; the oldest is forgotten.
const MOST: usize = 16;

#[derive(Clone, Default)]
struct Facts {
    /// A sequence, and the local that has its length.
    lens: Vec<(Place, Local)>,
    /// An index, and the length below which it lies.
    checked: Vec<(Operand, Local)>,
    sole: Vec<Place>,
}

fn remember<T>(facts: &mut Vec<T>, fact: T) {
    if facts.len() == MOST {
        facts.remove(0);
    }
    facts.push(fact);
}

fn overlap(a: &Place, b: &Place) -> bool {
    a.local == b.local && a.projs.iter().zip(&b.projs).all(|(x, y)| x == y)
}

pub fn run(body: &mut Body, layouts: &Layouts) {
    let tracked = Tracked::new(body, layouts);
    let mut ways = vec![0u32; body.blocks.len()];
    for block in &body.blocks {
        for to in block.term.successors() {
            ways[to.index()] += 1;
        }
    }
    let mut entry: Vec<Option<Facts>> = vec![None; body.blocks.len()];
    for i in 0..body.blocks.len() {
        let mut facts = entry[i].take().unwrap_or_default();
        let stmts = std::mem::take(&mut body.blocks[i].stmts);
        body.blocks[i].stmts = stmts
            .into_iter()
            .filter_map(|stmt| facts.stmt(stmt, &tracked))
            .collect();
        for to in body.blocks[i].term.successors() {
            if to.index() > i && ways[to.index()] == 1 {
                entry[to.index()] = Some(facts.clone());
            }
        }
    }
}

impl Facts {
    /// The statement, simpler if something is known; `None` if it has nothing to do.
    fn stmt(&mut self, mut stmt: Stmt, tracked: &Tracked) -> Option<Stmt> {
        let mut new_len = None;
        let mut new_sole = None;
        match &mut stmt.kind {
            StmtKind::Assign(dst, value) if dst.projs.is_empty() => {
                if let Rvalue::Len(seq) = value
                    && tracked.is_sequence(seq)
                    && tracked.is_number(&Operand::Copy(dst.clone()))
                {
                    match self.lens.iter().find(|(p, _)| p == seq) {
                        Some(&(_, len)) => *value = Rvalue::Use(Operand::Copy(len.into())),
                        None => new_len = Some((seq.clone(), dst.local)),
                    }
                }
            }
            StmtKind::CheckIndex {
                index,
                len,
                end_too: false,
            } => {
                if let Operand::Copy(Place { local, projs }) = len
                    && projs.is_empty()
                    && tracked.is_number(index)
                {
                    let fact = (index.clone(), self.same_len(*local));
                    if self.checked.contains(&fact) {
                        return None;
                    }
                    remember(&mut self.checked, fact);
                }
            }
            StmtKind::MakeUnique {
                place,
                status: None,
                ..
            } if tracked.is_sequence(place) => {
                if self.sole.contains(place) {
                    return None;
                }
                new_sole = Some(place.clone());
            }
            _ => {}
        }
        self.forget(&stmt.kind, tracked);
        if let StmtKind::Assign(dst, Rvalue::Use(Operand::Copy(from))) = &stmt.kind
            && dst.projs.is_empty()
            && from.projs.is_empty()
            && let Some((seq, _)) = self.lens.iter().find(|(_, l)| *l == from.local)
        {
            // One more name of the same length.
            let fact = (seq.clone(), dst.local);
            remember(&mut self.lens, fact);
        }
        if let Some(fact) = new_len {
            remember(&mut self.lens, fact);
        }
        if let Some(place) = new_sole {
            remember(&mut self.sole, place);
        }
        Some(stmt)
    }

    /// The first local that has the same length as this one.
    fn same_len(&self, len: Local) -> Local {
        let seq = self.lens.iter().find(|(_, l)| *l == len);
        let first = seq.and_then(|(seq, _)| self.lens.iter().find(|(p, _)| p == seq));
        first.map_or(len, |f| f.1)
    }

    fn forget(&mut self, stmt: &StmtKind, tracked: &Tracked) {
        tracked.disturbed(stmt, &mut |local| {
            self.lens.retain(|(p, _)| p.local != local);
            self.sole.retain(|p| p.local != local);
        });
        // Making a container sole does not change its length.
        let keeps_len = matches!(stmt, StmtKind::MakeUnique { .. });
        names::written(stmt, &mut |place| {
            let is = |l: Local| l == place.local;
            self.lens
                .retain(|(p, len)| !is(*len) && (keeps_len || !overlap(p, place)));
            self.checked.retain(|(index, len)| {
                let of_index = match index {
                    Operand::Copy(p) => is(p.local),
                    _ => false,
                };
                !is(*len) && !of_index
            });
        });
    }
}
