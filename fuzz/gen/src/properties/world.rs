//! The world that scripts are tried in: its library has a bit of everything.

use std::sync::Arc;

use stapc_sema::Library;
use stapc_syntax::{Kind, Plain, declared};

/// Macros for everybody.
const MACROS: &str = "@define lib(a, b) %( (@a + @b) %)
@define lib_point %( kernel.function(\"f\") %)
@define lib_loop %( @lib_loop %)
@define lib_twice(x) %( @x @x %)
@define choose_defined(a, b) %( (@defined(@a) ? @a : @b) %)
";

/// Script that is pulled in by what it declares.
const SCRIPTS: [&str; 3] = [
    "global reads, total
function g(a) { return a + f(a - 1) }
function f(a) { total <<< a; if (a > 0) return g(a); return 0 }
function f(a, b) { return a . b }
",
    "probe vfs.read = kernel.function(\"vfs_read\") { name = \"read\"; bytes = $count }
probe vfs.read.return = kernel.function(\"vfs_read\").return { name = \"read\"; ret = $return }
probe syscall.open = vfs.read ?, vfs.* { s = name }
probe syscall.* += begin { name = 1 }, { s = name }
",
    "private function hidden:string(x:long) { return sprint(x) }
function s:string(x) { return hidden(x) @wrong }
private global b = 1
function i() { return b++ }
",
];

/// What the preprocessor is told.
pub fn environment() -> Plain {
    let library: Arc<str> = MACROS.into();
    let names = declared(MACROS).into_iter().map(|declared| declared.name);
    Plain {
        guru: true,
        arguments: ["12", "a \"b\""].map(str::to_owned).into(),
        macro_files: names
            .map(|name| (name, "library.stpm".to_owned(), Arc::clone(&library)))
            .collect(),
        ..Plain::default()
    }
}

/// The library of [`SCRIPTS`].
pub struct Scripts {
    declared: Vec<(Kind, String, usize)>,
    aliases: Vec<(String, usize)>,
}

impl Scripts {
    /// Finds out what they declare.
    pub fn new() -> Self {
        let names = |(file, text): (usize, &&str)| {
            declared(text).into_iter().map(move |found| (found.kind, found.name, file))
        };
        let declared: Vec<_> = SCRIPTS.iter().enumerate().flat_map(names).collect();
        let aliases = declared.iter().filter(|(kind, ..)| *kind == Kind::Alias);
        let mut aliases: Vec<_> = aliases.map(|(_, name, file)| (name.clone(), *file)).collect();
        aliases.sort();
        Self { declared, aliases }
    }
}

impl Library for Scripts {
    fn files(&self, kind: Kind, name: &str) -> Vec<usize> {
        let found =
            self.declared.iter().filter(|(known, found, _)| *known == kind && found == name);
        found.map(|(.., file)| *file).collect()
    }

    fn aliases(&self) -> &[(String, usize)] {
        &self.aliases
    }

    fn names(&self, kind: Kind) -> Vec<&str> {
        let found = self.declared.iter().filter(|(known, ..)| *known == kind);
        found.map(|(_, name, _)| name.as_str()).collect()
    }

    fn text(&self, file: usize) -> Option<(String, Arc<str>)> {
        Some((format!("library{file}.stp"), (*SCRIPTS.get(file)?).into()))
    }
}
