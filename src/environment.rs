//! The world that a script is compiled for, as its preprocessor may ask about it.

use std::{rc::Rc, sync::Arc};

use crate::{
    cli::Input,
    knowledge::Knowledge,
    library::{Library, kernel_arch},
};

/// What is known of the world by the command line, the kernel and the script library.
pub struct Environment<'a> {
    /// The command line.
    pub input: &'a Input,
    /// The arguments of the script.
    pub arguments: &'a [String],
    /// The kernel.
    pub knowledge: Rc<Knowledge<'a>>,
    /// The script library.
    pub library: &'a Library<'a>,
}

impl stapc_syntax::Environment for Environment<'_> {
    fn kernel_release(&self) -> String {
        self.knowledge.release()
    }

    fn arch(&self) -> String {
        kernel_arch(std::env::consts::ARCH).to_owned()
    }

    fn config(&self, name: &str) -> Option<String> {
        self.knowledge.config(name)
    }

    fn arguments(&self) -> &[String] {
        self.arguments
    }

    fn guru(&self) -> bool {
        self.input.guru
    }

    fn privilege(&self) -> &str {
        self.input.privilege.name()
    }

    fn compatible(&self) -> &str {
        &self.input.compatible
    }

    fn runtime(&self) -> &str {
        "kernel"
    }

    fn macro_file(&self, name: &str) -> Option<(String, Arc<str>)> {
        self.library.macro_file(name)
    }
}
