//! Every loop and every recursion uses fuel, so that every handler ends.
//!
//! Not loops that end by themselves after few turns, without calls and other loops in them.
//! The fault of fuel that is used up cannot be ended: it goes from handler to handler and out of the
//! functions. So a handler ends if no circle is without fuel, and recursion if each activation takes
//! fuel before it calls anything.

use std::collections::{HashMap, HashSet};

use petgraph::{
    algo::{kosaraju_scc, toposort},
    graph::{DiGraph, NodeIndex},
};

use super::{Entity, Problems, Rule, VerifyError};
use crate::{
    cfg::{Dominance, block_graph},
    counted::{CountedLoop, counted_loops},
    entity::{Block, FuncId},
    function::Function,
    module::Module,
    opcode::Opcode,
};

/// The instructions that a call may execute without using fuel.
const MOST_WITHOUT_FUEL: u64 = 4096;

fn uses_fuel(function: &Function, block: Block) -> bool {
    function.block(block).insts.iter().any(|&inst| function.inst(inst).opcode == Opcode::Fuel)
}

/// The loops of a function that need no fuel.
pub fn loops_without_fuel(function: &Function) -> Vec<CountedLoop> {
    let calls = |block: &Block| {
        let mut insts = function.block(*block).insts.iter().map(|&inst| function.inst(inst));
        insts.any(|inst| inst.opcode == Opcode::CallFn)
    };
    let mut loops = counted_loops(function, &Dominance::of(function));
    loops.retain(|counted| {
        counted.cost(function) <= MOST_WITHOUT_FUEL && !counted.blocks.iter().any(calls)
    });
    loops
}

pub(super) fn check_loops(function: &Function, problems: &mut Problems) {
    let mut graph = block_graph(function, |block| uses_fuel(function, block));
    if toposort(&graph, None).is_err() {
        for counted in loops_without_fuel(function) {
            let node = |block: Block| NodeIndex::new(block.index());
            if let Some(back) = graph.find_edge(node(counted.latch), node(counted.head)) {
                graph.remove_edge(back);
            }
        }
    }
    if let Err(circle) = toposort(&graph, None) {
        let block = Block::from_u32(circle.node_id().index() as u32);
        problems.add(Rule::FuelLoop, Entity::Block(block), "a loop without fuel");
    }
}

/// Functions that may call themselves, or others so often that it takes long, without using fuel.
pub(super) fn check_calls(module: &Module, errors: &mut Vec<VerifyError>) {
    let mut tell = |message: String| errors.push(VerifyError::of_module(Rule::FuelCall, message));
    let mut graph = DiGraph::<(), ()>::new();
    for _ in 0..module.functions.len() {
        graph.add_node(());
    }
    let called: HashSet<FuncId> = module.functions.values().flat_map(Function::callees).collect();
    let free: HashSet<FuncId> =
        called.into_iter().filter(|&id| !starts_with_fuel(module.function(id))).collect();
    for &caller in &free {
        for callee in module.function(caller).callees().filter(|callee| free.contains(callee)) {
            graph.add_edge(NodeIndex::new(caller.index()), NodeIndex::new(callee.index()), ());
        }
    }
    // Callees come before their callers.
    let mut costs: HashMap<FuncId, u64> = HashMap::new();
    for group in kosaraju_scc(&graph) {
        let &[node] = group.as_slice() else {
            tell("functions call each other in a circle without fuel".to_owned());
            continue;
        };
        let id = FuncId::from_u32(node.index() as u32);
        if !free.contains(&id) {
            continue;
        }
        if graph.contains_edge(node, node) {
            tell(format!("%{} calls itself without fuel", module.function(id).name));
            continue;
        }
        let cost = |callee: FuncId| costs.get(&callee).copied().unwrap_or(1);
        let own = module.function(id).placed_insts().count();
        let cost = module.function(id).callees().map(cost).fold(own as u64, u64::saturating_add);
        if cost > MOST_WITHOUT_FUEL {
            tell(format!("%{} may run for too long without fuel", module.function(id).name));
            continue; // Its callers are not told of it again.
        }
        costs.insert(id, cost);
    }
}

/// Whether an activation takes fuel before it calls anything.
fn starts_with_fuel(function: &Function) -> bool {
    let entry = function.block(function.entry());
    let first = entry
        .insts
        .iter()
        .map(|&inst| function.inst(inst).opcode)
        .find(|opcode| matches!(opcode, Opcode::Fuel | Opcode::CallFn));
    first == Some(Opcode::Fuel)
}
