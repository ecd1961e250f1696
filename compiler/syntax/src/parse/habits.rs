//! What is right in other languages: found where pest gave up, answered with how Cowl says it.

use super::explain::Spot;
use super::lex::{Kind, is_keyword};
use super::{Rule, errors};
use crate::problem::Problem;

pub(super) fn explain(spot: &Spot) -> Option<Problem> {
    signs(spot)
        .or_else(|| after_value(spot))
        .or_else(|| words(spot))
        .or_else(|| braces(spot))
        .or_else(|| calls(spot))
}

/// Signs that do not exist.
fn signs(spot: &Spot) -> Option<Problem> {
    let (prev, next) = (spot.prev(), spot.next(0));
    let both = spot.prev_span().to(spot.span());
    if spot.touches() {
        match (prev, next) {
            ("+", "+") | ("-", "-") => return Some(errors::increment(both, prev)),
            ("*", "*") => return Some(errors::power(both)),
            ("<", ">") => return Some(errors::not_equal(both)),
            (":", ":") => return Some(errors::double_colon(both)),
            ("=", ">") | ("-", ">") => return Some(errors::arrow_closure(both)),
            _ => {}
        }
    }
    if next == ":" && spot.next(1) == ":" {
        let both = spot.span().to(spot.span_of(spot.index + 1));
        return Some(errors::double_colon(both));
    }
    if spot.wants_value() && !spot.breaks {
        match next {
            "&" | "&&" => return Some(errors::no_references(spot.span())),
            "*" => return Some(errors::star_in_front(spot.span())),
            "@" => return Some(errors::at_in_value(spot.span())),
            "fn" => return Some(errors::arrow_closure(spot.span())),
            "for" if prev == "[" => return Some(errors::comp_order(spot.span())),
            ":" if prev == "[" && spot.prev_prev() == ">" => {
                return Some(errors::typed_literal(spot.span()));
            }
            "=" if matches!(prev, "=" | "==" | "===") => return Some(errors::equals_signs(both)),
            _ => {}
        }
    }
    None
}

/// What follows a value in other languages.
fn after_value(spot: &Spot) -> Option<Problem> {
    if !spot.after_value() {
        return None;
    }
    let (prev, next) = (spot.prev(), spot.next(0));
    if spot.breaks {
        return None;
    }
    match next {
        ":" if matches!(spot.first_word(), "let" | "var") => {
            return Some(errors::type_behind_value(spot.span()));
        }
        "and" => return Some(errors::word_operator(spot.span(), "and", "&&")),
        "or" => return Some(errors::word_operator(spot.span(), "or", "||")),
        "mod" | "div" | "xor" => {
            let sign = match next {
                "mod" => "%",
                "div" => "/",
                _ => "^",
            };
            return Some(errors::word_operator(spot.span(), next, sign));
        }
        "as" => return Some(errors::as_cast(spot.span(), spot.next(1))),
        "instanceof" | "isinstance" => {
            return Some(errors::word_operator(spot.span(), next, "is"));
        }
        "if" | "unless" => return Some(errors::trailing_if(spot.span())),
        "elif" | "elsif" | "elseif" => return Some(errors::else_if(spot.span(), next)),
        "then" | "do" => return Some(errors::no_such_word(spot.span(), next)),
        "=>" => return Some(errors::arrow_closure(spot.span())),
        "->" if spot.owner(0) != "match" => return Some(errors::arrow_closure(spot.span())),
        "!" if spot.next(1) == "(" => return Some(errors::macro_call(spot.span())),
        ";" if spot.inside() == Some(b'[') => return Some(errors::repeat_list(spot.span())),
        ";" if spot.inside() == Some(b'(') => return Some(errors::c_for(spot.span())),
        _ => {}
    }
    if prev == "?" {
        return Some(errors::ternary(spot.prev_span()));
    }
    if prev == "not" {
        return Some(errors::word_operator(spot.prev_span(), "not", "!"));
    }
    None
}

/// Words that begin statements and items in other languages.
fn words(spot: &Spot) -> Option<Problem> {
    let next = spot.next(0);
    // `try { … }` was read as a literal of that name.
    if let Some(word) = spot.around.first().and_then(|open| open.checked_sub(1)) {
        match spot.tokens.slice(word) {
            "try" => return Some(errors::try_word(spot.span_of(word))),
            text @ ("do" | "unsafe" | "async") => {
                return Some(errors::no_such_word(spot.span_of(word), text));
            }
            _ => {}
        }
    }
    if next == "var" && !spot.breaks {
        if spot.first_word() == "for" {
            return Some(errors::c_for(spot.span()));
        }
        if spot.prev() == "|" || (spot.prev() == "," && spot.wants(Rule::cparam)) {
            return Some(errors::var_in_closure(spot.span(), spot.next(1)));
        }
    }
    if spot.wants_item() && spot.next_kind() == Some(Kind::Word) && !is_keyword(next) {
        let instead = match next {
            "const" | "static" | "final" | "val" | "define" => "let",
            "func" | "function" | "def" | "fun" | "sub" | "proc" => "fn",
            "class" | "record" | "data" => "struct",
            "interface" | "protocol" => "trait",
            "import" | "include" | "require" | "from" | "using" => "use",
            "public" | "export" => "pub",
            "typedef" | "alias" | "typealias" => "type",
            "extend" | "extension" | "implement" => "impl",
            "union" => "enum",
            "module" | "mod" | "namespace" | "package" => {
                return Some(errors::file_is_module(spot.span(), next));
            }
            "private" | "internal" | "protected" => {
                return Some(errors::private_is_default(spot.span(), next));
            }
            "async" | "unsafe" | "extern" | "abstract" | "override" => {
                return Some(errors::no_such_word(spot.span(), next));
            }
            _ => return None,
        };
        return Some(errors::other_word(spot.span(), next, instead));
    }
    // `const X = 1`, `let mut x`: the word was read as a name.
    let before = spot.before?;
    if spot.breaks || spot.prev_kind() != Some(Kind::Word) {
        return None;
    }
    let prev = spot.prev();
    if prev == "mut" && matches!(spot.prev_prev(), "let" | "&" | "var") {
        return Some(errors::let_mut(spot.prev_span()));
    }
    if prev == "lambda" && spot.next_kind() == Some(Kind::Word) {
        return Some(errors::arrow_closure(spot.prev_span()));
    }
    if before != spot.first && spot.prev_prev() != "{" && spot.prev_prev() != "=>" {
        return None;
    }
    if !matches!(
        spot.next_kind(),
        Some(Kind::Word | Kind::Number | Kind::Str | Kind::Open(_))
    ) {
        return None;
    }
    let instead = match prev {
        "const" | "val" | "final" | "static" => "let",
        "auto" | "mut" => "var",
        "switch" => "match",
        "foreach" => "for",
        "until" => "while !",
        "unless" => "if !",
        "func" | "function" | "def" | "fun" => "fn",
        "throw" => "raise",
        "elif" | "elsif" | "elseif" => return Some(errors::else_if(spot.prev_span(), prev)),
        "case" | "default" => return Some(errors::case_word(spot.prev_span(), prev)),
        "try" => return Some(errors::try_word(spot.prev_span())),
        "do" | "goto" | "yield" | "await" | "async" | "unsafe" | "with" | "del" | "delete" => {
            return Some(errors::no_such_word(spot.prev_span(), prev));
        }
        _ => return None,
    };
    Some(errors::other_word(spot.prev_span(), prev, instead))
}

/// Braces and brackets that hold something else elsewhere.
fn braces(spot: &Spot) -> Option<Problem> {
    literal_commas(spot).or_else(|| other_braces(spot))
}

/// `Point{ x: 1 y: 2 }`
fn literal_commas(spot: &Spot) -> Option<Problem> {
    let before = spot.around.first()?.checked_sub(1)?;
    let is_literal = spot.inside() == Some(b'{')
        && spot.tokens.kind(before) == Some(Kind::Word)
        && !is_keyword(spot.tokens.slice(before));
    let is_field = spot.next_kind() == Some(Kind::Word) && spot.next(1) == ":";
    (is_literal && is_field && spot.after_value() && !spot.breaks)
        .then(|| errors::members_want_commas(spot.span(), "fields"))
}

fn other_braces(spot: &Spot) -> Option<Problem> {
    let open = *spot.around.first()?;
    let opener = spot.span_of(open);
    let before_open = open.checked_sub(1).map_or("", |i| spot.tokens.slice(i));
    let as_value = matches!(
        before_open,
        "=" | ":=" | "(" | "," | "return" | "[" | ":" | "=>"
    );
    if spot.inside() == Some(b'{') && as_value && spot.after_value() {
        match spot.next(0) {
            "," => return Some(errors::set_in_braces(opener)),
            ":" => return Some(errors::map_in_braces(opener)),
            _ => {}
        }
    }
    if spot.owner(0) == "match" && spot.inside() == Some(b'{') {
        match spot.next(0) {
            "->" | ":" => return Some(errors::arm_arrow(spot.span(), spot.next(0))),
            "||" => return Some(errors::pattern_or(spot.span())),
            _ => {}
        }
        if matches!(spot.prev(), "case" | "default") {
            return Some(errors::case_word(spot.prev_span(), spot.prev()));
        }
    }
    let c_for = spot.first_word() == "for" && matches!(spot.next(0), "=" | ";" | ":=" | ":");
    if c_for {
        return Some(errors::c_for(spot.span()));
    }
    None
}

/// `print "x"`, `f"…"`
fn calls(spot: &Spot) -> Option<Problem> {
    if spot.breaks || !spot.after_value() || spot.prev_kind() != Some(Kind::Word) {
        return None;
    }
    if is_keyword(spot.prev()) {
        return None;
    }
    match spot.next_kind() {
        Some(Kind::Str) if spot.touches() => {
            Some(errors::string_prefix(spot.prev_span(), spot.prev()))
        }
        Some(Kind::Str | Kind::Number) if spot.before == Some(spot.first) => {
            Some(errors::call_parentheses(spot.span(), spot.prev()))
        }
        Some(Kind::Word) if spot.before == Some(spot.first) && !is_keyword(spot.next(0)) => Some(
            errors::two_names(spot.span(), spot.prev(), spot.next(0), spot.next(1)),
        ),
        _ => None,
    }
}
