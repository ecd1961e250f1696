//! The table of what takes part: methods and functions of collections as the frontend declares
//! them, and the kinds of elements.
//!
//! Takes the standard library (and declarations of a test's own); gives `Method`s with their
//! `Defs` and `Types`. Every impl of the prelude is either of a collection, or named here as not
//! being one.

use cowl_contract::builtins::Class;
use cowl_frontend::defs::{BuiltinTrait, Defs, FnDef, Owner, SelfKind};
use cowl_frontend::display::display;
use cowl_frontend::hir::FnDefId;
use cowl_frontend::loader::InMemory;
use cowl_frontend::problem::Problems;
use cowl_frontend::resolve::resolve;
use cowl_frontend::source::SourceMap;
use cowl_frontend::types::{AdtId, Ty, TyData, Types};

/// What every program declares; the fields of `Kinds` are the kinds of elements.
pub const DECLARATIONS: &str = "\
struct Rec { name: string, n: int }
enum Shape { dot, circle(int), named(string), both(a: int, b: List<int>) }
struct Holder<T> { items: T, tag: int }
struct Kinds { scalar: int, text: string, record: Rec, nested: List<int>, sum: Shape, optional: string?, number: float }
";

/// Types of the prelude with methods that are no collections.
const NO_COLLECTIONS: [&str; 5] = ["Option", "Result", "Range", "Error", "Desc"];

/// Collections that the library writes in Cowl, around a List or an Array: made by `to_NAME`.
const WRAPPED: [(&str, &str); 2] = [("Deque", "to_deque"), ("Heap", "to_heap")];

/// One method or function, on one kind of receiver.
#[derive(Clone, Debug)]
pub struct Method {
    /// `List<int>.push`
    pub label: String,
    /// What `Self` is.
    pub receiver: Ty,
    /// Which kind of element; of a string, which kind of text.
    pub kind: usize,
    pub name: String,
    pub self_kind: Option<SelfKind>,
    pub class: Option<Class>,
    /// Of a blanket impl: what its body counts says nothing of the receiver.
    pub blanket: bool,
    /// Without `self`.
    pub params: Vec<Param>,
    pub ret: Ty,
    /// The R of `(Self, R)`.
    pub result: Option<Ty>,
    pub forms: Forms,
}

/// How it is written: `PLACE` is the receiver, `ARGS` are all arguments, `ARG0` is the first.
#[derive(Clone, Debug)]
pub struct Forms {
    /// An expression of the whole result.
    pub value: Option<String>,
    /// What changes the receiver in its place; its value is the R, if there is one.
    pub change: Option<String>,
}

impl Forms {
    pub fn value(form: &str) -> Forms {
        Forms {
            value: Some(form.to_string()),
            change: None,
        }
    }

    pub fn change(form: &str) -> Forms {
        Forms {
            value: None,
            change: Some(form.to_string()),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Param {
    pub name: String,
    pub ty: Ty,
    pub has_default: bool,
    /// It stands for an element, key or value, by its declared type.
    pub is_element: bool,
}

pub struct Table {
    pub defs: Defs,
    pub types: Types,
    pub kinds: Vec<Ty>,
    pub methods: Vec<FnDefId>,
}

impl Table {
    pub fn read(more: &str) -> Result<Table, Vec<String>> {
        let mut sources = SourceMap::default();
        let mut types = Types::default();
        let mut problems = Problems::default();
        let text = format!("{DECLARATIONS}{more}\nfn main() {{}}\n");
        let root = sources.add("matrix.cowl".to_string(), text.into(), false);
        let defs = resolve(
            &mut sources,
            &mut types,
            &mut InMemory::default(),
            root,
            &mut problems,
        );
        if problems.errors() > 0 {
            let said = problems.finish();
            return Err(said.into_iter().map(|p| format!("{p:?}")).collect());
        }
        let named = defs.adts.iter().find(|a| &*a.name == "Kinds");
        let fields = named.and_then(|a| a.fields()).unwrap_or_default();
        let kinds = fields.iter().map(|f| f.ty).collect();
        let mut table = Table {
            defs,
            types,
            kinds,
            methods: Vec::new(),
        };
        table.methods = table.collections()?;
        Ok(table)
    }

    /// Public methods and functions of the impls that belong to collections.
    fn collections(&self) -> Result<Vec<FnDefId>, Vec<String>> {
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for (i, func) in self.defs.fns.iter().enumerate() {
            let Owner::Impl(owner) = func.owner else {
                continue;
            };
            let imp = self.defs.impl_(owner);
            let module = self.defs.module(func.module);
            let takes_part = module.is_std && module.name.starts_with("std.core")
                || func.module == self.defs.root;
            if !takes_part || imp.trait_.is_some() || !func.is_pub {
                continue;
            }
            match self.is_collection(imp.self_ty, func) {
                Ok(true) => found.push(FnDefId(i as u32)),
                Ok(false) => {}
                Err(e) => unknown.push(e),
            }
        }
        match unknown.is_empty() {
            true => Ok(found),
            false => Err(unknown),
        }
    }

    fn is_collection(&self, ty: Ty, func: &FnDef) -> Result<bool, String> {
        match self.types.data(ty) {
            TyData::List(_) | TyData::Array(_) | TyData::Map(..) | TyData::Set(_) | TyData::Str => {
                Ok(true)
            }
            // Of any type, and so of a collection; of numbers only, and so of none.
            TyData::Param(i) => Ok(func.generics.params[*i as usize].bounds.is_empty()),
            TyData::Bool
            | TyData::Char
            | TyData::Int(_)
            | TyData::Float(_)
            | TyData::Tuple(_)
            | TyData::Ptr(_)
            | TyData::Weak(_) => Ok(false),
            TyData::Adt(..) if self.wrapped(ty).is_some() => Ok(true),
            TyData::Adt(id, _) if NO_COLLECTIONS.contains(&&*self.defs.adt(*id).name) => Ok(false),
            _ => {
                let name = display(&self.defs, &self.types, &func.generics, ty);
                Err(format!(
                    "{name}.{}: the matrix cannot make a {name}; say how in matrix/values.rs, or in matrix/table.rs that it is no collection",
                    func.name
                ))
            }
        }
    }

    /// Of a collection written in Cowl: how a List becomes it, and its element.
    pub fn wrapped(&self, ty: Ty) -> Option<(&'static str, Ty)> {
        let TyData::Adt(id, args) = self.types.data(ty) else {
            return None;
        };
        let adt = self.defs.adt(*id);
        let (_, make) = WRAPPED.iter().find(|(name, _)| *name == &*adt.name)?;
        self.defs
            .module(adt.module)
            .is_std
            .then_some((*make, args[0]))
    }

    /// The collections written in Cowl, of one kind of element.
    pub fn queues(&self, element: Ty) -> Vec<TyData> {
        let of = |name: &str| {
            let at = self.defs.adts.iter().position(|a| &*a.name == name)?;
            Some(TyData::Adt(AdtId(at as u32), Box::new([element])))
        };
        WRAPPED.iter().filter_map(|(name, _)| of(name)).collect()
    }

    pub fn show(&self, ty: Ty) -> String {
        display(&self.defs, &self.types, &Default::default(), ty)
    }

    /// A method on every kind of element that its bounds admit.
    pub fn instances(&mut self, id: FnDefId) -> Result<Vec<Method>, String> {
        let func = self.defs.func(id);
        let (generics, parent) = (func.generics.clone(), func.generics.parent);
        let self_ty = func.self_ty.unwrap_or(Types::ERROR);
        let blanket = matches!(self.types.data(self_ty), TyData::Param(_));
        let n = match (parent, self.types.data(self_ty)) {
            (0, TyData::Str) => 2,
            (0, _) => 1,
            _ => self.kinds.len(),
        };
        let mut all = Vec::new();
        for kind in 0..n {
            let mut args = Vec::new();
            for (i, param) in generics.params.iter().enumerate() {
                let element = self.kinds[(kind + i) % self.kinds.len()];
                let ty = if blanket && i == 0 {
                    self.types.intern(TyData::List(element))
                } else if i < parent {
                    element
                } else if !param.bounds.is_empty() {
                    [Types::INT, Types::STR][kind % 2]
                } else {
                    [Types::STR, self.kinds[2], Types::INT][kind % 3]
                };
                args.push(ty);
            }
            let bounds = || generics.params.iter().zip(&args);
            let fits = bounds().all(|(p, &ty)| {
                let traits = p.bounds.iter().map(|b| self.defs.trait_(b.trait_).builtin);
                traits.into_iter().all(|t| self.has(ty, t))
            });
            if fits {
                all.push(self.instance(id, self_ty, &args, kind, blanket));
            }
        }
        match all.is_empty() {
            true => {
                let path = &self.defs.func(id).path;
                Err(format!("{path}: no kind of element has its bounds"))
            }
            false => Ok(all),
        }
    }

    /// Every kind has what is derived.
    fn has(&self, ty: Ty, bound: Option<BuiltinTrait>) -> bool {
        match bound {
            Some(BuiltinTrait::Num) => ty == Types::INT || ty == Types::FLOAT,
            Some(BuiltinTrait::Int) => ty == Types::INT,
            Some(BuiltinTrait::Float) => ty == Types::FLOAT,
            Some(_) => true,
            None => false,
        }
    }

    fn instance(
        &mut self,
        id: FnDefId,
        self_ty: Ty,
        args: &[Ty],
        kind: usize,
        blanket: bool,
    ) -> Method {
        let receiver = self.types.subst(self_ty, args);
        let func = self.defs.func(id);
        let skip = usize::from(func.self_kind.is_some());
        let mut params = Vec::new();
        for p in &func.params[skip..] {
            params.push(Param {
                name: p.name.to_string(),
                ty: self.types.subst(p.ty, args),
                is_element: matches!(self.types.data(p.ty), TyData::Param(_)),
                has_default: p.default.is_some(),
            });
        }
        let ret = self.types.subst(func.ret, args);
        let result = func.result.map(|r| self.types.subst(r, args));
        let kind_name = match self.types.data(receiver) {
            TyData::Str => ["", " mixed"][kind.min(1)],
            _ => "",
        };
        let label = format!("{}{kind_name}.{}", self.show(receiver), func.name);
        // `xs.m!(…)` can be written.
        let bang = match func.self_kind {
            Some(SelfKind::Var) => true,
            Some(SelfKind::Value) => ret == receiver,
            Some(SelfKind::Ptr) | None => false,
        };
        let name = &func.name;
        let forms = Forms {
            value: Some(format!("PLACE.{name}(ARGS)")),
            change: bang.then(|| format!("PLACE.{name}!(ARGS)")),
        };
        Method {
            label,
            receiver,
            kind,
            name: func.name.to_string(),
            self_kind: func.self_kind,
            class: func.class,
            blanket,
            params,
            ret,
            result,
            forms,
        }
    }
}
