//! Edits of a text: what is cut out of it, and what comes in its place.

use std::ops::Range;

/// Something to try: places that are replaced together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit(pub Vec<(Range<usize>, String)>);

impl Edit {
    /// Leaves something out.
    pub fn cut(range: Range<usize>) -> Self {
        Self(vec![(range, String::new())])
    }

    /// Puts something in the place of something.
    pub fn replace(range: Range<usize>, text: impl Into<String>) -> Self {
        Self(vec![(range, text.into())])
    }

    /// Leaves out what is around a part.
    pub fn keep(range: &Range<usize>, part: &Range<usize>) -> Self {
        let around = [range.start..part.start, part.end..range.end];
        Self(around.into_iter().map(|range| (range, String::new())).collect())
    }
}

/// The text behind some edits. Of two that are in each other's way the outer one counts, or the one
/// that starts first.
pub fn apply<'e>(text: &str, edits: impl IntoIterator<Item = &'e Edit>) -> String {
    let mut cuts: Vec<&(Range<usize>, String)> =
        edits.into_iter().flat_map(|edit| &edit.0).collect();
    cuts.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, instead) in cuts {
        if range.start < at {
            continue;
        }
        out.push_str(&text[at..range.start]);
        out.push_str(instead);
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// Each line of a text, with its end.
pub fn line_ranges(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    let range = |line: &str| {
        at += line.len();
        at - line.len()..at
    };
    text.split_inclusive('\n').map(range).collect()
}

/// Leaves lines out.
pub fn lines(text: &str) -> Vec<Edit> {
    line_ranges(text).into_iter().map(Edit::cut).collect()
}

/// Leaves words out: runs of letters and digits, and single other characters.
pub fn words(text: &str) -> Vec<Edit> {
    let mut edits: Vec<Range<usize>> = Vec::new();
    let mut before = None;
    for (at, c) in text.char_indices() {
        let word = c.is_alphanumeric() || c == '_';
        match edits.last_mut().filter(|_| word && before == Some(true)) {
            Some(last) => last.end = at + c.len_utf8(),
            None => edits.push(at..at + c.len_utf8()),
        }
        before = Some(word);
    }
    edits.into_iter().map(Edit::cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outer_edit_counts() {
        let text = "while (x) { y }";
        let body = Edit::keep(&(0..15), &(10..15));
        let inner = Edit::replace(12..13, "z");
        assert_eq!(apply(text, [&inner, &body]), "{ z }");
        assert_eq!(apply(text, [&inner, &Edit::cut(0..15)]), "");
        assert_eq!(apply(text, [&Edit::cut(0..15), &body]), "");
        assert_eq!(apply(text, []), text);
    }

    #[test]
    fn lines_and_words_are_whole() {
        let parts = |edits: Vec<Edit>, text: &str| -> Vec<String> {
            edits.iter().map(|edit| text[edit.0[0].0.clone()].to_owned()).collect()
        };
        assert_eq!(parts(lines("a\n\nb"), "a\n\nb"), ["a\n", "\n", "b"]);
        assert_eq!(parts(words("ab+é1 c"), "ab+é1 c"), ["ab", "+", "é1", " ", "c"]);
    }
}
