//! Type descriptors as static data: `cowl_contract::desc::TypeDesc` with everything it points to.

use super::{Blob, Target};
use crate::clif::Emit;
use crate::layout::{EnumRepr, Fields, Repr};
use cowl_contract::desc::{self, Field, Kind, Ref, TypeDesc, Variant};
use cowl_frontend::ast::Text;
use cowl_frontend::hir::{self, ShapeKind};
use cowl_frontend::types::{FloatTy, IntTy, Ty, TyData};
use cranelift_codegen::ir::{InstBuilder, Type};
use cranelift_codegen::ir::{Value, types};
use cranelift_frontend::FunctionBuilder;
use cranelift_module::{DataId, FuncId, Linkage};
use std::mem::offset_of;

impl Emit<'_> {
    /// The desc of a type.
    pub fn desc(&mut self, ty: Ty) -> DataId {
        if let Some(&id) = self.data.descs.get(&ty) {
            return id;
        }
        let id = self.declare(false);
        self.data.descs.insert(ty, id);
        self.data.desc_queue.push(ty);
        id
    }

    /// Fills in all descs that have been asked for, and those that they ask for; says whether there
    /// were any.
    pub(crate) fn finish_descs(&mut self) -> bool {
        let any = !self.data.desc_queue.is_empty();
        while let Some(ty) = self.data.desc_queue.pop() {
            let id = self.data.descs[&ty];
            let blob = self.desc_blob(ty);
            self.fill(id, blob);
        }
        any
    }

    fn desc_target(&mut self, ty: Ty) -> Target {
        Target::Data(self.desc(ty), 0)
    }

    fn desc_blob(&mut self, ty: Ty) -> Blob {
        let layout = self.layouts().get(ty);
        let program = self.cx.program;
        let mut blob = Blob::zeroed(size_of::<TypeDesc>());
        blob.put(offset_of!(TypeDesc, kind), &[self.kind(ty) as u8]);
        blob.put(
            offset_of!(TypeDesc, flags),
            &self.desc_flags(ty).to_le_bytes(),
        );
        blob.u32(offset_of!(TypeDesc, size), layout.size);
        blob.u32(offset_of!(TypeDesc, align), layout.align);
        if let Repr::Enum(EnumRepr::Tagged { tag, .. }) = &layout.repr {
            blob.u32(offset_of!(TypeDesc, tag_size), tag.bytes());
        }
        match self.layouts().data(ty).clone() {
            TyData::List(t) | TyData::Array(t) | TyData::Ptr(t) | TyData::Weak(t) => {
                let elem = self.desc_target(t);
                blob.pointer(offset_of!(TypeDesc, elem), elem);
            }
            TyData::Set(t) => {
                let elem = self.desc_target(t);
                blob.pointer(offset_of!(TypeDesc, elem), elem);
                blob.pointer(offset_of!(TypeDesc, key), elem);
            }
            TyData::Map(k, v) => {
                let (key, value) = (self.desc_target(k), self.desc_target(v));
                blob.pointer(offset_of!(TypeDesc, key), key);
                blob.pointer(offset_of!(TypeDesc, elem), value);
            }
            TyData::Tuple(_) => {
                if let Repr::Fields(fields) = &layout.repr {
                    self.put_fields(&mut blob, fields, None);
                }
            }
            TyData::Adt(..) => self.put_shape(&mut blob, ty),
            _ => {}
        }
        if matches!(self.layouts().data(ty), TyData::Map(..) | TyData::Set(_)) {
            let (size, value) = self.entry_layout(ty);
            blob.u32(offset_of!(TypeDesc, entry_size), size);
            blob.u32(offset_of!(TypeDesc, value_offset), value);
        }
        if let Some(&func) = program.shows.get(&ty) {
            let thunk = self.show_thunk(ty, func);
            blob.pointer(offset_of!(TypeDesc, show), Target::Func(thunk));
        }
        if let Some(&func) = program.deinits.get(&ty) {
            let thunk = self.deinit_thunk(ty, func);
            blob.pointer(offset_of!(TypeDesc, deinit), Target::Func(thunk));
        }
        blob
    }

    /// The desc of a tuple that is no type of the program: a closure's captures.
    pub(super) fn tuple_desc(&mut self, tys: &[Ty], offsets: &[u32], size: u32) -> DataId {
        let mut blob = Blob::zeroed(size_of::<TypeDesc>());
        let mut flags = 0;
        for &t in tys {
            flags |= self.desc_flags(t) & !desc::BITWISE;
        }
        blob.put(offset_of!(TypeDesc, kind), &[Kind::Tuple as u8]);
        blob.put(offset_of!(TypeDesc, flags), &flags.to_le_bytes());
        blob.u32(offset_of!(TypeDesc, size), size);
        blob.u32(offset_of!(TypeDesc, align), 8);
        let fields = Fields {
            types: tys.to_vec(),
            offsets: offsets.to_vec(),
            first_leaf: Vec::new(),
        };
        self.put_fields(&mut blob, &fields, None);
        let id = self.declare(false);
        self.fill(id, blob);
        id
    }

    fn put_shape(&mut self, blob: &mut Blob, ty: Ty) {
        let layout = self.layouts().get(ty);
        let shape = self.layouts().shape(ty);
        let lang = match shape.lang {
            None | Some(hir::Lang::Deque) => desc::Lang::None,
            Some(hir::Lang::Option) => desc::Lang::Option,
            Some(hir::Lang::Result) => desc::Lang::Result,
            Some(hir::Lang::Range) => desc::Lang::Range,
            Some(hir::Lang::Error) => desc::Lang::Error,
            Some(hir::Lang::Desc) => desc::Lang::Desc,
            Some(hir::Lang::Heap) => desc::Lang::Heap,
        };
        blob.put(offset_of!(TypeDesc, lang), &[lang as u8]);
        let name = self.text_target(&shape.name);
        blob.slice(offset_of!(TypeDesc, name), name, shape.name.len());
        match (&shape.kind, &layout.repr) {
            (ShapeKind::Struct(fs), Repr::Fields(fields)) => {
                let names: Vec<Option<Text>> = fs.iter().map(|f| f.name.clone()).collect();
                self.put_fields(blob, fields, Some(&names));
            }
            (ShapeKind::Enum(vs), Repr::Enum(repr)) => {
                let mut table = Blob::default();
                for (i, v) in vs.iter().enumerate() {
                    let at = table.grow(size_of::<Variant>());
                    let name = self.text_target(&v.name);
                    table.slice(at + offset_of!(Variant, name), name, v.name.len());
                    let (fields, block_size) = match repr {
                        EnumRepr::Tagged { variants, .. } => (shallow(&variants[i]), 0),
                        EnumRepr::Boxed { variants, sizes } => {
                            let plain = variants[i].types.is_empty();
                            (shallow(&variants[i]), if plain { 0 } else { sizes[i] })
                        }
                        EnumRepr::Nullable { pointer } => {
                            let types = if v.fields.is_empty() {
                                Vec::new()
                            } else {
                                vec![*pointer]
                            };
                            let offsets = vec![0; types.len()];
                            (
                                Fields {
                                    types,
                                    offsets,
                                    first_leaf: Vec::new(),
                                },
                                0,
                            )
                        }
                    };
                    let names: Vec<Option<Text>> =
                        v.fields.iter().map(|f| f.name.clone()).collect();
                    let (f, n) = self.field_table(&fields, Some(&names));
                    table.slice(at + offset_of!(Variant, fields), f, n);
                    let (r, n) = self.ref_table(&fields);
                    table.slice(at + offset_of!(Variant, refs), r, n);
                    table.u64(at + offset_of!(Variant, block_size), block_size.into());
                }
                let n = vs.len();
                let table = self.blob(table);
                let to = Some(Target::Data(table, 0));
                blob.slice(offset_of!(TypeDesc, variants), to, n);
                if let EnumRepr::Nullable { pointer } = repr {
                    let pointer = self.desc_target(*pointer);
                    blob.pointer(offset_of!(TypeDesc, elem), pointer);
                }
            }
            _ => crate::ice!("a shape that differs from its layout"),
        }
    }

    fn put_fields(&mut self, blob: &mut Blob, fields: &Fields, names: Option<&[Option<Text>]>) {
        let (f, n) = self.field_table(fields, names);
        blob.slice(offset_of!(TypeDesc, fields), f, n);
        let (r, n) = self.ref_table(fields);
        blob.slice(offset_of!(TypeDesc, refs), r, n);
    }

    fn field_table(
        &mut self,
        fields: &Fields,
        names: Option<&[Option<Text>]>,
    ) -> (Option<Target>, usize) {
        let n = fields.types.len();
        if n == 0 {
            return (None, 0);
        }
        let mut table = Blob::default();
        for i in 0..n {
            let at = table.grow(size_of::<Field>());
            if let Some(Some(name)) = names.and_then(|names| names.get(i)) {
                let to = self.text_target(name);
                table.slice(at + offset_of!(Field, name), to, name.len());
            }
            let desc = self.desc_target(fields.types[i]);
            table.pointer(at + offset_of!(Field, desc), desc);
            table.u64(at + offset_of!(Field, offset), fields.offsets[i].into());
        }
        (Some(Target::Data(self.blob(table), 0)), n)
    }

    /// Every counted reference below these fields, through nested structs and tuples.
    fn ref_table(&mut self, fields: &Fields) -> (Option<Target>, usize) {
        let mut refs = Vec::new();
        self.collect_refs(fields, 0, &mut refs);
        if refs.is_empty() {
            return (None, 0);
        }
        let mut table = Blob::default();
        for &(ty, offset) in &refs {
            let at = table.grow(size_of::<Ref>());
            let desc = self.desc_target(ty);
            table.pointer(at + offset_of!(Ref, desc), desc);
            table.u64(at + offset_of!(Ref, offset), offset.into());
        }
        (Some(Target::Data(self.blob(table), 0)), refs.len())
    }

    fn collect_refs(&self, fields: &Fields, base: u32, out: &mut Vec<(Ty, u32)>) {
        for (&t, &o) in fields.types.iter().zip(&fields.offsets) {
            let layout = self.layouts().get(t);
            match &layout.repr {
                _ if !layout.refs => {}
                Repr::Fields(inner) => self.collect_refs(inner, base + o, out),
                _ => out.push((t, base + o)),
            }
        }
    }

    fn kind(&self, ty: Ty) -> Kind {
        match self.layouts().data(ty) {
            TyData::Bool => Kind::Bool,
            TyData::Char => Kind::Char,
            TyData::Int(i) => match i {
                IntTy::I8 => Kind::I8,
                IntTy::I16 => Kind::I16,
                IntTy::I32 => Kind::I32,
                IntTy::I64 => Kind::I64,
                IntTy::U8 => Kind::U8,
                IntTy::U16 => Kind::U16,
                IntTy::U32 => Kind::U32,
                IntTy::U64 => Kind::U64,
            },
            TyData::Float(FloatTy::F32) => Kind::F32,
            TyData::Float(FloatTy::F64) => Kind::F64,
            TyData::Str => Kind::Str,
            TyData::Never | TyData::Tuple(_) => Kind::Tuple,
            TyData::List(_) => Kind::List,
            TyData::Array(_) => Kind::Array,
            TyData::Map(..) => Kind::Map,
            TyData::Set(_) => Kind::Set,
            TyData::Ptr(_) => Kind::Ptr,
            TyData::Weak(_) => Kind::Weak,
            TyData::Any(..) => Kind::Any,
            TyData::Fn(..) => Kind::Fn,
            TyData::Adt(..) => match &self.layouts().get(ty).repr {
                Repr::Enum(EnumRepr::Tagged { .. }) => Kind::Enum,
                Repr::Enum(EnumRepr::Boxed { .. }) => Kind::Boxed,
                Repr::Enum(EnumRepr::Nullable { .. }) => Kind::PtrOption,
                _ => Kind::Struct,
            },
            TyData::Error | TyData::Param(_) | TyData::Infer(_) => {
                crate::ice!("a desc of a type that is not monomorphic")
            }
        }
    }

    // ---- flags

    fn desc_flags(&self, ty: Ty) -> u16 {
        let mut flags = 0;
        if self.layouts().refs(ty) {
            flags |= desc::HAS_REFS;
        }
        if self.layouts().holds(ty, |d| match d {
            TyData::Str
            | TyData::List(_)
            | TyData::Array(_)
            | TyData::Map(..)
            | TyData::Set(_)
            | TyData::Any(..) => Some(true),
            TyData::Ptr(_) | TyData::Weak(_) | TyData::Fn(..) => Some(false),
            _ => None,
        }) {
            flags |= desc::HAS_STORAGE;
        }
        if self.layouts().holds_objects(ty) {
            flags |= desc::HAS_OBJECTS;
        }
        if self.layouts().holds(ty, |d| match d {
            TyData::Float(_) => Some(true),
            TyData::Ptr(_) | TyData::Weak(_) | TyData::Fn(..) | TyData::Any(..) => Some(false),
            _ => None,
        }) {
            flags |= desc::HAS_FLOAT;
        }
        if self.bitwise(ty) {
            flags |= desc::BITWISE;
        }
        flags
    }

    fn bitwise(&self, ty: Ty) -> bool {
        match self.layouts().data(ty) {
            TyData::Bool | TyData::Char | TyData::Int(_) => true,
            TyData::Tuple(_) | TyData::Adt(..) => {
                let layout = self.layouts().get(ty);
                match &layout.repr {
                    Repr::Fields(fields) => {
                        let sizes: u32 = fields
                            .types
                            .iter()
                            .map(|&t| self.layouts().get(t).size)
                            .sum();
                        sizes == layout.size && fields.types.iter().all(|&t| self.bitwise(t))
                    }
                    Repr::Enum(EnumRepr::Tagged { tag, .. }) => layout.size == tag.bytes(),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    // ---- calls back from the runtime

    /// `extern "C" fn(ctx, value, out)` around a user's `show`.
    fn show_thunk(&mut self, ty: Ty, func: hir::FuncId) -> FuncId {
        let name = format!("cowl.show{}", ty.0);
        let params = [types::I64; 3];
        self.thunk(&name, Linkage::Local, &params, &[], |e, b, params| {
            let out = params[2];
            let leaves = e.call_with(b, params[0], func, ty, params[1]);
            for (i, leaf) in leaves.into_iter().enumerate() {
                let at = 8 * i as i32;
                let flags = cranelift_codegen::ir::MemFlagsData::trusted();
                b.ins().store(flags, leaf, out, at);
            }
            b.ins().return_(&[]);
        })
    }

    /// `extern "C" fn(ctx, value)` around a user's `deinit`.
    fn deinit_thunk(&mut self, ty: Ty, func: hir::FuncId) -> FuncId {
        let name = format!("cowl.deinit{}", ty.0);
        let params = [types::I64; 2];
        self.thunk(&name, Linkage::Local, &params, &[], |e, b, params| {
            e.call_with(b, params[0], func, ty, params[1]);
            b.ins().return_(&[]);
        })
    }

    /// In a thunk: calls a function of one parameter with the value at an address.
    fn call_with(
        &mut self,
        b: &mut FunctionBuilder,
        ctx: Value,
        func: hir::FuncId,
        ty: Ty,
        value: Value,
    ) -> Vec<Value> {
        let flags = cranelift_codegen::ir::MemFlagsData::trusted();
        let mut args = vec![ctx];
        if self.cx.closures.contains(&func) {
            args.push(b.ins().iconst(types::I64, 0));
        }
        match &self.layouts().get(ty).leaves {
            Some(leaves) => args.extend(leaves.iter().map(|l| {
                let ty: Type = l.ty;
                b.ins().load(ty, flags, value, l.offset as i32)
            })),
            None => args.push(value),
        }
        let borrowed = self.cx.program.func(func).params[0].borrowed;
        let id = self.func(func);
        let callee = self.module.declare_func_in_func(id, b.func);
        let call = b.ins().call(callee, &args);
        let results = b.inst_results(call).to_vec();
        if borrowed && self.layouts().refs(ty) {
            let id = self.entry(cowl_contract::entries::Entry::cowl_release);
            let release = self.module.declare_func_in_func(id, b.func);
            let desc = self.desc(ty);
            let gv = self.module.declare_data_in_func(desc, b.func);
            let desc = b.ins().symbol_value(types::I64, gv);
            b.ins().call(release, &[ctx, value, desc]);
        }
        results
    }
}

/// The parts that a desc lists; leaves play no role there.
fn shallow(fields: &Fields) -> Fields {
    Fields {
        types: fields.types.clone(),
        offsets: fields.offsets.clone(),
        first_leaf: Vec::new(),
    }
}
