//! Puts functions where they are called, if they cost little there: those that do little, more so where
//! what they are given is constant, and those called once.
//!
//! The block of the call is split there. What the function's faults did to the call, they do in its
//! place: its blocks that have no handler get the caller's. Recursive functions are left alone.

use std::collections::HashMap;

use stapc_ir::{
    Block, BlockData, Edge, Effects, FuncId, Function, Immediate, Inst, InstData, Module, Opcode,
    Terminator, Value, ValueDef, cfg::reverse_postorder,
};

use crate::common::{call_groups, each_function};

/// Functions that cost so much are put wherever they are called,
const SMALL: usize = 40;
/// those of so many instructions and blocks where they are called only once,
const LARGE: usize = 400;
/// and no function grows beyond this.
const MOST: usize = 4000;
/// What a use of a parameter that is constant is worth.
const BONUS: usize = 4;

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
    let mut costs: HashMap<FuncId, Cost> = HashMap::new();
    let mut inlined = 0;
    for (group, circle) in call_groups(module) {
        if circle {
            continue;
        }
        for id in group {
            let mut caller = std::mem::take(module.function_mut(id));
            let fits = |caller: &Function, call: &InstData, size: usize| {
                let Immediate::Func(callee) = call.immediate else { return None };
                let cost = costs.get(&callee)?;
                let once = calls.get(&callee) == Some(&1);
                let fits = once || cost.at(caller, &call.args) <= SMALL;
                (fits && cost.length <= LARGE && size + cost.length <= MOST)
                    .then_some((callee, cost.length))
            };
            inlined += inline_calls(module, &mut caller, fits);
            if calls.contains_key(&id) {
                costs.insert(id, Cost::of(&caller));
            }
            *module.function_mut(id) = caller;
        }
    }
    inlined
}

/// What a function costs where it is put.
struct Cost {
    /// Its instructions and blocks. Blocks count too: a function without instructions, put many times
    /// where there is another of its kind, would multiply them without an end.
    length: usize,
    /// These by what they cost.
    weight: usize,
    /// How often each parameter is used.
    uses: Vec<usize>,
}

impl Cost {
    fn of(function: &Function) -> Self {
        let params: HashMap<Value, usize> = function.params().iter().copied().zip(0..).collect();
        let mut uses = vec![0; params.len()];
        let mut count = |value: &Value| {
            if let Some(&position) = params.get(value) {
                uses[position] += 1;
            }
        };
        let mut weight = 0;
        for inst in function.placed_insts() {
            weight += weigh(inst.opcode);
            inst.args.iter().for_each(&mut count);
        }
        Self { length: length(function), weight: weight + function.layout.len(), uses }
    }

    /// What it costs where it is called with these.
    fn at(&self, caller: &Function, args: &[Value]) -> usize {
        let constant = |&value: &Value| {
            let def = caller.def(value).map(|inst| inst.opcode);
            matches!(def, Some(Opcode::Iconst | Opcode::Sconst))
        };
        let used = args.iter().zip(&self.uses).filter(|(arg, _)| constant(arg));
        let bonus: usize = used.map(|(_, uses)| uses * BONUS).sum();
        self.weight.saturating_sub(bonus)
    }
}

/// What an instruction costs: about how much code a backend makes of it.
fn weigh(opcode: Opcode) -> usize {
    let effects = opcode.effects();
    match opcode {
        Opcode::Iconst | Opcode::Bconst | Opcode::Sconst | Opcode::Fuel => 0,
        Opcode::Print | Opcode::Sprint | Opcode::CallFn => 3,
        _ if effects.has(Effects::FAULT) => 2,
        _ => 1,
    }
}

fn length(function: &Function) -> usize {
    function.placed_insts().count() + function.layout.len()
}

/// Puts what fits where it is called; gives how many calls are gone.
fn inline_calls(
    module: &Module,
    caller: &mut Function,
    fits: impl Fn(&Function, &InstData, usize) -> Option<(FuncId, usize)>,
) -> usize {
    let mut size = length(caller);
    let mut inlined = 0;
    // Each block is followed in the new layout by what is made of its calls.
    for block in std::mem::take(&mut caller.layout) {
        caller.layout.push(block);
        let insts = std::mem::take(&mut caller.block_mut(block).insts);
        let mut at = block;
        for inst in insts {
            match fits(caller, caller.inst(inst), size) {
                Some((callee, length)) => {
                    size += length;
                    inlined += 1;
                    at = put(caller, at, inst, module.function(callee));
                }
                None => caller.block_mut(at).insts.push(inst),
            }
        }
    }
    inlined
}

/// Puts a function at the end of a block, in the place of a call; gives the block of what follows it,
/// which ends as the block did, and whose parameter is the call's result.
fn put(caller: &mut Function, from: Block, call: Inst, callee: &Function) -> Block {
    let catch = caller.block(from).catch;
    let terminator = caller.block_mut(from).terminator.take();
    let params = Vec::from_iter(caller.inst(call).result);
    let entry = insert(caller, from, callee);
    let behind = caller.add_block();
    for &param in &params {
        caller.values[param.0].def = ValueDef::Param(behind);
    }
    *caller.block_mut(behind) = BlockData { params, insts: Vec::new(), terminator, catch };
    for block in entry.returns {
        if let Some(Terminator::Return(value)) = caller.block(block).terminator {
            let args = Vec::from_iter(value);
            caller.block_mut(block).terminator =
                Some(Terminator::Jump(Edge { block: behind, args }));
        }
    }
    let args = caller.inst(call).args.clone();
    caller.block_mut(from).terminator = Some(Terminator::Jump(Edge { block: entry.block, args }));
    behind
}

/// What was copied: its first block, and those that return.
struct Inserted {
    block: Block,
    returns: Vec<Block>,
}

/// Copies a function's blocks behind what there is.
fn insert(caller: &mut Function, from: Block, callee: &Function) -> Inserted {
    let catch = caller.block(from).catch;
    let mut copies = Copies { values: HashMap::new(), blocks: HashMap::new() };
    for &block in &callee.layout {
        let copy = caller.add_block();
        copies.blocks.insert(block, copy);
        for &param in &callee.block(block).params {
            copies.define(caller, callee, param, ValueDef::Param(copy));
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
    let mut returns = Vec::new();
    for &block in &callee.layout {
        let data = callee.block(block);
        let copy = copies.blocks[&block];
        for (at, inst) in data.insts.iter().enumerate() {
            let added = caller.block(copy).insts[at];
            caller.insts[added.0].args = copies.values(&callee.inst(*inst).args);
        }
        let to = caller.block_mut(copy);
        to.params = copies.values(&data.params);
        to.catch = data.catch.map(|catch| copies.blocks[&catch]).or(catch);
        to.terminator = data.terminator.as_ref().map(|terminator| copies.terminator(terminator));
        if matches!(to.terminator, Some(Terminator::Return(_))) {
            returns.push(copy);
        }
    }
    Inserted { block: copies.blocks[&callee.entry()], returns }
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

    fn terminator(&self, terminator: &Terminator) -> Terminator {
        match terminator {
            Terminator::Jump(edge) => Terminator::Jump(self.edge(edge)),
            Terminator::Branch(condition, then, otherwise) => {
                Terminator::Branch(self.values[condition], self.edge(then), self.edge(otherwise))
            }
            Terminator::Return(value) => Terminator::Return(value.map(|value| self.values[&value])),
            Terminator::Raise => Terminator::Raise,
        }
    }
}
