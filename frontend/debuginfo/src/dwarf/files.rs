//! The names of source files, as the peer writes them: of a kernel, without the folder that it was compiled
//! in; of a program, as the line table has them.

use gimli::LineProgramHeader;

use super::{Sections, Slice, Unit, index::Subject};

/// The path of a file of a unit, by its number in the unit's line program.
pub(super) fn path<'a>(
    sections: &Sections<'a>,
    unit: &Unit<'a>,
    subject: Subject,
    index: u64,
) -> Option<String> {
    let header = unit.line_program.as_ref()?.header();
    in_header(sections, unit, subject, header, index)
}

/// The source file that a unit was compiled from.
pub(super) fn unit(unit: &Unit<'_>, subject: Subject) -> Option<String> {
    let text = |slice: Slice<'_>| slice.to_string_lossy().into_owned();
    let folder = unit.comp_dir.map(text).unwrap_or_default();
    let path = joined(folder.clone(), &text(unit.name?));
    Some(if subject == Subject::Kernel { shortened(&path, &folder) } else { path })
}

/// Likewise, where the line program is being run.
pub(super) fn in_header<'a>(
    sections: &Sections<'a>,
    unit: &Unit<'a>,
    subject: Subject,
    header: &LineProgramHeader<Slice<'a>>,
    index: u64,
) -> Option<String> {
    let file = header.file(index)?;
    let text = |value| {
        sections.attr_string(unit, value).ok().map(|text| text.to_string_lossy().into_owned())
    };
    let name = text(file.path_name())?;
    let inner = file.directory(header).and_then(text).unwrap_or_default();
    if subject == Subject::Program {
        return Some(joined(inner, &name));
    }
    let folder = unit.comp_dir.map(|folder| folder.to_string_lossy().into_owned());
    let folder = folder.unwrap_or_default();
    let joined = [folder.as_str(), &inner, &name].into_iter().fold(String::new(), joined);
    Some(shortened(&joined, &folder))
}

/// A path behind a folder, unless it stands by itself.
fn joined(folder: String, path: &str) -> String {
    match path {
        "" => folder,
        path if path.starts_with('/') || folder.is_empty() => path.to_owned(),
        path => format!("{}/{path}", folder.trim_end_matches('/')),
    }
}

/// A path without the folder that it was compiled in, and without steps that lead nowhere.
fn shortened(path: &str, folder: &str) -> String {
    let (path, folder) = (clean(path), clean(folder));
    let inner = path.strip_prefix(&folder).and_then(|rest| rest.strip_prefix('/'));
    inner.filter(|_| !folder.is_empty()).unwrap_or(&path).to_owned()
}

/// A path without `.`, `..` and empty steps.
fn clean(path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." if steps.last().is_some_and(|last| *last != "..") => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    let start = if path.starts_with('/') { "/" } else { "" };
    format!("{start}{}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_the_folder_they_were_compiled_in() {
        assert_eq!(shortened("/build/linux/./fs/read_write.c", "/build/linux"), "fs/read_write.c");
        assert_eq!(shortened("/build/linux/../other/a.c", "/build/linux"), "/build/other/a.c");
        assert_eq!(shortened("a.c", ""), "a.c");
        assert_eq!(joined("/b".to_owned(), "/a/x.c"), "/a/x.c");
        assert_eq!(joined("/b/".to_owned(), "x.c"), "/b/x.c");
    }
}
