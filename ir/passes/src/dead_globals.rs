//! Globals that nothing reads lose their writes, but for those that may fault, and globals that nothing
//! refers to go.

use std::collections::{HashMap, HashSet};

use stapc_ir::{
    Effects, Function, GlobalId, GlobalKind, Immediate, InstData, Module, Opcode, Value,
    observed_globals,
};

use crate::common::{each_function, use_counts};

pub fn run(module: &mut Module) -> usize {
    let observed = observed_globals(module);
    let full = may_be_full(module);
    let removed = each_function(module, |function| {
        remove_writes(function, |inst| {
            matches!(inst.immediate, Immediate::Global(global)
                if !observed.contains(&global) && !full.contains(&global))
        })
    });
    removed + remove_merges(module) + remove_globals(module)
}

/// Removes merges of globals that nothing else is done with.
fn remove_merges(module: &mut Module) -> usize {
    let others = |function: &Function| {
        let insts = function.placed_insts().filter(|inst| inst.opcode != Opcode::Merge);
        insts
            .filter_map(|inst| match inst.immediate {
                Immediate::Global(global) | Immediate::Iterate(global, _) => Some(global),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let used: HashSet<GlobalId> = module.functions.values().flat_map(others).collect();
    each_function(module, |function| {
        remove_insts(function, |inst| {
            inst.opcode == Opcode::Merge
                && matches!(inst.immediate, Immediate::Global(global) if !used.contains(&global))
        })
    })
}

fn remove_writes(function: &mut Function, is_in_vain: impl Fn(&InstData) -> bool) -> usize {
    let uses = use_counts(function);
    let used = |value: Option<Value>| value.is_some_and(|value| uses.contains_key(&value));
    remove_insts(function, |inst| {
        let writes = inst.opcode.effects().has(Effects::WRITE) && inst.opcode != Opcode::Merge;
        writes && !used(inst.result) && is_in_vain(inst)
    })
}

fn remove_insts(function: &mut Function, is_in_vain: impl Fn(&InstData) -> bool) -> usize {
    let mut removed = 0;
    for block in function.layout.clone() {
        let mut insts = std::mem::take(&mut function.block_mut(block).insts);
        let before = insts.len();
        insts.retain(|&inst| !is_in_vain(function.inst(inst)));
        removed += before - insts.len();
        function.block_mut(block).insts = insts;
    }
    removed
}

/// The maps that something may find full: what is removed from them, and what is added, matters for that.
/// Maps that wrap are never full, and scalars have their room.
fn may_be_full(module: &Module) -> HashSet<GlobalId> {
    let insts = module.functions.values().flat_map(Function::placed_insts);
    let may_fault = insts.filter(|inst| inst.opcode.effects().has(Effects::FAULT));
    may_fault
        .filter_map(|inst| match inst.immediate {
            Immediate::Global(global) => Some(global),
            _ => None,
        })
        .filter(|&global| matches!(module.global(global).kind, GlobalKind::Map { wrap: false, .. }))
        .collect()
}

/// Removes those that nothing refers to; gives how many.
fn remove_globals(module: &mut Module) -> usize {
    let used: HashSet<GlobalId> = module.functions.values().flat_map(referred).collect();
    let count = module.globals.len();
    if used.len() == count {
        return 0;
    }
    let old = std::mem::take(&mut module.globals);
    let mut numbers = HashMap::new();
    for (id, global) in (0..).map(GlobalId::from_u32).zip(old.into_iter().map(|(_, global)| global))
    {
        if used.contains(&id) {
            numbers.insert(id, GlobalId(module.globals.alloc(global)));
        }
    }
    // Instructions that stand nowhere may name what is gone.
    let renumber =
        |global: &mut GlobalId| *global = numbers.get(global).copied().unwrap_or(*global);
    for function in module.functions.values_mut() {
        function.requires.iter_mut().for_each(|(global, _)| renumber(global));
        for inst in function.insts.values_mut() {
            match &mut inst.immediate {
                Immediate::Global(global) | Immediate::Iterate(global, _) => renumber(global),
                Immediate::Locks(locks) => {
                    locks.iter_mut().for_each(|(global, _)| renumber(global))
                }
                _ => {}
            }
        }
    }
    count - used.len()
}

fn referred(function: &Function) -> impl Iterator<Item = GlobalId> + '_ {
    let of_inst = |inst: &InstData| match &inst.immediate {
        Immediate::Global(global) | Immediate::Iterate(global, _) => vec![*global],
        Immediate::Locks(locks) => locks.iter().map(|(global, _)| *global).collect(),
        _ => Vec::new(),
    };
    let required = function.requires.iter().map(|(global, _)| *global);
    function.placed_insts().flat_map(of_inst).chain(required)
}
