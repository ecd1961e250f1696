//! From generic HIR to a `Program` without type parameters, starting at `main`, the tests and the
//! constants that they use.
//!
//! Instances are keyed by definition and argument ids; a work-list, no recursion through calls.
//! Takes bodies through `Bodies`, so that only what a program needs is ever checked. Must not
//! decide anything about holding: `own` has. Functions that nobody wrote (methods behind `any` and
//! `*T`, derived defaults, the entry) are built in `shims`.

mod build;
mod errors;
mod globals;
mod methods;
mod rewrite;
mod shapes;
mod shims;

use crate::defs::Defs;
use crate::hir::*;
use crate::own::holds::Holds;
use crate::problem::Problems;
use crate::source::Span;
use crate::types::{TraitId, Ty, Types};
use globals::Uses;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::sync::Arc;

/// Where generic HIR comes from.
pub trait Bodies {
    /// A definition's HIR, checked and owned on first demand. `None`: it has no body (a required
    /// method, an intrinsic), or its errors are reported.
    fn body(&mut self, def: FnDefId) -> Option<Arc<Func>>;

    /// What the bodies are made of.
    fn parts(&mut self) -> Parts<'_>;
}

/// The tables behind the bodies, borrowed together.
pub struct Parts<'a> {
    pub defs: &'a Defs,
    pub types: &'a mut Types,
    pub sites: &'a mut Sites,
    pub problems: &'a mut Problems,
}

/// What a program consists of.
#[derive(Debug, Default, Clone)]
pub struct Roots {
    pub main: Option<FnDefId>,
    /// Indices into `Defs::tests`.
    pub tests: Vec<usize>,
}

/// `None` when there are errors, all of them reported. Takes `types` and `sites` out of the parts.
pub fn instantiate(bodies: &mut dyn Bodies, roots: &Roots) -> Option<Program> {
    let cx = Cx {
        bodies,
        funcs: Vec::new(),
        uses: Vec::new(),
        keys: FxHashMap::default(),
        queue: VecDeque::new(),
        vtables: Vec::new(),
        vtable_ids: FxHashMap::default(),
        globals: Vec::new(),
        global_ids: FxHashMap::default(),
        noted: Vec::new(),
        new_types: VecDeque::new(),
        shapes: FxHashMap::default(),
        shows: FxHashMap::default(),
        deinits: FxHashMap::default(),
        holds: Holds::default(),
        endless: FxHashSet::default(),
        asks_unique: false,
        failed: false,
    };
    cx.run(roots)
}

/// What an instance is an instance of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// A written function with its type arguments.
    Def(FnDefId, Box<[Ty]>),
    /// A method behind `any`: the type inside, the `any` type, the index in the vtable.
    Boxed { ty: Ty, any: Ty, method: u32 },
    /// A trait's method on a `*T` that has the trait through `T`; arguments as in `TraitMethod`.
    Through {
        trait_: TraitId,
        method: u32,
        targs: Box<[Ty]>,
    },
    /// `T.default()`, derived.
    Default(Ty),
    /// A value of a generic result type with `Self` inside, from one `Self` to an `any`: the type,
    /// the arguments before, the arguments after.
    Boxing {
        ty: Ty,
        from: Box<[Ty]>,
        to: Box<[Ty]>,
    },
    /// Calls `main`.
    Entry(FnDefId),
}

struct Cx<'b> {
    bodies: &'b mut dyn Bodies,
    funcs: Vec<Option<Func>>,
    /// Per function: what it uses, for the order of constants.
    uses: Vec<Uses>,
    keys: FxHashMap<Key, FuncId>,
    queue: VecDeque<(FuncId, Key)>,
    vtables: Vec<Vtable>,
    vtable_ids: FxHashMap<(Ty, Ty), VtableId>,
    /// In order of discovery; by the index of their `ConstId`.
    globals: Vec<Global>,
    global_ids: FxHashMap<u32, GlobalId>,
    /// By type: met already.
    noted: Vec<bool>,
    /// Types that are met and whose parts are not.
    new_types: VecDeque<Ty>,
    shapes: FxHashMap<Ty, Shape>,
    shows: FxHashMap<Ty, FuncId>,
    deinits: FxHashMap<Ty, FuncId>,
    holds: Holds,
    /// Definitions whose instances do not end, reported once.
    endless: FxHashSet<FnDefId>,
    asks_unique: bool,
    failed: bool,
}

/// Types that nest deeper or are larger than this when written out come from a recursion that
/// makes ever larger types.
pub(crate) const MAX_DEPTH: u32 = 150;
const MAX_SIZE: u32 = 20_000;

impl Cx<'_> {
    fn run(mut self, roots: &Roots) -> Option<Program> {
        let entry = roots.main.map(|main| self.instance(Key::Entry(main)));
        let mut tests = Vec::new();
        for &i in &roots.tests {
            let def = &self.parts().defs.tests[i];
            let (name, span, body, copies) = (def.name.clone(), def.span, def.body, def.copies);
            let func = self.def(body, &[], span);
            let site = self.parts().sites.add(span);
            tests.push(Test {
                name,
                site,
                func,
                copies,
            });
        }
        loop {
            if let Some((id, key)) = self.queue.pop_front() {
                let func = self.make(&key);
                self.funcs[id.index()] = func;
            } else if let Some(ty) = self.new_types.pop_front() {
                self.type_parts(ty);
            } else {
                break;
            }
        }
        let order = self.order_globals();
        if self.failed || self.parts().problems.has_errors() {
            return None;
        }
        let mut funcs = Vec::with_capacity(self.funcs.len());
        for func in std::mem::take(&mut self.funcs) {
            funcs.push(func?);
        }
        globals::renumber(&order, &mut self.globals, &mut funcs);
        let parts = self.bodies.parts();
        Some(Program {
            types: std::mem::take(parts.types),
            sites: std::mem::take(parts.sites),
            shapes: self.shapes,
            shows: self.shows,
            deinits: self.deinits,
            funcs,
            globals: self.globals,
            vtables: self.vtables,
            asks_unique: self.asks_unique,
            entry,
            tests,
        })
    }

    fn parts(&mut self) -> Parts<'_> {
        self.bodies.parts()
    }

    fn subst(&mut self, ty: Ty, targs: &[Ty]) -> Ty {
        self.parts().types.subst(ty, targs)
    }

    fn holds(&mut self, ty: Ty) -> bool {
        let parts = self.bodies.parts();
        self.holds.holds(parts.defs, parts.types, ty)
    }

    /// The function for a key, to be made if it is new.
    fn instance(&mut self, key: Key) -> FuncId {
        if let Some(&id) = self.keys.get(&key) {
            return id;
        }
        let id = FuncId(self.funcs.len() as u32);
        self.funcs.push(None);
        self.uses.push(Uses::default());
        self.keys.insert(key.clone(), id);
        self.queue.push_back((id, key));
        id
    }

    /// A written function with its type arguments.
    fn def(&mut self, def: FnDefId, targs: &[Ty], span: Span) -> FuncId {
        let types = &*self.parts().types;
        let endless = targs
            .iter()
            .any(|&t| types.depth(t) > MAX_DEPTH || types.size(t) > MAX_SIZE);
        if endless {
            self.failed = true;
            if self.endless.insert(def) {
                let parts = self.parts();
                let problem = errors::endless_function(parts.defs, def, span);
                parts.problems.push(problem);
            }
            // Any arguments do: nothing runs any more.
            let bounded: Box<[Ty]> = targs.iter().map(|_| Types::UNIT).collect();
            return self
                .keys
                .get(&Key::Def(def, bounded.clone()))
                .copied()
                .unwrap_or_else(|| {
                    let id = FuncId(self.funcs.len() as u32);
                    self.funcs.push(None);
                    self.uses.push(Uses::default());
                    self.keys.insert(Key::Def(def, bounded), id);
                    id
                });
        }
        self.instance(Key::Def(def, targs.into()))
    }

    fn make(&mut self, key: &Key) -> Option<Func> {
        match key {
            Key::Def(def, targs) => {
                let Some(body) = self.bodies.body(*def) else {
                    self.failed = true;
                    let parts = self.parts();
                    if !parts.problems.has_errors() {
                        errors::no_body(parts.defs, *def);
                    }
                    return None;
                };
                let func = Arc::unwrap_or_clone(body);
                Some(self.rewrite(func, targs, self.keys[key]))
            }
            Key::Boxed { ty, any, method } => self.boxed(*ty, *any, *method),
            Key::Through {
                trait_,
                method,
                targs,
            } => self.through(*trait_, *method, targs),
            Key::Default(ty) => self.default(*ty),
            Key::Boxing { ty, from, to } => self.boxing(*ty, from, to),
            Key::Entry(main) => self.entry(*main),
        }
        .map(|func| match key {
            Key::Def(..) => func,
            // What is built has no parameters left, but callees to resolve and types to note.
            _ => self.rewrite(func, &[], self.keys[key]),
        })
    }

    fn global(&mut self, const_: u32) -> GlobalId {
        if let Some(&id) = self.global_ids.get(&const_) {
            return id;
        }
        let id = GlobalId(self.globals.len() as u32);
        let def = &self.parts().defs.consts[const_ as usize];
        let (name, init, span) = (def.name.clone(), def.init, def.span);
        self.global_ids.insert(const_, id);
        let func = self.def(init, &[], span);
        self.globals.push(Global {
            name,
            // Known when its initialiser is made.
            ty: Types::ERROR,
            init: func,
        });
        id
    }

    /// The table of a type's methods for an `any` type.
    fn vtable(&mut self, ty: Ty, any: Ty) -> VtableId {
        if let Some(&id) = self.vtable_ids.get(&(ty, any)) {
            return id;
        }
        let id = VtableId(self.vtables.len() as u32);
        self.vtable_ids.insert((ty, any), id);
        let Some((trait_, callable)) = self.any_methods(any) else {
            self.failed = true;
            return id;
        };
        self.vtables.push(Vtable {
            ty,
            trait_,
            methods: Vec::new(),
        });
        let methods = callable
            .into_iter()
            .enumerate()
            .map(|(i, yes)| {
                let method = i as u32;
                yes.then(|| self.instance(Key::Boxed { ty, any, method }))
            })
            .collect();
        self.vtables[id.index()].methods = methods;
        id
    }
}
