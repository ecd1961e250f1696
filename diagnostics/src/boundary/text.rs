//! The program of one type, and what it must print.

use super::model::{Number, Op};
use super::{Case, FORMS, Form, forms};

/// Without arguments it prints all that does not panic; with `operation form left right` the one.
pub fn program(number: &Number) -> String {
    let (ty, n) = (number.name, number.literals.len());
    let mut out = format!("let V: List<{ty}> = [{}]\n\n", number.literals.join(", "));
    for (k, op) in number.ops.iter().enumerate() {
        let right = right_type(op, number);
        let rights = op.rights(number);
        out += &format!("let M{k}: string = \"{}\"\n", mask(op, number));
        if rights.len() > 1 && !op.has_own_right() {
            out += &format!("let R{k}: List<int> = [{}]\n", rights.join(", "));
        }
        for form in forms(op, number) {
            out += &function(number, k, op, form, right);
        }
        out += &all_of(number, k, op);
    }
    out += "fn one(k: int, form: int, i: int, j: int) {\n    match k {\n";
    for (k, op) in number.ops.iter().enumerate() {
        out += &format!("        {k} => match form {{\n");
        for form in forms(op, number) {
            let call = call(k, op, number, form);
            out += &format!("            {} => print({call})\n", index_of(form));
        }
        out += "            _ => {}\n        }\n";
    }
    out += "        _ => {}\n    }\n}\n\nfn main(args: List<string>) {\n";
    out += "    if args.len() == 4 {\n        let n = args.map(|a| a.parse_int().unwrap())\n        one(n[0], n[1], n[2], n[3])\n        return\n    }\n";
    for k in 0..number.ops.len() {
        out += &format!("    all{k}()\n");
    }
    debug_assert!(n > 0);
    out + "}\n"
}

fn right_type(op: &Op, number: &Number) -> &'static str {
    match op.has_own_right() {
        true => number.name,
        false => "int",
    }
}

fn index_of(form: Form) -> usize {
    FORMS.iter().position(|f| *f == form).unwrap_or_default()
}

/// By pair, whether it does not panic.
fn mask(op: &Op, number: &Number) -> String {
    let mut out = String::new();
    for left in 0..number.literals.len() {
        for right in 0..op.rights(number).len() {
            out.push(match op.result(number, left, right) {
                Ok(_) => '1',
                Err(_) => '0',
            });
        }
    }
    out
}

/// The operation in one form. Literals stand in the arms of a match.
fn function(number: &Number, k: usize, op: &Op, form: Form, right: &str) -> String {
    let (ty, ret, rights) = (number.name, &op.ret, op.rights(number));
    let arm = |pattern: String, a: &str, b: &str| {
        let result = op.written(a, b);
        format!("        {pattern} => {result}\n")
    };
    let matched = |on: &str, arms: String| {
        format!("    match {on} {{\n{arms}        _ => panic(\"no such operand\")\n    }}\n")
    };
    let literals = number.literals.iter().enumerate();
    let (params, body) = match form {
        Form::Values => (
            format!("a: {ty}, b: {right}"),
            format!("    {}\n", op.written("a", "b")),
        ),
        Form::LiteralRight => {
            let arms = rights.iter().enumerate();
            let arms = arms.map(|(j, b)| arm(j.to_string(), "a", &format!("({b})")));
            (format!("a: {ty}, j: int"), matched("j", arms.collect()))
        }
        // The left operand says the type, so it has a name.
        Form::LiteralLeft => {
            let arms = literals.map(|(i, a)| {
                let result = op.written("x", "b");
                format!("        {i} => {{\n            let x: {ty} = {a}\n            {result}\n        }}\n")
            });
            (format!("i: int, b: {right}"), matched("i", arms.collect()))
        }
        Form::Literals => {
            let arms = literals.map(|(i, a)| {
                let inner = rights.iter().enumerate();
                let inner = inner.map(|(j, b)| arm(j.to_string(), "x", &format!("({b})")));
                let inner = matched("j", inner.collect());
                format!("        {i} => {{\n            let x: {ty} = {a}\n{inner}        }}\n")
            });
            ("i: int, j: int".to_string(), matched("i", arms.collect()))
        }
    };
    let f = index_of(form);
    format!("fn op{k}_{f}({params}) -> {ret} {{\n{body}}}\n")
}

fn call(k: usize, op: &Op, number: &Number, form: Form) -> String {
    let rights = op.rights(number).len();
    let right = match (op.has_own_right(), rights) {
        (true, _) => "V[j]".to_string(),
        (false, 1) => "0".to_string(),
        (false, _) => format!("R{k}[j]"),
    };
    let f = index_of(form);
    match form {
        Form::Values => format!("op{k}_{f}(V[i], {right})"),
        Form::LiteralRight => format!("op{k}_{f}(V[i], j)"),
        Form::LiteralLeft => format!("op{k}_{f}(i, {right})"),
        Form::Literals => format!("op{k}_{f}(i, j)"),
    }
}

/// Prints a line for each left operand; the other forms must give the same.
fn all_of(number: &Number, k: usize, op: &Op) -> String {
    let (n, m) = (number.literals.len(), op.rights(number).len());
    let mut checks = String::new();
    for form in forms(op, number).skip(1) {
        let call = call(k, op, number, form);
        checks += &format!(
            "                if {call} != r {{ line.push!(\"{form:?} differs at {{j}}\") }}\n"
        );
    }
    let value = call(k, op, number, Form::Values);
    format!(
        "fn all{k}() {{\n    for i in 0..{n} {{\n        var line = [\"{k} {{i}}:\"]\n        for j in 0..{m} {{\n            if M{k}[i * {m} + j] == '1' {{\n                let r = {value}\n                line.push!(\"{{r}}\")\n{checks}            }}\n        }}\n        print(line.join(\" \"))\n    }}\n}}\n\n"
    )
}

pub fn expected(number: &Number) -> String {
    let mut out = String::new();
    for (k, op) in number.ops.iter().enumerate() {
        for left in 0..number.literals.len() {
            out += &format!("{k} {left}:");
            for right in 0..op.rights(number).len() {
                if let Ok(shown) = op.result(number, left, right) {
                    out += &format!(" {shown}");
                }
            }
            out += "\n";
        }
    }
    out
}

pub fn arguments(case: &Case) -> Vec<String> {
    let numbers = [case.op, index_of(case.form), case.left, case.right];
    numbers.map(|n| n.to_string()).to_vec()
}
