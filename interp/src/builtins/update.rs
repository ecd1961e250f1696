//! The updaters: they get the place's value at the end of a walk, check their operands (a failing
//! index counts nothing), make the value's container sole, change it, and give the update's value.

use crate::compare;
use crate::fault::Fault;
use crate::list::List;
use crate::machine::ice;
use crate::map::{Inserted, MapStore};
use crate::text::{MAX_SIZE, Str};
use crate::update::Walk;
use crate::value::V;
use cowl_contract::builtins::Builtin;
use cowl_contract::panic::Panic;
use cowl_frontend::hir::SiteId;
use std::cmp::Ordering;
use std::rc::Rc;

/// `segment` is where the container's own name or bracket stands, `site` the operation's name.
/// Operands that stay in `args` are the caller's to release.
pub fn update(
    op: Builtin,
    walk: &mut Walk,
    target: &mut V,
    args: &mut [V; 2],
    segment: SiteId,
    site: SiteId,
) -> Result<V, Fault> {
    match target {
        V::List(list) => update_list(op, walk, list, args, segment, site),
        V::Map(map) => Ok(update_map(op, walk, map, args, segment)),
        V::Str(text) => update_text(op, walk, text, args, segment, site),
        v => ice!("{} of {v:?}", op.name()),
    }
}

fn int(v: &V) -> i64 {
    match v {
        V::Int(n) => *n,
        v => ice!("an int was expected, not {v:?}"),
    }
}

/// A length or count that must not be negative.
fn count(v: &V, site: SiteId) -> Result<usize, Fault> {
    let count = int(v);
    usize::try_from(count).map_err(|_| Fault::plain(Panic::NegativeCount { count }, site))
}

// ---- List, Array

/// An index below `end`; the message names the length.
fn index(v: &V, end: usize, len: usize, site: SiteId) -> Result<usize, Fault> {
    let index = int(v);
    match usize::try_from(index) {
        Ok(i) if i < end => Ok(i),
        _ => Err(Fault::index(index, len, site)),
    }
}

fn update_list(
    op: Builtin,
    walk: &mut Walk,
    list: &mut List,
    args: &mut [V; 2],
    segment: SiteId,
    site: SiteId,
) -> Result<V, Fault> {
    let len = list.len();
    let own = |walk: &mut Walk, list: &mut List| {
        walk.own_list(list, segment);
        walk.reached = true;
    };
    Ok(match op {
        Builtin::Push => {
            own(walk, list);
            list.edit(|items| items.push_back(args[0].take()));
            V::Unit
        }
        Builtin::PushFirst => {
            own(walk, list);
            list.edit(|items| items.push_front(args[0].take()));
            V::Unit
        }
        Builtin::Pop => {
            own(walk, list);
            V::option(list.edit(|items| items.pop_back()))
        }
        Builtin::PopFirst => {
            own(walk, list);
            V::option(list.edit(|items| items.pop_front()))
        }
        Builtin::Insert => {
            let at = index(&args[0], len + 1, len, site)?;
            own(walk, list);
            list.edit(|items| items.insert(at, args[1].take()));
            V::Unit
        }
        Builtin::Remove | Builtin::Extract => {
            let at = index(&args[0], len, len, site)?;
            own(walk, list);
            let removed = list.edit(|items| items.remove(at)).unwrap_or_default();
            if op == Builtin::Extract {
                removed
            } else {
                walk.dropped.push(removed);
                V::Unit
            }
        }
        Builtin::Set | Builtin::ReplaceAt => {
            let at = index(&args[0], len, len, site)?;
            own(walk, list);
            let old = std::mem::replace(list.own_item(at), args[1].take());
            if op == Builtin::ReplaceAt {
                old
            } else {
                walk.dropped.push(old);
                V::Unit
            }
        }
        Builtin::Swap => {
            let i = index(&args[0], len, len, site)?;
            let j = index(&args[1], len, len, site)?;
            own(walk, list);
            list.edit(|items| items.swap(i, j));
            V::Unit
        }
        Builtin::Reverse => {
            own(walk, list);
            list.edit(|items| items.make_contiguous().reverse());
            V::Unit
        }
        Builtin::Truncate => {
            let n = count(&args[0], site)?.min(len);
            own(walk, list);
            let dropped = &mut walk.dropped;
            list.edit(|items| dropped.extend(items.drain(n..)));
            V::Unit
        }
        Builtin::Append => {
            own(walk, list);
            let V::List(other) = args[0].take() else {
                ice!("append of what is no list")
            };
            let more = if other.is_sole() {
                other.into_items(&mut walk.dropped)
            } else {
                let more = other.iter().map(|v| walk.env.share(v)).collect();
                walk.dropped.push(V::List(other));
                more
            };
            list.edit(|items| items.extend(more));
            V::Unit
        }
        Builtin::Concat => {
            own(walk, list);
            let V::List(other) = &args[0] else {
                ice!("`+` with what is no list")
            };
            list.edit(|items| items.extend(other.iter().map(|v| walk.env.share(v))));
            V::Unit
        }
        Builtin::Resize => {
            let n = count(&args[0], site)?;
            if n > u32::MAX as usize {
                return Err(Fault::plain(Panic::OutOfMemory, site));
            }
            own(walk, list);
            let (env, dropped) = (walk.env, &mut walk.dropped);
            list.edit(|items| {
                if n < len {
                    dropped.extend(items.drain(n..));
                }
                while items.len() < n {
                    items.push_back(env.share(&args[1]));
                }
            });
            V::Unit
        }
        Builtin::Reserve => {
            own(walk, list);
            V::Unit
        }
        Builtin::Sort => {
            own(walk, list);
            let order = |a: &V, b: &V| compare::compare(a, b, true).unwrap_or(Ordering::Equal);
            list.edit(|items| items.make_contiguous().sort_by(order));
            V::Unit
        }
        Builtin::Dedup => {
            own(walk, list);
            let dropped = &mut walk.dropped;
            list.edit(|items| {
                let mut kept: Vec<V> = Vec::with_capacity(items.len());
                for v in items.drain(..) {
                    match kept.last() {
                        Some(last) if compare::equal(last, &v, true) => dropped.push(v),
                        _ => kept.push(v),
                    }
                }
                *items = kept.into();
            });
            V::Unit
        }
        _ => ice!("{} of a list", op.name()),
    })
}

// ---- Map, Set

fn update_map(
    op: Builtin,
    walk: &mut Walk,
    map: &mut Option<Rc<MapStore>>,
    args: &mut [V; 2],
    segment: SiteId,
) -> V {
    let hash = walk.env.hasher.hash(&args[0]);
    let store = walk.own_map(map, segment);
    walk.reached = true;
    let result = match op {
        Builtin::Insert | Builtin::Replace | Builtin::Add => {
            let [key, value] = args;
            // A Set's elements have unit values.
            let value = match value.take() {
                V::Empty => V::Unit,
                value => value,
            };
            let displaced = match store.insert(hash, key.take(), value) {
                Inserted::New => None,
                Inserted::Displaced { key, value } => {
                    walk.dropped.push(key);
                    Some(value)
                }
            };
            match op {
                Builtin::Add => V::Bool(displaced.is_none()),
                Builtin::Replace => V::option(displaced),
                _ => {
                    walk.dropped.extend(displaced);
                    V::Unit
                }
            }
        }
        Builtin::Remove => {
            if let Some((key, value)) = store.remove(hash, &args[0]) {
                walk.dropped.extend([key, value]);
            }
            V::Unit
        }
        Builtin::Extract => {
            let removed = store.remove(hash, &args[0]);
            V::option(removed.map(|(key, value)| {
                walk.dropped.push(key);
                value
            }))
        }
        Builtin::Reserve => V::Unit,
        _ => ice!("{} of a map", op.name()),
    };
    if store.is_empty() {
        *map = None;
    }
    result
}

// ---- string

fn update_text(
    op: Builtin,
    walk: &mut Walk,
    text: &mut Str,
    args: &mut [V; 2],
    segment: SiteId,
    site: SiteId,
) -> Result<V, Fault> {
    let own = |walk: &mut Walk, text: &mut Str| {
        walk.own_text(text, segment);
        walk.reached = true;
    };
    let fits = |size: usize| {
        if size > MAX_SIZE {
            Err(Fault::plain(Panic::OutOfMemory, site))
        } else {
            Ok(())
        }
    };
    let size = text.size();
    Ok(match op {
        Builtin::Push => {
            let c = char_of(&args[0]);
            fits(size + c.len_utf8())?;
            own(walk, text);
            text.append(c.encode_utf8(&mut [0; 4]));
            V::Unit
        }
        Builtin::PushFirst => {
            let c = char_of(&args[0]);
            fits(size + c.len_utf8())?;
            own(walk, text);
            text.edit(|t| t.insert(0, c));
            V::Unit
        }
        Builtin::Pop => {
            own(walk, text);
            V::option(text.pop().map(V::Char))
        }
        Builtin::PopFirst => {
            own(walk, text);
            let first = text.as_str().chars().next();
            if first.is_some() {
                text.edit(|t| t.remove(0));
            }
            V::option(first.map(V::Char))
        }
        Builtin::Append | Builtin::Concat => {
            let V::Str(other) = &args[0] else {
                ice!("`+` with what is no string")
            };
            fits(size + other.size())?;
            own(walk, text);
            text.append(other.as_str());
            V::Unit
        }
        Builtin::Reverse => {
            own(walk, text);
            text.edit(|t| *t = t.chars().rev().collect());
            V::Unit
        }
        Builtin::Truncate => {
            let n = count(&args[0], site)?;
            own(walk, text);
            if let Some(end) = text.byte_of(n) {
                text.edit(|t| t.truncate(end));
            }
            V::Unit
        }
        Builtin::Reserve => {
            own(walk, text);
            V::Unit
        }
        Builtin::ToUpper => {
            own(walk, text);
            text.edit(|t| *t = t.to_uppercase());
            V::Unit
        }
        Builtin::ToLower => {
            own(walk, text);
            text.edit(|t| *t = t.to_lowercase());
            V::Unit
        }
        Builtin::ReplaceAll => {
            let (V::Str(from), V::Str(to)) = (&args[0], &args[1]) else {
                ice!("replacing what is no string")
            };
            if from.size() == 0 {
                return Err(Fault::plain(Panic::EmptyPattern, site));
            }
            let found = text.as_str().matches(from.as_str()).count();
            fits(size + found.saturating_mul(to.size().saturating_sub(from.size())))?;
            own(walk, text);
            text.edit(|t| *t = t.replace(from.as_str(), to.as_str()));
            V::Unit
        }
        Builtin::InsertAt => {
            let V::Str(part) = &args[1] else {
                ice!("inserting what is no string")
            };
            let at = index(&args[0], text.len() + 1, text.len(), site)?;
            fits(size + part.size())?;
            own(walk, text);
            let at = text.byte_of(at).unwrap_or(size);
            text.edit(|t| t.insert_str(at, part.as_str()));
            V::Unit
        }
        Builtin::PadLeft | Builtin::PadRight => {
            let width = count(&args[0], site)?;
            let c = char_of(&args[1]);
            let missing = width.saturating_sub(text.len());
            fits(size.saturating_add(missing.saturating_mul(c.len_utf8())))?;
            own(walk, text);
            let padding: String = std::iter::repeat_n(c, missing).collect();
            if op == Builtin::PadLeft {
                text.edit(|t| t.insert_str(0, &padding));
            } else {
                text.append(&padding);
            }
            V::Unit
        }
        _ => ice!("{} of a string", op.name()),
    })
}

fn char_of(v: &V) -> char {
    match v {
        V::Char(c) => *c,
        v => ice!("a char was expected, not {v:?}"),
    }
}
