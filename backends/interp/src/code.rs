//! A module made ready to be executed: each instruction knows what executes it.

use std::collections::HashMap;

use stapc_ir::{
    Block, Function, InstData, Module, Opcode, Terminator, Value, Writes, running_iterations,
};

use crate::{error::Done, machine::Machine, ops};

/// Executes an instruction.
pub type Op = for<'m> fn(&mut Machine<'m>, &'m Inst<'m>) -> Done;

/// A module's functions.
pub struct Code<'m> {
    pub bodies: Vec<Body<'m>>,
}

/// A function.
pub struct Body<'m> {
    pub function: &'m Function,
    /// By number; those that are not in the layout are empty.
    pub blocks: Vec<BlockCode<'m>>,
}

/// A block.
pub struct BlockCode<'m> {
    pub insts: Vec<Inst<'m>>,
    pub end: Option<&'m Terminator>,
    pub catch: Option<Block>,
    pub params: &'m [Value],
    /// Where a fault is ended: the innermost iteration that runs on there, if any does.
    pub running: Option<Option<Value>>,
}

/// An instruction.
pub struct Inst<'m> {
    pub op: Op,
    pub data: &'m InstData,
    /// Whether execution goes on in another function.
    pub is_call: bool,
}

impl<'m> Code<'m> {
    /// Of a module.
    pub fn of(module: &'m Module) -> Self {
        let writes = Writes::of(module);
        let bodies = module.functions.values().map(|function| Body::of(function, &writes));
        Self { bodies: bodies.collect() }
    }
}

impl<'m> Body<'m> {
    fn of(function: &'m Function, writes: &Writes) -> Self {
        let running = running(function, writes);
        let mut blocks: Vec<BlockCode<'m>> = Vec::new();
        blocks.resize_with(function.blocks.len(), BlockCode::empty);
        for &block in &function.layout {
            let data = function.block(block);
            let insts = data.insts.iter().map(|&inst| Inst::of(function.inst(inst)));
            blocks[block.index()] = BlockCode {
                insts: insts.collect(),
                end: data.terminator.as_ref(),
                catch: data.catch,
                params: &data.params,
                running: running.get(&block).copied(),
            };
        }
        Self { function, blocks }
    }
}

impl BlockCode<'_> {
    fn empty() -> Self {
        Self { insts: Vec::new(), end: None, catch: None, params: &[], running: None }
    }
}

impl<'m> Inst<'m> {
    fn of(data: &'m InstData) -> Self {
        Self { op: ops::of(data.opcode), data, is_call: data.opcode == Opcode::CallFn }
    }
}

/// The blocks that end faults, each with the innermost iteration that runs on.
fn running(function: &Function, writes: &Writes) -> HashMap<Block, Option<Value>> {
    let has = |block: Block, opcode| {
        let mut insts = function.block(block).insts.iter();
        insts.any(|&inst| function.inst(inst).opcode == opcode)
    };
    let ends: Vec<Block> =
        function.layout.iter().copied().filter(|&block| has(block, Opcode::FaultEnd)).collect();
    if ends.is_empty() {
        return HashMap::new();
    }
    let running = running_iterations(function, writes);
    let innermost = |block: Block| running.get(&block).and_then(|running| running.last().copied());
    ends.into_iter().map(|block| (block, innermost(block))).collect()
}
