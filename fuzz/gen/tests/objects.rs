//! The properties of objects' debug information: on objects that are compiled here, on mutants of them, and
//! on everything that fuzzing ever found.
#![expect(clippy::disallowed_methods, reason = "objects are files")]

use std::{
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use stapc_debuginfo::{Elf, join_split, split_units};
use stapc_gen::objects::{ALL, Property, mutate_object};

/// How many mutants are tried of each object.
const MUTANTS: u64 = 150;
/// How long one object may take, also on a slow machine.
const LONGEST: Duration = Duration::from_secs(20);

fn try_one(name: &str, property: &str, holds: Property, data: &[u8]) -> Option<String> {
    let start = Instant::now();
    let finding = match catch_unwind(|| holds(data)) {
        Ok(Ok(())) if start.elapsed() < LONGEST => return None,
        Ok(Ok(())) => format!("took {:?}", start.elapsed()),
        Ok(Err(finding)) => finding,
        Err(_) => "panicked".to_owned(),
    };
    Some(format!("{name}: {property}: {finding}"))
}

fn quiet(findings: &[String]) {
    let shown = findings.iter().take(5).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(findings.is_empty(), "{} findings:\n{shown}", findings.len());
}

/// An object of a program of `tests/objects`; none where it cannot be compiled.
fn compiled(compiler: &str, options: &[&str]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().ok()?;
    let object = folder.path().join("object");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/objects");
    let done = Command::new(compiler)
        .current_dir(sources)
        .args(["-g", "-ffreestanding", "-w", "-o"])
        .arg(&object)
        .args(options)
        .status();
    if done.is_ok_and(|status| status.success()) {
        return fs::read(object).ok();
    }
    eprintln!("skipped: {compiler} is not here; run `cargo xtask setup`");
    None
}

/// What clang is told so that an object has both skeletons of units and the rest of them.
fn both(version: &str) -> [&str; 5] {
    ["-O2", "-c", "-gsplit-dwarf=single", version, "small.c"]
}

#[test]
fn an_object_with_both_parts_of_its_units_is_put_together() {
    for version in ["-gdwarf-4", "-gdwarf-5"] {
        let Some(object) = compiled("clang", &both(version)) else { return };
        let [file, mut joined] =
            [&object, &object].map(|bytes| Elf::open(bytes).expect("an object"));
        assert!(!split_units(&file).expect("units").is_empty(), "{version}");
        assert_eq!(join_split(&mut joined, &[&file]), Ok(()), "{version}");
    }
}

#[test]
fn hold_for_objects_and_mutants_of_them() {
    let linked = ["-O2", "-static", "-nostdlib", "-fno-stack-protector", "small.c"];
    let unlinked = ["-O2", "-r", "-nostdlib", "-ffunction-sections", "small.c"];
    let bpf = ["-O1", "-target", "bpf", "-c", "btf.c"];
    let [dwarf, btf, split] = [ALL[0], ALL[1], ALL[2]];
    let section = |object: Vec<u8>| {
        use object::{Object as _, ObjectSection as _};
        let file = object::File::parse(object.as_slice()).ok()?;
        Some(file.section_by_name(".BTF")?.data().ok()?.to_vec())
    };
    let objects = [
        ("gcc", dwarf, compiled("gcc", &linked)),
        ("clang", dwarf, compiled("clang", &linked)),
        ("gcc -r", dwarf, compiled("gcc", &unlinked)),
        ("split", split, compiled("clang", &both("-gdwarf-5"))),
        ("split, DWARF 4", split, compiled("clang", &both("-gdwarf-4"))),
        ("BPF", btf, compiled("clang", &bpf).and_then(section)),
    ];
    let mut findings = Vec::new();
    for (name, (property, holds), object) in objects {
        let Some(object) = object else { continue };
        findings.extend(try_one(name, property, holds, &object));
        for seed in 0..MUTANTS {
            let mut mutant = object.clone();
            assert!(mutate_object(&mut mutant, seed), "{name} cannot be mutated");
            findings.extend(try_one(&format!("{name}, seed {seed}"), property, holds, &mutant));
        }
    }
    quiet(&findings);
}

/// What fuzzing found once stands in `found-objects`, by target, as the target was given it.
#[test]
fn hold_for_what_was_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/found-objects");
    let mut findings = Vec::new();
    let mut count = 0;
    for (property, holds) in ALL {
        let files = fs::read_dir(folder.join(property)).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = files.map(|file| file.path()).collect();
        paths.sort();
        for path in paths {
            count += 1;
            let data = fs::read(&path).expect("a file that is there");
            findings.extend(try_one(&path.display().to_string(), property, *holds, &data));
        }
    }
    assert!(count > 0, "the findings of the past are somewhere else");
    quiet(&findings);
}
