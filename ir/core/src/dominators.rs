//! Trees of dominators of any graph, by Lengauer's and Tarjan's way: the time grows as n log n, also
//! where many nodes lead to one, as blocks do to the handler of their faults.

/// A graph: of each node, those it leads to.
#[derive(Debug, Default)]
pub struct Graph {
    successors: Vec<Vec<u32>>,
}

/// The tree: a node's parent is the last that always comes before it.
#[derive(Debug, Default)]
pub struct Tree {
    parents: Vec<Option<u32>>,
    children: Vec<Vec<u32>>,
    /// When a walk over the tree enters and leaves a node; none of what the root does not lead to.
    times: Vec<Option<(u32, u32)>>,
}

impl Graph {
    /// Of so many nodes and no edges.
    pub fn new(nodes: usize) -> Self {
        Self { successors: vec![Vec::new(); nodes] }
    }

    /// Adds an edge.
    pub fn add(&mut self, from: u32, to: u32) {
        self.successors[from as usize].push(to);
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.successors.len()
    }

    /// Of each node, those that lead to it.
    pub fn predecessors(&self) -> Vec<Vec<u32>> {
        let mut predecessors = vec![Vec::new(); self.successors.len()];
        for (from, successors) in (0..).zip(&self.successors) {
            successors.iter().for_each(|&to| predecessors[to as usize].push(from));
        }
        predecessors
    }
}

impl Tree {
    /// Of what the root leads to.
    pub fn of(graph: &Graph, root: u32) -> Self {
        if graph.successors.is_empty() {
            return Self::default();
        }
        let parents = Search::new(graph, root).parents(graph);
        let mut children = vec![Vec::new(); parents.len()];
        for (node, parent) in (0..).zip(&parents) {
            if let Some(parent) = parent {
                children[*parent as usize].push(node);
            }
        }
        let times = times(&children, root);
        Self { parents, children, times }
    }

    /// The last node that always comes before this one; none of the root.
    pub fn parent(&self, node: u32) -> Option<u32> {
        self.parents.get(node as usize).copied().flatten()
    }

    /// The nodes whose parent it is.
    pub fn children(&self, node: u32) -> &[u32] {
        self.children.get(node as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether the root leads to the node.
    pub fn reaches(&self, node: u32) -> bool {
        self.times.get(node as usize).is_some_and(Option::is_some)
    }

    /// Whether a node always comes before another, or is it.
    pub fn dominates(&self, by: u32, node: u32) -> bool {
        let times = |node: u32| self.times.get(node as usize).copied().flatten();
        match (times(by), times(node)) {
            (Some((enter, leave)), Some((at, _))) => enter <= at && at < leave,
            _ => false,
        }
    }

    /// The dominance frontier of each node: where ways from it meet ways that do not come by it. None
    /// if they are more than `most` in all, as in deep nests of loops.
    pub fn frontiers(&self, graph: &Graph, most: usize) -> Option<Vec<Vec<u32>>> {
        let mut frontiers: Vec<Vec<u32>> = vec![Vec::new(); self.parents.len()];
        let mut count = 0;
        for (node, before) in (0..).zip(graph.predecessors()) {
            if before.len() < 2 || !self.reaches(node) {
                continue;
            }
            for mut at in before.into_iter().filter(|&from| self.reaches(from)) {
                while Some(at) != self.parent(node) && frontiers[at as usize].last() != Some(&node)
                {
                    frontiers[at as usize].push(node);
                    count += 1;
                    match self.parent(at) {
                        Some(parent) => at = parent,
                        None => break,
                    }
                }
            }
            if count > most {
                return None;
            }
        }
        Some(frontiers)
    }
}

/// Walks the tree: a node dominates those entered between its own two times.
fn times(children: &[Vec<u32>], root: u32) -> Vec<Option<(u32, u32)>> {
    let mut times = vec![None; children.len()];
    let mut now = 1;
    times[root as usize] = Some((0, u32::MAX));
    let mut path = vec![(root, 0)];
    while let Some((node, next)) = path.last_mut() {
        match children[*node as usize].get(*next) {
            Some(&child) => {
                *next += 1;
                times[child as usize] = Some((now, u32::MAX));
                now += 1;
                path.push((child, 0));
            }
            None => {
                if let Some((_, leave)) = &mut times[*node as usize] {
                    *leave = now;
                }
                path.pop();
            }
        }
    }
    times
}

const NONE: u32 = u32::MAX;

/// A search in depth from the root, and the forest that grows over it. But for `numbers` and `nodes`
/// all is in terms of the numbers that the search gives to nodes.
struct Search {
    /// The number of each node, [`NONE`] of what is not reached, and the nodes by number.
    numbers: Vec<u32>,
    nodes: Vec<u32>,
    parents: Vec<u32>,
    semi: Vec<u32>,
    ancestors: Vec<u32>,
    labels: Vec<u32>,
}

impl Search {
    fn new(graph: &Graph, root: u32) -> Self {
        let mut numbers = vec![NONE; graph.successors.len()];
        let (mut nodes, mut parents) = (vec![root], vec![0]);
        numbers[root as usize] = 0;
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.last_mut() {
            let Some(&to) = graph.successors[*node as usize].get(*next) else {
                path.pop();
                continue;
            };
            *next += 1;
            if numbers[to as usize] == NONE {
                numbers[to as usize] = nodes.len() as u32;
                parents.push(numbers[*node as usize]);
                nodes.push(to);
                path.push((to, 0));
            }
        }
        let identity: Vec<u32> = (0..nodes.len() as u32).collect();
        let ancestors = vec![NONE; nodes.len()];
        Self { numbers, nodes, parents, semi: identity.clone(), ancestors, labels: identity }
    }

    fn parents(mut self, graph: &Graph) -> Vec<Option<u32>> {
        let before = graph.predecessors();
        let count = self.nodes.len();
        let mut buckets: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut immediate = vec![0; count];
        for at in (1..count as u32).rev() {
            for &from in &before[self.nodes[at as usize] as usize] {
                let from = self.numbers[from as usize];
                if from != NONE {
                    let least = self.least(from);
                    let semi = self.semi[least as usize];
                    self.semi[at as usize] = self.semi[at as usize].min(semi);
                }
            }
            buckets[self.semi[at as usize] as usize].push(at);
            let parent = self.parents[at as usize];
            self.ancestors[at as usize] = parent;
            for node in std::mem::take(&mut buckets[parent as usize]) {
                let least = self.least(node);
                let earlier = self.semi[least as usize] < self.semi[node as usize];
                immediate[node as usize] = if earlier { least } else { parent };
            }
        }
        let mut parents = vec![None; self.numbers.len()];
        for at in 1..count {
            if immediate[at] != self.semi[at] {
                immediate[at] = immediate[immediate[at] as usize];
            }
            parents[self.nodes[at] as usize] = Some(self.nodes[immediate[at] as usize]);
        }
        parents
    }

    /// The node with the least semidominator on the way from one up the forest, whose ways are made
    /// short meanwhile.
    fn least(&mut self, node: u32) -> u32 {
        let mut path = Vec::new();
        let mut at = node;
        while self.ancestors[at as usize] != NONE {
            path.push(at);
            at = self.ancestors[at as usize];
        }
        // The topmost is a root's child and stays so.
        path.pop();
        for &at in path.iter().rev() {
            let above = self.ancestors[at as usize] as usize;
            let (label, other) = (self.labels[at as usize], self.labels[above]);
            if self.semi[other as usize] < self.semi[label as usize] {
                self.labels[at as usize] = other;
            }
            self.ancestors[at as usize] = self.ancestors[above];
        }
        self.labels[node as usize]
    }
}

#[cfg(test)]
mod tests {
    use petgraph::{
        algo::dominators::simple_fast,
        graph::{DiGraph, NodeIndex},
    };

    use super::*;

    /// Against the library's, on graphs of every shape.
    #[test]
    fn trees_are_those_of_petgraph() {
        let mut state = 88_172_645_463_325_252_u64;
        let mut below = |bound: u32| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u32 % bound
        };
        for _ in 0..2000 {
            let nodes = 1 + below(12);
            let mut graph = Graph::new(nodes as usize);
            let mut other = DiGraph::<(), ()>::new();
            for _ in 0..nodes {
                other.add_node(());
            }
            for _ in 0..below(3 * nodes) {
                let (from, to) = (below(nodes), below(nodes));
                graph.add(from, to);
                other.add_edge(NodeIndex::new(from as usize), NodeIndex::new(to as usize), ());
            }
            let tree = Tree::of(&graph, 0);
            let expected = simple_fast(&other, NodeIndex::new(0));
            for node in 0..nodes {
                let parent = expected.immediate_dominator(NodeIndex::new(node as usize));
                assert_eq!(tree.parent(node), parent.map(|node| node.index() as u32));
                let mut above = expected.dominators(NodeIndex::new(node as usize));
                let above: Vec<u32> =
                    above.iter_mut().flatten().map(|node| node.index() as u32).collect();
                for by in 0..nodes {
                    assert_eq!(tree.dominates(by, node), above.contains(&by));
                }
            }
        }
    }

    /// A frontier is where dominance ends: a node dominates a predecessor, but not strictly the node.
    #[test]
    fn frontiers_are_what_their_definition_says() {
        let edges =
            [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (4, 1), (4, 5), (0, 5), (2, 6), (6, 2)];
        let mut graph = Graph::new(8);
        edges.iter().for_each(|&(from, to)| graph.add(from, to));
        let tree = Tree::of(&graph, 0);
        let frontiers = tree.frontiers(&graph, 1000).unwrap();
        for node in 0..8 {
            let meets = |to: u32| {
                let strictly = tree.dominates(node, to) && node != to;
                edges.iter().any(|&(from, at)| at == to && tree.dominates(node, from)) && !strictly
            };
            let expected: Vec<u32> = (0..8).filter(|&to| meets(to)).collect();
            let mut found = frontiers[node as usize].clone();
            found.sort();
            assert_eq!(found, expected, "of {node}");
        }
        assert_eq!(tree.frontiers(&graph, 2), None);
    }
}
