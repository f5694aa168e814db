//! What handlers of calls keep for those of returns.

use std::collections::{HashMap, HashSet};

use super::{Entity, Problems, Rule, VerifyError};
use crate::{
    entity::{Block, FuncId},
    function::{Function, Immediate},
    module::{Attach, Module},
    opcode::Opcode,
    terminator::Terminator,
    types::Type,
};

/// The largest position.
const LAST: u32 = 63;

/// The types at the positions that have any.
type Types = HashMap<u32, Type>;

pub(super) fn check(module: &Module, errors: &mut Vec<VerifyError>) {
    let mut keeps: HashMap<FuncId, Types> = HashMap::new();
    for (number, probe) in module.probes.iter().enumerate() {
        let Attach::Call(code) = &probe.attach else { continue };
        let follows = module.probes.get(number + 1).map(|next| &next.attach);
        if !matches!(follows, Some(Attach::Return(other, _)) if other == code) {
            let message =
                format!("behind probe {number} there is no return of `{}`", code.function);
            errors.push(VerifyError::of_module(Rule::Call, message));
        }
        keeps.insert(probe.handler, Types::new());
    }
    // A function that nothing runs has no call: equal handlers become one, and leave the others.
    let callees = module.functions.values().flat_map(Function::callees);
    let handlers = module.probes.iter().map(|probe| probe.handler);
    let run: HashSet<FuncId> = callees.chain(handlers).collect();
    for id in module.function_ids().filter(|id| run.contains(id)) {
        let types = keeps.get_mut(&id);
        check_keeping(module, id, types, errors);
    }
    // A return whose call's handler never comes to its end is not handled: it may read anything.
    keeps.retain(|&id, _| returns(module.function(id)));
    check_reading(module, &keeps, &run, errors);
}

/// Whether some path leads to a return.
fn returns(function: &Function) -> bool {
    let mut reached = HashSet::from([function.entry()]);
    let mut work = vec![function.entry()];
    while let Some(block) = work.pop() {
        if matches!(function.block(block).terminator, Some(Terminator::Return(_))) {
            return true;
        }
        work.extend(function.successors(block).into_iter().filter(|&next| reached.insert(next)));
    }
    false
}

/// Notes what a function keeps; `types` is there for handlers of calls.
fn check_keeping(
    module: &Module,
    id: FuncId,
    mut types: Option<&mut Types>,
    errors: &mut Vec<VerifyError>,
) {
    let function = module.function(id);
    let mut problems = Problems::default();
    for &inst in function.layout.iter().flat_map(|&block| &function.block(block).insts) {
        let data = function.inst(inst);
        let ty = match data.opcode {
            Opcode::Keep => Type::I64,
            Opcode::KeepStr => Type::Str,
            _ => continue,
        };
        let Immediate::Index(position) = data.immediate else { continue };
        let message = match &mut types {
            None => "keeps something, and handles no call".to_owned(),
            Some(_) if position > LAST => format!("keeps something at {position}"),
            Some(types) => match types.insert(position, ty) {
                Some(before) if before != ty => format!("keeps two types at {position}"),
                _ => continue,
            },
        };
        problems.add(Rule::Kept, Entity::Inst(inst), message);
    }
    if let Some(types) = types {
        check_paths(function, types, &mut problems);
    }
    problems.tell(module, function, errors);
}

/// What any path keeps, every path to a return must: the handler of the return reads it.
fn check_paths(function: &Function, types: &Types, problems: &mut Problems) {
    let all = types.keys().filter(|&&position| position <= LAST);
    let all = all.fold(0u64, |all, position| all | 1 << position);
    let mut before: HashMap<Block, u64> = HashMap::from([(function.entry(), 0)]);
    let mut work = vec![function.entry()];
    while let Some(block) = work.pop() {
        let data = function.block(block);
        let at_begin = before.get(&block).copied().unwrap_or(0);
        let at_end = data.insts.iter().fold(at_begin, |kept, &inst| {
            let inst = function.inst(inst);
            match (inst.opcode, &inst.immediate) {
                (Opcode::Keep | Opcode::KeepStr, Immediate::Index(position))
                    if *position <= LAST =>
                {
                    kept | 1 << position
                }
                _ => kept,
            }
        });
        let after = data.terminator.iter().flat_map(Terminator::edges).map(|edge| edge.block);
        let after = after.map(|block| (block, at_end));
        for (next, kept) in after.chain(data.catch.map(|catch| (catch, at_begin))) {
            let known = before.get(&next).copied();
            let both = known.unwrap_or(all) & kept;
            if known != Some(both) {
                before.insert(next, both);
                work.push(next);
            }
        }
        if matches!(data.terminator, Some(Terminator::Return(_))) && at_end != all {
            let position = (all & !at_end).trailing_zeros();
            problems.add(
                Rule::Kept,
                Entity::Block(block),
                format!("{block}: returns without having kept anything at {position}"),
            );
        }
    }
}

/// Each position that is read must be kept, in all the handler's probes, with that type.
fn check_reading(
    module: &Module,
    keeps: &HashMap<FuncId, Types>,
    run: &HashSet<FuncId>,
    errors: &mut Vec<VerifyError>,
) {
    let none = Types::new();
    let mut known: HashMap<FuncId, Vec<&Types>> = HashMap::new();
    for (number, probe) in module.probes.iter().enumerate() {
        let before = number.checked_sub(1).and_then(|before| module.probes.get(before));
        let known = known.entry(probe.handler).or_default();
        match before.filter(|before| matches!(before.attach, Attach::Call(_))) {
            Some(call) => known.extend(keeps.get(&call.handler)),
            None => known.push(&none),
        }
    }
    for id in module.function_ids().filter(|id| run.contains(id)) {
        let function = module.function(id);
        let mut problems = Problems::default();
        for &inst in function.layout.iter().flat_map(|&block| &function.block(block).insts) {
            let data = function.inst(inst);
            let ty = match data.opcode {
                Opcode::Kept => Type::I64,
                Opcode::KeptStr => Type::Str,
                _ => continue,
            };
            let Immediate::Index(position) = data.immediate else { continue };
            let probes = known.get(&id);
            let fits = probes
                .is_some_and(|probes| probes.iter().all(|types| types.get(&position) == Some(&ty)));
            if !fits {
                let message = format!("no call keeps a `{}` at {position} for it", ty.name());
                problems.add(Rule::Kept, Entity::Inst(inst), message);
            }
        }
        problems.tell(module, function, errors);
    }
}
