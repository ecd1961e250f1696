//! Whole small programs through `resolve`, from memory, with a small library.

use super::traits::{Answer, Selection, select, solve};
use super::*;
use crate::defs::*;
use crate::display::display;
use crate::loader::{LoadError, LoadedFile};
use crate::problem::Problem;
use crate::types::{Ty, TyData};
use rustc_hash::FxHashMap;
use std::sync::Arc;

const MINI: &str = r#"
pub enum Option<T> { none, some(T) }
pub enum Result<T, E> { ok(T), err(E) }
pub struct Range<T> { pub start: T, pub end: T, pub inclusive: bool }
pub struct Error { pub what: any Show }
pub trait Eq {}
pub trait Ord: Eq {}
pub trait Hash: Eq {}
pub trait Show { @reader @intrinsic("show") fn show(self) -> string }
pub trait Default { fn default() -> Self }
pub trait From<T> { fn from(x: T) -> Self }
pub trait Num: Ord {}
pub trait Int: Num {}
pub trait Float: Num {}
@reader @intrinsic("print") pub fn print<T: Show>(x: T)
impl<I: Int> I { pub fn abs(self) -> I { self } }
impl<F: Float> F { pub fn abs(self) -> F { self } }
impl<T> List<T> {
    @reader @intrinsic("len") pub fn len(self) -> int
    @updater @intrinsic("push") pub fn push(var self, x: T)
    @updater @intrinsic("pop") pub fn pop(var self) -> T?
}
impl<T> Option<Option<T>> { pub fn flatten(self) -> T? { none } }
"#;

const EXTRA: &str =
    "pub fn read(path: string) -> string ! Error { raise Error(path) }\nfn hidden() {}\n";

static STD: &[StdFile] = &[
    StdFile {
        path: "std.core",
        text: MINI,
        syntax: None,
    },
    StdFile {
        path: "std.fs",
        text: EXTRA,
        syntax: None,
    },
];

#[derive(Default)]
struct Memory(FxHashMap<String, String>);

impl Loader for Memory {
    fn load(&mut self, path: &[&str]) -> Result<LoadedFile, LoadError> {
        let tried = format!("{}.cowl", path.join("/"));
        match self.0.get(&path.join(".")) {
            Some(text) => Ok(LoadedFile {
                name: tried,
                text: Arc::from(text.as_str()),
            }),
            None => Err(LoadError::Missing { tried }),
        }
    }
}

struct Resolved {
    defs: Defs,
    types: Types,
    sources: SourceMap,
    problems: Vec<Problem>,
}

fn program(main: &str, modules: &[(&str, &str)]) -> Resolved {
    let mut sources = SourceMap::default();
    let mut types = Types::default();
    let mut problems = Problems::default();
    let mut loader = Memory::default();
    for (name, text) in modules {
        loader.0.insert(name.to_string(), text.to_string());
    }
    let root = sources.add("main.cowl".into(), Arc::from(main), false);
    let defs = resolve_with(
        STD,
        &mut sources,
        &mut types,
        &mut loader,
        root,
        &mut problems,
    );
    Resolved {
        defs,
        types,
        sources,
        problems: problems.finish(),
    }
}

/// `CODE at TEXT`, for each problem.
fn faults(r: &Resolved) -> Vec<String> {
    let show = |p: &Problem| format!("{} {}", p.code, r.sources.text(p.span));
    r.problems.iter().map(show).collect()
}

#[track_caller]
fn fine(main: &str) -> Resolved {
    let r = program(main, &[]);
    assert!(r.problems.is_empty(), "{:#?}", r.problems);
    r
}

#[track_caller]
fn wrong(main: &str, expected: &[&str]) -> Resolved {
    let r = program(main, &[]);
    assert_eq!(faults(&r), expected, "{:#?}", r.problems);
    r
}

impl Resolved {
    fn def(&self, name: &str) -> Def {
        let found = self.defs.lookup(self.defs.root, name);
        found.unwrap_or_else(|| panic!("no {name}"))
    }

    fn func(&self, name: &str) -> &FnDef {
        match self.def(name) {
            Def::Fn(id) => self.defs.func(id),
            other => panic!("{name} is {other:?}"),
        }
    }

    fn method(&self, name: &str) -> &FnDef {
        let found = self.defs.fns.iter().find(|f| &*f.path == name);
        found.unwrap_or_else(|| panic!("no {name}"))
    }

    fn show(&self, f: &FnDef, ty: Ty) -> String {
        display(&self.defs, &self.types, &f.generics, ty)
    }

    fn signature(&self, f: &FnDef) -> String {
        let params: Vec<String> = f.params.iter().map(|p| self.show(f, p.ty)).collect();
        format!("({}) -> {}", params.join(", "), self.show(f, f.ret))
    }

    fn trait_id(&self, name: &str) -> crate::types::TraitId {
        match self.def(name) {
            Def::Trait(id) => id,
            other => panic!("{name} is {other:?}"),
        }
    }

    /// Does the type that the alias names have the trait?
    fn has(&mut self, alias: &str, trait_: &str) -> bool {
        let Def::Alias(id) = self.def(alias) else {
            panic!("no alias {alias}");
        };
        let ty = self.defs.alias(id).ty;
        let r = TraitRef {
            trait_: self.trait_id(trait_),
            args: Vec::new(),
        };
        select(&self.defs, &mut self.types, &Generics::default(), ty, &r).is_some()
    }
}

#[test]
fn the_library_has_no_mistakes() {
    let mut sources = SourceMap::default();
    let mut types = Types::default();
    let mut problems = Problems::default();
    let mut loader = Memory::default();
    let uses: String = crate::loader::STD
        .iter()
        .filter(|f| !f.is_prelude())
        .map(|f| format!("use {}\n", f.path))
        .collect();
    let root = sources.add("main.cowl".into(), Arc::from(uses), false);
    resolve(&mut sources, &mut types, &mut loader, root, &mut problems);
    let problems: Vec<String> = problems
        .finish()
        .iter()
        .map(|p| {
            let at = sources.line_col(p.span);
            let name = &sources.file(p.span.file).name;
            format!(
                "{name}:{}:{} {} {} ({})",
                at.line, at.col, p.code, p.message, p.label
            )
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn signatures_are_read() {
    let r = fine(
        "struct Stack<T> { items: List<T> = [] }\n\
         impl<T> Stack<T> {\n\
           pub fn new() -> Self { Stack{} }\n\
           fn push(var self, x: T) { }\n\
           fn pop(var self) -> T? { none }\n\
           fn link(self: *Self, n: int = 3) {}\n\
         }\n\
         fn f<K: Hash, V>(m: Map<K, V>, g: fn(K) -> V ! Error) -> (*Stack<K>)? { none }\n\
         fn g() ! Error {}\n\
         let LIMIT = 3\nlet NAME: string = \"x\"\n",
    );
    let at = |n: &str| r.signature(r.method(n));
    assert_eq!(at("Stack.new"), "() -> Stack<T>");
    assert_eq!(at("Stack.push"), "(Stack<T>, T) -> Stack<T>");
    assert_eq!(at("Stack.pop"), "(Stack<T>) -> (Stack<T>, T?)");
    assert_eq!(at("Stack.link"), "(*Stack<T>, int) -> ()");
    assert_eq!(
        r.signature(r.func("f")),
        "(Map<K, V>, fn(K) -> V ! Error) -> (*Stack<K>)?"
    );
    assert_eq!(r.signature(r.func("g")), "() -> () ! Error");
    let pop = r.method("Stack.pop");
    assert_eq!(pop.self_kind, Some(SelfKind::Var));
    assert_eq!(pop.result.map(|t| r.show(pop, t)), Some("T?".into()));
    assert_eq!(pop.generics.parent, 1);
    let link = r.method("Stack.link");
    assert!(link.params[1].default.is_some());
    assert_eq!(r.method("default of Stack.link.n").ret, Types::INT);
    assert_eq!(r.method("const LIMIT").ret, Types::ERROR);
    assert_eq!(r.method("const NAME").ret, Types::STR);
    assert_eq!(r.method("default of Stack.items").owner, Owner::Default);
}

#[test]
fn names_come_from_modules() {
    let shapes = "pub struct Point { pub x: int, y: int }\npub fn area() -> int { 1 }\nfn secret() {}\npub use geometry.deep { Deep }\nuse geometry.deep { other }\n";
    let deep = "pub struct Deep {}\npub fn other() {}\n";
    let modules = [("geometry.shapes", shapes), ("geometry.deep", deep)];
    let r = program(
        "use geometry.shapes { Point, area, Deep }\nuse geometry.shapes as s\nuse geometry.deep\nuse std.fs { read }\n\
         fn f(a: Point, b: s.Point, c: deep.Deep, d: s.Deep) {}\n",
        &modules,
    );
    assert_eq!(faults(&r), Vec::<String>::new());
    let f = r.func("f");
    assert_eq!(f.params[0].ty, f.params[1].ty);
    assert_eq!(f.params[2].ty, f.params[3].ty);
    assert!(matches!(r.def("read"), Def::Fn(_)));

    let r = program(
        "use geometry.shapes { secret, aera, other }\nuse geometry.missing\nuse std.nothing\nuse std.fs { hidden }\nuse geometry.shapes as s\n\
         fn f(a: s.Pint, b: area.x, c: s.area) {}\n",
        &modules,
    );
    assert_eq!(
        faults(&r),
        [
            "E0107 secret",
            "E0106 aera",
            "E0107 other",
            "E0103 geometry.missing",
            "E0103 std.nothing",
            "E0107 hidden",
            "E0106 Pint",
            "E0101 area",
            "E0109 s.area",
        ]
    );
    assert_eq!(r.problems[1].help.as_deref(), Some("did you mean `area`?"));
}

#[test]
fn imports_in_bodies_load_their_modules() {
    let r = program(
        "fn f() {\n  if true { use deep { other } }\n  let g = |x| { use gone\n x }\n}\n",
        &[("deep", "pub fn other() {}\n")],
    );
    assert_eq!(faults(&r), ["E0103 gone"]);
    assert!(r.defs.module_ids.contains_key("deep"));
}

#[test]
fn import_circles_are_refused() {
    let modules = [
        ("a", "use b\npub struct A {}\n"),
        ("b", "use c { C }\n"),
        ("c", "use a { A }\npub struct C { a: A }\n"),
    ];
    let r = program("use a\n", &modules);
    assert_eq!(faults(&r), ["E0105 a"]);
    assert_eq!(r.problems[0].notes.len(), 2);
    assert_eq!(faults(&program("use main\n", &[])), ["E0105 main"]);
    // A diamond is no circle.
    let modules = [("a", "use c\n"), ("b", "use c\n"), ("c", "")];
    assert_eq!(faults(&program("use a\nuse b\n", &modules)), [""; 0]);
}

/// Fails in a way that the module's name asks for.
struct Failing;

impl Loader for Failing {
    fn load(&mut self, path: &[&str]) -> Result<LoadedFile, LoadError> {
        let tried = format!("{}.cowl", path.join("/"));
        Err(match path {
            ["folder"] => LoadError::NotAFile { tried },
            ["link"] => LoadError::OutsideRoot { tried },
            ["Case"] => LoadError::Case {
                tried,
                actual: "case.cowl".into(),
            },
            ["binary"] => LoadError::InvalidUtf8 { tried, at: 7 },
            ["huge"] => LoadError::TooLarge { tried, limit: 9 },
            ["closed"] => LoadError::Unreadable {
                tried,
                why: "permission denied".into(),
            },
            _ => LoadError::Missing { tried },
        })
    }
}

#[test]
fn every_failure_to_load_has_its_own_sentence() {
    let modules = ["folder", "link", "Case", "binary", "huge", "closed", "gone"];
    let main: String = modules.iter().map(|m| format!("use {m}\n")).collect();
    let mut sources = SourceMap::default();
    let mut types = Types::default();
    let mut problems = Problems::default();
    let root = sources.add("main.cowl".into(), Arc::from(main), false);
    resolve_with(
        STD,
        &mut sources,
        &mut types,
        &mut Failing,
        root,
        &mut problems,
    );
    let said: Vec<String> = problems
        .finish()
        .iter()
        .map(|p| format!("{} {} ({})", p.code, p.message, p.label))
        .collect();
    assert_eq!(
        said,
        [
            "E0104 the module `folder` cannot be read: `folder.cowl` is not a file (a folder or a device)",
            "E0104 the module `link` lies outside the program's folder (`link.cowl` leads out of it)",
            "E0104 the module `Case` differs from its file in upper and lower case (`Case.cowl` is called `case.cowl`)",
            "E0104 the module `binary` is not UTF-8 text (`binary.cowl` is wrong at byte 7)",
            "E0104 the module `huge` is too large (`huge.cowl` has more than 9 bytes)",
            "E0104 the module `closed` cannot be read (`closed.cowl`: permission denied)",
            "E0103 there is no module `gone` (no file `gone.cowl`)",
        ]
    );
}

#[test]
fn names_are_declared_once_and_not_taken_from_the_language() {
    wrong(
        "fn f() {}\nstruct f {}\nstruct int {}\nfn some() {}\nstruct S { a: int, a: int }\n\
         enum E { x, y, x }\nfn g<T, T>(a: int, a: T) {}\nfn h<int>() {}\nstruct List {}\n",
        &[
            "E0102 f",
            "E0108 int",
            "E0108 some",
            "E0102 a",
            "E0102 x",
            "E0102 T",
            "E0102 a",
            "E0108 int",
            "E0108 List",
        ],
    );
    // The rest of the prelude may be shadowed.
    fine("fn print(x: int) {}\nstruct Range {}\n");
}

#[test]
fn types_are_checked_where_they_are_written() {
    wrong(
        "fn a(x: String) {}\nfn b(x: List) {}\nfn c(x: int<int>) {}\nfn d(x: Show) {}\nfn e(x: a) {}\n\
         fn f(x: any int) {}\nfn g<T: int>() {}\nfn h(x: Self) {}\nfn i<T>(x: T<int>) {}\nfn j(x: Map<int>) {}\n\
         fn k<T>() where U: Show {}\n",
        &[
            "E0101 String",
            "E0110 List",
            "E0110 int<int>",
            "E0109 Show",
            "E0109 a",
            "E0109 int",
            "E0109 int",
            "E0121 Self",
            "E0110 T<int>",
            "E0110 Map<int>",
            "E0101 U",
        ],
    );
}

#[test]
fn bounds_of_arguments_are_proved() {
    wrong(
        "struct Sorted<T: Ord> { xs: List<T> }\n\
         fn a(x: Sorted<int>) {}\nfn b(x: Sorted<*int>) {}\nfn c<T>(x: Sorted<T>) {}\nfn d<T: Num>(x: Sorted<T>) {}\n\
         fn e(m: Map<fn(), int>) {}\nfn f<K>(m: Set<K>) {}\n\
         struct H { run: fn() }\nfn g(m: Set<(H, int)>) {}\ntype A<T: Hash> = List<T>\nfn h(x: A<H>) {}\n\
         fn i<T>(x: Sorted<T>) where T: Ord {}\n",
        &[
            "E0501 Sorted<*int>",
            "E0501 Sorted<T>",
            "E0501 Map<fn(), int>",
            "E0501 Set<K>",
            "E0501 Set<(H, int)>",
            "E0501 A<H>",
        ],
    );
}

#[test]
fn a_missing_trait_is_explained_by_a_field() {
    let r = wrong(
        "struct Inner { run: fn() }\nstruct Outer { a: int, i: List<Inner> }\nfn f(s: Set<Outer>) {}\n",
        &["E0501 Set<Outer>"],
    );
    let (at, text) = &r.problems[0].notes[0];
    assert_eq!(r.sources.text(*at), "run");
    assert_eq!(text, "`fn()` has no `Hash`");
}

#[test]
fn aliases_are_expanded_and_circles_refused() {
    let r = fine(
        "type Pair<T> = (T, T)\ntype Grid = List<Row>\ntype Row = List<Pair<int>>\nfn f(g: Grid) {}\n",
    );
    assert_eq!(r.signature(r.func("f")), "(List<List<(int, int)>>) -> ()");
    wrong(
        "type A = List<B>\ntype B = (int, A)\nfn f(a: A) {}\ntype C = C?\n",
        &["E0111 A", "E0111 C"],
    );
}

#[test]
fn types_have_limits() {
    let mut text = String::from("type T0 = (int, int)\n");
    for i in 1..64 {
        text += &format!("type T{i} = (T{}, T{})\n", i - 1, i - 1);
    }
    let r = program(&text, &[]);
    // What is too large becomes an error, from which growth begins anew.
    assert_eq!(faults(&r)[0], "E0120 (T14, T14)");
    let mut text = String::from("type T0<A> = List<List<A>>\n");
    for i in 1..64 {
        text += &format!("type T{i}<A> = T{}<T{}<A>>\n", i - 1, i - 1);
    }
    let r = program(&text, &[]);
    assert_eq!(faults(&r), ["E0120 T6<T6<A>>"]);
}

#[test]
fn structs_must_end() {
    wrong(
        "struct A { b: B }\nstruct B { x: (int, A) }\nstruct W<T> { x: T }\nstruct C { w: W<C> }\n\
         struct Node { next: Node?, all: List<Node>, p: *Node, f: fn(Node) -> Node }\n\
         enum E { leaf, node(E, S) }\nstruct S { e: E }\nstruct L<T> { next: W<L<T>?> }\n",
        &["E0112 A", "E0112 C"],
    );
    wrong(
        "enum N<T> { end, more(N<List<T>>) }\nenum T<A> { leaf(A), node(List<T<A>>) }\nenum P<A, B> { end, flip(P<B, A>) }\n",
        &["E0113 N"],
    );
}

#[test]
fn receivers_have_three_forms() {
    wrong(
        "struct S {}\nimpl S {\n fn a(self: int) {}\n fn b(x: int, self) {}\n fn c(var self) -> Self { self }\n\
         fn d(var self: *Self) {}\n fn e(self: *S) {}\n}\nfn f(self) {}\n",
        &[
            "E0114 int",
            "E0114 self",
            "E0119 Self",
            "E0114 *Self",
            "E0114 *S",
            "E0114 self",
        ],
    );
}

#[test]
fn main_has_its_forms() {
    for ok in [
        "fn main() {}",
        "fn main() -> int { 0 }",
        "fn main() ! Error {}",
        "fn main(args: List<string>) -> int ! Error { 0 }",
        "fn main() -> never { main() }",
    ] {
        assert!(fine(ok).defs.main.is_some(), "{ok}");
    }
    for bad in [
        "fn main(args: Array<string>) {}",
        "fn main(n: int) {}",
        "fn main<T>() {}",
        "fn main() -> string { \"\" }",
        "fn main() -> string ! Error { \"\" }",
        "fn main(a: List<string>, b: int) {}",
    ] {
        assert!(wrong(bad, &["E0116 main"]).defs.main.is_none(), "{bad}");
    }
    assert!(fine("let main = 3\n").defs.main.is_none());
}

#[test]
fn attributes_are_known_and_in_place() {
    wrong(
        "@discardable @inline fn a() {}\n@discard fn b() {}\n@reader fn c() {}\n@inline struct S {}\n@inline(3) fn d() {}\nfn e()\n",
        &[
            "E0117 @discard",
            "E0117 @reader",
            "E0117 @inline",
            "E0117 @inline(3)",
            "E0118 fn e()",
        ],
    );
}

#[test]
fn variants_name_all_parts_or_none() {
    wrong(
        "enum E { a(int, int), b(x: int, y: int), c(x: int, int), d(x: int, x: int) }\n\
         impl E { fn a(self) {}\n fn b() {} }\n",
        &["E0115 c(x: int, int)", "E0102 x", "E0102 b"],
    );
}

#[test]
fn impls_keep_what_traits_declare() {
    wrong(
        "trait Shape { fn area(self) -> float\n fn scale(var self, by: float)\n fn name(self) -> string { \"shape\" }\n fn make<T: Show>(x: T) -> Self }\n\
         struct A {}\nimpl Shape for A {\n fn area(self) -> float { 1.0 }\n fn scale(self, by: float) -> Self { self }\n fn make<U: Show>(x: U) -> A { A{} }\n}\n\
         struct B {}\nimpl Shape for B { fn area(self) -> float { 1.0 }\n fn nmae(self) -> string { \"\" } }\n\
         struct C {}\nimpl Shape for C {\n fn area(self) -> int { 1 }\n fn scale(var self, by: int) {}\n fn name() -> string { \"\" }\n fn make<T: Ord>(x: T) -> C { C{} }\n}\n\
         struct D {}\nimpl Shape for D {\n fn area(self: *Self) -> float { 1.0 }\n fn scale(var self) {}\n fn name(self) -> string { \"\" }\n fn make(x: int) -> D { D{} }\n}\n",
        &[
            "E0504 Shape",
            "E0505 nmae",
            "E0506 area",
            "E0506 scale",
            "E0506 name",
            "E0506 make",
            "E0506 area",
            "E0506 scale",
            "E0506 make",
        ],
    );
}

#[test]
fn generic_traits_are_compared_after_substitution() {
    fine(
        "trait Into<T> { fn into(self) -> T\n fn all<U>(self, f: fn(T) -> U) -> List<U> }\n\
         struct Box<A> { a: A }\n\
         impl<A> Into<List<A>> for Box<A> { fn into(self) -> List<A> { [] }\n fn all<B>(self, f: fn(List<A>) -> B) -> List<B> { [] } }\n\
         impl Into<int> for Box<string> { fn into(self) -> int { 1 }\n fn all<B>(self, f: fn(int) -> B) -> List<B> { [] } }\n",
    );
}

#[test]
fn impls_stand_where_they_belong_and_do_not_meet() {
    let modules = [("lib", "pub trait Tr {}\npub struct Ty {}\n")];
    let r = program(
        "use lib { Tr, Ty }\nstruct Own {}\ntrait Mine {}\nimpl Tr for Own {}\nimpl Mine for Ty {}\nimpl Mine for int {}\n\
         impl Tr for Ty {}\nimpl Tr for List<Own> {}\nimpl Ty { fn f(self) {} }\nimpl int { fn f(self) {} }\nimpl<T> T { fn f(self) {} }\n\
         impl Mine for *Own {}\nimpl<A> Mine for Own {}\n",
        &modules,
    );
    assert_eq!(
        faults(&r),
        [
            "E0503 Tr",
            "E0503 Tr",
            "E0503 Ty",
            "E0503 int",
            "E0510 T",
            "E0510 *Own",
            "E0511 A",
        ]
    );
    wrong(
        "trait A {}\nstruct S<T> { t: T }\nimpl A for S<int> {}\nimpl A for S<string> {}\nimpl<T> A for S<List<T>> {}\nimpl A for S<List<int>> {}\n",
        &["E0502 impl A for S<List<int>>"],
    );
    wrong(
        "trait A {}\nimpl A for string {}\nimpl<I: Int> A for I {}\nimpl<F: Float> A for F {}\nimpl<T: Show> A for T {}\n",
        &["E0502 impl<T: Show> A for T"],
    );
    wrong(
        "struct S<T> { t: T }\nimpl S<int> { fn f(self) {} }\nimpl S<string> { fn f(self) {} }\nimpl<T> S<T> { fn g(self) {}\n fn f(self) {} }\n",
        &["E0102 f"],
    );
    wrong(
        "trait From2<T> {}\nstruct E {}\nimpl From2<int> for E {}\nimpl From2<string> for E {}\nimpl From2<int> for E {}\n",
        &["E0502 impl From2<int> for E"],
    );
}

#[test]
fn closed_traits_and_supertraits() {
    wrong(
        "struct S {}\nimpl Eq for S {}\nimpl Int for S {}\nimpl Show for S { fn show(self) -> string { \"s\" } }\n\
         trait A {}\ntrait B: A {}\nimpl B for S {}\ntrait C: Show {}\nimpl C for S {}\ntrait D: Ord {}\nimpl D for S {}\n\
         struct F { f: fn() }\nimpl D for F {}\ntrait X: Y {}\ntrait Y: X {}\n",
        &[
            "E0507 Eq",
            "E0507 Int",
            "E0508 impl B for S",
            "E0508 impl D for F",
            "E0509 X",
        ],
    );
}

#[test]
fn deinit_has_one_form() {
    fine("struct S<T> { t: T }\nimpl<T> S<T> { fn deinit(self) {} }\n");
    for bad in [
        "struct S {}\nimpl S { fn deinit(var self) {} }\n",
        "struct S {}\nimpl S { fn deinit(self, n: int) {} }\n",
        "struct S {}\nimpl S { fn deinit(self) -> int { 1 } }\n",
        "struct S<T> { t: T }\nimpl S<int> { fn deinit(self) {} }\n",
        "struct S<T> { t: T }\nimpl<T: Show> S<T> { fn deinit(self) {} }\n",
    ] {
        wrong(bad, &["E0512 deinit"]);
    }
}

#[test]
fn traits_are_derived_from_parts() {
    let mut r = fine(
        "struct P { x: int, f: float }\nstruct Fun { f: fn(int) -> int }\nenum Tree<T> { leaf, node(Tree<T>, T, Tree<T>) }\n\
         struct M { m: Map<string, int> }\nstruct W { w: weak P, n: int = 1 }\nstruct N { p: *P }\nenum Id { a, b }\nimpl Default for Id { fn default() -> Id { .a } }\n\
         struct D { id: Id, n: int, o: Fun?, w: weak P }\nstruct G { g: fn() }\ntrait Shape { fn area(self) -> float }\n\
         type TP = P\ntype TFun = Fun\ntype TTree = Tree<int>\ntype TTreeF = Tree<fn()>\ntype TM = M\ntype TW = W\ntype TN = N\ntype TId = Id\ntype TD = D\ntype TG = G\n\
         type TPtr = *P\ntype TAny = any Shape\ntype TRes = int ! string\ntype TOpt = (fn())?\ntype TTup = (int, float)\ntype TU8 = u8\n",
    );
    let table: &[(&str, [u8; 5])] = &[
        // Eq, Ord, Hash, Show, Default
        ("TP", [1, 1, 1, 1, 1]),
        ("TFun", [0, 0, 0, 1, 0]),
        ("TTree", [1, 1, 1, 1, 0]),
        ("TTreeF", [0, 0, 0, 1, 0]),
        ("TM", [1, 0, 1, 1, 1]),
        ("TW", [0, 0, 0, 1, 1]),
        ("TN", [1, 0, 1, 1, 0]),
        ("TId", [1, 1, 1, 1, 1]),
        ("TD", [0, 0, 0, 1, 1]),
        ("TG", [0, 0, 0, 1, 0]),
        ("TPtr", [1, 0, 1, 1, 0]),
        ("TAny", [0, 0, 0, 1, 0]),
        ("TRes", [1, 1, 1, 1, 0]),
        ("TOpt", [0, 0, 0, 1, 1]),
        ("TTup", [1, 1, 1, 1, 1]),
    ];
    for (ty, expected) in table {
        for (name, &want) in ["Eq", "Ord", "Hash", "Show", "Default"]
            .iter()
            .zip(expected)
        {
            assert_eq!(r.has(ty, name), want == 1, "{ty}: {name}");
        }
    }
    let numbers = ["Num", "Int", "Float"].map(|t| r.has("TU8", t));
    assert_eq!(numbers, [true, true, false]);
    assert!(!r.has("TTup", "Num"));
}

#[test]
fn impls_are_selected() {
    let mut r = fine(
        "trait Shape { fn area(self) -> float }\ntrait Named: Shape { fn name(self) -> string }\ntrait Linked { fn link(self: *Self) }\ntrait Same { fn same(self, o: Self) -> bool }\n\
         struct C {}\nimpl Shape for C { fn area(self) -> float { 1.0 } }\nimpl Named for C { fn name(self) -> string { \"\" } }\nimpl Linked for C { fn link(self: *Self) {} }\nimpl Same for C { fn same(self, o: C) -> bool { true } }\n\
         impl<T: Shape> Shape for List<T> { fn area(self) -> float { 1.0 } }\n\
         type TC = C\ntype TL = List<List<C>>\ntype TI = List<int>\ntype TP = *C\ntype TA = any Named\ntype TS = any Same\n",
    );
    for (ty, trait_, want) in [
        ("TC", "Shape", true),
        ("TL", "Shape", true),
        ("TI", "Shape", false),
        ("TP", "Shape", true),
        ("TP", "Named", true),
        ("TA", "Named", true),
        ("TA", "Shape", true),
        ("TC", "Linked", false),
        ("TP", "Linked", true),
        ("TC", "Same", true),
        ("TP", "Same", false),
        ("TS", "Same", false),
    ] {
        assert_eq!(r.has(ty, trait_), want, "{ty}: {trait_}");
    }
    let list = r.types.intern(TyData::Infer(0));
    let list = r.types.intern(TyData::List(list));
    let shape = TraitRef {
        trait_: r.trait_id("Shape"),
        args: Vec::new(),
    };
    let env = Generics::default();
    let answer = solve(&r.defs, &mut r.types, &env, list, &shape);
    assert_eq!(answer, Answer::Maybe);
}

#[test]
fn bounds_bring_supertraits() {
    let mut r = fine("trait A {}\ntrait B: A {}\nfn f<T: B, N: Num, O: Ord, U>() {}\n");
    let env = r.func("f").generics.clone();
    let mut has = |param: u32, name: &str| {
        let ty = r.types.intern(TyData::Param(param));
        let wanted = TraitRef {
            trait_: r.trait_id(name),
            args: Vec::new(),
        };
        select(&r.defs, &mut r.types, &env, ty, &wanted) == Some(Selection::Param(param))
    };
    assert!(has(0, "A") && has(0, "B") && !has(0, "Eq"));
    assert!(has(1, "Show") && has(1, "Hash") && has(1, "Default") && !has(1, "Int"));
    assert!(has(2, "Eq") && !has(2, "Hash"));
    assert!(!has(3, "Eq") && !has(3, "Show"));
}

#[test]
fn impls_that_need_themselves_do_not_exist() {
    let mut r = fine(
        "trait A {}\ntrait B {}\nimpl<T: B> A for T {}\nimpl<T: A> B for T {}\ntype TI = int\n",
    );
    assert!(!r.has("TI", "A"));
}

#[test]
fn methods_are_found_by_head_and_name() {
    let r = fine("struct S {}\nimpl S { fn f(self) {} }\n");
    let Def::Adt(id) = r.def("S") else { panic!() };
    assert_eq!(r.defs.methods(Head::Adt(id), "f").len(), 1);
    assert_eq!(r.defs.methods(Head::Adt(id), "g").len(), 0);
    assert_eq!(r.defs.methods(Head::List, "push").len(), 1);
    assert_eq!(r.defs.methods(Head::Blanket, "abs").len(), 2);
}

#[test]
fn functions_in_functions() {
    let mut r =
        fine("fn outer<T>(x: T) {\n  fn inner<U>(u: U, n: int) -> U { u }\n  fn bad(x: T) {}\n}\n");
    let Def::Fn(outer) = r.def("outer") else {
        panic!()
    };
    let Body::Fn(item) = r.defs.func(outer).body.clone() else {
        panic!()
    };
    let crate::ast::ItemKind::Fn(decl) = &item.kind else {
        panic!()
    };
    let generics = r.defs.func(outer).generics.clone();
    let scope = TyScope {
        module: r.defs.root,
        generics: &generics,
        self_ty: None,
        items: &[],
    };
    let mut problems = Problems::default();
    let mut found = Vec::new();
    for stmt in &decl.body.as_ref().unwrap().stmts {
        let crate::ast::StmtKind::Item(item) = &stmt.kind else {
            panic!()
        };
        let (defs, types) = (&mut r.defs, &mut r.types);
        found.extend(declare_nested(
            defs,
            types,
            &mut problems,
            &scope,
            outer,
            item,
        ));
    }
    let inner = r.defs.func(found[0]);
    assert_eq!(&*inner.path, "outer.inner");
    assert_eq!(r.signature(inner), "(U, int) -> U");
    let codes: Vec<&str> = problems.finish().iter().map(|p| p.code).collect();
    assert_eq!(codes, ["E0101"]);
}

#[test]
fn large_programs_take_linear_time() {
    let n = 20_000;
    let mut text = String::new();
    for i in 0..n {
        text += &format!("struct S{i} {{ a: int, next: S{}? }}\n", (i + 1) % n);
        text += &format!("fn g{i}(s: S{i}) -> List<S{i}> {{ [s] }}\n");
        text += &format!(
            "type A{i} = {}\n",
            if i == 0 {
                "int".into()
            } else {
                format!("A{}", i - 1)
            }
        );
        text += &format!("impl Show for S{i} {{ fn show(self) -> string {{ \"\" }} }}\n");
    }
    let start = std::time::Instant::now();
    fine(&text);
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

/// Files that are cut off anywhere, and files without one of their words, are wrong in some way or
/// not, but never bring the phase down.
#[test]
fn broken_programs_are_only_wrong() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/reject");
    let mut tried = 0;
    for folder in ["names", "traits"] {
        let entries = std::fs::read_dir(format!("{root}/{folder}")).expect("the folder is there");
        for entry in entries {
            let path = entry.expect("it can be read").path();
            if path.extension().is_none_or(|e| e != "cowl") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("it is text");
            let places = text.match_indices(|c: char| !c.is_alphanumeric());
            for (at, word) in places.step_by(4) {
                program(&text[..at], &[]);
                let end = at + word.len();
                let rest = text[end..].find(|c: char| !c.is_alphanumeric());
                let skipped = rest.map_or(text.len(), |n| end + n);
                program(&format!("{}{}", &text[..at], &text[skipped..]), &[]);
                tried += 2;
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}
