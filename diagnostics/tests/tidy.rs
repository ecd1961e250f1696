//! The repository's own rules, as tests: which crate may know which, how files look, where
//! `unsafe` may stand, that documents name what exists and that every error is explained.
//!
//! Reads the checkout only; runs no program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The longest a Rust file may be.
const MAX_LINES: usize = 1200;

/// What each crate may depend on: the edges of ARCHITECTURE.md. The driver may know all, and so may `fuzz`.
const EDGES: [(&str, &str, &[&str]); 8] = [
    ("cowl-contract", "compiler/contract", &[]),
    ("cowl-syntax", "compiler/syntax", &[]),
    (
        "cowl-frontend",
        "compiler/frontend",
        &["cowl-contract", "cowl-syntax"],
    ),
    (
        "cowl-codegen",
        "compiler/codegen",
        &[
            "cowl-contract",
            "cowl-frontend",
            "cowl-runtime",
            "cowl-archive",
        ],
    ),
    ("cowl-interp", "interp", &["cowl-contract", "cowl-frontend"]),
    ("cowl-runtime", "runtime", &["cowl-contract"]),
    ("cowl-archive", "runtime/archive", &[]),
    (
        "dualexec",
        "diagnostics",
        &["cowl-contract", "cowl-frontend"],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("diagnostics stands in the root")
        .to_path_buf()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Files with an extension below a folder of the root, by their paths from the root.
fn files(below: &str, extension: &str) -> Vec<PathBuf> {
    let root = root();
    let mut found = Vec::new();
    let mut pending = vec![root.join(below)];
    while let Some(dir) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else {
            continue;
        };
        for entry in entries {
            let entry = entry.expect("the checkout can be read");
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    pending.push(path);
                }
            } else if path.extension().is_some_and(|e| e == extension) {
                let inside = path.strip_prefix(&root).expect("below the root");
                found.push(inside.to_path_buf());
            }
        }
    }
    found.sort();
    found
}

/// The project's own; not the benchmark programs in Rust that Cowl is measured against.
fn rust_files() -> Vec<PathBuf> {
    let mut own = files("", "rs");
    own.retain(|path| !path.starts_with("benches"));
    own
}

fn report(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

/// The workspace's crates that a manifest names as dependencies of any kind.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut section = "";
    let mut found = BTreeSet::new();
    for line in manifest.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            // [dependencies.cowl-contract]
            if let Some((_, name)) = section.rsplit_once("dependencies.") {
                found.insert(name.to_string());
            }
        } else if section.ends_with("dependencies") {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            found.insert(name.to_string());
        }
    }
    let ours = |name: &String| name.starts_with("cowl") || name == "dualexec";
    found.into_iter().filter(ours).collect()
}

#[test]
fn crates_know_only_what_the_architecture_says() {
    let mut broken = Vec::new();
    for (name, dir, allowed) in EDGES {
        let manifest = read(&root().join(dir).join("Cargo.toml"));
        assert!(
            manifest.contains(&format!("name = \"{name}\"")),
            "{dir} is not {name}"
        );
        for dependency in dependencies(&manifest) {
            if !allowed.contains(&dependency.as_str()) {
                broken.push(format!("{name} must not know {dependency}"));
            }
        }
    }
    report("ARCHITECTURE.md, \"Code map\"", broken);
}

#[test]
fn every_crate_is_in_the_table_of_edges() {
    let known: Vec<PathBuf> = EDGES
        .iter()
        .map(|(_, dir, _)| Path::new(dir).join("Cargo.toml"))
        .chain([
            PathBuf::from("Cargo.toml"),
            PathBuf::from("compiler/driver/Cargo.toml"),
            PathBuf::from("fuzz/Cargo.toml"),
        ])
        .collect();
    let manifests = files("", "toml");
    let manifests = manifests.iter().filter(|p| p.ends_with("Cargo.toml"));
    let unknown = manifests.filter(|p| !known.contains(p));
    report(
        "crates without edges",
        unknown.map(|p| p.display().to_string()).collect(),
    );
}

#[test]
fn files_are_short_enough_to_read() {
    let long = rust_files().into_iter().filter_map(|path| {
        let lines = read(&root().join(&path)).lines().count();
        (lines > MAX_LINES).then(|| format!("{}: {lines} lines", path.display()))
    });
    report("one subject a file, at most 1,200 lines", long.collect());
}

#[test]
fn files_open_with_what_they_are() {
    let bare = rust_files().into_iter().filter(|path| {
        let text = read(&root().join(path));
        !text.starts_with("//! ")
    });
    report(
        "every file opens with `//!`",
        bare.map(|p| p.display().to_string()).collect(),
    );
}

#[test]
fn nothing_is_left_open() {
    // Written in parts, so that this file does not hold them.
    let words = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ig", "nore"),
    ];
    let mut broken = Vec::new();
    for path in rust_files() {
        let text = read(&root().join(&path));
        for (i, line) in text.lines().enumerate() {
            if words.iter().any(|w| line.contains(w)) {
                broken.push(format!("{}:{}: {}", path.display(), i + 1, line.trim()));
            }
        }
    }
    report("nothing is left open", broken);
}

/// `a/{b,c}/d` gives `a/b/d` and `a/c/d`.
fn expand(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else {
        return vec![path.to_string()];
    };
    let Some((inside, after)) = rest.split_once('}') else {
        return vec![path.to_string()];
    };
    inside
        .split(',')
        .flat_map(|part| expand(&format!("{before}{part}{after}")))
        .collect()
}

/// The texts between backticks.
fn code_spans(markdown: &str) -> Vec<&str> {
    let mut spans = Vec::new();
    let mut fenced = false;
    for line in markdown.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            spans.extend(line.split('`').skip(1).step_by(2));
        }
    }
    spans
}

#[test]
fn documents_name_paths_that_exist() {
    let root = root();
    let top: BTreeSet<String> = std::fs::read_dir(&root)
        .expect("the checkout can be read")
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .collect();
    let mut broken = Vec::new();
    for document in [
        "ARCHITECTURE.md",
        "README.md",
        "CONTRIBUTING.md",
        "diagnostics/README.md",
    ] {
        let Ok(text) = std::fs::read_to_string(root.join(document)) else {
            continue;
        };
        for span in code_spans(&text) {
            let word = span.split(' ').next().unwrap_or_default();
            let is_path = |c: char| c.is_ascii_alphanumeric() || "_-./{},*".contains(c);
            let first = word.split('/').next().unwrap_or_default();
            if !word.contains('/') || !word.chars().all(is_path) || !top.contains(first) {
                continue;
            }
            for path in expand(word) {
                let fixed = path.split('*').next().unwrap_or_default();
                let fixed = match path.contains('*') {
                    true => fixed.rsplit_once('/').map_or("", |(dir, _)| dir),
                    false => fixed,
                };
                if !root.join(fixed).exists() {
                    broken.push(format!("{document}: `{path}`"));
                }
            }
        }
    }
    report("documents name what is not there", broken);
}

/// Whether `unsafe` may stand in a file: the runtime, and the JIT's boundary to it.
fn may_be_unsafe(path: &Path) -> bool {
    let in_runtime = path.starts_with("runtime") && !path.starts_with("runtime/archive");
    let file = path.to_string_lossy();
    in_runtime || file.starts_with("compiler/codegen/src/jit")
}

/// Lines of code that hold the word. A string that holds it, and the type of a function that may
/// only be called by the runtime, are no unsafe code.
fn unsafe_lines(text: &str) -> usize {
    let code = |line: &&str| {
        let line = line.trim_start();
        !line.starts_with("//")
            && !line.contains("unsafe_code")
            && !line.contains("unsafe_op")
            && !line.contains("\"unsafe\"")
            && !line.contains("= unsafe extern")
            && !line.contains(": unsafe extern")
    };
    let word = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|w| w == "unsafe")
    };
    text.lines().filter(code).filter(|l| word(l)).count()
}

#[test]
fn unsafe_stands_at_its_places_and_only_becomes_less() {
    let mut broken = Vec::new();
    let mut count = 0;
    for path in rust_files() {
        // Here the word is a subject.
        if path.ends_with("diagnostics/tests/tidy.rs") {
            continue;
        }
        let n = unsafe_lines(&read(&root().join(&path)));
        count += n;
        if n > 0 && !may_be_unsafe(&path) {
            broken.push(path.display().to_string());
        }
    }
    report(
        "`unsafe` outside of the runtime and the JIT's boundary",
        broken,
    );
    let record = root().join("diagnostics/tests/unsafe-lines.txt");
    let recorded: usize = read(&record).trim().parse().expect("a number");
    assert!(
        count <= recorded,
        "{count} lines hold `unsafe`, more than the {recorded} recorded in {}",
        record.display()
    );
    assert!(
        count == recorded,
        "{count} lines hold `unsafe`, fewer than recorded: write {count} to {}",
        record.display()
    );
}

/// `E0203` and `W0101` where they stand as string literals.
fn codes(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in text.split('"').skip(1) {
        let digits = part.strip_prefix(['E', 'W']);
        if digits.is_some_and(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_digit())) {
            found.insert(part.to_string());
        }
    }
    found
}

/// Every code of the frontend, with a file that uses it.
fn codes_in_use() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for path in files("compiler/frontend/src", "rs") {
        for code in codes(&read(&root().join(&path))) {
            found.entry(code).or_insert_with(|| path.clone());
        }
    }
    found
}

#[test]
fn every_code_has_a_program_and_a_page() {
    let mut marked = BTreeSet::new();
    let mut pages = BTreeSet::new();
    for path in files("spec", "cowl").into_iter().chain(files("spec", "md")) {
        let text =
            String::from_utf8_lossy(&std::fs::read(root().join(&path)).expect("it is there"))
                .into_owned();
        for mark in text.split("//~").skip(1) {
            let mark = mark.trim_start_matches(['^', 'v', ' ']);
            marked.insert(mark.chars().take(5).collect::<String>());
        }
        if path.starts_with("spec/errors") {
            let code = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            pages.insert(code);
        }
    }
    // No repository should hold the program: a test of the driver makes it.
    let made = read(&root().join("compiler/driver/tests/hostile_files.rs"));
    if made.contains("error[E0034]") {
        marked.insert("E0034".to_string());
    }
    let used = codes_in_use();
    let mut broken = Vec::new();
    for (code, path) in &used {
        if !marked.contains(code) {
            broken.push(format!(
                "{code} ({}) has no program in spec",
                path.display()
            ));
        }
        if !pages.contains(code) {
            broken.push(format!(
                "{code} ({}) has no page spec/errors/{code}.md",
                path.display()
            ));
        }
    }
    let table = read(&root().join("compiler/frontend/src/codes.rs"));
    for code in used.keys() {
        let title = table.split_once(&format!("(\"{code}\", \""));
        let title = title.and_then(|(_, rest)| rest.split('"').next());
        let page = root().join(format!("spec/errors/{code}.md"));
        match (title, std::fs::read_to_string(page)) {
            (None, _) => broken.push(format!("{code} has no title in codes.rs")),
            (Some(title), Ok(page)) if !page.starts_with(&format!("# {code}: {title}\n")) => {
                broken.push(format!(
                    "spec/errors/{code}.md opens with `# {code}: {title}`"
                ));
            }
            // What no program in text can show has no quotation either.
            (_, Ok(page))
                if ["```cowl reject", "```cowl check"]
                    .iter()
                    .any(|b| page.contains(b))
                    && !page.contains(&format!("[{code}]: ")) =>
            {
                broken.push(format!("spec/errors/{code}.md quotes no message"));
            }
            _ => {}
        }
    }
    let stale = pages.iter().filter(|p| !used.contains_key(*p));
    broken.extend(stale.map(|p| format!("spec/errors/{p}.md explains a code that is not used")));
    report("codes", broken);
}

#[test]
fn the_helpers_of_this_file() {
    assert_eq!(expand("a/{b,c}/d"), ["a/b/d", "a/c/d"]);
    assert_eq!(code_spans("see `a` and `b`\n```\n`c`\n```\n"), ["a", "b"]);
    let manifest = "[dependencies]\ncowl-interp.workspace = true\nserde = \"1\"\n[dev-dependencies]\ndualexec = {}\n[dependencies.cowl-runtime]\npath = \"x\"\n[lints]\ncowl = 1\n";
    let found: Vec<String> = dependencies(manifest).into_iter().collect();
    assert_eq!(found, ["cowl-interp", "cowl-runtime", "dualexec"]);
    assert_eq!(
        unsafe_lines("// unsafe\nunsafe { f() }\nlet unsafe_ = 1;\n#![forbid(unsafe_code)]\n"),
        1
    );
    assert_eq!(
        codes("Problem::error(\"E0203\", x, \"W1\")")
            .into_iter()
            .collect::<Vec<_>>(),
        ["E0203"]
    );
}
