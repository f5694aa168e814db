//! Globals that what runs at once only adds to are kept per CPU, and need no lock.
//!
//! Handlers add to their processor's part. What runs alone (begin, end and error handlers) may do
//! anything with the global, and merges the parts first; so may timers that come seldom, under its lock,
//! which collects the parts. A map that gets elements before the session runs is left as it is, so that
//! its parts have room for the same elements.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use stapc_ir::{
    Attach, Effects, FuncId, Function, GlobalId, GlobalKind, Immediate, Inst, Location, MapValue,
    Module, Opcode, Writes,
};

use crate::{
    common::use_counts,
    sums::{Sum, sums},
};

pub fn run(module: &mut Module) -> usize {
    let choice = Choice::of(module);
    let chosen = choice.chosen(module);
    if chosen.is_empty() {
        return 0;
    }
    for &global in &chosen {
        module.globals[global.0].percpu = true;
    }
    let writes = Writes::of(module);
    for id in module.reached_at(|attach| !attach.is_session()) {
        // To what timers collect they add under its lock, like what they do to it otherwise.
        let only_timers = !choice.hasty.contains(&id);
        let to_parts = |global: &GlobalId| !(only_timers && choice.collected.contains(global));
        let to_parts = chosen.iter().copied().filter(to_parts).collect();
        add_to_parts(module.function_mut(id), &writes, &to_parts);
    }
    for probe in 0..module.probes.len() {
        if module.probes[probe].attach.is_session() {
            merge(module, module.probes[probe].handler, &chosen);
        }
    }
    chosen.len()
}

/// Which globals may be per CPU.
#[derive(Default)]
struct Choice {
    /// The functions that session handlers reach, begin handlers, timers that may collect parts, and
    /// all else that runs at once.
    alone: HashSet<FuncId>,
    before: HashSet<FuncId>,
    timers: HashSet<FuncId>,
    hasty: HashSet<FuncId>,
    /// The globals that functions of the last only add to; those of them that timers add to as well,
    /// in the same functions; and those that only timers add to.
    added: BTreeSet<GlobalId>,
    mixed: BTreeSet<GlobalId>,
    added_by_timers: BTreeSet<GlobalId>,
    /// Those with which timers do anything else.
    collected: BTreeSet<GlobalId>,
    refused: BTreeSet<GlobalId>,
}

impl Choice {
    fn of(module: &Module) -> Self {
        let mut choice = Self {
            alone: module.reached_at(Attach::is_session),
            before: module.reached_at(|attach| matches!(attach, Attach::Begin(_))),
            timers: module.reached_at(Attach::may_collect),
            hasty: module.reached_at(|attach| !attach.is_session() && !attach.may_collect()),
            ..Self::default()
        };
        let writes = Writes::of(module);
        for id in module.function_ids() {
            choice.look_at(module, id, &writes);
        }
        choice
    }

    /// A timer that collects must not add to a part of what is collected: in functions that others
    /// run as well it would. What only timers add to and collect is no better for having parts.
    fn chosen(&self, module: &Module) -> BTreeSet<GlobalId> {
        let by_timers = self.added_by_timers.difference(&self.collected);
        let fits = |global: &GlobalId| {
            let mixed = self.mixed.contains(global) && self.collected.contains(global);
            !mixed && !self.refused.contains(global) && can_be_per_cpu(&module.global(*global).kind)
        };
        self.added.iter().chain(by_timers).copied().filter(fits).collect()
    }

    /// What speaks for globals in a function, and what against.
    fn look_at(&mut self, module: &Module, id: FuncId, writes: &Writes) {
        let function = module.function(id);
        if self.before.contains(&id) {
            let is_map = |global: &GlobalId| !module.global(*global).kind.keys().is_empty();
            self.refused.extend(written(function).into_iter().filter(is_map));
        }
        let (hasty, timer) = (self.hasty.contains(&id), self.timers.contains(&id));
        if !hasty && !timer {
            return;
        }
        let alone = self.alone.contains(&id);
        let adds: HashMap<Inst, GlobalId> = adds(function, writes)
            .iter()
            .flat_map(|add| add.insts.iter().map(|&inst| (inst, add.global)))
            .collect();
        for (inst, global) in accesses(function) {
            let only_adds = !alone && adds.get(&inst) == Some(&global);
            let globals = match (hasty, only_adds) {
                (true, true) => &mut self.added,
                (true, false) => &mut self.refused,
                (false, true) => &mut self.added_by_timers,
                (false, false) => &mut self.collected,
            };
            globals.insert(global);
            if timer && hasty && only_adds {
                self.mixed.insert(global);
            }
        }
    }
}

fn can_be_per_cpu(kind: &GlobalKind) -> bool {
    match kind {
        GlobalKind::I64(_) | GlobalKind::Stat(_) => true,
        GlobalKind::Str(_) => false,
        GlobalKind::Map { value, wrap, .. } => !wrap && *value != MapValue::Str,
    }
}

fn written(function: &Function) -> Vec<GlobalId> {
    let written = function.placed_insts().filter(|inst| inst.opcode.effects().has(Effects::WRITE));
    written
        .filter_map(|inst| match inst.immediate {
            Immediate::Global(global) => Some(global),
            _ => None,
        })
        .collect()
}

/// The instructions that name a global.
fn accesses(function: &Function) -> Vec<(Inst, GlobalId)> {
    let insts = function.layout.iter().flat_map(|&block| &function.block(block).insts);
    insts
        .filter_map(|&inst| match function.inst(inst).immediate {
            Immediate::Global(global) | Immediate::Iterate(global, _) => Some((inst, global)),
            _ => None,
        })
        .collect()
}

/// An addition to a global whose value before nothing else uses.
struct Add {
    global: GlobalId,
    /// All that it is made of; the last is replaced, and what only the others need goes with them.
    insts: Vec<Inst>,
    /// A sum that is stored.
    sum: Option<Sum>,
}

fn adds(function: &Function, writes: &Writes) -> Vec<Add> {
    let uses = use_counts(function);
    let mut adds = Vec::new();
    for &block in &function.layout {
        for sum in sums(function, block, writes, &uses) {
            adds.push(Add { global: sum.global, insts: vec![sum.read, sum.set], sum: Some(sum) });
        }
        for &inst in &function.block(block).insts {
            let data = function.inst(inst);
            let unused = data.result.is_none_or(|result| !uses.contains_key(&result));
            if let (Opcode::AggAdd | Opcode::Madd, Immediate::Global(global), true) =
                (data.opcode, &data.immediate, unused)
            {
                adds.push(Add { global: *global, insts: vec![inst], sum: None });
            }
        }
    }
    adds
}

fn add_to_parts(function: &mut Function, writes: &Writes, chosen: &BTreeSet<GlobalId>) {
    let mut sums: BTreeMap<Inst, Sum> = BTreeMap::new();
    let mut gone = HashSet::new();
    let mut opcodes = HashMap::new();
    for add in adds(function, writes) {
        if !chosen.contains(&add.global) {
            continue;
        }
        let Some(&last) = add.insts.last() else { continue };
        match add.sum {
            Some(sum) => {
                gone.insert(sum.read);
                sums.insert(last, sum);
            }
            None => {
                let is_sample = function.inst(last).opcode == Opcode::AggAdd;
                opcodes.insert(last, if is_sample { Opcode::PartAgg } else { Opcode::PartMadd });
            }
        }
    }
    for (inst, opcode) in opcodes {
        let data = &mut function.insts[inst.0];
        data.opcode = opcode;
        data.result = None;
    }
    for block in function.layout.clone() {
        let insts = std::mem::take(&mut function.block_mut(block).insts);
        let mut kept = Vec::with_capacity(insts.len());
        for inst in insts {
            match sums.remove(&inst) {
                Some(sum) => {
                    let opcode =
                        if sum.keys.is_empty() { Opcode::PartAdd } else { Opcode::PartMadd };
                    kept.extend(sum.add(function, opcode, None));
                }
                // What was read is used by the sum alone, which nothing uses any more.
                None if gone.contains(&inst) => {}
                None => kept.push(inst),
            }
        }
        function.block_mut(block).insts = kept;
    }
    remove_orphans(function);
}

/// Removes what depends on values that are no longer defined: parts of sums that nothing uses.
fn remove_orphans(function: &mut Function) {
    let mut defined = HashSet::new();
    for &block in &function.layout {
        let data = function.block(block);
        defined.extend(data.params.iter().copied());
        defined.extend(data.insts.iter().filter_map(|&inst| function.inst(inst).result));
    }
    // A sum's parts stand in order behind what was read, each used by the next.
    for block in function.layout.clone() {
        let mut insts = std::mem::take(&mut function.block_mut(block).insts);
        insts.retain(|&inst| {
            let data = function.inst(inst);
            let whole = data.args.iter().all(|arg| defined.contains(arg));
            if let (false, Some(result)) = (whole, data.result) {
                defined.remove(&result);
            }
            whole
        });
        function.block_mut(block).insts = insts;
    }
}

/// Merges at a handler's start what it, or a function that it calls, uses.
fn merge(module: &mut Module, handler: FuncId, chosen: &BTreeSet<GlobalId>) {
    let used: BTreeSet<GlobalId> = module
        .reached([handler])
        .into_iter()
        .flat_map(|id| accesses(module.function(id)))
        .map(|(_, global)| global)
        .filter(|global| chosen.contains(global))
        .collect();
    let function = module.function_mut(handler);
    let entry = function.entry();
    // Two probes may share a handler.
    let merges = |function: &Function, global| {
        let mut insts = function.block(entry).insts.iter().map(|&inst| function.inst(inst));
        insts
            .any(|inst| inst.opcode == Opcode::Merge && inst.immediate == Immediate::Global(global))
    };
    let mut made = Vec::new();
    for global in used {
        if !merges(function, global) {
            let immediate = Immediate::Global(global);
            let location = Location::default();
            made.push(function.make_inst(Opcode::Merge, immediate, Vec::new(), None, location));
        }
    }
    function.block_mut(entry).insts.splice(0..0, made);
}
