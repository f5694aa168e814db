//! Programs of another machine, whose files lie in a folder.

use std::os::unix::fs::symlink;

use super::*;
use crate::kernel::Kernel;

/// A folder with the files of a machine.
struct Machine {
    folder: TempDir,
}

impl Machine {
    /// With a program in `/usr/bin`, to which `/bin` leads, and a library in `/opt/lib`; none without gcc.
    fn new(options: &[&str]) -> Option<Self> {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["usr/bin", "opt/lib", "late"] {
            fs::create_dir_all(machine.path(name)).unwrap();
        }
        symlink("/usr/bin", machine.path("bin")).unwrap();
        let (library, source) = (machine.path("opt/lib/libown.so"), machine.path("program.c"));
        fs::write(&source, SOURCE).unwrap();
        let gcc = |words: &[&str]| Command::new("gcc").arg(&source).args(words).output();
        let library = library.to_str().unwrap();
        if gcc(&["-shared", "-fPIC", "-g", "-Wl,-soname,libown.so", "-o", library]).is_err() {
            eprintln!("skipped: there is no gcc");
            return None;
        }
        let program = machine.path("usr/bin/program");
        let words =
            [&["-g", "-Wl,--no-as-needed", library, "-o", program.to_str().unwrap()], options];
        let run = gcc(&words.concat()).unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        Some(machine)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn root(&self, variables: &[(&str, &str)]) -> Root {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Root::at(self.folder.path()).unwrap().with(variables.iter().map(owned).collect())
    }
}

#[test]
fn programs_have_the_paths_of_their_machine() {
    let Some(machine) = Machine::new(&[]) else { return };
    fs::write(machine.path("usr/bin/script"), "#!/bin/program\n").unwrap();
    let root = machine.root(&[("PATH", "/sbin:bin")]);
    let found = Ok(vec!["/usr/bin/program".to_owned()]);
    for path in ["/bin/program", "usr/bin/program", "program", "/bin/script", "/b*/p*m", "bin/p*"] {
        assert_eq!(paths::find(&root, path), found, "{path}");
    }
    let folder = machine.folder.path().canonicalize().unwrap().display().to_string();
    for path in ["/bin/sh", "sh", "/bin/s*h"] {
        let said = paths::find(&root, path).unwrap_err().0;
        assert!(said.contains(&folder), "{said}");
    }
}

#[test]
fn processes_of_this_machine_are_not_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at("/dev/null/cache");
    let programs = Programs::new(Root::at(folder.path()).unwrap(), &cache);
    let session = SessionArgs { target: Some(std::process::id()), ..SessionArgs::default() };
    let said = format!("{:#}", programs.aim(&session).unwrap_err());
    assert!(said.contains("-x") && said.contains("--sysroot"), "{said}");
    assert!(programs.of_process(std::process::id()).is_err());
    assert!(programs.mapped(std::process::id(), 0).is_err());
}

#[test]
fn debug_information_is_that_of_the_machine() {
    let Some(machine) = Machine::new(&[]) else { return };
    let cache = Cache::at("/dev/null/cache");
    let path = Path::new("/usr/bin/program");
    let found = || {
        let programs = Programs::new(machine.root(&[]), &cache);
        entries(&programs, path, Some("program.c")).map(|places| places.len())
    };
    assert_eq!(found(), Ok(1));
    let program = machine.path("usr/bin/program").display().to_string();
    let debug = machine.path("usr/lib/debug/usr/bin/program.debug");
    fs::create_dir_all(debug.parent().unwrap()).unwrap();
    let name = debug.to_str().unwrap();
    objcopy(&["--only-keep-debug", &program, name]);
    objcopy(&["--strip-debug", &format!("--add-gnu-debuglink={name}"), &program]);
    assert_eq!(found(), Ok(1));
    fs::remove_file(&debug).unwrap();
    let said = found().unwrap_err().0;
    assert!(said.starts_with("/usr/bin/program has no debug information"), "{said}");
}

#[test]
fn libraries_are_found_as_the_loader_of_the_machine_finds_them() {
    let new = ["-Wl,--enable-new-dtags", "-Wl,-rpath,/late"];
    let old = ["-Wl,--disable-new-dtags", "-Wl,-rpath,$ORIGIN/../../late"];
    for (options, expected) in [
        (&[] as &[&str], "/opt/lib/libown.so"),
        (&new, "/opt/lib/libown.so"),
        (&old, "/late/libown.so"),
    ] {
        let Some(machine) = Machine::new(options) else { return };
        fs::copy(machine.path("opt/lib/libown.so"), machine.path("late/libown.so")).unwrap();
        let root = machine.root(&[("LD_LIBRARY_PATH", "opt/lib")]);
        let found = libraries::find("/bin/program", &root, "libown*");
        assert_eq!(found, Ok(vec![expected.to_owned()]), "{options:?}");
    }
    let Some(machine) = Machine::new(&[]) else { return };
    let said = libraries::find("/bin/program", &machine.root(&[]), "libown*").unwrap_err().0;
    // Nor is there a C library on that machine.
    assert!(!said.contains("libc.so") && said.contains("libown*"), "{said}");
}

#[test]
fn a_release_is_looked_for_in_the_root() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at("/dev/null/cache");
    let root = Root::at(folder.path()).unwrap();
    let none = Kernel::select(None, &root, &cache).unwrap_err().to_string();
    assert!(none.contains(root.folder().unwrap().to_str().unwrap()), "{none}");
    for name in ["usr/src/headers", "lib/modules/9.8.7-other", "boot"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    symlink("/usr/src/headers", folder.path().join("lib/modules/9.8.7-other/build")).unwrap();
    for name in ["usr/src/headers/Makefile", "boot/vmlinuz-9.8.7-other"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let kernel = Kernel::select(None, &root, &cache).unwrap();
    assert_eq!(kernel.release, "9.8.7-other");
    assert_eq!(kernel.build, root.folder().unwrap().join("usr/src/headers"));
    assert_eq!(kernel.image, Some(root.folder().unwrap().join("boot/vmlinuz-9.8.7-other")));
}
