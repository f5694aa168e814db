//! The values of literals.

/// The value of an integer literal: decimal, `0x…` or `0…`; up to 64 bits, taken as signed.
pub fn number(text: &str) -> Result<i64, &'static str> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    match u64::from_str_radix(digits, radix) {
        Ok(value) => Ok(value as i64),
        Err(error) => Err(match error.kind() {
            std::num::IntErrorKind::PosOverflow => "this number does not fit in 64 bits",
            _ => "this is not a number: digits of its base are expected",
        }),
    }
}

/// The text that a string literal, given with its quotes, stands for.
///
/// Escapes are those of C: `\n`, `\t`, `\\`, `\"`, `\ooo`, `\xhh`, …; a backslash before anything
/// else stands for nothing. A backslash at the end of a line joins the next one.
pub fn string(literal: &str) -> String {
    let inner = literal.strip_prefix('"').unwrap_or(literal);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('a') => text.push('\x07'),
            Some('b') => text.push('\x08'),
            Some('t') => text.push('\t'),
            Some('n') => text.push('\n'),
            Some('v') => text.push('\x0b'),
            Some('f') => text.push('\x0c'),
            Some('r') => text.push('\r'),
            Some('\n') | None => {}
            Some('x') => text.push(code(&mut rest, 16, 2, 0)),
            Some(digit @ '0'..='7') => {
                let first = digit.to_digit(8).unwrap_or(0);
                text.push(code(&mut rest, 8, 2, first));
            }
            Some(other) => text.push(other),
        }
    }
    text
}

/// Up to `most` more digits of a numeric escape.
fn code(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, radix: u32, most: u32, first: u32) -> char {
    let mut value = first;
    for _ in 0..most {
        let Some(digit) = rest.peek().and_then(|c| c.to_digit(radix)) else { break };
        value = value * radix + digit;
        rest.next();
    }
    char::from((value & 0xff) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_each_base() {
        assert_eq!(number("0"), Ok(0));
        assert_eq!(number("017"), Ok(15));
        assert_eq!(number("0xfF"), Ok(255));
        assert_eq!(number("18446744073709551615"), Ok(-1));
        assert!(number("18446744073709551616").is_err());
        assert!(number("09").is_err());
        assert!(number("0x").is_err());
        assert!(number("12ab").is_err());
    }

    #[test]
    fn escapes() {
        assert_eq!(string(r#""a\tb\\\"\101\x41\0z\
w""#), "a\tb\\\"AA\0zw");
    }
}
