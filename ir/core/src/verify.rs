//! Checks a module against everything the IR forbids.
//!
//! The checklist is one table, [`RULES`]; `docs/ir.md` shows it. Where the rules are checked:
//!
//! - [`module`]: globals, probes, limits, names; [`structure`]: handles, the entry, ends of blocks,
//!   dominance and order; [`types`]: everything about a single instruction, edge or end.
//! - [`faults`]: where faults last; [`iterations`]: how they nest, and where they have an element;
//!   [`elements`]: what was found in a map and is used again; [`divisors`]: division without a check;
//!   [`parts`]: per-CPU globals; [`conditions`]: what probes are armed by.
//! - From [`Stage::Placed`] on, [`locks`] and [`fuel`].
//! - At [`Stage::Final`], [`strings`] beside what `structure` and `types` have for it.
//!
//! All errors are collected, each about one entity, but: what refers to nothing is told alone, since the
//! other checks follow references; a function whose types or definitions are wrong is not checked for
//! what goes on from there to there; calls are not checked for fuel where anything else is wrong.
//!
//! Not checked: that a handler reads only the registers that its probe has (the backend does); that there is
//! memory for a map's capacity (the kernel does); that a value's script name, a message's `near` or a
//! line and column mean anything; that an interval is more than 0; what of a block comes behind what always
//! faults; whether an integer is an address.

pub use fuel::loops_without_fuel;
pub use iterations::running as running_iterations;
pub use locks::{alone as runs_alone, needed_lock, shared as shared_globals};
pub use parts::added_to;
pub use types::{operands as operand_types, result as result_type};

mod conditions;
mod divisors;
mod elements;
mod error;
mod faults;
mod fuel;
mod iterations;
mod kept;
mod locks;
mod module;
mod parts;
mod patterns;
mod rules;
mod structure;
mod types;

use std::collections::HashSet;

use error::Problems;
pub use error::{Entity, VerifyError, print_errors};
pub use rules::{RULES, Rule, RuleInfo};

use crate::{
    effects::Writes,
    entity::{FuncId, GlobalId},
    function::{Function, Immediate},
    module::Module,
    strings,
};

/// How far a module has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// As lowering makes it.
    Lowered,
    /// Locks and fuel are placed.
    Placed,
    /// Strings have storage: ready for a backend.
    Final,
}

impl Stage {
    /// Every stage, from the first on.
    pub const ALL: [Self; 3] = [Self::Lowered, Self::Placed, Self::Final];

    /// As files and options call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lowered => "lowered",
            Self::Placed => "placed",
            Self::Final => "final",
        }
    }

    /// The stage of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

/// A module that was found in order at [`Stage::Final`]; what backends take.
#[derive(Debug, Clone)]
pub struct Verified(Module);

impl Verified {
    /// Checks a module and keeps it.
    ///
    /// # Errors
    /// Everything in it that the IR forbids.
    pub fn new(module: Module) -> Result<Self, Vec<VerifyError>> {
        verify(&module, Stage::Final)?;
        Ok(Self(module))
    }

    /// The module.
    pub fn module(&self) -> &Module {
        &self.0
    }
}

/// Checks a module.
///
/// # Errors
/// Everything in it that the IR forbids at this stage.
pub fn verify(module: &Module, stage: Stage) -> Result<(), Vec<VerifyError>> {
    let mut errors = Vec::new();
    module::check(module, &mut errors);
    for function in module.functions.values() {
        let mut problems = Problems::default();
        structure::check(module, function, &mut problems);
        problems.tell(module, function, &mut errors);
    }
    // The other checks follow edges and handles, of other functions too, which must exist for that.
    if !errors.is_empty() {
        return Err(errors);
    }
    let facts = Facts::of(module);
    parts::check(module, &mut errors);
    conditions::check(module, &mut errors);
    kept::check(module, &mut errors);
    patterns::check(module, &mut errors);
    for id in module.function_ids() {
        let mut problems = Problems::default();
        check_function(module, id, stage, &facts, &mut problems);
        problems.tell(module, module.function(id), &mut errors);
    }
    if errors.is_empty() && stage >= Stage::Placed {
        fuel::check_calls(module, &mut errors);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Whether every shared global of a module that is in order at [`Stage::Lowered`] is accessed under its
/// lock: [`Stage::Placed`] asks for this, and for [`has_fuel`].
pub fn has_locks(module: &Module) -> bool {
    let facts = Facts::of(module);
    module.function_ids().all(|id| {
        let mut problems = Problems::default();
        let handler = facts.handlers.contains(&id);
        let rules = (&facts.shared, facts.alone.contains(&id));
        locks::check(module, module.function(id), rules, handler, &mut problems);
        problems.is_empty()
    })
}

/// Whether every loop and every recursion of a module that is in order at [`Stage::Lowered`] uses fuel.
pub fn has_fuel(module: &Module) -> bool {
    let loops = module.functions.values().all(|function| {
        let mut problems = Problems::default();
        fuel::check_loops(function, &mut problems);
        problems.is_empty()
    });
    let mut calls = Vec::new();
    fuel::check_calls(module, &mut calls);
    loops && calls.is_empty()
}

/// What is asked of all of a module while its functions are checked.
struct Facts {
    shared: HashSet<GlobalId>,
    alone: HashSet<FuncId>,
    handlers: HashSet<FuncId>,
    writes: Writes,
}

impl Facts {
    fn of(module: &Module) -> Self {
        let handlers = module.probes.iter().map(|probe| probe.handler).collect();
        let (shared, alone) = (shared_globals(module), runs_alone(module));
        Self { shared, alone, handlers, writes: Writes::of(module) }
    }
}

fn check_function(
    module: &Module,
    id: FuncId,
    stage: Stage,
    facts: &Facts,
    problems: &mut Problems,
) {
    let function = module.function(id);
    types::check(module, function, stage, problems);
    structure::check_dominance(function, problems);
    faults::check(function, problems);
    check_calls(module, function, facts, problems);
    if !problems.is_empty() {
        return;
    }
    iterations::check(function, &facts.writes, problems);
    elements::check(function, &facts.writes, problems);
    divisors::check(function, problems);
    if stage >= Stage::Placed {
        let rules = (&facts.shared, facts.alone.contains(&id));
        locks::check(module, function, rules, facts.handlers.contains(&id), problems);
        fuel::check_loops(function, problems);
    }
    if stage >= Stage::Final {
        structure::check_order(function, problems);
        for lost in strings::overwritten(function, &facts.writes) {
            let by = function.inst(lost.by).opcode.name();
            problems.add(
                Rule::StringOverwritten,
                Entity::Inst(lost.by),
                format!("{} may be overwritten by {by} before it is used", lost.value),
            );
        }
    }
}

fn check_calls(module: &Module, function: &Function, facts: &Facts, problems: &mut Problems) {
    for &inst in function.layout.iter().flat_map(|&block| &function.block(block).insts) {
        match function.inst(inst).immediate {
            Immediate::Func(callee) if facts.handlers.contains(&callee) => problems.add(
                Rule::HandlerCalled,
                Entity::Inst(inst),
                format!("calls %{}, which handles a probe", module.function(callee).name),
            ),
            _ => {}
        }
    }
}
