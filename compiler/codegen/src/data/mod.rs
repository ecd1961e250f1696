//! Static data of a compiled program: type descriptors, texts, literals, tables of methods,
//! closures without captures, the constants' room, and at the end the tables that the runtime
//! reads (`tables`). One form for JIT and objects: bytes with relocations.

mod desc;
mod tables;

use crate::clif::Emit;
use crate::mir::FormatSpec;
use cowl_contract::entries::Spec;
use cowl_contract::layout as abi;
use cowl_frontend::hir::{FuncId as HirFunc, GlobalId, SiteId, VtableId};
use cowl_frontend::types::{Ty, TyData};
use cranelift_module::{DataDescription, DataId, FuncId, Linkage};
use rustc_hash::FxHashMap;
use std::mem::offset_of;

/// What has been made so far.
#[derive(Default)]
pub struct Data {
    descs: FxHashMap<Ty, DataId>,
    /// Descs that are declared but not filled in: types may contain themselves.
    desc_queue: Vec<Ty>,
    texts: FxHashMap<Box<str>, DataId>,
    literals: FxHashMap<Box<str>, DataId>,
    vtables: FxHashMap<VtableId, DataId>,
    specs: FxHashMap<FormatSpec, DataId>,
    closures: FxHashMap<HirFunc, DataId>,
    captures: FxHashMap<HirFunc, Captures>,
    globals: Option<(DataId, Vec<u32>)>,
    /// Sites that the tables list, in order.
    sites: Vec<SiteId>,
    site_index: FxHashMap<SiteId, u32>,
}

#[derive(Clone)]
struct Captures {
    offsets: Vec<u32>,
    size: u32,
    desc: DataId,
}

/// Where a word of static data points.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    Data(DataId, i64),
    Func(FuncId),
}

/// Bytes under construction.
#[derive(Default)]
pub(crate) struct Blob {
    bytes: Vec<u8>,
    relocs: Vec<(u32, Target)>,
}

impl Blob {
    pub fn zeroed(size: usize) -> Blob {
        Blob {
            bytes: vec![0; size],
            relocs: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Room for one more record; its offset.
    pub fn grow(&mut self, size: usize) -> usize {
        let at = self.bytes.len();
        self.bytes.resize(at + size, 0);
        at
    }

    pub fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    pub fn u32(&mut self, at: usize, n: u32) {
        self.put(at, &n.to_le_bytes());
    }

    pub fn u64(&mut self, at: usize, n: u64) {
        self.put(at, &n.to_le_bytes());
    }

    pub fn pointer(&mut self, at: usize, to: Target) {
        self.relocs.push((at as u32, to));
    }

    /// A `Slice` or `Str`: pointer and length.
    pub fn slice(&mut self, at: usize, to: Option<Target>, len: usize) {
        if let Some(to) = to {
            self.pointer(at, to);
        }
        self.u64(at + 8, len as u64);
    }
}

impl Emit<'_> {
    pub(crate) fn declare(&mut self, writable: bool) -> DataId {
        self.module
            .declare_anonymous_data(writable, false)
            .unwrap_or_else(|e| crate::ice!("{e:?}"))
    }

    pub(crate) fn declare_named(&mut self, name: &str) -> DataId {
        self.module
            .declare_data(name, Linkage::Export, false, false)
            .unwrap_or_else(|e| crate::ice!("{e:?}"))
    }

    pub(crate) fn fill(&mut self, id: DataId, blob: Blob) {
        let mut data = DataDescription::new();
        // An empty object would have no address of its own.
        let bytes = if blob.bytes.is_empty() {
            vec![0]
        } else {
            blob.bytes
        };
        data.define(bytes.into_boxed_slice());
        data.set_align(8);
        for (at, to) in blob.relocs {
            match to {
                Target::Data(other, addend) => {
                    let gv = self.module.declare_data_in_data(other, &mut data);
                    data.write_data_addr(at, gv, addend);
                }
                Target::Func(func) => {
                    let func = self.module.declare_func_in_data(func, &mut data);
                    data.write_function_addr(at, func);
                }
            }
        }
        if let Err(e) = self.module.define_data(id, &data) {
            crate::ice!("{e:?}");
        }
    }

    pub(crate) fn blob(&mut self, blob: Blob) -> DataId {
        let id = self.declare(false);
        self.fill(id, blob);
        id
    }

    /// A text's bytes.
    pub fn text(&mut self, text: &str) -> DataId {
        if let Some(&id) = self.data.texts.get(text) {
            return id;
        }
        let id = self.blob(Blob {
            bytes: text.as_bytes().to_vec(),
            relocs: Vec::new(),
        });
        self.data.texts.insert(text.into(), id);
        id
    }

    fn text_target(&mut self, text: &str) -> Option<Target> {
        (!text.is_empty()).then(|| Target::Data(self.text(text), 0))
    }

    /// The storage of a string literal.
    pub fn literal(&mut self, text: &str) -> DataId {
        if let Some(&id) = self.data.literals.get(text) {
            return id;
        }
        let mut blob = Blob::zeroed(abi::STRING_BYTES as usize + text.len());
        blob.u32(abi::COUNT as usize, abi::IMMORTAL);
        blob.u32(abi::STRING_STORAGE_SIZE as usize, text.len() as u32);
        blob.u32(abi::STRING_STORAGE_CAP as usize, text.len() as u32);
        blob.put(abi::STRING_BYTES as usize, text.as_bytes());
        // Writable: compiled code stores the immortal count again when it shares.
        let id = self.declare(true);
        self.fill(id, blob);
        self.data.literals.insert(text.into(), id);
        id
    }

    pub fn spec(&mut self, spec: &FormatSpec) -> DataId {
        if let Some(&id) = self.data.specs.get(spec) {
            return id;
        }
        let mut blob = Blob::zeroed(size_of::<Spec>());
        blob.u32(offset_of!(Spec, fill), spec.fill.into());
        blob.put(offset_of!(Spec, align), &[spec.align]);
        blob.put(offset_of!(Spec, plus), &[spec.plus.into()]);
        blob.put(offset_of!(Spec, alternate), &[spec.alternate.into()]);
        blob.put(offset_of!(Spec, zero), &[spec.zero.into()]);
        blob.put(offset_of!(Spec, kind), &[spec.kind]);
        blob.u32(offset_of!(Spec, width), spec.width as u32);
        blob.u32(offset_of!(Spec, precision), spec.precision as u32);
        let id = self.blob(blob);
        self.data.specs.insert(spec.clone(), id);
        id
    }

    /// The methods of a type for a trait: code pointers by index.
    pub fn vtable(&mut self, table: VtableId) -> DataId {
        if let Some(&id) = self.data.vtables.get(&table) {
            return id;
        }
        let methods = self.cx.program.vtables[table.index()].methods.clone();
        let mut blob = Blob::zeroed(8 * methods.len());
        for (i, m) in methods.into_iter().enumerate() {
            if let Some(func) = m {
                let func = self.func(func);
                blob.pointer(8 * i, Target::Func(func));
            }
        }
        let id = self.blob(blob);
        self.data.vtables.insert(table, id);
        id
    }

    /// The one value of a closure that captures nothing.
    pub fn static_closure(&mut self, func: HirFunc) -> DataId {
        if let Some(&id) = self.data.closures.get(&func) {
            return id;
        }
        let mut blob = Blob::zeroed(abi::FN_CAPTURES as usize);
        blob.u32(abi::COUNT as usize, abi::IMMORTAL);
        let code = self.func(func);
        blob.pointer(abi::FN_CODE as usize, Target::Func(code));
        let id = self.declare(true);
        self.fill(id, blob);
        self.data.closures.insert(func, id);
        id
    }

    /// Where a closure's captures lie in its block, the block's size, and their desc.
    pub fn captures(&mut self, func: HirFunc) -> (Vec<u32>, u32, DataId) {
        if let Some(c) = self.data.captures.get(&func) {
            return (c.offsets.clone(), c.size, c.desc);
        }
        let tys = self.cx.program.func(func).captures.clone();
        let mut offsets = Vec::new();
        let mut end = 0u32;
        for &t in &tys {
            let layout = self.layouts().get(t);
            end = end.next_multiple_of(layout.align);
            offsets.push(end);
            end += layout.size;
        }
        let desc = self.tuple_desc(&tys, &offsets, end.next_multiple_of(8));
        let offsets: Vec<u32> = offsets.iter().map(|o| o + abi::FN_CAPTURES).collect();
        let size = abi::FN_CAPTURES + end.next_multiple_of(8);
        self.data.captures.insert(
            func,
            Captures {
                offsets: offsets.clone(),
                size,
                desc,
            },
        );
        (offsets, size, desc)
    }

    /// Where a module constant lies.
    pub fn global(&mut self, id: GlobalId) -> (DataId, u32) {
        if self.data.globals.is_none() {
            let mut offsets = Vec::new();
            let mut end = 0u32;
            for g in &self.cx.program.globals {
                offsets.push(end);
                end += self.layouts().get(g.ty).size.next_multiple_of(8);
            }
            let data_id = self.declare(true);
            let mut data = DataDescription::new();
            data.define_zeroinit(end.max(8) as usize);
            data.set_align(8);
            if let Err(e) = self.module.define_data(data_id, &data) {
                crate::ice!("{e:?}");
            }
            self.data.globals = Some((data_id, offsets));
        }
        match &self.data.globals {
            Some((data, offsets)) => (*data, offsets[id.index()]),
            None => crate::ice!("no room for constants"),
        }
    }

    /// The constants that hold references, as roots; for those who trace, or count what is left.
    pub fn constants(&mut self) -> (Blob, usize) {
        let mut table = Blob::default();
        let mut n = 0;
        if self.cx.traced || self.cx.ledger {
            for (i, g) in self.cx.program.globals.iter().enumerate() {
                if self.layouts().refs(g.ty) {
                    let (data, offset) = self.global(GlobalId(i as u32));
                    let desc = self.desc(g.ty);
                    let at = table.grow(size_of::<abi::Root>());
                    let to = Target::Data(data, offset.into());
                    table.pointer(at + offset_of!(abi::Root, at), to);
                    let to = Target::Data(desc, 0);
                    table.pointer(at + offset_of!(abi::Root, desc), to);
                    n += 1;
                }
            }
        }
        (table, n)
    }

    /// `(step, offset of the value)` of a Map's or Set's entries.
    pub fn entry_layout(&self, ty: Ty) -> (u32, u32) {
        let (key, value) = match self.layouts().data(ty) {
            TyData::Map(k, v) => (*k, Some(*v)),
            TyData::Set(t) => (*t, None),
            other => crate::ice!("entries of {other:?}"),
        };
        let key = self.layouts().get(key);
        let (size, align) = value.map_or((0, 1), |v| {
            let v = self.layouts().get(v);
            (v.size, v.align)
        });
        cowl_contract::desc::entry_layout(key.size, key.align, size, align)
    }

    /// The row of a position in the tables.
    pub fn site_index(&mut self, site: SiteId) -> u32 {
        let next = self.data.sites.len() as u32;
        let index = *self.data.site_index.entry(site).or_insert(next);
        if index == next {
            self.data.sites.push(site);
        }
        index
    }
}
