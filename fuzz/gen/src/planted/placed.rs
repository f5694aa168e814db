//! Wrong rewrites of what passes place: locks, fuel, slots, parts.

use stapc_ir::{Effects, Immediate, LockMode, Module, Opcode, Type};

use super::{Planted, change, drop_one, exchange, pick, pick_opcode, replace};
use crate::Random;

#[rustfmt::skip] // A table.
pub(super) static TABLE: &[Planted] = &[
    Planted { name: "a lock dropped", plant: |m, r| drop_one(m, r, Opcode::Lock) },
    Planted { name: "an unlock dropped", plant: |m, r| drop_one(m, r, Opcode::Unlock) },
    Planted { name: "a lock and its unlocks dropped", plant: all_locks_dropped },
    Planted { name: "an unlock before the last access", plant: unlock_early },
    Planted { name: "a write lock taken as read", plant: read_instead },
    Planted { name: "a lock of one global too few", plant: |m, r| change(m, r, Opcode::Lock, |inst| {
        if let Immediate::Locks(locks) = &mut inst.immediate { locks.pop(); }
    }) },
    Planted { name: "fuel dropped", plant: |m, r| drop_one(m, r, Opcode::Fuel) },
    Planted { name: "a string in another's slot", plant: other_slot },
    Planted { name: "a string kept where it lay", plant: slot_lost },
    Planted { name: "a copy of a string dropped", plant: copy_dropped },
    Planted { name: "a merge dropped", plant: |m, r| drop_one(m, r, Opcode::Merge) },
    Planted { name: "a merge behind the first use", plant: merge_late },
    Planted { name: "a global not per CPU any more", plant: not_percpu },
    Planted { name: "a shared global per CPU", plant: percpu },
    Planted { name: "a part's addition to the whole", plant: |m, r| exchange(m, r, Opcode::PartMadd, Opcode::Mset) },
];

/// No lock is taken in a handler, and none given back.
fn all_locks_dropped(module: &mut Module, random: &mut Random) -> bool {
    let Some(place) = pick_opcode(module, random, Opcode::Lock) else { return false };
    let function = module.function_mut(place.function);
    for block in function.layout.clone() {
        let mut insts = std::mem::take(&mut function.block_mut(block).insts);
        insts.retain(|&inst| !matches!(function.inst(inst).opcode, Opcode::Lock | Opcode::Unlock));
        function.block_mut(block).insts = insts;
    }
    true
}

fn unlock_early(module: &mut Module, random: &mut Random) -> bool {
    let Some(place) = pick_opcode(module, random, Opcode::Unlock).filter(|place| place.at > 0)
    else {
        return false;
    };
    module.function_mut(place.function).block_mut(place.block).insts.swap(place.at - 1, place.at);
    true
}

/// Wherever a handler takes a lock to write, and gives it back, it is to read.
fn read_instead(module: &mut Module, random: &mut Random) -> bool {
    let place = pick(module, random, |_, inst| match &inst.immediate {
        Immediate::Locks(locks) => locks.iter().any(|(_, mode)| *mode == LockMode::Write),
        _ => false,
    });
    let Some(place) = place else { return false };
    for inst in module.function_mut(place.function).insts.values_mut() {
        if let Immediate::Locks(locks) = &mut inst.immediate {
            locks.iter_mut().for_each(|(_, mode)| *mode = LockMode::Read);
        }
    }
    true
}

fn other_slot(module: &mut Module, random: &mut Random) -> bool {
    let place = pick(module, random, |function, inst| inst.slot.is_some() && function.slots > 1);
    let Some(place) = place else { return false };
    let function = module.function_mut(place.function);
    let slots = function.slots;
    let slot = &mut function.insts[place.inst.0].slot;
    *slot = slot.map(|slot| (slot + 1) % slots);
    true
}

/// A string that was copied because its place is written is not copied any more.
fn slot_lost(module: &mut Module, random: &mut Random) -> bool {
    let place = pick(module, random, |_, inst| {
        inst.slot.is_some() && inst.opcode.effects().has(Effects::BORROW)
    });
    let Some(place) = place else { return false };
    module.function_mut(place.function).insts[place.inst.0].slot = None;
    true
}

fn copy_dropped(module: &mut Module, random: &mut Random) -> bool {
    let Some(place) = pick_opcode(module, random, Opcode::Scopy) else { return false };
    let function = module.function_mut(place.function);
    let data = function.inst(place.inst);
    let (Some(copy), Some(&of)) = (data.result, data.args.first()) else { return false };
    replace(function, copy, of);
    function.block_mut(place.block).insts.remove(place.at);
    true
}

fn merge_late(module: &mut Module, random: &mut Random) -> bool {
    let Some(place) = pick_opcode(module, random, Opcode::Merge) else { return false };
    let insts = &mut module.function_mut(place.function).block_mut(place.block).insts;
    let merge = insts.remove(place.at);
    insts.push(merge);
    true
}

fn not_percpu(module: &mut Module, random: &mut Random) -> bool {
    set_percpu(module, random, false)
}

fn percpu(module: &mut Module, random: &mut Random) -> bool {
    set_percpu(module, random, true)
}

fn set_percpu(module: &mut Module, random: &mut Random, percpu: bool) -> bool {
    let used = |id: &stapc_ir::GlobalId| {
        module.functions.values().any(|function| {
            function.placed_insts().any(|inst| inst.immediate == Immediate::Global(*id))
        })
    };
    let fits: Vec<_> = module
        .global_ids()
        .filter(|id| {
            let global = module.global(*id);
            global.percpu != percpu && global.kind.value_type() != Some(Type::Str)
        })
        .filter(used)
        .collect();
    if fits.is_empty() {
        return false;
    }
    let id = fits[random.below(fits.len() as u64) as usize];
    module.globals[id.0].percpu = percpu;
    true
}
