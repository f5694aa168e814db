//! Cleans up the control-flow graph: blocks that nothing leads to go, blocks that only jump on are
//! passed over, so are blocks that only branch on what the edge to them gives a constant for, and a
//! block and the only one behind it become one. What is left stands in an order in which definitions
//! come before uses.

use std::collections::{HashMap, HashSet};

use stapc_ir::{Block, Edge, Function, Module, Opcode, Terminator, Value, cfg::reverse_postorder};

use crate::{
    common::{each_function, predecessor_counts, replace_uses, resolve, use_counts},
    fold::Constant,
};

/// No edge is led on over more branches than this at once.
const MOST_BRANCHES: usize = 16;

pub fn run(module: &mut Module) -> usize {
    each_function(module, simplify)
}

/// Gives how many blocks went, and how many branches changed.
fn simplify(function: &mut Function) -> usize {
    let blocks = function.layout.len();
    function.layout = reverse_postorder(function);
    pass_over_jumps(function);
    let changed = plain_branches(function) + pass_over_branches(function);
    function.layout = reverse_postorder(function);
    merge_rows(function);
    let changed = changed + return_at_once(function);
    function.layout = reverse_postorder(function);
    changed + blocks - function.layout.len()
}

/// Edges to a block without instructions and parameters that jumps on go where it goes.
fn pass_over_jumps(function: &mut Function) {
    let mut onward: HashMap<Block, Edge> = HashMap::new();
    // What a block jumps on to stands behind it, but for loops: a circle is gone round once at most.
    for &block in function.layout.iter().rev() {
        let data = function.block(block);
        if let Some(Terminator::Jump(edge)) = &data.terminator
            && data.insts.is_empty()
            && data.params.is_empty()
            && edge.block != block
            && block != function.entry()
        {
            let edge = onward.get(&edge.block).unwrap_or(edge).clone();
            onward.insert(block, edge);
        }
    }
    for block in function.layout.clone() {
        let Some(terminator) = &mut function.block_mut(block).terminator else { continue };
        for edge in terminator.edges_mut() {
            if let Some(next) = onward.get(&edge.block) {
                *edge = next.clone();
            }
        }
    }
}

/// Edges that give a constant to a block that does nothing but branch on it go where it branches to.
fn pass_over_branches(function: &mut Function) -> usize {
    let branches = bare_branches(function);
    let mut changed = 0;
    if branches.is_empty() {
        return 0;
    }
    for block in function.layout.clone() {
        let Some(mut terminator) = function.block_mut(block).terminator.take() else { continue };
        let condition = match &terminator {
            Terminator::Branch(condition, ..) => Some(*condition),
            _ => None,
        };
        for (edge, side) in terminator.edges_mut().zip([true, false]) {
            for _ in 0..MOST_BRANCHES {
                let Some(bare) = branches.get(&edge.block) else { break };
                let given = edge.args[bare.position];
                let holds = match Constant::defined(function, given) {
                    Some(Constant::Bool(holds)) => holds,
                    // What the branch itself was about is known on either way.
                    _ if Some(given) == condition => side,
                    _ => break,
                };
                *edge = bare.way(holds, &edge.args);
                changed += 1;
            }
        }
        function.block_mut(block).terminator = Some(terminator);
    }
    changed
}

/// A block without instructions that branches on a parameter.
struct Bare {
    params: Vec<Value>,
    position: usize,
    then: Edge,
    otherwise: Edge,
}

impl Bare {
    /// Where control goes on, if the block is given these.
    fn way(&self, holds: bool, given: &[Value]) -> Edge {
        let mut edge = if holds { &self.then } else { &self.otherwise }.clone();
        for arg in &mut edge.args {
            if let Some(position) = self.params.iter().position(|param| param == arg) {
                *arg = given[position];
            }
        }
        edge
    }
}

/// Such blocks whose parameters nothing else uses: what follows may be reached without them.
fn bare_branches(function: &Function) -> HashMap<Block, Bare> {
    let uses = use_counts(function);
    let mut bare = HashMap::new();
    for &block in function.layout.iter().filter(|&&block| block != function.entry()) {
        let data = function.block(block);
        let Some(terminator) = &data.terminator else { continue };
        let Terminator::Branch(condition, then, otherwise) = terminator else { continue };
        let Some(position) = data.params.iter().position(|param| param == condition) else {
            continue;
        };
        let mut own: HashMap<Value, usize> = HashMap::new();
        terminator.uses().for_each(|value| *own.entry(value).or_default() += 1);
        if data.insts.is_empty()
            && data.params.iter().all(|param| uses.get(param) == own.get(param))
        {
            let (params, then, otherwise) = (data.params.clone(), then.clone(), otherwise.clone());
            bare.insert(block, Bare { params, position, then, otherwise });
        }
    }
    bare
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

/// Jumps to where nothing but the function's end is become that.
fn return_at_once(function: &mut Function) -> usize {
    let returns = |function: &Function, block: Block| {
        let data = function.block(block);
        data.insts.is_empty()
            && data.params.is_empty()
            && data.terminator == Some(Terminator::Return(None))
    };
    let mut changed = 0;
    for block in function.layout.clone() {
        if let Some(Terminator::Jump(edge)) = &function.block(block).terminator
            && returns(function, edge.block)
        {
            function.block_mut(block).terminator = Some(Terminator::Return(None));
            changed += 1;
        }
    }
    changed
}

fn merge_rows(function: &mut Function) {
    let counts = predecessor_counts(function);
    let mut replacements: HashMap<Value, Value> = HashMap::new();
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
            for (param, arg) in data.params.into_iter().zip(edge.args) {
                // What an earlier row's parameter is replaced by: no chain gets long.
                let arg = resolve(&replacements, arg);
                replacements.insert(param, arg);
            }
            let row = function.block_mut(block);
            row.insts.extend(data.insts);
            row.terminator = data.terminator;
            gone.insert(next);
        }
    }
    function.layout.retain(|block| !gone.contains(block));
    replace_uses(function, &replacements);
}
