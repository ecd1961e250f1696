//! The grammar of messages: articles and numbers.
//!
//! Takes names and counts; gives pieces of sentences. Must not know what any message is about.

/// A type or value with its article: ``a `string` ``, ``an `int` ``.
///
/// Names that begin like "unit" (`u8`) are spoken with a consonant.
pub fn a(name: &str) -> String {
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    format!("{} `{name}`", if vowel { "an" } else { "a" })
}

/// `no parts`, `1 part`, `2 parts`.
pub fn plural(n: usize, one: &str) -> String {
    match n {
        0 => format!("no {one}s"),
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    }
}

/// `1 is`, `2 are`.
pub fn are(n: usize) -> String {
    match n {
        1 => "1 is".to_string(),
        n => format!("{n} are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_and_numbers() {
        assert_eq!(
            [a("int"), a("u8"), a("Error"), a("*C")],
            ["an `int`", "a `u8`", "an `Error`", "a `*C`"]
        );
        assert_eq!(
            [plural(0, "part"), plural(1, "part"), plural(2, "part")],
            ["no parts", "1 part", "2 parts"]
        );
        assert_eq!([are(0), are(1), are(2)], ["0 are", "1 is", "2 are"]);
    }
}
