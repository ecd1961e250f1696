//! A spec program: its directives and marks as data.
//!
//! Takes the text of one program (a file, or a block of a chapter); gives a `Program`, or a
//! sentence with the line that is wrong. Reads no file besides those that `… from:` names.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// What must become of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Run,
    /// Ends with `panic: TEXT`.
    Panic(String),
    Reject,
    /// Compiles; nothing to run.
    Check,
    /// Imported by other programs; not run by itself.
    Module,
}

impl Kind {
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Run => "run",
            Kind::Panic(_) => "panic",
            Kind::Reject => "reject",
            Kind::Check => "check",
            Kind::Module => "module",
        }
    }

    /// `run`, `panic TEXT`, `reject` …; `None` for any other text.
    pub fn parse(text: &str) -> Option<Kind> {
        match text.trim_end() {
            "run" => Some(Kind::Run),
            "reject" => Some(Kind::Reject),
            "check" => Some(Kind::Check),
            "module" => Some(Kind::Module),
            other => {
                let message = other.strip_prefix("panic ")?.trim();
                (!message.is_empty()).then(|| Kind::Panic(message.to_string()))
            }
        }
    }

    pub fn runs(&self) -> bool {
        matches!(self, Kind::Run | Kind::Panic(_))
    }
}

/// An expected text and the lines of the text (from 0) that blessing would rewrite.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    pub bytes: Vec<u8>,
    /// `None` where the text stands in a file of its own.
    pub lines: Option<Range<usize>>,
    /// Lines of an `output` block of a chapter: no `//! ` before them.
    pub bare: bool,
}

/// Expected numbers by name, any part of them, in the order written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    pub parts: Vec<(String, u64)>,
    /// The directive's line, from 0.
    pub line: usize,
}

/// What a `//~` comment claims of a line (from 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub line: u32,
    pub claim: Claim,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    Problem { code: String, words: String },
    Events(Vec<(String, u64)>),
}

/// What of a program is decided by the engines' agreement alone. Only generated programs leave
/// anything open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecided {
    Nothing,
    Stdout,
    /// How it ends, and so its texts too.
    Ending,
}

#[derive(Clone, Debug)]
pub struct Program {
    /// As shown: the path, with `:LINE` for a block of a chapter.
    pub name: String,
    /// The file that holds it, for blessing.
    pub origin: PathBuf,
    /// The file to run; for a chapter's block written when it runs.
    pub path: PathBuf,
    /// Of a chapter's block: the text and modules to write, relative to the program's folder.
    pub sources: Vec<(PathBuf, String)>,
    pub kind: Kind,
    pub undecided: Undecided,
    pub args: Vec<String>,
    pub stdin: Vec<u8>,
    pub stdout: Option<Block>,
    pub stderr: Option<Block>,
    /// What `cowl check` says of it, word for word.
    pub said: Option<Block>,
    pub exit: Option<i32>,
    pub files: Option<PathBuf>,
    pub ledger: Option<Pins>,
    pub objects: Option<Pins>,
    /// Functions and the text of `cowl dump --emit=mir --fn NAME` for them.
    pub mirs: Vec<(String, Block)>,
    pub marks: Vec<Mark>,
    pub has_tests: bool,
    /// It asks whether values are shared, which the eager interpreter answers in its own way.
    pub asks_sharing: bool,
    /// It can see when dead cycles are collected.
    pub asks_collection: bool,
    /// It may make objects: itself, or by what it imports.
    pub makes_objects: bool,
    /// Its stress runs collect when so many objects have been made; 0: at every `new`.
    pub stress: u32,
}

impl Program {
    /// Problems that marks claim, and those of them that are errors.
    pub fn claims_warnings(&self) -> bool {
        self.marks
            .iter()
            .any(|m| matches!(&m.claim, Claim::Problem { code, .. } if code.starts_with('W')))
    }

    /// What the file says that stdout holds: nothing, if it says nothing.
    pub fn expected_stdout(&self) -> &[u8] {
        self.stdout.as_ref().map_or(&[], |b| &b.bytes)
    }

    /// What stderr must be, as far as the file decides it.
    pub fn expected_stderr(&self) -> Option<&[u8]> {
        match (&self.stderr, &self.kind) {
            (Some(block), _) => Some(&block.bytes),
            (None, Kind::Panic(_)) => None,
            (None, _) => Some(&[]),
        }
    }

    pub fn expected_exit(&self) -> i32 {
        let by_kind = match self.kind {
            Kind::Panic(_) => cowl_contract::outcome::status::PANIC,
            Kind::Reject => cowl_contract::outcome::status::FAILED,
            Kind::Run | Kind::Check | Kind::Module => 0,
        };
        self.exit.unwrap_or(by_kind)
    }
}

/// A directive's name and the rest of its line.
const DIRECTIVES: [&str; 11] = [
    "args:",
    "stdin:",
    "stdout:",
    "stderr:",
    "stdin from:",
    "stdout from:",
    "exit:",
    "files:",
    "ledger:",
    "objects:",
    "stress:",
];

const EVENTS: [&str; 3] = ["in_place", "copied", "moved"];
const OBJECTS: [&str; 4] = ["allocated", "freed", "collected", "live"];

/// Where a program's text comes from.
pub struct Origin<'a> {
    pub name: String,
    pub file: &'a Path,
    /// The kind, if it stands outside of the text.
    pub kind: Option<Kind>,
    /// The line (from 0) of the file at which the text begins.
    pub first_line: usize,
}

/// Reads the directives and marks of a text.
pub fn parse(text: &str, origin: Origin<'_>) -> Result<Program, String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut program = Program {
        name: origin.name,
        origin: origin.file.to_path_buf(),
        path: origin.file.to_path_buf(),
        sources: Vec::new(),
        kind: Kind::Check,
        undecided: Undecided::Nothing,
        args: Vec::new(),
        stdin: Vec::new(),
        stdout: None,
        stderr: None,
        said: None,
        exit: None,
        files: None,
        ledger: None,
        objects: None,
        mirs: Vec::new(),
        marks: marks(&lines)?,
        has_tests: has_line_with(&lines, "test \"")
            || lines.iter().any(|l| l.trim_start().starts_with("/// ```")),
        asks_sharing: text.contains("is_unique(") || text.contains("dbg_if_shared("),
        asks_collection: ["weak", "gc(", "gc_", "deinit"]
            .iter()
            .any(|word| text.contains(word)),
        makes_objects: text.contains("new ") || has_line_with(&lines, "use "),
        stress: 0,
    };
    let mut cx = Cx {
        program: &mut program,
        kind: origin.kind,
        first_line: origin.first_line,
        open: None,
    };
    for (i, line) in directive_lines(&lines) {
        cx.line(i, line)
            .map_err(|e| format!("line {}: {e}", origin.first_line + i + 1))?;
    }
    cx.close();
    let kind = cx.kind.take();
    program.kind = match kind {
        Some(kind) => kind,
        None if has_line_with(&lines, "fn main(") => Kind::Run,
        None => Kind::Check,
    };
    // A broken promise panics only where something is shared.
    program.asks_sharing |= matches!(&program.kind, Kind::Panic(t) if t.ends_with("is @in_place"));
    Ok(program)
}

/// Whether a text says by itself what kind of program it is.
pub fn names_its_kind(text: &str) -> bool {
    let lines: Vec<&str> = text.split('\n').collect();
    directive_lines(&lines)
        .first()
        .is_some_and(|(_, line)| Kind::parse(line).is_some())
}

fn has_line_with(lines: &[&str], start: &str) -> bool {
    lines.iter().any(|l| l.starts_with(start))
}

/// The texts behind `//!`: of the comment lines at the top, and of the last lines.
fn directive_lines<'a>(lines: &[&'a str]) -> Vec<(usize, &'a str)> {
    let body = |l: &'a str| {
        let rest = l.strip_prefix("//!")?;
        let rest = rest.strip_suffix('\r').unwrap_or(rest);
        Some(rest.strip_prefix(' ').unwrap_or(rest))
    };
    let top = lines
        .iter()
        .take_while(|l| l.starts_with("//") || l.trim().is_empty())
        .count();
    let mut end = lines.len();
    while end > top && lines[end - 1].trim().is_empty() {
        end -= 1;
    }
    let bottom = lines[top..end]
        .iter()
        .rposition(|l| !l.starts_with("//!"))
        .map_or(top, |i| top + i + 1);
    (0..top)
        .chain(bottom..end)
        .filter_map(|i| Some((i, body(lines[i])?)))
        .collect()
}

/// `mir NAME:`, which the lines below it must be the dump of.
fn mir_of(line: &str) -> Option<&str> {
    let name = line.strip_prefix("mir ")?.trim_end().strip_suffix(':')?;
    (!name.is_empty()).then_some(name)
}

fn is_directive(line: &str) -> bool {
    mir_of(line).is_some() || DIRECTIVES.iter().any(|d| line.starts_with(d))
}

/// A text directive whose lines are being read.
struct Open {
    name: &'static str,
    /// Of `mir`.
    function: String,
    first: usize,
    lines: Vec<String>,
}

struct Cx<'a> {
    program: &'a mut Program,
    kind: Option<Kind>,
    first_line: usize,
    open: Option<Open>,
}

impl Cx<'_> {
    fn line(&mut self, i: usize, line: &str) -> Result<(), String> {
        if self.kind.is_none() {
            self.kind = Kind::parse(line);
            return match self.kind {
                Some(_) => Ok(()),
                None => Err(format!(
                    "the first directive is the kind (run, panic TEXT, reject, check, module), not `{line}`"
                )),
            };
        }
        // `stdout from:` must be tried before `stdout:` cannot match it: names end in `:`.
        if let Some(name) = DIRECTIVES.iter().find(|d| line.starts_with(**d)) {
            self.close();
            return self.directive(i, name, line[name.len()..].trim());
        }
        if let Some(function) = mir_of(line) {
            self.close();
            self.open = Some(Open {
                name: "mir",
                function: function.to_string(),
                first: i + 1,
                lines: Vec::new(),
            });
            return Ok(());
        }
        match &mut self.open {
            // A block's lines stand together.
            Some(open) if open.first + open.lines.len() == i => {
                open.lines.push(line.to_string());
                Ok(())
            }
            _ => Err(format!("no directive: `{line}`")),
        }
    }

    fn directive(&mut self, i: usize, name: &'static str, rest: &str) -> Result<(), String> {
        let beside = |p: &Program| p.origin.parent().unwrap_or(Path::new("")).join(rest);
        match name {
            "stdin:" | "stdout:" | "stderr:" => {
                if !rest.is_empty() {
                    return Err(format!("the text of `{name}` stands on the lines below it"));
                }
                self.open = Some(Open {
                    name,
                    function: String::new(),
                    first: i + 1,
                    lines: Vec::new(),
                });
            }
            "stdin from:" => self.program.stdin = read(&beside(self.program))?,
            "stdout from:" => {
                self.program.stdout = Some(Block {
                    bytes: read(&beside(self.program))?,
                    ..Block::default()
                });
            }
            "args:" => self.program.args = split_args(rest)?,
            "exit:" => {
                let status = rest.parse().map_err(|_| "exit wants a number")?;
                self.program.exit = Some(status);
            }
            "files:" => {
                let dir = beside(self.program);
                if !dir.is_dir() {
                    return Err(format!("`{rest}` is not a folder beside the program"));
                }
                self.program.files = Some(dir);
            }
            "stress:" => {
                let n = rest.parse().ok().filter(|&n| n > 0);
                self.program.stress = n.ok_or("stress wants a number of objects")?;
            }
            "ledger:" => {
                let parts = numbers(rest, &EVENTS)?;
                self.program.ledger = Some(Pins {
                    parts,
                    line: self.first_line + i,
                });
            }
            _ => {
                let parts = numbers(rest, &OBJECTS)?;
                self.program.objects = Some(Pins {
                    parts,
                    line: self.first_line + i,
                });
            }
        }
        Ok(())
    }

    /// Ends the block that is being read.
    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let first = self.first_line + open.first;
        let block = Block {
            lines: Some(first..first + open.lines.len()),
            bytes: decode(&open.lines),
            bare: false,
        };
        match open.name {
            "stdin:" => self.program.stdin = block.bytes,
            "stdout:" => self.program.stdout = Some(block),
            "mir" => self.program.mirs.push((open.function, block)),
            _ => self.program.stderr = Some(block),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// The bytes that the lines of a block stand for.
fn decode(lines: &[String]) -> Vec<u8> {
    let (lines, newline) = match lines.split_last() {
        Some((last, rest)) if last == "\\" => (rest, false),
        _ => (lines, true),
    };
    let mut text = String::new();
    for (i, line) in lines.iter().enumerate() {
        text.push_str(line.strip_prefix('\\').unwrap_or(line));
        if newline || i + 1 < lines.len() {
            text.push('\n');
        }
    }
    text.into_bytes()
}

/// The lines (without `//! `) that stand for a text: the reverse of `decode`.
pub fn encode(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let (body, newline) = match text.strip_suffix('\n') {
        Some(body) => (body, true),
        None => (text, false),
    };
    let mut lines: Vec<String> = body
        .split('\n')
        .map(|l| match l.starts_with('\\') || is_directive(l) {
            true => format!("\\{l}"),
            false => l.to_string(),
        })
        .collect();
    if !newline {
        lines.push("\\".to_string());
    }
    lines
}

/// Words, with `"…"` around those that hold blanks.
fn split_args(text: &str) -> Result<Vec<String>, String> {
    let mut args = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted
                .split_once('"')
                .ok_or("a `\"` in args is not closed")?,
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        args.push(word.to_string());
        rest = after.trim_start();
    }
    Ok(args)
}

/// `a=1 b=2`, the names from a list.
fn numbers(text: &str, names: &[&str]) -> Result<Vec<(String, u64)>, String> {
    let parts: Option<Vec<(String, u64)>> = text
        .split_whitespace()
        .map(|word| {
            let (name, n) = word.split_once('=')?;
            let n = n.parse().ok()?;
            names.contains(&name).then(|| (name.to_string(), n))
        })
        .collect();
    match parts {
        Some(parts) if !parts.is_empty() => Ok(parts),
        _ => Err(format!(
            "want `NAME=N` with names of {}, not `{text}`",
            names.join(", ")
        )),
    }
}

/// The `//~` comments of a text.
pub fn marks(lines: &[&str]) -> Result<Vec<Mark>, String> {
    let mut found = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let here = i as u32 + 1;
        for part in line.split("//~").skip(1) {
            let ups = part.chars().take_while(|&c| c == '^').count();
            let downs = part.chars().take_while(|&c| c == 'v').count();
            let target = (here + downs as u32).checked_sub(ups as u32);
            let claim = claim(part[ups + downs..].trim());
            match (target, claim) {
                (Some(line), Some(claim)) if line > 0 => found.push(Mark { line, claim }),
                _ => {
                    return Err(format!(
                        "line {here}: a mark is `//~ E0203 words` or `//~ copied=1`, not `//~{part}`"
                    ));
                }
            }
        }
    }
    Ok(found)
}

fn claim(text: &str) -> Option<Claim> {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let digits = first.strip_prefix(['E', 'W']);
    if digits.is_some_and(|d| d.len() == 4 && d.bytes().all(|b| b.is_ascii_digit())) {
        return Some(Claim::Problem {
            code: first.to_string(),
            words: rest.trim().to_string(),
        });
    }
    numbers(text, &EVENTS).ok().map(Claim::Events)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(text: &str) -> Result<Program, String> {
        let origin = Origin {
            name: "p.cowl".to_string(),
            file: Path::new("p.cowl"),
            kind: None,
            first_line: 0,
        };
        parse(text, origin)
    }

    #[test]
    fn every_directive() {
        let text = "\
// #12: what went wrong once.
//! run
//! args: a \"b c\"  d
//! exit: 3
//! ledger: in_place=1 copied=2
//! objects: live=0
//! stdin:
//! one
//!
//! two
//! \\
//! mir f:
//! fn f () {
//! }
//! stdout:
//! \\exit: 3
//!   indented
//! run
fn main() {
    xs.push!(1)   //~ copied=1
    //~^^ in_place=2
}
";
        let p = program(text).expect("it is well formed");
        assert_eq!(p.kind, Kind::Run);
        assert_eq!(p.args, ["a", "b c", "d"]);
        assert_eq!(p.stdin, b"one\n\ntwo");
        assert_eq!(p.expected_stdout(), b"exit: 3\n  indented\nrun\n");
        assert_eq!(
            p.stdout.as_ref().and_then(|b| b.lines.clone()),
            Some(15..18)
        );
        assert_eq!(p.expected_stderr(), Some(&b""[..]));
        assert_eq!(p.expected_exit(), 3);
        let pins = p.ledger.expect("pinned");
        assert_eq!(pins.line, 4);
        assert_eq!(pins.parts[1], ("copied".to_string(), 2));
        assert_eq!(p.mirs[0].0, "f");
        assert_eq!(p.mirs[0].1.bytes, b"fn f () {\n}\n");
        assert_eq!(p.mirs[0].1.lines, Some(12..14));
        assert_eq!(p.marks[0].line, 20);
        assert_eq!(p.marks[1].line, 19);
    }

    #[test]
    fn directives_at_the_end() {
        let p =
            program("//! panic no key \"b\"\nfn main() {}\n//! stdout:\n//! 1\n\n").expect("ok");
        assert_eq!(p.kind, Kind::Panic("no key \"b\"".to_string()));
        assert_eq!(p.expected_stdout(), b"1\n");
        assert_eq!(p.expected_exit(), 101);
        assert_eq!(p.expected_stderr(), None);
    }

    #[test]
    fn malformed_files_are_refused_with_their_line() {
        for (text, line) in [
            ("//! stdout:\n//! 1\n", "line 1"),
            ("//! walk\n", "line 1"),
            ("//! run\n//! exit: no\n", "line 2"),
            ("//! run\n//! ledger: copies=1\n", "line 2"),
            ("//! run\n//! ledger:\n", "line 2"),
            ("//! run\n//! hello\n", "line 2"),
            ("//! run\n//! files: nowhere-at-all\n", "line 2"),
            ("//! run\n//! args: \"a\n", "line 2"),
            ("//! run\nfn main() {} //~ hm\n", "line 2"),
            ("//! panic \n", "line 1"),
        ] {
            let error = program(text).expect_err(text);
            assert!(error.contains(line), "{text:?}: {error}");
        }
    }

    #[test]
    fn texts_survive_being_written_as_blocks() {
        for text in [
            "",
            "a\n",
            "a",
            "\n",
            "\\x\nexit: 3\n\nstdout:",
            "mir f:\n",
            "  a  \n",
        ] {
            assert_eq!(decode(&encode(text)), text.as_bytes(), "{text:?}");
        }
    }
}
