//! Types, interned: equal types have equal ids, so that instances are keyed by ids and never
//! by mangled names.
//!
//! Used by every phase from `check` on and by the engines. Generic code holds `Param`, inference
//! holds `Infer`; neither occurs in a `hir::Program` (its `verify` checks that).

use rustc_hash::FxHashMap;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            #[inline]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}
pub(crate) use id;

id!(/** An interned type. */ Ty, "t");
id!(/** A struct's or enum's definition (generic). */ AdtId, "adt");
id!(/** A trait's definition. */ TraitId, "trait");

/// The integer types. `byte` is `U8`, `int` is `I64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IntTy {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

impl IntTy {
    pub const ALL: [IntTy; 8] = [
        IntTy::I8,
        IntTy::I16,
        IntTy::I32,
        IntTy::I64,
        IntTy::U8,
        IntTy::U16,
        IntTy::U32,
        IntTy::U64,
    ];

    pub fn bits(self) -> u32 {
        match self {
            IntTy::I8 | IntTy::U8 => 8,
            IntTy::I16 | IntTy::U16 => 16,
            IntTy::I32 | IntTy::U32 => 32,
            IntTy::I64 | IntTy::U64 => 64,
        }
    }

    pub fn signed(self) -> bool {
        matches!(self, IntTy::I8 | IntTy::I16 | IntTy::I32 | IntTy::I64)
    }

    pub fn min(self) -> i128 {
        if self.signed() {
            -(1i128 << (self.bits() - 1))
        } else {
            0
        }
    }

    pub fn max(self) -> i128 {
        if self.signed() {
            (1i128 << (self.bits() - 1)) - 1
        } else {
            (1i128 << self.bits()) - 1
        }
    }

    /// The name in programs: the 64-bit signed one is `int`.
    pub fn name(self) -> &'static str {
        match self {
            IntTy::I8 => "i8",
            IntTy::I16 => "i16",
            IntTy::I32 => "i32",
            IntTy::I64 => "int",
            IntTy::U8 => "u8",
            IntTy::U16 => "u16",
            IntTy::U32 => "u32",
            IntTy::U64 => "u64",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FloatTy {
    F32,
    F64,
}

/// What a type is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TyData {
    /// Stands where an error was reported; fits everything. Never in a program that runs.
    Error,
    Never,
    Bool,
    Char,
    Int(IntTy),
    Float(FloatTy),
    Str,
    /// `()` is the empty tuple.
    Tuple(Box<[Ty]>),
    List(Ty),
    Array(Ty),
    Map(Ty, Ty),
    Set(Ty),
    /// A struct or enum with its arguments. `T?` and `T ! E` are the prelude's enums
    /// `Option<T>` and `Result<T, E>`; ranges are its struct `Range<T>`.
    Adt(AdtId, Box<[Ty]>),
    /// `*T`
    Ptr(Ty),
    /// `weak T`
    Weak(Ty),
    /// `any Trait<…>`
    Any(TraitId, Box<[Ty]>),
    /// `fn(A, B) -> C`: a closure value.
    Fn(Box<[Ty]>, Ty),
    /// The n-th type parameter of the definition that is being looked at (an `impl`'s come
    /// before its method's; in a trait, 0 is `Self`).
    Param(u32),
    /// An inference variable of `check`.
    Infer(u32),
}

/// The interner.
#[derive(Debug, Clone)]
pub struct Types {
    data: Vec<TyData>,
    ids: FxHashMap<TyData, Ty>,
    /// Per type: contains `Infer`; contains `Param`.
    flags: Vec<(bool, bool)>,
    /// Per type: how deep it nests, how many parts it has when written out (both saturate).
    extent: Vec<(u32, u32)>,
}

impl Default for Types {
    fn default() -> Types {
        let mut types = Types {
            data: Vec::new(),
            ids: FxHashMap::default(),
            flags: Vec::new(),
            extent: Vec::new(),
        };
        for (data, id) in [
            (TyData::Error, Types::ERROR),
            (TyData::Never, Types::NEVER),
            (TyData::Tuple(Box::new([])), Types::UNIT),
            (TyData::Bool, Types::BOOL),
            (TyData::Char, Types::CHAR),
            (TyData::Str, Types::STR),
            (TyData::Int(IntTy::I8), Types::I8),
            (TyData::Int(IntTy::I16), Types::I16),
            (TyData::Int(IntTy::I32), Types::I32),
            (TyData::Int(IntTy::I64), Types::INT),
            (TyData::Int(IntTy::U8), Types::U8),
            (TyData::Int(IntTy::U16), Types::U16),
            (TyData::Int(IntTy::U32), Types::U32),
            (TyData::Int(IntTy::U64), Types::U64),
            (TyData::Float(FloatTy::F32), Types::F32),
            (TyData::Float(FloatTy::F64), Types::FLOAT),
        ] {
            assert_eq!(types.intern(data), id);
        }
        types
    }
}

impl Types {
    pub const ERROR: Ty = Ty(0);
    pub const NEVER: Ty = Ty(1);
    pub const UNIT: Ty = Ty(2);
    pub const BOOL: Ty = Ty(3);
    pub const CHAR: Ty = Ty(4);
    pub const STR: Ty = Ty(5);
    pub const I8: Ty = Ty(6);
    pub const I16: Ty = Ty(7);
    pub const I32: Ty = Ty(8);
    pub const INT: Ty = Ty(9);
    pub const U8: Ty = Ty(10);
    pub const U16: Ty = Ty(11);
    pub const U32: Ty = Ty(12);
    pub const U64: Ty = Ty(13);
    pub const F32: Ty = Ty(14);
    pub const FLOAT: Ty = Ty(15);

    pub fn intern(&mut self, data: TyData) -> Ty {
        if let Some(&id) = self.ids.get(&data) {
            return id;
        }
        let mut flags = (
            matches!(data, TyData::Infer(_)),
            matches!(data, TyData::Param(_)),
        );
        let mut extent = (1u32, 1u32);
        for_each_part(&data, |t| {
            flags.0 |= self.flags[t.index()].0;
            flags.1 |= self.flags[t.index()].1;
            let (depth, size) = self.extent[t.index()];
            extent.0 = extent.0.max(depth.saturating_add(1));
            extent.1 = extent.1.saturating_add(size);
        });
        let id = Ty(self.data.len() as u32);
        self.data.push(data.clone());
        self.flags.push(flags);
        self.extent.push(extent);
        self.ids.insert(data, id);
        id
    }

    pub fn data(&self, ty: Ty) -> &TyData {
        &self.data[ty.index()]
    }

    /// The id of a type that is interned already.
    pub fn find(&self, data: &TyData) -> Option<Ty> {
        self.ids.get(data).copied()
    }

    /// How many types there are; ids are dense.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    pub fn has_infer(&self, ty: Ty) -> bool {
        self.flags[ty.index()].0
    }

    pub fn has_param(&self, ty: Ty) -> bool {
        self.flags[ty.index()].1
    }

    /// How deep a type nests: 1 for a scalar.
    pub fn depth(&self, ty: Ty) -> u32 {
        self.extent[ty.index()].0
    }

    /// How many parts a type has when it is written out: interning shares them, but whoever walks
    /// a type meets them all.
    pub fn size(&self, ty: Ty) -> u32 {
        self.extent[ty.index()].1
    }

    pub fn tuple(&mut self, parts: &[Ty]) -> Ty {
        self.intern(TyData::Tuple(parts.into()))
    }

    pub fn int(&self, int: IntTy) -> Ty {
        self.ids[&TyData::Int(int)]
    }

    /// Replaces `Param(i)` by `args[i]` everywhere.
    pub fn subst(&mut self, ty: Ty, args: &[Ty]) -> Ty {
        if !self.has_param(ty) {
            return ty;
        }
        let data = self.data(ty).clone();
        if let TyData::Param(i) = data {
            return args[i as usize];
        }
        let data = self.map_parts(data, |types, t| types.subst(t, args));
        self.intern(data)
    }

    /// Rebuilds a type's data with `f` applied to each direct part.
    pub fn map_parts(&mut self, data: TyData, mut f: impl FnMut(&mut Types, Ty) -> Ty) -> TyData {
        let mut all = |types: &mut Types, ts: Box<[Ty]>| -> Box<[Ty]> {
            ts.iter().map(|&t| f(types, t)).collect()
        };
        let mut one = |types: &mut Types, t: Ty| all(types, Box::new([t]))[0];
        match data {
            TyData::Tuple(ts) => TyData::Tuple(all(self, ts)),
            TyData::List(t) => TyData::List(one(self, t)),
            TyData::Array(t) => TyData::Array(one(self, t)),
            TyData::Map(k, v) => {
                let kv = all(self, Box::new([k, v]));
                TyData::Map(kv[0], kv[1])
            }
            TyData::Set(t) => TyData::Set(one(self, t)),
            TyData::Adt(id, ts) => TyData::Adt(id, all(self, ts)),
            TyData::Ptr(t) => TyData::Ptr(one(self, t)),
            TyData::Weak(t) => TyData::Weak(one(self, t)),
            TyData::Any(id, ts) => TyData::Any(id, all(self, ts)),
            TyData::Fn(ts, r) => {
                let ts = all(self, ts);
                TyData::Fn(ts, all(self, Box::new([r]))[0])
            }
            TyData::Error
            | TyData::Never
            | TyData::Bool
            | TyData::Char
            | TyData::Int(_)
            | TyData::Float(_)
            | TyData::Str
            | TyData::Param(_)
            | TyData::Infer(_) => data,
        }
    }
}

/// Calls `f` for each direct part of a type.
pub fn for_each_part(data: &TyData, mut f: impl FnMut(Ty)) {
    match data {
        TyData::Tuple(ts) | TyData::Adt(_, ts) | TyData::Any(_, ts) => {
            ts.iter().copied().for_each(f)
        }
        TyData::List(t) | TyData::Array(t) | TyData::Set(t) | TyData::Ptr(t) | TyData::Weak(t) => {
            f(*t)
        }
        TyData::Map(k, v) => {
            f(*k);
            f(*v)
        }
        TyData::Fn(ts, r) => {
            ts.iter().copied().for_each(&mut f);
            f(*r)
        }
        TyData::Error
        | TyData::Never
        | TyData::Bool
        | TyData::Char
        | TyData::Int(_)
        | TyData::Float(_)
        | TyData::Str
        | TyData::Param(_)
        | TyData::Infer(_) => {}
    }
}
