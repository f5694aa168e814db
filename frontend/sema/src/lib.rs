//! Syntax trees and what is known of the kernel, to a resolved and typed program (HIR).
//!
//! First it is found out which declarations are in force, those of the script library that are named
//! among them ([`elaborate`]), and where the probes are ([`points`]). Then two walks over the tree:
//! [`infer`] finds out what each name is and of which type, by unification over the whole script;
//! [`build`] makes the typed program, asking the kernel's debug information about `$` variables.

mod build;
mod dump;
mod elaborate;
mod embedded;
mod expressions;
mod functions;
pub mod hir;
mod infer;
pub mod intrinsics;
mod library;
pub mod listing;
mod names;
mod points;
mod printing;
mod prints;
mod statements;
mod symbols;
mod target;
mod unify;
mod unneeded;
mod unread;
mod visit;

use stapc_debuginfo::Objects;
use stapc_diagnostics::{Diagnostic, has_errors};
use stapc_syntax::{Session, ast::Tree};

pub use dump::dump;
pub use library::{Library, NoLibrary};

/// What a script's meaning depends on beside its text.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many elements an array without a size has room for (MAXMAPENTRIES).
    pub map_entries: u32,
    /// Whether probe points and `$` variables are taken as they are, and not looked up.
    pub assume_points: bool,
    /// Whether a `$` variable that is not there is 0 or empty, with a warning, instead of an error.
    pub skip_missing: bool,
    /// Whether probes of what a function calls are hit by calls of others too.
    pub any_caller: bool,
    /// What global variables start with instead of what the script says: names and values.
    pub initial: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            map_entries: 2048,
            assume_points: false,
            skip_missing: false,
            any_caller: false,
            initial: Vec::new(),
        }
    }
}

/// What is in force, and the handlers with the points that exist.
fn resolved(
    session: &mut Session<'_>,
    tree: &mut Tree,
    library: &dyn Library,
    objects: &dyn Objects,
    options: &Options,
) -> (elaborate::Elaborated, Vec<points::Walk>, Vec<Diagnostic>) {
    let (elaborated, mut diagnostics) = elaborate::elaborate(session, tree, library);
    let privilege = session.environment.privilege();
    let guru = session.environment.guru();
    let given = points::Given { tree, elaborated: &elaborated, objects, options, privilege, guru };
    let (walks, more) = points::resolve_all(given);
    diagnostics.extend(more);
    (elaborated, walks, diagnostics)
}

/// Gives the scripts of a tree their meaning, and pulls what they need of the library into it.
/// Without an error among the diagnostics, the program is complete.
pub fn analyze(
    session: &mut Session<'_>,
    tree: &mut Tree,
    library: &dyn Library,
    objects: &dyn Objects,
    options: &Options,
) -> (hir::Program, Vec<Diagnostic>) {
    let guru = session.environment.guru();
    let (elaborated, walks, mut diagnostics) = resolved(session, tree, library, objects, options);
    let (tree, sources) = (&*tree, &*session.sources);
    let wrong = has_errors(&diagnostics);
    let given = infer::Given { sources, tree, elaborated: &elaborated, walks: &walks, guru, wrong };
    let (symbols, more) = infer::infer(given);
    diagnostics.extend(more);
    // Also of a script that is wrong: what is wrong with `$` variables is found on the way.
    let elaborated = &elaborated;
    let given = build::Given { tree, elaborated, symbols: &symbols, objects, options };
    let (program, more) = build::build(given, walks);
    diagnostics.extend(more);
    let program = if has_errors(&diagnostics) { hir::Program::default() } else { program };
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().map(|span| (span.file, span.start)));
    (program, diagnostics)
}
