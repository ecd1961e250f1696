//! The sentences about names, modules, declarations and impls: codes E01xx and E05xx.
//!
//! Each function builds one `Problem`. Nothing is decided here.

use super::traits::Unmet;
use crate::ast::{Name, Text};
use crate::defs::{Binding, Def, Defs, Generics, Member, ModuleId, TraitRef};
use crate::display::display;
use crate::loader::LoadError;
use crate::problem::{Problem, Problems};
use crate::source::Span;
use crate::suggest;
use crate::types::{Ty, TyData, Types};
use crate::words::{are, plural};

/// `a struct`, `a module` …: what a definition is.
pub fn kind_of(defs: &Defs, def: Def) -> &'static str {
    match def {
        Def::Module(_) => "a module",
        Def::Adt(id) if defs.adt(id).fields().is_some() => "a struct",
        Def::Adt(_) => "an enum",
        Def::Trait(_) => "a trait",
        Def::Alias(_) => "a type alias",
        Def::Fn(_) => "a function",
        Def::Const(_) => "a constant",
        Def::Variant(..) => "a variant",
        Def::Scalar(_) | Def::Collection(_) => "a type",
    }
}

pub fn trait_name(defs: &Defs, types: &Types, env: &Generics, r: &TraitRef) -> String {
    let name = &defs.trait_(r.trait_).name;
    if r.args.is_empty() {
        return name.to_string();
    }
    let args: Vec<String> = r
        .args
        .iter()
        .map(|&a| display(defs, types, env, a))
        .collect();
    format!("{name}<{}>", args.join(", "))
}

// ---- E0101: names of types

/// What people call Cowl's types elsewhere.
fn habit(name: &str) -> Option<&'static str> {
    Some(match name {
        "String" | "str" | "Str" => "string",
        "Int" | "integer" | "Integer" | "long" | "isize" | "Int64" | "int64" => "int",
        "usize" | "uint" | "UInt" | "uint64" | "UInt64" => "u64",
        "f64" | "double" | "Double" | "Float64" | "float64" => "float",
        "float32" | "Float32" => "f32",
        "boolean" | "Boolean" | "Bool" => "bool",
        "Char" | "rune" | "Character" => "char",
        "Byte" => "byte",
        "Vec" | "vector" | "ArrayList" | "list" | "Seq" => "List",
        "array" => "Array",
        "HashMap" | "Dict" | "Dictionary" | "dict" | "map" | "BTreeMap" => "Map",
        "HashSet" | "set" | "BTreeSet" => "Set",
        "Optional" | "Maybe" => "T?",
        "void" | "Void" | "unit" | "Unit" => "()",
        "Never" | "noreturn" => "never",
        "Box" | "Rc" | "Arc" => "*T",
        _ => return None,
    })
}

pub fn unknown_type(name: &Name, nearest: Option<&str>) -> Problem {
    let text = &name.text;
    let p = Problem::error("E0101", name.span, format!("there is no `{text}` here"));
    let p = p.label("not known");
    match (habit(text), nearest) {
        (Some(cowl), _) => p.help(format!("in Cowl it is written `{cowl}`")),
        (None, Some(near)) => p.help(format!("did you mean `{near}`?")),
        (None, None) => p,
    }
}

/// `impl Stack<T>`.
pub fn undeclared_params(span: Span, names: &[Text]) -> Problem {
    let message = format!(
        "`{}` is not declared: an `impl` names its type parameters first",
        names.join("`, `")
    );
    Problem::error("E0101", span, message)
        .label("not known")
        .help(format!("write `impl<{}>`", names.join(", ")))
}

/// `std.fs.read` without a `use std.fs`.
pub fn module_not_imported(name: &Name, module: &str) -> Problem {
    let text = &name.text;
    let last = module.rsplit('.').next().unwrap_or(module);
    Problem::error("E0101", name.span, format!("there is no `{text}` here"))
        .label("not known")
        .help(format!(
            "write `use {module}` at the top of the file, and `{last}.` here"
        ))
}

pub fn outer_type_param(name: &Name, function: &str) -> Problem {
    let text = &name.text;
    Problem::error(
        "E0101",
        name.span,
        format!("`{text}` belongs to `{function}` and cannot be used in a function inside it"),
    )
    .label("not seen here")
    .help(format!(
        "give the inner function a type parameter of its own: `<{text}>`"
    ))
}

pub fn unknown_param_in_where(name: &Name) -> Problem {
    let text = &name.text;
    let message = format!("`{text}` is no type parameter of this declaration");
    Problem::error("E0101", name.span, message).label("a `where` clause bounds type parameters")
}

// ---- E0102: declared twice

pub fn twice(what: &str, name: &str, span: Span, first: Span) -> Problem {
    Problem::error("E0102", span, format!("{what} `{name}` is declared twice"))
        .label("again here")
        .note(first, "first here")
}

pub fn function_twice(what: &str, name: &str, span: Span, first: Span) -> Problem {
    twice(what, name, span, first).help("there is no overloading: choose another name")
}

pub fn shadows_type_param(name: &Name, outer: Span) -> Problem {
    let text = &name.text;
    let message = format!("the type parameter `{text}` is declared by the block around already");
    Problem::error("E0102", name.span, message)
        .label("again here")
        .note(outer, "first here")
        .help("choose another name")
}

pub fn variant_and_function(name: &str, span: Span, variant: Span) -> Problem {
    let message = format!("a function of an enum cannot have the name of its variant `{name}`");
    Problem::error("E0102", span, message)
        .label("the same name")
        .note(variant, "the variant")
}

// ---- E0103 to E0107: modules and imports

pub fn cannot_load(span: Span, path: &str, error: &LoadError) -> Problem {
    let (code, message, label) = match error {
        LoadError::Missing { tried } => (
            "E0103",
            format!("there is no module `{path}`"),
            format!("no file `{tried}`"),
        ),
        LoadError::NotAFile { tried } => (
            "E0104",
            format!("the module `{path}` cannot be read: `{tried}` is not a file"),
            "a folder or a device".to_string(),
        ),
        LoadError::OutsideRoot { tried } => (
            "E0104",
            format!("the module `{path}` lies outside the program's folder"),
            format!("`{tried}` leads out of it"),
        ),
        LoadError::Case { tried, actual } => (
            "E0104",
            format!("the module `{path}` differs from its file in upper and lower case"),
            format!("`{tried}` is called `{actual}`"),
        ),
        LoadError::InvalidUtf8 { tried, at } => (
            "E0104",
            format!("the module `{path}` is not UTF-8 text"),
            format!("`{tried}` is wrong at byte {at}"),
        ),
        LoadError::TooLarge { tried, limit } => (
            "E0104",
            format!("the module `{path}` is too large"),
            format!("`{tried}` has more than {limit} bytes"),
        ),
        LoadError::Unreadable { tried, why } => (
            "E0104",
            format!("the module `{path}` cannot be read"),
            format!("`{tried}`: {why}"),
        ),
    };
    Problem::error(code, span, message).label(label)
}

pub fn missing_but_item(p: Problem, module: &str, name: &str) -> Problem {
    p.help(format!(
        "`{name}` stands in the module `{module}`: write `use {module} {{ {name} }}`"
    ))
}

pub fn no_std_module(span: Span, path: &str, nearest: Option<&str>) -> Problem {
    let p = Problem::error(
        "E0103",
        span,
        format!("the standard library has no module `{path}`"),
    )
    .label("not there");
    match nearest {
        Some(near) => p.help(format!("did you mean `{near}`?")),
        None => p,
    }
}

pub fn module_path_part(span: Span, part: &str) -> Problem {
    let message = format!("`{part}` cannot be part of a module's path");
    Problem::error("E0104", span, message).label("not a name")
}

/// `steps`: each import of the cycle in turn, with the module that it opens.
pub fn import_cycle(span: Span, module: &str, steps: &[(Span, String)]) -> Problem {
    let message = if steps.is_empty() {
        format!("the module `{module}` imports itself")
    } else {
        format!(
            "importing `{module}` leads back here: modules cannot import each other in a circle"
        )
    };
    let mut p = Problem::error("E0105", span, message).label("closes the circle");
    for (at, name) in steps {
        p = p.note(*at, format!("`{name}` is imported here"));
    }
    p.help("move what both need into a module of its own")
}

pub fn not_in_module(
    defs: &Defs,
    problems: &Problems,
    name: &Name,
    module: ModuleId,
    from: ModuleId,
) -> Problem {
    let target = defs.module(module);
    let shown = target.scope.iter();
    let shown = shown.filter(|(_, b)| b.is_pub || module == from);
    let nearest = suggest::did_you_mean(problems, &name.text, shown.map(|(k, _)| &**k));
    let message = format!("the module `{}` has no `{}`", target.name, name.text);
    let p = Problem::error("E0106", name.span, message).label("not there");
    match nearest {
        Some(help) => p.help(help),
        None => p,
    }
}

pub fn private(defs: &Defs, name: &Name, module: ModuleId, binding: &Binding) -> Problem {
    let target = &defs.module(module).name;
    let text = &name.text;
    let p = Problem::error(
        "E0107",
        name.span,
        format!("`{text}` is private to the module `{target}`"),
    )
    .label("not shown to other modules");
    if binding.imported {
        p.note(binding.span, "imported here without `pub`")
            .help("import it from where it is declared")
    } else {
        p.note(binding.span, "declared here without `pub`")
            .help(format!("write `pub` before the declaration of `{text}`"))
    }
}

// ---- E0108: reserved names

pub fn reserved(name: &str, span: Span) -> Problem {
    let message = format!("`{name}` belongs to the language and cannot be declared");
    Problem::error("E0108", span, message).label("choose another name")
}

// ---- E0109: the wrong kind of thing

pub fn not_a_module(defs: &Defs, name: &Name, def: Def) -> Problem {
    let message = format!("`{}` is looked for in {}", name.text, kind_of(defs, def));
    Problem::error("E0109", name.span, message).label("only a module has names behind a dot here")
}

pub fn not_a_type(defs: &Defs, span: Span, name: &str, def: Def) -> Problem {
    let kind = kind_of(defs, def);
    let p = Problem::error("E0109", span, format!("`{name}` is {kind}, not a type"));
    let p = p.label("not a type");
    match def {
        Def::Fn(_) => p.help("a type or a literal stands here, not a call"),
        _ => p,
    }
}

pub fn trait_as_type(span: Span, name: &str) -> Problem {
    Problem::error("E0109", span, format!("`{name}` is a trait, not a type"))
        .label("not a type")
        .help(format!(
            "write `any {name}` for any value that has it, or a type parameter `<T: {name}>`"
        ))
}

pub fn not_a_trait(defs: &Defs, span: Span, name: &str, def: Def) -> Problem {
    let kind = kind_of(defs, def);
    Problem::error("E0109", span, format!("`{name}` is {kind}, not a trait")).label("not a trait")
}

pub fn trait_wanted(span: Span) -> Problem {
    Problem::error("E0109", span, "a trait's name is wanted here").label("not a trait")
}

// ---- E0110: type arguments

pub fn arity(span: Span, name: &str, wanted: usize, given: usize) -> Problem {
    let p = Problem::error(
        "E0110",
        span,
        format!(
            "`{name}` takes {}, but {} given",
            plural(wanted, "type argument"),
            are(given)
        ),
    );
    let p = p.label(format!("{given} given"));
    if given == 0 {
        let holes = vec!["_"; wanted].join(", ").replace('_', "T");
        p.help(format!(
            "write `{name}<{holes}>` with the types that it holds"
        ))
    } else {
        p
    }
}

// ---- E0111 to E0113: types without end

pub fn alias_cycle(span: Span, name: &str, steps: &[(Span, String)]) -> Problem {
    let mut p = Problem::error(
        "E0111",
        span,
        format!("the type alias `{name}` stands for itself"),
    )
    .label("no type comes out of it");
    for (at, name) in steps {
        p = p.note(*at, format!("by way of `{name}`"));
    }
    p.help("declare a `struct` or an `enum`")
}

pub fn infinite_struct(span: Span, name: &str, steps: &[(Span, String)]) -> Problem {
    let message = format!("the struct `{name}` contains itself, so no value of it can exist");
    let mut p = Problem::error("E0112", span, message).label("without end");
    for (at, text) in steps {
        p = p.note(*at, text.clone());
    }
    p.help(format!(
        "make the field optional (`{name}?`), a list (`List<{name}>`) or a pointer (`*{name}`)"
    ))
}

pub fn growing_type(span: Span, name: &str, at: Span) -> Problem {
    let message = format!("`{name}` contains itself with ever larger type arguments");
    Problem::error("E0113", span, message)
        .label("would need types without end")
        .note(at, "grows here")
}

// ---- E0114, E0119, E0121: self

pub fn self_outside(span: Span) -> Problem {
    Problem::error("E0121", span, "there is no `Self` here")
        .label("outside an `impl` or `trait`")
        .help("name the type")
}

pub fn self_not_in_impl(span: Span) -> Problem {
    Problem::error("E0114", span, "only a method has a `self`")
        .label("outside an `impl` or `trait`")
        .help("put the function into an `impl`, or name the parameter")
}

pub fn self_not_first(span: Span) -> Problem {
    Problem::error("E0114", span, "`self` is a method's first parameter").label("not the first")
}

pub fn self_type(span: Span) -> Problem {
    Problem::error(
        "E0114",
        span,
        "a receiver is `self`, `var self` or `self: *Self`",
    )
    .label("another type")
}

pub fn self_default(span: Span) -> Problem {
    Problem::error("E0114", span, "`self` has no default").label("not possible")
}

pub fn var_self_returns_self(span: Span) -> Problem {
    Problem::error(
        "E0119",
        span,
        "a `var self` method gives `Self` back by itself",
    )
    .label("not written")
    .help("leave the result out; a result besides it is written alone: `-> T` gives `(Self, T)`")
}

// ---- E0115: variants

pub fn mixed_payload(span: Span, variant: &str) -> Problem {
    let message = format!("the parts of `{variant}` are partly named");
    Problem::error("E0115", span, message)
        .label("some with a name, some without")
        .help("name all parts or none")
}

// ---- E0116: main

pub fn main_signature(span: Span, why: &str) -> Problem {
    Problem::error(
        "E0116",
        span,
        format!("`main` cannot be run like this: {why}"),
    )
    .label("not a form of `main`")
    .help("write `fn main()`, with `args: List<string>` and `-> int` or `! Error` where wanted")
}

// ---- E0117, E0118: attributes, bodies

pub fn unknown_attribute(span: Span, name: &str, nearest: Option<String>) -> Problem {
    let p = Problem::error("E0117", span, format!("there is no attribute `@{name}`"));
    let p = p.label("not known");
    match nearest {
        Some(help) => p.help(help),
        None => p,
    }
}

pub fn attribute_of_std(span: Span, name: &str) -> Problem {
    let message = format!("`@{name}` is for the standard library only");
    Problem::error("E0117", span, message).label("leave it out")
}

pub fn attribute_misplaced(span: Span, name: &str) -> Problem {
    Problem::error("E0117", span, format!("`@{name}` stands on functions only"))
        .label("nothing to say about this")
}

pub fn attribute_arguments(span: Span, name: &str, why: &str) -> Problem {
    Problem::error("E0117", span, format!("`@{name}` {why}")).label("here")
}

pub fn no_body(span: Span, name: &str) -> Problem {
    Problem::error("E0118", span, format!("the function `{name}` has no body"))
        .label("nothing follows")
        .help("only a trait's methods can be declared without one: add `{ … }`")
}

// ---- E0120: limits

pub fn type_too_deep(span: Span) -> Problem {
    let limit = super::MAX_TYPE_DEPTH;
    Problem::error(
        "E0120",
        span,
        format!("this type nests more than {limit} levels deep"),
    )
    .label("too deep")
    .help("give an inner part a name with `struct`")
}

pub fn type_too_large(span: Span) -> Problem {
    let limit = super::MAX_TYPE_SIZE;
    Problem::error(
        "E0120",
        span,
        format!("this type has more than {limit} parts"),
    )
    .label("too large")
    .help("give repeated parts a name with `struct`")
}

// ---- E0123: tests

pub fn unknown_budget(name: &Name) -> Problem {
    let message = format!("a test has no budget called `{}`", name.text);
    Problem::error("E0123", name.span, message)
        .label("not known")
        .help("write `copies N` or `copies <= N`")
}

pub fn second_budget(span: Span) -> Problem {
    Problem::error("E0123", span, "the copies of a test are given twice").label("again here")
}

// ---- E0501: bounds

/// ``…, since `Handler` has none``, where the reason lies further in.
fn because(
    defs: &Defs,
    types: &Types,
    env: &Generics,
    ty: Ty,
    r: &TraitRef,
    unmet: &Unmet,
) -> Option<String> {
    if unmet.ty == ty && unmet.trait_ == *r {
        return None;
    }
    let inner = display(defs, types, env, unmet.ty);
    let name = trait_name(defs, types, env, &unmet.trait_);
    Some(format!("`{inner}` has no `{name}`"))
}

/// A type argument lacks what its parameter asks for.
pub fn unmet(
    defs: &Defs,
    types: &Types,
    env: &Generics,
    span: Span,
    ty: Ty,
    r: &TraitRef,
    unmet: &Unmet,
) -> Problem {
    let shown = display(defs, types, env, ty);
    let name = trait_name(defs, types, env, r);
    let p = Problem::error("E0501", span, format!("`{shown}` has no `{name}`"));
    let p = match because(defs, types, env, ty, r, unmet) {
        Some(text) => p.label(text),
        None => p.label(format!("`{name}` is wanted here")),
    };
    let p = with_reason(defs, types, p, unmet);
    match types.data(unmet.ty) {
        TyData::Param(_) => {
            let param = display(defs, types, env, unmet.ty);
            let name = trait_name(defs, types, env, &unmet.trait_);
            p.help(format!(
                "write `{param}: {name}` where `{param}` is declared"
            ))
        }
        _ => p,
    }
}

pub fn not_a_key(
    defs: &Defs,
    types: &Types,
    env: &Generics,
    span: Span,
    ty: Ty,
    unmet: &Unmet,
) -> Problem {
    let shown = display(defs, types, env, ty);
    let message = format!("`{shown}` cannot be a key or an element of a set: it has no `Hash`");
    let p = Problem::error("E0501", span, message);
    let p = match unmet.ty == ty {
        true => p.label("not a key"),
        false => p.label(format!(
            "`{}` has none",
            display(defs, types, env, unmet.ty)
        )),
    };
    let p = with_reason(defs, types, p, unmet);
    match types.data(unmet.ty) {
        TyData::Param(_) => {
            let param = display(defs, types, env, unmet.ty);
            p.help(format!("write `{param}: Hash` where `{param}` is declared"))
        }
        _ => p,
    }
}

/// Points at the field that keeps a struct or enum from having a derived trait.
pub fn with_reason(defs: &Defs, types: &Types, p: Problem, unmet: &Unmet) -> Problem {
    match super::derive::reason(defs, types, unmet) {
        Some((span, text)) => p.note(span, text),
        None => p,
    }
}

// ---- E0502 to E0513: impls

pub fn overlap(span: Span, other: Span, trait_: &str, ty: &str) -> Problem {
    Problem::error(
        "E0502",
        span,
        format!("`{trait_}` is implemented twice for `{ty}`"),
    )
    .label("again here")
    .note(other, "first here")
}

pub fn orphan(span: Span, trait_: &str, ty: &str) -> Problem {
    let message = format!("`{trait_}` and `{ty}` both come from other modules");
    Problem::error("E0503", span, message)
        .label("an `impl` stands in the module of its type or of its trait")
        .help(format!("wrap `{ty}` in a struct of your own"))
}

pub fn foreign_inherent(span: Span, ty: &str) -> Problem {
    let message = format!("methods of `{ty}` are declared in its own module");
    Problem::error("E0503", span, message)
        .label("another module's type")
        .help(format!(
            "declare a trait and write `impl Trait for {ty}`, or write a function"
        ))
}

pub fn missing_methods(span: Span, trait_: &str, missing: &[(String, Span)]) -> Problem {
    let names: Vec<String> = missing.iter().map(|(n, _)| format!("`{n}`")).collect();
    let list = names.join(", ");
    let mut p = Problem::error(
        "E0504",
        span,
        format!("this `impl` of `{trait_}` lacks {list}"),
    )
    .label(if missing.len() == 1 {
        "a method is missing"
    } else {
        "methods are missing"
    });
    for (name, at) in missing {
        p = p.note(*at, format!("`{name}` is declared here"));
    }
    p
}

pub fn not_in_trait(span: Span, trait_: &str, name: &str, nearest: Option<String>) -> Problem {
    let p = Problem::error(
        "E0505",
        span,
        format!("the trait `{trait_}` has no method `{name}`"),
    )
    .label("not in the trait");
    match nearest {
        Some(help) => p.help(help),
        None => p.help("put it into an `impl` of the type alone"),
    }
}

pub fn signature_differs(
    span: Span,
    declared: Span,
    name: &str,
    trait_: &str,
    label: String,
) -> Problem {
    let message = format!("`{name}` differs from its declaration in `{trait_}`");
    Problem::error("E0506", span, message)
        .label(label)
        .note(declared, "declared here")
}

pub fn closed_trait(span: Span, name: &str, help: &str) -> Problem {
    Problem::error("E0507", span, format!("`{name}` cannot be implemented"))
        .label("the compiler gives it")
        .help(help)
}

pub fn super_missing(span: Span, trait_: &str, ty: &str, super_: &str, at: Span) -> Problem {
    let message = format!("`{trait_}` needs `{super_}`, which `{ty}` does not have");
    Problem::error("E0508", span, message)
        .label(format!("no `{super_}`"))
        .note(at, format!("`{trait_}` is declared with `{super_}`"))
}

pub fn super_cycle(span: Span, name: &str, steps: &[(Span, String)]) -> Problem {
    let mut p = Problem::error("E0509", span, format!("the trait `{name}` needs itself"))
        .label("a circle of supertraits");
    for (at, name) in steps {
        p = p.note(*at, format!("by way of `{name}`"));
    }
    p
}

pub fn impl_target(span: Span, ty: &str, why: &str) -> Problem {
    Problem::error(
        "E0510",
        span,
        format!("nothing can be implemented for `{ty}`"),
    )
    .label(why)
}

pub fn unused_impl_param(span: Span, name: &str) -> Problem {
    let message = format!("nothing says what `{name}` is: the `impl`'s type does not contain it");
    Problem::error("E0511", span, message)
        .label("not in the type")
        .help("move the type parameter to the methods that use it")
}

pub fn deinit_signature(span: Span, why: &str) -> Problem {
    Problem::error("E0512", span, format!("`deinit` {why}"))
        .label("not a form of `deinit`")
        .help("write `fn deinit(self) { … }` in an `impl` for all values of the type")
}

pub fn twice_in_impls(name: &str, ty: &str, span: Span, first: Span) -> Problem {
    let message = format!("`{ty}` has two functions called `{name}`");
    Problem::error("E0102", span, message)
        .label("again here")
        .note(first, "first here")
        .help("there is no overloading: choose another name")
}

/// What a look-up of a module's member says, for expressions (`module.name`).
pub fn member(
    defs: &Defs,
    problems: &Problems,
    name: &Name,
    module: ModuleId,
    from: ModuleId,
) -> Option<Problem> {
    match defs.member(module, &name.text, from) {
        Member::Def(_) => None,
        Member::Private(b) => Some(private(defs, name, module, &b)),
        Member::Missing => Some(not_in_module(defs, problems, name, module, from)),
    }
}
