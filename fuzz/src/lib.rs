//! What the targets share: texts out of bytes, a thread with the stack that the compiler wants, and
//! programs whose files lie in memory.

use cowl_frontend::compile::{Compiled, Goal, compile};
use cowl_frontend::loader::{LoadError, LoadedFile, Loader};
use cowl_frontend::source::SourceMap;

/// The text of an input; other bytes are none of the compiler's business, the driver refuses them.
pub fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// As the driver runs the compiler. A panic there is a finding.
pub fn on_big_stack(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(1 << 30);
        let thread = builder.spawn_scoped(scope, work).expect("a thread");
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Files by name; the first one is the root.
struct InMemory<'a>(&'a [(String, String)]);

impl Loader for InMemory<'_> {
    fn load(&mut self, path: &[&str]) -> Result<LoadedFile, LoadError> {
        let name = format!("{}.cowl", path.join("/"));
        match self.0.iter().find(|(n, _)| *n == name) {
            Some((_, text)) => Ok(LoadedFile {
                name,
                text: text.as_str().into(),
            }),
            None => Err(LoadError::Missing { tried: name }),
        }
    }
}

/// A program of one file.
pub fn compiled(text: &str, goal: Goal) -> (Compiled, SourceMap) {
    compiled_files(&[("main.cowl".to_string(), text.to_string())], goal)
}

pub fn compiled_files(files: &[(String, String)], goal: Goal) -> (Compiled, SourceMap) {
    let mut sources = SourceMap::default();
    let (name, text) = files.first().expect("a program has a file");
    let root = LoadedFile {
        name: name.clone(),
        text: text.as_str().into(),
    };
    let compiled = compile(&mut sources, &mut InMemory(files), root, goal);
    (compiled, sources)
}
