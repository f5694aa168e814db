//! `foreach (k in m) … m[k]` reads the element that the iteration is at, without looking it up.
//!
//! In one block, with all keys of the iteration's element in their order, and nothing between that
//! writes the map or goes to another element.

use std::collections::HashMap;

use stapc_ir::{
    Block, Function, Immediate, Inst, InstData, Module, Opcode, Value, ValueDef, Writes,
};

use crate::common::each_function;

pub fn run(module: &mut Module) -> usize {
    let writes = Writes::of(module);
    let keys: Vec<usize> = module.globals.values().map(|global| global.kind.keys().len()).collect();
    each_function(module, |function| {
        let mut changes = 0;
        for block in function.layout.clone() {
            for (inst, iteration) in reads(function, block, &writes, &keys) {
                let data = &mut function.insts[inst.0];
                data.opcode = Opcode::IterValue;
                data.immediate = Immediate::None;
                data.args = vec![iteration];
                changes += 1;
            }
        }
        changes
    })
}

/// The reads of a block that are of the element an iteration is at.
fn reads(function: &Function, block: Block, writes: &Writes, keys: &[usize]) -> Vec<(Inst, Value)> {
    let mut found = Vec::new();
    // From where on what is read of each iteration is of the element that it is at now.
    let mut since: HashMap<Value, usize> = HashMap::new();
    let mut places: HashMap<Inst, usize> = HashMap::new();
    for (at, &inst) in function.block(block).insts.iter().enumerate() {
        let data = function.inst(inst);
        if let Some(iteration) = read_at(function, data, keys)
            && let Some(since) = since.get(&iteration)
            && key_insts(function, data)
                .all(|key| places.get(&key).is_some_and(|place| place >= since))
        {
            found.push((inst, iteration));
        }
        if let (Opcode::IterKey, Some(&iteration)) = (data.opcode, data.args.first()) {
            places.insert(inst, at);
            since.entry(iteration).or_insert(0);
        }
        for (&iteration, since) in &mut since {
            let map = function.map_of(iteration);
            let moves = data.opcode == Opcode::IterNext && data.args == [iteration];
            if moves || map.is_some_and(|map| writes.may_write(data, map)) {
                *since = at + 1;
            }
        }
    }
    found
}

/// The iteration whose element's keys a read has, all of them in order, if it reads the map iterated.
fn read_at(function: &Function, data: &InstData, keys: &[usize]) -> Option<Value> {
    let (Opcode::Mget, Immediate::Global(map)) = (data.opcode, &data.immediate) else {
        return None;
    };
    let first = function.def(*data.args.first()?)?;
    let iteration = (first.opcode == Opcode::IterKey).then(|| first.args.first().copied())??;
    let is_key = |(position, arg): (usize, &Value)| {
        function.def(*arg).is_some_and(|key| {
            key.opcode == Opcode::IterKey
                && key.immediate == Immediate::Index(position as u32)
                && key.args == [iteration]
        })
    };
    let whole = data.args.len() == keys[map.index()]
        && function.map_of(iteration) == Some(*map)
        && data.args.iter().enumerate().all(is_key);
    whole.then_some(iteration)
}

fn key_insts<'a>(function: &'a Function, data: &'a InstData) -> impl Iterator<Item = Inst> + 'a {
    data.args.iter().filter_map(|&arg| match function.value(arg).def {
        ValueDef::Result(inst) => Some(inst),
        ValueDef::Param(_) => None,
    })
}
