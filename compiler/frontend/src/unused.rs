//! Names of a module that nothing says: private functions, types, traits, constants, aliases and
//! imports. Warnings of `cowl check`, like those of `check/lint.rs` for what stands in bodies.
//!
//! Takes the definitions of a program once every body was read, and so every name looked up.

use crate::defs::{Binding, Def, Defs};
use crate::problem::{Problem, Problems};

pub fn unused(defs: &Defs, problems: &mut Problems) {
    for module in defs.modules.iter().filter(|m| !m.is_std) {
        for (name, binding) in &module.scope {
            let is_entry = &**name == "main" && matches!(binding.def, Def::Fn(_));
            let meant = binding.is_pub || is_entry || name.starts_with('_');
            if !meant && !binding.said.get() {
                problems.push(never_used(name, binding));
            }
        }
    }
}

fn never_used(name: &str, binding: &Binding) -> Problem {
    let problem = Problem::warning("W0001", binding.span, format!("`{name}` is never used"));
    if binding.imported {
        return problem.help("leave it out of what is imported");
    }
    problem.help("remove it, or write `pub` if it is meant for other modules")
}
