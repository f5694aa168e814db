//! What the targets of debug information start from: small programs, most of `tests/objects`, compiled here.

use std::{fs, path::Path, process::Command};

use anyhow::{Context as _, Result};
use object::{Object as _, ObjectSection as _};

use crate::{process::run, root::root};

/// The programs with DWARF. All is in one segment, so that pages do not fill the files.
const PROGRAMS: [&str; 2] = ["small.c", "values.c"];
const COMPILE: &str = "-g -w -c -ffreestanding -fno-stack-protector -fno-pie";
const LINK: &str = "-static -N --no-warn-rwx-segments";

/// Those of other shapes: a shared library with marks and calls of other objects' functions, and C++. They are
/// what `stapc-debuginfo` is tested with.
const OTHERS: [(&str, &str); 2] = [("gcc", "marked.c"), ("g++", "names.cc")];
const TESTS: &str = "frontend/debuginfo/src/program/tests";
const SHARED: &str = "-g -w -shared -fPIC -nostdlib -fcf-protection";

/// Writes the seeds of a target to a folder. Gives back how many there are.
pub fn make_seeds(target: &str, folder: &Path) -> Result<usize> {
    match target {
        "btf" => btf(folder),
        "split" => split(folder),
        _ => dwarf(folder),
    }
}

/// Each program by each compiler, not optimised and optimised, of each version of DWARF, linked and not; and
/// one of each with packed sections.
fn dwarf(folder: &Path) -> Result<usize> {
    let mut count = 0;
    let scratch = tempfile::tempdir()?;
    let object = scratch.path().join("object");
    for (program, compiler) in PROGRAMS.iter().flat_map(|name| [(name, "gcc"), (name, "clang")]) {
        let seed = |way: &str| folder.join(format!("{program}.{compiler}{way}"));
        for (level, version) in [("-O0", "-gdwarf-4"), ("-O2", "-gdwarf-4"), ("-O2", "-gdwarf-5")] {
            let mut compile = compiler_of(compiler);
            compile.args(COMPILE.split(' ')).args([level, version, program, "-o"]);
            run(compile.arg(&object))?;
            let linked = seed(&format!("{level}{version}"));
            run(Command::new("ld").args(LINK.split(' ')).arg(&object).arg("-o").arg(&linked))?;
            // As modules of the kernel are: not linked.
            fs::copy(&object, seed(&format!("{level}{version}-unlinked")))?;
            count += 2;
        }
        let mut pack = Command::new("objcopy");
        pack.arg("--compress-debug-sections=zlib").arg(seed("-O2-gdwarf-5")).arg(seed("-packed"));
        run(&mut pack)?;
        count += 1;
    }
    for ((compiler, program), level) in
        OTHERS.iter().flat_map(|&other| ["-O0", "-O2"].map(|level| (other, level)))
    {
        let mut compile = Command::new(compiler);
        compile.current_dir(root().join(TESTS)).args(SHARED.split(' ')).args([level, program]);
        run(compile.arg("-o").arg(folder.join(format!("{program}{level}"))))?;
        count += 1;
    }
    Ok(count)
}

/// Each program with the skeletons of its units and the rest of them in one object.
fn split(folder: &Path) -> Result<usize> {
    let ways = [("-O0", "-gdwarf-4"), ("-O2", "-gdwarf-4"), ("-O2", "-gdwarf-5")];
    for (program, (level, version)) in PROGRAMS.iter().flat_map(|name| ways.map(|way| (name, way)))
    {
        let mut compile = compiler_of("clang");
        compile.args(COMPILE.split(' ')).args(["-gsplit-dwarf=single", level, version, program]);
        run(compile.arg("-o").arg(folder.join(format!("{program}{level}{version}"))))?;
    }
    Ok(PROGRAMS.len() * ways.len())
}

/// The BTF that clang makes for BPF.
fn btf(folder: &Path) -> Result<usize> {
    let object = tempfile::NamedTempFile::new()?;
    let levels = ["-O0", "-O1", "-O2"];
    for level in levels {
        let mut compile = compiler_of("clang");
        compile.args(["-target", "bpf", "-g", "-c", "-ffreestanding", level, "btf.c", "-o"]);
        run(compile.arg(object.path()))?;
        let bytes = fs::read(object.path())?;
        let file = object::File::parse(bytes.as_slice())?;
        let section = file.section_by_name(".BTF").context("clang made no BTF")?;
        fs::write(folder.join(format!("btf.c.{level}")), section.data()?)?;
    }
    Ok(levels.len())
}

fn compiler_of(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root().join("tests/objects"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_seed_is_an_object_of_its_kind() {
        if !Path::new("/usr/bin/clang").exists() {
            eprintln!("skipped: there is no clang; run `cargo xtask setup`");
            return;
        }
        for (target, magic) in [("dwarf", &b"\x7fELF"[..]), ("btf", &[0x9f, 0xeb])] {
            let folder = tempfile::tempdir().unwrap();
            let count = make_seeds(target, folder.path()).unwrap();
            let files: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
            assert_eq!(files.len(), count);
            for file in files {
                assert!(fs::read(file.path()).unwrap().starts_with(magic), "{file:?}");
            }
        }
    }
}
