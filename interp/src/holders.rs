//! Who else holds a storage: looks through everything that the running program can reach, from the
//! innermost frame outwards, and names what it finds as the program would.
//!
//! Only for the report of copies, just after a change has got a storage of its own: whatever holds
//! the old one then is why it had to be copied. Reads, and changes nothing.

use crate::machine::Machine;
use crate::mention::next_mention;
use crate::value::{Object, V};
use cowl_contract::copies::HolderKind;
use cowl_frontend::hir::{Func, LocalId, ShapeKind, SiteId};
use cowl_frontend::types::{Ty, TyData, Types};
use rustc_hash::FxHashSet;
use std::rc::Rc;

/// A holder with places as sites.
pub struct Found {
    pub kind: HolderKind,
    pub name: String,
    pub function: String,
    pub at: Option<SiteId>,
    pub again: Option<SiteId>,
}

/// So many holders say enough of one copy.
const ENOUGH: usize = 3;

/// Where a search begins.
struct Root<'a> {
    kind: HolderKind,
    name: String,
    function: &'a str,
    at: Option<SiteId>,
    again: Option<SiteId>,
}

/// How a value hangs in another.
#[derive(Clone, Copy)]
enum Step {
    Root,
    /// Of a struct or tuple.
    Field(u32),
    /// Of a variant's payload.
    Payload(u32),
    Item(u32),
    Key,
    /// Of the n-th entry.
    Value(u32),
    /// In an `any`.
    Inside,
    Captured,
}

struct Node<'v> {
    v: &'v V,
    ty: Ty,
    parent: usize,
    step: Step,
}

struct Search {
    address: usize,
    /// Cells, storages and objects that have been looked through.
    seen: FxHashSet<usize>,
    /// Objects that were met, with the name by which they were reached.
    objects: Vec<(Rc<Object>, String)>,
    found: Vec<Found>,
}

impl<'p> Machine<'p> {
    /// Other holders of the storage that was copied by the event at `site`; `value` is the value
    /// that changes, where it is in no variable meanwhile.
    pub fn holders(&self, address: usize, site: SiteId, value: Option<&V>) -> Vec<Found> {
        let mut search = Search {
            address,
            seen: FxHashSet::default(),
            objects: Vec::new(),
            found: Vec::new(),
        };
        let mut top = self.slots.len();
        let running = (self.func, self.base, site, self.closure.as_ref());
        let waiting = self.callers.iter().rev();
        let waiting = waiting.map(|c| (c.func, c.base, c.site, c.closure.as_ref()));
        let mut called = None;
        for (depth, (func, base, site, closure)) in
            std::iter::once(running).chain(waiting).enumerate()
        {
            let Some(func) = func else { continue };
            self.search_frame(&mut search, func, base, top, site, depth, called);
            if let Some(closure) = closure {
                let v = V::Fn(closure.clone());
                let root = Root {
                    kind: HolderKind::Capture,
                    name: String::new(),
                    function: &func.name,
                    at: Some(func.site),
                    again: None,
                };
                self.search_value(&mut search, &v, Types::ERROR, &root);
            }
            top = base;
            called = Some(site);
            if search.found.len() >= ENOUGH {
                return search.found;
            }
        }
        for (global, v) in self.program.globals.iter().zip(&self.globals) {
            let root = Root {
                kind: HolderKind::Constant,
                name: global.name.to_string(),
                function: "",
                at: Some(self.program.func(global.init).site),
                again: None,
            };
            self.search_value(&mut search, v, global.ty, &root);
        }
        for (text, written) in self.literals.values() {
            if text.address() == address {
                search.found.push(Found {
                    kind: HolderKind::Literal,
                    name: short(text.as_str()),
                    function: String::new(),
                    at: Some(*written),
                    again: None,
                });
            }
        }
        if let Some(v) = value {
            let root = Root {
                kind: HolderKind::Itself,
                name: String::new(),
                function: "",
                at: None,
                again: None,
            };
            self.search_value(&mut search, v, Types::ERROR, &root);
        }
        self.search_objects(&mut search);
        search.found.truncate(ENOUGH);
        search.found
    }

    #[allow(clippy::too_many_arguments)]
    fn search_frame(
        &self,
        search: &mut Search,
        func: &'p Func,
        base: usize,
        top: usize,
        site: SiteId,
        depth: usize,
        called: Option<SiteId>,
    ) {
        for (i, v) in self.slots[base..top].iter().enumerate() {
            if v.is_plain() {
                continue;
            }
            let local = func.locals.get(i);
            let ty = local.map_or(Types::ERROR, |l| l.ty);
            let running = self.loops.iter().find(|&&(at, _)| at == base + i);
            let name = local.and_then(|l| l.name.as_ref());
            let before = search.found.len();
            let mut root = Root {
                kind: HolderKind::Pending,
                name: String::new(),
                function: &func.name,
                at: called.or(Some(site)),
                again: None,
            };
            if func.is_std {
                root.name = func.name.to_string();
            } else if let Some(&(_, at)) = running {
                root.kind = HolderKind::Loop;
                root.at = Some(at);
            } else if let (Some(local), Some(name)) = (local, name) {
                root.kind = match depth {
                    0 => HolderKind::Local,
                    _ => HolderKind::Caller,
                };
                root.name = name.to_string();
                root.at = Some(local.site);
            }
            self.search_value(search, v, ty, &root);
            if search.found.len() > before && !root.name.is_empty() && local.is_some() {
                let again = next_mention(func, LocalId(i as u32), site);
                for found in &mut search.found[before..] {
                    found.again = again;
                }
            }
        }
    }

    /// Objects are looked through last: what holds by value says more.
    fn search_objects(&self, search: &mut Search) {
        while let Some((object, name)) = search.objects.pop() {
            if search.found.len() >= ENOUGH {
                return;
            }
            let Ok(value) = object.value.try_borrow() else {
                continue;
            };
            let root = Root {
                kind: HolderKind::Object,
                name,
                function: "",
                at: Some(object.site),
                again: None,
            };
            self.search_value(search, &value, object.ty, &root);
        }
    }

    fn search_value(&self, search: &mut Search, v: &V, ty: Ty, root: &Root) {
        let mut nodes = vec![Node {
            v,
            ty,
            parent: 0,
            step: Step::Root,
        }];
        let mut at = 0;
        while at < nodes.len() && search.found.len() < ENOUGH {
            let (v, ty) = (nodes[at].v, nodes[at].ty);
            if let Some((address, part)) = storage(v) {
                if address == search.address {
                    let name = self.path(&nodes, at, &root.name);
                    search.found.push(found(root, &nodes, at, name, part));
                    at += 1;
                    continue;
                }
                if !search.seen.insert(address) {
                    at += 1;
                    continue;
                }
            }
            self.push_parts(search, &mut nodes, at, v, ty, root);
            at += 1;
        }
    }

    fn push_parts<'v>(
        &self,
        search: &mut Search,
        nodes: &mut Vec<Node<'v>>,
        parent: usize,
        v: &'v V,
        ty: Ty,
        root: &Root,
    ) {
        let mut add = |v: &'v V, ty: Ty, step: Step| {
            if !v.is_plain() {
                nodes.push(Node {
                    v,
                    ty,
                    parent,
                    step,
                });
            }
        };
        let types = self.env.types;
        match v {
            V::List(list) => {
                let elem = match types.data(ty) {
                    TyData::List(t) | TyData::Array(t) => *t,
                    _ => Types::ERROR,
                };
                // All elements have one type: after a scalar only scalars come.
                if list.get(0).is_some_and(is_scalar) {
                    return;
                }
                for (i, item) in list.iter().enumerate() {
                    add(item, elem, Step::Item(i as u32));
                }
            }
            V::Map(Some(map)) => {
                let (key, value) = match types.data(ty) {
                    TyData::Map(k, v) => (*k, *v),
                    TyData::Set(k) => (*k, Types::UNIT),
                    _ => (Types::ERROR, Types::ERROR),
                };
                for (i, (k, x)) in map.iter().enumerate() {
                    add(k, key, Step::Key);
                    add(x, value, Step::Value(i as u32));
                }
            }
            V::Rec(parts) if search.seen.insert(Rc::as_ptr(parts).addr()) => {
                for (i, part) in parts.iter().enumerate() {
                    add(part, self.env.part_ty(ty, None, i), Step::Field(i as u32));
                }
            }
            V::Variant(variant, parts) if search.seen.insert(Rc::as_ptr(parts).addr()) => {
                for (i, part) in parts.iter().enumerate() {
                    let ty = self.env.part_ty(ty, Some(*variant), i);
                    add(part, ty, Step::Payload(*variant));
                }
            }
            V::Any(cell) if search.seen.insert(Rc::as_ptr(cell).addr()) => {
                add(&cell.value, cell.ty, Step::Inside);
            }
            V::Fn(closure) if search.seen.insert(Rc::as_ptr(closure).addr()) => {
                let captures = &self.program.func(closure.func).captures;
                for (v, &ty) in closure.captures.iter().zip(captures) {
                    add(v, ty, Step::Captured);
                }
            }
            V::Ptr(object) if search.seen.insert(Rc::as_ptr(object).addr()) => {
                let name = self.path(nodes, parent, &root.name);
                search.objects.push((object.clone(), name));
            }
            _ => {}
        }
    }

    /// The name by which a node is reached: `rows[0].tags`.
    fn path(&self, nodes: &[Node], mut at: usize, root: &str) -> String {
        let mut steps = Vec::new();
        while !matches!(nodes[at].step, Step::Root) {
            let parent = &nodes[nodes[at].parent];
            steps.push(match nodes[at].step {
                Step::Root | Step::Captured | Step::Inside | Step::Key => String::new(),
                Step::Field(i) => format!(".{}", self.part_name(parent.ty, i)),
                Step::Payload(variant) => self.variant_name(parent.ty, variant),
                Step::Item(i) => format!("[{i}]"),
                Step::Value(i) => match parent.v {
                    V::Map(Some(map)) => match map.iter().nth(i as usize) {
                        Some((V::Int(n), _)) => format!("[{n}]"),
                        Some((V::Str(key), _)) => format!("[\"{}\"]", short(key.as_str())),
                        _ => "[…]".to_string(),
                    },
                    _ => String::new(),
                },
            });
            at = nodes[at].parent;
        }
        steps.reverse();
        format!("{root}{}", steps.concat())
    }

    fn part_name(&self, ty: Ty, field: u32) -> String {
        match self.env.types.data(ty) {
            TyData::Adt(..) => match &self.env.shape(ty).kind {
                ShapeKind::Struct(fields) => fields
                    .get(field as usize)
                    .and_then(|f| f.name.as_ref())
                    .map_or(field.to_string(), |n| n.to_string()),
                ShapeKind::Enum(_) => field.to_string(),
            },
            _ => field.to_string(),
        }
    }

    fn variant_name(&self, ty: Ty, variant: u32) -> String {
        match self.env.types.data(ty) {
            TyData::Adt(..) => match &self.env.shape(ty).kind {
                ShapeKind::Enum(variants) => variants
                    .get(variant as usize)
                    .map_or(String::new(), |v| format!(".{}", v.name)),
                ShapeKind::Struct(_) => String::new(),
            },
            _ => String::new(),
        }
    }
}

fn found(root: &Root, nodes: &[Node], at: usize, name: String, part: bool) -> Found {
    let mut kind = root.kind;
    let mut node = at;
    let by_value = matches!(
        kind,
        HolderKind::Local | HolderKind::Caller | HolderKind::Capture
    );
    while !matches!(nodes[node].step, Step::Root) {
        match nodes[node].step {
            Step::Captured => {
                kind = HolderKind::Capture;
                break;
            }
            Step::Item(_) | Step::Key | Step::Value(_) if by_value => {
                kind = HolderKind::Element;
            }
            _ => {}
        }
        node = nodes[node].parent;
    }
    if part && matches!(kind, HolderKind::Local | HolderKind::Caller) {
        kind = HolderKind::Slice;
    }
    Found {
        kind,
        name,
        function: root.function.to_string(),
        at: root.at,
        again: root.again,
    }
}

/// The storage that a value holds itself, and whether it covers only a part of it.
fn storage(v: &V) -> Option<(usize, bool)> {
    match v {
        V::Str(text) if text.has_storage() => Some((text.address(), text.is_part())),
        V::List(list) => {
            let store = list.store()?;
            Some((Rc::as_ptr(store).addr(), store.len() > list.len()))
        }
        V::Map(Some(map)) => Some((Rc::as_ptr(map).addr(), false)),
        _ => None,
    }
}

fn is_scalar(v: &V) -> bool {
    matches!(
        v,
        V::Bool(_) | V::Int(_) | V::U64(_) | V::Float(_) | V::Char(_) | V::Unit
    )
}

/// Enough of a text to know it by.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(24) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.len() < text.len() => format!("{line}…"),
        None => line.to_string(),
    }
}
