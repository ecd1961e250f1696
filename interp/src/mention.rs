//! Where a variable is named next after a place of its function: the reason why it still holds.

use cowl_frontend::hir::{Change, Expr, ExprKind, Func, LocalId, Place, Root, SiteId};
use cowl_frontend::walk::read::{Visit, walk_expr, walk_place};

/// What matters, in the order in which it stands.
#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Mention(SiteId),
    /// The place in question; the operands of the operation there stand before it.
    Here,
    LoopBegins,
    LoopEnds,
}

struct Marks {
    local: LocalId,
    site: SiteId,
    list: Vec<Mark>,
}

/// The next place that names `local` after the operation at `site`: below it, or else, where a loop
/// goes round, above it.
pub fn next_mention(func: &Func, local: LocalId, site: SiteId) -> Option<SiteId> {
    let mut marks = Marks {
        local,
        site,
        list: Vec::new(),
    };
    marks.expr(&func.body);
    let list = marks.list;
    let here = list.iter().rposition(|m| *m == Mark::Here)?;
    let mention = |m: &Mark| match m {
        Mark::Mention(site) => Some(*site),
        _ => None,
    };
    if let Some(site) = list[here..].iter().find_map(mention) {
        return Some(site);
    }
    let mut closed = 0;
    for at in (0..here).rev() {
        match list[at] {
            Mark::LoopEnds => closed += 1,
            Mark::LoopBegins if closed > 0 => closed -= 1,
            Mark::LoopBegins => {
                if let Some(site) = list[at..here].iter().find_map(mention) {
                    return Some(site);
                }
            }
            _ => {}
        }
    }
    None
}

impl Visit for Marks {
    fn place(&mut self, place: &Place) {
        if matches!(place.root, Root::Local(l) if l == self.local) {
            self.list.push(Mark::Mention(place.site));
        }
        walk_place(self, place);
    }

    fn expr(&mut self, expr: &Expr) {
        let is_loop = matches!(
            expr.kind,
            ExprKind::Loop { .. } | ExprKind::ForRange(_) | ExprKind::ForEach { .. }
        );
        let event = match &expr.kind {
            ExprKind::Update(update) => update.event,
            _ => None,
        };
        if is_loop {
            self.list.push(Mark::LoopBegins);
        }
        match &expr.kind {
            // To assign a variable whole is no use of what it held.
            ExprKind::Update(update) if update.place.projs.is_empty() => match &update.change {
                Change::Set { value, .. } => self.expr(value),
                _ => walk_expr(self, expr),
            },
            _ => walk_expr(self, expr),
        }
        if is_loop {
            self.list.push(Mark::LoopEnds);
        }
        if event == Some(self.site) || (event.is_none() && expr.site == self.site) {
            self.list.push(Mark::Here);
        }
    }
}
