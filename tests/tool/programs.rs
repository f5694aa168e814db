//! Probe points of programs: what is listed there, and what is said where there is nothing.

use std::process::Command;

use expect_test::expect;

use super::Bench;

const PROGRAM: &str = r#"
#include <stdio.h>

struct pair {
	int left;
	const char *right;
};

int total;

static inline __attribute__((always_inline)) int twice(int number)
{
	return number * 2;
}

__attribute__((noinline)) int take(struct pair *pair, unsigned char small)
{
	total += twice(pair->left);
	return total + small;
}

int main(void)
{
	struct pair pair = { 1, "one" };

	return puts(pair.right) + take(&pair, 2) == 0;
}
"#;

/// Has the program compiled in the bench's folder.
fn compile(bench: &Bench, flags: &[&str]) {
    bench.write("program.c", PROGRAM);
    let path = |name: &str| bench.path(name);
    let mut gcc = Command::new("gcc");
    gcc.current_dir(path(".")).args(flags).args(["-O1", "program.c", "-o", "program"]);
    assert!(gcc.status().unwrap().success());
}

fn listed(bench: &Bench, point: &str) -> String {
    bench.stapc(&["list", "-L", point])
}

#[test]
fn places_and_variables_of_a_program_are_listed() {
    let bench = Bench::new();
    compile(&bench, &["-g"]);
    expect![[r#"
        process("/FOLDER/program").function("take@/FOLDER/program.c:16") $pair:struct pair* $small:unsigned char
    "#]].assert_eq(&listed(&bench, "process(\"./program\").function(\"ta*\")"));
    expect![[r#"
        process("/FOLDER/program").function("twice@/FOLDER/program.c:11")
    "#]]
    .assert_eq(&listed(&bench, "process(\"./program\").function(\"twice\")"));
    expect![[r#"
        process("/FOLDER/program").function("take@/FOLDER/program.c:16").return $return:int $pair:struct pair* $small:unsigned char
    "#]].assert_eq(&listed(&bench, "process(\"./program\").function(\"take\").return"));
    expect![[r#"
        process("/FOLDER/program").statement("take@/FOLDER/program.c:18") $pair:struct pair* $small:unsigned char
        process("/FOLDER/program").statement("take@/FOLDER/program.c:19") $pair:struct pair* $small:unsigned char
        process("/FOLDER/program").statement("take@/FOLDER/program.c:20") $pair:struct pair* $small:unsigned char
    "#]]
        .assert_eq(&listed(&bench, "process(\"./pro*m\").statement(\"take@program.c:*\")"));
    expect![[r#"
        process("/FOLDER/program").function("main@/FOLDER/program.c:22").callee("take@/FOLDER/program.c:16") $pair:struct pair* $small:unsigned char
        process("/FOLDER/program").function("take@/FOLDER/program.c:16").callee("twice@/FOLDER/program.c:11")
    "#]].assert_eq(&listed(&bench, "process(\"./program\").function(\"main\").callees(2)"));
    expect![[r#"
        process("/FOLDER/program").function("main@/FOLDER/program.c:22").callee("take@/FOLDER/program.c:16").return $return:int $pair:struct pair* $small:unsigned char
    "#]].assert_eq(&listed(&bench, "process(\"./program\").function(\"main\").callee(\"*\").return"));
    expect![[r#"
        process("/FOLDER/program").plt("puts")
    "#]]
    .assert_eq(&listed(&bench, "process(\"./program\").plt(\"put*\")"));
}

#[test]
fn a_program_without_debug_information_has_functions() {
    let bench = Bench::new();
    compile(&bench, &[]);
    expect![[r#"
        process("/FOLDER/program").function("take")
    "#]]
    .assert_eq(&listed(&bench, "process(\"./program\").function(\"take\")"));
    let statement = "process(\"./program\").statement(\"take@program.c:5\")";
    expect![[r#"
        ! error[E0506]: `take@program.c:5` cannot be probed
        !   ┌─ <input>:1:38
        !   │
        ! 1 │ probe process("./program").statement("take@program.c:5") {}
        !   │                                      ^^^^^^^^^^^^^^^^^^
        !   │
        !   = note: /FOLDER/program has no debug information; compile it with -g
        !
        status 1
    "#]]
    .assert_eq(&listed(&bench, statement));
}

#[test]
fn the_program_of_a_command_is_known() {
    let bench = Bench::new();
    compile(&bench, &["-g"]);
    let script = "probe process.function(\"take\") { println($pair->left) }";
    let hir = bench.stapc(&["compile", "--emit=hir", "-c", "./program x", "-e", script]);
    assert!(hir.starts_with("probe process(\"/FOLDER/program\").function(\"take@"), "{hir}");
    assert_eq!(bench.stapc(&["check", "-c", "./program x", "-e", script]), "");
    expect![[r#"
        ! error[E0403]: `process` without a program is that of the session's command
        !   ┌─ <input>:1:7
        !   │
        ! 1 │ probe process.function("take") { println($pair->left) }
        !   │       ^^^^^^^ the session runs none
        !   │
        !   = help: name the program: `process("/bin/ls")`, or give the option -c
        !
        status 1
    "#]]
    .assert_eq(&bench.stapc(&["check", "-e", script]));
}

#[test]
fn what_is_not_there_is_said() {
    let bench = Bench::new();
    compile(&bench, &["-g"]);
    expect![[r#"
        ! error[E0407]: there is no program `./none`
        !   ┌─ <input>:1:15
        !   │
        ! 1 │ probe process("./none").function("main") {}
        !   │               ^^^^^^^^
        !   │
        !   = note: there is no program `./none`: it does not exist in /FOLDER
        !
        status 1
    "#]]
    .assert_eq(&bench.stapc(&["check", "-e", "probe process(\"./none\").function(\"main\") {}"]));
    let check = |script: &str| bench.stapc(&["check", "-e", script]);
    expect![[r#"
        ! error[E0406]: `/FOLDER/program` has no function `tkae` that can be probed
        !   ┌─ <input>:1:37
        !   │
        ! 1 │ probe process("./program").function("tkae") {}
        !   │                                     ^^^^^^ not found in DWARF
        !   │
        !   = help: did you mean `take`?
        !
        status 1
    "#]]
    .assert_eq(&check("probe process(\"./program\").function(\"tkae\") {}"));
    expect![[r#"
        ! error[E0406]: `/FOLDER/program` has no mark `none`
        !   ┌─ <input>:1:7
        !   │
        ! 1 │ probe process("./program").mark("none") {}
        !   │       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not found
        !
        status 1
    "#]]
    .assert_eq(&check("probe process(\"./program\").mark(\"none\") {}"));
    expect![[r#"
        ! error[E0407]: there is no library `libnone.so`
        !   ┌─ <input>:1:36
        !   │
        ! 1 │ probe process("./program").library("libnone.so").function("f") {}
        !   │                                    ^^^^^^^^^^^^
        !   │
        !   = note: /FOLDER/program is linked with no library `libnone.so`, only with ld-linux-x86-64.so.2, libc.so.6
        !
        status 1
    "#]].assert_eq(&check(
        "probe process(\"./program\").library(\"libnone.so\").function(\"f\") {}",
    ));
    expect![[r#"
        ! error[E0403]: `process` without a program is that of the session's command
        !   ┌─ <input>:1:7
        !   │
        ! 1 │ probe process.function("main") {}
        !   │       ^^^^^^^ the session runs none
        !   │
        !   = help: name the program: `process("/bin/ls")`, or give the option -c
        !
        status 1
    "#]]
    .assert_eq(&check("probe process.function(\"main\") {}"));
    expect![[""]].assert_eq(&check("probe process(\"./program\").begin { println(1) }"));
    expect![[r#"
        ! error[E0402]: `process` alone is no probe point
        !   ┌─ <input>:1:7
        !   │
        ! 1 │ probe process("./program") { println(1) }
        !   │       ^^^^^^^^^^^^^^^^^^^^ something is missing behind it
        !   │
        !   = help: write `process("/bin/ls").function("main")`
        !
        status 1
    "#]]
    .assert_eq(&check("probe process(\"./program\") { println(1) }"));
}

#[test]
fn split_debug_information_is_put_together() {
    for version in ["-gdwarf-4", "-gdwarf-5"] {
        let bench = Bench::new();
        let points = [
            "process(\"./program\").function(\"*\")",
            "process(\"./program\").statement(\"take@program.c:*\")",
            "process(\"./program\").function(\"main\").callees(2)",
        ];
        let all = || points.map(|point| listed(&bench, point)).concat();
        compile(&bench, &["-g", version]);
        let whole = all();
        assert!(whole.contains("$pair:struct pair* $small:unsigned char"), "{whole}");
        compile(&bench, &["-g", version, "-gsplit-dwarf"]);
        assert_eq!(all(), whole, "{version}");
        let mut dwp = Command::new("llvm-dwp");
        dwp.current_dir(bench.path(".")).args(["-e", "program", "-o", "program.dwp"]);
        let packed = dwp.status().is_ok_and(|status| status.success());
        std::fs::remove_file(bench.path("program.dwo")).unwrap();
        if packed {
            assert_eq!(all(), whole, "{version}, a package");
            std::fs::remove_file(bench.path("program.dwp")).unwrap();
        } else {
            eprintln!("skipped: there is no llvm-dwp");
        }
        let gone = bench.stapc(&["list", points[1]]);
        let said = "a part of its debug information is in /FOLDER/program.dwo, which is not there, and there is no \
             /FOLDER/program.dwp";
        assert!(gone.contains(said), "{gone}");
    }
}

#[test]
fn callees_look_at_their_callers() {
    let bench = Bench::new();
    compile(&bench, &["-g"]);
    let script = "probe process(\"./program\").function(\"main\").callee(\"take\") { println(1) }";
    let looks = |options: &[&str]| {
        let ir = bench.stapc(&[&["compile", "--emit=ir", "-e", script], options].concat());
        assert!(ir.contains("callee"), "{ir}");
        ir.contains("load.u64")
    };
    assert!(looks(&[]));
    assert!(!looks(&["-D", "STAP_CALLEE_MATCHALL"]));
    expect![[r#"
        ! error[E0401]: a callee has no `.inline`
        !   ┌─ <input>:1:60
        !   │
        ! 1 │ probe process("./program").function("main").callee("take").inline {}
        !   │                                                            ^^^^^^ not known
        !
        status 1
    "#]]
    .assert_eq(&bench.stapc(&[
        "check",
        "-e",
        "probe process(\"./program\").function(\"main\").callee(\"take\").inline {}",
    ]));
}

#[test]
fn casts_go_to_the_types_of_programs_and_headers() {
    let bench = Bench::new();
    compile(&bench, &["-g"]);
    let script = "probe begin { \
        println(@cast(0, \"struct pair\", \"./program\")->left) \
        println(@cast(0, \"timeval\", \"<sys/time.h>\")->tv_usec) \
        println(@defined(@cast(0, \"pair\", \"<sys/time.h>\")->left)) }";
    expect![[""]].assert_eq(&bench.stapc(&["check", "-e", script]));
    expect![[r#"
        ! error[E0506]: <stdin>:1:10: fatal error: no/such.h: No such file or directory
        !   ┌─ <input>:1:37
        !   │
        ! 1 │ probe begin { println(@cast(0, "x", "<no/such.h>")->y) }
        !   │                                     ^^^^^^^^^^^^^
        !
        status 1
    "#]]
    .assert_eq(&bench.stapc(&[
        "check",
        "-e",
        "probe begin { println(@cast(0, \"x\", \"<no/such.h>\")->y) }",
    ]));
}
