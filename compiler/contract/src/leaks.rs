//! What `--leaks` says at a program's normal end: which objects only dead cycles held until then,
//! and what lives on. One form for every engine.
//!
//! Takes objects in the order of their allocation, and what each holds; gives a text for people or
//! one line of JSON. Finds the cycles itself, in a time linear in the objects and their references.

use crate::ledger::Place;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What a run says of its leaks.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaks {
    #[default]
    Off = 0,
    Text = 1,
    Json = 2,
}

impl Leaks {
    pub fn from_number(n: u8) -> Leaks {
        match n {
            1 => Leaks::Text,
            2 => Leaks::Json,
            _ => Leaks::Off,
        }
    }
}

/// An object of the last collection.
pub struct Object {
    /// Its type's name without arguments.
    pub ty: String,
    /// Of its `new`.
    pub place: Place,
    /// The objects that it holds, by number, and its field (empty if that has no name); by field,
    /// then by number.
    pub holds: Vec<(String, usize)>,
}

/// So many cycles that differ are shown.
const CYCLES: usize = 10;
/// So many members of a cycle are shown.
const MEMBERS: usize = 20;

/// One step of a cycle: an object's type and place, and the field that leads on.
struct Step<'a> {
    object: &'a Object,
    field: &'a str,
}

/// `dead`: the objects of dead cycles and what only these held. `live`: how many live on.
pub fn report(form: Leaks, dead: &[Object], live: u64) -> String {
    let cycles = cycles(dead);
    match form {
        Leaks::Off => String::new(),
        Leaks::Text => text(dead, &cycles, live),
        Leaks::Json => json(dead, &cycles, live),
    }
}

/// How many objects of each type and place, in the order of the places.
fn groups(dead: &[Object]) -> BTreeMap<(&Place, &str), u64> {
    let mut groups = BTreeMap::new();
    for object in dead {
        *groups
            .entry((&object.place, object.ty.as_str()))
            .or_default() += 1;
    }
    groups
}

fn text(dead: &[Object], cycles: &[Vec<Step>], live: u64) -> String {
    let mut out = String::new();
    if dead.is_empty() && live == 0 {
        out.push_str("leaks: none\n");
        return out;
    }
    // Writing to a string cannot fail.
    let _ = match dead.len() {
        0 => Ok(()),
        1 => writeln!(
            out,
            "leaks: 1 object was held by a dead cycle until the end"
        ),
        n => writeln!(
            out,
            "leaks: {n} objects were held by dead cycles until the end"
        ),
    };
    for ((place, ty), n) in groups(dead) {
        let _ = writeln!(out, "  {n} {ty} made at {}", shown(place));
    }
    for cycle in cycles {
        out.push_str("  a cycle:\n");
        for step in cycle.iter().take(MEMBERS) {
            let place = shown(&step.object.place);
            let dot = if step.field.is_empty() { "" } else { "." };
            let _ = writeln!(
                out,
                "    {}{dot}{} ({place}) ->",
                step.object.ty, step.field
            );
        }
        if cycle.len() > MEMBERS {
            let _ = writeln!(out, "    … {} more ->", cycle.len() - MEMBERS);
        }
        out.push_str("    the first\n");
    }
    if live > 0 {
        let _ = writeln!(out, "leaks: {live} more live on");
    }
    out
}

fn shown(place: &Place) -> String {
    format!("{}:{}:{}", place.file, place.line, place.col)
}

fn json(dead: &[Object], cycles: &[Vec<Step>], live: u64) -> String {
    let groups = groups(dead)
        .into_iter()
        .map(|((place, ty), n)| format!("{{{},\"count\":{n}}}", json_object(ty, place)));
    let cycles = cycles.iter().map(|cycle| {
        let steps = cycle.iter().take(MEMBERS).map(|step| {
            let object = json_object(&step.object.ty, &step.object.place);
            format!("{{{object},\"field\":{}}}", json_text(step.field))
        });
        let (steps, size) = (joined(steps), cycle.len());
        format!("{{\"size\":{size},\"members\":[{steps}]}}")
    });
    format!(
        "{{\"kind\":\"leaks\",\"collected_at_end\":{},\"live\":{live},\"objects\":[{}],\"cycles\":[{}]}}\n",
        dead.len(),
        joined(groups),
        joined(cycles)
    )
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<String>>().join(",")
}

fn json_object(ty: &str, place: &Place) -> String {
    format!(
        "\"type\":{},\"file\":{},\"line\":{},\"column\":{}",
        json_text(ty),
        json_text(&place.file),
        place.line,
        place.col
    )
}

fn json_text(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Cycles that a walk in order of allocation meets, of those with equal types, places and fields
/// only the first.
fn cycles(dead: &[Object]) -> Vec<Vec<Step<'_>>> {
    /// Not on the walk's path.
    const OFF: usize = usize::MAX;
    let mut found: Vec<Vec<Step>> = Vec::new();
    let mut met = vec![false; dead.len()];
    let mut depth = vec![OFF; dead.len()];
    for start in 0..dead.len() {
        if met[start] {
            continue;
        }
        met[start] = true;
        depth[start] = 0;
        // Objects of the path, with the number of the reference that is looked at.
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some(&(at, next)) = path.last() {
            let Some(&(_, to)) = dead[at].holds.get(next) else {
                depth[at] = OFF;
                path.pop();
                step(&mut path);
                continue;
            };
            if depth[to] != OFF && found.len() < CYCLES {
                let cycle: Vec<Step> = path[depth[to]..]
                    .iter()
                    .map(|&(object, edge)| Step {
                        object: &dead[object],
                        field: &dead[object].holds[edge].0,
                    })
                    .collect();
                if !found.iter().any(|other| same(other, &cycle)) {
                    found.push(cycle);
                }
            }
            if met[to] {
                step(&mut path);
            } else {
                met[to] = true;
                depth[to] = path.len();
                path.push((to, 0));
            }
        }
    }
    found
}

/// The last object's next reference.
fn step(path: &mut [(usize, usize)]) {
    if let Some((_, next)) = path.last_mut() {
        *next += 1;
    }
}

fn same(a: &[Step], b: &[Step]) -> bool {
    let eq = |(a, b): (&Step, &Step)| {
        a.field == b.field && a.object.ty == b.object.ty && a.object.place == b.object.place
    };
    a.len() == b.len() && a.iter().zip(b).all(eq)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(line: u32, holds: &[(&str, usize)]) -> Object {
        Object {
            ty: "Node".to_string(),
            place: Place {
                file: "main.cowl".to_string(),
                line,
                col: 9,
            },
            holds: holds.iter().map(|&(f, to)| (f.to_string(), to)).collect(),
        }
    }

    #[test]
    fn cycles_of_one_shape_are_shown_once() {
        let dead = [
            node(5, &[("next", 1)]),
            node(6, &[("next", 0), ("leaf", 4)]),
            node(5, &[("next", 3)]),
            node(6, &[("next", 2)]),
            node(7, &[]),
        ];
        assert_eq!(
            report(Leaks::Text, &dead, 0),
            "leaks: 5 objects were held by dead cycles until the end\n\
             \x20 2 Node made at main.cowl:5:9\n\
             \x20 2 Node made at main.cowl:6:9\n\
             \x20 1 Node made at main.cowl:7:9\n\
             \x20 a cycle:\n\
             \x20   Node.next (main.cowl:5:9) ->\n\
             \x20   Node.next (main.cowl:6:9) ->\n\
             \x20   the first\n"
        );
        assert_eq!(
            report(Leaks::Json, &dead[4..], 0),
            "{\"kind\":\"leaks\",\"collected_at_end\":1,\"live\":0,\"objects\":[{\"type\":\"Node\",\
             \"file\":\"main.cowl\",\"line\":7,\"column\":9,\"count\":1}],\"cycles\":[]}\n"
        );
        assert_eq!(report(Leaks::Text, &[], 0), "leaks: none\n");
    }

    #[test]
    fn a_long_ring_is_cut_and_found_without_recursion() {
        let n = 100_000;
        let ring: Vec<Object> = (0..n).map(|i| node(5, &[("", (i + 1) % n)])).collect();
        let text = report(Leaks::Text, &ring, 0);
        assert!(text.contains("    Node (main.cowl:5:9) ->\n    … 99980 more ->\n    the first\n"));
    }
}
