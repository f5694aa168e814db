//! The control-flow graph of a function, and which definitions reach which blocks.

use petgraph::{
    algo::dominators::{Dominators, simple_fast},
    graph::{DiGraph, NodeIndex},
};

use crate::{
    entity::{Block, Value},
    function::{Function, ValueDef},
};

/// The dominators of a function's blocks.
///
/// Each block has two nodes: where it begins, and where it has run to its end. A fault leaves from
/// the first, since nothing that the block defines is there yet.
#[derive(Debug)]
pub struct Dominance {
    dominators: Dominators<NodeIndex>,
    reachable: Vec<bool>,
}

impl Dominance {
    /// Of a function all of whose edges go to blocks that exist.
    pub fn of(function: &Function) -> Self {
        let graph = graph(function);
        let dominators = simple_fast(&graph, start(function.entry()));
        let reachable = (0..function.blocks.len() as u32)
            .map(|block| {
                let node = start(Block::from_u32(block));
                node == dominators.root() || dominators.immediate_dominator(node).is_some()
            })
            .collect();
        Self { dominators, reachable }
    }

    /// Whether control can come to the block.
    pub fn reaches(&self, block: Block) -> bool {
        self.reachable.get(block.index()).copied().unwrap_or(false)
    }

    /// Whether the start of `block` is always preceded by the start of `by`.
    pub fn dominates(&self, by: Block, block: Block) -> bool {
        self.node_dominates(start(by), start(block))
    }

    /// Whether `value` is defined whenever control comes to the start of `block`.
    pub fn available(&self, function: &Function, value: Value, block: Block) -> bool {
        match function.value(value).def {
            ValueDef::Param(by) => self.node_dominates(start(by), start(block)),
            ValueDef::Result(_) => {
                let by = function.layout.iter().find(|&&by| function.block(by).insts.iter().any(|&inst| function.inst(inst).result == Some(value)));
                by.is_some_and(|&by| self.available_from_end(by, block))
            }
        }
    }

    /// Whether what `by` defines by instructions is defined whenever control comes to the start of
    /// `block`.
    pub fn available_from_end(&self, by: Block, block: Block) -> bool {
        self.node_dominates(end(by), start(block))
    }

    fn node_dominates(&self, by: NodeIndex, node: NodeIndex) -> bool {
        self.dominators.dominators(node).is_some_and(|mut above| above.any(|node| node == by))
    }
}

fn start(block: Block) -> NodeIndex {
    NodeIndex::new(block.index() * 2)
}

fn end(block: Block) -> NodeIndex {
    NodeIndex::new(block.index() * 2 + 1)
}

fn graph(function: &Function) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    for _ in 0..function.blocks.len() * 2 {
        graph.add_node(());
    }
    for &block in &function.layout {
        graph.add_edge(start(block), end(block), ());
        let data = function.block(block);
        for edge in data.terminator.iter().flat_map(|terminator| terminator.edges()) {
            graph.add_edge(end(block), start(edge.block), ());
        }
        if let Some(catch) = data.catch {
            graph.add_edge(start(block), start(catch), ());
        }
    }
    graph
}

/// The graph of blocks without those for which `without` holds: node numbers are block numbers.
pub fn block_graph(function: &Function, without: impl Fn(Block) -> bool) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    for _ in 0..function.blocks.len() {
        graph.add_node(());
    }
    for &block in function.layout.iter().filter(|&&block| !without(block)) {
        for successor in function.successors(block).into_iter().filter(|&block| !without(block)) {
            graph.add_edge(NodeIndex::new(block.index()), NodeIndex::new(successor.index()), ());
        }
    }
    graph
}
