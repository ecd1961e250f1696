//! What is known of a value, apart from the variables that hold it; and what types can hold.

use super::{Why, WhyKind};
use crate::hir::{Lang, Program, ShapeKind, SiteId};
use crate::types::{Ty, TyData};
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// Does a storage have holders that are no variables of this function?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// Certainly none.
    None,
    Maybe,
    /// Certainly, for as long as the program runs.
    Always,
}

impl Outside {
    pub fn join(self, other: Outside) -> Outside {
        if self == other { self } else { Outside::Maybe }
    }
}

/// Of the storages that a value holds itself: its own if it is a container, else those of its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Facts {
    pub outside: Outside,
    /// The value certainly has a storage: it is no empty or inline one.
    pub some: bool,
    /// Whatever lies in its containers has no holder but them.
    pub deep: bool,
    pub why: Option<Why>,
}

impl Facts {
    /// A value that nobody else holds, at any depth.
    pub const FRESH: Facts = Facts {
        outside: Outside::None,
        some: false,
        deep: true,
        why: None,
    };

    pub fn maybe(kind: WhyKind, site: SiteId) -> Facts {
        Facts {
            outside: Outside::Maybe,
            some: false,
            deep: false,
            why: Some(Why { kind, site }),
        }
    }

    pub fn param(site: SiteId) -> Facts {
        Facts::maybe(WhyKind::Param, site)
    }

    /// Held by the program itself.
    pub fn held(kind: WhyKind, site: SiteId, some: bool) -> Facts {
        Facts {
            outside: Outside::Always,
            some,
            ..Facts::maybe(kind, site)
        }
    }

    /// As the callee knows it. That a value is there, or is always shared, is the caller's
    /// knowledge: what a function must do is judged by its own text.
    pub fn as_param(&self, site: SiteId, borrowed: bool) -> Facts {
        if self.outside == Outside::None && !borrowed {
            return Facts {
                some: false,
                why: Some(Why {
                    kind: WhyKind::Param,
                    site,
                }),
                ..*self
            };
        }
        Facts {
            deep: self.deep,
            ..Facts::param(site)
        }
    }

    pub fn join(&self, other: &Facts) -> Facts {
        Facts {
            outside: self.outside.join(other.outside),
            some: self.some && other.some,
            deep: self.deep && other.deep,
            why: self.why.or(other.why),
        }
    }

    /// Both are parts of one value.
    pub fn and(&self, other: &Facts) -> Facts {
        let outside = match (self.outside, other.outside) {
            (Outside::None, Outside::None) => Outside::None,
            _ => Outside::Maybe,
        };
        Facts {
            outside,
            some: false,
            deep: self.deep && other.deep,
            why: self.why.or(other.why),
        }
    }

    pub fn shared(mut self, kind: WhyKind, site: SiteId) -> Facts {
        if self.outside == Outside::None {
            self.outside = Outside::Maybe;
            self.why = Some(Why { kind, site });
        }
        self
    }

    /// Nobody else holds any of it.
    pub fn is_own(&self) -> bool {
        self.outside == Outside::None && self.deep
    }

    /// Equal but for the reason.
    pub fn same(&self, other: &Facts) -> bool {
        (self.outside, self.some, self.deep) == (other.outside, other.some, other.deep)
    }
}

/// What types can hold by value.
pub struct Kinds<'p> {
    program: &'p Program,
    memo: RefCell<FxHashMap<Ty, Kind>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Kind {
    /// It can hold a storage.
    holds: bool,
    /// A storage can lie in a storage.
    nested: bool,
    /// It can lead to objects or closures, where a callee could leave something.
    leads: bool,
}

impl Kind {
    const ANY: Kind = Kind {
        holds: true,
        nested: true,
        leads: true,
    };
}

impl<'p> Kinds<'p> {
    pub fn new(program: &'p Program) -> Kinds<'p> {
        Kinds {
            program,
            memo: RefCell::default(),
        }
    }

    pub fn data(&self, ty: Ty) -> &'p TyData {
        self.program.types.data(ty)
    }

    pub fn holds(&self, ty: Ty) -> bool {
        self.kind(ty).holds
    }

    pub fn nested(&self, ty: Ty) -> bool {
        self.kind(ty).nested
    }

    pub fn leads(&self, ty: Ty) -> bool {
        self.kind(ty).leads
    }

    /// Has a value of this type itself a storage, or is one the value's own (Heap, Deque)?
    pub fn is_container(&self, ty: Ty) -> bool {
        match self.data(ty) {
            TyData::Str | TyData::List(_) | TyData::Array(_) | TyData::Map(..) | TyData::Set(_) => {
                true
            }
            TyData::Adt(..) => {
                let lang = self.program.shapes.get(&ty).and_then(|s| s.lang);
                lang.is_some_and(Lang::is_queue)
            }
            _ => false,
        }
    }

    fn kind(&self, ty: Ty) -> Kind {
        if let Some(&kind) = self.memo.borrow().get(&ty) {
            return kind;
        }
        // A type that contains itself is met again on the way down: it may hold anything there.
        self.memo.borrow_mut().insert(ty, Kind::ANY);
        let kind = self.compute(ty);
        self.memo.borrow_mut().insert(ty, kind);
        kind
    }

    fn compute(&self, ty: Ty) -> Kind {
        let within = |elems: &[Ty]| {
            let kinds = elems.iter().map(|&t| self.kind(t));
            kinds.fold(
                Kind {
                    holds: true,
                    ..Kind::default()
                },
                |all, k| Kind {
                    holds: true,
                    nested: all.nested || k.holds,
                    leads: all.leads || k.leads,
                },
            )
        };
        let parts = |parts: &[Ty]| {
            let kinds = parts.iter().map(|&t| self.kind(t));
            kinds.fold(Kind::default(), |all, k| Kind {
                holds: all.holds || k.holds,
                nested: all.nested || k.nested,
                leads: all.leads || k.leads,
            })
        };
        match self.data(ty) {
            TyData::Str => within(&[]),
            TyData::List(t) | TyData::Array(t) | TyData::Set(t) => within(&[*t]),
            TyData::Map(k, v) => within(&[*k, *v]),
            TyData::Tuple(ts) => parts(ts),
            TyData::Any(..) => Kind::ANY,
            TyData::Ptr(_) | TyData::Weak(_) | TyData::Fn(..) => Kind {
                leads: true,
                ..Kind::default()
            },
            TyData::Adt(..) => match self.program.shapes.get(&ty).map(|s| &s.kind) {
                Some(ShapeKind::Struct(fields)) => {
                    parts(&fields.iter().map(|f| f.ty).collect::<Vec<Ty>>())
                }
                Some(ShapeKind::Enum(variants)) => {
                    let fields = variants.iter().flat_map(|v| &v.fields);
                    parts(&fields.map(|f| f.ty).collect::<Vec<Ty>>())
                }
                None => Kind::ANY,
            },
            _ => Kind::default(),
        }
    }
}
