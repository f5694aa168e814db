//! Every loop and every recursion uses fuel, so that every handler ends.

use petgraph::{algo::is_cyclic_directed, graph::DiGraph, graph::NodeIndex};

use super::Problems;
use crate::{
    cfg::block_graph,
    entity::Block,
    function::{Function, Immediate},
    module::Module,
    opcode::Opcode,
};

fn uses_fuel(function: &Function, block: Block) -> bool {
    function.block(block).insts.iter().any(|&inst| function.inst(inst).opcode == Opcode::Fuel)
}

pub(super) fn check_loops(function: &Function, problems: &mut Problems) {
    if is_cyclic_directed(&block_graph(function, |block| uses_fuel(function, block))) {
        problems.add("a loop without fuel");
    }
}

/// Functions that may call themselves without using fuel.
pub(super) fn check_recursion(module: &Module) -> Vec<String> {
    let mut graph = DiGraph::<(), ()>::new();
    for _ in 0..module.functions.len() {
        graph.add_node(());
    }
    for (caller, function) in module.functions.iter() {
        if uses_fuel(function, function.entry()) {
            continue;
        }
        for &inst in function.layout.iter().flat_map(|&block| &function.block(block).insts) {
            if let Immediate::Func(callee) = function.inst(inst).immediate {
                graph.add_edge(NodeIndex::new(caller.into_raw().into_u32() as usize), NodeIndex::new(callee.index()), ());
            }
        }
    }
    if is_cyclic_directed(&graph) { vec!["functions call each other in a circle without fuel".to_owned()] } else { Vec::new() }
}
