//! Executables of `cowl build` as the system's loader sees them.

use std::process::Command;

/// Numbers of the ELF format.
const DYN: u16 = 3;
const LOAD: u32 = 1;
const DYNAMIC: u32 = 2;
const GNU_STACK: u32 = 0x6474_e551;
const GNU_RELRO: u32 = 0x6474_e552;
const EXECUTE: u32 = 1;
const WRITE: u32 = 2;

fn number<const N: usize>(bytes: &[u8], at: usize) -> u64 {
    let part = &bytes[at..at + N];
    part.iter().rev().fold(0, |n, &b| n << 8 | u64::from(b))
}

/// Type and rights of each segment.
fn segments(elf: &[u8]) -> Vec<(u32, u32)> {
    let start = number::<8>(elf, 32) as usize;
    let (size, count) = (number::<2>(elf, 54) as usize, number::<2>(elf, 56) as usize);
    let at = (0..count).map(|i| start + i * size);
    at.map(|at| (number::<4>(elf, at) as u32, number::<4>(elf, at + 4) as u32))
        .collect()
}

/// Does the loader find every function of other libraries before the program starts?
fn binds_at_once(elf: &[u8]) -> bool {
    const FLAGS: u64 = 30;
    const FLAGS_1: u64 = 0x6fff_fffb;
    const BIND_NOW: u64 = 8;
    const NOW: u64 = 1;
    let start = number::<8>(elf, 32) as usize;
    let (size, count) = (number::<2>(elf, 54) as usize, number::<2>(elf, 56) as usize);
    let mut headers = (0..count).map(|i| start + i * size);
    let dynamic = headers.find(|&at| number::<4>(elf, at) as u32 == DYNAMIC);
    let at = dynamic.expect("a dynamic section");
    let (from, len) = (
        number::<8>(elf, at + 8) as usize,
        number::<8>(elf, at + 32) as usize,
    );
    let mut entries = elf[from..from + len].chunks_exact(16);
    entries.any(|entry| match number::<8>(entry, 0) {
        FLAGS => number::<8>(entry, 8) & BIND_NOW != 0,
        FLAGS_1 => number::<8>(entry, 8) & NOW != 0,
        _ => false,
    })
}

#[test]
fn executables_can_lie_anywhere_and_keep_data_from_being_code() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (source, exe) = (dir.path().join("p.cowl"), dir.path().join("p"));
    std::fs::write(&source, "fn main() { print(\"there\") }\n").expect("it is ours");
    for counting in [false, true] {
        let mut build = Command::new(env!("CARGO_BIN_EXE_cowl"));
        build.arg("build").args(counting.then_some("--ledger"));
        let built = build.arg("-o").arg(&exe).arg(&source).output();
        let built = built.expect("cowl runs");
        assert!(built.status.success(), "{built:?}");
        let elf = std::fs::read(&exe).expect("it was built");
        assert_eq!(&elf[..5], b"\x7fELF\x02");
        assert_eq!(number::<2>(&elf, 16) as u16, DYN, "position independent");
        let segments = segments(&elf);
        let of = |kind| segments.iter().filter(move |s| s.0 == kind);
        assert!(of(LOAD).count() >= 2, "{segments:x?}");
        assert!(
            of(LOAD).all(|s| s.1 & (EXECUTE | WRITE) != EXECUTE | WRITE),
            "{segments:x?}"
        );
        assert_eq!(of(GNU_STACK).count(), 1, "{segments:x?}");
        assert!(of(GNU_STACK).all(|s| s.1 & EXECUTE == 0), "{segments:x?}");
        assert_eq!(of(GNU_RELRO).count(), 1, "{segments:x?}");
        assert!(binds_at_once(&elf), "what it links is bound lazily");
    }
}
