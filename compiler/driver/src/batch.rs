//! `cowl batch`: runs many programs in one process, for `cowl fuzz`.
//!
//! Takes jobs as lines of JSON on stdin: files of one program that has many in it, and runs of it.
//! Gives lines of JSON on stdout: `begin` before each run, so that whoever started this process
//! knows what it died of, and what the run did. The program is compiled once for all its runs; the
//! interpreter runs here, compiled code in a fork, as it ends its process itself.

use crate::engines;
use cowl_frontend::compile::{Compiled, Goal, compile};
use cowl_frontend::entry::start_with_test;
use cowl_frontend::loader::InMemory;
use cowl_frontend::source::SourceMap;
use dualexec::batch::{Job, Mode, Reply, Run};
use rustix::process::{Resource, Rlimit, WaitOptions, setrlimit, waitpid};
use std::io::{BufRead, Write};
use std::ops::Range;
use std::path::Path;

/// Seconds of the processor that a fork's runs may take; a program ends itself by its steps long before.
const CPU_SECONDS: u64 = 10;

const INPUT_FILE: &str = "input";

pub fn batch() -> i32 {
    let dir = match scratch() {
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

/// Each run leaves three small files for a moment: where memory can be had as a folder, they go there.
fn scratch() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
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

fn work(job: &Job, dir: &Path) {
    let mut files = InMemory(&job.files);
    let Some(root) = files.root() else {
        return reply(&Reply::Done);
    };
    let mut sources = SourceMap::default();
    let goal = match job.test {
        Some(_) => Goal::Tests,
        None => Goal::Run,
    };
    let compiled = compile(&mut sources, &mut files, root, goal);
    let Compiled {
        program, problems, ..
    } = compiled;
    let mut program = program;
    if let (Some(program), Some(test)) = (&mut program, job.test)
        && test < program.tests.len()
    {
        start_with_test(program, test);
    }
    let Some(program) = program.filter(|p| p.entry.is_some()) else {
        let text = crate::diagnostics::as_text(&sources, &problems);
        reply(&Reply::Rejected(text));
        return reply(&Reply::Done);
    };
    if let Err(e) = std::fs::write(dir.join(INPUT_FILE), &job.input) {
        crate::fault::error(format!("cannot write the program's input: {e}"));
    }
    reply(&Reply::Compiled);
    let mut ready = engines::Ready::new(&program, &sources, job);
    let mut next = 0;
    while let Some(run) = job.runs.get(next) {
        let done = match run.mode {
            Mode::Jit
            | Mode::JitCounting
            | Mode::JitQuick
            | Mode::JitTrace
            | Mode::JitAudit
            | Mode::JitAuditStress => {
                let alike = job.runs[next..].iter().take_while(|r| r.mode == run.mode);
                let alike = next..next + alike.count();
                next = match apart(&mut ready, &job.runs, alike, dir) {
                    Ok(next) => next,
                    Err(why) => {
                        reply(&Reply::Failed(next, why));
                        next + 1
                    }
                };
                continue;
            }
            Mode::Interp | Mode::InterpStress | Mode::Eager => {
                reply(&Reply::Begin(next));
                let (eager, stress) = (run.mode == Mode::Eager, run.mode == Mode::InterpStress);
                ready.interpret(eager, stress, &run.args)
            }
            Mode::Build => {
                reply(&Reply::Begin(next));
                ready.build(Path::new(run.args.first().map_or("", |a| a)))
            }
        };
        match done {
            Ok(done) => reply(&Reply::Ran(next, done)),
            Err(why) => reply(&Reply::Failed(next, why)),
        }
        next += 1;
    }
    reply(&Reply::Done);
}

/// Runs compiled code in a fork of this process: the runs of one mode one after the other, up to one
/// that ends its process. Replies for each; gives the number of the next run.
fn apart(
    ready: &mut engines::Ready,
    runs: &[Run],
    alike: Range<usize>,
    dir: &Path,
) -> Result<usize, String> {
    let first = alike.start;
    reply(&Reply::Begin(first));
    let mode = runs[first].mode;
    ready.compile(mode);
    let path = |i: usize, name: &str| dir.join(format!("{i}.{name}"));
    let (ends, mut tell) = std::io::pipe().map_err(|e| format!("no pipe: {e}"))?;
    let pid = match fork::fork().map_err(|e| format!("cannot fork: {e}"))? {
        fork::Fork::Child => {
            let limit = |n| Rlimit {
                current: Some(n),
                maximum: Some(n),
            };
            let _ = setrlimit(Resource::Cpu, limit(CPU_SECONDS));
            let _ = setrlimit(Resource::Core, limit(0));
            for i in alike {
                let create = |name: &str| std::fs::File::create(path(i, name));
                let redirected = std::fs::File::open(dir.join(INPUT_FILE))
                    .and_then(|input| Ok(rustix::stdio::dup2_stdin(input)?))
                    .and_then(|()| create("stdout"))
                    .and_then(|out| Ok(rustix::stdio::dup2_stdout(out)?))
                    .and_then(|()| create("stderr"))
                    .and_then(|err| Ok(rustix::stdio::dup2_stderr(err)?));
                if redirected.is_err() {
                    std::process::exit(cowl_contract::outcome::status::INTERNAL);
                }
                let ledger = path(i, "ledger");
                let counting = mode != Mode::Jit;
                let status = ready.run_compiled(mode, &runs[i].args, counting.then_some(&*ledger));
                let _ = writeln!(tell, "{status}");
            }
            std::process::exit(0)
        }
        fork::Fork::Parent(pid) => pid,
    };
    drop(tell);
    let mut next = first;
    for line in std::io::BufReader::new(ends).lines().map_while(Result::ok) {
        let mut ran = left_behind(dir, next);
        ran.status = line.parse().ok();
        reply(&Reply::Ran(next, ran));
        next += 1;
        if next < alike.end {
            reply(&Reply::Begin(next));
        }
    }
    let pid = rustix::process::Pid::from_raw(pid);
    let ended = match waitpid(pid, WaitOptions::empty()) {
        Ok(Some((_, status))) => status,
        Ok(None) => return Err("the child did not end".to_string()),
        Err(e) => return Err(format!("cannot wait for the child: {e}")),
    };
    if next < alike.end {
        let mut ran = left_behind(dir, next);
        ran.status = ended.exit_status();
        ran.signal = ended.terminating_signal();
        reply(&Reply::Ran(next, ran));
        next += 1;
    }
    Ok(next)
}

/// What a run in a fork has written, which goes.
fn left_behind(dir: &Path, run: usize) -> dualexec::batch::Ran {
    let take = |name: &str| {
        let path = dir.join(format!("{run}.{name}"));
        let bytes = std::fs::read(&path).ok();
        let _ = std::fs::remove_file(&path);
        bytes.map(|b| String::from_utf8_lossy(&b).into_owned())
    };
    dualexec::batch::Ran {
        stdout: take("stdout").unwrap_or_default(),
        stderr: take("stderr").unwrap_or_default(),
        status: None,
        signal: None,
        ledger: take("ledger"),
    }
}
