//! Handles exist, edges fit, definitions come before uses.

use std::collections::{HashMap, HashSet};

use super::{Entity, Problems, Rule};
use crate::{
    cfg::Dominance,
    entity::{Block, Value},
    function::{Function, Immediate, ValueDef},
    module::Module,
};

pub(super) fn check(module: &Module, function: &Function, problems: &mut Problems) {
    if function.layout.is_empty() {
        problems.add(Rule::Entry, Entity::Function, "a function without blocks");
        return;
    }
    let placed: HashSet<Block> = function.layout.iter().copied().collect();
    if placed.len() != function.layout.len() {
        problems.add(Rule::Handles, Entity::Function, "a block stands twice in the layout");
    }
    let exists = |block: Block| placed.contains(&block) && block.index() < function.blocks.len();
    if !function.layout.iter().all(|&block| exists(block)) {
        problems.add(Rule::Handles, Entity::Function, "a block of the layout does not exist");
        return;
    }
    let stray = |value: &crate::function::ValueData| match value.def {
        ValueDef::Result(inst) => inst.index() >= function.insts.len(),
        ValueDef::Param(block) => block.index() >= function.blocks.len(),
    };
    if function.values.values().any(stray) {
        problems.add(
            Rule::Handles,
            Entity::Function,
            "a value is defined by something that does not exist",
        );
        return;
    }
    for &block in &function.layout {
        check_block(module, function, block, &exists, problems);
    }
    let globals = module.globals.len();
    if function.requires.iter().any(|(global, _)| global.index() >= globals) {
        problems.add(
            Rule::Handles,
            Entity::Function,
            "a required lock is of a global that does not exist",
        );
    }
}

fn check_block(
    module: &Module,
    function: &Function,
    block: Block,
    exists: &impl Fn(Block) -> bool,
    problems: &mut Problems,
) {
    let data = function.block(block);
    let Some(terminator) = &data.terminator else {
        problems.add(Rule::BlockEnd, Entity::End(block), format!("{block} does not end"));
        return;
    };
    for edge in terminator.edges() {
        if !exists(edge.block) {
            problems.add(
                Rule::Handles,
                Entity::End(block),
                format!("{block} goes to {}, which does not exist", edge.block),
            );
        } else if edge.block == function.entry() {
            problems.add(Rule::Entry, Entity::End(block), format!("{block} goes to the entry"));
        }
    }
    if let Some(catch) = data.catch {
        if !exists(catch) {
            problems.add(
                Rule::Handles,
                Entity::Block(block),
                format!("the handler of {block} does not exist"),
            );
        } else if !function.block(catch).params.is_empty() || catch == function.entry() {
            problems.add(
                Rule::FaultHandler,
                Entity::Block(catch),
                format!("{catch} handles faults and has parameters or is the entry"),
            );
        }
    }
    let values = function.values.len();
    let in_range = |value: Value| value.index() < values;
    if !data.params.iter().all(|&value| in_range(value)) || !terminator.uses().all(in_range) {
        problems.add(
            Rule::Handles,
            Entity::Block(block),
            format!("{block} uses a value that does not exist"),
        );
    }
    for &inst in &data.insts {
        if inst.index() >= function.insts.len() {
            problems.add(
                Rule::Handles,
                Entity::Block(block),
                format!("{block} holds an instruction that does not exist"),
            );
            continue;
        }
        let data = function.inst(inst);
        if !data.args.iter().copied().chain(data.result).all(in_range)
            || !immediate_exists(module, &data.immediate)
        {
            let name = data.opcode.name();
            problems.add(
                Rule::Handles,
                Entity::Inst(inst),
                format!("{name} in {block} refers to something that does not exist"),
            );
        }
    }
}

fn immediate_exists(module: &Module, immediate: &Immediate) -> bool {
    let global = |index: usize| index < module.globals.len();
    match immediate {
        Immediate::Global(id) | Immediate::Iterate(id, _) => global(id.index()),
        Immediate::Func(id) => id.index() < module.functions.len(),
        Immediate::Locks(locks) => locks.iter().all(|(id, _)| global(id.index())),
        _ => true,
    }
}

/// Every block can be reached, and stands behind those that define what it uses.
pub(super) fn check_order(function: &Function, problems: &mut Problems) {
    let dominance = Dominance::of(function);
    let mut defined = HashSet::new();
    for &block in &function.layout {
        if !dominance.reaches(block) {
            problems.add(Rule::Reached, Entity::Block(block), format!("nothing leads to {block}"));
        }
        let data = function.block(block);
        defined.extend(&data.params);
        for &inst in &data.insts {
            let data = function.inst(inst);
            if data.args.iter().any(|arg| !defined.contains(arg)) {
                problems.add(
                    Rule::Order,
                    Entity::Inst(inst),
                    format!("{block} stands before what it uses is defined"),
                );
            }
            defined.extend(data.result);
        }
        if data
            .terminator
            .iter()
            .flat_map(|terminator| terminator.uses())
            .any(|value| !defined.contains(&value))
        {
            problems.add(
                Rule::Order,
                Entity::End(block),
                format!("{block} stands before what it uses is defined"),
            );
        }
    }
}

/// Where a value is defined.
#[derive(Clone, Copy)]
struct Definition {
    block: Block,
    /// Position among the instructions; `None`: a parameter.
    at: Option<usize>,
}

pub(super) fn check_dominance(function: &Function, problems: &mut Problems) {
    let Some(definitions) = definitions(function, problems) else { return };
    let dominance = Dominance::of(function);
    for &block in function.layout.iter().filter(|&&block| dominance.reaches(block)) {
        let data = function.block(block);
        let uses =
            data.insts.iter().enumerate().flat_map(|(at, &inst)| {
                function.inst(inst).args.iter().map(move |&value| (at, value))
            });
        let end = data
            .terminator
            .iter()
            .flat_map(|terminator| terminator.uses())
            .map(|value| (data.insts.len(), value));
        for (at, value) in uses.chain(end) {
            let available = definitions.get(&value).is_some_and(|definition| {
                if definition.block == block {
                    definition.at.is_none_or(|defined| defined < at)
                } else if definition.at.is_none() {
                    dominance.dominates(definition.block, block)
                } else {
                    dominance.available_from_end(definition.block, block)
                }
            });
            if !available {
                let entity =
                    data.insts.get(at).map_or(Entity::End(block), |&inst| Entity::Inst(inst));
                problems.add(
                    Rule::Dominance,
                    entity,
                    format!("{block} uses {value} where it may not be defined"),
                );
            }
        }
    }
}

fn definitions(function: &Function, problems: &mut Problems) -> Option<HashMap<Value, Definition>> {
    let mut definitions = HashMap::new();
    for &block in &function.layout {
        let data = function.block(block);
        let params = data.params.iter().map(|&value| (value, None));
        let results = data
            .insts
            .iter()
            .enumerate()
            .filter_map(|(at, &inst)| Some((function.inst(inst).result?, Some(at))));
        for (value, at) in params.chain(results) {
            let says = match function.value(value).def {
                ValueDef::Param(by) => at.is_none() && by == block,
                ValueDef::Result(inst) => at.is_some_and(|at| data.insts[at] == inst),
            };
            if !says || definitions.insert(value, Definition { block, at }).is_some() {
                problems.add(
                    Rule::Handles,
                    Entity::Block(block),
                    format!("{value} is defined twice, or not where it says"),
                );
                return None;
            }
        }
    }
    Some(definitions)
}
