//! The control-flow graph of a function, and which definitions reach which blocks.

use petgraph::{
    algo::dominators::{Dominators, simple_fast},
    graph::{DiGraph, NodeIndex},
};

use crate::{
    entity::{Block, Value},
    function::{Function, ValueDef},
    terminator::Terminator,
};

/// The dominators of a function's blocks.
///
/// Each block has two nodes: where it begins, and where it has run to its end. A fault leaves from
/// the first, since nothing that the block defines is there yet.
#[derive(Debug)]
pub struct Dominance {
    /// Of each node, when a walk over the tree of dominators enters and leaves it; none of a node
    /// that control cannot come to.
    times: Vec<Option<(u32, u32)>>,
    /// Of each node, the one that always comes before it, and last of those.
    parents: Vec<Option<NodeIndex>>,
}

impl Dominance {
    /// Of a function all of whose edges go to blocks that exist.
    pub fn of(function: &Function) -> Self {
        let root = start(function.entry());
        let graph = graph(function);
        if graph.node_count() == 0 {
            return Self { times: Vec::new(), parents: Vec::new() };
        }
        let dominators = simple_fast(&graph, root);
        let nodes = graph.node_count();
        let parents =
            (0..nodes).map(|node| dominators.immediate_dominator(NodeIndex::new(node))).collect();
        Self { times: times(&dominators, root, nodes), parents }
    }

    /// Whether control can come to the block.
    pub fn reaches(&self, block: Block) -> bool {
        self.times.get(start(block).index()).is_some_and(Option::is_some)
    }

    /// The last block that control has always come to before `block`; none of the entry.
    pub fn parent(&self, block: Block) -> Option<Block> {
        let parent = self.parents.get(start(block).index()).copied().flatten()?;
        Some(Block::from_u32(parent.index() as u32 / 2))
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
                let by = function.layout.iter().find(|&&by| {
                    function
                        .block(by)
                        .insts
                        .iter()
                        .any(|&inst| function.inst(inst).result == Some(value))
                });
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
        let times = |node: NodeIndex| self.times.get(node.index()).copied().flatten();
        match (times(by), times(node)) {
            (Some((enter, leave)), Some((at, _))) => enter <= at && at < leave,
            _ => false,
        }
    }
}

/// Walks the tree of dominators: a node dominates those entered between its own two times.
fn times(
    dominators: &Dominators<NodeIndex>,
    root: NodeIndex,
    nodes: usize,
) -> Vec<Option<(u32, u32)>> {
    let mut children: Vec<Vec<NodeIndex>> = vec![Vec::new(); nodes];
    for node in (0..nodes).map(NodeIndex::new) {
        if let Some(above) = dominators.immediate_dominator(node) {
            children[above.index()].push(node);
        }
    }
    let mut times = vec![None; nodes];
    let mut now = 1;
    times[root.index()] = Some((0, u32::MAX));
    let mut path = vec![(root, 0)];
    while let Some((node, next)) = path.last_mut() {
        match children[node.index()].get(*next) {
            Some(&child) => {
                *next += 1;
                times[child.index()] = Some((now, u32::MAX));
                now += 1;
                path.push((child, 0));
            }
            None => {
                if let Some((_, leave)) = &mut times[node.index()] {
                    *leave = now;
                }
                path.pop();
            }
        }
    }
    times
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

/// The blocks that control can come to, each behind those that dominate it: a block's `then` side
/// follows it, then the other side, then where both join, then handlers of faults.
pub fn reverse_postorder(function: &Function) -> Vec<Block> {
    let mut seen = vec![false; function.blocks.len()];
    let mut order = Vec::with_capacity(function.layout.len());
    let entry = function.entry();
    let mut path = vec![(entry, ways(function, entry))];
    seen[entry.index()] = true;
    while let Some((block, rest)) = path.last_mut() {
        match rest.pop() {
            Some(next) if seen[next.index()] => {}
            Some(next) => {
                seen[next.index()] = true;
                path.push((next, ways(function, next)));
            }
            None => {
                order.push(*block);
                path.pop();
            }
        }
    }
    order.reverse();
    order
}

/// Where control may go from a block, what is to be visited first last.
fn ways(function: &Function, block: Block) -> Vec<Block> {
    let data = function.block(block);
    let (then, otherwise) = match &data.terminator {
        Some(Terminator::Jump(edge)) => (Some(edge.block), None),
        Some(Terminator::Branch(_, then, otherwise)) => (Some(then.block), Some(otherwise.block)),
        _ => (None, None),
    };
    [then, otherwise, data.catch].into_iter().flatten().collect()
}
