//! The control-flow graph of a function, and which definitions reach which blocks.

use std::collections::HashSet;

use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};

use crate::{
    dominators::{Graph, Tree},
    entity::Block,
    function::Function,
    terminator::Terminator,
};

/// Where a block begins, or where it has run to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// Its parameters are there, and nothing that it defines.
    Start(Block),
    /// Everything that it defines is there.
    End(Block),
}

impl Point {
    fn node(self) -> u32 {
        match self {
            Self::Start(block) => block.as_u32() * 2,
            Self::End(block) => block.as_u32() * 2 + 1,
        }
    }

    fn from_node(node: u32) -> Self {
        let block = Block::from_u32(node / 2);
        if node.is_multiple_of(2) { Self::Start(block) } else { Self::End(block) }
    }
}

/// A step of a walk over the tree of dominators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To a point; all that it dominates follows.
    Enter(Point),
    /// Back from it.
    Leave(Point),
}

/// The dominators of a function's blocks.
///
/// Each block has two points: where it begins, and where it has run to its end. A fault leaves from
/// the first, since nothing that the block defines is there yet.
#[derive(Debug)]
pub struct Dominance {
    entry: Block,
    tree: Tree,
}

impl Dominance {
    /// Of a function all of whose edges go to blocks that exist.
    pub fn of(function: &Function) -> Self {
        let entry = function.entry();
        Self { entry, tree: Tree::of(&graph(function), Point::Start(entry).node()) }
    }

    /// Whether control can come to the block.
    pub fn reaches(&self, block: Block) -> bool {
        self.tree.reaches(Point::Start(block).node())
    }

    /// The last block that control has always come to before `block`; none of the entry.
    pub fn parent(&self, block: Block) -> Option<Block> {
        self.tree.parent(Point::Start(block).node()).map(|parent| Block::from_u32(parent / 2))
    }

    /// Whether the start of `block` is always preceded by the start of `by`.
    pub fn dominates(&self, by: Block, block: Block) -> bool {
        self.tree.dominates(Point::Start(by).node(), Point::Start(block).node())
    }

    /// Whether what `by` defines by instructions is defined whenever control comes to the start of
    /// `block`.
    pub fn available_from_end(&self, by: Block, block: Block) -> bool {
        self.tree.dominates(Point::End(by).node(), Point::Start(block).node())
    }

    /// Walks over the tree, a point before what it dominates: what was learnt between a point's two
    /// steps holds there and no longer.
    pub fn walk(&self) -> Vec<Step> {
        let root = Point::Start(self.entry).node();
        if !self.tree.reaches(root) {
            return Vec::new();
        }
        let mut steps = vec![Step::Enter(Point::from_node(root))];
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.last_mut() {
            if let Some(&child) = self.tree.children(*node).get(*next) {
                *next += 1;
                steps.push(Step::Enter(Point::from_node(child)));
                path.push((child, 0));
            } else {
                steps.push(Step::Leave(Point::from_node(*node)));
                path.pop();
            }
        }
        steps
    }

    /// Where ways meet that come from different points.
    pub fn meetings(&self, function: &Function) -> Meetings {
        let graph = graph(function);
        let frontiers = self.tree.frontiers(&graph, 1024 + 16 * graph.len());
        let joins = || {
            let before = graph.predecessors();
            let nodes = (0..before.len() as u32).filter(|&node| before[node as usize].len() > 1);
            nodes.map(|node| Block::from_u32(node / 2)).collect()
        };
        let joins = if frontiers.is_none() { joins() } else { Vec::new() };
        Meetings { frontiers, joins }
    }
}

/// Where ways from some points of a function meet ways that do not come by them.
#[derive(Debug)]
pub struct Meetings {
    /// Where no more is known: every block that several ways lead to.
    joins: Vec<Block>,
    frontiers: Option<Vec<Vec<u32>>>,
}

impl Meetings {
    /// The blocks at whose starts what is done at these points may or may not have been done, or been
    /// done elsewhere last.
    pub fn of(&self, points: impl Iterator<Item = Point>) -> Vec<Block> {
        let Some(frontiers) = &self.frontiers else { return self.joins.clone() };
        let mut work: Vec<u32> = points.map(Point::node).collect();
        let mut found = HashSet::new();
        while let Some(node) = work.pop() {
            let frontier = frontiers.get(node as usize).into_iter().flatten().copied();
            work.extend(frontier.filter(|&meeting| found.insert(meeting)));
        }
        found.into_iter().map(|node| Block::from_u32(node / 2)).collect()
    }
}

fn graph(function: &Function) -> Graph {
    let mut graph = Graph::new(function.blocks.len() * 2);
    for &block in &function.layout {
        let (start, end) = (Point::Start(block).node(), Point::End(block).node());
        graph.add(start, end);
        let data = function.block(block);
        for edge in data.terminator.iter().flat_map(|terminator| terminator.edges()) {
            graph.add(end, Point::Start(edge.block).node());
        }
        if let Some(catch) = data.catch {
            graph.add(start, Point::Start(catch).node());
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

/// The groups of nodes from each of which there is a way back to itself.
pub fn circles(graph: &DiGraph<(), ()>) -> impl Iterator<Item = Vec<NodeIndex>> + '_ {
    kosaraju_scc(graph).into_iter().filter(|nodes| is_circle(graph, nodes))
}

/// Whether there is a way back to itself from the nodes, which can all come to each other.
pub fn is_circle(graph: &DiGraph<(), ()>, nodes: &[NodeIndex]) -> bool {
    nodes.len() > 1 || nodes.iter().any(|&node| graph.contains_edge(node, node))
}

/// The blocks that are part of a loop.
pub fn blocks_in_loops(function: &Function) -> HashSet<Block> {
    let graph = block_graph(function, |_| false);
    circles(&graph).flatten().map(|node| Block::from_u32(node.index() as u32)).collect()
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
