//! Two outcomes of a program, before and behind passes.

use std::collections::BTreeSet;

use stapc_interp::Outcome;
use stapc_ir::{Module, observed_globals};

/// What is different between what a module does and what passes made of it.
///
/// Compared are output, messages with the places in the output where they come, the last values of
/// globals, hits, errors and skipped hits, the exit status, and whether a handler asked for the end. Not
/// compared, because the IR leaves them to passes:
///
/// - the fault of fuel: it may come earlier where fuel is taken for a whole region. Nothing is compared
///   with fuel; that handlers end with little of it is checked by itself;
/// - hits that cannot have a lock: only where locks were placed are there any;
/// - the fault of nesting where calls were inlined or made loops: if it happens less often behind
///   passes than before them, nothing else is compared;
/// - the fault of a full map whose parts are per CPU: there is more room, and a timer may meet
///   it that collects the parts. If it happens before passes nothing need be the same. The order in which such a map has its elements may be another one where
///   several processors add to it: such a program is compared with all events on one of them;
/// - the time: it stands still, but for programs that only see whether some has passed;
/// - what nothing reads, before or behind passes: the last value of such a global;
/// - how it was done: steps, locks, copies of strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// There is none.
    None,
    /// What may be different, and so the rest was not compared.
    Excused(&'static str),
    /// There is one.
    Found(String),
}

/// Compares what a module did with what came of it behind passes.
pub fn difference(
    before: (&Module, &Outcome),
    behind: (&Module, &Outcome),
    readable: &BTreeSet<String>,
) -> Difference {
    let (expected, found) = (before.1, behind.1);
    let kinds = |outcome: &Outcome, kind: &str| outcome.fault_kinds.get(kind).copied().unwrap_or(0);
    if kinds(expected, "nesting") > kinds(found, "nesting") {
        return Difference::Excused("fewer calls are nested");
    }
    if found.gave_up {
        return Difference::Found("takes far more steps".to_owned());
    }
    let both: BTreeSet<String> = self::readable(behind.0).intersection(readable).cloned().collect();
    if summary(expected, &both) == summary(found, &both) {
        return Difference::None;
    }
    if has_parts(behind.0) && kinds(expected, "full map") > 0 {
        return Difference::Excused("parts of a map have more room");
    }
    Difference::Found(format!(
        "does\n{}instead of\n{}",
        super::shown(found),
        super::shown(expected)
    ))
}

/// All that is compared.
fn summary<'o>(outcome: &'o Outcome, readable: &BTreeSet<String>) -> impl PartialEq + use<'o> {
    let globals = outcome.globals.iter().filter(|(name, _)| readable.contains(*name));
    let globals: Vec<_> = globals.collect();
    let counts = [outcome.hits, outcome.handled, outcome.skipped, outcome.errors];
    (&outcome.output, &outcome.messages, globals, counts, outcome.status, outcome.exited)
}

/// Whether a map has a part for each processor.
pub fn has_parts(module: &Module) -> bool {
    module.globals.values().any(|global| global.percpu && !global.kind.keys().is_empty())
}

/// The globals that something reads: the last value of others says nothing.
pub fn readable(module: &Module) -> BTreeSet<String> {
    observed_globals(module).into_iter().map(|global| module.global(global).name.clone()).collect()
}
