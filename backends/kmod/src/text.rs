//! C's notation: identifiers, literals, comments.

/// An identifier made of a script's name; nothing of C or of the runtime begins so.
pub fn identifier(prefix: &str, name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' });
    format!("{prefix}_{}", plain.collect::<String>())
}

/// A string literal. Octal escapes have three digits, so that no digit behind joins them.
pub fn literal(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\{byte:03o}")),
        }
    }
    text.push('"');
    text
}

/// A 64-bit constant: the smallest number has no literal of its own in C.
pub fn integer(value: i64) -> String {
    match value {
        i64::MIN => "(-9223372036854775807ll - 1)".to_owned(),
        _ if i32::try_from(value).is_ok() => value.to_string(),
        _ => format!("{value}ll"),
    }
}

/// Text that may stand in a comment.
pub fn comment(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.replace("*/", "* /").replace("/*", "/ *").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_is_safe() {
        assert_eq!(literal(b"a\"\\\n\x011?"), "\"a\\\"\\\\\\n\\0011?\"");
        assert_eq!(integer(i64::MIN), "(-9223372036854775807ll - 1)");
        assert_eq!(integer(-5), "-5");
        assert_eq!(integer(1 << 40), "1099511627776ll");
        assert_eq!(comment("a */ b /* c"), "a * / b / * c");
        assert_eq!(identifier("f", "probe.3"), "f_probe_3");
    }
}
