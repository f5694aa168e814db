//! `stapc fmt`.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::Bench;

const UGLY: &str = "probe   begin{println(1)   # one\n}";

#[test]
fn files_are_formatted_in_place() {
    let bench = Bench::new();
    bench.write("u.stp", UGLY);
    fs::set_permissions(bench.path("u.stp"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(
        bench.stapc(&["fmt", "--check", "u.stp"]),
        "u.stp\n! stapc: 1 file not formatted, 0 formatted\nstatus 1\n"
    );
    assert_eq!(bench.read("u.stp"), UGLY);
    assert_eq!(bench.stapc(&["fmt", "u.stp"]), "! stapc: 1 file formatted, 0 left\n");
    let formatted = bench.read("u.stp");
    assert!(formatted.contains("# one") && formatted != UGLY, "{formatted}");
    assert_eq!(fs::metadata(bench.path("u.stp")).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(bench.stapc(&["fmt", "u.stp"]), "! stapc: 0 files formatted, 1 left as it was\n");
    assert_eq!(
        bench.stapc(&["fmt", "--check", "u.stp"]),
        "! stapc: 0 files not formatted, 1 formatted\n"
    );
    assert_eq!(bench.run(env!("CARGO_BIN_EXE_stapc"), &["fmt", "-"], UGLY), formatted);
}

#[test]
fn a_file_that_is_wrong_is_left_and_the_others_are_done() {
    let bench = Bench::new();
    bench.write("wrong.stp", "probe begin { \"").write("u.stp", UGLY);
    let text = bench.stapc(&["fmt", "wrong.stp", "nowhere.stp", "u.stp"]);
    assert!(
        text.ends_with("! stapc: 1 file formatted, 0 left, 2 with errors\nstatus 1\n"),
        "{text}"
    );
    assert_eq!(bench.read("wrong.stp"), "probe begin { \"");
    assert_ne!(bench.read("u.stp"), UGLY);
}
