//! Per-CPU globals: what runs at once only adds to its processor's part, but for timers, which lock the
//! global first; and what runs alone merges the parts before it does anything else with it.

use std::collections::{BTreeSet, HashSet};

use super::{
    Entity, Problems, Rule, VerifyError,
    locks::{accessed, of_parts, shared},
};
use crate::{
    entity::{FuncId, GlobalId},
    function::{Function, Immediate, InstData},
    module::{Attach, Global, Module},
    opcode::Opcode,
    types::{GlobalKind, MapValue},
};

/// Integers and aggregates have parts, and maps of them that do not wrap.
pub(super) fn check_global(global: &Global, errors: &mut Vec<VerifyError>) {
    let fits = match &global.kind {
        GlobalKind::I64(_) | GlobalKind::Stat(_) => true,
        GlobalKind::Str(_) => false,
        GlobalKind::Map { value, wrap, .. } => !wrap && *value != MapValue::Str,
    };
    if global.percpu && !fits {
        let message = format!("@{} cannot be per CPU", global.name);
        errors.push(VerifyError::of_module(Rule::PercpuKind, message));
    }
}

pub(super) fn check(module: &Module, errors: &mut Vec<VerifyError>) {
    if !module.globals.values().any(|global| global.percpu) {
        // Instructions on parts are refused where there are none.
        return;
    }
    let alone = module.reached_at(Attach::is_session);
    let at_once = module.reached_at(|attach| !attach.is_session());
    let hasty = module.reached_at(|attach| !attach.is_session() && !attach.may_collect());
    let handlers: HashSet<FuncId> = module.probes.iter().map(|probe| probe.handler).collect();
    for id in module.function_ids() {
        let function = module.function(id);
        let mut problems = Problems::default();
        for &inst in function.layout.iter().flat_map(|&block| &function.block(block).insts) {
            let data = function.inst(inst);
            let Some(global) = percpu(module, function, data) else { continue };
            let (opcode, name) = (data.opcode.name(), &module.global(global).name);
            let mut tell = |rule, message| problems.add(rule, Entity::Inst(inst), message);
            if data.opcode.adds_to_part() && alone.contains(&id) {
                tell(Rule::PartsAtOnce, format!("{opcode} of @{name} in what runs alone"));
            } else if data.opcode == Opcode::Merge && at_once.contains(&id) {
                tell(Rule::PartsAtOnce, format!("{opcode} of @{name} in what runs at once"));
            } else if !data.opcode.adds_to_part() && hasty.contains(&id) {
                let what = "which is per CPU, in what runs at once and is no slow timer";
                tell(Rule::PartsAtOnce, format!("{opcode} of @{name}, {what}"));
            } else if data.opcode == Opcode::Merge && !handlers.contains(&id) {
                tell(Rule::PartsMerged, format!("{opcode} of @{name} outside a probe's handler"));
            }
        }
        if handlers.contains(&id) && alone.contains(&id) {
            for global in unmerged(module, function) {
                let message = format!("does not begin by merging @{}", module.global(global).name);
                problems.add(Rule::PartsMerged, Entity::Function, message);
            }
        }
        problems.tell(module, function, errors);
    }
    check_unlocked(module, errors);
}

/// While a handler that adds to parts waits for one that collects them, that must not wait for it.
fn check_unlocked(module: &Module, errors: &mut Vec<VerifyError>) {
    let collected = shared(module);
    let mut told = HashSet::new();
    for probe in module.probes.iter().filter(|probe| probe.attach.may_collect()) {
        let handler = probe.handler;
        let collects = module.reached([handler]).into_iter().any(|id| {
            let function = module.function(id);
            let whole = |inst: &InstData| {
                !of_parts(inst.opcode) && percpu(module, function, inst).is_some()
            };
            function.placed_insts().any(whole)
        });
        if let Some(global) = added_to(module, &collected, handler).filter(|_| collects)
            && told.insert(handler)
        {
            let name = &module.global(global).name;
            let message = format!("adds to a part of @{name}, and works on all of per-CPU globals");
            let mut problems = Problems::default();
            problems.add(Rule::PartsUnlocked, Entity::Function, message);
            problems.tell(module, module.function(handler), errors);
        }
    }
}

/// A global among some to whose parts a handler adds, itself or by what it calls, if there is one. Among
/// [`crate::shared_globals`] are those whose parts timers collect meanwhile.
pub fn added_to(module: &Module, among: &HashSet<GlobalId>, handler: FuncId) -> Option<GlobalId> {
    let reached = module.reached([handler]);
    module.function_ids().filter(|id| reached.contains(id)).find_map(|id| {
        let function = module.function(id);
        let mut adds = function.placed_insts().filter(|inst| inst.opcode.adds_to_part());
        adds.find_map(|inst| percpu(module, function, inst).filter(|global| among.contains(global)))
    })
}

/// The per-CPU global that an instruction reads or writes.
fn percpu(module: &Module, function: &Function, inst: &InstData) -> Option<GlobalId> {
    accessed(function, inst).filter(|&global| module.global(global).percpu)
}

/// The per-CPU globals that a handler uses, or a function called, before it has merged them: it
/// merges in its first block, before anything else there that uses the global or calls.
fn unmerged(module: &Module, handler: &Function) -> BTreeSet<GlobalId> {
    let mut merged = HashSet::new();
    let mut found = BTreeSet::new();
    for (at, &block) in handler.layout.iter().enumerate() {
        for &inst in &handler.block(block).insts {
            let inst = handler.inst(inst);
            let uses: Vec<GlobalId> = match inst.immediate {
                Immediate::Global(global) if inst.opcode == Opcode::Merge && at == 0 => {
                    merged.insert(global);
                    continue;
                }
                Immediate::Func(callee) => module
                    .reached([callee])
                    .into_iter()
                    .map(|id| module.function(id))
                    .flat_map(|function| {
                        function.placed_insts().filter_map(|inst| percpu(module, function, inst))
                    })
                    .collect(),
                _ => Vec::from_iter(percpu(module, handler, inst)),
            };
            found.extend(uses.into_iter().filter(|global| !merged.contains(global)));
        }
    }
    found
}
