//! `--mm=audit`: after every collection, counts the references that really are there and compares
//! them with every header, of objects and of everything else that has one.
//!
//! Takes the roots that the compiled code keeps and walks from them over the whole heap, with an
//! explicit stack and tables of its own: no mark and no count is changed. What it finds wrong is a
//! fault of ours, and ends the program with status 70.
//!
//! While the runtime is in the middle of something and has called back (`deinit`, `show`), what it
//! holds itself stands in no root: then a header may say more than is found, never less.

use crate::block::*;
use crate::ctx::{Cx, desc};
use crate::edges::{self, Held, Look, What};
use crate::guard::Guard;
use crate::objects;
use crate::statics::Get;
use crate::{io, start};
use cowl_contract::desc::{Kind, TypeDesc};
use cowl_contract::layout::*;
use cowl_contract::outcome::status;
use rustc_hash::FxHashMap;

/// So many findings are listed.
const LISTED: usize = 20;

#[derive(Clone, Copy)]
struct Seen {
    held: Held,
    references: u32,
    weak: u32,
}

struct Auditor<'a> {
    cx: Cx,
    guard: &'a Guard,
    seen: FxHashMap<usize, Seen>,
    work: Vec<Held>,
    found: Vec<String>,
}

impl Auditor<'_> {
    /// A block that may be looked into? Static ones may not, and need not.
    unsafe fn is_block(&mut self, to: Held) -> bool {
        if self.guard.live.contains_key(&(to.ptr as usize)) {
            return true;
        }
        if self.guard.was_freed(to.ptr) {
            let what = type_name(to.desc, 0);
            self.found
                .push(format!("{what}: a reference to one that has been freed"));
        } else if *to.count() < IMMORTAL {
            let what = type_name(to.desc, 0);
            self.found.push(format!("{what}: no block of ours"));
        }
        false
    }

    unsafe fn entry(&mut self, to: Held) -> Option<&mut Seen> {
        let address = to.ptr as usize;
        if !self.seen.contains_key(&address) && !self.is_block(to) {
            return None;
        }
        Some(self.seen.entry(address).or_insert(Seen {
            held: to,
            references: 0,
            weak: 0,
        }))
    }
}

impl Look for Auditor<'_> {
    const ALL: bool = true;

    unsafe fn held(&mut self, to: Held) {
        if let Some(seen) = self.entry(to) {
            seen.references += 1;
            if seen.references == 1 {
                seen.held = to;
                self.work.push(to);
            }
        }
    }

    unsafe fn weak(&mut self, object: *mut Object) {
        if let Some(seen) = self.entry(Held::listed(object)) {
            seen.weak += 1;
        }
    }
}

/// Ends the program if anything is wrong. `settled`: nothing dead waits for the next collection.
pub unsafe fn audit(cx: Cx, settled: bool) {
    let found = findings(cx, settled);
    if !found.is_empty() {
        stop(cx, &found);
    }
}

/// The last one, when the program has ended: freed memory too must be as it was left.
pub unsafe fn audit_freed(cx: Cx) {
    if let Some(guard) = (*cx).arena.guard.as_deref()
        && let Err(fault) = guard.check_freed()
    {
        stop(cx, &[fault]);
    }
}

/// What is wrong, one sentence each.
pub unsafe fn findings(cx: Cx, settled: bool) -> Vec<String> {
    let Some(guard) = (*cx).arena.guard.as_deref() else {
        return Vec::new();
    };
    let mut auditor = Auditor {
        cx,
        guard,
        seen: FxHashMap::default(),
        work: Vec::new(),
        found: Vec::new(),
    };
    edges::in_roots(cx, &mut auditor);
    while let Some(held) = auditor.work.pop() {
        edges::in_block(held, &mut auditor);
    }
    let inside = !(*cx).activation.is_null();
    auditor.compare(inside);
    if settled && !inside {
        auditor.unreachable();
    }
    auditor.found.sort_unstable();
    auditor.found
}

impl Auditor<'_> {
    /// Headers against what was found.
    unsafe fn compare(&mut self, inside: bool) {
        let differs = |says: u32, found: u32| match inside {
            true => says < found,
            false => says != found,
        };
        let seen: Vec<Seen> = self.seen.values().copied().collect();
        for s in seen {
            if matches!(s.held.what, What::Table) {
                continue;
            }
            let count = *s.held.count();
            // An object that only `weak`s lead to has ended, or is reported as unreachable.
            if s.references > 0 && count < IMMORTAL && differs(count, s.references) {
                let found = s.references;
                let what = self.describe(s.held);
                let plural = if found == 1 { "" } else { "s" };
                self.found.push(format!(
                    "{what}: its count is {count}, {found} reference{plural} found"
                ));
            }
            if let Some(object) = s.held.object() {
                let weak = (*object).weak;
                if weak != u32::MAX && differs(weak, s.weak) {
                    let found = s.weak;
                    let what = self.describe(s.held);
                    self.found.push(format!(
                        "{what}: its weak count is {weak}, {found} `weak` found"
                    ));
                }
            }
        }
    }

    /// What is in use and nothing leads to.
    unsafe fn unreachable(&mut self) {
        let mut objects = 0;
        for &object in &(*self.cx).objects.all {
            if object.is_null() {
                continue;
            }
            let seen = self.seen.get(&(object as usize));
            if seen.is_none_or(|s| s.references == 0) {
                objects += 1;
                let held = Held::listed(object);
                let (what, count) = (self.describe(held), (*object).count);
                self.found
                    .push(format!("{what}: unreachable, its count is {count}"));
            }
        }
        if objects > 0 {
            // What these hold is unreachable because of them.
            return;
        }
        for (&block, &size) in &self.guard.live {
            if !self.seen.contains_key(&block) {
                let count = (*(block as *const Block)).count;
                self.found.push(format!(
                    "a block of {size} bytes: unreachable, its first word is {count}"
                ));
            }
        }
    }

    /// A block's type, and for an object where it was made.
    unsafe fn describe(&self, held: Held) -> String {
        let name = name(held);
        let Some(object) = held.object() else {
            return name;
        };
        let site = objects::site(self.cx, object);
        let site = site.map(|s| format!(" made at {}:{}:{}", s.file.get(), s.line, s.col));
        name + &site.unwrap_or_default()
    }
}

/// The type of what a block belongs to.
unsafe fn name(held: Held) -> String {
    match held.what {
        What::Value => match held.object() {
            Some(object) => format!("*{}", type_name((*object).desc, 0)),
            None => type_name(held.desc, 0),
        },
        What::Node { entries, .. } if !entries => {
            format!("a node of List<{}>", type_name(held.desc, 1))
        }
        What::Node { .. } => format!("a node of the entries of {}", type_name(held.desc, 0)),
        What::Entries => format!("the entries of {}", type_name(held.desc, 0)),
        What::Index | What::IndexNode | What::Table => {
            format!("the index of {}", type_name(held.desc, 0))
        }
    }
}

unsafe fn type_name(ty: *const TypeDesc, depth: u32) -> String {
    if ty.is_null() || depth > 3 {
        return "…".to_string();
    }
    let d = desc(ty);
    let elem = || type_name(d.elem, depth + 1);
    match d.kind {
        Kind::List => format!("List<{}>", elem()),
        Kind::Array => format!("Array<{}>", elem()),
        Kind::Set => format!("Set<{}>", elem()),
        Kind::Map => format!("Map<{}, {}>", type_name(d.key, depth + 1), elem()),
        Kind::Ptr => format!("*{}", elem()),
        Kind::PtrOption => format!("({})?", elem()),
        Kind::Weak => format!("weak {}", elem()),
        Kind::Str => "string".to_string(),
        Kind::Fn => "a closure".to_string(),
        Kind::Any => "any".to_string(),
        Kind::Tuple => "a tuple".to_string(),
        _ if !d.name.get().is_empty() => d.name.get().to_string(),
        kind => format!("{kind:?}").to_lowercase(),
    }
}

/// Ends the program with what was found.
pub unsafe fn stop(cx: Cx, found: &[String]) -> ! {
    let n = found.len();
    let plural = if n == 1 { "fault" } else { "faults" };
    let mut text = format!("internal error: the audit of memory found {n} {plural}\n");
    for finding in found.iter().take(LISTED) {
        text.push_str(&format!("  {finding}\n"));
    }
    if n > LISTED {
        text.push_str("  …\n");
    }
    io::say(cx, &text);
    start::end(cx, status::INTERNAL)
}
