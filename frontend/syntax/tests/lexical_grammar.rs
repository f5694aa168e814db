//! The scanner finds the tokens that the grammar in `script.pest` says, for every script at hand and
//! for mutations of them.
#![expect(clippy::disallowed_methods, reason = "tests read the scripts of the repository")]

use std::{fs, path::Path};

use pest::Parser as _;
use proptest::prelude::*;
use stapc_diagnostics::{FileId, bytes};
use stapc_syntax::{Token, TokenKind, scan};

use grammar::{Grammar, Rule};

mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../tests/script.pest"]
    pub struct Grammar;
}

/// The tokens that the grammar gives: their rules and ranges.
fn by_grammar(text: &str) -> Vec<(Rule, usize, usize)> {
    let script = Grammar::parse(Rule::script, text).expect("any text is a script");
    let tokens = script.flat_map(|script| script.into_inner());
    tokens
        .filter(|token| token.as_rule() != Rule::EOI)
        .map(|token| (token.as_rule(), token.as_span().start(), token.as_span().end()))
        .collect()
}

/// Whether a token of the scanner is of a rule.
fn is_of(kind: TokenKind, rule: Rule, text: &str) -> bool {
    match rule {
        Rule::comment | Rule::open_comment => kind == TokenKind::Comment,
        Rule::string | Rule::open_string => kind == TokenKind::String,
        Rule::embedded => kind == TokenKind::Embedded,
        Rule::number => kind == TokenKind::Number,
        Rule::keyword => kind.is_keyword() && kind.text() == text,
        Rule::identifier => kind == TokenKind::Identifier,
        Rule::argument => kind == TokenKind::Argument,
        Rule::target => kind == TokenKind::Target,
        Rule::at_word => kind == TokenKind::AtWord,
        Rule::operator => kind.is_operator() && kind.text() == text,
        _ => kind == TokenKind::Stray,
    }
}

/// Rules whose tokens are reported.
fn is_wrong(rule: Rule) -> bool {
    use Rule::{open_comment, open_embedded, open_string, single_quoted, stray};
    matches!(rule, open_string | open_comment | open_embedded | single_quoted | stray)
}

/// What is different, if anything is.
fn difference(text: &str) -> Option<String> {
    let expected = by_grammar(text);
    let (tokens, diagnostics) = scan(FileId(0), text, true);
    let Some((end, found)) = tokens.split_last() else { return Some("no end".to_owned()) };
    if end.kind != TokenKind::End || end.span.start as usize != text.len() {
        return Some(format!("the end is {end:?}"));
    }
    for (token, (rule, start, end)) in found.iter().zip(&expected) {
        let range = (token.span.start as usize, token.span.end as usize);
        let piece = &text[*start..*end];
        if range != (*start, *end) || !is_of(token.kind, *rule, piece) {
            return Some(format!("{token:?} instead of {rule:?} {piece:?} at {start}"));
        }
    }
    if found.len() != expected.len() {
        return Some(format!("{} tokens instead of {}", found.len(), expected.len()));
    }
    let wrong = expected.iter().filter(|(rule, ..)| is_wrong(*rule)).count();
    if diagnostics.len() != wrong.min(50) {
        return Some(format!("{diagnostics:?} instead of {wrong} errors"));
    }
    let kept = |token: &&Token| !matches!(token, Token { kind: TokenKind::Comment, .. });
    let (without, _) = scan(FileId(0), text, false);
    (!tokens.iter().filter(kept).eq(&without)).then(|| "comments make a difference".to_owned())
}

fn check_folder(folder: &Path) -> usize {
    let mut checked = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            checked += check_folder(&path);
        } else if path.extension().is_some_and(|end| end == "stp" || end == "stpm") {
            let text = fs::read(&path).unwrap_or_default();
            assert_eq!(difference(&bytes::decode(&text)), None, "{}", path.display());
            checked += 1;
        }
    }
    checked
}

#[test]
fn scripts_of_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = ["examples", "tests"].map(|folder| check_folder(&root.join(folder)));
    assert!(folders.iter().sum::<usize>() >= 30, "only {folders:?} scripts were found");
}

/// Input of other people's making, where it is installed.
#[test]
fn scripts_of_the_system() {
    let folder = Path::new("/usr/share/systemtap");
    let checked = check_folder(folder);
    assert!(!folder.exists() || checked >= 20, "only {checked} scripts were found");
}

/// Pieces that begin, end or resemble tokens.
const PIECES: &[&str] = &[
    "\"",
    "\\",
    "'",
    "/",
    "*",
    "//",
    "/*",
    "*/",
    "#",
    "\n",
    "\r\n",
    " ",
    "%{",
    "%}",
    "%(",
    "%)",
    "%?",
    "%",
    "$",
    "$$",
    "$1",
    "@1",
    "@",
    "@#",
    "$#",
    "@a",
    "a",
    "_",
    "a$b",
    "0x1f",
    "12ab",
    "7",
    ".",
    "<<<",
    "<<",
    "<",
    "=",
    ">",
    ">>",
    "!",
    "~",
    "&",
    "|",
    "^",
    "+",
    "-",
    "é",
    "\u{10ff80}",
    "\0",
    "\x01",
    "`",
    "\u{feff}",
    "probe",
    "for",
    "foreach",
    "forx",
    "if$",
    "{",
    "}",
    "[",
    ",",
    ";",
    ":",
    "?",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..30)) {
        prop_assert_eq!(difference(&pieces.concat()), None);
    }

    #[test]
    fn any_text(text in "(?s).{0,100}") {
        prop_assert_eq!(difference(&text), None);
    }

    /// A script with pieces thrown in.
    #[test]
    fn mutations(
        changes in prop::collection::vec((0..SCRIPT.len(), prop::sample::select(PIECES)), 1..6),
        cut in 0..=SCRIPT.len(),
    ) {
        let mut text = SCRIPT[..cut].to_owned();
        for (at, piece) in changes {
            let at = text.floor_char_boundary(at);
            text.insert_str(at, piece);
        }
        prop_assert_eq!(difference(&text), None);
    }
}

const SCRIPT: &str = r#"#! /usr/bin/env stap
global a, b%[10] = 0x1F // x
%{ #include <linux/fs.h> %}
function f:string (x:long) %{ /* pure */ STAP_RETURN("%}"); %}
@define max(a, b) %( (@a > @b ? @a : @b) %)
probe kernel.function("vfs_*@fs/read_write.c").return!, timer.ms($1) {
    /* all of
       this */
    a[pid(), "x\"y\\"] <<< $count$ + @max($x->y, 0777) >>> 1
    if (@1 !~ "^a.*\
b$") b[$#] .= 'c' . $$vars$$
    %( kernel_v >= "6.1" && $# != 2 %? next %: a--> b %)
}
"#;
