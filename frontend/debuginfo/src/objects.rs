//! The objects that a compilation may ask about, each opened when it is needed first.

use crate::info::{Error, Source};

/// A file of code that debug information is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Object {
    /// The kernel itself.
    #[default]
    Kernel,
    /// A module of the kernel, by its name (without `.ko`, with `_` for `-`).
    Module(String),
    /// A program or shared library, by its path.
    Program(String),
}

/// Objects and what is known of each.
pub trait Objects {
    /// An object's debug information.
    ///
    /// # Errors
    /// When there is no such object, or nothing is known of it: what was looked for, and where.
    fn open(&self, object: &Object) -> Result<&dyn Source, Error>;

    /// The modules with names like this, which may have wildcards, in order; none if there are none.
    ///
    /// # Errors
    /// When it is not known which modules there are.
    fn modules(&self, _pattern: &str) -> Result<Vec<String>, Error> {
        Err(Error("the kernel's modules are not known here".to_owned()))
    }
}

/// A source by itself is a kernel without anything else.
impl<S: Source> Objects for S {
    fn open(&self, object: &Object) -> Result<&dyn Source, Error> {
        match object {
            Object::Kernel => Ok(self),
            Object::Module(name) => Err(Error(format!("there is no module `{name}`"))),
            Object::Program(path) => Err(Error(format!("there is no program `{path}`"))),
        }
    }
}
