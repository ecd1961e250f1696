//! The machine: its state, calls, and the ways in which control leaves an expression.
//!
//! Locals and pending operands share one stack of values. A frame begins with its locals (the
//! arguments were pushed there by the caller); above them stand the operands of the operations
//! under way, oldest first. So whoever catches a `Break`, `Continue` or `Return` releases what
//! stands above its own mark, from the top: innermost operation first, last operand first. No
//! owned value that others may hold stays in a Rust local while a Cowl expression runs, except
//! where nothing but the end of the program can leave it.

use crate::ledger::Counter;
use crate::looks::Looks;
use crate::map::KeyHasher;
use crate::objects::Heap;
use crate::report::{Report, Storages};
use crate::text::Str;
use crate::value::{Closure, V};
use crate::watch::{self, Watch};
use crate::{Io, Options};
use cowl_contract::outcome::End;
use cowl_contract::panic::{EAGER_COPIES, Panic, limit_reached};
use cowl_frontend::hir::{
    Expr, Func, FuncId, LocalId, LoopId, Pat, Path, Program, Shape, ShapeKind, SiteId,
};
use cowl_frontend::source::SourceMap;
use cowl_frontend::types::{Ty, TyData, Types};
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::rc::Rc;

/// Why an expression has no value. The value of a `Return` or `Break` is in `Machine::carried`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    Return,
    Break(LoopId),
    Continue(LoopId),
    /// The program ends: a panic, `exit`, a limit. Nothing is released.
    End,
}

pub type Res = Result<V, Stop>;

/// Calls an internal error by its name: the frontend gave a program that breaks HIR's invariants,
/// or this crate is wrong.
macro_rules! ice {
    ($($arg:tt)*) => {
        panic!("internal error in the interpreter: {}", format_args!($($arg)*))
    };
}
pub(crate) use ice;

pub struct Machine<'p> {
    pub program: &'p Program,
    pub sources: &'p SourceMap,
    pub env: Env<'p>,
    pub slots: Vec<V>,
    /// Where the running function's locals begin.
    pub base: usize,
    /// The running function; `None` before the first call.
    pub func: Option<&'p Func>,
    pub closure: Option<Rc<Closure>>,
    pub callers: Vec<Caller<'p>>,
    /// The value of a `Return` or `Break` on its way.
    pub carried: V,
    /// Why a typed evaluation (`scalar.rs`) gave nothing.
    pub stopped: Stop,
    pub globals: Vec<V>,
    /// String literals, held by the program; by the address of their text.
    /// With the place where it was first read.
    pub literals: FxHashMap<usize, (Str, SiteId)>,
    /// Per function: are its parameters its first locals, in order?
    direct: Vec<bool>,
    pub counter: Option<Counter>,
    pub report: Option<Report>,
    /// Running `for` loops over values: the slot that holds the sequence, and where they stand.
    pub loops: Vec<(usize, SiteId)>,
    /// Of a program that asks `is_unique`.
    pub looks: Option<Looks>,
    /// Guards that are being asked.
    pub guards: Vec<Asking<'p>>,
    pub heap: Heap,
    pub io: Io,
    /// How the program ended, once it has.
    pub end: Option<End>,
    /// Work-list of `release`.
    pub(crate) releasing: Vec<V>,
    depth: u64,
    steps: u64,
    max_depth: u64,
    max_steps: u64,
    max_copied: u64,
    /// The step before the next look at the limits.
    look_at: u64,
    pub watch: Option<Watch>,
    /// The native stack must not grow below this address.
    stack_limit: usize,
}

/// A guard that is being asked: what it sees of the matched value is no holder of it, so it ends
/// where the guard leaves the match and the value is released.
pub struct Asking<'p> {
    /// The function's first local, and the one that the matched value is in.
    pub base: usize,
    pub local: Option<LocalId>,
    /// The slot of the matched value.
    pub at: usize,
    pub pat: &'p Pat,
}

/// What walks over values need to know.
pub struct Env<'p> {
    pub types: &'p Types,
    /// By type.
    pub shapes: Vec<Option<&'p Shape>>,
    pub hasher: KeyHasher,
    pub eager: bool,
    /// Values that eager mode has copied.
    copied: Cell<u64>,
    /// By type, where the report of copies is asked for.
    pub stored: Storages,
}

/// A function that waits for the one it called.
pub struct Caller<'p> {
    pub func: Option<&'p Func>,
    /// Where it called.
    pub site: SiteId,
    pub base: usize,
    pub closure: Option<Rc<Closure>>,
}

impl<'p> Env<'p> {
    pub fn shape(&self, ty: Ty) -> &'p Shape {
        match self.shapes.get(ty.index()) {
            Some(Some(shape)) => shape,
            _ => ice!("type {ty} has no shape"),
        }
    }

    /// How many parts a struct or tuple has.
    pub fn arity(&self, ty: Ty) -> usize {
        match self.types.data(ty) {
            TyData::Tuple(parts) => parts.len(),
            _ => match &self.shape(ty).kind {
                ShapeKind::Struct(fields) => fields.len(),
                ShapeKind::Enum(_) => ice!("an enum has no fields"),
            },
        }
    }

    /// What a copy of a storage weighs in compiled programs.
    pub fn bytes(&self, ty: Ty, len: usize) -> u64 {
        match self.stored.get(ty.index()) {
            Some(Some(stored)) => stored.bytes(len as u64),
            _ => 0,
        }
    }

    /// One more holder of a value; in eager mode a copy of all of it.
    #[inline]
    pub fn share(&self, v: &V) -> V {
        if self.eager && !v.is_plain() {
            let (copy, values) = crate::share::deep_copy(v);
            self.copied.set(self.copied.get() + values);
            copy
        } else {
            v.clone()
        }
    }
}

/// More values than any program's frames and operands need; beyond it, the stack has overflowed.
const MAX_SLOTS: usize = 1 << 28;

impl<'p> Machine<'p> {
    pub fn new(
        program: &'p Program,
        sources: &'p SourceMap,
        options: &Options,
        io: Io,
        stack_limit: usize,
    ) -> Machine<'p> {
        let mut shapes = vec![None; program.types.len()];
        for (ty, shape) in &program.shapes {
            shapes[ty.index()] = Some(shape);
        }
        let in_order = |f: &Func| {
            let mut params = f.params.iter().enumerate();
            params.all(|(i, p)| p.local.index() == i)
        };
        Machine {
            program,
            sources,
            env: Env {
                types: &program.types,
                shapes,
                hasher: KeyHasher::default(),
                eager: options.eager,
                copied: Cell::new(0),
                stored: options.copies.clone().unwrap_or_default(),
            },
            slots: Vec::with_capacity(1 << 12),
            base: 0,
            func: None,
            closure: None,
            callers: Vec::new(),
            carried: V::Empty,
            stopped: Stop::End,
            globals: Vec::new(),
            literals: FxHashMap::default(),
            direct: program.funcs.iter().map(in_order).collect(),
            heap: Heap::new(options.stress),
            counter: (options.ledger || options.copies.is_some())
                .then(|| Counter::new(program.sites.len())),
            report: options.copies.as_ref().map(|_| Report::default()),
            loops: Vec::new(),
            looks: Looks::of(program),
            guards: Vec::new(),
            io,
            end: None,
            releasing: Vec::new(),
            depth: 0,
            steps: 0,
            max_depth: options.max_depth.unwrap_or(u64::MAX),
            max_steps: options.max_steps.unwrap_or(u64::MAX),
            max_copied: options.max_copied.unwrap_or(u64::MAX),
            look_at: options.max_steps.unwrap_or(u64::MAX),
            watch: None,
            stack_limit,
        }
    }

    /// Does the running function belong to std, where nothing is counted?
    pub fn in_std(&self) -> bool {
        self.func.is_some_and(|f| f.is_std)
    }

    // ---- calls

    /// Calls a function whose `n` arguments stand on the stack from `args_at` on (looked-at
    /// temporaries may stand above them). Pops what it was given, gives the result.
    pub fn call_at(
        &mut self,
        id: FuncId,
        args_at: usize,
        n: usize,
        closure: Option<Rc<Closure>>,
        site: SiteId,
    ) -> Res {
        let func = self.program.func(id);
        self.check_call(func, site)?;
        let base = if self.slots.len() == args_at + n {
            args_at
        } else {
            // Temporaries stand above the arguments: they stay, the arguments go on top.
            let top = self.slots.len();
            for i in args_at..args_at + n {
                let v = self.slots[i].take();
                self.slots.push(v);
            }
            top
        };
        self.callers.push(Caller {
            func: self.func.replace(func),
            site,
            base: std::mem::replace(&mut self.base, base),
            closure: std::mem::replace(&mut self.closure, closure),
        });
        let top = base + func.locals.len();
        if self.direct[id.index()] {
            self.slots.resize(top, V::Empty);
        } else {
            let args: Vec<V> = self.slots.drain(base..).collect();
            self.slots.resize(top, V::Empty);
            for (param, arg) in func.params.iter().zip(args) {
                self.slots[base + param.local.index()] = arg;
            }
        }
        let result = match self.eval(&func.body) {
            Ok(v) => v,
            Err(Stop::Return) => self.carried.take(),
            Err(stop) => return Err(stop),
        };
        if self.slots.len() > top {
            self.release_to(top)?;
        }
        self.end_locals(func, base)?;
        let Some(caller) = self.callers.pop() else {
            ice!("a return without a caller")
        };
        self.func = caller.func;
        self.base = caller.base;
        self.closure = caller.closure;
        if !func.is_std {
            self.depth -= 1;
        }
        Ok(result)
    }

    /// A frame's end: what is left are scalars and what was only borrowed.
    fn end_locals(&mut self, func: &Func, base: usize) -> Result<(), Stop> {
        while self.slots.len() > base {
            if let Some(v) = self.slots.pop()
                && !v.is_plain()
            {
                if cfg!(debug_assertions) {
                    let local = LocalId((self.slots.len() - base) as u32);
                    let borrowed = func.params.iter().any(|p| p.borrowed && p.local == local);
                    if !borrowed && v.holds() {
                        ice!("{local} of {} still holds {v:?} at the end", func.name);
                    }
                }
                self.release(v)?;
            }
        }
        Ok(())
    }

    /// Gives a local its value; it must not hold another.
    #[inline]
    pub fn set_local(&mut self, local: LocalId, v: V) -> Result<(), Stop> {
        let at = self.base + local.index();
        let old = std::mem::replace(&mut self.slots[at], v);
        if old.is_plain() {
            return Ok(());
        }
        if cfg!(debug_assertions) && old.holds() {
            let name = self.func.map_or("", |f| &f.name);
            ice!("{local} of {name} still holds {old:?} when it is given a value");
        }
        self.release(old)
    }

    /// Calls a function with values that are at hand.
    pub fn call_values<const N: usize>(&mut self, id: FuncId, args: [V; N], site: SiteId) -> Res {
        let at = self.slots.len();
        self.slots.extend(args);
        self.call_at(id, at, N, None, site)
    }

    fn check_call(&mut self, func: &Func, site: SiteId) -> Result<(), Stop> {
        if !func.is_std {
            self.depth += 1;
            if self.depth > self.max_depth {
                return Err(self.panic(Panic::StackOverflow, site));
            }
            self.step()?;
        }
        let here = 0u8;
        if std::ptr::from_ref(&here).addr() < self.stack_limit || self.slots.len() > MAX_SLOTS {
            return Err(self.panic(Panic::StackOverflow, site));
        }
        Ok(())
    }

    /// Counts one step: a call of a function outside std, or a turn of a loop in one.
    #[inline]
    pub fn step(&mut self) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps > self.look_at {
            return self.look();
        }
        Ok(())
    }

    /// A loop's turn.
    #[inline]
    pub fn turn(&mut self) -> Result<(), Stop> {
        if self.in_std() { Ok(()) } else { self.step() }
    }

    /// Is a limit reached?
    #[cold]
    fn look(&mut self) -> Result<(), Stop> {
        let line = if self.steps > self.max_steps {
            limit_reached("max-steps", self.max_steps)
        } else if self.env.copied.get() > self.max_copied {
            limit_reached(EAGER_COPIES, self.max_copied)
        } else if let Some(watch) = &self.watch
            && let Some(line) = watch.reached()
        {
            line
        } else {
            self.look_at = self.max_steps.min(self.steps + watch::STEPS);
            return Ok(());
        };
        self.say(&line);
        self.end = Some(End::Limit);
        Err(Stop::End)
    }

    /// Time, memory and copies count from here on.
    pub fn start_watch(&mut self, options: &Options) {
        self.watch = Watch::start(options);
        if self.watch.is_some() || options.max_copied.is_some() {
            self.look_at = self.max_steps.min(watch::STEPS);
        }
    }

    // ---- operands

    /// Runs an expression and puts its value on the stack at `at`, where the operands of this
    /// operation go on. Temporaries that a look leaves behind float above.
    #[inline]
    pub fn push_operand(&mut self, e: &'p Expr, at: usize) -> Result<(), Stop> {
        let v = self.eval(e)?;
        if self.slots.len() == at {
            self.slots.push(v);
        } else {
            self.insert_operand(at, v);
        }
        Ok(())
    }

    #[cold]
    fn insert_operand(&mut self, at: usize, v: V) {
        self.slots.insert(at, v);
    }

    pub fn push_operands(&mut self, es: &'p [Expr], at: usize) -> Result<(), Stop> {
        for (i, e) in es.iter().enumerate() {
            self.push_operand(e, at + i)?;
        }
        Ok(())
    }

    /// Runs an expression whose value is used up at once; nothing stays behind it.
    #[inline]
    pub fn eval_now(&mut self, e: &'p Expr) -> Res {
        let mark = self.slots.len();
        let v = self.eval(e)?;
        if self.slots.len() > mark {
            self.release_to(mark)?;
        }
        Ok(v)
    }

    pub fn eval_int(&mut self, e: &'p Expr) -> Result<i64, Stop> {
        self.int(e).ok_or(self.stopped)
    }

    // ---- release

    /// Ends these holders, in this order.
    pub fn release_paths(&mut self, paths: &'p [Path]) -> Result<(), Stop> {
        for path in paths {
            if !self.guards.is_empty() {
                self.leave_guards(path.local)?;
            }
            let v = if path.fields.is_empty() {
                self.slots[self.base + path.local.index()].take()
            } else {
                self.take_path(path.local, path.fields.iter().copied())
            };
            self.release(v)?;
        }
        Ok(())
    }

    /// Ends the pending operands above a mark, the last first.
    pub fn release_to(&mut self, mark: usize) -> Result<(), Stop> {
        while self.slots.len() > mark {
            if let Some(v) = self.slots.pop() {
                self.release(v)?;
            }
        }
        Ok(())
    }

    /// Ends a holder. A value without another holder ends with all that it alone holds, in the
    /// order of the language and without recursion.
    #[inline]
    pub fn release(&mut self, v: V) -> Result<(), Stop> {
        if v.has_children() {
            self.release_all(v)
        } else {
            Ok(())
        }
    }

    pub fn release_each(&mut self, values: Vec<V>) -> Result<(), Stop> {
        for v in values {
            self.release(v)?;
        }
        Ok(())
    }

    fn release_all(&mut self, v: V) -> Result<(), Stop> {
        let bottom = self.releasing.len();
        self.releasing.push(v);
        while self.releasing.len() > bottom {
            let Some(v) = self.releasing.pop() else { break };
            match v {
                V::Ptr(object) => {
                    if Rc::strong_count(&object) == 1 {
                        self.free_object(object)?;
                    }
                }
                v => push_children(v, &mut self.releasing),
            }
        }
        Ok(())
    }
}

/// Puts what a value alone holds on a work-list, last part first, and drops the rest of it.
pub fn push_children(v: V, work: &mut Vec<V>) {
    let mut keep = |part: &mut V| {
        if part.has_children() {
            work.push(part.take());
        }
    };
    match v {
        V::List(list) => {
            if let Some(mut store) = list.into_store()
                && let Some(items) = Rc::get_mut(&mut store)
            {
                items.iter_mut().rev().for_each(keep);
            }
        }
        V::Rec(mut parts) | V::Variant(_, mut parts) => {
            if let Some(parts) = Rc::get_mut(&mut parts) {
                parts.iter_mut().rev().for_each(keep);
            }
        }
        V::Map(Some(mut map)) => {
            if let Some(map) = Rc::get_mut(&mut map) {
                map.parts_mut().rev().for_each(keep);
            }
        }
        V::Any(mut cell) => {
            if let Some(cell) = Rc::get_mut(&mut cell) {
                keep(&mut cell.value);
            }
        }
        V::Fn(mut closure) => {
            if let Some(closure) = Rc::get_mut(&mut closure) {
                closure.captures.iter_mut().rev().for_each(keep);
            }
        }
        V::Ptr(_) => ice!("objects are freed by the machine"),
        _ => {}
    }
}
