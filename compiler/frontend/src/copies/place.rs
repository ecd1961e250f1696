//! Places in the abstract run: reading them, taking them apart, and the updates that are judged.

use super::facts::{Facts, Outside};
use super::flow::{Flow, is_updater, keeps_elements, leaves_some};
use super::{Verdict, Why, WhyKind};
use crate::hir::*;
use crate::types::{Ty, TyData};

impl<'p> Flow<'_, 'p> {
    /// Runs what a place needs; what its indices and defaults are that move in.
    pub(super) fn indices(&mut self, place: &'p Place) -> Facts {
        let mut moved = Facts::FRESH;
        if let Root::Temp(e) = &place.root {
            self.own(e);
        }
        for proj in &place.projs {
            if let ProjKind::Index { index, default } = &proj.kind {
                let index = self.own(index);
                moved = moved.and(&index);
                if let Some(default) = default {
                    let default = self.own(default);
                    moved = moved.and(&default);
                }
            }
        }
        moved
    }

    pub(super) fn read(&mut self, place: &'p Place, mode: Mode, ty: Ty) -> Facts {
        let temp = match &place.root {
            Root::Temp(e) => Some(self.own(e)),
            _ => None,
        };
        for proj in &place.projs {
            if let ProjKind::Index { index, default } = &proj.kind {
                self.own(index);
                if let Some(default) = default {
                    self.own(default);
                }
            }
        }
        if !self.kinds().holds(ty) {
            return Facts::FRESH;
        }
        let site = place.site;
        if has(place, |p| matches!(p, ProjKind::Deref)) {
            return Facts::maybe(WhyKind::Object, site);
        }
        let element = has(place, |p| matches!(p, ProjKind::Index { .. }));
        let whole = place.projs.is_empty();
        let init = match place.root {
            Root::Global(g) => Some(self.all.program.globals[g.index()].init),
            _ => None,
        };
        if let Some(init) = init {
            let facts = self.all.global(self.id, init, site);
            return Facts {
                some: facts.some && whole,
                ..facts
            };
        }
        let local = match place.root {
            Root::Capture(_) => return Facts::maybe(WhyKind::Capture, site),
            Root::Temp(_) => {
                let facts = temp.unwrap_or(Facts::FRESH);
                return match element {
                    true => Facts::maybe(WhyKind::Element, site),
                    false => Facts {
                        some: facts.some && whole,
                        ..facts.shared(WhyKind::Shared, site)
                    },
                };
            }
            Root::Local(local) => local.index(),
            Root::Global(_) => return Facts::maybe(WhyKind::Constant, site),
        };
        let Some(state) = &mut self.state else {
            return Facts::FRESH;
        };
        let (Some(class), Some(value)) = (state.class(local), state.value(local, site)) else {
            return Facts::FRESH;
        };
        match mode {
            Mode::Look => Facts {
                some: value.some && whole,
                ..value
            },
            Mode::Move | Mode::MustMove => {
                if whole {
                    // Others that held it go on sharing it with whoever gets it.
                    if state.other_member(class, local).is_some() {
                        state.escape(class, WhyKind::Shared, site);
                    }
                    state.clear(local);
                } else if state.other_member(class, local).is_some() {
                    state.escape(class, WhyKind::Shared, site);
                }
                Facts {
                    some: value.some && whole,
                    ..value
                }
            }
            Mode::Share | Mode::Undecided if element => {
                let kind = WhyKind::Element;
                state.not_deep(class, Why { kind, site });
                Facts {
                    deep: value.deep,
                    ..Facts::maybe(kind, site)
                }
            }
            Mode::Share | Mode::Undecided => {
                state.escape(class, WhyKind::Shared, site);
                Facts {
                    some: value.some && whole,
                    ..value.shared(WhyKind::Shared, site)
                }
            }
        }
    }

    /// What the bindings of a pattern are that takes this scrutinee apart.
    pub(super) fn scrutinee(&mut self, place: &'p Place, mode: MatchMode, pat: &'p Pat) -> Facts {
        if !self.binds(pat) {
            // Moved or not, it is only looked at; a moved one ends here.
            if let (MatchMode::Move, [], Root::Local(local)) = (mode, &*place.projs, &place.root)
                && let Some(state) = &mut self.state
            {
                state.clear(local.index());
            }
            return Facts::FRESH;
        }
        let elements = through_elements(pat);
        let site = place.site;
        let outside = has(place, |p| {
            matches!(p, ProjKind::Deref | ProjKind::Index { .. })
        });
        let Root::Local(local) = place.root else {
            return Facts::maybe(WhyKind::Element, site);
        };
        let local = local.index();
        let Some(state) = &mut self.state else {
            return Facts::FRESH;
        };
        let (Some(class), Some(value)) = (state.class(local), state.value(local, site)) else {
            return match outside {
                true => Facts::maybe(WhyKind::Object, site),
                false => Facts::FRESH,
            };
        };
        let value = Facts {
            some: false,
            ..value
        };
        if outside {
            let kind = WhyKind::Element;
            state.not_deep(class, Why { kind, site });
            return Facts::maybe(kind, site);
        }
        if mode == MatchMode::Move {
            if state.other_member(class, local).is_some() {
                state.escape(class, WhyKind::Shared, site);
            }
            if place.projs.is_empty() {
                state.clear(local);
            }
            return match elements && !value.is_own() {
                true => Facts::maybe(WhyKind::Element, site),
                false => value,
            };
        }
        if elements {
            let kind = WhyKind::Element;
            state.not_deep(class, Why { kind, site });
        }
        state.escape(class, WhyKind::Shared, site);
        Facts {
            deep: value.deep && !elements,
            ..Facts::maybe(WhyKind::Shared, site)
        }
    }

    /// Does a pattern bind what can hold a storage?
    fn binds(&self, pat: &Pat) -> bool {
        let holds = |l: &LocalId| self.kinds().holds(self.func.locals[l.index()].ty);
        match pat {
            Pat::Bind { local, sub } => holds(local) || sub.as_ref().is_some_and(|s| self.binds(s)),
            Pat::Fields(pats) | Pat::Or(pats) | Pat::Variant { fields: pats, .. } => {
                pats.iter().any(|p| self.binds(p))
            }
            Pat::List { front, rest, back } => {
                front.iter().chain(back).any(|p| self.binds(p))
                    || matches!(rest, Some(Some(local)) if holds(local))
            }
            Pat::Type { local, .. } => local.as_ref().is_some_and(holds),
            _ => false,
        }
    }

    pub(super) fn bindings(&mut self, pat: &'p Pat, facts: Facts) {
        match pat {
            Pat::Bind { local, sub } => {
                let ty = self.func.locals[local.index()].ty;
                // What a sub-pattern binds is shared out of the whole.
                let shared = match sub {
                    Some(_) => Facts {
                        deep: false,
                        ..facts.shared(WhyKind::Shared, self.func.locals[local.index()].site)
                    },
                    None => facts,
                };
                let whole = self.normal(ty, shared);
                self.set(local.index(), ty, whole);
                if let Some(sub) = sub {
                    self.bindings(sub, shared);
                }
            }
            Pat::Fields(pats) | Pat::Variant { fields: pats, .. } => {
                pats.iter().for_each(|p| self.bindings(p, facts));
            }
            Pat::List { front, rest, back } => {
                for p in front.iter().chain(back) {
                    self.bindings(p, facts);
                }
                if let Some(Some(local)) = rest {
                    let ty = self.func.locals[local.index()].ty;
                    let facts = self.normal(ty, facts);
                    self.set(local.index(), ty, facts);
                }
            }
            Pat::Or(pats) => {
                for p in pats {
                    self.bindings(p, facts);
                }
            }
            Pat::Type {
                local: Some(local), ..
            } => {
                let ty = self.func.locals[local.index()].ty;
                let facts = self.normal(ty, facts);
                self.set(local.index(), ty, facts);
            }
            Pat::Type { local: None, .. }
            | Pat::Wild
            | Pat::Bool(_)
            | Pat::Int(_)
            | Pat::Float(_)
            | Pat::Char(_)
            | Pat::Str(_)
            | Pat::Const(_)
            | Pat::Range { .. } => {}
        }
    }

    // ---- updates

    pub(super) fn update(&mut self, u: &'p Update, e: &'p Expr) -> Facts {
        let place = &u.place;
        if let (Root::Local(local), [], Change::Set { value, .. }) =
            (&place.root, &*place.projs, &u.change)
        {
            self.bind(local.index(), value);
            return Facts::FRESH;
        }
        let mut moved = self.indices(place);
        let own_container = match &u.change {
            Change::Set { value, .. } | Change::Arith { value, .. } => {
                let value = self.own(value);
                moved = moved.and(&value);
                false
            }
            Change::Builtin { op, args, .. } => {
                for arg in args {
                    let facts = self.own(arg);
                    moved = moved.and(&facts);
                }
                is_updater(*op)
            }
            Change::Call {
                callee,
                args,
                sole_first,
                ..
            } => {
                if let Callee::Value(f) = callee {
                    self.own(f);
                }
                return self.update_call(u, args, *sole_first, moved, e);
            }
        };
        let walked = self.walk(u, own_container);
        let changed = match &u.change {
            Change::Builtin { op, args, .. } if is_updater(*op) => {
                let mut inside = moved;
                if !keeps_elements(*op) {
                    // What was looked at may be in there now, and stays where it was.
                    self.shared_elements(args, e.site);
                    inside.deep = false;
                }
                inside
            }
            // A maker's result: made of what was there.
            Change::Builtin { .. } => Facts {
                deep: false,
                ..moved.shared(WhyKind::Element, e.site)
            },
            _ => moved,
        };
        let direct = place.projs.is_empty();
        let some = match &u.change {
            Change::Builtin { op, .. } if direct && is_updater(*op) => leaves_some(*op),
            Change::Set { .. } if place.projs.len() == 1 && !is_field(&place.projs[0]) => {
                Some(true)
            }
            Change::Builtin { .. } if direct => Some(false),
            _ => None,
        };
        // A short string may be inline however much it has grown.
        let some = some.filter(|_| !matches!(self.kinds().data(place.root_ty), TyData::Str));
        let some = match (&u.change, self.kinds().data(place.root_ty)) {
            (Change::Builtin { op, .. }, TyData::Str) if leaves_some(*op) == Some(false) => {
                Some(false)
            }
            _ => some,
        };
        self.changed(u, own_container, walked, changed, some);
        // An element that was taken out.
        match walked.own {
            true => Facts::FRESH,
            false => Facts::maybe(WhyKind::Element, e.site),
        }
    }

    /// A looked-at operand whose elements are shared into what changes.
    fn shared_elements(&mut self, args: &'p [Expr], site: SiteId) {
        for arg in args {
            if let ExprKind::Read(place, Mode::Look) = &arg.kind
                && let Root::Local(local) = place.root
                && self.kinds().nested(place.root_ty)
                && let Some(state) = &mut self.state
                && let Some(class) = state.class(local.index())
            {
                let kind = WhyKind::Element;
                state.not_deep(class, Why { kind, site });
            }
        }
    }

    fn update_call(
        &mut self,
        u: &'p Update,
        args: &'p [Expr],
        sole_first: bool,
        moved: Facts,
        e: &'p Expr,
    ) -> Facts {
        let Change::Call { callee, .. } = &u.change else {
            return Facts::FRESH;
        };
        let mut passed = vec![Facts::FRESH];
        passed.extend(args.iter().map(|a| self.own(a)));
        let walked = self.walk(u, sole_first);
        let site = e.site;
        // The value that the callee gets.
        let receiver = match (&u.place.root, &*u.place.projs) {
            (Root::Local(local), []) => {
                let state = self.state.as_ref();
                let value = state.and_then(|s| s.value(local.index(), site));
                let value = value.unwrap_or(Facts::FRESH);
                match sole_first {
                    true => Facts {
                        outside: Outside::None,
                        some: false,
                        deep: walked.own && value.deep,
                        ..value
                    },
                    false => Facts {
                        some: false,
                        ..value
                    },
                }
            }
            _ if walked.own => Facts::FRESH,
            _ => Facts::maybe(WhyKind::Element, site),
        };
        let ty = u.place.ty();
        passed[0] = self.normal(ty, receiver);
        if let (Root::Local(local), []) = (&u.place.root, &*u.place.projs)
            && let Some(state) = &mut self.state
            && let Some(class) = state.class(local.index())
        {
            // It moves out; others go on holding it.
            if !sole_first && state.other_member(class, local.index()).is_some() {
                state.escape(class, WhyKind::Shared, site);
            }
            state.clear(local.index());
        }
        let result = match callee {
            Callee::Func(id) => match self.all.call(self.id, *id, &passed) {
                Some(result) => result,
                None => {
                    self.state = None;
                    return Facts::FRESH;
                }
            },
            _ => Facts::maybe(WhyKind::Call, site),
        };
        let result = Facts {
            some: false,
            why: result.why.map(|_| Why {
                kind: WhyKind::Call,
                site,
            }),
            ..result
        };
        if let (Root::Local(local), []) = (&u.place.root, &*u.place.projs) {
            let result = self.normal(ty, result);
            self.set(local.index(), ty, result);
        } else {
            self.changed(u, false, walked, moved.and(&result), None);
        }
        result
    }

    /// The walk of an update: judges it. `own_container`: the place's own value is on it.
    fn walk(&mut self, u: &'p Update, own_container: bool) -> Walked {
        let place = &u.place;
        let start = place
            .projs
            .iter()
            .rposition(|p| matches!(p.kind, ProjKind::Deref))
            .map_or(0, |i| i + 1);
        let behind = &place.projs[start..];
        let indices = behind.iter().filter(|p| !is_field(p)).count();
        let containers =
            indices + usize::from(own_container && self.kinds().is_container(place.ty()));
        let root = match place.root {
            Root::Local(local) if start == 0 => Some(local.index()),
            _ => None,
        };
        let value = match (root, &self.state) {
            (Some(local), Some(state)) => state.value(local, place.site).unwrap_or(Facts::FRESH),
            _ => Facts::maybe(WhyKind::Object, place.site),
        };
        let alias = match (root, &self.state) {
            (Some(local), Some(state)) => state
                .class(local)
                .and_then(|c| state.other_member(c, local)),
            _ => None,
        };
        let own = value.outside == Outside::None && (containers <= 1 || value.deep);
        let why = match alias {
            Some(other) => {
                let local = self.func.locals.get(other);
                let (kind, site) = match local {
                    Some(local) => (WhyKind::Shared, local.site),
                    None => (WhyKind::Loop, place.site),
                };
                Some(Why { kind, site })
            }
            None => value.why,
        };
        if let (Some(event), true) = (u.event, containers > 0) {
            // The first container on the way is the root's own, and is there.
            let first = place.projs.first().is_none_or(|p| !is_field(p));
            let there = match place.projs.first() {
                // An index that is out of range panics first; a key need not be there.
                Some(_) if indices > 0 => {
                    value.some || !matches!(self.kinds().data(place.root_ty), TyData::Map(..))
                }
                _ => value.some,
            };
            let shared = alias.is_some() || value.outside == Outside::Always;
            let verdict = if own {
                Verdict::Never
            } else if root.is_some() && first && shared && there {
                Verdict::Must
            } else {
                Verdict::May
            };
            self.note(event, verdict, why.filter(|_| verdict != Verdict::Never));
        }
        Walked {
            own: value.outside == Outside::None && value.deep,
            sole: value.outside == Outside::None,
            containers,
        }
    }

    /// After an update: what its root is now. `moved` is what went in.
    fn changed(
        &mut self,
        u: &'p Update,
        own_container: bool,
        walked: Walked,
        moved: Facts,
        some: Option<bool>,
    ) {
        let place = &u.place;
        let Root::Local(local) = place.root else {
            return;
        };
        if has(place, |p| matches!(p, ProjKind::Deref)) {
            return;
        }
        let (local, root_ty) = (local.index(), place.root_ty);
        let Some(state) = &mut self.state else {
            return;
        };
        let Some(class) = state.class(local) else {
            // A path of a value that was moved out is given back part by part.
            let value = Facts {
                some: false,
                ..moved
            };
            let value = self.normal(root_ty, value);
            self.set(local, root_ty, value);
            return;
        };
        let before = state.facts(class);
        let first_is_root = place.projs.first().map_or(own_container, |p| !is_field(p));
        let others = state.other_member(class, local).is_some();
        let mut facts = before;
        if !walked.sole {
            // It was duplicated, or may have been: the elements are shared with the old one.
            facts.deep = false;
            facts.why = facts.why.or(Some(Why {
                kind: WhyKind::Element,
                site: place.site,
            }));
            let why = facts.why;
            if let (Some(why), true) = (why, others || walked.containers > 0) {
                state.not_deep(class, why);
            }
        }
        if first_is_root && walked.containers > 0 {
            // The root's own storage is this variable's alone now.
            facts.outside = Outside::None;
        } else {
            if others {
                state.escape(class, WhyKind::Shared, place.site);
                facts = facts.shared(WhyKind::Shared, place.site);
            }
            // Set as a part, the value goes with the root's own storages.
            if walked.containers == 0 {
                facts = facts.and(&moved);
            }
            if facts.outside == Outside::Always {
                facts.outside = Outside::Maybe;
            }
            facts.some = false;
        }
        if walked.containers > 0 && !moved.is_own() {
            facts.deep = false;
            facts.why = facts.why.or(moved.why);
        }
        if first_is_root && place.projs.len() <= 1 {
            facts.some = some.unwrap_or(before.some);
        }
        let facts = self.normal(root_ty, facts);
        self.set(local, root_ty, facts);
    }
}

/// What a walk has met.
#[derive(Clone, Copy)]
struct Walked {
    /// All on the way and below is held once.
    own: bool,
    /// The root's storages have one holder.
    sole: bool,
    containers: usize,
}

fn has(place: &Place, what: impl Fn(&ProjKind) -> bool) -> bool {
    place.projs.iter().any(|p| what(&p.kind))
}

fn is_field(proj: &Proj) -> bool {
    matches!(proj.kind, ProjKind::Field(_))
}

/// Does a pattern bind what lies in a container?
fn through_elements(pat: &Pat) -> bool {
    match pat {
        Pat::List { .. } => true,
        Pat::Bind { sub: Some(sub), .. } => through_elements(sub),
        Pat::Fields(pats) | Pat::Or(pats) | Pat::Variant { fields: pats, .. } => {
            pats.iter().any(through_elements)
        }
        _ => false,
    }
}
