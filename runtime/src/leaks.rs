//! `--leaks`: what the last collection is about to end, told before it does.
//!
//! Takes the objects that are dead at a program's normal end; gives the contract's report, with
//! where each was made (kept while the option is on) and what it holds by field. Changes nothing.

use crate::block::Object;
use crate::ctx::{Cx, desc};
use crate::edges::{self, Held, Look};
use crate::statics::Get;
use crate::{cycles, io, objects};
use cowl_contract::desc::Kind;
use cowl_contract::leaks::{self, Leaks};
use cowl_contract::ledger::Place;
use rustc_hash::{FxHashMap, FxHashSet};

/// To be called where the program has ended and the last collection has not begun.
pub unsafe fn dead(cx: Cx) -> Vec<leaks::Object> {
    let dead = cycles::dead_objects(cx);
    let numbers: FxHashMap<usize, usize> = dead
        .iter()
        .enumerate()
        .map(|(i, &o)| (o as usize, i))
        .collect();
    dead.iter()
        .map(|&object| leaks::Object {
            ty: objects::type_name(desc((*object).desc)).to_string(),
            place: place(cx, object),
            holds: holds(object, &numbers),
        })
        .collect()
}

/// To be called when the last collection has ended.
pub unsafe fn tell(cx: Cx, dead: &[leaks::Object]) {
    let form = Leaks::from_number((*cx).options.leaks);
    let text = leaks::report(form, dead, (*cx).objects.live());
    if !text.is_empty() {
        io::say(cx, &text);
    }
}

unsafe fn place(cx: Cx, object: *mut Object) -> Place {
    let site = objects::site(cx, object);
    Place {
        file: site.map_or(String::new(), |s| s.file.get().to_string()),
        line: site.map_or(0, |s| s.line),
        col: site.map_or(0, |s| s.col),
    }
}

unsafe fn holds(object: *mut Object, numbers: &FxHashMap<usize, usize>) -> Vec<(String, usize)> {
    let d = desc((*object).desc);
    let value = objects::value(object);
    let mut out = Vec::new();
    if matches!(d.kind, Kind::Struct | Kind::Tuple) {
        for (i, field) in d.fields.get().iter().enumerate() {
            let name = match d.kind {
                Kind::Struct => field.name.get().to_string(),
                _ => i.to_string(),
            };
            let found = behind(value.add(field.offset as usize), field.desc, numbers);
            out.extend(found.into_iter().map(|to| (name.clone(), to)));
        }
    } else {
        let found = behind(value, (*object).desc, numbers);
        out.extend(found.into_iter().map(|to| (String::new(), to)));
    }
    out
}

/// The objects that a value leads to through no other object, in order.
unsafe fn behind(
    value: *const u8,
    ty: *const cowl_contract::desc::TypeDesc,
    numbers: &FxHashMap<usize, usize>,
) -> Vec<usize> {
    let mut seen = Behind {
        numbers,
        met: FxHashSet::default(),
        work: Vec::new(),
        found: Vec::new(),
    };
    edges::in_value(value, ty, &mut seen);
    while let Some(held) = seen.work.pop() {
        edges::in_block(held, &mut seen);
    }
    seen.found.sort_unstable();
    seen.found
}

struct Behind<'a> {
    numbers: &'a FxHashMap<usize, usize>,
    met: FxHashSet<usize>,
    work: Vec<Held>,
    found: Vec<usize>,
}

impl Look for Behind<'_> {
    const ALL: bool = false;

    unsafe fn held(&mut self, to: Held) {
        if !self.met.insert(to.ptr as usize) {
            return;
        }
        match to.object() {
            Some(object) => self.found.extend(self.numbers.get(&(object as usize))),
            None => self.work.push(to),
        }
    }
}
