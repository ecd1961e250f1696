//! From the place where pest gave up to a sentence: what stands there, what stood before it, inside
//! what, and which rules would have fitted. What other languages write is looked for first.

use super::lex::{Kind, is_keyword};
use super::recover::Tokens;
use super::{Rule, errors, habits};
use crate::problem::Problem;
use crate::source::{FileId, Span};
use pest::error::{Error, ErrorVariant};

pub(super) fn explain(
    file: FileId,
    base: usize,
    tokens: &Tokens,
    at: usize,
    error: &Error<Rule>,
) -> Problem {
    let spot = Spot::new(file, base, tokens, at, expected(error));
    characters(&spot)
        .or_else(|| docs_and_attributes(&spot))
        .or_else(|| literal_in_match(&spot))
        .or_else(|| habits::explain(&spot))
        .or_else(|| lines(&spot))
        .or_else(|| items(&spot))
        .or_else(|| types(&spot))
        .or_else(|| heads(&spot))
        .or_else(|| names(&spot))
        .unwrap_or_else(|| general(&spot))
}

/// The rules that would have fitted where pest gave up.
pub(super) fn expected(error: &Error<Rule>) -> &[Rule] {
    match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => &[],
    }
}

/// The place of an error, as the explanations see it.
pub(super) struct Spot<'a> {
    file: FileId,
    base: usize,
    pub tokens: &'a Tokens<'a>,
    /// Where pest gave up, in the piece.
    pub at: usize,
    /// The token there; behind the last one at the end.
    pub index: usize,
    /// The last token before it that is no newline.
    pub before: Option<usize>,
    /// A newline stands between the two.
    pub breaks: bool,
    /// The brackets around it, innermost first.
    pub around: Vec<usize>,
    /// The first token of the statement, field, arm … around it.
    pub first: usize,
    pub expected: &'a [Rule],
}

impl<'a> Spot<'a> {
    fn new(
        file: FileId,
        base: usize,
        tokens: &'a Tokens<'a>,
        at: usize,
        expected: &'a [Rule],
    ) -> Spot<'a> {
        let index = tokens.index_at(at);
        let is_newline = |i: &usize| tokens.kind(*i) == Some(Kind::Newline);
        let before = (0..index).rev().find(|i| !is_newline(i));
        let around = tokens.around(index);
        let first = tokens.segment(at, 0).map_or_else(
            || (0..index).find(|i| !is_newline(i)).unwrap_or(index),
            |segment| {
                let mut all = segment;
                all.find(|i| !is_newline(i)).unwrap_or(index)
            },
        );
        Spot {
            file,
            base,
            tokens,
            at,
            index,
            before,
            breaks: before.is_some_and(|b| b + 1 < index),
            around,
            first,
            expected,
        }
    }

    pub fn wants(&self, rule: Rule) -> bool {
        self.expected.contains(&rule)
    }

    /// A value could have gone on here: operators and postfix operations would have fitted.
    pub fn after_value(&self) -> bool {
        self.wants(Rule::op) || self.wants(Rule::try_)
    }

    /// A value would have fitted.
    pub fn wants_value(&self) -> bool {
        [
            Rule::expr,
            Rule::cond,
            Rule::head,
            Rule::lhead,
            Rule::ident_e,
            Rule::pre_op,
        ]
        .iter()
        .any(|&rule| self.wants(rule))
    }

    pub fn wants_item(&self) -> bool {
        [Rule::file, Rule::item, Rule::fn_head, Rule::kw_struct]
            .iter()
            .any(|&rule| self.wants(rule))
    }

    /// The text of the token at the place, or `offset` tokens from it.
    pub fn next(&self, offset: usize) -> &'a str {
        self.tokens.slice(self.index + offset)
    }

    pub fn next_kind(&self) -> Option<Kind> {
        self.tokens.kind(self.index)
    }

    pub fn prev(&self) -> &'a str {
        self.before.map_or("", |i| self.tokens.slice(i))
    }

    pub fn prev_kind(&self) -> Option<Kind> {
        self.before.and_then(|i| self.tokens.kind(i))
    }

    /// The token in front of the one before.
    pub fn prev_prev(&self) -> &'a str {
        self.before
            .and_then(|i| i.checked_sub(1))
            .map_or("", |i| self.tokens.slice(i))
    }

    pub fn first_word(&self) -> &'a str {
        self.tokens.slice(self.first)
    }

    /// The innermost bracket.
    pub fn inside(&self) -> Option<u8> {
        let open = *self.around.first()?;
        match self.tokens.kind(open)? {
            Kind::Open(kind) => Some(kind),
            _ => None,
        }
    }

    /// What a statement or item that has the `index`th bracket around the place begins with.
    pub fn owner(&self, index: usize) -> &'a str {
        let Some(&open) = self.around.get(index) else {
            return "";
        };
        let at = self.tokens.list.get(open).map_or(0, |t| t.lo);
        let first = match self.tokens.segment(at, 0) {
            Some(segment) => segment.start,
            None => 0,
        };
        (first..=open)
            .find(|&i| {
                self.tokens.kind(i) == Some(Kind::Word)
                    && !matches!(self.tokens.slice(i), "pub" | "pure")
            })
            .map_or("", |i| self.tokens.slice(i))
    }

    /// No white space between the place and the token before it.
    pub fn touches(&self) -> bool {
        let end = self.before.and_then(|i| self.tokens.list.get(i));
        end.is_some_and(|t| t.hi == self.at)
    }

    pub fn span_of(&self, index: usize) -> Span {
        let end = self.tokens.text.len();
        let (lo, hi) = match self.tokens.list.get(index) {
            Some(token) if token.kind == Kind::Newline => (token.lo, token.lo),
            Some(token) => (token.lo, token.hi),
            None => {
                let hi = self.tokens.text.trim_end().len();
                (hi, hi.min(end))
            }
        };
        Span::new(self.file, self.base + lo, self.base + hi)
    }

    /// The place of the token.
    pub fn span(&self) -> Span {
        self.span_of(self.index)
    }

    /// The place of the token before, or this one's where there is none.
    pub fn prev_span(&self) -> Span {
        self.span_of(self.before.unwrap_or(self.index))
    }

    /// Where something is missing: behind the token before, if a line ends there.
    fn gap(&self) -> Span {
        let at_end = matches!(self.next_kind(), None | Some(Kind::Newline));
        if self.breaks || at_end {
            let end = self.prev_span().hi;
            return Span {
                lo: end,
                hi: end,
                file: self.file,
            };
        }
        self.span()
    }

    /// What stands at the place, in words.
    pub fn found(&self) -> String {
        match self.next_kind() {
            None => "the end of the file".to_string(),
            Some(Kind::Newline) => "the end of the line".to_string(),
            Some(Kind::Str) => "a string".to_string(),
            Some(Kind::Open(b'"') | Kind::Close(b'"')) => "a brace of the string".to_string(),
            Some(Kind::Doc) => "a doc comment".to_string(),
            Some(Kind::Word) if is_keyword(self.next(0)) => {
                format!("the keyword `{}`", self.next(0))
            }
            Some(_) => format!("`{}`", self.next(0)),
        }
    }
}

/// Characters and numbers that are none.
fn characters(spot: &Spot) -> Option<Problem> {
    let number = spot.tokens.list.get(spot.index);
    if let Some(token) = number
        && token.kind == Kind::Number
        && spot.at > token.lo
    {
        let text = spot.tokens.slice(spot.index);
        let radix = match text {
            "0x" => Some(16),
            "0o" => Some(8),
            "0b" => Some(2),
            _ => None,
        };
        if let Some(radix) = radix {
            return Some(errors::no_digits(spot.span(), radix));
        }
        return Some(errors::wrong_digits(
            spot.span(),
            text,
            &text[spot.at - token.lo..],
        ));
    }
    if spot.prev() == "." && spot.wants(Rule::word) {
        let whole = spot.prev_prev();
        if whole.starts_with(|c: char| c.is_ascii_digit()) {
            return Some(errors::float_digit(spot.prev_span(), whole));
        }
        return Some(errors::name_after_dot(spot.prev_span()));
    }
    if spot.next(0) == "." && spot.prev_kind() == Some(Kind::Word) && !spot.after_value() {
        return Some(errors::name_after_dot(spot.span()));
    }
    if spot.next_kind() == Some(Kind::Label) && spot.wants_value() {
        return Some(errors::char_open(spot.span()));
    }
    if spot.next_kind() == Some(Kind::Other) {
        return Some(errors::odd_character(spot.span(), spot.next(0)));
    }
    None
}

fn docs_and_attributes(spot: &Spot) -> Option<Problem> {
    if spot.first_word() == "@" && spot.inside() == Some(b'{') && !spot.wants_item() {
        return Some(errors::attr_on_statement(spot.span_of(spot.first)));
    }
    if spot.next_kind() == Some(Kind::Doc) {
        return Some(errors::doc_of_nothing(spot.span()));
    }
    if !spot.wants_item() {
        return None;
    }
    match spot.prev_kind() {
        Some(Kind::Doc) => Some(errors::doc_of_nothing(spot.prev_span())),
        _ if spot.prev() == "pub" => Some(errors::pub_of_nothing(spot.prev_span(), &spot.found())),
        _ if spot.first_word() == "@" && spot.next_kind().is_none() => {
            Some(errors::attr_of_nothing(spot.span_of(spot.first)))
        }
        _ => None,
    }
}

/// A line that begins with an operator, and brackets on the wrong line.
fn lines(spot: &Spot) -> Option<Problem> {
    let leads = spot.breaks && spot.inside().is_none_or(|b| b == b'{');
    if leads && spot.next_kind() == Some(Kind::Punct) {
        let sign = spot.next(0);
        let binary = matches!(
            sign,
            "+" | "-"
                | "*"
                | "/"
                | "%"
                | "&&"
                | "||"
                | "&"
                | "|"
                | "^"
                | "=="
                | "!="
                | "<"
                | ">"
                | "<="
                | ">="
                | "??"
                | "+%"
                | "-%"
                | "*%"
                | "="
                | ":="
                | "+="
                | "-="
                | "==="
                | "!=="
                | "?"
        );
        if binary {
            return Some(errors::line_begins_with_operator(spot.span(), sign));
        }
    }
    if leads && matches!(spot.next(0), "in" | "is" | "catch" | "as") {
        return Some(errors::line_begins_with_operator(spot.span(), spot.next(0)));
    }
    if spot.index == spot.first && spot.next(0) == "else" {
        return Some(errors::else_of_nothing(spot.span()));
    }
    if leads && spot.next(0) == "{" && spot.wants_item() {
        return Some(errors::brace_on_next_line(spot.span()));
    }
    None
}

/// What can only stand outside of functions, or inside of them; members of types.
fn items(spot: &Spot) -> Option<Problem> {
    let anything = [Rule::kw_struct, Rule::file, Rule::item];
    if anything.iter().any(|&rule| spot.wants(rule)) {
        let member = matches!(spot.owner(0), "impl" | "trait");
        let is_statement = spot.inside().is_none()
            && (matches!(
                spot.next(0),
                "if" | "for" | "while" | "match" | "loop" | "return" | "var" | "defer" | "raise"
            ) || matches!(spot.next(1), "(" | "." | "=" | ":="));
        return Some(match spot.next(0) {
            "var" => errors::module_var(spot.span()),
            _ if is_statement => errors::statement_outside(spot.span()),
            _ if member => errors::expected(spot.span(), "a function", &spot.found()),
            _ => errors::item_wanted(spot.span(), &spot.found()),
        });
    }
    let same_line = !spot.breaks;
    match spot.owner(0) {
        "struct" if spot.inside() == Some(b'{') => {
            if matches!(spot.next(0), "fn" | "impl") {
                return Some(errors::method_in_struct(spot.span()));
            }
            if spot.wants(Rule::field) && spot.next_kind() == Some(Kind::Word) {
                let name = spot.next(0);
                return Some(if is_keyword(name) && name != "pub" {
                    errors::keyword_as_name(spot.span(), name)
                } else {
                    errors::field_type(spot.span())
                });
            }
            if same_line && spot.next_kind() == Some(Kind::Word) && spot.prev() != "," {
                return Some(errors::members_want_commas(spot.span(), "fields"));
            }
        }
        "enum" if spot.inside() == Some(b'{') => {
            if spot.next(0) == "=" {
                return Some(errors::variant_number(spot.span()));
            }
            if same_line && spot.next_kind() == Some(Kind::Word) && spot.prev() != "{" {
                return Some(errors::members_want_commas(spot.span(), "variants"));
            }
        }
        "match"
            if spot.inside() == Some(b'{')
                && same_line
                && spot.wants(Rule::op)
                && has_arrow(spot) =>
        {
            return Some(errors::members_want_commas(spot.span(), "arms"));
        }
        _ => {}
    }
    if spot.first_word() == "struct" && spot.next(0) == "(" {
        return Some(errors::tuple_struct(spot.span()));
    }
    if spot.wants(Rule::params) && spot.next(0) != "(" {
        return Some(errors::expected(
            spot.gap(),
            "a list of parameters in parentheses",
            &spot.found(),
        ));
    }
    if let Some(problem) = constants(spot) {
        return Some(problem);
    }
    if spot.owner(0) == "trait" && spot.first_word() == "type" {
        return Some(errors::associated_type(spot.span_of(spot.first)));
    }
    if spot.first_word() == "fn" && spot.next(0) == ":" && spot.prev() == ")" {
        return Some(errors::result_by_colon(spot.span()));
    }
    if spot.wants(Rule::param) && spot.next_kind() == Some(Kind::Word) {
        let (name, after) = (spot.next(0), spot.next(1));
        if is_keyword(name) {
            return Some(errors::keyword_as_name(spot.span(), name));
        }
        return Some(match spot.tokens.kind(spot.index + 1) {
            // `x int` and `int x`: a type has a well-known name or begins with a capital.
            Some(Kind::Word) if is_type_name(after) && !is_type_name(name) => {
                errors::type_without_colon(spot.span(), name, after)
            }
            Some(Kind::Word) => errors::type_before_name(spot.span(), name, after),
            _ => errors::param_type(spot.span(), name),
        });
    }
    None
}

fn is_type_name(word: &str) -> bool {
    let known = [
        "int", "float", "bool", "string", "char", "byte", "i8", "i16", "i32", "i64", "u8", "u16",
        "u32", "u64", "f32",
    ];
    known.contains(&word) || word.starts_with(char::is_uppercase)
}

/// `let` outside of functions.
fn constants(spot: &Spot) -> Option<Problem> {
    if spot.first_word() != "let" || spot.inside().is_some() {
        return None;
    }
    match spot.next(0) {
        ":=" => Some(errors::sole_constant(spot.span())),
        "(" | "[" if spot.prev() == "let" => Some(errors::constant_pattern(spot.span())),
        _ if spot.wants_value() || spot.prev() == "let" => None,
        _ => {
            let ends = matches!(spot.next_kind(), None | Some(Kind::Newline));
            let upto = spot.index.min(spot.tokens.list.len());
            let is_bound = (spot.first..upto).any(|i| spot.tokens.slice(i) == "=");
            (ends && !is_bound).then(|| errors::constant_without_value(spot.gap()))
        }
    }
}

/// Whether an arm's `=>` follows on this line.
fn has_arrow(spot: &Spot) -> bool {
    let rest = spot.tokens.list.iter().enumerate().skip(spot.index);
    rest.take_while(|(_, t)| t.kind != Kind::Newline)
        .take(40)
        .any(|(i, _)| spot.tokens.slice(i) == "=>")
}

fn types(spot: &Spot) -> Option<Problem> {
    let wants_type = spot.wants(Rule::ty) || spot.wants(Rule::ty_err);
    if wants_type {
        return Some(match spot.next(0) {
            "[" => errors::list_type(spot.span()),
            "&" | "&&" => errors::no_references(spot.span()),
            "{" if spot.prev() == ":" => errors::brace_type(spot.span()),
            word if is_keyword(word) && !spot.breaks => errors::keyword_as_name(spot.span(), word),
            _ => errors::type_missing(spot.gap()),
        });
    }
    if spot.wants(Rule::opt) && spot.prev_kind() == Some(Kind::Word) {
        match spot.next(0) {
            "<" => return Some(errors::type_args_space(spot.span())),
            "[" => return Some(errors::list_type(spot.span())),
            "|" => return Some(errors::union_type(spot.span())),
            _ => {}
        }
    }
    None
}

/// What may not stand in front of a block.
fn heads(spot: &Spot) -> Option<Problem> {
    let heads = ["if", "while", "for", "match"];
    // `if x == Point{ x: 1 } { … }`: the literal's braces were read as the block.
    if spot.inside() == Some(b'{') && matches!(spot.next(0), ":" | "," | "..") {
        let open = *spot.around.first()?;
        let before = open.checked_sub(1)?;
        let is_name =
            spot.tokens.kind(before) == Some(Kind::Word) && !is_keyword(spot.tokens.slice(before));
        if is_name && (heads.contains(&spot.owner(0)) || headed(spot, open)) {
            return Some(errors::literal_in_head(
                spot.span_of(before),
                spot.tokens.slice(before),
            ));
        }
    }
    let word = spot.first_word();
    let headed = heads.contains(&word) || headed(spot, spot.index);
    if headed && spot.wants_value() && !spot.breaks {
        match spot.next(0) {
            "if" | "match" | "loop" | "new" => {
                return Some(errors::keyword_in_head(spot.span(), spot.next(0)));
            }
            "|" | "||" => return Some(errors::closure_in_head(spot.span())),
            "{" => return Some(errors::head_missing(spot.span())),
            _ => {}
        }
    }
    let wants_block = spot.wants(Rule::block) && !spot.wants_value();
    if wants_block {
        let word = if headed || word == "else" || word == "fn" {
            word
        } else {
            spot.prev()
        };
        return Some(errors::block_missing(spot.gap(), word, &spot.found()));
    }
    None
}

/// `match Point{ x: 1 } { … }`: the literal's braces were read as the arms.
fn literal_in_match(spot: &Spot) -> Option<Problem> {
    let tokens = spot.tokens;
    // The literal's own braces, or those of the arms behind it.
    let arms = (spot.next(0) == "{").then_some(spot.index);
    let literals = arms.into_iter().chain(spot.around.iter().copied());
    let behind = literals
        .filter_map(|open| open.checked_sub(1))
        .filter(|&i| tokens.kind(i) == Some(Kind::Close(b'}')))
        .filter_map(|close| opener_of(tokens, close));
    let mut opens = behind.chain(spot.around.iter().copied());
    opens.find_map(|open| {
        if tokens.kind(open) != Some(Kind::Open(b'{')) {
            return None;
        }
        let close = closer_of(tokens, open)?;
        if tokens.slice(close + 1) != "{" || tokens.kind(close + 1) == Some(Kind::Newline) {
            return None;
        }
        let name = literal_name(tokens, open)?;
        let text = tokens.slice(name);
        let is_type = text.starts_with(char::is_uppercase);
        (is_type && behind_match(tokens, name))
            .then(|| errors::literal_in_head(spot.span_of(name), text))
    })
}

/// The name in front of a literal's brace, with or without type arguments.
fn literal_name(tokens: &Tokens, open: usize) -> Option<usize> {
    let mut name = open.checked_sub(1)?;
    if tokens.slice(name).starts_with('>') {
        while tokens.slice(name) != "<" {
            name = name.checked_sub(1)?;
        }
        name = name.checked_sub(1)?;
    }
    (tokens.kind(name) == Some(Kind::Word)).then_some(name)
}

/// Whether the line has a `match` in front of a token, outside of brackets.
fn behind_match(tokens: &Tokens, upto: usize) -> bool {
    let mut depth = 0usize;
    for i in (0..upto).rev() {
        match tokens.kind(i) {
            Some(Kind::Close(_)) => depth += 1,
            Some(Kind::Open(_) | Kind::Newline) if depth == 0 => return false,
            Some(Kind::Open(_)) => depth -= 1,
            Some(Kind::Word) if depth == 0 && tokens.slice(i) == "match" => return true,
            _ => {}
        }
    }
    false
}

fn closer_of(tokens: &Tokens, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    (open..tokens.list.len()).find(|&i| {
        match tokens.kind(i) {
            Some(Kind::Open(_)) => depth += 1,
            Some(Kind::Close(_)) => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

fn opener_of(tokens: &Tokens, close: usize) -> Option<usize> {
    let mut depth = 0usize;
    (0..=close).rev().find(|&i| {
        match tokens.kind(i) {
            Some(Kind::Close(_)) => depth += 1,
            Some(Kind::Open(_)) => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// Whether a head keyword stands between the statement's beginning and a token, outside brackets.
fn headed(spot: &Spot, upto: usize) -> bool {
    let mut depth = 0usize;
    for i in (spot.first.min(upto)..upto).rev() {
        match spot.tokens.kind(i) {
            Some(Kind::Close(_)) => depth += 1,
            Some(Kind::Open(_)) if depth == 0 => return false,
            Some(Kind::Open(_)) => depth -= 1,
            Some(Kind::Word) if depth == 0 => {
                if matches!(spot.tokens.slice(i), "if" | "while" | "for" | "match") {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

fn names(spot: &Spot) -> Option<Problem> {
    let wants_name = [
        Rule::ident,
        Rule::word,
        Rule::pattern,
        Rule::path,
        Rule::pattern1,
    ]
    .iter()
    .any(|&rule| spot.wants(rule));
    if wants_name && !spot.wants_value() {
        if is_keyword(spot.next(0)) {
            return Some(errors::keyword_as_name(spot.span(), spot.next(0)));
        }
        let what = if spot.wants(Rule::pattern) || spot.wants(Rule::pattern1) {
            "a pattern"
        } else {
            "a name"
        };
        if what == "a pattern" && spot.next(0) == "{" {
            return Some(errors::braces_pattern(spot.span()));
        }
        return Some(errors::expected(spot.gap(), what, &spot.found()));
    }
    None
}

/// Nothing special: what is missing, or what cannot follow.
fn general(spot: &Spot) -> Problem {
    let found = spot.found();
    if spot.wants_value() && matches!(spot.next(0), "while" | "for") {
        return errors::loop_without_value(spot.span(), spot.next(0));
    }
    if spot.wants_value()
        && spot.next(0) == "."
        && spot.tokens.kind(spot.index + 1) == Some(Kind::Number)
    {
        return errors::point_in_front(spot.span());
    }
    if spot.wants_value() || (spot.wants(Rule::let_s) && !spot.breaks && spot.prev() != "{") {
        let prev = spot.prev();
        return match spot.prev_kind() {
            Some(Kind::Punct) if !matches!(prev, "," | ";" | "=>") => {
                errors::right_side_missing(spot.gap(), prev, &found)
            }
            _ => errors::expected(spot.gap(), "a value", &found),
        };
    }
    if spot.after_value() {
        return match spot.inside() {
            Some(b'(') => errors::list_end(spot.gap(), ')', &found, open_span(spot)),
            Some(b'[') => errors::list_end(spot.gap(), ']', &found, open_span(spot)),
            Some(b'"') => errors::interpolation_end(spot.span(), &found),
            _ if spot.wants(Rule::block) => {
                errors::block_missing(spot.gap(), spot.first_word(), &found)
            }
            _ => errors::cannot_follow(spot.span(), &found),
        };
    }
    if spot.wants(Rule::bar) && spot.wants(Rule::kw_if) {
        return errors::expected(spot.gap(), "`=>` and a value", &found);
    }
    if spot.wants(Rule::newline) {
        return errors::newline_wanted(spot.gap(), &found);
    }
    let body = match spot.first_word() {
        "type" => "`=` and a type",
        _ => "a body in braces",
    };
    for (rule, what) in [
        (Rule::param, "a parameter: `name: type`"),
        (Rule::bind_op, "`=` and a value"),
        (Rule::kw_in, "`in`"),
        (Rule::args, "arguments in parentheses"),
        (Rule::generics, body),
        (Rule::int, "a number"),
        (Rule::arm, "an arm: `pattern => value`"),
        (Rule::variant, "a variant"),
        (Rule::field, "a field: `name: type`"),
        (Rule::init, "a field: `name: value`"),
        (Rule::string, "the name of the test as a string"),
    ] {
        if spot.wants(rule) {
            return errors::expected(spot.gap(), what, &found);
        }
    }
    match spot.inside() {
        Some(b'(') => errors::list_end(spot.gap(), ')', &found, open_span(spot)),
        Some(b'[') => errors::list_end(spot.gap(), ']', &found, open_span(spot)),
        _ => errors::unexpected(spot.gap(), &found),
    }
}

fn open_span(spot: &Spot) -> Span {
    spot.span_of(spot.around.first().copied().unwrap_or(spot.index))
}
