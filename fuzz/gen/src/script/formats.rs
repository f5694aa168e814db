//! Printing.

use super::{Writer, words};

/// Pieces of print formats.
const PIECES: &[&str] = &[
    "%d",
    "%s",
    "%x",
    "%p",
    "%c",
    "%%",
    "%5d",
    "%-5s",
    "%05d",
    "%+d",
    "% d",
    "%#x",
    "%.3s",
    "%*d",
    "%.*s",
    "%*.*s",
    "%b",
    "%1b",
    "%8b",
    "%m",
    "%4M",
    "%n",
    "%i",
    "%u",
    "%o",
    "%X",
    "%ld",
    "%llu",
    "%",
    "%-",
    "%y",
    "%99999999999d",
    "%2$d",
    "text ",
    "\\n",
    "\\t",
    "é",
    "\\x41",
    "\\\"",
];

impl Writer<'_> {
    /// A call of one of the functions that print.
    pub(super) fn print(&mut self) {
        self.one_token(words::PRINTS);
        self.token("(");
        self.part(&[|w| w.one_token(words::STRINGS), Self::format, Self::format, Self::expression]);
        while self.chance(2) {
            self.token(",");
            self.expression();
        }
        self.token(")");
    }

    fn format(&mut self) {
        let mut text = String::from("\"");
        while self.below(4) > 0 && text.len() < 200 {
            text.push_str(self.one(PIECES));
        }
        text.push('"');
        self.token(&text);
    }
}
