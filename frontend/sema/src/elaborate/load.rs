//! Files of the library: parsing them, and noting what files declare.

use stapc_diagnostics::Severity;
use stapc_syntax::{Kind, ast::ItemKind, parse};

use super::{
    Work,
    points::{Alias, parts_of},
};
use crate::names::Entry;

impl Work<'_, '_> {
    /// Parses the library files that declare a name; whether there were any that were not known.
    pub(super) fn load(&mut self, kind: Kind, name: &str) -> bool {
        let mut files = self.library.files(kind, name);
        // A global variable is one: that of a folder of the user's takes the place of the tool's own.
        if kind == Kind::Global && files.iter().any(|&file| !self.library.is_built_in(file)) {
            files.retain(|&file| !self.library.is_built_in(file));
        }
        files.into_iter().fold(false, |any, file| self.load_file(file) | any)
    }

    /// Parses a library file, if that has not been done.
    pub(super) fn load_file(&mut self, file: usize) -> bool {
        if !self.loaded.insert(file) {
            return false;
        }
        let Some((name, text)) = self.library.text(file) else { return false };
        let id = self.session.sources.add(name, text);
        if self.library.is_built_in(file) {
            self.out.global_names.set_apart(id);
        }
        let first = self.tree.items.len();
        let findings = parse(self.session, self.tree, id);
        self.diagnostics
            .extend(findings.into_iter().filter(|finding| finding.severity == Severity::Error));
        self.register(first);
        self.probes(first..self.tree.items.len());
        true
    }

    /// Notes what the items from `first` on declare.
    pub(super) fn register(&mut self, first: usize) {
        for item in first..self.tree.items.len() {
            self.register_item(item);
        }
    }

    fn register_item(&mut self, item: usize) {
        let declaration = &self.tree.items[item];
        let file = declaration.file;
        match &declaration.kind {
            ItemKind::Globals(globals) => {
                let names: Vec<String> =
                    globals.globals.iter().map(|global| global.name.text.clone()).collect();
                let private = globals.private;
                for (position, name) in names.into_iter().enumerate() {
                    if self.out.is_user(file) {
                        self.global(item, position, private);
                    } else {
                        self.named_globals.entry(name).or_default().push((item, position));
                    }
                }
            }
            ItemKind::Function(function) => {
                let entry = Entry { position: item, file, private: function.private };
                self.out.function_names.add(&function.name.text, entry);
            }
            ItemKind::Alias(alias) => {
                for (parts, _) in alias.names.iter().flat_map(parts_of) {
                    let head = parts.first().map_or("", |part| &part.name.text);
                    self.alias_heads.entry(head.to_owned()).or_default().push(self.aliases.len());
                    self.aliases.push(Alias { parts, item });
                }
            }
            ItemKind::Probe(_) | ItemKind::Embedded(_) => {}
        }
    }
}
