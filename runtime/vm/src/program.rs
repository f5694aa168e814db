//! What a program of a machine's needs to run elsewhere: its loader and its shared libraries.

mod cache;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use object::{
    Endianness,
    elf::{DT_NEEDED, DT_RPATH, DT_RUNPATH, FileHeader64, PT_INTERP},
    read::elf::{Dyn, FileHeader, ProgramHeader},
};

use crate::{Error, Root};

/// Where libraries are looked for, after a program's own paths.
const LIBRARY_PATH: [&str; 6] = [
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];

/// A shared library that a program is linked with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Library {
    /// What the program calls it: `libc.so.6`.
    pub name: String,
    /// Where its machine has it, which may be a link.
    pub path: PathBuf,
}

/// What an ELF file says that it needs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Needs {
    interpreter: Option<String>,
    libraries: Vec<String>,
    /// Folders with libraries, before those of LD_LIBRARY_PATH and behind them.
    before: Vec<String>,
    behind: Vec<String>,
}

/// The files that `program` needs besides itself, at the paths where it looks for them: none for a
/// static program or a script.
pub fn libraries(program: &Path, root: &Root) -> Result<BTreeSet<PathBuf>, Error> {
    let found = walk(program, root, |path, name| Err(missing(path, name)))?;
    Ok(found.into_iter().map(|library| library.path).collect())
}

/// The shared libraries that `program` is linked with, and that those are, its loader among them; those that
/// are not installed are left out.
///
/// # Errors
/// When a file cannot be read, or is none of this machine.
pub fn linked(program: &Path, root: &Root) -> Result<Vec<Library>, Error> {
    walk(program, root, |_, _| Ok(()))
}

/// All that a program needs; `missing` is told whose library is not found, and what that is called.
fn walk(
    program: &Path,
    root: &Root,
    missing: impl Fn(&Path, &str) -> Result<(), Error>,
) -> Result<Vec<Library>, Error> {
    let places = Places::of(root);
    let mut found: BTreeSet<Library> = BTreeSet::new();
    let mut open = vec![program.to_owned()];
    let mut read = BTreeSet::new();
    while let Some(path) = open.pop() {
        if !read.insert(path.clone()) {
            continue;
        }
        let data = fs::read(root.host(&path))
            .map_err(|source| Error::File { path: path.clone(), source })?;
        if !data.starts_with(b"\x7fELF") {
            continue;
        }
        let needs = needs(&data).map_err(|why| Error::Program { path: path.clone(), why })?;
        for name in needs.libraries.clone() {
            match places.find(&name, &path, &needs) {
                Some(path) => {
                    open.push(path.clone());
                    found.insert(Library { name, path });
                }
                None => missing(&path, &name)?,
            }
        }
        if let Some(interpreter) = needs.interpreter {
            let name = interpreter.rsplit('/').next().unwrap_or(&interpreter).to_owned();
            let loader = PathBuf::from(&interpreter);
            if root.exists(&loader) {
                open.push(loader.clone());
                found.insert(Library { name, path: loader });
            } else {
                missing(&path, &name)?;
            }
        }
    }
    Ok(found.into_iter().collect())
}

fn missing(path: &Path, name: &str) -> Error {
    Error::Program { path: path.to_owned(), why: format!("its library {name} is not installed") }
}

/// Where a machine's loader looks for libraries, beside where programs say.
struct Places<'r> {
    root: &'r Root,
    /// The folders of LD_LIBRARY_PATH.
    variable: Vec<PathBuf>,
    /// What is in `/etc/ld.so.cache`.
    configured: Vec<u8>,
}

impl<'r> Places<'r> {
    fn of(root: &'r Root) -> Self {
        Self { root, variable: root.folders("LD_LIBRARY_PATH"), configured: cache::read(root) }
    }

    fn find(&self, name: &str, user: &Path, needs: &Needs) -> Option<PathBuf> {
        let exists = |path: &PathBuf| self.root.exists(path);
        if name.contains('/') {
            return Some(PathBuf::from(name)).filter(exists);
        }
        let origin = user.parent().unwrap_or(Path::new("/")).to_string_lossy();
        let within = |folder: &Path| Some(folder.join(name)).filter(exists);
        let named = |folders: &[String]| {
            let folders = folders
                .iter()
                .map(|path| path.replace("$ORIGIN", &origin).replace("${ORIGIN}", &origin));
            folders.map(|path| within(Path::new(&path))).find_map(|path| path)
        };
        named(&needs.before)
            .or_else(|| self.variable.iter().find_map(|folder| within(folder)))
            .or_else(|| named(&needs.behind))
            .or_else(|| cache::find(&self.configured, name).map(PathBuf::from).filter(exists))
            .or_else(|| LIBRARY_PATH.iter().find_map(|folder| within(Path::new(folder))))
    }
}

fn needs(data: &[u8]) -> Result<Needs, String> {
    let read = || -> object::Result<Needs> {
        let mut needs = Needs::default();
        let header = FileHeader64::<Endianness>::parse(data)?;
        let endian = header.endian()?;
        let segments = header.program_headers(endian, data)?;
        for segment in segments.iter().filter(|segment| segment.p_type(endian) == PT_INTERP) {
            let name = segment.data(endian, data).unwrap_or_default();
            let name = name.strip_suffix(b"\0").unwrap_or(name);
            needs.interpreter = Some(String::from_utf8_lossy(name).into_owned());
        }
        let sections = header.sections(endian, data)?;
        let Some((entries, strings)) = sections.dynamic(endian, data)? else { return Ok(needs) };
        let strings = sections.strings(endian, data, strings)?;
        for entry in entries {
            let tag = entry.tag(endian);
            let text = || -> object::Result<String> {
                Ok(String::from_utf8_lossy(entry.string(endian, strings)?).into_owned())
            };
            if tag == DT_NEEDED {
                needs.libraries.push(text()?);
            } else if tag == DT_RUNPATH {
                needs.behind.extend(text()?.split(':').map(str::to_owned));
            } else if tag == DT_RPATH {
                needs.before.extend(text()?.split(':').map(str::to_owned));
            }
        }
        // The new kind of path replaces the old one.
        if !needs.behind.is_empty() {
            needs.before.clear();
        }
        Ok(needs)
    };
    read().map_err(|error| format!("not a program for this machine: {error}"))
}

/// An ELF file without its debug information; its symbols stay.
pub fn stripped(data: &[u8]) -> Result<Vec<u8>, object::build::Error> {
    let mut file = object::build::elf::Builder::read(data)?;
    for section in &mut file.sections {
        section.delete |= section.name.starts_with(b".debug_");
    }
    let mut stripped = Vec::new();
    file.write(&mut stripped)?;
    Ok(stripped)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn this_test_needs_the_c_library_and_its_loader() {
        let found = libraries(&std::env::current_exe().unwrap(), &Root::default()).unwrap();
        for name in ["libc.so.6", "ld-linux-x86-64.so.2"] {
            assert!(found.iter().any(|path| path.ends_with(name)), "{name} is not in {found:?}");
        }
    }

    #[test]
    fn a_stripped_program_is_smaller_and_runs() {
        let whole = fs::read(std::env::current_exe().unwrap()).unwrap();
        let stripped = stripped(&whole).unwrap();
        assert!(stripped.len() < whole.len() / 2, "{} of {}", stripped.len(), whole.len());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        fs::write(&path, stripped).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let output = std::process::Command::new(path).arg("--list").output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("a_stripped_program_is_smaller"));
    }

    #[test]
    fn broken_programs_are_errors() {
        assert!(stripped(b"\x7fELF").is_err());
        assert!(needs(b"\x7fELF").is_err());
        assert!(libraries(Path::new("/nonexistent"), &Root::default()).is_err());
    }
}
