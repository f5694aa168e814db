//! What a word of a script is called.

const KEYWORDS: [&str; 19] = [
    "break", "catch", "continue", "delete", "else", "for", "foreach", "function", "global", "if",
    "in", "limit", "long", "next", "private", "probe", "return", "string", "while",
];

/// The signs of more than one character, longer ones first.
const SIGNS: [&str; 34] = [
    ">>>=", "<<=", ">>=", "<<<", ">>>", "->", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
    "^=", ".=", "&&", "||", "<<", ">>", "<=", ">=", "==", "!=", "=~", "!~", "%(", "%)", "%?", "%:",
    "%{", "%}", "::",
];

/// Whether this is a kind of finding about text in which no words are told apart yet.
pub fn before_grammar(id: &str) -> bool {
    id < "E0130"
}

/// What the text begins with; none where it is at its end.
pub fn describe(text: &str) -> Option<String> {
    let first = text.chars().next()?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = |from: usize| {
        from + text.get(from..).map_or(0, |rest| rest.find(|c| !word(c)).unwrap_or(rest.len()))
    };
    Some(match first {
        '"' => {
            let inside = text[1..].lines().next().unwrap_or("");
            format!("string '{}'", inside.get(..closing(inside)).unwrap_or(inside))
        }
        '%' if text.starts_with("%{") => "embedded-code".to_owned(),
        '0'..='9' => format!("number '{}'", &text[..end(0)]),
        '@' => format!("operator '{}'", &text[..end(1)]),
        _ if word(first) || first == '$' => {
            let text = &text[..end(1)];
            if KEYWORDS.contains(&text) {
                "keyword".to_owned()
            } else {
                format!("identifier '{text}'")
            }
        }
        _ if first.is_ascii_punctuation() => {
            let sign = SIGNS.into_iter().find(|sign| text.starts_with(sign));
            format!("operator '{}'", sign.unwrap_or(&text[..1]))
        }
        _ => format!("junk '{first}'"),
    })
}

/// The bytes of what a line begins with.
pub fn length(line: &str) -> usize {
    let Some(first) = line.chars().next() else { return 0 };
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match first {
        '"' => (closing(&line[1..]) + 2).min(line.len()),
        '@' | '$' => 1 + line[1..].find(|c| !word(c)).unwrap_or(line.len() - 1),
        _ if word(first) => line.find(|c| !word(c)).unwrap_or(line.len()),
        _ => {
            let sign = SIGNS.into_iter().find(|sign| line.starts_with(sign));
            sign.map_or(first.len_utf8(), str::len)
        }
    }
}

/// Where the string ends that is open at the start.
fn closing(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return at,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_kinds() {
        for (text, expected) in [
            ("", None),
            ("foo(1)", Some("identifier 'foo'")),
            ("$x->y", Some("identifier '$x'")),
            ("$1", Some("identifier '$1'")),
            ("return", Some("keyword")),
            ("0x1f+", Some("number '0x1f'")),
            (r#""a\"b" c"#, Some(r#"string 'a\"b'"#)),
            ("\"ab\nc", Some("string 'ab'")),
            ("@m(1)", Some("operator '@m'")),
            ("}", Some("operator '}'")),
            ("<<< 1", Some("operator '<<<'")),
            ("%{ x %}", Some("embedded-code")),
            ("%( x", Some("operator '%('")),
            ("\u{1b}", Some("junk '\u{1b}'")),
            ("ä", Some("junk 'ä'")),
        ] {
            assert_eq!(describe(text).as_deref(), expected, "{text}");
        }
    }
}
