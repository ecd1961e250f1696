//! What methods are called with.
//!
//! Takes a method's parameters; gives expressions in terms of `n`, the receiver's length, or a
//! sentence about what no argument is known for. Whole numbers mean different things, so they go by
//! the parameter's name; everything else goes by type.

use super::table::{Method, Param};
use super::values::Values;
use cowl_frontend::types::{Ty, TyData, Types};

/// The arguments of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    pub texts: Vec<String>,
    /// The least n for which they are within bounds.
    pub least: u64,
}

impl Arguments {
    pub fn text(&self) -> String {
        self.texts.join(", ")
    }
}

/// Expressions for an argument, and the least n for which they are within bounds.
type Candidates = (Vec<String>, u64);

/// All ways to call a method that are within bounds.
pub fn within_bounds(cx: &mut Values, m: &Method) -> Result<Vec<Arguments>, String> {
    let (mut all, mut least) = (Vec::new(), 0);
    for p in &m.params {
        let (texts, n) = candidates(cx, m, p)?;
        least = least.max(n);
        all.push(texts);
    }
    let variants = all.iter().map(Vec::len).max().unwrap_or(1);
    let mut calls: Vec<Arguments> = (0..variants)
        .map(|v| Arguments {
            texts: all.iter().map(|c| c[v % c.len()].clone()).collect(),
            least,
        })
        .collect();
    // Once without the arguments that have defaults.
    let given = m.params.iter().take_while(|p| !p.has_default).count();
    if given < m.params.len() {
        let mut short = calls[0].clone();
        short.texts.truncate(given);
        calls.push(short);
    }
    calls.dedup();
    Ok(calls)
}

fn candidates(cx: &mut Values, m: &Method, p: &Param) -> Result<Candidates, String> {
    if p.ty == Types::INT && !p.is_element {
        return numbers(m, p).ok_or(format!(
            "{}: no whole number is known for the parameter `{}`; say some in matrix/arguments.rs",
            m.label, p.name
        ));
    }
    let failed = |e: String| format!("{}: parameter `{}`: {e}", m.label, p.name);
    let texts = match cx.table.types.data(p.ty).clone() {
        TyData::Fn(from, to) => functions(cx, &from, to).map_err(failed)?,
        TyData::Str if !p.is_element => texts(&p.name),
        TyData::Char => vec!["'x'".to_string(), "'é'".to_string()],
        TyData::Adt(id, _) if Some(id) == cx.table.defs.lang.range => {
            vec!["0..n / 2".to_string(), "0..=n".to_string()]
        }
        TyData::List(_) | TyData::Array(_) | TyData::Map(..) | TyData::Set(_) if !p.is_element => {
            let fill = cx.fill(p.ty, m.kind).map_err(failed)?;
            ["n / 2", "5", "0"].map(|n| format!("{fill}({n})")).to_vec()
        }
        _ => {
            let make = cx.make(p.ty).map_err(failed)?;
            let at: &[&str] = match &*p.name {
                "present" => &["0", "n / 2"],
                _ => &["0", "n + 70000", "n / 2"],
            };
            let texts = at.iter().map(|i| format!("{make}({i})")).collect();
            return Ok((texts, u64::from(p.name == "present")));
        }
    };
    Ok((texts, 0))
}

/// By what the parameter's name says that it is.
fn numbers(m: &Method, p: &Param) -> Option<Candidates> {
    let (texts, least): (&[&str], u64) = match (&*p.name, &*m.name) {
        ("i", "insert" | "insert_at" | "split_at") => (&["0", "n / 2", "n"], 0),
        ("i", "get") => (&["0", "n - 1", "n"], 0),
        ("i", _) => (&["0", "n - 1", "n / 2"], 1),
        ("j", _) => (&["n - 1", "0", "n / 3"], 1),
        ("a", _) => (&["0", "n / 3", "n / 2"], 0),
        ("b", _) => (&["n", "n / 2", "n"], 0),
        ("n", "filled" | "from_fn") => (&["n"], 0),
        ("n", "repeat") => (&["3", "0", "1"], 0),
        ("n", "chunks" | "windows") => (&["7", "1", "n + 1"], 0),
        ("n", "split_n") => (&["3", "1", "2"], 0),
        ("n", _) => (&["n / 2", "n + 5", "0"], 0),
        ("k", "step") => (&["2", "1", "n + 1"], 0),
        ("base", _) => (&["10", "16", "2"], 0),
        ("width", _) => (&["n + 5", "0"], 0),
        _ => return None,
    };
    Some((texts.iter().map(|t| t.to_string()).collect(), least))
}

fn texts(name: &str) -> Vec<String> {
    let all: &[&str] = match name {
        "separator" => &["\"c\"", "\", \"", "\"fgh\""],
        "to" => &["\"\"", "\"Z\"", "\"a longer text, on the heap\""],
        _ => &["\"bc\"", "\"éb\"", "\"absent, and longer than inline\""],
    };
    all.iter().map(|t| t.to_string()).collect()
}

/// Closures that depend on all that they get, and one that gives back what it gets.
fn functions(cx: &mut Values, from: &[Ty], to: Ty) -> Result<Vec<String>, String> {
    let names: Vec<String> = (0..from.len()).map(|i| format!("a{i}")).collect();
    let mut hashes = Vec::new();
    for (name, &ty) in names.iter().zip(from) {
        hashes.push(format!("{}({name})", cx.hash(ty)?));
    }
    let params = names.join(", ");
    let sum = match hashes.is_empty() {
        true => "41".to_string(),
        false => hashes.join(" *% 3 +% "),
    };
    let mut all = Vec::new();
    if to == Types::BOOL && from.len() == 2 && from[0] == from[1] {
        // An order, whose equals tell whether sorting is stable.
        all.push(format!(
            "|{params}| nat({}) % 97 < nat({}) % 97",
            hashes[0], hashes[1]
        ));
    } else if to == Types::BOOL {
        all.push(format!("|{params}| nat({sum}) % 3 != 0"));
    } else {
        all.push(format!("|{params}| {}(nat({sum}))", cx.make(to)?));
    }
    if from.first() == Some(&to) {
        all.push(format!("|{params}| a0"));
    }
    Ok(all)
}
