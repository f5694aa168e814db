//! Scripts for another machine, whose files lie in a folder.

use std::{fs, os::unix::fs::symlink, process::Command};

use expect_test::expect;

use super::{Bench, words};

const LIBRARY: &str = "
struct pair {
	int left;
	const char *right;
};

__attribute__((noinline)) int take(struct pair *pair, unsigned char small)
{
	return pair->left + small;
}
";

const PROGRAM: &str = "
struct pair {
	int left;
	const char *right;
};

int take(struct pair *pair, unsigned char small);

int main(int count, char **words)
{
	struct pair pair = { count, *words };

	return take(&pair, 2) == 0;
}
";

/// A machine with a program, its library where only LD_LIBRARY_PATH says, and a kernel with debug information.
fn machine() -> Bench {
    let bench = Bench::new();
    bench.write("library.c", LIBRARY).write("program.c", PROGRAM);
    for folder in ["root/usr/bin", "root/opt/lib", "root/usr/src/headers", "root/boot"] {
        fs::create_dir_all(bench.path(folder)).unwrap();
    }
    for folder in ["root/lib/modules/9.8.7-other", "root/usr/lib/debug/boot"] {
        fs::create_dir_all(bench.path(folder)).unwrap();
    }
    let link = |target: &str, link: &str| symlink(target, bench.path(link)).unwrap();
    link("/usr/bin", "root/bin");
    link("/usr/src/headers", "root/lib/modules/9.8.7-other/build");
    bench
        .write("root/usr/src/headers/Makefile", "")
        .write("root/boot/config-9.8.7-other", "CONFIG_OTHER=y\n");
    bench.write("root/boot/System.map-9.8.7-other", "0000000000401000 T take\n");
    let gcc = |line: &str| {
        let mut gcc = Command::new("gcc");
        gcc.current_dir(bench.path("")).args(["-g", "-O1"]);
        assert!(gcc.args(words(line)).status().unwrap().success(), "{line}");
    };
    gcc("-shared -fPIC -Wl,-soname,libown.so library.c -o root/opt/lib/libown.so");
    gcc("program.c root/opt/lib/libown.so -o root/usr/bin/program");
    gcc(
        "-nostdlib -static -no-pie -Wl,-etake library.c -o root/usr/lib/debug/boot/vmlinux-9.8.7-other",
    );
    bench
}

/// What `stapc` prints for that machine.
fn stapc(bench: &Bench, arguments: &[&str]) -> String {
    let machine = ["--sysroot=root", "-r", "9.8.7-other"];
    bench.stapc(&[&arguments[..1], &machine, &arguments[1..]].concat())
}

#[test]
fn programs_and_libraries_have_the_paths_of_the_other_machine() {
    let bench = machine();
    let list = |point: &str| stapc(&bench, &["list", "--sysenv=PATH=/sbin:bin", "-L", point]);
    expect![[r#"
        process("/usr/bin/program").function("main@/FOLDER/program.c:9") $count:int $words:char** $pair:struct pair
    "#]].assert_eq(&list("process(\"/bin/program\").function(\"main\")"));
    expect![[r#"
        process("/usr/bin/program").function("main@/FOLDER/program.c:9") $count:int $words:char** $pair:struct pair
    "#]].assert_eq(&list("process(\"program\").function(\"main\")"));
    expect![[r#"
        ! error[E0407]: there is no program `/bin/ls`
        !   ┌─ <input>:1:15
        !   │
        ! 1 │ probe process("/bin/ls").function("main") {}
        !   │               ^^^^^^^^^
        !   │
        !   = note: there is no program `/bin/ls`: it does not exist in /FOLDER/root
        !
        status 1
    "#]]
    .assert_eq(&list("process(\"/bin/ls\").function(\"main\")"));
    let own = "process(\"/bin/program\").library(\"libown.so\").function(\"take\")";
    expect![[r#"
        ! error[E0407]: there is no library `libown.so`
        !   ┌─ <input>:1:39
        !   │
        ! 1 │ probe process("/bin/program").library("libown.so").function("take") {}
        !   │                                       ^^^^^^^^^^^
        !   │
        !   = note: /usr/bin/program is linked with no shared libraries that are installed, so with none like `libown.so`
        !
        status 1
    "#]].assert_eq(&list(own));
    let found = ["list", "--sysenv=LD_LIBRARY_PATH=/opt/lib", "-L", own];
    expect![[r#"
        process("/usr/bin/program").library("/opt/lib/libown.so").function("take@/FOLDER/library.c:7") $pair:struct pair* $small:unsigned char
    "#]].assert_eq(&stapc(&bench, &found));
}

#[test]
fn headers_are_those_of_the_other_machine() {
    let bench = machine();
    bench.write("root/usr/include/own.h", "struct own { int first; int second; };\n");
    let script = |header: &str| {
        format!("probe begin {{ println(@cast(1, \"own\", \"<{header}>\")->second) }}")
    };
    let check = |header: &str| stapc(&bench, &["check", "-e", &script(header)]);
    assert_eq!(check("own.h"), "");
    expect![[r#"
        ! error[E0506]: <stdin>:1:10: fatal error: stdio.h: No such file or directory
        !   ┌─ <input>:1:39
        !   │
        ! 1 │ probe begin { println(@cast(1, "own", "<stdio.h>")->second) }
        !   │                                       ^^^^^^^^^^^
        !
        status 1
    "#]]
    .assert_eq(&check("stdio.h"));
}

#[test]
fn the_kernel_is_that_of_the_other_machine() {
    let bench = machine();
    expect![[r#"
        kernel.function("take@library.c:7") $pair:struct pair* $small:unsigned char
        ! stapc: indexing the debug information of /FOLDER/root/usr/lib/debug/boot/vmlinux-9.8.7-other (once) …
    "#]].assert_eq(&stapc(&bench, &["list", "-L", "kernel.function(\"ta*\")"]));
    let script =
        "probe kernel.function(\"take\") { %( CONFIG_OTHER == \"y\" %? println($pair->left) %) }";
    expect![[r#"
        probe kernel.function("take@library.c:7") // Entry(Code { function: "take", base: Symbol("take"), offset: 0 }) {
            print "%d\n" ((kernel s32 at (Argument(0)): i64 + 0): i64)
        }
    "#]].assert_eq(&stapc(&bench, &["compile", "--emit=hir", "-e", script]));
}

#[test]
fn the_options_say_what_is_wrong_with_them() {
    let bench = machine();
    expect![[r#"
        ! stap: --sysroot none: No such file or directory (os error 2)
        ! stap: --sysroot program.c: not a directory
        ! stap: --sysenv PATH: expected VAR=VALUE
        ! Try '--help' for more information.
        status 1
    "#]]
    .assert_eq(&bench.stap(&words("--sysroot=none --sysroot=program.c --sysenv=PATH h.stp")));
    expect![[r#"
        ! error: invalid value 'none' for '--sysroot <DIR>': No such file or directory (os error 2)
        !
        ! For more information, try '--help'.
        status 2
    "#]]
    .assert_eq(&bench.stapc(&words("check --sysroot=none h.stp")));
    expect![[r#"
        ! error: invalid value 'PATH' for '--sysenv <VAR=VALUE>': expected VAR=VALUE
        !
        ! For more information, try '--help'.
        status 2
    "#]]
    .assert_eq(&bench.stapc(&words("check --sysenv=PATH h.stp")));
    bench.write("h.stp", "probe process { exit() }");
    expect![[r#"
        ! error: -x 1: the processes of this machine do not run the programs in /FOLDER/root; leave out --sysroot
        status 1
    "#]].assert_eq(&stapc(&bench, &words("run -x 1 h.stp")));
    let of_one = "process(1).function(\"main\")";
    expect![[r#"
        ! error[E0407]: what process 1 runs is not known
        !   ┌─ <input>:1:15
        !   │
        ! 1 │ probe process(1).function("main") {}
        !   │               ^
        !   │
        !   = note: the processes of this machine do not run the programs in /FOLDER/root; leave out --sysroot
        !
        status 1
    "#]].assert_eq(&stapc(&bench, &["list", of_one]));
}
