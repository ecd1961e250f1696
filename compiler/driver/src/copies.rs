//! `--copies`: where a program copied, how much, and why; for people and for tools.
//!
//! Takes what an engine reported, with the program; gives text or JSON, and puts it where it was
//! asked for. Holds the sentences of advice.

use crate::cli::{Color, Format, Output};
use crate::diagnostics::colored;
use crate::files;
use cowl_contract::copies::{Copied, Copies, Holder, HolderKind, Updates};
use cowl_contract::ledger::Place;
use cowl_frontend::copies::{Verdict, reason, view};
use cowl_frontend::hir::Program;
use cowl_frontend::problem::Problem;
use cowl_frontend::render;
use cowl_frontend::source::{SourceMap, Span};
use cowl_frontend::words::plural;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// So many places are shown with their source; the others as lines of a table.
const MAX_SHOWN: usize = 20;
/// `--copies` without a file.
pub const TO_STDERR: &str = "-";

/// A report to be made when the program has ended, wherever that is.
pub struct Report {
    spans: Spans,
    sources: SourceMap,
    output: Output,
    to: PathBuf,
}

impl Report {
    pub fn new(program: &Program, sources: &SourceMap, output: Output, to: &Path) -> Report {
        Report {
            spans: Spans::new(program, sources),
            sources: sources.clone(),
            output,
            to: to.to_path_buf(),
        }
    }

    /// Writes it to its file, or to stderr after everything else.
    pub fn deliver(&self, copies: &Copies) -> Result<(), String> {
        let to_stderr = self.to == Path::new(TO_STDERR);
        let text = match self.output.format {
            Format::Json => json_lines(copies),
            Format::Text => {
                // Colours go to terminals only, not to files.
                let colored = match self.output.color {
                    Color::Auto => to_stderr && colored(Color::Auto),
                    color => colored(color),
                };
                text(copies, &self.spans, &self.sources, colored)
            }
        };
        deliver(&text, &self.to)
    }
}

/// To a file, or to stderr.
pub fn deliver(text: &str, to: &Path) -> Result<(), String> {
    if to == Path::new(TO_STDERR) {
        // If stderr is closed there is nobody to tell.
        let _ = std::io::stderr().write_all(text.as_bytes());
        return Ok(());
    }
    let failed = |e| format!("cannot write `{}`: {}", to.display(), files::reason(&e));
    std::fs::write(to, text).map_err(failed)
}

/// From places back to what the source says there.
struct Spans(HashMap<Place, Span>);

impl Spans {
    fn new(program: &Program, sources: &SourceMap) -> Spans {
        let spans = (0..program.sites.len() as u32).map(|i| {
            let span = program.sites.span(cowl_frontend::hir::SiteId(i));
            let at = sources.line_col(span);
            let place = Place {
                file: sources.file(span.file).name.clone(),
                line: at.line,
                col: at.col,
            };
            (place, span)
        });
        // The shortest of those that begin at one place is the word itself.
        let mut all: HashMap<Place, Span> = HashMap::new();
        for (place, span) in spans {
            let known = all.entry(place).or_insert(span);
            if span.hi > span.lo && (span.hi < known.hi || known.hi == known.lo) {
                *known = span;
            }
        }
        Spans(all)
    }

    fn of(&self, place: &Place) -> Option<Span> {
        self.0.get(place).copied()
    }
}

// ---- text

fn text(copies: &Copies, spans: &Spans, sources: &SourceMap, colored: bool) -> String {
    let mut out = summary(copies);
    let mut costly: Vec<(&Place, &Updates)> = copies
        .places
        .iter()
        .filter(|(_, u)| u.copied_total() > 0 || u.promise.is_some())
        .collect();
    // What broke a promise ended the program: it comes first.
    costly.sort_by_key(|(_, u)| {
        let cost = (u.promise.is_some(), u.bytes(), u.copied_total());
        std::cmp::Reverse(cost)
    });
    let shown = costly.len().min(MAX_SHOWN);
    if shown > 0 {
        out += "\n";
    }
    for (place, updates) in &costly[..shown] {
        out += &snippet(place, updates, copies.explained, spans, sources, colored);
    }
    let others = copies
        .places
        .iter()
        .filter(|(place, _)| !costly[..shown].iter().any(|(p, _)| p == place))
        .filter(|(_, u)| u.in_place + u.moved + u.nothing + u.copied_total() > 0);
    let lines: Vec<String> = others.map(|(p, u)| table_line(p, u)).collect();
    if !lines.is_empty() {
        let title = match shown {
            0 => "",
            _ => "elsewhere:\n",
        };
        out += &format!("{title}{}", lines.concat());
    }
    if !copies.explained && shown > 0 {
        out += "who holds a value is found by the interpreter: leave `--engine` out\n";
    }
    out
}

fn summary(copies: &Copies) -> String {
    let sum = |of: fn(&Updates) -> u64| copies.places.values().map(of).sum::<u64>();
    let copied = sum(Updates::copied_total);
    let (in_place, moved) = (sum(|u| u.in_place), sum(|u| u.moved));
    let mut line = match copied {
        0 => "copies: none".to_string(),
        n => format!("copies: {n}, {}", size(sum(Updates::bytes))),
    };
    line += &format!("; {in_place} in place");
    if moved > 0 {
        line += &format!(", {moved} moved");
    }
    let nothing = sum(|u| u.nothing);
    if nothing > 0 {
        line += &format!(", {nothing} with nothing to copy");
    }
    line + "\n"
}

fn snippet(
    place: &Place,
    updates: &Updates,
    explained: bool,
    spans: &Spans,
    sources: &SourceMap,
    colored: bool,
) -> String {
    let copied = updates.copied_total();
    let all = copied + updates.in_place + updates.moved + updates.nothing;
    let message = match &updates.promise {
        Some(function) => format!("this would copy, but `{function}` is @in_place"),
        None => format!(
            "copied {copied} of {} ({})",
            plural(all as usize, "time"),
            size(updates.bytes())
        ),
    };
    let Some(span) = spans.of(place) else {
        return format!("{message}\n  at {place}\n");
    };
    let mut problem = Problem::warning("", span, message).label(beside(updates));
    for (line, col) in updates.copied.keys() {
        let segment = Place {
            line: *line,
            col: *col,
            ..place.clone()
        };
        if let Some(at) = spans.of(&segment)
            && !sources.directly_before(at, span)
        {
            problem = problem.note(at, "copying begins here");
        }
    }
    let holders = merged(updates);
    let mut helps: Vec<String> = Vec::new();
    for holder in &holders {
        // A place says one thing only: one slot of a list stands for the others.
        let mut say = |place: &Option<Place>, what: String| {
            let span = place.as_ref().and_then(|p| spans.of(p));
            if let Some(span) = span.filter(|s| problem.notes.iter().all(|(n, _)| n != s)) {
                problem.notes.push((span, what));
            }
        };
        say(&holder.at, holds(holder));
        say(
            &holder.again,
            format!("`{}` is named again here", root(holder)),
        );
        let help = advice(holder);
        if !helps.contains(&help) {
            helps.push(help);
        }
    }
    if explained && holders.is_empty() {
        helps.push("no holder was found: it ended with the operation itself".to_string());
    }
    problem.help = (!helps.is_empty()).then(|| helps.join("\n"));
    render::remark(sources, "copy", &problem, colored)
}

/// What else happened at a place that copied.
fn beside(updates: &Updates) -> String {
    let mut parts = Vec::new();
    for (n, what) in [
        (updates.in_place, "in place"),
        (updates.moved, "moved"),
        (updates.nothing, "with nothing to copy"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    parts.join(", ")
}

fn table_line(place: &Place, updates: &Updates) -> String {
    let mut parts = Vec::new();
    if updates.copied_total() > 0 {
        let bytes = size(updates.bytes());
        parts.push(format!("{} copied ({bytes})", updates.copied_total()));
    }
    let beside = beside(updates);
    if !beside.is_empty() {
        parts.push(beside);
    }
    format!("  {place}: {}\n", parts.join(", "))
}

/// The holders at a place, whatever the segment.
fn merged(updates: &Updates) -> Vec<Holder> {
    let mut all = Copied::default();
    for copied in updates.copied.values() {
        copied.holders.iter().for_each(|h| all.add(h.clone()));
    }
    all.holders.truncate(3);
    all.holders
}

/// The variable at the root of a holder's name.
fn root(holder: &Holder) -> &str {
    let end = holder.name.find(['.', '[']).unwrap_or(holder.name.len());
    &holder.name[..end]
}

fn holds(holder: &Holder) -> String {
    let name = &holder.name;
    match holder.kind {
        HolderKind::Local => format!("`{name}` still holds it"),
        HolderKind::Caller => format!("`{name}` of `{}` still holds it", holder.function),
        HolderKind::Slice => format!("`{name}` is a part of it and holds all of it"),
        HolderKind::Element => format!("`{name}` holds it"),
        HolderKind::Object => match name.is_empty() {
            true => "an object made here holds it".to_string(),
            false => format!("an object made here holds it, as `{name}`"),
        },
        HolderKind::Capture => "a closure has captured it".to_string(),
        HolderKind::Literal => "the program holds the literal".to_string(),
        HolderKind::Constant => format!("the constant `{name}` holds it"),
        HolderKind::Loop => "this loop runs over it".to_string(),
        HolderKind::Pending => match name.is_empty() {
            true => "an operation under way here holds it".to_string(),
            false => format!("`{name}`, called here, holds it"),
        },
        HolderKind::Itself => "another part of the value holds it".to_string(),
    }
}

/// What to change so that nothing is copied.
pub fn advice(holder: &Holder) -> String {
    let name = root(holder);
    match holder.kind {
        HolderKind::Local => format!(
            "let the change be the last use: name `{name}` before it only, or give it up with `move {name}` or `:=`"
        ),
        HolderKind::Caller => format!(
            "let the call be the last use of `{name}` in `{}` (`move {name}` says so), or hand it over and take it back: `{name} = f({name})`",
            holder.function
        ),
        HolderKind::Slice => format!(
            "end `{name}` first, or detach it where it is made: `copy {name}` or `:=` copies only the part"
        ),
        HolderKind::Element => {
            "what was read from a container stays there: change it in its place with `!`, as in `xs[i].push!(x)` or `xs[i].apply!(f)`, or take it out (`remove`, `pop`); where one value fills many slots, make it anew for each"
                .to_string()
        }
        HolderKind::Object => {
            "what was read from an object stays there: change it in its place with `!`, as in `p.items.push!(x)` or `p.items.apply!(f)`"
                .to_string()
        }
        HolderKind::Capture => {
            "a captured value is never dead: hand it to the closure as an argument and take the result, or change it before the closure is made"
                .to_string()
        }
        HolderKind::Literal => {
            "take the literal apart: begin with an empty string and add to it, or interpolate, which is fresh"
                .to_string()
        }
        HolderKind::Constant => {
            "a constant is held for ever: let a function make the value anew".to_string()
        }
        HolderKind::Loop => {
            "run over indices (`for i in 0..xs.len()`) or over `xs.enumerate()`, which hold only the elements, or collect the changes and make them after the loop"
                .to_string()
        }
        HolderKind::Pending => {
            "give the value a name and let this be its last use, or make the change first"
                .to_string()
        }
        HolderKind::Itself => {
            "the value holds one part twice: make the second one anew".to_string()
        }
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_string(),
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

// ---- before a run

/// `cowl check --copies`: a line per change, in the order of the source.
pub fn verdicts(program: &Program, sources: &SourceMap, format: Format) -> String {
    let view = view(program);
    let mut places: Vec<_> = view
        .iter()
        .map(|(&site, place)| (program.sites.span(site), place))
        .filter(|(span, _)| !sources.file(span.file).is_std)
        .collect();
    places.sort_by_key(|(span, _)| (sources.file(span.file).name.clone(), *span));
    let mut out = String::new();
    let mut counts = [0; 3];
    for (span, place) in &places {
        counts[place.verdict as usize] += 1;
        let at = sources.line_col(*span);
        let file = &sources.file(span.file).name;
        let why = place.why.map(|why| {
            let span = program.sites.span(why.site);
            let there = sources.line_col(span);
            (reason(why.kind), sources.file(span.file), there)
        });
        let verdict = verdict_name(place.verdict);
        if format == Format::Json {
            let why = why.map(|(reason, file, at)| {
                json!({ "reason": reason, "file": file.name, "line": at.line, "col": at.col })
            });
            let record = json!({
                "file": file,
                "line": at.line,
                "col": at.col,
                "copies": verdict,
                "why": why,
                "promise": place.promise.as_deref(),
            });
            out += &format!("{record}\n");
            continue;
        }
        let line = sources.line_text(span.file, at.line).trim();
        out += &format!("{verdict:<6} {file}:{}:{}: {line}\n", at.line, at.col);
        if let Some((reason, file, at)) = why.filter(|(_, file, _)| !file.is_std) {
            out += &format!("       {}:{}:{}: {reason}\n", file.name, at.line, at.col);
        }
    }
    let [never, may, must] = counts;
    out + &match format {
        Format::Json => format!("{}\n", json!({ "never": never, "may": may, "must": must })),
        Format::Text => format!("copies: {must} must, {may} may, {never} never\n"),
    }
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Never => "never",
        Verdict::May => "may",
        Verdict::Must => "must",
    }
}

// ---- JSON

/// One object per place, the dearest first, then one with the sums.
fn json_lines(copies: &Copies) -> String {
    let mut places: Vec<(&Place, &Updates)> = copies.places.iter().collect();
    places.sort_by_key(|(_, u)| std::cmp::Reverse((u.bytes(), u.copied_total())));
    let mut out = String::new();
    for (place, updates) in places {
        // A segment alone says nothing of its place.
        if updates == &Updates::default() {
            continue;
        }
        out += &format!("{}\n", record(place, updates));
    }
    let sum = |of: fn(&Updates) -> u64| copies.places.values().map(of).sum::<u64>();
    let sums = json!({
        "in_place": sum(|u| u.in_place),
        "copied": sum(Updates::copied_total),
        "bytes": sum(Updates::bytes),
        "moved": sum(|u| u.moved),
        "nothing": sum(|u| u.nothing),
        "explained": copies.explained,
    });
    out + &format!("{sums}\n")
}

fn record(place: &Place, updates: &Updates) -> Value {
    let from: Vec<Value> = updates
        .copied
        .iter()
        .map(|((line, col), copied)| {
            json!({
                "line": line,
                "col": col,
                "copied": copied.times,
                "bytes": copied.bytes,
                "examined": copied.examined,
                "holders": copied.holders.iter().map(holder).collect::<Vec<Value>>(),
            })
        })
        .collect();
    json!({
        "file": place.file,
        "line": place.line,
        "col": place.col,
        "in_place": updates.in_place,
        "copied": updates.copied_total(),
        "bytes": updates.bytes(),
        "moved": updates.moved,
        "nothing": updates.nothing,
        "from": from,
        "promise": updates.promise,
    })
}

fn holder(holder: &Holder) -> Value {
    let place = |place: &Option<Place>| {
        let place = place.as_ref();
        place.map(|p| json!({ "file": p.file, "line": p.line, "col": p.col }))
    };
    json!({
        "kind": holder.kind.name(),
        "name": holder.name,
        "function": holder.function,
        "at": place(&holder.at),
        "again": place(&holder.again),
        "times": holder.times,
        "help": advice(holder),
    })
}
