//! Programs that compilers make here, in all the ways that programs are made; and damaged ones.
#![expect(clippy::disallowed_methods, reason = "tests run compilers and read what they wrote")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::*;
use crate::{dwarf::DwarfIndex, variables::Term};

mod damage;

const CODE: What = What::Functions { code: true, inlined: false, exported: false };
const EXPORTED: What = What::Functions { code: true, inlined: false, exported: true };

/// A folder that programs are made in.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// What a compiler makes of a source file of these tests; none if it is not installed.
    fn compile(&self, compiler: &str, source: &str, options: &[&str]) -> Option<Vec<u8>> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/program/tests");
        let program = self.path("program");
        let mut command = Command::new(compiler);
        command.current_dir(sources).args(options).arg(source).arg("-o").arg(&program);
        let Ok(run) = command.output() else {
            eprintln!("skipped: there is no {compiler}");
            return None;
        };
        assert!(run.status.success(), "{options:?}: {}", String::from_utf8_lossy(&run.stderr));
        Some(fs::read(&program).unwrap())
    }

    /// What `objcopy` makes of the program.
    fn changed(&self, options: &[&str]) -> Vec<u8> {
        let changed = self.path("changed");
        let mut command = Command::new("objcopy");
        let run = command.args(options).arg(self.path("program")).arg(&changed).status();
        assert!(run.unwrap().success(), "{options:?}");
        fs::read(&changed).unwrap()
    }
}

/// Asks about a program, perhaps with a separate debug file.
fn with<T>(bytes: &[u8], debug: Option<&[u8]>, ask: impl FnOnce(&Program<'_>) -> T) -> T {
    let executable = Elf::open(bytes).unwrap();
    let debug = debug.map(|debug| Elf::open(debug).unwrap());
    let of = debug.as_ref().unwrap_or(&executable);
    let missing = Error("nothing is known".to_owned());
    let index = DwarfIndex::build_program(of, &|_, _| ());
    let dwarf = match &index {
        Ok(index) => Dwarf::open_beside(of, &executable, index),
        Err(_) => Err(missing),
    };
    ask(&Program::new(&executable, debug.as_ref(), dwarf))
}

fn places(program: &Program<'_>, function: &str, what: What) -> Result<Vec<Place>, Error> {
    let function = function.to_owned();
    program.places(&Query { function, file: None, lines: Lines::Unwritten, what })
}

fn names(program: &Program<'_>, function: &str, what: What) -> Vec<String> {
    places(program, function, what).unwrap().into_iter().map(|place| place.function).collect()
}

/// Where each of some variables is, as far as that is known.
fn seen(program: &Program<'_>, place: &Place) -> Vec<String> {
    let variables = program.variables(place).unwrap().into_iter();
    variables.map(|variable| variable.name).collect()
}

const WAYS: [&[&str]; 6] = [
    &["-g", "-O0", "-pie", "-fPIE"],
    &["-g", "-O2", "-pie", "-fPIE"],
    &["-g", "-O0", "-no-pie", "-fno-pie"],
    &["-gdwarf-4", "-O2", "-no-pie", "-fno-pie"],
    &["-g", "-O2", "-static"],
    &["-g", "-O2", "-shared", "-fPIC", "-Wl,--unresolved-symbols=ignore-all"],
];

/// What every way to make and to strip the program has in common.
fn check(program: &Program<'_>, bytes: &[u8], way: &str) {
    let found = places(program, "twice", CODE).unwrap();
    let [place] = &found[..] else { panic!("{way}: {found:?}") };
    assert_eq!((place.function.as_str(), &place.kind), ("twice", &PlaceKind::Entry), "{way}");
    let at = program.file_offset(place.address).unwrap() as usize;
    // The mark's `nop` is the only one in it.
    let mark = program.marks("first", "plain").unwrap().remove(0);
    let marked = program.file_offset(mark.address).unwrap() as usize;
    assert!((at..at + 64).contains(&marked), "{way}: {at:x} {marked:x}");
    assert_eq!(bytes[marked], 0x90, "{way}");
    assert_eq!(program.file_offset(1 << 60), None);
    let Ok(Term::Load(address, 4, false)) = &mark.args[2] else { panic!("{way}: {mark:?}") };
    let Term::Address(address) = **address else { panic!("{way}: {mark:?}") };
    let at = program.file_offset(address).unwrap() as usize;
    assert_eq!(bytes[at..at + 4], 3_i32.to_le_bytes(), "{way}: table[2]");
    let counted = program.marks("*", "count*").unwrap().remove(0);
    let semaphore = counted.semaphore.unwrap() as usize;
    assert_eq!(bytes[semaphore..semaphore + 2], [0, 0], "{way}");
    assert_eq!(counted.args.iter().filter(|arg| arg.is_err()).count(), 4, "{way}: {counted:?}");
    let marks = program.marks("*", "*").unwrap();
    assert_eq!(marks.iter().filter(|mark| mark.provider == "second").count(), 2, "{way}");
    assert!(names(program, "t[wh]*ice", EXPORTED).contains(&"thrice".to_owned()), "{way}");
}

#[test]
fn a_program_is_known_however_it_is_made() {
    let folder = Folder::new();
    for compiler in ["gcc", "clang"] {
        for way in WAYS {
            let Some(bytes) = folder.compile(compiler, "marked.c", way) else { continue };
            let way = format!("{compiler} {way:?}");
            with(&bytes, None, |program| {
                check(program, &bytes, &way);
                let place = places(program, "twice", CODE).unwrap().remove(0);
                assert!(place.file.ends_with("/marked.c") && place.line > 0, "{way}: {place:?}");
                assert_eq!(seen(program, &place), ["number"], "{way}");
                assert!(program.returned(&place).unwrap().is_some(), "{way}");
            });
        }
    }
}

#[test]
fn a_separate_debug_file_knows_as_much() {
    let folder = Folder::new();
    for way in WAYS {
        let Some(bytes) = folder.compile("gcc", "marked.c", way) else { return };
        let debug = folder.changed(&["--only-keep-debug"]);
        let stripped = folder.changed(&["--strip-debug"]);
        let way = format!("{way:?}");
        let lines = |program: &Program<'_>| {
            let query = Query {
                function: "main".to_owned(),
                file: None,
                lines: Lines::All,
                what: What::Statements { nearest: false },
            };
            let places = program.places(&query).unwrap();
            let variables = places.iter().map(|place| program.variables(place).unwrap());
            variables.collect::<Vec<_>>()
        };
        let whole = with(&bytes, None, lines);
        with(&stripped, Some(&debug), |program| {
            check(program, &stripped, &way);
            // The frames' places are in the tables of the program itself.
            assert_eq!(lines(program), whole, "{way}");
        });
    }
}

#[test]
fn without_debug_information_symbols_are_known() {
    let folder = Folder::new();
    for way in WAYS {
        let Some(_) = folder.compile("gcc", "marked.c", way) else { return };
        let bytes = folder.changed(&["--strip-debug"]);
        with(&bytes, None, |program| {
            check(program, &bytes, &format!("{way:?}"));
            let place = places(program, "twice", CODE).unwrap().remove(0);
            assert_eq!((place.file.as_str(), place.line), ("", 0));
            assert_eq!(program.variables(&place), Ok(Vec::new()));
            assert_eq!(program.returned(&place), Ok(None));
            assert_eq!(program.functions_like("twcie"), ["twice"]);
            for (file, lines) in [(Some("*.c"), Lines::Unwritten), (None, Lines::All)] {
                let file = file.map(str::to_owned);
                let query = Query { function: "main".to_owned(), file, lines, what: CODE };
                assert_eq!(program.places(&query), Err(Error("nothing is known".to_owned())));
            }
            assert!(program.global("table", None).is_err());
        });
    }
}

#[test]
fn what_only_other_objects_need_is_left_when_all_symbols_are_gone() {
    let folder = Folder::new();
    let Some(_) = folder.compile("gcc", "marked.c", WAYS[5]) else { return };
    let bytes = folder.changed(&["--strip-all"]);
    with(&bytes, None, |program| {
        assert_eq!(names(program, "t*ice", CODE), ["twice", "thrice"]);
        assert!(names(program, "nothing", CODE).is_empty());
    });
}

#[test]
fn names_of_other_languages_are_those_of_the_source() {
    let folder = Folder::new();
    for compiler in ["g++", "clang++"] {
        for level in ["-O0", "-O2"] {
            let Some(bytes) = folder.compile(compiler, "names.cc", &["-g", level]) else {
                continue;
            };
            with(&bytes, None, |program| {
                let way = format!("{compiler} {level}");
                for name in ["method", "thrower", "operator()"] {
                    let place = places(program, name, CODE).unwrap().remove(0);
                    assert!(place.symbol.starts_with("_Z"), "{way}: {place:?}");
                    assert!(!place.symbol.contains("cold"), "{way}: {place:?}");
                }
                let place = places(program, "thrower", CODE).unwrap().remove(0);
                assert_eq!(seen(program, &place)[..2], ["derived", "times"], "{way}");
                let derived = program.variables(&place).unwrap().remove(0);
                assert_eq!(program.type_name(derived.ty.unwrap()).unwrap(), "class Derived&");
                let Type::Pointer(Some(class)) = program.ty(derived.ty.unwrap()).unwrap() else {
                    panic!("{way}: a reference is a pointer")
                };
                // What a base has is a member, and what all share is none.
                assert_eq!(program.member(class, "first").unwrap().unwrap().offset, 8, "{way}");
                assert!(program.member(class, "second").unwrap().is_some(), "{way}");
                assert_eq!(program.member(class, "shared").unwrap(), None, "{way}");
                for name in ["number", "shared"] {
                    assert!(program.global(name, None).unwrap().is_some(), "{way}: {name}");
                }
            });
        }
    }
}

#[test]
fn a_symbol_of_a_described_function_is_another_name_of_it() {
    let folder = Folder::new();
    let options = ["-g", "-O1", "-Wl,--defsym=other=twice,--defsym=twice_too=twice"];
    let Some(bytes) = folder.compile("gcc", "marked.c", &options) else { return };
    with(&bytes, None, |program| {
        assert_eq!(names(program, "other", CODE), ["twice"]);
        assert_eq!(names(program, "twice*", CODE), ["twice"]);
        // Code that comes from elsewhere has a symbol only.
        let all = names(program, "*", CODE);
        assert!(all.iter().any(|name| name == "_start"), "{all:?}");
    });
    let bytes = folder.changed(&["--strip-debug"]);
    with(&bytes, None, |program| {
        assert_eq!(names(program, "other", CODE), ["other"]);
        // A pattern means each function once.
        assert_eq!(names(program, "*t[wh]*e*", CODE), ["other", "thrice"]);
    });
}

/// The addresses and names that `objdump` gives the entries of the tables; `@plt` or `@plt.sec` is its mark.
fn linked_by_objdump(folder: &Folder) -> Vec<(u64, String)> {
    let run = Command::new("objdump").arg("-d").arg(folder.path("program")).output().unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    let labels = text.lines().filter_map(|line| line.strip_suffix("@plt>:"));
    let entries = labels.filter_map(|label| {
        let (address, name) = label.split_once(" <")?;
        Some((u64::from_str_radix(address, 16).unwrap(), name.to_owned()))
    });
    entries.collect()
}

#[test]
fn the_linkage_tables_are_those_that_a_disassembler_sees() {
    let folder = Folder::new();
    let ways: [&[&str]; 5] = [
        &["-O1", "-z", "lazy", "-fcf-protection=none"],
        &["-O1", "-z", "now", "-fcf-protection"],
        &["-O1", "-z", "now", "-fcf-protection", "-Wl,-z,ibtplt"],
        &["-O1", "-no-pie", "-fno-pie", "-z", "lazy"],
        &["-O1", "-shared", "-fPIC", "-z", "lazy"],
    ];
    for compiler in ["gcc", "clang"] {
        for way in ways {
            let Some(bytes) = folder.compile(compiler, "marked.c", way) else { continue };
            with(&bytes, None, |program| {
                let found = program.linkage("*").unwrap().into_iter();
                let found: Vec<_> = found.map(|place| (place.address, place.function)).collect();
                assert_eq!(found, linked_by_objdump(&folder), "{compiler} {way:?}");
                let getenv = program.linkage("get?nv").unwrap();
                assert_eq!(getenv.len(), 1, "{compiler} {way:?}");
                assert!(program.file_offset(getenv[0].address).is_some());
                assert!(program.linkage("nothing").unwrap().is_empty());
            });
        }
    }
}

#[test]
fn marks_of_the_header_have_the_values_that_are_given_to_it() {
    if !Path::new("/usr/include/x86_64-linux-gnu/sys/sdt.h").exists() {
        eprintln!("skipped: there is no sys/sdt.h; run `cargo xtask setup`");
        return;
    }
    let folder = Folder::new();
    let source = folder.path("header.c");
    let text = "#include <sys/sdt.h>\nint main(int count, char **words) {\n\
                DTRACE_PROBE3(own, three, count, words, (short)-7);\nreturn 0; }\n";
    fs::write(&source, text).unwrap();
    for compiler in ["gcc", "clang"] {
        for level in ["-O0", "-O2"] {
            let Some(bytes) = folder.compile(compiler, source.to_str().unwrap(), &[level]) else {
                continue;
            };
            with(&bytes, None, |program| {
                let marks = program.marks("own", "three").unwrap();
                let [mark] = &marks[..] else { panic!("{marks:?}") };
                let values: Vec<&Term> =
                    mark.args.iter().map(|arg| arg.as_ref().unwrap()).collect();
                assert_eq!(values.len(), 3);
                assert_eq!(mark.semaphore, None);
                if (compiler, level) == ("gcc", "-O2") {
                    assert_eq!(*values[1], Term::Register(4));
                    assert_eq!(*values[2], Term::Const(-7));
                }
            });
        }
    }
}
