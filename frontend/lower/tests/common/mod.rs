//! What the tests share: scripts of the repository, and the way from a script to its IR.

use std::{
    fs,
    path::{Path, PathBuf},
};

use stapc_debuginfo::fake::Kernel;
use stapc_diagnostics::{Diagnostic, SourceMap, has_errors};
use stapc_ir::{Limits, Module, Stage, verify};
use stapc_sema::{NoLibrary, Options, hir::Program};
use stapc_syntax::{Plain, Session, ast::Tree};

/// What became of a script, the first of `sources`.
pub struct Compiled {
    pub sources: SourceMap,
    pub tree: Tree,
    /// Whether there is no error of the syntax.
    pub parsed: bool,
    /// What the parser and sema found.
    pub diagnostics: Vec<Diagnostic>,
    pub program: Program,
    /// What lowering found.
    pub refused: Vec<Diagnostic>,
    /// None if the script is wrong, or asks for what is not supported.
    pub module: Option<Module>,
}

/// Takes a script as far as it goes; its IR must be in order.
pub fn compile(name: &str, text: &[u8]) -> Compiled {
    compile_in(&Plain::default(), name, text)
}

/// Likewise, in an environment of its own.
pub fn compile_in(environment: &Plain, name: &str, text: &[u8]) -> Compiled {
    let mut sources = SourceMap::new();
    let file = sources.add_bytes(name, text);
    let mut tree = Tree::default();
    let mut session = Session::new(&mut sources, environment);
    let mut diagnostics = stapc_syntax::parse(&mut session, &mut tree, file);
    let parsed = !has_errors(&diagnostics);
    let (mut program, mut module, mut refused) = (Program::default(), None, Vec::new());
    if parsed {
        let (kernel, options) = (Kernel::sample(), Options::default());
        let (typed, more) =
            stapc_sema::analyze(&mut session, &mut tree, &NoLibrary, &kernel, &options);
        diagnostics.extend(more);
        program = typed;
    }
    if !has_errors(&diagnostics) {
        match stapc_lower::lower(&program, &sources, Limits::default()) {
            Ok(lowered) => module = Some(in_order(name, lowered)),
            Err(found) => refused = found,
        }
    }
    Compiled { sources, tree, parsed, diagnostics, program, refused, module }
}

fn in_order(name: &str, module: Module) -> Module {
    if let Err(errors) = verify(&module, Stage::Lowered) {
        let text: String =
            errors.iter().map(|error| format!("{error}\n{}\n", error.text)).collect();
        panic!("{name}: the IR is not in order: {text}");
    }
    module
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
