//! Which of a call's operands are one value: every set partition of receiver and arguments into
//! values, of those that have one type.
//!
//! Takes a method and one call of it; gives patterns: what is bound before the call, the arguments,
//! and what is shown after it. Arguments without a storage of their own cannot be aliases and stay
//! as they are; callbacks too, whose captures are a state of the receiver (`cases`).

use super::arguments::Arguments;
use super::table::Method;
use super::values::Values;
use cowl_frontend::types::{Ty, TyData, Types};

/// One way to share values between the operands of a call on `xs`.
pub struct Pattern {
    /// The value of each operand, the receiver's first: `0.1.1`.
    pub name: String,
    /// Lines that bind the arguments' values, after the receiver's.
    pub before: String,
    pub args: Arguments,
    /// The receiver is an argument too.
    pub of_receiver: bool,
    /// Holes that show the values after the call, for those that live on.
    pub after: String,
}

/// All patterns of a call; those in which every operand is a value of its own are among them.
pub fn patterns(values: &mut Values, m: &Method, call: &Arguments) -> Result<Vec<Pattern>, String> {
    let mut slots: Vec<Option<usize>> = vec![None];
    slots.extend((0..call.texts.len()).map(Some));
    slots.retain(|slot| slot.is_none_or(|i| has_storage(values, m.params[i].ty)));
    let types: Vec<Ty> = slots
        .iter()
        .map(|slot| slot.map_or(m.receiver, |i| m.params[i].ty))
        .collect();
    if slots.len() < 2 {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for classes in partitions(&types) {
        let mut pattern = Pattern {
            name: classes
                .iter()
                .map(usize::to_string)
                .collect::<Vec<_>>()
                .join("."),
            before: String::new(),
            args: call.clone(),
            of_receiver: classes[1..].contains(&0),
            after: String::new(),
        };
        let mut bound = 0;
        for ((slot, &class), &ty) in slots.iter().zip(&classes).zip(&types) {
            let Some(i) = *slot else { continue };
            let text = &mut pattern.args.texts[i];
            if class == 0 {
                *text = "xs".to_string();
                continue;
            }
            if class > bound {
                bound = class;
                pattern.before += &format!("    let v{class} = {text}\n");
                pattern.after += &format!(" {{{}(v{class})}}", values.show(ty)?);
            }
            *text = format!("v{class}");
        }
        // An empty text is no separator and no pattern.
        if pattern.of_receiver && m.receiver == Types::STR {
            pattern.args.least = pattern.args.least.max(1);
        }
        all.push(pattern);
    }
    all.extend(elements(values, m, call));
    Ok(all)
}

/// Each argument that may be an element of the receiver, as one.
fn elements(values: &Values, m: &Method, call: &Arguments) -> Vec<Pattern> {
    let data = values.table.types.data(m.receiver);
    let parts: Vec<(Ty, &str)> = match *data {
        TyData::List(t) | TyData::Array(t) => vec![(t, "xs[n / 2]")],
        TyData::Set(t) => vec![(t, "xs.to_list()[n / 2]")],
        TyData::Map(k, v) => vec![(k, "xs.keys()[n / 2]"), (v, "xs.values()[n / 2]")],
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for i in 0..call.texts.len() {
        for &(ty, text) in &parts {
            if m.params[i].ty != ty || !has_storage(values, ty) {
                continue;
            }
            let mut args = call.clone();
            args.texts[i] = text.to_string();
            args.least = args.least.max(1);
            found.push(Pattern {
                name: format!("{i} an element"),
                before: String::new(),
                args,
                of_receiver: false,
                after: String::new(),
            });
        }
    }
    found
}

/// Whether two values of the type may share something.
fn has_storage(values: &Values, ty: Ty) -> bool {
    match values.table.types.data(ty) {
        TyData::Str | TyData::List(_) | TyData::Array(_) | TyData::Map(..) | TyData::Set(_) => true,
        TyData::Adt(id, _) => Some(*id) != values.table.defs.lang.range,
        TyData::Tuple(parts) => parts.iter().any(|&t| has_storage(values, t)),
        _ => false,
    }
}

/// Restricted growth strings: the n-th operand is in the class of an earlier one of its type, or in
/// the next new one.
fn partitions(types: &[Ty]) -> Vec<Vec<usize>> {
    let mut all = vec![vec![0]];
    for &ty in types.iter().skip(1) {
        let mut longer = Vec::new();
        for classes in all {
            let next = classes.iter().max().map_or(0, |c| c + 1);
            for class in 0..=next {
                let first = classes.iter().position(|&c| c == class);
                if first.is_none_or(|f| types[f] == ty) {
                    let mut one = classes.clone();
                    one.push(class);
                    longer.push(one);
                }
            }
        }
        all = longer;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_of_one_type_are_bells_numbers() {
        let of = |n: usize| partitions(&vec![Types::STR; n]).len();
        assert_eq!([of(1), of(2), of(3), of(4)], [1, 2, 5, 15]);
    }

    #[test]
    fn values_of_two_types_are_never_one() {
        let all = partitions(&[Types::STR, Types::INT, Types::STR]);
        assert_eq!(all, [[0, 1, 0], [0, 1, 2]]);
    }
}
