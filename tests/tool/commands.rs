//! stapc's own command line, as far as no kernel is needed.

use expect_test::expect;

use super::Bench;

#[test]
fn a_script_that_is_right_is_checked_in_silence() {
    let bench = Bench::new();
    bench.write("h.stp", "probe begin { println(@1); exit() }");
    assert_eq!(bench.stapc(&["check", "h.stp", "word"]), "");
    assert_eq!(
        bench.run(env!("CARGO_BIN_EXE_stapc"), &["check", "-"], "probe begin { exit() }"),
        ""
    );
    let target = "probe kernel.function(\"no_such_function\") { println($x->y) }";
    assert_eq!(bench.stapc(&["check", "--no-points", "-e", target]), "");
}

#[test]
fn what_is_wrong_is_said_in_the_form_asked_for() {
    let bench = Bench::new();
    bench.write("w.stp", "probe begin {\n\tprintln(nme)\n}\n");
    expect![[r#"
        ! error[E0201]: `nme` is never assigned
        !   ┌─ w.stp:2:10
        !   │
        ! 2 │     println(nme)
        !   │             ^^^ nothing is called this
        !
        status 1
    "#]]
    .assert_eq(&bench.stapc(&["check", "w.stp"]));
    expect![[r#"
        ! {"column":10,"end":26,"end_column":13,"end_line":2,"expansions":[],"file":"w.stp","help":null,"id":"E0201","labels":[{"column":10,"end":26,"end_column":13,"end_line":2,"file":"w.stp","line":2,"message":"nothing is called this","primary":true,"start":23}],"line":2,"message":"`nme` is never assigned","notes":[],"severity":"error","slug":"unknown-name","start":23}
        status 1
    "#]].assert_eq(&bench.stapc(&["check", "-W", "--diagnostics=json", "w.stp"]));
    expect![[r#"
        ! error: cannot open nowhere.stp: No such file or directory (os error 2)
        status 1
    "#]]
    .assert_eq(&bench.stapc(&["check", "nowhere.stp"]));
}

#[test]
fn unused_arguments_are_warned_of() {
    let bench = Bench::new();
    let run = |options: &[&str]| {
        let script = ["-e", "probe begin { println($1) }", "1", "2"];
        bench.stapc(&[&["check"], options, &script[..]].concat())
    };
    expect![[r#"
        ! warning[W0601]: nothing uses the script's argument $2/@2
        !
    "#]]
    .assert_eq(&run(&[]));
    assert_eq!(run(&["-w"]), "");
    assert!(run(&["-W"]).ends_with("status 1\n"));
}

#[test]
fn scripts_are_compiled_together() {
    let bench = Bench::new();
    let text = bench.stapc(&[
        "compile",
        "--emit=ast",
        "-e",
        "probe begin { println(x) }",
        "-E",
        "global x = 5",
    ]);
    expect![[r#"
        probe begin {
            println(x);
        }
        global x = 5;
    "#]]
    .assert_eq(&text);
    let text = bench.stapc(&[
        "compile",
        "--emit=hir",
        "-e",
        "probe begin { println(x) }",
        "-E",
        "global x = 5",
        "-G",
        "x=7",
    ]);
    assert!(text.contains('7') && !text.contains('5'), "{text}");
}

#[test]
fn limits_and_globals_must_be_formed_right() {
    let bench = Bench::new();
    let run = |option: &str| bench.stapc(&["check", option, "-e", "probe begin { exit() }"]);
    expect![[r#"
        ! error: -D MAXACTION: expected NAME=VALUE
        status 1
    "#]]
    .assert_eq(&run("-DMAXACTION"));
    expect![[r#"
        ! warning[W0602]: -D MAXACTOIN is no limit: only C in the script would see it
        !  = help: did you mean `MAXACTION`?
        !
    "#]]
    .assert_eq(&run("-DMAXACTOIN=5"));
    expect![[r#"
        ! error: -G x: expected NAME=VALUE
        status 1
    "#]]
    .assert_eq(&run("-Gx"));
}

#[test]
fn each_program_is_the_other_by_name() {
    let bench = Bench::new();
    let link = bench.path("stap");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_stapc"), &link).unwrap();
    let text = bench.run(link.to_str().unwrap(), &["-V"], "");
    assert!(text.starts_with("Systemtap translator/driver"), "{text}");
    let link = bench.path("stapc");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_stap"), &link).unwrap();
    let text = bench.run(link.to_str().unwrap(), &["--version"], "");
    assert!(text.starts_with("stapc "), "{text}");
}

#[test]
fn kinds_of_findings_are_explained() {
    let bench = Bench::new();
    assert!(bench.stapc(&["explain", "E0201"]).contains("E0201"));
    assert!(bench.stapc(&["explain", "E9999"]).ends_with("status 1\n"));
}
