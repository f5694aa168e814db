//! What the preprocessor asks of the world that a script is compiled for, and what a compilation
//! remembers from file to file.

use std::sync::Arc;

use stapc_diagnostics::SourceMap;

use crate::preprocess::Memory;

/// What the preprocessor may ask.
pub trait Environment {
    /// The release of the kernel, such as `6.1.0-56-cloud-amd64`. Asked only when a condition needs
    /// it.
    fn kernel_release(&self) -> String;
    /// The machine's architecture, such as `x86_64`.
    fn arch(&self) -> String;
    /// The value of an option of the kernel's configuration, such as `y` for `CONFIG_SMP`; none if
    /// it is not set.
    fn config(&self, name: &str) -> Option<String>;
    /// The arguments of the script.
    fn arguments(&self) -> &[String];
    /// Whether the script may hold C.
    fn guru(&self) -> bool;
    /// The user's privilege: `stapdev`, `stapsys` or `stapusr`.
    fn privilege(&self) -> &str;
    /// The version of the language, such as `5.2`.
    fn compatible(&self) -> &str;
    /// What runs the script, such as `kernel`.
    fn runtime(&self) -> &str;
    /// The name and text of the file of the script library that defines a macro for everybody.
    fn macro_file(&self, name: &str) -> Option<(String, Arc<str>)>;
}

/// An environment of nothing in particular, for tests.
#[derive(Debug, Clone)]
pub struct Plain {
    /// See [`Environment::kernel_release`].
    pub kernel_release: String,
    /// See [`Environment::arch`].
    pub arch: String,
    /// The options of the kernel's configuration and their values.
    pub config: Vec<(String, String)>,
    /// See [`Environment::arguments`].
    pub arguments: Vec<String>,
    /// See [`Environment::guru`].
    pub guru: bool,
    /// See [`Environment::privilege`].
    pub privilege: String,
    /// See [`Environment::compatible`].
    pub compatible: String,
    /// See [`Environment::runtime`].
    pub runtime: String,
    /// The macros of the script library: name, and name and text of the file that defines it.
    pub macro_files: Vec<(String, String, Arc<str>)>,
}

impl Default for Plain {
    fn default() -> Self {
        Self {
            kernel_release: "6.1.0-56-cloud-amd64".to_owned(),
            arch: "x86_64".to_owned(),
            config: vec![("CONFIG_SMP".to_owned(), "y".to_owned())],
            arguments: Vec::new(),
            guru: false,
            privilege: "stapdev".to_owned(),
            compatible: "5.2".to_owned(),
            runtime: "kernel".to_owned(),
            macro_files: Vec::new(),
        }
    }
}

impl Environment for Plain {
    fn kernel_release(&self) -> String {
        self.kernel_release.clone()
    }

    fn arch(&self) -> String {
        self.arch.clone()
    }

    fn config(&self, name: &str) -> Option<String> {
        let option = self.config.iter().find(|(option, _)| option == name);
        option.map(|(_, value)| value.clone())
    }

    fn arguments(&self) -> &[String] {
        &self.arguments
    }

    fn guru(&self) -> bool {
        self.guru
    }

    fn privilege(&self) -> &str {
        &self.privilege
    }

    fn compatible(&self) -> &str {
        &self.compatible
    }

    fn runtime(&self) -> &str {
        &self.runtime
    }

    fn macro_file(&self, name: &str) -> Option<(String, Arc<str>)> {
        let file = self.macro_files.iter().find(|(defined, ..)| defined == name);
        file.map(|(_, file, text)| (file.clone(), Arc::clone(text)))
    }
}

/// One compilation: what its files have in common for the preprocessor.
pub struct Session<'a> {
    /// The files, those of macros and arguments included.
    pub sources: &'a mut SourceMap,
    /// What may be asked.
    pub environment: &'a dyn Environment,
    pub(crate) memory: Memory,
}

impl<'a> Session<'a> {
    /// A compilation that has no files yet.
    pub fn new(sources: &'a mut SourceMap, environment: &'a dyn Environment) -> Self {
        Self { sources, environment, memory: Memory::default() }
    }

    /// The macros that the file preprocessed last defines, to suggest one for a misspelt name.
    pub fn macro_names(&self) -> impl Iterator<Item = &str> {
        self.memory.local.iter().map(String::as_str)
    }

    /// The arguments of the script that none of the files so far has named, counted from 1. It is
    /// asked before files of the library are read: those name any number of arguments.
    pub fn unused_arguments(&self) -> Vec<usize> {
        let arguments = 1..=self.environment.arguments().len();
        arguments.filter(|argument| !self.memory.used.contains(argument)).collect()
    }
}
