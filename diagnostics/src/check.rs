//! Compares the diagnostics of `cowl check` with the marks of a program.
//!
//! Takes what `cowl check` printed as text and as data; gives faults. A reject program's errors
//! and marks must match one to one; of any other program no error is accepted. Where the program's
//! file quotes the text, it must be that.

use crate::judge::{self, Fault};
use crate::process::Finished;
use crate::spec::{Claim, Kind, Mark, Program, marks};
use cowl_contract::outcome::{Ended, status};
use serde::Deserialize;
use std::path::Path;

/// One line of `cowl check --format json`, as far as it is compared.
#[derive(Debug, Deserialize)]
struct Diagnostic {
    code: String,
    severity: String,
    message: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    help: Option<String>,
    #[serde(default)]
    notes: Vec<Note>,
    file: String,
    line: u32,
}

#[derive(Debug, Deserialize)]
struct Note {
    message: String,
}

impl Diagnostic {
    fn sentences(&self) -> String {
        let mut text = format!("{} {}", self.message, self.label);
        for note in &self.notes {
            text = text + " " + &note.message;
        }
        text + " " + self.help.as_deref().unwrap_or("")
    }

    fn shown(&self) -> String {
        let Diagnostic {
            code,
            message,
            file,
            line,
            ..
        } = self;
        format!("{code} at {file}:{line}: {message}")
    }
}

/// A mark with the file (by its name) that it stands in.
struct Expected {
    file: String,
    mark: Mark,
}

/// `path` is the program's file; other files are named relative to its folder.
pub fn judge(program: &Program, path: &Path, data: &Finished, text: &Finished) -> Vec<Fault> {
    let mut faults = Vec::new();
    let wants_errors = program.kind == Kind::Reject;
    let wanted = match wants_errors {
        true => program.expected_exit(),
        false => status::OK,
    };
    for (done, how) in [(data, "json"), (text, "text")] {
        if done.ended != Ended::Status(wanted) {
            let stderr = String::from_utf8_lossy(&done.stderr);
            faults.push(fault(format!(
                "`cowl check --format {how}` ended with {}, not exit {wanted}\n{stderr}",
                done.ended
            )));
        }
    }
    let reported = match parse(&data.stdout) {
        Ok(reported) => reported,
        Err(e) => {
            faults.push(fault(e));
            return faults;
        }
    };
    let said = String::from_utf8_lossy(&text.stderr);
    if let Some(unsaid) = reported.iter().find(|d| !said.contains(&d.code)) {
        let code = &unsaid.code;
        faults.push(fault(format!("{code} is in the data but not in the text")));
    }
    if let Some(block) = program.said.as_ref().filter(|b| b.bytes != text.stderr) {
        let diff = judge::diff("expected", &block.bytes, "actual", &text.stderr);
        faults.push(Fault {
            aspect: "said",
            ..fault(format!("not what the file says\n{diff}"))
        });
    }
    let mut expected = match expected(program, path, &reported) {
        Ok(expected) => expected,
        Err(e) => {
            faults.push(fault(e));
            return faults;
        }
    };
    if wants_errors && expected.is_empty() {
        let how = "a reject program marks its errors: `//~ E0203 words`";
        faults.push(fault(how.to_string()));
    }
    for diagnostic in &reported {
        let met = expected.iter().position(|e| meets(diagnostic, e));
        match met {
            Some(i) => {
                expected.remove(i);
            }
            None if diagnostic.severity == "error" => {
                faults.push(fault(format!("not marked: {}", diagnostic.shown())));
            }
            None => {}
        }
    }
    for Expected { file, mark } in expected {
        if let Claim::Problem { code, words } = &mark.claim {
            let line = mark.line;
            faults.push(fault(format!(
                "marked but not reported: {code} at {file}:{line}: {words}"
            )));
        }
    }
    faults
}

fn fault(detail: String) -> Fault {
    Fault {
        who: vec!["check".to_string()],
        engines: Vec::new(),
        aspect: "diagnostics",
        detail,
    }
}

fn parse(stdout: &[u8]) -> Result<Vec<Diagnostic>, String> {
    String::from_utf8_lossy(stdout)
        .lines()
        .map(|line| {
            serde_json::from_str(line)
                .map_err(|e| format!("`cowl check --format json` printed `{line}`: {e}"))
        })
        .collect()
}

/// The marks of the program's file and of the modules that problems were reported in.
fn expected(
    program: &Program,
    path: &Path,
    reported: &[Diagnostic],
) -> Result<Vec<Expected>, String> {
    let main = path
        .file_name()
        .map_or(String::new(), |n| n.to_string_lossy().into_owned());
    let dir = path.parent().unwrap_or(Path::new(""));
    let mut others: Vec<&str> = reported.iter().map(|d| d.file.as_str()).collect();
    others.sort_unstable();
    others.dedup();
    let mut all = Vec::new();
    let mut add = |file: &str, marks: Vec<Mark>| {
        let problems = marks
            .into_iter()
            .filter(|m| matches!(m.claim, Claim::Problem { .. }));
        all.extend(problems.map(|mark| Expected {
            file: file.to_string(),
            mark,
        }));
    };
    add(&main, program.marks.clone());
    for file in others {
        // Of the standard library, and of what is not there, nothing is marked.
        if file == main || file.starts_with("std/") {
            continue;
        }
        if let Ok(text) = std::fs::read_to_string(dir.join(file)) {
            let lines: Vec<&str> = text.split('\n').collect();
            add(file, marks(&lines).map_err(|e| format!("{file}: {e}"))?);
        }
    }
    Ok(all)
}

fn meets(diagnostic: &Diagnostic, expected: &Expected) -> bool {
    match &expected.mark.claim {
        Claim::Problem { code, words } => {
            *code == diagnostic.code
                && expected.mark.line == diagnostic.line
                && expected.file == diagnostic.file
                && diagnostic.sentences().contains(words.as_str())
        }
        Claim::Events(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Origin, parse as parse_spec};

    const REJECT: &str = "//! reject\nfn main() {\n    x //~ E0101 not found\n}\n";

    fn finished(code: i32, stdout: &str, stderr: &str) -> Finished {
        Finished {
            stdout: stdout.as_bytes().to_vec(),
            stderr: stderr.as_bytes().to_vec(),
            ended: Ended::Status(code),
            millis: 0,
        }
    }

    fn line(code: &str, line: u32, message: &str) -> String {
        format!(
            "{{\"code\":\"{code}\",\"severity\":\"error\",\"message\":\"{message}\",\"file\":\"p.cowl\",\"line\":{line},\"col\":1}}\n"
        )
    }

    fn faults(source: &str, code: i32, json: &str) -> Vec<String> {
        let path = Path::new("p.cowl");
        let origin = Origin {
            name: "p.cowl".to_string(),
            file: path,
            kind: None,
            first_line: 0,
        };
        let program = parse_spec(source, origin).expect("well formed");
        let text = finished(code, "", "error[E0101] error[E0102]");
        judge(&program, path, &finished(code, json, ""), &text)
            .into_iter()
            .map(|f| f.detail)
            .collect()
    }

    #[test]
    fn a_marked_error_is_no_fault() {
        assert!(faults(REJECT, 1, &line("E0101", 3, "`x` is not found")).is_empty());
    }

    #[test]
    fn every_other_answer_is_a_fault() {
        let good = line("E0101", 3, "`x` is not found");
        for (code, json) in [
            (1, String::new()),
            (0, good.clone()),
            (1, line("E0102", 3, "`x` is not found")),
            (1, line("E0101", 2, "`x` is not found")),
            (1, line("E0101", 3, "`x` is unknown")),
            (1, good.clone() + &line("E0102", 3, "more")),
            (1, good.clone() + &good),
            (1, "not json\n".to_string()),
            (1, good.replace("p.cowl", "q.cowl")),
        ] {
            assert!(!faults(REJECT, code, &json).is_empty(), "{code} {json}");
        }
    }

    #[test]
    fn a_reject_program_without_marks_is_a_fault() {
        let faults = faults("//! reject\nfn main() {}\n", 1, "");
        assert!(faults[0].contains("marks its errors"), "{faults:?}");
    }

    #[test]
    fn warnings_are_claimed_but_not_required_to_be() {
        let run = "//! run\nfn main() {}\n";
        let warning = line("E0101", 2, "unused").replace("error", "warning");
        assert!(faults(run, 0, &warning).is_empty());
        assert!(!faults(run, 0, &line("E0101", 2, "wrong")).is_empty());
        let marked = "//! run\nfn main() {} //~ W0101 unused\n";
        assert!(!faults(marked, 0, "").is_empty());
    }
}
