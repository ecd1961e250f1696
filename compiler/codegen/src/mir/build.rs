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
        self.body.new_local(ty, kind)
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

/// Removes blocks that nothing leads to and renumbers the others in reverse postorder, so that what
/// follows a loop stands behind it.
pub fn drop_unreachable(body: &mut Body) {
    let (order, back) = postorder(body, |_| 0);
    let depth = depths(body, &order, &back);
    let order = match back.is_empty() {
        true => order,
        false => postorder(body, |b| depth[b.index()]).0,
    };
    let mut new_id = vec![BlockId(0); body.blocks.len()];
    for (i, b) in order.iter().rev().enumerate() {
        new_id[b.index()] = BlockId(i as u32);
    }
    let mut old: Vec<Option<Block>> = std::mem::take(&mut body.blocks)
        .into_iter()
        .map(Some)
        .collect();
    for b in order.iter().rev() {
        let Some(mut block) = old[b.index()].take() else {
            crate::ice!("a block twice in an order")
        };
        for s in block.term.successors_mut() {
            *s = new_id[s.index()];
        }
        body.blocks.push(block);
    }
}

/// The blocks that are reached, each behind all that it leads to, and the ways back of loops. Where a
/// block leads to several, those of the least depth are looked at first, and so stand last.
fn postorder(
    body: &Body,
    depth: impl Fn(BlockId) -> u32,
) -> (Vec<BlockId>, Vec<(BlockId, BlockId)>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let next = |block: BlockId| {
        let mut next = body.block(block).term.successors();
        next.sort_by_key(|&b| depth(b));
        next.into_iter()
    };
    let (mut order, mut back) = (Vec::new(), Vec::new());
    let mut seen = vec![Seen::No; body.blocks.len()];
    let mut work = vec![(BlockId(0), next(BlockId(0)))];
    seen[0] = Seen::Open;
    while let Some((block, successors)) = work.last_mut() {
        let block = *block;
        match successors.next() {
            Some(s) => match seen[s.index()] {
                Seen::No => {
                    seen[s.index()] = Seen::Open;
                    work.push((s, next(s)));
                }
                Seen::Open => back.push((block, s)),
                Seen::Done => {}
            },
            None => {
                seen[block.index()] = Seen::Done;
                order.push(block);
                work.pop();
            }
        }
    }
    (order, back)
}

/// In how many loops each block stands. Loops are found from the inside: what leads to a way back
/// without passing the head belongs to the loop, and a loop that has been found counts as its head.
fn depths(body: &Body, order: &[BlockId], back: &[(BlockId, BlockId)]) -> Vec<u32> {
    let n = body.blocks.len();
    let mut from: Vec<Vec<BlockId>> = vec![Vec::new(); n];
    for &b in order {
        for s in body.block(b).term.successors() {
            from[s.index()].push(b);
        }
    }
    let mut ways_back: Vec<Vec<BlockId>> = vec![Vec::new(); n];
    for &(block, head) in back {
        ways_back[head.index()].push(block);
    }
    // The head of the innermost loop around a block, as far as loops have been found.
    let mut around: Vec<Option<BlockId>> = vec![None; n];
    // The same for the outermost loop, with shortcuts.
    let mut outermost: Vec<BlockId> = (0..n as u32).map(BlockId).collect();
    fn find(outermost: &mut [BlockId], mut b: BlockId) -> BlockId {
        while outermost[b.index()] != b {
            outermost[b.index()] = outermost[outermost[b.index()].index()];
            b = outermost[b.index()];
        }
        b
    }
    for &head in order {
        let mut work = std::mem::take(&mut ways_back[head.index()]);
        while let Some(b) = work.pop() {
            let b = find(&mut outermost, b);
            if b == head {
                continue;
            }
            outermost[b.index()] = head;
            around[b.index()] = Some(head);
            work.extend(&from[b.index()]);
        }
    }
    let is_head: Vec<bool> = {
        let mut is_head = vec![false; n];
        back.iter()
            .for_each(|(_, head)| is_head[head.index()] = true);
        is_head
    };
    let mut depth = vec![0u32; n];
    for &b in order.iter().rev() {
        let outer = around[b.index()].map_or(0, |head| depth[head.index()]);
        depth[b.index()] = outer + u32::from(is_head[b.index()]);
    }
    depth
}
