//! Arguments out of bounds: each in a program of its own, since most of them end it.
//!
//! Takes the table; gives cases with small receivers. Where the panic's text follows from what an
//! argument is, the case claims it; else the engines must agree on how it ends.

use super::arguments;
use super::cases::{Case, Ending};
use super::table::{Method, Table};
use super::values::Values;
use cowl_frontend::types::Types;
use std::rc::Rc;

/// Lengths of the receivers; of texts a short and a long one.
const SIZES: [i64; 3] = [0, 3, 40];

pub fn all(table: &mut Table) -> Result<Vec<Case>, Vec<String>> {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for (turn, id) in table.methods.clone().into_iter().enumerate() {
        let instances = match table.instances(id) {
            Ok(instances) => instances,
            Err(e) => {
                wrong.push(e);
                continue;
            }
        };
        // One kind of element for each method, another one for each.
        let m = &instances[turn % instances.len()];
        let mut values = Values::new(table);
        match of_method(&mut values, m) {
            Ok(mut cases) => {
                let helpers = Rc::new(values.texts);
                for case in &mut cases {
                    case.helpers = helpers.clone();
                }
                found.extend(cases);
            }
            Err(e) => wrong.push(format!("{}: {e}", m.label)),
        }
    }
    match wrong.is_empty() {
        true => Ok(found),
        false => Err(wrong),
    }
}

fn of_method(values: &mut Values, m: &Method) -> Result<Vec<Case>, String> {
    let calls = arguments::within_bounds(values, m)?;
    let mut found = Vec::new();
    for (i, p) in m.params.iter().enumerate() {
        let is_text = p.ty == Types::STR && m.receiver == Types::STR;
        if p.ty != Types::INT && !is_text || i >= calls[0].texts.len() {
            continue;
        }
        let sizes = if m.self_kind.is_some() {
            &SIZES[..]
        } else {
            &SIZES[1..2]
        };
        for &n in sizes {
            let edges = match is_text {
                true => vec!["\"\"".to_string()],
                false => numbers(m, &p.name, n),
            };
            for edge in edges {
                let mut args = calls[0].texts.clone();
                args[i] = edge.clone();
                if let Some(ending) = ending(m, &p.name, &edge, n) {
                    found.push(case(values, m, n, &args, ending)?);
                }
            }
        }
    }
    Ok(found)
}

/// Numbers at and over the edge. Where the whole is made, large ones would only fill the memory.
fn numbers(m: &Method, name: &str, n: i64) -> Vec<String> {
    let large = !matches!((name, &*m.name), ("n" | "width", _) if !matches!(&*m.name, "take" | "drop" | "truncate"));
    let mut all = vec![-1, 0, n, n + 1];
    if large {
        all.extend([i64::MAX, -i64::MAX]);
    }
    all.dedup();
    all.iter().map(|n| n.to_string()).collect()
}

/// `None` where the call is within bounds, which is another case.
fn ending(m: &Method, name: &str, edge: &str, n: i64) -> Option<Ending> {
    let (Ok(i), "i") = (edge.parse::<i64>(), name) else {
        return Some(Ending::Open);
    };
    let end = match &*m.name {
        "get" | "split_at" => return Some(Ending::Open),
        "insert" | "insert_at" => n + 1,
        _ => n,
    };
    let panics = i < 0 || i >= end;
    panics.then(|| Ending::Panic(format!("index {i} out of range for length {n}")))
}

fn case(
    values: &mut Values,
    m: &Method,
    n: i64,
    args: &[String],
    ending: Ending,
) -> Result<Case, String> {
    let (name, args) = (&m.name, args.join(", "));
    let show = values.show(m.ret)?;
    let call = match m.self_kind {
        None => {
            let ty = values.table.show(m.receiver);
            format!("    let r = {ty}.{name}({args})\n    print(\"{{{show}(r)}}\")\n")
        }
        Some(_) => {
            let fill = values.fill(m.receiver, m.kind)?;
            let whole = values.show(m.receiver)?;
            format!(
                "    let xs = {fill}(n)\n    print(\"before {{{whole}(xs)}}\")\n    let r = xs.{name}({args})\n    print(\"{{{show}(r)}} {{{whole}(xs)}}\")\n"
            )
        }
    };
    Ok(Case {
        label: format!("{} edge of {n} ({args})", m.label),
        text: format!("fn CASE(n: int) {{\n{call}}}\n"),
        sizes: vec![n as u64],
        ending: Some(ending),
        helpers: Rc::default(),
    })
}
