//! Passes over the probe IR: optimisations, then the placement of fuel, locks and storage.
//!
//! Each pass is one file and one function of a module; [`PASSES`] has them in order. [`run`] takes a
//! module from lowering to what a backend accepts, and verifies it after every pass.
#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests"))]

mod assign_slots;
mod common;
mod const_fold;
mod copy_prop;
mod dead_code;
mod place_fuel;
mod place_locks;
mod simplify_cfg;
mod value_number;

use stapc_ir::{Module, Stage, Verified, VerifyError, verify};

/// A pass and when it runs.
#[derive(Debug)]
pub struct Pass {
    /// As `--print-after` calls it.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// The lowest level of optimisation that runs it.
    pub level: u8,
    /// What the module satisfies behind it.
    pub gives: Stage,
    run: fn(&mut Module),
}

const fn pass(name: &'static str, level: u8, gives: Stage, run: fn(&mut Module), doc: &'static str) -> Pass {
    Pass { name, doc, level, gives, run }
}

/// Every pass, in the order in which they run.
pub static PASSES: &[Pass] = &[
    pass("simplify-cfg", 0, Stage::Lowered, simplify_cfg::run, "removes blocks that nothing leads to, and merges those in a row"),
    pass("copy-prop", 1, Stage::Lowered, copy_prop::run, "replaces block parameters that are always the same value"),
    pass("const-fold", 1, Stage::Lowered, const_fold::run, "computes what depends on constants only"),
    pass("value-number", 2, Stage::Lowered, value_number::run, "computes equal values once"),
    pass("copy-prop.2", 2, Stage::Lowered, copy_prop::run, "copy-prop again"),
    pass("dead-code", 1, Stage::Lowered, dead_code::run, "removes what has no effect and is not used"),
    pass("simplify-cfg.2", 1, Stage::Lowered, simplify_cfg::run, "simplify-cfg again"),
    pass("place-fuel", 0, Stage::Lowered, place_fuel::run, "bounds loops and recursion"),
    pass("place-locks", 0, Stage::Placed, place_locks::run, "locks what handlers share"),
    pass("assign-slots", 0, Stage::Final, assign_slots::run, "gives strings their storage"),
];

/// A pass that left a module the verifier refuses: a defect of the compiler.
#[derive(Debug)]
pub struct PassError {
    /// The pass; `lower` for the module given.
    pub pass: &'static str,
    /// What is wrong.
    pub errors: Vec<VerifyError>,
}

impl std::fmt::Display for PassError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the IR is not in order after {}", self.pass)?;
        self.errors.iter().try_for_each(|error| write!(f, "\n  {error}"))
    }
}

impl std::error::Error for PassError {}

/// Runs the passes of a level (0 to 2) and tells `observe` of each behind it, of lowering first.
///
/// # Errors
/// What the verifier finds behind a pass.
pub fn run(mut module: Module, level: u8, mut observe: impl FnMut(&'static str, &Module)) -> Result<Verified, PassError> {
    let check = |module: &Module, stage, pass| verify(module, stage).map_err(|errors| PassError { pass, errors });
    check(&module, Stage::Lowered, "lower")?;
    observe("lower", &module);
    for pass in PASSES.iter().filter(|pass| pass.level <= level) {
        (pass.run)(&mut module);
        check(&module, pass.gives, pass.name)?;
        observe(pass.name, &module);
    }
    Verified::new(module).map_err(|errors| PassError { pass: "all passes", errors })
}
