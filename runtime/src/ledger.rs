//! The counters of a counting build, as the file that `--ledger` asks for.

use crate::ctx::Cx;
use crate::statics::Get;
use cowl_contract::layout::{EventKind, Site};
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

/// Writes the file, if one is asked for. A failure is told, and is no reason to end differently.
pub unsafe fn write(cx: Cx) {
    let Some(path) = (*cx).ledger_path.take() else {
        return;
    };
    if let Err(error) = read(cx).save(&path) {
        eprintln!("error: cannot write {}: {error}", path.display());
    }
}
