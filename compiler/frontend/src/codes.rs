//! All codes of problems with their titles, in one place. The page that `cowl explain` shows for a
//! code is `spec/errors/CODE.md`, whose first line is `# CODE: title`.

/// Sorted by code.
pub const CODES: &[(&str, &str)] = &[
    // Syntax.
    ("E0001", "unexpected text"),
    ("E0002", "bracket that is never closed"),
    ("E0003", "closing bracket that closes nothing"),
    ("E0004", "string that is never closed"),
    ("E0005", "comment that is never closed"),
    ("E0006", "wrong character or byte literal"),
    ("E0007", "wrong escape"),
    ("E0008", "literal brace in a string"),
    ("E0009", "wrong format"),
    ("E0010", "number that is too large"),
    ("E0011", "wrong number"),
    ("E0012", "nested too deeply"),
    ("E0013", "file that is not UTF-8"),
    ("E0014", "forbidden character"),
    ("E0015", "line that begins with an operator"),
    ("E0016", "missing operand"),
    ("E0017", "comparisons and ranges do not chain"),
    ("E0018", "assignment is no value"),
    ("E0019", "tuple of one"),
    ("E0020", "statement outside a function"),
    ("E0021", "members on one line without commas"),
    ("E0022", "a word or form of another language"),
    ("E0023", "keyword used as a name"),
    ("E0024", "literal or block in front of a block"),
    ("E0025", "doc comment in front of nothing"),
    ("E0026", "wrong attribute"),
    ("E0027", "wrong catch"),
    ("E0028", "`_` as a value"),
    ("E0029", "wrong list or map literal"),
    ("E0030", "interpolation where none can be"),
    ("E0031", "item in the wrong place"),
    ("E0032", "missing type"),
    ("E0033", "missing body"),
    ("E0034", "file that is too large"),
    ("E0035", "wrong `new`"),
    ("E0036", "wrong type syntax"),
    ("E0037", "wrong pattern syntax"),
    ("E0038", "wrong call or literal syntax"),
    ("E0039", "wrong string of operations"),
    // Ownership.
    ("E0301", "use of what was moved"),
    ("E0302", "moved again in the next turn of a loop"),
    ("E0303", "use of what may not have a value"),
    ("E0304", "second assignment of a `let`"),
    ("E0305", "move of what cannot be moved"),
    ("E0306", "question about what has ended"),
];

/// The title of a code.
pub fn title(code: &str) -> Option<&'static str> {
    CODES.iter().find(|(c, _)| *c == code).map(|(_, t)| *t)
}
