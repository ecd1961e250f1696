//! Many programs to a process: the words that are spoken with `cowl batch`, and the one who speaks.
//!
//! Takes jobs; gives what each run did. When the child dies or goes quiet, it is known of what: the
//! run it had begun; it is started anew and goes on behind that run.

use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Values that eager mode may copy: where a program shares in a loop what it builds there, that takes
/// the square of its time.
pub const MAX_COPIED: u64 = 4_000_000;

/// What generated programs may read.
pub const INPUT: &str = "12\nab,c\n\na longer line with é and more than 23 bytes\nlast";

/// A program and its runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Names and texts; the first one is the root.
    pub files: Vec<(String, String)>,
    pub runs: Vec<Run>,
    pub max_steps: u64,
    /// The root's test of this number runs instead of `main`.
    pub test: Option<usize>,
    /// What the program may read.
    pub input: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    pub mode: Mode,
    /// The program's arguments; of `Build` the executable's path.
    pub args: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mode {
    Interp,
    Eager,
    Jit,
    JitCounting,
    /// Counting too, in machine code that is soon made and not optimised.
    JitQuick,
    /// The memory modes, counting; `Stress` collects at every `new`.
    JitTrace,
    JitAudit,
    InterpStress,
    JitAuditStress,
    /// Makes an executable that counts.
    Build,
}

/// What a run did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub status: Option<i32>,
    pub signal: Option<i32>,
    pub ledger: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// `check` refuses it; the problems.
    Rejected(String),
    Compiled,
    Begin(usize),
    Ran(usize, Ran),
    /// It could not be run, by no fault of the program.
    Failed(usize, String),
    Done,
}

/// What came of a job.
#[derive(Debug, Default)]
pub struct Done {
    pub rejected: Option<String>,
    /// The compiler died or went quiet: what it said last.
    pub crashed: Option<String>,
    /// By run.
    pub runs: Vec<Result<Ran, String>>,
    /// The run that was begun last.
    begun: Option<usize>,
}

impl Done {
    fn has_begun(&self, run: usize) -> bool {
        self.begun == Some(run)
    }
}

/// A `cowl batch` that works for us.
pub struct Worker {
    cowl: PathBuf,
    /// How long it may be silent.
    patience: Duration,
    child: Option<Living>,
    /// Jobs of this child.
    jobs: usize,
}

/// Machine code stays in a child's memory for as long as it lives: after so many jobs it has had its
/// time.
const MOST_JOBS: usize = 30;

struct Living {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    stderr: std::fs::File,
}

enum Heard {
    Reply(Reply),
    /// It is gone, or was silent for too long.
    Gone(String),
}

impl Worker {
    pub fn new(cowl: &Path, patience: Duration) -> Worker {
        Worker {
            cowl: cowl.to_path_buf(),
            patience,
            child: None,
            jobs: 0,
        }
    }

    /// Does a job to its end, with as many children as it takes.
    pub fn work(&mut self, job: &Job) -> std::io::Result<Done> {
        let mut done = Done::default();
        let mut rest = job.clone();
        loop {
            let before = done.runs.len();
            self.say(&rest)?;
            let Some(why) = self.listen(&mut done) else {
                return Ok(done);
            };
            self.end();
            if done.runs.len() == before && !done.has_begun(before) {
                done.crashed = Some(why);
                return Ok(done);
            }
            done.begun = None;
            done.runs.push(Err(why));
            if done.runs.len() >= job.runs.len() {
                return Ok(done);
            }
            rest.runs = job.runs[done.runs.len()..].to_vec();
        }
    }

    /// Listens until the job is done: `None`; or else why the child is no more.
    fn listen(&mut self, done: &mut Done) -> Option<String> {
        loop {
            match self.hear() {
                Heard::Reply(Reply::Rejected(text)) => done.rejected = Some(text),
                Heard::Reply(Reply::Compiled) => {}
                Heard::Reply(Reply::Begin(_)) => done.begun = Some(done.runs.len()),
                Heard::Reply(Reply::Ran(_, ran)) => done.runs.push(Ok(ran)),
                Heard::Reply(Reply::Failed(_, why)) => done.runs.push(Err(why)),
                Heard::Reply(Reply::Done) => return None,
                Heard::Gone(why) => return Some(why),
            }
        }
    }

    fn hear(&mut self) -> Heard {
        let Some(living) = &mut self.child else {
            return Heard::Gone("it was not started".to_string());
        };
        match living.lines.recv_timeout(self.patience) {
            Ok(line) => match serde_json::from_str(&line) {
                Ok(reply) => Heard::Reply(reply),
                Err(e) => Heard::Gone(format!("it said `{line}`: {e}")),
            },
            Err(RecvTimeoutError::Timeout) => Heard::Gone("timed out".to_string()),
            Err(RecvTimeoutError::Disconnected) => {
                let status = match living.child.wait() {
                    Ok(status) => status.to_string(),
                    Err(e) => e.to_string(),
                };
                let mut said = String::new();
                let _ = living.stderr.rewind();
                let _ = living.stderr.read_to_string(&mut said);
                Heard::Gone(format!("{status}\n{said}"))
            }
        }
    }

    fn say(&mut self, job: &Job) -> std::io::Result<()> {
        let text = serde_json::to_string(job)?;
        self.jobs += 1;
        if self.jobs > MOST_JOBS {
            self.end();
        }
        if self.child.is_none() {
            self.child = Some(start(&self.cowl)?);
            self.jobs = 1;
        }
        let Some(living) = &mut self.child else {
            return Ok(());
        };
        writeln!(living.stdin, "{text}")?;
        living.stdin.flush()
    }

    /// Ends the child and all that it started.
    fn end(&mut self) {
        if let Some(mut living) = self.child.take() {
            crate::process::kill_group(living.child.id());
            let _ = living.child.wait();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
    }
}

fn start(cowl: &Path) -> std::io::Result<Living> {
    use std::os::unix::process::CommandExt;
    let stderr = tempfile::tempfile()?;
    let mut child = Command::new(cowl)
        .arg("batch")
        .env("LC_ALL", "C")
        // A fork copies a large page as a whole where it writes a word.
        .env("MIMALLOC_ALLOW_THP", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr.try_clone()?)
        .process_group(0)
        .spawn()?;
    let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(std::io::Error::other("a child without pipes"));
    };
    let (send, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    Ok(Living {
        child,
        stdin,
        lines,
        stderr,
    })
}
