//! A difference: what it is known by, the program that shows it, how it is written down.

use crate::engine::Observation;
use crate::judge::Fault;
use crate::spec;
use cowl_contract::ledger::Ledger;
use cowl_contract::outcome::{Ended, status};
use serde_json::json;

/// What a failure is known by: who, in what, and for crashes where. A reduction keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `jit`, `jit counting`, `check` …
    pub who: String,
    pub kind: String,
    /// Of a crash, the message without numbers; of a rejection, the code.
    pub what: String,
    /// The diff or text, which may change from program to program.
    detail: Detail,
}

/// Text that does not count when signatures are compared.
#[derive(Clone, Debug)]
struct Detail(String);

impl PartialEq for Detail {
    fn eq(&self, _: &Detail) -> bool {
        true
    }
}

impl Eq for Detail {}

impl Signature {
    pub fn of_fault(fault: &Fault) -> Signature {
        let what = match fault.aspect {
            "crash" => essence(&fault.detail),
            _ => String::new(),
        };
        Signature {
            who: fault.who.first().cloned().unwrap_or_default(),
            kind: fault.aspect.to_string(),
            what,
            detail: Detail(fault.detail.clone()),
        }
    }

    pub fn of_rejection(text: &str) -> Signature {
        let code = text.split(|c: char| !c.is_ascii_alphanumeric());
        let code = code.into_iter().find(|w| {
            w.len() == 5 && w.starts_with('E') && w[1..].bytes().all(|b| b.is_ascii_digit())
        });
        Signature {
            who: "check".to_string(),
            kind: "rejected".to_string(),
            what: code.unwrap_or_default().to_string(),
            detail: Detail(text.to_string()),
        }
    }

    pub fn of_compiler(text: &str) -> Signature {
        Signature {
            who: "compiler".to_string(),
            kind: "crash".to_string(),
            what: essence(text),
            detail: Detail(text.to_string()),
        }
    }

    pub fn of_build(text: &str) -> Signature {
        Signature {
            who: "aot".to_string(),
            kind: "build".to_string(),
            what: essence(text),
            detail: Detail(text.to_string()),
        }
    }

    pub fn is_rejection(&self) -> bool {
        self.kind == "rejected"
    }

    /// The title, and what there is to say beyond.
    pub fn whole(&self) -> String {
        format!("{}\n{}\n", self.title(), self.detail.0.trim_end())
    }

    /// `jit counting: ledger`
    pub fn title(&self) -> String {
        match self.what.is_empty() {
            true => format!("{}: {}", self.who, self.kind),
            false => format!("{}: {} ({})", self.who, self.kind, self.what),
        }
    }
}

/// The line that says most, without what changes from program to program.
fn essence(text: &str) -> String {
    let lines = || text.lines().map(str::trim).filter(|l| !l.is_empty());
    let telling = |l: &&str| l.contains("internal error") || l.contains("panicked");
    let line = lines().find(telling).or_else(|| lines().next());
    let line = line.unwrap_or_default();
    line.chars()
        .filter(|c| !c.is_ascii_digit())
        .take(60)
        .collect()
}

/// A program that makes engines differ.
#[derive(Clone, Debug)]
pub struct Finding {
    pub seed: u64,
    /// The first file is the root.
    pub files: Vec<(String, String)>,
    pub args: Vec<String>,
    /// It is this test of the root that shows it.
    pub test: Option<usize>,
    pub signature: Signature,
    /// The batch in which it showed, should it not show alone.
    pub batch: (Vec<(String, String)>, Vec<String>),
    /// What the interpreter sees of the reduced program.
    pub reference: Option<Reference>,
    pub is_reduced: bool,
}

/// What the interpreter made of a program, to be confirmed by hand.
#[derive(Clone, Debug)]
pub struct Reference {
    stdout: String,
    stderr: String,
    ended: Ended,
    ledger: Option<Ledger>,
}

impl Reference {
    pub fn of(seen: &Observation) -> Reference {
        Reference {
            stdout: String::from_utf8_lossy(&seen.outcome.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&seen.outcome.stderr).into_owned(),
            ended: seen.outcome.ended,
            ledger: seen.outcome.ledger.clone(),
        }
    }
}

impl Finding {
    pub fn new(
        seed: u64,
        files: Vec<(String, String)>,
        signature: Signature,
        batch: (Vec<(String, String)>, Vec<String>),
    ) -> Finding {
        Finding {
            seed,
            files,
            args: Vec::new(),
            test: None,
            signature,
            batch,
            reference: None,
            is_reduced: false,
        }
    }

    /// As a file of `spec/regress`, with what is to be confirmed marked.
    pub fn to_regress(&self) -> String {
        let mut text = String::new();
        let title = self.signature.title();
        let panicked = self.reference.as_ref().and_then(|r| {
            let line = r.stderr.lines().find_map(|l| l.strip_prefix("panic: "));
            (r.ended == Ended::Status(status::PANIC)).then(|| line.map(str::to_string))?
        });
        text += &match panicked {
            Some(message) => format!("//! panic {message}\n"),
            None => "//! run\n".to_string(),
        };
        text += &format!("// CAUSE: {title} (seed {})\n", self.seed);
        if let Some(reference) = &self.reference {
            text += "// The expectations are the interpreter's: confirm each by hand, then drop this line.\n";
            if let Ended::Status(n) = reference.ended
                && n != 0
                && n != status::PANIC
            {
                text += &format!("//! exit: {n}\n");
            }
            if let Some(ledger) = &reference.ledger {
                let sums = ledger.totals();
                text += &format!(
                    "//! ledger: in_place={} copied={} moved={}\n",
                    sums.in_place, sums.copied, sums.moved
                );
                let objects = ledger.objects;
                if objects.allocated > 0 {
                    text += &format!(
                        "//! objects: allocated={} freed={} collected={}\n",
                        objects.allocated, objects.freed, objects.collected
                    );
                }
            }
            if !reference.stdout.is_empty() {
                text += "//! stdout:\n";
                for line in spec::encode(&reference.stdout) {
                    text += format!("//! {line}").trim_end();
                    text += "\n";
                }
            }
        }
        for (i, (name, file)) in self.files.iter().enumerate() {
            if i > 0 {
                text += &format!("\n// ---- {name}\n//! module\n");
            }
            text += file;
            if !file.ends_with('\n') {
                text += "\n";
            }
        }
        text
    }

    pub fn to_text(&self) -> String {
        let title = self.signature.title();
        let reduced = if self.is_reduced {
            "reduced"
        } else {
            "as generated"
        };
        format!(
            "==== seed {}: {title}\n{}\n---- {reduced}\n{}",
            self.seed,
            self.signature.detail.0.trim_end(),
            self.to_regress()
        )
    }

    pub fn to_json(&self) -> String {
        json!({
            "seed": self.seed,
            "who": self.signature.who,
            "kind": self.signature.kind,
            "what": self.signature.what,
            "detail": self.signature.detail.0,
            "reduced": self.is_reduced,
            "program": self.to_regress(),
        })
        .to_string()
    }
}
