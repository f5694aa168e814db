//! Checks a module against everything the IR forbids.
//!
//! Checked: handles exist and names are unique; edges go to blocks of the layout and give the
//! parameters' types; the entry has no edges to it and handlers of faults have no parameters
//! ([`structure`]); opcodes have the immediate, operands and result that the table says ([`types`]);
//! uses are dominated by definitions; handlers of probes take and return nothing, and are not called;
//! faults last where they are handled, and nowhere else ([`faults`]); iterations nest, and elements are
//! read where there are some ([`iterations`]); elements that were found are used before anything writes
//! their map ([`elements`]); what divides without a check is not 0 ([`divisors`]); per-CPU globals are
//! added to by those that run at once, and merged before they are read ([`parts`]). From [`Stage::Placed`] on: shared globals are accessed under their locks and no path leaves with a lock
//! ([`locks`]); loops and calls use fuel ([`fuel`]). At [`Stage::Final`]: strings have storage that
//! is not written before their last use ([`strings`]); blocks are reached, and stand behind what they
//! use.
//!
//! Not checked: that a handler reads only the registers that its probe has; that a value's script
//! name means anything; what of a block comes behind what always faults.

pub use iterations::running as running_iterations;
pub use locks::shared as shared_globals;
pub use types::{operands as operand_types, result as result_type};

mod divisors;
mod elements;
mod faults;
mod fuel;
mod iterations;
mod locks;
mod parts;
mod structure;
mod types;

use std::{collections::HashSet, fmt};

use crate::{
    effects::Writes,
    entity::{FuncId, GlobalId},
    function::Function,
    module::Module,
    print::print_function,
    strings,
    types::GlobalKind,
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

/// Something the IR forbids, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyError {
    /// The function it is in, if in one.
    pub function: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The function's text.
    pub text: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.function {
            Some(function) => write!(f, "%{function}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for VerifyError {}

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
    check_module(module, &mut errors);
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
    for id in module.function_ids() {
        let mut problems = Problems::default();
        check_function(module, id, stage, &facts, &mut problems);
        problems.tell(module, module.function(id), &mut errors);
    }
    if errors.is_empty() && stage >= Stage::Placed {
        errors.extend(fuel::check_calls(module).into_iter().map(error));
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
        locks::check(module, module.function(id), &facts.shared, handler, &mut problems);
        problems.0.is_empty()
    })
}

/// Whether every loop and every recursion of a module that is in order at [`Stage::Lowered`] uses fuel.
pub fn has_fuel(module: &Module) -> bool {
    let loops = module.functions.values().all(|function| {
        let mut problems = Problems::default();
        fuel::check_loops(function, &mut problems);
        problems.0.is_empty()
    });
    loops && fuel::check_calls(module).is_empty()
}

/// What is asked of all of a module while its functions are checked.
struct Facts {
    shared: HashSet<GlobalId>,
    handlers: HashSet<FuncId>,
    writes: Writes,
}

impl Facts {
    fn of(module: &Module) -> Self {
        let handlers = module.probes.iter().map(|probe| probe.handler).collect();
        Self { shared: shared_globals(module), handlers, writes: Writes::of(module) }
    }
}

/// The findings about one function.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, message: impl Into<String>) {
        self.0.push(message.into());
    }

    fn tell(self, module: &Module, function: &Function, errors: &mut Vec<VerifyError>) {
        let text = if self.0.is_empty() { String::new() } else { print_function(module, function) };
        errors.extend(self.0.into_iter().map(|message| VerifyError {
            function: Some(function.name.clone()),
            message,
            text: text.clone(),
        }));
    }
}

fn error(message: String) -> VerifyError {
    VerifyError { function: None, message, text: String::new() }
}

/// The most keys that a map may have.
const MOST_KEYS: usize = 255;

fn check_module(module: &Module, errors: &mut Vec<VerifyError>) {
    let mut names = HashSet::new();
    for (_, global) in module.globals.iter() {
        if !names.insert(("@", &global.name)) {
            errors.push(error(format!("the global @{} stands twice", global.name)));
        }
        check_global(&global.name, &global.kind, errors);
        parts::check_global(global, errors);
    }
    for (_, function) in module.functions.iter() {
        if !names.insert(("%", &function.name)) {
            errors.push(error(format!("the function %{} stands twice", function.name)));
        }
    }
    for probe in &module.probes {
        match module.functions.iter().nth(probe.handler.index()) {
            None => errors.push(error(format!("the handler of {} does not exist", probe.point))),
            Some((_, handler))
                if !handler.params().is_empty()
                    || handler.returns.is_some()
                    || !handler.requires.is_empty() =>
            {
                errors.push(error(format!(
                    "the handler %{} takes, returns or requires something",
                    handler.name
                )));
            }
            Some(_) => {}
        }
    }
    let limits = &module.limits;
    if !(8..=65536).contains(&limits.string_max)
        || limits.max_nesting == 0
        || limits.max_nesting > 1000
    {
        errors.push(error(
            "limits out of bounds: string_max 8 to 65536, max_nesting 1 to 1000".to_owned(),
        ));
    }
}

fn check_global(name: &str, kind: &GlobalKind, errors: &mut Vec<VerifyError>) {
    if let GlobalKind::Map { keys, capacity, .. } = kind
        && (!(1..=MOST_KEYS).contains(&keys.len())
            || *capacity == 0
            || keys.iter().any(|key| !matches!(key, crate::Type::I64 | crate::Type::Str)))
    {
        errors.push(error(format!(
            "the map @{name} has no room, no keys, too many, or keys of a wrong type"
        )));
    }
    if matches!(kind, GlobalKind::Str(text) if text.contains(&0)) {
        errors.push(error(format!("@{name} has a NUL in its text")));
    }
    if let Some(crate::Histogram::Linear { low, high, width }) = kind.histogram()
        && (width <= 0
            || high <= low
            || (i128::from(high) - i128::from(low)) / i128::from(width) > 1 << 16)
    {
        errors.push(error(format!("the histogram of @{name} has no buckets or too many")));
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
    for handler in function.callees().filter(|callee| facts.handlers.contains(callee)) {
        problems.add(format!("calls %{}, which handles a probe", module.function(handler).name));
    }
    if !problems.0.is_empty() {
        return;
    }
    iterations::check(function, &facts.writes, problems);
    elements::check(function, &facts.writes, problems);
    divisors::check(function, problems);
    if stage >= Stage::Placed {
        locks::check(module, function, &facts.shared, facts.handlers.contains(&id), problems);
        fuel::check_loops(function, problems);
    }
    if stage >= Stage::Final {
        structure::check_order(function, problems);
        for lost in strings::overwritten(function, &facts.writes) {
            let by = function.inst(lost.by).opcode.name();
            problems.add(format!("{} may be overwritten by {by} before it is used", lost.value));
        }
    }
}
