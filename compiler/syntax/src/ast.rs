//! The syntax tree: what a file says, before any name means anything.
//!
//! Produced by `parse`, consumed by `resolve` and `check`. Untyped and close to the source:
//! nothing is desugared here, so that messages can speak of what was written.
//! Chains (operators of one precedence, postfix operations, `else if`) are flat lists, so that
//! a chain of 400,000 links needs no recursion; true nesting is limited by the parser.
//! Must not hold types, definitions or anything that a later phase finds out.

use crate::source::Span;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The spelling of an identifier, NFC-normalised.
pub type Text = Arc<str>;

/// An identifier with its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Name {
    pub text: Text,
    pub span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct File {
    pub items: Vec<Item>,
    pub span: Span,
}

/// `@intrinsic("list_push")`, `@discardable`: an attribute in front of an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attr {
    pub name: Name,
    pub args: Vec<Expr>,
    pub span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Item {
    pub attrs: Vec<Attr>,
    /// The text of the `///` lines above, joined with newlines; `doc_span` is the first line's.
    pub doc: Option<(Text, Span)>,
    pub is_pub: bool,
    pub kind: ItemKind,
    pub span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ItemKind {
    Use(Use),
    Fn(FnDecl),
    Struct(StructDecl),
    Enum(EnumDecl),
    Trait(TraitDecl),
    Impl(ImplDecl),
    Alias(AliasDecl),
    Const(ConstDecl),
    Test(TestDecl),
}

/// `use a.b { x, Y as Z }`, `use a.b as c`, `use a.b`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Use {
    pub path: Vec<Name>,
    /// `Some` for the form with braces (possibly empty).
    pub names: Option<Vec<UseName>>,
    pub alias: Option<Name>,
    pub span: Span,
}

/// A name that a `use` takes out of a module, and what it is called here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UseName {
    pub name: Name,
    pub alias: Option<Name>,
}

impl UseName {
    /// The name that it brings into scope.
    pub fn brought(&self) -> &Name {
        self.alias.as_ref().unwrap_or(&self.name)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FnDecl {
    pub is_pure: bool,
    pub name: Name,
    pub generics: Vec<GenericParam>,
    pub params: Vec<Param>,
    /// `None`: no `->`, that is, `()`; `fn f() ! E` is `() ! E`.
    pub ret: Option<Ty>,
    /// Extra bounds of the `where` clause.
    pub where_: Vec<GenericParam>,
    /// `None` only for a trait's required method and for intrinsics.
    pub body: Option<Block>,
    /// `fn name(…) -> T`, without the body.
    pub head_span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Param {
    pub is_var: bool,
    pub name: Name,
    /// `None` only for `self` and `var self` without a type.
    pub ty: Option<Ty>,
    pub default: Option<Expr>,
    pub span: Span,
}

/// `T`, `K: Hash + Eq`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GenericParam {
    pub name: Name,
    pub bounds: Vec<Ty>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StructDecl {
    pub name: Name,
    pub generics: Vec<GenericParam>,
    pub fields: Vec<FieldDecl>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FieldDecl {
    pub doc: Option<(Text, Span)>,
    pub is_pub: bool,
    pub name: Name,
    pub ty: Ty,
    pub default: Option<Expr>,
    pub span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EnumDecl {
    pub name: Name,
    pub generics: Vec<GenericParam>,
    pub variants: Vec<VariantDecl>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct VariantDecl {
    pub doc: Option<(Text, Span)>,
    pub name: Name,
    /// All named or all unnamed: checked by `check`.
    pub fields: Vec<(Option<Name>, Ty)>,
    pub span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TraitDecl {
    pub name: Name,
    pub generics: Vec<GenericParam>,
    pub supers: Vec<Ty>,
    /// `Fn` items only: anything else is an error of the parser.
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImplDecl {
    pub generics: Vec<GenericParam>,
    /// The trait of `impl Trait for T`.
    pub trait_: Option<Ty>,
    pub self_ty: Ty,
    pub where_: Vec<GenericParam>,
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AliasDecl {
    pub name: Name,
    pub generics: Vec<GenericParam>,
    pub ty: Ty,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConstDecl {
    pub name: Name,
    pub ty: Option<Ty>,
    pub value: Expr,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TestDecl {
    pub name: Text,
    pub name_span: Span,
    /// `copies 1`, `copies <= 2`.
    pub budgets: Vec<Budget>,
    pub body: Block,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Budget {
    pub what: Name,
    pub at_most: bool,
    pub count: u64,
}

// ---- types

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ty {
    pub kind: TyKind,
    pub span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum TyKind {
    /// `a.b.Name<T, U>`; `int`, `Self` and so on are names too.
    Name { path: Vec<Name>, args: Vec<Ty> },
    /// `T?`
    Optional(Box<Ty>),
    /// `T ! E`
    Result(Box<Ty>, Box<Ty>),
    /// `*T`
    Ptr(Box<Ty>),
    /// `weak T`
    Weak(Box<Ty>),
    /// `any Trait`
    Any(Box<Ty>),
    /// `fn(A, B) -> C`
    Fn {
        params: Vec<Ty>,
        ret: Option<Box<Ty>>,
    },
    /// `()` is the empty one; a one-tuple is refused by the parser.
    Tuple(Vec<Ty>),
    /// Where the parser had reported an error; fits anything, silently.
    Error,
}

// ---- statements

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    /// The span includes the braces.
    pub span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

/// `=` or `:=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BindOp {
    Share,
    Sole,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum StmtKind {
    /// `let p: T = e`, `var p := e`, `let p = e else { … }`, `let x: T`.
    Let {
        is_var: bool,
        pattern: Pattern,
        ty: Option<Ty>,
        /// The operator, its place, and the right side.
        init: Option<(BindOp, Span, Expr)>,
        else_: Option<Block>,
    },
    /// An expression for its effect, or the block's value where it is last.
    Expr(Expr),
    /// `place = e`, `place := e`, `place += e`; the left side is checked to be a place later.
    /// `_ = e` has a `Wild` place.
    Assign {
        place: AssignTarget,
        op: AssignOp,
        op_span: Span,
        value: Expr,
    },
    For {
        label: Option<Name>,
        pattern: Pattern,
        seq: Expr,
        body: Block,
    },
    While {
        label: Option<Name>,
        cond: Vec<Clause>,
        body: Block,
    },
    Defer(Box<Block>),
    OnFail(Box<Block>),
    /// A nested function: captures nothing. Only `Fn` and `Use`.
    Item(Box<Item>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum AssignTarget {
    /// `_`
    Wild(Span),
    /// Any expression, `(a, b)` included; in such a tuple the name `_` throws a part away.
    Expr(Expr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AssignOp {
    Set,
    /// `:=`
    SetSole,
    /// `+=` and so on.
    Op(BinOp),
}

/// One link of an `if`'s or `while`'s `&&` chain.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Clause {
    /// `let p = e`
    Let {
        pattern: Pattern,
        value: Expr,
    },
    Expr(Expr),
}

// ---- expressions

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BinOp {
    Mul,
    Div,
    Rem,
    MulWrap,
    Add,
    Sub,
    AddWrap,
    SubWrap,
    Shl,
    Shr,
    BitAnd,
    BitXor,
    BitOr,
    /// `..`
    Range,
    /// `..=`
    RangeIncl,
    /// `??`
    Coalesce,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// `===`
    Same,
    /// `!==`
    NotSame,
    In,
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PrefixOp {
    Neg,
    /// `!`
    Not,
    /// `~`
    BitNot,
    Move,
    Copy,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ExprKind {
    Bool(bool),
    /// The value (digits without `_`) of a literal; too large for u128 is an error of the parser.
    Int(u128),
    Float(f64),
    Char(char),
    Byte(u8),
    Str(Vec<StrPart>),
    /// A name, possibly with type arguments: `x`, `f<int>`, `Stack<int>` (before `.new()`).
    Name {
        name: Name,
        targs: Vec<Ty>,
    },
    /// `.circle(3.0)`, `.leaf`.
    DotVariant {
        name: Name,
        args: Option<Vec<Arg>>,
    },
    /// `(e)`: kept, because parentheses end the rules about newlines and heads.
    Paren(Box<Expr>),
    /// `(a, b)`, `()`.
    Tuple(Vec<Expr>),
    /// `[a, ..b]`
    List(Vec<Elem>),
    /// `["a": 1]`, `[:]`
    Map(Vec<(Expr, Expr)>),
    /// `[e for p in s if c]`, `[k: v for …]`
    Comp {
        key: Option<Box<Expr>>,
        value: Box<Expr>,
        clauses: Vec<CompClause>,
    },
    /// `Point{ x: 1, ..base }`; the path may lead through modules.
    Struct {
        path: Vec<Name>,
        targs: Vec<Ty>,
        inits: Vec<Init>,
    },
    /// `-a`, `move a`, … : prefixes, outermost first (flat: `- - - - x`).
    Prefix(Vec<(PrefixOp, Span)>, Box<Expr>),
    /// `a + b - c`: operators of one precedence level, left to right.
    /// A comparison, a range, `is` has exactly one operator.
    Chain(Box<Expr>, Vec<(BinOp, Span, Expr)>),
    /// `a..`
    RangeFrom(Box<Expr>),
    /// `..b`, `..=b`, `..`
    RangeTo {
        end: Option<Box<Expr>>,
        inclusive: bool,
    },
    /// `e is pattern`
    Is(Box<Expr>, Box<Pattern>),
    /// `e catch |p| d`
    Catch {
        value: Box<Expr>,
        pattern: Option<Box<Pattern>>,
        default: Box<Expr>,
    },
    /// `base.f.g(x)[i]?`: postfix operations in order.
    Postfix(Box<Expr>, Vec<Postfix>),
    Closure(Box<Closure>),
    Block(Box<Block>),
    /// `if … {} else if … {} else {}`
    If {
        arms: Vec<(Vec<Clause>, Block)>,
        else_: Option<Box<Block>>,
    },
    Match {
        value: Box<Expr>,
        arms: Vec<Arm>,
    },
    Loop {
        label: Option<Name>,
        body: Box<Block>,
    },
    Return(Option<Box<Expr>>),
    Raise(Box<Expr>),
    Break {
        label: Option<Name>,
        value: Option<Box<Expr>>,
    },
    Continue {
        label: Option<Name>,
    },
    /// `new Point{ x: 1 }`, `new List<int>[1]`, `new .circle(1)`, `new int(42)`, `new [n]T`.
    New(Box<New>),
    /// `weak(p)`, `weak()`
    Weak(Vec<Arg>),
    /// A statement in expression position where the grammar allows one
    /// (the body of a `match` arm or closure): `a = 1`.
    Stmt(Box<Stmt>),
    /// What the parser put where it had reported an error; checks as anything, silently.
    Error,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum New {
    /// Any literal: struct, tuple, list, string, number, `.variant(…)`.
    Literal(Expr),
    /// `new List<int>[1, 2]`, `new Map<string, int>`, `new Box<int>` (empty).
    Typed { ty: Ty, literal: Option<Expr> },
    /// `new int(42)`
    Convert { ty: Ty, args: Vec<Arg> },
    /// `new [n]T`
    Array { len: Expr, elem: Ty },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum StrPart {
    /// Unescaped text.
    Lit(Text),
    /// `{expr:spec}`
    Expr {
        value: Expr,
        spec: Option<FormatSpec>,
    },
}

/// `[[fill]<^>][+][#][0][width][.prec][xXobe?]`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FormatSpec {
    pub fill: Option<char>,
    pub align: Option<Align>,
    pub plus: bool,
    pub alternate: bool,
    pub zero: bool,
    pub width: Option<FormatCount>,
    pub precision: Option<FormatCount>,
    /// One of `xXobe?`.
    pub kind: Option<char>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Align {
    Left,
    Center,
    Right,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum FormatCount {
    Number(u32),
    /// `{x:>{w}}`
    Name(Name),
}

/// `f(a, b: c)`: an argument, possibly named.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Arg {
    pub name: Option<Name>,
    pub value: Expr,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Elem {
    Expr(Expr),
    /// `..xs`
    Spread(Expr),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum CompClause {
    For { pattern: Pattern, seq: Expr },
    If(Expr),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Init {
    /// `name: value`; `value` is `None` for the short form `name`.
    Field { name: Name, value: Option<Expr> },
    /// `..base`
    Base(Expr, Span),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Postfix {
    pub kind: PostfixKind,
    /// From the operation's own first character (`.`, `(`, `[`, `?`) to its end.
    pub span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum PostfixKind {
    /// `.name`
    Field(Name),
    /// `.0`
    Position(u32),
    /// `.name(args)`, `.name!(args)`, with type arguments.
    Method {
        name: Name,
        bang: bool,
        targs: Vec<Ty>,
        args: Vec<Arg>,
    },
    /// `.*`
    Deref,
    /// `(args)`
    Call(Vec<Arg>),
    /// `[i]`, `[k, default: d]`
    Index(Vec<Arg>),
    /// `?`
    Try,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Closure {
    pub params: Vec<(Pattern, Option<Ty>)>,
    pub ret: Option<Ty>,
    pub body: Expr,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Arm {
    pub pattern: ArmPattern,
    pub guard: Option<Expr>,
    pub body: Expr,
    pub span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ArmPattern {
    Pattern(Pattern),
    /// `c: Circle =>` on an `any Trait`.
    Typed {
        name: Name,
        ty: Ty,
    },
}

// ---- patterns

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pattern {
    pub kind: PatternKind,
    pub span: Span,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum PatternKind {
    Wild,
    /// `x`: binds, or names a constant or an enum's variant (`none`) in scope: `check` decides.
    Name(Name),
    /// `x @ pattern`
    At(Name, Box<Pattern>),
    Lit(Box<PatLit>),
    /// `a..b`, `a..=b`, `a..`, `..b`; a bound is a literal or the name of a constant.
    Range {
        lo: Option<Box<PatLit>>,
        hi: Option<Box<PatLit>>,
        inclusive: bool,
    },
    Tuple(Vec<PatternItem>),
    /// `[a, .., b]`, `[first, ..rest]`
    List(Vec<PatternItem>),
    /// `.node(l, value: v, ..)`, `some(x)`, `Shape.circle(r)`, `MAX`, `Point{ x, .. }`.
    Variant {
        /// Begins with `.`: the type comes from the matched value.
        dot: bool,
        path: Vec<Name>,
        args: Option<Vec<PatternArg>>,
    },
    Struct {
        path: Vec<Name>,
        fields: Vec<PatternArg>,
    },
    Or(Vec<Pattern>),
    /// Where the parser had reported an error.
    Error,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum PatLit {
    Bool(bool),
    /// The literal with its sign.
    Int {
        negative: bool,
        value: u128,
    },
    Float(f64),
    Char(char),
    Byte(u8),
    Str(Text),
    /// A constant: `MAX`, `limits.MAX`.
    Const(Vec<Name>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum PatternItem {
    Pattern(Pattern),
    /// `..`, `..rest`
    Rest {
        name: Option<Name>,
        span: Span,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum PatternArg {
    /// `p`, `name: p`; the short form `x` in a struct pattern is `x: x`.
    Pattern {
        name: Option<Name>,
        pattern: Pattern,
    },
    /// `..`
    Rest(Span),
}
