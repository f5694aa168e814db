//! What the tests of the parser have in common.

use stapc_diagnostics::{Diagnostic, SourceMap, render};
use stapc_syntax::{Plain, Session, ast::Tree, parse, print, same};

/// The tree of a script, and what is wrong with it.
pub fn parsed(text: &str) -> (SourceMap, Tree, Vec<Diagnostic>) {
    let mut sources = SourceMap::new();
    let file = sources.add("t.stp", text);
    let environment = Plain { guru: true, ..Plain::default() };
    let mut tree = Tree::default();
    let diagnostics = parse(&mut Session::new(&mut sources, &environment), &mut tree, file);
    (sources, tree, diagnostics)
}

/// That what a script without errors prints is the same script.
pub fn check_round_trip(text: &str) -> Result<(), String> {
    let (sources, tree, diagnostics) = parsed(text);
    if !diagnostics.is_empty() {
        return Err(format!("{text}\n{}", render(&sources, &diagnostics, false)));
    }
    let printed = print(&tree, &tree.items);
    let (_, again, diagnostics) = parsed(&printed);
    if diagnostics.is_empty() && same((&tree, &tree.items), (&again, &again.items)) {
        Ok(())
    } else {
        Err(format!("{text}\nprinted: {printed}\n{diagnostics:?}"))
    }
}
