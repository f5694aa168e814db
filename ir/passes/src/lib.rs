//! Passes over the probe IR: optimisations, then the placement of fuel, locks and storage.
//!
//! Each pass is one file and one function of a module; [`PASSES`] has them in order. [`run`] takes a
//! module from lowering to what a backend accepts, and verifies it after every pass.

mod assign_slots;
mod borrow_strings;
mod combine;
mod common;
mod const_fold;
mod copy_prop;
mod dead_code;
mod dead_functions;
mod forward_loads;
mod inline;
mod join_strings;
mod merge_prints;
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

impl Pass {
    /// Runs it alone; the module must be in order.
    pub fn apply(&self, module: &mut Module) {
        (self.run)(module);
    }

    /// The pass of this name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        PASSES.iter().find(|pass| pass.name == name)
    }
}

const fn pass(
    name: &'static str,
    level: u8,
    gives: Stage,
    run: fn(&mut Module),
    doc: &'static str,
) -> Pass {
    Pass { name, doc, level, gives, run }
}

/// Every pass, in the order in which they run.
#[rustfmt::skip] // A table.
pub static PASSES: &[Pass] = &[
    pass("simplify-cfg", 0, Stage::Lowered, simplify_cfg::run, "removes blocks that nothing leads to, and merges those in a row"),
    pass("inline", 2, Stage::Lowered, inline::run, "puts small functions where they are called"),
    pass("dead-functions", 1, Stage::Lowered, dead_functions::run, "removes functions that no handler calls"),
    pass("copy-prop", 1, Stage::Lowered, copy_prop::run, "replaces block parameters that are always the same value"),
    pass("const-fold", 1, Stage::Lowered, const_fold::run, "computes what depends on constants only"),
    pass("simplify-cfg.2", 1, Stage::Lowered, simplify_cfg::run, "simplify-cfg again"),
    pass("value-number", 2, Stage::Lowered, value_number::run, "computes equal values once"),
    pass("forward-loads", 2, Stage::Lowered, forward_loads::run, "reads a global once in a block, and not what was just stored"),
    pass("combine", 2, Stage::Lowered, combine::run, "reads and writes a map's element in one go"),
    pass("join-strings", 2, Stage::Lowered, join_strings::run, "makes one sprint of chained strings"),
    pass("copy-prop.2", 2, Stage::Lowered, copy_prop::run, "copy-prop again"),
    pass("const-fold.2", 2, Stage::Lowered, const_fold::run, "const-fold again"),
    pass("dead-code", 1, Stage::Lowered, dead_code::run, "removes what has no effect and is not used"),
    pass("simplify-cfg.3", 1, Stage::Lowered, simplify_cfg::run, "simplify-cfg again"),
    pass("place-fuel", 0, Stage::Lowered, place_fuel::run, "bounds loops and chains of calls"),
    pass("merge-prints", 1, Stage::Lowered, merge_prints::run, "makes one print of several in a row"),
    pass("place-locks", 0, Stage::Placed, place_locks::run, "locks what handlers share"),
    pass("assign-slots", 0, Stage::Final, assign_slots::run, "gives strings their storage"),
    pass("borrow-strings", 1, Stage::Final, borrow_strings::run, "uses strings where they lie instead of copying them"),
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
pub fn run(
    mut module: Module,
    level: u8,
    mut observe: impl FnMut(&'static str, &Module),
) -> Result<Verified, PassError> {
    let check = |module: &Module, stage, pass| {
        verify(module, stage).map_err(|errors| PassError { pass, errors })
    };
    check(&module, Stage::Lowered, "lower")?;
    observe("lower", &module);
    for pass in PASSES.iter().filter(|pass| pass.level <= level) {
        (pass.run)(&mut module);
        check(&module, pass.gives, pass.name)?;
        observe(pass.name, &module);
    }
    Verified::new(module).map_err(|errors| PassError { pass: "all passes", errors })
}
