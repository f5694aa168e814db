//! The formatter: a script as a careful person would have set it, token for token.
//!
//! Nothing but white space changes. Macros, script arguments and `%( … %)` stay as they are written,
//! and may cut across any syntax; that is why tokens are set here and not the tree. [`structure`]
//! finds out what each token is to those around it, [`layout`] sets the lines.
//!
//! The style: four spaces for each level, lines of at most [`WIDTH`] columns, a statement to a line,
//! `{` on the line of what it belongs to, a blank line around declarations of several lines. Line
//! breaks inside a statement are the author's; a line too long is broken further, behind a comma or
//! in front of an operator, and comments count for nothing then. A block of one statement that was
//! written on one line stays there if it fits. What is continued is set four columns in; eight where
//! a block follows, to stand apart from it. Embedded C and strings are never touched.

mod breaks;
mod comments;
mod conditionals;
mod expressions;
mod frames;
mod heads;
mod layout;
mod pieces;
mod shapes;
mod statements;
mod structure;
mod units;

use std::borrow::Cow;

use stapc_diagnostics::{Diagnostic, FileId, SourceMap, has_errors};

use crate::{Plain, Session, Token, TokenKind, ast, parse, scan, token::T};

/// The columns of a level.
const INDENT: usize = 4;
/// The columns that a line should not exceed.
const WIDTH: usize = 100;
/// How often a text is set anew that does not stay as it is.
const MOST_ROUNDS: usize = 8;
/// What nests deeper is not indented further.
const DEEPEST: usize = 80;

/// The script in its usual form. It has the same tokens and comments, and formatting it again
/// changes nothing.
///
/// # Errors
/// What is wrong with the text, at places in `FileId(0)`, the first file of a map. Whether it parses
/// is only known where it uses neither the preprocessor nor a macro of the script library; other
/// texts need no more than tokens.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let file = FileId(0);
    let (tokens, found) = scan(file, text, true);
    if has_errors(&found) {
        return Err(found);
    }
    let is_plain = tokens.iter().all(|token| is_plain(text, token));
    if is_plain {
        let mut sources = SourceMap::new();
        let file = sources.add("", text);
        let mut tree = ast::Tree::default();
        let found = parse(&mut Session::new(&mut sources, &plain()), &mut tree, file);
        if has_errors(&found) {
            return Err(found);
        }
    }
    let formatted = match without_carriage_returns(text) {
        Cow::Borrowed(_) => set(text, &tokens),
        Cow::Owned(text) => set(&text, &scan(file, &text, true).0),
    };
    Ok(if is_plain { formatted } else { settled(formatted) })
}

/// Sets a text anew until it stays as it is. Where conditionals cut across braces, what belongs to
/// what is guessed, also by where the lines end, and so may be guessed otherwise the next time.
fn settled(mut text: String) -> String {
    for _ in 0..MOST_ROUNDS {
        let again = set(&text, &scan(FileId(0), &text, true).0);
        if again == text {
            break;
        }
        text = again;
    }
    text
}

fn set(text: &str, tokens: &[Token]) -> String {
    let (pieces, frames) = structure::structure(text, tokens);
    layout::layout(text, &pieces, &frames)
}

/// Guru mode allows all that the language has.
fn plain() -> Plain {
    Plain { guru: true, ..Plain::default() }
}

/// Whether a token means the same wherever the script is compiled.
fn is_plain(text: &str, token: &Token) -> bool {
    match token.kind {
        T!["%("] | T!["%?"] | T!["%:"] | T!["%)"] | TokenKind::Argument => false,
        TokenKind::AtWord => is_operator(text_of(text, token)),
        _ => true,
    }
}

/// Whether a word with `@` is an operator of the language, and no macro.
fn is_operator(word: &str) -> bool {
    let name = word.trim_start_matches('@');
    matches!(name, "cast" | "var")
        || ast::OPERATORS.contains(&name)
        || ast::STATISTICS.contains(&name)
}

fn text_of<'a>(text: &'a str, token: &Token) -> &'a str {
    text.get(token.span.start as usize..token.span.end as usize).unwrap_or("")
}

/// The text with plain line ends.
fn without_carriage_returns(text: &str) -> Cow<'_, str> {
    if !text.contains("\r\n") {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').flat_map(|line| match line.strip_suffix('\n') {
        Some(line) => [line.trim_end_matches('\r'), "\n"],
        None => [line, ""],
    });
    Cow::Owned(lines.collect())
}
