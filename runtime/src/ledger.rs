//! The counters of a counting build, as the file that `--ledger` asks for.

use crate::ctx::Cx;
use crate::statics::Get;
use cowl_contract::copies::{Copies, beside_path};
use cowl_contract::layout::{COPIES_TOO, EventKind, Site};
use cowl_contract::ledger::{Event, Ledger, Objects, Place};

unsafe fn place(site: &Site) -> Place {
    Place {
        file: site.file.get().to_string(),
        line: site.line,
        col: site.col,
    }
}

/// The counts so far.
pub unsafe fn read(cx: Cx) -> Ledger {
    let mut ledger = Ledger::default();
    if let Some(program) = (*cx).program.as_ref() {
        let sites = program.sites.get();
        for (event, &n) in program.events.get().iter().zip(&(*cx).counters) {
            let what = match event.kind {
                EventKind::InPlace => Event::InPlace,
                EventKind::Moved => Event::Moved,
                EventKind::Nothing | EventKind::Bytes => continue,
                EventKind::Copied => {
                    let segment = &sites[event.segment as usize];
                    Event::Copied {
                        line: segment.line,
                        col: segment.col,
                    }
                }
            };
            ledger.count(place(&sites[event.site as usize]), what, n);
        }
    }
    let objects = &(*cx).objects;
    ledger.objects = Objects {
        allocated: objects.allocated,
        freed: objects.freed,
        collected: objects.collected,
        live: objects.live(),
    };
    ledger
}

/// Writes the files and gives the report that are asked for. A failure is told, and is no reason to
/// end differently.
pub unsafe fn write(cx: Cx) {
    if let Some(report) = (*cx).report.take() {
        let mut copies = read_copies(cx);
        copies.add_ledger(&read(cx));
        report(copies);
    }
    let Some(path) = (*cx).ledger_path.take() else {
        return;
    };
    let mut saved = read(cx).save(&path);
    if (*cx).options.ledger == COPIES_TOO {
        let beside = beside_path(&path);
        saved = saved.and_then(|()| std::fs::write(beside, read_copies(cx).beside_text()));
    }
    if let Err(error) = saved {
        eprintln!("error: cannot write {}: {error}", path.display());
    }
}

/// What is counted beside the ledger.
unsafe fn read_copies(cx: Cx) -> Copies {
    let mut copies = Copies::default();
    if let Some(program) = (*cx).program.as_ref() {
        let sites = program.sites.get();
        for (event, &n) in program.events.get().iter().zip(&(*cx).counters) {
            if n == 0 {
                continue;
            }
            let updates = copies.at(place(&sites[event.site as usize]));
            match event.kind {
                EventKind::Nothing => updates.nothing += n,
                EventKind::Bytes => {
                    let Place { line, col, .. } = place(&sites[event.segment as usize]);
                    updates.copied.entry((line, col)).or_default().bytes += n;
                }
                EventKind::InPlace | EventKind::Copied | EventKind::Moved => {}
            }
        }
    }
    copies
}
