//! `cowl check` and `cowl dump`: what the compiler has to say, without running anything.

use crate::cli::{CheckArgs, DumpArgs, Stage};
use crate::copies;
use crate::diagnostics::{self, DataTo};
use crate::fault;
use crate::files::{self, FileLoader};
use crate::program::{Compiled, Times, load};
use cowl_contract::outcome::status;
use cowl_frontend::ast::{Item, ItemKind};
use cowl_frontend::compile::{Goal, compile};
use cowl_frontend::dump;
use cowl_frontend::parse::parse;
use cowl_frontend::problem::{Problems, Severity};
use cowl_frontend::source::SourceMap;
use std::path::Path;

pub fn check(args: CheckArgs) -> i32 {
    let mut worst = status::OK;
    for file in &args.files {
        worst = worst.max(check_one(file, &args));
    }
    worst
}

fn check_one(file: &Path, args: &CheckArgs) -> i32 {
    let mut times = Times::default();
    let root = match times.measure("read", || files::open(file)) {
        Ok(root) => root,
        Err(why) => {
            return diagnostics::show_unreadable(file, &why, args.output, DataTo::Stdout);
        }
    };
    let mut sources = SourceMap::default();
    let mut loader = FileLoader::new(root.dir);
    let compiled = compile(&mut sources, &mut loader, root.file, Goal::Check);
    times.extend(compiled.times);
    diagnostics::show(&sources, &compiled.problems, args.output, DataTo::Stdout);
    times.report(args.output);
    if let (true, Some(program)) = (args.copies, &compiled.program) {
        fault::print(&copies::verdicts(program, &sources, args.output.format));
    }
    let is_error = |p: &cowl_frontend::problem::Problem| p.severity == Severity::Error;
    match compiled.problems.iter().any(is_error) {
        true => status::FAILED,
        false => status::OK,
    }
}

/// Prints the stages one after the other, in the order of the pipeline.
pub fn dump(args: DumpArgs) -> i32 {
    let mut stages = args.emit.clone();
    stages.sort_by_key(|s| *s as u8);
    stages.dedup();
    if stages.contains(&Stage::Ast) {
        match syntax(&args) {
            Ok(text) if text.is_empty() => return no_function(&args),
            Ok(text) => fault::print(&text),
            Err(status) => return status,
        }
        if stages.len() == 1 {
            return status::OK;
        }
    }
    let compiled = match load(&args.file, Goal::Check, args.output, DataTo::Stderr) {
        Ok(compiled) => compiled,
        Err(status) => return status,
    };
    compiled.times.report(args.output);
    for stage in stages {
        let function = args.function.as_deref();
        let text = match stage {
            Stage::Ast => continue,
            Stage::Hir => hir(&compiled, function),
            Stage::Mir | Stage::Clif | Stage::Asm => {
                crate::engines::dump(&compiled.program, &compiled.sources, stage, function)
            }
        };
        if text.is_empty() {
            return no_function(&args);
        }
        fault::print(&text);
    }
    status::OK
}

/// Nothing to show: with `--fn` that is a wrong name.
fn no_function(args: &DumpArgs) -> i32 {
    let Some(name) = &args.function else {
        return status::OK;
    };
    fault::error(format!(
        "there is no function `{name}` in what is shown; a method is called `Type.method`"
    ));
    status::USAGE
}

/// The syntax tree of the program's own file, which needs to be correct no further than that.
fn syntax(args: &DumpArgs) -> Result<String, i32> {
    let root = files::open(&args.file).map_err(|why| {
        diagnostics::show_unreadable(&args.file, &why, args.output, DataTo::Stderr)
    })?;
    let mut sources = SourceMap::default();
    let text = root.file.text.clone();
    let file = sources.add(root.file.name, root.file.text, false);
    let mut problems = Problems::default();
    let tree = parse(file, &text, &mut problems);
    if problems.has_errors() {
        diagnostics::show(&sources, &problems.finish(), args.output, DataTo::Stderr);
        return Err(status::FAILED);
    }
    let wanted = |item: &&Item| match (&args.function, &item.kind) {
        (None, _) => true,
        (Some(name), ItemKind::Fn(decl)) => *decl.name.text == **name,
        (Some(_), _) => false,
    };
    let items = tree.items.iter().filter(wanted);
    Ok(items.map(|item| format!("{item:#?}\n")).collect())
}

fn hir(compiled: &Compiled, function: Option<&str>) -> String {
    let Compiled { program, defs, .. } = compiled;
    let Some(wanted) = function else {
        return dump::program(program, Some(defs));
    };
    let names = dump::Names {
        types: &program.types,
        defs: Some(defs),
        program: Some(program),
    };
    let funcs = program.funcs.iter().filter(|f| &*f.name == wanted);
    funcs.map(|f| dump::func(f, names)).collect()
}
