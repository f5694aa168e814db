//! Strings that are read from a global or an element are used where they lie, without a copy, if
//! nothing writes there before their last use.
//!
//! All are taken for such strings at first; those of which the analysis then says that they are
//! overwritten get their slot back, until it has nothing to say. Slots that nothing uses any more go.

use std::collections::{BTreeSet, HashMap};

use stapc_ir::{Effects, Function, Inst, Module, Writes, strings::overwritten};

use crate::common::each_function;

pub fn run(module: &mut Module) -> usize {
    let writes = Writes::of(module);
    each_function(module, |function| borrow(function, &writes))
}

/// Takes slots away, and gives how many.
fn borrow(function: &mut Function, writes: &Writes) -> usize {
    let mut slots: HashMap<Inst, u32> = HashMap::new();
    for inst in placed(function) {
        let data = &mut function.insts[inst.0];
        if data.opcode.effects().has(Effects::BORROW)
            && let Some(slot) = data.slot.take()
        {
            slots.insert(inst, slot);
        }
    }
    if slots.is_empty() {
        return 0;
    }
    loop {
        let lost = overwritten(function, writes);
        let lost: BTreeSet<Inst> = lost
            .into_iter()
            .map(|lost| lost.made_by)
            .filter(|inst| slots.contains_key(inst))
            .collect();
        if lost.is_empty() {
            break;
        }
        for inst in lost {
            function.insts[inst.0].slot = slots.remove(&inst);
        }
    }
    renumber(function);
    slots.len()
}

fn placed(function: &Function) -> Vec<Inst> {
    function.layout.iter().flat_map(|&block| &function.block(block).insts).copied().collect()
}

/// Numbers the slots in use from 0.
fn renumber(function: &mut Function) {
    let used: BTreeSet<u32> = function.placed_insts().filter_map(|inst| inst.slot).collect();
    let numbers: HashMap<u32, u32> = used.iter().copied().zip(0..).collect();
    for inst in placed(function) {
        let slot = &mut function.insts[inst.0].slot;
        *slot = slot.and_then(|slot| numbers.get(&slot).copied());
    }
    function.slots = numbers.len() as u32;
}
