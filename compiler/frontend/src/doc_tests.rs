//! Code in doc comments: blocks fenced with ``` or ```cowl become tests of their module.
//!
//! Takes a file's text and tree; gives `test` items. The code keeps its places in the file: all
//! but the code is blanked out of a copy of the text, the fences become the test's braces, and
//! that copy is parsed. So problems and panics point at the comment's own lines.

use crate::ast::{File, Item, ItemKind, Text};
use crate::parse::parse;
use crate::problem::Problems;
use crate::source::{FileId, Span};

/// Stands where the opening fence stood: `/// ``` ` is as long.
const OPEN: &str = "test\"\"{";

/// The tests in the doc comments of a file.
pub fn doc_tests(file: FileId, text: &str, tree: &File, problems: &mut Problems) -> Vec<Item> {
    let mut blocks = Blocks {
        text,
        found: Vec::new(),
        blanked: Vec::new(),
    };
    tree.items.iter().for_each(|item| blocks.item(item, ""));
    let Blocks { found, blanked, .. } = blocks;
    if found.is_empty() {
        return Vec::new();
    }
    let Ok(code) = String::from_utf8(blanked) else {
        return Vec::new();
    };
    let mut tests = parse(file, &code, problems).items;
    for item in &mut tests {
        let (lo, ItemKind::Test(test)) = (item.span.lo as usize, &mut item.kind) else {
            continue;
        };
        if let Some((_, name)) = found.iter().find(|(at, _)| *at == lo) {
            test.name = name.clone();
        }
    }
    tests
}

struct Blocks<'t> {
    text: &'t str,
    /// Where each block's test begins, and its name.
    found: Vec<(usize, Text)>,
    /// The file with nothing but the code; empty until there is any.
    blanked: Vec<u8>,
}

impl Blocks<'_> {
    fn item(&mut self, item: &Item, of: &str) {
        let name = match &item.kind {
            ItemKind::Fn(d) => &d.name.text,
            ItemKind::Struct(d) => &d.name.text,
            ItemKind::Enum(d) => &d.name.text,
            ItemKind::Trait(d) => &d.name.text,
            ItemKind::Alias(d) => &d.name.text,
            ItemKind::Const(d) => &d.name.text,
            ItemKind::Impl(d) => {
                let ty = d.self_ty.span;
                let ty = self.text.get(ty.lo as usize..ty.hi as usize).unwrap_or("");
                let of = format!("{}.", ty.split('<').next().unwrap_or(ty).trim());
                d.items.iter().for_each(|i| self.item(i, &of));
                return;
            }
            ItemKind::Use(_) | ItemKind::Test(_) => return,
        };
        let name = format!("{of}{name}");
        if let Some((_, first)) = &item.doc {
            self.comment(*first, &name);
        }
        if let ItemKind::Trait(d) = &item.kind {
            let of = format!("{name}.");
            d.items.iter().for_each(|i| self.item(i, &of));
        }
    }

    /// The blocks of the comment whose first line this is.
    fn comment(&mut self, first: Span, name: &str) {
        let text = self.text;
        let mut at = first.lo as usize;
        let mut open: Option<bool> = None;
        let mut count = 0;
        while let Some(rest) = text.get(at..) {
            let line = rest.split('\n').next().unwrap_or(rest);
            let indent = line.len() - line.trim_start().len();
            let Some(said) = line.trim_start().strip_prefix("///") else {
                break;
            };
            let start = at + indent;
            match (open, said.trim().strip_prefix("```")) {
                (None, Some(kind)) => {
                    let runs = matches!(kind.trim(), "" | "cowl") && said.starts_with(' ');
                    if runs {
                        count += 1;
                        let more = if count > 1 {
                            format!(", {count}")
                        } else {
                            String::new()
                        };
                        self.found
                            .push((start, Text::from(format!("doc of {name}{more}"))));
                        self.put(start, OPEN);
                    }
                    open = Some(runs);
                }
                (Some(runs), Some(_)) => {
                    if runs {
                        self.put(start, "}");
                    }
                    open = None;
                }
                (Some(true), None) => self.put(start + 3, said),
                _ => {}
            }
            at += line.len() + 1;
        }
        // A comment may end before its last fence.
        if open == Some(true) {
            let end = (at - 1).min(text.len() - 1);
            self.put(end, "}");
        }
    }

    fn put(&mut self, at: usize, code: &str) {
        if self.blanked.is_empty() {
            let blank = |b: u8| if b == b'\n' { b'\n' } else { b' ' };
            self.blanked = self.text.bytes().map(blank).collect();
        }
        if let Some(place) = self.blanked.get_mut(at..at + code.len()) {
            place.copy_from_slice(code.as_bytes());
        }
    }
}
