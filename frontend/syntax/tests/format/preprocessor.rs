//! Macros, arguments and conditionals, which stay as they are written and may stand for anything.

use expect_test::expect;

use crate::check;

#[test]
fn conditionals_of_declarations() {
    check(
        "%( kernel_v>=\"2.6.30\"%?\nprobe a=b\n{ x=1\n}\nprobe b = c { x = 1\n y = 1 }\n%:\n  probe a=c { x=1 }\n%)\nglobal d\n%( arch==\"x86_64\"||CONFIG_X!=\"y\" %? global e %)\nprobe f {\n}",
        expect![[r#"
            %( kernel_v >= "2.6.30" %?
            probe a = b {
                x = 1
            }

            probe b = c {
                x = 1
                y = 1
            }
            %:
            probe a = c { x = 1 }
            %)

            global d
            %( arch == "x86_64" || CONFIG_X != "y" %? global e %)
            probe f {}
        "#]],
    );
}

#[test]
fn conditionals_of_statements() {
    check(
        "function f() {\n%( arch == \"arm\" %?\nreturn 1\n%:\n%( arch==\"mips\" %?\n# why\nreturn 2\n%:\nif (x)\nreturn 3\n%) %)\nx = 1\n%( $# > 1 %? if (y) %)\nprintln( x )\n}",
        expect![[r#"
            function f() {
                %( arch == "arm" %?
                    return 1
                %:
                    %( arch == "mips" %?
                        # why
                        return 2
                    %:
                        if (x)
                            return 3
                    %) %)
                x = 1
                %( $# > 1 %? if (y) %)
                    println(x)
            }
        "#]],
    );
}

#[test]
fn conditionals_inside_expressions_and_heads() {
    check(
        "probe timer.s(%($#>0%?$1%:5%)),%( $# == 0 %? begin %: never %)\n{\nx = a %( c == 1 %?+ 1%:- 1%)\nforeach (k in m- limit %( $# > 1 %? $2 %: 20 %)) println(k)\nf(a,\n%( c == 1 %?\nb\n%:\nd\n%), e)\n}",
        expect![[r#"
            probe timer.s(%( $# > 0 %? $1 %: 5 %)), %( $# == 0 %? begin %: never %) {
                x = a %( c == 1 %? + 1 %: - 1 %)
                foreach (k in m- limit %( $# > 1 %? $2 %: 20 %)) println(k)
                f(a,
                    %( c == 1 %?
                        b
                    %:
                        d
                    %), e)
            }
        "#]],
    );
}

#[test]
fn conditionals_across_braces() {
    check(
        "%( systemtap_v >= \"2\" %?\nprobe a {\n%:\nprobe b {\n%)\nx=1\n%( c == 1 %?\nif (x) {\n%:\nif (y) {\n%)\nz=1\n}\n}\nfunction f() { %( c == 1 %? return 1 } %: return 2 } %)\nprobe end { }",
        expect![[r#"
            %( systemtap_v >= "2" %?
            probe a {
            %:
            probe b {
            %)
                x = 1
                %( c == 1 %?
                    if (x) {
                %:
                    if (y) {
                %)
                    z = 1
                }
            }

            function f() {
                %( c == 1 %? return 1
                } %: return 2
                } %)

            probe end {}
        "#]],
    );
}

#[test]
fn a_conditional_of_several_lines() {
    check(
        "probe begin {\n%( $# < 1\n|| $# > 5\n    %? x = 1\n    %: x = 2\n%)\ny = 1\n}\nprobe signal.send = a,\n%( kernel_v > \"2.6.25\" %?\n b ?\n%:\n c ?,\n d\n%)\n{\nx\n}",
        expect![[r#"
            probe begin {
                %( $# < 1
                    || $# > 5
                %? x = 1
                %: x = 2
                %)
                y = 1
            }

            probe signal.send = a,
                    %( kernel_v > "2.6.25" %?
                        b?
                    %:
                        c?,
                        d
                    %) {
                x
            }
        "#]],
    );
}

#[test]
fn macros() {
    check(
        "@define ONE %( 1 %)\n@define show( what,where )\n%(\nprintln( @what )\nif (@where)\n{\nprintln( @where ) }\n%)\n@define cast(p) %( @cast(@p,\"t\") %)\n@private_one function f(x) {\nreturn @ONE+@cast( x )->y }\nprobe @point { @show(1,2)\n@show(\"a\",b)\n@statement\n@loop(x) { y=1\n}\n@with(a) { b=1 }\nz = @cast(a) @more\n++c }",
        expect![[r#"
            @define ONE %( 1 %)

            @define show(what, where) %(
                println(@what)
                if (@where) {
                    println(@where)
                }
            %)

            @define cast(p) %( @cast(@p, "t") %)

            @private_one function f(x) {
                return @ONE + @cast(x)->y
            }

            probe @point {
                @show(1, 2)
                @show("a", b)
                @statement
                @loop(x) {
                    y = 1
                }
                @with(a) { b = 1 }
                z = @cast(a) @more
                ++c
            }
        "#]],
    );
}

#[test]
fn statements_given_to_macros() {
    check(
        "probe begin { @twice({ a=1; b=2 }) @both(if (x) y, { z }) }",
        expect![[r#"
            probe begin {
                @twice({
                    a = 1;
                    b = 2
                }) @both(if (x) y, { z })
            }
        "#]],
    );
}

#[test]
fn arguments() {
    check(
        "global a = $1, b = @2\nprobe $1.return , process(@1).function( @2 ) . call { if ($#>2) println(@3 \"x\",$2+1)\n$3\n@4 }",
        expect![[r#"
            global a = $1, b = @2

            probe $1.return, process(@1).function(@2).call {
                if ($# > 2) println(@3 "x", $2 + 1)
                $3
                @4
            }
        "#]],
    );
}
