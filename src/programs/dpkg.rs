//! Which of Debian's packages a file is of, for advice on what to install.

use std::{fs, path::Path};

use stapc_vm::Root;

const LISTS: &str = "/var/lib/dpkg/info";

/// The package that a file came with, if it came with one.
pub fn owner(path: &Path, root: &Root) -> Option<String> {
    let path = path.to_str()?;
    // Lists may still have the names that files had before /bin and /lib became links.
    let names = [path, path.strip_prefix("/usr").unwrap_or(path)];
    let lists = fs::read_dir(root.host(Path::new(LISTS))).ok()?.flatten().map(|entry| entry.path());
    let mut lists = lists.filter(|list| list.extension().is_some_and(|ending| ending == "list"));
    let list = lists.find(|list| {
        let text = fs::read_to_string(list).unwrap_or_default();
        names.iter().any(|name| {
            let mut found = text.match_indices(name);
            found.any(|(at, _)| {
                let before = text[..at].bytes().next_back();
                let behind = text[at + name.len()..].bytes().next();
                matches!(before, None | Some(b'\n')) && matches!(behind, None | Some(b'\n'))
            })
        })
    })?;
    let name = list.file_stem()?.to_str()?;
    // Packages of several architectures have that behind their names.
    Some(name.split(':').next().unwrap_or(name).to_owned())
}
