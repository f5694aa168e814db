//! Strings that are not used at once get the same slot.
//!
//! A slot is in use where a string is live that may lie in it. A slot that is written while another is
//! in use is kept apart from it; the rest is coloured in the order of the slots' numbers.

use std::collections::{BTreeSet, HashMap, HashSet};

use stapc_ir::{Block, Effects, Function, Inst, Module, Terminator, Type, Value, ValueDef};

use crate::common::each_function;

/// Functions with more slots than this keep them: every two of them might have to be compared.
const MOST_SLOTS: u32 = 1000;

pub fn run(module: &mut Module) -> usize {
    each_function(module, |function| {
        if !(2..=MOST_SLOTS).contains(&function.slots) {
            return 0;
        }
        let before = function.slots;
        let colours = colours(&conflicts(function));
        for inst in function
            .layout
            .iter()
            .flat_map(|&block| function.block(block).insts.clone())
            .collect::<Vec<Inst>>()
        {
            let slot = &mut function.insts[inst.0].slot;
            *slot = slot.and_then(|slot| colours.get(slot as usize).copied());
        }
        function.slots = colours.iter().max().map_or(0, |most| most + 1);
        (before - function.slots) as usize
    })
}

/// A colour for each slot that none of those has that it conflicts with.
fn colours(conflicts: &[HashSet<u32>]) -> Vec<u32> {
    let mut colours: Vec<u32> = Vec::new();
    for others in conflicts {
        let taken: HashSet<u32> =
            others.iter().filter_map(|&other| colours.get(other as usize).copied()).collect();
        // One of so many is free.
        let free = (0..=taken.len() as u32).find(|colour| !taken.contains(colour));
        colours.push(free.unwrap_or(taken.len() as u32));
    }
    colours
}

/// The slots that are in use where each is written.
fn conflicts(function: &Function) -> Vec<HashSet<u32>> {
    let strings = Strings { function, slots: slots_of(function) };
    let live = strings.live_at_starts();
    let mut conflicts: Vec<HashSet<u32>> = vec![HashSet::new(); function.slots as usize];
    for &block in &function.layout {
        let mut now = strings.live_at_end(&live, block);
        for &inst in function.block(block).insts.iter().rev() {
            let data = function.inst(inst);
            if let Some(result) = data.result {
                now.remove(&result);
            }
            let faults = strings.live_at_fault(&live, block, inst);
            if let Some(slot) = data.slot {
                for value in now.iter().chain(&faults).chain(&data.args) {
                    for &other in strings.slots.get(value).into_iter().flatten() {
                        if other != slot {
                            conflicts[slot as usize].insert(other);
                            conflicts[other as usize].insert(slot);
                        }
                    }
                }
            }
            now.extend(faults);
            now.extend(data.args.iter().copied().filter(|arg| strings.slots.contains_key(arg)));
        }
    }
    conflicts
}

/// The slots that each string may lie in.
fn slots_of(function: &Function) -> HashMap<Value, BTreeSet<u32>> {
    let mut slots: HashMap<Value, BTreeSet<u32>> = HashMap::new();
    let mut given: HashMap<Value, Vec<Value>> = HashMap::new();
    for &block in &function.layout {
        let data = function.block(block);
        for inst in data.insts.iter().map(|&inst| function.inst(inst)) {
            if let (Some(result), Some(slot)) = (inst.result, inst.slot) {
                slots.entry(result).or_default().insert(slot);
            }
        }
        for edge in data.terminator.iter().flat_map(Terminator::edges) {
            for (&param, &arg) in function.block(edge.block).params.iter().zip(&edge.args) {
                if function.ty(param) == Type::Str {
                    given.entry(arg).or_default().push(param);
                }
            }
        }
    }
    let mut work: Vec<Value> = slots.keys().copied().collect();
    while let Some(value) = work.pop() {
        for &param in given.get(&value).into_iter().flatten() {
            let from = slots.get(&value).cloned().unwrap_or_default();
            let to = slots.entry(param).or_default();
            let before = to.len();
            to.extend(from);
            if to.len() > before {
                work.push(param);
            }
        }
    }
    slots
}

/// The strings that lie in slots, and where they are live.
struct Strings<'f> {
    function: &'f Function,
    slots: HashMap<Value, BTreeSet<u32>>,
}

type Live = HashMap<Block, HashSet<Value>>;

impl Strings<'_> {
    fn live_at_starts(&self) -> Live {
        let mut before: HashMap<Block, Vec<Block>> = HashMap::new();
        for &block in &self.function.layout {
            for next in self.function.successors(block) {
                before.entry(next).or_default().push(block);
            }
        }
        let mut live = Live::new();
        let mut work = self.function.layout.clone();
        while let Some(block) = work.pop() {
            let mut now = self.live_at_end(&live, block);
            for &inst in self.function.block(block).insts.iter().rev() {
                let data = self.function.inst(inst);
                if let Some(result) = data.result {
                    now.remove(&result);
                }
                now.extend(self.live_at_fault(&live, block, inst));
                now.extend(data.args.iter().copied().filter(|arg| self.slots.contains_key(arg)));
            }
            now.retain(|&value| self.function.value(value).def != ValueDef::Param(block));
            if live.get(&block).map_or(0, HashSet::len) != now.len() {
                live.insert(block, now);
                work.extend(before.get(&block).into_iter().flatten());
            }
        }
        live
    }

    fn live_at_end(&self, live: &Live, block: Block) -> HashSet<Value> {
        let data = self.function.block(block);
        let Some(terminator) = &data.terminator else { return HashSet::new() };
        let mut now: HashSet<Value> =
            terminator.uses().filter(|value| self.slots.contains_key(value)).collect();
        let raised = data.catch.filter(|_| *terminator == Terminator::Raise);
        for next in terminator.edges().map(|edge| edge.block).chain(raised) {
            now.extend(live.get(&next).into_iter().flatten());
        }
        now
    }

    /// What is live where an instruction's fault goes.
    fn live_at_fault(&self, live: &Live, block: Block, inst: Inst) -> Vec<Value> {
        let faults = self.function.inst(inst).opcode.effects().has(Effects::FAULT);
        let catch = self.function.block(block).catch.filter(|_| faults);
        catch.and_then(|catch| live.get(&catch)).into_iter().flatten().copied().collect()
    }
}
