//! Attributes: which there are, who may write them, what they say about a function.

use super::errors;
use crate::ast::{Attr, ExprKind, StrPart, Text};
use crate::problem::Problems;
use crate::suggest;
use cowl_contract::builtins::{Builtin, Class};

const FOR_ALL: [&str; 3] = ["discardable", "inline", "in_place"];
const FOR_STD: [&str; 6] = ["reader", "updater", "maker", "intrinsic", "look", "share"];

/// What the attributes of a function say.
#[derive(Default)]
pub(super) struct FnAttrs {
    pub class: Option<Class>,
    pub intrinsic: Option<Builtin>,
    pub look: Vec<Text>,
    /// Callbacks that are given shares of elements, which the method keeps.
    pub share: Vec<Text>,
    pub discardable: bool,
    pub inline: bool,
    pub in_place: bool,
}

/// Attributes before anything but a function are mistakes.
pub(super) fn only_functions(problems: &mut Problems, attrs: &[Attr]) {
    for attr in attrs {
        let name = &*attr.name.text;
        let known = FOR_ALL.contains(&name) || FOR_STD.contains(&name);
        let problem = if known {
            errors::attribute_misplaced(attr.span, name)
        } else {
            unknown(problems, attr)
        };
        problems.push(problem);
    }
}

fn unknown(problems: &Problems, attr: &Attr) -> crate::problem::Problem {
    let nearest = suggest::closest(problems, &attr.name.text, FOR_ALL);
    let help = nearest.map(|n| format!("did you mean `@{n}`?"));
    errors::unknown_attribute(attr.span, &attr.name.text, help)
}

pub(super) fn of_function(problems: &mut Problems, attrs: &[Attr], is_std: bool) -> FnAttrs {
    let mut out = FnAttrs::default();
    for attr in attrs {
        let name = &*attr.name.text;
        if !is_std && FOR_STD.contains(&name) {
            problems.push(errors::attribute_of_std(attr.span, name));
            continue;
        }
        match name {
            "intrinsic" => intrinsic(problems, attr, &mut out),
            "look" => names(problems, attr, &mut out.look),
            "share" => names(problems, attr, &mut out.share),
            _ if !attr.args.is_empty() => {
                let p = errors::attribute_arguments(attr.span, name, "takes no arguments");
                problems.push(p);
            }
            "discardable" => out.discardable = true,
            "inline" => out.inline = true,
            "in_place" => out.in_place = true,
            "reader" => out.class = Some(Class::Reader),
            "updater" => out.class = Some(Class::Updater),
            "maker" => out.class = Some(Class::Maker),
            _ => {
                let p = unknown(problems, attr);
                problems.push(p);
            }
        }
    }
    out
}

fn intrinsic(problems: &mut Problems, attr: &Attr, out: &mut FnAttrs) {
    let name = match attr.args.as_slice() {
        [arg] => match &arg.kind {
            ExprKind::Str(parts) => match parts.as_slice() {
                [StrPart::Lit(text)] => Some(text.clone()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    match name.as_deref().map(Builtin::from_name) {
        Some(Some(builtin)) => out.intrinsic = Some(builtin),
        Some(None) => {
            let why = "names no builtin operation";
            problems.push(errors::attribute_arguments(attr.span, "intrinsic", why));
        }
        None => {
            let why = "takes the name of a builtin operation";
            problems.push(errors::attribute_arguments(attr.span, "intrinsic", why));
        }
    }
}

fn names(problems: &mut Problems, attr: &Attr, out: &mut Vec<Text>) {
    for arg in &attr.args {
        match &arg.kind {
            ExprKind::Name { name, targs } if targs.is_empty() => out.push(name.text.clone()),
            _ => {
                let why = "takes names of parameters";
                problems.push(errors::attribute_arguments(attr.span, &attr.name.text, why));
            }
        }
    }
}
