//! What programs in `spec` cannot show: limits, streams that fail, statuses, the depth of values,
//! when cycles are collected. Each test runs a small program from its text.

use cowl_contract::ledger::Ledger;
use cowl_contract::outcome::End;
use cowl_frontend::compile::{Goal, compile};
use cowl_frontend::loader::{InMemory, LoadedFile};
use cowl_frontend::source::SourceMap;
use cowl_interp::{Io, Options, run};
use std::io::{self, Cursor, ErrorKind, Write};
use std::sync::{Arc, Mutex};

/// Both streams of a program, in the order in which they were written.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Broken(ErrorKind);

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(self.0))
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::Error::from(self.0))
    }
}

struct Ran {
    out: String,
    err: String,
    end: End,
    ledger: Option<Ledger>,
}

fn run_on(
    source: &str,
    stdin: &'static str,
    options: &Options,
    stdout: impl Write + Send + 'static,
    stderr: Sink,
) -> (End, Option<Ledger>) {
    let mut sources = SourceMap::default();
    let root = LoadedFile {
        name: "main.cowl".to_string(),
        text: source.into(),
    };
    let compiled = compile(&mut sources, &mut InMemory::default(), root, Goal::Run);
    let problems = compiled.problems;
    let program = compiled
        .program
        .unwrap_or_else(|| panic!("the program is refused: {problems:?}"));
    let io = Io::new(
        Box::new(Cursor::new(stdin)),
        Box::new(stdout),
        Box::new(stderr),
    );
    let entry = program.entry.unwrap();
    let outcome = run(&program, &sources, entry, Vec::new(), options, io);
    (outcome.end, outcome.ledger)
}

fn run_with(source: &str, stdin: &'static str, options: &Options) -> Ran {
    let (out, err) = (Sink::default(), Sink::default());
    let (end, ledger) = run_on(source, stdin, options, out.clone(), err.clone());
    Ran {
        out: out.text(),
        err: err.text(),
        end,
        ledger,
    }
}

fn run_plain(source: &str) -> Ran {
    run_with(source, "", &Options::default())
}

const COUNT_DOWN: &str = "\
fn down(n: int) -> int {
    if n == 0 { 0 } else { down(n - 1) }
}

fn main() {
    print(down(9))
}
";

#[test]
fn max_depth_counts_calls_outside_std() {
    // `main` and ten calls of `down`.
    let limited = |depth| Options {
        max_depth: Some(depth),
        ..Options::default()
    };
    assert_eq!(run_with(COUNT_DOWN, "", &limited(11)).out, "0\n");
    let ran = run_with(COUNT_DOWN, "", &limited(10));
    assert_eq!((ran.end, &*ran.out), (End::Panic, ""));
    let begin = "panic: stack overflow\n  at main.cowl:2:28 in down\n     |     if n == 0 { 0 }";
    assert!(ran.err.starts_with(begin), "{}", ran.err);
    assert_eq!(ran.err.matches(" in down\n").count(), 9);
}

#[test]
fn max_steps_counts_calls_and_turns() {
    let source = "fn main() {\n    for i in 0..5 { _ = i }\n}\n";
    let limited = |steps| Options {
        max_steps: Some(steps),
        ..Options::default()
    };
    assert_eq!(run_with(source, "", &limited(6)).end, End::Exit(0));
    let ran = run_with(source, "", &limited(5));
    assert_eq!(ran.end, End::Limit);
    assert_eq!(ran.err, "limit: max-steps 5 reached\n");
}

#[test]
fn endless_recursion_is_a_stack_overflow() {
    let ran = run_plain("fn f(n: int) -> int { 1 + f(n + 1) }\n\nfn main() { print(f(0)) }\n");
    assert_eq!(ran.end, End::Panic);
    assert!(ran.err.starts_with("panic: stack overflow\n"));
    assert_eq!(ran.err.lines().count(), 1 + 40 * 2 + 1);
}

#[test]
fn recursion_of_a_hundred_thousand_calls_is_none() {
    let source = "\
fn sum(n: int) -> int {
    if n == 0 { 0 } else { n + sum(n - 1) }
}

fn main() { print(sum(100000)) }
";
    assert_eq!(run_plain(source).out, "5000050000\n");
}

#[test]
fn statuses() {
    for (source, end) in [
        ("fn main() -> int { 7 }", End::Exit(7)),
        ("fn main() ! string { raise \"no\" }", End::Exit(1)),
        ("fn main() { panic(\"p\") }", End::Panic),
    ] {
        assert_eq!(run_plain(source).end, end, "{source}");
    }
}

#[test]
fn a_closed_stdout_ends_quietly() {
    let err = Sink::default();
    let source = "fn main() { print(1) }";
    let closed = Broken(ErrorKind::BrokenPipe);
    let (end, _) = run_on(source, "", &Options::default(), closed, err.clone());
    assert_eq!((end, &*err.text()), (End::Exit(141), ""));
}

#[test]
fn a_full_stdout_is_told() {
    let err = Sink::default();
    let source = "fn main() { print(1) }";
    let full = Broken(ErrorKind::StorageFull);
    let (end, _) = run_on(source, "", &Options::default(), full, err.clone());
    assert_eq!(end, End::Exit(1));
    assert!(err.text().starts_with("error: cannot write to stdout: "));
}

#[test]
fn output_comes_before_later_errors() {
    let both = Sink::default();
    let source = "fn main() {\n    print(1)\n    eprint(2)\n    print(3)\n    panic(\"end\")\n}\n";
    run_on(source, "", &Options::default(), both.clone(), both.clone());
    assert!(
        both.text().starts_with("1\n2\n3\npanic: end\n"),
        "{}",
        both.text()
    );
}

#[test]
fn deep_values_end_without_recursion() {
    let source = "\
enum Nest { leaf, node(List<Nest>), pair(left: Nest, right: Nest) }

fn main() {
    var x: Nest = .leaf
    for _ in 0..300000 { x = .node([x]) }
    for _ in 0..300000 { x = .pair(left: .leaf, right: x) }
    for _ in 0..300000 { x = .pair(left: x, right: .leaf) }
    let y = x
    print(x == y)
}
";
    assert_eq!(run_plain(source).out, "true\n");
    let eager = Options {
        eager: true,
        ..Options::default()
    };
    assert_eq!(run_with(source, "", &eager).out, "true\n");
}

#[test]
fn deep_values_print_without_recursion() {
    let source = "\
enum Nest { leaf, node(Nest) }

fn main() {
    var x: Nest = .leaf
    for _ in 0..300000 { x = .node(x) }
    print(\"{x}\".len())
}
";
    assert_eq!(run_plain(source).out, "2100005\n");
}

#[test]
fn cycles_are_collected_when_ten_thousand_were_made() {
    let source = "\
struct Node { me: (*Node)? = none }

fn tie() -> weak Node {
    let p = new Node{}
    p.me = some(p)
    weak(p)
}

fn main() {
    let first = tie()
    for _ in 1..10000 { _ = tie() }
    print(first.get().is_some())
    _ = tie()
    print(first.get().is_some())
}
";
    let options = Options {
        ledger: true,
        ..Options::default()
    };
    let ran = run_with(source, "", &options);
    assert_eq!(ran.out, "true\nfalse\n");
    let objects = ran.ledger.unwrap().objects;
    assert_eq!((objects.allocated, objects.freed), (10001, 0));
    assert_eq!((objects.collected, objects.live), (10001, 0));
}

#[test]
fn below_a_deinit_stands_the_function_that_released() {
    let source = "\
struct Res { n: int }
impl Res { fn deinit(self) { panic(\"in deinit\") } }

fn make() {
    let r = new Res{ n: 1 }
    print(r.n)
}

fn main() { make() }
";
    let ran = run_plain(source);
    assert_eq!(ran.out, "1\n");
    let expected = "\
panic: in deinit
  at main.cowl:2:30 in Res.deinit
     | impl Res { fn deinit(self) { panic(\"in deinit\") } }
  at main.cowl:4:4 in make
     | fn make() {
  at main.cowl:9:13 in main
     | fn main() { make() }
";
    assert_eq!(ran.err, expected);
}

#[test]
fn lines_of_stdin() {
    let source = "\
use std.io

fn main() {
    loop {
        match io.read_line() {
            ok(some(line)) => print(\"[{line}]\")
            ok(none) => break
            err(e) => { print(e); break }
        }
    }
}
";
    let ran = run_with(source, "a\r\n\nlast", &Options::default());
    assert_eq!(ran.out, "[a]\n[]\n[last]\n");
}

#[test]
fn the_ledger_names_the_segment_at_which_copying_began() {
    let source = "\
struct Room { tags: List<int> }
struct World { rooms: List<Room> }

fn main() {
    var w = World{ rooms: [Room{ tags: [1] }] }
    let old = w
    w.rooms[0].tags.push!(2)
    w.rooms[0].tags.push!(3)
    print(old)
    let inner = w.rooms[0].tags
    w.rooms[0].tags.push!(4)
    print(inner)
}
";
    let options = Options {
        ledger: true,
        ..Options::default()
    };
    let ran = run_with(source, "", &options);
    let first = "World{ rooms: [Room{ tags: [1] }] }\n[1, 2, 3]\n";
    assert_eq!(ran.out, first);
    let expected = "\
main.cowl:7:21 copied 7:7 1
main.cowl:8:21 in_place 1
main.cowl:11:21 copied 11:16 1
";
    assert_eq!(ran.ledger.unwrap().events_text(), expected);
}

#[test]
fn eager_prints_the_same() {
    let source = "\
struct Node { tags: List<string>, by: Map<string, List<int>> }

fn touch(n: Node) -> Node {
    var m = n
    m.tags.push!(\"x\")
    m.by[\"k\", default: []].push!(m.tags.len())
    m
}

fn main() {
    let a = Node{ tags: [], by: [:] }
    let b = touch(a)
    let c = touch(b)
    var all = [a, b, c]
    all[0] = all[2]
    all[2].tags.pop!()
    print(all)
    print(b == touch(a))
}
";
    let plain = run_plain(source);
    let eager = Options {
        eager: true,
        ..Options::default()
    };
    assert_eq!(plain.out, run_with(source, "", &eager).out);
    assert!(plain.out.ends_with("true\n"));
}
