//! The parser: what it accepts, precedence, and errors.

mod common;

use common::{check_round_trip, parsed};
use expect_test::{Expect, expect};
use stapc_diagnostics::render;
use stapc_syntax::{ast::Tree, print, same};

/// The script printed, or its errors rendered.
fn shown(text: &str) -> String {
    let (sources, tree, diagnostics) = parsed(text);
    if diagnostics.is_empty() {
        print(&tree, &tree.items)
    } else {
        render(&sources, &diagnostics, false)
    }
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&shown(text));
}

fn cases(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

#[test]
fn what_systemtap_accepts_is_accepted_and_prints_the_same() {
    for text in cases(include_str!("cases/accepted.txt")) {
        assert_eq!(check_round_trip(text), Ok(()));
    }
}

#[test]
fn what_systemtap_refuses_is_refused_at_one_place() {
    for text in cases(include_str!("cases/refused.txt")) {
        let (_, _, diagnostics) = parsed(text);
        assert!((1..=2).contains(&diagnostics.len()), "{text}: {diagnostics:#?}");
    }
}

/// Each statement, and as it prints.
#[test]
fn parentheses_are_printed_where_they_are_needed() {
    for (text, expected) in [
        (
            "a=1 . 2 + 3 << 4 & 5 == 6 in z ^ 7 | 8 && 9 || 10 ? 1 : 2",
            "a = 1 . 2 + 3 << 4 & 5 == 6 in z ^ 7 | 8 && 9 || 10 ? 1 : 2;",
        ),
        (
            "a = (((((1 . (2+3)) << 4) & ((5==6) in z)) ^ 7) | 8)",
            "a = 1 . 2 + 3 << 4 & 5 == 6 in z ^ 7 | 8;",
        ),
        ("a = ((1 == 2) < 3)", "a = 1 == 2 < 3;"),
        ("a = 1 == (2 < 3)", "a = 1 == (2 < 3);"),
        ("a = (b in c) in d", "a = (b in c) in d;"),
        ("a = (b in c) == d", "a = (b in c) == d;"),
        ("a = (b =~ \"c\") == d", "a = (b =~ \"c\") == d;"),
        ("a = (b =~ \"c\") in d", "a = b =~ \"c\" in d;"),
        ("a = (b == c) =~ \"d\"", "a = (b == c) =~ \"d\";"),
        ("a = [b] in c", "a = b in c;"),
        ("a = [*, (b & c)] in d", "a = [*, (b & c)] in d;"),
        ("a = !(b in c)", "a = !(b in c);"),
        ("a=(-(b++)) * (~c)", "a = -b++ * ~c;"),
        ("a=(-b)++ - (- -c) - !(~d) + (+ +e)", "a = (-b)++ - - -c - ! ~d + + +e;"),
        ("a=- --b - (-(++c))", "a = - --b - -++c;"),
        ("a = (b = (c ? d : (e ? f : g)))", "a = b = c ? d : e ? f : g;"),
        ("a = (b ? c : d) ? (e ? f : g) : (h = i)", "a = (b ? c : d) ? e ? f : g : (h = i);"),
        ("(a ? b : c) = (d <<< e)", "a ? b : c = d <<< e;"),
        ("(a = b) = c", "(a = b) = c;"),
        ("a = b - (c - d) - e", "a = b - (c - d) - e;"),
        ("(x)[1] = (x)->y; x[1] = (x[1])->y", "(x)[1] = x->y;"),
        ("a = ($b->c)->d . (x->y)->z", "a = ($b->c)->d . (x->y)->z;"),
        ("a = &($b->c) . (&$b)->c . &x", "a = &$b->c . (&$b)->c . &x;"),
        (
            "a = $b$ . $c->d[1]$$ . $$vars . @cast(1, \"t\")$",
            "a = $b$ . $c->d[1]$$ . $$vars . @cast(1, \"t\")$;",
        ),
        ("a = (b + 1)->c . f(1)->d[2]", "a = (b + 1)->c . f(1)->d[2];"),
        ("a = @hist_linear(b, -1, 0x10, 2)[-1]", "a = @hist_linear(b, -1, 16, 2)[-1];"),
        ("a = 0xffffffffffffffff - 1", "a = 0xffffffffffffffff - 1;"),
        ("a[1, \"x\"] .= $p->q->r . \"y\" \"z\"", "a[1, \"x\"] .= $p->q->r . \"yz\";"),
    ] {
        let script = format!("probe begin {{ {text} }}");
        let printed = shown(&script);
        assert_eq!(printed.lines().nth(1).map(str::trim), Some(expected), "{printed}");
        assert_eq!(check_round_trip(&script), Ok(()));
    }
}

#[test]
fn strings_and_code_keep_their_bytes() {
    for text in [
        "global c = \"\\x01\" \"2\\\"\\\\\\n\\t\\177é\\377\\200\\r\\303\"",
        "global c = \"a\\303\\251\u{85}\u{10ffff}\u{feff}%{ %( /* # //\"",
        "%{ é\u{10fffe} /* %( */ %} function f() %{%} probe begin { x = %{ 1 %} }",
        "global a = -9223372036854775808, b = 0x8000000000000000, c = -0",
    ] {
        assert_eq!(check_round_trip(text), Ok(()));
    }
    check(
        "global c = \"\\x01\\\\\\\"\\n\\t\\177é\\377\\303\\251\u{10ffff}\"",
        expect![[r#"
            global c = "\001\\\"\n\t\177é\377é\377";
        "#]],
    );
}

#[test]
fn declarations_print_as_they_were_meant() {
    check(
        "global a, b%[10], d = 5 private function f:long(x, s:string,) :3 { return x } private x = \"\"; \
         function g() %{ x %} %{ y %} \
         probe a.b = c = begin.{x,y(\"1\").z?}!, timer.ms(10) if (x = 1) {}, { next } \
         probe a += *.b**(-1) { ; {} }",
        expect![[r#"
            global a, b%[10], d = 5;
            private function f:long(x, s:string) :3 {
                return x;
            }
            private global x = "";
            function g() %{ x %}
            %{ y %}
            probe a.b = c = begin.{x, y("1").z?}!, timer.ms(10) if (x = 1) {
            }, {
                next;
            }
            probe a += *.b**(-1) {
                ;
                {
                }
            }
        "#]],
    );
}

#[test]
fn statements_print_as_they_were_meant() {
    check(
        "probe begin { foreach (v = [k-, l] in a[1, *] limit 3) if (v) next; else delete a[k, l]; for (;;) break \
         foreach (k in @hist_log(a)+) foreach (v- = k in b) foreach (k in c @avg -) {} while (a) b c \
         if (1) if (2) ; else if (3) {} else x = 1 try { a } catch (m) { b } try {} catch {} }",
        expect![[r#"
            probe begin {
                foreach (v = [k-, l] in a[1, *] limit 3)
                    if (v)
                        next;
                    else
                        delete a[k, l];
                for (; ; )
                    break;
                foreach ([k] in @hist_log(a)+)
                    foreach (v = [k] in b-)
                        foreach ([k] in c @avg-) {
                        }
                while (a)
                    b;
                c;
                if (1)
                    if (2)
                        ;
                    else if (3) {
                    }
                    else
                        x = 1;
                try {
                    a;
                } catch (m) {
                    b;
                }
                try {
                } catch {
                }
            }
        "#]],
    );
}

#[test]
fn trees_that_differ_are_not_the_same() {
    let scripts = [
        "global a",
        "global b",
        "private global a",
        "global a%",
        "global a[1]",
        "global a[2]",
        "global a = 1",
        "global a = \"1\"",
        "function f() {}",
        "function f(a) {}",
        "function f(a:long) {}",
        "function f:long() {}",
        "function f() :1 {}",
        "function f() %{ %}",
        "probe a {}",
        "probe a? {}",
        "probe a! {}",
        "probe a if (1) {}",
        "probe a.b {}",
        "probe a(1) {}",
        "probe a(\"1\") {}",
        "probe {a} {}",
        "probe a, a {}",
        "probe a = b {}",
        "probe a = b = b {}",
        "probe a += b {}",
        "probe a = b {}, {}",
        "%{ %}",
        "%{%}",
        "probe a { a }",
        "probe a { b }",
        "probe a { 1 }",
        "probe a { \"1\" }",
        "probe a { $a }",
        "probe a { $a->b }",
        "probe a { $a[1] }",
        "probe a { $a$ }",
        "probe a { &$a }",
        "probe a { a->b }",
        "probe a { &a }",
        "probe a { @cast(1, \"a\") }",
        "probe a { @var(\"a\") }",
        "probe a { a[1] }",
        "probe a { a[*] }",
        "probe a { a(1) }",
        "probe a { @count(a) }",
        "probe a { @sum(a) }",
        "probe a { @hist_log(a)[1] }",
        "probe a { @defined(a) }",
        "probe a { -a }",
        "probe a { !a }",
        "probe a { a + b }",
        "probe a { b + a }",
        "probe a { a - b }",
        "probe a { a =~ \"b\" }",
        "probe a { a !~ \"b\" }",
        "probe a { a ? b : c }",
        "probe a { a in b }",
        "probe a { [a, *] in b }",
        "probe a { a = b }",
        "probe a { a += b }",
        "probe a { a <<< b }",
        "probe a { a++ }",
        "probe a { ++a }",
        "probe a { --a }",
        "probe a { %{ %} }",
        "probe a { ; }",
        "probe a { {} }",
        "probe a { if (1) ; }",
        "probe a { if (1) ; else ; }",
        "probe a { if (1) ; else if (1) ; }",
        "probe a { while (1) ; }",
        "probe a { for (;;) ; }",
        "probe a { for (1;;) ; }",
        "probe a { for (;1;) ; }",
        "probe a { foreach (a in b) ; }",
        "probe a { foreach (a+ in b) ; }",
        "probe a { foreach (a- in b) ; }",
        "probe a { foreach (a in b+) ; }",
        "probe a { foreach (a in b @sum+) ; }",
        "probe a { foreach (a in b[1]) ; }",
        "probe a { foreach (a in b limit 1) ; }",
        "probe a { foreach (v = a in b) ; }",
        "probe a { foreach ([a, b] in b) ; }",
        "probe a { foreach (a in @hist_log(b)) ; }",
        "probe a { break }",
        "probe a { continue }",
        "probe a { next }",
        "probe a { delete a }",
        "function f() { return }",
        "function f() { return 1 }",
        "probe a { try {} catch {} }",
        "probe a { try {} catch (m) {} }",
    ];
    let trees: Vec<Tree> = scripts.iter().map(|script| parsed(script).1).collect();
    for (left, first) in trees.iter().zip(scripts) {
        for (right, second) in trees.iter().zip(scripts) {
            let equal = same((left, &left.items), (right, &right.items));
            assert_eq!(equal, first == second, "{first} and {second}");
        }
    }
}

#[test]
fn several_errors_are_shown_at_once() {
    check(
        "probe begin { x = ; y = 1 + }\nprbe end {}\nprobe end { if x) y(,) }\nfunction f(if) { z = }\nglobal a[0]",
        expect![[r#"
            error[E0130]: expected an expression, found `;`
              ┌─ t.stp:1:19
              │
            1 │ probe begin { x = ; y = 1 + }
              │                   ^ expected an expression

            error[E0130]: expected an expression, found `}`
              ┌─ t.stp:1:29
              │
            1 │ probe begin { x = ; y = 1 + }
              │                             ^ expected an expression

            error[E0135]: expected `probe`, `global` or `function`, found `prbe`
              ┌─ t.stp:2:1
              │
            2 │ prbe end {}
              │ ^^^^ no declaration starts like this
              │
              = help: did you mean `probe`?

            error[E0130]: expected `(` before the condition of `if`, found `x`
              ┌─ t.stp:3:16
              │
            3 │ probe end { if x) y(,) }
              │                ^ expected `(` before the condition of `if`

            error[E0130]: expected an expression, found `,`
              ┌─ t.stp:3:21
              │
            3 │ probe end { if x) y(,) }
              │                     ^ expected an expression

            error[E0139]: expected the name of a parameter, found the keyword `if`
              ┌─ t.stp:4:12
              │
            4 │ function f(if) { z = }
              │            ^^ expected the name of a parameter
              │
              = help: choose another name, such as `if_`

            error[E0130]: expected an expression, found `}`
              ┌─ t.stp:4:22
              │
            4 │ function f(if) { z = }
              │                      ^ expected an expression

            error[E0306]: an array of 0 elements
              ┌─ t.stp:5:10
              │
            5 │ global a[0]
              │          ^ expected a number from 1 to 2147483647

        "#]],
    );
}

/// Behind a head that is wrong, its statement is parsed all the same.
#[test]
fn wrong_heads_do_not_hide_what_they_govern() {
    check(
        "probe begin { for (a b; c; d) { x = } foreach (in a) y = ; while () { z = } if (a { 1 = } else if (b) ; }",
        expect![[r#"
            error[E0130]: expected `;` after the first part of `for`, found `b`
              ┌─ t.stp:1:22
              │
            1 │ probe begin { for (a b; c; d) { x = } foreach (in a) y = ; while () { z = } if (a { 1 = } else if (b) ; }
              │                      ^ expected `;` after the first part of `for`

            error[E0130]: expected an expression, found `}`
              ┌─ t.stp:1:37
              │
            1 │ probe begin { for (a b; c; d) { x = } foreach (in a) y = ; while () { z = } if (a { 1 = } else if (b) ; }
              │                                     ^ expected an expression

            error[E0139]: expected a loop variable, found the keyword `in`
              ┌─ t.stp:1:48
              │
            1 │ probe begin { for (a b; c; d) { x = } foreach (in a) y = ; while () { z = } if (a { 1 = } else if (b) ; }
              │                                                ^^ expected a loop variable
              │
              = help: choose another name, such as `in_`

            error[E0130]: expected an expression, found `;`
              ┌─ t.stp:1:58
              │
            1 │ probe begin { for (a b; c; d) { x = } foreach (in a) y = ; while () { z = } if (a { 1 = } else if (b) ; }
              │                                                          ^ expected an expression

            error[E0130]: expected an expression, found `)`
              ┌─ t.stp:1:67
              │
            1 │ probe begin { for (a b; c; d) { x = } foreach (in a) y = ; while () { z = } if (a { 1 = } else if (b) ; }
              │                                                                   ^ expected an expression

            error[E0130]: expected an expression, found `}`
              ┌─ t.stp:1:75
              │
            1 │ probe begin { for (a b; c; d) { x = } foreach (in a) y = ; while () { z = } if (a { 1 = } else if (b) ; }
              │                                                                           ^ expected an expression

            error[E0130]: expected `)` after the condition of `if`, found `{`
              ┌─ t.stp:1:83
              │
            1 │ probe begin { for (a b; c; d) { x = } foreach (in a) y = ; while () { z = } if (a { 1 = } else if (b) ; }
              │                                                                                   ^ expected `)` after the condition of `if`

            error[E0130]: expected an expression, found `}`
              ┌─ t.stp:1:89
              │
            1 │ probe begin { for (a b; c; d) { x = } foreach (in a) y = ; while () { z = } if (a { 1 = } else if (b) ; }
              │                                                                                         ^ expected an expression

        "#]],
    );
}

#[test]
fn errors_say_what_to_do() {
    for (text, expected) in [
        ("probe begin { x &&= 1 }", "there is no such assignment: write `x = x && y` in full"),
        ("probe begin { x = [a] in b == c }", "put what is before it in parentheses"),
        ("probe begin { x = 1, y = 2 }", "statements end with `;`"),
        ("probe begin { x = @cuont(y) }", "did you mean `@count`?"),
        ("@define twice(x) %( @x + @x %) probe begin { x = @twic(1) }", "did you mean `@twice`?"),
        (
            "probe begin { long x = 1 }",
            "variables are not declared: a value assigned to one gives it its type",
        ),
        ("function f(a):long {}", "write it behind the name: `function f:long(…)`"),
        ("probe begin { return }", "`next` ends the probe"),
        (
            "probe begin { x = @hist_log(y) }",
            "`print(@hist_log(x))` draws it, and `foreach` goes over its buckets",
        ),
        ("probe begin { foreach (k in a @smu+) ; }", "did you mean `@sum`?"),
        ("probe a.{b if (1)} {}", "write it behind the whole probe point"),
        ("probe begin { x = $a$$$ }", "`$` prints a structure, `$$` also those inside it"),
        ("global next", "choose another name, such as `next_`"),
    ] {
        let (_, _, diagnostics) = parsed(text);
        let help: Vec<_> =
            diagnostics.iter().map(|diagnostic| diagnostic.help.as_deref()).collect();
        assert_eq!(help, [Some(expected)], "{text}");
    }
}

/// Places of what macros have made join to the use that both ends have in common.
#[test]
fn spans_join_over_macros() {
    let text = "@define two %( (1 + 1) %) @define four %( (@two + @two) %) \
                probe begin { y = @four * @four }";
    let (sources, tree, diagnostics) = parsed(text);
    assert_eq!(diagnostics, []);
    let spans: Vec<&str> = tree.exprs.iter().map(|(_, expr)| sources.slice(expr.span)).collect();
    for place in ["1 + 1", "@two + @two", "@four * @four", "y = @four * @four"] {
        assert!(spans.contains(&place), "{place}: {spans:?}");
    }
    assert_eq!(sources.slice(tree.items[0].span), "probe begin { y = @four * @four }");
}
