//! What the targets share: texts out of bytes, a thread with the stack that the compiler wants, and
//! programs whose files lie in memory.

use cowl_frontend::compile::{Compiled, Goal, compile};
use cowl_frontend::loader::InMemory;
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

/// A program of one file.
pub fn compiled(text: &str, goal: Goal) -> (Compiled, SourceMap) {
    compiled_files(&[("main.cowl".to_string(), text.to_string())], goal)
}

pub fn compiled_files(files: &[(String, String)], goal: Goal) -> (Compiled, SourceMap) {
    let mut sources = SourceMap::default();
    let mut files = InMemory(files);
    let root = files.root().expect("a program has a file");
    let compiled = compile(&mut sources, &mut files, root, goal);
    (compiled, sources)
}
