//! Where strings lie, and whether anything overwrites one that is still used.
//!
//! A string value refers to the storage of the instructions that made it: a slot of the function's
//! frame, or, where the instruction has none, the global or the element that it read. Block
//! parameters refer to whatever their edges give. Constants and the function's own parameters are
//! never overwritten while it runs.

use std::collections::{HashMap, HashSet};

use crate::{
    cfg::blocks_in_loops,
    effects::Effects,
    effects::Writes,
    entity::{Block, GlobalId, Inst, Value},
    function::{Function, Immediate, InstData, ValueDef},
    opcode::Opcode,
    types::Type,
};

/// A string that is used though something may have overwritten it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overwritten {
    /// The string.
    pub value: Value,
    /// What made it, or may have.
    pub made_by: Inst,
    /// The first that is found to overwrite its storage.
    pub by: Inst,
}

/// Every string of a function that is overwritten before its last use.
pub fn overwritten(function: &Function, writes: &Writes) -> Vec<Overwritten> {
    let storages = storages(function);
    if storages.is_empty() {
        return Vec::new();
    }
    let flow = Flow::of(function);
    let live = live_at_starts(function);
    let mut lost = Vec::new();
    // So many at once, so that room grows with the function alone.
    for some in storages.chunks(TOGETHER) {
        let lies_in = flow.storages_of(some);
        let mut seen = HashSet::new();
        for &block in &function.layout {
            let mut walk =
                Walk { function, live_at_starts: &live, live: live_at_end(function, &live, block) };
            for &inst in function.block(block).insts.iter().rev() {
                let data = function.inst(inst);
                walk.go_behind(block, inst);
                if changes(data) {
                    // These two read all of their operand before, or exactly where, they write.
                    let reads_first = matches!(data.opcode, Opcode::Scopy | Opcode::Gstore);
                    let operands = data.args.iter().filter(|_| !reads_first);
                    for &value in walk.live.iter().chain(operands) {
                        let Some(places) = lies_in.get(&value) else { continue };
                        for at in places.iter() {
                            let (storage, _) = &some[at];
                            if storage.overwritten_by(data, writes) && seen.insert((value, at)) {
                                lost.push((value, *storage, inst));
                            }
                        }
                    }
                }
                walk.use_operands(inst);
            }
        }
    }
    let makers = lost.into_iter().flat_map(|(value, storage, by)| {
        let made_by = flow.makers(function, value, storage);
        made_by.into_iter().map(move |made_by| Overwritten { value, made_by, by })
    });
    makers.collect()
}

/// Whether an instruction may write to where a string lies.
fn changes(inst: &InstData) -> bool {
    inst.slot.is_some()
        || matches!(inst.immediate, Immediate::Func(_) | Immediate::Locks(_))
        || inst.opcode.effects().has(Effects::WRITE)
}

/// How many storages are looked at together.
const TOGETHER: usize = 1024;

/// Some of the storages that are looked at together.
#[derive(Clone, Copy, Default)]
struct Places([u64; TOGETHER / 64]);

impl Places {
    fn add(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let words = self.0.iter().enumerate().filter(|(_, word)| **word != 0);
        words.flat_map(|(at, word)| {
            (0..64).filter(move |bit| word & 1 << bit != 0).map(move |bit| at * 64 + bit)
        })
    }

    /// Takes others in; whether any of them is new.
    fn join(&mut self, others: &Self) -> bool {
        let before = self.0;
        self.0.iter_mut().zip(&others.0).for_each(|(to, from)| *to |= from);
        self.0 != before
    }
}

/// Where a string lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Storage {
    /// A slot of the frame.
    Slot(u32),
    /// A global or an element of it.
    Global(GlobalId),
}

impl Storage {
    /// Of what an instruction makes.
    fn of(function: &Function, inst: &InstData) -> Option<Self> {
        let result = inst.result.filter(|&result| function.ty(result) == Type::Str);
        if result.is_none() || !inst.opcode.effects().has(Effects::SLOT) {
            return None;
        }
        match (inst.slot, &inst.immediate) {
            (Some(slot), _) => Some(Self::Slot(slot)),
            (None, Immediate::Global(global)) => Some(Self::Global(*global)),
            (None, _) => function.map_of(*inst.args.first()?).map(Self::Global),
        }
    }

    fn overwritten_by(self, inst: &InstData, writes: &Writes) -> bool {
        match self {
            Self::Slot(slot) => inst.slot == Some(slot),
            Self::Global(global) => writes.may_write(inst, global),
        }
    }
}

/// The storages that may be written while a string lies in them, with the strings that are put there:
/// a slot that only one instruction writes, and only once, is none.
fn storages(function: &Function) -> Vec<(Storage, Vec<Value>)> {
    let mut makers: HashMap<Storage, Vec<(Block, Value)>> = HashMap::new();
    for &block in &function.layout {
        for &inst in &function.block(block).insts {
            let data = function.inst(inst);
            if let (Some(storage), Some(value)) = (Storage::of(function, data), data.result) {
                makers.entry(storage).or_default().push((block, value));
            }
        }
    }
    let loops = blocks_in_loops(function);
    let mut storages: Vec<(Storage, Vec<Value>)> = makers
        .into_iter()
        .filter(|(storage, makers)| match (storage, makers.as_slice()) {
            (Storage::Slot(_), [(block, _)]) => loops.contains(block),
            _ => true,
        })
        .map(|(storage, makers)| (storage, makers.into_iter().map(|(_, value)| value).collect()))
        .collect();
    storages.sort_by_key(|(_, values)| values.first().copied());
    storages
}

/// The parameters that strings are given to by edges, and the other way round.
struct Flow {
    to: HashMap<Value, Vec<Value>>,
    from: HashMap<Value, Vec<Value>>,
}

impl Flow {
    fn of(function: &Function) -> Self {
        let (mut to, mut from) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        let ends = function.layout.iter().flat_map(|&block| &function.block(block).terminator);
        for edge in ends.flat_map(|terminator| terminator.edges()) {
            let params = &function.block(edge.block).params;
            for (&param, &arg) in params.iter().zip(&edge.args) {
                if function.ty(param) == Type::Str {
                    to.entry(arg).or_default().push(param);
                    from.entry(param).or_default().push(arg);
                }
            }
        }
        Self { to, from }
    }

    /// Which of some storages each string may lie in.
    fn storages_of(&self, some: &[(Storage, Vec<Value>)]) -> HashMap<Value, Places> {
        let mut places: HashMap<Value, Places> = HashMap::new();
        let mut work = Vec::new();
        for (at, (_, values)) in some.iter().enumerate() {
            for &value in values {
                places.entry(value).or_default().add(at);
                work.push(value);
            }
        }
        while let Some(value) = work.pop() {
            let from = places.get(&value).copied().unwrap_or_default();
            for &param in self.to.get(&value).into_iter().flatten() {
                if places.entry(param).or_default().join(&from) {
                    work.push(param);
                }
            }
        }
        places
    }

    /// The instructions that made what a string may be in this storage.
    fn makers(&self, function: &Function, value: Value, storage: Storage) -> Vec<Inst> {
        let (mut seen, mut work) = (HashSet::from([value]), vec![value]);
        let mut makers = Vec::new();
        while let Some(value) = work.pop() {
            if let ValueDef::Result(inst) = function.value(value).def
                && Storage::of(function, function.inst(inst)) == Some(storage)
            {
                makers.push(inst);
            }
            let from = self.from.get(&value).into_iter().flatten();
            work.extend(from.filter(|&&from| seen.insert(from)));
        }
        makers
    }
}

/// A walk from a block's end to its start: which strings are used further on.
struct Walk<'a> {
    function: &'a Function,
    live_at_starts: &'a HashMap<Block, HashSet<Value>>,
    live: HashSet<Value>,
}

impl Walk<'_> {
    /// Goes before an instruction, its operands excepted: what is live behind it and, if it may fault,
    /// where its fault goes.
    fn go_behind(&mut self, block: Block, inst: Inst) {
        let data = self.function.inst(inst);
        if let Some(result) = data.result {
            self.live.remove(&result);
        }
        if data.opcode.effects().has(Effects::FAULT)
            && let Some(catch) = self.function.block(block).catch
        {
            self.live.extend(self.live_at_starts.get(&catch).into_iter().flatten());
        }
    }

    /// Its operands are used by it.
    fn use_operands(&mut self, inst: Inst) {
        let args = self.function.inst(inst).args.iter().copied();
        self.live.extend(args.filter(|&arg| self.function.ty(arg) == Type::Str));
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
            walk.go_behind(block, inst);
            walk.use_operands(inst);
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
