//! The sentences of syntax: one function for each way to be wrong. Codes E00xx.

use crate::problem::Problem;
use crate::source::Span;

/// The code of what may not stand in front of a block.
pub(super) const IN_HEAD: &str = "E0024";
/// What can only stand in a function.
pub(super) const OUTSIDE: &str = "E0020";
/// What other languages write.
pub(super) const HABIT: &str = "E0022";
/// Nothing of what stands there fits.
pub(super) const UNEXPECTED: &str = "E0001";
/// A bracket that closes nothing.
pub(super) const STRAY: &str = "E0003";
/// A character that may not stand in a source file.
pub(super) const FORBIDDEN: &str = "E0014";
/// A block lacks its braces.
pub(super) const NO_BLOCK: &str = "E0033";

pub(super) fn too_deep(at: Span) -> Problem {
    Problem::error("E0012", at, "this is nested too deeply")
        .label("the 1,001st level")
        .help("a program may have 1,000 levels of nesting: put parts of it into functions or bindings")
}

pub(super) fn types_too_deep(at: Span) -> Problem {
    Problem::error("E0012", at, "more than 100 type arguments are nested here")
        .help("if this is a comparison, put spaces around the `<`; else name parts of the type with `type`")
}

pub(super) fn or_beside_let(at: Span) -> Problem {
    Problem::error("E0001", at, "a `||` beside a `let` in a condition")
        .label("what it joins is not clear")
        .help("put the whole alternative into parentheses: `(a || b)`")
}

// ---- characters

pub(super) fn file_too_large(at: Span) -> Problem {
    Problem::error(
        "E0034",
        at,
        "this file is too large: a source file may have 4 GiB",
    )
    .help("split it into modules")
}

pub(super) fn forbidden_char(at: Span, c: char) -> Problem {
    let number = format!("{:x}", c as u32);
    let problem = Problem::error(
        FORBIDDEN,
        at,
        format!(
            "the character U+{:04X} may not stand in a source file",
            c as u32
        ),
    );
    match c {
        '\u{feff}' => {
            problem.help("a byte order mark stands only at the very beginning; take it away")
        }
        '\u{0}' => problem.help("this is a zero byte: is the file a text?"),
        c if c.is_control() => problem.help(format!(
            "take it away, or write `\\u{{{number}}}` in a string"
        )),
        _ => problem
            .label("an invisible character that changes the direction of writing")
            .help(format!(
                "text with it can look like another text; write `\\u{{{number}}}` in a string"
            )),
    }
}

// ---- brackets, quotes, comments

pub(super) fn unclosed(at: Span, kind: u8, closer: Option<Span>) -> Problem {
    let bracket = char::from(kind);
    let problem = Problem::error("E0002", at, format!("this `{bracket}` is never closed"))
        .label("opened here");
    match closer {
        Some(closer) => problem.note(closer, "closed too early by this"),
        None => problem,
    }
}

/// `here` begins a statement, which cannot stand in these brackets.
pub(super) fn unclosed_line(at: Span, kind: u8, here: Span) -> Problem {
    let bracket = char::from(kind);
    Problem::error("E0002", at, format!("this `{bracket}` is never closed"))
        .label("opened here")
        .note(here, "a statement cannot begin inside it")
}

/// Found by indentation: `closer` begins a line that stands further left than the opener's.
pub(super) fn unclosed_block(at: Span) -> Problem {
    Problem::error("E0002", at, "this `{` is never closed")
        .label("its `}` is missing, by the indentation of the lines below")
}

pub(super) fn wrong_closer(at: Span, closer: u8, opener: Span, kind: u8) -> Problem {
    let wanted = if kind == b'(' { ')' } else { ']' };
    Problem::error(
        "E0003",
        at,
        format!(
            "`{}` cannot close a `{}`",
            char::from(closer),
            char::from(kind)
        ),
    )
    .note(opener, "opened here")
    .help(format!("write `{wanted}`"))
}

pub(super) fn stray_closer(at: Span, closer: u8) -> Problem {
    Problem::error(
        "E0003",
        at,
        format!("this `{}` closes nothing", char::from(closer)),
    )
    .help("take it away, or open its bracket")
}

pub(super) fn comment_open(at: Span) -> Problem {
    Problem::error("E0005", at, "this comment is never closed")
        .label("opened here")
        .help("write `*/`; comments nest, so each `/*` needs its own")
}

pub(super) fn string_open(at: Span, block: bool) -> Problem {
    let problem = Problem::error("E0004", at, "this string is never closed").label("opened here");
    if block {
        problem.help("write `\"\"\"` at its end")
    } else {
        problem.help("write `\"` before the line's end; a string of several lines has three quotes: `\"\"\"`")
    }
}

pub(super) fn raw_string_open(at: Span, hashes: usize) -> Problem {
    Problem::error("E0004", at, "this raw string is never closed")
        .label("opened here")
        .help(format!("write `\"{}` at its end", "#".repeat(hashes)))
}

pub(super) fn interpolation_open(at: Span) -> Problem {
    Problem::error(
        "E0008",
        at,
        "the value that begins here in the string is not closed on its line",
    )
    .help("write `{{` for a brace, or close the value with `}`")
}

pub(super) fn lone_brace(at: Span) -> Problem {
    Problem::error("E0008", at, "this `}` closes nothing in the string")
        .help("write `}}` for a brace")
}

pub(super) fn char_empty(at: Span) -> Problem {
    Problem::error("E0006", at, "a character literal holds one character")
        .help("write `\"\"` for an empty string")
}

pub(super) fn char_long(at: Span) -> Problem {
    Problem::error("E0006", at, "a character literal holds one character")
        .help("strings have double quotes: `\"text\"`")
}

pub(super) fn char_open(at: Span) -> Problem {
    Problem::error("E0006", at, "this quote begins no character and no label")
        .help("write `'x'` for a character, `'\\''` for a quote")
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

pub(super) fn slice_colon(at: Span) -> Problem {
    Problem::error("E0022", at, "a part of a list is not written with a colon")
        .help("write `xs[a..b]`")
}

pub(super) fn list_or_map(at: Span) -> Problem {
    Problem::error(
        "E0029",
        at,
        "this mixes the elements of a list with the pairs of a map",
    )
    .help("write `value` for every element, or `key: value` for every one")
}

pub(super) fn comp_order(at: Span) -> Problem {
    Problem::error("E0029", at, "a comprehension begins with its element")
        .help("write `[x * x for x in xs if x > 0]`")
}

pub(super) fn typed_literal(at: Span) -> Problem {
    Problem::error("E0029", at, "a literal does not begin with its type")
        .help("say the type where the value goes: `let m: Map<string, int> = [:]`")
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
    .help("a name is renamed inside the braces: `use a.b { x as y }`")
}

pub(super) fn member_kind(at: Span, of: &str) -> Problem {
    Problem::error("E0031", at, format!("only functions can stand in {of}"))
        .help("move this out of the braces")
}

pub(super) fn local_pub(at: Span) -> Problem {
    Problem::error("E0031", at, "what a function contains cannot be `pub`")
        .help("move it out of the function, or leave `pub` out")
}

pub(super) fn doc_of_nothing(at: Span) -> Problem {
    Problem::error(
        "E0025",
        at,
        "this doc comment stands in front of nothing that it could describe",
    )
    .help("doc comments stand above items, fields and variants; write `//` for other comments")
}

pub(super) fn attr_of_nothing(at: Span) -> Problem {
    Problem::error("E0026", at, "this attribute stands in front of no item")
}

pub(super) fn pub_of_nothing(at: Span, found: &str) -> Problem {
    Problem::error(
        "E0031",
        at,
        format!("`pub` stands in front of an item, not of {found}"),
    )
}

pub(super) fn statement_outside(at: Span) -> Problem {
    Problem::error("E0020", at, "a statement can only stand in a function")
        .help("put it into `fn main() { … }`")
}

pub(super) fn module_var(at: Span) -> Problem {
    Problem::error("E0020", at, "a module has constants only, no variables")
        .help("write `let`, or put the variable into a function and pass it on")
}

pub(super) fn item_wanted(at: Span, found: &str) -> Problem {
    Problem::error("E0001", at, format!("{found} begins no item"))
        .help("an item begins with `fn`, `struct`, `enum`, `trait`, `impl`, `type`, `let`, `test`, `use` or `pub`")
}

pub(super) fn members_want_commas(at: Span, what: &str) -> Problem {
    Problem::error(
        "E0021",
        at,
        format!("{what} on one line want commas between them"),
    )
    .help("write a comma in front of this, or begin a new line")
}

pub(super) fn method_in_struct(at: Span) -> Problem {
    Problem::error("E0031", at, "the braces of a struct hold its fields only")
        .help("put functions into `impl NAME { … }`")
}

pub(super) fn else_of_nothing(at: Span) -> Problem {
    Problem::error("E0001", at, "this `else` belongs to no `if`")
        .help("it stands behind the `}` of an `if`, on the same line or the next")
}

pub(super) fn attr_on_statement(at: Span) -> Problem {
    Problem::error("E0026", at, "attributes stand in front of items only")
}

pub(super) fn type_behind_value(at: Span) -> Problem {
    Problem::error("E0036", at, "the type of a binding stands behind its name")
        .help("write `let x: T = value`")
}

pub(super) fn field_type(at: Span) -> Problem {
    Problem::error("E0032", at, "this field has no type").help("write `name: type`")
}

pub(super) fn variant_number(at: Span) -> Problem {
    Problem::error("E0038", at, "variants have no numbers")
        .help("write a method that gives the number of each variant by `match self { … }`")
}

pub(super) fn tuple_struct(at: Span) -> Problem {
    Problem::error(
        "E0038",
        at,
        "the fields of a struct have names and stand in braces",
    )
    .help("write `struct Point { x: int, y: int }`; a tuple can be given a name by `type`")
}

pub(super) fn type_before_name(at: Span, ty: &str, name: &str) -> Problem {
    Problem::error(
        "E0032",
        at,
        "the type of a parameter stands behind its name",
    )
    .help(format!("write `{name}: {ty}`"))
}

pub(super) fn type_without_colon(at: Span, name: &str, ty: &str) -> Problem {
    Problem::error("E0032", at, format!("the parameter `{name}` has no type"))
        .help(format!("a colon stands between: write `{name}: {ty}`"))
}

pub(super) fn result_by_colon(at: Span) -> Problem {
    Problem::error(
        "E0032",
        at,
        "the type of a result does not stand behind `:`",
    )
    .help("write `-> T`")
}

pub(super) fn associated_type(at: Span) -> Problem {
    Problem::error("E0001", at, "a trait has no types of its own")
        .help("give the trait a type parameter: `trait Name<T> { … }`")
}

pub(super) fn sole_constant(at: Span) -> Problem {
    Problem::error("E0001", at, "a constant is not bound with `:=`")
        .label("the program itself holds it")
        .help("write `=`")
}

pub(super) fn constant_pattern(at: Span) -> Problem {
    Problem::error("E0001", at, "a constant has one name, not a pattern")
        .help("write a `let` for each name")
}

pub(super) fn constant_without_value(at: Span) -> Problem {
    Problem::error("E0016", at, "a constant has its value where it is declared")
        .help("write `let NAME: T = …`")
}

pub(super) fn loop_without_value(at: Span, word: &str) -> Problem {
    Problem::error("E0016", at, format!("a `{word}` gives no value"))
        .help("assign to a `var` in it; only `loop` gives a value, by `break value`")
}

pub(super) fn point_in_front(at: Span) -> Problem {
    Problem::error(
        "E0011",
        at,
        "a float has a digit on both sides of its point",
    )
    .help("write `0` in front of it")
}

pub(super) fn braces_pattern(at: Span) -> Problem {
    Problem::error("E0001", at, "a pattern does not begin with a brace")
        .help("a struct's pattern begins with its name: `Point{ x, y }`; a tuple's is `(a, b)`")
}

pub(super) fn param_type(at: Span, name: &str) -> Problem {
    Problem::error("E0032", at, format!("the parameter `{name}` has no type")).help(format!(
        "write `{name}: T`; only closures leave the types of their parameters out"
    ))
}

pub(super) fn binding_of_nothing(at: Span) -> Problem {
    Problem::error("E0032", at, "this binding has neither a value nor a type")
        .help("write `let x = e`, or `let x: T` for one that is assigned later")
}

// ---- what pest found

pub(super) fn unexpected(at: Span, found: &str) -> Problem {
    Problem::error("E0001", at, format!("{found} does not fit here"))
}

pub(super) fn expected(at: Span, what: &str, found: &str) -> Problem {
    Problem::error("E0001", at, format!("{what} is wanted here, not {found}"))
}

pub(super) fn newline_wanted(at: Span, found: &str) -> Problem {
    Problem::error(
        "E0001",
        at,
        format!("{found} cannot follow here on the same line"),
    )
    .help("begin a new line in front of it")
}

pub(super) fn right_side_missing(at: Span, sign: &str, found: &str) -> Problem {
    Problem::error("E0016", at, format!("a value is missing behind `{sign}`"))
        .label(format!("found {found}"))
}

pub(super) fn cannot_follow(at: Span, found: &str) -> Problem {
    let help = match found {
        "`:`" => {
            "a label is written with a quote, `'name: for …`; a type stands behind a name in `let` or `var`"
        }
        _ => "begin a new statement on a new line; or is an operator missing?",
    };
    Problem::error("E0001", at, format!("{found} cannot follow this value")).help(help)
}

pub(super) fn list_end(at: Span, close: char, found: &str, open: Span) -> Problem {
    Problem::error(
        "E0001",
        at,
        format!("a `,` or `{close}` is wanted here, not {found}"),
    )
    .note(open, "inside this bracket")
}

pub(super) fn interpolation_end(at: Span, found: &str) -> Problem {
    Problem::error(
        "E0001",
        at,
        format!("{found} cannot follow the value in this string"),
    )
    .help("a `{` in a string begins a value: write `{{` and `}}` for braces, `{x:…}` for a format")
}

pub(super) fn block_missing(at: Span, word: &str, found: &str) -> Problem {
    let of = match word {
        "if" | "while" | "for" | "match" | "else" | "loop" | "fn" | "test" => {
            format!(" of this `{word}`")
        }
        _ => String::new(),
    };
    Problem::error(
        "E0033",
        at,
        format!("the block in braces{of} is missing: found {found}"),
    )
    .help("a block always has braces: `{ … }`, the first one on the same line")
}

/// The lines below are indented as if it stood there.
pub(super) fn brace_missing(at: Span, word: &str) -> Problem {
    let what = match word {
        "impl" | "trait" | "struct" | "enum" => "the body",
        _ => "the block",
    };
    Problem::error("E0033", at, format!("{what} of this `{word}` has no `{{`"))
        .label("it is missing here")
        .help("write `{` at the end of this line")
}

pub(super) fn brace_on_next_line(at: Span) -> Problem {
    Problem::error(
        "E0033",
        at,
        "this `{` begins a line, so it belongs to nothing",
    )
    .help("write it at the end of the line before")
}

pub(super) fn line_begins_with_operator(at: Span, sign: &str) -> Problem {
    Problem::error("E0015", at, format!("a line cannot begin with `{sign}`"))
        .label("the statement ended with the line before")
        .help(match sign {
            "|" | "||" => format!("write `{sign}` at the end of the line before, or put a closure that begins here into parentheses"),
            _ => format!("write `{sign}` at the end of the line before, or the whole in parentheses"),
        })
}

pub(super) fn keyword_as_name(at: Span, word: &str) -> Problem {
    Problem::error(
        "E0023",
        at,
        format!("`{word}` is a keyword and cannot be a name"),
    )
    .help(format!("write another name, such as `{word}_`"))
}

pub(super) fn literal_in_head(at: Span, name: &str) -> Problem {
    Problem::error(
        "E0024",
        at,
        "a struct literal cannot stand in front of a block",
    )
    .label("its `{` would begin the block")
    .help(format!("put it into parentheses: `({name}{{ … }})`"))
}

pub(super) fn keyword_in_head(at: Span, word: &str) -> Problem {
    Problem::error(
        "E0024",
        at,
        format!("`{word}` cannot stand in front of a block"),
    )
    .help("put it into parentheses, or bind its value with `let` before")
}

pub(super) fn closure_in_head(at: Span) -> Problem {
    Problem::error(IN_HEAD, at, "a closure cannot stand in front of a block")
        .help("put it into parentheses")
}

pub(super) fn head_missing(at: Span) -> Problem {
    Problem::error(IN_HEAD, at, "a value is missing in front of this block")
        .help("put a block that is meant as the value into parentheses")
}

pub(super) fn name_after_dot(at: Span) -> Problem {
    Problem::error(
        "E0016",
        at,
        "the name of a field or method is missing behind this point",
    )
    .help("a chain of methods goes on with `.name` at the beginning of the next line")
}

pub(super) fn float_digit(at: Span, whole: &str) -> Problem {
    Problem::error(
        "E0011",
        at,
        "a float has a digit on both sides of its point",
    )
    .help(format!("write `{whole}.0`"))
}

pub(super) fn wrong_digits(at: Span, text: &str, rest: &str) -> Problem {
    let radix = match text.get(..2) {
        Some("0x") => "hexadecimal number",
        Some("0b") => "binary number",
        Some("0o") => "octal number",
        _ => "number",
    };
    let problem = Problem::error(
        "E0011",
        at,
        format!("`{rest}` cannot be part of this {radix}"),
    );
    match rest {
        "f" | "f32" | "f64" | "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" | "L"
        | "n" => problem
            .help("literals take the type that is asked of them: write `let x: u8 = 1` or `u8(1)`"),
        _ => problem.help("write a space or an operator behind the number"),
    }
}

pub(super) fn odd_character(at: Span, text: &str) -> Problem {
    let problem = Problem::error("E0014", at, format!("`{text}` has no meaning here"));
    match text {
        "#" => problem.help("comments begin with `//`, attributes with `@`"),
        "\u{201c}" | "\u{201d}" | "\u{201e}" => problem.help("write straight quotes: `\"`"),
        "\u{2018}" | "\u{2019}" => problem.help("write a straight quote: `'`"),
        "\u{a0}" | "\u{3000}" | "\u{2003}" => {
            problem.help("this is a special white space: write a plain space")
        }
        "\u{2026}" => problem.help("write `..`"),
        "\u{2192}" => problem.help("write `->`"),
        "\u{2212}" => problem.help("write `-`"),
        "\u{d7}" => problem.help("write `*`"),
        "`" => problem.help("strings have double quotes: `\"text\"`"),
        "$" => problem.help("names have no sign in front; strings take values as `{name}`"),
        "\\" => {
            problem.help("a line goes on by itself after an operator, a comma, or inside brackets")
        }
        _ => {
            problem.help("outside of strings and comments there are names, numbers and ASCII signs")
        }
    }
}

// ---- types written as elsewhere

pub(super) fn list_type(at: Span) -> Problem {
    Problem::error("E0036", at, "types of lists are not written with brackets")
        .help("write `List<T>` or `Array<T>`; a map is `Map<K, V>`")
}

pub(super) fn brace_type(at: Span) -> Problem {
    Problem::error("E0036", at, "types are not written with braces")
        .help("declare a `struct`, or write a tuple: `(int, string)`; a map is `Map<K, V>`")
}

pub(super) fn type_args_space(at: Span) -> Problem {
    Problem::error(
        "E0036",
        at,
        "the `<` of type arguments stands directly behind the name",
    )
    .help("take the space away: `List<int>`")
}

pub(super) fn union_type(at: Span) -> Problem {
    Problem::error("E0036", at, "there are no unions of types")
        .help("declare an `enum`, or write `T?` for a value that may be missing")
}

pub(super) fn no_references(at: Span) -> Problem {
    Problem::error("E0022", at, "there are no references")
        .help("write the value itself: passing it is free, and nobody else sees changes to it; `new` makes shared objects")
}

// ---- habits of other languages

pub(super) fn other_word(at: Span, word: &str, instead: &str) -> Problem {
    Problem::error("E0022", at, format!("Cowl does not say `{word}`"))
        .help(format!("write `{instead}`"))
}

pub(super) fn no_such_word(at: Span, word: &str) -> Problem {
    let problem = Problem::error("E0022", at, format!("there is no `{word}` in Cowl"));
    match word {
        "then" | "do" => problem.help("write the block in braces"),
        "async" | "await" => problem.help("any function may wait: call it"),
        "del" | "delete" => problem.help("values end by themselves at their last use"),
        "override" | "abstract" => problem.help("write a `trait` and an `impl` of it"),
        "yield" => problem.help("return a list, or take a closure and call it with each value"),
        _ => problem,
    }
}

pub(super) fn file_is_module(at: Span, word: &str) -> Problem {
    Problem::error(
        "E0022",
        at,
        format!("there is no `{word}`: each file is a module"),
    )
    .help("put its items into a file of that name and write `use NAME`")
}

pub(super) fn private_is_default(at: Span, word: &str) -> Problem {
    Problem::error(
        "E0022",
        at,
        format!("there is no `{word}`: what is not `pub` is private"),
    )
    .help("take the word away")
}

pub(super) fn null(at: Span) -> Problem {
    Problem::error("E0022", at, "there is no null")
        .help("write `none`; a type that allows it is written `T?`")
}

pub(super) fn let_mut(at: Span) -> Problem {
    Problem::error(
        "E0022",
        at,
        "a variable that can change is declared with `var`",
    )
    .help("write `var x = …`; parameters that change are written `var x: T`")
}

pub(super) fn word_operator(at: Span, word: &str, sign: &str) -> Problem {
    Problem::error("E0022", at, format!("`{word}` is not an operator"))
        .help(format!("write `{sign}`"))
}

pub(super) fn increment(at: Span, sign: &str) -> Problem {
    Problem::error("E0022", at, format!("there is no `{sign}{sign}`"))
        .help(format!("write `x {sign}= 1`"))
}

pub(super) fn power(at: Span) -> Problem {
    Problem::error("E0022", at, "`**` is not an operator").help("write `x.pow(n)`")
}

pub(super) fn not_equal(at: Span) -> Problem {
    Problem::error("E0022", at, "`<>` is not an operator").help("write `!=`")
}

pub(super) fn equals_signs(at: Span) -> Problem {
    Problem::error("E0022", at, "these are too many equals signs")
        .help("write `==` to compare values, `===` to compare the identity of objects")
}

pub(super) fn double_colon(at: Span) -> Problem {
    Problem::error("E0022", at, "names are not joined by `::`").help("write `.`")
}

pub(super) fn arrow_closure(at: Span) -> Problem {
    Problem::error("E0022", at, "closures are not written with an arrow").help("write `|x| x + 1`")
}

pub(super) fn star_in_front(at: Span) -> Problem {
    Problem::error("E0022", at, "`*` does not stand in front of a value")
        .help("write `p.*` for the whole value of an object; fields and methods reach through by themselves")
}

pub(super) fn at_in_value(at: Span) -> Problem {
    Problem::error("E0026", at, "attributes stand in front of items only")
}

pub(super) fn as_cast(at: Span, ty: &str) -> Problem {
    let ty = if ty.starts_with(|c: char| c.is_alphabetic()) {
        ty
    } else {
        "int"
    };
    Problem::error("E0022", at, "types are not changed with `as`").help(format!("write `{ty}(x)`"))
}

pub(super) fn trailing_if(at: Span) -> Problem {
    Problem::error("E0022", at, "a condition does not stand behind its value")
        .help("write `if c { a } else { b }`")
}

pub(super) fn ternary(at: Span) -> Problem {
    Problem::error("E0022", at, "there is no `c ? a : b`")
        .label("this `?` passes an error or none on")
        .help("write `if c { a } else { b }`")
}

pub(super) fn else_if(at: Span, word: &str) -> Problem {
    Problem::error("E0022", at, format!("there is no `{word}`")).help("write `else if`")
}

pub(super) fn macro_call(at: Span) -> Problem {
    Problem::error("E0022", at, "a function is called without `!`")
        .help("`!` changes a place in place by a method: `xs.push!(4)`")
}

pub(super) fn repeat_list(at: Span) -> Problem {
    Problem::error("E0029", at, "a list is not repeated with `;`")
        .help("write `List.filled(n, x)` or `Array.filled(n, x)`")
}

pub(super) fn set_in_braces(at: Span) -> Problem {
    Problem::error("E0029", at, "sets and lists are not written in braces")
        .help("write `[1, 2]`; it is a set where a `Set` is wanted")
}

pub(super) fn map_in_braces(at: Span) -> Problem {
    Problem::error("E0029", at, "maps are not written in braces")
        .help("write `[\"a\": 1]`; a struct literal has its name in front: `Point{ x: 1 }`")
}

pub(super) fn var_in_closure(at: Span, name: &str) -> Problem {
    Problem::error("E0023", at, "a parameter of a closure is not a variable")
        .help(format!("make one of it in the body: `var {name} = {name}`"))
}

pub(super) fn c_for(at: Span) -> Problem {
    Problem::error("E0022", at, "a `for` runs over the elements of something")
        .help("write `for i in 0..n { … }`")
}

pub(super) fn arm_arrow(at: Span, sign: &str) -> Problem {
    Problem::error("E0022", at, format!("an arm is not written with `{sign}`"))
        .help("write `pattern => value`")
}

pub(super) fn pattern_or(at: Span) -> Problem {
    Problem::error("E0037", at, "patterns are joined by a single `|`").help("write `a | b`")
}

pub(super) fn case_word(at: Span, word: &str) -> Problem {
    let problem = Problem::error("E0022", at, format!("there is no `{word}` in a match"));
    if word == "default" {
        problem.help("write `_ => value` for all that is left")
    } else {
        problem.help("write `pattern => value`")
    }
}

pub(super) fn try_word(at: Span) -> Problem {
    Problem::error("E0022", at, "there is no `try`")
        .help("write `e?` to pass an error on, `e catch |err| default` to handle it")
}

pub(super) fn string_prefix(at: Span, word: &str) -> Problem {
    Problem::error("E0022", at, format!("strings have no prefix `{word}`"))
        .help("every string takes values as `{x}`; a raw one is `r\"…\"`")
}

pub(super) fn call_parentheses(at: Span, name: &str) -> Problem {
    Problem::error("E0038", at, "the arguments of a call stand in parentheses")
        .help(format!("write `{name}(…)`"))
}

pub(super) fn two_names(at: Span, first: &str, second: &str, third: &str) -> Problem {
    if third == "=" {
        return Problem::error("E0022", at, "a variable is declared with `let` or `var`")
            .help(format!("write `var {second}: {first} = …`"));
    }
    Problem::error("E0001", at, format!("`{second}` cannot follow `{first}`"))
        .help("begin a new statement on a new line; or is an operator missing?")
}
