//! Bounds every loop and recursion, so that every handler ends.
//!
//! A turn of a loop costs one for the turn and one for each instruction with an effect in it; so
//! does an activation of a function that may call itself. What runs at most once costs nothing:
//! its length is bounded by the script's.

use std::collections::HashSet;

use petgraph::{algo::tarjan_scc, graph::DiGraph, graph::NodeIndex};
use stapc_ir::{Block, FuncId, Function, Immediate, Location, Module, Opcode, cfg::Dominance};

use crate::common::{blocks_in_loops, insts};

pub fn run(module: &mut Module) {
    let recursive = recursive(module);
    for id in module.function_ids() {
        place(module.function_mut(id), recursive.contains(&id));
    }
}

fn place(function: &mut Function, recursive: bool) {
    let loops = blocks_in_loops(function);
    let heads = heads(function);
    let entry = function.entry();
    for block in function.layout.clone() {
        let starts = heads.contains(&block) || (recursive && block == entry);
        if !starts && !loops.contains(&block) {
            continue;
        }
        let effects = function.block(block).insts.iter().filter(|&&inst| !function.inst(inst).opcode.effects().removable()).count();
        let amount = effects as u32 + u32::from(starts);
        if amount > 0 {
            insert(function, block, amount);
        }
    }
}

fn insert(function: &mut Function, block: Block, amount: u32) {
    let placed = function.block(block).insts.iter().map(|&inst| function.inst(inst));
    let near = placed.clone().find_map(|inst| inst.near.clone());
    let location = placed.map(|inst| inst.location).find(|location| location.line != 0).unwrap_or_else(Location::default);
    let fuel = function.make_inst(Opcode::Fuel, Immediate::Index(amount), Vec::new(), None, location);
    function.insts[fuel.0].near = near;
    function.block_mut(block).insts.insert(0, fuel);
}

/// The blocks where loops start: an edge leads there from a block that it dominates.
fn heads(function: &Function) -> HashSet<Block> {
    let dominance = Dominance::of(function);
    let mut heads = HashSet::new();
    for &block in &function.layout {
        heads.extend(function.successors(block).into_iter().filter(|&to| dominance.dominates(to, block)));
    }
    heads
}

/// The functions that may call themselves, directly or not.
fn recursive(module: &Module) -> HashSet<FuncId> {
    let mut graph = DiGraph::<(), ()>::new();
    for _ in module.function_ids() {
        graph.add_node(());
    }
    for id in module.function_ids() {
        for (_, inst) in insts(module.function(id)) {
            if let Immediate::Func(callee) = inst.immediate {
                graph.add_edge(NodeIndex::new(id.index()), NodeIndex::new(callee.index()), ());
            }
        }
    }
    let cycles = tarjan_scc(&graph).into_iter().filter(|nodes| nodes.len() > 1 || nodes.iter().any(|&node| graph.contains_edge(node, node)));
    cycles.flatten().map(|node| FuncId::from_u32(node.index() as u32)).collect()
}
