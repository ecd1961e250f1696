//! Standard input and output of a running program.
//!
//! Stdout is buffered; it is flushed before anything goes to stderr, before stdin is read, and at
//! the end. A stdout that its reader closed ends the program quietly with status 141, what a shell
//! shows of SIGPIPE; any other failure to write is told on stderr and ends it with status 1.

use crate::machine::{Machine, Stop};
use cowl_contract::outcome::{End, status};
use cowl_contract::system;
use std::io::{BufRead, ErrorKind, Write};

pub struct Io {
    pub stdin: Box<dyn BufRead + Send>,
    pub stdout: Box<dyn Write + Send>,
    pub stderr: Box<dyn Write + Send>,
    pending: Vec<u8>,
}

const BUFFER: usize = 1 << 16;

impl Io {
    /// `stdout` and `stderr` need no buffers of their own.
    pub fn new(
        stdin: Box<dyn BufRead + Send>,
        stdout: Box<dyn Write + Send>,
        stderr: Box<dyn Write + Send>,
    ) -> Io {
        Io {
            stdin,
            stdout,
            stderr,
            pending: Vec::with_capacity(BUFFER),
        }
    }

    /// The process's own.
    pub fn standard() -> Io {
        Io::new(
            Box::new(std::io::BufReader::new(std::io::stdin())),
            Box::new(std::io::stdout()),
            Box::new(std::io::stderr()),
        )
    }
}

impl Machine<'_> {
    pub fn write_out(&mut self, text: &str) -> Result<(), Stop> {
        self.io.pending.extend_from_slice(text.as_bytes());
        // A watch may end the process from outside: nothing waits then.
        if self.io.pending.len() >= BUFFER || self.watch.is_some() {
            return self.flush();
        }
        Ok(())
    }

    pub fn flush(&mut self) -> Result<(), Stop> {
        let result = self.io.stdout.write_all(&self.io.pending);
        self.io.pending.clear();
        match result.and_then(|()| self.io.stdout.flush()) {
            Ok(()) => Ok(()),
            Err(error) => {
                let end = if error.kind() == ErrorKind::BrokenPipe {
                    system::CLOSED_PIPE
                } else {
                    let text = system::cannot_write(&error);
                    let _ = self.io.stderr.write_all(text.as_bytes());
                    status::FAILED
                };
                self.end = Some(End::Exit(i64::from(end)));
                Err(Stop::End)
            }
        }
    }

    /// Writes to stderr, after all pending output. Nobody is left to tell if that fails.
    pub fn say(&mut self, text: &str) {
        let _ = self.flush();
        let _ = self.io.stderr.write_all(text.as_bytes());
        let _ = self.io.stderr.flush();
    }
}
