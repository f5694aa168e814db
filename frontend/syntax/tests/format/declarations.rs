//! Declarations: heads, probe points, blank lines, comments around them.

use expect_test::expect;

use crate::{check, formatted};

#[test]
fn spaces_and_braces_of_a_probe() {
    check(
        "probe   begin\n{\nprintln( \"hello\" )\nexit( )\n}",
        expect![[r#"
            probe begin {
                println("hello")
                exit()
            }
        "#]],
    );
}

#[test]
fn a_block_of_one_statement_may_stay_on_its_line() {
    check(
        "probe begin{x=1}\nprobe end\n{ y = 2 }\nprobe never { }\nprobe never {\n}\nprobe error { a=1; b=2 }",
        expect![[r#"
            probe begin { x = 1 }
            probe end { y = 2 }
            probe never {}
            probe never {}

            probe error {
                a = 1;
                b = 2
            }
        "#]],
    );
}

#[test]
fn a_block_on_one_line_that_is_too_long() {
    check(
        "probe kernel.function(\"vfs_read\").return { printf(\"%s read %d bytes from %s\\n\", execname(), $return, name) }",
        expect![[r#"
            probe kernel.function("vfs_read").return {
                printf("%s read %d bytes from %s\n", execname(), $return, name)
            }
        "#]],
    );
}

#[test]
fn probe_points() {
    check(
        "probe kernel . function ( \"vfs_*\" ) . call ? , process( @1 ).mark(\"a\") ! , syscall.{ open,close }.return if( armed&&x ) , timer.ms( 100 ),a*b.**,kernel.{function(\"a\"),trace(\"b\")}{ next }",
        expect![[r#"
            probe kernel.function("vfs_*").call?, process(@1).mark("a")!,
                    syscall.{open, close}.return if (armed && x), timer.ms(100), a*b.**,
                    kernel.{function("a"), trace("b")} {
                next
            }
        "#]],
    );
}

#[test]
fn the_authors_lines_of_probe_points() {
    check(
        "probe kernel.function(\"a\"),\n      kernel.function(\"b\")\n{\n next\n next }\nprobe x\n  = y, z\n { a = 1\n }",
        expect![[r#"
            probe kernel.function("a"),
                    kernel.function("b") {
                next
                next
            }

            probe x =
                    y, z {
                a = 1
            }
        "#]],
    );
}

#[test]
fn long_lists_of_probe_points_are_broken() {
    check(
        "probe nd_syscall.accept.return = nd1_syscall.accept.return!, nd2_syscall.accept.return!, tp_syscall.accept.return? { name = \"accept\" }",
        expect![[r#"
            probe nd_syscall.accept.return = nd1_syscall.accept.return!, nd2_syscall.accept.return!,
                    tp_syscall.accept.return? {
                name = "accept"
            }
        "#]],
    );
}

#[test]
fn aliases_with_both_blocks() {
    check(
        "probe a.b=c.d{x=1},{y=2}\nprobe a.c=c.e {\nx=1\n}\n,\n{\ny=2;\n}\nprobe a.d+=c.f{}\nprobe d = e {}, { z = 1 }",
        expect![[r#"
            probe a.b = c.d { x = 1 }, { y = 2 }

            probe a.c = c.e {
                x = 1
            }, {
                y = 2;
            }

            probe a.d += c.f {}
            probe d = e {}, { z = 1 }
        "#]],
    );
}

#[test]
fn functions() {
    check(
        "function f:string( a : long,b:string ){return a.b}\nprivate\nfunction g(){}\nfunction h ( x ) : 3 { return x }\nfunction p:long (a) %{ /* pure */\n\tSTAP_RETURN(1);\n%}\nfunction q() {\n return\n}",
        expect![[r#"
            function f:string(a:long, b:string) { return a . b }
            private function g() {}
            function h(x):3 { return x }

            function p:long(a) %{ /* pure */
            	STAP_RETURN(1);
            %}

            function q() {
                return
            }
        "#]],
    );
}

#[test]
fn a_long_head_of_a_function() {
    check(
        "function compare_timestamps_of_events:long(first_event:long, second_event:long, tolerance_in_nanoseconds:long) { return first_event }\nfunction g(\n  a:long, b:long\n) { return a }",
        expect![[r#"
            function compare_timestamps_of_events:long(first_event:long, second_event:long,
                    tolerance_in_nanoseconds:long) {
                return first_event
            }

            function g(
                a:long, b:long
            ) { return a }
        "#]],
    );
}

#[test]
fn globals() {
    check(
        "global a,b [ 10 ] ,c%[5], d % ,e=-1\nprivate global f\nglobal g ; global h\nglobal\n  first,\n  second",
        expect![[r#"
            global a, b[10], c%[5], d%, e = -1
            private global f
            global g;
            global h

            global
                first,
                second
        "#]],
    );
}

#[test]
fn blank_lines_around_declarations_of_several_lines() {
    check(
        "global a\nglobal b\nprobe begin {\nx = 1\n}\nprobe end { y = 1 }\nprobe never { z = 1 }\n\n\n\n# of f\nfunction f() {\nreturn\n}\n# of g\nfunction g() { return }\n",
        expect![[r#"
            global a
            global b

            probe begin {
                x = 1
            }

            probe end { y = 1 }
            probe never { z = 1 }

            # of f
            function f() {
                return
            }

            # of g
            function g() { return }
        "#]],
    );
}

#[test]
fn the_first_line_and_comments_of_the_file() {
    check(
        "#!/usr/bin/stap -v  \n\n\n\n# a script\n#   of two lines   \nprobe begin { }\n# the end",
        expect![[r#"
            #!/usr/bin/stap -v  

            # a script
            #   of two lines
            probe begin {}
            # the end
        "#]],
    );
    assert_eq!(
        formatted("\u{feff}#!/usr/bin/stap\r\nprobe begin {}\r\n"),
        "#!/usr/bin/stap\nprobe begin {}\n"
    );
}

#[test]
fn comments_stand_where_they_stood() {
    check(
        "probe begin /* all */ { // first\n   # own line\n  x = 1 /* why */ + 2 # trailing\n\n\n/* before */ y = 2; /* behind */\n   // last\n}  // done\n// of end\nprobe end\n// before the brace\n{ z = f(/* none */) + g(a /* first */, /* second */ b)\n z = 3 }",
        expect![[r#"
            probe begin /* all */ { // first
                # own line
                x = 1 /* why */ + 2 # trailing

                /* before */ y = 2; /* behind */
                // last
            } // done

            // of end
            probe end
            // before the brace
            {
                z = f(/* none */) + g(a /* first */, /* second */ b)
                z = 3
            }
        "#]],
    );
}

#[test]
fn comments_of_several_lines_move_with_their_first() {
    check(
        "probe begin {\n\t\t/* one\n\t\t * two\n\t\t*   three\n\t\t */\n\t\tx = 1\n\t\t/* one\n\t\t     two\n\t\tthree */\n\t\ty = 2 /* verbatim\n    here */\n}",
        expect![[r#"
            probe begin {
                /* one
                 * two
                 *   three
                 */
                x = 1
                /* one
                     two
                three */
                y = 2 /* verbatim
                here */
            }
        "#]],
    );
}

#[test]
fn comments_set_below_each_other_stay_so() {
    check(
        "global reads,        # by process\n       bytes,        # in all\n       started       # by thread\nglobal a   # one\nglobal bcd # two\nglobal ef # three\n",
        expect![[r#"
            global reads, # by process
                bytes,    # in all
                started   # by thread
            global a   # one
            global bcd # two
            global ef # three
        "#]],
    );
}

#[test]
fn embedded_c_is_not_touched() {
    check(
        "%{\n#include <linux/fs.h>   \n\tint x ;\n%}\nfunction f:long()\n%{\n  STAP_RETURN( 1 ) ;  \n%}\nprobe begin { x = %{ 1+1 %} + 2 }",
        expect![[r#"
            %{
            #include <linux/fs.h>   
            	int x ;
            %}

            function f:long() %{
              STAP_RETURN( 1 ) ;  
            %}

            probe begin { x = %{ 1+1 %} + 2 }
        "#]],
    );
}

#[test]
fn line_ends_of_other_systems() {
    assert_eq!(
        formatted("probe begin {\r\n  x = \"a\\\r\nb\"\r\n  /* c\r\n     d */\r\n}\r\n"),
        "probe begin {\n    x = \"a\\\nb\"\n    /* c\n       d */\n}\n"
    );
}

#[test]
fn bytes_that_are_no_text_stay() {
    let text = stapc_diagnostics::bytes::decode(b"probe begin { println(\"\xff\") } # \xfe");
    assert_eq!(formatted(&text), format!("{text}\n"));
}
