//! The preprocessor: what is left of a script, and what is said of it. What SystemTap 4.8 makes of
//! the cases was looked at before they were written down.

use std::{cell::Cell, sync::Arc};

use expect_test::{Expect, expect};
use proptest::prelude::*;
use stapc_diagnostics::{Diagnostic, FileId, SourceMap, has_errors, render};
use stapc_syntax::{Environment, Plain, Session, TokenKind, preprocess};

/// The tokens of a script with blanks between them, and what is said.
fn run(text: &str, environment: &dyn Environment) -> (String, Vec<Diagnostic>, SourceMap) {
    let mut sources = SourceMap::new();
    let file = sources.add("t.stp", text);
    let mut session = Session::new(&mut sources, environment);
    let (tokens, diagnostics) = preprocess(&mut session, file);
    let pieces: Vec<_> = tokens
        .iter()
        .filter(|token| token.kind != TokenKind::End)
        .map(|token| match token.kind {
            TokenKind::Stray => "…",
            _ => sources.slice(token.span),
        })
        .collect();
    let left = pieces.join(" ");
    (left, diagnostics, sources)
}

fn environment(arguments: &[&str]) -> Plain {
    let library = "@define pair(x) %( @x, @first %)\n@define first %( $1 %)\n\
                   %( arch == \"x86_64\" %? @define word %( 64 %) %: @define word %( 32 %) %)";
    let macros = ["pair", "first", "word"];
    let library: Arc<str> = library.into();
    let macro_files =
        macros.map(|name| (name.to_owned(), "library.stpm".to_owned(), Arc::clone(&library)));
    let config = [("CONFIG_SMP", "y"), ("CONFIG_HZ", "250"), ("CONFIG_SHIFT", "17")];
    Plain {
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        config: config.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        macro_files: macro_files.to_vec(),
        guru: true,
        compatible: "4.8".to_owned(),
        ..Plain::default()
    }
}

/// What is left of scripts that are right.
fn check(cases: &[(&str, &str)], arguments: &[&str]) {
    for (text, expected) in cases {
        let (left, diagnostics, sources) = run(text, &environment(arguments));
        assert!(diagnostics.is_empty(), "{text}: {}", render(&sources, &diagnostics, false));
        assert_eq!(left, *expected, "{text}");
    }
}

/// What is wrong with scripts: code and place of each error.
fn check_errors(cases: &[(&str, &[(&str, &str)])], arguments: &[&str]) {
    for (text, expected) in cases {
        let (_, diagnostics, sources) = run(text, &environment(arguments));
        let found: Vec<_> = diagnostics
            .iter()
            .map(|found| (found.code, found.span().map_or("", |span| sources.slice(span))))
            .collect();
        assert_eq!(found, *expected, "{text}: {}", render(&sources, &diagnostics, false));
    }
}

fn check_shown(text: &str, arguments: &[&str], expected: Expect) {
    let (left, diagnostics, sources) = run(text, &environment(arguments));
    expected.assert_eq(&format!("{left}\n{}", render(&sources, &diagnostics, false)));
}

#[test]
fn branches_are_taken_or_not() {
    check(
        &[
            ("a %( 1 == 1 %? b %: c %) d", "a b d"),
            ("a %( 1 == 2 %? b %: c %) d", "a c d"),
            ("a %( 1 == 2 %? b %) d", "a d"),
            ("%( 1 == 1 %? %( 1 == 2 %? b %: c %) %: d %)", "c"),
            ("%( 1 == 2 %? %( 1 == 2 %? b %: c %) %: d %)", "d"),
            ("%( 1 == 2 %? a %: %( 2 == 2 %? b %: c %) %) d", "b d"),
            ("x %( 1 == 1 %? { %: { y %) }", "x { }"),
            // What is not taken need not make sense, but for its strings and comments.
            ("%( 1 == 2 %? 0779 \\ 'x' %( foo %? a %) @f( $9 %: b %)", "b"),
            ("%( 1 == 2 %? @define a %( %: %) 7 %: b %)", "b"),
        ],
        &[],
    );
}

#[test]
fn conditionals_that_do_not_close_or_open() {
    check_errors(
        &[
            ("a %? b", &[("stray-conditional", "%?")]),
            ("a %: b", &[("stray-conditional", "%:")]),
            ("a %) b", &[("stray-conditional", "%)")]),
            ("%( 1 == 1 %? a", &[("unterminated-conditional", "%(")]),
            ("%( 1 == 2 %? a", &[("unterminated-conditional", "%(")]),
            ("%( 1 == 2 %? a %( b %)", &[("unterminated-conditional", "%(")]),
            ("%( 1 == 1 %? a %: b %: c %)", &[("stray-conditional", "%:")]),
            ("%( 1 == 2 %? a %: b %: c %)", &[("stray-conditional", "%:")]),
            ("%( 1 == 1 %? a %? b %)", &[("stray-conditional", "%?")]),
            ("%( 1 == 2 %? a %? b %: c %)", &[("stray-conditional", "%?")]),
            ("%( 1 == 1 %)", &[("condition-syntax", "%)")]),
            ("%( 1 == 1 %: a %)", &[("condition-syntax", "%:")]),
            ("%( foo %? a %: b %) %)", &[("condition-syntax", "foo"), ("stray-conditional", "%)")]),
            (
                "%( 1 == 2 %? \"a %) b",
                &[("unterminated-string", "\"a %) b"), ("unterminated-conditional", "%(")],
            ),
        ],
        &[],
    );
}

/// Whether a condition is true.
fn is_true(condition: &str, arguments: &[&str]) -> bool {
    let text = format!("%( {condition} %? yes %: no %)");
    let (left, diagnostics, sources) = run(&text, &environment(arguments));
    assert!(diagnostics.is_empty(), "{text}: {}", render(&sources, &diagnostics, false));
    assert!(left == "yes" || left == "no", "{text}: {left}");
    left == "yes"
}

#[test]
fn true_conditions() {
    for condition in [
        r#"kernel_v == "6.1.0""#,
        r#"kernel_v != "6.1""#,
        r#"kernel_v >= "6.1""#,
        r#"kernel_v < "6.10""#,
        r#"kernel_v < "6.1.1""#,
        r#"kernel_v < "6.1.0-5""#,
        r#"kernel_vr == "6.1.0-56-cloud-amd64""#,
        r#"kernel_vr == "6.[12].*""#,
        r#"kernel_vr > "6.1.0-6-cloud-amd64""#,
        r#"kernel_vr != "6.1.0-56-cloud-amd6[!4]""#,
        r#"arch == "x86_64""#,
        r#"arch == "[a-z]86_6?""#,
        r#"arch != "i?86""#,
        r#"systemtap_v >= "4.8""#,
        r#"systemtap_v < "4.10""#,
        r#"systemtap_v == "4.*""#,
        r#"systemtap_privilege == "stapdev""#,
        // No wildcard.
        r#"systemtap_privilege != "stap*""#,
        "guru_mode == 1",
        "guru_mode != 0",
        r#"runtime == "k*""#,
        r#"runtime != "dyninst""#,
        r#"CONFIG_SMP == "[ym]""#,
        r#"CONFIG_NONE == """#,
        r#"CONFIG_NONE == "*""#,
        "CONFIG_NONE == 0",
        "CONFIG_HZ == 250",
        "CONFIG_HZ > 99",
        // By number.
        "CONFIG_HZ > CONFIG_SHIFT",
        "CONFIG_SMP != CONFIG_NONE",
        "1 < 2",
        "10 > 9",
        // Decimal all the same.
        "010 == 10",
        "09 == 9",
        "0x10 == 16",
        r#""a" <= "a""#,
        r#""10" < "9""#,
        r#""abc" != "a*""#,
        "$# == 2",
        r##"@# == "2""##,
        r#"@1 == "a b""#,
        "$2 == 7",
        r#"1 == 1 || 1 == 1 && 1 == 2"#,
        r#"1 == 2 && 1 == 2 || 1 == 1"#,
        r#"1 == 2 || 1 == 1 && kernel_v >= "6""#,
    ] {
        assert!(is_true(condition, &["a b", "7"]), "{condition}");
    }
    assert!(!is_true("1 == 1 && 1 == 2", &[]));
    assert!(!is_true("1 == 2 || 1 == 2 && 1 == 1", &[]));
}

#[test]
fn wrong_conditions() {
    let cases: &[(&str, (&str, &str))] = &[
        ("", ("condition-syntax", "%?")),
        ("nosuch", ("condition-syntax", "nosuch")),
        ("(1 == 1)", ("condition-syntax", "(")),
        ("-1 < 0", ("condition-syntax", "-")),
        ("1 == 1 &&", ("condition-syntax", "%?")),
        ("1 == 1 || nosuch", ("condition-syntax", "nosuch")),
        ("1 == 1 1 == 1", ("condition-syntax", "1")),
        ("%( 1 == 1 %? 1 %) == 1", ("condition-syntax", "%(")),
        ("kernel_v", ("condition-syntax", "%?")),
        (r#"kernel_v = "6""#, ("condition-syntax", "=")),
        ("1 + 1 == 2", ("condition-syntax", "+")),
        (r#""a" =~ "a""#, ("condition-syntax", "=~")),
        ("kernel_v >= 6", ("condition-operand", "6")),
        ("kernel_v == kernel_v", ("condition-operand", "kernel_v")),
        ("kernel_v ==", ("condition-operand", "%?")),
        (r#"kernel_v >= "6.*""#, ("condition-operand", ">=")),
        (r#"arch < "z""#, ("condition-operand", "<")),
        (r#"CONFIG_SMP < "y""#, ("condition-operand", "<")),
        ("CONFIG_SMP > 1", ("condition-operand", "CONFIG_SMP")),
        ("CONFIG_SMP == y", ("condition-operand", "y")),
        ("guru_mode == 2", ("condition-operand", "2")),
        ("guru_mode > 0", ("condition-operand", ">")),
        (r#"1 == "1""#, ("condition-operand", r#""1""#)),
        (r#"1 == 2 && "a" == 1"#, ("condition-operand", "1")),
        ("99999999999999999999 == 1", ("number-out-of-range", "99999999999999999999")),
        ("1 < 9223372036854775808", ("number-out-of-range", "9223372036854775808")),
        ("1 == 1a", ("malformed-number", "1a")),
        ("$1 == \"x\"", ("condition-syntax", "x")),
        ("$2 == 1", ("script-argument", "$2")),
    ];
    for (condition, expected) in cases {
        let text = format!("%( {condition} %? a %: b %) c");
        check_errors(&[(&text, &[*expected])], &["x"]);
        assert_eq!(run(&text, &environment(&["x"])).0, "… c", "{text}");
    }
}

/// The kernel is only asked about if the outcome depends on it.
#[test]
fn the_environment_is_not_asked_in_vain() {
    struct Asked(Plain, Cell<u32>);
    impl Environment for Asked {
        fn kernel_release(&self) -> String {
            self.1.set(self.1.get() + 1);
            self.0.kernel_release()
        }
        fn config(&self, name: &str) -> Option<String> {
            self.1.set(self.1.get() + 1);
            self.0.config(name)
        }
        fn arch(&self) -> String {
            self.0.arch()
        }
        fn arguments(&self) -> &[String] {
            self.0.arguments()
        }
        fn guru(&self) -> bool {
            self.0.guru()
        }
        fn privilege(&self) -> &str {
            self.0.privilege()
        }
        fn compatible(&self) -> &str {
            self.0.compatible()
        }
        fn runtime(&self) -> &str {
            self.0.runtime()
        }
        fn macro_file(&self, _: &str) -> Option<(String, Arc<str>)> {
            None
        }
    }
    let asked = Asked(Plain::default(), Cell::new(0));
    let text = "%( 1 == 2 && kernel_v > \"1\" %? a %) %( 1 == 1 || CONFIG_A == \"y\" %? b %)";
    assert_eq!(run(text, &asked).0, "b");
    assert_eq!(asked.1.get(), 0);
    run("%( 1 == 1 && kernel_v > \"1\" %? a %)", &asked);
    assert_eq!(asked.1.get(), 1);
}

#[test]
fn macros_stand_for_their_bodies() {
    check(
        &[
            ("@define a %( 1 %) x = @a + @a", "x = 1 + 1"),
            ("@define a %( %) x @a y", "x y"),
            // Anywhere, and from there on.
            ("x { @define a %( 1 %) @a }", "x { 1 }"),
            ("x @a @define a %( 1 %) @a", "x @a 1"),
            // What a body uses may be defined later.
            ("@define a %( @b %) @define b %( 1 %) @a", "1"),
            ("@define a %( x %) @a(3)", "x ( 3 )"),
            ("@define f(x) %( @x + @x %) @define g(y) %( @f(@y) %) @g(@f(2))", "2 + 2 + 2 + 2"),
            ("@define f(x) %( @x %) @f(g(1, 2))", "g ( 1 , 2 )"),
            ("@define f(x) %( @x %) @f([1, 2] in a)", "[ 1 , 2 ] in a"),
            ("@define f(x) %( @x %) @f (3)", "3"),
            ("@define f(x) %( @x %) a @f() b", "a b"),
            ("@define f(x, y) %( @x 1 @y %) @f(,)", "1"),
            ("@define f(p, q) %( @p = @q %) @f(z, \"a, b\")", "z = \"a, b\""),
            // Of two parameters of one name, the last one counts.
            ("@define f(b, b) %( @b %) @f(2, 3)", "3"),
            // A parameter hides a macro of its name, in the body only.
            ("@define f(x) %( @x %) @define x %( 9 %) @f(1) @x", "1 9"),
            ("@define x %( 9 %) @define f(x) %( @x %) @f(@x)", "9"),
            ("@define f(x) %( @g(3) %) @define g(y) %( @x %) @f(1)", "@x"),
            ("@define f(x) %( @x %) @f(1) @x", "1 @x"),
            ("@define a(a) %( @a %) @a(3)", "3"),
            ("@define f(count) %( @count %) @f(1) @count(2)", "1 @count ( 2 )"),
            ("@define a(x) %( @x %) @a(@a(@a(4)))", "4"),
            ("@define $a %( 1 %) @$a @define b$ %( 2 %) @b$", "1 2"),
            // A body that is not used need not make sense.
            ("@define a %( 0779 \\ @nosuch $7 %) b", "b"),
            ("@cast(x) @nosuch @count(y)", "@cast ( x ) @nosuch @count ( y )"),
        ],
        &[],
    );
}

#[test]
fn macros_and_conditionals_go_together() {
    check(
        &[
            ("@define a %( 1 %) %( @a == 1 %? b %: c %)", "b"),
            ("@define a %( kernel_v %) %( @a >= \"2\" %? b %: c %)", "b"),
            ("@define a %( == %) %( 1 @a 1 %? b %: c %)", "b"),
            ("@define a %( 1 == 1 %? b %: c %) x %( @a %) y", "x b y"),
            ("@define a %( 1 == 2 %? b %: c %) x %( @a %) y", "x c y"),
            ("@define a %( 1 == 2 %? b %) x %( @a %: c %) y", "x c y"),
            ("@define a %( %( 1 == 2 %? b %: c %) %) @a", "c"),
            ("@define f(x) %( %( @x == 1 %? b %: c %) %) @f(1) @f(2)", "b c"),
            ("@define f(x) %( @x %) @f(%( 1 == 1 %? b %: c %))", "b"),
            ("%( 1 == 2 %? @define a %( 2 %) %: @define a %( 3 %) %) @a", "3"),
            ("%( 1 == 2 %? @define a %( 2 %) %) @a", "@a"),
            ("@define f(x) %( @x %) %( 1 == 2 %? @f(1, 2) %) a", "a"),
        ],
        &[],
    );
}

#[test]
fn wrong_macros() {
    check_errors(
        &[
            ("@define", &[("macro-definition", "")]),
            ("@define 5 %( 1 %) a", &[("macro-definition", "5")]),
            ("@define probe %( 1 %) a", &[("macro-definition", "probe")]),
            ("@define define %( 1 %) a", &[("macro-definition", "define")]),
            ("@define a 1", &[("macro-definition", "1")]),
            ("@define a() %( 1 %)", &[("macro-definition", ")")]),
            ("@define a(b,) %( @b %)", &[("macro-definition", ")")]),
            ("@define a(b %( @b %)", &[("macro-definition", "%(")]),
            ("@define a(probe) %( 1 %)", &[("macro-definition", "probe")]),
            ("@define a %( 1 b", &[("unterminated-macro", "%(")]),
            ("@define a %( 1 %( b %) c", &[("unterminated-macro", "%(")]),
            ("@define a %( 1 %) @define a %( 2 %)", &[("duplicate-macro", "a")]),
            ("@define count %( 1 %)", &[("hidden-name", "count")]),
            ("@define cast(x) %( 1 %) @cast(2)", &[("hidden-name", "cast")]),
            ("@define f(x) %( @x %) @f", &[("macro-arguments", "@f")]),
            ("@define f(x) %( @x %) @define g %( @f %) @g(3)", &[("macro-arguments", "@f")]),
            ("@define f(x) %( @x %) @f(1, 2)", &[("macro-arguments", "(1, 2)")]),
            ("@define f(x, y) %( @x %) @f(1)", &[("macro-arguments", "(1)")]),
            ("@define f(x) %( @x %) @f(1", &[("macro-arguments", "(")]),
            ("@define f(x) %( @x %) @f({1, 2})", &[("macro-arguments", "({1, 2})")]),
            ("@define a %( @define b %( 2 %) 1 %) @a", &[("macro-definition", "@define")]),
            ("@define f(x) %( @x %) @f(@define b %( 2 %))", &[("macro-definition", "@define")]),
            ("@define a %( \\ %) @a @a", &[("unexpected-character", "\\")]),
            ("@define a %( @a %) @a", &[("macro-cycle", "@a")]),
            ("@define f(x) %( @f(@x) %) @f(1)", &[("macro-cycle", "@f")]),
        ],
        &[],
    );
}

#[test]
fn places_in_macros_say_where_they_are_used() {
    check_shown(
        "@define one(x) %( @x %( nosuch %? %) %)\n@define two %( @one(1) %)\nx = @two\n",
        &[],
        expect![[r#"
            x = 1 …
            error[E0113]: expected a condition, found `nosuch`
              ┌─ t.stp:1:25
              │
            1 │ @define one(x) %( @x %( nosuch %? %) %)
              │                         ^^^^^^
            2 │ @define two %( @one(1) %)
              │                ---- in this use of macro `@one`
            3 │ x = @two
              │     ---- in this use of macro `@two`
              │
              = help: conditions compare `kernel_v`, `kernel_vr`, `arch`, `systemtap_v`, `systemtap_privilege`, `guru_mode`, `runtime` and `CONFIG_…`, or strings and numbers such as arguments

        "#]],
    );
    check_shown(
        "@define a %( 1 + @b %)\n@define b %( @c(2) %)\n@define c(x) %( @x @a %)\nx = @a\n",
        &[],
        expect![[r#"
            x = 1 + 2 …
            error[E0121]: macro `@a` is part of what it stands for
              ┌─ t.stp:3:20
              │
            1 │ @define a %( 1 + @b %)
              │                  -- in this use of macro `@b`
            2 │ @define b %( @c(2) %)
              │              -- in this use of macro `@c`
            3 │ @define c(x) %( @x @a %)
              │                    ^^
            4 │ x = @a
              │     -- in this use of macro `@a`
              │
              = note: `@a` → `@b` → `@c` → `@a`

        "#]],
    );
}

#[test]
fn arguments_of_the_script() {
    check(
        &[
            ("$1 @1 $2 @2 $# @#", "7 \"7\" 8 + y \"8 + y\" 5 \"5\""),
            ("$01 @01", "7 \"7\""),
            ("@3", r#""a\"b\\c\012d\011é""#),
            ("@1@1 a@1", "\"7\" \"7\" a \"7\""),
            // Text is put in before tokens are made.
            ("$4x 2$4 $4$1 $1$ $1 x", "ax 2 a a$1 7 $ 7 x"),
            ("$1.5 $1==7", "7 . 5 7 == 7"),
            ("@define f(x) %( @x + $1 %) @f($2)", "8 + y + 7"),
            ("@define a %( 3 %) $5", "3 2"),
            ("%( $# == 5 %? $1 %: $9 %)", "7"),
        ],
        &["7", "8 + y", "a\"b\\c\nd\té", "a", "@a %( 1 == 1 %? 2 %)"],
    );
    check(&[("a $1 b @1", "a b \"\"")], &[""]);
    check_errors(
        &[
            (
                "$2 @2 $0 $99999999999999999999",
                &[
                    ("script-argument", "$2"),
                    ("script-argument", "@2"),
                    ("script-argument", "$0"),
                    ("script-argument", "$99999999999999999999"),
                ],
            ),
            ("$1", &[("script-argument", "$2")]),
            ("@1", &[]),
        ],
        &["$2"],
    );
    check_errors(&[("$1 $1", &[("unterminated-string", "\"abc")])], &["\"abc"]);
    check_errors(&[("$1x", &[("unexpected-character", "\\")])], &["\\"]);
    check_shown(
        "probe begin {\n    x = $1\n}\n%( $1 == \"x\" %? %)",
        &["%( y %)"],
        expect![[r#"
            probe begin { x = … } …
            error[E0113]: expected a condition, found `y`
              ┌─ <argument 1>:1:4
              │
            1 │ %( y %)
              │    ^
              │
              ┌─ t.stp:2:9
              │
            2 │     x = $1
              │         -- in this use of argument `$1`
              │
              = help: behind `@` instead of `$`, an argument is a string

            error[E0113]: expected a condition, found `%(`
              ┌─ <argument 1>:1:1
              │
            1 │ %( y %)
              │ ^^
              │
              ┌─ t.stp:4:4
              │
            4 │ %( $1 == "x" %? %)
              │    -- in this use of argument `$1`
              │
              = help: behind `@` instead of `$`, an argument is a string

        "#]],
    );
}

/// What a file does not use, even where it is not reached, is unused.
#[test]
fn unused_arguments() {
    for (text, expected) in [
        ("a", &[1, 2, 3][..]),
        ("$1 @2", &[3]),
        ("%( 1 == 2 %? $1 %)", &[2, 3]),
        ("@define a %( $1 %)", &[2, 3]),
        ("@define f(x) %( %) @f($3)", &[1, 2]),
        ("$# @# $4", &[1, 2, 3]),
        // The library's macro is only read; and used.
        ("@word", &[1, 2, 3]),
        ("@first", &[2, 3]),
    ] {
        let environment = environment(&["a", "b", "c"]);
        let mut sources = SourceMap::new();
        let file = sources.add("t.stp", text);
        let mut session = Session::new(&mut sources, &environment);
        preprocess(&mut session, file);
        assert_eq!(session.unused_arguments(), expected, "{text}");
    }
}

#[test]
fn macros_of_the_library() {
    check(
        &[
            ("@pair(1)", "1 , 7"),
            ("@word", "64"),
            // The library's macros use those of the library, and a file its own.
            ("@define first %( 2 %) @pair(1) @first", "1 , 7 2"),
            ("@pair(@word)", "64 , 7"),
        ],
        &["7"],
    );
    let mut environment = environment(&[]);
    environment.macro_files =
        [("good", "a.stpm", "@define good %( 1 %) 5"), ("bad", "b.stpm", "@define bad")]
            .map(|(name, file, text)| (name.to_owned(), file.to_owned(), text.into()))
            .to_vec();
    let (left, diagnostics, sources) = run("@good @good @bad", &environment);
    expect![[r#"
        1 1 @bad
        error[E0123]: expected `@define` in a file of macros, found `5`
          ┌─ a.stpm:1:22
          │
        1 │ @define good %( 1 %) 5
          │                      ^ only definitions and conditionals may stand here

        error[E0116]: expected `%(` before what the macro stands for, found the end of the file
          ┌─ b.stpm:1:12
          │
        1 │ @define bad
          │            ^

    "#]]
    .assert_eq(&format!("{left}\n{}", render(&sources, &diagnostics, false)));
}

/// Each file has its own macros, and the files of the library are read once.
#[test]
fn sessions_have_several_files() {
    let environment = environment(&["7"]);
    let mut sources = SourceMap::new();
    let files: Vec<FileId> =
        ["@define mine %( 1 %) @define other %( 1 %) @word @mine", "@word @mine"]
            .map(|text| sources.add("t.stp", text))
            .to_vec();
    let mut session = Session::new(&mut sources, &environment);
    let (tokens, diagnostics) = preprocess(&mut session, files[0]);
    assert!(diagnostics.is_empty());
    assert_eq!(tokens.len(), 3);
    assert_eq!(session.macro_names().collect::<Vec<_>>(), ["mine", "other"]);
    let (tokens, _) = preprocess(&mut session, files[1]);
    assert_eq!(tokens[1].kind, TokenKind::AtWord);
    assert_eq!(session.macro_names().count(), 0);
    let named = |name| sources.ids().filter(|&file| sources.name(file) == name).count();
    // The file itself, and the places of two uses.
    assert_eq!(named("library.stpm"), 3);
}

/// What would make too much of a script ends with an error, soon.
#[test]
fn nothing_grows_without_bound() {
    let chain = |body: &dyn Fn(usize) -> String, length: usize| -> String {
        (1..=length).map(|n| format!("@define a{n} %( {} %)", body(n - 1))).collect()
    };
    let double = |n: usize| format!("@a{n} + @a{n}");
    let deep = |n: usize| format!("@a{n}");
    let cases = [
        (format!("@define a0 %( 1 %){} @a60", chain(&double, 60)), "macro-too-large"),
        (format!("@define a0 %( %){} @a60", chain(&double, 60)), "macro-too-large"),
        (format!("@define a0 %( 1 %){} @a150", chain(&deep, 150)), "nesting-too-deep"),
        (
            format!("@define d(x) %( @x @x %) {}1{}", "@d(".repeat(60), ")".repeat(60)),
            "macro-too-large",
        ),
        (
            format!("@define d(x) %( @x %) {}1{}", "@d(".repeat(100_000), ")".repeat(100_000)),
            "macro-too-large",
        ),
        (format!("@define d(x) %( @x %) {}", "@d(".repeat(100_000)), "macro-too-large"),
        (
            format!("@define a %( \"{}\" %) {}", "x".repeat(1_000_000), "@a ".repeat(100_000)),
            "macro-too-large",
        ),
        ("$1".repeat(100_000), "macro-too-large"),
        ("@1".repeat(100_000), "macro-too-large"),
        ("%( 1 == 1 %? ".repeat(100_000), "unterminated-conditional"),
        ("%( 1 == 2 %? ".repeat(100_000), "unterminated-conditional"),
        ("%(".repeat(100_000), "unterminated-conditional"),
        (format!("@define a {}", "%(".repeat(100_000)), "unterminated-macro"),
        ("@define a %( @b @b %) @define b %( @a @a %) @a".to_owned(), "macro-cycle"),
        ("%)".repeat(100_000), "stray-conditional"),
        ("@define a %( 1 %)".repeat(100_000), "duplicate-macro"),
    ];
    let argument = "x".repeat(100_000);
    for (text, code) in &cases {
        let (_, diagnostics, _) = run(text, &environment(&[&argument]));
        let last = diagnostics.last().map(|last| last.code);
        assert_eq!(last, Some(*code), "{}", &text[..text.len().min(60)]);
        assert!(diagnostics.len() <= 50, "{}", diagnostics.len());
    }
}

proptest! {
    /// Any soup of tokens comes to an end, with what the parser may see only.
    #[test]
    fn any_soup_is_taken(pieces in prop::collection::vec(prop::sample::select(vec![
        "%(", "%(", "%)", "%)", "%?", "%:", "1 == 1", "1 == 2", "@define", "@define a %(", "@define f(x, y) %(", "a", "f",
        "(", ")", ",", "@a", "@f", "@f(", "@x", "@y", "$1", "@1", "$#", "$2x", "x", "1", "\"s\"", "'", "&&", "||", "==",
        "kernel_v", "CONFIG_HZ", "@pair(", "@word", "{", "}", "[", "]", "\\",
    ]), 0..40)) {
        let text = pieces.join(" ");
        let environment = environment(&["@a %( 1 == 1 %?", "@define q %( $1 %)"]);
        let mut sources = SourceMap::new();
        let file = sources.add("t.stp", text.as_str());
        let (tokens, diagnostics) = preprocess(&mut Session::new(&mut sources, &environment), file);
        prop_assert_eq!(tokens.last().map(|token| token.kind), Some(TokenKind::End));
        let (left, diagnostics) = (&tokens[..tokens.len() - 1], diagnostics);
        for token in left {
            let kind = token.kind;
            prop_assert!(!matches!(kind, TokenKind::Argument | TokenKind::Comment | TokenKind::End));
            prop_assert!(!kind.text().starts_with('%') || kind.text().len() == 1 || kind.text() == "%=");
            prop_assert!(kind != TokenKind::Stray || has_errors(&diagnostics));
            prop_assert!(!sources.slice(token.span).is_empty());
        }
    }
}
