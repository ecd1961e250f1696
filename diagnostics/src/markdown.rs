//! Programs in the code blocks of Markdown files.
//!
//! Takes a chapter's text; gives a `Program` for each block whose info string begins with `cowl`.
//! The rules are in this crate's README.

use crate::find::{Collected, shown};
use crate::spec::{self, Block, Kind, Origin};
use std::path::{Path, PathBuf};

/// One fenced block.
struct Fenced<'a> {
    info: &'a str,
    /// Line of its first line of content, from 0.
    first: usize,
    lines: Vec<&'a str>,
    /// Indented (in a list): not written back to.
    indent: usize,
}

pub fn programs(text: &str, file: &Path, found: &mut Collected) {
    let blocks = fenced(text);
    let mut modules: Vec<(PathBuf, String)> = Vec::new();
    for (i, block) in blocks.iter().enumerate() {
        let Some(info) = block.info.strip_prefix("cowl") else {
            continue;
        };
        let info = info.trim();
        let source = block.lines.join("\n") + "\n";
        if let Some(path) = info.strip_prefix("file ") {
            modules.push((PathBuf::from(path.trim()), source));
            continue;
        }
        let output = blocks
            .get(i + 1)
            .filter(|o| o.info == "output" && follows(text, block, o));
        match program(info, block, source, output, file) {
            Ok(mut program) => {
                program.sources.append(&mut modules);
                found.programs.push(program);
            }
            Err(e) => found
                .malformed
                .push((format!("{}:{}", shown(file), block.first), e)),
        }
    }
    if !modules.is_empty() {
        let why = "a `cowl file` block is followed by no program";
        found.malformed.push((shown(file), why.to_string()));
    }
}

fn program(
    info: &str,
    block: &Fenced<'_>,
    source: String,
    output: Option<&Fenced<'_>>,
    file: &Path,
) -> Result<spec::Program, String> {
    let is_body = info == "body";
    let kind = match info {
        "" if spec::names_its_kind(&source) => None,
        "" if source.lines().any(|l| l.starts_with("fn main(")) => Some(Kind::Run),
        "" => Some(Kind::Check),
        "body" => (!spec::names_its_kind(&source)).then_some(Kind::Run),
        other => Some(Kind::parse(other).ok_or(format!("no kind of block: `cowl {other}`"))?),
    };
    let origin = Origin {
        name: format!("{}:{}", shown(file), block.first),
        file,
        kind,
        first_line: block.first,
    };
    let mut program = spec::parse(&source, origin)?;
    if let Some(output) = output {
        if program.stdout.is_some() {
            return Err("the output stands both in the block and after it".to_string());
        }
        let text: String = output.lines.iter().flat_map(|l| [l, "\n"]).collect();
        let lines = output.first..output.first + output.lines.len();
        let block = Block {
            bytes: text.into_bytes(),
            lines: (output.indent == 0).then_some(lines),
            bare: true,
        };
        match program.kind {
            Kind::Reject | Kind::Check => program.said = Some(block),
            Kind::Run | Kind::Panic(_) | Kind::Module => program.stdout = Some(block),
        }
    }
    if block.indent > 0
        && let Some(stdout) = program.stdout.as_mut().filter(|b| !b.bare)
    {
        stdout.lines = None;
    }
    // On one line with the first, so that lines count as in the block.
    let source = match is_body {
        true => format!("fn main() {{ {source}}}\n"),
        false => source,
    };
    program.path = PathBuf::from("main.cowl");
    program.sources = vec![(PathBuf::from("main.cowl"), source)];
    Ok(program)
}

/// Whether only blank lines stand between two blocks.
fn follows(text: &str, block: &Fenced<'_>, output: &Fenced<'_>) -> bool {
    let end = block.first + block.lines.len() + 1;
    let gap = (output.first - 1).saturating_sub(end);
    text.split('\n')
        .skip(end)
        .take(gap)
        .all(|l| l.trim().is_empty())
}

/// The fenced blocks of a text, in order.
fn fenced(text: &str) -> Vec<Fenced<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(Fenced<'_>, &str)> = None;
    for (i, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let body = line.trim_start_matches(' ');
        let ticks = body.len() - body.trim_start_matches('`').len();
        match &mut open {
            None if ticks >= 3 => {
                let block = Fenced {
                    info: body[ticks..].trim(),
                    first: i + 1,
                    lines: Vec::new(),
                    indent: line.len() - body.len(),
                };
                open = Some((block, &body[..ticks]));
            }
            None => {}
            Some((_, fence))
                if body.starts_with(*fence) && body.trim_matches('`').trim().is_empty() =>
            {
                blocks.extend(open.take().map(|(block, _)| block));
            }
            Some((block, _)) => {
                let blanks = line.len() - body.len();
                block.lines.push(&line[blanks.min(block.indent)..]);
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAPTER: &str = "\
# Lists

```cowl file geometry/shapes.cowl
pub fn area() -> int { 3 }
```

```cowl
use geometry.shapes { area }
fn main() { print(area()) }
```

```output
3
```

- in a list:
  ```cowl body
  print(1)
  if true {
      print(2) //~ in_place=1
  }
  ```

```cowl reject
fn main() { x } //~ E0101 x
```
```output
error
```
```text
not a program
```
````cowl
fn helper() {}
````
";

    #[test]
    fn blocks_become_programs() {
        let mut found = Collected::default();
        programs(CHAPTER, Path::new("spec/reference/01-lists.md"), &mut found);
        assert_eq!(found.malformed, []);
        let names: Vec<(&str, &str)> = found
            .programs
            .iter()
            .map(|p| (p.name.as_str(), p.kind.name()))
            .collect();
        assert_eq!(
            names,
            [
                ("spec/reference/01-lists.md:7", "run"),
                ("spec/reference/01-lists.md:17", "run"),
                ("spec/reference/01-lists.md:24", "reject"),
                ("spec/reference/01-lists.md:33", "check"),
            ]
        );
        let first = &found.programs[0];
        assert_eq!(first.expected_stdout(), b"3\n");
        assert_eq!(
            first.stdout.as_ref().and_then(|b| b.lines.clone()),
            Some(12..13)
        );
        assert_eq!(first.sources[1].0, Path::new("geometry/shapes.cowl"));
        let said = found.programs[2].said.as_ref().expect("an output block");
        assert_eq!(
            (&said.bytes[..], said.lines.clone()),
            (&b"error\n"[..], Some(27..28))
        );
        let body = &found.programs[1];
        assert_eq!(
            body.sources[0].1,
            "fn main() { print(1)\nif true {\n    print(2) //~ in_place=1\n}\n}\n"
        );
        assert_eq!(body.marks[0].line, 3);
    }

    #[test]
    fn unknown_kinds_and_lost_modules_are_refused() {
        let mut found = Collected::default();
        let text = "```cowl ignore\n```\n```cowl file a.cowl\n```\n";
        programs(text, Path::new("a.md"), &mut found);
        assert_eq!(found.malformed.len(), 2);
    }
}
