//! HIR: the checked tree, the contract between the frontend and the engines.
//!
//! `check` builds it with types, resolved names and all sugar gone; `own` then decides every
//! use's `Mode` and writes every release; `instantiate` copies it without type parameters into
//! a `Program`, which is what the engines get. One tree serves the three stages because only
//! `Mode::Undecided`, empty release lists and generic callees set them apart.
//!
//! # Invariants
//! `verify` checks exactly these, and says which is broken by its number; the stage from which each
//! holds stands in brackets.
//! 1. [check] Every `LocalId`, `LoopId`, `FuncId`, field, variant and capture index exists in its owner.
//! 2. [check] An expression's type fits its use: operands of `Binary` are equal scalars, a
//!    call's arguments are its parameters' types, an assigned value is its place's type.
//! 3. [check] `Break` names an enclosing `Loop`, `For…` or `Labeled` of the same function, `Continue`
//!    one of the first two; the `else` of a `Destructure` does not go on.
//! 4. [check] A `Place` with a `Temp` root is only read, never updated. An `Index` projection stands
//!    on a List, Array or Map; `Deref` on a `*T`; `Field` on a struct or tuple.
//! 5. [own] No mode is `Undecided`, and before that stage none is decided and nothing is released.
//!    `Move` stands only on a path (a `Local` root with only `Field` projections). A `Look` stands
//!    only where the operation says that it looks.
//! 6. [own] On every way through a function each part of a local is assigned before it is used, and
//!    after `Move` or `Release` it is neither used nor released again before it is assigned; where
//!    ways meet they agree (but for scoped locals). What an operation looks at stays as it is until
//!    the operation ends. A borrowed parameter never ends.
//! 7. [own] At the end of a function every part of every owned local has been moved or released.
//! 8. [instantiate] No type holds `Param`, `Infer` or `Error`; every callee is `Func`, `Value`,
//!    `Any` or a builtin; every struct and enum type has its `Shape`.
//!
//! # How a tree runs
//! Operands run left to right. An owned operand is held until its operation ends; when control
//! leaves in the middle of an operand list (`Return`, `Break`, `Continue`), the pending operands
//! are released then, innermost operation first, within one operation the last first, after the
//! leaving expression's own operand and release list have run.
//! A `Look` adds no holder and lasts until its operation ends; `own` makes it an owning use where a
//! later operand could change what is looked at (S10) and where the type holds nothing (a copy at
//! the mention), so an operation must take both. A place that is
//! mentioned before one of its own indices changes it becomes a `Temp` holding what lies before.
//! What a match names in its scrutinee and guards is held until an arm is chosen; holders that end
//! there stand in each arm's `release`. A call of type `never` ends its way: nothing is released at it,
//! and what is not named before it ended at the branch that leads there.
//! SEMANTICS rules cited as (S6) are those of `spec/reference`.

use crate::ast::{Align, Text};
use crate::source::Span;
use crate::types::{IntTy, TraitId, Ty, Types, id};
pub use cowl_contract::builtins::Builtin;
use rustc_hash::FxHashMap;

id!(/** A monomorphic function. */ FuncId, "fn");
id!(/** A function's definition in the source (generic); keyed in `check`'s tables. */ FnDefId, "def");
id!(/** A variable of one function. */ LocalId, "_");
id!(/** A loop or labelled block of one function. */ LoopId, "loop");
id!(/** A module constant; before `instantiate` the index of its `ConstId`. */ GlobalId, "const");
id!(/** The table of methods of one type for one trait. */ VtableId, "vtable");
id!(/** A position in the source: index into the program's `Sites`. */ SiteId, "@");

/// Where things are in the source; shared by all engines and by all instances of generic code.
#[derive(Debug, Clone, Default)]
pub struct Sites {
    spans: Vec<Span>,
    ids: FxHashMap<Span, SiteId>,
}

impl Sites {
    pub fn add(&mut self, span: Span) -> SiteId {
        *self.ids.entry(span).or_insert_with(|| {
            self.spans.push(span);
            SiteId(self.spans.len() as u32 - 1)
        })
    }

    pub fn span(&self, site: SiteId) -> Span {
        self.spans[site.index()]
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

/// A whole program, ready to run.
#[derive(Debug)]
pub struct Program {
    pub types: Types,
    /// The parts of every struct and enum type in the program, by its (monomorphic) type.
    pub shapes: FxHashMap<Ty, Shape>,
    /// The user's `show` methods: `fn(self: T) -> string`, by type.
    pub shows: FxHashMap<Ty, FuncId>,
    /// The user's `deinit` methods, by the type of the object: `fn(self: T)`.
    pub deinits: FxHashMap<Ty, FuncId>,
    pub funcs: Vec<Func>,
    /// In the order of their evaluation before `entry`; each initialiser takes nothing.
    pub globals: Vec<Global>,
    pub vtables: Vec<Vtable>,
    pub sites: Sites,
    /// Some function asks `is_unique` or `dbg_if_shared`.
    pub asks_unique: bool,
    /// `fn(args: List<string>) -> int`: calls `main`, reports a failing one (`error: TEXT` to
    /// stderr, 1), gives the exit status. `None` for a file without `main`.
    pub entry: Option<FuncId>,
    pub tests: Vec<Test>,
}

impl Program {
    #[inline]
    pub fn func(&self, id: FuncId) -> &Func {
        &self.funcs[id.index()]
    }
}

/// What a struct or enum type holds, after substitution.
#[derive(Debug, Clone)]
pub struct Shape {
    /// As printed: `Point`, without module and arguments.
    pub name: Text,
    pub kind: ShapeKind,
    /// Types that the language knows by name, which print in their own way.
    pub lang: Option<Lang>,
}

#[derive(Debug, Clone)]
pub enum ShapeKind {
    Struct(Vec<ShapeField>),
    Enum(Vec<ShapeVariant>),
}

#[derive(Debug, Clone)]
pub struct ShapeField {
    /// `None` in variants with unnamed payloads.
    pub name: Option<Text>,
    pub ty: Ty,
}

#[derive(Debug, Clone)]
pub struct ShapeVariant {
    pub name: Text,
    pub fields: Vec<ShapeField>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// `enum { none, some(T) }`: variant 0 is `none`.
    Option,
    /// `enum { ok(T), err(E) }`: variant 0 is `ok`.
    Result,
    /// `struct { start: T, end: T, inclusive: bool }`
    Range,
    /// `struct { what: any Show }`: prints as what it holds.
    Error,
    /// `struct { key: T }`, made by `desc(x)`: its order (`<` and the total one) is `T`'s reversed.
    Desc,
    /// `struct { items: Array<T> }`: equal if the elements, sorted by the total order, are. An updater's
    /// own container is the one in its field (`Change::Call`'s `sole_first`).
    Heap,
    /// `struct { items: List<T> }`: an updater's own container is the one in its field.
    Deque,
}

impl Lang {
    /// The storage of such a struct is that of its first field.
    pub fn is_queue(self) -> bool {
        matches!(self, Lang::Heap | Lang::Deque)
    }
}

#[derive(Debug, Clone)]
pub struct Global {
    pub name: Text,
    pub ty: Ty,
    pub init: FuncId,
}

#[derive(Debug, Clone)]
pub struct Vtable {
    /// The type inside the `any`.
    pub ty: Ty,
    pub trait_: TraitId,
    /// By index in the trait (supertraits' methods after the trait's own). Each is a shim: `self`
    /// is the whole `any` value, owned; `Self` in the result is an `any` again. `None`: the method
    /// cannot be called through `any`.
    pub methods: Vec<Option<FuncId>>,
}

#[derive(Debug, Clone)]
pub struct Test {
    pub name: Text,
    pub site: SiteId,
    pub func: FuncId,
    /// `(at_most, count)` of `copies N`.
    pub copies: Option<(bool, u64)>,
}

/// A function; generic until `instantiate`.
#[derive(Debug, Clone)]
pub struct Func {
    /// As in a call stack: `main`, `Stack.push`, `closure in main`, `test "name"`.
    pub name: Text,
    /// The function's name in its declaration (a closure's first bar).
    pub site: SiteId,
    pub params: Vec<Param>,
    /// For a closure: the types of what it captured, read through `Root::Capture`.
    pub captures: Vec<Ty>,
    pub locals: Vec<Local>,
    pub ret: Ty,
    /// What runs; its value is returned.
    pub body: Expr,
    /// How many `LoopId`s there are.
    pub loops: u32,
    /// Part of std: its updates add nothing to the ledger.
    pub is_std: bool,
    pub inline: Inline,
    /// No update here may copy: the name of the `@in_place` function in whose text this stands (its
    /// own, for a closure the function's around it). An update with an event that meets a shared
    /// container panics there, before it counts; so does an `Unshare` with one.
    pub in_place: Option<Text>,
}

/// A wish to the optimiser; never changes what a program means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inline {
    Auto,
    /// Small and hot: `@inline` in std, closures.
    Always,
    Never,
}

#[derive(Debug, Clone, Copy)]
pub struct Param {
    pub local: LocalId,
    /// Borrowed: the caller keeps holding (a reader's parameter). An owning use of it in the body
    /// shares, and it is never released there.
    pub borrowed: bool,
}

#[derive(Debug, Clone)]
pub struct Local {
    /// For dumps; temporaries have none.
    pub name: Option<Text>,
    pub ty: Ty,
    pub site: SiteId,
    /// Lives to the end of its block although its last use is earlier (S9: its written or inferred
    /// type is `*T` or `(*T)?`). May be empty when released: releasing an empty one does nothing.
    pub scoped: bool,
    /// `let x: T` without a value: `own` reports a second assignment on any way.
    pub once: bool,
}

// ---- expressions

#[derive(Debug, Clone)]
pub struct Expr {
    pub kind: ExprKind,
    pub ty: Ty,
    /// Where a panic in this operation is reported and a call's frame stands: the operator, the
    /// index's bracket, the method's or function's name.
    pub site: SiteId,
}

impl Expr {
    /// A number, truth value, char or string as it is written.
    pub fn is_literal(&self) -> bool {
        matches!(
            self.kind,
            ExprKind::Bool(_)
                | ExprKind::Int(_)
                | ExprKind::Float(_)
                | ExprKind::Char(_)
                | ExprKind::Str(_)
        )
    }
}

/// What a use does to what it names (S6, S7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// An owning use, as `check` leaves it; `own` makes it `Move` or `Share`.
    Undecided,
    /// An owning use that must end the local (`move x`, the source of a bare `:=`): `own` makes it
    /// `Move` and reports any later use.
    MustMove,
    /// The path stops holding; the value goes on.
    Move,
    /// One more holder. Also every owning use of a path whose type holds nothing (numbers, `()`,
    /// structs of them): a plain copy.
    Share,
    /// No holder is added: the operation only reads.
    Look,
}

#[derive(Debug, Clone)]
pub enum ExprKind {
    Bool(bool),
    /// Any integer type, by value.
    Int(i128),
    Float(f64),
    Char(char),
    /// A string literal, held by the program.
    Str(Text),
    /// Reads a place with the given mode; `Move` only for paths.
    Read(Place, Mode),
    /// Fresh aggregates; operands in the order of the type's parts. `()` is the empty tuple.
    Tuple(Vec<Expr>),
    Struct(Vec<Expr>),
    Variant {
        variant: u32,
        fields: Vec<Expr>,
    },
    /// List, Array or Set, by the expression's type.
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    /// An interpolated string: each value is looked at.
    Interp(Vec<InterpPart>),
    /// Scalars only; both operands of one type except shifts (the right one may be any integer).
    Binary(BinOp, Box<Expr>, Box<Expr>),
    Unary(UnOp, Box<Expr>),
    /// Between number types, `bool`, `char`; the target is the expression's type
    /// (`Checked`: its `Option`).
    Convert(Convert, Box<Expr>),
    Call {
        callee: Callee,
        args: Vec<Expr>,
    },
    /// One of the table's operations. An updater called here takes its first argument by `Update`
    /// only; a reader's arguments are looks.
    Builtin {
        op: Builtin,
        targs: Vec<Ty>,
        args: Vec<Expr>,
    },
    /// Changes a place (S11–S13). The value is the operation's result (`()` for the first two).
    Update(Box<Update>),
    /// `:=` and `copy` (S14): duplicates what the operand, an owning use, shares with others.
    Unshare {
        value: Box<Expr>,
        event: UnshareEvent,
    },
    /// `is_unique(place)`: no use; are all storages on the path held once?
    IsUnique(Box<Place>),
    /// Says on stderr if the place is shared, with its position; otherwise `IsUnique`.
    DbgIfShared(Box<Place>),
    Closure {
        func: ClosureRef,
        captures: Vec<Expr>,
    },
    /// Boxes a value as `any Trait` (the expression's type).
    MakeAny {
        value: Box<Expr>,
        vtable: VtableRef,
    },
    /// Takes the value of type `ty` (the expression's) out of an `any` that holds one: moved out if
    /// the operand was the sole holder, else its parts are shared. Only in shims.
    Unbox(Box<Expr>),
    /// `new e`
    New(Box<Expr>),
    Block(Block),
    /// `if`/`else if` chain; without `else` the value is `()`.
    If {
        arms: Vec<(Expr, Block)>,
        else_: Option<Block>,
    },
    Match(Box<Match>),
    /// Runs until `Break`, whose value is the expression's.
    Loop {
        label: LoopId,
        body: Block,
    },
    /// `for item in start..end` over an integer type or `char`; the bounds run first, once.
    ForRange(Box<ForRange>),
    /// `for item in seq`: owns the sequence through a hidden holder until the loop is left; if that
    /// holder is the only one at the start, the elements are moved out one by one, else shared.
    /// What is left is released when the loop is left. The item is `T`, `(K, V)` for a Map, `char`
    /// for a string.
    ForEach {
        label: LoopId,
        seq: Box<Expr>,
        item: LocalId,
        body: Block,
        /// Holders that end when the sequence has run out (after the hidden one), not by `Break`.
        release: Vec<Path>,
    },
    /// A block that `Break` can leave with a value.
    Labeled {
        label: LoopId,
        body: Block,
    },
    Break {
        label: LoopId,
        value: Option<Box<Expr>>,
        release: Vec<Path>,
    },
    Continue {
        label: LoopId,
        release: Vec<Path>,
    },
    Return {
        value: Box<Expr>,
        release: Vec<Path>,
    },
    /// Evaluates, then releases: the end of holders whose last use is a look in `value`.
    After {
        value: Box<Expr>,
        release: Vec<Path>,
    },
    /// Never reached: the frontend proved it.
    Unreachable,
}

#[derive(Debug, Clone)]
pub enum InterpPart {
    Lit(Text),
    Value { value: Expr, spec: Option<Spec> },
}

/// A checked format; `width` and `precision` may be run-time ints (looks).
#[derive(Debug, Clone)]
pub struct Spec {
    pub fill: char,
    pub align: Option<Align>,
    pub plus: bool,
    pub alternate: bool,
    pub zero: bool,
    pub width: Option<Count>,
    pub precision: Option<Count>,
    /// One of `x X o b e ?`.
    pub kind: Option<char>,
}

#[derive(Debug, Clone)]
pub enum Count {
    Number(u32),
    Value(Box<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    AddWrap,
    SubWrap,
    MulWrap,
    Shl,
    Shr,
    BitAnd,
    BitOr,
    BitXor,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl BinOp {
    /// As in the source.
    pub fn symbol(self) -> &'static str {
        match self {
            BinOp::Add => "+",
            BinOp::Sub => "-",
            BinOp::Mul => "*",
            BinOp::Div => "/",
            BinOp::Rem => "%",
            BinOp::AddWrap => "+%",
            BinOp::SubWrap => "-%",
            BinOp::MulWrap => "*%",
            BinOp::Shl => "<<",
            BinOp::Shr => ">>",
            BinOp::BitAnd => "&",
            BinOp::BitOr => "|",
            BinOp::BitXor => "^",
            BinOp::Eq => "==",
            BinOp::Ne => "!=",
            BinOp::Lt => "<",
            BinOp::Le => "<=",
            BinOp::Gt => ">",
            BinOp::Ge => ">=",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnOp {
    /// Panics on overflow.
    Neg,
    /// Of a `bool`.
    Not,
    /// Of an integer.
    BitNot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Convert {
    /// Panics where the value does not fit.
    Exact,
    /// `none` where it does not fit.
    Checked,
    /// Keeps the low bits (integers only).
    Wrapping,
}

#[derive(Debug, Clone)]
pub enum Callee {
    /// After `instantiate`.
    Func(FuncId),
    /// Before it: a definition with the arguments for its type parameters.
    Generic { def: FnDefId, targs: Vec<Ty> },
    /// Before it: a trait's method on a type that is still a parameter. `targs` are `Self`, the
    /// trait's arguments, then the method's own.
    TraitMethod {
        trait_: TraitId,
        method: u32,
        targs: Vec<Ty>,
    },
    /// A closure value (a look, or a share where it is reached through `*T`).
    Value(Box<Expr>),
    /// Through `any`: the first argument is the `any` value, owned.
    Any { method: u32 },
}

#[derive(Debug, Clone, Copy)]
pub enum ClosureRef {
    Func(FuncId),
    /// Before `instantiate`: index into the defining function's closures, which share its type
    /// parameters.
    Generic(FnDefId),
}

#[derive(Debug, Clone)]
pub enum VtableRef {
    Table(VtableId),
    /// Before `instantiate`: made from the operand's type and the `any` type.
    Generic,
}

// ---- places and updates

/// A path: a local, then fields or tuple positions only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path {
    pub local: LocalId,
    pub fields: Vec<u32>,
}

/// Something that has a place: a root and how to go on from it.
#[derive(Debug, Clone)]
pub struct Place {
    pub root: Root,
    pub root_ty: Ty,
    /// The root's name in the source: the first segment of a ledger event.
    pub site: SiteId,
    pub projs: Vec<Proj>,
}

#[derive(Debug, Clone)]
pub enum Root {
    Local(LocalId),
    /// Never dead, never assigned.
    Capture(u32),
    /// Held by the program.
    Global(GlobalId),
    /// A value without a place, held until the operation on this place ends.
    Temp(Box<Expr>),
}

#[derive(Debug, Clone)]
pub struct Proj {
    pub kind: ProjKind,
    /// The type behind the projection.
    pub ty: Ty,
    /// The field's name or the opening bracket: a segment of a ledger event.
    pub site: SiteId,
}

#[derive(Debug, Clone)]
pub enum ProjKind {
    /// Of a struct or tuple.
    Field(u32),
    /// An element of a List or Array (`index N out of range for length M`), or a Map's value
    /// (`no key K`; with `default`, reading gives the default and updating inserts it first).
    /// The index is looked at for a List, Array and a reading of a Map, owned for an update of a
    /// Map. `default` is always evaluated, after the index.
    Index {
        index: Box<Expr>,
        default: Option<Box<Expr>>,
    },
    /// The object behind a `*T`.
    Deref,
}

impl Place {
    /// The path that this place is, if it is one.
    pub fn as_path(&self) -> Option<Path> {
        let Root::Local(local) = self.root else {
            return None;
        };
        let fields = self
            .projs
            .iter()
            .map(|p| match p.kind {
                ProjKind::Field(i) => Some(i),
                ProjKind::Index { .. } | ProjKind::Deref => None,
            })
            .collect::<Option<Vec<u32>>>()?;
        Some(Path { local, fields })
    }

    pub fn ty(&self) -> Ty {
        self.projs.last().map_or(self.root_ty, |p| p.ty)
    }
}

/// One change of a place: indices left to right, then the change's operands, then one walk that
/// makes every container on the path sole, outside in (S11), then the change.
#[derive(Debug, Clone)]
pub struct Update {
    pub place: Place,
    pub change: Change,
    /// Where the ledger counts; `None` counts nothing (std, comprehensions, fresh values).
    pub event: Option<SiteId>,
}

#[derive(Debug, Clone)]
pub enum Change {
    /// `place = value`. `displaced`: the place may hold a value (a scoped local, an element that is
    /// not there: it may be empty), released after the store; `own` clears it for a path that is
    /// empty by then.
    Set { value: Expr, displaced: bool },
    /// `place op= value` on scalars: the place is read after the value.
    Arith { op: BinOp, value: Expr },
    /// A builtin updater: the first operand is the place itself. The container in the place is the
    /// last one on the walk. A maker here (`xs.trim!()`): the value is taken out, is the maker's
    /// first operand, and the result is stored; the value itself is not on the walk.
    Builtin {
        op: Builtin,
        targs: Vec<Ty>,
        args: Vec<Expr>,
    },
    /// `place.m!(args)`: the value is taken out, the callee gets it as first argument, what it
    /// gives back goes into the place. `sole_first`: the value's own container is on the walk too
    /// (a builtin that calls back).
    Call {
        callee: Callee,
        args: Vec<Expr>,
        gives: Gives,
        sole_first: bool,
    },
}

/// What the callee of an `m!` returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// `Self`
    Place,
    /// `(Self, R)`: R is the update's value.
    PlaceAndResult,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnshareEvent {
    /// The source was a place: `copied` or `moved` counts.
    Both(SiteId),
    /// Any other source: only `copied` counts.
    CopiedOnly(SiteId),
    None,
}

// ---- control

#[derive(Debug, Clone)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    /// `None`: the value is `()` (or the block never ends).
    pub value: Option<Box<Expr>>,
    /// Locals declared directly in this block, in order: where `scoped` ones end. A loop's item or an
    /// arm's bindings may stand here too, in the block that is the body.
    pub declares: Vec<LocalId>,
}

#[derive(Debug, Clone)]
pub enum Stmt {
    /// The value is `()`, or is thrown away (released at once).
    Expr(Expr),
    /// Gives a fresh local its value.
    Let { local: LocalId, value: Expr },
    /// A pattern that always fits, or `let … else` (the block never ends normally).
    Destructure {
        scrutinee: Place,
        mode: MatchMode,
        pat: Pat,
        else_: Option<Block>,
        site: SiteId,
    },
    /// Ends these holders now, in this order.
    Release(Vec<Path>),
}

#[derive(Debug, Clone)]
pub struct Match {
    /// A path or a place that is read; values without a place are put in a local first.
    pub scrutinee: Place,
    pub mode: MatchMode,
    /// Tested in order; `check` proved that one fits.
    pub arms: Vec<Arm>,
}

/// How a match takes its bindings when an arm is chosen (after its guard).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchMode {
    Undecided,
    /// The scrutinee is a path that ends here: bound parts move, unbound parts are released at the
    /// arm's entry.
    Move,
    /// Bound parts are shared.
    Share,
}

#[derive(Debug, Clone)]
pub struct Arm {
    pub pat: Pat,
    /// Sees the bindings without holding them: an owning use of one in a guard shares.
    pub guard: Option<Expr>,
    /// Holders that end on this edge, after the bindings are taken.
    pub release: Vec<Path>,
    pub body: Expr,
}

#[derive(Debug, Clone)]
pub enum Pat {
    Wild,
    /// `name @ sub`: the name takes the whole value, what `sub` binds is shared out of it.
    Bind {
        local: LocalId,
        sub: Option<Box<Pat>>,
    },
    Bool(bool),
    Int(i128),
    Float(f64),
    Char(char),
    Str(Text),
    /// Compares with a module constant.
    Const(GlobalId),
    /// Integers, floats and chars; bounds are literal patterns or `Const`.
    Range {
        lo: Option<Box<Pat>>,
        hi: Option<Box<Pat>>,
        inclusive: bool,
    },
    /// All parts of a struct or tuple, in order.
    Fields(Vec<Pat>),
    Variant {
        variant: u32,
        fields: Vec<Pat>,
    },
    /// On List and Array. `rest`: `None` without `..`; `Some(None)` for a bare `..`.
    List {
        front: Vec<Pat>,
        rest: Option<Option<LocalId>>,
        back: Vec<Pat>,
    },
    /// All alternatives bind the same locals.
    Or(Vec<Pat>),
    /// On `any`: holds a value of this type, bound to the local.
    Type {
        ty: Ty,
        local: Option<LocalId>,
    },
}

impl Pat {
    /// The locals that a pattern binds, in order; alternatives bind the same.
    pub fn bindings(&self, out: &mut Vec<LocalId>) {
        match self {
            Pat::Wild
            | Pat::Bool(_)
            | Pat::Int(_)
            | Pat::Float(_)
            | Pat::Char(_)
            | Pat::Str(_)
            | Pat::Const(_)
            | Pat::Range { .. } => {}
            Pat::Bind { local, sub } => {
                out.push(*local);
                if let Some(sub) = sub {
                    sub.bindings(out);
                }
            }
            Pat::Fields(ps) | Pat::Variant { fields: ps, .. } => {
                ps.iter().for_each(|p| p.bindings(out))
            }
            Pat::List { front, rest, back } => {
                front.iter().for_each(|p| p.bindings(out));
                out.extend(rest.iter().flatten());
                back.iter().for_each(|p| p.bindings(out));
            }
            Pat::Or(ps) => {
                if let Some(first) = ps.first() {
                    first.bindings(out);
                }
            }
            Pat::Type { local, .. } => out.extend(local),
        }
    }
}

#[derive(Debug, Clone)]
pub struct ForRange {
    pub label: LoopId,
    pub item: LocalId,
    pub start: Expr,
    /// `None`: to the type's greatest value, inclusive.
    pub end: Option<Expr>,
    pub inclusive: bool,
    /// Runs from the last down to the first.
    pub reverse: bool,
    /// `.step(k)`: every k-th; `k <= 0` panics (`step must be positive`), checked after the bounds.
    pub step: Option<Expr>,
    pub body: Block,
    /// Holders that end when the range has run out, not by `Break`.
    pub release: Vec<Path>,
}

/// The integer type behind a scalar type, if it is one.
pub fn int_ty(types: &Types, ty: Ty) -> Option<IntTy> {
    match types.data(ty) {
        crate::types::TyData::Int(i) => Some(*i),
        _ => None,
    }
}
