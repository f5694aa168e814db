//! Executes modules, to compare them before and behind passes.

use stapc_interp::{Bounds, Options, Outcome, run_each};
use stapc_ir::{Module, Stage, observed_globals};

/// Runs each handler `times` times; what it does, or nothing if it takes too long. With `nesting`,
/// calls that nest too deep fault, as they do unless a pass makes loops of them.
pub fn run(module: &Module, placed: bool, times: usize, nesting: bool) -> Option<Outcome> {
    let (stage, max_steps) =
        if placed { (Stage::Final, STEPS_BEHIND) } else { (Stage::Lowered, STEPS) };
    run_within(module, stage, max_steps, times, nesting)
}

/// Likewise, of a module that is still as lowering makes them, behind a pass.
pub fn run_behind(module: &Module, times: usize, nesting: bool) -> Option<Outcome> {
    run_within(module, Stage::Lowered, STEPS_BEHIND, times, nesting)
}

/// Steps of a module; and behind passes, where what those add must not take the steps that it just has.
const STEPS: u64 = 20_000;
const STEPS_BEHIND: u64 = 100_000;

fn run_within(
    module: &Module,
    stage: Stage,
    max_steps: u64,
    times: usize,
    nesting: bool,
) -> Option<Outcome> {
    let bounds = if nesting { Bounds::Nesting } else { Bounds::Comparable };
    let options = Options { max_steps, bounds, ..Options::to_compare(stage, 1) };
    let outcome = run_each(module, times, &options).unwrap_or_else(|error| panic!("{error}"));
    (!outcome.gave_up).then_some(outcome)
}

/// What a module puts out and leaves behind, as far as `module` reads it: what passes made of it.
pub fn text(outcome: &Outcome, module: &Module) -> String {
    let observed = observed_globals(module);
    let names: Vec<&str> =
        observed.iter().map(|&global| module.global(global).name.as_str()).collect();
    let mut outcome = outcome.clone();
    outcome.globals.retain(|name, _| names.contains(&name.as_str()));
    outcome.text()
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
