//! What follows from a function's flow: which parts are live where, what moves, where holders end,
//! which scoped locals may be held, and the mistakes.
//!
//! Works part by part along the blocks in which a part is live, so that many short-lived locals
//! cost no more than few.

use super::flow::{BlockId, Ending, Event, Flow, Kind, Outcome};
use super::parts::{NodeId, Parts};
use crate::hir::{Local, LocalId, SiteId};
use cowl_contract::planted::{Fault, planted};

/// A mistake, found by `solve`.
#[derive(Debug, Clone, Copy)]
pub enum Mistake {
    /// Named after it ended. `at`: where it ended; `used`: where it is named.
    UsedAfter {
        node: NodeId,
        how: Ending,
        at: SiteId,
        used: SiteId,
    },
    /// Ended again in the next turn of a loop.
    EndedInLoop {
        node: NodeId,
        how: Ending,
        at: SiteId,
    },
    Unassigned {
        node: NodeId,
        used: SiteId,
    },
    AssignedTwice {
        node: NodeId,
        first: SiteId,
        second: SiteId,
    },
    /// `is_unique` after the last other use.
    AskedAfter {
        node: NodeId,
        at: SiteId,
    },
}

/// Errors of one kind in one function beyond this are not looked for: each costs a search.
const MAX_MISTAKES: usize = 50;

/// No part, no block, no local.
const NONE: u32 = u32::MAX;

impl Flow {
    /// Fills in all outcomes and finds the mistakes. `keeps`: locals that are never released.
    pub fn solve(&mut self, parts: &Parts, locals: &[Local], keeps: &[bool]) -> Vec<Mistake> {
        self.reach();
        self.live(parts);
        self.outcomes = vec![Outcome::default(); self.points.len()];
        self.exempt = (0..parts.leaf_count() as u32)
            .map(|l| parts.leaf_local(l).index())
            .map(|l| locals[l].scoped || keeps[l])
            .collect();
        let mut mistakes = Vec::new();
        self.decide(parts, locals, keeps, &mut mistakes);
        self.assigned(parts, locals, keeps, &mut mistakes);
        for &leaf in &self.live_in[0] {
            self.unassigned(parts, leaf, 0, 0, &mut mistakes);
        }
        mistakes
    }

    fn reach(&mut self) {
        self.reachable = vec![false; self.blocks.len()];
        let mut work = vec![BlockId(0)];
        self.reachable[0] = true;
        while let Some(b) = work.pop() {
            for &s in &self.blocks[b.index()].succs {
                if !std::mem::replace(&mut self.reachable[s.index()], true) {
                    work.push(s);
                }
            }
        }
    }

    fn block_events(&self, block: usize) -> std::ops::Range<usize> {
        let points = &self.blocks[block].points;
        if points.start == points.end {
            return 0..0;
        }
        self.points[points.start].events.start..self.points[points.end - 1].events.end
    }

    /// Leaves live at the entry of each block: backwards from each use that no assignment in its
    /// block precedes.
    fn live(&mut self, parts: &Parts) {
        let leaves = parts.leaf_count();
        let count = self.blocks.len();
        let mut uses: Vec<Vec<u32>> = vec![Vec::new(); leaves];
        let mut kills: Vec<Vec<u32>> = vec![Vec::new(); leaves];
        let mut used_in = vec![NONE; leaves];
        let mut killed_in = vec![NONE; leaves];
        for b in 0..count {
            let block = b as u32;
            for event in &self.events[self.block_events(b)] {
                for leaf in parts.node(event.node).leaves.clone() {
                    let l = leaf as usize;
                    if event.kind.is_use() {
                        if used_in[l] != block && killed_in[l] != block {
                            used_in[l] = block;
                            uses[l].push(block);
                        }
                    } else if event.kind.kills() && killed_in[l] != block {
                        killed_in[l] = block;
                        kills[l].push(block);
                    }
                }
            }
        }
        let mut preds: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (i, block) in self.blocks.iter().enumerate() {
            for succ in &block.succs {
                preds[succ.index()].push(i as u32);
            }
        }
        self.live_in = vec![Vec::new(); count];
        let mut live = vec![NONE; count];
        let mut killed = vec![NONE; count];
        let mut work = Vec::new();
        for leaf in 0..leaves {
            let mark = leaf as u32;
            for &b in &kills[leaf] {
                killed[b as usize] = mark;
            }
            for &b in &uses[leaf] {
                live[b as usize] = mark;
                work.push(b);
            }
            while let Some(b) = work.pop() {
                self.live_in[b as usize].push(mark);
                for &p in &preds[b as usize] {
                    if live[p as usize] != mark && killed[p as usize] != mark {
                        live[p as usize] = mark;
                        work.push(p);
                    }
                }
            }
        }
    }

    /// Backwards through each block: what moves, what ends at which point.
    fn decide(
        &mut self,
        parts: &Parts,
        locals: &[Local],
        keeps: &[bool],
        mistakes: &mut Vec<Mistake>,
    ) {
        let mut live = Live {
            now: vec![false; parts.leaf_count()],
            before: vec![(NONE, false); parts.leaf_count()],
            touched: Vec::new(),
        };
        for b in 0..self.blocks.len() {
            for s in &self.blocks[b].succs {
                for &l in &self.live_in[s.index()] {
                    live.now[l as usize] = true;
                    live.touched.push(l);
                }
            }
            for p in self.blocks[b].points.clone().rev() {
                self.decide_point(b, p, parts, locals, keeps, &mut live, mistakes);
            }
            for l in live.touched.drain(..) {
                live.now[l as usize] = false;
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn decide_point(
        &mut self,
        b: usize,
        p: usize,
        parts: &Parts,
        locals: &[Local],
        keeps: &[bool],
        live: &mut Live,
        mistakes: &mut Vec<Mistake>,
    ) {
        let mut out = Outcome::default();
        let mut ending: Vec<u32> = Vec::new();
        for e in self.points[p].events.clone().rev() {
            let event = self.events[e];
            let node = parts.node(event.node);
            let local = node.local.index();
            let exempt = locals[local].scoped || keeps[local];
            let needed = node.leaves.clone().find(|&l| live.now[l as usize]);
            let mut moves = false;
            match event.kind {
                Kind::Own => {
                    let last = needed.is_none() || planted(Fault::OwnMoveEarly);
                    moves = last && node.holds && !exempt && !planted(Fault::OwnMoveLate);
                }
                Kind::End(how) => match needed {
                    None => moves = node.holds,
                    Some(_) if planted(Fault::OwnBindUnchecked) => {}
                    Some(leaf) => self.used_after(parts, event, how, leaf, (b, e), mistakes),
                },
                Kind::Undef => {
                    if let Some(leaf) = needed
                        && !planted(Fault::OwnUnassignedUnchecked)
                    {
                        self.unassigned(parts, leaf, b, e + 1, mistakes);
                    }
                }
                Kind::Ask => {
                    let gone =
                        |l: u32| !live.now[l as usize] && (parts.leaf_holds(l) || !node.holds);
                    if !exempt
                        && self.reachable[b]
                        && node.leaves.clone().any(gone)
                        && !planted(Fault::OwnAskUnchecked)
                    {
                        mistakes.push(Mistake::AskedAfter {
                            node: event.node,
                            at: event.site,
                        });
                    }
                }
                Kind::Use | Kind::Update | Kind::Def | Kind::Scope => {}
            }
            out.moves |= moves;
            for l in node.leaves.clone() {
                if !live.now[l as usize] && (event.kind.is_use() || event.kind == Kind::Def) {
                    if moves {
                        out.moved.push(l);
                    } else if !exempt {
                        ending.push(l);
                    }
                }
                if event.kind.is_use() {
                    live.set(l, true, p);
                } else if event.kind.kills() {
                    live.set(l, false, p);
                }
            }
        }
        if self.points[p].last {
            out.dead = ending;
        } else if !ending.is_empty() {
            out.release = parts.cover(&ending, &|l| live.after(l, p));
            if planted(Fault::OwnReleaseDropped) {
                out.release.clear();
            }
            if planted(Fault::OwnReleaseDoubled) {
                out.release.extend_from_within(..);
            }
        }
        self.outcomes[p] = out;
    }

    // ---- scoped locals, locals that are assigned once

    /// Forwards from each assignment: may the local hold something?
    fn assigned(
        &mut self,
        parts: &Parts,
        locals: &[Local],
        keeps: &[bool],
        mistakes: &mut Vec<Mistake>,
    ) {
        let mut events: Vec<Vec<(u32, usize, usize)>> = vec![Vec::new(); locals.len()];
        for (b, block) in self.blocks.iter().enumerate() {
            for p in block.points.clone() {
                for e in self.points[p].events.clone() {
                    let event = &self.events[e];
                    let local = parts.node(event.node).local;
                    let l = &locals[local.index()];
                    let whole = event.node == parts.root(local);
                    if (l.scoped || l.once) && whole && event.kind.assigns().is_some() {
                        events[local.index()].push((b as u32, p, e));
                    }
                }
            }
        }
        let mut changes = vec![NONE; self.blocks.len()];
        let mut entered = vec![NONE; self.blocks.len()];
        // Downwards, so that later declared ones come first in each release list.
        for i in (0..locals.len()).rev().filter(|&i| !keeps[i]) {
            let mark = i as u32;
            let mut work: Vec<u32> = Vec::new();
            for (k, &(b, _, e)) in events[i].iter().enumerate() {
                changes[b as usize] = mark;
                let last = events[i].get(k + 1).is_none_or(|next| next.0 != b);
                let held = self.events[e].kind.assigns() == Some(true);
                if last && held && self.reachable[b as usize] {
                    work.push(b);
                }
            }
            while let Some(b) = work.pop() {
                for s in &self.blocks[b as usize].succs {
                    if std::mem::replace(&mut entered[s.index()], mark) != mark
                        && changes[s.index()] != mark
                    {
                        work.push(s.0);
                    }
                }
            }
            let mut at = NONE;
            let mut held = false;
            let mut first: Option<SiteId> = None;
            for &(b, p, e) in &events[i] {
                if b != at {
                    at = b;
                    held = entered[b as usize] == mark;
                }
                let event = self.events[e];
                let root = parts.root(LocalId(mark));
                match event.kind {
                    Kind::Scope if held => self.outcomes[p].release.push(parts.path(root)),
                    Kind::Def => {
                        self.outcomes[p].displaces = held && locals[i].scoped;
                        if held
                            && locals[i].once
                            && mistakes.len() < MAX_MISTAKES
                            && !planted(Fault::OwnTwiceUnchecked)
                        {
                            mistakes.push(Mistake::AssignedTwice {
                                node: root,
                                first: first.unwrap_or(event.site),
                                second: event.site,
                            });
                        }
                        first.get_or_insert(event.site);
                    }
                    _ => {}
                }
                held = event.kind.assigns().unwrap_or(held);
            }
        }
    }

    // ---- mistakes

    /// The first use of a leaf from an event on, on any way on.
    fn next_use(&self, parts: &Parts, leaf: u32, block: usize, from: usize) -> Option<usize> {
        let mut seen = vec![false; self.blocks.len()];
        let mut work = std::collections::VecDeque::from([(block, from)]);
        while let Some((b, from)) = work.pop_front() {
            let range = self.block_events(b);
            let mut killed = false;
            for e in range.start.max(from)..range.end {
                let event = &self.events[e];
                if parts.node(event.node).leaves.contains(&leaf) {
                    if event.kind.is_use() {
                        return Some(e);
                    }
                    if event.kind.kills() {
                        killed = true;
                        break;
                    }
                }
            }
            if killed {
                continue;
            }
            for s in &self.blocks[b].succs {
                if !std::mem::replace(&mut seen[s.index()], true) {
                    work.push_back((s.index(), 0));
                }
            }
        }
        None
    }

    fn used_after(
        &self,
        parts: &Parts,
        event: Event,
        how: Ending,
        leaf: u32,
        (block, e): (usize, usize),
        mistakes: &mut Vec<Mistake>,
    ) {
        if !self.reachable[block] || mistakes.len() >= MAX_MISTAKES {
            return;
        }
        let Some(used) = self.next_use(parts, leaf, block, e + 1) else {
            return;
        };
        let (node, at) = (event.node, event.site);
        mistakes.push(if used == e {
            Mistake::EndedInLoop { node, how, at }
        } else {
            Mistake::UsedAfter {
                node,
                how,
                at,
                used: self.events[used].site,
            }
        });
    }

    fn unassigned(
        &self,
        parts: &Parts,
        leaf: u32,
        block: usize,
        from: usize,
        mistakes: &mut Vec<Mistake>,
    ) {
        if !self.reachable[block] || mistakes.len() >= MAX_MISTAKES {
            return;
        }
        let Some(e) = self.next_use(parts, leaf, block, from) else {
            return;
        };
        let used = self.events[e].site;
        let again = |m: &Mistake| matches!(m, Mistake::Unassigned { used: u, .. } if *u == used);
        if !mistakes.iter().any(again) {
            mistakes.push(Mistake::Unassigned {
                node: self.events[e].node,
                used,
            });
        }
    }
}

impl Kind {
    /// Whether a local may hold something after this; `None`: as before.
    fn assigns(self) -> Option<bool> {
        match self {
            Kind::Def => Some(true),
            Kind::Undef | Kind::Scope | Kind::End(_) => Some(false),
            Kind::Own | Kind::Use | Kind::Update | Kind::Ask => None,
        }
    }
}

/// Which leaves are live, going backwards.
struct Live {
    now: Vec<bool>,
    /// Per leaf: the last point that changed it, and what it was after that point.
    before: Vec<(u32, bool)>,
    /// What may be set in `now`.
    touched: Vec<u32>,
}

impl Live {
    fn set(&mut self, leaf: u32, live: bool, point: usize) {
        let now = &mut self.now[leaf as usize];
        let before = &mut self.before[leaf as usize];
        if before.0 != point as u32 {
            *before = (point as u32, *now);
        }
        *now = live;
        if live {
            self.touched.push(leaf);
        }
    }

    fn after(&self, leaf: u32, point: usize) -> bool {
        match self.before[leaf as usize] {
            (p, was) if p == point as u32 => was,
            _ => self.now[leaf as usize],
        }
    }
}
