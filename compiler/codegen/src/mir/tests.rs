//! Breaks each invariant of `mir` and sees it reported under its number; and what is no mistake.
//!
//! Bodies are written by hand over the types of a small program.

use super::*;
use crate::layout::Layouts;
use crate::sites::Site;
use cowl_frontend::compile::{Goal, compile};
use cowl_frontend::hir::Program;
use cowl_frontend::loader::{InMemory, LoadedFile};
use cowl_frontend::source::SourceMap;
use cowl_frontend::types::Types;

/// A program that has the types: `f`'s parameters.
const SOURCE: &str = "\
struct Node { xs: List<int> }
fn f(xs: List<int>, pair: (List<int>, List<int>), o: List<int>?, p: *Node, n: int, b: bool) {}
fn main() { f([1], ([2], [3]), some([4]), new Node{ xs: [] }, 1, true) }
";

const LIST: usize = 0;
const PAIR: usize = 1;
const OPTION: usize = 2;
const POINTER: usize = 3;
const INT: usize = 4;
const BOOL: usize = 5;

fn program() -> Program {
    let root = LoadedFile {
        name: "main.cowl".to_string(),
        text: SOURCE.into(),
    };
    let compiled = compile(
        &mut SourceMap::default(),
        &mut InMemory::default(),
        root,
        Goal::Run,
    );
    compiled.program.expect("it is correct")
}

use LocalKind::{Addr, Borrowed, Owned};

fn says(
    params: usize,
    locals: &[(usize, LocalKind)],
    blocks: Vec<(Vec<StmtKind>, Term)>,
) -> String {
    says_with(params, locals, blocks, false)
}

/// What `verify` says of a body: its locals by type and kind (the first `params` are parameters)
/// and its blocks.
fn says_with(
    params: usize,
    locals: &[(usize, LocalKind)],
    blocks: Vec<(Vec<StmtKind>, Term)>,
    root: bool,
) -> String {
    let program = program();
    let layouts = Layouts::new(&program);
    let f = program
        .funcs
        .iter()
        .find(|f| &*f.name == "f")
        .expect("it is used");
    let decl = |&(ty, kind): &(usize, LocalKind)| LocalDecl {
        ty: f.locals[f.params[ty].local.index()].ty,
        kind,
        clears: false,
        addressed: false,
        root,
        counts: false,
        name: None,
    };
    let body = Body {
        func: FuncId(0),
        name: "t".into(),
        params: (0..params as u32).map(Local).collect(),
        has_env: false,
        captures: Vec::new(),
        ret: Types::UNIT,
        locals: locals.iter().map(decl).collect(),
        blocks: blocks
            .into_iter()
            .map(|(stmts, term)| Block {
                stmts: stmts
                    .into_iter()
                    .map(|kind| Stmt {
                        kind,
                        site: Site(0),
                    })
                    .collect(),
                term,
                cold: false,
            })
            .collect(),
        is_std: false,
        inline: Inline::Auto,
        site: Site(0),
    };
    let said = verify::verify(&body, &layouts).err().unwrap_or_default();
    said.lines().next().unwrap_or_default().to_string()
}

#[track_caller]
fn sound(params: usize, locals: &[(usize, LocalKind)], blocks: Vec<(Vec<StmtKind>, Term)>) {
    assert_eq!(says(params, locals, blocks), "");
}

#[track_caller]
fn broken(
    invariant: u8,
    words: &str,
    params: usize,
    locals: &[(usize, LocalKind)],
    blocks: Vec<(Vec<StmtKind>, Term)>,
) {
    let said = says(params, locals, blocks);
    let number = format!("invariant {invariant}: ");
    assert!(said.contains(&number) && said.contains(words), "{said:?}");
}

// ---- pieces of bodies

fn at(local: u32) -> Place {
    Local(local).into()
}

fn copy(p: Place) -> Operand {
    Operand::Copy(p)
}

fn mov(p: Place) -> Operand {
    Operand::Move(p)
}

fn set(p: Place, r: Rvalue) -> StmtKind {
    StmtKind::Assign(p, r)
}

fn release(p: Place) -> StmtKind {
    StmtKind::Release(p)
}

fn sole(p: Place) -> StmtKind {
    StmtKind::MakeUnique {
        place: p,
        status: None,
        ready: None,
    }
}

fn zero() -> Operand {
    Operand::Const(Const::Int(Types::INT, 0))
}

fn end() -> Term {
    Term::Return(zero())
}

fn one(stmts: Vec<StmtKind>) -> Vec<(Vec<StmtKind>, Term)> {
    vec![(stmts, end())]
}

fn branch(yes: u32, no: u32) -> Term {
    let cond = Operand::Const(Const::Int(Types::BOOL, 1));
    Term::Branch {
        cond,
        yes: BlockId(yes),
        no: BlockId(no),
    }
}

const XS: [(usize, LocalKind); 1] = [(LIST, Owned)];
const TWO: [(usize, LocalKind); 2] = [(LIST, Owned), (LIST, Owned)];

#[test]
fn invariant_7_what_is_known_of_a_container() {
    let ask = |from, of| set(at(from), Rvalue::IsReady(at(of)));
    let change = StmtKind::MakeUnique {
        place: at(0),
        status: None,
        ready: Some(Local(2)),
    };
    let locals = [(LIST, Owned), (LIST, Owned), (BOOL, Owned)];
    let ends = || vec![release(at(0)), release(at(1))];
    let with = |first: Vec<StmtKind>| one(first.into_iter().chain(ends()).collect());
    sound(
        2,
        &locals,
        with(vec![ask(2, 0), change.clone(), change.clone()]),
    );
    broken(7, "_2 is not known", 2, &locals, with(vec![change.clone()]));
    broken(
        7,
        "_2 is not known",
        2,
        &locals,
        with(vec![ask(2, 1), change.clone()]),
    );
    let shared = set(at(1), Rvalue::Share(at(0)));
    broken(
        7,
        "_2 is not known",
        1,
        &locals,
        with(vec![ask(2, 0), shared, change]),
    );
}

#[test]
fn invariant_1_indices_exist() {
    broken(
        1,
        "no local _7",
        1,
        &XS,
        one(vec![release(at(0)), release(at(7))]),
    );
    broken(
        1,
        "no local _7",
        1,
        &XS,
        one(vec![release(at(0)), set(at(7), Rvalue::Use(zero()))]),
    );
    let step = Rvalue::IsNull(Local(7));
    broken(1, "no local _7", 1, &TWO, one(vec![set(at(1), step)]));
    let status = StmtKind::MakeUnique {
        place: at(0),
        status: Some(Local(7)),
        ready: None,
    };
    broken(1, "no local _7", 1, &XS, one(vec![status]));
    broken(1, "no local _1", 4, &XS, one(vec![]));
    broken(
        1,
        "no block bb5",
        1,
        &XS,
        vec![(vec![], Term::Goto(BlockId(5)))],
    );
    broken(1, "no block to begin with", 0, &[], vec![]);
    broken(
        1,
        "Field(2) does not fit",
        1,
        &[(PAIR, Owned)],
        one(vec![release(at(0).field(2))]),
    );
    let payload = at(0).payload(9, 0);
    broken(
        1,
        "does not fit",
        1,
        &[(OPTION, Owned)],
        one(vec![set(at(0), Rvalue::Len(payload))]),
    );
    // In a block that nothing leads to.
    let blocks = vec![(vec![release(at(0))], end()), (vec![release(at(7))], end())];
    broken(1, "no local _7", 1, &XS, blocks);
}

#[test]
fn invariant_2_projections_fit() {
    broken(
        2,
        "Field(0) does not fit",
        1,
        &XS,
        one(vec![release(at(0).field(0))]),
    );
    broken(
        2,
        "Deref does not fit",
        1,
        &XS,
        one(vec![release(at(0).with(Proj::Deref))]),
    );
    broken(
        2,
        "Payload",
        1,
        &[(PAIR, Owned)],
        one(vec![release(at(0).payload(1, 0))]),
    );
    let within = at(0).with(Proj::Deref).field(0);
    let locals = [(POINTER, Owned), (INT, Owned)];
    sound(
        1,
        &locals,
        one(vec![set(at(1), Rvalue::Len(within)), release(at(0))]),
    );
}

#[test]
fn invariant_3_what_is_taken_is_owned() {
    let locals = [(LIST, Borrowed), (LIST, Owned)];
    let moves = set(at(1), Rvalue::Use(mov(at(0))));
    broken(
        3,
        "held elsewhere",
        1,
        &locals,
        one(vec![moves, release(at(1))]),
    );
    broken(3, "held elsewhere", 1, &locals, one(vec![release(at(0))]));
    broken(3, "cannot be changed", 1, &locals, one(vec![sole(at(0))]));
    let inout = StmtKind::Runtime {
        dst: None,
        entry: Entry::cowl_list_reverse,
        args: vec![Arg::InOut(at(0))],
    };
    broken(3, "cannot be changed", 1, &locals, one(vec![inout]));
    let kept = set(at(1), Rvalue::Use(copy(at(0))));
    broken(
        3,
        "kept without a count",
        1,
        &locals,
        one(vec![kept, release(at(1))]),
    );
    let option = [(OPTION, Owned), (LIST, Owned)];
    let part = set(at(1), Rvalue::Use(mov(at(0).payload(1, 0))));
    broken(
        3,
        "held elsewhere",
        1,
        &option,
        one(vec![part, release(at(1)), release(at(0))]),
    );
    let store = set(at(0).payload(1, 0), Rvalue::Use(mov(at(1))));
    broken(
        3,
        "no place to store to",
        2,
        &option,
        one(vec![store, release(at(0))]),
    );
    // A share of what is borrowed, and memory behind an address.
    let share = set(at(1), Rvalue::Share(at(0)));
    sound(1, &locals, one(vec![share, sole(at(1)), release(at(1))]));
    let memory = [(LIST, Addr), (LIST, Owned)];
    let moves = set(at(1), Rvalue::Use(mov(at(0))));
    sound(0, &memory, one(vec![moves, release(at(1))]));
}

#[test]
fn invariant_4_each_value_ends_once_on_every_path() {
    sound(1, &XS, one(vec![sole(at(0)), release(at(0))]));
    broken(4, "_0 is still held at the end", 1, &XS, one(vec![]));
    broken(
        4,
        "taken but holds nothing",
        1,
        &XS,
        one(vec![release(at(0)), release(at(0))]),
    );
    broken(
        4,
        "taken but holds nothing",
        0,
        &XS,
        one(vec![release(at(0))]),
    );
    broken(
        4,
        "looked at but holds nothing",
        1,
        &XS,
        one(vec![release(at(0)), sole(at(0))]),
    );
    let len = set(at(1), Rvalue::Len(at(0)));
    let counted = [(LIST, Owned), (INT, Owned)];
    broken(
        4,
        "looked at but holds nothing",
        1,
        &counted,
        one(vec![release(at(0)), len]),
    );
    let over = set(at(1), Rvalue::Use(mov(at(0))));
    broken(
        4,
        "_1 is overwritten",
        2,
        &TWO,
        one(vec![over, release(at(1))]),
    );
    broken(
        4,
        "cleared but holds a value",
        1,
        &XS,
        one(vec![StmtKind::Clear(at(0))]),
    );
    // Parts end one by one.
    let pair = [(PAIR, Owned)];
    sound(
        1,
        &pair,
        one(vec![release(at(0).field(0)), release(at(0).field(1))]),
    );
    broken(
        4,
        "still held",
        1,
        &pair,
        one(vec![release(at(0).field(0))]),
    );
    broken(
        4,
        "taken but",
        1,
        &pair,
        one(vec![release(at(0).field(0)), release(at(0))]),
    );
}

#[test]
fn invariant_4_ways_agree_where_they_meet() {
    let join = |yes: Vec<StmtKind>, no: Vec<StmtKind>, last: Term| {
        vec![
            (vec![], branch(1, 2)),
            (yes, Term::Goto(BlockId(3))),
            (no, Term::Goto(BlockId(3))),
            (vec![], last),
        ]
    };
    let ends = || vec![release(at(0))];
    sound(1, &XS, join(ends(), ends(), end()));
    // Nothing after the join tells the two ways apart.
    let never = Term::Unreachable;
    broken(
        4,
        "ways disagree on _0",
        1,
        &XS,
        join(ends(), vec![], never.clone()),
    );
    broken(
        4,
        "ways disagree on _0",
        1,
        &XS,
        join(vec![], ends(), never),
    );
    // A turn of a loop finds what the one before it found.
    let turn = vec![
        (vec![], Term::Goto(BlockId(1))),
        (vec![release(at(0))], branch(1, 2)),
        (vec![], end()),
    ];
    broken(4, "ways disagree on _0", 1, &XS, turn);
    // What never goes on needs no end.
    sound(1, &XS, vec![(vec![], Term::Unreachable)]);
}

#[test]
fn invariant_5_a_statement_consumes_a_unit_once() {
    let locals = [(LIST, Owned), (PAIR, Owned)];
    let both = set(at(1), Rvalue::Aggregate(vec![mov(at(0)), mov(at(0))]));
    broken(
        5,
        "_0 is taken twice",
        1,
        &locals,
        one(vec![both, release(at(1))]),
    );
    let call = StmtKind::Call {
        dst: None,
        callee: Callee::Func(FuncId(0)),
        args: vec![mov(at(1)), mov(at(1).field(0))],
    };
    broken(
        5,
        "_1.0 is taken twice",
        2,
        &locals,
        one(vec![call, release(at(0))]),
    );
}

#[test]
fn invariant_6_roots_clear() {
    let said = says_with(1, &XS, one(vec![release(at(0))]), true);
    assert!(said.contains("invariant 6: _0 is a root"), "{said:?}");
}
