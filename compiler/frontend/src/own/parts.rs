//! The parts of a function's locals that are told apart: a tree of the field paths that the
//! function mentions.
//!
//! A path that is mentioned is a node. A node without mentioned sub-paths is one *leaf*; of any
//! other node the fields that nobody mentions form one leaf together, its *rest*, since only uses of
//! the whole node touch them. Leaves are numbered so that those below a node are a range.

use super::holds::{Holds, fields};
use crate::defs::Defs;
use crate::hir::{Local, LocalId, Path, Place, ProjKind, Root};
use crate::types::{Ty, Types, id};
use rustc_hash::FxHashMap;
use std::ops::Range;

id!(/** A path of a local that is mentioned. */ NodeId, "node");

#[derive(Debug)]
pub struct Node {
    pub local: LocalId,
    pub parent: Option<NodeId>,
    /// The field of `parent`.
    pub field: u32,
    pub ty: Ty,
    pub holds: bool,
    pub leaves: Range<u32>,
    children: FxHashMap<u32, NodeId>,
    /// With children: of every field, in order, the child or whether it holds something.
    fields: Vec<Field>,
    rest: Option<u32>,
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Mentioned(NodeId),
    Rest { holds: bool },
}

/// Node `i` is the root of local `i`.
#[derive(Debug, Default)]
pub struct Parts {
    nodes: Vec<Node>,
    /// Per leaf: may it hold anything, and whose part is it?
    leaves: Vec<(bool, LocalId)>,
}

/// The longest prefix of a place that is a path, as fields of its local.
pub fn path_prefix(place: &Place) -> Option<(LocalId, Vec<u32>)> {
    let Root::Local(local) = place.root else {
        return None;
    };
    let fields = place
        .projs
        .iter()
        .map_while(|p| match p.kind {
            ProjKind::Field(i) => Some(i),
            ProjKind::Index { .. } | ProjKind::Deref => None,
        })
        .collect();
    Some((local, fields))
}

impl Parts {
    pub fn new(locals: &[Local]) -> Parts {
        let nodes = locals
            .iter()
            .enumerate()
            .map(|(i, local)| Node::new(LocalId(i as u32), None, 0, local.ty))
            .collect();
        Parts {
            nodes,
            leaves: Vec::new(),
        }
    }

    /// Notes that the function mentions this path.
    pub fn mention(&mut self, place: &Place) {
        let Some((local, path)) = path_prefix(place) else {
            return;
        };
        let mut at = NodeId(local.0);
        for (i, field) in path.into_iter().enumerate() {
            let next = NodeId(self.nodes.len() as u32);
            let found = *self.nodes[at.index()].children.entry(field).or_insert(next);
            if found == next {
                let ty = place.projs[i].ty;
                self.nodes.push(Node::new(local, Some(at), field, ty));
            }
            at = found;
        }
    }

    /// Numbers the leaves, once all mentions are known.
    pub fn finish(&mut self, locals: usize, defs: &Defs, types: &mut Types, holds: &mut Holds) {
        for i in 0..locals {
            self.number(NodeId(i as u32), defs, types, holds);
        }
    }

    fn number(&mut self, node: NodeId, defs: &Defs, types: &mut Types, holds: &mut Holds) {
        let lo = self.leaves.len() as u32;
        let (ty, local) = (self.node(node).ty, self.node(node).local);
        let node_holds = holds.holds(defs, types, ty);
        let mut rest = None;
        let mut all = Vec::new();
        if self.node(node).children.is_empty() {
            self.leaves.push((node_holds, local));
        } else {
            let tys = fields(defs, types, ty);
            let mut any_rest = None;
            for (i, &field_ty) in tys.iter().enumerate() {
                match self.node(node).children.get(&(i as u32)) {
                    Some(&child) => {
                        self.number(child, defs, types, holds);
                        all.push(Field::Mentioned(child));
                    }
                    None => {
                        let h = holds.holds(defs, types, field_ty);
                        any_rest = Some(any_rest.unwrap_or(false) | h);
                        all.push(Field::Rest { holds: h });
                    }
                }
            }
            if let Some(h) = any_rest {
                rest = Some(self.leaves.len() as u32);
                self.leaves.push((h, local));
            }
        }
        let hi = self.leaves.len() as u32;
        let n = &mut self.nodes[node.index()];
        n.leaves = lo..hi;
        n.holds = node_holds;
        n.fields = all;
        n.rest = rest;
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    pub fn root(&self, local: LocalId) -> NodeId {
        NodeId(local.0)
    }

    /// The node of a place's path prefix.
    pub fn find(&self, place: &Place) -> Option<NodeId> {
        let (local, path) = path_prefix(place)?;
        let mut at = self.root(local);
        for field in path {
            at = *self.node(at).children.get(&field)?;
        }
        Some(at)
    }

    pub fn leaf_count(&self) -> usize {
        self.leaves.len()
    }

    pub fn leaf_holds(&self, leaf: u32) -> bool {
        self.leaves[leaf as usize].0
    }

    pub fn leaf_local(&self, leaf: u32) -> LocalId {
        self.leaves[leaf as usize].1
    }

    pub fn path(&self, node: NodeId) -> Path {
        let mut fields = Vec::new();
        let mut at = self.node(node);
        while let Some(parent) = at.parent {
            fields.push(at.field);
            at = self.node(parent);
        }
        fields.reverse();
        Path {
            local: at.local,
            fields,
        }
    }

    /// The fewest paths that cover leaves which end at one point: locals in reverse order of
    /// declaration, within one local the fields as declared. `live`: is a leaf still needed then?
    /// (A part that holds nothing may be covered by a release when it is not.)
    pub fn cover(&self, ending: &[u32], live: &dyn Fn(u32) -> bool) -> Vec<Path> {
        let mut locals: Vec<LocalId> = ending
            .iter()
            .filter(|&&l| self.leaf_holds(l))
            .map(|&l| self.leaf_local(l))
            .collect();
        locals.sort_unstable_by(|a, b| b.cmp(a));
        locals.dedup();
        let mut sorted = ending.to_vec();
        sorted.sort_unstable();
        let mut out = Vec::new();
        for local in locals {
            self.cover_node(self.root(local), &sorted, live, &mut out);
        }
        out
    }

    fn cover_node(
        &self,
        id: NodeId,
        ending: &[u32],
        live: &dyn Fn(u32) -> bool,
        out: &mut Vec<Path>,
    ) {
        let node = self.node(id);
        let ends = |l: u32| ending.binary_search(&l).is_ok();
        if !node.leaves.clone().any(|l| ends(l) && self.leaf_holds(l)) {
            return;
        }
        let all = node
            .leaves
            .clone()
            .all(|l| ends(l) || (!self.leaf_holds(l) && !live(l)));
        if all {
            out.push(self.path(id));
            return;
        }
        for (i, field) in node.fields.iter().enumerate() {
            match *field {
                Field::Mentioned(child) => self.cover_node(child, ending, live, out),
                Field::Rest { holds } => {
                    if holds && node.rest.is_some_and(&ends) {
                        let mut path = self.path(id);
                        path.fields.push(i as u32);
                        out.push(path);
                    }
                }
            }
        }
    }
}

impl Node {
    fn new(local: LocalId, parent: Option<NodeId>, field: u32, ty: Ty) -> Node {
        Node {
            local,
            parent,
            field,
            ty,
            holds: false,
            leaves: 0..0,
            children: FxHashMap::default(),
            fields: Vec::new(),
            rest: None,
        }
    }
}
