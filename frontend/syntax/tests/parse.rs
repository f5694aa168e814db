//! The parser: precedence, errors, and that nothing makes it panic.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use stapc_diagnostics::{SourceMap, render};
use stapc_syntax::{parse, print};

fn check(text: &str, expected: Expect) {
    let mut sources = SourceMap::new();
    let file = sources.add("t.stp", text);
    let (tree, diagnostics) = parse(file, text);
    let shown =
        if diagnostics.is_empty() { print(&tree) } else { render(&sources, &diagnostics, false) };
    expected.assert_eq(&shown);
}

fn check_expr(text: &str, expected: &str) {
    let script = format!("probe begin {{ {text} }}");
    let (tree, diagnostics) = parse(stapc_diagnostics::FileId(0), &script);
    assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
    let printed = print(&tree);
    assert_eq!(printed.lines().nth(1).map(str::trim), Some(expected));
}

#[test]
fn precedence() {
    for (text, expected) in [
        (
            "a=1 . 2 + 3 << 4 & 5 == 6 in z ^ 7 | 8 && 9 || 10 ? 1 : 2",
            "(a = ((((((((1 . (2 + 3)) << 4) & ([(5 == 6)] in z)) ^ 7) | 8) && 9) || 10) ? 1 : 2));",
        ),
        ("a = 1 == 2 < 3", "(a = ((1 == 2) < 3));"),
        ("a= !b in z", "(a = ([(!b)] in z));"),
        ("a=-b++ * ~c", "(a = ((-(b++)) * (~c)));"),
        ("a = b = c ? d : e ? f : g", "(a = (b = (c ? d : (e ? f : g))));"),
        ("a=1 + - 2 - 3", "(a = ((1 + (-2)) - 3));"),
        ("a <<< 1 + 2", "(a <<< (1 + 2));"),
        ("[a, b+1] in c && d", "(([a, (b + 1)] in c) && d);"),
        ("a[1, \"x\"] .= $p->q->r . \"y\" \"z\"", "(a[1, \"x\"] .= ($p->q->r . \"yz\"));"),
    ] {
        check_expr(text, expected);
    }
}

#[test]
fn statements_print_as_they_were_meant() {
    check(
        "global a, b[10] = 5, c%[3]\nfunction f:long(x, s:string) { return x }\n\
         probe begin, timer.ms(10), kernel.function(\"x\").return ? { foreach (v = [k-, l] in a limit 3) if (v) next; else delete a[k, l]; for (;;) break }",
        expect![[r#"
            global a, b[10] = 5, c%[3];
            function f:long(x, s:string) {
                return x;
            }
            probe begin, timer.ms(10), kernel.function("x").return? {
                foreach (v = [k-, l] in a limit 3)
                    if (v)
                        next;
                    else
                        delete a[k, l];
                for (; ; )
                    break;
            }
        "#]],
    );
}

#[test]
fn several_errors_are_shown_at_once() {
    check(
        "probe begin { x = ; y = 1 + }\nprbe end {}\nprobe end { if x) y() }",
        expect![[r#"
            error[syntax]: expected an expression, found `;`
              ┌─ t.stp:1:19
              │
            1 │ probe begin { x = ; y = 1 + }
              │                   ^ expected an expression

            error[syntax]: expected an expression, found `}`
              ┌─ t.stp:1:29
              │
            1 │ probe begin { x = ; y = 1 + }
              │                             ^ expected an expression

            error[syntax]: expected `probe`, `global` or `function`, found `prbe`
              ┌─ t.stp:2:1
              │
            2 │ prbe end {}
              │ ^^^^ no declaration starts like this
              │
              = help: did you mean `probe`?

            error[syntax]: expected `(` before the condition of `if`, found `x`
              ┌─ t.stp:3:16
              │
            3 │ probe end { if x) y() }
              │                ^ expected `(` before the condition of `if`

        "#]],
    );
}

#[test]
fn deep_nesting_is_an_error() {
    for text in [
        format!("probe begin {{ x = {}1{} }}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("probe begin {{ x = 1{} }}", " + 1".repeat(20_000)),
        format!("probe begin {{ x = {}1 }}", "-".repeat(20_001)),
        format!("probe begin {}", "{".repeat(20_000)),
        format!("probe begin {{ {} x }}", "if (1) ".repeat(20_000)),
        format!("probe begin {{ x = {}1 }}", "1 ? 1 : ".repeat(20_000)),
        format!("probe begin {{ x{} = 1 }}", " = x".repeat(20_000)),
        format!("probe begin {{ {}1 }}", "a[".repeat(20_000)),
        format!("probe begin {{ x = {}1 }}", "!".repeat(20_000)),
        format!("probe begin {{ x = \"\"{} }}", " . \"\"".repeat(20_000)),
        format!("probe begin {{ {} x }}", "while (1) ".repeat(20_000)),
        format!("probe begin {{ x = {}1 }}", "@count(".repeat(20_000)),
    ] {
        let (_, diagnostics) = parse(stapc_diagnostics::FileId(0), &text);
        let errors: Vec<_> =
            diagnostics.iter().filter(|diagnostic| diagnostic.code == "syntax").collect();
        assert!(
            matches!(errors[..], [error] if error.message.contains("levels deep")),
            "{}: {errors:?}",
            &text[..40]
        );
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
        format!("probe begin {{ print(1{}) }}", ", 1".repeat(10_000)),
        format!("global a{}", ", b".repeat(10_000)),
        format!("probe begin {{ x = \"\"{} }}", " \"a\"".repeat(10_000)),
        format!("probe begin {{ x = $a{} }}", "->b".repeat(10_000)),
    ] {
        let (tree, diagnostics) = parse(stapc_diagnostics::FileId(0), &text);
        assert_eq!(diagnostics, [], "{}", &text[..40]);
        assert!(parse(stapc_diagnostics::FileId(0), &print(&tree)).1.is_empty());
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
        "\u{fffd} ",
        "$",
        "@",
        "try {",
    ] {
        let (_, diagnostics) = parse(stapc_diagnostics::FileId(0), &noise.repeat(10_000));
        assert!((1..=50).contains(&diagnostics.len()), "{noise:?}: {}", diagnostics.len());
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,200}") {
        parse(stapc_diagnostics::FileId(0), &text);
    }

    #[test]
    fn any_soup_of_tokens_is_parsed_or_refused_and_what_is_parsed_prints_and_parses_again(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "probe", "begin", "global", "function", "{", "}", "(", ")", "[", "]", ",", ";", "x", "y", "1", "\"s\"", "+", "-", "*", "<<<", "=", "++",
            "in", "if", "else", "foreach", "for", "while", "delete", "return", "next", "$a", "->", "@count", "@hist_log", "?", ":", ".", "%", "limit", "!", "0x",
            "%(", "%{", "try", "printf", "kernel", "timer", "ms",
        ]), 0..60)
    ) {
        let text = tokens.join(" ");
        let (tree, diagnostics) = parse(stapc_diagnostics::FileId(0), &text);
        if diagnostics.is_empty() {
            let printed = print(&tree);
            let (again, diagnostics) = parse(stapc_diagnostics::FileId(0), &printed);
            prop_assert!(diagnostics.is_empty(), "{printed}");
            prop_assert_eq!(print(&again), printed);
        }
    }
}
