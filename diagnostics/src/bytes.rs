//! Any bytes as text, and back: scripts are text to the compiler, and any bytes to the machine.
//!
//! A byte that is not part of valid UTF-8 becomes the character U+10FF00 plus the byte, one of the
//! last 128 private-use characters. Where the text itself has one of those, each of its four bytes
//! is treated like that, so that nothing is lost.

use std::borrow::Cow;

/// The character of byte 0.
const BASE: u32 = 0x10_ff00;

/// The text of some bytes.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let marked = |text: &str| text.contains(|c| byte_of(c).is_some());
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.as_bytes().contains(&0xf4) || !marked(text) => {
            return Cow::Borrowed(text);
        }
        _ => {}
    }
    let mut text = String::with_capacity(bytes.len() + 16);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if byte_of(c).is_some() {
                text.extend(c.encode_utf8(&mut [0; 4]).bytes().filter_map(char_of));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().copied().filter_map(char_of));
    }
    Cow::Owned(text)
}

/// The bytes of a text that [`decode`] has made.
pub fn encode(text: &str) -> Cow<'_, [u8]> {
    // The characters of bytes all begin with this one in UTF-8.
    if !text.as_bytes().contains(&0xf4) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

/// The byte that a character stands for.
pub fn byte_of(c: char) -> Option<u8> {
    let byte = u32::from(c).checked_sub(BASE)?;
    u8::try_from(byte).ok().filter(|byte| *byte >= 0x80)
}

fn char_of(byte: u8) -> Option<char> {
    char::from_u32(BASE + u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        let marks = "\u{10ff80}x\u{10ffff}".as_bytes();
        let cases: [&[u8]; 6] =
            [b"", b"plain", "é€𝄞".as_bytes(), b"a\xffb\x80", b"\xf4\x8f", marks];
        for bytes in cases {
            assert_eq!(encode(&decode(bytes)), bytes);
        }
        assert_eq!(decode(b"a\xff"), "a\u{10ffff}");
        assert!(matches!(decode("é".as_bytes()), Cow::Borrowed(_)));
    }
}
