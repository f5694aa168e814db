//! A syntax tree and what is known of the kernel, to a resolved and typed program (HIR).
//!
//! First the probe points are looked up (`points`). Then two walks over the tree: `infer` finds out
//! what each name is and of which type, by unification over the whole script; `build` makes the
//! typed program, asking the kernel's debug information about `$` variables.

mod build;
mod dump;
mod expressions;
pub mod hir;
mod infer;
pub mod intrinsics;
mod library;
mod points;
mod printing;
mod statements;
mod symbols;
mod target;
mod unify;

use stapc_debuginfo::KernelInfo;
use stapc_diagnostics::{Diagnostic, has_errors};
use stapc_syntax::ast;

pub use dump::dump;

/// What the script's meaning depends on beside its text.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many elements an array without a size has room for (MAXMAPENTRIES).
    pub map_entries: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { map_entries: 2048 }
    }
}

/// Gives a script its meaning. Without an error among the diagnostics, the program is complete.
pub fn analyze(
    file: &ast::File,
    kernel: &dyn KernelInfo,
    options: Options,
) -> (hir::Program, Vec<Diagnostic>) {
    let (points, mut diagnostics) = points::resolve_all(file, kernel);
    let foreign: Vec<bool> = points.iter().map(|points| points.foreign).collect();
    let (symbols, more) = infer::infer(file, &foreign);
    diagnostics.extend(more);
    // Also of a script that is wrong: what is wrong with `$` variables is found on the way.
    let (program, more) = build::build(file, &symbols, points, kernel, options);
    diagnostics.extend(more);
    let program = if has_errors(&diagnostics) { hir::Program::default() } else { program };
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().map(|span| (span.file, span.start)));
    (program, diagnostics)
}
