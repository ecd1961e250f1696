//! The tables that the runtime reads: positions, functions, frames, calls by return address, the
//! ledger's counters. Made when all code is compiled, as one `cowl_contract::layout::Program`.

use super::{Blob, Target};
use crate::clif::Emit;
use cowl_contract::desc::Str;
use cowl_contract::layout::{
    self as abi, CallSite, Event, Frame, FuncCode, FuncName, Program, ProgramOptions,
};
use cowl_frontend::source::SourceMap;
use cranelift_module::{DataId, FuncId};
use rustc_hash::FxHashMap;
use std::mem::offset_of;

/// Texts laid end to end, each kept once.
#[derive(Default)]
struct Texts {
    bytes: Vec<u8>,
    at: FxHashMap<Box<str>, usize>,
}

impl Texts {
    fn add(&mut self, text: &str) -> usize {
        if let Some(&at) = self.at.get(text) {
            return at;
        }
        let at = self.bytes.len();
        self.bytes.extend_from_slice(text.as_bytes());
        self.at.insert(text.into(), at);
        at
    }
}

impl Emit<'_> {
    /// Everything that a program gives to the runtime, in `program`.
    pub fn finish_tables(
        &mut self,
        program: DataId,
        start: FuncId,
        sources: &SourceMap,
        options: &ProgramOptions,
    ) {
        let mut texts = Texts::default();
        let texts_id = self.declare(false);
        let put_text = |texts: &mut Texts, blob: &mut Blob, at: usize, text: &str| {
            let offset = texts.add(text) as i64;
            let to = (!text.is_empty()).then_some(Target::Data(texts_id, offset));
            blob.slice(at + offset_of!(Str, ptr), to, text.len());
        };

        let rows = self.cx.sites.rows();
        let mut frames = Blob::default();
        for row in &rows {
            let site = self.site_index(row.site);
            let at = frames.grow(size_of::<Frame>());
            frames.u32(at + offset_of!(Frame, site), site);
            frames.u32(at + offset_of!(Frame, func), row.func.0);
            frames.u32(at + offset_of!(Frame, parent), row.parent_index());
        }
        let events = self.cx.events.borrow().rows.clone();
        let mut event_table = Blob::default();
        for (kind, site, segment) in &events {
            let (site, segment) = (self.site_index(*site), self.site_index(*segment));
            let at = event_table.grow(size_of::<Event>());
            event_table.u32(at + offset_of!(Event, kind), *kind);
            event_table.u32(at + offset_of!(Event, site), site);
            event_table.u32(at + offset_of!(Event, segment), segment);
        }
        let mut sites = Blob::default();
        let mut lines = FxHashMap::default();
        for &site in &self.data.sites {
            let span = self.cx.program.sites.span(site);
            let place = sources.line_col(span);
            let file = sources.file(span.file);
            let at = sites.grow(size_of::<abi::Site>());
            put_text(
                &mut texts,
                &mut sites,
                at + offset_of!(abi::Site, file),
                &file.name,
            );
            sites.u32(at + offset_of!(abi::Site, line), place.line);
            sites.u32(at + offset_of!(abi::Site, col), place.col);
            // A line is looked up by its number: there may be many sites in a long one.
            let line = sources.line_text(span.file, place.line);
            let offset = *lines
                .entry((span.file, place.line))
                .or_insert_with(|| texts.add(line));
            let to = (!line.is_empty()).then_some(Target::Data(texts_id, offset as i64));
            sites.slice(at + offset_of!(abi::Site, text), to, line.len());
        }
        let mut funcs = Blob::default();
        for f in &self.cx.program.funcs {
            let at = funcs.grow(size_of::<FuncName>());
            put_text(
                &mut texts,
                &mut funcs,
                at + offset_of!(FuncName, name),
                &f.name,
            );
            funcs.u64(at + offset_of!(FuncName, is_std), f.is_std.into());
        }
        let mut calls = Blob::default();
        let calls_id = self.declare(false);
        let mut code = Blob::default();
        for c in &self.code {
            let first = calls.len();
            for &(offset, site) in &c.calls {
                let at = calls.grow(size_of::<CallSite>());
                calls.u32(at + offset_of!(CallSite, offset), offset);
                calls.u32(at + offset_of!(CallSite, frame), site.0);
            }
            let at = code.grow(size_of::<FuncCode>());
            code.pointer(at + offset_of!(FuncCode, start), Target::Func(c.func));
            code.u64(at + offset_of!(FuncCode, size), c.size.into());
            let to = Some(Target::Data(calls_id, first as i64));
            code.slice(at + offset_of!(FuncCode, calls), to, c.calls.len());
        }

        let mut blob = Blob::zeroed(size_of::<Program>());
        blob.pointer(offset_of!(Program, main), Target::Func(start));
        let (constants, constant_count) = self.constants();
        let counts = [
            (offset_of!(Program, sites), sites, self.data.sites.len()),
            (
                offset_of!(Program, funcs),
                funcs,
                self.cx.program.funcs.len(),
            ),
            (offset_of!(Program, frames), frames, rows.len()),
            (offset_of!(Program, code), code, self.code.len()),
            (offset_of!(Program, events), event_table, events.len()),
            (offset_of!(Program, constants), constants, constant_count),
        ];
        for (at, table, n) in counts {
            let id = self.declare(false);
            self.fill(id, table);
            blob.slice(at, Some(Target::Data(id, 0)), n);
        }
        self.fill(calls_id, calls);
        self.fill(
            texts_id,
            Blob {
                bytes: texts.bytes,
                relocs: Vec::new(),
            },
        );
        put_options(&mut blob, offset_of!(Program, options), options);
        self.fill(program, blob);
    }
}

fn put_options(blob: &mut Blob, at: usize, options: &ProgramOptions) {
    blob.put(at + offset_of!(ProgramOptions, mm), &[options.mm]);
    blob.put(at + offset_of!(ProgramOptions, ledger), &[options.ledger]);
    blob.put(
        at + offset_of!(ProgramOptions, stress),
        &options.stress.to_le_bytes(),
    );
    blob.put(at + offset_of!(ProgramOptions, leaks), &[options.leaks]);
    blob.u64(
        at + offset_of!(ProgramOptions, max_depth),
        options.max_depth,
    );
    blob.u64(
        at + offset_of!(ProgramOptions, max_steps),
        options.max_steps,
    );
    blob.u64(
        at + offset_of!(ProgramOptions, max_memory),
        options.max_memory,
    );
    blob.u64(at + offset_of!(ProgramOptions, timeout), options.timeout);
}
