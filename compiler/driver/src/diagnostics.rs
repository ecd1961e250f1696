//! Shows problems: for people on stderr, or as one JSON object per line.
//!
//! Takes problems with their sources; the sentences are the frontend's. At most `MAX_SHOWN` of
//! them are written for people.

use crate::cli::{Color, Format, Output};
use crate::fault;
use crate::files::Unreadable;
use cowl_contract::outcome::status;
use cowl_frontend::loader::LoadError;
use cowl_frontend::problem::{Problem, Severity};
use cowl_frontend::render;
use cowl_frontend::source::SourceMap;
use cowl_frontend::words::plural;
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// Nobody reads more of them.
const MAX_SHOWN: usize = 100;

/// Where JSON goes: stdout belongs to the program when one runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DataTo {
    Stdout,
    Stderr,
}

pub fn colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::io::stderr().is_terminal()
                && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        }
    }
}

/// Writes problems and, for people, a line that counts them.
pub fn show(sources: &SourceMap, problems: &[Problem], output: Output, data_to: DataTo) {
    match output.format {
        Format::Json => {
            let text: String = problems
                .iter()
                .map(|p| format!("{}\n", render::json(sources, p)))
                .collect();
            write_data(&text, data_to);
        }
        Format::Text => {
            let shown = &problems[..problems.len().min(MAX_SHOWN)];
            let colored = colored(output.color);
            let mut text: String = shown
                .iter()
                .map(|p| render::text(sources, p, colored))
                .collect();
            text.push_str(&count_line(problems, shown.len()));
            write_data(&text, DataTo::Stderr);
        }
    }
}

/// The problems as text, for a reader that is no terminal.
pub fn as_text(sources: &SourceMap, problems: &[Problem]) -> String {
    let shown = problems.iter().take(MAX_SHOWN);
    shown.map(|p| render::text(sources, p, false)).collect()
}

fn write_data(text: &str, to: DataTo) {
    match to {
        DataTo::Stdout => fault::print(text),
        // If stderr is closed there is nobody to tell.
        DataTo::Stderr => drop(std::io::stderr().write_all(text.as_bytes())),
    }
}

/// `2 errors, 1 warning`
fn count_line(problems: &[Problem], shown: usize) -> String {
    let count = |severity| problems.iter().filter(|p| p.severity == severity).count();
    let some = |n: usize, noun: &str| (n > 0).then(|| plural(n, noun));
    let parts = [
        some(count(Severity::Error), "error"),
        some(count(Severity::Warning), "warning"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match (parts.is_empty(), shown < problems.len()) {
        (true, _) => String::new(),
        (false, false) => format!("{}\n", parts.join(", ")),
        (false, true) => format!("{}; the first {shown} are shown\n", parts.join(", ")),
    }
}

/// Reports a program's own file that cannot be read; gives the status.
pub fn show_unreadable(path: &Path, why: &Unreadable, output: Output, data_to: DataTo) -> i32 {
    let (code, message) = sentence(&path.display().to_string(), why);
    match output.format {
        Format::Text => {
            let _ = writeln!(std::io::stderr(), "error[{code}]: {message}");
            status::FAILED
        }
        Format::Json => {
            let (line, col) = match why.error {
                LoadError::InvalidUtf8 { at, .. } => line_col(&why.bytes, at),
                _ => (1, 1),
            };
            let record = json!({
                "file": why.name,
                "line": line,
                "col": col,
                "end_line": line,
                "end_col": col,
                "code": code,
                "severity": "error",
                "message": message,
                "label": "",
                "notes": [],
                "help": null,
            });
            write_data(&format!("{record}\n"), data_to);
            status::FAILED
        }
    }
}

fn sentence(path: &str, why: &Unreadable) -> (&'static str, String) {
    match &why.error {
        LoadError::Missing { .. } => ("E0103", format!("there is no file `{path}`")),
        LoadError::NotAFile { .. } => ("E0104", format!("`{path}` is not a file")),
        LoadError::OutsideRoot { .. } | LoadError::Case { .. } => {
            ("E0104", format!("`{path}` cannot be read"))
        }
        LoadError::InvalidUtf8 { at, .. } => {
            let (line, col) = line_col(&why.bytes, *at);
            let message = format!("`{path}` is not UTF-8 text: see line {line}, column {col}");
            ("E0013", message)
        }
        LoadError::TooLarge { limit, .. } => {
            let message = format!("`{path}` is too large: it has more than {limit} bytes");
            ("E0034", message)
        }
        LoadError::Unreadable { why, .. } => ("E0104", format!("cannot read `{path}`: {why}")),
    }
}

/// The place of a byte before which all is UTF-8.
fn line_col(bytes: &[u8], at: usize) -> (usize, usize) {
    let before = String::from_utf8_lossy(&bytes[..at]);
    let line = before.matches('\n').count() + 1;
    let last = before.rsplit('\n').next().unwrap_or_default();
    (line, last.chars().count() + 1)
}
