//! The sentences of ownership errors (E03xx).

use super::flow::Ending;
use super::parts::{NodeId, Parts};
use super::solve::Mistake;
use super::traverse::Refusal;
use crate::defs::{AdtKind, Defs};
use crate::hir::{Local, LocalId, Sites};
use crate::problem::Problem;
use crate::source::Span;
use crate::types::{TyData, Types};

/// What the sentences need to know of the function.
pub struct Names<'a> {
    pub defs: &'a Defs,
    pub types: &'a Types,
    pub sites: &'a Sites,
    pub locals: &'a [Local],
    pub parts: &'a Parts,
}

impl Names<'_> {
    /// A path as it is written: `x.f.0`.
    fn path(&self, node: NodeId) -> String {
        let n = self.parts.node(node);
        let Some(parent) = n.parent else {
            return self.local(n.local);
        };
        let whole = self.types.data(self.parts.node(parent).ty);
        // A Heap's or Deque's storage has no name of its own.
        if let TyData::Adt(id, _) = whole
            && self.defs.adt(*id).lang.is_some_and(|l| l.is_queue())
        {
            return self.path(parent);
        }
        let field = match whole {
            TyData::Adt(id, _) => match &self.defs.adt(*id).kind {
                AdtKind::Struct(fields) => fields
                    .get(n.field as usize)
                    .and_then(|f| f.name.as_ref())
                    .map(|name| name.to_string()),
                AdtKind::Enum(_) => None,
            },
            _ => None,
        };
        let field = field.unwrap_or_else(|| n.field.to_string());
        format!("{}.{field}", self.path(parent))
    }

    fn local(&self, local: LocalId) -> String {
        match &self.locals[local.index()].name {
            Some(name) => name.to_string(),
            None => "this value".to_string(),
        }
    }

    fn declared(&self, node: NodeId) -> Span {
        let local = self.parts.node(node).local;
        self.sites.span(self.locals[local.index()].site)
    }

    /// How to keep on using what was moved.
    fn instead(&self, node: NodeId, how: Ending) -> String {
        let holds = self.parts.node(node).holds;
        match how {
            Ending::Bind if holds => "write `=` instead of `:=` to share the value".to_string(),
            Ending::Bind => "numbers are copied anyway: write `=`".to_string(),
            Ending::Word => "leave out `move` to share the value".to_string(),
        }
    }
}

pub fn mistake(names: &Names, mistake: Mistake) -> Problem {
    let span = |site| names.sites.span(site);
    match mistake {
        Mistake::UsedAfter {
            node,
            how,
            at,
            used,
        } => {
            let name = names.path(node);
            let problem = Problem::error(
                "E0301",
                span(used),
                format!("`{name}` was moved and cannot be used here"),
            );
            problem
                .label("used after the move")
                .note(span(at), moves_here(&name, how))
                .help(names.instead(node, how))
        }
        Mistake::EndedInLoop { node, how, at } => {
            let name = names.path(node);
            let problem = Problem::error(
                "E0302",
                span(at),
                format!("`{name}` would be moved again in the next turn of the loop"),
            );
            let outside = format!("`{name}` is declared outside the loop");
            let instead = names.instead(node, how);
            problem
                .label(moves_here(&name, how))
                .note(names.declared(node), outside)
                .help(format!("{instead}, or assign `{name}` anew in each turn"))
        }
        Mistake::Unassigned { node, used } => {
            let name = names.path(node);
            let problem = Problem::error(
                "E0303",
                span(used),
                format!("`{name}` may not have a value here"),
            );
            problem
                .label("used before it is assigned on every way")
                .note(names.declared(node), "declared without a value")
                .help(format!("assign `{name}` on every way that leads here"))
        }
        Mistake::AssignedTwice {
            node,
            first,
            second,
        } => {
            let name = names.path(node);
            let again = first == second;
            let message = match again {
                true => format!("`{name}` would be assigned again in the next turn of the loop"),
                false => format!("`{name}` may already have a value here"),
            };
            let mut problem = Problem::error("E0304", span(second), message)
                .label("a `let` is assigned once")
                .note(names.declared(node), "declared with `let`")
                .help(format!(
                    "declare it with `var` to assign it again: `var {name}`"
                ));
            if !again {
                problem = problem.note(span(first), "assigned here");
            }
            problem
        }
        Mistake::AskedAfter { node, at } => {
            let name = names.path(node);
            let problem = Problem::error(
                "E0306",
                span(at),
                format!("`{name}` has ended before this question about it"),
            );
            problem.label("named after its last use").help(format!(
                "ask before the last use of `{name}`, or use it afterwards"
            ))
        }
    }
}

fn moves_here(name: &str, how: Ending) -> String {
    match how {
        Ending::Bind => format!("`:=` moves `{name}` here"),
        Ending::Word => format!("`move` ends `{name}` here"),
    }
}

/// A move that is never possible.
pub fn refused(span: Span, why: Refusal) -> Problem {
    let (message, label, help) = match why {
        Refusal::Guard => (
            "a guard cannot move what it names",
            "other arms may still need it",
            "leave out `move`, or move the value in the arm's body",
        ),
        Refusal::Borrowed => (
            "a parameter of a reader cannot be moved",
            "the caller keeps holding it",
            "`copy` makes a value of its own",
        ),
        Refusal::NoPath => (
            "only a variable or a field of one can be moved",
            "this keeps its value",
            "`copy` makes a value of its own",
        ),
    };
    Problem::error("E0305", span, message)
        .label(label)
        .help(help)
}
