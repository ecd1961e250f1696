//! The reference's chapter of built-ins is the table of them: made from `compiler/std`, never
//! written by hand. `BLESS=1 cargo test -p cowl-frontend --test table` makes it again.

use cowl_frontend::table::{Class, Entry, Gives, Use, builtin_table};
use std::fmt::Write;
use std::path::Path;

const CHAPTER: &str = "../../spec/reference/17-builtin-table.md";

const HEAD: &str = "\
# The table of built-ins

Made from the declarations in `compiler/std`; all engines work by the same declarations.
What the classes mean stands in [Ownership](12-ownership.md), what the methods are for in [Collections](05-collections.md) and [Strings](04-strings.md).

- A **reader** looks at its receiver and arguments: it adds no holder, and what it gives of the elements is shared.
- An **updater** changes its receiver in its place: one event at the call, with `!` or without. It gives `Self`, or `(Self, R)` where a result R is written; what it takes out of the place is moved.
- A **maker** owns its receiver and gives a fresh value or a slice; it counts nothing. Elements are moved out of a receiver that dies there and is the sole holder, else shared.
- A **method** is a `var self` method like any user's.
- An argument is owned (moved if it dies there, else shared) unless the column says *look*.
- *moves* says that a callback is given the elements as `for` gives them; *shares*, that the method keeps them and the callback is given shares.
";

fn chapter() -> String {
    let mut out = String::from(HEAD);
    let table = builtin_table();
    let mut titles: Vec<String> = Vec::new();
    for entry in &table {
        let title = title(entry);
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    for wanted in titles {
        let _ = write!(
            out,
            "\n## {wanted}\n\n| function | class | operands | what it does | panics |\n|---|---|---|---|---|\n"
        );
        for entry in table.iter().filter(|e| title(e) == wanted) {
            let _ = writeln!(
                out,
                "| `{}` | {} | {} | {} | {} |",
                signature(entry),
                class(entry),
                operands(entry),
                cell(&entry.doc),
                cell(entry.panics.as_deref().unwrap_or_default()),
            );
        }
    }
    out
}

fn title(entry: &Entry) -> String {
    match (&entry.receiver, &*entry.module) {
        (Some(receiver), _) => receiver.clone(),
        (None, module) if module.starts_with("std.core") => "Functions of the prelude".to_string(),
        (None, module) => module.to_string(),
    }
}

fn signature(entry: &Entry) -> String {
    let bounds: Vec<String> = entry.type_params[..entry.of_receiver]
        .iter()
        .filter(|p| !p.bounds.is_empty())
        .map(|p| format!("{}: {}", p.name, p.bounds.join(" + ")))
        .collect();
    let bounds = match bounds.is_empty() || entry.self_mode.is_none() && entry.receiver.is_none() {
        true => String::new(),
        false => format!(" where {}", bounds.join(", ")),
    };
    format!("{}{bounds}", entry.signature())
}

fn class(entry: &Entry) -> &'static str {
    match (entry.class, entry.self_mode) {
        (Class::Reader, _) => "reader",
        (Class::Updater, _) => "updater",
        (Class::Maker, Some(Use::Change)) => "method",
        (Class::Maker, _) => "maker",
    }
}

fn operands(entry: &Entry) -> String {
    let all_look = entry.class == Class::Reader;
    let mut parts = Vec::new();
    for param in &entry.params {
        if param.mode == Use::Look && !all_look {
            parts.push(format!("{}: look", param.name));
        }
        match param.callback {
            Some(Gives::Moved) => parts.push(format!("{} moves", param.name)),
            Some(Gives::Shared) => parts.push(format!("{} shares", param.name)),
            None => {}
        }
    }
    parts.join(", ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_chapter_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(CHAPTER);
    let wanted = chapter();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &wanted).expect("the chapter can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = found
        .lines()
        .zip(wanted.lines())
        .find(|(found, wanted)| found != wanted);
    assert!(
        found == wanted,
        "the chapter is out of date (BLESS=1 makes it again); first difference: {differs:?}"
    );
}

/// A method that calls back owns what it goes over, or changes it: it never looks.
#[test]
fn no_reader_calls_back() {
    for entry in builtin_table() {
        let calls = entry.params.iter().any(|p| p.callback.is_some());
        assert!(
            !calls || entry.class != Class::Reader,
            "{} {} is a reader",
            title(&entry),
            entry.name
        );
    }
}

/// The names that mean the same on several collections have the same class on all of them.
#[test]
fn a_name_has_one_class() {
    // A text is searched for a part, any other collection with a callback.
    let apart = |e: &Entry| e.receiver.as_deref() == Some("string") && e.name.starts_with("find");
    let holds = |e: &&Entry| {
        let heads = [
            "List<", "Array<", "Map<", "Set<", "Heap<", "Deque<", "string",
        ];
        let receiver = e.receiver.as_deref().unwrap_or_default();
        e.self_mode.is_some() && heads.iter().any(|h| receiver.starts_with(h)) && !apart(e)
    };
    let table = builtin_table();
    for a in table.iter().filter(holds) {
        for b in table.iter().filter(holds) {
            let (of_a, of_b) = (title(a), title(b));
            if a.name == b.name {
                assert_eq!(class(a), class(b), "{} of {of_a} and {of_b}", a.name);
            }
        }
    }
}

#[test]
fn every_entry_says_what_it_does() {
    // `Panics …` alone says it too.
    let bare = |e: &&Entry| e.doc.is_empty() && e.panics.is_none();
    let bare: Vec<String> = builtin_table()
        .iter()
        .filter(bare)
        .map(|e| format!("{} {}", title(e), e.name))
        .collect();
    assert!(bare.is_empty(), "without a doc comment: {bare:#?}");
}

/// An Array has what a List has, with Arrays where that has Lists.
#[test]
fn an_array_has_what_a_list_has() {
    let table = builtin_table();
    let of = |head: &str| -> Vec<String> {
        let all = table
            .iter()
            .filter(|e| e.receiver.as_deref().is_some_and(|r| r.starts_with(head)));
        let row = |e: &Entry| {
            let row = format!(
                "{} {} {} {} {:?}",
                title(e),
                signature(e),
                class(e),
                operands(e),
                e.panics
            );
            row.replace("List<", "Array<")
                .replace(", separator: look", "")
                .replace("separator: look", "")
        };
        all.map(row).collect()
    };
    assert_eq!(of("List<"), of("Array<"));
}
