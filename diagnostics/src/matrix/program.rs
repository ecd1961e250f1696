//! Whole programs out of cases.
//!
//! Takes cases; gives `Program`s: declarations, the helpers that are needed, a function for each
//! case, and a `main` that calls them at their sizes. A case whose ending is open stands alone.

use super::cases::{Case, Ending};
use super::table::DECLARATIONS;
use crate::spec::{self, Kind, Origin, Program, Undecided};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many elements a program's receivers have together, so that programs take equally long.
const ELEMENTS: u64 = 600_000;
const CASES: usize = 150;

pub fn assemble(cases: Vec<Case>, edges: Vec<Case>) -> Result<Vec<Program>, Vec<String>> {
    let mut programs = Vec::new();
    let mut batch: Vec<Case> = Vec::new();
    let mut elements = 0;
    for case in cases {
        let more: u64 = case.sizes.iter().sum();
        let full = elements + more > ELEMENTS || batch.len() == CASES;
        if full && !batch.is_empty() {
            programs.push(program(&batch, programs.len())?);
            batch.clear();
            elements = 0;
        }
        elements += more;
        batch.push(case);
    }
    if !batch.is_empty() {
        programs.push(program(&batch, programs.len())?);
    }
    for case in edges {
        programs.push(program(&[case], programs.len())?);
    }
    Ok(programs)
}

fn program(cases: &[Case], number: usize) -> Result<Program, Vec<String>> {
    let text = text(cases);
    let file = PathBuf::from(format!("matrix{number}.cowl"));
    let label = |c: &Case| c.label.clone();
    let what = match cases {
        [] => String::new(),
        [one] => label(one),
        [first, .., last] => format!("{} to {}", label(first), label(last)),
    };
    let origin = Origin {
        name: format!("matrix {number}: {what}"),
        file: Path::new(&file),
        kind: None,
        first_line: 0,
    };
    let mut program = spec::parse(&text, origin).map_err(|e| vec![format!("{what}: {e}")])?;
    program.undecided = match &cases[0].ending {
        None => Undecided::Stdout,
        Some(Ending::Open) => Undecided::Ending,
        Some(Ending::Panic(text)) => {
            program.kind = Kind::Panic(text.clone());
            Undecided::Stdout
        }
    };
    program.sources = vec![(file, text)];
    Ok(program)
}

fn text(cases: &[Case]) -> String {
    let (mut bodies, mut main) = (String::new(), String::new());
    let mut helpers: BTreeMap<&str, &str> = BTreeMap::new();
    for (k, case) in cases.iter().enumerate() {
        let name = format!("c{k}");
        collect(&case.text, case, &mut helpers);
        bodies += &format!("\n// {}\n{}", case.label, case.text.replace("CASE", &name));
        let sizes: Vec<String> = case.sizes.iter().map(|n| n.to_string()).collect();
        main += &match &sizes[..] {
            [one] => format!("    {name}({one})\n"),
            _ => format!("    for n in [{}] {{ {name}(n) }}\n", sizes.join(", ")),
        };
    }
    let helpers: String = helpers.into_values().collect();
    format!("//! run\n{DECLARATIONS}{helpers}{bodies}\nfn main() {{\n{main}}}\n")
}

/// Adds the helpers that a text names, and those that these name.
fn collect<'a>(text: &'a str, case: &'a Case, into: &mut BTreeMap<&'a str, &'a str>) {
    let mut pending = vec![text];
    while let Some(text) = pending.pop() {
        for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
            if let Some((name, helper)) = case.helpers.get_key_value(word)
                && into.insert(name, helper).is_none()
            {
                pending.push(helper);
            }
        }
    }
}
