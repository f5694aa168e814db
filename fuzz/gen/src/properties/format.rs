//! The formatter.

use stapc_diagnostics::{FileId, has_errors};
use stapc_syntax::{TokenKind, same, scan};

use super::Parsed;

/// A script that is formatted has the same tokens and comments, but for line ends, says the same,
/// and stays as it is when it is formatted again. Whatever is made of tokens
/// and parses can be formatted.
pub fn format(text: &str) -> Result<(), String> {
    let formatted = stapc_syntax::format(text);
    let text = &plain_lines(text);
    let parsed = Parsed::of(text);
    let is_right = !has_errors(&parsed.diagnostics);
    let formatted = match formatted {
        Ok(formatted) => formatted,
        Err(_) if !is_right || has_errors(&scan(FileId(0), text, true).1) => return Ok(()),
        Err(found) => return Err(format!("a right script is not formatted: {found:?}")),
    };
    let (before, after) = (words(text), words(&formatted));
    if before != after {
        let differ = before.iter().zip(&after).find(|(before, after)| before != after);
        return Err(format!("other tokens or comments: {differ:?}\n{formatted}"));
    }
    match stapc_syntax::format(&formatted) {
        Ok(again) if again == formatted => {}
        Ok(again) => return Err(format!("formatted again:\n{formatted}---\n{again}")),
        Err(found) => return Err(format!("not formatted again: {found:?}\n{formatted}")),
    }
    let after = Parsed::of(&formatted);
    if is_right && has_errors(&after.diagnostics) {
        return Err(format!("has errors when it is formatted:\n{}\n{formatted}", after.errors()));
    }
    if is_right && !same((&parsed.tree, &parsed.tree.items), (&after.tree, &after.tree.items)) {
        return Err(format!("says something else when it is formatted:\n{formatted}"));
    }
    Ok(())
}

/// A text whose lines end with `\n`.
fn plain_lines(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| match line.strip_suffix('\n') {
        Some(line) => format!("{}\n", line.trim_end_matches('\r')),
        None => line.to_owned(),
    });
    lines.collect()
}

/// Tokens and comments; the white space in a comment does not count, which may be set anew.
fn words(text: &str) -> Vec<(TokenKind, String)> {
    let (tokens, _) = scan(FileId(0), text, true);
    let word = |token: &stapc_syntax::Token| {
        let word = &text[token.span.start as usize..token.span.end as usize];
        let word = match token.kind {
            TokenKind::Comment => word.split_whitespace().collect(),
            _ => word.to_owned(),
        };
        (token.kind, word)
    };
    tokens.iter().map(word).collect()
}
