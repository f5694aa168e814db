//! Cleans up the control-flow graph: blocks that nothing leads to go, blocks that only jump on are
//! passed over, and a block and the only one behind it become one. What is left stands in an order in
//! which definitions come before uses.

use std::collections::{HashMap, HashSet};

use stapc_ir::{Edge, Function, Module, Opcode, Terminator, cfg::reverse_postorder};

use crate::common::{each_function, predecessor_counts, replace_uses};

pub fn run(module: &mut Module) -> usize {
    each_function(module, simplify)
}

/// Gives how many blocks went, and how many branches changed.
fn simplify(function: &mut Function) -> usize {
    let blocks = function.layout.len();
    function.layout = reverse_postorder(function);
    pass_over_jumps(function);
    let changed = plain_branches(function);
    function.layout = reverse_postorder(function);
    merge_rows(function);
    changed + blocks - function.layout.len()
}

/// Edges to a block without instructions and parameters that jumps on go where it goes.
fn pass_over_jumps(function: &mut Function) {
    let mut onward: HashMap<stapc_ir::Block, Edge> = HashMap::new();
    for &block in &function.layout {
        let data = function.block(block);
        if let Some(Terminator::Jump(edge)) = &data.terminator
            && data.insts.is_empty()
            && data.params.is_empty()
            && edge.block != block
            && block != function.entry()
        {
            onward.insert(block, edge.clone());
        }
    }
    for block in function.layout.clone() {
        let Some(terminator) = &mut function.block_mut(block).terminator else { continue };
        for edge in terminator.edges_mut() {
            // A circle of such blocks is an endless loop: any number of steps will do.
            for _ in 0..onward.len() {
                match onward.get(&edge.block) {
                    Some(next) if next.block != edge.block => *edge = next.clone(),
                    _ => break,
                }
            }
        }
    }
}

/// Branches whose ways are the same become jumps; those on a negation go the other way round.
fn plain_branches(function: &mut Function) -> usize {
    let mut changed = 0;
    for block in function.layout.clone() {
        while let Some(Terminator::Branch(condition, then, otherwise)) =
            &function.block(block).terminator
        {
            let plain = match function.def(*condition) {
                _ if then == otherwise => Terminator::Jump(then.clone()),
                Some(inst) if inst.opcode == Opcode::Bnot => {
                    Terminator::Branch(inst.args[0], otherwise.clone(), then.clone())
                }
                _ => break,
            };
            function.block_mut(block).terminator = Some(plain);
            changed += 1;
        }
    }
    changed
}

fn merge_rows(function: &mut Function) {
    let counts = predecessor_counts(function);
    let mut replacements = HashMap::new();
    let mut gone = HashSet::new();
    for block in function.layout.clone() {
        if gone.contains(&block) {
            continue;
        }
        while let Some(Terminator::Jump(edge)) = function.block(block).terminator.clone() {
            let next = edge.block;
            if next == block
                || next == function.entry()
                || counts.get(&next) != Some(&1)
                || function.block(next).catch != function.block(block).catch
            {
                break;
            }
            let data = std::mem::take(function.block_mut(next));
            replacements.extend(data.params.iter().copied().zip(edge.args));
            let row = function.block_mut(block);
            row.insts.extend(data.insts);
            row.terminator = data.terminator;
            gone.insert(next);
        }
    }
    function.layout.retain(|block| !gone.contains(block));
    replace_uses(function, &replacements);
}
