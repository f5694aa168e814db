//! What several passes ask of a function.

use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
};

use petgraph::{
    algo::kosaraju_scc,
    graph::{DiGraph, NodeIndex},
};
use stapc_ir::{
    Block, FuncId, Function, GlobalId, Immediate, InstData, Module, Value,
    cfg::{is_circle, reverse_postorder},
};

/// Runs a pass over each function of a module; gives the sum of what it says it changed.
pub fn each_function(module: &mut Module, mut pass: impl FnMut(&mut Function) -> usize) -> usize {
    module.function_ids().map(|id| pass(module.function_mut(id))).sum()
}

/// What is known within scopes: what was learnt since a scope was entered is forgotten where it ends.
#[derive(Debug)]
pub struct Scopes<K, V> {
    known: HashMap<K, V>,
    /// What was known before, and where each scope began.
    replaced: Vec<(K, Option<V>)>,
    marks: Vec<usize>,
}

impl<K, V> Default for Scopes<K, V> {
    fn default() -> Self {
        Self { known: HashMap::new(), replaced: Vec::new(), marks: Vec::new() }
    }
}

impl<K: Clone + Eq + Hash, V> Scopes<K, V> {
    /// Begins a scope.
    pub fn enter(&mut self) {
        self.marks.push(self.replaced.len());
    }

    /// Ends the innermost scope.
    pub fn leave(&mut self) {
        let mark = self.marks.pop().unwrap_or(0);
        for (key, before) in self.replaced.drain(mark..).rev() {
            match before {
                Some(value) => self.known.insert(key, value),
                None => self.known.remove(&key),
            };
        }
    }

    /// Learns something.
    pub fn insert(&mut self, key: K, value: V) {
        let before = self.known.insert(key.clone(), value);
        self.replaced.push((key, before));
    }

    /// What is known.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.known.get(key)
    }
}

/// Forgets the handlers of blocks where nothing faults, and then what nothing leads to. From then on
/// nothing that faults may be put into a block that did not.
pub fn drop_unused_handlers(function: &mut Function) {
    for block in function.layout.clone() {
        if !function.may_fault(block) {
            function.block_mut(block).catch = None;
        }
    }
    let reached: HashSet<Block> = reverse_postorder(function).into_iter().collect();
    function.layout.retain(|block| reached.contains(block));
}

/// How many edges (a fault's among them) lead to each block.
pub fn predecessor_counts(function: &Function) -> HashMap<Block, usize> {
    let mut counts = HashMap::new();
    for &block in &function.layout {
        let data = function.block(block);
        let edges =
            data.terminator.iter().flat_map(|terminator| terminator.edges()).map(|edge| edge.block);
        for successor in edges.chain(data.catch) {
            *counts.entry(successor).or_insert(0) += 1;
        }
    }
    counts
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

/// A new block that stands directly behind another.
pub fn add_behind(function: &mut Function, block: Block) -> Block {
    let added = function.add_block();
    function.layout.pop();
    let at = function
        .layout
        .iter()
        .position(|&other| other == block)
        .map_or(function.layout.len(), |at| at + 1);
    function.layout.insert(at, added);
    added
}

/// The functions of a module, callees before callers; those that may call each other in one group,
/// with whether they may.
pub fn call_groups(module: &Module) -> Vec<(Vec<FuncId>, bool)> {
    let mut graph = DiGraph::<(), ()>::new();
    for _ in module.function_ids() {
        graph.add_node(());
    }
    for id in module.function_ids() {
        for callee in module.function(id).callees() {
            graph.add_edge(NodeIndex::new(id.index()), NodeIndex::new(callee.index()), ());
        }
    }
    let group = |nodes: Vec<NodeIndex>| {
        let circle = is_circle(&graph, &nodes);
        (nodes.into_iter().map(|node| FuncId::from_u32(node.index() as u32)).collect(), circle)
    };
    kosaraju_scc(&graph).into_iter().map(group).collect()
}

/// How often each value is used.
pub fn use_counts(function: &Function) -> HashMap<Value, usize> {
    let mut uses = HashMap::new();
    for &block in &function.layout {
        let data = function.block(block);
        let args = data.insts.iter().flat_map(|&inst| function.inst(inst).args.iter().copied());
        for value in args.chain(data.terminator.iter().flat_map(|terminator| terminator.uses())) {
            *uses.entry(value).or_insert(0) += 1;
        }
    }
    uses
}

/// The global that an instruction reads, or whose state its fault depends on: its own,
/// or that of the iteration or element it is about.
pub fn read_by(function: &Function, inst: &InstData) -> Option<GlobalId> {
    match inst.immediate {
        Immediate::Global(global) | Immediate::Iterate(global, _) => Some(global),
        _ => function.map_of(*inst.args.first()?),
    }
}
