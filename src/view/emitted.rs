//! Which line of the script each line of emitted C is of.
//!
//! The backend writes the script's line in a comment where another begins (`/* 13: text */`, with the
//! file's name before the number if it is not the first); that holds until an empty line, or the
//! function's end.

use super::Place;

/// The lines of C, with the line of the script that each is of.
pub fn lines<'t>(text: &'t str, files: &[String]) -> Vec<(&'t str, Option<Place>)> {
    let mut current = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        if let Some(place) = comment(line, files) {
            current = Some(place);
        } else if line.is_empty() || line == "}" || line == "leave:" {
            current = None;
        }
        // Labels are gone to from anywhere.
        let label = line.starts_with("block") && line.ends_with(":;");
        lines.push((line, current.filter(|_| !label)));
    }
    lines
}

/// The place that a comment of the backend names.
fn comment(line: &str, files: &[String]) -> Option<Place> {
    let text = line.strip_prefix("\t/* ")?;
    let number = |text: &str| text.split_once(": ")?.0.parse::<u32>().ok();
    if let Some(line) = number(text) {
        return Some((0, line));
    }
    // A name may be the start of another.
    let named = files.iter().zip(0..).filter_map(|(name, file)| {
        let rest = text.strip_prefix(stapc_kmod::comment(name).as_str())?.strip_prefix(':')?;
        Some((name.len(), (file, number(rest)?)))
    });
    named.max_by_key(|(length, _)| *length).map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_hold_until_an_empty_line() {
        let files = ["a.stp".to_owned(), "lib/b.stp".to_owned()];
        let text = "int x;\n\n\t/* 3: x */\n\tf();\nblock1:;\n\tg();\n\n\t/* lib/b.stp:7: 9: y */\n\th();\n\n\tunlock();\nleave:\n\tend();\n}";
        let places: Vec<Option<Place>> =
            lines(text, &files).into_iter().map(|(_, place)| place).collect();
        let (a, b) = (Some((0, 3)), Some((1, 7)));
        assert_eq!(places, [None, None, a, a, None, a, None, b, b, None, None, None, None, None]);
    }

    #[test]
    fn other_comments_are_none() {
        assert_eq!(comment("\t/* probe begin */", &[]), None);
        assert_eq!(comment("/* 3: x */", &[]), None);
    }
}
