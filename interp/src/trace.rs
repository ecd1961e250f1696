//! Panics and other notes on stderr: gathers the Cowl frames and source lines; the layout is the
//! contract's.

use crate::machine::{Machine, Stop};
use cowl_contract::outcome::End;
use cowl_contract::panic::Panic;
use cowl_contract::trace::{Frame, render, shared_note};
use cowl_frontend::hir::SiteId;

impl Machine<'_> {
    /// Ends the program with a panic that happened at `site` in the running function.
    #[cold]
    pub fn panic(&mut self, panic: Panic, site: SiteId) -> Stop {
        let callers = self.callers.iter().rev().map(|c| (c.func, c.site));
        let frames: Vec<(&str, SiteId)> = std::iter::once((self.func, site))
            .chain(callers)
            .filter_map(|(func, site)| func.map(|f| (f, site)))
            .filter(|(func, site)| {
                let file = self.program.sites.span(*site).file;
                !func.is_std && !self.sources.file(file).is_std
            })
            .map(|(func, site)| (&*func.name, site))
            .collect();
        let text = render(&panic.to_string(), frames.len(), |i| {
            let (function, site) = frames[i];
            self.frame(function, site)
        });
        self.say(&text);
        self.end = Some(End::Panic);
        Stop::End
    }

    fn frame<'a>(&'a self, function: &'a str, site: SiteId) -> Frame<'a> {
        let span = self.program.sites.span(site);
        let at = self.sources.line_col(span);
        Frame {
            function,
            file: &self.sources.file(span.file).name,
            line: at.line,
            col: at.col,
            source: self.sources.line_text(span.file, at.line),
        }
    }

    /// What `dbg(x)` says.
    pub fn say_value(&mut self, value: &str, site: SiteId) {
        let frame = self.frame("", site);
        let text = format!("{}:{}:{}: {value}\n", frame.file, frame.line, frame.col);
        self.say(&text);
    }

    /// What `dbg_if_shared` says.
    pub fn say_shared(&mut self, site: SiteId) {
        let frame = self.frame("", site);
        let text = shared_note(frame.file, frame.line, frame.col, frame.source);
        self.say(&text);
    }
}
