//! Executes modules, to compare them before and behind passes.

use stapc_interp::{Bounds, Options, run_each};
use stapc_ir::{Module, Stage};

/// Runs each handler `times` times; what it puts out and leaves behind, or nothing if it takes too
/// long.
pub fn run(module: &Module, placed: bool, times: usize) -> Option<String> {
    let stage = if placed { Stage::Final } else { Stage::Lowered };
    // What passes add must not take the steps that a module just has.
    let max_steps = if placed { 100_000 } else { 20_000 };
    let options = Options { max_steps, ..Options::to_compare(stage, 1) };
    let outcome = run_each(module, times, &options).unwrap_or_else(|error| panic!("{error}"));
    (!outcome.gave_up).then(|| outcome.text())
}

/// Whether every handler ends by itself, within a budget of fuel.
pub fn ends(module: &Module, budget: i64) -> bool {
    let options = Options {
        bounds: Bounds::Fuel(budget),
        max_steps: 1_000_000,
        ..Options::to_compare(Stage::Final, 1)
    };
    let outcome = run_each(module, 1, &options).unwrap_or_else(|error| panic!("{error}"));
    !outcome.gave_up
}
