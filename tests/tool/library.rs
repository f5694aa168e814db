//! Folders of library scripts.

use super::Bench;

const USER: &str = "probe begin { println(@own_twice(own_f())) }";

#[test]
fn what_a_script_names_is_found() {
    let bench = Bench::new();
    bench
        .write(
            "lib/a.stp",
            "function own_f() { return own_g() + own_h }\nglobal own_h = 3\nfunction own_g() { return 1 }",
        )
        .write("lib/m.stpm", "@define own_twice(x) %( 2 * (@x) %)")
        .write("lib/other.stp", "probe { this is never parsed");
    for round in ["first", "from the cache"] {
        assert_eq!(bench.stapc(&["check", "-I", "lib", "-e", USER]), "", "{round}");
    }
    assert!(bench.stapc(&["check", "-e", USER]).ends_with("status 1\n"), "not without the folder");
    let listed = bench.stap(&["-p2", "-I", "lib", "-e", USER]);
    assert!(listed.contains("own_h:long") && listed.contains("own_f:long ()"), "{listed}");
}

#[test]
fn aliases_of_the_library_are_probe_points() {
    let bench = Bench::new();
    bench.write("lib/a.stp", "probe my.start = begin { name = \"start\" }");
    assert_eq!(bench.stapc(&["check", "-I", "lib", "-e", "probe my.* { println(name) }"]), "");
}

#[test]
fn the_first_folder_counts_and_changes_are_seen() {
    let bench = Bench::new();
    bench
        .write("one/x86_64/f.stp", "function own_f() { return \"special\" }")
        .write("one/f.stp", "function own_f() { return \"general\" }")
        .write("two/f.stp", "function own_f() { return \"second\" }");
    let run = |folders: [&str; 2]| {
        let [one, two] = folders;
        bench.stapc(&[
            "compile",
            "--emit=hir",
            "-I",
            one,
            "-I",
            two,
            "-e",
            "probe begin { println(own_f()) }",
        ])
    };
    if cfg!(target_arch = "x86_64") {
        assert!(run(["one", "two"]).contains("special"));
    }
    assert!(run(["two", "one"]).contains("second"));
    bench.write("two/f.stp", "function own_f() { return \"changed\" }");
    assert!(run(["two", "one"]).contains("changed"));
}

#[test]
fn a_folder_that_is_not_there_is_said() {
    let bench = Bench::new();
    let text = bench.stapc(&["check", "-I", "nowhere", "-e", "probe begin { println(own_f()) }"]);
    assert!(text.contains("! stapc: cannot read the library folder nowhere: "), "{text}");
}

#[test]
fn a_library_file_that_is_wrong_is_said() {
    let bench = Bench::new();
    bench.write("lib/a.stp", "function own_f() { return ( }");
    let text = bench.stapc(&["check", "-I", "lib", "-e", "probe begin { println(own_f()) }"]);
    assert!(text.contains("lib/a.stp"), "{text}");
}
