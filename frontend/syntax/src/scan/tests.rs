//! Tokens of corners of the grammar.

use expect_test::expect;
use stapc_diagnostics::SourceMap;

use super::*;
use crate::dump;

fn check(text: &str, expected: expect_test::Expect) {
    let mut sources = SourceMap::new();
    let file = sources.add("t", text);
    let (tokens, diagnostics) = scan(file, text, false);
    let problems: String = diagnostics
        .iter()
        .map(|d| format!("! {} {:?}\n", d.message, d.span().map(|s| sources.slice(s))))
        .collect();
    expected.assert_eq(&(dump(&sources, &tokens) + &problems));
}

#[test]
fn every_operator_is_found_by_its_text() {
    for kind in TokenKind::OPERATORS {
        let (tokens, diagnostics) = scan(FileId(0), kind.text(), false);
        assert_eq!(tokens[0].kind, *kind);
        assert_eq!((tokens.len(), diagnostics.len()), (2, 0), "{}", kind.text());
    }
}

#[test]
fn longest_operators_win() {
    check(
        "a<<<1>>>2 $x->y @count(z)# gone\n",
        expect![[r#"
        1:1	Identifier	a
        1:2	Operator	<<<
        1:5	Number	1
        1:6	Operator	>>>
        1:9	Number	2
        1:11	Target	$x
        1:13	Operator	->
        1:15	Identifier	y
        1:17	AtWord	@count
        1:23	Operator	(
        1:24	Identifier	z
        1:25	Operator	)
        2:1	End	
    "#]],
    );
}

#[test]
fn what_is_not_closed_is_reported_at_its_start() {
    check(
        "x \"abc\ny /* z\n w",
        expect![[r#"
        1:1	Identifier	x
        1:3	String	\"abc
        2:1	Identifier	y
        3:3	End	
        ! this string has no closing quote on its line Some("\"abc")
        ! this comment has no closing `*/` Some("/* z")
    "#]],
    );
    check(
        "x %{ z\n w",
        expect![[r#"
        1:1	Identifier	x
        1:3	Stray	%{ z\n w
        2:3	End	
        ! this embedded C has no closing `%}` Some("%{ z")
    "#]],
    );
}

#[test]
fn line_ends_of_other_systems_and_comments_of_each_style() {
    check(
        "\u{feff}a # x\r\nb // y\r\n/* z\r\n */ \"c\\\r\nd\" a$b\r\n",
        expect![[r#"
        1:2	Identifier	a
        2:1	Identifier	b
        4:5	String	\"c\\\r\nd\"
        5:4	Identifier	a$b
        6:1	End	
    "#]],
    );
}

/// Each as SystemTap 4.8 takes it.
#[test]
fn dollars_and_arguments() {
    check(
        "$x$ $x$$ $$vars$ $a$x p->b$ $ $$ $_1 a$1 $1x $1$2 $12 @1x $# @# -$1 a@1 @a$ 1$a 1_0",
        expect![[r#"
            1:1	Target	$x$
            1:5	Target	$x$$
            1:10	Target	$$vars$
            1:18	Target	$a$x
            1:23	Identifier	p
            1:24	Operator	->
            1:26	Identifier	b$
            1:29	Target	$
            1:31	Target	$$
            1:34	Target	$_1
            1:38	Identifier	a$1
            1:42	Argument	$1
            1:44	Identifier	x
            1:46	Argument	$1
            1:48	Argument	$2
            1:51	Argument	$12
            1:55	Argument	@1
            1:57	Identifier	x
            1:59	Argument	$#
            1:62	Argument	@#
            1:65	Operator	-
            1:66	Argument	$1
            1:69	Identifier	a
            1:70	Argument	@1
            1:73	AtWord	@a$
            1:77	Number	1
            1:78	Target	$a
            1:81	Number	1
            1:82	Identifier	_0
            1:84	End	
        "#]],
    );
}

#[test]
fn what_has_no_meaning_is_reported_together() {
    check(
        "a \0\u{1}\u{fffd} b 'c' \u{10ffff}# \u{10ffff}\n\"\u{10ffff}\" ' @ \\",
        expect![[r#"
            1:1	Identifier	a
            1:3	Stray	\0\u{1}�
            1:7	Identifier	b
            1:9	Stray	\'c\'
            1:13	Stray	\u{10ffff}
            2:1	String	\"\u{10ffff}\"
            2:5	Stray	\'
            2:7	Stray	@
            2:9	Stray	\\
            2:10	End	
            ! this has no meaning here Some("\0\u{1}�")
            ! single quotes have no meaning here Some("'c'")
            ! this is not UTF-8 text Some("\u{10ffff}")
            ! this has no meaning here Some("'")
            ! this has no meaning here Some("@")
            ! this has no meaning here Some("\\")
        "#]],
    );
}

#[test]
fn a_script_has_a_longest_length() {
    let text = " ".repeat(LONGEST_SCRIPT + 1);
    let (tokens, diagnostics) = scan(FileId(0), &text, false);
    assert_eq!((tokens.len(), diagnostics.len()), (1, 1));
    assert_eq!(diagnostics[0].code, "too-large");
}
