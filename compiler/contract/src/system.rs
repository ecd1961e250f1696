//! What the system says of a failed operation, in the words that every engine gives to programs.

use std::io::{Error, ErrorKind};

/// What builtins give as the error (std cuts the number off).
pub fn sentence(error: &Error) -> String {
    if error.kind() == ErrorKind::InvalidData {
        return NOT_UTF8.to_string();
    }
    error.to_string()
}

/// A file's or stdin's text that is not UTF-8.
pub const NOT_UTF8: &str = "not UTF-8 text";

/// The status of a program whose stdout was closed by its reader: what a shell shows of SIGPIPE.
pub const CLOSED_PIPE: i32 = 141;

/// Said on stderr, with status 1, where stdout cannot be written for any other reason.
pub fn cannot_write(error: &Error) -> String {
    format!("error: cannot write to stdout: {}\n", sentence(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        assert_eq!(
            sentence(&Error::from_raw_os_error(2)),
            "No such file or directory (os error 2)"
        );
        assert_eq!(sentence(&Error::from(ErrorKind::InvalidData)), NOT_UTF8);
    }
}
