//! Which declarations a name may stand for, by the file that uses it.

use std::collections::{HashMap, HashSet};

use stapc_diagnostics::FileId;

/// A declaration of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The position of what it declares: among the items of the tree, or whatever the table is of.
    pub position: usize,
    /// The file that it belongs to.
    pub file: FileId,
    /// Whether only that file sees it.
    pub private: bool,
}

/// The declarations of each name.
#[derive(Debug, Default)]
pub struct Names {
    entries: HashMap<String, Vec<Entry>>,
    /// The files that see nothing of others than each other.
    apart: HashSet<FileId>,
}

impl Names {
    /// Adds a declaration.
    pub fn add(&mut self, name: &str, entry: Entry) {
        self.entries.entry(name.to_owned()).or_default().push(entry);
    }

    /// Has a file see nothing but what files that this was said of declare.
    pub fn set_apart(&mut self, file: FileId) {
        self.apart.insert(file);
    }

    /// What a file sees under a name, in the order in which it was added: its own private
    /// declarations alone, if it has any.
    pub fn seen(&self, name: &str, from: FileId) -> impl Iterator<Item = Entry> {
        let entries = self.entries.get(name).map_or(&[][..], Vec::as_slice);
        let private = entries.iter().any(|entry| entry.private && entry.file == from);
        let apart = self.apart.contains(&from);
        let seen = move |entry: &&Entry| match private {
            true => entry.file == from,
            false => !entry.private && (!apart || self.apart.contains(&entry.file)),
        };
        entries.iter().filter(seen).copied()
    }

    /// The first declaration that a file sees under a name.
    pub fn first(&self, name: &str, from: FileId) -> Option<usize> {
        self.seen(name, from).next().map(|entry| entry.position)
    }

    /// Whether any file sees the name.
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }
}
