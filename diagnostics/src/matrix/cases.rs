//! Cases: one method in one state of its receiver, as a function of the generated program.
//!
//! Takes the table; gives texts whose lines carry the events that follow from the method's class
//! and the state. A case runs at several sizes of the receiver, so what a line claims is the sum.

use super::aliases;
use super::arguments::{self, Arguments};
use super::operators;
use super::table::{Method, Table};
use super::values::Values;
use cowl_contract::builtins::Class;
use cowl_frontend::defs::SelfKind;
use cowl_frontend::types::{Ty, TyData, Types};
use std::collections::BTreeMap;
use std::rc::Rc;

/// One function of a generated program.
#[derive(Clone, Debug)]
pub struct Case {
    /// `List<int>.push shared 0`
    pub label: String,
    /// The function, with `CASE` for its name.
    pub text: String,
    /// Lengths of the receiver that it runs at.
    pub sizes: Vec<u64>,
    /// How it ends is decided by agreement alone, so it stands alone in its program.
    pub ending: Option<Ending>,
    /// Texts of the functions that it may call, by their names.
    pub helpers: Rc<BTreeMap<String, String>>,
}

/// How a case ends that is not within bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By agreement.
    Open,
    /// With this panic.
    Panic(String),
}

/// Around inline texts and leaves of 32 elements.
const SIZES: [u64; 6] = [0, 1, 31, 32, 33, 1000];
const TEXT_SIZES: [u64; 6] = [0, 1, 22, 23, 24, 1000];
/// Several levels of a trie.
const BIG: u64 = 40_000;
/// One in so many states of a method also runs at `BIG`: each kind and each state does.
const BIG_EVERY: usize = 13;

/// What a call does to its receiver, as its class says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Update,
    None,
    /// Code of the library that no class speaks of.
    Unknown,
}

fn effect(m: &Method) -> Effect {
    match (m.class, m.self_kind) {
        (Some(Class::Updater), _) => Effect::Update,
        (Some(Class::Reader | Class::Maker), _) => Effect::None,
        (None, Some(SelfKind::Value) | None) if !m.blanket => Effect::None,
        (None, _) => Effect::Unknown,
    }
}

pub fn all(table: &mut Table) -> Result<Vec<Case>, Vec<String>> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for id in table.methods.clone() {
        let instances = match table.instances(id) {
            Ok(instances) => instances,
            Err(e) => {
                wrong.push(e);
                continue;
            }
        };
        for m in instances {
            let mut values = Values::new(table);
            match of_method(&mut values, &m) {
                Ok(mut cases) => {
                    let helpers = Rc::new(values.texts);
                    for case in &mut cases {
                        case.helpers = helpers.clone();
                    }
                    found.extend(cases);
                }
                Err(e) => wrong.push(e),
            }
        }
    }
    let receivers = operators::receivers(&mut Values::new(table));
    for (receiver, kind) in receivers {
        let mut values = Values::new(table);
        match of_operators(&mut values, receiver, kind) {
            Ok(cases) => found.extend(cases),
            Err(e) => wrong.push(format!("operators: {e}")),
        }
    }
    wrong.dedup();
    match wrong.is_empty() {
        true => Ok(found),
        false => Err(wrong),
    }
}

fn of_operators(values: &mut Values, receiver: Ty, kind: usize) -> Result<Vec<Case>, String> {
    let mut found = Vec::new();
    for row in operators::rows(values, receiver, kind)? {
        found.extend(of_method(values, &row)?);
    }
    let helpers = Rc::new(values.texts.clone());
    for case in &mut found {
        case.helpers = helpers.clone();
    }
    Ok(found)
}

/// What the states of one method are written with.
struct Cx<'a> {
    m: &'a Method,
    effect: Effect,
    bang: bool,
    is_text: bool,
    /// Its first element is not that of `fillN`.
    cut: bool,
    /// The receiver's type.
    ty: String,
    fill: String,
    /// `showN` of the receiver, the whole result, the R.
    show: String,
    show_ret: String,
    show_result: Option<String>,
    calls: Vec<Arguments>,
    found: Vec<Case>,
}

/// Of a state: which of the receiver's sizes are events of which sort.
#[derive(Clone, Copy)]
enum Events {
    /// The receiver alone holds its storage.
    InPlace,
    /// Something else holds it too.
    Copied,
    /// Nothing is claimed but that nothing is copied.
    NoneCopied,
    /// It stands in a container that alone holds it.
    InContainer,
    /// The same, and something else holds the receiver.
    SharedInContainer,
    /// A slice that keeps its storage alive is one holder more, unless it is short.
    Slice,
}

fn of_method(values: &mut Values, m: &Method) -> Result<Vec<Case>, String> {
    let failed = |e: String| format!("{}: {e}", m.label);
    let calls = arguments::within_bounds(values, m)?;
    let show_ret = values.show(m.ret).map_err(failed)?;
    let show_result = m.result.map(|r| values.show(r)).transpose();
    if m.self_kind.is_none() {
        return Ok(functions(values, m, &calls, &show_ret));
    }
    let mut cx = Cx {
        m,
        effect: effect(m),
        bang: m.forms.change.is_some(),
        is_text: m.receiver == Types::STR,
        cut: false,
        ty: values.table.show(m.receiver),
        fill: values.fill(m.receiver, m.kind).map_err(failed)?,
        show: values.show(m.receiver).map_err(failed)?,
        show_ret,
        show_result: show_result.map_err(failed)?,
        calls,
        found: Vec::new(),
    };
    cx.states();
    let data = values.table.types.data(m.receiver);
    if matches!(data, TyData::List(_) | TyData::Array(_) | TyData::Str) {
        cx.slices();
    }
    cx.aliases(values).map_err(failed)?;
    Ok(cx.found)
}

/// `List.filled(…)`: nothing is updated at the call.
fn functions(values: &Values, m: &Method, calls: &[Arguments], show: &str) -> Vec<Case> {
    let ty = values.table.show(m.receiver);
    let case = |(v, args): (usize, &Arguments)| Case {
        label: format!("{} call {v}", m.label),
        text: format!(
            "fn CASE(n: int) {{\n    let r = {ty}.{}({})  //~ in_place=0 copied=0 moved=0\n    print(\"CASE {{n}} {{{show}(r)}}\")\n}}\n",
            m.name,
            args.text()
        ),
        sizes: SIZES.to_vec(),
        ending: None,
        helpers: Rc::default(),
    };
    calls.iter().enumerate().map(case).collect()
}

impl Cx<'_> {
    /// Whether a receiver of this length has a storage.
    fn has_storage(&self, n: u64) -> bool {
        match self.is_text {
            // The first of a mixed text has two bytes.
            true => n + u64::from(self.m.kind > 0 && n > 0 && !self.cut) > 23,
            false => n > 0,
        }
    }

    /// A line's claim for a call at these sizes.
    fn mark(&self, events: Events, sizes: &[u64], bang: bool, times: u64) -> String {
        let count = |f: &dyn Fn(u64) -> bool| sizes.iter().filter(|&&n| f(n)).count() as u64;
        let with_storage = count(&|n| self.has_storage(n));
        let all = sizes.len() as u64;
        let (in_place, copied) = match (self.effect, events) {
            (Effect::Unknown, _) => return String::new(),
            (_, Events::NoneCopied) => return "  //~ copied=0 moved=0".to_string(),
            (Effect::None, Events::InContainer | Events::SharedInContainer) if bang => (all, 0),
            (Effect::None, _) => (0, 0),
            (Effect::Update, Events::InPlace) => (with_storage, 0),
            (Effect::Update, Events::Copied) => (0, with_storage),
            (Effect::Update, Events::InContainer) => (all, 0),
            (Effect::Update, Events::SharedInContainer) => (all - with_storage, with_storage),
            (Effect::Update, Events::Slice) => {
                let fresh = |n: u64| !self.is_text && n <= 32;
                let copied = count(&|n| self.has_storage(n) && !fresh(n));
                (with_storage - copied, copied)
            }
        };
        let (in_place, copied) = (in_place * times, copied * times);
        format!("  //~ in_place={in_place} copied={copied} moved=0")
    }

    fn add(
        &mut self,
        state: &str,
        v: usize,
        least: u64,
        big: bool,
        text: impl Fn(&Self, &[u64]) -> String,
    ) {
        let sizes = if self.is_text { TEXT_SIZES } else { SIZES };
        let mut sizes: Vec<u64> = sizes.into_iter().filter(|&n| n >= least).collect();
        // A product of more does not fit.
        if self.m.name == "product" {
            sizes.retain(|&n| n < 2);
        }
        let big = big && self.m.name != "product";
        // So that over all kinds and states every method meets its big receivers.
        let turn = self.m.kind + self.found.len() + self.m.name.len();
        if big && turn.is_multiple_of(BIG_EVERY) {
            sizes.push(BIG);
        }
        let text = text(self, &sizes);
        self.found.push(Case {
            label: format!("{} {state} {v}", self.m.label),
            text,
            sizes,
            ending: None,
            helpers: Rc::default(),
        });
    }

    /// A form with its place and arguments.
    fn written(&self, form: &str, place: &str, args: &Arguments) -> String {
        let mut text = form.replace("PLACE", place).replace("ARGS", &args.text());
        text = text.replace("RECEIVER", &self.ty);
        for (i, arg) in args.texts.iter().enumerate() {
            text = text.replace(&format!("ARG{i}"), arg);
        }
        text
    }

    /// The call at a place, in place where the method can be called so: its lines, and what shows
    /// its result besides the place.
    fn at(&self, place: &str, args: &Arguments, mark: &str) -> (String, String) {
        match (&self.m.forms.change, &self.m.forms.value) {
            (Some(change), _) => {
                let change = self.written(change, place, args);
                match &self.show_result {
                    Some(show) => (
                        format!("    let r = {change}{mark}\n"),
                        format!(" {{{show}(r)}}"),
                    ),
                    None => (format!("    {change}{mark}\n"), String::new()),
                }
            }
            (None, Some(value)) => {
                let value = self.written(value, place, args);
                (
                    format!("    let r = {value}{mark}\n"),
                    format!(" {{{}(r)}}", self.show_ret),
                )
            }
            (None, None) => (String::new(), String::new()),
        }
    }

    /// `before`, the call at a place, and a line that shows its result, the place and `after`.
    fn update(
        &mut self,
        state: &str,
        v: usize,
        events: Events,
        before: &str,
        place: &str,
        after: &[&str],
    ) {
        let args = self.calls[v].clone();
        self.add(state, v, args.least, true, |cx, sizes| {
            let mark = cx.mark(events, sizes, cx.bang, 1);
            let (call, shown) = cx.at(place, &args, &mark);
            let show = &cx.show;
            let after: String = after.iter().map(|a| format!(" {{{show}({a})}}")).collect();
            let before = before.replace("FILL", &cx.fill);
            format!(
                "fn CASE(n: int) {{\n{before}{call}    print(\"CASE {{n}}{shown} {{{show}({place})}}{after}\")\n}}\n"
            )
        });
    }

    fn states(&mut self) {
        for v in 0..self.calls.len() {
            self.update(
                "sole",
                v,
                Events::InPlace,
                "    var xs = FILL(n)\n",
                "xs",
                &[],
            );
            self.value("live after", v, Events::Copied, " {SHOW(xs)}");
        }
        let calls = self.calls.len();
        let turn = self.m.kind + self.m.name.len();
        let v = |k: usize| (turn + k) % calls;
        self.value("dead after", v(0), Events::InPlace, "");
        let shared = "    var xs = FILL(n)\n    let keep = xs\n";
        self.update("shared", v(1), Events::Copied, shared, "xs", &["keep"]);
        let held = "    var h = Holder{ items: FILL(n), tag: 7 }\n";
        self.update("in a struct", v(2), Events::InPlace, held, "h.items", &[]);
        let shared = format!("{held}    let keep = h\n");
        self.update(
            "in a shared struct",
            v(3),
            Events::Copied,
            &shared,
            "h.items",
            &["keep.items"],
        );
        let outer = "    var outer = [FILL(n), FILL(n)]\n";
        self.update(
            "in a list",
            v(4),
            Events::InContainer,
            outer,
            "outer[1]",
            &["outer[0]"],
        );
        let shared = format!("{outer}    let keep = outer[1]\n");
        self.update(
            "shared in a list",
            v(5),
            Events::SharedInContainer,
            &shared,
            "outer[1]",
            &["keep"],
        );
        let map = "    var m = [\"a\": FILL(n), \"b\": FILL(n)]\n";
        self.update(
            "in a map",
            v(6),
            Events::InContainer,
            map,
            "m[\"b\"]",
            &["m[\"a\"]"],
        );
        let shared = format!("{map}    let keep = m[\"b\"]\n");
        self.update(
            "shared in a map",
            v(7),
            Events::SharedInContainer,
            &shared,
            "m[\"b\"]",
            &["keep"],
        );
        let tuple = "    var t = (1, FILL(n))\n";
        self.update("in a tuple", v(8), Events::InPlace, tuple, "t.1", &[]);
        let object = "    let p = new Holder{ items: FILL(n), tag: 7 }\n";
        self.update(
            "in an object",
            v(9),
            Events::InPlace,
            object,
            "p.items",
            &[],
        );
        let shared = format!("{object}    let keep = p.items\n");
        self.update(
            "shared in an object",
            v(10),
            Events::Copied,
            &shared,
            "p.items",
            &["keep"],
        );
        self.closure(v(11));
        self.parameter(v(12), false);
        self.parameter(v(13), true);
        self.repeated(v(14));
        self.optional(v(15));
    }

    /// `let r = xs.m(…)`, with or without a later use.
    fn value(&mut self, state: &str, v: usize, events: Events, after: &str) {
        let args = self.calls[v].clone();
        let Some(form) = self.m.forms.value.clone() else {
            return;
        };
        self.add(state, v, args.least, true, |cx, sizes| {
            let mark = cx.mark(events, sizes, false, 1);
            let (show, fill) = (&cx.show_ret, &cx.fill);
            let call = cx.written(&form, "xs", &args);
            let after = after.replace("SHOW", &cx.show);
            format!(
                "fn CASE(n: int) {{\n    let xs = {fill}(n)\n    let r = {call}{mark}\n    print(\"CASE {{n}} {{{show}(r)}}{after}\")\n}}\n"
            )
        });
    }

    /// In a closure a capture is never dead.
    fn closure(&mut self, v: usize) {
        let args = self.calls[v].clone();
        let Some(form) = self.m.forms.value.clone() else {
            return;
        };
        self.add("captured", v, args.least, true, |cx, sizes| {
            let mark = cx.mark(Events::Copied, sizes, false, 2);
            let (show, fill) = (&cx.show_ret, &cx.fill);
            let call = cx.written(&form, "xs", &args);
            format!(
                "fn CASE(n: int) {{\n    let xs = {fill}(n)\n    let f = |k: int| {{\n        let r = {call}{mark}\n        print(\"CASE {{n}} {{k}} {{{show}(r)}}\")\n    }}\n    f(1)\n    f(2)\n}}\n"
            )
        });
    }

    fn parameter(&mut self, v: usize, kept: bool) {
        let args = self.calls[v].clone();
        let state = if kept {
            "shared parameter"
        } else {
            "parameter"
        };
        self.add(state, v, args.least, true, |cx, sizes| {
            let events = if kept { Events::Copied } else { Events::InPlace };
            let mark = cx.mark(events, sizes, cx.bang, 1);
            let (call, shown) = cx.at("xs", &args, &mark);
            let (ty, show, fill) = (&cx.ty, &cx.show, &cx.fill);
            let inner = format!(
                "fn CASE_inner(var xs: {ty}, n: int) -> {ty} {{\n{call}    print(\"CASE {{n}}{shown}\")\n    xs\n}}\n"
            );
            let outer = match kept {
                true => format!(
                    "    let keep = {fill}(n)\n    let r = CASE_inner(keep, n)\n    print(\"CASE {{n}} {{{show}(r)}} {{{show}(keep)}}\")\n"
                ),
                false => format!(
                    "    let r = CASE_inner({fill}(n), n)\n    print(\"CASE {{n}} {{{show}(r)}}\")\n"
                ),
            };
            format!("{inner}fn CASE(n: int) {{\n{outer}}}\n")
        });
    }

    /// Loop-carried: what the call leaves is what the next one gets.
    fn repeated(&mut self, v: usize) {
        let args = self.calls[v].clone();
        self.add("in a loop", v, 0, false, |cx, sizes| {
            let mark = cx.mark(Events::NoneCopied, sizes, cx.bang, 3);
            let (call, shown) = cx.at("xs", &args, &mark);
            let call = call.trim();
            let (show, fill, least) = (&cx.show, &cx.fill, args.least);
            format!(
                "fn CASE(n: int) {{\n    var xs = {fill}(n)\n    for turn in 0..3 {{\n        let n = xs.len()\n        if n >= {least} {{\n            {call}\n            print(\"CASE {{n}} {{turn}}{shown}\")\n        }}\n    }}\n    print(\"CASE {{n}} {{{show}(xs)}}\")\n}}\n"
            )
        });
    }

    /// The payload of an enum is its part, so a call on it is in place.
    fn optional(&mut self, v: usize) {
        let Some(form) = self.m.forms.value.clone() else {
            return;
        };
        if self.m.ret != self.m.receiver {
            return;
        }
        let args = self.calls[v].clone();
        self.add("in an optional", v, args.least, true, |cx, sizes| {
            let mark = cx.mark(Events::InPlace, sizes, false, 1);
            let (show, fill) = (&cx.show, &cx.fill);
            let call = cx.written(&form, "xs", &args);
            format!(
                "fn CASE(n: int) {{\n    var o = some({fill}(n))\n    o.apply!(|e| match e {{\n        some(xs) => some({call}){mark}\n        none => none\n    }})\n    print(\"CASE {{n}} {{{show}(o.unwrap())}}\")\n}}\n"
            )
        });
    }

    fn slices(&mut self) {
        self.cut = true;
        let (calls, turn) = (self.calls.len(), self.m.kind + self.m.name.len());
        let base = "    let base = FILL(n + 7)\n    var xs = base.slice(3, n + 3)\n";
        self.update(
            "a slice",
            turn % calls,
            Events::Slice,
            base,
            "xs",
            &["base"],
        );
        let alone = "    var xs = FILL(n + 7).slice(3, n + 3)\n";
        let v = (turn + 1) % calls;
        self.update("the last slice", v, Events::InPlace, alone, "xs", &[]);
        let gone =
            "    let base = FILL(n + 7)\n    var xs = base.slice(3, n + 3)\n    _ = base.len()\n";
        let v = (turn + 3) % calls;
        self.update("what is left of it", v, Events::InPlace, gone, "xs", &[]);
        let both = "    var keep = FILL(n + 7).slice(3, n + 3)\n    var xs = keep\n";
        let v = (turn + 2) % calls;
        self.update("a shared slice", v, Events::Copied, both, "xs", &["keep"]);
        self.cut = false;
    }

    /// Operands that are one value, and a receiver that the callback has captured.
    fn aliases(&mut self, values: &mut Values) -> Result<(), String> {
        let params = self.m.params.clone();
        for pattern in aliases::patterns(values, self.m, &self.calls[0].clone())? {
            // A look at the place that changes holds it, as any argument does (S10).
            let events = match pattern.of_receiver {
                true => Events::Copied,
                false => Events::InPlace,
            };
            let ends = match pattern.after.is_empty() {
                true => &["dead"][..],
                false => &["dead", "live"],
            };
            for &end in ends {
                let after = if end == "live" { &pattern.after } else { "" };
                let state = format!("aliased {} {end}", pattern.name);
                let args = pattern.args.clone();
                self.with_arguments(&state, args, events, &pattern.before, after);
            }
        }
        let own = params.iter().position(|p| p.ty == self.m.receiver);
        if let Some(i) = own.filter(|&i| i < self.calls[0].texts.len()) {
            let mut args = self.calls[0].clone();
            args.texts[i] = "outer[1]".to_string();
            args.least = args.least.max(u64::from(self.is_text));
            self.siblings(args);
        }
        let called = params.iter().position(|p| {
            let data = values.table.types.data(p.ty);
            matches!(data, TyData::Fn(from, _) if !from.is_empty())
        });
        if let Some(i) = called {
            let mut args = self.calls[0].clone();
            if let Some((head, body)) = args.texts[i].rsplit_once("| ") {
                args.texts[i] = format!("{head}| {{ _ = xs.is_empty(); {body} }}");
                self.with_arguments("held by its callback", args, Events::Copied, "", "");
            }
        }
        Ok(())
    }

    fn with_arguments(
        &mut self,
        state: &str,
        args: Arguments,
        events: Events,
        before: &str,
        after: &str,
    ) {
        self.add(state, 0, args.least, true, |cx, sizes| {
            let mark = cx.mark(events, sizes, cx.bang, 1);
            let (call, shown) = cx.at("xs", &args, &mark);
            let (show, fill) = (&cx.show, &cx.fill);
            format!(
                "fn CASE(n: int) {{\n    var xs = {fill}(n)\n{before}{call}    print(\"CASE {{n}}{shown} {{{show}(xs)}}{after}\")\n}}\n"
            )
        });
    }

    /// The receiver is one element of a list, the argument another with the same storage.
    fn siblings(&mut self, args: Arguments) {
        self.add("its sibling", 0, args.least, true, |cx, sizes| {
            let mark = cx.mark(Events::SharedInContainer, sizes, cx.bang, 1);
            let (call, shown) = cx.at("outer[0]", &args, &mark);
            let (show, fill) = (&cx.show, &cx.fill);
            format!(
                "fn CASE(n: int) {{\n    let xs = {fill}(n)\n    var outer = [xs, xs]\n{call}    print(\"CASE {{n}}{shown} {{{show}(outer[0])}} {{{show}(outer[1])}}\")\n}}\n"
            )
        });
    }
}
