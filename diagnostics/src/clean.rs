//! Text that comes from a script, as a terminal may see it.

use std::borrow::Cow;

use crate::bytes::byte_of;

/// Text without what would steer a terminal: each such character is replaced by one that shows it.
pub fn clean(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\n');
    if text.bytes().all(plain) || text.chars().all(|c| visible(c) == c) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(visible).collect())
    }
}

/// Text with U+FFFD for each byte that was not UTF-8.
pub fn without_bytes(text: &str) -> String {
    text.chars()
        .map(|c| if byte_of(c).is_some() { char::REPLACEMENT_CHARACTER } else { c })
        .collect()
}

/// A character that shows this one.
fn visible(c: char) -> char {
    match c {
        '\t' | '\n' => c,
        // The pictures of control characters are in their order.
        '\0'..='\x1f' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\x7f' => '\u{2421}',
        // These change the direction of what follows, so that it reads as another text than it is.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        _ if c.is_control() || byte_of(c).is_some() => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(clean("\u{1b}[31m\r\0\u{7f}"), "␛[31m␍␀␡");
        assert_eq!(clean("a\u{10ffff}\u{202e}\u{9b}b"), "a\u{fffd}\u{fffd}\u{fffd}b");
        assert!(matches!(clean("plain\tä\n"), Cow::Borrowed(_)));
        assert_eq!(without_bytes("\u{10ff80}\u{1b}"), "\u{fffd}\u{1b}");
    }
}
