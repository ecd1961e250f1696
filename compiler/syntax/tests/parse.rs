//! The parser from outside: the shape of what it makes, by the compact dump.

mod syntax;

use cowl_syntax::ast::{ExprKind, File, ItemKind, PostfixKind, StmtKind};
use cowl_syntax::ast_dump;
use syntax::{codes, on_big_stack, parse_ok, parse_with};

/// The dump of a value.
fn value(text: &str) -> String {
    let source = format!("let C = {text}\n");
    let file = parse_ok(&source);
    match &file.items[0].kind {
        ItemKind::Const(decl) => ast_dump::expr(&decl.value),
        other => panic!("{text}: {other:?}"),
    }
}

/// The dumps of the statements of a body, each without line breaks.
fn statements(text: &str) -> Vec<String> {
    let file = parse_ok(&format!("fn f() {{\n{text}\n}}\n"));
    let dump = ast_dump::file(&file);
    let lines = dump.lines().skip(1).filter(|l| *l != "}" && !l.is_empty());
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        let line = line.strip_prefix("  ").unwrap_or(line);
        let inner = line.starts_with(' ') || line.starts_with('}');
        match all.last_mut() {
            Some(last) if inner => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => all.push(line.to_string()),
        }
    }
    all
}

fn one(text: &str) -> String {
    let all = statements(text);
    assert_eq!(all.len(), 1, "{text}: {all:?}");
    all[0].clone()
}

fn dump(text: &str) -> String {
    ast_dump::file(&parse_ok(text)).trim_end().to_string()
}

#[test]
fn samples_parse() {
    for (name, text) in syntax::SAMPLES {
        let (file, problems) = parse_with(text);
        assert!(problems.is_empty(), "{name}: {problems:?}");
        assert!(!file.items.is_empty(), "{name}");
    }
}

#[test]
fn precedence_follows_the_table() {
    for (text, wanted) in [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("1 * 2 + 3 - 4", "((1 * 2) + 3 - 4)"),
        ("a +% b *% c -% d", "(a +% (b *% c) -% d)"),
        ("1 << 2 + 3", "(1 << (2 + 3))"),
        ("a & b << c", "(a & (b << c))"),
        ("a ^ b & c", "(a ^ (b & c))"),
        ("a | b ^ c | d", "(a | (b ^ c) | d)"),
        ("a | 1..b | 2", "((a | 1) .. (b | 2))"),
        ("0..=n - 1", "(0 ..= (n - 1))"),
        ("a ?? 1..2", "(a ?? (1 .. 2))"),
        ("a ?? b ?? c", "(a ?? b ?? c)"),
        ("a ?? b == c", "((a ?? b) == c)"),
        ("a == b && c != d || e", "(((a == b) && (c != d)) || e)"),
        ("x in xs && y is .some(z)", "((x in xs) && (y is .some(z)))"),
        ("a || b catch c", "((a || b) catch c)"),
        (
            "a catch |e| b catch |.no| c",
            "(a catch |e| (b catch |.no| c))",
        ),
        ("a === b || c !== d", "((a === b) || (c !== d))"),
        ("-a.b + !c", "((-a.b) + (!c))"),
        ("- - ~x", "(--~x)"),
        ("move a + copy b.c", "((move a) + (copy b.c))"),
        ("a - -1", "(a - (-1))"),
        ("a / b % c", "(a / b % c)"),
    ] {
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn ranges() {
    for (text, wanted) in [
        ("xs[a..]", "xs[(a ..)]"),
        ("xs[..b + 1]", "xs[(.. (b + 1))]"),
        ("xs[..=b]", "xs[(..= b)]"),
        ("xs[..]", "xs[(..)]"),
        ("0..n", "(0 .. n)"),
        ("(0..).take(3)", "paren((0 ..)).take(3)"),
        ("a..b.len()", "(a .. b.len())"),
        ("0.. ?? 1", "((0 ..) ?? 1)"),
    ] {
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn postfix_operations() {
    for (text, wanted) in [
        ("a.b.c(1)[2]?.d", "a.b.c(1)[2]?.d"),
        ("t.0.1", "t.0.1"),
        ("1.max(2)", "1.max(2)"),
        ("1.5.floor()", "1.5.floor()"),
        ("p.*.x", "p.*.x"),
        ("xs.push!(4)", "xs.push!(4)"),
        ("by[k, default: []]", "by[k, default: []]"),
        ("f(1, b: 2)", "f(1, b: 2)"),
        ("x? ?? 1", "(x? ?? 1)"),
        ("x?.y", "x?.y"),
        ("(h.f)()", "paren(h.f)()"),
        ("a.match.in", "a.match.in"),
        ("xs.map<int>(f)", "xs.map<int>(f)"),
        ("xs.sort_by!<int>(f)", "xs.sort_by!<int>(f)"),
        ("f<int>(x)", "f<int>(x)"),
        (
            "Map<string, List<int>>.new()",
            "Map<string, List<int>>.new()",
        ),
        ("Stack<int>[1]", "Stack<int>[1]"),
        ("a<b", "(a < b)"),
        ("f(a<b, c>d)", "f((a < b), (c > d))"),
        ("f(a < b, c > (d))", "f((a < b), (c > paren(d)))"),
        ("a.b<c", "(a.b < c)"),
        (".some(3)", ".some(3)"),
        (".leaf.size()", ".leaf.size()"),
        (".some(3).map(f)", ".some(3).map(f)"),
    ] {
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn literals() {
    for (text, wanted) in [
        ("1_000", "1000"),
        ("0xff", "255"),
        ("0b1010", "10"),
        ("0o17", "15"),
        ("1e9", "1000000000.0"),
        ("1.5e-7", "1.5e-7"),
        ("2_0.2_5", "20.25"),
        (
            "340282366920938463463374607431768211455",
            "340282366920938463463374607431768211455",
        ),
        ("'x'", "'x'"),
        ("'\\n'", "'\\n'"),
        ("'\\u{e9}'", "'é'"),
        ("'\\''", "'\\''"),
        ("'\"'", "'\"'"),
        ("b'x'", "b'x'"),
        ("true", "true"),
        ("()", "()"),
        ("(1, 2)", "(1, 2)"),
        ("(1)", "paren(1)"),
        ("[]", "[]"),
        ("[:]", "[:]"),
        ("[1, ..xs, 2,]", "[1, ..xs, 2]"),
        ("[\"a\": 1, \"b\": 2]", "[\"a\": 1, \"b\": 2]"),
        (
            "[x * x for x in xs if x > 0]",
            "[(x * x) for x in xs if (x > 0)]",
        ),
        ("[k: v for (k, v) in m]", "[k: v for (k, v) in m]"),
        (
            "[a for xs in ys for a in xs]",
            "[a for xs in ys for a in xs]",
        ),
        ("Point{ x: 1, y }", "Point{ x: 1, y }"),
        (
            "geo.Point<int>{ ..base, x: f(1) }",
            "geo.Point<int>{ ..base, x: f(1) }",
        ),
        ("Empty{}", "Empty{  }"),
        ("P{\n a: 1\n b: 2\n}", "P{ a: 1, b: 2 }"),
        ("P{ a: 1 }.b", "P{ a: 1 }.b"),
        ("weak(p)", "weak(p)"),
        ("weak()", "weak()"),
    ] {
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn strings() {
    for (text, wanted) in [
        (r#""a{x}b""#, r#""a{x}b""#),
        (r#""{{x}}""#, r#""{{x}}""#),
        (r#""{{{x}}}""#, r#""{{{x}}}""#),
        (
            r#""a{m["k"]}{"in {x + 1} {{ x }}"}""#,
            r#""a{m["k"]}{"in {(x + 1)} {{ x }}"}""#,
        ),
        (
            r#""{pi:.2}{n:>{w}}{x:?}{y:*^+#08.3e}""#,
            r#""{pi:.2}{n:>{w}}{x:?}{y:*^+#08.3e}""#,
        ),
        (r#""{x:'>5}{x:/<5}{x::^5}""#, r#""{x:'>5}{x:/<5}{x::^5}""#),
        (r#""\t\r\0\\\"\u{1F600}""#, r#""\t\r\0\\\"😀""#),
        (r##"r"a\n{x}""##, r#""a\\n{{x}}""#),
        (r###"r#"say "hi""#"###, r#""say \"hi\"""#),
        (r#""""#, r#""""#),
        (r#""""one "line" here""""#, r#""one \"line\" here""#),
    ] {
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn block_strings_lose_their_indentation() {
    for (text, wanted) in [
        (
            "\"\"\"\n    a\n      b {x}\n\n    c\n    \"\"\"",
            r#""a\n  b {x}\n\nc""#,
        ),
        ("\"\"\"\n    a\n  b\n    \"\"\"", r#""  a\nb""#),
        ("\"\"\"\n    a\n  \"\"\"", r#""  a""#),
        ("\"\"\"\n    {x}\n      {y}\n    \"\"\"", r#""{x}\n  {y}""#),
        ("\"\"\"a\n    b\"\"\"", r#""a\nb""#),
        ("\"\"\"\n\"\"\"", r#""""#),
        ("\"\"\"\r\n  a\r\n  b\r\n  \"\"\"", r#""a\nb""#),
        ("\"\"\"\n\ta\n\t\tb\n\t\"\"\"", r#""a\n\tb""#),
    ] {
        assert_eq!(value(text), wanted, "{text:?}");
    }
}

#[test]
fn closures_and_jumps_take_what_follows() {
    for (text, wanted) in [
        ("|x| x + 1", "(|x| (x + 1))"),
        ("|| 3", "(|| 3)"),
        ("|a: int, (b, c)| a", "(|a: int, (b, c)| a)"),
        ("|a| |b| a + b", "(|a| (|b| (a + b)))"),
        ("|x| -> int { x }", "(|x| -> int {\n  x\n})"),
        ("|x| y = x", "(|x| (y = x))"),
        ("|x| y += x ?? 1", "(|x| (y += (x ?? 1)))"),
        ("f(|x| y = x, 2)", "f((|x| (y = x)), 2)"),
        ("a + |x| x + 1", "(a + (|x| (x + 1)))"),
        ("a ?? return b + 1", "(a ?? (return (b + 1)))"),
        ("a catch |e| raise e", "(a catch |e| (raise e))"),
        ("a ?? break", "(a ?? (break))"),
        ("a ?? break 'l 3", "(a ?? (break 'l 3))"),
        ("a ?? continue 'l", "(a ?? (continue 'l))"),
        ("-return", "(-(return))"),
    ] {
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn new_takes_literals() {
    for (text, wanted) in [
        ("new Point{ x: 1 }", "(new Point{ x: 1 })"),
        ("new geo.Box<int>{ x: 1 }", "(new geo.Box<int>{ x: 1 })"),
        ("new List<int>[1, 2]", "(new List<int>[1, 2])"),
        (
            "new Map<string, int>[\"a\": 1]",
            "(new Map<string, int>[\"a\": 1])",
        ),
        ("new List<int>", "(new List<int>)"),
        ("new [10]int", "(new [10]int)"),
        ("new [n + 1]List<int>", "(new [(n + 1)]List<int>)"),
        ("new [1, 2]", "(new [1, 2])"),
        ("new .circle(3.0)", "(new .circle(3.0))"),
        ("new (1, 2)", "(new (1, 2))"),
        ("new int(42)", "(new int(42))"),
        ("new -3", "(new (-3))"),
        ("new \"x\"", "(new \"x\")"),
        ("new P{ x: 1 }.y", "(new P{ x: 1 }).y"),
    ] {
        assert_eq!(value(text), wanted, "{text}");
    }
}

#[test]
fn statements_have_their_forms() {
    for (text, wanted) in [
        ("let x = 1", "let x = 1"),
        ("var x := y", "var x := y"),
        ("let x: int?", "let x: (int)?"),
        ("let (a, b): (int, int) = p", "let (a, b): (int, int) = p"),
        (
            "let .some(w) = f() else { return }",
            "let .some(w) = f() else { (return) }",
        ),
        ("x = 1", "x = 1"),
        ("x.f := move a", "x.f := (move a)"),
        ("a[i].b *%= 3", "a[i].b *%= 3"),
        ("x <<= 1", "x <<= 1"),
        ("x |= 1", "x |= 1"),
        ("_ = f()", "_ = f()"),
        ("(a, b) = (b, a)", "(a, b) = (b, a)"),
        ("(a, _) = p", "(a, _) = p"),
        (
            "for (i, x) in xs.enumerate() { }",
            "for (i, x) in xs.enumerate() {}",
        ),
        ("for i in 0.. { }", "for i in (0 ..) {}"),
        (
            "'a: for x in xs { continue 'a }",
            "'a: for x in xs { (continue 'a) }",
        ),
        (
            "while a && let .some(x) = f() && x > 3 { }",
            "while a && let .some(x) = f() && (x > 3) {}",
        ),
        (
            "while (P{ x: 1 }).ok() { }",
            "while paren(P{ x: 1 }).ok() {}",
        ),
        ("'b: loop { break 'b 3 }", "'b: loop { (break 'b 3) }"),
        ("defer f()", "defer { f() }"),
        ("defer { f() }", "defer { f() }"),
        ("onfail x = 3", "onfail { x = 3 }"),
        (
            "if a { 1 } else if let b = c { 2 } else { 3 }",
            "if a { 1 } else if let b = c { 2 } else { 3 }",
        ),
        ("return", "(return)"),
        ("raise Error(\"x\")", "(raise Error(\"x\"))"),
        ("fn g(x: int) -> int { x }", "fn g(x: int) -> int { x }"),
        ("use a.b { c }", "use a.b { c }"),
        ("if x is .some(y) { }", "if (x is .some(y)) {}"),
        (
            "match f(x) { a if a > 1 => b = a, _ => {} }",
            "match f(x) { a if (a > 1) => (b = a) _ => {} }",
        ),
        (
            "match s { c: Circle => 1, d: a.B<int> => 2 }",
            "match s { c: Circle => 1 d: a.B<int> => 2 }",
        ),
        (
            "let y = match x { 1 => return, _ => 2 }",
            "let y = match x { 1 => (return) _ => 2 }",
        ),
    ] {
        assert_eq!(one(text), wanted, "{text}");
    }
}

#[test]
fn newlines_end_statements_or_do_not() {
    for (text, wanted) in [
        ("a\nb", vec!["a", "b"]),
        ("a; b;; c;", vec!["a", "b", "c"]),
        ("let x = a +\n  b *\n\n  c", vec!["let x = (a + (b * c))"]),
        ("let x =\n  3", vec!["let x = 3"]),
        ("f(\n a,\n b\n + c,\n)", vec!["f(a, (b + c))"]),
        ("[\n 1\n , 2\n]", vec!["[1, 2]"]),
        (
            "xs\n  .map(f)\n  // why\n\n  .len()",
            vec!["xs.map(f).len()"],
        ),
        ("let y = f(x)\n.ok(y)", vec!["let y = f(x).ok(y)"]),
        ("x\n-y", vec!["x", "(-y)"]),
        ("x\n|a| a", vec!["x", "(|a| a)"]),
        ("f\n(x)", vec!["f", "paren(x)"]),
        ("f\n[x]", vec!["f", "[x]"]),
        ("f\n{ x }", vec!["f", "{ x }"]),
        ("if a { }\nelse { }", vec!["if a {} else {}"]),
        (
            "if a { }\n// c\nelse if b { }\n\nelse { }",
            vec!["if a {} else if b {} else {}"],
        ),
        ("f({ a\n b })", vec!["f({ a b })"]),
        ("f({\n a\n .b()\n })", vec!["f({ a.b() })"]),
        (
            "let s = \"{f({ a\n b })}\"",
            vec!["let s = \"{f({ a b })}\""],
        ),
        ("let x = 0..\ny", vec!["let x = (0 ..)", "y"]),
        ("return\nx", vec!["(return)", "x"]),
        ("a /* x\n y */ b", vec![]),
    ] {
        if wanted.is_empty() {
            assert!(
                !codes(&format!("fn f() {{\n{text}\n}}\n")).is_empty(),
                "{text}"
            );
            continue;
        }
        assert_eq!(statements(text), wanted, "{text}");
    }
}

#[test]
fn arms_begin_lines_that_begin_with_a_point() {
    let text = "match r {\n .a(v) if v > 1 => xs\n   .first()\n .b(v) => f(v)\n .c\n  | .d => 1\n}";
    assert_eq!(
        one(text),
        "match r { .a(v) if (v > 1) => xs.first() .b(v) => f(v) (.c | .d) => 1 }"
    );
}

#[test]
fn patterns() {
    for (text, wanted) in [
        ("_", "_"),
        ("x", "x"),
        ("MAX", "MAX"),
        ("limits.MAX", "limits.MAX"),
        (
            "1 | -2 | 'c' | b'x' | \"s\" | true",
            "(1 | -2 | 'c' | b'x' | \"s\" | true)",
        ),
        ("1..5", "1..5"),
        ("-3..=MAX", "-3..=MAX"),
        ("lo..", "lo.."),
        ("..=9", "..=9"),
        ("..9", "..9"),
        ("1.5..", "1.5.."),
        ("(a, _, .b(c))", "(a, _, .b(c))"),
        ("(a)", "a"),
        ("[a, .., b]", "[a, .., b]"),
        ("[first, ..rest]", "[first, ..rest]"),
        ("[..3, x]", "[..3, x]"),
        (".node(l, value: v, ..)", ".node(l, value: v, ..)"),
        ("some(none)", "some(none)"),
        ("Shape.circle(r)", "Shape.circle(r)"),
        ("Point{ x, y: 1 | 2, .. }", "Point{ x: x, y: (1 | 2), .. }"),
        ("n @ 1..=9", "n @ 1..=9"),
        ("p @ Point{ x }", "p @ Point{ x: x }"),
        (".a(x @ .b | x @ .c)", ".a((x @ .b | x @ .c))"),
        (".match(x)", ".match(x)"),
    ] {
        let wanted = format!("match v {{ {wanted} => 0 }}");
        assert_eq!(one(&format!("match v {{ {text} => 0 }}")), wanted, "{text}");
    }
}

#[test]
fn types() {
    for (text, wanted) in [
        ("int", "int"),
        ("a.b.C<int, D<E>>", "a.b.C<int, D<E>>"),
        ("*Node?", "(*Node)?"),
        ("(*Node)?", "(*Node)?"),
        ("*(Node?)", "*(Node)?"),
        ("**T", "**T"),
        ("weak Node", "weak Node"),
        ("(any Show)?", "(any Show)?"),
        ("any Show?", "(any Show)?"),
        ("int??", "((int)?)?"),
        ("int ! Error", "(int ! Error)"),
        ("int? ! *E", "((int)? ! *E)"),
        ("fn(int, int) -> int", "fn(int, int) -> int"),
        ("fn()", "fn()"),
        ("fn() ! Error", "fn() -> (() ! Error)"),
        ("fn(int) -> int ! E", "fn(int) -> (int ! E)"),
        ("fn() -> fn() -> *T?", "fn() -> fn() -> (*T)?"),
        ("*fn() -> int", "*fn() -> int"),
        ("(fn() -> int)?", "(fn() -> int)?"),
        ("(int, string)", "(int, string)"),
        ("()", "()"),
        ("List<(int, List<int>)>", "List<(int, List<int>)>"),
        ("List<\n int,\n>", "List<int>"),
    ] {
        assert_eq!(
            dump(&format!("type T = {text}")),
            format!("type T = {wanted}"),
            "{text}"
        );
    }
}

#[test]
fn items() {
    for text in [
        "use a.b",
        "use a.b { c, D }",
        "use a.b as c",
        "pub struct P<T> {\n  /// doc\n  pub x: int = 3\n  y: T\n}",
        "enum E {\n  a\n  /// doc\n  b(int, List<int>)\n  c(x: int, y: E)\n}",
        "trait Show: Eq + Ord {\n  fn show(self) -> string\n  fn twice(self) -> string {\n    self.show()\n  }\n}",
        "impl<T: Show> Show for List<T> where T: Eq {\n  fn show(self) -> string {\n    \"\"\n  }\n}",
        "impl P {\n  fn new() -> P {\n    P{ x: 1 }\n  }\n  fn push(var self, x: int)\n}",
        "pub pure fn f<T: A + B, U>(a: int, var b: T = 3, self: *Self) -> (T ! Error) where U: C",
        "type A<T> = List<T>",
        "pub let X: int = 3",
        "test \"name\" copies 1 allocs <= 2 {}",
        "@intrinsic(\"len\") @reader pub fn len(self) -> int",
    ] {
        let source = text.replace(" copies 1 allocs", " copies 1, allocs");
        assert_eq!(dump(&source), text, "{text}");
    }
    assert_eq!(
        dump("fn main() ! Error { }"),
        "fn main() -> (() ! Error) {}"
    );
    assert_eq!(
        dump("enum E { a, b(int), c, }"),
        "enum E {\n  a\n  b(int)\n  c\n}"
    );
    assert_eq!(dump("@a\n@b\nfn f()\n"), "@a @b fn f()");
    assert_eq!(
        dump(
            "fn f<T>()\n  where T: A,\n  U: B\n{}"
                .replace("\n{}", " {}")
                .as_str()
        ),
        "fn f<T>() where T: A, U: B {}"
    );
    assert_eq!(dump("use a;use b"), "use a\nuse b");
    assert_eq!(
        dump("type F =\n  fn(int) -> int\n"),
        "type F = fn(int) -> int"
    );
}

#[test]
fn doc_comments_belong_to_what_follows() {
    let text = "// no\n/// one\n///two\n/// \nfn f() { }\n//// no\n/// S\n@a\nstruct S { }\n";
    let file = parse_ok(text);
    let doc = file.items[0].doc.as_ref().unwrap();
    assert_eq!(&*doc.0, "one\ntwo\n");
    assert_eq!(&text[doc.1.lo as usize..doc.1.hi as usize], "/// one");
    assert_eq!(&*file.items[1].doc.as_ref().unwrap().0, "S");
}

#[test]
fn spans_are_exact() {
    let text = "fn f() -> int  { \n  let y = a . len(x) . b  [ 1 ]  // c\n  x  +  y  /* d */\n}\n";
    let text = text.replace(" . ", ".");
    let file = parse_ok(&text);
    let cut = |s: cowl_syntax::source::Span| &text[s.lo as usize..s.hi as usize];
    let ItemKind::Fn(decl) = &file.items[0].kind else {
        panic!()
    };
    assert_eq!(cut(decl.head_span), "fn f() -> int");
    let body = decl.body.as_ref().unwrap();
    assert_eq!(cut(body.stmts[0].span), "let y = a.len(x).b  [ 1 ]");
    let StmtKind::Let {
        init: Some((_, op, value)),
        ..
    } = &body.stmts[0].kind
    else {
        panic!()
    };
    assert_eq!(cut(*op), "=");
    assert_eq!(cut(value.span), "a.len(x).b  [ 1 ]");
    let ExprKind::Postfix(base, all) = &value.kind else {
        panic!()
    };
    assert_eq!(cut(base.span), "a");
    let spans: Vec<&str> = all.iter().map(|p| cut(p.span)).collect();
    assert_eq!(spans, [".len(x)", ".b", "[ 1 ]"]);
    let PostfixKind::Method { name, .. } = &all[0].kind else {
        panic!()
    };
    assert_eq!(cut(name.span), "len");
    assert_eq!(cut(body.stmts[1].span), "x  +  y");
    let StmtKind::Expr(sum) = &body.stmts[1].kind else {
        panic!()
    };
    let ExprKind::Chain(_, links) = &sum.kind else {
        panic!()
    };
    assert_eq!(cut(links[0].1), "+");
}

#[test]
fn spans_count_from_the_file_in_every_item() {
    let mut text = String::new();
    for i in 0..3000 {
        text.push_str(&format!("/// d\nfn f{i}() {{ g{i}(x) }}\n"));
    }
    let file: File = parse_ok(&text);
    assert_eq!(file.items.len(), 3000);
    for (i, item) in file.items.iter().enumerate() {
        let ItemKind::Fn(decl) = &item.kind else {
            panic!()
        };
        let span = decl.name.span;
        assert_eq!(&text[span.lo as usize..span.hi as usize], format!("f{i}"));
        assert!(item.doc.is_some());
    }
}

#[test]
fn identifiers_are_normalised() {
    let file = parse_ok("let cafe\u{301} = 1\nlet größe_2 = 名前\n");
    let ItemKind::Const(decl) = &file.items[0].kind else {
        panic!()
    };
    assert_eq!(&*decl.name.text, "caf\u{e9}");
    assert_eq!(decl.name.span.hi - decl.name.span.lo, 6);
}

#[test]
fn layout_that_people_write() {
    on_big_stack(|| {
        for text in [
            "\u{feff}fn main() { }\n",
            "fn main() {\r\n    let x = 1\r\n    print(\"{x}\")\r\n}\r\n",
            "",
            "\n\n// only a comment",
            "/* a /* b */ c */ fn f() { } // d",
            "fn f() {\nlet a = 1\nfn g() { }\nlet b = 2\n}\nfn h() { }",
            "struct S { a: int, b: int, }\nstruct T {\n a: int,\n b: int\n}",
            "fn f(\n    a: int,\n    b: fn(int) -> int,\n) -> List<\n    int,\n> {\n}",
            "fn f(\n    fn_: int,\n    var x: int,\n    var self\n) { }",
        ] {
            assert!(codes(text).is_empty(), "{text:?}: {:?}", codes(text));
        }
    });
}
