//! Gives every string that is made a place in its function's frame.
//!
//! Each instruction that makes a string has a slot of its own, written again only when the
//! instruction is executed again, by which time nothing uses the old string, except through a
//! parameter of a block in a loop. Such parameters have slots too, their homes: edges to them copy
//! what they give there if it may be written again, all into spare slots first if there is more than one, since what one is
//! given may be another's old value. Parameters that are only given strings made once, or
//! constants, have no home.

use std::collections::{HashMap, HashSet};

use stapc_ir::{
    Block, Edge, Effects, Function, Immediate, Location, Module, Opcode, Terminator, Type, Value,
    cfg::blocks_in_loops,
};

use crate::common::{add_behind, drop_unused_handlers, each_function};

pub fn run(module: &mut Module) -> usize {
    each_function(module, assign)
}

/// Assigns them, and gives how many there are.
fn assign(function: &mut Function) -> usize {
    // Loops are found by where control can go: what it cannot come to must not be there.
    drop_unused_handlers(function);
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
    let loops = blocks_in_loops(function);
    let remade = remade(function, &loops);
    let homes = homes(function, &loops, &remade, &mut next);
    function.slots = slots;
    for block in function.layout.clone() {
        let edges: Vec<Edge> = function
            .block(block)
            .terminator
            .iter()
            .flat_map(|terminator| terminator.edges())
            .cloned()
            .collect();
        for (index, edge) in edges.iter().enumerate() {
            let moves = moves(function, edge, &homes, &remade);
            if !moves.is_empty() {
                copy_on_edge(function, (block, index, edges.len()), edge.clone(), &moves);
            }
        }
    }
    slots as usize
}

/// The home of a parameter, and a spare slot where several parameters of its block have homes.
type Home = (u32, Option<u32>);

fn homes(
    function: &Function,
    loops: &HashSet<Block>,
    remade: &HashSet<Value>,
    next: &mut impl FnMut() -> Option<u32>,
) -> HashMap<Value, Home> {
    let mut homes = HashMap::new();
    for &block in function.layout.iter().filter(|block| loops.contains(block)) {
        let params: Vec<Value> = function
            .block(block)
            .params
            .iter()
            .copied()
            .filter(|param| remade.contains(param))
            .collect();
        for &param in &params {
            let spare = if params.len() > 1 { next() } else { None };
            homes.extend(next().map(|home| (param, (home, spare))));
        }
    }
    homes
}

/// What an edge must copy: the position of each parameter, and its home.
///
/// A string that is never written again, and the parameter's own old one, may be left where it is.
fn moves(
    function: &Function,
    edge: &Edge,
    homes: &HashMap<Value, Home>,
    remade: &HashSet<Value>,
) -> Vec<(usize, Home)> {
    let params = function.block(edge.block).params.iter().zip(&edge.args).enumerate();
    params
        .filter(|(_, (param, arg))| param != arg && remade.contains(arg))
        .filter_map(|(position, (param, _))| Some((position, *homes.get(param)?)))
        .collect()
}

/// The strings whose storage is written more than once, and parameters that may be such strings.
fn remade(function: &Function, loops: &HashSet<Block>) -> HashSet<Value> {
    let mut given: HashMap<Value, Vec<Value>> = HashMap::new();
    let mut work = Vec::new();
    for &block in &function.layout {
        let data = function.block(block);
        if loops.contains(&block) {
            let stored = data
                .insts
                .iter()
                .map(|&inst| function.inst(inst))
                .filter(|inst| inst.slot.is_some());
            work.extend(stored.filter_map(|inst| inst.result));
        }
        for edge in data.terminator.iter().flat_map(|terminator| terminator.edges()) {
            for (&param, &arg) in function.block(edge.block).params.iter().zip(&edge.args) {
                given.entry(arg).or_default().push(param);
            }
        }
    }
    let mut remade = HashSet::new();
    while let Some(value) = work.pop() {
        if remade.insert(value) {
            work.extend(given.get(&value).into_iter().flatten());
        }
    }
    remade
}

/// Copies what an edge gives to the parameters' homes. An edge that is one of two gets a block.
fn copy_on_edge(
    function: &mut Function,
    (from, index, count): (Block, usize, usize),
    mut edge: Edge,
    moves: &[(usize, Home)],
) {
    let at = if count == 1 { from } else { add_behind(function, from) };
    let copy = |function: &mut Function, value: Value, slot: Option<u32>| {
        let inst = function.append(
            at,
            Opcode::Scopy,
            Immediate::None,
            vec![value],
            Some(Type::Str),
            Location::default(),
        );
        function.insts[inst.0].slot = slot;
        function.inst(inst).result.unwrap_or(value)
    };
    if moves.len() > 1 {
        for &(position, (_, spare)) in moves {
            edge.args[position] = copy(function, edge.args[position], spare);
        }
    }
    for &(position, (home, _)) in moves {
        edge.args[position] = copy(function, edge.args[position], Some(home));
    }
    function.block_mut(at).terminator = Some(Terminator::Jump(edge));
    if count > 1
        && let Some(terminator) = &mut function.block_mut(from).terminator
        && let Some(old) = terminator.edges_mut().nth(index)
    {
        *old = Edge::to(at);
    }
}
