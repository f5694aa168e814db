//! The script library: the files of `tapset/`, which are part of this program, and behind them those
//! of the folders that `-I` names. A file is found by the names that it declares, and read when it
//! is asked for.

mod folder;
mod index;

use std::{
    cell::{OnceCell, RefCell},
    collections::BTreeSet,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use include_dir::{Dir, include_dir};
use sha2::{Digest as _, Sha256};
use stapc_diagnostics::bytes;
use stapc_syntax::Kind;

use crate::{cache::Cache, kernel::hex, knowledge::Knowledge, report, script};
use folder::Sort;
pub use folder::kernel_arch;
use index::Index;

/// The library that is built in.
static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tapset");

/// The script library of a compilation. Nothing of it is looked at before the first question.
pub struct Library<'a> {
    folders: &'a [PathBuf],
    knowledge: Rc<Knowledge<'a>>,
    cache: &'a Cache,
    parts: OnceCell<Vec<Part>>,
    aliases: OnceCell<Vec<(String, usize)>>,
    read: RefCell<BTreeSet<usize>>,
}

/// The files of one folder, and the names that they declare.
struct Part {
    /// The number of the first file in the library.
    first: usize,
    files: Vec<Place>,
    index: Index,
}

/// Where a file is.
enum Place {
    BuiltIn(&'static Path, &'static [u8]),
    OnDisk(PathBuf),
}

/// How much of a folder there is: for those who want to see what was searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// The folder.
    pub folder: String,
    /// How many files of the library are in it.
    pub files: usize,
}

impl<'a> Library<'a> {
    /// The library that is built in, and that of some folders.
    pub fn new(folders: &'a [PathBuf], knowledge: Rc<Knowledge<'a>>, cache: &'a Cache) -> Self {
        let (parts, aliases, read) = (OnceCell::new(), OnceCell::new(), RefCell::default());
        Self { folders, knowledge, cache, parts, aliases, read }
    }

    /// How many of its files have been read.
    pub fn files_read(&self) -> usize {
        self.read.borrow().len()
    }

    /// The name and text of the file that defines a macro for everybody.
    pub fn macro_file(&self, name: &str) -> Option<(String, Arc<str>)> {
        let file = stapc_sema::Library::files(self, Kind::Macro, name).first().copied()?;
        stapc_sema::Library::text(self, file)
    }

    /// The folders and how many files of the library are in each.
    pub fn searched(&self) -> Vec<Searched> {
        let mut searched: Vec<Searched> = Vec::new();
        for place in self.parts().iter().flat_map(|part| &part.files) {
            let folder = match place {
                Place::BuiltIn(..) => "(built in)".to_owned(),
                Place::OnDisk(path) => path.parent().unwrap_or(Path::new("")).display().to_string(),
            };
            match searched.last_mut().filter(|last| last.folder == folder) {
                Some(last) => last.files += 1,
                None => searched.push(Searched { folder, files: 1 }),
            }
        }
        searched
    }

    fn parts(&self) -> &[Part] {
        self.parts.get_or_init(|| {
            let mut parts = Vec::with_capacity(1 + self.folders.len());
            let mut first = 0;
            // A folder that is named twice counts once: its aliases would stand for twice as much.
            let named = self.folders.iter().enumerate();
            let folders = named.filter(|(at, folder)| !self.folders[..*at].contains(folder));
            let on_disk = folders.map(|(_, folder)| self.on_disk(folder));
            for (files, index) in std::iter::once(self.built_in()).chain(on_disk) {
                let count = files.len();
                parts.push(Part { first, files, index });
                first += count;
            }
            parts
        })
    }

    /// The files that are built in, and their names.
    fn built_in(&self) -> (Vec<Place>, Index) {
        let mut files = Vec::new();
        collect(&BUILT_IN, &mut files);
        files.sort_by_key(|&(path, ..)| path);
        let mut state = crc32fast::Hasher::new();
        for (path, bytes, _) in &files {
            state.update(path.as_os_str().as_bytes());
            state.update(bytes);
        }
        let state = format!("{:08x}", state.finalize());
        let names = files.iter().map(|&(_, bytes, sort)| declared(bytes, sort));
        let index = self.index("built-in-library", &state, files.len(), names);
        (files.into_iter().map(|(path, bytes, _)| Place::BuiltIn(path, bytes)).collect(), index)
    }

    /// The index of `count` files in a state: from the cache, else made of what each declares.
    fn index(
        &self,
        key: &str,
        state: &str,
        count: usize,
        declared: impl Iterator<Item = Vec<stapc_syntax::Declared>>,
    ) -> Index {
        let kept = self.cache.read(key).and_then(|bytes| Index::read(bytes, state, count));
        kept.unwrap_or_else(|| {
            let index = Index::of(declared);
            // Without a cache the next run makes it again.
            let _ = self.cache.write(key, &index.written(state));
            index
        })
    }

    /// The files that count of a folder, and their names.
    fn on_disk(&self, folder: &Path) -> (Vec<Place>, Index) {
        let files = match folder::files(folder, std::env::consts::ARCH, || self.knowledge.release())
        {
            Ok(files) => files,
            Err(error) => {
                report::note(&format!(
                    "cannot read the library folder {}: {error}",
                    folder.display()
                ));
                Vec::new()
            }
        };
        let state = folder::state(folder, &files);
        // One entry for each folder: an older one of it is of no use to anybody.
        let at = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let key = format!("library/{}", hex(&Sha256::digest(at.as_os_str().as_bytes())));
        let names = files.iter().map(|file| {
            let text = script::read(&file.path).unwrap_or_default();
            declared(&text, file.sort)
        });
        let index = self.index(&key, &state, files.len(), names);
        (files.into_iter().map(|file| Place::OnDisk(file.path)).collect(), index)
    }

    fn place(&self, file: usize) -> Option<&Place> {
        let part = self.parts().iter().rev().find(|part| part.first <= file)?;
        part.files.get(file - part.first)
    }
}

fn collect(dir: &Dir<'static>, files: &mut Vec<(&'static Path, &'static [u8], Sort)>) {
    for file in dir.files() {
        if let Some(sort) = Sort::of(file.path()) {
            files.push((file.path(), file.contents(), sort));
        }
    }
    for dir in dir.dirs() {
        collect(dir, files);
    }
}

/// The names that a file declares for others: macros if it is a macro file, else all but macros.
fn declared(text: &[u8], sort: Sort) -> Vec<stapc_syntax::Declared> {
    let mut names = stapc_syntax::declared(&bytes::decode(text));
    names.retain(|declared| (declared.kind == Kind::Macro) == (sort == Sort::Macros));
    names
}

impl stapc_sema::Library for Library<'_> {
    fn files(&self, kind: Kind, name: &str) -> Vec<usize> {
        let parts = self.parts().iter();
        parts.flat_map(|part| part.index.files(kind, name).map(|file| part.first + file)).collect()
    }

    fn aliases(&self) -> &[(String, usize)] {
        self.aliases.get_or_init(|| {
            let parts = self.parts().iter();
            let mut aliases: Vec<(String, usize)> = parts
                .flat_map(|part| {
                    let named = part.index.all(Kind::Alias);
                    named.map(|(name, file)| (name.to_owned(), part.first + file))
                })
                .collect();
            aliases.sort();
            aliases
        })
    }

    fn names(&self, kind: Kind) -> Vec<&str> {
        self.parts().iter().flat_map(|part| part.index.names(kind)).collect()
    }

    fn is_built_in(&self, file: usize) -> bool {
        matches!(self.place(file), Some(Place::BuiltIn(..)))
    }

    fn text(&self, file: usize) -> Option<(String, Arc<str>)> {
        let place = self.place(file)?;
        self.read.borrow_mut().insert(file);
        match place {
            Place::BuiltIn(path, text) => {
                Some((format!("tapset/{}", path.display()), bytes::decode(text).into()))
            }
            Place::OnDisk(path) => {
                let text = script::read(path).ok()?;
                Some((path.to_string_lossy().into_owned(), bytes::decode(&text).into()))
            }
        }
    }
}

#[cfg(test)]
mod tests;
