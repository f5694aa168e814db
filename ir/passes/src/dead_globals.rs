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
    let kinds: Vec<GlobalKind> =
        module.globals.values().map(|global| global.kind.clone()).collect();
    let removed = each_function(module, |function| {
        remove_writes(function, |inst| {
            matches!(inst.immediate, Immediate::Global(global)
                if !observed.contains(&global) && cannot_fault(inst.opcode, &kinds[global.index()]))
        })
    });
    removed + remove_globals(module)
}

fn remove_writes(function: &mut Function, is_in_vain: impl Fn(&InstData) -> bool) -> usize {
    let uses = use_counts(function);
    let used = |value: Option<Value>| value.is_some_and(|value| uses.contains_key(&value));
    let mut removed = 0;
    for block in function.layout.clone() {
        let mut insts = std::mem::take(&mut function.block_mut(block).insts);
        let before = insts.len();
        insts.retain(|&inst| {
            let inst = function.inst(inst);
            used(inst.result) || !inst.opcode.effects().has(Effects::WRITE) || !is_in_vain(inst)
        });
        removed += before - insts.len();
        function.block_mut(block).insts = insts;
    }
    removed
}

/// Whether a write never faults: maps that wrap are never full, and scalars have their room.
fn cannot_fault(opcode: Opcode, kind: &GlobalKind) -> bool {
    !opcode.effects().has(Effects::FAULT) || !matches!(kind, GlobalKind::Map { wrap: false, .. })
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
