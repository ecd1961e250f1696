//! Breaks each invariant of `hir`'s header and sees it reported under its number.
//!
//! Functions are written in the notation of `own`'s tests, with decided modes; what no notation can
//! say is put in by hand. Whole programs, for invariant 8, come from their source.

use super::{Stage, verify, verify_program};
use crate::compile::{Goal, compile};
use crate::hir::*;
use crate::loader::{InMemory, LoadedFile};
use crate::own::tests::parse::{World, parse, world};
use crate::source::SourceMap;
use crate::types::{TyData, Types};

fn complaints(w: &mut World, func: &Func, stage: Stage) -> Vec<String> {
    verify(func, stage, &w.defs, &mut w.types)
        .err()
        .unwrap_or_default()
}

/// The function as it is read breaks this invariant at this stage, and the complaint has the words.
#[track_caller]
fn broken(stage: Stage, text: &str, invariant: u8, words: &str) {
    broken_by(stage, text, |_| {}, invariant, words);
}

#[track_caller]
fn broken_by(stage: Stage, text: &str, edit: impl FnOnce(&mut Func), invariant: u8, words: &str) {
    let mut w = world();
    let mut func = parse(&mut w, text);
    edit(&mut func);
    let found = complaints(&mut w, &func, stage);
    let number = format!("invariant {invariant}: ");
    let met = found
        .iter()
        .any(|m| m.contains(&number) && m.contains(words));
    assert!(met, "{text}: {found:?}");
}

#[track_caller]
fn sound(stage: Stage, text: &str) {
    let mut w = world();
    let func = parse(&mut w, text);
    assert_eq!(
        complaints(&mut w, &func, stage),
        Vec::<String>::new(),
        "{text}"
    );
}

fn block(func: &mut Func) -> &mut Block {
    match &mut func.body.kind {
        ExprKind::Block(block) => block,
        _ => panic!("the body is no block"),
    }
}

/// The place that the first statement reads or updates.
fn place(func: &mut Func) -> &mut Place {
    match &mut block(func).stmts[0] {
        Stmt::Expr(Expr {
            kind: ExprKind::Read(place, _),
            ..
        }) => place,
        Stmt::Expr(Expr {
            kind: ExprKind::Update(update),
            ..
        }) => &mut update.place,
        _ => panic!("no place"),
    }
}

#[test]
fn invariant_1_indices_exist() {
    let read = "fn a(x: ([int], [int])) { own x.1; }";
    broken_by(
        Stage::Check,
        read,
        |f| f.locals.clear(),
        1,
        "local _0 does not exist",
    );
    let field = |f: &mut Func| place(f).projs[0].kind = ProjKind::Field(2);
    broken_by(Stage::Check, read, field, 1, "field 2 does not exist");
    let capture = |f: &mut Func| place(f).root = Root::Capture(0);
    broken_by(Stage::Check, read, capture, 1, "capture 0 does not exist");
    let label = "fn a() { loop0: loop { break loop0 }; }";
    broken_by(
        Stage::Check,
        label,
        |f| f.loops = 0,
        1,
        "loop0 does not exist",
    );
    broken(
        Stage::Check,
        "fn a(x: int?) { match own x { .7 => 1, _ => 2 }; }",
        1,
        "variant 7",
    );
    let release = |f: &mut Func| {
        let path = Path {
            local: LocalId(0),
            fields: vec![5],
        };
        block(f).stmts.push(Stmt::Release(vec![path]));
    };
    broken_by(
        Stage::Own,
        "fn a(x: ([int], [int])) { f(move x); }",
        release,
        1,
        "released path",
    );
}

#[test]
fn invariant_2_types_fit() {
    for (text, words) in [
        ("fn a(n: int) { let x: [int] = own n; }", "a bound value"),
        (
            "fn a(x: [int], y: [int]) { eq(look x, look y); }",
            "as a scalar operand",
        ),
        (
            "fn a(n: int, s: string) { eq(look n, look s); }",
            "a right operand",
        ),
        (
            "fn a(x: [int], n: int) { set x = own n; }",
            "an assigned value",
        ),
        (
            "fn a(x: [[int]], n: int) { upd x[own n] @push(1); let y: [int] = own x[look x]; }",
            "an index",
        ),
        ("fn a(n: int) { if own n { 1 } else { 2 }; }", "a condition"),
        (
            "fn a(x: [int]) { loop0: for i: string in own x { f(); }; }",
            "an item",
        ),
        (
            "fn a(n: int) { loop0: for i: int in own n { f(); }; }",
            "a loop over",
        ),
        (
            "fn a(x: ([int], int)) { let (y: string, n: int) = own x; }",
            "a binding",
        ),
        (
            "fn a(x: (int, int)) { let (n: int) = own x; }",
            "1 patterns for 2 parts",
        ),
        (
            "fn a(g: {[int]}, n: int) { call look g(own n); }",
            "an argument",
        ),
        ("fn a(g: {[int]}) { call look g(); }", "0 arguments for 1"),
    ] {
        broken(Stage::Check, text, 2, words);
    }
}

#[test]
fn invariant_3_ways_out_lead_somewhere() {
    broken(
        Stage::Check,
        "fn a() { loop0: { f(); }; break loop0; }",
        3,
        "break of loop0",
    );
    broken(
        Stage::Check,
        "fn a() { loop0: { continue loop0; }; }",
        3,
        "continue of loop0",
    );
    let inside = "fn a() { loop0: loop { loop0: loop { break loop0 }; }; }";
    broken(Stage::Check, inside, 3, "inside itself");
    let text = "fn a(x: [int]?) { let .1(y: [int]) = own x else { f(); }; release(y); }";
    let share = |f: &mut Func| {
        if let Stmt::Destructure { mode, .. } = &mut block(f).stmts[0] {
            *mode = MatchMode::Move;
        }
    };
    broken_by(Stage::Own, text, share, 3, "an `else` goes on");
}

#[test]
fn invariant_4_places_are_places() {
    broken(
        Stage::Check,
        "fn a(x: [int]) { upd (own x) @push(1); }",
        4,
        "an update of a temporary",
    );
    broken(Stage::Check, "fn a(n: int) { own n[1]; }", 4, "Index");
    broken(Stage::Check, "fn a(x: [int]) { own x.*; }", 4, "Deref");
    let default = |f: &mut Func| {
        if let ProjKind::Index { default, .. } = &mut place(f).projs[0].kind {
            let kind = ExprKind::Int(1);
            *default = Some(Box::new(Expr {
                kind,
                ty: Types::INT,
                site: SiteId(0),
            }));
        }
    };
    broken_by(
        Stage::Check,
        "fn a(x: [int]) { own x[1]; }",
        default,
        4,
        "a default for an element",
    );
}

#[test]
fn invariant_5_modes_stand_where_they_may() {
    sound(Stage::Check, "fn a(x: [int]) { f(own x); }");
    broken(
        Stage::Own,
        "fn a(x: [int]) { f(own x); }",
        5,
        "an undecided use",
    );
    broken(
        Stage::Own,
        "fn a(x: [int]) { f(end x); }",
        5,
        "an undecided use",
    );
    broken(
        Stage::Check,
        "fn a(x: [int]) { f(move x); }",
        5,
        "a decided use before `own`",
    );
    broken(
        Stage::Check,
        "fn a(x: [int]) { release(x); }",
        5,
        "a release before `own`",
    );
    broken(
        Stage::Own,
        "fn a(x: [[int]]) { f(move x[0]); release(x); }",
        5,
        "a move of what is no path",
    );
    broken(
        Stage::Own,
        "fn a(x: [int]) { let y: [int] = look x; }",
        5,
        "a look where",
    );
    broken(
        Stage::Own,
        "fn a(x: [int]) { (look x, 1); }",
        5,
        "a look where",
    );
    broken(
        Stage::Own,
        "fn a(x: int?) { match own x { _ => 1 }; }",
        5,
        "match mode Undecided",
    );
    let moves = |f: &mut Func| {
        if let Stmt::Expr(Expr {
            kind: ExprKind::Match(m),
            ..
        }) = &mut block(f).stmts[0]
        {
            m.mode = MatchMode::Move;
        }
    };
    let element = "fn a(x: [[int]]) { match own x[0] { _ => 1 }; release(x); }";
    broken_by(
        Stage::Own,
        element,
        moves,
        5,
        "a match that moves what is no path",
    );
}

#[test]
fn invariant_6_what_a_guard_sees_is_live() {
    let guarded = |guard: &str| {
        format!(
            "fn a(x: [int]?) {{ match own x {{ .1(y: [int]) if {guard} => {{ release(y); 1 }}, _ => 2 }}; }}"
        )
    };
    let moves = |f: &mut Func| {
        let ExprKind::Block(body) = &mut f.body.kind else {
            return;
        };
        if let Stmt::Expr(e) = &mut body.stmts[0]
            && let ExprKind::Match(m) = &mut e.kind
        {
            m.mode = MatchMode::Move;
        }
    };
    for guard in ["return @len(look y)", "return f(share y)"] {
        let early = guarded(&format!("{{ release(x); {guard} }}"));
        broken_by(
            Stage::Own,
            &early,
            moves,
            6,
            "x(_0) is used while it is Empty",
        );
    }
}

#[test]
fn invariant_6_each_use_is_live() {
    sound(
        Stage::Own,
        "fn a(x: [int]) { @len(look x); f(share x); f(move x); }",
    );
    for (text, words) in [
        (
            "fn a(x: [int]) { f(move x); f(share x); }",
            "x(_0) is used while it is Empty",
        ),
        (
            "fn a(x: [int]) { f(move x); f(move x); }",
            "moved or released while it is Empty",
        ),
        (
            "fn a(x: [int]) { release(x); release(x); }",
            "moved or released while it is Empty",
        ),
        (
            "fn a(x: ([int], [int])) { f(move x.0); f(move x); }",
            "while it is Empty",
        ),
        ("fn a() { let x: [int]; f(move x); }", "while it is Empty"),
        (
            "fn a(x: [int]) { @len(look x); release(x); @len(look x); }",
            "used while it is Empty",
        ),
        (
            "fn a(x: [int], y: [int]) { if cond() { f(move x); }; release(y); }",
            "on one way and",
        ),
        (
            "fn a(x: [int]) { loop0: loop { f(move x); if cond() { break loop0; }; }; }",
            "on one way and",
        ),
        (
            "fn a(x: [int]) { loop0: loop { if cond() { continue loop0; } else { release(x); break loop0; }; }; release(x); }",
            "while it is Empty",
        ),
        (
            "fn a(x: [int]) { set x = []; f(move x); set x = []; release(x); }",
            "assigned while it is Empty",
        ),
        (
            "fn a(x: [int]) { @append(look x, move x); }",
            "used while it is Empty",
        ),
        (
            "fn a(x: [int]) { @append(look x, { upd x @push(1); 1 }); release(x); }",
            "changes while it is looked at",
        ),
        (
            "fn a(borrowed x: [int]) { f(move x); }",
            "the borrowed x(_0) ends",
        ),
    ] {
        broken(Stage::Own, text, 6, words);
    }
    // Assigned again, and on both ways.
    sound(
        Stage::Own,
        "fn a(x: [int]) { if cond() { f(move x); } else { release(x); }; }",
    );
}

#[test]
fn invariant_7_nothing_is_left() {
    for text in [
        "fn a(x: [int]) { f(share x); }",
        "fn a(x: ([int], [int])) { f(move x.0); }",
        "fn a(x: [int]) { if cond() { return 1; }; release(x); }",
        "fn a(x: [int]) { let y: [int] = share x; release(x); }",
    ] {
        broken(Stage::Own, text, 7, "is still held at the end");
    }
    // What holds nothing, is borrowed, or is never reached again needs no end.
    sound(
        Stage::Own,
        "fn a(n: int, borrowed x: [int]) { f(share n, share x); }",
    );
    sound(Stage::Own, "fn a(x: [int]) { panic(); }");
}

/// What is said of this program after the edit.
fn program(edit: impl FnOnce(&mut Program)) -> Vec<String> {
    let text =
        "struct P { n: int }\nfn id<T>(x: T) -> T { x }\nfn main() { print(id(P{ n: 1 })) }\n";
    let root = LoadedFile {
        name: "main.cowl".to_string(),
        text: text.into(),
    };
    let compiled = compile(
        &mut SourceMap::default(),
        &mut InMemory::default(),
        root,
        Goal::Run,
    );
    let mut program = compiled.program.expect("it is correct");
    edit(&mut program);
    verify_program(&program).err().unwrap_or_default()
}

fn says(found: &[String], invariant: u8, words: &str) -> bool {
    let number = format!("invariant {invariant}: ");
    found
        .iter()
        .any(|m| m.contains(&number) && m.contains(words))
}

fn function<'p>(p: &'p mut Program, name: &str) -> &'p mut Func {
    p.funcs
        .iter_mut()
        .find(|f| &*f.name == name)
        .expect("it is there")
}

#[test]
fn invariant_8_programs_are_ground() {
    assert_eq!(program(|_| {}), Vec::<String>::new());
    let found = program(|p| {
        let param = p.types.intern(TyData::Param(0));
        function(p, "id").locals[0].ty = param;
    });
    assert!(says(&found, 8, "is not ground"), "{found:?}");
    let found = program(|p| p.shapes.clear());
    assert!(says(&found, 8, "has no shape"), "{found:?}");
    let found = program(|p| {
        let callee = Callee::Generic {
            def: FnDefId(0),
            targs: Vec::new(),
        };
        let body = &mut function(p, "id").body;
        body.kind = ExprKind::Call {
            callee,
            args: Vec::new(),
        };
    });
    assert!(says(&found, 8, "after `instantiate`"), "{found:?}");
    // What stands in the program's own tables exists.
    let found = program(|p| p.entry = Some(FuncId(9999)));
    assert!(says(&found, 1, "entry"), "{found:?}");
}
