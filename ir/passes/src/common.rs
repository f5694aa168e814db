//! What several passes ask of a function.

use std::collections::{HashMap, HashSet};

use petgraph::algo::tarjan_scc;
use stapc_ir::{Block, Function, Inst, InstData, Module, Value, cfg::block_graph};

/// Runs a pass over each function of a module.
pub fn each_function(module: &mut Module, mut pass: impl FnMut(&mut Function)) {
    for id in module.function_ids() {
        pass(module.function_mut(id));
    }
}

/// The blocks that are part of a loop.
pub fn blocks_in_loops(function: &Function) -> HashSet<Block> {
    let graph = block_graph(function, |_| false);
    let cycles = tarjan_scc(&graph).into_iter().filter(|nodes| nodes.len() > 1 || nodes.iter().any(|&node| graph.contains_edge(node, node)));
    cycles.flatten().map(|node| Block::from_u32(node.index() as u32)).collect()
}

/// How many edges (a fault's among them) lead to each block.
pub fn predecessor_counts(function: &Function) -> HashMap<Block, usize> {
    let mut counts = HashMap::new();
    for &block in &function.layout {
        let data = function.block(block);
        let edges = data.terminator.iter().flat_map(|terminator| terminator.edges()).map(|edge| edge.block);
        for successor in edges.chain(data.catch) {
            *counts.entry(successor).or_insert(0) += 1;
        }
    }
    counts
}

/// Every instruction in the blocks of the layout.
pub fn insts(function: &Function) -> impl Iterator<Item = (Inst, &InstData)> {
    function.layout.iter().flat_map(|&block| &function.block(block).insts).map(|&inst| (inst, function.inst(inst)))
}

/// Replaces uses of values by others, following chains of replacements.
pub fn replace_uses(function: &mut Function, replacements: &HashMap<Value, Value>) {
    if replacements.is_empty() {
        return;
    }
    function.map_uses(|value| resolve(replacements, value));
}

/// What a value is replaced by in the end.
pub fn resolve(replacements: &HashMap<Value, Value>, mut value: Value) -> Value {
    // A chain is no longer than there are replacements.
    for _ in 0..=replacements.len() {
        match replacements.get(&value) {
            Some(&next) => value = next,
            None => break,
        }
    }
    value
}
