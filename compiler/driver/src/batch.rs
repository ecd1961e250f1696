//! `cowl batch`: runs many programs in one process, for `cowl fuzz`.
//!
//! Takes jobs as lines of JSON on stdin: files of one program that has many in it, and runs of it.
//! Gives lines of JSON on stdout: `begin` before each run, so that whoever started this process
//! knows what it died of, and what the run did. The program is compiled once for all its runs; the
//! interpreter runs here, compiled code in a fork, as it ends its process itself.

use crate::engines;
use cowl_frontend::compile::{Compiled, Goal, compile};
use cowl_frontend::loader::{LoadError, LoadedFile, Loader};
use cowl_frontend::source::SourceMap;
use dualexec::batch::{Job, Mode, Reply, Run};
use rustix::process::{Resource, Rlimit, WaitOptions, setrlimit, waitpid};
use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

/// Seconds of the processor that one run may take; a program ends itself by its steps long before.
const CPU_SECONDS: u64 = 10;

pub fn batch() -> i32 {
    let dir = match tempfile::tempdir() {
        Ok(dir) => dir,
        Err(e) => return crate::fault::error(format!("cannot make a temporary folder: {e}")),
    };
    for line in std::io::stdin().lock().lines() {
        let job = line
            .map_err(|e| e.to_string())
            .and_then(|l| serde_json::from_str::<Job>(&l).map_err(|e| e.to_string()));
        match job {
            Ok(job) => work(&job, dir.path()),
            Err(e) => return crate::fault::error(format!("no job: {e}")),
        }
    }
    0
}

fn reply(reply: &Reply) {
    // Without a reader there is no sense in going on.
    let Ok(text) = serde_json::to_string(reply) else {
        return;
    };
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
        std::process::exit(cowl_contract::outcome::status::FAILED);
    }
}

/// Files in memory.
struct InMemory<'a>(HashMap<&'a str, &'a str>);

impl Loader for InMemory<'_> {
    fn load(&mut self, path: &[&str]) -> Result<LoadedFile, LoadError> {
        let name = format!("{}.cowl", path.join("/"));
        match self.0.get(&*name) {
            Some(text) => Ok(LoadedFile {
                name,
                text: Arc::from(*text),
            }),
            None => Err(LoadError::Missing { tried: name }),
        }
    }
}

fn work(job: &Job, dir: &Path) {
    let files = job.files.iter().map(|(n, t)| (&**n, &**t)).collect();
    let Some((name, text)) = job.files.first() else {
        return reply(&Reply::Done);
    };
    let root = LoadedFile {
        name: name.clone(),
        text: Arc::from(&**text),
    };
    let mut sources = SourceMap::default();
    let compiled = compile(&mut sources, &mut InMemory(files), root, Goal::Run);
    let Compiled {
        program, problems, ..
    } = compiled;
    let Some(program) = program.filter(|p| p.entry.is_some()) else {
        let text = crate::diagnostics::as_text(&sources, &problems);
        reply(&Reply::Rejected(text));
        return reply(&Reply::Done);
    };
    reply(&Reply::Compiled);
    let mut ready = engines::Ready::new(&program, &sources, job.max_steps);
    for (i, run) in job.runs.iter().enumerate() {
        reply(&Reply::Begin(i));
        let done = match run.mode {
            Mode::Interp => ready.interpret(false, false, &run.args),
            Mode::InterpStress => ready.interpret(false, true, &run.args),
            Mode::Eager => ready.interpret(true, false, &run.args),
            Mode::Jit
            | Mode::JitCounting
            | Mode::JitTrace
            | Mode::JitAudit
            | Mode::JitAuditStress => apart(&mut ready, run, dir),
            Mode::Build => ready.build(Path::new(run.args.first().map_or("", |a| a))),
        };
        match done {
            Ok(done) => reply(&Reply::Ran(i, done)),
            Err(why) => reply(&Reply::Failed(i, why)),
        }
    }
    reply(&Reply::Done);
}

/// Runs compiled code in a fork of this process.
fn apart(
    ready: &mut engines::Ready,
    run: &Run,
    dir: &Path,
) -> Result<dualexec::batch::Ran, String> {
    let counting = run.mode != Mode::Jit;
    ready.compile(run.mode);
    let path = |name: &str| dir.join(name);
    let create = |name: &str| std::fs::File::create(path(name)).map_err(|e| e.to_string());
    let (out, err) = (create("stdout")?, create("stderr")?);
    let ledger = path("ledger");
    let _ = std::fs::remove_file(&ledger);
    match fork::fork().map_err(|e| format!("cannot fork: {e}"))? {
        fork::Fork::Child => {
            let limit = |n| Rlimit {
                current: Some(n),
                maximum: Some(n),
            };
            let _ = setrlimit(Resource::Cpu, limit(CPU_SECONDS));
            let _ = setrlimit(Resource::Core, limit(0));
            let redirected =
                rustix::stdio::dup2_stdout(&out).and_then(|()| rustix::stdio::dup2_stderr(&err));
            if redirected.is_err() {
                std::process::exit(cowl_contract::outcome::status::INTERNAL);
            }
            let status = ready.run_compiled(run.mode, &run.args, counting.then_some(&*ledger));
            std::process::exit(status)
        }
        fork::Fork::Parent(pid) => {
            let pid = rustix::process::Pid::from_raw(pid);
            let ended = match waitpid(pid, WaitOptions::empty()) {
                Ok(Some((_, status))) => status,
                Ok(None) => return Err("the child did not end".to_string()),
                Err(e) => return Err(format!("cannot wait for the child: {e}")),
            };
            let read = |name: &str| std::fs::read(path(name)).unwrap_or_default();
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
            Ok(dualexec::batch::Ran {
                stdout: text(read("stdout")),
                stderr: text(read("stderr")),
                status: ended.exit_status(),
                signal: ended.terminating_signal(),
                ledger: counting
                    .then(|| std::fs::read_to_string(&ledger).ok())
                    .flatten(),
            })
        }
    }
}
