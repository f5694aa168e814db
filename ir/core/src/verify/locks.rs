//! Shared globals are accessed under their locks, and no path leaves with a lock.

use std::collections::{HashMap, HashSet};

use super::{
    Entity, Problems, Rule,
    error::{Wrong, wrong},
};
use crate::{
    effects::Effects,
    entity::{Block, FuncId, GlobalId},
    function::{Function, Immediate, InstData, LockMode},
    module::{Attach, Module},
    opcode::Opcode,
    terminator::Terminator,
};

/// The locks held at a place.
type Held = Vec<(GlobalId, LockMode)>;

/// The functions that never run while another handler does: of begin, end and error handlers, what
/// only those call, and what nothing calls.
pub fn alone(module: &Module) -> HashSet<FuncId> {
    let at_once = module.reached_at(|attach| !attach.is_session());
    module.function_ids().filter(|id| !at_once.contains(id)).collect()
}

/// The globals that something writes while something else may look at them: the others need no lock.
/// A timer's handler never runs on two processors at once.
pub fn shared(module: &Module) -> HashSet<GlobalId> {
    let alone = alone(module);
    let mut users: HashMap<GlobalId, Users> = HashMap::new();
    for id in module.function_ids().filter(|id| !alone.contains(id)) {
        let function = module.function(id);
        for inst in function.placed_insts() {
            if let Some(global) = accessed(function, inst) {
                let users = users.entry(global).or_default();
                users.written |= inst.opcode.effects().has(Effects::WRITE);
                users.whole |= !of_parts(inst.opcode);
                users.functions.insert(id);
            }
        }
    }
    let timers = timers(module);
    let shared = |(global, users): (GlobalId, Users)| {
        let mut timers = users.functions.iter().map(|id| timers.get(id).copied().flatten());
        let first = timers.next().flatten();
        let one_timer = first.is_some() && timers.all(|timer| timer == first);
        let shared = match module.global(global).percpu {
            true => users.whole,
            false => users.written && !one_timer,
        };
        shared.then_some(global)
    };
    users.into_iter().filter_map(shared).collect()
}

/// The timer whose handler alone runs a function, of those that run while others do.
fn timers(module: &Module) -> HashMap<FuncId, Option<usize>> {
    let mut timers: HashMap<FuncId, Option<usize>> = HashMap::new();
    let probes = module.probes.iter().enumerate().filter(|(_, probe)| !probe.attach.is_session());
    for (number, probe) in probes {
        let is_timer = matches!(probe.attach, Attach::TimerNs(..) | Attach::TimerJiffies(..));
        for id in module.reached([probe.handler]) {
            timers
                .entry(id)
                .and_modify(|known| *known = None)
                .or_insert(is_timer.then_some(number));
        }
    }
    timers
}

/// The functions that access a global while others may, whether any writes it, and whether any does
/// more than with its parts.
#[derive(Default)]
struct Users {
    functions: HashSet<FuncId>,
    written: bool,
    whole: bool,
}

/// Whether an instruction works on parts of per-CPU globals, which no lock is of.
pub(super) fn of_parts(opcode: Opcode) -> bool {
    opcode.adds_to_part() || opcode == Opcode::Merge
}

/// The lock that an instruction needs where other handlers run, and how, `shared` being what
/// [`shared`] gives: that of a per-CPU global to write, since to take it collects the parts.
pub fn needed_lock(
    module: &Module,
    shared: &HashSet<GlobalId>,
    function: &Function,
    inst: &InstData,
) -> Option<(GlobalId, LockMode)> {
    let global = accessed(function, inst).filter(|global| shared.contains(global))?;
    let percpu = module.global(global).percpu;
    if percpu && of_parts(inst.opcode) {
        return None;
    }
    let writes = percpu || inst.opcode.effects().has(Effects::WRITE);
    Some((global, if writes { LockMode::Write } else { LockMode::Read }))
}

/// The global that an instruction reads or writes, itself, by an iteration or by an element.
pub(super) fn accessed(function: &Function, inst: &InstData) -> Option<GlobalId> {
    let effects = inst.opcode.effects();
    match &inst.immediate {
        _ if !effects.has(Effects::READ) && !effects.has(Effects::WRITE) => None,
        Immediate::Global(id) | Immediate::Iterate(id, _) => Some(*id),
        _ => function.map_of(*inst.args.first()?),
    }
}

pub(super) fn check(
    module: &Module,
    function: &Function,
    (shared, alone): (&HashSet<GlobalId>, bool),
    handler: bool,
    problems: &mut Problems,
) {
    if !function.requires.windows(2).all(|pair| pair[0].0 < pair[1].0) {
        problems.add(Rule::LockOrder, Entity::Function, "required locks are not in order");
    }
    let mut states: HashMap<Block, Held> =
        HashMap::from([(function.entry(), function.requires.clone())]);
    let mut work = vec![function.entry()];
    let mut told = HashSet::new();
    while let Some(block) = work.pop() {
        let before = states.get(&block).cloned().unwrap_or_default();
        let mut checker =
            Checker { module, function, shared, alone, handler, held: before, leaves: Vec::new() };
        if let Err((at, (rule, message))) = checker.block(block) {
            problems.add(rule, at, format!("{block}: {message}"));
            // What is held behind it is not known.
            continue;
        }
        for (to, held) in checker.leaves {
            match states.get(&to) {
                None => {
                    states.insert(to, held);
                    work.push(to);
                }
                Some(known) if *known == held => {}
                Some(_) if !told.insert(to) => {}
                Some(_) => problems.add(
                    Rule::LockPaths,
                    Entity::Block(to),
                    format!("{to} is reached with different locks held"),
                ),
            }
        }
    }
}

struct Checker<'a> {
    module: &'a Module,
    function: &'a Function,
    shared: &'a HashSet<GlobalId>,
    /// Whether it only runs while no other handler does.
    alone: bool,
    handler: bool,
    held: Held,
    leaves: Vec<(Block, Held)>,
}

impl Checker<'_> {
    fn block(&mut self, block: Block) -> Result<(), (Entity, Wrong)> {
        let data = self.function.block(block);
        for &inst in &data.insts {
            self.inst(self.function.inst(inst), data.catch)
                .map_err(|wrong| (Entity::Inst(inst), wrong))?;
        }
        self.end(block).map_err(|wrong| (Entity::End(block), wrong))
    }

    fn end(&mut self, block: Block) -> Result<(), Wrong> {
        let data = self.function.block(block);
        match &data.terminator {
            Some(Terminator::Return(_)) if self.held != self.function.requires => {
                wrong(Rule::LockLeft, "returns with other locks than it came with")
            }
            Some(Terminator::Raise) => self.fault(data.catch),
            Some(terminator) => {
                self.leaves.extend(terminator.edges().map(|edge| (edge.block, self.held.clone())));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn fault(&mut self, catch: Option<Block>) -> Result<(), Wrong> {
        match catch {
            Some(catch) => {
                self.leaves.push((catch, self.held.clone()));
                Ok(())
            }
            None if self.held == self.function.requires => Ok(()),
            None => wrong(Rule::LockLeft, "a fault would leave with a lock held"),
        }
    }

    fn inst(&mut self, inst: &InstData, catch: Option<Block>) -> Result<(), Wrong> {
        if inst.opcode.effects().has(Effects::FAULT) {
            self.fault(catch)?;
        }
        match (&inst.immediate, inst.opcode) {
            (Immediate::Locks(_), _) if !self.handler => {
                wrong(Rule::LockPlace, "locks outside a probe's handler")
            }
            (Immediate::Locks(_), Opcode::Lock) if !self.held.is_empty() => {
                wrong(Rule::LockPlace, "takes locks while it holds some")
            }
            (Immediate::Locks(locks), Opcode::Lock) => {
                self.held = locks.clone();
                Ok(())
            }
            (Immediate::Locks(locks), _) if *locks != self.held => {
                wrong(Rule::LockPlace, "gives back other locks than it holds")
            }
            (Immediate::Locks(_), _) => {
                self.held.clear();
                Ok(())
            }
            (Immediate::Func(callee), _) => {
                let lacking = self
                    .module
                    .function(*callee)
                    .requires
                    .iter()
                    .find(|(global, mode)| !self.holds(*global, *mode));
                match lacking {
                    Some((global, _)) => wrong(
                        Rule::LockHeld,
                        format!("calls without the lock of @{}", self.module.global(*global).name),
                    ),
                    None => Ok(()),
                }
            }
            _ => self.access(inst),
        }
    }

    fn access(&self, inst: &InstData) -> Result<(), Wrong> {
        let needed = needed_lock(self.module, self.shared, self.function, inst);
        if let Some((global, mode)) = needed.filter(|_| !self.alone)
            && !self.holds(global, mode)
        {
            let message = format!(
                "{} without the {} lock of @{}",
                inst.opcode.name(),
                mode.name(),
                self.module.global(global).name
            );
            return wrong(Rule::LockHeld, message);
        }
        Ok(())
    }

    fn holds(&self, global: GlobalId, mode: LockMode) -> bool {
        self.held.iter().any(|(held, held_mode)| *held == global && *held_mode >= mode)
    }
}
