//! A module's text by its lines and words.

use std::ops::Range;

use crate::reduce::edit::line_ranges;

/// A word of a line: a name, a number, a string, or a sign.
pub type Word<'t> = (Range<usize>, &'t str);

/// The words of a line that starts at `start` of the text.
pub fn words(text: &str, range: Range<usize>) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let rest = &text[at..range.end];
        let length = match rest.chars().next() {
            None | Some(';') => break,
            Some('-') if rest.starts_with("->") => 2,
            Some('"') => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            Some(c) if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            Some(c) => c.len_utf8(),
        };
        let word = &text[at..at + length];
        if !word.trim().is_empty() {
            found.push((at..at + length, word));
        }
        at += length;
    }
    found
}

pub fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$' | '-' | '@' | '%')
}

/// Whether it is a value: `v12`.
pub fn is_value(word: &str) -> bool {
    word.strip_prefix('v')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The value and the type that a line defines: `v0.name: i64 = …`.
pub fn defined<'t>(words: &[Word<'t>]) -> Option<(&'t str, &'t str)> {
    match words {
        [(_, value), (_, ":"), (_, ty), (_, "="), ..] => {
            let value = value.split_once('.').map_or(*value, |(value, _)| value);
            is_value(value).then_some((value, *ty))
        }
        // A name in quotes is a word of its own.
        [(_, value), (_, name), (_, ":"), (_, ty), (_, "="), ..] if name.starts_with('"') => {
            let value = value.trim_end_matches('.');
            is_value(value).then_some((value, *ty))
        }
        _ => None,
    }
}

/// The instruction that makes a constant of a type.
pub fn constant(ty: &str) -> Option<&'static str> {
    Some(match ty {
        "i64" => "iconst 0",
        "bool" => "bconst 0",
        "str" => "sconst \"\"",
        _ => return None,
    })
}

/// A line: where it is, and its words.
pub type Line<'t> = (Range<usize>, Vec<Word<'t>>);

/// Lines of a text with their words.
pub struct Outline<'t> {
    pub lines: Vec<Line<'t>>,
}

/// The lines whose first word this is.
pub fn starting<'o, 't>(
    lines: &'o [Line<'t>],
    first: &'o str,
) -> impl Iterator<Item = &'o Line<'t>> {
    lines.iter().filter(move |(_, words)| words.first().is_some_and(|(_, word)| *word == first))
}

impl<'t> Outline<'t> {
    pub fn of(text: &'t str) -> Self {
        let lines = line_ranges(text).into_iter();
        Self { lines: lines.map(|range| (range.clone(), words(text, range))).collect() }
    }

    /// Where each function is, and its lines.
    pub fn functions(&self) -> Vec<(Range<usize>, &[Line<'t>])> {
        let mut found = Vec::new();
        let mut start = None;
        for (at, (range, words)) in self.lines.iter().enumerate() {
            match (words.first().map(|(_, word)| *word), start) {
                (Some("function"), None) if words.len() > 1 => start = Some(at),
                (Some("}"), Some(first)) => {
                    let lines: &[_] = &self.lines[first..=at];
                    found.push((lines[0].0.start..range.end, lines));
                    start = None;
                }
                _ => {}
            }
        }
        found
    }

    /// The words of each line that calls a function, and which of them is `call`.
    pub fn calls<'o>(&'o self, name: &'o str) -> impl Iterator<Item = (&'o [Word<'t>], usize)> {
        self.lines.iter().filter_map(move |(_, words)| {
            let call =
                words.windows(2).position(|pair| pair[0].1 == "call" && pair[1].1 == name)?;
            Some((&words[..], call))
        })
    }
}

/// What becomes of a line whose instruction goes: nothing, or a constant in its place.
pub fn without(range: &Range<usize>, words: &[Word<'_>]) -> (Range<usize>, String) {
    let instead = defined(words)
        .and_then(|(value, ty)| Some(format!("    {value}: {ty} = {}\n", constant(ty)?)));
    (range.clone(), instead.unwrap_or_default())
}

/// Whether it is a block: `block3`.
pub fn is_block(word: &str) -> bool {
    let number = word.strip_prefix("block");
    number.is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_no_words() {
        let line = "    print \"%d ; x\", v0 ; at v9";
        let found: Vec<&str> =
            words(line, 0..line.len()).into_iter().map(|(_, word)| word).collect();
        assert_eq!(found, ["print", "\"%d ; x\"", ",", "v0"]);
    }
}
