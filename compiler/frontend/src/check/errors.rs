//! Every sentence that the checker says, by code. One function a situation; the code is the
//! group that `cowl explain` has a page for.

use crate::ast::Text;
use crate::problem::Problem;
use crate::source::Span;
use crate::types::IntTy;
use crate::words::{a, are, plural};

fn suggest(p: Problem, best: Option<String>) -> Problem {
    match best {
        Some(best) => p.help(format!("did you mean `{best}`?")),
        None => p,
    }
}

fn ticked(names: &[Text]) -> String {
    names
        .iter()
        .map(|n| format!("`{n}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

// ---- E0200 types do not fit

pub fn mismatch(span: Span, want: &str, have: &str, help: Option<String>) -> Problem {
    let p = Problem::error("E0200", span, format!("expected `{want}`, found `{have}`"))
        .label(format!("this is `{have}`"));
    match help {
        Some(help) => p.help(help),
        None => p,
    }
}

pub fn range_bounds(span: Span, a: &str, b: &str) -> Problem {
    Problem::error("E0200", span, format!("a range from `{a}` to `{b}`"))
        .label("both ends must have one type")
}

pub fn closure_params(span: Span, want: usize, have: usize) -> Problem {
    Problem::error(
        "E0200",
        span,
        format!(
            "this closure takes {}, but {} wanted",
            plural(have, "parameter"),
            are(want)
        ),
    )
}

pub fn index_type(span: Span, have: &str) -> Problem {
    Problem::error(
        "E0200",
        span,
        format!("an index is an `int`, found `{have}`"),
    )
    .help("convert it: `int(…)`")
}

pub fn if_without_else(span: Span, want: &str) -> Problem {
    Problem::error(
        "E0201",
        span,
        format!(
            "an `if` without `else` gives no value, and {} is wanted",
            a(want)
        ),
    )
    .label("nothing is given where the condition is false")
    .help("add `else { … }`, or `return` the value")
}

pub fn if_gives_only_sometimes(span: Span, branch: Span, have: &str) -> Problem {
    let message = format!(
        "an `if` without `else` gives no value, but this branch ends in {}",
        a(have)
    );
    Problem::error("E0201", span, message)
        .label("nothing is given where the condition is false")
        .note(branch, format!("{} that nothing takes", a(have)))
        .help("add `else { … }`")
}

pub fn missing_value(span: Span, want: &str) -> Problem {
    Problem::error(
        "E0201",
        span,
        format!("this block ends without the `{want}` that it must give"),
    )
    .label("nothing is given here")
    .help("end the block with the value, or `return` it")
}

pub fn return_without_value(span: Span, want: &str) -> Problem {
    Problem::error(
        "E0201",
        span,
        format!("`return` without the `{want}` that the function gives"),
    )
}

// ---- E0202 a type is not known

pub fn open_type(span: Span, what: &str, shown: &str) -> Problem {
    Problem::error(
        "E0202",
        span,
        format!("the type of {what} is not known: `{shown}`"),
    )
    .label("nothing says what `_` is")
    .help(match shown {
        _ if shown.starts_with("Map<") => "write the type: `let m: Map<string, int> = [:]`",
        _ if shown.ends_with('?') => "write the type: `let x: int? = none`",
        _ if shown.starts_with("List<") => "write the type: `let x: List<int> = []`",
        _ => "write the type where the value is bound: `let x: T = …`",
    })
}

pub fn unknown_here(span: Span) -> Problem {
    Problem::error("E0202", span, "the type of this must be known here")
        .help("write the type where the value is bound")
}

pub fn variant_without_type(span: Span, name: &str) -> Problem {
    Problem::error(
        "E0202",
        span,
        format!("nothing says which enum `.{name}` belongs to"),
    )
    .help("write the enum before the dot, or the type where the value is bound")
}

// ---- E0203 names that values do not have

pub fn no_field(span: Span, name: &str, of: &str, best: Option<String>) -> Problem {
    suggest(
        Problem::error("E0203", span, format!("{of} has no field `{name}`")),
        best,
    )
}

#[allow(clippy::too_many_arguments)]
pub fn no_such_field(
    span: Span,
    name: &str,
    ty: &str,
    hint: Option<String>,
    method: bool,
    option: bool,
    variant: bool,
) -> Problem {
    let p = Problem::error("E0203", span, format!("`{ty}` has no field `{name}`"));
    if method {
        p.help(format!("it is a method: `.{name}()`"))
    } else if variant {
        p.help(format!(
            "a line that begins with `.` goes on with the one before: write `return .{name}`"
        ))
    } else if option {
        p.help("it may be none: take the value out with `?`, `??` or `match`")
    } else {
        match hint {
            Some(help) => p.help(help),
            None => p,
        }
    }
}

pub fn no_position(span: Span, n: u32, ty: &str, parts: Option<usize>) -> Problem {
    let p = Problem::error("E0203", span, format!("`{ty}` has no part `.{n}`"));
    match parts {
        Some(k) => p.help(format!("it has {}, counted from 0", plural(k, "part"))),
        None => p,
    }
}

pub fn no_method(
    span: Span,
    name: &str,
    ty: &str,
    best: Option<String>,
    variant: bool,
    help: Option<String>,
) -> Problem {
    let p = Problem::error("E0204", span, format!("`{ty}` has no method `{name}`"));
    if variant {
        return p.help(format!(
            "a line that begins with `.` goes on with the one before: write `return .{name}`"
        ));
    }
    match help {
        Some(help) => p.help(help),
        None => suggest(p, best),
    }
}

pub fn field_not_method(span: Span, name: &str, ty: &str, callable: bool) -> Problem {
    let p = Problem::error(
        "E0204",
        span,
        format!("`{name}` is a field of `{ty}`, not a method"),
    );
    if callable {
        p.help(format!("call the function in the field: `(x.{name})(…)`"))
    } else {
        p.help(format!("read it without parentheses: `.{name}`"))
    }
}

pub fn no_function(span: Span, name: &str, ty: &str, best: Option<String>) -> Problem {
    suggest(
        Problem::error(
            "E0204",
            span,
            format!("`{ty}` has no function or variant `{name}`"),
        ),
        best,
    )
}

pub fn function_of_type(span: Span, name: &str, ty: &str) -> Problem {
    Problem::error(
        "E0204",
        span,
        format!("`{name}` is a function of the type, not a method"),
    )
    .help(format!(
        "it takes no `self`: call it on the type, as `{ty}.{name}(…)`"
    ))
}

pub fn ambiguous_method(span: Span, name: &str, a: &str, b: &str) -> Problem {
    Problem::error(
        "E0204",
        span,
        format!("both `{a}` and `{b}` have a method `{name}`"),
    )
    .help(format!("say which: `{a}.{name}(x)`"))
}

pub fn wants_pointer(span: Span, name: &str, ty: &str) -> Problem {
    Problem::error(
        "E0204",
        span,
        format!("`{name}` is a method of objects, but this is {}", a(ty)),
    )
    .label("takes `self: *Self`")
    .help("call it on a pointer made with `new`")
}

pub fn not_through_any(span: Span, name: &str, ty: &str) -> Problem {
    Problem::error(
        "E0520",
        span,
        format!("`{name}` cannot be called through `{ty}`"),
    )
    .label("has no receiver, type parameters of its own, or `Self` in another parameter")
}

pub fn private(span: Span, what: &str, name: &str) -> Problem {
    Problem::error(
        "E0205",
        span,
        format!("the {what} `{name}` is private to its module"),
    )
    .help("make it `pub`, or use what the module offers")
}

pub fn hidden_fields(span: Span, ty: &str, field: &str) -> Problem {
    Problem::error(
        "E0205",
        span,
        format!("`{ty}` cannot be written here: its field `{field}` is private to its module"),
    )
    .help("use a function of its module that makes one")
}

// ---- E0206 calls

pub fn argument_count(span: Span, what: &str, want: usize, have: usize) -> Problem {
    let p = Problem::error(
        "E0206",
        span,
        format!(
            "{what} takes {}, but {} given",
            plural(want, "argument"),
            are(have)
        ),
    );
    if what == "`print`" || what == "`eprint`" {
        return p.help("write the values into one string: `\"{a} {b}\"`");
    }
    p
}

pub fn missing_arguments(
    span: Span,
    what: &str,
    missing: &[Text],
    want: usize,
    have: usize,
) -> Problem {
    let names = ticked(missing);
    let word = if missing.len() == 1 {
        "argument"
    } else {
        "arguments"
    };
    Problem::error(
        "E0206",
        span,
        format!(
            "{what} takes {}, but {} given",
            plural(want, "argument"),
            are(have)
        ),
    )
    .label(format!("missing {word}: {names}"))
}

pub fn unknown_argument(span: Span, name: &str, what: &str, best: Option<String>) -> Problem {
    suggest(
        Problem::error("E0206", span, format!("{what} has no parameter `{name}`")),
        best,
    )
}

pub fn positional_after_named(span: Span) -> Problem {
    Problem::error(
        "E0206",
        span,
        "an argument without a name after one with a name",
    )
    .help("name this one too, or put it first")
}

pub fn named_for_value(span: Span) -> Problem {
    Problem::error(
        "E0206",
        span,
        "a function value takes its arguments by position only",
    )
}

pub fn twice(span: Span, what: &str, name: &str) -> Problem {
    Problem::error("E0206", span, format!("the {what} `{name}` is given twice"))
}

pub fn type_argument_count(span: Span, want: usize, have: usize) -> Problem {
    Problem::error(
        "E0206",
        span,
        format!(
            "this takes {}, but {} given",
            plural(want, "type argument"),
            are(have)
        ),
    )
}

pub fn not_callable(span: Span, ty: &str) -> Problem {
    Problem::error("E0207", span, format!("{} cannot be called", a(ty)))
}

pub fn type_called(span: Span, name: &str) -> Problem {
    Problem::error("E0207", span, format!("`{name}` is a type, not a function")).help(format!(
        "make a value of it with `{name}{{ … }}`, or call one of its functions"
    ))
}

// ---- E0208 operators

pub fn no_operator(span: Span, op: &str, ty: &str, help: Option<String>) -> Problem {
    let p = Problem::error("E0208", span, format!("`{op}` has no meaning for `{ty}`"));
    match help {
        Some(help) => p.help(help),
        None => p,
    }
}

pub fn operands(
    span: Span,
    op: &str,
    a: &str,
    b: &str,
    numbers: bool,
    sides: (Span, Span),
) -> Problem {
    let p = Problem::error("E0208", span, format!("`{op}` between `{a}` and `{b}`"))
        .note(sides.1, format!("this is `{b}`"));
    if numbers {
        p.help(format!(
            "numbers do not convert by themselves: write `{a}(…)` or `{b}(…)`"
        ))
    } else {
        p
    }
}

pub fn compared(
    span: Span,
    op: &str,
    a: &str,
    b: &str,
    numbers: bool,
    help: Option<String>,
    sides: (Span, Span),
) -> Problem {
    let p = Problem::error("E0208", span, format!("`{op}` between `{a}` and `{b}`"))
        .note(sides.0, format!("this is `{a}`"))
        .note(sides.1, format!("this is `{b}`"));
    match help {
        Some(help) => p.help(help),
        None if numbers => p.help(format!(
            "numbers do not convert by themselves: write `{a}(…)` or `{b}(…)`"
        )),
        None => p,
    }
}

pub fn identity(span: Span, a: &str, b: &str) -> Problem {
    Problem::error("E0208", span, format!("`===` between `{a}` and `{b}`"))
        .label("compares which objects two pointers of one type refer to")
        .help("values have no identity: compare them with `==`")
}

pub fn shift_count(span: Span, ty: &str) -> Problem {
    Problem::error(
        "E0208",
        span,
        format!("a shift count is an integer, found `{ty}`"),
    )
}

pub fn prefix_order(span: Span) -> Problem {
    Problem::error(
        "E0208",
        span,
        "`move` and `copy` stand directly before what they take",
    )
}

pub fn not_iterable(span: Span, ty: &str, help: Option<String>) -> Problem {
    let p = Problem::error(
        "E0209",
        span,
        format!("{} has no elements to go over", a(ty)),
    );
    match help {
        Some(help) => p.help(help),
        None => p,
    }
}

pub fn range_items(span: Span, ty: &str) -> Problem {
    Problem::error(
        "E0209",
        span,
        format!("a range of `{ty}` cannot be counted through"),
    )
    .help("count with integers or chars")
}

pub fn no_index(span: Span, ty: &str, option: bool, tuple: bool) -> Problem {
    let p = Problem::error("E0209", span, format!("{} cannot be indexed", a(ty)));
    if option {
        p.help("it may be none: take the value out with `?`, `??` or `match`")
    } else if tuple {
        p.help("a tuple's parts are `.0`, `.1`, …")
    } else {
        p
    }
}

pub fn index_count(span: Span, n: usize) -> Problem {
    Problem::error("E0209", span, format!("one index is wanted, {n} are given"))
        .help("index once more for what lies inside: `grid[y][x]`")
}

pub fn default_needs_map(span: Span) -> Problem {
    Problem::error("E0209", span, "`default:` belongs to maps").help("use `get(i) ?? …`")
}

pub fn open_range(span: Span) -> Problem {
    Problem::error(
        "E0209",
        span,
        "a range without an end stands only in an index or a `for`",
    )
}

// ---- E0210 literals

pub fn literal_range(span: Span, text: &str, int: IntTy) -> Problem {
    Problem::error(
        "E0210",
        span,
        format!("{text} does not fit `{}`", int.name()),
    )
    .label(format!(
        "`{}` goes from {} to {}",
        int.name(),
        int.min(),
        int.max()
    ))
}

pub fn beyond_f32(span: Span) -> Problem {
    Problem::error("E0210", span, "this number does not fit `f32`")
        .label("`f32` goes to about 3.4e38")
        .help("let it be a `float`; infinity is `inf`")
}

pub fn generic_literal(span: Span, ty: &str) -> Problem {
    Problem::error(
        "E0210",
        span,
        format!("this does not fit every number type that `{ty}` can be"),
    )
    .label("a literal of a type parameter is from 0 to 127")
}

pub fn format_spec(span: Span, want: &str, ty: &str) -> Problem {
    Problem::error(
        "E0211",
        span,
        format!("this format wants {want}, but the value is {}", a(ty)),
    )
}

// ---- E0212 values thrown away

pub fn thrown_away(
    span: Span,
    kind: &str,
    ty: &str,
    twin: Option<Text>,
    per_element: bool,
    is_last: bool,
) -> Problem {
    let p = Problem::error("E0212", span, format!("this {kind} is thrown away"))
        .label(format!("{} that nothing takes", a(ty)));
    if per_element {
        return p.help("to do something for each element write `for x in xs { … }`");
    }
    if kind == "result" {
        return p.help(
            "pass an error on with `?`, handle it with `catch` or `match`, or write `_ = …`",
        );
    }
    match twin {
        Some(name) => p.help(format!(
            "did you mean `.{name}!(…)`, which changes in place? To throw it away, write `_ = …`"
        )),
        None if is_last => p.help(format!(
            "if the function is to give it, write its type: `-> {ty}`; else throw it away: `_ = …`"
        )),
        None => p.help("use it, or throw it away on purpose: `_ = …`"),
    }
}

// ---- E0213 places

pub fn not_a_place(span: Span) -> Problem {
    Problem::error(
        "E0213",
        span,
        "this cannot be changed: it is a value, not a place",
    )
    .help("bind it to a `var` first")
}

pub fn immutable(span: Span, name: &str, declared: Span, is_self: bool, param: bool) -> Problem {
    let p = Problem::error("E0213", span, format!("`{name}` cannot be changed"));
    if is_self {
        p.note(declared, "declared here")
            .help("declare the method with `var self`")
    } else if param {
        p.note(declared, "a parameter").help(format!(
            "declare it `var {name}`: a copy of the function's own"
        ))
    } else {
        p.note(declared, "declared with `let`")
            .help(format!("declare it with `var {name}`"))
    }
}

pub fn captured(span: Span) -> Problem {
    Problem::error(
        "E0213",
        span,
        "a captured variable cannot be changed in a closure",
    )
    .label("the closure has its own copy, made when it was created")
    .help("give the new value back, or keep it in an object made with `new`")
}

pub fn constant(span: Span) -> Problem {
    Problem::error("E0213", span, "a module constant cannot be changed")
}

pub fn tuple_assignment(span: Span) -> Problem {
    Problem::error("E0213", span, "several places are assigned with `=` only")
}

pub fn wants_place(span: Span, name: &str) -> Problem {
    Problem::error(
        "E0213",
        span,
        format!("`{name}` asks about a place, and this is a value"),
    )
}

pub fn move_of_no_variable(span: Span) -> Problem {
    Problem::error("E0213", span, "`move` ends a variable, and this is none")
        .help("other values move by themselves; `copy` makes a sole copy")
}

pub fn bang_gives_nothing(span: Span, name: &str, ret: &str, result: bool) -> Problem {
    let p = Problem::error(
        "E0214",
        span,
        format!("`{name}!` needs a method that gives `Self` or `(Self, R)`, but it gives `{ret}`"),
    );
    if result {
        p.help("return `(Self, T ! E)`, so that the place gets its value back on failure too")
    } else {
        p.help(format!("call it without `!`: `.{name}(…)`"))
    }
}

pub fn bang_on_pointer_method(span: Span, name: &str) -> Problem {
    Problem::error("E0214", span, format!("`{name}` changes its object itself"))
        .help(format!("call it without `!`: `.{name}(…)`"))
}

// ---- E0215 struct literals, variants

pub fn missing_fields(span: Span, ty: &str, missing: &[Text]) -> Problem {
    let word = if missing.len() == 1 {
        "field"
    } else {
        "fields"
    };
    Problem::error(
        "E0215",
        span,
        format!("this `{ty}` lacks the {word} {}", ticked(missing)),
    )
    .help("give them, or take them from another value with `..base`")
}

pub fn not_a_struct(span: Span, name: &str) -> Problem {
    Problem::error("E0215", span, format!("`{name}` is no struct"))
}

pub fn no_variant(span: Span, name: &str, ty: &str, best: Option<String>) -> Problem {
    suggest(
        Problem::error("E0216", span, format!("`{ty}` has no variant `{name}`")),
        best,
    )
}

pub fn variant_wants_payload(span: Span, name: &str, ty: &str, n: usize) -> Problem {
    Problem::error(
        "E0216",
        span,
        format!("`{name}` of `{ty}` holds {}", plural(n, "value")),
    )
    .help(format!("write `{name}(…)`"))
}

pub fn variant_without_payload(span: Span, name: &str) -> Problem {
    Problem::error("E0216", span, format!("`{name}` holds nothing"))
        .help("leave out the parentheses")
}

// ---- E0217 conversions

pub fn no_conversion(span: Span, have: &str, want: &str, help: Option<&str>) -> Problem {
    let p = Problem::error(
        "E0217",
        span,
        format!("{} cannot be converted to `{want}`", a(have)),
    );
    match help {
        Some(help) => p.help(help),
        None => p,
    }
}

// ---- E0218 ? ?? catch raise

pub fn try_needs(span: Span, what: &str, ret: &str, option_in_result: bool) -> Problem {
    let p = Problem::error(
        "E0218",
        span,
        format!("`?` would leave with {what}, but the function gives `{ret}`"),
    );
    if option_in_result {
        p.help("make an error of it first: `x.or_err(e)?`")
    } else {
        p.help("let the function give `T?` or `T ! E`, or handle it here with `match` or `catch`")
    }
}

pub fn try_on(span: Span, ty: &str) -> Problem {
    Problem::error(
        "E0218",
        span,
        format!("`?` on {}, which is always there", a(ty)),
    )
    .help("leave it out")
}

pub fn coalesce_on(span: Span, ty: &str) -> Problem {
    Problem::error(
        "E0218",
        span,
        format!("`??` on {}, which is always there", a(ty)),
    )
    .help("leave out the default")
}

pub fn catch_on(span: Span, ty: &str, option: bool) -> Problem {
    let p = Problem::error(
        "E0218",
        span,
        format!("`catch` on {}, which is no result", a(ty)),
    );
    if option {
        p.help("give a default for none with `??`")
    } else {
        p
    }
}

pub fn catch_closure(span: Span) -> Problem {
    Problem::error("E0218", span, "a closure as the default of `catch`")
        .help("put it in parentheses or bind it first")
}

pub fn raise_without_result(span: Span, ret: &str) -> Problem {
    Problem::error(
        "E0218",
        span,
        format!("`raise` in a function that gives `{ret}`"),
    )
    .help("let the function give `T ! E`")
}

pub fn onfail_without_result(span: Span) -> Problem {
    Problem::error("E0218", span, "`onfail` in a function that cannot fail")
        .help("use `defer`, or let the function give `T ! E`")
}

pub fn no_from(span: Span, have: &str, want: &str) -> Problem {
    Problem::error(
        "E0219",
        span,
        format!("the error `{have}` does not become `{want}`"),
    )
    .help(format!(
        "write `impl From<{have}> for {want}`, or convert it with `map_err`"
    ))
}

// ---- E0220 objects

pub fn no_deref(span: Span, ty: &str) -> Problem {
    Problem::error(
        "E0220",
        span,
        format!("`.*` on {}, which is no pointer", a(ty)),
    )
}

pub fn new_needs_literal(span: Span, ty: &str) -> Problem {
    Problem::error("E0220", span, format!("`new {ty}` lacks the value"))
        .help("write a literal: `new Point{ x: 1 }`, `new List<int>[1]`, `new int(42)`")
}

pub fn new_call(span: Span) -> Problem {
    Problem::error("E0220", span, "`new` takes a literal, not a call")
        .help("bind the value first, then `new` a literal that holds it")
}

pub fn weak_of(span: Span, ty: &str) -> Problem {
    Problem::error(
        "E0220",
        span,
        format!("`weak` wants a pointer, found `{ty}`"),
    )
}

pub fn match_on_pointer(span: Span, ty: &str) -> Problem {
    Problem::error(
        "E0220",
        span,
        format!("{} is matched by what lies behind it", a(ty)),
    )
    .help("write `match p.* { … }`")
}

// ---- E0230 names

/// Why a name is not known although something nearby has it.
pub enum Unknown {
    /// Another language's word for something.
    Habit(String),
    /// The closure is the value of the binding.
    OwnClosure,
    /// A variable of the function around this one.
    Outside,
    /// It stands alone on the left of `=`.
    Assigned,
    Nothing,
}

pub fn unknown_name(span: Span, name: &str, best: Option<String>, why: Unknown) -> Problem {
    let p = Problem::error("E0230", span, format!("nothing here is called `{name}`"));
    match why {
        Unknown::Habit(help) => p.help(help),
        Unknown::OwnClosure => p
            .label("a closure is made before its name is bound, so it cannot name itself")
            .help(format!(
                "write a function in this block, which can call itself: `fn {name}(…) {{ … }}`"
            )),
        Unknown::Outside => p
            .label("a function inside another captures nothing")
            .help(format!(
                "make `{name}` a parameter of it, or write a closure"
            )),
        Unknown::Assigned if best.is_none() => {
            p.help(format!("declare it first: `var {name} = …`"))
        }
        Unknown::Assigned | Unknown::Nothing => suggest(p, best),
    }
}

pub fn not_a_value(span: Span, name: &str) -> Problem {
    Problem::error("E0231", span, format!("`{name}` is not a value"))
        .help("use a value of it, or one of its functions")
}

pub fn not_in_module(span: Span, name: &str, module: &str, best: Option<String>) -> Problem {
    suggest(
        Problem::error(
            "E0230",
            span,
            format!("the module `{module}` has nothing called `{name}`"),
        ),
        best,
    )
}

pub fn let_without_value(span: Span) -> Problem {
    Problem::error(
        "E0232",
        span,
        "a binding without a value needs one name and its type",
    )
    .help("write `let x: int`, or give the value")
}

// ---- E0400 patterns

pub fn not_exhaustive(span: Span, witness: &str) -> Problem {
    Problem::error("E0400", span, format!("this match leaves out `{witness}`"))
        .label("not every value is matched")
        .help(format!(
            "add an arm for `{witness}`, or `_ => …` for the rest"
        ))
}

pub fn match_too_complex(span: Span) -> Problem {
    Problem::error(
        "E0400",
        span,
        "these patterns are too many to be sure that they cover everything",
    )
    .help("split the match, or end it with `_ => …`")
}

pub fn unreachable_arm(span: Span) -> Problem {
    Problem::error(
        "E0401",
        span,
        "this arm is never reached: those before it match all that it does",
    )
    .help("remove it, or put it first")
}

pub fn pattern_type(span: Span, what: &str, ty: &str) -> Problem {
    Problem::error("E0402", span, format!("{what} does not match {}", a(ty)))
}

pub fn prelude_variant(span: Span, name: &str, ty: &str) -> Problem {
    pattern_type(span, &format!("`{name}`"), ty).help(format!(
        "`{name}` belongs to {} everywhere: choose another name to bind",
        if matches!(name, "some" | "none") {
            "optionals"
        } else {
            "results"
        }
    ))
}

pub fn tuple_parts(span: Span, ty: &str, want: usize, have: usize) -> Problem {
    Problem::error(
        "E0402",
        span,
        format!("`{ty}` has {}, this pattern {have}", plural(want, "part")),
    )
    .help("skip the rest with `..`")
}

pub fn payload_parts(
    span: Span,
    what: &str,
    want: usize,
    have: usize,
    missing: &[Text],
) -> Problem {
    let p = Problem::error(
        "E0402",
        span,
        format!("{what} has {}, this pattern {have}", plural(want, "part")),
    );
    let p = if missing.is_empty() {
        p
    } else {
        p.label(format!("left out: {}", ticked(missing)))
    };
    p.help("skip the rest with `..`")
}

pub fn pattern_wants_payload(span: Span, name: &str, n: usize) -> Problem {
    Problem::error(
        "E0402",
        span,
        format!("`{name}` holds {}", plural(n, "value")),
    )
    .help(format!(
        "write `{name}(…)`, or `{name}(..)` to skip what it holds"
    ))
}

pub fn struct_pattern_parens(span: Span, name: &str) -> Problem {
    Problem::error("E0402", span, format!("`{name}` is a struct"))
        .help(format!("match its fields: `{name}{{ x, .. }}`"))
}

pub fn tuple_rest(span: Span) -> Problem {
    Problem::error("E0402", span, "the rest of a tuple has no name").help("write `..` alone")
}

pub fn two_rests(span: Span) -> Problem {
    Problem::error("E0402", span, "a second `..` in one pattern")
}

pub fn typed_arm(span: Span, ty: &str) -> Problem {
    Problem::error(
        "E0402",
        span,
        format!("an arm by type matches an `any`, found `{ty}`"),
    )
}

pub fn unknown_variant(span: Span, name: &str, of_matched: bool) -> Problem {
    let p = Problem::error("E0405", span, format!("no variant `{name}` is in scope"));
    if of_matched {
        p.help(format!("write `.{name}`"))
    } else {
        p
    }
}

pub fn not_a_constant(span: Span, name: &str) -> Problem {
    Problem::error(
        "E0405",
        span,
        format!("`{name}` is no constant to compare with"),
    )
    .help("a new name begins with a lower-case letter")
}

pub fn unknown_constant(span: Span, name: &str) -> Problem {
    Problem::error("E0405", span, format!("no constant `{name}` is in scope"))
        .help("a new name begins with a lower-case letter; a variant with `.`")
}

pub fn binds_variant(span: Span, name: &str, ty: &str) -> Problem {
    Problem::error(
        "E0406",
        span,
        format!("`{name}` is a variant of `{ty}`, not a new name"),
    )
    .help(format!("write `.{name}` to match the variant"))
}

pub fn bound_twice(span: Span, name: &str, first: Span) -> Problem {
    Problem::error(
        "E0403",
        span,
        format!("`{name}` is bound twice in one pattern"),
    )
    .note(first, "first here")
}

pub fn or_names(span: Span, name: &str) -> Problem {
    Problem::error(
        "E0403",
        span,
        format!("`{name}` is bound in this alternative only"),
    )
    .help("bind the same names in all of them")
}

pub fn or_lacks(span: Span, name: &str, first: Span) -> Problem {
    Problem::error(
        "E0403",
        span,
        format!("this alternative does not bind `{name}`"),
    )
    .note(first, "the first one does")
}

pub fn or_type(span: Span, name: &str, want: &str, have: &str, first: Span) -> Problem {
    Problem::error(
        "E0403",
        span,
        format!("`{name}` is `{have}` here and `{want}` before"),
    )
    .note(first, "bound here first")
}

pub fn is_binds(span: Span, name: &str) -> Problem {
    Problem::error(
        "E0403",
        span,
        format!("`is` binds nothing, but this pattern binds `{name}`"),
    )
    .help("use `if let`, or `_` in its place")
}

pub fn refutable(span: Span, witness: &str) -> Problem {
    Problem::error(
        "E0404",
        span,
        format!("this pattern does not match `{witness}`"),
    )
    .help("use `let … else { … }` or `match`")
}

pub fn else_goes_on(span: Span) -> Problem {
    Problem::error(
        "E0404",
        span,
        "the `else` of a `let` must leave: nothing would be bound",
    )
    .help("end it with `return`, `break`, `continue`, `raise` or `panic(…)`")
}

pub fn useless_else(span: Span) -> Problem {
    Problem::error(
        "E0404",
        span,
        "this binding always fits: its `else` never runs",
    )
    .help("remove the `else`")
}

pub fn empty_range(span: Span) -> Problem {
    Problem::error("E0411", span, "this range holds nothing")
}

// ---- E0407 leaving

pub fn outside_loop(span: Span, word: &str) -> Problem {
    Problem::error("E0407", span, format!("`{word}` outside of a loop"))
}

pub fn unknown_label(span: Span, name: &str) -> Problem {
    Problem::error(
        "E0407",
        span,
        format!("no loop around this is called `'{name}`"),
    )
}

pub fn break_value(span: Span) -> Problem {
    Problem::error("E0407", span, "only `loop` gives a value")
        .help("`for` and `while` can end by themselves: keep the value in a variable")
}

pub fn leaves_defer(span: Span, word: &str) -> Problem {
    Problem::error(
        "E0408",
        span,
        format!("`{word}` would leave a deferred block"),
    )
    .help("a `defer` runs to its end")
}

pub fn type_too_deep(span: Span, most: u32) -> Problem {
    Problem::error("E0012", span, "the type of this value is nested too deeply")
        .label(format!("more than {most} types in one another"))
        .help("wrap a part of it in a `struct` or an `enum` of its own, which may contain itself")
}

// ---- E0501 traits

pub fn unsatisfied(span: Span, ty: &str, trait_: &str, why: &str, is_param: bool) -> Problem {
    let p = Problem::error("E0501", span, format!("`{ty}` is not `{trait_}`"))
        .label(format!("wanted by {why}"));
    if is_param {
        return p.help(format!("write `{ty}: {trait_}` where `{ty}` is declared"));
    }
    if ty.strip_prefix("any ") == Some(trait_) {
        return p.help(format!(
            "a method of `{trait_}` has no receiver, type parameters of its own, or `Self` in another parameter, so no `any` can have it"
        ));
    }
    match trait_ {
        "Eq" | "Ord" | "Hash" | "Default" => p.help(format!(
            "`{trait_}` is derived for types made of types that have it; a type parameter needs the bound `: {trait_}`"
        )),
        _ => p.help(format!(
            "write `impl {trait_} for …`; a type parameter needs the bound `: {trait_}`"
        )),
    }
}

// ---- W0001 lints

pub fn unused(span: Span, name: &str) -> Problem {
    Problem::warning("W0001", span, format!("`{name}` is never used")).help(format!(
        "remove it, or call it `_{name}` to say that this is meant"
    ))
}

pub fn copied_each_turn(span: Span, name: &str, outer: Span) -> Problem {
    let message =
        format!("each turn copies `{name}`: this is a new variable that ends with the turn");
    Problem::warning("W0002", span, message)
        .label("not the one outside the loop")
        .note(outer, "which keeps its value")
        .help(format!(
            "change the one outside: `var {name}` there, and `{name}.m!(…)` here"
        ))
}

pub fn element_is_shared(span: Span, target: Span, instead: &str) -> Problem {
    let message = "this copies the element, which its container still holds";
    Problem::warning("W0003", span, message)
        .label("shares the element, so changing it copies")
        .note(target, "the same element")
        .help(format!("change it where it is: `.{instead}`"))
}

pub fn compares_identity(span: Span, op: &str, instead: &str) -> Problem {
    let message = format!("`{op}` of pointers asks whether they are the same object");
    Problem::warning("W0004", span, message).help(format!(
        "write `{instead}` to say so, or compare the values: `p.* {op} q.*`"
    ))
}

pub fn char_index_in_a_loop(span: Span) -> Problem {
    let message = "finding a character by its index goes through the text in each turn";
    Problem::warning("W0005", span, message)
        .label("O(n) where the text is not ASCII")
        .help("go over the text with `for c in s`, or take `s.chars()` before the loop")
}

pub fn weak_after_the_end(span: Span, name: &str, last: Span) -> Problem {
    let message = format!("`{name}` has ended before this, and its objects with it");
    Problem::warning("W0006", span, message)
        .label("may read none")
        .note(last, format!("the last use of `{name}`"))
        .help("bind the pointer itself: a local pointer lives to the end of its block")
}
