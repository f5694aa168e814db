//! Names, types and the way to the IR.

use stapc_debuginfo::fake::Kernel;
use stapc_diagnostics::{SourceMap, has_errors, render};
use stapc_ir::{Limits, Module, Stage, verify};
use stapc_sema::{Options, analyze};
use stapc_syntax::{Session, ast::Tree};

use super::{
    places,
    world::{Scripts, environment},
};

/// A script that parses can be checked and lowered: what is wrong with it is said at places that
/// exist, and if nothing is, its IR is in order.
pub fn check(text: &str) -> Result<(), String> {
    for assume_points in [false, true] {
        check_with(text, &Options { assume_points, ..Options::default() })?;
    }
    Ok(())
}

/// Whether a script comes as far as IR.
#[cfg(test)]
pub fn is_right(text: &str) -> bool {
    check_with(text, &Options::default()) == Ok(true)
}

/// Whether the script came as far as IR.
fn check_with(text: &str, options: &Options) -> Result<bool, String> {
    let Some(module) = lowered(text, options, Limits::default())? else { return Ok(false) };
    verify(&module, Stage::Lowered).map(|()| true).map_err(|errors| {
        let lines = errors.iter().map(|error| format!("{error}\n{}\n", error.text));
        format!("the IR is not in order: {}", lines.collect::<String>())
    })
}

/// The IR of a script, if it has no errors.
pub(crate) fn lowered(
    text: &str,
    options: &Options,
    limits: Limits,
) -> Result<Option<Module>, String> {
    let environment = environment();
    let mut sources = SourceMap::new();
    let file = sources.add("script", text);
    let mut tree = Tree::default();
    let mut session = Session::new(&mut sources, &environment);
    if has_errors(&stapc_syntax::parse(&mut session, &mut tree, file)) {
        return Ok(None);
    }
    let kernel = Kernel::sample();
    let (program, found) = analyze(&mut session, &mut tree, &Scripts::new(), &kernel, options);
    places::check_diagnostics(&sources, &found)?;
    let shown = render(&sources, &found, false);
    if shown.is_empty() != found.is_empty() {
        return Err(format!("{} findings are shown as {shown:?}", found.len()));
    }
    if has_errors(&found) {
        return Ok(None);
    }
    match stapc_lower::lower(&program, &sources, limits) {
        Err(found) => places::check_diagnostics(&sources, &found).map(|()| None),
        Ok(module) => Ok(Some(module)),
    }
}
