//! The shared libraries of a program.

use std::{collections::BTreeSet, path::Path};

use stapc_debuginfo::{Error, glob};
use stapc_vm::Library;

/// How many libraries a message names.
const NAMED: usize = 8;

/// The files of the libraries of a program whose names fit a pattern.
pub fn find(program: &str, pattern: &str) -> Result<Vec<String>, Error> {
    let named = Path::new(pattern);
    if named.is_absolute() && named.is_file() {
        return Ok(vec![real(named).unwrap_or_else(|| pattern.to_owned())]);
    }
    let linked = stapc_vm::linked(Path::new(program))
        .map_err(|error| Error(format!("the libraries of {program} are not known: {error}")))?;
    let fits = |library: &Library, real: &str| {
        let path = library.path.to_string_lossy();
        glob::matches_path(pattern, &path)
            || glob::matches_path(pattern, real)
            || glob::matches(pattern, &library.name)
    };
    let mut found = BTreeSet::new();
    for library in &linked {
        if let Some(real) = real(&library.path).filter(|real| fits(library, real)) {
            found.insert(real);
        }
    }
    if found.is_empty() {
        return Err(none(program, pattern, &linked));
    }
    Ok(found.into_iter().collect())
}

/// The path of a file that is no link.
fn real(path: &Path) -> Option<String> {
    path.canonicalize().ok()?.into_os_string().into_string().ok()
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
        format!("{program} is linked with no shared libraries, so with none like `{pattern}`")
    } else {
        format!(
            "{program} is linked with no library `{pattern}`, only with {}{more}",
            names.join(", ")
        )
    })
}
