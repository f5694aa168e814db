//! The values of literals.

use std::{num::IntErrorKind, ops::Range};

use bstr::BString;
use stapc_diagnostics::{SourceMap, Span, bytes};

use crate::{TokenKind, scan};

/// The place in the script of some bytes of a string: `literal` is where the string literal (or
/// several side by side) stands, `range` counts bytes of what it stands for.
pub fn place_in_string(sources: &SourceMap, literal: Span, range: Range<usize>) -> Option<Span> {
    let text = sources.slice(literal);
    let (tokens, _) = scan(literal.file, text, false);
    let mut before = 0;
    let mut found: Option<Span> = None;
    for token in tokens.iter().filter(|token| token.kind == TokenKind::String) {
        let piece = text.get(token.span.start as usize..token.span.end as usize)?;
        let length = string(piece).bytes.len();
        for offset in range.clone().filter(|offset| (before..before + length).contains(offset)) {
            let place = place(piece, offset - before)?;
            let start = literal.start + token.span.start;
            let place =
                Span::new(literal.file, start + place.start as u32, start + place.end as u32);
            found = Some(found.map_or(place, |found| found.to(place)));
        }
        before += length;
    }
    found
}

/// What is wrong with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberError {
    /// The kind of finding.
    pub slug: &'static str,
    /// What to say.
    pub message: &'static str,
}

impl From<NumberError> for String {
    fn from(error: NumberError) -> Self {
        error.message.to_owned()
    }
}

/// The value of an integer literal: decimal, `0x…` or `0…`; up to 64 bits, taken as signed.
pub fn number(text: &str) -> Result<i64, NumberError> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    let malformed = |message| Err(NumberError { slug: "malformed-number", message });
    match u64::from_str_radix(digits, radix) {
        Ok(value) => Ok(value as i64),
        Err(error) => match error.kind() {
            IntErrorKind::PosOverflow => Err(NumberError {
                slug: "number-out-of-range",
                message: "this number does not fit in 64 bits",
            }),
            _ if radix == 8 => {
                malformed("this is not a number: octal digits are expected behind a leading 0")
            }
            _ => malformed("this is not a number: only digits of its base are expected"),
        },
    }
}

/// What a string literal stands for, and what is wrong with it: where in the literal.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unescaped {
    /// The bytes.
    pub bytes: BString,
    /// Byte ranges of the literal and what is wrong there.
    pub problems: Vec<(Range<usize>, &'static str)>,
}

/// The bytes that a string literal, given with its quotes, stands for.
///
/// Escapes are those of C: `\n`, `\t`, `\\`, `\"`, `\ooo`, `\xhh…`; a backslash before anything
/// else stands for nothing. A backslash at the end of a line joins the next one.
pub fn string(literal: &str) -> Unescaped {
    let mut bytes = Vec::with_capacity(literal.len());
    let mut problems = Vec::new();
    for (range, piece) in pieces(literal) {
        match piece {
            Ok(Piece::Nothing) => {}
            Ok(Piece::Char('\0')) => problems.push((range, "a string cannot hold a NUL")),
            Ok(Piece::Char(c)) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Ok(Piece::Byte(byte)) => bytes.push(byte),
            Err(problem) => problems.push((range, problem)),
        }
    }
    Unescaped { bytes: bytes.into(), problems }
}

/// The bytes of a literal that stand for the byte at `offset` of its text.
pub fn place(literal: &str, offset: usize) -> Option<Range<usize>> {
    let mut at = 0;
    for (range, piece) in pieces(literal) {
        at += match piece {
            Ok(Piece::Char(c)) => c.len_utf8(),
            Ok(Piece::Byte(_)) => 1,
            Ok(Piece::Nothing) | Err(_) => 0,
        };
        if at > offset {
            return Some(range);
        }
    }
    None
}

/// What a part of a literal stands for.
enum Piece {
    Char(char),
    Byte(u8),
    Nothing,
}

/// The parts of a literal between its quotes, each with its place.
fn pieces(literal: &str) -> impl Iterator<Item = (Range<usize>, Result<Piece, &'static str>)> {
    let closed = if literal.len() > 1 { literal.strip_suffix('"') } else { None };
    let end = closed.unwrap_or(literal).len();
    let mut at = usize::from(literal.starts_with('"'));
    std::iter::from_fn(move || {
        let rest = literal.get(at..end)?;
        let (length, piece) = piece(rest)?;
        let range = at..at + length;
        at += length;
        Some((range, piece))
    })
}

/// The part at the start of some text and how many bytes it takes.
fn piece(text: &str) -> Option<(usize, Result<Piece, &'static str>)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if first != '\\' {
        return Some((first.len_utf8(), Ok(plain(first))));
    }
    let Some(second) = chars.next() else { return Some((1, Ok(Piece::Nothing))) };
    let piece = match second {
        'a' => Piece::Byte(7),
        'b' => Piece::Byte(8),
        't' => Piece::Byte(b'\t'),
        'n' => Piece::Byte(b'\n'),
        'v' => Piece::Byte(0x0b),
        'f' => Piece::Byte(0x0c),
        'r' => Piece::Byte(b'\r'),
        '\n' => Piece::Nothing,
        '\r' if chars.next() == Some('\n') => return Some((3, Ok(Piece::Nothing))),
        'x' => return Some(numeric(&text[2..], 2, 16, usize::MAX)),
        '0'..='7' => return Some(numeric(&text[1..], 1, 8, 3)),
        other => plain(other),
    };
    Some((1 + second.len_utf8(), Ok(piece)))
}

/// A character that stands for itself, or for the byte that is no text.
fn plain(c: char) -> Piece {
    bytes::byte_of(c).map_or(Piece::Char(c), Piece::Byte)
}

/// A numeric escape of at most so many digits, `behind` bytes from its backslash.
fn numeric(
    digits: &str,
    behind: usize,
    radix: u32,
    most: usize,
) -> (usize, Result<Piece, &'static str>) {
    let count = digits.chars().take(most).take_while(|c| c.is_digit(radix)).count();
    let piece = match u8::from_str_radix(&digits[..count], radix) {
        Ok(byte) => Ok(Piece::Byte(byte)),
        Err(_) if count == 0 => Err("hexadecimal digits are expected behind `\\x`"),
        Err(_) => Err("this escape stands for more than a byte"),
    };
    (behind + count, piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_each_base() {
        assert_eq!(number("0"), Ok(0));
        assert_eq!(number("017"), Ok(15));
        assert_eq!(number("0xfF"), Ok(255));
        assert_eq!(number("9223372036854775808"), Ok(i64::MIN));
        assert_eq!(number("18446744073709551615"), Ok(-1));
        assert!(number("18446744073709551616").is_err());
        for wrong in ["09", "0x", "12ab", "1_000", "0xfg"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn escapes() {
        let literal = "\"\\0a\\tb\\\\\\\"\\101\\x41\\18z\\\nw\\\r\nv\\q\\xc3\\xa9\"";
        let bytes = BString::from("\0a\tb\\\"AA\x018zwvqé");
        assert_eq!(string(literal), Unescaped { bytes, problems: Vec::new() });
        // The byte ff, as it is and as an escape; leading zeros count for nothing.
        assert_eq!(string("\"\u{10ffff}\\xff\\x0041\"").bytes, BString::from(b"\xff\xffA"));
    }

    #[test]
    fn what_a_string_cannot_hold_is_found_in_place() {
        for (literal, at) in
            [("\"\\777\"", 1..5), ("\"ab\\xg\"", 3..5), ("\"\\x414\"", 1..6), ("\"\0\"", 1..2)]
        {
            let problems = string(literal).problems;
            assert_eq!(
                problems.iter().map(|(range, _)| range.clone()).collect::<Vec<_>>(),
                [at],
                "{literal:?}"
            );
        }
    }

    #[test]
    fn bytes_of_the_text_are_found_in_the_literal() {
        let literal = r#""a\tb\x41%d""#;
        let places: Vec<_> = (0..7).map(|offset| place(literal, offset)).collect();
        assert_eq!(
            places,
            [Some(1..2), Some(2..4), Some(4..5), Some(5..9), Some(9..10), Some(10..11), None]
        );
        assert_eq!(string("\"").bytes, "");
    }
}
