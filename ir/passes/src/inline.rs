//! Puts small functions, and those called once, where they are called.
//!
//! The block of the call is split there. What the function's faults did to the call, they do in its
//! place: its blocks that have no handler get the caller's. Recursive functions are left alone.

use std::collections::{HashMap, HashSet};

use stapc_ir::{
    Block, BlockData, Edge, FuncId, Function, Immediate, Inst, Module, Terminator, Value, ValueDef,
    cfg::reverse_postorder,
};

use crate::common::{add_behind, call_groups, each_function};

/// Functions of so many instructions and blocks are put wherever they are called,
const SMALL: usize = 32;
/// of so many where they are called only once,
const LARGE: usize = 400;
/// and no function grows beyond this.
const MOST: usize = 4000;

pub fn run(module: &mut Module) -> usize {
    // What control cannot come to may use what is not there, and is not to be copied.
    each_function(module, |function| {
        function.layout = reverse_postorder(function);
        0
    });
    let mut calls: HashMap<FuncId, usize> = HashMap::new();
    for callee in module.functions.values().flat_map(Function::callees) {
        *calls.entry(callee).or_default() += 1;
    }
    // Callees come before callers, so that what is put somewhere is already done itself.
    let mut inlined = 0;
    let mut recursive = HashSet::new();
    for (group, circle) in call_groups(module) {
        if circle {
            recursive.extend(group);
            continue;
        }
        for id in group {
            let mut caller = std::mem::take(module.function_mut(id));
            let fits = |callee: FuncId, size: usize| {
                let length = length(module.function(callee));
                let most = if calls.get(&callee) == Some(&1) { LARGE } else { SMALL };
                !recursive.contains(&callee) && length <= most && size + length <= MOST
            };
            inlined += inline_calls(module, &mut caller, fits);
            *module.function_mut(id) = caller;
        }
    }
    inlined
}

/// Blocks count too: a function without instructions, put many times where there is another of its
/// kind, would multiply them without an end.
fn length(function: &Function) -> usize {
    function.placed_insts().count() + function.layout.len()
}

fn inline_calls(
    module: &Module,
    caller: &mut Function,
    fits: impl Fn(FuncId, usize) -> bool,
) -> usize {
    let mut inlined = 0;
    let mut work = caller.layout.clone();
    while let Some(block) = work.pop() {
        let size = length(caller);
        let call =
            caller.block(block).insts.iter().enumerate().find_map(|(at, &inst)| {
                match caller.inst(inst).immediate {
                    Immediate::Func(callee) if fits(callee, size) => Some((at, inst, callee)),
                    _ => None,
                }
            });
        if let Some((at, inst, callee)) = call {
            let behind = split(caller, block, at, inst);
            insert(caller, block, inst, behind, module.function(callee));
            work.push(behind);
            inlined += 1;
        }
    }
    inlined
}

/// Splits a block at a call; gives the block of what follows, whose parameter is the call's result.
fn split(function: &mut Function, block: Block, at: usize, call: Inst) -> Block {
    let behind = add_behind(function, block);
    let data = function.block_mut(block);
    let mut rest = data.insts.split_off(at);
    rest.remove(0);
    let (terminator, catch) = (data.terminator.take(), data.catch);
    let params = Vec::from_iter(function.inst(call).result);
    for &param in &params {
        function.values[param.0].def = ValueDef::Param(behind);
    }
    *function.block_mut(behind) = BlockData { params, insts: rest, terminator, catch };
    behind
}

/// Copies a function's blocks between the two parts of a block.
fn insert(caller: &mut Function, from: Block, call: Inst, behind: Block, callee: &Function) {
    let catch = caller.block(from).catch;
    let mut copies = Copies { values: HashMap::new(), blocks: HashMap::new() };
    let mut last = from;
    for &block in &callee.layout {
        last = add_behind(caller, last);
        copies.blocks.insert(block, last);
        for &param in &callee.block(block).params {
            copies.define(caller, callee, param, ValueDef::Param(last));
        }
    }
    for &block in &callee.layout {
        for &inst in &callee.block(block).insts {
            let data = callee.inst(inst);
            let copy = caller.make_inst(
                data.opcode,
                data.immediate.clone(),
                Vec::new(),
                None,
                data.location,
            );
            caller.insts[copy.0].near = data.near.clone();
            caller.insts[copy.0].result = data
                .result
                .map(|result| copies.define(caller, callee, result, ValueDef::Result(copy)));
            caller.block_mut(copies.blocks[&block]).insts.push(copy);
        }
    }
    for &block in &callee.layout {
        let data = callee.block(block);
        let copy = copies.blocks[&block];
        let added = caller.block(copy).insts.clone();
        for (copy, inst) in added.into_iter().zip(&data.insts) {
            caller.insts[copy.0].args = copies.values(&callee.inst(*inst).args);
        }
        let params = callee.block(block).params.iter().map(|param| copies.values[param]).collect();
        let to = caller.block_mut(copy);
        to.params = params;
        to.catch = data.catch.map(|catch| copies.blocks[&catch]).or(catch);
        to.terminator =
            data.terminator.as_ref().map(|terminator| copies.terminator(terminator, behind));
    }
    let args = caller.inst(call).args.clone();
    caller.block_mut(from).terminator =
        Some(Terminator::Jump(Edge { block: copies.blocks[&callee.entry()], args }));
}

/// What a function's values and blocks are in the caller.
struct Copies {
    values: HashMap<Value, Value>,
    blocks: HashMap<Block, Block>,
}

impl Copies {
    fn define(
        &mut self,
        caller: &mut Function,
        callee: &Function,
        value: Value,
        def: ValueDef,
    ) -> Value {
        let copy =
            Value(caller.values.alloc(stapc_ir::ValueData { def, ..callee.value(value).clone() }));
        self.values.insert(value, copy);
        copy
    }

    fn values(&self, values: &[Value]) -> Vec<Value> {
        values.iter().map(|value| self.values[value]).collect()
    }

    fn edge(&self, edge: &Edge) -> Edge {
        Edge { block: self.blocks[&edge.block], args: self.values(&edge.args) }
    }

    fn terminator(&self, terminator: &Terminator, behind: Block) -> Terminator {
        match terminator {
            Terminator::Jump(edge) => Terminator::Jump(self.edge(edge)),
            Terminator::Branch(condition, then, otherwise) => {
                Terminator::Branch(self.values[condition], self.edge(then), self.edge(otherwise))
            }
            Terminator::Return(value) => Terminator::Jump(Edge {
                block: behind,
                args: value.iter().map(|value| self.values[value]).collect(),
            }),
            Terminator::Raise => Terminator::Raise,
        }
    }
}
