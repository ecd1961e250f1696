//! Names of a module that nothing says: private functions, methods, types, traits, constants, aliases
//! and imports. Warnings of `cowl check`, like those of `check/lint.rs` for what stands in bodies.
//!
//! Takes the definitions of a program once every body was read, and so every name looked up, and the
//! bodies: which method a name means is known only there.

use crate::defs::{Def, Defs, FnDef, Owner};
use crate::hir::{Callee, FnDefId, Func};
use crate::problem::{Problem, Problems};
use crate::source::Span;
use crate::walk::read::{Visit, walk_callee, walk_func};
use rustc_hash::FxHashSet;

pub fn unused<'a>(defs: &Defs, bodies: impl Iterator<Item = &'a Func>, problems: &mut Problems) {
    for module in defs.modules.iter().filter(|m| !m.is_std) {
        for (name, binding) in &module.scope {
            let is_entry = &**name == "main" && matches!(binding.def, Def::Fn(_));
            let meant = binding.is_pub || is_entry || name.starts_with('_');
            if !meant && !binding.said.get() {
                let what = format!("`{name}`");
                problems.push(match binding.imported {
                    true => {
                        never_used(binding.span, &what).help("leave it out of what is imported")
                    }
                    false => never_used_here(binding.span, &what),
                });
            }
        }
    }
    let mut called = Called::default();
    bodies.for_each(|body| walk_func(&mut called, body));
    for (i, f) in defs.fns.iter().enumerate() {
        if is_private_method(defs, f) && !called.0.contains(&FnDefId(i as u32)) {
            let what = format!("the method `{}`", f.name);
            problems.push(never_used_here(f.span, &what));
        }
    }
}

/// The functions that bodies call, or make values of.
#[derive(Default)]
struct Called(FxHashSet<FnDefId>);

impl Visit for Called {
    fn callee(&mut self, callee: &Callee) {
        if let Callee::Generic { def, .. } = callee {
            self.0.insert(*def);
        }
        walk_callee(self, callee);
    }
}

/// A method that only its own module can call by its name; a trait's methods, and `deinit`, are called
/// without it.
fn is_private_method(defs: &Defs, f: &FnDef) -> bool {
    let Owner::Impl(id) = f.owner else {
        return false;
    };
    let is_ours = !defs.module(f.module).is_std && defs.impl_(id).trait_.is_none();
    is_ours && !f.is_pub && &*f.name != "deinit" && !f.name.starts_with('_')
}

fn never_used(span: Span, what: &str) -> Problem {
    Problem::warning("W0001", span, format!("{what} is never used"))
}

/// Without `pub` only its own module can use it, and does not.
fn never_used_here(span: Span, what: &str) -> Problem {
    never_used(span, what).help("remove it, or write `pub` if it is meant for other modules")
}
