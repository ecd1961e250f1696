//! The matrix: every method of a collection, on every kind of element, in every state of its
//! receiver, as generated programs that the verifier runs like any other.
//!
//! Takes the declarations of the standard library as the frontend reads them, so that a new method
//! is covered by being declared; gives programs whose lines carry the events that follow from a
//! method's class alone. What they print is decided by agreement. A method or receiver that this
//! cannot handle is an error, never left out.

mod aliases;
mod arguments;
mod cases;
mod edges;
mod operators;
mod program;
mod table;
mod values;

use crate::spec::Program;
use crate::verify::{Format, Options, Verdict, verify_programs};
use cases::Case;
use std::fmt;
use std::io::Write;
use std::path::Path;

/// Which part of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// One of so many parts: those of the seeds from a multiple of `parts` up to the next one are
    /// the whole, each case in one of them.
    Seeded {
        seed: u64,
        parts: u64,
    },
}

impl std::str::FromStr for Part {
    type Err = String;

    /// `whole`, or `SEED/PARTS`.
    fn from_str(text: &str) -> Result<Part, String> {
        if text == "whole" {
            return Ok(Part::Whole);
        }
        let both = text.split_once('/');
        let numbers = both.and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        match numbers {
            Some((seed, parts)) if parts > 0 => Ok(Part::Seeded { seed, parts }),
            _ => Err("`whole`, or SEED/PARTS such as 7/40".to_string()),
        }
    }
}

/// The programs of a part.
struct Matrix {
    programs: Vec<Program>,
    /// Cases, each size of a receiver counted.
    cases: u64,
    /// Methods and functions that they call.
    methods: usize,
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (cases, methods, programs) = (self.cases, self.methods, self.programs.len());
        write!(
            f,
            "matrix: {cases} cases of {methods} methods in {programs} programs"
        )
    }
}

/// Verifies a part; its programs are kept in a folder if one is given. Where a method cannot be
/// called, nothing is verified.
pub fn verify_matrix(
    part: Part,
    keep: Option<&Path>,
    options: &Options,
    out: &mut dyn Write,
) -> std::io::Result<Verdict> {
    let matrix = match generate(part, "") {
        Ok(matrix) => matrix,
        Err(said) => {
            for sentence in said {
                writeln!(out, "CANNOT RUN {sentence}")?;
            }
            return Ok(Verdict::CannotRun);
        }
    };
    for (file, text) in matrix.programs.iter().flat_map(|p| &p.sources) {
        if let Some(dir) = keep {
            std::fs::create_dir_all(dir)?;
            std::fs::write(dir.join(file), text)?;
        }
    }
    if options.format == Format::Text {
        writeln!(out, "{matrix}")?;
    }
    verify_programs(&matrix.programs, options, out)
}

/// Generates a part; the sentences say what could not be generated. `more` are declarations of the
/// programs' own module, whose methods take part.
fn generate(part: Part, more: &str) -> Result<Matrix, Vec<String>> {
    let mut table = table::Table::read(more)?;
    let cases = cases::all(&mut table)?;
    let edges = edges::all(&mut table)?;
    let methods = table.methods.len();
    let chosen = |cases: Vec<Case>| -> Vec<Case> {
        let mut cases = cases;
        if let Part::Seeded { seed, parts } = part {
            cases.retain(|c| mix(seed / parts, &c.label) % parts == seed % parts);
        }
        cases
    };
    let (cases, edges) = (chosen(cases), chosen(edges));
    let count = |cases: &[Case]| cases.iter().map(|c| c.sizes.len() as u64).sum::<u64>();
    Ok(Matrix {
        cases: count(&cases) + count(&edges),
        methods,
        programs: program::assemble(cases, edges)?,
    })
}

/// A number that depends on every bit of the seed and the label.
fn mix(seed: u64, label: &str) -> u64 {
    let mut h = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    for byte in label.bytes() {
        h = (h ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h ^= h >> 29;
    h = h.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    h ^ (h >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cowl_frontend::types::{TyData, Types};

    #[test]
    fn every_method_has_cases() {
        let whole = generate(Part::Whole, "");
        let whole = whole.unwrap_or_else(|e| panic!("{}", e.join("\n")));
        assert!(whole.methods > 200, "{whole}");
        assert!(whole.cases > 50_000, "{whole}");
    }

    /// The table that the reference is made from has nothing of collections that is not here.
    #[test]
    fn nothing_of_the_table_is_missing() {
        let table = table::Table::read("").expect("the library is sound");
        let here: Vec<&str> = table
            .methods
            .iter()
            .map(|&id| &*table.defs.func(id).path)
            .collect();
        let listed = cowl_frontend::table::builtin_table();
        let of_collections = listed.iter().filter_map(|e| {
            let receiver = e.receiver.as_deref()?.split('<').next()?;
            let collection = ["List", "Array", "Map", "Set", "string"].contains(&receiver);
            collection.then(|| format!("{receiver}.{}", e.name))
        });
        let all: Vec<String> = of_collections.collect();
        assert!(all.len() > 200);
        for method in all {
            assert!(here.contains(&&*method), "{method}");
        }
    }

    #[test]
    fn a_receiver_that_cannot_be_made_is_said() {
        let planted = "struct Bag { n: int }\nimpl Bag { pub fn odd(self) -> int { 1 } }";
        let said = generate(Part::Whole, planted).err().unwrap_or_default();
        assert!(said.iter().any(|s| s.contains("Bag.odd")), "{said:?}");
    }

    #[test]
    fn an_argument_that_cannot_be_made_is_said() {
        let mut table = table::Table::read("").expect("the library is sound");
        let id = table.methods.iter().copied();
        let id = id
            .clone()
            .find(|&id| &*table.defs.func(id).path == "List.push");
        let methods = table.instances(id.expect("there is one"));
        let mut push = methods.expect("it takes elements").remove(0);
        let weak = table.types.intern(TyData::Weak(Types::INT));
        let mut values = values::Values::new(&mut table);
        for (name, ty) in [("strange", Types::INT), ("x", weak)] {
            push.params[0].name = name.to_string();
            push.params[0].ty = ty;
            push.params[0].is_element = false;
            let said = arguments::within_bounds(&mut values, &push).err();
            let said = said.expect("nothing is known");
            assert!(said.starts_with("List<int>.push: "), "{said}");
        }
    }

    #[test]
    fn parts_are_the_same_again_and_differ_by_seed() {
        let labels = |seed| {
            let part = Part::Seeded { seed, parts: 50 };
            let some = generate(part, "").unwrap_or_else(|e| panic!("{}", e.join("\n")));
            let texts = some.programs.into_iter().flat_map(|p| p.sources);
            texts.map(|(_, text)| text).collect::<String>()
        };
        assert_eq!(labels(1), labels(1));
        assert_ne!(labels(1), labels(2));
    }
}
