//! `stap -l`, `stap -L` and the dumps; `stapc list`.

use expect_test::expect;

use super::Bench;

const ALIASES: &str = r#"
    global unused
    probe a.one = begin { word = "x" number = 5 }
    probe a.two = end(2), never { number = 1 }
    probe a.gone = nowhere.at_all {}
"#;

#[test]
fn points_are_listed_by_name() {
    let bench = Bench::new();
    assert_eq!(bench.stap(&["-l", "begin"]), "begin\n");
    assert_eq!(bench.stap(&["-l", "timer.s(1), end"]), "end\ntimer.s(1)\n");
    assert_eq!(bench.stap(&["-E", ALIASES, "-l", "a.*"]), "a.one\na.two\n");
}

#[test]
fn with_each_point_comes_what_its_handler_can_use() {
    let bench = Bench::new();
    expect![[r#"
        a.one word:string number:long
        a.two number:long
    "#]]
    .assert_eq(&bench.stap(&["-E", ALIASES, "-L", "a.*"]));
    assert_eq!(bench.stapc(&["list", "-L", "timer.ms(5)"]), "timer.ms(5)\n");
}

#[test]
fn where_there_is_nothing_the_status_is_1() {
    let bench = Bench::new();
    expect![[r#"
        ! semantic error: there is no probe point `nothing.here`: identifier 'nothing' at <input>:1:7
        !         source: probe nothing.here {}
        !                       ^
        !
        status 1
    "#]]
    .assert_eq(&bench.stap(&["-l", "nothing.here"]));
    expect![[r#"
        ! stap: -l: there is a script already; add others with -E
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&["-e", "probe end {}", "-l", "begin"]));
}

#[test]
fn the_library_is_listed() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("lib")).unwrap();
    bench.write(
        "lib/l.stp",
        "function twice(x) { return x + x }\n\
         private function hidden() { return 1 }\n\
         function text:string (a:string, b) { return sprintf(\"%s%d\", a, b) }\n\
         probe l.p = begin?, end { }\n",
    );
    let functions = bench.stap(&["-I", "lib", "--dump-functions"]);
    for line in ["twice:long (x:long)", "text:string (a:string, b:long)", "pid:long ()"] {
        assert!(functions.lines().any(|listed| listed == line), "{line}: {functions}");
    }
    assert!(!functions.contains("hidden"), "{functions}");
    let aliases = bench.stap(&["-I", "lib", "--dump-probe-aliases"]);
    assert!(aliases.lines().any(|line| line == "l.p = begin?, end"), "{aliases}");
    let types = bench.stap(&["--dump-probe-types"]);
    assert!(types.lines().any(|line| line == "kernel.function(string).return"), "{types}");
    let names: Vec<&str> = types.lines().collect();
    assert!(names.is_sorted(), "{types}");
    assert_eq!(bench.stapc(&["list", "--what", "types"]), types);
}
