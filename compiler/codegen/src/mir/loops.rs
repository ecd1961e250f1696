//! The loops of a body. Its blocks stand in reverse postorder, so that only the way back of a loop
//! leads to an earlier one: a loop is the span from its head to its last way back, and whole if
//! another begins in it. A few blocks in such a span may belong to a way out.

use super::*;

/// The blocks from `head` to `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loop {
    pub head: BlockId,
    pub last: BlockId,
}

impl Loop {
    pub fn contains(self, block: BlockId) -> bool {
        self.head <= block && block <= self.last
    }

    pub fn blocks(self) -> std::ops::RangeInclusive<usize> {
        self.head.index()..=self.last.index()
    }

    /// The blocks that lead into the loop, if each leads there alone and to its head; `from` are the
    /// ways of `ways`.
    pub fn entries(self, body: &Body, from: &[Vec<BlockId>]) -> Option<Vec<BlockId>> {
        let mut before = Vec::new();
        for to in self.blocks() {
            for &block in from[to].iter().filter(|&&b| !self.contains(b)) {
                match body.block(block).term {
                    Term::Goto(_) if to == self.head.index() => before.push(block),
                    _ => return None,
                }
            }
        }
        // The function itself begins at the first block.
        (!before.is_empty() && self.head != BlockId(0)).then_some(before)
    }
}

/// The blocks from which each block is reached.
pub fn ways(body: &Body) -> Vec<Vec<BlockId>> {
    let mut from: Vec<Vec<BlockId>> = vec![Vec::new(); body.blocks.len()];
    for (i, block) in body.blocks.iter().enumerate() {
        for to in block.term.successors() {
            from[to.index()].push(BlockId(i as u32));
        }
    }
    from
}

/// All loops, by their heads: a loop stands before those inside of it.
pub fn loops(body: &Body) -> Vec<Loop> {
    let mut last: Vec<Option<BlockId>> = vec![None; body.blocks.len()];
    for (i, block) in body.blocks.iter().enumerate() {
        let from = BlockId(i as u32);
        for to in block.term.successors() {
            if to <= from {
                last[to.index()] = last[to.index()].max(Some(from));
            }
        }
    }
    // A way back may come from the head of a loop inside, whose other blocks stand behind it.
    for head in (0..body.blocks.len()).rev() {
        let Some(mut end) = last[head] else { continue };
        let mut inside = head + 1;
        while inside <= end.index() {
            let inner = last[inside].unwrap_or(BlockId(inside as u32));
            end = end.max(inner);
            inside = inner.index() + 1;
        }
        last[head] = Some(end);
    }
    let found = last.iter().enumerate().filter_map(|(i, &last)| {
        Some(Loop {
            head: BlockId(i as u32),
            last: last?,
        })
    });
    found.collect()
}

/// For each block how many loops it stands in, and the number of the innermost one.
pub fn around(body: &Body, loops: &[Loop]) -> Vec<(usize, Option<usize>)> {
    let mut open: Vec<usize> = Vec::new();
    let mut next = 0;
    let blocks = (0..body.blocks.len()).map(|i| {
        let block = BlockId(i as u32);
        open.retain(|&l| loops[l].contains(block));
        if loops.get(next).is_some_and(|l| l.head == block) {
            open.push(next);
            next += 1;
        }
        (open.len(), open.last().copied())
    });
    blocks.collect()
}
