//! Allocation that fails: the n-th one, for every n, in histories of each structure. The program
//! ends with the language's own error, after its pending output.
//!
//! The histories are other tests of this crate, run in processes of their own whose contexts allow
//! so many allocations (`ALLOWED`); a failing one ends the process.

use super::{ALLOWED, with_cx};
use crate::io;
use std::process::Command;

const HISTORIES: [&str; 8] = [
    "lists::a_history",
    "arrays::a_history",
    "maps::a_history",
    "strings::a_history",
    "values::printing",
    "values::unsharing_duplicates_what_has_other_holders",
    "objects::an_object_ends_before_its_fields_each_with_all_it_alone_holds",
    "failures::output_comes_first",
];

/// Far more than any history needs.
const MOST: u64 = 3000;

#[test]
fn every_allocation_may_fail() {
    let this = std::env::current_exe().expect("the tests are a file");
    for history in HISTORIES {
        let mut allowed = 0;
        loop {
            let mut command = Command::new(&this);
            command
                .args(["--exact", "--nocapture", "--test-threads=1"])
                .arg(format!("tests::{history}"))
                .env(ALLOWED, allowed.to_string())
                // What a panic leaves is no leak.
                .env("ASAN_OPTIONS", "detect_leaks=0");
            let output = command.output().expect("a process");
            let stderr = String::from_utf8_lossy(&output.stderr);
            let stdout = String::from_utf8_lossy(&output.stdout);
            if output.status.success() {
                assert!(allowed > 0, "{history} allocates nothing");
                assert!(stdout.contains("1 passed"), "{history}: {stdout}");
                break;
            }
            let said = format!("{history} with {allowed}: {:?}\n{stderr}", output.status);
            assert_eq!(output.status.code(), Some(101), "{said}");
            assert_eq!(stderr, "panic: out of memory\n", "{said}");
            if history.ends_with("output_comes_first") {
                assert!(stdout.contains("begun\n"), "{said}");
            }
            allowed += 1;
            assert!(allowed < MOST, "{history} does not end");
        }
    }
}

#[test]
fn output_comes_first() {
    with_cx(|cx| {
        // SAFETY: the context is alive; the block is freed with its size.
        unsafe {
            io::write(cx, b"begun\n");
            let block = crate::alloc::alloc(cx, 40);
            let block = crate::alloc::realloc(cx, block, 40, 4000);
            crate::alloc::free(cx, block, 4000);
            io::flush(cx);
        }
    });
}
