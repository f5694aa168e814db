//! The parser and the printer on scripts of any depth and length, and on noise: an error or a tree,
//! soon, and never a panic.

mod common;

use common::{check_round_trip, parsed};
use proptest::prelude::*;

#[test]
fn deep_nesting_is_an_error() {
    for text in [
        format!("probe begin {{ x = {}1{} }}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("probe begin {{ x = 1{} }}", " + 1".repeat(20_000)),
        format!("probe begin {{ x = {}1 }}", "- ".repeat(20_000)),
        format!("probe begin {}", "{".repeat(20_000)),
        format!("probe begin {{ {} x }}", "if (1) ".repeat(20_000)),
        format!("probe begin {{ x = {}1 }}", "1 ? 1 : ".repeat(20_000)),
        format!("probe begin {{ x = {}1 }}", "1 ? ".repeat(20_000)),
        format!("probe begin {{ x{} = 1 }}", " = x".repeat(20_000)),
        format!("probe begin {{ {}1 }}", "a[".repeat(20_000)),
        format!("probe begin {{ {}1 }}", "$a[".repeat(20_000)),
        format!("probe begin {{ x = {}1 }}", "!".repeat(20_000)),
        format!("probe begin {{ x = \"\"{} }}", " . \"\"".repeat(20_000)),
        format!(
            "probe begin {{ x = {}1 }}",
            "1 || 1 && 1 | 1 ^ 1 & 1 == 1 << 1 . 1 + 1 * (".repeat(9_000)
        ),
        format!("probe begin {{ {} x }}", "while (1) ".repeat(20_000)),
        format!("probe begin {{ {} x }}", "for (;;) ".repeat(20_000)),
        format!("probe begin {{ {} x }}", "foreach (a in b) ".repeat(20_000)),
        format!("probe begin {{ x = {}1 }}", "@count(".repeat(20_000)),
        format!("probe begin {{ {}1 }}", "print(@hist_log(".repeat(20_000)),
        format!("probe begin {{ {}1 }}", "f(".repeat(20_000)),
        format!("probe begin {{ {} }}", "try {".repeat(20_000)),
        format!("probe {} {{}}", "a.{".repeat(20_000)),
    ] {
        let (_, _, diagnostics) = parsed(&text);
        assert!(
            matches!(&diagnostics[..], [error] if error.message.contains("levels deep")),
            "{}: {diagnostics:?}",
            &text[..40]
        );
    }
}

/// As deep as may be, in every way that nests.
#[test]
fn what_is_nested_200_levels_deep_is_parsed_and_printed() {
    for (open, close) in [
        ("(", ")"),
        ("-", ""),
        ("f(", ")"),
        ("a[", "]"),
        ("1 || 1 && 1 | 1 ^ 1 & 1 == 1 << 1 . 1 + 1 * (", ")"),
        ("1 ? 1 : ", ""),
        ("x = ", ""),
        ("print(@hist_log(a)[", "])"),
    ] {
        let tries = (1..200).rev().map(|depth| {
            let text = format!("probe a {{ {}1{} }}", open.repeat(depth), close.repeat(depth));
            check_round_trip(&text)
        });
        assert!(tries.into_iter().any(|result| result.is_ok()), "{open}");
    }
}

/// What may be long without nesting is parsed, however long it is.
#[test]
fn long_scripts_are_parsed() {
    let arms: String = (0..10_000).map(|n| format!("if (x == {n}) y = {n} else ")).collect();
    for text in [
        format!("probe begin {{ {arms} y = 0 }}"),
        format!("probe begin {{ {} }}", "x = 1 ".repeat(10_000)),
        format!("probe begin{} {{ }}", ", end".repeat(10_000)),
        format!("probe begin{} {{ }}", ".a".repeat(10_000)),
        format!("probe {}begin {{ }}", "a = ".repeat(10_000)),
        format!("probe a.{{b{}}} {{ }}", ", c".repeat(10_000)),
        format!("probe begin {{ print(1{}) }}", ", 1".repeat(10_000)),
        format!("global a{}", ", b".repeat(10_000)),
        format!("probe begin {{ x = \"\"{} }}", " \"a\"".repeat(10_000)),
        format!("probe begin {{ x = $a{} }}", "->b".repeat(10_000)),
        format!("probe begin {{ x = $a{} }}", "[1]".repeat(10_000)),
    ] {
        assert_eq!(check_round_trip(&text), Ok(()), "{}", &text[..40]);
    }
}

/// A file of noise gives a page of errors, not one for each byte, and takes no time.
#[test]
fn noise_gives_few_errors() {
    for noise in [
        "\u{1}x ",
        "= ",
        "probe ",
        "} ",
        "{ ",
        "\"\n",
        "@x ",
        "%( ",
        "%) ",
        "probe x { y = } ",
        "1x ",
        "\u{10ffff} ",
        "$",
        "@",
        "try {",
        "probe a { if ( ",
        "probe a { for ( ; ",
        "private ",
        "%{ ",
        "global a[ ",
        "function ",
        "probe a.{ ",
        "probe a { foreach ( [ ",
        "probe a = ",
        "printf(\n",
        "function f( : ",
        "probe a { x = [1] in [",
    ] {
        let (_, _, diagnostics) = parsed(&noise.repeat(10_000));
        assert!((1..=50).contains(&diagnostics.len()), "{noise:?}: {}", diagnostics.len());
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,200}") {
        parsed(&text);
    }

    #[test]
    fn any_soup_of_tokens_is_parsed_or_refused_and_what_is_parsed_prints_the_same(
        head in prop::sample::select(vec!["probe a { ", "", "function f() { ", "global "]),
        tokens in prop::collection::vec(prop::sample::select(vec![
            "probe", "begin", "global", "function", "private", "{", "}", "(", ")", "[", "]", ",", ";", "x", "y", "1", "\"s\"", "+", "-", "*", "<<<",
            "=", "+=", "++", "--", "&", "!", "~", "=~", "==", "&&", "in", "if", "else", "foreach", "for", "while", "delete", "return", "next", "$a", "$a$",
            "$", "->", "@count", "@hist_log", "@cast", "@var", "@defined", "@kderef", "?", ":", ".", "%", "limit", "0x", "%(", "%{ c %}", "try", "catch",
            "printf", "print", "kernel", "timer", "long",
        ]), 0..60)
    ) {
        let text = format!("{head}{}", tokens.join(" "));
        let (_, _, diagnostics) = parsed(&text);
        if diagnostics.is_empty() {
            prop_assert_eq!(check_round_trip(&text), Ok(()));
        }
    }

    #[test]
    fn any_expression_prints_the_same(expr in expression()) {
        let text = format!("probe a {{ x = ({expr}) }}");
        prop_assert_eq!(check_round_trip(&text), Ok(()));
    }

    #[test]
    fn any_statement_prints_the_same(stmt in statement()) {
        prop_assert_eq!(check_round_trip(&format!("function f() {{ {stmt} }}")), Ok(()));
    }
}

/// Expressions with parentheses around every operand.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "0xffffffffffffffff",
        "\"s\"",
        "x",
        "$a",
        "$a->b",
        "$a$",
        "$$v",
        "@var(\"a\")",
        "%{ c %}",
        "f()",
        "a[1]",
        "a[*, 2]",
        "@cast(1, \"t\")->u[1]$",
        "@hist_log(a)[1]",
        "@variance(x, -3)",
        "[a, *] in b",
        "&$a",
        "&x->y",
        "@hist_linear(x, -1, 2, 3)[0]",
        "@kderef(4, x)",
        "print(@hist_log(x))",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(6, 64, 3, |inner| {
        let one = prop::sample::select(vec![
            "-(#)",
            "!(#)",
            "~(#)",
            "+(#)",
            "++(#)",
            "--(#)",
            "(#)++",
            "(#)--",
            "&(#)",
            "(#)->m",
            "(#)[1]",
            "(#)->m[(#)]",
            "f(#)",
            "a[(#), 1]",
            "@count(#)",
            "(#) in a",
            "[(#), (#)] in a",
            "(#) =~ \"p\"",
            "(#) !~ \"p\"",
            "#",
        ]);
        let two = prop::sample::select(vec![
            "||", "&&", "|", "^", "&", "==", "<", "<<", ">>>", ".", "+", "-", "*", "%", "=", "+=",
            "<<<", "?",
        ]);
        prop_oneof![
            (one, inner.clone()).prop_map(|(form, x)| form.replace('#', &x)),
            (two, inner.clone(), inner).prop_map(|(op, x, y)| match op {
                "?" => format!("({x}) ? ({y}) : ({x})"),
                op => format!("({x}) {op} ({y})"),
            }),
        ]
    })
}

/// Statements, ending with `;` where they can.
fn statement() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        ";",
        "x = 1;",
        "{}",
        "next;",
        "return;",
        "return 1;",
        "break;",
        "delete a[*];",
        "[a, b] in c;",
        "-x;",
        "(x)->y;",
        "%{ c %};",
        "$a++;",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(5, 32, 2, |inner| {
        let forms = prop::sample::select(vec![
            "if (x) #",
            "if (x) # else @",
            "if (x) # else if (y) @",
            "while (x) #",
            "for (;;) #",
            "for (a;b;c) #",
            "foreach (k in a) #",
            "foreach (v = [k, l-] in a limit 3) #",
            "{ # @ }",
            "try { # } catch (m) { @ }",
            "if (x) { # } else { @ }",
        ]);
        (forms, inner.clone(), inner)
            .prop_map(|(form, x, y)| form.replace('#', &x).replace('@', &y))
    })
}
