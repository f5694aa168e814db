//! Passes over the probe IR: optimisations, then the placement of fuel, locks and storage.
//!
//! Each pass is one file with one function, `run`, which changes a module and says how many things it
//! changed; [`PASSES`] is the one statement of their order. A pass declares there what it needs of a
//! module and what it makes true of it or spoils ([`Properties`]); a [`Plan`] is a row of passes in
//! which each has what it needs. [`run`] takes a module from lowering to what a backend accepts.

mod assign_slots;
mod borrow_strings;
mod combine;
mod common;
mod copy_prop;
mod dead_code;
mod dead_functions;
mod dead_globals;
mod dead_stores;
mod divide_unchecked;
mod evaluate_calls;
mod fold;
mod fuse_maps;
mod inline;
mod iterate_values;
mod join_strings;
mod licm;
mod loops;
mod merge_adds;
mod merge_functions;
mod merge_prints;
mod pass;
mod per_cpu;
mod place_fuel;
mod place_locks;
mod plan;
mod properties;
mod sccp;
mod share_slots;
mod simplify;
mod simplify_cfg;
mod sink;
mod strength;
mod sums;
mod tail_calls;
mod unroll;
mod value_number;

use stapc_ir::{Module, Verified};

pub use pass::{Pass, UnknownPass, by_names};
pub use plan::{Options, PassError, Plan, PlanError, Statistics, Step, size};
pub use properties::Properties;

use pass::pass;

const REACHED: Properties = Properties::REACHED;
const ORDERED: Properties = Properties::ORDERED;
const FUEL: Properties = Properties::FUEL;
const LOCKS: Properties = Properties::LOCKS;
const SLOTS: Properties = Properties::SLOTS;

// What runs more than once.
const DEAD_FUNCTIONS: Pass =
    pass("dead-functions", 1, dead_functions::run, "removes functions that no handler calls");
const DEAD_CODE: Pass =
    pass("dead-code", 1, dead_code::run, "removes what has no effect and is not used");
const COPY_PROP: Pass = pass(
    "copy-prop",
    1,
    copy_prop::run,
    "replaces block parameters that are always the same value",
);
const SCCP: Pass = pass(
    "sccp",
    1,
    sccp::run,
    "computes what depends on constants only, round loops and on the ways taken",
)
.gives(REACHED.and(ORDERED));
const SIMPLIFY_CFG: Pass = pass(
    "simplify-cfg",
    0,
    simplify_cfg::run,
    "removes blocks that nothing leads to, and merges those in a row",
)
.gives(REACHED.and(ORDERED));

/// Every pass, in the order in which they run.
#[rustfmt::skip] // A table.
pub static PASSES: &[Pass] = &[
    SIMPLIFY_CFG,
    // A function that only calls itself last is no longer recursive, and may be inlined.
    pass("tail-calls", 2, tail_calls::run, "makes loops of functions that call themselves last").before(LOCKS),
    pass("inline", 2, inline::run, "puts functions that cost little where they are called").before(LOCKS).loses(REACHED.and(ORDERED)),
    DEAD_FUNCTIONS,
    COPY_PROP,
    SCCP,
    SIMPLIFY_CFG.again("simplify-cfg.2", 1),
    pass("evaluate-calls", 2, evaluate_calls::run, "computes calls of pure functions with constants"),
    // What a sum would give is used by nothing else only once it is gone.
    DEAD_CODE,
    pass("per-cpu", 2, per_cpu::run, "keeps what handlers only add to per CPU"),
    pass("value-number", 2, value_number::run, "computes equal values once, and reads what is known to be stored from there"),
    pass("licm", 2, licm::run, "computes before a loop what each turn would compute again"),
    pass("combine", 2, combine::run, "reads and writes a map's element in one go"),
    pass("iterate-values", 2, iterate_values::run, "reads the element that an iteration is at without a look-up"),
    pass("fuse-maps", 2, fuse_maps::run, "looks an element up once for several accesses"),
    pass("strength", 2, strength::run, "uses what ranges of values allow"),
    pass("join-strings", 2, join_strings::run, "makes one sprint of chained strings"),
    pass("unroll", 2, unroll::run, "writes short loops out").before(FUEL),
    COPY_PROP.again("copy-prop.2", 2),
    SCCP.again("sccp.2", 2),
    SIMPLIFY_CFG.again("simplify-cfg.3", 1),
    pass("merge-adds", 2, merge_adds::run, "makes one addition to a part of several"),
    SCCP.again("sccp.3", 2),
    DEAD_CODE.again("dead-code.2", 1),
    // What nothing reads any more is known now.
    pass("dead-stores", 2, dead_stores::run, "removes stores that are overwritten before anything sees them"),
    pass("dead-globals", 2, dead_globals::run, "removes globals that nothing refers to, and writes of those that nothing reads").before(LOCKS),
    DEAD_CODE.again("dead-code.3", 2),
    pass("sink", 2, sink::run, "computes what is used on one way only there"),
    SIMPLIFY_CFG.again("simplify-cfg.4", 1),
    // What differed by what is gone may be equal now.
    pass("merge-functions", 2, merge_functions::run, "makes one of functions that do the same"),
    DEAD_FUNCTIONS.again("dead-functions.2", 2),
    pass("place-fuel", 0, place_fuel::run, "bounds loops and chains of calls").before(LOCKS).gives(FUEL.and(REACHED)),
    // Behind all that moves code: see there.
    pass("divide-unchecked", 2, divide_unchecked::run, "does not look for zero where there is none").needs(FUEL),
    pass("merge-prints", 1, merge_prints::run, "makes one print of several in a row"),
    pass("place-locks", 0, place_locks::run, "locks what handlers share").before(LOCKS).gives(LOCKS),
    // Blocks that were split for locks, and need not be.
    SIMPLIFY_CFG.again("simplify-cfg.5", 1),
    pass("assign-slots", 0, assign_slots::run, "gives strings their storage").needs(ORDERED).gives(SLOTS.and(REACHED)),
    pass("borrow-strings", 1, borrow_strings::run, "uses strings where they lie instead of copying them").needs(SLOTS),
    pass("share-slots", 1, share_slots::run, "gives strings that are not used at once the same storage").needs(SLOTS),
];

/// Runs the passes of a level (0 to 2) and tells `observe` of each behind it, of lowering first.
///
/// For more than that (statistics, passes left out) make a [`Plan`].
///
/// # Errors
/// What the verifier finds before them, behind a pass or behind all.
pub fn run(
    mut module: Module,
    level: u8,
    mut observe: impl FnMut(&'static str, &Module),
) -> Result<Verified, PassError> {
    let plan = Plan::of_level(&level.into()).map_err(PassError::of_plan)?;
    plan.check_start(&module)?;
    observe("lower", &module);
    plan.run_checked(&mut module, |step| observe(step.statistics.pass, step.module))?;
    Verified::new(module).map_err(|errors| PassError { pass: "all passes", errors })
}
