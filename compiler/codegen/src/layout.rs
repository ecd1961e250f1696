//! Where the parts of a value lie: size, alignment, offsets, enum representation, and the scalar
//! *leaves* into which small values are flattened when they live in registers.
//!
//! Takes types and shapes of a program, gives one shared `Layout` per type, computed on demand.
//! The rules are those of ARCHITECTURE.md ("Values in compiled code").

use cowl_contract::layout::BOXED_PAYLOAD;
use cowl_frontend::hir::{Lang, Program, ShapeKind};
use cowl_frontend::types::{FloatTy, IntTy, Ty, TyData, for_each_part};
use cranelift_codegen::ir::{Type, types};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// A value with more leaves lives in memory.
pub const MAX_LEAVES: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    pub offset: u32,
    pub ty: Type,
}

#[derive(Debug)]
pub struct Layout {
    pub size: u32,
    pub align: u32,
    pub repr: Repr,
    /// `None`: too many; the value lives in memory.
    pub leaves: Option<Vec<Leaf>>,
    /// Holds counted references: must be retained and released.
    pub refs: bool,
}

impl Layout {
    /// The distance of elements of this type in a sequence.
    pub fn stride(&self) -> u32 {
        cowl_contract::layout::stride(self.size)
    }
}

#[derive(Debug)]
pub enum Repr {
    /// A number, bool or char.
    Scalar,
    /// One counted pointer: List, Map, Set, `*T`, weak, fn.
    Word,
    Str,
    Array,
    Any,
    /// Struct or tuple; also `()` and `never`.
    Fields(Fields),
    Enum(EnumRepr),
}

#[derive(Debug, Default)]
pub struct Fields {
    pub types: Vec<Ty>,
    pub offsets: Vec<u32>,
    /// Index of each field's first leaf (meaningless when the whole has no leaves).
    pub first_leaf: Vec<u32>,
}

#[derive(Debug)]
pub enum EnumRepr {
    /// A tag of this type at offset 0; payload fields at these offsets from the value's start.
    Tagged { tag: Type, variants: Vec<Fields> },
    /// `(*T)?`: null or the pointer.
    Nullable { pointer: Ty },
    /// One word; offsets are from the block's start.
    Boxed {
        variants: Vec<Fields>,
        sizes: Vec<u32>,
    },
}

pub struct Layouts<'a> {
    pub program: &'a Program,
    memo: RefCell<FxHashMap<Ty, Rc<Layout>>>,
    recursive: OnceCell<FxHashSet<Ty>>,
}

pub fn int_type(int: IntTy) -> Type {
    match int.bits() {
        8 => types::I8,
        16 => types::I16,
        32 => types::I32,
        _ => types::I64,
    }
}

fn align_to(n: u32, align: u32) -> u32 {
    n.div_ceil(align) * align
}

impl<'a> Layouts<'a> {
    pub fn new(program: &'a Program) -> Layouts<'a> {
        Layouts {
            program,
            memo: RefCell::default(),
            recursive: OnceCell::new(),
        }
    }

    pub fn data(&self, ty: Ty) -> &'a TyData {
        self.program.types.data(ty)
    }

    pub fn get(&self, ty: Ty) -> Rc<Layout> {
        if let Some(layout) = self.memo.borrow().get(&ty) {
            return layout.clone();
        }
        let layout = Rc::new(self.compute(ty));
        self.memo.borrow_mut().insert(ty, layout.clone());
        layout
    }

    pub fn refs(&self, ty: Ty) -> bool {
        self.get(ty).refs
    }

    /// Does a type of which `found` says `Some(true)` occur in a type by value, also as what a
    /// collection holds? `Some(false)` is not looked into.
    pub fn holds(&self, ty: Ty, found: impl Fn(&TyData) -> Option<bool>) -> bool {
        let mut seen = FxHashSet::default();
        let mut work = vec![ty];
        while let Some(t) = work.pop() {
            if !seen.insert(t) {
                continue;
            }
            let data = self.data(t);
            match found(data) {
                Some(true) => return true,
                Some(false) => {}
                None => match data {
                    TyData::Adt(..) => match &self.shape(t).kind {
                        ShapeKind::Struct(fs) => work.extend(fs.iter().map(|f| f.ty)),
                        ShapeKind::Enum(vs) => {
                            work.extend(vs.iter().flat_map(|v| v.fields.iter().map(|f| f.ty)));
                        }
                    },
                    data => for_each_part(data, |p| work.push(p)),
                },
            }
        }
        false
    }

    /// Can a value of the type lead to objects, so that it shows when it is released?
    pub fn holds_objects(&self, ty: Ty) -> bool {
        self.holds(ty, |d| match d {
            TyData::Ptr(_) | TyData::Fn(..) | TyData::Any(..) => Some(true),
            TyData::Weak(_) => Some(false),
            _ => None,
        })
    }

    /// The types of the direct parts of a struct or tuple.
    pub fn fields(&self, ty: Ty) -> Vec<Ty> {
        match self.data(ty) {
            TyData::Tuple(ts) => ts.to_vec(),
            TyData::Adt(..) => match &self.shape(ty).kind {
                ShapeKind::Struct(fs) => fs.iter().map(|f| f.ty).collect(),
                ShapeKind::Enum(_) => crate::ice!("fields of an enum"),
            },
            other => crate::ice!("fields of {other:?}"),
        }
    }

    /// The payload types of one variant of an enum.
    pub fn payload(&self, ty: Ty, variant: u32) -> Vec<Ty> {
        match &self.shape(ty).kind {
            ShapeKind::Enum(vs) => vs[variant as usize].fields.iter().map(|f| f.ty).collect(),
            ShapeKind::Struct(_) => crate::ice!("payload of a struct"),
        }
    }

    pub fn variant_count(&self, ty: Ty) -> u32 {
        match &self.shape(ty).kind {
            ShapeKind::Enum(vs) => vs.len() as u32,
            ShapeKind::Struct(_) => crate::ice!("variants of a struct"),
        }
    }

    pub fn shape(&self, ty: Ty) -> &'a cowl_frontend::hir::Shape {
        self.program
            .shapes
            .get(&ty)
            .unwrap_or_else(|| crate::ice!("no shape for {:?}", self.data(ty)))
    }

    pub fn is_enum(&self, ty: Ty) -> bool {
        matches!(self.data(ty), TyData::Adt(..))
            && matches!(self.shape(ty).kind, ShapeKind::Enum(_))
    }

    pub fn is_boxed(&self, ty: Ty) -> bool {
        matches!(self.get(ty).repr, Repr::Enum(EnumRepr::Boxed { .. }))
    }

    fn compute(&self, ty: Ty) -> Layout {
        let scalar = |t: Type| Layout {
            size: t.bytes(),
            align: t.bytes(),
            repr: Repr::Scalar,
            leaves: Some(vec![Leaf { offset: 0, ty: t }]),
            refs: false,
        };
        let words = |n: u32, repr: Repr| Layout {
            size: 8 * n,
            align: 8,
            repr,
            leaves: Some(
                (0..n)
                    .map(|i| Leaf {
                        offset: 8 * i,
                        ty: types::I64,
                    })
                    .collect(),
            ),
            refs: true,
        };
        match self.data(ty) {
            TyData::Bool => scalar(types::I8),
            TyData::Char => scalar(types::I32),
            TyData::Int(i) => scalar(int_type(*i)),
            TyData::Float(FloatTy::F32) => scalar(types::F32),
            TyData::Float(FloatTy::F64) => scalar(types::F64),
            TyData::Str => words(3, Repr::Str),
            TyData::Array(_) => words(3, Repr::Array),
            TyData::List(_)
            | TyData::Map(..)
            | TyData::Set(_)
            | TyData::Ptr(_)
            | TyData::Weak(_)
            | TyData::Fn(..) => words(1, Repr::Word),
            TyData::Any(..) => words(2, Repr::Any),
            TyData::Never => self.aggregate(&[]),
            TyData::Tuple(ts) => self.aggregate(ts),
            TyData::Adt(..) => match &self.shape(ty).kind {
                ShapeKind::Struct(fs) => {
                    self.aggregate(&fs.iter().map(|f| f.ty).collect::<Vec<_>>())
                }
                ShapeKind::Enum(_) => self.enumeration(ty),
            },
            TyData::Error | TyData::Param(_) | TyData::Infer(_) => {
                crate::ice!("layout of a type that is not monomorphic")
            }
        }
    }

    fn aggregate(&self, parts: &[Ty]) -> Layout {
        let (fields, size, align) = self.place_fields(parts, 0);
        let leaves = self.field_leaves(&fields);
        let size = align_to(size, align);
        Layout {
            size,
            align,
            refs: parts.iter().any(|&t| self.refs(t)),
            leaves,
            repr: Repr::Fields(fields),
        }
    }

    /// Lays fields out from `start` on, as C does.
    fn place_fields(&self, parts: &[Ty], start: u32) -> (Fields, u32, u32) {
        let mut fields = Fields::default();
        let (mut at, mut align, mut leaf) = (start, 1, 0);
        for &t in parts {
            let l = self.get(t);
            at = align_to(at, l.align);
            align = align.max(l.align);
            fields.types.push(t);
            fields.offsets.push(at);
            fields.first_leaf.push(leaf);
            leaf += l.leaves.as_ref().map_or(0, |v| v.len() as u32);
            at = at
                .checked_add(l.size)
                .unwrap_or_else(|| crate::ice!("a type of more than 4 GiB"));
        }
        (fields, at, align)
    }

    fn field_leaves(&self, fields: &Fields) -> Option<Vec<Leaf>> {
        let mut leaves = Vec::new();
        for (&t, &o) in fields.types.iter().zip(&fields.offsets) {
            for leaf in self.get(t).leaves.as_ref()? {
                leaves.push(Leaf {
                    offset: o + leaf.offset,
                    ty: leaf.ty,
                });
            }
            if leaves.len() > MAX_LEAVES {
                return None;
            }
        }
        Some(leaves)
    }

    fn enumeration(&self, ty: Ty) -> Layout {
        let shape = self.shape(ty);
        let ShapeKind::Enum(variants) = &shape.kind else {
            crate::ice!("not an enum")
        };
        let payloads: Vec<Vec<Ty>> = variants
            .iter()
            .map(|v| v.fields.iter().map(|f| f.ty).collect())
            .collect();
        let word = |repr| Layout {
            size: 8,
            align: 8,
            repr: Repr::Enum(repr),
            leaves: Some(vec![Leaf {
                offset: 0,
                ty: types::I64,
            }]),
            refs: true,
        };
        if shape.lang == Some(Lang::Option)
            && let [pointer] = payloads[1][..]
            && matches!(self.data(pointer), TyData::Ptr(_))
        {
            return word(EnumRepr::Nullable { pointer });
        }
        if self.recursive().contains(&ty) {
            // The block's word is all that `self` needs to be known while its payloads are laid out.
            self.memo.borrow_mut().insert(
                ty,
                Rc::new(word(EnumRepr::Boxed {
                    variants: Vec::new(),
                    sizes: Vec::new(),
                })),
            );
            let mut fields = Vec::new();
            let mut sizes = Vec::new();
            for p in &payloads {
                let (f, size, _) = self.place_fields(p, BOXED_PAYLOAD);
                fields.push(f);
                sizes.push(align_to(size, 8));
            }
            return word(EnumRepr::Boxed {
                variants: fields,
                sizes,
            });
        }
        let tag = match variants.len() {
            0..=256 => types::I8,
            257..=65536 => types::I16,
            _ => types::I32,
        };
        let refs = payloads.iter().flatten().any(|&t| self.refs(t));
        // Payloads that differ in the tag's own word start behind it, so that the tag stays a leaf.
        for start in [tag.bytes(), 8] {
            let mut fields = Vec::new();
            let (mut size, mut align) = (tag.bytes(), tag.bytes());
            for p in &payloads {
                let (f, s, a) = self.place_fields(p, start);
                size = size.max(s);
                align = align.max(a);
                fields.push(f);
            }
            if start == 8 {
                align = align.max(8);
            }
            match self.merge_leaves(&fields, tag) {
                Merged::TagWordConflict if start != 8 => continue,
                Merged::TagWordConflict => crate::ice!("payload in the tag's word"),
                Merged::Leaves(leaves) => {
                    // What covers payloads that differ may reach further than any of them.
                    for leaf in leaves.iter().flatten() {
                        size = size.max(leaf.offset + leaf.ty.bytes());
                        align = align.max(leaf.ty.bytes());
                    }
                    return Layout {
                        size: align_to(size, align),
                        align,
                        repr: Repr::Enum(EnumRepr::Tagged {
                            tag,
                            variants: fields,
                        }),
                        leaves,
                        refs,
                    };
                }
            }
        }
        crate::ice!("no layout for an enum")
    }

    /// One set of leaves for payloads that overlap: where variants agree, their leaves; where they
    /// differ, an integer that covers what differs, at most a word.
    fn merge_leaves(&self, variants: &[Fields], tag: Type) -> Merged {
        let mut all: Vec<Leaf> = Vec::new();
        for fields in variants {
            let Some(leaves) = self.field_leaves(fields) else {
                return Merged::Leaves(None);
            };
            all.extend(leaves);
        }
        all.sort_by_key(|l| (l.offset, l.ty.bytes(), l.ty.is_float()));
        all.dedup();
        let mut out = vec![Leaf { offset: 0, ty: tag }];
        let mut i = 0;
        while i < all.len() {
            let word = all[i].offset / 8;
            let n = all[i..].iter().take_while(|l| l.offset / 8 == word).count();
            let group = &all[i..i + n];
            i += n;
            let disjoint = group
                .windows(2)
                .all(|w| w[0].offset + w[0].ty.bytes() <= w[1].offset);
            if disjoint {
                out.extend_from_slice(group);
                continue;
            }
            if word == 0 {
                return Merged::TagWordConflict;
            }
            let first = group[0];
            let same = group
                .iter()
                .all(|l| l.offset == first.offset && l.ty.bytes() == first.ty.bytes());
            out.push(if same {
                Leaf {
                    offset: first.offset,
                    ty: first.ty.as_int(),
                }
            } else {
                Leaf {
                    offset: word * 8,
                    ty: types::I64,
                }
            });
        }
        Merged::Leaves((out.len() <= MAX_LEAVES).then_some(out))
    }

    /// Enums that contain themselves by value, found as cycles of containment.
    fn recursive(&self) -> &FxHashSet<Ty> {
        self.recursive.get_or_init(|| {
            let mut scc = Scc {
                layouts: self,
                index: FxHashMap::default(),
                stack: Vec::new(),
                next: 0,
                found: FxHashSet::default(),
            };
            for &ty in self.program.shapes.keys() {
                scc.visit(ty);
            }
            scc.found
        })
    }

    /// What a type holds by value, for finding cycles.
    fn contained(&self, ty: Ty) -> Vec<Ty> {
        match self.data(ty) {
            TyData::Tuple(ts) => ts.to_vec(),
            TyData::Adt(..) => match self.program.shapes.get(&ty).map(|s| &s.kind) {
                Some(ShapeKind::Struct(fs)) => fs.iter().map(|f| f.ty).collect(),
                Some(ShapeKind::Enum(vs)) => vs
                    .iter()
                    .flat_map(|v| v.fields.iter().map(|f| f.ty))
                    .collect(),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

enum Merged {
    TagWordConflict,
    Leaves(Option<Vec<Leaf>>),
}

/// Tarjan's algorithm with an explicit stack.
struct Scc<'l, 'a> {
    layouts: &'l Layouts<'a>,
    /// Visit number, low link, still on the stack.
    index: FxHashMap<Ty, (u32, u32, bool)>,
    stack: Vec<Ty>,
    next: u32,
    found: FxHashSet<Ty>,
}

impl Scc<'_, '_> {
    fn enter(&mut self, ty: Ty) -> (Ty, Vec<Ty>, usize) {
        self.index.insert(ty, (self.next, self.next, true));
        self.next += 1;
        self.stack.push(ty);
        (ty, self.layouts.contained(ty), 0)
    }

    fn visit(&mut self, root: Ty) {
        if self.index.contains_key(&root) {
            return;
        }
        let mut work = vec![self.enter(root)];
        while let Some((ty, parts, at)) = work.last_mut() {
            let ty = *ty;
            if let Some(&part) = parts.get(*at) {
                *at += 1;
                match self.index.get(&part) {
                    None => {
                        let frame = self.enter(part);
                        work.push(frame);
                    }
                    Some(&(number, _, true)) => self.lower(ty, number),
                    Some(_) => {}
                }
                continue;
            }
            let direct = parts.contains(&ty);
            work.pop();
            let (number, low, _) = self.index[&ty];
            if let Some((parent, ..)) = work.last() {
                let parent = *parent;
                self.lower(parent, low);
            }
            if low == number {
                self.close(ty, direct);
            }
        }
    }

    fn lower(&mut self, ty: Ty, low: u32) {
        let entry = self
            .index
            .get_mut(&ty)
            .unwrap_or_else(|| crate::ice!("type was not entered"));
        entry.1 = entry.1.min(low);
    }

    fn close(&mut self, root: Ty, direct: bool) {
        let at = self
            .stack
            .iter()
            .rposition(|&t| t == root)
            .unwrap_or_else(|| crate::ice!("type is not on the stack"));
        let group = self.stack.split_off(at);
        for &ty in &group {
            if let Some(e) = self.index.get_mut(&ty) {
                e.2 = false;
            }
            if (group.len() > 1 || direct) && self.layouts.is_enum(ty) {
                self.found.insert(ty);
            }
        }
    }
}
