//! Where strings lie, and whether anything overwrites one that is still used.
//!
//! A string value refers to the storage of the instructions that made it: a slot of the function's
//! frame, or, where the instruction has none, the global or the element that it read. Block
//! parameters refer to whatever their edges give. Constants and the function's own parameters are
//! never overwritten while it runs.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{
    effects::Writes,
    entity::{Block, Inst, Value},
    function::{Function, Immediate, InstData, ValueDef},
    opcode::{Effects, Opcode},
    types::Type,
};

/// A string that is used though something may have overwritten it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overwritten {
    /// The string.
    pub value: Value,
    /// What made it, or may have.
    pub made_by: Inst,
    /// What overwrites its storage.
    pub by: Inst,
}

/// Every string of a function that is overwritten before its last use.
pub fn overwritten(function: &Function, writes: &Writes) -> Vec<Overwritten> {
    let origins = origins(function);
    let live = live_at_starts(function);
    let mut found = Vec::new();
    for &block in &function.layout {
        let mut walk =
            Walk { function, live_at_starts: &live, live: live_at_end(function, &live, block) };
        for &inst in function.block(block).insts.iter().rev() {
            let data = function.inst(inst);
            let (after, at_fault) = walk.step(block, inst);
            let mut check = |value: Value| {
                let made_by = origins.get(&value).into_iter().flatten();
                let lost = made_by.filter(|&&origin| overwrites(function, writes, data, origin));
                found.extend(lost.map(|&made_by| Overwritten { value, made_by, by: inst }));
            };
            let changes = data.slot.is_some()
                || matches!(data.immediate, Immediate::Func(_) | Immediate::Locks(_))
                || data.opcode.effects().has(Effects::WRITE);
            if !changes {
                continue;
            }
            after.iter().chain(&at_fault).copied().for_each(&mut check);
            // These two read all of their operand before, or exactly where, they write.
            if !matches!(data.opcode, Opcode::Scopy | Opcode::Gstore) {
                data.args.iter().copied().for_each(&mut check);
            }
        }
    }
    found
}

/// Whether an instruction overwrites what another made.
fn overwrites(function: &Function, writes: &Writes, inst: &InstData, origin: Inst) -> bool {
    let made = function.inst(origin);
    match (made.slot, &made.immediate) {
        (Some(slot), _) => inst.slot == Some(slot),
        (None, Immediate::Global(global)) => writes.may_write(inst, *global),
        (None, _) => match made.args.first().and_then(|&read| function.map_of(read)) {
            Some(map) => writes.may_write(inst, map),
            None => false,
        },
    }
}

/// The instructions whose storage each string may refer to.
fn origins(function: &Function) -> HashMap<Value, BTreeSet<Inst>> {
    let mut origins: HashMap<Value, BTreeSet<Inst>> = HashMap::new();
    for &inst in function.layout.iter().flat_map(|&block| &function.block(block).insts) {
        let data = function.inst(inst);
        if let Some(result) = data.result.filter(|&result| function.ty(result) == Type::Str)
            && data.opcode.effects().has(Effects::SLOT)
        {
            origins.insert(result, BTreeSet::from([inst]));
        }
    }
    let mut given: HashMap<Value, Vec<Value>> = HashMap::new();
    for edge in function
        .layout
        .iter()
        .flat_map(|&block| function.block(block).terminator.iter())
        .flat_map(|terminator| terminator.edges())
    {
        for (&param, &arg) in function
            .block(edge.block)
            .params
            .iter()
            .zip(&edge.args)
            .filter(|(param, _)| function.ty(**param) == Type::Str)
        {
            given.entry(arg).or_default().push(param);
        }
    }
    let mut work: Vec<Value> = origins.keys().copied().collect();
    while let Some(value) = work.pop() {
        for &param in given.get(&value).into_iter().flatten() {
            let new: Vec<Inst> = match (origins.get(&value), origins.get(&param)) {
                (Some(from), Some(to)) => from.difference(to).copied().collect(),
                (Some(from), None) => from.iter().copied().collect(),
                (None, _) => Vec::new(),
            };
            if !new.is_empty() {
                origins.entry(param).or_default().extend(new);
                work.push(param);
            }
        }
    }
    origins
}

/// A walk from a block's end to its start: which strings are used further on.
struct Walk<'a> {
    function: &'a Function,
    live_at_starts: &'a HashMap<Block, HashSet<Value>>,
    live: HashSet<Value>,
}

impl Walk<'_> {
    /// Goes before an instruction; gives what is live behind it, its result excepted, and what is
    /// live where its fault goes.
    fn step(&mut self, block: Block, inst: Inst) -> (Vec<Value>, Vec<Value>) {
        let data = self.function.inst(inst);
        if let Some(result) = data.result {
            self.live.remove(&result);
        }
        let after = if data.slot.is_some() || data.opcode.effects() != Effects::PURE {
            self.live.iter().copied().collect()
        } else {
            Vec::new()
        };
        let mut at_fault = Vec::new();
        if data.opcode.effects().has(Effects::FAULT)
            && let Some(catch) = self.function.block(block).catch
        {
            at_fault.extend(self.live_at_starts.get(&catch).into_iter().flatten().copied());
            self.live.extend(at_fault.iter().copied());
        }
        self.live
            .extend(data.args.iter().copied().filter(|&arg| self.function.ty(arg) == Type::Str));
        (after, at_fault)
    }
}

fn live_at_end(
    function: &Function,
    live: &HashMap<Block, HashSet<Value>>,
    block: Block,
) -> HashSet<Value> {
    let data = function.block(block);
    let Some(terminator) = &data.terminator else { return HashSet::new() };
    let mut values: HashSet<Value> =
        terminator.uses().filter(|&value| function.ty(value) == Type::Str).collect();
    let onward = terminator
        .edges()
        .map(|edge| edge.block)
        .chain(data.catch.filter(|_| *terminator == crate::terminator::Terminator::Raise));
    for next in onward {
        values.extend(live.get(&next).into_iter().flatten());
    }
    values
}

/// The strings that are live where each block starts, its parameters excepted.
fn live_at_starts(function: &Function) -> HashMap<Block, HashSet<Value>> {
    let mut live: HashMap<Block, HashSet<Value>> = HashMap::new();
    let mut before: HashMap<Block, Vec<Block>> = HashMap::new();
    for &block in &function.layout {
        for next in function.successors(block) {
            before.entry(next).or_default().push(block);
        }
    }
    let mut work = function.layout.clone();
    while let Some(block) = work.pop() {
        let mut walk =
            Walk { function, live_at_starts: &live, live: live_at_end(function, &live, block) };
        for &inst in function.block(block).insts.iter().rev() {
            walk.step(block, inst);
        }
        let mut at_start = walk.live;
        at_start.retain(|&value| function.value(value).def != ValueDef::Param(block));
        if live.get(&block).map_or(0, HashSet::len) != at_start.len() {
            live.insert(block, at_start);
            work.extend(before.get(&block).into_iter().flatten());
        }
    }
    live
}
