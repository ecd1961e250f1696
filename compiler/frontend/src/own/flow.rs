//! The flow of a function as blocks of events, and per point of it what was found out.
//!
//! `traverse` numbers blocks and points in the order of its traversal; `solve` fills in one
//! `Outcome` per point; the second traversal reads them in the same order.

use super::parts::NodeId;
use crate::hir::{Path, SiteId};
use crate::types::id;
use cowl_contract::planted::{Fault, planted};
use rustc_hash::FxHashMap;

id!(/** A stretch without branches. */ BlockId, "bb");
id!(/** Events of one operation, at which holders may end. */ PointId, "point");

/// What happens to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An owning use: moves if everything under the path is dead after.
    Own,
    /// An owning use that must be the last.
    End(Ending),
    /// A use that keeps the holder: a look, an owning use that shares whatever comes.
    Use,
    /// Changed in place: used, and held after.
    Update,
    /// Given a value; what was there is not used.
    Def,
    /// A declaration without a value.
    Undef,
    /// `is_unique`: names it, uses nothing.
    Ask,
    /// The end of a scoped local's block.
    Scope,
}

/// How a move was asked for, for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// `:=`
    Bind,
    /// `move x`
    Word,
}

#[derive(Debug, Clone, Copy)]
pub struct Event {
    pub kind: Kind,
    pub node: NodeId,
    pub site: SiteId,
}

#[derive(Debug)]
pub(super) struct Point {
    pub(super) events: std::ops::Range<usize>,
    /// The last of its block: what ends here ends on every way out.
    pub(super) last: bool,
}

/// What `solve` found out about a point.
#[derive(Debug, Default, Clone)]
pub struct Outcome {
    /// Its `Own` or `End` moves.
    pub moves: bool,
    /// Holders that end after it.
    pub release: Vec<Path>,
    /// The scoped local that its `Def` assigns may hold something.
    pub displaces: bool,
    /// For `last` points: leaves that end on the ways out.
    pub(super) dead: Vec<u32>,
    /// With `moves`, for `last` points: leaves that moved.
    pub(super) moved: Vec<u32>,
}

#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) points: std::ops::Range<usize>,
    pub(super) succs: Vec<BlockId>,
}

#[derive(Debug, Default)]
pub struct Flow {
    pub(super) blocks: Vec<Block>,
    pub(super) points: Vec<Point>,
    pub(super) events: Vec<Event>,
    pub(super) outcomes: Vec<Outcome>,
    /// Leaves live at the entry of each block, ascending.
    pub(super) live_in: Vec<Vec<u32>>,
    pub(super) reachable: Vec<bool>,
    /// Per leaf: its local is never released at a use's end (scoped, borrowed).
    pub(super) exempt: Vec<bool>,
    /// What a branching block holds at its end, computed on demand.
    held: FxHashMap<BlockId, Vec<u32>>,
}

impl Kind {
    pub fn is_use(self) -> bool {
        match self {
            Kind::Own | Kind::End(_) | Kind::Use | Kind::Update => true,
            Kind::Def | Kind::Undef | Kind::Ask | Kind::Scope => false,
        }
    }

    pub fn kills(self) -> bool {
        matches!(self, Kind::Def | Kind::Undef)
    }
}

impl Flow {
    // ---- building

    pub fn new_block(&mut self) -> BlockId {
        let at = self.points.len();
        self.blocks.push(Block {
            points: at..at,
            succs: Vec::new(),
        });
        BlockId(self.blocks.len() as u32 - 1)
    }

    pub fn edge(&mut self, from: BlockId, to: BlockId) {
        self.blocks[from.index()].succs.push(to);
    }

    /// Adds a point at the end of a block. The points of one block come one after the other.
    pub fn point(&mut self, block: BlockId, events: &[Event], last: bool) {
        let lo = self.events.len();
        self.events.extend_from_slice(events);
        let index = self.points.len();
        self.points.push(Point {
            events: lo..self.events.len(),
            last,
        });
        let points = &mut self.blocks[block.index()].points;
        if points.start == points.end {
            *points = index..index;
        }
        debug_assert_eq!(points.end, index);
        points.end = index + 1;
    }

    // ---- results

    /// What ends on the ways out of a `last` point stays here, for `ending_at`.
    pub fn outcome(&mut self, point: PointId) -> Outcome {
        let out = &mut self.outcomes[point.index()];
        Outcome {
            moves: out.moves,
            release: std::mem::take(&mut out.release),
            displaces: out.displaces,
            ..Outcome::default()
        }
    }

    /// Leaves that end at the entry of `to` when control comes from `from`, which branches;
    /// `taken`: the way on which a moving `last` point takes its value.
    pub fn ending_at(&mut self, from: BlockId, to: BlockId, taken: bool) -> Vec<u32> {
        let live = &self.live_in[to.index()];
        let not_live = |l: &&u32| live.binary_search(l).is_err();
        let mut out: Vec<u32>;
        if let Some(held) = self.held.get(&from) {
            out = held.iter().filter(not_live).copied().collect();
        } else {
            let block = &self.blocks[from.index()];
            let mut held: Vec<u32> = block
                .succs
                .iter()
                .flat_map(|s| self.live_in[s.index()].iter().copied())
                .filter(|&l| !self.exempt[l as usize])
                .collect();
            if let Some(p) = self.last_point(from) {
                held.extend(&self.outcomes[p].dead);
            }
            held.sort_unstable();
            held.dedup();
            out = held.iter().filter(not_live).copied().collect();
            self.held.insert(from, held);
        }
        if planted(Fault::OwnBranchEdge) {
            out.clear();
        }
        if !taken && let Some(p) = self.last_point(from) {
            out.extend(&self.outcomes[p].moved);
            out.sort_unstable();
        }
        out
    }

    fn last_point(&self, block: BlockId) -> Option<usize> {
        let p = self.blocks[block.index()].points.clone().next_back()?;
        self.points[p].last.then_some(p)
    }

    pub fn is_live_at(&self, block: BlockId, leaf: u32) -> bool {
        self.live_in[block.index()].binary_search(&leaf).is_ok()
    }
}
