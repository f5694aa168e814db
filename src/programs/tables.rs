//! What a session takes along of programs' files, so that addresses in processes have names and stacks can be walked.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use stapc_debuginfo::{
    Elf,
    tables::{self, Tables, Wanted},
};
use stapc_ir::{Lookups, Module};
use stapc_vm::Root;

use super::{Files, Programs, files};
use crate::{cli::Input, knowledge::map, report};

/// How many bytes a session takes along at most.
const MOST: usize = 64 << 20;

/// What a session takes along.
#[derive(Debug, Default)]
pub struct Taken {
    /// Of these files.
    pub files: BTreeSet<String>,
    /// What is looked up of them.
    lookups: Lookups,
}

impl Programs<'_> {
    /// The files that a session of a module takes something along of: those that are probed, what it is about,
    /// what the user names (`-d`), and all that those are linked with, if he wants (`--ldd`). None if the module
    /// looks up nothing.
    ///
    /// # Errors
    /// When one that the user names is not there.
    pub fn taken(&self, module: &Module, input: &Input) -> Result<Taken> {
        let lookups = module.lookups();
        if !lookups.paths {
            return Ok(Taken { lookups, ..Taken::default() });
        }
        let mut taken: BTreeSet<String> = module.programs().map(str::to_owned).collect();
        taken.extend(self.target().filter(|path| self.root.host(Path::new(path)).is_file()));
        for name in &input.symbols {
            match self.find(name) {
                Ok(found) => taken.extend(found),
                // The kernel or a module of it, which know their symbols themselves.
                Err(_) if !name.contains('/') => {}
                Err(error) => return Err(error).with_context(|| format!("-d {name}")),
            }
        }
        if input.ldd {
            let libraries: Vec<_> =
                taken.iter().flat_map(|path| linked(path, &self.root)).collect();
            // One that is probed goes by its own name.
            let known: BTreeSet<_> = taken.iter().map(|path| real(path, &self.root)).collect();
            taken.extend(
                libraries.into_iter().filter(|path| !known.contains(&real(path, &self.root))),
            );
        }
        Ok(Taken { files: taken, lookups })
    }

    /// What a session looks up of files, and of the kernel's file with debug information, in bytes; nothing if it looks
    /// up nothing. Of files that cannot be read, and where it becomes too much, that is said.
    ///
    /// # Errors
    /// When it has no room in numbers of 32 bits.
    pub fn tables(&self, taken: &Taken, vmlinux: Option<&Path>) -> Result<Vec<u8>> {
        if taken.files.is_empty() && !taken.lookups.kernel_lines {
            return Ok(Vec::new());
        }
        let mut all: Vec<(String, Tables)> = Vec::new();
        let mut size = 0;
        for path in &taken.files {
            let tables = of_file(path, &self.root, taken.lookups).and_then(|tables| {
                size += tables.size();
                let fits = size <= MOST;
                fits.then_some(tables).context("there are too many")
            });
            match tables {
                Ok(tables) => all.push((path.clone(), tables)),
                // One of 32 bits, say.
                Err(why) => {
                    report::note(&format!("addresses in {path} will have no names: {why:#}"));
                }
            }
        }
        if taken.lookups.kernel_lines {
            match of_kernel(vmlinux) {
                // The kernel is no file that processes run: it has no path.
                Ok(tables) => all.push((String::new(), tables)),
                Err(why) => {
                    report::note(&format!("addresses in the kernel will have no lines: {why:#}"));
                }
            }
        }
        Ok(tables::encode(&all)?)
    }
}

/// The shared libraries of a program, as it finds them.
fn linked(program: &str, root: &Root) -> Vec<String> {
    let libraries = stapc_vm::linked(Path::new(program), root).unwrap_or_default();
    let path = |library: stapc_vm::Library| library.path.into_os_string().into_string().ok();
    libraries.into_iter().filter_map(path).collect()
}

/// The file that a path leads to.
fn real(path: &str, root: &Root) -> PathBuf {
    root.real(Path::new(path)).unwrap_or_else(|_| path.into())
}

fn of_file(path: &str, root: &Root, lookups: Lookups) -> Result<Tables> {
    let Files { executable, debug, .. } = files(Path::new(path), root)?;
    let wanted =
        Wanted { symbols: lookups.symbols, unwinding: lookups.unwinding, lines: lookups.lines };
    let debug = debug.as_ref().map(|found| found.elf);
    Tables::of(executable, debug, wanted).with_context(|| path.to_owned())
}

/// The lines of the kernel's code; those of its modules are not there.
fn of_kernel(vmlinux: Option<&Path>) -> Result<Tables> {
    let path =
        vmlinux.context("there is no debug information of it; install the package with it")?;
    let vmlinux = Elf::open(map(path)?).with_context(|| path.display().to_string())?;
    if !vmlinux.has_dwarf() {
        bail!("{}: it has none", path.display());
    }
    Tables::of_kernel(&vmlinux).with_context(|| path.display().to_string())
}
