//! Runs one process to its end: input, both outputs, a time limit.
//!
//! Takes a `Command`; gives what it wrote and how it ended. When the time is up, the process and
//! all that it started are killed, so that no pipe stays open.

use cowl_contract::outcome::Ended;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// More output than this is cut: two engines that both print without end still end.
const MAX_OUTPUT: u64 = 64 << 20;

/// How long an executable may be busy before it is an error.
const BUSY: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Finished {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub ended: Ended,
    pub millis: u64,
}

pub fn run(command: &mut Command, stdin: &[u8], timeout: Duration) -> std::io::Result<Finished> {
    let start = Instant::now();
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = spawn(command, start)?;
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (stdout, stderr, ended) = std::thread::scope(|scope| {
        let (input, out, err) = pipes;
        // A program need not read its input: a broken pipe is no fault.
        scope.spawn(move || input.map(|mut pipe| pipe.write_all(stdin)));
        let out = scope.spawn(move || drain(out));
        let err = scope.spawn(move || drain(err));
        let ended = wait(&mut child, start, timeout, || {
            out.is_finished() && err.is_finished()
        });
        (out.join(), err.join(), ended)
    });
    Ok(Finished {
        stdout: stdout.unwrap_or_default(),
        stderr: stderr.unwrap_or_default(),
        ended: ended?,
        millis: start.elapsed().as_millis() as u64,
    })
}

/// A file that another thread of ours has just written cannot be run while a process that was
/// forked meanwhile still holds it open: a matter of milliseconds.
fn spawn(command: &mut Command, start: Instant) -> std::io::Result<Child> {
    loop {
        match command.spawn() {
            Err(e) if e.kind() == ErrorKind::ExecutableFileBusy && start.elapsed() < BUSY => {
                std::thread::sleep(Duration::from_millis(1));
            }
            result => return result,
        }
    }
}

fn drain(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        // What was read before an error is kept.
        let _ = pipe.by_ref().take(MAX_OUTPUT).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    }
    bytes
}

/// Waits for the process and the end of its outputs (something that it started may hold them).
fn wait(
    child: &mut Child,
    start: Instant,
    timeout: Duration,
    drained: impl Fn() -> bool,
) -> std::io::Result<Ended> {
    let mut pause = Duration::from_micros(200);
    let mut status = None;
    loop {
        if status.is_none() {
            status = child.try_wait()?;
        }
        if let Some(status) = status.filter(|_| drained()) {
            return Ok(match (status.code(), status.signal()) {
                (Some(code), _) => Ended::Status(code),
                (None, signal) => Ended::Signal(signal.unwrap_or(0)),
            });
        }
        if start.elapsed() >= timeout {
            kill_group(child.id());
            child.wait()?;
            return Ok(Ended::TimedOut);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}

/// The standard library can only kill the process itself.
pub fn kill_group(id: u32) {
    let killed = Command::new("kill")
        .args(["-KILL", "--", &format!("-{id}")])
        .stderr(Stdio::null())
        .status();
    if let Err(e) = killed {
        eprintln!("cannot kill process group {id}: {e}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, stdin: &[u8], millis: u64) -> Finished {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(&mut command, stdin, Duration::from_millis(millis)).expect("sh runs")
    }

    #[test]
    fn collects_everything() {
        let done = sh("cat; echo e >&2; exit 3", b"in", 10_000);
        assert_eq!(done.stdout, b"in");
        assert_eq!(done.stderr, b"e\n");
        assert_eq!(done.ended, Ended::Status(3));
    }

    #[test]
    fn unread_input_is_no_fault() {
        let big = vec![b'x'; 1 << 20];
        assert_eq!(sh("exit 0", &big, 10_000).ended, Ended::Status(0));
    }

    #[test]
    fn signals_are_seen() {
        assert_eq!(sh("kill -SEGV $$", b"", 10_000).ended, Ended::Signal(11));
    }

    #[test]
    fn time_ends_children_too() {
        let start = Instant::now();
        let done = sh("echo 1; sleep 100 & sleep 100", b"", 200);
        assert_eq!(done.ended, Ended::TimedOut);
        assert_eq!(done.stdout, b"1\n");
        assert!(start.elapsed() < Duration::from_secs(20));
    }
}
