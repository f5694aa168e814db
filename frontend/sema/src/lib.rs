//! A syntax tree and what is known of the kernel, to a resolved and typed program (HIR).
//!
//! Two walks over the tree: [`infer`] finds out what each name is and of which type, by unification
//! over the whole script; [`build`] then makes the typed program, asking the kernel's debug
//! information about probe points and `$` variables.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod build;
mod dump;
mod expressions;
pub mod hir;
mod infer;
pub mod intrinsics;
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
    /// Ticks of the kernel in a second.
    pub hz: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { map_entries: 2048, hz: 250 }
    }
}

/// Gives a script its meaning. Without an error among the diagnostics, the program is complete.
pub fn analyze(file: &ast::File, kernel: &dyn KernelInfo, options: Options) -> (hir::Program, Vec<Diagnostic>) {
    let (symbols, mut diagnostics) = infer::infer(file, options);
    if has_errors(&diagnostics) {
        return (hir::Program::default(), diagnostics);
    }
    let (program, more) = build::build(file, &symbols, kernel, options);
    diagnostics.extend(more);
    if has_errors(&diagnostics) { (hir::Program::default(), diagnostics) } else { (program, diagnostics) }
}
