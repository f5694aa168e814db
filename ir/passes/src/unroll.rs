//! Short loops that always make the same few turns are written out.
//!
//! Only loops without others in them, that are left by their head's branch alone, and in which no fault
//! is handled. How many turns they make is found by computing what of them depends on constants only.

use std::collections::{HashMap, HashSet};

use stapc_ir::{
    Block, BlockData, Edge, Function, Inst, Module, Opcode, Terminator, Type, Value, ValueData,
    ValueDef,
    cfg::{Dominance, reverse_postorder},
};

use crate::{
    common::each_function,
    fold::{Constant, evaluate},
};

/// The most turns of a loop that is written out,
const MOST_TURNS: usize = 32;
/// and the most instructions that all its turns have.
const MOST_SIZE: usize = 256;

pub fn run(module: &mut Module) -> usize {
    let string_max = module.limits.string_max as usize;
    each_function(module, |function| {
        let loops = loops(function);
        let mut unrolled = 0;
        for small in loops {
            if let Some(turns) = turns(function, &small, string_max) {
                unroll(function, &small, turns);
                unrolled += 1;
            }
        }
        if unrolled > 0 {
            function.layout = reverse_postorder(function);
        }
        unrolled
    })
}

/// A loop that may be written out.
struct Loop {
    head: Block,
    /// The only block that it is entered from.
    entry: Block,
    /// Where its one way back starts.
    latch: Block,
    /// Its blocks, the head first, each behind those that come before it in a turn.
    blocks: Vec<Block>,
    /// Whether the branch at the head goes on where its condition is true.
    goes_on_if: bool,
}

fn loops(function: &Function) -> Vec<Loop> {
    let dominance = Dominance::of(function);
    let mut latches: HashMap<Block, Vec<Block>> = HashMap::new();
    let mut before: HashMap<Block, Vec<Block>> = HashMap::new();
    for &block in &function.layout {
        for next in function.successors(block) {
            before.entry(next).or_default().push(block);
            if dominance.dominates(next, block) {
                latches.entry(next).or_default().push(block);
            }
        }
    }
    let order = reverse_postorder(function);
    let place: HashMap<Block, usize> =
        order.iter().enumerate().map(|(at, &block)| (block, at)).collect();
    let mut found = Vec::new();
    for &head in &order {
        let Some([latch]) = latches.get(&head).map(Vec::as_slice) else { continue };
        let Some(mut blocks) = body(head, *latch, &before) else { continue };
        if blocks.iter().any(|block| *block != head && latches.contains_key(block)) {
            continue;
        }
        blocks.sort_by_key(|block| place.get(block).copied());
        let entries = before.get(&head).into_iter().flatten().filter(|block| *block != latch);
        let [entry] = entries.copied().collect::<Vec<_>>()[..] else { continue };
        found.extend(whole(function, (entry, head, *latch), blocks));
    }
    found
}

/// The blocks between a loop's head and its way back; none if there are too many.
fn body(head: Block, latch: Block, before: &HashMap<Block, Vec<Block>>) -> Option<Vec<Block>> {
    let mut blocks = vec![head];
    let mut seen = HashSet::from([head]);
    let mut work = vec![latch];
    while let Some(block) = work.pop() {
        if seen.insert(block) {
            blocks.push(block);
            work.extend(before.get(&block).into_iter().flatten());
        }
        if blocks.len() > MOST_TURNS {
            return None;
        }
    }
    Some(blocks)
}

/// The loop, if nothing but its head's branch leaves it.
fn whole(
    function: &Function,
    (entry, head, latch): (Block, Block, Block),
    blocks: Vec<Block>,
) -> Option<Loop> {
    let inside: HashSet<Block> = blocks.iter().copied().collect();
    let Some(Terminator::Branch(_, then, otherwise)) = &function.block(head).terminator else {
        return None;
    };
    let goes_on_if = match (inside.contains(&then.block), inside.contains(&otherwise.block)) {
        (true, false) => true,
        (false, true) => false,
        _ => return None,
    };
    for &block in &blocks {
        let data = function.block(block);
        let stays = data.terminator.as_ref()?.edges().all(|edge| inside.contains(&edge.block));
        let ends = data.terminator.as_ref()?.edges().next().is_none();
        let iterates = data.insts.iter().map(|&inst| function.inst(inst)).any(|inst| {
            let is = |value: &Value| matches!(function.ty(*value), Type::Iter | Type::Elem);
            inst.args.iter().any(is) || inst.result.iter().any(is)
        });
        let handled = data.catch.is_some() && function.may_fault(block);
        if (block != head && !stays) || ends || iterates || handled {
            return None;
        }
    }
    Some(Loop { head, entry, latch, blocks, goes_on_if })
}

/// How many turns a loop always makes, if that is known and they are few.
fn turns(function: &Function, small: &Loop, string_max: usize) -> Option<usize> {
    let size: usize = small.blocks.iter().map(|&block| function.block(block).insts.len() + 1).sum();
    let mut known = entered_with(function, small)?;
    for turns in 0..=MOST_TURNS {
        if turns * size > MOST_SIZE {
            return None;
        }
        compute(function, small, string_max, &mut known);
        let Some(Terminator::Branch(condition, ..)) = &function.block(small.head).terminator else {
            return None;
        };
        let Some(Constant::Bool(holds)) = constant(function, &known, *condition) else {
            return None;
        };
        if holds != small.goes_on_if {
            return Some(turns);
        }
        let back = edge_to(function, small.latch, small.head)?;
        let params = function.block(small.head).params.iter();
        let next = params
            .zip(&back.args)
            .filter_map(|(&param, &arg)| Some((param, constant(function, &known, arg)?)));
        known = next.collect();
    }
    None
}

/// The constants that the loop is entered with.
fn entered_with(function: &Function, small: &Loop) -> Option<HashMap<Value, Constant>> {
    let entry = edge_to(function, small.entry, small.head)?;
    let params = function.block(small.head).params.iter().zip(&entry.args);
    Some(
        params
            .filter_map(|(&param, &arg)| Some((param, Constant::defined(function, arg)?)))
            .collect(),
    )
}

fn edge_to(function: &Function, from: Block, to: Block) -> Option<&Edge> {
    let edges = function.block(from).terminator.iter().flat_map(Terminator::edges);
    edges.into_iter().find(|edge| edge.block == to)
}

/// A value that is known in this turn, or a constant from anywhere.
fn constant(
    function: &Function,
    known: &HashMap<Value, Constant>,
    value: Value,
) -> Option<Constant> {
    known.get(&value).cloned().or_else(|| Constant::defined(function, value))
}

/// Computes what depends on constants in a turn.
fn compute(
    function: &Function,
    small: &Loop,
    string_max: usize,
    known: &mut HashMap<Value, Constant>,
) {
    for &inst in small.blocks.iter().flat_map(|&block| &function.block(block).insts) {
        let data = function.inst(inst);
        let Some(result) = data.result else { continue };
        let args: Option<Vec<Constant>> =
            data.args.iter().map(|&arg| constant(function, known, arg)).collect();
        if let Some(constant) = args.and_then(|args| evaluate(data, &args, string_max)) {
            known.insert(result, constant);
        }
    }
}

/// Puts a loop's turns before it, one behind the other, and leaves it at once then.
fn unroll(function: &mut Function, small: &Loop, turns: usize) {
    let mut from = small.entry;
    for _ in 0..turns {
        let copy = copy(function, small);
        if let Some(terminator) = &mut function.block_mut(from).terminator {
            for edge in terminator.edges_mut().filter(|edge| edge.block == small.head) {
                edge.block = copy[&small.head];
            }
        }
        go_on(function, copy[&small.head], small.goes_on_if);
        from = copy[&small.latch];
    }
    // Behind the last turn: what is used behind the loop is what its head has then.
    go_on(function, small.head, !small.goes_on_if);
}

/// Copies a loop's blocks; the way back of the copy goes to the loop's own head. Gives what each
/// block's copy is.
fn copy(function: &mut Function, small: &Loop) -> HashMap<Block, Block> {
    let mut blocks = HashMap::new();
    let mut values: HashMap<Value, Value> = HashMap::new();
    for &block in &small.blocks {
        let to = function.add_block();
        blocks.insert(block, to);
        for param in function.block(block).params.clone() {
            let copy = define(function, param, ValueDef::Param(to));
            values.insert(param, copy);
        }
    }
    for &block in &small.blocks {
        let BlockData { params, insts, mut terminator, .. } = function.block(block).clone();
        let mut made = Vec::with_capacity(insts.len());
        for inst in insts {
            let mut data = function.inst(inst).clone();
            // What has an end needs no budget.
            if data.opcode == Opcode::Fuel {
                continue;
            }
            for arg in &mut data.args {
                *arg = values.get(arg).copied().unwrap_or(*arg);
            }
            let result = data.result.take();
            let inst = Inst(function.insts.alloc(data));
            if let Some(result) = result {
                let copy = define(function, result, ValueDef::Result(inst));
                values.insert(result, copy);
                function.insts[inst.0].result = Some(copy);
            }
            made.push(inst);
        }
        let value = |value: Value| values.get(&value).copied().unwrap_or(value);
        if let Some(terminator) = &mut terminator {
            terminator.map_uses(value);
            for edge in terminator.edges_mut().filter(|edge| edge.block != small.head) {
                edge.block = blocks.get(&edge.block).copied().unwrap_or(edge.block);
            }
        }
        let params = params.into_iter().map(value).collect();
        *function.block_mut(blocks[&block]) =
            BlockData { params, insts: made, terminator, catch: None };
    }
    blocks
}

fn define(function: &mut Function, value: Value, def: ValueDef) -> Value {
    let data = ValueData { def, ..function.value(value).clone() };
    Value(function.values.alloc(data))
}

/// Makes a branch a jump: the way it always goes.
fn go_on(function: &mut Function, head: Block, holds: bool) {
    let data = function.block_mut(head);
    if let Some(Terminator::Branch(_, then, otherwise)) = &data.terminator {
        data.terminator = Some(Terminator::Jump(if holds { then } else { otherwise }.clone()));
    }
}
