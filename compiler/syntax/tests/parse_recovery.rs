//! What is reported, where, and what is left of a program with errors.

mod syntax;

use cowl_syntax::ast::{File, ItemKind};
use cowl_syntax::ast_dump;
use syntax::{codes, parse_with};

fn names(file: &File) -> Vec<String> {
    file.items
        .iter()
        .filter_map(|item| match &item.kind {
            ItemKind::Fn(decl) => Some(decl.name.text.to_string()),
            ItemKind::Struct(decl) => Some(decl.name.text.to_string()),
            ItemKind::Enum(decl) => Some(decl.name.text.to_string()),
            ItemKind::Impl(_) => Some("impl".to_string()),
            _ => None,
        })
        .collect()
}

/// The code and the text at the place of each problem.
fn places(text: &str) -> Vec<(&'static str, &str)> {
    let (_, problems) = parse_with(text);
    let cut = |lo: u32, hi: u32| &text[lo as usize..hi as usize];
    problems
        .iter()
        .map(|p| (p.code, cut(p.span.lo, p.span.hi)))
        .collect()
}

#[test]
fn three_broken_items_are_three_problems() {
    let text = "\
fn good() { }
fn one() { let x = }
struct P { x: int y: int }
fn fine() -> int { 3 }
fn three(int x) { }
enum E { a, b }
";
    let (file, problems) = parse_with(text);
    let codes: Vec<_> = problems.iter().map(|p| p.code).collect();
    assert_eq!(codes, ["E0016", "E0021", "E0032"]);
    assert_eq!(names(&file), ["good", "one", "P", "fine", "E"]);
}

#[test]
fn statements_around_a_broken_one_survive() {
    let text = "\
fn f() {
    let a = 1
    let b = g(1 2)
    print(a)
    x y
    match a {
        1 => 2
        3 -> 4
        _ => 5
    }
}
";
    let (file, problems) = parse_with(text);
    assert_eq!(problems.len(), 3, "{problems:?}");
    let dump = ast_dump::file(&file);
    let wanted = "\
fn f() {
  let a = 1
  let b = <error>
  print(a)
  <error>
  match a {
    1 => 2
    <error> => <error>
    _ => 5
  }
}";
    assert_eq!(dump.trim_end(), wanted);
}

#[test]
fn members_around_a_broken_one_survive() {
    let text = "\
impl P {
    fn a(self) { }
    fn b(self { }
    fn c(self) { let x = 1 2 }
}
struct S {
    a: int
    b: = 3
    c: int
}
enum E {
    a
    b = 3
    c
}
";
    let (file, problems) = parse_with(text);
    let codes: Vec<_> = problems.iter().map(|p| p.code).collect();
    assert_eq!(codes, ["E0002", "E0001", "E0032", "E0038"]);
    let dump = ast_dump::file(&file);
    let wanted = "\
impl P {
  fn a(self) {}
  fn c(self) {
    let x = <error>
  }
}
struct S {
  a: int
  c: int
}
enum E {
  a
  c
}";
    assert_eq!(dump.trim_end(), wanted);
}

#[test]
fn brackets_are_reported_where_they_open() {
    for (text, code, at) in [
        (
            "fn f() {\n let x = g(1, 2\n let y = 3\n}\nfn h() { }\n",
            "E0002",
            "(",
        ),
        ("fn f() {\n let x = [1, 2\n let y = 3\n}\n", "E0002", "["),
        ("fn f() {\n g(1\n}\n", "E0002", "("),
        ("fn f() {\n x = g(1]\n}\n", "E0003", "]"),
        ("fn f() {\n}}\nfn g() { }\n", "E0003", "}"),
        ("fn f() {\n let s = \"abc\n let y = 3\n}\n", "E0004", "\""),
        ("fn f() {\n g(\"abc)\n let y = 3\n}\n", "E0004", "\""),
        ("fn f() { }\n/* a\nfn g() { }\n", "E0005", "/*"),
        ("fn f() {\n let s = \"a { b\"\n}\n", "E0008", "{"),
        ("fn f() {\n let s = \"a } b\"\n}\n", "E0008", "}"),
    ] {
        assert_eq!(places(text), [(code, at)], "{text}");
        // The items behind are there.
        let (file, _) = parse_with(&format!("{text}fn last() {{ }}\n"));
        if code != "E0005" {
            assert_eq!(
                names(&file).last().map(String::as_str),
                Some("last"),
                "{text}"
            );
        }
    }
}

#[test]
fn a_missing_brace_is_found_by_indentation() {
    let text = "\
fn a() {
    if x {
        y()

}
fn b() { }
fn c() { }
";
    let (file, problems) = parse_with(text);
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].span.lo as usize,
        text.find("{\n        y").unwrap()
    );
    assert_eq!(names(&file), ["a", "b", "c"]);
    // Without any `}`: the last bracket that is open.
    let text = "fn a() {\n    if x {\n        y()\nfn b() { }\n";
    assert_eq!(places(text), [("E0002", "{")]);
}

#[test]
fn a_report_is_not_repeated_for_what_it_broke() {
    for text in [
        "fn f() { for i = 0; i < 3; i++ { } }",
        "fn f() { if x == Point{ x: 1 } { } }",
        "fn f() { \"\"\" a }\nfn g() { }",
        "fn f() { print(\"{\") }",
        "fn f() { let s = {1, 2, 3} }",
        "fn f() { print(\"a' }\nfn g() { x y }\n",
        "fn f() { print(\"a{x}b) }\nfn g() { x y }\n",
        "fn f() { print(g(\"a) }\nfn g() { x y }\n",
    ] {
        let all = codes(text);
        let unique: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(unique.len(), all.len(), "{text}: {all:?}");
        assert!(all.len() <= 2, "{text}: {all:?}");
    }
    assert_eq!(codes("fn f() { if x == Point{ x: 1 } { } }"), ["E0024"]);
    assert_eq!(codes("fn f() { \"\"\" a }\nfn g() { }"), ["E0004"]);
}

#[test]
fn reports_have_an_end() {
    let text = "fn f() { a b }\n".repeat(500);
    let found = codes(&text).len();
    assert!((50..=100).contains(&found), "{found}");
}
