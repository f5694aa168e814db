//! Programs are found as a shell finds them, with the debug information that belongs to them.

mod root;

use std::{fs, path::PathBuf, process::Command};

use stapc_debuginfo::{Lines, Place, Query, Type, What};
use tempfile::TempDir;

use super::*;

const SOURCE: &str = "\
struct pair { int first; long second; };
__attribute__((noinline)) int twice(struct pair const *pair) { return 2 * pair->first; }
int main(int count, char **words) { (void)words; struct pair pair = {count, 1}; return twice(&pair); }
";

/// A folder with a program in it, compiled with these options.
fn program(options: &[&str]) -> Option<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir().unwrap();
    let [source, path] = ["program.c", "program"].map(|name| folder.path().join(name));
    fs::write(&source, SOURCE).unwrap();
    let gcc = Command::new("gcc").args(options).arg(&source).arg("-o").arg(&path).output();
    let Ok(run) = gcc else {
        eprintln!("skipped: there is no gcc");
        return None;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some((folder, path.canonicalize().unwrap()))
}

fn objcopy(words: &[&str]) {
    assert!(Command::new("objcopy").args(words).status().unwrap().success(), "{words:?}");
}

fn entries(programs: &Programs<'_>, path: &Path, file: Option<&str>) -> Result<Vec<Place>, Error> {
    let what = What::Functions { code: true, inlined: false, exported: false };
    let (function, file) = ("twice".to_owned(), file.map(str::to_owned));
    let source = programs.open(path.to_str().unwrap())?;
    source.places(&Query { function, file, lines: Lines::Unwritten, what })
}

/// Whether the debug information of a program tells where its function is declared.
fn is_described(path: &Path) -> bool {
    let cache = Cache::at("/dev/null/cache");
    let programs = Programs::new(Root::default(), &cache);
    let places = entries(&programs, path, None).unwrap();
    assert_eq!(places.len(), 1);
    let described = entries(&programs, path, Some("program.c"));
    if let Err(error) = &described {
        let (name, said) = (path.display().to_string(), &error.0);
        assert!(said.contains("no debug information") && said.contains(&name), "{said}");
    }
    described.is_ok_and(|places| places.len() == 1)
}

#[test]
fn a_process_has_code_of_files_at_addresses() {
    let maps = "\
55d0c4a00000-55d0c4a02000 r--p 00000000 fe:00 131 /usr/bin/a b
55d0c4a02000-55d0c4a07000 r-xp 00002000 fe:00 131 /usr/bin/a b
7f0000000000-7f0000001000 r-xp 00000000 00:00 0 [vdso]
";
    let mapped = |address| paths::mapped_by(maps, address);
    assert_eq!(mapped(0x55d0_c4a0_2010), Some(("/usr/bin/a b".to_owned(), 0x2010)));
    assert_eq!(mapped(0x55d0_c4a0_0010), None);
    assert_eq!(mapped(0x7f00_0000_0010), None);
    assert_eq!(mapped(0x55d0_c4a0_7000), None);
}

#[test]
fn debug_information_is_found_in_the_program_and_in_a_file_that_it_names() {
    for kind in ["-pie", "-no-pie"] {
        for id in ["-Wl,--build-id", "-Wl,--build-id=none"] {
            let Some((folder, path)) = program(&["-g", "-O1", kind, id]) else { return };
            assert!(is_described(&path), "{kind} {id}");
            let program = path.to_str().unwrap();
            let debug = folder.path().join("program.debug");
            let name = debug.to_str().unwrap();
            objcopy(&["--only-keep-debug", program, name]);
            objcopy(&["--strip-debug", &format!("--add-gnu-debuglink={name}"), program]);
            assert!(is_described(&path), "{kind} {id}");
            let inner = folder.path().join(".debug");
            fs::create_dir(&inner).unwrap();
            fs::rename(&debug, inner.join("program.debug")).unwrap();
            assert!(is_described(&path), "{kind} {id}");
            fs::remove_dir_all(&inner).unwrap();
            assert!(!is_described(&path), "{kind} {id}");
        }
    }
}

#[test]
fn the_debug_file_of_another_build_is_not_taken() {
    for id in ["-Wl,--build-id", "-Wl,--build-id=none"] {
        let Some((folder, path)) = program(&["-g", "-O1", id]) else { return };
        let Some((_other, other)) = program(&["-g", "-O2", "-fno-inline", "-DX", id]) else {
            return;
        };
        let debug = folder.path().join("program.debug");
        let name = debug.to_str().unwrap();
        let program = path.to_str().unwrap();
        objcopy(&["--only-keep-debug", program, name]);
        objcopy(&["--strip-debug", &format!("--add-gnu-debuglink={name}"), program]);
        objcopy(&["--only-keep-debug", other.to_str().unwrap(), name]);
        assert!(!is_described(&path), "{id}");
    }
}

#[test]
fn a_program_of_the_distribution_says_what_to_install() {
    let programs = ["/usr/bin/dpkg", "/usr/bin/ls"].into_iter().map(Path::new);
    for path in programs.filter(|path| path.exists()) {
        let said = missing(path, &Root::default()).0;
        assert!(said.contains("-dbgsym"), "{said}");
    }
    assert!(!missing(Path::new("/tmp/own"), &Root::default()).0.contains("-dbgsym"));
}

#[test]
fn paths_are_those_of_the_shell() {
    let cache = Cache::at("/dev/null/cache");
    let programs = Programs::new(Root::default(), &cache);
    let real = |path: &str| Path::new(path).canonicalize().unwrap().display().to_string();
    let find = |path: &str| programs.find(path);
    assert_eq!(find("sh"), Ok(vec![real("/bin/sh")]));
    assert_eq!(find("/bin/sh"), Ok(vec![real("/bin/sh")]));
    assert!(find("no-such-program").unwrap_err().0.contains("/bin"));
    assert!(find("./sh-is-not-here").unwrap_err().0.contains("does not exist in /"));
    assert!(find("/usr").unwrap_err().0.contains("no file"));
    assert!(find("").is_err());
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    for (name, text) in [
        ("plain", "#!/bin/sh\necho\n"),
        ("spaces", "#! /bin/sh -e\n"),
        ("env", "#!/usr/bin/env sh\n"),
        ("split", "#!/usr/bin/env -S A=b sh -e\n"),
    ] {
        assert_eq!(find(&script(name, text)), Ok(vec![real("/bin/sh")]), "{name}");
    }
    let error = find(&script("broken", "#!/no/such/shell\n")).unwrap_err().0;
    assert!(error.contains("/no/such/shell") && error.contains("broken"), "{error}");
    assert!(find(&script("empty", "#!")).unwrap_err().0.contains("what runs it"));
}

#[test]
fn patterns_mean_programs_and_libraries_each_once() {
    let Some((folder, path)) = program(&[]) else { return };
    let copy = folder.path().join("program two");
    fs::copy(&path, &copy).unwrap();
    std::os::unix::fs::symlink(&copy, folder.path().join("program link")).unwrap();
    fs::create_dir(folder.path().join("program folder")).unwrap();
    let pattern = format!("{}/prog*", folder.path().display());
    let found = paths::find(&Root::default(), &pattern).unwrap();
    let copy = copy.canonicalize().unwrap();
    assert_eq!(found, [path, copy].map(|path| path.display().to_string()));
    let none =
        paths::find(&Root::default(), &format!("{}/x*", folder.path().display())).unwrap_err().0;
    assert!(none.contains("no program is called"), "{none}");
}

#[test]
fn a_process_runs_its_program() {
    let own = std::env::current_exe().unwrap().canonicalize().unwrap();
    assert_eq!(paths::of_process(std::process::id()), Ok(own.display().to_string()));
    assert!(paths::of_process(u32::MAX).unwrap_err().0.contains("no process"));
}

#[test]
fn the_command_of_a_session_is_its_program() {
    let target = |command: &str| {
        let cache = Cache::at("/dev/null/cache");
        let programs = Programs::new(Root::default(), &cache);
        let session = SessionArgs { command: Some(command.to_owned()), ..SessionArgs::default() };
        programs.aim(&session).unwrap();
        programs.target()
    };
    let shell = Path::new("/bin/sh").canonicalize().unwrap().display().to_string();
    assert_eq!(target("sh -c 'echo x'"), Some(shell.clone()));
    assert_eq!(target(" /bin/sh"), Some(shell));
    assert_eq!(target("no-such-program x"), Some("no-such-program".to_owned()));
    for command in ["", "a | b", "a; b", "(a)", "A=b a", "$X a", "'a b' c"] {
        assert_eq!(target(command), None, "{command}");
    }
}

#[test]
fn libraries_are_found_by_any_of_their_names() {
    let find = |pattern: &str| libraries::find("/bin/sh", &Root::default(), pattern);
    let Ok(found) = find("libc.so.6") else {
        eprintln!("skipped: the shell is static");
        return;
    };
    assert_eq!(found.len(), 1);
    assert_eq!(find("libc.so*"), Ok(found.clone()));
    assert_eq!(find("*/libc.so.?"), Ok(found.clone()));
    assert_eq!(find(&found[0]), Ok(found.clone()));
    let error = find("libnothing*").unwrap_err().0;
    assert!(error.contains("libc.so.6"), "{error}");
    // It need not be linked with one that is named by its path.
    let own = std::env::current_exe().unwrap().canonicalize().unwrap().display().to_string();
    assert_eq!(find(&own), Ok(vec![own]));
}

#[test]
fn what_several_debug_files_have_in_common_is_found_or_said_to_be_missing() {
    if Command::new("dwz").arg("--version").output().is_err() {
        eprintln!("skipped: there is no dwz; run `cargo xtask setup`");
        return;
    }
    let ways = [["-g", "-O0"], ["-g", "-O1"]];
    let [Some((folder, path)), Some((_other, other))] = ways.map(|way| program(&way)) else {
        return;
    };
    let common = folder.path().join("common");
    let mut dwz = Command::new("dwz");
    dwz.arg("-m").arg(&common).args(["-M", "common"]).arg(&path).arg(&other);
    let run = dwz.args(["-L", "none", "-l", "none"]).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let has_link = Elf::open(map(&path).unwrap()).unwrap().alternate_link().is_some();
    assert!(has_link && common.exists(), "nothing was found to be common");
    let cache = Cache::at("/dev/null/cache");
    let programs = Programs::new(Root::default(), &cache);
    let found = entries(&programs, &path, Some("program.c")).unwrap();
    assert_eq!(found.len(), 1);
    // The type of this is one of what they have in common.
    let source = programs.open(path.to_str().unwrap()).unwrap();
    let number = source.variables(&found[0]).unwrap().remove(0);
    assert_eq!(source.type_name(number.ty.unwrap()).unwrap(), "struct pair const*");
    let Type::Pointer(Some(pair)) = source.ty(number.ty.unwrap()).unwrap() else { panic!() };
    assert_eq!(source.members(pair).unwrap(), ["first", "second"]);
    fs::remove_file(&common).unwrap();
    let programs = Programs::new(Root::default(), &cache);
    let error = entries(&programs, &path, Some("program.c")).unwrap_err().0;
    assert!(error.contains("common") && error.contains("not installed"), "{error}");
    assert_eq!(entries(&programs, &path, None).unwrap().len(), 1);
}
