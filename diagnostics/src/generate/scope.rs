//! The variables of the function at hand: what is visible, what lives, who shares with whom.

use super::types::Ty;

/// A variable.
#[derive(Clone, Debug)]
pub struct Var {
    pub name: String,
    pub ty: Ty,
    pub mutable: bool,
    /// Variables of one group have shared a storage at some time.
    pub group: u32,
    /// It was moved: its name means nothing any more.
    pub dead: bool,
    /// It must not be moved now: a place that is being mentioned, a deferred block.
    pub pins: u32,
    /// The number of loops around its declaration.
    pub loops: usize,
    /// Only a mark: a shadowing name must not hide it.
    pub reserved: bool,
}

#[derive(Default)]
pub struct Scope {
    pub vars: Vec<Var>,
    /// Variables below are captures of the closure at hand: neither changed nor moved.
    pub floor: usize,
    pub loops: usize,
    groups: u32,
}

impl Scope {
    pub fn new_group(&mut self) -> u32 {
        self.groups += 1;
        self.groups
    }

    pub fn declare(&mut self, name: &str, ty: Ty, mutable: bool) -> usize {
        let group = self.new_group();
        self.vars.push(Var {
            name: name.to_string(),
            ty,
            mutable,
            group,
            dead: false,
            pins: 0,
            loops: self.loops,
            reserved: false,
        });
        self.vars.len() - 1
    }

    /// A scope's end: what was declared since is gone.
    pub fn leave(&mut self, mark: usize) {
        self.vars.truncate(mark);
    }

    /// Indices of variables whose names mean them and that live.
    pub fn visible(&self) -> Vec<usize> {
        let mut found = Vec::new();
        for (i, var) in self.vars.iter().enumerate().rev() {
            let hidden = self.vars[i + 1..].iter().any(|v| v.name == var.name);
            if !hidden && !var.dead {
                found.push(i);
            }
        }
        found
    }

    pub fn is_capture(&self, i: usize) -> bool {
        i < self.floor
    }

    pub fn can_change(&self, i: usize) -> bool {
        self.vars[i].mutable && !self.is_capture(i)
    }

    /// Whether `move` and `:=` may end it here.
    pub fn can_move(&self, i: usize) -> bool {
        let var = &self.vars[i];
        !self.is_capture(i) && var.pins == 0 && var.loops == self.loops && !var.reserved
    }

    pub fn group_size(&self, group: u32) -> u32 {
        let members = self.vars.iter().filter(|v| v.group == group && !v.dead);
        members.count() as u32
    }
}
