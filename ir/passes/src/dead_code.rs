//! Removes instructions without effects, and parameters of blocks, whose values nothing uses.

use std::collections::HashSet;

use stapc_ir::{Function, Module, Value, ValueDef};

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
    let mut edges = Vec::new();
    for &block in &function.layout {
        let Some(terminator) = &function.block(block).terminator else { continue };
        edges.extend(terminator.edges());
        match terminator {
            stapc_ir::Terminator::Branch(value, ..) | stapc_ir::Terminator::Return(Some(value)) => {
                work.push(*value)
            }
            _ => {}
        }
    }
    let mut live = HashSet::new();
    while let Some(value) = work.pop() {
        if !live.insert(value) {
            continue;
        }
        match function.value(value).def {
            ValueDef::Result(inst) => work.extend(&function.inst(inst).args),
            ValueDef::Param(block) => {
                let position =
                    function.block(block).params.iter().position(|&param| param == value);
                let given = edges
                    .iter()
                    .filter(|edge| edge.block == block)
                    .filter_map(|edge| edge.args.get(position?));
                work.extend(given);
            }
        }
    }
    live
}
