//! Files: from the root's `use` declarations to every module of the program, parsed.
//!
//! Takes a `Loader` and the embedded library; gives modules with their syntax in an order in which
//! each comes after those it imports. Must not look at declarations.

use super::graph::{self, Edges};
use super::{Cx, errors, uses};
use crate::ast::{self, Name, Text};
use crate::defs::{Defs, Module, ModuleId};
use crate::doc_tests::doc_tests;
use crate::loader::{Loader, StdFile};
use crate::source::{FileId, SourceMap, Span};
use crate::suggest;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// The modules of a program with their syntax.
pub(super) struct Loaded {
    /// By `ModuleId`.
    pub files: Vec<ast::File>,
    /// Every module after those that it imports (as far as they do not go in circles).
    pub order: Vec<ModuleId>,
    pub prelude: Vec<ModuleId>,
    /// Modules of import circles, which are reported; what is not found in them is not.
    pub circular: FxHashSet<ModuleId>,
}

struct Load<'a, 'c> {
    cx: &'a mut Cx<'c>,
    sources: &'a mut SourceMap,
    loader: &'a mut dyn Loader,
    std: FxHashMap<&'static str, StdFile>,
    files: Vec<ast::File>,
    /// Imports by module: where, and what they open.
    imports: Vec<Vec<(Span, ModuleId)>>,
    /// Paths that could not be loaded: reported once each.
    failed: FxHashSet<Text>,
}

pub(super) fn load(
    cx: &mut Cx,
    sources: &mut SourceMap,
    loader: &mut dyn Loader,
    std: &'static [StdFile],
    root: FileId,
) -> Loaded {
    let mut load = Load {
        cx,
        sources,
        loader,
        std: std.iter().map(|f| (f.path, *f)).collect(),
        files: Vec::new(),
        imports: Vec::new(),
        failed: FxHashSet::default(),
    };
    let mut prelude = Vec::new();
    for file in std.iter().filter(|f| f.is_prelude()) {
        prelude.push(load.add_std(*file));
    }
    let name = root_path(&load.sources.file(root).name);
    load.cx.defs.root = load.add(name, root, false);
    load.add_doc_tests(root);
    let mut next = 0;
    while next < load.files.len() {
        load.follow(ModuleId(next as u32));
        next += 1;
    }
    let (files, imports) = (load.files, load.imports);
    let (order, circular) = order(cx, &imports);
    Loaded {
        files,
        order,
        prelude,
        circular,
    }
}

/// `src/main.cowl` is the module `main`: the root's folder is where paths begin.
fn root_path(file_name: &str) -> Text {
    let last = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    Text::from(last.strip_suffix(".cowl").unwrap_or(last))
}

impl Load<'_, '_> {
    fn add(&mut self, name: Text, file: FileId, is_std: bool) -> ModuleId {
        let text = self.sources.file(file).text.clone();
        let parsed = crate::parse::parse(file, &text, self.cx.problems);
        self.add_parsed(name, file, parsed, is_std)
    }

    fn add_parsed(
        &mut self,
        name: Text,
        file: FileId,
        parsed: ast::File,
        is_std: bool,
    ) -> ModuleId {
        let id = ModuleId(self.files.len() as u32);
        self.files.push(parsed);
        self.imports.push(Vec::new());
        self.cx.defs.module_ids.insert(name.clone(), id);
        self.cx.defs.modules.push(Module {
            name,
            file,
            is_std,
            scope: FxHashMap::default(),
            lost: FxHashSet::default(),
        });
        id
    }

    /// The code in the doc comments of the module added last stands beside its tests.
    fn add_doc_tests(&mut self, file: FileId) {
        let text = self.sources.file(file).text.clone();
        if let Some(tree) = self.files.last_mut() {
            let tests = doc_tests(file, &text, tree, self.cx.problems);
            tree.items.extend(tests);
        }
    }

    fn add_std(&mut self, file: StdFile) -> ModuleId {
        let source = self
            .sources
            .add(file.file_name(), Arc::from(file.text), true);
        let parsed = file.parsed(source, self.cx.problems);
        self.add_parsed(Text::from(file.path), source, parsed, true)
    }

    /// Loads what a module imports.
    fn follow(&mut self, module: ModuleId) {
        let mut wanted: Vec<(Text, Vec<Name>, Vec<Text>)> = Vec::new();
        if let Some(file) = self.files.get(module.index()) {
            uses::for_each_use(file, &mut |u| {
                wanted.push((dotted(&u.path), u.path.clone(), brought(u)));
            });
        }
        for (path, names, brought) in wanted {
            let span = path_span(&names);
            match self.find(&path, &names, span) {
                Some(target) => self.imports[module.index()].push((span, target)),
                None => self.cx.defs.modules[module.index()].lost.extend(brought),
            }
        }
    }

    fn find(&mut self, path: &Text, names: &[Name], span: Span) -> Option<ModuleId> {
        if let Some(&id) = self.cx.defs.module_ids.get(path) {
            return Some(id);
        }
        if self.failed.contains(path) {
            return None;
        }
        let found = self.open(path, names, span);
        if found.is_none() {
            self.failed.insert(path.clone());
        }
        found
    }

    fn open(&mut self, path: &Text, names: &[Name], span: Span) -> Option<ModuleId> {
        if names.first().is_some_and(|n| &*n.text == "std") {
            if let Some(&file) = self.std.get(&**path) {
                return Some(self.add_std(file));
            }
            let known = self.std.keys().copied();
            let nearest = suggest::closest(self.cx.problems, path, known);
            self.cx
                .problems
                .push(errors::no_std_module(span, path, nearest));
            return None;
        }
        let parts: Vec<&str> = names.iter().map(|n| &*n.text).collect();
        match self.loader.load(&parts) {
            Ok(file) => {
                let source = self.sources.add(file.name, file.text, false);
                Some(self.add(path.clone(), source, false))
            }
            Err(error) => {
                let problem = errors::cannot_load(span, path, &error);
                let problem = match self.item_instead(names, &error) {
                    Some((module, item)) => errors::missing_but_item(problem, &module, &item),
                    None => problem,
                };
                self.cx.problems.push(problem);
                None
            }
        }
    }

    /// `use shapes.area`, where `shapes` is a module that has been loaded and declares `area`.
    fn item_instead(
        &self,
        names: &[Name],
        error: &crate::loader::LoadError,
    ) -> Option<(Text, Text)> {
        if !matches!(error, crate::loader::LoadError::Missing { .. }) {
            return None;
        }
        let (last, front) = names.split_last()?;
        let module = dotted(front);
        let &id = self.cx.defs.module_ids.get(&module)?;
        let items = &self.files.get(id.index())?.items;
        let declares = items.iter().any(|i| item_name(i) == Some(&last.text));
        declares.then(|| (module, last.text.clone()))
    }
}

/// The names that a `use` brings into scope.
fn brought(use_: &ast::Use) -> Vec<Text> {
    match &use_.names {
        Some(names) => names.iter().map(|n| n.brought().text.clone()).collect(),
        None => {
            let name = use_.alias.as_ref().or(use_.path.last());
            name.map(|n| n.text.clone()).into_iter().collect()
        }
    }
}

fn item_name(item: &ast::Item) -> Option<&Text> {
    Some(match &item.kind {
        ast::ItemKind::Fn(d) => &d.name.text,
        ast::ItemKind::Struct(d) => &d.name.text,
        ast::ItemKind::Enum(d) => &d.name.text,
        ast::ItemKind::Trait(d) => &d.name.text,
        ast::ItemKind::Alias(d) => &d.name.text,
        ast::ItemKind::Const(d) => &d.name.text,
        ast::ItemKind::Use(_) | ast::ItemKind::Impl(_) | ast::ItemKind::Test(_) => return None,
    })
}

/// `geometry.shapes`
pub(super) fn dotted(path: &[Name]) -> Text {
    let parts: Vec<&str> = path.iter().map(|n| &*n.text).collect();
    Text::from(parts.join("."))
}

pub(super) fn path_span(path: &[Name]) -> Span {
    match (path.first(), path.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => Span::default(),
    }
}

/// Sorts modules behind their imports and reports circles.
fn order(cx: &mut Cx, imports: &[Vec<(Span, ModuleId)>]) -> (Vec<ModuleId>, FxHashSet<ModuleId>) {
    let edges: Edges = imports
        .iter()
        .map(|list| list.iter().map(|(_, m)| m.0).collect())
        .collect();
    let mut order = Vec::new();
    let mut circular = FxHashSet::default();
    for component in graph::components(&edges) {
        if graph::is_circle(&edges, &component) {
            report_circle(
                cx.defs,
                cx.problems,
                imports,
                &graph::circle(&edges, &component),
            );
            circular.extend(component.iter().map(|&m| ModuleId(m)));
        }
        order.extend(component.into_iter().map(ModuleId));
    }
    (order, circular)
}

fn report_circle(
    defs: &Defs,
    problems: &mut crate::problem::Problems,
    imports: &[Vec<(Span, ModuleId)>],
    circle: &[u32],
) {
    let mut steps: Vec<(Span, String)> = Vec::new();
    for (i, &module) in circle.iter().enumerate() {
        let to = circle[(i + 1) % circle.len()];
        let list = &imports[module as usize];
        if let Some((span, _)) = list.iter().find(|(_, m)| m.0 == to) {
            steps.push((*span, defs.module(ModuleId(to)).name.to_string()));
        }
    }
    if let Some((span, name)) = steps.pop() {
        problems.push(errors::import_cycle(span, &name, &steps));
    }
}
