//! What the tests share: scripts of the repository, and the way from a script to its IR.

use std::{
    fs,
    path::{Path, PathBuf},
};

use stapc_debuginfo::fake::Kernel;
use stapc_diagnostics::{Diagnostic, SourceMap, has_errors};
use stapc_ir::{Limits, Module, Stage, verify};
use stapc_sema::{Options, hir::Program};
use stapc_syntax::ast::File;

/// What became of a script.
pub struct Compiled {
    pub sources: SourceMap,
    pub file: File,
    /// Whether there is no error of the syntax.
    pub parsed: bool,
    pub diagnostics: Vec<Diagnostic>,
    pub program: Program,
    /// None if the script is wrong.
    pub module: Option<Module>,
}

/// Takes a script as far as it goes; its IR must be in order.
pub fn compile(name: &str, text: &[u8]) -> Compiled {
    let mut sources = SourceMap::new();
    let id = sources.add_bytes(name, text);
    let (file, mut diagnostics) = stapc_syntax::parse(id, sources.text(id));
    let parsed = !has_errors(&diagnostics);
    let mut program = Program::default();
    let mut module = None;
    if parsed {
        let (typed, more) = stapc_sema::analyze(&file, &Kernel::sample(), Options::default());
        diagnostics.extend(more);
        program = typed;
    }
    if !has_errors(&diagnostics) {
        let lowered = stapc_lower::lower(&program, &sources, Limits::default());
        if let Err(errors) = verify(&lowered, Stage::Lowered) {
            let text: String =
                errors.iter().map(|error| format!("{error}\n{}\n", error.text)).collect();
            panic!("{name}: the IR is not in order: {text}\n{}", sources.text(id));
        }
        module = Some(lowered);
    }
    Compiled { sources, file, parsed, diagnostics, program, module }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every script in a folder and those in it, by path.
pub fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(scripts(&path));
        } else if path.extension().is_some_and(|extension| extension == "stp") {
            found.push(path);
        }
    }
    found.sort();
    found
}
