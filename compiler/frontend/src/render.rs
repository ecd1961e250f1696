//! Problems as text for people and as JSON for tools.
//!
//! Takes problems with their sources; gives strings. Must not print, and must not write sentences
//! of its own: those stand beside the phases that report.

use crate::problem::{Problem, Severity};
use crate::source::{FileId, SourceMap, Span};
use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet, Title,
};
use serde_json::{Value, json};
use std::ops::Range;

/// Places further apart than this are shown as two pieces of source.
const FAR: u32 = 40;
/// A place of more lines is shown by its first one.
const TALL: u32 = 12;
/// A longer line is shown without its far parts, whose scanning would take time.
const LONG: usize = 2_000;

/// One problem as people see it, ending in a newline.
pub fn text(sources: &SourceMap, problem: &Problem, colored: bool) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(problem.message.as_str())
        .id(problem.code);
    titled(sources, title, problem, colored)
}

/// What is no problem but looks like one: a `kind` of remark about places of the source. Its code is
/// not shown.
pub fn remark(sources: &SourceMap, kind: &str, problem: &Problem, colored: bool) -> String {
    let level = Level::NOTE.with_name(kind);
    let title = level.primary_title(problem.message.as_str());
    titled(sources, title, problem, colored)
}

fn titled<'a>(
    sources: &'a SourceMap,
    title: Title<'a>,
    problem: &'a Problem,
    colored: bool,
) -> String {
    let mut elements: Vec<Element> = Vec::new();
    for piece in pieces(sources, problem) {
        elements.push(piece.into());
    }
    let mut group = Group::with_title(title).elements(elements);
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if colored {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = renderer.render(&[group]);
    out.push_str("\n\n");
    out
}

/// One problem as an object: `file line col end_line end_col code severity message label notes help`.
/// Lines and columns count from 1, columns in code points; an end is behind the last character.
pub fn json(sources: &SourceMap, problem: &Problem) -> Value {
    let notes: Vec<Value> = problem
        .notes
        .iter()
        .map(|(span, message)| {
            let mut note = place(sources, *span);
            note["message"] = json!(message);
            note
        })
        .collect();
    let mut record = place(sources, problem.span);
    record["code"] = json!(problem.code);
    record["severity"] = json!(match problem.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    });
    record["message"] = json!(problem.message);
    record["label"] = json!(problem.label);
    record["notes"] = json!(notes);
    record["help"] = json!(problem.help);
    record
}

fn place(sources: &SourceMap, span: Span) -> Value {
    let span = clip(sources, span);
    let from = sources.line_col(span);
    let to = sources.line_col(Span {
        lo: span.hi,
        ..span
    });
    json!({
        "file": sources.file(span.file).name,
        "line": from.line,
        "col": from.col,
        "end_line": to.line,
        "end_col": to.col,
    })
}

/// The part of a span that lies in its file, between whole characters.
fn clip(sources: &SourceMap, span: Span) -> Span {
    let text = &sources.file(span.file).text;
    let size = text.len() as u32;
    let lo = floor(text, span.lo.min(size));
    Span {
        lo,
        hi: floor(text, span.hi.clamp(lo, size)),
        ..span
    }
}

/// A place to be marked, with its lines.
struct Mark<'a> {
    span: Span,
    label: &'a str,
    primary: bool,
    lines: Range<u32>,
}

/// The pieces of source that show a problem, the one with its primary place first.
fn pieces<'a>(sources: &'a SourceMap, problem: &'a Problem) -> Vec<Snippet<'a, Annotation<'a>>> {
    let mut marks = vec![mark(sources, problem.span, &problem.label, true)];
    for (span, label) in &problem.notes {
        marks.push(mark(sources, *span, label, false));
    }
    marks.sort_by_key(|m| (m.span.file != problem.span.file, m.span.file, m.lines.start));
    let mut groups: Vec<Vec<Mark>> = Vec::new();
    for mark in marks {
        match groups.last_mut() {
            Some(group) if near(group, &mark) => group.push(mark),
            _ => groups.push(vec![mark]),
        }
    }
    groups.sort_by_key(|g| !g.iter().any(|m| m.primary));
    groups.iter().map(|g| piece(sources, g)).collect()
}

fn near(group: &[Mark], mark: &Mark) -> bool {
    group.iter().any(|m| {
        m.span.file == mark.span.file && mark.lines.start <= m.lines.end.saturating_add(FAR)
    })
}

fn mark<'a>(sources: &SourceMap, span: Span, label: &'a str, primary: bool) -> Mark<'a> {
    let mut span = clip(sources, span);
    let first = sources.line_col(span).line;
    let mut last = line_of(sources, span.file, span.hi);
    if last - first > TALL {
        let line = sources.line_text(span.file, first);
        let start = line_start(sources, span.file, first);
        span.hi = (start + line.len() as u32).max(span.lo);
        last = first;
    }
    Mark {
        span,
        label,
        primary,
        lines: first..last + 1,
    }
}

fn line_of(sources: &SourceMap, file: FileId, at: u32) -> u32 {
    let span = Span {
        file,
        lo: at,
        hi: at,
    };
    sources.line_col(span).line
}

/// The largest boundary of characters up to `at`.
fn floor(text: &str, at: u32) -> u32 {
    let mut at = at as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at as u32
}

fn line_start(sources: &SourceMap, file: FileId, line: u32) -> u32 {
    let text = sources.line_text(file, line);
    let whole: &str = &sources.file(file).text;
    (text.as_ptr() as usize - whole.as_ptr() as usize) as u32
}

fn piece<'a>(sources: &'a SourceMap, marks: &[Mark<'a>]) -> Snippet<'a, Annotation<'a>> {
    let file = marks[0].span.file;
    let first = marks.iter().map(|m| m.lines.start).min().unwrap_or(1);
    let last = marks.iter().map(|m| m.lines.end).max().unwrap_or(2) - 1;
    let text: &str = &sources.file(file).text;
    let lo = line_start(sources, file, first) as usize;
    let mut hi = line_start(sources, file, last) as usize + sources.line_text(file, last).len();
    let far = marks.iter().map(|m| m.span.hi as usize).max().unwrap_or(hi);
    if hi > far + LONG {
        hi = floor(text, (far + LONG) as u32) as usize;
    }
    let annotations = marks.iter().map(|m| {
        let kind = if m.primary {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        let mut span = m.span.lo as usize - lo..(m.span.hi as usize - lo).min(hi - lo);
        span.start = span.start.min(span.end);
        let annotation = kind.span(span);
        if m.label.is_empty() {
            annotation
        } else {
            annotation.label(m.label)
        }
    });
    Snippet::source(&text[lo..hi])
        .line_start(first as usize)
        .path(sources.file(file).name.as_str())
        .annotations(annotations)
}
