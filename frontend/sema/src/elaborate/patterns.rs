//! Names with wildcards, matched part by part.

/// How many parts of a pattern a whole name takes, if it does. A part `**` takes any number of the
/// name's.
pub fn matched(pattern: &[&str], name: &[&str]) -> Option<usize> {
    match (pattern, name) {
        (_, []) => Some(0),
        ([], _) => None,
        ([first, rest @ ..], [_, ..]) if first.contains("**") => {
            (1..=name.len()).find_map(|taken| {
                let dotted = name[..taken].join(".");
                let tail = glob(first, &dotted).then(|| matched(rest, &name[taken..]))??;
                (tail == rest.len()).then_some(tail + 1)
            })
        }
        ([first, rest @ ..], [head, tail @ ..]) => {
            glob(first, head).then(|| matched(rest, tail)).flatten().map(|used| used + 1)
        }
    }
}

/// Whether a pattern with `*` takes all of a text.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for piece in pieces {
        if let Some(piece) = last.replace(piece) {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_take_what_they_should() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*", "abc", true),
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("ab*bc", "abc", false),
            ("*b*", "abc", true),
            ("*x*", "abc", false),
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("a*b*c", "axbxbc", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn names_are_matched_part_by_part() {
        for (pattern, name, expected) in [
            (&["a", "b"][..], &["a", "b"][..], Some(2)),
            (&["a", "b"], &["a"], Some(1)),
            (&["a"], &["a", "b"], None),
            (&["a", "*"], &["a", "b"], Some(2)),
            (&["a", "**"], &["a", "b", "c"], Some(2)),
            (&["a", "**", "c"], &["a", "x", "y", "c"], Some(3)),
            (&["a", "**", "c"], &["a", "x", "y", "d"], None),
        ] {
            assert_eq!(matched(pattern, name), expected, "{pattern:?} {name:?}");
        }
    }
}
