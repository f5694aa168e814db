//! Gives every string that is made a place in its function's frame.
//!
//! Each instruction that makes a string has a slot of its own, written again only when the
//! instruction is executed again, by which time nothing uses the old string, except through a
//! parameter of a block in a loop. Such parameters have slots too, their homes: edges to them copy
//! what they give there, all into spare slots first if there is more than one, since what one is
//! given may be another's old value.

use std::collections::HashMap;

use stapc_ir::{Block, Edge, Effects, Function, Immediate, Location, Module, Opcode, Terminator, Type, Value};

use crate::common::{blocks_in_loops, each_function};

pub fn run(module: &mut Module) {
    each_function(module, assign);
}

fn assign(function: &mut Function) {
    let mut slots = 0;
    let mut next = || {
        slots += 1;
        Some(slots - 1)
    };
    for block in function.layout.clone() {
        for inst in function.block(block).insts.clone() {
            let data = function.inst(inst);
            let string = data.result.is_some_and(|result| function.ty(result) == Type::Str);
            if string && data.opcode.effects().has(Effects::SLOT) {
                function.insts[inst.0].slot = next();
            }
        }
    }
    let homes = homes(function, &mut next);
    for block in function.layout.clone() {
        let count = function.block(block).terminator.iter().flat_map(|terminator| terminator.edges()).count();
        for index in 0..count {
            let edge = function.block(block).terminator.iter().flat_map(|terminator| terminator.edges()).nth(index).cloned();
            if let Some(edge) = edge
                && let Some(homes) = homes.get(&edge.block)
            {
                copy_on_edge(function, block, index, count, edge, homes);
            }
        }
    }
    function.slots = slots;
}

/// A parameter's position, its home, and a spare slot where several parameters have homes.
type Home = (usize, Option<u32>, Option<u32>);

fn homes(function: &Function, next: &mut impl FnMut() -> Option<u32>) -> HashMap<Block, Vec<Home>> {
    let loops = blocks_in_loops(function);
    let mut homes = HashMap::new();
    for &block in function.layout.iter().filter(|block| loops.contains(block)) {
        let params = &function.block(block).params;
        let strings: Vec<usize> = (0..params.len()).filter(|&position| function.ty(params[position]) == Type::Str).collect();
        let several = strings.len() > 1;
        let list: Vec<Home> = strings.into_iter().map(|position| (position, next(), if several { next() } else { None })).collect();
        if !list.is_empty() {
            homes.insert(block, list);
        }
    }
    homes
}

/// Copies what an edge gives to the parameters' homes. An edge that is one of two gets a block.
fn copy_on_edge(function: &mut Function, from: Block, index: usize, count: usize, mut edge: Edge, homes: &[Home]) {
    let at = if count == 1 { from } else { function.add_block() };
    let copy = |function: &mut Function, value: Value, slot: Option<u32>| {
        let inst = function.append(at, Opcode::Scopy, Immediate::None, vec![value], Some(Type::Str), Location::default());
        function.insts[inst.0].slot = slot;
        function.inst(inst).result.unwrap_or(value)
    };
    for &(position, _, spare) in homes.iter().filter(|(_, _, spare)| spare.is_some()) {
        edge.args[position] = copy(function, edge.args[position], spare);
    }
    for &(position, home, _) in homes {
        edge.args[position] = copy(function, edge.args[position], home);
    }
    if count == 1 {
        function.block_mut(at).terminator = Some(Terminator::Jump(edge));
        return;
    }
    function.block_mut(at).terminator = Some(Terminator::Jump(edge));
    if let Some(terminator) = &mut function.block_mut(from).terminator
        && let Some(old) = terminator.edges_mut().nth(index)
    {
        *old = Edge::to(at);
    }
}
