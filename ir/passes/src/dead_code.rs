//! Removes instructions without effects, and parameters of blocks, whose values nothing uses.

use std::collections::{HashMap, HashSet};

use stapc_ir::{Function, Module, Terminator, Value, ValueDef};

use crate::{common::each_function, copy_prop::remove_params};

pub fn run(module: &mut Module) -> usize {
    each_function(module, clean)
}

/// Removes them, and gives how many.
fn clean(function: &mut Function) -> usize {
    let live = live(function);
    let entry = function.entry();
    let own: HashSet<Value> = function.block(entry).params.iter().copied().collect();
    let mut removed =
        remove_params(function, |param| !live.contains(&param) && !own.contains(&param));
    for block in function.layout.clone() {
        let mut list = std::mem::take(&mut function.block_mut(block).insts);
        removed += list.len();
        list.retain(|&inst| {
            let data = function.inst(inst);
            !data.opcode.effects().removable()
                || data.result.is_some_and(|result| live.contains(&result))
        });
        removed -= list.len();
        function.block_mut(block).insts = list;
    }
    removed
}

/// The values that something with an effect depends on.
fn live(function: &Function) -> HashSet<Value> {
    let mut work: Vec<Value> = Vec::new();
    for inst in function.placed_insts().filter(|inst| !inst.opcode.effects().removable()) {
        work.extend(&inst.args);
    }
    // What edges give counts once the parameter it is given for does.
    let mut given: HashMap<Value, Vec<Value>> = HashMap::new();
    for &block in &function.layout {
        let Some(terminator) = &function.block(block).terminator else { continue };
        for edge in terminator.edges() {
            for (&param, &arg) in function.block(edge.block).params.iter().zip(&edge.args) {
                given.entry(param).or_default().push(arg);
            }
        }
        if let Terminator::Branch(value, ..) | Terminator::Return(Some(value)) = terminator {
            work.push(*value);
        }
    }
    let mut live = HashSet::new();
    while let Some(value) = work.pop() {
        if !live.insert(value) {
            continue;
        }
        match function.value(value).def {
            ValueDef::Result(inst) => work.extend(&function.inst(inst).args),
            ValueDef::Param(_) => work.extend(given.get(&value).into_iter().flatten()),
        }
    }
    live
}
