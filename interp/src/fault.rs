//! What can go wrong in the middle of a walk, where no Cowl code may run: told afterwards, when
//! everything is back in its place, as the panic that it is.

use crate::machine::{Machine, Stop, ice};
use crate::value::V;
use cowl_contract::panic::Panic;
use cowl_frontend::hir::{ShapeKind, SiteId};
use cowl_frontend::types::{FloatTy, Ty, TyData};

/// Boxed: it is rare, and results are moved often.
#[derive(Debug)]
pub struct Fault(Box<(What, SiteId)>);

#[derive(Debug)]
enum What {
    Plain(Panic<'static>),
    /// A message that holds values of the program.
    Text(String),
    NoKey(V, Ty),
    ObjectInChange(Ty),
    FieldInChange(Ty, u32),
}

impl Fault {
    fn new(what: What, site: SiteId) -> Fault {
        Fault(Box::new((what, site)))
    }

    #[cold]
    pub fn plain(panic: Panic<'static>, site: SiteId) -> Fault {
        Fault::new(What::Plain(panic), site)
    }

    #[cold]
    pub fn text(panic: Panic<'_>, site: SiteId) -> Fault {
        Fault::new(What::Text(panic.to_string()), site)
    }

    #[cold]
    pub fn index(index: i64, len: usize, site: SiteId) -> Fault {
        let len = len as u64;
        Fault::plain(Panic::Index { index, len }, site)
    }

    /// `ty` is the key's type.
    #[cold]
    pub fn no_key(key: &V, ty: Ty, site: SiteId) -> Fault {
        Fault::new(What::NoKey(key.clone(), ty), site)
    }

    /// `ty` is the object's type, here and below.
    #[cold]
    pub fn object_in_change(ty: Ty, site: SiteId) -> Fault {
        Fault::new(What::ObjectInChange(ty), site)
    }

    #[cold]
    pub fn field_in_change(ty: Ty, field: u32, site: SiteId) -> Fault {
        Fault::new(What::FieldInChange(ty, field), site)
    }
}

impl Machine<'_> {
    /// Panics.
    #[cold]
    pub fn fault(&mut self, fault: Fault) -> Stop {
        let (what, site) = *fault.0;
        match what {
            What::Plain(panic) => self.panic(panic, site),
            What::Text(message) => self.panic(Panic::User { message: &message }, site),
            What::NoKey(key, ty) => match self.show_text(key, ty, true, site) {
                Ok(key) => self.panic(Panic::NoKey { key: &key }, site),
                Err(stop) => stop,
            },
            What::ObjectInChange(ty) => {
                let ty = self.type_name(ty);
                self.panic(Panic::ObjectInChange { ty: &ty }, site)
            }
            What::FieldInChange(ty, field) => {
                let field = self.field_name(ty, field);
                self.panic(Panic::FieldInChange { field: &field }, site)
            }
        }
    }

    /// A type's name without module and arguments.
    pub fn type_name(&self, ty: Ty) -> String {
        match self.env.types.data(ty) {
            TyData::Adt(..) => self.env.shape(ty).name.to_string(),
            TyData::Bool => "bool".to_string(),
            TyData::Char => "char".to_string(),
            TyData::Int(int) => int.name().to_string(),
            TyData::Float(FloatTy::F64) => "float".to_string(),
            TyData::Float(FloatTy::F32) => "f32".to_string(),
            TyData::List(_) => "List".to_string(),
            TyData::Array(_) => "Array".to_string(),
            TyData::Map(..) => "Map".to_string(),
            TyData::Set(_) => "Set".to_string(),
            TyData::Str => "string".to_string(),
            TyData::Tuple(_) => "tuple".to_string(),
            _ => "value".to_string(),
        }
    }

    pub fn field_name(&self, ty: Ty, field: u32) -> String {
        if let TyData::Tuple(_) = self.env.types.data(ty) {
            return field.to_string();
        }
        match &self.env.shape(ty).kind {
            ShapeKind::Struct(fields) => match &fields[field as usize].name {
                Some(name) => name.to_string(),
                None => field.to_string(),
            },
            ShapeKind::Enum(_) => ice!("an enum has no fields"),
        }
    }
}
