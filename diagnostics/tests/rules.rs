//! `spec/README.md` names programs for every rule: at least three, which exist; those of the rules
//! of holding say what the ledger counts.

use std::path::Path;

fn pins_its_ledger(text: &str) -> bool {
    let counts = ["in_place=", "copied=", "moved="];
    text.lines().any(|line| {
        let marked = line.starts_with("//! ledger:") || line.contains("//~");
        marked && counts.iter().any(|c| line.contains(c))
    })
}

#[test]
fn every_rule_has_its_programs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("spec/README.md")).expect("the page is there");
    let (mut section, mut rules, mut wrong) = ("", 0, Vec::new());
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", rule, programs, ""] = cells[..] else {
            continue;
        };
        let names: Vec<&str> = programs.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            continue;
        }
        rules += 1;
        if names.len() < 3 {
            wrong.push(format!("{rule}: fewer than three programs"));
        }
        for name in names {
            let file = root.join("spec").join(format!("{name}.cowl"));
            match std::fs::read_to_string(&file) {
                Err(_) => wrong.push(format!("{rule}: there is no {name}")),
                Ok(text) if section == "Who holds what" && !pins_its_ledger(&text) => {
                    wrong.push(format!("{rule}: {name} pins no ledger"));
                }
                Ok(_) => {}
            }
        }
    }
    assert!(rules > 50, "{rules} rules");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
