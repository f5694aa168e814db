//! Scripts with a token too many, too few or wrong.

use std::fmt;

use stapc_diagnostics::{FileId, SourceMap, Span};
use stapc_syntax::{Token, TokenKind, scan};

/// Random numbers that are the same everywhere for the same seed.
pub struct Random(oorandom::Rand64);

/// What is done to a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is left out.
    Deleted,
    /// It stands there twice.
    Doubled,
    /// This token of the same script stands there instead.
    Exchanged(String),
}

/// A change and where it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// What was done.
    pub change: Change,
    /// The token to which it was done.
    pub token: String,
    /// Its line, counted from 1.
    pub line: u32,
    /// Its column in characters, counted from 1.
    pub column: u32,
}

/// How much of a token is shown.
const SHOWN: usize = 40;

impl Random {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(oorandom::Rand64::new(u128::from(seed)))
    }

    /// One of the numbers below `limit`; 0 if there is none.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.0.rand_range(0..limit) }
    }

    /// One of `list`, which is not empty.
    fn of<'a>(&mut self, list: &'a [Token]) -> Option<&'a Token> {
        list.get(self.below(list.len() as u64) as usize)
    }
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, token, .. } = self;
        write!(f, "{line}:{column}: `{}` ", shown(token))?;
        match &self.change {
            Change::Deleted => write!(f, "deleted"),
            Change::Doubled => write!(f, "doubled"),
            Change::Exchanged(by) => write!(f, "exchanged for `{}`", shown(by)),
        }
    }
}

/// A copy of a script in which one token, never a comment, is deleted, doubled or exchanged; none if
/// there is no token.
pub fn mutate(text: &str, random: &mut Random) -> Option<(String, Mutation)> {
    let mut sources = SourceMap::new();
    let file = sources.add("script", text);
    let mut tokens = tokens(file, text);
    let place = random.of(&tokens)?.span;
    let token = sources.slice(place).to_owned();
    tokens.retain(|other| sources.slice(other.span) != token);
    let change = match (random.below(3), random.of(&tokens)) {
        (0, Some(other)) => Change::Exchanged(sources.slice(other.span).to_owned()),
        (1, _) => Change::Doubled,
        _ => Change::Deleted,
    };
    let mutant = changed(text, place, &change);
    let (line, column) = sources.line_column(file, place.start);
    Some((mutant, Mutation { change, token, line, column }))
}

fn tokens(file: FileId, text: &str) -> Vec<Token> {
    let (mut tokens, _) = scan(file, text, false);
    tokens.retain(|token| token.kind != TokenKind::End && token.span.start < token.span.end);
    tokens
}

/// What comes new into the text is apart from what is around it, so that nothing else changes.
fn changed(text: &str, place: Span, change: &Change) -> String {
    let (start, end) = (place.start as usize, place.end as usize);
    let (before, token, after) = (&text[..start], &text[start..end], &text[end..]);
    match change {
        Change::Deleted => format!("{before} {after}"),
        Change::Doubled => format!("{before}{token} {token}{after}"),
        Change::Exchanged(other) => format!("{before} {other} {after}"),
    }
}

fn shown(token: &str) -> String {
    let end = token.char_indices().nth(SHOWN);
    let short = end.map_or(token.to_owned(), |(end, _)| format!("{}…", &token[..end]));
    short.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "probe begin { # c\n print(\"é\") }";

    #[test]
    fn a_seed_always_gives_the_same() {
        let mutants: Vec<String> = (0..4)
            .filter_map(|seed| mutate(SCRIPT, &mut Random::new(seed)))
            .map(|(text, mutation)| format!("{mutation} => {text}"))
            .collect();
        let expected = [
            "1:13: `{` exchanged for `probe` => probe begin  probe  # c\n print(\"é\") }",
            "1:7: `begin` doubled => probe begin begin { # c\n print(\"é\") }",
            "2:11: `)` deleted => probe begin { # c\n print(\"é\"  }",
            "2:11: `)` exchanged for `{` => probe begin { # c\n print(\"é\" {  }",
        ];
        assert_eq!(mutants, expected);
    }

    #[test]
    fn only_one_token_changes_and_no_comment_does() {
        let count = |text: &str| tokens(FileId(0), text).len();
        for seed in 0..300 {
            let (text, mutation) = mutate(SCRIPT, &mut Random::new(seed)).unwrap();
            assert!(text.contains("# c"), "{mutation}");
            let more = match mutation.change {
                Change::Deleted => -1,
                Change::Doubled => 1,
                Change::Exchanged(_) => 0,
            };
            assert_eq!(count(&text) as i64, count(SCRIPT) as i64 + more, "{mutation}: {text}");
        }
    }

    #[test]
    fn a_script_without_a_token_has_no_mutants() {
        assert_eq!(mutate("# nothing", &mut Random::new(1)), None);
    }
}
