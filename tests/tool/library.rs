//! Folders of library scripts, and the library that is built in.

use std::{collections::BTreeSet, fs, path::Path};

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

/// Functions of the library that no script of `tests/e2e` can hold against a known result.
const NOT_CALLED: &[(&str, &str)] = &[
    ("dump_stack", "writes to the kernel's log where the kernel is"),
    ("panic", "ends the machine"),
    (
        "print_backtrace",
        "writes what differs with the kernel; backtrace() and sprint_backtrace() are held",
    ),
    ("print_backtrace_fileline", "likewise; kernel-lines.stp holds its lines"),
    ("switch_file", "does nothing without files; tests/live holds it"),
    ("system", "runs beside the session; tests/live holds it"),
    ("target_set_report", "writes numbers of processes; target_set_pid() is held"),
];

/// The files of a folder of the repository that end so, and of the folders in it.
fn texts(folder: &str, end: &str) -> Vec<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|other| other == end) {
                texts.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    texts
}

#[test]
fn each_function_of_the_library_is_called_in_a_live_kernel() {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let scripts = texts("tests/e2e", "stp");
    let parts = scripts.iter().flat_map(|text| text.split('('));
    let called: BTreeSet<&str> =
        parts.filter_map(|part| part.trim_end().rsplit(|letter| !is_name(letter)).next()).collect();
    let listed = Bench::new().stapc(&["list", "--what", "functions"]);
    let names: BTreeSet<&str> = listed
        .lines()
        .filter_map(|line| line.split_once(" (").map(|(head, _)| head))
        .map(|head| head.split(':').next().unwrap_or(head))
        .collect();
    assert!(names.len() > 400, "{listed}");
    let missing: Vec<&str> = names.difference(&called).copied().collect();
    let known: Vec<&str> = NOT_CALLED.iter().map(|(name, _)| *name).collect();
    assert_eq!(missing, known, "functions that no script of tests/e2e calls");
}

/// Strings are cut at MAXSTRINGLEN, 128 if nothing else is said: a list of words would lose its last ones.
#[test]
fn lists_of_words_in_the_library_are_no_longer_than_strings() {
    let texts = texts("tapset", "stp");
    let calls = ["_word(\"", "_word_index(\""];
    let behind =
        calls.iter().flat_map(|call| texts.iter().flat_map(move |text| text.split(call).skip(1)));
    let lists: Vec<&str> = behind.filter_map(|rest| rest.split('"').next()).collect();
    assert!(lists.len() > 20, "{lists:?}");
    assert_eq!(lists.iter().find(|list| list.len() > 127), None);
}

/// What the scripts of `tests/e2e` check themselves: `N checks, 0 failed`, and lines that begin with `ok`.
#[test]
fn scripts_check_at_least_300_results() {
    let expected = texts("tests/e2e", "out");
    let lines = expected.iter().flat_map(|text| text.lines());
    let checks = lines.map(|line| match line.split_once(" checks, 0 failed") {
        Some((number, _)) => number.parse().unwrap(),
        None => u32::from(line.starts_with("ok ")),
    });
    assert!(checks.sum::<u32>() >= 300);
}
