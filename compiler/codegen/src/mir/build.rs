//! Builds a `Body` block by block. Code after a terminator goes into a block that nothing leads
//! to; `finish` drops such blocks.

use super::*;
use crate::sites::Site;

pub struct Builder {
    pub body: Body,
    pub cur: BlockId,
    pub site: Site,
}

impl Builder {
    pub fn new(body: Body) -> Builder {
        let site = body.site;
        let mut b = Builder {
            body,
            cur: BlockId(0),
            site,
        };
        b.cur = b.block();
        b
    }

    pub fn block(&mut self) -> BlockId {
        self.body.blocks.push(Block {
            stmts: Vec::new(),
            term: Term::Unreachable,
            cold: false,
        });
        BlockId(self.body.blocks.len() as u32 - 1)
    }

    pub fn cold_block(&mut self) -> BlockId {
        let id = self.block();
        self.body.blocks[id.index()].cold = true;
        id
    }

    pub fn local(&mut self, ty: Ty, kind: LocalKind) -> Local {
        self.body.locals.push(LocalDecl {
            ty,
            kind,
            clears: false,
            addressed: false,
            root: false,
            name: None,
        });
        Local(self.body.locals.len() as u32 - 1)
    }

    pub fn temp(&mut self, ty: Ty) -> Local {
        self.local(ty, LocalKind::Owned)
    }

    pub fn push(&mut self, kind: StmtKind) {
        let site = self.site;
        self.body.blocks[self.cur.index()]
            .stmts
            .push(Stmt { kind, site });
    }

    pub fn assign(&mut self, dst: impl Into<Place>, value: Rvalue) {
        self.push(StmtKind::Assign(dst.into(), value));
    }

    /// Ends the current block; what follows goes to `next`.
    pub fn end(&mut self, term: Term, next: BlockId) {
        self.body.blocks[self.cur.index()].term = term;
        self.cur = next;
    }

    pub fn goto(&mut self, to: BlockId, next: BlockId) {
        self.end(Term::Goto(to), next);
    }

    /// Ends the current block; what follows is never reached.
    pub fn stop(&mut self, term: Term) {
        let dead = self.block();
        self.end(term, dead);
    }

    pub fn branch(&mut self, cond: Operand, yes: BlockId, no: BlockId, next: BlockId) {
        self.end(Term::Branch { cond, yes, no }, next);
    }

    pub fn finish(mut self) -> Body {
        drop_unreachable(&mut self.body);
        self.body
    }
}

/// Removes blocks that nothing leads to and renumbers the others in reverse postorder.
pub fn drop_unreachable(body: &mut Body) {
    let mut order = Vec::new();
    let mut seen = vec![false; body.blocks.len()];
    let mut work = vec![(BlockId(0), 0)];
    seen[0] = true;
    while let Some((block, next)) = work.pop() {
        let successors = body.block(block).term.successors();
        match successors.get(next) {
            Some(&s) => {
                work.push((block, next + 1));
                if !seen[s.index()] {
                    seen[s.index()] = true;
                    work.push((s, 0));
                }
            }
            None => order.push(block),
        }
    }
    order.reverse();
    let mut new_id = vec![BlockId(0); body.blocks.len()];
    for (i, b) in order.iter().enumerate() {
        new_id[b.index()] = BlockId(i as u32);
    }
    let mut old: Vec<Option<Block>> = std::mem::take(&mut body.blocks)
        .into_iter()
        .map(Some)
        .collect();
    for b in order {
        let Some(mut block) = old[b.index()].take() else {
            crate::ice!("a block twice in an order")
        };
        for s in block.term.successors_mut() {
            *s = new_id[s.index()];
        }
        body.blocks.push(block);
    }
}
