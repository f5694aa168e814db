use expect_test::{Expect, expect};

use super::*;
use crate::{Expansion, Span};

fn check(sources: &SourceMap, diagnostic: Diagnostic, expected: Expect) {
    expected.assert_eq(&render(sources, &[diagnostic], false));
}

/// The place of the first `what` in a file.
fn place(sources: &SourceMap, file: FileId, what: &str) -> Span {
    let start = sources.text(file).find(what).expect("it is there") as u32;
    Span::new(file, start, start + what.len() as u32)
}

#[test]
fn the_text_is_underlined() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", "probe begin {\n\tprint(nme)\n}\n");
    let diagnostic = Diagnostic::error("unknown-name", "nothing is called `nme`")
        .at(Span::new(file, 21, 24), "never assigned")
        .suggest("nme", ["name"]);
    check(
        &sources,
        diagnostic,
        expect![[r#"
            error[E0201]: nothing is called `nme`
              ┌─ f.stp:2:8
              │
            2 │     print(nme)
              │           ^^^ never assigned
              │
              = help: did you mean `name`?

        "#]],
    );
}

#[test]
fn places_of_several_lines_and_lines_between() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", "one\r\ntwo\r\nthree\r\nfour\r\n\r\n");
    let diagnostic = Diagnostic::warning("x", "message")
        .at(Span::new(file, 5, 10), "whole line")
        .also(place(&sources, file, "four"), "later")
        .also(Span::new(file, 1, 12), "all of it")
        .also(Span::new(file, 26, 26), "end");
    check(
        &sources,
        diagnostic,
        expect![[r#"
            warning[x]: message
              ┌─ f.stp:2:1
              │  
            1 │   one
              │ ╭──'
            2 │ │ two
              │ │ ^^^ whole line
            3 │ │ three
              │ ╰──' all of it
            4 │   four
              │   ---- later
            5 │   
            6 │   
              │   - end

        "#]],
    );
}

#[test]
fn the_chain_of_expansions_is_shown() {
    let mut sources = SourceMap::new();
    let library = sources.add("m.stpm", "@define inner(x) %( @x + \"a\" %)\n");
    let file =
        sources.add("f.stp", "@define m(x) %( @inner(@x) %)\nprobe begin { print(@m(1)) }\n");
    let used = place(&sources, file, "@m(1)");
    let outer = sources.add_expansion(file, Expansion { what: "macro `@m`".to_owned(), used });
    let used = Span { file: outer, ..place(&sources, file, "@inner") };
    let inner =
        sources.add_expansion(library, Expansion { what: "macro `@inner`".to_owned(), used });
    let at = Span { file: inner, ..place(&sources, library, "\"a\"") };
    let diagnostic = Diagnostic::error("type-mismatch", "a number is expected")
        .at(at, "this is a string")
        .also(Span { file: inner, ..place(&sources, library, "+") }, "because of this");
    check(
        &sources,
        diagnostic,
        expect![[r#"
            error[E0301]: a number is expected
              ┌─ m.stpm:1:26
              │
            1 │ @define inner(x) %( @x + "a" %)
              │                        - ^^^ this is a string
              │                        │  
              │                        because of this
              │
              ┌─ f.stp:1:17
              │
            1 │ @define m(x) %( @inner(@x) %)
              │                 ------ in this use of macro `@inner`
            2 │ probe begin { print(@m(1)) }
              │                     ----- in this use of macro `@m`

        "#]],
    );
}

#[test]
fn of_a_long_chain_the_ends_are_shown() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", "@m\n".repeat(40));
    let mut inner = file;
    for at in 0..30 {
        let used = Span::new(inner, at * 3, at * 3 + 2);
        inner = sources.add_expansion(file, Expansion { what: format!("macro `@m{at}`"), used });
    }
    let diagnostic = Diagnostic::error("x", "message").at(Span::new(inner, 99, 101), "");
    let shown = render(&sources, &[diagnostic], false);
    assert_eq!(shown.matches("in this use of").count(), 8, "{shown}");
    assert!(shown.contains("`@m29`") && shown.contains("`@m0`") && !shown.contains("`@m15`"));
    assert!(shown.contains("note: 22 more uses in between are not shown"), "{shown}");
}

#[test]
fn what_steers_a_terminal_and_what_is_no_text_is_replaced() {
    let mut sources = SourceMap::new();
    let file = sources.add_bytes("\x1b.stp", b"x = \"\x1b[31m\xff\xc3\xa4\" y\r\n");
    let diagnostic = Diagnostic::error("x", "\x1b]0;title\x07 \u{10ffff}")
        .at(place(&sources, file, "y"), "\x1b")
        .note("\x1b\n")
        .help("\u{202e}");
    check(
        &sources,
        diagnostic,
        expect![[r#"
            error[x]: ␛]0;title␇ �
              ┌─ ␛.stp:1:15
              │
            1 │ x = "␛[31m�ä" y
              │               ^ ␛
              │
              = note: ␛
              = help: �

        "#]],
    );
}

#[test]
fn a_span_outside_its_file_or_within_a_character_does_no_harm() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", "äx\n\nä");
    for (start, end) in [(50, 90), (1, 1), (1, 2), (0, 7), (3, 1), (4, 5), (7, 7), (8, u32::MAX)] {
        for id in [file, FileId(7)] {
            let diagnostic = Diagnostic::error("x", "message").at(Span::new(id, start, end), "");
            assert!(render(&sources, &[diagnostic], true).contains("message"));
        }
    }
}

#[test]
fn a_line_of_a_megabyte_is_not_shown() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", "\n".to_owned() + &"x".repeat(1 << 20));
    let diagnostic = Diagnostic::error("unexpected-token", "message")
        .at(Span::new(file, 1001, 1002), "")
        .help("shorten it");
    check(
        &sources,
        diagnostic,
        expect![[r#"
            error[E0130]: message (f.stp:2:1001)
              = help: shorten it

        "#]],
    );
}

#[test]
fn of_a_place_of_a_million_lines_the_first_is_shown() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", "/* \n".to_owned() + &"x\n".repeat(1 << 20));
    let diagnostic =
        Diagnostic::error("unterminated-comment", "message").at(Span::new(file, 0, 2 << 20), "");
    check(
        &sources,
        diagnostic,
        expect![[r#"
            error[E0103]: message
              ┌─ f.stp:1:1
              │
            1 │ /* 
              │ ^^^

        "#]],
    );
}

#[test]
fn a_long_line_in_the_middle_is_cut() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", format!("{{\n{}\n}}\n", "ä".repeat(1 << 20)));
    let end = sources.text(file).len() as u32 - 1;
    let diagnostic = Diagnostic::error("x", "message").at(Span::new(file, 0, end), "block");
    let shown = render(&sources, &[diagnostic], false);
    assert!(shown.len() < 3000 && shown.contains("block"), "{} bytes", shown.len());
}
