//! The table of `spec/pitfalls.md` against the programs that it names: each is there, says which lines
//! it stands for, and, if it runs to its end, pins every count of objects.

use std::collections::BTreeSet;
use std::path::Path;

const COUNTS: [&str; 4] = ["allocated=", "freed=", "collected=", "live="];

/// The numbers of a row's line: `B19, B20`; of a second row, those of the first.
fn numbers(cell: &str) -> Vec<String> {
    let number = |word: &str| {
        let digits = word.strip_prefix(['B', 'C'])?;
        digits.parse::<u32>().ok().map(|_| word.to_string())
    };
    cell.split(", ").filter_map(number).collect()
}

/// The targets of the links in a line that are programs.
fn programs(line: &str) -> Vec<&str> {
    let targets = line
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    targets.filter(|target| target.ends_with(".cowl")).collect()
}

#[test]
fn every_pitfall_has_programs_that_name_it() {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let table = std::fs::read_to_string(spec.join("pitfalls.md")).expect("the table is there");
    let (mut current, mut seen, mut wrong) = (Vec::new(), BTreeSet::new(), Vec::new());
    for line in table.lines().filter(|l| l.starts_with("| ")) {
        let first = numbers(line.split('|').nth(1).unwrap_or("").trim());
        if !first.is_empty() {
            current = first;
            seen.extend(current.iter().cloned());
        }
        for name in programs(line) {
            let Ok(text) = std::fs::read_to_string(spec.join(name)) else {
                wrong.push(format!("{name} is not there"));
                continue;
            };
            let comments: Vec<&str> = text
                .lines()
                .filter(|l| l.starts_with("// Pitfall"))
                .collect();
            let named = |number: &String| {
                let words = |l: &&str| l.split([' ', ',', '.', ':']).any(|word| word == number);
                comments.iter().any(words)
            };
            for number in current.iter().filter(|n| !named(n)) {
                wrong.push(format!("{name} does not name {number}"));
            }
            let pins = text
                .lines()
                .find(|l| l.starts_with("//! objects:"))
                .unwrap_or("");
            if name.starts_with("run/") && !COUNTS.iter().all(|count| pins.contains(count)) {
                wrong.push(format!("{name} does not pin every count of objects"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen.len(), 29, "{seen:?}");
}
