//! `--copies`: the verdicts of `cowl check` hold in every run, engines agree on what copies weigh,
//! the reports say what they are meant to say.

use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

fn cowl(args: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cowl"))
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .expect("cowl runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A place of a program: file, line, column.
type Place = (String, u64, u64);

fn place(record: &Value) -> Option<Place> {
    let file = record.get("file")?.as_str()?.to_string();
    Some((
        file,
        record.get("line")?.as_u64()?,
        record.get("col")?.as_u64()?,
    ))
}

fn records(text: &str) -> Vec<Value> {
    let lines = text.lines().filter(|l| l.starts_with('{'));
    lines
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect()
}

fn verdicts(dir: &Path, file: &str) -> Option<BTreeMap<Place, String>> {
    let checked = cowl(&["check", "--copies", "--format=json", file], dir);
    let said = records(&text(&checked.stdout));
    // Without a program there are no verdicts, and no sums of them.
    said.iter().find(|r| r.get("never").is_some())?;
    let said = said.iter().filter(|r| r.get("copies").is_some());
    Some(
        said.filter_map(|r| Some((place(r)?, r["copies"].as_str()?.to_string())))
            .collect(),
    )
}

/// Runs a program with what its directives ask for; its report by place.
fn ran(path: &Path) -> HashMap<Place, Value> {
    let program = std::fs::read_to_string(path).expect("it is there");
    let dir = tempfile::tempdir().expect("a temporary folder");
    let report = dir.path().join("report.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowl"));
    command
        .arg("run")
        .arg("--format=json")
        .arg(format!("--copies={}", report.display()));
    command.arg(path);
    let mut stdin = String::new();
    let mut lines = program.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(args) = line.strip_prefix("//! args: ") {
            command.args(args.split_whitespace().map(|a| a.trim_matches('"')));
        }
        if line == "//! stdin:" {
            while let Some(more) = lines.peek().and_then(|l| l.strip_prefix("//! ")) {
                stdin += &format!("{more}\n");
                lines.next();
            }
        }
        if let Some(files) = line.strip_prefix("//! files: ") {
            copy_all(&path.with_file_name(files), dir.path());
        }
    }
    let given = dir.path().join("stdin.txt");
    std::fs::write(&given, stdin).expect("it is ours");
    command.stdin(std::fs::File::open(given).expect("just written"));
    command.current_dir(dir.path());
    command.output().expect("cowl runs");
    let text = std::fs::read_to_string(&report).unwrap_or_default();
    let all = records(&text);
    all.into_iter()
        .filter_map(|r| Some((place(&r)?, r)))
        .collect()
}

fn copy_all(from: &Path, to: &Path) {
    let Ok(entries) = std::fs::read_dir(from) else {
        return;
    };
    for entry in entries.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).expect("it is ours");
            copy_all(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("it is ours");
        }
    }
}

fn programs(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("it is there")
        .flatten()
        .map(|e| e.path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|e| e == "cowl") {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            if text.starts_with("//! run") || text.starts_with("//! panic") {
                found.push(path);
            }
        }
    }
}

/// `never` never copied, `must` always did: in every program of the reference and of the examples.
#[test]
fn verdicts_hold_in_every_run() {
    let mut paths = Vec::new();
    for folder in ["spec/run", "spec/panic", "spec/regress", "examples"] {
        let folder = root().join(folder);
        if folder.is_dir() {
            programs(&folder, &mut paths);
        }
    }
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    let judged = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (faults, n) = against_run(path);
                    judged.fetch_add(n, Ordering::Relaxed);
                    wrong.lock().expect("no panic").extend(faults);
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged.into_inner() > 500, "too few places were judged");
}

/// What a run shows to be wrong in the verdicts, and how many of them it reached.
fn against_run(path: &Path) -> (Vec<String>, usize) {
    let file = path.to_str().expect("UTF-8");
    let Some(said) = verdicts(&root(), file) else {
        return (Vec::new(), 0);
    };
    let mut wrong = Vec::new();
    let mut reached = 0;
    for (place, record) in ran(path) {
        let number = |name: &str| record[name].as_u64().unwrap_or(0);
        let broke = !record["promise"].is_null();
        let verdict = said.get(&place).map_or("none", |v| v);
        reached += 1;
        let fits = match verdict {
            "never" => number("copied") == 0 && !broke,
            "must" => number("in_place") + number("moved") + number("nothing") == 0,
            "may" => true,
            // `cowl check` has a verdict for whatever can count.
            _ => false,
        };
        if !fits {
            wrong.push(format!(
                "{file}: {place:?} is said to be `{verdict}`: {record}"
            ));
        }
    }
    (wrong, reached)
}

const SHARED: &str = r#"struct Node { left: List<int>, names: Array<string> }
fn add(xs: List<int>, x: int) -> List<int> { xs.push(x) }
fn main() {
    let a = [1]
    var b = a
    b.push!(2)
    print("{a} {b}")
    let node = Node{ left: [1, 2], names: ["x"] }
    var names = node.names
    names[0] = "y"
    print("{add(node.left, 3)} {names} {node}")
    var s = "a text that is longer than 23 bytes"
    s += "!"
    var counts: Map<string, int> = [:]
    for word in ["a", "b", "a"] { counts[word, default: 0] += 1 }
    let old = counts
    counts["c"] = 1
    print("{s} {counts} {old}")
    let own := copy [b, b]
    var queue: Deque<int> = [1, 2]
    let before = queue
    queue.push!(3)
    print("{own} {queue} {before}")
}
"#;

/// A folder with one file.
fn file(text: &str) -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(dir.path().join("p.cowl"), text).expect("it is ours");
    (dir, "p.cowl".to_string())
}

/// The counts of a report, without who held what.
fn counts(report: &str) -> Vec<String> {
    let mut all: Vec<String> = records(report)
        .iter_mut()
        .map(|record| {
            let fields = record.as_object_mut().expect("an object");
            for name in ["explained", "promise"] {
                fields.remove(name);
            }
            for from in fields
                .get_mut("from")
                .and_then(|f| f.as_array_mut())
                .into_iter()
                .flatten()
            {
                let from = from.as_object_mut().expect("an object");
                from.remove("holders");
                from.remove("examined");
            }
            record.to_string()
        })
        .collect();
    all.sort();
    all
}

#[test]
fn engines_agree_on_what_copies_weigh() {
    let (dir, file) = file(SHARED);
    let plain = cowl(&["run", &file], dir.path());
    let mut reports = Vec::new();
    for engine in ["interp", "jit", "aot"] {
        let engine = format!("--engine={engine}");
        let run = ["run", &engine, "--copies=r.json", "--format=json", &file];
        let done = cowl(&run, dir.path());
        assert_eq!(text(&done.stdout), text(&plain.stdout), "{engine}");
        assert_eq!(text(&done.stderr), "", "{engine}");
        assert_eq!(done.status.code(), Some(0), "{engine}");
        let report = std::fs::read_to_string(dir.path().join("r.json")).expect("a report");
        reports.push((engine, counts(&report)));
    }
    for (engine, report) in &reports[1..] {
        assert_eq!(report, &reports[0].1, "{engine} and {}", reports[0].0);
    }
}

#[test]
fn a_program_keeps_its_streams_and_status() {
    let program = "fn main() -> int {\n    let a = [1]\n    var b = a\n    b.push!(2)\n    print(a)\n    eprint(b)\n    7\n}\n";
    let (dir, file) = file(program);
    for engine in ["interp", "jit", "aot", "eager"] {
        let engine = format!("--engine={engine}");
        let done = cowl(&["run", &engine, "--copies", &file], dir.path());
        assert_eq!(done.status.code(), Some(7), "{engine}");
        assert_eq!(text(&done.stdout), "[1]\n", "{engine}");
        let stderr = text(&done.stderr);
        assert!(stderr.starts_with("[1, 2]\ncopies: "), "{engine}: {stderr}");
    }
    let nowhere = cowl(&["run", "--copies=no/such/folder", &file], dir.path());
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(text(&nowhere.stderr).contains("cannot write `no/such/folder`"));
}

fn report(program: &str) -> String {
    let (dir, file) = file(program);
    let done = cowl(&["run", "--copies", "--color=never", &file], dir.path());
    text(&done.stderr)
}

#[test]
fn the_report_names_the_holder_and_the_way_out() {
    let program = "fn main() {\n    let a = [1]\n    var b = a\n    b.push!(2)\n    b.push!(3)\n    print(\"{a} {b}\")\n}\n";
    assert_eq!(
        report(program),
        r#"copies: 1, 48 bytes; 1 in place

copy: copied 1 of 1 time (48 bytes)
 --> p.cowl:4:7
  |
2 |     let a = [1]
  |         - `a` still holds it
3 |     var b = a
4 |     b.push!(2)
  |       ^^^^
5 |     b.push!(3)
6 |     print("{a} {b}")
  |             - `a` is named again here
  |
  = help: let the change be the last use: name `a` before it only, or give it up with `move a` or `:=`

elsewhere:
  p.cowl:5:7: 1 in place
"#
    );
    assert_eq!(
        report(
            "fn main() {\n    var xs: List<int> = []\n    xs.push!(1)\n    xs.push!(2)\n    print(xs)\n}\n"
        ),
        "copies: none; 1 in place, 1 with nothing to copy\n  p.cowl:3:8: 1 with nothing to copy\n  p.cowl:4:8: 1 in place\n"
    );
}

#[test]
fn every_kind_of_holder_is_found() {
    for (kind, name, body) in [
        (
            "local",
            "a",
            "let a = [1]\n    var b = a\n    b.push!(2)\n    print(a)",
        ),
        (
            "local",
            "n.xs",
            "let n = N{ xs: [1] }\n    var b = n.xs\n    b.push!(2)\n    print(n)",
        ),
        (
            "caller",
            "a",
            "let a = [1]\n    print(add(a))\n    print(a)",
        ),
        (
            "element",
            "rows[1]",
            "let rows = [[1], [2]]\n    var r = rows[1]\n    r.push!(3)\n    print(rows)",
        ),
        (
            "element",
            "m[\"k\"]",
            "let m = [\"k\": [1]]\n    var r = m[\"k\"]\n    r.push!(3)\n    print(m)",
        ),
        (
            "object",
            "p.xs",
            "let p = new N{ xs: [1] }\n    var r = p.xs\n    r.push!(3)\n    print(p)",
        ),
        (
            "capture",
            "",
            "let a = [1]\n    let f = || a.push(2)\n    print(f())",
        ),
        (
            "literal",
            "a text that is longer th…",
            "var s = \"a text that is longer than that\"\n    s += \"!\"\n    print(s)",
        ),
        (
            "constant",
            "BASE",
            "var b = BASE\n    b.push!(1)\n    print(b)",
        ),
        (
            "loop",
            "",
            "var xs = [1, 2]\n    for x in xs { xs.push!(x) }\n    print(xs)",
        ),
        (
            "slice",
            "part",
            "var t = (0..200).to_list()\n    let part = t[50..150]\n    t.push!(1)\n    print(part.len())",
        ),
    ] {
        let program = format!(
            "let BASE = [1, 2]\nstruct N {{ xs: List<int> }}\nfn add(xs: List<int>) -> List<int> {{ xs.push(1) }}\nfn main() {{\n    {body}\n}}\n"
        );
        let (dir, file) = file(&program);
        let run = ["run", "--copies", "--format=json", &file];
        let said = text(&cowl(&run, dir.path()).stderr);
        let holders: Vec<(String, String)> = records(&said)
            .iter()
            .filter_map(|r| r.get("from")?.as_array().cloned())
            .flatten()
            .filter_map(|f| f["holders"].as_array().cloned())
            .flatten()
            .map(|h| {
                assert!(!h["help"].as_str().expect("a text").is_empty());
                let word = |name: &str| h[name].as_str().expect("a text").to_string();
                (word("kind"), word("name"))
            })
            .collect();
        let wanted = (kind.to_string(), name.to_string());
        assert!(
            holders.contains(&wanted),
            "{wanted:?} in {holders:?}: {said}"
        );
    }
}

#[test]
fn a_broken_promise_is_explained() {
    let program = "@in_place\nfn add(xs: List<int>) -> List<int> { xs.push(1) }\nfn main() {\n    let keep = [1]\n    print(add(keep))\n    print(keep)\n}\n";
    let said = report(program);
    assert!(
        said.starts_with("panic: this copies, but 'add' is @in_place\n"),
        "{said}"
    );
    assert!(
        said.contains("copy: this would copy, but `add` is @in_place\n --> p.cowl:2:41"),
        "{said}"
    );
    assert!(said.contains("`keep` of `main` still holds it"), "{said}");
}

#[test]
fn tests_have_reports_of_their_own() {
    let program = "test \"shares\" copies 1 {\n    let a = [1]\n    var b = a\n    b.push!(2)\n    assert_ne(a, b)\n}\n\ntest \"does not\" {\n    assert_eq([1].push(2), [1, 2])\n}\n";
    let (dir, file) = file(program);
    let done = cowl(&["test", "--copies", "--color=never", &file], dir.path());
    assert_eq!(
        text(&done.stdout),
        "ok      shares\nok      does not\n2 passed, 0 failed\n"
    );
    let said = text(&done.stderr);
    assert!(
        said.contains("test \"shares\": copies: 1, 48 bytes; 0 in place\n"),
        "{said}"
    );
    assert!(said.contains("`a` still holds it"), "{said}");
    assert!(
        said.contains("test \"does not\": copies: none; 1 in place\n"),
        "{said}"
    );
}

#[test]
fn check_lists_every_change() {
    let (dir, file) = file(SHARED);
    let done = cowl(&["check", "--copies", &file], dir.path());
    let said = text(&done.stdout);
    assert!(
        said.contains("must   p.cowl:6:7: b.push!(2)\n       p.cowl:4:9: this holds it too\n"),
        "{said}"
    );
    assert!(said.contains("may    p.cowl:2:49: fn add"), "{said}");
    assert!(said.contains("must   p.cowl:13:7: s += \"!\"\n"), "{said}");
    assert!(said.contains("never  p.cowl:15:"), "{said}");
}

/// The report of an example, run with the arguments and in the folder that it says.
fn example(name: &str, format: &str) -> String {
    let folder = root().join("examples").join(name);
    let main = folder.join("main.cowl");
    let program = std::fs::read_to_string(&main).expect("it is there");
    let args = program.lines().find_map(|l| l.strip_prefix("//! args: "));
    let dir = tempfile::tempdir().expect("a temporary folder");
    copy_all(&folder.join("data"), dir.path());
    let report = dir.path().join("report");
    let done = Command::new(env!("CARGO_BIN_EXE_cowl"))
        .arg("run")
        .arg(format!("--format={format}"))
        .arg(format!("--copies={}", report.display()))
        .arg(&main)
        .args(args.unwrap_or_default().split_whitespace())
        .current_dir(dir.path())
        .output()
        .expect("cowl runs");
    assert_eq!(text(&done.stderr), "");
    std::fs::read_to_string(report).expect("a report")
}

/// `life` makes each generation of the one before, which it still looks at: one copy in each, and
/// rightly so.
#[test]
fn the_report_of_life() {
    assert_eq!(example("life", "text"), include_str!("copies/life.txt"));
}

/// `bank` keeps the last good state, to go back to it when an order is refused.
#[test]
fn the_report_of_bank() {
    assert_eq!(example("bank", "text"), include_str!("copies/bank.txt"));
    assert_eq!(example("bank", "json"), include_str!("copies/bank.json"));
}

/// `diff` gives each row of its table a storage of its own.
#[test]
fn diff_copies_nothing() {
    assert!(example("diff", "text").starts_with("copies: none; "));
}
