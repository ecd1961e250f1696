//! What people call things elsewhere: names of functions, methods and fields that Cowl has in
//! another form. Takes a name; gives the sentence of help, an order as all of them are.

/// A function that is called though nothing here has its name.
pub(super) fn function(name: &str) -> Option<String> {
    Some(match name {
        "println" | "printf" | "puts" | "echo" | "printLine" => "write `print(x)`".into(),
        "str" | "to_string" | "String" | "format" | "sprintf" | "repr" => {
            "write the value into a string: `\"{x}\"`".into()
        }
        "range" => "write a range: `0..n`".into(),
        "input" | "readline" | "read_line" | "readLine" => {
            "write `use std.io` at the top and call `io.read_line()`".into()
        }
        "isinstance" | "typeof" | "instanceof" => "ask an `any` with `x is T`".into(),
        "len" | "length" | "count" | "size" => "it is a method: `x.len()`".into(),
        "sorted" => "it is a method: `x.sort()`".into(),
        "reversed" => "it is a method: `x.reverse()`".into(),
        "abs" | "sum" | "sqrt" | "pow" | "enumerate" | "zip" | "map" | "filter" | "push"
        | "append" | "round" | "floor" | "ceil" | "contains" | "keys" | "values" | "sort"
        | "reverse" => {
            format!("it is a method: `x.{name}(…)`")
        }
        "this" => "in a method the value is called `self`".into(),
        "self" => "only a method declared with `self` has it".into(),
        "nil" | "None" | "undefined" | "NULL" | "nullptr" => {
            "write `none`; a type that allows it is written `T?`".into()
        }
        "True" => "write `true`".into(),
        "False" => "write `false`".into(),
        _ => return None,
    })
}

/// A method or field of a value. `called`: with parentheses.
pub(super) fn member(name: &str, called: bool) -> Option<String> {
    let cowl = match name {
        "length" | "size" | "count" | "len" => "len()",
        "append" | "push_back" | "add" | "push_str" | "Add" => "push(x)",
        "to_string" | "toString" | "str" | "description" => {
            return Some("write the value into a string: `\"{x}\"`".into());
        }
        "for_each" | "forEach" | "each" => {
            return Some("write a loop: `for x in xs { … }`".into());
        }
        "clone" | "to_owned" | "copied" | "cloned" => {
            return Some("leave it out: every value behaves as its own copy".into());
        }
        "collect" => {
            return Some("leave it out: `map`, `filter` and the like give a list".into());
        }
        "unwrap_or_default" | "get_or_default" | "getOrDefault" | "getOrElse" => {
            return Some("give a default with `??`".into());
        }
        "charAt" | "char_at" | "at" | "nth" => return Some("index it: `x[i]`".into()),
        "indexOf" | "position" => "index_of(x)",
        "includes" | "has" | "contains_key" | "has_key" | "containsKey" => "contains(x)",
        "toUpperCase" | "upper" | "to_uppercase" | "uppercased" => "to_upper()",
        "toLowerCase" | "lower" | "to_lowercase" | "lowercased" => "to_lower()",
        "strip" => "trim()",
        "startswith" | "startsWith" | "hasPrefix" => "starts_with(text)",
        "endswith" | "endsWith" | "hasSuffix" => "ends_with(text)",
        "parse" | "toInt" | "to_int" => "parse_int()",
        "reduce" | "foldl" | "inject" => "fold(start, |acc, x| …)",
        "some" => "any(f)",
        "every" => "all(f)",
        "isEmpty" | "empty" => "is_empty()",
        "sorted" => "sort()",
        "reversed" | "rev" => "reverse()",
        "is_null" | "isNone" => "is_none()",
        "head" => "first()",
        "tail" => "drop(1)",
        "items" | "entries" => "to_list()",
        _ => return None,
    };
    // `.len` of what has a `len()` is told by the checker itself.
    if !called && cowl.starts_with(name) {
        return None;
    }
    Some(format!("write `.{cowl}`"))
}
