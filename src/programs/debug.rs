//! Separate files of debug information: by the build id, or by the name that the program has for it.

use std::path::{Path, PathBuf};

use stapc_debuginfo::{Elf, Error, SplitUnit, build_id, split_units};
use stapc_vm::Root;

use super::elf as elf_of;
use crate::knowledge::map;

/// Where distributions install them.
const FOLDER: &str = "/usr/lib/debug";

/// A file of debug information that belongs to a program.
pub struct Found {
    /// It.
    pub elf: &'static Elf<'static>,
    /// Where it is.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: &'static [u8],
}

/// The debug file of a program, by its path in a root: one with DWARF, or else one that has symbols at least.
pub fn find(program: &Path, root: &Root, bytes: &[u8], executable: &Elf<'_>) -> Option<Found> {
    let id = build_id(bytes);
    let link = executable.debug_link();
    let mut found: Option<Found> = None;
    for path in candidates(program, id.as_deref(), link.map(|(name, _)| name)) {
        let Some(candidate) = open(&root.host(&path), &root.host(program)) else { continue };
        let belongs = match (&id, link) {
            (Some(id), _) => build_id(candidate.bytes).as_ref() == Some(id),
            // There is nothing else to tell by.
            (None, Some((_, sum))) => crc32fast::hash(candidate.bytes) == sum,
            (None, None) => false,
        };
        if !belongs {
            continue;
        }
        if candidate.elf.has_dwarf() {
            return Some(candidate);
        }
        found = found.or(Some(candidate));
    }
    found
}

/// A file of debug information that finds what it has in common with others.
///
/// # Errors
/// When that is not installed.
pub fn join(
    path: &Path,
    root: &Root,
    bytes: &'static [u8],
) -> Result<&'static Elf<'static>, Error> {
    let mut elf = Elf::open(bytes)?;
    let Some((name, id)) = elf.alternate_link() else { return Ok(Box::leak(Box::new(elf))) };
    let own = root.inner(path.parent().unwrap_or(Path::new("/")));
    let named = root.host(&own.join(name));
    let found = by_id(id).map(|path| root.host(&path)).into_iter().chain([named.clone()]).find_map(
        |path| {
            let candidate = open(&path, Path::new(""))?;
            (build_id(candidate.bytes).as_deref() == Some(id)).then_some(candidate)
        },
    );
    let found = found.ok_or_else(|| {
        Error(format!(
            "a part of the debug information in {} is in {}, which is not installed",
            path.display(),
            named.display()
        ))
    })?;
    elf.set_alternate(found.elf);
    Ok(Box::leak(Box::new(elf)))
}

/// The DWARF of a file with the rest of the units that it has only skeletons of, if there are such: from the
/// package beside the program, or files of their own.
///
/// # Errors
/// When a part is not there: where it was looked for.
pub fn join_split(
    program: &Path,
    path: &Path,
    root: &Root,
    bytes: &'static [u8],
) -> Result<Option<&'static Elf<'static>>, Error> {
    let mut elf = Elf::open(bytes)?;
    let units = split_units(&elf)?;
    if units.is_empty() {
        return Ok(None);
    }
    let package = |path: &Path| PathBuf::from(format!("{}.dwp", path.display()));
    let packages = [package(&root.host(program)), package(path)]
        .into_iter()
        .filter_map(|path| map(&path).ok());
    let mut files: Vec<&Elf<'_>> = packages.filter_map(|bytes| elf_of(bytes).ok()).collect();
    if files.is_empty() {
        for unit in &units {
            files.push(split_file(program, root, unit)?);
        }
    }
    stapc_debuginfo::join_split(&mut elf, &files)?;
    Ok(Some(Box::leak(Box::new(elf))))
}

/// The file that has the rest of a unit: where the compiler wrote it, or beside the program.
fn split_file(
    program: &Path,
    root: &Root,
    unit: &SplitUnit,
) -> Result<&'static Elf<'static>, Error> {
    let written = Path::new(&unit.folder).join(&unit.file);
    let name = Path::new(&unit.file).file_name().unwrap_or_default();
    let beside = program.with_file_name(name);
    let found = [&written, &beside].into_iter().find_map(|path| map(&root.host(path)).ok());
    let bytes = found.ok_or_else(|| {
        Error(format!(
            "a part of its debug information is in {}, which is not there, and there is no {}.dwp",
            written.display(),
            program.display()
        ))
    })?;
    elf_of(bytes)
}

fn open(path: &Path, program: &Path) -> Option<Found> {
    let path = path.canonicalize().ok().filter(|path| path != program)?;
    let bytes = map(&path).ok()?;
    let elf = elf_of(bytes).ok()?;
    Some(Found { elf, path, bytes })
}

/// Where the debug file of a build id is installed.
pub(crate) fn by_id(id: &[u8]) -> Option<PathBuf> {
    let [first, rest @ ..] = id else { return None };
    let rest: String = rest.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("{FOLDER}/.build-id/{first:02x}/{rest}.debug").into())
}

/// Where it may be, the likeliest place first.
fn candidates(program: &Path, id: Option<&[u8]>, link: Option<&str>) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = id.and_then(by_id).into_iter().collect();
    let own = program.parent().unwrap_or(Path::new("/"));
    // It is a name, and not the way to some other place.
    if let Some(name) = link.filter(|name| !name.contains('/') && !name.is_empty()) {
        paths.push(own.join(name));
        paths.push(own.join(".debug").join(name));
        let inner = own.strip_prefix("/").unwrap_or(own);
        paths.push(Path::new(FOLDER).join(inner).join(name));
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_files_are_looked_for_where_they_are_installed() {
        let paths = candidates(Path::new("/usr/bin/x"), Some(&[0xab, 1, 0xcd]), Some("x.debug"));
        let expected = [
            "/usr/lib/debug/.build-id/ab/01cd.debug",
            "/usr/bin/x.debug",
            "/usr/bin/.debug/x.debug",
            "/usr/lib/debug/usr/bin/x.debug",
        ];
        assert_eq!(paths, expected.map(PathBuf::from));
        assert!(candidates(Path::new("/usr/bin/x"), None, Some("../y")).is_empty());
    }
}
