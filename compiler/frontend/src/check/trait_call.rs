//! Calls that name a trait: `Trait.m(x)`, `From` behind `?`.

use super::method::Found;
use super::*;

impl Cx<'_, '_> {
    /// `Trait.m(x, …)`: the trait's method, `Self` found from the first argument or the wish.
    pub(super) fn trait_static(
        &mut self,
        trait_: TraitId,
        name: &ast::Name,
        written: &[ast::Ty],
        args: &[ast::Arg],
        expected: Option<Ty>,
        span: Span,
    ) -> Expr {
        let def = self.ck.defs.trait_(trait_);
        let trait_name = def.name.clone();
        let methods = def.methods.clone();
        let trait_params = def.generics.params.len();
        let Some(i) = methods
            .iter()
            .position(|&m| self.ck.defs.func(m).name == name.text)
        else {
            let names: Vec<Text> = methods
                .iter()
                .map(|&m| self.ck.defs.func(m).name.clone())
                .collect();
            let best = self.closest(&name.text, names.iter().map(|n| &**n));
            self.report(errors::no_function(
                name.span,
                &name.text,
                &trait_name,
                best,
            ));
            return self.error(span);
        };
        let method = methods[i];
        let count = self
            .ck
            .defs
            .func(method)
            .generics
            .params
            .len()
            .max(trait_params);
        let targs: Vec<Ty> = (0..count).map(|_| self.fresh()).collect();
        let bound = TraitRef {
            trait_,
            args: targs[1..trait_params].to_vec(),
        };
        let why = format!("`{trait_name}.{}`", name.text);
        let subject = match self.ck.defs.trait_(trait_).ptr_only {
            true => self.ck.types.intern(TyData::Ptr(targs[0])),
            false => targs[0],
        };
        self.obligations.push(Obligation {
            ty: subject,
            bound,
            span: name.span,
            why,
        });
        let found = Found::Trait {
            trait_,
            method: i as u32,
            def: method,
            targs,
        };
        self.call_static_found(found, name, written, args, expected)
    }

    /// An error of another type, converted by `From`.
    pub(super) fn by_from(&mut self, value: Expr, want: Ty, span: Span) -> Expr {
        let have = self.infer.deep(self.ck.types, value.ty);
        let want = self.infer.deep(self.ck.types, want);
        let Some(from) = self.ck.defs.lang.from else {
            return value;
        };
        let bound = TraitRef {
            trait_: from,
            args: vec![have],
        };
        if !self.implements(want, &bound) {
            let (shown_have, shown_want) = (self.show(have), self.show(want));
            self.report(errors::no_from(span, &shown_have, &shown_want));
            return self.error(span);
        }
        let callee = Callee::TraitMethod {
            trait_: from,
            method: 0,
            targs: vec![want, have],
        };
        self.mk(
            ExprKind::Call {
                callee,
                args: vec![value],
            },
            want,
            span,
        )
    }
}
