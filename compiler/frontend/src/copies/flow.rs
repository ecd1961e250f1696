//! The abstract run of one function: expressions, statements, control.

use super::facts::{Facts, Kinds, Outside};
use super::state::{Seen, State};
use super::{Analysis, Verdict, Why, WhyKind};
use crate::hir::*;
use crate::types::{Ty, TyData};
use cowl_contract::builtins::{Builtin, Class};

/// More turns than this a loop does not need to settle; then nothing is known.
const MAX_TURNS: usize = 64;

pub(super) struct Flow<'a, 'p> {
    pub all: &'a mut Analysis<'p>,
    pub func: &'p Func,
    pub id: FuncId,
    /// `None`: this point is never reached.
    pub state: Option<State>,
    /// Of the value that is returned.
    result: Option<Facts>,
    /// The states in which loops and blocks are left and gone on with, by label.
    breaks: Vec<Vec<(State, Facts)>>,
    continues: Vec<Vec<State>>,
    /// The loops and blocks around this point, the outermost first.
    open: Vec<LoopId>,
}

impl<'a, 'p> Flow<'a, 'p> {
    pub fn new(all: &'a mut Analysis<'p>, func: &'p Func, id: FuncId) -> Flow<'a, 'p> {
        let loops = func.loops as usize;
        // Each loop has a hidden variable that holds its sequence.
        let mut state = State::default();
        let known = all.params[id.index()].clone().unwrap_or_default();
        for (param, facts) in func.params.iter().zip(known) {
            if all.kinds.holds(func.locals[param.local.index()].ty) {
                state.set(param.local.index(), facts);
            }
        }
        Flow {
            all,
            func,
            id,
            state: Some(state),
            result: None,
            breaks: vec![Vec::new(); loops],
            continues: vec![Vec::new(); loops],
            open: Vec::new(),
        }
    }

    /// Leaving for a label ends the loops inside it, and what they hold.
    fn leave(&mut self, label: LoopId) -> Option<State> {
        let mut state = self.state.take()?;
        let inside = self.open.iter().rev().take_while(|l| **l != label);
        for inner in inside {
            state.clear(self.func.locals.len() + inner.index());
        }
        Some(state)
    }

    pub fn run(mut self) -> Facts {
        let value = self.own(&self.func.body);
        if self.state.is_some() {
            self.give(value);
        }
        // A function that never returns gives nothing that could be held.
        self.result.unwrap_or(Facts::FRESH)
    }

    fn give(&mut self, value: Facts) {
        self.result = Some(match &self.result {
            Some(before) => before.join(&value),
            None => value,
        });
    }

    pub fn kinds(&self) -> &Kinds<'p> {
        &self.all.kinds
    }

    pub fn normal(&self, ty: Ty, facts: Facts) -> Facts {
        if !self.kinds().holds(ty) {
            return Facts::FRESH;
        }
        Facts {
            deep: facts.deep || !self.kinds().nested(ty),
            ..facts
        }
    }

    pub fn note(&mut self, site: SiteId, verdict: Verdict, why: Option<Why>) {
        if self.state.is_some() {
            self.all.note(self.func, site, verdict, why);
        }
    }

    // ---- expressions

    /// Runs an expression; what its value is to whoever gets it.
    pub fn own(&mut self, e: &'p Expr) -> Facts {
        let facts = self.value(e);
        self.normal(e.ty, facts)
    }

    fn each(&mut self, es: &'p [Expr]) -> Facts {
        let mut all = Facts::FRESH;
        for e in es {
            let facts = self.own(e);
            all = all.and(&facts);
        }
        all
    }

    fn value(&mut self, e: &'p Expr) -> Facts {
        match &e.kind {
            ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Char(_) => {
                Facts::FRESH
            }
            ExprKind::Str(text) if text.len() > 23 => Facts::held(WhyKind::Literal, e.site, true),
            ExprKind::Str(_) => Facts::FRESH,
            ExprKind::Read(place, mode) => self.read(place, *mode, e.ty),
            ExprKind::Tuple(parts) | ExprKind::Struct(parts) => self.each(parts),
            ExprKind::Variant { fields, .. } => self.each(fields),
            ExprKind::List(items) => {
                let parts = self.each(items);
                self.container(parts, !items.is_empty())
            }
            ExprKind::Map(pairs) => {
                let mut parts = Facts::FRESH;
                for (key, value) in pairs {
                    let (key, value) = (self.own(key), self.own(value));
                    parts = parts.and(&key).and(&value);
                }
                self.container(parts, !pairs.is_empty())
            }
            ExprKind::Interp(parts) => {
                for part in parts {
                    if let InterpPart::Value { value, spec } = part {
                        self.own(value);
                        self.shown(std::slice::from_ref(value), e.site);
                        if let Some(spec) = spec {
                            for count in [&spec.width, &spec.precision] {
                                if let Some(Count::Value(n)) = count {
                                    self.own(n);
                                }
                            }
                        }
                    }
                }
                Facts::FRESH
            }
            ExprKind::Binary(_, a, b) => {
                self.own(a);
                self.own(b);
                Facts::FRESH
            }
            ExprKind::Unary(_, a) | ExprKind::Convert(_, a) => {
                self.own(a);
                Facts::FRESH
            }
            ExprKind::Call { callee, args } => self.call(callee, args, e),
            ExprKind::Builtin { op, args, .. } => self.builtin(*op, args, e),
            ExprKind::Update(update) => self.update(update, e),
            ExprKind::Unshare { value, event } => self.unshare(value, *event),
            ExprKind::IsUnique(place) | ExprKind::DbgIfShared(place) => {
                self.indices(place);
                Facts::FRESH
            }
            ExprKind::Closure { captures, .. } => {
                self.each(captures);
                Facts::FRESH
            }
            ExprKind::MakeAny { value, .. } | ExprKind::Unbox(value) => {
                let facts = self.own(value);
                Facts {
                    some: false,
                    ..facts
                }
            }
            ExprKind::New(value) => {
                self.own(value);
                Facts::FRESH
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::If { arms, else_ } => self.if_(arms, else_.as_ref()),
            ExprKind::Match(m) => self.match_(m),
            ExprKind::Loop { label, body } => {
                self.rounds(*label, |flow| {
                    flow.block(body);
                });
                self.state = None;
                self.left(*label, Facts::FRESH)
            }
            ExprKind::ForRange(f) => {
                self.own(&f.start);
                for bound in [&f.end, &f.step].into_iter().flatten() {
                    self.own(bound);
                }
                self.rounds(f.label, |flow| {
                    flow.block(&f.body);
                });
                self.release(&f.release);
                self.left(f.label, Facts::FRESH)
            }
            ExprKind::ForEach {
                label,
                seq,
                item,
                body,
                release,
            } => self.for_each(*label, seq, *item, body, release),
            ExprKind::Labeled { label, body } => {
                self.open.push(*label);
                let value = self.block(body);
                self.open.pop();
                self.left(*label, value)
            }
            ExprKind::Break {
                label,
                value,
                release,
            } => {
                let facts = value.as_ref().map_or(Facts::FRESH, |v| self.own(v));
                self.release(release);
                if let Some(state) = self.leave(*label) {
                    self.breaks[label.index()].push((state, facts));
                }
                Facts::FRESH
            }
            ExprKind::Continue { label, release } => {
                self.release(release);
                if let Some(state) = self.leave(*label) {
                    self.continues[label.index()].push(state);
                }
                Facts::FRESH
            }
            ExprKind::Return { value, release } => {
                let facts = self.own(value);
                self.release(release);
                if self.state.take().is_some() {
                    self.give(facts);
                }
                Facts::FRESH
            }
            ExprKind::After { value, release } => {
                let facts = self.value(value);
                self.release(release);
                facts
            }
            ExprKind::Unreachable => {
                self.state = None;
                Facts::FRESH
            }
        }
    }

    /// A fresh container of these parts.
    pub fn container(&self, parts: Facts, some: bool) -> Facts {
        Facts {
            some,
            deep: parts.is_own(),
            why: parts.why,
            ..Facts::FRESH
        }
    }

    // ---- calls

    fn call(&mut self, callee: &'p Callee, args: &'p [Expr], e: &'p Expr) -> Facts {
        if let Callee::Value(f) = callee {
            self.own(f);
        }
        // What plain arguments share ends with the call, where the callee can keep nothing.
        let plain = args.iter().all(is_plain);
        let before = self.seen(args.iter().filter(|_| plain));
        let facts: Vec<Facts> = args.iter().map(|a| self.own(a)).collect();
        // It can give it back, or leave it in an object: one that it is given, or one that keeps
        // itself alive.
        let keeps = self.kinds().holds(e.ty)
            || self.all.has_objects
            || !matches!(callee, Callee::Func(_))
            || args.iter().any(|a| self.kinds().leads(a.ty));
        if let (true, false, Some(before), Some(state)) = (plain, keeps, &before, &mut self.state) {
            state.restore(before);
        }
        if keeps {
            self.lent(args, e.site);
        }
        match callee {
            Callee::Func(id) => match self.all.call(self.id, *id, &facts) {
                Some(result) => Facts {
                    why: result.why.map(|_| Why {
                        kind: WhyKind::Call,
                        site: e.site,
                    }),
                    ..result
                },
                // It does not return, as far as is known.
                None => {
                    self.state = None;
                    Facts::FRESH
                }
            },
            _ => Facts::maybe(WhyKind::Call, e.site),
        }
    }

    /// What is known of the variables that plain operands read.
    fn seen(&self, plain: impl Iterator<Item = &'p Expr>) -> Option<Seen> {
        let local = |e: &'p Expr| match &e.kind {
            ExprKind::Read(place, _) => match place.root {
                Root::Local(local) => Some(local.index()),
                _ => None,
            },
            _ => None,
        };
        let state = self.state.as_ref()?;
        Some(state.seen(plain.filter_map(local)))
    }

    /// Printing can call a user's `show`, which can leave what it is given in an object.
    fn shown(&mut self, args: &'p [Expr], site: SiteId) {
        if !self.all.program.shows.is_empty() && self.all.has_objects {
            self.lent(args, site);
        }
    }

    /// What is only looked at by a function or operation that can keep a share of it.
    fn lent(&mut self, args: &'p [Expr], site: SiteId) {
        for arg in args {
            if let ExprKind::Read(place, Mode::Look) = &arg.kind
                && let Root::Local(local) = place.root
                && let Some(state) = &mut self.state
                && let Some(class) = state.class(local.index())
            {
                let kind = WhyKind::Call;
                state.escape(class, kind, site);
                state.not_deep(class, Why { kind, site });
            }
        }
    }

    fn builtin(&mut self, op: Builtin, args: &'p [Expr], e: &'p Expr) -> Facts {
        use Builtin::*;
        let mut facts = Facts::FRESH;
        for (i, arg) in args.iter().enumerate() {
            let arg = self.own(arg);
            if i == 0 {
                facts = arg;
            }
        }
        if matches!(e.ty, crate::types::Types::NEVER) {
            self.state = None;
            return Facts::FRESH;
        }
        self.shown(args, e.site);
        if !self.kinds().holds(e.ty) {
            return Facts::FRESH;
        }
        match op {
            // The same storage, a part of it, or a fresh one.
            Slice | SliceFrom | Trim | TrimStart | TrimEnd | ToList | ToArray | ToSet => Facts {
                some: false,
                deep: facts.is_own(),
                ..facts
            },
            Keys | Values | Pairs => self.container(facts, false),
            Show | ShowQuoted | Split | SplitWhitespace | Lines | Chars | Bytes | FromBytes
            | FromChars | Repeat | Join | CharToUpper | CharToLower | ReadLine | ReadAll
            | FsRead | FsReadBytes | FsWrite | FsAppend | FsList | FsRemove | FsMakeDir
            | FsWriteBytes | ParseInt | ParseFloat => Facts::FRESH,
            _ => {
                self.lent(args, e.site);
                Facts::maybe(WhyKind::Element, e.site)
            }
        }
    }

    fn unshare(&mut self, value: &'p Expr, event: UnshareEvent) -> Facts {
        // What the operand shares with a variable it shares no more afterwards.
        let plain = is_plain(value);
        let before = self.seen(std::iter::once(value).filter(|_| plain));
        let kept = match &value.kind {
            ExprKind::Read(place, Mode::Share) if place.projs.is_empty() => match place.root {
                Root::Local(local) => self
                    .state
                    .as_ref()
                    .and_then(|s| Some(s.facts(s.class(local.index())?))),
                _ => None,
            },
            _ => None,
        };
        let facts = self.own(value);
        let certain = self.kinds().is_container(value.ty)
            && (facts.some && facts.outside == Outside::Always || kept.is_some_and(|f| f.some));
        let site = match event {
            UnshareEvent::Both(site) | UnshareEvent::CopiedOnly(site) => Some(site),
            UnshareEvent::None => None,
        };
        if let Some(site) = site.filter(|_| self.kinds().holds(value.ty)) {
            let verdict = match (certain, facts.is_own()) {
                (true, _) => Verdict::Must,
                (false, true) => Verdict::Never,
                (false, false) => Verdict::May,
            };
            self.note(site, verdict, facts.why);
        }
        if let (true, Some(before), Some(state)) = (plain, &before, &mut self.state) {
            state.restore(before);
        }
        Facts {
            some: facts.some,
            ..Facts::FRESH
        }
    }

    // ---- statements and control

    pub fn block(&mut self, block: &'p Block) -> Facts {
        for stmt in &block.stmts {
            match stmt {
                Stmt::Expr(e) => {
                    self.own(e);
                }
                Stmt::Let { local, value } => self.bind(local.index(), value),
                Stmt::Destructure {
                    scrutinee,
                    mode,
                    pat,
                    else_,
                    ..
                } => {
                    self.indices(scrutinee);
                    let before = else_.as_ref().and_then(|_| self.state.clone());
                    let parts = self.scrutinee(scrutinee, *mode, pat);
                    self.bindings(pat, parts);
                    if let Some(else_) = else_ {
                        // It never ends normally; the value is whole there.
                        let after = std::mem::replace(&mut self.state, before);
                        self.block(else_);
                        self.state = after;
                    }
                }
                Stmt::Release(paths) => self.release(paths),
            }
        }
        match &block.value {
            Some(value) => self.own(value),
            None => Facts::FRESH,
        }
    }

    /// Gives a local the value of an expression; a plain share or move of another one puts both, or
    /// the one for the other, in one class.
    pub fn bind(&mut self, local: usize, value: &'p Expr) {
        if let ExprKind::Read(place, mode @ (Mode::Share | Mode::Move | Mode::MustMove)) =
            &value.kind
            && let (Root::Local(from), []) = (&place.root, &*place.projs)
            && self.kinds().holds(value.ty)
        {
            if let Some(state) = &mut self.state {
                match state.class(from.index()) {
                    Some(class) => {
                        if *mode != Mode::Share {
                            state.clear(from.index());
                        }
                        state.join_class(local, class);
                    }
                    None => state.clear(local),
                }
            }
            return;
        }
        let facts = self.own(value);
        self.set(local, value.ty, facts);
    }

    pub fn set(&mut self, local: usize, ty: Ty, facts: Facts) {
        let holds = self.kinds().holds(ty);
        if let Some(state) = &mut self.state {
            match holds {
                true => state.set(local, facts),
                false => state.clear(local),
            }
        }
    }

    pub fn release(&mut self, paths: &[Path]) {
        let Some(state) = &mut self.state else {
            return;
        };
        for path in paths.iter().filter(|p| p.fields.is_empty()) {
            state.clear(path.local.index());
        }
    }

    /// What holds after several ways.
    fn join_states(&mut self, states: Vec<Option<State>>) {
        let states = states.into_iter().flatten();
        self.state = states.reduce(|a, b| a.join(&b));
    }

    fn if_(&mut self, arms: &'p [(Expr, Block)], else_: Option<&'p Block>) -> Facts {
        let mut ends = Vec::new();
        let mut value: Option<Facts> = None;
        let mut arrive = |flow: &mut Self, facts: Facts| {
            if flow.state.is_some() {
                value = Some(value.map_or(facts, |v| v.join(&facts)));
                ends.push(flow.state.take());
            }
        };
        for (cond, block) in arms {
            self.own(cond);
            let next = self.state.clone();
            let facts = self.block(block);
            arrive(self, facts);
            self.state = next;
        }
        let facts = else_.map_or(Facts::FRESH, |block| self.block(block));
        arrive(self, facts);
        self.join_states(ends);
        value.unwrap_or(Facts::FRESH)
    }

    fn match_(&mut self, m: &'p Match) -> Facts {
        self.indices(&m.scrutinee);
        let mut ends = Vec::new();
        let mut value: Option<Facts> = None;
        for arm in &m.arms {
            let entry = self.state.clone();
            // A guard sees the bindings without holding them.
            if let Some(guard) = &arm.guard {
                let seen = Facts::maybe(WhyKind::Shared, m.scrutinee.site);
                self.bindings(&arm.pat, seen);
                self.own(guard);
            }
            let failed = match arm.guard {
                Some(_) => self.state.clone(),
                None => entry,
            };
            let parts = self.scrutinee(&m.scrutinee, m.mode, &arm.pat);
            self.bindings(&arm.pat, parts);
            self.release(&arm.release);
            let facts = self.own(&arm.body);
            if self.state.is_some() {
                value = Some(value.map_or(facts, |v| v.join(&facts)));
                ends.push(self.state.take());
            }
            self.state = failed;
        }
        self.join_states(ends);
        value.unwrap_or(Facts::FRESH)
    }

    /// Runs a loop's body until nothing new comes of it; leaves the state in which it goes on or
    /// ends by itself.
    fn rounds(&mut self, label: LoopId, mut body: impl FnMut(&mut Self)) {
        let Some(mut head) = self.state.clone() else {
            return;
        };
        self.open.push(label);
        for turn in 0.. {
            self.state = Some(head.clone());
            self.continues[label.index()].clear();
            self.breaks[label.index()].clear();
            body(self);
            let mut ends: Vec<State> = std::mem::take(&mut self.continues[label.index()]);
            ends.extend(self.state.take());
            let mut next = ends.iter().fold(head.clone(), |a, b| a.join(b));
            if turn > MAX_TURNS {
                next.forget();
            }
            if next.same(&head) {
                break;
            }
            head = next;
        }
        self.open.pop();
        self.state = Some(head);
    }

    /// Behind a loop or block: by its end and by all that leaves it.
    fn left(&mut self, label: LoopId, end: Facts) -> Facts {
        let mut value = self.state.is_some().then_some(end);
        let mut states = vec![self.state.take()];
        for (state, facts) in std::mem::take(&mut self.breaks[label.index()]) {
            value = Some(value.map_or(facts, |v| v.join(&facts)));
            states.push(Some(state));
        }
        self.join_states(states);
        value.unwrap_or(Facts::FRESH)
    }

    fn for_each(
        &mut self,
        label: LoopId,
        seq: &'p Expr,
        item: LocalId,
        body: &'p Block,
        release: &'p [Path],
    ) -> Facts {
        let hidden = self.func.locals.len() + label.index();
        self.bind(hidden, seq);
        let item_ty = self.func.locals[item.index()].ty;
        let site = seq.site;
        let is_text = matches!(self.kinds().data(seq.ty), TyData::Str);
        self.rounds(label, |flow| {
            let Some(state) = &mut flow.state else { return };
            // A sole holder moves the elements out, another one shares them.
            let facts = match state.value(hidden, site) {
                Some(seq) if seq.is_own() => Facts::FRESH,
                Some(seq) => {
                    if let (Some(class), false) = (state.class(hidden), is_text) {
                        let kind = WhyKind::Loop;
                        state.not_deep(class, Why { kind, site });
                    }
                    Facts {
                        deep: seq.deep,
                        ..Facts::maybe(WhyKind::Element, site)
                    }
                }
                None => Facts::FRESH,
            };
            let facts = flow.normal(item_ty, facts);
            flow.set(item.index(), item_ty, facts);
            flow.block(body);
        });
        if let Some(state) = &mut self.state {
            state.clear(hidden);
        }
        self.release(release);
        for (state, _) in &mut self.breaks[label.index()] {
            state.clear(hidden);
        }
        self.left(label, Facts::FRESH)
    }
}

/// Runs nothing but reads of places without indices: it changes and keeps nothing.
fn is_plain(e: &Expr) -> bool {
    match &e.kind {
        _ if e.is_literal() => true,
        ExprKind::Read(place, Mode::Share | Mode::Look) => {
            matches!(place.root, Root::Local(_)) && place.projs.is_empty()
        }
        _ => false,
    }
}

/// Does this updater leave the elements that stay where they are, and take only what it is given?
pub(super) fn keeps_elements(op: Builtin) -> bool {
    use Builtin::*;
    matches!(
        op,
        Push | PushFirst
            | Pop
            | PopFirst
            | Insert
            | Remove
            | Extract
            | Set
            | ReplaceAt
            | Replace
            | Add
            | Swap
            | Reverse
            | Truncate
            | Append
            | Reserve
            | Sort
            | Dedup
    )
}

/// Is there certainly something in the container afterwards? `None`: as before.
pub(super) fn leaves_some(op: Builtin) -> Option<bool> {
    use Builtin::*;
    match op {
        Push | PushFirst | Insert | Set | ReplaceAt | Replace | Add => Some(true),
        Swap | Reverse | Sort | Reserve | Append | Concat | Dedup => None,
        _ => Some(false),
    }
}

pub(super) fn is_updater(op: Builtin) -> bool {
    op.class() == Class::Updater
}
