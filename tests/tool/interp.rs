//! `stapc interp`: scripts and modules in process.

use expect_test::expect;

use super::Bench;

const MODULE: &str = "stapc-ir 1
global @n i64 = 0
probe entry \"vfs_read\" \"kernel.function(\\x22vfs_read\\x22)\" %h

function %h {
block0:
    v0: i64 = pid
    gstore @n, v0
    print \"%d\\x0a\", v0
    return
}
";

#[test]
fn a_script_runs_as_in_a_kernel() {
    let bench = Bench::new();
    bench.write("s.stp", "global n\nprobe begin { println(\"begin\"); warn(\"careful\") }\nprobe timer.s(3600) { n++; exit() }\nprobe end { println(1 / (n - 1)) }\n");
    expect![[r#"
        begin
        ! WARNING: careful
        ! ERROR: division by 0 near operator '/' at s.stp:4:23
        ! WARNING: Number of errors: 1, skipped probes: 0
        status 1
    "#]]
    .assert_eq(&bench.stapc(&["interp", "s.stp"]));
}

#[test]
fn events_hit_probes_of_the_kernel() {
    let bench = Bench::new();
    bench.write("m.ir", MODULE).write(
        "e.jsonl",
        "{\"probe\": \"vfs_read\", \"context\": {\"pid\": 7}}\n\n# more\n{\"probe\": \"kernel.function(\\\"vfs_read\\\")\", \"context\": {\"pid\": 9}}\n{\"probe\": \"vfs_write\"}\n",
    );
    expect![[r#"
        7
        9
        ! n = 9
    "#]]
    .assert_eq(&bench.stapc(&["interp", "m.ir", "--events", "e.jsonl", "--globals"]));
    let stats = bench.stapc(&["interp", "m.ir", "--events", "e.jsonl", "--stats"]);
    assert!(stats.contains("!            8  steps\n!            2  hits\n"), "{stats}");
    assert!(stats.contains("!            2  gstore\n"), "{stats}");
}

#[test]
fn a_line_that_is_no_event_is_named() {
    let bench = Bench::new();
    bench.write("m.ir", MODULE);
    let said = |line: &str| {
        bench.write("e.jsonl", format!("{{\"probe\": \"f\"}}\n{line}\n"));
        bench.stapc(&["interp", "m.ir", "--events", "e.jsonl"])
    };
    let expected = "! error: e.jsonl:2:2: key must be a string\nstatus 1\n";
    assert_eq!(said("{x}"), expected);
    assert!(said("{\"prob\": 1}").contains("e.jsonl:2:7: unknown field `prob`"));
    assert!(said("{\"at\": 1}").contains("missing field `probe`"));
    let bytes = "{\"probe\": \"f\", \"memory\": [{\"address\": \"0xff\", \"bytes\": \"abc\"}]}";
    assert!(said(bytes).contains("`abc` is not bytes of two digits each"));
}

#[test]
fn a_module_that_is_wrong_or_does_not_end_is_refused() {
    let bench = Bench::new();
    bench.write("m.ir", MODULE.replace("gstore @n, v0", "gstore @n, v1"));
    assert!(bench.stapc(&["interp", "m.ir"]).ends_with("status 1\n"));
    let script = "probe timer.us(100) { println(1) }";
    let text = bench.stapc(&["interp", "--steps=100", "-e", script]);
    assert!(text.contains("gave up after 100 steps; --steps allows more\nstatus 1\n"), "{text}");
    let text = bench.stapc(&["interp", "--duration=0.00035", "-e", script]);
    assert_eq!(text, "1\n1\n1\n");
}
