//! The script library: files of script that are pulled in by the names that they declare.

use std::sync::Arc;

use stapc_syntax::Kind;

/// What may be asked of a script library. Its files are numbered from 0 on.
pub trait Library {
    /// The files that declare a function, global variable or macro of this name.
    fn files(&self, kind: Kind, name: &str) -> Vec<usize>;

    /// The dotted names of all probe aliases, sorted, and the files that declare them.
    fn aliases(&self) -> &[(String, usize)];

    /// The names declared, for "did you mean".
    fn names(&self, kind: Kind) -> Vec<&str>;

    /// The name and the text of a file; none if it cannot be read.
    fn text(&self, file: usize) -> Option<(String, Arc<str>)>;

    /// Whether a file comes with the tool: then it knows of no global variable of the user's, whatever
    /// its own local ones are called.
    fn is_built_in(&self, _file: usize) -> bool {
        false
    }
}

/// A library without files.
#[derive(Debug, Clone, Copy)]
pub struct NoLibrary;

impl Library for NoLibrary {
    fn files(&self, _: Kind, _: &str) -> Vec<usize> {
        Vec::new()
    }

    fn aliases(&self) -> &[(String, usize)] {
        &[]
    }

    fn names(&self, _: Kind) -> Vec<&str> {
        Vec::new()
    }

    fn text(&self, _: usize) -> Option<(String, Arc<str>)> {
        None
    }
}
