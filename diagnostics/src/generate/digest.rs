//! What a program prints of its state: the variables that live at the end of a scope.

use super::Gen;
use super::types::Ty;

impl Gen<'_, '_> {
    /// Prints variables declared since `mark`: all of them, or some, so that others die at an
    /// earlier use and their values move there.
    pub(super) fn digest(&mut self, mark: usize) {
        if self.turns > 40 {
            return;
        }
        let mut parts = Vec::new();
        for i in self.scope.visible() {
            if i < mark || !(self.prints_all || self.u.chance(40)) {
                continue;
            }
            let var = &self.scope.vars[i];
            if self.no_reach || matches!(var.ty, Ty::Fn(..)) {
                continue;
            }
            parts.push(format!("{0}={{{0}}}", var.name));
        }
        for group in parts.chunks(3) {
            self.out.line(format!("print(\"{}\")", group.join(" ")));
        }
    }

    /// Prints one variable.
    pub(super) fn print_var(&mut self, i: usize) {
        let var = &self.scope.vars[i];
        let line = match self.u.below(3) {
            0 => format!("print({})", var.name),
            1 => format!("print(\"{0}: {{{0}}}\")", var.name),
            _ if var.ty.is_sequence() => format!("print(\"{0} {{{0}.len()}}\")", var.name),
            _ => format!("print(\"{{{}}}\")", var.name),
        };
        self.out.line(line);
    }
}
