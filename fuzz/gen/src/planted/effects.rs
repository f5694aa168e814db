//! Wrong rewrites of what has effects: output, globals, maps, iterations, faults.

use stapc_ir::{Immediate, Module, Opcode, Type};

use super::{
    Planted, change, double, drop_one, exchange, insert_behind, pick, pick_opcode, replace, swap,
};
use crate::Random;

#[rustfmt::skip] // A table.
pub(super) static TABLE: &[Planted] = &[
    Planted { name: "a print dropped", plant: |m, r| drop_one(m, r, Opcode::Print) },
    Planted { name: "a print doubled", plant: |m, r| double(m, r, Opcode::Print) },
    Planted { name: "a warning as plain output", plant: |m, r| exchange(m, r, Opcode::Warn, Opcode::Log) },
    Planted { name: "an error only said", plant: |m, r| exchange(m, r, Opcode::Error, Opcode::Warn) },
    Planted { name: "exit dropped", plant: |m, r| drop_one(m, r, Opcode::Exit) },
    Planted { name: "a store to a global dropped", plant: |m, r| drop_one(m, r, Opcode::Gstore) },
    Planted { name: "a store moved over what follows", plant: store_moved },
    Planted { name: "a global read as 0", plant: read_as_zero },
    Planted { name: "an element not set", plant: |m, r| drop_one(m, r, Opcode::Mset) },
    Planted { name: "an element not deleted", plant: |m, r| drop_one(m, r, Opcode::Mdel) },
    Planted { name: "a map not emptied", plant: |m, r| drop_one(m, r, Opcode::Mclear) },
    Planted { name: "an addition gives the new value", plant: new_value },
    Planted { name: "an element that is there is not", plant: there_negated },
    Planted { name: "the smallest becomes the largest", plant: |m, r| exchange(m, r, Opcode::AggMin, Opcode::AggMax) },
    Planted { name: "the sum becomes the count", plant: |m, r| exchange(m, r, Opcode::AggSum, Opcode::AggCount) },
    Planted { name: "a sample added twice", plant: |m, r| double(m, r, Opcode::AggAdd) },
    Planted { name: "a part's sample dropped", plant: |m, r| drop_one(m, r, Opcode::PartAgg) },
    Planted { name: "an addition to a part doubled", plant: |m, r| double(m, r, Opcode::PartAdd) },
    Planted { name: "an element used behind its deletion", plant: stale_element },
    Planted { name: "a found element not deleted", plant: |m, r| drop_one(m, r, Opcode::ElemDel) },
    Planted { name: "order of an iteration reversed", plant: |m, r| change(m, r, Opcode::IterBegin, |inst| {
        if let Immediate::Iterate(_, order) = &mut inst.immediate { order.descending = !order.descending; }
    }) },
    Planted { name: "an iteration not ended", plant: |m, r| drop_one(m, r, Opcode::IterEnd) },
    Planted { name: "an iteration ended twice", plant: |m, r| double(m, r, Opcode::IterEnd) },
    Planted { name: "keys of an element swapped", plant: keys_swapped },
    Planted { name: "a fault's end dropped", plant: |m, r| drop_one(m, r, Opcode::FaultEnd) },
    Planted { name: "a fault edge lost", plant: edge_lost },
    Planted { name: "handlers of two probes exchanged", plant: handlers_exchanged },
    Planted { name: "operands of a stored part swapped", plant: |m, r| swap(m, r, Opcode::ElemSet, 1, 2) },
];

fn store_moved(module: &mut Module, random: &mut Random) -> bool {
    let stores = |opcode| matches!(opcode, Opcode::Gstore | Opcode::Mset | Opcode::Mdel);
    let reads = |opcode| {
        matches!(
            opcode,
            Opcode::Gload | Opcode::Mget | Opcode::Mhas | Opcode::Mfind | Opcode::IterBegin
        )
    };
    let mut found = Vec::new();
    for id in module.function_ids() {
        let function = module.function(id);
        for &block in &function.layout {
            let insts = &function.block(block).insts;
            for at in 0..insts.len() {
                let store = function.inst(insts[at]);
                if !stores(store.opcode) {
                    continue;
                }
                let same = |read: &stapc_ir::InstData| match (&store.immediate, &read.immediate) {
                    (Immediate::Global(a), Immediate::Global(b) | Immediate::Iterate(b, _)) => {
                        a == b && reads(read.opcode)
                    }
                    _ => false,
                };
                let read = (at + 1..insts.len()).find(|&at| same(function.inst(insts[at])));
                found.extend(read.map(|read| (id, block, at, read)));
            }
        }
    }
    if found.is_empty() {
        return false;
    }
    let (id, block, store, read) = found[random.below(found.len() as u64) as usize];
    let insts = &mut module.function_mut(id).block_mut(block).insts;
    let moved = insts.remove(store);
    insts.insert(read, moved);
    true
}

fn read_as_zero(module: &mut Module, random: &mut Random) -> bool {
    let place = pick(module, random, |function, inst| {
        inst.opcode == Opcode::Gload
            && inst.result.is_some_and(|result| function.ty(result) == Type::I64)
    });
    let Some(place) = place else { return false };
    let inst = &mut module.function_mut(place.function).insts[place.inst.0];
    (inst.opcode, inst.immediate) = (Opcode::Iconst, Immediate::Int(0));
    true
}

fn new_value(module: &mut Module, random: &mut Random) -> bool {
    let place = pick_opcode(module, random, Opcode::Madd);
    let Some(place) = place else { return false };
    let function = module.function_mut(place.function);
    let data = function.inst(place.inst);
    let (Some(old), Some(&by)) = (data.result, data.args.last()) else { return false };
    let args = vec![old, by];
    let sum = insert_behind(
        function,
        place,
        Opcode::Iadd,
        Immediate::None,
        args.clone(),
        Some(Type::I64),
    );
    let Some(sum) = sum else { return false };
    replace(function, old, sum);
    let inst = function.block(place.block).insts[place.at + 1];
    function.insts[inst.0].args = args;
    true
}

fn there_negated(module: &mut Module, random: &mut Random) -> bool {
    let place =
        pick(module, random, |_, inst| matches!(inst.opcode, Opcode::Mhas | Opcode::ElemHas));
    let Some(place) = place else { return false };
    let function = module.function_mut(place.function);
    let Some(there) = function.inst(place.inst).result else { return false };
    let not = insert_behind(
        function,
        place,
        Opcode::Bnot,
        Immediate::None,
        vec![there],
        Some(Type::Bool),
    );
    let Some(not) = not else { return false };
    replace(function, there, not);
    let inst = function.block(place.block).insts[place.at + 1];
    function.insts[inst.0].args = vec![there];
    true
}

/// Deletes what was found directly behind its finding.
fn stale_element(module: &mut Module, random: &mut Random) -> bool {
    let Some(place) = pick_opcode(module, random, Opcode::Mfind) else { return false };
    let function = module.function_mut(place.function);
    let data = function.inst(place.inst);
    let (immediate, keys) = (data.immediate.clone(), data.args.clone());
    insert_behind(function, place, Opcode::Mdel, immediate, keys, None);
    true
}

fn keys_swapped(module: &mut Module, random: &mut Random) -> bool {
    let place = pick(module, random, |function, inst| {
        matches!(inst.opcode, Opcode::Mset | Opcode::Mget | Opcode::AggAdd | Opcode::PartMadd)
            && inst.args.len() > 1
            && inst.args[0] != inst.args[1]
            && function.ty(inst.args[0]) == function.ty(inst.args[1])
    });
    let Some(place) = place else { return false };
    module.function_mut(place.function).insts[place.inst.0].args.swap(0, 1);
    true
}

fn edge_lost(module: &mut Module, random: &mut Random) -> bool {
    let mut found = Vec::new();
    for id in module.function_ids() {
        let function = module.function(id);
        let blocks = function
            .layout
            .iter()
            .filter(|&&block| function.block(block).catch.is_some() && function.may_fault(block));
        found.extend(blocks.map(|&block| (id, block)));
    }
    if found.is_empty() {
        return false;
    }
    let (id, block) = found[random.below(found.len() as u64) as usize];
    let function = module.function_mut(id);
    function.block_mut(block).catch = None;
    function.layout = stapc_ir::cfg::reverse_postorder(function);
    true
}

fn handlers_exchanged(module: &mut Module, random: &mut Random) -> bool {
    let count = module.probes.len();
    if count < 2 {
        return false;
    }
    let first = random.below(count as u64 - 1) as usize;
    let (a, b) = (module.probes[first].handler, module.probes[first + 1].handler);
    (module.probes[first].handler, module.probes[first + 1].handler) = (b, a);
    a != b
}
