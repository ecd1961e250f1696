//! What is written without a method's name: operators, indices, assignments, `in`, comprehensions,
//! loops and patterns, as rows of the table like its methods.
//!
//! Takes a receiver's type; gives `Method`s whose forms are texts. `+` and assignments to what a
//! place holds are updates, everything else counts nothing.

use super::table::{Forms, Method, Param};
use super::values::Values;
use cowl_contract::builtins::Class;
use cowl_frontend::defs::SelfKind;
use cowl_frontend::types::{Ty, TyData, Types};

/// Of every receiver that operators stand on: of which type, of which kind of element.
pub fn receivers(cx: &mut Values) -> Vec<(Ty, usize)> {
    let kinds = cx.table.kinds.clone();
    let mut all = vec![(Types::STR, 0), (Types::STR, 1)];
    for (kind, &element) in kinds.iter().enumerate() {
        let value = kinds[(kind + 1) % kinds.len()];
        let mut types = vec![
            TyData::List(element),
            TyData::Array(element),
            TyData::Set(element),
            TyData::Map(element, value),
        ];
        types.extend(cx.table.queues(element));
        all.extend(types.into_iter().map(|t| (cx.table.types.intern(t), kind)));
    }
    all
}

struct Rows<'a, 'b> {
    cx: &'a mut Values<'b>,
    receiver: Ty,
    kind: usize,
    found: Vec<Method>,
}

/// The rows of one receiver.
pub fn rows(cx: &mut Values, receiver: Ty, kind: usize) -> Result<Vec<Method>, String> {
    let mut rows = Rows {
        cx,
        receiver,
        kind,
        found: Vec::new(),
    };
    rows.all()?;
    Ok(rows.found)
}

impl Rows<'_, '_> {
    fn all(&mut self) -> Result<(), String> {
        let receiver = self.receiver;
        match self.cx.table.types.data(receiver).clone() {
            TyData::List(t) | TyData::Array(t) => {
                self.sequence(t)?;
                self.elements(t)?;
                self.walks(t)?;
            }
            TyData::Str => {
                self.sequence(Types::CHAR)?;
                self.walks(Types::CHAR)?;
                self.text()?;
            }
            TyData::Set(t) => {
                self.reads("in", "ARG0 in PLACE", Types::BOOL, &[("x", t)]);
                self.equality();
                self.walks(t)?;
            }
            TyData::Map(k, v) => self.map(k, v)?,
            _ => {
                let (_, element) = self
                    .cx
                    .table
                    .wrapped(receiver)
                    .ok_or("no operators stand on it")?;
                self.reads("in", "ARG0 in PLACE", Types::BOOL, &[("x", element)]);
                self.equality();
            }
        }
        Ok(())
    }

    /// Parameters `i` are indices, `a` and `b` ends of a range, `other` is of the receiver's type,
    /// `present` a key that is there; all others are elements.
    fn add(&mut self, name: &str, class: Class, forms: Forms, ret: Ty, params: &[(&str, Ty)]) {
        let kind_name = match self.receiver {
            Types::STR => ["", " mixed"][self.kind.min(1)],
            _ => "",
        };
        let shown = self.cx.table.show(self.receiver);
        let params = params.iter().map(|&(name, ty)| Param {
            name: name.to_string(),
            ty,
            has_default: false,
            is_element: !matches!(name, "i" | "a" | "b" | "other"),
        });
        self.found.push(Method {
            label: format!("{shown}{kind_name} {name}"),
            receiver: self.receiver,
            kind: self.kind,
            name: name.to_string(),
            self_kind: Some(SelfKind::Value),
            class: Some(class),
            blanket: false,
            params: params.collect(),
            ret,
            result: None,
            forms,
        });
    }

    fn reads(&mut self, name: &str, form: &str, ret: Ty, params: &[(&str, Ty)]) {
        self.add(name, Class::Reader, Forms::value(form), ret, params);
    }

    fn changes(&mut self, name: &str, form: &str, params: &[(&str, Ty)]) {
        let forms = Forms::change(form);
        self.add(name, Class::Updater, forms, self.receiver, params);
    }

    /// What all of one kind of order have.
    fn sequence(&mut self, element: Ty) -> Result<(), String> {
        let own = self.receiver;
        let plus = Forms {
            value: Some("PLACE + ARG0".to_string()),
            change: Some("PLACE += ARG0".to_string()),
        };
        self.add("+", Class::Updater, plus, own, &[("other", own)]);
        self.reads("[]", "PLACE[ARG0]", element, &[("i", Types::INT)]);
        let ends = [("a", Types::INT), ("b", Types::INT)];
        self.reads("[..]", "PLACE[ARG0..ARG1]", own, &ends);
        self.equality();
        for op in ["<", ">="] {
            let form = format!("PLACE {op} ARG0");
            self.reads(op, &form, Types::BOOL, &[("other", own)]);
        }
        let (name, part) = match own {
            Types::STR => ("other", own),
            _ => ("x", element),
        };
        self.reads("in", "ARG0 in PLACE", Types::BOOL, &[(name, part)]);
        Ok(())
    }

    fn equality(&mut self) {
        let own = self.receiver;
        for op in ["==", "!="] {
            let form = format!("PLACE {op} ARG0");
            self.reads(op, &form, Types::BOOL, &[("other", own)]);
        }
        self.reads("print", "\"{PLACE}\".size()", Types::INT, &[]);
    }

    /// Assignments to elements, and patterns.
    fn elements(&mut self, element: Ty) -> Result<(), String> {
        let index = ("i", Types::INT);
        self.changes("[]=", "PLACE[ARG0] = ARG1", &[index, ("x", element)]);
        if self.is_number(element) {
            for op in ["+=", "-="] {
                let form = format!("PLACE[ARG0] {op} ARG1");
                self.changes(&format!("[]{op}"), &form, &[index, ("x", element)]);
            }
        }
        let hash = self.cx.hash(element)?;
        let form = format!(
            "match PLACE {{ [] => 1, [a] => {hash}(a), [a, .., b] => {hash}(a) +% {hash}(b) *% 5 }}"
        );
        self.reads("match", &form, Types::INT, &[]);
        self.spread(element);
        Ok(())
    }

    /// Loops and comprehensions.
    fn walks(&mut self, element: Ty) -> Result<(), String> {
        let hash = self.cx.hash(element)?;
        let list = self.cx.table.types.intern(TyData::List(element));
        let looped = |head: &str, sum: &str| {
            format!("{{ var acc = 1; for {head} {{ acc = acc *% 31 +% {sum} }}; acc }}")
        };
        let form = looped("e in PLACE", &format!("{hash}(e)"));
        self.reads("for", &form, Types::INT, &[]);
        self.reads("[for]", "[e for e in PLACE]", list, &[]);
        let form = format!("[e for e in PLACE if nat({hash}(e)) % 3 != 0]");
        self.reads("[for if]", &form, list, &[]);
        if matches!(self.cx.table.types.data(self.receiver), TyData::Set(_)) {
            return Ok(());
        }
        let form = looped("(i, e) in PLACE.enumerate()", &format!("{hash}(e) +% i"));
        self.reads("for enumerate", &form, Types::INT, &[]);
        if self.receiver == Types::STR {
            let form = looped("e in PLACE.chars()", "int(e)");
            self.reads("for chars", &form, Types::INT, &[]);
            let form = looped("l in PLACE.lines()", "l.size()");
            self.reads("for lines", &form, Types::INT, &[]);
        } else {
            let form = looped(
                "(a, b) in PLACE.zip(ARG0)",
                &format!("{hash}(a) *% 3 +% {hash}(b)"),
            );
            self.reads("for zip", &form, Types::INT, &[("other", self.receiver)]);
        }
        Ok(())
    }

    /// A literal is fresh, whatever its elements come from.
    fn spread(&mut self, element: Ty) {
        let own = self.receiver;
        self.add(
            "[..]+",
            Class::Maker,
            Forms::value("{ let r: RECEIVER = [ARG0, ..PLACE, ARG1]; r }"),
            own,
            &[("x", element), ("y", element)],
        );
    }

    fn text(&mut self) -> Result<(), String> {
        let form = "\"<{PLACE}>{PLACE:>5}\"";
        self.reads("interpolation", form, Types::STR, &[]);
        let form = "match PLACE { \"\" => 0, \"a\" => 1, _ => 2 }";
        self.reads("match", form, Types::INT, &[]);
        Ok(())
    }

    fn map(&mut self, k: Ty, v: Ty) -> Result<(), String> {
        self.reads("in", "ARG0 in PLACE", Types::BOOL, &[("x", k)]);
        self.equality();
        self.reads("[]", "PLACE[ARG0]", v, &[("present", k)]);
        let both = [("x", k), ("y", v)];
        self.reads("[default]", "PLACE[ARG0, default: ARG1]", v, &both);
        self.changes("[]=", "PLACE[ARG0] = ARG1", &both);
        if self.is_number(v) {
            let with = [("present", k), ("y", v)];
            self.changes("[]+=", "PLACE[ARG0] += ARG1", &with);
            let with = [("x", k), ("y", v), ("z", v)];
            let form = "PLACE[ARG0, default: ARG1] += ARG2";
            self.changes("[default]+=", form, &with);
        }
        let (hk, hv) = (self.cx.hash(k)?, self.cx.hash(v)?);
        let form = format!(
            "{{ var acc = 1; for (a, b) in PLACE {{ acc = acc *% 31 +% {hk}(a) *% 3 +% {hv}(b) }}; acc }}"
        );
        self.reads("for", &form, Types::INT, &[]);
        let own = self.receiver;
        self.reads("[for]", "[a: b for (a, b) in PLACE]", own, &[]);
        Ok(())
    }

    fn is_number(&self, ty: Ty) -> bool {
        ty == Types::INT || ty == Types::FLOAT
    }
}
