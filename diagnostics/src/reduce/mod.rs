//! The reducer: from a program that makes engines differ to a small one that does so in the same way.
//!
//! Takes a finding; gives it with a smaller program. Works on the text with the spans of its syntax
//! tree, so it serves generated programs and others alike; what is left must still compile (the
//! compiler's checker says so) and show the same signature. Never makes a program longer.

pub(crate) mod collect;
pub(crate) mod edit;
mod steps;

use crate::batch::{Mode, Worker};
use crate::fuzz::finding::Reference;
use crate::fuzz::{Case, Finding, Signature, run_alone};
use collect::collect;
use edit::{Edit, apply, candidates, with_comma};
use std::time::{Duration, Instant};

pub use steps::{Steps, checks};

/// Names and texts; the first one is the root.
pub type Files = Vec<(String, String)>;

/// Makes the program of a finding as small as the time allows.
pub fn reduce(
    mut finding: Finding,
    worker: &mut Worker,
    time: Duration,
) -> std::io::Result<Finding> {
    let Some(modes) = modes_of(&finding.signature) else {
        return Ok(finding);
    };
    let (signature, test) = (finding.signature.clone(), finding.test);
    let mut oracle = |files: &Files, args: &[String]| -> std::io::Result<bool> {
        let case = Case {
            test,
            ..Case::new(files, args)
        };
        let (_, found) = run_alone(worker, &case, &modes)?;
        Ok(found.contains(&signature))
    };
    if !oracle(&finding.files, &finding.args)? {
        // What shows only among others.
        let (files, args) = finding.batch.clone();
        if !oracle(&files, &args)? {
            return Ok(finding);
        }
        (finding.files, finding.args) = (files, args);
    }
    let args = finding.args.clone();
    let files = shrink(finding.files.clone(), time, &mut |files| {
        oracle(files, &args)
    })?;
    let case = Case {
        test,
        ..Case::new(&files, &args)
    };
    let (seen, _) = run_alone(worker, &case, &[Mode::Interp])?;
    finding.files = files;
    finding.reference = seen.as_ref().map(Reference::of);
    finding.is_reduced = true;
    Ok(finding)
}

/// The runs that a signature needs.
fn modes_of(signature: &Signature) -> Option<Vec<Mode>> {
    Some(match &*signature.who {
        "interp" | "check" | "compiler" => vec![Mode::Interp, Mode::JitQuick],
        "eager" => vec![Mode::Interp, Mode::Eager],
        "jit" => vec![Mode::Interp, Mode::Jit],
        "jit counting" => vec![Mode::Interp, Mode::JitQuick, Mode::JitCounting],
        "aot" | "aot counting" => vec![Mode::Interp, Mode::Build],
        "jit-trace" => vec![Mode::Interp, Mode::JitTrace],
        "jit-audit" => vec![Mode::Interp, Mode::JitAudit],
        "interp-stress" => vec![Mode::Interp, Mode::InterpStress],
        "jit-audit-stress" => vec![Mode::InterpStress, Mode::JitAuditStress],
        _ => return None,
    })
}

/// Shrinks files for as long as `fails` says that they still do.
pub fn shrink(
    files: Files,
    time: Duration,
    fails: &mut dyn FnMut(&Files) -> std::io::Result<bool>,
) -> std::io::Result<Files> {
    let mut cx = Cx {
        files,
        until: Instant::now() + time,
        fails,
    };
    cx.join_modules()?;
    loop {
        let before: usize = cx.size();
        for file in 0..cx.files.len() {
            cx.lists(file)?;
            cx.singles(file)?;
        }
        cx.drop_files()?;
        if cx.size() >= before || cx.is_late() {
            return Ok(cx.tidy());
        }
    }
}

struct Cx<'a> {
    files: Files,
    until: Instant,
    fails: &'a mut dyn FnMut(&Files) -> std::io::Result<bool>,
}

impl Cx<'_> {
    fn size(&self) -> usize {
        self.files.iter().map(|(_, text)| text.len()).sum()
    }

    fn is_late(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Takes over the files if they still fail.
    fn attempt(&mut self, files: Files) -> std::io::Result<bool> {
        if self.is_late() || files == self.files || !(self.fails)(&files)? {
            return Ok(false);
        }
        self.files = files;
        Ok(true)
    }

    fn edit(&mut self, file: usize, edits: &[Edit]) -> std::io::Result<bool> {
        let mut files = self.files.clone();
        let Some(text) = apply(&files[file].1, edits) else {
            return Ok(false);
        };
        files[file].1 = text;
        self.attempt(files)
    }

    /// All modules in one file.
    fn join_modules(&mut self) -> std::io::Result<()> {
        if self.files.len() < 2 {
            return Ok(());
        }
        let mut all = String::new();
        for (_, text) in &self.files {
            let others = |l: &&str| l.starts_with("use ") && !l.starts_with("use std.");
            for line in text.lines().filter(|l| !others(l)) {
                if line.starts_with("use std.") && all.contains(line) {
                    continue;
                }
                all += line;
                all.push('\n');
            }
        }
        let name = self.files[0].0.clone();
        let plain = all.replace("m.f", "f");
        for text in [all, plain] {
            if self.attempt(vec![(name.clone(), text)])? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn drop_files(&mut self) -> std::io::Result<()> {
        for file in (1..self.files.len()).rev() {
            let mut files = self.files.clone();
            files.remove(file);
            self.attempt(files)?;
        }
        Ok(())
    }

    /// Deletes ranges of items, statements, arms, elements: halves first, single ones last.
    fn lists(&mut self, file: usize) -> std::io::Result<()> {
        let mut nth = 0;
        loop {
            let text = self.files[file].1.clone();
            let found = collect(&text);
            let plain = found.lists.len();
            let (list, commas) = match found.lists.get(nth) {
                Some(list) => (list, false),
                None => match found.comma_lists.get(nth - plain) {
                    Some(list) => (list, true),
                    None => return Ok(()),
                },
            };
            let spans: Vec<_> = list
                .iter()
                .map(|&at| if commas { with_comma(&text, at) } else { at })
                .collect();
            self.ddmin(file, &text, spans)?;
            nth += 1;
            if self.is_late() {
                return Ok(());
            }
        }
    }

    fn ddmin(
        &mut self,
        file: usize,
        text: &str,
        spans: Vec<(usize, usize)>,
    ) -> std::io::Result<()> {
        let mut gone = vec![false; spans.len()];
        let mut chunk = spans.len();
        while chunk > 0 {
            let mut from = 0;
            while from < spans.len() {
                let to = (from + chunk).min(spans.len());
                if gone[from..to].iter().all(|g| *g) {
                    from = to;
                    continue;
                }
                let before = gone.clone();
                gone[from..to].fill(true);
                let mut files = self.files.clone();
                let edits: Vec<Edit> = spans
                    .iter()
                    .zip(&gone)
                    .filter(|(_, gone)| **gone)
                    .map(|(at, _)| Edit::delete(*at))
                    .collect();
                let shorter = merged(text, edits);
                let kept = match shorter {
                    Some(text) => {
                        files[file].1 = text;
                        self.attempt(files)?
                    }
                    None => false,
                };
                if !kept {
                    gone = before;
                }
                from = to;
            }
            chunk /= 2;
        }
        Ok(())
    }

    /// Single changes, from the first again after each that is taken, but not before its place.
    fn singles(&mut self, file: usize) -> std::io::Result<()> {
        let mut nth = 0;
        loop {
            let text = self.files[file].1.clone();
            let found = collect(&text);
            let all = candidates(&text, &found);
            let mut taken = false;
            while let Some(edits) = all.get(nth) {
                if self.is_late() {
                    return Ok(());
                }
                if self.edit(file, edits)? {
                    taken = true;
                    break;
                }
                nth += 1;
            }
            if !taken {
                return Ok(());
            }
        }
    }

    /// Without the empty lines that deletion leaves.
    fn tidy(&self) -> Files {
        let tidy = |text: &String| {
            let mut out = String::new();
            let mut empty = true;
            for line in text.lines().map(str::trim_end) {
                let closes = line.trim_start().starts_with('}');
                let only_comment = line.trim_start().starts_with("//");
                if line.trim().is_empty() || only_comment {
                    empty = true;
                    continue;
                }
                // Between items, nowhere else.
                if empty && !out.is_empty() && !line.starts_with(' ') && !closes {
                    out.push('\n');
                }
                empty = false;
                out += line;
                out.push('\n');
            }
            out
        };
        let files = self.files.iter();
        files
            .map(|(name, text)| (name.clone(), tidy(text)))
            .collect()
    }
}

/// Deletions of neighbours may share a comma.
fn merged(text: &str, mut edits: Vec<Edit>) -> Option<String> {
    edits.sort_by_key(|e| e.at);
    let mut reached = 0;
    for edit in &mut edits {
        edit.at.0 = edit.at.0.max(reached);
        edit.at.1 = edit.at.1.max(edit.at.0);
        reached = edit.at.1;
    }
    apply(text, &edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fault that is planted in the text: engines would differ wherever `bad(` is called in `main`.
    #[test]
    fn what_has_nothing_to_do_with_the_fault_goes() {
        let text = "\
struct S { a: int, b: string }
fn other(x: int) -> int { x + 1 }
fn bad(x: int) -> int { x }
fn main() {
    let a = [1, 2, 3]
    print(a)
    if a.len() > 2 {
        for i in 0..3 { print(other(i)) }
        print(\"value {bad(a.len() + other(3))}\")
    }
}
";
        let files = vec![("main.cowl".to_string(), text.to_string())];
        let mut tries = 0;
        let mut fails = |files: &Files| {
            tries += 1;
            let text = &files[0].1;
            let (found, main) = (collect(text), text.find("fn main"));
            let calls = found.calls.iter().filter(|(callee, _)| callee == "bad");
            let calls = calls.count();
            Ok(calls > 0 && text.contains("fn bad") && main.is_some())
        };
        let small = shrink(files, Duration::from_secs(60), &mut fails).expect("no io");
        let lines: Vec<&str> = small[0].1.lines().filter(|l| !l.is_empty()).collect();
        assert!(lines.len() <= 5, "{}", small[0].1);
        assert!(!small[0].1.contains("other") && !small[0].1.contains("struct"));
        assert!(tries < 400, "{tries} tries");
    }

    #[test]
    fn elements_go_with_their_commas() {
        let text = "[a, b, c]";
        assert_eq!(with_comma(text, (1, 2)), (1, 4));
        assert_eq!(with_comma(text, (7, 8)), (5, 8));
        let edits = [(1, 2), (4, 5), (7, 8)].map(|at| Edit::delete(with_comma(text, at)));
        assert_eq!(merged(text, edits.to_vec()).as_deref(), Some("[]"));
    }
}
