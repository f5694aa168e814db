//! `format` sets scripts as a careful person would, changes nothing but white space, and leaves
//! alone what it has set.
#![expect(clippy::disallowed_methods, reason = "tests read the scripts of the repository")]

mod declarations;
mod preprocessor;
mod properties;
mod statements;

use expect_test::Expect;
use stapc_diagnostics::FileId;
use stapc_syntax::{TokenKind, format, scan};

/// The formatted text; everything that holds of every text is asserted.
fn formatted(text: &str) -> String {
    let formatted = format(text).unwrap_or_else(|found| panic!("{found:?}\n{text}"));
    assert_eq!(tokens(text), tokens(&formatted), "tokens of {text:?} and {formatted:?}");
    assert_eq!(format(&formatted).as_ref(), Ok(&formatted), "again, of {text:?}");
    let ends = formatted.ends_with('\n') && !formatted.ends_with("\n\n");
    assert!(formatted.is_empty() || ends, "{formatted:?}");
    formatted
}

#[track_caller]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&formatted(text));
}

/// The tokens and comments of a text, the lines of comments and embedded C without what is allowed
/// to change.
fn tokens(text: &str) -> Vec<(TokenKind, String)> {
    let (tokens, _) = scan(FileId(0), text, true);
    let content = |kind, text: &str| match kind {
        TokenKind::Comment => text.lines().map(|line| line.trim().to_owned() + "\n").collect(),
        TokenKind::Embedded | TokenKind::String => {
            let lines = text.split_inclusive('\n').map(|line| match line.strip_suffix('\n') {
                Some(line) => line.trim_end_matches('\r').to_owned() + "\n",
                None => line.to_owned(),
            });
            lines.collect()
        }
        _ => text.to_owned(),
    };
    let token = |token: &stapc_syntax::Token| {
        let text = &text[token.span.start as usize..token.span.end as usize];
        (token.kind, content(token.kind, text))
    };
    tokens.iter().map(token).collect()
}

#[test]
fn what_is_wrong_is_refused() {
    for wrong in [
        "probe begin { println(\"a) }",
        "probe begin { println(1 }",
        "probe begin { 'a' }",
        "probe begin { /* }",
        "probe begin {",
        "function f( { }",
        "probe begin { x = %{ 1 }",
        "prob begin { }",
    ] {
        let found = format(wrong).expect_err(wrong);
        assert!(stapc_diagnostics::has_errors(&found), "{wrong}: {found:?}");
    }
    // What a macro stands for is not known, and so any order of tokens may be right.
    assert_eq!(formatted("probe begin { @open x }"), "probe begin { @open x }\n");
    assert_eq!(formatted("probe begin { $1 )"), "probe begin {\n    $1)\n");
}

#[test]
fn empty_texts_stay_empty() {
    for empty in ["", "\n", " \t\r\n\n", "\u{feff}"] {
        assert_eq!(formatted(empty), "");
    }
}
