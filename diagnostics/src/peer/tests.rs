use expect_test::expect;

use super::*;
use crate::{Expansion, FileId};

/// The place of the first `what` in a file.
fn place(sources: &SourceMap, file: FileId, what: &str) -> Span {
    let start = sources.text(file).find(what).expect("it is there") as u32;
    Span::new(file, start, start + what.len() as u32)
}

#[test]
fn errors_of_syntax_say_what_was_seen() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", "probe begin {\tx = }\n@define m %( } %)\n\"ab");
    let used = place(&sources, file, "x");
    let made = sources.add_expansion(file, Expansion { what: "macro `@m`".to_owned(), used });
    let found = [
        Diagnostic::error("unexpected-token", "expected an expression, found `}`")
            .at(place(&sources, file, "}"), "expected an expression"),
        Diagnostic::error("unterminated-string", "this string is not closed")
            .at(place(&sources, file, "\"ab"), ""),
        Diagnostic::error("unexpected-end", "the script ends too early")
            .at(Span::new(file, 41, 41), "")
            .also(place(&sources, file, "{"), "this brace is never closed"),
        Diagnostic::error("unopened-brace", "this `}` closes nothing")
            .at(Span { file: made, ..place(&sources, file, "}") }, ""),
    ];
    expect![[r#"
        parse error: expected an expression, found `}`
                saw: operator '}' at f.stp:1:19
             source: probe begin {	x = }
                                  	    ^

        parse error: this string is not closed
                 at: string 'ab' at f.stp:3:1
             source: "ab
                     ^

        parse error: the script ends too early
                saw: f.stp EOF
        this brace is never closed: operator '{' at f.stp:1:13
             source: probe begin {	x = }
                                 ^

        parse error: this `}` closes nothing
                saw: operator '}' at f.stp:1:19
             source: probe begin {	x = }
                                  	    ^
        	in expansion of macro: identifier 'x' at f.stp:1:15
             source: probe begin {	x = }
                                  	^

        4 parse errors.
    "#]]
    .assert_eq(&render_peer(&sources, &found, &Colours::default()));
}

#[test]
fn errors_of_meaning_and_warnings_name_the_place_beside_the_message() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", "function f(x) { return x }\nprobe begin { f(1, 2) }\n");
    let found = [
        Diagnostic::warning("never-assigned", "`x` is never assigned")
            .at(place(&sources, file, "x"), "always 0"),
        Diagnostic::error("argument-count", "`f` takes 1 argument")
            .at(place(&sources, file, "f(1"), "too many")
            .also(place(&sources, file, "f(x"), "declared here")
            .note("a note")
            .help("leave one out"),
        Diagnostic::error("no-probe", "the script has no probe"),
    ];
    expect![[r#"
        WARNING: `x` is never assigned: identifier 'x' at f.stp:1:12
         source: function f(x) { return x }
                            ^
        semantic error: `f` takes 1 argument: identifier 'f' at f.stp:2:15
                source: probe begin { f(1, 2) }
                                      ^
        declared here: identifier 'f' at f.stp:1:10
                source: function f(x) { return x }
                                 ^
                  note: a note
                  help: leave one out

        semantic error: the script has no probe

    "#]]
    .assert_eq(&render_peer(&sources, &found, &Colours::default()));
}

#[test]
fn a_span_outside_its_file_does_no_harm() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", "äx");
    for (start, end) in [(50, 90), (1, 1), (1, 2), (4, u32::MAX)] {
        for id in [file, FileId(7)] {
            let found = Diagnostic::error("x", "message").at(Span::new(id, start, end), "");
            assert!(render_peer(&sources, &[found], &Colours::default()).contains("message"));
        }
    }
}

#[test]
fn colours_mark_the_title_the_place_the_word_and_the_caret() {
    let mut sources = SourceMap::new();
    let file = sources.add("f.stp", "probe begin { x = $y + \"a b\" }");
    let finding = |what: &str| {
        let at = place(&sources, file, what);
        let found = Diagnostic::error("unknown-variable", "no").at(at, "");
        let text = render_peer(&sources, &[found], &Colours::parse("token=4"));
        text.replace("\x1b[K", "").replace("\x1b[m", "]").replace("\x1b", "")
    };
    expect![[r#"
        [01;31msemantic error:] no: identifier '$y' at [00;34mf.stp:1:19]
                source: probe begin { x = [4m$y] + "a b" }
                                          [01m^]

        [01;31msemantic error:] no: string 'a b' at [00;34mf.stp:1:24]
                source: probe begin { x = $y + [4m"a b"] }
                                               [01m^]

    "#]]
    .assert_eq(&(finding("$y") + &finding("\"a b")));
}
