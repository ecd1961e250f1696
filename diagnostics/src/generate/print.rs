//! Lines of a program with their indentation.

/// An expression as it stands in a string: its braces must not touch those around it.
pub fn in_braces(expr: &str) -> String {
    match expr.starts_with('{') || expr.ends_with('}') {
        true => format!("{{({expr})}}"),
        false => format!("{{{expr}}}"),
    }
}

/// An expression where a statement could stand before it: it must not seem to go on with that.
pub fn as_last(expr: String) -> String {
    match expr.starts_with(['.', '|', '-', '(', '[']) {
        true => format!("({expr})"),
        false => expr,
    }
}

#[derive(Default)]
pub struct Writer {
    text: String,
    depth: usize,
}

impl Writer {
    pub fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if !line.is_empty() {
            self.text.push_str(&"    ".repeat(self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// A line that ends with `{`, and what follows stands inside.
    pub fn open(&mut self, line: impl AsRef<str>) {
        self.line(line);
        self.depth += 1;
    }

    /// A line that begins with `}`.
    pub fn close(&mut self, line: impl AsRef<str>) {
        self.depth = self.depth.saturating_sub(1);
        self.line(line);
    }

    /// `} else {`
    pub fn turn(&mut self, line: impl AsRef<str>) {
        self.close(line);
        self.depth += 1;
    }

    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}
