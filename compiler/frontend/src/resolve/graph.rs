//! Circles in graphs of definitions: imports, aliases, supertraits, structs in structs.
//!
//! No recursion: a chain of 100,000 aliases is one path.

use std::collections::VecDeque;

/// Edges by node.
pub(super) type Edges = Vec<Vec<u32>>;

/// The strongly connected components, those that others lead to first.
pub(super) fn components(edges: &Edges) -> Vec<Vec<u32>> {
    const NEW: u32 = u32::MAX;
    let n = edges.len();
    let mut index = vec![NEW; n];
    let mut low = vec![0u32; n];
    let mut on_stack = vec![false; n];
    let mut stack: Vec<u32> = Vec::new();
    let mut result = Vec::new();
    let mut next = 0;
    let mut work: Vec<(u32, usize)> = Vec::new();
    for start in 0..n as u32 {
        if index[start as usize] != NEW {
            continue;
        }
        work.push((start, 0));
        while let Some((node, at)) = work.pop() {
            let v = node as usize;
            if at == 0 {
                index[v] = next;
                low[v] = next;
                next += 1;
                stack.push(node);
                on_stack[v] = true;
            }
            if let Some(&to) = edges[v].get(at) {
                work.push((node, at + 1));
                let w = to as usize;
                if index[w] == NEW {
                    work.push((to, 0));
                } else if on_stack[w] {
                    low[v] = low[v].min(index[w]);
                }
                continue;
            }
            if low[v] == index[v] {
                let mut component = Vec::new();
                while let Some(w) = stack.pop() {
                    on_stack[w as usize] = false;
                    component.push(w);
                    if w == node {
                        break;
                    }
                }
                component.sort_unstable();
                result.push(component);
            }
            if let Some(&(parent, _)) = work.last() {
                let p = parent as usize;
                low[p] = low[p].min(low[v]);
            }
        }
    }
    result
}

/// Does a component of one node lead to itself?
pub(super) fn is_circle(edges: &Edges, component: &[u32]) -> bool {
    match component {
        [one] => edges[*one as usize].contains(one),
        _ => true,
    }
}

/// A shortest way from the first node of a circular component back to it: the nodes in order, the
/// first one not repeated at the end.
pub(super) fn circle(edges: &Edges, component: &[u32]) -> Vec<u32> {
    let Some(&start) = component.first() else {
        return Vec::new();
    };
    let inside: rustc_hash::FxHashSet<u32> = component.iter().copied().collect();
    let mut from: rustc_hash::FxHashMap<u32, u32> = rustc_hash::FxHashMap::default();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &to in &edges[node as usize] {
            if to == start {
                let mut way = vec![node];
                let mut at = node;
                while at != start {
                    at = from[&at];
                    way.push(at);
                }
                way.reverse();
                return way;
            }
            if inside.contains(&to) && !from.contains_key(&to) {
                from.insert(to, node);
                queue.push_back(to);
            }
        }
    }
    vec![start]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_come_after_what_they_lead_to() {
        let edges = vec![vec![1], vec![2, 3], vec![1], vec![], vec![4]];
        let found = components(&edges);
        assert_eq!(found, vec![vec![3], vec![1, 2], vec![0], vec![4]]);
        assert!(is_circle(&edges, &[1, 2]));
        assert!(is_circle(&edges, &[4]));
        assert!(!is_circle(&edges, &[3]));
        assert_eq!(circle(&edges, &[1, 2]), vec![1, 2]);
    }

    #[test]
    fn long_chains_need_no_stack() {
        let n = 200_000;
        let edges: Edges = (0..n).map(|i| vec![(i + 1) % n]).collect();
        assert_eq!(components(&edges).len(), 1);
        assert_eq!(circle(&edges, &components(&edges)[0]).len(), n as usize);
    }
}
