//! The shared libraries of a program.

use std::{collections::BTreeSet, path::Path};

use stapc_debuginfo::{Error, glob};
use stapc_vm::{Library, Root};

/// How many libraries a message names.
const NAMED: usize = 8;

/// The files of the libraries of a program whose names fit a pattern.
pub fn find(program: &str, root: &Root, pattern: &str) -> Result<Vec<String>, Error> {
    let named = Path::new(pattern);
    if named.is_absolute() && root.host(named).is_file() {
        return Ok(vec![real(named, root).unwrap_or_else(|| pattern.to_owned())]);
    }
    let linked = stapc_vm::linked(Path::new(program), root)
        .map_err(|error| Error(format!("the libraries of {program} are not known: {error}")))?;
    let fits = |library: &Library, real: &str| {
        let path = library.path.to_string_lossy();
        glob::matches_path(pattern, &path)
            || glob::matches_path(pattern, real)
            || glob::matches(pattern, &library.name)
    };
    let mut found = BTreeSet::new();
    for library in &linked {
        if let Some(real) = real(&library.path, root).filter(|real| fits(library, real)) {
            found.insert(real);
        }
    }
    if found.is_empty() {
        return Err(none(program, pattern, &linked));
    }
    Ok(found.into_iter().collect())
}

/// The path of a file that is no link.
fn real(path: &Path, root: &Root) -> Option<String> {
    root.real(path).ok()?.into_os_string().into_string().ok()
}

fn none(program: &str, pattern: &str, linked: &[Library]) -> Error {
    let mut names: Vec<&str> = linked.iter().map(|library| library.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let all = names.len();
    names.truncate(NAMED);
    let more = match all - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Error(if names.is_empty() {
        format!(
            "{program} is linked with no shared libraries that are installed, so with none like `{pattern}`"
        )
    } else {
        format!(
            "{program} is linked with no library `{pattern}`, only with {}{more}",
            names.join(", ")
        )
    })
}
