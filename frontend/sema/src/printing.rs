//! The printing family: `print`, `println`, `printd`, `printf` and those that give strings.

use std::ops::Range;

use stapc_ir::{
    Type,
    format::{Conversion, ConversionKind, Format},
};

/// A function of the family.
#[derive(Debug)]
pub struct Print {
    /// What it is called.
    pub name: &'static str,
    /// Whether it gives a string instead of printing it.
    pub returns: bool,
    /// Whether its first argument is a format.
    pub format: bool,
    /// Whether its first argument goes between the others.
    pub delimiter: bool,
    /// Whether a newline follows.
    pub newline: bool,
}

/// The family.
pub static PRINTS: [Print; 10] = [
    Print { name: "print", returns: false, format: false, delimiter: false, newline: false },
    Print { name: "println", returns: false, format: false, delimiter: false, newline: true },
    Print { name: "printd", returns: false, format: false, delimiter: true, newline: false },
    Print { name: "printdln", returns: false, format: false, delimiter: true, newline: true },
    Print { name: "printf", returns: false, format: true, delimiter: false, newline: false },
    Print { name: "sprint", returns: true, format: false, delimiter: false, newline: false },
    Print { name: "sprintln", returns: true, format: false, delimiter: false, newline: true },
    Print { name: "sprintd", returns: true, format: false, delimiter: true, newline: false },
    Print { name: "sprintdln", returns: true, format: false, delimiter: true, newline: true },
    Print { name: "sprintf", returns: true, format: true, delimiter: false, newline: false },
];

/// The function of the family of this name.
pub fn print(name: &str) -> Option<&'static Print> {
    PRINTS.iter().find(|print| print.name == name)
}

/// Adds a value printed as what it is.
pub fn push_plain(format: &mut Format, ty: Type) {
    let kind = if ty == Type::Str { ConversionKind::String } else { ConversionKind::Decimal };
    format.push(Conversion::plain(kind));
}

/// Where the conversions of a well-formed format are in its text.
pub fn conversions(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += text.get(at..)?.find('%')?;
            if text[at..].starts_with("%%") {
                at += 2;
                continue;
            }
            let range = conversion_at(text, at);
            at = range.end;
            return Some(range);
        }
    })
}

/// The conversion that begins at the `%` at this offset, as far as it goes.
pub fn conversion_at(text: &str, offset: usize) -> Range<usize> {
    let rest = text.get(offset + 1..).unwrap_or("");
    let options = rest.len()
        - rest.trim_start_matches(|c: char| c.is_ascii_digit() || "-+ #.*l".contains(c)).len();
    let letter = rest[options..].chars().next().map_or(0, char::len_utf8);
    offset..(offset + 1 + options + letter).min(text.len())
}

/// What a conversion takes apart beside numbers and strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    /// `%b`: those of a number; its width says how many.
    Number,
    /// `%m`: those at an address; its precision says how many.
    Memory,
    /// `%M`: likewise, in hexadecimal.
    Hex,
}

/// A format whose conversions of bytes are written as ones of a number, which take as many values; and for each
/// conversion which bytes it is of, if it is one of those.
pub fn stand_in(text: &str) -> (String, Vec<Option<Bytes>>) {
    let mut out = text.to_owned();
    let kind = |range: Range<usize>| {
        let at = range.end.saturating_sub(1);
        let bytes = match text.get(at..range.end)? {
            "b" => Bytes::Number,
            "m" => Bytes::Memory,
            "M" => Bytes::Hex,
            _ => return None,
        };
        out.replace_range(at..range.end, "x");
        Some(bytes)
    };
    let kinds = conversions(text).map(kind).collect();
    (out, kinds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_are_found_in_the_text() {
        let text = "100%% of %-16s|%+*.3ld%%%c é%d";
        let found: Vec<&str> = conversions(text).map(|range| &text[range]).collect();
        assert_eq!(found, ["%-16s", "%+*.3ld", "%c", "%d"]);
        assert_eq!(Format::parse(text).map(|format| format.operands().count()), Ok(5));
        assert_eq!(conversion_at("ab %é", 3), 3..6);
        assert_eq!(conversion_at("ab %", 3), 3..4);
    }
}
