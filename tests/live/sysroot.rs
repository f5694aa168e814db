//! A script for another machine: its program, library, loader and C library are only in a folder.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output},
};

use stapc_vm::Root;
use tempfile::TempDir;

use crate::support::{Ground, On};

const LIBRARY: &str = "int take(int number, char const *text) { return number + *text; }";
const PROGRAM: &str = "
int take(int number, char const *text);
int main(int count, char **words) { return take(count, words[1]) != 2 + 'x'; }
";
const SCRIPT: &str = r#"
probe process("program").library("libown.so").function("take") { printf("take %d %s\n", $number, user_string($text)) }
probe process("/bin/program").function("main").return { printf("%s returns %d\n", execname(), $return) }
"#;

/// The machine's files below `root`, and a kernel beside them that is named as a folder.
fn machine(ground: &Ground) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["root/usr/bin", "root/opt/lib", "kernel"] {
        fs::create_dir_all(path(name)).unwrap();
    }
    symlink("/usr/bin", path("root/bin")).unwrap();
    symlink(ground.build_tree(), path("kernel/build")).unwrap();
    symlink(ground.image(), path("kernel/bzImage")).unwrap();
    for (name, text) in [("library.c", LIBRARY), ("program.c", PROGRAM), ("script.stp", SCRIPT)] {
        fs::write(path(name), text).unwrap();
    }
    for line in [
        "-shared -fPIC -Wl,-soname,libown.so library.c -o root/opt/lib/libown.so",
        "program.c root/opt/lib/libown.so -o root/usr/bin/program",
    ] {
        let mut gcc = Command::new("gcc");
        gcc.current_dir(folder.path()).args(["-g", "-O1"]).args(line.split(' '));
        assert!(gcc.status().unwrap().success(), "{line}");
    }
    // What it needs of this machine has the same places there.
    for library in stapc_vm::linked(&path("root/usr/bin/program"), &Root::default()).unwrap() {
        let copy = path("root").join(library.path.strip_prefix("/").unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&library.path, copy).unwrap();
    }
    folder
}

fn run(folder: &Path, command: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stapc"))
        .current_dir(folder)
        .args(["run", "--vm", "-r", "./kernel", "--sysroot=root"])
        .args(["--sysenv=PATH=bin", "--sysenv=LD_LIBRARY_PATH=opt/lib", "script.stp"])
        .args(["-c", command])
        .output()
        .unwrap()
}

#[test]
fn programs_of_another_machine_run_with_its_libraries() {
    let Some(ground) = Ground::of(On::Debian) else { return };
    let folder = machine(&ground);
    let output = run(folder.path(), "program x");
    let said = String::from_utf8_lossy(&output.stderr);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(printed, "take 2 x\nprogram returns 0\n", "{said}");
    assert!(output.status.success(), "{said}");
}
