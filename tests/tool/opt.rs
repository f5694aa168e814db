//! `stapc opt`, and the statistics of `stapc compile`.

use expect_test::expect;

use super::{Bench, words};

/// A handler with something for several passes.
const MODULE: &str = r#"stapc-ir 1
file "a.stp"
global @n i64 = 0
global @m map [i64] i64 capacity 16
probe timer.ns 1000 "timer.us(1)" %h
probe timer.ns 2000 "timer.us(2)" %g

function %h {
block0:
    v0: i64 = iconst 2
    v1: i64 = iconst 3
    v2: i64 = iadd v0, v1
    v3: i64 = mget @m, v2
    v4: i64 = iadd v3, v1
    mset @m, v2, v4
    jump block1
block1:
    return
}

function %g {
block0:
    v0: i64 = iconst 5
    v1: i64 = mget @m, v0
    print "%d\x0a", v1
    return
}
"#;

fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("a.ir", MODULE);
    bench
}

/// What goes to the standard output.
fn printed(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with('!'))
        .fold(String::new(), |all, line| all + line + "\n")
}

#[test]
fn passes_run_in_the_order_named() {
    let text = bench().stapc(&words("opt --passes=sccp,dead-code,simplify-cfg a.ir"));
    expect![[r#"
        stapc-ir 1
        file "a.stp"
        limit max_action 1000
        limit max_action_session 10000
        limit max_nesting 10
        limit string_max 128
        limit max_errors 0
        limit max_skipped 100
        global @n i64 = 0
        global @m map [i64] i64 capacity 16
        probe timer.ns 1000 "timer.us(1)" %h
        probe timer.ns 2000 "timer.us(2)" %g

        function %h {
        block0:
            v0: i64 = iconst 3
            v1: i64 = iconst 5
            v2: i64 = mget @m, v1
            v3: i64 = iadd v2, v0
            mset @m, v1, v3
            return
        }

        function %g {
        block0:
            v0: i64 = iconst 5
            v1: i64 = mget @m, v0
            print "%d\x0a", v1
            return
        }
    "#]]
    .assert_eq(&text);
}

#[test]
fn no_pass_leaves_the_module_as_it_is() {
    let bench = bench();
    let text = bench.stapc(&["opt", "--passes=", "a.ir"]);
    assert_eq!(bench.stapc(&["opt", "--passes=", "a.ir"]), text);
    bench.write("b.ir", &text);
    assert_eq!(bench.stapc(&["opt", "--passes=", "b.ir"]), text);
    assert_eq!(
        bench.run(env!("CARGO_BIN_EXE_stapc"), &["opt", "--passes=", "-"], MODULE),
        text,
        "from the standard input"
    );
}

#[test]
fn a_level_gives_what_a_backend_takes() {
    let bench = bench();
    for level in ["-O0", "-O1", "-O2"] {
        let text = bench.stapc(&["opt", level, "--verify-each", "a.ir"]);
        bench.write("done.ir", &text);
        let again = bench.stapc(&["opt", "--passes=", "--stage=final", "done.ir"]);
        assert_eq!(again, text, "{level}");
    }
    assert_eq!(bench.stapc(&["opt", "a.ir"]), bench.stapc(&["opt", "-O2", "a.ir"]));
    assert!(bench.stapc(&["opt", "-O3", "a.ir"]).ends_with("status 2\n"));
    assert_eq!(bench.stapc(&["opt", "-o", "done.ir", "a.ir"]), "");
    assert_eq!(bench.read("done.ir"), bench.stapc(&["opt", "a.ir"]));
}

#[test]
fn a_pass_is_left_out() {
    let bench = bench();
    let prints = "    print \"a\"\n    print \"b\"\n";
    bench.write("a.ir", MODULE.replace("    print \"%d\\x0a\", v1\n", prints));
    let with = bench.stapc(&["opt", "--stats", "a.ir"]);
    let without = bench.stapc(&["opt", "--stats", "--skip=merge-prints", "a.ir"]);
    assert!(with.contains("! merge-prints ") && with.contains("print \"ab\""), "{with}");
    assert!(!without.contains("! merge-prints ") && without.contains(prints), "{without}");
    let refused = bench.stapc(&["opt", "--skip=assign-slots", "a.ir"]);
    assert!(refused.contains("borrow-strings needs slots assigned"), "{refused}");
}

#[test]
fn what_passes_did_is_counted_and_timed() {
    let bench = bench();
    let passes = "--passes=sccp,dead-code,simplify-cfg";
    expect![[r#"
        ! pass           changes  instructions
        ! sccp                 1        12 → 12
        ! dead-code            1        12 → 11
        ! simplify-cfg         1        11 → 10
        ! all                  3        12 → 10
    "#]]
    .assert_eq(&errors(&bench.stapc(&["opt", "--stats", passes, "a.ir"])));
    let timed = errors(&bench.stapc(&["opt", "--time-passes", passes, "a.ir"]));
    let names: Vec<&str> =
        timed.lines().filter_map(|line| line.split_once(" ms  ")).map(|(_, name)| name).collect();
    assert_eq!(names, ["pass sccp", "pass dead-code", "pass simplify-cfg", "total"]);
}

/// What goes to the standard error.
fn errors(text: &str) -> String {
    text.lines()
        .filter(|line| line.starts_with('!'))
        .fold(String::new(), |all, line| all + line + "\n")
}

#[test]
fn the_module_is_printed_behind_passes() {
    let bench = bench();
    let plain = bench.stapc(&["opt", "a.ir"]);
    let text = bench.stapc(&["opt", "--print-after=sccp", "a.ir"]);
    assert_eq!(printed(&text), plain);
    let behind = errors(&text);
    assert_eq!(behind.matches("! ; after ").count(), 1, "{behind}");
    assert!(behind.contains("iconst 5") && behind.contains("mset @m"), "{behind}");
    let all =
        errors(&bench.stapc(&["opt", "--passes=sccp,dead-code", "--print-after=all", "a.ir"]));
    let headings: Vec<&str> = all.lines().filter(|line| line.starts_with("! ; after ")).collect();
    assert_eq!(headings, ["! ; after lower", "! ; after sccp", "! ; after dead-code"]);
}

#[test]
fn json_is_the_module_too() {
    let bench = bench();
    let text = bench.stapc(&["opt", "--format=json", "--passes=", "a.ir"]);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["functions"].as_array().unwrap().len(), 2);
    // It is read too.
    bench.write("a.json", &text);
    assert_eq!(bench.stapc(&["opt", "a.json"]), bench.stapc(&["opt", "a.ir"]));
}

#[test]
fn mistakes_in_the_command_are_said() {
    let bench = bench();
    let text = bench.stapc(&["opt", "--passes=sccp,dead-cod", "a.ir"]);
    assert!(
        text.starts_with("! error: --passes: there is no pass `dead-cod`; there are "),
        "{text}"
    );
    assert!(text.contains("dead-code, ") && text.ends_with("status 1\n"), "{text}");
    let text = bench.stapc(&["opt", "--skip=dead-cod", "a.ir"]);
    assert!(text.starts_with("! error: --skip: there is no pass `dead-cod`;"), "{text}");
    let text = bench.stapc(&["opt", "--print-after=dead-cod", "a.ir"]);
    assert!(
        text.starts_with("! error: --print-after=dead-cod: no such pass; there are all, lower, "),
        "{text}"
    );
    let text = bench.stapc(&["opt", "--passes=assign-slots,join-strings", "a.ir"]);
    expect![[r#"
        ! error: join-strings must run before there are slots assigned
        status 1
    "#]]
    .assert_eq(&text);
    assert!(bench.stapc(&["opt"]).ends_with("status 2\n"));
    assert!(bench.stapc(&words("opt --passes=sccp -O1 a.ir")).ends_with("status 2\n"));
}

#[test]
fn a_module_that_is_too_far_for_a_level_is_refused() {
    let bench = bench();
    bench.stapc(&["opt", "-O0", "-o", "done.ir", "a.ir"]);
    expect![[r#"
        ! error: place-fuel must run before there are locks placed
        ! the levels are for what lowering makes (`stapc compile --emit=lowered`); for a module that is further, name passes with --passes
        status 1
    "#]]
    .assert_eq(&bench.stapc(&["opt", "-O0", "done.ir"]));
}

#[test]
fn what_is_no_module_is_said_line_by_line() {
    let bench = Bench::new();
    bench.write(
        "a.ir",
        "stapc-ir 1\nprobe begin 0 \"begin\" %h\nglobal @n i65 = 0\nfunction %g {\n",
    );
    let text = bench.stapc(&["opt", "a.ir"]);
    assert!(text.starts_with("! error: a.ir:3:"), "{text}");
    assert!(text.ends_with("status 1\n"), "{text}");
    bench.write("a.ir", b"\xff\xfe");
    expect![[r#"
        ! error: a.ir is no text in UTF-8: invalid utf-8 sequence of 1 bytes from index 0
        status 1
    "#]]
    .assert_eq(&bench.stapc(&["opt", "a.ir"]));
    expect![[r#"
        ! error: cannot open nowhere.ir: No such file or directory (os error 2)
        status 1
    "#]]
    .assert_eq(&bench.stapc(&["opt", "nowhere.ir"]));
    bench.write("a.ir", "");
    assert!(bench.stapc(&["opt", "a.ir"]).ends_with("status 1\n"));
}

#[test]
fn what_the_verifier_finds_is_shown() {
    let bench = Bench::new();
    let module = "stapc-ir 1\nprobe begin 0 \"begin\" %h\nfunction %h {\nblock0:\n    v0: i64 = iconst 1\n    v1: bool = bnot v0\n    return\n}\n";
    bench.write("a.ir", module);
    let text = bench.stapc(&["opt", "--passes=", "a.ir"]);
    assert!(text.starts_with("! error: a.ir is not lowered\n!   %h: "), "{text}");
    assert!(text.contains("bnot v0") && text.ends_with("status 1\n"), "{text}");
    bench.write("a.ir", MODULE);
    let text = bench.stapc(&["opt", "--passes=", "--stage=placed", "a.ir"]);
    assert!(text.starts_with("! error: a.ir is not placed\n"), "{text}");
    assert!(text.contains("@m") && text.ends_with("status 1\n"), "{text}");
}

#[test]
fn passes_are_listed_with_what_they_declare() {
    let text = bench().stapc(&["opt", "--list-passes"]);
    for pass in stapc_passes::PASSES {
        assert!(text.contains(pass.name) && text.contains(pass.doc), "{}", pass.name);
    }
    assert!(text.contains("needs: blocks in the order of definitions"), "{text}");
    assert!(text.contains("gives: locks placed"), "{text}");
}

#[test]
fn what_lowering_makes_goes_through_opt_as_through_compile() {
    let bench = Bench::new();
    let script = "global n, s[10] probe begin { for (i = 0; i < 3; i++) s[i] = n++; exit() } probe end { foreach (k in s) println(k, s[k]) }";
    bench.write("a.stp", script);
    bench.stapc(&words("compile --emit=lowered -o lowered.ir a.stp"));
    for level in ["-O0", "-O1", "-O2"] {
        assert_eq!(
            bench.stapc(&["opt", level, "lowered.ir"]),
            bench.stapc(&["compile", "--emit=ir", level, "a.stp"]),
            "{level}"
        );
    }
    let compiled = errors(&bench.stapc(&words("compile --emit=ir --stats a.stp")));
    assert_eq!(compiled, errors(&bench.stapc(&words("opt --stats lowered.ir"))));
    assert!(compiled.contains("! all "), "{compiled}");
    let refused = bench.stapc(&words("compile --emit=hir --stats a.stp"));
    assert!(refused.starts_with("! error: --stats is about passes"), "{refused}");
}
