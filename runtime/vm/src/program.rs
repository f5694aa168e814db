//! What a program of the host's needs to run elsewhere: its loader and its shared libraries.

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

use crate::Error;

/// Where libraries are looked for, after a program's own paths.
const LIBRARY_PATH: [&str; 6] = [
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];

/// What an ELF file says that it needs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Needs {
    interpreter: Option<String>,
    libraries: Vec<String>,
    search: Vec<String>,
}

/// The files that `program` needs besides itself, at the paths where it looks for them: none for a
/// static program or a script.
pub fn libraries(program: &Path) -> Result<BTreeSet<PathBuf>, Error> {
    let mut found = BTreeSet::new();
    let mut open = vec![program.to_owned()];
    while let Some(path) = open.pop() {
        let data = fs::read(&path).map_err(|source| Error::File { path: path.clone(), source })?;
        if !data.starts_with(b"\x7fELF") {
            continue;
        }
        let needs = needs(&data).map_err(|why| Error::Program { path: path.clone(), why })?;
        let libraries = needs
            .libraries
            .iter()
            .map(|name| find(name, &path, &needs.search).ok_or_else(|| missing(&path, name)));
        let interpreter = needs.interpreter.iter().map(|path| Ok(PathBuf::from(path)));
        for path in libraries.chain(interpreter) {
            let path = path?;
            if found.insert(path.clone()) {
                open.push(path);
            }
        }
    }
    Ok(found)
}

fn missing(path: &Path, name: &str) -> Error {
    Error::Program { path: path.to_owned(), why: format!("its library {name} is not installed") }
}

fn find(name: &str, user: &Path, search: &[String]) -> Option<PathBuf> {
    let origin = user.parent().unwrap_or(Path::new("/")).to_string_lossy();
    search
        .iter()
        .map(|path| path.replace("$ORIGIN", &origin).replace("${ORIGIN}", &origin))
        .chain(LIBRARY_PATH.map(str::to_owned))
        .map(|path| Path::new(&path).join(name))
        .find(|path| path.exists())
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
            } else if tag == DT_RUNPATH || tag == DT_RPATH {
                needs.search.extend(text()?.split(':').map(str::to_owned));
            }
        }
        Ok(needs)
    };
    read().map_err(|error| format!("not a program for this machine: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_test_needs_the_c_library_and_its_loader() {
        let found = libraries(&std::env::current_exe().unwrap()).unwrap();
        for name in ["libc.so.6", "ld-linux-x86-64.so.2"] {
            assert!(found.iter().any(|path| path.ends_with(name)), "{name} is not in {found:?}");
        }
    }

    #[test]
    fn broken_programs_are_errors() {
        assert!(needs(b"\x7fELF").is_err());
        assert!(libraries(Path::new("/nonexistent")).is_err());
    }
}
