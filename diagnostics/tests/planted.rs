//! The verifier checks itself: every kind of mismatch, planted in a stand-in for `cowl`, must be
//! caught, and nothing else may be.

use dualexec::{Engine, Options, Verdict, verify};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const PROGRAM: &str = "\
//! run
//! ledger: in_place=2 copied=1 moved=0
//! files: data
//! mir change:
//! fn change () {
//!   _1 = move _0
//! }
//!
fn main() {     //~ in_place=2
    change()    //~ copied=1
}
test \"it\" { }
//! stdout:
//! [1, 2]
";

struct World {
    dir: TempDir,
}

impl World {
    fn new(plant: &str) -> World {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let world = World { dir };
        let script = include_str!("fake-cowl.sh");
        let planted = script.replace("PLANT=${PLANT:-}", &format!("PLANT='{plant}'"));
        world.write("cowl", &planted);
        std::fs::set_permissions(world.path("cowl"), std::fs::Permissions::from_mode(0o755))
            .expect("it is ours");
        world.write("p.cowl", &PROGRAM.replace("//!\nfn", "fn"));
        std::fs::create_dir(world.path("data")).expect("it is ours");
        world.write("data/in.txt", "in\n");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("it is ours");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("it is there")
    }

    fn options(&self) -> Options {
        Options {
            timeout: Duration::from_secs(20),
            ..Options::new(self.path("cowl"))
        }
    }

    fn verify(&self, options: &Options) -> (Verdict, String) {
        verify_at(&self.path("p.cowl"), options)
    }
}

fn verify_at(path: &Path, options: &Options) -> (Verdict, String) {
    let mut out = Vec::new();
    let verdict = verify(&[path.to_path_buf()], options, &mut out).expect("it can run");
    (verdict, String::from_utf8_lossy(&out).into_owned())
}

#[test]
fn agreement_is_agreement() {
    let world = World::new("");
    let (verdict, text) = world.verify(&world.options());
    assert_eq!(verdict, Verdict::Agree, "{text}");
    assert!(
        text.contains("verify: 1 program, 7 engines, 0 differences"),
        "{text}"
    );
    assert!(text.contains("6 ledgers of "), "{text}");
}

#[test]
fn every_planted_mismatch_is_caught() {
    let plants = [
        ("jit/Plain/stdout", "jit: stdout"),
        ("jit/Counting/stdout", "jit counting: stdout"),
        ("eager/Plain/stdout", "eager: stdout"),
        ("aot/Plain/stdout", "aot: stdout"),
        ("interp/Counting/stdout", "interp: stdout"),
        ("aot/Counting/stderr", "aot counting: stderr"),
        ("eager/Plain/exit", "eager: exit"),
        ("aot/Plain/exit", "aot: exit"),
        ("jit/Plain/crash", "jit: exit: killed by signal 11"),
        ("jit/Plain/file", "jit: files"),
        ("jit/Counting/event", "jit counting: ledger"),
        ("interp/Counting/event", "interp: ledger"),
        ("aot/Counting/moved", "aot counting: ledger"),
        ("aot/Counting/leak", "aot counting: objects: 1 still live"),
        (
            "jit/Counting/garbage",
            "jit counting: run: line 1 of the ledger",
        ),
        ("jit/Counting/no-ledger", "jit counting: run: no ledger"),
        ("aot/Plain/no-build", "aot: run: `cowl build` failed"),
        (
            "aot/Counting/no-build",
            "aot counting: run: `cowl build` failed",
        ),
        ("jit-trace/Counting/event", "jit-trace: ledger"),
        ("jit-audit/Counting/exit", "jit-audit: exit"),
        (
            "jit-trace/Counting/leak",
            "jit-trace: objects: 1 still live",
        ),
        ("jit/Tests/exit", "jit tests: exit"),
        ("eager/Tests/stdout", "eager tests: stdout"),
        ("check/Plain/refuse", "check: diagnostics"),
        ("dump/Plain/share", "+  _1 = share _0"),
        ("dump/Plain/refuse", "dump: mir: `cowl dump` ended with"),
        (
            "dump/Plain/unknown",
            "dump: mir: there is no function `change`",
        ),
    ];
    for (plant, words) in plants {
        let world = World::new(plant);
        let (verdict, text) = world.verify(&world.options());
        assert_eq!(verdict, Verdict::Differ, "{plant}: {text}");
        assert!(text.contains(words), "{plant}: {text}");
        assert!(text.contains("1 difference,"), "{plant}: {text}");
    }
}

#[test]
fn a_hanging_engine_is_ended() {
    let world = World::new("jit/Plain/hang");
    let options = Options {
        timeout: Duration::from_secs(2),
        ..world.options()
    };
    let (verdict, text) = world.verify(&options);
    assert_eq!(verdict, Verdict::Differ);
    assert!(text.contains("jit: exit: timed out"), "{text}");
}

#[test]
fn the_file_decides_even_where_engines_agree() {
    for (from, to, words) in [
        (
            "[1, 2]",
            "[1, 3]",
            "interp, eager, jit, jit counting, aot, aot counting, jit-trace, jit-audit, aot-audit: stdout",
        ),
        ("copied=1 moved", "copied=2 moved", "copied=1, not 2"),
        (
            "//~ in_place=2",
            "//~ in_place=1",
            "line 8: in_place=2, not 1",
        ),
        ("//! run", "//! run\n//! objects: live=1", "live=0, not 1"),
        ("//! run", "//! run\n//! exit: 4", "exit 0, not exit 4"),
        ("//! run", "//! panic no key", "no line `panic: no key`"),
    ] {
        let world = World::new("");
        let text = world.read("p.cowl");
        world.write("p.cowl", &text.replace(from, to));
        let (verdict, text) = world.verify(&world.options());
        assert_eq!(verdict, Verdict::Differ, "{to}: {text}");
        assert!(text.contains(words), "{to}: {text}");
    }
}

#[test]
fn the_eager_interpreter_may_answer_for_itself_what_is_shared() {
    for (plant, verdict) in [
        ("eager/Plain/stdout", Verdict::Agree),
        ("eager/Plain/crash", Verdict::Differ),
        ("jit/Plain/stdout", Verdict::Differ),
    ] {
        let world = World::new(plant);
        let text = world.read("p.cowl");
        world.write(
            "p.cowl",
            &text.replace("test \"it\" { }", "// is_unique(x)"),
        );
        let (found, text) = world.verify(&world.options());
        assert_eq!(found, verdict, "{plant}: {text}");
    }
}

#[test]
fn runs_that_collect_at_every_new_are_compared() {
    for (add, plant, verdict) in [
        ("// new T", "", Verdict::Agree),
        (
            "// new T",
            "jit-audit-stress/Counting/stdout",
            Verdict::Differ,
        ),
        ("// new T", "interp-stress/Counting/event", Verdict::Differ),
        // Without `new` there is nothing to run.
        ("", "interp-stress/Counting/stdout", Verdict::Agree),
        // When cycles are collected can be seen, but it is the same everywhere.
        ("// new T, weak T", "stress/Counting/stdout", Verdict::Agree),
        (
            "// new T, weak T",
            "jit-audit-stress/Counting/stdout",
            Verdict::Differ,
        ),
        (
            "// new T, weak T",
            "jit-audit/Counting/stdout",
            Verdict::Differ,
        ),
        ("// new T", "stress/Counting/stdout", Verdict::Differ),
    ] {
        let world = World::new(plant);
        let text = world.read("p.cowl");
        world.write("p.cowl", &text.replace("test \"it\" { }", add));
        let (found, text) = world.verify(&world.options());
        assert_eq!(found, verdict, "{plant}: {text}");
    }
}

#[test]
fn engines_have_names() {
    let names: Vec<String> = Engine::all().map(Engine::name).collect();
    assert_eq!(names.len(), 16);
    for name in names {
        assert_eq!(Engine::parse(&name).map(Engine::name), Some(name));
    }
}

#[test]
fn nothing_to_verify_is_no_success() {
    let world = World::new("");
    for path in ["data", "nowhere"] {
        let (verdict, text) = verify_at(&world.path(path), &world.options());
        assert_eq!(verdict, Verdict::CannotRun, "{text}");
    }
    world.write("p.cowl", "fn main() {}\n");
    let (verdict, text) = world.verify(&world.options());
    assert_eq!(verdict, Verdict::CannotRun);
    assert!(text.contains("CANNOT RUN"), "{text}");
}

#[test]
fn a_missing_cowl_is_no_difference() {
    let world = World::new("");
    let options = Options {
        cowl: world.path("nothing"),
        ..world.options()
    };
    assert_eq!(world.verify(&options).0, Verdict::CannotRun);
}

#[test]
fn json_has_a_record_per_program_and_engine() {
    let world = World::new("jit/Plain/stdout");
    let options = Options {
        format: dualexec::Format::Json,
        engines: vec![Engine::INTERP, Engine::JIT],
        aot_modes: false,
        ..world.options()
    };
    let (_, text) = world.verify(&options);
    let records: Vec<serde_json::Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).expect("each line is JSON"))
        .collect();
    let engines: Vec<&str> = records
        .iter()
        .filter_map(|r| r["engine"].as_str())
        .collect();
    assert_eq!(engines, ["check", "interp", "jit"]);
    assert_eq!(records[1]["agrees"], true);
    assert_eq!(records[2]["agrees"], false);
    assert_eq!(records[1]["runs"][0]["ledger"]["copied"], 1);
    assert_eq!(records[3]["summary"]["exit"], 1);
}

#[test]
fn blessing_fills_in_texts_and_numbers_only() {
    let world = World::new("");
    let stale = world
        .read("p.cowl")
        .replace("in_place=2 copied=1", "in_place=7 copied=0")
        .replace("//!   _1 = move _0\n", "//! old\n")
        .replace("//! [1, 2]\n", "//! old\n//! lines\n");
    let wanted = world.read("p.cowl");
    world.write("p.cowl", &stale);
    let bless = Options {
        bless: true,
        ..world.options()
    };
    let (verdict, text) = world.verify(&bless);
    assert_eq!(verdict, Verdict::Differ);
    assert!(text.contains("blessed: 1 file changed"), "{text}");
    assert_eq!(world.read("p.cowl"), wanted);
    assert_eq!(world.verify(&bless).0, Verdict::Agree);
}

#[test]
fn blessing_refuses_what_engines_do_not_agree_on() {
    for plant in ["jit/Plain/stdout", "jit/Counting/event", "eager/Plain/exit"] {
        let world = World::new(plant);
        let before = world.read("p.cowl").replace("[1, 2]", "old");
        world.write("p.cowl", &before);
        let bless = Options {
            bless: true,
            ..world.options()
        };
        let (verdict, text) = world.verify(&bless);
        assert_eq!(verdict, Verdict::Differ);
        assert!(text.contains("not blessed"), "{plant}: {text}");
        assert_eq!(world.read("p.cowl"), before, "{plant}");
    }
}

#[test]
fn blocks_of_chapters_are_programs() {
    let world = World::new("");
    let chapter =
        "# One\n\n```cowl\n//! run\n//! files: data\nfn main() {}\n```\n\n```output\nold\n```\n";
    world.write("one.md", chapter);
    let bless = Options {
        bless: true,
        ..world.options()
    };
    let (_, text) = verify_at(&world.path("one.md"), &bless);
    assert!(text.contains("one.md:3"), "{text}");
    assert_eq!(world.read("one.md"), chapter.replace("old", "[1, 2]"));
}
