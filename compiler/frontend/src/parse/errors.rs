//! The sentences of syntax: one function for each way to be wrong. Codes E00xx.

use crate::problem::Problem;
use crate::source::Span;

pub(super) fn too_deep(at: Span) -> Problem {
    Problem::error("E0012", at, "this is nested too deeply")
        .label("the 1,001st level")
        .help("a program may have 1,000 levels of nesting: put parts of it into functions or bindings")
}

// ---- numbers, characters, strings

pub(super) fn int_too_large(at: Span) -> Problem {
    Problem::error(
        "E0010",
        at,
        "this number is too large for every integer type",
    )
    .help("the largest integer type, u64, goes up to 18446744073709551615")
}

pub(super) fn float_too_large(at: Span) -> Problem {
    Problem::error("E0010", at, "this number is too large for a float")
        .help("the largest float is about 1.8e308; write `float.inf` for infinity")
}

pub(super) fn no_digits(at: Span, radix: u32) -> Problem {
    let what = match radix {
        16 => "hexadecimal",
        8 => "octal",
        _ => "binary",
    };
    Problem::error("E0011", at, format!("this {what} number has no digits"))
}

pub(super) fn byte_not_ascii(at: Span, c: char) -> Problem {
    Problem::error("E0006", at, format!("`{c}` does not fit a byte"))
        .help("a byte literal is one ASCII character; write a number such as 0xe9")
}

pub(super) fn bad_escape(at: Span, c: char) -> Problem {
    let problem = Problem::error("E0007", at, format!("there is no escape `\\{c}`"));
    match c {
        '{' => problem.help("write `{{` for a brace"),
        '}' => problem.help("write `}}` for a brace"),
        'x' => problem.help("write `\\u{41}` for a character by its number"),
        'e' => problem.help("write `\\u{1b}`"),
        _ => problem.help(
            "the escapes are \\n \\t \\r \\0 \\\\ \\\" \\' \\u{…}; write `\\\\` for a backslash",
        ),
    }
}

pub(super) fn unicode_escape_form(at: Span) -> Problem {
    Problem::error(
        "E0007",
        at,
        "`\\u` wants the number of a character in braces",
    )
    .help("write it like `\\u{e9}`")
}

pub(super) fn not_a_scalar(at: Span, digits: &str) -> Problem {
    Problem::error(
        "E0007",
        at,
        format!("`{digits}` is not the number of a character"),
    )
    .help("write 1 to 6 hexadecimal digits, up to 10ffff, without the surrogates d800 to dfff")
}

pub(super) fn interpolation_unwanted(at: Span, what: &str) -> Problem {
    Problem::error(
        "E0030",
        at,
        format!("{what} cannot contain an interpolation"),
    )
    .help("write `{{` and `}}` for braces")
}

// ---- formats

pub(super) fn format_empty(at: Span) -> Problem {
    Problem::error("E0009", at, "there is no format behind this colon")
        .help("leave the colon out, or write a format such as `:>8` or `:.2`")
}

pub(super) fn format_rest(at: Span, rest: &str) -> Problem {
    Problem::error("E0009", at, format!("`{rest}` is not part of a format"))
        .help("a format is [[fill]<^>][+][#][0][width][.precision][xXobe?], in this order")
}

pub(super) fn format_precision(at: Span) -> Problem {
    Problem::error(
        "E0009",
        at,
        "a number or a name in braces is missing behind this point",
    )
    .help("write the precision like `:.2` or `:.{n}`")
}

pub(super) fn format_count_large(at: Span) -> Problem {
    Problem::error("E0009", at, "a width or precision goes up to 10000")
}

// ---- expressions

pub(super) fn assignment_as_value(at: Span) -> Problem {
    Problem::error("E0018", at, "an assignment is not a value")
        .label("nothing can be assigned here")
        .help(
            "write `==` to compare, `name: value` for a named argument, or a statement of its own",
        )
}

pub(super) fn assignment_chain(at: Span) -> Problem {
    Problem::error(
        "E0018",
        at,
        "an assignment is not a value, so it cannot be assigned",
    )
    .label("the second assignment")
    .help("write two statements: `y = 3`, then `x = y`")
}

pub(super) fn comparison_chain(first: Span, second: Span) -> Problem {
    Problem::error("E0017", second, "comparisons do not chain")
        .label("the second comparison")
        .note(first, "the first one")
        .help("write `a < b && b < c`, or put one of them into parentheses")
}

pub(super) fn range_chain(first: Span, second: Span) -> Problem {
    Problem::error("E0017", second, "a range has only two ends")
        .note(first, "the first range operator")
        .help("write `(a..b).step(k)` for steps")
}

pub(super) fn inclusive_without_end(at: Span) -> Problem {
    Problem::error("E0016", at, "a range with `..=` needs an end")
        .help("write `a..` for a range without an end")
}

pub(super) fn operand_missing(at: Span) -> Problem {
    Problem::error("E0016", at, "a value is missing here")
}

pub(super) fn raise_without_value(at: Span) -> Problem {
    Problem::error("E0016", at, "`raise` needs the error to raise")
        .help("write `raise Error(\"what went wrong\")`")
}

pub(super) fn catch_closure(at: Span) -> Problem {
    Problem::error(
        "E0027",
        at,
        "the default of a `catch` is a value, not a closure",
    )
    .help("write `catch |e| default` with one pattern between the bars")
}

pub(super) fn closure_block_wanted(at: Span) -> Problem {
    Problem::error(
        "E0033",
        at,
        "a closure with a result type has its body in braces",
    )
    .help("write `|x| -> T { … }`")
}

pub(super) fn wild_as_value(at: Span) -> Problem {
    Problem::error("E0028", at, "`_` is not a value")
        .help("`_` stands in patterns and on the left of `=`, to throw something away")
}

pub(super) fn wild_assign_op(at: Span) -> Problem {
    Problem::error("E0028", at, "`_` holds no value that this could change")
        .help("write `_ = e` to throw a value away")
}

pub(super) fn postfix_of_nothing(at: Span) -> Problem {
    Problem::error("E0016", at, "there is no value in front of this")
}

pub(super) fn literal_of_nothing(at: Span) -> Problem {
    Problem::error("E0001", at, "a `{` cannot follow this value")
        .help("only the name of a struct can stand in front of `{ … }`; begin a block on a line of its own")
}

pub(super) fn targs_without_call(at: Span) -> Problem {
    Problem::error("E0038", at, "type arguments of a method want its call")
        .help("write the arguments in parentheses behind them")
}

pub(super) fn arg_name_wanted(at: Span) -> Problem {
    Problem::error(
        "E0038",
        at,
        "only a name can stand in front of the colon of an argument",
    )
    .help("write `f(name: value)`; a map is written in brackets: `[key: value]`")
}

pub(super) fn list_or_map(at: Span) -> Problem {
    Problem::error(
        "E0029",
        at,
        "this mixes the elements of a list with the pairs of a map",
    )
    .help("write `value` for every element, or `key: value` for every one")
}

pub(super) fn comp_spread(at: Span) -> Problem {
    Problem::error(
        "E0029",
        at,
        "a comprehension gives one element at each turn",
    )
    .help("write two `for`s to flatten: `[x for xs in lists for x in xs]`")
}

pub(super) fn new_wants_literal(at: Span) -> Problem {
    Problem::error(
        "E0035",
        at,
        "`new` wants a literal or a variant, not a value in parentheses",
    )
    .help("write `new int(42)`, `new Point{ … }`, `new .circle(1.0)` or `new (1, 2)`")
}

pub(super) fn new_array_length(at: Span) -> Problem {
    Problem::error(
        "E0035",
        at,
        "`new [n]T` wants exactly one length in its brackets",
    )
}

pub(super) fn one_tuple(at: Span, what: &str) -> Problem {
    let article = if what.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    Problem::error("E0019", at, format!("there are no tuples of one {what}")).help(format!(
        "leave the comma out for {article} {what} in parentheses"
    ))
}

// ---- types

pub(super) fn fn_type_optional(at: Span) -> Problem {
    Problem::error("E0036", at, "it is not clear what this `?` belongs to")
        .help("write `(fn(…))?` for an optional function, or `fn(…) -> T?` for an optional result")
}

pub(super) fn fn_type_arrow(fn_span: Span, at: Span) -> Problem {
    Problem::error(
        "E0036",
        at,
        "an arrow is missing in front of this result type",
    )
    .note(fn_span, "the type of the function")
    .help("write `fn(A) -> B`")
}

pub(super) fn type_missing(at: Span) -> Problem {
    Problem::error("E0032", at, "a type is missing here")
}

// ---- patterns

pub(super) fn at_chain(at: Span) -> Problem {
    Problem::error("E0037", at, "one value is given two names here")
        .help("write one name in front of `@`")
}

pub(super) fn named_rest(at: Span) -> Problem {
    Problem::error("E0037", at, "`..` leaves fields out and cannot name them")
        .help("only in a list pattern can the rest have a name: `[first, ..rest]`")
}

pub(super) fn field_name_wanted(at: Span) -> Problem {
    Problem::error("E0037", at, "the name of a field is wanted here")
        .help("write `name: pattern`, or `name` to bind the field")
}

// ---- items

pub(super) fn attr_named(at: Span) -> Problem {
    Problem::error("E0026", at, "the arguments of an attribute have no names")
}

pub(super) fn use_both(at: Span) -> Problem {
    Problem::error(
        "E0031",
        at,
        "`as` names a module, but this `use` takes names out of one",
    )
    .help("write two `use` lines")
}

pub(super) fn member_kind(at: Span, of: &str) -> Problem {
    Problem::error("E0031", at, format!("only functions can stand in {of}"))
        .help("move this out of the braces")
}

pub(super) fn local_pub(at: Span) -> Problem {
    Problem::error("E0031", at, "what a function contains cannot be `pub`")
        .help("move it out of the function, or leave `pub` out")
}

// ---- what pest found

pub(super) fn unexpected(at: Span, found: &str) -> Problem {
    Problem::error("E0001", at, format!("{found} does not fit here"))
}
