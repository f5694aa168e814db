//! Statements and expressions.

use expect_test::expect;

use crate::{check, formatted};

#[test]
fn one_statement_a_line() {
    check(
        "probe begin { a=1;b=2;;c=f(1)d=2 e++ if(a)b=1 else c=2 return_value = \"x\" \"y\"\n\"z\" delete m[1] delete n }",
        expect![[r#"
            probe begin {
                a = 1;
                b = 2;;
                c = f(1)
                d = 2
                e++
                if (a) b = 1 else c = 2
                return_value = "x" "y"
                    "z"
                delete m[1]
                delete n
            }
        "#]],
    );
}

#[test]
fn branches() {
    check(
        "probe begin {\nif (a) { b=1 }\nelse if(c){ d=1; e=2 }\nelse\n{ f=1 }\nif (a)\nb=1\nelse c=1\nif (a) b=1; else c=1\nif (a)\nif (b)\nc=1\nelse\nd=1\nelse\n   if (x) y=1\nz=1 }",
        expect![[r#"
            probe begin {
                if (a) {
                    b = 1
                } else if (c) {
                    d = 1;
                    e = 2
                } else {
                    f = 1
                }
                if (a)
                    b = 1
                else
                    c = 1
                if (a) b = 1; else c = 1
                if (a)
                    if (b)
                        c = 1
                    else
                        d = 1
                else if (x)
                    y = 1
                z = 1
            }
        "#]],
    );
}

#[test]
fn loops() {
    check(
        "probe begin {\nwhile(a<10)a++\nfor(i=0;i<10;i++){x+=i}\nfor(;;)break\nfor (i = 0;\n i < 10;\n i++) { x }\nforeach(v=[a,b]in m[*,1]limit 5)\nprintln(a)\nforeach(k in m @sum - limit n+1) { next }\nforeach ([a+,b] in m) foreach (c- in n)\n{ x=1\n}\nwhile (x++ < 5) ;\n}",
        expect![[r#"
            probe begin {
                while (a < 10) a++
                for (i = 0; i < 10; i++) { x += i }
                for (;;) break
                for (i = 0;
                        i < 10;
                        i++) {
                    x
                }
                foreach (v = [a, b] in m[*, 1] limit 5)
                    println(a)
                foreach (k in m @sum- limit n + 1) { next }
                foreach ([a+, b] in m) foreach (c- in n) {
                    x = 1
                }
                while (x++ < 5);
            }
        "#]],
    );
}

#[test]
fn what_goes_wrong_and_is_caught() {
    check(
        "probe begin {try{a=1}catch{b=1}try{a=1}\ncatch(msg)\n{b=msg} try { } catch { } }",
        expect![[r#"
            probe begin {
                try {
                    a = 1
                } catch {
                    b = 1
                }
                try {
                    a = 1
                } catch (msg) {
                    b = msg
                }
                try {} catch {}
            }
        "#]],
    );
}

#[test]
fn blocks_in_blocks() {
    check(
        "probe begin { { a=1\n{ b=1 } } { }\n\n\n if (x) { if (y) { z = 1 } } }",
        expect![[r#"
            probe begin {
                {
                    a = 1
                    { b = 1 }
                }
                {}

                if (x) {
                    if (y) { z = 1 }
                }
            }
        "#]],
    );
}

#[test]
fn blank_lines_in_blocks() {
    check(
        "probe begin {\n\n\na=1\n\n\n\nb=1\nc=1\n\n# d\n\nd=1\n\n}",
        expect![[r#"
            probe begin {
                a = 1

                b = 1
                c = 1

                # d

                d = 1
            }
        "#]],
    );
}

#[test]
fn operators() {
    check(
        "probe begin {\na=- b-(-c)- -d\nx=!y&&~z||!(w)\nv=a?b:c?d:e\nt.=\"a\".b\ns<<<- 1\nu=a<<1>>2>>>3\nr=a=~\"x\"&&b!~\"y\"\nq=[a,1]in m||b in n\np=&$q->r[1] [2]->next+& @cast(p,\"t\")->limit\no=a% (b)%c\n--n;++ m;l --\nk%=- 1\n}",
        expect![[r#"
            probe begin {
                a = -b - (-c) - -d
                x = !y && ~z || !(w)
                v = a ? b : c ? d : e
                t .= "a" . b
                s <<< -1
                u = a << 1 >> 2 >>> 3
                r = a =~ "x" && b !~ "y"
                q = [a, 1] in m || b in n
                p = &$q->r[1][2]->next + &@cast(p, "t")->limit
                o = a % (b) % c--
                n;
                ++m;
                l--
                k %= -1
            }
        "#]],
    );
}

#[test]
fn target_variables_and_operators_of_the_language() {
    check(
        "probe kernel.function(\"f\") { if(@defined( $x -> y ))println($$parms$, $x$$, @entry( $z ), @var(\"a@b\")[ 1 ], @hist_log( s )[ 0 ], @count( m[ 1 ] ), user_string( $p->q[ i+1 ] ))\nx=1 }",
        expect![[r#"
            probe kernel.function("f") {
                if (@defined($x->y))
                    println($$parms$, $x$$, @entry($z), @var("a@b")[1], @hist_log(s)[0], @count(m[1]),
                        user_string($p->q[i + 1]))
                x = 1
            }
        "#]],
    );
}

#[test]
fn signs_that_must_not_join() {
    assert_eq!(
        formatted("probe begin { a = - - b; c = - --d; e = + ++f; g = h % (i) % -j }"),
        "probe begin {\n    a = - -b;\n    c = - --d;\n    e = + ++f;\n    g = h % (i) % -j\n}\n"
    );
}

#[test]
fn the_authors_line_breaks() {
    check(
        "probe begin {\nprintf(\"%s %d\\n\",\n       name,\n              value)\nx = a +\n  b\n   - c\ny = f(\n a,\n g(b,\n c),\n   d\n)\nz\n = 1\nw = [a\n, b] in\nm\nif (aaa\n && bbb) { c=1\nd=1 }\nif (f(a,\n b) || c)\n d=1\n}",
        expect![[r#"
            probe begin {
                printf("%s %d\n",
                    name,
                    value)
                x = a +
                    b
                    - c
                y = f(
                    a,
                    g(b,
                        c),
                    d
                )
                z =
                    1
                w = [a,
                    b] in
                    m
                if (aaa
                        && bbb) {
                    c = 1
                    d = 1
                }
                if (f(a,
                        b) || c)
                    d = 1
            }
        "#]],
    );
}

#[test]
fn long_lines_are_broken_where_they_bind_most_loosely() {
    check(
        "probe begin {\nprintf(\"%-16s %8d %10d %14d %10d\\n\", name, id, @count(reads[name, id]), @sum(reads[name, id]), @max(reads[name, id]))\nif (first_condition_of_all(aaaa, bbbb) && second_condition_of_all(cccc, dddd) || third_condition(eeee)) exit()\nvalue_of_the_whole = first_part_of_the_value * second_part_of_the_value + third_part_of_the_value / fourth_part\nif (kernel_string_n($some_very_long_name->member, 20) == \"a very long string to compare\") delete started[tid()]\nmessage = \"the first part of a message that is long \" . name . \" the second part of the message\" . other\n}",
        expect![[r#"
            probe begin {
                printf("%-16s %8d %10d %14d %10d\n", name, id, @count(reads[name, id]), @sum(reads[name, id]),
                    @max(reads[name, id]))
                if (first_condition_of_all(aaaa, bbbb) && second_condition_of_all(cccc, dddd)
                        || third_condition(eeee))
                    exit()
                value_of_the_whole = first_part_of_the_value * second_part_of_the_value
                    + third_part_of_the_value / fourth_part
                if (kernel_string_n($some_very_long_name->member, 20) == "a very long string to compare")
                    delete started[tid()]
                message = "the first part of a message that is long " . name . " the second part of the message"
                    . other
            }
        "#]],
    );
}

#[test]
fn what_cannot_be_broken_stays_long() {
    let long = "x".repeat(120);
    let text = format!("probe begin {{\n    x = \"{long}\" # {long}\n    # {long}\n}}\n");
    let set = format!("probe begin {{\n    x =\n        \"{long}\" # {long}\n    # {long}\n}}\n");
    assert_eq!(formatted(&text), set);
    // A comment is no reason to break a line.
    let text = format!("probe begin {{\n    x = f(a, b) # {long}\n    y = 1\n}}\n");
    assert_eq!(formatted(&text), text);
}

#[test]
fn deep_nesting_is_not_indented_forever() {
    let text = format!("$1 {}{}", "{\n".repeat(1000), "}\n".repeat(1000));
    let widest = formatted(&text).lines().map(str::len).max();
    assert!(widest < Some(90), "{widest:?}");
}

#[test]
fn a_postfix_operator_on_the_next_line_belongs_to_the_operand_before() {
    // So the language reads it, whatever the author meant.
    assert_eq!(
        formatted("probe begin {\n  a = b\n  ++c\n  d\n  (e)\n}"),
        "probe begin {\n    a = b++\n    c\n    d(e)\n}\n"
    );
}
